package fingerprint

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// The text hashes. Words are runs of letters and digits in lower case (a Han or
// kana character is a word by itself); a shingle is three words in a row. Both
// sketches below are made from the 64-bit hashes of the shingles in one pass.

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashBytes(b []byte) uint64 {
	h := uint64(fnvOffset)
	for _, c := range b {
		h = (h ^ uint64(c)) * fnvPrime
	}
	return h
}

// mix is the finaliser of MurmurHash3: every bit of the input moves every bit of
// the output, which FNV alone does not do for short words.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// wordByte says which ASCII bytes are part of words.
var wordByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return t
}()

// lower is the lower case of letters and digits below U+0600 (Latin, Greek,
// Cyrillic, Armenian, Hebrew); 0 for everything that ends a word.
var lower = func() (t [0x600]uint16) {
	for r := range t {
		if unicode.IsLetter(rune(r)) || unicode.IsDigit(rune(r)) || unicode.IsMark(rune(r)) {
			t[r] = uint16(unicode.ToLower(rune(r)))
		}
	}
	return t
}()

// wordHash hashes a word of lower-case UTF-8, eight bytes at a time; fold makes
// ASCII letters lower case on the way and leaves digits alone.
func wordHash(w []byte, fold uint64) uint64 {
	h := uint64(len(w)) * 0x9E3779B97F4A7C15
	for len(w) >= 8 {
		h = fold128(h^(binary.LittleEndian.Uint64(w)|fold), 0xC2B2AE3D27D4EB4F)
		w = w[8:]
	}
	if len(w) > 0 {
		var last uint64
		for i, c := range w {
			last |= uint64(c) << (8 * i)
		}
		h = fold128(h^(last|fold>>(64-8*len(w))), 0x165667B19E3779F9)
	}
	return h
}

// fold128 multiplies and folds the upper half onto the lower.
func fold128(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

const foldASCII = 0x2020202020202020

// wordAt is wordHash of text[i:j] with foldASCII. Short words, the most, are
// read with one load, past their end where the text goes on.
func wordAt(text []byte, i, j int) uint64 {
	n := j - i
	if n >= 8 || i+8 > len(text) {
		return wordHash(text[i:j], foldASCII)
	}
	w := (binary.LittleEndian.Uint64(text[i:]) | foldASCII) & (1<<(8*n) - 1)
	return fold128(uint64(n)*0x9E3779B97F4A7C15^w, 0x165667B19E3779F9)
}

// noWord has the upper bit of each byte of x set that is no ASCII letter or digit,
// all eight looked at together.
func noWord(x uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	low := x &^ high
	letter := low | foldASCII
	is := (letter+(0x80-'a')*ones)&^(letter+(0x7f-'z')*ones) | (low+(0x80-'0')*ones)&^(low+(0x7f-'9')*ones)
	return ^(is &^ x) & high
}

// eachWord gives the hash of each word of text to f and returns how many there
// were.
func eachWord(text []byte, f *shingler) int {
	n := 0
	var scratch [128]byte
	for i := 0; i < len(text); {
		if i+8 <= len(text) { // most words are short and ASCII, and one load has all of them
			x := binary.LittleEndian.Uint64(text[i:])
			if m := noWord(x); m != 0 {
				k := bits.TrailingZeros64(m) >> 3
				if x>>(8*k)&0x80 == 0 {
					if k > 0 {
						n++
						f.word(fold128(uint64(k)*0x9E3779B97F4A7C15^(x|foldASCII)&(1<<(8*k)-1), 0x165667B19E3779F9))
					}
					i += k + 1
					continue
				}
			}
		}
		c := text[i]
		if c < utf8.RuneSelf && !wordByte[c] {
			i++
			continue
		}
		j := i
		for j < len(text) && wordByte[text[j]] {
			j++
		}
		if j == len(text) || text[j] < utf8.RuneSelf {
			n++
			f.word(wordAt(text, i, j))
			i = j
			continue
		}
		w := scratch[:0]
		for i < len(text) {
			r, size := rune(text[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRune(text[i:])
			}
			if r < rune(len(lower)) {
				if r = rune(lower[r]); r == 0 {
					break
				}
			} else if wide(r) {
				if len(w) > 0 {
					break
				}
				w = utf8.AppendRune(w, r)
				i += size
				break
			} else if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
				r = unicode.ToLower(r)
			} else {
				break
			}
			w = utf8.AppendRune(w, r)
			i += size
		}
		if len(w) == 0 { // no letter after all
			_, size := utf8.DecodeRune(text[i:])
			i += size
			continue
		}
		n++
		f.word(wordHash(w, 0))
	}
	return n
}

// A sketch is what remains of a text.
type sketch struct {
	simhash  uint64
	minhash  []uint32 // 128; nil for a text of fewer than three words
	words    int
	shingles int
}

const bins = 128

// sketchText makes simhash (Charikar 2002, 64 bits) and MinHash over the 3-word
// shingles of text. MinHash is the one-permutation kind, 128 bins by the upper
// bits of the shingle's hash, empty bins filled from others by optimal
// densification (Shrivastava 2017): the share of equal places estimates the
// Jaccard similarity as 128 permutations do, at the price of one.
func sketchText(text []byte) sketch {
	f := shingler{}
	s := sketch{words: eachWord(text, &f)}
	if s.shingles = max(0, s.words-2); s.shingles == 0 {
		return s
	}
	s.simhash = f.counts.sum()
	s.minhash = make([]uint32, bins)
	for i := range bins {
		j := i
		for k := uint64(1); !f.full[j]; k++ {
			j = int(mix(uint64(i)<<32|k) >> (64 - 7))
		}
		s.minhash[i] = f.mins[j]
	}
	return s
}

// A shingler makes shingles of the words it is given and counts them in.
type shingler struct {
	a, b   uint64 // the two words before
	n      int
	counts simCounter
	mins   [bins]uint32
	full   [bins]bool
}

func (f *shingler) word(w uint64) {
	x := f.a*0x9E3779B97F4A7C15 + bits.RotateLeft64(f.b, 32)
	f.a, f.b = f.b, w
	if f.n++; f.n < 3 {
		return
	}
	h := fold128(x^0xD6E8FEB86659FD93, w^0xA0761D6478BD642F)
	f.counts.add(h)
	bin := h >> (64 - 7)
	if v := uint32(h); !f.full[bin] || v < f.mins[bin] {
		f.mins[bin], f.full[bin] = v, true
	}
}

// A simCounter counts, for each of 64 bits, how many hashes have it set. The
// counters are vertical: plane i holds bit i of all 64. Eight hashes go in
// through carry-save adders at once (Harley and Seal, in Warren's Hacker's
// Delight), so that a hash costs seven operations and not sixty-four.
type simCounter struct {
	planes [32]uint64
	buf    [8]uint64
	n      int // in buf
	total  int
}

func (c *simCounter) add(h uint64) {
	c.buf[c.n] = h
	if c.n++; c.n == len(c.buf) {
		c.empty()
	}
}

func csa(a, b, c uint64) (sum, carry uint64) {
	u := a ^ b
	return u ^ c, a&b | u&c
}

func (c *simCounter) empty() {
	b, p := &c.buf, &c.planes
	ones, twoA := csa(p[0], b[0], b[1])
	ones, twoB := csa(ones, b[2], b[3])
	twos, fourA := csa(p[1], twoA, twoB)
	ones, twoA = csa(ones, b[4], b[5])
	ones, twoB = csa(ones, b[6], b[7])
	twos, fourB := csa(twos, twoA, twoB)
	fours, carry := csa(p[2], fourA, fourB)
	p[0], p[1], p[2] = ones, twos, fours
	for i := 3; carry != 0 && i < len(p); i++ {
		p[i], carry = p[i]^carry, p[i]&carry
	}
	c.total += c.n
	c.n, c.buf = 0, [8]uint64{}
}

// sum sets each bit that more than half of the hashes have.
func (c *simCounter) sum() uint64 {
	c.empty()
	var s uint64
	for bit := range 64 {
		n := 0
		for i, p := range c.planes {
			n |= int(p>>bit&1) << i
		}
		if 2*n > c.total {
			s |= 1 << bit
		}
	}
	return s
}

// domHash is the simhash of the tag sequence over runs of four tags.
func domHash(tags []atomHash) uint64 {
	if len(tags) < 4 {
		return 0
	}
	var c simCounter
	for i := 3; i < len(tags); i++ {
		h := uint64(tags[i-3])
		for _, t := range tags[i-2 : i+1] {
			h = mix(h*fnvPrime + uint64(t))
		}
		c.add(h)
	}
	return c.sum()
}

// resemblance is the share of equal places of two MinHashes, the estimate of the
// Jaccard similarity of the shingle sets; 0 where either is missing.
func resemblance(a, b []uint32) float64 {
	if len(a) != bins || len(b) != bins {
		return 0
	}
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / bins
}
