package link

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

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
	led                map[tracker.Name]bool
}

// others is Count without what new and old carry themselves.
func (p *pair) others(kind, value string) int {
	b := p.cx.Background
	n := b.Count(kind, value)
	if n == 0 {
		return 0
	}
	id := tracker.Identifier{Kind: kind, Value: value}
	for _, s := range [...]tracker.Name{p.new.Name, p.old.Name} {
		if b.values[s][id] {
			n--
		}
	}
	if worn := kinds[kind].group == tracker.GroupDesign && kind != "theme" || kind == "class"; worn {
		for s := range b.led {
			if s != p.new.Name && s != p.old.Name && b.values[s][id] {
				n--
			}
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

func (b *Background) sites() int {
	if b == nil {
		return 0
	}
	return b.Sites
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
// that is seen on the like alone is no theme that is sold. What has a name, and can be
// looked up in a shop, is counted all the same.
func (b *Background) AddLed(s *tracker.Site) {
	b.AddSite(s)
	if b.led == nil {
		b.led = map[tracker.Name]bool{}
	}
	b.led[s.Name] = true
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

// wearing is how many strangers, other than those named, wear nearly the style
// classes of look; named: the look is of a theme that has a name.
func (b *Background) wearing(look []uint64, named bool, not ...tracker.Name) (n int) {
	if b == nil {
		return 0
	}
	if !named {
		for s := range b.led {
			not = append(not, s)
		}
	}
	for i, x := range b.looks {
		if jaccard(x, look) >= sameLook && !itself(b.ownLooks, i, not) {
			n++
		}
	}
	return n
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
