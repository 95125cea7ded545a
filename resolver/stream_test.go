package resolver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// memory is a network in memory that carries streams alone, as the miniature
// Internet in a synctest bubble does. Every question is answered after 30 ms.
type memory struct {
	mu    sync.Mutex
	asked int
	conns int
	mute  bool // accepts and never answers
	drops int  // questions after which a connection is closed; 0 never

	servfail func(n int) bool // whether the n-th question fails; nil: none does
}

func (m *memory) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	if network != "tcp" {
		return nil, errors.New("streams only")
	}
	m.mu.Lock()
	m.conns++
	m.mu.Unlock()
	a, b := net.Pipe()
	go m.serve(b)
	return a, nil
}

func (m *memory) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	var writing sync.Mutex
	for n := 1; ; n++ {
		q, err := readFrame(c)
		if err != nil {
			return
		}
		m.mu.Lock()
		m.asked++
		mute, drops := m.mute, m.drops
		fails := m.servfail != nil && m.servfail(m.asked)
		m.mu.Unlock()
		if drops > 0 && n > drops {
			return
		}
		if mute {
			continue
		}
		go func() {
			time.Sleep(30 * time.Millisecond)
			q[2] |= 0x80
			q[3] = 0x80
			if !strings.HasPrefix(strings.ToLower(string(q[13:])), "live") {
				q[3] |= rcodeNXDomain
			}
			if fails {
				q[3] = 0x80 | rcodeServFail
			}
			writing.Lock()
			defer writing.Unlock()
			_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(q))), q...))
		}()
	}
}

func TestSweepOverStreamsAlone(t *testing.T) {
	for _, resolver := range []string{"198.18.0.53:53", "tcp://198.18.0.53:53"} {
		synctest.Test(t, func(t *testing.T) {
			m := &memory{}
			c := newClient(t, Config{Resolvers: []string{resolver}, Dial: m.dial})
			present, absent := 0, 0
			start := time.Now()
			stats, err := c.Sweep(t.Context(), bulk(3000), func(a tracker.SweepAnswer) {
				switch a.Outcome {
				case tracker.Present:
					present++
				case tracker.Absent:
					absent++
				}
			})
			if err != nil || present != 6 || absent != 2994 || stats.Queries != 3000 || m.conns != 1 {
				t.Errorf("%s: %d present, %d absent, %d questions over %d connections, %v", resolver, present, absent, stats.Queries, m.conns, err)
			}
			// 3,000 names, 64 at a time, 30 ms each.
			if d := time.Since(start); d < time.Second || d > 4*time.Second {
				t.Errorf("%s: took %v", resolver, d)
			}
			if v, err := c.Look(t.Context(), "gone.example"); v.Outcome != tracker.Absent || err != nil {
				t.Errorf("%s: look: %v %q %v", resolver, v.Outcome, v.Reason, err)
			}
			_ = c.Close()
		})
	}
}

func TestStreamsThatBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{drops: 5}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: m.dial})
		sweep(t, c, "live1.example")
		for range 12 { // a connection that was closed between two questions is replaced
			got, _ := sweep(t, c, "live1.example")
			if got["live1.example"].Outcome != tracker.Present {
				t.Fatalf("%+v", got)
			}
			time.Sleep(time.Second)
		}
		if m.conns < 3 {
			t.Errorf("%d connections", m.conns)
		}
		m.mute = true
		start := time.Now()
		got, _ := sweep(t, c, "live2.example")
		if a := got["live2.example"]; a.Outcome != tracker.Unknown || a.Reason != tracker.ReasonTimeout {
			t.Errorf("a mute server: %v %q", a.Outcome, a.Reason)
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("gave up after %v", d)
		}
		_ = c.Close()
		synctest.Wait()
	})
}

// Questions that begin together share one connection, also while it is dialed.
func TestStreamsAreDialedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		slow := func(ctx context.Context, network, address string) (net.Conn, error) {
			if err := sleep(ctx, 200*time.Millisecond); err != nil {
				return nil, err
			}
			return m.dial(ctx, network, address)
		}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: slow})
		if stats, err := c.Sweep(t.Context(), bulk(500), func(tracker.SweepAnswer) {}); err != nil || stats.Absent != 499 || m.conns != 1 {
			t.Errorf("%d connections, %+v, %v", m.conns, stats, err)
		}
		_ = c.Close()
	})
}

// A network that refused UDP once is tried again: it may only have been away.
func TestUDPIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		udp := 0
		c := newClient(t, Config{Resolvers: []string{"198.18.0.53"}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if network == "udp" {
				m.mu.Lock()
				udp++
				m.mu.Unlock()
			}
			return m.dial(ctx, network, address)
		}})
		for want := 1; want <= 2; want++ {
			for range 3 {
				if got, _ := sweep(t, c, "gone.example"); got["gone.example"].Outcome != tracker.Absent {
					t.Errorf("%+v", got)
				}
				if v, _ := c.Look(t.Context(), "gone.example"); v.Outcome != tracker.Absent {
					t.Errorf("%v %q", v.Outcome, v.Reason)
				}
			}
			if udp != want {
				t.Errorf("udp was dialed %d times, want %d", udp, want)
			}
			time.Sleep(plainFor)
		}
		_ = c.Close()
	})
}

// An idle connection is closed, and nothing is left running.
func TestIdleStreamEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: m.dial})
		sweep(t, c, "live1.example")
		time.Sleep(2 * pipeIdle)
		sweep(t, c, "live1.example")
		if m.conns != 2 {
			t.Errorf("%d connections, want a second after the first was idle", m.conns)
		}
		_ = c.Close()
	})
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestEncryptedResolvers(t *testing.T) {
	f := newFake(t, someRecords, nil)
	cert, pool := certificate(t)

	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	dot := &dns.Server{Listener: l, Handler: f, MaxTCPQueries: -1}
	started := make(chan struct{})
	dot.NotifyStartedFunc = func() { close(started) }
	go func() { _ = dot.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = dot.Shutdown() })

	status := http.StatusOK
	doh := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if err := q.Unpack(b); err != nil || r.Method != http.MethodPost || q.Id != 0 || r.ProtoMajor != 2 {
			t.Errorf("request %s %s id %d: %v", r.Proto, r.Method, q.Id, err)
		}
		m := new(dns.Msg)
		m.SetReply(q)
		f.answer(m, q.Question[0])
		out, _ := m.Pack()
		w.Header().Set("Content-Type", "application/dns-message")
		w.WriteHeader(status)
		_, _ = w.Write(out)
	}))
	doh.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	doh.EnableHTTP2 = true
	doh.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshakes are meant
	doh.StartTLS()
	t.Cleanup(doh.Close)

	for _, resolver := range []string{"tls://" + l.Addr().String(), doh.URL + "/dns-query"} {
		c := newClient(t, Config{Resolvers: []string{resolver}, TLS: &tls.Config{RootCAs: pool}})
		got, _ := sweep(t, c, "artichoc.cc", "gone.cc")
		if a := got["artichoc.cc"]; a.Outcome != tracker.Present || len(a.NS) != 2 || a.Server != resolver {
			t.Errorf("%s: %+v", resolver, a)
		}
		if a := got["gone.cc"]; a.Outcome != tracker.Absent {
			t.Errorf("%s: %+v", resolver, a)
		}
		if v, err := c.Look(t.Context(), "www.artichoc.cc"); err != nil || v.Outcome != tracker.Present || len(v.Facts.DNS.A) != 1 {
			t.Errorf("%s: %v %q %v", resolver, v.Outcome, v.Reason, err)
		}
		// A certificate that nobody vouches for is no answer.
		c = newClient(t, Config{Resolvers: []string{resolver}})
		got, _ = sweep(t, c, "gone.cc")
		if a := got["gone.cc"]; a.Outcome != tracker.Unknown || a.Reason != tracker.ReasonUnreachable {
			t.Errorf("%s with a bad certificate: %v %q", resolver, a.Outcome, a.Reason)
		}
	}
	status = http.StatusBadGateway
	c := newClient(t, Config{Resolvers: []string{doh.URL}, TLS: &tls.Config{RootCAs: pool}})
	got, _ := sweep(t, c, "gone.cc")
	if a := got["gone.cc"]; a.Outcome != tracker.Unknown || a.Reason != tracker.ReasonBadAnswer {
		t.Errorf("HTTP 502: %v %q", a.Outcome, a.Reason)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, s := range []string{"", "ftp://9.9.9.9", "9.9.9.9:", "https://", "a b", "host/path", "::1:53:"} {
		if _, err := New(Config{Resolvers: []string{s}, Dial: dialer}); err == nil {
			t.Errorf("resolver %q was taken", s)
		}
	}
	for _, s := range []string{"9.9.9.9", "2620:fe::fe", "[2620:fe::fe]:53", "dns.quad9.net", "dns.quad9.net:53", "tls://dns.quad9.net", "tcp://9.9.9.9", "https://dns.quad9.net/dns-query"} {
		if _, err := New(Config{Resolvers: []string{s}, Dial: dialer}); err != nil {
			t.Errorf("resolver %q: %v", s, err)
		}
	}
	if _, err := New(Config{Dial: dialer}); !errors.Is(err, ErrNoResolver) {
		t.Errorf("no resolver: %v", err)
	}
	if _, err := New(Config{Resolvers: []string{"9.9.9.9"}, Dial: dialer, Roots: []string{"a.root-servers.net"}}); err == nil {
		t.Error("a root by name was taken: who would resolve it?")
	}
	got, err := SystemResolvers(strings.NewReader("# c\nnameserver 10.0.0.1\nsearch x\nnameserver fe80::1%eth0\nnameserver bogus\n"))
	if err != nil || strings.Join(got, " ") != "10.0.0.1:53 [fe80::1%eth0]:53" {
		t.Errorf("%q, %v", got, err)
	}
}
