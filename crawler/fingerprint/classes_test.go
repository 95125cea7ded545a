package fingerprint

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"respawn/tracker"
)

var filler = regexp.MustCompile(`~(\d+)~`)

// A snippet is one line of testdata/classes.txt.
type snippet struct {
	line   int
	class  tracker.Class
	status int
	url    string
	fields []string
	body   string
}

func snippets(t testing.TB) []snippet {
	t.Helper()
	b, err := os.ReadFile("testdata/classes.txt")
	if err != nil {
		t.Fatal(err)
	}
	prose := strings.Fields("the council of the town met in the evening and spoke about roads schools and the price of bread while rain fell on the old market square where people waited")
	var out []snippet
	for i, l := range strings.Split(string(b), "\n") {
		if l == "" || l[0] == '#' {
			continue
		}
		f := strings.SplitN(l, " |", 4)
		if len(f) != 4 {
			t.Fatalf("line %d has %d fields", i+1, len(f))
		}
		s := snippet{line: i + 1, class: tracker.Class(f[0]), url: "https://site.example/"}
		for j, h := range splitHeaders(strings.TrimSpace(f[1])) {
			switch {
			case j == 0:
				if s.status, err = strconv.Atoi(h); err != nil {
					t.Fatalf("line %d: %v", i+1, err)
				}
			case strings.HasPrefix(h, "URL: "):
				s.url = h[5:]
			default:
				s.fields = append(s.fields, h)
			}
		}
		body := filler.ReplaceAllStringFunc(strings.TrimSpace(f[3]), func(m string) string {
			n, _ := strconv.Atoi(strings.Trim(m, "~"))
			var w []string
			for k := range n {
				w = append(w, prose[k*7%len(prose)])
			}
			return strings.Join(w, " ")
		})
		if title := strings.TrimSpace(f[2]); title != "-" {
			body = "<html><head><title>" + title + "</title></head><body>" + body + "</body></html>"
		}
		s.body = body
		out = append(out, s)
	}
	return out
}

// splitHeaders splits at semicolons that begin another header line.
func splitHeaders(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ";") {
		if len(out) > 0 && !strings.Contains(p, ": ") {
			out[len(out)-1] += ";" + p
			continue
		}
		out = append(out, p)
	}
	return out
}

func (s snippet) capture() (tracker.Capture, func(tracker.Digest) []byte) {
	m := map[tracker.Digest][]byte{}
	c := tracker.Capture{Name: "site.example"}
	add(&c, m, "direct", s.url, s.status, s.body, s.fields...)
	x := &c.Visits[0].Hops[0]
	if u, err := url.Parse(s.url); err == nil && u.Host != "site.example" {
		first := tracker.Exchange{URL: "https://site.example/", Status: 302, Location: s.url, Via: "http", Proto: "HTTP/1.1"}
		c.Visits[0].Hops = []tracker.Exchange{first, *x}
	} else if loc := header(x, "Location"); loc != "" {
		x.Location, x.Via = loc, "http"
	}
	return c, func(d tracker.Digest) []byte { return m[d] }
}

func TestPageClasses(t *testing.T) {
	n := map[tracker.Class]int{}
	for _, s := range snippets(t) {
		n[s.class]++
		c, bodies := s.capture()
		if got, rule := Classify(c, bodies); got != s.class {
			t.Errorf("classes.txt:%d: %q by %s, want %s: %.100s", s.line, got, rule, s.class, s.body)
		}
	}
	for _, class := range []tracker.Class{tracker.ClassNotice, tracker.ClassLive, tracker.ClassParked, tracker.ClassForSale, tracker.ClassSuspended,
		tracker.ClassBlocked, tracker.ClassChallenged, tracker.ClassEmpty, tracker.ClassDefault, tracker.ClassError} {
		if n[class] < 30 {
			t.Errorf("%d pages of class %s, want 30 at least", n[class], class)
		}
	}
}

// Pages that are not the operator's are never hashed as content.
func TestOtherPeoplesPagesAreNoContent(t *testing.T) {
	for _, s := range snippets(t) {
		if s.class == tracker.ClassLive {
			continue
		}
		c, bodies := s.capture()
		fp := Extract(c, bodies)
		if fp.TextWords != 0 || fp.Text != 0 || fp.DOM != 0 || len(fp.CSS) != 0 || len(fp.Slugs) != 0 {
			t.Errorf("classes.txt:%d (%s) was hashed: %+v", s.line, s.class, fp)
		}
	}
}

func TestNoAnswerIsUnknown(t *testing.T) {
	c := tracker.Capture{Name: "site.example", Visits: []tracker.Visit{{Visitor: "direct", Reason: tracker.ReasonTimeout, Hops: []tracker.Exchange{{URL: "https://site.example/", Err: "timeout"}}}}}
	if class, rule := Classify(c, nil); class != tracker.ClassUnknown || rule != "no-answer" {
		t.Errorf("%q %s", class, rule)
	}
	if class, _ := Classify(tracker.Capture{}, nil); class != tracker.ClassUnknown {
		t.Errorf("no visits: %q", class)
	}
	c, bodies := one(200, `<center><img width=800 src="/banner.png"></center>`)
	if class, rule := Classify(c, bodies); class != tracker.ClassUnknown || rule != "image-only" {
		t.Errorf("one image: %q %s", class, rule)
	}
	c, _ = one(200, "<p>a page whose bytes are gone")
	if class, rule := Classify(c, func(tracker.Digest) []byte { return nil }); class != tracker.ClassUnknown {
		t.Errorf("lost body: %q %s", class, rule)
	}
}

func ExampleClassify() {
	s := snippet{url: "https://site.example/", status: 200, body: "<title>This domain has been seized</title>"}
	c, bodies := s.capture()
	fmt.Println(Classify(c, bodies))
	// Output: notice notice-deictic-en
}
