package crawler

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"respawn/tracker"
)

// Counters and contacts often stand on article pages alone.
func TestLiveFrontPagesAreReadWithSomeOfTheirArticles(t *testing.T) {
	w := newWeb(t)
	var top atomic.Value
	top.Store("")
	now := time.Date(2024, 9, 10, 2, 0, 0, 0, time.UTC)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			// What stands at the top today, and then a picture and a title for each article.
			io.WriteString(rw, `<p>news</p><a href="/about-us">About</a><a href="https://elsewhere.example/some-other-story">2</a><a href="/section/politics">3</a><a href="/search-for-a-word?q=1">5</a>`+top.Load().(string))
			for i := range 16 {
				fmt.Fprintf(rw, `<a href="/2024/09/the-bread-is-dear-%c">picture</a><a href="/2024/09/the-bread-is-dear-%[1]c">title</a>`, 'a'+i)
			}
		case "/the-price-of-coal", "/rain_on_the_square.html":
			io.WriteString(rw, "<p>an article")
		default:
			if !strings.HasPrefix(r.URL.Path, "/2024/09/the-bread-is-dear-") {
				http.NotFound(rw, r)
				return
			}
			io.WriteString(rw, "<p>an article")
		}
	}))
	stories := func(class tracker.Class) []string {
		c, _ := w.crawler(func(c *Config) {
			c.Now = func() time.Time { return now }
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
	for i, u := range first {
		rest, ok := strings.CutPrefix(u, "https://"+string(name)+"/2024/09/the-bread-is-dear-")
		if !ok || slices.Contains(first[:i], u) {
			t.Errorf("%s is no article, or was read twice", u)
		}
		if want := string(rune('a' + i)); i < topStories && rest != want {
			t.Errorf("article %d is %s, want that at the top, %s", i, rest, want)
		}
	}
	if again := stories(tracker.ClassLive); !slices.Equal(first, again) {
		t.Errorf("other articles the next time: %v, before %v", again, first)
	}
	top.Store(`<a href="/the-price-of-coal">4</a><a href="/rain_on_the_square.html">6</a>`)
	next := stories(tracker.ClassLive)
	if !strings.HasSuffix(next[0], "/the-price-of-coal") || !strings.HasSuffix(next[1], "/rain_on_the_square.html") {
		t.Errorf("the newest articles were not read: %v", next)
	}
	kept := 0
	for _, u := range next[topStories:] {
		if slices.Contains(first, u) {
			kept++
		}
	}
	if kept < maxStories-topStories-2 {
		t.Errorf("after two new articles, %d of those chosen by name are the same: %v, before %v", kept, next, first)
	}
	all := map[string]bool{}
	for range 8 {
		for _, u := range stories(tracker.ClassLive) {
			all[u] = true
		}
		now = now.AddDate(0, 0, 7)
	}
	if len(all) < 17 { // of 18
		t.Errorf("in eight weeks %d articles were read: %v", len(all), all)
	}
	if parked := stories(tracker.ClassParked); len(parked) > 0 {
		t.Errorf("articles of a parking page: %v", parked)
	}
}
