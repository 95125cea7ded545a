package link

import (
	"testing"
	"time"

	"respawn/tracker"
)

func on(day string) time.Time {
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		panic(err)
	}
	return t
}

// A name that its operators kept in reserve, or bought from somebody who had parked
// it, replaces from the day on which a site of theirs stands on it.
func TestALifeThatBeganLaterIsAReplacement(t *testing.T) {
	ended := tracker.Interval{Lo: on("2025-05-04"), Hi: on("2025-05-05")}
	old := &tracker.Site{Name: "halkinsesi.org", EndedAt: ended, RegisteredAt: tracker.Exactly(on("2022-01-01"))}
	reg := tracker.Exactly(on("2012-01-01"))
	for _, tt := range []struct {
		name string
		live tracker.Interval
		reg  tracker.Interval
		want string
	}{
		{"parked, then live after the end", tracker.Interval{Lo: on("2025-05-08"), Hi: on("2025-05-09")}, reg, tracker.RelationReplacement},
		{"parked, and live from the night after the end", tracker.Interval{Lo: on("2025-05-05"), Hi: on("2025-05-06")}, reg, tracker.RelationReplacement},
		{"nobody dates it, parked, then live after the end", tracker.Interval{Lo: on("2025-05-08"), Hi: on("2025-05-09")}, tracker.Interval{}, tracker.RelationReplacement},
		{"live before the end", tracker.Interval{Lo: on("2025-05-01"), Hi: on("2025-05-02")}, reg, tracker.RelationTwin},
		{"live at the first look, which came late", tracker.Interval{Hi: on("2025-05-09")}, reg, tracker.RelationTwin},
		{"never live", tracker.Interval{}, reg, tracker.RelationTwin},
	} {
		s := &tracker.Site{Name: "halkinsesi.net", RegisteredAt: tt.reg, LiveAt: tt.live, FirstSeen: tracker.Interval{Hi: on("2025-05-01")}}
		if got := Score(s, old, "same-label", &Context{AsOf: on("2025-06-01"), Began: on("2025-05-01")}).Relation; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A site under a new label came while the old one stood, and was reported. Weeks
// later the old one is switched off: the new one does not become a site that had
// been there before.
func TestANewLabelStaysNewsWhenTheOldSiteEndsLater(t *testing.T) {
	newSite := &tracker.Site{Name: "tageswirtschaft.org", RegisteredAt: tracker.Exactly(on("2024-10-06")), FirstSeen: tracker.Interval{Hi: on("2024-10-08")}}
	old := &tracker.Site{Name: "meisterurian.to", RegisteredAt: tracker.Exactly(on("2024-09-05"))}
	cx := func() *Context { return &Context{AsOf: on("2024-11-20"), Began: on("2024-08-25")} }
	for _, rule := range []string{"certificate", "outbound", "identifier"} {
		if got := Score(newSite, old, rule, cx()).Relation; got != tracker.RelationOperator {
			t.Errorf("%s, while the old one stands: %s", rule, got)
		}
		gone := *old
		gone.EndedAt = tracker.Interval{Lo: on("2024-11-07"), Hi: on("2024-11-08")}
		if got := Score(newSite, &gone, rule, cx()).Relation; got != tracker.RelationOperator {
			t.Errorf("%s, after the old one was taken down: %s", rule, got)
		}
	}
	before := *newSite
	before.RegisteredAt = tracker.Exactly(on("2023-10-06"))
	if got := Score(&before, old, "certificate", cx()).Relation; got != tracker.RelationTwin {
		t.Errorf("there when the watch began: %s", got)
	}
}
