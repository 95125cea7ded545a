package link

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// Bounds of the bands, as log odds. Confirmed asks for two gates more; see
// [Score].
var (
	confirmedAt = math.Log(99)
	probableAt  = math.Log(9)
)

// Score weighs "new replaces old". rule is how new was found (same-label,
// redirect, certificate, outbound, feed, ...), because the prior already used it.
//
// Bands: possible from log odds 0, probable from ln 9, confirmed from ln 99 and
// only if at least two independent groups speak for it, one of which is not NAME
// and holds a value that identifies an operator. A name that was there before
// old was taken away is a pre-existing twin, whatever its score; without shared
// identity it never rises above possible. Evidence and Ignored hold every reason
// that was looked at, heaviest first. It never fails.
func Score(new, old *tracker.Site, rule string, cx *Context) tracker.Link {
	if cx == nil {
		cx = &Context{}
	}
	p := &pair{new: new, old: old, cx: cx}
	l := tracker.Link{New: new.Name, Old: old.Name, Rule: Rule, At: cx.AsOf, Relation: p.relation()}

	prior, why := p.prior(rule, l.Relation)
	p.name(l.Relation)
	p.registration()
	p.hosting()
	p.tls()
	p.identifiers()
	p.design()
	p.content()
	p.redirects()
	p.against()

	groups := map[tracker.Group][]tracker.Evidence{}
	for _, e := range p.evidence {
		groups[e.Group] = append(groups[e.Group], e)
	}
	l.Score = prior
	var speaking []tracker.Group
	for g, ev := range groups {
		w := p.capped(g, combine(ev))
		l.Score += w
		if w >= math.Ln2 {
			speaking = append(speaking, g)
		}
	}
	l.Score = math.Round(l.Score*1000) / 1000
	l.Evidence = append([]tracker.Evidence{{Group: "PRIOR", Kind: rule, Value: string(l.Relation), Weight: math.Round(prior*1000) / 1000, Why: why}}, sorted(p.evidence)...)
	l.Ignored = sorted(p.ignored)
	l.Band = p.band(l.Score, speaking, l.Relation)
	return l
}

func (p *pair) band(score float64, speaking []tracker.Group, relation string) tracker.Band {
	identified := false
	for _, g := range speaking {
		identified = identified || p.identity[g]
	}
	b := tracker.BandUnlikely
	switch {
	case score >= confirmedAt && len(speaking) >= 2 && identified:
		b = tracker.BandConfirmed
	case score >= probableAt:
		b = tracker.BandProbable
	case score >= 0:
		b = tracker.BandPossible
	}
	// Without a value that identifies an operator, "it was there before" is the
	// likelier story: an honest namesake.
	if relation == tracker.RelationTwin && !identified && b.Rank() > tracker.BandPossible.Rank() {
		b = tracker.BandPossible
	}
	return b
}

// A pair collects the evidence about one pair of sites.
type pair struct {
	new, old          *tracker.Site
	cx                *Context
	evidence, ignored []tracker.Evidence
	identity          map[tracker.Group]bool
}

func (p *pair) add(name, value string, w float64, format string, args ...any) {
	k, _ := kindOf(name)
	p.addTo(k.group, k.identity, name, value, w, format, args...)
}

func (p *pair) addTo(g tracker.Group, identity bool, name, value string, w float64, format string, args ...any) {
	if p.identity == nil {
		p.identity = map[tracker.Group]bool{}
	}
	if identity && w >= math.Ln2 {
		p.identity[g] = true
	}
	p.evidence = append(p.evidence, tracker.Evidence{Group: g, Kind: name, Value: value, Weight: math.Round(w*1000) / 1000, Why: fmt.Sprintf(format, args...)})
}

func (p *pair) ignore(name, value, format string, args ...any) {
	k, ok := kindOf(name)
	g := k.group
	if !ok {
		g = tracker.GroupTracking
	}
	p.ignored = append(p.ignored, tracker.Evidence{Group: g, Kind: name, Value: value, Why: fmt.Sprintf(format, args...)})
}

// sorted orders reasons heaviest first, ties by group, kind and value, so that
// the same facts always print the same lines.
func sorted(ev []tracker.Evidence) []tracker.Evidence {
	slices.SortStableFunc(ev, func(a, b tracker.Evidence) int {
		if x, y := math.Abs(a.Weight), math.Abs(b.Weight); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a.Group)+a.Kind+a.Value, string(b.Group)+b.Kind+b.Value)
	})
	return slices.CompactFunc(ev, func(a, b tracker.Evidence) bool { return a.Group == b.Group && a.Kind == b.Kind && a.Value == b.Value })
}

// ended is when old was taken from its operators, as far as known: the case's
// seizure day, else the change of control or status the site carries.
func (p *pair) ended() time.Time {
	if c := p.old.Case; c != nil && !c.SeizedAt.IsZero() {
		return c.SeizedAt
	}
	return p.old.EndedAt.Hi
}

// relation says in which direction time runs between the two.
func (p *pair) relation() string {
	born, ended := p.new.RegisteredAt, p.ended()
	if born.Hi.IsZero() {
		born = p.new.FirstSeen
	}
	sameLabel := p.new.Name.Label() == p.old.Name.Label()
	unknown := born.Hi.IsZero() || born.Lo.IsZero() // there when we first looked, and no registry date
	switch {
	case sameLabel && unknown:
		// Calling it a replacement would be a guess.
		return tracker.RelationTwin
	case unknown:
		return tracker.RelationOperator
	case !ended.IsZero() && born.Hi.Before(ended):
		return tracker.RelationTwin
	case ended.IsZero() && born.Hi.Before(p.cx.Began):
		// Nothing was taken away, and it stood there when the watch began.
		return tracker.RelationTwin
	case sameLabel && p.after(born, p.old.RegisteredAt.Hi), !ended.IsZero():
		return tracker.RelationReplacement
	case sameLabel:
		return tracker.RelationTwin
	}
	return tracker.RelationOperator
}

func (p *pair) after(i tracker.Interval, t time.Time) bool {
	return !i.Hi.IsZero() && !t.IsZero() && !i.Hi.Before(t)
}

// prior is the log odds before any evidence. For a label hop it depends on how
// soon after the seizure the name was born (13 of 16 came on the first day,
// docs/methods.md section 0); for revealed names on what revealed them.
func (p *pair) prior(rule, relation string) (float64, string) {
	born := p.new.RegisteredAt
	if born.Hi.IsZero() {
		born = p.new.FirstSeen
	}
	switch rule {
	case "same-label":
		if relation != tracker.RelationReplacement {
			return logit(.02), "same label, but it was there before"
		}
		if p.ended().IsZero() {
			return logit(.05), "same label, born later, while the predecessor still stands"
		}
		days := born.Hi.Sub(p.ended()).Hours() / 24
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
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// capped limits what may be learned from the looks of two imitations of one
// outlet: they resemble each other because both resemble the outlet.
func (p *pair) capped(g tracker.Group, w float64) float64 {
	if (g == tracker.GroupDesign || g == tracker.GroupContent) && w > math.Log(3) && p.clones() && !p.outletCaptured() {
		return math.Log(3)
	}
	return w
}

// clones says whether both sites imitate the same outlet.
func (p *pair) clones() bool {
	c := p.old.Case
	return c != nil && c.Kind == tracker.KindBrandSpoof && p.new.Name.Label() == p.old.Name.Label()
}

func (p *pair) outletCaptured() bool {
	return p.old.Case != nil && p.cx.Outlets[p.old.Case.Impersonates] != nil
}
