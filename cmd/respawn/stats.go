package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/scan"
	"respawn/tracker/survival"
)

func (a *app) statsCommand() *cobra.Command {
	var id string
	var rows, waves bool
	var o scan.StatOptions
	c := &cobra.Command{
		Use:   "stats",
		Short: "Lifespans and time to replacement, with their uncertainty",
		Long: `stats prints, for each clock, stratum and source of dates, how many names there
are, how many had the event, and the share without it after 1, 7 and 30 days with
95 % bounds. --by divides the names otherwise than into own brands and spoofs, --nth
counts to a later replacement than the first, and lifespans come with the share of
deaths by each cause (Aalen-Johansen).

Names that did not come back count up to the last sweep that covered them. Shares
put an end that is known to an interval at its midpoint; where the interval lies
across the day, what it leaves open is said beside (in_lo and in_hi in JSON). --rows prints the intervals themselves, so that

  respawn stats --rows | respawn survival --in -

gives the same estimates. --waves prints which names replaced which, generation by
generation, and the waves in which they came: replacements of one campaign, born
within days of one another at one registrar or under one suffix.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case rows && waves:
				return usagef("stats: --rows and --waves are two questions; ask one")
			case waves:
				return a.waves(c.Context(), id)
			case !slices.Contains(scan.StatStrata, o.By):
				return usagef("stats: --by %s: want one of %s", o.By, strings.Join(scan.StatStrata, ", "))
			case o.Nth < 1:
				return usagef("stats: --nth %d: the first replacement is 1", o.Nth)
			}
			return a.stats(c.Context(), id, rows, o)
		},
	}
	c.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	c.Flags().BoolVar(&rows, "rows", false, "print the rows as CSV: left,right,group,entry, in days")
	c.Flags().StringVar(&o.By, "by", scan.ByKind, "divide names by this `stratum`: "+strings.Join(scan.StatStrata, ", "))
	c.Flags().IntVar(&o.Nth, "nth", 1, "time to the `n`-th replacement of each name")
	c.Flags().BoolVar(&waves, "waves", false, "print the waves of replacements and the campaign graph")
	return c
}

// statRows are the rows of one case or of all.
func (a *app) statRows(ctx context.Context, only string, o scan.StatOptions) ([]scan.StatRow, error) {
	st, r, err := a.reader(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := caseIDs(ctx, st, only)
	if err != nil {
		return nil, err
	}
	var out []scan.StatRow
	for _, id := range ids {
		ds, err := a.dossiers(ctx, id)
		if err != nil {
			return nil, err
		}
		runs, err := r.Runs(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, scan.StatRows(ds, runs, o)...)
	}
	slices.SortStableFunc(out, func(a, b scan.StatRow) int { return strings.Compare(a.Group(), b.Group()) })
	return out, nil
}

func (a *app) stats(ctx context.Context, only string, asRows bool, o scan.StatOptions) error {
	rows, err := a.statRows(ctx, only, o)
	if err != nil {
		return err
	}
	if asRows {
		rs := make([]survival.Row, len(rows))
		for i, r := range rows {
			rs[i] = r.Row
		}
		return survival.WriteCSV(a.Stdout, rs)
	}
	stats, err := scan.Statistics(rows)
	if err != nil {
		return err
	}
	f, err := a.formatOr("json")
	if err != nil {
		return err
	}
	switch f {
	case "json":
		if stats == nil {
			stats = []scan.Statistic{}
		}
		return writeJSON(a.Stdout, stats)
	case "jsonl":
		for _, s := range stats {
			if err := writeJSONLine(a.Stdout, s); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return a.statsCSV(stats)
	}
	if len(stats) == 0 {
		return errNothing
	}
	printStats(a.Stdout, stats)
	d, err := a.descent(ctx, only)
	if err != nil {
		return err
	}
	printWaves(a.Stdout, d.Waves)
	return nil
}

func (a *app) statsCSV(stats []scan.Statistic) error {
	num := func(n survival.Number) string {
		if s := number(n); s != "-" {
			return s
		}
		return ""
	}
	cols := []column[scan.Statistic]{
		{name: "clock", value: func(s scan.Statistic) string { return s.Clock }},
		{name: "stratum", value: func(s scan.Statistic) string { return s.Stratum }},
		{name: "source", value: func(s scan.Statistic) string { return s.Source }},
		{name: "n", value: func(s scan.Statistic) string { return strconv.Itoa(s.N) }},
		{name: "events", value: func(s scan.Statistic) string { return strconv.Itoa(s.Events) }},
	}
	for i, d := range scan.StatDays {
		name := fmt.Sprintf("s%v", d)
		cols = append(cols,
			column[scan.Statistic]{name: name, value: func(s scan.Statistic) string { return num(s.S[i].S) }},
			column[scan.Statistic]{name: name + "_lo", value: func(s scan.Statistic) string { return num(s.S[i].Lo) }},
			column[scan.Statistic]{name: name + "_hi", value: func(s scan.Statistic) string { return num(s.S[i].Hi) }})
	}
	cols = append(cols,
		column[scan.Statistic]{name: "median", value: func(s scan.Statistic) string { return num(s.Median) }},
		column[scan.Statistic]{name: "median_lo", value: func(s scan.Statistic) string { return num(s.MedianLo) }},
		column[scan.Statistic]{name: "median_hi", value: func(s scan.Statistic) string { return num(s.MedianHi) }},
		column[scan.Statistic]{name: "wide_share", value: func(s scan.Statistic) string { return num(s.WideShare) }},
		column[scan.Statistic]{name: "documented", value: func(s scan.Statistic) string { return strconv.Itoa(s.Confirmations[tracker.Documented]) }},
		column[scan.Statistic]{name: "circular", value: func(s scan.Statistic) string { return strconv.Itoa(s.Circular) }})
	p, err := newPrinter(a, "csv", cols)
	if err != nil {
		return err
	}
	for _, s := range stats {
		if err := p.print(s); err != nil {
			return err
		}
	}
	return p.close()
}

// printStats is for people: shares with the event, which is how they are quoted.
func printStats(w io.Writer, stats []scan.Statistic) {
	clock := ""
	for _, s := range stats {
		if s.Clock != clock {
			clock = s.Clock
			fmt.Fprintln(w, clockTitle(clock))
		}
		fmt.Fprintf(w, "  %s, dates from %s: %d of %d", plain(s.Stratum), sourceWords[s.Source], s.Events, s.N)
		var parts []string
		for _, p := range s.S {
			parts = append(parts, fmt.Sprintf("within %v d %s", p.Days, share(p)))
		}
		fmt.Fprintf(w, "; %s%s\n", strings.Join(parts, ", "), median(s))
		fmt.Fprintf(w, "    seizures: %s\n", confirmationCounts(s))
		if n := s.Undated; n > 0 {
			fmt.Fprintf(w, "    %d of %d have no date from the registry: they came between two looks of ours\n", n, s.Events)
		}
		if x := float64(s.WideShare); x > 0 {
			fmt.Fprintf(w, "    %.0f %% of the intervals are wider than a tenth of the median: quote whole days only\n", 100*x)
		}
		if len(s.Causes) > 0 {
			var causes []string
			for _, c := range s.Causes {
				causes = append(causes, fmt.Sprintf("%d %s%s", c.Events, plain(c.Cause), byCause(c)))
			}
			fmt.Fprintf(w, "    ended: %s\n", strings.Join(causes, ", "))
		}
	}
}

// byCause is the share that one cause has ended by the last of the days that is known.
func byCause(c scan.Cause) string {
	for _, p := range slices.Backward(c.F) {
		if number(p.F) != "-" {
			return fmt.Sprintf(" (%.0f %% within %v d)", 100*float64(p.F), p.Days)
		}
	}
	return ""
}

// clockTitle is what a clock measures, in words.
func clockTitle(clock string) string {
	if words, ok := clockWords[clock]; ok {
		return words
	}
	for base, words := range clockWords {
		if n, ok := strings.CutPrefix(clock, base+"-"); ok {
			return strings.Replace(words, "first replacement", "replacement number "+n, 1)
		}
	}
	return clock
}

// median is the median as the data allow: to the day where ends are known to
// intervals, and in which days it lies by the intervals themselves.
func median(s scan.Statistic) string {
	m, lo, hi := number(s.Median), number(s.MedianLo), number(s.MedianHi)
	if m == "-" {
		return ""
	}
	if float64(s.WideShare) > 0 {
		m = whole(s.Median)
		lo, hi = whole(s.MedianLo), whole(s.MedianHi)
		if a, b := whole(s.MedianIn[0]), whole(s.MedianIn[1]); a != "-" && b != "-" && a != b {
			return fmt.Sprintf("; median %s d (between %s and %s; 95 %% %s)", m, a, b, span95(lo, hi))
		}
	}
	return fmt.Sprintf("; median %s d (95 %% %s)", m, span95(lo, hi))
}

// span95 is an interval of which an end may not exist.
func span95(lo, hi string) string {
	switch {
	case lo == "-" && hi == "-":
		return "not known"
	case lo == "-":
		return "up to " + hi
	case hi == "-":
		return lo + " or more"
	}
	return lo + " to " + hi
}

// whole is a figure in whole days that may be missing.
func whole(n survival.Number) string {
	if number(n) == "-" {
		return "-"
	}
	return strconv.FormatFloat(math.Round(float64(n)), 'f', 0, 64)
}

var clockWords = map[string]string{
	scan.ClockRegistered: "From the seizure to the registration of the first replacement",
	scan.ClockLive:       "From the seizure to the first replacement's site being seen live",
	scan.ClockLifespan:   "How long replacements stayed up",
}

var sourceWords = map[string]string{scan.SourceRegistry: "the registry", scan.SourceFirstSeen: "our own looks (first seen)"}

// share is 1-S with its bounds, in whole per cent, where there are any.
func share(p scan.Point) string {
	pc := func(n survival.Number) string {
		if number(n) == "-" {
			return "?"
		}
		return strconv.Itoa(int(100*(1-float64(n)) + 0.5))
	}
	open := "" // what intervals that lie across the day leave open
	if a, b := pc(p.InHi), pc(p.InLo); a != b {
		open = fmt.Sprintf(", by the intervals %s-%s %%", a, b)
	}
	switch {
	case number(p.S) == "-":
		return "not known yet"
	case number(p.Lo) == "-" || p.Lo == p.Hi: // none or all: the formula has no width to give
		return pc(p.S) + " %" + open
	}
	return fmt.Sprintf("%s %% (%s-%s)%s", pc(p.S), pc(p.Hi), pc(p.Lo), open)
}

func confirmationCounts(s scan.Statistic) string {
	var parts []string
	for _, c := range []tracker.Confirmation{tracker.Documented, tracker.OutletDocumented, tracker.LabelCorroborated, tracker.CampaignDocumented, tracker.ConfirmationUnstated} {
		if n := s.Confirmations[c]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, or(string(c), "not stated")))
		}
	}
	out := strings.Join(parts, ", ")
	if s.Circular > 0 {
		out += fmt.Sprintf("; %d of %d are listed because their label returned: this says how fast, not how often", s.Circular, s.N)
	}
	return out
}
