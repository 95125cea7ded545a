package link

import (
	"math/bits"
	"slices"
	"strings"

	"respawn/tracker"
)

// A Background counts how many unrelated sites carry a value. It grows with every
// crawl; the zero Background has counted nobody and stands for seedSites silent
// sites. Not safe for adding beside reading.
type Background struct {
	Sites  int                        // sites counted
	Values map[tracker.Identifier]int // by kind and value; Where is empty in keys

	texts []uint64   // simhashes of strangers' texts
	looks [][]uint64 // hashed style classes of strangers
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
func (b *Background) Add(fp *tracker.Fingerprint) {
	b.Sites++
	b.count(func(add func(kind, value string)) {
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
		add("site-name", fp.SiteName)
	})
	if fp.TextWords >= minWords {
		b.texts = append(b.texts, fp.Text)
	}
	if len(fp.CSS) >= minClasses {
		b.looks = append(b.looks, hashes(fp.CSS))
	}
}

// AddSite counts what one unrelated site carries on its pages and, beyond Add,
// its addresses, name servers and registrant.
func (b *Background) AddSite(s *tracker.Site) {
	if s.Fingerprint != nil {
		b.Add(s.Fingerprint)
	} else {
		b.Sites++
	}
	b.count(func(add func(kind, value string)) {
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
			for field, v := range r.Registrant {
				add("registrant-"+field, v)
			}
		}
	})
}

// count adds each value of one site once.
func (b *Background) count(values func(add func(kind, value string))) {
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
}

// texting is how many strangers show nearly the text t.
func (b *Background) texting(t uint64) (n int) {
	if b == nil {
		return 0
	}
	for _, x := range b.texts {
		if bits.OnesCount64(x^t) <= nearText {
			n++
		}
	}
	return n
}

// wearing is how many strangers wear nearly the style classes of look.
func (b *Background) wearing(look []uint64) (n int) {
	if b == nil {
		return 0
	}
	for _, x := range b.looks {
		if jaccard(x, look) >= sameLook {
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
