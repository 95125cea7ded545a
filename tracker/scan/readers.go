package scan

import (
	"slices"

	"respawn/tracker"
)

// international is the country, in the case file, of readers of no one country. No
// visitor comes from there.
const international = "INT"

// maxTrail bounds how far the way by which a name was found is followed back.
const maxTrail = 8

// Countries are those whose readers a case names, sorted: of its names and outlets,
// without the readers of no one country. Empty: it names none.
func Countries(c *tracker.Case) []string {
	var out []string
	for i := range c.Names {
		out = append(out, c.Names[i].Country)
	}
	for i := range c.Outlets {
		out = append(out, c.Outlets[i].Country)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(country string) bool {
		return country == "" || country == international
	})
}

// readersOf tells for which countries' readers a site is, by the country column of the
// case: that of its row and of the outlet that the row says it imitates; of a name
// that was found, those of the watched name it was made from or, where that has none,
// of the site that revealed it. A site of which nothing is known, or that is for
// readers everywhere, is for those of INT. nil, where the case names no country at
// all: then nobody knows who should look.
func readersOf(c *tracker.Case, known []Known) func(tracker.Name) []string {
	rows, said := map[tracker.Name][]string{}, false
	add := func(n tracker.Name, country string) {
		if country != "" && !slices.Contains(rows[n], country) {
			rows[n] = append(rows[n], country)
		}
		said = said || country != "" && country != international
	}
	for i := range c.Outlets {
		add(c.Outlets[i].Name, c.Outlets[i].Country)
	}
	for i := range c.Names {
		row := &c.Names[i]
		add(row.Name, row.Country)
		if row.Impersonates != "" {
			for _, country := range rows[row.Impersonates] {
				add(row.Name, country)
			}
		}
	}
	if !said {
		return func(tracker.Name) []string { return nil }
	}
	found := make(map[tracker.Name]*Known, len(known))
	for i := range known {
		found[known[i].Name] = &known[i]
	}
	var of func(n tracker.Name, left int) []string
	of = func(n tracker.Name, left int) []string {
		if r := rows[n]; len(r) > 0 {
			return r
		}
		k := found[n]
		if k == nil || left == 0 {
			return nil
		}
		for _, by := range []tracker.Name{k.From, k.RevealedBy} {
			if r := of(by, left-1); by != n && len(r) > 0 {
				return r
			}
		}
		return nil
	}
	return func(n tracker.Name) []string {
		if r := of(n, maxTrail); len(r) > 0 {
			return r
		}
		return []string{international}
	}
}
