package fingerprint

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The raw reading must say what the tokenizer's own accessors say.
func TestTagsAreReadAsTheTokenizerReadsThem(t *testing.T) {
	check := func(body string) {
		a, b := html.NewTokenizer(strings.NewReader(body)), html.NewTokenizer(strings.NewReader(body))
		for {
			ta, tb := a.Next(), b.Next()
			if ta != tb {
				t.Fatal("two tokenizers disagree")
			}
			switch ta {
			case html.ErrorToken:
				return
			case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
				n, more := a.TagName()
				want := string(n)
				for more && ta != html.EndTagToken {
					var k, v []byte
					k, v, more = a.TagAttr()
					want += fmt.Sprintf(" %s=%q", k, v)
				}
				name, rest := tagName(append([]byte(nil), b.Raw()...))
				got := string(name)
				for ta != html.EndTagToken {
					k, v, r, ok := nextAttr(rest)
					if !ok {
						break
					}
					got += fmt.Sprintf(" %s=%q", k, v)
					rest = r
				}
				if got != want {
					t.Errorf("%q:\n got %s\nwant %s", body[:min(len(body), 60)], got, want)
				}
			}
		}
	}
	check(string(newsPage(1, 0)))
	for _, s := range snippets(t) {
		check(s.body)
	}
	for _, s := range []string{
		`<A HREF="/x?a=1&amp;b=2" Class=Big>`, `<a href = '/x' / title=>`, `<p =x y z=1 >`, `<br/>`, `<img src=a.png/>`, `<a"b" c='d"e'>`, `</P >`, `<x/y/z=1>`, `<a b=c d = e f>`,
	} {
		check(s)
	}
}
