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
	// Uses teach the order in place of ShippedUses; nil = ShippedUses.
	Uses []Use
}

// Generate yields candidates for c, best first: no name twice, no name of the
// case, no genuine outlet's name, never more than o.Budget, always in the same
// order. It works as it goes, so that breaking off early is cheap. Prior is the
// probability that the next replacement of From, if there is one, is this name.
func Generate(c *tracker.Case, o Options) iter.Seq[tracker.Candidate] {
	return func(yield func(tracker.Candidate) bool) {
		g := NewGenerator(c, o)
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
	table   *suffixTable
	watched []watched
	env     environment
	own     map[string]bool
	careful map[string]bool // labels with which a name could be barred
	seen    map[string]bool // variants that a better class has
	prob    []float64       // of suffixes for the label as it was, parallel to table.list
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
func NewGenerator(c *tracker.Case, o Options) *Generator {
	uses := o.Uses
	if uses == nil {
		uses = ShippedUses()
	}
	uses = usesFor(c, uses, o.AsOf)
	g := &Generator{
		table: suffixes(), watched: watch(c, false), own: ownNames(c), careful: map[string]bool{}, seen: map[string]bool{},
		prob: suffixPrior(c, uses, o.Hits), budget: o.Budget,
	}
	year := o.AsOf
	if year.IsZero() {
		year = lastSeizure(c)
	}
	if !year.IsZero() {
		g.env.years = []int{year.Year() - 1, year.Year(), year.Year() + 1}
	}
	for _, w := range g.watched {
		if _, label, suffix := Split(string(w.from)); label != "" && w.weight >= weightCampaign {
			g.env.domains = append(g.env.domains, label+"."+suffix)
		}
		g.seen[w.label] = true
	}
	if o.Labels != nil {
		g.watched = slices.DeleteFunc(g.watched, func(w watched) bool { return !o.Labels[w.from.Label()] })
	}
	g.kept, g.home = o.Kept, o.Home
	if most := maxPlaced / max(1, len(g.watched)); len(g.env.domains) > most {
		g.env.domains = g.env.domains[:max(1, most)]
	}
	// A name can only be barred if its first label is that of an own name or of a
	// public suffix (eu.com is one): all others need no look-up.
	for n := range g.own {
		g.careful[firstLabel(n)] = true
	}
	for n := range g.table.rules {
		g.careful[firstLabel(n)] = true
	}
	g.build(c, o, uses)
	for i := range g.classes {
		if !o.Kept || g.classes[i].kept >= 0 {
			g.push(i)
		}
	}
	heap.Init(&g.queue)
	if o.Kept {
		return g
	}
	for _, s := range sortedHits(o.Hits) {
		g.Hit(s)
	}
	return g
}

// barred names are never candidates: those of the case, genuine outlets', and
// public suffixes.
func (g *Generator) barred(name string) bool {
	return g.own[name] || g.table.rules[name] != 0
}

// Watched is the number of watched labels, the W of "among the next W names".
func (g *Generator) Watched() int { return len(g.watched) }

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
			if cl.kept < 0 && cl.rule.name != RuleSameLabel && slices.Contains(g.watched[v.of].suffixes, r.suffix) {
				continue // came in its class of one suffix
			}
		}
		g.rank++
		return tracker.Candidate{Rank: g.rank, Name: tracker.Name(name), Rule: cl.rule.name, From: g.watched[v.of].from, Prior: r.prior}, true
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
