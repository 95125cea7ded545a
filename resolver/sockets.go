package resolver

import (
	"context"
	"net"
	"sync"
	"time"
)

const (
	// socketQuestions and socketAge bound how many questions leave from one source
	// port, one after another: opening a socket costs more than a question does,
	// and a forger who guessed the port should not have long use of it (RFC 5452).
	socketQuestions = 32
	socketAge       = 2 * time.Second
	// socketsKept bounds the sockets that lie idle, for each resolver: 32 looks ask
	// 7 questions each.
	socketsKept = 256
)

// sockets are connected UDP sockets to one resolver, each in use for one question
// at a time. Those that lie idle are closed after socketAge. The zero value holds
// none; it is safe for concurrent use.
type sockets struct {
	mu     sync.Mutex
	idle   []*askSocket // guarded by mu, as all below; the oldest first
	timer  *time.Timer  // runs while idle is not empty
	closed bool
}

type askSocket struct {
	net.Conn
	opened time.Time
	asked  int
}

// take returns an idle socket, or one that dial opens.
func (p *sockets) take(ctx context.Context, dial DialFunc, address string) (*askSocket, error) {
	p.mu.Lock()
	p.expire(time.Now())
	if n := len(p.idle); n > 0 {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	c, err := dial(ctx, "udp", address)
	if err != nil {
		return nil, err
	}
	return &askSocket{Conn: c, opened: time.Now()}, nil
}

// give returns a socket on which no question is open any more.
func (p *sockets) give(s *askSocket) {
	s.asked++
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || s.asked >= socketQuestions || len(p.idle) >= socketsKept {
		_ = s.Close()
		return
	}
	p.idle = append(p.idle, s)
	if p.timer == nil {
		p.timer = time.AfterFunc(socketAge, p.tidy)
	}
}

// tidy closes what has lain long enough, and comes again while something is left.
func (p *sockets) tidy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(time.Now())
	if p.timer = nil; len(p.idle) > 0 && !p.closed {
		p.timer = time.AfterFunc(socketAge, p.tidy)
	}
}

// expire closes the idle sockets that are too old. p.mu is held.
func (p *sockets) expire(now time.Time) {
	kept := p.idle[:0]
	for _, s := range p.idle {
		if now.Sub(s.opened) < socketAge {
			kept = append(kept, s)
			continue
		}
		_ = s.Close()
	}
	clear(p.idle[len(kept):])
	p.idle = kept
}

func (p *sockets) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.idle {
		_ = s.Close()
	}
	p.idle = nil
	if p.timer != nil {
		p.timer.Stop()
	}
}
