package fingerprint

import (
	"bytes"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// Bounds on one document. A page beyond them is read up to the bound: hostile
// ones are cut, and no page of a news site comes near.
const (
	maxTokens  = 300_000
	maxText    = 256 << 10 // bytes of visible text
	maxLinks   = 2000
	maxClasses = 500
	maxScripts = 1 << 20 // bytes of inline script
	maxHeads   = 400
)

// A document is one HTML body, read in one pass over its tokens. There is no
// tree, so ten megabytes of nested tags cost no more than ten megabytes of text.
type document struct {
	title    string
	metas    []meta
	links    []linkTag
	anchors  []anchor
	srcs     []string // script, iframe, img, embed: as written
	images   []string
	loads    []string // addresses of scripts
	actions  []string // of forms
	scripts  [][]byte // inline scripts and noscript bodies
	jsonld   [][]byte // scripts that are data about the page
	alts     []string
	heads    []heading
	styles   []byte   // style elements and attributes that name images
	beacons  []string // data-cf-beacon
	cfmails  []string // data-cfemail
	inlined  []byte   // on* handlers and other attributes that hold code
	classes  map[string]struct{}
	tags     []atomHash
	visible  []byte // all visible text, blanks collapsed
	article  []byte // text of blocks that are prose and not links
	words    int    // of visible
	frames   int
	scriptN  int
	media    int // img, video, canvas, svg, object
	forms    int
	prose    int // words inside article elements
	lang     string
	htmlAttr string // attributes of the root element, lower case
	articled bool   // declares itself a news article
	comments []byte // text of comments, bounded
}

type meta struct{ name, content string }

type linkTag struct{ rel, typ, href string }

type anchor struct {
	href, text string
	over       string // the heading or strong words that stand over it, where it says little itself
}

type heading struct {
	level  byte
	text   string
	linked bool
}

type atomHash = uint32

// utf8Body is body as UTF-8, by byte order mark, header, meta element or guess,
// as browsers do. A declared charset that is not true does no harm: valid UTF-8
// is taken as such.
func utf8Body(body []byte, contentType string) []byte {
	if bytes.HasPrefix(body, []byte{0xfe, 0xff}) || bytes.HasPrefix(body, []byte{0xff, 0xfe}) || !utf8.Valid(body) {
		e, _, _ := charset.DetermineEncoding(body, contentType)
		if out, err := e.NewDecoder().Bytes(body); err == nil {
			return bytes.TrimPrefix(bytes.ToValidUTF8(out, []byte("\uFFFD")), []byte("\xef\xbb\xbf"))
		}
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
}

// A reader builds a document.
type reader struct {
	d          *document
	z          scanner
	block      []byte // text of the block being read
	blockA     int    // bytes of it inside links
	inA        int
	aText      []byte
	aHref      string
	hLevel     byte
	hText      []byte
	hLinked    bool
	strong     int    // depth of strong and b
	sText      []byte // their text
	over       string // the newest heading or strong words that lead nowhere, until a link uses them
	data       bool   // the script being read is JSON-LD
	unscripted []byte // bodies of noscript elements
	quiet      [4]int // depth of elements that hold no prose: nav, footer, aside, form
	inArt      int
	spaced     bool
}

// parse reads a body that is UTF-8.
func parse(body []byte) *document {
	room := min(len(body)*3/4, maxText) // news pages are half text
	d := &document{classes: make(map[string]struct{}, 128), visible: make([]byte, 0, room), article: make([]byte, 0, room)}
	r := &reader{d: d, spaced: true}
	r.read(body)
	if len(d.anchors) == 0 && d.words < fewWords && len(r.unscripted) > 0 {
		// A shell that scripts fill: what stands there for readers without them is the
		// page that we were given.
		r.read(r.unscripted)
	}
	return d
}

// read takes in a body, or a part of one.
func (r *reader) read(body []byte) {
	r.z = scanner{b: body}
	defer r.flush()
	var raw atom.Atom // the raw-text element we are in
	for range maxTokens {
		switch r.z.next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			r.text(raw)
		case html.CommentToken:
			if len(r.d.comments) < 4096 {
				r.d.comments = append(r.d.comments, r.z.text...)
			}
		case html.StartTagToken:
			name, rest := tagName(r.z.raw)
			a := atom.Lookup(name)
			r.start(a, name, rest)
			switch a {
			case atom.Script, atom.Style, atom.Noscript, atom.Title, atom.Textarea, atom.Iframe, atom.Template, atom.Select:
				raw = a
			}
		case html.EndTagToken:
			name, _ := tagName(r.z.raw)
			a := atom.Lookup(name)
			if a == raw {
				raw = 0
			}
			r.end(a)
		}
	}
}

func (r *reader) start(a atom.Atom, name, rest []byte) {
	d := r.d
	h := uint32(a)
	if a == 0 {
		h = uint32(hashBytes(name))
		d.element(name)
	}
	d.tags = append(d.tags, h)
	if isBlock(a) {
		r.flush()
	}
	if i := quietIndex(a); i >= 0 {
		r.quiet[i]++
	}
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.hLevel, r.hText, r.hLinked = byte(a.String()[1]-'0'), r.hText[:0], r.inA > 0
	case atom.Strong, atom.B:
		if r.strong++; r.strong == 1 {
			r.sText = r.sText[:0]
		}
	case atom.Article:
		r.inArt++
	case atom.Script:
		d.scriptN++
	case atom.Iframe, atom.Frame:
		d.frames++
	case atom.Img, atom.Video, atom.Canvas, atom.Svg, atom.Object, atom.Picture:
		d.media++
	case atom.Form:
		d.forms++
	}
	var m meta
	var l linkTag
	var href, src, alt string
	var data []byte // attributes of a script that its code reads
	for {
		var kb, vb []byte
		var ok bool
		if kb, vb, rest, ok = nextAttr(rest); !ok {
			break
		}
		switch k := string(kb); k { // the compiler does not allocate for this
		case "class":
			d.addClasses(vb)
		case "href":
			href = string(vb)
		case "src", "data-src":
			if src == "" {
				src = string(vb)
			}
		case "alt", "aria-label":
			if len(vb) > 2 && (a == atom.Img || a == atom.Area || a == atom.Svg || a == atom.Input || a == atom.Div) {
				alt = string(vb)
			}
		case "name", "property", "http-equiv", "itemprop":
			if a == atom.Meta && (m.name == "" || k == "property") {
				m.name = strings.ToLower(strings.TrimSpace(string(vb)))
			}
			if k == "itemprop" && string(vb) == "articleBody" {
				d.articled = true
			}
		case "content":
			if a == atom.Meta {
				m.content = squeeze(vb, 1024)
			}
		case "rel":
			l.rel = strings.ToLower(string(vb))
		case "type":
			l.typ = strings.ToLower(string(vb))
		case "lang":
			if a == atom.Html {
				d.lang = strings.ToLower(string(vb))
			}
		case "style":
			if bytes.Contains(vb, []byte("url(")) {
				d.addStyle(vb)
			}
		case "action":
			if a == atom.Form {
				d.actions = appendMax(d.actions, string(vb), maxHeads)
			}
		case "data-sitekey":
			if len(d.inlined) < maxScripts {
				d.inlined = append(append(append(d.inlined, "data-sitekey=\""...), vb...), "\"\n"...)
			}
		case "data-cf-beacon":
			d.beacons = append(d.beacons, string(vb))
		case "data-cfemail":
			d.cfmails = append(d.cfmails, string(vb))
		case "background":
			d.images = appendMax(d.images, string(vb), maxHeads)
		default:
			if len(kb) > 2 && kb[0] == 'o' && kb[1] == 'n' && len(vb) > 8 && len(d.inlined) < maxScripts {
				d.inlined = append(append(d.inlined, vb...), '\n')
			}
			if a == atom.Script && len(vb) < 300 && len(data) < 1024 && bytes.HasPrefix(kb, []byte("data-")) {
				data = append(append(append(append(append(data, ' '), kb...), "=\""...), vb...), '"')
			}
		}
		if a == atom.Html && len(d.htmlAttr) < 1024 {
			d.htmlAttr += strings.ToLower(string(kb)) + "=" + strings.ToLower(string(vb)) + " "
		}
	}
	switch a {
	case atom.Meta:
		if m.name != "" && len(d.metas) < maxHeads {
			d.metas = append(d.metas, m)
		}
	case atom.Link:
		if l.href = href; href != "" && len(d.links) < maxHeads {
			d.links = append(d.links, l)
			d.srcs = appendMax(d.srcs, href, maxLinks)
		}
	case atom.A, atom.Area:
		r.closeA()
		if len(d.anchors) < maxLinks {
			r.inA, r.aHref, r.aText = 1, href, r.aText[:0]
			if r.hLevel > 0 {
				r.hLinked = true
			}
			if a == atom.Area {
				r.closeA()
			}
		}
	case atom.Img:
		d.images = appendMax(d.images, src, maxHeads)
		d.srcs = appendMax(d.srcs, src, maxLinks)
	case atom.Script:
		r.data = strings.Contains(l.typ, "ld+json")
		d.loads = appendMax(d.loads, src, maxHeads)
		if len(data) > 0 && len(d.inlined) < maxScripts {
			d.inlined = append(append(append(d.inlined, src...), data...), '\n')
		}
		d.srcs = appendMax(d.srcs, src, maxLinks)
	case atom.Iframe, atom.Frame, atom.Embed, atom.Source, atom.Video:
		d.srcs = appendMax(d.srcs, src, maxLinks)
	}
	if alt != "" && len(d.alts) < maxHeads {
		d.alts = append(d.alts, squeeze([]byte(alt), 2048))
	}
}

func (r *reader) end(a atom.Atom) {
	if isBlock(a) {
		r.flush()
	}
	if i := quietIndex(a); i >= 0 && r.quiet[i] > 0 {
		r.quiet[i]--
	}
	switch a {
	case atom.A:
		r.closeA()
	case atom.Article:
		if r.inArt > 0 {
			r.inArt--
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if r.hLevel > 0 {
			// Low ones head cards that lead to articles, or columns of a footer.
			if t := squeeze(r.hText, 300); t != "" && len(r.d.heads) < maxHeads && (r.hLevel <= 3 || r.hLinked) {
				r.d.heads = append(r.d.heads, heading{r.hLevel, t, r.hLinked})
			}
			if r.over = ""; !r.hLinked {
				r.over = squeeze(r.hText, 300)
			}
			r.hLevel = 0
		}
	case atom.Strong, atom.B:
		if r.strong > 0 {
			if r.strong--; r.strong == 0 && r.inA == 0 && len(r.sText) >= minTitle {
				r.over = squeeze(r.sText, 300)
			}
		}
	case atom.Nav, atom.Header, atom.Footer:
		if r.inArt == 0 {
			r.over = ""
		}
	}
}

// element takes the name of an element that its author made up (HTML: a custom element
// has a hyphen) for a style class: on pages that are built of these, they are what a sheet
// dresses. Those of AMP are Google's.
func (d *document) element(name []byte) {
	if i := bytes.IndexByte(name, '-'); i <= 0 || len(name) > 60 || len(d.classes) >= maxClasses || bytes.HasPrefix(name, []byte("amp-")) {
		return
	}
	if _, ok := d.classes[string(name)]; !ok {
		d.classes[string(name)] = struct{}{}
	}
}

func (r *reader) closeA() {
	if r.inA > 0 {
		if r.aHref != "" {
			a := anchor{href: r.aHref, text: squeeze(r.aText, 300)}
			if a.over = r.over; !isTitle(a.text) { // "..." or "more"
				r.over = ""
			}
			r.d.anchors = append(r.d.anchors, a)
		}
		r.inA, r.aHref = 0, ""
	}
}

// minTitle is how many bytes a title has at least, see isTitle.
const minTitle = 15

func appendMax(s []string, v string, limit int) []string {
	if v == "" || len(s) >= limit {
		return s
	}
	return append(s, v)
}

func (d *document) addStyle(b []byte) {
	if len(d.styles) < 64<<10 {
		d.styles = append(append(d.styles, b[:min(len(b), 32<<10)]...), '\n')
	}
}

func (d *document) addClasses(b []byte) {
	for len(b) > 0 && len(d.classes) < maxClasses {
		i := 0
		for i < len(b) && b[i] > ' ' {
			i++
		}
		if i > 0 && i <= 64 {
			if _, ok := d.classes[string(b[:i])]; !ok {
				d.classes[string(b[:i])] = struct{}{}
			}
		}
		if i == len(b) {
			return
		}
		b = b[i+1:]
	}
}

// meta is the content of the first meta element with that name; "" for none.
func (d *document) meta(name string) string {
	for i := range d.metas {
		if d.metas[i].name == name {
			return d.metas[i].content
		}
	}
	return ""
}

// squeeze trims text, collapses blanks and bounds it at a rune.
func squeeze(b []byte, limit int) string {
	s := string(b[:min(len(b), 4*limit)])
	if !squeezed(s) {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "")
}

// squeezed says that a text is ASCII with single blanks inside and none at its ends,
// as most texts of links are.
func squeezed(s string) bool {
	blank := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf || c >= '\t' && c <= '\r':
			return false
		case c == ' ':
			if blank {
				return false
			}
			blank = true
		default:
			blank = false
		}
	}
	return !blank || s == ""
}

// resolveRef is ref made absolute against base where it leads to the web.
func resolveRef(base *url.URL, ref string) (*url.URL, bool) {
	ref = strings.TrimSpace(ref)
	if ref == "" || ref[0] == '#' || len(ref) > 2048 {
		return nil, false
	}
	if i := strings.IndexByte(ref, ':'); i > 0 && i < 12 && !strings.HasPrefix(ref, "http") && !strings.ContainsAny(ref[:i], "/?#.") {
		return nil, false // mailto:, javascript:, tel:, data:
	}
	u, err := base.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, false
	}
	return u, true
}
