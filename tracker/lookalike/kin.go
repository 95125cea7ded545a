package lookalike

import (
	"math"
	"strings"

	"respawn/tracker"
)

// Kin knows the labels of a case and whose changed label another one is. It is made
// once for a case and is safe for concurrent use.
type Kin struct {
	m     *Matcher
	shorn map[string]tracker.Name // labels without their word, number or country
}

// NewKin indexes the names of c, what they imitate, and its outlets: a label that is
// nearer to a genuine outlet's is no changed label of the case.
func NewKin(c *tracker.Case) *Kin {
	k := &Kin{m: NewMatcher(c, MatchOptions{}), shorn: map[string]tracker.Name{}}
	for i := range k.m.labels {
		w := &k.m.labels[i]
		if w.outlet {
			continue
		}
		shorn(w.watched, env0, func(l string) {
			_, taken := k.shorn[l]
			if !taken && goodLabel(l) && k.m.rarity.of([]byte(l))-costAffixed-math.Log(kinOfShorn) >= k.m.threshold {
				k.shorn[l] = w.from
			}
		})
	}
	return k
}

// kinOfShorn is about how many labels one has without its words.
const kinOfShorn = 2

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
	if from, ok := k.shorn[label]; ok {
		return tracker.Match{Name: tracker.Name(label + noSuffix), From: from, Rule: "shorn", Distance: len(from.Label()) - len(label), Score: math.Round((k.m.rarity.of([]byte(label))-costAffixed-math.Log(kinOfShorn))*100) / 100}, true
	}
	return tracker.Match{}, false
}
