package lookalike

import (
	_ "embed"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/labels.txt.gz
var labelsGz []byte

//go:embed data/english.txt.gz
var englishGz []byte

// A rarity says how unlikely a label is to arise by itself, in nats: a letter
// model of order four over the labels of ordinary names (Witten-Bell smoothing),
// in which a new word may begin anywhere at a price, so that bpost is judged as a
// letter and the common word post. A label that is itself a known word or name is
// never rarer than one of these: plate is a word before it is slate mistyped.
type rarity struct {
	seen [order]map[uint32]uint16 // context and letter, by length of the context
	sum  [order]map[uint32]uint32 // context
	kind [order]map[uint32]uint16 // different letters behind the context

	watched map[string]bool
}

const (
	order     = 5 // contexts of 0 to 4 letters
	wordBreak = 1 // nats for beginning a new word
	symBegin  = 37
	symEnd    = 38
	symbols   = 39

	// Nats of a label that is a known name or word, as such labels turn up among
	// Cloudflare's 100,000 popular names, which are no source of the embedded lists: the
	// false positives that docs/bench/match.md counts there have seen these three.
	knownName = 12.9 // one that the lists have under a single suffix,
	perSuffix = 1.8  // times the logarithm of how many it has: so much likelier
	knownWord = 14.3 // a common English word
)

// symbol is the number of an octet of a label, 0 for what no label has.
var symbol = func() (t [256]byte) {
	for c := 'a'; c <= 'z'; c++ {
		t[c] = byte(c - 'a')
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = byte(c - '0' + 26)
	}
	t['-'], t['_'] = 36, 36
	return t
}()

var ordinaryLabels = sync.OnceValue(func() map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(string(mustGunzip(labelsGz))) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		out[f[0]] = 1
		if len(f) > 1 {
			if n, err := strconv.Atoi(f[1]); err == nil {
				out[f[0]] = n
			}
		}
	}
	return out
})

// knownLabels is how rare labels that exist are as whole labels: the ordinary ones
// of three letters and more, and common English words.
var knownLabels = sync.OnceValue(func() map[string]float64 {
	out := map[string]float64{}
	for line := range strings.Lines(string(mustGunzip(englishGz))) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = knownWord
		}
	}
	for l, n := range ordinaryLabels() {
		rare := knownName - perSuffix*math.Log(float64(n))
		if l[0] == '+' {
			l, rare = l[1:], knownWord
		}
		if before, ok := out[l]; len(l) > 2 && (!ok || rare < before) {
			out[l] = rare
		}
	}
	return out
})

// ordinaryModel is what all ordinary labels teach. It is shared: newRarity works on
// a copy.
var ordinaryModel = sync.OnceValue(func() *rarity {
	r := &rarity{}
	for n := range order {
		r.seen[n], r.sum[n], r.kind[n] = map[uint32]uint16{}, map[uint32]uint32{}, map[uint32]uint16{}
	}
	for l := range ordinaryLabels() {
		r.learn(l)
	}
	return r
})

func (r *rarity) learn(label string) {
	eachContext(label, func(n int, ctx, k uint32) {
		if r.seen[n][k] == 0 {
			r.kind[n][ctx]++
		}
		r.seen[n][k]++
		r.sum[n][ctx]++
	})
}

func (r *rarity) forget(label string) {
	eachContext(label, func(n int, ctx, k uint32) {
		if r.seen[n][k]--; r.seen[n][k] == 0 {
			r.kind[n][ctx]--
		}
		r.sum[n][ctx]--
	})
}

// newRarity knows the ordinary labels but for those that are watched: that
// spiegel.de is a popular name does not make spiegel an ordinary word.
func newRarity(watched map[string]bool) *rarity {
	all := ordinaryModel()
	r := &rarity{watched: watched}
	for n := range order {
		r.seen[n], r.sum[n], r.kind[n] = maps.Clone(all.seen[n]), maps.Clone(all.sum[n]), maps.Clone(all.kind[n])
	}
	for l := range watched {
		if _, ok := ordinaryLabels()[l]; ok {
			r.forget(l)
		}
	}
	return r
}

// eachContext yields, for each letter of an ordinary label and its end, the n
// letters before it as ctx, and with it as k.
func eachContext(label string, yield func(n int, ctx, k uint32)) {
	label = strings.TrimPrefix(label, "+")
	syms := make([]byte, 0, 66)
	syms = append(syms, symBegin)
	for i := range len(label) {
		syms = append(syms, symbol[label[i]])
	}
	syms = append(syms, symEnd)
	for i := 1; i < len(syms); i++ {
		var ctx uint32
		for n := 0; n < order && n <= i; n++ {
			if n > 0 {
				ctx |= uint32(syms[i-n]+1) << (6 * (n - 1))
			}
			yield(n, ctx, ctx<<6|uint32(syms[i]))
		}
	}
}

// next is ln P(sym | the letters before it, nearest first).
func (r *rarity) next(before []byte, sym byte) float64 {
	p := 1.0 / symbols
	var ctx uint32
	for n := 0; n < order && n <= len(before); n++ {
		if n > 0 {
			ctx |= uint32(before[len(before)-n]+1) << (6 * (n - 1))
		}
		sum := float64(r.sum[n][ctx])
		if sum == 0 {
			break
		}
		kinds := float64(r.kind[n][ctx])
		p = (float64(r.seen[n][ctx<<6|uint32(sym)]) + kinds*p) / (sum + kinds)
	}
	return math.Log(p)
}

// of is the rarity of a label in nats: -ln of its probability by the likeliest
// way of cutting it into words.
func (r *rarity) of(label []byte) float64 {
	if len(label) == 0 || len(label) > 63 {
		return 0
	}
	var best [64]float64 // of the first i letters, cut at i
	for i := range best {
		best[i] = math.Inf(-1)
	}
	best[0] = wordBreak // the first word begins for free
	var buf [66]byte
	for i := range label {
		syms := append(buf[:0], symBegin)
		p := best[i] - wordBreak
		for j := i; j < len(label); j++ {
			s := symbol[label[j]]
			p += r.next(syms, s)
			syms = append(syms, s)
			total := p
			if j == len(label)-1 {
				total += r.next(syms, symEnd)
			}
			best[j+1] = max(best[j+1], total)
		}
	}
	if known, ok := knownLabels()[string(label)]; ok && !r.watched[string(label)] {
		return min(-best[len(label)], known)
	}
	return -best[len(label)]
}
