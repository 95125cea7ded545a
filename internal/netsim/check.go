package netsim

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/miekg/dns"
	"go.yaml.in/yaml/v4"
)

// A checker judges a decoded world: references that lead nowhere, dates out of
// order, records and templates that do not parse. It also reads the files that
// the world refers to, so that serving touches no disk.
type checker struct {
	w        *World
	root     *yaml.Node
	read     func(string) ([]byte, error)
	problems []Problem
}

func (c *checker) addf(path []any, format string, args ...any) {
	c.problems = append(c.problems, Problem{lineOf(c.root, path...), fmt.Sprintf(format, args...)})
}

func sub(path []any, more ...any) []any { return append(slices.Clone(path), more...) }

func (c *checker) world() {
	w := c.w
	c.declared(reflect.ValueOf(*w), nil)
	if w.Format != 0 && w.Format != 1 {
		c.addf([]any{"world"}, "world: %d is not a format that this program knows (1)", w.Format)
	}
	if w.ScanHour < 0 || w.ScanHour > 23 {
		c.addf([]any{"scan_hour"}, "scan_hour: %d is not an hour", w.ScanHour)
	}
	if w.Calendar.To.Before(w.Calendar.From.Time) {
		c.addf([]any{"calendar"}, "calendar ends before it begins")
	} else if w.Calendar.To.Sub(w.Calendar.From.Time).Hours() > 24*3700 {
		c.addf([]any{"calendar"}, "calendar is longer than ten years")
	}
	for _, p := range w.Provenance.problems(true) {
		c.addf([]any{"provenance"}, "%s", p)
	}
	c.country([]any{"home"}, w.Home)
	for k, v := range w.Exits {
		c.country([]any{"exits", k}, v)
	}
	for k, t := range w.Templates {
		c.template([]any{"templates", k}, t)
	}
	for k, h := range w.Hosts {
		p := []any{"hosts", k}
		c.addresses(sub(p, "addresses"), h.Addresses)
		c.web(sub(p, "web"), h.Web, true)
		if h.PTR != "" {
			c.hostname(sub(p, "ptr"), h.PTR)
		}
	}
	for k, r := range w.Registrars {
		if !validName(k) || strings.Contains(k, ".") {
			c.addf([]any{"registrars", k}, "registrar key %q: want lower-case letters, digits and hyphens, since its name servers are named after it", k)
		}
		for _, f := range []struct{ key, host string }{{"whois", r.WHOIS}, {"rdap", r.RDAP}} {
			if f.host != "" && (f.key != "rdap" || f.host != "none") {
				c.server([]any{"registrars", k, f.key}, f.host)
			}
		}
	}
	for k, t := range w.Themes {
		p := []any{"themes", k}
		c.pages(sub(p, "pages"), t.Pages)
		if t.Article != nil {
			c.page(sub(p, "article"), *t.Article)
		}
		c.template(sub(p, "article_path"), t.ArticlePath)
		c.favicon(sub(p, "favicon"), t.Favicon)
	}
	for k, s := range w.Suffixes {
		c.suffix([]any{"suffixes", k}, k, s)
	}
	c.sites()
	for i, f := range w.Faults {
		c.fault([]any{"faults", i}, f)
	}
	c.expect()
}

// declared checks what the schema tags say: required keys and closed lists.
func (c *checker) declared(v reflect.Value, path []any) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.declared(v.Elem(), path)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				c.declared(v.Index(i), sub(path, i))
			}
		}
	case reflect.Map:
		if k := v.Type().Elem().Kind(); k == reflect.Struct {
			for _, key := range v.MapKeys() {
				c.declared(v.MapIndex(key), sub(path, key.String()))
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Instant]() || v.Type() == reflect.TypeFor[Duration]() || v.Type() == reflect.TypeFor[TimeOfDay]() {
			return
		}
		for f := range fieldsOf(v.Type()) {
			fv := v.FieldByIndex(f.index)
			if f.required && fv.IsZero() {
				c.addf(path, "%s is missing", f.name)
			}
			if s := ""; f.enum != nil && fv.Kind() == reflect.String {
				if s = fv.String(); s != "" && !slices.Contains(f.enum, s) {
					c.addf(sub(path, f.name), "%s: %q is none of %s", f.name, s, strings.Join(f.enum, ", "))
				}
			}
			c.declared(fv, sub(path, f.name))
		}
	}
}

func (c *checker) sites() {
	lives := map[string][]*Site{}
	for i := range c.w.Sites {
		s := &c.w.Sites[i]
		p := []any{"sites", i}
		if !validName(s.Name) || !strings.Contains(s.Name, ".") {
			c.addf(sub(p, "name"), "name: %q is not a lower-case registered domain", s.Name)
			continue
		}
		switch suffix := c.w.suffixAbove(s.Name); {
		case suffix == "":
			c.addf(sub(p, "name"), "%s: no such suffix; give it under 'suffixes'", s.Name)
		case c.w.isSuffix(s.Name):
			c.addf(sub(p, "name"), "%s is a suffix, not a registered domain", s.Name)
		case strings.Contains(strings.TrimSuffix(s.Name, "."+suffix), "."):
			c.addf(sub(p, "name"), "%s lies below a registered domain; use its 'subdomains'", s.Name)
		}
		for _, problem := range s.Provenance.problems(false) {
			c.addf(sub(p, "provenance"), "%s: %s", s.Name, problem)
		}
		if s.Registered.IsZero() {
			continue
		}
		if s.RegisteredTime.set && !s.Registered.IsDay() {
			c.addf(sub(p, "registered_time"), "%s: registered_time beside a 'registered' that already has a time", s.Name)
		}
		born := s.RegisteredAt()
		if !s.Dropped.IsZero() && !s.Dropped.After(born) {
			c.addf(sub(p, "dropped"), "%s is dropped before it is registered", s.Name)
		}
		for _, o := range lives[s.Name] {
			if (s.Dropped.IsZero() || s.Dropped.After(o.RegisteredAt())) && (o.Dropped.IsZero() || o.Dropped.After(born)) {
				c.addf(sub(p, "name"), "%s is registered twice at the same time", s.Name)
			}
		}
		lives[s.Name] = append(lives[s.Name], s)
		c.state(p, s.Name, &s.State)
		last := born
		for j := range s.Timeline {
			ph := &s.Timeline[j]
			pp := sub(p, "timeline", j)
			if ph.From.IsZero() {
				continue
			}
			// A phase given as the day of registration means from registration on.
			if from := ph.From.Time; from.Before(last) && !(ph.From.IsDay() && j == 0 && from.Add(24*3600e9).After(born)) {
				c.addf(sub(pp, "from"), "%s: phase %s is not in order of time (after %s)", s.Name, from.Format("2006-01-02 15:04"), last.Format("2006-01-02 15:04"))
			} else if from.After(last) {
				last = from
			}
			c.state(pp, s.Name, &ph.State)
		}
	}
}

func (c *checker) state(p []any, name string, s *State) {
	if s.Registrar != "" {
		if _, ok := c.w.Registrars[s.Registrar]; !ok {
			c.addf(sub(p, "registrar"), "%s: no registrar %q", name, s.Registrar)
		}
	}
	c.host(sub(p, "host"), s.Host)
	c.addresses(sub(p, "addresses"), s.Addresses)
	for i, ns := range s.Nameservers {
		c.server(sub(p, "nameservers", i), ns)
	}
	for i, r := range s.Records {
		if _, err := parseRecord(r, name, 300); err != nil {
			c.addf(sub(p, "records", i), "%s: %v", name, err)
		}
	}
	if s.TTL < 0 || s.TTL > 1<<31-1 {
		c.addf(sub(p, "ttl"), "%s: ttl %d", name, s.TTL)
	}
	c.web(sub(p, "web"), s.Web, true)
	for label, d := range s.Subdomains {
		pp := sub(p, "subdomains", label)
		if !validName(label + "." + name) {
			c.addf(pp, "%s: %q is not a label", name, label)
		}
		c.host(sub(pp, "host"), d.Host)
		c.addresses(sub(pp, "addresses"), d.Addresses)
		c.web(sub(pp, "web"), d.Web, true)
	}
	if s.Registrant != nil {
		c.country(sub(p, "registrant", "country"), s.Registrant.Country)
	}
	if s.Certificate != nil {
		for i, n := range s.Certificate.Names {
			if !validName(strings.TrimPrefix(n, "*.")) {
				c.addf(sub(p, "certificate", "names", i), "%s: %q is not a host name", name, n)
			}
		}
	}
}

func (c *checker) web(p []any, w *Web, visitors bool) {
	if w == nil {
		return
	}
	if w.Theme != "" {
		if _, ok := c.w.Themes[w.Theme]; !ok {
			c.addf(sub(p, "theme"), "no theme %q", w.Theme)
		}
	}
	for i, a := range w.Articles {
		if _, ok := c.w.Articles[a]; !ok {
			c.addf(sub(p, "articles", i), "no article %q", a)
		}
	}
	c.pages(sub(p, "pages"), w.Pages)
	c.favicon(sub(p, "favicon"), w.Favicon)
	c.status(sub(p, "status"), w.Status)
	if len(w.Visitors) > 0 && !visitors {
		c.addf(sub(p, "visitors"), "a visitor's web has visitors of its own")
		return
	}
	for i, v := range w.Visitors {
		pp := sub(p, "visitors", i)
		if reflect.ValueOf(v.When).IsZero() {
			c.addf(pp, "a visitor rule without a condition")
		}
		for _, f := range []struct{ key, re string }{{"user_agent", v.When.UserAgent}, {"referer", v.When.Referer}, {"path", v.When.Path}} {
			if _, err := regexp.Compile(f.re); err != nil {
				c.addf(sub(pp, "when", f.key), "%s: %v", f.key, err)
			}
		}
		for _, cc := range append(slices.Clone(v.When.Country), v.When.NotCountry...) {
			c.country(sub(pp, "when"), cc)
		}
		c.web(sub(pp, "web"), v.Web, false)
	}
}

func (c *checker) pages(p []any, pages map[string]Page) {
	for path, pg := range pages {
		if path != "*" && !strings.HasPrefix(path, "/") {
			c.addf(sub(p, path), "page %q: a path begins with / (or is *)", path)
		}
		c.page(sub(p, path), pg)
	}
}

func (c *checker) page(p []any, pg Page) {
	bodies := 0
	for _, b := range []string{pg.HTML, pg.Text, pg.File, pg.Template} {
		if b != "" {
			bodies++
		}
	}
	if bodies > 1 {
		c.addf(p, "a page has one body: html, text, file or template")
	}
	c.template(sub(p, "html"), pg.HTML)
	c.template(sub(p, "text"), pg.Text)
	if _, ok := c.w.Templates[pg.Template]; pg.Template != "" && !ok {
		c.addf(sub(p, "template"), "no template %q", pg.Template)
	}
	c.file(sub(p, "file"), pg.File)
	c.status(sub(p, "status"), pg.Status)
	if pg.Pad < 0 || pg.Pad > 1<<30 {
		c.addf(sub(p, "pad"), "pad: %d is not between 0 and 1 GiB", pg.Pad)
	}
}

func (c *checker) status(p []any, status int) {
	if status != 0 && (status < 200 || status > 599) {
		c.addf(p, "status %d is not between 200 and 599", status)
	}
}

func (c *checker) template(p []any, text string) {
	if _, err := template.New("").Funcs(templateFuncs).Parse(text); err != nil {
		c.addf(p, "%v", err)
	}
}

func (c *checker) favicon(p []any, f string) {
	kind, arg, _ := strings.Cut(f, ":")
	switch {
	case f == "", f == "none", kind == "seed" && arg != "":
	case kind == "file" && arg != "":
		c.file(p, arg)
	default:
		c.addf(p, "favicon %q: want seed:WORD, file:PATH or none", f)
	}
}

func (c *checker) file(p []any, path string) {
	if path == "" {
		return
	}
	if !filepath.IsLocal(path) {
		// A world is one folder that can be copied; one that reaches out of it
		// could also read what its author never meant to serve.
		c.addf(p, "file %q is not inside the folder of the world", path)
		return
	}
	if _, ok := c.w.files[path]; ok {
		return
	}
	b, err := c.read(filepath.Join(c.w.dir, path))
	if err != nil {
		c.addf(p, "file %q: %v", path, err)
		return
	}
	c.w.files[path] = b
}

func (c *checker) suffix(p []any, name string, s Suffix) {
	if !validName(name) {
		c.addf(p, "suffix %q is not a lower-case name", name)
	} else if top := name[strings.LastIndexByte(name, '.')+1:]; !c.w.isSuffix(top) {
		c.addf(p, "suffix %q: %q is no suffix of this world", name, top)
	}
	for _, f := range []struct{ key, host string }{{"rdap_host", s.RDAPHost}, {"whois", s.WHOIS}} {
		if f.host != "" && f.host != "none" {
			c.server(sub(p, f.key), f.host)
		}
	}
	if wc := s.Wildcard; wc != nil {
		c.host(sub(p, "wildcard", "host"), wc.Host)
		c.addresses(sub(p, "wildcard", "addresses"), wc.Addresses)
		for i, r := range wc.Records {
			if _, err := parseRecord("* "+r, "invalid", 300); err != nil {
				c.addf(sub(p, "wildcard", "records", i), "%v", err)
			}
		}
	}
	if s.Throttle != nil && s.Throttle.After < 0 {
		c.addf(sub(p, "throttle", "after"), "after: %d", s.Throttle.After)
	}
}

func (c *checker) fault(p []any, f Fault) {
	if !f.From.IsZero() && !f.To.IsZero() && !f.To.end().After(f.From.Time) {
		c.addf(p, "fault %s ends before it begins", f.Kind)
	}
	if f.Share < 0 || f.Share > 1 {
		c.addf(sub(p, "share"), "share %v is not between 0 and 1", f.Share)
	}
	if f.Times < 0 {
		c.addf(sub(p, "times"), "times: %d", f.Times)
	}
	if f.Kind == "lie" && len(f.Addresses) == 0 {
		c.addf(p, "a lie needs addresses")
	}
	c.addresses(sub(p, "addresses"), f.Addresses)
	for i, n := range f.Names {
		c.hostname(sub(p, "names", i), n)
	}
	for i, n := range f.Suffixes {
		c.hostname(sub(p, "suffixes", i), n)
	}
	for i, n := range f.Servers {
		c.hostname(sub(p, "servers", i), n)
	}
}

func (c *checker) expect() {
	known := map[string]bool{}
	for i := range c.w.Sites {
		known[c.w.Sites[i].Name] = true
	}
	e := c.w.Expect
	for i, r := range e.Replacements {
		if r.Name != "" && !known[r.Name] {
			c.addf([]any{"expect", "replacements", i}, "expected replacement %s is no site of this world", r.Name)
		}
	}
	for _, l := range []struct {
		key  string
		list []ExpectedInnocent
	}{{"innocents", e.Innocents}, {"unreported", e.Unreported}} {
		for i, r := range l.list {
			if r.Name != "" && !known[r.Name] && r.Kind != "wildcard" {
				c.addf([]any{"expect", l.key, i}, "%s is no site of this world", r.Name)
			}
		}
	}
}

func (c *checker) host(p []any, key string) {
	if _, ok := c.w.Hosts[key]; key != "" && !ok {
		c.addf(p, "no host %q", key)
	}
}

func (c *checker) addresses(p []any, list []string) {
	for i, a := range list {
		if _, err := netip.ParseAddr(a); err != nil {
			c.addf(sub(p, i), "%q is not an IP address", a)
		}
	}
}

func (c *checker) hostname(p []any, name string) {
	if !validName(name) {
		c.addf(p, "%q is not a lower-case host name", name)
	}
}

// server checks the name of a host that the world will give an address.
func (c *checker) server(p []any, name string) {
	switch {
	case !validName(name):
		c.hostname(p, name)
	case c.w.suffixAbove(name) == "" || c.w.isSuffix(name):
		c.addf(p, "%q is not a host name below a known suffix", name)
	}
}

func (c *checker) country(p []any, cc string) {
	if cc != "" && !isCountry(cc) {
		c.addf(p, "%q is not a two-letter country code in capitals", cc)
	}
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// validName reports whether s is a lower-case host name of letters, digits,
// hyphens and underscores that fits the limits of RFC 1035.
func validName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			b := label[i]
			if !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '_') {
				return false
			}
		}
	}
	return true
}

// parseRecord reads a zone-file line whose owner is relative to origin.
func parseRecord(line, origin string, ttl uint32) (dns.RR, error) {
	if strings.ContainsAny(line, "\r\n") {
		return nil, fmt.Errorf("record %q: want one line", line)
	}
	zp := dns.NewZoneParser(strings.NewReader(line+"\n"), dns.Fqdn(origin), "")
	zp.SetDefaultTTL(ttl)
	rr, ok := zp.Next()
	if err := zp.Err(); err != nil {
		return nil, fmt.Errorf("record %q: %v", line, err)
	}
	if !ok || rr == nil {
		return nil, fmt.Errorf("record %q: nothing in it", line)
	}
	rr.Header().Name = strings.ToLower(rr.Header().Name)
	if !dns.IsSubDomain(dns.Fqdn(origin), rr.Header().Name) {
		return nil, fmt.Errorf("record %q: its owner is outside %s", line, origin)
	}
	return rr, nil
}
