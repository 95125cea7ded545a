package survival

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A problem is the log-likelihood of interval rows as a function of the
// cumulative hazard x[j] >= 0 spent in each innermost interval j:
//
//	f(x) = - sum over j of cost[j] x[j] + sum over spans of w log(1 - exp(-X))
//
// where X is the sum of x over the span. The first part is what rows known to
// outlive j say, conditional on their entry; the second, that a row ended within
// its interval. Both are concave, so a point that meets the KKT conditions
//
//	gradient[j] <= 0, and = 0 where x[j] > 0
//
// is the maximum. A terminal cell has infinite hazard: all that reach it end in it.
type problem struct {
	spans    []span    // by (a, b), each pair once, none over a terminal cell
	cost     []float64 // weight of the rows that outlive a cell
	terminal []bool
	total    float64 // weight of all rows

	// needed tells the cells that lie in a span. The hazard of the others is 0,
	// by rule and not by arithmetic: where nobody is at risk it would be undetermined.
	needed []bool
}

// A span is the run of cells a..b in which w rows ended.
type span struct {
	a, b int
	w    float64
}

const (
	kktGoal    = 1e-13 // of the total weight; Newton steps reach it when rounding lets them
	maxSweeps  = 25
	maxNewton  = 500
	denseLimit = 400 // free hazards up to which the Newton system is factorised
)

// solve returns the maximising hazards, the largest violation of the KKT
// conditions as a share of the total weight, and the Newton steps taken.
func (p *problem) solve() (x []float64, gap float64, iterations int) {
	k := len(p.cost)
	x = make([]float64, k)
	p.needed = make([]bool, k)
	covered := make([]int, k+1)
	for _, s := range p.spans {
		covered[s.a]++
		covered[s.b+1]--
	}
	var n int
	for j := range k {
		n += covered[j]
		if n > 0 {
			p.needed[j] = true
			x[j] = -math.Log1p(-1 / float64(k-j)) // uniform mass; the last cell is terminal
		}
	}
	if len(p.spans) == 0 {
		return x, 0, 0
	}
	st := newState(p, x)
	st.evaluate()
	st.sweep(maxSweeps)

	best := st.kkt()
	stalled := 0
	for iterations < maxNewton && best > kktGoal {
		iterations++
		if !st.newton() && !st.ascend() {
			break
		}
		if gap := st.kkt(); gap < best {
			if gap > 0.5*best {
				stalled++
			} else {
				stalled = 0
			}
			best = gap
		} else {
			stalled++
		}
		if stalled > 8 && best < 1e-11 {
			break // rounding: no step improves any more
		}
	}
	return st.x, st.kkt(), iterations
}

// A state is a point of the ascent and what was computed there.
type state struct {
	p         *problem
	x         []float64
	f         float64
	grad      []float64
	reach     []float64 // per span: X, the hazard spent in it
	curvature []float64 // per span: minus the second derivative of its term
	diagonal  []float64 // of minus the Hessian

	trial, trialReach, sums []float64
}

func newState(p *problem, x []float64) *state {
	k, n := len(x), len(p.spans)
	return &state{p: p, x: x, grad: make([]float64, k), diagonal: make([]float64, k),
		reach: make([]float64, n), curvature: make([]float64, n),
		trial: make([]float64, k), trialReach: make([]float64, n), sums: make([]float64, k+1)}
}

// value returns f at x and fills reach. It is -Inf where a span has no hazard.
func (st *state) value(x, reach []float64) float64 {
	var f float64
	for j, v := range x {
		st.sums[j+1] = st.sums[j] + v
		f -= st.p.cost[j] * v
	}
	for i, s := range st.p.spans {
		var r float64
		if s.b-s.a < 16 {
			// Short spans are added up anew: a difference of two long sums would
			// lose the digits of a small hazard.
			for _, v := range x[s.a : s.b+1] {
				r += v
			}
		} else {
			r = st.sums[s.b+1] - st.sums[s.a]
		}
		if r <= 0 {
			return math.Inf(-1)
		}
		reach[i] = r
		f += s.w * math.Log(-math.Expm1(-r))
	}
	return f
}

// evaluate computes f and its derivatives at x.
func (st *state) evaluate() {
	st.f = st.value(st.x, st.reach)
	st.derive()
}

// derive computes the derivatives at x, whose reach is known.
func (st *state) derive() {
	k := len(st.x)
	first, second := make([]float64, k+1), make([]float64, k+1)
	for i, s := range st.p.spans {
		phi := 1 / math.Expm1(st.reach[i])
		st.curvature[i] = s.w * phi * (1 + phi)
		first[s.a] += s.w * phi
		first[s.b+1] -= s.w * phi
		second[s.a] += st.curvature[i]
		second[s.b+1] -= st.curvature[i]
	}
	var g, h float64
	for j := range k {
		g += first[j]
		h += second[j]
		st.grad[j] = g - st.p.cost[j]
		st.diagonal[j] = max(h, 0)
	}
}

// kkt returns the largest violation of the KKT conditions, as a share of the total weight.
func (st *state) kkt() float64 {
	var worst float64
	for j, g := range st.grad {
		if !st.p.needed[j] {
			continue
		}
		if st.x[j] > 0 {
			g = math.Abs(g)
		}
		worst = max(worst, g)
	}
	return worst / st.p.total
}

// accept moves to the trial point.
func (st *state) accept(f float64) {
	st.x, st.trial = st.trial, st.x
	st.reach, st.trialReach = st.trialReach, st.reach
	st.f = f
	st.derive()
}

// sweep makes up to n multiplicative self-consistency steps, which keep every
// hazard positive: each is scaled by what its rows ask for over what it costs.
func (st *state) sweep(n int) {
	for range n {
		damping := 1.0
		for {
			for j, v := range st.x {
				st.trial[j] = v
				if v > 0 && st.p.cost[j] > 0 {
					ratio := (st.grad[j] + st.p.cost[j]) / st.p.cost[j]
					st.trial[j] = v * math.Pow(min(max(ratio, .25), 4), damping)
				}
			}
			f := st.value(st.trial, st.trialReach)
			if f > st.f {
				st.accept(f)
				break
			}
			if damping /= 2; damping < 1e-3 {
				return
			}
		}
	}
}

// newton makes one projected Newton step (Bertsekas 1982) and reports whether it
// got anywhere.
func (st *state) newton() bool {
	k := len(st.x)
	// Hazards at (or next to) zero that want to be smaller are held there; the
	// others are free.
	near := min(1e-6, st.kkt())
	free := make([]int, 0, k)
	dir := make([]float64, k)
	for j, g := range st.grad {
		switch {
		case !st.p.needed[j]:
		case st.x[j] <= near && g < 0:
			dir[j] = -st.x[j]
		default:
			free = append(free, j)
		}
	}
	if len(free) > 0 {
		var d []float64
		if len(free) <= denseLimit {
			d = st.factorise(free)
		} else {
			d = st.conjugate(free)
		}
		for i, j := range free {
			dir[j] = d[i]
		}
	}
	return st.search(dir)
}

// ascend makes one projected gradient step, scaled by the diagonal: slow, but
// upwards whatever the Newton system did.
func (st *state) ascend() bool {
	dir := make([]float64, len(st.x))
	for j, g := range st.grad {
		if st.p.needed[j] {
			dir[j] = g / st.diagonal[j]
		}
	}
	return st.search(dir)
}

// search moves along dir, clipped at zero, as far as f rises. Where f is flat to
// rounding it goes by the KKT conditions instead.
func (st *state) search(dir []float64) bool {
	before := st.kkt()
	flat := 1e-13 * (1 + math.Abs(st.f))
	// Far out the curvature vanishes and a Newton step means nothing: no hazard
	// is moved by more than a few times what it could be.
	first := 1.0
	for j, d := range dir {
		if reach := 4 * (1 + st.x[j]); math.Abs(d)*first > reach {
			first = reach / math.Abs(d)
		}
	}
	for step := first; step > 1e-10*first; step /= 2 {
		var slope float64
		for j, v := range st.x {
			st.trial[j] = max(0, v+step*dir[j])
			slope += st.grad[j] * (st.trial[j] - v)
		}
		f := st.value(st.trial, st.trialReach)
		switch {
		case f > st.f+flat && f >= st.f+1e-4*slope:
			st.accept(f)
			return true
		case f >= st.f-flat && slope < 1e4*flat:
			old := st.f
			st.accept(f)
			if st.kkt() < before {
				return true
			}
			st.accept(old) // the former point: accept swaps
		}
	}
	return false
}

// factorise solves the Newton system over the free hazards exactly.
func (st *state) factorise(free []int) []float64 {
	m := len(free)
	at := st.positions(free)
	// cover[a][b] holds the curvature of the spans over exactly the free hazards
	// a..b; entry (i, j) of the Hessian is the sum over spans with a <= i, b >= j.
	cover := make([]float64, m*m)
	for i, s := range st.p.spans {
		a, b := at[s.a], at[s.b+1]-1
		if a <= b {
			cover[a*m+b] += st.curvature[i]
		}
	}
	for a := range m {
		for b := m - 1; b >= a; b-- {
			v := cover[a*m+b]
			if a > 0 {
				v += cover[(a-1)*m+b]
			}
			if b+1 < m {
				v += cover[a*m+b+1]
				if a > 0 {
					v -= cover[(a-1)*m+b+1]
				}
			}
			cover[a*m+b] = v
		}
	}
	rhs := mat.NewVecDense(m, nil)
	for i, j := range free {
		rhs.SetVec(i, st.grad[j])
	}
	// Scaled to a unit diagonal; a ridge then means the same for every hazard.
	scale := make([]float64, m)
	for i := range m {
		scale[i] = 1 / math.Sqrt(cover[i*m+i])
	}
	for ridge := 1e-14; ridge < 1; ridge *= 100 {
		h := mat.NewSymDense(m, nil)
		for a := range m {
			for b := a; b < m; b++ {
				h.SetSym(a, b, cover[a*m+b]*scale[a]*scale[b])
			}
			h.SetSym(a, a, 1+ridge)
		}
		var chol mat.Cholesky
		if !chol.Factorize(h) {
			continue
		}
		v := mat.NewVecDense(m, nil)
		for i := range m {
			v.SetVec(i, rhs.AtVec(i)*scale[i])
		}
		var d mat.VecDense
		// A condition warning is no failure: the step is judged by the search.
		if err := chol.SolveVecTo(&d, v); err != nil {
			if _, ok := err.(mat.Condition); !ok {
				continue
			}
		}
		out := make([]float64, m)
		for i := range m {
			out[i] = d.AtVec(i) * scale[i]
		}
		return out
	}
	return make([]float64, m)
}

// positions maps each cell, and the one past the last, to the number of free
// hazards before it.
func (st *state) positions(free []int) []int {
	at := make([]int, len(st.x)+1)
	i := 0
	for j := range at {
		at[j] = i
		if i < len(free) && free[i] == j {
			i++
		}
	}
	return at
}

// conjugate solves the Newton system over many free hazards by conjugate
// gradients. A product with the Hessian is two prefix sums, so a step costs no
// more than evaluating f.
func (st *state) conjugate(free []int) []float64 {
	m := len(free)
	at := st.positions(free)
	sums, diff := make([]float64, m+1), make([]float64, m+1)
	product := func(v, out []float64) {
		for i, x := range v {
			sums[i+1] = sums[i] + x
		}
		clear(diff)
		for i, s := range st.p.spans {
			a, b := at[s.a], at[s.b+1]
			if a < b {
				t := st.curvature[i] * (sums[b] - sums[a])
				diff[a] += t
				diff[b] -= t
			}
		}
		var run float64
		for i := range out {
			run += diff[i]
			out[i] = run
		}
	}
	d, r, z := make([]float64, m), make([]float64, m), make([]float64, m)
	q, hq := make([]float64, m), make([]float64, m)
	var rz, goal float64
	for i, j := range free {
		r[i] = st.grad[j]
		z[i] = r[i] / st.diagonal[j]
		rz += r[i] * z[i]
	}
	goal = rz * 1e-20
	copy(q, z)
	for range 2 * m {
		if rz <= goal {
			break
		}
		product(q, hq)
		var qhq float64
		for i := range q {
			qhq += q[i] * hq[i]
		}
		if !(qhq > 0) {
			break // a direction without curvature: what we have still ascends
		}
		alpha := rz / qhq
		var next float64
		for i, j := range free {
			d[i] += alpha * q[i]
			r[i] -= alpha * hq[i]
			z[i] = r[i] / st.diagonal[j]
			next += r[i] * z[i]
		}
		beta := next / rz
		rz = next
		for i := range q {
			q[i] = z[i] + beta*q[i]
		}
	}
	return d
}
