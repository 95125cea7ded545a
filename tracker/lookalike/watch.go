package lookalike

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"respawn/tracker"
)

// A watched label is what a campaign keeps when its names change.
type watched struct {
	label string
	from  tracker.Name // the name it stands for in candidates and matches
	model tracker.Name // the genuine name that from imitates; "" for none
	langs []string     // of its readers: see languages
	words []string     // that they expect beside the label: see local
	// called are the words of the label, where what the site calls itself tells them, and
	// spelt its letters, where some are beyond ASCII.
	called []string
	spelt  string
	sub    string // what stood before the label: "de" in de.rt.com
	// suffixes are those, by index in the table, under which the label stood, and lost
	// those of them under which it stood in a name of the case.
	suffixes, lost []int32
	home           []int32 // of the country whose readers it has, where the case says which
	kind           tracker.Kind
	weight         float64 // how likely it comes back, against a seized one
	outlet         bool    // watched for the stream only: nobody lost this name
}

// How much less likely than a seized label others are to come back. Only the
// order matters: a budget goes to what was taken away first.
const (
	weightSeized     = 1
	weightCampaign   = 0.6
	weightImitated   = 0.4 // label of the genuine outlet that a spoof of the case imitates
	weightOutletOnly = 0.1
	subWeight        = 0.5 // times this for the label before the registrable one
)

// offices are second levels that name their holder.
var offices = []string{"gov", "gouv", "gob", "gub", "govt", "mil", "edu", "ac"}

// watch gathers the watched labels of a case, one entry for each label, in the
// order of the case: seized names first, then the rest of the campaign, then what
// spoofs imitate, then outlets.
func watch(c *tracker.Case, outlets bool) []watched {
	var out []watched
	at := map[string]int{}
	table, ours := suffixes(), true
	put := func(label, suffix string, w watched) {
		s, known := table.index[suffix]
		if i, ok := at[label]; ok {
			if out[i].sub == "" {
				out[i].sub = w.sub
			}
			if known && !slices.Contains(out[i].suffixes, s) {
				out[i].suffixes = append(out[i].suffixes, s)
			}
			if known && ours && !slices.Contains(out[i].lost, s) {
				out[i].lost = append(out[i].lost, s)
			}
			for _, h := range w.home {
				if !slices.Contains(out[i].home, h) {
					out[i].home = append(out[i].home, h)
				}
			}
			return
		}
		if w.suffixes, w.lost = nil, nil; known {
			w.suffixes = []int32{s}
			if ours {
				w.lost = []int32{s}
			}
		}
		w.label = label
		at[label] = len(out)
		out = append(out, w)
	}
	add := func(name tracker.Name, w watched) {
		sub, label, suffix := Split(string(name))
		if label == "" { // a government that is its own suffix: gov.pl
			put(firstLabel(suffix), "", w)
			return
		}
		if sub == "www" {
			sub = ""
		}
		w.sub = sub
		office := firstLabel(suffix)
		if !slices.Contains(offices, office) {
			put(label, suffix, w)
		} else {
			put(label+"-"+office, "", w) // mfa.gov.ua: mfa-gov is its, mfa is every ministry's
			if len(label) > 4 {
				put(label, suffix, w)
			}
		}
		w.sub = ""
		// abcnews.go.com is abcnews to its readers.
		if brand := sub[strings.LastIndexByte(sub, '.')+1:]; len(brand) >= 5 && !slices.Contains(countries, brand) {
			w.weight *= subWeight
			put(brand, suffix, w)
		}
	}
	seized := len(c.Seized()) > 0
	for _, role := range []tracker.Role{tracker.RoleSeized, tracker.RoleCampaign} {
		for _, n := range c.Names {
			if n.Role == role {
				at := readers(c, &n)
				w := watched{from: n.Name, model: n.Impersonates, kind: kindOf(n), weight: weightSeized, langs: languages(at), words: local(at), home: home(c, &n)}
				if role != tracker.RoleSeized && seized {
					w.weight = weightCampaign // less than a seized one, where there is one
				}
				add(n.Name, w)
			}
		}
	}
	ours = false
	for _, n := range c.Names {
		if n.Impersonates != "" {
			add(n.Impersonates, watched{from: n.Name, model: n.Impersonates, kind: tracker.KindBrandSpoof, weight: weightImitated})
		}
	}
	if outlets {
		for _, o := range c.Outlets {
			add(o.Name, watched{from: o.Name, kind: tracker.KindBrandSpoof, weight: weightOutletOnly, outlet: true})
		}
	}
	return out
}

func kindOf(n tracker.CaseName) tracker.Kind {
	if n.Kind == tracker.KindUnstated && n.Impersonates != "" {
		return tracker.KindBrandSpoof
	}
	return n.Kind
}

// ownNames are names that are never candidates nor hits: those of the case, and
// the genuine outlets'.
func ownNames(c *tracker.Case) map[string]bool {
	own := map[string]bool{}
	for _, n := range c.Names {
		own[string(n.Name)] = true
		if n.Impersonates != "" {
			own[string(n.Impersonates)] = true
		}
	}
	for _, o := range c.Outlets {
		own[string(o.Name)] = true
	}
	return own
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
