package registration

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A wording is a regular expression of hundreds of phrases of which a text as a
// rule holds none. It matches exactly what the expression matches, and costs what
// looking for a few letters costs: the expression is cut into its alternatives,
// for each of them it is worked out which literals every match of it must hold
// one of, and only the alternatives whose literals stand in the text are run.
// Package regexp alone walks through all of them at each letter. (The method is
// that of RE2's FilteredRE2 and of R. Cox, "Regular Expression Matching with a
// Trigram Index", 2012.)
//
// Nothing is compiled before it is needed. The zero value is of no use; a wording
// is safe for concurrent use.
type wording struct {
	pattern string
	whole   func() *regexp.Regexp
	index   func() *phraseIndex
}

// A phraseIndex is a wording cut into alternatives.
type phraseIndex struct {
	phrases []phrase
	always  []int // phrases that hold no literal of three bytes for certain
	seen    [1 << 10]uint64
	starts  map[uint32][]literal // by their first three bytes
}

type phrase struct {
	re func() *regexp.Regexp
}

type literal struct {
	text   string
	phrase int
}

// words makes a wording of a pattern of package regexp. A bad pattern panics at
// its first use; TestWordingsCompile uses all.
func words(pattern string) *wording {
	return &wording{
		pattern: pattern,
		whole:   sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) }),
		index:   sync.OnceValue(func() *phraseIndex { return newPhraseIndex(pattern) }),
	}
}

// MatchString says whether s contains a match.
func (w *wording) MatchString(s string) bool {
	x := w.index()
	for _, p := range x.always {
		if x.phrases[p].re().MatchString(s) {
			return true
		}
	}
	var tried [8]int // most texts hold the literals of a few phrases, some of them often
	n := 0
	for i := 0; i+literalLen <= len(s); i++ {
		h := start(s[i:])
		if x.seen[slotOf(h)>>6]&(1<<(slotOf(h)&63)) == 0 {
			continue
		}
		for _, l := range x.starts[h] {
			if !strings.HasPrefix(s[i:], l.text) || slices.Contains(tried[:min(n, len(tried))], l.phrase) {
				continue
			}
			if x.phrases[l.phrase].re().MatchString(s) {
				return true
			}
			tried[n%len(tried)] = l.phrase
			n++
		}
	}
	return false
}

// ReplaceAllString is that of regexp.Regexp.
func (w *wording) ReplaceAllString(s, with string) string {
	if !w.MatchString(s) {
		return s
	}
	return w.whole().ReplaceAllString(s, with)
}

// twice says whether one match of w follows another in s.
func (w *wording) twice(s string) bool {
	return w.MatchString(s) && len(w.whole().FindAllStringIndex(s, 2)) == 2
}

const (
	// literalLen is the least length of a literal that is looked for.
	literalLen = 3
	// mostPhrases and mostLiterals bound what a pattern is cut into.
	mostPhrases  = 1024
	mostLiterals = 64
)

func start(s string) uint32 { return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 }

// slotOf spreads the starts over the bits of seen.
func slotOf(start uint32) uint32 { return start * 0x9e3779b1 >> 16 }

func newPhraseIndex(pattern string) *phraseIndex {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	x := &phraseIndex{starts: make(map[uint32][]literal)}
	for _, alternative := range alternatives(tree) {
		n := len(x.phrases)
		source := alternative.String()
		x.phrases = append(x.phrases, phrase{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })})
		need := needed(alternative)
		if least(need) < literalLen {
			x.always = append(x.always, n)
			continue
		}
		for _, t := range need {
			h := start(t)
			x.seen[slotOf(h)>>6] |= 1 << (slotOf(h) & 63)
			x.starts[h] = append(x.starts[h], literal{t, n})
		}
	}
	return x
}

// alternatives are expressions of which one matches a text where, and only where,
// re does.
func alternatives(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return alternatives(re.Sub[0])
	case syntax.OpAlternate:
		var out []*syntax.Regexp
		for _, s := range re.Sub {
			out = append(out, alternatives(s)...)
		}
		if len(out) <= mostPhrases {
			return out
		}
	case syntax.OpConcat:
		at := -1
		for i, s := range re.Sub {
			switch s.Op {
			case syntax.OpAlternate, syntax.OpCapture:
				if at >= 0 {
					return []*syntax.Regexp{re} // the parts of one are enough
				}
				at = i
			case syntax.OpLiteral, syntax.OpStar, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
			default:
				return []*syntax.Regexp{re}
			}
		}
		if at < 0 {
			break
		}
		var out []*syntax.Regexp
		for _, s := range alternatives(re.Sub[at]) {
			c := &syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags}
			c.Sub = append(c.Sub, re.Sub[:at]...)
			c.Sub = append(c.Sub, s)
			c.Sub = append(c.Sub, re.Sub[at+1:]...)
			out = append(out, c)
		}
		return out
	}
	return []*syntax.Regexp{re}
}

// needed are literals of which every match of re holds at least one; nil where
// none are known.
func needed(re *syntax.Regexp) []string {
	if e := exactly(re); e != nil {
		return e
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpAlternate:
		var out []string
		for _, s := range re.Sub {
			n := needed(s)
			if n == nil {
				return nil
			}
			out = append(out, n...)
		}
		return out
	case syntax.OpConcat:
		var best, run []string
		better := func(n []string) {
			if n != nil && (best == nil || worth(n) > worth(best)) {
				best = n
			}
		}
		for _, s := range re.Sub {
			if e := exactly(s); e != nil {
				if joined := product(run, e); joined != nil {
					run = joined
				} else {
					better(run)
					run = e
				}
				continue
			}
			better(run)
			run = nil
			better(needed(s))
		}
		better(run)
		return best
	}
	return nil
}

// exactly are all the texts that re matches, where they are few; nil where not.
func exactly(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine, syntax.OpEndLine:
		return []string{""}
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCharClass:
		var out []string
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if len(out) == 4 || r == utf8.RuneError {
					return nil
				}
				out = append(out, string(r))
			}
		}
		return out
	case syntax.OpCapture:
		return exactly(re.Sub[0])
	case syntax.OpQuest:
		if e := exactly(re.Sub[0]); e != nil && len(e) < mostLiterals {
			return append([]string{""}, e...)
		}
	case syntax.OpAlternate:
		var out []string
		for _, s := range re.Sub {
			e := exactly(s)
			if e == nil || len(out)+len(e) > mostLiterals {
				return nil
			}
			out = append(out, e...)
		}
		return out
	case syntax.OpConcat:
		out := []string{""}
		for _, s := range re.Sub {
			if out = product(out, exactly(s)); out == nil {
				return nil
			}
		}
		return out
	}
	return nil
}

// product is each of a followed by each of b; nil where that is too many. A nil a
// is the beginning.
func product(a, b []string) []string {
	switch {
	case b == nil:
		return nil
	case a == nil:
		return b
	case len(a)*len(b) > mostLiterals:
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// worth says how seldom a text holds one of the literals: the longer the shortest
// is and the fewer they are.
func worth(literals []string) int {
	return min(least(literals), 6)*1000 - len(literals)
}

func least(literals []string) int {
	if len(literals) == 0 {
		return 0
	}
	n := len(literals[0])
	for _, l := range literals {
		n = min(n, len(l))
	}
	return n
}
