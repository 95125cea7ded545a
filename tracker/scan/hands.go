package scan

import (
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/link"
)

// A tenure is what a name showed while somebody had it who has it no more.
// What links it to the campaign is theirs: it neither ends with them nor passes on.
// Of a name of the case the first one is the campaign's.
type tenure struct {
	site  tracker.Site
	until tracker.Interval // when it passed on
	at    time.Time        // first look at it in other hands
	run   tracker.RunID    // of that look; 0: it did not pass on
}

// The hands of a name change where it is registered anew, or, of a found name, where
// it stood for sale for nights on end and then shows a site that shares neither content
// nor identifiers nor servers with the one before. Of a name of the case that was
// registered anew before the watch began, its row tells (link.BookedAgain).
type hands struct {
	row    *tracker.CaseName
	first  *tracker.Registration // the first with a date
	freed  time.Time             // last time that the registry said that nobody had it, before first
	record *tracker.Registration // the newest with a date, also after it has ended
	seen   time.Time             // when record was seen last
	anew   bool                  // record is not the first
	sale   time.Time             // first look at it for sale since its last page
	saleTo time.Time             // newest such look
	lastUp time.Time             // newest look at a page of a site
}

// saleLooks is how far apart the first and the last look at a name for sale must lie:
// what the lifecycle asks of hard evidence, so that a misjudged page moves nobody out.
const saleLooks = 3 * time.Hour

// resold is how long before its last sighting a registration may have been followed
// by the next one: registries and registrars round dates in their own time zones.
const resold = 48 * time.Hour

// changed says whether the looks of one run are the first in other hands.
func (b *hands) changed(h *history, round []tracker.Observation, fingerprints func(tracker.Digest) *tracker.Fingerprint) (cut tenure) {
	var dns *tracker.DNS
	var page *tracker.Fingerprint
	for i := range round {
		o := &round[i]
		if o.Void || o.Outcome != tracker.Present || o.Facts == nil {
			continue
		}
		switch o.Probe {
		case tracker.ProbeRegistration:
			if r := o.Facts.Registration; b.followed(r) {
				cut.until, cut.at, cut.run = tracker.Interval{Lo: b.seen, Hi: round[0].At}, round[0].At, o.Run
				if r.CreatedAt.After(b.seen) && !r.CreatedAt.After(round[0].At) {
					cut.until = tracker.Exactly(r.CreatedAt)
				}
				return cut
			}
		case tracker.ProbeDNS:
			dns = o.Facts.DNS
		case tracker.ProbeWeb:
			if w := o.Facts.Web; w != nil && w.Class == tracker.ClassLive && page == nil {
				page = fingerprints(w.Fingerprint)
			}
		}
	}
	if b.row != nil || page == nil || b.saleTo.Sub(b.sale) < saleLooks || b.lastUp.IsZero() {
		return cut
	}
	s := &h.site
	before := s.DNS
	if !s.EndedAt.Hi.IsZero() {
		before = s.Before
	}
	if elsewhere(before, dns) && !shows(s, page) {
		cut.until, cut.at, cut.run = tracker.Interval{Lo: b.saleTo, Hi: round[0].At}, round[0].At, round[0].Run
	}
	return cut
}

// followed says whether r is a later registration than the one that is known, and not
// the same with its date corrected; the lifecycle asks the same.
func (b *hands) followed(r *tracker.Registration) bool {
	return b.record != nil && r != nil && r.CreatedAt.Sub(b.record.CreatedAt) > resold && r.CreatedAt.After(b.seen.Add(-resold))
}

// leave closes the tenure of those who had the name and begins the next one.
func (b *hands) leave(h *history, cut tenure, ended tracker.Interval, held *tracker.DNS) tenure {
	s := &h.site
	cut.site = *s
	old := &cut.site
	if old.Registration == nil {
		old.Registration = b.record
		if r := h.recent; r != nil && b.record != nil && r.CreatedAt.Equal(b.record.CreatedAt) {
			old.Registration = r
		}
	}
	h.inquiry, h.recent = inquiry{}, nil // who has it now is to be asked about
	b.date(old)
	if old.EndedAt.Hi.IsZero() {
		old.EndedAt, old.Before = ended, held
	}
	s.History, s.Fingerprint, s.LiveAt, s.Class = nil, nil, tracker.Interval{}, ""
	s.EndedAt, s.Before = tracker.Interval{}, nil
	if b.row != nil {
		s.EndedAt, s.Before = old.EndedAt, old.Before // when the campaign lost it
	}
	h.dark = cut.at
	return cut
}

// date gives a site the date of the registration under which it stood.
func (b *hands) date(s *tracker.Site) {
	if b.anew && b.record != nil {
		s.RegisteredAt, s.Basis = tracker.Exactly(b.record.CreatedAt), tracker.BasisRegistry
		return
	}
	s.RegisteredAt, s.Basis = registeredAt(s, b.first, b.row, b.freed)
}

// note keeps what the looks of one run, which have been folded in, say of who has
// the name.
func (b *hands) note(h *history, round []tracker.Observation, at, free time.Time) {
	for i := range round {
		o := &round[i]
		if o.Void || o.Outcome != tracker.Present || o.Facts == nil {
			continue
		}
		if r := o.Facts.Registration; o.Probe == tracker.ProbeRegistration && r != nil && !r.CreatedAt.IsZero() {
			b.anew = b.anew || b.followed(r)
			b.record, b.seen = r, o.At
			if !b.anew {
				b.first, b.freed = r, free
			}
		}
		if w := o.Facts.Web; o.Probe == tracker.ProbeWeb && w != nil {
			switch w.Class {
			case tracker.ClassParked, tracker.ClassForSale:
				if b.sale.IsZero() {
					b.sale = o.At
				}
				b.saleTo = o.At
			case tracker.ClassLive:
				b.sale, b.saleTo, b.lastUp = time.Time{}, time.Time{}, o.At
			}
		}
	}
}

// close dates the registrations, and takes back what was cut where the site after it
// shows what the one before did: the same people have it still, or again.
func (b *hands) close(h *history, free time.Time) {
	s := &h.site
	first := tracker.Site{FirstSeen: s.FirstSeen}
	h.registered, h.basis = registeredAt(&first, b.first, b.row, b.freed)
	if b.row == nil && b.anew && s.Registration != nil {
		b.date(s)
	} else {
		r := s.Registration
		if r == nil && b.row == nil {
			r, free = b.first, b.freed // it has ended, and was no other
		}
		s.RegisteredAt, s.Basis = registeredAt(s, r, b.row, free)
	}
	if b.row != nil && (!b.anew || !b.row.RegisteredAt.IsZero()) {
		h.registered, h.basis = s.RegisteredAt, s.Basis
	}
	for len(h.former) > 0 {
		was := &h.former[len(h.former)-1].site
		if !slices.ContainsFunc(looks(s), func(f *tracker.Fingerprint) bool { return shows(was, f) }) {
			return
		}
		worn := slices.Concat(was.History, []*tracker.Fingerprint{was.Fingerprint}, s.History)
		worn = slices.DeleteFunc(worn, func(f *tracker.Fingerprint) bool { return f == nil || f == s.Fingerprint })
		if n := len(worn) - maxHistory; n > 0 {
			worn = slices.Delete(worn, firstLooks, firstLooks+n)
		}
		s.History = worn
		s.RegisteredAt, s.Basis = was.RegisteredAt, was.Basis
		if !was.LiveAt.Hi.IsZero() {
			s.LiveAt = was.LiveAt
		}
		h.former = h.former[:len(h.former)-1]
	}
}

// looks are all looks of a site that are kept.
func looks(s *tracker.Site) []*tracker.Fingerprint {
	if s.Fingerprint == nil {
		return s.History
	}
	return append(slices.Clone(s.History), s.Fingerprint)
}

// sameArticles is how many articles two sites must share to be one: a single one may
// be the welcome of the software.
const sameArticles = 2

// shows says whether a look holds something by which a site can be told: its whole
// page or text, an account or a contact, or its articles.
func shows(s *tracker.Site, f *tracker.Fingerprint) bool {
	if f.Class != tracker.ClassLive {
		return false // a parking service's or a host's, whoever has the name
	}
	for _, g := range looks(s) {
		switch {
		case g.Class != tracker.ClassLive:
		case g == f, g.TextWords > 0 && g.TextWords == f.TextWords && g.Text == f.Text,
			slices.ContainsFunc(f.IDs, func(x tracker.Identifier) bool {
				return link.Identifies(x.Kind) && slices.ContainsFunc(g.IDs, func(y tracker.Identifier) bool { return x.Kind == y.Kind && x.Value == y.Value })
			}),
			common(f.Slugs, g.Slugs) >= sameArticles, common(f.Titles, g.Titles) >= sameArticles:
			return true
		}
	}
	return false
}

// common counts the elements that two lists have in common.
func common[T comparable](a, b []T) (n int) {
	for _, x := range a {
		if slices.Contains(b, x) {
			n++
		}
	}
	return n
}

// elsewhere says whether a site is known to be served by other servers than before:
// neither an address nor a name server is the same. Of what was not learned nothing
// is said.
func elsewhere(was, is *tracker.DNS) bool {
	if was == nil || is == nil || len(was.NS) == 0 || len(is.NS) == 0 || !was.AddressesKnown() || !is.AddressesKnown() {
		return false
	}
	return common(was.NS, is.NS)+common(was.A, is.A)+common(was.AAAA, is.AAAA) == 0
}
