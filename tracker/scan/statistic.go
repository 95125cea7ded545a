package scan

import (
	"math"
	"slices"

	"respawn/tracker"
	"respawn/tracker/survival"
)

// A Statistic is the estimate of one clock, stratum and source.
type Statistic struct {
	Clock   string     `json:"clock"`
	Stratum string     `json:"stratum"`
	Source  string     `json:"source"`
	Unit    string     `json:"unit"` // of every figure in days: "calendar-day" (UTC) or "day" (24 hours)
	N       int        `json:"n"`
	Events  int        `json:"events"`
	Links   LinkCounts `json:"links"`
	LeftOut LeftOut    `json:"left_out"`
	// Early counts the events that may have come before the seizure; they stand at 0.
	Early    int             `json:"early,omitempty"`
	S        []Point         `json:"s"` // after 1, 7 and 30 days
	Median   survival.Number `json:"median"`
	MedianLo survival.Number `json:"median_lo"`
	MedianHi survival.Number `json:"median_hi"`
	// MedianIn is the interval in which the median lies by the intervals as they are
	// (Turnbull), without taking midpoints; nulls where it was not reached.
	MedianIn [2]survival.Number `json:"median_in"`
	// MedianEnds is the median with every interval at its earlier end, and at its later
	// one; null where that has none.
	MedianEnds [2]survival.Number `json:"median_ends"`
	// RMST is the mean number of days without the event within the first 30, or as
	// many as anybody was watched.
	RMST survival.RMSTSummary `json:"rmst"`
	// WideShare is the share of intervals wider than a tenth of the median: where
	// it is large, quote whole days only. NaN, null in JSON, where no interval ended.
	WideShare survival.Number `json:"wide_share"`
	// Confirmations counts the names by how far their seizure is confirmed;
	// Circular those that are in the case because their label returned.
	Confirmations map[tracker.Confirmation]int `json:"confirmations"`
	Circular      int                          `json:"circular"`
	// Undated counts the events of registry dates to which the registry gives no
	// date: they lie between two looks of ours.
	Undated int `json:"undated,omitempty"`
	// Causes are the cumulative incidences by cause of death, for lifespans.
	Causes []Cause `json:"causes,omitempty"`
}

// LinkCounts say what events rest on; for lifespans, what the lives do.
type LinkCounts struct {
	Confirmed int `json:"confirmed"`
	Probable  int `json:"probable"`   // by more than the name
	NameAlone int `json:"name_alone"` // probable, and nothing but the name speaks for it
}

// count adds one that rests on what [StatRow] says.
func (c *LinkCounts) count(rests string) {
	switch rests {
	case RestsConfirmed:
		c.Confirmed++
	case RestsProbable:
		c.Probable++
	case RestsOnName:
		c.NameAlone++
	}
}

// LeftOut counts the names of which the clock can say neither that somebody came
// nor that nobody did. They are not in N.
type LeftOut struct {
	Open    int `json:"open"`    // see [LeftOpen]
	Reserve int `json:"reserve"` // see [LeftReserve]
	Untaken int `json:"untaken"` // see [LeftUntaken]
	Unshown int `json:"unshown"` // see [LeftUnshown]
}

// Units of a Statistic.
const (
	UnitCalendarDay = "calendar-day"
	UnitDay         = "day"
)

// A Cause is the share of lives that had ended by one cause, by Aalen and Johansen:
// the shares of all causes and S add up to one.
type Cause struct {
	Cause  string       `json:"cause"`
	Events int          `json:"events"`
	F      []CausePoint `json:"f"` // after 1, 7 and 30 days
}

// A CausePoint is a cumulative incidence; null past the longest time watched.
type CausePoint struct {
	Days float64         `json:"days"`
	F    survival.Number `json:"f"`
	SE   survival.Number `json:"se"`
}

// A Point is the share without the event after so many days; NaN, null in JSON,
// past the longest time for which anybody was watched. S stands with the midpoints
// of intervals; InLo and InHi are the bounds that the intervals themselves leave
// (Turnbull), wider where an interval lies across the day. Where several overlap the
// likelihood gives all of them to what they share, which may lie on one side of the
// day; EndsLo and EndsHi are S if every interval across the day ended by then, and if
// none did. Lo and Hi are the 95 % bounds of S.
type Point struct {
	Days float64         `json:"days"`
	S    survival.Number `json:"s"`
	Lo   survival.Number `json:"lo"`
	Hi   survival.Number `json:"hi"`
	InLo survival.Number `json:"in_lo"`
	InHi survival.Number `json:"in_hi"`

	EndsLo survival.Number `json:"ends_lo"`
	EndsHi survival.Number `json:"ends_hi"`
}

// StatDays are the days at which shares are given.
var StatDays = []float64{1, 7, 30}

// Statistics estimates every group of rows, in their order.
func Statistics(rows []StatRow) ([]Statistic, error) {
	var out []Statistic
	for start := 0; start < len(rows); {
		end := start
		for end < len(rows) && rows[end].Group() == rows[start].Group() {
			end++
		}
		st, err := statistic(rows[start:end])
		if err != nil {
			return nil, err
		}
		out = append(out, st)
		start = end
	}
	return out, nil
}

func statistic(rows []StatRow) (Statistic, error) {
	st := Statistic{Clock: rows[0].Clock, Stratum: rows[0].Stratum, Source: rows[0].Source, Unit: UnitDay, Confirmations: map[tracker.Confirmation]int{}}
	if st.Source == SourceRegistry {
		st.Unit = UnitCalendarDay
	}
	var rs []survival.Row
	for _, r := range rows {
		if st.leaveOut(r.LeftOut) {
			continue
		}
		x := r.Row
		x.Cause = r.Cause
		rs = append(rs, x)
		st.N++
		st.Confirmations[r.Confirmation]++
		count := func(when bool, n *int) {
			if when {
				*n++
			}
		}
		count(r.Circular, &st.Circular)
		count(r.Undated, &st.Undated)
		count(r.Early, &st.Early)
		count(r.Row.Ended(), &st.Events)
		st.Links.count(r.Rests)
	}
	if len(rs) == 0 {
		return st.unknown(), nil
	}
	curve, err := survival.KaplanMeier(rs)
	if err != nil {
		return st, err
	}
	npmle, err := survival.Turnbull(rs, survival.HalfOpen)
	if err != nil {
		return st, err
	}
	known := func(day float64) bool { return day <= curve.Last || curve.At(day).S <= 0 } // else nobody was watched for so long
	for _, d := range StatDays {
		p := noPoint(d)
		if known(d) {
			s := curve.At(d)
			p.S, p.Lo, p.Hi = survival.Number(s.S), survival.Number(s.Lo), survival.Number(s.Hi)
			lo, hi := npmle.At(d)
			p.InLo, p.InHi = survival.Number(lo), survival.Number(hi)
			least, most, err := ends(rs, d)
			if err != nil {
				return st, err
			}
			p.EndsLo, p.EndsHi = survival.Number(least), survival.Number(most)
		}
		st.S = append(st.S, p)
	}
	m, lo, hi := curve.Quantile(0.5)
	st.Median, st.MedianLo, st.MedianHi = survival.Number(m), survival.Number(lo), survival.Number(hi)
	left, right := npmle.Median()
	st.MedianIn = [2]survival.Number{survival.Number(left), survival.Number(right)}
	if math.IsInf(right, 1) { // half outlive all that is known: the median was not reached
		st.MedianIn = [2]survival.Number{nan, nan}
	}
	if st.MedianEnds[0], st.MedianEnds[1], err = medianEnds(rs, st.Unit, m); err != nil {
		return st, err
	}
	tau := StatDays[len(StatDays)-1]
	if !known(tau) {
		tau = curve.Last
	}
	r := curve.RMST(tau)
	st.RMST = survival.RMSTSummary{Tau: r.Tau, Value: r.Value, SE: r.SE}
	st.WideShare = survival.Number(survival.WideShare(rs, m))
	if st.Clock != ClockLifespan {
		return st, nil
	}
	curves, err := survival.Incidence(rs)
	if err != nil {
		return st, err
	}
	for _, c := range curves {
		cause := Cause{Cause: c.Cause, Events: int(c.Ended)}
		for _, d := range StatDays {
			p := CausePoint{d, nan, nan}
			if known(d) {
				f := c.At(d)
				p.F, p.SE = survival.Number(f.F), survival.Number(f.SE)
			}
			cause.F = append(cause.F, p)
		}
		st.Causes = append(st.Causes, cause)
	}
	return st, nil
}

// leaveOut counts a row that has no place in the estimate.
func (st *Statistic) leaveOut(why string) bool {
	switch why {
	case LeftOpen:
		st.LeftOut.Open++
	case LeftReserve:
		st.LeftOut.Reserve++
	case LeftUntaken:
		st.LeftOut.Untaken++
	case LeftUnshown:
		st.LeftOut.Unshown++
	}
	return why != ""
}

// unknown is a statistic of nobody: every figure is missing.
func (st Statistic) unknown() Statistic {
	for _, d := range StatDays {
		st.S = append(st.S, noPoint(d))
	}
	st.Median, st.MedianLo, st.MedianHi, st.WideShare = nan, nan, nan, nan
	st.MedianIn, st.MedianEnds = [2]survival.Number{nan, nan}, [2]survival.Number{nan, nan}
	return st
}

func noPoint(d float64) Point {
	return Point{Days: d, S: nan, Lo: nan, Hi: nan, InLo: nan, InHi: nan, EndsLo: nan, EndsHi: nan}
}

// ends is S after a day if each of the intervals that lie across it ended by then, and
// if each ended later. The others stay at their middle, so S as it stands lies between.
func ends(rs []survival.Row, day float64) (lo, hi float64, err error) {
	for i, by := range []func(survival.Row) float64{
		func(survival.Row) float64 { return day },
		func(r survival.Row) float64 { return r.Right },
	} {
		curve, err := moved(rs, func(r survival.Row) (float64, bool) { return by(r), r.Left < day && r.Right > day })
		if err != nil {
			return 0, 0, err
		}
		if s := curve.At(day).S; i == 0 {
			lo = s
		} else {
			hi = s
		}
	}
	return lo, hi, nil
}

// medianEnds is the median with every interval at its earlier end, in calendar days
// the first that is in it, and at its later one.
func medianEnds(rs []survival.Row, unit string, median float64) (lo, hi survival.Number, err error) {
	early, err := moved(rs, func(r survival.Row) (float64, bool) {
		end := r.Left
		if unit == UnitCalendarDay && r.Left > 0 { // from 0 on has that day in it
			end = min(r.Left+1, r.Right)
		}
		if r.Entry > 0 && end <= r.Entry { // what entered late had not ended by then
			end = math.Nextafter(r.Entry, r.Right)
		}
		return end, true
	})
	if err != nil {
		return nan, nan, err
	}
	late, err := moved(rs, func(r survival.Row) (float64, bool) { return r.Right, true })
	if err != nil {
		return nan, nan, err
	}
	first, _, _ := early.Quantile(0.5)
	last, _, _ := late.Quantile(0.5)
	return survival.Number(min(first, median)), survival.Number(max(last, median)), nil
}

// moved is the curve of the rows with the intervals that to names ended exactly there.
func moved(rs []survival.Row, to func(survival.Row) (float64, bool)) (survival.Curve, error) {
	out := slices.Clone(rs)
	for i, r := range rs {
		if !r.IsInterval() {
			continue
		}
		if end, ok := to(r); ok {
			out[i].Left, out[i].Right = end, end
		}
	}
	return survival.KaplanMeier(out)
}

var nan = survival.Number(math.NaN())
