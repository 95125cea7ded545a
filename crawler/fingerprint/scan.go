package fingerprint

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// A scanner finds the tokens of a page that is in memory where golang.org/x/net/html
// finds them, the tokenizer that it replaces: that one reads byte by byte from a
// reader and keeps each attribute, which was half of the time of reading a page. Text,
// tags, comments and raw text of the plain kind are found here; what is out of the
// ordinary (declarations, scripts with a comment in them, tokens of a megabyte) is left
// to the tokenizer, token by token, which is possible because its tokens partition the
// bytes. A test holds both to the same tokens.
//
// Of attributes of the same name a tag keeps all; self-closing tags are start tags.
type scanner struct {
	b    []byte // never written to: others read the same body
	pos  int
	raw  []byte // the token as sent; of tags a copy, which may be changed until the next
	text []byte // of a comment
	tag  string // the element whose raw text comes next; "" for none
	done bool   // a tag did not end: nothing follows
	copy []byte
}

// bigToken is the size from which the tokenizer decides, and maxToken its limit.
const (
	bigToken = 1 << 20
	maxToken = 4 << 20
)

func (z *scanner) next() html.TokenType {
	if z.done || z.pos >= len(z.b) {
		return html.ErrorToken
	}
	if z.tag != "" {
		tag := z.tag
		z.tag = ""
		if n := z.rawText(tag); n > 0 {
			return z.take(html.TextToken, n)
		}
		if z.done {
			return html.ErrorToken
		}
	}
	rest := z.b[z.pos:]
	if n := textLen(rest); n >= bigToken {
		return z.slow()
	} else if n > 0 {
		return z.take(html.TextToken, n)
	}
	switch c := rest[1]; {
	case isLetter(c):
		end := tagEnd(rest, 1)
		if end < 0 {
			z.done = true
			return html.ErrorToken
		}
		if end >= bigToken {
			return z.slow()
		}
		z.takeTag(end)
		z.tag = rawTag(z.raw)
		return html.StartTagToken
	case c == '/' && len(rest) > 2 && isLetter(rest[2]):
		end := tagEnd(rest, 2)
		if end < 0 {
			z.done = true
			return html.ErrorToken
		}
		if end >= bigToken {
			return z.slow()
		}
		z.takeTag(end)
		return html.EndTagToken
	}
	if n := commentLen(rest); n > 0 && n < bigToken {
		text := rest[len("<!--") : n-len("-->")]
		if bytes.IndexByte(text, '&') < 0 && bytes.IndexByte(text, '\r') < 0 && bytes.IndexByte(text, 0) < 0 {
			z.text = text
			return z.take(html.CommentToken, n)
		}
	}
	return z.slow()
}

func (z *scanner) take(t html.TokenType, n int) html.TokenType {
	z.raw = z.b[z.pos : z.pos+n : z.pos+n]
	z.pos += n
	return t
}

func (z *scanner) takeTag(n int) {
	z.copy = append(z.copy[:0], z.b[z.pos:z.pos+n]...)
	z.raw = z.copy
	z.pos += n
}

// slow asks the tokenizer for the one token that begins here.
func (z *scanner) slow() html.TokenType {
	t := html.NewTokenizer(bytes.NewReader(z.b[z.pos:]))
	t.SetMaxBuf(maxToken)
	tt := t.Next()
	if tt == html.ErrorToken {
		z.done = true
		return tt
	}
	n := len(t.Raw())
	switch tt {
	case html.StartTagToken, html.SelfClosingTagToken:
		z.takeTag(n)
		z.tag = rawTag(z.raw)
		return html.StartTagToken
	case html.EndTagToken:
		z.takeTag(n)
		return tt
	case html.CommentToken:
		z.text = bytes.Clone(t.Text())
	}
	z.done = n >= maxToken // it was cut there, and the tokenizer gives up
	return z.take(tt, n)
}

// rawText is the length of the text in which tags are text, up to the end tag of its
// element or, without one, the end of the page.
func (z *scanner) rawText(tag string) int {
	rest := z.b[z.pos:]
	n := rawEnd(rest, tag)
	if tag != "plaintext" && n < bigToken && (tag != "script" || !bytes.Contains(rest[:n], []byte("<!--"))) {
		return n
	}
	t := html.NewTokenizer(io.MultiReader(strings.NewReader("<"+tag+">"), bytes.NewReader(rest)))
	t.SetMaxBuf(maxToken)
	t.Next()
	if tt := t.Next(); tt != html.TextToken {
		z.done = tt == html.ErrorToken
		return 0
	}
	n = len(t.Raw())
	z.done = n >= maxToken
	return n
}

// rawEnd is where the end tag of an element of raw text begins.
func rawEnd(b []byte, tag string) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("</"))
		if i < 0 {
			return len(b)
		}
		at += i
		name := b[at+2:]
		if len(name) > len(tag) && sameFold(name[:len(tag)], tag) && endsName(name[len(tag)]) {
			return at
		}
		at += 2
	}
}

func sameFold(b []byte, lower string) bool {
	for i := range lower {
		if b[i] != lower[i] && b[i] != lower[i]-('a'-'A') {
			return false
		}
	}
	return true
}

func endsName(c byte) bool { return isBlank(c) || c == '/' || c == '>' }

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// textLen is the length of the text before the first tag, comment or declaration; 0
// where one begins here. A "<" that begins nothing is text.
func textLen(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 || at+i+1 >= len(b) {
			return len(b)
		}
		at += i
		switch c := b[at+1]; {
		case isLetter(c), c == '!', c == '?':
			return at
		case c == '/':
			if at == 0 && len(b) == 2 { // the last two bytes of the page
				return 2
			}
			return at
		}
		at++
	}
}

// rawTag is the name of an element whose content is raw text, "" for any other.
func rawTag(raw []byte) string {
	end := 1
	for end < len(raw) && !endsName(raw[end]) {
		end++
	}
	name := raw[1:end]
	if len(name) < 3 || len(name) > 9 {
		return ""
	}
	for _, t := range []string{"iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp"} {
		if len(t) == len(name) && sameFold(name, t) {
			return t
		}
	}
	return ""
}

// tagEnd is the index after the ">" of a tag whose name begins at i, -1 where the page
// ends before. Quotation marks count only where a value begins with one.
func tagEnd(b []byte, i int) int {
	for i < len(b) && !endsName(b[i]) {
		i++
	}
	for {
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i >= len(b) {
			return -1
		}
		if b[i] == '>' {
			return i + 1
		}
		for start := i; i < len(b) && !endsName(b[i]) && (b[i] != '=' || i == start); {
			i++
		}
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i >= len(b) {
			return -1
		}
		if b[i] == '/' {
			i++
			continue
		}
		if b[i] != '=' {
			continue
		}
		i++
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i >= len(b) {
			return -1
		}
		switch q := b[i]; q {
		case '>':
		case '"', '\'':
			j := bytes.IndexByte(b[i+1:], q)
			if j < 0 {
				return -1
			}
			i += j + 2
		default:
			for i < len(b) && !isBlank(b[i]) && b[i] != '>' {
				i++
			}
		}
	}
}

// commentLen is the length of a comment of the plain kind, 0 where none begins here
// or where it ends in another way than "-->".
func commentLen(b []byte) int {
	const open = len("<!--")
	if len(b) < open+1 || string(b[:open]) != "<!--" || b[open] == '-' || b[open] == '>' {
		return 0
	}
	i := bytes.Index(b[open:], []byte("--"))
	if i < 0 || open+i+2 >= len(b) || b[open+i+2] != '>' {
		return 0
	}
	return open + i + 3
}
