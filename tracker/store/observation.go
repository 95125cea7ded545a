package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"respawn/tracker"
)

// An ObservationFilter chooses observations. Zero fields choose all.
type ObservationFilter struct {
	Case  tracker.CaseID  // asked for by a run of this case
	Names []tracker.Name  // of these names; nil is every name
	Probe tracker.Probe   // of this probe
	After int64           // from batches past this one
	Since time.Time       // seen at this time or later
	Until time.Time       // seen before this time
	Runs  []tracker.RunID // asked for by these runs
}

// Observations calls yield for every observation that the filter chooses, in the
// order of name, time, probe and vantage, until yield returns an error, which it
// then returns. Run and Void are filled in; Control is not. Facts are shared
// between observations that said the same and must not be changed.
//
// Memory does not grow with the number of observations. A million take about a
// second (docs/bench/store.md).
func (v *View) Observations(ctx context.Context, f ObservationFilter, yield func(*tracker.Observation) error) error {
	batches, err := v.batchInfo(ctx, f)
	if err != nil {
		return wrap("read observations", err)
	}
	if len(batches) == 0 {
		return nil
	}
	// The order is that of the name itself, not of its id, so that two databases
	// with the same observations replay alike.
	q := `SELECT o.name_id, n.name, o.at, o.probe, o.vantage_id, o.batch, o.outcome, o.reason_id, o.server_id, o.fact_id, o.raw
		FROM name n JOIN observation o ON o.name_id = n.id WHERE 1 = 1`
	if v.d == dialectSQLite {
		q = `SELECT o.name_id, n.name, o.at, o.probe, o.vantage_id, o.batch, o.outcome, o.reason_id, o.server_id, o.fact_id, o.raw
		FROM name n CROSS JOIN observation o WHERE o.name_id = n.id`
	}
	var args []any
	arg := func(a any) string {
		args = append(args, a)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Names != nil {
		j, err := jsonText(f.Names)
		if err != nil {
			return err
		}
		q += ` AND n.name IN (` + v.d.texts(arg(j)) + `)`
	}
	if f.Probe != "" {
		code, err := probeCode(f.Probe)
		if err != nil {
			return wrap("read observations", err)
		}
		q += ` AND o.probe = ` + arg(code)
	}
	if !f.Since.IsZero() {
		q += ` AND o.at >= ` + arg(ms(f.Since))
	}
	if !f.Until.IsZero() {
		q += ` AND o.at < ` + arg(ms(f.Until))
	}
	q += ` ORDER BY n.name, o.at, o.probe, o.vantage_id`
	return v.stream(ctx, batches, yield, q, args...)
}

// BatchObservations calls yield for every observation of one batch, by name.
func (v *View) BatchObservations(ctx context.Context, seq int64, yield func(*tracker.Observation) error) error {
	var packed []byte
	var first, last int64
	if err := one(ctx, v.q, []any{&packed, &first, &last}, `SELECT members, first_at, last_at FROM batch WHERE seq = $1`, seq); err != nil {
		return wrap(fmt.Sprintf("read batch %d", seq), err)
	}
	ids, err := memberIDs(packed)
	if err != nil {
		return fmt.Errorf("store: batch %d: %w", seq, err)
	}
	if len(ids) == 0 {
		return nil
	}
	j, err := jsonText(ids)
	if err != nil {
		return err
	}
	batches, err := v.batchInfo(ctx, ObservationFilter{After: seq - 1})
	if err != nil {
		return wrap(fmt.Sprintf("read batch %d", seq), err)
	}
	return v.stream(ctx, batches, yield, `
		SELECT o.name_id, n.name, o.at, o.probe, o.vantage_id, o.batch, o.outcome, o.reason_id, o.server_id, o.fact_id, o.raw
		FROM observation o JOIN name n ON n.id = o.name_id
		WHERE o.name_id IN (`+v.d.ints("$1")+`) AND o.at BETWEEN $2 AND $3 AND o.batch = $4
		ORDER BY n.name, o.at, o.probe, o.vantage_id`, j, first, last, seq)
}

// A batchRun is what an observation takes over from its batch.
type batchRun struct {
	run  tracker.RunID
	void bool
}

// batchInfo are the batches that the filter lets through.
func (v *View) batchInfo(ctx context.Context, f ObservationFilter) (map[int64]batchRun, error) {
	q, args := `SELECT b.seq, b.run_id, r.verdict FROM batch b JOIN run r ON r.id = b.run_id
		WHERE b.seq > $1 AND ($2 = '' OR r.case_id = $2)`, []any{f.After, string(f.Case)}
	if f.Runs != nil {
		j, err := jsonText(f.Runs)
		if err != nil {
			return nil, err
		}
		q, args = q+` AND b.run_id IN (`+v.d.ints("$3")+`)`, append(args, j)
	}
	out := map[int64]batchRun{}
	err := each(ctx, v.q, func(r rows) error {
		var seq int64
		var b batchRun
		var verdict string
		if err := r.Scan(&seq, &b.run, &verdict); err != nil {
			return err
		}
		b.void = tracker.RunVerdict(verdict) == tracker.RunVoid
		out[seq] = b
		return nil
	}, q, args...)
	return out, err
}

// chunk is how many observations are read before their facts are fetched: one
// query for a chunk, not one for each.
const chunk = 4096

func (v *View) stream(ctx context.Context, batches map[int64]batchRun, yield func(*tracker.Observation) error, query string, args ...any) error {
	words, err := v.words(ctx)
	if err != nil {
		return wrap("read observations", err)
	}
	s := &streamer{v: v, facts: map[int64]*tracker.Facts{0: nil}, yield: yield}
	var lastID int64
	var last tracker.Name
	var nameID, at, probe, vantage, batch, outcome, reason, server int64
	var name string
	var raw []byte
	var fact int64
	dest := []any{&nameID, &name, &at, &probe, &vantage, &batch, &outcome, &reason, &server, &fact, &raw}
	err = each(ctx, v.q, func(r rows) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		b, ok := batches[batch]
		if !ok {
			return nil
		}
		if nameID != lastID {
			lastID, last = nameID, tracker.Name(name)
		}
		o := tracker.Observation{
			Name: last, Probe: probeOf(probe), At: time.UnixMilli(at).UTC(), Run: b.run, Void: b.void,
			Vantage: words[vantage], Outcome: tracker.Outcome(outcome), Reason: tracker.Reason(words[reason]), Server: words[server],
		}
		if len(raw) > 0 {
			o.Raw = encodeDigest(raw)
		}
		s.obs, s.factOf = append(s.obs, o), append(s.factOf, fact)
		if len(s.obs) < chunk || v.oneQuery {
			return nil
		}
		return s.flush(ctx)
	}, query, args...)
	if err == nil {
		err = s.flush(ctx)
	}
	if s.stopped != nil {
		return s.stopped
	}
	return wrap("read observations", err)
}

// A streamer hands a chunk of observations on once it has their facts.
type streamer struct {
	v       *View
	obs     []tracker.Observation
	factOf  []int64                  // beside obs
	facts   map[int64]*tracker.Facts // of this stream so far, bounded by factLimit
	yield   func(*tracker.Observation) error
	stopped error // what yield returned
}

// factLimit bounds the facts that one stream remembers; then it starts anew.
const factLimit = 100_000

func (s *streamer) flush(ctx context.Context) error {
	if len(s.facts) > factLimit {
		s.facts = map[int64]*tracker.Facts{0: nil}
	}
	var missing []int64
	for _, id := range s.factOf {
		if _, ok := s.facts[id]; !ok {
			s.facts[id] = nil
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		j, err := jsonText(missing)
		if err != nil {
			return err
		}
		err = each(ctx, s.v.q, func(r rows) error {
			var id int64
			var text []byte
			if err := r.Scan(&id, &text); err != nil {
				return err
			}
			f := new(tracker.Facts)
			if err := json.Unmarshal(text, f); err != nil {
				return fmt.Errorf("fact %d: %w", id, err)
			}
			s.facts[id] = f
			return nil
		}, `SELECT id, json FROM fact WHERE id IN (`+s.v.d.ints("$1")+`)`, j)
		if err != nil {
			return err
		}
	}
	for i := range s.obs {
		o := &s.obs[i]
		if id := s.factOf[i]; id != 0 {
			if o.Facts = s.facts[id]; o.Facts == nil {
				return fmt.Errorf("observation %s: its fact %d is missing", o.ID(), id)
			}
		}
		if err := s.yield(o); err != nil {
			s.stopped = err
			return err
		}
	}
	// New memory for the next chunk: yield may have kept pointers into this one.
	s.obs, s.factOf = make([]tracker.Observation, 0, chunk), s.factOf[:0]
	return nil
}

// words are all interned words, by id. They are few: servers, reasons, vantages.
func (v *View) words(ctx context.Context) (map[int64]string, error) {
	out := map[int64]string{0: ""}
	err := each(ctx, v.q, func(r rows) error {
		var id int64
		var w string
		if err := r.Scan(&id, &w); err != nil {
			return err
		}
		out[id] = w
		return nil
	}, `SELECT id, word FROM word`)
	return out, err
}
