package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"respawn/tracker"
	"respawn/tracker/scan"
)

// holders are the first answers, of registries and registrars, that showed the
// registrants which the links rest on.
func holders(ctx context.Context, r scan.Reader, chain []tracker.Link) ([]tracker.Observation, error) {
	type shown struct {
		name         tracker.Name
		field, value string
	}
	wanted := map[shown]bool{}
	var names []tracker.Name
	for _, l := range chain {
		for _, e := range l.Evidence {
			if field, ok := strings.CutPrefix(e.Kind, "registrant-"); ok {
				wanted[shown{l.New, field, e.Value}], wanted[shown{l.Old, field, e.Value}] = true, true
				names = append(names, l.New, l.Old)
			}
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.Sort(names)
	var out []tracker.Observation
	err := r.Observations(ctx, slices.Compact(names), func(o *tracker.Observation) error {
		if o.Void || o.Facts == nil || o.Facts.Registration == nil {
			return nil
		}
		tells := false
		for field, value := range o.Facts.Registration.Registrant {
			if k := (shown{o.Name, field, value}); wanted[k] {
				tells = true
				delete(wanted, k)
			}
		}
		if tells {
			out = append(out, *o)
		}
		return nil
	})
	return out, err
}

func printAnswer(w io.Writer, o *tracker.Observation) {
	fmt.Fprintf(w, "  %s  %-12s %s%s  said by %s", o.At.UTC().Format("2006-01-02 15:04:05"), o.Probe, o.Outcome, reasonWord(o.Reason), or(o.Server, "nobody"))
	if o.Raw != "" {
		fmt.Fprintf(w, "  bytes sha256:%s", o.Raw)
	}
	fmt.Fprintln(w)
}
