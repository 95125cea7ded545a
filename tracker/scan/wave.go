package scan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A Step is one edge of the campaign graph: a name that replaced another one.
type Step struct {
	Name     tracker.Name   `json:"name"`
	Replaces tracker.Name   `json:"replaces"`
	Root     tracker.Name   `json:"root"` // the name of the case that the chain of links ends at
	Case     tracker.CaseID `json:"case"`
	Campaign string         `json:"campaign,omitempty"` // of the root's row
	// Generation is 1 for what replaced a name of the case, 2 for what replaced
	// that, and so on.
	Generation int               `json:"generation"`
	Born       tracker.Interval  `json:"born,omitzero"` // registered, by its best basis; zero where nothing dates it
	Basis      tracker.DateBasis `json:"born_basis,omitempty"`
	Registrar  string            `json:"registrar,omitempty"` // as the registry writes it
	Suffix     string            `json:"suffix"`
	Band       tracker.Band      `json:"band"`
	Rests      string            `json:"rests_on"` // what the link rests on: see [RestsConfirmed]
	Relation   string            `json:"relation"`
}

// A Wave is a number of replacements of one campaign that were born together: in
// the same few days, and tied to one another by a registrar on one day or by a
// suffix, which ties none whose registrars are known and two. It is a finding about
// the people behind the names, who buy in batches, and no link: no name is in a wave
// that was not linked to the case before, by more than its name.
type Wave struct {
	// Name is the day on which most of it was born, the campaign, its registrars and
	// its suffixes, most frequent first: "2024-09-05, Registrar X, .so .cc .pw".
	Name       string                    `json:"name"`
	Case       tracker.CaseID            `json:"case"`
	Campaign   string                    `json:"campaign,omitempty"` // of the members' roots that state one
	Day        time.Time                 `json:"day"`                // on which most were born; the first of several
	First      time.Time                 `json:"first"`
	Last       time.Time                 `json:"last"`
	N          int                       `json:"n"`
	Suffixes   []string                  `json:"suffixes"`   // most frequent first
	Registrars []string                  `json:"registrars"` // likewise; of names whose registrar is known
	Bases      map[tracker.DateBasis]int `json:"bases"`      // names by what their day rests on
	Links      LinkCounts                `json:"links"`      // names by what their links rest on
	Members    []Step                    `json:"members"`    // by birth
}

// A wave is bounded so that a campaign which registers a name every other day does
// not become one wave of a year: members lie at most waveGap from one another and
// at most waveSpan from the first. Fewer than waveLeast are a coincidence.
const (
	waveGap   = 3 * 24 * time.Hour
	waveSpan  = 7 * 24 * time.Hour
	waveLeast = 3
)

// Descent is the campaign graph of the dossiers of a case, all of them: one step
// for each name that is reported as a replacement, of the case or found, by root,
// generation, birth and name. A name whose chain of links ends outside the case has none.
func Descent(ds []tracker.Dossier) []Step {
	byName := make(map[tracker.Name]*tracker.Dossier, len(ds))
	for i := range ds {
		byName[ds[i].Name] = &ds[i]
	}
	out := []Step{}
	for i := range ds {
		d := &ds[i]
		if !d.Replacement() || d.Row != nil && !succeeds(d.Link) {
			continue
		}
		s := Step{Name: d.Name, Replaces: d.Link.Old, Case: d.Case, Born: d.RegisteredAt, Basis: d.Basis,
			Suffix: d.Name.Suffix(), Band: d.Link.Band, Rests: restsOn(d.Link), Relation: d.Link.Relation}
		if d.Registration != nil && !d.OtherHands() {
			s.Registrar = d.Registration.Registrar
		}
		if s.Generation, s.Root = generation(d, byName); s.Generation == 0 {
			continue
		}
		if root := byName[s.Root]; root.Row != nil {
			s.Campaign = root.Row.Campaign
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Root, b.Root), cmp.Compare(a.Generation, b.Generation), a.Born.Hi.Compare(b.Born.Hi), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// generation counts the links from a name to the first row of the case that they
// come to; 0 where they end elsewhere or run in a circle.
func generation(d *tracker.Dossier, byName map[tracker.Name]*tracker.Dossier) (int, tracker.Name) {
	for g := 1; g <= len(byName); g++ {
		old := byName[d.Link.Old]
		switch {
		case old == nil:
			return 0, ""
		case old.Row != nil:
			return g, old.Name
		case old.Link == nil:
			return 0, ""
		}
		d = old
	}
	return 0, ""
}

// Waves finds the waves in a campaign graph, oldest first. Names that nothing
// dates to within waveGap belong to none, nor do those that are linked by their name
// alone: the stranger who books a label the day after a seizure comes with the wave
// and is not of it.
func Waves(steps []Step) []Wave {
	left := slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { _, ok := s.day(); return !ok || s.Rests == RestsOnName })
	slices.SortFunc(left, func(a, b Step) int {
		x, _ := a.day()
		y, _ := b.day()
		return cmp.Or(x.Compare(y), cmp.Compare(a.Name, b.Name))
	})
	out := []Wave{}
	for len(left) > 0 {
		in := together(left)
		var members, rest []Step
		for i, s := range left {
			if in[i] {
				members = append(members, s)
			} else {
				rest = append(rest, s)
			}
		}
		if left = rest; len(members) >= waveLeast {
			out = append(out, waveOf(members))
		}
	}
	slices.SortStableFunc(out, func(a, b Wave) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// together marks what was born with the first of steps, which are sorted by day.
func together(steps []Step) []bool {
	in := make([]bool, len(steps))
	in[0] = true
	first, _ := steps[0].day()
	for todo := []int{0}; len(todo) > 0; {
		i := todo[0]
		todo = todo[1:]
		for j := range steps {
			if d, _ := steps[j].day(); !in[j] && d.Sub(first) < waveSpan && tied(&steps[i], &steps[j]) {
				in[j] = true
				todo = append(todo, j)
			}
		}
	}
	return in
}

// tied says whether two replacements were bought together: at one registrar on one
// day, or under one suffix within waveGap, unless at two registrars.
func tied(a, b *Step) bool {
	if a.Case != b.Case || a.Campaign != b.Campaign && a.Campaign != "" && b.Campaign != "" {
		return false // a row that states no campaign speaks against none
	}
	x, _ := a.day()
	y, _ := b.day()
	known, same := a.Registrar != "" && b.Registrar != "", strings.EqualFold(a.Registrar, b.Registrar)
	if x.Equal(y) && known && same {
		return true
	}
	return x.Sub(y).Abs() <= waveGap && a.Suffix == b.Suffix && (same || !known)
}

// day is the UTC day on which the name was born, as far as waves can use it: the
// registry's or a list's, else that of the look that found it.
func (s *Step) day() (time.Time, bool) {
	if s.Born.Lo.IsZero() || s.Born.Hi.IsZero() || s.Born.Width() > waveGap {
		return time.Time{}, false
	}
	return s.Born.Hi.UTC().Truncate(24 * time.Hour), true
}

func waveOf(members []Step) Wave {
	w := Wave{Case: members[0].Case, N: len(members), Members: members, Bases: map[tracker.DateBasis]int{}}
	w.First, _ = members[0].day()
	w.Last, _ = members[len(members)-1].day()
	born, suffixes, registrars, campaigns := map[time.Time]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i := range members {
		s := &members[i]
		d, _ := s.day()
		born[d]++
		suffixes["."+s.Suffix]++
		w.Bases[s.Basis]++
		w.Links.count(s.Rests)
		if s.Registrar != "" {
			registrars[s.Registrar]++
		}
		if s.Campaign != "" {
			campaigns[s.Campaign]++
		}
	}
	w.Campaign = some(frequent(campaigns), " and ", 2)
	for i := range members {
		if d, _ := members[i].day(); w.Day.IsZero() || born[d] > born[w.Day] {
			w.Day = d
		}
	}
	w.Suffixes, w.Registrars = frequent(suffixes), frequent(registrars)
	parts := []string{w.Day.Format(time.DateOnly)}
	for _, s := range []string{w.Campaign, some(w.Registrars, " and ", 2), some(w.Suffixes, " ", 4)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	w.Name = strings.Join(parts, ", ")
	return w
}

// frequent are the keys of counts, most frequent first.
func frequent(counts map[string]int) []string {
	out := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	if out == nil {
		out = []string{}
	}
	return out
}

// some joins the first n of ss and counts the others.
func some(ss []string, sep string, n int) string {
	if len(ss) <= n+1 {
		return strings.Join(ss, sep)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ss[:n], sep), len(ss)-n)
}

// Phrase says of a member that it is one, for people.
func (w *Wave) Phrase() string {
	return fmt.Sprintf("one of %d names of the wave of %s", w.N, w.Name)
}

// inWaves writes into each dossier of a case to which wave it belongs. campaign
// holds the dossiers of every replacement and of every root.
func inWaves(ds, campaign []tracker.Dossier) {
	member := map[tracker.Name]string{}
	for _, w := range Waves(Descent(campaign)) {
		for _, s := range w.Members {
			member[s.Name] = w.Phrase()
		}
	}
	for i := range ds {
		ds[i].Wave = member[ds[i].Name]
	}
}
