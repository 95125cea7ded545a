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

	// Both own brands were seized on the 5th and registered anew on the 6th, in the
	// morning, after that night's scan; the spoof has not come back by the last one.
	for group, want := range map[string]string{
		"seizure-to-registered/own-brand/registry":     "[{1 1} {1 1}]",
		"seizure-to-registered/own-brand/first-seen":   "[{1.125 2.125} {1.125 2.125}]",
		"seizure-to-registered/brand-spoof/registry":   "[{7.125 +Inf}]",
		"seizure-to-registered/brand-spoof/first-seen": "[{7.125 +Inf}]",
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
	if !strings.Contains(tree, "  baltecho[.]info\n    baltecho[.]cc: generation 1, confirmed, replacement, born 2025-03-06 07:31 (registry)\n") || strings.Contains(tree, "Waves") {
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
