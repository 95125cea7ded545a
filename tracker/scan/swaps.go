package scan

import (
	"iter"
	"slices"
	"strings"

	"respawn/tracker"
)

// Swaps are every watched label under every public suffix, in the order they were
// added: the space in which coverage is measured. A case of five thousand names
// has fifty million of them, so none is kept as a string: they come as rows of
// labels under one suffix, and a row costs what one of its names would. Reading is
// safe for concurrent use; adding is not.
type Swaps struct {
	labels   []string // in the order they came first
	suffixes []string
	rows     []row
	n        int
	label    map[string]uint32 // their places
	suffix   map[string]uint32
}

// A row is labels that follow one another, under one suffix.
type row struct {
	suffix uint32
	from   uint32 // the first label
	n      uint32
}

// Add puts a name, which is a label and a suffix, after the others.
func (s *Swaps) Add(n tracker.Name) {
	label, suffix, _ := strings.Cut(string(n), ".")
	s.n++
	if len(s.rows) > 0 {
		last := &s.rows[len(s.rows)-1]
		next := last.from + last.n
		if s.suffixes[last.suffix] == suffix && int(next) < len(s.labels) && s.labels[next] == label {
			last.n++
			return
		}
	}
	if s.label == nil {
		s.label, s.suffix = map[string]uint32{}, map[string]uint32{}
	}
	at, in := place(&s.labels, s.label, label), place(&s.suffixes, s.suffix, suffix)
	if len(s.rows) > 0 {
		if last := &s.rows[len(s.rows)-1]; last.suffix == in && last.from+last.n == at {
			last.n++ // a label that came for the first time
			return
		}
	}
	s.rows = append(s.rows, row{in, at, 1})
}

// place is where a word stands in list; it is put at the end where it does not.
func place(list *[]string, at map[string]uint32, word string) uint32 {
	i, ok := at[word]
	if !ok {
		i = uint32(len(*list))
		word = strings.Clone(word) // not the whole name with it
		*list = append(*list, word)
		at[word] = i
	}
	return i
}

// Len is how many there are.
func (s *Swaps) Len() int { return s.n }

// A swap is one name of them: a label and what stands behind its dot. No name of
// any rule is cut otherwise here.
type swap struct{ label, suffix string }

func swapOf(n tracker.Name) swap {
	label, suffix, _ := strings.Cut(string(n), ".")
	return swap{label, suffix}
}

func (w swap) name() tracker.Name { return tracker.Name(w.label + "." + w.suffix) }

// slice is the turn of the name, of so many: the FNV-1a hash of it, which is in
// stored lists and must stay.
func (w swap) slice(turns int) int {
	h := (fnv1a(2166136261, w.label) ^ '.') * fnvPrime
	return int(fnv1a(h, w.suffix) % uint32(turns))
}

const fnvPrime = 16777619

func fnv1a(h uint32, s string) uint32 {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * fnvPrime
	}
	return h
}

// all yields them in their order. keep says, of the labels by their place, whether
// theirs are wanted; nil is all.
func (s *Swaps) all(keep []bool) iter.Seq[swap] {
	return func(yield func(swap) bool) {
		for _, r := range s.rows {
			for i := r.from; i < r.from+r.n; i++ {
				if (keep == nil || keep[i]) && !yield(swap{s.labels[i], s.suffixes[r.suffix]}) {
					return
				}
			}
		}
	}
}

// among says, for each label by its place, whether it is in the set.
func (s *Swaps) among(set map[string]bool) (in, others []bool) {
	in, others = make([]bool, len(s.labels)), make([]bool, len(s.labels))
	for i, l := range s.labels {
		in[i], others[i] = set[l], !set[l]
	}
	return in, others
}

// sealed gives back what only adding needs.
func (s *Swaps) sealed() {
	s.label, s.suffix = nil, nil
	s.rows = slices.Clip(s.rows)
}
