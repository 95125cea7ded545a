package resolver

import (
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"respawn/tracker"
)

// A DialFunc opens one connection; network is udp or tcp, udp connected.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// ErrNoResolver is wrapped by errors that say that nobody could be asked at all.
var ErrNoResolver = errors.New("no usable resolver")

// Config is what a [Client] needs. Resolvers and Dial are required.
type Config struct {
	// Resolvers are recursive resolvers that a person chose: host:port or an
	// address alone (UDP, TCP after truncation), tcp://host:port, tls://host[:853]
	// (RFC 7858) or https://host/dns-query (RFC 8484). More than one lets a name be
	// asked elsewhere when one fails; at most 16.
	Resolvers []string
	// Roots are name servers of the root, IP:port or IP. Empty: the IANA root hints.
	Roots []string

	// Dial reaches the resolvers. Where it refuses udp, tcp is used.
	Dial DialFunc
	// DialAuthority reaches name servers whose addresses were found in answers: it
	// must be guarded. nil: ParentDelegation answers unknown.
	DialAuthority DialFunc
	// DialRoot reaches Roots. nil: DialAuthority.
	DialRoot DialFunc
	// AuthorityTCP asks authoritative servers over TCP alone, for proxies.
	AuthorityTCP bool
	// Guarded says whether a dial error is a refusal of the guard. nil: none is.
	Guarded func(error) bool
	// TLS is the base for tls:// and https://. nil: system roots.
	TLS *tls.Config

	// Rate caps all questions to resolvers, per second. 0: no cap; the sweep then
	// finds its speed by losses and delay alone.
	Rate float64
	// PerSuffix caps the questions about names under one public suffix, per
	// second, because each costs its registry one. A look counts as one question,
	// a walk counts at each zone below the root. 0: no cap.
	PerSuffix float64
	// Tries is how often one name is asked before it is given up. 0: 8.
	Tries int
	// FirstTry is the least time before a question is asked again; it grows with
	// the measured delay of the resolver, and doubles with each try. 0: 100 ms.
	FirstTry time.Duration

	// ASN tells the networks of addresses. nil: not told.
	ASN *ASNTable
	// Now stamps observations. nil: time.Now. Timeouts never use it.
	Now func() time.Time

	dead time.Duration // silence after which a sweep gives up; tests shorten it
}

// A Client asks through a fixed set of resolvers. Make it with [New]; it is safe
// for concurrent use, and all its users share one rate. Close it at the end.
type Client struct {
	clock
	cfg       Config
	upstreams []*upstream
	roots     []string
	total     *pacer // of all questions to resolvers
	suffixes  *suffixPacer
	zones     zoneCache

	mu   sync.Mutex
	coin coin                                     // guarded by mu
	wild atomic.Pointer[map[string]SuffixVerdict] // wildcard zones; replaced under mu
}

// New makes a client. It opens nothing; an error names the resolver or root that
// could not be understood.
func New(cfg Config) (*Client, error) {
	if cfg.Dial == nil {
		return nil, errors.New("resolver: Config.Dial is nil")
	}
	if len(cfg.Resolvers) == 0 {
		return nil, fmt.Errorf("resolver: %w: none is configured", ErrNoResolver)
	}
	if len(cfg.Resolvers) > maxUpstreams {
		return nil, fmt.Errorf("resolver: %d resolvers, at most %d are used", len(cfg.Resolvers), maxUpstreams)
	}
	if cfg.Tries <= 0 {
		cfg.Tries = 8
	}
	cfg.Tries = min(cfg.Tries, maxTries)
	if cfg.FirstTry <= 0 {
		cfg.FirstTry = 100 * time.Millisecond
	}
	if cfg.dead == 0 {
		cfg.dead = deadAfter
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.DialRoot == nil {
		cfg.DialRoot = cfg.DialAuthority
	}
	k := newClock()
	c := &Client{
		cfg:      cfg,
		clock:    k,
		coin:     coin{src: newChaCha()},
		total:    newPacer(k, cfg.Rate),
		suffixes: newSuffixPacer(k, cfg.PerSuffix),
	}
	for _, s := range cfg.Resolvers {
		u, err := newUpstream(s, &c.cfg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(c.upstreams, func(o *upstream) bool { return o.label == u.label }) {
			c.upstreams = append(c.upstreams, u)
		}
	}
	roots := cfg.Roots
	if len(roots) == 0 {
		roots = rootHints
	}
	for _, r := range roots {
		ap, err := addrPort(r, "53")
		if err != nil {
			return nil, fmt.Errorf("resolver: root %q: %w", r, err)
		}
		c.roots = append(c.roots, ap)
	}
	return c, nil
}

// Close ends the connections that are kept. The client must not be used after.
func (c *Client) Close() error {
	for _, u := range c.upstreams {
		u.close()
	}
	return nil
}

// Servers are the resolvers as they are named in answers, in configured order.
func (c *Client) Servers() []string {
	var out []string
	for _, u := range c.upstreams {
		out = append(out, u.label)
	}
	return out
}

// SystemResolvers reads the nameserver lines of a resolv.conf(5).
func SystemResolvers(r io.Reader) ([]string, error) {
	b, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("resolver: read resolv.conf: %w", err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			out = append(out, net.JoinHostPort(a.String(), "53"))
		}
	}
	return out, nil
}

// addrPort completes an IP address with a port; host names are refused.
func addrPort(s, port string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return net.JoinHostPort(a.String(), port), nil
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return "", fmt.Errorf("want an IP address with or without port")
	}
	return ap.String(), nil
}

func newChaCha() *rand.ChaCha8 {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails (crypto/rand)
	return rand.NewChaCha8(seed)
}

// randomLabel is a label of n letters that nobody has registered.
func (c *Client) randomLabel(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(c.coin.src.Uint64()%26)
	}
	return string(b)
}

// usable are the resolvers that no canary has convicted of lying.
func (c *Client) usable() []*upstream {
	var out []*upstream
	for _, u := range c.upstreams {
		if !u.lies.Load() {
			out = append(out, u)
		}
	}
	return out
}

// reasonFor names what kept us from getting an answer.
func (c *Client) reasonFor(err error) tracker.Reason {
	var ne net.Error
	switch {
	case err == nil:
		return tracker.ReasonNone
	case c.cfg.Guarded != nil && c.cfg.Guarded(err):
		return tracker.ReasonRefusedGuard
	case errors.Is(err, context.Canceled):
		return tracker.ReasonCancelled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return tracker.ReasonTimeout
	case errors.Is(err, errBadReply):
		return tracker.ReasonBadAnswer
	}
	return tracker.ReasonUnreachable
}
