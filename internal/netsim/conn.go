package netsim

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxBuffered is how much a pipe holds before a writer waits for the reader.
// net.Pipe holds nothing, and so hangs a TLS client that sends an alert to a
// server which is writing itself.
const maxBuffered = 256 << 10

// pipe returns the two ends of a buffered in-memory connection. It works inside
// a synctest bubble: what waits, waits on a sync.Cond or a timer.
func pipe(client, server net.Addr) (net.Conn, net.Conn) {
	up, down := newHalf(), newHalf()
	return &pipeConn{r: down, w: up, local: client, remote: server}, &pipeConn{r: up, w: down, local: server, remote: client}
}

// A half is one direction of a pipe.
type half struct {
	mu     sync.Mutex
	cond   *sync.Cond
	buf    []byte // guarded by mu, as all below
	closed bool   // by the writer: EOF after what is buffered
	broken error  // by either side: at once
	rdead  deadline
	wdead  deadline
}

// A deadline is one of the two of a half.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.cond = sync.NewCond(&h.mu)
	return h
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// set is called with the lock of cond held, which it wakes when t has come.
func (d *deadline) set(t time.Time, cond *sync.Cond) {
	d.stop()
	d.at = t
	if left := time.Until(t); !t.IsZero() && left > 0 {
		d.timer = time.AfterFunc(left, func() {
			cond.L.Lock()
			cond.Broadcast()
			cond.L.Unlock()
		})
	}
	cond.Broadcast()
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.broken != nil:
			return 0, h.broken
		case h.rdead.passed():
			return 0, os.ErrDeadlineExceeded
		case len(h.buf) > 0:
			n := copy(p, h.buf)
			h.buf = h.buf[n:]
			h.cond.Broadcast()
			return n, nil
		case h.closed:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		h.cond.Wait()
	}
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for {
		switch {
		case h.broken != nil:
			return n, h.broken
		case h.closed:
			return n, io.ErrClosedPipe
		case h.wdead.passed():
			return n, os.ErrDeadlineExceeded
		case len(p) == 0:
			return n, nil
		}
		if room := maxBuffered - len(h.buf); room > 0 {
			k := min(room, len(p))
			h.buf = append(h.buf, p[:k]...)
			p, n = p[k:], n+k
			h.cond.Broadcast()
			continue
		}
		h.cond.Wait()
	}
}

func (h *half) close(broken error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if broken != nil && h.broken == nil {
		h.broken = broken
	}
	h.rdead.stop()
	h.wdead.stop()
	h.cond.Broadcast()
}

// A pipeConn is one end of a pipe.
type pipeConn struct {
	r, w          *half
	local, remote net.Addr
	closed        atomic.Bool // by this end
}

func (c *pipeConn) Read(p []byte) (int, error) { n, err := c.r.read(p); return n, c.wrap("read", err) }
func (c *pipeConn) Write(p []byte) (int, error) {
	n, err := c.w.write(p)
	return n, c.wrap("write", err)
}
func (c *pipeConn) LocalAddr() net.Addr  { return c.local }
func (c *pipeConn) RemoteAddr() net.Addr { return c.remote }

func (c *pipeConn) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if c.closed.Load() {
		err = net.ErrClosed
	} else if err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.remote.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// Close ends both directions: the other side reads what is buffered, then EOF,
// and can write no more. As with a socket nobody reads EOF while this end still
// takes what is written: the answer of a handler that gave up on the EOF would
// come back to a client that has left.
func (c *pipeConn) Close() error {
	c.closed.Store(true)
	c.r.close(syscall.EPIPE)
	c.w.close(nil)
	return nil
}

// abort breaks the connection as a TCP reset does.
func (c *pipeConn) abort() {
	c.w.close(syscall.ECONNRESET)
	c.r.close(syscall.ECONNRESET)
}

func (c *pipeConn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}
func (c *pipeConn) SetReadDeadline(t time.Time) error {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.rdead.set(t, c.r.cond)
	return nil
}

func (c *pipeConn) SetWriteDeadline(t time.Time) error {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.wdead.set(t, c.w.cond)
	return nil
}
