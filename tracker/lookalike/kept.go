package lookalike

import "slices"

// keptShare is how many of the names that change their label keep their suffix,
// beside those that come to it by the prior of suffixes: polskicompas.net for
// polskikompas.net. A name that keeps its label cannot keep its suffix as well.
const keptShare = 0.05

// keep divides class i: its variants under the suffix that their name had come
// first, as classes of one suffix. An imitation may keep the suffix of the outlet as
// well as its own; among Options.Kept are only those that somebody lost.
func (g *Generator) keep(i int) {
	rl := g.classes[i].rule
	if rl.whole || rl.name == RuleSameLabel {
		return
	}
	weight := g.classes[i].weight
	g.classes[i].weight *= 1 - keptShare
	bySuffix := map[int32]int{}
	for _, w := range g.classes[i].of {
		for _, s := range g.suffixesOf(w) {
			if rl.under != nil && !rl.under(g.table.list[s]) {
				continue
			}
			k, ok := bySuffix[s]
			if !ok {
				k = len(g.classes)
				bySuffix[s] = k
				p := g.classes[i].prob[s]
				g.classes = append(g.classes, class{rule: rl, weight: weight, suffixes: []int32{s}, kept: i, only: keptShare + (1-keptShare)*p})
			}
			g.classes[k].of = append(g.classes[k].of, w)
		}
	}
}

// suffixesOf are the suffixes that variants of a watched label may keep.
func (g *Generator) suffixesOf(w int) []int32 {
	switch {
	case g.home:
		return g.labels[w].home
	case g.kept:
		return g.labels[w].lost
	}
	return g.labels[w].suffixes
}

// makeKept fills a class of one suffix. Among all candidates a variant that two labels
// make is the first one's, and comes under the other one's suffix when that has its
// turn; who asks for the kept alone gets it under both.
func (g *Generator) makeKept(cl *class) {
	s := cl.suffixes[0]
	if !g.kept {
		from := &g.classes[cl.kept]
		if !from.made {
			g.make(from)
		}
		for _, v := range from.variants {
			if slices.Contains(g.labels[v.of].suffixes, s) {
				cl.variants = append(cl.variants, v)
			}
		}
		return
	}
	for _, i := range cl.of {
		cl.rule.variants(g.labels[i], &g.env, func(v string) {
			name := v + "." + g.table.list[s].Name
			if !goodLabel(v) || g.seen[v] || g.seen[name] {
				return
			}
			g.seen[name] = true // no variant has a dot
			cl.variants = append(cl.variants, variant{v, int32(i), g.careful(v)})
		})
	}
}
