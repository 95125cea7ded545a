package crawler

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"respawn/tracker"
)

// zeros compresses n megabytes of nothing.
var zeros = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	mb := make([]byte, 1<<20)
	for range 200 {
		z.Write(mb)
	}
	z.Close()
	return b.Bytes()
})

// squeezed is 64 MB of zeros in a coding.
func squeezed(t *testing.T, coder func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	return pressed(t, coder, strings.Repeat("\x00", 64<<20))
}

// pressed is text in a coding.
func pressed(t *testing.T, coder func(io.Writer) io.WriteCloser, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := coder(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A hostile site does its worst; the capture must end in time, in bounds and
// with the truth.
func TestHostileSites(t *testing.T) {
	bomb := zeros()
	var twice bytes.Buffer
	z := gzip.NewWriter(&twice)
	z.Write(bomb)
	z.Close()
	coded := func(coding string, body []byte) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			rw.Header().Set("Content-Encoding", coding)
			rw.Write(body)
		}
	}
	to := func(target string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Location", target)
			rw.WriteHeader(http.StatusFound)
		}
	}
	raw := func(s string) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, s)
		}
	}
	endless := func(head, unit string) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, head)
			for big := []byte(strings.Repeat(unit, 1+4096/len(unit))); ; {
				if _, err := c.Write(big); err != nil {
					return
				}
			}
		}
	}
	drip := func(s string) func(net.Conn) { // slow loris: a byte now and then, for ever
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			for {
				for i := range len(s) {
					if _, err := io.WriteString(c, s[i:i+1]); err != nil {
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			}
		}
	}
	limit := int64(1 << 20)
	cut := func(t *testing.T, v tracker.Visit) {
		if x := last(v); !x.Truncated || x.BodySize > limit || x.BodySize == 0 || v.Reason != "" {
			t.Errorf("%d bytes, truncated %v, reason %q, %s", x.BodySize, x.Truncated, v.Reason, x.Err)
		}
	}
	ends := func(r tracker.Reason, words string) func(*testing.T, tracker.Visit) {
		return func(t *testing.T, v tracker.Visit) {
			if x := last(v); v.Reason != r || !strings.Contains(x.Err, words) {
				t.Errorf("reason %q, error %q; want %q with %q", v.Reason, x.Err, r, words)
			}
		}
	}
	holds := func(body string) func(*testing.T, tracker.Visit) {
		return func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.Err != "" || x.Body != tracker.DigestOf([]byte(body)) {
				t.Errorf("%d bytes %s, %q", x.BodySize, x.Body, x.Err)
			}
		}
	}
	tests := []struct {
		name     string
		handler  http.HandlerFunc
		conn     func(net.Conn)
		patience time.Duration // where it is time that ends it; else a minute
		answers  bool          // within the patience, or with more of it
		check    func(*testing.T, tracker.Visit)
	}{
		{name: "brotli nobody asked for", handler: coded("br", pressed(t, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, "<p>hello")), check: holds("<p>hello")},
		{name: "zstd nobody asked for", handler: coded("zstd", pressed(t, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }, "<p>hello")), check: holds("<p>hello")},
		{name: "gzip bomb", handler: coded("gzip", bomb), check: cut},
		{name: "gzip bomb in gzip", handler: coded("gzip, gzip", twice.Bytes()), check: cut},
		{name: "five codings", handler: coded("gzip, gzip, gzip, gzip, gzip", bomb), check: ends("", "5 codings")},
		{name: "gzip by type alone", handler: func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/x-gzip")
			rw.Write(bomb)
		}, check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != int64(len(bomb)) || x.Truncated {
				t.Errorf("%d bytes of %d as sent", x.BodySize, len(bomb))
			}
		}},
		{name: "brotli bomb", handler: coded("br", squeezed(t, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) })), check: cut},
		{name: "zstd bomb", handler: coded("zstd", squeezed(t, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })), check: cut},
		{name: "brotli bomb in gzip", handler: coded("br, gzip", func() []byte {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write(squeezed(t, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }))
			z.Close()
			return b.Bytes()
		}()), check: cut},
		{name: "zstd that wants a gigabyte of window", handler: coded("zstd", []byte("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00")), check: ends("", "content coding")},
		{name: "brotli that is none", handler: coded("br", []byte("\x1b\xff\xff\x00\x00")), check: ends("", "content coding")},
		{name: "a coding of nobody", handler: coded("lzma", []byte("\x5d\x00\x00")), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 3 || !strings.Contains(x.Err, "unknown content coding") {
				t.Errorf("%d bytes, %q", x.BodySize, x.Err)
			}
		}},
		{name: "gzip that is none", handler: coded("gzip", []byte("<p>plain")), check: ends("", "content coding")},
		{name: "endless body", conn: endless("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<p>more"), check: cut},
		{name: "endless chunks", conn: endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n"), check: cut},
		{name: "chunks of one byte with long extensions", conn: endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;"+strings.Repeat("x", 2000)+"\r\nh\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); !x.Truncated || !strings.Contains(x.Err, "more bytes on the wire") {
				t.Errorf("truncated %v, %q", x.Truncated, x.Err)
			}
		}},
		{name: "a chunk of 2^62 bytes", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3fffffffffffffff\r\nxx"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); !x.Truncated || x.BodySize != 2 {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a length of 2^62 bytes", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\nxx"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); !x.Truncated || x.BodySize != 2 {
				t.Errorf("%+v", x)
			}
		}},
		{name: "endless header", conn: endless("HTTP/1.1 200 OK\r\n", "X-A: b\r\n"), check: ends(tracker.ReasonBadAnswer, "header is larger")},
		{name: "endless header line", conn: endless("HTTP/1.1 200 OK\r\nX-A: ", "bbbbbbbb"), check: ends(tracker.ReasonBadAnswer, "header is larger")},
		{name: "endless interim responses", conn: endless("", "HTTP/1.1 100 Continue\r\n\r\n"), check: ends(tracker.ReasonBadAnswer, "interim")},
		{name: "no HTTP", conn: raw("SSH-2.0-OpenSSH_9.2\r\n"), check: ends(tracker.ReasonBadAnswer, "not an HTTP/1 response")},
		{name: "two lengths", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxyz"), check: ends("", "Content-Length")},
		{name: "hangs up", conn: func(net.Conn) {}, check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); v.Reason != tracker.ReasonUnreachable || x.Err == "" || strings.Contains(x.Err, "127.0.0.1") {
				t.Errorf("reason %q, error %q", v.Reason, x.Err)
			}
		}},
		{name: "slow loris", patience: 400 * time.Millisecond, conn: drip("HTTP/1.1 200 OK\r\nX-Slow: yes\r\n"), check: ends(tracker.ReasonTimeout, "")},
		{name: "slow body", patience: time.Second, answers: true, conn: func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			drip("<p>slow")(c)
		}, check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); !x.Truncated || x.Status != 200 {
				t.Errorf("%+v", x)
			}
		}},
		{name: "redirect loop", handler: to("/"), check: ends(tracker.ReasonBadAnswer, "redirect loop")},
		{name: "endless redirects", handler: func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, r.URL.Path+"a", http.StatusFound)
		}, check: ends(tracker.ReasonBadAnswer, "more redirects")},
		{name: "pages that refresh in a circle", handler: func(rw http.ResponseWriter, r *http.Request) {
			next := map[string]string{"/": "/b", "/b": "/"}[r.URL.Path]
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(rw, `<meta http-equiv=refresh content="0;%s">`, next)
		}, check: ends(tracker.ReasonBadAnswer, "circle")},
		{name: "to the metadata service", handler: to("http://169.254.169.254/latest/meta-data/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to the metadata service in decimal", handler: to("http://2852039166/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to loopback in hexadecimal", handler: to("http://0x7f.1/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to loopback in octal", handler: to("http://0177.0.0.1/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to a mapped address", handler: to("http://[::ffff:169.254.169.254]/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to NAT64", handler: to("http://[64:ff9b::a9fe:a9fe]/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to localhost by name", handler: to("http://localhost/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to a name that points inside", handler: to("http://inside.example/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to a file", handler: to("file:///etc/passwd"), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "to gopher", handler: to("gopher://rrn.example:6379/_INFO"), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "to another port", handler: to("http://rrn.example:6379/"), check: ends(tracker.ReasonRefusedGuard, "port")},
		{name: "to a refresh of a file", handler: shows(`<meta http-equiv="refresh" content="0;url=file:///etc/passwd">`), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "to the metadata service by the header Refresh", conn: raw("HTTP/1.1 200 OK\r\nRefresh: 0; url=http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "in a circle by the header Refresh", handler: func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Refresh", "0; url="+map[string]string{"/": "/b", "/b": "/"}[r.URL.Path])
		}, check: ends(tracker.ReasonBadAnswer, "circle")},
		{name: "to nowhere", handler: to("http://gone.example/"), check: ends(tracker.ReasonUnreachable, "no address")},
		{name: "a location that is no URL", handler: to("http://%zz/"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.Status != 302 {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a negative length", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxyz"), check: ends("", "Content-Length")},
		{name: "a length and chunks", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 3 || x.Err != "" {
				t.Errorf("%d bytes, %q", x.BodySize, x.Err)
			}
		}},
		{name: "HTTP/0.9", conn: raw("<html><p>no header at all"), check: ends(tracker.ReasonBadAnswer, "not an HTTP/1 response")},
		{name: "HTTP/2 without being asked", conn: raw("HTTP/2 200\r\n\r\n"), check: ends("", "")},
		{name: "endless trailer", conn: endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "X-T: yyyyyyyyyyyyyyyyyyyy\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 3 || !x.Truncated {
				t.Errorf("%d bytes, truncated %v", x.BodySize, x.Truncated)
			}
		}},
		{name: "a header of ten megabytes", conn: raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Pad: "+strings.Repeat("p", 1000)+"\r\n", 10_000) + "\r\n<p>hi"), check: ends(tracker.ReasonBadAnswer, "header is larger")},
		{name: "a hundred cookies", handler: func(rw http.ResponseWriter, _ *http.Request) {
			for i := range 100 {
				rw.Header().Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("v", 300)))
			}
			io.WriteString(rw, "<p>sweet")
		}, check: func(t *testing.T, v tracker.Visit) {
			n := 0
			for _, f := range last(v).Header {
				if f.Name == "Set-Cookie" {
					n++
				}
			}
			if n != 100 {
				t.Errorf("%d cookies are in the record", n)
			}
		}},
		{name: "to data", handler: to("data:text/html,<p>hi"), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "to javascript", handler: to("javascript:alert(1)"), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "a refresh to data", handler: shows(`<meta http-equiv=refresh content="0;url=data:text/html,x">`), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "a script to javascript", handler: shows(`<script>location.href="javascript:void(0)"</script>`), check: ends(tracker.ReasonRefusedGuard, "only http")},
		{name: "to a host with a name in front", handler: to("http://rrn.example:80@169.254.169.254/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to the metadata service by a trailing dot", handler: to("http://169.254.169.254./"), check: ends(tracker.ReasonRefusedGuard, "")},
		{name: "to the metadata service in hexadecimal", handler: to("http://0xa9fea9fe/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to the metadata service in octal", handler: to("http://0251.0376.0251.0376/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to the metadata service in full-width digits", handler: to("http://\uff11\uff16\uff19.254.169.254/"), check: ends(tracker.ReasonRefusedGuard, "")},
		{name: "to loopback with a zone", handler: to("http://[fe80::1%25lo]/"), check: ends(tracker.ReasonRefusedGuard, "")},
		{name: "to loopback in two parts", handler: to("http://127.1/"), check: ends(tracker.ReasonRefusedGuard, "not a name")},
		{name: "to everything", handler: to("http://0.0.0.0/"), check: ends(tracker.ReasonRefusedGuard, "guard")},
		{name: "to a name in other letters that is not there", handler: to("http://b\u00fccher.example/"), check: ends(tracker.ReasonUnreachable, "no address")},
		{name: "a location with a line end", conn: raw("HTTP/1.1 302 Found\r\nLocation: http://rrn.example/%0d%0aSet-Cookie:x=1\rX: y\r\nContent-Length: 0\r\n\r\n"), check: func(t *testing.T, v tracker.Visit) {
			for _, h := range v.Hops {
				for _, f := range h.Request {
					if strings.ContainsAny(f.Name+f.Value, "\r\n") {
						t.Errorf("sent %q", f)
					}
				}
			}
		}},
		{name: "hints before the page", conn: raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n", 6) + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hi"), check: holds("<p>hi")},
		{name: "interim responses with long headers without end", conn: endless("", "HTTP/1.1 102 Processing\r\nX-Pad: "+strings.Repeat("p", 3000)+"\r\n\r\n"), check: ends(tracker.ReasonBadAnswer, "")},
		{name: "a switch of protocols nobody asked for", conn: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\n\r\n\x00\x01"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.Status != 101 || x.BodySize != 0 {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a chunk that is shorter than it says", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); !x.Truncated || x.Err == "" {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a chunk that is longer than it says", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 3 || !x.Truncated || !strings.Contains(x.Err, "chunk") {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a chunk of minus one byte", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc"), check: ends("", "chunk size")},
		{name: "a chunk size with a sign and a prefix", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+0x3\r\nabc"), check: ends("", "chunk size")},
		{name: "no last chunk", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 3 || !x.Truncated {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a coding that only ends like chunked", conn: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: notchunked\r\nContent-Length: 5\r\n\r\n<p>hi"), check: holds("<p>hi")},
		{name: "chunked in another spelling", conn: raw("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked \r\n\r\n5;x=y\r\n<p>hi\r\n0\r\n\r\n"), check: holds("<p>hi")},
		{name: "a length that promises more than comes", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<p>hi"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.BodySize != 5 || !x.Truncated || x.Err == "" {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a length that hides the rest", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), check: holds("<p>hi")},
		{name: "the same length twice", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n<p>hi"), check: holds("<p>hi")},
		{name: "a length of 2^64 bytes", conn: raw("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n<p>hi"), check: ends("", "Content-Length")},
		{name: "a length before a status without body", conn: raw("HTTP/1.1 204 No Content\r\nContent-Length: 4611686018427387904\r\n\r\n"), check: func(t *testing.T, v tracker.Visit) {
			if x := last(v); x.Status != 204 || x.BodySize != 0 || x.Truncated {
				t.Errorf("%+v", x)
			}
		}},
		{name: "a header of control bytes", conn: raw("HTTP/1.1 200 \x1b[2JOK\r\nX-\x00: a\x00b\x1b[31m\x7f\r\nServer: \xff\xfe\r\n\x00\x01\x02\r\n: no name\r\nContent-Length: 5\r\n\r\n<p>hi"), check: func(t *testing.T, v tracker.Visit) {
			holds("<p>hi")(t, v)
			for _, f := range last(v).Header {
				if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
					t.Errorf("recorded %q", f)
				}
			}
		}},
		{name: "a status of a hundred digits", conn: raw("HTTP/1.1 " + strings.Repeat("2", 100) + " OK\r\n\r\n"), check: ends(tracker.ReasonBadAnswer, "status")},
		{name: "to a URL with a name and a password", handler: func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				rw.Header().Set("Location", "http://user:secret@rrn.example/in")
				rw.WriteHeader(http.StatusFound)
				return
			}
			fmt.Fprintf(rw, "%s %s", r.Header.Get("Authorization"), r.Header.Get("Referer"))
		}, check: func(t *testing.T, v tracker.Visit) {
			holds(" ")(t, v)
			if x := last(v); x.URL != "http://user:secret@rrn.example/in" {
				t.Errorf("%s", x.URL)
			}
		}},
		{name: "header injection by cookie", conn: raw("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\rX: y\r\nConnection: close\r\n\r\n"), check: ends("", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			w.names["inside.example"] = []netip.Addr{netip.MustParseAddr("10.0.0.7")}
			if tt.conn != nil {
				w.raw(name, tt.conn)
			} else {
				w.plain(name, tt.handler)
			}
			var got tracker.Visit
			var before, after runtime.MemStats
			for patience := cmp.Or(tt.patience, time.Minute); ; patience *= 2 {
				c, _ := w.crawler(func(c *Config) {
					c.Visitors = []Visitor{{Name: Direct}}
					c.Robots, c.FrontOnly = RobotsIgnore, true
					c.Limits.Body, c.Limits.Request, c.Limits.Capture = limit, patience, 5*time.Minute
				})
				runtime.ReadMemStats(&before)
				got = visit(t, w.capture(c, name), Direct)
				runtime.ReadMemStats(&after)
				if !tt.answers || last(got).Status != 0 || patience >= time.Minute {
					break
				}
				t.Logf("%s was not enough for the head of an answer", patience)
			}
			tt.check(t, got)
			if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
				t.Errorf("%d MB allocated", used>>20)
			}
			for _, d := range w.dials {
				if !strings.HasPrefix(d, "198.18.") && !strings.Contains(d, "169.254") && !strings.Contains(d, "10.0.0.7") && !strings.Contains(d, "64:ff9b") && !strings.HasPrefix(d, "[fe80:") && !strings.HasPrefix(d, "0.0.0.0:") { // the guard's to refuse
					t.Errorf("dialed %s", d)
				}
			}
		})
	}
}

func TestHostileFactsBesideThePage(t *testing.T) {
	w := newWeb(t)
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt": // a gigabyte, if one lets it
			io.WriteString(rw, "User-agent: *\nDisallow:\nSitemap: http://rrn.example/map.xml.gz\n")
			line := bytes.Repeat([]byte("Disallow: /x\n"), 5000)
			for range 1 << 30 / len(line) {
				if _, err := rw.Write(line); err != nil {
					return
				}
			}
		case "/map.xml.gz":
			rw.Header().Set("Content-Type", "application/gzip")
			rw.Write(zeros())
		case "/favicon.ico":
			rw.Header().Set("Content-Type", "image/svg+xml")
			io.WriteString(rw, `<svg xmlns="http://www.w3.org/2000/svg"><script>location="http://169.254.169.254/"</script></svg>`)
		default:
			rw.Header().Set("Content-Type", "text/html; charset=no-such-charset")
			io.WriteString(rw, "<p>a page of some words that says enough to be live")
		}
	}))
	c, _ := w.crawler(nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := w.capture(c, name)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
		t.Errorf("%d MB allocated", used>>20)
	}
	if got.Robots != "allowed" {
		t.Errorf("robots %s", got.Robots)
	}
	for _, v := range got.Visits {
		if x := last(v); x.BodySize > 1<<20 || v.Visitor == Asset && len(v.Hops) != 1 {
			t.Errorf("%s: %d bytes after %d hops", v.URL, x.BodySize, len(v.Hops))
		}
	}
	if x := last(got.Visits[2]); !strings.HasSuffix(x.URL, "/robots.txt") || !x.Truncated {
		t.Errorf("robots.txt: %+v", x)
	}
}

// Feeds and sitemaps are read where the front page is empty. None expands, none
// costs more than its limit, and what they name is found where it can be.
func TestHostileFeedsAndSitemaps(t *testing.T) {
	item := "<item><link>http://rrn.example/story</link></item>"
	laughs := `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">`
	for c := 'b'; c <= 'k'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	endless := func(head, unit string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			io.WriteString(rw, head)
			for n := 0; n < 100<<20; n += 1 << 16 {
				if _, err := io.WriteString(rw, strings.Repeat(unit, 1<<16/len(unit))); err != nil {
					return
				}
			}
		}
	}
	says := func(s string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, s) }
	}
	for _, tt := range []struct {
		name    string
		feed    http.HandlerFunc
		article bool
	}{
		{"a plain feed", says("<rss><channel>" + item + "</channel></rss>"), true},
		{"a billion laughs", says(laughs + "]><rss><channel><title>&k;</title>" + item + "</channel></rss>"), true},
		{"laughs in the link", says(laughs + "]><rss><channel><item><link>http://rrn.example/&k;</link></item></channel></rss>"), false},
		{"an entity of a file", says(`<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><link>&x;</link></item>` + item + "</channel></rss>"), true},
		{"an entity elsewhere", says(`<!DOCTYPE rss SYSTEM "http://169.254.169.254/x.dtd"><rss><channel>` + item + "</channel></rss>"), true},
		{"a hundred megabytes of items", endless("<rss><channel>"+item, "<item><title>more</title></item>"), true},
		{"a hundred megabytes of nesting", endless("<rss><channel>"+item, "<a>"), true},
		{"a hundred megabytes of one tag", endless("<rss><channel>"+item+"<a ", `b="c" `), true},
		{"a hundred megabytes of text", endless("<rss><channel>"+item, "laugh "), true},
		{"a hundred megabytes of a comment", endless("<rss><channel>"+item+"<!--", "-- "), true},
		{"a name of a megabyte", endless("<rss>"+item+"<", "n"), true},
		{"links elsewhere", says("<rss><item><link>http://169.254.169.254/latest</link></item><item><link>file:///etc/passwd</link></item><item><link>http://rrn.example:22/</link></item></rss>"), false},
		{"a link of a megabyte", endless("<rss><item><link>http://rrn.example/", "x"), false},
		{"links that go round", says(strings.Repeat("<item><link>http://rrn.example/</link></item>", 1000)), false},
		{"no XML", says("\x00\x01<\xff\xfe>\x00"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			stories := 0
			w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/":
					shows(`<link rel=alternate type="application/rss+xml" href="/feed">`)(rw, r)
				case "/feed", "/sitemap.xml":
					tt.feed(rw, r)
				case "/story":
					stories++
					io.WriteString(rw, "<p>a story")
				default:
					http.NotFound(rw, r)
				}
			}))
			c, _ := w.crawler(func(c *Config) {
				c.Visitors = []Visitor{{Name: Direct}}
				c.Classify = func(tracker.Capture) tracker.Class { return tracker.ClassEmpty }
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := w.capture(c, name)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 80<<20 {
				t.Errorf("%d MB allocated", used>>20)
			}
			if (stories > 0) != tt.article {
				t.Errorf("%d articles were read", stories)
			}
			for _, v := range got.Visits {
				if x := last(v); v.Visitor == Article && !strings.HasPrefix(x.URL, "http://rrn.example/") || x.BodySize > 1<<20 {
					t.Errorf("%s of %.80s: %d bytes", v.Visitor, x.URL, x.BodySize)
				}
			}
			for _, d := range w.dials {
				if !strings.HasPrefix(d, "198.18.") || !strings.HasSuffix(d, ":80") && !strings.HasSuffix(d, ":443") {
					t.Errorf("dialed %s", d)
				}
			}
		})
	}
}

// heapAt is an archive that measures what is held when a capture is complete.
type heapAt struct{ held uint64 }

func (h *heapAt) Keep(context.Context, tracker.Capture, func(int, int) ([]byte, []byte)) (string, error) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	h.held = m.HeapAlloc
	return "", nil
}

// What one capture holds at its end are the wire bytes and two bodies, however
// many pages blew up on decompression and however many links they had.
func TestACaptureHoldsNoBodies(t *testing.T) {
	var page bytes.Buffer
	for i := range maxLinks {
		fmt.Fprintf(&page, "<a href=/%d%s>", i, strings.Repeat("x", 1500))
	}
	noise := make([]byte, 60<<10)
	rand.Read(noise)
	page.Write(noise)
	page.Write(make([]byte, 3<<20))
	wire := pressed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, page.String())
	page = bytes.Buffer{}
	w := newWeb(t)
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		rw.Header().Set("Content-Encoding", "gzip")
		rw.Write(wire)
	}))
	var held heapAt
	visitors := []Visitor{{Name: Direct}}
	for i := range 15 {
		visitors = append(visitors, Visitor{Name: fmt.Sprint("reader ", i)})
	}
	c, _ := w.crawler(func(c *Config) {
		c.Visitors, c.FrontOnly, c.Robots, c.Archive, c.Blobs = visitors, true, RobotsIgnore, &held, forgetful{}
	})
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got := w.capture(c, name)
	for _, v := range got.Visits[1:] {
		if x := last(v); x.BodySize < 3<<20 || x.Truncated {
			t.Fatalf("%d bytes: %s", x.BodySize, x.Err)
		}
	}
	if more := int64(held.held) - int64(before.HeapAlloc); more > 16<<20 {
		t.Errorf("%d MB are held for %d visits", more>>20, len(got.Visits))
	}
}

// forgetful knows the digests of bodies and nothing else.
type forgetful struct{}

func (forgetful) Put(_ context.Context, p []byte) (tracker.Digest, error) {
	return tracker.DigestOf(p), nil
}

// A name that changes its address between two looks is asked once in a capture;
// the next capture hands the new address to the guard.
func TestRebinding(t *testing.T) {
	w := newWeb(t)
	w.plain("bind.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://bind.example/again"+r.URL.Path, http.StatusFound)
	}))
	w.plain(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://bind.example/", http.StatusFound)
	}))
	c, _ := w.crawler(func(c *Config) {
		c.Visitors, c.FrontOnly = []Visitor{{Name: Direct}}, true
		inner := c.Resolve
		c.Resolve = func(ctx context.Context, n tracker.Name) ([]netip.Addr, error) {
			a, err := inner(ctx, n)
			w.mu.Lock()
			w.names[n] = []netip.Addr{netip.MustParseAddr("127.0.0.1")} // from now on
			w.mu.Unlock()
			return a, err
		}
	})
	got := w.capture(c, name)
	if w.asked["bind.example"] != 1 {
		t.Errorf("asked %d times in one capture", w.asked["bind.example"])
	}
	if v := visit(t, got, Direct); len(v.Hops) < 3 {
		t.Errorf("%d hops", len(v.Hops))
	}
	if v := visit(t, w.capture(c, name), Direct); v.Reason != tracker.ReasonRefusedGuard {
		t.Errorf("the new address: %q %+v", v.Reason, last(v))
	}
}

// One site that stalls in the handshake or takes all its time costs nobody else.
func TestTheRunGoesOn(t *testing.T) {
	w := newWeb(t)
	w.raw("stall.example", func(c net.Conn) { io.Copy(io.Discard, c) })
	w.addrs[netip.AddrPortFrom(w.addr("stall.example"), 443)] = w.addrs[netip.AddrPortFrom(w.addr("stall.example"), 80)]
	w.site(name, shows("<p>alive and well"))
	// What a site that answers needs depends on the machine: patience is doubled until
	// it has been enough for one.
	var c *Crawler
	for patience := 300 * time.Millisecond; ; patience *= 2 {
		c, _ = w.crawler(func(c *Config) {
			c.Limits.Request, c.Limits.Capture, c.Limits.Captures = patience, patience*5/3, 2
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				got := w.capture(c, "stall.example")
				for _, v := range got.Visits {
					if v.Reason != tracker.ReasonTimeout {
						t.Errorf("stalled: %q %s", v.Reason, last(v).Err)
					}
				}
			})
		}
		wg.Wait()
		got := w.capture(c, name)
		if slices.ContainsFunc(got.Visits, func(v tracker.Visit) bool { return v.Visitor == Again && last(v).Status == 200 }) {
			break
		}
		if patience > time.Minute {
			t.Fatalf("the next site within %s: %+v", patience, got.Visits)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Capture(ctx, Target{Name: name}); err == nil {
		t.Error("a cancelled capture is no answer")
	}
}

func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\nbody", "HTTP/1.1 200\n\n", "HTTP/1.0 103 x\r\n\r\nHTTP/1.1 404 y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "\r\n\r\n", "HTTP/1.1 99999 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		server, client := net.Pipe()
		go func() { server.Write(b); server.Close() }()
		cn := &conn{Conn: client, raw: client, most: 1 << 16, br: newReader()}
		cn.br.Reset(cn)
		defer client.Close()
		h, err := readHead(cn.br, 4<<10)
		if err != nil {
			return
		}
		if h.status < 100 || h.status > 999 {
			t.Fatalf("status %d", h.status)
		}
		fr, err := h.frame()
		if err != nil {
			return
		}
		body, cut, _ := readBody(cn, fr, 1<<10, nil)
		if len(body) > 1<<10 || cut && len(body) != 1<<10 {
			t.Fatalf("%d bytes of body, cut %v", len(body), cut)
		}
	})
}

func FuzzLook(f *testing.F) {
	f.Add([]byte(`<base href="//x.example/"><a href=/y>z</a><meta http-equiv=refresh content="0;url=//q.example"><link rel=icon href=i><script>location.href='/z'</script>`))
	f.Add([]byte("<a href='http://[::1'><base href=':'><meta http-equiv=refresh content='5'>"))
	base := mustURL("https://rrn.example/a/b")
	f.Fuzz(func(t *testing.T, b []byte) {
		p := look(b, base)
		for _, l := range p.links {
			if !strings.HasPrefix(l, "http://") && !strings.HasPrefix(l, "https://") {
				t.Fatalf("link %q", l)
			}
		}
	})
}
