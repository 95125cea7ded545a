package resolver

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// A countedConn counts its end.
type countedConn struct {
	net.Conn
	closed *atomic.Int32
}

func (c countedConn) Close() error {
	c.closed.Add(1)
	return c.Conn.Close()
}

func TestASocketServesAFewQuestionsInTurn(t *testing.T) {
	f := newFake(t, "taken.so. 60 IN NS ns1.host.example.", nil)
	var opened, closed atomic.Int32
	c := newClient(t, Config{Resolvers: []string{f.addr}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer(ctx, network, address)
		if err != nil || network != "udp" {
			return conn, err
		}
		opened.Add(1)
		return countedConn{conn, &closed}, nil
	}})
	for range 2 * socketQuestions {
		if r := c.question(t.Context(), "taken.so", dns.TypeNS, 0, nil); r.msg == nil {
			t.Fatalf("no answer: %+v", r)
		}
	}
	// A loaded machine may be slow enough for a socket to grow old in between.
	if n := opened.Load(); n < 2 || n > socketQuestions {
		t.Errorf("%d sockets for %d questions one after another", n, 2*socketQuestions)
	}
	_ = c.Close()
	if opened.Load() != closed.Load() {
		t.Errorf("%d sockets were opened and %d closed", opened.Load(), closed.Load())
	}
}

func TestAnOldSocketIsNotAskedOn(t *testing.T) {
	var p sockets
	var closed atomic.Int32
	dialed := 0
	dial := func(context.Context, string, string) (net.Conn, error) {
		dialed++
		a, b := net.Pipe()
		t.Cleanup(func() { _ = b.Close() })
		return countedConn{a, &closed}, nil
	}
	s, err := p.take(t.Context(), dial, "")
	if err != nil {
		t.Fatal(err)
	}
	s.opened = time.Now().Add(-socketAge)
	p.give(s)
	next, err := p.take(t.Context(), dial, "")
	if err != nil || next == s || dialed != 2 || closed.Load() != 1 {
		t.Errorf("the old one again: %v, %d dialed, %d closed, %v", next == s, dialed, closed.Load(), err)
	}
	p.close()
	p.give(next)
	if closed.Load() != 2 {
		t.Error("a socket that came back after the end stayed open")
	}
}
