package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"respawn/tracker"
)

// ErrGuard is wrapped by every refusal of the guard: the address or port is one
// that foreign data may not lead to. It is never wrapped by a failure of the
// network, so a caller can record [tracker.ReasonRefusedGuard] for it.
var ErrGuard = errors.New("refused by the guard")

// A DialFunc opens one connection. It fits [net.Dialer.DialContext] and
// [net/http.Transport.DialContext].
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A LookupFunc gives the addresses of a host name, in the order of preference.
type LookupFunc func(ctx context.Context, host string) ([]netip.Addr, error)

// Config is what a person decides about the door. The zero Config is the strict
// one: no proxy, no exceptions, the usual ports.
type Config struct {
	// Proxy is socks5://[user:password@]host:port or http://[user:password@]host:port
	// (CONNECT). Empty: connections are made directly. With a proxy, every dial
	// but [Door.DialTrusted] and [Door.ListenPacket] goes through it.
	Proxy string
	// AllowNetworks are prefixes that the guard lets through, on every port:
	// whoever opens 10.0.0.0/8 here lets any hostile redirect reach any service
	// in it. Test worlds live in 198.18.0.0/15.
	AllowNetworks []netip.Prefix
	// WebPorts are ports besides 80 and 443 that [Door.DialContext] may reach.
	WebPorts []uint16
	// Hosts are registration hosts or addresses ("whois.nic.so", "127.0.0.1:4343")
	// that a person wrote into the configuration: [Door.DialHost] does not judge
	// where they lie. With a port, only that port is meant.
	Hosts []string
	// Timeout bounds one connect, proxy handshake included. 0: 10 s.
	Timeout time.Duration
	// Dial is the lowest layer. nil: the operating system's. Tests hand in a
	// network in memory; the guard then judges the address given to it.
	Dial DialFunc
}

// A Door dials for one vantage. Make it with [New]; it is safe for concurrent use.
type Door struct {
	web, registration, dns guard
	allow                  []netip.Prefix
	proxy                  *url.URL
	hosts                  map[string]bool
	timeout                time.Duration
	base                   DialFunc
}

// New makes the door. It returns an error for a proxy URL it cannot use and for
// a prefix that is not valid; it opens nothing.
func New(cfg Config) (*Door, error) {
	for _, p := range cfg.AllowNetworks {
		if !p.IsValid() {
			return nil, fmt.Errorf("egress: allowed network %v is not a prefix", p)
		}
	}
	d := &Door{
		allow:   cfg.AllowNetworks,
		base:    cfg.Dial,
		timeout: cfg.Timeout,
		hosts:   make(map[string]bool, len(cfg.Hosts)),
	}
	if d.timeout <= 0 {
		d.timeout = 10 * time.Second
	}
	for _, h := range cfg.Hosts {
		d.hosts[strings.ToLower(strings.TrimSuffix(h, "."))] = true
	}
	d.web = newGuard(cfg.AllowNetworks, append([]uint16{80, 443}, cfg.WebPorts...))
	d.registration = newGuard(cfg.AllowNetworks, []uint16{43, 80, 443})
	d.dns = newGuard(cfg.AllowNetworks, []uint16{53, 853})
	if cfg.Proxy == "" {
		return d, nil
	}
	u, err := url.Parse(cfg.Proxy)
	if err != nil {
		return nil, fmt.Errorf("egress: the proxy is not a URL: %w", redactURL(err))
	}
	if u.Scheme != "socks5" && u.Scheme != "socks5h" && u.Scheme != "http" {
		return nil, fmt.Errorf("egress: proxy scheme %q: want socks5 or http", u.Scheme)
	}
	if u.Hostname() == "" || u.Port() == "" {
		return nil, fmt.Errorf("egress: proxy %s: want host and port", u.Redacted())
	}
	d.proxy = u
	return d, nil
}

// redactURL drops the text of a URL, which may hold a password, from an error.
func redactURL(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}

// Allowed says whether foreign data may name this address: nil, or an error that
// wraps [ErrGuard] and says which block it lies in.
func (d *Door) Allowed(a netip.Addr) error { return d.web.judgeAddr(a) }

// Proxied says whether connections leave through a proxy. Then UDP to foreign
// addresses is not to be had, and DNS questions to authoritative servers go over TCP.
func (d *Door) Proxied() bool { return d.proxy != nil }

// DialContext dials a web server at an address that came from foreign data. The
// address must be IP:port, with port 80, 443 or one of Config.WebPorts; a host
// name is refused, because whoever resolves it must keep the address that was
// judged. Errors of the guard wrap [ErrGuard].
func (d *Door) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dialForeign(ctx, &d.web, network, address)
}

// DialDNS is DialContext for name servers: ports 53 and 853, network tcp or udp
// (connected). udp is an error behind a proxy.
func (d *Door) DialDNS(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dialForeign(ctx, &d.dns, network, address)
}

// DialRegistration is DialContext for RDAP and WHOIS servers that foreign data
// referred to: ports 43, 80 and 443.
func (d *Door) DialRegistration(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dialForeign(ctx, &d.registration, network, address)
}

// DialTrusted dials an endpoint that a person wrote into the configuration,
// directly and unjudged. Host names are resolved by the operating system. Nothing
// that a server said may ever be handed to it.
func (d *Door) DialTrusted(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dialBase(ctx, network, address, nil)
}

// DialWritten dials a server of the Internet whose IP address a person wrote into
// the configuration, such as a root name server: through the proxy where one is
// set, unjudged, but on loopback always directly, since that is this machine and
// not the proxy's. The address must be IP:port.
func (d *Door) DialWritten(ctx context.Context, network, address string) (net.Conn, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("egress: %q is not an IP address and port", address)
	}
	if ap.Addr().IsLoopback() {
		return d.dialBase(ctx, network, address, nil)
	}
	return d.dialVia(ctx, network, address, nil)
}

// ListenPacket opens a UDP socket for questions to trusted resolvers. What is
// sent on it is not judged; foreign name servers are reached with [Door.DialDNS].
func (d *Door) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	var lc net.ListenConfig
	return lc.ListenPacket(ctx, network, address)
}

// DialHost dials a registration server by host name, as found in the IANA
// bootstrap, the embedded table or the configuration. Behind a proxy the name
// goes to the proxy unresolved; else lookup resolves it, and each address is
// judged unless the host stands in Config.Hosts. An IP address given as host is
// judged like any other.
func (d *Door) DialHost(lookup LookupFunc) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("egress: dial %q: %w", address, err)
		}
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		trusted := d.hosts[host] || d.hosts[net.JoinHostPort(host, port)]
		if a, err := netip.ParseAddr(host); err == nil {
			if trusted {
				return d.DialWritten(ctx, network, net.JoinHostPort(a.String(), port))
			}
			return d.DialRegistration(ctx, network, address)
		}
		if trusted && plainHost(host) != nil { // localhost, a name of the office network
			return d.dialBase(ctx, network, address, nil)
		}
		if !trusted {
			if err := d.registration.judgePort(port); err != nil {
				return nil, err
			}
		}
		if d.proxy != nil {
			if err := plainHost(host); err != nil {
				return nil, err
			}
			return d.dialVia(ctx, network, net.JoinHostPort(host, port), nil)
		}
		g := &d.registration
		if trusted {
			g = nil
		}
		return d.dialLookup(ctx, lookup, g, network, host, port)
	}
}

// DialResolved makes dial accept host names: lookup resolves them, and each
// address goes to dial in turn until one connects. The addresses are still judged
// by dial. It is the way to a referred registration host, also behind a proxy.
func (d *Door) DialResolved(lookup LookupFunc, dial DialFunc) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("egress: dial %q: %w", address, err)
		}
		if _, err := netip.ParseAddr(host); err == nil {
			return dial(ctx, network, address)
		}
		if err := plainHost(host); err != nil {
			return nil, err
		}
		return eachAddr(ctx, lookup, host, func(a netip.Addr) (net.Conn, error) {
			return dial(ctx, network, net.JoinHostPort(a.String(), port))
		})
	}
}

func (d *Door) dialLookup(ctx context.Context, lookup LookupFunc, g *guard, network, host, port string) (net.Conn, error) {
	if err := plainHost(host); err != nil {
		return nil, err
	}
	return eachAddr(ctx, lookup, host, func(a netip.Addr) (net.Conn, error) {
		address := net.JoinHostPort(a.String(), port)
		if g == nil {
			return d.dialVia(ctx, network, address, nil)
		}
		return d.dialForeign(ctx, g, network, address)
	})
}

// eachAddr dials the addresses of a host in turn. The first error that is not the
// guard's wins over the guard's, so that one private address beside a dead
// public one reads as unreachable.
func eachAddr(ctx context.Context, lookup LookupFunc, host string, dial func(netip.Addr) (net.Conn, error)) (net.Conn, error) {
	if lookup == nil {
		return nil, fmt.Errorf("egress: no way to resolve %s", host)
	}
	addrs, err := lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("egress: resolve %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("egress: %s has no address", host)
	}
	var first error
	for _, a := range addrs {
		c, err := dial(a)
		if err == nil {
			return c, nil
		}
		if first == nil || errors.Is(first, ErrGuard) && !errors.Is(err, ErrGuard) {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// plainHost refuses what a proxy or libc would read as an address in disguise
// (2130706433, 0x7f.1, 127.1) and names that mean this machine or this site.
func plainHost(host string) error {
	n, err := tracker.ParseName(host)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGuard, err)
	}
	for _, local := range []tracker.Name{"localhost", "local", "internal", "home.arpa", "localdomain"} {
		if n.Under(local) {
			return fmt.Errorf("%w: %s is a local name", ErrGuard, n)
		}
	}
	return nil
}

func (d *Door) dialForeign(ctx context.Context, g *guard, network, address string) (net.Conn, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is not an IP address and port", ErrGuard, address)
	}
	if err := g.judge(ap); err != nil {
		return nil, err
	}
	return d.dialVia(ctx, network, ap.String(), g)
}

// dialVia connects directly or through the proxy. g, where not nil, judges the
// address of the socket once more just before connect.
func (d *Door) dialVia(ctx context.Context, network, address string, g *guard) (net.Conn, error) {
	if d.proxy == nil {
		return d.dialBase(ctx, network, address, g)
	}
	if !strings.HasPrefix(network, "tcp") {
		return nil, fmt.Errorf("egress: %s to %s: the proxy carries only tcp", network, address)
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	if d.proxy.Scheme == "http" {
		return d.dialConnect(ctx, address)
	}
	return d.dialSOCKS(ctx, address)
}

func (d *Door) dialBase(ctx context.Context, network, address string, g *guard) (net.Conn, error) {
	if d.base != nil {
		ctx, cancel := context.WithTimeout(ctx, d.timeout)
		defer cancel()
		return d.base(ctx, network, address)
	}
	nd := net.Dialer{Timeout: d.timeout}
	if g != nil {
		nd.Control = func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%w: %q is not an IP address and port", ErrGuard, address)
			}
			return g.judge(ap)
		}
	}
	return nd.DialContext(ctx, network, address)
}
