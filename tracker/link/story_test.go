package link

import (
	"math/rand/v2"
	"testing"

	"respawn/tracker"
)

// said is the sketch of an article: of its places, share are those of the article that
// seed stands for, and the others are nobody else's.
func said(seed uint64, share float64) []uint32 {
	article, own := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, rand.Uint64()))
	m := make([]uint32, 128)
	for i := range m {
		if m[i] = article.Uint32(); float64(i%32) >= share*32 {
			m[i] = own.Uint32()
		}
	}
	return m
}

// prints gives a page articles that were read: under a name of its own each.
func prints(name string, words int, share float64, seeds ...uint64) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) {
		for i, s := range seeds {
			slug, title := name+"-article-number-"+string(rune('a'+i)), "The "+name+" article number "+string(rune('a'+i))
			f.Slugs, f.Titles = append(f.Slugs, slug), append(f.Titles, title)
			f.Stories = append(f.Stories, tracker.Story{Slug: slug, Title: title, Words: words, MinHash: said(s, share)})
		}
	}
}

// Articles are known by what they say where they are called otherwise, and count as
// articles do: by their number, not where an outlet or strangers print them, and
// between copies of one outlet they name nobody.
func TestStoriesUnderOtherNames(t *testing.T) {
	const label = "tinwhistlepost"
	own := seized(tracker.KindOwnBrand, "")
	genuine := live(text(7), prints("genuine", 300, 1, 1, 2, 3))
	captured := &Context{Outlets: map[tracker.Name]*tracker.Fingerprint{outlet: genuine}}
	for _, tt := range []struct {
		name     string
		new, old *tracker.Fingerprint
		kind     edit
		cx       *Context
		stories  int // that count
		band     tracker.Band
	}{
		{"four articles under other names are confirmed", live(text(1), prints("new", 300, 1, 1, 2, 3, 4)), live(text(2), prints("old", 300, 1, 1, 2, 3, 4, 5)), own, nil, 4, tracker.BandConfirmed},
		{"four articles of which half was written anew are confirmed", live(text(1), prints("new", 300, .34, 1, 2, 3, 4)), live(text(2), prints("old", 300, 1, 1, 2, 3, 4)), own, nil, 4, tracker.BandConfirmed},
		{"one article alone is probable under the very label", live(text(1), prints("new", 300, 1, 1, 11, 12, 13)), live(text(2), prints("old", 300, 1, 1, 2, 3, 4)), own, nil, 1, tracker.BandProbable},
		{"two of four may be a wire's", live(text(1), prints("new", 300, 1, 1, 2, 12, 13)), live(text(2), prints("old", 300, 1, 1, 2, 3, 4)), own, nil, 2, tracker.BandProbable},
		{"articles of a few words say nothing", live(text(1), prints("new", 60, .34, 1, 2, 3, 4)), live(text(2), prints("old", 60, 1, 1, 2, 3, 4)), own, nil, 0, tracker.BandPossible},
		{"articles with little in common say nothing", live(text(1), prints("new", 300, .13, 1, 2, 3, 4)), live(text(2), prints("old", 300, 1, 1, 2, 3, 4)), own, nil, 0, tracker.BandPossible},
		{"what the outlet prints under a third name says nothing", live(text(1), prints("new", 300, 1, 1, 2, 3)), live(text(2), prints("old", 300, 1, 1, 2, 3)), own, captured, 0, tracker.BandPossible},
		{"what many strangers print says nothing", live(text(1), prints("new", 300, 1, 1, 2, 3)), live(text(2), prints("old", 300, 1, 1, 2, 3)), own, &Context{Background: strangers(40, live(prints("wire", 300, 1, 1, 2, 3)))}, 0, tracker.BandPossible},
		{"a copy of the outlet shares the outlet's articles", live(text(1), prints("new", 300, 1, 1, 2, 3)), live(text(2), prints("old", 300, 1, 1, 2, 3)), seized(tracker.KindBrandSpoof, outlet), captured, 0, tracker.BandUnlikely},
		{"copies of an outlet that nobody captured resemble each other", live(text(1), prints("new", 300, 1, 1, 2, 3)), live(text(2), prints("old", 300, 1, 1, 2, 3)), seized(tracker.KindBrandSpoof, outlet), nil, 2, tracker.BandUnlikely},
		{"articles with accounts of the new one's own may be a scraped archive", live(text(1), id("ga4", "G-0THER0NE11"), prints("new", 300, 1, 1, 2, 3)), live(text(2), id("ga4", "G-HM4RR0RX21"), prints("old", 300, 1, 1, 2, 3)), own, nil, 3, tracker.BandProbable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Score(site(label+".cc", born("2024-09-05", "Fathom"), page(tt.new)), site(label+".com", tt.kind, wore(tt.old)), "same-label", tt.cx)
			n := 0
			for _, e := range l.Evidence {
				if e.Kind == "story" {
					n++
				}
			}
			if n != tt.stories || l.Band != tt.band {
				t.Errorf("%d stories counted, band %s (%.1f), want %d, %s\n%v\nignored %v", n, l.Band, l.Score, tt.stories, tt.band, l.Evidence, l.Ignored)
			}
		})
	}
}
