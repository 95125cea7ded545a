package netsim

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// packetConn is a connected UDP socket.
type packetConn struct {
	net.PacketConn
	to net.Addr
}

func (c *packetConn) Read(p []byte) (int, error)  { n, _, err := c.ReadFrom(p); return n, err }
func (c *packetConn) Write(p []byte) (int, error) { return c.WriteTo(p, c.to) }
func (c *packetConn) RemoteAddr() net.Addr        { return c.to }

// ListenPacket opens an in-memory UDP socket. What is written to port 53 of a
// name server, or of the resolver at 198.18.0.53, is answered; all else is lost,
// as on the real network. The network and address are not looked at.
func (s *Server) ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &memPacket{s: s, local: clientAddr("udp")}
	p.cond = sync.NewCond(&p.mu)
	return p, nil
}

// maxQueued is how many packets wait for a reader; further ones are dropped, as
// a kernel does.
const maxQueued = 8192

type memPacket struct {
	s     *Server
	local net.Addr

	mu     sync.Mutex
	cond   *sync.Cond
	queue  []packet // guarded by mu, as all below
	closed bool
	rdead  deadline
}

type packet struct {
	from netip.AddrPort
	msg  []byte
}

func (p *memPacket) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, p.fail("write", syscall.EAFNOSUPPORT)
	}
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return 0, p.fail("write", net.ErrClosed)
	}
	dst := u.AddrPort()
	a := dst.Addr().Unmap()
	_, v := p.s.current()
	if dst.Port() != 53 || a != resolverAddr && !v.servers[a] {
		return len(b), nil
	}
	if a == resolverAddr {
		var name [255]byte
		var labels [128]byte
		if out, ok := v.miss(b, name[:], labels[:], nil); ok {
			p.s.missed.Add(1)
			p.deliver(packet{dst, out})
			return len(b), nil
		}
	}
	r := p.s.answerDNS(b, a, true)
	switch {
	case r.msg == nil:
	case r.delay == 0:
		p.deliver(packet{dst, r.msg})
	default:
		p.s.spawn(func() {
			if p.s.wait(p.s.ctx, r.delay) {
				p.deliver(packet{dst, r.msg})
			}
		})
	}
	return len(b), nil
}

func (p *memPacket) deliver(pkt packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && len(p.queue) < maxQueued {
		p.queue = append(p.queue, pkt)
		p.cond.Signal()
	}
}

func (p *memPacket) ReadFrom(b []byte) (int, net.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.closed:
			return 0, nil, p.fail("read", net.ErrClosed)
		case p.rdead.passed():
			return 0, nil, p.fail("read", os.ErrDeadlineExceeded)
		case len(p.queue) > 0:
			pkt := p.queue[0]
			p.queue = p.queue[1:]
			return copy(b, pkt.msg), net.UDPAddrFromAddrPort(pkt.from), nil
		}
		p.cond.Wait()
	}
}

func (p *memPacket) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: p.local, Err: err}
}

func (p *memPacket) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.rdead.stop()
	p.cond.Broadcast()
	return nil
}

func (p *memPacket) LocalAddr() net.Addr { return p.local }

func (p *memPacket) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

func (p *memPacket) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rdead.set(t, p.cond)
	return nil
}

// SetWriteDeadline does nothing: a write never waits.
func (p *memPacket) SetWriteDeadline(time.Time) error { return nil }
