package survival

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestAgreesWithR compares every estimate with R's, to 1e-9 (1e-6 for icfit, which
// stops early).
func TestAgreesWithR(t *testing.T) {
	files, err := filepath.Glob("testdata/r/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			rows, err := ReadCSV(f)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".csv") + ".want")
			if err != nil {
				t.Fatal(err)
			}
			compareWithR(t, rows, string(want))
		})
	}
}

func compareWithR(t *testing.T, rows []Row, want string) {
	sum, err := Summarize(rows)
	if err != nil {
		t.Fatal(err)
	}
	causes, err := Incidence(rows)
	if err != nil {
		t.Fatal(err)
	}
	group := map[string]GroupSummary{}
	for _, g := range sum.Groups {
		group[g.Group] = g
	}
	steps, masses := map[string]int{}, 0
	for _, line := range strings.Split(strings.TrimSpace(want), "\n") {
		f := strings.Fields(line)
		equal := func(tolerance float64, got ...float64) {
			t.Helper()
			for i, v := range got {
				w := numberOfR(t, f[len(f)-len(got)+i])
				if math.IsNaN(v) != math.IsNaN(w) || math.IsInf(v, 0) != math.IsInf(w, 0) || math.Abs(v-w) > tolerance*(1+math.Abs(w)) {
					t.Errorf("%s: got %v", line, got)
					return
				}
			}
		}
		switch f[0] {
		case "km":
			km := group[f[1]].KM
			i := steps[f[1]]
			steps[f[1]]++
			if i >= len(km) {
				t.Errorf("%s: there are %d steps", line, len(km))
				continue
			}
			s := km[i]
			equal(1e-9, s.T, s.S, float64(s.SE), float64(s.Lo), float64(s.Hi), s.AtRisk)
		case "med":
			g := group[f[1]]
			equal(1e-9, float64(g.Median), float64(g.MedianLo), float64(g.MedianHi))
		case "rmst":
			r := group[f[1]].RMST[0]
			equal(1e-9, r.Tau, r.Value, r.SE)
		case "lr":
			equal(1e-9, sum.LogRank.Chi2, float64(sum.LogRank.DF), sum.LogRank.P)
		case "cox":
			if f[3] == "FALSE" { // with ties the two variances differ
				f = f[:3]
				equal(1e-9, sum.LogRank.Chi2, float64(sum.LogRank.DF))
			}
		case "cif":
			for _, c := range causes {
				if c.Cause == f[1] {
					p := c.At(numberOfR(t, f[2]) + 1e-9)
					equal(1e-9, p.F, p.SE)
				}
			}
		case "tb":
			m := sum.Groups[0].NPMLE.Masses
			if masses >= len(m) {
				t.Errorf("%s: there are %d masses", line, len(m))
				continue
			}
			equal(1e-6, m[masses].Left, m[masses].Right, m[masses].P)
			masses++
		}
	}
	for g, n := range steps {
		if len(group[g].KM) != n {
			t.Errorf("group %s: %d steps, R has %d", g, len(group[g].KM), n)
		}
	}
	if masses > 0 && masses != len(sum.Groups[0].NPMLE.Masses) {
		t.Errorf("%d masses, R has %d", len(sum.Groups[0].NPMLE.Masses), masses)
	}
}

func numberOfR(t *testing.T, s string) float64 {
	t.Helper()
	switch s {
	case "NA", "NaN":
		return math.NaN()
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
