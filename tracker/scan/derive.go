package scan

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"respawn/crawler/fingerprint"
	"respawn/tracker"
)

// Stages that derive, each with a cursor of its own.
const (
	stageFingerprint = fingerprint.Rule // a new extractor begins with the oldest capture
	stageProject     = "project"
)

// derive runs what follows from the answers: fingerprints of new captures, links,
// and the names that sites of the campaign reveal. again says that there is more
// to ask.
func (s *Scanner) derive(ctx context.Context, rep *Report) (again bool, err error) {
	if err := s.fingerprints(ctx, rep.Run); err != nil {
		return false, err
	}
	g, hs, err := s.assemble(ctx, rep.Run)
	if err != nil {
		return false, err
	}
	links := g.relate()
	revealed, err := s.reveal(ctx, rep.Run, g, links)
	if err != nil {
		return false, err
	}
	inquired, err := s.inquire(ctx, rep.Run, g, hs, links)
	return revealed || inquired, err
}

// fingerprints extracts from captures past the stage's cursor. What was seen
// before, byte for byte under the same rules, is not looked at again.
func (s *Scanner) fingerprints(ctx context.Context, run tracker.Run) error {
	cur, err := s.Store.Cursor(ctx, stageFingerprint, run.Case)
	if err != nil {
		return err
	}
	batches, err := s.Store.Batches(ctx, run.Case, cur)
	if err != nil || len(batches) == 0 {
		return err
	}
	for _, b := range batches {
		if b.Probe != tracker.ProbeWeb {
			continue
		}
		done := map[tracker.Digest]*tracker.Fingerprint{}
		err := s.Store.BatchObservations(ctx, b.Seq, func(o *tracker.Observation) error {
			if o.Facts == nil || o.Facts.Web == nil || o.Raw == "" {
				return nil
			}
			content := o.Facts.Web.Fingerprint
			if content == "" || done[content] != nil {
				return nil
			}
			have, err := s.print(ctx, content)
			if err != nil || have != nil {
				return err
			}
			f, err := s.extract(ctx, o)
			if err != nil {
				return err
			}
			done[content] = f
			return nil
		})
		if err != nil {
			return err
		}
		if len(done) == 0 {
			continue
		}
		err = s.Store.Write(ctx, func(tx Tx) error {
			for _, content := range slices.Sorted(maps.Keys(done)) {
				if err := tx.PutFingerprint(ctx, content, done[content]); err != nil {
					return err
				}
			}
			return tx.SetCursor(ctx, stageFingerprint, run.Case, b.Seq)
		})
		if err != nil {
			return err
		}
	}
	return s.Store.Write(ctx, func(tx Tx) error {
		return tx.SetCursor(ctx, stageFingerprint, run.Case, batches[len(batches)-1].Seq)
	})
}

func (s *Scanner) extract(ctx context.Context, o *tracker.Observation) (*tracker.Fingerprint, error) {
	raw, err := s.Blobs.Get(ctx, o.Raw)
	if err != nil {
		return nil, fmt.Errorf("capture of %s: %w", o.Name, err)
	}
	var c tracker.Capture
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("capture of %s: %w", o.Name, err)
	}
	var missing error
	f := fingerprint.Extract(c, func(d tracker.Digest) []byte {
		b, err := s.Blobs.Get(ctx, d)
		if err != nil {
			missing = err
		}
		return b
	})
	if missing != nil {
		return nil, fmt.Errorf("capture of %s: %w", o.Name, missing)
	}
	return &f, nil
}

// print is the fingerprint of a content, remembered: it never changes.
func (s *Scanner) print(ctx context.Context, content tracker.Digest) (*tracker.Fingerprint, error) {
	s.mu.Lock()
	f := s.prints[content]
	s.mu.Unlock()
	if f != nil || content == "" {
		return f, nil
	}
	f, err := s.Store.Fingerprint(ctx, content, fingerprint.Rule)
	if err != nil || f == nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.prints) >= printsLimit {
		clear(s.prints)
	}
	s.prints[content] = f
	return f, nil
}

// printsLimit bounds how many fingerprints are kept in memory; beyond it they are
// read from the store again. They are some kilobytes each.
const printsLimit = 20_000

// assemble folds the observations of every name of the case, of its outlets and
// of all that is known, into sites.
func (s *Scanner) assemble(ctx context.Context, run tracker.Run) (*graph, map[tracker.Name]*history, error) {
	return assemble(ctx, s.Store, newJudge(), run, func(d tracker.Digest) (*tracker.Fingerprint, error) { return s.print(ctx, d) })
}

func assemble(ctx context.Context, r Reader, j *judge, run tracker.Run, prints func(tracker.Digest) (*tracker.Fingerprint, error)) (*graph, map[tracker.Name]*history, error) {
	c, err := r.Case(ctx, run.Case)
	if err != nil {
		return nil, nil, err
	}
	known, err := r.Known(ctx, run.Case)
	if err != nil {
		return nil, nil, err
	}
	g := &graph{c: c, sites: map[tracker.Name]*tracker.Site{}, former: map[tracker.Name][]tenure{}, known: map[tracker.Name]Known{}, outlets: map[tracker.Name]*tracker.Fingerprint{}, asOf: run.ScheduledAt}
	if g.rejected, err = r.Rejected(ctx, run.Case); err != nil {
		return nil, nil, err
	}
	runs, err := r.Runs(ctx, run.Case)
	if err != nil {
		return nil, nil, err
	}
	if len(runs) > 0 {
		g.began = runs[0].ScheduledAt
	}
	if first := firstSeizure(c); !first.IsZero() && first.Before(g.began) {
		g.began = first // what came since then is news, however late the watch began
	}
	rows := map[tracker.Name]*tracker.CaseName{}
	var names []tracker.Name
	for i := range c.Names {
		n := &c.Names[i]
		rows[n.Name] = n
		names = append(names, n.Name)
		if n.Impersonates != "" {
			g.outlets[n.Impersonates] = nil
		}
	}
	for _, o := range c.Outlets {
		g.outlets[o.Name] = nil
	}
	for n := range g.outlets {
		names = append(names, n)
	}
	for _, k := range known {
		g.known[k.Name] = k
		names = append(names, k.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)

	histories := map[tracker.Name]*history{}
	var obs []tracker.Observation
	flush := func() error {
		if len(obs) == 0 {
			return nil
		}
		var failed error
		n := obs[0].Name
		h := j.fold(n, rows[n], obs, func(d tracker.Digest) *tracker.Fingerprint {
			f, err := prints(d)
			failed = cmp.Or(failed, err)
			return f
		})
		h.obs = slices.Clone(obs)
		histories[n] = h
		g.sites[n] = &h.site
		if len(h.former) > 0 {
			g.former[n] = h.former
		}
		if _, ok := g.outlets[n]; ok {
			g.outlets[n] = h.site.Fingerprint
		}
		obs = obs[:0]
		return failed
	}
	err = r.Observations(ctx, names, func(o *tracker.Observation) error {
		if len(obs) > 0 && obs[0].Name != o.Name {
			if err := flush(); err != nil {
				return err
			}
		}
		x := *o
		if run.Verdict == tracker.RunVoid && x.Run == run.ID && !x.At.Before(run.StartedAt) {
			x.Void = true // found out just now: the store does not say it yet
		}
		obs = append(obs, x)
		return nil
	})
	if err == nil {
		err = flush()
	}
	for _, n := range names {
		if g.sites[n] == nil {
			h := j.fold(n, rows[n], nil, nil)
			histories[n], g.sites[n] = h, &h.site
		}
	}
	return g, histories, err
}

// conclude derives links, states and alerts once more from everything and ends
// the run, in one transaction: an alert is there if and only if the run is.
func (s *Scanner) conclude(ctx context.Context, rep *Report, before map[tracker.Name]bool) error {
	g, histories, err := s.assemble(ctx, rep.Run)
	if err != nil {
		return err
	}
	seq, err := s.lastBatch(ctx, rep.Run)
	if err != nil {
		return err
	}
	old, err := s.Store.Links(ctx, rep.Case)
	if err != nil {
		return err
	}
	var links []tracker.Link
	if rep.Verdict == tracker.RunVoid {
		links = old // a void run moves nothing
	} else {
		links = g.relate()
	}
	was := map[tracker.Name]tracker.Band{}
	for _, l := range old {
		was[l.New] = l.Band
	}
	for _, l := range links {
		if l.Band.Rank() >= tracker.BandProbable.Rank() && was[l.New].Rank() < l.Band.Rank() {
			rep.Linked = append(rep.Linked, l)
		}
	}
	for _, n := range g.names() {
		if !g.isOutlet(n) && !before[n] && !g.sites[n].FirstSeen.Hi.IsZero() && !g.inCase(n) {
			rep.New = append(rep.New, n)
		}
	}
	runs, err := s.Store.Runs(ctx, rep.Case)
	if err != nil {
		return err
	}
	asOf := newestEnd(append(runs, rep.Run))
	if err := s.Blobs.Sync(); err != nil {
		return err
	}
	return s.Store.Write(ctx, func(tx Tx) error {
		if rep.Verdict != tracker.RunVoid {
			if err := tx.PutLinks(ctx, rep.Case, links); err != nil {
				return err
			}
		}
		history, err := tx.LinkHistory(ctx, rep.Case)
		if err != nil {
			return err
		}
		replayed := g.replay(histories, history, links, s.Policy, asOf)
		alerts := g.alerts(rep, links, histories, replayed)
		for _, r := range replayed {
			alerts = append(alerts, g.transitionAlerts(rep, r.State, r.Transitions, histories[r.State.Name])...)
			if err := tx.PutProjection(ctx, rep.Case, r.State.Name, r.State, r.Transitions, r.Lifespans); err != nil {
				return err
			}
		}
		if rep.Alerts, err = tx.PutAlerts(ctx, alerts); err != nil {
			return err
		}
		if err := tx.SetCursor(ctx, stageProject, rep.Case, seq); err != nil {
			return err
		}
		return tx.FinishRun(ctx, rep.Run)
	})
}

func (s *Scanner) lastBatch(ctx context.Context, run tracker.Run) (int64, error) {
	b, err := s.runBatches(ctx, run)
	if err != nil || len(b) == 0 {
		return 0, err
	}
	return b[len(b)-1].Seq, nil
}

// namesOf are the names alone, sorted.
func namesOf(known []Known) []tracker.Name {
	out := make([]tracker.Name, len(known))
	for i, k := range known {
		out[i] = k.Name
	}
	slices.Sort(out)
	return out
}

// firstSeen are the known names that a run has looked at by now.
func (s *Scanner) firstSeen(ctx context.Context, id tracker.CaseID) (map[tracker.Name]bool, error) {
	known, err := s.Store.Known(ctx, id)
	if err != nil {
		return nil, err
	}
	out := map[tracker.Name]bool{}
	for _, k := range known {
		out[k.Name] = true
	}
	fed, err := s.arrived(ctx, id, known)
	for _, k := range fed {
		delete(out, k.Name)
	}
	return out, err
}
