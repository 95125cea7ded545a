package lookalike

import (
	"cmp"
	"slices"
	"strings"
)

// small are, by language, the words between others that are no name of their own.
var small = map[string][]string{
	"en": {"of", "and", "for", "in", "on", "to", "my"}, "fr": {"de", "du", "des", "et", "en", "au", "aux", "sur"}, "es": {"de", "del", "y", "en", "por"},
	"pt": {"de", "do", "da", "dos", "das", "e", "em"}, "it": {"di", "del", "della", "dei", "e", "in"}, "de": {"und", "am", "im", "von", "zum"},
	"nl": {"van", "en", "in"}, "sv": {"och", "i"}, "da": {"og", "i"}, "no": {"og", "i"}, "pl": {"i", "na", "w"}, "cs": {"a", "na", "v"}, "sk": {"a", "na", "v"},
	"ro": {"de", "si", "din"}, "ca": {"de", "del", "i"}, "mt": {"ta", "tal", "tas", "il"}, "sr": {"i", "na", "u"}, "bg": {"i", "na", "za"}, "ru": {"i", "na", "v"},
	"id": {"di", "dan"}, "tl": {"ng", "sa", "ang"}, "sw": {"ya", "na", "wa"},
}

// What a word costs a division, in nats as in [rarity]: a known one its own rarity, one
// that nobody knows about what its letters do, and a small one as good as nothing.
const (
	costUnknown = 6.0
	perLetter   = 3.3
	costSmall   = 5.0
	costPress   = 9.0 // a word that papers have in their names
	divisions   = 3   // that are tried of one label
	longestWord = 24
)

// A division is a way to read the beginning of a label as words.
type division struct {
	cost float64
	text string // with a hyphen between two words
}

// divided: salt-fork-register for saltforkregister, voix-du-lac: hyphens at all the
// places at once where the label falls into words that are known, the likeliest ways
// first. What no list knows may stand between.
func divided(w watched, _ *environment, yield func(string)) {
	if !strings.Contains(w.label, "-") {
		for _, words := range divisionsOf(w) {
			yield(strings.Join(words, "-"))
		}
	}
}

// divisionsOf are the likeliest ways to read a label as two words or more: where it has
// hyphens, or its site calls itself by words, these alone; none where it is one word.
func divisionsOf(w watched) (ways [][]string) {
	l := w.label
	switch {
	case strings.Contains(l, "-"):
		return [][]string{strings.Split(l, "-")}
	case w.called != nil:
		return [][]string{w.called}
	}
	if len(l) < 6 || len(l) > 63 {
		return nil
	}
	little, press := map[string]bool{}, map[string]bool{}
	for _, s := range slices.Concat(affixes, w.words) {
		press[s] = true
	}
	for _, s := range links(w) {
		little[s] = true
	}
	known := knownLabels()
	best := make([][]division, len(l)+1)
	best[0] = []division{{}}
	for end := 1; end <= len(l); end++ {
		for from := max(0, end-longestWord); from < end; from++ {
			word := l[from:end]
			cost, ok := known[word]
			switch {
			case little[word] && from > 0 && end < len(l):
				cost = costSmall
			case press[word] && len(word) > 3:
				cost = costPress
			case ok && len(word) > 2:
			case len(word) > 3 && syllable(word):
				cost = costUnknown + perLetter*float64(len(word))
			default:
				continue
			}
			for _, d := range best[from] {
				best[end] = append(best[end], division{d.cost + cost, strings.TrimPrefix(d.text+"-"+word, "-")})
			}
		}
		slices.SortStableFunc(best[end], func(a, b division) int { return cmp.Compare(a.cost, b.cost) })
		best[end] = best[end][:min(len(best[end]), divisions+1)]
	}
	for _, d := range best[len(l)] {
		if d.text != l && len(ways) < divisions { // l is the label as one word
			ways = append(ways, strings.Split(d.text, "-"))
		}
	}
	return ways
}

// links are the words that may stand between the words of a label.
func links(w watched) (out []string) {
	for _, lang := range w.tongues() {
		out = append(out, small[lang]...)
		out = append(out, articles[lang]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// linked: voixdulac for voixlac, vozdasertao, kurierwest for kurierdeswest, dakarsverite:
// a small word between two words is put in, left out or exchanged for another, or the
// first of the two gets another ending.
func linked(w watched, _ *environment, yield func(string)) {
	between, little := w.between(), links(w)
	put := func(words ...string) {
		if l := strings.Join(words, between); l != w.label {
			yield(l)
		}
	}
	for _, words := range divisionsOf(w) {
		for i := 1; i < len(words); i++ {
			before, behind := words[:i:i], words[i:]
			for _, e := range w.inflections() {
				put(append(append(words[:i-1:i-1], words[i-1]+e), behind...)...)
				if stem, ok := strings.CutSuffix(words[i-1], e); ok && len(stem) > 2 {
					put(append(append(words[:i-1:i-1], stem), behind...)...)
				}
			}
			if i+1 < len(words) && slices.Contains(little, words[i]) {
				put(append(before, words[i+1:]...)...)
				behind = words[i+1:]
			}
			for _, s := range little {
				put(append(append(before, s), behind...)...)
			}
		}
	}
}

// turned: veritasbamako for bamakoveritas, the words in another order; one of them may
// end in another vowel then, as it agrees with what comes before it (svegliapensiero for
// pensierosveglio).
func turned(w watched, _ *environment, yield func(string)) {
	for _, words := range divisionsOf(w) {
		for i := 1; i < len(words); i++ {
			other := slices.Concat(words[i:], words[:i])
			yield(strings.Join(other, w.between()))
			for j, word := range other {
				last := len(word) - 1
				if last < 2 || !strings.Contains(vowels, word[last:]) {
					continue
				}
				for _, v := range vowels {
					other[j] = word[:last] + string(v)
					yield(strings.Join(other, w.between()))
				}
				other[j] = word
			}
		}
	}
}

// between is what stands between the words of a label: a hyphen or nothing.
func (w *watched) between() string {
	if strings.Contains(w.label, "-") {
		return "-"
	}
	return ""
}
