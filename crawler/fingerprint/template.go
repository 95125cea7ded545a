package fingerprint

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	wpTheme  = regexp.MustCompile(`/wp-content/themes/([A-Za-z0-9_.-]{1,60})/`)
	wpPlugin = regexp.MustCompile(`/wp-content/plugins/([A-Za-z0-9_.-]{1,60})/`)
	joomla   = regexp.MustCompile(`/templates/([A-Za-z0-9_.-]{1,60})/(?:css|js|images)/`)
	drupal   = regexp.MustCompile(`/(?:sites/[^/]+|modules)?/themes/(?:custom/|contrib/)?([A-Za-z0-9_.-]{1,60})/`)
	version  = regexp.MustCompile(`\s*[v]?\d+(?:\.\d+)*.*$`)
)

// marks of site builders and frameworks, by a piece of an address on the page.
var marks = []struct{ in, name string }{
	{"static.wixstatic.com", "wix"}, {"static.tildacdn.", "tilda"}, {"cdn.shopify.com", "shopify"}, {"squarespace.com", "squarespace"},
	{"/_next/static/", "next"}, {"/_nuxt/", "nuxt"}, {"/bitrix/", "bitrix"}, {"webflow.com", "webflow"}, {"/ghost/", "ghost"},
	{"/typo3temp/", "typo3"}, {"/dist/app.", "spa"}, {"blogger.com", "blogger"}, {"/engine/classes/", "datalife"},
}

// template is the signature of what a page was built with: generator without its
// version, theme, and up to eight plugins, joined by blanks. "" where nothing
// tells.
func template(d *document) string {
	var out []string
	if g := d.meta("generator"); g != "" {
		if g = strings.ToLower(strings.TrimSpace(version.ReplaceAllString(g, ""))); g != "" {
			out = append(out, "generator:"+strings.ReplaceAll(g, " ", "-"))
		}
	}
	all := strings.Join(d.srcs, "\n")
	one := func(re *regexp.Regexp, hint, prefix string, limit int) {
		if !strings.Contains(all, hint) {
			return
		}
		var found []string
		for _, m := range re.FindAllStringSubmatch(all, 200) {
			if v := prefix + strings.ToLower(m[1]); !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
		slices.Sort(found)
		out = append(out, found[:min(len(found), limit)]...)
	}
	one(wpTheme, "/wp-content/themes/", "wp-theme:", 2)
	one(wpPlugin, "/wp-content/plugins/", "wp-plugin:", 8)
	one(joomla, "/templates/", "joomla:", 2)
	if !strings.Contains(all, "/wp-content/") {
		one(drupal, "/themes/", "theme:", 2)
	}
	for _, m := range marks {
		if strings.Contains(all, m.in) {
			out = append(out, m.name)
		}
	}
	return strings.Join(out, " ")
}

// A feed is what RSS, Atom or a sitemap names.
type feed struct {
	name   string
	slugs  []string
	titles []string
}

// maxFeed is how much of a feed is read, and maxItems how many of its items.
const (
	maxFeed  = 512 << 10
	maxItems = 200
)

// readFeed reads what it can; a feed that breaks off is read up to there.
// Entities other than XML's own are left alone: Go's decoder expands none that a
// document declares.
func readFeed(b []byte) feed {
	var f feed
	d := xml.NewDecoder(bytes.NewReader(b[:min(len(b), maxFeed)]))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	inItem, depth, items := false, 0, 0
	tag := ""
	addURL := func(v string) {
		if u, err := url.Parse(strings.TrimSpace(v)); err == nil {
			if s := slug(u.Path); s != "" {
				f.slugs = append(f.slugs, s)
			}
		}
	}
	for items <= maxItems && depth < 64 {
		tok, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) && len(f.slugs) == 0 {
				return feed{name: f.name}
			}
			return f
		}
		switch e := tok.(type) {
		case xml.StartElement:
			depth++
			tag = e.Name.Local
			switch tag {
			case "item", "entry", "url":
				inItem = true
				items++
			case "link":
				for _, a := range e.Attr {
					if a.Name.Local == "href" && inItem {
						addURL(a.Value)
					}
				}
			}
		case xml.CharData:
			switch {
			case tag == "title" && inItem:
				if t := squeeze(e, 300); isTitle(t) {
					f.titles = append(f.titles, t)
				}
			case tag == "title" && f.name == "":
				f.name = squeeze(e, 200)
			case (tag == "link" || tag == "loc") && inItem:
				addURL(string(e))
			}
		case xml.EndElement:
			depth--
			tag = ""
			if n := e.Name.Local; n == "item" || n == "entry" || n == "url" {
				inItem = false
			}
		}
	}
	return f
}
