package crawler

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"respawn/tracker"
)

// A site that hides from whoever says who he is is seen by the one visitor who does
// not, and what stands beside its front page is read as that visitor reads it. Every
// other request carries the contact.
func TestThePlainVisitorIsTheOneWhoDoesNotSayWhoAsks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		turn  func(http.ResponseWriter) // what is done with those who say who they are
		plain bool
		want  bool // the article was read
	}{
		{"an empty page for those who say who they are", func(rw http.ResponseWriter) { io.WriteString(rw, "<title></title>") }, true, true},
		{"a refusal for those who say who they are", func(rw http.ResponseWriter) { rw.WriteHeader(http.StatusForbidden) }, true, true},
		{"a broken connection for those who say who they are", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, true, true},
		{"nobody comes without contact where that is not wanted", func(rw http.ResponseWriter) { io.WriteString(rw, "<title></title>") }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			var mu sync.Mutex
			named, unnamed := 0, []string{}
			w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if strings.Contains(r.UserAgent(), "desk@research.example") {
					named++
					tt.turn(rw)
					return
				}
				unnamed = append(unnamed, r.URL.Path)
				switch r.URL.Path {
				case "/":
					io.WriteString(rw, `<p>news</p><a href="/the-price-of-coal">1</a>`)
				case "/the-price-of-coal":
					io.WriteString(rw, "<p>an article")
				default:
					http.NotFound(rw, r)
				}
			}))
			c, _ := w.crawler(func(c *Config) {
				c.Contact = "mailto:desk@research.example"
				c.Visitors = DefaultVisitors()
				if tt.plain {
					c.Visitors = append(c.Visitors, PlainVisitor())
				}
				c.Classify = func(c tracker.Capture) tracker.Class {
					for _, v := range c.Visits {
						if v.Visitor == Plain && len(v.Hops) > 0 && v.Hops[len(v.Hops)-1].Status == 200 {
							return tracker.ClassLive
						}
					}
					return tracker.ClassEmpty
				}
			})
			got, err := c.Capture(t.Context(), Target{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			read, plain := false, 0
			for _, v := range got.Visits {
				read = read || v.Visitor == Asset && strings.HasSuffix(v.URL, "/the-price-of-coal")
				if v.Visitor == Plain {
					plain++
				}
			}
			if read != tt.want || plain > 0 != tt.plain || named == 0 || len(unnamed) > 0 != tt.plain {
				t.Errorf("article read %v, %d visits of the plain visitor, %d requests with contact, without: %v", read, plain, named, unnamed)
			}
		})
	}
}
