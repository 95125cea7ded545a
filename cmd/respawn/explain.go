package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"respawn/tracker"
	"respawn/tracker/store"
)

// An explanation is the walk from a name's state and link back to what was
// observed and to the row of the case file.
type explanation struct {
	Name         tracker.Name          `json:"name"`
	State        tracker.State         `json:"state"`
	Transitions  []tracker.Transition  `json:"transitions"`
	Observations []tracker.Observation `json:"observations"` // those that transitions rest on
	Missing      []string              `json:"missing,omitempty"`
	Link         *tracker.Link         `json:"link,omitempty"`
	FoundBy      string                `json:"found_by,omitempty"`
	Chain        []tracker.Link        `json:"chain,omitempty"`   // links back to the case
	Holders      []tracker.Observation `json:"holders,omitempty"` // answers that show the registrants which links rest on
	Row          *tracker.CaseName     `json:"row,omitempty"`
}

// foundBy says which rule led to a name from which other one, and the feed that brought it.
func foundBy(d *tracker.Dossier, from string) string {
	s := strings.TrimSpace(d.Rule + " from " + from)
	if d.Feed != "" {
		s += ", off the " + d.Feed
	}
	return s
}

func (a *app) explain(ctx context.Context, d *tracker.Dossier) error {
	st, r, err := a.reader(ctx)
	if err != nil {
		return err
	}
	x := explanation{Name: d.Name, State: d.State, Transitions: d.Transitions, Link: d.Link, Row: d.Row}
	if d.Row == nil {
		x.Row = d.Root
		x.FoundBy = foundBy(d, string(d.From))
	}
	wanted := map[tracker.ObservationID]bool{}
	for _, t := range d.Transitions {
		for _, id := range t.Because {
			wanted[id] = true
		}
	}
	err = r.Observations(ctx, []tracker.Name{d.Name}, func(o *tracker.Observation) error {
		if wanted[o.ID()] {
			x.Observations = append(x.Observations, *o)
			delete(wanted, o.ID())
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id := range wanted {
		if strings.HasPrefix(string(id), string(tracker.ProbeLink)+":") {
			continue // derived: the chain of links below is what it was made from
		}
		x.Missing = append(x.Missing, string(id))
	}
	slices.Sort(x.Missing)
	next := d.Link
	for range 10 {
		if next == nil {
			break
		}
		x.Chain = append(x.Chain, *next)
		ls, err := st.Links(ctx, store.LinkFilter{Case: d.Case, New: next.Old})
		if err != nil {
			return err
		}
		next = nil
		if len(ls) > 0 {
			next = &ls[0]
		}
	}
	if x.Holders, err = holders(ctx, r, x.Chain); err != nil {
		return err
	}
	return a.printOne(x, "explain: --format csv is not offered; take json", func() error { return a.printExplanation(&x) })
}

func (a *app) printExplanation(x *explanation) error {
	w := a.Stdout
	fmt.Fprintf(w, "%s is %s, %s (rules %s)\n", x.Name.Defang(), x.State.Status, x.State.Since, x.State.Rule)
	byID := map[tracker.ObservationID]tracker.Observation{}
	for _, o := range x.Observations {
		byID[o.ID()] = o
	}
	for _, t := range x.Transitions {
		fmt.Fprintf(w, "\n%s: %s, %s -> %s, %s\n", t.Axis, t.Event, t.From, t.To, t.Window)
		if t.Review != "" {
			fmt.Fprintf(w, "  a person should look: %s\n", plain(t.Review))
		}
		for _, id := range t.Because {
			o, ok := byID[id]
			if !ok && strings.HasPrefix(string(id), string(tracker.ProbeLink)+":") {
				fmt.Fprintln(w, "  the link below")
				continue
			}
			if !ok {
				fmt.Fprintf(w, "  %s: not in the database\n", id)
				continue
			}
			printAnswer(w, &o)
		}
	}
	for i := range x.Chain {
		l := &x.Chain[i]
		fmt.Fprintf(w, "\n%s -> %s: %s, %s, log odds %+.1f (%s)\n", l.New.Defang(), l.Old.Defang(), l.Relation, l.Band, l.Score, l.Rule)
		printEvidence(w, l.Evidence, l.Ignored)
	}
	if len(x.Holders) > 0 {
		fmt.Fprintln(w, "\nwho registered them")
		for i := range x.Holders {
			fmt.Fprintf(w, "  %s", x.Holders[i].Name.Defang())
			printAnswer(w, &x.Holders[i])
		}
	}
	if x.FoundBy != "" {
		fmt.Fprintf(w, "\nfound by %s\n", plain(strings.ReplaceAll(x.FoundBy, ".", "[.]")))
	}
	if r := x.Row; r != nil {
		fmt.Fprintf(w, "\ncase file %s:%d: %s, %s\n", r.Origin.File, r.Origin.Line, r.Name.Defang(), seizureWords(r))
		fmt.Fprintf(w, "  source: %s\n", plain(or(r.Source, "not stated")))
	}
	return nil
}

func reasonWord(r tracker.Reason) string {
	if r == "" {
		return ""
	}
	return " (" + string(r) + ")"
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
