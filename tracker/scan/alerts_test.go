package scan

import (
	"strings"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

var alertDay = time.Date(2025, 2, 1, 2, 0, 0, 0, time.UTC)

// alertGraph is one seized name, a front that was linked to it, and what came after
// the front.
func alertGraph(relation string) (*graph, []tracker.Link, map[tracker.Name]*history) {
	row := &tracker.CaseName{Name: "kanaal.com", Role: tracker.RoleSeized, Confirmation: tracker.Documented}
	g := &graph{c: &tracker.Case{ID: "c", Names: []tracker.CaseName{*row}}, sites: map[tracker.Name]*tracker.Site{}}
	hs := map[tracker.Name]*history{}
	for _, n := range []tracker.Name{"kanaal.com", "kanaal.so", "kanaal.pw"} {
		h := &history{site: tracker.Site{Name: n, FirstSeen: tracker.Interval{Lo: alertDay, Hi: alertDay.AddDate(0, 0, 1)}}}
		hs[n], g.sites[n] = h, &h.site
	}
	g.sites["kanaal.com"].Case = row
	web := &tracker.Web{Class: tracker.ClassRedirecting, Title: "Kanaal", FinalURL: "https://elders.example/nl"}
	h := hs["kanaal.pw"]
	h.obs = []tracker.Observation{{Name: "kanaal.pw", Probe: tracker.ProbeWeb, At: alertDay, Outcome: tracker.Present, Facts: &tracker.Facts{Web: web}},
		{Name: "kanaal.pw", Probe: tracker.ProbeWeb, At: alertDay.Add(time.Hour), Void: true, Outcome: tracker.Present, Facts: &tracker.Facts{Web: &tracker.Web{Title: "void"}}}}
	links := []tracker.Link{
		{New: "kanaal.pw", Old: "kanaal.so", Band: tracker.BandConfirmed, Relation: relation},
		{New: "kanaal.so", Old: "kanaal.com", Band: tracker.BandProbable, Relation: tracker.RelationReplacement}}
	return g, links, hs
}

func alertAbout(t *testing.T, as []tracker.Alert, kind string, n tracker.Name) tracker.Alert {
	t.Helper()
	for _, a := range as {
		if a.Name == n && a.Kind == kind {
			return a
		}
	}
	t.Fatalf("no alert %s about %s in %+v", kind, n, as)
	return tracker.Alert{}
}

// A front that nobody seized must not be called seized because what it goes back to
// was: a takedown notice is written from these fields.
func TestAnAlertGivesEachSiteItsOwnSeizure(t *testing.T) {
	for _, tt := range []struct{ relation, kind, replaces string }{
		{tracker.RelationReplacement, tracker.AlertReplacement, "kanaal.so"},
		{tracker.RelationOperator, tracker.AlertNewLabel, ""},
	} {
		t.Run(tt.relation, func(t *testing.T) {
			g, links, hs := alertGraph(tt.relation)
			replayed := []lifecycle.Result{{State: tracker.State{Name: "kanaal.pw", Status: tracker.StatusRedirecting}}, {State: tracker.State{Name: "kanaal.so", Status: tracker.StatusSuspended}}}
			rep := &Report{Run: tracker.Run{ID: 7, Case: "c", Verdict: tracker.RunComplete, FinishedAt: alertDay}}
			as := g.alerts(rep, links, nil, hs, replayed)
			a := alertAbout(t, as, tt.kind, "kanaal.pw")
			if a.Basis != "" || a.Confirmation != "" || a.LinkedTo != "kanaal.so" || string(a.Replaces) != tt.replaces || a.Relation != tt.relation || a.LinkedStatus != tracker.StatusSuspended {
				t.Errorf("the front: %+v", a)
			}
			if a.Root != "kanaal.com" || a.RootBasis != "seized" || a.RootConfirmation != tracker.Documented {
				t.Errorf("the root: %q %q %q", a.Root, a.RootBasis, a.RootConfirmation)
			}
			if a.Status != tracker.StatusRedirecting || a.Class != tracker.ClassRedirecting || a.Title != "Kanaal" || a.FinalURL != "https://elders.example/nl" {
				t.Errorf("what it shows: %+v", a)
			}
			if want := "kanaal[.]so, which goes back to kanaal[.]com, seized"; !strings.HasSuffix(a.Headline, want) {
				t.Errorf("headline %q, want it to end in %q", a.Headline, want)
			}
			first := alertAbout(t, as, tracker.AlertReplacement, "kanaal.so")
			if first.Basis != "seized" || first.Confirmation != tracker.Documented || first.Headline != "kanaal[.]so probably replaces kanaal[.]com, seized" {
				t.Errorf("the first generation: %+v", first)
			}
			rep.Verdict = tracker.RunVoid
			if as := g.alerts(rep, links, nil, hs, replayed); as != nil {
				t.Errorf("a void run alerted: %+v", as)
			}
		})
	}
}
