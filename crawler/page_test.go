package crawler

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/net/html"

	"respawn/tracker"
)

func TestLook(t *testing.T) {
	base := mustURL("https://rrn.example/a/b?q")
	for _, tt := range []struct{ name, body, want string }{
		{"links", `<a href="/x">1</a><A HREF='y.html#z'>2</A><a href=//o.example>3</a><a href=?p=1>4</a><a href="#top">5</a>`, "https://rrn.example/x https://rrn.example/a/y.html https://o.example https://rrn.example/a/b?p=1"},
		{"each once", `<a href=/x><a href=/x#1><a href="https://rrn.example/x">`, "https://rrn.example/x"},
		{"not the web", `<a href="mailto:x@y.z"><a href="javascript:void(0)"><a href="ftp://x.example/"><a href="data:text/html,x">`, ""},
		{"dots", `<a href="/a/../b"><a href="/a/./c"><a href="/d.html"><a href="/.hidden">`, "https://rrn.example/b https://rrn.example/a/c https://rrn.example/d.html https://rrn.example/.hidden"},
		{"entities", `<a href="/x?a=1&amp;b=2">`, "https://rrn.example/x?a=1&b=2"},
		{"a tag in an attribute", `<div title="<a href=/no>" data-x='>'><a title=">" href="/yes">`, "https://rrn.example/yes"},
		{"comments and raw text", `<!-- <a href=/no> --><script>"<a href=/no>"</script><textarea><a href=/no></textarea><style><a href=/no></style><a href=/yes>`, "https://rrn.example/yes"},
		{"a script that never ends", `<a href=/yes><script><a href=/no>`, "https://rrn.example/yes"},
		{"noscript, beside links", `<noscript><a href=/no></noscript><a href=/yes>`, "https://rrn.example/yes"},
		{"noscript of a shell", `<div id=root></div><noscript><a href=/yes></noscript>`, "https://rrn.example/yes"},
		{"noscript in noscript", `<noscript><noscript><noscript><a href=/no>`, ""},
		{"base", `<base href="https://cdn.example/z/"><a href="q"><a href="/r">`, "https://cdn.example/z/q https://cdn.example/r"},
		{"broken quotes", `<a href="/x><a href=/y>`, ""},
		{"no space between attributes", `<a class="a"href="/x">`, "https://rrn.example/x"},
	} {
		p := look([]byte(tt.body), base)
		if got := strings.Join(p.links, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	p := look([]byte(`<link rel="shortcut icon" href=/i.png><link rel=alternate type="application/atom+xml" href=/f><link rel='https://api.w.org/' href=/wp-json/>`), base)
	if len(p.icons) != 1 || len(p.feeds) != 1 || p.wpAPI != "https://rrn.example/wp-json/" {
		t.Errorf("%+v", p)
	}
	p = look([]byte(`<link rel=stylesheet href=/a.css><link rel="preload stylesheet" href="b.css?v=2"><link rel=preload href=/c.css><img src=/picture.png>
<img class="site-Logo" src="data:image/gif;base64,R0lGOD" data-src="/h.png"><a class=logo><img src=/own-logo.svg></a>`), base)
	if got := strings.Join(slices.Concat(p.styles, p.logos), " "); got != "https://rrn.example/a.css https://rrn.example/a/b.css?v=2 https://rrn.example/h.png https://rrn.example/own-logo.svg" {
		t.Errorf("style sheets and logos %s", got)
	}
}

func TestWherePagesLead(t *testing.T) {
	const self = "https://rrn.example/"
	words := "<p>" + strings.Repeat("word ", 100)
	for _, tt := range []struct{ name, body, target, via string }{
		{"refresh", `<meta http-equiv="refresh" content="0; URL=https://o.example/">`, "https://o.example/", "meta-refresh"},
		{"refresh without url", `<META HTTP-EQUIV=Refresh CONTENT="1;/x">`, "https://rrn.example/x", "meta-refresh"},
		{"refresh in quotes", `<meta content="3,url='/y' " http-equiv="refresh">`, "https://rrn.example/y", "meta-refresh"},
		{"refresh of a fraction", `<meta http-equiv=refresh content="0.5;url=/y">`, "https://rrn.example/y", "meta-refresh"},
		{"a page that reloads", `<meta http-equiv=refresh content="300">`, "", ""},
		{"a page that reloads itself", `<meta http-equiv=refresh content="5;url=https://rrn.example/">`, "", ""},
		{"late", `<meta http-equiv=refresh content="60;url=/x">`, "", ""},
		{"location", `<script>location="/x"</script>`, "https://rrn.example/x", "script"},
		{"location.href", `<script>window.location.href = 'https:\/\/o.example\/p';</script>`, "https://o.example/p", "script"},
		{"location.replace", `<script>top.location.replace("https://o.example")</script>`, "https://o.example", "script"},
		{"a page with words stays", words + `<script>location.href="/x"</script>`, "", ""},
		{"words of a script are none", `<script>` + strings.Repeat("var x = 1 ; ", 90) + `location.href="/x"</script>`, "https://rrn.example/x", "script"},
		{"a computed location", `<script>location.href = base + "/x"</script>`, "", ""},
		{"another variable", `<script>mylocation="/x"; a.location="/y"</script>`, "", ""},
		{"in a comment", `<!--<script>location="/x"</script>-->`, "", ""},
	} {
		p := look([]byte(tt.body), mustURL(self))
		if target, via := p.leadsTo(self); target != tt.target || via != tt.via {
			t.Errorf("%s: %q by %q, want %q by %q", tt.name, target, via, tt.target, tt.via)
		}
	}
}

// The scanner is held against the parser: on the same page both see the same
// links.
func TestScannerAgreesWithTheParser(t *testing.T) {
	for _, body := range []string{
		string(benchPage), `<p><A Class=x HREF = '/1' >a</a><a	href=/2/>b<a data-href=/no href="">c<br/><a/href=/3><a href=/4 href=/5>`,
		`<title><a href=/no></title><noscript><a href=/no></noscript><svg><a href=/6></a></svg><iframe><a href=/no></iframe><!doctype html><?x <a href=/no>?><a href=/7>`,
		`</a href=/no><a href='/8" >'>x</a><a href="/9">`,
	} {
		var want []string
		z := html.NewTokenizer(strings.NewReader(body))
		for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
			if tok := z.Token(); (tok.Type == html.StartTagToken || tok.Type == html.SelfClosingTagToken) && tok.Data == "a" {
				for _, a := range tok.Attr {
					if a.Key == "href" {
						want = append(want, a.Val)
						break
					}
				}
			}
		}
		var got []string
		s := scanner{b: []byte(body)}
		for s.next() {
			a := attrReader{b: s.attrs}
			for string(s.name) == "a" && a.next() {
				if strings.EqualFold(string(a.key), "href") {
					got = append(got, html.UnescapeString(string(a.value)))
					break
				}
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%.80s:\nscanner %q\nparser  %q", body, got, want)
		}
	}
}

func TestWhereTheHeaderLeads(t *testing.T) {
	const self = "https://rrn.example/a/"
	for _, tt := range []struct{ name, refresh, want string }{
		{"at once", "0; url=https://o.example/", "https://o.example/"},
		{"by a path", "1;URL='b'", "https://rrn.example/a/b"},
		{"without url", "0,/x", "https://rrn.example/x"},
		{"late", "60; url=/x", ""},
		{"reload", "5", ""},
		{"reload of itself", "5; url=" + self, ""},
		{"no header", "", ""},
		{"not a number", "soon; url=/x", ""},
	} {
		ex := tracker.Exchange{URL: self, Header: []tracker.HeaderField{{Name: "refresh", Value: tt.refresh}}}
		if got, _ := refreshHeader(&ex, mustURL(self)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A page of nothing but links costs what its first ones cost; what else it says
// is still read.
func TestLinksAreCounted(t *testing.T) {
	p := look([]byte(strings.Repeat("<a href=/x>", maxAnchors)+"<a href=/late><link rel=icon href=/i>"), mustURL("https://rrn.example/"))
	if len(p.links) != 1 || len(p.icons) != 1 {
		t.Errorf("%d links, %d icons", len(p.links), len(p.icons))
	}
	var b strings.Builder
	for i := range 2 * maxLinks {
		fmt.Fprintf(&b, "<a href=/%d>", i)
	}
	if p := look([]byte(b.String()), mustURL("https://rrn.example/")); len(p.links) != maxLinks {
		t.Errorf("%d links", len(p.links))
	}
}

// A page in UTF-16 leads on like any other.
func TestUTF16(t *testing.T) {
	const page = `<a href="/x">ü</a><meta http-equiv=refresh content="0;url=//o.example/😀">`
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		b := order.AppendUint16(nil, 0xfeff)
		for _, u := range utf16.Encode([]rune(page)) {
			b = order.AppendUint16(b, u)
		}
		if got := string(utf8Body(b)); got != page {
			t.Errorf("%q", got)
		}
		if got := string(utf8Body(append(b, 0x20))); got != page { // half a character is none
			t.Errorf("with a byte too many: %q", got)
		}
	}
	for _, s := range []string{"", "\xff", "<p>", "\xef\xbb\xbf<p>"} {
		if got := string(utf8Body([]byte(s))); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// Megabytes of anything must take a time that grows with their length alone: what
// is quadratic would not end today.
func TestLookIsLinear(t *testing.T) {
	base := mustURL("https://rrn.example/")
	for _, unit := range []string{"<div>", "<a href='", "<!--", "<script>", "</", "<a href=/x ", "<textarea></", "<a =", "<<<<", "<script>location ", `<meta http-equiv=refresh content="`} {
		look([]byte(strings.Repeat(unit, 2<<20/len(unit))), base)
	}
}
