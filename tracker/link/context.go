package link

import (
	"time"

	"respawn/tracker"
)

// A Background counts how many unrelated sites carry a value. It grows with every
// crawl; the zero Background knows nothing and counts as seedSites silent sites.
type Background struct {
	Sites  int                        // sites counted
	Values map[tracker.Identifier]int // by kind and value; Where is empty in keys
}

// Count is on how many background sites the value was seen.
func (b *Background) Count(kind, value string) int {
	if b == nil {
		return 0
	}
	return b.Values[tracker.Identifier{Kind: kind, Value: value}]
}

// Add counts one unrelated site. Not safe for use beside Count.
func (b *Background) Add(fp *tracker.Fingerprint) {
	if b.Values == nil {
		b.Values = map[tracker.Identifier]int{}
	}
	b.Sites++
	seen := map[tracker.Identifier]bool{}
	add := func(kind, value string) {
		k := tracker.Identifier{Kind: kind, Value: value}
		if value != "" && !seen[k] {
			seen[k] = true
			b.Values[k]++
		}
	}
	for _, id := range fp.IDs {
		add(id.Kind, id.Value)
	}
	for _, s := range fp.Slugs {
		add("slug", s)
	}
	for _, s := range fp.Titles {
		add("title", s)
	}
	add("template", fp.Template)
	add("site-name", fp.SiteName)
}

// A BatchKey is a UTC day and a registrar.
type BatchKey struct {
	Day       time.Time
	Registrar string
}

// A Context is what linking may know beyond the two sites.
type Context struct {
	AsOf       time.Time
	Began      time.Time // when the watch of this case began; zero: not known
	Background *Background
	// Outlets are fingerprints of genuine outlets by registrable name. What they
	// carry is subtracted, visibly.
	Outlets map[tracker.Name]*tracker.Fingerprint
	// OutletNames are all names of outlets, captured or not.
	OutletNames map[tracker.Name]bool
	// Batches holds the names under a watched label, born after a seizure, by day
	// and registrar; used to tell a batch from a single registration.
	Batches map[BatchKey][]tracker.Name
	// Twins counts, for each watched label, the names under other suffixes that
	// existed before the case's first seizure: how common the label is.
	Twins map[string]int
	// Shared counts names of this database that use an address or a name server,
	// by text form; CDN and hoster values are dropped before this.
	Shared map[string]int
}

// batchSize is how many other names were registered the same day at the same
// registrar as s.
func (cx *Context) batchSize(s *tracker.Site) int {
	if cx == nil || s.Registration == nil || s.Registration.CreatedAt.IsZero() || s.Registration.Registrar == "" {
		return 0
	}
	key := BatchKey{s.Registration.CreatedAt.UTC().Truncate(24 * time.Hour), s.Registration.Registrar}
	n := 0
	for _, other := range cx.Batches[key] {
		if other != s.Name {
			n++
		}
	}
	return n
}
