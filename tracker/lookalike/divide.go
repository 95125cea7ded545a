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
	l := w.label
	if len(l) < 6 || len(l) > 63 || strings.Contains(l, "-") {
		return
	}
	little, press := map[string]bool{}, map[string]bool{}
	for _, s := range slices.Concat(affixes, w.words) {
		press[s] = true
	}
	for _, lang := range w.tongues() {
		for _, s := range slices.Concat(small[lang], articles[lang]) {
			little[s] = true
		}
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
	given := 0
	for _, d := range best[len(l)] {
		if d.text != l && given < divisions { // l is the label as one word
			yield(d.text)
			given++
		}
	}
}
