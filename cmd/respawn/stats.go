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
	var id, band string
	var rows, waves bool
	var o scan.StatOptions
	c := &cobra.Command{
		Use:   "stats",
		Short: "Lifespans and time to replacement, with their uncertainty",
		Long: `stats prints, for each clock, stratum and source of dates, how many names there
are, how many had the event, and the share without it after 1, 7 and 30 days with
95 % bounds. --by divides the names otherwise than into own brands and spoofs, --nth
counts to a later replacement than the first, --band confirmed counts confirmed links
alone, and lifespans come with the share of deaths by each cause (Aalen-Johansen).
Beside the events stands what they rest on: confirmed links, probable ones, and those
that are probable by the name alone, where nothing else ties the new site to the old.

Registry dates count UTC calendar days (the day after the seizure is 1), our own looks
days of 24 hours. Names that did not come back count up to the last sweep that covered them. Shares
put an end that is known to an interval at its midpoint; where the interval lies
across the day, what it leaves open is said beside (in_lo and in_hi in JSON). Names of
which neither can be said are left out, and counted. --rows prints the intervals
themselves (with --format json also names, dates, and what was left out), so that

  respawn stats --rows | respawn survival --in -

gives the same estimates. --waves prints which names replaced which, generation by
generation, and the waves in which they came: replacements of one campaign within
days of one another, at one registrar or, where none contradicts, under one suffix.`,
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
			case band != string(tracker.BandProbable) && band != string(tracker.BandConfirmed):
				return usagef("stats: --band %s: want probable or confirmed", band)
			}
			o.Band = tracker.Band(band)
			return a.stats(c.Context(), id, rows, o)
		},
	}
	c.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	c.Flags().BoolVar(&rows, "rows", false, "print the rows as CSV: left,right,group,entry, in days")
	c.Flags().StringVar(&o.By, "by", scan.ByKind, "divide names by this `stratum`: "+strings.Join(scan.StatStrata, ", "))
	c.Flags().IntVar(&o.Nth, "nth", 1, "time to the `n`-th replacement of each name")
	c.Flags().StringVar(&band, "band", string(tracker.BandProbable), "count links of this `band` or better: probable, confirmed")
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
		return a.statRowsOut(rows)
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

// A rowOut is a row with its interval as JSON has it: right is null while nobody
// came, and both are null where the row is left out.
type rowOut struct {
	scan.StatRow
	Left  survival.Number `json:"left"`
	Right survival.Number `json:"right"`
	Entry float64         `json:"entry,omitempty"`
}

// statRowsOut prints the rows: as `survival` reads them, unless JSON is asked for.
func (a *app) statRowsOut(rows []scan.StatRow) error {
	switch a.format {
	case "json", "jsonl":
		out := make([]rowOut, len(rows))
		for i, r := range rows {
			out[i] = rowOut{r, survival.Number(r.Row.Left), survival.Number(r.Row.Right), r.Row.Entry}
			if r.LeftOut != "" {
				out[i].Left, out[i].Right = survival.Number(math.NaN()), survival.Number(math.NaN())
			}
			if a.format == "jsonl" {
				if err := writeJSONLine(a.Stdout, out[i]); err != nil {
					return err
				}
			}
		}
		if a.format == "jsonl" {
			return nil
		}
		return writeJSON(a.Stdout, out)
	case "", "csv":
	default:
		return usagef("stats: --rows --format %s is not offered: take csv, json or jsonl", a.format)
	}
	var rs []survival.Row
	for _, r := range rows {
		if r.LeftOut == "" {
			rs = append(rs, r.Row)
		}
	}
	return survival.WriteCSV(a.Stdout, rs)
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
		column[scan.Statistic]{name: "circular", value: func(s scan.Statistic) string { return strconv.Itoa(s.Circular) }},
		column[scan.Statistic]{name: "unit", value: func(s scan.Statistic) string { return s.Unit }},
		column[scan.Statistic]{name: "by_confirmed", value: func(s scan.Statistic) string { return strconv.Itoa(s.Links.Confirmed) }},
		column[scan.Statistic]{name: "by_probable", value: func(s scan.Statistic) string { return strconv.Itoa(s.Links.Probable) }},
		column[scan.Statistic]{name: "by_name_alone", value: func(s scan.Statistic) string { return strconv.Itoa(s.Links.NameAlone) }},
		column[scan.Statistic]{name: "early", value: func(s scan.Statistic) string { return strconv.Itoa(s.Early) }},
		column[scan.Statistic]{name: "left_out", value: func(s scan.Statistic) string {
			return strconv.Itoa(s.LeftOut.Open + s.LeftOut.Reserve + s.LeftOut.Untaken + s.LeftOut.Unshown)
		}})
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
	clock, named := "", false
	for _, s := range stats {
		if s.Clock != clock {
			clock = s.Clock
			fmt.Fprintln(w, clockTitle(clock))
		}
		fmt.Fprintf(w, "  %s, dates from %s: ", plain(s.Stratum), sourceWords[s.Source])
		named = named || s.Links.NameAlone > 0
		if by := s.Links; s.Clock != scan.ClockLifespan && by.NameAlone > 0 && by.NameAlone == s.Events {
			// No figure: it would read as a finding about people of whom nothing is known.
			fmt.Fprintf(w, "no replacement is shown; for %d of %d somebody put up a site of that name, linked by the name alone\n", s.Events, s.N)
		} else {
			fmt.Fprintf(w, "%d of %d%s%s\n", s.Events, s.N, linkWords(s), shares(s))
		}
		for _, note := range statNotes(s) {
			fmt.Fprintf(w, "    %s\n", note)
		}
	}
	if named {
		fmt.Fprintln(w, "By the name alone: nothing but its name ties the new site to the seized one, so it may be anybody's.")
	}
}

// linkWords says what the events rest on; for lifespans, what the lives do.
func linkWords(s scan.Statistic) string {
	switch words := linkCounts(s.Links); {
	case words == "":
		return ""
	case s.Clock == scan.ClockLifespan:
		return " ended; links: " + words
	default:
		return "; " + words
	}
}

func linkCounts(c scan.LinkCounts) string {
	var parts []string
	for _, p := range []struct {
		n     int
		words string
	}{{c.Confirmed, "confirmed"}, {c.Probable, "probable"}, {c.NameAlone, "by the name alone"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.words))
		}
	}
	return strings.Join(parts, ", ")
}

// shares are the shares with the event after each of the days, and the median.
func shares(s scan.Statistic) string {
	if s.N == 0 {
		return ""
	}
	var parts []string
	for _, p := range s.S {
		parts = append(parts, fmt.Sprintf("within %s %s", dayWords(s, p.Days), share(p)))
	}
	return "; " + strings.Join(parts, ", ") + median(s)
}

// dayWords is a number of days and what a day is: the first horizon says it.
func dayWords(s scan.Statistic, n float64) string {
	switch {
	case n != scan.StatDays[0]:
		return fmt.Sprintf("%v d", n)
	case s.Unit == scan.UnitCalendarDay:
		return fmt.Sprintf("%v calendar day", n)
	}
	return fmt.Sprintf("%v h", 24*n)
}

// statNotes are the lines under a statistic: what it rests on and what it lacks.
func statNotes(s scan.Statistic) []string {
	var out []string
	say := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(s.N, "seizures: %s", confirmationCounts(s))
	say(s.Undated, "%d of %d have no date from the registry: they came between two looks of ours", s.Undated, s.Events)
	say(s.Early, "%d of %d may have come before the hour of the seizure: counted from 0 days on", s.Early, s.Events)
	say(s.LeftOut.Open, "left out: %s of which a site was there at our first look, and nothing says whether it came before or after the seizure", counted(s.LeftOut.Open, "name"))
	say(s.LeftOut.Reserve, "left out: %s whose replacement was registered before the seizure, in reserve or by somebody else", counted(s.LeftOut.Reserve, "name"))
	say(s.LeftOut.Unshown, "left out: %s whose replacement answered and showed no site of its own: a challenge, or a redirect to a stranger's older site", counted(s.LeftOut.Unshown, "name"))
	say(s.LeftOut.Untaken, "left out: %s lost before our first look and before the case file's day", counted(s.LeftOut.Untaken, "name"))
	if x := float64(s.WideShare); x > 0 {
		out = append(out, fmt.Sprintf("%.0f %% of the intervals are wider than a tenth of the median: quote whole days only", 100*x))
	}
	if len(s.Causes) > 0 {
		var causes []string
		for _, c := range s.Causes {
			causes = append(causes, fmt.Sprintf("%d %s%s", c.Events, plain(c.Cause), byCause(c)))
		}
		out = append(out, "ended: "+strings.Join(causes, ", "))
	}
	return out
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

// median is the median with the days between which the ends of the intervals put it.
func median(s scan.Statistic) string {
	if number(s.Median) == "-" {
		return ""
	}
	out := fmt.Sprintf("; median %s d (", figure(s, s.Median))
	if lo, hi := outward(s, s.MedianEnds[0], math.Floor), outward(s, s.MedianEnds[1], math.Ceil); float64(s.WideShare) > 0 && lo != hi {
		out += "by the intervals " + span95(lo, hi) + "; "
	}
	return out + "95 % " + span95(outward(s, s.MedianLo, math.Floor), outward(s, s.MedianHi, math.Ceil)) + ")"
}

// figure is a number of days with the digits that the data allow, "-" where it is
// missing: whole days where days of the calendar were counted, or where an interval
// is wider than a tenth of the median; else two digits. Every number of days that
// stats says to people is written by this rule; bounds are rounded outwards.
func figure(s scan.Statistic, n survival.Number) string {
	x := float64(n)
	switch {
	case number(n) == "-":
		return "-"
	case !wholeDays(s):
		return strconv.FormatFloat(x, 'g', 2, 64)
	case s.Unit == scan.UnitCalendarDay && x != math.Floor(x): // between two whole ones
		return fmt.Sprintf("%.0f to %.0f", math.Floor(x), math.Ceil(x))
	}
	return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
}

// outward is a bound by the rule of figure, rounded by round where days are whole.
func outward(s scan.Statistic, n survival.Number, round func(float64) float64) string {
	if number(n) != "-" && wholeDays(s) {
		n = survival.Number(round(float64(n)))
	}
	return figure(s, n)
}

func wholeDays(s scan.Statistic) bool {
	return s.Unit == scan.UnitCalendarDay || float64(s.WideShare) > 0
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
	if a, b := pc(p.EndsHi), pc(p.EndsLo); a != b {
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
