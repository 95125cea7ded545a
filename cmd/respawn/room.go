package main

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"time"

	"respawn/tracker/store"
)

// roomEvery is how often a scan that makes no progress looks whether the database
// can still be written.
const roomEvery = 2 * time.Second

// noRoom says whether an error is a full disk, of the database or of the files
// beside it.
func noRoom(err error) bool {
	return errors.Is(err, store.ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// A room notices that the disk is full. The queue cannot: on a full disk it can
// neither take a job nor write down that one failed, and who waits for the jobs
// would wait for ever.
type room struct {
	st    *store.Store
	full  chan error  // what a job said that found no room
	moved atomic.Bool // jobs ended since the last look
}

func newRoom(st *store.Store) *room { return &room{st: st, full: make(chan error, 1)} }

// said is told how each job ended.
func (r *room) said(err error) {
	if !noRoom(err) {
		return
	}
	select {
	case r.full <- err:
	default:
	}
}

// watch ends a wait with the error of a full disk. It returns when ctx is done.
func (r *room) watch(ctx context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-r.full:
			end(err)
			return
		case now := <-tick.C:
			if r.moved.Swap(false) {
				continue
			}
			// Whatever keeps this from being written keeps the jobs from it too.
			err := r.st.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta(ctx, "written_at", now.UTC().Format(time.RFC3339Nano)) })
			if err != nil && ctx.Err() == nil {
				end(err)
				return
			}
		}
	}
}
