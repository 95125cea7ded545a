package archive

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"respawn/tracker"
)

// oneHop is a capture of one exchange.
func oneHop(url string, response []byte) (tracker.Capture, func(int, int) ([]byte, []byte)) {
	return tracker.Capture{Name: "rrn.example", At: day, Visits: []tracker.Visit{{Visitor: "direct", At: day, Hops: []tracker.Exchange{
			{URL: url, Method: "GET", StartedAt: day, Addr: netip.MustParseAddrPort("198.18.7.1:80")},
		}}}}, func(int, int) ([]byte, []byte) {
			return []byte("GET / HTTP/1.1\r\nHost: rrn.example\r\n\r\n"), response
		}
}

// kept is the block of the response record of a capture.
func kept(t *testing.T, url string, response []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	c, wire := oneHop(url, response)
	if err := writeCapture(&b, c, wire); err != nil {
		t.Fatalf("a site must not be able to keep itself out of the archive: %v", err)
	}
	var block []byte
	n := 0
	err := eachMember(b.Bytes(), func(_, _ int64, content []byte) error {
		n++
		h, bl, err := splitRecord(content)
		if err == nil && h["warc-type"] == "response" {
			block = bl
		}
		return err
	})
	if err != nil || n < 3 || n > 4 { // an address, where the URL has a host; two of the exchange; the capture
		t.Fatalf("%d records: %v", n, err)
	}
	if err := checkRecords(&b); err != nil {
		t.Fatalf("written and not readable: %v", err)
	}
	return block
}

// hostileResponses and what is kept of them; "": all.
var hostileResponses = []struct{ name, response, want string }{
	{"as it should be", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", ""},
	{"an interim response before it", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody", "HTTP/1.1 200 OK\r\n\r\nbody"},
	{"an interim response with bare line ends", "HTTP/1.1 103 x\nA: b\n\nHTTP/1.1 200 OK\r\nC: d\r\n\r\nbody\r\n\r\nmore", "HTTP/1.1 200 OK\r\nC: d\r\n\r\nbody\r\n\r\nmore"},
	{"an interim response of one line", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\n\r\n", "HTTP/1.1 404 No\r\n\r\n"},
	{"two interim responses", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 x\n\nHTTP/1.1 404 No\r\n\r\n", "HTTP/1.1 404 No\r\n\r\n"},
	{"nothing but an interim response", "HTTP/1.1 100 Continue\r\n\r\n", ""},
	{"a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x00\x01", ""},
	{"a switch of protocols that looks like more", "HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody", ""},
	{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", ""},
	{"one byte", "\x00", ""},
	{"HTTP/0.9", "<html><p>no header at all", ""},
	{"a header that ends in its middle", "HTTP/1.1 200 OK\r\nServer: ng", ""},
	{"a header without an end", "HTTP/1.1 200 OK\r\nServer: nginx\r\n", ""},
	{"bare line ends", "HTTP/1.0 200 OK\nServer: x\n\nbody", ""},
	{"carriage returns alone", "HTTP/1.1 200 OK\rServer: x\r\rbody", ""},
	{"lines without a colon", "HTTP/1.1 200 OK\r\nno colon here\r\n: no name\r\n folded first\r\n\r\nbody", ""},
	{"control bytes", "HTTP/1.1 200 \x1b[2JOK\r\nX-\x00: a\x00b\x7f\r\n\xff\xfe: \xff\r\n\r\n\x00body", ""},
	{"no reason and no status", "HTTP/1.1\r\n\r\n", ""},
	{"a status of letters", "HTTP/1.1 two OK\r\n\r\nbody", ""},
	{"a status of a hundred digits", "HTTP/1.1 " + strings.Repeat("1", 100) + "\r\n\r\nbody", ""},
	{"HTTP/2 without being asked", "HTTP/2 200\r\n\r\nbody", ""},
	{"lies about its length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nbody", ""},
	{"chunks that break off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nbody", ""},
	{"a WARC record inside", "HTTP/1.1 200 OK\r\n\r\nbody\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n", ""},
	{"blank lines first", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody", ""},
	{"a long line", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 1<<20) + "\r\n\r\nbody", ""},
}

// Whatever a server says is kept as it said it, interim responses apart.
func TestHostileResponsesAreKept(t *testing.T) {
	for _, tt := range hostileResponses {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want == "" {
				want = tt.response
			}
			if got := kept(t, "http://rrn.example/", []byte(tt.response)); string(got) != want {
				t.Errorf("kept %.200q", got)
			}
		})
	}
}

// The URL is the site's own word too: it chose where its redirects go.
func TestHostileURLsAreKept(t *testing.T) {
	for _, url := range []string{
		"http://rrn.example/%zz", "http://rrn.example/cut%4", "http://rrn.example/a b", "http://rrn.example/\u00e4\u4e2d?q=\u00fc#x", "http://rrn.example/<script>|{}^`\"\\",
		"http://user:pa%20ss@rrn.example/", "http://[64:ff9b::1]:80/", "http://rrn.example:80/" + strings.Repeat("a/", 4000), "http://rrn.example/\ufffd",
		"http://rrn.example/a\x01b\r\nWARC-Type: x", "http://xn--bcher-kva.example/", "http://b\u00fccher.example/", "http://rrn.example?", "http://RRN.example//../..", "http://rrn_x.example/",
	} {
		t.Run(url[:min(len(url), 60)], func(t *testing.T) {
			if got := kept(t, url, []byte("HTTP/1.1 200 OK\r\n\r\nbody")); string(got) != "HTTP/1.1 200 OK\r\n\r\nbody" {
				t.Errorf("kept %q", got)
			}
		})
	}
}

func FuzzKeep(f *testing.F) {
	f.Add("%zz", []byte("HTTP/1.1 103 x\n\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nbody"))
	f.Add("", []byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"))
	f.Fuzz(func(t *testing.T, path string, response []byte) {
		if len(response) == 0 {
			return
		}
		if got := kept(t, "http://rrn.example/"+path, response); !bytes.HasSuffix(response, got) || len(got) == 0 {
			t.Fatalf("%q was kept as %q", response, got)
		}
	})
}
