package scan

import (
	"math"

	"respawn/tracker"
	"respawn/tracker/survival"
)

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
	// MedianIn is the interval in which the median lies by the intervals as they are
	// (Turnbull), without taking midpoints; nulls where it was not reached.
	MedianIn [2]survival.Number `json:"median_in"`
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
// (Turnbull), wider where an interval lies across the day. Lo and Hi are the 95 %
// bounds of S.
type Point struct {
	Days float64         `json:"days"`
	S    survival.Number `json:"s"`
	Lo   survival.Number `json:"lo"`
	Hi   survival.Number `json:"hi"`
	InLo survival.Number `json:"in_lo"`
	InHi survival.Number `json:"in_hi"`
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
	st := Statistic{Clock: rows[0].Clock, Stratum: rows[0].Stratum, Source: rows[0].Source, N: len(rows), Confirmations: map[tracker.Confirmation]int{}}
	rs := make([]survival.Row, len(rows))
	for i, r := range rows {
		rs[i] = r.Row
		rs[i].Cause = r.Cause
		st.Confirmations[r.Confirmation]++
		if r.Circular {
			st.Circular++
		}
		if r.Undated {
			st.Undated++
		}
		if r.Row.Ended() {
			st.Events++
		}
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
		p := Point{Days: d, S: nan, Lo: nan, Hi: nan, InLo: nan, InHi: nan}
		if known(d) {
			s := curve.At(d)
			p.S, p.Lo, p.Hi = survival.Number(s.S), survival.Number(s.Lo), survival.Number(s.Hi)
			lo, hi := npmle.At(d)
			p.InLo, p.InHi = survival.Number(lo), survival.Number(hi)
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

var nan = survival.Number(math.NaN())
