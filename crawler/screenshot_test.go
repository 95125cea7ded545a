package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestScreenshot(t *testing.T) {
	browser, err := FindBrowser()
	if err != nil {
		t.Skip("SKIPPED: " + err.Error() + "; no screenshot was taken")
	}
	w := newWeb(t)
	var mu sync.Mutex
	var asked []string
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		rw.Header().Set("Content-Type", "text/html")
		io.WriteString(rw, `<body style="margin:0"><h1 style="font-size:90px">The spoof</h1><div style="background:#c00;height:300px;width:500px"></div>
			<img src="http://169.254.169.254/latest"><img src="http://127.0.0.1:9/x"><img src="http://inside.example/x"><script>fetch("/ran")</script>`)
	}))
	w.names["inside.example"] = []netip.Addr{netip.MustParseAddr("10.0.0.7")}
	c, b := w.crawler(func(c *Config) { c.Limits.Request = 5 * time.Minute })
	s, err := c.Screenshot(t.Context(), browser, "https://rrn.example/")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b.get(s.PNG)))
	if err != nil || img.Bounds().Dx() != s.Width || s.Width < 1000 || s.PHash == 0 {
		t.Errorf("%+v %v", s, err)
	}
	if r, g, _, _ := img.At(250, 350).RGBA(); r>>8 != 0xcc || g != 0 {
		t.Errorf("the picture does not show the page: %v", img.At(250, 350))
	}
	for _, d := range w.dials {
		if strings.HasPrefix(d, "127.") {
			t.Errorf("dialed %s", d)
		}
	}
	if len(asked) < 2 {
		t.Errorf("scripts did not run: %v", asked)
	}
}

// Without a browser, or with one that dies, there is an error and no picture;
// the capture is another matter.
func TestScreenshotWithoutABrowser(t *testing.T) {
	w := newWeb(t)
	w.site(name, shows("<p>page"))
	c, _ := w.crawler(func(c *Config) { c.Limits.Request = time.Minute })
	for _, browser := range []string{"/no/such/browser", "/bin/false"} {
		if s, err := c.Screenshot(t.Context(), browser, "https://rrn.example/"); err == nil {
			t.Errorf("%s took %+v", browser, s)
		}
	}
	if _, err := c.Screenshot(t.Context(), "/bin/false", "file:///etc/passwd"); err == nil || !strings.Contains(err.Error(), "only http") {
		t.Errorf("a file: %v", err)
	}
	if x := last(visit(t, w.capture(c, name), Direct)); x.Status != 200 {
		t.Errorf("%+v", x)
	}
}

// The loss of the connection is told before the tab is over, or after.
func TestABrowserThatIsGoneIsToldFromAPage(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end()
	lost := fmt.Errorf("lost the connection to the browser: %w: %w", io.EOF, context.Canceled)
	for _, tt := range []struct {
		name     string
		ctx, tab context.Context
		err      error
		want     bool
	}{
		{"the tab is over", t.Context(), over, io.EOF, true},
		{"the tab is not over yet", t.Context(), t.Context(), lost, true},
		{"the page could not be loaded", t.Context(), t.Context(), errors.New("net::ERR_FAILED"), false},
		{"the capture is over", over, over, lost, false},
		{"there is a picture", t.Context(), t.Context(), nil, false},
	} {
		if got := gone(tt.ctx, tt.tab, tt.err); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestGuardProxy(t *testing.T) {
	w := newWeb(t)
	w.site(name, shows("<p>page"))
	w.names["inside.example"] = []netip.Addr{netip.MustParseAddr("10.0.0.7")}
	c, _ := w.crawler(nil)
	p, err := c.openProxy(t.Context(), Visitor{}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	pu, _ := url.Parse(p.url())
	hc := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(pu), DisableKeepAlives: true}}
	for target, want := range map[string]int{
		"http://rrn.example/": 200, "http://inside.example/": 502, "http://169.254.169.254/": 502, "http://rrn.example:22/": 502,
		"http://localhost/": 502, "http://gone.example/": 502, "http://2852039166/": 502,
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		res, err := hc.Do(req)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		if res.StatusCode != want {
			d, _ := httputil.DumpResponse(res, true)
			t.Errorf("%s: %s", target, d)
		}
		res.Body.Close()
	}
	for _, d := range w.dials {
		if strings.HasSuffix(d, ":22") || strings.HasPrefix(d, "127.") {
			t.Errorf("dialed %s", d)
		}
	}
	p.mu.Lock()
	p.left = 10
	p.mu.Unlock()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://rrn.example/", nil)
	res, err := hc.Do(req)
	if err == nil {
		res.Body.Close()
		p.mu.Lock()
		left := p.left
		p.mu.Unlock()
		if left > 0 {
			t.Errorf("%d bytes left", left)
		}
	}
}
