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
	says []wording                // those of outlets too
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
		if s, ok := wordingOf(w, k.m.rarity, k.m.threshold); ok {
			k.says = append(k.says, s)
		}
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
	m, _, ok := k.reworded(label)
	return m, ok
}

// reworded is the likeness of a label that no distance tells, and whether it is to an
// outlet's.
func (k *Kin) reworded(label string) (m tracker.Match, outlet, ok bool) {
	if m, ok := k.made[label]; ok {
		return m, false, true
	}
	joined, best := strings.ReplaceAll(label, "-", ""), (*wording)(nil)
	for i := range k.says {
		// The outlet, where it says the same.
		if s := &k.says[i]; (best == nil || s.score > best.score || s.score == best.score && s.w.outlet) && s.says(joined) {
			best = s
		}
	}
	if best == nil {
		return m, false, false
	}
	return tracker.Match{Name: tracker.Name(label + noSuffix), From: best.w.from, Rule: RuleWording, Distance: osa([]byte(label), []byte(best.w.label), len(label)+len(best.w.label)), Score: math.Round(best.score*100) / 100}, best.w.outlet, true
}

// Match is as [Matcher.Match], for names that come one by one: it tells what only words
// tell, too, of a registrable domain. Where that looks like a watched name itself, it is
// what is returned of a host below it: www and mail stand on certificates beside the
// name that they belong to.
func (k *Kin) Match(name []byte) (tracker.Match, bool) {
	hit, ok := k.m.Match(name)
	if ok {
		if reg := hit.Name.Registrable(); reg != "" && reg != hit.Name {
			if whole, ok := k.m.Match([]byte(reg)); ok {
				return whole, true
			}
		}
		return hit, true
	}
	n, err := tracker.ParseName(strings.TrimPrefix(strings.TrimSpace(string(name)), "*."))
	if err != nil || k.m.owned([]byte(n)) {
		return hit, false
	}
	reg := n.Registrable()
	if reg == "" || reg.Label() == "" {
		return hit, false
	}
	hit, outlet, ok := k.reworded(reg.Label())
	if !ok || outlet {
		return tracker.Match{}, false // nobody lost an outlet's
	}
	hit.Name = reg
	return hit, true
}
