package lookalike

import (
	"cmp"
	"container/heap"
	"iter"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// Options say what to generate. The zero Options ask for everything, by all
// rules, in the order that the built-in uses teach.
type Options struct {
	// AsOf is the day on which the list is made: only uses public before it teach
	// the order, and never those after the last seizure of the case. Zero: the last
	// seizure of the case; where it has none, everything that is known.
	AsOf time.Time
	// Budget is the greatest number of candidates; 0 = all (which, with all rules,
	// are some ten thousand names for each variant of each label).
	Budget int
	// Rules limits the rules by name (see RuleNames); nil = all.
	Rules []string
	// Kept limits the candidates to changed labels under the suffix that a name of the
	// case with that label has: the names that are left to who wants to keep both. A
	// name that two labels make comes once, of the first.
	Kept bool
	// Home, with Kept, takes the suffixes of the country whose readers a name has
	// (tidende24.dk for a Danish tidende.info) in place of those that it had.
	Home bool
	// Labels limits the candidates to those made from names with these labels; nil =
	// all.
	Labels map[string]bool
	// Hits counts, by suffix, the replacements already seen in this wave. Every
	// watched label under these suffixes comes first of all.
	Hits map[string]int
	// Called is what sites of the case, and the outlets that they imitate, were seen to
	// call themselves: their titles, by name. It tells the words of their labels.
	Called map[tracker.Name][]string
	// Uses teach the order in place of ShippedUses; nil = ShippedUses.
	Uses []Use
}

// Generate yields candidates for c, best first: no name twice, no name of the
// case, no genuine outlet's name, never more than o.Budget, always in the same
// order. It works as it goes, so that breaking off early is cheap. Prior is the
// probability that the next replacement of From, if there is one, is this name.
func Generate(c *tracker.Case, o Options) iter.Seq[tracker.Candidate] {
	return func(yield func(tracker.Candidate) bool) { NewGround(c, o).Generate(o)(yield) }
}

// Generate is [Generate] for the case of the ground. Of o, AsOf, Uses, Hits and Called
// are those of [NewGround].
func (p *Ground) Generate(o Options) iter.Seq[tracker.Candidate] {
	return func(yield func(tracker.Candidate) bool) {
		g := p.Generator(o)
		for {
			cand, ok := g.Next()
			if !ok || !yield(cand) {
				return
			}
		}
	}
}

// Count is the number of candidates that Generate yields, without a budget and with
// [Options.Kept] left out of account. It makes every variant once, but no names.
func Count(c *tracker.Case, o Options) int {
	n := 0
	o.Kept = false
	g := NewGenerator(c, o)
	for i := range g.classes {
		cl := &g.classes[i]
		if !cl.made {
			g.make(cl)
		}
	}
	for i := range g.classes {
		cl := &g.classes[i]
		if cl.kept >= 0 {
			continue // counted where they come from
		}
		if cl.rule.whole {
			n += len(cl.variants)
			continue
		}
		n += len(cl.variants) * len(cl.suffixes)
		for _, v := range cl.variants {
			if v.careful {
				for _, s := range cl.suffixes {
					if g.barred(v.label + "." + g.table.list[s].Name) {
						n--
					}
				}
			}
		}
	}
	if o.Budget > 0 {
		n = min(n, o.Budget)
	}
	return n
}

// A Generator makes candidates one at a time and can be told of hits on the way.
// It is not safe for concurrent use.
type Generator struct {
	*Ground
	labels  []watched // those of the ground that are asked for
	env     environment
	seen    map[string]bool // variants that a better class has
	classes []class
	queue   classHeap
	front   []row // what a hit has brought to the front
	cur     row
	rank    int
	budget  int
	kept    bool // Options.Kept
	home    bool // Options.Home
}

// NewGenerator prepares the candidates of c. The case is read here and not kept.
func NewGenerator(c *tracker.Case, o Options) *Generator { return NewGround(c, o).Generator(o) }

// Generator prepares candidates for the case of the ground. Of o, AsOf, Uses and Hits are
// those of [NewGround].
func (p *Ground) Generator(o Options) *Generator {
	g := &Generator{
		Ground: p, seen: map[string]bool{}, labels: p.watched, env: p.env, budget: o.Budget, kept: o.Kept, home: o.Home,
	}
	for _, w := range p.watched {
		g.seen[w.label] = true
	}
	if o.Labels != nil {
		g.labels = slices.DeleteFunc(slices.Clone(p.watched), func(w watched) bool { return !o.Labels[w.from.Label()] })
	}
	if most := maxPlaced / max(1, len(g.labels)); len(g.env.domains) > most {
		g.env.domains = g.env.domains[:max(1, most)]
	}
	g.build(o)
	for i := range g.classes {
		if !o.Kept || g.classes[i].kept >= 0 {
			g.push(i)
		}
	}
	heap.Init(&g.queue)
	if o.Kept {
		return g
	}
	for _, s := range sortedHits(p.hits) {
		g.Hit(s)
	}
	return g
}

// Drop ends a rule: no more candidates come of it.
func (g *Generator) Drop(rule string) {
	g.queue = slices.DeleteFunc(g.queue, func(q queued) bool { return g.classes[q.class].rule.name == rule })
	heap.Init(&g.queue)
	if g.cur.class != nil && g.cur.class.rule.name == rule {
		g.cur.class = nil
	}
}

// Watched is the number of watched labels, the W of "among the next W names".
func (g *Generator) Watched() int { return len(g.labels) }

// Hit says that a replacement was seen under suffix: every watched label that has
// not been yielded under it comes next.
func (g *Generator) Hit(suffix string) {
	s, ok := g.table.index[suffix]
	if !ok {
		return
	}
	for i := range g.classes {
		cl := &g.classes[i]
		if cl.rule.name != RuleSameLabel || cl.fronted[s] || slices.Contains(cl.suffixes[:cl.pos], s) {
			continue
		}
		if cl.fronted == nil {
			cl.fronted = map[int32]bool{}
		}
		cl.fronted[s] = true
		g.front = append(g.front, row{class: cl, suffix: s, prior: cl.weight * (1 + waveStrength*g.prob[s]) / (1 + waveStrength)})
	}
}

// Next is the next candidate; false at the end.
func (g *Generator) Next() (tracker.Candidate, bool) {
	if g.budget > 0 && g.rank >= g.budget {
		return tracker.Candidate{}, false
	}
	for len(g.front) > 0 {
		if c, ok := g.read(&g.front[0]); ok {
			return c, true
		}
		g.front = g.front[1:]
	}
	for {
		if g.cur.class != nil {
			if c, ok := g.read(&g.cur); ok {
				return c, true
			}
			g.cur.class = nil
		}
		if len(g.queue) == 0 {
			return tracker.Candidate{}, false
		}
		top := g.queue[0]
		cl := &g.classes[top.class]
		g.cur = row{class: cl, prior: top.score}
		if !cl.rule.whole {
			g.cur.suffix = cl.suffixes[cl.pos]
		}
		cl.pos++
		if !cl.rule.whole && cl.pos < len(cl.suffixes) {
			g.queue[0].score = cl.prior()
			heap.Fix(&g.queue, 0)
		} else {
			heap.Pop(&g.queue)
		}
		if !cl.rule.whole && cl.fronted[g.cur.suffix] {
			g.cur.class = nil
		}
	}
}

// read is the next name of a row.
func (g *Generator) read(r *row) (tracker.Candidate, bool) {
	cl := r.class
	if !cl.made {
		g.make(cl)
	}
	for r.next < len(cl.variants) {
		v := &cl.variants[r.next]
		r.next++
		name := v.label
		if !cl.rule.whole {
			name = v.label + "." + g.table.list[r.suffix].Name
			if v.careful && g.barred(name) {
				continue
			}
			if cl.kept < 0 && cl.rule.name != RuleSameLabel && slices.Contains(g.labels[v.of].suffixes, r.suffix) {
				continue // came in its class of one suffix
			}
		}
		g.rank++
		return tracker.Candidate{Rank: g.rank, Name: tracker.Name(name), Rule: cl.rule.name, From: g.labels[v.of].from, Prior: r.prior}, true
	}
	return tracker.Candidate{}, false
}

func firstLabel(name string) string {
	l, _, _ := strings.Cut(name, ".")
	return l
}

func sortedHits(hits map[string]int) []string {
	keys := sortedKeys(hits)
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(hits[b], hits[a]) })
	return slices.DeleteFunc(keys, func(k string) bool { return hits[k] <= 0 })
}
