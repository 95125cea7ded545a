package scan

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/custody"
)

func TestOnlyOperatorsAndNobodyKnownHoldASite(t *testing.T) {
	for holder, want := range map[string]bool{"": true, custody.Operator: true,
		custody.Seized: false, custody.Claimed: false, custody.RegistrarHold: false, custody.RegistryHold: false, custody.VerificationHold: false,
		custody.Suspended: false, custody.Expired: false, custody.Sinkhole: false, custody.Parked: false} {
		if got := held(&tracker.Control{Holder: holder}); got != want {
			t.Errorf("held by %q: %t, want %t", holder, got, want)
		}
	}
}

// What custody says of a parked name and what scan makes of it are the same word:
// the site has ended there, its last own servers are those from before, and what
// the parking service shows is none of its looks.
func TestAParkedNameIsNoLongerItsOperators(t *testing.T) {
	start := time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)
	own, theirs := &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.host.example"}}, &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.sedoparking.com", "ns2.sedoparking.com"}}
	type night struct {
		dns   *tracker.DNS
		class tracker.Class
		look  tracker.Digest
	}
	live, parked := night{own, tracker.ClassLive, "a"}, night{theirs, tracker.ClassParked, "p"}
	back := night{own, tracker.ClassLive, "b"}
	looks := map[tracker.Digest]*tracker.Fingerprint{"a": {Title: "a"}, "b": {Title: "b"}, "p": {Title: "for sale"}}
	for _, tt := range []struct {
		name   string
		nights []night
		ended  bool
		worn   string // titles of the history
	}{
		{"live", []night{live, live}, false, ""},
		{"live, then parked", []night{live, parked}, true, "a"},
		{"live, then parked for long", []night{live, parked, parked}, true, "a"},
		{"parked, then live", []night{parked, live}, false, ""},
		{"live, parked, and live again in another look", []night{live, parked, back}, false, "a"},
	} {
		var obs []tracker.Observation
		for i, n := range tt.nights {
			at := start.AddDate(0, 0, i)
			obs = append(obs,
				tracker.Observation{Name: "rrn.example", Probe: tracker.ProbeDNS, At: at, Run: tracker.RunID(i + 1), Outcome: tracker.Present, Facts: &tracker.Facts{DNS: n.dns}},
				tracker.Observation{Name: "rrn.example", Probe: tracker.ProbeWeb, At: at.Add(time.Second), Run: tracker.RunID(i + 1), Outcome: tracker.Present,
					Facts: &tracker.Facts{Web: &tracker.Web{Class: n.class, Fingerprint: n.look}}})
		}
		s := newJudge().fold("rrn.example", nil, obs, func(d tracker.Digest) *tracker.Fingerprint { return looks[d] }).site
		if ended := !s.EndedAt.Hi.IsZero(); ended != tt.ended {
			t.Errorf("%s: ended %v, want %t", tt.name, s.EndedAt, tt.ended)
		}
		if tt.ended && (s.Control.Holder != custody.Parked || s.Before != own || !s.EndedAt.Lo.Equal(start.Add(time.Second)) || !s.EndedAt.Hi.Equal(start.AddDate(0, 0, 1).Add(time.Second))) {
			t.Errorf("%s: held by %s since %v, before at %+v", tt.name, s.Control.Holder, s.EndedAt, s.Before)
		}
		worn := ""
		for _, f := range s.History {
			worn += f.Title
		}
		if worn != tt.worn {
			t.Errorf("%s: wore %q, want %q", tt.name, worn, tt.worn)
		}
	}
}

// Of a site that changes daily the first looks are kept, from before anybody had a
// reason to hide, and the newest, whose articles are those that come back.
func TestTheFirstAndTheNewestLooksAreKept(t *testing.T) {
	start := time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)
	looks := map[tracker.Digest]*tracker.Fingerprint{}
	var obs []tracker.Observation
	const nights = 41
	for i := range nights {
		d := tracker.Digest(fmt.Sprint(i))
		looks[d] = &tracker.Fingerprint{TextWords: i}
		obs = append(obs, tracker.Observation{Name: "rrn.example", Probe: tracker.ProbeWeb, At: start.AddDate(0, 0, i), Run: tracker.RunID(i + 1), Outcome: tracker.Present,
			Facts: &tracker.Facts{Web: &tracker.Web{Class: tracker.ClassLive, Fingerprint: d}}})
	}
	s := newJudge().fold("rrn.example", nil, obs, func(d tracker.Digest) *tracker.Fingerprint { return looks[d] }).site
	var kept []int
	for _, f := range s.History {
		kept = append(kept, f.TextWords)
	}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39}
	if !slices.Equal(kept, want) || s.Fingerprint.TextWords != nights-1 {
		t.Errorf("kept %v and %d, want %v and %d", kept, s.Fingerprint.TextWords, want, nights-1)
	}
}
