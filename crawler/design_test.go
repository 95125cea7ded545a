package crawler

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"respawn/tracker"
)

func TestTheMakeOfALivePageIsFetched(t *testing.T) {
	w := newWeb(t)
	w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(rw, r)
			return
		}
		io.WriteString(rw, `<!doctype html><link rel=icon href=/mark-logo.png><link rel=stylesheet href=/wp-content/themes/paper/style.css><link rel=stylesheet href=/css/bootstrap.min.css>
<link rel=stylesheet href=/one.css?v=3><link rel=stylesheet href=/one.css?v=3><link rel=stylesheet href=https://cdn.example/all.css><link rel=stylesheet href=/two.css><link rel=stylesheet href=/three.css><link rel=stylesheet href=/four.css>
<img class=logo src=/mark-logo.png><img alt="Logo" src=/head.png><img src=/photo.jpg><img class=logo src=/uploads/foot.svg><img class=logo src=/third.svg><p>news`)
	}))
	for class, want := range map[tracker.Class][]string{
		tracker.ClassLive:   {"/one.css?v=3", "/two.css", "/three.css", "/head.png", "/uploads/foot.svg"},
		tracker.ClassParked: nil,
	} {
		c, _ := w.crawler(func(c *Config) { c.Classify = func(tracker.Capture) tracker.Class { return class } })
		got, err := c.Capture(t.Context(), Target{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, v := range got.Visits {
			u := mustURL(v.URL)
			if v.Visitor == Asset && !slices.Contains([]string{"/robots.txt", "/mark-logo.png", "/ads.txt", "/sitemap.xml"}, u.Path) {
				files = append(files, u.RequestURI())
			}
		}
		if !slices.Equal(files, want) {
			t.Errorf("a page of class %s: %v were fetched, want %v", class, files, want)
		}
	}
}
