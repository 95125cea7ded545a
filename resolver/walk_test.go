package resolver

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// An internet maps the addresses of name servers to fakes on loopback.
type internet struct {
	mu     sync.Mutex
	hosts  map[string]*fake // by IP:53
	dialed []string
}

func (in *internet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	in.mu.Lock()
	in.dialed = append(in.dialed, network+" "+address)
	f := in.hosts[address]
	in.mu.Unlock()
	if f == nil {
		return nil, fmt.Errorf("no route to %s", address)
	}
	return dialer(ctx, network, f.addr)
}

func (in *internet) count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.dialed)
}

// authority makes a fake answer as the name servers of zone would: it refers to
// cuts (zone-file NS and glue lines), says AA otherwise, and REFUSED elsewhere.
func authority(t testing.TB, zone string, cuts string, records string) *fake {
	t.Helper()
	var ns, glue []dns.RR
	for line := range strings.Lines(cuts) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r := rr(t, line)
		if r.Header().Rrtype == dns.TypeNS || r.Header().Rrtype == dns.TypeDS {
			ns = append(ns, r)
		} else {
			glue = append(glue, r)
		}
	}
	return newFake(t, records, func(w dns.ResponseWriter, q, m *dns.Msg) bool {
		name := strings.ToLower(q.Question[0].Name)
		m.RecursionAvailable = false
		if !dns.IsSubDomain(zone, name) {
			m.Answer, m.Ns, m.Rcode = nil, nil, dns.RcodeRefused
			return false
		}
		var cut, ds []dns.RR
		for _, r := range ns {
			if dns.IsSubDomain(r.Header().Name, name) {
				if r.Header().Rrtype == dns.TypeDS {
					ds = append(ds, r)
				} else {
					cut = append(cut, r)
				}
			}
		}
		soa := &dns.SOA{Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeSOA, Class: 1, Ttl: 60}, Ns: "ns.example.", Mbox: "x."}
		switch {
		case len(cut) > 0 && q.Question[0].Qtype == dns.TypeDS:
			m.Authoritative, m.Rcode, m.Answer, m.Ns = true, 0, ds, nil
			if len(ds) == 0 {
				m.Ns = []dns.RR{soa}
			}
		case len(cut) > 0:
			m.Rcode, m.Answer, m.Ns = 0, nil, cut
			for _, g := range glue {
				if slices.ContainsFunc(cut, func(n dns.RR) bool { return n.(*dns.NS).Ns == g.Header().Name }) {
					m.Extra = append(m.Extra, g)
				}
			}
		default:
			m.Authoritative = true
			for i, r := range m.Ns {
				if r.Header().Rrtype == dns.TypeSOA {
					m.Ns[i] = soa
				}
			}
		}
		return false
	})
}

// world is a root, three suffixes and some zones below them.
func world(t testing.TB) (*Client, *internet) {
	t.Helper()
	in := &internet{hosts: map[string]*fake{
		"198.18.0.1:53": authority(t, ".", `
			cc. 172800 IN NS a.nic.cc.
			a.nic.cc. 172800 IN A 198.18.0.2
			ws. 172800 IN NS ns.ws.example.
			lame. 172800 IN NS a.nic.lame.
			a.nic.lame. 172800 IN A 198.18.0.9
			loop. 172800 IN NS a.nic.loop.
			a.nic.loop. 172800 IN A 198.18.0.5
			uk. 172800 IN NS a.nic.uk.
			a.nic.uk. 172800 IN A 198.18.0.6`, `example. 60 IN TXT "x"`),
		"198.18.0.2:53": authority(t, "cc.", `
			artichoc.cc. 86400 IN NS ns2.fbi.seized.gov.
			artichoc.cc. 86400 IN NS ns1.fbi.seized.gov.
			artichoc.cc. 86400 IN DS 1 8 2 00
			inside.cc. 86400 IN NS ns.inside.cc.
			ns.inside.cc. 86400 IN A 198.18.0.7
			ns.inside.cc. 86400 IN AAAA 2001:db8::7
			lameduck.cc. 86400 IN NS ns.lameduck.cc.
			ns.lameduck.cc. 86400 IN A 198.18.0.8`, "host.cc. 60 IN A 198.18.7.7"),
		"198.18.0.3:53": authority(t, "ws.", "real.ws. 86400 IN NS ns1.real.example.", "*.ws. 60 IN A 64.70.19.203"),
		"198.18.0.5:53": authority(t, "loop.", "loop. 60 IN NS a.nic.loop.", ""),
		"198.18.0.6:53": authority(t, "uk.", "", "site.co.uk. 60 IN NS ns1.site.example.\nco.uk. 60 IN TXT x"), // both zones on one server
		"198.18.0.7:53": authority(t, "inside.cc.", "", "inside.cc. 60 IN SOA ns.inside.cc. x. 1 1 1 1 1"),
		"198.18.0.8:53": authority(t, "other.cc.", "", ""),
		"198.18.0.9:53": authority(t, "somewhere.", "", ""),
	}}
	rec := newFake(t, "ns.ws.example. 60 IN A 198.18.0.3", nil)
	c := newClient(t, Config{
		Resolvers: []string{rec.addr}, Roots: []string{"198.18.0.1"}, DialAuthority: in.dial,
	})
	return c, in
}

func TestParentDelegation(t *testing.T) {
	c, _ := world(t)
	for _, tt := range []struct {
		why, name string
		outcome   tracker.Outcome
		reason    tracker.Reason
		parent    string
		ns        string
		glue      string
		ds        bool
	}{
		{"a seized name", "artichoc.cc", tracker.Present, "", "cc", "ns1.fbi.seized.gov ns2.fbi.seized.gov", "", true},
		{"glue of both families", "inside.cc", tracker.Present, "", "cc", "ns.inside.cc", "198.18.0.7 2001:db8::7", false},
		{"a name that is not delegated", "gone.cc", tracker.Absent, "", "cc", "", "", false},
		{"a host of the parent's own zone", "host.cc", tracker.Present, "", "cc", "", "", false},
		{"a wildcard is no delegation", "nobody.ws", tracker.Absent, tracker.ReasonWildcard, "ws", "", "", false},
		{"a delegation in a wildcard zone", "real.ws", tracker.Present, "", "ws", "ns1.real.example", "", false},
		{"a suffix that does not exist", "foo.nosuch", tracker.Absent, "", ".", "", "", false},
		{"servers that do not serve the suffix", "foo.lame", tracker.Unknown, tracker.ReasonLame, "", "", "", false},
		{"a zone that refers to itself", "foo.loop", tracker.Unknown, tracker.ReasonLame, "", "", "", false},
		{"parent and child on one server", "site.co.uk", tracker.Present, "", "uk", "ns1.site.example", "", false},
		{"a name below a delegation", "www.inside.cc", tracker.Absent, "", "inside.cc", "", "", false},
	} {
		v, err := c.ParentDelegation(t.Context(), tracker.Name(tt.name))
		if err != nil || v.Outcome != tt.outcome || v.Reason != tt.reason || v.Server == "" {
			t.Errorf("%s: %s is %v %q from %q, %v; want %v %q", tt.why, tt.name, v.Outcome, v.Reason, v.Server, err, tt.outcome, tt.reason)
			continue
		}
		if tt.outcome == tracker.Unknown {
			if v.Facts != nil {
				t.Errorf("%s: facts without an answer", tt.why)
			}
			continue
		}
		d := v.Facts.Delegation
		var ns, glue []string
		for _, n := range d.NS {
			ns = append(ns, string(n))
		}
		for _, a := range d.Glue {
			glue = append(glue, a.String())
		}
		if string(d.Parent) != tt.parent || strings.Join(ns, " ") != tt.ns || strings.Join(glue, " ") != tt.glue || d.DS != tt.ds {
			t.Errorf("%s: %+v", tt.why, d)
		}
		if len(Messages(v.Bytes)) == 0 || v.Raw != tracker.DigestOf(v.Bytes) || v.At.IsZero() {
			t.Errorf("%s: no evidence", tt.why)
		}
	}
}

func TestParentDelegationRemembersZones(t *testing.T) {
	c, in := world(t)
	look := func() int {
		before := in.count()
		if v, err := c.ParentDelegation(t.Context(), "gone.cc"); v.Outcome != tracker.Absent || err != nil {
			t.Fatalf("%v %q %v", v.Outcome, v.Reason, err)
		}
		return in.count() - before
	}
	if n := look(); n != 2 {
		t.Errorf("%d questions the first time, want root and suffix", n)
	}
	if n := look(); n != 1 {
		t.Errorf("%d questions the second time, want the suffix alone", n)
	}
	// The suffix moves to another server: the cache must not keep us from it.
	in.mu.Lock()
	in.hosts["198.18.0.2:53"] = in.hosts["198.18.0.9:53"]
	in.hosts["198.18.0.1:53"] = authority(t, ".", "cc. 60 IN NS b.nic.cc.\nb.nic.cc. 60 IN A 198.18.0.22", "")
	in.hosts["198.18.0.22:53"] = authority(t, "cc.", "", "x.cc. 60 IN A 1.2.3.4")
	in.mu.Unlock()
	look()
}

func TestParentDelegationBehindProxy(t *testing.T) {
	c, in := world(t)
	c.cfg.AuthorityTCP = true
	if v, err := c.ParentDelegation(t.Context(), "artichoc.cc"); v.Outcome != tracker.Present || err != nil {
		t.Fatalf("%v %q %v", v.Outcome, v.Reason, err)
	}
	for _, d := range in.dialed {
		if !strings.HasPrefix(d, "tcp ") {
			t.Errorf("dialed %s; want tcp alone", d)
		}
	}
}
