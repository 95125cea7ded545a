package scan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/survival"
)

// Clocks of the statistics. They are never mixed: a registered name is not yet a
// site, and a site that is up may be weeks older than the night that saw it.
const (
	ClockRegistered = "seizure-to-registered" // of the first replacement
	ClockLive       = "seizure-to-live"       // of the first replacement's site
	ClockLifespan   = "replacement-lifespan"  // from first live to the end
)

// Sources of the dates behind a row.
const (
	SourceRegistry  = "registry"   // the registry's own day
	SourceFirstSeen = "first-seen" // between two of our own looks
)

// A StatRow is one unit of a statistic with its interval, in days.
type StatRow struct {
	Clock        string               `json:"clock"`
	Stratum      string               `json:"stratum"` // own-brand, brand-spoof, unstated
	Source       string               `json:"source"`
	Name         tracker.Name         `json:"name"`         // the seized name, or the replacement whose life it is
	By           tracker.Name         `json:"by,omitempty"` // the first replacement
	Confirmation tracker.Confirmation `json:"confirmation"` // of the seizure that it goes back to
	Circular     bool                 `json:"circular"`     // reported seized because its label returned
	Row          survival.Row         `json:"row"`
}

// Group is the name under which the row's estimate is printed and `survival`
// groups it.
func (r StatRow) Group() string { return r.Clock + "/" + r.Stratum + "/" + r.Source }

const dayHours = 24.0

func days(d time.Duration) float64 { return d.Hours() / dayHours }

// StatRows makes the rows of every clock, stratum and date source from what is
// known at the last finished run. Names that were never replaced are censored at
// the last time by which the whole candidate space had been asked, not at "now".
func StatRows(ds []tracker.Dossier, runs []tracker.Run) []StatRow {
	rotation := coveredUntil(runs)
	byName := map[tracker.Name]*tracker.Dossier{}
	for i := range ds {
		byName[ds[i].Name] = &ds[i]
	}
	var out []StatRow
	for i := range ds {
		d := &ds[i]
		if d.Row != nil && d.Row.Role == tracker.RoleSeized && !d.Row.SeizedAt.IsZero() {
			out = append(out, replacementRows(d, byName, coveredFor(runs, d.Name.Label(), rotation))...)
		}
		if d.Replacement() && succeeds(d.Link) && d.Root != nil && d.Root.Role == tracker.RoleSeized {
			out = append(out, lifespanRows(d)...)
		}
	}
	slices.SortStableFunc(out, func(a, b StatRow) int {
		return cmp.Or(cmp.Compare(a.Clock, b.Clock), cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// coveredUntil is the latest time by which every candidate had been asked since:
// the last full run, else the oldest run of the last full turn of the rotation.
func coveredUntil(runs []tracker.Run) time.Time {
	var turn []tracker.Run
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if r.Verdict != tracker.RunComplete {
			continue
		}
		if r.Coverage.Full {
			if len(turn) == 0 {
				return r.ScheduledAt
			}
			break
		}
		if r.Coverage.Slice < 0 {
			continue
		}
		if slices.ContainsFunc(turn, func(x tracker.Run) bool { return x.Coverage.Slice == r.Coverage.Slice }) {
			continue
		}
		if turn = append(turn, r); len(turn) == r.Coverage.Slices {
			return r.ScheduledAt
		}
	}
	if len(turn) > 0 {
		return turn[len(turn)-1].ScheduledAt
	}
	return time.Time{}
}

// coveredFor is the latest time by which every candidate of one label had been
// asked: later than the rotation's where the label was asked in full.
func coveredFor(runs []tracker.Run, label string, rotation time.Time) time.Time {
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if r.ScheduledAt.Before(rotation) {
			break
		}
		if _, full := slices.BinarySearch(r.Coverage.FullLabels, label); full && r.Verdict == tracker.RunComplete {
			return r.ScheduledAt
		}
	}
	return rotation
}

func replacementRows(d *tracker.Dossier, byName map[tracker.Name]*tracker.Dossier, covered time.Time) []StatRow {
	seized := d.Row.SeizedAt
	if !covered.After(seized) {
		return nil // the case was not watched after the seizure
	}
	base := StatRow{Stratum: stratum(d.Row), Name: d.Name, Confirmation: d.Row.Confirmation, Circular: d.Row.Confirmation == tracker.LabelCorroborated}
	row := func(clock, source string, by tracker.Name, r survival.Row) StatRow {
		x := base
		x.Clock, x.Source, x.By, x.Row = clock, source, by, r
		x.Row.Group = x.Group()
		return x
	}
	censored := survival.Censored(days(covered.Sub(seized)))
	var out []StatRow
	var registered, seen, live *tracker.Dossier
	for _, l := range d.ReplacedBy {
		n := byName[l.New]
		if n == nil || !succeeds(&l) {
			continue
		}
		if n.Basis == tracker.BasisRegistry && (registered == nil || n.RegisteredAt.Hi.Before(registered.RegisteredAt.Hi)) {
			registered = n
		}
		if !n.FirstSeen.Hi.IsZero() && (seen == nil || n.FirstSeen.Hi.Before(seen.FirstSeen.Hi)) {
			seen = n
		}
		if b, ok := birth(n); ok {
			if was, have := birth(live); !have || b.Hi.Before(was.Hi) {
				live = n
			}
		}
	}
	if registered != nil {
		// Both are days: a name registered on the day after the seizure took one day.
		n := days(registered.RegisteredAt.Hi.UTC().Truncate(24 * time.Hour).Sub(seized.UTC().Truncate(24 * time.Hour)))
		out = append(out, row(ClockRegistered, SourceRegistry, registered.Name, survival.Exact(max(n, 0))))
	} else {
		out = append(out, row(ClockRegistered, SourceRegistry, "", censored))
	}
	if seen != nil {
		out = append(out, row(ClockRegistered, SourceFirstSeen, seen.Name, between(seen.FirstSeen, seized)))
	} else {
		out = append(out, row(ClockRegistered, SourceFirstSeen, "", censored))
	}
	if b, ok := birth(live); ok {
		out = append(out, row(ClockLive, SourceFirstSeen, live.Name, between(b, seized)))
	} else {
		out = append(out, row(ClockLive, SourceFirstSeen, "", censored))
	}
	return out
}

// succeeds says whether a link is counted as the return of one particular name.
// A site under a new label is run by the same people and stands in for no name
// more than for another; counting it would make returns of whichever name it
// resembles most.
func succeeds(l *tracker.Link) bool {
	return l.Relation == tracker.RelationReplacement && l.New.Label() == l.Old.Label()
}

// birth is when the first life of a name began, as observed.
func birth(d *tracker.Dossier) (tracker.Interval, bool) {
	if d == nil {
		return tracker.Interval{}, false
	}
	for _, l := range d.Lifespans {
		if !l.Birth.Hi.IsZero() {
			return l.Birth, true
		}
	}
	return tracker.Interval{}, false
}

// between is an observed interval as days since a start; what lies before the
// start begins there.
func between(i tracker.Interval, start time.Time) survival.Row {
	lo := 0.0
	if !i.Lo.IsZero() {
		lo = max(0, days(i.Lo.Sub(start)))
	}
	return survival.Between(lo, max(lo, days(i.Hi.Sub(start))))
}

// lifespanRows are the lives of a replacement: born in one interval, ended in
// another, so lasting between the inner and the outer distance. It enters the
// risk set when it was first observed.
func lifespanRows(d *tracker.Dossier) []StatRow {
	var out []StatRow
	for _, l := range d.Lifespans {
		if l.Birth.Hi.IsZero() {
			continue
		}
		r := StatRow{Clock: ClockLifespan, Stratum: stratum(d.Root), Source: SourceFirstSeen, Name: d.Name, Confirmation: d.Root.Confirmation, Circular: d.Root.Confirmation == tracker.LabelCorroborated}
		left := max(0, days(l.Death.Lo.Sub(l.Birth.Hi)))
		right := math.Inf(1)
		if !l.Death.Hi.IsZero() {
			start := l.Birth.Lo
			if start.IsZero() {
				start = l.Birth.Hi
			}
			right = max(left, days(l.Death.Hi.Sub(start)))
		}
		r.Row = survival.Row{Left: left, Right: right}
		r.Row.Group = r.Group()
		if r.Row.Validate() == nil {
			out = append(out, r)
		}
	}
	return out
}

func stratum(row *tracker.CaseName) string {
	if row.Kind == tracker.KindUnstated {
		return "unstated"
	}
	return string(row.Kind)
}

// A Statistic is the estimate of one clock, stratum and source.
type Statistic struct {
	Clock    string          `json:"clock"`
	Stratum  string          `json:"stratum"`
	Source   string          `json:"source"`
	N        int             `json:"n"`
	Events   int             `json:"events"`
	S        []Point         `json:"s"` // after 1, 7 and 30 days
	Median   survival.Number `json:"median"`
	MedianLo survival.Number `json:"median_lo"`
	MedianHi survival.Number `json:"median_hi"`
	// WideShare is the share of intervals wider than a tenth of the median: where
	// it is large, quote whole days only. NaN, null in JSON, where no interval ended.
	WideShare survival.Number `json:"wide_share"`
	// Confirmations counts the names by how far their seizure is confirmed;
	// Circular those that are in the case because their label returned.
	Confirmations map[tracker.Confirmation]int `json:"confirmations"`
	Circular      int                          `json:"circular"`
}

// A Point is the share without the event after so many days; NaN, null in JSON,
// past the longest time for which anybody was watched.
type Point struct {
	Days float64         `json:"days"`
	S    survival.Number `json:"s"`
	Lo   survival.Number `json:"lo"`
	Hi   survival.Number `json:"hi"`
}

// StatDays are the days at which shares are given.
var StatDays = []float64{1, 7, 30}

// Statistics estimates every group of rows, in their order.
func Statistics(rows []StatRow) ([]Statistic, error) {
	var out []Statistic
	for start := 0; start < len(rows); {
		end := start
		var rs []survival.Row
		for end < len(rows) && rows[end].Group() == rows[start].Group() {
			rs = append(rs, rows[end].Row)
			end++
		}
		st := Statistic{Clock: rows[start].Clock, Stratum: rows[start].Stratum, Source: rows[start].Source, N: end - start, Confirmations: map[tracker.Confirmation]int{}}
		for _, r := range rows[start:end] {
			st.Confirmations[r.Confirmation]++
			if r.Circular {
				st.Circular++
			}
			if r.Row.Ended() {
				st.Events++
			}
		}
		curve, err := survival.KaplanMeier(rs)
		if err != nil {
			return nil, err
		}
		for _, d := range StatDays {
			p := curve.At(d)
			if d > curve.Last && p.S > 0 { // nobody was watched for so long
				p.S, p.Lo, p.Hi = math.NaN(), math.NaN(), math.NaN()
			}
			st.S = append(st.S, Point{d, survival.Number(p.S), survival.Number(p.Lo), survival.Number(p.Hi)})
		}
		m, lo, hi := curve.Quantile(0.5)
		st.Median, st.MedianLo, st.MedianHi = survival.Number(m), survival.Number(lo), survival.Number(hi)
		st.WideShare = survival.Number(survival.WideShare(rs, m))
		out = append(out, st)
		start = end
	}
	return out, nil
}
