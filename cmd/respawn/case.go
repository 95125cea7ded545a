package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/casefile"
	"respawn/tracker/lookalike"
	"respawn/tracker/store"
)

func (a *app) caseCommand() *cobra.Command {
	c := &cobra.Command{Use: "case", Short: "Import and show case files"}
	add := &cobra.Command{
		Use:   "add FILE...",
		Short: "Import case files (CSV, YAML or plain lists; defanged names are fine)",
		Long: `case add imports case files: CSV with a first line of column names, YAML, or one
name a line. Only the column domain is required; docs/case.md explains the others:
  ` + strings.Join(casefile.Columns()[:7], ", ") + `,
  ` + strings.Join(casefile.Columns()[7:], ", ") + `
role is seized, campaign or outlet. Name the genuine sites that are imitated as
outlets (or in the column impersonates): what they carry themselves is no evidence.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			st, err := a.openStore(c.Context(), false)
			if err != nil {
				return err
			}
			if err := a.importCases(c.Context(), st, args); err != nil {
				return err
			}
			return a.adviseCases(c.Context(), st)
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "The cases that are watched", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.listCases(c.Context()) },
	}
	show := &cobra.Command{
		Use: "show ID", Short: "One case with every name in it", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.showCase(c.Context(), args[0]) },
	}
	c.AddCommand(add, list, show)
	return c
}

// openFile opens a case file; casefile is pure and asks for it.
func openFile(name string) (io.ReadCloser, error) { return os.Open(filepath.FromSlash(name)) }

// errCaseFile says that a file gave no case. What the database has of it stays as
// it was.
var errCaseFile = errors.New("no case in it")

// importCases reads and stores each file. Refused rows are said on standard error
// and do not stop the others; a file that gives no case fails the command after
// all files were tried, with an error that wraps errCaseFile.
func (a *app) importCases(ctx context.Context, st *store.Store, files []string) error {
	var failed []error
	for _, f := range files {
		c, refusals, err := casefile.Load(openFile, f)
		rows := 0
		for _, r := range refusals {
			a.tellRefusal(r)
			if r.Row() {
				rows++
			}
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("case file %s: %w: %w", f, errCaseFile, err))
			continue
		}
		var in store.Imported
		err = st.Tx(ctx, func(tx *store.Tx) error {
			var err error
			in, err = tx.ImportCase(ctx, c)
			return err
		})
		if err != nil {
			return fmt.Errorf("case %s: %w", c.ID, err)
		}
		fmt.Fprintf(a.Stdout, "%s\t%d names (%d new, %d changed, %d left out now), %d outlets; %d rows refused\n",
			c.ID, len(c.Names), in.Added, in.Changed, in.Dropped, len(c.Outlets), rows)
		if cfg, err := a.config(); err == nil {
			if cost := nightCost(&c, cfg); cost != "" {
				fmt.Fprintf(a.Stderr, "respawn: %s\n", cost)
			}
		}
	}
	return errors.Join(failed...)
}

// adviseCases says of which cases the outlets are missing.
func (a *app) adviseCases(ctx context.Context, st *store.Store) error {
	ids, err := st.Cases(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		rec, err := st.Case(ctx, id)
		if err != nil {
			return err
		}
		if s := outletAdvice(&rec.Case); s != "" {
			fmt.Fprintf(a.Stderr, "respawn: case %s: %s\n", id, s)
		}
	}
	return nil
}

// outletAdvice is what is wrong with a case that may hold spoofs and names no site
// that they are of; "" where nothing is. Whatever the genuine site carries itself
// then passes for what its imitators share.
func outletAdvice(c *tracker.Case) string {
	n := 0
	for _, x := range c.Names {
		if x.Kind != tracker.KindOwnBrand && x.Impersonates == "" {
			n++
		}
	}
	if n == 0 || len(c.Outlets) > 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s may imitate a genuine site (kind is brand-spoof or empty), and no row names it: add it with role outlet, or it and its copies may pass for the operators' (docs/case.md)",
		n, counted(len(c.Names), "row"))
}

// tellRefusal says what of a file did not go in as it stood.
func (a *app) tellRefusal(r casefile.Refusal) {
	what := "refused"
	if r.Assumed {
		what = "assumed"
	}
	fmt.Fprintf(a.Stderr, "%s: %s\n", what, plain(r.String()))
}

// nightCost says what the nights of a case cost that is too large to be asked in
// full between one night and the next, and "" of all others.
func nightCost(c *tracker.Case, cfg *Config) string {
	if cfg.Rate.DNS <= 0 {
		return ""
	}
	n := lookalike.Count(c, lookalike.Options{Rules: []string{lookalike.RuleSameLabel}})
	hours := func(names int) float64 { return float64(names) / float64(cfg.Rate.DNS) / 3600 }
	if hours(n) <= 24 {
		return ""
	}
	turns := max(1, int(time.Duration(cfg.Sweep.CoverAllEvery)/(24*time.Hour)))
	return fmt.Sprintf("case %s has %d candidates: asking them all, as in the nights after a seizure of all its labels, takes %.0f hours at rate.dns %v; other nights ask the best %d and one part in %d of the rest, %.1f hours",
		c.ID, n, hours(n), cfg.Rate.DNS, cfg.Sweep.Budget, turns, hours(cfg.Sweep.Budget+n/turns))
}

// loadCase reads a case from a file, or by its id from the database.
func (a *app) loadCase(ctx context.Context, ref string) (*tracker.Case, error) {
	if _, err := os.Stat(ref); err == nil {
		c, refusals, err := casefile.Load(openFile, ref)
		for _, r := range refusals {
			if !r.Assumed { // a role makes no difference to names
				a.tellRefusal(r)
			}
		}
		return &c, err
	}
	st, err := a.openStore(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("%s is no file, and no case of that id can be read: %w", ref, err)
	}
	rec, err := st.Case(ctx, tracker.CaseID(ref))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%s is neither a file nor a case in the database", ref)
	}
	return &rec.Case, err
}

type caseLine struct {
	ID       tracker.CaseID `json:"id"`
	Title    string         `json:"title"`
	Seized   int            `json:"seized"`
	Campaign int            `json:"campaign"`
	Outlets  int            `json:"outlets"`
}

func (a *app) listCases(ctx context.Context) error {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return err
	}
	ids, err := st.Cases(ctx)
	if err != nil {
		return err
	}
	p, err := newPrinter(a, "jsonl", []column[caseLine]{
		{name: "id", value: func(c caseLine) string { return string(c.ID) }},
		{name: "seized", value: func(c caseLine) string { return strconv.Itoa(c.Seized) }},
		{name: "campaign", value: func(c caseLine) string { return strconv.Itoa(c.Campaign) }},
		{name: "outlets", value: func(c caseLine) string { return strconv.Itoa(c.Outlets) }},
		{name: "title", value: func(c caseLine) string { return c.Title }},
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		rec, err := st.Case(ctx, id)
		if err != nil {
			return err
		}
		n := len(rec.Seized())
		if err := p.print(caseLine{id, rec.Title, n, len(rec.Names) - n, len(rec.Outlets)}); err != nil {
			return err
		}
	}
	return p.close()
}

func (a *app) showCase(ctx context.Context, id string) error {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return err
	}
	rec, err := st.Case(ctx, tracker.CaseID(id))
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no case %q; see: respawn case list", id)
	}
	if err != nil {
		return err
	}
	day := func(n tracker.CaseName) string {
		if n.SeizedAt.IsZero() {
			return ""
		}
		return n.SeizedAt.Format("2006-01-02")
	}
	p, err := newPrinter(a, "jsonl", []column[tracker.CaseName]{
		{name: "domain", value: func(n tracker.CaseName) string { return string(n.Name) }, show: func(n tracker.CaseName) string { return n.Name.Defang() }},
		{name: "role", value: func(n tracker.CaseName) string { return string(n.Role) }},
		{name: "seized_date", value: day},
		{name: "seizure", value: func(n tracker.CaseName) string {
			if n.Role != tracker.RoleSeized {
				return ""
			}
			return n.Confirmation.Phrase()
		}},
		{name: "kind", value: func(n tracker.CaseName) string { return string(n.Kind) }},
		{name: "impersonates", value: func(n tracker.CaseName) string { return string(n.Impersonates) }, show: func(n tracker.CaseName) string { return n.Impersonates.Defang() }},
		{name: "origin", value: func(n tracker.CaseName) string { return fmt.Sprintf("%s:%d", n.Origin.File, n.Origin.Line) }},
	})
	if err != nil {
		return err
	}
	names := slices.Clone(rec.Names)
	for _, n := range names {
		if err := p.print(n); err != nil {
			return err
		}
	}
	return p.close()
}
