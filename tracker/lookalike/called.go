package lookalike

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"respawn/tracker"
)

// spellings are what letters become in domain names where it is not the letter without
// its accent: as the language itself writes them without, and as the rest of the world.
var spellings = [...]*strings.Replacer{
	strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "å", "aa", "ø", "oe", "æ", "ae", "œ", "oe"),
	strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i"),
}

// wordsOf reads a label as the words of what its site calls itself: dakarverite is dakar
// and verite where that is "Dakar Vérité - L'info". What the label has beyond them at its
// end, a number or an affix, is a word of its own. nil where no two words that follow
// each other begin the label. Titles in other letters than Latin ones say nothing.
func wordsOf(label string, titles []string) []string {
	for _, title := range titles {
		for _, s := range spellings {
			var words []string
			for _, w := range strings.FieldsFunc(s.Replace(norm.NFC.String(strings.ToLower(title))), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				b, ok := latin(nil, []rune(w))
				if !ok {
					b = nil // a word that no label begins with ends the run
				}
				words = append(words, string(b))
			}
			for i := range words {
				if w := beginning(label, words[i:]); w != nil {
					return w
				}
			}
		}
	}
	return nil
}

// beginning are the words that make up a label, from the first of some on; nil where they
// do not, or where one does it alone.
func beginning(label string, words []string) (out []string) {
	rest := label
	for _, w := range words {
		left, ok := strings.CutPrefix(rest, w)
		if !ok || w == "" {
			break
		}
		out, rest = append(out, w), left
	}
	switch {
	case len(out) < 2:
		return nil
	case rest == "":
		return out
	case affixSet[rest] || strings.Trim(rest, "0123456789") == "":
		return append(out, rest)
	}
	return nil
}

// name takes down what the sites of watched labels call themselves, by name: what was
// seen of them, and what the case calls the outlets that they imitate.
func name(labels []watched, c *tracker.Case, called map[tracker.Name][]string) {
	for i := range labels {
		w := &labels[i]
		titles := append(called[w.from][:len(called[w.from]):len(called[w.from])], called[w.model]...)
		for _, o := range c.Outlets {
			if o.Name == w.model && o.Title != "" {
				titles = append(titles, o.Title)
			}
		}
		w.called = wordsOf(w.label, titles)
	}
}
