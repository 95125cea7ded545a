package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"respawn/tracker/survival"
)

// survivalCommand is the estimators alone, on anybody's rows.
func (a *app) survivalCommand() *cobra.Command {
	var in string
	var taus []float64
	c := &cobra.Command{
		Use:   "survival --in FILE.csv",
		Short: "Lifespan estimates from intervals: Turnbull, Kaplan-Meier, log-rank, RMST",
		Long: `survival reads columns left,right[,group][,entry] in any order. A row is an
interval (left,right]: the end came after left, at or before right. left equal to
right is an exact time; an empty right is still alive at left. entry is when the
row came under observation (left truncation).

Turnbull takes an interval as it is. Kaplan-Meier, and with it the median, the
restricted mean and the log-rank test, needs points and takes the midpoint of an
interval. Look at both, and at how many intervals are wide. On exact and censored
rows all of it is what R's survival package gives (survfit with conf.type log-log,
print with rmean, survdiff), and Turnbull what icfit of R's interval package does;
se, lo and hi are null where s is 0, and a median is null where it was not reached.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if in == "" {
				return usagef("survival: --in FILE.csv is missing (- reads standard input)")
			}
			r, name := a.Stdin, "standard input"
			if in != "-" {
				f, err := os.Open(in)
				if err != nil {
					return err
				}
				defer f.Close()
				r, name = f, in
			}
			rows, err := survival.ReadCSV(r)
			if err != nil {
				return badRows(name, err)
			}
			if len(rows) == 0 {
				return errors.New(name + " has no rows")
			}
			sum, err := survival.Summarize(rows, taus...)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f, err := a.formatOr("json")
			if err != nil {
				return err
			}
			switch f {
			case "table":
				return printSurvival(a.Stdout, sum)
			case "csv":
				return usagef("survival: --format csv is not offered: the result is a tree; take json")
			}
			return writeJSON(a.Stdout, sum)
		},
	}
	c.Flags().StringVar(&in, "in", "", "CSV `file` of intervals, - for standard input")
	c.Flags().Float64SliceVar(&taus, "tau", nil, "restricted mean up to this `time` (repeatable; default the follow-up that all groups share)")
	return c
}

// badRows says of each line that was refused why, as FILE:LINE.
func badRows(file string, err error) error {
	errs := []error{err}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		errs = many.Unwrap()
	}
	for i, err := range errs {
		if row, ok := errors.AsType[*survival.RowError](err); ok {
			errs[i] = fmt.Errorf("%s:%d: %s", file, row.Line, row.Reason)
		} else {
			errs[i] = fmt.Errorf("%s: %w", file, err)
		}
	}
	return errors.Join(errs...)
}

func printSurvival(w io.Writer, sum survival.Summary) error {
	for _, g := range sum.Groups {
		name := g.Group
		if name == "" {
			name = "all"
		}
		fmt.Fprintf(w, "%s: n %v, ended %v, median %s (95 %% %s to %s)\n",
			plain(name), g.N, g.Events, number(g.Median), number(g.MedianLo), number(g.MedianHi))
		if g.Curve.Imputed > 0 {
			fmt.Fprintf(w, "%d ends are known only to an interval and stand at its midpoint here", g.Curve.Imputed)
			if g.WideShare == g.WideShare {
				fmt.Fprintf(w, "; %.0f %% of all ends are known no better than to a tenth of the median", 100*g.WideShare)
			}
			fmt.Fprintln(w)
		}
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "t\tat risk\tS(t)\tSE\t95 % from\tto\t")
		for _, s := range g.KM {
			fmt.Fprintf(t, "%v\t%v\t%.4f\t%s\t%s\t%s\t\n", s.T, s.AtRisk, s.S, number(s.SE), number(s.Lo), number(s.Hi))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if g.Curve.Imputed > 0 {
			fmt.Fprintln(w, "Turnbull, from the intervals as they are:")
			t = tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
			fmt.Fprintln(t, "after\tuntil\tshare\t")
			for _, m := range g.Turnbull {
				fmt.Fprintf(t, "%v\t%s\t%.4f\t\n", m.Left, number(m.Right), m.P)
			}
			if err := t.Flush(); err != nil {
				return err
			}
		}
		for _, r := range g.RMST {
			fmt.Fprintf(w, "restricted mean up to %v: %.4f (SE %.4f)\n", r.Tau, r.Value, r.SE)
		}
		fmt.Fprintln(w)
	}
	if l := sum.LogRank; l != nil {
		fmt.Fprintf(w, "log-rank: chi2 %.4f on %d df, p %.4g\n", l.Chi2, l.DF, l.P)
	}
	return nil
}

// number is a figure that may be missing.
func number(n survival.Number) string {
	f := float64(n)
	if f != f || f > 1e300 || f < -1e300 {
		return "-"
	}
	return strconv.FormatFloat(f, 'g', 5, 64)
}
