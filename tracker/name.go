package tracker

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// A Name is a host or domain name in canonical form: lower case, A-labels
// (RFC 5890), no trailing dot, at most 253 octets, labels of letters, digits,
// hyphens and underscores. The zero Name is no name. Make one with [ParseName];
// a Name that was made by conversion has not been checked.
type Name string

// ErrName is wrapped by every error of [ParseName].
var ErrName = errors.New("not a domain name")

// lookup maps as UTS 46 asks for look-ups, but leaves the length of the name
// and the underscore to ParseName, because DNS names that are not host names
// (_dmarc.example.com) are names too.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.BidiRule())

// ParseName brings one plain (not defanged, no URL) domain name into canonical
// form. Unicode labels become A-labels after UTS 46 mapping. It refuses, with an
// error wrapping [ErrName], the empty name, IP addresses, single labels, empty
// labels, labels over 63 octets, names over 253 octets, and any octet that a
// resolver or WHOIS server must never be sent (blanks, CR, LF, quotes).
func ParseName(s string) (Name, error) {
	t := strings.TrimSuffix(strings.TrimSpace(s), ".")
	if t == "" {
		return "", fmt.Errorf("%w: it is empty", ErrName)
	}
	if len(t) > 1024 || !utf8.ValidString(t) {
		return "", fmt.Errorf("%w: %.40q is too long or not UTF-8", ErrName, t)
	}
	a, err := lookup.ToASCII(t)
	if err != nil {
		return "", fmt.Errorf("%w: %q: %v", ErrName, t, err)
	}
	a = strings.ToLower(a)
	if len(a) > 253 {
		return "", fmt.Errorf("%w: %.40q is longer than 253 octets", ErrName, a)
	}
	labels := strings.Split(a, ".")
	if len(labels) < 2 {
		return "", fmt.Errorf("%w: %q has no dot", ErrName, a)
	}
	for _, l := range labels {
		if err := checkLabel(l); err != nil {
			return "", fmt.Errorf("%w: %q: %v", ErrName, a, err)
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		return "", fmt.Errorf("%w: %q ends in a number", ErrName, a)
	}
	return Name(a), nil
}

func checkLabel(l string) error {
	switch {
	case l == "":
		return errors.New("a label is empty")
	case len(l) > 63:
		return fmt.Errorf("label %.20q is longer than 63 octets", l)
	case l[0] == '-' || l[len(l)-1] == '-':
		return fmt.Errorf("label %q begins or ends with a hyphen", l)
	}
	for i := range len(l) {
		c := l[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			continue
		}
		return fmt.Errorf("label %q has the character %q", l, c)
	}
	return nil
}

// MustName is ParseName for constants; it panics on a bad name.
func MustName(s string) Name {
	n, err := ParseName(s)
	if err != nil {
		panic(err)
	}
	return n
}

// Defang writes the name so that no program turns it into a link: every dot in
// brackets. Names are shown to people in this form only.
func (n Name) Defang() string { return strings.ReplaceAll(string(n), ".", "[.]") }

// Unicode is the name with its A-labels decoded, or the name itself where they
// decode to nothing else. It is for people beside the A-label form, never alone:
// look-alike letters are the point of many such names.
func (n Name) Unicode() string {
	u, err := idna.ToUnicode(string(n))
	if err != nil {
		return string(n)
	}
	return u
}

// Under says whether the name is zone or lies below it.
func (n Name) Under(zone Name) bool {
	return n == zone || strings.HasSuffix(string(n), "."+string(zone))
}
