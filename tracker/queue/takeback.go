package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// A processLock is held by the one process that works the jobs of a SQLite file.
// It is a lock of the operating system on a file beside the database, so it ends
// with the process however that ends; SQLite takes it because it knows how to on
// every system.
type processLock struct {
	db   *sql.DB
	conn *sql.Conn
}

const sqliteBusy = 5 // SQLITE_BUSY

func takeProcessLock(ctx context.Context, path string) (*processLock, error) {
	abs, err := filepath.Abs(path + "-worker")
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: "_pragma=busy_timeout(0)&_pragma=journal_mode(MEMORY)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, `BEGIN EXCLUSIVE`)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqliteBusy {
		err = ErrBusy
	}
	l := &processLock{db: db, conn: conn}
	if err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

func (l *processLock) release() error {
	var err error
	if l.conn != nil {
		err = l.conn.Close()
	}
	return errors.Join(err, l.db.Close())
}

// takeBack makes the jobs that a killed predecessor was running available again,
// and ends its leadership. River alone would find them after an hour. It is right
// only because the caller holds the process lock: nobody else runs anything. The
// interrupted attempt is given back, as River does at an orderly stop, so that no
// number of kills can use a job up.
func takeBack(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, q := range []string{
		`UPDATE river_job SET state = 'available', attempt = max(attempt - 1, 0) WHERE state = 'running'`,
		`DELETE FROM river_leader`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return errors.Join(fmt.Errorf("take back the jobs of the last process: %w", err), tx.Rollback())
		}
	}
	return tx.Commit()
}
