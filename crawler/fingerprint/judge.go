package fingerprint

import (
	"bytes"
	"strings"

	"respawn/tracker"
)

// A Verdict is what a capture shows: the visit that decided and whether visitors
// were shown different things.
type Verdict struct {
	Class   tracker.Class
	Rule    string // id of the rule that decided
	Visit   int    // index of the visit that decided; -1 where none got an answer
	Cloaked bool
	Why     string // for people: which visitors differ, and in what
}

// Classify tells the class of a capture and the rule that decided. bodies gives
// the bytes of a digest, nil where they are gone; then only status and headers
// speak. [tracker.ClassUnknown] means that no visitor got a page, or that the
// page is nothing but an image that tells nothing.
func Classify(c tracker.Capture, bodies func(tracker.Digest) []byte) (tracker.Class, string) {
	v := Judge(c, bodies)
	return v.Class, v.Rule
}

// Judge compares the visits of a capture. The class is the one that a victim is
// shown: where one visitor who could be a reader sees a living page, the site is
// live, and cloaked if others see something else. Of two living pages, that of the
// visitor decides from whose country the site's readers are known to be.
func Judge(c tracker.Capture, bodies func(tracker.Digest) []byte) Verdict {
	return newReading(c, bodies).verdict()
}

// Visitors whose class is not that of a reader, or no visit of the front page.
const (
	visitorBot     = "bot"
	visitorAsset   = "asset"
	visitorArticle = "article"
)

// A shown is what one visit ended in.
type shown struct {
	visit int
	class tracker.Class
	rule  string
	final tracker.Name // registrable domain
	doc   *document    // nil where there is no HTML
	text  sketch
	hop   *tracker.Exchange
}

// A told is what a page is, by which rule.
type told struct {
	class tracker.Class
	rule  string
}

// A reading is a capture with each body parsed at most once.
type reading struct {
	c      tracker.Capture
	bodies func(tracker.Digest) []byte
	docs   map[tracker.Digest]*document
	texts  map[tracker.Digest]sketch
	told   map[seen]told
	shown  []shown
}

func newReading(c tracker.Capture, bodies func(tracker.Digest) []byte) *reading {
	r := &reading{c: c, bodies: bodies, docs: map[tracker.Digest]*document{}, texts: map[tracker.Digest]sketch{}, told: map[seen]told{}}
	for i := range c.Visits {
		if c.Visits[i].Visitor != visitorAsset {
			r.shown = append(r.shown, r.show(i))
		}
	}
	return r
}

func (r *reading) body(d tracker.Digest) []byte {
	if d == "" || r.bodies == nil {
		return nil
	}
	return r.bodies(d)
}

// document is the parsed body of an exchange, nil where it is not HTML or is
// garbled.
func (r *reading) document(x *tracker.Exchange) *document {
	if x.Body == "" {
		return nil
	}
	if d, ok := r.docs[x.Body]; ok {
		return d
	}
	ct := header(x, "Content-Type")
	b := r.body(x.Body)
	var d *document
	if len(b) > 0 && htmlBody(ct, b) {
		if text := utf8Body(b, ct); !garbled(text) {
			d = parse(text)
		}
	}
	r.docs[x.Body] = d
	return d
}

// text is the sketch of the page's prose, or of all its text where there is
// hardly any prose.
func (r *reading) text(x *tracker.Exchange) sketch {
	if s, ok := r.texts[x.Body]; ok {
		return s
	}
	var s sketch
	if d := r.document(x); d != nil {
		s = sketchText(d.prosePart())
	}
	r.texts[x.Body] = s
	return s
}

// fewBytes of prose are a slogan; then all visible text speaks for the page.
const fewBytes = 200

func (d *document) prosePart() []byte {
	if len(d.article) >= fewBytes {
		return d.article
	}
	return d.visible
}

func header(x *tracker.Exchange, name string) string {
	for i := range x.Header {
		if strings.EqualFold(x.Header[i].Name, name) {
			return x.Header[i].Value
		}
	}
	return ""
}

// htmlBody says whether a browser would show the body as a page.
func htmlBody(contentType string, b []byte) bool {
	ct := strings.ToLower(contentType)
	if strings.Contains(ct, "html") {
		return true
	}
	if ct != "" && !strings.HasPrefix(ct, "text/plain") && !strings.Contains(ct, "octet-stream") {
		return false
	}
	head := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 1024)]))
	for _, s := range []string{"<!doctype html", "<html", "<head", "<body", "<title", "<script", "<meta", "<h1", "<center", "<!--", "<div", "<p>"} {
		if bytes.HasPrefix(head, []byte(s)) || s == "<html" && bytes.Contains(head, []byte(s)) {
			return true
		}
	}
	return false
}

// garbled says that what is declared a page is not text: compressed in a way that
// was not undone, or something else altogether.
// Control characters have no place in HTML; a stray one or two are a slip.
func garbled(text []byte) bool {
	text = text[:min(len(text), 1024)]
	n := 0
	for _, c := range text {
		if c < ' ' && c != '\t' && c != '\n' && c != '\v' && c != '\f' && c != '\r' {
			n++
		}
	}
	return n > 1 && n*50 > len(text)
}

// victim is the visit that shows what those see whom the site is for, where it is
// known who they are and they see another page than the one of best; else best.
func (r *reading) victim(best int) int {
	a := &r.shown[best]
	for i := range r.shown {
		if s := &r.shown[i]; r.c.Visits[s.visit].Aimed && s.class == tracker.ClassLive && differ(a, s) != "" {
			return i
		}
	}
	return best
}

// verdict weighs the visits.
func (r *reading) verdict() Verdict {
	out := Verdict{Visit: -1, Rule: "no-answer"}
	rank := func(s *shown) int {
		v := r.c.Visits[s.visit].Visitor
		switch {
		case s.hop == nil:
			return 0
		case v == visitorBot:
			return 1 // a search engine is not a reader
		case s.class == tracker.ClassLive:
			return 4
		case s.class == tracker.ClassEmpty || s.class == tracker.ClassUnknown || s.class == tracker.ClassError:
			return 2
		}
		return 3
	}
	best := -1
	for i := range r.shown {
		if s := &r.shown[i]; rank(s) > 0 && (best < 0 || rank(s) > rank(&r.shown[best])) {
			best = i
		}
	}
	if best < 0 {
		return out
	}
	if r.shown[best].class == tracker.ClassLive {
		best = r.victim(best)
	}
	s := &r.shown[best]
	out.Visit, out.Class, out.Rule = s.visit, s.class, s.rule
	out.Cloaked, out.Why = r.cloaked()
	return out
}
