package lookalike

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// What likenesses cost, in nats: minus the logarithm of how likely an imitator
// does just this, where that does not depend on the label. Set on the lists of
// docs/bench/match.md.
const (
	costHyphen    = 1.0
	costGlyph     = 3.5
	costIDN       = -1.0 // letters beyond ASCII that look like a watched label are hardly ever chance
	costVariant   = 9.8
	costAffix     = 3.5
	worthPlain    = 2.0
	costGluedCode = 3.8  // two letters more make another word of many labels
	worthWorn     = 4.0  // one of the affixes that everybody uses, see wornAffixes
	costShortCode = 4.8  // and of most short ones
	costAffixed   = 8.5  // to choose one of the known affixes
	costSecond    = 5.3  // and to choose another
	costBoundary  = 2.8  // inside, set off by hyphens, with an unknown rest
	costShortWord = 1.0  // three letters between hyphens are mostly an abbreviation of many
	costWords     = 10.5 // joined to whole words that are no known affixes
	costInside    = 15.5 // inside another word
	costSubdomain = 3.0

	costTypo       = 1.9 // to edit at all
	worthEdition   = 0.5 // the very edition that is watched: rtde for de.rt.com
	costFirst      = 1.0 // an edit of the first letter, which readers see first
	worthVowel     = 0.5 // a vowel for a vowel: one in three, where chance makes one in five
	worthTwice     = 1.3 // a letter doubled: the edit that campaigns like best
	suffixMost     = 1.5 // bound of the suffix's likelihood ratio,
	suffixMostTypo = 3.0 // for labels that only resemble a watched one
	suffixShare    = 0.5
	closedCost     = 2.5 // a registry's second level that is not sold to all
)

// affixSet holds the words and codes that campaigns join to a label.
var affixSet = func() map[string]bool {
	set := map[string]bool{}
	for _, words := range [][]string{affixes, codes} {
		for _, w := range words {
			set[w] = true
		}
	}
	return set
}()

// affixesIn is how many known affixes are left of a label beside a watched one: one
// for a word or code, a number, or the old suffix, two for two words, else none.
func affixesIn(rest []byte, w *mark) int {
	if isAffix(rest, w) {
		return 1
	}
	for i := 3; i <= len(rest)-3; i++ {
		if affixSet[string(bytes.Trim(rest[:i], "-"))] && affixSet[string(bytes.Trim(rest[i:], "-"))] {
			return 2
		}
	}
	return 0
}

func isAffix(rest []byte, w *mark) bool {
	rest = bytes.Trim(rest, "-")
	if len(rest) == 0 {
		return false
	}
	if affixSet[string(rest)] || w.sub != "" && string(rest) == w.sub {
		return true
	}
	if w.ending == string(rest) || w.tld == string(rest) {
		return true
	}
	if len(rest) > 4 {
		return false
	}
	for _, c := range rest {
		if !digit(c) {
			return false
		}
	}
	return true
}

// suffixRatio is, for each suffix, how much likelier an imitator's name stands
// under it than any name does, in nats. Ordinary names are counted
// (data/ordinary.txt) around how far suffixes reach, since streams of new names and
// lists of popular ones differ; an imitator takes the suffixes of past campaigns or, one
// time in ten, what anyone would take, so that no suffix clears a name. The suffixes
// of the case itself do not count: a list of genuine outlets would make their home
// suffixes suspicious.
func suffixRatio(uses []Use) map[string]float64 {
	t, ordinary := suffixes(), ordinaryShare()
	campaign := suffixPrior(&tracker.Case{}, uses, nil)
	const asAnyone = 0.1
	out := make(map[string]float64, len(t.list))
	for i, s := range t.list {
		out[s.Name] = math.Log(asAnyone + (1-asAnyone)*campaign[i]/ordinary[i])
	}
	return out
}

// affixed judges a watched label with a known affix: by its own rarity, and, since
// br and ew make brew, by that of the whole. A brand of two or three letters has
// no rarity of its own and is judged by the whole alone. An affix set off by a
// hyphen, or a number, leaves the label in plain sight.
func (m *Matcher) affixed(w *mark, l []byte) float64 {
	at := bytes.Index(l, w.octets)
	rest := len(l) - len(w.octets)
	score := m.rarity.of(l) - costAffixed
	own := w.rarity - costAffix
	if at == 0 && wornAffixes[string(l[len(w.octets):])] || at > 0 && wornAffixes[string(l[:at])] {
		score, own = score+worthWorn, own+worthWorn
	}
	before, behind := at > 0 && (l[at-1] == '-' || digit(l[at-1]) && !digit(l[at])), at >= 0 && at+len(w.octets) < len(l) && (l[at+len(w.octets)] == '-' || digit(l[at+len(w.octets)]))
	if i := bytes.IndexByte(w.octets, '-'); at > 0 && !before && i > 0 && i <= 2 {
		own -= costShortCode // bit-online is no word with t-online
	}
	switch {
	case before || behind:
		own += worthPlain
	case rest <= 2 && len(w.label) <= 4 && w.sub == "": // rt is known to have editions, ew is not
		score, own = score-costShortCode, own-costShortCode
	case rest == 2 && len(w.label) > 4:
		score, own = score-costGluedCode, own-costGluedCode
	}
	if len(w.label) <= shortLabel {
		return score
	}
	return min(score, own)
}

// known says whether rest is nothing, or a whole word or name that exists.
func known(rest []byte) bool {
	if len(rest) == 0 {
		return true
	}
	_, ok := knownLabels()[string(rest)]
	return ok && len(rest) > 2
}

// set judges a watched label at a place inside l: between hyphens or digits it
// needs to be less rare than joined to whole words, and there less than inside one.
func (m *Matcher) set(w *mark, l []byte, at int) float64 {
	end := at + len(w.label)
	left := at == 0 || l[at-1] == '-'
	right := end == len(l) || l[end] == '-'
	if !left && l[at-1] >= '0' && l[at-1] <= '9' && !digit(w.label[0]) {
		left = true
	}
	if !right && digit(l[end]) && !digit(w.label[len(w.label)-1]) {
		right = true
	}
	switch {
	case left && right && len(w.label) <= shortLabel:
		return w.rarity - costBoundary - costShortWord
	case left && right:
		return w.rarity - costBoundary
	case len(w.label) < 5:
		return 0
	case known(l[:at]) && known(l[end:]):
		return w.rarity - costWords
	}
	return w.rarity - costInside
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// edits is what d edits from w to l are worth: minus how many ways there are to
// make that many. An edit is one of four kinds at one of the letters of w; a letter
// that w does not have was chosen out of the alphabet as well, so that one left out or
// two exchanged are likelier than any one letter put in.
func (m *Matcher) edits(w string, l []byte, d int) float64 {
	s := -costTypo - float64(d)*math.Log(4*float64(len(w)))
	if d == 2 {
		s += math.Ln2 // in either order
	}
	var left [256]int8
	for i := range len(w) {
		left[w[i]]++
	}
	for i, c := range l {
		if left[c]--; left[c] >= 0 {
			continue
		}
		s -= math.Log(26)
		if len(l) == len(w) && vowel(c) && vowel(w[i]) {
			s += worthVowel
		}
	}
	if w[0] != l[0] {
		s -= costFirst
	}
	if d == 1 && len(l) == len(w)+1 && doubled(w, l) {
		s += worthTwice
	}
	return s
}

func vowel(c byte) bool { return strings.IndexByte(vowels, c) >= 0 }

// doubled says whether l, one letter longer than w, only repeats a letter of it.
func doubled(w string, l []byte) bool {
	i := 0
	for i < len(w) && w[i] == l[i] {
		i++
	}
	return i > 0 && l[i] == l[i-1]
}

// wornAffixes are the few that imitators and their readers think of first: set
// before or behind a short label they are likelier its edition than another word.
var wornAffixes = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields("the my real news daily live de en eu fr ru ua uk us") {
		set[w] = true
	}
	return set
}()

// placing is where a label stands in its name.
type placing struct {
	known       bool
	registrable bool
	suffix      bool
	shut        bool
	ratio       float64
}

// worth is what the suffix says for or against a hit by rule. Edits need it most:
// labels one edit from a watched one are common, but not under suffixes that
// campaigns use.
func (p placing) worth(rule uint8) float64 {
	switch {
	case p.shut:
		return -closedCost
	case rule == hitTypo:
		return min(suffixMostTypo, p.ratio)
	}
	return min(suffixMost, suffixShare*p.ratio)
}

// place finds the public suffix; it is asked only for names with a likeness.
func (m *Matcher) place(name []byte, start, end int) placing {
	p := placing{known: true}
	t := suffixes()
	cut := t.splitAt(name)
	suffix := name[min(cut, len(name)):]
	switch {
	case start >= cut:
		p.suffix = true
		return p
	case end == cut-1:
		p.registrable = true
	}
	p.ratio = m.suffix[string(suffix)]
	if i, ok := t.index[string(suffix)]; ok && t.list[i].shut() {
		p.shut = true
		if slices.Contains(offices, firstLabel(string(suffix))) {
			p.suffix = true
			return p
		}
	}
	if p.registrable && len(suffix) == 2 && slices.ContainsFunc(offices, func(o string) bool { return o == string(name[start:end]) }) {
		p.suffix = true // gov.hr is Croatia's, whatever the list says
	}
	return p
}

// shut says that strangers get no name under the suffix: a government, a school,
// an army, or a registry's second level that nobody sells.
func (s Suffix) shut() bool {
	return slices.Contains(offices, firstLabel(s.Name)) || s.Name == "int" || (s.Class == ClassSecond || s.Class == ClassOther) && reach()[s.Name] == 0
}
