package resolver

import (
	"bytes"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"respawn/tracker"
)

func TestPackQuery(t *testing.T) {
	long := strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 61)
	for _, name := range []string{"", "so", "rrn.so", "xn--e1afmkfd.xn--p1ai", "_dmarc.example.com", "a-b.c0.de", long} {
		var buf [maxQuery]byte
		mix := &coin{src: newChaCha()}
		qend, end := packQuery(buf[:], name, typeNS, mix)
		m := new(dns.Msg)
		if err := m.Unpack(buf[:end]); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		o := m.IsEdns0()
		if q := m.Question[0]; bare(q.Name) != name || q.Qtype != dns.TypeNS || q.Qclass != 1 || !m.RecursionDesired || m.Response || o == nil || o.UDPSize() != ednsSize {
			t.Errorf("%q: packed as %v", name, m)
		}
		end = dropEDNS(buf[:], qend)
		if err := m.Unpack(buf[:end]); err != nil || m.IsEdns0() != nil {
			t.Errorf("%q without EDNS: %v", name, err)
		}
	}
	for _, name := range []string{".", "a..b", ".a", "a.", strings.Repeat("a", 64) + ".de", long + "bbb.x"} {
		if _, end := packQuery(make([]byte, maxQuery), name, typeNS, nil); end != 0 {
			t.Errorf("%.20q was packed", name)
		}
	}
}

func TestLettersAreMixed(t *testing.T) {
	var upper, lower int
	mix := &coin{src: newChaCha()}
	for range 200 {
		var buf [maxQuery]byte
		qend, _ := packQuery(buf[:], "abcxyz-09.example", typeNS, mix)
		for _, c := range buf[headerLen : qend-4] {
			switch {
			case c >= 'A' && c <= 'Z':
				upper++
			case c >= 'a' && c <= 'z':
				lower++
			}
		}
	}
	if total := upper + lower; total != 200*13 || upper < total*2/5 || lower < total*2/5 {
		t.Errorf("%d upper, %d lower", upper, lower)
	}
}

// FuzzRead feeds replies of every kind to the reader of the sweep. Whatever
// comes, it must end, and may decide only as a reader that unpacks all of the
// message would.
func FuzzRead(f *testing.F) {
	var q [maxQuery]byte
	qend, end := packQuery(q[:], "rrn.so", typeNS, nil)
	seed := func(edit func(*dns.Msg)) {
		m := new(dns.Msg)
		if err := m.Unpack(q[:end]); err != nil {
			f.Fatal(err)
		}
		m.SetReply(m.Copy())
		edit(m)
		for _, compress := range []bool{false, true} {
			m.Compress = compress
			b, err := m.Pack()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	soa := rr(f, "so. 60 IN SOA a.nic.so. x. 1 1 1 1 1")
	seed(func(m *dns.Msg) { m.Rcode = dns.RcodeNameError; m.Ns = []dns.RR{soa} })
	seed(func(m *dns.Msg) { m.Ns = []dns.RR{soa} })
	seed(func(m *dns.Msg) {
		m.Answer = []dns.RR{rr(f, "rrn.so. 60 IN NS ns1.rrn.so."), rr(f, "RRN.so. 60 IN NS ns2.host.example.")}
	})
	seed(func(m *dns.Msg) { m.Ns = []dns.RR{rr(f, "rrn.so. 60 IN NS ns1.rrn.so.")} })
	seed(func(m *dns.Msg) { m.Ns = []dns.RR{rr(f, ". 60 IN NS a.root-servers.net.")} })
	seed(func(m *dns.Msg) {
		m.Rcode = dns.RcodeNameError
		m.Answer = []dns.RR{rr(f, "rrn.so. 60 IN CNAME nowhere.invalid.")}
	})
	seed(func(m *dns.Msg) {
		m.Answer = []dns.RR{rr(f, "rrn.so. 60 IN A 127.0.0.1"), rr(f, "rrn.so. 60 IN AAAA ::1"), rr(f, "other.so. 60 IN A 1.2.3.4")}
	})
	seed(func(m *dns.Msg) {
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{soa}
		explain(m, dns.ExtendedErrorCodeCensored)
	})
	seed(func(m *dns.Msg) {
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{rr(f, "rrn.cc. 60 IN SOA a. x. 1 1 1 1 1"), rr(f, "rrn.so. 60 IN NS a.")}
	})
	seed(func(m *dns.Msg) { m.Truncated = true })
	seed(func(m *dns.Msg) { m.Rcode = dns.RcodeServerFailure })
	seed(func(m *dns.Msg) { m.Question[0].Name = "rrn.cc." })
	f.Add([]byte{})
	f.Add(q[:end])
	f.Add(append(q[:qend:qend], 0xc0, byte(qend), 0, 2, 0, 1, 0, 0, 0, 0, 0, 0))

	f.Fuzz(func(t *testing.T, msg []byte) {
		r := read(msg, q[headerLen:qend], true)
		if fold := read(msg, q[headerLen:qend], false); r.verdict != isForeign && fold.verdict != r.verdict {
			t.Errorf("exact says %v, folded %v", r.verdict, fold.verdict)
		}
		if r.verdict != isPresent && r.verdict != isAbsent {
			return
		}
		if !bytes.Equal(msg[headerLen:qend], q[headerLen:qend]) || msg[2]&0x82 != 0x80 {
			t.Errorf("decided from a message that is no whole answer to the question")
		}
		for _, n := range r.ns {
			if p, err := tracker.ParseName(string(n)); err != nil || p != n {
				t.Errorf("name server %q is not canonical", n)
			}
		}
		m := new(dns.Msg)
		if m.Unpack(msg) != nil || m.Truncated {
			return // the sweep reads less of a message, so it may be broken where it does not look
		}
		alias := aliased(m, "rrn.so")
		switch {
		case r.verdict == isAbsent && (m.Rcode != dns.RcodeNameError || alias):
			t.Errorf("absent, from %v", m)
		case r.verdict == isAbsent && len(m.Answer) == 0 && proveNothing(m, "rrn.so"):
			t.Errorf("absent, from %v", m)
		case r.verdict == isPresent && m.Rcode != dns.RcodeSuccess && !alias:
			t.Errorf("present, from %v", m)
		case r.verdict == isPresent && !alias && len(r.ns) == 0 && refersElsewhere(m, "rrn.so"):
			t.Errorf("present, from a referral: %v", m)
		}
	})
}

// proveNothing says whether an NXDOMAIN quotes the zone of others or was ordered.
func proveNothing(m *dns.Msg, name string) bool {
	for _, rr := range m.Ns {
		if s, ok := rr.(*dns.SOA); ok {
			if zone := bare(s.Hdr.Name); zone != "" && zone != name && !strings.HasSuffix(name, "."+zone) {
				return true
			}
		}
	}
	if o := m.IsEdns0(); o != nil && o == firstOPT(m) {
		for _, e := range o.Option {
			if e, ok := e.(*dns.EDNS0_EDE); ok && e.InfoCode >= 15 && e.InfoCode <= 19 {
				return true
			}
		}
	}
	return false
}

// firstOPT is the record that counts where a message has two, against RFC 6891.
func firstOPT(m *dns.Msg) *dns.OPT {
	for _, rr := range m.Extra {
		if o, ok := rr.(*dns.OPT); ok {
			return o
		}
	}
	return nil
}

// FuzzSaid feeds replies of authoritative servers to the walk.
func FuzzSaid(f *testing.F) {
	for _, s := range []string{
		"rrn.so. 60 IN NS ns1.rrn.so.", "so. 60 IN NS a.nic.so.", ". 60 IN NS a.root.", "so. 60 IN SOA a. b. 1 1 1 1 1",
		"cc. 60 IN NS a.nic.cc.", "www.rrn.so. 60 IN NS a.b.",
	} {
		m := new(dns.Msg)
		m.SetQuestion("rrn.so.", dns.TypeNS)
		m.Response = true
		m.Ns = []dns.RR{rr(f, s)}
		m.Extra = []dns.RR{rr(f, "ns1.rrn.so. 60 IN A 127.0.0.1")}
		b, _ := m.Pack()
		f.Add(b, "so")
		f.Add(b, "")
	}
	f.Fuzz(func(t *testing.T, msg []byte, zone string) {
		m := new(dns.Msg)
		if m.Unpack(msg) != nil || len(zone) > 20 || zone != "" && !strings.HasSuffix("rrn.so", "."+zone) {
			return
		}
		var s said
		s.read(m, zone, "rrn.so", dns.TypeNS)
		if s.kind == saysReferral {
			// Each step must go down, or a walk would have no end.
			if len(s.cut) <= len(zone) || s.cut != "rrn.so" && !strings.HasSuffix("rrn.so", "."+s.cut) {
				t.Errorf("zone %q refers to %q", zone, s.cut)
			}
		}
		if s.kind == saysNothing && s.reason == "" {
			t.Error("nothing, and no reason")
		}
	})
}
