package lookalike

import (
	"slices"
	"testing"

	"respawn/tracker"
)

// TestPairsAreMatched asks, campaign by campaign, whether each replacement would
// have been recognised from the names that it replaced, and as the right one.
func TestPairsAreMatched(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a matcher for each campaign")
	}
	type share struct{ n, ok int }
	near, combo, by := share{}, share{}, map[string]*share{}
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
			h, ok := m.Match([]byte(p.replacement))
			_, want, _ := Split(string(p.replaces))
			_, got, _ := Split(string(h.From))
			ok = ok && (h.From == p.replaces || want == got)
			s := by[p.relation]
			if s == nil {
				s = &share{}
				by[p.relation] = s
			}
			for _, s := range []*share{s, &near, &combo} {
				if s == &near && !nearLabel(p) || s == &combo && p.relation != "combosquat" {
					continue
				}
				s.n++
				if ok {
					s.ok++
				}
			}
			if !ok && p.relation != "other" && p.relation != "subdomain" {
				t.Logf("missed: %s for %s (%s), got %+v", p.replacement, p.replaces, p.relation, h)
			}
		}
	}
	for _, k := range sortedKeys(by) {
		t.Logf("%-20s %3d of %3d", k, by[k].ok, by[k].n)
	}
	if 100*near.ok < 95*near.n {
		t.Errorf("%d of %d pairs with near labels matched, want 95 %%", near.ok, near.n)
	}
	if 100*combo.ok < 80*combo.n {
		t.Errorf("%d of %d combosquats matched, want 80 %%", combo.ok, combo.n)
	}
}
