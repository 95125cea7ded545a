package fingerprint

import (
	"bytes"
	"fmt"
	"math/bits"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
// live, and cloaked if others see something else.
func Judge(c tracker.Capture, bodies func(tracker.Digest) []byte) Verdict {
	return newReading(c, bodies).verdict()
}

// Visitors whose class is not that of a reader, or no visit of the front page.
const (
	visitorBot   = "bot"
	visitorAsset = "asset"
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

// A reading is a capture with each body parsed at most once.
type reading struct {
	c      tracker.Capture
	bodies func(tracker.Digest) []byte
	docs   map[tracker.Digest]*document
	texts  map[tracker.Digest]sketch
	shown  []shown
}

func newReading(c tracker.Capture, bodies func(tracker.Digest) []byte) *reading {
	r := &reading{c: c, bodies: bodies, docs: map[tracker.Digest]*document{}, texts: map[tracker.Digest]sketch{}}
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

// show classifies one visit.
func (r *reading) show(i int) shown {
	v := &r.c.Visits[i]
	s := shown{visit: i}
	for j := len(v.Hops) - 1; j >= 0 && s.hop == nil; j-- {
		if v.Hops[j].Status != 0 {
			s.hop = &v.Hops[j]
		}
	}
	if s.hop == nil {
		s.rule = "no-answer"
		return s
	}
	u, err := url.Parse(s.hop.URL)
	if err != nil {
		s.rule = "no-answer"
		return s
	}
	s.final = registrable(u)
	s.doc = r.document(s.hop)
	s.class, s.rule = r.classOf(&s, u, v)
	if s.class == tracker.ClassLive {
		s.text = r.text(s.hop)
	}
	return s
}

func registrable(u *url.URL) tracker.Name {
	h := tracker.Name(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."))
	if reg := h.Registrable(); reg != "" {
		return reg
	}
	return h
}

func (r *reading) own() tracker.Name {
	if reg := r.c.Name.Registrable(); reg != "" {
		return reg
	}
	return r.c.Name
}

// classOf applies the rules of classes.yaml first, because a banner is a banner
// whatever its status, and then what status and structure alone say.
func (r *reading) classOf(s *shown, u *url.URL, v *tracker.Visit) (tracker.Class, string) {
	x := s.hop
	vw := r.view(s, u, v)
	rule, doubt := firstRule(vw)
	switch {
	case rule != nil:
		return rule.Class, rule.ID
	case doubt:
		return tracker.ClassUnknown, "notice-or-news"
	}
	// A redirect that could not be followed still leads somewhere else.
	if x.Location != "" && x.Status >= 300 && x.Status < 400 || x.Via == "meta-refresh" || x.Via == "script" {
		if lu, err := url.Parse(x.Location); err == nil && lu.Host != "" && registrable(lu) != r.own() {
			return tracker.ClassRedirecting, "location"
		}
	}
	if s.final != r.own() {
		return tracker.ClassRedirecting, "final-domain"
	}
	switch {
	case x.Status == 401 || x.Status == 403 || x.Status == 429 || x.Status == 451:
		return tracker.ClassChallenged, "status-" + strconv.Itoa(x.Status)
	case x.Status >= 400:
		return tracker.ClassError, "status-" + strconv.Itoa(x.Status)
	case x.Status >= 300:
		return tracker.ClassError, "redirect-not-followed"
	}
	return r.classOfContent(s)
}

// Words below which a page says nothing.
const (
	emptyWords = 3
	imageWords = 8
)

func (r *reading) classOfContent(s *shown) (tracker.Class, string) {
	d := s.doc
	if d == nil {
		b := r.body(s.hop.Body)
		switch {
		case s.hop.BodySize > 0 && b == nil:
			return tracker.ClassUnknown, "body-gone"
		case len(bytes.TrimSpace(b)) == 0:
			return tracker.ClassEmpty, "no-body"
		case htmlBody(header(s.hop, "Content-Type"), b):
			return tracker.ClassUnknown, "unreadable"
		case len(bytes.Fields(b[:min(len(b), 4096)])) < emptyWords && strings.HasPrefix(header(s.hop, "Content-Type"), "text/"):
			return tracker.ClassEmpty, "no-words"
		}
		return tracker.ClassLive, "file"
	}
	if r.framed(s) {
		return tracker.ClassRedirecting, "framed"
	}
	switch {
	case d.words < emptyWords && d.media == 0 && d.frames == 0 && len(d.srcs) == 0 && len(d.images) == 0 && len(d.alts) == 0:
		return tracker.ClassEmpty, "no-words"
	case d.words < emptyWords && d.scriptN == 0 && d.frames == 0 && len(d.anchors) < 3 && (d.media > 0 || len(d.images) > 0) && len(d.images) <= 2:
		return tracker.ClassUnknown, "image-only"
	case d.words < emptyWords && d.media == 0 && d.frames == 0 && len(d.anchors) == 0 && d.scriptN == 0:
		return tracker.ClassEmpty, "no-words"
	}
	return tracker.ClassLive, "content"
}

// framed says that a page is nothing but frames that show another domain: what
// registrars call forwarding with a mask.
func (r *reading) framed(s *shown) bool {
	d := s.doc
	if d.frames == 0 || d.words >= emptyWords || d.media > 0 || d.scriptN > 0 || len(d.anchors) > 0 {
		return false
	}
	base, err := url.Parse(s.hop.URL)
	if err != nil {
		return false
	}
	elsewhere := false
	for _, src := range d.srcs {
		u, err := base.Parse(src)
		if err != nil || u.Host == "" || registrable(u) == r.own() {
			return false
		}
		elsewhere = true
	}
	return elsewhere
}

// Bounds on what rules look at: the wording they know stands at the beginning.
const (
	viewText = 8 << 10
	viewHTML = 64 << 10
)

var cssURL = regexp.MustCompile(`url\(\s*["']?([^"')]{1,300})`)

// view makes the lower-case face of a page.
func (r *reading) view(s *shown, u *url.URL, v *tracker.Visit) *view {
	x := s.hop
	vw := &view{own: string(r.own()), status: strconv.Itoa(x.Status), url: strings.ToLower(u.Host + u.Path)}
	if u.RawQuery != "" {
		vw.url += "?" + strings.ToLower(u.RawQuery)
	}
	for i := range v.Hops { // a chain through a parking service is parked
		if h := &v.Hops[i]; h != x && h.Location != "" {
			vw.url += " " + strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(h.Location, "https://"), "http://"))
		}
	}
	var b strings.Builder
	for _, f := range x.Header {
		b.WriteString(strings.ToLower(f.Name))
		b.WriteString(": ")
		b.WriteString(strings.ToLower(f.Value))
		b.WriteByte('\n')
	}
	vw.header = b.String()
	raw := r.body(x.Body)
	d := s.doc
	if d == nil {
		if strings.HasPrefix(header(x, "Content-Type"), "text/") || header(x, "Content-Type") == "" {
			t := utf8Body(raw[:min(len(raw), viewText)], header(x, "Content-Type"))
			vw.text = normal(string(t))
			vw.words = len(strings.Fields(vw.text))
		}
		return vw
	}
	vw.words, vw.links = d.words, len(d.anchors)
	for _, a := range d.alts {
		vw.words += strings.Count(a, " ") + 1
	}
	vw.declared = d.declaresArticle()
	vw.article = vw.declared || d.prose >= articleWords
	vw.title = normal(d.title)
	vw.head = d.headText()
	vw.raw = raw[:min(len(raw), viewHTML)]
	var t strings.Builder
	t.WriteString(d.title)
	for _, n := range []string{"description", "dc.title", "og:title", "og:description", "author"} {
		if m := d.meta(n); m != "" {
			t.WriteString(" | ")
			t.WriteString(m)
		}
	}
	for _, a := range d.alts[:min(len(d.alts), 40)] {
		t.WriteString(" | ")
		t.WriteString(a)
	}
	t.WriteString(" | ")
	t.Write(d.visible[:min(len(d.visible), viewText)])
	vw.text = normal(t.String())
	var im strings.Builder
	for _, ref := range d.images {
		imageName(&im, ref)
	}
	for _, m := range cssURL.FindAllSubmatch(d.styles, 40) {
		imageName(&im, string(m[1]))
	}
	if og := d.meta("og:image"); og != "" {
		imageName(&im, og)
	}
	vw.image = im.String()
	return vw
}

func imageName(b *strings.Builder, ref string) {
	if strings.HasPrefix(ref, "data:") {
		return
	}
	ref, _, _ = strings.Cut(ref, "?")
	if n := strings.ToLower(path.Base(ref)); n != "." && n != "/" {
		b.WriteString(n)
		b.WriteByte('\n')
	}
}

// normal is text in lower case with plain quotes and single blanks.
func normal(s string) string {
	b := make([]byte, 0, len(s))
	blank := true // the last byte is a blank, or there is none
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == ' ' || c >= '\t' && c <= '\r':
				if !blank {
					b, blank = append(b, ' '), true
				}
				continue
			case c >= 'A' && c <= 'Z':
				c += 'a' - 'A'
			}
			b, blank = append(b, c), false
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\u00ad' || r == '\u200b':
			continue
		case r == '’' || r == '‘':
			r = '\''
		case r == '“' || r == '”' || r == '„':
			r = '"'
		case r == utf8.RuneError && n == 1 || unicode.IsSpace(r):
			if !blank {
				b, blank = append(b, ' '), true
			}
			continue
		}
		b, blank = utf8.AppendRune(b, unicode.ToLower(r)), false
	}
	return strings.TrimSuffix(string(b), " ")
}

// articleWords inside <article> are an article, whatever the page declares.
const articleWords = 150

// headText is what a page says loudest, with bars between: title, description title
// and the headings that lead nowhere; alternative texts too where there is next to no other.
func (d *document) headText() string {
	var b strings.Builder
	b.WriteString(d.title)
	b.WriteString(" | ")
	b.WriteString(d.meta("og:title"))
	for i := range d.heads {
		if h := &d.heads[i]; !h.linked && b.Len() < viewText {
			b.WriteString(" | ")
			b.WriteString(h.text)
		}
	}
	if d.words < fewWords {
		for _, a := range d.alts[:min(len(d.alts), 10)] {
			b.WriteString(" | ")
			b.WriteString(a)
		}
	}
	return normal(b.String())
}

// declaresArticle says that a page declares itself a news article.
func (d *document) declaresArticle() bool {
	if d.articled {
		return true
	}
	if strings.HasPrefix(d.meta("og:type"), "article") || d.meta("article:published_time") != "" || d.meta("datepublished") != "" {
		return true
	}
	for _, s := range d.jsonld {
		if bytes.Contains(s, []byte(`NewsArticle"`)) || bytes.Contains(s, []byte(`"BlogPosting"`)) || bytes.Contains(s, []byte(`"ReportageNewsArticle"`)) {
			return true
		}
	}
	return false
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
	s := &r.shown[best]
	out.Visit, out.Class, out.Rule = s.visit, s.class, s.rule
	out.Cloaked, out.Why = r.cloaked()
	return out
}

// cloaked compares every pair of visits that say something. A challenge or an
// error shown to one of them says nothing about what the others see.
func (r *reading) cloaked() (bool, string) {
	for i := range r.shown {
		a := &r.shown[i]
		if !r.telling(a) {
			continue
		}
		for j := range r.shown[:i] {
			b := &r.shown[j]
			if !r.telling(b) {
				continue
			}
			if why := differ(b, a); why != "" {
				return true, fmt.Sprintf("%s and %s: %s", r.c.Visits[b.visit].Visitor, r.c.Visits[a.visit].Visitor, why)
			}
		}
	}
	return false, ""
}

// telling visits got an answer that is about content, for the front page or, as
// articles are for empty front pages, beside it.
func (r *reading) telling(s *shown) bool {
	switch s.class {
	case tracker.ClassChallenged, tracker.ClassError, tracker.ClassUnknown:
		return false
	}
	return s.hop != nil && r.c.Visits[s.visit].Visitor != "article"
}

// Two texts of one site differ for good reasons (a new headline, a shorter page
// for phones). Different pages share next to no shingles.
const (
	fewWords     = 40   // below, a hash says little
	sameShingles = 0.15 // resemblance from which it is one page
	farBits      = 16   // of 64; unrelated texts are 32 apart
)

func differ(a, b *shown) string {
	switch {
	case a.final != b.final:
		return fmt.Sprintf("led to %s and %s", a.final.Defang(), b.final.Defang())
	case a.class != b.class:
		return fmt.Sprintf("%s and %s", a.class, b.class)
	case a.class != tracker.ClassLive || a.hop.Body == b.hop.Body:
		return ""
	case a.text.words >= fewWords && b.text.words >= fewWords:
		d := bits.OnesCount64(a.text.simhash ^ b.text.simhash)
		if d > farBits && resemblance(a.text.minhash, b.text.minhash) < sameShingles {
			return fmt.Sprintf("different texts (%d of 64 bits apart)", d)
		}
	case max(a.text.words, b.text.words) >= 5*fewWords && min(a.text.words, b.text.words) < fewWords/2:
		return fmt.Sprintf("%d and %d words", a.text.words, b.text.words)
	case a.doc != nil && b.doc != nil && min(a.text.words, b.text.words) >= shortWords && otherPage(a.doc, b.doc):
		return "different pages of few words"
	}
	return ""
}

// Pages of a few words differ where they have neither their title nor their words
// in common; the small words of a language count for nothing.
const (
	shortWords  = 8
	sharedWords = 0.15 // of the shorter page's words
)

// otherPage compares what a hash cannot.
func otherPage(a, b *document) bool {
	if a.title != "" && normal(a.title) == normal(b.title) {
		return false
	}
	x, y := contentWords(a), contentWords(b)
	least := min(len(x), len(y))
	if least < shortWords/2 || a.title == "" && b.title == "" && least < shortWords {
		return false
	}
	both := 0
	for w := range x {
		if _, ok := y[w]; ok {
			both++
		}
	}
	return float64(both) < sharedWords*float64(least)
}

// contentWords are the words of the text that are no small words of any language.
func contentWords(d *document) map[string]struct{} {
	out := map[string]struct{}{}
	for _, w := range strings.FieldsFunc(normal(string(d.prosePart())), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if _, ok := small()[w]; !ok && utf8.RuneCountInString(w) > 2 {
			out[w] = struct{}{}
		}
	}
	return out
}
