package resolver

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"

	"respawn/tracker"
)

const suffixRecords = `
so.            60 IN SOA a.nic.so. x. 1 1 1 1 1
taken.so.      60 IN NS ns1.host.example.
ws.            60 IN SOA a.nic.ws. x. 1 1 1 1 1
*.ws.          60 IN A 64.70.19.203
real.ws.       60 IN NS ns1.host.example.
vg.            60 IN SOA a.nic.vg. x. 1 1 1 1 1
*.vg.          60 IN NS ns1.parking.example.
*.vg.          60 IN A 88.198.29.97
*.vg.          60 IN AAAA 2001:db8::97
real.vg.       60 IN NS ns1.host.example.
parked.vg.     60 IN NS ns1.parking.example.
co.uk.         60 IN SOA a.nic.uk. x. 1 1 1 1 1
`

func TestProbeSuffixes(t *testing.T) {
	f := newFake(t, suffixRecords, nil)
	g := newFake(t, suffixRecords, nil)
	c := newClient(t, Config{Resolvers: []string{f.addr, g.addr}})
	vs, err := c.ProbeSuffixes(t.Context(), []string{"so", ".ws", "VG", "nosuch", "co.uk"})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		suffix  string
		outcome tracker.Outcome
		addrs   int
		ns      int
	}{
		{"so", tracker.Present, 0, 0}, {"ws", tracker.Wildcard, 1, 0}, {"vg", tracker.Wildcard, 2, 1},
		{"nosuch", tracker.Absent, 0, 0}, {"co.uk", tracker.Present, 0, 0},
	}
	for i, v := range vs {
		w := want[i]
		if v.Suffix != w.suffix || v.Outcome != w.outcome || len(v.Addrs) != w.addrs || len(v.NS) != w.ns || v.Server == "" || v.At.IsZero() {
			t.Errorf("%+v, want %+v", v, w)
		}
	}
	if vs[1].Addrs[0] != netip.MustParseAddr("64.70.19.203") {
		t.Errorf("the answer set of ws is %v", vs[1].Addrs)
	}

	got, _ := sweep(t, c, "taken.so", "gone.so", "nobody.ws", "real.ws", "www.nobody.ws", "nobody.vg", "real.vg", "parked.vg")
	for name, want := range map[tracker.Name]tracker.Outcome{
		"taken.so":      tracker.Present,
		"gone.so":       tracker.Absent,
		"nobody.ws":     tracker.Wildcard,
		"www.nobody.ws": tracker.Wildcard,
		"real.ws":       tracker.Present, // NS of its own
		"nobody.vg":     tracker.Wildcard,
		"real.vg":       tracker.Present,  // NS other than the wildcard's
		"parked.vg":     tracker.Wildcard, // cannot be told from the wildcard here; its parent can
	} {
		if a := got[name]; a.Outcome != want || (want == tracker.Wildcard) != (a.Reason == tracker.ReasonWildcard) {
			t.Errorf("%s is %v %q, want %v", name, a.Outcome, a.Reason, want)
		}
	}
}

func TestNXDOMAINFromAWildcardZone(t *testing.T) {
	blocked := func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
		switch q.Question[0].Name = bare(q.Question[0].Name); q.Question[0].Name {
		case "blocked.ws", "www.real.ws":
			m.Rcode, m.Answer = dns.RcodeNameError, nil
		}
		return false
	}
	f := newFake(t, suffixRecords, blocked)
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	if _, err := c.ProbeSuffixes(t.Context(), []string{"ws"}); err != nil {
		t.Fatal(err)
	}
	got, _ := sweep(t, c, "blocked.ws", "www.real.ws")
	if a := got["blocked.ws"]; a.Outcome != tracker.Wildcard {
		t.Errorf("nxdomain where the zone answers any name: %v; it contradicts the zone and proves nothing", a.Outcome)
	}
	if a := got["www.real.ws"]; a.Outcome != tracker.Absent {
		t.Errorf("nxdomain below a delegation in a wildcard zone: %v; there it is an answer", a.Outcome)
	}
}

func TestProbeSuffixesDoubts(t *testing.T) {
	sound := newFake(t, suffixRecords, nil)
	liar := newFake(t, suffixRecords, searchPage(t))
	broken := newFake(t, "", func(_ dns.ResponseWriter, _, m *dns.Msg) bool {
		m.Rcode = dns.RcodeServerFailure
		return false
	})
	t.Run("a broken resolver proves nothing", func(t *testing.T) {
		c := newClient(t, Config{Resolvers: []string{broken.addr}})
		vs, err := c.ProbeSuffixes(t.Context(), []string{"so"})
		if err != nil || vs[0].Outcome != tracker.Unknown || vs[0].Reason != tracker.ReasonServFail {
			t.Errorf("%+v, %v", vs, err)
		}
	})
	t.Run("resolvers that contradict each other prove nothing", func(t *testing.T) {
		c := newClient(t, Config{Resolvers: []string{sound.addr, liar.addr}})
		for range 5 {
			vs, err := c.ProbeSuffixes(t.Context(), []string{"so", "nosuch"})
			if err != nil || vs[1].Outcome == tracker.Absent {
				t.Fatalf("%+v, %v; a suffix is absent only if both say so", vs[1], err)
			}
		}
	})
	t.Run("behind a lying resolver every suffix is a wildcard", func(t *testing.T) {
		c := newClient(t, Config{Resolvers: []string{liar.addr}})
		vs, _ := c.ProbeSuffixes(t.Context(), []string{"so"})
		got, _ := sweep(t, c, "gone.so", "taken.so")
		if vs[0].Outcome != tracker.Wildcard || got["gone.so"].Outcome != tracker.Wildcard || got["taken.so"].Outcome != tracker.Present {
			t.Errorf("%+v, %+v", vs[0], got)
		}
	})
}
