package fingerprint

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parting says where a scanner and the tokenizer part, "" for nowhere.
func parting(body []byte) string {
	kept := bytes.Clone(body)
	z := scanner{b: body}
	t := html.NewTokenizer(bytes.NewReader(body))
	t.SetMaxBuf(maxToken)
	for {
		want, got := t.Next(), z.next()
		if want == html.SelfClosingTagToken {
			want = html.StartTagToken
		}
		switch {
		case want != got:
			return want.String() + " is " + got.String() + " before " + string(z.b[min(z.pos, len(z.b)):min(len(z.b), z.pos+60)])
		case want == html.ErrorToken:
			if !bytes.Equal(kept, body) {
				return "the body was changed"
			}
			return ""
		case !bytes.Equal(t.Raw(), z.raw):
			return string(t.Raw()[:min(len(t.Raw()), 80)]) + " is " + string(z.raw[:min(len(z.raw), 80)])
		case want == html.CommentToken:
			if w := t.Text(); !bytes.Equal(w, z.text) {
				return "comment " + string(w) + " is " + string(z.text)
			}
		case want == html.StartTagToken || want == html.EndTagToken:
			tagName(z.raw) // what a reader does to it
		}
	}
}

func TestScannerFindsTheTokenizersTokens(t *testing.T) {
	bodies := []string{
		string(newsPage(1, 0)), "", "<", "a<", "</", "a</", "</>", "</ x>b", "<!", "<!-", "<!--", "<!-->", "<!--->x", "<!---->x", "<!--a--!>b", "<!--a--!-->b", "<!--a-- >b-->c", "<!--a---->b",
		"<!-- &amp; \r\n -->", "<!doctype html><p>x", "<?xml version='1'?>a", "<![CDATA[x]]>y", "a < b <c", "<3 <b>x", "<b", "<b ", "<b a", "<b a=", "<b a='", "<b a='>'>x", `<b a=">" c=d/>x`, "<b =a>x", "<b ==a>x", "<b a/=c>x", "<b a = c d>x", "<b a=>x", "<b/>x", "<b a'b\">x\"", "</b a='>'>x", "</b a='",
		"<script>a</script>b", "<script></script>b", "<SCRIPT>a<b></Script >b", "<script><!--<script></script>--></script>b", "<script><!-- a --></script>b", "<script>a", "<script>", "<script>a</scrip></script/>b", "<title>a &amp; b</title>c", "<title>a</titles></title>c", "<title>a</title", "<textarea>\n<p></textarea>x", "<style>a{}</style>", "<xmp><b></xmp>", "<plaintext><b></plaintext>", "<plaintext>", "<noscript><img></noscript>", "<iframe></iframe>x", "<noframes>a</noframes >b", "<noembed>a</noembed\n>b", "<title/>x</title>", "<svg><title>x</title></svg>",
		strings.Repeat("x", bigToken+5) + "<b>", "<b " + strings.Repeat("a ", bigToken) + ">x", "<script>" + strings.Repeat("x", maxToken+9) + "</script>a", strings.Repeat("y", maxToken+9) + "<b>x", "<!--" + strings.Repeat("z", maxToken+9) + "-->x", "<b a='" + strings.Repeat("z", maxToken+9) + "'>x",
	}
	for _, s := range snippets(t) {
		bodies = append(bodies, s.body)
	}
	files, err := filepath.Glob("testdata/pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(b))
	}
	for _, b := range bodies {
		if why := parting([]byte(b)); why != "" {
			t.Errorf("%.60q: %.300s", b, why)
		}
		for i := range min(len(b), 300) { // a page may end anywhere
			if why := parting([]byte(b[:i])); why != "" {
				t.Fatalf("%.60q cut at %d: %.300s", b, i, why)
			}
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte("<p a='b'>c<!--d--><script>e<!--f</script>g</p>"))
	f.Add([]byte("<title>a</title><b/=c \x00='&'>&amp;</ x><?y><!z><textarea>\r</textarea"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if why := parting(b); why != "" {
			t.Error(why)
		}
	})
}
