package link

import (
	"fmt"
	"strings"
	"testing"

	"respawn/tracker"
)

// TestAKeyIsNoMoreOneOperatorsThanItsCertificate: a CDN's certificate names its
// customers, and its key answers for all of them.
func TestAKeyIsNoMoreOneOperatorsThanItsCertificate(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	customers := func(n int) (out []tracker.Name) {
		for i := range n {
			out = append(out, tracker.Name(fmt.Sprintf("customer%02d.com", i)))
		}
		return out
	}
	sisters := []tracker.Name{"kolhaarets.com", "meisterurian.io", "rrn.so", "artichoc.io"}
	campaign := map[tracker.Name]tracker.Name{}
	for _, n := range sisters {
		campaign[n] = ""
	}
	for _, tt := range []struct {
		name  string
		names []tracker.Name
		cx    *Context
		band  tracker.Band
		line  string
	}{
		{"of the site alone", nil, nil, tracker.BandConfirmed, "spki k1 also on"},
		{"of the site and one more", customers(1), nil, tracker.BandConfirmed, "spki k1 also on"},
		{"of five strangers", customers(5), nil, tracker.BandProbable, "spki k1 also on"},
		{"of twelve strangers", customers(12), nil, tracker.BandProbable, "spki k1 also on oldmillcourier[.]org (seized), but it is the key of a certificate of 13 domains"},
		{"of four names of the campaign", sisters, &Context{Campaign: campaign}, tracker.BandConfirmed, "spki k1 also on"},
	} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(id("spki", "k1"), sans(tt.names...)))),
			site("oldmillcourier.org", own, wore(live(id("spki", "k1"), sans(tt.names...)))), "same-label", tt.cx)
		if l.Band != tt.band || !holds(written(l.Evidence), tt.line) {
			t.Errorf("a key %s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
	l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(text(1), sans(append(customers(5), "oldmillcourier.org")...)))),
		site("oldmillcourier.org", own, wore(live(text(2)))), "same-label", nil)
	if l.Band != tracker.BandProbable || !holds(written(l.Evidence), "certificate-names") {
		t.Errorf("both names among five strangers: %s at %.2f", l.Band, l.Score)
	}
}

// TestAnIconOfTheHostIsNobodys: what a host puts on every site that has no icon.
func TestAnIconOfTheHostIsNobodys(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	hosted := func(name string, addr string, f *tracker.Fingerprint) *tracker.Site {
		return site(name, at(addr, "ns1.massa.example", "ns2.massa.example"), page(f))
	}
	for _, tt := range []struct {
		name     string
		bearers  []*tracker.Site
		wantLine bool // the icon counts
	}{
		{"two strangers with the same host", []*tracker.Site{hosted("a.net", "192.0.2.7", live(id("favicon-mmh3", "777"))), hosted("b.net", "192.0.2.8", live(id("favicon-mmh3", "777")))}, false},
		{"one of a crowd with the same host", []*tracker.Site{hosted("a.net", "192.0.2.7", live(id("favicon-mmh3", "777"))), hosted("b.net", "192.0.2.7", live()), hosted("c.net", "192.0.2.7", live())}, false},
		{"one stranger, and nobody else there", []*tracker.Site{hosted("a.net", "192.0.2.7", live(id("favicon-mmh3", "777")))}, true},
		{"one stranger elsewhere", []*tracker.Site{site("a.net", at("198.18.1.1", "ns1.other.example"), page(live(id("favicon-mmh3", "777")))), hosted("b.net", "192.0.2.7", live()), hosted("c.net", "192.0.2.7", live())}, true},
	} {
		bg := strangers(0, nil)
		for _, s := range tt.bearers {
			bg.AddSite(s)
		}
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), at("192.0.2.7", "ns1.massa.example", "ns2.massa.example"), page(live(id("favicon-mmh3", "777"), text(1)))),
			site("oldmillcourier.org", own, wore(live(id("favicon-mmh3", "777"), text(2)))), "same-label", &Context{Background: bg})
		if got := holds(written(l.Evidence), "favicon-mmh3"); got != tt.wantLine || !got && !holds(written(l.Ignored), "favicon-mmh3") {
			t.Errorf("%s: the icon counts: %v\n%s\nignored\n%s", tt.name, got, strings.Join(written(l.Evidence), "\n"), strings.Join(written(l.Ignored), "\n"))
		}
	}
}

// TestASalesHousesAccountIsItsCustomers: the account of a house that sells the places
// of hundreds names none of them.
func TestASalesHousesAccountIsItsCustomers(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	house := id("adsense-house", "pub-9944177029944177")
	l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(paper("a", 11, house, id("ga4", "G-CH01R00001")))),
		site("oldmillcourier.org", own, wore(paper("b", 12, house, id("ga4", "G-HM4RR0RX21")))), "same-label", nil)
	if l.Band.Rank() > tracker.BandPossible.Rank() || !holds(written(l.Evidence), "adsense-house") {
		t.Errorf("%s at %.2f\n%s", l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
	}
}

// TestAMachineDoesNotOutweighWhatBothShow: two sites that were seen in full and share
// a day and a machine are two of its customers, by their accounts or by their pages.
func TestAMachineDoesNotOutweighWhatBothShow(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	batch := &Context{Batches: map[BatchKey][]tracker.Name{{day("2024-09-06"), "Fathom"}: {"rrn.so", "artichoc.cc"}}}
	for _, tt := range []struct {
		name     string
		new, old *tracker.Fingerprint
		band     tracker.Band
	}{
		{"two publications", paper("a", 11), paper("b", 12), tracker.BandPossible},
		{"two sites with accounts of their own", live(text(11), id("ga4", "G-CH01R00001")), live(text(12), id("ga4", "G-HM4RR0RX21")), tracker.BandPossible},
		{"two pages with a text and no more", live(text(11)), live(text(12)), tracker.BandProbable},
	} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), at("192.0.2.20"), page(tt.new)),
			site("oldmillcourier.org", own, was("192.0.2.20"), wore(tt.old)), "same-label", batch)
		if l.Band != tt.band || !holds(written(l.Evidence), "address") || !holds(written(l.Evidence), "batch") {
			t.Errorf("%s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestADayOutweighsOtherAccounts: of a campaign that booked names that day, one may
// have got new accounts.
func TestADayOutweighsOtherAccounts(t *testing.T) {
	mates := []tracker.Name{"rrn.so", "artichoc.cc", "uschina.cc"}
	old := site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(live(text(12), id("ga4", "G-HM4RR0RX21"))))
	for n, want := range map[int]tracker.Band{0: tracker.BandPossible, 1: tracker.BandProbable, 3: tracker.BandProbable} {
		cx := &Context{Background: posy(), Batches: map[BatchKey][]tracker.Name{{day("2024-09-06"), "Quill"}: mates[:n]}}
		if l := Score(site("oldmillcourier.so", born("2024-09-06", "Quill"), page(live(text(11), id("ga4", "G-CH01R00001")))), old, "same-label", cx); l.Band != want {
			t.Errorf("%d mates: %s at %.2f", n, l.Band, l.Score)
		}
	}
}

func TestInWords(t *testing.T) {
	ceiling := []tracker.Evidence{{Group: groupPrior, Kind: kindCeiling, Weight: -1}}
	for _, tt := range []struct {
		score    float64
		evidence []tracker.Evidence
		want     string
	}{
		{likelyAt, nil, "likely"},
		{likelyAt, ceiling, "possible, and no more by what it rests on"},
		{veryLikelyAt, ceiling, "probable, and no more by what it rests on"},
		{8, nil, "almost certain"},
	} {
		if got := InWords(tt.score, tt.evidence); got != tt.want {
			t.Errorf("%.3f: %q, want %q", tt.score, got, tt.want)
		}
	}
}

// TestASisterIsNamedOnce: the line begins with the name as its value.
func TestASisterIsNamedOnce(t *testing.T) {
	namesake := tracker.Link{New: "a.so", Old: "a.org", Score: 1, Band: tracker.BandPossible, Evidence: []tracker.Evidence{{Group: groupPrior, Weight: 1}}}
	other := tracker.Link{New: "a.so", Old: "sister.org", Score: 3, Band: tracker.BandProbable, Evidence: []tracker.Evidence{{Group: tracker.GroupTracking, Kind: "ga4", Value: "G-HM4RR0RX21", Weight: 3}}}
	l := Beside(namesake, other)
	last := l.Evidence[len(l.Evidence)-1]
	if last.Kind != "sister" || last.Value != "sister.org" || strings.Contains(last.Why, "sister") || !strings.Contains(last.Why, "ga4 G-HM4RR0RX21") {
		t.Errorf("%s %s: %s", last.Kind, last.Value, last.Why)
	}
}

// TestTwoMatesAreNoCompanyForAPagelessName: names that show no page of their own rise
// by their day only where three of the campaign or more were booked on it.
func TestTwoMatesAreNoCompanyForAPagelessName(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	mates := []tracker.Name{"rrn.so", "artichoc.cc", "uschina.cc"}
	old := site("oldmillcourier.org", own, wore(live(text(2))))
	for n, want := range []tracker.Band{tracker.BandPossible, tracker.BandPossible, tracker.BandPossible, tracker.BandProbable} {
		cx := &Context{Background: posy(), Batches: map[BatchKey][]tracker.Name{{day("2024-09-06"), "Quill"}: mates[:n]}}
		pageless := site("oldmillcourier.so", born("2024-09-06", "Quill"), page(live(class(tracker.ClassChallenged))))
		if l := Score(pageless, old, "same-label", cx); l.Band != want {
			t.Errorf("%d mates: %s at %.2f", n, l.Band, l.Score)
		}
	}
	// A page of its own needs no company.
	cx := &Context{Background: posy(), Batches: map[BatchKey][]tracker.Name{{day("2024-09-06"), "Quill"}: mates[:1]}}
	if l := Score(site("oldmillcourier.so", born("2024-09-06", "Quill"), page(live(text(1)))), old, "same-label", cx); l.Band != tracker.BandProbable {
		t.Errorf("with a page and one mate: %s at %.2f", l.Band, l.Score)
	}
}

// TestWhoSharesAnAccountSharesSomething: an account that a few others carry is weak, and
// no sign of two owners all the same.
func TestWhoSharesAnAccountSharesSomething(t *testing.T) {
	account := id("adsense", "pub-4471902286613057")
	cx := &Context{Background: &Background{}}
	for i := range 20 {
		f := live(text(uint64(1000 + i)))
		if i < 2 {
			f = live(account, text(uint64(1000+i)))
		}
		cx.Background.Add(f)
	}
	l := Score(site("oldmillcourier24.com", born("2024-09-06", "Fathom"), page(live(account, text(1), articles("one-of-ours-today", "two-of-ours-today")))),
		site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(live(account, text(2), articles("three-of-ours-then", "four-of-ours-then")))), "number", cx)
	if lines := written(l.Evidence); !holds(lines, "adsense pub-4471902286613057 also on") || holds(lines, "disjoint  both have run with accounts") {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}
