package crawler

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"respawn/tracker"
)

var (
	quiet   = log.New(io.Discard, "", 0)
	refused = error(syscall.ECONNREFUSED)
)

const name = tracker.Name("rrn.example")

func TestCaptureKeepsWhatWasSeen(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			rw.Header().Set("Content-Type", "text/html")
			rw.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(rw)
			fmt.Fprintf(z, `<title>RRN</title><link rel=icon href=/i.png><link rel=alternate type="application/rss+xml" href="/feed/"><p>for %s`, r.UserAgent())
			z.Close()
		case "/robots.txt":
			fmt.Fprint(rw, "User-agent: *\nDisallow: /feed/\nSitemap: https://rrn.example/map.xml\n")
		case "/i.png":
			fmt.Fprint(rw, "\x89PNG")
		default:
			http.NotFound(rw, r)
		}
	}))
	c, b := w.crawler(func(c *Config) { c.Contact = "https://respawn.example/about" })
	got := w.capture(c, name)
	if got.Name != name || got.At.IsZero() || got.Robots != "allowed" {
		t.Errorf("capture: %+v", got)
	}
	for _, v := range []string{Direct, Social, Mobile, Bot, Again} {
		ex := last(visit(t, got, v))
		if ex.Status != 200 || ex.Proto != "HTTP/1.1" || ex.TLS == nil || ex.TLS.Invalid == "" || ex.TLS.SPKI == "" {
			t.Errorf("%s: %+v", v, ex)
		}
		body := string(b.get(ex.Body))
		if !strings.Contains(body, "<title>RRN</title>") || !strings.Contains(body, "respawn.example/about") || ex.BodySize != int64(len(body)) {
			t.Errorf("%s: body %q", v, body)
		}
		if !slices.ContainsFunc(ex.Request, func(f tracker.HeaderField) bool { return f.Name == "Host" && f.Value == "rrn.example" }) {
			t.Errorf("%s: request %v", v, ex.Request)
		}
	}
	var paths []string
	for _, v := range got.Visits {
		if v.Visitor == Asset {
			paths = append(paths, strings.TrimPrefix(v.URL, "https://rrn.example"))
		}
	}
	want := []string{"/robots.txt", "/i.png", "/ads.txt", "/map.xml"} // and not /feed/
	if !slices.Equal(paths, want) {
		t.Errorf("beside the page: %v, want %v", paths, want)
	}
	if len(w.dials) != 1 {
		t.Errorf("%d connections for one polite capture: %v", len(w.dials), w.dials)
	}
}

func TestHeadersKeepTheirOrderAndSpelling(t *testing.T) {
	w := newWeb(t)
	w.raw(name, func(c net.Conn) {
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nserver: nginx\r\nX-POWERED-BY: PHP\r\nDate: now\r\nX-Fold: a\r\n b\r\ntransfer-encoding: chunked\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"+
				"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n")
		}
	})
	c, b := w.crawler(nil)
	got := w.capture(c, name)
	d := visit(t, got, Direct)
	ex := last(d)
	var names []string
	for _, f := range ex.Header {
		names = append(names, f.Name)
	}
	if s := strings.Join(names, ":"); s != "server:X-POWERED-BY:Date:X-Fold:transfer-encoding:set-cookie:Set-Cookie" {
		t.Errorf("header order %s", s)
	}
	if v := field(ex.Header, "x-fold"); v != "a b" {
		t.Errorf("folded line: %q", v)
	}
	if body := string(b.get(ex.Body)); body != "hello world" {
		t.Errorf("body %q", body)
	}
	if first := got.Visits[0]; first.Reason != tracker.ReasonRefused || !strings.HasPrefix(first.URL, "https:") {
		t.Errorf("https was not tried first: %+v", first)
	}
	again := last(visit(t, got, Again))
	if v := field(again.Request, "Cookie"); v != "a=1; b=2" {
		t.Errorf("the returning visitor sent cookies %q", v)
	}
	if v := field(last(visit(t, got, Social)).Request, "Cookie"); v != "" {
		t.Errorf("the social visitor sent somebody else's cookies %q", v)
	}
}

type keeper struct {
	t    *testing.T
	seen int
}

func (k *keeper) Keep(_ context.Context, c tracker.Capture, wire func(int, int) ([]byte, []byte)) (string, error) {
	for i, v := range c.Visits {
		for j, h := range v.Hops {
			req, res := wire(i, j)
			if h.Status != 0 {
				k.seen++
				if !bytes.HasPrefix(req, []byte("GET /")) || !bytes.HasPrefix(res, []byte("HTTP/1.1 ")) {
					k.t.Errorf("wire bytes of %s: %.40q %.40q", h.URL, req, res)
				}
				if !bytes.HasSuffix(res, []byte("body of "+h.URL)) {
					k.t.Errorf("wire bytes of %s end in %q", h.URL, res[max(0, len(res)-60):])
				}
			}
		}
	}
	return "night-1.warc.gz:17", nil
}

func TestArchiveGetsTheWireBytes(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprint(rw, "body of https://"+r.Host+r.URL.String())
	}))
	k := &keeper{t: t}
	c, _ := w.crawler(func(c *Config) { c.Archive = k })
	got := w.capture(c, name)
	if got.WARC != "night-1.warc.gz:17" || k.seen < 6 {
		t.Errorf("WARC %q after %d exchanges", got.WARC, k.seen)
	}
}

func TestRedirectsAreFollowedAndNoted(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://mid.example/go?x=1", http.StatusFound)
	}))
	w.site("mid.example", shows(`<html><head><meta http-equiv="refresh" content="0; url='https://late.example/'"></head>`))
	w.site("late.example", shows(`<script>window.top.location.href = "https:\/\/www.spiegel.example\/";</script>`))
	w.site("www.spiegel.example", shows(`<h1>the real one</h1>`))
	c, _ := w.crawler(nil)
	d := visit(t, w.capture(c, name), Direct)
	var got []string
	for _, h := range d.Hops {
		got = append(got, fmt.Sprint(h.URL, " ", h.Status, " ", h.Via, " ", h.Location))
	}
	want := []string{
		"https://rrn.example/ 302 http https://mid.example/go?x=1",
		"https://mid.example/go?x=1 200 meta-refresh https://late.example/",
		"https://late.example/ 200 script https://www.spiegel.example/",
		"https://www.spiegel.example/ 200  ",
	}
	if !slices.Equal(got, want) || d.Reason != "" {
		t.Errorf("hops:\n%s", strings.Join(got, "\n"))
	}
}

// The four kinds of cloaking that campaigns use, end to end: what each visitor
// was shown is kept, byte for byte.
func TestCloakersShowTheirFaces(t *testing.T) {
	const spoof, decoy = "<p>the spoof that victims are shown", "<p>a harmless decoy"
	for _, tt := range []struct {
		name  string
		face  func(*http.Request) string
		spoof []string // visitors who see it
	}{
		{"by agent", func(r *http.Request) string {
			if strings.Contains(r.UserAgent(), "Mobile") {
				return spoof
			}
			return decoy
		}, []string{Mobile}},
		{"by referrer", func(r *http.Request) string {
			if strings.Contains(r.Referer(), "facebook") {
				return spoof
			}
			return decoy
		}, []string{Social}},
		{"by first visit", func(r *http.Request) string {
			if _, err := r.Cookie("seen"); err == nil {
				return decoy
			}
			return spoof
		}, []string{Direct, Social, Mobile, Bot}},
		{"by country", func(r *http.Request) string {
			if r.Header.Get("Accept-Language") == "de" {
				return spoof
			}
			return decoy
		}, []string{"proxy:de"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				face := tt.face(r)
				http.SetCookie(rw, &http.Cookie{Name: "seen", Value: "1"})
				rw.Header().Set("Content-Type", "text/html")
				io.WriteString(rw, face)
			}))
			proxied := 0
			c, b := w.crawler(func(c *Config) {
				c.FrontOnly = true
				c.Visitors = append(DefaultVisitors(), Visitor{Name: "proxy:de", Language: "de", Dial: func(ctx context.Context, n, a string) (net.Conn, error) {
					proxied++
					return w.dial(ctx, n, a)
				}})
			})
			got := w.capture(c, name)
			for _, v := range []string{Direct, Social, Mobile, Bot, Again, "proxy:de"} {
				want := decoy
				if slices.Contains(tt.spoof, v) || v == "proxy:de" && tt.name == "by first visit" {
					want = spoof
				}
				if body := string(b.get(last(visit(t, got, v)).Body)); body != want {
					t.Errorf("%s was shown %q", v, body)
				}
			}
			if proxied != 1 {
				t.Errorf("%d connections through the proxy", proxied)
			}
		})
	}
}

func TestEmptyFrontPagesAreAskedForArticles(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
		case "/sitemap.xml":
			rw.Header().Set("Content-Type", "text/xml")
			io.WriteString(rw, `<urlset><url><loc>https://rrn.example/</loc></url><url><loc>https://rrn.example/a-story</loc></url><url><loc>https://elsewhere.example/b</loc></url></urlset>`)
		case "/a-story", "/given":
			io.WriteString(rw, "<p>story for "+r.Referer())
		default:
			http.NotFound(rw, r)
		}
	}))
	c, b := w.crawler(func(c *Config) {
		c.Classify = func(tracker.Capture) tracker.Class { return tracker.ClassEmpty }
	})
	got, err := c.Capture(t.Context(), Target{Name: name, Articles: []string{"/given"}})
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, v := range got.Visits {
		if v.Visitor == Article {
			urls = append(urls, v.URL)
			if s := string(b.get(last(v).Body)); s != "<p>story for https://www.facebook.com/" {
				t.Errorf("%s: %q", v.URL, s)
			}
		}
	}
	if want := []string{"https://rrn.example/given", "https://rrn.example/a-story"}; !slices.Equal(urls, want) {
		t.Errorf("articles %v, want %v", urls, want)
	}
}

// Readers are sent on by error pages too; where a browser shows no page, nobody is.
func TestErrorPagesSendTheirReadersOn(t *testing.T) {
	for _, tt := range []struct {
		status int
		hops   int
	}{{200, 2}, {404, 2}, {403, 2}, {503, 2}, {300, 2}, {204, 1}, {304, 1}, {401, 1}} {
		w := newWeb(t)
		w.raw(name, func(c net.Conn) {
			br := bufio.NewReader(c)
			for r, err := http.ReadRequest(br); err == nil; r, err = http.ReadRequest(br) {
				if r.URL.Path == "/spoof" {
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hi")
					continue
				}
				page := `<script>location.href="/spoof"</script>`
				if tt.status == 204 || tt.status == 304 {
					page = ""
				}
				fmt.Fprintf(c, "HTTP/1.1 %d x\r\nRefresh: 0; url=/spoof\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", tt.status, len(page), page)
			}
		})
		c, _ := w.crawler(func(c *Config) {
			c.Visitors, c.FrontOnly, c.Robots = []Visitor{{Name: Direct}}, true, RobotsIgnore
		})
		v := visit(t, w.capture(c, name), Direct)
		if len(v.Hops) != tt.hops || v.Hops[0].Status != tt.status || tt.hops == 2 && !strings.HasSuffix(last(v).URL, "/spoof") {
			t.Errorf("%d: %d hops to %s", tt.status, len(v.Hops), last(v).URL)
		}
	}
}

// A good-bye on an idle connection is no answer; on a fresh one it is.
func TestRequestTimeouts(t *testing.T) {
	const page, bye = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hi", "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		name    string
		answers []string // to the requests on one connection
		want    int
	}{
		{"on the connection of the visit before", []string{page, bye}, 200},
		{"on every connection", []string{bye}, 408},
	} {
		w := newWeb(t)
		w.raw(name, func(c net.Conn) {
			br := bufio.NewReader(c)
			for _, a := range tt.answers {
				if _, err := http.ReadRequest(br); err != nil {
					return
				}
				io.WriteString(c, a)
			}
		})
		c, _ := w.crawler(func(c *Config) {
			c.Visitors, c.FrontOnly, c.Robots = []Visitor{{Name: Direct}, {Name: Social}, {Name: Again, CookiesOf: Direct}}, true, RobotsIgnore
		})
		for _, v := range w.capture(c, name).Visits[1:] {
			if x := last(v); x.Status != tt.want || len(v.Hops) != 1 {
				t.Errorf("%s: %s got %d, %d hops, %s", tt.name, v.Visitor, x.Status, len(v.Hops), x.Err)
			}
		}
	}
}

func TestRobots(t *testing.T) {
	for _, tt := range []struct {
		status  int
		body    string
		policy  RobotsPolicy
		verdict string
		pages   int // requests besides robots.txt
	}{
		{200, "User-agent: *\nDisallow: /\n", RobotsBeyondFront, "disallowed", 1},
		{200, "User-agent: *\nDisallow: /\n", RobotsObey, "disallowed", 0},
		{200, "User-agent: *\nDisallow: /\n", RobotsRecord, "disallowed", 4},
		{200, "User-agent: respawn\nDisallow: /\n\nUser-agent: *\nDisallow:\n", RobotsObey, "disallowed", 0},
		{404, "gone", RobotsObey, "allowed", 4},
		{503, "later", RobotsBeyondFront, "unreachable", 1}, // colly takes this for a yes
		{503, "later", RobotsObey, "unreachable", 0},
		{200, "", RobotsIgnore, "not-asked", 4},
		// Cut at its limit in the middle of a line, which must not forbid everything.
		{200, "User-agent: *\n" + strings.Repeat("#", robotsSize-14-1-11) + "\n" + "Disallow: /private\n", RobotsObey, "allowed", 4},
	} {
		w := newWeb(t)
		pages := 0
		w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				rw.WriteHeader(tt.status)
				io.WriteString(rw, tt.body)
				return
			}
			pages++
			io.WriteString(rw, "<html><p>page of a site")
		}))
		c, _ := w.crawler(func(c *Config) { c.Robots, c.Visitors = tt.policy, []Visitor{{Name: Direct}} })
		got := w.capture(c, name)
		if got.Robots != tt.verdict || pages != tt.pages {
			t.Errorf("%d %.80q under %s: %s after %d pages, want %s after %d", tt.status, tt.body, tt.policy, got.Robots, pages, tt.verdict, tt.pages)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	w := newWeb(t)
	good := Config{Dial: w.dial, Resolve: w.resolve, Blobs: &blobs{}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no dialer":         func(c *Config) { c.Dial = nil },
		"no resolver":       func(c *Config) { c.Resolve = nil },
		"no blobs":          func(c *Config) { c.Blobs = nil },
		"unknown policy":    func(c *Config) { c.Robots = "maybe" },
		"no visitors":       func(c *Config) { c.Visitors = []Visitor{} },
		"same name twice":   func(c *Config) { c.Visitors = []Visitor{{Name: "a"}, {Name: "a"}} },
		"reserved name":     func(c *Config) { c.Visitors = []Visitor{{Name: Asset}} },
		"cookies of nobody": func(c *Config) { c.Visitors = []Visitor{{Name: "a", CookiesOf: "b"}} },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	c, _ := New(good)
	for _, u := range []string{"ftp://rrn.example/", "https://rrn.example:22/", "https:///x", "::"} {
		if _, err := c.Capture(t.Context(), Target{Name: name, URL: u}); err == nil {
			t.Errorf("%s: accepted", u)
		}
	}
}

type full struct{}

func (*full) Put(context.Context, []byte) (tracker.Digest, error) { return "", syscall.ENOSPC }

func TestAPageThatCannotBeKeptIsAnError(t *testing.T) {
	w := newWeb(t)
	w.site(name, shows("<p>page"))
	c, _ := w.crawler(func(c *Config) { c.Blobs = &full{} })
	if _, err := c.Capture(t.Context(), Target{Name: name}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("error %v", err)
	}
}
