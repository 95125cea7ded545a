package lookalike

import (
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// Kin knows the labels of a case and whose changed label another one is. It is made
// once for a case and is safe for concurrent use.
type Kin struct {
	m    *Matcher
	made map[string]tracker.Match // labels that rules make which no distance tells
}

// NewKin indexes the names of c, what they imitate, and its outlets: a label that is
// nearer to a genuine outlet's is no changed label of the case. What the sites call
// themselves is as in [Options.Called].
func NewKin(c *tracker.Case, called map[tracker.Name][]string) *Kin {
	k := &Kin{m: NewMatcher(c, MatchOptions{}), made: map[string]tracker.Match{}}
	words := make([]watched, len(k.m.labels))
	for i := range words {
		words[i] = k.m.labels[i].watched
	}
	readTitles(words, c, called)
	for i := range words {
		w := &words[i]
		if w.outlet {
			continue
		}
		for _, r := range rules {
			if !slices.Contains(kinRules, r.name) {
				continue
			}
			r.variants(*w, env0, func(l string) {
				score := k.m.rarity.of([]byte(l)) - costAffixed - math.Log(max(2, r.size(len(w.label))))
				if _, taken := k.made[l]; taken || !goodLabel(l) || score < k.m.threshold {
					return
				}
				k.made[l] = tracker.Match{Name: tracker.Name(l + noSuffix), From: w.from, Rule: r.name, Distance: osa([]byte(l), []byte(w.label), len(l)+len(w.label)), Score: math.Round(score*100) / 100}
			})
		}
	}
	return k
}

// kinRules are those whose labels a [Matcher] does not know: a word less or for another
// one, a small one between, another order, a number for a word.
var kinRules = []string{"shorn", "reworded", "number-word", "linked", "turned", "native"}

// noSuffix is a suffix under which nobody stands (RFC 6761): it says neither for nor
// against a label.
const noSuffix = ".invalid"

// Of is the likeness of a label, alone, whatever its suffix and by whatever road its
// name came: that with the best score, by the rules and at the threshold of a
// [Matcher]. From is a name of the case, or a genuine outlet's where the label is
// nearer to that; Name stands under the suffix invalid. The label itself is a
// likeness by [RuleSameLabel]. False where the label is empty, or too common for its
// likeness to say anything.
func (k *Kin) Of(label string) (tracker.Match, bool) {
	if label == "" {
		return tracker.Match{}, false
	}
	if m, ok := k.m.Match([]byte(label + noSuffix)); ok {
		// Between news24 and news25 the word is everybody's, and the number too.
		word := strings.Trim(label, "0123456789-")
		if m.Rule == hitNames[hitTypo] && word != label && known([]byte(word)) && !k.m.rarity.watched[word] {
			return tracker.Match{}, false
		}
		return m, true
	}
	m, ok := k.made[label]
	return m, ok
}
