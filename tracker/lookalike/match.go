package lookalike

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"respawn/tracker"
)

// DefaultThreshold is the score from which a likeness is a hit: how many nats
// likelier the name is as an imitation than as a name of its own. Recall, false
// positives and speed in docs/bench are all measured at it.
const DefaultThreshold = 7.5

// MatchOptions say what counts as a hit. The zero MatchOptions are the defaults.
type MatchOptions struct {
	Threshold float64        // least score; 0 = DefaultThreshold
	Allow     []tracker.Name // never hits, nor what lies below them
}

// A Matcher decides for each name of a stream whether it looks like a watched one.
// It is made once for a case and is safe for concurrent use.
type Matcher struct {
	labels    []mark
	own       map[string]bool
	exact     *wordSet
	looks     *wordSet // skeletons
	pieces    *pieceIndex
	inside    *automaton
	rarity    *rarity
	suffix    map[string]float64 // likelihood ratio in nats, for known suffixes
	threshold float64
}

// A mark is one form of a watched label.
type mark struct {
	watched
	octets []byte // of the label
	ending string // first label of the name's public suffix,
	tld    string // and the last
	office bool   // gov, of gov.pl: no brand, but what every government has
	rarity float64
}

// The rules of hits, in the order in which ties are broken.
const (
	hitSame uint8 = iota
	hitHyphen
	hitGlyph
	hitIDN
	hitEdition
	hitVariant
	hitTypo
	hitAffix
	hitInside
	hitSubdomain
)

var hitNames = [...]string{RuleSameLabel, "hyphen", "homoglyph", "idn", "affix", "variant", "typo", "affix", "contained", "subdomain"}

// NewMatcher indexes the names of c, what they imitate, and its outlets.
func NewMatcher(c *tracker.Case, o MatchOptions) *Matcher {
	m := &Matcher{own: ownNames(c), exact: newWordSet(), looks: newWordSet(), threshold: o.Threshold}
	if m.threshold == 0 {
		m.threshold = DefaultThreshold
	}
	for _, n := range o.Allow {
		m.own[string(n)] = true
	}
	ws := watch(c, true)
	names := map[string]bool{}
	for _, w := range ws {
		names[w.label] = true
		names[strings.ReplaceAll(w.label, "-", "")] = true
	}
	m.rarity = newRarity(names)
	var labels []string
	for i, w := range ws {
		m.labels = append(m.labels, m.mark(w))
		labels = append(labels, w.label)
		e := entry{id: int32(i)}
		m.exact.add(w.label, e)
		m.looks.add(string(skeleton(nil, []byte(w.label))), e)
		m.listVariants(w, int32(i))
	}
	for _, n := range c.Names { // several editions of one brand: each its own name
		sub, label, _ := Split(string(n.Name))
		if label == "" || sub == "" || sub == "www" || strings.Contains(sub, ".") {
			continue
		}
		id := int32(len(m.labels))
		m.labels = append(m.labels, m.mark(watched{label: label, from: n.Name, sub: sub, kind: kindOf(n)}))
		joined(label, sub, func(v string) { m.exact.add(v, entry{id, hitEdition}) })
	}
	m.pieces = newPieceIndex(labels)
	m.inside = newAutomaton(labels, leastInside)
	m.suffix = suffixRatio(usesFor(c, ShippedUses(), lastSeizure(c)))
	return m
}

func (m *Matcher) mark(w watched) mark {
	_, _, suffix := Split(string(w.from))
	return mark{
		watched: w, octets: []byte(w.label),
		ending: firstLabel(suffix), tld: suffix[strings.LastIndexByte(suffix, '.')+1:],
		office: slices.Contains(offices, w.label), rarity: m.rarity.of([]byte(w.label)),
	}
}

// listVariants adds whole labels that no other rule brings up: likely variants of
// labels that are too short to tolerate an edit (fazz, rbk for rbc), and brands of
// two letters with a country, word or number (rtde, rt24), which are too short to
// be looked for inside others.
func (m *Matcher) listVariants(w watched, id int32) {
	add := func(rule uint8) func(string) {
		return func(v string) {
			if goodLabel(v) {
				m.exact.add(v, entry{id, rule})
			}
		}
	}
	if n := len(w.label); n < leastInside {
		env := &environment{years: []int{2022, 2023, 2024, 2025, 2026, 2027}}
		affix(w, env, add(hitAffix))
		affixRare(w, env, add(hitAffix))
		code(w, env, add(hitAffix))
		number(w, env, add(hitAffix))
		glued(w, env, add(hitAffix))
	} else if editLimit(n) == 0 {
		repetition(w, env0, add(hitVariant))
		soundSwap(w, env0, add(hitVariant))
	}
}

var env0 = &environment{}

// leastInside is the length from which a label is looked for inside others.
const leastInside = 3

// A hit is a likeness found, before it is made a tracker.Match.
type hit struct {
	id    int32
	rule  uint8
	dist  int
	score float64
}

// changes is how much of the watched label is other than it was: a known word
// beside it leaves it whole, which explains a name better than two edits of
// another label (dailymako is mako's, not dailymail's).
func (h *hit) changes() int {
	if h.rule == hitAffix || h.rule == hitEdition {
		return min(h.dist, 1)
	}
	return h.dist
}

// better says whether o explains a name better than h: the label itself first,
// then fewer edits, then the score.
func (h *hit) better(o hit) bool {
	if same := o.rule == hitSame; same != (h.rule == hitSame) {
		return same
	}
	if a, b := o.changes(), h.changes(); a != b {
		return a < b
	}
	if o.score != h.score {
		return o.score > h.score
	}
	return o.rule < h.rule || o.rule == h.rule && o.id < h.id
}

// Match says whether name looks like a watched name, and like which: the likeness
// with the best score. name is a host or domain name as streams have it: any
// case, with or without a final dot or a leading "*.", A-labels or UTF-8. Own
// names, genuine outlets and allowed names are never hits, nor what lies below
// them. What is no name at all is a miss. A miss allocates nothing.
func (m *Matcher) Match(name []byte) (tracker.Match, bool) {
	var buf [256]byte
	for len(name) > 0 && name[len(name)-1] <= ' ' {
		name = name[:len(name)-1]
	}
	for len(name) > 0 && name[0] <= ' ' {
		name = name[1:]
	}
	if len(name) > 2 && name[0] == '*' && name[1] == '.' {
		name = name[2:]
	}
	if len(name) > 0 && name[len(name)-1] == '.' {
		name = name[:len(name)-1]
	}
	if len(name) < 4 || len(name) > 253 {
		return tracker.Match{}, false
	}
	tld := -1
	for i, c := range name {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		switch {
		case c == '.':
			tld = i
		case c >= 0x80:
			return m.unicode(name)
		}
		buf[i] = c
	}
	if tld <= 0 {
		return tracker.Match{}, false
	}
	var best hit
	var h [65]uint64
	found := false
	for start := 0; start <= tld; {
		end := start + bytes.IndexByte(buf[start:tld+1], '.')
		if c, ok := m.label(&h, buf[start:end], buf[:len(name)], start, end); ok && (!found || best.better(c)) {
			best, found = c, true
		}
		start = end + 1
	}
	if !found || m.owned(buf[:len(name)]) {
		return tracker.Match{}, false
	}
	canonical, err := tracker.ParseName(string(buf[:len(name)]))
	if err != nil {
		return tracker.Match{}, false
	}
	return tracker.Match{
		Name: canonical, From: m.labels[best.id].from, Rule: hitNames[best.rule], Distance: best.dist,
		Score: math.Round(best.score*100) / 100,
	}, true
}

// unicode is the slow way of a name with letters beyond ASCII.
func (m *Matcher) unicode(name []byte) (tracker.Match, bool) {
	n, err := tracker.ParseName(string(name))
	if err != nil {
		return tracker.Match{}, false
	}
	return m.Match([]byte(n))
}

// owned says whether name is an own name or lies below one.
func (m *Matcher) owned(name []byte) bool {
	for {
		if m.own[string(name)] {
			return true
		}
		i := bytes.IndexByte(name, '.')
		if i < 0 {
			return false
		}
		name = name[i+1:]
	}
}

// label judges the label name[start:end].
// h is room for the hashes of its beginnings.
func (m *Matcher) label(h *[65]uint64, l, name []byte, start, end int) (hit, bool) {
	if len(l) < 2 || len(l) > 63 {
		return hit{}, false
	}
	var x, sk uint64
	state := uint16(0)
	skLen := 0
	var inner [16]struct {
		state uint16
		end   uint8
	}
	inners := 0
	for i, c := range l {
		x = x*hashBase + uint64(c) + 1
		h[i+1] = x
		f := &foldASCII[c]
		if f[0] != 0 {
			sk = sk*hashBase + uint64(f[0]) + 1
			skLen++
			if f[1] != 0 {
				sk = sk*hashBase + uint64(f[1]) + 1
			}
		}
		state = m.inside.next[state&(endsHere-1)][symbol[c]&63]
		if state >= endsHere && inners < len(inner) {
			state &= endsHere - 1
			inner[inners].state, inner[inners].end = state, uint8(i+1)
			inners++
		}
	}
	var best hit
	found := false
	var place placing
	keep := func(c hit) {
		if !place.known {
			place = m.place(name, start, end)
		}
		if place.suffix {
			return // com in x.com.co
		}
		if !place.registrable {
			if c.rule > hitIDN || c.dist > 0 {
				return // below a stranger's name only the label itself counts
			}
			c.rule, c.score = hitSubdomain, c.score-costSubdomain
		}
		c.score += place.worth(c.rule)
		if c.score >= m.threshold && (!found || best.better(c)) {
			best, found = c, true
		}
	}
	for _, e := range m.exact.get(x) {
		w := &m.labels[e.id]
		switch {
		case e.rule == hitSame && string(l) == w.label:
			keep(hit{e.id, hitSame, 0, w.rarity})
		case e.rule == hitEdition:
			keep(hit{e.id, hitEdition, abs(len(l) - len(w.label)), m.affixed(w, l) + worthEdition})
		case e.rule == hitAffix:
			keep(hit{e.id, hitAffix, abs(len(l) - len(w.label)), m.affixed(w, l)})
		case e.rule == hitVariant:
			keep(hit{e.id, hitVariant, 1, m.rarity.of(l) - costVariant + worthTwice})
		}
	}
	if skLen > 1 {
		for _, e := range m.looks.get(sk) {
			w := &m.labels[e.id]
			if string(l) == w.label {
				continue
			}
			if sameBut(l, w.label) {
				keep(hit{e.id, hitHyphen, abs(len(l) - len(w.label)), w.rarity - costHyphen})
			} else {
				keep(hit{e.id, hitGlyph, osa(w.octets, l, 60), m.rarity.of(l) - costGlyph - math.Log(float64(len(l)))})
			}
		}
	}
	var room [32]int32
	if near := m.pieces.near(room[:0], h, len(l)); len(near) > 0 {
		for _, id := range near {
			w := &m.labels[id]
			limit := editLimit(len(w.label))
			if d := osa(w.octets, l, limit); d > 0 && d <= limit {
				keep(hit{id, hitTypo, d, m.rarity.of(l) + m.edits(w.label, l, d)})
			}
		}
	}
	for _, in := range inner[:inners] {
		for _, id := range m.inside.ends[in.state] {
			w := &m.labels[id]
			if at := int(in.end) - len(w.label); len(w.label) < len(l) && bytes.Equal(l[at:in.end], w.octets) {
				rest := l[in.end:]
				if at > 0 {
					rest = l[:at]
				}
				if w.office && string(bytes.Trim(rest, "-")) != w.tld {
					continue // acme-gov is no more Poland's than anyone's
				}
				affixes := 0
				if at == 0 || int(in.end) == len(l) {
					affixes = affixesIn(rest, w)
				}
				if affixes > 0 {
					keep(hit{id, hitAffix, len(l) - len(w.label), m.affixed(w, l) - float64(affixes-1)*costSecond})
				} else {
					keep(hit{id, hitInside, len(l) - len(w.label), m.set(w, l, at)})
				}
			}
		}
	}
	if len(l) > 4 && string(l[:4]) == "xn--" {
		if c, ok := m.international(l[4:]); ok {
			keep(c)
		}
	}
	return best, found
}

// sameBut says whether l is w with hyphens in other places.
func sameBut(l []byte, w string) bool {
	i, j := 0, 0
	for {
		for i < len(l) && l[i] == '-' {
			i++
		}
		for j < len(w) && w[j] == '-' {
			j++
		}
		if i == len(l) || j == len(w) {
			return i == len(l) && j == len(w)
		}
		if l[i] != w[j] {
			return false
		}
		i++
		j++
	}
}

func abs(n int) int { return max(n, -n) }
