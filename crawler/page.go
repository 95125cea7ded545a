package crawler

import (
	"bytes"
	"encoding/binary"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"respawn/tracker"
)

// A page is what the crawler itself needs to know of an HTML body: where it
// leads. What it means is the business of crawler/fingerprint.
type page struct {
	links   []string // absolute, in order, without fragments; each once
	icons   []string
	styles  []string // style sheets
	logos   []string // pictures that call themselves the logo
	feeds   []string
	wpAPI   string
	refresh string // target of a meta refresh
	script  string // target of a script that does nothing but leave
	words   int
}

// Limits on what one page may lead to.
const (
	maxLinks      = 500
	maxAnchors    = 20 * maxLinks // that are looked at, many of which may be the same
	maxRefresh    = 10            // seconds; what comes later is a page that reloads itself
	scriptWords   = 60            // a page with more words is a page, whatever its scripts say
	maxScriptText = 64 << 10
	maxSheets     = 16 // of the style sheets and logos that a page names
)

// leave finds location changes with a literal target.
var leave = regexp.MustCompile(`(?:^|[^\w.$])(?:(?:window|document|top|self|parent)\s*\.\s*)*location(?:\s*\.\s*href)?\s*(?:=\s*|\.\s*(?:replace|assign)\s*\(\s*)["']([^"'\s<>]{1,1000})["']`)

// linksSeen are the sets of look, empty between two pages.
var linksSeen = sync.Pool{New: func() any { return make(map[string]struct{}, 64) }}

// look reads a page in one pass over its bytes. It builds no tree and no tokens
// for what it does not need: it is done for every page that is fetched, and
// depth costs nothing. crawler/fingerprint reads the same bytes with the parser.
func look(body []byte, base *url.URL) page {
	p, unscripted := lookOnce(body, base)
	if len(p.links) == 0 && len(unscripted) > 0 {
		// A shell that scripts fill: what stands there for readers without them is the
		// page that we were given.
		shown, _ := lookOnce(unscripted, base)
		p.links = shown.links
	}
	return p
}

// lookOnce returns what stands in noscript elements beside the page.
func lookOnce(body []byte, base *url.URL) (p page, unscripted []byte) {
	origin := originOf(base)
	seen := linksSeen.Get().(map[string]struct{})
	defer func() { clear(seen); linksSeen.Put(seen) }()
	s := scanner{b: body}
	anchors := 0
	for s.next() {
		switch string(s.name) {
		case "a", "area":
			if anchors++; anchors > maxAnchors || len(p.links) == maxLinks {
				continue
			}
			if href := s.attr("href"); href != "" {
				if u, ok := webURL(base, origin, href); ok {
					if _, dup := seen[u]; !dup {
						seen[u] = struct{}{}
						if p.links == nil {
							p.links = make([]string, 0, 32)
						}
						p.links = append(p.links, u)
					}
				}
			}
		case "link":
			p.link(&s, base, origin)
		case "img":
			p.logo(&s, base, origin)
		case "meta":
			p.meta(&s, base)
		case "base":
			if href := s.attr("href"); href != "" {
				if u, err := base.Parse(href); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
					base, origin = u, originOf(u)
				}
			}
		case "noscript":
			if len(unscripted)+len(s.raw) <= maxScriptText {
				unscripted = append(unscripted, s.raw...)
			}
		case "script":
			if text := s.raw; p.script == "" && len(text) <= maxScriptText && bytes.Contains(text, []byte("location")) {
				if m := leave.FindSubmatch(text); m != nil {
					p.script = absolute(base, strings.ReplaceAll(string(m[1]), `\/`, "/"))
				}
			}
		}
	}
	if p.script != "" {
		p.words = countWords(body, scriptWords+1)
	}
	return p, unscripted
}

func (p *page) link(s *scanner, base *url.URL, origin string) {
	u, ok := webURL(base, origin, s.attr("href"))
	if !ok {
		return
	}
	rel, typ := " "+strings.ToLower(s.attr("rel"))+" ", s.attr("type")
	switch {
	case strings.Contains(rel, " icon ") && len(p.icons) < 4:
		p.icons = append(p.icons, u)
	case strings.Contains(rel, " alternate ") && (strings.Contains(typ, "rss") || strings.Contains(typ, "atom")) && len(p.feeds) < 4:
		p.feeds = append(p.feeds, u)
	case strings.Contains(rel, " https://api.w.org/ "):
		p.wpAPI = u
	case strings.Contains(rel, " stylesheet ") && len(p.styles) < maxSheets:
		p.styles = append(p.styles, u)
	}
}

// logo notes a picture whose tag has the word in its address, class or text.
func (p *page) logo(s *scanner, base *url.URL, origin string) {
	if len(p.logos) == maxSheets || !bytes.Contains(s.attrs, []byte("logo")) && !bytes.Contains(s.attrs, []byte("Logo")) && !bytes.Contains(s.attrs, []byte("LOGO")) {
		return
	}
	for _, key := range [...]string{"src", "data-src"} { // the first may be a blank, until a script puts the other there
		if u, ok := webURL(base, origin, s.attr(key)); ok {
			p.logos = append(p.logos, u)
			return
		}
	}
}

func (p *page) meta(s *scanner, base *url.URL) {
	if p.refresh != "" || !strings.EqualFold(strings.TrimSpace(s.attr("http-equiv")), "refresh") {
		return
	}
	delay, target, ok := refreshTarget(s.attr("content"))
	if !ok || delay > maxRefresh {
		return
	}
	p.refresh = absolute(base, target)
}

// refreshHeader is where the header Refresh sends a reader: the HTML standard takes
// it for a meta refresh that stands before all others, whatever the document is.
func refreshHeader(ex *tracker.Exchange, base *url.URL) (target, via string) {
	delay, ref, ok := refreshTarget(field(ex.Header, "Refresh"))
	if !ok || delay > maxRefresh {
		return "", ""
	}
	if target = absolute(base, ref); target == ex.URL {
		return "", ""
	}
	return target, "meta-refresh"
}

// utf8Body is a page of UTF-16 by its byte order mark, which is stronger than all
// else that is said of its charset, in UTF-8. Other charsets of the web spell tags
// as ASCII does.
func utf8Body(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// refreshTarget reads the content of a meta refresh as the HTML standard says,
// quotes and the missing "url=" included.
func refreshTarget(s string) (delay int, target string, ok bool) {
	s = strings.TrimSpace(s)
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 && !strings.HasPrefix(s, ".") {
		return 0, "", false
	}
	delay, err := strconv.Atoi(s[:i])
	if err != nil && i > 0 {
		return 0, "", false
	}
	s = strings.TrimLeft(s[i:], "0123456789. \t\n\r\f")
	if s == "" || s[0] != ';' && s[0] != ',' {
		return 0, "", false
	}
	s = strings.TrimLeft(s[1:], " \t\n\r\f")
	if len(s) >= 3 && strings.EqualFold(s[:3], "url") {
		if rest := strings.TrimLeft(s[3:], " \t\n\r\f"); strings.HasPrefix(rest, "=") {
			s = strings.TrimLeft(rest[1:], " \t\n\r\f")
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		q := s[0]
		s = s[1:]
		if j := strings.IndexByte(s, q); j >= 0 {
			s = s[:j]
		}
	}
	return delay, s, s != ""
}

// leadsTo is where the page itself sends a reader who sees next to nothing on
// it; via is how. A page that reloads itself leads nowhere.
func (p *page) leadsTo(self string) (target, via string) {
	switch {
	case p.refresh != "" && p.refresh != self:
		return p.refresh, "meta-refresh"
	case p.script != "" && p.script != self && p.words <= scriptWords:
		return p.script, "script"
	}
	return "", ""
}

// webURL is href made absolute, without fragment, where it leads to the web.
func webURL(base *url.URL, origin, href string) (string, bool) {
	href = strings.TrimSpace(href)
	if href == "" || href[0] == '#' || len(href) > 2048 {
		return "", false
	}
	if plainPath(href) {
		return origin + href, true
	}
	u, err := base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// plainPath says that a reference is a path from the root that parsing would
// give back unchanged: most links are.
func plainPath(s string) bool {
	if s[0] != '/' || len(s) > 1 && s[1] == '/' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '/':
		case c == '.' && s[i-1] != '/' && s[i-1] != '.':
		default:
			return false
		}
	}
	return true
}
