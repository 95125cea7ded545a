package fingerprint

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A wordSet is one entry of `sets` in classes.yaml: beginnings of words that mean
// one thing in many languages. A page that is not its owner's says what happened
// to it in one sentence, in wording that differs from hoster to hoster and from
// provider to provider; what they have in common is that a word for the thing
// stands beside a word for its state.
type wordSet struct {
	index  int
	stems  []stem
	at     *wordSet // not nil: the words count only beside a word of this set
	claim  bool     // the words claim something, which a question does not
	unless *wordSet // nor a sentence with a word of this set, nil for none
}

// beside is how many bytes may stand between two words that belong together, as in
// "this web site" and "this copy of the site".
const beside = 24

// A stem matches at the beginning of a word; whole, only the whole word. Scripts
// that do not part their words match anywhere.
type stem struct {
	word  string
	whole bool
	free  bool // of a script without blanks between words
}

// maxSets is the width of the masks of a spoken text.
const maxSets = 64

func readSet(index int, words []string) (wordSet, error) {
	s := wordSet{index: index}
	for _, w := range words {
		st := stem{word: strings.TrimSuffix(w, "_"), whole: strings.HasSuffix(w, "_")}
		r, _ := utf8.DecodeRuneInString(st.word)
		st.free = unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
		if st.word == "" || st.word != normal(st.word) {
			return s, fmt.Errorf("%q is not normal text", w)
		}
		s.stems = append(s.stems, st)
	}
	return s, nil
}

// besideSet is the set of that name; for a>b, the words of a that stand beside a
// word of b. It becomes one of sets.
func besideSet(name string, sets map[string]*wordSet) (*wordSet, error) {
	if s := sets[name]; s != nil {
		return s, nil
	}
	a, b, two := strings.Cut(name, ">")
	if sets[a] == nil || two && sets[b] == nil {
		return nil, fmt.Errorf("no set %q", name)
	}
	if len(sets) == maxSets {
		return nil, fmt.Errorf("more than %d sets", maxSets)
	}
	sets[name] = &wordSet{index: len(sets), stems: sets[a].stems, at: sets[b], claim: sets[a].claim, unless: sets[a].unless}
	if two && sets[b].claim {
		sets[name].claim, sets[name].unless = true, sets[b].unless
	}
	return sets[name], nil
}

// in says whether text has a word of the set.
func (s *wordSet) in(text string) bool {
	for i := range s.stems {
		st := &s.stems[i]
		for from := st.index(text); from >= 0; {
			to := from + len(st.word)
			if s.at == nil || s.at.in(text[to:min(len(text), to+beside)]) || s.at.in(text[max(0, from-beside):from]) {
				return true
			}
			next := st.index(text[to:])
			if next < 0 {
				break
			}
			from = to + next
		}
	}
	return false
}

// index is where the stem first begins or is a word, -1 for nowhere.
func (s *stem) index(text string) int {
	for at := 0; ; {
		i := strings.Index(text[at:], s.word)
		if i < 0 {
			return -1
		}
		from := at + i
		to := from + len(s.word)
		if s.free || !letterBefore(text, from) && (!s.whole || !letterAfter(text, to)) {
			return from
		}
		at = to
	}
}

func letterBefore(text string, i int) bool {
	r, n := utf8.DecodeLastRuneInString(text[:i])
	return n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func letterAfter(text string, i int) bool {
	r, n := utf8.DecodeRuneInString(text[i:])
	return n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// sentences are the parts of a text between its full stops, question and
// exclamation marks and the bars between title, description and text. A dot in a
// name or a number ends nothing.
func sentences(text string) []string {
	var out []string
	from := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		end := false
		switch r {
		case '。', '！', '？', '؟', '|', '।', '۔':
			end = true
		case '.', '!', '?', '…':
			end = i == len(text) || text[i] == ' '
		}
		if end {
			out = append(out, text[from:i])
			from = i
		}
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}

// A spoken text is one that rules ask for words near each other: its sentences,
// and which sets each has a word of.
type spoken struct {
	parts []string // as they stand in the text, one after another
	asked uint64   // sets that were looked for
	has   []uint64 // of each part
	any   uint64   // of all
}

// ask looks for the words of a set in each sentence, once.
func (t *spoken) ask(text string, s *wordSet) bool {
	bit := uint64(1) << s.index
	if t.asked&bit != 0 {
		return t.any&bit != 0
	}
	t.asked |= bit
	if !s.in(text) {
		return false
	}
	if t.parts == nil {
		t.parts = sentences(text)
		t.has = make([]uint64, len(t.parts))
	}
	for i, p := range t.parts {
		if s.in(p) {
			t.has[i] |= bit
			t.any |= bit
		}
	}
	return t.any&bit != 0
}

// near says that one sentence has a word of each set.
func (t *spoken) near(text string, sets []*wordSet) bool {
	return t.where(text, sets) >= 0
}

// where is the first sentence that has a word of each set, -1 for none. Where one of
// them claims something, a question does not count, nor what is only supposed: "was your
// domain suspended?" and "if your domain was suspended" is what those say who offer help.
func (t *spoken) where(text string, sets []*wordSet) int {
	var all uint64
	claim, unless := false, (*wordSet)(nil)
	for _, s := range sets {
		if !t.ask(text, s) {
			return -1
		}
		all |= 1 << s.index
		if s.claim {
			claim, unless = true, s.unless
		}
	}
	for i, h := range t.has {
		if h&all == all && !(claim && (asks(t.parts[i]) || unless != nil && unless.in(t.parts[i]))) {
			return i
		}
	}
	return -1
}

// asks says that a sentence is a question.
func asks(sentence string) bool {
	r, _ := utf8.DecodeLastRuneInString(sentence)
	return r == '?' || r == '？' || r == '؟'
}

// quoted says that the words stand in quotation marks where one sentence first has
// all of them: that a quotation has begun before the last of them.
func (t *spoken) quoted(text string, sets []*wordSet) bool {
	i := t.where(text, sets)
	if i < 0 {
		return false
	}
	before := 0
	for _, p := range t.parts[:i] {
		before += len(p)
	}
	at := 0
	for _, s := range sets {
		first := len(t.parts[i])
		for k := range s.stems {
			if j := s.stems[k].index(t.parts[i]); j >= 0 {
				first = min(first, j)
			}
		}
		at = max(at, first)
	}
	return openQuote(text[:before+at])
}
