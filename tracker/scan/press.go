package scan

import (
	"iter"

	"respawn/tracker"
)

// A press finds the sites that may print an article under another name, by the first
// places of its sketch. What it finds shares some small words at least; tracker/link
// says whether it is the same article.
type press map[uint64][]*tracker.Site

// bands is how many pairs of places of a sketch are kept: two articles of which a
// quarter of the three-word runs are the same share one of 48 pairs in 19 of 20 cases,
// two that have nothing to do with each other in one of fifty.
const bands = 48

func (p press) add(s *tracker.Site) {
	for k := range printed(s) {
		if at := p[k]; len(at) == 0 || at[len(at)-1] != s {
			p[k] = append(at, s)
		}
	}
}

// printed are the keys of all articles of a site, over its whole history.
func printed(s *tracker.Site) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		of := func(f *tracker.Fingerprint) bool {
			if f == nil {
				return true
			}
			for i := range f.Stories {
				m := f.Stories[i].MinHash
				for b := range min(bands, len(m)/2) {
					k := (uint64(m[2*b])<<32|uint64(m[2*b+1]))*0x9E3779B97F4A7C15 + uint64(b)
					if !yield(k) {
						return false
					}
				}
			}
			return true
		}
		if !of(s.Fingerprint) {
			return
		}
		for _, f := range s.History {
			if !of(f) {
				return
			}
		}
	}
}
