package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

var (
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrFull says that the disk, or the bound set on the database, left no room.
	// The transaction it comes from is undone as a whole; what was committed
	// before is still there, and the same work can be done again once there is room.
	ErrFull = errors.New("no room left for the database (the disk is full)")
	// ErrReadOnly is returned by [Store.Tx] of a database opened for reading alone.
	ErrReadOnly = errors.New("the database is open for reading only")
)

// A NewerError says that a newer version of the program has written the database.
// Nothing has been changed in it.
type NewerError struct {
	Database string // the file or, without its password, the URL
	Have     int64  // schema version found
	Know     int64  // newest schema version that this program knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the database %s was written by a newer version of respawn (its schema is %d, this version knows up to %d): run that version, or choose another data_dir", e.Database, e.Have, e.Know)
}

// SQLite's primary result codes, in the low byte of the extended ones
// (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy  = 5
	sqliteFull  = 13
	sqliteIOErr = 10

	sqliteIOErrShmSize = sqliteIOErr | 19<<8 // the -shm file could not grow
)

// wrap names the act that failed and makes a full disk an [ErrFull], whichever
// database reports it. A nil error stays nil.
func wrap(act string, err error) error {
	if err == nil {
		return nil
	}
	full := false
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		full = e.Code()&0xff == sqliteFull || e.Code() == sqliteIOErrShmSize
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		full = e.Code == "53100" // disk_full
	}
	if full && !errors.Is(err, ErrFull) {
		return fmt.Errorf("store: %s: %w: %w", act, ErrFull, err)
	}
	return fmt.Errorf("store: %s: %w", act, err)
}
