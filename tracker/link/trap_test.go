package link

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"respawn/tracker"
)

// A trap is a pair of sites, and what must come out.
type trap struct {
	name     string
	new, old *tracker.Site
	rule     string
	cx       *Context
	band     tracker.Band // exact
	relation string       // "" any
	ignored  []string     // each must stand in one ignored line (kind value why)
	counted  []string     // each must stand in one evidence line
	never    []string     // none may stand in an evidence line
}

// TestTraps holds the traps of linking, one by one: each pair shares exactly one
// kind of thing, and each innocent shares exactly the thing that must not count.
func TestTraps(t *testing.T) {
	for _, tt := range append(trapsOfValues(), trapsOfPages()...) {
		t.Run(tt.name, func(t *testing.T) {
			cx := tt.cx
			if cx == nil {
				cx = &Context{}
			}
			l := Score(tt.new, tt.old, tt.rule, cx)
			if l.Band != tt.band {
				t.Errorf("band %s at %.2f, want %s", l.Band, l.Score, tt.band)
			}
			if tt.relation != "" && l.Relation != tt.relation {
				t.Errorf("relation %s, want %s", l.Relation, tt.relation)
			}
			evidence, ignored := written(l.Evidence[1:]), written(l.Ignored)
			for _, w := range tt.counted {
				if !holds(evidence, w) {
					t.Errorf("%q was not counted", w)
				}
			}
			for _, w := range tt.ignored {
				if !holds(ignored, w) {
					t.Errorf("%q was not ignored visibly", w)
				}
			}
			for _, w := range tt.never {
				if holds(evidence, w) {
					t.Errorf("%q was counted", w)
				}
			}
			if sum := total(l); math.Abs(sum-l.Score) > .0005 {
				t.Errorf("the lines add up to %.3f, the score is %.3f", sum, l.Score)
			}
			if t.Failed() {
				t.Logf("evidence:\n%s\nignored:\n%s", strings.Join(evidence, "\n"), strings.Join(ignored, "\n"))
			}
		})
	}
}

func written(ev []tracker.Evidence) (out []string) {
	for _, e := range ev {
		out = append(out, fmt.Sprintf("%s %s %s %+.2f", e.Kind, e.Value, e.Why, e.Weight))
	}
	return out
}

// holds says whether a line begins with w, or with w's kind and value and then
// has the rest of w.
func holds(lines []string, w string) bool {
	for _, l := range lines {
		if strings.HasPrefix(l, w) {
			return true
		}
	}
	return false
}

func total(l tracker.Link) (sum float64) {
	for _, e := range l.Evidence {
		sum += e.Weight
	}
	return sum
}

// TestManyScoreAtOnce is for the race detector: the Context works things out
// lazily.
func TestManyScoreAtOnce(t *testing.T) {
	cx := &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: live(id("ga4", "G-NQUAY0GEN1"))}}
	a := site("artichoc.cc", born("2024-09-05", "Quill"), page(live(id("metrika", "98765432"), text(1))))
	b := site("artichoc.io", seized(tracker.KindOwnBrand, ""), wore(live(id("metrika", "98765432"), text(1))))
	want := Score(a, b, "same-label", &Context{Outlets: cx.Outlets})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := Score(a, b, "same-label", cx); got.Score != want.Score || got.Band != want.Band {
					t.Errorf("%s at %.3f, want %s at %.3f", got.Band, got.Score, want.Band, want.Score)
				}
			}
		})
	}
	wg.Wait()
}
