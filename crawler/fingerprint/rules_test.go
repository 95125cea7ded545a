package fingerprint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"respawn/tracker"
)

// unicodeClass is the one thing in an expression that is written in capitals.
var unicodeClass = regexp.MustCompile(`\\p\{[A-Z][a-z]?\}`)

func TestRulesAreWellFormed(t *testing.T) {
	rules, err := readRules(classesYAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules.Rules {
		for _, g := range r.When {
			for _, p := range g {
				if p := unicodeClass.ReplaceAllString(p, ""); p != strings.ToLower(p) {
					t.Errorf("rule %s: %q is not in lower case and can never match", r.ID, p)
				}
			}
		}
	}
	for _, bad := range []string{
		"rules: [{id: a, class: notice, when: [[text:x]]}]",
		"rules: [{id: a, class: notice, source: s}]",
		"rules: [{id: a, class: notice, source: s, when: [[body:x]]}]",
		"rules: [{id: a, class: notice, source: s, when: [['re:(']]}]",
		"rules: [{id: a, class: c, source: s, when: [[text:x]]}, {id: a, class: c, source: s, when: [[text:x]]}]",
	} {
		if _, err := readRules([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

// one is a capture of one page by the direct visitor.
func one(status int, body string, fields ...string) (tracker.Capture, func(tracker.Digest) []byte) {
	m := map[tracker.Digest][]byte{}
	c := tracker.Capture{Name: "site.example"}
	add(&c, m, "direct", "https://site.example/", status, body, fields...)
	return c, func(d tracker.Digest) []byte { return m[d] }
}

// add appends a visit of one exchange. fields are "Name: value".
func add(c *tracker.Capture, m map[tracker.Digest][]byte, visitor, url string, status int, body string, fields ...string) {
	x := tracker.Exchange{URL: url, Method: "GET", Status: status, Proto: "HTTP/1.1", BodySize: int64(len(body))}
	if body != "" {
		x.Body = tracker.DigestOf([]byte(body))
		m[x.Body] = []byte(body)
	}
	typed := false
	for _, f := range fields {
		n, v, _ := strings.Cut(f, ": ")
		typed = typed || strings.EqualFold(n, "Content-Type")
		x.Header = append(x.Header, tracker.HeaderField{Name: n, Value: v})
	}
	if !typed && body != "" {
		x.Header = append(x.Header, tracker.HeaderField{Name: "Content-Type", Value: "text/html; charset=utf-8"})
	}
	c.Visits = append(c.Visits, tracker.Visit{Visitor: visitor, URL: url, Hops: []tracker.Exchange{x}})
}

func TestRealPages(t *testing.T) {
	want := map[string]tracker.Class{"seizure-cuii.html": tracker.ClassBlocked, "parked-windowpark-getbukkit-2024-03-15.html": tracker.ClassParked}
	files, _ := filepath.Glob("testdata/pages/*.html")
	if len(files) != 10 {
		t.Fatalf("%d pages in testdata/pages", len(files))
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		w, ok := want[filepath.Base(f)]
		if !ok {
			w = tracker.ClassNotice
		}
		c, bodies := one(200, string(b), "Content-Type: text/html")
		got, rule := Classify(c, bodies)
		if got != w {
			t.Errorf("%s: %q by %s, want %s", filepath.Base(f), got, rule, w)
		}
	}
}
