package scan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestTheNthOfSeveralArrivals(t *testing.T) {
	a, b, c := &tracker.Dossier{Name: "a.so"}, &tracker.Dossier{Name: "b.cc"}, &tracker.Dossier{Name: "c.pw"}
	as := []arrival{{site: a, lo: 1, hi: 2}, {site: b, lo: .5, hi: 3, early: true}, {site: c, lo: 5, hi: 5, undated: true}}
	for _, tt := range []struct {
		name string
		n    int
		want arrival
	}{
		{"the first came after the earliest it can have", 1, arrival{site: a, lo: .5, hi: 2, early: true}},
		{"the second by the time by which two had", 2, arrival{site: b, lo: 1, hi: 3}},
		{"the third is exact", 3, arrival{site: c, lo: 5, hi: 5, undated: true}},
	} {
		if got, ok := nth(as, tt.n); !ok || got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	same := []arrival{{site: &tracker.Dossier{Name: "a.so", Link: &tracker.Link{Score: 3}}, lo: 1, hi: 1}, {site: &tracker.Dossier{Name: "b.cc", Link: &tracker.Link{Score: 12}}, lo: 1, hi: 1}}
	if got, _ := nth(same, 1); got.site.Name != "b.cc" {
		t.Errorf("of two that came on one day the event rests on %s", got.site.Name)
	}
	for _, n := range []int{0, -1, 4} {
		if _, ok := nth(as, n); ok {
			t.Errorf("there is one number %d of three", n)
		}
	}
}

func TestTheSeizureIsTheDayOrOurWindow(t *testing.T) {
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		x, err := time.Parse("01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return x.AddDate(2024, 0, 0)
	}
	for _, tt := range []struct{ name, lo, hi, wantLo, wantHi string }{
		{"the whole day, where nothing was seen", "", "", "10-12 00:00", "10-13 00:00"},
		{"what the two share", "10-12 02:00", "10-13 02:00", "10-12 02:00", "10-13 00:00"},
		{"what the two share at the other end", "10-11 02:00", "10-12 02:00", "10-12 00:00", "10-12 02:00"},
		{"a window within the day", "10-12 02:00", "10-12 14:00", "10-12 02:00", "10-12 14:00"},
		{"the window, where it comes first", "10-10 02:00", "10-11 02:00", "10-10 02:00", "10-11 02:00"},
		{"the day, where it comes first", "10-20 02:00", "10-21 02:00", "10-12 00:00", "10-13 00:00"},
		{"the day, where it was lost at the first look after it", "", "10-15 02:00", "10-12 00:00", "10-13 00:00"},
		{"the part of the day before the first look", "", "10-12 02:00", "10-12 00:00", "10-12 02:00"},
		{"nothing, where it was lost at the first look before it", "", "10-09 02:00", "", ""},
	} {
		d := &tracker.Dossier{Row: &tracker.CaseName{SeizedAt: at("10-12 00:00")}, EndedAt: tracker.Interval{Lo: at(tt.lo), Hi: at(tt.hi)}}
		got, ok := takenAt(d)
		if ok != (tt.wantHi != "") || ok && (!got.Lo.Equal(at(tt.wantLo)) || !got.Hi.Equal(at(tt.wantHi))) {
			t.Errorf("%s: %s, %v", tt.name, got, ok)
		}
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
		if r := find(t, rows, ClockLive, SourceFirstSeen); !near(r.Row.Left, 2./24) || !near(r.Row.Right, 2+2./24) || r.By != "artichoc.cc" || r.Rests != RestsConfirmed || r.Early {
			t.Errorf("%+v", r)
		}
		if r := find(t, rows, ClockLifespan, SourceFirstSeen); r.Row.Left != 6 || r.Row.Right != 8 || r.Row.Entry != 0 || r.Cause != "suspended" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a date that the registry does not give is no proof that nobody came", func(t *testing.T) {
		r := find(t, StatRows(dossiers(redacted), runs, StatOptions{}), ClockRegistered, SourceRegistry)
		if r.Row.Left != 0 || r.Row.Right != 2 || !r.Undated { // on the first or the second day after
			t.Errorf("%+v", r)
		}
	})
	t.Run("the second one has not come by the last sweep", func(t *testing.T) {
		r := find(t, StatRows(dossiers(cc), runs, StatOptions{Nth: 2}), ClockRegistered+"-2", SourceRegistry)
		if r.Row.Ended() || r.Row.Left != 19 || r.By != "" { // the 20th day was not over
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
	only := func(t *testing.T, ds []tracker.Dossier, o StatOptions, clock, source string) string {
		t.Helper()
		r := find(t, StatRows(ds, runs, o), clock, source)
		switch {
		case r.LeftOut != "":
			return r.LeftOut
		case !r.Row.Ended():
			return fmt.Sprintf("none by %.3f", r.Row.Left)
		}
		early := ""
		if r.Early {
			early = " early"
		}
		return fmt.Sprintf("%s (%.3f, %.3f] %s%s", r.By, r.Row.Left, r.Row.Right, r.Rests, early)
	}
	reserve := cc // bought a week before the seizure; our looks saw it come
	reserve.RegisteredAt = tracker.Exactly(onDay(-7))
	twin := reserve // and it was up before
	twin.FirstSeen, twin.Lifespans = between(-7, -6), []tracker.Lifespan{{Birth: between(-7, -6)}}
	bought := cc // parked for years, and then theirs
	bought.RegisteredAt, bought.FirstSeen = tracker.Exactly(onDay(-4000)), tracker.Interval{Hi: onDay(-10)}
	pw := cc
	pw.Name, pw.RegisteredAt, pw.FirstSeen = "artichoc.pw", tracker.Exactly(onDay(6)), between(6, 7)
	pw.Lifespans = []tracker.Lifespan{{Birth: between(6, 7)}}
	sameNight := cc
	sameNight.RegisteredAt, sameNight.FirstSeen = tracker.Exactly(onDay(0)), between(0, 1)
	sameNight.Lifespans = []tracker.Lifespan{{Birth: between(0, 1)}}
	hyphen := cc
	hyphen.Name = "arti-choc.cc"
	other := func(d tracker.Dossier, relation string) []tracker.Dossier { // linked to another name of the case
		ds := dossiers(d)
		ds[0].Link = &tracker.Link{New: d.Name, Old: "elsewhere.news", Band: tracker.BandConfirmed, Relation: relation}
		ds[1].ReplacedBy = nil
		return ds
	}
	observed := func(ds []tracker.Dossier, lo, hi int) []tracker.Dossier {
		ds[len(ds)-1].EndedAt = between(lo, hi)
		return ds
	}
	probable := func(kind string, g tracker.Group, w float64, ds []tracker.Dossier) []tracker.Dossier {
		ds[0].Link.Band = tracker.BandProbable
		ds[0].Link.Evidence = []tracker.Evidence{{Group: groupPrior, Kind: "same-label", Weight: -1.4}, {Group: tracker.GroupName, Kind: "label", Weight: 3.9}, {Group: g, Kind: kind, Weight: w}}
		return ds
	}
	seizedToo := func(ds []tracker.Dossier) []tracker.Dossier { // and entered in the case
		ds[0].Row = &tracker.CaseName{Name: ds[0].Name, Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand, SeizedAt: onDay(9).Truncate(24 * time.Hour)}
		return ds
	}
	so := cc
	so.Name = "artichoc.so" // sorts after the name that it replaced
	possible := dossiers(cc)
	possible[0].Link.Band = tracker.BandPossible
	for _, tt := range []struct {
		name                   string
		ds                     []tracker.Dossier
		registered, seen, live string
	}{
		{"nobody", dossiers(), "none by 19.000", "none by 19.083", "none by 19.083"},
		{"a link that is only possible", possible, "none by 19.000", "none by 19.083", "none by 19.083"},
		{"a site that came on the second night", dossiers(cc), "artichoc.cc (1.000, 1.000] confirmed", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 2.083] confirmed"},
		{"the same, the seizure seen by us", observed(dossiers(cc), 0, 1), "artichoc.cc (1.000, 1.000] confirmed", "artichoc.cc (0.083, 2.000] confirmed", "artichoc.cc (0.083, 2.000] confirmed"},
		{"the same, the seizure seen two days before the case file's day", observed(dossiers(cc), -2, -1), "artichoc.cc (1.000, 3.000] confirmed", "artichoc.cc (2.000, 4.000] confirmed", "artichoc.cc (2.000, 4.000] confirmed"},
		{"in the night of the seizure, perhaps before it", dossiers(sameNight), "artichoc.cc (0.000, 0.000] confirmed", "artichoc.cc (0.000, 1.083] confirmed early", "artichoc.cc (0.000, 1.083] confirmed early"},
		{"bought in reserve and up after the seizure", dossiers(reserve), "reserve", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 2.083] confirmed"},
		{"in reserve, and a later one", dossiers(reserve, pw), "reserve", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 2.083] confirmed"},
		{"a twin that was up before, and a later one", dossiers(twin, pw), "artichoc.pw (6.000, 6.000] confirmed", "artichoc.pw (5.083, 7.083] confirmed", "artichoc.pw (5.083, 7.083] confirmed"},
		{"a twin alone", dossiers(twin), "none by 19.000", "none by 19.083", "none by 19.083"},
		{"a name that others had parked", dossiers(bought), "reserve", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 2.083] confirmed"},
		{"there at our first look, dated by the registry", dossiers(late), "artichoc.cc (1.000, 1.000] confirmed", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 5.083] confirmed"},
		{"there at our first look, dated by nothing", dossiers(undated), "open", "open", "open"},
		{"the same, linked to another name of the case", other(undated, tracker.RelationOperator), "open", "open", "open"},
		{"dated, and linked to another name of the case", other(cc, tracker.RelationOperator), "artichoc.cc (1.000, 1.000] confirmed", "artichoc.cc (0.083, 2.083] confirmed", "artichoc.cc (0.083, 2.083] confirmed"},
		{"the label with a hyphen", dossiers(hyphen), "arti-choc.cc (1.000, 1.000] confirmed", "arti-choc.cc (0.083, 2.083] confirmed", "arti-choc.cc (0.083, 2.083] confirmed"},
		{"a site that was seized in its turn", seizedToo(dossiers(so)), "artichoc.so (1.000, 1.000] confirmed", "artichoc.so (0.083, 2.083] confirmed", "artichoc.so (0.083, 2.083] confirmed"},
		{"another name of the case under another label", seizedToo(other(so, tracker.RelationOperator)), "none by 19.000", "none by 19.083", "none by 19.083"},
		{"by the name alone", probable("registrar", tracker.GroupRegistration, 1.1, dossiers(cc)), "artichoc.cc (1.000, 1.000] name-alone", "artichoc.cc (0.083, 2.083] name-alone", "artichoc.cc (0.083, 2.083] name-alone"},
		{"by what is worth less than twice", probable("ns", tracker.GroupHosting, .6, dossiers(cc)), "artichoc.cc (1.000, 1.000] name-alone", "artichoc.cc (0.083, 2.083] name-alone", "artichoc.cc (0.083, 2.083] name-alone"},
		{"by more than the name", probable("slug", tracker.GroupContent, 1.1, dossiers(cc)), "artichoc.cc (1.000, 1.000] probable", "artichoc.cc (0.083, 2.083] probable", "artichoc.cc (0.083, 2.083] probable"},
	} {
		if got := only(t, tt.ds, StatOptions{}, ClockRegistered, SourceRegistry); got != tt.registered {
			t.Errorf("%s: registered %s, want %s", tt.name, got, tt.registered)
		}
		if got := only(t, tt.ds, StatOptions{}, ClockRegistered, SourceFirstSeen); got != tt.seen {
			t.Errorf("%s: first seen %s, want %s", tt.name, got, tt.seen)
		}
		if got := only(t, tt.ds, StatOptions{}, ClockLive, SourceFirstSeen); got != tt.live {
			t.Errorf("%s: live %s, want %s", tt.name, got, tt.live)
		}
	}
	t.Run("a band is asked for", func(t *testing.T) {
		ds := probable("slug", tracker.GroupContent, 1.1, dossiers(cc))
		if got := only(t, ds, StatOptions{Band: tracker.BandConfirmed}, ClockLive, SourceFirstSeen); got != "none by 19.083" {
			t.Error(got)
		}
	})
	t.Run("the second of one in reserve and one later is the later one", func(t *testing.T) {
		if got := only(t, dossiers(reserve, pw), StatOptions{Nth: 2}, ClockRegistered+"-2", SourceRegistry); got != "artichoc.pw (6.000, 6.000] confirmed" {
			t.Error(got)
		}
	})
	t.Run("what is left out is counted and in no estimate", func(t *testing.T) {
		stats, err := Statistics(StatRows(dossiers(undated), runs, StatOptions{}))
		if err != nil || len(stats) != 3 {
			t.Fatalf("%d statistics, %v", len(stats), err)
		}
		for _, s := range stats {
			if s.N != 0 || s.LeftOut != (LeftOut{Open: 1}) || !math.IsNaN(float64(s.S[0].S)) || !math.IsNaN(float64(s.Median)) {
				t.Errorf("%+v", s)
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

// The 19 own brands seized on 2024-09-04, by Meta's list of 2024-12-03: thirteen were
// registered again on the next day, the others on the 6th, the 12th and 14 October,
// three never. Calendar days, whatever the hours and whether we saw the seizure.
func TestTheOwnBrandsOfSeptember2024(t *testing.T) {
	lags := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 8, 40}
	runs := []tracker.Run{{ScheduledAt: onDay(95), Verdict: tracker.RunComplete, Coverage: tracker.Coverage{Full: true}}}
	for _, seen := range []tracker.Interval{{}, {Lo: onDay(0), Hi: onDay(1)}, {Hi: onDay(3)}} {
		var ds []tracker.Dossier
		for i := range 19 {
			label := fmt.Sprintf("brand%c", 'a'+i)
			old := tracker.Name(label + ".info")
			ds = append(ds, tracker.Dossier{Name: old, EndedAt: seen,
				Row: &tracker.CaseName{Name: old, Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand, SeizedAt: startOfDay(onDay(0))}})
			if i >= len(lags) {
				continue
			}
			n := tracker.Name(label + ".so")
			ds = append(ds, tracker.Dossier{Name: n, Basis: tracker.BasisRegistry, RegisteredAt: tracker.Exactly(startOfDay(onDay(lags[i])).Add(time.Duration(i) * time.Hour)),
				Link: &tracker.Link{New: n, Old: old, Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement}})
		}
		stats, err := Statistics(StatRows(ds, runs, StatOptions{}))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(stats, func(s Statistic) bool { return s.Source == SourceRegistry })
		s := stats[i]
		if s.N != 19 || s.Events != 16 || s.Links.Confirmed != 16 || s.Unit != UnitCalendarDay || s.Median != 1 {
			t.Errorf("taken %s: %+v", seen, s)
		}
		for i, want := range []float64{6. / 19, 5. / 19, 4. / 19} {
			if p := s.S[i]; !near(float64(p.S), want) || p.EndsLo != p.S || p.EndsHi != p.S {
				t.Errorf("taken %s: after %v days %v, want %v", seen, p.Days, p, want)
			}
		}
	}
}

// Whatever the hours of the seizure, of the registration and of the looks: no row of
// a clock leaves out what was true, and what is left out or censored is so rightly.
func TestNoRowExcludesTheTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 28))
	hours := func(n int) time.Duration { return time.Duration(rng.Int64N(int64(n) * int64(time.Hour))) }
	outcomes := map[string]int{}
	for range 20000 {
		seized := onDay(0).Add(hours(48))
		registered := seized.Add(hours(12*24) - 4*24*time.Hour)
		live := registered.Add(hours(3 * 24))
		// Looks of one hour of the day, some nights void, from before or after the seizure.
		hour, from := rng.IntN(24), rng.IntN(14)-8
		var looks []time.Time
		for n := from; n < 30; n++ {
			if rng.IntN(6) > 0 || n == 29 {
				looks = append(looks, startOfDay(onDay(n)).Add(time.Duration(hour)*time.Hour))
			}
		}
		window := func(at time.Time) (i tracker.Interval) {
			for _, l := range looks {
				if !l.Before(at) {
					i.Hi = l
					return i
				}
				i.Lo = l
			}
			return tracker.Interval{}
		}
		row := &tracker.CaseName{Name: "a.com", Role: tracker.RoleSeized, SeizedAt: startOfDay(seized)}
		if rng.IntN(4) == 0 {
			row.SeizedAt = row.SeizedAt.AddDate(0, 0, 2) // the list is late
		}
		old := tracker.Dossier{Name: "a.com", Row: row, EndedAt: window(seized)}
		if row.SeizedAt.After(seized) && old.EndedAt.Hi.After(row.SeizedAt) {
			continue // nothing but the list speaks, and the list is wrong
		}
		n := tracker.Dossier{Name: "a.so", Basis: tracker.BasisRegistry, RegisteredAt: tracker.Exactly(registered), FirstSeen: window(registered),
			Link:      &tracker.Link{New: "a.so", Old: "a.com", Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement},
			Lifespans: []tracker.Lifespan{{Birth: window(live)}}}
		if rng.IntN(3) == 0 {
			n.Basis, n.RegisteredAt = tracker.BasisFirstSeen, n.FirstSeen
		}
		last := looks[len(looks)-1]
		runs := []tracker.Run{{ScheduledAt: last, Verdict: tracker.RunComplete, Coverage: tracker.Coverage{Full: true}}}
		for _, r := range StatRows([]tracker.Dossier{old, n}, runs, StatOptions{}) {
			if r.Clock == ClockLifespan {
				continue
			}
			at, lag := live, 0.0
			if r.Clock == ClockRegistered {
				at = registered
			}
			lag = days(at.Sub(seized))
			if r.Source == SourceRegistry {
				lag = float64(dayOf(at) - dayOf(seized))
			}
			right := ""
			switch {
			case r.LeftOut != "":
				if right = r.LeftOut; right == LeftReserve && !registered.Before(seized) {
					right = ""
				}
			case !r.Row.Ended():
				// Nobody came: true of a twin, which was up before.
				if right = "none"; !live.Before(seized) {
					right = ""
				}
			case lag == 0 && r.Row.Left == 0 && r.Source == SourceRegistry:
				right = "in" // a row of calendar days from 0 on has that day in it
			case lag <= 0 && r.Row.Left == 0 && (r.Early || r.Row.Right == 0 || registered.Before(seized)):
				right = "at 0"
			case lag > r.Row.Left && lag <= r.Row.Right+1e-9 || lag == r.Row.Left && lag == r.Row.Right:
				right = "in"
			case r.Clock == ClockRegistered && r.Source == SourceFirstSeen && registered.Before(seized) && days(live.Sub(seized)) > r.Row.Left && days(live.Sub(seized)) <= r.Row.Right+1e-9:
				right = "by its life" // in reserve
			}
			outcomes[r.Source+" "+right]++
			if right == "" {
				t.Fatalf("%s from %s: (%v, %v] %q, and it was %v; seized %s, in the file %s, taken %s; registered %s, live %s, seen %s, up %s",
					r.Clock, r.Source, r.Row.Left, r.Row.Right, r.LeftOut, lag, seized, row.SeizedAt, r.TakenAt, registered, live, n.FirstSeen, n.Lifespans[0].Birth)
			}
		}
	}
	for _, what := range []string{"registry in", "registry at 0", "registry none", "registry reserve", "registry open", "registry untaken", "first-seen in", "first-seen at 0", "first-seen none", "first-seen open", "first-seen by its life"} {
		if outcomes[what] == 0 {
			t.Errorf("no case of %q came up: %v", what, outcomes)
		}
	}
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
	// By the ends of the intervals both of them, or none.
	if p := s.S[0]; p.EndsLo != .5 || p.EndsHi != 1 {
		t.Errorf("after a day: %+v", p)
	}
	if s.MedianEnds != [2]survival.Number{2.25, 3.25} || s.Median != 2.75 {
		t.Errorf("median %v, by the ends %v", s.Median, s.MedianEnds)
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

// A challenge shows no site, and neither does a redirect to a stranger's older one.
func TestSeenLiveIsASiteThatWasSeen(t *testing.T) {
	change := func(event string, to tracker.Status, day int) tracker.Transition {
		return tracker.Transition{Axis: tracker.AxisStatus, Event: event, To: string(to), Window: tracker.Interval{Lo: onDay(day - 1), Hi: onDay(day)}}
	}
	taken := tracker.Interval{Lo: onDay(0), Hi: onDay(1)}
	up := tracker.Interval{Lo: onDay(2), Hi: onDay(3)}
	old := elders{"bakkerij.example": onDay(-4000), "nieuw.example": onDay(-30)}
	to := func(n tracker.Name) []tracker.Redirect { return []tracker.Redirect{{To: n, First: onDay(3)}} }
	for _, tt := range []struct {
		name      string
		changes   []tracker.Transition
		redirects []tracker.Redirect
		shown     bool
		hi        int
	}{
		{"a page", []tracker.Transition{change("birth", tracker.StatusLive, 3)}, nil, true, 3},
		{"a page for some", []tracker.Transition{change("birth", tracker.StatusCloaked, 3)}, nil, true, 3},
		{"a challenge alone", []tracker.Transition{change("birth", tracker.StatusChallenged, 3)}, nil, false, 3},
		{"a challenge, and a page later", []tracker.Transition{change("birth", tracker.StatusChallenged, 3), change("change", tracker.StatusLive, 9)}, nil, true, 9},
		{"a page, and a challenge later", []tracker.Transition{change("birth", tracker.StatusLive, 3), change("change", tracker.StatusChallenged, 9)}, nil, true, 3},
		{"a redirect to a stranger's older site", []tracker.Transition{change("birth", tracker.StatusRedirecting, 3)}, to("bakkerij.example"), false, 3},
		{"a redirect to a new site", []tracker.Transition{change("birth", tracker.StatusRedirecting, 3)}, to("nieuw.example"), true, 3},
		{"a redirect to nobody known", []tracker.Transition{change("birth", tracker.StatusRedirecting, 3)}, to("front.example"), true, 3},
	} {
		d := &tracker.Dossier{Name: "kanaal.so", FirstSeen: up, RegisteredAt: up, Basis: tracker.BasisFirstSeen, Transitions: tt.changes, Redirects: tt.redirects,
			Lifespans: []tracker.Lifespan{{Birth: up}}, Link: &tracker.Link{Band: tracker.BandConfirmed}}
		_, _, live := cameFor(taken, []*tracker.Dossier{d}, old)
		if shown := len(live.as) == 1; shown != tt.shown || shown == (len(live.unshown) == 1) {
			t.Errorf("%s: seen live %v, unshown %v, want %v", tt.name, shown, len(live.unshown) == 1, tt.shown)
		} else if shown && (live.as[0].hi != float64(tt.hi) || live.as[0].lo != 1) {
			t.Errorf("%s: after %v to %v days, want 1 to %d", tt.name, live.as[0].lo, live.as[0].hi, tt.hi)
		}
	}
}

// The lives of those who are linked count, and the next holder's does not.
func TestTheNextHoldersLifeIsNoReplacements(t *testing.T) {
	life := func(from, to int) tracker.Lifespan {
		l := tracker.Lifespan{Birth: tracker.Interval{Lo: onDay(from - 1), Hi: onDay(from)}, Death: tracker.Interval{Lo: onDay(to - 1), Hi: onDay(to)}, Cause: "expired"}
		return l
	}
	d := &tracker.Dossier{Name: "kanaal.so", Lifespans: []tracker.Lifespan{life(2, 6), life(9, 12)}, Registration: &tracker.Registration{Registrar: "The next holder's"},
		Link: &tracker.Link{Band: tracker.BandConfirmed, Until: tracker.Exactly(onDay(8))}}
	rows := lifespanRows(d, &tracker.CaseName{}, StatOptions{By: ByRegistrar})
	if len(rows) != 1 || rows[0].Row.Left != 3 || rows[0].Stratum != "unstated" {
		t.Errorf("%+v", rows)
	}
	d.Link.Until = tracker.Interval{}
	if rows := lifespanRows(d, &tracker.CaseName{}, StatOptions{}); len(rows) != 2 {
		t.Errorf("%d lives of one operator, want 2", len(rows))
	}
}
