package link

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"respawn/tracker"
)

var update = flag.Bool("update", false, "rewrite the measured part of docs/bench/link.md")

const benchFile = "../../docs/bench/link.md"

// judged is a pair with its score.
type judged struct {
	labelled
	score float64
	band  tracker.Band
}

func judge(pairs []labelled, without tracker.Group) []judged {
	out := make([]judged, len(pairs))
	for i, p := range pairs {
		l := score(p.new, p.old, p.rule, p.cx, without)
		out[i] = judged{p, l.Score, l.Band}
	}
	return out
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// A quality is how well scores told pairs apart.
type quality struct {
	precision, recall map[tracker.Band]float64 // at this band or better
	reported          map[tracker.Band]int
	wrong             map[tracker.Band]int
	brier             float64
}

func qualityOf(js []judged, a, b float64) quality {
	q := quality{map[tracker.Band]float64{}, map[tracker.Band]float64{}, map[tracker.Band]int{}, map[tracker.Band]int{}, 0}
	positives := 0
	for _, j := range js {
		y := 0.0
		if j.same {
			y = 1
			positives++
		}
		q.brier += (sigmoid(a+b*j.score) - y) * (sigmoid(a+b*j.score) - y) / float64(len(js))
	}
	for _, at := range []tracker.Band{tracker.BandPossible, tracker.BandProbable, tracker.BandConfirmed} {
		right := 0
		for _, j := range js {
			if j.band.Rank() < at.Rank() {
				continue
			}
			q.reported[at]++
			if j.same {
				right++
			} else {
				q.wrong[at]++
			}
		}
		q.precision[at], q.recall[at] = 1, float64(right)/float64(positives)
		if q.reported[at] > 0 {
			q.precision[at] = float64(right) / float64(q.reported[at])
		}
	}
	return q
}

// fit is the logistic regression of the truth on the score, by Newton's method:
// slope 1 and intercept 0 is a score that means what it says.
func fit(js []judged) (a, b float64) {
	a, b = 0, 1
	for range 200 {
		var ga, gb, haa, hab, hbb float64
		for _, j := range js {
			p, y := sigmoid(a+b*j.score), 0.0
			if j.same {
				y = 1
			}
			w := p*(1-p) + 1e-9
			ga, gb = ga+y-p, gb+(y-p)*j.score
			haa, hab, hbb = haa+w, hab+w*j.score, hbb+w*j.score*j.score
		}
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		// A long step overshoots where nearly all scores are far from the middle.
		if long := math.Max(math.Abs(da), 4*math.Abs(db)); long > 1 {
			da, db = da/long, db/long
		}
		a, b = a+da, b+db
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
	}
	return a, b
}

// TestLabelledPairs measures the scorer on drawn campaigns and holds it to what
// docs/bench/link.md says, digit by digit: the draw is seeded, so that a change of
// the weights shows there.
func TestLabelledPairs(t *testing.T) {
	pairs := drawAll(200)
	all := judge(pairs, "")
	q := qualityOf(shown(all), 0, 1)
	if q.precision[tracker.BandConfirmed] != 1 {
		for _, j := range all {
			if !j.same && j.band == tracker.BandConfirmed {
				t.Errorf("confirmed a %s: %s of %s, %.2f: %v", j.kind, j.new.Name, j.old.Name, j.score, Score(j.new, j.old, j.rule, j.cx).Evidence)
			}
		}
	}
	if r := q.recall[tracker.BandProbable]; r < .95 {
		t.Errorf("recall at probable or better is %.3f", r)
	}
	if p := q.precision[tracker.BandProbable]; p < .8 {
		t.Errorf("precision at probable or better is %.3f", p)
	}
	if m := overDraws(); m.wrong > 0 || m.found*100 < m.same*95 {
		t.Errorf("over all draws %d strangers of %d are confirmed, and %d of %d of the same people found", m.wrong, m.strangers, m.found, m.same)
	}
	got := report(pairs, all, q)
	doc, err := os.ReadFile(benchFile)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- measured: do not edit -->\n", "<!-- end of measured -->"
	head, rest, ok := strings.Cut(string(doc), from)
	have, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("the document has lost its marks")
	}
	if *update {
		if err := os.WriteFile(benchFile, []byte(head+from+got+to+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != got {
		t.Errorf("docs/bench/link.md is out of date; go test ./tracker/link -run TestLabelledPairs -update\n%s", got)
	}
}

// shown leaves out the pairs of the same people of which nothing that was drawn
// shows it: nobody could tell.
func shown(js []judged) (out []judged) {
	for _, j := range js {
		if !j.silent {
			out = append(out, j)
		}
	}
	return out
}

// seeds are the draws in which confirmed strangers are looked for; none of them was
// seen when the weights were chosen but the first.
var drawSeeds = []uint64{2024, 1, 2}

// counts are what became of the pairs of all draws.
type counts struct {
	strangers, wrong int // strangers, and those of them that were confirmed
	same, found      int // of the same people and not silent, and those found at least probable
	confirmed        int
}

var overDraws = sync.OnceValue(func() (m counts) {
	for _, seed := range drawSeeds {
		for _, j := range judge(draw(seed, 200), "") {
			switch {
			case j.band == tracker.BandConfirmed:
				m.confirmed++
				fallthrough
			case j.band == tracker.BandProbable:
				if j.same && !j.silent {
					m.found++
				}
			}
			switch {
			case !j.same:
				m.strangers++
				if j.band == tracker.BandConfirmed {
					m.wrong++
				}
			case !j.silent:
				m.same++
			}
		}
	}
	return m
})

// atMost is the upper bound, at 95 %, of a rate of which k were seen in n (exact
// binomial, one-sided; 3/n for none).
func atMost(k, n int) float64 {
	lo, hi := float64(k)/float64(n), 1.0
	for range 60 {
		p := (lo + hi) / 2
		term, sum := math.Pow(1-p, float64(n)), 0.0
		for i := 0; ; i++ {
			sum += term
			if i == k {
				break
			}
			term *= float64(n-i) / float64(i+1) * p / (1 - p)
		}
		if sum > .05 {
			lo = p
		} else {
			hi = p
		}
	}
	return hi
}

func report(pairs []labelled, all []judged, q quality) string {
	var w strings.Builder
	positives, silent, campaigns := 0, 0, map[int]bool{}
	for _, p := range pairs {
		campaigns[p.campaign] = true
		if p.same {
			positives++
		}
		if p.silent {
			silent++
		}
	}
	fmt.Fprintf(&w, "Scorer `%s`, %d pairs of %d drawn campaigns: %d of the same people, %d of strangers. Of the same people %d share nothing that can be seen but a label, a link or what is the outlet's; they are left out of recall here, and stand in the tables below as \"silent\".\n\n", Rule, len(pairs), len(campaigns), positives, len(pairs)-positives, silent)
	fmt.Fprintf(&w, "| band or better | pairs | strangers among them | precision | recall |\n|---|---|---|---|---|\n")
	for _, b := range []tracker.Band{tracker.BandConfirmed, tracker.BandProbable, tracker.BandPossible} {
		fmt.Fprintf(&w, "| %s | %d | %d | %.3f | %.3f |\n", b, q.reported[b], q.wrong[b], q.precision[b], q.recall[b])
	}
	m := overDraws()
	fmt.Fprintf(&w, "\nOver %d draws (seeds %v, 200 campaigns each): %d of %d strangers confirmed, so at most %.3f %% of such strangers (95 %%, one-sided, exact), and at most %.3f %% of the %d confirmed; recall in probable or better %.3f (at least %.3f).\n",
		len(drawSeeds), drawSeeds, m.wrong, m.strangers, 100*atMost(m.wrong, m.strangers), 100*atMost(m.wrong, m.confirmed), m.confirmed, float64(m.found)/float64(m.same), 1-atMost(m.same-m.found, m.same))
	fmt.Fprintf(&w, "\n### What became of each kind of pair\n\n| pair | same people | n | unlikely | possible | probable | confirmed |\n|---|---|---|---|---|---|---|\n")
	type row struct {
		same bool
		n    map[tracker.Band]int
		all  int
	}
	rows := map[string]*row{}
	var names []string
	for _, j := range all {
		kind := j.kind
		if j.silent {
			kind += ", silent"
		}
		if rows[kind] == nil {
			rows[kind] = &row{same: j.same, n: map[tracker.Band]int{}}
			names = append(names, kind)
		}
		rows[kind].n[j.band]++
		rows[kind].all++
	}
	slices.Sort(names)
	for _, same := range []bool{true, false} {
		for _, n := range names {
			if r := rows[n]; r.same == same {
				fmt.Fprintf(&w, "| %s | %s | %d | %d | %d | %d | %d |\n", n, map[bool]string{true: "yes", false: "no"}[same], r.all, r.n[tracker.BandUnlikely], r.n[tracker.BandPossible], r.n[tracker.BandProbable], r.n[tracker.BandConfirmed])
			}
		}
	}
	fmt.Fprintf(&w, "\n### Reliability\n\n| said | pairs | mean said | found |\n|---|---|---|---|\n")
	edges := []float64{0, .01, .05, .2, .5, .8, .9, .99, .999, 1.0000001}
	for i := range len(edges) - 1 {
		n, said, found := 0, 0.0, 0.0
		for _, j := range all {
			if p := sigmoid(j.score); p >= edges[i] && p < edges[i+1] {
				n++
				said += p
				if j.same {
					found++
				}
			}
		}
		if n > 0 {
			fmt.Fprintf(&w, "| %g to %g | %d | %.4f | %.4f |\n", edges[i], math.Min(edges[i+1], 1), n, said/float64(n), found/float64(n))
		}
	}
	var even, odd []judged
	for _, j := range all {
		if j.campaign%2 == 0 {
			even = append(even, j)
		} else {
			odd = append(odd, j)
		}
	}
	a, b := fit(even)
	raw, cal := qualityOf(odd, 0, 1), qualityOf(odd, a, b)
	base := float64(positives) / float64(len(pairs))
	fmt.Fprintf(&w, "\nBrier score %.4f (saying %.2f of every pair would give %.4f). Logistic regression of the truth on the score, fitted on the even campaigns: intercept %.2f, slope %.2f; on the odd campaigns the Brier score is %.4f as it stands and %.4f with that correction.\n",
		qualityOf(all, 0, 1).brier, base, base*(1-base), a, b, raw.brier, cal.brier)
	fmt.Fprintf(&w, "\n### Without one group of evidence\n\n| without | precision confirmed | recall confirmed | precision probable or better | recall probable or better | Brier |\n|---|---|---|---|---|---|\n")
	for _, g := range []tracker.Group{"", tracker.GroupName, tracker.GroupRegistration, tracker.GroupHosting, tracker.GroupTLS, tracker.GroupTracking, tracker.GroupDesign, tracker.GroupContent, tracker.GroupRedirect, tracker.GroupContact} {
		x := qualityOf(shown(judge(pairs, g)), 0, 1)
		name := string(g)
		if g == "" {
			name = "nothing"
		}
		fmt.Fprintf(&w, "| %s | %.3f | %.3f | %.3f | %.3f | %.4f |\n", name, x.precision[tracker.BandConfirmed], x.recall[tracker.BandConfirmed], x.precision[tracker.BandProbable], x.recall[tracker.BandProbable], x.brier)
	}
	return w.String()
}
