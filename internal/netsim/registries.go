package netsim

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// A registry runs a suffix: it knows who holds which name.
type registry struct {
	suffix   string
	rdap     string // bootstrap, unlisted, none
	rdapHost string
	rdapPath string
	whois    string // host, or none
	format   string
	free     string
	thin     bool
	redacted bool
	wildcard *Wildcard
	throttle *Throttle
}

// builtin is what is publicly known of real registries, as of 2024-2026: RDAP
// host and base path, whether the IANA bootstrap lists it, WHOIS host, record
// format and the words for a free name. A dash means none; empty fields keep
// the default of the kind of suffix.
var builtin = []struct {
	suffixes            string
	rdap, rdapBase      string
	whois, format, free string
}{
	{"com net", "bootstrap", "rdap.verisign.com/{tld}/v1/", "whois.verisign-grs.com", "verisign", `No match for domain "{NAME}".`},
	{"cc", "bootstrap", "tld-rdap.verisign.com/cc/v1/", "ccwhois.verisign-grs.com", "verisign", `No match for "{NAME}".`},
	{"tv", "bootstrap", "rdap.nic.tv/", "whois.nic.tv", "", `No match for "{NAME}".`},
	{"org", "bootstrap", "rdap.publicinterestregistry.org/rdap/", "whois.publicinterestregistry.org", "", "Domain not found."},
	{"info agency ltd media life live today world news email digital center", "bootstrap", "rdap.identitydigital.services/rdap/", "", "", "Domain not found."},
	{"pw online site press space store tech website fun host", "bootstrap", "rdap.radix.host/rdap/", "", "", "DOMAIN NOT FOUND"},
	{"top", "bootstrap", "rdap.zdnsgtld.com/top/", "", "", "The queried object does not exist: DOMAIN NOT FOUND"},
	{"app dev page", "bootstrap", "pubapi.registry.google/rdap/", "-", "", ""},
	{"so", "unlisted", "rdap.nic.so/", "whois.nic.so", "", "No Object Found"},
	{"io sh ac me", "unlisted", "rdap.identitydigital.services/rdap/", "", "", "Domain not found."},
	{"co", "unlisted", "rdap.registry.co/co/", "whois.registry.co", "", "DOMAIN NOT FOUND"},
	{"to", "bootstrap", "rdap.tonicregistry.to/rdap/", "whois.tonicregistry.to", "", "No match for {name}"},
	{"de", "unlisted", "rdap.denic.de/", "whois.denic.de", "denic", "Domain: {name}\nStatus: free"},
	{"ch li", "unlisted", "rdap.nic.ch/", "whois.nic.ch", "", "We do not have an entry in our database matching your query."},
	{"us", "unlisted", "rdap.nic.us/", "whois.nic.us", "", "No Data Found"},
	{"ws", "unlisted", "rdap.website.ws/", "whois.website.ws", "", "The queried object does not exist"},
	{"fr re pm wf tf yt", "bootstrap", "rdap.nic.fr/", "whois.nic.fr", "afnic", "%% NOT FOUND"},
	{"uk", "bootstrap", "rdap.nominet.uk/uk/", "whois.nic.uk", "nominet", `No match for "{name}".`},
	{"nl", "bootstrap", "rdap.sidn.nl/", "whois.domain-registry.nl", "", "{name} is free"},
	{"in", "bootstrap", "rdap.nixiregistry.in/rdap/", "whois.nixiregistry.in", "", "No Data Found"},
	{"fm", "bootstrap", "rdap.centralnic.com/fm/", "", "", "DOMAIN NOT FOUND"},
	{"ai", "bootstrap", "rdap.identitydigital.services/rdap/", "", "", "Domain not found."},
	{"no", "bootstrap", "rdap.norid.no/", "whois.norid.no", "", "% No match"},
	{"cz", "bootstrap", "rdap.nic.cz/", "whois.nic.cz", "", "%ERROR:101: no entries found"},
	{"pl", "bootstrap", "rdap.dns.pl/", "whois.dns.pl", "", "No information available about domain name {name} in the Registry NASK database."},
	{"ua", "bootstrap", "rdap.hostmaster.ua/", "whois.ua", "", "% No entries found for {name}"},
	{"eu", "none", "", "whois.eu", "dnsbe", "Domain: {name}\nScript: LATIN\n\nStatus: AVAILABLE"},
	{"be", "none", "", "whois.dns.be", "dnsbe", "Domain:\t{name}\nStatus:\tAVAILABLE"},
	{"it", "none", "", "whois.nic.it", "nicit", "Domain:             {name}\nStatus:             AVAILABLE"},
	{"ru su", "none", "", "whois.tcinet.ru", "tcinet", "No entries found for the selected source(s)."},
	{"at", "none", "", "whois.nic.at", "", "% nothing found"},
	{"dk", "none", "", "whois.punktum.dk", "", "No entries found for the selected source."},
	{"se", "none", "", "whois.iis.se", "", `domain "{name}" not found.`},
	{"es pt gr", "none", "", "-", "", ""},
	{"cn", "none", "", "whois.cnnic.cn", "", "No matching record."},
	{"jp", "none", "", "whois.jprs.jp", "", "No match!!"},
	{"br", "bootstrap", "rdap.registro.br/", "whois.registro.br", "", "% No match for {name}"},
	{"au", "bootstrap", "rdap.cctld.au/rdap/", "whois.auda.org.au", "", "NOT FOUND"},
	{"ca", "bootstrap", "rdap.ca.fury.ca/rdap/", "whois.cira.ca", "", "Not found: {name}"},
}

// builtinWildcards are suffixes whose registries answer every name, with what
// they answered in 2026 (zonedb).
var builtinWildcards = map[string]string{
	"ws":         "64.70.19.203",
	"vg":         "88.198.29.97",
	"ph":         "45.79.222.138",
	"xn--node":   "188.93.95.11",
	"xn--fiqs8s": "218.241.105.10",
	"xn--fiqz9s": "218.241.105.10",
}

// freeTexts are words of small registries, given out by hash where nothing is
// known of the real one.
var freeTexts = []string{
	"No Object Found", "Domain not found.", "NOT FOUND", `No match for "{NAME}".`,
	"No Data Found", "% No entries found", "Domain Status: No Object Found", "Status: free", "{name} is available",
}

// registries makes the registry of every suffix: what is built in, then what
// the world says. A suffix below another takes after its parent.
func registries(w *World) map[string]*registry {
	names := suffixNames()
	for _, s := range sortedKeys(w.Suffixes) {
		if !slices.Contains(names, s) {
			names = append(slices.Clip(names), s)
		}
	}
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	known := map[string]int{}
	for i, b := range builtin {
		for s := range strings.FieldsSeq(b.suffixes) {
			known[s] = i
		}
	}
	out := make(map[string]*registry, len(names))
	for _, name := range names {
		var r registry
		if parent := nearest(out, name); parent != nil {
			r = *parent
			r.suffix, r.wildcard = name, nil
		} else {
			r = defaultRegistry(name)
			if i, ok := known[name]; ok {
				r.know(i)
			}
			if a := builtinWildcards[name]; a != "" {
				r.wildcard = &Wildcard{Addresses: []string{a}}
			}
		}
		if s, ok := w.Suffixes[name]; ok {
			r.override(s)
		}
		out[name] = &r
	}
	return out
}

// nearest returns the registry of the longest suffix above name.
func nearest(regs map[string]*registry, name string) *registry {
	for {
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return nil
		}
		if r := regs[rest]; r != nil {
			return r
		}
		name = rest
	}
}

func defaultRegistry(suffix string) registry {
	top := suffix[strings.LastIndexByte(suffix, '.')+1:]
	r := registry{
		suffix: suffix, rdap: "bootstrap", rdapHost: "rdap.nic." + top, rdapPath: "/",
		whois: "whois.nic." + top, format: "generic", free: "Domain not found.", redacted: true,
	}
	if len(top) == 2 { // ccTLD: ISO 3166 codes, and nothing else, have two letters
		r.rdap = "none"
		r.free = freeTexts[hash32(top)%uint32(len(freeTexts))]
	}
	if top == "arpa" {
		r.rdap, r.whois = "none", "none"
	}
	return r
}

func (r *registry) know(i int) {
	b := builtin[i]
	r.rdap = b.rdap
	if b.rdapBase != "" {
		host, path, _ := strings.Cut(strings.ReplaceAll(b.rdapBase, "{tld}", r.suffix), "/")
		r.rdapHost, r.rdapPath = host, "/"+path
	}
	if b.whois == "-" {
		r.whois = "none"
	} else if b.whois != "" {
		r.whois = b.whois
	}
	if b.format != "" {
		r.format = b.format
	}
	r.thin = r.format == "verisign"
	if b.free != "" {
		r.free = b.free
	}
}

func (r *registry) override(s Suffix) {
	set := func(dst *string, v string) {
		if v != "" {
			*dst = v
		}
	}
	set(&r.rdap, s.RDAP)
	set(&r.rdapHost, s.RDAPHost)
	set(&r.rdapPath, s.RDAPPath)
	set(&r.whois, s.WHOIS)
	set(&r.format, s.Format)
	set(&r.free, s.Free)
	if !strings.HasPrefix(r.rdapPath, "/") {
		r.rdapPath = "/" + r.rdapPath
	}
	if !strings.HasSuffix(r.rdapPath, "/") {
		r.rdapPath += "/"
	}
	if s.Thin != nil {
		r.thin = *s.Thin
	}
	if s.Redacted != nil {
		r.redacted = *s.Redacted
	}
	if s.Wildcard != nil {
		r.wildcard = s.Wildcard
	}
	if s.Throttle != nil {
		t := *s.Throttle
		if t.Per.Duration == 0 {
			t.Per.Duration = time.Minute
		}
		if t.Text == "" {
			t.Text = "WHOIS LIMIT EXCEEDED"
		}
		r.throttle = &t
	}
}

func (r *registry) freeText(name string) string {
	return strings.NewReplacer("{name}", name, "{NAME}", strings.ToUpper(name)).Replace(r.free)
}

func hash32(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
