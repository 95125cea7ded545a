package lookalike

import (
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// A class is the variants of one rule that have the same weight: they are taken
// together, under one suffix after the other.
type class struct {
	rule     *rule
	weight   float64
	of       []int     // indices of watched labels
	suffixes []int32   // best first, shared between classes
	prob     []float64 // of suffixes for this rule, shared as well
	pos      int       // next suffix
	made     bool
	variants []variant
	fronted  map[int32]bool // suffixes already served from the front
	// kept is the class whose variants come here under the one suffix that their
	// names had, -1 for one that is its own.
	kept int
	only float64 // probability of the one suffix, where kept
}

// prior is that of the names under the next suffix.
func (cl *class) prior() float64 {
	if cl.kept >= 0 {
		return cl.weight * cl.only
	}
	return cl.weight * cl.prob[cl.suffixes[cl.pos]]
}

type variant struct {
	label   string
	of      int32
	careful bool
}

// A row is a class under one suffix, being read out.
type row struct {
	class  *class
	suffix int32
	next   int
	prior  float64
}

type queued struct {
	score float64
	class int
}

type classHeap []queued

func (h classHeap) Len() int { return len(h) }
func (h classHeap) Less(i, j int) bool {
	if h[i].score != h[j].score {
		return h[i].score > h[j].score
	}
	return h[i].class < h[j].class
}
func (h classHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *classHeap) Push(x any)   { *h = append(*h, x.(queued)) }
func (h *classHeap) Pop() any     { old := *h; x := old[len(old)-1]; *h = old[:len(old)-1]; return x }

// changedPower flattens the suffix prior for all but the same label. The uses say
// under which suffixes labels came back as they were; those that came back changed
// are few, and often stand under suffixes that nobody had used. Set by what is found
// of left-out campaigns within 250,000 names: 165 pairs of 181 at 1, 169 from 0.5 to 0.7.
const changedPower = 0.6

// changedOrdinary is how much of it is where ordinary names stand: a changed label is
// free under com, where the label itself is taken or lost. A guess; up to 0.1 costs one
// of the 141 pairs of left-out campaigns that are found within 5,000 names, and none
// within 250,000.
const changedOrdinary = 0.1

// build makes the classes and their suffix orders.
func (g *Generator) build(o Options) {
	for r := range rules {
		rl := &rules[r]
		if o.Rules != nil && !slices.Contains(o.Rules, rl.name) {
			continue
		}
		order, prob := g.changedOrder, g.changed
		if rl.name == RuleSameLabel {
			order, prob = g.order, g.prob
		}
		if rl.under != nil {
			order = slices.DeleteFunc(slices.Clone(order), func(s int32) bool { return !rl.under(g.table.list[s]) })
		}
		byWeight := map[float64]int{}
		for i, w := range g.labels {
			weight := w.weight * g.share[habit{w.kind, len(w.label) <= shortLabel}][r] / rl.size(len(w.label))
			k, ok := byWeight[weight]
			if !ok {
				k = len(g.classes)
				byWeight[weight] = k
				g.classes = append(g.classes, class{rule: rl, weight: weight, suffixes: order, prob: prob, kept: -1})
			}
			g.classes[k].of = append(g.classes[k].of, i)
		}
	}
	for i := range g.classes {
		g.keep(i)
	}
}

// maxPlaced bounds how many pairs of a label and a name of the campaign to put it
// below are thought of: in a case of thousands of names every label below every
// name is more than can be held or asked. The seized names come first.
const maxPlaced = 200_000

// push queues class i at its next suffix.
func (g *Generator) push(i int) {
	cl := &g.classes[i]
	switch {
	case cl.rule.whole && cl.pos == 0:
		g.queue = append(g.queue, queued{cl.weight, i})
	case !cl.rule.whole && cl.pos < len(cl.suffixes):
		g.queue = append(g.queue, queued{cl.prior(), i})
	}
}

// make fills a class with the variants that no better class had.
func (g *Generator) make(cl *class) {
	cl.made = true
	if cl.kept >= 0 {
		g.makeKept(cl)
		return
	}
	for _, i := range cl.of {
		w := g.labels[i]
		cl.rule.variants(w, &g.env, func(v string) {
			if cl.rule.name != RuleSameLabel {
				if !cl.rule.whole && !goodLabel(v) || g.seen[v] {
					return
				}
				g.seen[v] = true
			}
			if cl.rule.whole && (len(v) > 253 || g.barred(v)) {
				return
			}
			cl.variants = append(cl.variants, variant{v, int32(i), g.careful(v)})
		})
	}
}

// goodLabel says whether a variant can be registered: letters, digits and inner
// hyphens, none of them in places three and four unless it is an A-label (RFC 5891
// section 4.2.3.1).
func goodLabel(l string) bool {
	if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	return len(l) < 4 || l[2:4] != "--" || strings.HasPrefix(l, "xn--")
}

// shortLabel is the greatest length of a brand that is too short to stand alone:
// rt comes back as rtde and esrt, which spiegel does not.
const shortLabel = 3

// rulePrior is P(rule | kind, long or short label): how often each rule explains
// the uses of that kind, around the pseudo-counts of the table, and of those the
// uses with a label as short, around that. A case whose own names already are
// subdomains counts as so many uses of that rule.
func rulePrior(c *tracker.Case, uses []Use, k tracker.Kind) (long, short []float64) {
	const strength = 20 // uses that the share over all lengths is worth
	var n [2][]float64
	for s := range n {
		n[s] = make([]float64, len(rules))
	}
	family := map[string]float64{}
	for _, u := range uses {
		family[u.Family]++
	}
	for _, u := range uses {
		if k != tracker.KindUnstated && u.Kind != k {
			continue
		}
		if i, s := u.explained(); i >= 0 {
			n[s][i] += 2 / math.Sqrt(family[u.Family]) // the habit of one family, however large, is one habit
		}
	}
	all := make([]float64, len(rules))
	for i, r := range rules {
		all[i] = r.pseudo + n[0][i] + n[1][i]
	}
	for _, name := range c.Names {
		if sub, _, _ := Split(string(name.Name)); sub != "" && sub != "www" {
			all[len(rules)-1]++ // subdomain is the last rule
		}
	}
	normalise(all)
	for s := range n {
		for i := range n[s] {
			n[s][i] += strength * all[i]
		}
		normalise(n[s])
	}
	return n[0], n[1]
}

func normalise(p []float64) {
	var total float64
	for _, v := range p {
		total += v
	}
	for i := range p {
		p[i] /= total
	}
}

// explain is the first rule that makes the replacement's label of the replaced
// one's, -1 if none does; and 1 where that one is short.
func explain(u Use) (r, short int) {
	_, want, _ := Split(string(u.Replacement))
	sub, label, _ := Split(string(u.Replaces))
	if label == "" || want == "" {
		return -1, 0
	}
	if len(label) <= shortLabel {
		short = 1
	}
	for i, r := range rules {
		found := false
		if !r.whole {
			r.variants(watched{label: label, sub: sub, from: u.Replaces}, &environment{}, func(v string) { found = found || v == want })
		}
		if found {
			return i, short
		}
	}
	return -1, short
}
