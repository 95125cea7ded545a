package tracker

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

//go:embed data/public-suffix-list-2026-08-19.dat.gz
var pslGz []byte

// PublicSuffixList is the text of the list by which names are cut, as published on
// 2026-08-19 (https://publicsuffix.org/list/public_suffix_list.dat, MPL-2.0). The
// slice is the caller's own.
func PublicSuffixList() []byte {
	r, err := gzip.NewReader(bytes.NewReader(pslGz))
	if err != nil {
		panic(err) // the list is fixed at build time
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return b
}

// What the list says of a name; more than one may hold.
type suffixRule uint8

const (
	rulePlain     suffixRule = 1 << iota // it is a suffix
	ruleWild                             // every name directly below it is one
	ruleException                        // it is none, although ruleWild of its parent says so
	rulePrivate                          // by the list's private section: a hoster's, not a registry's
	ruleWildPriv                         // the same of ruleWild
)

var suffixRules = sync.OnceValue(func() map[string]suffixRule { return parseSuffixRules(PublicSuffixList()) })

func parseSuffixRules(list []byte) map[string]suffixRule {
	rules := make(map[string]suffixRule, 11_000)
	private := false
	sc := bufio.NewScanner(bytes.NewReader(list))
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if strings.HasPrefix(line, "//") {
			private = private || strings.Contains(line, "BEGIN PRIVATE")
			continue
		}
		if line == "" {
			continue
		}
		name, rule, mark := line, rulePlain, rulePrivate
		if n, ok := strings.CutPrefix(line, "*."); ok {
			name, rule, mark = n, ruleWild, ruleWildPriv
		} else if n, ok := strings.CutPrefix(line, "!"); ok {
			name, rule = n, ruleException
		}
		if ascii, err := idna.Punycode.ToASCII(name); err == nil {
			name = ascii
		}
		if private {
			rule |= mark
		}
		rules[strings.ToLower(name)] |= rule
	}
	return rules
}

// PublicSuffix is [Name.Suffix], and whether it is a registry's own: icann is false
// for what the list has in its private section (github.io is no registry) and for
// a top level that the list does not know.
func (n Name) PublicSuffix() (suffix string, icann bool) {
	at, rule := n.suffixAt()
	return string(n[at:]), rule != 0 && rule&rulePrivate == 0
}

// suffixAt is where the public suffix begins, and the rule that says so: 0 for a
// top level that the list does not know.
func (n Name) suffixAt() (int, suffixRule) {
	// The longest rule wins, an exception beats all (algorithm of
	// publicsuffix.org/list): walk from the whole name to the right.
	rules := suffixRules()
	for at, prev := 0, -1; ; {
		dot := strings.IndexByte(string(n[at:]), '.')
		switch r := rules[string(n[at:])]; {
		case r&ruleException != 0 && dot >= 0:
			return at + dot + 1, rulePlain
		case r&ruleWild != 0 && prev >= 0:
			if r&ruleWildPriv != 0 {
				return prev, rulePlain | rulePrivate
			}
			return prev, rulePlain
		case r&rulePlain != 0:
			return at, r
		case dot < 0 && at < len(n) && n[at] >= '0' && n[at] <= '9':
			return 0, 0 // an address: no part of it is anybody's suffix
		case dot < 0:
			return at, 0
		}
		prev, at = at, at+dot+1
	}
}

// Suffix is the public suffix of the name (Public Suffix List, ICANN and private
// section: for spiegel.co.com it is co.com). A name that is itself a suffix is
// its own suffix; a top level that the list does not know counts as one.
func (n Name) Suffix() string {
	at, _ := n.suffixAt()
	return string(n[at:])
}

// Registrable is the registrable domain, suffix and one label, that the name
// lies in or is; the zero Name where the name is itself a public suffix.
func (n Name) Registrable() Name {
	at, _ := n.suffixAt()
	if at < 2 || n[0] == '.' || n[len(n)-1] == '.' || strings.Contains(string(n), "..") {
		return "" // a suffix, or no name
	}
	return n[strings.LastIndexByte(string(n[:at-1]), '.')+1:]
}

// Label is the label before the public suffix, the part that campaigns keep:
// "spiegel" for news.spiegel.co.com. Empty where the name is a public suffix.
func (n Name) Label() string {
	label, _, _ := strings.Cut(string(n.Registrable()), ".")
	return label
}
