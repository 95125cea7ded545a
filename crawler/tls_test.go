package crawler

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"respawn/tracker"
)

// issue makes a certificate for names, signed by ca or, where that is nil, by itself.
func issue(t testing.TB, ca *tls.Certificate, from, to time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test " + names[0]}, NotBefore: from, NotAfter: to,
		DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	parent, signer := tpl, any(key)
	if ca == nil {
		tpl.IsCA, tpl.KeyUsage, tpl.DNSNames = names[0] == "ca", x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature, names
	} else {
		parent, signer = ca.Leaf, ca.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// A replay judges a certificate as of its own time, also when that goes back.
func TestCertificatesAsOf(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	ca := issue(t, nil, day("2020-01-01"), day("2030-01-01"), "ca")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	w := newWeb(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(shows("<p>page")))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{issue(t, &ca, day("2024-09-01"), day("2024-11-30"), string(name))}}
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	w.addrs[netip.AddrPortFrom(w.addr(name), 443)] = s.Listener.Addr().String()
	at := day("2024-09-04")
	c, _ := w.crawler(func(c *Config) {
		c.Roots, c.Visitors, c.FrontOnly, c.Robots = roots, []Visitor{{Name: Direct}}, true, RobotsIgnore
		c.Now = func() time.Time { return at }
	})
	for _, tt := range []struct{ day, want string }{{"2024-09-04", ""}, {"2024-12-01", "expired"}, {"2024-10-01", ""}, {"2024-08-31", "not yet valid"}} {
		at = day(tt.day)
		got := w.capture(c, name)
		v := visit(t, got, Direct)
		x := last(v)
		if x.TLS == nil || x.TLS.Invalid != tt.want {
			t.Errorf("%s: want %q: %+v", tt.day, tt.want, x.TLS)
		}
		if !got.At.Equal(at) || !v.At.Equal(at) || !x.StartedAt.Equal(at) || x.Took <= 0 {
			t.Errorf("%s: capture of %s, visit of %s, exchange of %s, which took %s", tt.day, got.At, v.At, x.StartedAt, x.Took)
		}
	}
}

func TestInvalidCertificatesAreRecordedAndFetched(t *testing.T) {
	now := time.Now()
	year := 365 * 24 * time.Hour
	ca := issue(t, nil, now.Add(-year), now.Add(year), "ca")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	for _, tt := range []struct {
		cert tls.Certificate
		want string
	}{
		{issue(t, &ca, now.Add(-time.Hour), now.Add(year), string(name), "www.rrn.example"), ""},
		{issue(t, &ca, now.Add(-2*year), now.Add(-year), string(name)), "expired"},
		{issue(t, &ca, now.Add(time.Hour), now.Add(year), string(name)), "not yet valid"},
		{issue(t, &ca, now.Add(-time.Hour), now.Add(year), "panel.host.example"), "for other names"},
		{issue(t, nil, now.Add(-time.Hour), now.Add(year), string(name)), "self-signed"},
	} {
		w := newWeb(t)
		s := httptest.NewUnstartedServer(http.HandlerFunc(shows("<p>page")))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{tt.cert}}
		s.Config.ErrorLog = quiet
		s.StartTLS()
		t.Cleanup(s.Close)
		w.addrs[netip.AddrPortFrom(w.addr(name), 443)] = s.Listener.Addr().String()
		c, _ := w.crawler(func(c *Config) {
			c.Roots, c.Visitors, c.FrontOnly, c.Robots = roots, []Visitor{{Name: Direct}}, true, RobotsIgnore
		})
		x := last(visit(t, w.capture(c, name), Direct))
		if x.Status != 200 || x.TLS == nil || x.TLS.Invalid != tt.want || x.TLS.Leaf != tracker.DigestOf(tt.cert.Leaf.Raw) || x.TLS.SPKI != tracker.DigestOf(tt.cert.Leaf.RawSubjectPublicKeyInfo) {
			t.Errorf("want %q: %d %+v", tt.want, x.Status, x.TLS)
		}
		if x.TLS != nil && (len(x.TLS.SANs) == 0 || x.TLS.NotAfter.IsZero() || x.TLS.Version != "TLS 1.3") {
			t.Errorf("facts %+v", x.TLS)
		}
	}
}
