package crawler

import (
	"bytes"
	"html"
)

// A scanner walks over the start tags of a page. Comments, and what stands
// inside script, style and other raw-text elements, hold no tags. It follows the
// tokenisation of the HTML standard as far as finding tags and attributes needs;
// every byte is looked at a bounded number of times.
type scanner struct {
	b []byte
	i int

	at    int    // of the current tag's '<'
	name  []byte // of the current tag, lower case
	attrs []byte // between name and '>'
	raw   []byte // content of the current raw-text element
	buf   [16]byte
}

// next goes to the next start tag; false at the end.
func (s *scanner) next() bool {
	for {
		j := bytes.IndexByte(s.b[s.i:], '<')
		if j < 0 || s.i+j+1 >= len(s.b) {
			s.at, s.i = len(s.b), len(s.b)
			return false
		}
		s.at = s.i + j
		s.i = s.at + 1
		c := s.b[s.i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
			s.tag()
			return true
		case s.b[s.i] == '!' && bytes.HasPrefix(s.b[s.i:], []byte("!--")):
			s.past([]byte("-->"), 1)
		case s.b[s.i] == '!' || s.b[s.i] == '?' || s.b[s.i] == '/':
			s.past([]byte(">"), 0)
		}
	}
}

// past goes behind the next end, looking from skip on.
func (s *scanner) past(end []byte, skip int) {
	from := min(s.i+skip, len(s.b))
	if j := bytes.Index(s.b[from:], end); j >= 0 {
		s.i = from + j + len(end)
		return
	}
	s.i = len(s.b)
}

// tag reads the start tag at i.
func (s *scanner) tag() {
	start := s.i
	for s.i < len(s.b) && !endsName(s.b[s.i]) {
		s.i++
	}
	s.name = s.buf[:0]
	for _, c := range s.b[start:min(s.i, start+len(s.buf))] {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		s.name = append(s.name, c)
	}
	if s.i-start > len(s.buf) {
		s.name = s.name[:0]
	}
	from := s.i
	if j := bytes.IndexByte(s.b[from:], '>'); j < 0 {
		s.i = len(s.b)
	} else if a := s.b[from : from+j]; bytes.IndexByte(a, '"') < 0 && bytes.IndexByte(a, '\'') < 0 {
		s.i = from + j
	} else {
		s.i = from + tagEnd(s.b[from:])
	}
	s.attrs = s.b[from:s.i]
	if s.i < len(s.b) {
		s.i++
	}
	s.raw = nil
	switch string(s.name) {
	case "script", "style", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp":
		s.rawText()
	}
}

func endsName(c byte) bool { return c <= ' ' || c == '/' || c == '>' }

// rawText takes everything up to the element's own end tag.
func (s *scanner) rawText() {
	start := s.i
	for {
		j := bytes.Index(s.b[s.i:], []byte("</"))
		if j < 0 {
			s.i = len(s.b)
			s.raw = s.b[start:]
			return
		}
		at := s.i + j
		s.i = at + 2
		if n := len(s.name); at+2+n <= len(s.b) && bytes.EqualFold(s.b[at+2:at+2+n], s.name) {
			s.raw, s.i = s.b[start:at], at
			return
		}
	}
}

// tagEnd is the place of the '>' that ends the attributes in b, quotes
// respected; len(b) where none does.
func tagEnd(b []byte) int {
	a := attrReader{b: b}
	for a.next() {
	}
	return a.i
}

// An attrReader walks over attributes until '>' or the end.
type attrReader struct {
	b          []byte
	i          int
	key, value []byte
}

func (a *attrReader) next() bool {
	for a.i < len(a.b) && (a.b[a.i] <= ' ' || a.b[a.i] == '/') {
		a.i++
	}
	if a.i >= len(a.b) || a.b[a.i] == '>' {
		return false
	}
	start := a.i
	a.i++ // a name may begin with '='
	for a.i < len(a.b) && !endsName(a.b[a.i]) && a.b[a.i] != '=' {
		a.i++
	}
	a.key, a.value = a.b[start:a.i], nil
	for a.i < len(a.b) && a.b[a.i] <= ' ' {
		a.i++
	}
	if a.i >= len(a.b) || a.b[a.i] != '=' {
		return true
	}
	a.i++
	for a.i < len(a.b) && a.b[a.i] <= ' ' {
		a.i++
	}
	if a.i >= len(a.b) {
		return true
	}
	if q := a.b[a.i]; q == '"' || q == '\'' {
		a.i++
		j := bytes.IndexByte(a.b[a.i:], q)
		if j < 0 {
			a.i = len(a.b)
			return false
		}
		a.value = a.b[a.i : a.i+j]
		a.i += j + 1
		return true
	}
	start = a.i
	for a.i < len(a.b) && a.b[a.i] > ' ' && a.b[a.i] != '>' {
		a.i++
	}
	a.value = a.b[start:a.i]
	return true
}

// attr is the value of the first attribute with that name (in lower case),
// entities decoded; "" for none.
func (s *scanner) attr(name string) string {
	a := attrReader{b: s.attrs}
	for a.next() {
		if len(a.key) == len(name) && bytes.EqualFold(a.key, []byte(name)) {
			if bytes.IndexByte(a.value, '&') >= 0 {
				return html.UnescapeString(string(a.value))
			}
			return string(a.value)
		}
	}
	return ""
}

// countWords counts words between tags, up to limit.
func countWords(body []byte, limit int) int {
	n := 0
	s := scanner{b: body}
	for from := 0; n < limit; from = s.i {
		more := s.next()
		text := body[from:max(from, s.at)]
		for len(text) > 0 && n < limit {
			i := bytes.IndexByte(text, '<')
			if i < 0 {
				i = len(text)
			}
			n += len(bytes.Fields(text[:i]))
			if i == len(text) {
				break
			}
			j := bytes.IndexByte(text[i:], '>')
			if j < 0 {
				break
			}
			text = text[i+j+1:]
		}
		if !more {
			break
		}
	}
	return n
}
