package scan

import (
	"fmt"
	"testing"

	"respawn/tracker"
)

func TestWhatASiteReveals(t *testing.T) {
	farm := make([]tracker.Name, manyLinks+1)
	for i := range farm {
		farm[i] = tracker.Name(fmt.Sprintf("tenant%04d.net", i))
	}
	at := func(ns ...tracker.Name) *tracker.DNS { return &tracker.DNS{NS: ns} }
	for _, tt := range []struct {
		name string
		f    *tracker.Fingerprint
		dns  *tracker.DNS
		want []string // rule and name
	}{
		{"redirects before certificates before links", &tracker.Fingerprint{Outbound: []tracker.Name{"c.net"}, SANs: []tracker.Name{"b.net"}, Redirects: []tracker.Name{"a.net"}}, nil, []string{"redirect a.net", "certificate b.net", "outbound c.net"}},
		{"a page of links reveals none of them, its redirect still does", &tracker.Fingerprint{Outbound: farm, Redirects: []tracker.Name{"a.net"}}, nil, []string{"redirect a.net"}},
		{"a hoster's bundle reveals none of its tenants", &tracker.Fingerprint{SANs: farm[:21]}, nil, nil},
		{"its own name is no news", &tracker.Fingerprint{Redirects: []tracker.Name{"rumbopopular.so"}, Outbound: []tracker.Name{"rumbopopular.so"}}, nil, nil},
		{"a provider on its customer's certificate is no news", &tracker.Fingerprint{SANs: []tracker.Name{"granhost.net", "b.net"}, Outbound: []tracker.Name{"granhost.net"}}, at("ns1.granhost.net", "ns2.granhost.net"), []string{"certificate b.net"}},
		{"no page, no names", nil, nil, nil},
	} {
		var got []string
		for _, k := range revealedBy(&tracker.Site{Name: "rumbopopular.so", Fingerprint: tt.f, DNS: tt.dns}) {
			got = append(got, k.Rule+" "+string(k.Name))
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
