package link

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/tracker"
)

// TestTraps holds the traps of linking, one by one: each pair shares exactly one
// kind of thing, and each innocent shares exactly the thing that must not count.
func TestTraps(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	spoof := seized(tracker.KindBrandSpoof, outlet)
	genuine := live(id("ga4", "G-NQUAY0GEN1"), id("favicon-mmh3", "777"), id("email", "desk@thenorthernquay.co.uk"), id("spki", "genuine-key"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full"), sans("thenorthernquay.ie"))
	many := make([]tracker.Name, 60)
	for i := range many {
		many[i] = tracker.Name(fmt.Sprintf("tenant%02d.com", i))
	}
	batch := map[BatchKey][]tracker.Name{{day("2024-09-05"), "Quill"}: {"tinwhistlepost.cc", "uschina.cc", "rrn.so", "lexomnium.pw", "artichocs.cc"}}
	type pairCase struct {
		name     string
		new, old *tracker.Site
		rule     string
		cx       *Context
		band     tracker.Band // exact
		relation string       // "" any
		ignored  []string     // each must stand in one ignored line (kind value why)
		counted  []string     // each must stand in one evidence line
		never    []string     // none may stand in an evidence line
	}
	for _, tt := range []pairCase{
		{
			name: "two sites that share only a home-made template are probable, not confirmed",
			new:  site("tinwhistlepost.cc", born("2024-09-05", "Fathom"), page(live(theme("lantern", 30)))),
			old:  site("tinwhistlepost.com", own, wore(live(theme("lantern", 30)))),
			rule: "same-label", band: tracker.BandProbable, relation: tracker.RelationReplacement, counted: []string{"css", "label tinwhistlepost"},
		},
		{
			name: "two sites that share only a label and an analytics account are confirmed",
			new:  site("oldmillcourier.so", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21"), text(1)))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21"), text(2)))),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"ga4 G-HM4RR0RX21"},
		},
		{
			name: "an archive that keeps a seized site's articles is possible",
			new:  site("oldmillcourier-archief.nl", born("2024-09-20", "Fathom"), page(live(text(1), articles("dykes-left-to-rot", "two-votes-in-one-box")))),
			old:  site("oldmillcourier.org", own, wore(live(text(2), articles("dykes-left-to-rot", "two-votes-in-one-box")))),
			rule: "contained", band: tracker.BandPossible, counted: []string{"ceiling"},
		},
		{
			name: "an archive under the very label that says so in its title is probable, not confirmed",
			new: site("oldmillcourier.info", born("2024-09-20", "Fathom"), page(live(text(1), articles("dykes-left-to-rot", "two-votes-in-one-box"), func(f *tracker.Fingerprint) {
				f.Title = "คลังเอกสาร: oldmillcourier.org"
			}))),
			old:  site("oldmillcourier.org", own, wore(live(text(2), articles("dykes-left-to-rot", "two-votes-in-one-box")))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"ceiling"},
		},
		{
			name: "an archive by its own account comes back as one",
			new: site("oldmillcourier.info", born("2024-09-20", "Fathom"), page(live(text(1), articles("dykes-left-to-rot", "two-votes-in-one-box"), func(f *tracker.Fingerprint) {
				f.Title = "Old Mill Archive"
			}))),
			old: site("oldmillcourier.org", own, wore(live(text(2), articles("dykes-left-to-rot", "two-votes-in-one-box"), func(f *tracker.Fingerprint) {
				f.Title = "Old Mill Archive"
			}))),
			rule: "same-label", band: tracker.BandConfirmed,
		},
		{
			name: "the same with the old one's account is no mere archive",
			new:  site("oldmillcourier-archief.nl", born("2024-09-20", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21"), text(1), articles("dykes-left-to-rot", "two-votes-in-one-box")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21"), text(2), articles("dykes-left-to-rot", "two-votes-in-one-box")))),
			rule: "contained", band: tracker.BandProbable,
		},
		{
			name: "an account alone does not confirm a wholly new label",
			new:  site("saltmarshdispatch.com", born("2024-09-20", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21")))),
			rule: "identifier", band: tracker.BandProbable,
		},
		{
			name: "a registrar's or a theme's company is no second group",
			new:  site("saltmarshdispatch.com", born("2024-09-05", "Quill"), page(live(id("ga4", "G-HM4RR0RX21"), theme("broadsheet", 80)))),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill"), wore(live(id("ga4", "G-HM4RR0RX21"), theme("broadsheet", 80)))),
			rule: "identifier", cx: &Context{Batches: batch}, band: tracker.BandProbable, counted: []string{"batch", "css", "theme"}, ignored: []string{"registrar Quill"},
		},
		{
			name: "an unrelated site under the same theme, linked by a campaign site, is no link",
			new:  site("riverbendalmanac.net", born("2024-09-20", "Posy"), page(live(theme("broadsheet", 80), text(3)))),
			old:  site("oldmillcourier.so", born("2024-09-08", "Fathom"), page(live(theme("broadsheet", 80), text(1), func(f *tracker.Fingerprint) { f.Outbound = []tracker.Name{"riverbendalmanac.net"} }))),
			rule: "outbound", band: tracker.BandUnlikely, counted: []string{"outbound"},
		},
		{
			name: "a theme that strangers wear is ignored by name",
			new:  site("oldmillcourier.cafe", born("2013-05-01", "Posy"), page(live(theme("broadsheet", 80), text(3)))),
			old:  site("oldmillcourier.org", own, wore(live(theme("broadsheet", 80), text(1)))),
			rule: "same-label", cx: &Context{Background: strangers(40, live(theme("broadsheet", 80)))}, band: tracker.BandUnlikely, relation: tracker.RelationTwin,
			ignored: []string{"css", "theme broadsheet"}, never: []string{"css", "theme"},
		},
		{
			name: "a theme from the shipped table is ignored with its reason",
			new:  site("oldmillcourier.cafe", born("2024-09-06", "Posy"), page(live(theme("astra", 4)))),
			old:  site("oldmillcourier.org", own, wore(live(theme("astra", 4)))),
			rule: "same-label", band: tracker.BandProbable, ignored: []string{"theme astra common: a theme with more than five million downloads"},
		},
		{
			name: "a spoof that carries its victim's ID shares nothing by it",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(id("ga4", "G-NQUAY0GEN1"), id("favicon-mmh3", "777"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full")))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("ga4", "G-NQUAY0GEN1"), id("favicon-mmh3", "777"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}, band: tracker.BandUnlikely,
			ignored: []string{"ga4 G-NQUAY0GEN1 ignored: the same on the genuine thenorthernquay[.]co[.]uk", "favicon-mmh3 777", "css", "text", "slug harbour-board-minutes-in-full", "label thenorthernquay"},
			never:   []string{"ga4", "favicon", "css", "text", "slug", "label"},
		},
		{
			name: "a spoof's own key and planted articles do confirm it",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(id("ga4", "G-NQUAY0GEN1"), id("spki", "their-key"), articles("crab-season-opens-under-a-cloud-of-doubt")))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("ga4", "G-NQUAY0GEN1"), id("spki", "their-key"), articles("crab-season-opens-under-a-cloud-of-doubt")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}, band: tracker.BandConfirmed, counted: []string{"spki their-key", "slug crab-season"}, ignored: []string{"ga4"},
		},
		{
			name: "two copies that show what the outlet printed these days and twice what it did not are probably of the same people",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(text(7), articles("harbour-board-minutes-in-full", "minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet")))),
			old:  site("thenorthernquay.press", spoof, wore(live(text(9), articles("harbour-board-minutes-in-full", "tide-tables-for-the-month", "minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{"thenorthernquay.co.uk": live(text(7), articles("harbour-board-minutes-in-full", "tide-tables-for-the-month"))}},
			band: tracker.BandProbable, counted: []string{"slug minister-caught"}, ignored: []string{"slug harbour-board-minutes-in-full"},
		},
		{
			name: "three articles that the outlet never showed are planted, whatever else the copies show",
			new:  site("thenorthernquai.com", born("2024-09-13", "Fathom"), page(live(text(7), articles("minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet", "lighthouse-sold-to-foreign-buyers")))),
			old:  site("thenorthernquay.press", spoof, wore(live(text(9), articles("harbour-board-minutes-in-full", "minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet", "lighthouse-sold-to-foreign-buyers")))),
			rule: "vowel-swap", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{"thenorthernquay.co.uk": live(text(7), articles("harbour-board-minutes-in-full"))}},
			band: tracker.BandProbable, counted: []string{"planted  3 articles of both"},
		},
		{
			name: "two copies that show nothing of these days may both be of another year",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(text(7), articles("minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet")))),
			old:  site("thenorthernquay.press", spoof, wore(live(text(9), articles("harbour-board-minutes-in-full", "minister-caught-with-a-suitcase", "sanctions-ruin-the-herring-fleet")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{"thenorthernquay.co.uk": live(text(7), articles("harbour-board-minutes-in-full"))}},
			band: tracker.BandPossible, counted: []string{"slug minister-caught"},
		},
		{
			name: "two strangers that copied old articles of one captured outlet are not confirmed",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(id("favicon-mmh3", "old-icon"), articles("last-years-regatta-in-pictures", "the-mayor-resigns-at-last-today")))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("favicon-mmh3", "old-icon"), articles("last-years-regatta-in-pictures", "the-mayor-resigns-at-last-today")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}, Batches: map[BatchKey][]tracker.Name{{day("2024-09-05"), "Fathom"}: {"a.cc", "b.cc", "c.cc"}}}, band: tracker.BandProbable,
		},
		{
			name: "clones of an outlet that nobody captured are capped at ln 3, their accounts ignored",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(id("ga4", "G-NQUAY0GEN1"), id("email", "desk@thenorthernquay.co.uk"), id("favicon-mmh3", "777"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full", "tide-tables-for-the-month-of-april")))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("ga4", "G-NQUAY0GEN1"), id("email", "desk@thenorthernquay.co.uk"), id("favicon-mmh3", "777"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full", "tide-tables-for-the-month-of-april")))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: nil}}, band: tracker.BandUnlikely,
			ignored: []string{"ga4 G-NQUAY0GEN1 both imitate an outlet that was not captured", "email"},
		},
		{
			name: "a challenge page is no capture of the outlet",
			new:  site("thenorthernquay.top", born("2024-09-05", "Fathom"), page(live(id("ga4", "G-NQUAY0GEN1"), text(7)))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("ga4", "G-NQUAY0GEN1"), text(7)))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: live(class(tracker.ClassChallenged))}}, band: tracker.BandUnlikely, ignored: []string{"ga4"},
		},
		{
			name: "a spoof of the next generation is still a spoof",
			new:  site("thenorthernquay.pw", born("2024-11-10", "Fathom"), page(live(text(7)))),
			old:  site("thenorthernquay.top", born("2024-09-05", "Quill"), page(live(text(9))), func(s *tracker.Site) { s.EndedAt = tracker.Exactly(day("2024-11-07")) }),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}, band: tracker.BandUnlikely, ignored: []string{"label thenorthernquay the label is an outlet's own name"},
		},
		{
			name: "the outlet's own second site is no match",
			new:  site("thenorthernquay.ie", born("2024-09-06", "Crown"), page(live(id("ga4", "G-NQUAY0GEN1"), id("spki", "genuine-key"), text(7)))),
			old:  site("thenorthernquay.press", spoof, wore(live(id("ga4", "G-NQUAY0GEN1"), text(7)))),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}, band: tracker.BandUnlikely, counted: []string{"brand-key"},
		},
		{
			name: "the outlet itself is never a match",
			new:  site("thenorthernquay.co.uk", born("1999-01-01", "Crown"), page(genuine)),
			old:  site("thenorthernquay.press", spoof, wore(genuine)),
			rule: "same-label", cx: &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}, band: tracker.BandUnlikely, relation: "none",
		},
		{
			name: "shared hosting with four hundred innocents says nothing",
			new:  site("quietferrygazette.town", born("2024-09-06", "Posy"), at("198.51.100.9", "ns1.bargain-box.net"), page(live(id("spki", "panel-key"), sans(many...), text(4), id("ga4", "G-TOWN000001")))),
			old:  site("quietferrygazette.info", own, was("198.51.100.9", "ns1.bargain-box.net"), wore(live(id("spki", "panel-key"), sans(many...), text(5), id("ga4", "G-FERRY00001")))),
			rule: "same-label", cx: &Context{Shared: map[string]int{"198.51.100.9": 400, "ns1.bargain-box.net": 400}}, band: tracker.BandPossible,
			ignored: []string{"address 198.51.100.9 400 other names", "spki panel-key the key of a certificate of 61 domains", "ns ns1.bargain-box.net"}, never: []string{"address", "spki", "ns "},
		},
		{
			name: "shared hosting whose other tenants are unknown to us still confirms nothing",
			new:  site("quietferrygazette.town", born("2024-09-06", "Posy"), at("198.51.100.9", "ns1.bargain-box.net", "ns2.bargain-box.net")),
			old:  site("quietferrygazette.info", own, was("198.51.100.9", "ns1.bargain-box.net", "ns2.bargain-box.net")),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"address", "ns "},
		},
		{
			name: "a certificate of sixty tenants links none of them",
			new:  site("tenant07.com", born("2024-09-20", "Posy"), page(live(sans(append([]tracker.Name{"quietferrygazette.info"}, many...)...)))),
			old:  site("quietferrygazette.info", own, wore(live(sans(many...)))),
			rule: "certificate", band: tracker.BandUnlikely, ignored: []string{"certificate-names"}, never: []string{"certificate-names"},
		},
		{
			name: "a certificate of two names does speak, and does not confirm alone",
			new:  site("kolhaarets.com", born("2024-09-20", "Posy"), page(live(sans("holylandherald.com")))),
			old:  site("holylandherald.com", own, wore(live())),
			rule: "certificate", band: tracker.BandPossible, counted: []string{"certificate-names"},
		},
		{
			name: "two sites behind one CDN share its addresses and its key with strangers",
			new:  site("silverbirchpost.blog", born("2024-09-06", "Posy"), at("104.16.1.1", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com"), cdn("cloudflare"), page(live(id("spki", "edge-key"), text(4)))),
			old:  site("silverbirchpost.net", own, was("104.16.1.1", "eve.ns.cloudflare.com", "bob.ns.cloudflare.com"), wore(live(id("spki", "edge-key"), text(5)))),
			rule: "same-label", band: tracker.BandPossible, ignored: []string{"address 104.16.1.1 an address of cloudflare", "spki edge-key a key of cloudflare", "ns bob.ns.cloudflare.com"}, counted: []string{"ns-pair ada.ns.cloudflare.com bob.ns.cloudflare.com another pair"}, never: []string{"address", "spki", "ns "},
		},
		{
			name: "the same Cloudflare pair is a weak reason and opens no gate",
			new:  site("silverbirchpost.blog", born("2024-09-06", "Posy"), at("104.16.1.1", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com"), cdn("cloudflare")),
			old:  site("silverbirchpost.net", own, was("104.16.9.9", "bob.ns.cloudflare.com", "ada.ns.cloudflare.com")),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"ns-pair"},
		},
		{
			name: "articles link a pair behind a CDN",
			new:  site("paperkiteherald.to", born("2024-09-05", "Fathom"), at("104.16.1.1"), cdn("cloudflare"), page(live(articles("wind-tunnel-for-schools-opens", "kite-museum-mends-its-own-roof")))),
			old:  site("paperkiteherald.org", own, was("104.16.1.1"), wore(live(articles("wind-tunnel-for-schools-opens", "kite-museum-mends-its-own-roof")))),
			rule: "same-label", band: tracker.BandConfirmed,
		},
		{
			name: "one shared article may be a wire's: it does not confirm",
			new:  site("paperkiteherald.to", born("2024-09-05", "Fathom"), page(live(articles("parliament-votes-on-the-new-budget-law")))),
			old:  site("paperkiteherald.org", own, wore(live(articles("parliament-votes-on-the-new-budget-law")))),
			rule: "same-label", band: tracker.BandProbable,
		},
		{
			name: "a common word bought by an honest new owner",
			new:  site("beacon.cafe", born("2024-09-09", "Posy"), page(live(text(4)))),
			old:  site("beacon.report", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Twins: map[string]int{"beacon": 6}}, band: tracker.BandUnlikely, counted: []string{"disjoint"},
		},
		{
			name: "a rare label bought by an honest new owner with accounts of his own",
			new:  site("oldmillcourier.cafe", born("2024-09-09", "Posy"), page(live(text(4), id("ga4", "G-CAFE000001")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), id("ga4", "G-HM4RR0RX21")))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"disjoint"},
		},
		{
			name: "a name of the case that an honest new owner booked again leads nowhere",
			new:  site("mapletea.com", born("2025-01-10", "Posy"), page(live(id("ga4", "G-CAFE000001"), id("email", "tea@mapletea.com")))),
			old: site("mapleharbornews.com", born("2025-01-05", "Posy"), page(live(id("ga4", "G-CAFE000001"), id("email", "tea@mapletea.com"), redirects("mapletea.com"))), func(s *tracker.Site) {
				s.Case = &tracker.CaseName{Name: s.Name, Role: tracker.RoleCampaign, RegisteredAt: day("2022-03-07")}
			}),
			rule: "redirect", band: tracker.BandUnlikely, never: []string{"ga4", "email", "redirect mapleharbor", "registrar"},
		},
		{
			name: "the same label, parked",
			new:  site("truthgate.lol", born("2024-09-06", "Posy"), func(s *tracker.Site) { s.Class = tracker.ClassParked }, page(live(class(tracker.ClassParked), id("spki", "parking-key")))),
			old:  site("truthgate.us", own, page(live(class(tracker.ClassParked), id("spki", "parking-key")))),
			rule: "same-label", band: tracker.BandUnlikely, counted: []string{"parked"}, never: []string{"spki"},
		},
		{
			name: "a replacement that is parked later is still the replacement",
			new:  site("truthgate.so", born("2024-09-05", "Quill"), func(s *tracker.Site) { s.Class = tracker.ClassParked }, wore(live(id("metrika", "98765432"))), page(live(class(tracker.ClassParked)))),
			old:  site("truthgate.us", own, wore(live(id("metrika", "98765432")))),
			rule: "same-label", band: tracker.BandConfirmed, ignored: []string{"parked"},
		},
		{
			name: "a prank page that says seized wears the court's page, not the operators'",
			new:  site("truthgate.lol", born("2024-09-10", "Posy"), func(s *tracker.Site) { s.Class = tracker.ClassNotice; s.Control = &tracker.Control{Holder: "claimed"} }, page(live(class(tracker.ClassNotice), text(8), id("favicon-mmh3", "banner")))),
			old:  site("truthgate.us", own, page(live(class(tracker.ClassNotice), text(8), id("favicon-mmh3", "banner")))),
			rule: "same-label", cx: &Context{Twins: map[string]int{"truthgate": 1}}, band: tracker.BandPossible, never: []string{"text", "favicon"},
		},
		{
			name: "two seized names share the court's server, and no more",
			new:  site("artichoc.cc", born("2024-09-20", "Quill"), func(s *tracker.Site) { s.Control = &tracker.Control{Holder: "seized"} }, wore(live(class(tracker.ClassNotice), id("spki", "court-key"), redirects("fbi.gov"))), page(live(class(tracker.ClassNotice), id("spki", "court-key")))),
			old:  site("meisterurian.io", own, wore(live(class(tracker.ClassNotice), id("spki", "court-key"), redirects("fbi.gov"))), page(live(class(tracker.ClassNotice), id("spki", "court-key")))),
			rule: "identifier", band: tracker.BandUnlikely, never: []string{"spki", "redirect"},
		},
		{
			name: "a namesake registered before is a twin and never more than possible without an identity",
			new:  site("levinaigre.com", born("2015-02-02", "Quill"), at("192.0.2.7"), page(live(theme("lantern", 60)))),
			old:  site("levinaigre.net", own, born("2022-01-01", "Quill"), was("192.0.2.7"), wore(live(theme("lantern", 60)))),
			rule: "same-label", band: tracker.BandPossible, relation: tracker.RelationTwin,
		},
		{
			name: "an older generation that shares an account is a confirmed twin, not a replacement",
			new:  site("50statesoflie.com", born("2023-02-02", "Quill"), page(live(id("metrika", "98765432"), articles("the-fifty-first-state-of-lies", "why-the-moon-is-made-of-paper")))),
			old:  site("50statesoflie.media", own, wore(live(id("metrika", "98765432"), articles("the-fifty-first-state-of-lies", "why-the-moon-is-made-of-paper")))),
			rule: "same-label", band: tracker.BandConfirmed, relation: tracker.RelationTwin,
		},
		{
			name: "a name that was there when we first looked is not called a replacement",
			new:  site("levinaigre.com", func(s *tracker.Site) { s.FirstSeen = tracker.Interval{Hi: day("2024-09-20")} }),
			old:  site("levinaigre.net", own),
			rule: "same-label", band: tracker.BandUnlikely, relation: tracker.RelationTwin,
		},
		{
			name: "a similar label of the same day and registrar is no link",
			new:  site("artichocs.cc", born("2024-09-05", "Quill"), page(live(text(4)))),
			old:  site("artichoc.io", own, born("2022-01-01", "Quill"), wore(live(text(5), func(f *tracker.Fingerprint) { f.Outbound = []tracker.Name{"artichocs.cc"} }))),
			rule: "outbound", cx: &Context{Batches: batch}, band: tracker.BandUnlikely, counted: []string{"batch", "outbound"},
		},
		{
			name: "a batch and a label without any identity are probable, not confirmed",
			new:  site("uschina.cc", born("2024-09-05", "Quill"), at("104.16.1.1"), cdn("cloudflare"), page(live(theme("new", 50), text(4)))),
			old:  site("uschina.online", own, born("2022-01-01", "Quill"), was("203.0.113.4"), wore(live(theme("old", 50), text(5)))),
			rule: "same-label", cx: &Context{Batches: batch}, band: tracker.BandProbable,
		},
		{
			name: "a default icon is ignored with all its spellings",
			new:  site("oldmillcourier.cafe", born("2024-12-09", "Posy"), page(live(id("favicon-mmh3", "1198047028"), id("favicon-sha256", "6bdb369337ac2496761c6f063bffea0aa6a91d4662279c399071a468251f51f0"), id("favicon-etag", `"1017-5d0"|Tue, 16 Nov 2021 00:04:00 GMT`)))),
			old:  site("oldmillcourier.org", own, wore(live(id("favicon-mmh3", "1198047028"), id("favicon-sha256", "6bdb369337ac2496761c6f063bffea0aa6a91d4662279c399071a468251f51f0"), id("favicon-etag", `"1017-5d0"|Tue, 16 Nov 2021 00:04:00 GMT`)))),
			rule: "same-label", band: tracker.BandPossible, ignored: []string{"favicon-mmh3 1198047028 common: icon that WordPress", "favicon-sha256", "favicon-etag"}, never: []string{"favicon"},
		},
		{
			name: "one icon counts once",
			new:  site("oldmillcourier.so", born("2024-12-09", "Posy"), page(live(id("favicon-mmh3", "4711"), id("favicon-sha256", "aa"), id("favicon-phash", "bb"), id("favicon-etag", "cc")))),
			old:  site("oldmillcourier.org", own, wore(live(id("favicon-mmh3", "4711"), id("favicon-sha256", "aa"), id("favicon-phash", "bb"), id("favicon-etag", "cc")))),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"favicon-mmh3 4711"}, ignored: []string{"favicon-sha256 aa the same fact as favicon-mmh3"}, never: []string{"favicon-sha256", "favicon-phash", "favicon-etag"},
		},
		{
			name: "an advertising platform's account is no operator's",
			new:  site("oldmillcourier.cafe", born("2024-12-09", "Posy"), page(live(id("adsense", "pub-1556223355139109")))),
			old:  site("oldmillcourier.org", own, wore(live(id("adsense", "pub-1556223355139109")))),
			rule: "same-label", band: tracker.BandPossible, ignored: []string{"adsense pub-1556223355139109 common: host account of Blogger"},
		},
		{
			name: "a value that sixty strangers carry is ignored",
			new:  site("oldmillcourier.cafe", born("2024-12-09", "Posy"), page(live(id("gtm", "GTM-THEME01")))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-THEME01")))),
			rule: "same-label", cx: &Context{Background: strangers(60, live(id("gtm", "GTM-THEME01")))}, band: tracker.BandPossible, ignored: []string{"gtm GTM-THEME01 carried by 60 of 100 unrelated sites"},
		},
		{
			name: "a site that a cloaked page sends robots to was there before and is a stranger",
			new:  site("weatherandfish.com", born("2001-04-04", "Posy"), page(live(text(4)))),
			old:  site("artichoc.io", own, born("2022-01-01", "Quill"), func(s *tracker.Site) { s.RegisteredAt = tracker.Exactly(day("2022-01-01")) }, wore(live(class(tracker.ClassRedirecting), redirects("weatherandfish.com")))),
			rule: "redirect", band: tracker.BandUnlikely, relation: tracker.RelationTwin,
		},
		{
			name: "a new label that a seized site sent its visitors to is probable",
			new:  site("legrandgallus.com", born("2024-09-26", "Posy"), page(live(text(4)))),
			old:  site("levinaigre.net", own, wore(live(class(tracker.ClassRedirecting), redirects("legrandgallus.com")))),
			rule: "redirect", band: tracker.BandProbable,
		},
		{
			name: "what a changed page wore before still counts, on both sides; only pages do not confirm",
			new:  site("stolzfolk.com", born("2024-09-26", "Posy"), wore(live(id("metrika", "98765432"), id("email", "x@stolz.example"))), page(live(text(4)))),
			old:  site("meisterurian.io", own, wore(live(id("metrika", "98765432"), id("email", "x@stolz.example"))), page(live(class(tracker.ClassNotice)))),
			rule: "identifier", band: tracker.BandProbable, counted: []string{"metrika 98765432", "email x@stolz.example"},
		},
		{
			name: "what a changed page wore before confirms a name that the seized site linked to",
			new:  site("stolzfolk.com", born("2024-09-26", "Posy"), wore(live(id("metrika", "98765432"), id("email", "x@stolz.example"))), page(live(text(4)))),
			old:  site("meisterurian.io", own, wore(live(id("metrika", "98765432"), id("email", "x@stolz.example"))), page(live(class(tracker.ClassNotice)))),
			rule: "outbound", band: tracker.BandConfirmed,
		},
		{
			name: "the last look before a registrar's hold is still the operators'",
			new:  site("rrn.to", born("2024-11-10", "Posy"), page(live(id("metrika", "98765432")))),
			old: site("rrn.so", born("2024-09-05", "Quill"), page(live(id("metrika", "98765432"))), func(s *tracker.Site) {
				s.Control = &tracker.Control{Holder: "registrar-hold"}
				s.EndedAt = tracker.Interval{Lo: day("2024-11-07"), Hi: day("2024-11-08")}
			}),
			rule: "same-label", band: tracker.BandConfirmed, relation: tracker.RelationReplacement,
		},
		{
			name: "a name booked the hour before the night that found its predecessor dark is a replacement",
			new:  site("rrn.to", func(s *tracker.Site) { s.RegisteredAt = tracker.Exactly(day("2024-11-07").Add(14 * time.Hour)) }),
			old: site("rrn.so", func(s *tracker.Site) {
				s.EndedAt = tracker.Interval{Lo: day("2024-11-07").Add(2 * time.Hour), Hi: day("2024-11-08").Add(2 * time.Hour)}
			}),
			rule: "same-label", band: tracker.BandPossible, relation: tracker.RelationReplacement,
		},
		{
			name: "a researcher's mirror of the whole site, found by what it copies, is not confirmed",
			new:  site("disinfo-archive.org", born("2024-09-20", "Posy"), page(live(id("metrika", "98765432"), id("email", "x@stolz.example"), id("favicon-mmh3", "4711"), theme("lantern", 60), text(4), articles("crab-season-opens-under-a-cloud", "tide-tables-for-the-month", "the-mayor-resigns-at-last")))),
			old:  site("meisterurian.io", own, wore(live(id("metrika", "98765432"), id("email", "x@stolz.example"), id("favicon-mmh3", "4711"), theme("lantern", 60), text(4), articles("crab-season-opens-under-a-cloud", "tide-tables-for-the-month", "the-mayor-resigns-at-last")))),
			rule: "identifier", band: tracker.BandProbable, counted: []string{"text"},
		},
		{
			name: "an archive of the old articles with the counter of whoever booked the label is not confirmed",
			new:  site("oldmillcourier.lol", born("2024-09-20", "Posy"), page(live(id("ga4", "G-SPAMFARM01"), id("favicon-mmh3", "4711"), id("email", "mill@proton.me"), text(4), articles("crab-season-opens-under-a-cloud", "tide-tables-for-the-month", "the-mayor-resigns-at-last")))),
			old:  site("oldmillcourier.org", own, wore(live(id("metrika", "98765432"), id("favicon-mmh3", "4711"), id("email", "mill@proton.me"), text(4), articles("crab-season-opens-under-a-cloud", "tide-tables-for-the-month", "the-mayor-resigns-at-last")))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"text", "slug", "favicon-mmh3", "email"},
		},
		{
			name: "two stories of a wire in a paper that has its own are not confirmed",
			new:  site("oldmillcourier.news", born("2024-09-20", "Posy"), page(live(text(4), articles("parliament-votes-on-the-new-budget-law", "grain-harvest-is-larger-than-expected", "our-village-fete-in-forty-pictures", "the-mill-pond-is-to-be-dredged")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), articles("parliament-votes-on-the-new-budget-law", "grain-harvest-is-larger-than-expected", "the-fifty-first-state-of-lies", "why-the-moon-is-made-of-paper")))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"slug parliament", "slug grain"},
		},
		{
			name: "a shop under the label of a seized paper, in another language, is not what replaces it",
			new:  site("oldmillcourier.fr", born("2024-09-05", "Quill"), page(live(text(4), language("fr")))),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill"), wore(live(text(5), language("en"), articles("the-fifty-first-state-of-lies", "why-the-moon-is-made-of-paper")))),
			rule: "same-label", cx: &Context{Batches: map[BatchKey][]tracker.Name{{day("2024-09-05"), "Quill"}: {"artichoc.cc"}}}, band: tracker.BandPossible, counted: []string{"trade", "language fr", "batch"},
		},
		{
			name: "a paper with texts of its own under the label of a seized paper is possible by the label",
			new:  site("oldmillcourier.cc", born("2024-09-05", "Quill"), page(live(text(4), articles("crab-season-opens-under-a-cloud", "tide-tables-for-the-month")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), articles("the-fifty-first-state-of-lies", "why-the-moon-is-made-of-paper")))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"disjoint"},
		},
		{
			name: "an advertising network's account and a label are not confirmed",
			new:  site("oldmillcourier.site", born("2024-09-20", "Posy"), page(live(id("adsense", "pub-1234567890123456"), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("adsense", "pub-1234567890123456"), text(5)))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"adsense"},
		},
		{
			name: "who shares the publisher's account of advertisements shares an account",
			new:  site("saltmarshdispatch.com", born("2024-09-20", "Posy"), func(s *tracker.Site) { s.FirstSeen = tracker.Interval{Hi: day("2024-09-22")} }, page(live(id("adsense", "pub-7714093325518862"), text(4), articles("who-paid-for-the-bridge", "they-are-lying-to-you")))),
			old:  site("oldmillcourier.org", own, wore(live(id("adsense", "pub-7714093325518862"), text(5), func(f *tracker.Fingerprint) { f.Outbound = []tracker.Name{"saltmarshdispatch.com"} }))),
			rule: "outbound", band: tracker.BandProbable, counted: []string{"adsense", "outbound"}, never: []string{"disjoint"},
		},
		{
			name: "a reporter's warning under the label of a paper is no replacement",
			new: site("oldmillcourier.site", born("2024-09-06", "Posy"), page(live(func(f *tracker.Fingerprint) {
				f.TextWords, f.Text, f.Titles = 34, 0x1234567, []string{"This name was used to deceive you"}
			}))),
			old:  site("oldmillcourier.org", own, wore(live(articles("who-paid-for-the-bridge", "they-are-lying-to-you", "the-truth-about-flour"), text(5)))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"trade  a page of 34 words and no article on it, where oldmillcourier[.]org published"},
		},
		{
			name: "a page that a script fills says nothing yet",
			new:  site("oldmillcourier.site", born("2024-09-06", "Posy"), page(live(func(f *tracker.Fingerprint) { f.TextWords, f.Text = 6, 0x1234567 }))),
			old:  site("oldmillcourier.org", own, wore(live(articles("who-paid-for-the-bridge", "they-are-lying-to-you", "the-truth-about-flour"), text(5)))),
			rule: "same-label", band: tracker.BandProbable, never: []string{"trade"},
		},
		{
			name: "a look of few classes that nobody else wears leaves a namesake probable",
			new:  site("oldmillcourier.site", born("2024-09-05", "Posy"), page(live(articles("the-price-of-bread-goes-up", "a-summer-of-storms", "the-choir-sings-again"), text(4), wears("mill", 10), id("favicon-mmh3", "4711")))),
			old:  site("oldmillcourier.org", own, wore(live(articles("who-paid-for-the-bridge", "they-are-lying-to-you", "the-truth-about-flour"), text(5), wears("mill", 10), id("favicon-mmh3", "4712")))),
			rule: "same-label", cx: &Context{Background: strangers(0, nil)}, band: tracker.BandProbable, counted: []string{"css"},
		},
		{
			name: "a look that strangers wear too does not",
			new:  site("oldmillcourier.site", born("2024-09-05", "Posy"), page(live(articles("the-price-of-bread-goes-up", "a-summer-of-storms", "the-choir-sings-again"), text(4), wears("mill", 20), id("favicon-mmh3", "4711")))),
			old:  site("oldmillcourier.org", own, wore(live(articles("who-paid-for-the-bridge", "they-are-lying-to-you", "the-truth-about-flour"), text(5), wears("mill", 20), id("favicon-mmh3", "4712")))),
			rule: "same-label", cx: &Context{Background: strangers(2, live(text(99), wears("mill", 20)))}, band: tracker.BandPossible, counted: []string{"css"},
		},
		{
			name: "a namesake that prints what strangers print too is possible",
			new:  site("oldmillcourier.site", born("2024-09-08", "Posy"), page(live(articles("the-price-of-bread-goes-up", "a-summer-of-storms", "the-choir-sings-again"), text(4), wears("new", 50), id("favicon-mmh3", "4711")))),
			old:  site("oldmillcourier.org", own, wore(live(articles("the-price-of-bread-goes-up", "they-are-lying-to-you", "who-paid-for-the-bridge"), text(5), wears("old", 50), id("favicon-mmh3", "4712")))),
			rule: "same-label", cx: &Context{Background: strangers(4, live(articles("the-price-of-bread-goes-up")))}, band: tracker.BandPossible, counted: []string{"slug"},
		},
		{
			name: "a namesake that prints what nobody else prints is probable",
			new:  site("oldmillcourier.site", born("2024-09-08", "Posy"), page(live(articles("the-price-of-bread-goes-up", "a-summer-of-storms", "the-choir-sings-again"), text(4), wears("new", 50), id("favicon-mmh3", "4711")))),
			old:  site("oldmillcourier.org", own, wore(live(articles("the-price-of-bread-goes-up", "they-are-lying-to-you", "who-paid-for-the-bridge"), text(5), wears("old", 50), id("favicon-mmh3", "4712")))),
			rule: "same-label", cx: &Context{Background: strangers(0, nil)}, band: tracker.BandProbable, counted: []string{"slug"},
		},
		{
			name: "an account that two of the few known strangers carry is a network's",
			new:  site("oldmillcourier.site", born("2024-09-20", "Posy"), page(live(id("gtm", "GTM-NETWORK1"), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-NETWORK1"), text(5)))),
			rule: "same-label", cx: &Context{Background: strangers(2, live(id("gtm", "GTM-NETWORK1")))}, band: tracker.BandProbable, counted: []string{"gtm"},
		},
		{
			name: "a hyphen does not make another label",
			new:  site("old-mill-courier.so", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21")))),
			rule: "same-label", band: tracker.BandConfirmed, relation: tracker.RelationReplacement, counted: []string{"label old-mill-courier"},
		},
		{
			name: "a similar label of the days after that shares an account is probable",
			new:  site("oldmillcouriers.so", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21")))),
			rule: "addition", band: tracker.BandProbable, relation: tracker.RelationReplacement,
		},
		{
			name: "a long label with a letter changed and an icon that nobody else has are probable",
			new:  site("oldmillcouriers.so", born("2024-09-08", "Fathom"), page(live(id("favicon-mmh3", "911"), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("favicon-mmh3", "911"), text(5)))),
			rule: "addition", band: tracker.BandProbable, relation: tracker.RelationReplacement, counted: []string{"similar oldmillcouriers oldmillcourier with a letter or a word changed, a label that no other name bore"},
		},
		{
			name: "a long label with a letter changed says nothing where many bear it",
			new:  site("oldmillcouriers.so", born("2024-09-08", "Fathom"), page(live(id("favicon-mmh3", "911"), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("favicon-mmh3", "911"), text(5)))),
			rule: "addition", cx: &Context{Twins: map[string]int{"oldmillcouriers": 4}}, band: tracker.BandPossible, never: []string{"similar"},
		},
		{
			name: "a word behind a seized label confirms no mirror",
			new:  site("oldmillcourier-archive.org", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21"), id("favicon-mmh3", "911"), text(5), articles("crab-season-opens-under-a-cloud", "the-mayor-resigns-at-last-today")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21"), id("favicon-mmh3", "911"), text(5), articles("crab-season-opens-under-a-cloud", "the-mayor-resigns-at-last-today")))),
			rule: "affix", band: tracker.BandProbable, counted: []string{"similar", "ceiling  no more than probable: all of it stands in pages"},
		},
		{
			name: "a short label has many neighbours",
			new:  site("artichocs.cc", born("2024-09-08", "Fathom"), page(live(text(4), id("favicon-mmh3", "911")))),
			old:  site("articho.io", own, wore(live(text(5), id("favicon-mmh3", "911")))),
			rule: "affix", band: tracker.BandPossible, never: []string{"similar"},
		},
		{
			name: "a similar label of the days after that shares nothing is unlikely",
			new:  site("oldmillcouriers.so", born("2024-09-08", "Fathom"), page(live(text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "addition", band: tracker.BandUnlikely,
		},
		{
			name: "name servers under a third name of the campaign are their own",
			new:  site("saltmarshdispatch.com", born("2024-09-26", "Posy"), at("192.0.2.1", "ns1.kolhaarets.com", "ns2.kolhaarets.com"), page(live(id("email", "mill@proton.me")))),
			old:  site("oldmillcourier.org", own, was("192.0.2.2", "ns1.kolhaarets.com", "ns2.kolhaarets.com"), wore(live(id("email", "mill@proton.me")))),
			rule: "identifier", cx: &Context{Campaign: map[tracker.Name]tracker.Name{"kolhaarets.com": ""}}, band: tracker.BandConfirmed, counted: []string{"ns-own"},
		},
		{
			name: "a proof of ownership is given out by site: a different one says nothing",
			new:  site("oldmillcourier.so", born("2024-09-08", "Fathom"), page(live(text(4), id("google-site-verification", "bbbbbbbb")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), id("google-site-verification", "aaaaaaaa")))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"disjoint  both have shown texts"},
		},
		{
			name: "a label whose page nobody has seen is possible by its name alone",
			new:  site("oldmillcourier.so", born("2024-09-05", "Quill")),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill")),
			rule: "same-label", band: tracker.BandPossible, relation: tracker.RelationReplacement,
		},
		{
			name: "a label that was parked in the company of a wave is not probable",
			new:  site("oldmillcourier.so", born("2024-09-05", "Quill"), func(s *tracker.Site) { s.Class = tracker.ClassParked }, page(live(class(tracker.ClassParked)))),
			old:  site("oldmillcourier.org", own),
			rule: "same-label", cx: &Context{Batches: batch}, band: tracker.BandPossible, counted: []string{"parked", "batch"},
		},
		{
			name: "a label that researchers booked into a sinkhole is not probable",
			new:  site("oldmillcourier.so", born("2024-09-05", "Quill"), func(s *tracker.Site) { s.Control = &tracker.Control{Holder: "sinkhole"} }),
			old:  site("oldmillcourier.org", own),
			rule: "same-label", cx: &Context{Batches: batch}, band: tracker.BandPossible, counted: []string{"parked sinkhole"},
		},
		{
			name: "a registrar where none of many strangers is says a little where the label came back at once",
			new:  site("oldmillcourier.so", born("2024-09-05", "Quill"), page(live(text(4)))),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill"), wore(live(text(5)))),
			rule: "same-label", cx: &Context{Background: &Background{Sites: 40, Registered: 40}}, band: tracker.BandProbable, counted: []string{"registrar Quill"},
		},
		{
			name: "a registrar where none of many strangers is says a little, and not enough beside other texts",
			new:  site("oldmillcourier.so", born("2024-09-12", "Quill"), page(live(text(4)))),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill"), wore(live(text(5)))),
			rule: "same-label", cx: &Context{Background: &Background{Sites: 40, Registered: 40}}, band: tracker.BandPossible, counted: []string{"registrar Quill"},
		},
		{
			name: "name servers that a registrar may give its customers say nothing beside the registrar",
			new:  site("oldmillcourier.so", born("2024-09-05", "Quill"), at("192.0.2.7", "ns1.quill-dns.net", "ns2.quill-dns.net"), page(live(text(4)))),
			old:  site("oldmillcourier.org", own, born("2022-01-01", "Quill"), was("192.0.2.9", "ns1.quill-dns.net", "ns2.quill-dns.net"), wore(live(text(5)))),
			rule: "same-label", cx: &Context{Shared: map[string]int{"ns1.quill-dns.net": 1, "ns2.quill-dns.net": 1}}, band: tracker.BandPossible, never: []string{"ns ", "registrar"}, ignored: []string{"ns ns1.quill-dns.net"},
		},
		{
			name: "a hoster on whose certificate and servers the seized site stood is no operator",
			new:  site("granhost.net", born("2003-09-05", "Crown"), at("192.0.2.10", "ns1.granhost.net", "ns2.granhost.net"), page(live(id("spki", "panel-key")))),
			old:  site("oldmillcourier.org", own, was("192.0.2.10", "ns1.granhost.net", "ns2.granhost.net"), wore(live(id("spki", "panel-key"), sans("granhost.net")))),
			rule: "certificate", band: tracker.BandUnlikely, never: []string{"ns-own", "ptr", "certificate-names"}, ignored: []string{"ns ns1.granhost.net ns2.granhost.net oldmillcourier[.]org was served by name servers under this name"},
		},
		{
			name: "the key of a provider's panel is not its customers'",
			new:  site("oldmillcourier.es", born("2024-09-06", "Posy"), at("192.0.2.10", "ns1.granhost.net", "ns2.granhost.net"), page(live(id("spki", "panel-key"), sans("granhost.net"), text(4)))),
			old:  site("oldmillcourier.org", own, was("192.0.2.10", "ns1.granhost.net", "ns2.granhost.net"), wore(live(id("spki", "panel-key"), sans("granhost.net"), text(5)))),
			rule: "same-label", band: tracker.BandPossible, never: []string{"spki", "address", "ns "}, ignored: []string{"spki panel-key the key of a certificate of the provider granhost[.]net", "address 192.0.2.10 a machine of granhost[.]net", "ns ns1.granhost.net"},
		},
		{
			name: "what a stranger under the same bought theme carries comes with the theme",
			new:  site("oldmillcourier.mx", born("2024-09-06", "Posy"), page(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(5)))),
			rule: "same-label", cx: &Context{Background: neighbour(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(6)))}, band: tracker.BandPossible,
			never: []string{"gtm"}, ignored: []string{"gtm GTM-VENDOR01 on 1 unrelated site under the same theme gazettely too"},
		},
		{
			name: "a stranger who carries a value under another theme shows nothing about the theme",
			new:  site("oldmillcourier.mx", born("2024-09-06", "Posy"), page(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(5)))),
			rule: "same-label", cx: &Context{Background: neighbour(live(id("gtm", "GTM-VENDOR01"), text(6)))}, band: tracker.BandProbable, counted: []string{"gtm"},
		},
		{
			name: "a paper that shares nothing with the old one but its name and the day is possible",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), page(live(id("favicon-mmh3", "11"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-coal", "rain-on-the-square", "a-new-bridge-at-last"), text(4)))),
			old:  site("tinwhistlepost.com", own, wore(live(id("favicon-mmh3", "12"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("what-they-hide-again", "the-truth-about-bread", "who-rules-the-west"), text(5)))),
			rule: "same-label", cx: &Context{Batches: map[BatchKey][]tracker.Name{{day("2024-09-05"), "Quill"}: {"rrn.so"}}}, band: tracker.BandPossible, counted: []string{"batch", "disjoint"},
		},
		{
			name: "the same on a day on which five of the campaign were booked is probable",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), page(live(id("favicon-mmh3", "11"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-coal", "rain-on-the-square", "a-new-bridge-at-last"), text(4)))),
			old:  site("tinwhistlepost.com", own, wore(live(id("favicon-mmh3", "12"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("what-they-hide-again", "the-truth-about-bread", "who-rules-the-west"), text(5)))),
			rule: "same-label", cx: &Context{Batches: batch, Background: posy()}, band: tracker.BandProbable, counted: []string{"batch", "disjoint"},
		},
		{
			name: "the same with an icon in common is confirmed",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), page(live(id("favicon-mmh3", "12"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-coal", "rain-on-the-square", "a-new-bridge-at-last"), text(4)))),
			old:  site("tinwhistlepost.com", own, wore(live(id("favicon-mmh3", "12"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("what-they-hide-again", "the-truth-about-bread", "who-rules-the-west"), text(5)))),
			rule: "same-label", cx: &Context{Batches: batch}, band: tracker.BandConfirmed, counted: []string{"batch", "favicon-mmh3"}, never: []string{"disjoint"},
		},
		{
			name: "a paper whose predecessor was hardly seen is judged by its name and the day",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), page(live(id("favicon-mmh3", "11"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-coal", "rain-on-the-square", "a-new-bridge-at-last"), text(4)))),
			old:  site("tinwhistlepost.com", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Batches: batch}, band: tracker.BandProbable, counted: []string{"batch", "disjoint"},
		},
		{
			name: "what the author of a bought theme left in it does not identify its buyers",
			new:  site("oldmillcourier.mx", born("2024-09-06", "Posy"), page(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(5)))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"gtm"},
		},
		{
			name: "an address of a proxy whose ranges are not known is still the proxy's",
			new:  site("silverbirchpost.blog", born("2024-09-06", "Posy"), at("192.0.2.44", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com"), page(live(text(4)))),
			old:  site("silverbirchpost.net", own, was("192.0.2.44", "eve.ns.cloudflare.com", "dan.ns.cloudflare.com"), wore(live(text(5)))),
			rule: "same-label", band: tracker.BandPossible, ignored: []string{"address 192.0.2.44 an address of cloudflare"}, never: []string{"address"},
		},
		{
			name: "a key and the machine that shows it are one fact",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), at("192.0.2.10", "ns1.other.net"), page(live(id("spki", "their-key"), text(4)))),
			old:  site("oldmillcourier.org", own, was("192.0.2.10", "ns1.smallhost.net"), wore(live(id("spki", "their-key"), text(5)))),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"address 192.0.2.10 also where oldmillcourier[.]org was; no further name of this database there, strangers that it does not know not counted; the key of both was on this machine, one fact"},
		},
		{
			name: "the old label below a name of the campaign is theirs",
			new: site("oldmillcourier.newshub.com", func(s *tracker.Site) {
				s.FirstSeen = tracker.Interval{Lo: day("2024-09-06"), Hi: day("2024-09-07")}
				s.RegisteredAt = s.FirstSeen
			}, page(live(text(4), articles("crab-season-opens-under-a-cloud")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), articles("crab-season-opens-under-a-cloud")))),
			rule: "subdomain", cx: &Context{Campaign: map[tracker.Name]tracker.Name{"newshub.com": ""}}, band: tracker.BandConfirmed, relation: tracker.RelationReplacement, counted: []string{"parent newshub.com"},
		},
		{
			name: "the old label below a stranger's name is a similar name, and no more",
			new: site("oldmillcourier.weebly.net", func(s *tracker.Site) {
				s.FirstSeen = tracker.Interval{Lo: day("2024-09-06"), Hi: day("2024-09-07")}
				s.RegisteredAt = s.FirstSeen
			}, page(live(text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "subdomain", band: tracker.BandUnlikely, never: []string{"parent"},
		},
		{
			name: "a front that sends its visitors to a name that an account makes probable is probable",
			new:  site("oldmillcourier.so", born("2024-09-06", "Posy"), page(live(class(tracker.ClassRedirecting), redirects("shortener.example", "saltmarshdispatch.com")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Likely: map[tracker.Name]tracker.Name{"saltmarshdispatch.com": "oldmillcourier.org"}, Campaign: map[tracker.Name]tracker.Name{"oldmillcourier.org": ""}}, band: tracker.BandProbable,
			counted: []string{"redirect oldmillcourier.so -> saltmarshdispatch.com"},
		},
		{
			name: "a front does not vouch for itself through a name that hangs on it",
			new:  site("oldmillcourier.so", born("2024-09-06", "Posy"), page(live(class(tracker.ClassRedirecting), redirects("saltmarshdispatch.com")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Likely: map[tracker.Name]tracker.Name{"saltmarshdispatch.com": "oldmillcourier.so"}, Campaign: map[tracker.Name]tracker.Name{"oldmillcourier.so": "oldmillcourier.org", "oldmillcourier.org": ""}}, band: tracker.BandPossible,
			never: []string{"redirect "},
		},
		{
			name: "a page that sends its visitors to a confirmed name of the campaign is theirs",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), page(live(class(tracker.ClassRedirecting), redirects("saltmarshdispatch.com")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Campaign: map[tracker.Name]tracker.Name{"saltmarshdispatch.com": "oldmillcourier.org", "oldmillcourier.org": ""}}, band: tracker.BandConfirmed, counted: []string{"redirect oldmillcourier.so -> saltmarshdispatch.com"},
		},
		{
			name: "a name that hangs on another cannot vouch for it",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), page(live(class(tracker.ClassRedirecting), redirects("saltmarshdispatch.com")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5)))),
			rule: "same-label", cx: &Context{Campaign: map[tracker.Name]tracker.Name{"saltmarshdispatch.com": "oldmillcourier.so", "oldmillcourier.so": "oldmillcourier.org", "oldmillcourier.org": ""}}, band: tracker.BandPossible, never: []string{"redirect "},
		},
		{
			name: "a namesake with an account of its own, where the campaign's sites share another, is possible",
			new:  site("oldmillcourier.so", born("2024-09-06", "Posy"), page(live(id("ga4", "G-TRAVEL0001"), text(4)))), old: site("oldmillcourier.org", own),
			rule: "same-label", cx: &Context{Fellows: fellows("G-HM4RR0RX21", "G-HM4RR0RX21")}, band: tracker.BandPossible, counted: []string{"disjoint G-HM4RR0RX21 2 sites of the campaign"},
		},
		{
			name: "where the campaign's sites share no account, one of its own says nothing",
			new:  site("oldmillcourier.so", born("2024-09-06", "Posy"), page(live(id("ga4", "G-TRAVEL0001"), text(4)))), old: site("oldmillcourier.org", own),
			rule: "same-label", cx: &Context{Fellows: fellows("G-HM4RR0RX21", "G-0THER00001")}, band: tracker.BandProbable, never: []string{"disjoint"},
		},
		{
			name: "an account of its own beside that of the campaign says nothing",
			new:  site("oldmillcourier.so", born("2024-09-06", "Posy"), page(live(id("ga4", "G-TRAVEL0001"), id("ga4", "G-HM4RR0RX21"), text(4)))), old: site("oldmillcourier.org", own),
			rule: "same-label", cx: &Context{Fellows: fellows("G-HM4RR0RX21", "G-HM4RR0RX21")}, band: tracker.BandProbable, never: []string{"disjoint"},
		},
		{
			name: "critics whom a site links to, and who mirror it, are not its operators",
			new:  site("watchingthepress.org", born("2019-01-01", "Posy"), page(live(id("gtm", "GTM-M1RR0R1"), id("email", "desk@oldmillcourier.org"), text(4), articles("the-truth-about-bread", "who-rules-the-west")))),
			old:  site("oldmillcourier.org", own, born("2023-05-05", "Fathom"), wore(live(id("gtm", "GTM-M1RR0R1"), id("email", "desk@oldmillcourier.org"), text(4), articles("the-truth-about-bread", "who-rules-the-west"), func(f *tracker.Fingerprint) { f.Outbound = []tracker.Name{"watchingthepress.org"} }))),
			rule: "outbound", band: tracker.BandProbable, counted: []string{"ceiling", "gtm"},
		},
		{
			name: "two papers on one machine that share nothing else are no more than possible",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.20", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"address", "disjoint"},
		},
		{
			name: "two papers on a machine of their own, of a day on which four of the campaign were booked, are probable",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.20", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", cx: &Context{Batches: batch, Background: bookedAt(20, "Quill"), Shared: map[string]int{}}, band: tracker.BandProbable, counted: []string{"address", "batch", "disjoint"},
		},
		{
			name: "the day alone, at a registrar where everybody is, is not",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.21", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", cx: &Context{Batches: batch, Background: bookedAt(20, "Quill"), Shared: map[string]int{}}, band: tracker.BandPossible, counted: []string{"batch", "disjoint"},
		},
		{
			name: "the day and a machine where another stands are not",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.20", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", cx: &Context{Batches: batch, Background: bookedAt(20, "Quill"), Shared: map[string]int{"192.0.2.20": 1}}, band: tracker.BandPossible, counted: []string{"address", "batch", "disjoint"},
		},
		{
			name: "two papers on one machine with other accounts too may be any two of its customers",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), id("ga4", "G-CH01R00001"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.20", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), id("ga4", "G-HM4RR0RX21"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"address", "disjoint", "ceiling"},
		},
		{
			name: "one article list and one article page of one home-made design share its words",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), page(live(text(4), classes("lantern-sky", "lantern-plate", "lantern-ground", "lantern-rail", "lantern-copy", "lantern-star", "list-a", "list-b", "list-c")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), classes("lantern-sky", "lantern-plate", "lantern-ground", "lantern-rail", "lantern-copy", "lantern-star", "solo-a", "solo-b", "solo-c")))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"css lantern-copy 6 names of style classes"},
		},
		{
			name: "nothing known on either side is no evidence",
			new:  site("some.example.org"), old: site("other.example.net", own), rule: "feed", band: tracker.BandUnlikely,
		},
		{
			name: "registrant hashes identify, an organisation alone does not",
			new:  site("tinwhistlepost.cc", born("2024-09-05", "Fathom"), func(s *tracker.Site) { s.Registration.Registrant = map[string]string{"email": "e1", "org": "o1"} }),
			old:  site("tinwhistlepost.com", own, born("2022-01-01", "Quill"), func(s *tracker.Site) { s.Registration.Registrant = map[string]string{"email": "e1", "org": "o1"} }),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"registrant-email e1", "registrant-org o1"},
		},
		{
			name: "servers under the seized name itself are the operators' own",
			new:  site("stolzfolk.com", born("2024-09-26", "Posy"), at("192.0.2.1", "ns1.meisterurian.io", "ns2.meisterurian.io")),
			old:  site("meisterurian.io", own, was("192.0.2.2", "ns1.meisterurian.io", "ns2.meisterurian.io")),
			rule: "identifier", band: tracker.BandUnlikely, counted: []string{"ns-own"},
		},
		{
			name: "a provider's mailbox in the SOA is not a person's",
			new: site("stolzfolk.com", born("2024-09-26", "Posy"), at("192.0.2.1", "ns1.smallhost.net"), func(s *tracker.Site) {
				s.DNS.SOA = &tracker.SOA{MName: "ns1.smallhost.net", RName: "hostmaster.smallhost.net"}
			}),
			old: site("meisterurian.io", own, was("192.0.2.2", "ns1.smallhost.net"), func(s *tracker.Site) {
				s.Before.SOA = &tracker.SOA{MName: "ns1.smallhost.net", RName: "hostmaster.smallhost.net"}
			}),
			rule: "identifier", band: tracker.BandUnlikely, ignored: []string{"soa-contact"}, never: []string{"soa-contact"},
		},
		{
			name: "a token in a TXT record proves the same owner as the meta tag",
			new: site("stolzfolk.com", born("2024-09-26", "Posy"), at("192.0.2.1"), func(s *tracker.Site) {
				s.DNS.TXT = []string{"v=spf1 -all", "google-site-verification=abcdefgh12345678"}
			}),
			old:  site("meisterurian.io", own, wore(live(id("google-site-verification", "abcdefgh12345678")))),
			rule: "identifier", band: tracker.BandPossible, counted: []string{"google-site-verification abcdefgh12345678"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cx := tt.cx
			if cx == nil {
				cx = &Context{}
			}
			l := Score(tt.new, tt.old, tt.rule, cx)
			if l.Band != tt.band {
				t.Errorf("band %s at %.2f, want %s", l.Band, l.Score, tt.band)
			}
			if tt.relation != "" && l.Relation != tt.relation {
				t.Errorf("relation %s, want %s", l.Relation, tt.relation)
			}
			evidence, ignored := written(l.Evidence[1:]), written(l.Ignored)
			for _, w := range tt.counted {
				if !holds(evidence, w) {
					t.Errorf("%q was not counted", w)
				}
			}
			for _, w := range tt.ignored {
				if !holds(ignored, w) {
					t.Errorf("%q was not ignored visibly", w)
				}
			}
			for _, w := range tt.never {
				if holds(evidence, w) {
					t.Errorf("%q was counted", w)
				}
			}
			if sum := total(l); math.Abs(sum-l.Score) > .0005 {
				t.Errorf("the lines add up to %.3f, the score is %.3f", sum, l.Score)
			}
			if t.Failed() {
				t.Logf("evidence:\n%s\nignored:\n%s", strings.Join(evidence, "\n"), strings.Join(ignored, "\n"))
			}
		})
	}
}

func written(ev []tracker.Evidence) (out []string) {
	for _, e := range ev {
		out = append(out, fmt.Sprintf("%s %s %s %+.2f", e.Kind, e.Value, e.Why, e.Weight))
	}
	return out
}

// holds says whether a line begins with w, or with w's kind and value and then
// has the rest of w.
func holds(lines []string, w string) bool {
	for _, l := range lines {
		if strings.HasPrefix(l, w) {
			return true
		}
	}
	return false
}

func total(l tracker.Link) (sum float64) {
	for _, e := range l.Evidence {
		sum += e.Weight
	}
	return sum
}

// TestManyScoreAtOnce is for the race detector: the Context works things out
// lazily.
func TestManyScoreAtOnce(t *testing.T) {
	cx := &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: live(id("ga4", "G-NQUAY0GEN1"))}}
	a := site("artichoc.cc", born("2024-09-05", "Quill"), page(live(id("metrika", "98765432"), text(1))))
	b := site("artichoc.io", seized(tracker.KindOwnBrand, ""), wore(live(id("metrika", "98765432"), text(1))))
	want := Score(a, b, "same-label", &Context{Outlets: cx.Outlets})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := Score(a, b, "same-label", cx); got.Score != want.Score || got.Band != want.Band {
					t.Errorf("%s at %.3f, want %s at %.3f", got.Band, got.Score, want.Band, want.Score)
				}
			}
		})
	}
	wg.Wait()
}
