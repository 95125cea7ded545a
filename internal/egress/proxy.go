package egress

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

type proxyConn struct {
	d *Door
}

func (p proxyConn) Dial(network, address string) (net.Conn, error) {
	return p.DialContext(context.Background(), network, address)
}

func (p proxyConn) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return p.d.dialBase(ctx, network, address, nil)
}

// dialSOCKS asks the SOCKS5 proxy (RFC 1928) for a connection; a host name in
// address is left for the proxy to resolve.
func (d *Door) dialSOCKS(ctx context.Context, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if u := d.proxy.User; u != nil {
		pass, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: pass}
	}
	s, err := proxy.SOCKS5("tcp", d.proxy.Host, auth, proxyConn{d})
	if err != nil {
		return nil, fmt.Errorf("egress: proxy %s: %w", d.proxy.Redacted(), err)
	}
	c, err := s.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("egress: %s through %s: %w", address, d.proxy.Redacted(), err)
	}
	return c, nil
}

// connectLimit bounds the reply of a proxy to CONNECT; an honest one is a few lines.
const connectLimit = 16 << 10

// dialConnect asks the HTTP proxy for a tunnel (RFC 9110 section 9.3.6).
func (d *Door) dialConnect(ctx context.Context, address string) (_ net.Conn, err error) {
	c, err := d.dialBase(ctx, "tcp", d.proxy.Host, nil)
	if err != nil {
		return nil, fmt.Errorf("egress: proxy %s: %w", d.proxy.Redacted(), err)
	}
	defer func() {
		if err != nil {
			_ = c.Close()
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{"User-Agent": nil}}
	if u := d.proxy.User; u != nil {
		pass, _ := u.Password()
		basic := &http.Request{Header: make(http.Header)}
		basic.SetBasicAuth(u.Username(), pass)
		req.Header.Set("Proxy-Authorization", basic.Header.Get("Authorization"))
	}
	if err := req.Write(c); err != nil {
		return nil, fmt.Errorf("egress: proxy %s: %w", d.proxy.Redacted(), err)
	}
	br := bufio.NewReader(io.LimitReader(c, connectLimit))
	res, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, fmt.Errorf("egress: proxy %s: %w", d.proxy.Redacted(), err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("egress: %s through %s: %s", address, d.proxy.Redacted(), res.Status)
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	if n := br.Buffered(); n > 0 {
		// A server that speaks first may have done so already.
		early, _ := br.Peek(n)
		return &earlyConn{Conn: c, early: early}, nil
	}
	return c, nil
}

// An earlyConn gives the bytes that came with the proxy's reply first.
type earlyConn struct {
	net.Conn
	early []byte
}

func (c *earlyConn) Read(p []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
