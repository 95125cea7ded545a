package netsim

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// serveWHOIS answers one question (RFC 3912) on a connection to a WHOIS server.
func (s *Server) serveWHOIS(c *visit, server string) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(io.LimitReader(c, 1024)).ReadString('\n')
	if err != nil {
		return
	}
	fields := strings.Fields(strings.ToLower(line))
	query := ""
	if len(fields) > 0 { // registries take options before the name
		query = strings.TrimSuffix(strings.TrimPrefix(fields[len(fields)-1], "="), ".")
	}
	s.count("whois "+server, 1)
	text, reset := s.whoisAnswer(server, query)
	if reset {
		abort(c.Conn)
		return
	}
	io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n"))
}

func (s *Server) whoisAnswer(server, query string) (text string, reset bool) {
	now, v := s.current()
	reg := nearest(s.topo.regs, query)
	if f := s.once(v.serverFault("whois-", server, query), query); f != nil {
		switch f.Kind {
		case "whois-empty":
			return "", false
		case "whois-reset":
			return "", true
		case "whois-limit":
			return limitText(reg), false
		}
	}
	if server == ianaWHOIS {
		return s.ianaAnswer(query), false
	}
	rec := v.record(query, now)
	if reg != nil && (reg.whois == server || server == "whois.nic."+reg.suffix) {
		if s.throttled("whois "+server, reg.throttle) > 0 {
			return limitText(reg), false
		}
		if rec == nil {
			return freeAnswer(reg, query), false
		}
		return registryText(rec, now), false
	}
	if rec != nil && rec.registrar.WHOIS == server {
		return genericText(rec, now, true), false
	}
	for _, r := range s.topo.w.Registrars {
		if r.WHOIS == server {
			return fmt.Sprintf("No match for domain %q.\n", strings.ToUpper(query)), false
		}
	}
	return "% This server has no information about the requested suffix.\n", false
}

func limitText(reg *registry) string {
	if reg != nil && reg.throttle != nil {
		return reg.throttle.Text + "\n"
	}
	return "WHOIS LIMIT EXCEEDED\n"
}

// ianaAnswer refers to the registry of a suffix, as whois.iana.org does.
func (s *Server) ianaAnswer(query string) string {
	top := query[strings.LastIndexByte(query, '.')+1:]
	r := s.topo.regs[top]
	head := "% IANA WHOIS server\n% for more information on IANA, visit http://www.iana.org\n% This query returned "
	if r == nil {
		return head + "0 objects\n"
	}
	var b strings.Builder
	b.WriteString(head + "1 object\n\n")
	if r.whois != "none" {
		fmt.Fprintf(&b, "refer:        %s\n\n", r.whois)
	}
	fmt.Fprintf(&b, "domain:       %s\n\n", strings.ToUpper(top))
	for _, h := range suffixServers(top) {
		fmt.Fprintf(&b, "nserver:      %s %s\n", strings.ToUpper(h), s.topo.addr[h])
	}
	if r.whois != "none" {
		fmt.Fprintf(&b, "\nwhois:        %s\n", r.whois)
	}
	b.WriteString("\nstatus:       ACTIVE\nsource:       IANA\n")
	return b.String()
}

func freeAnswer(reg *registry, name string) string {
	text := reg.freeText(name) + "\n"
	if reg.format == "verisign" {
		text += ">>> Last update of whois database: 2024-01-01T00:00:00Z <<<\n"
	}
	return text
}

func registryText(r *record, now time.Time) string {
	switch r.reg.format {
	case "denic":
		return denicText(r)
	case "afnic":
		return afnicText(r)
	case "nominet":
		return nominetText(r)
	case "tcinet":
		return tcinetText(r)
	case "dnsbe":
		return dnsbeText(r)
	case "nicit":
		return nicitText(r)
	}
	return genericText(r, now, !r.reg.thin)
}

const whoisTime = "2006-01-02T15:04:05Z"

// genericText is the form that ICANN's contracts ask of gTLDs and that many
// others follow; thin registries leave the contacts out.
func genericText(r *record, now time.Time, thick bool) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	indent := ""
	if r.reg.format == "verisign" && !thick {
		indent = "   "
	}
	line(indent+"Domain Name", strings.ToUpper(r.name))
	line(indent+"Registry Domain ID", r.handle)
	line(indent+"Registrar WHOIS Server", r.registrar.WHOIS)
	line(indent+"Registrar URL", r.registrar.URL)
	line(indent+"Updated Date", r.updated.Format(whoisTime))
	line(indent+"Creation Date", r.created.Format(whoisTime))
	line(indent+"Registry Expiry Date", r.expires.Format(whoisTime))
	line(indent+"Registrar", r.registrar.Name)
	if r.registrar.IANAID != 0 {
		line(indent+"Registrar IANA ID", fmt.Sprint(r.registrar.IANAID))
	}
	line(indent+"Registrar Abuse Contact Email", r.registrar.AbuseEmail)
	line(indent+"Registrar Abuse Contact Phone", r.registrar.AbusePhone)
	for _, s := range r.statuses {
		e := eppStatus(s)
		line(indent+"Domain Status", e+" https://icann.org/epp#"+e)
	}
	if thick {
		const hidden = "REDACTED FOR PRIVACY"
		h := Registrant{Name: hidden, Org: hidden, Email: hidden, Phone: hidden}
		if r.registrant != nil {
			h.Country = r.registrant.Country
			if !r.redacted {
				h = *r.registrant
			}
		}
		line("Registrant Name", h.Name)
		line("Registrant Organization", h.Org)
		line("Registrant Country", h.Country)
		line("Registrant Phone", h.Phone)
		line("Registrant Email", h.Email)
	}
	for _, ns := range r.nameservers {
		line(indent+"Name Server", strings.ToUpper(ns))
	}
	line(indent+"DNSSEC", "unsigned")
	fmt.Fprintf(&b, ">>> Last update of WHOIS database: %s <<<\n", now.Format(whoisTime))
	return b.String()
}

// denicText: DENIC tells neither dates of creation nor registrar nor holder.
func denicText(r *record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Domain: %s\n", r.name)
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "Nserver: %s\n", ns)
	}
	status := "connect"
	if len(r.nameservers) == 0 {
		status = "failed"
	}
	fmt.Fprintf(&b, "Status: %s\nChanged: %s\n", status, r.updated.Format("2006-01-02T15:04:05-07:00"))
	return b.String()
}

func afnicText(r *record) string {
	var b strings.Builder
	status := "ACTIVE"
	if held(r) {
		status = "HOLD"
	}
	fmt.Fprintf(&b, "%%%%\n%%%% This is the AFNIC Whois server.\n%%%%\n\ndomain:                        %s\nstatus:                        %s\n", r.name, status)
	for _, s := range r.statuses {
		fmt.Fprintf(&b, "eppstatus:                     %s\n", eppStatus(s))
	}
	fmt.Fprintf(&b, "registrar:                     %s\nExpiry Date:                   %s\ncreated:                       %s\nlast-update:                   %s\nsource:                        FRNIC\n\n",
		r.registrar.Name, r.expires.Format(whoisTime), r.created.Format(whoisTime), r.updated.Format(whoisTime))
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "nserver:                       %s\n", ns)
	}
	fmt.Fprintf(&b, "source:                        FRNIC\n\nregistrar:                     %s\n", r.registrar.Name)
	if r.registrar.AbuseEmail != "" {
		fmt.Fprintf(&b, "e-mail:                        %s\n", r.registrar.AbuseEmail)
	}
	return b.String()
}

func nominetText(r *record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n    Domain name:\n        %s\n\n    Registrar:\n        %s\n        URL: %s\n\n    Relevant dates:\n        Registered on: %s\n        Expiry date:  %s\n        Last updated:  %s\n\n    Registration status:\n        Registered until expiry date.\n\n    Name servers:\n",
		r.name, r.registrar.Name, r.registrar.URL, r.created.Format("02-Jan-2006"), r.expires.Format("02-Jan-2006"), r.updated.Format("02-Jan-2006"))
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "        %s\n", ns)
	}
	return b.String()
}

func tcinetText(r *record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%% TCI Whois Service.\n\ndomain:        %s\n", strings.ToUpper(r.name))
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "nserver:       %s.\n", ns)
	}
	state := "REGISTERED, DELEGATED, VERIFIED"
	if held(r) || len(r.nameservers) == 0 {
		state = "REGISTERED, NOT DELEGATED, VERIFIED"
	}
	fmt.Fprintf(&b, "state:         %s\nperson:        Private Person\nregistrar:     %s\ncreated:       %s\npaid-till:     %s\nsource:        TCI\n",
		state, r.registrar.Name, r.created.Format(whoisTime), r.expires.Format(whoisTime))
	return b.String()
}

func dnsbeText(r *record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Domain:\t%s\nStatus:\tNOT AVAILABLE\nRegistered:\t%s\n\nRegistrant:\n\tNot shown, please visit the web site of the registry.\n\nRegistrar:\n\tName:\t%s\n\tWebsite:\t%s\n\nNameservers:\n",
		r.name, r.created.Format("Mon Jan 2 2006"), r.registrar.Name, r.registrar.URL)
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "\t%s\n", ns)
	}
	b.WriteString("\nFlags:\n")
	for _, s := range r.statuses {
		fmt.Fprintf(&b, "\t%s\n", eppStatus(s))
	}
	return b.String()
}

func nicitText(r *record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nDomain:             %s\nStatus:             %s\nSigned:             no\nCreated:            %s\nLast Update:        %s\nExpire Date:        %s\n\nRegistrar\n  Organization:     %s\n  Name:             %s\n  Web:              %s\n\nNameservers\n",
		r.name, strings.Join(r.statuses, " / "), r.created.Format(time.DateTime), r.updated.Format(time.DateTime), r.expires.Format(time.DateOnly),
		r.registrar.Name, strings.ToUpper(r.registrar.Name), r.registrar.URL)
	for _, ns := range r.nameservers {
		fmt.Fprintf(&b, "  %s\n", ns)
	}
	return b.String()
}

func held(r *record) bool {
	for _, s := range r.statuses {
		if s == "client hold" || s == "server hold" {
			return true
		}
	}
	return false
}
