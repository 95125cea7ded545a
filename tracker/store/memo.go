package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"respawn/tracker"
)

// A memo remembers rows that never change once they are committed, by their ids,
// so that reading observations touches one table. The memo of a [Store] lasts; a
// transaction has one of its own, since it can see rows that are never committed.
type memo struct {
	keep bool // bound the maps and go on, rather than serve one transaction

	mu      sync.RWMutex
	names   map[int64]tracker.Name
	words   map[int64]string
	facts   map[int64]*tracker.Facts
	batches map[int64]batchRun
	void    map[tracker.RunID]voidSince // of finished runs alone
}

// A batchRun is what an observation takes over from its batch.
type batchRun struct {
	run    tracker.RunID
	caseID tracker.CaseID
}

func newMemo(keep bool) *memo {
	m := &memo{keep: keep}
	m.clear()
	return m
}

func (m *memo) clear() {
	m.names, m.words, m.facts = map[int64]tracker.Name{}, map[int64]string{0: ""}, map[int64]*tracker.Facts{0: nil}
	m.batches, m.void = map[int64]batchRun{}, map[tracker.RunID]voidSince{}
}

// memoLimit bounds names, facts and batches together: some 100 MB.
const memoLimit = 200_000

// A lookup is what one chunk of observations refers to, filled from the memo and
// for the rest from the database.
type lookup struct {
	names   map[int64]tracker.Name
	words   map[int64]string
	facts   map[int64]*tracker.Facts
	batches map[int64]batchRun
	void    map[tracker.RunID]voidSince
}

// resolve looks up all that recs refer to.
func (v *View) resolve(ctx context.Context, recs []record) (lookup, error) {
	l := lookup{map[int64]tracker.Name{}, map[int64]string{}, map[int64]*tracker.Facts{}, map[int64]batchRun{}, map[tracker.RunID]voidSince{}}
	var names, words, facts, batches []int64
	m := v.memo
	m.mu.RLock()
	for i := range recs {
		r := &recs[i]
		pick(l.names, m.names, r.name, &names)
		pick(l.words, m.words, r.vantage, &words)
		pick(l.words, m.words, r.reason, &words)
		pick(l.words, m.words, r.server, &words)
		pick(l.facts, m.facts, r.fact, &facts)
		pick(l.batches, m.batches, r.batch, &batches)
	}
	m.mu.RUnlock()
	if err := errors.Join(
		fetch(ctx, v, l.names, names, `SELECT id, name FROM name WHERE id IN `, func(s string) (tracker.Name, error) { return tracker.Name(s), nil }),
		fetch(ctx, v, l.words, words, `SELECT id, word FROM word WHERE id IN `, func(s string) (string, error) { return s, nil }),
		fetch(ctx, v, l.facts, facts, `SELECT id, json FROM fact WHERE id IN `, func(s string) (*tracker.Facts, error) {
			f := new(tracker.Facts)
			return f, json.Unmarshal([]byte(s), f)
		}),
		v.fetchBatches(ctx, l.batches, batches),
	); err != nil {
		return lookup{}, err
	}
	if err := v.fetchVerdicts(ctx, l); err != nil {
		return lookup{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep && len(m.names)+len(m.facts)+len(m.batches) > memoLimit {
		m.clear()
	}
	put(m.names, l.names, names)
	put(m.words, l.words, words)
	put(m.facts, l.facts, facts)
	put(m.batches, l.batches, batches)
	return l, nil
}

// pick takes the value of id from the memo, or notes once that it is missing.
func pick[V any](own, memo map[int64]V, id int64, missing *[]int64) {
	if _, ok := own[id]; ok {
		return
	}
	v, ok := memo[id]
	if !ok {
		*missing = append(*missing, id)
	}
	own[id] = v
}

func put[V any](memo, own map[int64]V, ids []int64) {
	for _, id := range ids {
		memo[id] = own[id]
	}
}

// fewIDs is up to how many rows are fetched one by one: taking a list of ids
// apart costs the database as much as a few look-ups.
const fewIDs = 4

// fetch fills own with the rows of ids; one that is not there is an error.
func fetch[V any](ctx context.Context, v *View, own map[int64]V, ids []int64, query string, parse func(string) (V, error)) error {
	n := 0
	scan := func(r rows) error {
		var id integer
		var s string
		if err := r.Scan(&id, &s); err != nil {
			return err
		}
		val, err := parse(s)
		if err != nil {
			return fmt.Errorf("row %d: %w", id, err)
		}
		own[int64(id)] = val
		n++
		return nil
	}
	var err error
	if len(ids) <= fewIDs {
		for _, id := range ids {
			err = errors.Join(err, each(ctx, v.q, scan, query+`($1)`, id))
		}
	} else {
		var j string
		if j, err = jsonText(ids); err == nil {
			err = each(ctx, v.q, scan, query+`(`+v.d.ints("$1")+`)`, j)
		}
	}
	if err == nil && n != len(ids) {
		err = fmt.Errorf("%d of %d rows are missing (%s...)", len(ids)-n, len(ids), query)
	}
	return err
}

func (v *View) fetchBatches(ctx context.Context, own map[int64]batchRun, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	j, err := jsonText(seqs)
	if err != nil {
		return err
	}
	return each(ctx, v.q, func(r rows) error {
		var seq, run integer
		var b batchRun
		if err := r.Scan(&seq, &run, &b.caseID); err != nil {
			return err
		}
		b.run = tracker.RunID(run)
		own[int64(seq)] = b
		return nil
	}, `SELECT b.seq, b.run_id, r.case_id FROM batch b JOIN run r ON r.id = b.run_id WHERE b.seq IN (`+v.d.ints("$1")+`)`, j)
}

// A voidSince is the time, in milliseconds, from which on what belongs to a run
// is void. A run that finds a name also stores the proofs that earlier nights gave
// of its absence; those stand whatever becomes of the run.
type voidSince int64

const never = voidSince(math.MaxInt64)

// fetchVerdicts fills in which runs are void. A finished run stays as it is, and
// is remembered; one that goes on is asked for each time.
func (v *View) fetchVerdicts(ctx context.Context, l lookup) error {
	m := v.memo
	var missing []tracker.RunID
	m.mu.RLock()
	for _, b := range l.batches {
		if _, ok := l.void[b.run]; ok {
			continue
		}
		void, ok := m.void[b.run]
		if !ok {
			void = never
			missing = append(missing, b.run)
		}
		l.void[b.run] = void
	}
	m.mu.RUnlock()
	if len(missing) == 0 {
		return nil
	}
	j, err := jsonText(missing)
	if err != nil {
		return err
	}
	return each(ctx, v.q, func(r rows) error {
		var id, started, finished integer
		var verdict string
		if err := r.Scan(&id, &verdict, &started, &finished); err != nil {
			return err
		}
		run := tracker.RunID(id)
		l.void[run] = never
		if tracker.RunVerdict(verdict) == tracker.RunVoid {
			l.void[run] = voidSince(started)
		}
		if finished != 0 {
			m.mu.Lock()
			m.void[run] = l.void[run]
			m.mu.Unlock()
		}
		return nil
	}, `SELECT id, verdict, started_at, finished_at FROM run WHERE id IN (`+v.d.ints("$1")+`)`, j)
}
