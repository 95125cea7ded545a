package fingerprint

import (
	"bytes"
	_ "embed"
	"net/url"
	"regexp"
	"strings"

	"respawn/tracker"
)

//go:embed vendors.txt
var vendorsTXT []byte

// vendors are the registrable domains that serve scripts to everybody.
var vendors = func() map[tracker.Name]bool {
	m := map[tracker.Name]bool{}
	for line := range bytes.Lines(vendorsTXT) {
		if s := strings.TrimSpace(string(line)); s != "" && s[0] != '#' {
			m[tracker.Name(s)] = true
		}
	}
	return m
}()

// services adds who serves scripts to a page of own: a server that is neither the site
// nor a vendor's is one that few load from.
func (s idSet) services(d *document, base *url.URL, own tracker.Name) {
	serves := func(ref, where string) {
		u, ok := resolveRef(base, ref)
		if !ok {
			return
		}
		if reg := registrable(u); reg != own && strings.Contains(string(reg), ".") && !vendors[reg] {
			s.add(KindScriptHost, string(reg), where)
		}
	}
	for _, ref := range d.loads {
		if !rootPath(ref) {
			serves(ref, "src")
		}
	}
	for _, code := range d.scripts {
		if !bytes.Contains(code, createElement) || !bytes.Contains(code, []byte("script")) {
			continue
		}
		for _, m := range loaded.FindAllSubmatch(code, 8) {
			serves("https:"+string(m[1]), "script")
		}
	}
	for _, m := range plausible.FindAllSubmatch(d.inlined, 8) {
		for _, v := range strings.Split(strings.ToLower(string(m[1])), ",") {
			// Plausible counts by domain; that of another site is a counter that moved
			// with its page, or one for several sites.
			if v = strings.TrimSpace(v); v != "" && tracker.Name(v).Registrable() != own {
				s.add(KindPlausible, v, "script")
			}
		}
	}
}

// createElement is how a script puts another one into the page, and loaded the beginning
// of an address that it takes it from.
var (
	createElement = []byte("createElement")
	loaded        = regexp.MustCompile(`["'](?:https?:)?(//[a-zA-Z0-9.-]{4,100})(?:/|["'])`)
)

// plausible is the script of Plausible Analytics, theirs or on a server of one's own.
var plausible = regexp.MustCompile(`(?:plausible\.|/js/(?:script|plausible)[a-z.-]*\.js)[^\n]* data-domain="([a-zA-Z0-9._,-]{4,200})"`)
