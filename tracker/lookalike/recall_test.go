package lookalike

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// A pair of testdata/pairs.csv.
type pair struct {
	replacement, replaces tracker.Name
	relation, campaign    string
}

const september = "doppelganger-2024-09-wave"

func table(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func pairs(t testing.TB) []pair {
	var out []pair
	for _, r := range table(t, "testdata/pairs.csv") {
		out = append(out, pair{tracker.MustName(r[0]), tracker.MustName(r[1]), r[2], r[3]})
	}
	return out
}

// seizedCase is the 32 names of 2024-09-04 alone, as the shipped case has them.
func seizedCase(t testing.TB) *tracker.Case {
	c := &tracker.Case{ID: "seized"}
	for _, r := range table(t, "../../testdata/cases/doppelganger-2024/seized.csv") {
		n := tracker.CaseName{Name: tracker.MustName(r[0]), Role: tracker.RoleSeized, SeizedAt: day(r[1]), Kind: tracker.Kind(r[2])}
		if r[3] != "" {
			n.Impersonates = tracker.MustName(r[3])
		}
		c.Names = append(c.Names, n)
	}
	if len(c.Names) != 32 {
		t.Fatalf("%d seized names", len(c.Names))
	}
	return c
}

// shared opens a benign list that may not be shipped; nil, with a loud skip line,
// where RESPAWN_SHARED does not say where it lies.
func shared(t testing.TB, name string) []string {
	t.Helper()
	dir := os.Getenv("RESPAWN_SHARED")
	if dir == "" {
		t.Logf("SKIPPED: %s is not shipped (its terms forbid it); set RESPAWN_SHARED to the folder that holds data/benign", name)
		return nil
	}
	f, err := os.Open(filepath.Join(dir, "data", "benign", name))
	if err != nil {
		t.Logf("SKIPPED: %v", err)
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for sc := bufio.NewScanner(z); sc.Scan(); {
		out = append(out, strings.TrimSpace(sc.Text()))
	}
	return out
}

// TestSeptember2024 is the wave that nothing here was fitted to: the built-in uses
// end the day before it.
func TestSeptember2024(t *testing.T) {
	want := map[tracker.Name]bool{}
	for _, p := range pairs(t) {
		if p.campaign == september {
			want[p.replacement] = true
		}
	}
	if len(want) != 17 {
		t.Fatalf("%d replacements", len(want))
	}
	full := seizedCase(t)
	bare := &tracker.Case{} // as a plain list gives it: no dates, no kinds, no outlets
	for _, n := range full.Names {
		bare.Names = append(bare.Names, tracker.CaseName{Name: n.Name, Role: tracker.RoleSeized})
	}
	for _, tt := range []struct {
		name      string
		c         *tracker.Case
		contagion bool
		limit     int
	}{
		{"in the order as made", full, false, 2048},
		{"with contagion, a suffix at a time", full, true, 2048},
		{"from a plain list of the names", bare, false, 2048},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := NewGenerator(tt.c, Options{})
			var at []int
			due := map[string]int{} // suffixes hit: by which rank all labels must have been tried
			left := len(want)
			for left > 0 {
				cand, ok := g.Next()
				if !ok || cand.Rank > 6000 {
					t.Fatalf("%d of 17 not among 6,000 names", left)
				}
				if !want[cand.Name] {
					continue
				}
				left--
				at = append(at, cand.Rank)
				if _, _, s := Split(string(cand.Name)); tt.contagion {
					if by, ok := due[s]; !ok {
						g.Hit(s)
						due[s] = cand.Rank + g.Watched()
					} else if cand.Rank > by {
						t.Errorf("%s came at %d, later than the next %d names after the first hit", cand.Name, cand.Rank, g.Watched())
					}
				}
			}
			t.Logf("all 17 after %d names (first %d, median %d; %d labels watched)", at[16], at[0], at[8], g.Watched())
			if at[16] > tt.limit {
				t.Errorf("all 17 only after %d names, want at most %d", at[16], tt.limit)
			}
		})
	}
}

// left is one campaign left out: its names as a case, its pairs by name.
type left struct {
	campaign string
	c        *tracker.Case
	pairs    []pair
	uses     []Use // of all other campaigns
}

// leaveOneOut makes a case of each campaign's replaced names, bare of all that a
// reader of the replacements could know.
func leaveOneOut(ps []pair, keep func(pair) bool) []left {
	by := map[string]*left{}
	for _, p := range ps {
		if !keep(p) {
			continue
		}
		l := by[p.campaign]
		if l == nil {
			l = &left{campaign: p.campaign, c: &tracker.Case{}}
			by[p.campaign] = l
		}
		l.pairs = append(l.pairs, p)
		if !slices.ContainsFunc(l.c.Names, func(n tracker.CaseName) bool { return n.Name == p.replaces }) {
			l.c.Names = append(l.c.Names, tracker.CaseName{Name: p.replaces, Role: tracker.RoleSeized})
		}
	}
	var out []left
	for _, k := range sortedKeys(by) {
		l := by[k]
		for _, p := range ps {
			if p.campaign != k {
				fam := p.campaign
				kind := tracker.KindOwnBrand
				if strings.HasPrefix(fam, "doppelganger") {
					fam = "doppelganger"
				}
				if strings.Contains(p.campaign, "spoof") || strings.Contains(p.campaign, "imposter") || strings.Contains(p.campaign, "rt-mirror") {
					kind = tracker.KindBrandSpoof
				}
				l.uses = append(l.uses, Use{Replacement: p.replacement, Replaces: p.replaces, Family: fam, Kind: kind,
					AfterTakedown: strings.HasPrefix(p.campaign, "generality") || strings.HasPrefix(p.campaign, "iran") || strings.HasPrefix(p.campaign, "rt-")})
			}
		}
		out = append(out, *l)
	}
	return out
}

func nearLabel(p pair) bool {
	switch p.relation {
	case "same-label-tld-swap", "typo", "hyphen", "homoglyph":
		return true
	}
	return false
}

var budgets = []int{500, 2000, 6000, 50_000, 250_000}

// TestRecallLeavingOneCampaignOut prints recall at budget, each campaign ordered by
// what the others teach, and holds the floor of 90 % within 250,000 names.
func TestRecallLeavingOneCampaignOut(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some millions of names")
	}
	ps := pairs(t)
	var all, hit [5]int
	for _, l := range leaveOneOut(ps, nearLabel) {
		want := map[tracker.Name]int{}
		for _, p := range l.pairs {
			// The DNS is asked for registrable names: walla.top leads to news.walla.top.
			_, label, suffix := Split(string(p.replacement))
			want[tracker.Name(label+"."+suffix)]++
		}
		own := ownNames(l.c)
		var line [5]int
		reachable := 0
		for n, k := range want {
			if own[string(n)] { // it was replaced in its turn, so the case has it already
				delete(want, n)
				for i := range line {
					line[i] += k
				}
			}
			reachable += k
		}
		for cand := range Generate(l.c, Options{Uses: l.uses, Budget: budgets[4]}) {
			if k, ok := want[cand.Name]; ok {
				delete(want, cand.Name)
				for i, b := range budgets {
					if cand.Rank <= b {
						line[i] += k
					}
				}
			}
		}
		for i := range line {
			all[i] += reachable
			hit[i] += line[i]
		}
		missed := ""
		for n := range want {
			missed += " " + string(n)
		}
		t.Logf("%-32s %3d pairs: %3d %3d %3d %3d %3d%s", l.campaign, reachable, line[0], line[1], line[2], line[3], line[4], missed)
	}
	t.Logf("%-32s %3d pairs: %s", "all", all[0], fmt.Sprint(hit))
	if share := float64(hit[4]) / float64(all[4]); share < 0.9 {
		t.Errorf("%.1f %% of the pairs within 250,000 names, want 90", 100*share)
	}
}

// TestOrderBeatsPopularity compares names needed for a share of all same-label
// pairs over the left-out campaigns: ours, with all other rules in between,
// against every label under the most popular suffixes first.
func TestOrderBeatsPopularity(t *testing.T) {
	same := func(p pair) bool { return p.relation == "same-label-tld-swap" && p.campaign != september }
	popular := popularity(t)
	if popular == nil {
		t.Skip("no list of popular names to compare with")
	}
	var ours, theirs []int
	for _, l := range leaveOneOut(pairs(t), same) {
		labels := len(watch(l.c, false))
		ranks := map[tracker.Name]int{}
		for cand := range Generate(l.c, Options{Uses: l.uses, Budget: 60_000}) {
			ranks[cand.Name] = cand.Rank
		}
		own := ownNames(l.c)
		for _, p := range l.pairs {
			if own[string(p.replacement)] {
				continue
			}
			r, ok := ranks[p.replacement]
			if !ok {
				r = math.MaxInt
			}
			ours = append(ours, r)
			_, _, s := Split(string(p.replacement))
			theirs = append(theirs, popular[s]*labels+labels/2)
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	for _, share := range []float64{0.5, 0.8, 0.95} {
		i := int(math.Ceil(share*float64(len(ours)))) - 1
		t.Logf("%2.0f %% of %d pairs: %d names; by popularity of the suffix %d", 100*share, len(ours), ours[i], theirs[i])
		if ours[i] >= theirs[i] {
			t.Errorf("at %2.0f %% the order of popularity needs fewer names", 100*share)
		}
	}
}

// popularity ranks all suffixes by how many names of a popular list they have,
// from 0.
func popularity(t testing.TB) map[string]int {
	names := shared(t, "cloudflare-radar-top100k-2026.txt.gz")
	if names == nil {
		return nil
	}
	n := map[string]int{}
	for _, name := range names {
		_, _, s := Split(name)
		n[s]++
	}
	list := Suffixes()
	slices.SortStableFunc(list, func(a, b Suffix) int { return cmp.Compare(n[b.Name], n[a.Name]) })
	out := map[string]int{}
	for i, s := range list {
		out[s.Name] = i
	}
	return out
}
