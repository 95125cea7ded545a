package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/miekg/dns"
)

// A bubble is servers without sockets, by address: in a synctest bubble the silence
// of one takes no time, and no other is ever late.
type bubble map[string]*fake

// server adds one at an address of its own.
func (b bubble) server(t testing.TB, records string, mangle func(w dns.ResponseWriter, q, reply *dns.Msg) bool) *fake {
	t.Helper()
	f := unheard(t, records, mangle)
	f.addr = fmt.Sprintf("198.18.0.%d:53", len(b)+1)
	b[f.addr] = f
	return f
}

// dial carries datagrams: each Write to a net.Pipe is one Read where there is room
// for all of it.
func (b bubble) dial(_ context.Context, network, address string) (net.Conn, error) {
	f := b[address]
	if f == nil || network != "udp" {
		return nil, errors.New("no route to " + network + " " + address)
	}
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		buf := make([]byte, 4096)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(buf[:n]) == nil {
				f.ServeDNS(piped{far}, q)
			}
		}
	}()
	return near, nil
}

// piped answers one datagram.
type piped struct{ net.Conn }

func (p piped) LocalAddr() net.Addr  { return &net.UDPAddr{} }
func (p piped) RemoteAddr() net.Addr { return &net.UDPAddr{} }
func (p piped) TsigStatus() error    { return nil }
func (p piped) TsigTimersOnly(bool)  {}
func (p piped) Hijack()              {}

func (p piped) WriteMsg(m *dns.Msg) error {
	b, err := m.Pack()
	if err == nil {
		_, err = p.Write(b)
	}
	return err
}
