package netsim

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/miekg/dns"
)

// A visit is one connection to a server of the world.
type visit struct {
	net.Conn
	dst     netip.AddrPort
	country string // of the exit
	exit    string // SOCKS user, or the country
}

// A refusal says why a connection can't be made.
type refusal int

const (
	accepted refusal = iota
	refused
	unreachable // no such address

)

// target decides what a connection to an address meets: a function that serves
// it, or a refusal.
func (s *Server) target(dst netip.AddrPort) (func(*visit), refusal) {
	_, v := s.current()
	a := dst.Addr().Unmap()
	name := s.topo.nameOf[a]
	switch dst.Port() {
	case 53:
		if a == resolverAddr || v.servers[a] {
			return func(c *visit) { s.serveDNS(s.ctx, c, a) }, accepted
		}
	case 43:
		if s.topo.whois[name] {
			return func(c *visit) { s.serveWHOIS(c, name) }, accepted
		}
	case 80, 443:
		if s.topo.rdap[name] {
			return s.queue.push, accepted
		}
		if w := v.webs[a]; w != nil {
			if r := s.door(v, w, dst.Port()); r != accepted {
				return nil, r
			}
			return s.queue.push, accepted
		}
	}
	if name != "" || v.webs[a] != nil {
		return nil, refused
	}
	return nil, unreachable
}

// door decides whether a port of a web address is open: it is if one of the
// host names there serves it.
func (s *Server) door(v *view, w *webAddr, port uint16) refusal {
	r := refused
	judge := func(h *vhost) {
		name := h.host
		if h.site != nil {
			name = h.site.Name
		}
		closed := h.web.Down == "refused" || port == 80 && h.web.HTTP == "refused" || port == 443 && h.web.HTTPS == "refused"
		if f := v.serverFault("web-refused", name, name); f != nil {
			closed = true
		}
		if !closed {
			r = accepted
		}
	}
	for _, h := range w.hosts {
		judge(h)
	}
	if w.fallback != nil {
		judge(w.fallback)
	}
	return r
}

// lookup finds an address of a host name as the resolver would.
func (s *Server) lookup(host string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap(), true
	}
	name := dns.CanonicalName(host)
	if !validName(strings.TrimSuffix(name, ".")) {
		return netip.Addr{}, false
	}
	_, v := s.current()
	for _, t := range []uint16{dns.TypeA, dns.TypeAAAA} {
		var addrs []netip.Addr
		for _, rr := range v.resolve(name, t).answer {
			addrs = appendAddr(addrs, rr)
		}
		if len(addrs) > 0 {
			return addrs[0], true
		}
	}
	return netip.Addr{}, false
}

var clientPort atomic.Uint32

func clientAddr(network string) net.Addr {
	port := int(20000 + clientPort.Add(1)%40000)
	if strings.HasPrefix(network, "udp") {
		return &net.UDPAddr{IP: net.IPv4(198, 19, 255, 254), Port: port}
	}
	return &net.TCPAddr{IP: net.IPv4(198, 19, 255, 254), Port: port}
}

// DialContext connects to a server of the world in memory, as a visitor from
// the world's home country. The address is an IP address or host name and a
// port; "udp" is for port 53 alone. It fits http.Transport, dns clients and
// proxies' forward dialers, and works inside testing/synctest.
func (s *Server) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return s.dialFrom(ctx, network, addr, s.home(), "")
}

// DialFrom returns a DialContext for a visitor from a country.
func (s *Server) DialFrom(country string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return s.dialFrom(ctx, network, addr, country, country)
	}
}

func (s *Server) home() string {
	if h := s.topo.w.Home; h != "" {
		return h
	}
	return "NL"
}

func (s *Server) dialFrom(ctx context.Context, network, addr, country, exit string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", addr, err)}
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return fail(err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return fail(err)
	}
	a, ok := s.lookup(host)
	if !ok {
		return fail(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true})
	}
	dst := netip.AddrPortFrom(a, uint16(port))
	if strings.HasPrefix(network, "udp") {
		p, err := s.ListenPacket(ctx, network, "")
		if err != nil {
			return fail(err)
		}
		return &packetConn{PacketConn: p, to: net.UDPAddrFromAddrPort(dst)}, nil
	}
	serve, why := s.target(dst)
	switch why {
	case refused:
		return fail(syscall.ECONNREFUSED)
	case unreachable:
		return fail(syscall.EHOSTUNREACH)
	}
	if exit == "" {
		exit = country
	}
	client, server := pipe(clientAddr(network), net.TCPAddrFromAddrPort(dst))
	if !s.spawn(func() { serve(&visit{Conn: server, dst: dst, country: country, exit: exit}) }) {
		return fail(net.ErrClosed)
	}
	return client, nil
}
