package link

import (
	"fmt"
	"math"
	"slices"
	"time"

	"respawn/tracker"
)

// born is when new came to be: its registration by the best basis, else when it
// was first seen in the DNS.
func (p *pair) born() tracker.Interval {
	if i := p.new.RegisteredAt; !i.Hi.IsZero() {
		return i
	}
	return p.new.FirstSeen
}

// ended is when old was taken from its operators, as far as known: the day of
// the case file or the change of control that was seen, whichever came first (a
// registrar's hold may come weeks before a court). Zero while they hold it.
func (p *pair) ended() tracker.Interval {
	seen := p.old.EndedAt
	c := p.old.Case
	if c == nil || c.SeizedAt.IsZero() || !seen.Hi.IsZero() && seen.Hi.Before(c.SeizedAt) {
		return seen
	}
	return tracker.Exactly(c.SeizedAt)
}

// before says whether a was certainly over before b began. A date without a time
// of day is the whole day, unless both are: then days are compared.
func before(a, b tracker.Interval) bool {
	from := b.Lo
	if from.IsZero() {
		from = b.Hi
	}
	if a.Hi.IsZero() || from.IsZero() {
		return false
	}
	if midnight(a.Hi) && !midnight(from) {
		return !a.Hi.Add(24 * time.Hour).After(from)
	}
	return a.Hi.Before(from)
}

func midnight(t time.Time) bool { return t.UTC().Equal(Day(t)) }

// byName says whether a name rule led from old to new. What leads elsewhere shows
// that the same people run both, not that the one stands in for the other.
func byName(rule string) bool {
	switch rule {
	case "redirect", "certificate", "outbound", "identifier", "pivot", "":
		return false
	}
	return true
}

// sentHere says whether old was seen sending its visitors to new.
func (p *pair) sentHere() bool {
	_, yes := slices.BinarySearch(p.b.redirects, p.a.reg)
	return yes && p.a.reg != p.b.reg
}

// relation says in which direction time runs between the two, and whether new
// stands in for old: by its name, or because old sends its visitors there.
func (p *pair) relation(rule string) string {
	born, ended := p.born(), p.ended()
	sameLabel := p.a.label == p.b.label
	over := !ended.Hi.IsZero()
	unknown := born.Hi.IsZero() || born.Lo.IsZero() // there when we first looked, and no registry dates it
	switch {
	case !sameLabel && !byName(rule) && !p.sentHere():
		// It stands in for no name, so the end of old, which may come months later,
		// says nothing about it; whether it is news does.
		if !unknown && born.Hi.Before(p.cx.Began) {
			return tracker.RelationTwin
		}
		return tracker.RelationOperator
	case unknown:
		// Calling it a replacement would be a guess.
		if sameLabel || over && before(born, ended) {
			return tracker.RelationTwin
		}
		return tracker.RelationOperator
	case over && before(born, ended):
		return tracker.RelationTwin
	case over:
		return tracker.RelationReplacement
	case born.Hi.Before(p.cx.Began):
		// Nothing was taken away, and it stood there when the watch began.
		return tracker.RelationTwin
	case sameLabel && before(p.old.RegisteredAt, born):
		return tracker.RelationReplacement
	case sameLabel:
		return tracker.RelationTwin // which of the two came first is not known
	}
	return tracker.RelationOperator
}

// prior is the log odds before any evidence. For a label hop it depends on how
// soon after the seizure the name was born (13 of 16 came on the first day,
// docs/methods.md); for revealed names on what revealed them.
func (p *pair) prior(rule, relation string) (float64, string) {
	switch rule {
	case "same-label":
		ended := p.ended()
		switch {
		case relation != tracker.RelationReplacement:
			return logit(.02), "same label, but nothing shows that it came after"
		case ended.Hi.IsZero():
			return logit(.05), "same label, born later, while the predecessor still stands"
		}
		days := p.born().Hi.Sub(ended.Hi).Hours() / 24
		if days <= 14 {
			return logit(.2), fmt.Sprintf("same label, born %s after the predecessor was taken", dayCount(days))
		}
		return logit(.1), fmt.Sprintf("same label, born %s after the predecessor was taken", dayCount(days))
	case "redirect":
		return logit(.05), "a captured site of the case sends its visitors there or comes from there"
	case "certificate":
		return logit(.03), "named on the certificate of a captured site of the case"
	case "outbound":
		return logit(.01), "a captured site of the case links to it"
	case "identifier", "pivot":
		return logit(.01), "found by an identifier of a captured site of the case"
	}
	return logit(.001), "a fuzzy name rule"
}

func dayCount(d float64) string {
	n := int(math.Floor(d))
	switch {
	case n < 1:
		return "less than a day"
	case n == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
