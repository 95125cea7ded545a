package scan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// openly names an organisation in the registration.
func openly(org string) part {
	return func(s *tracker.Site) { s.Registration.Registrant = map[string]string{"org": org} }
}

// says gives a page a text of its own: seed decides which.
func says(seed uint64) part {
	return func(s *tracker.Site) { s.Fingerprint.TextWords, s.Fingerprint.Text = 400, seed*0x9E3779B97F4A7C15 }
}

// foundLate makes a site no news when it was found.
func foundLate(s *tracker.Site) { s.FirstSeen.Hi = s.RegisteredAt.Hi.AddDate(0, 0, 90) }

// TestAnAccountOfANetworkIsNotMadeCommonByWhatTheCampaignLedTo: names were taken that
// ran with one publisher's account at Taboola and share nothing else. Their returns are
// found by it though a sister that one of them links to is not linked yet. Where honest
// sites have it, these count, and it weighs as little as what strangers share.
func TestAnAccountOfANetworkIsNotMadeCommonByWhatTheCampaignLedTo(t *testing.T) {
	const kind, account = "taboola", "copper-network"
	others := []tracker.Name{"sanpedro.example", "santaclara.example", "sanroque.example"}
	for _, tt := range []struct {
		says   string
		seized int // names of the campaign that ran with the account
		around func(c *cast)
		rare   bool // the returns are found by it; else strangers count
	}{
		{"nobody else has it", 3, func(*cast) {}, true},
		{"a sister has it, to which a return links", 3, func(c *cast) {
			links("paperlantern.com")(c.g.sites["aurorapost.cc"])
			c.found("paperlantern.com", Known{Rule: "outbound", RevealedBy: "aurorapost.cc"}, bornOn(9, "Other"), liveOn(kind, account), says(90), foundLate)
		}, true},
		{"a shop has it, to which a return links, older than the campaign", 3, func(c *cast) {
			c.found(others[0], Known{Rule: "outbound", RevealedBy: "aurorapost.cc"}, bornOn(-4000, "Posy"), liveOn(kind, account), says(91))
		}, false},
		{"a sister and such a shop have it", 3, func(c *cast) {
			c.found("paperlantern.com", Known{Rule: "outbound", RevealedBy: "aurorapost.cc"}, bornOn(9, "Other"), liveOn(kind, account), says(90), foundLate)
			c.found(others[0], Known{Rule: "outbound", RevealedBy: "aurorapost.cc"}, bornOn(-4000, "Posy"), liveOn(kind, account), says(91))
		}, false},
		{"a namesake has it, from the years between the first name and the seizure", 3, func(c *cast) {
			c.found("aurorapost.net", byLabel, bornOn(-200, "Posy"), liveOn(kind, account), says(92))
		}, false},
		{"three parishes have it, to which the one name that was taken linked", 1, func(c *cast) {
			for i, n := range others {
				c.found(n, Known{Rule: "outbound", RevealedBy: "aurorapost.org"}, bornOn(3, "Posy"), liveOn(kind, account), says(uint64(93+i)), foundLate)
			}
		}, false},
		{"a customer has it that stood on the certificate of a host", 3, func(c *cast) {
			f := c.g.sites["aurorapost.org"].History[0]
			for i := range 20 {
				f.SANs = append(f.SANs, tracker.Name(fmt.Sprintf("customer%d.example", i)))
			}
			f.SANs = append(f.SANs, others[0])
			c.found(others[0], Known{Rule: "certificate", RevealedBy: "aurorapost.org"}, bornOn(3, "Posy"), liveOn(kind, account), says(93), foundLate)
		}, false},
		{"a sister has it that stands on a certificate with one of them", 3, func(c *cast) {
			f := c.g.sites["aurorapost.org"].History[0]
			f.SANs = append(f.SANs, "paperlantern.com", "dunemirror.com", "a.example", "b.example")
			c.found("paperlantern.com", Known{Rule: "certificate", RevealedBy: "aurorapost.org"}, bornOn(3, "Posy"), liveOn(kind, account), says(94), foundLate)
		}, true},
		{"a bakery has it whose owner is named in the registration", 3, func(c *cast) {
			c.found(others[0], Known{Rule: "outbound", RevealedBy: "aurorapost.org"}, bornOn(3, "Posy"), liveOn(kind, account), says(96), foundLate, openly("Panaderia San Pedro"))
		}, false},
		{"a site has it to which a page of nobody's led", 3, func(c *cast) {
			c.found("bystander.example", Known{}, bornOn(2, "Posy"), liveOn(), says(97))
			c.found(others[0], Known{Rule: "outbound", RevealedBy: "bystander.example"}, bornOn(3, "Posy"), liveOn(kind, account), says(98), foundLate)
		}, false},
	} {
		labels := []string{"aurorapost", "birchherald", "cedarvoice"}[:tt.seized]
		var seized []tracker.Name
		for _, l := range labels {
			seized = append(seized, tracker.Name(l+".org"))
		}
		c := newCast(seized...)
		for i, l := range labels {
			c.wore(tracker.Name(l+".org"), liveOn(kind, account), says(uint64(10+i)))
			c.found(tracker.Name(l+".cc"), byLabel, bornOn(2+3*i, "Other"), liveOn(kind, account), says(uint64(20+i)))
		}
		tt.around(c)
		all := map[tracker.Name]tracker.Link{}
		for _, l := range c.g.relate() {
			all[l.New] = l
		}
		for _, l := range labels {
			got := all[tracker.Name(l+".cc")]
			rare := slices.ContainsFunc(got.Evidence, func(e tracker.Evidence) bool {
				return e.Kind == kind && strings.Contains(e.Why, "; 0 of ")
			})
			if rare != tt.rare || rare && got.Band.Rank() < tracker.BandProbable.Rank() {
				t.Errorf("%s: %s is %s at %.2f\n%s", tt.says, got.New, got.Band, got.Score, whys(got))
			}
		}
		for _, n := range others {
			if got := all[n]; got.Band.Rank() >= tracker.BandProbable.Rank() {
				t.Errorf("%s: %s is %s at %.2f\n%s", tt.says, got.New, got.Band, got.Score, whys(got))
			}
		}
	}
}

func whys(l tracker.Link) string {
	var b strings.Builder
	for _, e := range append(l.Evidence, l.Ignored...) {
		fmt.Fprintf(&b, "%+.2f %s %s: %s\n", e.Weight, e.Kind, e.Value, e.Why)
	}
	return b.String()
}

// TestWhatTurnsRoundIsSaidAtItsWeakest: what settles stays as it is; of a name on which
// rounds differ the weakest is said, and nothing of one of which a round says nothing.
func TestWhatTurnsRoundIsSaidAtItsWeakest(t *testing.T) {
	c := newCast("aurorapost.org")
	c.wore("aurorapost.org", liveOn("ga4", "G-AURORA0001"), says(1))
	c.found("aurorapost.cc", byLabel, bornOn(2, "Other"), liveOn("ga4", "G-AURORA0001"), says(2))
	settled := map[tracker.Name]tracker.Link{}
	for _, l := range c.g.relate() {
		settled[l.New] = l
	}
	want := settled["aurorapost.cc"]
	if want.Band.Rank() < tracker.BandProbable.Rank() || !sameLinks(settled, c.g.weakest(settled)) {
		t.Fatalf("%s at %.2f does not stay", want.Band, want.Score)
	}
	turning := maps.Clone(settled)
	stronger, weaker := want, want
	stronger.Band, stronger.Score = tracker.BandConfirmed, 20
	weaker.Band, weaker.Score = tracker.BandPossible, 0.5
	for _, tt := range []struct{ round, want tracker.Link }{{stronger, want}, {weaker, weaker}} {
		turning["aurorapost.cc"], turning["nobody.example"] = tt.round, tt.round
		got := c.g.weakest(turning)
		if l := got["aurorapost.cc"]; l.Band != tt.want.Band || l.Score != tt.want.Score {
			t.Errorf("%s at %.2f, want %s at %.2f", l.Band, l.Score, tt.want.Band, tt.want.Score)
		}
		if _, ok := got["nobody.example"]; ok {
			t.Error("a link of a name of which the rounds say nothing")
		}
	}
}
