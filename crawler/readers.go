package crawler

import (
	"net/url"
	"slices"

	"respawn/tracker"
)

// aimed says whether the site is known to be for readers of v's country.
func (s *site) aimed(v Visitor) bool {
	return v.Country != "" && slices.Contains(s.target.Readers, v.Country)
}

// comes says whether v looks at the site at all. A door that stayed shut is tried
// from the countries that the site is for alone: most such sites are gone, and each
// further try may cost a time-out.
func (s *site) comes(v Visitor) bool {
	if v.Country == "" || len(s.target.Readers) == 0 || s.aimed(v) {
		return true
	}
	return slices.ContainsFunc(s.visits, answered) && s.class() != tracker.ClassLive
}

// class is that of the visits so far.
func (s *site) class() tracker.Class {
	if s.c.cfg.Classify == nil {
		return tracker.ClassLive
	}
	c := tracker.Capture{Name: s.target.Name}
	for _, v := range s.visits {
		c.Visits = append(c.Visits, v.Visit)
	}
	return s.c.cfg.Classify(c)
}

// landed notes where the first visitor ended, if that is on the site, and what
// it leads to, while its body is at hand. Where that page leads nowhere, as one does
// that is shown to those who are not wanted, the first reader's that does is taken
// for the front page, and what stands beside it is fetched as that reader. So is what
// those readers see whom the site is for, where it leads elsewhere than what the others
// were shown: the others may have been shown a harmless blog.
func (s *site) landed(v Visitor, r *recording) {
	u, err := url.Parse(r.Hops[len(r.Hops)-1].URL)
	if err != nil || !s.own(u) {
		return
	}
	if s.home != nil && !s.preferred(v, r) {
		return
	}
	s.home, s.reader = u, v
	if r.page != nil {
		s.page = *r.page
	}
}

// preferred says whether the page that v was shown goes before the one that was taken
// for the front page.
func (s *site) preferred(v Visitor, r *recording) bool {
	if r.page == nil || len(r.page.links) == 0 || v.Name == Bot {
		return false
	}
	shared := 0
	for _, l := range r.page.links {
		if slices.Contains(s.page.links, l) {
			shared++
		}
	}
	return len(s.page.links) == 0 || s.aimed(v) && 2*shared < len(r.page.links)
}
