package link

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"respawn/tracker"
)

// identifiers compares accounts, keys, icons and contacts.
func (p *pair) identifiers() {
	byFact := map[string][]tracker.Identifier{}
	for _, id := range shared(p.a.ids, p.b.ids, compareIDs) {
		k, ok := kinds[id.Kind]
		switch {
		case !ok:
			p.ignore(id.Kind, id.Value, "no weight is known for this kind of value")
		case k.role == nothing:
			p.ignore(id.Kind, id.Value, "%s", k.why)
		case id.Kind == "script-host" && p.theirs(tracker.Name(id.Value)): // see loads
		case id.Kind == "stylesheet": // what it is worth hangs on the look: see design
		case k.fact != "":
			byFact[k.fact] = append(byFact[k.fact], id)
		default:
			p.identifier(id, k)
		}
	}
	for _, fact := range [...]string{"icon", "logo", "key", "matomo"} {
		p.fact(fact, byFact[fact])
	}
}

// loads adds that new loads its scripts from a server of the campaign: from old, or
// from another name that is known by other evidence. Whoever copies a page copies that
// as well, and runs what the campaign serves.
func (p *pair) loads() {
	for _, id := range p.a.ids {
		from := tracker.Name(id.Value)
		if id.Kind != "script-host" || !p.theirs(from) {
			continue
		}
		if n, yes := p.cx.outlets().has(id.Kind, id.Value); yes {
			p.ignore(id.Kind, id.Value, "ignored: the genuine %s loads from there too", n.Defang())
			continue
		}
		p.addAs(identity, id.Kind, id.Value, math.Log(campaignServer), "loads scripts from %s, a name of the campaign", from.Defang())
	}
}

// campaignServer is the ratio of a script that a name of the campaign serves.
const campaignServer = 200

// fact counts the first spelling of a fact that is shared. Where that is the
// outlet's or everybody's, the other spellings are as well, whether or not they
// were seen there: a default icon served by another machine has another ETag.
func (p *pair) fact(fact string, ids []tracker.Identifier) {
	if fact == "icon" || fact == "logo" {
		// A copy that was saved anew has other bytes and looks the same.
		for _, id := range ids {
			if n, yes := p.cx.outlets().has(id.Kind, id.Value); yes {
				for _, id := range ids {
					p.ignore(id.Kind, id.Value, "ignored: the same picture on the genuine %s", n.Defang())
				}
				return
			}
		}
	}
	for _, lead := range facts[fact] {
		first := slices.IndexFunc(ids, func(id tracker.Identifier) bool { return id.Kind == lead })
		if first < 0 {
			continue
		}
		for _, id := range ids {
			if id.Kind == lead {
				p.identifier(id, kinds[id.Kind])
			} else {
				p.ignore(id.Kind, id.Value, "the same fact as %s", lead)
			}
		}
		return
	}
}

// identifier counts one shared value unless it is the outlet's, a provider's or
// everybody's.
func (p *pair) identifier(id tracker.Identifier, k kind) {
	if n, yes := p.cx.outlets().has(id.Kind, id.Value); yes {
		p.ignore(id.Kind, id.Value, "ignored: the same on the genuine %s; a copy carries its victim's identifiers", n.Defang())
		return
	}
	if k.page && k.group != tracker.GroupDesign && k.group != tracker.GroupContent && p.copies == copyUnknown {
		p.ignore(id.Kind, id.Value, "both imitate an outlet that was not captured: it may be the outlet's own")
		return
	}
	if n, theme := p.themes(id); k.page && n > 0 {
		p.ignore(id.Kind, id.Value, "on %s under the same theme %s too: it comes with the theme", others(n, "unrelated site"), theme)
		return
	}
	if k.fact == "key" {
		size := max(p.a.bundle[id], p.b.bundle[id])
		switch {
		case size > maxBundle:
			p.ignore(id.Kind, id.Value, "the key of a certificate of %d domains, a hoster's bundle", size)
			return
		case cdnOf(p.new) != "":
			p.ignore(id.Kind, id.Value, "a key of %s, which serves strangers", cdnOf(p.new))
			return
		}
		provider, yes := p.panelOf(p.new, p.a.sans)
		if !yes {
			provider, yes = p.panelOf(p.old, p.b.sans)
		}
		if yes {
			p.ignore(id.Kind, id.Value, "the key of a certificate of the provider %s", provider.Defang())
			return
		}
		// A key is no more one operator's than the certificate that carries it.
		foreign := max(p.foreign(p.a.beside[id]), p.foreign(p.b.beside[id]))
		switch {
		case foreign < severalForeign:
		case size > ManyDomains:
			p.addAs(circumstance, id.Kind, id.Value, math.Log(5), "%s, but it is the key of a certificate of %d domains, %d of them strangers'", p.alsoOn(), size, foreign)
			return
		default:
			k.role, k.lr = support, 50
		}
	}
	if p.thirdParty(id) {
		k.role, k.lr = support, thirdPartyMail
	}
	n := p.others(id.Kind, id.Value)
	if k.fact == "icon" && p.hosterIcon(id) {
		p.ignore(id.Kind, id.Value, "all %d other sites with this icon stand with the same host as %s: the host's default", n, p.new.Name.Defang())
		return
	}
	if (k.fact == "icon" || k.fact == "logo") && p.sold && n > 0 {
		p.ignore(id.Kind, id.Value, "on %s too, and the look of both is worn by strangers or is of a theme that has a name: it may have come with it", others(n, "unrelated site"))
		return
	}
	p.value(k.role, id.Kind, id.Value, k)
}

// thirdPartyMail is the ratio of a mail address in somebody else's domain.
const thirdPartyMail = 20

// themes is how many strangers carry a value under a theme that both of the pair wear,
// and which: what comes along with a theme is on its buyers' sites alone.
func (p *pair) themes(id tracker.Identifier) (n int, theme string) {
	bg := p.cx.Background
	if bg.Count(id.Kind, id.Value) == 0 {
		return 0, ""
	}
	for _, t := range shared(p.a.themes, p.b.themes, strings.Compare) {
		of := 0
		for name, carries := range bg.values {
			if name != p.new.Name && name != p.old.Name && carries[id] && carries[tracker.Identifier{Kind: "theme", Value: t}] {
				of++
			}
		}
		if of > n {
			n, theme = of, t
		}
	}
	return n, theme
}

// smallest is the name to show where several fit, so that it is always the same.
func smallest(a, b tracker.Name, have bool) tracker.Name {
	if have && a < b {
		return a
	}
	return b
}

func near(list []brandText, h uint64, within int) (tracker.Name, bool) {
	for _, t := range list {
		if bits.OnesCount64(t.hash^h) <= within {
			return t.name, true
		}
	}
	return "", false
}

// content compares articles, text and the name that the site gives itself.
func (p *pair) content() {
	p.publications()
	p.text()
	for _, n := range shared(p.a.names, p.b.names, strings.Compare) {
		switch brand, yes := p.cx.outlets().has("site-name", n); {
		case yes:
			p.ignore("site-name", n, "ignored: the same on the genuine %s", brand.Defang())
		case strings.Contains(letters(n), letters(p.a.label)):
			p.ignore("site-name", n, "says what the name says")
		default:
			p.value(support, "site-name", n, kinds["site-name"])
		}
	}
}

// publications compares what the two have published. An article's slug and its
// title are one article, so the kind that shows more of them counts. One or two
// may have been taken from a third site by both, as papers print what a wire
// sends. Those that no outlet and no stranger carries name whoever writes them if
// they are all that the smaller of the two shows, or three and more than half. An
// article under another name is known only where both pages of it were read, so for
// these it is half of what was read: who prints what a wire sends keeps its title.
func (p *pair) publications() {
	start := len(p.reasons)
	slugs := p.articles("slug", shared(p.a.slugs, p.b.slugs, strings.Compare))
	middle := len(p.reasons)
	titles := p.articles("title", shared(p.a.titles, p.b.titles, strings.Compare))
	p.fresh, p.own = p.showsOutlet(p.a) && p.showsOutlet(p.b), max(slugs, titles)
	bySlug, byTitle := p.reasons[start:middle], p.reasons[middle:]
	n, shown, counted, other := titles, min(len(p.a.titles), len(p.b.titles)), byTitle, bySlug
	if worth(bySlug) > worth(byTitle) {
		n, shown, counted, other = slugs, min(len(p.a.slugs), len(p.b.slugs)), bySlug, byTitle
	}
	counted = slices.Clone(counted)
	for _, r := range other {
		p.ignore(r.Kind, r.Value, "the same articles, counted once")
	}
	p.reasons = p.reasons[:start]
	p.reasons = append(p.reasons, counted...)
	retitled := p.stories()
	n += retitled
	read := min(len(p.a.stories), len(p.b.stories))
	if n >= 2 && n == shown || n >= 3 && 2*n > shown || retitled >= 3 && 2*retitled > read {
		for i := range p.reasons[start:] {
			p.reasons[start+i].role = identity
		}
	}
	if p.copies == copyKnown && p.own >= plantedAt {
		p.add("planted", "", math.Log(kinds["planted"].lr), "%d articles of both that neither the genuine %s nor a stranger was ever seen to show", p.own, p.outlet.Defang())
	}
}

// plantedAt is how many articles two copies of an outlet must share that it never showed.
const plantedAt = 3

func worth(rs []reason) (sum float64) {
	for _, r := range rs {
		sum += r.alone
	}
	return sum
}

// showsOutlet says whether a site has shown an article that the outlet which old imitates
// showed in our own nights. Its name at the head of a page is none.
func (p *pair) showsOutlet(x *profile) bool {
	b := p.cx.outlets()
	shows := func(kind string) func(string) bool {
		return func(s string) bool {
			n, yes := b.has(kind, s)
			return yes && n == p.outlet && !strings.Contains(letters(s), letters(n.Label()))
		}
	}
	return slices.ContainsFunc(x.slugs, shows("slug")) || slices.ContainsFunc(x.titles, shows("title"))
}

// articles adds shared slugs or titles that neither an outlet nor the background
// carries, and returns how many counted.
func (p *pair) articles(name string, both []string) (n int) {
	k := kinds[name]
	for _, s := range both {
		words := len(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		if brand, yes := p.cx.outlets().has(name, s); yes {
			p.ignore(name, s, "ignored: the same on the genuine %s", brand.Defang())
			continue
		}
		if len(s) < 12 {
			p.ignore(name, s, "too short to be anybody's own")
			continue
		}
		k.lr = kinds[name].lr
		if words < 4 && len(s) < 24 {
			k.lr = 20
		}
		if p.value(k.role, name, s, k) {
			n++
		}
	}
	return n
}

// sameText is how much of two MinHash sketches must agree.
const sameText = 0.6

// text compares the sketches of the visible text. Two looks are close if few
// bits of their simhash differ, or if most of their MinHash agrees, which stands
// the exchange of a few paragraphs better. What an outlet or many strangers show
// too is passed over.
func (p *pair) text() {
	if p.a.live && !p.b.live {
		p.ignore("text", "", "no page of %s was ever seen, so what it wore could not be compared: name, days and machines alone speak here", p.old.Name.Defang())
	}
	b, bg, k, sites := p.cx.outlets(), p.cx.Background, kinds["text"], p.strangers()
	var most float64
	var how string
	var brand tracker.Name
	branded, common, shown := false, 0, 0
	for i, x := range p.a.texts {
		for j, y := range p.b.texts {
			d, alike := bits.OnesCount64(x^y), 0.0
			if d > nearText {
				if alike = agree(p.a.minhash[i], p.b.minhash[j]); alike < sameText {
					continue
				}
			}
			n, yes := near(b.texts, x, brandNear)
			if !yes {
				n, yes = near(b.texts, y, brandNear)
			}
			if yes {
				brand, branded = smallest(brand, n, branded), true
				continue
			}
			strangers := max(bg.texting(x, p.new.Name, p.old.Name), bg.texting(y, p.new.Name, p.old.Name))
			w := weight(k, strangers, sites)
			if w == 0 {
				common = max(common, strangers)
				continue
			}
			line := fmt.Sprintf("%02d of 64 simhash bits differ", d)
			if d > nearText {
				line = fmt.Sprintf("about %.0f %% of the three-word runs are the same", alike*100)
			}
			if w > most || w == most && (strangers > shown || strangers == shown && line < how) {
				most, how, shown = w, line, strangers
			}
		}
	}
	if branded {
		p.ignore("text", "", "ignored: nearly the same text on the genuine %s", brand.Defang())
		if p.copies == copyKnown {
			p.add("imitation", string(p.outlet), math.Log(kinds["imitation"].lr), "shows the pages of the genuine %s, as %s did; others imitate it too", p.outlet.Defang(), p.old.Name.Defang())
		}
	}
	if common > 0 {
		p.ignore("text", "", "%d of %d unrelated sites show nearly the same text", common, sites)
	}
	if most > 0 && p.copies == copyKnown && !slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Kind == "slug" || r.Kind == "title" || r.Kind == "story" }) {
		p.ignore("text", "", "both imitate the genuine %s and share no article of their own: its text, on another day", p.outlet.Defang())
		return
	}
	if p.worded = most > 0; p.worded {
		p.add("text", "", most, "nearly the same text: %s; %d of %d unrelated sites show it", strings.TrimPrefix(how, "0"), shown, sites)
	}
}

// agree is the share of equal places in two MinHash sketches: an estimate of the
// Jaccard index of the shingles.
func agree(a, b []uint32) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	n := 0
	for i := range a {
		if a[i] == b[i] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

// letters is s without case, blanks and signs.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
