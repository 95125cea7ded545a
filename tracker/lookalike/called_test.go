package lookalike

import (
	"strings"
	"testing"
)

// FuzzWordsOf: whatever a page calls itself, the words make up the label and nothing else.
func FuzzWordsOf(f *testing.F) {
	f.Add("dakarverite24", "Dakar Vérité - L'info")
	f.Add("vastra-bladet", "Va\u0308stra\u00a0Bladet")
	f.Add("a", "\xff\xfeА-Ｂ ß")
	f.Fuzz(func(t *testing.T, label, title string) {
		words, spelt := wordsOf(label, []string{title})
		if len(words) == 1 || words != nil && strings.Join(words, "") != strings.ReplaceAll(label, "-", "") {
			t.Errorf("%q of %q: %q", label, title, words)
		}
		for _, w := range words {
			if w == "" {
				t.Errorf("%q of %q: an empty word in %q", label, title, words)
			}
		}
		if spelt != "" && ascii(spelt) {
			t.Errorf("%q of %q: spelt %q", label, title, spelt)
		}
	})
}
