package netsim

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// queueListener hands connections that were accepted elsewhere to http.Server.
type queueListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	tls   *tls.Config
}

func (l *queueListener) push(c *visit) {
	var conn net.Conn = c
	if c.dst.Port() == 443 {
		conn = tls.Server(c, l.tls)
	}
	select {
	case l.conns <- conn:
	case <-l.done:
		c.Close()
	}
}

func (l *queueListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *queueListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *queueListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(198, 19, 0, 0)} }

type visitKey struct{}

// serveWeb starts the one HTTP server behind all web and RDAP addresses.
func (s *Server) serveWeb() {
	s.queue = &queueListener{conns: make(chan net.Conn), done: make(chan struct{})}
	s.queue.tls = &tls.Config{GetConfigForClient: s.greet, NextProtos: []string{"http/1.1"}}
	s.plain = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that reject a certificate are no news
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if t, ok := c.(*tls.Conn); ok {
				c = t.NetConn()
			}
			return context.WithValue(ctx, visitKey{}, c)
		},
	}
	s.closers = append(s.closers, s.plain.Close)
	s.spawn(func() { s.plain.Serve(s.queue) })
}

// greet chooses the certificate for a TLS client.
func (s *Server) greet(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := hello.Conn.(*visit)
	now, v := s.current()
	cert, err := func() (*tls.Certificate, error) {
		if name := s.topo.nameOf[c.dst.Addr().Unmap()]; s.topo.rdap[name] {
			return s.ca.forServer(name)
		}
		host := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
		wa := v.webs[c.dst.Addr().Unmap()]
		if wa == nil {
			return nil, errNobody
		}
		h := wa.vhost(host)
		if h == nil && host == "" && len(wa.hosts) > 0 { // no SNI: any site of the address
			h = wa.hosts[sortedKeys(wa.hosts)[0]]
		}
		if h == nil || h.site == nil {
			name := host
			if name == "" {
				name = "default.invalid"
			}
			return s.ca.forServer(name)
		}
		switch {
		case h.web.HTTPS == "reset", h.web.HTTPS == "refused", h.web.Down == "refused":
			abort(c.Conn)
			return nil, errNobody
		}
		return s.ca.forSite(h.site, &h.state, host, now)
	}()
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"http/1.1"}, Time: func() time.Time { return now }}, nil
}

var errNobody = errors.New("netsim: no such site here")

// abort breaks a connection as a crashed or hostile server does, with a reset.
func abort(c net.Conn) {
	switch c := c.(type) {
	case *pipeConn:
		c.abort()
	case *visit:
		abort(c.Conn)
	case *tls.Conn:
		abort(c.NetConn())
	case *net.TCPConn:
		c.SetLinger(0)
		c.Close()
	default:
		c.Close()
	}
}

// hang says nothing until the client gives up or the server ends.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	panic(http.ErrAbortHandler)
}

func (s *Server) reset(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		abort(c)
	}
}

// handle answers one HTTP request to a web or RDAP server.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(visitKey{}).(*visit)
	now, v := s.current()
	w.Header().Set("Date", now.Format(http.TimeFormat))
	addr := c.dst.Addr().Unmap()
	if name := s.topo.nameOf[addr]; s.topo.rdap[name] {
		s.serveRDAP(w, r, name)
		return
	}
	host := hostOnly(r.Host)
	var h *vhost
	if wa := v.webs[addr]; wa != nil {
		h = wa.vhost(host)
	}
	if h == nil {
		s.count("web default", 1)
		http.Error(w, "no site here", http.StatusNotFound)
		return
	}
	name := host
	if h.site != nil {
		name = h.site.Name
	}
	s.count("web "+name, 1)
	down := h.web.Down
	if f := s.once(v.serverFault("web-", name, name), name); f != nil {
		down = strings.TrimPrefix(f.Kind, "web-")
	}
	switch down {
	case "refused", "reset":
		s.reset(w)
		return
	case "timeout":
		s.hang(r)
	case "503":
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	first := s.arrive(c.exit, name)
	web := h.web
	for i := range web.Visitors {
		if web.Visitors[i].When.fits(r, c.country, first) {
			web = web.Visitors[i].Web
			break
		}
	}
	a := &asking{s: s, w: w, r: r, site: name, host: host, web: web, now: now, country: c.country, scheme: "http"}
	if r.TLS != nil {
		a.scheme = "https"
	}
	a.answer()
}

// arrive notes a visit and reports whether it is the first of this exit.
func (s *Server) arrive(exit, site string) bool {
	key := exit + " " + site
	s.countMu.Lock()
	defer s.countMu.Unlock()
	first := !s.visited[key]
	s.visited[key] = true
	return first
}

func hostOnly(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = h
	}
	h := strings.ToLower(strings.TrimSuffix(strings.Trim(hostport, "[]"), "."))
	if a, err := netip.ParseAddr(h); err == nil {
		return a.Unmap().String()
	}
	return h
}
