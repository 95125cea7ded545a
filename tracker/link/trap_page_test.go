package link

import (
	"fmt"

	"respawn/tracker"
)

// trapsOfPages are those of looks, texts and articles, and of copies of an outlet.
func trapsOfPages() []trap {
	own := seized(tracker.KindOwnBrand, "")
	spoof := seized(tracker.KindBrandSpoof, outlet)
	genuine := live(id("ga4", "G-NQUAY0GEN1"), id("favicon-mmh3", "777"), id("email", "desk@thenorthernquay.co.uk"), id("spki", "genuine-key"), theme("quay", 60), text(7), articles("harbour-board-minutes-in-full"), sans("thenorthernquay.ie"))
	many := make([]tracker.Name, 60)
	for i := range many {
		many[i] = tracker.Name(fmt.Sprintf("tenant%02d.com", i))
	}
	batch := map[BatchKey][]tracker.Name{{day("2024-09-05"), "Quill"}: {"tinwhistlepost.cc", "uschina.cc", "rrn.so", "lexomnium.pw", "artichocs.cc"}}
	return []trap{
		{
			name: "two sites that share only a home-made template are probable, not confirmed",
			new:  site("tinwhistlepost.cc", born("2024-09-05", "Fathom"), page(live(theme("lantern", 30)))),
			old:  site("tinwhistlepost.com", own, wore(live(theme("lantern", 30)))),
			rule: "same-label", band: tracker.BandProbable, relation: tracker.RelationReplacement, counted: []string{"css", "label tinwhistlepost"},
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
			name: "a prank page that says seized wears the court's page, not the operators'",
			new:  site("truthgate.lol", born("2024-09-10", "Posy"), func(s *tracker.Site) { s.Class = tracker.ClassNotice; s.Control = &tracker.Control{Holder: "claimed"} }, page(live(class(tracker.ClassNotice), text(8), id("favicon-mmh3", "banner")))),
			old:  site("truthgate.us", own, page(live(class(tracker.ClassNotice), text(8), id("favicon-mmh3", "banner")))),
			rule: "same-label", cx: &Context{Twins: map[string]int{"truthgate": 1}}, band: tracker.BandPossible, never: []string{"text", "favicon"},
		},
		{
			name: "a namesake registered before is a twin and never more than possible without an identity",
			new:  site("levinaigre.com", born("2015-02-02", "Quill"), at("192.0.2.7"), page(live(theme("lantern", 60)))),
			old:  site("levinaigre.net", own, born("2022-01-01", "Quill"), was("192.0.2.7"), wore(live(theme("lantern", 60)))),
			rule: "same-label", band: tracker.BandPossible, relation: tracker.RelationTwin,
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
			name: "an address of a proxy whose ranges are not known is still the proxy's",
			new:  site("silverbirchpost.blog", born("2024-09-06", "Posy"), at("192.0.2.44", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com"), page(live(text(4)))),
			old:  site("silverbirchpost.net", own, was("192.0.2.44", "eve.ns.cloudflare.com", "dan.ns.cloudflare.com"), wore(live(text(5)))),
			rule: "same-label", band: tracker.BandPossible, ignored: []string{"address 192.0.2.44 an address of cloudflare"}, never: []string{"address"},
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
			name: "one article list and one article page of one home-made design share its words",
			new:  site("oldmillcourier.so", born("2024-09-05", "Fathom"), page(live(text(4), classes("lantern-sky", "lantern-plate", "lantern-ground", "lantern-rail", "lantern-copy", "lantern-star", "list-a", "list-b", "list-c")))),
			old:  site("oldmillcourier.org", own, wore(live(text(5), classes("lantern-sky", "lantern-plate", "lantern-ground", "lantern-rail", "lantern-copy", "lantern-star", "solo-a", "solo-b", "solo-c")))),
			rule: "same-label", band: tracker.BandProbable, counted: []string{"css lantern-copy 6 names of style classes"},
		},
	}
}
