package netsim

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/proxy"
)

const dnsWorld = `
world: 1
title: DNS
provenance: { others: invented }
case: c.csv
calendar: { from: 2024-03-01, to: 2024-03-20 }
hosts: { park: { addresses: [198.19.128.9], ptr: park.zoo.net } }
suffixes: { tk: { wildcard: { host: park, records: ["MX 5 mail.zoo.net."] } } }
sites:
  - name: zoo.net
    registered: 2020-01-01
    nameservers: [ns1.zoo.net, ns2.other.org]
    addresses: [198.19.128.1, "2001:2::1"]
    records: ["@ MX 10 mail", "mail A 198.19.128.2", "shop CNAME www", "far CNAME away.gone.info.", "loop CNAME loop", "*.user A 198.19.128.3", "deep.empty.ent TXT \"x\"", "@ CAA 0 issue \"letsencrypt.org\""]
    timeline:
      - { from: 2024-03-05, statuses: [client hold] }
      - { from: 2024-03-06, statuses: [] }
      - { from: 2024-03-07, nameservers: [] }
      - { from: 2024-03-08, nameservers: [ns.gone.info] }
  - { name: gone.info, registered: 2020-01-01, dropped: 2024-03-09, nameservers: [ns.gone.info], records: ["ns A 198.19.128.77"] }
  - { name: held.co.uk, registered: 2024-03-02, registered_time: "01:00", addresses: [198.19.128.4] }
  - { name: taken.tk, registered: 2020-01-01, addresses: [198.19.128.5] }
  - { name: sick.org, registered: 2020-01-01, addresses: [198.19.128.6] }
faults:
  - { kind: servfail, at: resolver, from: 2024-03-10, to: 2024-03-12 }
  - { kind: servfail, names: [sick.org], from: 2024-03-02, to: 2024-03-02 }
  - { kind: refused, names: [sick.org], from: 2024-03-03, to: 2024-03-03 }
  - { kind: timeout, at: authority, names: [sick.org], from: 2024-03-04, to: 2024-03-04 }
  - { kind: lame, names: [sick.org, never.cc], from: 2024-03-05, to: 2024-03-05 }
  - { kind: truncate, names: [sick.org], from: 2024-03-06, to: 2024-03-06 }
  - { kind: lie, names: [sick.org, never.cc], addresses: [198.19.128.66], from: 2024-03-07, to: 2024-03-07 }
  - { kind: nxdomain, at: resolver, names: [sick.org], from: 2024-03-08, to: 2024-03-08 }
  - { kind: slow, delay: 30ms, suffixes: [cc], from: 2024-03-09, to: 2024-03-09 }
  - { kind: timeout, at: resolver, suffixes: [so], from: 2024-03-09, to: 2024-03-09, times: 1 }
  - { kind: refused, at: resolver, suffixes: [pw], share: 0.5, from: 2024-03-09, to: 2024-03-09 }
`

func rrTypes(rrs []dns.RR) string {
	var out []string
	for _, rr := range rrs {
		out = append(out, dns.TypeToString[rr.Header().Rrtype])
	}
	return strings.Join(out, " ")
}

func TestTheResolverAnswersAsTheCalendarSays(t *testing.T) {
	s := start(t, parse(t, dnsWorld), "2024-03-01T02:00:00Z")
	for _, tt := range []struct {
		at, name, qtype string
		want            string // rcode, answer types | authority types and owner
	}{
		{"2024-03-01", "zoo.net", "NS", "NOERROR NS NS |"},
		{"2024-03-01", "zoo.net", "A", "NOERROR A |"},
		{"2024-03-01", "zoo.net", "AAAA", "NOERROR AAAA |"},
		{"2024-03-01", "www.zoo.net", "A", "NOERROR A |"},
		{"2024-03-01", "zoo.net", "MX", "NOERROR MX |"},
		{"2024-03-01", "zoo.net", "CAA", "NOERROR CAA |"},
		{"2024-03-01", "zoo.net", "TXT", "NOERROR | SOA zoo.net."},
		{"2024-03-01", "zoo.net", "SOA", "NOERROR SOA |"},
		{"2024-03-01", "zoo.net", "DS", "NOERROR | SOA net."},
		{"2024-03-01", "shop.zoo.net", "A", "NOERROR CNAME A |"},
		{"2024-03-01", "shop.zoo.net", "CNAME", "NOERROR CNAME |"},
		{"2024-03-01", "far.zoo.net", "A", "NXDOMAIN CNAME | SOA gone.info."},
		{"2024-03-01", "loop.zoo.net", "A", "SERVFAIL CNAME CNAME CNAME CNAME CNAME CNAME CNAME CNAME |"},
		{"2024-03-01", "bob.user.zoo.net", "A", "NOERROR A |"},
		{"2024-03-01", "ent.zoo.net", "A", "NOERROR | SOA zoo.net."},
		{"2024-03-01", "none.zoo.net", "A", "NXDOMAIN | SOA zoo.net."},
		{"2024-03-01", "never.cc", "NS", "NXDOMAIN | SOA cc."},
		{"2024-03-01", "never.co.uk", "NS", "NXDOMAIN | SOA co.uk."},
		{"2024-03-01", "a.b.never.co.uk", "A", "NXDOMAIN | SOA co.uk."},
		{"2024-03-01", "never.nosuchtld", "A", "NXDOMAIN | SOA ."},
		{"2024-03-01", "cc", "NS", "NOERROR NS NS |"},
		{"2024-03-01", "cc", "DS", "NOERROR | SOA ."},
		{"2024-03-01", ".", "NS", "NOERROR NS NS NS NS NS NS NS NS NS NS NS NS NS |"},
		{"2024-03-01", "amazonaws.com", "A", "NOERROR | SOA com."},
		{"2024-03-01", "example.com", "A", "NOERROR A |"},
		{"2024-03-01", "wikipedia.org", "NS", "NOERROR NS NS |"},
		{"2024-03-01", "whois.nic.so", "A", "NOERROR A |"},
		{"2024-03-01", "rdap.verisign.com", "A", "NOERROR A |"},
		{"2024-03-01", "never.tk", "A", "NOERROR A |"},
		{"2024-03-01", "never.tk", "MX", "NOERROR MX |"},
		{"2024-03-01", "never.tk", "NS", "NOERROR | SOA tk."},
		{"2024-03-01", "taken.tk", "NS", "NOERROR NS NS |"},
		{"2024-03-01", "x.taken.tk", "A", "NXDOMAIN | SOA taken.tk."},
		{"2024-03-01", "never.ws", "A", "NOERROR A |"},
		{"2024-03-01", "9.128.19.198.in-addr.arpa", "PTR", "NOERROR PTR |"},
		{"2024-03-01", "8.128.19.198.in-addr.arpa", "PTR", "NXDOMAIN | SOA in-addr.arpa."},
		{"2024-03-02T00:59:59Z", "held.co.uk", "A", "NXDOMAIN | SOA co.uk."},
		{"2024-03-02T01:00:00Z", "held.co.uk", "A", "NOERROR A |"},
		{"2024-03-05", "zoo.net", "A", "NXDOMAIN | SOA net."}, // hold
		{"2024-03-06", "zoo.net", "A", "NOERROR A |"},
		{"2024-03-07", "zoo.net", "A", "NXDOMAIN | SOA net."}, // no delegation
		{"2024-03-08", "zoo.net", "A", "NOERROR A |"},
		{"2024-03-09", "zoo.net", "A", "SERVFAIL |"}, // its name server's name is gone
		{"2024-03-09", "gone.info", "A", "NXDOMAIN | SOA info."},
		{"2024-03-11", "zoo.net", "A", "SERVFAIL |"},
		{"2024-03-11", "never.cc", "A", "SERVFAIL |"},
		{"2024-03-12T23:59:59Z", "never.cc", "A", "SERVFAIL |"},
		{"2024-03-13", "never.cc", "A", "NXDOMAIN | SOA cc."},
		{"2024-03-02", "sick.org", "A", "SERVFAIL |"},
		{"2024-03-03", "sick.org", "A", "SERVFAIL |"},
		{"2024-03-04", "www.sick.org", "A", "SERVFAIL |"},
		{"2024-03-05", "sick.org", "A", "SERVFAIL |"},
		{"2024-03-05", "never.cc", "A", "SERVFAIL |"},
		{"2024-03-05", "other.cc", "A", "NXDOMAIN | SOA cc."},
		{"2024-03-07", "sick.org", "A", "NOERROR A |"},
		{"2024-03-07", "never.cc", "A", "NOERROR A |"},
		{"2024-03-07", "never.cc", "AAAA", "NOERROR |"},
		{"2024-03-08", "sick.org", "A", "NXDOMAIN | SOA org."},
	} {
		move(t, s, tt.at)
		for _, network := range []string{"udp", "tcp"} {
			r := ask(t, s, network, tt.name, dns.StringToType[tt.qtype])
			got := strings.TrimSpace(dns.RcodeToString[r.Rcode]+" "+rrTypes(r.Answer)) + " |"
			for _, rr := range r.Ns {
				got += " " + rrTypes([]dns.RR{rr}) + " " + rr.Header().Name
			}
			if got != tt.want {
				t.Errorf("%s %s %s %s: %s, want %s", tt.at, network, tt.name, tt.qtype, got, tt.want)
			}
		}
	}
}

func TestTruncatedOnlyOverUDP(t *testing.T) {
	s := start(t, parse(t, dnsWorld), "2024-03-06")
	if r := ask(t, s, "udp", "sick.org", dns.TypeA); !r.Truncated || len(r.Answer) != 0 {
		t.Errorf("udp: %v", r)
	}
	if r := ask(t, s, "tcp", "sick.org", dns.TypeA); r.Truncated || len(r.Answer) != 1 {
		t.Errorf("tcp: %v", r)
	}
	// An answer that is too long for UDP is cut without any fault.
	w := parse(t, strings.Replace(dnsWorld, `records: ["@`, "records: ["+strings.Repeat(`"big TXT \"`+strings.Repeat("x", 200)+`\"", `, 10)+`"@`, 1))
	s = start(t, w, "2024-03-01")
	if r := ask(t, s, "udp", "big.zoo.net", dns.TypeTXT); !r.Truncated {
		t.Errorf("udp: %d records fit", len(r.Answer))
	}
	if r := ask(t, s, "tcp", "big.zoo.net", dns.TypeTXT); len(r.Answer) != 10 {
		t.Errorf("tcp: %d records", len(r.Answer))
	}
}

func TestFaultsThatEndOrShare(t *testing.T) {
	s := start(t, parse(t, dnsWorld), "2024-03-09T12:00:00Z")
	begin := time.Now()
	if r := ask(t, s, "udp", "never.cc", dns.TypeNS); r.Rcode != dns.RcodeNameError || time.Since(begin) < 30*time.Millisecond {
		t.Errorf("slow: after %v %v", time.Since(begin), r)
	}
	q := packQuestion(t, "never.so", dns.TypeNS)
	if r := s.answerDNS(q, resolverAddr, true); r.msg != nil {
		t.Error("the first question about never.so is answered")
	}
	if r := s.answerDNS(q, resolverAddr, true); r.msg == nil {
		t.Error("the second question about never.so is not answered")
	}
	hit := 0
	for i := range 200 {
		if r := ask(t, s, "udp", fmt.Sprintf("n%d.pw", i), dns.TypeA); r.Rcode == dns.RcodeRefused {
			hit++
		}
	}
	if hit < 60 || hit > 140 {
		t.Errorf("a share of one half hits %d of 200 names", hit)
	}
}

// A walk from the root asks the same servers that a careful resolver would ask,
// over TCP through the proxy.
func TestReferralsLeadFromTheRootToTheZone(t *testing.T) {
	s := start(t, parse(t, dnsWorld), "2024-03-01T02:00:00Z")
	d, err := proxy.SOCKS5("tcp", s.SOCKSAddr().String(), nil, proxy.Direct)
	if err != nil {
		t.Fatal(err)
	}
	exchange := func(server, name string, qtype uint16) *dns.Msg {
		t.Helper()
		c, err := d.Dial("tcp", server)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		m := new(dns.Msg)
		m.SetQuestion(dns.Fqdn(name), qtype)
		m.RecursionDesired = false
		r, _, err := new(dns.Client).ExchangeWithConn(m, &dns.Conn{Conn: c})
		if err != nil {
			t.Fatal(err)
		}
		if r.RecursionAvailable {
			t.Errorf("%s offers recursion", server)
		}
		return r
	}
	glue := func(r *dns.Msg) string {
		for _, rr := range r.Extra {
			if a, ok := rr.(*dns.A); ok {
				return a.A.String() + ":53"
			}
		}
		t.Fatalf("no glue: %v", r)
		return ""
	}
	root := s.Settings().Roots[0]
	r := exchange(root, "www.held.co.uk", dns.TypeA)
	if r.Authoritative || len(r.Answer) != 0 || r.Ns[0].Header().Name != "uk." {
		t.Fatalf("root: %v", r)
	}
	uk := glue(r)
	if r = exchange(uk, "www.held.co.uk", dns.TypeA); r.Rcode != dns.RcodeNameError || !r.Authoritative {
		t.Fatalf("before registration: %v", r)
	}
	move(t, s, "2024-03-02T02:00:00Z")
	r = exchange(uk, "www.held.co.uk", dns.TypeA)
	if r.Authoritative || r.Ns[0].Header().Name != "held.co.uk." {
		t.Fatalf("uk: %v", r)
	}
	if r = exchange(uk, "held.co.uk", dns.TypeDS); !r.Authoritative || len(r.Answer) != 0 || r.Ns[0].Header().Name != "co.uk." {
		t.Errorf("DS at the parent: %v", r)
	}
	own := glue(exchange(uk, "www.held.co.uk", dns.TypeA))
	if r = exchange(own, "www.held.co.uk", dns.TypeA); !r.Authoritative || rrTypes(r.Answer) != "A" {
		t.Errorf("zone: %v", r)
	}
	if r = exchange(own, "zoo.net", dns.TypeA); r.Rcode != dns.RcodeRefused {
		t.Errorf("not its zone: %v", r)
	}
	if r = exchange(root, "zoo.net", dns.TypeAXFR); r.Rcode != dns.RcodeRefused {
		t.Errorf("AXFR: %v", r)
	}
	// A lame zone: the parent still delegates, its own servers know nothing.
	move(t, s, "2024-03-05T02:00:00Z")
	org := glue(exchange(root, "sick.org", dns.TypeNS))
	r = exchange(org, "sick.org", dns.TypeNS)
	if len(r.Ns) == 0 || r.Ns[0].Header().Name != "sick.org." {
		t.Fatalf("parent of a lame zone: %v", r)
	}
	if r = exchange(glue(r), "sick.org", dns.TypeNS); r.Rcode != dns.RcodeRefused {
		t.Errorf("lame: %v", r)
	}
}

// The fast path may only differ from the careful one in speed.
func TestFastAndCarefulPathAgree(t *testing.T) {
	s := New(parse(t, dnsWorld), Options{})
	defer s.Close()
	names := []string{"never.cc", "a.b.c.never.co.uk", "x.nosuchtld", "zoo.net", "cc", "never.tk", "never.ws", "mail.zoo.net", "x.s3.amazonaws.com", "_dmarc.never.so"}
	suffixes := suffixNames()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		names = append(names, fmt.Sprintf("label%d.%s", rnd.IntN(99), suffixes[rnd.IntN(len(suffixes))]))
	}
	var name [255]byte
	var labels [128]byte
	fast := 0
	for _, at := range []string{"2024-03-01", "2024-03-09", "2024-03-11"} {
		move(t, s, at)
		_, v := s.current()
		for _, n := range names {
			q := packQuestion(t, upperSome(n, rnd), []uint16{dns.TypeA, dns.TypeNS, dns.TypeSOA, dns.TypeTXT}[rnd.IntN(4)])
			got, ok := v.miss(q, name[:], labels[:], nil)
			if !ok {
				continue
			}
			fast++
			a, b := new(dns.Msg), new(dns.Msg)
			if err := a.Unpack(got); err != nil {
				t.Fatalf("%s: %v", n, err)
			}
			r := s.answerDNS(q, resolverAddr, true)
			if err := b.Unpack(r.msg); err != nil {
				t.Fatal(err)
			}
			for _, rr := range a.Ns { // an owner that is compressed into the question has its letters
				rr.Header().Name = strings.ToLower(rr.Header().Name)
				rr.Header().Rdlength = 0
			}
			for _, rr := range b.Ns {
				rr.Header().Ttl = min(rr.Header().Ttl, rr.(*dns.SOA).Minttl)
				rr.Header().Rdlength = 0
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s:\n%v\n%v", n, a, b)
			}
		}
	}
	if fast < 500 {
		t.Errorf("only %d questions took the fast path", fast)
	}
}

func upperSome(s string, rnd *rand.Rand) string {
	b := []byte(s)
	for i := range b {
		if rnd.IntN(2) == 0 {
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
	}
	return string(b)
}

func TestTheLettersOfTheQuestionComeBack(t *testing.T) {
	s := start(t, parse(t, dnsWorld), "2024-03-01")
	for _, n := range []string{"NeVer.Cc.", "wWw.zOo.NET."} {
		if r := ask(t, s, "udp", n, dns.TypeA); r.Question[0].Name != n {
			t.Errorf("%s came back as %s", n, r.Question[0].Name)
		} else if len(r.Answer) > 0 && r.Answer[0].Header().Name != n {
			t.Errorf("%s is answered as %s", n, r.Answer[0].Header().Name)
		}
	}
}

func TestBrokenPacketsGetAnErrorOrNothing(t *testing.T) {
	s := New(parse(t, dnsWorld), Options{})
	defer s.Close()
	q := packQuestion(t, "zoo.net", dns.TypeA)
	for _, tt := range []struct {
		name  string
		edit  func(b []byte) []byte
		rcode int // -1: nothing
	}{
		{"a header that is cut off", func(b []byte) []byte { return b[:8] }, -1},
		{"an answer", func(b []byte) []byte { b[2] |= 0x80; return b }, -1},
		{"a question that is cut off", func(b []byte) []byte { return b[:15] }, dns.RcodeFormatError},
		{"no question", func(b []byte) []byte { b[5] = 0; b[11] = 0; return b[:12] }, dns.RcodeFormatError},
		{"another opcode", func(b []byte) []byte { b[2] |= dns.OpcodeNotify << 3; return b }, dns.RcodeNotImplemented},
		{"another class", func(b []byte) []byte { b[24] = dns.ClassCHAOS; return b }, dns.RcodeRefused},
		{"another EDNS version", func(b []byte) []byte { b[len(b)-5] = 1; return b }, dns.RcodeBadVers},
	} {
		b := tt.edit(append([]byte(nil), q...))
		r := s.answerDNS(b, resolverAddr, true)
		if tt.rcode < 0 {
			if r.msg != nil {
				t.Errorf("%s is answered", tt.name)
			}
			continue
		}
		m := new(dns.Msg)
		if err := m.Unpack(r.msg); err != nil || m.Rcode != tt.rcode || m.Id != binary.BigEndian.Uint16(q) {
			t.Errorf("%s: %v %v, want %s", tt.name, err, m, dns.RcodeToString[tt.rcode])
		}
	}
}

func TestAddressesAreThoseOfThePlan(t *testing.T) {
	small, big := New(parse(t, smallest(t)), Options{}), New(parse(t, dnsWorld), Options{})
	defer small.Close()
	defer big.Close()
	moved := 0
	for h, a := range small.topo.addr {
		if !netip.MustParsePrefix("198.18.0.0/15").Contains(a) {
			t.Errorf("%s has %s", h, a)
		}
		if b, ok := big.topo.addr[h]; ok && a != b {
			moved++
		}
	}
	if moved > 5 { // a collision may move one
		t.Errorf("%d servers have another address in another world", moved)
	}
	if len(small.topo.nameOf) < len(small.topo.addr) {
		t.Error("two servers share an address")
	}
}

func FuzzQuestion(f *testing.F) {
	s := New(parse(f, dnsWorld), Options{})
	f.Cleanup(func() { s.Close() })
	f.Add(packQuestion(f, "never.cc", dns.TypeNS))
	f.Add(packQuestion(f, "zoo.net", dns.TypeA))
	f.Add(append(packQuestion(f, "x.y", dns.TypeA), 0))
	f.Add([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, '.', 2, 'c', 'c', 0, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var name [255]byte
		var labels [128]byte
		_, v := s.current()
		r := s.answerDNS(b, resolverAddr, true)
		got, ok := v.miss(b, name[:], labels[:], nil)
		if !ok {
			return
		}
		a, c := new(dns.Msg), new(dns.Msg)
		if err := a.Unpack(got); err != nil {
			t.Fatalf("the fast path answers % x, which does not unpack: %v", got, err)
		}
		if err := c.Unpack(r.msg); err != nil || c.Rcode != a.Rcode || !reflect.DeepEqual(c.Question, a.Question) || c.Id != a.Id {
			t.Errorf("%v\n%v", a, c)
		}
	})
}

func FuzzSOCKSRequest(f *testing.F) {
	f.Add([]byte{5, 1, 0, 3, 2, 'c', 'c', 0, 80})
	f.Add([]byte{5, 1, 0, 1, 198, 18, 0, 1, 0, 53})
	f.Add([]byte{5, 3, 0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		host, _, code, err := socksRequest(strings.NewReader(string(b)))
		if err == nil && code == socksGranted && len(host) > 255 {
			t.Errorf("%q", host)
		}
		socksGreeting(struct {
			io.Reader
			io.Writer
		}{strings.NewReader(string(b)), io.Discard})
	})
}
