package fingerprint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

const (
	site  = "https://site.example/"
	story = "<title>News</title><p>The council of the town met in the evening and spoke about roads and schools and the price of bread while heavy rain fell on the old market square where many people waited for hours to hear what the mayor had to say about the new bridge.</p>"
	other = "<title>Recipes</title><p>Take four apples, peel them and cut them into thin slices, then mix flour with sugar and cold butter until it crumbles; bake everything in a hot oven for forty minutes and serve the cake warm with cream, cinnamon and a cup of strong black coffee.</p>"
)

// visits builds a capture from visitor, URL that answered, status, body.
func visits(v ...[4]string) (tracker.Capture, func(tracker.Digest) []byte) {
	m := map[tracker.Digest][]byte{}
	c := tracker.Capture{Name: "site.example"}
	for _, x := range v {
		status := 200
		if x[2] == "403" {
			status = 403
		}
		add(&c, m, x[0], x[1], status, x[3])
		if h := c.Visits[len(c.Visits)-1]; x[1] != site { // landed elsewhere by a redirect
			c.Visits[len(c.Visits)-1].Hops = []tracker.Exchange{{URL: site, Status: 302, Location: x[1], Via: "http"}, h.Hops[0]}
		}
	}
	return c, func(d tracker.Digest) []byte { return m[d] }
}

func TestCloaking(t *testing.T) {
	const real = "https://www.spiegel.example/"
	for _, tt := range []struct {
		name    string
		visits  [][4]string
		cloaked bool
		class   tracker.Class
		why     string
	}{
		{"by agent", [][4]string{{"direct", site, "", story}, {"bot", site, "", other}}, true, tracker.ClassLive, "different texts"},
		{"by referrer", [][4]string{{"direct", site, "", "<html></html>"}, {"social", site, "", story}}, true, tracker.ClassLive, "empty and live"},
		{"by country", [][4]string{{"direct", real, "", story}, {"proxy:de", site, "", story}}, true, tracker.ClassLive, "led to spiegel[.]example and site[.]example"},
		{"by first visit", [][4]string{{"direct", site, "", story}, {"again", site, "", "<h1>Welcome to nginx!</h1>"}}, true, tracker.ClassLive, "live and default"},
		{"a stub for scanners", [][4]string{{"direct", site, "", "<p>soon</p>"}, {"mobile", site, "", story + story + story + story + story}}, true, tracker.ClassLive, ""},
		{"a notice for scanners", [][4]string{{"direct", site, "", "<title>This domain has been seized</title>"}, {"social", site, "", story}}, true, tracker.ClassLive, "notice and live"},

		{"two pages of few words", [][4]string{{"direct", site, "", "<title>News</title><p>Farmers marched on the capital with tractors, and energy prices rose again."}, {"bot", site, "", "<title>Recipes</title><p>Cake and soup for the family every day with fresh butter and eggs."}}, true, tracker.ClassLive, "few words"},
		{"a page of few words and a story", [][4]string{{"direct", site, "", "<title>Garden</title><p>Roses and tulips need fresh soil, says our gardener of forty years."}, {"proxy:de", site, "", story}}, true, tracker.ClassLive, "few words"},

		{"a few words in another order", [][4]string{{"direct", site, "", "<title>News at 10:00</title><p>Farmers marched on the capital with tractors, energy prices rose again."}, {"bot", site, "", "<title>News at 10:01</title><p>Energy prices rose again. Farmers marched on the capital with tractors."}}, false, tracker.ClassLive, ""},
		{"another motto under one title", [][4]string{{"direct", site, "", "<title>Motto</title><p>Roses and tulips need fresh soil, says our gardener."}, {"bot", site, "", "<title>Motto</title><p>Winter brings silence over every mountain village again."}}, false, tracker.ClassLive, ""},
		{"advertisements in turn", [][4]string{{"direct", site, "", story + "<div class=ad>Buy shoes of leather now</div>"}, {"social", site, "", story + "<div class=ad>Insurance for your cat</div>"}}, false, tracker.ClassLive, ""},
		{"a token in each form", [][4]string{{"direct", site, "", story + `<form><input type=hidden name=csrf value=a81bc81b></form>`}, {"again", site, "", story + `<form><input type=hidden name=csrf value=99f0c1d2></form>`}}, false, tracker.ClassLive, ""},
		{"a consent banner for the new", [][4]string{{"direct", site, "", "<div>We use cookies to improve your visit. You may accept all of them, or choose which ones, and change your mind at any time in the settings of this page.</div>" + story}, {"again", site, "", story}}, false, tracker.ClassLive, ""},
		{"a clock", [][4]string{{"direct", site, "", "<title>News 12:01:07</title>" + story[18:]}, {"social", site, "", "<title>News 12:01:09</title>" + story[18:]}}, false, tracker.ClassLive, ""},
		{"two headlines on trial", [][4]string{{"direct", site, "", story + "<h2>Ten ways to save on your heating bill</h2>"}, {"mobile", site, "", story + "<h2>Your heating bill need not be so high</h2>"}}, false, tracker.ClassLive, ""},

		{"one page for all", [][4]string{{"direct", site, "", story}, {"social", site, "", story}, {"mobile", site, "", story}, {"bot", site, "", story}}, false, tracker.ClassLive, ""},
		{"a headline more", [][4]string{{"direct", site, "", story}, {"social", site, "", story + "<p>One more headline for today.</p>"}}, false, tracker.ClassLive, ""},
		{"a challenge for bots is no cloak", [][4]string{{"direct", site, "", story}, {"bot", site, "403", "no"}}, false, tracker.ClassLive, ""},
		{"everybody is redirected", [][4]string{{"direct", real, "", story}, {"social", real, "", story}}, false, tracker.ClassRedirecting, ""},
		{"an article beside an empty front page", [][4]string{{"direct", site, "", "<p></p>"}, {"social", site, "", "<p></p>"}, {"article", site, "", story}}, false, tracker.ClassLive, ""},
		{"live for the search engine alone", [][4]string{{"direct", site, "", "<h1>It works!</h1>"}, {"bot", site, "", story}}, true, tracker.ClassDefault, "default and live"},
	} {
		c, bodies := visits(tt.visits...)
		v := Judge(c, bodies)
		if v.Cloaked != tt.cloaked || v.Class != tt.class || !strings.Contains(v.Why, tt.why) {
			t.Errorf("%s: cloaked %v, class %s, why %q", tt.name, v.Cloaked, v.Class, v.Why)
		}
		w, fp := Web(c, bodies)
		if w.Cloaked != tt.cloaked || w.Class != tt.class || fp.Class != tt.class || w.Fingerprint != Digest(Extract(c, bodies)) {
			t.Errorf("%s: web %+v", tt.name, w)
		}
	}
}

// Of two living pages that of the site's readers decides, where it is known who they
// are and they are shown another.
func TestThePageOfTheReadersDecides(t *testing.T) {
	for _, tt := range []struct {
		name   string
		visits [][4]string
		aimed  int // the visit of a reader; 0: it is not known who they are
		visit  int
	}{
		{"a harmless page for all others", [][4]string{{"direct", site, "", other}, {"bot", site, "", other}, {"proxy:de", site, "", story}}, 2, 2},
		{"nobody knows whom it is for", [][4]string{{"direct", site, "", other}, {"proxy:de", site, "", story}}, 0, 0},
		{"the same page for all", [][4]string{{"direct", site, "", story}, {"proxy:de", site, "", story + "<p>One more headline.</p>"}}, 1, 0},
		{"the readers are shown nothing", [][4]string{{"direct", site, "", story}, {"proxy:de", site, "", "<p></p>"}}, 1, 0},
	} {
		c, bodies := visits(tt.visits...)
		if tt.aimed > 0 {
			c.Visits[tt.aimed].Aimed = true
		}
		if v := Judge(c, bodies); v.Visit != tt.visit || v.Class != tracker.ClassLive {
			t.Errorf("%s: visit %d decided, class %s, want visit %d", tt.name, v.Visit, v.Class, tt.visit)
		}
	}
}

func TestWebSaysWhereItEnded(t *testing.T) {
	c, bodies := visits([4]string{"direct", "https://www.spiegel.example/start", "", story})
	w, fp := Web(c, bodies)
	if w.FinalURL != "https://www.spiegel.example/start" || w.FinalName != "spiegel.example" || w.URL != "https://www.spiegel.example/start" && w.URL != site || w.Status != 200 {
		t.Errorf("%+v", w)
	}
	if len(fp.Redirects) != 1 || fp.Redirects[0] != "spiegel.example" {
		t.Errorf("redirects %v", fp.Redirects)
	}
	if len(fp.Titles)+len(fp.Slugs) != 0 || fp.TextWords != 0 {
		t.Error("another site's page became content")
	}
}

func TestCertificateAndAssets(t *testing.T) {
	m := map[tracker.Digest][]byte{}
	c := tracker.Capture{Name: "site.example"}
	add(&c, m, "direct", site, 200, story)
	c.Visits[0].Hops[0].TLS = &tracker.TLS{SPKI: "aa", Leaf: "bb", SANs: []string{"site.example", "*.site.example", "rrn.test", "www.rrn.test", "*.Other.Test", "192.0.2.1"}}
	add(&c, m, "asset", site+"feed", 200, `<?xml version="1.0"?><rss><channel><title>RRN feed</title><item><title>The bridge over the river is open</title><link>https://site.example/2024/the-bridge-over-the-river-12345.html</link></item></channel></rss>`, "Content-Type: application/rss+xml")
	add(&c, m, "asset", site+"sitemap.xml", 200, `<urlset><url><loc>https://site.example/war-and-energy-prices/</loc></url><url><loc>https://site.example/about/</loc></url></urlset>`, "Content-Type: text/xml")
	add(&c, m, "asset", site+"wp-json/", 200, `{"name":"RRN","description":"Reliable Recent News","url":"https://site.example"}`, "Content-Type: application/json")
	add(&c, m, "asset", site+"ads.txt", 200, "google.com, pub-9944177029944177, DIRECT", "Content-Type: text/plain")
	add(&c, m, "asset", site+"favicon.ico", 200, "<html>not found</html>", "Content-Type: text/html")
	fp := Extract(c, func(d tracker.Digest) []byte { return m[d] })
	if strings.Join([]string{string(fp.SANs[0]), string(fp.SANs[1])}, " ") != "other.test rrn.test" || len(fp.SANs) != 2 {
		t.Errorf("SANs %v", fp.SANs)
	}
	if strings.Join(fp.Slugs, " ") != "the-bridge-over-the-river war-and-energy-prices" || strings.Join(fp.Titles, "|") != "The bridge over the river is open" {
		t.Errorf("slugs %v, titles %v", fp.Slugs, fp.Titles)
	}
	if fp.SiteName != "RRN feed" {
		t.Errorf("site name %q", fp.SiteName)
	}
	var got []string
	for _, id := range fp.IDs {
		got = append(got, id.Kind+"="+id.Value)
	}
	want := "adsense=pub-9944177029944177 certificate=bb hhhash=" + HHHash(c.Visits[0].Hops[0].Header) + " spki=aa wp-site=rrn|reliable recent news"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("ids %s\nwant %s", s, want)
	}
}

// What an article page carries belongs to the site, whatever its front page shows;
// what another site's article carries does not, nor does its text count as ours.
func TestIdentifiersOfArticlePages(t *testing.T) {
	const site = "https://site.example/"
	front := `<html><head><title>Daily</title></head><body><p>` + strings.Repeat("the council met in the evening and spoke about roads ", 20) + `</p><a href="/the-price-of-coal">The price of coal</a></body></html>`
	alone := tracker.Capture{Name: "site.example"}
	m := map[tracker.Digest][]byte{}
	add(&alone, m, "direct", site, 200, front)
	c := tracker.Capture{Name: "site.example", Visits: slices.Clone(alone.Visits)}
	add(&c, m, "asset", site+"the-price-of-coal", 200, `<html><body><p>coal</p><script>ym(98765432, "init")</script><a href="mailto:desk@site.example">write</a></body></html>`)
	add(&c, m, "asset", site+"a-page-that-is-gone", 404, `<script>ym(11111111, "init")</script>`)
	moved := tracker.Exchange{URL: "https://elsewhere.example/the-price-of-bread", Status: 200, Proto: "HTTP/1.1", Header: []tracker.HeaderField{{Name: "Content-Type", Value: "text/html"}}}
	body := []byte(`<script>ym(22222222, "init")</script>`)
	moved.Body = tracker.DigestOf(body)
	m[moved.Body] = body
	c.Visits = append(c.Visits, tracker.Visit{Visitor: "asset", URL: site + "the-price-of-bread", Hops: []tracker.Exchange{moved}})
	bodies := func(d tracker.Digest) []byte { return m[d] }
	want, got := Extract(alone, bodies), Extract(c, bodies)
	var metrika []string
	for _, id := range got.IDs {
		if id.Kind == KindMetrika {
			metrika = append(metrika, id.Value)
		}
	}
	if fmt.Sprint(metrika) != "[98765432]" {
		t.Errorf("counters %v, want that of the site's own article", metrika)
	}
	if got.Text != want.Text || got.TextWords != want.TextWords || got.DOM != want.DOM {
		t.Error("an article beside the front page changed its text or layout")
	}
}

// The certificate that a shared host shows for every name on it is no key of any.
func TestKeysOfOtherPeoplesCertificates(t *testing.T) {
	for _, tt := range []struct {
		name string
		tls  tracker.TLS
		want string
	}{
		{"made for the site", tracker.TLS{SANs: []string{"site.example", "www.site.example"}}, "certificate spki"},
		{"a wildcard of the site", tracker.TLS{SANs: []string{"*.site.example"}}, "certificate spki"},
		{"shared with another", tracker.TLS{SANs: []string{"rrn.test", "Site.Example"}}, "certificate spki"},
		{"no alternative names, the subject names the site", tracker.TLS{Subject: "CN=site.example,O=Nobody"}, "certificate spki"},
		{"a panel's default", tracker.TLS{SANs: []string{"server4.hoster.test"}, Subject: "CN=site.example"}, "host-key"},
		{"a neighbour's", tracker.TLS{SANs: []string{"notsite.example", "example"}}, "host-key"},
		{"nobody's", tracker.TLS{Subject: "O=Acme Co"}, "host-key"},
	} {
		m := map[tracker.Digest][]byte{}
		c := tracker.Capture{Name: "site.example"}
		add(&c, m, "direct", site, 200, story)
		tt.tls.SPKI, tt.tls.Leaf = "aa", "bb"
		c.Visits[0].Hops[0].TLS = &tt.tls
		fp := Extract(c, func(d tracker.Digest) []byte { return m[d] })
		var got []string
		for _, id := range fp.IDs {
			if id.Kind == KindSPKI || id.Kind == KindCert || id.Kind == KindHostKey {
				got = append(got, id.Kind)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

// Most visitors are shown the same page: the rules are asked once for them, and for
// each page that differs in what they may look at.
func TestEqualPagesAreClassedOnce(t *testing.T) {
	c, bodies := benchCapture(newsPage(1, 0))
	c.Visits = append(c.Visits, c.Visits[0], c.Visits[0])
	c.Visits[1].Hops = slices.Clone(c.Visits[0].Hops)
	c.Visits[1].Hops[0].Header = slices.Clone(c.Visits[0].Hops[0].Header)
	c.Visits[1].Hops[0].Header[0].Value = "another moment"
	c.Visits[2].Hops = slices.Clone(c.Visits[0].Hops)
	c.Visits[2].Hops[0].Header = append(slices.Clone(c.Visits[0].Hops[0].Header), c.Visits[0].Hops[0].Header[0])
	c.Visits[2].Hops[0].Header[3].Name, c.Visits[2].Hops[0].Header[3].Value = "cf-mitigated", "challenge"
	r := newReading(c, bodies)
	if len(r.told) != 2 {
		t.Errorf("%d pages were classed, want 2: the second visitor's differs in its date alone", len(r.told))
	}
	for i, want := range []string{"live", "live", "challenged"} {
		if got := string(r.shown[i].class); got != want {
			t.Errorf("visitor %d: %s, want %s", i, got, want)
		}
	}
}
