package resolver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const maxUpstreams = 16

// errBadReply is wrapped where bytes came that are no DNS message for us.
var errBadReply = errors.New("not an answer to the question")

// An upstream is one configured resolver and the ways to reach it.
type upstream struct {
	label    string // as written in answers: host:port, tls://..., https://...
	address  string // to dial
	datagram bool   // UDP first
	dial     DialFunc
	stream   exchanger
	sockets  sockets      // of single questions
	lies     atomic.Bool  // a canary caught it inventing names
	plain    atomic.Int64 // until when udp is not dialed (Unix time in ns): it could not be

	validation      sync.Mutex // held while it is asked
	validationKnown bool       // guarded by validation
	validating      bool       // guarded by validation
}

// An exchanger carries one question over a stream transport. The reply has the
// id of the query; its question section is for the caller to compare.
type exchanger interface {
	exchange(ctx context.Context, query []byte) ([]byte, error)
	close()
}

func newUpstream(s string, cfg *Config) (*upstream, error) {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest = "udp", s
	}
	u := &upstream{label: s, dial: cfg.Dial}
	switch scheme {
	case "udp", "tcp":
		ap, err := hostPort(rest, "53")
		if err != nil {
			return nil, fmt.Errorf("resolver %q: %w", s, err)
		}
		u.address, u.datagram = ap, scheme == "udp"
		if scheme == "udp" {
			u.label = ap
		}
		u.stream = newPipe(func(ctx context.Context) (net.Conn, error) { return cfg.Dial(ctx, "tcp", ap) })
	case "tls":
		ap, err := hostPort(rest, "853")
		if err != nil {
			return nil, fmt.Errorf("resolver %q: %w", s, err)
		}
		u.address = ap
		conf := tlsConfig(cfg.TLS, ap)
		u.stream = newPipe(func(ctx context.Context) (net.Conn, error) {
			c, err := cfg.Dial(ctx, "tcp", ap)
			if err != nil {
				return nil, err
			}
			t := tls.Client(c, conf)
			if err := t.HandshakeContext(ctx); err != nil {
				_ = c.Close()
				return nil, err
			}
			return t, nil
		})
	case "https":
		uu, err := url.Parse(s)
		if err != nil || uu.Host == "" {
			return nil, fmt.Errorf("resolver %q: not a URL", s)
		}
		if uu.Path == "" {
			uu.Path = "/dns-query"
		}
		u.address = uu.Host
		u.stream = newDoH(uu.String(), cfg)
	default:
		return nil, fmt.Errorf("resolver %q: want host:port, tcp://, tls:// or https://", s)
	}
	return u, nil
}

// CheckResolver says what is wrong with s as an entry of Config.Resolvers, or nil.
func CheckResolver(s string) error {
	_, err := newUpstream(s, &Config{})
	return err
}

// hostPort completes a resolver's address with the port of its protocol.
func hostPort(s, port string) (string, error) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return net.JoinHostPort(a.String(), port), nil
	}
	h, p, err := net.SplitHostPort(s)
	if err != nil {
		h, p = s, port
	}
	if h == "" || p == "" || strings.ContainsAny(h, "/@ ") || err != nil && strings.Contains(s, ":") {
		return "", errors.New("want host:port")
	}
	return net.JoinHostPort(h, p), nil
}

func tlsConfig(base *tls.Config, address string) *tls.Config {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		conf = base.Clone()
	}
	if conf.ServerName == "" {
		conf.ServerName, _, _ = net.SplitHostPort(address)
	}
	return conf
}

func (u *upstream) close() {
	u.stream.close()
	u.sockets.close()
}

// ask puts one packed question (from packQuery, without id) and returns the reply
// that matches it: over UDP the wait is bounded by patience and case must match;
// truncation goes on over the stream within ctx. Replies to anything else are
// passed over, as an attacker may send any number of them.
func (u *upstream) ask(ctx context.Context, query []byte, qend int, id uint16, patience time.Duration) ([]byte, error) {
	query[0], query[1] = byte(id>>8), byte(id)
	if u.udp() {
		reply, err := u.askUDP(ctx, query, qend, patience)
		if err != nil || reply != nil {
			return reply, err
		}
	}
	sctx, cancel := context.WithTimeout(ctx, max(patience, streamPatience))
	defer cancel()
	reply, err := u.stream.exchange(sctx, query)
	if err != nil {
		return nil, err
	}
	if !answers(reply, query, qend, false) {
		return nil, fmt.Errorf("%w: %s over a stream", errBadReply, u.label)
	}
	return reply, nil
}

// streamPatience is the least time for a question over TCP, TLS or HTTPS, where
// the transport does the resending.
const streamPatience = 4 * time.Second

// plainFor is how long a resolver is asked over its stream alone after its UDP
// could not be dialed. A proxy never carries UDP, but a network comes back, and so
// do file descriptors.
const plainFor = time.Minute

func (u *upstream) udp() bool { return u.datagram && time.Now().UnixNano() >= u.plain.Load() }

func (u *upstream) avoidUDP() { u.plain.Store(time.Now().Add(plainFor).UnixNano()) }

// askUDP returns nil, nil where the stream must be used instead.
func (u *upstream) askUDP(ctx context.Context, query []byte, qend int, patience time.Duration) ([]byte, error) {
	c, err := u.sockets.take(ctx, u.dial, u.address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		u.avoidUDP()
		return nil, nil
	}
	reply, err := exchangeUDP(ctx, c, query, qend, patience)
	if reply == nil || ctx.Err() != nil {
		// Something may still come there, or somebody guesses; and the end of ctx
		// sets a deadline at any moment.
		_ = c.Close()
		return reply, err
	}
	u.sockets.give(c)
	return reply, nil
}

// exchangeUDP is one question on a connected socket on which no other is open.
// Its port was chosen by the kernel at random. nil, nil means that the stream is
// to be asked; after an error the socket is not to be used again.
func exchangeUDP(ctx context.Context, c net.Conn, query []byte, qend int, patience time.Duration) ([]byte, error) {
	deadline := time.Now().Add(patience)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := c.Write(query); err != nil {
		return nil, err
	}
	buf := datagrams.Get().(*[4096]byte)
	defer datagrams.Put(buf)
	for {
		n, err := c.Read(buf[:])
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, err
		}
		switch {
		case !answers(buf[:n], query, qend, false):
			continue
		case buf[2]&0x02 != 0, !answers(buf[:n], query, qend, true):
			// Cut, or without the case of our letters: a forger, or a server that
			// does not keep it. Over a stream the two can be told apart.
			return nil, nil
		}
		return bytes.Clone(buf[:n]), nil
	}
}

// datagrams are buffers for replies, which are much shorter as a rule.
var datagrams = sync.Pool{New: func() any { return new([4096]byte) }}

// answers says whether reply repeats the id and question of query.
func answers(reply, query []byte, qend int, exact bool) bool {
	if len(reply) < headerLen || reply[0] != query[0] || reply[1] != query[1] || reply[2]&0x80 == 0 {
		return false
	}
	if reply[4] == 0 && reply[5] == 0 { // refused without repeating the question
		rcode := reply[3] & 0xf
		return rcode != rcodeNoError && rcode != rcodeNXDomain
	}
	if len(reply) < qend || reply[4] != 0 || reply[5] != 1 {
		return false
	}
	if exact {
		return bytes.Equal(reply[headerLen:qend], query[headerLen:qend])
	}
	return equalFold(reply[headerLen:qend], query[headerLen:qend])
}

// A doh asks over HTTPS (RFC 8484), by POST so that no cache stands between.
type doh struct {
	url    string
	client *http.Client
}

func newDoH(url string, cfg *Config) *doh {
	t := &http.Transport{
		DialContext:         cfg.Dial,
		ForceAttemptHTTP2:   true,
		TLSClientConfig:     cfg.TLS.Clone(),
		MaxIdleConnsPerHost: 8,
		MaxConnsPerHost:     32,
		IdleConnTimeout:     10 * time.Second,
		DisableCompression:  true,
	}
	return &doh{url: url, client: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (d *doh) close() { d.client.CloseIdleConnections() }

func (d *doh) exchange(ctx context.Context, query []byte) ([]byte, error) {
	// RFC 8484 section 4.1 asks for id 0 for the sake of caches.
	body := bytes.Clone(query)
	body[0], body[1] = 0, 0
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/dns-message")
	req.Header.Set("Accept", "application/dns-message")
	res, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/dns-message") {
		return nil, fmt.Errorf("%w: %s says %s", errBadReply, d.url, res.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(res.Body, 65536))
	if err != nil {
		return nil, err
	}
	if len(reply) < headerLen || len(reply) > 65535 || reply[0]|reply[1] != 0 {
		return nil, fmt.Errorf("%w: %d bytes from %s", errBadReply, len(reply), d.url)
	}
	reply[0], reply[1] = query[0], query[1]
	return reply, nil
}
