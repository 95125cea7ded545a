package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"respawn/crawler"
	"respawn/crawler/archive"
	"respawn/internal/egress"
	"respawn/resolver"
	"respawn/resolver/registration"
	"respawn/tracker"
	"respawn/tracker/alert"
	"respawn/tracker/lifecycle"
	"respawn/tracker/queue"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

// config loads the configuration once.
func (a *app) config() (*Config, error) {
	if a.cfg == nil {
		c, err := loadConfig(a.configFile, a.Getenv)
		if err != nil {
			return nil, err
		}
		a.cfg = &c
	}
	return a.cfg, nil
}

// clock is time.Now, or the instant of --at.
func (a *app) clock() (func() time.Time, error) {
	if a.tick != nil {
		return a.tick, nil
	}
	if a.at == "" {
		return func() time.Time { return a.Now().UTC() }, nil
	}
	t, err := parseTime(a.at)
	if err != nil {
		return nil, err
	}
	return func() time.Time { return t }, nil
}

// openStore opens the database of the configuration. With readOnly it must
// exist; else its directory is made.
func (a *app) openStore(ctx context.Context, readOnly bool) (*store.Store, error) {
	if a.st != nil {
		return a.st, nil
	}
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	now, err := a.clock()
	if err != nil {
		return nil, err
	}
	sc := store.Config{URL: cfg.Database, Now: now, ReadOnly: readOnly}
	if cfg.Database == "" {
		sc.Path = filepath.Join(cfg.DataDir, "respawn.db")
		if n, err := strconv.Atoi(a.Getenv("RESPAWN_SQLITE_MAX_PAGES")); err == nil {
			sc.MaxPages = n
		}
		if _, err := os.Stat(sc.Path); errors.Is(err, os.ErrNotExist) && readOnly {
			return nil, fmt.Errorf("no database at %s yet: import a case with: respawn case add FILE", sc.Path)
		}
		if !readOnly {
			if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
				return nil, err
			}
		}
	}
	st, err := store.Open(ctx, sc)
	if err != nil {
		return nil, err
	}
	a.st, a.readOnly = st, readOnly
	a.onClose(func() error { a.st = nil; return st.Close() })
	return st, nil
}

func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	if a.quiet {
		level = slog.LevelWarn
	}
	return slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, at slog.Attr) slog.Attr {
		if at.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return at
	}}))
}

// probes are everything that asks the world, wired to one door.
type probes struct {
	cfg      *Config
	door     *egress.Door
	resolver *resolver.Client
	registry *registration.Client
	crawler  *crawler.Crawler // looks at everything
	glance   *crawler.Crawler // looks at the front page
	glances  *crawler.Crawler // looks at it from the countries of its readers, too
	blobs    *archive.Blobs
	archive  *archive.Archive
	now      func() time.Time
	classes  memory[tracker.Class] // of pages, by content
}

// openDoor makes the one door to the network for a vantage.
func openDoor(cfg *Config, proxy string) (*egress.Door, error) {
	ec := egress.Config{Proxy: proxy}
	for _, s := range cfg.Egress.AllowNetworks {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("egress.allow_networks: %q is no network such as 198.18.0.0/15", s)
		}
		ec.AllowNetworks = append(ec.AllowNetworks, p)
	}
	for _, p := range cfg.Egress.AllowPorts {
		if p < 1 || p > 65535 {
			return nil, fmt.Errorf("egress.allow_ports: %d is no port", p)
		}
		ec.WebPorts = append(ec.WebPorts, uint16(p))
	}
	for _, servers := range []map[string]string{cfg.Registration.RDAP.Servers, cfg.Registration.Whois.Servers} {
		for _, s := range servers {
			host := strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
			host, _, _ = strings.Cut(host, "/")
			ec.Hosts = append(ec.Hosts, host)
		}
	}
	return egress.New(ec)
}

// openProbes wires resolver, registries and crawler. Rates, proxies and the guard
// are those of the configuration.
func (a *app) openProbes(ctx context.Context) (*probes, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	p := &probes{cfg: cfg}
	if p.now, err = a.clock(); err != nil {
		return nil, err
	}
	if p.door, err = openDoor(cfg, cfg.proxyOf(cfg.Vantages[0])); err != nil {
		return nil, err
	}
	if p.resolver, err = a.openResolver(cfg, p.door, p.now); err != nil {
		return nil, err
	}
	a.onClose(p.resolver.Close)
	if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
		return nil, err
	}
	if p.blobs, err = archive.OpenBlobs(cfg.blobDir()); err != nil {
		return nil, err
	}
	a.onClose(p.blobs.Close)
	if err := a.openRegistry(ctx, p); err != nil {
		return nil, err
	}
	return p, a.openCrawler(p)
}

func (a *app) openResolver(cfg *Config, door *egress.Door, now func() time.Time) (*resolver.Client, error) {
	servers := cfg.Resolvers
	if len(servers) == 0 {
		f, err := os.Open("/etc/resolv.conf")
		if err != nil {
			return nil, fmt.Errorf("no resolvers are configured and the system's cannot be read: %w", err)
		}
		defer f.Close()
		if servers, err = resolver.SystemResolvers(f); err != nil {
			return nil, err
		}
	}
	roots, err := cfg.rootCAs()
	if err != nil {
		return nil, err
	}
	rc := resolver.Config{Resolvers: servers, Roots: cfg.Roots, Dial: door.DialTrusted, DialAuthority: door.DialDNS, DialRoot: door.DialWritten,
		AuthorityTCP: door.Proxied(), Guarded: isGuard, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Rate: cfg.Rate.DNS, PerSuffix: cfg.Rate.PerSuffix, Now: now}
	if cfg.ASNFile != "" {
		f, err := os.Open(cfg.ASNFile)
		if err != nil {
			return nil, fmt.Errorf("asn_file: %w", err)
		}
		defer f.Close()
		if rc.ASN, err = resolver.LoadASN(f); err != nil {
			return nil, fmt.Errorf("asn_file: %w", err)
		}
	}
	return resolver.New(rc)
}

// rootCAs are the system's certificate authorities and, where ca_file is set,
// those in it; nil means the system's alone.
func (c *Config) rootCAs() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: %s holds no certificate", c.CAFile)
	}
	return pool, nil
}

func isGuard(err error) bool { return errors.Is(err, egress.ErrGuard) }

// lookup resolves a registration host through our own resolvers.
func (p *probes) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return p.resolver.Lookup(ctx, host)
}

// httpClient is an HTTP client over a dial function; nothing else of the default
// transport's environment (proxies, keep-alive without end) comes with it.
func httpClient(dial egress.DialFunc, pool *x509.CertPool, timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10}}
}

// channels are the alert channels of the configuration.
func (a *app) channels(cfg *Config, door *egress.Door, now func() time.Time) ([]alert.Channel, error) {
	pool, err := cfg.rootCAs()
	if err != nil {
		return nil, err
	}
	var out []alert.Channel
	for i, ch := range cfg.Alerts {
		secret := ""
		if ch.SecretEnv != "" {
			if secret = a.Getenv(ch.SecretEnv); secret == "" {
				return nil, fmt.Errorf("alerts[%d]: the environment has no %s to sign with", i, ch.SecretEnv)
			}
		}
		h, err := alert.NewWebhook(ch.URL, secret, httpClient(door.DialTrusted, pool, 20*time.Second), time.Now)
		if err != nil {
			return nil, fmt.Errorf("alerts[%d]: %w", i, err)
		}
		out = append(out, h)
	}
	return out, nil
}

// A scannerKit is a Scanner with the queue that works its jobs.
type scannerKit struct {
	probes  *probes
	scanner *scan.Scanner
	archive *archive.Archive
	store   *store.Store
	queue   *queue.Queue
	pump    *alert.Pump
	stamps  archive.Authority // nil: none
	log     *slog.Logger
}

// openScanner opens everything that a scan needs and starts the workers.
func (a *app) openScanner(ctx context.Context, progress func(stage string, done, total int)) (*scannerKit, error) {
	st, err := a.openStore(ctx, false)
	if err != nil {
		return nil, err
	}
	p, err := a.openProbes(ctx)
	if err != nil {
		return nil, err
	}
	log := a.logger()
	channels, err := a.channels(p.cfg, p.door, p.now)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range channels {
		names = append(names, c.Name())
	}
	stamps, err := p.cfg.authority(p.door)
	if err != nil {
		return nil, err
	}
	qa := &scanQueue{room: newRoom(st)}
	cfg := p.cfg
	s := scan.New(scan.Deps{Store: newScanStore(st, names), Queue: qa, Resolver: &scanResolver{p}, Registrar: &scanRegistrar{p}, Crawler: &scanCrawler{p: p}, Blobs: p.blobs,
		Budget: scan.Budget{FullFor: time.Duration(cfg.Sweep.FullFor), Best: cfg.Sweep.Budget, CoverAllEvery: time.Duration(cfg.Sweep.CoverAllEvery)},
		Policy: lifecycle.DefaultPolicy(), Vantage: cfg.Vantages[0].Name, Now: p.now, Log: log, Workers: cfg.Crawl.Workers, Progress: progress})
	kinds := map[string]queue.Kind{}
	for k, h := range s.Handlers() {
		kinds[k] = queue.Kind{Work: func(ctx context.Context, j queue.Job) error {
			run, err := strconv.ParseInt(j.Run, 10, 64)
			if err != nil {
				return queue.GiveUp(fmt.Errorf("job %s of run %q", j.Kind, j.Run))
			}
			err = h(ctx, scan.Job{Kind: j.Kind, Run: tracker.RunID(run), Args: j.Args})
			qa.room.said(err)
			return err
		}, Deadline: 2 * time.Hour}
	}
	q, err := queue.Open(ctx, st, queue.Config{Kinds: kinds, Workers: map[string]int{"": cfg.jobWorkers()}, Log: log})
	if err != nil {
		return nil, err
	}
	a.onClose(q.Close)
	qa.q = q
	if err := q.Start(ctx); err != nil {
		return nil, err
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
		defer cancel()
		return q.Stop(ctx)
	})
	return &scannerKit{p, s, p.archive, st, q, &alert.Pump{Outbox: outbox{st}, Channels: channels, Now: a.Now, Log: log}, stamps, log}, nil
}

// Scan runs one scan, closes its night in the archive and has it time-stamped.
func (k *scannerKit) Scan(ctx context.Context, id tracker.CaseID, at time.Time, mode scan.Mode) (scan.Report, error) {
	// A second scan of the case would take this one's run for one that was cut off.
	release, err := k.store.Lock(ctx, "scan of "+string(id))
	if errors.Is(err, store.ErrLocked) {
		return scan.Report{}, errors.New("another process is scanning this case now")
	}
	if err != nil {
		return scan.Report{}, err
	}
	defer release()
	rep, err := k.scanner.Scan(ctx, id, at, mode)
	if err != nil {
		return rep, err
	}
	if _, err := k.archive.Seal(at); err != nil {
		return rep, fmt.Errorf("archive: %w", err)
	}
	if k.stamps != nil {
		if _, err := k.archive.Stamp(ctx, k.stamps); err != nil {
			k.log.Warn("the archive's newest night has no timestamp yet; the next scan asks again", "why", err)
		}
	}
	return rep, nil
}

// jobWorkers is how many jobs run at once: the sweep has a pace of its own, so
// two sweeps side by side ask no more.
func (c *Config) jobWorkers() int { return 4 }
