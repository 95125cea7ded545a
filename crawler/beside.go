package crawler

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/temoto/robotstxt"

	"respawn/tracker"
)

// product is our name in a robots.txt.
const product = "respawn"

// robotsSize is what of a robots.txt is read; RFC 9309 asks for 500 KiB at least.
const robotsSize = 512 << 10

// rules are what robots.txt said.
type rules struct {
	verdict  string // allowed, disallowed, unreachable, not-asked: for the front page
	asked    bool
	group    *robotstxt.Group
	deny     bool // unreachable: RFC 9309 section 2.3.1.4
	sitemaps []string
}

func (r *rules) allows(u *url.URL) bool {
	if r.deny {
		return false
	}
	if r.group == nil {
		return true
	}
	p := u.EscapedPath()
	if p == "" {
		p = "/"
	}
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return r.group.Test(p)
}

// robotsFor reads robots.txt, once the site has answered. A file that cannot be
// got for 4xx reasons forbids nothing, one that cannot be reached everything
// (RFC 9309); no answer at all leaves "not-asked", for the site may be gone.
func (s *site) robotsFor(ctx context.Context, v Visitor, u *url.URL) error {
	if s.robots.asked || s.c.cfg.Robots == RobotsIgnore {
		return nil
	}
	at := *u
	at.Path, at.RawPath, at.RawQuery, at.Fragment = "/robots.txt", "", "", ""
	r, err := s.visit(ctx, v, Asset, at.String(), true)
	if err != nil || len(r.Hops) == 0 {
		return err
	}
	if !answered(r) {
		return nil
	}
	s.robots.asked = true
	last := r.Hops[len(r.Hops)-1]
	switch {
	case last.Status >= 500 || last.Status == 0 || last.Status == 429:
		s.robots.verdict, s.robots.deny = "unreachable", true
		return nil
	case last.Status < 200 || last.Status >= 300:
		s.robots.verdict = "allowed"
		return nil
	}
	body := r.body[:min(len(r.body), robotsSize)]
	if len(body) < len(r.body) || last.Truncated { // half a line may forbid what the whole one does not
		body = body[:bytes.LastIndexByte(body, '\n')+1]
	}
	data, err := robotstxt.FromBytes(body)
	if err != nil { // not a robots.txt at all: a page for everything
		s.robots.verdict = "allowed"
		return nil
	}
	s.robots.group, s.robots.sitemaps = data.FindGroup(product), data.Sitemaps
	s.robots.verdict = "disallowed"
	if s.robots.allows(u) {
		s.robots.verdict = "allowed"
	}
	return nil
}

// beside fetches the facts beside the page: some of its articles among them, since
// counters and contacts often stand on those alone, and since what they say stays
// when their names change; and articles as a reader where the front page is empty.
func (s *site) beside(ctx context.Context) error {
	class := s.class()
	home, p := s.home, s.page
	ask := []string{"/favicon.ico"}
	if len(p.icons) > 0 {
		ask[0] = p.icons[0]
	}
	switch class {
	case tracker.ClassLive, tracker.ClassEmpty:
		ask = append(ask, "/ads.txt")
		if len(p.feeds) > 0 {
			ask = append(ask, p.feeds[0])
		}
		if p.wpAPI != "" {
			ask = append(ask, p.wpAPI)
		}
		if len(s.robots.sitemaps) > 0 {
			ask = append(ask, s.robots.sitemaps[0])
		} else {
			ask = append(ask, "/sitemap.xml")
		}
	}
	if class == tracker.ClassLive {
		ask = append(ask, s.stories(home, p.links)...)
		ask = append(ask, s.design(home, p, ask)...)
	}
	articles := append([]string(nil), s.target.Articles...)
	for _, ref := range ask {
		u, ok := s.ours(home, ref)
		if !ok || ctx.Err() != nil {
			continue
		}
		r, err := s.visit(ctx, s.reader, Asset, u.String(), true)
		if err != nil {
			return err
		}
		if class == tracker.ClassEmpty {
			articles = append(articles, listed(r.body)...)
		}
	}
	if class == tracker.ClassEmpty {
		return s.articles(ctx, home, articles)
	}
	return nil
}

// Of the articles of a front page, maxStories are fetched beside it: the topmost,
// and of the others those that come first by a hash of their name and the week.
const (
	maxStories = 10
	topStories = 4
)

// stories are the links of a front page that look like articles of the site. Articles
// that two sites call the same are known by their names, read or not; those that they
// call otherwise only where both were read. So the choice is another one each week, and
// before long nearly all have been read. Within a week it is the same, while the page
// has them: the order of a page changes with every edit.
func (s *site) stories(home *url.URL, links []string) []string {
	type story struct {
		ref  string
		rank uint32
	}
	var out []story
	seen, week := map[string]bool{}, s.c.now().Unix()/int64((7*24*time.Hour).Seconds())
	for _, ref := range links {
		u, ok := s.ours(home, ref)
		if !ok || u.RawQuery != "" || seen[u.Path] {
			continue
		}
		seen[u.Path] = true // the picture and the title lead to one article
		name := path.Base(strings.TrimRight(u.Path, "/"))
		if len(name) < minStory || strings.Count(name, "-")+strings.Count(name, "_") < 2 {
			continue
		}
		h := fnv.New32a()
		fmt.Fprintf(h, "%d %s", week, name)
		out = append(out, story{ref, h.Sum32()})
	}
	slices.SortStableFunc(out[min(len(out), topStories):], func(a, b story) int { return cmp.Compare(a.rank, b.rank) })
	var refs []string
	for _, x := range out[:min(len(out), maxStories)] {
		refs = append(refs, x.ref)
	}
	return refs
}

// minStory is the length from which the last part of a path, of three words or
// more, names an article rather than a section.
const minStory = 12

// own says whether a URL is on the site or its www and other hosts.
func (s *site) own(u *url.URL) bool {
	h := tracker.Name(strings.ToLower(u.Hostname()))
	if h == s.target.Name || h.Under(s.target.Name) {
		return true
	}
	r := s.target.Name.Registrable()
	return r != "" && h.Registrable() == r
}

// ours makes ref absolute and says whether we go there: on the site, and not
// against the robots policy.
func (s *site) ours(home *url.URL, ref string) (*url.URL, bool) {
	u, err := home.Parse(ref)
	if err != nil || !s.own(u) {
		return nil, false
	}
	if p := s.c.cfg.Robots; (p == RobotsBeyondFront || p == RobotsObey) && !s.robots.allows(u) {
		return nil, false
	}
	return u, true
}

// maxArticles is how many are tried before an empty site is taken for empty.
const maxArticles = 3

// articles visits articles as a reader who follows a link from social media:
// Doppelganger's front pages were empty for everybody else.
func (s *site) articles(ctx context.Context, home *url.URL, refs []string) error {
	v := s.c.cfg.Visitors[0]
	for _, w := range s.c.cfg.Visitors {
		if w.Name == Social {
			v = w
		}
	}
	done := map[string]bool{}
	for _, ref := range refs {
		u, ok := s.ours(home, ref)
		if !ok || done[u.String()] || u.Path == "" || u.Path == "/" || len(done) == maxArticles || ctx.Err() != nil {
			continue
		}
		done[u.String()] = true
		if _, err := s.visit(ctx, v, Article, u.String(), false); err != nil {
			return err
		}
	}
	return nil
}

// listed are the URLs that a feed or sitemap names, at most 20.
func listed(body []byte) []string {
	if !bytes.Contains(body[:min(len(body), 512)], []byte("<")) {
		return nil
	}
	var out []string
	d := xml.NewDecoder(bytes.NewReader(body[:min(len(body), 256<<10)]))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	inItem, want := false, false
	for len(out) < 20 {
		tok, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) && len(out) == 0 {
				return nil
			}
			return out
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "item", "entry", "url":
				inItem = true
			case "link", "loc":
				want = inItem
				for _, a := range e.Attr {
					if a.Name.Local == "href" && inItem {
						out = append(out, a.Value)
					}
				}
			}
		case xml.CharData:
			if u := strings.TrimSpace(string(e)); want && strings.HasPrefix(u, "http") {
				out = append(out, u)
			}
		case xml.EndElement:
			want = false
			if n := e.Name.Local; n == "item" || n == "entry" || n == "url" {
				inItem = false
			}
		}
	}
	return out
}
