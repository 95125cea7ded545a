package feed

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxMessage bounds one certstream message. The full stream carries whole
	// chains, some tens of kilobytes.
	maxMessage = 4 << 20
	// handshakeLimit is how long dialing, TLS and the upgrade may take together.
	handshakeLimit = 30 * time.Second
	// pingEvery is half of what certstream-server-go allows before it hangs up on a
	// client that does not ping.
	pingEvery = 30 * time.Second
	// flushEvery is how long names are collected before they are handed on, and
	// flushNames how many.
	flushEvery = time.Second
	flushNames = 2000
)

// CertstreamConfig describes a certstream-compatible server.
type CertstreamConfig struct {
	// Name is how the server is called in batches, gaps and alarms.
	Name string
	// URL is a ws:// or wss:// address of the lite, full or domains-only stream.
	// The domains-only one is enough and the smallest.
	URL string
	// Dial opens the connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is used for wss; nil takes the system's roots.
	TLS *tls.Config
	// UserAgent is sent with the upgrade.
	UserAgent string
	// Pace overrides the pace; Silent is 2 minutes unless set.
	Pace Pace
}

// A Certstream is the [Source] of one certstream-compatible server
// (certstream-server-go is the one that is kept up). It hands out every name of
// all_domains. The stream has no memory: what is sent while nobody listens is
// lost, and [Run] says so.
type Certstream struct {
	cfg   CertstreamConfig
	names Names
	conn  *stream // nil: not connected
}

var _ Source = (*Certstream)(nil)

// NewCertstream returns the source; the error is about the configuration.
func NewCertstream(cfg CertstreamConfig) (*Certstream, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
		return nil, fmt.Errorf("feed %s: %q is no ws:// or wss:// address", cfg.Name, cfg.URL)
	}
	if cfg.Dial == nil {
		return nil, fmt.Errorf("feed %s: it needs a dial function", cfg.Name)
	}
	// An answer without messages is asked again at once: Next itself waits.
	cfg.Pace = cfg.Pace.or(Pace{Poll: time.Millisecond, Silent: 2 * time.Minute})
	return &Certstream{cfg: cfg}, nil
}

// Name is the configured name.
func (s *Certstream) Name() string { return s.cfg.Name }

// Resumes is false: a stream does not repeat itself.
func (s *Certstream) Resumes() bool { return false }

// Pace is the configured pace.
func (s *Certstream) Pace() Pace { return s.cfg.Pace }

// Close hangs up. The next Next connects again.
func (s *Certstream) Close() error {
	if s.conn != nil {
		s.conn.hangUp()
		s.conn = nil
	}
	return nil
}

// Next connects if need be and collects the names of a second, or 2,000 of them.
func (s *Certstream) Next(ctx context.Context, pos Position) (Batch, error) {
	if s.conn == nil {
		c, err := s.connect(ctx)
		if err != nil {
			return Batch{}, err
		}
		s.conn = c
	}
	s.names.reset()
	b := Batch{Names: s.names, Position: pos}
	defer func() { s.names = b.Names }()
	flush := time.NewTimer(flushEvery)
	defer flush.Stop()
	for b.Names.Len() < flushNames {
		select {
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-flush.C:
			return b, nil
		case msg, ok := <-s.conn.messages:
			if !ok {
				if b.Entries > 0 {
					return b, nil // and the next Next finds the end again
				}
				err := s.conn.err
				_ = s.Close()
				return Batch{}, err
			}
			b.addMessage(msg)
		}
	}
	return b, nil
}

// A stream is one websocket connection and the goroutines that read and ping it.
type stream struct {
	ws       *websocket.Conn
	messages chan []byte // closed when reading ended
	err      error       // why; set before messages is closed
	done     chan struct{}
}

func (s *Certstream) connect(ctx context.Context) (*stream, error) {
	d := websocket.Dialer{NetDialContext: s.cfg.Dial, TLSClientConfig: s.cfg.TLS, HandshakeTimeout: handshakeLimit}
	h := http.Header{}
	if s.cfg.UserAgent != "" {
		h.Set("User-Agent", s.cfg.UserAgent)
	}
	ws, resp, err := d.DialContext(ctx, s.cfg.URL, h)
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
			return nil, &Refusal{URL: s.cfg.URL, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
		}
		return nil, fmt.Errorf("certstream %s: %w", s.cfg.URL, err)
	}
	ws.SetReadLimit(maxMessage)
	c := &stream{ws: ws, messages: make(chan []byte, 64), done: make(chan struct{})}
	go c.read()
	go c.ping()
	return c, nil
}

func (c *stream) read() {
	defer close(c.messages)
	for {
		_, msg, err := c.ws.ReadMessage()
		if err != nil {
			if errors.Is(err, websocket.ErrReadLimit) {
				err = fmt.Errorf("message over %d octets: %w", maxMessage, ErrTooLong)
			}
			c.err = fmt.Errorf("certstream: %w", err)
			return
		}
		select {
		case c.messages <- msg:
		case <-c.done:
			c.err = errors.New("certstream: hung up")
			return
		}
	}
}

func (c *stream) ping() {
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-t.C:
			// A failure shows in read.
			_ = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(pingEvery/2))
		}
	}
}

// hangUp ends the connection and waits for its reader.
func (c *stream) hangUp() {
	close(c.done)
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = c.ws.Close()
	for range c.messages {
		// Until read has seen the end.
	}
}

// addMessage counts one message and appends its names. Heartbeats are no entries:
// a stream that only beats is silent.
func (b *Batch) addMessage(msg []byte) {
	var m struct {
		Type string          `json:"message_type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(msg, &m); err == nil && m.Type == "heartbeat" {
		return
	}
	b.Entries++
	domains, index, ok := domainsOf(m.Type, m.Data)
	if !ok {
		b.Refused++
		return
	}
	for _, d := range domains {
		if !b.Names.add([]byte(d), index) {
			b.NoNames++
		}
	}
}

// domainsOf reads the two kinds of messages that carry names: those of the full
// and lite streams, and those of the domains-only stream.
func domainsOf(kind string, data []byte) (domains []string, index int64, ok bool) {
	switch kind {
	case "dns_entries":
		err := json.Unmarshal(data, &domains)
		return domains, 0, err == nil
	case "certificate_update":
		var d struct {
			Index uint64 `json:"cert_index"`
			Leaf  struct {
				Domains []string `json:"all_domains"`
			} `json:"leaf_cert"`
		}
		err := json.Unmarshal(data, &d)
		return d.Leaf.Domains, int64(d.Index & (1<<63 - 1)), err == nil
	}
	return nil, 0, false
}
