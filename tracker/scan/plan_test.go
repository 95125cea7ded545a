package scan

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

func testCase() *tracker.Case {
	return &tracker.Case{ID: "t", Names: []tracker.CaseName{
		{Name: "alpha.info", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00")},
		{Name: "beta.com", Role: tracker.RoleCampaign},
	}}
}

func testCandidates() *Candidates {
	out := &Candidates{}
	for i := range 400 {
		for _, l := range []string{"alpha", "beta"} {
			c := tracker.Candidate{Rank: i + 1, Name: tracker.Name(fmt.Sprintf("%s.s%03d", l, i)), Rule: "same-label"}
			out.Swaps.Add(c.Name)
			out.Ranked = append(out.Ranked, c)
		}
	}
	return out
}

func testPlan(b Budget, at time.Time) Plan {
	return MakePlan(testCandidates(), fullLabels(testCase(), nil, b.FullFor, at), b, at)
}

func TestALabelIsAskedInFullAgainAfterItsReplacementWasTakenDown(t *testing.T) {
	links := []tracker.Link{
		{New: "beta.so", Old: "beta.com", Band: tracker.BandProbable, Relation: tracker.RelationReplacement},
		{New: "alpha.so", Old: "alpha.info", Band: tracker.BandPossible, Relation: tracker.RelationReplacement},
	}
	var states []tracker.State
	for _, l := range links {
		states = append(states, tracker.State{Name: l.New, Status: tracker.StatusSuspended, Since: tracker.Interval{Hi: day("2024-11-08 02:00")}})
	}
	taken := takenDown(links, states)
	for at, want := range map[string]string{"2024-11-07 02:00": "map[]", "2024-11-08 02:00": "map[beta:true]", "2024-11-23 02:00": "map[]"} {
		if got := fmt.Sprint(fullLabels(testCase(), taken, 14*24*time.Hour, day(at))); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestEveryNameIsAskedOnceAWeek(t *testing.T) {
	b := Budget{FullFor: 14 * 24 * time.Hour, Best: 50, CoverAllEvery: 7 * 24 * time.Hour}
	for _, start := range []string{"2024-08-20 02:00", "2024-09-10 02:00", "2024-09-14 02:00"} {
		asked := map[tracker.Name]int{}
		for d := range 7 {
			p := testPlan(b, day(start).AddDate(0, 0, d))
			if p.Slices != 7 || p.Candidates != 800 {
				t.Fatalf("plan %+v", p)
			}
			for _, part := range Parts {
				for n := range p.List(part) {
					asked[n]++
				}
			}
		}
		if len(asked) != 800 {
			t.Errorf("week from %s: %d of 800 names asked", start, len(asked))
		}
	}
}

func TestASeizedLabelIsAskedInFullForTwoWeeks(t *testing.T) {
	b := Budget{FullFor: 14 * 24 * time.Hour, Best: 50, CoverAllEvery: 7 * 24 * time.Hour}
	for _, tt := range []struct {
		at   string
		full int
	}{{"2024-09-03 02:00", 0}, {"2024-09-04 02:00", 400}, {"2024-09-17 02:00", 400}, {"2024-09-18 02:00", 0}} {
		if p := testPlan(b, day(tt.at)); count(p.List(partFull)) != tt.full || len(p.Best) != 50 {
			t.Errorf("%s: %d in full, %d best; want %d and 50", tt.at, count(p.List(partFull)), len(p.Best), tt.full)
		}
	}
}

func TestEqualNightsAskEqualLists(t *testing.T) {
	b := Budget{Best: 50, CoverAllEvery: 7 * 24 * time.Hour}
	a := testPlan(b, day("2024-10-01 02:00"))
	z := testPlan(b, day("2024-10-08 02:00"))
	lists := func(p Plan) (out []string) {
		for c := range p.chunks() {
			out = append(out, fmt.Sprint(c.part, c.from, c.n, string(c.list)))
		}
		return out
	}
	if !slices.Equal(lists(a), lists(z)) || len(lists(a)) != 2 {
		t.Error("the same slice a week later is another list: its proof would be stored twice")
	}
}

func TestTheCloserWatchAsksSuffixesThatWereHitFirst(t *testing.T) {
	p := MakeClosePlan(testCandidates(), map[string]int{"s399": 2}, 30)
	if fmt.Sprint(slices.Collect(p.List(partFull))) != "[alpha.s399 beta.s399]" || len(p.Best) != 30 || p.Covers() {
		t.Errorf("full %v, %d best", slices.Collect(p.List(partFull)), len(p.Best))
	}
}

// A label that was seized may stay whole and still leave the suffixes: below
// another name of the campaign, or without its hyphens. Or it is changed and stays
// under its suffix.
func TestAFullNightAsksForTheLabelInItsOtherPlaces(t *testing.T) {
	c := testCase()
	c.Names = append(c.Names, tracker.CaseName{Name: "daily-truth-wire.com", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00")})
	s := &Scanner{Deps: Deps{Budget: Budget{FullFor: 14 * 24 * time.Hour, Best: 600, CoverAllEvery: 7 * 24 * time.Hour}}}
	plan := func(at time.Time) (Plan, map[tracker.Name]bool) {
		full := fullLabels(c, nil, s.Budget.FullFor, at)
		cs, err := s.candidates(t.Context(), c, nil, nil, full, at)
		if err != nil {
			t.Fatal(err)
		}
		p := MakePlan(&cs.Candidates, full, s.Budget, at)
		if n := len(p.Best) - len(cs.Kin); n != s.Budget.Best {
			t.Errorf("%s: %d names of the best besides the kin, want the budget of %d", at, n, s.Budget.Best)
		}
		asked := map[tracker.Name]bool{}
		for _, part := range Parts {
			for n := range p.List(part) {
				if asked[n] {
					t.Errorf("%s is asked twice", n)
				}
				asked[n] = true
			}
		}
		return p, asked
	}
	p, asked := plan(day("2024-09-06 02:00"))
	for _, n := range []tracker.Name{"alpha.beta.com", "daily-truth-wire.beta.com", "dailytruthwire.net", "dailytruthwire.com",
		"daily-truth-wire24.com", "daily-truth-wire-news.com", "dayly-truth-wire.com", "alpha-fr.info", "al-pha.com",
		"alpha24.com", "alphanews.com", "alhpa.com"} {
		if !asked[n] {
			t.Errorf("%s is not asked in the nights after the seizure", n)
		}
	}
	if got := fmt.Sprint(p.FullLabels); got != "[alpha daily-truth-wire]" {
		t.Errorf("full labels %s", got)
	}
	turns := 0
	for night := range 7 {
		_, asked := plan(day("2024-10-06 02:00").AddDate(0, 0, night))
		for _, n := range []tracker.Name{"daily-truth-wire-blog.com", "dailytruthwire.net", "al-pha.com"} {
			if asked[n] {
				turns++
			}
		}
	}
	if turns != 3 {
		t.Errorf("a changed label under its suffix, and two with their hyphens elsewhere, are asked %d times in a week, a month after the seizure", turns)
	}
}

// What two labels make is asked for both: one of them may have been seized today and
// the other long ago.
func TestAChangedLabelIsAskedInFullForWhicheverOfItsLabelsIs(t *testing.T) {
	c := &tracker.Case{ID: "c", Names: []tracker.CaseName{
		{Name: "oldmillcourier.net", Role: tracker.RoleSeized, SeizedAt: day("2024-03-04 00:00"), Kind: tracker.KindOwnBrand},
		{Name: "oldmillcouriers.org", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Kind: tracker.KindOwnBrand},
		{Name: "bild.work", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Impersonates: "bild.de"},
	}}
	for i := range 300 { // old labels do not crowd out the new ones
		c.Names = append(c.Names, tracker.CaseName{Name: tracker.Name(fmt.Sprintf("gazette%03dofoldtown.com", i)), Role: tracker.RoleSeized, SeizedAt: day("2023-03-04 00:00")})
	}
	s := &Scanner{Deps: Deps{Budget: Budget{FullFor: 14 * 24 * time.Hour, Best: 100, CoverAllEvery: 7 * 24 * time.Hour}}}
	at := day("2024-09-06 02:00")
	full := fullLabels(c, nil, s.Budget.FullFor, at)
	cs, err := s.candidates(t.Context(), c, nil, nil, full, at)
	if err != nil {
		t.Fatal(err)
	}
	p := MakePlan(&cs.Candidates, full, s.Budget, at)
	asked := map[tracker.Name]int{}
	for n := range p.List(partFull) {
		asked[n]++
	}
	for n, want := range map[tracker.Name]int{"oldmillcouriera.org": 1, "oldmillcouriers24.org": 1, "theoldmillcouriers.org": 1, "oldmillcouriera.net": 0, "bildd.work": 1, "bildd.de": 0} {
		if asked[n] != want {
			t.Errorf("%s is asked %d times in full, want %d", n, asked[n], want)
		}
	}
}

// Rules are weighed against each other: a changed label is asked while it is probable
// enough, whatever rule made it, and one rule cannot take the place of the others.
func TestChangedLabelsAreAskedByWhatTheyAreWorth(t *testing.T) {
	c := &tracker.Case{ID: "c", Names: []tracker.CaseName{
		{Name: "voixdulac.org", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Kind: tracker.KindOwnBrand, Country: "FR"},
		{Name: "fjordklokka24.info", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Kind: tracker.KindOwnBrand, Country: "NO"},
		{Name: "bulalakawbalita.com", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Kind: tracker.KindOwnBrand, Country: "PH"},
	}}
	s := &Scanner{Deps: Deps{Budget: Budget{FullFor: 14 * 24 * time.Hour, Best: 2_000, CoverAllEvery: 7 * 24 * time.Hour}}}
	at := day("2024-09-06 02:00")
	full := fullLabels(c, nil, s.Budget.FullFor, at)
	cs, err := s.candidates(t.Context(), c, nil, nil, full, at)
	if err != nil {
		t.Fatal(err)
	}
	asked, by := map[tracker.Name]bool{}, map[string]int{}
	for _, cand := range cs.Near {
		asked[cand.Name] = true
	}
	for _, cand := range cs.Kin {
		asked[cand.Name] = true
		if by[cand.Rule]++; cand.Prior < kinLeast && slices.Contains(changeRules, cand.Rule) {
			t.Fatalf("%+v is asked in full", cand)
		}
	}
	for rule, n := range by {
		if n > s.Budget.Best/2 {
			t.Errorf("%d kin by %s, of a budget of %d", n, rule, s.Budget.Best)
		}
	}
	if n := len(cs.Kin); n > 8*s.Budget.Best {
		t.Errorf("%d kin, for a budget of %d", n, s.Budget.Best)
	}
	for _, n := range []tracker.Name{"voix-du-lac.org", "voix-du-lac.fr", "voix-dulac.eu", "lavoixdulac.org", "voixdulacs.com", "voixdulac24.fr",
		"fjordklokkatjuefire.info", "fjordklokka.news", "bulalakawnews.com", "bulalakaw-balita.net"} {
		if !asked[n] {
			t.Errorf("%s is not asked", n)
		}
	}
	for _, rules := range [][]string{kinRules, changeRules, homeRules} {
		for _, r := range rules {
			if !slices.Contains(lookalike.RuleNames(), r) {
				t.Errorf("%s is no rule", r)
			}
		}
	}
}

// The years that labels are given change at New Year: a scanner that has been running
// since December asks what one started in January does.
func TestThePlanKnowsTheYear(t *testing.T) {
	c := testCase()
	s := &Scanner{Deps: Deps{Budget: Budget{FullFor: 14 * 24 * time.Hour, Best: 600, CoverAllEvery: 7 * 24 * time.Hour}}}
	names := func(at time.Time) []tracker.Candidate {
		cs, err := s.candidates(t.Context(), c, nil, nil, nil, at)
		if err != nil {
			t.Fatal(err)
		}
		return cs.Far
	}
	december := names(day("2024-12-31 02:00"))
	january := names(day("2025-01-01 02:00"))
	s.cached = nil
	if restarted := names(day("2025-01-01 02:00")); !slices.Equal(january, restarted) || slices.Equal(december, january) {
		t.Errorf("%d names in December, %d in January, %d after a restart", len(december), len(january), len(restarted))
	}
}

func TestAPlanIsAskedOnlyWhereEachOfItsListsWas(t *testing.T) {
	at := day("2024-09-05 02:00")
	p := testPlan(Budget{FullFor: 14 * 24 * time.Hour, Best: 100, CoverAllEvery: 7 * 24 * time.Hour}, at)
	var batches []StoredBatch
	for c := range p.chunks() {
		batches = append(batches, StoredBatch{Batch: tracker.Batch{Key: sweepArgs{c.part, c.from, tracker.DigestOf(c.list)}.key(), Probe: tracker.ProbeSweep, Names: c.n, NamesHash: tracker.DigestOf(c.list)}})
	}
	if len(batches) != 3 || !p.askedBy(batches) {
		t.Errorf("%d lists, all asked: %t", len(batches), p.askedBy(batches))
	}
	for i := range batches {
		other := slices.Clone(batches)
		other[i].NamesHash = tracker.DigestOf([]byte("as many other names"))
		if p.askedBy(other) {
			t.Errorf("list %s was not asked, other names were, and the plan counts as asked", batches[i].Key)
		}
	}
	if (&Plan{}).askedBy(nil) != true {
		t.Error("a plan of nothing is not asked by nothing")
	}
}

// TestWhatTheOperatorsLostIsAskedForUnderItsOwnLabel: a confirmed replacement under another
// label that was taken down is watched as the case's names are, with the country of the
// one that it replaced in the end.
func TestWhatTheOperatorsLostIsAskedForUnderItsOwnLabel(t *testing.T) {
	c := &tracker.Case{Names: []tracker.CaseName{{Name: "alpha.info", Role: tracker.RoleSeized, Country: "MT", Kind: tracker.KindOwnBrand}}}
	links := []tracker.Link{
		{New: "alpha.so", Old: "alpha.info", Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement},
		{New: "gamma.com", Old: "alpha.so", Band: tracker.BandConfirmed, Relation: tracker.RelationOperator},
		{New: "delta.com", Old: "alpha.so", Band: tracker.BandProbable, Relation: tracker.RelationOperator},
	}
	at := day("2024-11-08 02:00")
	var states []tracker.State
	for _, n := range []tracker.Name{"delta.com", "gamma.com"} {
		states = append(states, tracker.State{Name: n, Status: tracker.StatusSuspended, Since: tracker.Interval{Hi: at}})
	}
	taken := takenDown(links, states)
	got := withTaken(c, taken, links)
	want := tracker.CaseName{Name: "gamma.com", Role: tracker.RoleCampaign, Country: "MT", Kind: tracker.KindOwnBrand}
	if len(got.Names) != 2 || !reflect.DeepEqual(got.Names[1], want) || len(c.Names) != 1 {
		t.Errorf("%+v", got.Names)
	}
	if full := fmt.Sprint(fullLabels(got, taken, 14*24*time.Hour, at)); full != "map[gamma:true]" {
		t.Errorf("asked in full: %s", full)
	}
	if withTaken(c, nil, links) != c {
		t.Error("nothing was lost, and the case was copied")
	}
	asked := map[tracker.Name]bool{}
	for cand := range lookalike.Generate(got, lookalike.Options{AsOf: at, Rules: []string{ruleSwap}}) {
		asked[cand.Name] = true
	}
	if !asked["gamma.net"] || !asked["alpha.net"] || asked["delta.net"] {
		t.Error("gamma and alpha are asked under all suffixes, delta is not")
	}
}
