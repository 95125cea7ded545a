package link

import (
	"fmt"
	"strings"
	"testing"

	"respawn/tracker"
)

// around is a background of 20 strangers that carry nothing, of f's bearers, and of led,
// to which the campaign's labels or pages led after the seizure.
func around(bearers, led []*tracker.Site) *Background {
	b := posy()
	for _, s := range bearers {
		b.AddSite(s)
	}
	for _, s := range led {
		b.AddLed(s, day("2024-09-04"))
	}
	return b
}

// bearing makes n sites that carry what edit says, registered on a day.
func bearing(n int, on string, edit func(*tracker.Fingerprint)) (out []*tracker.Site) {
	for i := range n {
		out = append(out, site(fmt.Sprintf("bearer%d-%s.example", i, on), born(on, "Posy"), page(live(edit, text(uint64(3000+i))))))
	}
	return out
}

// TestWhatTheCampaignLedToIsLeftOutOfBothNumbers: of how many carry a value, and of how
// many sites these are.
func TestWhatTheCampaignLedToIsLeftOutOfBothNumbers(t *testing.T) {
	account, meta := id("taboola", "copper-network"), func(s *tracker.Site) { s.Registration.Registrant = map[string]string{"org": "Bakery Ltd"} }
	after, between, old := "2024-09-20", "2024-01-10", "2011-05-05"
	named := bearing(1, after, account)
	meta(named[0])
	for _, tt := range []struct {
		name         string
		kind         string
		carries      func(*tracker.Fingerprint)
		bearers, led []*tracker.Site
		want         tally
	}{
		{name: "nobody has it", kind: "taboola", carries: account, led: bearing(3, after, text(5)), want: tally{0, 23, 0}},
		{name: "one that was led to has it", kind: "taboola", carries: account, led: bearing(1, after, account), want: tally{0, 20, 1}},
		{name: "as many as are known for the campaign's", kind: "taboola", carries: account, led: bearing(2, after, account), want: tally{0, 20, 2}},
		{name: "more than are known for the campaign's", kind: "taboola", carries: account, led: bearing(3, after, account), want: tally{3, 23, 0}},
		{name: "a true stranger has it, too", kind: "taboola", carries: account, bearers: bearing(1, old, account), led: bearing(1, after, account), want: tally{2, 22, 0}},
		{name: "it came before the seizure", kind: "taboola", carries: account, led: bearing(1, between, account), want: tally{1, 21, 0}},
		{name: "its registration names an organisation", kind: "taboola", carries: account, led: named, want: tally{1, 21, 0}},
		{name: "a publisher's number", kind: "adsense", carries: id("adsense", "pub-9944177029944177"), led: bearing(1, after, id("adsense", "pub-9944177029944177")), want: tally{0, 20, 1}},
		{name: "a host that passes visitors on", kind: "redirect-host", carries: redirects("tds.example"), led: bearing(1, after, redirects("tds.example")), want: tally{0, 20, 1}},
		{name: "a sales house, by ads.txt", kind: "adsense-house", carries: id("adsense-house", "pub-9944177029944177"), led: bearing(1, after, id("adsense-house", "pub-9944177029944177")), want: tally{1, 21, 0}},
		{name: "a counter that identifies, perhaps a host's", kind: "matomo", carries: id("matomo", "stats.host.example/1"), led: bearing(1, after, id("matomo", "stats.host.example/1")), want: tally{1, 21, 0}},
		{name: "a platform's scripts", kind: "script-host", carries: id("script-host", "builder.example"), led: bearing(1, after, id("script-host", "builder.example")), want: tally{1, 21, 0}},
		{name: "a channel that pages quote", kind: "telegram", carries: id("telegram", "coppernews"), led: bearing(1, after, id("telegram", "coppernews")), want: tally{1, 21, 0}},
		{name: "a theme with a name that no table has", kind: "theme", carries: theme("paper", 12), led: bearing(1, after, theme("paper", 12)), want: tally{0, 20, 1}},
		{name: "such a theme on a site from before the seizure", kind: "theme", carries: theme("paper", 12), led: bearing(1, between, theme("paper", 12)), want: tally{1, 21, 0}},
		{name: "a theme of the shipped table", kind: "theme", carries: theme("astra", 12), led: bearing(1, after, theme("astra", 12)), want: tally{1, 21, 0}},
		{name: "a style sheet", kind: "stylesheet", carries: id("stylesheet", "sheet"), led: bearing(2, between, id("stylesheet", "sheet")), want: tally{0, 20, 2}},
		{name: "a style sheet that a true stranger has, too", kind: "stylesheet", carries: id("stylesheet", "sheet"), bearers: bearing(1, old, id("stylesheet", "sheet")), led: bearing(2, after, id("stylesheet", "sheet")), want: tally{1, 21, 2}},
	} {
		seizedSite := func(n string) *tracker.Site {
			return site(n, seized(tracker.KindOwnBrand, ""), wore(live(tt.carries)))
		}
		old, sister := seizedSite("oldmillcourier.org"), seizedSite("sister.org")
		new := site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(tt.carries)))
		cx := &Context{Background: around(tt.bearers, tt.led), Fellows: []*tracker.Site{old, sister, new}}
		cx.Background.AddLed(new, day("2024-09-04")) // nothing links it yet
		p := &pair{new: new, old: old, cx: cx, a: cx.profile(new), b: cx.profile(old)}
		value := shared(p.a.themes, p.b.themes, strings.Compare)
		for _, id := range p.a.ids {
			value = append(value, id.Value)
		}
		for _, n := range p.a.redirects {
			value = append(value, string(n))
		}
		if got := p.tally(tt.kind, value[0]); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestALineSaysWhoWasNotCounted: and a look that only such sites wear is on none of the
// others.
func TestALineSaysWhoWasNotCounted(t *testing.T) {
	wear := func(f *tracker.Fingerprint) {
		id("taboola", "copper-network")(f)
		wears("copper", 24)(f)
	}
	old := site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(live(wear, text(1))))
	cx := &Context{Background: around(nil, bearing(1, "2024-09-20", wear)), Fellows: []*tracker.Site{old}}
	l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(wear, text(2)))), old, "same-label", cx)
	for _, want := range []string{
		"0 of 20 unrelated sites carry it, not counting 1 more to which the campaign's labels or pages led",
		"0 of 20 unrelated sites wear them",
	} {
		if lines := strings.Join(written(l.Evidence), "\n"); !strings.Contains(lines, want) {
			t.Errorf("not said: %s\n%s", want, lines)
		}
	}
}

// TestNeitherOfTheTwoIsAnUnrelatedSite: not in how many there are, either.
func TestNeitherOfTheTwoIsAnUnrelatedSite(t *testing.T) {
	ga := id("ga4", "G-HM4RR0RX21")
	new := site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(live(ga, text(1))))
	cx := &Context{Background: around([]*tracker.Site{new}, nil)}
	l := Score(new, site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(live(ga, text(1)))), "same-label", cx)
	for _, want := range []string{"0 of 20 unrelated sites carry it", "0 of 20 unrelated sites show it"} {
		if lines := strings.Join(written(l.Evidence), "\n"); !strings.Contains(lines, want) {
			t.Errorf("not said: %s\n%s", want, lines)
		}
	}
}
