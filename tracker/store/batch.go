package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"respawn/tracker"
)

// Appended says what [Tx.AppendBatch] did.
type Appended struct {
	// Seq is the place of the batch in the order of commits, from 1.
	Seq int64
	// New is false where the batch had been stored before; then nothing was done.
	New bool
	// Stored counts the observations that are now in the database because of this
	// call. It is less than what was handed in only where one with the same
	// [tracker.ObservationID] was there already: an observation is never changed.
	Stored int
}

// A StoredBatch is a batch with its place.
type StoredBatch struct {
	Seq  int64
	Case tracker.CaseID
	Void bool // its run was void
	tracker.Batch
}

// AppendBatch stores a batch with all its observations. The pair of run and key
// is its identity: a batch that is there already, perhaps because the process
// died between the commit and the next step, is left alone. The run must exist;
// an observation's own Run, Void and Control are not stored, since they follow
// from the batch or are derived. obs is not changed.
func (tx *Tx) AppendBatch(ctx context.Context, b tracker.Batch, obs []tracker.Observation) (Appended, error) {
	a, err := tx.appendBatch(ctx, b, obs)
	return a, wrap(fmt.Sprintf("store batch %q of run %d", b.Key, b.Run), err)
}

func (tx *Tx) appendBatch(ctx context.Context, b tracker.Batch, obs []tracker.Observation) (Appended, error) {
	if tx.d == dialectPostgres {
		// Sequence numbers are handed out before the commit. Without this lock a
		// higher one could be seen first, and a cursor would pass over the lower.
		if _, err := tx.q.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(batchLock)); err != nil {
			return Appended{}, err
		}
	}
	var a Appended
	switch err := one(ctx, tx.q, []any{&a.Seq}, `SELECT seq FROM batch WHERE run_id = $1 AND key = $2`, int64(b.Run), b.Key); {
	case err == nil:
		return a, nil
	case !errors.Is(err, ErrNotFound):
		return Appended{}, err
	}

	recs, err := tx.records(ctx, obs)
	if err != nil {
		return Appended{}, err
	}
	if a.Seq, err = tx.insertBatch(ctx, b, recs); err != nil {
		return Appended{}, err
	}
	a.New = true
	for i := range recs {
		recs[i].batch = a.Seq
	}
	if tx.d == dialectPostgres {
		a.Stored, err = tx.copyRecords(ctx, recs)
	} else {
		a.Stored, err = tx.insertRecords(ctx, recs)
	}
	return a, err
}

// batchLock is the key of the Postgres advisory lock that orders appends.
const batchLock = 0x7265_7370_6177_6e01 // "respawn", 1

func (tx *Tx) insertBatch(ctx context.Context, b tracker.Batch, recs []record) (seq int64, err error) {
	probe, err := probeCode(b.Probe)
	if err != nil {
		return 0, err
	}
	hash, err := digestBytes(b.NamesHash)
	if err != nil {
		return 0, err
	}
	if hash == nil {
		hash = []byte{}
	}
	counts, err := jsonText(b.ByOutcome)
	if err != nil {
		return 0, err
	}
	unknowns, err := jsonText(b.Unknowns)
	if err != nil {
		return 0, err
	}
	first, last := int64(0), int64(0)
	for i, r := range recs {
		if i == 0 || r.at < first {
			first = r.at
		}
		last = max(last, r.at)
	}
	err = one(ctx, tx.q, []any{&seq}, `
		INSERT INTO batch (run_id, key, probe, vantage, server, started_at, ended_at, names, names_hash,
		                   counts, unknowns, first_at, last_at, members, stored_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		RETURNING seq`,
		int64(b.Run), b.Key, probe, b.Vantage, b.Server, ms(b.StartedAt), ms(b.EndedAt), b.Names, hash,
		counts, unknowns, first, last, members(recs), ms(tx.Now))
	return seq, err
}

// A record is one row of the observation table.
type record struct {
	name, at, probe, vantage int64 // the key
	batch                    int64
	outcome, reason, server  int64
	fact                     int64
	raw                      []byte // nil = none
}

// records turns observations into rows, in the order of their key: neighbours in
// the table are then written together.
func (tx *Tx) records(ctx context.Context, obs []tracker.Observation) ([]record, error) {
	names := make([]string, len(obs))
	for i := range obs {
		names[i] = string(obs[i].Name)
	}
	ids, err := tx.nameIDs(ctx, names)
	if err != nil {
		return nil, err
	}
	words := newWordMemo(ctx, tx)
	facts := map[*tracker.Facts]int64{nil: 0}
	recs := make([]record, len(obs))
	for i := range obs {
		o, r := &obs[i], &recs[i]
		r.name, r.at, r.outcome = ids[i], o.At.UnixMilli(), int64(o.Outcome)
		if r.probe, err = probeCode(o.Probe); err != nil {
			return nil, err
		}
		r.vantage, r.reason, r.server = words.id(o.Vantage), words.id(string(o.Reason)), words.id(o.Server)
		if words.err != nil {
			return nil, words.err
		}
		id, ok := facts[o.Facts]
		if !ok {
			if id, err = tx.factID(ctx, o.Facts); err != nil {
				return nil, err
			}
			facts[o.Facts] = id
		}
		r.fact = id
		if r.raw, err = digestBytes(o.Raw); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(recs, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.at, b.at),
			cmp.Compare(a.probe, b.probe), cmp.Compare(a.vantage, b.vantage))
	})
	return recs, nil
}

// A wordMemo remembers the few words of one batch.
type wordMemo struct {
	ctx context.Context // of the one call that it lives in
	tx  *Tx
	ids map[string]int64
	err error // the first one; all ids after it are worthless
}

func newWordMemo(ctx context.Context, tx *Tx) *wordMemo {
	return &wordMemo{ctx: ctx, tx: tx, ids: map[string]int64{"": 0}}
}

func (m *wordMemo) id(w string) int64 {
	id, ok := m.ids[w]
	if !ok && m.err == nil {
		var ids []int64
		if ids, m.err = m.tx.wordIDs(m.ctx, []string{w}); m.err == nil {
			id = ids[0]
			m.ids[w] = id
		}
	}
	return id
}

const recordColumns = `name_id, at, probe, vantage_id, batch, outcome, reason_id, server_id, fact_id, raw`

// insertRecords runs one prepared statement for each row, directly on the
// connection of the transaction: on SQLite that is the fastest way there is
// (multi-row statements are slower), and database/sql would double its cost.
func (tx *Tx) insertRecords(ctx context.Context, recs []record) (stored int, err error) {
	if len(recs) == 0 {
		return 0, nil
	}
	err = tx.conn.Raw(func(dc any) (err error) {
		c, ok := dc.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the SQLite driver's connection is a %T", dc)
		}
		// A context that can end would cost the driver a goroutine for each row.
		nctx := context.WithoutCancel(ctx)
		st, err := c.PrepareContext(nctx, `INSERT INTO observation (`+recordColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, st.Close()) }()
		x, ok := st.(driver.StmtExecContext)
		if !ok {
			return fmt.Errorf("the SQLite driver's statement is a %T", st)
		}
		args := make([]driver.NamedValue, 10)
		for i := range args {
			args[i].Ordinal = i + 1
		}
		for i := range recs {
			if i%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			r := &recs[i]
			for j, v := range [...]int64{r.name, r.at, r.probe, r.vantage, r.batch, r.outcome, r.reason, r.server, r.fact} {
				args[j].Value = v
			}
			args[9].Value = nil
			if r.raw != nil {
				args[9].Value = r.raw
			}
			res, err := x.ExecContext(nctx, args)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			stored += int(n)
		}
		return nil
	})
	return stored, err
}

// copyRecords sends all rows to Postgres as ten arrays in one statement. COPY
// would be a little faster and cannot leave alone what is there already.
func (tx *Tx) copyRecords(ctx context.Context, recs []record) (int, error) {
	if len(recs) == 0 {
		return 0, nil
	}
	var cols [9][]int64
	for i := range cols {
		cols[i] = make([]int64, len(recs))
	}
	raws := make([][]byte, len(recs))
	for i := range recs {
		r := &recs[i]
		for j, v := range [...]int64{r.name, r.at, r.probe, r.vantage, r.batch, r.outcome, r.reason, r.server, r.fact} {
			cols[j][i] = v
		}
		raws[i] = r.raw
	}
	t, ok := tx.raw.(pgx.Tx)
	if !ok {
		return 0, fmt.Errorf("the Postgres transaction is a %T", tx.raw)
	}
	tag, err := t.Exec(ctx, `INSERT INTO observation (`+recordColumns+`)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
		                     $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[])
		ON CONFLICT DO NOTHING`,
		cols[0], cols[1], cols[2], cols[3], cols[4], cols[5], cols[6], cols[7], cols[8], raws)
	return int(tag.RowsAffected()), err
}

// members packs the distinct name ids of sorted records: a batch then finds its
// own observations by key, and no index has to carry the batch of every row.
func members(recs []record) []byte {
	out := []byte{}
	last := int64(0)
	for _, r := range recs {
		if r.name != last {
			out = binary.AppendUvarint(out, uint64(r.name-last))
			last = r.name
		}
	}
	return out
}

// memberIDs unpacks what members packed.
func memberIDs(b []byte) ([]int64, error) {
	var ids []int64
	last := int64(0)
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 || d == 0 || d > math.MaxInt64-uint64(last) {
			return nil, errors.New("the list of its members is damaged")
		}
		last += int64(d)
		ids = append(ids, last)
		b = b[n:]
	}
	return ids, nil
}

// Batches are up to limit batches of a case past the cursor after, oldest first.
// The zero CaseID is every case.
func (v *View) Batches(ctx context.Context, c tracker.CaseID, after int64, limit int) ([]StoredBatch, error) {
	bs, err := list(ctx, v.q, func(r rows, b *StoredBatch) error {
		var probe int64
		var hash []byte
		var verdict string
		if err := r.Scan(&b.Seq, &b.Run, &b.Key, &probe, &b.Vantage, &b.Server, msTime{&b.StartedAt}, msTime{&b.EndedAt},
			&b.Names, &hash, jsonOf{&b.ByOutcome}, jsonOf{&b.Unknowns}, &b.Case, &verdict); err != nil {
			return err
		}
		b.Probe, b.NamesHash = probeOf(probe), encodeDigest(hash)
		b.Void = tracker.RunVerdict(verdict) == tracker.RunVoid
		return nil
	}, `SELECT b.seq, b.run_id, b.key, b.probe, b.vantage, b.server, b.started_at, b.ended_at,
	           b.names, b.names_hash, b.counts, b.unknowns, r.case_id, r.verdict
	    FROM batch b JOIN run r ON r.id = b.run_id
	    WHERE b.seq > $1 AND ($2 = '' OR r.case_id = $2)
	    ORDER BY b.seq LIMIT $3`, after, string(c), limit)
	return bs, wrap("read batches", err)
}

// HasBatch says whether the batch with this key is stored: the question of a
// worker that is about to ask the world again after a crash.
func (v *View) HasBatch(ctx context.Context, run tracker.RunID, key string) (bool, error) {
	var seq int64
	err := one(ctx, v.q, []any{&seq}, `SELECT seq FROM batch WHERE run_id = $1 AND key = $2`, int64(run), key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, wrap("look for a batch", err)
}

// LastBatch is the highest sequence number given to a batch of the case, 0 where
// there is none.
func (v *View) LastBatch(ctx context.Context, c tracker.CaseID) (int64, error) {
	var seq int64
	err := one(ctx, v.q, []any{&seq}, `SELECT COALESCE(MAX(b.seq), 0) FROM batch b JOIN run r ON r.id = b.run_id
		WHERE $1 = '' OR r.case_id = $1`, string(c))
	return seq, wrap("read the newest batch", err)
}

// probes are the stored numbers of the probes. They are in databases: never
// renumber, only append.
var probes = [...]tracker.Probe{
	1: tracker.ProbeSweep,
	2: tracker.ProbeDNS,
	3: tracker.ProbeDelegation,
	4: tracker.ProbeRegistration,
	5: tracker.ProbeWeb,
	6: tracker.ProbeLink,
	7: tracker.ProbeRegistrar,
}

func probeCode(p tracker.Probe) (int64, error) {
	for i, q := range probes {
		if i > 0 && q == p {
			return int64(i), nil
		}
	}
	return 0, fmt.Errorf("there is no number for the probe %q", p)
}

func probeOf(code int64) tracker.Probe {
	if code < 1 || code >= int64(len(probes)) {
		return tracker.Probe(fmt.Sprintf("probe-%d", code))
	}
	return probes[code]
}
