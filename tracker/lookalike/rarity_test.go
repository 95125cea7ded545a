package lookalike

import (
	"math"
	"testing"
)

// TestWatchedLabelsTeachNothing: the model of a matcher is the one learned from all
// labels but the watched ones, to the last bit, and the shared one stays as it was.
func TestWatchedLabelsTeachNothing(t *testing.T) {
	watched := map[string]bool{"spiegel": true, "welt": true, "lemonde": true, "no-such-label-anywhere": true}
	for l := range watched {
		if _, ok := ordinaryLabels()[l]; ok == (l == "no-such-label-anywhere") {
			t.Fatalf("the test expects other ordinary labels: %s", l)
		}
	}
	want := &rarity{watched: watched}
	for n := range order {
		want.seen[n], want.sum[n], want.kind[n] = map[uint32]uint16{}, map[uint32]uint32{}, map[uint32]uint16{}
	}
	for l := range ordinaryLabels() {
		if !watched[l] {
			want.learn(l)
		}
	}
	before := ordinaryModel().of([]byte("spiegelx"))
	got := newRarity(watched)
	for _, l := range []string{"spiegel", "spiegelx", "spigel", "weltnews", "lemond", "qzxv", "a", "t-online"} {
		if g, w := got.of([]byte(l)), want.of([]byte(l)); g != w || math.IsInf(g, 0) || math.IsNaN(g) {
			t.Errorf("%s: %v nats, learned anew %v", l, g, w)
		}
	}
	if after := ordinaryModel().of([]byte("spiegelx")); after != before || after >= got.of([]byte("spiegelx")) {
		t.Errorf("spiegelx is %v nats in the shared model, %v before, %v where spiegel is watched", after, before, got.of([]byte("spiegelx")))
	}
}
