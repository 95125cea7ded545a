package netsim

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"image/png"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/proxy"
)

const webWorld = `
world: 1
title: Web
provenance: { others: invented }
case: c.csv
calendar: { from: 2024-03-01, to: 2024-03-20 }
home: FR
exits: { berlin-7: DE }
registrars: { reg: { name: R } }
hosts:
  cdn: { addresses: [198.19.128.1], cdn: true, web: { pages: { "*": { html: "default of the CDN for {{.Host}}" } } } }
  box: { addresses: [198.19.128.2] }
templates: { hello: "hello {{.Vars.who}} at {{.Path}} from {{.Country}}" }
themes:
  paper:
    vars: { title: none, extra: of the theme }
    headers: { Server: nginx, X-Theme: paper }
    favicon: seed:paper
    robots: "User-agent: {*}"
    article_path: "/news/{{.Article.Slug}}"
    pages:
      /: { html: "<title>{{.Vars.title}}</title>{{range .Articles}}[{{.Title}} {{day .Date}}]{{end}}{{.Vars.extra}}{{.Vars.absent}}" }
    article: { html: "<h1>{{.Article.Title}}</h1>{{range paragraphs .Article.Text}}<p>{{.}}</p>{{end}}" }
articles:
  one: { title: First, date: 2024-02-01, text: "a\n\nb" }
  two: { title: Second, slug: zweiter, date: 2024-03-05, text: c }
sites:
  - name: paper.com
    registered: 2020-01-01
    host: cdn
    web:
      theme: paper
      vars: { title: The Paper }
      articles: [two, one]
      pages:
        /about: { template: hello, vars: { who: you } }
        /gone: { status: 410, html: gone }
        /moved: { redirect: "https://new.example{path}", status: 308 }
        /raw: { text: "plain", type: application/json, headers: { X-Page: raw } }
        /big: { html: "<p>", pad: 300000 }
        "/q?a=1": { html: by query }
        /icon: { file: logo.svg }
        /human: { challenge: cloudflare }
        /slow: { html: late, delay: 40ms }
    subdomains: { de: { web: { pages: { /: { html: auf Deutsch } } } } }
    records: ["* A 198.19.128.1"]
    timeline:
      - { from: 2024-03-10, web: { redirect: "https://next.example{path}" } }
      - { from: 2024-03-11, web: { theme: paper, http: redirect } }
      - { from: 2024-03-12, web: { theme: paper, down: reset } }
      - { from: 2024-03-13, host: box, web: { theme: paper, down: refused } }
      - { from: 2024-03-14, addresses: [] }
  - name: cloak.com
    registered: 2020-01-01
    host: cdn
    web:
      pages: { "*": { html: the truth } }
      visitors:
        - { when: { user_agent: "(?i)bot" }, web: { pages: { "*": { html: for robots } } } }
        - { when: { referer: "t\\.co/", path: "^/article" }, web: { pages: { "*": { html: from social media } } } }
        - { when: { country: [DE] }, web: { redirect: "https://spiegel.example/", status: 302 } }
        - { when: { not_country: [FR] }, web: { pages: { "*": { status: 404, html: not for you } } } }
        - { when: { first: true, path: "^/once" }, web: { pages: { "*": { html: first time } } } }
    certificate: { names: [cloak.com, other.com], key: shared }
  - name: other.com
    registered: 2020-01-01
    web: { pages: { /: { html: other } } }
    certificate: { key: shared, issuer: self, from: 2023-01-01, until: 2023-04-01 }
  - name: bare.com
    registered: 2020-01-01
    host: cdn
    timeline: [ { from: 2024-03-04, statuses: [server hold], web: { pages: { /: { html: still here } } } } ]
  - { name: closed.com, registered: 2020-01-01, web: { https: reset, pages: { /: { html: only http } } } }
faults:
  - { kind: web-503, names: [other.com], from: 2024-03-02, to: 2024-03-02, times: 1 }
  - { kind: web-refused, names: [other.com], from: 2024-03-03, to: 2024-03-03 }
  - { kind: web-reset, names: [cloak.com], from: 2024-03-03, to: 2024-03-03 }
  - { kind: web-timeout, names: [cloak.com], from: 2024-03-04, to: 2024-03-04 }
`

func webServer(t testing.TB, at string) *Server {
	t.Helper()
	w, err := Parse("world.yaml", []byte(webWorld), func(path string) ([]byte, error) {
		return []byte("<svg>{{not a template}}</svg>"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, w, at)
}

func TestPagesAreThoseOfTheWorld(t *testing.T) {
	s := webServer(t, "2024-03-02")
	web := via(t, s.SOCKSAddr(), nil)
	for _, tt := range []struct {
		at, url string
		status  int
		want    string // body, or what "Header: " begins with
	}{
		{"2024-03-02", "http://paper.com/", 200, "<title>The Paper</title>[First 2024-02-01]of the theme"},
		{"2024-03-05", "http://www.paper.com/", 200, "<title>The Paper</title>[Second 2024-03-05][First 2024-02-01]of the theme"},
		{"2024-03-02", "http://paper.com/news/one", 200, "<h1>First</h1><p>a</p><p>b</p>"},
		{"2024-03-02", "http://paper.com/news/zweiter", 404, ""},
		{"2024-03-05", "http://paper.com/news/zweiter", 200, "<h1>Second</h1><p>c</p>"},
		{"2024-03-02", "http://paper.com/about", 200, "hello you at /about from FR"},
		{"2024-03-02", "http://paper.com/gone", 410, "gone"},
		{"2024-03-02", "http://paper.com/moved?x=1", 308, "Location: https://new.example/moved?x=1"},
		{"2024-03-02", "http://paper.com/raw", 200, "Content-Type: application/json"},
		{"2024-03-02", "http://paper.com/raw", 200, "X-Page: raw"},
		{"2024-03-02", "http://paper.com/raw", 200, "Server: nginx"},
		{"2024-03-02", "http://paper.com/raw", 200, "Date: Sat, 02 Mar 2024"},
		{"2024-03-02", "http://paper.com/q?a=1", 200, "by query"},
		{"2024-03-02", "http://paper.com/icon", 200, "<svg>{{not a template}}</svg>"},
		{"2024-03-02", "http://paper.com/icon", 200, "Content-Type: image/svg+xml"},
		{"2024-03-02", "http://paper.com/human", 403, "Cf-Mitigated: challenge"},
		{"2024-03-02", "http://paper.com/slow", 200, "late"},
		{"2024-03-02", "http://paper.com/robots.txt", 200, "User-agent: {*}"},
		{"2024-03-02", "http://paper.com/nothing", 404, ""},
		{"2024-03-02", "http://de.paper.com/", 200, "auf Deutsch"},
		{"2024-03-02", "http://anything.paper.com/gone", 410, "gone"},
		{"2024-03-02", "http://bare.com/", 200, "default of the CDN for bare.com"},
		{"2024-03-10", "http://paper.com/a?b", 301, "Location: https://next.example/a?b"},
		{"2024-03-11", "http://paper.com/a?b", 301, "Location: https://paper.com/a?b"},
		{"2024-03-02", "http://other.com/", 503, ""},
		{"2024-03-02", "http://other.com/", 200, "other"},
	} {
		move(t, s, tt.at)
		r, body := get(t, web, tt.url)
		got := body
		if k, _, ok := strings.Cut(tt.want, ": "); ok && r.Header.Get(k) != "" {
			got = k + ": " + r.Header.Get(k)
		}
		if r.StatusCode != tt.status || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: %d %q, want %d %q", tt.at, tt.url, r.StatusCode, got, tt.status, tt.want)
		}
	}
	move(t, s, "2024-03-02")
	if _, body := get(t, web, "http://paper.com/big"); len(body) != 300003 {
		t.Errorf("padded to %d bytes", len(body))
	}
	r, icon := get(t, web, "http://paper.com/favicon.ico")
	if img, err := png.Decode(strings.NewReader(icon)); err != nil || img.Bounds().Dx() != 16 || r.Header.Get("Content-Type") != "image/png" {
		t.Errorf("favicon: %v", err)
	}
	if bytes.Equal(drawFavicon("a"), drawFavicon("b")) || !bytes.Equal(drawFavicon("a"), []byte(drawFavicon("a"))) {
		t.Error("icons do not depend on the word alone")
	}
}

func TestConnectionsFailAsTheWorldSays(t *testing.T) {
	s := webServer(t, "2024-03-02")
	for _, tt := range []struct{ at, url, want string }{
		{"2024-03-12", "http://paper.com/", "reset"},
		{"2024-03-13", "http://paper.com/", "reset"},            // de.paper.com keeps the port open
		{"2024-03-14", "http://paper.com/", "host unreachable"}, // no address any more
		{"2024-03-02", "http://nobody.com/", "host unreachable"},
		{"2024-03-02", "http://198.19.128.2/", "refused"},
		{"2024-03-02", "http://198.19.190.1/", "host unreachable"},
		{"2024-03-02", "http://paper.com:8080/", "refused"},
		{"2024-03-02", "https://closed.com/", "reset"},
		{"2024-03-03", "http://other.com/", "refused"},
		{"2024-03-03", "http://cloak.com/", "reset"},
		{"2024-03-04", "http://cloak.com/", "deadline exceeded"},
	} {
		move(t, s, tt.at)
		web := via(t, s.SOCKSAddr(), nil)
		if tt.want == "deadline exceeded" {
			web.Timeout = time.Second
		}
		r, err := web.Get(tt.url)
		if err == nil {
			r.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) && !(tt.want == "reset" && errors.Is(err, io.EOF)) {
			t.Errorf("%s %s: %v, want %s", tt.at, tt.url, err, tt.want)
		}
	}
	move(t, s, "2024-03-05")
	if _, err := via(t, s.SOCKSAddr(), nil).Get("http://bare.com/"); err == nil {
		t.Error("a name on hold resolves")
	}
	// The machine of a name on hold is still there.
	req, _ := http.NewRequest("GET", "http://198.19.128.1/", nil)
	req.Host = "bare.com"
	r, err := via(t, s.SOCKSAddr(), nil).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(r.Body)
	if string(b) != "still here" {
		t.Errorf("%s", b)
	}
}

func TestCloakingFollowsTheVisitor(t *testing.T) {
	s := webServer(t, "2024-03-02")
	type v struct{ user, exit, agent, referer, path, want string }
	for _, tt := range []v{
		{"", "", "", "", "/", "the truth"},
		{"", "", "GoogleBot", "", "/", "for robots"},
		{"", "", "", "https://t.co/x", "/article/1", "from social media"},
		{"", "", "", "https://t.co/x", "/", "the truth"},
		{"DE", "", "", "", "/", "Location: https://spiegel.example/"},
		{"berlin-7", "", "", "", "/", "Location: https://spiegel.example/"},
		{"", "DE", "", "", "/", "Location: https://spiegel.example/"},
		{"US", "", "", "", "/", "not for you"},
		{"nobody", "", "", "", "/", "the truth"},
	} {
		addr := s.SOCKSAddr()
		if tt.exit != "" {
			addr = s.ExitAddr(tt.exit)
		}
		var auth *proxy.Auth
		if tt.user != "" {
			auth = &proxy.Auth{User: tt.user, Password: "x"}
		}
		req, _ := http.NewRequest("GET", "http://cloak.com"+tt.path, nil)
		req.Header.Set("User-Agent", tt.agent)
		req.Header.Set("Referer", tt.referer)
		r, err := via(t, addr, auth).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		got := string(b)
		if l := r.Header.Get("Location"); l != "" {
			got = "Location: " + l
		}
		if got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
	// A visitor who has not been there sees another page, once for each exit and instant.
	move(t, s, "2024-03-02T12:00:00Z")
	for i, want := range []string{"first time", "the truth", "the truth"} {
		if _, body := get(t, via(t, s.SOCKSAddr(), nil), "http://cloak.com/once"); body != want {
			t.Errorf("visit %d: %s", i, body)
		}
	}
	if _, body := get(t, via(t, s.SOCKSAddr(), &proxy.Auth{User: "nobody"}), "http://cloak.com/once"); body != "first time" {
		t.Errorf("another exit: %s", body)
	}
	move(t, s, "2024-03-02T13:00:00Z")
	if _, body := get(t, via(t, s.SOCKSAddr(), nil), "http://cloak.com/once"); body != "first time" {
		t.Errorf("another instant: %s", body)
	}
}

func peerCert(t testing.TB, s *Server, name string) *x509.Certificate {
	t.Helper()
	c, err := s.DialContext(t.Context(), "tcp", name+":443")
	if err != nil {
		t.Fatal(err)
	}
	tc := tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	defer tc.Close()
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	return tc.ConnectionState().PeerCertificates[0]
}

func TestCertificatesAreThoseOfTheWorld(t *testing.T) {
	s := webServer(t, "2024-03-02")
	cloak, other, paper := peerCert(t, s, "cloak.com"), peerCert(t, s, "other.com"), peerCert(t, s, "paper.com")
	spki := func(c *x509.Certificate) [32]byte { return sha256.Sum256(c.RawSubjectPublicKeyInfo) }
	if spki(cloak) != spki(other) || spki(cloak) == spki(paper) {
		t.Error("keys are not shared as written")
	}
	if strings.Join(cloak.DNSNames, " ") != "cloak.com other.com" || strings.Join(paper.DNSNames, " ") != "paper.com www.paper.com de.paper.com" {
		t.Errorf("%v %v", cloak.DNSNames, paper.DNSNames)
	}
	if other.Issuer.CommonName != "other.com" || other.NotAfter.Format(time.DateOnly) != "2023-04-01" {
		t.Errorf("self-signed and expired: %v %v", other.Issuer, other.NotAfter)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CACert())
	web := via(t, s.SOCKSAddr(), nil)
	tr := web.Transport.(*http.Transport)
	tr.TLSClientConfig = &tls.Config{RootCAs: pool, Time: s.Now}
	if _, body := get(t, web, "https://paper.com/gone"); body != "gone" {
		t.Error(body)
	}
	if _, err := web.Get("https://other.com/"); err == nil {
		t.Error("an expired certificate is accepted")
	}
	// The same in every run, renewed in time.
	again := webServer(t, "2024-03-03")
	if !bytes.Equal(peerCert(t, again, "paper.com").Raw, paper.Raw) {
		t.Error("another run shows another certificate")
	}
	move(t, s, "2024-06-03")
	if c := peerCert(t, s, "other.com"); !bytes.Equal(c.Raw, other.Raw) {
		t.Error("a dated certificate was renewed")
	}
	if c := peerCert(t, s, "cloak.com"); bytes.Equal(c.Raw, cloak.Raw) || spki(c) != spki(cloak) || s.Now().After(c.NotAfter) {
		t.Error("not renewed with its key")
	}
}

func TestTheProxyRefusesWhatItDoesNotSpeak(t *testing.T) {
	s := webServer(t, "2024-03-02")
	for _, tt := range []struct {
		name, send, want string
	}{
		{"SOCKS4", "\x04\x01\x00\x50\x01\x02\x03\x04\x00", ""},
		{"no method in common", "\x05\x01\x01", "\x05\xff"},
		{"UDP ASSOCIATE", "\x05\x01\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00", "\x05\x00\x05\x07"},
		{"an unknown form of address", "\x05\x01\x00\x05\x01\x00\x09\x00\x00", "\x05\x00\x05\x08"},
		{"a name that is none", "\x05\x01\x00\x05\x01\x00\x03\x03...\x00\x50", "\x05\x00\x05\x04"},
	} {
		c, err := net.Dial("tcp", s.SOCKSAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(c, tt.send)
		b, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, syscall.ECONNRESET) || !strings.HasPrefix(string(b), tt.want) || tt.want == "" && len(b) > 0 {
			t.Errorf("%s: %q %v", tt.name, b, err)
		}
		c.Close()
	}
}
