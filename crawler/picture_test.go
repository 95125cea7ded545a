package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"respawn/tracker"
)

func always(tracker.Capture) int { return 0 }

// A filed is an archive that remembers what it was given.
type filed struct{ got []tracker.Capture }

func (k *filed) Keep(_ context.Context, c tracker.Capture, _ func(int, int) ([]byte, []byte)) (string, error) {
	k.got = append(k.got, c)
	return "x.warc.gz:0+1", nil
}

// chromium is a script that notes its process id in the file and becomes the
// installed browser.
func chromium(t *testing.T) (path, pidFile string) {
	t.Helper()
	real, err := FindBrowser()
	if err != nil {
		t.Skip("SKIPPED: " + err.Error() + "; no screenshot was taken")
	}
	dir := t.TempDir()
	path, pidFile = filepath.Join(dir, "browser"), filepath.Join(dir, "pid")
	script := fmt.Sprintf("#!/bin/sh\necho $$ > %s.new && mv %s.new %s\nexec %s \"$@\"\n", pidFile, pidFile, pidFile, real)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, pidFile
}

func pidIn(t *testing.T, file string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 2 {
		t.Fatalf("%q %v", b, err)
	}
	return pid
}

// alive are the processes of a group that run, not counting those that have
// ended and wait to be asked how.
func alive(t *testing.T, group int) (out []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range stats {
		b, err := os.ReadFile(p)
		if err != nil {
			continue // gone by now
		}
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // state, parent, group
		if len(f) > 2 && f[2] == strconv.Itoa(group) && f[0] != "Z" {
			out = append(out, p)
		}
	}
	return out
}

const spoof = `<body style="margin:0"><div style="background:#c00;height:300px"></div><h1>The spoof</h1>`

// notTheSpoof says why a capture has no picture of the spoof; "" where it has.
func notTheSpoof(got tracker.Capture, b *blobs) string {
	img, err := png.Decode(bytes.NewReader(b.get(got.Screenshot)))
	if err != nil || got.ScreenshotErr != "" || len(got.ScreenshotHash) != 16 {
		return fmt.Sprintf("%s %q %q: %v", got.Screenshot, got.ScreenshotHash, got.ScreenshotErr, err)
	}
	if r, g, _, _ := img.At(250, 100).RGBA(); r>>8 != 0xcc || g != 0 {
		return fmt.Sprintf("the picture does not show the page: %v", img.At(250, 100))
	}
	return ""
}

// A page whose load never ends has a picture all the same: of what is there when
// patience ends. How long a browser needs for that much depends on the machine, so
// patience is doubled until it has been enough.
func TestAPageThatNeverLoadsHasItsPicture(t *testing.T) {
	browser, _ := chromium(t)
	why := ""
	for patience := 2 * time.Second; patience <= 64*time.Second; patience *= 2 {
		w := newWeb(t)
		var waiting atomic.Bool // for the image, asked by a browser alone
		w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/never" {
				waiting.Store(true)
				<-r.Context().Done()
				return
			}
			shows(spoof+`<img src="/never">`)(rw, r)
		}))
		c, b := w.crawler(func(c *Config) {
			c.Visitors, c.FrontOnly, c.Robots = []Visitor{{Name: Direct}}, true, RobotsIgnore
			c.Browser, c.Picture, c.Limits.Request, c.Limits.Capture = browser, always, patience, 5*time.Minute
		})
		if why = notTheSpoof(w.capture(c, name), b); why == "" {
			if !waiting.Load() {
				t.Fatal("the browser did not ask for what never comes")
			}
			return
		}
		t.Logf("within %s: %s", patience, why)
	}
	t.Error(why)
}

func TestACaptureWithItsPicture(t *testing.T) {
	browser, pidFile := chromium(t)
	w := newWeb(t)
	var mu sync.Mutex
	asked := map[string]http.Header{}
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path] = r.Header
		mu.Unlock()
		shows(spoof+`<script>var ask = new XMLHttpRequest(); ask.open("GET", "/ran", false); ask.send()</script>`)(rw, r)
	}))
	var k filed
	c, b := w.crawler(func(c *Config) {
		// A busy machine takes its time to start a browser; nothing here waits for it.
		c.Browser, c.Archive, c.FrontOnly, c.Limits.Request = browser, &k, true, time.Minute
		c.Limits.Capture = 5 * time.Minute
		c.Visitors = []Visitor{{Name: Direct}, {Name: "proxy:de", UserAgent: "reader/1", Language: "de", Dial: c.Dial}}
		c.Picture = func(got tracker.Capture) int { return len(got.Visits) - 1 }
		c.Robots = RobotsIgnore
	})
	got := w.capture(c, name)
	if why := notTheSpoof(got, b); why != "" {
		t.Fatal(why)
	}
	mu.Lock()
	defer mu.Unlock()
	if h := asked["/ran"]; h.Get("User-Agent") != "reader/1" || !strings.HasPrefix(h.Get("Accept-Language"), "de") {
		t.Errorf("the browser is not the visitor: %v", h)
	}
	if len(k.got) != 1 || k.got[0].Screenshot != got.Screenshot {
		t.Error("the archive was not told of the picture")
	}
	if left := alive(t, pidIn(t, pidFile)); len(left) > 0 {
		t.Errorf("still running: %v", left)
	}
}

// Chromium is killed while it loads the page: the capture is whole, has no
// picture and says why, and nothing of the browser is left.
func TestBrowserKilledInMidRun(t *testing.T) {
	browser, pidFile := chromium(t)
	w := newWeb(t)
	killed := make(chan int, 1)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inside" { // asked for by a browser alone
			pid := pidIn(t, pidFile)
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			killed <- pid
			<-r.Context().Done()
			return
		}
		shows(`<h1>The spoof</h1><img src="/inside">`)(rw, r)
	}))
	var k filed
	var log bytes.Buffer
	c, _ := w.crawler(func(c *Config) {
		c.Browser, c.Archive, c.FrontOnly, c.Picture, c.Limits.Request = browser, &k, true, always, time.Hour
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Limits.Capture = time.Hour // one that waits for a browser that is gone never ends
	})
	got := w.capture(c, name)
	select {
	case pid := <-killed:
		if left := alive(t, pid); len(left) > 0 {
			t.Errorf("still running: %v", left)
		}
	default:
		t.Fatal("the browser never asked for the picture in the page")
	}
	if x := last(visit(t, got, Direct)); x.Status != 200 || len(got.Visits) < 5 {
		t.Errorf("%d visits, %+v", len(got.Visits), x)
	}
	if got.Screenshot != "" || got.ScreenshotHash != "" || !strings.Contains(got.ScreenshotErr, errGone.Error()) {
		t.Errorf("%q %q %q", got.Screenshot, got.ScreenshotHash, got.ScreenshotErr)
	}
	if len(k.got) != 1 || k.got[0].ScreenshotErr != got.ScreenshotErr || got.WARC == "" {
		t.Errorf("archived %+v", k.got)
	}
	if !strings.Contains(log.String(), "a capture has no screenshot") {
		t.Errorf("said %q", log.String())
	}
}

func TestPicturesWithoutABrowser(t *testing.T) {
	w := newWeb(t)
	w.site(name, shows("<p>page"))
	var log bytes.Buffer
	wanted := 0
	c, _ := w.crawler(func(c *Config) {
		c.FrontOnly, c.Visitors, c.Robots = true, []Visitor{{Name: Direct}}, RobotsIgnore
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Picture = func(tracker.Capture) int { return wanted }
	})
	for range 3 {
		if got := w.capture(c, name); got.Screenshot != "" || !strings.Contains(got.ScreenshotErr, "no browser") || last(got.Visits[0]).Status != 200 {
			t.Errorf("%+v", got)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "no browser") {
		t.Errorf("said %d times: %s", n, log.String())
	}
	wanted = -1
	if got := w.capture(c, name); got.ScreenshotErr != "" {
		t.Errorf("nobody wanted a picture: %q", got.ScreenshotErr)
	}
}

// A browser that dies each time is left alone; one capture at a time has it.
func TestABrowserThatKeepsDying(t *testing.T) {
	w := newWeb(t)
	w.site(name, shows("<p>page"))
	dir := t.TempDir()
	browser := filepath.Join(dir, "browser")
	script := fmt.Sprintf("#!/bin/sh\nmkdir %s/running || touch %s/two\necho x >> %s/starts\nrmdir %s/running\nexit 1\n", dir, dir, dir, dir)
	if err := os.WriteFile(browser, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c, _ := w.crawler(func(c *Config) {
		c.FrontOnly, c.Visitors, c.Robots, c.Browser, c.Picture = true, []Visitor{{Name: Direct}}, RobotsIgnore, browser, always
	})
	var wg sync.WaitGroup
	var mu sync.Mutex
	why := map[bool]int{}
	for range 8 {
		wg.Go(func() {
			got, err := c.Capture(t.Context(), Target{Name: name})
			if err != nil || got.ScreenshotErr == "" || last(got.Visits[0]).Status != 200 {
				t.Errorf("%v %+v", err, got)
			}
			mu.Lock()
			why[strings.Contains(got.ScreenshotErr, "left alone")]++
			mu.Unlock()
		})
	}
	wg.Wait()
	starts, err := os.ReadFile(filepath.Join(dir, "starts"))
	if err != nil || bytes.Count(starts, []byte("x")) != shotFailures || why[true] != 8-shotFailures {
		t.Errorf("started %q, %v: %v", starts, why, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "two")); err == nil {
		t.Error("two browsers ran at a time")
	}
}

// noRoom is a blob store without room for anything but pages.
type noRoom struct{ blobs }

func (f *noRoom) Put(ctx context.Context, b []byte) (tracker.Digest, error) {
	if bytes.HasPrefix(b, []byte("\x89PNG")) {
		return "", errors.New("no space left")
	}
	return f.blobs.Put(ctx, b)
}

// What was seen and cannot be kept ends the capture, as with every body.
func TestAPictureThatCannotBeKept(t *testing.T) {
	w := newWeb(t)
	c, _ := w.crawler(func(c *Config) { c.Blobs = &noRoom{} })
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	img.Set(3, 3, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := c.develop(t.Context(), b.Bytes(), &Shot{}); !errors.Is(err, errKeep) {
		t.Errorf("%v", err)
	}
}
