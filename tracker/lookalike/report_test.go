package lookalike

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
)

// benign are the lists of ordinary names on which false positives are counted.
// None is shipped: Cloudflare's terms forbid it, and the others lie beside it.
var benign = []string{
	"cloudflare-radar-top100k-2026.txt.gz", "cisco-umbrella-top20k-2026.txt.gz", "opendns-top10k-2014.txt.gz",
	"university-domains-2026.txt.gz", "news-wikidata-2.2k.txt.gz", "moz-top500.txt.gz",
}

// TestBenchNames prints what docs/bench/recall.md and match.md keep: recall at a
// budget, false positives, and the planted names of row "match", all from one run at
// one threshold. `make bench-names` runs it; it fails where a demand is not met.
func TestBenchNames(t *testing.T) {
	if os.Getenv("RESPAWN_BENCH_NAMES") == "" {
		t.Skip("takes a minute: make bench-names")
	}
	say := func(format string, a ...any) { fmt.Printf(format+"\n", a...) }
	demand := func(met bool, format string, a ...any) {
		if !met {
			t.Errorf("NOT MET: "+format, a...)
		}
	}
	reportRecall(t, say, demand)
	reportMatch(t, say, demand)
}

type sayer func(format string, a ...any)

// reportRecall prints how early names of the candidate list are found.
func reportRecall(t *testing.T, say sayer, demand func(bool, string, ...any)) {
	peer := map[string][]string{}
	for _, r := range table(t, "testdata/dnstwist.csv") {
		peer[r[0]] = r[1:]
	}
	say("\nRECALL: found among the first N candidates")
	say("%-46s %7s %7s %7s %7s %7s  %s", "wave of September 2024, from the 32 names", "500", "2k", "6k", "50k", "250k", "all 17 after")
	want := wave(t, september)
	for _, o := range septemberOrders(t) {
		at, _, _ := o.found(want, budgets[4])
		var n [5]int
		for i, b := range budgets {
			k, _ := slices.BinarySearch(at, b+1)
			n[i] = k
		}
		last := "never"
		if len(at) == len(want) {
			last = strconv.Itoa(at[len(at)-1])
		}
		say("%-46s %7d %7d %7d %7d %7d  %s", o.name, n[0], n[1], n[2], n[3], n[4], last)
		demand(n[2] == 17, "%s: %d of 17 within 6,000 names", o.name, n[2])
	}
	theirs := func(set string) {
		if p := peer[set]; len(p) == 7 {
			say("%-46s %7s %7s %7s %7s %7s  (of %s pairs; it makes %s names)", "dnstwist, shipped dictionaries (from a file)", p[2], p[3], p[4], p[5], p[6], p[1], p[0])
		} else {
			t.Errorf("testdata/dnstwist.csv has no set %q", set)
		}
	}
	theirs("september-2024")

	say("\n%-46s %7s %7s %7s %7s %7s  %s", "one campaign left out at a time", "500", "2k", "6k", "50k", "250k", "pairs")
	rs := recallLeftOut(pairs(t))
	all := total(rs)
	for _, r := range append(rs, all) {
		say("%-46s %7d %7d %7d %7d %7d  %d", r.campaign, r.found[0], r.found[1], r.found[2], r.found[3], r.found[4], r.pairs)
	}
	theirs("left-out")
	demand(10*all.found[4] >= 9*all.pairs, "%d of %d pairs within 250,000 names", all.found[4], all.pairs)

	popular := popularity(t)
	if popular == nil {
		say("NOT MEASURED: order of popularity (no list)")
		return
	}
	ours, pop := neededNames(pairs(t), popular)
	say("\nnames needed until a share of the %d left-out same-label pairs is found", len(ours))
	for _, share := range []float64{0.5, 0.8, 0.95} {
		a, b := quantile(ours, share), quantile(pop, share)
		say("%3.0f %%  %6d; suffixes in order of popularity %6d", 100*share, a, b)
		demand(a < b, "at %.0f %% the order of popularity needs fewer names", 100*share)
	}
}

// reportMatch prints what the matcher finds and falsely finds at its default threshold.
func reportMatch(t *testing.T, say sayer, demand func(bool, string, ...any)) {
	say("\nMATCH at the default threshold, %v nats", DefaultThreshold)
	all, ok := matchedPairs(t)
	near, nearOK := 0, 0
	for _, k := range sortedKeys(all) {
		say("%-46s %d of %d", "pairs matched, "+k, ok[k], all[k])
		if nearLabel(pair{relation: k}) {
			near, nearOK = near+all[k], nearOK+ok[k]
		}
	}
	demand(100*nearOK >= 95*near, "%d of %d near pairs matched", nearOK, near)
	demand(100*ok["combosquat"] >= 80*all["combosquat"], "%d of %d combosquats matched", ok["combosquat"], all["combosquat"])

	say("")
	const seeds = 20
	var found []int
	others, names := 0, 0
	for seed := range uint64(seeds) {
		c, stream, marked := stream(t, 6_000, seed+101)
		hits, other, _ := plantedFound(NewMatcher(c, MatchOptions{}), stream, marked)
		found, others, names = append(found, hits), others+other, names+len(stream)-len(marked)
	}
	say("%-46s %s of 1,000; other hits %d of %d", fmt.Sprintf("planted found, 31 seized + 69 outlets, %d seeds", seeds), spread(found), others, names)
	demand(mean(found) >= 990, "%.1f of 1,000 planted names found", mean(found))
	demand(1000*others <= names, "%d other hits among %d names", others, names)
	for _, s := range otherLabels(t) {
		found = nil
		for seed := range uint64(5) {
			c, stream, marked := s.plant(t, seed+101)
			hits, _, _ := plantedFound(NewMatcher(c, MatchOptions{}), stream, marked)
			found = append(found, hits)
		}
		say("%-46s %s of 1,000", "planted found, "+s.name, spread(found))
	}

	reportManners(t, say, demand)
	say("\n%-46s %12s %12s", "false positives (per 100,000 names)", "own brands", "outlets")
	for _, list := range benign {
		names := shared(t, list)
		if names == nil {
			say("%-46s NOT MEASURED: not beside the repository", list)
			continue
		}
		line := fmt.Sprintf("%-46s", fmt.Sprintf("%s, %d names", list, len(names)))
		for _, w := range watchSets(t) {
			fp := len(falsePositives(NewMatcher(w.c, MatchOptions{}), names))
			line += fmt.Sprintf(" %4d (%5.1f)", fp, 1e5*float64(fp)/float64(len(names)))
			if list == benign[0] {
				demand(fp <= w.most, "%d false positives for the %s, at most %d", fp, w.name, w.most)
			}
		}
		say("%s", line)
	}
}

// reportManners prints what share of the names of each manner of imitating is found.
func reportManners(t *testing.T, say sayer, demand func(bool, string, ...any)) {
	names, sets := inEveryManner(t, 20, 100)
	order := sortedKeys(sets)
	say("\n%-46s %22s %22s", "found of 2,000 names of one manner, per cent", order[0], order[1])
	for _, k := range names {
		line := fmt.Sprintf("%-46s", k)
		for _, set := range order {
			c := sets[set][k]
			found := 100 * float64(c.found) / float64(c.all)
			line += fmt.Sprintf(" %22.2f", found)
			demand(100-found <= c.most, "%s, %s: %.2f %% found", set, k, found)
		}
		say("%s", line)
	}
}

func mean(n []int) float64 {
	sum := 0
	for _, v := range n {
		sum += v
	}
	return float64(sum) / float64(len(n))
}

func spread(n []int) string {
	return fmt.Sprintf("%.1f (%d-%d)", mean(n), slices.Min(n), slices.Max(n))
}
