package crawler

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

// What stands behind port 443 may be anything. The capture says so, looks at
// port 80 as everybody does, and goes on.
func TestHostileTLS(t *testing.T) {
	says := func(s string, forEver bool) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			for b := []byte(s); ; { // what the server allocates would be measured as well
				if _, err := c.Write(b); err != nil || !forEver {
					return
				}
			}
		}
	}
	record := func(kind byte, body string) string {
		return string([]byte{kind, 3, 3, byte(len(body) >> 8), byte(len(body))}) + body
	}
	for _, tt := range []struct {
		name  string
		conn  func(net.Conn)
		words string
		r     tracker.Reason
	}{
		{"garbage instead of a ServerHello", says(strings.Repeat("garbage! ", 9000), false), "TLS", tracker.ReasonUnreachable},
		{"garbage without end", says(strings.Repeat("\x00\xff", 4096), true), "TLS", tracker.ReasonUnreachable},
		{"HTTP without TLS", says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false), "does not look like a TLS handshake", tracker.ReasonUnreachable},
		{"a ServerHello of nothing", says(record(22, "\x02\x00\x00\x00"), false), "TLS", tracker.ReasonUnreachable},
		{"a ServerHello of sixteen megabytes", says(record(22, "\x02\xff\xff\xff")+strings.Repeat(record(22, strings.Repeat("x", 16<<10)), 100), false), "TLS", tracker.ReasonUnreachable},
		{"records of nothing without end", says(record(22, ""), true), "TLS", tracker.ReasonUnreachable},
		{"warnings without end", says(record(21, "\x01\x00"), true), "TLS", tracker.ReasonUnreachable},
		{"a record longer than there may be", says("\x16\x03\x03\xff\xff"+strings.Repeat("x", 0xffff), false), "TLS", tracker.ReasonUnreachable},
		{"an alert", says(record(21, "\x02\x28"), false), "handshake failure", tracker.ReasonUnreachable},
		{"it hangs up", func(c net.Conn) { c.Read(make([]byte, 1)) }, "TLS", tracker.ReasonUnreachable},
		{"it hangs up in the middle of a record", says("\x16\x03\x03\x40\x00\x02\x00", false), "TLS", tracker.ReasonUnreachable},
		{"silence", func(c net.Conn) { io.Copy(io.Discard, c) }, "TLS", tracker.ReasonTimeout},
		{"a byte now and then", func(c net.Conn) {
			for _, b := range []byte(record(22, "\x02\x00\x3f\xf0"+strings.Repeat("x", 1000))) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, "TLS", tracker.ReasonTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			w.plain(name, shows("<p>alive on port 80"))
			w.rawTLS(name, tt.conn)
			patience := time.Minute // a third of it for the handshake
			if tt.r == tracker.ReasonTimeout {
				patience = time.Second // or what it takes to be answered at port 80
			}
			var got tracker.Capture
			var before, after runtime.MemStats
			for ; ; patience *= 2 {
				c, _ := w.crawler(func(c *Config) {
					c.Visitors, c.FrontOnly, c.Robots = []Visitor{{Name: Direct}}, true, RobotsIgnore
					c.Limits.Request = patience
				})
				runtime.ReadMemStats(&before)
				got = w.capture(c, name)
				runtime.ReadMemStats(&after)
				if len(got.Visits) != 2 {
					t.Fatalf("%d visits", len(got.Visits))
				}
				if last(got.Visits[1]).Status == 200 || patience >= time.Minute {
					break
				}
			}
			v := got.Visits[0]
			if x := last(v); v.Reason != tt.r || x.Status != 0 || x.TLS != nil || !strings.Contains(x.Err, tt.words) || strings.Contains(x.Err, "127.0.0.1") || len(x.Err) > 500 {
				t.Errorf("reason %q, %d, error %q", v.Reason, x.Status, x.Err)
			}
			if x := last(got.Visits[1]); x.Status != 200 {
				t.Errorf("port 80 was not asked: %+v", x)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Errorf("%d MB allocated", used>>20)
			}
		})
	}
}

// rsaCertificate signs itself with a key of RSA, which old servers have.
func rsaCertificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: string(name)}, DNSNames: []string{string(name)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	if change != nil {
		change(tpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func bundle(n int) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for i := range n {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("name-%d.of-a-bundle.example", i))
		}
	}
}

// Old and strange servers: what a browser opens is opened, and what is dearer
// than its limit is not read, and said.
func TestStrangeTLSServers(t *testing.T) {
	old := func(v uint16) *tls.Config { return &tls.Config{MinVersion: v, MaxVersion: v} }
	for _, tt := range []struct {
		name    string
		config  *tls.Config
		cert    func(*x509.Certificate)
		chain   int // how many further certificates are sent
		version string
		sans    int
		invalid string
		fails   string
	}{
		{name: "TLS 1.0 alone", config: old(tls.VersionTLS10), version: "TLS 1.0", sans: 1, invalid: "self-signed"},
		{name: "TLS 1.1 alone", config: old(tls.VersionTLS11), version: "TLS 1.1", sans: 1, invalid: "self-signed"},
		{name: "no exchange but RSA", config: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, version: "TLS 1.2", sans: 1, invalid: "self-signed"},
		{name: "no exchange but RSA with CBC", config: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}}, version: "TLS 1.2", sans: 1, invalid: "self-signed"},
		{name: "no curve but P-521", config: &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}, version: "TLS 1.3", sans: 1, invalid: "self-signed"},
		{name: "a certificate that wants one of ours", config: &tls.Config{ClientAuth: tls.RequireAnyClientCert}, fails: "certificate"},
		{name: "a certificate for five thousand names", cert: bundle(5000), version: "TLS 1.3", sans: maxSANs, invalid: "self-signed"},
		{name: "a certificate of two megabytes", cert: bundle(60_000), fails: "exceeds maximum"},
		{name: "two hundred certificates", chain: 200, version: "TLS 1.3", sans: 1, invalid: "self-signed"},
		{name: "a megabyte of certificates", chain: 1200, fails: "exceeds maximum"},
		{name: "a subject with an escape sequence", cert: func(c *x509.Certificate) { c.Subject.CommonName = "\x1b[2J\u202egro.rettul" }, version: "TLS 1.3", sans: 1, invalid: "self-signed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cert := rsaCertificate(t, tt.cert)
			cfg := tt.config
			if cfg == nil {
				cfg = &tls.Config{}
			}
			for range tt.chain {
				cert.Certificate = append(cert.Certificate, cert.Certificate[0])
			}
			cfg.Certificates = []tls.Certificate{cert}
			s := httptest.NewUnstartedServer(http.HandlerFunc(shows("<p>page")))
			s.TLS, s.Config.ErrorLog = cfg, quiet
			s.StartTLS()
			t.Cleanup(s.Close)
			w := newWeb(t)
			w.addrs[netip.AddrPortFrom(w.addr(name), 443)] = s.Listener.Addr().String()
			c, _ := w.crawler(func(c *Config) {
				c.Visitors, c.FrontOnly, c.Robots, c.Roots = []Visitor{{Name: Direct}}, true, RobotsIgnore, x509.NewCertPool()
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := w.capture(c, name)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 60<<20 { // of client and server
				t.Errorf("%d MB allocated", used>>20)
			}
			v := got.Visits[0]
			x := last(v)
			if tt.fails != "" {
				if v.Reason != tracker.ReasonUnreachable || x.Status != 0 || !strings.Contains(x.Err, tt.fails) {
					t.Errorf("reason %q, %d, error %q", v.Reason, x.Status, x.Err)
				}
				return
			}
			if v.Reason != "" || x.Status != 200 || x.TLS == nil {
				t.Fatalf("reason %q, %d, error %q", v.Reason, x.Status, x.Err)
			}
			if x.TLS.Version != tt.version || len(x.TLS.SANs) != tt.sans || x.TLS.Invalid != tt.invalid || x.TLS.Leaf != tracker.DigestOf(cert.Certificate[0]) {
				t.Errorf("%s, %d names, %q", x.TLS.Version, len(x.TLS.SANs), x.TLS.Invalid)
			}
		})
	}
}
