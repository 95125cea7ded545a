package link

import (
	"strings"
	"testing"

	"respawn/tracker"
)

// paper is a page with all that a publication has of its own: articles, style classes,
// an icon and a text. who decides which.
func paper(who string, seed uint64, more ...func(*tracker.Fingerprint)) *tracker.Fingerprint {
	f := live(id("favicon-mmh3", "icon of "+who), text(seed), articles("the-price-of-bread-in-"+who, "rain-again-over-"+who, "a-new-bridge-for-"+who))
	for _, c := range [...]string{"top", "bar", "wrap", "lead", "grid", "tile", "foot", "roll"} {
		f.CSS = append(f.CSS, who+"-"+c)
	}
	for _, e := range more {
		e(f)
	}
	return f
}

// TestPlaceholdersAreNobodys: what a template came with, and nobody filled in, is
// weighed as nothing, in whatever spelling.
func TestPlaceholdersAreNobodys(t *testing.T) {
	for _, tt := range []struct {
		kind, value string
		want        bool
	}{
		{"email", "your@email.com", true},
		{"email", "yourname@gmail.com", true},
		{"email", "your.name@agency.net", true},
		{"email", "info@yourdomain.com", true},
		{"email", "info@your-site.org", true},
		{"email", "name@example.net", true},
		{"email", "user@domain.com", true},
		{"email", "user@mail.company.com", true},
		{"email", "yourstruly@gmail.com", false},
		{"email", "desk@domainpost.com", false},
		{"email", "editor@oldmillcourier.org", false},
		{"telegram", "username", true},
		{"facebook", "yourpage", true},
		{"facebook", "Your-Page", true},
		{"telegram", "your_channel", true},
		{"x", "intent", true},
		{"x", "wordpress", true},
		{"instagram", "themeforest", true},
		{"telegram", "username_of_mine", false},
		{"telegram", "oldmill_channel", false},
		{"phone", "+1234567890", true},
		{"phone", "+12345678900", true},
		{"phone", "+12125550147", true},
		{"phone", "+442079460958", true},
		{"phone", "+12125551147", false},
		{"phone", "+447911123987", false},
		{"btc", "username", false},
		{"ga4", "username", false},
	} {
		if c, got := placeholder(tt.kind, tt.value); got != tt.want || got && (c.why == "" || c.source == "") {
			t.Errorf("%s %s: %v, want %v", tt.kind, tt.value, got, tt.want)
		}
	}
	own := seized(tracker.KindOwnBrand, "")
	l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(id("telegram", "username"), text(1)))),
		site("oldmillcourier.org", own, wore(live(id("telegram", "username"), text(2)))), "same-label", nil)
	if l.Band.Rank() > tracker.BandPossible.Rank() || !holds(written(l.Ignored), "telegram username nobody's: ") {
		t.Errorf("%s at %.2f; ignored: %q", l.Band, l.Score, written(l.Ignored))
	}
}

// TestWhomAPageNamesMayBeAnybody holds what a contact may do beside the label.
func TestWhomAPageNamesMayBeAnybody(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	const wallet = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
	for _, tt := range []struct {
		name     string
		new, old *tracker.Fingerprint
		band     tracker.Band
		counted  string
		ignored  string
	}{
		{"a handle and the label are probable, not confirmed", live(id("telegram", "millnews")), live(id("telegram", "millnews")), tracker.BandProbable, "telegram millnews", ""},
		{"so are a mailbox and the label", live(id("email", "mill@proton.me")), live(id("email", "mill@proton.me")), tracker.BandProbable, "email mill@proton.me", ""},
		{"so are a wallet and the label", live(id("btc", wallet)), live(id("btc", wallet)), tracker.BandProbable, "btc " + wallet, ""},
		{"two contacts are one kind", live(id("btc", wallet), id("telegram", "millnews")), live(id("btc", wallet), id("telegram", "millnews")), tracker.BandProbable, "btc " + wallet, ""},
		{"a handle beside the same text confirms", live(id("telegram", "millnews"), text(5)), live(id("telegram", "millnews"), text(5)), tracker.BandConfirmed, "telegram millnews", ""},
		{"an account and the label confirm as before", live(id("metrika", "98765432")), live(id("metrika", "98765432")), tracker.BandConfirmed, "metrika", ""},
		{"a channel on which two papers report that share nothing else is cited", paper("a", 11, id("telegram", "ministry")), paper("b", 12, id("telegram", "ministry")), tracker.BandPossible, "disjoint", "telegram ministry both print it"},
		{"a channel that bears the label is the label's people", paper("a", 11, id("telegram", "oldmillcourier_tv")), paper("b", 12, id("telegram", "oldmillcourier_tv")), tracker.BandProbable, "telegram", ""},
		{"a channel and a mailbox under the label are not both cited", paper("a", 11, id("telegram", "ministry"), id("email", "desk@elsewhere.net")), paper("b", 12, id("telegram", "ministry"), id("email", "desk@elsewhere.net")), tracker.BandProbable, "telegram", ""},
		{"a telephone number is nobody's to cite", paper("a", 11, id("phone", "+447911123987")), paper("b", 12, id("phone", "+447911123987")), tracker.BandProbable, "phone", ""},
		{"nor is a mailbox, whatever else differs", paper("a", 11, id("email", "nightdesk77@proton.me")), paper("b", 12, id("email", "nightdesk77@proton.me")), tracker.BandProbable, "email", ""},
		{"the theme shop's mail address is not theirs", live(id("email", "studio@pixelloom.biz"), text(1)), live(id("email", "studio@pixelloom.biz"), text(2)), tracker.BandPossible, "disjoint", "email studio@pixelloom.biz both print it"},
		{"a third party's mail address supports and identifies nobody", live(id("email", "studio@pixelloom.biz"), text(5)), live(id("email", "studio@pixelloom.biz"), text(5)), tracker.BandConfirmed, "email studio@pixelloom.biz", ""},
		{"an address in the old site's own domain is theirs", live(id("email", "desk@oldmillcourier.org")), live(id("email", "desk@oldmillcourier.org")), tracker.BandProbable, "email desk@oldmillcourier.org also on oldmillcourier[.]org (seized); 0 of 0 unrelated sites carry it +5.70", ""},
	} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(tt.new)), site("oldmillcourier.org", own, wore(tt.old)), "same-label", nil)
		if l.Band != tt.band {
			t.Errorf("%s: %s at %.2f", tt.name, l.Band, l.Score)
		}
		if !holds(written(l.Evidence), tt.counted) || tt.ignored != "" && !holds(written(l.Ignored), tt.ignored) {
			t.Errorf("%s:\n%s\nignored\n%s", tt.name, strings.Join(written(l.Evidence), "\n"), strings.Join(written(l.Ignored), "\n"))
		}
	}
}

// TestWhoWritesAboutACampaignInTheOpen: under its label, with its channel, and with a
// registrant who is named.
func TestWhoWritesAboutACampaignInTheOpen(t *testing.T) {
	named := func(org string) edit {
		return func(s *tracker.Site) { s.Registration.Registrant = map[string]string{"org": org} }
	}
	for _, tt := range []struct {
		name     string
		new, old edit
		page     *tracker.Fingerprint
		band     tracker.Band
	}{
		{"an association", named("association"), born("2022-01-01", "Quill"), paper("a", 11, id("telegram", "oldmillcourier_tv")), tracker.BandPossible},
		{"a parish on the same machine", named("parish"), was("192.0.2.20"), live(text(11)), tracker.BandPossible},
		{"nobody named on the same machine, with other texts", born("2024-09-06", "Fathom"), was("192.0.2.20"), live(text(11)), tracker.BandPossible},
		{"nobody named on the same machine, with the text of the old one", born("2024-09-06", "Fathom"), was("192.0.2.20"), live(text(12)), tracker.BandConfirmed},
		{"nobody named", born("2024-09-06", "Fathom"), born("2022-01-01", "Quill"), paper("a", 11, id("telegram", "oldmillcourier_tv")), tracker.BandProbable},
		{"named under the text of the old one", named("front"), born("2022-01-01", "Quill"), live(id("telegram", "oldmillcourier_tv"), text(12)), tracker.BandConfirmed},
	} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), at("192.0.2.20"), tt.new, page(tt.page)),
			site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), tt.old, wore(paper("b", 12, id("telegram", "oldmillcourier_tv")))), "same-label", nil)
		if l.Band != tt.band {
			t.Errorf("%s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestAContactOnASharedMachineIsTwoCustomersWhoReadTheSame: an address names nobody, so
// it makes no second witness of a channel that both pages link to, once these differ.
func TestAContactOnASharedMachineIsTwoCustomersWhoReadTheSame(t *testing.T) {
	old := site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), was("192.0.2.20"), wore(live(id("telegram", "ministry"), text(2))))
	for _, tt := range []struct {
		name string
		seed uint64
		band tracker.Band
	}{{"with another text", 1, tracker.BandProbable}, {"with the same text", 2, tracker.BandConfirmed}} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), at("192.0.2.20"), page(live(id("telegram", "ministry"), text(tt.seed)))), old, "same-label", nil)
		if l.Band != tt.band || !holds(written(l.Evidence), "address") {
			t.Errorf("%s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestWhoStoodThereLongBeforeQuotes: a paper of many years whose articles, wording or
// channel a campaign took, or that took the campaign's, is no more than possible.
func TestWhoStoodThereLongBeforeQuotes(t *testing.T) {
	own := seized(tracker.KindOwnBrand, "")
	slugs := articles("what-the-harbour-board-hid", "three-ministers-and-a-barge", "the-winter-gas-ledger")
	quotes := live(slugs, text(3), id("telegram", "millnews"))
	old := site("oldmillcourier.org", own, born("2023-02-01", "Quill"), wore(live(slugs, text(4), id("telegram", "millnews"), id("metrika", "98765432"))))
	oldest := day("2023-02-01")
	for _, tt := range []struct {
		name string
		new  *tracker.Site
		cx   *Context
		band tracker.Band
	}{
		{"registered years before the campaign", site("factsatsea.org", born("2017-05-01", "Posy"), page(quotes)), &Context{Oldest: oldest}, tracker.BandPossible},
		{"registered less than a year before it", site("factsatsea.org", born("2022-05-01", "Posy"), page(quotes)), &Context{Oldest: oldest}, tracker.BandProbable},
		{"it is not known how old the campaign is", site("factsatsea.org", born("2017-05-01", "Posy"), page(quotes)), &Context{}, tracker.BandProbable},
		{"old, and with the campaign's account", site("factsatsea.org", born("2017-05-01", "Posy"), page(live(slugs, text(3), id("metrika", "98765432")))), &Context{Oldest: oldest}, tracker.BandProbable},
		{"old, bought, and seen parked before the campaign lived on it", site("factsatsea.org", born("2017-05-01", "Posy"), page(quotes), func(s *tracker.Site) {
			s.LiveAt = tracker.Interval{Lo: day("2024-09-10"), Hi: day("2024-09-11")}
		}), &Context{Oldest: oldest}, tracker.BandProbable},
	} {
		if l := Score(tt.new, old, "outbound", tt.cx); l.Band != tt.band {
			t.Errorf("%s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestInPieces: a mailbox that is put together from the words of a label.
func TestInPieces(t *testing.T) {
	for _, tt := range []struct {
		contact, label string
		want           bool
	}{
		{"kurgan.listok@mail.example", "kurganskiylistok", true},
		{"mill_courier", "oldmillcourier", true},
		{"listok.kurgan@mail.example", "kurganskiylistok", false},
		{"old.joe@mail.example", "oldmillcourier", false},
		{"courier@mail.example", "oldmillcourier", false},
		{"o.l.d@mail.example", "oldmillcourier", false},
	} {
		if got := inPieces(tt.contact, tt.label); got != tt.want {
			t.Errorf("%s of %s: %v", tt.contact, tt.label, got)
		}
	}
}

// TestAMailboxNamedAfterTheSiteIsNobodyElses: wherever it is.
func TestAMailboxNamedAfterTheSiteIsNobodyElses(t *testing.T) {
	for _, tt := range []struct {
		mail string
		want bool // that it counts
	}{
		{"oldmill.courier@onion.example", true},
		{"desk@themeshop.example", false},
	} {
		mail := id("email", tt.mail)
		l := Score(site("oldmillcourier24.com", born("2024-09-16", "Fathom"), page(live(mail, text(1), articles("one-of-ours-today", "two-of-ours-today")))),
			site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(live(mail, text(2), articles("three-of-ours-then", "four-of-ours-then")))), "number", nil)
		if got := holds(written(l.Evidence), "email "+tt.mail); got != tt.want {
			t.Errorf("%s counts: %v\n%s", tt.mail, got, strings.Join(written(l.Evidence), "\n"))
		}
	}
}
