package archive

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// deepText is the text of a page with all its shadow trees and frames.
const deepText = `(function walk(n) {
	let t = "";
	for (const c of n.childNodes) {
		if (c.nodeType == 3) t += c.data + " ";
		if (c.shadowRoot) t += walk(c.shadowRoot);
		if (c.tagName == "IFRAME") { try { t += walk(c.contentDocument) } catch (e) {} }
		t += walk(c);
	}
	return t;
})(document)`

// ReplayWeb.page is the reader that most people open packages with. The test
// needs Chromium and the files of npm's replaywebpage in RESPAWN_REPLAYWEB.
func TestReplayWebPageShowsThePage(t *testing.T) {
	ui := os.Getenv("RESPAWN_REPLAYWEB")
	browser, err := exec.LookPath("chromium")
	if ui == "" || err != nil {
		t.Skip("SKIPPED: needs chromium, and RESPAWN_REPLAYWEB with ui.js and sw.js (npm pack replaywebpage@2.5.3); no package was opened in ReplayWeb.page")
	}
	dir := t.TempDir()
	refs := nights(t, dir, 1)
	path := filepath.Join(dir, "rrn.wacz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteWACZ(f, dir, Pack{Refs: refs[:1], Title: "rrn", CreatedAt: day, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	file := func(p string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, p) }
	}
	mux.HandleFunc("/rrn.wacz", file(path))
	mux.HandleFunc("/ui.js", file(filepath.Join(ui, "ui.js")))
	mux.HandleFunc("/replay/sw.js", file(filepath.Join(ui, "sw.js")))
	mux.HandleFunc("/replay/ui.js", file(filepath.Join(ui, "ui.js")))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<script src="/ui.js"></script><replay-web-page source="/rrn.wacz" replayBase="/replay/" embed="default" url="https://www.rrn.example/Start?b=2&amp;a=1" ts="20240905020001"></replay-web-page>`))
	})
	s := httptest.NewServer(mux)
	defer s.Close()

	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(browser), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(5 * time.Minute)}
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	actx, stop := chromedp.NewExecAllocator(ctx, opts...)
	defer stop()
	tab, closeTab := chromedp.NewContext(actx)
	defer closeTab()
	if err := chromedp.Do(tab, chromedp.Navigate(s.URL)); err != nil {
		t.Fatal(err)
	}
	var text string
	for ctx.Err() == nil {
		if text, err = chromedp.Run(tab, chromedp.Evaluate[string](deepText)); err == nil && strings.Contains(text, "as seen on 2024-09-05") {
			return
		}
		if strings.Contains(text, "404 page not found") { // the frame asked before the service worker had taken over, which is for good
			if err := chromedp.Do(tab, chromedp.Reload()); err != nil {
				t.Fatal(err)
			}
			text = ""
		}
		select { // the viewer has no event that says when a page is shown
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	t.Errorf("the captured page was not shown: %v\n%.1500s", err, text)
}
