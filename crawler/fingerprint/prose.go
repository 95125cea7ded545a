package fingerprint

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// text takes a token of text in, which is a script, a title or words, by the element
// of raw text that it stands in.
func (r *reader) text(raw atom.Atom) {
	d := r.d
	switch raw {
	case atom.Script, atom.Noscript:
		if t := r.z.raw; len(t) > 8 && len(t) < maxScripts {
			if raw == atom.Script && r.data {
				d.jsonld = append(d.jsonld, bytes.Clone(t))
			} else {
				d.scripts = append(d.scripts, bytes.Clone(t))
			}
			if raw == atom.Noscript && len(r.unscripted)+len(t) < maxText {
				r.unscripted = append(r.unscripted, t...)
			}
		}
		return
	case atom.Style:
		d.addStyle(r.z.raw)
		return
	case atom.Title:
		if d.title == "" {
			d.title = squeeze(plain(r.z.raw), 512)
		}
		return
	case atom.Textarea, atom.Iframe, atom.Template, atom.Select:
		return
	}
	if len(d.visible) > maxText {
		return
	}
	t := plain(r.z.raw)
	before := len(r.block)
	inWord := len(r.block) > 0 && !r.spaced
	for i := 0; i < len(t); {
		c := t[i]
		if c < utf8.RuneSelf {
			i++
			if c <= ' ' {
				if !r.spaced {
					r.block = append(r.block, ' ')
					r.spaced = true
				}
				inWord = false
				continue
			}
			if !inWord {
				inWord = true
				d.words++
			}
			j := i
			for j < len(t) && t[j] > ' ' && t[j] < utf8.RuneSelf {
				j++
			}
			r.block = append(r.block, t[i-1:j]...)
			i, r.spaced = j, false
			continue
		}
		ru, n := utf8.DecodeRune(t[i:])
		if unicode.IsSpace(ru) {
			if !r.spaced {
				r.block = append(r.block, ' ')
				r.spaced = true
			}
			inWord = false
			i += n
			continue
		}
		if !inWord || wide(ru) {
			inWord = !wide(ru)
			d.words++
		}
		r.block = append(r.block, t[i:i+n]...)
		r.spaced = false
		i += n
	}
	got := r.block[before:]
	if r.inA > 0 {
		r.blockA += len(got)
		if len(r.aText) < 512 {
			r.aText = append(r.aText, got...)
		}
	}
	if r.hLevel > 0 && len(r.hText) < 512 {
		r.hText = append(r.hText, got...)
	}
	if r.strong > 0 && len(r.sText) < 512 {
		r.sText = append(r.sText, got...)
	}
}

// wide says that a rune is a word by itself: scripts without blanks.
func wide(r rune) bool {
	return r >= 0x2E80 && (unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hiragana, r) || unicode.Is(unicode.Katakana, r))
}

// minProse is how many bytes a block needs to be prose, and maxLinked the share
// of them that may be link text: what readability calls link density.
const (
	minProse  = 60
	maxLinked = 0.35
)

// flush ends a block of text.
func (r *reader) flush() {
	b := bytes.TrimSpace(r.block)
	if len(b) > 0 {
		d := r.d
		d.visible = append(append(d.visible, b...), '\n')
		long := len(b) >= minProse || r.hLevel > 0 && len(b) >= 20
		if long && r.quiet == [4]int{} && float64(r.blockA) <= maxLinked*float64(len(b)) {
			d.article = append(append(d.article, b...), '\n')
		}
		if r.inArt > 0 {
			d.prose += bytes.Count(b, []byte(" ")) + 1
		}
	}
	r.block, r.blockA, r.spaced = r.block[:0], 0, true
}

func quietIndex(a atom.Atom) int {
	switch a {
	case atom.Nav:
		return 0
	case atom.Footer:
		return 1
	case atom.Aside:
		return 2
	case atom.Form:
		return 3
	}
	return -1
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Li, atom.Ul, atom.Ol, atom.Td, atom.Th, atom.Tr,
		atom.Table, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Nav, atom.Aside, atom.Blockquote, atom.Pre,
		atom.Br, atom.Hr, atom.Dd, atom.Dt, atom.Dl, atom.Figure, atom.Figcaption, atom.Form, atom.Body, atom.Center, atom.Option, atom.Button:
		return true
	}
	return false
}
