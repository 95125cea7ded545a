package fingerprint

import (
	"bytes"
	"compress/flate"
	"strings"
	"testing"

	"respawn/tracker"
)

// A page that could not be read is nothing we know, least of all a living site:
// its bytes are no content to compare.
func TestGarbledPages(t *testing.T) {
	page := "<title>Counting ended at dawn</title><p>" + strings.Repeat("Those who watched the count say that boxes came late. ", 40)
	var z bytes.Buffer
	w, err := flate.NewWriter(&z, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(page))
	w.Close()
	for _, tt := range []struct {
		name, contentType, body string
		class                   tracker.Class
		rule                    string
	}{
		{"compressed", "text/html", z.String(), tracker.ClassUnknown, "unreadable"},
		{"compressed, charset declared", "text/html; charset=utf-8", z.String(), tracker.ClassUnknown, "unreadable"},
		{"five bytes of brotli", "text/html", "\x1b\xff\xff\x00\x00", tracker.ClassUnknown, "unreadable"},
		{"an image that says it is a page", "text/html", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00", tracker.ClassUnknown, "unreadable"},
		{"a stray NUL", "text/html", "<p>" + page[:20] + "\x00" + page[20:], tracker.ClassLive, "content"},
		{"plain", "text/html", page, tracker.ClassLive, "content"},
		{"wrong charset", "text/html; charset=utf-8", strings.ReplaceAll(page, "dawn", "d\xe4mmerung \xdcber \xd6l"), tracker.ClassLive, "content"},
	} {
		b := []byte(tt.body)
		c := tracker.Capture{Name: "x.example", Visits: []tracker.Visit{{Visitor: "direct", URL: "https://x.example/", Hops: []tracker.Exchange{{
			URL: "https://x.example/", Status: 200, Body: tracker.DigestOf(b), BodySize: int64(len(b)),
			Header: []tracker.HeaderField{{Name: "Content-Type", Value: tt.contentType}},
		}}}}}
		web, fp := Web(c, func(tracker.Digest) []byte { return b })
		if web.Class != tt.class || web.ClassRule != tt.rule {
			t.Errorf("%s: %q by %s, want %q by %s", tt.name, web.Class, web.ClassRule, tt.class, tt.rule)
		}
		if tt.class == tracker.ClassUnknown && (fp.Title != "" || fp.TextWords != 0 || fp.DOM != 0) {
			t.Errorf("%s: its content was compared: %+v", tt.name, fp)
		}
	}
}
