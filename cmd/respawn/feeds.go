package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"respawn/resolver/feed"
	"respawn/tracker"
	"respawn/tracker/lookalike"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

// Feeds are streams of new names that serve reads while it runs. A scan reads the logs of
// certificates among them before it sweeps.
type Feeds struct {
	CT         CTFeeds `yaml:"ct"`
	Certstream []Feed  `yaml:"certstream"`
	Zones      []Feed  `yaml:"zones"`
	Lists      []Feed  `yaml:"lists"`
}

// CTFeeds are logs of certificate transparency.
type CTFeeds struct {
	LogList string `yaml:"log_list"`
	Logs    []Feed `yaml:"logs"`
}

// A Feed is one source of names; which fields count depends on its kind.
type Feed struct {
	Name      string   `yaml:"name"`
	URL       string   `yaml:"url"`
	File      string   `yaml:"file"`
	Key       string   `yaml:"key"`
	Origin    string   `yaml:"origin"`
	Tiled     bool     `yaml:"tiled"`
	FromStart bool     `yaml:"from_start"`
	Zone      string   `yaml:"zone"`
	SkipFirst bool     `yaml:"skip_first"`
	Late      Duration `yaml:"late"`
}

// openFeeds makes every configured source. Their sockets open through the door,
// as endpoints that a person wrote.
func (a *app) openFeeds(cfg *Config, p *probes) ([]feed.Source, error) {
	pool, err := cfg.rootCAs()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cfg.DataDir, "feeds")
	// The sources bound each of their requests themselves; a zone file takes hours.
	client := httpClient(p.door.DialTrusted, pool, 0)
	var out []feed.Source
	var errs []error
	add := func(s feed.Source, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("feeds: %w", err))
			return
		}
		out = append(out, s)
	}
	logs := cfg.Feeds.CT.Logs
	if f := cfg.Feeds.CT.LogList; f != "" {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("feeds.ct.log_list: %w", err)
		}
		listed, err := feed.ParseLogList(b, time.Now())
		if err != nil {
			return nil, fmt.Errorf("feeds.ct.log_list: %w", err)
		}
		for _, l := range listed {
			logs = append(logs, Feed{Name: l.Name, URL: l.URL, Key: l.Key, Tiled: l.Tiled, Origin: l.Origin})
		}
	}
	for _, l := range logs {
		if l.Tiled {
			s, err := feed.NewTiles(feed.TilesConfig{Name: l.Name, URL: l.URL, Origin: l.Origin, Key: l.Key, Client: client, UserAgent: cfg.userAgent(), FromStart: l.FromStart})
			add(s, err)
			continue
		}
		s, err := feed.NewLog(feed.LogConfig{Name: l.Name, URL: l.URL, Key: l.Key, Client: client, UserAgent: cfg.userAgent(), FromStart: l.FromStart})
		add(s, err)
	}
	for _, c := range cfg.Feeds.Certstream {
		s, err := feed.NewCertstream(feed.CertstreamConfig{Name: c.Name, URL: c.URL, Dial: p.door.DialTrusted, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, UserAgent: cfg.userAgent()})
		add(s, err)
	}
	for _, z := range cfg.Feeds.Zones {
		s, err := feed.NewZone(feed.ZoneConfig{Name: z.Name, Zone: z.Zone, Open: opener(z, client, cfg, dir), Dir: dir, SkipFirst: z.SkipFirst})
		add(s, err)
	}
	for _, l := range cfg.Feeds.Lists {
		s, err := feed.NewList(feed.ListConfig{Name: l.Name, Open: opener(l, client, cfg, dir), Late: time.Duration(l.Late)})
		add(s, err)
	}
	if len(out) > 0 {
		errs = append(errs, os.MkdirAll(dir, 0o750))
	}
	return out, errors.Join(errs...)
}

func opener(f Feed, client *http.Client, cfg *Config, dir string) feed.Opener {
	if f.File != "" {
		return feed.OpenPath(f.File)
	}
	return feed.OpenURL(client, cfg.userAgent(), dir, f.URL)
}

// A feedReader reads sources and puts the names that look like watched ones into
// the cases, where the next scan looks at them.
type feedReader struct {
	st       *store.Store
	log      *slog.Logger
	now      func() time.Time // up to when titles are read: the clock of the scan
	channels []string

	mu       sync.Mutex
	made     time.Time // when the matchers were made
	matchers map[tracker.CaseID]*lookalike.Kin
}

func newFeedReader(k *scannerKit, log *slog.Logger) *feedReader {
	r := &feedReader{st: k.store, log: log, now: k.probes.now}
	for _, c := range k.pump.Channels {
		r.channels = append(r.channels, c.Name())
	}
	return r
}

// feedPrefix begins what the store has as the revealer of a name that a feed brought.
const feedPrefix = "feed "

// matchersFresh is how long matchers are used before cases are read again.
const matchersFresh = 10 * time.Minute

// run reads one source until ctx is done. A sink that failed, as on a full disk,
// is tried again from the last position that was stored.
func (r *feedReader) run(ctx context.Context, src feed.Source) {
	defer src.Close()
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 10*time.Minute) {
		pos, err := r.position(ctx, src.Name())
		if err == nil {
			err = feed.Run(ctx, src, pos, r.sink)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		r.log.Error("feed", "source", src.Name(), "err", err, "again_in", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// logsAtMost is how long a scan reads logs of certificates before it sweeps. Who follows
// public ones, with their millions of entries a day, lets serve do it.
const logsAtMost = 5 * time.Minute

// readLogs reads what the configured logs of certificates have got since they were last
// read, side by side. One that cannot be read is told and keeps no scan from sweeping.
// The other feeds are for [app.serve] alone: a stream has to be listened to, and a zone
// is compared on disk by one reader at a time.
func (a *app) readLogs(ctx context.Context, k *scannerKit) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	only := *cfg
	only.Feeds = Feeds{CT: cfg.Feeds.CT}
	sources, err := a.openFeeds(&only, k.probes)
	if err != nil {
		return err
	}
	r := newFeedReader(k, a.logger())
	bounded, cancel := context.WithTimeout(ctx, logsAtMost)
	defer cancel()
	var group sync.WaitGroup
	for _, src := range sources {
		group.Go(func() {
			pos, err := r.position(bounded, src.Name())
			if err == nil {
				err = feed.CatchUp(bounded, src, pos, r.sink)
			}
			if err != nil && ctx.Err() == nil {
				r.log.Warn("feed: read no further before this scan", "source", src.Name(), "err", err)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

func feedKey(source string) string { return "feed/" + source }

func (r *feedReader) position(ctx context.Context, source string) (feed.Position, error) {
	var pos feed.Position
	s, err := r.st.Meta(ctx, feedKey(source))
	if errors.Is(err, store.ErrNotFound) {
		return pos, nil
	}
	if err != nil {
		return pos, err
	}
	return pos, json.Unmarshal([]byte(s), &pos)
}

// sink stores what a batch held for the cases together with the position behind
// it.
func (r *feedReader) sink(ctx context.Context, b feed.Batch) error {
	ms, err := r.current(ctx)
	if err != nil {
		return err
	}
	hits := map[tracker.CaseID][]store.Known{}
	for i, name := range b.Names.All() {
		for id, m := range ms {
			if hit, ok := m.Match(name); ok {
				hits[id] = append(hits[id], store.Known{Name: hit.Name, Rule: hit.Rule, From: hit.From, RevealedBy: fmt.Sprintf(feedPrefix+"%s, entry %d", b.Source, i)})
			}
		}
	}
	for _, g := range b.Gaps {
		r.log.Warn("feed: a gap in coverage", "source", g.Source, "from", g.From, "to", g.To, "lost", g.Lost, "reason", g.Reason, "detail", g.Detail)
	}
	pos, err := json.Marshal(b.Position)
	if err != nil {
		return err
	}
	return r.st.Tx(ctx, func(tx *store.Tx) error {
		for id, ks := range hits {
			fresh, err := tx.AddKnown(ctx, id, ks)
			if err != nil {
				return err
			}
			if len(fresh) > 0 {
				r.log.Info("feed: names that look like watched ones", "case", id, "source", b.Source, "names", len(fresh))
			}
		}
		for _, al := range b.Alarms {
			for id := range ms {
				a := tracker.Alert{Key: fmt.Sprintf("feed:%s:%s:%s:%d", id, al.Source, al.Kind, al.Since.Unix()), Kind: "feed-" + al.Kind, Case: id, CreatedAt: tx.Now,
					Headline: fmt.Sprintf("the feed %s is %s since %s: %s", al.Source, al.Kind, al.Since.UTC().Format("2006-01-02 15:04"), al.Detail)}
				if _, err := tx.PutAlert(ctx, a, r.channels); err != nil {
					return err
				}
			}
		}
		return tx.SetMeta(ctx, feedKey(b.Source), string(pos))
	})
}

// current are matchers of the cases as they stood a short while ago.
func (r *feedReader) current(ctx context.Context) (map[tracker.CaseID]*lookalike.Kin, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.matchers != nil && time.Since(r.made) < matchersFresh {
		return r.matchers, nil
	}
	ids, err := r.st.Cases(ctx)
	if err != nil {
		return nil, err
	}
	ms := map[tracker.CaseID]*lookalike.Kin{}
	for _, id := range ids {
		rec, err := r.st.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		called, err := scan.Titles(ctx, scanReader{r.st.View}, &rec.Case, r.now())
		if err != nil {
			return nil, err
		}
		ms[id] = lookalike.NewKin(&rec.Case, called)
	}
	r.matchers, r.made = ms, time.Now()
	return ms, nil
}
