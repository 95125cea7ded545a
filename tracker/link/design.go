package link

import (
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// design compares how the pages are built. Whoever buys a theme shares all of it
// with every other buyer: it adds to the score and names nobody.
func (p *pair) design() {
	b := p.cx.outlets()
	p.theme = p.themeOf()
	p.looks(b)
	brand, shown, best := tracker.Name(""), false, -1
	for _, x := range p.a.doms {
		d, _, _ := nearest([]uint64{x}, p.b.doms)
		if d < 0 || d > nearDOM {
			continue
		}
		if n, yes := near(b.doms, x, nearDOM); yes {
			brand, shown = smallest(brand, n, shown), true
		} else if best < 0 || d < best {
			best = d
		}
	}
	allowed := nearDOM
	if min(p.a.tags, p.b.tags) < manyTags {
		allowed = 0 // small pages are alike by accident
	}
	switch {
	case best > allowed:
		p.ignore("dom", "", "a like layout, %d of 64 simhash bits of the tags differ, of pages with few tags", best)
	case best >= 0:
		p.add("dom", "", math.Log(kinds["dom"].lr), "the same layout: %d of 64 simhash bits of the tags differ", best)
	case shown:
		p.ignore("dom", "", "ignored: the same layout on the genuine %s", brand.Defang())
	}
	p.sheets(best >= 0)
	for _, t := range shared(p.a.themes, p.b.themes, strings.Compare) {
		if n, yes := b.has("theme", t); yes {
			p.ignore("theme", t, "ignored: the same on the genuine %s", n.Defang())
			continue
		}
		k := kinds["theme"]
		k.lr /= float64(1 + p.others("theme", t))
		p.value(circumstance, "theme", t, k)
	}
}

// looks adds the largest set of style classes that both wear, of those that are
// neither an outlet's nor many strangers'.
func (p *pair) looks(b *brands) {
	lr := kinds["css"].lr
	switch p.theme {
	case known, unknown:
		lr = namedLook
	case listed:
		lr = kinds["theme"].lr
	}
	var most, alike float64
	var size, worn, common, sites int
	var brand tracker.Name
	branded := false
	for _, look := range p.a.looks {
		j := 0.0
		for _, other := range p.b.looks {
			j = max(j, jaccard(look, other))
		}
		if j < sameLook {
			continue
		}
		if i := slices.IndexFunc(b.looks, func(o brandLook) bool { return jaccard(look, o.classes) >= sameLook }); i >= 0 {
			brand, branded = smallest(brand, b.looks[i].name, branded), true
			continue
		}
		t := p.wearing(look)
		sites = t.of
		w := sold(lr, t.n) * min(1, float64(len(look))/fullLook)
		if w == 0 {
			common = max(common, t.n)
		}
		if w > most || w == most && w > 0 && (len(look) > size || len(look) == size && (j > alike || j == alike && t.n > worn)) {
			most, alike, size, worn = w, j, len(look), t.n
		}
	}
	if branded {
		p.ignore("css", "", "ignored: the same style classes on the genuine %s", brand.Defang())
	}
	if common > 0 {
		p.ignore("css", "", "%d of %d unrelated sites wear these style classes: a theme that is sold", common, sites)
	}
	if most == 0 && !branded && common == 0 {
		p.vocabulary(b)
	}
	p.sold = worn > 0 || common > 0 || p.theme >= known
	if most > 0 {
		p.add("css", "", most, "%d style classes, %.0f %% shared; themes are sold to many; %d of %d unrelated sites wear them", size, alike*100, worn, sites)
	}
}

// sheets counts style sheets of the sites' own that are the same to the byte. Where the
// pages are not laid out alike, small ones included, they use different parts of it: a
// studio's, which has other customers; where they have no classes in common either, a
// library's or a host's.
func (p *pair) sheets(layout bool) {
	k := kinds["stylesheet"]
	classes := slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Kind == "css" && r.alone > 0 })
	// Pages by hand, whose sheet dresses the elements themselves; so do some libraries.
	classless := len(p.a.classes)+len(p.b.classes) == 0
	switch {
	case p.sold:
		k.lr, k.role = soldSheet, circumstance
	case p.theme == unknown && layout, classless && layout:
		k.lr = unknownSheet
	case !layout:
		k.lr, k.role = kinds["css"].lr, circumstance
	}
	for _, id := range shared(p.a.ids, p.b.ids, compareIDs) {
		switch {
		case id.Kind != "stylesheet":
		case !classes && !(classless && layout):
			p.ignore(id.Kind, id.Value, "the pages have no style classes in common that count, so they make nothing alike of it: a library's, a host's or a theme's")
		default:
			p.identifier(id, k)
		}
	}
}

// soldSheet is the ratio of a style sheet that comes with a look that can be had, and
// unknownSheet of one that dresses pages without classes, and of one under a theme that has a name which neither the shipped table nor
// any stranger knows: their own, as child themes are, or one that few buy.
const soldSheet, unknownSheet = 3, 20

// A naming says what is known of the theme of a pair.
type naming int

const (
	unnamed naming = iota // the pages name none
	unknown               // one that no stranger wears and the shipped table has not
	known                 // one that strangers wear, or not the same on both
	listed                // one that everybody can have
)

func (p *pair) themeOf() naming {
	if len(p.a.themes)+len(p.b.themes) == 0 {
		return unnamed
	}
	of := unknown
	for _, t := range slices.Concat(p.a.themes, p.b.themes) {
		switch {
		case !unlisted("theme", t):
			return listed
		case !slices.Contains(p.a.themes, t), !slices.Contains(p.b.themes, t), p.others("theme", t) > 0:
			of = known
		}
	}
	return of
}

// vocabulary compares the names of style classes where no whole look is the same, as
// when one page shows a list and the other an article: names that a designer thought
// up, that no outlet, no stranger and no widespread framework uses.
func (p *pair) vocabulary(b *brands) {
	if inBoth(p.a.hashed, p.b.hashed) < fewNames {
		return
	}
	var rare []string
	for _, c := range shared(p.a.classes, p.b.classes, strings.Compare) {
		if len(c) >= 4 && !generic(c) && !b.classes[c] && p.others("class", c) == 0 {
			rare = append(rare, c)
		}
	}
	if n := min(len(p.a.classes), len(p.b.classes)); len(rare) < fewNames || 2*len(rare) < n {
		return
	}
	p.add("css", rare[0], math.Log(namedLook)*min(1, float64(len(rare))/fullLook), "%d names of style classes (%s, ...) that neither an outlet nor any stranger uses", len(rare), rare[0])
}

// fewNames is the least number of rare class names that is no accident.
const fewNames = 6

// generic says whether a class name is of a framework or a word that everybody uses:
// Bootstrap, WordPress core, Font Awesome and plain English parts of a page.
func generic(c string) bool {
	c = strings.ToLower(c)
	for _, prefix := range [...]string{"wp-", "col-", "fa-", "menu-item", "widget", "post-", "page-", "entry-", "btn", "nav"} {
		if strings.HasPrefix(c, prefix) {
			return true
		}
	}
	_, known := slices.BinarySearch(plainClasses, c)
	return known
}

var plainClasses = []string{"active", "alignleft", "alignright", "article", "articles", "author", "blog", "body", "caption", "card", "clearfix", "comment", "comments", "container", "content", "date",
	"excerpt", "featured", "footer", "grid", "header", "hentry", "hero", "home", "image", "info", "inner", "item", "left", "link", "links", "list", "logo", "main", "masthead", "menu", "meta", "more",
	"news", "overlay", "page", "pagination", "post", "posts", "primary", "right", "row", "search", "secondary", "section", "sidebar", "site", "social", "story", "tags", "text", "thumbnail", "title", "wrap", "wrapper"}

// fullLook is how many style classes make a look that counts whole; namedLook is
// the ratio of a look under a theme that has a name, which can be bought.
const (
	fullLook  = 16
	namedLook = 12
)

// sold is ln LR of a likeness of design that n strangers show too: a home-made
// design is on none of them, so each makes it likelier that it can be bought.
func sold(lr float64, n int) float64 {
	if lr /= float64(1 + 2*n); lr < 2 {
		return 0
	}
	return math.Log(lr)
}
