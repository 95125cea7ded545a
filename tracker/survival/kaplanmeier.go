package survival

import (
	"math"
	"slices"
	"sort"
)

// z95 is the standard normal quantile of 0.975.
const z95 = 1.9599639845400542

// tiny is the share of the risk set below which what is left is rounding.
const tiny = 1e-12

// A Step is a Kaplan-Meier curve from T on, up to the next step.
type Step struct {
	T float64 // time of one or more deaths
	S float64 // share still running after T

	// SE is Greenwood's standard error of S; Lo and Hi its 95 % bounds by
	// log(-log). All three are NaN where S is 0: the estimate has no variance there.
	SE, Lo, Hi float64

	AtRisk float64 // running and watched just before T, by weight
	Deaths float64 // at T, by weight
}

// A Curve is a Kaplan-Meier estimate. The zero Curve is S = 1 of no rows.
type Curve struct {
	Steps []Step  // by ascending T, one for each time with a death
	N     float64 // rows, by weight
	Ended float64 // deaths, by weight

	// Last is the largest time in the data, a death or not. The curve is known
	// up to there.
	Last float64

	// Imputed is the number of interval rows whose death was put at the middle
	// of the interval. If it is not 0 the curve is an approximation: print
	// [WideShare] beside it, or [Turnbull] instead.
	Imputed int
}

// KaplanMeier returns the product-limit estimate over all rows, whatever their
// group, with delayed entry (Kaplan and Meier 1958; Greenwood 1926; bounds after
// Kalbfleisch and Prentice 1980). The error names the first impossible row.
func KaplanMeier(rows []Row) (Curve, error) {
	if err := validate(rows); err != nil {
		return Curve{}, err
	}
	ps, imputed := points(rows, nil, nil)
	c := fitKM(ps)
	c.Imputed = imputed
	return c, nil
}

// fitKM fits points that are sorted by time.
func fitKM(ps []point) Curve {
	var c Curve
	for _, p := range ps {
		c.N += p.w
		c.Last = max(c.Last, p.t)
		if p.event {
			c.Ended += p.w
		}
	}
	s, greenwood := 1.0, 0.0
	for _, r := range riskSets(ps, 1) {
		n, d := r.n[0], r.d[0]
		left := n - d
		if left <= tiny*n {
			left = 0
		}
		s *= left / n
		greenwood += d / (n * left) // +Inf once nothing is left
		st := Step{T: r.t, S: s, AtRisk: n, Deaths: d}
		st.SE, st.Lo, st.Hi = bounds(s, math.Sqrt(greenwood))
		c.Steps = append(c.Steps, st)
	}
	return c
}

// bounds returns the standard error of s and its 95 % log(-log) bounds, given the
// standard error of log s.
func bounds(s, seLog float64) (se, lo, hi float64) {
	switch {
	case s == 0:
		return math.NaN(), math.NaN(), math.NaN()
	case seLog == 0:
		return 0, s, s
	}
	w := z95 * seLog / math.Log(s)
	cll := math.Log(-math.Log(s))
	return s * seLog, math.Exp(-math.Exp(cll - w)), math.Exp(-math.Exp(cll + w))
}

// A riskSet is a time with deaths: who was at risk and who died, by group.
type riskSet struct {
	t    float64
	n, d []float64
	nAll float64
	dAll float64
}

// riskSets returns the risk set of each time with a death, ascending, from points
// sorted by time.
func riskSets(ps []point, groups int) []riskSet {
	return riskSetsBy(ps, groups, func(p point) int { return p.group })
}

func riskSetsBy(ps []point, groups int, group func(point) int) []riskSet {
	entries := slices.Clone(ps)
	slices.SortStableFunc(entries, func(a, b point) int {
		switch {
		case a.entry < b.entry:
			return -1
		case a.entry > b.entry:
			return 1
		}
		return 0
	})
	if groups == 1 {
		group = func(point) int { return 0 }
	}
	// Backwards, as R does: sums then grow from the thin end of the curve, where
	// a rounding error would weigh most.
	n := make([]float64, groups)
	var sets []riskSet
	e := len(entries) - 1
	for i := len(ps) - 1; i >= 0; {
		t := ps[i].t
		d := make([]float64, groups)
		var died bool
		for ; i >= 0 && ps[i].t == t; i-- {
			g := group(ps[i])
			n[g] += ps[i].w
			if ps[i].event {
				d[g] += ps[i].w
				died = true
			}
		}
		for ; e >= 0 && entries[e].entry >= t; e-- {
			n[group(entries[e])] -= entries[e].w
		}
		if !died {
			continue
		}
		r := riskSet{t: t, n: slices.Clone(n), d: d}
		for g := range n {
			r.nAll += n[g]
			r.dAll += d[g]
		}
		sets = append(sets, r)
	}
	slices.Reverse(sets)
	return sets
}

// At returns the step that holds at t: S = 1 with no uncertainty before the first
// death. Beyond [Curve.Last] the curve is not known; At then repeats its last value.
func (c Curve) At(t float64) Step {
	i := sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].T > t })
	if i == 0 {
		return Step{S: 1, Lo: 1, Hi: 1, AtRisk: c.N}
	}
	return c.Steps[i-1]
}

// Quantile returns the time by which the share p had ended, with the 95 %
// interval of Brookmeyer and Crowley (1982) made from the curve's own bounds.
// What the curve or a bound never reaches is NaN. Quantile(0.5) is the median.
func (c Curve) Quantile(p float64) (t, lo, hi float64) {
	target := 1 - p
	return c.crossing(target, func(s Step) float64 { return s.S }),
		c.crossing(target, func(s Step) float64 { return s.Lo }),
		c.crossing(target, func(s Step) float64 { return s.Hi })
}

// crossing is the first time at which y is at or below target, and the middle of
// the flat part if y equals target and falls again later.
func (c Curve) crossing(target float64, y func(Step) float64) float64 {
	tolerance := math.Sqrt(0x1p-52)
	for i, st := range c.Steps {
		v := y(st)
		if !(v < target+tolerance) { // NaN never crosses
			continue
		}
		if math.Abs(v-target) < tolerance {
			for _, next := range c.Steps[i+1:] {
				if y(next) < v {
					return midpoint(st.T, next.T)
				}
			}
		}
		return st.T
	}
	return math.NaN()
}

// An RMST is a restricted mean: the expected time running within the first Tau units.
type RMST struct {
	Tau, Value, SE float64

	// Extrapolated is true if Tau lies beyond the data while some were still
	// running: Value then takes them as running on to Tau.
	Extrapolated bool
}

// RMST returns the area under the curve from 0 to tau, with the standard error of
// Miller (1981), as print.survfit and survRM2 give it.
func (c Curve) RMST(tau float64) RMST {
	r := RMST{Tau: tau}
	steps := c.Steps[:sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].T > tau })]
	if k := len(steps); tau > c.Last && (k == 0 || steps[k-1].S > 0) {
		r.Extrapolated = true
	}
	// From the right: after is the area between the step and tau, on which the
	// uncertainty of that step weighs.
	var after, variance float64
	end := tau
	for i := len(steps) - 1; i >= 0; i-- {
		st := steps[i]
		after += st.S * (end - st.T)
		end = st.T
		if left := st.AtRisk - st.Deaths; left > tiny*st.AtRisk {
			variance += after * after * st.Deaths / (st.AtRisk * left)
		}
	}
	r.Value = after + end
	r.SE = math.Sqrt(variance)
	return r
}
