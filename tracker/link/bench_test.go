package link

import (
	"fmt"
	"testing"

	"respawn/tracker"
)

// benchContext is what a large case brings: 100 outlets with 300 articles and 400
// style classes each, and 500 strangers.
func benchContext() *Context {
	cx := &Context{Background: &Background{}, Outlets: map[tracker.Name]*tracker.Fingerprint{}, Twins: map[string]int{}, Shared: map[string]int{}}
	for i := range 100 {
		cx.Outlets[tracker.Name(fmt.Sprintf("outlet%03d.de", i))] = busy("outlet", i, 300, 400)
	}
	for i := range 500 {
		cx.Background.Add(busy("stranger", i, 20, 100))
	}
	return cx
}

func busy(who string, n, articles, classes int) *tracker.Fingerprint {
	f := live(text(uint64(n)*2654435761+uint64(len(who))), id("ga4", fmt.Sprintf("G-%s%04d", who, n)), id("favicon-mmh3", fmt.Sprint(n)), id("spki", fmt.Sprint(who, n)), id("email", fmt.Sprintf("desk@%s%d.example", who, n)))
	for i := range articles {
		f.Slugs = append(f.Slugs, fmt.Sprintf("%s-%d-article-about-%d", who, n, i))
		f.Titles = append(f.Titles, fmt.Sprintf("%s %d article about %d", who, n, i))
	}
	for i := range 10 { // of which pages were read
		f.Stories = append(f.Stories, tracker.Story{Slug: fmt.Sprintf("%s-%d-article-about-%d", who, n, i), Words: 400, MinHash: said(uint64(n)<<16|uint64(len(who))<<8|uint64(i), 1)})
	}
	for i := range classes {
		f.CSS = append(f.CSS, fmt.Sprintf("%s%d-%d", who, n, i))
	}
	return f
}

// BenchmarkScore weighs pairs of sites with 12 earlier looks each: strangers to
// one another, which most pairs are, and pairs that share everything.
func BenchmarkScore(b *testing.B) {
	sites := func(who string, n int, at string) *tracker.Site {
		s := site(fmt.Sprintf("%s%d.%s", who, n, at), born("2024-09-05", "Quill"), page(busy(who, n, 40, 300)))
		for range 12 {
			wore(busy(who, n, 40, 300))(s)
		}
		return s
	}
	var news, olds []*tracker.Site
	for i := range 64 {
		news = append(news, sites("new", i, "cc"))
		o := sites("old", i, "io")
		seized(tracker.KindOwnBrand, "")(o)
		olds = append(olds, o)
	}
	same := sites("old", 0, "cc")
	cx := benchContext()
	b.Run("strangers", func(b *testing.B) {
		i := 0
		for b.Loop() {
			Score(news[i%64], olds[(i/64)%64], "identifier", cx)
			i++
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
	})
	b.Run("everything-shared", func(b *testing.B) {
		for b.Loop() {
			Score(same, olds[0], "same-label", cx)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
	})
	b.Run("new-context", func(b *testing.B) {
		for b.Loop() {
			next := &Context{Background: cx.Background, Outlets: cx.Outlets}
			Score(news[0], olds[0], "identifier", next)
		}
	})
}
