package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/export"
	"respawn/tracker/lifecycle"
)

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export --format FORMAT",
		Short: "Everything known, for other programs and for readers",
		Long:  "export writes the sites of a case, or one name, in one of these formats:\n\n" + formatList() + "\nThe same state gives the same bytes. Names are plain in machine formats and\ndefanged in what people read.",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.export(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.id, "case", "", "only this case, by its `id`")
	f.StringVar(&o.name, "name", "", "only this `name`")
	f.Int64Var(&o.since, "since", 0, "only what changed after this `run`")
	f.StringVarP(&o.out, "output", "o", "", "`file` to write (default standard output)")
	f.StringVar(&o.tlp, "tlp", "", "marking: clear, green, amber, amber+strict, red (default amber)")
	return c
}

type exportOptions struct {
	id, name, out, tlp string
	since              int64
}

func formatList() string {
	var b strings.Builder
	for _, f := range export.Formats() {
		fmt.Fprintf(&b, "  %-12s %s\n", f.Name, f.About)
	}
	return b.String()
}

func formatNames() string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func (a *app) export(ctx context.Context, o exportOptions) error {
	if a.format == "" {
		return usagef("export: --format is missing: want %s", formatNames())
	}
	if !slices.ContainsFunc(export.Formats(), func(f export.Format) bool { return f.Name == a.format }) {
		return usagef("export: --format %q is not known: want %s", a.format, formatNames())
	}
	st, r, err := a.reader(ctx)
	if err != nil {
		return err
	}
	ids, err := caseIDs(ctx, st, o.id)
	if err != nil {
		return err
	}
	var only []tracker.Name
	if o.name != "" {
		n, err := tracker.ParseName(refang(o.name))
		if err != nil {
			return usagef("--name: %v", err)
		}
		only = append(only, n)
	}
	var ds []tracker.Dossier
	m := export.Meta{TLP: o.tlp, Policy: lifecycle.DefaultPolicy().Name}
	for _, id := range ids {
		got, err := a.dossiers(ctx, id, only...)
		if err != nil {
			return err
		}
		if len(got) == 0 {
			continue
		}
		runs, err := r.Runs(ctx, id)
		if err != nil {
			return err
		}
		rec, err := st.Case(ctx, id)
		if err != nil {
			return err
		}
		m.Case, m.Title = id, rec.Title
		for _, run := range runs {
			if run.Verdict != tracker.RunUnfinished && run.ID > m.Run {
				m.Run, m.AsOf = run.ID, run.FinishedAt
			}
		}
		ds = append(ds, got...)
	}
	switch {
	case len(ds) == 0 && o.name != "":
		return fmt.Errorf("nothing is known of %s", only[0].Defang())
	case len(ids) > 1 && o.id == "":
		m.Case, m.Title = "", fmt.Sprintf("%d cases", len(ids))
	}
	for i := range ds {
		ds[i].AsOf = m.AsOf // what is exported is as of the last run, not of now
	}
	if o.since > 0 {
		ds = export.Since(ds, tracker.RunID(o.since))
	}
	return a.writeOut(o.out, func(w io.Writer) error {
		err := export.Write(a.format, w, ds, m)
		if errors.Is(err, export.ErrFormat) || errors.Is(err, export.ErrTLP) {
			return usagef("export: %v", err)
		}
		return err
	})
}

// writeOut writes to standard output or to a file that appears whole or not at
// all.
func (a *app) writeOut(out string, write func(io.Writer) error) error {
	if out == "" || out == "-" {
		return write(a.Stdout)
	}
	return replaceFile(out, "export", 0o644, write)
}

func (a *app) timelineCommand() *cobra.Command {
	var ascii bool
	var width int
	c := &cobra.Command{
		Use: "timeline NAME", Short: "The lifeline of one name, and one sentence that can be quoted", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := a.dossier(c.Context(), args[0])
			if err != nil {
				return err
			}
			switch a.format {
			case "json":
				return writeJSON(a.Stdout, d)
			case "jsonl":
				return writeJSONLine(a.Stdout, d)
			case "csv":
				return usagef("timeline: --format csv is not offered; take json, or export --format csv --name NAME")
			case "", "table":
			default:
				return usagef("--format %q: want table, json or jsonl", a.format)
			}
			if width == 0 {
				width = 100
				if n, err := strconv.Atoi(a.Getenv("COLUMNS")); err == nil && n >= 40 {
					width = n
				}
			}
			return export.Timeline(a.Stdout, d, width, ascii || !utf8Locale(a.Getenv))
		},
	}
	c.Flags().BoolVar(&ascii, "ascii", false, "plain letters only")
	c.Flags().IntVar(&width, "width", 0, "`columns` to use (default those of the terminal)")
	return c
}

// utf8Locale says whether the terminal shows more than ASCII; where nothing is
// said, it does.
func utf8Locale(getenv func(string) string) bool {
	for _, k := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(k); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
