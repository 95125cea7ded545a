package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"respawn/tracker"
)

type factKey [sha256.Size]byte

// An overlay is the id cache as one transaction sees it: what it added itself is
// shown to others only once it is committed.
type overlay struct {
	base  *idCache
	names map[string]int64
	words map[string]int64
	facts map[factKey]int64
}

func newOverlay(base *idCache) *overlay {
	return &overlay{base: base, names: map[string]int64{}, words: map[string]int64{}, facts: map[factKey]int64{}}
}

func (o *overlay) publish() {
	o.base.mu.Lock()
	defer o.base.mu.Unlock()
	add(&o.base.names, o.names)
	add(&o.base.words, o.words)
	add(&o.base.facts, o.facts)
}

func add[K comparable](base *map[K]int64, more map[K]int64) {
	if len(*base)+len(more) > cacheLimit {
		*base = map[K]int64{}
	}
	if len(more) <= cacheLimit {
		maps.Copy(*base, more)
	}
}

// resolve fills ids with the id of every key of want, in order, from the cache,
// else from the database by get.
func resolve[K comparable](o *overlay, base map[K]int64, own map[K]int64, want []K, get func(K) (int64, error)) ([]int64, error) {
	ids := make([]int64, len(want))
	var missing []int
	o.base.mu.RLock()
	for i, k := range want {
		id, ok := own[k]
		if !ok {
			id, ok = base[k]
		}
		if !ok {
			missing = append(missing, i)
		}
		ids[i] = id
	}
	o.base.mu.RUnlock()
	for _, i := range missing {
		id, ok := own[want[i]]
		if !ok {
			var err error
			if id, err = get(want[i]); err != nil {
				return nil, err
			}
			own[want[i]] = id
		}
		ids[i] = id
	}
	return ids, nil
}

// nameIDs are the ids of names, made where they are new. New ones are made
// together, in alphabetical order: names of one batch become neighbours in the
// observation table, and two processes that make the same names on Postgres do
// not wait for each other in a circle.
func (tx *Tx) nameIDs(ctx context.Context, names []string) ([]int64, error) {
	var missing []string
	tx.ids.base.mu.RLock()
	for _, n := range names {
		if _, ok := tx.ids.names[n]; ok {
			continue
		}
		if id, ok := tx.ids.base.names[n]; ok {
			tx.ids.names[n] = id
			continue
		}
		missing = append(missing, n)
		tx.ids.names[n] = 0
	}
	tx.ids.base.mu.RUnlock()
	if len(missing) > 0 {
		if err := tx.makeNames(ctx, missing); err != nil {
			for _, n := range missing {
				delete(tx.ids.names, n)
			}
			return nil, err
		}
	}
	ids := make([]int64, len(names))
	for i, n := range names {
		ids[i] = tx.ids.names[n]
	}
	return ids, nil
}

// makeNames puts the ids of names, which are distinct, into the overlay.
func (tx *Tx) makeNames(ctx context.Context, names []string) error {
	if slices.Contains(names, "") {
		return errors.New("an observation has no name")
	}
	slices.Sort(names)
	j, err := jsonText(names)
	if err != nil {
		return err
	}
	if _, err := tx.q.exec(ctx, `INSERT INTO name (name) `+tx.d.texts("$1")+` WHERE 1 = 1 ON CONFLICT (name) DO NOTHING`, j); err != nil {
		return err
	}
	return each(ctx, tx.q, func(r rows) error {
		var id int64
		var n string
		if err := r.Scan(&id, &n); err != nil {
			return err
		}
		tx.ids.names[n] = id
		return nil
	}, `SELECT id, name FROM name WHERE name IN (`+tx.d.texts("$1")+`)`, j)
}

// wordIDs are the ids of words, made where they are new; "" is 0.
func (tx *Tx) wordIDs(ctx context.Context, words []string) ([]int64, error) {
	return resolve(tx.ids, tx.ids.base.words, tx.ids.words, words, func(w string) (int64, error) {
		if w == "" {
			return 0, nil
		}
		return tx.internRow(ctx, `SELECT id FROM word WHERE word = $1`,
			`INSERT INTO word (word) VALUES ($1) ON CONFLICT (word) DO NOTHING RETURNING id`, w, w)
	})
}

// factID is the id of facts, stored where they are new; nil is 0.
func (tx *Tx) factID(ctx context.Context, f *tracker.Facts) (int64, error) {
	if f == nil {
		return 0, nil
	}
	b, err := json.Marshal(f)
	if err != nil {
		return 0, err
	}
	ids, err := resolve(tx.ids, tx.ids.base.facts, tx.ids.facts, []factKey{sha256.Sum256(b)}, func(k factKey) (int64, error) {
		return tx.internRow(ctx, `SELECT id FROM fact WHERE digest = $1`,
			`INSERT INTO fact (digest, json) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING id`, k[:], k[:], string(b))
	})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// internRow inserts a row and returns its id, or finds the one that is there.
func (tx *Tx) internRow(ctx context.Context, find, insert string, key any, args ...any) (int64, error) {
	var id int64
	err := one(ctx, tx.q, []any{&id}, insert, args...)
	if errors.Is(err, ErrNotFound) {
		err = one(ctx, tx.q, []any{&id}, find, key)
	}
	return id, err
}

func decodeDigest(d tracker.Digest) ([]byte, error) {
	b, err := hex.DecodeString(string(d))
	if err != nil || len(b) != sha256.Size {
		return nil, fmt.Errorf("%.80q is no SHA-256 digest", string(d))
	}
	return b, nil
}

func encodeDigest(b []byte) tracker.Digest {
	return tracker.Digest(hex.EncodeToString(b))
}
