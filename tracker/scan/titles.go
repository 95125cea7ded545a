package scan

import (
	"context"
	"slices"
	"time"

	"respawn/tracker"
)

// Titles are the first few that the sites of a case, and the outlets that they imitate,
// showed before a night: what these call themselves tells the words of their labels.
func Titles(ctx context.Context, r Reader, c *tracker.Case, before time.Time) (map[tracker.Name][]string, error) {
	var names []tracker.Name
	for i := range c.Names {
		names = append(names, c.Names[i].Name)
		if model := c.Names[i].Impersonates; model != "" {
			names = append(names, model)
		}
	}
	slices.Sort(names)
	out := map[tracker.Name][]string{}
	err := r.Observations(ctx, slices.Compact(names), func(o *tracker.Observation) error {
		if o.Probe != tracker.ProbeWeb || o.Facts == nil || o.Facts.Web == nil || !o.At.Before(before) {
			return nil
		}
		w, had := o.Facts.Web, out[o.Name]
		if w.Class == tracker.ClassLive && w.Title != "" && len(had) < titlesOfName && !slices.Contains(had, w.Title) {
			out[o.Name] = append(had, w.Title)
		}
		return nil
	})
	return out, err
}

// titlesOfName is how many titles of a name are read for its words.
const titlesOfName = 4

// called is what the sites of the case called themselves while their operators held them,
// and the outlets that they imitate.
func (g *graph) called() map[tracker.Name][]string {
	out := map[tracker.Name][]string{}
	add := func(n tracker.Name, f *tracker.Fingerprint) {
		if f != nil && f.Class == tracker.ClassLive && len(out[n]) < titlesOfName {
			out[n] = append(out[n], f.SiteName, f.Title)
		}
	}
	for i := range g.c.Names {
		n := &g.c.Names[i]
		if s := g.sites[n.Name]; s != nil {
			for _, f := range s.History {
				add(n.Name, f)
			}
			add(n.Name, s.Fingerprint)
		}
		add(n.Impersonates, g.outlets[n.Impersonates])
	}
	return out
}
