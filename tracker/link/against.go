package link

import (
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// against adds what speaks against: what the operators of a campaign would not
// have done, or could not.
func (p *pair) against() {
	p.brandsOwn()
	holder := ""
	if p.new.Control != nil {
		holder = p.new.Control.Holder
	}
	waiting := p.new.Class == tracker.ClassParked || p.new.Class == tracker.ClassForSale || holder == "parked" || holder == "sinkhole"
	switch {
	case waiting && p.a.live:
		p.ignore("parked", string(p.new.Class), "parked or sinkholed now, but it ran a site before")
	case waiting && holder == "sinkhole":
		p.add("parked", holder, math.Log(.03), "held by a sinkhole and never seen running a site: researchers book names too")
		return
	case waiting:
		p.add("parked", string(p.new.Class), math.Log(.03), "parked or for sale: somebody waits for a buyer, no campaign runs here")
		return
	}
	if p.copies == original && p.a.live && !p.b.live {
		p.habit()
	}
	if p.sameLabel && p.copies == original && p.a.live && p.a.words < minWords {
		p.bare()
	}
	// Absence proves nothing: only where both have shown pages of their own may
	// the difference count. Two copies of an outlet show the outlet's.
	if p.copies != original || !p.a.live || !p.b.live || p.a.words < fewestWords || p.b.words < fewestWords {
		return
	}
	if p.sameLabel {
		p.trade()
	}
	// wire: they share what strangers print too; served: an account that few strangers have.
	reachable, wire, served := false, false, false
	for _, r := range p.reasons {
		switch {
		case r.Group == tracker.GroupContact:
			// Whom a page names may be anybody, so it does not end the comparison.
			reachable = reachable || r.role == identity && r.alone >= identifies
		case r.alone >= identifies && (r.role == identity || r.Group == tracker.GroupContent || r.Group == tracker.GroupTracking):
			return
		case r.Group == tracker.GroupContent && r.alone > 0:
			wire = true
		case r.Group == tracker.GroupTracking && r.role >= support && r.alone > 0:
			served = true
		}
	}
	alike, bought := false, false
	for _, r := range p.reasons {
		if r.Group == tracker.GroupDesign && r.alone > 0 {
			own := r.alone >= identifies || !p.sold && kinds[r.Kind].fact != "icon"
			alike, bought = alike || own, bought || !own
		}
	}
	twoOwners := !served && p.ownAccounts(p.a) && p.ownAccounts(p.b)
	p.apart = !alike && p.furnished(p.a) && p.furnished(p.b)
	p.owners = !alike && twoOwners
	p.common = wire || bought
	p.cited(p.apart || p.owners)
	p.differ = !alike
	if wire {
		return
	}
	if twoOwners {
		p.add("disjoint", "", math.Log(.2), "both have run with accounts and texts of their own, and share none")
		return
	}
	if p.apart && !bought && !served {
		p.add("disjoint", "", math.Log(.2), "both publish, under looks and icons of their own, and share neither article, look nor icon")
		return
	}
	if reachable {
		return
	}
	p.add("disjoint", "", math.Log(.5), "both have shown texts of their own, and share none")
}

// habit compares a site whose predecessor was never seen with the other sites of the
// campaign: where these share an account, whoever runs with one of his own and not
// with theirs is less likely one of them.
func (p *pair) habit() {
	theirs := p.cx.accounts()
	own := false
	for _, id := range p.a.ids {
		n := theirs[id]
		if slices.ContainsFunc(p.cx.Fellows, func(s *tracker.Site) bool { return s.Name == p.new.Name }) {
			n-- // new itself
		}
		if account(id) && n > 0 {
			return
		}
		own = own || account(id)
	}
	var most tracker.Identifier
	for id, n := range theirs {
		if m := theirs[most]; n > m || n == m && compareIDs(id, most) < 0 {
			most = id
		}
	}
	if _, brand := p.cx.outlets().has(most.Kind, most.Value); own && !brand && theirs[most] >= 2 && p.ownAccounts(p.a) {
		p.add("disjoint", most.Value, math.Log(.4), "%s of the campaign run with the %s account %s; this one runs with another", others(theirs[most], "site"), most.Kind, most.Value)
	}
}

// bare says that a page of a few sentences stands where the old site published: a
// reporter's warning, a shop that opens soon. Who tells anything else by it is not
// known, and a page of hardly any words may be built by a script.
func (p *pair) bare() {
	if p.a.words < fewWords || max(len(p.b.slugs), len(p.b.titles)) < publishes || len(p.a.slugs) > 0 || len(p.a.titles) > 1 {
		return // one headline is that of the page
	}
	if !slices.ContainsFunc(p.reasons, func(r reason) bool { return r.role == identity && r.alone >= identifies }) {
		p.add("trade", "", math.Log(.3), "a page of %d words and no article on it, where %s published", p.a.words, p.old.Name.Defang())
	}
}

// fewWords are what a page says that needs a script to say more.
const fewWords = 12

// trade compares what the two do under one label. Those who lost a place to
// publish publish again; who books a name for a shop or a club does not.
func (p *pair) trade() {
	if p.a.words >= minWords && max(len(p.b.slugs), len(p.b.titles)) >= publishes && len(p.a.slugs)+len(p.a.titles) == 0 && !p.printsTheirs() {
		p.add("trade", "", math.Log(.2), "a site with text of its own and no article on it, where %s published", p.old.Name.Defang())
	}
	if len(p.a.languages) > 0 && len(p.b.languages) > 0 && len(shared(p.a.languages, p.b.languages, strings.Compare)) == 0 {
		p.add("language", strings.Join(p.a.languages, " "), math.Log(.5), "in another language than %s (%s)", p.old.Name.Defang(), strings.Join(p.b.languages, " "))
	}
}

// publishes is how many articles make a publication.
const publishes = 2

// furnished says whether a site has shown all that operators carry from one site to
// the next: articles, style classes and an icon of its own.
func (p *pair) furnished(x *profile) bool {
	return max(len(x.slugs), len(x.titles)) > publishes && len(x.classes) >= minClasses && slices.ContainsFunc(x.ids, func(id tracker.Identifier) bool {
		_, common := seeded(id.Kind, id.Value)
		return kinds[id.Kind].fact == "icon" && !common
	})
}

// brandsOwn counts that new shows what only the outlet itself can have: its key, or a
// place on its certificate. A copy cannot copy those.
func (p *pair) brandsOwn() {
	b := p.cx.outlets()
	if n, yes := b.sans[p.a.reg]; yes {
		p.add("brand-key", string(n), math.Log(.03), "stands on the certificate of the genuine %s: the outlet's own", n.Defang())
		return
	}
	for _, id := range p.a.ids {
		if id.Kind != "spki" || p.a.bundle[id] > maxBundle || cdnOf(p.new) != "" {
			continue
		}
		if n, yes := b.has(id.Kind, id.Value); yes {
			p.add("brand-key", id.Value, math.Log(.03), "has the key of the genuine %s: the outlet's own", n.Defang())
			return
		}
	}
}

// Copies says whether old has shown what stands in the pages of model, a site of the
// same label that was there before it: an account, a contact, an icon, an article or
// the text. Where a case does not say what its names are, that is how an imitation
// is told from a brand of their own. Either may be incompletely known; then it is
// false.
func Copies(old, model *tracker.Site) bool {
	a, b := profileOf(old), profileOf(model)
	for _, id := range shared(a.ids, b.ids, compareIDs) {
		if _, common := seeded(id.Kind, id.Value); kinds[id.Kind].page && kinds[id.Kind].role > circumstance && !common {
			return true
		}
	}
	if len(shared(a.slugs, b.slugs, strings.Compare)) > 0 || len(shared(a.titles, b.titles, strings.Compare)) > 0 {
		return true
	}
	if slices.ContainsFunc(a.stories, func(x tracker.Story) bool { _, alike := likest(&x, b.stories, sameStory); return alike > 0 }) {
		return true
	}
	d, _, _ := nearest(a.texts, b.texts)
	return d >= 0 && d <= nearText
}

// ownAccounts says whether a site carries a tracking account that is neither an
// outlet's nor everybody's. Tokens and counters that are given out by site differ
// between two sites of one owner.
func (p *pair) ownAccounts(x *profile) bool {
	return slices.ContainsFunc(x.ids, func(id tracker.Identifier) bool {
		if !account(id) {
			return false
		}
		_, common := seeded(id.Kind, id.Value)
		_, brand := p.cx.outlets().has(id.Kind, id.Value)
		return !common && !brand
	})
}

// account says whether an identifier is of an account that one owner of several sites
// has for all of them.
func account(id tracker.Identifier) bool {
	k := kinds[id.Kind]
	return k.group == tracker.GroupTracking && k.role >= support && !k.bySite
}
