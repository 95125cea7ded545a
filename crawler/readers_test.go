package crawler

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// Who comes from another country: always those whom the site is for, and the others
// where the site answered and nobody before them was shown a site.
func TestWhoComesFromAnotherCountry(t *testing.T) {
	const (
		site  = "<p>news of the day"
		other = "<p>nothing here"
	)
	abroad := []string{"proxy:de", "proxy:fr", "proxy:us"}
	for _, tt := range []struct {
		name    string
		readers []string
		shown   string // the country that is shown the site; "" = home, "-" = nobody
		shut    bool   // nobody gets an answer
		want    []string
	}{
		{"everybody, where it is not known whom the site is for", nil, "", false, abroad},
		{"its readers alone, where home is shown the site", []string{"DE"}, "", false, []string{"proxy:de"}},
		{"nobody, where home is shown the site and it is for no one country", []string{"INT"}, "", false, nil},
		{"its readers, and then nobody, where they are shown it", []string{"DE"}, "DE", false, []string{"proxy:de"}},
		{"the others one after the other, until one is shown it", []string{"DE"}, "FR", false, []string{"proxy:de", "proxy:fr"}},
		{"all, where it is for no one country and nobody is shown it", []string{"INT"}, "-", false, abroad},
		{"its readers alone, where the door is shut", []string{"FR"}, "-", true, []string{"proxy:fr"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if tt.shut {
					panic(http.ErrAbortHandler)
				}
				if r.Header.Get("Accept-Language") == "x-"+tt.shown {
					io.WriteString(rw, site)
					return
				}
				io.WriteString(rw, other)
			}))
			var b *blobs
			c, b := w.crawler(func(c *Config) {
				c.FrontOnly, c.Robots, c.Language, c.Visitors = true, RobotsIgnore, "x-", []Visitor{{Name: Direct}, {Name: Mobile}}
				for _, cc := range []string{"DE", "FR", "US"} {
					c.Visitors = append(c.Visitors, Visitor{Name: "proxy:" + strings.ToLower(cc), Country: cc, Language: "x-" + cc, Dial: c.Dial})
				}
				c.Classify = func(c tracker.Capture) tracker.Class {
					for _, v := range c.Visits {
						if string(b.get(last(v).Body)) == site {
							return tracker.ClassLive
						}
					}
					return tracker.ClassEmpty
				}
			})
			got, err := c.Capture(t.Context(), Target{Name: name, Readers: tt.readers})
			if err != nil {
				t.Fatal(err)
			}
			var came []string
			for _, v := range got.Visits {
				country, proxied := strings.CutPrefix(v.Visitor, "proxy:")
				if aimed := slices.Contains(tt.readers, strings.ToUpper(country)); v.Aimed != (proxied && aimed) {
					t.Errorf("%s: aimed %v", v.Visitor, v.Aimed)
				}
				if proxied && !slices.Contains(came, v.Visitor) {
					came = append(came, v.Visitor)
				}
			}
			if !slices.Equal(came, tt.want) {
				t.Errorf("%v came, want %v", came, tt.want)
			}
		})
	}
}

// What stands beside the front page is fetched as those see it whom the site is for,
// where they are shown another page than everybody else; else as the first visitor.
func TestTheSidePagesAreThoseOfTheReaders(t *testing.T) {
	const clone = `<p>news</p><a href="/the-price-of-coal">1</a><a href="/the-price-of-gas">2</a><a href="/about">3</a>`
	for _, tt := range []struct {
		name, others string
		want         string // whose language the articles were asked in
	}{
		{"others see nothing", "<title></title>", "de"},
		{"others see a blog", `<p>soup</p><a href="/a-soup-of-leeks">1</a><a href="/about">3</a>`, "de"},
		{"all see the same", clone, "en"},
		{"all see the same, with other headlines on top", `<a href="/the-price-of-tea">0</a>` + clone, "en"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWeb(t)
			asked := map[string]bool{}
			w.site(name, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				lang := r.Header.Get("Accept-Language")
				switch {
				case strings.Contains(r.URL.Path, "-of-"):
					asked[lang] = true
				case r.URL.Path != "/":
					http.NotFound(rw, r)
					return
				case lang == "de":
					io.WriteString(rw, clone)
					return
				}
				io.WriteString(rw, tt.others)
			}))
			c, _ := w.crawler(func(c *Config) {
				c.Visitors = []Visitor{{Name: Direct}, {Name: "proxy:de", Country: "DE", Language: "de", Dial: func(ctx context.Context, n, a string) (net.Conn, error) {
					return w.dial(ctx, n, a)
				}}}
			})
			if _, err := c.Capture(t.Context(), Target{Name: name, Readers: []string{"DE"}}); err != nil {
				t.Fatal(err)
			}
			if !asked[tt.want] || len(asked) != 1 {
				t.Errorf("articles were asked for as %v, want as %s", asked, tt.want)
			}
		})
	}
}
