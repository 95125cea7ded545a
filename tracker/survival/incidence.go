package survival

import (
	"math"
	"slices"
	"sort"
)

// An IncidencePoint is a cumulative incidence from T on, up to the next point.
type IncidencePoint struct {
	T, F float64
	SE   float64 // of F
}

// A CauseCurve is the share of rows that have ended by one cause, over time.
type CauseCurve struct {
	Cause  string
	Ended  float64 // deaths by this cause, by weight
	Points []IncidencePoint
}

// Incidence returns the cause-specific cumulative incidence for every cause in
// rows, by name (Aalen and Johansen 1978), with delayed entry; intervals count at
// their midpoint. The curves of all causes and the Kaplan-Meier S add up to 1 at
// every time: one minus a Kaplan-Meier in which other causes are censored does
// not, and overstates each cause. Standard errors are the multinomial form of
// Greenwood's (Andersen, Borgan, Gill and Keiding 1993, 4.4.20).
//
// Every curve has a point at every death, of whatever cause. No deaths, no curves.
func Incidence(rows []Row) ([]CauseCurve, error) {
	if err := validate(rows); err != nil {
		return nil, err
	}
	var causes []string
	for _, r := range rows {
		if r.Ended() {
			causes = append(causes, r.Cause)
		}
	}
	slices.Sort(causes)
	causes = slices.Compact(causes)
	if len(causes) == 0 {
		return nil, nil
	}
	ps, _ := points(rows, nil, causes)
	curves := make([]CauseCurve, len(causes))
	for k, c := range causes {
		curves[k].Cause = c
	}

	// The risk set does not depend on the cause; its deaths do.
	sets := riskSets(ps, 1)
	deaths := make([][]float64, len(sets))
	for i := range sets {
		deaths[i] = make([]float64, len(causes))
	}
	for _, p := range ps {
		if p.event {
			i := sort.Search(len(sets), func(i int) bool { return sets[i].t >= p.t })
			deaths[i][p.cause] += p.w
			curves[p.cause].Ended += p.w
		}
	}

	for k := range causes {
		f, s := 0.0, 1.0
		var m cifMoments
		for i, r := range sets {
			n, d, dk := r.nAll, r.dAll, deaths[i][k]
			before := s
			f += s * dk / n
			left := n - d
			if left <= tiny*n {
				left = 0
			}
			s *= left / n
			m.add(f, before, n, d, dk, left)
			curves[k].Points = append(curves[k].Points, IncidencePoint{T: r.t, F: f, SE: m.se(f)})
		}
	}
	return curves, nil
}

// cifMoments accumulates the variance of a cumulative incidence F at any later t,
// which is a quadratic in F(t): for each death time s,
//
//	(F(t)-F(s))² d/(n(n-d)) - 2 (F(t)-F(s)) S(s-) dk/n² + S(s-)² dk(n-dk)/n³
//
// so three sums and no pass over the past are enough.
type cifMoments struct{ a, af, aff, b, bf, c float64 }

func (m *cifMoments) add(f, before, n, d, dk, left float64) {
	if left > 0 { // otherwise F never moves again and F(t)-F(s) is 0
		a := d / (n * left)
		m.a += a
		m.af += a * f
		m.aff += a * f * f
		b := before * dk / (n * n)
		m.b += b
		m.bf += b * f
	}
	m.c += before * before * dk * (n - dk) / (n * n * n)
}

func (m *cifMoments) se(f float64) float64 {
	v := m.a*f*f - 2*m.af*f + m.aff - 2*(m.b*f-m.bf) + m.c
	return math.Sqrt(max(v, 0))
}

// At returns the point that holds at t; before the first death F is 0.
func (c CauseCurve) At(t float64) IncidencePoint {
	i := sort.Search(len(c.Points), func(i int) bool { return c.Points[i].T > t })
	if i == 0 {
		return IncidencePoint{}
	}
	return c.Points[i-1]
}
