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
