package main

import (
	"net"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
)

func TestCheckReaders(t *testing.T) {
	c := &tracker.Case{
		ID:      "d",
		Names:   []tracker.CaseName{{Name: "a.example", Country: "DE"}, {Name: "b.example", Country: "INT"}, {Name: "c.example"}},
		Outlets: []tracker.Outlet{{Name: "o.example", Country: "FR"}},
	}
	for _, tt := range []struct {
		vantages []Vantage
		want     string
	}{
		{[]Vantage{{Name: "home"}}, "no vantage in DE, FR: what is shown to readers there alone is not seen"},
		{[]Vantage{{Name: "home", Country: "DE"}}, "no vantage in FR: what is shown to readers there alone is not seen"},
		{[]Vantage{{Name: "home", Country: "DE"}, {Name: "fr", Country: "FR"}}, ""},
	} {
		if got, lacking := checkReaders(c, tt.vantages); got.Found != tt.want || lacking != (tt.want != "") {
			t.Errorf("%v: %+v, want %q", tt.vantages, got, tt.want)
		}
	}
}

// The proxy of every vantage is tried: a night in which one of them is gone looks from
// there at nothing.
func TestCheckEgressTriesEveryProxy(t *testing.T) {
	there, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	cfg := defaultConfig()
	cfg.Vantages = []Vantage{{Name: "home"}, {Name: "de", Proxy: "socks5h://" + there.Addr().String()}, {Name: "fr", Proxy: "socks5h://" + gone.Addr().String()}}
	door, err := openDoor(&cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range checkEgress(t.Context(), &probes{cfg: &cfg, door: door}) {
		got = append(got, c.What+" "+c.Grade)
	}
	if want := []string{"egress of home ok", "egress of de ok", "egress of fr bad"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCheckClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		why    string
		header []tracker.HeaderField
		want   string
	}{
		{"the same second", []tracker.HeaderField{{Name: "date", Value: "Sun, 01 Mar 2026 12:00:00 GMT"}}, "ok"},
		{"five minutes fast", []tracker.HeaderField{{Name: "Date", Value: "Sun, 01 Mar 2026 11:55:00 GMT"}}, "warn"},
		{"a cache's copy of five minutes ago", []tracker.HeaderField{{Name: "Date", Value: "Sun, 01 Mar 2026 11:55:00 GMT"}, {Name: "Age", Value: "300"}}, "ok"},
		{"a day slow", []tracker.HeaderField{{Name: "Date", Value: "Mon, 02 Mar 2026 12:00:00 GMT"}}, "warn"},
		{"no time at all", []tracker.HeaderField{{Name: "Date", Value: "yesterday"}}, "warn"},
	} {
		c := checkClock(tracker.Capture{Name: "example.com", Visits: []tracker.Visit{{Hops: []tracker.Exchange{{}, {Header: tt.header}}}}}, now)
		if c.Grade != tt.want || c.What != "clock" || (c.Grade != "ok") != (c.Cure != "") {
			t.Errorf("%s: %+v, want %s", tt.why, c, tt.want)
		}
	}
}
