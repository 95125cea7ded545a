package fingerprint

import (
	"fmt"
	"strings"
	"testing"

	"respawn/tracker"
)

// prose is n words that no other seed has in this order.
func prose(seed, n int) string {
	var b strings.Builder
	x := uint64(seed)*2654435761 + 1
	for i := range n {
		x = mix(x + uint64(i))
		fmt.Fprintf(&b, "w%x ", x>>44)
	}
	return b.String()
}

// What an article says is kept under its name, without what every article of the site
// shows, so that it can be met again under another.
func TestStories(t *testing.T) {
	const site = "https://site.example/"
	teaser, foot := prose(90, 40), prose(91, 60)
	page := func(title, text string) string {
		return "<title>" + title + "</title><h1>" + title + "</h1><p>" + text + "</p><p>" + teaser + "</p><div>" + foot + "</div>"
	}
	capture := func(articles ...[2]string) tracker.Fingerprint {
		c, m := tracker.Capture{Name: "site.example"}, map[tracker.Digest][]byte{}
		add(&c, m, "direct", site, 200, "<title>Daily</title><p>"+prose(92, 100))
		for _, a := range articles {
			add(&c, m, "asset", site+a[0], 200, a[1])
		}
		return Extract(c, func(d tracker.Digest) []byte { return m[d] })
	}
	got := capture([2]string{"the-price-of-coal", page("The price of coal rises", prose(1, 200))}, [2]string{"rain-on-the-square.html", page("Rain on the old square", prose(2, 150))},
		[2]string{"a-word-from-us", page("A short word from us", prose(3, 20))}, [2]string{"about", page("About this paper of ours", prose(4, 200))})
	if len(got.Stories) != 2 || got.Stories[0].Slug != "rain-on-the-square" || got.Stories[1].Slug != "the-price-of-coal" || got.Stories[1].Title != "The price of coal rises" {
		t.Fatalf("stories %+v, want the two articles that are long enough, by slug", got.Stories)
	}
	if w := got.Stories[1].Words; w < 200 || w > 210 {
		t.Errorf("%d words, want the article's own and its headline, without what the others show too", w)
	}
	other := capture([2]string{"coal-dear-again", page("Coal is dear once more", prose(1, 200))}, [2]string{"half-of-a-story", page("Half of it is something else", prose(2, 75)+"</p><p>"+prose(5, 75))}, [2]string{"nothing-like-it", page("Nothing like it at all", prose(6, 200))})
	find := func(slug string, fp tracker.Fingerprint) []uint32 {
		for _, s := range fp.Stories {
			if s.Slug == slug {
				return s.MinHash
			}
		}
		t.Fatalf("no story %s", slug)
		return nil
	}
	for _, tt := range []struct {
		a, b   string
		lo, hi float64
	}{{"the-price-of-coal", "coal-dear-again", .85, 1}, {"the-price-of-coal", "nothing-like-it", 0, .05}, {"rain-on-the-square", "nothing-like-it", 0, .05}} {
		if r := resemblance(find(tt.a, got), find(tt.b, other)); r < tt.lo || r > tt.hi {
			t.Errorf("%s and %s resemble each other by %.2f, want %.2f to %.2f", tt.a, tt.b, r, tt.lo, tt.hi)
		}
	}
	if one := capture([2]string{"the-price-of-coal", "<h1>The price of coal rises</h1><script>" + prose(1, 200) + "</script>"}); one.Stories != nil {
		t.Errorf("a page without prose is an article: %+v", one.Stories)
	}
}
