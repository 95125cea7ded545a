package store

import (
	"context"
	"fmt"
	"math"
	"slices"
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
// Memory does not grow with the number of observations, except within a
// transaction on Postgres, which reads all before it yields. docs/bench/store.md
// has what a million of them take.
func (v *View) Observations(ctx context.Context, f ObservationFilter, yield func(*tracker.Observation) error) error {
	s := &streamer{v: v, filter: f, yield: yield}
	err := s.read(ctx)
	if s.stopped != nil {
		return s.stopped
	}
	return wrap("read observations", err)
}

// BatchObservations calls yield for every observation of one batch, by name.
func (v *View) BatchObservations(ctx context.Context, seq int64, yield func(*tracker.Observation) error) error {
	s := &streamer{v: v, yield: yield}
	err := s.readBatch(ctx, seq)
	if s.stopped != nil {
		return s.stopped
	}
	return wrap(fmt.Sprintf("read batch %d", seq), err)
}

// chunk is how many observations are read before what they refer to is looked
// up: one query for all of them, not one for each.
const chunk = 4096

// fewNames is up to how many names are read one by one, each through its own
// range of the key, rather than by joining the table of names.
const fewNames = 16

// A streamer reads rows and hands them on as observations, chunk by chunk.
type streamer struct {
	v       *View
	filter  ObservationFilter
	yield   func(*tracker.Observation) error
	recs    []record
	stopped error // what yield returned
}

// columnsRead are the columns of the table, the small ones two to a number: what
// a row costs is mostly how many values the driver fetches for it. Ids are given
// out from 1 and far below 2^31.
const columnsRead = `o.name_id, o.at, (o.vantage_id << 16) | (o.probe << 8) | o.outcome, (o.server_id << 32) | o.reason_id, (o.batch << 32) | o.fact_id, o.raw`

// unpack fills a record from the columns read.
func unpack(c *[5]integer, raw []byte) record {
	const low = 1<<32 - 1
	return record{
		name: int64(c[0]), at: int64(c[1]),
		vantage: int64(c[2] >> 16), probe: int64(c[2] >> 8 & 0xff), outcome: int64(c[2] & 0xff),
		server: int64(c[3] >> 32), reason: int64(c[3] & low),
		batch: int64(c[4] >> 32), fact: int64(c[4] & low),
		raw: raw,
	}
}

// The order is that of the name itself, not of its id, so that two databases with
// the same observations replay alike. CROSS JOIN has SQLite walk the names in
// their order, which makes sorting a million rows unnecessary.
const (
	everyName     = `SELECT ` + columnsRead + ` FROM name n CROSS JOIN observation o WHERE o.name_id = n.id`
	inNameOrder   = ` ORDER BY n.name, o.at, o.probe, o.vantage_id`
	ofOneName     = `SELECT ` + columnsRead + ` FROM observation o WHERE o.name_id = (SELECT id FROM name WHERE name = $1) AND o.at >= $2 AND o.at < $3 ORDER BY o.at, o.probe, o.vantage_id`
	ofBatchPrefix = `SELECT ` + columnsRead + ` FROM observation o JOIN name n ON n.id = o.name_id WHERE o.at BETWEEN $1 AND $2 AND o.batch = $3 AND o.name_id IN (`
)

// read streams what the filter chooses.
func (s *streamer) read(ctx context.Context) error {
	f := &s.filter
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	if !f.Since.IsZero() {
		lo = f.Since.UnixMilli()
	}
	if !f.Until.IsZero() {
		hi = f.Until.UnixMilli()
	}
	if f.Probe != "" {
		if _, err := probeCode(f.Probe); err != nil {
			return err
		}
	}
	if f.Names != nil && len(f.Names) <= fewNames {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// These are short, and a context that can end costs two goroutines a query.
		ctx = context.WithoutCancel(ctx)
		names := slices.Clone(f.Names)
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			if err := s.rows(ctx, ofOneName, string(n), lo, hi); err != nil {
				return err
			}
		}
		return s.flush(ctx)
	}
	q, args := everyName, []any{}
	arg := func(a any) string {
		args = append(args, a)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Names != nil {
		j, err := jsonText(f.Names)
		if err != nil {
			return err
		}
		q += ` AND n.name IN (` + s.v.d.texts(arg(j)) + `)`
	}
	if lo != math.MinInt64 {
		q += ` AND o.at >= ` + arg(lo)
	}
	if hi != math.MaxInt64 {
		q += ` AND o.at < ` + arg(hi)
	}
	if err := s.rows(ctx, q+inNameOrder, args...); err != nil {
		return err
	}
	return s.flush(ctx)
}

func (s *streamer) readBatch(ctx context.Context, seq int64) error {
	var packed []byte
	var first, last int64
	if err := one(ctx, s.v.q, []any{&packed, &first, &last}, `SELECT members, first_at, last_at FROM batch WHERE seq = $1`, seq); err != nil {
		return err
	}
	ids, err := memberIDs(packed)
	if err != nil || len(ids) == 0 {
		return err
	}
	j, err := jsonText(ids)
	if err != nil {
		return err
	}
	if err := s.rows(ctx, ofBatchPrefix+s.v.d.ints("$4")+`)`+inNameOrder, first, last, seq, j); err != nil {
		return err
	}
	return s.flush(ctx)
}

// rows reads the rows of a query, flushing whenever a chunk is full.
func (s *streamer) rows(ctx context.Context, query string, args ...any) error {
	var c [5]integer
	var raw []byte
	dest := make([]any, 0, len(c)+1)
	for i := range c {
		dest = append(dest, &c[i])
	}
	dest = append(dest, &raw)
	return each(ctx, s.v.q, func(r rows) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		s.recs = append(s.recs, unpack(&c, raw))
		if len(s.recs) < chunk || s.v.oneQuery {
			return nil
		}
		return s.flush(ctx)
	}, query, args...)
}

// flush yields the rows read so far.
func (s *streamer) flush(ctx context.Context) error {
	if len(s.recs) == 0 {
		return nil
	}
	l, err := s.v.resolve(ctx, s.recs)
	if err != nil {
		return err
	}
	// New memory for each chunk: yield may keep what it is given.
	obs := make([]tracker.Observation, 0, len(s.recs))
	for i := range s.recs {
		r := &s.recs[i]
		b, ok := l.batches[r.batch]
		if !ok || b.run == 0 {
			return fmt.Errorf("batch %d is missing", r.batch)
		}
		if !s.filter.passes(r, b) {
			continue
		}
		obs = append(obs, tracker.Observation{
			Name: l.names[r.name], Probe: probeOf(r.probe), At: time.UnixMilli(r.at).UTC(), Run: b.run, Void: voidSince(r.at) >= l.void[b.run],
			Vantage: l.words[r.vantage], Outcome: tracker.Outcome(r.outcome), Reason: tracker.Reason(l.words[r.reason]),
			Server: l.words[r.server], Facts: l.facts[r.fact],
		})
		if len(r.raw) > 0 {
			obs[len(obs)-1].Raw = encodeDigest(r.raw)
		}
	}
	s.recs = s.recs[:0]
	for i := range obs {
		if err := s.yield(&obs[i]); err != nil {
			s.stopped = err
			return err
		}
	}
	return nil
}

// passes judges what the query has not.
func (f *ObservationFilter) passes(r *record, b batchRun) bool {
	return r.batch > f.After &&
		(f.Case == "" || f.Case == b.caseID) &&
		(f.Runs == nil || slices.Contains(f.Runs, b.run)) &&
		(f.Probe == "" || f.Probe == probeOf(r.probe))
}
