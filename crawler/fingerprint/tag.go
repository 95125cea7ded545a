package fingerprint

import (
	"bytes"

	"golang.org/x/net/html"
)

// The tokenizer finds tags and text; their bytes are read here from its raw
// token, because its own accessors copy every name and value several times,
// which was half of the time of reading a page.

// plain is raw text or an attribute value with its entities decoded. It is raw
// itself where there are none.
func plain(raw []byte) []byte {
	if bytes.IndexByte(raw, '&') < 0 {
		return raw
	}
	return []byte(html.UnescapeString(string(raw)))
}

// tagName is the name in a raw tag token, in lower case; it may be changed in
// place. rest is what follows it.
func tagName(raw []byte) (name, rest []byte) {
	i := 1
	if i < len(raw) && raw[i] == '/' {
		i++
	}
	start := i
	for i < len(raw) && raw[i] > ' ' && raw[i] != '/' && raw[i] != '>' {
		i++
	}
	return lowerASCII(raw[start:i]), raw[i:]
}

func lowerASCII(b []byte) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// nextAttr takes one attribute off the rest of a raw tag. The key is in lower
// case; value has its entities decoded. ok is false at the end of the tag.
func nextAttr(b []byte) (key, value, rest []byte, ok bool) {
	i := 0
	for i < len(b) && (b[i] <= ' ' || b[i] == '/') {
		i++
	}
	if i >= len(b) || b[i] == '>' {
		return nil, nil, nil, false
	}
	start := i
	i++ // a name may begin with '='
	for i < len(b) && b[i] > ' ' && b[i] != '/' && b[i] != '>' && b[i] != '=' {
		i++
	}
	key = lowerASCII(b[start:i])
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	if i >= len(b) || b[i] != '=' {
		return key, nil, b[i:], true
	}
	i++
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	if i >= len(b) {
		return key, nil, nil, true
	}
	if q := b[i]; q == '"' || q == '\'' {
		i++
		j := bytes.IndexByte(b[i:], q)
		if j < 0 {
			return nil, nil, nil, false
		}
		return key, plain(b[i : i+j]), b[i+j+1:], true
	}
	start = i
	for i < len(b) && b[i] > ' ' && b[i] != '>' {
		i++
	}
	return key, plain(b[start:i]), b[i:], true
}
