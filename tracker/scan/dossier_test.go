package scan

import (
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

func night(day int) time.Time { return time.Date(2024, 9, day, 2, 0, 0, 0, time.UTC) }

// A dossier must not draw a sighting where there was none, nor lose where a site
// sent its visitors, nor give a name's old registration to its new holder.
func TestADossierTellsWhatWasSeenEachNight(t *testing.T) {
	const n = tracker.Name("dijkwacht.example")
	var obs []tracker.Observation
	visit := func(day int, o tracker.Outcome, w *tracker.Web) {
		obs = append(obs, tracker.Observation{Name: n, Probe: tracker.ProbeDNS, At: night(day), Run: tracker.RunID(day), Outcome: tracker.Present, Facts: &tracker.Facts{DNS: &tracker.DNS{}}})
		x := tracker.Observation{Name: n, Probe: tracker.ProbeWeb, At: night(day).Add(time.Second), Run: tracker.RunID(day), Outcome: o}
		if w != nil {
			x.Facts = &tracker.Facts{Web: w}
		}
		obs = append(obs, x)
	}
	live := &tracker.Web{Class: tracker.ClassLive, FinalName: n}
	visit(1, tracker.Present, live)
	visit(2, tracker.Present, &tracker.Web{Class: tracker.ClassRedirecting, FinalName: "bakkerij.example"})
	visit(3, tracker.Present, &tracker.Web{Class: tracker.ClassRedirecting, FinalName: "bakkerij.example"})
	visit(4, tracker.Present, &tracker.Web{Class: tracker.ClassError, Status: 503})
	visit(5, tracker.Unknown, nil)
	visit(6, tracker.Present, live)
	var runs []tracker.Run
	for day := 1; day <= 7; day++ {
		runs = append(runs, tracker.Run{ID: tracker.RunID(day), ScheduledAt: night(day), StartedAt: night(day), FinishedAt: night(day).Add(time.Minute), Verdict: tracker.RunComplete})
	}
	created := night(5).Add(-time.Hour)
	d := &tracker.Dossier{Name: n, Transitions: []tracker.Transition{
		{Axis: tracker.AxisStatus, Event: lifecycle.Found, To: string(tracker.StatusLive), Window: tracker.Interval{Hi: night(1).Add(time.Second)}},
		{Axis: tracker.AxisRegistration, Event: lifecycle.ReRegistered, Window: tracker.Interval{Lo: night(4), Hi: night(5)}},
	}}
	b := &dossierBuilder{judge: newJudge(), runs: runs}
	h := b.judge.fold(n, nil, obs, func(tracker.Digest) *tracker.Fingerprint { return nil })
	h.site.Registration = &tracker.Registration{CreatedAt: created}
	b.fill(d, h, obs)

	var unseen []bool
	for _, x := range d.Nights {
		unseen = append(unseen, x.Unseen)
	}
	for i, want := range []bool{false, false, false, true, true, false, false} { // on the 7th nobody visited
		if unseen[i] != want {
			t.Errorf("night %d: unseen %v, want %v", i+1, unseen[i], want)
		}
	}
	if len(d.Redirects) != 1 || d.Redirects[0].To != "bakkerij.example" || !d.Redirects[0].First.Equal(night(2).Add(time.Second)) || !d.Redirects[0].Last.Equal(night(3).Add(time.Second)) {
		t.Errorf("redirects %+v", d.Redirects)
	}
	if !d.AnewAt.Exact() || !d.AnewAt.Hi.Equal(created) || d.AnewBasis != tracker.BasisRegistry {
		t.Errorf("registered anew %v by %s, want the registry's date", d.AnewAt, d.AnewBasis)
	}
	// A registry's date outside the window in which we saw it happen is not believed.
	d.Registration.CreatedAt = night(1)
	if at, basis := anew(d); at != (tracker.Interval{Lo: night(4), Hi: night(5)}) || basis != tracker.BasisFirstSeen {
		t.Errorf("registered anew %v by %s, want our own window", at, basis)
	}
}
