package crawler

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"respawn/tracker"
)

// A transport is the http.RoundTripper behind colly, and the only way of a
// capture to the network. It dials addresses that were resolved by our resolver
// and judged by the guard behind dial, speaks HTTP/1.1 itself, reads the whole
// response within the limits and records what it did. It serves one visitor of
// one capture at a time.
type transport struct {
	c       *Crawler
	dial    DialFunc
	resolve func(context.Context, tracker.Name) ([]netip.Addr, error)
	addrs   map[string][]netip.Addr
	budget  *budget
	idle    map[string]*conn

	asset   bool       // the smaller limit holds
	referer string     // of the requests until the page itself leads elsewhere
	visit   *recording // what is being recorded
	fatal   error      // the capture cannot go on: a body could not be kept
	spare   []byte     // a buffer to use again where nobody keeps wire bytes
	plain   []byte     // the body of the last hop, where it came in chunks
	blown   []byte     // the same, where it was coded
}

// A recording is one visit with the bytes behind it.
type recording struct {
	tracker.Visit
	wires []wire
	body  []byte // of the last hop; good until the next request, then nil
	page  *page  // of the last hop, where it was looked at; likewise
	why   string // why redirects were not followed further
}

type wire struct{ request, response []byte }

// A budget is what is left for a capture.
type budget struct {
	bytes int64
	pages int
}

var (
	errScheme = errors.New("only http and https are fetched")
	errPort   = errors.New("the port is not on the list")
	errHost   = errors.New("the host is not a name")
	errNoAddr = errors.New("the name has no address")
	errSpent  = errors.New("the limit of this capture is spent")
	errWire   = errors.New("more bytes on the wire than the limit")
)

// A conn is one connection with the bytes that came over it since mark.
type conn struct {
	net.Conn
	raw  net.Conn
	fl   *flight // between the two where the connection is TLS
	br   *bufio.Reader
	in   []byte
	most int
	addr netip.AddrPort
	tls  *tracker.TLS
	used bool
}

func (c *conn) Read(p []byte) (int, error) {
	if len(c.in) >= c.most {
		return 0, errWire
	}
	n, err := c.Conn.Read(p)
	if need := len(c.in) + n; need > cap(c.in) { // by doubling: append leaves five times as much behind
		c.in = slices.Grow(c.in, max(n, min(cap(c.in), c.most-len(c.in))))
	}
	c.in = append(c.in, p[:n]...)
	return n, err
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 16<<10) }}

func (c *conn) close() {
	c.br.Reset(nil)
	readers.Put(c.br)
	c.br = nil
	_ = c.raw.Close() // not the TLS goodbye, which may wait for a peer that stalls
	if c.fl != nil {
		c.fl.release()
		c.fl = nil
	}
}

// RoundTrip fetches one hop and records it, also where it fails.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	ex := tracker.Exchange{URL: clean(req.URL.String(), 8<<10), Method: req.Method, StartedAt: t.c.cfg.Now().UTC()}
	var w wire
	h, body, err := t.exchange(req, &ex, &w)
	ex.Took = time.Since(began)
	if err != nil && ex.Err == "" {
		ex.Err = clean(plainError(err), 500)
	}
	if h == nil {
		t.record(ex, w, nil)
		if t.visit.Reason == tracker.ReasonNone {
			t.visit.Reason = t.c.reason(err)
		}
		return nil, err
	}
	if len(body) > 0 {
		if ex.Body, err = t.c.cfg.Blobs.Put(req.Context(), body); err != nil {
			t.fatal = fmt.Errorf("keep the body of %s: %w", ex.URL, err)
			t.record(ex, w, nil)
			return nil, t.fatal
		}
		ex.BodySize = int64(len(body))
	}
	if h.status >= 300 && h.status < 400 {
		if loc := h.get("Location"); loc != "" {
			ex.Location, ex.Via = absolute(req.URL, loc), "http"
		}
	}
	t.record(ex, w, body)
	header := make(http.Header, len(h.fields))
	for _, f := range h.fields {
		header.Add(f.Name, f.Value)
	}
	return &http.Response{
		Status: strconv.Itoa(h.status) + " " + h.reason, StatusCode: h.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		// colly has no reader of the body, and would copy and convert it: it is in
		// the record. Nor has it anything to unzip, which it does without a limit.
		Header: header, Body: http.NoBody, Request: req, Uncompressed: true,
	}, nil
}

// plainError is the text of an error without our own address and port, which say
// nothing about the site and are others every time.
func plainError(err error) string {
	s := err.Error()
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		s = strings.ReplaceAll(s, op.Error(), op.Op+": "+op.Err.Error())
	}
	return s
}

func (t *transport) record(ex tracker.Exchange, w wire, body []byte) {
	t.visit.Hops = append(t.visit.Hops, ex)
	t.visit.wires = append(t.visit.wires, w)
	t.visit.body = body
}

// exchange fills in ex and w. A nil head means that no response was got; an error
// with a head is about its body.
func (t *transport) exchange(req *http.Request, ex *tracker.Exchange, w *wire) (*head, []byte, error) {
	host, port, err := t.c.judge(req.URL)
	if err != nil {
		return nil, nil, err
	}
	if t.budget.pages <= 0 || t.budget.bytes <= 0 {
		return nil, nil, errSpent
	}
	t.budget.pages--
	ctx, cancel := context.WithTimeout(req.Context(), t.c.cfg.Limits.Request)
	defer cancel()
	deadline, _ := ctx.Deadline()

	ex.Request = requestFields(req, t.referer)
	w.request = requestBytes(req, ex.Request)
	limit := t.c.cfg.Limits.Body
	if t.asset {
		limit = t.c.cfg.Limits.Asset
	}
	limit = min(limit, t.budget.bytes)

	key := req.URL.Scheme + "://" + host + ":" + strconv.Itoa(int(port))
	for {
		cn, err := t.connect(ctx, key, req.URL.Scheme, host, port, ex)
		if err != nil {
			return nil, nil, err
		}
		again := cn.used
		cn.used = true
		cn.most = t.c.cfg.Limits.Header + 2*int(limit) + 64<<10
		if cn.in, t.spare = t.spare[:0], nil; cap(cn.in) == 0 {
			cn.in = takeBuffer()
		}
		ex.Addr, ex.TLS = cn.addr, cn.tls
		_ = cn.SetDeadline(deadline)
		stop := context.AfterFunc(ctx, func() { _ = cn.raw.SetDeadline(time.Unix(1, 0)) })
		h, body, keep, err := t.talk(cn, w.request, ex, limit)
		if !stop() {
			keep = false
		}
		got := cn.in
		t.budget.bytes -= int64(len(got))
		// A server may say good-bye on a connection that lies idle, which is no answer
		// to this request: browsers believe a 408 on a fresh connection alone.
		stale := again && h != nil && h.status == http.StatusRequestTimeout
		if cn.in = nil; keep && !stale {
			t.idle[key] = cn
		} else {
			cn.close()
		}
		if h == nil && again && len(got) == 0 && ctx.Err() == nil {
			continue // the server had closed the connection while it lay idle
		}
		if stale && ctx.Err() == nil {
			ex.Status, ex.Proto, ex.Header, ex.Truncated, ex.Err = 0, "", nil, false, ""
			continue
		}
		if len(got) > 0 {
			if t.c.cfg.Archive != nil && cap(got)-len(got) > 1<<20 { // it is held to the end of the capture
				got = bytes.Clone(got)
			}
			w.response = got
		}
		if h == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
		return h, body, err
	}
}

// talk writes the request and reads the response. keep says that the connection
// may carry another one.
func (t *transport) talk(cn *conn, request []byte, ex *tracker.Exchange, limit int64) (_ *head, _ []byte, keep bool, _ error) {
	if _, err := cn.Write(request); err != nil {
		return nil, nil, false, err
	}
	h, err := readHead(cn.br, t.c.cfg.Limits.Header)
	if err != nil {
		return nil, nil, false, err
	}
	ex.Status, ex.Proto, ex.Header = h.status, h.proto, h.fields
	f, err := h.frame()
	if err != nil {
		return &h, nil, false, err
	}
	if f.chunked && cap(t.plain) == 0 {
		t.plain = takeBuffer()
	}
	raw, cut, err := readBody(cn, f, limit, t.plain)
	if f.chunked {
		t.plain = raw
	}
	keep = err == nil && !cut && h.reusable(f) && cn.br.Buffered() == 0
	ex.Truncated = cut || err != nil
	body, over, derr := decoded(raw, h.get("Content-Encoding"), limit, t.c.cfg.Limits.Ratio, &t.blown)
	if cut && derr != nil && !errors.Is(derr, errCoding) {
		derr = nil // a cut stream does not end well; Truncated says so
	}
	if over {
		ex.Truncated = true
		ex.Err = "the body was cut at a limit"
	}
	if err == nil {
		err = derr
	}
	return &h, body, keep, err
}

// readBody reads the body up to limit bytes. Bodies without a transfer coding are
// a slice of what the connection recorded, chunked ones are put together in buf.
func readBody(cn *conn, f framing, limit int64, buf []byte) (body []byte, cut bool, err error) {
	if f.length == 0 && !f.chunked {
		return nil, false, nil
	}
	if f.chunked {
		b := bytes.NewBuffer(buf[:0])
		n, err := b.ReadFrom(io.LimitReader(&chunkReader{br: cn.br}, limit+1))
		if n > limit {
			return b.Bytes()[:limit], true, nil
		}
		return b.Bytes(), false, unexpected(err)
	}
	start := len(cn.in) - cn.br.Buffered()
	want := limit + 1
	if f.length >= 0 {
		want = min(want, f.length)
	}
	if f.length > 0 && want <= limit {
		cn.in = slices.Grow(cn.in, int(want)) // the server said how much; a lie costs it the connection
	}
	n, err := cn.br.Discard(int(want))
	got := cn.in[start : start+n]
	switch {
	case int64(n) > limit:
		return got[:limit], true, nil
	case errors.Is(err, io.EOF) && f.length < 0:
		return got, false, nil
	}
	return got, false, unexpected(err)
}

// connect takes an idle connection or opens one to the first address that works.
func (t *transport) connect(ctx context.Context, key, scheme, host string, port uint16, ex *tracker.Exchange) (*conn, error) {
	if cn := t.idle[key]; cn != nil {
		delete(t.idle, key)
		return cn, nil
	}
	addrs, err := t.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var errs []error
	for i, a := range addrs {
		if i == 3 || ctx.Err() != nil {
			break
		}
		ex.Addr = netip.AddrPortFrom(a, port)
		cn, err := t.open(ctx, scheme, host, ex.Addr, ex)
		if err == nil {
			return cn, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, ctx.Err()
	}
	return nil, errors.Join(errs...)
}

func (t *transport) open(ctx context.Context, scheme, host string, addr netip.AddrPort, ex *tracker.Exchange) (*conn, error) {
	// A third of the time for one address leaves some for the next.
	dctx, cancel := context.WithTimeout(ctx, max(t.c.cfg.Limits.Request/3, time.Millisecond))
	defer cancel()
	raw, err := t.dial(dctx, "tcp", addr.String())
	if err != nil {
		return nil, err
	}
	cn := &conn{Conn: raw, raw: raw, addr: addr}
	if scheme == "https" {
		cn.fl = newFlight(raw)
		if cn.Conn, cn.tls, err = t.c.handshake(dctx, cn.fl, host); err != nil {
			_ = cn.fl.flush() // the alert that says why
			_ = raw.Close()
			return nil, fmt.Errorf("TLS: %w", err)
		}
	}
	cn.br = readers.Get().(*bufio.Reader)
	cn.br.Reset(cn)
	return cn, nil
}

// lookup gives the addresses of a host, the same throughout a capture: a name
// that changes its address between two looks gains nothing.
func (t *transport) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []netip.Addr{a}, nil // the guard behind dial judges it
	}
	if as, ok := t.addrs[host]; ok {
		if len(as) == 0 {
			return nil, fmt.Errorf("%s: %w", host, errNoAddr)
		}
		return as, nil
	}
	n, err := tracker.ParseName(host)
	if err != nil {
		return nil, fmt.Errorf("%w: %.80q", errHost, host)
	}
	as, err := t.resolve(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", n, err)
	}
	t.addrs[host] = as
	if len(as) == 0 {
		return nil, fmt.Errorf("%s: %w", n, errNoAddr)
	}
	return as, nil
}

// judge checks scheme and port before anything is looked up.
func (c *Crawler) judge(u *url.URL) (host string, port uint16, err error) {
	switch u.Scheme {
	case "http":
		port = 80
	case "https":
		port = 443
	default:
		return "", 0, fmt.Errorf("%w: %.20q", errScheme, u.Scheme)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", 0, fmt.Errorf("%w: %.20q", errPort, p)
		}
		port = uint16(n)
	}
	if !c.ports[port] {
		return "", 0, fmt.Errorf("%w: %d", errPort, port)
	}
	if host = strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")); host == "" {
		return "", 0, errHost
	}
	return host, port, nil
}

func (t *transport) close() {
	for k, cn := range t.idle {
		cn.close()
		delete(t.idle, k)
	}
	giveBuffer(t.spare)
	giveBuffer(t.plain)
	giveBuffer(t.blown)
	t.spare, t.plain, t.blown = nil, nil, nil
}

// reason turns what went wrong into the closed vocabulary.
func (c *Crawler) reason(err error) tracker.Reason {
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return tracker.ReasonNone
	case c.cfg.Guarded != nil && c.cfg.Guarded(err), errors.Is(err, errScheme), errors.Is(err, errPort), errors.Is(err, errHost):
		return tracker.ReasonRefusedGuard
	case errors.Is(err, context.Canceled), errors.Is(err, errSpent):
		return tracker.ReasonCancelled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return tracker.ReasonTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return tracker.ReasonRefused
	case errors.Is(err, errMalformed), errors.Is(err, errHeaderSize), errors.Is(err, errWire):
		return tracker.ReasonBadAnswer
	}
	return tracker.ReasonUnreachable
}

// sendOrder is the order in which browsers send what we send.
var sendOrder = []string{"User-Agent", "Accept", "Referer", "Accept-Encoding", "Accept-Language", "Cookie"}

// requestFields has no Referer but ours: net/http sends the URL that redirected,
// which no browser does.
func requestFields(req *http.Request, referer string) []tracker.HeaderField {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	out := make([]tracker.HeaderField, 0, 8)
	out = append(out, tracker.HeaderField{Name: "Host", Value: host}, tracker.HeaderField{Name: "Connection", Value: "keep-alive"})
	for _, k := range sendOrder {
		if k == "Referer" {
			if referer != "" {
				out = append(out, tracker.HeaderField{Name: k, Value: referer})
			}
		} else if v := req.Header[k]; len(v) > 0 && v[0] != "" {
			out = append(out, tracker.HeaderField{Name: k, Value: strings.Join(v, "; ")})
		}
	}
	return out
}

var endLine = strings.NewReplacer("\r", "", "\n", "")

func requestBytes(req *http.Request, fields []tracker.HeaderField) []byte {
	b := make([]byte, 0, 512)
	b = append(b, req.Method...)
	b = append(b, ' ')
	b = append(b, req.URL.RequestURI()...)
	b = append(b, " HTTP/1.1\r\n"...)
	for _, f := range fields {
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, endLine.Replace(f.Value)...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// absolute is the target of a Location as a browser would go there.
func absolute(base *url.URL, ref string) string {
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return clean(ref, 2048)
	}
	return clean(u.String(), 2048)
}
