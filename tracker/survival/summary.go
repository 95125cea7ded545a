package survival

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A Number is a float64 that JSON can carry: what does not exist or was not
// reached (NaN) and what is open (infinite) is null; null reads as NaN.
type Number float64

func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*n = Number(f)
	return nil
}

// A Summary is what "respawn survival --format json" prints.
type Summary struct {
	Groups []GroupSummary `json:"groups"` // by name

	// LogRank compares the groups; null if there is only one.
	LogRank *TestSummary `json:"logrank"`
}

// A GroupSummary is every estimate for one group.
type GroupSummary struct {
	Group string `json:"group"`

	// N and Events count rows and known ends, by weight.
	N      float64 `json:"n"`
	Events float64 `json:"events"`

	KM       []StepSummary `json:"km"`       // one for each time with a death
	Turnbull []MassSummary `json:"turnbull"` // masses above zero

	// The median is that of the Kaplan-Meier curve; null where it was not reached.
	Median   Number `json:"median"`
	MedianLo Number `json:"median_lo"`
	MedianHi Number `json:"median_hi"`

	RMST []RMSTSummary `json:"rmst"`

	// For people; the machine form is kept to what the call promises.
	Curve     Curve   `json:"-"` // has the number of imputed midpoints
	NPMLE     NPMLE   `json:"-"` // has the convergence gap
	WideShare float64 `json:"-"` // see [WideShare]
}

// A StepSummary is a [Step]; se, lo and hi are null where s is 0.
type StepSummary struct {
	T      float64 `json:"t"`
	S      float64 `json:"s"`
	SE     Number  `json:"se"`
	Lo     Number  `json:"lo"`
	Hi     Number  `json:"hi"`
	AtRisk float64 `json:"at_risk"`
}

// A MassSummary is a [Mass]; an open right is null.
type MassSummary struct {
	Left  float64 `json:"left"`
	Right Number  `json:"right"`
	P     float64 `json:"p"`
}

// An RMSTSummary is an [RMST].
type RMSTSummary struct {
	Tau   float64 `json:"tau"`
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
}

// A TestSummary is a [Test]; df 0, chi2 0 and p 1 if nothing could be compared.
type TestSummary struct {
	Chi2 float64 `json:"chi2"`
	DF   int     `json:"df"`
	P    float64 `json:"p"`
}

// CommonFollowUp is the latest time up to which every group has data: the
// smallest of the groups' largest times. Restricted means are comparable up to
// there. 0 for no rows.
func CommonFollowUp(rows []Row) float64 {
	last := map[string]float64{}
	for _, r := range rows {
		t := r.Left
		if r.IsInterval() {
			t = midpoint(max(r.Left, r.Entry), r.Right)
		}
		last[r.Group] = max(last[r.Group], t)
	}
	common := math.Inf(1)
	for _, t := range last {
		common = min(common, t)
	}
	if math.IsInf(common, 1) {
		return 0
	}
	return common
}

// Summarize computes every estimate for every group of rows, and the log-rank
// test between groups. Restricted means are taken at each of taus; without any, at
// [CommonFollowUp]. The error names the first impossible row or tau, or the group
// whose NPMLE did not converge.
func Summarize(rows []Row, taus ...float64) (Summary, error) {
	if err := validate(rows); err != nil {
		return Summary{}, err
	}
	for _, tau := range taus {
		if !(tau > 0) || math.IsInf(tau, 1) {
			return Summary{}, fmt.Errorf("tau %v is not a positive number", tau)
		}
	}
	if len(taus) == 0 {
		taus = []float64{CommonFollowUp(rows)}
	}
	sum := Summary{Groups: []GroupSummary{}}
	for _, name := range Groups(rows) {
		var members []Row
		for _, r := range rows {
			if r.Group == name {
				members = append(members, r)
			}
		}
		g, err := summarizeGroup(name, members, taus)
		if err != nil {
			return Summary{}, fmt.Errorf("group %q: %w", name, err)
		}
		sum.Groups = append(sum.Groups, g)
	}
	test, err := LogRank(rows)
	switch {
	case errors.Is(err, ErrOneGroup):
	case err != nil:
		return Summary{}, err
	default:
		sum.LogRank = &TestSummary{test.Chi2, test.DF, test.P}
	}
	return sum, nil
}

func summarizeGroup(name string, rows []Row, taus []float64) (GroupSummary, error) {
	curve, err := KaplanMeier(rows)
	if err != nil {
		return GroupSummary{}, err
	}
	npmle, err := Turnbull(rows, HalfOpen)
	if err != nil {
		return GroupSummary{}, err
	}
	g := GroupSummary{Group: name, N: curve.N, Events: curve.Ended, Curve: curve, NPMLE: npmle,
		KM: []StepSummary{}, Turnbull: []MassSummary{}, RMST: []RMSTSummary{}}
	for _, s := range curve.Steps {
		g.KM = append(g.KM, StepSummary{s.T, s.S, Number(s.SE), Number(s.Lo), Number(s.Hi), s.AtRisk})
	}
	for _, m := range npmle.Masses {
		g.Turnbull = append(g.Turnbull, MassSummary{m.Left, Number(m.Right), m.P})
	}
	med, lo, hi := curve.Quantile(0.5)
	g.Median, g.MedianLo, g.MedianHi = Number(med), Number(lo), Number(hi)
	g.WideShare = WideShare(rows, med)
	for _, tau := range taus {
		r := curve.RMST(tau)
		g.RMST = append(g.RMST, RMSTSummary{r.Tau, r.Value, r.SE})
	}
	return g, nil
}
