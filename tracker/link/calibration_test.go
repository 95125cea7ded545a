package link

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
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
	for range 50 {
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
	q := qualityOf(all, 0, 1)
	if q.precision[tracker.BandConfirmed] != 1 {
		for _, j := range all {
			if !j.same && j.band == tracker.BandConfirmed {
				t.Errorf("confirmed a %s: %s of %s, %.2f: %v", j.kind, j.new.Name, j.old.Name, j.score, Score(j.new, j.old, j.rule, j.cx).Evidence)
			}
		}
	}
	if r := q.recall[tracker.BandProbable]; r < .85 {
		t.Errorf("recall at probable or better is %.3f", r)
	}
	if p := q.precision[tracker.BandProbable]; p < .97 {
		t.Errorf("precision at probable or better is %.3f", p)
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

func report(pairs []labelled, all []judged, q quality) string {
	var w strings.Builder
	positives, campaigns := 0, map[int]bool{}
	for _, p := range pairs {
		campaigns[p.campaign] = true
		if p.same {
			positives++
		}
	}
	fmt.Fprintf(&w, "Scorer `%s`, %d pairs of %d drawn campaigns: %d of the same people, %d of strangers.\n\n", Rule, len(pairs), len(campaigns), positives, len(pairs)-positives)
	fmt.Fprintf(&w, "| band or better | pairs | strangers among them | precision | recall |\n|---|---|---|---|---|\n")
	for _, b := range []tracker.Band{tracker.BandConfirmed, tracker.BandProbable, tracker.BandPossible} {
		fmt.Fprintf(&w, "| %s | %d | %d | %.3f | %.3f |\n", b, q.reported[b], q.wrong[b], q.precision[b], q.recall[b])
	}
	fmt.Fprintf(&w, "\n### What became of each kind of pair\n\n| pair | same people | n | unlikely | possible | probable | confirmed |\n|---|---|---|---|---|---|---|\n")
	type row struct {
		same bool
		n    map[tracker.Band]int
		all  int
	}
	rows := map[string]*row{}
	var names []string
	for _, j := range all {
		if rows[j.kind] == nil {
			rows[j.kind] = &row{same: j.same, n: map[tracker.Band]int{}}
			names = append(names, j.kind)
		}
		rows[j.kind].n[j.band]++
		rows[j.kind].all++
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
		q.brier, base, base*(1-base), a, b, raw.brier, cal.brier)
	fmt.Fprintf(&w, "\n### Without one group of evidence\n\n| without | precision confirmed | recall confirmed | precision probable or better | recall probable or better | Brier |\n|---|---|---|---|---|---|\n")
	for _, g := range []tracker.Group{"", tracker.GroupName, tracker.GroupRegistration, tracker.GroupHosting, tracker.GroupTLS, tracker.GroupTracking, tracker.GroupDesign, tracker.GroupContent, tracker.GroupRedirect, tracker.GroupContact} {
		x := qualityOf(judge(pairs, g), 0, 1)
		name := string(g)
		if g == "" {
			name = "nothing"
		}
		fmt.Fprintf(&w, "| %s | %.3f | %.3f | %.3f | %.3f | %.4f |\n", name, x.precision[tracker.BandConfirmed], x.recall[tracker.BandConfirmed], x.precision[tracker.BandProbable], x.recall[tracker.BandProbable], x.brier)
	}
	return w.String()
}
