package netsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// listen opens the resolver and the proxies.
func (s *Server) listen(o Options) error {
	if o.DNS == "" {
		o.DNS = "127.0.0.1:0"
	}
	if o.SOCKS == "" {
		o.SOCKS = "127.0.0.1:0"
	}
	if err := s.listenDNS(o.DNS); err != nil {
		return err
	}
	l, err := s.listenTCP(o.SOCKS, "socks", func(c net.Conn) { s.serveSOCKS(c, s.home()) })
	if err != nil {
		return err
	}
	s.socksAddr = l.Addr()
	for _, country := range sortedKeys(o.Exits) {
		if !isCountry(country) {
			return fmt.Errorf("exit %q: not a two-letter country code in capitals", country)
		}
		l, err := s.listenTCP(o.Exits[country], "socks", func(c net.Conn) { s.serveSOCKS(c, country) })
		if err != nil {
			return err
		}
		s.exitAddrs[country] = l.Addr()
	}
	return s.listenLog()
}

// listenLog opens the log of certificates.
func (s *Server) listenLog() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("certificate log: %w", err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(s.serveLog), ReadHeaderTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	s.logAddr = l.Addr()
	s.closers = append(s.closers, srv.Close)
	s.spawn(func() { _ = srv.Serve(l) })
	return nil
}

// listenDNS opens UDP and TCP on one port. When the kernel chooses the port,
// the one free for UDP may be taken for TCP, so it tries a few.
func (s *Server) listenDNS(addr string) error {
	for try := 0; ; try++ {
		pc, err := net.ListenPacket("udp", addr)
		if err != nil {
			return fmt.Errorf("dns: %w", err)
		}
		l, err := s.listenTCP(pc.LocalAddr().String(), "dns", func(c net.Conn) { s.serveDNS(s.ctx, c, resolverAddr) })
		if err != nil {
			pc.Close()
			if _, port, _ := net.SplitHostPort(addr); port == "0" && try < 10 {
				continue
			}
			return err
		}
		s.dnsAddr = l.Addr()
		s.closers = append(s.closers, pc.Close)
		s.spawn(func() { s.serveUDP(pc.(*net.UDPConn)) })
		return nil
	}
}

func (s *Server) listenTCP(addr, what string, serve func(net.Conn)) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	s.closers = append(s.closers, l.Close)
	s.spawn(func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // out of files, or the client is gone already
				if !s.wait(s.ctx, 5*time.Millisecond) {
					return
				}
				continue
			}
			if !s.spawn(func() {
				stop := context.AfterFunc(s.ctx, func() { c.Close() })
				defer stop()
				serve(c)
			}) {
				c.Close()
				return
			}
		}
	})
	return l, nil
}
