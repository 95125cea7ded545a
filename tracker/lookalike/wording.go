package lookalike

import "strings"

// RuleWording is the rule of a label that says what another one says: kaikukansalle for
// kansankaiku, lespageslibres for lapagelibre, theironbarkdaily for ironbarkpost. No
// night can ask for all of those; they are told when something else brings them up.
const RuleWording = "wording"

// A wording is what a label says: its words but for small ones and those that papers
// are called by, as far as they stay when a word gets another ending.
type wording struct {
	w       *watched
	stems   []string        // two or more, or one word, whole
	beside  map[string]bool // what may stand beside a single word
	longest int             // letters of a label that says no more than this
	score   float64         // as that of a [tracker.Match]
}

// What a wording costs, in nats: its words in any order and at any place of a label some
// letters longer, each with an ending of its own.
const (
	costWording = 10.0
	longerBy    = 8
)

// leastStem is the least number of letters that tell a word among others, and leastAlone
// of one that tells by itself.
const (
	leastStem  = 4
	leastAlone = 7
)

// wordingOf is false for a label that neither its hyphens nor a title divide into words:
// where it is guessed what they are, halves of words would do.
func wordingOf(w *watched, rare *rarity, threshold float64) (wording, bool) {
	out := wording{w: w, longest: longerBy + len(strings.ReplaceAll(w.label, "-", ""))}
	words := w.called
	if words == nil {
		words = strings.Split(w.label, "-")
	}
	out.beside = map[string]bool{}
	for _, list := range [][]string{affixes, codes, trades, w.words, links(*w)} {
		for _, word := range list {
			out.beside[word] = true
		}
	}
	var own []string
	for _, word := range words {
		if len(word) >= leastStem && !out.beside[word] {
			own = append(own, word)
			out.stems = append(out.stems, word[:max(leastStem, (3*len(word)+4)/5)])
		}
	}
	switch {
	case len(own) > 1:
		out.score = rare.of([]byte(strings.Join(out.stems, "-"))) - costWording
	case len(own) == 1 && len(words) > 1 && len(own[0]) >= leastAlone:
		out.stems = own
		out.score = rare.of([]byte(own[0])) - costAffixed - costSecond
	default:
		return out, false
	}
	return out, out.score >= threshold
}

// says whether a label without hyphens says the same: has all the stems, beside each
// other, or the one word among those that may stand beside it.
func (w *wording) says(label string) bool {
	if len(label) > w.longest {
		return false
	}
	if len(w.stems) > 1 {
		return apart(label, w.stems)
	}
	before, after, ok := strings.Cut(label, w.stems[0])
	return ok && w.fills(before, 2) && w.fills(after, 2)
}

// fills says whether s is at most so many words that may stand beside another.
func (w *wording) fills(s string, most int) bool {
	if s == "" {
		return true
	}
	for i := 1; most > 0 && i <= len(s); i++ {
		if w.beside[s[:i]] && w.fills(s[i:], most-1) {
			return true
		}
	}
	return false
}

// apart says whether all stems stand in s at places that do not overlap.
func apart(s string, stems []string) bool {
	if len(stems) == 0 {
		return true
	}
	for from := 0; ; {
		i := strings.Index(s[from:], stems[0])
		if i < 0 {
			return false
		}
		i += from
		// What is taken is no letter any more, nor joined to what is left of it.
		if apart(s[:i]+"-"+s[i+len(stems[0]):], stems[1:]) {
			return true
		}
		from = i + 1
	}
}
