package survival

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestSummaryJSON(t *testing.T) {
	rows := append(inGroup("a", []Row{Exact(1), Exact(2), Censored(4), Censored(4)}), inGroup("b", []Row{Between(1, 3), Exact(2)})...)
	s, err := Summarize(rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	// Bounds at S = 1/2 and 3/4 as R gives them; nothing but null at S = 0.
	const want = `{"groups":[` +
		`{"group":"a","n":4,"events":2,"km":[` +
		`{"t":1,"s":0.75,"se":0.21650635,"lo":0.12794692,"hi":0.96054855,"at_risk":4},` +
		`{"t":2,"s":0.5,"se":0.25,"lo":0.057847083,"hi":0.84486133,"at_risk":3}],` +
		`"turnbull":[{"left":1,"right":1,"p":0.25},{"left":2,"right":2,"p":0.25},{"left":4,"right":null,"p":0.5}],` +
		`"median":2,"median_lo":1,"median_hi":null,"rmst":[{"tau":2,"value":1.75,"se":0.21650635}]},` +
		`{"group":"b","n":2,"events":2,"km":[{"t":2,"s":0,"se":null,"lo":null,"hi":null,"at_risk":2}],` +
		`"turnbull":[{"left":2,"right":2,"p":1}],` +
		`"median":2,"median_lo":null,"median_hi":null,"rmst":[{"tau":2,"value":2,"se":0}]}],` +
		`"logrank":{"chi2":0.37404580,"df":1,"p":0.540807177}}`
	if got := rounded(t, b); got != rounded(t, []byte(want)) {
		t.Errorf("got  %s\nwant %s", got, rounded(t, []byte(want)))
	}
	if s.Groups[1].Curve.Imputed != 1 {
		t.Errorf("%d midpoints, want 1", s.Groups[1].Curve.Imputed)
	}
	if s.Groups[1].WideShare != .5 {
		t.Errorf("share of wide intervals %v, want 1/2", s.Groups[1].WideShare)
	}
}

func TestOneGroupHasNoTest(t *testing.T) {
	s, err := Summarize([]Row{Exact(1), Censored(2)})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(s); !strings.HasSuffix(string(b), `"logrank":null}`) {
		t.Errorf("%s", b)
	}
}

func TestNoRowsIsAnEmptySummary(t *testing.T) {
	s, err := Summarize(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(s); string(b) != `{"groups":[],"logrank":null}` {
		t.Errorf("%s", b)
	}
}

func TestDefaultTauIsTheLargestCommonFollowUp(t *testing.T) {
	rows := append(inGroup("long", []Row{Exact(3), Censored(90)}), inGroup("short", []Row{Exact(2), Between(10, 20)})...)
	s, err := Summarize(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Groups {
		if len(g.RMST) != 1 || g.RMST[0].Tau != 15 {
			t.Errorf("group %s: %+v, want tau 15, the middle of the last interval of the shorter group", g.Group, g.RMST)
		}
	}
}

func TestSummarizeNamesWhatIsWrong(t *testing.T) {
	if _, err := Summarize([]Row{Exact(1), Between(3, 2)}); err == nil || err.Error() != "row 1: right 2 is before left 3" {
		t.Errorf("got %v", err)
	}
	if _, err := Summarize([]Row{Exact(1)}, 5, -1); err == nil || err.Error() != "tau -1 is not a positive number" {
		t.Errorf("got %v", err)
	}
}

func TestGroupsThatNeverMetAreNotCompared(t *testing.T) {
	// All of a died before anyone of b was watched.
	a := inGroup("a", []Row{Exact(1), Exact(2)})
	b := inGroup("b", []Row{{Left: 5, Right: 5, Entry: 4}, {Left: 6, Right: 6, Entry: 4}})
	lr, err := LogRank(append(a, b...))
	if err != nil {
		t.Fatal(err)
	}
	if lr.DF != 0 || lr.Chi2 != 0 || lr.P != 1 {
		t.Errorf("got %+v", lr)
	}
	if _, err := LogRank(a); !errors.Is(err, ErrOneGroup) {
		t.Errorf("one group: %v", err)
	}
}

func TestTimesThatDifferByRoundingAreTies(t *testing.T) {
	c := km(t, []Row{Exact(.1 + .2), Exact(.3), Censored(.7)})
	if len(c.Steps) != 1 || c.Steps[0].Deaths != 2 {
		t.Errorf("%+v", c.Steps)
	}
}

func TestMedianOnAFlatPart(t *testing.T) {
	for _, tt := range []struct {
		name, rows string
		want       float64
	}{
		{"is its middle if deaths follow", "1 2 6 7", 4},
		{"is its start if none do", "1 2 6+ 7+", 2},
		{"is where the curve jumps over one half", "1 2 3 6+ 7+", 3},
		{"does not exist if the curve stays above", "1 6+ 7+", math.NaN()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _, _ := km(t, times(t, tt.rows)).Quantile(.5); !same(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRMSTBeyondTheDataSaysSo(t *testing.T) {
	c := km(t, times(t, "1 2 4+"))
	if r := c.RMST(10); !r.Extrapolated || !same(r.Value, 1+2./3+8./3) {
		t.Errorf("%+v", r)
	}
	if r := c.RMST(4); r.Extrapolated {
		t.Errorf("%+v is within the data", r)
	}
	if r := km(t, times(t, "1 2")).RMST(10); r.Extrapolated {
		t.Errorf("%+v: nobody was left to extrapolate", r)
	}
}

func TestNPMLEInsideAnIntervalIsABox(t *testing.T) {
	est := turnbull(t, intervals(t, "2-5 2-5 7-9 9-"), HalfOpen)
	for _, tt := range []struct{ t, lo, hi float64 }{
		{0, 1, 1}, {2, 1, 1}, {3, .5, 1}, {5, .5, .5}, {8, .25, .5}, {9, .25, .25}, {100, 0, .25},
	} {
		if lo, hi := est.At(tt.t); !same(lo, tt.lo) || !same(hi, tt.hi) {
			t.Errorf("S(%v) in [%v, %v], want [%v, %v]", tt.t, lo, hi, tt.lo, tt.hi)
		}
	}
	if l, r := est.Median(); l != 2 || r != 5 {
		t.Errorf("median in (%v, %v], want (2, 5]", l, r)
	}
}

func TestTurnbullUnderTruncation(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows []Row
		want []Mass
	}{
		// Known by hand: three at risk in (0,2], one dies; at 6 two old and two
		// newcomers, one dies.
		{"newcomers join the risk set", []Row{Between(0, 2), Between(5, 6), Censored(8), {Left: 8, Right: math.Inf(1), Entry: 4}, {Left: 8, Right: math.Inf(1), Entry: 4}},
			[]Mass{{0, 2, 1. / 3}, {5, 6, 2. / 3 / 4}, {8, math.Inf(1), .5}}},
		{"what lies before the entry is cut off", []Row{{Left: 1, Right: 9, Entry: 6}, Exact(3)},
			[]Mass{{3, 3, 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			est := turnbull(t, tt.rows, HalfOpen)
			if len(est.Masses) != len(tt.want) {
				t.Fatalf("masses %v, want %v", est.Masses, tt.want)
			}
			for i, m := range est.Masses {
				if m.Left != tt.want[i].Left || m.Right != tt.want[i].Right || !same(m.P, tt.want[i].P) {
					t.Errorf("mass %v, want %v", m, tt.want[i])
				}
			}
		})
	}
}

// TestTurnbullConvergesWhereEMCrawls holds the gap on data for which EM needs
// 10^5 sweeps and more: many intervals of very different widths, most of them
// overlapping, at sizes that a year of scans reaches.
func TestTurnbullConvergesWhereEMCrawls(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := map[string]func() Row{
		"widths over six decades": func() Row {
			at := rng.ExpFloat64() * 10
			return Between(at*math.Pow(rng.Float64(), 3), at*(1+math.Pow(rng.ExpFloat64(), 2))+1e-3)
		},
		"current status": func() Row {
			at, seen := rng.ExpFloat64()*10, rng.Float64()*30
			if at <= seen {
				return Between(0, seen)
			}
			return Censored(seen)
		},
		"exact dates among wide intervals": func() Row {
			at := rng.ExpFloat64() * 10
			if rng.IntN(2) == 0 {
				return Exact(at)
			}
			return Between(at*rng.Float64(), at+rng.ExpFloat64()*5)
		},
		"nightly scans with gaps": func() Row {
			at := rng.ExpFloat64() * 40
			left := math.Floor(at)
			return Between(max(0, left-float64(rng.IntN(4))), left+1+float64(rng.IntN(4)))
		},
	}
	for name, draw := range draw {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{10, 300, 2000} {
				rows := make([]Row, n)
				for i := range rows {
					rows[i] = draw()
				}
				start := time.Now()
				est := turnbull(t, rows, HalfOpen)
				t.Logf("%d rows: %d masses, %d steps, gap %.1e, %v", n, len(est.Masses), est.Iterations, est.Gap, time.Since(start).Round(time.Millisecond))
			}
		})
	}
}

// rounded re-encodes JSON with every number to 8 digits.
func rounded(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				v[k] = walk(e)
			}
		case []any:
			for i, e := range v {
				v[i] = walk(e)
			}
		case float64:
			return math.Round(v*1e7) / 1e7
		}
		return v
	}
	out, err := json.Marshal(walk(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
