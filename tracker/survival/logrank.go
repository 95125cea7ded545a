package survival

import (
	"errors"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Test is a log-rank test of equal survival in several groups.
type Test struct {
	Chi2 float64
	DF   int
	P    float64 // 1 if DF is 0: nothing could be compared

	Groups []GroupTest // by name
	V      [][]float64 // covariance of O-E, in the order of Groups

	// Imputed counts interval rows taken at their midpoint.
	Imputed int
}

// A GroupTest is one group's part in a [Test].
type GroupTest struct {
	Group string
	N     float64 // rows, by weight
	O, E  float64 // deaths observed, and expected if all groups were alike
}

// ErrOneGroup is returned by [LogRank] for rows that are not in at least two groups.
var ErrOneGroup = errors.New("a log-rank test needs two groups")

// LogRank tests whether the groups in rows die at the same rate (Mantel 1966;
// k groups after Peto and Peto 1972), with the hypergeometric variance that R's
// survdiff has, and with delayed entry. Intervals count at their midpoint. Groups
// in which no death was expected are left out, each taking a degree of freedom
// with it, and so do groups that were never at risk together with another.
func LogRank(rows []Row) (Test, error) {
	if err := validate(rows); err != nil {
		return Test{}, err
	}
	names := Groups(rows)
	k := len(names)
	if k < 2 {
		return Test{}, ErrOneGroup
	}
	ps, imputed := points(rows, names, nil)
	t := Test{Groups: make([]GroupTest, k), V: make([][]float64, k), Imputed: imputed}
	for g, name := range names {
		t.Groups[g].Group = name
		t.V[g] = make([]float64, k)
	}
	for _, p := range ps {
		t.Groups[p.group].N += p.w
	}
	for _, r := range riskSets(ps, k) {
		for g := range k {
			t.Groups[g].O += r.d[g]
			t.Groups[g].E += r.dAll * r.n[g] / r.nAll
		}
		if r.nAll <= 1 {
			continue // a risk set of one has no variance
		}
		f := r.dAll * (r.nAll - r.dAll) / (r.nAll - 1)
		if r.nAll-r.dAll <= tiny*r.nAll {
			continue
		}
		for g := range k {
			share := r.n[g] / r.nAll
			t.V[g][g] += f * share
			for h := range k {
				t.V[g][h] -= f * share * r.n[h] / r.nAll
			}
		}
	}

	// One group is determined by the others: leave out the first that counts.
	var keep []int
	for g := range k {
		if t.Groups[g].E > 0 {
			keep = append(keep, g)
		}
	}
	t.P = 1
	if len(keep) < 2 {
		return t, nil
	}
	t.Chi2, t.DF = quadratic(t, keep[1:])
	if t.DF > 0 {
		t.P = distuv.ChiSquared{K: float64(t.DF)}.Survival(t.Chi2)
	}
	return t, nil
}

// quadratic returns u' V⁻¹ u over the groups in keep and the rank of V there, by
// Cholesky with complete pivoting: a direction without variance is left out.
func quadratic(t Test, keep []int) (chi2 float64, rank int) {
	m := len(keep)
	a := make([][]float64, m)
	u := make([]float64, m)
	var scale float64
	for i, g := range keep {
		u[i] = t.Groups[g].O - t.Groups[g].E
		a[i] = make([]float64, m)
		for j, h := range keep {
			a[i][j] = t.V[g][h]
		}
		scale = max(scale, a[i][i])
	}
	for i := range m {
		best := i
		for j := i + 1; j < m; j++ {
			if a[j][j] > a[best][best] {
				best = j
			}
		}
		a[i], a[best] = a[best], a[i]
		u[i], u[best] = u[best], u[i]
		for r := range m {
			a[r][i], a[r][best] = a[r][best], a[r][i]
		}
		if a[i][i] <= 1e-10*scale {
			break
		}
		rank++
		chi2 += u[i] * u[i] / a[i][i]
		for j := i + 1; j < m; j++ {
			f := a[j][i] / a[i][i]
			u[j] -= f * u[i]
			for l := i; l < m; l++ {
				a[j][l] -= f * a[i][l]
			}
		}
	}
	return chi2, rank
}
