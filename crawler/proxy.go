package crawler

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"respawn/tracker"
)

// A guardProxy is an HTTP proxy on loopback for a browser, which would dial by
// itself where no guard sees it. Every connection goes through Config.Resolve
// and Config.Dial, or the visitor's own, to the ports that the crawler may reach.
type guardProxy struct {
	c      *Crawler
	v      Visitor // whose door is used, where it has one
	l      net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	left int64 // bytes that may still come in
}

// openProxy listens on a free port of 127.0.0.1 until ctx ends or it is closed.
func (c *Crawler) openProxy(ctx context.Context, v Visitor, limit int64) (*guardProxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &guardProxy{c: c, v: v, l: l, left: limit}
	if p.v.Dial == nil {
		p.v.Dial = c.cfg.Dial
	}
	if p.v.Resolve == nil {
		p.v.Resolve = c.cfg.Resolve
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(conn) })
		}
	})
	return p, nil
}

func (p *guardProxy) url() string { return "http://" + p.l.Addr().String() }

func (p *guardProxy) close() {
	p.cancel()
	_ = p.l.Close()
	p.wg.Wait()
}

func (p *guardProxy) serve(client net.Conn) {
	defer client.Close()
	stop := context.AfterFunc(p.ctx, func() { _ = client.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	br := bufio.NewReader(io.LimitReader(client, 8<<20)) // a page sends little
	req, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	target := req.Host
	if req.Method != http.MethodConnect {
		if req.URL.Scheme != "http" || req.URL.Host == "" {
			p.refuse(client, errScheme)
			return
		}
		target = req.URL.Host
		if req.URL.Port() == "" {
			target = net.JoinHostPort(req.URL.Hostname(), "80")
		}
	}
	up, err := p.dial(target)
	if err != nil {
		p.refuse(client, err)
		return
	}
	defer up.Close()
	stopUp := context.AfterFunc(p.ctx, func() { _ = up.SetDeadline(time.Unix(1, 0)) })
	defer stopUp()
	if req.Method == http.MethodConnect {
		if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			return
		}
	} else {
		req.Header.Del("Proxy-Connection")
		req.Close = true
		if err := req.Write(up); err != nil {
			return
		}
	}
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(up, br) // ends with either side
		close(done)
	}()
	_, _ = io.Copy(client, budgetReader{p, up})
	_ = client.Close()
	_ = up.Close()
	<-done
}

func (p *guardProxy) refuse(client net.Conn, err error) {
	_, _ = fmt.Fprintf(client, "HTTP/1.1 502 Refused\r\nContent-Length: 0\r\nX-Reason: %s\r\nConnection: close\r\n\r\n", endLine.Replace(clean(err.Error(), 200)))
}

func (p *guardProxy) dial(target string) (net.Conn, error) {
	host, ps, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(ps, 10, 16)
	if err != nil || !p.c.ports[uint16(port)] {
		return nil, fmt.Errorf("%w: %.20q", errPort, ps)
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.c.cfg.Limits.Request)
	defer cancel()
	addrs := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, a)
	} else {
		n, err := tracker.ParseName(strings.TrimSuffix(host, "."))
		if err != nil {
			return nil, fmt.Errorf("%w: %.80q", errHost, host)
		}
		if addrs, err = p.v.Resolve(ctx, n); err != nil {
			return nil, err
		}
	}
	errs := []error{errNoAddr}
	for i, a := range addrs {
		if i == 3 {
			break
		}
		up, err := p.v.Dial(ctx, "tcp", netip.AddrPortFrom(a, uint16(port)).String())
		if err == nil {
			return up, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// A budgetReader takes what it reads off the proxy's limit.
type budgetReader struct {
	p *guardProxy
	r io.Reader
}

func (b budgetReader) Read(buf []byte) (int, error) {
	b.p.mu.Lock()
	left := b.p.left
	b.p.mu.Unlock()
	if left <= 0 {
		return 0, errSpent
	}
	n, err := b.r.Read(buf)
	b.p.mu.Lock()
	b.p.left -= int64(n)
	b.p.mu.Unlock()
	return n, err
}
