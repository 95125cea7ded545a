package lookalike

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
// each other begin the label. Spelt are all its letters as they stand in the title, with
// hyphens where words end: dakar-vérité; "" where they are the label's, or not all there.
// Titles in other letters than Latin ones say nothing.
func wordsOf(label string, titles []string) (words []string, spelt string) {
	label = strings.ReplaceAll(label, "-", "")
	for _, title := range titles {
		var read []string
		for w := range strings.FieldsFuncSeq(norm.NFC.String(strings.ToLower(title)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			read = append(read, w)
		}
		for _, s := range spellings {
			folded := make([]string, len(read))
			for i, w := range read {
				// A word in other letters is none that a label begins with, and ends the run.
				if b, ok := latin(nil, []rune(s.Replace(w))); ok {
					folded[i] = string(b)
				}
			}
			for i := range folded {
				run, left := beginning(label, folded[i:])
				if left == "" && len(run) > 0 && spelt == "" {
					if s := strings.Join(read[i:i+len(run)], "-"); !ascii(s) {
						spelt = s
					}
				}
				switch {
				case words != nil || len(run) < 2:
				case left == "":
					words = run
				case affixSet[left] || strings.Trim(left, "0123456789") == "":
					words = append(run, left)
				}
			}
		}
	}
	return words, spelt
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// beginning are the words, from the first of some on, that a label begins with, and what
// it has beyond them.
func beginning(label string, words []string) (run []string, left string) {
	left = label
	for _, w := range words {
		rest, ok := strings.CutPrefix(left, w)
		if !ok || w == "" {
			break
		}
		run, left = append(run, w), rest
	}
	return run, left
}

// readTitles reads the labels in what their sites were seen to call themselves, and in
// what the case calls the outlets that they imitate.
func readTitles(labels []watched, c *tracker.Case, called map[tracker.Name][]string) {
	for i := range labels {
		w := &labels[i]
		titles := slices.Concat(called[w.from], called[w.model])
		for _, o := range c.Outlets {
			if o.Name == w.model && o.Title != "" {
				titles = append(titles, o.Title)
			}
		}
		w.called, w.spelt = wordsOf(w.label, titles)
	}
}
