package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"respawn/crawler"
	"respawn/crawler/fingerprint"
	"respawn/tracker"
	"respawn/tracker/scan"
)

// A scanCrawler is the crawler as tracker/scan wants to see it.
type scanCrawler struct {
	p    *probes
	webs memory[tracker.Web] // by content: equal bytes are judged once
}

var _ scan.Crawler = (*scanCrawler)(nil)

func (c *scanCrawler) Visit(ctx context.Context, s scan.Site) (scan.Visit, error) {
	t := crawler.Target{Name: s.Name, Readers: s.Readers, Vantage: c.p.cfg.Vantages[0].Name}
	if dns := s.DNS; dns != nil {
		t.Addrs = append(t.Addrs, dns.A...)
		t.Addrs = append(t.Addrs, dns.AAAA...)
		if len(t.Addrs) == 0 && dns.AddressesKnown() {
			t.Host = "www." + string(s.Name) // it is visited because it has a site there
		}
	}
	if previous := s.Previous; previous != nil {
		glance := c.p.glance
		if previous.Class != tracker.ClassLive && len(s.Readers) > 0 {
			glance = c.p.glances // what we are shown says nothing about what they are
		}
		got, err := glance.Capture(ctx, t)
		if err != nil {
			return scan.Visit{}, err
		}
		if f := front(got, previous.Class); f != "" && f == previous.Front && (previous.Class != tracker.ClassLive || welcome(got)) {
			web := *previous
			return scan.Visit{Outcome: tracker.Present, Web: &web, Capture: got, Content: previous.Fingerprint}, nil
		}
	}
	got, err := c.p.crawler.Capture(ctx, t)
	if err != nil {
		return scan.Visit{}, err
	}
	v := scan.Visit{Capture: got}
	if v.Outcome, v.Reason = reached(got); v.Outcome != tracker.Present {
		return v, nil
	}
	if v.Content, err = contentOf(got); err != nil {
		return v, err
	}
	web := c.webs.get(v.Content, func() tracker.Web {
		web, print := fingerprint.Web(got, c.p.body)
		web.Front = front(got, web.Class)
		v.Fingerprint = &print
		return web
	})
	if s.Cloaked && !says(web.Class) && unheard(got) {
		return scan.Visit{Outcome: tracker.Unknown, Reason: tracker.ReasonUnreachable, Capture: got}, nil
	}
	v.Web = &web
	return v, nil
}

// says whether a page of that class tells of the site also where it was shown to those
// who are not its readers: it is there, or somebody has taken it.
func says(c tracker.Class) bool {
	switch c {
	case tracker.ClassLive, tracker.ClassNotice, tracker.ClassSuspended, tracker.ClassParked, tracker.ClassForSale:
		return true
	}
	return false
}

// unheard says that of those who came from the countries whose readers the site is
// for, none got an answer: a site that showed itself to them alone is not gone because
// their proxy is.
func unheard(c tracker.Capture) bool {
	came := false
	for _, v := range c.Visits {
		if !v.Aimed {
			continue
		}
		came = true
		for _, h := range v.Hops {
			if h.Status != 0 {
				return false
			}
		}
	}
	return came
}

// welcome says whether the first visitor was let in. Where he is turned away and
// another sees a site, the door says nothing about the house.
func welcome(c tracker.Capture) bool {
	hops := c.Visits[0].Hops
	return hops[len(hops)-1].Status < 400
}

// front is the identity of the front page as the first visitor saw it: body,
// status, where it ended, and the key of the certificate. Where no site was seen, of a
// class other than live, it is that of those, too, who came from the countries of its
// readers. "" where there was none.
func front(c tracker.Capture, class tracker.Class) tracker.Digest {
	if len(c.Visits) == 0 || len(c.Visits[0].Hops) == 0 {
		return ""
	}
	var b strings.Builder
	for i, v := range c.Visits {
		if i > 0 && (class == tracker.ClassLive || !v.Aimed) {
			continue
		}
		for _, h := range v.Hops {
			if i == 0 && h.Status == 0 {
				return ""
			}
			fmt.Fprintf(&b, "%s %d %s %s", h.URL, h.Status, h.Body, h.Location)
			if h.TLS != nil {
				fmt.Fprintf(&b, " %s", h.TLS.Leaf)
			}
			b.WriteByte('\n')
		}
	}
	return tracker.DigestOf([]byte(b.String()))
}

// reached says whether any visitor got an answer, and if not, why.
func reached(c tracker.Capture) (tracker.Outcome, tracker.Reason) {
	reason := tracker.ReasonUnreachable
	refused := len(c.Visits) > 0
	for _, v := range c.Visits {
		for _, h := range v.Hops {
			if h.Status != 0 {
				return tracker.Present, tracker.ReasonNone
			}
		}
		if v.Reason != "" {
			reason = v.Reason
		}
		refused = refused && v.Reason == tracker.ReasonRefused
	}
	if refused {
		return tracker.Absent, tracker.ReasonRefused
	}
	return tracker.Unknown, reason
}

// contentOf is the identity of what a capture saw: everything but times and
// addresses, so that the same site on the next night is the same content.
func contentOf(c tracker.Capture) (tracker.Digest, error) {
	type hop struct {
		URL, Method, Proto, Location, Via string
		Status                            int
		Header                            []string
		Body                              tracker.Digest
		SPKI                              tracker.Digest
		SANs                              []string
	}
	type visit struct {
		Visitor string
		Reason  tracker.Reason
		Hops    []hop
		Aimed   bool `json:",omitempty"`
	}
	out := []any{fingerprint.Rule, c.Name, c.Robots}
	for _, v := range c.Visits {
		x := visit{Visitor: v.Visitor, Reason: v.Reason, Aimed: v.Aimed}
		for _, h := range v.Hops {
			y := hop{URL: h.URL, Method: h.Method, Proto: h.Proto, Location: h.Location, Via: h.Via, Status: h.Status, Body: h.Body}
			for _, f := range h.Header {
				y.Header = append(y.Header, f.Name)
			}
			if h.TLS != nil {
				y.SPKI, y.SANs = h.TLS.SPKI, h.TLS.SANs
			}
			x.Hops = append(x.Hops, y)
		}
		out = append(out, x)
	}
	b, err := json.Marshal(out)
	return tracker.DigestOf(b), err
}
