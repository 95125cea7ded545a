package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"respawn/tracker"
)

// walk visits every node of a page.
func walk(t *testing.T, page []byte, fn func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		fn(n)
	}
}

func everyPage(t *testing.T) map[string][]byte {
	ds := fixtures()
	out := map[string][]byte{"index": write(t, "html", ds), "empty": write(t, "html", nil)}
	for i := range ds {
		out[string(ds[i].Name)] = write(t, "html", ds[i:i+1])
	}
	return out
}

func TestPagesFetchNothingAndRunNothing(t *testing.T) {
	allowed := map[string]bool{"html": true, "head": true, "body": true, "meta": true, "title": true, "style": true, "main": true, "h1": true, "h2": true, "h3": true, "p": true, "span": true, "blockquote": true,
		"figure": true, "figcaption": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "div": true, "footer": true, "strong": true, "br": true, "time": true,
		"svg": true, "desc": true, "defs": true, "pattern": true, "path": true, "circle": true, "rect": true, "text": true, "lineargradient": true, "linearGradient": true, "stop": true}
	for name, page := range everyPage(t) {
		ids := map[string]int{}
		walk(t, page, func(n *html.Node) {
			if n.Type != html.ElementNode {
				return
			}
			if !allowed[n.Data] {
				t.Errorf("%s: element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				v := strings.ToLower(a.Val)
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "href", a.Key == "src":
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				case strings.Contains(v, "http://") && a.Key != "xmlns", strings.Contains(v, "https://"), strings.Contains(v, "javascript:"):
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				case strings.Contains(v, "url(") && !strings.HasPrefix(v, "url(#lifeline-"):
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				case a.Key == "id":
					ids[a.Val]++
				}
			}
		})
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: id %q stands %d times", name, id, n)
			}
		}
		if bytes.Contains(page, []byte("\u202e")) || bytes.Contains(page, []byte("\x1b")) || bytes.Contains(page, []byte("\u200b")) {
			t.Errorf("%s: keeps invisible characters", name)
		}
	}
}

func TestPagesHaveNoPlainNames(t *testing.T) {
	for name, page := range everyPage(t) {
		walk(t, page, func(n *html.Node) {
			if n.Type != html.TextNode || n.Parent.Data == "style" {
				return
			}
			if h := hostname.FindString(n.Data); h != "" {
				t.Errorf("%s: plain name %q in %q", name, h, n.Data)
			}
		})
	}
}

func TestPolicyAdmitsTheStyleByItsHash(t *testing.T) {
	page := write(t, "html", fixtures()[:1])
	var css, csp string
	walk(t, page, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "style" {
			css = n.FirstChild.Data
		}
		if n.Type == html.ElementNode && n.Data == "meta" {
			for _, a := range n.Attr {
				if a.Key == "content" && strings.Contains(a.Val, "default-src") {
					csp = a.Val
				}
			}
		}
	})
	h := sha256.Sum256([]byte(css))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"; !strings.Contains(csp, want) || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q does not hold %q", csp, want)
	}
}

func TestDrawingsAreWellFormedAndSayWhatTheyShow(t *testing.T) {
	ds := fixtures()
	for i := range ds {
		d := &ds[i]
		for what, svg := range map[string]string{"lifeline": string(Lifeline(d)), "spark": string(Spark(d))} {
			if len(d.Nights) == 0 {
				if svg != "" {
					t.Errorf("%s of %s, which has no night, is drawn", what, d.Name)
				}
				continue
			}
			dec := xml.NewDecoder(strings.NewReader(svg))
			dec.Strict = true
			titles := 0
			for {
				tok, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s of %s: %v", what, d.Name, err)
				}
				if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "title" {
					titles++
				}
			}
			if titles == 0 || !strings.Contains(svg, `role="img"`) {
				t.Errorf("%s of %s has no title or role", what, d.Name)
			}
			if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || regexp.MustCompile(`width="-`).MatchString(svg) {
				t.Errorf("%s of %s: %s", what, d.Name, svg)
			}
		}
	}
}

func TestLifelineTellsTheKindsOfNightsApart(t *testing.T) {
	cells := func(n tracker.Name, pattern string) int {
		return strings.Count(string(Lifeline(fixture(n))), `fill="url(#lifeline-`+pattern+`)"/>`)
	}
	for _, tt := range []struct {
		name    tracker.Name
		pattern string
		want    bool
	}{
		{"newlabel.example", "hatch", true}, {"newlabel.example", "cross", false}, {"artichoc.cc", "cross", true}, {"artichoc.cc", "hatch", false},
		{"levinaigre.so", "dots", true}, {"rrn.so", "dots", true}, {"holylandherald.net", "dots", false},
	} {
		if got := cells(tt.name, tt.pattern) > 0; got != tt.want {
			t.Errorf("%s drawn with %s: %v, want %v", tt.name, tt.pattern, got, tt.want)
		}
	}
}

// A change is drawn as wide as the time in which it may have happened.
func TestLifelineDrawsIntervalsAsIntervals(t *testing.T) {
	svg := string(Lifeline(fixture("newlabel.example")))
	fade := regexp.MustCompile(`<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="\d+" fill="url\(#lifeline-fade1\)"`).FindStringSubmatch(svg)
	if fade == nil {
		t.Fatalf("no fade in %s", svg)
	}
	week := num(7.0 / fixtureNights * (laneRight - laneLeft))
	if fade[2] != week {
		t.Errorf("seven days are %s wide, want %s", fade[2], week)
	}
	if s := string(Lifeline(fixture("holylandherald.net"))); strings.Contains(s, "lifeline-fade1") {
		t.Error("a status that was so when first seen is drawn as a change")
	}
}

func TestSparksAreSmall(t *testing.T) {
	ds := fixtures()
	for i := range ds {
		if n := len(Spark(&ds[i])); n > 2500 {
			t.Errorf("%s: %d bytes", ds[i].Name, n)
		}
	}
}

func TestDetailStandsInOtherPages(t *testing.T) {
	s := string(Detail(fixture("xn--80ak6aa92e.com")))
	if strings.Contains(s, "<script") || strings.Contains(s, "<svg onload") || strings.Contains(s, "<style") || !strings.Contains(s, "What is known") {
		t.Errorf("%s", s)
	}
}

func TestInkContrasts(t *testing.T) {
	for fill, want := range map[string]string{"#ffffff": "#10151a", "#000000": "#fff", "#4a5fb0": "#fff", "#dd9a4e": "#10151a", "currentColor": "currentColor"} {
		if got := ink(fill); got != want {
			t.Errorf("ink(%s) = %s, want %s", fill, got, want)
		}
	}
}
