package registration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/likexian/whois"

	"respawn/tracker"
)

const (
	// maxReply bounds a WHOIS reply; the longest in our samples is 9 KB.
	maxReply = 64 << 10
	// quiet ends a reply whose server holds the connection open after it: what
	// came until then is the reply.
	quiet = 5 * time.Second
)

// askWHOIS asks one WHOIS server about domain and follows its referral to the
// registrar where the registry keeps thin records.
func (c *Client) askWHOIS(ctx context.Context, s source, domain tracker.Name) (Result, Feedback) {
	raw, cut, err := c.exchangeWHOIS(ctx, s, c.query(s.server, domain))
	if r, f, bad := c.badReply(raw, err); bad {
		return r, f
	}
	v := classify(raw, domain, s.suffix)
	if cut && v.outcome == tracker.Absent {
		// What was not read may have taken it back.
		v = verdict{reason: tracker.ReasonBadAnswer, detail: "the reply had no end; so far it said: " + v.detail}
	}
	r := Result{Outcome: v.outcome, Reason: v.reason, Detail: v.detail, Raw: raw}
	f := Feedback{Kind: Served}
	if v.reason == tracker.ReasonThrottled {
		f.Kind = Pressed
	}
	if v.outcome == tracker.Present {
		r.Registration = v.record.reg
		r.Registration.Registrant = hashContacts(c.cfg.Salt, registrants(&v.record.reg, v.record.contact))
		r.Contacts = v.record.contact
	}
	return r, f
}

// badReply is the Result of an exchange that brought no reply.
func (c *Client) badReply(raw []byte, err error) (Result, Feedback, bool) {
	switch {
	case len(raw) > 0:
		return Result{}, Feedback{}, false // a reply, even where an error came with it
	case err == nil:
		return unknown(tracker.ReasonThrottled, "empty reply"), Feedback{Kind: Pressed}, true
	}
	reason, f := c.reasonOf(err)
	return unknown(reason, err.Error()), f, true
}

// reasonOf is what a failed exchange says about us and about the server.
func (c *Client) reasonOf(err error) (tracker.Reason, Feedback) {
	var ne net.Error
	switch {
	case c.cfg.Guarded(err):
		return tracker.ReasonRefusedGuard, Feedback{Kind: Unasked}
	case errors.Is(err, context.Canceled):
		return tracker.ReasonCancelled, Feedback{Kind: Unasked}
	case errors.Is(err, errDropped), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return tracker.ReasonThrottled, Feedback{Kind: Pressed}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return tracker.ReasonTimeout, Feedback{Kind: Pressed}
	case errors.Is(err, syscall.ECONNREFUSED):
		return tracker.ReasonRefused, Feedback{Kind: Broken}
	}
	return tracker.ReasonUnreachable, Feedback{Kind: Broken}
}

// query is what is sent for a name: some servers want more than the name.
func (c *Client) query(server string, domain tracker.Name) string {
	host, _, _ := net.SplitHostPort(server)
	if q := c.tables.queries[host]; q != "" {
		return strings.ReplaceAll(q, "%s", string(domain))
	}
	return string(domain)
}

// errDropped says that a server took the connection and closed it without a
// word, which is how some of them say "too fast".
var errDropped = errors.New("connection dropped without a reply")

// exchangeWHOIS has one conversation with one server. The library connects to
// nothing by itself: its referrals are off, and its dialer opens the address
// that was decided here, whatever host it asks for. The reply may come together
// with an error (a server that holds the connection open); cut says that the
// server was still sending when we stopped reading.
func (c *Client) exchangeWHOIS(ctx context.Context, s source, query string) (raw []byte, cut bool, err error) {
	if strings.ContainsAny(query, "\r\n\x00") {
		return nil, false, fmt.Errorf("registration: query %q has control characters", query)
	}
	dial := c.cfg.Dial
	if s.configured {
		dial = c.cfg.DialConfigured
	}
	timeout := c.cfg.Timeout
	if d, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(d))
	}
	d := &whoisDialer{ctx: ctx, dial: dial, address: s.server, deadline: time.Now().Add(timeout)}
	defer d.close()
	stop := context.AfterFunc(ctx, d.close)
	defer stop()
	defer func() {
		if p := recover(); p != nil {
			raw, cut, err = nil, false, fmt.Errorf("registration: the WHOIS library failed on the reply of %s: %v", s.server, p)
		}
	}()
	client := whois.NewClient().SetDialer(d).SetTimeout(timeout).
		SetDisableReferral(true).SetDisableReferralChain(true).SetDisableStats(true)
	_, err = client.Whois(query, "whois.invalid")
	conn := d.connected()
	if conn != nil {
		raw, cut = conn.got, conn.cut(timeout)
	}
	if conn != nil && len(raw) == 0 && (err == nil || isReset(err)) && ctx.Err() == nil {
		return nil, false, errDropped
	}
	if ctx.Err() != nil && err != nil && len(raw) == 0 {
		return nil, false, ctx.Err()
	}
	return raw, cut, err
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe)
}

// A whoisDialer is the proxy.Dialer that likexian/whois gets. It keeps the bytes
// as they came: the library trims and returns a string.
type whoisDialer struct {
	ctx      context.Context
	dial     DialFunc
	address  string
	deadline time.Time

	mu   sync.Mutex
	conn *whoisConn // guarded by mu; nil until connected
}

// Dial opens the decided address instead of the asked one.
func (d *whoisDialer) Dial(string, string) (net.Conn, error) {
	conn, err := d.dial(d.ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(d.deadline); err != nil {
		conn.Close()
		return nil, err
	}
	c := &whoisConn{Conn: conn, deadline: d.deadline}
	d.mu.Lock()
	d.conn = c
	d.mu.Unlock()
	return c, nil
}

func (d *whoisDialer) connected() *whoisConn {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn
}

func (d *whoisDialer) close() {
	if c := d.connected(); c != nil {
		c.Close()
	}
}

// A whoisConn reads no more than maxReply, no longer than its deadline, and no
// longer than quiet after the last bytes.
type whoisConn struct {
	net.Conn
	deadline time.Time
	got      []byte
	last     time.Time // when bytes came last
	ended    bool      // the server closed the connection
}

// cut says whether the server had more to say: the reply filled all the room, or
// bytes still came when the time was over.
func (c *whoisConn) cut(timeout time.Duration) bool {
	return len(c.got) >= maxReply || !c.ended && time.Since(c.last) < min(quiet, timeout)/2
}

// Read implements io.Reader.
func (c *whoisConn) Read(p []byte) (int, error) {
	room := maxReply - len(c.got)
	if room <= 0 {
		return 0, io.EOF
	}
	if len(c.got) > 0 {
		if q := time.Now().Add(quiet); q.Before(c.deadline) {
			_ = c.Conn.SetReadDeadline(q)
		}
	}
	n, err := c.Conn.Read(p[:min(len(p), room)])
	c.got = append(c.got, p[:n]...)
	if n > 0 {
		c.last = time.Now()
	}
	c.ended = c.ended || errors.Is(err, io.EOF) || isReset(err)
	return n, err
}

// SetReadDeadline keeps ours: the library computes its own from the moment at
// which it asked for the connection.
func (c *whoisConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline keeps ours.
func (c *whoisConn) SetWriteDeadline(time.Time) error { return nil }
