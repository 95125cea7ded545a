package link

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// Bounds of the bands, as log odds. Confirmed asks for two gates more; see
// [Score].
var (
	confirmedAt = math.Log(99)
	probableAt  = math.Log(9)
)

// speaks is the least that a group must add to count as one that speaks for a
// link, and identifies the least that one value must be worth by itself to name
// an operator: a value so common that it is worth less names nobody.
var (
	speaks     = math.Ln2
	identifies = math.Log(10)
)

// groupPrior is the group of the line that begins every list of evidence, and of
// those that may end it: what the evidence lacks, and what it hangs on.
const groupPrior tracker.Group = "PRIOR"

// kindCeiling is the kind of the line that takes away what a link may not reach.
const kindCeiling = "ceiling"

// Score weighs "new replaces old". rule is how new was found (same-label,
// redirect, certificate, outbound, identifier, feed, ...), because the prior
// already used it.
//
// Bands: possible from log odds 0, probable from ln 9, confirmed from ln 99. A link
// reaches confirmed only if at least two independent groups speak for it, one of
// which is not NAME and holds a value that identifies an operator, and if not all
// of it stands in pages, which can be copied. Circumstances (registrar, day, theme,
// name servers of a provider) add to the score and open no gate. A name that was
// there before old was taken away is a pre-existing twin, whatever its score;
// without a value that identifies an operator it never rises above possible, nor
// does a name whose page nobody has seen and for which nothing but the name speaks.
// What a gate takes away is a line of its own: the band follows from the score. A
// genuine outlet's own name is never a match.
//
// Evidence begins with the prior and then holds every reason that counted,
// heaviest first, each with what it added: the weights of all lines add up to
// Score. Ignored holds what was looked at and not counted, with the reason. What
// is missing on either side is no reason. cx may be nil. It never fails.
func Score(new, old *tracker.Site, rule string, cx *Context) tracker.Link {
	return score(new, old, rule, cx, "")
}

// score is Score without one group of evidence, to measure what each is good for.
func score(new, old *tracker.Site, rule string, cx *Context, without tracker.Group) tracker.Link {
	if cx == nil {
		cx = &Context{}
	}
	p := &pair{new: new, old: old, cx: cx, a: cx.profile(new), b: cx.profile(old)}
	p.sameLabel = p.a.label != "" && LabelKey(p.a.label) == LabelKey(p.b.label)
	p.brand()
	l := tracker.Link{New: new.Name, Old: old.Name, Rule: Rule, At: cx.AsOf, Relation: p.relation(rule)}
	if n, ok := cx.outlet(new.Name, p.a.reg); ok {
		w, why := round(logit(.001)), "a genuine outlet's own name is never a match"
		if cx.Models[n] {
			why = "it stood there long before the campaign, and " + old.Name.Defang() + " showed its pages: what was imitated, not who imitates"
		}
		l.Relation, l.Band, l.Score = "none", tracker.BandUnlikely, w
		l.Evidence = []tracker.Evidence{{Group: groupPrior, Kind: rule, Value: string(n), Weight: w, Why: why}}
		return l
	}

	prior, why := p.prior(rule, l.Relation)
	p.name(rule, l.Relation)
	p.registration()
	p.hosting()
	p.certificate()
	p.design() // whether the look can be had is asked of icons and logos, too
	p.identifiers()
	p.loads()
	p.content()
	p.redirects(l.Relation)
	p.oneMachine()
	p.against()
	if without != "" {
		p.reasons = slices.DeleteFunc(p.reasons, func(r reason) bool { return r.Group == without })
	}

	groups := p.settle(l.Relation)
	l.Score = round(prior)
	l.Evidence = []tracker.Evidence{{Group: groupPrior, Kind: rule, Value: l.Relation, Weight: l.Score, Why: why}}
	for _, r := range p.reasons {
		l.Score += r.Weight
	}
	l.Score = round(l.Score)
	l.Evidence = append(l.Evidence, p.lines()...)
	if most, why := p.ceiling(groups, l.Relation, rule); l.Score > most {
		l.Evidence = append(l.Evidence, tracker.Evidence{Group: groupPrior, Kind: kindCeiling, Weight: round(most - l.Score), Why: why})
		l.Score = most
	}
	l.Ignored = p.passedOver()
	l.Band = byScore(l.Score)
	return l
}

// outlet says whether n, whose registrable domain is reg, is a genuine outlet's.
func (cx *Context) outlet(n, reg tracker.Name) (tracker.Name, bool) {
	for _, c := range [...]tracker.Name{n, reg} {
		if _, ok := cx.Outlets[c]; ok || cx.OutletNames[c] {
			return c, true
		}
	}
	return "", false
}

// A pair collects the reasons about one pair of sites.
type pair struct {
	new, old *tracker.Site
	cx       *Context
	a, b     *profile // of new and old
	// sameLabel: the two differ in their suffix alone, or by a hyphen
	sameLabel bool
	copies    copying
	outlet    tracker.Name // that old imitates, where known
	apart     bool         // both were seen with all that they have, and share nothing of it
	owners    bool         // both have run with accounts of their own, and share neither these nor a look
	differ    bool         // both have shown texts of their own, and neither article, look nor account of one is the other's
	fresh     bool         // each shows an article that the outlet which old imitates showed in our nights
	own       int          // articles of both that neither it nor any stranger shows
	worded    bool         // nearly the same text, which is not the outlet's
	common    bool         // what they share of articles and looks strangers have as well
	theme     naming
	sold      bool   // what they look like can be had: strangers wear it, or it is of a theme that they may have
	mates     int    // names of the campaign that were booked on the day and at the registrar of new
	also      string // how a shared value of old is put, once it is needed
	reasons   []reason
	ignored   []tracker.Evidence
}

// copying says how far likeness of the two may come from their model: both
// imitate one outlet.
type copying int

const (
	original    copying = iota // old is its operators' own brand
	copyKnown                  // old imitates an outlet whose pages we have
	copyUnknown                // old imitates an outlet that nobody captured
)

// A reason is one piece of evidence: Weight is what it adds after damping and
// caps, alone what it would be worth by itself.
type reason struct {
	tracker.Evidence
	role  role
	alone float64
}

// brand finds out whether old is an imitation and of what. A row of the case
// says so; a site that was found under an outlet's own label is one as well.
func (p *pair) brand() {
	c, b := p.old.Case, p.cx.outlets()
	if c != nil && c.Kind == tracker.KindOwnBrand {
		return
	}
	switch byLabel, ok := b.labels[p.b.label]; {
	case c != nil && c.Impersonates != "":
		p.outlet = c.Impersonates
	case ok:
		p.outlet = byLabel
	case c == nil || c.Kind != tracker.KindBrandSpoof:
		return
	}
	p.copies = copyUnknown
	if b.captured[p.outlet] {
		p.copies = copyKnown
	}
}

// add adds a reason of a kind of the table.
func (p *pair) add(name, value string, w float64, format string, args ...any) {
	k := kinds[name]
	p.addAs(k.role, name, value, w, format, args...)
}

func (p *pair) addAs(r role, name, value string, w float64, format string, args ...any) {
	if w == 0 {
		return
	}
	p.reasons = append(p.reasons, reason{tracker.Evidence{Group: kinds[name].group, Kind: name, Value: value, Why: fmt.Sprintf(format, args...)}, r, w})
}

// value adds a match on a value by its rarity: how many strangers carry it. It says
// whether the value counted.
func (p *pair) value(r role, name, v string, k kind) bool {
	if c, yes := seeded(name, v); yes {
		p.ignore(name, v, "common: %s (%s; looked up %s)", c.why, c.source, c.seen.Format("2006-01-02"))
		return false
	}
	if c, yes := placeholder(name, v); yes {
		p.ignore(name, v, "nobody's: %s (%s; looked up %s)", c.why, c.source, c.seen.Format("2006-01-02"))
		return false
	}
	t := p.tally(name, v)
	w := weight(k, t.n, t.of)
	if w == 0 {
		p.ignore(name, v, "carried by %d of %d unrelated sites: too common to say anything", t.n, t.of)
		return false
	}
	why := fmt.Sprintf("%s; %d of %d unrelated sites carry it", p.alsoOn(), t.n, t.of)
	if t.left > 0 {
		why += fmt.Sprintf(", not counting %d more to which the campaign's labels or pages led", t.left)
	}
	p.addAs(r, name, v, w, "%s", why)
	return true
}

func (p *pair) alsoOn() string {
	if p.also == "" {
		p.also = "also on " + p.old.Name.Defang() + p.seizedWord()
	}
	return p.also
}

func (p *pair) ignore(name, value, format string, args ...any) {
	g := kinds[name].group
	if g == "" {
		g = tracker.GroupTracking
	}
	p.ignored = append(p.ignored, tracker.Evidence{Group: g, Kind: name, Value: value, Why: fmt.Sprintf(format, args...)})
}

func (p *pair) seizedWord() string {
	if c := p.old.Case; c != nil && c.Role == tracker.RoleSeized {
		return " (" + c.Confirmation.Phrase() + ")"
	}
	return ""
}

// byWeight orders reasons by what each is worth alone, ties by group, kind and
// value, so that the same facts always give the same lines.
func byWeight(a, b reason) int {
	return cmp.Or(cmp.Compare(math.Abs(b.alone), math.Abs(a.alone)), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}

// copyCap is the most that looks and content of two imitations of an outlet that
// nobody captured may add: they resemble each other because both resemble it.
var copyCap = math.Log(3)

// copiedArticles caps CONTENT of two imitations of a captured outlet: an article
// that the outlet has taken from its front page since looks like one of their own.
// Where each shows an article of the outlet's from our own nights as well, it was copied
// in these, and two that it did not show are likelier planted; so are two in the same
// text, where that is not the outlet's; forged caps it then. Three
// that it never showed are no accident of the nights, and nothing but maxWeight caps
// those: who copies the outlet himself finds what is on it now.
var copiedArticles, forged, oneForged = math.Log(10), math.Log(300), math.Log(30)

// settle shares out each group's weight among its reasons: the heaviest whole,
// the others damped, until the group's cap is reached. Reasons for and against
// are settled apart, so that one against is not lost behind one for.
func (p *pair) settle(relation string) map[tracker.Group]*settled {
	slices.SortFunc(p.reasons, byWeight)
	p.reasons = slices.CompactFunc(p.reasons, func(a, b reason) bool { return a.Group == b.Group && a.Kind == b.Kind && a.Value == b.Value })
	groups := map[tracker.Group]*settled{}
	foreign, bought := p.foreignAccounts(), p.sameTheme()
	// Where the author's account came along, so did his icon; and who stood there before
	// bought the theme as well is the likelier story.
	furnished := bought && (relation == tracker.RelationTwin || slices.ContainsFunc(p.reasons, func(r reason) bool { return vendors[r.Kind] && r.alone > 0 }))
	var looks float64
	for i := range p.reasons {
		r := &p.reasons[i]
		g := groups[r.Group]
		if g == nil {
			g = &settled{}
			groups[r.Group] = g
		}
		likeness := r.Group == tracker.GroupDesign || r.Group == tracker.GroupContent
		if likeness && p.copies != original && r.role > support {
			r.role = support
		}
		if likeness && p.copies == copyUnknown {
			r.role = min(r.role, circumstance)
		}
		if bought && vendors[r.Kind] || furnished && (kinds[r.Kind].fact == "icon" || kinds[r.Kind].fact == "logo") {
			r.role = min(r.role, support)
		}
		if foreign && inPages[r.Group] {
			r.role = min(r.role, support)
		}
		if r.alone < 0 {
			r.Weight = round(damp(r.alone, g.against, -maxWeight))
			g.against += r.Weight
			continue
		}
		most := maxWeight
		if p.copies == copyKnown && r.Group == tracker.GroupContent {
			most = copiedArticles
			switch {
			case p.own >= plantedAt:
				most = maxWeight
			case p.own == 2 && (p.fresh || p.worded):
				most = forged
			case p.own == 1 && p.fresh:
				most = oneForged
			}
		}
		r.Weight = damp(r.alone, g.pro, most)
		if likeness && p.copies == copyUnknown {
			r.Weight = min(r.Weight, copyCap-looks)
			looks += r.Weight
		}
		r.Weight = round(r.Weight)
		g.pro += r.Weight
		if r.role >= support {
			g.speaking += damp(r.alone, g.speaking, most)
		}
		g.identified = g.identified || r.role == identity && r.alone >= identifies
	}
	return groups
}

// vendors are the kinds of accounts that authors of themes leave in what they sell.
var vendors = map[string]bool{"gtm": true, "ga4": true, "ga-ua": true, "google-tag": true}

// sameTheme says whether both wear a theme that has a name: it may have been bought,
// and what its author left in it came along.
func (p *pair) sameTheme() bool { return len(shared(p.a.themes, p.b.themes, strings.Compare)) > 0 }

// foreignAccounts says whether new runs with tracking accounts of its own and
// shares none with old: then likeness of pages may be that of an archive which
// somebody scraped to fill a name that he booked.
func (p *pair) foreignAccounts() bool {
	return !slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Group == tracker.GroupTracking && r.alone > 0 }) && p.ownAccounts(p.a)
}

// settled is one group after [pair.settle].
type settled struct {
	pro, against float64
	speaking     float64 // what the reasons that are more than circumstance add up to by themselves
	identified   bool
}

// damp is what a reason worth w adds to a group that has so far: the first all of
// it, the next a share, and nothing past the group's cap.
func damp(w, so, most float64) float64 {
	if so != 0 {
		w *= damping
	}
	if most > 0 {
		return max(0, min(w, most-so))
	}
	return min(0, max(w, most-so))
}

// lines are the reasons for people, heaviest addition first. Further reasons of
// a kind are one line together, so that nothing is lost from the sum.
func (p *pair) lines() []tracker.Evidence {
	written := map[string]int{}
	rest, more := map[string]*tracker.Evidence{}, map[string]int{}
	var out []tracker.Evidence
	for _, r := range p.reasons {
		e := r.Evidence
		if math.Abs(e.Weight) < math.Abs(r.alone)-.001 {
			switch {
			case e.Weight == 0:
				e.Why += fmt.Sprintf(" (%+.1f by itself; its group already counts as much as it may)", r.alone)
			default:
				e.Why += fmt.Sprintf(" (%+.1f by itself; counted less beside the rest of its group)", r.alone)
			}
		}
		if written[e.Kind]++; written[e.Kind] <= linesOfKind && (e.Weight != 0 || written[e.Kind] == 1) {
			out = append(out, e)
			continue
		}
		if rest[e.Kind] == nil {
			rest[e.Kind] = &tracker.Evidence{Group: e.Group, Kind: e.Kind}
		}
		rest[e.Kind].Weight += e.Weight
		more[e.Kind]++
	}
	for k, e := range rest {
		e.Weight = round(e.Weight)
		e.Value = fmt.Sprintf("%d more", more[k])
		e.Why = "further matches of this kind, counted together"
		out = append(out, *e)
	}
	slices.SortStableFunc(out, func(a, b tracker.Evidence) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return out
}

// passedOver are the ignored lines, by group, kind and value; more of one kind
// for one reason are one line.
func (p *pair) passedOver() []tracker.Evidence {
	slices.SortFunc(p.ignored, func(a, b tracker.Evidence) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Value, b.Value))
	})
	p.ignored = slices.Compact(p.ignored)
	var out []tracker.Evidence
	same := 0
	for i, e := range p.ignored {
		if i > 0 && e.Kind == p.ignored[i-1].Kind && e.Why == p.ignored[i-1].Why {
			same++
		} else {
			same = 0
		}
		switch {
		case same < linesOfKind:
			out = append(out, e)
		case same == linesOfKind:
			out = append(out, tracker.Evidence{Group: e.Group, Kind: e.Kind, Value: "1 more", Why: e.Why})
		default:
			out[len(out)-1].Value = fmt.Sprintf("%d more", same-linesOfKind+1)
		}
	}
	return out
}

// others writes a number of things: "1 other name", "no other name".
func others(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
