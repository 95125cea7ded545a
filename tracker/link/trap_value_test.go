package link

import (
	"fmt"
	"time"

	"respawn/tracker"
)

// trapsOfValues are those of accounts, keys, machines and labels: what one operator chose,
// and what strangers carry as well.
func trapsOfValues() []trap {
	own := seized(tracker.KindOwnBrand, "")
	many := make([]tracker.Name, 60)
	for i := range many {
		many[i] = tracker.Name(fmt.Sprintf("tenant%02d.com", i))
	}
	batch := map[BatchKey][]tracker.Name{{day("2024-09-05"), "Quill"}: {"tinwhistlepost.cc", "uschina.cc", "rrn.so", "lexomnium.pw", "artichocs.cc"}}
	return []trap{
		{
			name: "two sites that share only a label and an analytics account are confirmed",
			new:  site("oldmillcourier.so", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21"), text(1)))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21"), text(2)))),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"ga4 G-HM4RR0RX21"},
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
			name: "two seized names share the court's server, and no more",
			new:  site("artichoc.cc", born("2024-09-20", "Quill"), func(s *tracker.Site) { s.Control = &tracker.Control{Holder: "seized"} }, wore(live(class(tracker.ClassNotice), id("spki", "court-key"), redirects("fbi.gov"))), page(live(class(tracker.ClassNotice), id("spki", "court-key")))),
			old:  site("meisterurian.io", own, wore(live(class(tracker.ClassNotice), id("spki", "court-key"), redirects("fbi.gov"))), page(live(class(tracker.ClassNotice), id("spki", "court-key")))),
			rule: "identifier", band: tracker.BandUnlikely, never: []string{"spki", "redirect"},
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
			name: "a word behind a seized label confirms no mirror",
			new:  site("oldmillcourier-archive.org", born("2024-09-08", "Fathom"), page(live(id("ga4", "G-HM4RR0RX21"), id("favicon-mmh3", "911"), text(5), articles("crab-season-opens-under-a-cloud", "the-mayor-resigns-at-last-today")))),
			old:  site("oldmillcourier.org", own, wore(live(id("ga4", "G-HM4RR0RX21"), id("favicon-mmh3", "911"), text(5), articles("crab-season-opens-under-a-cloud", "the-mayor-resigns-at-last-today")))),
			rule: "affix", band: tracker.BandProbable, counted: []string{"similar", "ceiling  no more than probable: all of it stands in pages"},
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
			name: "what the author of a bought theme left in it does not identify its buyers",
			new:  site("oldmillcourier.mx", born("2024-09-06", "Posy"), page(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(4)))),
			old:  site("oldmillcourier.org", own, wore(live(id("gtm", "GTM-VENDOR01"), theme("gazettely", 60), text(5)))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"gtm"},
		},
		{
			name: "a key and the machine that shows it are one fact",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), at("192.0.2.10", "ns1.other.net"), page(live(id("spki", "their-key"), text(4)))),
			old:  site("oldmillcourier.org", own, was("192.0.2.10", "ns1.smallhost.net"), wore(live(id("spki", "their-key"), text(5)))),
			rule: "same-label", band: tracker.BandConfirmed, counted: []string{"address 192.0.2.10 also where oldmillcourier[.]org was; no further name of this database there, strangers that it does not know not counted; the key of both was on this machine, one fact"},
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
			name: "two papers on one machine with other accounts too may be any two of its customers",
			new:  site("tinwhistlepost.press", born("2024-09-05", "Quill"), at("192.0.2.20", "ns1.a.example", "ns2.a.example"), page(live(id("favicon-mmh3", "a1"), id("ga4", "G-CH01R00001"), classes("a-top", "a-bar", "a-wrap", "a-lead", "a-grid", "a-card", "a-foot", "a-list"), articles("the-price-of-a", "rain-on-the-a", "a-new-bridge-at-a"), text(97)))),
			old:  site("tinwhistlepost.com", own, was("192.0.2.20", "ns1.b.example", "ns2.b.example"), wore(live(id("favicon-mmh3", "b1"), id("ga4", "G-HM4RR0RX21"), classes("b-top", "b-bar", "b-wrap", "b-lead", "b-grid", "b-card", "b-foot", "b-list"), articles("the-price-of-b", "rain-on-the-b", "a-new-bridge-at-b"), text(98)))),
			rule: "same-label", band: tracker.BandPossible, counted: []string{"address", "disjoint", "ceiling"},
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
	}
}
