package scan

import (
	"cmp"
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/link"
)

// A graph holds every site of a case for linking: who is of the campaign, who is
// a stranger, and what they carry.
type graph struct {
	c       *tracker.Case
	sites   map[tracker.Name]*tracker.Site
	known   map[tracker.Name]Known
	outlets map[tracker.Name]*tracker.Fingerprint
	asOf    time.Time
	began   time.Time // first run of the case
}

// relate scores every known name that stands in no case row against the sites it
// may replace, and returns the best link of each, sorted by name. Names that
// nothing speaks for still have a link, with its band: the reasons against a
// suspicion are worth keeping.
//
// It runs to a fixed point: a name linked in one round is of the campaign in the
// next, so that the third generation is linked to the second.
func (g *graph) relate() []tracker.Link {
	linked := map[tracker.Name]tracker.Link{}
	// A chain is as long as its generations; 8 rounds are more than any campaign has
	// had, and each round only adds.
	for range 8 {
		next := g.round(linked)
		same := len(next) == len(linked)
		for n, l := range next {
			old, ok := linked[n]
			same = same && ok && old.Old == l.Old && old.Band == l.Band
		}
		linked = next
		if same {
			break
		}
	}
	out := make([]tracker.Link, 0, len(linked))
	for _, l := range linked {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b tracker.Link) int { return cmp.Compare(a.New, b.New) })
	return out
}

func (g *graph) round(linked map[tracker.Name]tracker.Link) map[tracker.Name]tracker.Link {
	cx := g.context(linked)
	olds := g.olds(linked)
	byLabel := map[string][]*tracker.Site{}
	carriers := map[tracker.Identifier][]*tracker.Site{}
	for _, s := range olds {
		byLabel[s.Name.Label()] = append(byLabel[s.Name.Label()], s)
		for _, id := range identities(s) {
			carriers[id] = append(carriers[id], s)
		}
	}
	out := map[tracker.Name]tracker.Link{}
	for _, n := range g.names() {
		s := g.sites[n]
		if g.inCase(n) || g.isOutlet(n) || s.FirstSeen.Hi.IsZero() && s.Registration == nil {
			continue
		}
		pool := slices.Clone(byLabel[n.Label()])
		for _, id := range identities(s) {
			pool = append(pool, carriers[id]...)
		}
		if by := g.known[n].RevealedBy; by != "" {
			if r := g.sites[by]; r != nil && slices.Contains(olds, r) {
				pool = append(pool, r)
			}
		}
		if l, ok := g.best(s, pool, cx); ok {
			out[n] = l
		}
	}
	return out
}

// best is the link to the site that s most likely replaces: of those with the
// same label the one that was taken last before s was born, else by score.
func (g *graph) best(s *tracker.Site, pool []*tracker.Site, cx *link.Context) (best tracker.Link, ok bool) {
	slices.SortFunc(pool, func(a, b *tracker.Site) int { return cmp.Compare(a.Name, b.Name) })
	pool = slices.Compact(pool)
	var bestSite *tracker.Site
	for _, old := range pool {
		if old.Name == s.Name || younger(old, s) {
			continue
		}
		l := link.Score(s, old, g.rule(s.Name, old.Name), cx)
		if !ok || g.better(l, old, best, bestSite) {
			best, bestSite, ok = l, old, true
		}
	}
	return best, ok
}

// younger says whether a was certainly born after b: a site replaces what was
// there before it.
func younger(a, b *tracker.Site) bool {
	x, y := a.RegisteredAt, b.RegisteredAt
	return a.Case == nil && !x.Hi.IsZero() && !y.Hi.IsZero() && x.Lo.After(y.Hi)
}

func (g *graph) better(a tracker.Link, aSite *tracker.Site, b tracker.Link, bSite *tracker.Site) bool {
	sameA, sameB := a.New.Label() == a.Old.Label(), b.New.Label() == b.Old.Label()
	if sameA != sameB {
		// A namesake that is probable is what people mean by "replaces".
		if sameA {
			return a.Band.Rank() >= min(b.Band.Rank(), tracker.BandProbable.Rank())
		}
		return !g.better(b, bSite, a, aSite)
	}
	if ra, rb := a.Relation == tracker.RelationReplacement, b.Relation == tracker.RelationReplacement; ra != rb {
		return ra
	}
	if sameA {
		if ea, eb := ended(aSite), ended(bSite); !ea.Equal(eb) {
			return ea.After(eb)
		}
	}
	if ca, cb := aSite.Case != nil, bSite.Case != nil; !sameA && ca != cb && a.Band == b.Band {
		return ca // equally sure: the name that people know from the case
	}
	if a.Score != b.Score {
		return a.Score > b.Score
	}
	return aSite.RegisteredAt.Hi.After(bSite.RegisteredAt.Hi)
}

func ended(s *tracker.Site) time.Time {
	if s.Case != nil && !s.Case.SeizedAt.IsZero() {
		return s.Case.SeizedAt
	}
	return s.EndedAt.Hi
}

// rule is how new came to be compared with old.
func (g *graph) rule(new, old tracker.Name) string {
	if new.Label() == old.Label() {
		return "same-label"
	}
	k := g.known[new]
	switch k.Rule {
	case "redirect", "certificate", "outbound":
		return k.Rule
	case "", ruleSwap:
		return "identifier"
	}
	if k.From.Label() == old.Label() {
		return k.Rule // the name rule that led from this label to that one
	}
	return "identifier"
}

func (g *graph) names() []tracker.Name {
	out := make([]tracker.Name, 0, len(g.sites))
	for n := range g.sites {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func (g *graph) inCase(n tracker.Name) bool { return g.sites[n].Case != nil }

func (g *graph) isOutlet(n tracker.Name) bool {
	_, ok := g.outlets[n]
	return ok
}

// olds are the sites of the campaign: those of the case, and those linked to it
// at least probably.
func (g *graph) olds(linked map[tracker.Name]tracker.Link) []*tracker.Site {
	var out []*tracker.Site
	for _, n := range g.names() {
		if g.inCase(n) || linked[n].Band.Rank() >= tracker.BandProbable.Rank() {
			out = append(out, g.sites[n])
		}
	}
	return out
}

// identities are the values of a site that can lead to another site of the same
// people, over its whole history.
func identities(s *tracker.Site) []tracker.Identifier {
	var out []tracker.Identifier
	add := func(f *tracker.Fingerprint) {
		if f == nil {
			return
		}
		for _, id := range f.IDs {
			out = append(out, tracker.Identifier{Kind: id.Kind, Value: id.Value})
		}
		for _, v := range f.Slugs {
			out = append(out, tracker.Identifier{Kind: "slug", Value: v})
		}
		for _, v := range f.Redirects {
			out = append(out, tracker.Identifier{Kind: "site", Value: string(v)})
		}
		for _, v := range f.SANs {
			out = append(out, tracker.Identifier{Kind: "site", Value: string(v)})
		}
	}
	add(s.Fingerprint)
	for _, f := range s.History {
		add(f)
	}
	out = append(out, tracker.Identifier{Kind: "site", Value: string(s.Name.Registrable())})
	slices.SortFunc(out, func(a, b tracker.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(out)
}

// context counts what strangers carry. Strangers are the outlets and every known
// name that nothing links to the campaign.
func (g *graph) context(linked map[tracker.Name]tracker.Link) *link.Context {
	cx := &link.Context{AsOf: g.asOf, Began: g.began, Background: &link.Background{}, Outlets: g.outlets,
		Batches: map[link.BatchKey][]tracker.Name{}, Twins: map[string]int{}, Shared: map[string]int{}}
	first := firstSeizure(g.c)
	watched := map[string]bool{}
	for _, n := range g.c.Names {
		watched[n.Name.Label()] = true
	}
	for _, n := range g.names() {
		s := g.sites[n]
		l, isLinked := linked[n]
		if g.inCase(n) || l.Band.Rank() >= tracker.BandProbable.Rank() {
			if !g.inCase(n) {
				g.countCompany(cx, n, s, watched, first)
			}
			continue // what the campaign itself uses makes nothing common
		}
		for _, v := range tenancies(s) {
			cx.Shared[v]++
		}
		stranger := g.isOutlet(n) || isLinked && l.Band.Rank() <= tracker.BandPossible.Rank()
		if stranger {
			cx.Background.AddSite(s)
		}
		g.countCompany(cx, n, s, watched, first)
	}
	return cx
}

// countCompany counts a name under a watched label: as a namesake that was there
// before the first seizure, or as one of those booked together after it.
func (g *graph) countCompany(cx *link.Context, n tracker.Name, s *tracker.Site, watched map[string]bool, first time.Time) {
	if !watched[n.Label()] || g.isOutlet(n) {
		return
	}
	born := s.RegisteredAt
	before := !first.IsZero() && (born.Hi.IsZero() || born.Hi.Before(first) || born.Lo.IsZero())
	if before {
		cx.Twins[n.Label()]++
	}
	if r := s.Registration; r != nil && !r.CreatedAt.IsZero() && r.Registrar != "" && !before {
		k := link.BatchKey{Day: link.Day(r.CreatedAt), Registrar: r.Registrar}
		cx.Batches[k] = append(cx.Batches[k], n)
	}
}

// tenancies are the addresses and name servers of a site, in text form.
func tenancies(s *tracker.Site) []string {
	if s.DNS == nil {
		return nil
	}
	var out []string
	for _, a := range s.DNS.A {
		out = append(out, a.String())
	}
	for _, a := range s.DNS.AAAA {
		out = append(out, a.String())
	}
	for _, n := range s.DNS.NS {
		out = append(out, string(n))
	}
	return out
}

// firstSeizure is the earliest day on which a name of the case was taken.
func firstSeizure(c *tracker.Case) time.Time {
	var first time.Time
	for _, n := range c.Names {
		if !n.SeizedAt.IsZero() && (first.IsZero() || n.SeizedAt.Before(first)) {
			first = n.SeizedAt
		}
	}
	return first
}
