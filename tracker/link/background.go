package link

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A Background counts how many unrelated sites carry a value. It grows with every
// crawl; the zero Background has counted nobody and stands for seedSites silent
// sites. Not safe for adding beside reading.
type Background struct {
	Sites      int                        // sites counted
	Registered int                        // of these, whose registrar is known
	Values     map[tracker.Identifier]int // by kind and value; Where is empty in keys

	texts []uint64   // simhashes of strangers' texts
	looks [][]uint64 // hashed style classes of strangers
	press []press    // strangers' articles

	// What AddSite counted of each name. A site that nothing links yet is among the
	// strangers itself, and may not be counted against its own values.
	values             map[tracker.Name]map[tracker.Identifier]bool
	ownTexts, ownLooks map[tracker.Name]int // index in texts and looks
	// What AddLed counted, and of this what came after the first seizure.
	led, returned map[tracker.Name]bool
}

// A tally is on how many unrelated sites, of how many, a value was seen, and on how
// many that the campaign led to and that are left out of both.
type tally struct{ n, of, left int }

// tally counts without what new and old carry themselves, and without names to which
// the campaign's labels or pages led where these would make common what is its own:
// its design, and the account of a network that its sites run with.
//
// Of designs all of these are left out. A theme with a name that no table has, such as a
// child theme of their own, and such an account name nobody by themselves and may
// be on honest sites, and whoever books a label of the campaign is one of its network's
// customers as easily as anybody: so they are left out alone on what came after the first
// seizure, and count on all as soon as one true stranger has them, or more than
// sites that are known for the campaign's. What identifies links a site by itself and
// needs no such help; what a page quotes (contacts, articles), those who write about
// the campaign under its labels quote too; and machines, registrars and registrants
// are those of all who book labels after a seizure. Those count always.
func (p *pair) tally(kind, value string) tally {
	b, id := p.cx.Background, tracker.Identifier{Kind: kind, Value: value}
	if b == nil {
		return tally{}
	}
	t := tally{n: b.Count(kind, value), of: p.strangers()}
	if t.n > 0 {
		for _, s := range [...]tracker.Name{p.new.Name, p.old.Name} {
			if b.values[s][id] {
				t.n--
			}
		}
	}
	var out map[tracker.Name]bool
	switch {
	case kinds[kind].group == tracker.GroupDesign && kind != "theme" || kind == "class", kinds[kind].group == tracker.GroupContent && p.copies == copyKnown:
		out = b.led
	case t.n > 0 && (networks(kind) || unlisted(kind, value)) && p.carriers(b.returned, id) == t.n && t.n <= p.bearers(id):
		out = b.returned
	default:
		return t
	}
	t.left = p.carriers(out, id)
	return tally{t.n - t.left, t.of - p.among(out), t.left}
}

// networks says whether a kind is one that several sites of one owner run with, and
// that names nobody by itself: an account at a network for all its publishers, or a
// host over which visitors are sent.
func networks(name string) bool {
	k := kinds[name]
	return k.group == tracker.GroupTracking && k.role == support && !k.bySite || name == "redirect-host"
}

// unlisted says whether a value names a theme that the shipped table does not have.
func unlisted(kind, theme string) bool {
	_, yes := seeded(kind, theme)
	return kind == "theme" && !yes
}

// bearers is how many sites of the campaign, new not counted, have carried id.
func (p *pair) bearers(id tracker.Identifier) (n int) {
	for _, s := range p.cx.Fellows {
		if s.Name == p.new.Name {
			continue
		}
		f := p.cx.profile(s)
		_, yes := slices.BinarySearchFunc(f.ids, id, compareIDs)
		switch id.Kind {
		case "redirect-host":
			_, yes = slices.BinarySearch(f.redirects, tracker.Name(id.Value))
		case "theme":
			yes = slices.Contains(f.themes, id.Value)
		}
		if yes {
			n++
		}
	}
	return n
}

// others is how many unrelated sites carry a value.
func (p *pair) others(kind, value string) int { return p.tally(kind, value).n }

// strangers is how many sites were counted, without new and old themselves.
func (p *pair) strangers() int {
	b := p.cx.Background
	if b == nil {
		return 0
	}
	n := b.Sites
	for _, s := range [...]tracker.Name{p.new.Name, p.old.Name} {
		if b.values[s] != nil {
			n--
		}
	}
	return n
}

// among is how many of a set are neither new nor old, and carriers how many of these
// carry a value.
func (p *pair) among(set map[tracker.Name]bool) int {
	n := len(set)
	for _, s := range [...]tracker.Name{p.new.Name, p.old.Name} {
		if set[s] {
			n--
		}
	}
	return n
}

func (p *pair) carriers(set map[tracker.Name]bool, id tracker.Identifier) (n int) {
	b := p.cx.Background
	if b.Count(id.Kind, id.Value) == 0 {
		return 0
	}
	for s := range set {
		if s != p.new.Name && s != p.old.Name && b.values[s][id] {
			n++
		}
	}
	return n
}

// itself says whether place i of a list belongs to one of the two names.
func itself(own map[tracker.Name]int, i int, names []tracker.Name) bool {
	for _, n := range names {
		if at, ok := own[n]; ok && at == i {
			return true
		}
	}
	return false
}

// Count is on how many background sites the value was seen; 0 for a nil
// Background.
func (b *Background) Count(kind, value string) int {
	if b == nil {
		return 0
	}
	return b.Values[tracker.Identifier{Kind: kind, Value: value}]
}

// Add counts what one unrelated site carries on its pages.
func (b *Background) Add(fp *tracker.Fingerprint) { b.add(fp) }

func (b *Background) add(fp *tracker.Fingerprint) map[tracker.Identifier]bool {
	b.Sites++
	seen := b.count(func(add func(kind, value string)) {
		for _, id := range fp.IDs {
			add(id.Kind, id.Value)
		}
		for _, s := range fp.Slugs {
			add("slug", s)
		}
		for _, s := range fp.Titles {
			add("title", s)
		}
		for _, n := range fp.Redirects {
			add("redirect-host", string(n))
		}
		for _, t := range themesOf(fp.Template) {
			add("theme", t)
		}
		for _, c := range fp.CSS {
			add("class", c)
		}
		add("site-name", fp.SiteName)
	})
	if fp.TextWords >= minWords {
		b.texts = append(b.texts, fp.Text)
	}
	if len(fp.Stories) > 0 {
		b.press = append(b.press, press{stories: fp.Stories})
	}
	if len(fp.CSS) >= minClasses {
		b.looks = append(b.looks, hashes(fp.CSS))
	}
	return seen
}

// AddSite counts what one unrelated site carries on its pages and, beyond Add,
// its addresses, name servers and registrant.
func (b *Background) AddSite(s *tracker.Site) {
	texts, looks, printed := len(b.texts), len(b.looks), len(b.press)
	carries := map[tracker.Identifier]bool{}
	if s.Fingerprint != nil {
		carries = b.add(s.Fingerprint)
	} else {
		b.Sites++
	}
	if b.values == nil {
		b.values, b.ownTexts, b.ownLooks = map[tracker.Name]map[tracker.Identifier]bool{}, map[tracker.Name]int{}, map[tracker.Name]int{}
	}
	if len(b.texts) > texts {
		b.ownTexts[s.Name] = texts
	}
	if len(b.looks) > looks {
		b.ownLooks[s.Name] = looks
	}
	if len(b.press) > printed {
		b.press[printed].name = s.Name
	}
	b.values[s.Name] = carries
	beside := b.count(func(add func(kind, value string)) {
		if d := s.DNS; d != nil {
			for _, a := range slices.Concat(d.A, d.AAAA) {
				add("address", a.String())
			}
			for _, n := range d.NS {
				add("ns", string(n))
			}
			if d.SOA != nil {
				add("soa-contact", string(d.SOA.RName))
			}
		}
		if r := s.Registration; r != nil {
			if r.Registrar != "" {
				b.Registered++
				add("registrar", strings.ToLower(r.Registrar))
			}
			for field, v := range r.Registrant {
				add("registrant-"+field, v)
			}
		}
	})
	maps.Copy(carries, beside)
}

// AddLed is AddSite for a site that came after the campaign began and to which its own
// labels or pages led. It may be the campaign's and not be known for it yet: a design
// that is seen on the like alone is no theme that is sold. What has a name that the
// shipped table knows is counted all the same.
//
// seized is the first day on which a name of the campaign was taken, zero where that is
// not known: an account of a network makes nothing common on what came after it, unless
// an organisation is named in the registration: who books a name in the open counts.
func (b *Background) AddLed(s *tracker.Site, seized time.Time) {
	b.AddSite(s)
	if b.led == nil {
		b.led, b.returned = map[tracker.Name]bool{}, map[tracker.Name]bool{}
	}
	b.led[s.Name] = true
	if open := s.Registration != nil && s.Registration.Registrant["org"] != ""; !seized.IsZero() && s.RegisteredAt.Lo.After(seized) && !open {
		b.returned[s.Name] = true
	}
}

// count adds each value of one site once, and says which they were.
func (b *Background) count(values func(add func(kind, value string))) map[tracker.Identifier]bool {
	if b.Values == nil {
		b.Values = map[tracker.Identifier]int{}
	}
	seen := map[tracker.Identifier]bool{}
	values(func(kind, value string) {
		k := tracker.Identifier{Kind: kind, Value: value}
		if value != "" && !seen[k] {
			seen[k] = true
			b.Values[k]++
		}
	})
	return seen
}

// texting is how many strangers, other than those named, show nearly the text t.
func (b *Background) texting(t uint64, not ...tracker.Name) (n int) {
	if b == nil {
		return 0
	}
	for i, x := range b.texts {
		if bits.OnesCount64(x^t) <= nearText && !itself(b.ownTexts, i, not) {
			n++
		}
	}
	return n
}

// wearing is how many strangers wear nearly the style classes of look. A theme that can
// be had may be on whatever the campaign led to.
func (p *pair) wearing(look []uint64) tally {
	b := p.cx.Background
	if b == nil {
		return tally{}
	}
	t, not := tally{of: p.strangers()}, []tracker.Name{p.new.Name, p.old.Name}
	var out map[tracker.Name]bool
	switch {
	case p.theme == unnamed:
		out = b.led
	case p.theme == unknown:
		out = b.returned
	}
	t.of -= p.among(out)
	for s := range out {
		not = append(not, s)
	}
	for i, x := range b.looks {
		if jaccard(x, look) >= sameLook && !itself(b.ownLooks, i, not) {
			t.n++
		}
	}
	return t
}

// themesOf are the parts of a template signature that name a theme; generators,
// plugins and site builders are software that anybody may run.
func themesOf(template string) (out []string) {
	for _, part := range strings.Fields(template) {
		prefix, name, ok := strings.Cut(part, ":")
		if ok && (prefix == "wp-theme" || prefix == "joomla" || prefix == "theme") && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
