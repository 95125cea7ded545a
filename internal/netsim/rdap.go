package netsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

func (w *World) rdapScheme() string {
	if w.RDAPScheme != "" {
		return w.RDAPScheme
	}
	return "http"
}

func (w *World) rdapBase(r *registry) string { return w.rdapScheme() + "://" + r.rdapHost + r.rdapPath }

// Bootstrap is the file that IANA would publish for this world (RFC 9224): the
// RDAP servers of all suffixes that are listed there.
func (s *Server) Bootstrap() []byte {
	bases := map[string][]string{}
	for name, r := range s.topo.regs {
		if r.rdap == "bootstrap" && !strings.Contains(name, ".") {
			base := s.topo.w.rdapBase(r)
			bases[base] = append(bases[base], name)
		}
	}
	services := [][][]string{}
	for _, base := range sortedKeys(bases) {
		slices.Sort(bases[base])
		services = append(services, [][]string{bases[base], {base}})
	}
	b, err := json.Marshal(map[string]any{
		"version": "1.0", "publication": s.Now().Format(time.RFC3339),
		"description": "RDAP bootstrap file for Domain Name System registrations", "services": services,
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return b
}

// serveRDAP answers one request to an RDAP server (RFC 9082, 9083).
func (s *Server) serveRDAP(w http.ResponseWriter, r *http.Request, server string) {
	if server == ianaData {
		if r.URL.Path == "/rdap/dns.json" {
			s.count("bootstrap "+server, 1)
			w.Header().Set("Content-Type", "application/json")
			w.Write(s.Bootstrap())
			return
		}
		http.NotFound(w, r)
		return
	}
	s.count("rdap "+server, 1)
	now, v := s.current()
	base, name, ok := strings.Cut(r.URL.Path, "domain/")
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if f := s.once(v.serverFault("rdap-", server, name), name); f != nil {
		switch f.Kind {
		case "rdap-429":
			w.Header().Set("Retry-After", "60")
			rdapError(w, http.StatusTooManyRequests, "Too many requests")
		case "rdap-503":
			rdapError(w, http.StatusServiceUnavailable, "Service unavailable")
		case "rdap-html":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><title>Welcome</title><h1>Registry</h1>")
		case "rdap-timeout":
			s.hang(r)
		}
		return
	}
	if strings.HasSuffix(r.URL.Path, "/help") {
		rdapWrite(w, http.StatusOK, map[string]any{"notices": []any{map[string]any{"title": "Help", "description": []string{"domain/NAME"}}}})
		return
	}
	if !ok || !validName(name) {
		rdapError(w, http.StatusBadRequest, "Only domain queries are answered")
		return
	}
	reg := nearest(s.topo.regs, name)
	rec := v.record(name, now)
	if reg != nil && reg.rdap != "none" && reg.rdapHost == server && reg.rdapPath == base {
		if wait := s.throttled("rdap "+server, reg.throttle); wait > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds()+0.5)))
			rdapError(w, http.StatusTooManyRequests, "Too many requests")
			return
		}
	} else if rec == nil || rec.registrar.RDAP != server { // not this registry, nor the registrar
		rec = nil
	}
	if rec == nil {
		rdapError(w, http.StatusNotFound, "The requested object does not exist")
		return
	}
	rdapWrite(w, http.StatusOK, s.rdapDomain(rec, s.topo.w.rdapScheme()+"://"+server+base, rec.registrar.RDAP == server, now))
}

func rdapError(w http.ResponseWriter, code int, title string) {
	rdapWrite(w, code, map[string]any{"errorCode": code, "title": title, "description": []string{title}})
}

func rdapWrite(w http.ResponseWriter, code int, v map[string]any) {
	v["rdapConformance"] = []string{"rdap_level_0", "icann_rdap_response_profile_1", "redacted"}
	w.Header().Set("Content-Type", "application/rdap+json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(v)
}

// rdapDomain is the domain object of a record. The registrar's server shows the
// holder even where the registry is thin.
func (s *Server) rdapDomain(r *record, base string, registrar bool, now time.Time) map[string]any {
	event := func(action string, at time.Time) any {
		return map[string]any{"eventAction": action, "eventDate": at.UTC().Format(time.RFC3339)}
	}
	self := base + "domain/" + r.name
	links := []any{map[string]any{"value": self, "rel": "self", "href": self, "type": "application/rdap+json"}}
	if r.registrar.RDAP != "" && !registrar {
		related := s.topo.w.rdapScheme() + "://" + r.registrar.RDAP + "/domain/" + r.name
		links = append(links, map[string]any{"value": self, "rel": "related", "href": related, "type": "application/rdap+json"})
	}
	ns := []any{}
	for _, n := range r.nameservers {
		ns = append(ns, map[string]any{"objectClassName": "nameserver", "ldhName": n})
	}
	out := map[string]any{
		"objectClassName": "domain", "handle": r.handle, "ldhName": r.name, "status": r.statuses,
		"events": []any{
			event("registration", r.created), event("expiration", r.expires),
			event("last changed", r.updated), event("last update of RDAP database", now),
		},
		"nameservers": ns, "secureDNS": map[string]any{"delegationSigned": false}, "links": links,
		"entities": []any{registrarEntity(r.registrar)},
	}
	if r.reg.thin && !registrar {
		return out
	}
	holder, redactions := registrantEntity(r)
	out["entities"] = append(out["entities"].([]any), holder)
	if redactions != nil {
		out["redacted"] = redactions
	}
	return out
}

func vcard(props ...[]any) []any {
	list := []any{[]any{"version", map[string]any{}, "text", "4.0"}}
	for _, p := range props {
		if s, ok := p[len(p)-1].(string); !ok || s != "" {
			list = append(list, p)
		}
	}
	return []any{"vcard", list}
}

func text(name, value string) []any { return []any{name, map[string]any{}, "text", value} }

func tel(value string) []any {
	if value == "" {
		return text("tel", "")
	}
	return []any{"tel", map[string]any{"type": "voice"}, "uri", "tel:" + value}
}

func registrarEntity(r Registrar) map[string]any {
	e := map[string]any{
		"objectClassName": "entity", "roles": []string{"registrar"},
		"vcardArray": vcard(text("fn", r.Name)),
	}
	if r.IANAID != 0 {
		e["handle"] = fmt.Sprint(r.IANAID)
		e["publicIds"] = []any{map[string]any{"type": "IANA Registrar ID", "identifier": fmt.Sprint(r.IANAID)}}
	}
	if r.AbuseEmail != "" || r.AbusePhone != "" {
		e["entities"] = []any{map[string]any{
			"objectClassName": "entity", "roles": []string{"abuse"},
			"vcardArray": vcard(text("fn", "Abuse Contact"), tel(r.AbusePhone), text("email", r.AbuseEmail)),
		}}
	}
	return e
}

// registrantEntity shows the holder, or what RFC 9537 leaves of him.
func registrantEntity(r *record) (map[string]any, []any) {
	h := Registrant{}
	if r.registrant != nil {
		h = *r.registrant
	}
	country := []any{"adr", map[string]any{"cc": h.Country}, "text", []any{"", "", "", "", "", "", ""}}
	e := map[string]any{"objectClassName": "entity", "roles": []string{"registrant"}}
	if !r.redacted {
		e["vcardArray"] = vcard(text("fn", h.Name), text("org", h.Org), tel(h.Phone), text("email", h.Email), country)
		return e, nil
	}
	e["vcardArray"] = vcard([]any{"fn", map[string]any{}, "text", ""}, country)
	var redactions []any
	for _, what := range []string{"Registrant Name", "Registrant Organization", "Registrant Phone", "Registrant Email"} {
		redactions = append(redactions, map[string]any{"name": map[string]any{"description": what}, "method": "removal", "reason": map[string]any{"description": "Server policy"}})
	}
	return e, redactions
}
