package lookalike

import (
	"slices"
	"testing"

	"respawn/tracker"
)

// matchedPairs counts, by relation, the pairs whose replacement is recognised from
// the names that its campaign replaced, and as the right one.
func matchedPairs(t testing.TB) (all, ok map[string]int) {
	all, ok = map[string]int{}, map[string]int{}
	for _, l := range leaveOneOut(pairs(t), func(pair) bool { return true }) {
		m := NewMatcher(l.c, MatchOptions{})
		own := ownNames(l.c)
		for _, p := range l.pairs {
			m := m
			if own[string(p.replacement)] { // replaced in its turn: as it was before that
				c := *l.c
				c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n tracker.CaseName) bool { return n.Name == p.replacement })
				if ownNames(&c)[string(p.replacement)] {
					t.Logf("%s is the genuine name that another imitates", p.replacement)
					continue
				}
				m = NewMatcher(&c, MatchOptions{})
			}
			h, hit := m.Match([]byte(p.replacement))
			_, want, _ := Split(string(p.replaces))
			_, got, _ := Split(string(h.From))
			all[p.relation]++
			if hit && (h.From == p.replaces || want == got) {
				ok[p.relation]++
			} else if p.relation != "other" && p.relation != "subdomain" {
				t.Logf("missed: %s for %s (%s), got %+v", p.replacement, p.replaces, p.relation, h)
			}
		}
	}
	return all, ok
}

func TestPairsAreMatched(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a matcher for each campaign")
	}
	all, ok := matchedPairs(t)
	near, nearOK := 0, 0
	for _, k := range sortedKeys(all) {
		t.Logf("%-20s %3d of %3d", k, ok[k], all[k])
		if nearLabel(pair{relation: k}) {
			near, nearOK = near+all[k], nearOK+ok[k]
		}
	}
	if 100*nearOK < 95*near || near == 0 {
		t.Errorf("%d of %d pairs with near labels matched, want 95 %%", nearOK, near)
	}
	if n, k := all["combosquat"], ok["combosquat"]; 100*k < 80*n || n == 0 {
		t.Errorf("%d of %d combosquats matched, want 80 %%", k, n)
	}
}
