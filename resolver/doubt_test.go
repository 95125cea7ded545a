package resolver

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"respawn/tracker"
)

func outcomes(as []tracker.SweepAnswer) string {
	var b strings.Builder
	for i, a := range as {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(a.Outcome.String())
		if a.Outcome == tracker.Unknown {
			b.WriteString(":" + string(a.Reason))
		}
	}
	return b.String()
}

func TestDoubt(t *testing.T) {
	own := []tracker.Name{"ns1.host.example"}
	parking := []tracker.Name{"ns1.parking.example"}
	refuse := func(suffix string, rcode int) func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool {
		return func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
			if n := strings.ToLower(q.Question[0].Name); n == suffix || strings.HasSuffix(n, "."+suffix) {
				m.Rcode, m.Answer, m.Ns = rcode, nil, nil
			}
			return false
		}
	}
	for _, tt := range []struct {
		why     string
		mangle  func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool
		answers []tracker.SweepAnswer
		want    string
	}{
		{"an honest suffix is believed", nil, []tracker.SweepAnswer{
			{Name: "taken.so", Outcome: tracker.Present, NS: own}, {Name: "host.taken.so", Outcome: tracker.Present},
			{Name: "gone.so", Outcome: tracker.Absent}, {Name: "deaf.so", Outcome: tracker.Unknown, Reason: tracker.ReasonTimeout},
		}, "present present absent unknown:timeout"},
		{"in a wildcard zone only a delegation of its own counts, as often as a name is in the list", nil, []tracker.SweepAnswer{
			{Name: "nobody.ws", Outcome: tracker.Present}, {Name: "nobody.ws", Outcome: tracker.Present},
			{Name: "real.ws", Outcome: tracker.Present, NS: own}, {Name: "parked.vg", Outcome: tracker.Present, NS: parking},
			{Name: "real.vg", Outcome: tracker.Present, NS: own},
		}, "wildcard wildcard present wildcard present"},
		{"a suffix of two labels can be a wildcard too", func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
			if m.Rcode == dns.RcodeNameError && strings.HasSuffix(strings.ToLower(q.Question[0].Name), ".co.uk.") {
				m.Rcode, m.Ns = dns.RcodeSuccess, nil
			}
			return false
		}, []tracker.SweepAnswer{
			{Name: "host.co.uk", Outcome: tracker.Present}, {Name: "www.host.co.uk", Outcome: tracker.Present}, {Name: "real.co.uk", Outcome: tracker.Present, NS: own},
		}, "wildcard wildcard present"},
		{"where the suffix cannot be judged a delegation is left", refuse("so.", dns.RcodeRefused), []tracker.SweepAnswer{
			{Name: "taken.so", Outcome: tracker.Present, NS: own}, {Name: "host.so", Outcome: tracker.Present},
		}, "present unknown:refused"},
		{"a suffix that cannot be found but invents nothing is good enough", func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
			if strings.EqualFold(q.Question[0].Name, "so.") {
				m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
			}
			return false
		}, []tracker.SweepAnswer{{Name: "host.so", Outcome: tracker.Present}}, "present"},
		{"a suffix that says now this and now that proves nothing", func(_ dns.ResponseWriter, q, m *dns.Msg) bool {
			if m.Rcode == dns.RcodeNameError && q.Question[0].Qtype == dns.TypeA {
				m.Rcode, m.Ns = dns.RcodeSuccess, nil
			}
			return false
		}, []tracker.SweepAnswer{
			{Name: "host.so", Outcome: tracker.Present}, {Name: "taken.so", Outcome: tracker.Present, NS: own},
		}, "unknown:bad-answer unknown:bad-answer"},
		{"names of no suffix at all", nil, []tracker.SweepAnswer{{Name: "so", Outcome: tracker.Present}}, "present"},
		{"nothing to doubt", nil, nil, ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFake(t, suffixRecords, tt.mangle)
			c := newClient(t, Config{Resolvers: []string{f.addr}})
			if err := c.Doubt(t.Context(), tt.answers); err != nil {
				t.Fatal(err)
			}
			if got := outcomes(tt.answers); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A wildcard that appears while a long list is swept is seen by the next portion,
// and one that goes away is forgotten.
func TestDoubtIsNotRemembered(t *testing.T) {
	var wild atomic.Bool
	f := newFake(t, suffixRecords, func(_ dns.ResponseWriter, _, m *dns.Msg) bool {
		if wild.Load() && m.Rcode == dns.RcodeNameError {
			m.Rcode, m.Ns = dns.RcodeSuccess, nil
		}
		return false
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	for _, want := range []tracker.Outcome{tracker.Present, tracker.Wildcard, tracker.Present} {
		wild.Store(want == tracker.Wildcard)
		as := []tracker.SweepAnswer{{Name: "host.so", Outcome: tracker.Present}}
		if err := c.Doubt(t.Context(), as); err != nil || as[0].Outcome != want {
			t.Errorf("%v, %v; want %v", as[0].Outcome, err, want)
		}
	}
}

// What the sweep remembers of a wildcard is asked again after some minutes, and
// the names that it spoiled are too.
func TestAWildcardThatIsGoneSpoilsNoNames(t *testing.T) {
	var wild atomic.Bool
	f := newFake(t, suffixRecords, func(_ dns.ResponseWriter, _, m *dns.Msg) bool {
		if wild.Load() && m.Rcode == dns.RcodeNameError {
			m.Rcode, m.Ns = dns.RcodeSuccess, nil
		}
		return false
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	names := []tracker.Name{"nobody.so"}
	ask := func() string {
		t.Helper()
		byName := make(map[tracker.Name]tracker.SweepAnswer)
		if _, err := c.Sweep(t.Context(), slices.Values(names), func(a tracker.SweepAnswer) { byName[a.Name] = a }); err != nil {
			t.Fatal(err)
		}
		answers := []tracker.SweepAnswer{byName[names[0]], byName[names[0]]}
		if err := c.Doubt(t.Context(), answers); err != nil {
			t.Fatal(err)
		}
		return outcomes(answers)
	}
	if got, want := ask(), "absent absent"; got != want {
		t.Errorf("an honest suffix: %s, want %s", got, want)
	}
	wild.Store(true)
	if got, want := ask(), "wildcard wildcard"; got != want {
		t.Errorf("a wildcard: %s, want %s", got, want)
	}
	wild.Store(false)
	if got, want := ask(), "wildcard wildcard"; got != want {
		t.Errorf("soon after: %s, want %s", got, want)
	}
	c.epoch = c.epoch.Add(-wildKept)
	if got, want := ask(), "absent absent"; got != want {
		t.Errorf("some minutes later: %s, want %s", got, want)
	}
}

// A resolver that turns to saying NXDOMAIN to everything fails the canaries that
// are asked at the end, and with them the run.
func TestCanariesSeeAFlip(t *testing.T) {
	var flipped atomic.Bool
	f := newFake(t, "example.com. 60 IN NS a.example.\niana.org. 60 IN NS a.example.\nwikipedia.org. 60 IN NS a.example.", func(_ dns.ResponseWriter, _, m *dns.Msg) bool {
		if flipped.Load() {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
		}
		return false
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	for _, want := range []bool{true, false} {
		flipped.Store(!want)
		rep, err := c.Canaries(t.Context(), []string{"example.com", "iana.org", "wikipedia.org"}, true)
		if err != nil || rep.OK != want || !want && rep.Paths[0].Reason != tracker.ReasonNotTrusted {
			t.Errorf("%+v, %v", rep, err)
		}
	}
}
