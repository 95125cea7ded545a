package survival

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// A Convention says what the ends of an interval row mean.
type Convention uint8

const (
	// HalfOpen intervals are (Left, Right]: still running at Left, ended at
	// Right. What two scans say, and what the rest of this package assumes.
	HalfOpen Convention = iota
	// Closed intervals are [Left, Right], as in Python's lifelines.
	Closed
)

// A Mass is the probability of ending in an innermost interval. Left < Right is
// (Left, Right] (both ends included under [Closed]); Left == Right is an atom;
// Right = +Inf is a share that outlives all that is known. Where in the interval
// the mass lies is not determined by any data: draw a box, do not interpolate.
type Mass struct{ Left, Right, P float64 }

// An NPMLE is the nonparametric maximum likelihood estimate of when rows end.
type NPMLE struct {
	Masses []Mass // by ascending time; intervals of no mass are left out

	// Gap is how far the estimate is from meeting the Karush-Kuhn-Tucker
	// conditions, as a share of all rows: 0 is the exact maximum. The likelihood
	// is concave, so meeting them means that no other curve fits better.
	Gap float64

	// Iterations is the number of Newton steps that it took.
	Iterations int

	convention Convention
}

// ErrNotConverged is returned with an estimate whose Gap is above 1e-8.
var ErrNotConverged = errors.New("the estimate did not converge")

// Turnbull returns the nonparametric maximum likelihood estimate over all rows,
// whatever their group, from intervals, exact ends and rows still running (Peto
// 1973; Turnbull 1976), and from delayed entry (Turnbull's truncation, with the
// candidate intervals corrected by Frydman 1994). Rows that are all exact or still
// running give the Kaplan-Meier estimate.
//
// The work is done on the hazards of the innermost intervals, where the
// likelihood is concave even under truncation. It starts from uniform mass, makes
// a few self-consistency sweeps and finishes with projected Newton steps, because
// the EM algorithm alone needs thousands of sweeps where intervals overlap much.
//
// The error names the first impossible row, or is [ErrNotConverged].
func Turnbull(rows []Row, convention Convention) (NPMLE, error) {
	if err := validate(rows); err != nil {
		return NPMLE{}, err
	}
	if len(rows) == 0 {
		return NPMLE{convention: convention}, nil
	}
	cells := innermost(rows, convention)
	p, err := problemOf(rows, cells, convention)
	if err != nil {
		return NPMLE{}, err
	}
	hazard, gap, iterations := p.solve()

	est := NPMLE{Gap: gap, Iterations: iterations, convention: convention}
	s := 1.0
	for j, c := range cells {
		var mass float64
		switch {
		case p.terminal[j]:
			mass, s = s, 0
		case hazard[j] > tiny: // less is what rounding leaves of nothing
			mass = s * -math.Expm1(-hazard[j])
			s *= math.Exp(-hazard[j])
		}
		if mass > 0 {
			est.Masses = append(est.Masses, Mass{c.left.v, c.right, mass})
		}
	}
	if !(gap <= 1e-8) {
		return est, fmt.Errorf("%w: %d steps left a gap of %.1e", ErrNotConverged, iterations, gap)
	}
	return est, nil
}

// At returns the bounds of S just after t. They differ only where t is inside an
// interval that holds mass, and there no data tell where between them S lies.
func (e NPMLE) At(t float64) (lo, hi float64) {
	lo, hi = 1, 1
	for _, m := range e.Masses {
		switch {
		case m.Right <= t:
			hi -= m.P
			lo -= m.P
		case m.Left < t || (m.Left == t && e.convention == Closed):
			lo -= m.P
		}
	}
	return max(lo, 0), max(hi, 0)
}

// Median returns the interval in which S passes one half; NaN if the half that
// outlives all that is known is larger, and a right of +Inf if it ends in it.
func (e NPMLE) Median() (left, right float64) {
	s := 1.0
	for _, m := range e.Masses {
		s -= m.P
		if s <= 0.5+tiny {
			return m.Left, m.Right
		}
	}
	return math.NaN(), math.NaN()
}

// An edge is a left end. At one moment v come, in this order: [v (an atom or a
// closed interval starts), v] (something ends), (v (a half-open interval starts).
type edge struct {
	v    float64
	open bool
}

func (a edge) compare(b edge) int {
	if c := cmp.Compare(a.v, b.v); c != 0 || a.open == b.open {
		return c
	}
	if a.open {
		return 1
	}
	return -1
}

// ends returns where the row's own interval starts and ends. What lies before its
// entry is cut off: had it ended there it would not be in the table.
func (r Row) ends(convention Convention) (left edge, right float64) {
	left = edge{r.Left, convention == HalfOpen && r.Left < r.Right}
	if r.Entry > 0 && left.compare(edge{r.Entry, true}) < 0 {
		left = edge{r.Entry, true}
	}
	return left, r.Right
}

// A cell is an innermost interval: a left end directly followed by a right end.
// Mass elsewhere could always be moved into one without loss (Peto 1973).
type cell struct {
	left  edge
	right float64
}

func innermost(rows []Row, convention Convention) []cell {
	type mark struct {
		edge
		rank uint8 // 0 [v, 1 v], 2 (v
	}
	marks := make([]mark, 0, 2*len(rows))
	for _, r := range rows {
		left, right := r.ends(convention)
		var rank uint8
		if left.open {
			rank = 2
		}
		marks = append(marks, mark{left, rank}, mark{edge{v: right}, 1})
		if r.Entry > 0 {
			// Mass on either side of an entry differs in who could have seen it.
			marks = append(marks, mark{edge{v: r.Entry}, 1})
		}
	}
	slices.SortFunc(marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.v, b.v), cmp.Compare(a.rank, b.rank))
	})
	var cells []cell
	for i := 1; i < len(marks); i++ {
		if marks[i-1].rank != 1 && marks[i].rank == 1 {
			cells = append(cells, cell{marks[i-1].edge, marks[i].v})
		}
	}
	return cells
}

// A reading is what one row says about the cells: it was watched from cell start
// on, outlived those before a, and ended in one of a..b.
type reading struct {
	start int
	span
}

// readings translates rows into cells, in an order that does not depend on
// theirs, so that sums of weights do not either.
func readings(rows []Row, cells []cell, convention Convention) ([]reading, error) {
	k := len(cells)
	out := make([]reading, 0, len(rows))
	for i, r := range rows {
		left, right := r.ends(convention)
		a := sort.Search(k, func(j int) bool { return cells[j].left.compare(left) >= 0 })
		b := sort.Search(k, func(j int) bool { return cells[j].right > right }) - 1
		if a > b {
			return nil, fmt.Errorf("row %d: no innermost interval in (%v, %v]", i, r.Left, r.Right)
		}
		start := 0
		if r.Entry > 0 {
			start = sort.Search(k, func(j int) bool { return cells[j].right > r.Entry })
		}
		out = append(out, reading{start, span{a, b, r.weight()}})
	}
	slices.SortFunc(out, func(x, y reading) int {
		return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), cmp.Compare(x.start, y.start), cmp.Compare(x.w, y.w))
	})
	return out, nil
}

// problemOf states the likelihood of rows over the hazards of cells.
func problemOf(rows []Row, cells []cell, convention Convention) (*problem, error) {
	rs, err := readings(rows, cells, convention)
	if err != nil {
		return nil, err
	}
	k := len(cells)
	p := &problem{terminal: make([]bool, k), cost: make([]float64, k)}
	// Survivors of a cell are counted as well as weighed: whether there are any
	// must not hang on a rounding error.
	count, weight := make([]int, k+1), make([]float64, k+1)
	for _, r := range rs {
		p.total += r.w
		if r.start < r.a {
			count[r.start]++
			count[r.a]--
			weight[r.start] += r.w
			weight[r.a] -= r.w
		}
	}
	var n int
	var w float64
	for j := range k {
		n += count[j]
		w += weight[j]
		if n > 0 {
			p.cost[j] = w
		}
	}

	// All that is left ends in the last cell. Under truncation an earlier cell
	// that nobody outlives may also take all: it costs nothing and fits the rows
	// that it covers perfectly (the early zero of Kaplan-Meier with few at risk).
	p.terminal[k-1] = true
	for _, r := range rs {
		if r.b == k-1 {
			continue
		}
		for j := r.b; j >= r.a; j-- {
			if p.cost[j] == 0 {
				p.terminal[j] = true
				break
			}
		}
	}
	nextTerminal := make([]int, k)
	for j, next := k-1, k-1; j >= 0; j-- {
		if p.terminal[j] {
			next = j
		}
		nextTerminal[j] = next
	}
	for _, r := range rs {
		if nextTerminal[r.a] <= r.b {
			continue // its end is certain to fall in there, whatever the hazards
		}
		if n := len(p.spans); n > 0 && p.spans[n-1].a == r.a && p.spans[n-1].b == r.b {
			p.spans[n-1].w += r.w
			continue
		}
		p.spans = append(p.spans, r.span)
	}
	return p, nil
}
