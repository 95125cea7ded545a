package netsim

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	likexian "github.com/likexian/whois"
	"github.com/miekg/dns"
	"golang.org/x/net/nettest"
)

func TestPipeIsAConn(t *testing.T) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := pipe(clientAddr("tcp"), clientAddr("tcp"))
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

// Who reads the end of a connection can no longer write to it, however close the
// two fall.
func TestEOFIsNeverBeforeThePipeIsShut(t *testing.T) {
	for range 20_000 {
		client, server := pipe(clientAddr("tcp"), clientAddr("tcp"))
		wrote := make(chan error)
		go func() {
			server.Read(make([]byte, 1))
			_, err := server.Write([]byte("200"))
			wrote <- err
		}()
		client.Close()
		if err := <-wrote; err == nil {
			t.Fatal("written to a connection that its other side had closed")
		}
	}
}

// dialFunc fits what wants a dialer as a method.
type dialFunc func(network, addr string) (net.Conn, error)

func (f dialFunc) Dial(network, addr string) (net.Conn, error) { return f(network, addr) }

// A quarter of a year passes in a bubble: the world follows its clock, and every
// protocol runs over in-memory connections.
func TestAWorldLivesInABubble(t *testing.T) {
	w := parse(t, strings.NewReplacer("2024-", "2000-", "2021-", "1999-").Replace(smallest(t)))
	synctest.Test(t, func(t *testing.T) {
		s := New(w, Options{Clock: time.Now})
		defer s.Close()
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(s.CACert())
		web := &http.Client{Transport: &http.Transport{DialContext: s.DialContext, TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
		resolver := s.Settings().Resolvers[0]
		rcode := func(network, name string) int {
			t.Helper()
			c, err := s.DialContext(t.Context(), network, resolver)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			m := new(dns.Msg)
			m.SetQuestion(name, dns.TypeNS)
			r, _, err := new(dns.Client).ExchangeWithConn(m, &dns.Conn{Conn: c})
			if err != nil {
				t.Fatal(err)
			}
			return r.Rcode
		}
		for night := range 90 {
			now := time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC).AddDate(0, 0, night)
			time.Sleep(time.Until(now))
			if !s.Now().Equal(now) {
				t.Fatalf("night %d: the world is at %s, the clock at %s", night, s.Now(), now)
			}
			registered := now.After(time.Date(2000, 3, 4, 12, 0, 0, 0, time.UTC))
			for _, network := range []string{"udp", "tcp"} {
				if got := rcode(network, "oldnews.cc."); (got == dns.RcodeSuccess) != registered {
					t.Errorf("night %d, %s: %s", night, network, dns.RcodeToString[got])
				}
			}
			if _, body := get(t, web, "https://oldnews.info/"); strings.Contains(body, "seized") != now.After(time.Date(2000, 3, 3, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("night %d: %s", night, body)
			}
		}
		wc := likexian.NewClient().SetDialer(dialFunc(func(network, addr string) (net.Conn, error) { return s.DialContext(t.Context(), network, addr) }))
		wc.SetDisableReferral(true).SetDisableStats(true)
		if got, err := wc.Whois("oldnews.cc", "ccwhois.verisign-grs.com"); err != nil || !strings.Contains(got, "2000-03-04") {
			t.Errorf("%v %s", err, got)
		}
		if _, body := get(t, web, "http://tld-rdap.verisign.com/cc/v1/domain/oldnews.cc"); !strings.Contains(body, "2000-03-04T12:00:00Z") {
			t.Error(body)
		}
	})
}

func TestDeadlinesPassInABubble(t *testing.T) {
	w := parse(t, strings.Replace(smallest(t), `html: "<title>Old News</title><p>All the old news."`, `html: x, delay: 10m`, 1)+
		"faults: [ { kind: timeout, at: resolver }, { kind: timeout, at: authority } ]\n")
	synctest.Test(t, func(t *testing.T) {
		s := New(w, Options{})
		defer s.Close()
		begin := time.Now()
		web := &http.Client{Transport: &http.Transport{DialContext: s.DialContext}, Timeout: 30 * time.Second}
		addr := ""
		for a, wa := range s.instant.Load().view.webs {
			if wa.hosts["oldnews.info"] != nil {
				addr = a.String()
			}
		}
		req, _ := http.NewRequest("GET", "http://"+addr+"/", nil)
		req.Host = "oldnews.info"
		if _, err := web.Do(req); err == nil || time.Since(begin) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		for _, network := range []string{"udp", "tcp"} {
			for _, server := range []string{s.Settings().Resolvers[0], s.Settings().Roots[0]} {
				begin = time.Now()
				c, err := s.DialContext(t.Context(), network, server)
				if err != nil {
					t.Fatal(err)
				}
				c.SetDeadline(time.Now().Add(5 * time.Second))
				conn := &dns.Conn{Conn: c}
				m := new(dns.Msg)
				m.SetQuestion("x.cc.", dns.TypeA)
				if err := conn.WriteMsg(m); err != nil {
					t.Fatal(err)
				}
				if _, err = conn.ReadMsg(); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 5*time.Second {
					t.Errorf("%s %s: after %v: %v", network, server, time.Since(begin), err)
				}
				c.Close()
			}
		}
	})
}

// A client that rejects the certificate sends an alert while the server writes:
// an unbuffered pipe would hang here.
func TestARejectedCertificateIsAnErrorAtOnce(t *testing.T) {
	w := parse(t, smallest(t))
	synctest.Test(t, func(t *testing.T) {
		s := New(w, Options{})
		defer s.Close()
		begin := time.Now()
		web := &http.Client{Transport: &http.Transport{DialContext: s.DialContext, TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}}
		_, err := web.Get("https://oldnews.info/")
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestPacketsInMemory(t *testing.T) {
	s := New(parse(t, dnsWorld), Options{})
	defer s.Close()
	p, err := s.ListenPacket(t.Context(), "udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	to := net.UDPAddrFromAddrPort(mustAddrPort(s.Settings().Resolvers[0]))
	ids := map[byte]bool{}
	for i := range 100 {
		q := packQuestion(t, []string{"never.cc", "zoo.net"}[i%2], dns.TypeA)
		q[0], q[1] = 0, byte(i)
		if _, err := p.WriteTo(q, to); err != nil {
			t.Fatal(err)
		}
	}
	p.WriteTo([]byte("lost"), &net.UDPAddr{IP: net.IPv4(198, 19, 0, 1), Port: 9})
	b := make([]byte, 1500)
	for range 100 {
		n, from, err := p.ReadFrom(b)
		if err != nil || from.String() != to.String() || n < 12 {
			t.Fatal(n, from, err)
		}
		ids[b[1]] = true
	}
	if len(ids) != 100 {
		t.Errorf("%d answers", len(ids))
	}
	p.SetReadDeadline(time.Now().Add(-time.Second))
	if _, _, err := p.ReadFrom(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	p.SetReadDeadline(time.Time{})
	done := make(chan error)
	go func() { _, _, err := p.ReadFrom(b); done <- err }()
	p.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := p.WriteTo(b, to); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if got := s.Counts()["dns resolver"]; got != 100 {
		t.Errorf("counted %d questions", got)
	}
}

func TestCloseEndsWhatIsOpen(t *testing.T) {
	s := start(t, parse(t, smallest(t)), "2024-03-02")
	c, err := net.Dial("tcp", s.DNSAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a connection outlives the server")
	}
	if _, err := net.Dial("tcp", s.SOCKSAddr().String()); err == nil {
		t.Error("the proxy still listens")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := s.DialContext(t.Context(), "tcp", "oldnews.info:80"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dialled a closed world: %v", err)
	}
}

func mustAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
