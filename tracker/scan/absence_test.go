package scan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

// A past is a store that holds the batches of earlier nights, and the lists that
// they asked.
type past struct {
	Store
	known   []Known
	runs    []tracker.Run
	batches []StoredBatch
	lists   map[tracker.Digest][]byte
	looked  []tracker.Name // have an observation
	read    int            // lists
}

func (p *past) Known(context.Context, tracker.CaseID) ([]Known, error) { return p.known, nil }
func (p *past) Observations(_ context.Context, names []tracker.Name, yield func(*tracker.Observation) error) error {
	for _, n := range names {
		if slices.Contains(p.looked, n) {
			if err := yield(&tracker.Observation{Name: n}); err != nil {
				return err
			}
		}
	}
	return nil
}
func (p *past) Runs(context.Context, tracker.CaseID) ([]tracker.Run, error) { return p.runs, nil }
func (p *past) Batches(context.Context, tracker.CaseID, int64) ([]StoredBatch, error) {
	return p.batches, nil
}
func (p *past) Sync() error                                         { return nil }
func (p *past) Put(context.Context, []byte) (tracker.Digest, error) { return "", errors.New("unused") }
func (p *past) Get(_ context.Context, d tracker.Digest) ([]byte, error) {
	p.read++
	b, ok := p.lists[d]
	if !ok {
		return nil, errors.New("no such list")
	}
	return b, nil
}

// night adds a run with one batch that asked names; edit changes it.
func (p *past) night(at time.Time, verdict tracker.RunVerdict, edit func(*tracker.Batch), names ...tracker.Name) {
	id := tracker.RunID(len(p.runs) + 1)
	p.runs = append(p.runs, tracker.Run{ID: id, ScheduledAt: at, StartedAt: at, FinishedAt: at.Add(time.Minute), Verdict: verdict})
	list := nameList(names)
	b := tracker.Batch{Run: id, Key: "sweep/full/000000", Probe: tracker.ProbeSweep, Server: "192.0.2.53", StartedAt: at.Add(-20 * time.Minute), EndedAt: at, Names: len(names),
		NamesHash: tracker.DigestOf(list), ByOutcome: map[tracker.Outcome]int{tracker.Absent: len(names)}}
	if edit != nil {
		edit(&b)
	}
	if p.lists == nil {
		p.lists = map[tracker.Digest][]byte{}
	}
	p.lists[b.NamesHash] = list
	p.batches = append(p.batches, StoredBatch{Seq: int64(len(p.batches) + 1), Batch: b})
}

// unanswered marks names of a batch as without a valid answer.
func unanswered(o tracker.Outcome, names ...tracker.Name) func(*tracker.Batch) {
	return func(b *tracker.Batch) {
		b.Unknowns = names
		b.ByOutcome[o] += len(names)
		b.ByOutcome[tracker.Absent] -= len(names)
	}
}

func TestProofsOfAbsence(t *testing.T) {
	night := func(i int) time.Time { return day("2024-09-01 02:00").AddDate(0, 0, i) }
	full := []tracker.Name{"alpha.cc", "alpha.so", "alpha.tk"}
	for _, tt := range []struct {
		name  string
		made  func(p *past)
		found []tracker.Name
		want  string
	}{
		{"each night that asked and was told no", func(p *past) {
			p.night(night(0), tracker.RunComplete, nil, full...)
			p.night(night(1), tracker.RunDegraded, nil, full...)
		}, []tracker.Name{"alpha.cc"}, "run 1 alpha.cc absent; run 2 alpha.cc absent"},
		{"a night that did not ask says nothing", func(p *past) {
			p.night(night(0), tracker.RunComplete, nil, "beta.cc", "xalpha.cc", "alpha.ccc")
		}, []tracker.Name{"alpha.cc"}, ""},
		{"a void night says nothing", func(p *past) {
			p.night(night(0), tracker.RunVoid, nil, full...)
		}, []tracker.Name{"alpha.cc"}, ""},
		{"a name without a valid answer was not absent", func(p *past) {
			p.night(night(0), tracker.RunComplete, unanswered(tracker.Unknown, "alpha.cc"), full...)
		}, []tracker.Name{"alpha.cc", "alpha.so"}, "run 1 alpha.cc unknown; run 1 alpha.so absent"},
		{"a wildcard's answer is no proof of absence", func(p *past) {
			p.night(night(0), tracker.RunComplete, unanswered(tracker.Wildcard, "alpha.tk"), full...)
		}, []tracker.Name{"alpha.tk"}, "run 1 alpha.tk unknown"},
		{"a batch that does not name its exceptions proves nothing", func(p *past) {
			p.night(night(0), tracker.RunComplete, func(b *tracker.Batch) { b.ByOutcome[tracker.Wildcard]++ }, full...)
		}, []tracker.Name{"alpha.cc"}, "run 1 alpha.cc unknown"},
		{"a clock that ran ahead proves nothing", func(p *past) {
			p.night(night(40), tracker.RunComplete, nil, full...)
		}, []tracker.Name{"alpha.cc"}, ""},
		{"a name that is known already has its proofs", func(p *past) {
			p.night(night(0), tracker.RunComplete, nil, full...)
			p.known = []Known{{Name: "alpha.cc"}}
		}, []tracker.Name{"alpha.cc", "alpha.so"}, "run 1 alpha.so absent"},
		{"only the sweep's own batches count", func(p *past) {
			p.night(night(0), tracker.RunComplete, func(b *tracker.Batch) { b.Key = "absence/9/sweep/full/000000" }, full...)
			p.night(night(1), tracker.RunComplete, func(b *tracker.Batch) { b.Probe = tracker.ProbeDNS }, full...)
		}, []tracker.Name{"alpha.cc"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p past
			tt.made(&p)
			s := New(Deps{Store: &p, Blobs: &p, Now: func() time.Time { return night(10) }})
			got, err := s.absences(t.Context(), &planned{run: tracker.Run{ID: 99, Case: "t"}}, tt.found)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, x := range got {
				if x.obs.Run != x.run {
					t.Errorf("a proof of run %d says run %d", x.run, x.obs.Run)
				}
				if b := p.batches[x.run-1]; !x.obs.At.Equal(b.StartedAt) {
					t.Errorf("absent at %v: the batch was asked from %v on, and does not say when this name was", x.obs.At, b.StartedAt)
				}
				lines = append(lines, fmt.Sprintf("run %d %s %s", x.run, x.obs.Name, x.obs.Outcome))
			}
			slices.Sort(lines)
			if s := strings.Join(lines, "; "); s != tt.want {
				t.Errorf("%q, want %q", s, tt.want)
			}
		})
	}
}

func TestEqualListsAreReadOnceAndKeptWithinBounds(t *testing.T) {
	var p past
	for i := range 30 {
		p.night(day("2024-08-01 02:00").AddDate(0, 0, i), tracker.RunComplete, nil, "alpha.cc", "alpha.so")
	}
	s := New(Deps{Store: &p, Blobs: &p, Now: func() time.Time { return day("2024-09-05 02:00") }})
	for range 2 {
		got, err := s.absences(t.Context(), &planned{run: tracker.Run{ID: 99, Case: "t"}}, []tracker.Name{"alpha.cc"})
		if err != nil || len(got) != 30 {
			t.Fatalf("%d proofs, %v", len(got), err)
		}
	}
	if p.read != 1 {
		t.Errorf("one list was read %d times", p.read)
	}
	big := []byte(strings.Repeat("x", listsLimit/4))
	for i := range 9 {
		d := tracker.DigestOf([]byte{byte(i)})
		p.lists[d] = big
		if _, err := s.list(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if s.listed > listsLimit {
		t.Errorf("%d bytes of lists are kept, limit %d", s.listed, listsLimit)
	}
}

// A written collects the batches of a transaction.
type written struct {
	Tx
	batches []tracker.Batch
	obs     [][]tracker.Observation
}

func (w *written) AppendBatch(_ context.Context, b tracker.Batch, obs []tracker.Observation) (bool, error) {
	w.batches, w.obs = append(w.batches, b), append(w.obs, obs)
	return true, nil
}

// A name that is found on a night that turns out void keeps the proofs of the
// nights before: they are those nights' own.
func TestAProofOfAbsenceBelongsToTheRunThatAsked(t *testing.T) {
	var p past
	for i := range 3 {
		p.night(day("2024-09-01 02:00").AddDate(0, 0, i), tracker.RunComplete, nil, "alpha.cc", "alpha.so")
	}
	s := New(Deps{Store: &p, Blobs: &p, Now: func() time.Time { return day("2024-09-05 02:00") }})
	pl := &planned{run: tracker.Run{ID: 99, Case: "t"}}
	proofs, err := s.absences(t.Context(), pl, []tracker.Name{"alpha.cc", "alpha.so"})
	if err != nil {
		t.Fatal(err)
	}
	var w written
	if err := s.appendAbsences(t.Context(), &w, pl, "sweep/full/000000", proofs, []Known{{Name: "alpha.so"}}); err != nil {
		t.Fatal(err)
	}
	if len(w.batches) != 3 {
		t.Fatalf("%d batches, want one for each night", len(w.batches))
	}
	for i, b := range w.batches {
		if b.Run != tracker.RunID(i+1) || b.Key != "absence/99/sweep/full/000000" || isSweep(b.Key) || b.ByOutcome[tracker.Absent] != 1 {
			t.Errorf("batch %d: %+v", i, b)
		}
		if o := w.obs[i]; len(o) != 1 || o[0].Name != "alpha.so" || o[0].Outcome != tracker.Absent {
			t.Errorf("batch %d holds %+v", i, o)
		}
	}
}

// What a feed brings is known before anybody has looked at it; its proofs are taken
// once, on the first night that looks.
func TestNamesOfFeedsArriveOnce(t *testing.T) {
	night := func(i int) time.Time { return day("2024-09-01 02:00").AddDate(0, 0, i) }
	var p past
	p.night(night(0), tracker.RunComplete, nil, "alpha.cc")
	p.night(night(1), tracker.RunComplete, nil, "alpha.cc")
	p.night(night(2), tracker.RunVoid, nil, "alpha.cc")
	p.runs = append(p.runs, tracker.Run{ID: 4, ScheduledAt: night(3), StartedAt: night(3), Verdict: tracker.RunUnfinished})
	p.looked = []tracker.Name{"looked.cc"}
	known := []Known{
		{Name: "between.cc", Feed: "feed a, entry 1", Since: night(1).Add(time.Hour)},
		{Name: "looked.cc", Feed: "feed a, entry 2", Since: night(1)},
		{Name: "swept.cc", Rule: ruleSwap, Since: night(3)},
		{Name: "voided.cc", Feed: "feed a, entry 3", Since: night(2)},
		{Name: "world.cc", Feed: "feed a, entry 4", Since: night(1)}, // its clock stands still while a run lasts
	}
	p.known = slices.Concat(known, []Known{{Name: "long.cc", Feed: "feed a, entry 0", Since: night(0)}})
	s := New(Deps{Store: &p, Blobs: &p, Now: func() time.Time { return night(3) }})
	fed, err := s.arrived(t.Context(), "t", p.known)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := namesOf(fed), []tracker.Name{"between.cc", "voided.cc", "world.cc"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	before, err := s.firstSeen(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(before)), []tracker.Name{"long.cc", "looked.cc", "swept.cc"}; !slices.Equal(got, want) {
		t.Errorf("seen before: %v, want %v", got, want)
	}
}
