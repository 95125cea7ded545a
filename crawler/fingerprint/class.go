package fingerprint

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"respawn/tracker"
)

// show classifies one visit.
func (r *reading) show(i int) shown {
	v := &r.c.Visits[i]
	s := shown{visit: i}
	for j := len(v.Hops) - 1; j >= 0 && s.hop == nil; j-- {
		if v.Hops[j].Status != 0 {
			s.hop = &v.Hops[j]
		}
	}
	if s.hop == nil {
		s.rule = "no-answer"
		return s
	}
	u, err := url.Parse(s.hop.URL)
	if err != nil {
		s.rule = "no-answer"
		return s
	}
	s.final = registrable(u)
	s.doc = r.document(s.hop)
	key := seenBy(v, s.hop)
	same, ok := r.told[key]
	if !ok {
		same.class, same.rule = r.classOf(&s, u, v)
		r.told[key] = same
	}
	s.class, s.rule = same.class, same.rule
	if s.class == tracker.ClassLive {
		s.text = r.text(s.hop)
	}
	return s
}

// A seen is all of a visit that its class depends on: most visitors are shown the
// same page, which is then classed once.
type seen struct {
	status         int
	url, via       string
	body           tracker.Digest
	size           int64
	header, passed string
}

func seenBy(v *tracker.Visit, x *tracker.Exchange) seen {
	var header, passed strings.Builder
	for _, f := range x.Header {
		if strings.EqualFold(f.Name, "Date") {
			continue // says nothing of the page, and makes equal ones differ
		}
		header.WriteString(f.Name)
		header.WriteString(": ")
		header.WriteString(f.Value)
		header.WriteByte('\n')
	}
	for i := range v.Hops {
		if &v.Hops[i] == x {
			passed.WriteByte('=')
		}
		passed.WriteString(v.Hops[i].Location)
		passed.WriteByte('\n')
	}
	return seen{x.Status, x.URL, x.Via, x.Body, x.BodySize, header.String(), passed.String()}
}

func registrable(u *url.URL) tracker.Name {
	h := tracker.Name(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."))
	if reg := h.Registrable(); reg != "" {
		return reg
	}
	return h
}

func (r *reading) own() tracker.Name {
	if reg := r.c.Name.Registrable(); reg != "" {
		return reg
	}
	return r.c.Name
}

// classOf applies the rules of classes.yaml first, because a banner is a banner
// whatever its status, and then what status and structure alone say.
func (r *reading) classOf(s *shown, u *url.URL, v *tracker.Visit) (tracker.Class, string) {
	x := s.hop
	vw := r.view(s, u, v)
	rule, doubt := firstRule(vw)
	switch {
	case rule != nil:
		return rule.Class, rule.ID
	case doubt:
		return tracker.ClassUnknown, "notice-or-news"
	}
	// A redirect that could not be followed still leads somewhere else.
	if x.Location != "" && x.Status >= 300 && x.Status < 400 || x.Via == "meta-refresh" || x.Via == "script" {
		if lu, err := url.Parse(x.Location); err == nil && lu.Host != "" && registrable(lu) != r.own() {
			return tracker.ClassRedirecting, "location"
		}
	}
	if s.final != r.own() {
		return tracker.ClassRedirecting, "final-domain"
	}
	switch {
	case x.Status == 401 || x.Status == 403 || x.Status == 429 || x.Status == 451:
		return tracker.ClassChallenged, "status-" + strconv.Itoa(x.Status)
	case x.Status >= 400:
		return tracker.ClassError, "status-" + strconv.Itoa(x.Status)
	case x.Status >= 300:
		return tracker.ClassError, "redirect-not-followed"
	}
	return r.classOfContent(s)
}

// Words below which a page says nothing.
const (
	emptyWords = 3
	imageWords = 8
)

func (r *reading) classOfContent(s *shown) (tracker.Class, string) {
	d := s.doc
	if d == nil {
		b := r.body(s.hop.Body)
		switch {
		case s.hop.BodySize > 0 && b == nil:
			return tracker.ClassUnknown, "body-gone"
		case len(bytes.TrimSpace(b)) == 0:
			return tracker.ClassEmpty, "no-body"
		case htmlBody(header(s.hop, "Content-Type"), b):
			return tracker.ClassUnknown, "unreadable"
		case len(bytes.Fields(b[:min(len(b), 4096)])) < emptyWords && strings.HasPrefix(header(s.hop, "Content-Type"), "text/"):
			return tracker.ClassEmpty, "no-words"
		}
		return tracker.ClassLive, "file"
	}
	if r.framed(s) {
		return tracker.ClassRedirecting, "framed"
	}
	switch {
	case d.words < emptyWords && d.media == 0 && d.frames == 0 && len(d.srcs) == 0 && len(d.images) == 0 && len(d.alts) == 0:
		return tracker.ClassEmpty, "no-words"
	case d.words < emptyWords && d.scriptN == 0 && d.frames == 0 && len(d.anchors) < 3 && (d.media > 0 || len(d.images) > 0) && len(d.images) <= 2:
		return tracker.ClassUnknown, "image-only"
	case d.words < emptyWords && d.media == 0 && d.frames == 0 && len(d.anchors) == 0 && d.scriptN == 0:
		return tracker.ClassEmpty, "no-words"
	}
	return tracker.ClassLive, "content"
}

// framed says that a page is nothing but frames that show another domain: what
// registrars call forwarding with a mask.
func (r *reading) framed(s *shown) bool {
	d := s.doc
	if d.frames == 0 || d.words >= emptyWords || d.media > 0 || d.scriptN > 0 || len(d.anchors) > 0 {
		return false
	}
	base, err := url.Parse(s.hop.URL)
	if err != nil {
		return false
	}
	elsewhere := false
	for _, src := range d.srcs {
		u, err := base.Parse(src)
		if err != nil || u.Host == "" || registrable(u) == r.own() {
			return false
		}
		elsewhere = true
	}
	return elsewhere
}
