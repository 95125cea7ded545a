package casefile

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"respawn/tracker"
)

var (
	brokenDot    = regexp.MustCompile(`(?i)\s*[\[({]\s*(?:\.|dot|punkt|point)\s*[\])}]\s*|\\\.|\[\.|\.\]`)
	brokenColon  = regexp.MustCompile(`\[\s*:\s*(//)?\s*\]`)
	brokenScheme = regexp.MustCompile(`(?i)^(?:h[tx*]{2}ps?|fxp|ftp):(?://|\\\\)?`)
)

// Refang reads the name out of one cell as people write it: a name or URL, with
// or without the marks that keep programs from making it a link (METHODS of
// published lists: hxxp, [.] (.) {.} [dot], zero-width characters), a remark
// behind it ("jiraboom[.]pro (Hosted a spoof of Der Spiegel)"), user, port and
// path. A leading "www." is dropped where a registrable domain is left. remark is
// what stood behind the name, empty if nothing did. The error wraps
// [tracker.ErrName]; a public suffix itself (co.uk) is refused, since watching
// it would watch the world.
func Refang(cell string) (name tracker.Name, remark string, err error) {
	name, remark, err = refang(cell)
	if err == nil && name.Registrable() == "" {
		return "", "", fmt.Errorf("%w: %q is a public suffix, not a site", tracker.ErrName, string(name))
	}
	return name, remark, err
}

// refang lets public suffixes through: gov.pl is a genuine outlet.
func refang(cell string) (name tracker.Name, remark string, err error) {
	s := strings.TrimSpace(strings.Map(visible, cell))
	s = brokenColon.ReplaceAllString(s, ":$1")
	s = brokenDot.ReplaceAllString(s, ".")
	s = strings.TrimLeft(s, "<\"'`“”„‚‘’«»*. \t")
	s = brokenScheme.ReplaceAllString(s, "")
	s = strings.TrimLeft(s, "/")
	host := s
	if i := strings.IndexFunc(s, endsName); i >= 0 {
		host, remark = s[:i], strings.TrimSpace(s[i:])
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host = host[:i]
	}
	host = strings.TrimRight(host, ".")
	if dec, err := url.PathUnescape(host); err == nil {
		host = dec
	}
	n, err := tracker.ParseName(host)
	if err != nil {
		return "", "", err
	}
	if rest, ok := strings.CutPrefix(string(n), "www."); ok && tracker.Name(rest).Registrable() != "" {
		n = tracker.Name(rest)
	}
	if suffix, icann := n.PublicSuffix(); !icann && !strings.Contains(suffix, ".") {
		return "", "", fmt.Errorf("%w: %q: there is no top level %q", tracker.ErrName, string(n), suffix)
	}
	return n, remark, nil
}

// visible drops characters that take no room (RFC 5892 and UTS 39 allow none of
// them in a name) and makes every blank a plain one.
func visible(r rune) rune {
	switch {
	case r == '\u00ad' || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2064' || r == '\ufeff':
		return -1
	case r != '\n' && unicode.IsSpace(r):
		return ' '
	}
	return r
}

// endsName says that what follows is path, remark or punctuation.
func endsName(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("/\\?#,;()<>[]{}\"'`“”„‚‘’«»|", r)
}
