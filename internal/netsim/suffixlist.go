package netsim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

//go:embed data/iana-tlds.txt.gz
var ianaList []byte

//go:embed data/public-suffix-list.txt.gz
var publicSuffixList []byte

// suffixNames lists every suffix that exists in every world, parents before
// children: the IANA list, the rules of the Public Suffix List without wildcard
// and exception rules, the reverse trees, and example for what a world invents
// (RFC 2606 keeps it out of the real root, so it can't be mistaken for a real
// name).
var suffixNames = sync.OnceValue(func() []string {
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for name := range lines(ianaList) {
		add(strings.ToLower(name))
	}
	add("example")
	add("arpa")
	add("in-addr.arpa")
	add("ip6.arpa")
	for line := range lines(publicSuffixList) {
		rule, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rule == "" || strings.HasPrefix(rule, "//") || strings.ContainsAny(rule, "*!") {
			continue
		}
		name, err := idna.Lookup.ToASCII(rule)
		if err != nil || !validName(name) {
			continue
		}
		if top := name[strings.LastIndexByte(name, '.')+1:]; !seen[top] {
			continue // delegated once, no longer in the root
		}
		add(name)
	}
	slices.SortStableFunc(out, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return out
})

func lines(gz []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		r, err := gzip.NewReader(bytes.NewReader(gz))
		if err != nil {
			panic(err) // embedded
		}
		sc := bufio.NewScanner(r)
		for sc.Scan() {
			if s := sc.Text(); s != "" && !strings.HasPrefix(s, "#") && !yield(s) {
				return
			}
		}
	}
}

var suffixSet = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, s := range suffixNames() {
		out[s] = true
	}
	return out
})

// isSuffix reports whether a name is a suffix in this world.
func (w *World) isSuffix(name string) bool {
	if suffixSet()[name] {
		return true
	}
	_, ok := w.Suffixes[name]
	return ok
}

// suffixAbove returns the longest suffix above name, "" if there is none.
func (w *World) suffixAbove(name string) string {
	for {
		_, rest, ok := strings.Cut(name, ".")
		if !ok || w.isSuffix(rest) {
			return rest
		}
		name = rest
	}
}
