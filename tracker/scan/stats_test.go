package scan

import (
	"math"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/survival"
)

func onDay(n int) time.Time { return time.Date(2024, 9, 4+n, 2, 0, 0, 0, time.UTC) }

func TestCoveredUntilIsWhenTheOldestCandidateWasAsked(t *testing.T) {
	full := func(n int) tracker.Run {
		return tracker.Run{ScheduledAt: onDay(n), Verdict: tracker.RunComplete, Coverage: tracker.Coverage{Full: true, Slices: 3}}
	}
	slice := func(n, no int) tracker.Run {
		return tracker.Run{ScheduledAt: onDay(n), Verdict: tracker.RunComplete, Coverage: tracker.Coverage{Slice: no, Slices: 3}}
	}
	void := slice(9, 0)
	void.Verdict = tracker.RunVoid
	closer := slice(9, -1)
	for _, tt := range []struct {
		name string
		runs []tracker.Run
		want time.Time
	}{
		{"the last run, if it asked all", []tracker.Run{full(1), full(2)}, onDay(2)},
		{"the full run, where the turn after it is not complete", []tracker.Run{full(1), slice(2, 0), slice(3, 1)}, onDay(1)},
		{"the oldest night of a full turn", []tracker.Run{full(1), slice(2, 0), slice(3, 1), slice(4, 2), slice(5, 0)}, onDay(3)},
		{"nothing, where part was never asked", []tracker.Run{slice(2, 0), slice(3, 1)}, time.Time{}},
		{"a void night and a closer look cover nothing", []tracker.Run{full(1), void, closer}, onDay(1)},
		{"no runs", nil, time.Time{}},
	} {
		if got := coveredUntil(tt.runs); !got.Equal(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestTheNthOfSeveralArrivals(t *testing.T) {
	as := []arrival{{"a.so", 1, 2, false}, {"b.cc", .5, 3, false}, {"c.pw", 5, 5, true}}
	for _, tt := range []struct {
		name string
		n    int
		want arrival
	}{
		{"the first came after the earliest it can have", 1, arrival{"a.so", .5, 2, false}},
		{"the second by the time by which two had", 2, arrival{"b.cc", 1, 3, false}},
		{"the third is exact", 3, arrival{"c.pw", 5, 5, true}},
	} {
		if got, ok := nth(as, tt.n); !ok || got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if _, ok := nth(as, 4); ok {
		t.Error("there is a fourth of three")
	}
}

func TestRowsOfReplacements(t *testing.T) {
	row := &tracker.CaseName{Name: "artichoc.io", Role: tracker.RoleSeized, SeizedAt: onDay(0).Truncate(24 * time.Hour), Kind: tracker.KindOwnBrand, Campaign: "doppelganger"}
	runs := []tracker.Run{{ScheduledAt: onDay(20), Verdict: tracker.RunComplete, Coverage: tracker.Coverage{Full: true}}}
	link := func(n tracker.Name) tracker.Link {
		return tracker.Link{New: n, Old: "artichoc.io", Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement}
	}
	between := func(lo, hi int) tracker.Interval { return tracker.Interval{Lo: onDay(lo), Hi: onDay(hi)} }
	dossiers := func(found ...tracker.Dossier) []tracker.Dossier {
		seized := tracker.Dossier{Name: "artichoc.io", Row: row, Root: row}
		for i := range found {
			l := link(found[i].Name)
			found[i].Link, found[i].Root = &l, row
			seized.ReplacedBy = append(seized.ReplacedBy, l)
		}
		return append(found, seized)
	}
	find := func(t *testing.T, rows []StatRow, clock, source string) StatRow {
		t.Helper()
		for _, r := range rows {
			if r.Clock == clock && r.Source == source {
				return r
			}
		}
		t.Fatalf("no row %s %s in %v", clock, source, rows)
		return StatRow{}
	}
	cc := tracker.Dossier{Name: "artichoc.cc", Basis: tracker.BasisRegistry, RegisteredAt: tracker.Exactly(onDay(1)), FirstSeen: between(1, 2),
		Lifespans: []tracker.Lifespan{{Birth: between(1, 2), Death: between(8, 9), Cause: "suspended", EnteredAt: onDay(0)}}}
	redacted := cc
	redacted.Basis, redacted.RegisteredAt = tracker.BasisFirstSeen, cc.FirstSeen
	late := cc // the watch began when it was up already
	late.FirstSeen.Lo = time.Time{}
	late.Lifespans = []tracker.Lifespan{{Birth: tracker.Interval{Hi: onDay(5)}, Death: between(8, 9), Cause: "suspended", EnteredAt: onDay(5)}}
	undated := late
	undated.Basis, undated.RegisteredAt = tracker.BasisFirstSeen, late.FirstSeen

	t.Run("the registry's day is exact, the looks are an interval", func(t *testing.T) {
		rows := StatRows(dossiers(cc), runs, StatOptions{})
		if r := find(t, rows, ClockRegistered, SourceRegistry); r.Row.Left != 1 || r.Row.Right != 1 || r.Undated {
			t.Errorf("%+v", r)
		}
		if r := find(t, rows, ClockLive, SourceFirstSeen); r.Row.Left != 1+2./24 || r.Row.Right != 2+2./24 || r.By != "artichoc.cc" {
			t.Errorf("%+v", r)
		}
		if r := find(t, rows, ClockLifespan, SourceFirstSeen); r.Row.Left != 6 || r.Row.Right != 8 || r.Row.Entry != 0 || r.Cause != "suspended" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a date that the registry does not give is no proof that nobody came", func(t *testing.T) {
		r := find(t, StatRows(dossiers(redacted), runs, StatOptions{}), ClockRegistered, SourceRegistry)
		if !r.Row.Ended() || r.Row.Left != 1+2./24 || r.Row.Right != 2+2./24 || !r.Undated {
			t.Errorf("%+v", r)
		}
	})
	t.Run("the second one has not come by the last sweep", func(t *testing.T) {
		r := find(t, StatRows(dossiers(cc), runs, StatOptions{Nth: 2}), ClockRegistered+"-2", SourceRegistry)
		if r.Row.Ended() || r.Row.Left != 20+2./24 || r.By != "" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a site that was up before the watch began enters late", func(t *testing.T) {
		r := find(t, StatRows(dossiers(late), runs, StatOptions{}), ClockLifespan, SourceFirstSeen)
		// Registered on day 1 and seen on day 5: as if it went up on day 3.
		if r.Row.Left != 3 || r.Row.Right != 8 || r.Row.Entry != 2 {
			t.Errorf("%+v", r.Row)
		}
	})
	t.Run("a life that nothing dates has no length", func(t *testing.T) {
		for _, r := range StatRows(dossiers(undated), runs, StatOptions{}) {
			if r.Clock == ClockLifespan {
				t.Errorf("%+v", r)
			}
		}
	})
	t.Run("other strata", func(t *testing.T) {
		x := cc
		x.Registration = &tracker.Registration{Registrar: "Sample a/s"}
		for by, want := range map[string]string{"": "own-brand", ByKind: "own-brand", ByCampaign: "doppelganger", BySuffix: ".cc", ByRegistrar: "Sample a-s", ByHost: "unstated"} {
			if r := find(t, StatRows(dossiers(x), runs, StatOptions{By: by}), ClockLifespan, SourceFirstSeen); r.Stratum != want || r.Row.Group != r.Group() {
				t.Errorf("by %q: %q, want %q", by, r.Stratum, want)
			}
		}
	})
}

func TestAStatisticSaysWhatItsIntervalsLeaveOpen(t *testing.T) {
	var rows []StatRow
	for _, r := range []survival.Row{survival.Between(.5, 2.5), survival.Between(.5, 2.5), survival.Exact(4), survival.Censored(40)} {
		x := StatRow{Clock: ClockLifespan, Stratum: "own-brand", Source: SourceFirstSeen, Row: r}
		if r.Ended() {
			x.Cause = "seized"
		}
		rows = append(rows, x)
	}
	stats, err := Statistics(rows)
	if err != nil || len(stats) != 1 {
		t.Fatalf("%d statistics, %v", len(stats), err)
	}
	s := stats[0]
	// Within a day none by the midpoints; by the intervals none or both of the first.
	if p := s.S[0]; p.S != 1 || p.InLo != .5 || p.InHi != 1 {
		t.Errorf("after a day: %+v", p)
	}
	if p := s.S[1]; p.S != .25 || math.Abs(float64(p.InLo)-.25) > 1e-12 || math.Abs(float64(p.InHi)-.25) > 1e-12 {
		t.Errorf("after a week: %+v", p)
	}
	if s.MedianIn != [2]survival.Number{.5, 2.5} || s.RMST.Tau != 30 {
		t.Errorf("median in %v, mean %+v", s.MedianIn, s.RMST)
	}
	if len(s.Causes) != 1 || s.Causes[0].Events != 3 || math.Abs(float64(s.Causes[0].F[2].F)-.75) > 1e-12 {
		t.Errorf("causes %+v", s.Causes)
	}
}
