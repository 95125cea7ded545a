package crawler

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"respawn/tracker"
)

// A web is a small Internet for tests: names with addresses in 198.18.0.0/15,
// which the dialer maps to loopback servers. Like the real door it refuses
// what the guard would refuse.
type web struct {
	t     testing.TB
	mu    sync.Mutex
	names map[tracker.Name][]netip.Addr
	addrs map[netip.AddrPort]string // -> host:port on loopback
	dials []string
	asked map[tracker.Name]int
	next  byte
}

var errGuard = errors.New("refused by the guard")

func newWeb(t testing.TB) *web {
	return &web{t: t, names: map[tracker.Name][]netip.Addr{}, addrs: map[netip.AddrPort]string{}, asked: map[tracker.Name]int{}}
}

// site serves h at name, on port 80 and, with a certificate of httptest, on 443.
func (w *web) site(name tracker.Name, h http.Handler) *web {
	w.t.Helper()
	plain, secure := httptest.NewUnstartedServer(h), httptest.NewUnstartedServer(h)
	for _, s := range []*httptest.Server{plain, secure} {
		s.Config.ErrorLog = quiet
	}
	plain.Start()
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	w.t.Cleanup(plain.Close)
	w.t.Cleanup(secure.Close)
	a := w.addr(name)
	w.addrs[netip.AddrPortFrom(a, 80)] = plain.Listener.Addr().String()
	w.addrs[netip.AddrPortFrom(a, 443)] = secure.Listener.Addr().String()
	return w
}

// plain serves h at name on port 80 alone.
func (w *web) plain(name tracker.Name, h http.Handler) *web {
	w.t.Helper()
	s := httptest.NewServer(h)
	s.Config.ErrorLog = quiet
	w.t.Cleanup(s.Close)
	w.addrs[netip.AddrPortFrom(w.addr(name), 80)] = s.Listener.Addr().String()
	return w
}

// raw answers every connection to port 80 of name with f.
func (w *web) raw(name tracker.Name, f func(net.Conn)) *web {
	w.t.Helper()
	return w.answers(name, 80, f)
}

// rawTLS does so on port 443, with whatever f takes for TLS.
func (w *web) rawTLS(name tracker.Name, f func(net.Conn)) *web {
	w.t.Helper()
	return w.answers(name, 443, f)
}

func (w *web) answers(name tracker.Name, port uint16, f func(net.Conn)) *web {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	var wg sync.WaitGroup
	w.t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer c.Close(); f(c) })
		}
	})
	w.addrs[netip.AddrPortFrom(w.addr(name), port)] = l.Addr().String()
	return w
}

func (w *web) addr(name tracker.Name) netip.Addr {
	if a := w.names[name]; len(a) > 0 {
		return a[0]
	}
	w.next++
	a := netip.AddrFrom4([4]byte{198, 18, 0, w.next})
	w.names[name] = []netip.Addr{a}
	return a
}

func (w *web) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, address)
	w.mu.Unlock()
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("the crawler dials names: %w", err)
	}
	if !netip.MustParsePrefix("198.18.0.0/15").Contains(ap.Addr()) {
		return nil, fmt.Errorf("%w: %s", errGuard, ap)
	}
	to, ok := w.addrs[ap]
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: network, Err: refused}
	}
	var d net.Dialer
	return d.DialContext(ctx, network, to)
}

func (w *web) resolve(_ context.Context, n tracker.Name) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[n]++
	return w.names[n], nil
}

// blobs is the blob store of tests.
type blobs struct {
	mu sync.Mutex
	m  map[tracker.Digest][]byte
}

func (b *blobs) Put(_ context.Context, p []byte) (tracker.Digest, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[tracker.Digest][]byte{}
	}
	d := tracker.DigestOf(p)
	if _, ok := b.m[d]; !ok {
		b.m[d] = append([]byte(nil), p...)
	}
	return d, nil
}

func (b *blobs) get(d tracker.Digest) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.m[d]
}

// crawler makes one with the web behind it and limits fit for tests.
func (w *web) crawler(change func(*Config)) (*Crawler, *blobs) {
	w.t.Helper()
	b := &blobs{}
	cfg := Config{
		Dial: w.dial, Resolve: w.resolve, Blobs: b,
		Guarded: func(err error) bool { return errors.Is(err, errGuard) },
		Limits:  Limits{Pause: -1, Request: time.Minute, Capture: 5 * time.Minute}, // nobody waits for these
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return c, b
}

func (w *web) capture(c *Crawler, name tracker.Name) tracker.Capture {
	w.t.Helper()
	got, err := c.Capture(w.t.Context(), Target{Name: name, Addrs: w.names[name]})
	if err != nil {
		w.t.Fatalf("capture %s: %v", name, err)
	}
	return got
}

// visit is the last visit with that name.
func visit(t testing.TB, c tracker.Capture, name string) tracker.Visit {
	t.Helper()
	for i := len(c.Visits) - 1; i >= 0; i-- {
		if c.Visits[i].Visitor == name {
			return c.Visits[i]
		}
	}
	t.Fatalf("no visit %s in %d visits", name, len(c.Visits))
	return tracker.Visit{}
}

func last(v tracker.Visit) tracker.Exchange { return v.Hops[len(v.Hops)-1] }

func shows(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, s)
	}
}

func newReader() *bufio.Reader { return bufio.NewReader(nil) }

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
