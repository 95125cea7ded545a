package netsim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	whoisparser "github.com/likexian/whois-parser"
)

const registrationWorld = `
world: 1
title: Registration
provenance: { others: invented }
case: c.csv
calendar: { from: 2024-03-01, to: 2024-03-20 }
registrars:
  key: { name: Key GmbH, iana_id: 269, abuse_email: abuse@key.example, abuse_phone: "+49.123", whois: whois.key.example, rdap: rdap.key.example }
suffixes:
  to: { throttle: { after: 2, per: 1m, text: "Quota exceeded" } }
  co: { rdap: bootstrap, rdap_host: rdap.nic.co, rdap_path: /v2, redacted: false }
sites:
  - { name: a.com, registered: 2020-02-29, registered_time: "08:15", registrar: key, expires: 2025-02-28, registrant: { name: Ann, org: Ann Ltd, email: a@a.com, phone: "+1.2", country: SE }, statuses: [client transfer prohibited], timeline: [ { from: 2024-03-05, statuses: [client hold], registrant: { org: The Agency, redacted: false } } ] }
  - { name: a.co, registered: 2024-03-02, registrar: key, registrant: { name: Bob, org: Bob SA, email: b@b.co, phone: "+1.3", country: CH } }
  - { name: a.org, registered: 2019-01-01, nameservers: [], dropped: 2024-03-10 }
  - { name: a.org, registered: 2024-03-12 }
  - { name: a.so, registered: 2024-03-01 }
  - { name: a.de, registered: 2024-03-01 }
  - { name: a.fr, registered: 2024-03-01 }
  - { name: a.co.uk, registered: 2024-03-01 }
  - { name: a.ru, registered: 2024-03-01 }
  - { name: a.be, registered: 2024-03-01 }
  - { name: a.it, registered: 2024-03-01 }
  - { name: a.io, registered: 2024-03-01 }
  - { name: a.lv, registered: 2024-03-01 }
faults:
  - { kind: rdap-429, suffixes: [com], from: 2024-03-03, to: 2024-03-03 }
  - { kind: rdap-503, servers: [rdap.verisign.com], from: 2024-03-04, to: 2024-03-04 }
  - { kind: rdap-html, names: [free.com], from: 2024-03-06, to: 2024-03-06 }
  - { kind: rdap-timeout, names: [a.com], from: 2024-03-06, to: 2024-03-06 }
  - { kind: whois-empty, suffixes: [so], from: 2024-03-03, to: 2024-03-03 }
  - { kind: whois-limit, suffixes: [so], from: 2024-03-04, to: 2024-03-04 }
  - { kind: whois-reset, suffixes: [so], from: 2024-03-05, to: 2024-03-05 }
`

type rdapDomain struct {
	LDHName string   `json:"ldhName"`
	Handle  string   `json:"handle"`
	Status  []string `json:"status"`
	Events  []struct {
		Action string    `json:"eventAction"`
		Date   time.Time `json:"eventDate"`
	} `json:"events"`
	Links []struct{ Rel, Href string } `json:"links"`
}

func (d rdapDomain) event(action string) string {
	for _, e := range d.Events {
		if e.Action == action {
			return e.Date.Format(time.RFC3339)
		}
	}
	return ""
}

func TestRDAPSpeaksForTheRegistry(t *testing.T) {
	s := start(t, parse(t, registrationWorld), "2024-03-02T02:00:00Z")
	web := via(t, s.SOCKSAddr(), nil)
	domain := func(url string, status int) (rdapDomain, string) {
		t.Helper()
		r, body := get(t, web, url)
		var d rdapDomain
		if err := json.Unmarshal([]byte(body), &d); r.StatusCode != status || err != nil {
			t.Errorf("%s: %s %v\n%s", url, r.Status, err, body)
		}
		return d, body
	}
	const com = "http://rdap.verisign.com/com/v1/domain/"
	d, body := domain(com+"A.COM", 200)
	if d.LDHName != "a.com" || d.event("registration") != "2020-02-29T08:15:00Z" || d.event("expiration") != "2025-02-28T00:00:00Z" || d.Status[0] != "client transfer prohibited" {
		t.Errorf("%+v", d)
	}
	if strings.Contains(body, "Ann") || !strings.Contains(body, "abuse@key.example") || strings.Contains(body, "registrant") {
		t.Errorf("a thin registry: %s", body)
	}
	if len(d.Links) != 2 || d.Links[1].Rel != "related" || d.Links[1].Href != "http://rdap.key.example/domain/a.com" {
		t.Errorf("links: %+v", d.Links)
	}
	if _, body = domain(d.Links[1].Href, 200); strings.Contains(body, "Ann") || !strings.Contains(body, `"SE"`) || !strings.Contains(body, `"redacted"`) {
		t.Errorf("the registrar redacts: %s", body)
	}
	domain("http://rdap.key.example/domain/a.org", 404) // not its customer
	domain(com+"free.com", 404)
	domain(com+"a.org", 404) // another registry's
	domain("http://rdap.verisign.com/net/v1/domain/a.com", 404)
	domain(com+"not_a..name", 400)
	domain("http://rdap.nic.co/v2/domain/a.co", 404)
	domain("http://rdap.nic.so/domain/a.so", 200)
	move(t, s, "2024-03-03T02:00:00Z")
	if _, body = domain("http://rdap.nic.co/v2/domain/a.co", 200); !strings.Contains(body, "Bob SA") {
		t.Errorf("not redacted: %s", body)
	}
	if r, _ := get(t, web, com+"a.com"); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
		t.Errorf("throttled: %v", r)
	}
	move(t, s, "2024-03-04T02:00:00Z")
	if r, _ := get(t, web, com+"free.com"); r.StatusCode != 503 {
		t.Errorf("broken: %v", r)
	}
	move(t, s, "2024-03-05T02:00:00Z")
	if d, _ = domain(com+"a.com", 200); d.Status[0] != "client hold" || d.event("last changed") != "2024-03-05T00:00:00Z" {
		t.Errorf("held: %+v", d)
	}
	if _, body = domain("http://rdap.key.example/domain/a.com", 200); !strings.Contains(body, "The Agency") {
		t.Errorf("transferred: %s", body)
	}
	move(t, s, "2024-03-06T02:00:00Z")
	if r, _ := get(t, web, com+"free.com"); r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a web page: %v", r)
	}
	web.Timeout = 50 * time.Millisecond
	if r, err := web.Get(com + "a.com"); err == nil {
		t.Errorf("silence: %v", r)
	}
}

func TestASecondLifeIsAnotherRegistration(t *testing.T) {
	s := start(t, parse(t, registrationWorld), "2024-03-02T02:00:00Z")
	web := via(t, s.SOCKSAddr(), nil)
	const url = "http://rdap.publicinterestregistry.org/rdap/domain/a.org"
	var handles []string
	for _, tt := range []struct {
		at     string
		status int
	}{{"2024-03-02", 200}, {"2024-03-10", 404}, {"2024-03-13", 200}} {
		move(t, s, tt.at)
		r, body := get(t, web, url)
		var d rdapDomain
		if err := json.Unmarshal([]byte(body), &d); r.StatusCode != tt.status || err != nil {
			t.Errorf("%s: %s %v", tt.at, r.Status, err)
		}
		handles = append(handles, d.Handle)
	}
	if handles[0] == handles[2] {
		t.Errorf("the same handle for two registrations: %v", handles)
	}
}

// Every registry that has a WHOIS server says of a name that is not registered
// what a careful parser would read so, and of one that is, when it was made
// (where the registry tells at all).
func TestWHOISSpeaksTheDialectOfTheRegistry(t *testing.T) {
	s := start(t, parse(t, registrationWorld), "2024-03-02T02:00:00Z")
	for _, tt := range []struct{ server, name, found, free string }{
		{"whois.verisign-grs.com", "a.com", "   Domain Name: A.COM", `No match for domain "FREE.COM".`},
		{"whois.nic.so", "a.so", "Domain Name: A.SO", "No Object Found"},
		{"whois.denic.de", "a.de", "Status: connect", "Status: free"},
		{"whois.nic.fr", "a.fr", "created:                       2024-03-01T12:00:00Z", "%% NOT FOUND"},
		{"whois.nic.uk", "a.co.uk", "Registered on: 01-Mar-2024", `No match for "free.co.uk".`},
		{"whois.tcinet.ru", "a.ru", "created:       2024-03-01T12:00:00Z", "No entries found"},
		{"whois.dns.be", "a.be", "NOT AVAILABLE", "AVAILABLE"},
		{"whois.nic.it", "a.it", "Created:            2024-03-01 12:00:00", "AVAILABLE"},
		{"whois.nic.io", "a.io", "Creation Date: 2024-03-01T12:00:00Z", "Domain not found."},
		{"whois.nic.lv", "a.lv", "Creation Date: 2024-03-01T12:00:00Z", ""},
	} {
		_, suffix, _ := strings.Cut(tt.name, ".")
		if got := whois(t, s, tt.server+":43", tt.name); !strings.Contains(got, tt.found) {
			t.Errorf("%s: %s", tt.name, got)
		}
		if got := whois(t, s, tt.server+":43", "free."+suffix); !strings.Contains(got, tt.free) || strings.Contains(got, "2024-03-01") || len(got) < 5 {
			t.Errorf("free.%s: %s", suffix, got)
		}
	}
	thin := whois(t, s, "whois.verisign-grs.com:43", "domain a.com")
	if strings.Contains(thin, "Registrant") || !strings.Contains(thin, "Registrar WHOIS Server: whois.key.example") {
		t.Error(thin)
	}
	thick := whois(t, s, "whois.key.example:43", "a.com")
	p, err := whoisparser.Parse(thick)
	if err != nil || p.Domain.CreatedDate != "2020-02-29T08:15:00Z" || p.Registrar.Name != "Key GmbH" || p.Registrant.Email == "a@a.com" || p.Domain.Status[0] != "clientTransferProhibited" {
		t.Errorf("%v %+v", err, p)
	}
	if got := whois(t, s, "whois.iana.org:43", "a.so"); !strings.Contains(got, "refer:        whois.nic.so") {
		t.Error(got)
	}
	if got := whois(t, s, "whois.nic.so:43", "a.com"); !strings.Contains(got, "no information") {
		t.Error(got)
	}
	for _, want := range []string{"Domain Name: A.SO", "", "WHOIS LIMIT EXCEEDED"} {
		if got := whois(t, s, "whois.nic.so:43", "a.so"); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", s.Now(), got, want)
		}
		s.SetNow(s.Now().AddDate(0, 0, 1))
	}
	for i, want := range []string{"No match", "No match", "Quota exceeded"} {
		if got := whois(t, s, "whois.tonicregistry.to:43", "free.to"); !strings.HasPrefix(got, want) {
			t.Errorf("question %d: %q", i, got)
		}
	}
}

func TestTheBootstrapLeadsToEveryRegistryThatIsListed(t *testing.T) {
	s := start(t, parse(t, registrationWorld), "2024-03-02T02:00:00Z")
	set := s.Settings()
	web := via(t, s.SOCKSAddr(), nil)
	_, body := get(t, web, set.RDAPBootstrap)
	var boot struct{ Services [][][]string }
	if err := json.Unmarshal([]byte(body), &boot); err != nil {
		t.Fatal(err)
	}
	bases := map[string]string{}
	for _, svc := range boot.Services {
		for _, suffix := range svc[0] {
			bases[suffix] = svc[1][0]
		}
	}
	if bases["com"] != "http://rdap.verisign.com/com/v1/" || bases["so"] != "" || bases["co"] != "http://rdap.nic.co/v2/" || len(bases) < 1000 {
		t.Errorf("%d suffixes: com %s, so %q, co %s", len(bases), bases["com"], bases["so"], bases["co"])
	}
	if set.RDAPServers["so"] != "http://rdap.nic.so/" || set.WHOISServers["so"] != "whois.nic.so:43" || set.WHOISServers["co.uk"] != "whois.nic.uk:43" {
		t.Errorf("%+v", set)
	}
	for _, suffix := range []string{"xyz", "news", "fr", "org"} { // any of them answers
		if r, _ := get(t, web, bases[suffix]+"domain/nobody-has-this."+suffix); r.StatusCode != 404 {
			t.Errorf("%s: %s", suffix, r.Status)
		}
	}
	for suffix, base := range set.RDAPServers {
		if r, _ := get(t, web, base+"domain/a."+suffix); r.StatusCode != 200 {
			t.Errorf("%s: %s", base, r.Status)
		}
	}
	if counts := s.Counts(); counts["rdap rdap.nic.xyz"] != 1 || counts["bootstrap data.iana.org"] != 1 {
		t.Errorf("%v", counts)
	}
}
