package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"respawn/tracker/scan"
	"respawn/tracker/survival"
)

// What stats prints of the demo is estimated again from the rows that it prints,
// by another way, and survival makes the same of them. The rows themselves are
// those that the world's calendar gives.
func TestStatsFromTheRowsByAnotherWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := map[string]string{"RESPAWN_SWEEP_BUDGET": "300", "RESPAWN_SWEEP_COVER_ALL_EVERY": "1000d", "RESPAWN_CRAWL_TIMEOUT": "5s"}
	if s := respawn(t.Context(), env, "demo", "--world", exampleWorld, "--once", "--dir", dir, "--nights", "12"); s.code != exitDone {
		t.Fatalf("exit %d\n%s", s.code, s.stderr)
	}
	say := func(args ...string) string {
		s := respawn(t.Context(), nil, append([]string{"--config", filepath.Join(dir, "respawn.yaml")}, args...)...)
		if s.code != exitDone {
			t.Fatalf("%v: exit %d: %s", args, s.code, s.stderr)
		}
		return s.out
	}
	var stats []scan.Statistic
	if err := json.Unmarshal([]byte(say("stats", "--format", "json")), &stats); err != nil {
		t.Fatal(err)
	}
	rows := say("stats", "--rows")
	groups := readRows(t, rows)
	if len(stats) == 0 || len(stats) != len(groups) {
		t.Fatalf("%d statistics of %d groups", len(stats), len(groups))
	}
	for _, s := range stats {
		checkStatistic(t, s, groups[s.Clock+"/"+s.Stratum+"/"+s.Source])
	}

	// The rows again with their names: what each figure rests on is counted from them.
	var named []struct {
		Clock, Stratum, Source, Name string
		RestsOn                      string    `json:"rests_on"`
		LeftOut                      string    `json:"left_out"`
		SeizedAt                     time.Time `json:"seized_at"`
		TakenAt                      struct {
			Lo, Hi time.Time
		} `json:"taken_at"`
		Left, Right *float64
	}
	if err := json.Unmarshal([]byte(say("stats", "--rows", "--format", "json")), &named); err != nil {
		t.Fatal(err)
	}
	links := map[string]scan.LinkCounts{}
	for _, r := range named {
		group := r.Clock + "/" + r.Stratum + "/" + r.Source
		c := links[group]
		switch r.RestsOn {
		case "confirmed":
			c.Confirmed++
		case "probable":
			c.Probable++
		case "name-alone":
			c.NameAlone++
		}
		links[group] = c
		if day := r.SeizedAt; r.Clock != scan.ClockLifespan && (day.IsZero() || r.TakenAt.Lo.Before(day) || r.TakenAt.Hi.After(day.AddDate(0, 0, 1))) {
			t.Errorf("%s: seized on %s by the case file, and taken in %v", r.Name, day, r.TakenAt)
		}
		if r.LeftOut != "" || r.Left == nil || !slices.ContainsFunc(groups[group], func(x span) bool {
			return x.left == *r.Left && (r.Right == nil && math.IsInf(x.right, 1) || r.Right != nil && x.right == *r.Right)
		}) {
			t.Errorf("%s: %+v is no row of --rows", group, r)
		}
	}
	for _, s := range stats {
		group := s.Clock + "/" + s.Stratum + "/" + s.Source
		rest := s.Links.Confirmed + s.Links.Probable + s.Links.NameAlone
		if s.Links != links[group] || s.Clock != scan.ClockLifespan && rest != s.Events || s.Clock == scan.ClockLifespan && rest != s.N {
			t.Errorf("%s: links %+v of %d events, want %+v", group, s.Links, s.Events, links[group])
		}
	}

	// Both own brands were seized on the 5th and registered anew on the 6th, in the
	// morning, after that night's scan at five; that of the 6th saw the banner, that of
	// the 7th the new site. The spoof has not come back by the last one, on the 12th.
	for group, want := range map[string]string{
		"seizure-to-registered/own-brand/registry":     "[{1 1} {1 1}]",
		"seizure-to-registered/own-brand/first-seen":   "[{0.125 2} {0.125 2}]",
		"seizure-to-registered/brand-spoof/registry":   "[{6 +Inf}]",
		"seizure-to-registered/brand-spoof/first-seen": "[{6.125 +Inf}]",
	} {
		if got := fmt.Sprint(groups[group]); got != want {
			t.Errorf("%s: %s, want %s", group, got, want)
		}
	}
	for _, s := range stats {
		confirmed := map[string]string{"own-brand": "map[documented:2]", "brand-spoof": "map[outlet-documented:1]"}[s.Stratum]
		if got := fmt.Sprint(s.Confirmations); got != confirmed || s.Circular != 0 {
			t.Errorf("%s %s: seizures %s, want %s", s.Clock, s.Stratum, got, confirmed)
		}
	}

	// survival on the rows.
	file := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	var sum survival.Summary
	if err := json.Unmarshal([]byte(say("survival", "--in", file, "--format", "json")), &sum); err != nil {
		t.Fatal(err)
	}
	for _, g := range sum.Groups {
		i := slices.IndexFunc(stats, func(s scan.Statistic) bool { return s.Clock+"/"+s.Stratum+"/"+s.Source == g.Group })
		if i < 0 {
			t.Fatalf("survival knows %s, stats does not", g.Group)
		}
		s := stats[i]
		if g.N != float64(s.N) || g.Events != float64(s.Events) || !same(g.Median, s.Median) || !same(g.MedianLo, s.MedianLo) || !same(g.MedianHi, s.MedianHi) {
			t.Errorf("%s: survival says %v, stats %v", g.Group, g, s)
		}
		for _, p := range s.S {
			left := survival.Number(1)
			for _, step := range g.KM {
				if step.T <= p.Days {
					left = survival.Number(step.S)
				}
			}
			if math.IsNaN(float64(p.S)) {
				continue
			}
			if !same(left, p.S) {
				t.Errorf("%s after %v days: survival says %v, stats %v", g.Group, p.Days, left, p.S)
			}
			lo, hi := survival.Number(1), survival.Number(1)
			for _, m := range g.Turnbull {
				if float64(m.Right) <= p.Days {
					hi -= survival.Number(m.P)
				}
				if m.Left < p.Days || float64(m.Right) <= p.Days {
					lo -= survival.Number(m.P)
				}
			}
			if !same(lo, p.InLo) || !same(hi, p.InHi) {
				t.Errorf("%s after %v days: by the intervals survival says %v to %v, stats %v to %v", g.Group, p.Days, lo, hi, p.InLo, p.InHi)
			}
		}
	}

	// The campaign graph of the same nights: two of the first generation on one day,
	// and where the first sends its readers, which nobody would call a wave.
	var d descent
	if err := json.Unmarshal([]byte(say("stats", "--waves")), &d); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range d.Steps {
		steps = append(steps, fmt.Sprintf("%s < %s %d %s", s.Name, s.Root, s.Generation, s.Born.Hi.Format("2006-01-02")))
	}
	slices.Sort(steps)
	if got := strings.Join(steps, "; "); len(d.Waves) != 0 || !strings.Contains(got, "baltecho.cc < baltecho.info 1 2025-03-06") || !strings.Contains(got, "kurzemewire.so < kurzemewire.com 1 2025-03-06") ||
		!strings.Contains(got, "amberledger.net < baltecho.info") {
		t.Errorf("%d waves; %s", len(d.Waves), got)
	}
	tree := say("stats", "--waves", "--format", "table")
	if !strings.Contains(tree, "  baltecho[.]info\n    baltecho[.]cc: generation 1, confirmed, replacement, registered 2025-03-06 07:31 (registry)\n") || strings.Contains(tree, "Waves") {
		t.Errorf("the graph for people:\n%s", tree)
	}
}

// A span is a row of `stats --rows`: the end came in (left, right].
type span struct{ left, right float64 }

// readRows reads the rows by group, with no help of the package that wrote them.
func readRows(t *testing.T, s string) map[string][]span {
	t.Helper()
	recs, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil || len(recs) < 2 || strings.Join(recs[0], ",") != "left,right,group,entry" {
		t.Fatalf("rows: %v\n%s", err, s)
	}
	out := map[string][]span{}
	for _, r := range recs[1:] {
		x := span{right: math.Inf(1)}
		if x.left, err = strconv.ParseFloat(r[0], 64); err != nil {
			t.Fatal(err)
		}
		if r[1] != "" {
			if x.right, err = strconv.ParseFloat(r[1], 64); err != nil {
				t.Fatal(err)
			}
		}
		if r[3] != "" {
			t.Fatalf("row %v enters late: this test does not know how to count it", r)
		}
		out[r[2]] = append(out[r[2]], x)
	}
	return out
}

// checkStatistic holds a statistic against its rows: shares by redistribution to
// the right (Efron 1967), where the mass of a row that left is shared out among
// those that stay longer, and the bounds by Greenwood's sum over the risk sets.
func checkStatistic(t *testing.T, s scan.Statistic, rows []span) {
	t.Helper()
	name := s.Clock + "/" + s.Stratum + "/" + s.Source
	type end struct {
		t    float64
		seen bool
		mass float64
	}
	ends := make([]end, len(rows))
	events, last := 0, 0.0
	for i, r := range rows {
		ends[i] = end{r.left, false, 1 / float64(len(rows))}
		if !math.IsInf(r.right, 1) {
			ends[i].t, ends[i].seen = (r.left+r.right)/2, true
			events++
		}
		last = max(last, ends[i].t)
	}
	if s.N != len(rows) || s.Events != events {
		t.Errorf("%s: n %d, events %d, want %d and %d", name, s.N, s.Events, len(rows), events)
	}
	slices.SortFunc(ends, func(a, b end) int {
		first := func(e end) int {
			if e.seen {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(first(a), first(b)))
	})
	for i := range ends {
		later := len(ends) - i - 1
		if ends[i].seen || later == 0 {
			continue
		}
		for j := i + 1; j < len(ends); j++ {
			ends[j].mass += ends[i].mass / float64(later)
		}
		ends[i].mass = 0
	}
	for k, day := range []float64{1, 7, 30} {
		left, sum := 0.0, 0.0
		for i, e := range ends {
			if e.t > day || !e.seen {
				left += e.mass
				continue
			}
			// Of those that are left when this one ends, counting ties one by one: the
			// telescoped form of d/(n(n-d)).
			if n := float64(len(ends) - i); n > 1 {
				sum += 1/(n-1) - 1/n
			} else {
				sum = math.Inf(1)
			}
		}
		p := s.S[k]
		if p.Days != day {
			t.Fatalf("%s: share after %v days, want %v", name, p.Days, day)
		}
		if day > last && left > 1e-12 {
			if !math.IsNaN(float64(p.S)) {
				t.Errorf("%s: a share of %v after %v days, and nobody was watched for longer than %v", name, p.S, day, last)
			}
			continue
		}
		if math.Abs(float64(p.S)-left) > 1e-9 {
			t.Errorf("%s: %v after %v days, by the other way %v", name, p.S, day, left)
		}
		if lo, hi := productLimit(rows, day, true), productLimit(rows, day, false); math.Abs(float64(p.EndsLo)-lo) > 1e-9 || math.Abs(float64(p.EndsHi)-hi) > 1e-9 {
			t.Errorf("%s: by the ends of the intervals %v to %v after %v days, by the other way %v to %v", name, p.EndsLo, p.EndsHi, day, lo, hi)
		} else if lo > left+1e-9 || hi < left-1e-9 {
			t.Errorf("%s after %v days: %v at the middle of the intervals is not between %v and %v at their ends", name, day, left, lo, hi)
		}
		if left < 1e-9 || left > 1-1e-9 {
			continue // the bounds have no width there
		}
		d := 1.959963984540054 * math.Sqrt(sum) / math.Log(left)
		lo, hi := math.Pow(left, math.Exp(-d)), math.Pow(left, math.Exp(d))
		if math.Abs(float64(p.Lo)-lo) > 1e-9 || math.Abs(float64(p.Hi)-hi) > 1e-9 {
			t.Errorf("%s after %v days: bounds %v to %v, by the other way %v to %v", name, day, p.Lo, p.Hi, lo, hi)
		}
	}
}

// productLimit is the share that is left after a day if every interval across it ended
// by then, or none did, from the definition: over the times of ends up to the day, the
// product of those that stay among those that are there.
func productLimit(rows []span, day float64, early bool) float64 {
	end := func(r span) float64 {
		switch {
		case math.IsInf(r.right, 1):
			return r.right
		case r.left < day && day < r.right && early:
			return day
		case r.left < day && day < r.right:
			return r.right
		}
		return (r.left + r.right) / 2
	}
	var times []float64
	for _, r := range rows {
		if at := end(r); at <= day {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	out := 1.0
	for _, at := range slices.Compact(times) {
		there, gone := 0, 0
		for _, r := range rows {
			if e := end(r); e == at {
				gone++
				there++
			} else if e > at && (!math.IsInf(e, 1) || r.left >= at) {
				there++
			}
		}
		out *= float64(there-gone) / float64(there)
	}
	return out
}

func same(a, b survival.Number) bool {
	x, y := float64(a), float64(b)
	return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) < 1e-12
}

// The same on rows that no small world has: ties, many who leave early, wide
// intervals, groups of one.
func TestStatisticsOfRandomRowsByAnotherWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 9))
	for range 300 {
		var rows []scan.StatRow
		for range 1 + rng.IntN(25) {
			at := float64(rng.IntN(320)) / 8
			r := survival.Censored(at)
			switch rng.IntN(4) {
			case 0:
				r = survival.Exact(at)
			case 1, 2:
				r = survival.Between(at, at+float64(rng.IntN(64))/8)
			}
			x := scan.StatRow{Clock: scan.ClockLive, Stratum: "own-brand", Source: scan.SourceFirstSeen, Row: r}
			x.Row.Group = x.Group()
			rows = append(rows, x)
		}
		stats, err := scan.Statistics(rows)
		if err != nil || len(stats) != 1 {
			t.Fatalf("%d statistics: %v", len(stats), err)
		}
		var b bytes.Buffer
		rs := make([]survival.Row, len(rows))
		for i, r := range rows {
			rs[i] = r.Row
		}
		if err := survival.WriteCSV(&b, rs); err != nil {
			t.Fatal(err)
		}
		checkStatistic(t, stats[0], readRows(t, b.String())[rows[0].Group()])
	}
}

// What people read: one rule for the digits, what events rest on, and no figure where
// nothing but names speaks.
func TestStatsInWords(t *testing.T) {
	row := func(clock, source, rests string, r survival.Row) scan.StatRow {
		x := scan.StatRow{Clock: clock, Stratum: "own-brand", Source: source, Confirmation: "documented", Rests: rests, Row: r}
		x.Row.Group = x.Group()
		return x
	}
	registry := func(rests string, day float64) scan.StatRow {
		return row(scan.ClockRegistered, scan.SourceRegistry, rests, survival.Exact(day))
	}
	live := func(rests string, lo, hi float64) scan.StatRow {
		return row(scan.ClockLive, scan.SourceFirstSeen, rests, survival.Between(lo, hi))
	}
	open := registry("", 0)
	open.LeftOut = scan.LeftOpen
	early := live("confirmed", 0, 1)
	early.Early = true
	for _, tt := range []struct {
		name string
		rows []scan.StatRow
		want string
	}{
		{"calendar days of a registry, and what the events rest on",
			[]scan.StatRow{registry("confirmed", 1), registry("confirmed", 1), registry("probable", 4), registry("name-alone", 5), row(scan.ClockRegistered, scan.SourceRegistry, "", survival.Censored(40))},
			"4 of 5; 2 confirmed, 1 probable, 1 by the name alone; within 1 calendar day 40 % (12-87), within 7 d 80 % (42-99), within 30 d 80 % (42-99); median 4 d (95 % 1 or more)\n" +
				"    seizures: 5 documented\nBy the name alone: nothing but its name ties the new site to the seized one, so it may be anybody's.\n"},
		{"a median between two calendar days", []scan.StatRow{registry("confirmed", 1), registry("confirmed", 2)},
			"2 of 2; 2 confirmed; within 1 calendar day 50 % (9-99), within 7 d 100 %, within 30 d 100 %; median 1 to 2 d (95 % 1 or more)\n    seizures: 2 documented\n"},
		{"no better than the name", []scan.StatRow{registry("name-alone", 1), registry("name-alone", 2), row(scan.ClockRegistered, scan.SourceRegistry, "", survival.Censored(40))},
			"no replacement is shown; for 2 of 3 somebody put up a site of that name, linked by the name alone\n" +
				"    seizures: 3 documented\nBy the name alone: nothing but its name ties the new site to the seized one, so it may be anybody's.\n"},
		{"looks a night apart", []scan.StatRow{live("confirmed", 2.125, 4.0417), live("confirmed", 3.125, 5.0417), early},
			"3 of 3; 3 confirmed; within 24 h 33 % (5-95), within 7 d 100 %, within 30 d 100 %; median 3 d (by the intervals 2 to 5; 95 % 0 or more)\n    seizures: 3 documented\n" +
				"    1 of 3 may have come before the hour of the seizure: counted from 0 days on\n    100 % of the intervals are wider than a tenth of the median: quote whole days only\n"},
		{"looks every few minutes", []scan.StatRow{live("confirmed", 3.5812, 3.5854), live("confirmed", 3.5812, 3.5854)},
			"2 of 2; 2 confirmed; within 24 h 0 %, within 7 d 100 %, within 30 d 100 %; median 3.6 d (95 % not known)\n    seizures: 2 documented\n"},
		{"of whom nothing can be said", []scan.StatRow{registry("confirmed", 1), open},
			"1 of 1; 1 confirmed; within 1 calendar day 100 %, within 7 d 100 %, within 30 d 100 %; median 1 d (95 % not known)\n    seizures: 1 documented\n" +
				"    left out: 1 name of which a site was there at our first look, and nothing says whether it came before or after the seizure\n"},
		{"of whom nothing can be said at all", []scan.StatRow{open},
			"0 of 0\n    left out: 1 name of which a site was there at our first look, and nothing says whether it came before or after the seizure\n"},
	} {
		stats, err := scan.Statistics(tt.rows)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		printStats(&b, stats)
		_, got, _ := strings.Cut(b.String(), "): ")
		if tt.rows[0].Source == scan.SourceRegistry {
			_, got, _ = strings.Cut(b.String(), "the registry: ")
		}
		if got != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}
