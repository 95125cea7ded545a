package resolver

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"respawn/tracker"
)

func TestLook(t *testing.T) {
	f := newFake(t, `
		rrn.so. 300 IN NS ns2.host.example.
		rrn.so. 200 IN NS ns1.host.example.
		rrn.so. 300 IN A 93.184.216.34
		rrn.so. 60  IN A 127.0.0.1
		rrn.so. 300 IN AAAA 2606:4700::1111
		rrn.so. 300 IN MX 10 mail.rrn.so.
		rrn.so. 300 IN MX 0 .
		rrn.so. 300 IN TXT "v=spf1 " "-all"
		rrn.so. 300 IN CAA 0 issue "letsencrypt.org"
		rrn.so. 3600 IN SOA ns1.host.example. hostmaster.host.example. 2024090501 1 2 3 4
		34.216.184.93.in-addr.arpa. 60 IN PTR web1.host.example.`, nil)
	asn, err := LoadASN(strings.NewReader("93.184.216.0,93.184.216.255,64500,\"Example, Inc\"\n2606:4700::,2606:4700:ffff:ffff:ffff:ffff:ffff:ffff,13335,Cloudflare\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Config{Resolvers: []string{f.addr}, ASN: asn})
	v, err := c.Look(t.Context(), "rrn.so")
	if err != nil || v.Outcome != tracker.Present || v.Server != f.addr || v.Facts == nil {
		t.Fatalf("%+v, %v", v, err)
	}
	four, six := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("2606:4700::1111")
	want := &tracker.DNS{
		Status: "noerror",
		NS:     []tracker.Name{"ns1.host.example", "ns2.host.example"},
		A:      []netip.Addr{four, netip.MustParseAddr("127.0.0.1")},
		AAAA:   []netip.Addr{six},
		MX:     []tracker.Name{"mail.rrn.so"},
		TXT:    []string{"v=spf1 -all"},
		CAA:    []string{`0 issue "letsencrypt.org"`},
		SOA:    &tracker.SOA{MName: "ns1.host.example", RName: "hostmaster.host.example", Serial: 2024090501},
		PTR:    map[string][]tracker.Name{"93.184.216.34": {"web1.host.example"}},
		TTL:    map[string]uint32{"ns": 200, "a": 60, "aaaa": 300, "mx": 300, "txt": 300, "caa": 300, "soa": 3600},
		ASN:    []tracker.ASN{{Addr: four, Number: 64500, Holder: "Example, Inc"}, {Addr: six, Number: 13335, Holder: "Cloudflare"}},
	}
	byText := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	slices.SortFunc(v.Facts.DNS.A, func(a, b netip.Addr) int { return strings.Compare(b.String(), a.String()) })
	if d := cmp.Diff(want, v.Facts.DNS, byText); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
	if v.Special[netip.MustParseAddr("127.0.0.1")] != "loopback" || len(v.Special) != 1 {
		t.Errorf("special: %v; want 127.0.0.1 named", v.Special)
	}
	msgs := Messages(v.Bytes)
	if len(msgs) != len(lookTypes)+2 || v.Raw != tracker.DigestOf(v.Bytes) {
		t.Fatalf("%d messages kept, want %d", len(msgs), len(lookTypes)+2)
	}
	for _, b := range msgs {
		if err := new(dns.Msg).Unpack(b); err != nil {
			t.Errorf("a kept message cannot be read: %v", err)
		}
	}
}

func TestLookAliases(t *testing.T) {
	f := newFake(t, `
		www.a.example. 60 IN CNAME b.example.
		b.example. 30 IN CNAME c.example.
		c.example. 90 IN A 198.51.100.7
		dangling.example. 60 IN CNAME nowhere.invalid.
		loop1.example. 60 IN CNAME loop2.example.
		loop2.example. 60 IN CNAME loop1.example.`, nil)
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	for _, tt := range []struct {
		name   tracker.Name
		chain  string
		addrs  int
		broken bool
	}{
		{"www.a.example", "b.example c.example", 1, false},
		{"dangling.example", "nowhere.invalid", 0, false},
		{"loop1.example", "loop2.example", 0, true},
	} {
		v, err := c.Look(t.Context(), tt.name)
		if err != nil || v.Outcome != tracker.Present {
			t.Errorf("%s: %v %q %v; the alias itself exists", tt.name, v.Outcome, v.Reason, err)
			continue
		}
		d := v.Facts.DNS
		var chain []string
		for _, n := range d.CNAME {
			chain = append(chain, string(n))
		}
		if strings.Join(chain, " ") != tt.chain || len(d.A) != tt.addrs || (d.Unknown["cname"] == tracker.ReasonBadAnswer) != tt.broken {
			t.Errorf("%s: chain %v, addresses %v, unknown %v", tt.name, chain, d.A, d.Unknown)
		}
		if len(d.TXT)+len(d.NS) != 0 {
			t.Errorf("%s: data of the alias' target was recorded as its own", tt.name)
		}
	}
}

func TestLookAbsence(t *testing.T) {
	const staleRecords = "other.example. 60 IN TXT x"
	knows := newFake(t, "new.example. 60 IN NS ns1.host.example.", nil)
	stale := newFake(t, staleRecords, nil)
	silence := func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool { return true }
	t.Run("one resolver's word", func(t *testing.T) {
		c := newClient(t, Config{Resolvers: []string{stale.addr}})
		v, _ := c.Look(t.Context(), "new.example")
		if v.Outcome != tracker.Absent || v.Facts.DNS.Status != "nxdomain" || v.Server != stale.addr {
			t.Errorf("%v %q %+v", v.Outcome, v.Reason, v.Facts)
		}
	})
	t.Run("existence at any resolver outweighs a cached absence", func(t *testing.T) {
		c := newClient(t, Config{Resolvers: []string{stale.addr, knows.addr}})
		for range 6 { // whoever is asked first
			v, _ := c.Look(t.Context(), "new.example")
			if v.Outcome != tracker.Present || v.Server != knows.addr {
				t.Fatalf("%v from %s", v.Outcome, v.Server)
			}
		}
	})
	t.Run("a silent second resolver takes nothing away", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bubble{}
			stale, silent := b.server(t, staleRecords, nil), b.server(t, "", silence)
			c := newClient(t, Config{Resolvers: []string{stale.addr, silent.addr}, Dial: b.dial})
			if v, _ := c.Look(t.Context(), "gone.example"); v.Outcome != tracker.Absent {
				t.Errorf("%v %q", v.Outcome, v.Reason)
			}
			if silent.queries.Load() == 0 {
				t.Error("the second resolver was not asked")
			}
		})
	})
	t.Run("silence is unknown", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bubble{}
			c := newClient(t, Config{Resolvers: []string{b.server(t, "", silence).addr}, Dial: b.dial})
			if v, _ := c.Look(t.Context(), "gone.example"); v.Outcome != tracker.Unknown || v.Reason != tracker.ReasonTimeout || v.Facts != nil {
				t.Errorf("%v %q", v.Outcome, v.Reason)
			}
		})
	})
}

func TestDNSSEC(t *testing.T) {
	// A validating resolver: sets AD below signed.example and on the root,
	// refuses bogus.example unless checking is disabled.
	validating := newFake(t, `
		signed.example. 60 IN A 198.51.100.1
		plain.example. 60 IN A 198.51.100.2
		bogus.example. 60 IN NS ns.example.
		broken.example. 60 IN A 198.51.100.3
		. 60 IN SOA a.root. x. 1 1 1 1 1`,
		func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
			switch q.Question[0].Name = strings.ToLower(q.Question[0].Name); q.Question[0].Name {
			case "signed.example.", ".":
				m.AuthenticatedData = q.AuthenticatedData
			case "bogus.example.":
				if !q.CheckingDisabled {
					m.Rcode, m.Answer = dns.RcodeServerFailure, nil
				}
			case "broken.example.":
				m.Rcode, m.Answer = dns.RcodeServerFailure, nil
			}
			return false
		})
	naive := newFake(t, "plain.example. 60 IN A 198.51.100.2", nil)
	for _, tt := range []struct {
		why      string
		server   *fake
		name     tracker.Name
		outcome  tracker.Outcome
		dnssec   string
		nothings bool
	}{
		{"AD is set", validating, "signed.example", tracker.Present, "secure", false},
		{"AD is missing from one who sets it", validating, "plain.example", tracker.Present, "insecure", false},
		{"AD is missing from one who never sets it", naive, "plain.example", tracker.Present, "", false},
		{"SERVFAIL that vanishes without checking", validating, "bogus.example", tracker.Unknown, "bogus", false},
		{"SERVFAIL that stays", validating, "broken.example", tracker.Unknown, "", true},
	} {
		c := newClient(t, Config{Resolvers: []string{tt.server.addr}})
		v, err := c.Look(t.Context(), tt.name)
		if err != nil || v.Outcome != tt.outcome || (v.Facts == nil) != tt.nothings {
			t.Errorf("%s: %v %q %v", tt.why, v.Outcome, v.Reason, err)
			continue
		}
		if v.Facts != nil && v.Facts.DNS.DNSSEC != tt.dnssec {
			t.Errorf("%s: %q, want %q", tt.why, v.Facts.DNS.DNSSEC, tt.dnssec)
		}
		if tt.outcome == tracker.Unknown && v.Reason != tracker.ReasonServFail {
			t.Errorf("%s: reason %q", tt.why, v.Reason)
		}
	}
}

func TestCanaries(t *testing.T) { synctest.Test(t, testCanaries) }

func testCanaries(t *testing.T) {
	const records = "example.com. 60 IN NS a.example.\niana.org. 60 IN NS a.example.\nwikipedia.org. 60 IN NS a.example."
	present := []string{"example.com", "iana.org", "wikipedia.org"}
	b := bubble{}
	sound := b.server(t, records, nil)
	empty := b.server(t, "", nil)
	silent := b.server(t, "", func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool { return true })
	liar := b.server(t, records, searchPage(t))
	c := newClient(t, Config{Resolvers: []string{sound.addr, empty.addr, silent.addr, liar.addr}, Dial: b.dial})
	rep, err := c.Canaries(t.Context(), present, true)
	if err != nil || !rep.OK || len(rep.Paths) != 4 {
		t.Fatalf("%+v, %v", rep, err)
	}
	want := []struct {
		ok     bool
		reason tracker.Reason
	}{{true, ""}, {false, tracker.ReasonNotTrusted}, {false, tracker.ReasonTimeout}, {false, tracker.ReasonLyingPath}}
	for i, p := range rep.Paths {
		if p.Server != c.Servers()[i] || p.OK != want[i].ok || p.Reason != want[i].reason || p.OK == (p.Why != "") {
			t.Errorf("%+v, want ok %v, reason %q", p, want[i].ok, want[i].reason)
		}
	}
	if len(c.usable()) != 3 {
		t.Errorf("%d resolvers are usable, want all but the liar", len(c.usable()))
	}
	if rep, _ := c.Canaries(t.Context(), present, false); !rep.Paths[3].OK {
		t.Error("without the absent control nothing can show the lie")
	}
}

// searchPage answers every name that does not exist with the address of a search
// page, as some providers' resolvers do.
func searchPage(t testing.TB) func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool {
	page := rr(t, "x. 60 IN A 203.0.113.80").(*dns.A)
	return func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
		if m.Rcode != dns.RcodeNameError {
			return false
		}
		m.Rcode, m.Ns = dns.RcodeSuccess, nil
		if q.Question[0].Qtype == dns.TypeA {
			a := *page
			a.Hdr.Name = q.Question[0].Name
			m.Answer = []dns.RR{&a}
		}
		return false
	}
}
