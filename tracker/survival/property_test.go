package survival

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawRows draws rows of the kinds that the names say.
func drawRows(kinds ...string) *rapid.Generator[[]Row] {
	return rapid.Custom(func(t *rapid.T) []Row {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		rows := make([]Row, n)
		for i := range rows {
			at := float64(rapid.IntRange(1, 30).Draw(t, "t"))
			switch rapid.SampledFrom(kinds).Draw(t, "kind") {
			case "exact":
				rows[i] = Exact(at)
			case "censored":
				rows[i] = Censored(at)
			case "interval":
				rows[i] = Between(at-float64(rapid.IntRange(1, int(at)).Draw(t, "back")), at)
			case "late exact":
				rows[i] = Exact(at)
				rows[i].Entry = at - float64(rapid.IntRange(1, int(at)).Draw(t, "before"))
			case "late censored":
				rows[i] = Censored(at)
				rows[i].Entry = at - float64(rapid.IntRange(1, int(at)).Draw(t, "before"))
			case "late interval":
				left := at - float64(rapid.IntRange(1, int(at)).Draw(t, "back"))
				rows[i] = Between(left, at)
				rows[i].Entry = float64(rapid.IntRange(0, int(at)-1).Draw(t, "entry"))
			}
			rows[i].Group = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group")
		}
		return rows
	})
}

var allKinds = []string{"exact", "censored", "interval"}

func TestTurnbullEqualsKaplanMeierOnExactTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows("exact", "censored").Draw(t, "rows")
		agree(t, rows)
	})
}

func TestTurnbullEqualsKaplanMeierUnderDelayedEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows("exact", "censored", "late exact", "late censored").Draw(t, "rows")
		agree(t, rows)
	})
}

func agree(t *rapid.T, rows []Row) {
	t.Helper()
	c, err := KaplanMeier(rows)
	if err != nil {
		t.Fatal(err)
	}
	est, err := Turnbull(rows, HalfOpen)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0.0; at <= 31; at += .5 {
		lo, hi := est.At(at)
		if at >= c.Last {
			lo = hi // beyond the data only the upper bound is Kaplan-Meier's last value
		}
		if s := c.At(at).S; math.Abs(lo-s) > 1e-9 || math.Abs(hi-s) > 1e-9 {
			t.Fatalf("at %v: Kaplan-Meier %v, Turnbull %v..%v", at, s, lo, hi)
		}
	}
}

// TestTurnbullMeetsKKT checks the maximum by the conditions of the plain
// likelihood over probabilities, which the estimator itself never forms: no
// interval may ask for more mass than it would be given.
func TestTurnbullMeetsKKT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(allKinds...).Draw(t, "rows")
		est, err := Turnbull(rows, HalfOpen)
		if err != nil {
			t.Fatal(err)
		}
		cells := innermost(rows, HalfOpen)
		mass := make(map[cell]float64)
		var total float64
		for _, m := range est.Masses {
			for _, c := range cells {
				if c.left.v == m.Left && c.right == m.Right {
					mass[c] = m.P
				}
			}
			total += m.P
		}
		if math.Abs(total-1) > 1e-12 {
			t.Fatalf("masses add up to %v", total)
		}
		for _, c := range cells {
			var asked float64
			for _, r := range rows {
				left, right := r.ends(HalfOpen)
				inside := func(c cell) bool { return c.left.compare(left) >= 0 && c.right <= right }
				if !inside(c) {
					continue
				}
				var p float64
				for other, m := range mass {
					if inside(other) {
						p += m
					}
				}
				asked += 1 / p
			}
			n := float64(len(rows))
			if asked > n*(1+1e-9) {
				t.Fatalf("interval %v asks for %v of %v", c, asked, n)
			}
			if mass[c] > 1e-9 && asked < n*(1-1e-6) {
				t.Fatalf("interval %v holds %v and asks for %v of %v", c, mass[c], asked, n)
			}
		}
	})
}

// TestTurnbullAgreesWithPlainEM runs the textbook self-consistency iteration,
// which shares nothing with the estimator but the intervals, for very long.
func TestTurnbullAgreesWithPlainEM(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		var rows []Row
		for range 15 {
			at := 1 + rng.Float64()*20
			rows = append(rows, Between(at*rng.Float64(), at*(1+rng.Float64())))
		}
		cells := innermost(rows, HalfOpen)
		p := make([]float64, len(cells))
		for j := range p {
			p[j] = 1 / float64(len(p))
		}
		for range 5000 {
			next := make([]float64, len(p))
			for _, r := range rows {
				left, right := r.ends(HalfOpen)
				var sum float64
				for j, c := range cells {
					if c.left.compare(left) >= 0 && c.right <= right {
						sum += p[j]
					}
				}
				for j, c := range cells {
					if c.left.compare(left) >= 0 && c.right <= right {
						next[j] += p[j] / sum / float64(len(rows))
					}
				}
			}
			p = next
		}
		est, err := Turnbull(rows, HalfOpen)
		if err != nil {
			t.Fatal(err)
		}
		s := 1.0
		for j, c := range cells {
			s -= p[j]
			// EM never quite empties an interval that the maximum leaves empty.
			if _, hi := est.At(c.right); math.Abs(hi-s) > 2e-3 {
				t.Errorf("S(%v) = %v, plain EM says %v", c.right, hi, s)
			}
		}
	}
}

func TestShiftAndScaleOfTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(append([]string{"late exact", "late censored", "late interval"}, allKinds...)...).Draw(t, "rows")
		scale := float64(rapid.IntRange(1, 50).Draw(t, "scale"))
		shift := float64(rapid.IntRange(0, 100).Draw(t, "shift"))
		moved := make([]Row, len(rows))
		for i, r := range rows {
			r.Left, r.Right = r.Left*scale+shift, r.Right*scale+shift
			if r.Entry > 0 {
				r.Entry = r.Entry*scale + shift
			}
			moved[i] = r
		}
		a, b := kmOf(t, rows), kmOf(t, moved)
		if len(a.Steps) != len(b.Steps) {
			t.Fatalf("%d steps became %d", len(a.Steps), len(b.Steps))
		}
		for i := range a.Steps {
			x, y := a.Steps[i], b.Steps[i]
			if math.Abs(x.T*scale+shift-y.T) > 1e-6 || !same(x.S, y.S) || !same(x.SE, y.SE) || !same(x.Lo, y.Lo) || !same(x.Hi, y.Hi) {
				t.Fatalf("step %+v became %+v", x, y)
			}
		}
		x, y := a.RMST(20), b.RMST(20*scale+shift)
		if !same(x.Value*scale+shift, y.Value) || !same(x.SE*scale, y.SE) {
			t.Fatalf("restricted mean %+v became %+v", x, y)
		}
		p, q := npmleOf(t, rows), npmleOf(t, moved)
		if len(p.Masses) != len(q.Masses) {
			t.Fatalf("masses %v became %v", p.Masses, q.Masses)
		}
		for i := range p.Masses {
			m, n := p.Masses[i], q.Masses[i]
			if m.Left*scale+shift != n.Left || m.Right*scale+shift != n.Right || math.Abs(m.P-n.P) > 1e-9 {
				t.Fatalf("mass %v became %v", m, n)
			}
		}
	})
}

func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(append([]string{"late exact", "late censored", "late interval"}, allKinds...)...).Draw(t, "rows")
		for i := range rows {
			rows[i].Weight = rapid.Float64Range(.1, 3).Draw(t, "weight")
		}
		before := toJSON(t, rows)
		shuffled := rapid.Permutation(rows).Draw(t, "shuffled")
		if after := toJSON(t, shuffled); after != before {
			t.Fatalf("byte for byte:\n%s\n%s", before, after)
		}
	})
}

func TestAWeightIsThatManyRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(append([]string{"late exact", "late censored", "late interval"}, allKinds...)...).Draw(t, "rows")
		var repeated []Row
		for i, r := range rows {
			n := rapid.IntRange(1, 4).Draw(t, "times")
			for range n {
				repeated = append(repeated, r)
			}
			rows[i].Weight = float64(n)
		}
		a, b := summaryOf(t, rows), summaryOf(t, repeated)
		if len(a.Groups) != len(b.Groups) || (a.LogRank == nil) != (b.LogRank == nil) {
			t.Fatalf("other groups: %+v, %+v", a, b)
		}
		if a.LogRank != nil && (!near6(a.LogRank.Chi2, b.LogRank.Chi2) || a.LogRank.DF != b.LogRank.DF) {
			t.Fatalf("log-rank %+v, %+v", a.LogRank, b.LogRank)
		}
		for i, g := range a.Groups {
			h := b.Groups[i]
			if g.N != h.N || g.Events != h.Events || !same(float64(g.Median), float64(h.Median)) || !same(g.RMST[0].SE, h.RMST[0].SE) {
				t.Fatalf("%+v\n%+v", g, h)
			}
			if len(g.Turnbull) != len(h.Turnbull) {
				t.Fatalf("masses %v, %v", g.Turnbull, h.Turnbull)
			}
			for j := range g.Turnbull {
				if math.Abs(g.Turnbull[j].P-h.Turnbull[j].P) > 1e-9 {
					t.Fatalf("masses %v, %v", g.Turnbull, h.Turnbull)
				}
			}
		}
	})
}

func TestWeightsOfTwoEverywhereChangeNoMass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(allKinds...).Draw(t, "rows")
		heavy := slices.Clone(rows)
		for i := range heavy {
			heavy[i].Weight = 2
		}
		a, b := npmleOf(t, rows), npmleOf(t, heavy)
		for i, m := range a.Masses {
			if math.Abs(m.P-b.Masses[i].P) > 1e-9 {
				t.Fatalf("%v became %v", a.Masses, b.Masses)
			}
		}
	})
}

func TestNothingEndedIsCertainSurvival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows("censored").Draw(t, "rows")
		last := slices.MaxFunc(rows, func(a, b Row) int { return cmp.Compare(a.Left, b.Left) }).Left
		est := npmleOf(t, rows)
		want := []Mass{{last, math.Inf(1), 1}}
		if !slices.Equal(est.Masses, want) {
			t.Fatalf("masses %v, want %v", est.Masses, want)
		}
		c := kmOf(t, rows)
		if st := c.At(last); len(c.Steps) != 0 || st.S != 1 || st.SE != 0 || st.Lo != 1 || st.Hi != 1 {
			t.Fatalf("curve %+v", c)
		}
		if r := c.RMST(last); r.Value != last || r.SE != 0 {
			t.Fatalf("restricted mean %+v", r)
		}
	})
}

func TestCausesAndSurvivalAddUpToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows("exact", "censored", "late exact", "late censored").Draw(t, "rows")
		for i := range rows {
			rows[i].Cause = rapid.SampledFrom([]string{"seized", "suspended", "moved"}).Draw(t, "cause")
		}
		curves, err := Incidence(rows)
		if err != nil {
			t.Fatal(err)
		}
		c := kmOf(t, rows)
		for _, st := range c.Steps {
			sum := st.S
			for _, k := range curves {
				sum += k.At(st.T).F
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("at %v they add up to %v", st.T, sum)
			}
		}
		if len(curves) == 1 {
			for i, p := range curves[0].Points {
				if st := c.Steps[i]; st.S > 0 && math.Abs(p.SE-st.SE) > 1e-9 {
					t.Fatalf("a single cause has SE %v, Greenwood %v", p.SE, st.SE)
				}
			}
		}
	})
}

func kmOf(t *rapid.T, rows []Row) Curve {
	c, err := KaplanMeier(rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func npmleOf(t *rapid.T, rows []Row) NPMLE {
	est, err := Turnbull(rows, HalfOpen)
	if err != nil {
		t.Fatal(err)
	}
	if est.Gap > 1e-10 {
		t.Fatalf("gap %v", est.Gap)
	}
	return est
}

func summaryOf(t *rapid.T, rows []Row) Summary {
	s, err := Summarize(rows)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func toJSON(t *rapid.T, rows []Row) string {
	b, err := json.Marshal(summaryOf(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func near6(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(a)) }

// same compares with room for rounding; nothing equals nothing.
func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*(1+math.Abs(a))
}
