package registration

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

func TestParseDate(t *testing.T) {
	for _, tt := range []struct{ key, value, suffix, want string }{
		{"created", "2020-01-02", "com", "2020-01-02T00:00:00Z"},
		{"created", "2020-01-02T03:04:05Z", "com", "2020-01-02T03:04:05Z"},
		{"created", "2020-01-02T03:04:05.678Z", "com", "2020-01-02T03:04:05Z"},
		{"created", "2019-05-17-T23:02:50Z", "com", "2019-05-17T23:02:50Z"},
		{"updated", "2019-08-26T02:49:35-0700", "tv", "2019-08-26T09:49:35Z"},
		{"changed", "2008-10-22T11:33:44+02:00", "de", "2008-10-22T09:33:44Z"},
		{"created", "2011-01-23 00:00:07 +02:00", "ee", "2011-01-22T22:00:07Z"},
		{"created", "2011-07-21 18:03:50+03", "ua", "2011-07-21T15:03:50Z"},
		{"created", "2018-02-05 22:59:12.55172", "mo", "2018-02-05T22:59:12Z"},
		{"updated", "2019/06/01 04:52:02 (JST)", "jp", "2019-05-31T19:52:02Z"},
		{"created", "1999-06-07 13:01:43 (GMT+0:00)", "kz", "1999-06-07T13:01:43Z"},
		{"created", "2008.03.16 01:08:04", "pl", "2008-03-16T01:08:04Z"},
		{"created", "28.11.2018 22:06:38", "rs", "2018-11-28T22:06:38Z"},
		{"expires", "15.1.2021", "fi", "2021-01-15T00:00:00Z"},
		{"created", "22-Oct-2017", "uk", "2017-10-22T00:00:00Z"},
		{"registered on", "30th April 2003 at 00:00:00.000", "gg", "2003-04-30T00:00:00Z"},
		{"first registration date", "31 May 1999", "ch", "1999-05-31T00:00:00Z"},
		{"created", "Tue Feb 10 09:42:42 2004", "kg", "2004-02-10T09:42:42Z"},
		{"registered", "Tue Dec 12 2000", "be", "2000-12-12T00:00:00Z"},
		{"renewal date", "Monday 16th Jun 2014", "uk", "2014-06-16T00:00:00Z"},
		{"created", "January 5, 2011", "com", "2011-01-05T00:00:00Z"},
		{"created", "2012. 05. 19.", "kr", "2012-05-19T00:00:00Z"},
		{"created", "2020\u5e741\u67082\u65e5", "cn", "2020-01-02T00:00:00Z"},
		{"created", "19961206 #24302", "br", "1996-12-06T00:00:00Z"},
		{"changed", "20221101 00:10:24", "at", "2022-11-01T00:10:24Z"},
		{"created", "2020-Jan-02.", "tr", "2020-01-02T00:00:00Z"},
		{"created", "23 de agosto de 2012", "cl", "2012-08-23T00:00:00Z"},
		{"registered", "11/29/2016", "tk", "2016-11-29T00:00:00Z"},
		{"expires", "01/03/2022", "tk", "2022-01-03T00:00:00Z"},
		{"creation date (dd/mm/yyyy)", "09/02/2009", "pt", "2009-02-09T00:00:00Z"},
		{"created", "25/02/2009", "example", "2009-02-25T00:00:00Z"},
		{"created", "1600000000", "example", "2020-09-13T12:26:40Z"},
		// What cannot be read in one way only is not read.
		{"created", "03/04/2021", "example", ""},
		{"registered on", "before Aug-1996", "uk", ""},
		{"created", "31.02.2020", "de", ""},
		{"created", "2020-13-01", "com", ""},
		{"created", "0000-00-00", "com", ""},
		{"expires", "null", "lk", ""},
		{"expires", "30th April each year", "gg", ""},
		{"created", "", "com", ""},
	} {
		got := ""
		if d, ok := parseDate(tt.key, tt.value, tt.suffix); ok {
			got = d.Truncate(time.Second).Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%s %q under %s: %q, want %q", tt.key, tt.value, tt.suffix, got, tt.want)
		}
	}
}

func TestStatusWords(t *testing.T) {
	for in, want := range map[string]string{
		"clientHold https://icann.org/epp#clientHold":                                   "client hold",
		"clientTransferProhibited (https://www.icann.org/epp#clientTransferProhibited)": "client transfer prohibited",
		"clientUpdateProhibited,clientTransferProhibited,clientDeleteProhibited":        "client delete prohibited,client transfer prohibited,client update prohibited",
		"server hold": "server hold", "ok": "active", "connect": "active", "REGISTERED, NOT DELEGATED, UNVERIFIED": "active,inactive",
		"ok (paid and in zone)": "active", "200 Active": "active", "not active": "", "something new": "", "": "",
		"redemptionPeriod": "redemption period", "autoRenewPeriod": "auto renew period", "Transfer Prohibited by Registrar": "client transfer prohibited",
	} {
		if got := strings.Join(statuses([]string{in}), ","); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsTheRegistrarsOrAnAuthoritysIsNoRegistrants(t *testing.T) {
	reg := tracker.Registration{Registrar: "Some Names, Inc.", AbuseEmail: "abuse@somenames.example", AbusePhone: "+1.5555550100"}
	for name, tt := range map[string]struct{ field, value, want string }{
		"a registrant's mailbox":               {"email", "farmer@hill.example", "farmer@hill.example"},
		"the registrar's mailbox":              {"email", "customers@mail.SomeNames.example", ""},
		"the registrar's desk":                 {"phone", "+1 555 555 0100", ""},
		"another desk":                         {"phone", "+1 555 555 0101", "+1 555 555 0101"},
		"the registrar's name":                 {"org", "SOME NAMES, INC.", ""},
		"an authority to which names are sent": {"org", "Federal Bureau of Investigation", ""},
		"an authority's mailbox":               {"email", "seizures@ic.fbi.gov", ""},
		"an authority's mailbox elsewhere":     {"email", "desk@cyber.gov.gr", ""},
		"a company of like name":               {"org", "Govan Mills Ltd", "Govan Mills Ltd"},
	} {
		t.Run(name, func(t *testing.T) {
			got := hashContacts([]byte("salt"), registrants(&reg, map[string]string{tt.field: tt.value}))
			want := hashContacts([]byte("salt"), map[string]string{tt.field: tt.want})
			if got[tt.field] != want[tt.field] {
				t.Errorf("%q: kept %v, want %v", tt.value, got, want)
			}
		})
	}
}

func TestContactsAreHashedOrLeftOut(t *testing.T) {
	plain := map[string]string{"email": "Somebody@Example.ORG ", "phone": "+49 (30) 123-4567", "org": "Example  Media GmbH"}
	a, b := hashContacts([]byte("one"), plain), hashContacts([]byte("two"), plain)
	if len(a) != 3 || a["email"] == b["email"] || len(a["email"]) != 64 {
		t.Errorf("%v and %v", a, b)
	}
	same := hashContacts([]byte("one"), map[string]string{"email": "somebody@example.org", "phone": "0049 30 1234567", "org": "example media gmbh"})
	if a["email"] != same["email"] || a["org"] != same["org"] {
		t.Error("the same value in other letters has another hash")
	}
	if got := hashContacts(nil, plain); got != nil {
		t.Errorf("without a salt: %v", got)
	}
	for field, values := range map[string][]string{
		"email": {"REDACTED FOR PRIVACY", "1078347@privacy-link.com", "2cd08@contact.gandi.net", "Select Contact Domain Holder link at https://x", "n/a", "", "https://whois.nic.la/contact/git.la/registrant"},
		"phone": {"REDACTED FOR PRIVACY", "0000000000", "123", "<data not disclosed>"},
		"org":   {"Domains By Proxy, LLC", "WhoisGuard Protected", "Statutory Masking Enabled", "Data Protected", "-", "Private Person"},
	} {
		for _, v := range values {
			if got := hashContacts([]byte("salt"), map[string]string{field: v}); got != nil {
				t.Errorf("%s %q links strangers: %v", field, v, got)
			}
		}
	}
}

func TestCleartextOnlyWhereAllowed(t *testing.T) {
	s := serveWHOIS(t, false, func(q string) string { return record1(q) + "Registrant Email: somebody@example.org\r\n" })
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	cfg := Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}, Salt: []byte("salt"), Now: func() time.Time { return now }}
	r, err := newClient(t, cfg).Lookup(t.Context(), "some.example")
	if err != nil || r.Contacts != nil || r.Registration.Registrant["email"] == "" {
		t.Errorf("by default: %v %v, %v", r.Contacts, r.Registration.Registrant, err)
	}
	cfg.KeepCleartext, cfg.Retention = true, 48*time.Hour
	r, err = newClient(t, cfg).Lookup(t.Context(), "some.example")
	if err != nil || r.Contacts["email"] != "somebody@example.org" || !r.ContactsUntil.Equal(now.Add(48*time.Hour)) {
		t.Errorf("where allowed: %v until %v, %v", r.Contacts, r.ContactsUntil, err)
	}
}

func TestBootstrapIsRefreshedAndStaleOneKept(t *testing.T) {
	rdap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":%q,"events":[{"eventAction":"registration","eventDate":"2024-09-05T00:00:00Z"}]}`, strings.TrimPrefix(r.URL.Path, "/domain/"))
	}))
	t.Cleanup(rdap.Close)
	fetched, broken := 0, false
	boot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		if broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, `{"version":"1.0","publication":"2026-01-01T00:00:00Z","services":[[["example"],[%q]]]}`, rdap.URL+"/")
	}))
	t.Cleanup(boot.Close)
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	c := newClient(t, Config{NoWHOIS: true, Bootstrap: boot.URL + "/dns.json", Now: func() time.Time { return now }})
	ask := func(wantFetched int) {
		t.Helper()
		r, err := c.Ask(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Present || fetched != wantFetched {
			t.Errorf("%s %s %s, %v; fetched %d times, want %d", r.Word(), r.Reason, r.Detail, err, fetched, wantFetched)
		}
	}
	ask(1)
	ask(1)
	now = now.Add(25 * time.Hour)
	ask(2)
	broken = true
	now = now.Add(25 * time.Hour)
	ask(3) // fails; the stale copy answers
	ask(3) // and is not tried again at once
	now = now.Add(2 * time.Hour)
	ask(4)
}

func TestEmbeddedBootstrapIsIANAsAndDated(t *testing.T) {
	servers, published, err := parseBootstrap(embeddedBootstrap)
	if err != nil || len(servers) != 1198 || published.Format(time.DateOnly) != "2026-03-23" {
		t.Errorf("%d top levels of %v, %v", len(servers), published, err)
	}
	for tld, want := range map[string]string{"com": "https://rdap.verisign.com/com/v1/", "to": "https://rdap.tonicregistry.to/rdap/", "foundation": "https://rdap.publicinterestregistry.org/rdap/", "io": ""} {
		if servers[tld] != want {
			t.Errorf("%s: %q, want %q", tld, servers[tld], want)
		}
	}
}

func TestBootstrapFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dns.json")
	if _, err := New(Config{Dial: loopback, Bootstrap: file}); err == nil {
		t.Error("a missing file was accepted")
	}
	if err := os.WriteFile(file, []byte(`{"services":[[["example"],["http://a.example/","https://b.example/"]]]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Dial: loopback, Bootstrap: file})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.sources("some.example"); len(got) != 1 || got[0].server != "https://b.example/" {
		t.Errorf("%+v", got)
	}
}

func TestWhoIsAskedInWhichOrder(t *testing.T) {
	c := newClient(t, Config{RDAP: map[string]string{"so": "https://rdap.mine.example/"}, WHOIS: map[string]string{"so": "whois.mine.example"}})
	var got []string
	for _, s := range c.sources("rrn.so") {
		got = append(got, fmt.Sprint(s.kind, " ", s.server, " ", s.configured))
	}
	if want := "rdap https://rdap.mine.example/ true|whois whois.mine.example:43 true|rdap https://rdap.nic.so/ false"; strings.Join(got, "|") != want {
		t.Errorf("%s", strings.Join(got, "|"))
	}
	for name, want := range map[tracker.Name]string{"artichoc.cc": "https://tld-rdap.verisign.com/cc/v1/", "rrn.media": "https://rdap.identitydigital.services/rdap/", "bild.de": "https://rdap.denic.de/", "artichoc.io": "https://rdap.identitydigital.services/rdap/"} {
		if s := c.sources(name); len(s) == 0 || s[0].server != want {
			t.Errorf("%s: %+v, want %s", name, s, want)
		}
	}
	if s := c.sources("spiegel.co.com"); len(s) != 1 || s[0].kind != "whois" {
		t.Errorf("a private registry: %+v", s)
	}
}

func TestBadConfiguration(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no dial":       {},
		"RDAP no URL":   {Dial: loopback, RDAP: map[string]string{"so": "rdap.nic.so"}},
		"WHOIS a port":  {Dial: loopback, WHOIS: map[string]string{"so": "whois.nic.so:99999"}},
		"WHOIS a blank": {Dial: loopback, WHOIS: map[string]string{"so": "whois nic so"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if h, err := hostPort("[::1]:4343"); err != nil || h != "[::1]:4343" {
		t.Errorf("%q, %v", h, err)
	}
	if h, err := hostPort("2001:db8::1"); err != nil || h != "[2001:db8::1]:43" {
		t.Errorf("%q, %v", h, err)
	}
}

func TestCancelledLookup(t *testing.T) {
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": "whois.nic.example"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Lookup(ctx, "some.example"); err == nil {
		t.Error("a lookup that could not be asked has no error")
	}
}

func TestOwnRootCAs(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":%q,"events":[{"eventAction":"registration","eventDate":"2024-09-05T00:00:00Z"}]}`, strings.TrimPrefix(r.URL.Path, "/domain/"))
	}))
	t.Cleanup(srv.Close)
	cfg := Config{NoWHOIS: true, RDAP: map[string]string{"example": srv.URL}}
	if r, err := newClient(t, cfg).Lookup(t.Context(), "some.example"); err != nil || r.Reason != tracker.ReasonUnreachable {
		t.Errorf("an unknown authority: %s %s, %v", r.Word(), r.Reason, err)
	}
	cfg.RootCAs = x509.NewCertPool()
	cfg.RootCAs.AddCert(srv.Certificate())
	if r, err := newClient(t, cfg).Lookup(t.Context(), "some.example"); err != nil || r.Outcome != tracker.Present {
		t.Errorf("a known one: %s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
	}
}
