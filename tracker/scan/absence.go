package scan

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"respawn/tracker"
)

// A proof says that an earlier run asked about a name that was found only now. It
// belongs to the run that asked, so that it stands or falls with that one's
// canaries and not with those of the night on which somebody went looking for it.
type proof struct {
	run tracker.RunID
	obs tracker.Observation
}

// absences are the nights on which the sweep asked for names that it has found
// only now: taken from the stored lists of what earlier batches asked, they bound
// the birth of the name from below. Names that are known already have theirs.
func (s *Scanner) absences(ctx context.Context, p *planned, found []tracker.Name) ([]proof, error) {
	if len(found) == 0 {
		return nil, nil
	}
	known, err := s.Store.Known(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	have := make(map[tracker.Name]bool, len(known))
	for _, k := range known {
		have[k.Name] = true
	}
	return s.proofs(ctx, p, slices.DeleteFunc(slices.Clone(found), func(n tracker.Name) bool { return have[n] }))
}

// proofs are the nights on which earlier sweeps asked for the names.
func (s *Scanner) proofs(ctx context.Context, p *planned, found []tracker.Name) ([]proof, error) {
	if len(found) == 0 {
		return nil, nil
	}
	runs, err := s.Store.Runs(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	void := map[tracker.RunID]bool{}
	for _, r := range runs {
		void[r.ID] = r.Verdict == tracker.RunVoid
	}
	batches, err := s.Store.Batches(ctx, p.run.Case, 0)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	asked := map[tracker.Digest][]tracker.Name{} // of found, by the list that was asked
	var out []proof
	for _, b := range batches {
		if b.Probe != tracker.ProbeSweep || !isSweep(b.Key) || b.Run == p.run.ID || void[b.Run] || !b.EndedAt.Before(now) {
			continue // the last: a clock that ran ahead proves nothing about what came before
		}
		in, ok := asked[b.NamesHash]
		if !ok {
			list, err := s.list(ctx, b.NamesHash)
			if err != nil {
				return nil, err
			}
			for _, n := range found {
				if bytes.Contains(list, []byte("\n"+string(n)+"\n")) {
					in = append(in, n)
				}
			}
			asked[b.NamesHash] = in
		}
		for _, n := range in {
			// A batch takes minutes at a polite pace and does not say when in them a name
			// was asked: that it was not there is sure only of the beginning.
			out = append(out, proof{b.Run, tracker.Observation{Name: n, Probe: tracker.ProbeSweep, At: b.StartedAt, Run: b.Run, Vantage: b.Vantage,
				Outcome: saidOf(&b.Batch, n), Server: b.Server, Raw: b.NamesHash}})
		}
	}
	return out, nil
}

// arrived are the known names that a feed has brought and that no run has looked at
// yet.
func (s *Scanner) arrived(ctx context.Context, id tracker.CaseID, known []Known) ([]Known, error) {
	runs, err := s.Store.Runs(ctx, id)
	if err != nil {
		return nil, err
	}
	var last time.Time // start of the last run that looked at what there was
	for _, r := range runs {
		if r.Verdict != tracker.RunUnfinished && r.Verdict != tracker.RunVoid && r.StartedAt.After(last) {
			last = r.StartedAt
		}
	}
	var names []tracker.Name
	for _, k := range known {
		if k.Feed != "" && !k.Since.Before(last) {
			names = append(names, k.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	looked := map[tracker.Name]bool{}
	if err := s.Store.Observations(ctx, names, func(o *tracker.Observation) error { looked[o.Name] = true; return nil }); err != nil {
		return nil, err
	}
	var out []Known
	for _, k := range known {
		if slices.Contains(names, k.Name) && !looked[k.Name] {
			out = append(out, k)
		}
	}
	return out, nil
}

// saidOf is what a sweep learned of a name that it asked about and did not find:
// absent, unless the batch has it among those that got no valid answer, or does
// not say which those were.
func saidOf(b *tracker.Batch, n tracker.Name) tracker.Outcome {
	if len(b.Unknowns) != b.ByOutcome[tracker.Unknown]+b.ByOutcome[tracker.Wildcard] {
		return tracker.Unknown
	}
	if _, unknown := slices.BinarySearch(b.Unknowns, n); unknown {
		return tracker.Unknown // the batch counts why, not name by name
	}
	return tracker.Absent
}

// listsLimit bounds the bytes of name lists that are kept in memory. A list is
// the same from night to night as far as possible (see [Plan]).
const listsLimit = 64 << 20

// list is what a batch asked, one name a line, with a line end before the first.
func (s *Scanner) list(ctx context.Context, d tracker.Digest) ([]byte, error) {
	s.mu.Lock()
	b, ok := s.lists[d]
	s.mu.Unlock()
	if ok {
		return b, nil
	}
	raw, err := s.Blobs.Get(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("the list of what was asked: %w", err)
	}
	b = append([]byte{'\n'}, raw...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listed += len(b); s.listed > listsLimit {
		clear(s.lists)
		s.listed = len(b)
	}
	s.lists[d] = b
	return b, nil
}

// appendAbsences stores, of the proofs of absence, those of names that are new,
// as a batch of each run that they are of. key names what found the names.
func (s *Scanner) appendAbsences(ctx context.Context, tx Tx, p *planned, key string, proofs []proof, fresh []Known) error {
	isNew := make(map[tracker.Name]bool, len(fresh))
	for _, k := range fresh {
		isNew[k.Name] = true
	}
	byRun := map[tracker.RunID][]tracker.Observation{}
	var order []tracker.RunID
	for _, x := range proofs {
		if !isNew[x.obs.Name] {
			continue
		}
		if byRun[x.run] == nil {
			order = append(order, x.run)
		}
		byRun[x.run] = append(byRun[x.run], x.obs)
	}
	now := s.Now()
	for _, run := range order {
		obs := byRun[run]
		b := tracker.Batch{Run: run, Key: fmt.Sprintf("absence/%d/%s", p.run.ID, key), Probe: tracker.ProbeSweep, Vantage: s.Vantage,
			StartedAt: now, EndedAt: now, Names: len(obs), ByOutcome: map[tracker.Outcome]int{}}
		for _, o := range obs {
			b.ByOutcome[o.Outcome]++
		}
		if _, err := tx.AppendBatch(ctx, b, obs); err != nil {
			return err
		}
	}
	return nil
}
