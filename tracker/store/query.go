package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"respawn/tracker"
)

// A dialect is which database answers. One set of queries serves both; the few
// that cannot ask the dialect.
type dialect int

const (
	dialectSQLite dialect = iota
	dialectPostgres
)

// ints is a subquery of the integers in the JSON array bound to parameter p.
func (d dialect) ints(p string) string {
	if d == dialectPostgres {
		return "SELECT value::bigint FROM json_array_elements_text(" + p + "::json)"
	}
	return "SELECT value FROM json_each(" + p + ")"
}

// texts is a subquery of the strings in the JSON array bound to parameter p.
func (d dialect) texts(p string) string {
	if d == dialectPostgres {
		return "SELECT value FROM json_array_elements_text(" + p + "::json)"
	}
	return "SELECT value FROM json_each(" + p + ")"
}

// A querier runs SQL with $1 placeholders: a pool or a transaction of either
// database.
type querier interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

// rows is what sql.Rows and pgx.Rows have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// A poolQuerier reads from the SQLite pool through statements that stay prepared:
// parsing takes longer than most of our queries do. There are as many as there
// are different texts in this package.
type poolQuerier struct {
	db *sql.DB
	mu sync.Mutex
	// prepared by text, guarded by mu; closed with the pool
	prepared map[string]*sql.Stmt
}

func (q *poolQuerier) exec(context.Context, string, ...any) (int64, error) {
	return 0, ErrReadOnly // what writes is given a transaction
}

func (q *poolQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	st, err := q.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...) //nolint:sqlclosecheck // the caller closes
}

func (q *poolQuerier) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	st, ok := q.prepared[query]
	if !ok {
		var err error
		if st, err = q.db.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		q.prepared[query] = st
	}
	return st, nil
}

// A txQuerier runs statements in one SQLite transaction, and prepares those that
// come a second time. The transaction closes them when it ends.
type txQuerier struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt // nil: seen once
}

func (q *txQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := q.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	var r sql.Result
	if st == nil {
		r, err = q.tx.ExecContext(ctx, query, args...)
	} else {
		r, err = st.ExecContext(ctx, args...)
	}
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q *txQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	st, err := q.statement(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case st == nil:
		return q.tx.QueryContext(ctx, query, args...) //nolint:sqlclosecheck // the caller closes
	}
	return st.QueryContext(ctx, args...) //nolint:sqlclosecheck // the caller closes
}

func (q *txQuerier) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	st, again := q.prepared[query]
	if st != nil || !again {
		if !again {
			q.prepared[query] = nil
		}
		return st, nil
	}
	st, err := q.tx.PrepareContext(ctx, query)
	if err == nil {
		q.prepared[query] = st
	}
	return st, err
}

type pgxQuerier struct {
	db interface {
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (q pgxQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	t, err := q.db.Exec(ctx, query, args...)
	return t.RowsAffected(), err
}

func (q pgxQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := q.db.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgxRows{r}, nil
}

type pgxRows struct{ pgx.Rows }

func (r pgxRows) Close() error { r.Rows.Close(); return nil }

// each calls scan for every row.
func each(ctx context.Context, q querier, scan func(r rows) error, query string, args ...any) (err error) {
	r, err := q.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		if err := scan(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// one scans the first row into dest, or returns [ErrNotFound].
func one(ctx context.Context, q querier, dest []any, query string, args ...any) error {
	found := false
	err := each(ctx, q, func(r rows) error {
		if found {
			return errors.New("more than one row")
		}
		found = true
		return r.Scan(dest...)
	}, query, args...)
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// list makes a slice of all rows.
func list[T any](ctx context.Context, q querier, scan func(r rows, t *T) error, query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, func(r rows) error {
		var t T
		if err := scan(r, &t); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	}, query, args...)
	return out, err
}

// ms is a time as it is stored. The zero time is 0; the first millisecond of
// 1970, which no record of a domain can bear, would be too.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMS is the time of a stored value, in UTC.
func fromMS(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// A msTime scans a stored time into the time it points to.
type msTime struct{ t *time.Time }

// Scan implements sql.Scanner; pgx honours it, too.
func (m msTime) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", src)
	}
	*m.t = fromMS(v)
	return nil
}

// An integer scans a number without the detour over text that database/sql makes
// for a plain *int64.
type integer int64

// Scan implements sql.Scanner.
func (i *integer) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a number is stored as %T", src)
	}
	*i = integer(v)
	return nil
}

// A jsonOf scans stored JSON into the value it points to; empty text leaves it.
type jsonOf struct{ v any }

// Scan implements sql.Scanner.
func (j jsonOf) Scan(src any) error {
	switch s := src.(type) {
	case string:
		if s == "" {
			return nil
		}
		return json.Unmarshal([]byte(s), j.v)
	case []byte:
		return json.Unmarshal(s, j.v)
	}
	return fmt.Errorf("json is stored as %T", src)
}

// jsonText is v as JSON. The types of tracker always have one; what has none is
// a mistake of the program and comes back as an error of the statement.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// digestBytes is the 32 bytes of a digest, nil for none.
func digestBytes(d tracker.Digest) ([]byte, error) {
	if d == "" {
		return nil, nil
	}
	return decodeDigest(d)
}
