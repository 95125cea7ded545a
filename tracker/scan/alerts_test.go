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
			as := g.alerts(rep, links, hs, replayed)
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
			if as := g.alerts(rep, links, hs, replayed); as != nil {
				t.Errorf("a void run alerted: %+v", as)
			}
		})
	}
}

// A takedown team must learn of its success, once: the same life ends only once,
// however often the name is looked at after that.
func TestALinkedSiteThatGoesDownIsToldOnceForEachLife(t *testing.T) {
	g, links, hs := alertGraph(tracker.RelationReplacement)
	rep := &Report{Run: tracker.Run{ID: 7, Case: "c", Verdict: tracker.RunComplete, FinishedAt: alertDay}}
	life := tracker.Lifespan{Birth: tracker.Interval{Lo: alertDay, Hi: alertDay.AddDate(0, 0, 1)}}
	dead := life
	dead.Death, dead.Cause = tracker.Interval{Lo: alertDay.AddDate(0, 0, 7), Hi: alertDay.AddDate(0, 0, 8)}, lifecycle.CauseSeized
	second := tracker.Lifespan{Birth: tracker.Interval{Lo: alertDay.AddDate(0, 0, 9), Hi: alertDay.AddDate(0, 0, 10)},
		Death: tracker.Interval{Lo: alertDay.AddDate(0, 0, 12), Hi: alertDay.AddDate(0, 0, 13)}, Cause: lifecycle.CauseDormant}
	told := func(st tracker.Status, lives ...tracker.Lifespan) (keys []string) {
		as := g.alerts(rep, links, hs, []lifecycle.Result{{State: tracker.State{Name: "kanaal.pw", Status: st}, Lifespans: lives}})
		for _, a := range as {
			if a.Kind != tracker.AlertDown {
				continue
			}
			keys = append(keys, a.Key)
			if a.EndedAt.Hi.IsZero() || a.Cause == "" || a.Basis != "" || a.RootBasis != "seized" {
				t.Errorf("%+v", a)
			}
			if strings.Contains(a.Headline, "(seized") {
				t.Errorf("a site that no document prints is called seized: %s", a.Headline)
			}
		}
		return keys
	}
	if got := told(tracker.StatusUnknown); got != nil {
		t.Errorf("a site that was never up is down: %v", got)
	}
	if got := told(tracker.StatusLive, life); got != nil {
		t.Errorf("a site that is up is down: %v", got)
	}
	if got := told(tracker.StatusLive, dead, life); got != nil {
		t.Errorf("a site that came back is down: %v", got)
	}
	one := told(tracker.StatusSeized, dead)
	dead.Cause = lifecycle.CauseExpired
	later := told(tracker.StatusUnregistered, dead)
	if len(one) != 1 || len(later) != 1 || one[0] != later[0] {
		t.Errorf("one death was told as %v and %v", one, later)
	}
	if got := told(tracker.StatusResolving, dead, second); len(got) != 1 || got[0] == one[0] {
		t.Errorf("the second death was told as %v, the first as %v", got, one)
	}
	links[0] = overruled(links[0], map[[2]tracker.Name]string{{"kanaal.pw", "kanaal.so"}: "another owner"})
	if as := g.alerts(rep, links, hs, nil); len(as) != 1 || as[0].Name != "kanaal.so" {
		t.Errorf("a rejected pair was told: %+v", as)
	}
}

func TestAnOlderTwinIsToldOnlyWhereItIsCertain(t *testing.T) {
	g, links, hs := alertGraph(tracker.RelationTwin)
	rep := &Report{Run: tracker.Run{ID: 7, Case: "c", Verdict: tracker.RunComplete, FinishedAt: alertDay}}
	a := alertAbout(t, g.alerts(rep, links, hs, nil), tracker.AlertTwin, "kanaal.pw")
	if !strings.HasPrefix(a.Headline, "kanaal[.]pw was there before, and is almost certainly run by the people of kanaal[.]so") || a.Replaces != "" || a.LinkedTo != "kanaal.so" {
		t.Errorf("%+v", a)
	}
	links[0].Band = tracker.BandProbable
	for _, a := range g.alerts(rep, links, hs, nil) {
		if a.Name == "kanaal.pw" {
			t.Errorf("a twin that is only probable was told: %s", a.Headline)
		}
	}
}

func TestOnlyADocumentedNameIsCalledSeizedInAHeadline(t *testing.T) {
	g, _, hs := alertGraph(tracker.RelationReplacement)
	rep := &Report{Run: tracker.Run{ID: 7, Case: "c", Verdict: tracker.RunComplete, FinishedAt: alertDay}}
	ts := []tracker.Transition{{Event: lifecycle.Unseize, From: "seized", To: "operator", Window: tracker.Interval{Lo: alertDay, Hi: alertDay.AddDate(0, 0, 1)}}}
	for c, want := range map[tracker.Confirmation]string{tracker.Documented: "kanaal[.]com: seized to operator", tracker.LabelCorroborated: "kanaal[.]com: two signs of seizure to operator"} {
		g.sites["kanaal.com"].Case.Confirmation = c
		as := g.transitionAlerts(rep, tracker.State{Name: "kanaal.com", Status: tracker.StatusLive}, ts, hs["kanaal.com"])
		if len(as) != 1 || !strings.HasPrefix(as[0].Headline, want) || as[0].Confirmation != c || as[0].Status != tracker.StatusLive {
			t.Errorf("%s: %+v", c, as)
		}
	}
}
