package scan

import (
	"hash/fnv"
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
// once, as proof of what was asked.
type Plan struct {
	Full       []tracker.Name // every candidate of labels seized within FullFor
	Best       []tracker.Name // the kin of those labels, and the best of the others
	Slice      []tracker.Name // of what is left, this night's part of the rotation
	Candidates int            // all there are
	FullLabels []string       // sorted; the labels of Full
	SliceNo    int            // 0-based
	Slices     int
}

// Lists are the parts by the name under which jobs know them.
func (p *Plan) List(part string) []tracker.Name {
	switch part {
	case "full":
		return p.Full
	case "best":
		return p.Best
	case "slice":
		return p.Slice
	}
	return nil
}

// Parts are the names of the lists, in the order they are asked.
var Parts = []string{"full", "best", "slice"}

// A chunk is what one sweep job asks of a plan.
type chunk struct {
	part  string
	from  int // of its part
	names []tracker.Name
}

func (p *Plan) chunks() iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for _, part := range Parts {
			from := 0
			for names := range slices.Chunk(p.List(part), sweepChunk) {
				if !yield(chunk{part, from, names}) {
					return
				}
				from += len(names)
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
		if !asked[tracker.DigestOf(nameList(c.names))] {
			return false
		}
	}
	return true
}

// Asked is how many names the plan asks.
func (p *Plan) Asked() int { return len(p.Full) + len(p.Best) + len(p.Slice) }

// Covers says whether the plan asks every candidate.
func (p *Plan) Covers() bool { return p.Asked() == p.Candidates }

// Candidates are what a plan chooses from.
type Candidates struct {
	// Swaps are every watched label under every public suffix, best first: the
	// space in which coverage is measured.
	Swaps []tracker.Candidate
	// Kin are names that keep the label of one that is asked in full in another way
	// than under a suffix; the best of them, rule by rule.
	Kin []tracker.Candidate
	// Ranked are the best by every rule, best first; swaps may be among them.
	Ranked []tracker.Candidate
}

// MakePlan divides candidates for the night of at; every candidate of the labels in
// full is asked. Names of the rotation fall into
// their slice by a hash of the name, so that a better order of candidates moves no
// name out of its turn. It is deterministic.
func MakePlan(cs Candidates, full map[string]bool, b Budget, at time.Time) Plan {
	turns := max(1, int(b.CoverAllEvery/(24*time.Hour)))
	p := Plan{Candidates: len(cs.Swaps), Slices: turns, SliceNo: int(at.UTC().Unix()/86400) % turns, FullLabels: slices.Sorted(maps.Keys(full))}
	best := make(map[tracker.Name]bool, b.Best)
	for _, cand := range cs.Kin {
		p.Candidates++
		p.Best = append(p.Best, cand.Name)
	}
	for _, cand := range cs.Ranked {
		if len(p.Best) == b.Best+len(cs.Kin) {
			break
		}
		if cand.Rule == ruleSwap && full[labelOf(cand.Name)] {
			continue
		}
		if cand.Rule != ruleSwap {
			p.Candidates++
		}
		best[cand.Name] = true
		p.Best = append(p.Best, cand.Name)
	}
	for _, cand := range cs.Swaps {
		switch {
		case full[labelOf(cand.Name)]:
			p.Full = append(p.Full, cand.Name)
		case !best[cand.Name] && sliceOf(cand.Name, turns) == p.SliceNo:
			p.Slice = append(p.Slice, cand.Name)
		}
	}
	return p
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
		linked[l.New] = l.Band.Rank() >= tracker.BandProbable.Rank() && l.Relation != tracker.RelationTwin
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

func sliceOf(n tracker.Name, parts int) int {
	h := fnv.New32a()
	h.Write([]byte(n))
	return int(h.Sum32() % uint32(parts))
}

// MakeClosePlan is what the closer watch after a seizure asks between two nights:
// every swap under a suffix that was already hit, then the best names, never more
// than best of these.
func MakeClosePlan(cs Candidates, hits map[string]int, best int) Plan {
	p := Plan{Candidates: len(cs.Swaps), SliceNo: -1, Slices: 1}
	hit := map[tracker.Name]bool{}
	for _, c := range cs.Swaps {
		if hits[suffixOf(c.Name)] > 0 {
			hit[c.Name] = true
			p.Full = append(p.Full, c.Name)
		}
	}
	for _, c := range cs.Ranked {
		if len(p.Best) < best && !hit[c.Name] {
			p.Best = append(p.Best, c.Name)
		}
	}
	return p
}
