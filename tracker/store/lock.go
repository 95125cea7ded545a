package store

import (
	"context"
	"errors"
	"fmt"
)

// ErrLocked says that somebody else holds a lock.
var ErrLocked = errors.New("somebody else is at it")

// Lock takes a lock of the database under a name, for as long as an act takes that
// two processes must not be at together, and returns how to give it back. It does
// not wait: where another process has the lock, the error is [ErrLocked]. The lock
// ends with the process, however that ends.
//
// On SQLite it does nothing: the queue lets one process alone work on a file.
func (s *Store) Lock(ctx context.Context, name string) (release func(), err error) {
	if s.pgx == nil {
		return func() {}, nil
	}
	// A session's lock needs a session of its own.
	conn, err := s.pgx.Acquire(ctx)
	if err != nil {
		return nil, wrap("take the lock of "+name, err)
	}
	var got bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, $2))`, name, int64(lockSeed)).Scan(&got); err != nil {
		conn.Release()
		return nil, wrap("take the lock of "+name, err)
	}
	if !got {
		conn.Release()
		return nil, fmt.Errorf("store: %s: %w", name, ErrLocked)
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock(hashtextextended($1, $2))`, name, int64(lockSeed)); err != nil {
			_ = conn.Hijack().Close(ctx) // the lock goes with the session
			return
		}
		conn.Release()
	}, nil
}

// lockSeed keeps the names of our locks apart from anybody else's in the database.
const lockSeed = 0x7265_7370_6177_6e03 // "respawn", 3
