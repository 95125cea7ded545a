package lookalike

import (
	"cmp"
	"math"
	"slices"

	"respawn/tracker"
)

// A Ground is what all candidates of a case share: its labels, and how likely each
// suffix and each rule is. Making it costs more than the first thousand candidates, so
// who asks for several lists of one case makes it once. Safe for concurrent use.
type Ground struct {
	table   *suffixTable
	watched []watched
	env     environment
	own     map[string]bool
	first   map[string]bool // first labels of own
	hits    map[string]int
	prob    []float64 // of suffixes for the label as it was, parallel to table.list
	changed []float64 // and for all others
	order   []int32   // suffixes, best first for the label as it was
	// changedOrder is the same for all others.
	changedOrder []int32
	share        map[habit][]float64
}

// A habit is what the shares of the rules depend on.
type habit struct {
	kind  tracker.Kind
	short bool
}

// NewGround reads what the candidates of c share, and of o AsOf, Uses, Hits and
// Called. The case is not kept.
func NewGround(c *tracker.Case, o Options) *Ground {
	uses := o.Uses
	if uses == nil {
		uses = ShippedUses()
	}
	uses = usesFor(c, uses, o.AsOf)
	p := &Ground{table: suffixes(), watched: watch(c, false), own: ownNames(c), first: map[string]bool{}, hits: o.Hits, prob: suffixPrior(c, uses, o.Hits), share: map[habit][]float64{}}
	readTitles(p.watched, c, o.Called)
	year := o.AsOf
	if year.IsZero() {
		year = lastSeizure(c)
	}
	if !year.IsZero() {
		p.env.years = []int{year.Year() - 1, year.Year(), year.Year() + 1}
	}
	for _, w := range p.watched {
		if _, label, suffix := Split(string(w.from)); label != "" && w.weight >= weightCampaign {
			p.env.domains = append(p.env.domains, label+"."+suffix)
		}
	}
	for n := range p.own {
		p.first[firstLabel(n)] = true
	}
	p.changed = make([]float64, len(p.prob))
	for i, x := range p.prob {
		p.changed[i] = math.Pow(x, changedPower)
	}
	normalise(p.changed)
	for i, x := range ordinaryShare() {
		p.changed[i] = (1-changedOrdinary)*p.changed[i] + changedOrdinary*x
	}
	p.order, p.changedOrder = byProbability(p.prob), byProbability(p.changed)
	for _, k := range []tracker.Kind{tracker.KindUnstated, tracker.KindOwnBrand, tracker.KindBrandSpoof} {
		p.share[habit{k, false}], p.share[habit{k, true}] = rulePrior(c, uses, k)
	}
	return p
}

// byProbability is the order of the suffixes of the table, most probable first.
func byProbability(prob []float64) []int32 {
	order := make([]int32, len(prob))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(prob[b], prob[a]), cmp.Compare(a, b)) })
	return order
}

// barred names are never candidates: those of the case, genuine outlets', and
// public suffixes.
func (p *Ground) barred(name string) bool { return p.own[name] || p.table.rules[name] != 0 }

// careful says whether a name with that first label could be barred: it is that of an
// own name or of a public suffix (eu.com is one). All others need no look-up.
func (p *Ground) careful(label string) bool { return p.first[label] || p.table.first[label] }
