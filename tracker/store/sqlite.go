package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite" // and the driver "sqlite"
)

// readers is how many SQLite reads run at once. A reader in WAL mode blocks
// nobody and is blocked by nobody.
const readers = 4

// sqliteDSN is the data source name of a pool. Every connection of it waits up to
// ten seconds for another process, writes take their lock when they begin (so
// that no reader turns into a writer half-way and fails), and a commit survives
// the death of the process at once and of the machine once it is checkpointed.
func sqliteDSN(cfg Config, readOnly bool) (string, error) {
	abs, err := filepath.Abs(cfg.Path)
	if err != nil {
		return "", err
	}
	v := url.Values{}
	for _, p := range []string{
		"busy_timeout(10000)", // first: the next ones may have to wait
		"journal_mode(WAL)",
		"synchronous(NORMAL)",
		"foreign_keys(1)",
		"cache_size(-65536)", // KiB a connection
		"temp_store(MEMORY)",
	} {
		v.Add("_pragma", p)
	}
	if readOnly {
		v.Add("_pragma", "query_only(1)")
	} else {
		v.Set("_txlock", "immediate")
		// 128 MB of log before it is folded into the file, so that pages that many
		// commits touch are written to it once; what it grew beyond 64 MB is given back.
		v.Add("_pragma", "wal_autocheckpoint(32000)")
		v.Add("_pragma", "journal_size_limit(67108864)")
		if cfg.MaxPages > 0 {
			v.Add("_pragma", "max_page_count("+strconv.Itoa(cfg.MaxPages)+")")
		}
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: v.Encode()}
	return u.String(), nil
}

func (s *Store) openSQLite(ctx context.Context) error {
	if s.cfg.ReadOnly {
		if _, err := os.Stat(s.cfg.Path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no database yet at %s", s.cfg.Path)
		}
	} else {
		dsn, err := sqliteDSN(s.cfg, false)
		if err != nil {
			return err
		}
		if s.write, err = sql.Open("sqlite", dsn); err != nil {
			return fmt.Errorf("store: open %s: %w", s.cfg.Path, err)
		}
		s.write.SetMaxOpenConns(1)
		s.write.SetMaxIdleConns(1)
	}
	dsn, err := sqliteDSN(s.cfg, true)
	if err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", dsn); err != nil {
		return fmt.Errorf("store: open %s: %w", s.cfg.Path, err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	s.View = &View{q: &poolQuerier{db: s.read, prepared: map[string]*sql.Stmt{}}, d: dialectSQLite, memo: newMemo(true)}

	if s.cfg.ReadOnly {
		return s.checkSchema(ctx)
	}
	return migrate(ctx, s.write, dialectSQLite, s.cfg.Path)
}

// openPatience is how long a new database is waited for that others make as well.
const openPatience = 10 * time.Second

// whileBusy does what opening a database does until it is not busy any more. Of
// several processes that turn one new file into a WAL database, SQLite tells all but
// one at once that it is busy: the timeout of the connection is not for that.
func whileBusy(ctx context.Context, open func() error) error {
	for until := time.Now().Add(openPatience); ; {
		err := open()
		if e, ok := errors.AsType[*sqlite.Error](err); !ok || e.Code()&0xff != sqliteBusy || time.Now().After(until) {
			return err
		}
		pause := time.NewTimer(20 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

func (s *Store) beginSQLite(ctx context.Context, tx *Tx) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	t, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	tx.View = &View{q: &txQuerier{tx: t, prepared: map[string]*sql.Stmt{}}, d: dialectSQLite, memo: newMemo(false)}
	tx.raw, tx.conn = t, conn
	tx.finish = func(ctx context.Context, commit bool) error {
		if !commit {
			return errors.Join(t.Rollback(), conn.Close())
		}
		err := t.Commit()
		if err != nil {
			// A commit that found no room may leave the transaction open, which
			// database/sql takes for ended. Where it has ended, this says so, and
			// nothing else can be done with that.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		}
		return errors.Join(err, conn.Close())
	}
	return nil
}
