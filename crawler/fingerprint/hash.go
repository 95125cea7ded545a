package fingerprint

import (
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

// eachWord calls f with the hash of each word of text and returns how many there
// were.
func eachWord(text []byte, f func(uint64)) int {
	n := 0
	h := uint64(fnvOffset)
	in := false
	end := func() {
		if in {
			n++
			f(mix(h))
			h, in = fnvOffset, false
		}
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			case c >= 'A' && c <= 'Z':
				c += 'a' - 'A'
			default:
				end()
				continue
			}
			h = (h ^ uint64(c)) * fnvPrime
			in = true
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch {
		case wide(r):
			end()
			h, in = (h^uint64(r))*fnvPrime, true
			end()
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			h = (h ^ uint64(unicode.ToLower(r))) * fnvPrime
			in = true
		default:
			end()
		}
	}
	end()
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
	var s sketch
	var counts simCounter
	var mins [bins]uint32
	var full [bins]bool
	var a, b uint64
	s.words = eachWord(text, func(w uint64) {
		if s.words++; s.words >= 3 {
			h := mix(a*0x9E3779B97F4A7C15 + bits.RotateLeft64(b*0xC2B2AE3D27D4EB4F, 31) + w)
			s.shingles++
			counts.add(h)
			bin := h >> (64 - 7)
			v := uint32(h)
			if !full[bin] || v < mins[bin] {
				mins[bin], full[bin] = v, true
			}
		}
		a, b = b, w
	})
	if s.shingles == 0 {
		return s
	}
	s.simhash = counts.sum()
	s.minhash = make([]uint32, bins)
	for i := range bins {
		j := i
		for k := uint64(1); !full[j]; k++ {
			j = int(mix(uint64(i)<<32|k) >> (64 - 7))
		}
		s.minhash[i] = mins[j]
	}
	return s
}

// A simCounter counts, for each of 64 bits, how many hashes have it set. Eight
// counters share a word and are emptied before one can overflow, so that a hash
// costs eight additions and not sixty-four.
type simCounter struct {
	lanes [8]uint64
	n     int // in lanes
	total int
	ones  [64]int
}

// spread[b] has byte i set to bit i of b.
var spread = func() (t [256]uint64) {
	for b := range t {
		for i := range 8 {
			t[b] |= uint64(b>>i&1) << (8 * i)
		}
	}
	return t
}()

func (c *simCounter) add(h uint64) {
	for i := range c.lanes {
		c.lanes[i] += spread[byte(h>>(8*i))]
	}
	if c.n++; c.n == 255 {
		c.empty()
	}
}

func (c *simCounter) empty() {
	for i := range c.lanes {
		for j := range 8 {
			c.ones[8*i+j] += int(byte(c.lanes[i] >> (8 * j)))
		}
		c.lanes[i] = 0
	}
	c.total += c.n
	c.n = 0
}

// sum sets each bit that more than half of the hashes have.
func (c *simCounter) sum() uint64 {
	c.empty()
	var s uint64
	for i, n := range c.ones {
		if 2*n > c.total {
			s |= 1 << i
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
