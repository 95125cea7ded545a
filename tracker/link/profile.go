package link

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"respawn/tracker"
)

// Bounds below which two pages are too small to be compared, and how alike they
// must be.
const (
	minWords = 60 // words of text
	// fewestWords are enough to see that a text is another one: a likeness asks more.
	fewestWords = 20
	minClasses  = 8   // style classes
	minTags     = 20  // HTML tags
	manyTags    = 60  // HTML tags from which a likeness is no accident of a small page
	nearText    = 6   // of 64 simhash bits
	brandNear   = 8   // of 64 simhash bits: how near an outlet's text takes a match away
	nearDOM     = 2   // of 64 simhash bits
	sameLook    = 0.9 // Jaccard index of style classes, as the Information Laundromat's matcher
	maxLooks    = 6   // different sets of style classes kept of one site
	maxStories  = 64  // different articles kept of one site
)

// A profile is all that a site has worn while its operators held it: the current
// look and those of earlier nights, as sorted sets. A site whose page changed
// keeps what it wore before.
type profile struct {
	label     string
	reg       tracker.Name // registrable domain
	live      bool         // a working site of its own was seen at some time
	ids       []tracker.Identifier
	slugs     []string
	titles    []string
	stories   []tracker.Story // by slug, then as worn, newest first
	names     []string
	themes    []string
	languages []string
	sans      []tracker.Name
	redirects []tracker.Name
	outbound  []tracker.Name
	texts     []uint64
	minhash   [][]uint32
	doms      []uint64
	looks     [][]uint64
	classes   []string                              // all style classes ever worn
	hashed    []uint64                              // the same, hashed
	tags      int                                   // most tags seen on one page
	words     int                                   // most words seen on one page
	bundle    map[tracker.Identifier]int            // most domains seen on a certificate, by its key and leaf
	beside    map[tracker.Identifier][]tracker.Name // the further names of that certificate
}

func profileOf(s *tracker.Site) *profile {
	p := &profile{label: s.Name.Label(), reg: s.Name.Registrable(), bundle: map[tracker.Identifier]int{}, beside: map[tracker.Identifier][]tracker.Name{}}
	var seenLooks []uint64
	for _, f := range worn(s) {
		p.live = p.live || f.Class == tracker.ClassLive
		for _, id := range f.IDs {
			k := tracker.Identifier{Kind: id.Kind, Value: id.Value}
			p.ids = append(p.ids, k)
			if kinds[id.Kind].fact == "key" {
				if n := len(f.SANs) + 1; n > p.bundle[k] {
					p.bundle[k], p.beside[k] = n, f.SANs
				}
			}
		}
		p.slugs = append(p.slugs, f.Slugs...)
		p.titles = append(p.titles, f.Titles...)
		p.stories = addStories(p.stories, f.Stories)
		for i := range f.Stories {
			p.words = max(p.words, f.Stories[i].Words)
		}
		p.themes = append(p.themes, themesOf(f.Template)...)
		p.sans = append(p.sans, f.SANs...)
		p.redirects = append(p.redirects, f.Redirects...)
		p.outbound = append(p.outbound, f.Outbound...)
		if f.SiteName != "" {
			p.names = append(p.names, f.SiteName)
		}
		if f.Language != "" && f.TextWords >= minWords {
			p.languages = append(p.languages, f.Language)
		}
		p.words = max(p.words, f.TextWords)
		if f.TextWords >= minWords && !slices.Contains(p.texts, f.Text) {
			p.texts = append(p.texts, f.Text)
			p.minhash = append(p.minhash, f.MinHash)
		}
		if f.DOMTags >= minTags && !slices.Contains(p.doms, f.DOM) {
			p.doms = append(p.doms, f.DOM)
		}
		p.tags = max(p.tags, f.DOMTags)
		p.classes = append(p.classes, f.CSS...)
		if len(f.CSS) >= minClasses {
			look := hashes(f.CSS)
			var sum uint64
			for _, h := range look {
				sum = sum*31 + h
			}
			if !slices.Contains(seenLooks, sum) && len(p.looks) < maxLooks {
				seenLooks = append(seenLooks, sum)
				p.looks = append(p.looks, look)
			}
		}
	}
	p.ids = append(p.ids, Tokens(ownDNS(s))...)
	p.ids = set(p.ids, compareIDs)
	p.slugs, p.titles, p.names, p.themes = set(p.slugs, strings.Compare), set(p.titles, strings.Compare), set(p.names, strings.Compare), set(p.themes, strings.Compare)
	slices.SortStableFunc(p.stories, func(a, b tracker.Story) int { return strings.Compare(a.Slug, b.Slug) })
	p.classes = set(p.classes, strings.Compare)
	p.hashed = hashes(p.classes)
	p.languages = set(p.languages, strings.Compare)
	p.sans, p.redirects, p.outbound = set(p.sans, cmp.Compare), set(p.redirects, cmp.Compare), set(p.outbound, cmp.Compare)
	return p
}

// worn are the looks of s that its operators made, newest first. Pages of a
// parking service, a court, a host or a challenge are theirs, not the operators':
// even a certificate on them is another's.
func worn(s *tracker.Site) []*tracker.Fingerprint {
	var out []*tracker.Fingerprint
	add := func(f *tracker.Fingerprint) {
		if f == nil || slices.Contains(out, f) {
			return
		}
		switch f.Class {
		case tracker.ClassLive, tracker.ClassEmpty, tracker.ClassRedirecting, tracker.ClassError, tracker.ClassUnknown:
			out = append(out, f)
		}
	}
	if !othersServe(s) {
		add(s.Fingerprint)
	}
	for _, f := range slices.Backward(s.History) {
		add(f)
	}
	return out
}

// othersServe says whether what visitors are shown now is not the operators'.
// While a registrar's hold lasts nobody serves anything, so the last look stays
// theirs.
func othersServe(s *tracker.Site) bool {
	if c := s.Control; c != nil {
		switch c.Holder {
		case "seized", "claimed", "sinkhole", "parked", "expired":
			return true
		}
	}
	return BookedAgain(s)
}

// BookedAgain says whether a name of the case was registered anew since the day
// that the case file gives: who has it now may be anybody.
func BookedAgain(s *tracker.Site) bool {
	if s.Case == nil || s.Case.RegisteredAt.IsZero() || s.Registration == nil {
		return false
	}
	listed := s.Case.RegisteredAt
	if alt := s.Case.RegisteredAtAlt; alt.After(listed) {
		listed = alt
	}
	return s.Registration.CreatedAt.After(listed.AddDate(0, 0, 60))
}

// ownDNS is the last look at the naming system that shows the operators' own
// servers; nil where none is known.
func ownDNS(s *tracker.Site) *tracker.DNS {
	if c := s.Control; c != nil {
		switch c.Holder {
		case "", "operator":
		default:
			return s.Before
		}
	}
	if BookedAgain(s) {
		return s.Before
	}
	return s.DNS
}

// Tokens are the proofs of ownership in TXT records, by the kind that the same
// token has as a meta tag; nil for a nil look. Everything else in TXT is a mail
// provider's.
func Tokens(d *tracker.DNS) (out []tracker.Identifier) {
	if d == nil {
		return nil
	}
	for _, txt := range d.TXT {
		for _, t := range txtTokens {
			if v, ok := strings.CutPrefix(txt, t.prefix); ok && len(v) >= 8 {
				out = append(out, tracker.Identifier{Kind: t.kind, Value: strings.TrimSpace(v)})
			}
		}
	}
	return out
}

var txtTokens = []struct{ prefix, kind string }{
	{"google-site-verification=", "google-site-verification"},
	{"yandex-verification:", "yandex-verification"},
	{"facebook-domain-verification=", "facebook-domain-verification"},
	{"mailru-verification:", "mailru-verification"},
}

func compareIDs(a, b tracker.Identifier) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}

// set sorts s and drops doubles.
func set[T comparable](s []T, compare func(a, b T) int) []T {
	slices.SortFunc(s, compare)
	return slices.Compact(s)
}

// shared walks two sorted sets at once and returns what is in both.
func shared[T any](a, b []T, compare func(a, b T) int) (out []T) {
	for len(a) > 0 && len(b) > 0 {
		switch c := compare(a[0], b[0]); {
		case c < 0:
			a = a[1:]
		case c > 0:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// hashes are the sorted FNV-1a hashes of words: sets of numbers are compared ten
// times as fast as sets of words.
func hashes(words []string) []uint64 {
	out := make([]uint64, len(words))
	for i, w := range words {
		h := uint64(14695981039346656037)
		for j := range len(w) {
			h = (h ^ uint64(w[j])) * 1099511628211
		}
		out[i] = h
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// jaccard is the share of common members of two sorted sets; it stops early
// where their sizes already rule out sameLook.
func jaccard(a, b []uint64) float64 {
	if len(a) == 0 || len(b) == 0 || float64(min(len(a), len(b))) < sameLook*float64(max(len(a), len(b))) {
		return 0
	}
	n := inBoth(a, b)
	return float64(n) / float64(len(a)+len(b)-n)
}

// common counts the members of two sorted sets that are in both.
func inBoth[T cmp.Ordered](a, b []T) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// nearest is the smallest Hamming distance between two lists of simhashes; -1
// where one is empty. i is the index of the nearest in a, j in b.
func nearest(a, b []uint64) (d, i, j int) {
	d = -1
	for x, p := range a {
		for y, q := range b {
			if n := bits.OnesCount64(p ^ q); d < 0 || n < d {
				d, i, j = n, x, y
			}
		}
	}
	return d, i, j
}
