package lookalike

import (
	"slices"
	"strconv"
	"strings"

	"respawn/tracker"
)

// A rule makes variants of a label. Rules are data: adding one is adding a row to
// the table and a row to its test.
type rule struct {
	name string
	// pseudo is what the rule is worth before any use was counted, in uses out of
	// the sum over all rules: a guess from the published collections (the counts of
	// data/uses.csv overtake it).
	pseudo float64
	// size is about how many variants a label of n octets has; each variant gets
	// its share of the rule's probability.
	size func(n int) float64
	// variants yields labels (or, for a rule of whole names, names) made of w.
	variants func(w watched, e *environment, yield func(string))
	// under limits the suffixes; nil means all.
	under func(Suffix) bool
	// whole says that variants are whole names, which take no suffix.
	whole bool
}

// An environment is what rules know beside the label.
type environment struct {
	years   []int    // about now
	domains []string // registrable names of the campaign, for subdomains
}

func times(k float64) func(int) float64 { return func(n int) float64 { return max(1, k*float64(n)) } }
func fixed(k float64) func(int) float64 { return func(int) float64 { return k } }

// RuleSameLabel is the rule of the names that campaigns use most: the same label
// under another suffix.
const RuleSameLabel = "same-label"

// rules, best known first: a label that two rules make belongs to the first one.
var rules = []rule{
	{name: RuleSameLabel, pseudo: 40, size: fixed(1), variants: func(w watched, _ *environment, yield func(string)) { yield(w.label) }},
	{name: "joined", pseudo: 0.8, size: fixed(1), variants: unhyphened},
	{name: "divided", pseudo: 1.5, size: fixed(3), variants: divided},
	{name: "hyphen", pseudo: 2, size: times(1), variants: hyphen},
	{name: "ending", pseudo: 0.7, size: fixed(4), variants: ending},
	{name: "article", pseudo: 0.5, size: fixed(6), variants: article},
	{name: "repetition", pseudo: 3, size: times(1), variants: repetition},
	{name: "homoglyph", pseudo: 2, size: times(1.5), variants: homoglyph},
	{name: "omission", pseudo: 2, size: times(1), variants: omission},
	{name: "addition", pseudo: 5, size: fixed(36), variants: addition},
	{name: "replacement", pseudo: 3, size: times(5), variants: replacement},
	{name: "transposition", pseudo: 1, size: times(1), variants: transposition},
	{name: "vowel-swap", pseudo: 0.7, size: times(1.6), variants: vowelSwap},
	{name: "sound-swap", pseudo: 1, size: times(0.9), variants: soundSwap},
	{name: "last-letter", pseudo: 1.5, size: fixed(35), variants: lastLetter},
	{name: "insertion", pseudo: 0.5, size: times(9), variants: insertion},
	{name: "bitsquat", pseudo: 0.2, size: times(3), variants: bitsquat},
	{name: "affix", pseudo: 2, size: fixed(4 * firstAffixes), variants: affix},
	{name: "affix-local", pseudo: 1, size: fixed(4 * 8), variants: affixLocal},
	{name: "affix-rare", pseudo: 0.6, size: fixed(4 * float64(len(affixes)-firstAffixes)), variants: affixRare},
	{name: "code", pseudo: 1, size: fixed(4 * float64(len(codes))), variants: code},
	{name: "glued", pseudo: 0.7, size: fixed(4), variants: glued},
	{name: "number", pseudo: 1.5, size: fixed(40), variants: number},
	{name: "shorn", pseudo: 0.7, size: fixed(1), variants: shorn},
	{name: "reworded", pseudo: 0.7, size: fixed(4 * (firstAffixes + 8)), variants: reworded},
	{name: "number-word", pseudo: 0.2, size: fixed(2), variants: numberWord},
	{name: "linked", pseudo: 0.3, size: fixed(40), variants: linked},
	{name: "turned", pseudo: 0.5, size: fixed(10), variants: turned},
	{name: "hyphens", pseudo: 0.5, size: times(2.5), variants: hyphens},
	{name: "native", pseudo: 0.3, size: fixed(2), variants: native, under: acceptsLatin},
	{name: "idn", pseudo: 0.2, size: times(2), variants: idnWestern, under: acceptsWestern},
	{name: "idn-latin", pseudo: 0.1, size: times(3), variants: idnLatin, under: acceptsLatin},
	{name: "idn-script", pseudo: 0.1, size: fixed(1), variants: idnCyrillic, under: acceptsCyrillic},
	{name: "subdomain", pseudo: 0.3, size: fixed(400), variants: subdomain, whole: true},
}

// RuleNames are the names of all rules, in their order.
func RuleNames() []string {
	var out []string
	for _, r := range rules {
		out = append(out, r.name)
	}
	return out
}

// unhyphened: tonline for t-online.
func unhyphened(w watched, _ *environment, yield func(string)) {
	if strings.Contains(w.label, "-") {
		yield(strings.ReplaceAll(w.label, "-", ""))
	}
}

// hyphen: fox-news for foxnews, and one of several left out.
func hyphen(w watched, _ *environment, yield func(string)) {
	l := w.label
	for i := range len(l) {
		switch {
		case l[i] == '-':
			yield(l[:i] + l[i+1:])
		case i > 0 && l[i-1] != '-':
			yield(l[:i] + "-" + l[i:])
		}
	}
}

// repetition: spiegell, bildd.
func repetition(w watched, _ *environment, yield func(string)) {
	for i := range len(w.label) {
		if w.label[i] != '-' {
			yield(w.label[:i] + w.label[i:i+1] + w.label[i:])
		}
	}
}

// omission: 20minuts for 20minutes.
func omission(w watched, _ *environment, yield func(string)) {
	if len(w.label) < 3 {
		return
	}
	for i := range len(w.label) {
		yield(w.label[:i] + w.label[i+1:])
	}
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

// addition: spiegelr, obozrevatels.
func addition(w watched, _ *environment, yield func(string)) {
	for i := range len(alphanumeric) {
		yield(w.label + alphanumeric[i:i+1])
	}
}

// lastLetter: t-onlinl; the last letter is the one that is changed most.
func lastLetter(w watched, _ *environment, yield func(string)) {
	for i := range len(alphanumeric) {
		yield(w.label[:len(w.label)-1] + alphanumeric[i:i+1])
	}
}

// keyboards are the rows of qwerty, qwertz and azerty; neighbours are those of
// the same row and, half a key off, of the next.
var keyboards = [][4]string{
	{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"},
	{"1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"},
	{"1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"},
}

// neighbours are the keys beside each key on any of the keyboards.
var neighbours = func() (near [256]string) {
	for _, rows := range keyboards {
		for r, row := range rows {
			for i := range len(row) {
				add := func(r, k int) {
					if r >= 0 && r < len(rows) && k >= 0 && k < len(rows[r]) && !strings.Contains(near[row[i]], rows[r][k:k+1]) {
						near[row[i]] += rows[r][k : k+1]
					}
				}
				add(r, i-1)
				add(r, i+1)
				add(r-1, i)
				add(r-1, i+1)
				add(r+1, i-1)
				add(r+1, i)
			}
		}
	}
	return near
}()

// replacement: framce24; a neighbouring key was hit.
func replacement(w watched, _ *environment, yield func(string)) {
	for i := range len(w.label) {
		for _, k := range neighbours[w.label[i]] {
			yield(w.label[:i] + string(k) + w.label[i+1:])
		}
	}
}

// insertion: a neighbouring key was hit as well.
func insertion(w watched, _ *environment, yield func(string)) {
	for i := range len(w.label) {
		for _, k := range neighbours[w.label[i]] {
			yield(w.label[:i] + string(k) + w.label[i:])
			yield(w.label[:i+1] + string(k) + w.label[i+1:])
		}
	}
}

// transposition: siegpel.
func transposition(w watched, _ *environment, yield func(string)) {
	b := []byte(w.label)
	for i := 0; i+1 < len(b); i++ {
		if b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			yield(string(b))
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
}

const vowels = "aeiouy"

// vowelSwap: routers for reuters.
func vowelSwap(w watched, _ *environment, yield func(string)) {
	for i := range len(w.label) {
		if !strings.Contains(vowels, w.label[i:i+1]) {
			continue
		}
		for _, v := range vowels {
			yield(w.label[:i] + string(v) + w.label[i+1:])
		}
	}
}

// sounds are letters that one language writes for another's: polskicompas, rbk
// for rbc, stolzvolk.
var sounds = [][2]string{
	{"c", "k"}, {"f", "v"}, {"f", "ph"}, {"v", "w"}, {"s", "z"}, {"z", "tz"}, {"i", "y"}, {"i", "j"}, {"ks", "x"},
	{"k", "ck"}, {"k", "q"}, {"t", "th"}, {"c", "ch"}, {"sh", "sch"}, {"ae", "a"}, {"oe", "o"}, {"ue", "u"}, {"ss", "s"}, {"g", "h"},
	// As Cyrillic is romanised by one passport office and by another.
	{"j", "y"}, {"y", "iy"}, {"h", "kh"}, {"h", "ch"}, {"c", "ts"}, {"j", "zh"}, {"e", "ye"}, {"u", "ou"},
}

func soundSwap(w watched, _ *environment, yield func(string)) { swaps(w.label, sounds, yield) }

// glyphs are ASCII letters that look alike in the fonts of address bars.
var glyphs = [][2]string{
	{"rn", "m"}, {"nn", "m"}, {"vv", "w"}, {"cl", "d"}, {"l", "i"}, {"l", "1"}, {"i", "1"}, {"q", "g"}, {"o", "0"}, {"u", "v"},
	{"g", "9"}, {"s", "5"}, {"e", "3"}, {"b", "8"}, {"b", "6"}, {"z", "2"}, {"a", "4"}, {"t", "7"}, {"i", "j"}, {"li", "h"}, {"ii", "u"},
}

// homoglyph: blld, mfa-qov, vvelt.
func homoglyph(w watched, _ *environment, yield func(string)) { swaps(w.label, glyphs, yield) }

// swaps exchanges one place, and then all places, of each pair in both directions.
func swaps(label string, pairs [][2]string, yield func(string)) {
	for _, p := range pairs {
		for _, d := range [2][2]string{{p[0], p[1]}, {p[1], p[0]}} {
			n := 0
			for at := 0; ; n++ {
				i := strings.Index(label[at:], d[0])
				if i < 0 {
					break
				}
				at += i
				yield(label[:at] + d[1] + label[at+len(d[0]):])
				at++
			}
			if n > 1 {
				yield(strings.ReplaceAll(label, d[0], d[1]))
			}
		}
	}
}

// bitsquat: one bit of one octet flipped.
func bitsquat(w watched, _ *environment, yield func(string)) {
	b := []byte(w.label)
	for i, c := range b {
		for bit := range 8 {
			b[i] = c ^ 1<<bit
			if b[i] == '-' || b[i] >= 'a' && b[i] <= 'z' || b[i] >= '0' && b[i] <= '9' {
				yield(string(b))
			}
		}
		b[i] = c
	}
}

// joined yields a and b in both orders, with and without a hyphen.
func joined(a, b string, yield func(string)) {
	yield(a + b)
	yield(b + a)
	yield(a + "-" + b)
	yield(b + "-" + a)
}

// firstAffixes is how many of the affixes are so common that each is worth more than
// one of the others.
const firstAffixes = 16

// affix: foxnews-us is "code"; thewelt, spiegelonline.
func affix(w watched, _ *environment, yield func(string)) {
	for _, a := range affixes[:firstAffixes] {
		for _, l := range w.forms() {
			joined(l, a, yield)
		}
	}
}

// forms are the label, and where it falls into words that are known for sure, the same
// with hyphens between them, or without.
func (w *watched) forms() []string {
	switch {
	case w.between() != "":
		return []string{w.label, strings.ReplaceAll(w.label, "-", "")}
	case w.called != nil:
		return []string{w.label, strings.Join(w.called, "-")}
	}
	return []string{w.label}
}

// affixLocal: elcorreo-hoy, where the readers are Spanish.
func affixLocal(w watched, _ *environment, yield func(string)) {
	for _, a := range w.words {
		for _, l := range w.forms() {
			joined(l, a, yield)
		}
	}
}

// affixRare: tmzbreaking, tmzworldstar.
func affixRare(w watched, _ *environment, yield func(string)) {
	for _, a := range affixes[firstAffixes:] {
		joined(w.label, a, yield)
	}
}

// code: rtde, esrt, pravda-fr: a country or language and the brand in either
// order; also what stood before the label (actualidad-rt for actualidad.rt.com).
func code(w watched, _ *environment, yield func(string)) {
	if w.sub != "" {
		joined(w.label, strings.ReplaceAll(w.sub, ".", "-"), yield)
	}
	for _, c := range codes {
		joined(w.label, c, yield)
	}
}

// glued: spiegelde, pravda-ua: the old suffix, or that of the outlet that the name
// imitates, has become part of the label.
func glued(w watched, _ *environment, yield func(string)) {
	for _, n := range []tracker.Name{w.from, w.model} {
		if n == "" {
			continue
		}
		_, _, suffix := Split(string(n))
		for _, s := range []string{firstLabel(suffix), suffix[strings.LastIndexByte(suffix, '.')+1:]} {
			yield(w.label + s)
			yield(w.label + "-" + s)
		}
	}
}

// number: cbsnews24, foxnews15, spiegel-2024, also with or without hyphens between the
// words (tonline24 for t-online), and another one for that of the label.
func number(w watched, e *environment, yield func(string)) {
	forms := w.forms()
	if l := strings.TrimRight(w.label, "0123456789"); l != w.label {
		leave(l, func(l string) { forms = append(forms, l) })
	}
	put := func(n int) {
		s := strconv.Itoa(n)
		for _, l := range forms {
			yield(l + s)
			yield(l + "-" + s)
		}
	}
	for n := range 10 {
		put(n)
	}
	for _, n := range []int{11, 12, 13, 15, 20, 21, 24, 365, 247, 360} {
		put(n)
	}
	for _, y := range e.years {
		put(y)
		put(y % 100)
	}
}

// shorn: the label without the word, number or country that it carried; what is
// left must be the campaign's own.
func shorn(w watched, _ *environment, yield func(string)) {
	stripped(w, func(l string) { leave(l, yield) })
}

// stripped takes off one thing that a label carries beside its own.
func stripped(w watched, yield func(string)) {
	off := func(word string, glued bool) {
		if l, ok := strings.CutSuffix(w.label, word); ok && (glued || strings.HasSuffix(l, "-")) {
			yield(l)
		}
		if l, ok := strings.CutPrefix(w.label, word); ok && (glued || strings.HasPrefix(l, "-")) {
			yield(l)
		}
	}
	for _, a := range slices.Concat(affixes, w.words) {
		off(a, len(a) > 3) // spiegel ends in el, and has nothing taken off
	}
	for _, c := range codes {
		off(c, false)
	}
	if l, ok := strings.CutPrefix(w.label, "the"); ok {
		yield(l)
	}
	words, between := w.called, w.between()
	if between != "" {
		words = strings.Split(w.label, between)
	}
	if len(words) > 2 { // istinski-balkan-glas without one of its words
		for i := range words {
			yield(strings.Join(slices.Concat(words[:i], words[i+1:]), between))
		}
	}
	if l := strings.TrimRight(w.label, "0123456789"); l != w.label {
		yield(l)
	}
}

// subdomain: the old label, or a country, below another name of the campaign
// (de.news-pravda.com after pravda-de.com).
func subdomain(w watched, e *environment, yield func(string)) {
	for _, d := range e.domains {
		if strings.HasSuffix(string(w.from), d) && strings.HasPrefix(d, w.label+".") {
			for _, words := range [][]string{codes, countries} {
				for _, c := range words {
					yield(c + "." + d)
				}
			}
			continue
		}
		yield(w.label + "." + d)
		yield(strings.ReplaceAll(string(w.from), ".", "-") + "." + d)
		yield(string(w.from) + "." + d)
	}
}
