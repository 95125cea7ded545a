package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"respawn/resolver/registration"
	"respawn/tracker"
	"respawn/tracker/store"
)

// A storePace paces registries in the database: workers in several processes, and
// a process and its successor, have one budget for each server. Its clock is the
// machine's, never --at: registries live in the present.
type storePace struct {
	st   *store.Store
	base time.Duration // between questions to one server
	log  *slog.Logger
}

var _ registration.Pace = (*storePace)(nil)

// paceKey tells pacing of registries from other rows of the table.
func paceKey(server string) string { return "registration " + server }

// update changes the state of a server in one transaction.
func (p *storePace) update(ctx context.Context, server string, change func(*registration.PaceState)) error {
	key := paceKey(server)
	return p.st.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.LockPacing(ctx, key); err != nil {
			return err
		}
		_, note, err := tx.Pacing(ctx, key)
		if err != nil {
			return err
		}
		var s registration.PaceState
		if len(note) > 0 {
			if err := json.Unmarshal(note, &s); err != nil {
				return err
			}
		}
		change(&s)
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return tx.HoldOff(ctx, key, s.NextAt, b)
	})
}

// Wait implements [registration.Pace].
func (p *storePace) Wait(ctx context.Context, server string) error {
	for {
		var wait time.Duration
		var paused error
		if err := p.update(ctx, server, func(s *registration.PaceState) { wait, paused = s.Take(time.Now()) }); err != nil {
			return err
		}
		if paused != nil {
			return paused
		}
		if wait == 0 {
			return nil
		}
		// Another worker may give its turn back early: look again soon.
		t := time.NewTimer(min(wait, time.Second))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// Report implements [registration.Pace]. A turn that cannot be given back ends
// with its lease.
func (p *storePace) Report(server string, f registration.Feedback) {
	err := p.update(context.Background(), server, func(s *registration.PaceState) { s.Give(time.Now(), f, p.base, rand.Float64()) })
	if err != nil {
		p.log.Warn("pacing", "server", server, "err", err)
	}
}

// A storeCache keeps answers of registries in the database.
type storeCache struct{ st *store.Store }

var _ registration.Cache = storeCache{}

// Get implements [registration.Cache].
func (c storeCache) Get(ctx context.Context, key string, now time.Time) ([]byte, bool, error) {
	a, err := c.st.CachedRegistration(ctx, tracker.Name(key), now)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return a.Answer, err == nil, err
}

// Put implements [registration.Cache].
func (c storeCache) Put(ctx context.Context, key string, value []byte, expires time.Time) error {
	return c.st.Tx(ctx, func(tx *store.Tx) error {
		return tx.CacheRegistration(ctx, store.CachedRegistration{Name: tracker.Name(key), AskedAt: tx.Now, ExpiresAt: expires, Answer: value})
	})
}
