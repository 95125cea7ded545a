package egress

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// socksProxy is a SOCKS5 server on loopback. It connects every request to the
// same backend and records what was asked for and by whom.
type socksProxy struct {
	addr string
	mu   sync.Mutex
	asks []string // "user host:port"
}

func (p *socksProxy) asked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asks, ", ")
}

func newSOCKS(t *testing.T, backend string) *socksProxy {
	p := &socksProxy{}
	l := listen(t)
	p.addr = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c, backend)
		}
	}()
	return p
}

func (p *socksProxy) serve(c net.Conn, backend string) {
	defer func() { _ = c.Close() }()
	b := make([]byte, 512)
	read := func(n int) []byte {
		if _, err := io.ReadFull(c, b[:n]); err != nil {
			return make([]byte, n)
		}
		return b[:n]
	}
	methods := read(int(read(2)[1]))
	user := "-"
	if strings.Contains(string(methods), "\x02") {
		_, _ = c.Write([]byte{5, 2})
		user = string(read(int(read(2)[1])))
		read(int(read(1)[0]))
		_, _ = c.Write([]byte{1, 0})
	} else {
		_, _ = c.Write([]byte{5, 0})
	}
	var host string
	switch read(4)[3] {
	case 1:
		host = netip.AddrFrom4([4]byte(read(4))).String()
	case 3:
		host = string(read(int(read(1)[0])))
	case 4:
		host = netip.AddrFrom16([16]byte(read(16))).String()
	}
	port := binary.BigEndian.Uint16(read(2))
	p.mu.Lock()
	p.asks = append(p.asks, user+" "+net.JoinHostPort(host, strconv.Itoa(int(port))))
	p.mu.Unlock()
	to, err := net.Dial("tcp", backend)
	if err != nil {
		_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer func() { _ = to.Close() }()
	_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() { _, _ = io.Copy(to, c) }()
	_, _ = io.Copy(c, to)
}

// greeter speaks first and closes.
func greeter(t *testing.T) string {
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "hello")
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

func TestSOCKS(t *testing.T) {
	p := newSOCKS(t, greeter(t))
	d, err := New(Config{Proxy: "socks5://berlin:pw@" + p.addr})
	if err != nil {
		t.Fatal(err)
	}
	if !d.Proxied() {
		t.Error("Proxied is false")
	}
	hello := func(c net.Conn, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if b, err := io.ReadAll(c); string(b) != "hello" || err != nil {
			t.Errorf("read %q, %v through the proxy", b, err)
		}
	}
	never := func(context.Context, string) ([]netip.Addr, error) {
		t.Error("a name was resolved here although a proxy is set")
		return nil, errors.New("no")
	}
	hello(d.DialContext(t.Context(), "tcp", "9.9.9.9:443"))
	hello(d.DialDNS(t.Context(), "tcp", "[2620:fe::fe]:53"))
	hello(d.DialHost(never)(t.Context(), "tcp", "whois.nic.so:43"))
	if got, want := p.asked(), "berlin 9.9.9.9:443, berlin [2620:fe::fe]:53, berlin whois.nic.so:43"; got != want {
		t.Errorf("the proxy was asked for\n%s, want\n%s", got, want)
	}

	// What a person wrote goes through the proxy too, but loopback is this machine.
	hello(d.DialWritten(t.Context(), "tcp", "198.18.0.4:53"))
	hello(d.DialWritten(t.Context(), "tcp", greeter(t)))

	// The proxy must not be led where we would not go ourselves.
	for _, address := range []string{"127.0.0.1:80", "169.254.169.254:80", "[::ffff:10.0.0.1]:80", "whois.nic.so:80"} {
		if _, err := d.DialContext(t.Context(), "tcp", address); !errors.Is(err, ErrGuard) {
			t.Errorf("%s: %v; want the guard before the proxy", address, err)
		}
	}
	for _, address := range []string{"127.0.0.1:43", "localhost:43", "2130706433:43", "0x7f000001:43", "metadata.google.internal:80", "printer.local:43", "whois.nic.so:25"} {
		if _, err := d.DialHost(never)(t.Context(), "tcp", address); !errors.Is(err, ErrGuard) {
			t.Errorf("%s: %v; want the guard before the proxy", address, err)
		}
	}
	// A host that a server referred to is resolved and judged here first.
	private := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	}
	if _, err := d.DialResolved(private, d.DialRegistration)(t.Context(), "tcp", "whois.evil.example:43"); !errors.Is(err, ErrGuard) {
		t.Errorf("referral to a private address: %v; want the guard", err)
	}
	if _, err := d.DialDNS(t.Context(), "udp", "9.9.9.9:53"); err == nil || errors.Is(err, ErrGuard) {
		t.Errorf("udp through the proxy: %v; want an error that is not the guard's", err)
	}
	if got := strings.Count(p.asked(), ","); got != 3 {
		t.Errorf("the proxy was asked again: %s", p.asked())
	}
}

func TestConnect(t *testing.T) {
	l := listen(t)
	asks := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				_ = c.Close()
				continue
			}
			asks <- req.Method + " " + req.Host + " " + req.Header.Get("Proxy-Authorization")
			if strings.HasPrefix(req.Host, "9.9.9.9") {
				// The server's first words may come in one packet with the reply.
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nhello")
			} else {
				_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\n\r\n")
			}
			_ = c.Close()
		}
	}()
	d, err := New(Config{Proxy: "http://u:p@" + l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.DialContext(t.Context(), "tcp", "9.9.9.9:443")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if b, err := io.ReadAll(c); string(b) != "hello" || err != nil {
		t.Errorf("read %q, %v through the tunnel", b, err)
	}
	if got, want := <-asks, "CONNECT 9.9.9.9:443 Basic dTpw"; got != want {
		t.Errorf("the proxy was asked %q, want %q", got, want)
	}
	if _, err := d.DialContext(t.Context(), "tcp", "1.1.1.1:443"); err == nil || strings.Contains(err.Error(), "u:p@") {
		t.Errorf("a refusing proxy: %v; want an error without the password", err)
	}
	<-asks
	if _, err := d.DialContext(t.Context(), "tcp", "10.0.0.1:443"); !errors.Is(err, ErrGuard) {
		t.Errorf("%v; want the guard before the proxy", err)
	}
}

func TestProxyHandshakeEnds(t *testing.T) {
	l := listen(t) // accepts and never answers
	for _, scheme := range []string{"socks5", "http"} {
		d, err := New(Config{Proxy: scheme + "://" + l.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			c, err := l.Accept()
			if err == nil {
				t.Cleanup(func() { _ = c.Close() })
			}
			cancel()
		}()
		if c, err := d.DialContext(ctx, "tcp", "9.9.9.9:443"); err == nil {
			t.Errorf("%s: connected to %v through a silent proxy", scheme, c.RemoteAddr())
		}
		cancel()
	}
}
