package custody

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func names(s string) []tracker.Name {
	var out []tracker.Name
	for _, f := range strings.Fields(s) {
		out = append(out, tracker.MustName(f))
	}
	return out
}

// facts makes the arguments of Judge from one line: d: delegation at the parent,
// r: name servers in the recursive view, g: in the registry's record, a:
// addresses, s: statuses (underscores for blanks), x: expiry, c: class.
func facts(t *testing.T, line string) (dns *tracker.DNS, del *tracker.Delegation, reg *tracker.Registration, class tracker.Class) {
	t.Helper()
	for _, part := range strings.Split(line, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			t.Fatalf("fact %q", part)
		}
		switch key {
		case "d":
			del = &tracker.Delegation{Parent: "com", NS: names(value)}
		case "r", "a":
			if dns == nil {
				dns = &tracker.DNS{Status: "noerror"}
			}
			if key == "r" {
				dns.NS = names(value)
			} else {
				for _, f := range strings.Fields(value) {
					dns.A = append(dns.A, netip.MustParseAddr(f))
				}
			}
		case "g", "s", "x":
			if reg == nil {
				reg = &tracker.Registration{Source: "rdap"}
			}
			switch key {
			case "g":
				reg.NS = names(value)
			case "s":
				for _, f := range strings.Fields(value) {
					reg.Statuses = append(reg.Statuses, strings.ReplaceAll(f, "_", " "))
				}
			case "x":
				reg.ExpiresAt = day(strings.TrimSpace(value))
			}
		case "c":
			class = tracker.Class(strings.TrimSpace(value))
		default:
			t.Fatalf("fact %q", part)
		}
	}
	return
}

const locks = "s: client_delete_prohibited client_transfer_prohibited client_update_prohibited server_delete_prohibited server_transfer_prohibited server_update_prohibited"

func TestJudge(t *testing.T) {
	for _, tt := range []struct{ name, at, facts, holder, agency string }{
		// METHODS 1.1, every set within its dates.
		{"FBI zone with locks", "2026-07-10", "d: ns1.fbi.seized.gov ns2.fbi.seized.gov; " + locks, Seized, "fbi"},
		{"FBI zone with the banner", "2026-07-10", "d: ns1.fbi.seized.gov ns2.fbi.seized.gov; c: notice", Seized, "fbi"},
		{"FBI zone alone is one signal", "2026-07-10", "d: ns1.fbi.seized.gov ns2.fbi.seized.gov", Claimed, "fbi"},
		{"parent and recursive view are one signal", "2026-07-10", "d: ns1.fbi.seized.gov ns2.fbi.seized.gov; r: ns1.fbi.seized.gov ns2.fbi.seized.gov", Claimed, "fbi"},
		{"recursive view with locks", "2026-07-10", "r: ns1.fbi.seized.gov ns2.fbi.seized.gov; " + locks, Seized, "fbi"},
		{"the registry's record with locks", "2026-07-10", "g: ns1.fbi.seized.gov ns2.fbi.seized.gov; " + locks, Seized, "fbi"},
		{"HSI label", "2026-07-10", "d: ns1.hsi.seized.gov; " + locks, Seized, "hsi"},
		{"ICE label is HSI", "2026-07-10", "d: ns1.ice.seized.gov; " + locks, Seized, "hsi"},
		{"USSS label", "2026-07-10", "d: ns1.usss.seized.gov; " + locks, Seized, "usss"},
		{"IRS-CI label", "2026-07-10", "d: ns1.irs-ci.seized.gov; " + locks, Seized, "irs-ci"},
		{"IRS label", "2026-07-10", "d: ns1.irs.seized.gov; " + locks, Seized, "irs"},
		{"USPIS label", "2026-07-10", "d: ns1.uspis.seized.gov; " + locks, Seized, "uspis"},
		{"DEA label", "2026-07-10", "d: ns1.dea.seized.gov; " + locks, Seized, "dea"},
		{"ATF label", "2026-07-10", "d: ns1.atf.seized.gov; " + locks, Seized, "atf"},
		{"zone without an agency", "2026-07-10", "d: ns1.seized.gov; " + locks, Seized, ""},
		{"ICE servers", "2011-02-01", "d: ns1.seizedservers.com ns2.seizedservers.com; c: notice", Seized, "hsi"},
		{"ICE servers before they were theirs", "2010-11-01", "d: ns1.seizedservers.com ns2.seizedservers.com; c: live", Operator, ""},
		{"Secret Service servers", "2023-02-01", "d: ns1.usssdomainseizure.com ns2.usssdomainseizure.com; " + locks, Seized, "usss"},
		{"CIRFU while it was the FBI's", "2012-02-01", "d: ns1.cirfu.net ns2.cirfu.net; c: notice", Seized, "fbi"},
		{"CIRFU after a stranger bought it", "2015-06-01", "d: ns1.cirfu.net ns2.cirfu.net; c: live", Operator, ""},
		{"AWS of the sealed warrant", "2013-06-24", "d: ec2-54-225-75-10.compute-1.amazonaws.com ec2-54-225-74-137.compute-1.amazonaws.com; c: notice", Seized, "us"},
		{"AWS when the addresses were others'", "2016-06-24", "d: ec2-54-225-75-10.compute-1.amazonaws.com ec2-54-225-74-137.compute-1.amazonaws.com", Operator, ""},
		{"the Cloudflare pair with the banner", "2025-06-24", "d: jocelyn.ns.cloudflare.com plato.ns.cloudflare.com; c: notice", Seized, "fbi"},
		{"the Cloudflare pair with locks", "2025-06-24", "d: jocelyn.ns.cloudflare.com plato.ns.cloudflare.com; " + locks, Seized, "fbi"},
		{"banner and locks", "2025-06-24", "d: ns1.host.example; c: notice; " + locks, Seized, ""},
		{"a label that nobody has seen names its agency", "2026-07-10", "d: ns1.nca.seized.gov ns2.nca.seized.gov; c: notice", Seized, "nca"},
		{"DHS label", "2026-07-10", "d: ns1.dhs.seized.gov; " + locks, Seized, "dhs"},
		{"servers three and four", "2026-07-10", "d: ns3.fbi.seized.gov ns4.fbi.seized.gov; " + locks, Seized, "fbi"},
		{"servers of two agencies", "2026-07-10", "d: ns1.usss.seized.gov ns1.fbi.seized.gov; " + locks, Seized, "fbi+usss"},
		{"the zone itself", "2026-07-10", "d: seized.gov; " + locks, Seized, ""},
		{"ICE's address of 2010", "2011-02-01", "a: 74.81.170.110; c: notice", Seized, "hsi"},
		{"the address of the sealed warrant", "2013-06-24", "a: 184.73.235.104; c: notice", Seized, "us"},

		// The edges of the dates: the first day holds, the last does not.
		{"ICE servers on their first day", "2010-11-24", "d: ns1.seizedservers.com; c: notice", Seized, "hsi"},
		{"ICE servers on the day before", "2010-11-23", "d: ns1.seizedservers.com; c: notice", Claimed, ""},
		{"CIRFU on its last day", "2015-03-31", "d: ns1.cirfu.net; c: notice", Seized, "fbi"},
		{"CIRFU on the day it lapsed", "2015-04-01", "d: ns1.cirfu.net; c: notice", Claimed, ""},
		{"CIRFU before it was", "2010-12-31", "d: ns1.cirfu.net; c: notice", Claimed, ""},
		{"AWS on its last day", "2013-12-31", "d: ec2-54-225-75-10.compute-1.amazonaws.com ec2-54-225-74-137.compute-1.amazonaws.com; c: notice", Seized, "us"},
		{"AWS on the day after", "2014-01-01", "d: ec2-54-225-75-10.compute-1.amazonaws.com ec2-54-225-74-137.compute-1.amazonaws.com; c: notice", Claimed, ""},
		{"the address of the sealed warrant, later", "2016-06-24", "a: 184.73.235.104; c: notice", Claimed, ""},

		// Not a seizure.
		{"another machine of Amazon's", "2013-06-24", "d: ec2-54-225-75-11.compute-1.amazonaws.com; c: live; " + locks, Operator, ""},
		{"a look-alike below another top level", "2026-07-10", "d: ns1.fbi.seized.gov.ru; c: live; " + locks, Operator, ""},
		{"a look-alike that ends alike", "2026-07-10", "d: ns1.notseized.gov ns2.fbi-seized.gov; c: live; " + locks, Operator, ""},
		{"one server of an agency beside one of its own, with locks", "2026-07-10", "d: ns1.fbi.seized.gov ns1.host.example; c: live; " + locks, Operator, ""},
		{"the same with a banner", "2026-07-10", "d: ns1.fbi.seized.gov ns1.host.example; c: notice", Claimed, ""},
		{"the Cloudflare pair and a third", "2026-07-10", "d: jocelyn.ns.cloudflare.com plato.ns.cloudflare.com adele.ns.cloudflare.com; c: live; " + locks, Operator, ""},
		{"plato alone with locks", "2026-07-10", "d: plato.ns.cloudflare.com; c: live; " + locks, Operator, ""},
		{"verification hold with every lock", "2026-07-10", "d: ns1.verification-hold.suspended-domain.com ns2.verification-hold.suspended-domain.com; a: 127.0.0.1; " + locks, VerificationHold, ""},
		{"the Cloudflare pair alone", "2025-06-24", "d: jocelyn.ns.cloudflare.com plato.ns.cloudflare.com", Operator, ""},
		{"plato alone", "2025-06-24", "d: mariah.ns.cloudflare.com plato.ns.cloudflare.com; c: live", Operator, ""},
		{"plato alone on a prank page", "2025-06-24", "d: adele.ns.cloudflare.com plato.ns.cloudflare.com; c: notice", Claimed, ""},
		{"a prank page", "2025-06-24", "d: ns1.host.example; c: notice; s: client_transfer_prohibited client_delete_prohibited", Claimed, ""},
		{"registry locks alone are a service for a fee", "2025-06-24", "d: ns1.google.com ns2.google.com; " + locks, Operator, ""},
		{"a set mixed with servers of its own", "2025-06-24", "d: ns1.fbi.seized.gov ns1.host.example; c: live", Operator, ""},
		{"a look-alike of the zone", "2025-06-24", "d: ns1.fbi.seized.gov.example ns1.notseized.gov; " + locks, Operator, ""},
		{"the parent took it back while caches lag", "2026-07-10", "d: ns1.host.example; r: ns1.fbi.seized.gov ns2.fbi.seized.gov", Operator, ""},
		{"the parent has no delegation", "2026-07-10", "d: ; r: ns1.fbi.seized.gov", Operator, ""},
		{"verification hold", "2026-07-10", "d: ns1.verification-hold.suspended-domain.com ns2.verification-hold.suspended-domain.com; a: 127.0.0.1", VerificationHold, ""},
		{"Namecheap verification with client hold", "2026-07-10", "d: failed-whois-verification.namecheap.com verify-contact-details.namecheap.com; s: client_hold", VerificationHold, ""},
		{"registrar hold", "2026-07-10", "s: client_hold client_transfer_prohibited", RegistrarHold, ""},
		{"registry hold", "2026-07-10", "s: client_hold server_hold", RegistryHold, ""},
		{"holds are no locks", "2026-07-10", "c: notice; " + locks + " server_hold", Claimed, ""},
		{"suspension servers", "2026-07-10", "d: ns1.suspended-domain.org ns2.suspended-domain.org", Suspended, ""},
		{"a host's page", "2026-07-10", "d: ns1.host.example; c: suspended", Suspended, ""},
		{"expiry servers", "2026-07-10", "d: ns1.expirationwarning.net ns2.expirationwarning.net", Expired, ""},
		{"redemption", "2026-07-10", "s: redemption_period pending_delete", Expired, ""},
		{"grace", "2026-07-10", "s: auto_renew_period; x: 2026-07-01", Expired, ""},
		{"renewed", "2026-07-10", "s: auto_renew_period; x: 2027-07-01", Operator, ""},
		{"sinkhole", "2026-07-10", "d: sc-a.sinkhole.shadowserver.org sc-b.sinkhole.shadowserver.org", Sinkhole, ""},
		{"sinkhole of abuse.ch", "2026-07-10", "d: ns1.this-domain-is-sinkholed-by.abuse.ch", Sinkhole, ""},
		{"parking", "2026-07-10", "d: ns1.sedoparking.com ns2.sedoparking.com", Parked, ""},
		{"a seller's servers with a live site", "2026-07-10", "d: ns1.dan.com ns2.dan.com; c: live", Operator, ""},
		{"a seller's servers with its page", "2026-07-10", "d: ns1.dan.com ns2.dan.com; c: for-sale", Parked, ""},
		{"a hoster that stands in parking lists", "2026-07-10", "d: dns1.registrar-servers.com dns2.registrar-servers.com; c: live", Operator, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dns, del, reg, class := facts(t, tt.facts)
			c := Judge(dns, del, reg, class, day(tt.at))
			if c.Holder != tt.holder || c.Agency != tt.agency {
				t.Errorf("holder %q agency %q signals %q, want %q %q", c.Holder, c.Agency, c.Signals, tt.holder, tt.agency)
			}
			if c.Holder == Seized && len(c.Signals) < 2 || c.Holder == Claimed && len(c.Signals) != 1 {
				t.Errorf("%s by %d signals: %q", c.Holder, len(c.Signals), c.Signals)
			}
			if !strings.HasPrefix(c.Rule, "custody/"+Version()) {
				t.Errorf("rule %q", c.Rule)
			}
		})
	}
}

func TestSpellingOfServersDoesNotMatter(t *testing.T) {
	for _, ns := range [][]tracker.Name{{"NS1.FBI.SEIZED.GOV.", "Ns2.Fbi.Seized.Gov"}, {"JOCELYN.ns.cloudflare.com.", "plato.NS.CLOUDFLARE.COM"}} {
		if c := Judge(nil, &tracker.Delegation{Parent: "com", NS: ns}, nil, tracker.ClassNotice, day("2026-07-10")); c.Holder != Seized || c.Agency != "fbi" {
			t.Errorf("%v: %+v", ns, c)
		}
	}
}

func TestNothingKnownIsNobody(t *testing.T) {
	if c := Judge(nil, nil, nil, "", day("2026-01-01")); c.Holder != "" || c.Rule == "" {
		t.Errorf("%+v", c)
	}
}

func TestSharedAddressesAreNamed(t *testing.T) {
	for addr, want := range map[string]string{"104.21.3.4": "cloudflare", "151.101.1.69": "fastly", "45.60.1.1": "imperva", "198.18.0.1": "", "2606:4700::1111": "cloudflare"} {
		dns := &tracker.DNS{A: []netip.Addr{netip.MustParseAddr(addr)}}
		if c := Judge(dns, nil, nil, "", day("2026-01-01")); c.CDN != want {
			t.Errorf("%s: %q, want %q", addr, c.CDN, want)
		}
	}
}

// Hosters, CDNs and parking services of METHODS 1.3 and of public lists: the
// name servers of people who did nothing.
var innocentZones = strings.Fields(`registrar-servers.com one.com name.com rzone.de wordpress.com markmonitor.com directnic.com
freenom.com bookmyname.com gname.net domaincontrol.com hostgator.com bluehost.com dreamhost.com ovh.net gandi.net ionos.com
ui-dns.com ui-dns.de awsdns-01.org awsdns-51.co.uk azure-dns.com googledomains.com ns.cloudflare.com akam.net dynect.net
nsone.net ultradns.net hetzner.com first-ns.de your-server.de digitalocean.com linode.com vultr.com hostinger.com dns-parking.com
wixdns.net squarespacedns.com shopify.com fastly.net vercel-dns.com netlify.com timeweb.ru reg.ru beget.com selectel.org
sedoparking.com bodis.com parkingcrew.net above.com afternic.com parklogic.com cashparking.com dsredirection.com ztomy.com
parking-page.net parking.namecheap.com dan.com sedo.com hugedomains.com namebrightdns.com dnsowl.com uniregistrymarket.link
verification-hold.suspended-domain.com suspended-domain.org expirationwarning.net expiereddnsmanager.com domainhasexpired.com
failed-whois-verification.namecheap.com verify-contact-details.namecheap.com suspended-domain.com
this-domain-is-sinkholed-by.abuse.ch microsoftinternetsafety.net sinkhole.tech notseized.gov seized.gov.ru
renewyourname.net sinkhole.shadowserver.org sinkhole.cert.pl compute-1.amazonaws.com gov.uk seized.gov.example usdoj.gov fbi.gov`)

func TestNoInnocentSetIsSeized(t *testing.T) {
	r := rand.New(rand.NewPCG(20240904, 10_000))
	hosts := strings.Fields("ns1 ns2 ns3 dns1 dns2 a b pdns01 plato jocelyn mariah adele wally thomas ec2-54-1-2-3")
	classes := []tracker.Class{"", tracker.ClassLive, tracker.ClassParked, tracker.ClassForSale, tracker.ClassDefault, tracker.ClassSuspended, tracker.ClassEmpty}
	states := []string{"active", "client transfer prohibited", "client delete prohibited", "client update prohibited", "client hold", "server hold",
		"server delete prohibited", "server transfer prohibited", "server update prohibited", "auto renew period"}
	addrs := strings.Fields("127.0.0.1 198.18.0.1 104.16.1.1 151.101.1.1 45.60.1.1 54.225.75.10")
	drawn := make(map[string]int)
	for i := range 10_000 {
		var ns []tracker.Name
		zone := innocentZones[r.IntN(len(innocentZones))]
		for range 1 + r.IntN(4) {
			if r.IntN(10) == 0 {
				zone = innocentZones[r.IntN(len(innocentZones))]
			}
			drawn[zone]++
			ns = append(ns, tracker.MustName(hosts[r.IntN(len(hosts))]+"."+zone))
		}
		reg := &tracker.Registration{}
		for _, s := range states {
			if r.IntN(4) == 0 {
				reg.Statuses = append(reg.Statuses, s)
			}
		}
		if len(ns) == 2 && fmt.Sprint(ns) == "[jocelyn.ns.cloudflare.com plato.ns.cloudflare.com]" {
			reg.Statuses = nil // the pair with every registry lock is the known limit
		}
		class := classes[r.IntN(len(classes))]
		dns := &tracker.DNS{NS: ns, A: []netip.Addr{netip.MustParseAddr(addrs[r.IntN(len(addrs))])}}
		c := Judge(dns, &tracker.Delegation{Parent: "com", NS: ns}, reg, class, day("2026-07-01"))
		if c.Holder == Seized || c.Holder == Claimed {
			t.Fatalf("set %d %v %v %s: %+v", i, ns, reg.Statuses, class, c)
		}
		// Not even a copied banner makes it more than a claim, unless the registry
		// locked the name as well.
		reg.Statuses = []string{"active", "client transfer prohibited"}
		if c := Judge(nil, &tracker.Delegation{NS: ns}, reg, tracker.ClassNotice, day("2026-07-01")); c.Holder == Seized &&
			!strings.Contains(c.Rule, "cloudflare-jocelyn-plato") {
			t.Fatalf("set %d %v with a banner: %+v", i, ns, c)
		}
	}
	for _, zone := range innocentZones {
		if drawn[zone] == 0 {
			t.Errorf("%s was never drawn", zone)
		}
	}
}

func TestBookRefusesBadEntries(t *testing.T) {
	head := "version: \"1\"\nsignatures:\n  - { id: a, kind: seizure, source: s, "
	for name, entry := range map[string]string{
		"no dates":       "zones: [a.example] }",
		"no end":         "zones: [a.example], valid_from: \"\" }",
		"bad date":       "zones: [a.example], valid_from: \"2020\", valid_to: \"\" }",
		"nothing":        "valid_from: \"\", valid_to: \"\" }",
		"bad zone":       "zones: [A.example], valid_from: \"\", valid_to: \"\" }",
		"bad prefix":     "prefixes: [1.2.3.4], valid_from: \"\", valid_to: \"\" }",
		"unknown key":    "zones: [a.example], valid_from: \"\", valid_to: \"\", colour: red }",
		"unfinished map": "zones: [a.example], valid_from: \"\"",
	} {
		if _, err := parseBook([]byte(head + entry)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := parseBook([]byte(head + "zones: [a.example], valid_from: \"\", valid_to: \"\" }")); err != nil {
		t.Errorf("a good entry: %v", err)
	}
}
