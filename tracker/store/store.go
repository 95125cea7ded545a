// Package store keeps what the stages of respawn hand one another: cases, runs,
// batches with their observations, captures and fingerprints, links, the
// projections that replay makes, alerts with their outbox, and the small state
// that a schedule needs. It is where stages meet, and the only place.
//
// It knows tables, transactions and how to keep a million observations small. It
// does not decide what an observation means, keeps no raw bytes (those are in
// crawler/archive, by the same digests) and runs no jobs, although tracker/queue
// keeps its own in the same database so that a row and its job are committed
// together or not at all.
//
// Its data comes from tracker/scan and goes back to it, and to the pages, the
// exports and the command line. SQLite is the default; a postgres:// URL takes
// the same queries past one machine.
//
// Three rules hold whatever happens to the process. A batch is there whole or
// not at all, and appending it again changes nothing. A stage's output and its
// cursor move in one transaction. A full disk is an error ([ErrFull]) after which
// everything committed before is still there.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says where the database is. Give Path or URL, not both.
type Config struct {
	// Path is the SQLite file; it is made where it is missing, its directory is
	// not. Beside it SQLite keeps -wal and -shm files: the three belong together.
	Path string
	// URL is a postgres:// URL.
	URL string
	// Now is the clock behind [Tx.Now]. Nil is time.Now.
	Now func() time.Time
	// MaxPages bounds the SQLite file to so many pages of 4 KiB; 0 is no bound.
	// Beyond it writes fail with [ErrFull], as they do on a full disk.
	MaxPages int
	// ReadOnly opens for reading alone: [Store.Tx] fails with [ErrReadOnly], and a
	// database that does not exist or is of an older schema is refused. It never
	// waits for a writer.
	ReadOnly bool
}

// A Store is an open database. Its reads (see [View]) see what has been
// committed; its one way to write is [Store.Tx]. Safe for concurrent use.
type Store struct {
	*View

	cfg   Config
	now   func() time.Time
	write *sql.DB       // SQLite: one connection, shared with the queue
	read  *sql.DB       // SQLite: readers, which no writer blocks
	pgx   *pgxpool.Pool // Postgres
	ids   *idCache
}

// Open opens the database, makes it where there is none, and brings its schema
// up to date, each step in its own transaction. A database that a newer version
// has written is refused with a [NewerError] and left as it is.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, now: cfg.Now, ids: newIDCache()}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	switch {
	case cfg.URL != "" && cfg.Path != "":
		return nil, errors.New("store: give a file or a URL, not both")
	case cfg.URL != "":
		err = s.openPostgres(ctx)
	case cfg.Path != "":
		err = s.openSQLite(ctx)
	default:
		return nil, errors.New("store: no file and no URL given")
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if !cfg.ReadOnly {
		if err := s.initSalt(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close closes the database. Everything committed is on its way to the disk; on
// SQLite the write-ahead log is folded into the file.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.pgx != nil {
		s.pgx.Close()
	}
	return errors.Join(errs...)
}

// Path is the SQLite file; "" on Postgres.
func (s *Store) Path() string { return s.cfg.Path }

// SQLite is the pool of one connection through which all writes to the file go,
// for tracker/queue; nil on Postgres. A call on it inside [Store.Tx] waits for
// itself for ever.
func (s *Store) SQLite() *sql.DB { return s.write }

// Postgres is the connection pool, for tracker/queue; nil on SQLite.
func (s *Store) Postgres() *pgxpool.Pool { return s.pgx }

// Tx runs fn in one write transaction and commits when fn returns nil. On any
// error, and on a panic, nothing of it stays. On SQLite transactions run one
// after another, so fn should only store what has already been asked and worked
// out; inside fn use tx alone, since a call on the Store's own Tx would wait for
// itself.
//
// An error of the commit itself leaves open whether it happened, as everywhere.
// All that scan writes can be written again for that reason.
func (s *Store) Tx(ctx context.Context, fn func(tx *Tx) error) error {
	if s.cfg.ReadOnly {
		return ErrReadOnly
	}
	tx := &Tx{Now: s.now().UTC().Truncate(time.Millisecond), ids: newOverlay(s.ids)}
	begin := s.beginSQLite
	if s.pgx != nil {
		begin = s.beginPostgres
	}
	if err := begin(ctx, tx); err != nil {
		return wrap("begin a transaction", err)
	}
	done := false
	defer func() {
		if !done { // fn panicked or called runtime.Goexit
			_ = tx.finish(context.WithoutCancel(ctx), false)
		}
	}()
	if err := fn(tx); err != nil {
		done = true
		_ = tx.finish(context.WithoutCancel(ctx), false) // err says more than a failed rollback
		return err
	}
	done = true
	if err := tx.finish(ctx, true); err != nil {
		return wrap("commit", err)
	}
	tx.ids.publish()
	for _, f := range tx.onCommit {
		f()
	}
	return nil
}

// A Tx is one write transaction. It reads what it has itself written. Not safe
// for concurrent use, and dead after the function given to [Store.Tx] returned.
type Tx struct {
	*View
	// Now is the one timestamp of the transaction: UTC, whole milliseconds.
	Now time.Time

	ids      *overlay
	onCommit []func()
	raw      any                                          // *sql.Tx or pgx.Tx
	conn     *sql.Conn                                    // SQLite: the connection below raw
	finish   func(ctx context.Context, commit bool) error // gives the connection back, too
}

// Unwrap is the transaction of the driver: *sql.Tx on SQLite, pgx.Tx on Postgres.
// It is for tracker/queue, which inserts jobs into it.
func (tx *Tx) Unwrap() any { return tx.raw }

// OnCommit runs f after a successful commit, in the goroutine that called
// [Store.Tx], in the order of registration. After a rollback f is forgotten.
func (tx *Tx) OnCommit(f func()) { tx.onCommit = append(tx.onCommit, f) }

// A View reads the database: what is committed, through a [Store]; what its own
// transaction sees, through a [Tx]. A row that is not there is [ErrNotFound]; a
// list without rows is nil and no error.
type View struct {
	q querier
	d dialect
	// oneQuery says that the connection cannot run a query while another one is
	// being read: a Postgres transaction.
	oneQuery bool
	memo     *memo
}

// initSalt makes the salt of this database, once.
func (s *Store) initSalt(ctx context.Context) error {
	if _, err := s.Meta(ctx, metaSalt); !errors.Is(err, ErrNotFound) {
		return err
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return s.Tx(ctx, func(tx *Tx) error {
		_, err := tx.q.exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`,
			metaSalt, hex.EncodeToString(b))
		return wrap("make the salt", err)
	})
}

// Salt is 32 random bytes made with the database, for hashing contact data so
// that it can be compared within this database and looked up in no table outside.
func (v *View) Salt(ctx context.Context) ([]byte, error) {
	s, err := v.Meta(ctx, metaSalt)
	if err != nil {
		return nil, fmt.Errorf("the salt of the database: %w", err)
	}
	return hex.DecodeString(s)
}

// idCache holds the ids of interned names, words and facts. Ids are for ever, so
// an entry is never wrong; it is only put in once its row is committed.
type idCache struct {
	mu    sync.RWMutex
	names map[string]int64
	words map[string]int64
	facts map[factKey]int64
}

// cacheLimit bounds each map; a full one is emptied, and fills again from the
// database. 500,000 names are some 50 MB.
const cacheLimit = 500_000

func newIDCache() *idCache {
	return &idCache{names: map[string]int64{}, words: map[string]int64{}, facts: map[factKey]int64{}}
}
