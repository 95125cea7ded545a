package scan

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"respawn/crawler/fingerprint"
	"respawn/tracker"
	"respawn/tracker/link"
	"respawn/tracker/lookalike"
)

// A graph holds every site of a case for linking: who is of the campaign, who is
// a stranger, and what they carry.
type graph struct {
	c       *tracker.Case
	sites   map[tracker.Name]*tracker.Site
	former  map[tracker.Name][]tenure // of names that have changed hands
	known   map[tracker.Name]Known
	outlets map[tracker.Name]*tracker.Fingerprint
	asOf    time.Time
	began   time.Time // first run of the case
	// kin are the names of the case whose label others have changed: see [graph.relate].
	kin map[tracker.Name]tracker.Name
	// rejected are the pairs, new name first, that people rejected, with their reasons.
	rejected map[[2]tracker.Name]string
}

// relate scores every known name against the sites it may replace, and returns the
// best link of each, sorted by name. Names that nothing speaks for still have a
// link, with its band: the reasons against a suspicion are worth keeping. A name of
// the case has one only where it is at least probable that it replaced its namesake:
// what is seized in autumn may have come back for what was seized in spring.
//
// It runs to a fixed point: a name linked in one round is of the campaign in the
// next, so that the third generation is linked to the second. Where there is none, as
// between two names each of which makes the other one's evidence common, what turns
// round and round is said at its weakest.
func (g *graph) relate() []tracker.Link {
	g.kin = g.kinOf()
	linked, settled := map[tracker.Name]tracker.Link{}, false
	// A chain is as long as its generations; 8 rounds are more than any campaign has had.
	for range 8 {
		next := g.round(linked)
		settled = sameLinks(linked, next)
		if linked = next; settled {
			break
		}
	}
	if !settled {
		linked = g.weakest(linked)
	}
	out := make([]tracker.Link, 0, len(linked))
	for _, l := range linked {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b tracker.Link) int { return cmp.Compare(a.New, b.New) })
	return out
}

// sameLinks says whether two rounds say the same of every name.
func sameLinks(a, b map[tracker.Name]tracker.Link) bool {
	if len(a) != len(b) {
		return false
	}
	for n, l := range b {
		old, ok := a[n]
		if !ok || old.Old != l.Old || old.Band != l.Band || old.Until != l.Until {
			return false
		}
	}
	return true
}

// weakest goes on from links that do not settle, for as many rounds as a turn may have,
// and returns the weakest that these say of each name; nothing of one of which a round
// says nothing.
func (g *graph) weakest(linked map[tracker.Name]tracker.Link) map[tracker.Name]tracker.Link {
	out := maps.Clone(linked)
	for range 4 {
		linked = g.round(linked)
		for n, have := range out {
			switch l, ok := linked[n]; {
			case !ok:
				delete(out, n)
			case cmp.Or(cmp.Compare(l.Band.Rank(), have.Band.Rank()), cmp.Compare(l.Score, have.Score)) < 0:
				out[n] = l
			}
		}
	}
	return out
}

// kinOf finds, for every name that is neither of the case nor an outlet's, the name
// of the case whose label it bears changed: whether one stands in for another is told
// by the labels, not by which of several roads led to it first.
func (g *graph) kinOf() map[tracker.Name]tracker.Name {
	out := map[tracker.Name]tracker.Name{}
	var k *lookalike.Kin // dear for one night in which nothing was found
	for _, n := range g.names() {
		if g.inCase(n) || g.isOutlet(n) {
			continue
		}
		if k == nil {
			k = lookalike.NewKin(g.c, g.called())
		}
		if m, ok := k.Of(n.Label()); ok && g.inCase(m.From) && labelKey(m.From) != labelKey(n) {
			out[n] = m.From
		}
	}
	return out
}

// twins is how near two labels are that are the same.
const twins = 2

// nearness is how near the label of new is to that of old: twins where they are the
// same, 1 where new bears old's changed, by what its label says or by the name rule
// that led to it, else 0.
func (g *graph) nearness(new, old tracker.Name) int {
	if labelKey(new) == labelKey(old) {
		return twins
	}
	if from := g.kin[new]; from != "" && labelKey(from) == labelKey(old) || link.ByName(g.rule(new, old)) {
		return 1
	}
	return 0
}

func (g *graph) round(linked map[tracker.Name]tracker.Link) map[tracker.Name]tracker.Link {
	cx := g.context(linked)
	olds := g.olds(linked)
	byLabel := map[string][]*tracker.Site{}
	carriers := map[tracker.Identifier][]*tracker.Site{}
	articles := press{}
	for _, s := range olds {
		articles.add(s)
		byLabel[labelKey(s.Name)] = append(byLabel[labelKey(s.Name)], s)
		for _, id := range identities(s) {
			carriers[id] = append(carriers[id], s)
		}
	}
	out := map[tracker.Name]tracker.Link{}
	for _, n := range g.names() {
		s := g.sites[n]
		if g.inCase(n) {
			s = g.member(tracker.Link{}, n)
		}
		if g.isOutlet(n) || s.FirstSeen.Hi.IsZero() && s.Registration == nil {
			continue
		}
		pool := slices.Clone(byLabel[labelKey(n)])
		if g.inCase(n) {
			if l, ok := g.best(s, pool, cx, linked); ok && l.Band.Rank() >= tracker.BandProbable.Rank() && succeeds(&l) {
				if was := g.former[n]; len(was) > 0 {
					l.Until = was[0].until
				}
				out[n] = l
			}
			continue
		}
		if from := g.known[n].From; from != "" && labelKey(from) != labelKey(n) {
			pool = append(pool, byLabel[labelKey(from)]...) // a name rule led from there
		}
		if from := g.kin[n]; from != "" {
			pool = append(pool, byLabel[labelKey(from)]...)
		}
		if by := g.known[n].RevealedBy; by != "" {
			if r := g.member(linked[by], by); r != nil && slices.Contains(olds, r) {
				pool = append(pool, r)
			}
		}
		links := func(s *tracker.Site) (tracker.Link, bool) {
			pool := slices.Clone(pool)
			for _, id := range identities(s) {
				pool = append(pool, carriers[id]...)
			}
			for k := range printed(s) {
				for _, old := range articles[k] {
					if old != s && !slices.Contains(pool, old) {
						pool = append(pool, old)
					}
				}
			}
			return g.best(s, pool, cx, linked)
		}
		l, ok := links(s)
		// Where who has it now shows no value of the campaign, the label alone may not
		// outweigh what those showed who had it before.
		for i := len(g.former[n]) - 1; i >= 0 && !theirs(&l); i-- {
			t := &g.former[n][i]
			was, of := links(&t.site)
			if of && was.Band.Rank() >= tracker.BandProbable.Rank() && (theirs(&was) || l.Band.Rank() < was.Band.Rank()) {
				l, ok = was, true
				l.Until = t.until
			}
		}
		if ok {
			out[n] = l
		}
	}
	return out
}

// theirs says whether a link that is at least probable rests on something that the
// campaign had: a value, or its articles. A label, servers and company can be had by
// whoever buys a name.
func theirs(l *tracker.Link) bool {
	return l.Band.Rank() >= tracker.BandProbable.Rank() && (link.ByValue(*l) || slices.ContainsFunc(l.Evidence, func(e tracker.Evidence) bool {
		return e.Group == tracker.GroupContent && e.Weight >= articlesTell
	}))
}

// articlesTell is what a group of articles must weigh to tell whose they are: as much
// as two that nobody else has.
var articlesTell = math.Log(60)

// member is the site that a link of n is about: the one that stands there, or the one
// that stood there before the name passed into other hands. A name of the case stands
// for what the campaign ran there.
func (g *graph) member(l tracker.Link, n tracker.Name) *tracker.Site {
	if t := g.tenure(&l, n); t != nil {
		return &t.site
	}
	if g.inCase(n) && len(g.former[n]) > 0 {
		return &g.former[n][0].site
	}
	return g.sites[n]
}

// tenure is the one that a link of n is about; nil where it is about those who have
// the name.
func (g *graph) tenure(l *tracker.Link, n tracker.Name) *tenure {
	if l.Past() {
		for i := range g.former[n] {
			if t := &g.former[n][i]; t.until.Lo.Equal(l.Until.Lo) && t.until.Hi.Equal(l.Until.Hi) {
				return t
			}
		}
	}
	return nil
}

// score weighs one pair, and what it hangs on.
func (g *graph) score(new, old *tracker.Site, cx *link.Context, linked map[tracker.Name]tracker.Link) tracker.Link {
	l := link.Score(new, old, g.rule(new.Name, old.Name), cx)
	if anchor, ok := linked[old.Name]; ok && old.Case == nil {
		l = link.Through(l, anchor)
	}
	return overruled(l, g.rejected)
}

// overruled is a link as people see it: a pair that one of them rejected stands for
// nothing, whatever the evidence.
func overruled(l tracker.Link, rejected map[[2]tracker.Name]string) tracker.Link {
	if why, no := rejected[[2]tracker.Name{l.New, l.Old}]; no {
		return link.Rejected(l, why)
	}
	return l
}

// hangsOn says whether the chain of links from n back to the case passes through s.
func hangsOn(n, s tracker.Name, linked map[tracker.Name]tracker.Link) bool {
	for range len(linked) {
		l, ok := linked[n]
		if !ok {
			return false
		}
		if n = l.Old; n == s {
			return true
		}
	}
	return false
}

// best is the link to the site that s most likely replaces: the surest, and of
// equally sure ones with the same label the one that was taken last before s was
// born, else by score.
func (g *graph) best(s *tracker.Site, pool []*tracker.Site, cx *link.Context, linked map[tracker.Name]tracker.Link) (best tracker.Link, ok bool) {
	slices.SortFunc(pool, func(a, b *tracker.Site) int { return cmp.Compare(a.Name, b.Name) })
	pool = slices.Compact(pool)
	var bestSite *tracker.Site
	// The surest by how near the labels are: another label, a changed one, the same.
	var surest, standsIn [twins + 1]tracker.Link
	var surestSite, standsInSite [twins + 1]*tracker.Site
	for _, old := range pool {
		if old.Name.Registrable() == s.Name.Registrable() || younger(old, s) || hangsOn(old.Name, s.Name, linked) {
			continue
		}
		l := g.score(s, old, cx, linked)
		_, no := g.rejected[[2]tracker.Name{s.Name, old.Name}]
		k := g.nearness(s.Name, old.Name)
		if surestSite[k] == nil || g.better(l, old, surest[k], surestSite[k]) {
			surest[k], surestSite[k] = l, old
		}
		if l.Relation == tracker.RelationReplacement && !no && (standsInSite[k] == nil || g.better(l, old, standsIn[k], standsInSite[k])) {
			standsIn[k], standsInSite[k] = l, old
		}
		if !ok || g.better(l, old, best, bestSite) {
			best, bestSite, ok = l, old, true
		}
	}
	for k := twins; k > 0; k-- {
		namesake, namesakeSite := standsIn[k], standsInSite[k]
		if namesakeSite == nil {
			continue
		}
		var sister tracker.Link
		var sisterSite *tracker.Site
		for i := range min(k+1, twins) {
			if surestSite[i] != nil && (sisterSite == nil || g.better(surest[i], surestSite[i], sister, sisterSite)) {
				sister, sisterSite = surest[i], surestSite[i]
			}
		}
		if sisterSite != nil && sister.Band.Rank() >= tracker.BandPossible.Rank() && sister.Band.Rank() > namesake.Band.Rank() && oneCampaign(sisterSite, namesakeSite) {
			// Known by a sister site, and under this label, as it was or changed: it replaces
			// the one whose label that is.
			return link.Beside(namesake, sister), true
		}
		break
	}
	return best, ok
}

// oneCampaign says whether nothing speaks against two sites being of one campaign:
// a case file may hold several.
func oneCampaign(a, b *tracker.Site) bool {
	return a.Case == nil || b.Case == nil || a.Case.Campaign == "" || b.Case.Campaign == "" || a.Case.Campaign == b.Case.Campaign
}

// younger says whether a was certainly born after b: a site replaces what was
// there before it.
func younger(a, b *tracker.Site) bool {
	x, y := a.RegisteredAt, b.RegisteredAt
	return a.Case == nil && !x.Hi.IsZero() && !y.Hi.IsZero() && x.Lo.After(y.Hi)
}

func (g *graph) better(a tracker.Link, aSite *tracker.Site, b tracker.Link, bSite *tracker.Site) bool {
	sameA, sameB := labelKey(a.New) == labelKey(a.Old), labelKey(b.New) == labelKey(b.Old)
	if sameA != sameB {
		// A namesake that is probable is what people mean by "replaces".
		if sameA {
			return a.Band.Rank() >= min(b.Band.Rank(), tracker.BandProbable.Rank())
		}
		return !g.better(b, bSite, a, aSite)
	}
	if ra, rb := a.Band.Rank(), b.Band.Rank(); ra != rb {
		return ra > rb
	}
	if ra, rb := a.Relation == tracker.RelationReplacement, b.Relation == tracker.RelationReplacement; ra != rb {
		return ra
	}
	if na, nb := g.nearness(a.New, a.Old), g.nearness(b.New, b.Old); na != nb {
		return na > nb // equally sure, and the label says whose place it takes
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
	if labelKey(new) == labelKey(old) {
		return ruleSwap
	}
	k := g.known[new]
	switch k.Rule {
	case "redirect", "certificate", "outbound":
		return k.Rule
	case "", ruleSwap:
		return "identifier"
	}
	if labelKey(k.From) == labelKey(old) {
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

func (g *graph) inCase(n tracker.Name) bool { return g.sites[n] != nil && g.sites[n].Case != nil }

func (g *graph) isOutlet(n tracker.Name) bool {
	_, ok := g.outlets[n]
	return ok
}

// labelKey is the label of a name as labels are compared.
func labelKey(n tracker.Name) string { return link.LabelKey(n.Label()) }

// wasLive says whether a site of its own was ever seen under the name. Who never
// ran a site has none to lose: such a name is nobody's predecessor.
func wasLive(s *tracker.Site) bool {
	return s.Fingerprint != nil && s.Fingerprint.Class == tracker.ClassLive || slices.ContainsFunc(s.History, func(f *tracker.Fingerprint) bool { return f.Class == tracker.ClassLive })
}

// olds are the sites of the campaign: those of the case, and those linked to it
// at least probably that ran a site.
func (g *graph) olds(linked map[tracker.Name]tracker.Link) []*tracker.Site {
	var out []*tracker.Site
	for _, n := range g.names() {
		if g.inCase(n) || linked[n].Band.Rank() >= tracker.BandProbable.Rank() && wasLive(g.member(linked[n], n)) {
			out = append(out, g.member(linked[n], n))
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
			if id.Kind == fingerprint.KindScriptHost { // the server may be a site of the case
				out = append(out, tracker.Identifier{Kind: "site", Value: id.Value})
			}
		}
		for _, v := range f.Slugs {
			out = append(out, tracker.Identifier{Kind: "slug", Value: v})
		}
		for _, v := range f.Titles {
			out = append(out, tracker.Identifier{Kind: "title", Value: v})
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
	for _, d := range [...]*tracker.DNS{s.DNS, s.Before} {
		out = append(out, infrastructure(d)...)
	}
	if r := s.Registration; r != nil {
		for field, v := range r.Registrant {
			out = append(out, tracker.Identifier{Kind: "registrant-" + field, Value: v})
		}
	}
	slices.SortFunc(out, func(a, b tracker.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(out)
}

// infrastructure are the addresses, the whole set of name servers and the proofs of
// ownership by which one look at the naming system can lead to another site.
func infrastructure(d *tracker.DNS) (out []tracker.Identifier) {
	if d == nil {
		return nil
	}
	for _, a := range slices.Concat(d.A, d.AAAA) {
		out = append(out, tracker.Identifier{Kind: "address", Value: a.String()})
	}
	if len(d.NS) > 0 {
		ns := slices.Sorted(slices.Values(d.NS))
		v := ""
		for _, n := range ns {
			v += string(n) + " "
		}
		out = append(out, tracker.Identifier{Kind: "ns", Value: v})
	}
	return append(out, link.Tokens(d)...)
}
