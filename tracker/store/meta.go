package store

import (
	"context"
	"errors"
	"time"

	"respawn/tracker"
)

// metaSalt is the key of the database's salt.
const metaSalt = "salt"

// Meta is one value of the small table of things that belong to the database as
// a whole.
func (v *View) Meta(ctx context.Context, key string) (string, error) {
	var s string
	err := one(ctx, v.q, []any{&s}, `SELECT value FROM meta WHERE key = $1`, key)
	return s, wrap("read "+key, err)
}

// SetMeta sets a value of [View.Meta].
func (tx *Tx) SetMeta(ctx context.Context, key, value string) error {
	_, err := tx.q.exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return wrap("set "+key, err)
}

// Cursor is the sequence number up to which a stage has read the batches of a
// case; 0 where it has read none.
func (v *View) Cursor(ctx context.Context, stage string, c tracker.CaseID) (int64, error) {
	var seq int64
	err := one(ctx, v.q, []any{&seq}, `SELECT seq FROM stage_cursor WHERE stage = $1 AND case_id = $2`, stage, string(c))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return seq, wrap("read the cursor of "+stage, err)
}

// SetCursor moves the cursor of a stage, in the transaction that holds what the
// stage made of the batches up to seq. Moving it back replays the stage.
func (tx *Tx) SetCursor(ctx context.Context, stage string, c tracker.CaseID, seq int64) error {
	_, err := tx.q.exec(ctx, `INSERT INTO stage_cursor (stage, case_id, seq, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (stage, case_id) DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at`,
		stage, string(c), seq, ms(tx.Now))
	return wrap("move the cursor of "+stage, err)
}

// NextDue is when the next scheduled scan of a case is due. [ErrNotFound]: it was
// never scheduled.
func (v *View) NextDue(ctx context.Context, c tracker.CaseID) (time.Time, error) {
	var t time.Time
	err := one(ctx, v.q, []any{msTime{&t}}, `SELECT next_due_at FROM schedule WHERE case_id = $1`, string(c))
	return t, wrap("read when "+string(c)+" is due", err)
}

// SetNextDue sets [View.NextDue].
func (tx *Tx) SetNextDue(ctx context.Context, c tracker.CaseID, at time.Time) error {
	_, err := tx.q.exec(ctx, `INSERT INTO schedule (case_id, next_due_at, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (case_id) DO UPDATE SET next_due_at = excluded.next_due_at, updated_at = excluded.updated_at`,
		string(c), ms(at), ms(tx.Now))
	return wrap("set when "+string(c)+" is due", err)
}
