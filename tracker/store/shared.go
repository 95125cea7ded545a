package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"respawn/tracker"
)

// This file holds what workers share, so that none asks the world what another
// has just asked, nor sooner than a server allows.

// A CachedRegistration is an answer of a registry that still holds.
type CachedRegistration struct {
	Name      tracker.Name
	AskedAt   time.Time
	ExpiresAt time.Time
	Answer    json.RawMessage // the caller's own form
}

// CachedRegistration is the stored answer about a registrable domain, or
// [ErrNotFound] where there is none that still holds at now.
func (v *View) CachedRegistration(ctx context.Context, n tracker.Name, now time.Time) (CachedRegistration, error) {
	c := CachedRegistration{Name: n}
	var text string
	err := one(ctx, v.q, []any{msTime{&c.AskedAt}, msTime{&c.ExpiresAt}, &text},
		`SELECT asked_at, expires_at, json FROM registration_cache WHERE name = $1 AND asked_at <= $2 AND expires_at > $2`, string(n), ms(now))
	c.Answer = json.RawMessage(text)
	return c, wrap("look up the registration of "+string(n), err)
}

// CacheRegistration stores an answer of a registry until it expires.
func (tx *Tx) CacheRegistration(ctx context.Context, c CachedRegistration) error {
	_, err := tx.q.exec(ctx, `INSERT INTO registration_cache (name, asked_at, expires_at, json) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET asked_at = excluded.asked_at, expires_at = excluded.expires_at, json = excluded.json`,
		string(c.Name), ms(c.AskedAt), ms(c.ExpiresAt), string(c.Answer))
	return wrap("keep the registration of "+string(c.Name), err)
}

// Reserve takes the next turn at a server that allows one question every
// interval, and returns when that turn is: now or later. Turns are handed out
// across processes and restarts, so the interval holds for all workers together.
func (tx *Tx) Reserve(ctx context.Context, server string, now time.Time, every time.Duration) (time.Time, error) {
	step := every.Milliseconds()
	var next int64
	err := one(ctx, tx.q, []any{&next}, `INSERT INTO pacing (server, next_at, json) VALUES ($1, $2, '')
		ON CONFLICT (server) DO UPDATE SET next_at = CASE WHEN pacing.next_at > $3 THEN pacing.next_at + $4 ELSE excluded.next_at END
		RETURNING next_at`, server, ms(now)+step, ms(now), step)
	return fromMS(next - step), wrap("take a turn at "+server, err)
}

// HoldOff keeps everyone from a server until a time, as after a limit text or a
// 429, together with the caller's own note on it. An earlier time than one that
// is set already only replaces the note.
func (tx *Tx) HoldOff(ctx context.Context, server string, until time.Time, note json.RawMessage) error {
	_, err := tx.q.exec(ctx, `INSERT INTO pacing (server, next_at, json) VALUES ($1, $2, $3)
		ON CONFLICT (server) DO UPDATE SET json = excluded.json,
			next_at = CASE WHEN pacing.next_at > excluded.next_at THEN pacing.next_at ELSE excluded.next_at END`,
		server, ms(until), string(note))
	return wrap("hold off "+server, err)
}

// LockPacing makes this transaction, until it ends, the only one that may read
// and change the pacing of server: of two workers that both read "free" both
// would ask. SQLite writes in one transaction at a time anyway; Postgres, which
// does not, waits here, also where the server has no row yet.
func (tx *Tx) LockPacing(ctx context.Context, server string) error {
	if tx.d != dialectPostgres {
		return nil
	}
	_, err := tx.q.exec(ctx, `SELECT pg_advisory_xact_lock($1, hashtext($2))`, int32(pacingLock), server)
	return wrap("lock the pacing of "+server, err)
}

// pacingLock is the class of the Postgres advisory locks of servers.
const pacingLock = 0x7061_6365 // "pace"

// Pacing is when a server may next be asked and the note left by
// [Tx.HoldOff]; the zero time and nil for a server nobody asked.
func (v *View) Pacing(ctx context.Context, server string) (time.Time, json.RawMessage, error) {
	var at time.Time
	var note string
	err := one(ctx, v.q, []any{msTime{&at}, &note}, `SELECT next_at, json FROM pacing WHERE server = $1`, server)
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, nil, nil
	}
	if note == "" {
		return at, nil, wrap("read the pacing of "+server, err)
	}
	return at, json.RawMessage(note), wrap("read the pacing of "+server, err)
}

// A SuffixState is what is known of a public suffix.
type SuffixState struct {
	Suffix   string
	Wildcard bool // it answers names that cannot exist
	ProbedAt time.Time
	Answers  json.RawMessage // what its wildcard answers, in the caller's form; nil where not kept
}

// PutSuffix stores the state of a suffix.
func (tx *Tx) PutSuffix(ctx context.Context, s SuffixState) error {
	_, err := tx.q.exec(ctx, `INSERT INTO suffix (suffix, wildcard, probed_at, json) VALUES ($1, $2, $3, $4)
		ON CONFLICT (suffix) DO UPDATE SET wildcard = excluded.wildcard, probed_at = excluded.probed_at, json = excluded.json`,
		s.Suffix, bit(s.Wildcard), ms(s.ProbedAt), string(s.Answers))
	return wrap("store suffix "+s.Suffix, err)
}

// Suffixes are the stored suffixes, sorted.
func (v *View) Suffixes(ctx context.Context) ([]SuffixState, error) {
	ss, err := list(ctx, v.q, func(r rows, s *SuffixState) error {
		var wild int64
		var text string
		if err := r.Scan(&s.Suffix, &wild, msTime{&s.ProbedAt}, &text); err != nil {
			return err
		}
		s.Wildcard = wild != 0
		if text != "" {
			s.Answers = json.RawMessage(text)
		}
		return nil
	}, `SELECT suffix, wildcard, probed_at, json FROM suffix ORDER BY suffix`)
	return ss, wrap("list suffixes", err)
}

// AddSuffixHit records that a replacement was found under a suffix: its other
// names are then asked more often.
func (tx *Tx) AddSuffixHit(ctx context.Context, c tracker.CaseID, suffix string, n tracker.Name, at time.Time) error {
	_, err := tx.q.exec(ctx, `INSERT INTO suffix_hit (case_id, suffix, name, first_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (case_id, suffix, name) DO NOTHING`, string(c), suffix, string(n), ms(at))
	return wrap("record a hit under "+suffix, err)
}

// SuffixHits is how many names of a case were found under each suffix.
func (v *View) SuffixHits(ctx context.Context, c tracker.CaseID) (map[string]int, error) {
	out := map[string]int{}
	err := each(ctx, v.q, func(r rows) error {
		var s string
		var n int
		if err := r.Scan(&s, &n); err != nil {
			return err
		}
		out[s] = n
		return nil
	}, `SELECT suffix, COUNT(*) FROM suffix_hit WHERE case_id = $1 GROUP BY suffix`, string(c))
	return out, wrap("list suffix hits", err)
}
