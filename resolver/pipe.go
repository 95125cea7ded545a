package resolver

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// pipeIdle is how long a connection stays open without a question (RFC 7766
// section 6.2.3 wants idle clients to close first).
const pipeIdle = 10 * time.Second

// A pipe sends many questions over one TCP or TLS connection without waiting for
// each answer (RFC 7766 section 6.2.1.1), and opens a new one when it breaks.
type pipe struct {
	dial    func(context.Context) (net.Conn, error)
	dialing chan struct{} // holds one value while somebody dials

	mu      sync.Mutex
	current *pipeConn // guarded by mu
	closed  bool      // guarded by mu
}

func newPipe(dial func(context.Context) (net.Conn, error)) *pipe {
	return &pipe{dial: dial, dialing: make(chan struct{}, 1)}
}

type pipeConn struct {
	net.Conn
	writing sync.Mutex // held for one message

	mu      sync.Mutex
	pending map[uint16]chan []byte // guarded by mu; nil once broken
	err     error                  // guarded by mu
}

func (p *pipe) close() {
	p.mu.Lock()
	c := p.current
	p.current, p.closed = nil, true
	p.mu.Unlock()
	if c != nil {
		c.fail(net.ErrClosed)
	}
}

// exchange asks over the connection that is open, and once more over a new one
// where that had been closed by the other side between two questions.
func (p *pipe) exchange(ctx context.Context, query []byte) ([]byte, error) {
	for again := false; ; again = true {
		c, fresh, err := p.conn(ctx)
		if err != nil {
			return nil, err
		}
		reply, err := c.exchange(ctx, query)
		if err == nil || fresh || again || ctx.Err() != nil {
			return reply, err
		}
	}
}

// conn returns the open connection or makes one. Only one is dialed at a time:
// many questions that begin together share it.
func (p *pipe) conn(ctx context.Context) (c *pipeConn, fresh bool, err error) {
	open := func() (*pipeConn, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed {
			return nil, net.ErrClosed
		}
		if p.current != nil && p.current.alive() {
			return p.current, nil
		}
		return nil, nil
	}
	if c, err := open(); c != nil || err != nil {
		return c, false, err
	}
	select {
	case p.dialing <- struct{}{}:
		defer func() { <-p.dialing }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	if c, err := open(); c != nil || err != nil {
		return c, true, err
	}
	nc, err := p.dial(ctx)
	if err != nil {
		return nil, false, err
	}
	made := &pipeConn{Conn: nc, pending: make(map[uint16]chan []byte)}
	go made.read()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		go made.fail(net.ErrClosed)
		return nil, false, net.ErrClosed
	}
	p.current = made
	return made, true, nil
}

func (c *pipeConn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending != nil
}

func (c *pipeConn) fail(err error) {
	c.mu.Lock()
	pending := c.pending
	if pending != nil {
		c.pending, c.err = nil, err
	}
	c.mu.Unlock()
	_ = c.Close()
	for _, ch := range pending {
		close(ch)
	}
}

func (c *pipeConn) exchange(ctx context.Context, query []byte) ([]byte, error) {
	ch := make(chan []byte, 1)
	msg := make([]byte, 2+len(query))
	binary.BigEndian.PutUint16(msg, uint16(len(query)))
	copy(msg[2:], query)
	c.mu.Lock()
	if c.pending == nil || len(c.pending) > 1<<15 {
		err := c.err
		c.mu.Unlock()
		if err == nil {
			err = fmt.Errorf("%w: too many questions on one connection", errBadReply)
		}
		return nil, err
	}
	// The id only tells questions on this connection apart; it is no secret.
	id := uint16(rand.Uint32())
	for c.pending[id] != nil {
		id++
	}
	c.pending[id] = ch
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
	}()
	binary.BigEndian.PutUint16(msg[2:], id)

	c.writing.Lock()
	_ = c.SetReadDeadline(time.Now().Add(pipeIdle))
	if d, ok := ctx.Deadline(); ok {
		_ = c.SetWriteDeadline(d)
	}
	_, err := c.Write(msg)
	c.writing.Unlock()
	if err != nil {
		c.fail(err)
		return nil, err
	}
	select {
	case reply, ok := <-ch:
		if !ok {
			c.mu.Lock()
			defer c.mu.Unlock()
			return nil, c.err
		}
		reply[0], reply[1] = query[0], query[1]
		return reply, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *pipeConn) read() {
	for {
		reply, err := readFrame(c.Conn)
		if err != nil {
			c.fail(err)
			return
		}
		c.mu.Lock()
		id := binary.BigEndian.Uint16(reply)
		ch := c.pending[id]
		delete(c.pending, id)
		c.mu.Unlock()
		if ch != nil {
			ch <- reply
		}
	}
}

// readFrame reads one message behind its length (RFC 1035 section 4.2.2).
func readFrame(r io.Reader) ([]byte, error) {
	var l [2]byte
	if _, err := io.ReadFull(r, l[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(l[:]))
	if n < headerLen {
		return nil, fmt.Errorf("%w: a message of %d bytes", errBadReply, n)
	}
	msg := make([]byte, n)
	_, err := io.ReadFull(r, msg)
	return msg, err
}

// exchangeStream is one question over a connection of its own, for servers that
// are asked once. It closes c.
func exchangeStream(ctx context.Context, c net.Conn, query []byte, qend int) ([]byte, error) {
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	msg := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(query)), uint16(len(query)))
	if _, err := c.Write(append(msg, query...)); err != nil {
		return nil, err
	}
	reply, err := readFrame(c)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	if !answers(reply, query, qend, false) {
		return nil, errBadReply
	}
	return reply, nil
}
