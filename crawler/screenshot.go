package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/corona10/goimagehash"

	"respawn/tracker"
)

// ErrNoBrowser means that no Chromium was found. Everything else works without.
var ErrNoBrowser = errors.New("no browser is installed (Debian: apt install chromium)")

// A Shot is what a page looked like.
type Shot struct {
	URL string
	At  time.Time
	// PNG is the picture, decoded and encoded again, so that nothing of the page
	// but its pixels is in it.
	PNG tracker.Digest // in the blob store
	// PHash is the 64-bit perceptual hash; 0 for pages of one colour, which all
	// look alike to it.
	PHash         uint64
	Width, Height int
	Browser       string // path of the program
}

// FindBrowser is the path of a Chromium or Chrome; [ErrNoBrowser] where there is
// none.
func FindBrowser() (string, error) {
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell"} {
		if p, err := exec.LookPath(n); err == nil {
			return p, nil
		}
	}
	return "", ErrNoBrowser
}

const (
	shotWidth  = 1280
	shotHeight = 900
	shotBytes  = 64 << 20 // what one page may load
	maxPixels  = 16 << 20
)

// Screenshot opens the page in a browser of its own, which sees the network
// through the crawler's guard alone and is gone afterwards with all it kept.
// browser is its path; "": [FindBrowser]. Scripts run, as they do for a reader;
// nothing is clicked. An error means that there is no picture, never anything
// about the site: browsers die of their own accord.
func (c *Crawler) Screenshot(ctx context.Context, browser, pageURL string) (Shot, error) {
	return c.screenshot(ctx, browser, c.cfg.Visitors[0], pageURL)
}

// screenshot has the user agent, the language and the door of v, but neither its
// cookies nor its referrer: the site sees a browser that was never there before.
func (c *Crawler) screenshot(ctx context.Context, browser string, v Visitor, pageURL string) (Shot, error) {
	u, err := url.Parse(pageURL)
	if err != nil {
		return Shot{}, fmt.Errorf("screenshot: %w", err)
	}
	if _, _, err := c.judge(u); err != nil {
		return Shot{}, fmt.Errorf("screenshot of %s: %w", pageURL, err)
	}
	if browser == "" {
		if browser, err = FindBrowser(); err != nil {
			return Shot{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*c.cfg.Limits.Request)
	defer cancel()
	proxy, err := c.openProxy(ctx, v, shotBytes)
	if err != nil {
		return Shot{}, fmt.Errorf("screenshot: %w", err)
	}
	defer proxy.close()
	raw, err := shoot(ctx, c.cfg.Limits.Request, browser, proxy.url(), c.agent(v), orElse(v.Language, c.cfg.Language), u.String())
	if err != nil {
		return Shot{}, fmt.Errorf("screenshot of %s: %w", pageURL, err)
	}
	s := Shot{URL: pageURL, At: c.now(), Browser: browser}
	if err := c.develop(ctx, raw, &s); err != nil {
		return Shot{}, fmt.Errorf("screenshot of %s: %w", pageURL, err)
	}
	return s, nil
}

// shoot loads the page for at most patience: some never end, and what is shown by
// then is what a reader sees of it.
func shoot(ctx context.Context, patience time.Duration, browser, proxy, agent, language, pageURL string) ([]byte, error) {
	var cmd *exec.Cmd
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(browser), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.IgnoreCertErrors, chromedp.UserAgent(agent), chromedp.WindowSize(shotWidth, shotHeight), chromedp.ProxyServer(proxy),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"), // loopback goes to the guard as well
		chromedp.Flag("force-webrtc-ip-handling-policy", "disable_non_proxied_udp"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true), chromedp.Flag("mute-audio", true),
		chromedp.Flag("accept-lang", language), chromedp.ModifyCmdFunc(func(c *exec.Cmd) { ownGroup(c); cmd = c }),
		chromedp.Flag("deny-permission-prompts", true), chromedp.Flag("disable-file-system", true),
		chromedp.WSURLReadTimeout(2 * patience), // as ctx: a busy machine may take more than the library's 20 s to start it
	}
	if os.Getuid() == 0 { // Chromium's sandbox refuses root, as in containers
		opts = append(opts, chromedp.NoSandbox)
	}
	actx, stop := chromedp.NewExecAllocator(ctx, opts...)
	defer func() {
		stop() // waits for the program
		endGroup(cmd)
	}()
	quiet := func(string, ...any) {} // events newer than the library, pipes of a browser that is gone
	tab, closeTab := chromedp.NewContext(actx, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	defer closeTab()
	raw, err := expose(tab, patience, pageURL)
	if gone(ctx, tab, err) {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	return raw, err
}

// gone says whether err is that of a browser that ended by itself. Whoever waits for
// it hears so, by an error that is also [context.Canceled], before its tab ends.
func gone(ctx, tab context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && (tab.Err() != nil || errors.Is(err, context.Canceled))
}

var errGone = errors.New("the browser ended before there was a picture")

func expose(tab context.Context, patience time.Duration, pageURL string) ([]byte, error) {
	if err := chromedp.Do(tab, chromedp.EmulateViewport(shotWidth, shotHeight)); err != nil {
		return nil, err
	}
	loading, enough := context.WithTimeout(tab, patience)
	defer enough()
	if err := chromedp.Do(loading, chromedp.Navigate(pageURL)); err != nil && (loading.Err() == nil || tab.Err() != nil) {
		return nil, err
	}
	return chromedp.Run(tab, chromedp.CaptureScreenshot())
}

// browsersFault is false where the browser did its work and it was the page that
// could not be loaded.
func browsersFault(err error) bool {
	_, loading := errors.AsType[*chromedp.LoadError](err)
	return !loading
}

// develop decodes the picture within bounds, encodes it anew, hashes and keeps it.
func (c *Crawler) develop(ctx context.Context, raw []byte, s *Shot) error {
	cfg, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	if cfg.Width*cfg.Height > maxPixels {
		return fmt.Errorf("a picture of %d x %d", cfg.Width, cfg.Height)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	s.Width, s.Height = cfg.Width, cfg.Height
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	if s.PNG, err = c.cfg.Blobs.Put(ctx, b.Bytes()); err != nil {
		return fmt.Errorf("%w: %w", errKeep, err)
	}
	if !oneColour(img) {
		h, err := goimagehash.PerceptionHash(img)
		if err != nil {
			return err
		}
		s.PHash = h.GetHash()
	}
	return nil
}

// oneColour looks at every eighth pixel: a page with next to nothing on it has a
// hash that every such page has.
func oneColour(img image.Image) bool {
	r := img.Bounds()
	first := img.At(r.Min.X, r.Min.Y)
	other, total := 0, 0
	for y := r.Min.Y; y < r.Max.Y; y += 8 {
		for x := r.Min.X; x < r.Max.X; x += 8 {
			if total++; img.At(x, y) != first {
				other++
			}
		}
	}
	return other*200 < total
}
