package crawler

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"respawn/tracker"
)

func TestReferrer(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"within a site everything is told", "https://rrn.example/a?b=1", "https://rrn.example/c", "https://rrn.example/a?b=1"},
		{"but neither fragment nor password", "https://user:secret@rrn.example/a#here", "https://rrn.example/c", "https://rrn.example/a"},
		{"elsewhere the origin alone", "https://rrn.example/a?b=1", "https://other.example/", "https://rrn.example/"},
		{"another port is elsewhere", "http://rrn.example:8080/a", "http://rrn.example/", "http://rrn.example:8080/"},
		{"from plain to TLS is elsewhere", "http://rrn.example/a", "https://rrn.example/", "http://rrn.example/"},
		{"where TLS ends nothing", "https://rrn.example/a", "http://rrn.example/", ""},
		{"to a file nothing", "https://rrn.example/a", "file:///etc/passwd", ""},
		{"to nowhere", "https://rrn.example/a", "http://%zz/", ""},
		{"from nowhere", "", "https://rrn.example/", ""},
	} {
		if got := referrer(tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Cloaks look at the Referer. A redirect by header leaves it as it is, a page that
// sends its reader on becomes it.
func TestRefererIsThatOfABrowser(t *testing.T) {
	w := newWeb(t)
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			http.Redirect(rw, r, "/second", http.StatusFound)
		case "/second":
			shows(`<meta http-equiv=refresh content="0;/third">`)(rw, r)
		case "/third":
			http.Redirect(rw, r, "http://other.example/x", http.StatusMovedPermanently)
		}
	}))
	w.plain("other.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/x" {
			shows(`<script>location.href="http://rrn.example/end"</script>`)(rw, r)
		}
	}))
	c, _ := w.crawler(func(c *Config) {
		c.Visitors = []Visitor{{Name: Direct}, {Name: Social, Referer: "https://www.facebook.com/"}}
		c.FrontOnly, c.Robots = true, RobotsIgnore
	})
	got := w.capture(c, name)
	for _, tt := range []struct{ visitor, first string }{{Direct, ""}, {Social, "https://www.facebook.com/"}} {
		want := []string{tt.first, tt.first, "http://rrn.example/second", "http://rrn.example/second", "http://other.example/"}
		hops := visit(t, got, tt.visitor).Hops
		if len(hops) != len(want) {
			t.Fatalf("%s: %d hops", tt.visitor, len(hops))
		}
		for i, h := range hops {
			if r := field(h.Request, "Referer"); r != want[i] {
				t.Errorf("%s to %s: %q, want %q", tt.visitor, h.URL, r, want[i])
			}
		}
	}
}

// A site that sets two thousand cookies at every step gets some of them back, as
// from a browser, and neither our time nor our memory.
func TestCookieFlood(t *testing.T) {
	w := newWeb(t)
	n := 0
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for range 2000 {
			n++
			rw.Header().Add("Set-Cookie", fmt.Sprintf("c%d=v", n))
		}
		rw.Header().Add("Set-Cookie", "huge="+strings.Repeat("x", 5000))
		if len(r.URL.Path) < 9 {
			http.Redirect(rw, r, r.URL.Path+"a", http.StatusFound)
			return
		}
		io.WriteString(rw, "<p>sweet")
	}))
	c, _ := w.crawler(func(c *Config) {
		c.Limits.Header, c.FrontOnly, c.Robots = 1<<20, true, RobotsIgnore
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := w.capture(c, name)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 { // of server and client
		t.Errorf("%d MB allocated", used>>20)
	}
	for _, v := range got.Visits[1:] { // port 443 is closed
		for i, h := range v.Hops {
			sent := field(h.Request, "Cookie")
			if have := strings.Count(sent, "="); have > maxCookies || i > 0 && have < maxCookies || len(sent) > maxCookieSize {
				t.Errorf("%s: %d cookies of %d bytes were sent", h.URL, have, len(sent))
			}
		}
		if x := last(v); x.Status != 200 {
			t.Errorf("%d, %s", x.Status, x.Err)
		}
	}
}

// What a site has set it may change and take away, however full the jar is.
func TestCookiesOfAFullJar(t *testing.T) {
	j, u := newJar(), mustURL("http://rrn.example/")
	set := func(lines ...string) {
		h := http.Header{}
		for _, l := range lines {
			h.Add("Set-Cookie", l)
		}
		j.SetCookies(u, (&http.Response{Header: h}).Cookies())
	}
	has := func() map[string]string {
		m := map[string]string{}
		for _, c := range j.Cookies(u) {
			m[c.Name] = c.Value
		}
		return m
	}
	set("session=first", "gone=soon")
	for i := range 3 * maxCookies {
		set(fmt.Sprintf("c%d=v", i))
	}
	if m := has(); len(m) != maxCookies || m["session"] != "first" {
		t.Fatalf("%d cookies, session %q", len(m), m["session"])
	}
	set("session=second", "gone=; Max-Age=0", "new=refused")
	if m := has(); m["session"] != "second" || m["gone"] != "" || m["new"] != "" {
		t.Errorf("%v", m)
	}
	j = newJar()
	for i := range 10 {
		set(fmt.Sprintf("big%d=%s", i, strings.Repeat("x", 4000)))
	}
	if m := has(); len(m) != maxCookieSize/(4000+7) {
		t.Errorf("%d big cookies", len(m))
	}
}

var _ http.CookieJar = (*jar)(nil)

func TestCookiesReachTheirSite(t *testing.T) {
	w := newWeb(t)
	var sent []string
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Cookie"))
		rw.Header().Add("Set-Cookie", "seen=1; Path=/; HttpOnly")
		io.WriteString(rw, "<p>hi")
	}))
	c, _ := w.crawler(func(c *Config) { c.FrontOnly, c.Robots = true, RobotsIgnore })
	got := w.capture(c, name)
	for i, v := range got.Visits[1:] { // the first could not open port 443
		want := map[string]string{Again: "seen=1"}[v.Visitor]
		if sent[i] != want {
			t.Errorf("%s sent %q, want %q", v.Visitor, sent[i], want)
		}
	}
	if got.Visits[0].Reason != tracker.ReasonRefused {
		t.Errorf("%+v", got.Visits[0])
	}
}
