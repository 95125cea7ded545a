package registration

import (
	"context"
	"sync"
	"time"
)

// A Cache keeps answers that were paid for with a question. Keys begin with
// "name:", "control:", "iana:" or "bootstrap:". Values are opaque. It is an
// economy only: an error or a loss costs one more question. Safe for concurrent
// use.
type Cache interface {
	// Get returns the value of key, or ok == false where there is none or it
	// expired at or before now.
	Get(ctx context.Context, key string, now time.Time) (value []byte, ok bool, err error)
	// Put keeps value until expires.
	Put(ctx context.Context, key string, value []byte, expires time.Time) error
}

// memoryEntries bounds a MemoryCache; past it, arbitrary entries are dropped.
const memoryEntries = 20_000

// A MemoryCache is a Cache for one process. The zero MemoryCache is empty and
// ready.
type MemoryCache struct {
	mu      sync.Mutex
	entries map[string]memoryEntry // guarded by mu
}

type memoryEntry struct {
	value   []byte
	expires time.Time
}

// Get implements [Cache].
func (c *MemoryCache) Get(_ context.Context, key string, now time.Time) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || !e.expires.After(now) {
		return nil, false, nil
	}
	return e.value, true, nil
}

// Put implements [Cache].
func (c *MemoryCache) Put(_ context.Context, key string, value []byte, expires time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = make(map[string]memoryEntry)
	}
	for k := range c.entries {
		if len(c.entries) < memoryEntries {
			break
		}
		delete(c.entries, k)
	}
	c.entries[key] = memoryEntry{value, expires}
	return nil
}

var _ Cache = (*MemoryCache)(nil)
