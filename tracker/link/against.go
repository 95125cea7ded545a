package link

import (
	"math"
	"slices"

	"respawn/tracker"
)

// against adds what speaks against: what the operators of a campaign would not
// have done, or could not.
func (p *pair) against() {
	if p.brandsOwn() {
		return
	}
	waiting := p.new.Class == tracker.ClassParked || p.new.Class == tracker.ClassForSale || p.new.Control != nil && p.new.Control.Holder == "parked"
	switch {
	case waiting && p.a.live:
		p.ignore("parked", string(p.new.Class), "parked now, but it ran a site before")
	case waiting:
		p.add("parked", string(p.new.Class), math.Log(.03), "parked or for sale: somebody waits for a buyer, no campaign runs here")
		return
	}
	// Absence proves nothing: only where both have shown pages of their own may
	// the difference count. Two copies of an outlet show the outlet's.
	if p.copies != original || !p.a.live || !p.b.live || p.a.words < minWords || p.b.words < minWords {
		return
	}
	for _, r := range p.reasons {
		if r.role == identity && r.alone >= identifies || r.Group == tracker.GroupContent && r.alone > 0 {
			return
		}
	}
	if p.ownAccounts(p.a) && p.ownAccounts(p.b) {
		p.add("disjoint", "", math.Log(.2), "both have run with accounts and texts of their own, and share none")
		return
	}
	p.add("disjoint", "", math.Log(.5), "both have shown texts of their own, and share none")
}

// brandsOwn says whether new shows what only the outlet itself can have, and
// counts it: its key, or a place on its certificate. A copy cannot copy those.
func (p *pair) brandsOwn() bool {
	b := p.cx.outlets()
	if n, yes := b.sans[p.a.reg]; yes {
		p.add("brand-key", string(n), math.Log(.03), "stands on the certificate of the genuine %s: the outlet's own", n.Defang())
		return true
	}
	for _, id := range p.a.ids {
		if id.Kind != "spki" || p.a.bundle[id] > maxBundle || cdnOf(p.new) != "" {
			continue
		}
		if n, yes := b.has(id.Kind, id.Value); yes {
			p.add("brand-key", id.Value, math.Log(.03), "has the key of the genuine %s: the outlet's own", n.Defang())
			return true
		}
	}
	return false
}

// ownAccounts says whether a site carries a tracking account that is neither an
// outlet's nor everybody's.
func (p *pair) ownAccounts(x *profile) bool {
	return slices.ContainsFunc(x.ids, func(id tracker.Identifier) bool {
		k := kinds[id.Kind]
		if k.group != tracker.GroupTracking || k.role != identity {
			return false
		}
		_, common := seeded(id.Kind, id.Value)
		_, brand := p.cx.outlets().has(id.Kind, id.Value)
		return !common && !brand
	})
}
