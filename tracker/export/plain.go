package export

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain takes from foreign text what could command a terminal, reorder letters or
// hide some: escape sequences (with their payload, as in OSC 8 links), control,
// bidirectional and zero-width characters, variation selectors and tags. Line
// breaks and tabs become blanks.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	s = escapeSequence.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), invisible(r):
			return -1
		}
		return r
	}, s)
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// invisible are the characters that change how others are read without being
// seen: bidirectional controls (UAX 9), zero-width joiners and spaces, soft
// hyphen, variation selectors, tags, and interlinear annotation.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0, r == 0xfeff:
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

// escapeSequence matches ECMA-48 control sequences and the control strings (OSC,
// DCS, APC, PM, SOS) with what they carry, in their 7-bit and 8-bit forms. An
// unfinished control string goes up to the end of the text: a terminal would
// swallow it, too.
var escapeSequence = regexp.MustCompile(`(?s)(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}\x{9e}\x{9f}]).*?(?:\x07|\x1b\\|\x{9c}|$)|(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?`)

// hostname matches what a mail or chat program would turn into a link.
var (
	hostname = regexp.MustCompile(`(?i)[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_-]*)(?:\.[\p{L}\p{N}_][\p{L}\p{N}\p{M}_-]*)*\.(?:\p{L}{2,}|xn--[a-z0-9-]+)`)
	scheme   = regexp.MustCompile(`(?i)\bh(tt)(ps?:)`)
	mailbox  = regexp.MustCompile(`([\p{L}\p{N}_.+-])@([\p{L}\p{N}_])`)
)

// Defang is foreign text for people: plain, and with nothing in it that a program
// would turn into a link. http:// becomes hxxp://, every dot of a host name [.],
// and the @ of an address [at]. A dot between digits is left alone.
func Defang(s string) string {
	s = Plain(s)
	if !strings.ContainsAny(s, ".:@") {
		return s
	}
	s = scheme.ReplaceAllString(s, "hxx$2")
	s = mailbox.ReplaceAllString(s, "$1[at]$2")
	return hostname.ReplaceAllStringFunc(s, func(h string) string { return strings.ReplaceAll(h, ".", "[.]") })
}

// shorten cuts s to at most n bytes at a character, with an ellipsis where it cut.
func shorten(s string, n int) string {
	const ellipsis = "…"
	if len(s) <= n {
		return s
	}
	n -= len(ellipsis)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + ellipsis
}
