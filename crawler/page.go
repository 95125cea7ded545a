package crawler

import (
	"bytes"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A page is what the crawler itself needs to know of an HTML body: where it
// leads. What it means is the business of crawler/fingerprint.
type page struct {
	links   []string // absolute, in order, without fragments; each once
	icons   []string
	feeds   []string
	wpAPI   string
	refresh string // target of a meta refresh
	script  string // target of a script that does nothing but leave
	words   int
}

// Limits on what one page may lead to.
const (
	maxLinks      = 500
	maxTokens     = 400_000
	maxRefresh    = 10 // seconds; what comes later is a page that reloads itself
	scriptWords   = 60 // a page with more words is a page, whatever its scripts say
	maxScriptText = 64 << 10
)

// leave finds location changes with a literal target.
var leave = regexp.MustCompile(`(?:^|[^\w.$])(?:(?:window|document|top|self|parent)\s*\.\s*)*location(?:\s*\.\s*href)?\s*(?:=\s*|\.\s*(?:replace|assign)\s*\(\s*)["']([^"'\s<>]{1,1000})["']`)

// look reads a page in one pass over its tokens; it builds no tree, so depth
// costs nothing.
func look(body []byte, base *url.URL) page {
	var p page
	var inScript bool
	var skip atom.Atom
	seen := make(map[string]struct{}, 64)
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	for range maxTokens {
		switch z.Next() {
		case html.ErrorToken:
			return p
		case html.TextToken:
			switch {
			case inScript:
				if p.script == "" {
					text := z.Raw()
					if len(text) <= maxScriptText && bytes.Contains(text, []byte("location")) {
						if m := leave.FindSubmatch(text); m != nil {
							p.script = absolute(base, strings.ReplaceAll(string(m[1]), `\/`, "/"))
						}
					}
				}
			case skip == 0 && p.words <= scriptWords:
				p.words += len(bytes.Fields(z.Raw()))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); a == atom.Script {
				inScript = false
			} else if a == skip {
				skip = 0
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch atom.Lookup(name) {
			case atom.Script:
				inScript = true
			case atom.Style, atom.Noscript, atom.Title, atom.Template:
				skip = atom.Lookup(name)
			case atom.A, atom.Area:
				if href := attr(z, more, "href"); href != "" && len(p.links) < maxLinks {
					if u, ok := webURL(base, href); ok {
						if _, dup := seen[u]; !dup {
							seen[u] = struct{}{}
							p.links = append(p.links, u)
						}
					}
				}
			case atom.Link:
				p.link(z, more, base)
			case atom.Meta:
				p.meta(z, more, base)
			case atom.Base:
				if href := attr(z, more, "href"); href != "" {
					if u, err := base.Parse(href); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
						base = u
					}
				}
			}
		}
	}
	return p
}

// attr is one attribute of the current tag.
func attr(z *html.Tokenizer, more bool, want string) string {
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if string(k) == want {
			return string(v)
		}
	}
	return ""
}

func attrs(z *html.Tokenizer, more bool) map[string]string {
	m := make(map[string]string, 4)
	for range 32 {
		if !more {
			break
		}
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, dup := m[string(k)]; !dup {
			m[string(k)] = string(v)
		}
	}
	return m
}

func (p *page) link(z *html.Tokenizer, more bool, base *url.URL) {
	m := attrs(z, more)
	u, ok := webURL(base, m["href"])
	if !ok {
		return
	}
	rel := " " + strings.ToLower(m["rel"]) + " "
	switch {
	case strings.Contains(rel, " icon ") && len(p.icons) < 4:
		p.icons = append(p.icons, u)
	case strings.Contains(rel, " alternate ") && (strings.Contains(m["type"], "rss") || strings.Contains(m["type"], "atom")) && len(p.feeds) < 4:
		p.feeds = append(p.feeds, u)
	case strings.Contains(rel, " https://api.w.org/ "):
		p.wpAPI = u
	}
}

func (p *page) meta(z *html.Tokenizer, more bool, base *url.URL) {
	m := attrs(z, more)
	if p.refresh != "" || !strings.EqualFold(strings.TrimSpace(m["http-equiv"]), "refresh") {
		return
	}
	delay, target, ok := refreshTarget(m["content"])
	if !ok || delay > maxRefresh {
		return
	}
	p.refresh = absolute(base, target)
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
func webURL(base *url.URL, href string) (string, bool) {
	href = strings.TrimSpace(href)
	if href == "" || href[0] == '#' || len(href) > 2048 {
		return "", false
	}
	u, err := base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}
