package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"respawn/crawler"
	"respawn/crawler/archive"
	"respawn/crawler/fingerprint"
	"respawn/resolver"
	"respawn/resolver/registration"
	"respawn/tracker"
	"respawn/tracker/queue"
	"respawn/tracker/scan"
)

// A scanQueue is the queue as tracker/scan wants to see it.
type scanQueue struct {
	q    *queue.Queue
	room *room
}

var _ scan.Queue = (*scanQueue)(nil)

func (s *scanQueue) Insert(ctx context.Context, tx scan.Tx, jobs []scan.Job) error {
	t, ok := tx.(*scanTx)
	if !ok {
		return fmt.Errorf("queue: a transaction of %T", tx)
	}
	out := make([]queue.Job, len(jobs))
	for i, j := range jobs {
		out[i] = queue.Job{Kind: j.Kind, Run: strconv.FormatInt(int64(j.Run), 10), Args: j.Args}
	}
	_, err := s.q.Insert(ctx, t.tx, out)
	return err
}

// Drain fails as soon as the disk is full: what is left to do stays in the queue.
func (s *scanQueue) Drain(ctx context.Context, run tracker.RunID, progress func(done, total int)) (int, error) {
	ctx, end := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { s.room.watch(ctx, end) })
	p, err := s.q.Drain(ctx, strconv.FormatInt(int64(run), 10), func(p queue.Progress) {
		s.room.moved.Store(true)
		progress(p.Done+p.Failed, p.Done+p.Failed+p.Left())
	})
	end(nil)
	watching.Wait()
	return p.Failed, err
}

// A scanResolver is the resolver as tracker/scan wants to see it.
type scanResolver struct{ p *probes }

var _ scan.Resolver = (*scanResolver)(nil)

func (r *scanResolver) Sweep(ctx context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) error {
	var seem []tracker.SweepAnswer
	if _, err := r.p.resolver.Sweep(ctx, names, func(ans tracker.SweepAnswer) {
		if ans.Outcome == tracker.Present || ans.Outcome == tracker.Wildcard {
			seem = append(seem, ans)
			return
		}
		out(ans)
	}); err != nil {
		return err
	}
	if err := r.p.resolver.Doubt(ctx, seem); err != nil {
		return err
	}
	for _, ans := range seem {
		out(ans)
	}
	return nil
}

func viewAnswer(v resolver.View) scan.Answer {
	return scan.Answer{Outcome: v.Outcome, Reason: v.Reason, Server: v.Server, Raw: v.Bytes, Facts: v.Facts}
}

func (r *scanResolver) Look(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	v, err := r.p.resolver.Look(ctx, n)
	return viewAnswer(v), err
}

func (r *scanResolver) Delegation(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	v, err := r.p.resolver.ParentDelegation(ctx, n)
	return viewAnswer(v), err
}

func (r *scanResolver) Canaries(ctx context.Context) ([]scan.Canary, error) {
	rep, err := r.p.resolver.Canaries(ctx, r.p.cfg.Canaries.Present, r.p.cfg.Canaries.Absent)
	if err != nil {
		return nil, err
	}
	var out []scan.Canary
	for _, p := range rep.Paths {
		out = append(out, scan.Canary{Path: p.Server, OK: p.OK, Why: p.Why})
	}
	return out, nil
}

// A scanRegistrar is the registries as tracker/scan wants to see them.
type scanRegistrar struct{ p *probes }

var _ scan.Registrar = (*scanRegistrar)(nil)

// Lookup asks the registry now: the nightly look must see a hold on the night it
// comes, so the cache of single look-ups is not used.
func (r *scanRegistrar) Lookup(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	res, err := r.p.registry.Ask(ctx, n)
	if err != nil {
		return scan.Answer{}, err
	}
	a := scan.Answer{Outcome: res.Outcome, Reason: res.Reason, Server: res.Server, Raw: res.Raw}
	if res.Outcome == tracker.Present {
		reg := res.Registration
		if res.Thin && res.HasRegistrar() {
			reg.Related = res.Related
		}
		a.Facts = &tracker.Facts{Registration: &reg}
	}
	return a, nil
}

// Registrant asks the registrar that the registry's record links to.
func (r *scanRegistrar) Registrant(ctx context.Context, n tracker.Name, registry scan.Answer) (scan.Answer, error) {
	of := registration.Result{Name: n, Outcome: tracker.Present, Server: registry.Server, Related: registry.Facts.Registration.Related}
	res, err := r.p.registry.Registrar(ctx, of)
	if errors.Is(err, registration.ErrNoRegistrar) {
		return scan.Answer{Outcome: tracker.Unknown, Reason: tracker.ReasonNoService, Server: of.Related}, nil
	}
	if err != nil {
		return scan.Answer{}, err
	}
	a := scan.Answer{Outcome: res.Outcome, Reason: res.Reason, Server: res.Server, Raw: res.Raw}
	if res.Outcome == tracker.Present {
		a.Facts = &tracker.Facts{Registration: &res.Registration}
	}
	return a, nil
}

// openRegistry wires the registries.
func (a *app) openRegistry(ctx context.Context, p *probes) error {
	cfg := p.cfg
	pool, err := cfg.rootCAs()
	if err != nil {
		return err
	}
	// Hosts that a person wrote are not judged (egress.Config.Hosts); hosts that a
	// registry named are resolved and judged first.
	rc := registration.Config{Dial: registration.DialFunc(p.door.DialHost(p.lookup)), Guarded: isGuard, RootCAs: pool,
		RDAP: cfg.Registration.RDAP.Servers, WHOIS: cfg.Registration.Whois.Servers, NoRDAP: !cfg.Registration.RDAP.Enabled, NoWHOIS: !cfg.Registration.Whois.Enabled,
		Bootstrap: cfg.Registration.RDAP.Bootstrap, Rate: cfg.Rate.Registration, Timeout: time.Duration(cfg.Registration.Timeout), UserAgent: cfg.userAgent(),
		KeepCleartext: cfg.Registration.KeepContacts > 0, Retention: time.Duration(cfg.Registration.KeepContacts), Now: p.now}
	if a.st != nil {
		salt, err := a.st.Salt(ctx)
		if err != nil {
			return err
		}
		rc.Salt = salt
	}
	if a.st != nil && !a.readOnly {
		rc.Cache = storeCache{a.st}
		if r := cfg.Rate.Registration; r > 0 {
			rc.Pace = &storePace{a.st, time.Duration(float64(time.Second) / r), a.logger()}
		}
	}
	p.registry, err = registration.New(rc)
	return err
}

func (c *Config) userAgent() string {
	ua := "respawn/" + version
	if c.Contact != "" {
		ua += " (+" + c.Contact + ")"
	}
	return ua
}

// openCrawler wires the crawler: one that looks at everything, and one that looks
// at the front page alone.
func (a *app) openCrawler(p *probes) error {
	pool, err := p.cfg.rootCAs()
	if err != nil {
		return err
	}
	cc := crawler.Config{Dial: p.door.DialContext, Guarded: isGuard, Resolve: p.resolve, Blobs: p.blobs, Contact: p.cfg.Contact, Roots: pool, Now: p.now, Log: a.logger(),
		Classify: p.classify}
	if p.archive, err = archive.Open(p.cfg.archiveDir()); err != nil {
		return err
	}
	a.onClose(p.archive.Close)
	cc.Archive = p.archive
	cc.Limits.Capture = time.Duration(p.cfg.Crawl.Timeout) * 4
	cc.Limits.Request = time.Duration(p.cfg.Crawl.Timeout)
	if p.cfg.Crawl.Robots == "ignore" {
		cc.Robots = crawler.RobotsRecord
	}
	if p.cfg.Rate == (Rate{}) {
		cc.Limits.Pause = time.Nanosecond // a world of our own: nobody to be polite to
	}
	for _, e := range p.cfg.Egress.AllowPorts {
		cc.Ports = append(cc.Ports, uint16(e))
	}
	if p.cfg.Crawl.Screenshots {
		cc.Picture = p.picture
		cc.Browser, _ = crawler.FindBrowser() // where there is none, the first capture that deserves a picture says so
	}
	cc.Visitors = crawler.DefaultVisitors()
	if p.cfg.Contact != "" && p.cfg.Crawl.Unnamed {
		cc.Visitors = append(cc.Visitors, crawler.PlainVisitor())
	}
	for _, v := range p.cfg.Vantages[1:] {
		door, err := openDoor(p.cfg, p.cfg.proxyOf(v))
		if err != nil {
			return fmt.Errorf("vantage %s: %w", v.Name, err)
		}
		cc.Visitors = append(cc.Visitors, crawler.Visitor{Name: "proxy:" + v.Name, Country: v.Country, Dial: door.DialContext})
	}
	if a.Visiting != nil {
		a.Visiting()
	}
	if p.crawler, err = crawler.New(cc); err != nil {
		return err
	}
	all := cc.Visitors
	cc.Visitors, cc.FrontOnly, cc.Robots, cc.Classify, cc.Archive, cc.Picture = all[:1:1], true, crawler.RobotsIgnore, nil, nil, nil
	if p.glance, err = crawler.New(cc); err != nil {
		return err
	}
	for _, v := range all[1:] {
		if v.Country != "" {
			cc.Visitors = append(cc.Visitors, v)
		}
	}
	p.glances, err = crawler.New(cc)
	return err
}

// classify is the class of a capture's pages, remembered: most sites show on most
// nights what they showed before.
func (p *probes) classify(c tracker.Capture) tracker.Class {
	key, err := contentOf(c)
	if err != nil { // a capture always has JSON
		class, _ := fingerprint.Classify(c, p.body)
		return class
	}
	return p.classes.get(key, func() tracker.Class {
		class, _ := fingerprint.Classify(c, p.body)
		return class
	})
}

// A memory keeps what was worked out of equal contents, within bounds. Safe for
// concurrent use; two that ask at once may both work it out.
type memory[V any] struct {
	mu sync.Mutex
	m  map[tracker.Digest]V
}

const contentLimit = 10_000

func (m *memory[V]) get(key tracker.Digest, make func() V) V {
	m.mu.Lock()
	v, ok := m.m[key]
	m.mu.Unlock()
	if ok {
		return v
	}
	v = make()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil || len(m.m) >= contentLimit {
		m.m = map[tracker.Digest]V{}
	}
	m.m[key] = v
	return v
}

// picture picks the visit that a picture is taken of: the one that decided, where
// it saw a site or what an authority or a company put in its place, or where
// visitors were told apart. Parked, empty and default pages look alike all over.
func (p *probes) picture(c tracker.Capture) int {
	v := fingerprint.Judge(c, p.body)
	switch v.Class {
	case tracker.ClassLive, tracker.ClassNotice, tracker.ClassSuspended, tracker.ClassBlocked:
		return v.Visit
	}
	if v.Cloaked {
		return v.Visit
	}
	return -1
}

// body is the bytes of a digest; nil where they are gone.
func (p *probes) body(d tracker.Digest) []byte {
	b, err := p.blobs.Get(context.Background(), d)
	if err != nil {
		return nil
	}
	return b
}

// resolve gives the addresses of a name that a redirect led to.
func (p *probes) resolve(ctx context.Context, n tracker.Name) ([]netip.Addr, error) {
	return p.resolver.Lookup(ctx, string(n))
}

// glanceAt looks at the front page of a name.
func (p *probes) glanceAt(ctx context.Context, n tracker.Name) (tracker.Capture, error) {
	return p.glance.Capture(ctx, crawler.Target{Name: n, Vantage: p.cfg.Vantages[0].Name})
}
