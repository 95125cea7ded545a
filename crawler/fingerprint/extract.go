package fingerprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"respawn/tracker"
)

// Extract reads everything comparable from a capture. Of pages that are not the
// operator's (parked, suspended, challenged, ...) it keeps what belongs to the
// host name all the same: certificate, header order, redirects. What a genuine
// outlet carries too is left in; tracker/link subtracts it.
func Extract(c tracker.Capture, bodies func(tracker.Digest) []byte) tracker.Fingerprint {
	r := newReading(c, bodies)
	return r.extract(r.verdict())
}

// Web judges and extracts with one reading of the bytes and fills in the web
// axis of an observation, all but Web.Capture.
func Web(c tracker.Capture, bodies func(tracker.Digest) []byte) (tracker.Web, tracker.Fingerprint) {
	r := newReading(c, bodies)
	v := r.verdict()
	fp := r.extract(v)
	w := tracker.Web{Class: v.Class, ClassRule: v.Rule, Cloaked: v.Cloaked, Title: fp.Title}
	if v.Visit >= 0 {
		s := r.at(v.Visit)
		w.URL, w.Status, w.FinalURL, w.FinalName = c.Visits[v.Visit].URL, s.hop.Status, s.hop.URL, s.final
		if lu, err := url.Parse(s.hop.Location); v.Rule == "location" && err == nil {
			w.FinalURL, w.FinalName = s.hop.Location, registrable(lu)
		}
		if w.Title == "" && s.doc != nil {
			w.Title = s.doc.title
		}
		w.Fingerprint = Digest(fp)
	} else if len(c.Visits) > 0 {
		w.URL = c.Visits[0].URL
	}
	return w, fp
}

// Digest is the identity of a fingerprint's content, whatever name carries it:
// the same bytes under the same rules have the same digest.
func Digest(fp tracker.Fingerprint) tracker.Digest {
	fp.Name = ""
	b, err := json.Marshal(fp)
	if err != nil { // a struct of strings and numbers always marshals
		panic(err)
	}
	return tracker.DigestOf(b)
}

func (r *reading) at(visit int) *shown {
	for i := range r.shown {
		if r.shown[i].visit == visit {
			return &r.shown[i]
		}
	}
	return nil
}

const (
	maxList  = 300 // slugs, titles, outbound names
	maxNames = 100 // SANs
)

func (r *reading) extract(v Verdict) tracker.Fingerprint {
	fp := tracker.Fingerprint{Name: r.c.Name, Rule: Rule, Class: v.Class}
	if v.Visit < 0 {
		return fp
	}
	s := r.at(v.Visit)
	visit := &r.c.Visits[v.Visit]
	ids := idSet{}
	r.connection(&fp, ids, visit, s)

	ours := v.Class == tracker.ClassLive || v.Class == tracker.ClassEmpty || v.Class == tracker.ClassRedirecting || v.Class == tracker.ClassUnknown
	if ours {
		for i := range visit.Hops { // stubs on the way carry counters too
			x := &visit.Hops[i]
			if u, err := url.Parse(x.URL); err == nil && registrable(u) == r.own() {
				if d := r.document(x); d != nil {
					ids.fromDocument(d)
					ids.services(d, u, r.own())
				}
			}
		}
		r.beside(&fp, ids)
	}
	if v.Class == tracker.ClassLive && s.doc != nil && s.final == r.own() {
		r.content(&fp, s, ids)
	}
	fp.Slugs, fp.Titles = sorted(fp.Slugs, maxList), sorted(fp.Titles, maxList)
	fp.IDs = ids.sorted()
	return fp
}

// connection is what host, certificate and server say before any page does.
func (r *reading) connection(fp *tracker.Fingerprint, ids idSet, v *tracker.Visit, s *shown) {
	own := r.own()
	first := &v.Hops[0]
	if first.Status != 0 && first.Proto == "HTTP/1.1" {
		ids.add(KindHHHash, HHHash(first.Header), "header")
	}
	for i := range s.hop.Header {
		fp.Headers = append(fp.Headers, s.hop.Header[i].Name)
	}
	for i := range v.Hops {
		x := &v.Hops[i]
		u, err := url.Parse(x.URL)
		if err != nil {
			continue
		}
		reg := registrable(u)
		if reg != own && (len(fp.Redirects) == 0 || fp.Redirects[len(fp.Redirects)-1] != reg) {
			fp.Redirects = append(fp.Redirects, reg)
		}
		if x.TLS == nil || reg != own || x.TLS.SPKI == "" {
			continue
		}
		if namesSite(x.TLS, own) {
			ids.add(KindSPKI, string(x.TLS.SPKI), "certificate")
			ids.add(KindCert, string(x.TLS.Leaf), "certificate")
		} else {
			ids.add(KindHostKey, string(x.TLS.SPKI), "certificate of other names")
		}
		for _, san := range x.TLS.SANs {
			n := tracker.Name(strings.TrimPrefix(strings.ToLower(san), "*."))
			if reg := n.Registrable(); reg != "" && reg != own {
				fp.SANs = append(fp.SANs, reg)
			}
		}
	}
	if lu, err := url.Parse(s.hop.Location); err == nil && lu.Host != "" { // not followed
		if reg := registrable(lu); reg != own && !slices.Contains(fp.Redirects, reg) {
			fp.Redirects = append(fp.Redirects, reg)
		}
	}
	fp.SANs = sorted(fp.SANs, maxNames)
}

// namesSite says whether a certificate was made for the site: one of its names lies
// under the site's registrable domain. Who runs the machine chose any other one:
// a panel's default, a neighbour's.
func namesSite(t *tracker.TLS, own tracker.Name) bool {
	for _, san := range t.SANs {
		if n := tracker.Name(strings.TrimPrefix(strings.ToLower(san), "*.")); n == own || n.Under(own) {
			return true
		}
	}
	if len(t.SANs) > 0 {
		return false // RFC 6125, section 6.4.4: the subject counts only without them
	}
	_, cn, ok := strings.Cut(strings.ToLower(t.Subject), "cn=")
	cn, _, _ = strings.Cut(cn, ",")
	n := tracker.Name(strings.TrimPrefix(strings.TrimSpace(cn), "*."))
	return ok && (n == own || n.Under(own))
}

// HHHash is adulau's HTTP Headers Hashing: SHA-256 of the header names as
// received, joined by colons. HTTP/1.1 only, redirects not followed; values of
// other versions are not comparable.
func HHHash(fields []tracker.HeaderField) string {
	if len(fields) == 0 {
		return ""
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	h := sha256.Sum256([]byte(strings.Join(names, ":")))
	return "hhh:1:" + hex.EncodeToString(h[:])
}

// content fills in what the deciding page itself says.
func (r *reading) content(fp *tracker.Fingerprint, s *shown, ids idSet) {
	d := s.doc
	base, err := url.Parse(s.hop.URL)
	if err != nil {
		return
	}
	fp.Title = d.title
	if n := d.meta("og:site_name"); n != "" {
		fp.SiteName = n
	} else if fp.SiteName == "" {
		fp.SiteName = d.meta("application-name")
	}
	t := r.text(s.hop)
	fp.TextWords = t.words
	if t.shingles > 0 {
		fp.Text, fp.MinHash = t.simhash, t.minhash
	}
	fp.Language = language(d)
	fp.DOM, fp.DOMTags = domHash(d.tags), len(d.tags)
	if len(d.classes) > 0 {
		fp.CSS = make([]string, 0, len(d.classes))
		for c := range d.classes {
			fp.CSS = append(fp.CSS, c)
		}
		slices.Sort(fp.CSS)
	}
	fp.Template = template(d)
	r.links(fp, d, base)
	for _, l := range d.links {
		if strings.Contains(l.rel, "icon") && strings.HasPrefix(l.href, "data:image/") {
			if _, b64, ok := strings.Cut(l.href, ";base64,"); ok && len(b64) < maxIconBytes {
				if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(b64)); err == nil {
					ids.favicon(b, "attribute")
				}
			}
		}
	}
}

// links sorts what the page leads to into articles and other people's sites.
func (r *reading) links(fp *tracker.Fingerprint, d *document, base *url.URL) {
	own := r.own()
	home := registrable(base) == own
	out := map[tracker.Name]struct{}{}
	hosts := map[string]tracker.Name{} // the suffix list is asked once for each host
	lists, labels := folders{}, labelsOf(d.anchors)
	for i := range d.anchors {
		a := &d.anchors[i]
		if home && rootPath(a.href) {
			lists.article(fp, a.href, "", a.title(labels))
			continue
		}
		u, ok := resolveRef(base, a.href)
		if !ok {
			continue
		}
		reg, seen := hosts[u.Host]
		if !seen {
			reg = registrable(u)
			hosts[u.Host] = reg
		}
		if reg != own {
			if strings.Contains(string(reg), ".") {
				out[reg] = struct{}{}
			}
			continue
		}
		lists.article(fp, u.Path, u.RawQuery, a.title(labels))
	}
	lists.settle(fp)
	for i := range d.links {
		l := &d.links[i]
		if !slices.Contains(strings.Fields(l.rel), "alternate") || strings.Contains(l.typ, "+") || strings.Contains(l.typ, "xml") || strings.Contains(l.typ, "json") {
			continue // a feed may be a service's
		}
		// The page in another language, or for another device, which no visitor clicks.
		if u, ok := resolveRef(base, l.href); ok {
			if reg := registrable(u); reg != own && strings.Contains(string(reg), ".") {
				out[reg] = struct{}{}
			}
		}
	}
	for _, h := range d.heads {
		if isTitle(h.text) && (h.linked || h.level == 1) {
			fp.Titles = append(fp.Titles, h.text)
		}
	}
	for n := range out {
		fp.Outbound = append(fp.Outbound, n)
	}
	fp.Outbound = sorted(fp.Outbound, maxList)
}

// rootPath says that a reference is a path from the root that means the same
// before and after it is parsed: most links of a page are.
func rootPath(s string) bool {
	if len(s) < 1 || s[0] != '/' || len(s) > 1 && s[1] == '/' || len(s) > 2048 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '/':
		case c == '.' && s[i-1] != '/' && s[i-1] != '.':
		default:
			return false
		}
	}
	return true
}

// beside reads the facts that were fetched beside the page.
func (r *reading) beside(fp *tracker.Fingerprint, ids idSet) {
	read := map[string]*document{}
	defer func() { fp.Stories = stories(read) }()
	for i := range r.c.Visits {
		v := &r.c.Visits[i]
		if v.Visitor != visitorAsset && v.Visitor != visitorArticle || len(v.Hops) == 0 {
			continue
		}
		x := &v.Hops[len(v.Hops)-1]
		if x.Status != 200 || x.Body == "" {
			continue
		}
		u, err := url.Parse(x.URL)
		asked, aerr := url.Parse(v.URL)
		if err != nil || aerr != nil || registrable(u) != r.own() {
			continue
		}
		b := r.body(x.Body)
		ct := strings.ToLower(header(x, "Content-Type"))
		if sl := slug(u.Path); sl != "" && slug(asked.Path) != "" { // an article of the front page
			if d := r.document(x); d != nil {
				read[sl] = d
			}
		}
		switch {
		case len(b) == 0 || v.Visitor == visitorArticle: // its identifiers are read where it decides
		case isImage(b) && !r.iconAt(asked):
			ids.logo(b)
		case isImage(b):
			ids.favicon(b, "icon")
			if e := header(x, "ETag"); e != "" && !strings.HasPrefix(e, "W/") {
				ids.add(KindFaviconETag, e+"|"+header(x, "Last-Modified"), "header")
			}
		case strings.HasSuffix(asked.Path, "/ads.txt"):
			if !htmlBody(ct, b) {
				ids.fromAdsTxt(asked.Hostname(), b)
			}
		case strings.HasPrefix(ct, "text/css"):
			ids.stylesheet(b)
		case strings.Contains(ct, "json"):
			r.wpJSON(fp, ids, b)
		case strings.Contains(ct, "xml") || bytes.HasPrefix(bytes.TrimSpace(b[:min(len(b), 256)]), []byte("<?xml")):
			f := readFeed(utf8Body(b, ct))
			fp.Slugs, fp.Titles = append(fp.Slugs, f.slugs...), append(fp.Titles, f.titles...)
			if fp.SiteName == "" {
				fp.SiteName = f.name
			}
		case slug(asked.Path) != "" && read[slug(u.Path)] != nil:
			ids.fromDocument(read[slug(u.Path)])
		}
	}
}

// iconAt says whether u is the address of an icon: the one where browsers look, or one
// that a page of the capture names.
func (r *reading) iconAt(u *url.URL) bool {
	if u.Path == "/favicon.ico" {
		return true
	}
	for i := range r.shown {
		s := &r.shown[i]
		if s.doc == nil {
			continue
		}
		base, err := url.Parse(s.hop.URL)
		if err != nil {
			continue
		}
		for _, l := range s.doc.links {
			if at, ok := resolveRef(base, l.href); ok && slices.Contains(strings.Fields(l.rel), "icon") && at.Host == u.Host && at.Path == u.Path && at.RawQuery == u.RawQuery {
				return true
			}
		}
	}
	return false
}

// wpJSON reads the site description of a WordPress API root.
func (r *reading) wpJSON(fp *tracker.Fingerprint, ids idSet, b []byte) {
	var site struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	if json.Unmarshal(b, &site) != nil || site.URL == "" {
		return
	}
	name, desc := squeeze([]byte(site.Name), 200), squeeze([]byte(site.Description), 200)
	if fp.SiteName == "" {
		fp.SiteName = name
	}
	if name != "" && desc != "" && !strings.EqualFold(desc, "Just another WordPress site") {
		ids.add(KindWPSite, strings.ToLower(name+"|"+desc), "wp-json")
	}
}

// sorted sorts, drops doubles and cuts at limit; nil for none.
func sorted[T ~string](s []T, limit int) []T {
	if len(s) == 0 {
		return nil
	}
	slices.Sort(s)
	s = slices.Compact(s)
	return slices.Clip(s[:min(len(s), limit)])
}
