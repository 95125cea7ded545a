package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

func (a *app) candidatesCommand() *cobra.Command {
	var file string
	var budget int
	var rules []string
	c := &cobra.Command{
		Use:   "candidates --case FILE_OR_ID",
		Short: "Names that may replace those of a case, best first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("candidates: --case FILE_OR_ID is missing")
			}
			if budget < 0 {
				return usagef("--budget %d: want 0 or more", budget)
			}
			return a.candidates(c.Context(), file, lookalike.Options{Budget: budget, Rules: rules})
		},
	}
	c.Flags().StringVar(&file, "case", "", "case `file`, or the id of a case in the database")
	c.Flags().IntVar(&budget, "budget", 0, "at most `N` names (0 = all)")
	c.Flags().StringSliceVar(&rules, "rules", nil, "only these `rules` (default all)")
	return c
}

func (a *app) candidates(ctx context.Context, ref string, o lookalike.Options) error {
	cs, err := a.loadCase(ctx, ref)
	if err != nil {
		return err
	}
	for _, r := range o.Rules {
		if !contains(lookalike.RuleNames(), r) {
			return usagef("--rules %s: want some of %v", r, lookalike.RuleNames())
		}
	}
	if a.at != "" {
		if o.AsOf, err = parseTime(a.at); err != nil {
			return err
		}
	}
	p, err := newPrinter(a, "csv", []column[tracker.Candidate]{
		{name: "rank", value: func(c tracker.Candidate) string { return strconv.Itoa(c.Rank) }},
		{name: "name", value: func(c tracker.Candidate) string { return string(c.Name) }, show: func(c tracker.Candidate) string { return c.Name.Defang() }},
		{name: "rule", value: func(c tracker.Candidate) string { return c.Rule }},
		{name: "from", value: func(c tracker.Candidate) string { return string(c.From) }, show: func(c tracker.Candidate) string { return c.From.Defang() }},
		{name: "prior", value: func(c tracker.Candidate) string { return strconv.FormatFloat(c.Prior, 'g', 6, 64) }},
	})
	if err != nil {
		return err
	}
	for c := range lookalike.Generate(cs, o) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := p.print(c); err != nil {
			return err
		}
	}
	return p.close()
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
