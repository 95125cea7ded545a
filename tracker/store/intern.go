package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

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

// nameIDs are the ids of names, made where they are new.
func (tx *Tx) nameIDs(ctx context.Context, names []string) ([]int64, error) {
	return resolve(tx.ids, tx.ids.base.names, tx.ids.names, names, func(n string) (int64, error) {
		if n == "" {
			return 0, errors.New("an observation has no name")
		}
		return tx.internRow(ctx, `SELECT id FROM name WHERE name = $1`,
			`INSERT INTO name (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id`, n, n)
	})
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

// internRow finds the id of key, or inserts its row. Another process may insert
// it between the two; then the insert returns nothing and the second look finds it.
func (tx *Tx) internRow(ctx context.Context, find, insert string, key any, args ...any) (int64, error) {
	var id int64
	dest := []any{&id}
	err := one(ctx, tx.q, dest, find, key)
	if errors.Is(err, ErrNotFound) {
		err = one(ctx, tx.q, dest, insert, args...)
	}
	if errors.Is(err, ErrNotFound) {
		err = one(ctx, tx.q, dest, find, key)
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
