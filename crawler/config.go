package crawler

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"respawn/tracker"
)

// Config is what the crawler is given. Dial, Resolve and Blobs are required.
type Config struct {
	// Dial opens a connection to IP:port. It judges the address itself and
	// returns an error for which Guarded is true when it refuses. Required.
	Dial DialFunc
	// Guarded says that an error of Dial is a refusal by the guard and not a
	// failure of the network. nil: no error is.
	Guarded func(error) bool
	// Resolve gives the addresses of a redirect's host. It is asked once for each
	// host in each capture, and the answer is used for that capture. Required.
	Resolve func(ctx context.Context, n tracker.Name) ([]netip.Addr, error)
	// Blobs keeps bodies. Required.
	Blobs Blobs
	// Archive keeps whole captures with their wire bytes. nil: none are kept and
	// Capture.WARC stays empty.
	Archive Archive
	// Classify tells the class of a capture, to decide whether an empty front page
	// is worth an article. nil: every page counts as live.
	Classify func(tracker.Capture) tracker.Class

	// Picture picks the visit whose page deserves a picture, by its place in
	// Capture.Visits; -1: none of this capture. It is asked once, before the archive
	// is. nil: no pictures are taken.
	Picture func(tracker.Capture) int
	// Browser is the path of a Chromium or Chrome (see [FindBrowser]) that takes
	// pictures, one at a time. Empty: none are taken, and captures that deserve one
	// say so.
	Browser string

	// UserAgent is what the direct and the social visitor call themselves.
	// Empty: a current desktop browser.
	UserAgent string
	// Contact is a URL or mail address added to the user agent of every visitor but
	// those that are Unnamed. Empty: nothing tells a site's owner whom to write to, and
	// nothing tells a cloaking service that we are not a reader.
	Contact string
	// Language is sent as Accept-Language where a visitor has none. Empty: "en".
	Language string
	// Visitors is the matrix. nil: [DefaultVisitors].
	Visitors []Visitor
	// Robots says what robots.txt is to us. Empty: [RobotsBeyondFront].
	Robots RobotsPolicy
	// FrontOnly leaves out everything beside the front page (favicon, feeds, assets,
	// articles): the cheap look that tells whether a site changed.
	FrontOnly bool
	// Ports may be dialed besides 80 and 443. The guard behind Dial has its own list.
	Ports []uint16
	// Roots verify certificates. nil: those of the system. What does not verify is
	// recorded and fetched all the same.
	Roots *x509.CertPool
	// Limits bound one capture. Zero fields take the defaults.
	Limits Limits
	// Now dates captures, visits and exchanges, and is the time at which certificates
	// must be valid, so that a replay sees them as of then. Durations and deadlines
	// go by the machine's own clock. nil: time.Now.
	Now func() time.Time
	// Log gets one line for each capture that was cut short or lacks its picture, and
	// one line in all where there is no browser. nil: none.
	Log *slog.Logger
}

// A DialFunc opens one connection to a literal IP:port.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Blobs keeps bytes under their digest. Put may be called concurrently, must not
// keep b, and returns an error only where the bytes could not be kept: the
// capture then ends with that error, because a page without proof is no evidence.
type Blobs interface {
	Put(ctx context.Context, b []byte) (tracker.Digest, error)
}

// Archive keeps one finished capture. wire gives the bytes of a hop as they went
// over the connection (TLS removed); either may be nil where nothing was sent or
// received. The bytes are the archive's only during the call. where goes into
// Capture.WARC.
type Archive interface {
	Keep(ctx context.Context, c tracker.Capture, wire func(visit, hop int) (request, response []byte)) (where string, err error)
}

// A Visitor is one kind of reader. Name goes into Visit.Visitor.
type Visitor struct {
	Name      string // direct, social, mobile, bot, again, plain, proxy:NAME
	UserAgent string // empty: Config.UserAgent
	Referer   string
	Language  string   // empty: Config.Language
	Dial      DialFunc // nil: Config.Dial. A proxy in another country is another Dial
	// Resolve is asked instead of the addresses at hand, because geo-fences begin
	// in the DNS. nil: the same addresses as everybody.
	Resolve func(ctx context.Context, n tracker.Name) ([]netip.Addr, error)
	// Country is where the visitor comes from, in two letters of ISO 3166. Where the
	// target says whose readers it is for, a visitor from another country comes only if
	// the site answered those before him and showed none of them a page that counts as
	// live. Empty: he always comes.
	Country string
	// Unnamed leaves Config.Contact out: a site that hides from whoever says who he is
	// is seen by this visitor alone.
	Unnamed bool
	// Cookies of this visitor's earlier visit in the same capture are sent
	// ("again" follows "direct").
	CookiesOf string
}

// Names of visitors and visits that have a meaning for others.
const (
	Direct  = "direct"  // types the address
	Social  = "social"  // follows a link from social media
	Mobile  = "mobile"  // a phone
	Bot     = "bot"     // a search engine
	Again   = "again"   // the direct visitor, back with the cookies of the first visit
	Plain   = "plain"   // types the address and does not say who asks
	Article = "article" // an article of the site, as the social visitor
	Asset   = "asset"   // favicon, feed, sitemap, ads.txt, ...: facts beside the page
)

const (
	desktopAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	mobileAgent  = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
	botAgent     = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// PlainVisitor is the direct visitor without [Config.Contact]. It differs from that
// one in nothing else, so where the two see different things the agent is why.
func PlainVisitor() Visitor { return Visitor{Name: Plain, Unnamed: true} }

// DefaultVisitors are direct, social, mobile, bot and again. Campaign sites have
// been seen to tell all five apart.
func DefaultVisitors() []Visitor {
	return []Visitor{
		{Name: Direct},
		{Name: Social, Referer: "https://www.facebook.com/"},
		{Name: Mobile, UserAgent: mobileAgent, Referer: "https://t.co/"},
		{Name: Bot, UserAgent: botAgent},
		{Name: Again, CookiesOf: Direct},
	}
}

// A RobotsPolicy says how far robots.txt binds us. The file is read and its
// verdict recorded under every policy but [RobotsIgnore].
type RobotsPolicy string

const (
	// RobotsBeyondFront obeys it for everything but the front page: the page that
	// the seizure or the link points at is evidence, the rest is crawling.
	RobotsBeyondFront RobotsPolicy = "beyond-front"
	RobotsObey        RobotsPolicy = "obey"   // the front page too
	RobotsRecord      RobotsPolicy = "record" // read, recorded, not obeyed
	RobotsIgnore      RobotsPolicy = "ignore" // not even asked for
)

// Limits bound what one capture may cost. Zero fields take the defaults of
// [DefaultLimits]; a negative Pause is none.
type Limits struct {
	Captures  int           // at the same time in one Crawler; more wait
	Redirects int           // hops of one visit, by header or page
	Header    int           // bytes of one response header
	Body      int64         // bytes of one body, as received and again after decompression
	Ratio     int64         // decompressed to received, beyond the first MiB
	Asset     int64         // bytes of one asset, instead of Body
	Site      int64         // bytes received in one capture
	Pages     int           // requests in one capture, redirects included
	Request   time.Duration // one hop, connect to last byte
	Capture   time.Duration // everything
	Pause     time.Duration // between two visits of one site
}

// DefaultLimits are the limits of a careful visitor: at most 16 x (10 + 2 x 5)
// MiB of foreign bytes in memory.
func DefaultLimits() Limits {
	return Limits{
		Captures: 16, Redirects: 10, Header: 64 << 10, Body: 5 << 20, Ratio: 100, Asset: 1 << 20, Site: 10 << 20,
		Pages: 48, Request: 30 * time.Second, Capture: 2 * time.Minute, Pause: 250 * time.Millisecond,
	}
}

func (l *Limits) fill() {
	d := DefaultLimits()
	for _, f := range []struct{ have, want *int }{
		{&l.Captures, &d.Captures}, {&l.Redirects, &d.Redirects}, {&l.Header, &d.Header}, {&l.Pages, &d.Pages},
	} {
		if *f.have <= 0 {
			*f.have = *f.want
		}
	}
	for _, f := range []struct{ have, want *int64 }{
		{&l.Body, &d.Body}, {&l.Ratio, &d.Ratio}, {&l.Asset, &d.Asset}, {&l.Site, &d.Site},
	} {
		if *f.have <= 0 {
			*f.have = *f.want
		}
	}
	for _, f := range []struct{ have, want *time.Duration }{
		{&l.Request, &d.Request}, {&l.Capture, &d.Capture}, {&l.Pause, &d.Pause},
	} {
		if *f.have == 0 {
			*f.have = *f.want
		}
	}
}

// now is the time of a record: UTC, to the millisecond.
func (c *Crawler) now() time.Time { return c.cfg.Now().UTC().Truncate(time.Millisecond) }

// A Crawler captures sites. Make it with [New]. Safe for concurrent use.
type Crawler struct {
	cfg   Config
	ports map[uint16]bool
	slots chan struct{}
	certs certCache

	camera camera
}

// New checks the config. It opens nothing.
func New(cfg Config) (*Crawler, error) {
	if cfg.Dial == nil || cfg.Resolve == nil || cfg.Blobs == nil {
		return nil, errors.New("crawler: Dial, Resolve and Blobs are required")
	}
	switch cfg.Robots {
	case "":
		cfg.Robots = RobotsBeyondFront
	case RobotsBeyondFront, RobotsObey, RobotsRecord, RobotsIgnore:
	default:
		return nil, errors.New("crawler: robots policy " + string(cfg.Robots) + ": want beyond-front, obey, record or ignore")
	}
	cfg.Limits.fill()
	if cfg.UserAgent == "" {
		cfg.UserAgent = desktopAgent
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if cfg.Visitors == nil {
		cfg.Visitors = DefaultVisitors()
	}
	seen := map[string]bool{}
	for _, v := range cfg.Visitors {
		if v.Name == "" || v.Name == Asset || v.Name == Article || seen[v.Name] {
			return nil, errors.New("crawler: visitor name " + v.Name + " is empty, taken or reserved")
		}
		if v.CookiesOf != "" && !seen[v.CookiesOf] {
			return nil, errors.New("crawler: visitor " + v.Name + " has the cookies of " + v.CookiesOf + ", who does not come before")
		}
		seen[v.Name] = true
	}
	if len(cfg.Visitors) == 0 {
		return nil, errors.New("crawler: no visitors")
	}
	c := &Crawler{cfg: cfg, ports: map[uint16]bool{80: true, 443: true}, slots: make(chan struct{}, cfg.Limits.Captures), camera: camera{turn: make(chan struct{}, 1)}}
	c.certs.now = cfg.Now
	for _, p := range cfg.Ports {
		c.ports[p] = true
	}
	return c, nil
}
