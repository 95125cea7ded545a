package link

import (
	"fmt"
	"strings"
	"testing"

	"respawn/tracker"
)

// TestTheMakeOfASite: style sheets and logos to the byte.
func TestTheMakeOfASite(t *testing.T) {
	made := []func(*tracker.Fingerprint){id("stylesheet", "sheet"), id("logo-sha256", "logo"), id("logo-phash", "c1c1c1c1f0f0f0f0")}
	layout := func(f *tracker.Fingerprint) { f.DOM, f.DOMTags = 0xf0f0, 80 }
	stranger := func(name string, edits ...func(*tracker.Fingerprint)) *tracker.Site {
		return site(name, page(live(append(edits, text(uint64(len(name)+900)))...)))
	}
	for _, tt := range []struct {
		name      string
		kind      tracker.Kind
		more      []func(*tracker.Fingerprint) // on both
		strangers []*tracker.Site
		want      string // kinds that count
		ignored   string
	}{
		{name: "nobody else has them", kind: tracker.KindOwnBrand, more: []func(*tracker.Fingerprint){wears("hl", 12), layout}, want: "stylesheet logo-sha256"},
		{name: "the pages are laid out otherwise", kind: tracker.KindOwnBrand, more: []func(*tracker.Fingerprint){wears("hl", 12)}, want: "logo-sha256 stylesheet"},
		{name: "the pages use nothing of it alike", kind: tracker.KindOwnBrand, want: "logo-sha256", ignored: "no style classes in common"},
		{name: "the outlet has the logo, saved anew", kind: tracker.KindBrandSpoof, more: []func(*tracker.Fingerprint){wears("hl", 12), layout}, want: "stylesheet", ignored: "the same picture on the genuine thenorthernquay[.]co[.]uk"},
		{name: "strangers have the style sheet", kind: tracker.KindOwnBrand, more: []func(*tracker.Fingerprint){wears("hl", 12), layout}, strangers: []*tracker.Site{stranger("a.net", id("stylesheet", "sheet")), stranger("bb.net", id("stylesheet", "sheet")), stranger("ccc.net", id("stylesheet", "sheet"))}, want: "logo-sha256", ignored: "carried by 3 of 3 unrelated sites"},
		{name: "a buyer of the same theme has it", kind: tracker.KindOwnBrand, more: []func(*tracker.Fingerprint){theme("paper", 30)}, strangers: []*tracker.Site{stranger("a.net", id("stylesheet", "sheet"), theme("paper", 30))}, want: "logo-sha256", ignored: "it comes with the theme"},
	} {
		bg := &Background{}
		for _, s := range tt.strangers {
			bg.AddSite(s)
		}
		cx, outlet := &Context{Background: bg}, tracker.Name("")
		if tt.kind == tracker.KindBrandSpoof {
			outlet = "thenorthernquay.co.uk"
			cx.Outlets = map[tracker.Name]*tracker.Fingerprint{outlet: live(id("logo-sha256", "other bytes"), id("logo-phash", "c1c1c1c1f0f0f0f0"), text(7))}
		}
		l := Score(site("newlabel.so", born("2024-09-06", "Fathom"), page(live(append(tt.more, append(made, text(1))...)...))),
			site("thenorthernquay.press", seized(tt.kind, outlet), wore(live(append(tt.more, append(made, text(2))...)...))), "identifier", cx)
		var got []string
		for _, e := range l.Evidence {
			if e.Kind == "stylesheet" || strings.HasPrefix(e.Kind, "logo-") {
				got = append(got, e.Kind)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %q count, want %q\n%s", tt.name, s, tt.want, strings.Join(written(l.Evidence), "\n"))
		}
		if !strings.Contains(strings.Join(written(l.Ignored), "\n"), tt.ignored) {
			t.Errorf("%s: not said: %s\n%s", tt.name, tt.ignored, strings.Join(written(l.Ignored), "\n"))
		}
	}
}

// TestAChildThemeOfTheirOwn: returns wear a theme that has a name, which the shipped table
// does not have and no stranger wears; where one does, it is a theme that is sold.
func TestAChildThemeOfTheirOwn(t *testing.T) {
	dressed := func(name string, seed uint64) *tracker.Fingerprint {
		return live(theme(name, 27), func(f *tracker.Fingerprint) { f.DOM, f.DOMTags = 0xf0f0, 80 }, id("stylesheet", "sheet-of-"+name), id("favicon-sha256", fmt.Sprint("icon", seed)), text(seed),
			articles(fmt.Sprintf("what-happened-here-on-day-%d", seed), fmt.Sprintf("what-happened-there-on-day-%d", seed), fmt.Sprintf("what-happened-where-on-day-%d", seed)))
	}
	for _, tt := range []struct {
		name, theme string
		around      func(*Background)
		band        tracker.Band
	}{
		{"nobody else wears it", "heron-desk", func(*Background) {}, tracker.BandProbable},
		{"a sister that is not linked yet wears it", "heron-desk", func(b *Background) {
			b.AddLed(site("sister.so", born("2024-09-07", "Posy"), page(dressed("heron-desk", 5))), day("2024-09-04"))
		}, tracker.BandProbable},
		{"a shop wears it", "heron-desk", func(b *Background) {
			b.AddSite(site("shop.example", born("2015-09-07", "Posy"), page(dressed("heron-desk", 5))))
		}, tracker.BandPossible},
		{"everybody can have it", "astra", func(*Background) {}, tracker.BandPossible},
	} {
		old := site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(dressed(tt.theme, 1)))
		sister := site("sister.org", seized(tracker.KindOwnBrand, ""), wore(dressed(tt.theme, 3)))
		cx := &Context{Background: strangers(0, nil), Fellows: []*tracker.Site{old, sister}}
		tt.around(cx.Background)
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(dressed(tt.theme, 2))), old, "same-label", cx)
		if l.Band != tt.band {
			t.Errorf("%s: %s at %.2f\n%s", tt.name, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestAnOlderSisterOfTheSameMake: a site of before the seizure, to which a page of the
// campaign links, is nobody's for its design alone; on the campaign's machine, where it
// came after it, the two tell.
func TestAnOlderSisterOfTheSameMake(t *testing.T) {
	made := func(seed uint64) *tracker.Fingerprint {
		return live(wears("lantern", 27), func(f *tracker.Fingerprint) { f.DOM, f.DOMTags = 0xf0f0, 80 }, id("stylesheet", "sheet"), text(seed))
	}
	for _, tt := range []struct {
		name, addr, born string
		band             tracker.Band
	}{
		{"elsewhere", "198.18.0.9", "2023-05-19", tracker.BandPossible},
		{"on their machine", "198.18.0.7", "2023-05-19", tracker.BandProbable},
		{"on their machine, and there before them", "198.18.0.7", "2019-05-19", tracker.BandPossible},
	} {
		l := Score(site("paperlantern.com", born(tt.born, "Posy"), at(tt.addr), page(made(2))),
			site("oldmillcourier.org", born("2022-01-01", "Fathom"), seized(tracker.KindOwnBrand, ""), was("198.18.0.7"), wore(made(1))), "outbound", &Context{Began: day("2024-09-04"), Oldest: day("2022-01-01")})
		if l.Band != tt.band || l.Relation != tracker.RelationTwin {
			t.Errorf("%s: %s, %s at %.2f\n%s", tt.name, l.Relation, l.Band, l.Score, strings.Join(written(l.Evidence), "\n"))
		}
	}
}

// TestASheetOfPagesWithoutClasses dresses the elements themselves: the same to the byte
// under one layout, it is a make of their own or a library that few have.
func TestASheetOfPagesWithoutClasses(t *testing.T) {
	plain := func(dom, seed uint64, more ...func(*tracker.Fingerprint)) *tracker.Fingerprint {
		return live(append(more, func(f *tracker.Fingerprint) { f.DOM, f.DOMTags, f.CSS = dom, 80, nil }, id("stylesheet", "sheet"), text(seed))...)
	}
	for _, tt := range []struct {
		name    string
		new     *tracker.Fingerprint
		counted bool
	}{
		{"laid out alike", plain(0xf0f0, 2), true},
		{"laid out otherwise", plain(0xffff0000ffff, 2), false},
		{"with classes on one side", func() *tracker.Fingerprint {
			f := plain(0xf0f0, 2)
			f.CSS = []string{"a1", "b2", "c3"}
			return f
		}(), false},
	} {
		l := Score(site("oldmillcourier.so", born("2024-09-06", "Fathom"), page(tt.new)), site("oldmillcourier.org", seized(tracker.KindOwnBrand, ""), wore(plain(0xf0f0, 1))), "same-label", nil)
		if got := holds(written(l.Evidence), "stylesheet sheet"); got != tt.counted {
			t.Errorf("%s: counted %v\n%s", tt.name, got, strings.Join(written(l.Evidence), "\n"))
		}
	}
}
