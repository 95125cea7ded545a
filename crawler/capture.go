package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"respawn/tracker"
)

// A Target is what is to be captured.
type Target struct {
	Name tracker.Name // the site
	// URL to start from. Empty: https://HOST/, and http where that cannot be had.
	URL string
	// Host to start at, where the site is not at Name itself. Empty: Name.
	Host string
	// Addrs are the addresses that our resolver gave for Name (and the host of
	// URL, where that is another). Empty: Config.Resolve is asked.
	Addrs []netip.Addr
	// Articles are URLs on the site that are tried where its front page is empty,
	// besides those that its feed and sitemap name.
	Articles []string
	// Readers are the countries whose readers the site is for, see [Visitor.Country];
	// one that no visitor comes from, such as INT, leaves all of them for where nobody
	// else was shown a site. Empty: not known, and every visitor comes.
	Readers []string
	Vantage string
}

// A site is one capture in progress.
type site struct {
	c      *Crawler
	target Target
	host   string // of the start URL
	budget budget
	jars   map[string]http.CookieJar
	rounds map[string]*transport // by visitor, connections and addresses shared where the dialer is
	visits []*recording
	robots rules
	home   *url.URL // what the reader landed on; nil: not on the site
	reader Visitor  // whose page that is
	page   page     // its links
}

// Capture looks at one site: the direct visitor first, over https and, where
// that fails, http; then the other visitors; then the facts beside the page; then,
// where it deserves one, a picture. A site that does not answer is a Capture whose visits have a Reason; an error
// means that the site could not be asked or what it said could not be kept. The
// Capture so far comes with the error.
func (c *Crawler) Capture(ctx context.Context, t Target) (tracker.Capture, error) {
	out := tracker.Capture{Name: t.Name, Vantage: t.Vantage, Robots: "not-asked"}
	start, err := c.startURLs(t)
	if err != nil {
		return out, err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return out, ctx.Err()
	}
	out.At = c.now()
	inner, cancel := context.WithTimeout(ctx, c.cfg.Limits.Capture)
	defer cancel()
	s := c.begin(t, start[0].Hostname())
	defer s.close()
	err = s.run(inner, start)
	out.Robots = s.robots.verdict
	for _, v := range s.visits {
		out.Visits = append(out.Visits, v.Visit)
	}
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if inner.Err() != nil && c.cfg.Log != nil {
		c.cfg.Log.Info("capture cut short", "name", t.Name, "after", c.cfg.Limits.Capture)
	}
	if err != nil {
		return out, err
	}
	s.forget()
	if err := c.photograph(ctx, &out); err != nil {
		return out, fmt.Errorf("%s: %w", t.Name, err)
	}
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if c.cfg.Archive != nil {
		out.WARC, err = c.cfg.Archive.Keep(ctx, out, func(v, h int) ([]byte, []byte) {
			w := s.visits[v].wires[h]
			return w.request, w.response
		})
		if err != nil {
			return out, fmt.Errorf("archive %s: %w", t.Name, err)
		}
	}
	return out, nil
}

// begin prepares a capture; nothing is asked yet.
func (c *Crawler) begin(t Target, host string) *site {
	return &site{
		c: c, target: t, host: host, robots: rules{verdict: "not-asked"},
		budget: budget{bytes: c.cfg.Limits.Site, pages: c.cfg.Limits.Pages},
		jars:   map[string]http.CookieJar{}, rounds: map[string]*transport{},
	}
}

func (c *Crawler) startURLs(t Target) ([]*url.URL, error) {
	if t.Name == "" {
		return nil, errors.New("crawler: target has no name")
	}
	if t.URL == "" {
		host := cmp.Or(t.Host, string(t.Name))
		return []*url.URL{{Scheme: "https", Host: host, Path: "/"}, {Scheme: "http", Host: host, Path: "/"}}, nil
	}
	u, err := url.Parse(t.URL)
	if err != nil {
		return nil, fmt.Errorf("crawler: %w", err)
	}
	if _, _, err := c.judge(u); err != nil {
		return nil, fmt.Errorf("crawler: %s: %w", t.URL, err)
	}
	return []*url.URL{u}, nil
}

// run makes the visits in order. Only what cannot be kept is an error.
func (s *site) run(ctx context.Context, start []*url.URL) error {
	var first string // the URL that answered
	for _, v := range s.c.cfg.Visitors {
		if ctx.Err() != nil {
			return nil
		}
		own := v.Dial != nil
		if first == "" && len(s.visits) > 0 && !own && !(v.Unnamed && s.connected()) {
			continue // the same door is closed to this visitor too
		}
		if !s.comes(v) {
			continue
		}
		urls := start
		if first != "" && !own {
			u, _ := url.Parse(first)
			urls = []*url.URL{u}
		}
		for _, u := range urls {
			if s.c.cfg.Robots == RobotsObey {
				if err := s.robotsFor(ctx, v, u); err != nil {
					return err
				}
				if !s.robots.allows(u) {
					continue
				}
			}
			r, err := s.visit(ctx, v, v.Name, u.String(), false)
			if err != nil {
				return err
			}
			if !answered(r) {
				continue
			}
			if first == "" {
				first = u.String()
			}
			s.landed(v, r)
			if err := s.robotsFor(ctx, v, u); err != nil {
				return err
			}
			break
		}
	}
	if s.home == nil || s.c.cfg.FrontOnly || ctx.Err() != nil {
		return nil
	}
	return s.beside(ctx)
}

// connected says whether any visit so far reached a machine, whatever came of it.
func (s *site) connected() bool {
	return slices.ContainsFunc(s.visits, func(r *recording) bool {
		return slices.ContainsFunc(r.Hops, func(x tracker.Exchange) bool { return x.TLS != nil || x.Status != 0 }) ||
			r.Reason == tracker.ReasonUnreachable || r.Reason == tracker.ReasonBadAnswer || r.Reason == tracker.ReasonThrottled
	})
}

func answered(r *recording) bool {
	for _, h := range r.Hops {
		if h.Status != 0 {
			return true
		}
	}
	return false
}

// agent is the user agent of v, contact included unless v is unnamed.
func (c *Crawler) agent(v Visitor) string {
	ua := v.UserAgent
	if ua == "" {
		ua = c.cfg.UserAgent
	}
	if c.cfg.Contact != "" && !v.Unnamed {
		ua += " (+" + c.cfg.Contact + ")"
	}
	return ua
}

// visit makes one visit as v and follows it wherever it leads within the limits.
// name is what the visit is called.
func (s *site) visit(ctx context.Context, v Visitor, name, rawURL string, asset bool) (*recording, error) {
	if err := s.pause(ctx); err != nil {
		return &recording{}, nil
	}
	s.forget()
	t := s.transport(v)
	r := &recording{Visit: tracker.Visit{Visitor: name, URL: clean(rawURL, 2048), At: s.c.now(), Aimed: name == v.Name && s.aimed(v)}}
	t.visit, t.asset = r, asset
	col := s.collector(ctx, v, t, r)
	header := http.Header{"User-Agent": {s.c.agent(v)}, "Accept-Encoding": {"gzip, deflate"}}
	header.Set("Accept-Language", orElse(v.Language, s.c.cfg.Language))
	if asset {
		header.Set("Accept", "*/*")
	} else {
		header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	}
	if t.referer = ""; !asset {
		t.referer = v.Referer
	}
	next := rawURL
	for next != "" {
		before := len(r.Hops)
		err := col.Request(http.MethodGet, next, nil, nil, header.Clone())
		if t.fatal != nil {
			return r, t.fatal
		}
		if len(r.Hops) == before { // refused before it was sent: not a URL, or out of time
			r.Hops = append(r.Hops, tracker.Exchange{URL: clean(next, 2048), Method: http.MethodGet, Err: errText(err), StartedAt: s.c.cfg.Now().UTC()})
			r.wires = append(r.wires, wire{})
			if r.Reason == tracker.ReasonNone {
				r.Reason = orReason(s.c.reason(ctx.Err()), tracker.ReasonRefusedGuard)
			}
		}
		next = s.onward(r, asset)
		t.referer = referrer(r.Hops[len(r.Hops)-1].URL, next)
	}
	if last := &r.Hops[len(r.Hops)-1]; r.why != "" && last.Err == "" {
		last.Err = r.why
		if r.Reason == tracker.ReasonNone {
			r.Reason = tracker.ReasonBadAnswer
		}
	}
	if last := &r.Hops[len(r.Hops)-1]; last.Status == 429 && r.Reason == tracker.ReasonNone {
		r.Reason = tracker.ReasonThrottled
	}
	s.visits = append(s.visits, r)
	if s.c.cfg.Archive == nil {
		t.reclaim(r)
	}
	return r, nil
}

// forget lets go of what was kept of the last visit for those who asked for it:
// visits may be many, and their bodies large.
func (s *site) forget() {
	if n := len(s.visits); n > 0 {
		s.visits[n-1].body, s.visits[n-1].page = nil, nil
	}
	for _, t := range s.rounds {
		if cap(t.plain) > keptBuffer {
			t.plain = nil
		}
		if cap(t.blown) > keptBuffer {
			t.blown = nil
		}
	}
}

// reclaim takes back the largest wire buffer, where nobody will read it.
func (t *transport) reclaim(r *recording) {
	for i := range r.wires {
		if b := r.wires[i].response; cap(b) > cap(t.spare) {
			t.spare = b[:0]
		}
	}
	r.wires = nil
}

func errText(err error) string {
	if err == nil {
		return "not sent"
	}
	return clean(err.Error(), 500)
}

func orReason(a, b tracker.Reason) tracker.Reason {
	if a == tracker.ReasonNone {
		return b
	}
	return a
}

func orElse(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// onward is where the page that was got sends its reader by itself; it notes so
// on the exchange. Empty: it stays, or the limit of hops is reached.
func (s *site) onward(r *recording, asset bool) string {
	last := &r.Hops[len(r.Hops)-1]
	if asset || last.Location != "" || !shownPage(last.Status) {
		return ""
	}
	base, err := url.Parse(last.URL)
	if err != nil {
		return ""
	}
	target, via := refreshHeader(last, base)
	if len(r.body) > 0 && isHTML(last, r.body) {
		p := look(utf8Body(r.body), base)
		r.page = &p
		if target == "" {
			target, via = p.leadsTo(last.URL)
		}
	}
	if target == "" {
		return ""
	}
	last.Location, last.Via = target, via
	if len(r.Hops) > s.c.cfg.Limits.Redirects {
		r.why = "more redirects than the limit"
		return ""
	}
	for _, h := range r.Hops {
		if h.URL == target && h.Via != "http" {
			r.why = "the pages redirect in a circle"
			return ""
		}
	}
	return target
}

// shownPage says that a browser shows, and so obeys, what came with that status:
// an error page sends its readers on like any other. It asks for a password first
// where it gets a 401.
func shownPage(status int) bool {
	return status >= 200 && status != 204 && status != 205 && status != 304 && status != 401
}

// isHTML trusts the declared type and, where there is none or a vague one, the
// first bytes.
func isHTML(ex *tracker.Exchange, body []byte) bool {
	ct := strings.ToLower(field(ex.Header, "Content-Type"))
	if strings.Contains(ct, "html") {
		return true
	}
	if ct != "" && !strings.HasPrefix(ct, "text/plain") && !strings.Contains(ct, "octet-stream") {
		return false
	}
	return strings.Contains(http.DetectContentType(body), "html")
}

// collector is colly's part: it normalises URLs as browsers do, keeps cookies
// and follows redirects, each through the transport.
func (s *site) collector(ctx context.Context, v Visitor, t *transport, r *recording) *colly.Collector {
	col := colly.NewCollector(colly.StdlibContext(ctx), colly.AllowURLRevisit(), colly.ParseHTTPErrorResponse(), colly.MaxBodySize(0))
	col.WithTransport(t)
	col.SetRequestTimeout(0) // the transport has a deadline for each hop, the capture one for all
	col.SetCookieJar(s.jar(v))
	col.SetRedirectHandler(func(req *http.Request, via []*http.Request) error {
		if len(r.Hops) > s.c.cfg.Limits.Redirects {
			r.why = "more redirects than the limit"
			return http.ErrUseLastResponse
		}
		same := 0 // once is a site that sets a cookie first
		for _, p := range via {
			if p.URL.String() == req.URL.String() {
				same++
			}
		}
		if same > 1 {
			r.why = "redirect loop"
			return http.ErrUseLastResponse
		}
		return nil
	})
	return col
}

// jar is the cookie jar of a visitor; "again" brings those of an earlier one.
func (s *site) jar(v Visitor) http.CookieJar {
	name := orElse(v.CookiesOf, v.Name)
	if j := s.jars[name]; j != nil {
		return j
	}
	j := newJar()
	s.jars[name] = j
	return j
}

// transport is the visitor's way to the network; visitors with the same dialer
// share connections and addresses.
func (s *site) transport(v Visitor) *transport {
	key := ""
	if v.Dial != nil || v.Resolve != nil {
		key = v.Name
	}
	if t := s.rounds[key]; t != nil {
		return t
	}
	t := &transport{
		c: s.c, dial: v.Dial, resolve: v.Resolve, budget: &s.budget,
		addrs: map[string][]netip.Addr{}, idle: map[string]*conn{},
	}
	if t.dial == nil {
		t.dial = s.c.cfg.Dial
	}
	if t.resolve == nil {
		t.resolve = s.c.cfg.Resolve
		if len(s.target.Addrs) > 0 {
			t.addrs[string(s.target.Name)] = s.target.Addrs
			t.addrs[strings.ToLower(s.host)] = s.target.Addrs
		}
	}
	s.rounds[key] = t
	return t
}

func (s *site) close() {
	for _, t := range s.rounds {
		t.close()
	}
	for _, v := range s.visits {
		for _, w := range v.wires {
			giveBuffer(w.response)
		}
		v.wires, v.body = nil, nil
	}
}

// pause waits between two visits of one site.
func (s *site) pause(ctx context.Context) error {
	if s.c.cfg.Limits.Pause <= 0 || len(s.visits) == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(s.c.cfg.Limits.Pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
