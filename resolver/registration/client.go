package registration

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"respawn/tracker"
)

// A DialFunc opens connections, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Config is everything a [Client] needs. The zero value of each field other than
// Dial is usable.
type Config struct {
	// Dial opens connections to hosts that a registry, a table or a reply named.
	// It must be guarded: it is called with names that strangers chose. Required.
	Dial DialFunc
	// DialConfigured opens connections to hosts that a person configured (RDAP,
	// WHOIS and Bootstrap below). nil: Dial.
	DialConfigured DialFunc
	// Guarded says whether an error of Dial means that our own guard refused.
	// nil: no error does.
	Guarded func(error) bool

	// RootCAs are trusted for https. nil: those of the system.
	RootCAs *x509.CertPool

	// RDAP has base URLs and WHOIS host:port (port 43 where none is given) by
	// suffix, without leading dot; the longest suffix wins. They go before every
	// table. NoRDAP and NoWHOIS switch a protocol off.
	RDAP    map[string]string
	WHOIS   map[string]string
	NoRDAP  bool
	NoWHOIS bool
	// Bootstrap is the URL or file of an RDAP bootstrap (RFC 9224). Empty: IANA's,
	// with the embedded copy until it was fetched and where it cannot be.
	Bootstrap string
	// IANAWhois is the server that refers to the WHOIS servers of top levels.
	// Empty: whois.iana.org:43. "none": it is not asked.
	IANAWhois string
	// Controls are names known to be registered, by suffix, in addition to the
	// embedded ones and to nic.SUFFIX and google.SUFFIX. A server is believed
	// about absence only after it knew one of them.
	Controls map[string][]tracker.Name

	// Rate is questions per second to each server where Pace is nil; 0 = no
	// pacing (test worlds).
	Rate  float64
	Pace  Pace  // nil: a MemoryPace at Rate
	Cache Cache // nil: a MemoryCache
	// UserAgent names the program and whom to complain to.
	UserAgent string
	// Timeout bounds one exchange with one server; 0 = 20 s.
	Timeout time.Duration

	// Salt makes the hashes of registrant data useless outside this database.
	// Empty: no registrant data is kept at all.
	Salt []byte
	// KeepCleartext fills Result.Contacts for Retention (0 = 30 days).
	KeepCleartext bool
	Retention     time.Duration

	Now func() time.Time // nil: time.Now
}

// A Client asks registries. Safe for concurrent use.
type Client struct {
	cfg    Config
	http   *http.Client
	tables *tables
	boot   *bootstrap
	// written are host:port of the HTTP servers that a person configured, without
	// those that a configured bootstrap names.
	written map[string]bool

	mu     sync.Mutex
	checks map[string]*sync.Mutex // guarded by mu: one control check for a server at a time
}

// New makes a Client. It asks nobody. The error is about the configuration: no
// Dial, a server that is no URL or host:port.
func New(cfg Config) (*Client, error) {
	if cfg.Dial == nil {
		return nil, errors.New("registration: Config.Dial is nil")
	}
	if cfg.DialConfigured == nil {
		cfg.DialConfigured = cfg.Dial
	}
	if cfg.Guarded == nil {
		cfg.Guarded = func(error) bool { return false }
	}
	if cfg.Pace == nil {
		cfg.Pace = NewMemoryPace(cfg.Rate)
	}
	if cfg.Cache == nil {
		cfg.Cache = new(MemoryCache)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.Retention <= 0 {
		cfg.Retention = 30 * 24 * time.Hour
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	switch cfg.IANAWhois {
	case "":
		cfg.IANAWhois = "whois.iana.org:43"
	case "none":
		cfg.IANAWhois = ""
	}
	t, err := loadTables()
	if err != nil {
		return nil, err
	}
	for suffix, u := range cfg.RDAP {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "https" && p.Scheme != "http" {
			return nil, fmt.Errorf("registration: RDAP server %q of %s is no http or https URL", u, suffix)
		}
	}
	whois := make(map[string]string, len(cfg.WHOIS))
	for suffix, hostport := range cfg.WHOIS {
		h, err := hostPort(hostport)
		if err != nil {
			return nil, fmt.Errorf("registration: WHOIS server of %s: %w", suffix, err)
		}
		whois[suffix] = h
	}
	cfg.WHOIS = whois
	c := &Client{cfg: cfg, tables: t, checks: make(map[string]*sync.Mutex), written: make(map[string]bool)}
	for _, server := range cfg.RDAP {
		c.written[urlAddr(server)] = true
	}
	if cfg.Bootstrap != "" {
		c.written[urlAddr(cfg.Bootstrap)] = true
	}
	c.http = httpClient(c.dial, cfg.RootCAs, cfg.Timeout)
	c.boot, err = newBootstrap(c)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// dial opens a connection for HTTP: with DialConfigured only to the very host
// and port that a person configured, so that a redirect from there leads nowhere
// that the guard would not let through.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if c.isConfigured(addr) {
		return c.cfg.DialConfigured(ctx, network, addr)
	}
	return c.cfg.Dial(ctx, network, addr)
}

func (c *Client) isConfigured(addr string) bool {
	return c.written[addr] || c.cfg.Bootstrap != "" && c.boot.names(addr)
}

// urlAddr is the host:port that a URL leads to; "" for what is no URL.
func urlAddr(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// A source is one server that may know about a suffix.
type source struct {
	kind       string // rdap or whois
	server     string // base URL or host:port
	suffix     string // the suffix that the table named it for
	configured bool   // a person wrote it into the configuration
	registrar  bool   // no registry: it knows its own customers alone
}

// How long answers are kept (METHODS 6): a free name may be taken tomorrow, a
// taken one stays taken until it expires, but is looked at again by then.
const (
	keepAbsent  = 24 * time.Hour
	keepPresent = 90 * 24 * time.Hour
)

// Lookup says whether name, or the registrable domain that it lies in, is
// registered. It may answer from the cache (Result.Cached): unregistered for
// 24 hours, registered until expiry and at most for 90 days; Unknown is never
// cached. The error is about the question alone: a name that cannot be asked
// about, or ctx being done before anybody was asked.
func (c *Client) Lookup(ctx context.Context, name tracker.Name) (Result, error) {
	domain, err := registrable(name)
	if err != nil {
		return Result{}, err
	}
	if b, ok, err := c.cfg.Cache.Get(ctx, "name:"+string(domain), c.cfg.Now()); err == nil && ok {
		var r Result
		if json.Unmarshal(b, &r) == nil && r.Name == domain {
			r.Cached = true
			return r, nil
		}
	}
	return c.Ask(ctx, name)
}

// Ask is Lookup without reading the cache: for names whose registration is being
// watched.
func (c *Client) Ask(ctx context.Context, name tracker.Name) (Result, error) {
	domain, err := registrable(name)
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	r := c.ask(ctx, domain)
	c.keep(ctx, r)
	return r, nil
}

// Known says whether any server is known for the registry of name, without
// asking one. IANA's WHOIS referral may know more.
func (c *Client) Known(name tracker.Name) bool {
	return len(c.sources(name)) > 0
}

func (c *Client) ask(ctx context.Context, domain tracker.Name) Result {
	best := unknown(tracker.ReasonNoService, "no RDAP or WHOIS server is known for "+domain.Suffix())
	best.Name, best.At = domain, c.cfg.Now().UTC()
	if foreignSuffix(domain) && !c.hasOwn(domain) {
		best.Detail = "." + domain.Suffix() + " is run by its owner: its names are in no registry that we know"
		return best
	}
	// IANA's table is not fetched for names that a configured server answers for.
	if known := c.sources(domain); !c.cfg.NoRDAP && (c.cfg.Bootstrap != "" || len(known) == 0 || !known[0].configured) {
		_ = c.boot.refresh(ctx) // a stale table is a table
	}
	tried := make(map[string]bool)
	try := func(s source) (done bool) {
		if tried[s.kind+s.server] || len(tried) >= 4 {
			return false
		}
		tried[s.kind+s.server] = true
		r := c.exchange(ctx, s, domain)
		if r.Outcome == tracker.Absent && nobodys(domain) {
			r = distrust(r, tracker.ReasonNotTrusted, string(domain)+" is a public suffix, of which a registry knows nothing but what lies below it")
		} else if r.Outcome == tracker.Absent {
			r = c.believe(ctx, s, r)
		} else if r.Outcome == tracker.Present {
			c.trust(ctx, s)
		}
		if r.Outcome != tracker.Unknown || best.Server == "" || best.Reason == tracker.ReasonNoService {
			best = r
		}
		// A server that asks to be left alone is not circumvented by its neighbour.
		// One that rests because it was down is; whether the registry as a whole
		// rests is for the turn at the neighbour to say.
		return r.Outcome != tracker.Unknown || r.Reason == tracker.ReasonThrottled && !r.unasked || ctx.Err() != nil
	}
	for _, s := range c.sources(domain) {
		if try(s) {
			return best
		}
	}
	if s, ok := c.refer(ctx, domain); ok {
		try(s)
	}
	return best
}

// exchange asks one server, in its turn, and fills in who said what when.
func (c *Client) exchange(ctx context.Context, s source, domain tracker.Name) Result {
	turn, err := c.take(ctx, s, domain)
	if err != nil {
		reason := tracker.ReasonThrottled
		if ctx.Err() != nil {
			reason = tracker.ReasonCancelled
		}
		r := unknown(reason, "not asked: "+err.Error())
		r.Name, r.Source, r.Server, r.At = domain, s.kind, s.server, c.cfg.Now().UTC()
		r.unasked = true
		return r
	}
	ectx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	var r Result
	var f Feedback
	if s.kind == "rdap" {
		r, f = c.askRDAP(ectx, s, domain)
	} else {
		r, f = c.askWHOIS(ectx, s, domain)
	}
	cancel()
	if ctx.Err() != nil && r.Outcome == tracker.Unknown {
		r.Reason, f = tracker.ReasonCancelled, Feedback{Kind: Unasked}
	}
	turn.give(f, r.Reason == tracker.ReasonThrottled)
	r.Name, r.Source, r.Server, r.At = domain, s.kind, s.server, c.cfg.Now().UTC()
	if len(r.Raw) > 0 {
		r.RawSHA256 = tracker.DigestOf(r.Raw)
	}
	if r.Outcome == tracker.Present {
		r.Registration.Source = s.kind
		if c.cfg.KeepCleartext && len(r.Contacts) > 0 {
			r.ContactsUntil = r.At.Add(c.cfg.Retention)
		} else {
			r.Contacts = nil
		}
	}
	return r
}

func (c *Client) keep(ctx context.Context, r Result) {
	now := c.cfg.Now()
	var until time.Time
	switch r.Outcome {
	case tracker.Absent:
		until = now.Add(keepAbsent)
	case tracker.Present:
		until = now.Add(keepPresent)
		if e := r.Registration.ExpiresAt; !e.IsZero() && e.Before(until) {
			until = e
		}
		if until.Before(now.Add(keepAbsent)) {
			until = now.Add(keepAbsent) // expired and in its grace period
		}
	default:
		return
	}
	if b, err := json.Marshal(r); err == nil {
		_ = c.cfg.Cache.Put(ctx, "name:"+string(r.Name), b, until) // an economy only
	}
}

// sources are the servers to try, in order: what a person configured, then our
// dated table, then the bootstrap, then our table of WHOIS servers.
func (c *Client) sources(domain tracker.Name) []source {
	var out []source
	own := foreignSuffix(domain)
	first := func(kind string, table map[string]string, configured bool) {
		for _, s := range suffixes(domain) {
			if server := table[s]; server != "" {
				out = append(out, source{kind: kind, server: server, suffix: s, configured: configured})
				return
			}
			if own {
				return // only a server for this very suffix speaks for it
			}
		}
	}
	if !c.cfg.NoRDAP {
		first("rdap", c.cfg.RDAP, true)
		if c.cfg.Bootstrap != "" && !own {
			first("rdap", c.boot.table(), true)
		}
	}
	if !c.cfg.NoWHOIS {
		first("whois", c.cfg.WHOIS, true)
	}
	if !c.cfg.NoRDAP {
		first("rdap", c.tables.rdap, false)
		if c.cfg.Bootstrap == "" && !own {
			first("rdap", c.boot.table(), false)
		}
	}
	if own && !c.cfg.NoWHOIS {
		first("whois", c.tables.whois, false)
	}
	return out
}
