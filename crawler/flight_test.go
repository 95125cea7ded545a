package crawler

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"respawn/tracker"
)

// counted counts what is written to a connection.
type counted struct {
	net.Conn
	writes *int
}

func (c counted) Write(p []byte) (int, error) {
	*c.writes++
	return c.Conn.Write(p)
}

// The end of the handshake and the request are one segment; with TLS 1.2 the
// server's last word comes between them.
func TestTheRequestTravelsWithTheHandshake(t *testing.T) {
	for _, tt := range []struct {
		version uint16
		writes  int
	}{{tls.VersionTLS13, 2}, {tls.VersionTLS12, 3}} {
		t.Run(tls.VersionName(tt.version), func(t *testing.T) {
			w := newWeb(t)
			s := httptest.NewUnstartedServer(shows("<p>" + strings.Repeat("many words ", 9000)))
			s.TLS = &tls.Config{MinVersion: tt.version, MaxVersion: tt.version}
			s.StartTLS()
			t.Cleanup(s.Close)
			w.addrs[netip.AddrPortFrom(w.addr(name), 443)] = s.Listener.Addr().String()
			var writes int
			c, _ := w.crawler(func(c *Config) {
				c.Visitors, c.FrontOnly, c.Robots = []Visitor{{Name: Direct}}, true, RobotsIgnore
				c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := w.dial(ctx, network, address)
					return counted{conn, &writes}, err
				}
			})
			x := last(visit(t, w.capture(c, name), Direct))
			if x.Status != 200 || x.BodySize != 3+9000*11 || x.TLS == nil || x.TLS.Version != tls.VersionName(tt.version) {
				t.Fatalf("%d, %d bytes, %+v, %s", x.Status, x.BodySize, x.TLS, x.Err)
			}
			if writes != tt.writes {
				t.Errorf("%d writes, want %d", writes, tt.writes)
			}
		})
	}
}

// A server that cannot agree is told so, and not just left.
func TestTheAlertIsSent(t *testing.T) {
	w := newWeb(t)
	heard := make(chan []byte, 1)
	w.rawTLS(name, func(c net.Conn) {
		hello := make([]byte, 5)
		io.ReadFull(c, hello)
		io.CopyN(io.Discard, c, int64(hello[3])<<8+int64(hello[4]))
		io.WriteString(c, "\x16\x03\x03\x00\x04\x02\x00\x00\x00") // a ServerHello of nothing
		rest, _ := io.ReadAll(c)
		heard <- rest
	})
	c, _ := w.crawler(func(c *Config) { c.Visitors, c.FrontOnly = []Visitor{{Name: Direct}}, true })
	got, err := c.Capture(t.Context(), Target{Name: name, URL: "https://" + string(name) + "/"})
	if err != nil {
		t.Fatal(err)
	}
	if v := visit(t, got, Direct); !strings.Contains(last(v).Err, "TLS") {
		t.Errorf("%q %+v", v.Reason, last(v))
	}
	if rest := <-heard; len(rest) < 7 || rest[0] != 21 {
		t.Errorf("the server heard %x, not an alert", rest)
	}
}

// Whatever the pieces in which bytes come, the same bytes come out.
func TestFlightHandsOnEveryByte(t *testing.T) {
	rec := func(n int) []byte {
		return append([]byte{23, 3, 3, byte(n >> 8), byte(n)}, bytes.Repeat([]byte{'x'}, n)...)
	}
	for _, tt := range []struct {
		name string
		b    []byte
	}{
		{"records", bytes.Join([][]byte{rec(1), rec(0), rec(16384), rec(300)}, nil)},
		{"a cut record", rec(500)[:100]},
		{"a cut header", append(rec(3), 23, 3)},
		{"no TLS at all", []byte("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{"nothing", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{bytes.NewReader(tt.b), iotest.OneByteReader(bytes.NewReader(tt.b)), iotest.HalfReader(bytes.NewReader(tt.b)), iotest.DataErrReader(bytes.NewReader(tt.b))} {
				f := newFlight(readConn{Reader: r})
				got, err := io.ReadAll(f)
				if err != nil || !bytes.Equal(got, tt.b) {
					t.Errorf("%d bytes of %d, %v", len(got), len(tt.b), err)
				}
				f.release()
			}
		})
	}
}

type readConn struct {
	net.Conn
	io.Reader
}

func (r readConn) Read(p []byte) (int, error) { return r.Reader.Read(p) }

// strictArchive checks that the wire bytes of a capture are of its own site and
// say what its records say.
type strictArchive struct {
	t  *testing.T
	mu sync.Mutex
	n  int
}

func (a *strictArchive) Keep(_ context.Context, c tracker.Capture, wire func(visit, hop int) ([]byte, []byte)) (string, error) {
	for i, v := range c.Visits {
		for j, h := range v.Hops {
			_, response := wire(i, j)
			r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response)), nil)
			if err != nil {
				a.t.Errorf("%s: %v", h.URL, err)
				continue
			}
			if b, err := io.ReadAll(r.Body); err != nil || string(b) != ownBody(c.Name, h.URL) {
				a.t.Errorf("%s: the wire bytes are not its own, %v", h.URL, err)
			}
		}
	}
	a.mu.Lock()
	a.n++
	a.mu.Unlock()
	return "", nil
}

func ownBody(n tracker.Name, url string) string {
	return strings.Repeat("site "+string(n)+" "+url+".", 400)
}

// Buffers are used again, never while somebody reads them.
func TestBuffersBelongToOneCapture(t *testing.T) {
	for _, archive := range []bool{true, false} {
		w := newWeb(t)
		kept := &strictArchive{t: t}
		c, store := w.crawler(func(c *Config) {
			c.Limits.Captures, c.Robots = 8, RobotsRecord
			if archive {
				c.Archive = kept
			}
		})
		var names []tracker.Name
		for i := range 8 {
			n := tracker.Name(fmt.Sprintf("s%d.example", i))
			names = append(names, n)
			w.site(n, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				b := ownBody(n, "https://"+r.Host+r.URL.Path)
				if strings.HasSuffix(r.URL.Path, "/") { // as one piece, else in chunks
					rw.Header().Set("Content-Length", fmt.Sprint(len(b)))
				}
				io.WriteString(rw, b)
			}))
		}
		var wg sync.WaitGroup
		for range 3 {
			for _, n := range names {
				wg.Go(func() {
					got, err := c.Capture(t.Context(), Target{Name: n})
					if err != nil {
						t.Error(err)
						return
					}
					for _, v := range got.Visits {
						x := v.Hops[len(v.Hops)-1]
						if b := ownBody(n, x.URL); x.Body != tracker.DigestOf([]byte(b)) || string(store.get(x.Body)) != b {
							t.Errorf("%s has the body of another", x.URL)
						}
					}
				})
			}
		}
		wg.Wait()
		if archive && kept.n != 3*len(names) {
			t.Errorf("%d captures were kept", kept.n)
		}
	}
}

// A handshake ends with its capture, also where the capture is called off.
func TestHandshakesCanBeCalledOff(t *testing.T) {
	w := newWeb(t)
	begun := make(chan struct{})
	w.rawTLS(name, func(c net.Conn) {
		c.Read(make([]byte, 1))
		close(begun)
		io.Copy(io.Discard, c)
	})
	c, _ := w.crawler(func(c *Config) { c.Limits.Request, c.Limits.Capture = time.Hour, time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	got, err := c.Capture(ctx, Target{Name: name, URL: "https://" + string(name) + "/"})
	if err == nil {
		t.Errorf("a capture that was called off is no answer: %+v", got)
	}
	if v := visit(t, got, Direct); v.Reason != tracker.ReasonCancelled {
		t.Errorf("reason %q, %s", v.Reason, last(v).Err)
	}
}
