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

// ended is when old was taken from its operators. Zero while they hold it.
func (p *pair) ended() tracker.Interval { return ended(p.old) }

// ended is when a site was taken from its operators, as far as known: the day of
// the case file or the change of control that was seen, whichever came first (a
// registrar's hold may come weeks before a court).
func ended(s *tracker.Site) tracker.Interval {
	seen, c := s.EndedAt, s.Case
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

// ByName says whether a name rule led from old to new. What leads elsewhere shows
// that the same people run both, not that the one stands in for the other, unless
// the labels show it. False for "", which is no rule. Safe for concurrent use.
func ByName(rule string) bool {
	switch rule {
	case "redirect", "certificate", "outbound", "identifier", "pivot", "":
		return false
	}
	return true
}

// kin says whether the label of new is a changed label of old. It tells for what the
// name stands in, whatever else led to it: who changes a label and orders one
// certificate for both is found by the certificate.
func (p *pair) kin() bool {
	from := p.cx.Kin[p.new.Name]
	return from != "" && LabelKey(from.Label()) == LabelKey(p.b.label)
}

// sentHere says whether old was seen sending its visitors to new.
func (p *pair) sentHere() bool {
	_, yes := slices.BinarySearch(p.b.redirects, p.a.reg)
	return yes && p.a.reg != p.b.reg
}

// relation says in which direction time runs between the two, and whether new
// stands in for old: by its name, whatever led to it, or because old sends its visitors there.
func (p *pair) relation(rule string) string {
	born, ended := p.born(), p.ended()
	sameLabel := p.sameLabel
	over := !ended.Hi.IsZero()
	unknown := born.Hi.IsZero() || born.Lo.IsZero() // there when we first looked, and no registry dates it
	switch {
	case !sameLabel && !ByName(rule) && !p.kin() && !p.sentHere():
		// It stands in for no name, so the end of old, which may come months later,
		// says nothing about it; whether it is news does.
		if !unknown && born.Hi.Before(p.cx.Began) {
			return tracker.RelationTwin
		}
		return tracker.RelationOperator
	case over && (unknown || before(born, ended)) && p.cameAlive(ended):
		// Kept in reserve, or taken over from somebody who had parked it: the operators'
		// life on it began when theirs on old was over.
		return tracker.RelationReplacement
	case unknown:
		// Calling it a replacement would be a guess.
		if sameLabel || over && before(born, ended) {
			return tracker.RelationTwin
		}
		return tracker.RelationOperator
	case over && (before(born, ended) || p.either()):
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

// either says whether the other direction is as likely: two that were registered and
// taken away on one day, each of which may have come when the other was gone.
func (p *pair) either() bool {
	gone, from := ended(p.new), p.old.RegisteredAt
	return !gone.Hi.IsZero() && !from.Lo.IsZero() && !before(from, gone)
}

// cameAlive says whether new was seen without a site of its own and then, not before
// old had ended, with one.
func (p *pair) cameAlive(ended tracker.Interval) bool {
	live := p.new.LiveAt
	return !live.Lo.IsZero() && !live.Hi.IsZero() && !ended.Hi.IsZero() && live.Hi.After(ended.Hi)
}

// prior is the log odds before any evidence. For a label hop it depends on how
// soon after the seizure the name was born (13 of 16 came on the first day,
// docs/methods.md); for revealed names on what revealed them.
func (p *pair) prior(rule, relation string) (float64, string) {
	switch rule {
	case "same-label":
		return p.afterEnd(relation, "same label", .2, .1, .05, .02)
	case "redirect":
		return p.revealed(.05, .1, "a captured site of the case sends its visitors there or comes from there")
	case "certificate":
		return p.revealed(.03, .06, "named on the certificate of a captured site of the case")
	case "outbound":
		return p.revealed(.01, .03, "a captured site of the case links to it")
	case "identifier", "pivot":
		return p.revealed(.01, .03, "found by an identifier of a captured site of the case")
	}
	if p.below() {
		return logit(.5), fmt.Sprintf("below %s, a name of the campaign, under the label of %s", p.a.reg.Defang(), p.old.Name.Defang())
	}
	if p.imitates() { // whose label this is, its page says as well
		return p.afterEnd(relation, "a similar label and the look", .2, .1, .05, .02)
	}
	if len(p.b.label) <= shortLabel {
		return p.afterEnd(relation, "a similar label", .005, .002, .001, .001) // short labels have many neighbours
	}
	return p.afterEnd(relation, "a similar label", .05, .02, .001, .001)
}

// imitates says whether new wears two things of the outlet that old imitates: its style,
// and an icon, a logo or an account of its. So do the outlet's own further sites.
func (p *pair) imitates() bool {
	b := p.cx.outlets()
	if p.copies != copyKnown || !slices.ContainsFunc(p.a.looks, func(look []uint64) bool {
		return slices.ContainsFunc(b.looks, func(o brandLook) bool { return o.name == p.outlet && jaccard(look, o.classes) >= sameLook })
	}) {
		return false
	}
	return slices.ContainsFunc(p.a.ids, func(id tracker.Identifier) bool {
		n, yes := b.has(id.Kind, id.Value)
		_, common := seeded(id.Kind, id.Value)
		return yes && n == p.outlet && !common && kinds[id.Kind].page && kinds[id.Kind].role > circumstance
	})
}

// below says whether new lies below a name of the campaign.
func (p *pair) below() bool {
	_, theirs := p.cx.Campaign[p.a.reg]
	return theirs && p.new.Name != p.a.reg && p.a.reg != p.b.reg
}

// afterEnd is the prior of a name that a name rule led to: soon (up to 14 days)
// and late after the end of old, born while it stood, or not shown to be later.
func (p *pair) afterEnd(relation, like string, soon, late, beside, other float64) (float64, string) {
	ended := p.ended()
	switch {
	case relation != tracker.RelationReplacement:
		return logit(other), like + ", but nothing shows that it came after"
	case ended.Hi.IsZero():
		return logit(beside), like + ", born later, while the predecessor still stands"
	}
	began, how := p.born(), "born"
	if began.Lo.IsZero() || before(began, ended) {
		began, how = p.new.LiveAt, "there before without a site, and live"
	}
	days := began.Hi.Sub(ended.Hi).Hours() / 24
	prior := late
	if days <= 14 {
		prior = soon
	}
	if p.copies != original {
		// An outlet's name is booked by its owner, its readers and other imitators too:
		// of 13 imitations seized in September 2024 none is known to have come back.
		prior /= 2
		like += " of an outlet"
	}
	return logit(prior), fmt.Sprintf("%s, %s %s after the predecessor was taken", like, how, dayCount(days))
}

// revealed is the prior of a name that a site of the case pointed to. Sites link to
// what has long been there; of the names of .com about two in a hundred are younger
// than a month. So one that was young when it was found is likelier to be theirs.
func (p *pair) revealed(settled, young float64, why string) (float64, string) {
	born, seen := p.born(), p.new.FirstSeen.Hi
	if born.Lo.IsZero() || born.Hi.IsZero() {
		return logit(settled), why
	}
	if seen.IsZero() && p.cx.Began.IsZero() || !seen.IsZero() && seen.Sub(born.Hi) > youngFor || seen.IsZero() && born.Hi.Before(p.cx.Began) {
		return logit(settled), why
	}
	return logit(young), why + "; it was young when it was found"
}

// youngFor is how long after its birth a name counts as young.
const youngFor = 60 * 24 * time.Hour

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
