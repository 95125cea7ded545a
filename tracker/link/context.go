package link

import (
	"slices"
	"sync"
	"time"

	"respawn/tracker"
)

// A BatchKey is a UTC day and a registrar.
type BatchKey struct {
	Day       time.Time
	Registrar string
}

// Day is the UTC day of t, the key of batches.
func Day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// A Context is what linking may know beyond the two sites. It remembers what it
// worked out about outlets and sites: neither it nor a site that was scored with
// it may change between two calls of [Score]; make a new one instead. The zero
// Context knows nothing, which is allowed.
type Context struct {
	AsOf       time.Time
	Began      time.Time // when the watch began, or the first seizure of the case if that is earlier; zero: not known
	Oldest     time.Time // when the first name of the case was registered; zero: not known
	Background *Background
	// Outlets are fingerprints of genuine outlets by registrable name, nil where
	// none was captured. What they carry is subtracted, visibly.
	Outlets map[tracker.Name]*tracker.Fingerprint
	// Models are those of Outlets that no file names: see [Copies].
	Models map[tracker.Name]bool
	// OutletNames are further names of outlets that nobody captured.
	OutletNames map[tracker.Name]bool
	// Batches holds the names under a watched label, born after a seizure and linked
	// by more than their company ([WithoutBatch]), by day and registrar; used to tell
	// a batch from a single registration.
	Batches map[BatchKey][]tracker.Name
	// Twins counts, for each label of a known name ([LabelKey]), the names under all suffixes
	// that existed before the case's first seizure and that nothing links: how common
	// the label is.
	Twins map[string]int
	// Campaign holds the registrable names that the operators are known to hold or to
	// have held: those of the case, with an empty value, and those confirmed before,
	// with the name that they are linked to. What lies under one is their own.
	Campaign map[tracker.Name]tracker.Name
	// Likely holds the registrable names that are probably of the campaign by a value
	// that identifies ([ByValue]), with the name that they are linked to.
	Likely map[tracker.Name]tracker.Name
	// Fellows are the sites of the campaign: those of the case, and those that are linked
	// at least probably.
	Fellows []*tracker.Site
	// Labels are the labels ([LabelKey]) of the names of the case that are no outlet's:
	// who books one does more than copy pages.
	Labels map[string]bool
	// Kin holds, for names with a changed label of the case, the name of the case whose
	// label was changed, by whatever road they were found.
	Kin map[tracker.Name]tracker.Name
	// Shared counts names of this database that use an address or a name server and
	// are not of the campaign, by text form.
	Shared map[string]int

	once     sync.Once
	brands   *brands
	habits   map[tracker.Identifier]int
	habitual sync.Once
	profiles sync.Map // *tracker.Site to *profile
}

// batchSize is how many other names were registered the same day at the same
// registrar as s.
func (cx *Context) batchSize(s *tracker.Site) int {
	if s.Registration == nil || s.Registration.CreatedAt.IsZero() || s.Registration.Registrar == "" {
		return 0
	}
	n := 0
	for _, other := range cx.Batches[BatchKey{Day(s.Registration.CreatedAt), s.Registration.Registrar}] {
		if other != s.Name {
			n++
		}
	}
	return n
}

// campaign says whether n is a name of the campaign by other evidence than that of
// s: a name that hangs on s cannot vouch for it.
func (cx *Context) campaign(n, s tracker.Name) bool {
	old, ok := cx.Campaign[n]
	if !ok || n == s.Registrable() {
		return false
	}
	for range len(cx.Campaign) {
		if old == "" {
			return true
		}
		if old.Registrable() == s.Registrable() {
			return false
		}
		next, ok := cx.Campaign[old.Registrable()]
		if !ok {
			return false
		}
		old = next
	}
	return false
}

// accounts counts on how many sites of the campaign each tracking account was seen,
// worked out once; none where the case holds several campaigns, for one has no habits
// of another's.
func (cx *Context) accounts() map[tracker.Identifier]int {
	cx.habitual.Do(func() {
		cx.habits = map[tracker.Identifier]int{}
		campaign := ""
		for _, s := range cx.Fellows {
			if s.Case != nil && s.Case.Campaign != "" {
				if campaign != "" && s.Case.Campaign != campaign {
					clear(cx.habits)
					return
				}
				campaign = s.Case.Campaign
			}
			for _, id := range cx.profile(s).ids {
				if account(id) {
					cx.habits[id]++
				}
			}
		}
	})
	return cx.habits
}

// profile is what s has worn while its operators held it, worked out once.
func (cx *Context) profile(s *tracker.Site) *profile {
	if p, ok := cx.profiles.Load(s); ok {
		return p.(*profile)
	}
	p, _ := cx.profiles.LoadOrStore(s, profileOf(s))
	return p.(*profile)
}

// outlets is what all genuine outlets carry, worked out once.
func (cx *Context) outlets() *brands {
	cx.once.Do(func() { cx.brands = brandsOf(cx) })
	return cx.brands
}

// brands finds which outlet carries a value.
type brands struct {
	captured map[tracker.Name]bool
	labels   map[string]tracker.Name
	values   map[tracker.Identifier]tracker.Name // the first by name, where several carry it
	sans     map[tracker.Name]tracker.Name       // names on an outlet's certificate
	texts    []brandText
	stories  []brandStory
	looks    []brandLook
	doms     []brandText
	classes  map[string]bool
}

type brandText struct {
	hash uint64
	name tracker.Name
}

type brandStory struct {
	tracker.Story
	name tracker.Name
}

type brandLook struct {
	classes []uint64
	name    tracker.Name
}

func brandsOf(cx *Context) *brands {
	b := &brands{captured: map[tracker.Name]bool{}, labels: map[string]tracker.Name{}, values: map[tracker.Identifier]tracker.Name{}, sans: map[tracker.Name]tracker.Name{}, classes: map[string]bool{}}
	names := make([]tracker.Name, 0, len(cx.Outlets)+len(cx.OutletNames))
	for n := range cx.Outlets {
		names = append(names, n)
	}
	for n, yes := range cx.OutletNames {
		if yes {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range slices.Compact(names) {
		if _, dup := b.labels[n.Label()]; !dup {
			b.labels[n.Label()] = n
		}
		f := cx.Outlets[n]
		if f == nil {
			continue
		}
		// A challenge page or an error is no look at the outlet.
		b.captured[n] = f.Class == tracker.ClassLive || f.Class == tracker.ClassUnknown && (len(f.IDs) > 0 || f.TextWords > 0 || len(f.CSS) > 0)
		add := func(kind, value string) {
			k := tracker.Identifier{Kind: kind, Value: value}
			if _, dup := b.values[k]; !dup && value != "" {
				b.values[k] = n
			}
		}
		for _, id := range f.IDs {
			add(id.Kind, id.Value)
		}
		for _, s := range f.Slugs {
			add("slug", s)
		}
		for _, s := range f.Titles {
			add("title", s)
		}
		for _, t := range themesOf(f.Template) {
			add("theme", t)
		}
		for _, r := range f.Redirects {
			add("redirect-host", string(r))
		}
		add("redirect-host", string(n))
		add("site-name", f.SiteName)
		for _, s := range f.SANs {
			if _, dup := b.sans[s]; !dup {
				b.sans[s] = n
			}
		}
		if f.TextWords >= minWords {
			b.texts = append(b.texts, brandText{f.Text, n})
		}
		for _, s := range f.Stories {
			b.stories = append(b.stories, brandStory{s, n})
		}
		for _, c := range f.CSS {
			b.classes[c] = true
		}
		if len(f.CSS) >= minClasses {
			b.looks = append(b.looks, brandLook{hashes(f.CSS), n})
		}
		if f.DOMTags >= minTags {
			b.doms = append(b.doms, brandText{f.DOM, n})
		}
	}
	return b
}

func (b *brands) has(kind, value string) (tracker.Name, bool) {
	n, ok := b.values[tracker.Identifier{Kind: kind, Value: value}]
	return n, ok
}
