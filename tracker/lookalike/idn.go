package lookalike

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// latinLetters are, for each ASCII letter, the letters of the Latin script that
// most registries with IDN tables accept; after the tables that DENIC, AFNIC,
// SWITCH, nic.at, EURid and Identity Digital publish, by hand.
var latinLetters = map[byte]string{
	'a': "àáâãäåāăą", 'c': "çćĉċč", 'd': "ďđ", 'e': "èéêëēĕėęě", 'g': "ĝğġģ", 'h': "ĥħ", 'i': "ìíîïĩīĭįı", 'j': "ĵ", 'k': "ķ",
	'l': "ĺļľł", 'n': "ñńņň", 'o': "òóôõöøōŏő", 'r': "ŕŗř", 's': "śŝşš", 't': "ţťŧ", 'u': "ùúûüũūŭůűų", 'w': "ŵ", 'y': "ýÿŷ", 'z': "źżž",
}

// western are those of latinLetters that the small tables have too (fr, ch, it,
// the nordic ones, portfolio operators).
const western = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ"

// latinRegistries are suffixes that accept letters beyond ASCII; true: all of
// latinLetters, false: only the western ones.
var latinRegistries = map[string]bool{
	"de": true, "eu": true, "pl": true, "com": true, "net": true, "org": true, "info": true, "biz": true, "cc": true, "tv": true, "at": true, "name": true,
	"fr": false, "re": false, "pm": false, "wf": false, "yt": false, "tf": false, "ch": false, "li": false, "it": false, "es": false, "pt": false,
	"br": false, "ca": false, "dk": false, "se": false, "nu": false, "no": false, "fi": false, "is": false, "me": false, "ws": false, "io": false,
	"sh": false, "ac": false, "co": false, "in": false, "com.co": false, "com.br": false, "com.de": false,
}

func acceptsWestern(s Suffix) bool {
	_, ok := latinRegistries[s.Name]
	return ok || s.Class == ClassPortfolio
}

func acceptsLatin(s Suffix) bool { return latinRegistries[s.Name] }

// native: västrabladet for vastrabladet, as its readers write it.
func native(w watched, _ *environment, yield func(string)) {
	if w.spelt != "" {
		yieldIDN(strings.ReplaceAll(w.spelt, "-", ""), yield)
		yieldIDN(w.spelt, yield)
	}
}

// idnWestern and idnLatin change one letter: spiegél, spiegeł.
func idnWestern(w watched, _ *environment, yield func(string)) { idnOne(w.label, true, yield) }
func idnLatin(w watched, _ *environment, yield func(string))   { idnOne(w.label, false, yield) }

func idnOne(label string, small bool, yield func(string)) {
	for i := range len(label) {
		for _, r := range latinLetters[label[i]] {
			if strings.ContainsRune(western, r) == small {
				yieldIDN(label[:i]+string(r)+label[i+1:], yield)
			}
		}
	}
}

// cyrillic are letters that look the same in most fonts. A label must change
// script as a whole: registries refuse mixtures (ICANN IDN guidelines 4.0).
var cyrillic = map[byte]rune{
	'a': 'а', 'c': 'с', 'd': 'ԁ', 'e': 'е', 'h': 'һ', 'i': 'і', 'j': 'ј', 'l': 'ӏ', 'o': 'о', 'p': 'р', 'q': 'ԛ', 's': 'ѕ', 'w': 'ԝ', 'x': 'х', 'y': 'у',
	'b': 'ь', 'k': 'к', 'm': 'м', 't': 'т', 'r': 'г', 'v': 'ѵ', 'n': 'п', 'u': 'ц',
}

// cyrillicRegistries accept Cyrillic labels under an ASCII suffix.
var cyrillicRegistries = []string{"com", "net", "org", "info", "cc", "tv", "biz", "xyz", "online", "site", "top", "website", "press", "space", "tech", "store", "fun"}

func acceptsCyrillic(s Suffix) bool { return slices.Contains(cyrillicRegistries, s.Name) }

func idnCyrillic(w watched, _ *environment, yield func(string)) {
	var b strings.Builder
	letters := 0
	for i := range len(w.label) {
		c := w.label[i]
		switch r, ok := cyrillic[c]; {
		case ok:
			b.WriteRune(r)
			letters++
		case c >= '0' && c <= '9' || c == '-':
			b.WriteByte(c)
		default:
			return
		}
	}
	if letters > 0 {
		yieldIDN(b.String(), yield)
	}
}

func yieldIDN(u string, yield func(string)) {
	if a, err := idna.Registration.ToASCII(u); err == nil {
		yield(a)
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
