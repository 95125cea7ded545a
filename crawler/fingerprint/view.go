package fingerprint

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"respawn/tracker"
)

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
