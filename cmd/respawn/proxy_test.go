package main

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"respawn/tracker"
)

// A relay passes connections on to a proxy until its allowance is used up, then
// takes them and hangs up, as a proxy does whose account or machine has ended.
func relay(t *testing.T, to string) (addr string, left *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	left = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if left.Add(-1) < 0 {
				c.Close()
				continue
			}
			go func() {
				defer c.Close()
				up, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer up.Close()
				go func() { _, _ = io.Copy(up, c); up.Close() }()
				_, _ = io.Copy(c, up)
			}()
		}
	}()
	return l.Addr().String(), left
}

// A proxy that ends in the middle of a night takes registries, sites and parents
// out of reach: that is our own trouble, so no site ends and none is free of it.
func TestAProxyThatEndsInTheNightEndsNoSite(t *testing.T) {
	t.Parallel()
	var left *atomic.Int64
	h := newHouse(t, exampleWorld, thrifty, func(c *Config) {
		addr := ""
		addr, left = relay(t, strings.TrimPrefix(c.Egress.Proxy, "socks5://"))
		c.Egress.Proxy = "socks5://" + addr
	})
	h.do(t, exitDone, "case", "add", h.caseFile())
	left.Store(1 << 40)
	h.do(t, exitDone, "scan", "--at", h.night(3))
	status := func() map[any]any {
		out := map[any]any{}
		for _, s := range records(t, h.do(t, exitDone, "sites", "--format", "jsonl")) {
			out[s["name"]] = s["status"]
		}
		return out
	}
	before := status()
	for i, allowed := range []int64{10, 0} {
		left.Store(allowed)
		s := respawn(t.Context(), nil, "--config", h.config, "--quiet", "scan", "--at", h.night(4+i), "--format", "json")
		if s.code != exitDone && s.code != exitDegraded {
			t.Fatalf("exit %d: %s", s.code, s.stderr)
		}
		if left.Load() >= 0 {
			t.Fatalf("%d connections are left: the proxy has not ended", left.Load())
		}
		if rep := records(t, s.out)[0]; rep["verdict"] == string(tracker.RunUnfinished) {
			t.Errorf("%v", rep)
		}
		after := status()
		for name, was := range before {
			if after[name] != was {
				t.Errorf("%d connections: %v was %v, is %v", allowed, name, was, after[name])
			}
		}
	}
}
