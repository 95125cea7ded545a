package crawler

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// Counters and contacts often stand on article pages alone.
func TestLiveFrontPagesAreReadWithTwoOfTheirArticles(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			io.WriteString(rw, `<p>news</p><a href="/about-us">About</a><a href="/2024/09/the-bread-is-dear">1</a><a href="https://elsewhere.example/some-other-story">2</a>
				<a href="/section/politics">3</a><a href="/the-price-of-coal">4</a><a href="/search-for-a-word?q=1">5</a><a href="/rain_on_the_square.html">6</a>`)
		case "/2024/09/the-bread-is-dear", "/the-price-of-coal", "/rain_on_the_square.html":
			io.WriteString(rw, "<p>an article")
		default:
			http.NotFound(rw, r)
		}
	}))
	stories := func(class tracker.Class) []string {
		c, _ := w.crawler(func(c *Config) {
			c.Classify = func(tracker.Capture) tracker.Class { return class }
		})
		got, err := c.Capture(t.Context(), Target{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		var urls []string
		for _, v := range got.Visits {
			if v.Visitor == Asset && (strings.Contains(v.URL, "-") || strings.Contains(v.URL, "_")) {
				urls = append(urls, v.URL)
			}
		}
		return urls
	}
	first := stories(tracker.ClassLive)
	if len(first) != maxStories {
		t.Fatalf("%d articles were read: %v, want %d", len(first), first, maxStories)
	}
	for _, u := range first {
		switch strings.TrimPrefix(u, "https://"+string(name)) {
		case "/2024/09/the-bread-is-dear", "/the-price-of-coal", "/rain_on_the_square.html":
		default:
			t.Errorf("%s is no article", u)
		}
	}
	if again := stories(tracker.ClassLive); !slices.Equal(first, again) {
		t.Errorf("other articles the next time: %v, before %v", again, first)
	}
	if parked := stories(tracker.ClassParked); len(parked) > 0 {
		t.Errorf("articles of a parking page: %v", parked)
	}
}
