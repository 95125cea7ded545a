package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
	"respawn/tracker/scan"
)

// A descent is what `stats --waves` prints: the waves, and the campaign graph
// that they were found in.
type descent struct {
	Waves []scan.Wave `json:"waves"`
	Steps []scan.Step `json:"steps"` // by case, root, generation and birth
}

// descent finds the waves of one case or of all.
func (a *app) descent(ctx context.Context, only string) (descent, error) {
	d := descent{Waves: []scan.Wave{}, Steps: []scan.Step{}}
	st, _, err := a.reader(ctx)
	if err != nil {
		return d, err
	}
	ids, err := caseIDs(ctx, st, only)
	if err != nil {
		return d, err
	}
	for _, id := range ids {
		ds, err := a.dossiers(ctx, id)
		if err != nil {
			return d, err
		}
		d.Steps = append(d.Steps, scan.Descent(ds)...)
	}
	d.Waves = scan.Waves(d.Steps)
	return d, nil
}

func (a *app) waves(ctx context.Context, only string) error {
	d, err := a.descent(ctx, only)
	if err != nil {
		return err
	}
	f, err := a.formatOr("json")
	if err != nil {
		return err
	}
	switch f {
	case "json":
		return writeJSON(a.Stdout, d)
	case "jsonl":
		for _, w := range d.Waves {
			if err := writeJSONLine(a.Stdout, w); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return usagef("stats: --waves --format csv is not offered: the result is a tree; take json")
	}
	if len(d.Steps) == 0 {
		fmt.Fprintln(a.Stdout, "No replacement is known yet, so there are no waves.")
		return nil
	}
	printWaves(a.Stdout, d.Waves)
	printSteps(a.Stdout, d.Steps)
	return nil
}

// printWaves writes one paragraph for each wave; nothing where there is none.
func printWaves(w io.Writer, ws []scan.Wave) {
	if len(ws) == 0 {
		return
	}
	fmt.Fprintln(w, "Waves: replacements that came together")
	for _, x := range ws {
		days := x.First.Format(time.DateOnly)
		if !x.Last.Equal(x.First) {
			days += " to " + x.Last.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "  %s\n    %d names, %s: %s; links: %s\n", plain(x.Name), x.N, days, basisCounts(x.Bases), linkCounts(x.Links))
		fmt.Fprintf(w, "    suffixes %s\n", strings.Join(x.Suffixes, " "))
		if len(x.Registrars) > 0 {
			fmt.Fprintf(w, "    registrars %s\n", plain(strings.Join(x.Registrars, "; ")))
		}
		generations := map[int]int{}
		last := 0
		for _, s := range x.Members {
			generations[s.Generation]++
			last = max(last, s.Generation)
		}
		var parts []string
		for g := 1; g <= last; g++ {
			if n := generations[g]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d of generation %d", n, g))
			}
		}
		fmt.Fprintf(w, "    %s\n", strings.Join(parts, ", "))
	}
}

func basisCounts(bases map[tracker.DateBasis]int) string {
	var parts []string
	for _, b := range []tracker.DateBasis{tracker.BasisRegistry, tracker.BasisListed, tracker.BasisFirstSeen} {
		if n := bases[b]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, came(b, "")))
		}
	}
	return strings.Join(parts, ", ")
}

// came is what a name did, when, and by what that is known: a birth is seen, and no
// registry's date. when is a time in words, or empty.
func came(b tracker.DateBasis, when string) string {
	verb, basis := "first seen", ""
	switch b {
	case tracker.BasisRegistry:
		verb, basis = "registered", "(registry)"
	case tracker.BasisListed:
		verb, basis = "registered", "(published list)"
	}
	return strings.Join(strings.Fields(verb+" "+when+" "+basis), " ")
}

// printSteps draws the campaign graph as one tree for each name of the case that
// was replaced, with dates and what they rest on.
func printSteps(w io.Writer, steps []scan.Step) {
	fmt.Fprintln(w, "Who replaced whom (times are UTC)")
	type place struct {
		id   tracker.CaseID
		name tracker.Name
	}
	after := map[place][]scan.Step{}
	var roots []place
	for _, s := range steps {
		old, root := place{s.Case, s.Replaces}, place{s.Case, s.Root}
		after[old] = append(after[old], s)
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	var draw func(p place, depth int)
	draw = func(p place, depth int) {
		for _, s := range after[p] {
			on := "on a day not known"
			if !s.Born.Hi.IsZero() {
				on = came(s.Basis, s.Born.String())
			}
			band := string(s.Band)
			if s.Rests == scan.RestsOnName {
				band += " by the name alone"
			}
			fmt.Fprintf(w, "%s%s: generation %d, %s, %s, %s\n", strings.Repeat("  ", depth+1), s.Name.Defang(), s.Generation, band, s.Relation, on)
			draw(place{s.Case, s.Name}, depth+1)
		}
	}
	for _, p := range roots {
		fmt.Fprintf(w, "  %s\n", p.name.Defang())
		draw(p, 1)
	}
}
