package resolver

import (
	"sync"
	"sync/atomic"
	"time"
)

// feedSize bounds the questions that wait between the one who names them and the
// engine.
const feedSize = 4096

// A feed hands questions from one goroutine (push, finish) to the engine, which
// takes them a buffer at a time.
type feed struct {
	wake   func() // of the engine; set before the first push
	hungry atomic.Bool

	mu      sync.Mutex
	space   sync.Cond // of mu: there is room, or stopped
	queue   []query   // guarded by mu
	over    bool      // guarded by mu: no more will come
	stopped bool      // guarded by mu: no more is wanted
}

func newFeed() *feed {
	f := &feed{wake: func() {}}
	f.space.L = &f.mu
	return f
}

// push hands one question over and waits while there is no room. It is false
// once no more are wanted; this one is kept all the same, so that it is answered.
func (f *feed) push(q query) bool {
	f.mu.Lock()
	for len(f.queue) >= feedSize && !f.stopped {
		f.space.Wait()
	}
	ok := !f.stopped
	f.queue = append(f.queue, q)
	f.mu.Unlock()
	f.ring()
	return ok
}

func (f *feed) ring() {
	if f.hungry.Load() && f.hungry.CompareAndSwap(true, false) {
		f.wake()
	}
}

// finish says that no more will come.
func (f *feed) finish() {
	f.mu.Lock()
	f.over = true
	f.mu.Unlock()
	f.ring()
}

// stop says that no more are wanted.
func (f *feed) stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.space.Broadcast()
}

// take swaps the waiting questions for an empty buffer. Where there are none, the
// next push wakes the engine.
func (f *feed) take(empty []query) []query {
	f.hungry.Store(true)
	f.mu.Lock()
	q := f.queue
	if len(q) > 0 {
		f.queue = empty[:0]
		f.hungry.Store(false)
	}
	f.mu.Unlock()
	if len(q) > 0 {
		f.space.Signal()
		return q
	}
	return empty[:0]
}

func (f *feed) finished() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over && len(f.queue) == 0
}

// backlogSize bounds the questions that wait for the turn of their suffix.
const backlogSize = 1 << 16

// A backlog gives the engine its next question. Without a cap for suffixes that
// is the order of the feed; with one, suffixes take turns, each as often as its
// cap allows, as far as the backlog holds names of others.
type backlog struct {
	pace  *suffixPacer // nil: no cap
	queue []query      // as taken from the feed
	at    int
	held  []query // put back by unread

	waiting int
	turns   []*turn // heap by at
	bySuff  map[string]*turn
}

// A turn is one suffix with names waiting.
type turn struct {
	suffix string
	at     int64
	names  []query
	head   int
}

func newBacklog(p *suffixPacer) backlog {
	return backlog{pace: p, bySuff: make(map[string]*turn)}
}

func (b *backlog) len() int { return len(b.held) + len(b.queue) - b.at + b.waiting }

func (b *backlog) unread(q query) { b.held = append(b.held, q) }

// next is the next question that may be asked now; else how long to wait before
// it is worth asking again.
func (b *backlog) next(f *feed, now int64) (query, time.Duration, bool) {
	const whenWoken = time.Hour
	if n := len(b.held); n > 0 {
		q := b.held[n-1]
		b.held = b.held[:n-1]
		return q, 0, true
	}
	if b.pace == nil {
		if !b.refill(f) {
			return query{}, whenWoken, false
		}
		q := b.queue[b.at]
		b.at++
		return q, 0, true
	}
	for b.waiting < backlogSize && b.refill(f) {
		b.sort(now)
	}
	for len(b.turns) > 0 {
		t := b.turns[0]
		if t.at > now {
			return query{}, time.Duration(t.at - now), false
		}
		if d := b.pace.try(t.suffix, now); d > 0 { // another user of the client had it
			t.at = now + int64(d)
			b.down(0)
			continue
		}
		q := t.names[t.head]
		t.names[t.head] = query{}
		t.head++
		b.waiting--
		if t.head == len(t.names) {
			delete(b.bySuff, t.suffix)
			last := len(b.turns) - 1
			b.turns[0], b.turns = b.turns[last], b.turns[:last]
		} else {
			t.at = now + b.pace.gap
			if t.head > 1024 && t.head > len(t.names)/2 {
				t.names, t.head = append([]query(nil), t.names[t.head:]...), 0
			}
		}
		b.down(0)
		return q, 0, true
	}
	return query{}, whenWoken, false
}

// refill makes sure that queue holds something, if the feed does.
func (b *backlog) refill(f *feed) bool {
	if b.at < len(b.queue) {
		return true
	}
	b.queue, b.at = f.take(b.queue), 0
	return len(b.queue) > 0
}

// sort moves the queue into the turns of the suffixes.
func (b *backlog) sort(now int64) {
	for ; b.at < len(b.queue) && b.waiting < backlogSize; b.at++ {
		q := b.queue[b.at]
		s := suffixOf(q.name)
		t := b.bySuff[s]
		if t == nil {
			t = &turn{suffix: s, at: now}
			b.bySuff[s] = t
			b.turns = append(b.turns, t)
			b.up(len(b.turns) - 1)
		}
		t.names = append(t.names, q)
		b.waiting++
	}
}

func (b *backlog) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if b.turns[p].at <= b.turns[i].at {
			return
		}
		b.turns[p], b.turns[i] = b.turns[i], b.turns[p]
		i = p
	}
}

func (b *backlog) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(b.turns) {
			return
		}
		if c+1 < len(b.turns) && b.turns[c+1].at < b.turns[c].at {
			c++
		}
		if b.turns[i].at <= b.turns[c].at {
			return
		}
		b.turns[i], b.turns[c] = b.turns[c], b.turns[i]
		i = c
	}
}

// abandon gives up every question that waits here or in the feed.
func (b *backlog) abandon(f *feed, give func(query)) {
	for _, q := range b.held {
		give(q)
	}
	for ; b.at < len(b.queue); b.at++ {
		give(b.queue[b.at])
	}
	for _, t := range b.turns {
		for _, q := range t.names[t.head:] {
			give(q)
		}
	}
	b.held, b.turns, b.waiting = nil, nil, 0
	for _, q := range f.take(nil) {
		give(q)
	}
}
