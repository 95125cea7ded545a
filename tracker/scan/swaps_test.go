package scan

import (
	"fmt"
	"hash/fnv"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

// What a night asks is stored as proof, list by list: packing the candidates must
// not move a name. The lists are those that whole names, kept in the order they
// were made, would give.
func TestPackedCandidatesAreAskedAsWholeNamesWere(t *testing.T) {
	c := testCase()
	c.Names = append(c.Names,
		tracker.CaseName{Name: "spiegel.ltd", Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00"), Impersonates: "spiegel.de"},
		tracker.CaseName{Name: "old-news.co.uk", Role: tracker.RoleSeized, SeizedAt: day("2023-09-04 00:00")},
		tracker.CaseName{Name: "rt.me", Role: tracker.RoleCampaign, Impersonates: "de.rt.com"})
	b := Budget{FullFor: 14 * 24 * time.Hour, Best: 300, CoverAllEvery: 7 * 24 * time.Hour}
	for _, night := range []string{"2024-09-06 02:00", "2024-09-07 02:00", "2024-11-06 02:00"} {
		for _, hits := range []map[string]int{nil, {"so": 2, "co.uk": 1}} {
			at := day(night)
			s := &Scanner{Deps: Deps{Budget: b}}
			full := fullLabels(c, nil, b.FullFor, at)
			cs, err := s.candidates(t.Context(), c, nil, hits, full, at)
			if err != nil {
				t.Fatal(err)
			}
			p := MakePlan(&cs.Candidates, full, b, at)
			want := map[string][]tracker.Name{partBest: p.Best}
			n := 0
			ask := func(n tracker.Name, inFull bool) {
				h := fnv.New32a()
				h.Write([]byte(n))
				switch turn := int(h.Sum32() % 7); {
				case inFull:
					want[partFull] = append(want[partFull], n)
				case turn == p.SliceNo && !slices.Contains(p.Best, n):
					want[partSlice] = append(want[partSlice], n)
				}
			}
			for cand := range lookalike.Generate(c, lookalike.Options{AsOf: at, Rules: []string{ruleSwap}}) {
				n++
				ask(cand.Name, full[labelOf(cand.Name)])
			}
			for _, cand := range cs.Near { // after all swaps
				ask(cand.Name, true)
			}
			for _, cand := range cs.Far {
				ask(cand.Name, false)
			}
			if cs.Swaps.Len() != n || n < 10_000 {
				t.Errorf("%s: %d packed, %d were made", night, cs.Swaps.Len(), n)
			}
			var asked []string
			for c := range p.chunks() {
				asked = append(asked, fmt.Sprint(c.part, c.from, c.n, tracker.DigestOf(c.list)))
			}
			var wanted []string
			total := 0
			for _, part := range Parts {
				total += len(want[part])
				if got := slices.Collect(p.List(part)); !slices.Equal(got, want[part]) {
					t.Errorf("%s, hits %v: %s has %d names, want %d, or in another order", night, hits, part, len(got), len(want[part]))
				}
				from := 0
				for names := range slices.Chunk(want[part], sweepChunk) {
					wanted = append(wanted, fmt.Sprint(part, from, len(names), tracker.DigestOf(nameList(names))))
					from += len(names)
				}
			}
			if !slices.Equal(asked, wanted) || p.Asked() != total {
				t.Errorf("%s, hits %v: lists %v\nwant %v; %d asked, want %d", night, hits, asked, wanted, p.Asked(), total)
			}
		}
	}
}

// Names that break a row, where a name of the case is left out or another order
// begins, come back as they were put in.
func TestSwapsKeepNamesInOrder(t *testing.T) {
	var s Swaps
	in := []tracker.Name{"a.com", "b.com", "c.com", "a.net", "c.net", "c.org", "b.org", "a.org", "d.org", "b.co.uk", "c.co.uk", "d.co.uk", "a.com", "a.com"}
	for _, n := range in {
		s.Add(n)
	}
	s.sealed()
	var out []tracker.Name
	for w := range s.all(nil) {
		out = append(out, w.name())
	}
	if !slices.Equal(in, out) || s.Len() != len(in) {
		t.Errorf("%d: %v\nwant %v", s.Len(), out, in)
	}
	in0, others := s.among(map[string]bool{"b": true})
	if got := count(s.all(in0)); got != 3 {
		t.Errorf("%d names of b, want 3", got)
	}
	if got := count(s.all(others)); got != len(in)-3 {
		t.Errorf("%d names of the others, want %d", got, len(in)-3)
	}
}
