package fingerprint

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on the strings that stand for an expression: more of them, or shorter ones,
// cost more than they save.
const (
	mostRequired  = 24
	leastRequired = 3 // octets
)

// required are strings of which a text holds at least one where expr matches in it, as
// in the prefilters of RE2 (Cox, "Regular Expression Matching with a Trigram Index",
// 2012). Nil where expr promises none that are long enough, or is no expression.
func required(expr string) []string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	l := literalsOf(re)
	l.settle()
	return l.need
}

// literals are what an expression says of its matches: whole, when they are few, is all
// of them, whatever stands around; need are strings of which each of them has one, nil
// for no such strings.
type literals struct {
	whole, need []string
}

func literalsOf(re *syntax.Regexp) literals {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return literals{whole: []string{""}}
	case syntax.OpLiteral:
		s := string(re.Rune)
		if re.Flags&syntax.FoldCase != 0 || strings.ContainsRune(s, utf8.RuneError) { // which broken text matches too
			return literals{}
		}
		return literals{whole: []string{s}}
	case syntax.OpCharClass:
		var l literals
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if len(l.whole) == 4 || r == utf8.RuneError {
					return literals{}
				}
				l.whole = append(l.whole, string(r))
			}
		}
		return l
	case syntax.OpCapture:
		return literalsOf(re.Sub[0])
	case syntax.OpPlus:
		return onceOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return onceOf(re.Sub[0])
		}
	case syntax.OpQuest:
		if l := literalsOf(re.Sub[0]); l.whole != nil {
			return literals{whole: append(l.whole, "")}
		}
	case syntax.OpAlternate:
		return either(re.Sub)
	case syntax.OpConcat:
		return inTurn(re.Sub)
	}
	return literals{}
}

// onceOf is what is known of an expression that matches once or more.
func onceOf(re *syntax.Regexp) literals {
	l := literalsOf(re)
	l.settle()
	return literals{need: l.need}
}

// settle takes the whole matches for what is needed, where that is better.
func (l *literals) settle() {
	if worth(l.whole) > worth(l.need) {
		l.need = short(l.whole)
	}
	if worth(l.need) == 0 {
		l.need = nil
	}
	l.whole = nil
}

func either(subs []*syntax.Regexp) literals {
	all := make([]literals, len(subs))
	finite := true
	for i, sub := range subs {
		all[i] = literalsOf(sub)
		finite = finite && all[i].whole != nil
	}
	var out literals
	for _, l := range all {
		if finite {
			out.whole = append(out.whole, l.whole...)
			continue
		}
		if l.settle(); l.need == nil {
			return literals{}
		}
		out.need = append(out.need, l.need...)
	}
	return out
}

// inTurn joins what follows one another for as long as all that can come of it are few,
// and needs the best of such runs.
func inTurn(subs []*syntax.Regexp) literals {
	var need []string
	run, finite := []string{""}, true
	better := func(with []string) {
		if worth(with) > worth(need) {
			need = short(with)
		}
	}
	for _, sub := range subs {
		l := literalsOf(sub)
		better(l.whole)
		if l.whole != nil && len(run)*len(l.whole) <= mostRequired {
			next := make([]string, 0, len(run)*len(l.whole))
			for _, a := range run {
				for _, b := range l.whole {
					next = append(next, a+b)
				}
			}
			run = next
			continue
		}
		finite = false
		better(run)
		if run = []string{""}; l.whole != nil && len(l.whole) <= mostRequired {
			run = l.whole
			continue
		}
		l.settle()
		better(l.need)
	}
	if finite {
		return literals{whole: run, need: need}
	}
	better(run)
	return literals{need: need}
}

// worth is how well strings tell texts apart: by the shortest of them, and few before
// many; 0 where they are too short, too many or none.
func worth(s []string) int {
	if len(s) == 0 {
		return 0
	}
	least := len(s[0])
	for _, x := range s {
		least = min(least, len(x))
	}
	s = short(s)
	if least < leastRequired || len(s) > mostRequired {
		return 0
	}
	return 100*min(least, 8) - 15*len(s)
}

// short are the strings without those that hold another one.
func short(s []string) []string {
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, x := range s {
		if !slices.ContainsFunc(out, func(y string) bool { return strings.Contains(x, y) }) {
			out = append(out, x)
		}
	}
	return out
}
