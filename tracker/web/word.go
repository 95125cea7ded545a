package web

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"respawn/tracker"
)

// nameWords is a name as people read it: defanged, its Unicode form beside it.
func nameWords(n tracker.Name) string {
	if u := n.Unicode(); u != string(n) {
		return n.Defang() + " (" + plainDefault(u) + ")"
	}
	return n.Defang()
}

// plainDefault drops control, format and other invisible characters and brackets
// every dot.
func plainDefault(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.ReplaceAll(strings.ReplaceAll(s, ".", "[.]"), "://", "[:]//")
}

const minute = "2006-01-02 15:04"

// when is an instant of ours, to the minute; "" for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(minute)
}

// interval is short, for tables: a day, a minute, or both bounds, no date of it
// broken at a hyphen. Empty for one of which nothing is known.
func interval(i tracker.Interval) template.HTML {
	const day = "2006-01-02"
	mark := func(t time.Time, layout string) string { return "<time>" + t.UTC().Format(layout) + "</time>" }
	s := ""
	switch {
	case i.Hi.IsZero():
	case i.Exact() && i.Lo.UTC().Equal(i.Lo.UTC().Truncate(24*time.Hour)):
		s = mark(i.Lo, day)
	case i.Exact():
		s = mark(i.Lo, minute)
	case i.Lo.IsZero():
		s = "by " + mark(i.Hi, minute)
	default:
		s = mark(i.Lo, minute) + " to " + mark(i.Hi, minute)
	}
	return template.HTML(s) //nolint:gosec // digits
}

// thousands is a count as people read it.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// basisWords is the basis of a date for people.
func basisWords(b tracker.DateBasis) string {
	switch b {
	case tracker.BasisFirstSeen:
		return "at the latest; own observation"
	case tracker.BasisListed:
		return "published list"
	case tracker.BasisCase:
		return "case file"
	}
	return string(b)
}

// sitePath is the page of a name.
func sitePath(c tracker.CaseID, n tracker.Name) string {
	return "/site/" + url.PathEscape(string(c)) + "/" + url.PathEscape(string(n))
}

// linkWord is what a site is to the one that it is linked to.
func linkWord(relation string) string {
	switch relation {
	case tracker.RelationReplacement:
		return "Replaces"
	case tracker.RelationTwin:
		return "Was before"
	case tracker.RelationOperator:
		return "Run with"
	}
	return "Linked to"
}

func roleOf(d *tracker.Dossier) string {
	if d.Row == nil {
		return "found"
	}
	return string(d.Row.Role)
}
