package fingerprint

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

func TestRequired(t *testing.T) {
	for _, tt := range []struct {
		name, expr string
		want       []string
	}{
		{"all of a plain expression", `domain`, []string{"domain"}},
		{"the best of what stands around what varies", `is [a-z]+ suspended`, []string{" suspended"}},
		{"each branch has its own", `\b(?:parked|for sale)\b`, []string{"parked", "for sale"}},
		{"branches are joined to what is beside them", `(?:law|laws) of`, []string{"law of", "laws of"}},
		{"what may be missing is not needed", `(?:web )?host(?:ing)?`, []string{"host"}},
		{"once or more is once", `(?:expired )+`, []string{"expired "}},
		{"none or more is nothing", `(?:expired)*`, nil},
		{"a branch without words needs none", `expired|[0-9]+`, nil},
		{"a branch before one that varies", `[0-9]+|expired`, nil},
		{"two octets are in every text", `of`, nil},
		{"letters of any case", `(?i)expired`, nil},
		{"broken text reads as its sign", "\uFFFDexp", nil},
		{"no expression", `(`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := required(tt.expr); !slices.Equal(got, tt.want) {
				t.Errorf("%s needs %q, want %q", tt.expr, got, tt.want)
			}
		})
	}
}

// sample writes one of the texts that re matches. Assertions are passed over, so that
// not every one of them does.
func sample(b *strings.Builder, re *syntax.Regexp, rnd *rand.Rand) {
	again := func(least, most int) {
		if most < 0 {
			most = least + 3
		}
		for range least + rnd.IntN(most-least+1) {
			sample(b, re.Sub[0], rnd)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		at := 2 * rnd.IntN(len(re.Rune)/2)
		b.WriteRune(re.Rune[at] + rnd.Int32N(min(re.Rune[at+1]-re.Rune[at]+1, 60)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + rnd.IntN(26)))
	case syntax.OpCapture:
		sample(b, re.Sub[0], rnd)
	case syntax.OpStar:
		again(0, 3)
	case syntax.OpPlus:
		again(1, 3)
	case syntax.OpQuest:
		again(0, 1)
	case syntax.OpRepeat:
		again(re.Min, re.Max)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			sample(b, sub, rnd)
		}
	case syntax.OpAlternate:
		sample(b, re.Sub[rnd.IntN(len(re.Sub))], rnd)
	}
}

// Whatever an expression of classes.yaml matches has a word that is looked for first.
func TestWordsOfTheRulesMissNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	tried, needs := 0, 0
	for _, r := range classRules().Rules {
		for _, g := range append(slices.Clone(r.when), r.not) {
			for i := range g {
				p := &g[i]
				if p.re == nil {
					continue
				}
				if p.need != nil {
					needs++
				}
				re, err := syntax.Parse(p.re.String(), syntax.Perl)
				if err != nil {
					t.Fatal(err)
				}
				for range 300 {
					var b strings.Builder
					sample(&b, re, rnd)
					if text := b.String(); p.re.MatchString(text) {
						tried++
						if !p.found(text) {
							t.Fatalf("%s: %q is matched by %s and has none of %q", r.ID, text, p.re, p.need)
						}
					}
				}
			}
		}
	}
	if tried < 10_000 || needs < 80 {
		t.Errorf("%d texts for %d expressions that need a word: too few to say anything", tried, needs)
	}
}

func FuzzRequired(f *testing.F) {
	for _, s := range [][2]string{{`a(?:bcd|efg)?h+`, "abcdhh"}, {`(?:x{2,3}yz|q[ab]c)d`, "xxyzd"}, {`(?s)^abc.*|def$`, "def"}, {`[[:^alpha:]]abc`, "1abc"}, {"(?i)abc|def", "ABC"}, {"(?:abc|)d", "d"}, {"(?:(?:abc)*def)+", "def"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		need := required(expr)
		if !re.MatchString(text) || need == nil {
			return
		}
		if !slices.ContainsFunc(need, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("%q matches %q, which has none of %q", expr, text, need)
		}
	})
}
