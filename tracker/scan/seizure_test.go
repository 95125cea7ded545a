package scan

import (
	"strings"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// From name servers to the event: what the parent, the resolver and the registry
// said on each night is judged by custody and folded by lifecycle.
func TestSeizureAndUnseizureEndToEnd(t *testing.T) {
	locks := []string{"client transfer prohibited", "server delete prohibited", "server transfer prohibited", "server update prohibited"}
	start := time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)
	names := func(s string) []tracker.Name {
		var out []tracker.Name
		for _, f := range strings.Fields(s) {
			out = append(out, tracker.MustName(f))
		}
		return out
	}
	type night struct {
		parent, resolver string
		statuses         []string
	}
	const own, fbi = "ns1.host.example ns2.host.example", "ns1.fbi.seized.gov ns2.fbi.seized.gov"
	for _, tt := range []struct {
		name   string
		nights []night
		want   string // events of control, with the holder that they lead to
	}{
		{"seized and given back", []night{{own, own, nil}, {fbi, own, locks}, {fbi, fbi, locks}, {own, fbi, nil}, {own, own, nil}},
			"found operator, takeover seized, unseize operator"},
		{"the agency's own zone changes hands is no unseizure", []night{{own, own, nil}, {fbi, fbi, locks}, {"ns3.fbi.seized.gov ns4.fbi.seized.gov", fbi, locks}},
			"found operator, takeover seized"},
		{"a resolver that lags undoes nothing", []night{{own, own, nil}, {fbi, fbi, locks}, {fbi, own, locks}},
			"found operator, takeover seized"},
		{"the parent takes it back while resolvers lag", []night{{own, own, nil}, {fbi, fbi, locks}, {own, fbi, nil}},
			"found operator, takeover seized, unseize operator"},
		{"the FBI's pair at Cloudflare is nobody's seizure", []night{{own, own, nil}, {"jocelyn.ns.cloudflare.com plato.ns.cloudflare.com", "jocelyn.ns.cloudflare.com plato.ns.cloudflare.com", nil}},
			"found operator"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var obs []tracker.Observation
			for i, n := range tt.nights {
				at := start.Add(time.Duration(i) * 24 * time.Hour)
				add := func(p tracker.Probe, f tracker.Facts) {
					at = at.Add(time.Second)
					obs = append(obs, tracker.Observation{Name: "rrn.example", Probe: p, At: at, Run: tracker.RunID(i + 1), Outcome: tracker.Present, Facts: &f})
				}
				add(tracker.ProbeDNS, tracker.Facts{DNS: &tracker.DNS{Status: "noerror", NS: names(n.resolver)}})
				add(tracker.ProbeDelegation, tracker.Facts{Delegation: &tracker.Delegation{Parent: "example", NS: names(n.parent)}})
				add(tracker.ProbeRegistration, tracker.Facts{Registration: &tracker.Registration{Source: "rdap", Statuses: n.statuses, CreatedAt: start.AddDate(-1, 0, 0)}})
			}
			newJudge().fold("rrn.example", nil, obs, func(tracker.Digest) *tracker.Fingerprint { return nil })
			r := lifecycle.Replay(obs, lifecycle.DefaultPolicy(), obs[len(obs)-1].At.Add(time.Hour))
			var got []string
			for _, tr := range r.Transitions {
				if tr.Axis == tracker.AxisControl {
					got = append(got, tr.Event+" "+tr.To)
				}
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
		})
	}
}
