package scan

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"respawn/tracker"
)

// absences are the nights on which the sweep asked for names that it has found
// only now: taken from the stored lists of what earlier batches asked, they bound
// the birth of the name from below.
func (s *Scanner) absences(ctx context.Context, p *planned, found []tracker.Name) ([]tracker.Observation, error) {
	if len(found) == 0 {
		return nil, nil
	}
	known, err := s.Store.Known(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	have := map[tracker.Name]bool{}
	for _, k := range known {
		have[k.Name] = true
	}
	batches, err := s.Store.Batches(ctx, p.run.Case, 0)
	if err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	void := map[tracker.RunID]bool{}
	for _, r := range runs {
		void[r.ID] = r.Verdict == tracker.RunVoid
	}
	var out []tracker.Observation
	for _, n := range found {
		if have[n] {
			continue
		}
		for _, b := range batches {
			if b.Probe != tracker.ProbeSweep || !isSweep(b.Key) || b.Run == p.run.ID || void[b.Run] {
				continue
			}
			asked, err := s.asked(ctx, b.NamesHash, n)
			if err != nil {
				return nil, err
			}
			if !asked {
				continue
			}
			o := tracker.Observation{Name: n, Probe: tracker.ProbeSweep, At: b.EndedAt, Run: p.run.ID, Vantage: b.Vantage, Outcome: tracker.Absent, Server: b.Server, Raw: b.NamesHash}
			if _, unknown := slices.BinarySearch(b.Unknowns, n); unknown {
				o.Outcome = tracker.Unknown // the batch counts why, not name by name
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// asked says whether the list with that digest holds the name.
func (s *Scanner) asked(ctx context.Context, list tracker.Digest, n tracker.Name) (bool, error) {
	s.mu.Lock()
	b, ok := s.lists[list]
	s.mu.Unlock()
	if !ok {
		raw, err := s.Blobs.Get(ctx, list)
		if err != nil {
			return false, fmt.Errorf("the list of what was asked: %w", err)
		}
		b = append([]byte{'\n'}, raw...)
		s.mu.Lock()
		s.lists[list] = b
		s.mu.Unlock()
	}
	return bytes.Contains(b, []byte("\n"+string(n)+"\n")), nil
}

// appendAbsences stores, of the proofs of absence, those of names that are new,
// as a batch of their own beside the one that found them.
func (s *Scanner) appendAbsences(ctx context.Context, tx Tx, p *planned, key string, proofs []tracker.Observation, fresh []Known) error {
	b := tracker.Batch{Run: p.run.ID, Key: "absence/" + key, Probe: tracker.ProbeSweep, Vantage: s.Vantage, StartedAt: s.Now(), EndedAt: s.Now(), ByOutcome: map[tracker.Outcome]int{}}
	var obs []tracker.Observation
	for _, o := range proofs {
		if slices.ContainsFunc(fresh, func(k Known) bool { return k.Name == o.Name }) {
			obs = append(obs, o)
			b.ByOutcome[o.Outcome]++
		}
	}
	if b.Names = len(obs); len(obs) == 0 {
		return nil
	}
	_, err := tx.AppendBatch(ctx, b, obs)
	return err
}
