package scan

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A Budget says how many names a night may ask for.
type Budget struct {
	// FullFor is how long after a seizure every candidate of its label is asked
	// every night.
	FullFor time.Duration
	// Best is how many of the best candidates are asked on every night.
	Best int
	// CoverAllEvery is how often every candidate is asked at least once; in whole
	// days, at least one.
	CoverAllEvery time.Duration
}

// A Plan is what one night asks of the sweep, in parts whose names and order
// stay the same from night to night as far as possible: equal parts are stored
// once, as proof of what was asked. Its parts are read from the candidates each
// time they are asked for, because a large case has too many names to hold.
type Plan struct {
	Best       []tracker.Name // the kin of the labels in full, and the best of the others
	Candidates int            // all there are
	FullLabels []string       // sorted; the labels that are asked in full
	SliceNo    int            // 0-based
	Slices     int

	full, slice   iter.Seq[swap] // nil is none
	nFull, nSlice int
}

// Parts are the parts of a plan in the order they are asked: every candidate of
// labels seized within FullFor; the best; of what is left, this night's part of
// the rotation.
var Parts = []string{partFull, partBest, partSlice}

const (
	partFull  = "full"
	partBest  = "best"
	partSlice = "slice"
)

// List is a part by the name under which jobs know it; nothing for another name.
func (p *Plan) List(part string) iter.Seq[tracker.Name] {
	return func(yield func(tracker.Name) bool) {
		for w := range p.part(part) {
			if !yield(w.name()) {
				return
			}
		}
	}
}

func (p *Plan) part(part string) iter.Seq[swap] {
	switch {
	case part == partFull && p.full != nil:
		return p.full
	case part == partSlice && p.slice != nil:
		return p.slice
	case part == partBest:
		return func(yield func(swap) bool) {
			for _, n := range p.Best {
				if !yield(swapOf(n)) {
					return
				}
			}
		}
	}
	return func(func(swap) bool) {}
}

// A chunk is what one sweep job asks of a plan.
type chunk struct {
	part string
	from int    // of its part
	n    int    // names
	list []byte // of them, one a line
}

func (p *Plan) chunks() iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for _, part := range Parts {
			c := chunk{part: part}
			for w := range p.part(part) {
				c.list = append(append(append(append(c.list, w.label...), '.'), w.suffix...), '\n')
				if c.n++; c.n < sweepChunk {
					continue
				}
				if !yield(c) {
					return
				}
				c = chunk{part: part, from: c.from + c.n, list: make([]byte, 0, cap(c.list))}
			}
			if c.n > 0 && !yield(c) {
				return
			}
		}
	}
}

// askedBy says whether the batches asked everything that the plan has. Counting
// names would not do: a plan that was made again after a crash may have others.
func (p *Plan) askedBy(batches []StoredBatch) bool {
	asked := map[tracker.Digest]bool{}
	for _, b := range batches {
		if b.Probe == tracker.ProbeSweep && isSweep(b.Key) {
			asked[b.NamesHash] = true
		}
	}
	for c := range p.chunks() {
		if !asked[tracker.DigestOf(c.list)] {
			return false
		}
	}
	return true
}

// Asked is how many names the plan asks.
func (p *Plan) Asked() int { return p.nFull + len(p.Best) + p.nSlice }

// Covers says whether the plan asks every candidate.
func (p *Plan) Covers() bool { return p.Asked() == p.Candidates }

// Candidates are what a plan chooses from.
type Candidates struct {
	// Swaps are every watched label under every public suffix, best first.
	Swaps Swaps
	// Kin are the best names that kinRules and changeRules make of labels that are asked
	// in full, as many of each.
	Kin []tracker.Candidate
	// Near are changed labels under the suffix that the label had, best first, of the
	// labels that are asked in full. Far are those of the others, and their kin: they
	// are asked in turn, as the swaps of their labels are.
	Near, Far []tracker.Candidate
	// Ranked are the best by every rule, best first, that are not asked in full; swaps
	// and Far may be among them.
	Ranked []tracker.Candidate
}

// MakePlan divides candidates for the night of at; every candidate of the labels in
// full is asked. Names of the rotation fall into
// their slice by a hash of the name, so that a better order of candidates moves no
// name out of its turn. It is deterministic. The plan reads cs and must not outlive
// a change of it.
func MakePlan(cs *Candidates, full map[string]bool, b Budget, at time.Time) Plan {
	turns := max(1, int(b.CoverAllEvery/(24*time.Hour)))
	p := Plan{Candidates: cs.Swaps.Len() + len(cs.Near) + len(cs.Far), Slices: turns, SliceNo: int(at.UTC().Unix()/86400) % turns, FullLabels: slices.Sorted(maps.Keys(full))}
	far := make(map[swap]bool, len(cs.Far))
	for _, cand := range cs.Far {
		far[swapOf(cand.Name)] = true
	}
	best := make(map[swap]bool, b.Best)
	for _, cand := range cs.Kin {
		p.Candidates++
		p.Best = append(p.Best, cand.Name)
	}
	for _, cand := range cs.Ranked {
		if len(p.Best) == b.Best+len(cs.Kin) {
			break
		}
		w := swapOf(cand.Name)
		if cand.Rule == ruleSwap && full[w.label] {
			continue
		}
		if cand.Rule != ruleSwap && !far[w] {
			p.Candidates++
		}
		best[w] = true
		p.Best = append(p.Best, cand.Name)
	}
	inFull, others := cs.Swaps.among(full)
	p.full = inTurn(cs.Swaps.all(inFull), names(cs.Near))
	p.slice = func(yield func(swap) bool) {
		for w := range inTurn(cs.Swaps.all(others), names(cs.Far)) {
			if w.slice(turns) == p.SliceNo && !best[w] && !yield(w) {
				return
			}
		}
	}
	p.nFull, p.nSlice = count(p.full), count(p.slice)
	return p
}

// names are those of candidates, cut.
func names(cs []tracker.Candidate) iter.Seq[swap] {
	return func(yield func(swap) bool) {
		for _, c := range cs {
			if !yield(swapOf(c.Name)) {
				return
			}
		}
	}
}

// inTurn yields all of a, then all of b.
func inTurn[T any](a, b iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, seq := range [...]iter.Seq[T]{a, b} {
			for x := range seq {
				if !yield(x) {
					return
				}
			}
		}
	}
}

func count[T any](seq iter.Seq[T]) int {
	n := 0
	for range seq {
		n++
	}
	return n
}

// ruleSwap is lookalike's rule of the same label under another suffix.
const ruleSwap = "same-label"

// labelOf is the first label of a candidate. Candidates are made as label plus
// suffix, so this is the watched label without asking the Public Suffix List
// again for each of half a million names.
func labelOf(n tracker.Name) string {
	label, _, _ := strings.Cut(string(n), ".")
	return label
}

// fullLabels are the labels whose every candidate is asked at at: those of names
// seized at most fullFor before, and those of replacements that were taken down in
// that time, because their operators have to move again.
func fullLabels(c *tracker.Case, taken []Taken, fullFor time.Duration, at time.Time) map[string]bool {
	out := map[string]bool{}
	add := func(n tracker.Name, when time.Time) {
		if !when.IsZero() && !when.After(at) && at.Sub(when) < fullFor {
			out[n.Label()] = true
		}
	}
	for _, n := range c.Seized() {
		add(n.Name, n.SeizedAt)
	}
	watched := map[string]bool{}
	for _, n := range c.Names {
		watched[n.Name.Label()] = true
	}
	for _, t := range taken {
		if watched[t.Name.Label()] {
			add(t.Name, t.At)
		}
	}
	return out
}

// A Taken is a replacement that its operators lost.
type Taken struct {
	Name tracker.Name
	At   time.Time
}

// takenDown are the linked replacements whose status says that somebody took them
// from their operators.
func takenDown(links []tracker.Link, states []tracker.State) []Taken {
	linked := map[tracker.Name]bool{}
	for _, l := range bestLinks(links) {
		linked[l.New] = l.Band.Rank() >= tracker.BandProbable.Rank() && !l.Past() && l.Relation != tracker.RelationTwin
	}
	var out []Taken
	for _, st := range states {
		switch st.Status {
		case tracker.StatusSuspended, tracker.StatusSeized, tracker.StatusSeizedClaimed:
			if linked[st.Name] {
				out = append(out, Taken{st.Name, st.Since.Hi})
			}
		}
	}
	return out
}

// withTaken is the case with the confirmed replacements that its operators lost as names
// of the campaign: the next one bears the label that these brought in, or a changed one
// under their suffix. What is merely probable may be an honest owner's. c itself where
// there are none.
func withTaken(c *tracker.Case, taken []Taken, links []tracker.Link) *tracker.Case {
	rows, best := map[tracker.Name]*tracker.CaseName{}, map[tracker.Name]tracker.Link{}
	for i := range c.Names {
		rows[c.Names[i].Name] = &c.Names[i]
	}
	for _, l := range bestLinks(links) {
		best[l.New] = l
	}
	out := *c
	out.Names = slices.Clip(out.Names)
	for _, t := range taken {
		l := best[t.Name]
		if rows[t.Name] != nil || l.Band != tracker.BandConfirmed {
			continue
		}
		row := tracker.CaseName{Name: t.Name, Role: tracker.RoleCampaign}
		old := l.Old
		for range maxTrail { // to the name of the case that it replaced in the end
			if from := rows[old]; from != nil {
				row.Kind, row.Impersonates, row.Country = from.Kind, from.Impersonates, from.Country
				break
			}
			old = best[old].Old
		}
		out.Names = append(out.Names, row)
	}
	if len(out.Names) == len(c.Names) {
		return c
	}
	slices.SortFunc(out.Names[len(c.Names):], func(a, b tracker.CaseName) int { return cmp.Compare(a.Name, b.Name) })
	return &out
}

// sliceOf is the turn of a name, of so many.
func sliceOf(n tracker.Name, turns int) int { return swapOf(n).slice(turns) }

// MakeClosePlan is what the closer watch after a seizure asks between two nights:
// every swap under a suffix that was already hit, then the best names, never more
// than best of these.
func MakeClosePlan(cs *Candidates, hits map[string]int, best int) Plan {
	p := Plan{Candidates: cs.Swaps.Len(), SliceNo: -1, Slices: 1}
	p.full = func(yield func(swap) bool) {
		for w := range cs.Swaps.all(nil) {
			if hits[w.suffix] > 0 && !yield(w) {
				return
			}
		}
	}
	hit := map[swap]bool{}
	for w := range p.full {
		hit[w] = true
	}
	p.nFull = len(hit)
	for _, c := range cs.Ranked {
		if len(p.Best) < best && !hit[swapOf(c.Name)] {
			p.Best = append(p.Best, c.Name)
		}
	}
	return p
}
