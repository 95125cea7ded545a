package lookalike

import "slices"

// The index answers "which watched labels could be within one or two edits of
// this label" at a cost that does not grow with their number. A label within k
// edits of a watched one shares with it, uncut, at least one of the k+1 pieces
// that the watched one is divided into, moved by no more than the edits allow
// (Li, Deng, Wang, Feng: Pass-Join, VLDB 2011). A transposition can cut two
// neighbouring pieces at once, so the watched label is also divided with the two
// letters at a border exchanged.

// probe is one piece to look up: octets [at, at+n) of a label, as piece number p
// of watched labels of m octets.
type probe struct {
	at, n uint8
	salt  uint64
}

type pieceIndex struct {
	probes [64][]probe // by length of the label
	bits   []uint64
	shift  uint
	table  map[uint64][]int32 // piece -> watched labels
}

// filterBits is the size of a filter in front of a table, as a power of two: some
// thirty bits for each entry, so that one look-up in thirty goes on to the table.
// The pieces of a hundred labels need 8 KiB, which stay in the first-level cache.
func filterBits(entries int) uint {
	n := uint(12)
	for ; entries<<5 > 1<<n; n++ {
	}
	return n
}

const hashBase = 0x9E3779B97F4A7C15 | 1

// powers of hashBase, for hashes of parts of a label.
var powers = func() (p [65]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * hashBase
	}
	return p
}()

// prefixes fills h so that part(h, i, j) is the hash of label[i:j].
func prefixes(h *[65]uint64, label []byte) {
	var x uint64
	for i, c := range label {
		x = x*hashBase + uint64(c) + 1
		h[i+1] = x
	}
}

func part(h *[65]uint64, i, j int) uint64 { return h[j] - h[i]*powers[j-i] }

func mix(x, salt uint64) uint64 {
	x = (x ^ salt) * 0xD6E8FEB86659FD93
	return x ^ x>>32
}

func salt(m, piece int) uint64 { return uint64(m*4+piece+1) * 0xA0761D6478BD642F }

// editLimit is how many edits a watched label of n letters tolerates. Shorter
// ones turn into other words by one edit; their likely variants are listed.
func editLimit(n int) int {
	switch {
	case n >= 8:
		return 2
	case n >= 5:
		return 1
	}
	return 0
}

// borders are where a label of m octets is cut into k+1 pieces.
func borders(m, k int) []int {
	b := []int{0}
	for i := 1; i <= k; i++ {
		b = append(b, i*m/(k+1))
	}
	return append(b, m)
}

func newPieceIndex(labels []string) *pieceIndex {
	x := &pieceIndex{table: map[uint64][]int32{}}
	lengths := map[int]bool{}
	for id, l := range labels {
		m, k := len(l), editLimit(len(l))
		if k == 0 || m > 63 {
			continue
		}
		lengths[m] = true
		cut := borders(m, k)
		forms := []string{l}
		for _, at := range cut[1 : len(cut)-1] {
			for _, f := range forms {
				b := []byte(f)
				b[at-1], b[at] = b[at], b[at-1]
				if s := string(b); !slices.Contains(forms, s) {
					forms = append(forms, s)
				}
			}
		}
		for _, f := range forms {
			var h [65]uint64
			prefixes(&h, []byte(f))
			for p := range k + 1 {
				key := mix(part(&h, cut[p], cut[p+1]), salt(m, p))
				if !slices.Contains(x.table[key], int32(id)) {
					x.table[key] = append(x.table[key], int32(id))
				}
			}
		}
	}
	n := filterBits(len(x.table))
	x.bits, x.shift = make([]uint64, 1<<(n-6)), 64-n
	for key := range x.table {
		x.bits[key>>x.shift>>6] |= 1 << (key >> x.shift & 63)
	}
	for n := range x.probes {
		for m := max(1, n-2); m <= n+2; m++ {
			if !lengths[m] {
				continue
			}
			k, delta := editLimit(m), n-m
			if delta > k || -delta > k {
				continue
			}
			cut := borders(m, k)
			for p := range k + 1 {
				// Edits left of piece p move it by shift, those right of it by
				// delta-shift; if each earlier piece holds an edit, at most p are left.
				for shift := -p; shift <= p; shift++ {
					if d := delta - shift; d > k-p || -d > k-p {
						continue
					}
					at := cut[p] + shift
					if at < 0 || cut[p+1]+shift > n {
						continue
					}
					x.probes[n] = append(x.probes[n], probe{uint8(at), uint8(cut[p+1] - cut[p]), salt(m, p)})
				}
			}
		}
	}
	return x
}

// near appends the watched labels that share a piece with the label whose prefix
// hashes are h. What it appends must still be measured; what it leaves out is
// farther away than its limit.
func (x *pieceIndex) near(dst []int32, h *[65]uint64, n int) []int32 {
	for _, p := range x.probes[n] {
		key := mix(h[p.at+p.n]-h[p.at]*powers[p.n], p.salt)
		if x.bits[key>>x.shift>>6]>>(key>>x.shift&63)&1 == 0 {
			continue
		}
		for _, id := range x.table[key] {
			if len(dst) < cap(dst) && !slices.Contains(dst, id) {
				dst = append(dst, id)
			}
		}
	}
	return dst
}

// wordSet is a set of whole labels with what they mean, behind a bit filter.
type wordSet struct {
	bits []uint64
	m    map[uint64][]entry
}

type entry struct {
	id   int32
	rule uint8
}

func newWordSet() *wordSet {
	return &wordSet{bits: make([]uint64, 1<<(wordBits-6)), m: map[uint64][]entry{}}
}

// wordBits: 2^16 bits are 8 KiB; some two thousand words leave them sparse.
const wordBits = 16

func (s *wordSet) add(word string, e entry) {
	var h [65]uint64
	if word == "" || len(word) > 63 {
		return
	}
	prefixes(&h, []byte(word))
	k := mix(h[len(word)], 1)
	s.bits[k>>(64-wordBits)>>6] |= 1 << (k >> (64 - wordBits) & 63)
	if !slices.Contains(s.m[k], e) {
		s.m[k] = append(s.m[k], e)
	}
}

// get looks up a whole label by its hash.
func (s *wordSet) get(hash uint64) []entry {
	k := mix(hash, 1)
	if s.bits[k>>(64-wordBits)>>6]>>(k>>(64-wordBits)&63)&1 == 0 {
		return nil
	}
	return s.m[k]
}

// automaton finds watched labels inside others (Aho and Corasick, 1975), as one
// table of next states.
type automaton struct {
	next [][64]uint16 // with endsHere set where a watched label ends
	ends [][]int32    // watched labels that end at a state
}

const endsHere = 1 << 15

func newAutomaton(labels []string, least int) *automaton {
	a := &automaton{next: make([][64]uint16, 1), ends: make([][]int32, 1)}
	for id, l := range labels {
		if len(l) < least || len(l) > 63 {
			continue
		}
		s := uint16(0)
		for i := range len(l) {
			c := symbol[l[i]]
			if a.next[s][c] == 0 {
				if len(a.next) == endsHere {
					return a // more letters than states: the rest is found by the other rules alone
				}
				a.next[s][c] = uint16(len(a.next))
				a.next, a.ends = append(a.next, [64]uint16{}), append(a.ends, nil)
			}
			s = a.next[s][c]
		}
		a.ends[s] = append(a.ends[s], int32(id))
	}
	fail := make([]uint16, len(a.next))
	var queue []uint16
	for _, s := range a.next[0] {
		if s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		a.ends[s] = append(a.ends[s], a.ends[fail[s]]...)
		for c, t := range a.next[s] {
			if t == 0 {
				a.next[s][c] = a.next[fail[s]][c]
				continue
			}
			fail[t] = a.next[fail[s]][c]
			queue = append(queue, t)
		}
	}
	for s := range a.next {
		for c, t := range a.next[s] {
			if len(a.ends[t]) > 0 {
				a.next[s][c] |= endsHere
			}
		}
	}
	return a
}
