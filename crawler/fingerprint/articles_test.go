package fingerprint

import (
	"slices"
	"strings"
	"testing"
)

// TestTitles: what heads an article is its title, however deep the heading and whatever
// the address; what leads around a site is none.
func TestTitles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, body string
		want      []string
	}{
		{"the heading of a card", `<h5 class="card-title"><a href="/a1">The ferry is late once more</a></h5>`, []string{"The ferry is late once more"}},
		{"a card that is a link", `<a href="/a1"><h6>The ferry is late once more</h6></a>`, []string{"The ferry is late once more"}},
		{"a low heading that leads nowhere", `<h4>Write to the editors of this paper</h4>`, nil},
		{"an address with a number", `<li><a href="/news/48213">Паром опять опаздывает в порт</a>`, []string{"Паром опять опаздывает в порт"}},
		{"a number before the ending", `<a href="/2024/09/n482137.html">The ferry is late once more</a>`, []string{"The ferry is late once more"}},
		{"a number in the query", `<a href="/?p=48213">The ferry is late once more</a>`, []string{"The ferry is late once more"}},
		{"a page of a list", `<a href="/page/12">All that we wrote about ferries</a>`, nil},
		{"a year", `<a href="/archive/2024">All that we wrote about ferries</a>`, nil},
		{"a page with a name", `<a href="/terms">The terms and conditions of use</a>`, nil},
		{"a number elsewhere", `<a href="https://other.example/48213">The ferry is late once more</a>`, nil},
		{"strong words over a link that says nothing", `<section><strong>The ferry is late once more</strong><div><p>It rains.</p><a href="/p/78462">...</a></div></section><section><b>Паром опять опаздывает в порт</b> <a href="/p/78463">Далее</a>`, []string{"The ferry is late once more", "Паром опять опаздывает в порт"}},
		{"a heading over a button", `<div><h4>The ferry is late once more</h4></div><div><a href="/n/78462">more</a> <a href="/n/78462">3 comments</a></div>`, []string{"The ferry is late once more"}},
		{"a heading in the header of an article", `<article><header><h4>The ferry is late once more</h4></header><p>It rains.</p><a href="/n/78462">more</a></article>`, []string{"The ferry is late once more"}},
		{"the name of the paper over the first link", `<header><h3>The daily paper of ferries</h3></header><a href="/p/78462">...</a>`, nil},
		{"strong words over a page with a name", `<strong>The ferry is late once more</strong><a href="/terms">...</a>`, nil},
		{"strong words over another site", `<strong>The ferry is late once more</strong><a href="https://other.example/48213">...</a><a href="/p/78462">...</a>`, nil},
		{"a list of short names", `<h2>The ferry is late once more</h2><a href="/news/ferry">Open</a><h2>The bridge is closed for good</h2><a href="/news/old-bridge/">Open</a><h2>The harbour smells of roses</h2><a href="/news/roses">Open</a>`,
			[]string{"The bridge is closed for good", "The ferry is late once more", "The harbour smells of roses"}},
		{"a list without blanks", `<a href="/story/du/">渡輪今天又遲到了三個小時</a><a href="/story/qiao/">港口的老橋從此不再開放通行</a><a href="/story/hua/">碼頭上聞到的是玫瑰花的香味</a>`,
			[]string{"渡輪今天又遲到了三個小時", "港口的老橋從此不再開放通行", "碼頭上聞到的是玫瑰花的香味"}},
		{"the same twice is no list", `<a href="/legal/terms">The terms and conditions of use</a><a href="/legal/privacy">How we handle what you tell us</a><a href="/legal/terms/">The terms and conditions of use</a>`, nil},
		{"names in the root", `<a href="/terms">The terms and conditions of use</a><a href="/privacy">How we handle what you tell us</a><a href="/letter">Sign up for our weekly letter</a>`, nil},
		{"a label in place of a title", `<h3>渡輪今天又遲到了三個小時</h3><a href="/n/78462">続きを読む</a><h3>港口的老橋從此不再開放通行</h3><a href="/n/78463">続きを読む</a>`, []string{"渡輪今天又遲到了三個小時", "港口的老橋從此不再開放通行"}},
		{"a label of four words", `<h3>The ferry is late once more</h3><a href="/n/78462">Read the whole story</a><h3>The bridge is closed for good</h3><a href="/n/78463">Read the whole story</a>`, []string{"The bridge is closed for good", "The ferry is late once more"}},
		{"a label of two long words", `<h3>Паром опять опаздывает в порт</h3><a href="/n/78462">Читать далее</a>`, []string{"Паром опять опаздывает в порт"}},
		{"a list in the root", `<b>The ferry is late once more</b><a href="/ferry.html">Lire</a><b>The bridge is closed for good</b><a href="/bridge.html">Lire</a><b>The harbour smells of roses</b><a href="/roses.html">Lire</a>`,
			[]string{"The bridge is closed for good", "The ferry is late once more", "The harbour smells of roses"}},
		{"Thai has no blanks", `<a href="/n/78462">เรือข้ามฟากมาสายอีกครั้งในวันนี้</a><a href="/n/78463">อ่านเพิ่มเติม</a>`, []string{"เรือข้ามฟากมาสายอีกครั้งในวันนี้"}},
		{"too short for a title", `<a href="/news/48213">More about it</a>`, nil},
	} {
		c, bodies := visits([4]string{"direct", site, "", "<html><body>" + tt.body + "<p>" + strings.Repeat("Some words of a page that says something. ", 40)})
		_, fp := Web(c, bodies)
		if !slices.Equal(fp.Titles, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, fp.Titles, tt.want)
		}
	}
}

// TestElementsOfTheirOwn are what a sheet dresses where pages have no classes.
func TestElementsOfTheirOwn(t *testing.T) {
	t.Parallel()
	c, bodies := visits([4]string{"direct", site, "", `<pm-cabezal><PM-Marca class="x1">A</PM-Marca></pm-cabezal><amp-img></amp-img><foo></foo><pm-cabezal></pm-cabezal>` + strings.Repeat("Some words of a page. ", 40)})
	_, fp := Web(c, bodies)
	if want := []string{"pm-cabezal", "pm-marca", "x1"}; !slices.Equal(fp.CSS, want) {
		t.Errorf("%q, want %q", fp.CSS, want)
	}
}

// TestAShellIsReadByItsNoscript: where scripts fill the page, links and articles stand in
// what readers without scripts are given; elsewhere that is a pixel and a request.
func TestAShellIsReadByItsNoscript(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, body    string
		links, heads int
	}{
		{"a shell", `<div id="root"></div><noscript><dl><dt><a href="https://sister.example/">Our new paper about all things</a></dl></noscript><noscript><h2><a href="/tekst/1">The ferry is late once more</a></h2></noscript>`, 1, 1},
		{"a page", `<p>` + strings.Repeat("Words that tell of something. ", 20) + `<a href="/about">About</a><noscript><a href="https://enable.example/">How to enable it in your browser</a></noscript>`, 0, 0},
		{"a noscript in a noscript", `<noscript><noscript><noscript><a href="https://sister.example/">x</a>`, 0, 0},
	} {
		c, bodies := visits([4]string{"direct", site, "", "<html><body>" + tt.body})
		_, fp := Web(c, bodies)
		if len(fp.Outbound) != tt.links || len(fp.Titles) != tt.heads {
			t.Errorf("%s: links %v, titles %q", tt.why, fp.Outbound, fp.Titles)
		}
	}
}
