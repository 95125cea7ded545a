package scan

import (
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/custody"
)

// A history is what the observations of one name add up to at one time.
type history struct {
	site    tracker.Site
	capture tracker.Digest // newest capture record
	dark    time.Time      // last look that certainly saw no site, before the first that saw one
	obs     []tracker.Observation

	registered tracker.Interval  // the first registration, by its best basis
	basis      tracker.DateBasis // of registered
	former     []tenure          // those who had the name before, oldest first

	registry *tracker.Registration // as the registry said it last, without what the registrar knows
	inquiry  inquiry
	recent   *tracker.Registration // the newest of site, also after it has ended
}

// A judge reads control from facts and remembers what it read: the same facts
// come night after night, as the same pointers.
type judge struct {
	seen  map[judgeKey]*tracker.Control
	whole map[[2]*tracker.Registration]*tracker.Registration // registry's record and registrar's
}

type judgeKey struct {
	dns   *tracker.DNS
	del   *tracker.Delegation
	reg   *tracker.Registration
	class tracker.Class
	day   int64 // signatures have dates
}

func newJudge() *judge {
	return &judge{seen: map[judgeKey]*tracker.Control{}, whole: map[[2]*tracker.Registration]*tracker.Registration{}}
}

func (j *judge) control(s *tracker.Site, at time.Time) *tracker.Control {
	k := judgeKey{s.DNS, s.Delegation, s.Registration, s.Class, at.Unix() / 86400}
	if c, ok := j.seen[k]; ok {
		return c
	}
	c := custody.Judge(s.DNS, s.Delegation, s.Registration, s.Class, at)
	j.seen[k] = &c
	return &c
}

// fold walks the observations of one name, oldest first, and fills in Control of
// each. fingerprints finds the fingerprint of a capture by its content digest;
// nil where it was not fingerprinted. Void observations say nothing.
func (j *judge) fold(name tracker.Name, row *tracker.CaseName, obs []tracker.Observation, fingerprints func(tracker.Digest) *tracker.Fingerprint) *history {
	h := &history{site: tracker.Site{Name: name, Case: row}}
	s := &h.site
	var lastAbsent, lastHeld time.Time
	var free time.Time // last time the registry said that nobody has it
	var heldDNS *tracker.DNS
	book := hands{row: row}
	for start := 0; start < len(obs); {
		// What one run saw belongs together: the resolver, the parent and the page
		// are judged as one picture, not in the order in which they answered.
		end := start + 1
		for end < len(obs) && obs[end].Run == obs[start].Run {
			end++
		}
		if cut := book.changed(h, obs[start:end], fingerprints); cut.run != 0 {
			h.former = append(h.former, book.leave(h, cut, tracker.Interval{Lo: lastHeld, Hi: cut.until.Hi}, heldDNS))
			lastHeld, heldDNS = time.Time{}, nil // who has it now has not held it yet
		}
		said := false
		for i := start; i < end; i++ {
			o := &obs[i]
			if o.Probe == tracker.ProbeRegistrar {
				h.inquiry.note(o)
			}
			if o.Void {
				continue
			}
			if o.Probe != tracker.ProbeRegistrar && (o.Outcome == tracker.Present || o.Outcome == tracker.Absent) {
				said = true
			}
			j.apply(h, o, fingerprints)
			switch {
			case o.Probe == tracker.ProbeRegistration && o.Outcome == tracker.Absent:
				free = o.At
			case o.Probe != tracker.ProbeSweep && o.Probe != tracker.ProbeDNS:
			case o.Outcome == tracker.Absent && s.FirstSeen.Hi.IsZero():
				lastAbsent = o.At
				h.dark = o.At
			case o.Outcome == tracker.Present && s.FirstSeen.Hi.IsZero():
				s.FirstSeen = tracker.Interval{Lo: lastAbsent, Hi: o.At}
			}
		}
		at := obs[end-1].At
		if said {
			c := j.control(s, at)
			for i := start; i < end; i++ {
				if !obs[i].Void {
					obs[i].Control = c
				}
			}
			s.Control = c
			switch {
			case held(c):
				lastHeld, heldDNS = at, s.DNS
				s.EndedAt, s.Before = tracker.Interval{}, nil
			case s.EndedAt.Hi.IsZero():
				s.EndedAt, s.Before = tracker.Interval{Lo: lastHeld, Hi: at}, heldDNS
			}
		}
		book.note(h, obs[start:end], at, free)
		start = end
	}
	book.close(h, free)
	return h
}

// held says whether the operators of a site still hold it, as far as known. What a
// parked name shows is not theirs (docs/methods.md), so it is not: whoever runs a
// site there later begins or comes back.
func held(c *tracker.Control) bool { return c.Holder == "" || c.Holder == custody.Operator }

func (j *judge) apply(h *history, o *tracker.Observation, fingerprints func(tracker.Digest) *tracker.Fingerprint) {
	s := &h.site
	if o.Outcome == tracker.Unknown || o.Outcome == tracker.Wildcard {
		return
	}
	f := o.Facts
	switch o.Probe {
	case tracker.ProbeDNS:
		s.DNS = nil
		if f != nil {
			s.DNS = f.DNS
		}
	case tracker.ProbeDelegation:
		s.Delegation = nil
		if f != nil {
			s.Delegation = f.Delegation
		}
	case tracker.ProbeRegistration:
		h.registry = nil
		if f != nil {
			h.registry = f.Registration
		}
		h.inquiry.lapsed = h.inquiry.lapsed || o.Outcome == tracker.Absent
		j.register(h)
	case tracker.ProbeRegistrar:
		if o.Outcome == tracker.Present && f != nil && f.Registration != nil {
			h.inquiry.answer(f.Registration, h.registry, o.At, held(j.control(s, o.At)))
			j.register(h)
		}
	case tracker.ProbeWeb:
		if f == nil || f.Web == nil {
			return
		}
		s.Class = f.Web.Class
		if s.LiveAt.Hi.IsZero() {
			switch s.Class {
			case tracker.ClassLive:
				s.LiveAt = tracker.Interval{Lo: h.dark, Hi: o.At}
			case tracker.ClassParked, tracker.ClassForSale, tracker.ClassDefault:
				h.dark = o.At
			}
		}
		h.capture = f.Web.Capture
		fp := fingerprints(f.Web.Fingerprint)
		if fp == nil {
			return
		}
		ours := s.Control == nil || held(s.Control) // a banner is not what the operators wore
		if ours && s.Fingerprint != nil && s.Fingerprint != fp && !slices.Contains(s.History, s.Fingerprint) {
			if len(s.History) == maxHistory {
				s.History = slices.Delete(s.History, firstLooks, firstLooks+1)
			}
			s.History = append(s.History, s.Fingerprint)
		}
		s.Fingerprint = fp
	}
}

// maxHistory bounds how many earlier looks of a site are compared: a campaign
// site changes its front page daily and its identifiers hardly ever. Kept are the
// firstLooks, before anybody had a reason to hide, and the newest, whose articles are
// those that come back.
const (
	maxHistory = 24
	firstLooks = 8
)

// registeredAt is the best date of birth that there is, and what it rests on. The
// registry's own date, in r, is believed unless the name was seen before it.
func registeredAt(s *tracker.Site, r *tracker.Registration, row *tracker.CaseName, free time.Time) (tracker.Interval, tracker.DateBasis) {
	if r != nil && !r.CreatedAt.IsZero() {
		early := !s.FirstSeen.Hi.IsZero() && r.CreatedAt.After(s.FirstSeen.Hi)
		late := !free.IsZero() && r.CreatedAt.Before(free.AddDate(0, 0, -1)) && s.FirstSeen.Lo.Before(free)
		if !early && !late {
			return tracker.Exactly(r.CreatedAt), tracker.BasisRegistry
		}
	}
	if row != nil && !row.RegisteredAt.IsZero() {
		return tracker.Exactly(row.RegisteredAt), tracker.BasisListed
	}
	i := s.FirstSeen
	if free.After(i.Lo) && free.Before(i.Hi) {
		i.Lo = free
	}
	return i, tracker.BasisFirstSeen
}
