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

// affixSet holds the words and codes that campaigns join to a label.
var affixSet = func() map[string]bool {
	set := map[string]bool{}
	for _, words := range [][]string{affixes, codes} {
		for _, w := range words {
			set[w] = true
		}
	}
	return set
}()

// isAffix says whether rest, what is left of a label beside a watched one, is a
// known word or code, a number, or the old suffix.
func isAffix(rest []byte, w *mark) bool {
	rest = bytes.Trim(rest, "-")
	if len(rest) == 0 {
		return false
	}
	if affixSet[string(rest)] || w.sub != "" && string(rest) == w.sub {
		return true
	}
	if w.ending == string(rest) || w.tld == string(rest) {
		return true
	}
	if len(rest) > 4 {
		return false
	}
	for _, c := range rest {
		if !digit(c) {
			return false
		}
	}
	return true
}

// suffixRatio is, for each suffix, how much likelier a campaign's name stands
// under it than any name does, in nats, within narrow bounds: a name can be an
// imitation under every suffix. The suffixes of the case itself do not count: a
// list of genuine outlets would make their home suffixes suspicious.
func suffixRatio(uses []Use) map[string]float64 {
	t, far := suffixes(), reach()
	campaign := suffixPrior(&tracker.Case{}, uses, nil)
	size := make([]float64, len(t.list))
	var total float64
	for i, s := range t.list {
		size[i] = math.Pow(10, float64(far[s.Name]))
		total += size[i]
	}
	out := make(map[string]float64, len(t.list))
	for i, s := range t.list {
		out[s.Name] = math.Log(campaign[i] / (size[i] / total))
	}
	return out
}

// What likenesses cost, in nats: minus the logarithm of how likely an imitator
// does just this, where that does not depend on the label. Set on the lists of
// docs/bench/match.md.
const (
	costHyphen    = 1.0
	costGlyph     = 3.5
	costIDN       = -1.0 // letters beyond ASCII that look like a watched label are hardly ever chance
	costVariant   = 9.8
	costAffix     = 3.5
	worthPlain    = 2.0
	costGluedCode = 3.8  // two letters more make another word of many labels
	worthWorn     = 4.0  // one of the affixes that everybody uses, see wornAffixes
	costShortCode = 4.8  // and of most short ones
	costAffixed   = 8.5  // to choose one of the known affixes
	costBoundary  = 3.9  // inside, set off by hyphens, with an unknown rest
	costShortWord = 1.0  // three letters between hyphens are mostly an abbreviation of many
	costInside    = 15.5 // inside another word
	costSubdomain = 3.0

	costTypo       = 0.1
	worthEdition   = 0.5 // the very edition that is watched: rtde for de.rt.com
	editWays       = 72  // letters to insert or put in place, for each letter of the label
	costFirst      = 3.7 // an edit of the first letter, which readers see first and
	costFirstLong  = 0.5 // which makes another word of short labels, not of long ones
	costCommonHead = 1.8 // one of the letters that head other words: egazeta
	costHeadless   = 6.0 // the short head of a hyphened label is gone: kit-online for t-online
	costCognate    = 4.0 // as other languages spell the word: koriere for corriere
	worthTwice     = 1.3 // a letter doubled, or a double one halved
	worthNear      = 0.2 // a neighbouring key
	worthLast      = 0.7 // a letter at the end
	suffixMost     = 1.5 // bounds of the suffix's likelihood ratio
	suffixMostTypo = 2.0
	suffixShare    = 0.5
	closedCost     = 2.5 // a registry's second level that is not sold to all
)

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
				if (at == 0 || int(in.end) == len(l)) && isAffix(rest, w) {
					keep(hit{id, hitAffix, len(l) - len(w.label), m.affixed(w, l)})
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

// affixed judges a watched label with a known affix: by its own rarity, and, since
// br and ew make brew, by that of the whole. A brand of two or three letters has
// no rarity of its own and is judged by the whole alone. An affix set off by a
// hyphen, or a number, leaves the label in plain sight.
func (m *Matcher) affixed(w *mark, l []byte) float64 {
	at := bytes.Index(l, w.octets)
	rest := len(l) - len(w.octets)
	score := m.rarity.of(l) - costAffixed
	own := w.rarity - costAffix
	if at == 0 && wornAffixes[string(l[len(w.octets):])] || at > 0 && wornAffixes[string(l[:at])] {
		score, own = score+worthWorn, own+worthWorn
	}
	before, behind := at > 0 && l[at-1] == '-', at >= 0 && at+len(w.octets) < len(l) && (l[at+len(w.octets)] == '-' || digit(l[at+len(w.octets)]))
	if i := bytes.IndexByte(w.octets, '-'); at > 0 && !before && i > 0 && i <= 2 {
		own -= costShortCode // bit-online is no word with t-online
	}
	switch {
	case before || behind:
		own += worthPlain
	case rest <= 2 && len(w.label) <= 4 && w.sub == "": // rt is known to have editions, ew is not
		score, own = score-costShortCode, own-costShortCode
	case rest == 2 && len(w.label) > 4:
		score, own = score-costGluedCode, own-costGluedCode
	}
	if len(w.label) <= shortLabel {
		return score
	}
	return min(score, own)
}

// set judges a watched label at a place inside l: between hyphens or digits it
// needs to be less rare than inside a word.
func (m *Matcher) set(w *mark, l []byte, at int) float64 {
	end := at + len(w.label)
	left := at == 0 || l[at-1] == '-'
	right := end == len(l) || l[end] == '-'
	if !left && l[at-1] >= '0' && l[at-1] <= '9' && !digit(w.label[0]) {
		left = true
	}
	if !right && digit(l[end]) && !digit(w.label[len(w.label)-1]) {
		right = true
	}
	switch {
	case left && right && len(w.label) <= shortLabel:
		return w.rarity - costBoundary - costShortWord
	case left && right:
		return w.rarity - costBoundary
	case len(w.label) < 5:
		return 0
	}
	return w.rarity - costInside
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// edits is what d edits from w to l are worth, at most 0 but for habits.
func (m *Matcher) edits(w string, l []byte, d int) float64 {
	s := -costTypo - float64(d)*math.Log(editWays*float64(len(w))) + float64(d-1)*(math.Ln2+twoEdits)
	if w[0] != l[0] {
		if len(w) < 8 {
			s -= costFirst
		} else {
			s -= costFirstLong
		}
	}
	if d > 1 {
		// t-online is known by its t; what else ends in online is another's.
		if head, tail, ok := strings.Cut(w, "-"); ok && d > len(head) && len(l) > len(tail) && string(l[len(l)-len(tail):]) == tail {
			return s - costHeadless
		}
		if cognate(w, l) {
			return s - costCognate
		}
		if end := min(len(w), len(l)) - 2; end > 0 && w[:end] == string(l[:end]) {
			s -= costEnding
		}
		return s
	}
	i := 0
	for i < len(w) && i < len(l) && w[i] == l[i] {
		i++
	}
	switch {
	case len(l) > len(w): // l[i] came in
		if i == 0 && strings.IndexByte("aeiox", l[0]) >= 0 {
			s -= costCommonHead
		}
		switch {
		case i > 0 && l[i] == l[i-1]:
			s += worthTwice
		case i == len(w):
			s += worthLast
		}
	case len(l) < len(w): // w[i] went
		if i > 0 && w[i] == w[i-1] {
			s += worthTwice
		}
	case i+1 < len(w) && w[i] == l[i+1] && w[i+1] == l[i]:
	default:
		if strings.IndexByte(neighbours[w[i]], l[i]) >= 0 {
			s += worthNear
		}
	}
	return s
}

// cognate says whether l is w as another language may spell it: vowels for
// vowels, c, k, q and z for each other, one letter for two.
func cognate(w string, l []byte) bool {
	i, j := 0, 0
	for {
		for i+1 < len(w) && w[i] == w[i+1] {
			i++
		}
		for j+1 < len(l) && l[j] == l[j+1] {
			j++
		}
		if i >= len(w) || j >= len(l) {
			return i >= len(w) && j >= len(l)
		}
		a, b := w[i], l[j]
		if a != b && (!isVowel(a) || !isVowel(b)) && (strings.IndexByte("ckqz", a) < 0 || strings.IndexByte("ckqz", b) < 0) {
			return false
		}
		i++
		j++
	}
}

// wornAffixes are the few that imitators and their readers think of first: set
// before or behind a short label they are likelier its edition than another word.
var wornAffixes = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields("the my real news daily live de en eu fr ru ua uk us") {
		set[w] = true
	}
	return set
}()

// twoEdits is how much likelier two edits are than independence says: who edits
// once does so again.
const twoEdits = 1.7

// costEnding: two edits at the end are mostly another ending of the same word.
const costEnding = 4.0

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

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

// international judges what follows "xn--" by the ASCII letters it is read as.
func (m *Matcher) international(enc []byte) (hit, bool) {
	var runes [64]rune
	var ascii [128]byte
	decoded, ok := punycode(runes[:0], enc)
	if !ok {
		return hit{}, false
	}
	read, ok := latin(ascii[:0], decoded)
	if !ok || len(read) < 2 || len(read) > 60 {
		return hit{}, false
	}
	var h [65]uint64
	prefixes(&h, read)
	var best hit
	found := false
	keep := func(c hit) {
		if !found || best.better(c) {
			best, found = c, true
		}
	}
	var sk [128]byte
	folded := skeleton(sk[:0], read)
	if len(folded) > 63 {
		return hit{}, false
	}
	for _, e := range m.looks.get(hashOf(folded)) {
		keep(hit{e.id, hitIDN, 0, m.labels[e.id].rarity - costIDN})
	}
	var room [16]int32
	for _, id := range m.pieces.near(room[:0], &h, len(read)) {
		w := &m.labels[id]
		if d := osa(w.octets, read, 1); d == 1 {
			keep(hit{id, hitIDN, 1, w.rarity - costIDN - 4})
		}
	}
	return best, found
}

func hashOf(b []byte) uint64 {
	var x uint64
	for _, c := range b {
		x = x*hashBase + uint64(c) + 1
	}
	return x
}

// placing is where a label stands in its name.
type placing struct {
	known       bool
	registrable bool
	suffix      bool
	shut        bool
	ratio       float64
}

// worth is what the suffix says for or against a hit by rule. Edits need it most:
// labels one edit from a watched one are common, but not under suffixes that
// campaigns use.
func (p placing) worth(rule uint8) float64 {
	switch {
	case p.shut:
		return -closedCost
	case rule == hitTypo:
		return min(suffixMostTypo, max(-suffixMostTypo, p.ratio))
	}
	return min(suffixMost, max(-suffixMost, suffixShare*p.ratio))
}

// place finds the public suffix; it is asked only for names with a likeness.
func (m *Matcher) place(name []byte, start, end int) placing {
	p := placing{known: true}
	t := suffixes()
	cut := t.splitAt(name)
	suffix := name[min(cut, len(name)):]
	switch {
	case start >= cut:
		p.suffix = true
		return p
	case end == cut-1:
		p.registrable = true
	}
	p.ratio = m.suffix[string(suffix)]
	if i, ok := t.index[string(suffix)]; ok && t.list[i].shut() {
		p.shut = true
		if slices.Contains(offices, firstLabel(string(suffix))) {
			p.suffix = true
			return p
		}
	}
	if p.registrable && len(suffix) == 2 && slices.ContainsFunc(offices, func(o string) bool { return o == string(name[start:end]) }) {
		p.suffix = true // gov.hr is Croatia's, whatever the list says
	}
	return p
}

// shut says that strangers get no name under the suffix: a government, a school,
// an army, or a registry's second level that nobody sells.
func (s Suffix) shut() bool {
	return slices.Contains(offices, firstLabel(s.Name)) || s.Name == "int" || (s.Class == ClassSecond || s.Class == ClassOther) && reach()[s.Name] == 0
}

func abs(n int) int { return max(n, -n) }
