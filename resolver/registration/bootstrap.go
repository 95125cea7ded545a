package registration

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// ianaBootstrap is where IANA publishes which RDAP server speaks for which top
// level (RFC 9224).
const ianaBootstrap = "https://data.iana.org/rdap/dns.json"

// embeddedBootstrap is IANA's file as it was published on the day that stands in
// it (see data/README.md). It is used until a newer one was fetched, and where none
// can be.
//
//go:embed data/bootstrap.json
var embeddedBootstrap []byte

// How long a bootstrap is taken as fresh, and how soon a failed refresh is tried
// again. A stale copy is used until a fresh one was got.
const (
	freshFor   = 24 * time.Hour
	retryFetch = time.Hour
)

// A bootstrap maps top levels to RDAP servers.
type bootstrap struct {
	c   *Client
	url string // "" = a file, which is read once

	mu        sync.Mutex
	servers   map[string]string // guarded by mu; replaced as a whole
	published time.Time         // guarded by mu
	addrs     map[string]bool   // guarded by mu; host:port of servers, nil until asked for

	fetching sync.Mutex
	nextAt   time.Time // guarded by fetching: no refresh before
}

// newBootstrap starts from the embedded copy, the cached one, or the configured
// file.
func newBootstrap(c *Client) (*bootstrap, error) {
	b := &bootstrap{c: c}
	if c.cfg.NoRDAP {
		return b, nil
	}
	where := c.cfg.Bootstrap
	switch {
	case where == "":
		b.url = ianaBootstrap
		var err error
		if b.servers, b.published, err = parseBootstrap(embeddedBootstrap); err != nil {
			return nil, fmt.Errorf("registration: embedded RDAP bootstrap: %w", err)
		}
	case strings.HasPrefix(where, "https://") || strings.HasPrefix(where, "http://"):
		b.url = where
	default:
		data, err := os.ReadFile(strings.TrimPrefix(where, "file://"))
		if err != nil {
			return nil, fmt.Errorf("registration: RDAP bootstrap: %w", err)
		}
		if b.servers, b.published, err = parseBootstrap(data); err != nil {
			return nil, fmt.Errorf("registration: RDAP bootstrap %s: %w", where, err)
		}
	}
	return b, nil
}

// table is the current map. It never asks the network.
func (b *bootstrap) table() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.servers
}

// names says whether the table leads to addr, a host:port.
func (b *bootstrap) names(addr string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.addrs == nil {
		b.addrs = make(map[string]bool)
		for _, server := range b.servers {
			b.addrs[urlAddr(server)] = true
		}
	}
	return b.addrs[addr]
}

// refresh fetches a fresh copy where the present one is old. Failures change
// nothing but the time of the next attempt.
func (b *bootstrap) refresh(ctx context.Context) error {
	if b.url == "" {
		return nil
	}
	b.fetching.Lock() // one fetch at a time; the table stays readable
	defer b.fetching.Unlock()
	now := b.c.cfg.Now()
	if now.Before(b.nextAt) {
		return nil
	}
	key := "bootstrap:" + b.url
	data, cached, err := b.c.cfg.Cache.Get(ctx, key, now)
	if err != nil || !cached {
		cached = false
		data, err = b.fetch(ctx)
	}
	var servers map[string]string
	var published time.Time
	if err == nil {
		servers, published, err = parseBootstrap(data)
	}
	if err != nil {
		b.nextAt = now.Add(retryFetch)
		return fmt.Errorf("registration: RDAP bootstrap %s: %w", b.url, err)
	}
	b.nextAt = now.Add(freshFor)
	if !cached {
		_ = b.c.cfg.Cache.Put(ctx, key, data, now.Add(freshFor))
	}
	b.mu.Lock()
	b.servers, b.published, b.addrs = servers, published, nil
	b.mu.Unlock()
	return nil
}

func (b *bootstrap) fetch(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, b.c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, nil)
	if err != nil {
		return nil, err
	}
	if b.c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", b.c.cfg.UserAgent)
	}
	resp, err := b.c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// parseBootstrap reads a bootstrap file of RFC 9224. For each top level the
// first https server is taken, else the first http one; others are left out.
func parseBootstrap(data []byte) (map[string]string, time.Time, error) {
	var f struct {
		Publication time.Time    `json:"publication"`
		Services    [][][]string `json:"services"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, time.Time{}, err
	}
	out := make(map[string]string)
	for _, s := range f.Services {
		if len(s) != 2 {
			return nil, time.Time{}, errors.New("a service is no pair of lists")
		}
		server := ""
		for _, u := range s[1] {
			p, err := url.Parse(u)
			if err != nil || p.Host == "" || p.Scheme != "https" && p.Scheme != "http" {
				continue
			}
			if server == "" || p.Scheme == "https" && strings.HasPrefix(server, "http:") {
				server = u
			}
		}
		for _, tld := range s[0] {
			if server != "" {
				out[strings.ToLower(strings.Trim(tld, "."))] = server
			}
		}
	}
	if len(out) == 0 {
		return nil, time.Time{}, errors.New("it names no server")
	}
	return out, f.Publication, nil
}
