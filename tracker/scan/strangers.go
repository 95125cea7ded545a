package scan

import (
	"maps"
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/link"
)

// context counts what strangers carry. Strangers are the outlets and every known
// name that nothing links to the campaign.
func (g *graph) context(linked map[tracker.Name]tracker.Link) *link.Context {
	cx := &link.Context{AsOf: g.asOf, Began: g.began, Kin: g.kin, Background: &link.Background{}, Outlets: g.outlets,
		Batches: map[link.BatchKey][]tracker.Name{}, Twins: map[string]int{}, Shared: map[string]int{}, Campaign: map[tracker.Name]tracker.Name{}, Likely: map[tracker.Name]tracker.Name{}, Labels: map[string]bool{}}
	first := firstSeizure(g.c)
	watched := map[string]bool{}
	for _, n := range g.c.Names {
		watched[labelKey(n.Name)] = true
		if n.Kind != tracker.KindBrandSpoof {
			cx.Labels[labelKey(n.Name)] = true
		}
	}
	oldest := g.oldest()
	cx.Oldest = oldest
	g.addModels(cx, oldest)
	for _, n := range g.names() {
		l, isLinked := linked[n]
		s := g.member(l, n)
		if g.inCase(n) || l.Band.Rank() >= tracker.BandProbable.Rank() {
			cx.Fellows = append(cx.Fellows, s)
			if (g.inCase(n) || watched[labelKey(n)] && link.WithoutBatch(l)) && s.RegisteredAt.Lo.After(first) {
				addToBatch(cx, n, s)
			}
			if l.Band == tracker.BandProbable && !oldest.IsZero() && !s.RegisteredAt.Hi.IsZero() && s.RegisteredAt.Hi.Before(oldest.AddDate(-1, 0, 0)) {
				// It stood there years before the campaign did: the value that links it may
				// be an agency's or a network's, and it may not make the others campaign's.
				cx.Background.AddSite(s)
			} else if l.Band == tracker.BandProbable && link.ByValue(l) {
				cx.Likely[n.Registrable()] = l.Old
			}
			switch {
			case g.inCase(n) && !link.BookedAgain(s):
				cx.Campaign[n.Registrable()] = ""
			case l.Band == tracker.BandConfirmed:
				if _, ok := cx.Campaign[n.Registrable()]; !ok {
					cx.Campaign[n.Registrable()] = l.Old
				}
			}
			continue // what the campaign itself uses makes nothing common
		}
		for _, v := range tenancies(s) {
			cx.Shared[v]++
		}
		stranger := g.isOutlet(n) || cx.Models[n] || isLinked && l.Band.Rank() <= tracker.BandPossible.Rank()
		switch {
		case stranger && !g.isOutlet(n) && !cx.Models[n] && g.ledTo(s, watched, oldest, first, linked):
			cx.Background.AddLed(s, first)
		case stranger:
			cx.Background.AddSite(s)
		}
		if !g.isOutlet(n) && wasBefore(s, first) {
			cx.Twins[labelKey(n)]++
		}
	}
	return cx
}

// ledTo says whether the campaign's own labels led to s, which came after the first of
// its names, or a page or a certificate of its, and s came after the first seizure. A
// name that nothing links any more leads to none of the campaign's, nor does the
// certificate of a host's customers. A sister from the years between the two is one
// where she stands on a machine of theirs.
func (g *graph) ledTo(s *tracker.Site, watched map[string]bool, oldest, first time.Time, linked map[tracker.Name]tracker.Link) bool {
	born, k := s.RegisteredAt.Lo, g.known[s.Name]
	if watched[labelKey(s.Name)] || g.kin[s.Name] != "" || k.From != "" && link.ByName(k.Rule) {
		return !oldest.IsZero() && born.After(oldest)
	}
	if first.IsZero() || !born.After(first) && !(!oldest.IsZero() && born.After(oldest) && beside(linked[s.Name])) || !g.inCase(k.RevealedBy) && linked[k.RevealedBy].Band.Rank() < tracker.BandProbable.Rank() {
		return false
	}
	switch k.Rule {
	case "outbound", "redirect":
		return true
	case "certificate":
		return !g.bundled(k.RevealedBy, s.Name.Registrable())
	}
	return false
}

// beside says whether a link says that the new name shares an address or a key with old.
func beside(l tracker.Link) bool {
	return slices.ContainsFunc(l.Evidence, func(e tracker.Evidence) bool {
		return (e.Kind == "address" || e.Kind == "ns-pair" || e.Kind == "spki") && e.Weight > 0
	})
}

// bundled says whether each certificate on which by was seen beside reg is a host's or
// a CDN's, by how many domains it is for.
func (g *graph) bundled(by, reg tracker.Name) bool {
	s, smallest := g.sites[by], 0
	for _, f := range append([]*tracker.Fingerprint{s.Fingerprint}, s.History...) {
		if f != nil && slices.Contains(f.SANs, reg) && (smallest == 0 || len(f.SANs) < smallest) {
			smallest = len(f.SANs)
		}
	}
	return smallest+1 > link.ManyDomains
}

// oldest is when the first name of the case was registered, as far as known.
func (g *graph) oldest() (first time.Time) {
	for _, row := range g.c.Names {
		at := row.RegisteredAt
		if s := g.member(tracker.Link{}, row.Name); at.IsZero() && s != nil {
			at = s.RegisteredAt.Hi
		}
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// addModels adds to the outlets what a name of the case imitates where no file says
// so: a site of the same label, live, more than a year older than anything of the
// campaign, whose pages the name has shown. Plain lists of domains say neither what
// is a brand of the campaign's own nor whose brand it is.
func (g *graph) addModels(cx *link.Context, oldest time.Time) {
	if oldest.IsZero() {
		return
	}
	for _, row := range g.c.Names {
		old := g.member(tracker.Link{}, row.Name)
		if row.Kind == tracker.KindOwnBrand || row.Impersonates != "" || old == nil {
			continue
		}
		for _, n := range g.names() {
			s := g.sites[n]
			born := s.RegisteredAt.Hi
			if g.inCase(n) || g.isOutlet(n) || labelKey(n) != labelKey(row.Name) || born.IsZero() || !born.Before(oldest.AddDate(-1, 0, 0)) || !wasLive(s) || !link.Copies(old, s) {
				continue
			}
			if len(cx.Models) == 0 {
				cx.Models, cx.Outlets = map[tracker.Name]bool{}, maps.Clone(cx.Outlets)
			}
			cx.Models[n], cx.Outlets[n] = true, s.Fingerprint
		}
	}
}

// wasBefore says whether a name was there before the first seizure, as far as known.
func wasBefore(s *tracker.Site, first time.Time) bool {
	born := s.RegisteredAt
	return !first.IsZero() && (born.Hi.IsZero() || born.Hi.Before(first) || born.Lo.IsZero())
}

// addToBatch counts a name of the case, or one that is linked by more than its
// company, among those booked that day at that registrar. After a seizure drop-catchers and the curious
// book the same labels at the same large registrars: they may not vouch for one
// another.
func addToBatch(cx *link.Context, n tracker.Name, s *tracker.Site) {
	if r := s.Registration; r != nil && !r.CreatedAt.IsZero() && r.Registrar != "" {
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
