package lifecycle

import (
	"slices"
	"time"

	"respawn/tracker"
)

// An evidence is what one scan of one name says, sorted by axis. Its slices are
// reused from scan to scan.
type evidence struct {
	parent   sighting // the delegation at the parent: absent, delegated, or "" not learned
	resolver []sighting
	registry []sighting
	web      []sighting
	link     []sighting
	handed   bool             // it is known to be in other hands from this scan on
	control  *tracker.Control // as read off everything known by the end of the scan
	first    time.Time        // oldest answer
	valid    time.Time        // newest answer
	validObs int32            // that gave it
}

func (e *evidence) reset() {
	e.parent = sighting{}
	e.resolver, e.registry, e.web, e.link = e.resolver[:0], e.registry[:0], e.web[:0], e.link[:0]
	e.control, e.handed = nil, false
	e.first, e.valid = time.Time{}, time.Time{}
}

// exists is the value of a sighting that shows a name to exist and nothing more.
const exists = "exists"

// add sorts one observation in. Unknown and wildcard answers say nothing, with
// one exception: a web server that refuses or resets a connection has answered.
func (e *evidence) add(o *tracker.Observation, i int32) {
	s := sighting{at: o.At, obs: i, path: path{vantage: o.Vantage}}
	answered := o.Outcome == tracker.Present || o.Outcome == tracker.Absent
	present := o.Outcome == tracker.Present
	switch o.Probe {
	case tracker.ProbeDelegation:
		if !answered {
			return
		}
		s.path.way, s.value = byParent, absent
		if present {
			s.value = delegated
		}
		// Two vantages that disagree about the parent: one asked an old server.
		if e.parent.value != delegated {
			e.parent = s
		}
	case tracker.ProbeSweep, tracker.ProbeDNS:
		if !answered {
			return
		}
		s.path.way, s.value = byResolver, absent
		if present {
			s.value = dnsValue(o.Facts)
		}
		e.resolver = append(e.resolver, s)
	case tracker.ProbeRegistration:
		if !answered {
			return
		}
		s.path.way, s.value = byRegistry, unregistered
		if present {
			s.value = registrationValue(o.Facts)
		}
		e.registry = append(e.registry, s)
	case tracker.ProbeWeb:
		s.path.way, s.value = byWeb, webValue(o)
		if s.value == "" {
			return
		}
		e.web = append(e.web, s)
	case tracker.ProbeLink:
		if !answered {
			return
		}
		s.path.way, s.value = bySignal, linkNone
		if present && o.Facts != nil && o.Facts.Link != nil && o.Facts.Link.Band != tracker.BandNone {
			s.value = string(o.Facts.Link.Band)
		}
		e.handed = e.handed || present && o.Facts != nil && o.Facts.Link != nil && o.Facts.Link.Ended
		e.link = append(e.link, s)
		return // derived: it tells nothing of when the name was seen, nor who holds it
	default:
		return
	}
	if e.first.IsZero() {
		e.first = o.At
	}
	if o.At.After(e.valid) {
		e.valid, e.validObs = o.At, i
	}
	if o.Control != nil {
		e.control = o.Control
	}
}

func dnsValue(f *tracker.Facts) string {
	if f == nil || f.DNS == nil {
		return exists
	}
	d := f.DNS
	if len(d.A)+len(d.AAAA) > 0 {
		return resolving
	}
	if !d.AddressesKnown() {
		return exists
	}
	return delegated
}

// registrationValue: a name in redemption or pending deletion (RFC 3915, RFC 5731)
// is lost to its holder; auto renew period is not, it follows every renewal.
func registrationValue(f *tracker.Facts) string {
	if f != nil && f.Registration != nil {
		for _, s := range f.Registration.Statuses {
			if s == "redemption period" || s == "pending delete" {
				return expiring
			}
		}
	}
	return registered
}

func webValue(o *tracker.Observation) string {
	switch o.Outcome {
	case tracker.Absent:
		return webNone
	case tracker.Unknown:
		if o.Reason == tracker.ReasonRefused || o.Reason == tracker.ReasonUnreachable {
			return webNone
		}
		return ""
	case tracker.Wildcard:
		return ""
	}
	if o.Facts == nil || o.Facts.Web == nil {
		return ""
	}
	w := o.Facts.Web
	if w.Cloaked {
		return webCloaked
	}
	switch w.Class {
	case tracker.ClassLive:
		return webLive
	case tracker.ClassParked, tracker.ClassForSale:
		return webParked
	case tracker.ClassNotice:
		return webNotice
	case tracker.ClassSuspended:
		return webSuspended
	case tracker.ClassBlocked:
		return webBlocked
	case tracker.ClassChallenged:
		return webChallenged
	case tracker.ClassEmpty, tracker.ClassDefault:
		return webEmpty
	case tracker.ClassRedirecting:
		return webRedirecting
	case tracker.ClassError:
		return webError
	}
	return ""
}

// alivePage says whether visitors reach a working site, as [tracker.Status.Alive].
func alivePage(v string) bool {
	switch v {
	case webLive, webCloaked, webChallenged, webBlocked, webRedirecting:
		return true
	}
	return false
}

// failing says whether the web server answered with nothing to see.
func failing(v string) bool { return v == webNone || v == webError || v == webEmpty }

// has says whether one of the sightings has a value.
func has(seen []sighting, v string) bool {
	return slices.ContainsFunc(seen, func(s sighting) bool { return s.value == v })
}

// gather appends to out the sightings that have a value, as sightings of as.
func gather(out, seen []sighting, v, as string) []sighting {
	for _, s := range seen {
		if s.value == v {
			s.value = as
			out = append(out, s)
		}
	}
	return out
}

func byTime(seen []sighting) []sighting {
	slices.SortStableFunc(seen, func(a, b sighting) int { return a.at.Compare(b.at) })
	return seen
}

// readDNS returns what a scan says about the DNS axis. The parent's own servers
// decide whether a name exists; a recursive resolver knows its addresses, and may
// be a cache behind.
func (m *machine) readDNS(out []sighting) []sighting {
	e, a := &m.ev, &m.dns
	par := e.parent
	if m.host && par.value == delegated {
		par = sighting{} // that the domain is delegated says nothing of a host in it
	}
	if par.value == absent {
		out = append(out, par)
		return byTime(gather(out, e.resolver, absent, absent))
	}
	stale := func(at time.Time) bool { // a cache may still say so
		return par.value == "" && m.parentSaid == absent && !m.parentAt.IsZero() && at.Sub(m.parentAt) <= m.p.CacheLag
	}
	for _, v := range []string{resolving, delegated} {
		if !has(e.resolver, v) && (v != resolving || !e.served()) {
			continue
		}
		out = gather(out, e.resolver, v, v)
		if v == resolving {
			for _, s := range e.web {
				if s.value != webNone {
					s.value = resolving
					out = append(out, s)
				}
			}
		}
		if par.value != "" {
			par.value = v
			out = append(out, par)
		}
		if byTime(out); stale(out[0].at) {
			return out[:0]
		}
		return out
	}
	if par.value == delegated || has(e.resolver, exists) {
		out = gather(out, e.resolver, exists, delegated)
		if par.value != "" {
			out = append(out, par)
		} else if stale(out[0].at) {
			return out[:0]
		}
		if byTime(out); a.value != delegated && a.value != resolving {
			return out
		}
		a.exists = out[len(out)-1].at
		if a.next == absent {
			a.next = ""
		}
		return out[:0]
	}
	out = gather(out, e.resolver, absent, absent)
	if len(out) > 0 && a.value == absent && m.parentSaid == delegated && out[0].at.Sub(m.parentAt) <= m.p.CacheLag {
		return out[:0] // the parent knows it already, the resolver not yet
	}
	return byTime(out)
}

// served says whether a web server of the name showed anything.
func (e *evidence) served() bool {
	return slices.ContainsFunc(e.web, func(s sighting) bool { return s.value != webNone })
}

// readRegistration returns what a scan says about the registration axis. A name
// that its parent delegates is registered, whatever a registry's server says.
func (m *machine) readRegistration(out []sighting) []sighting {
	e := &m.ev
	delegatedNow := e.parent.value == delegated && !m.host
	for _, v := range []string{registered, expiring} {
		if has(e.registry, v) {
			out = gather(out, e.registry, v, v)
			if v == registered && delegatedNow {
				s := e.parent
				s.value = registered
				out = append(out, s)
			}
			return byTime(out)
		}
	}
	if delegatedNow {
		if m.reg.value == expiring {
			return out
		}
		s := e.parent
		s.value = registered
		out = append(out, s)
		for _, v := range []string{resolving, delegated, exists} {
			out = gather(out, e.resolver, v, registered)
		}
		return byTime(out)
	}
	if !has(e.registry, unregistered) || has(e.resolver, resolving) {
		return out
	}
	out = gather(out, e.registry, unregistered, unregistered)
	if e.parent.value == absent {
		s := e.parent
		s.value = unregistered
		out = append(out, s)
	} else {
		out = gather(out, e.resolver, absent, unregistered)
	}
	return byTime(out)
}

// readWeb returns what a scan says about the web axis. No vantage alone can prove
// that a site is down, and vantages that are shown different pages prove cloaking.
func (m *machine) readWeb(out []sighting) []sighting {
	e := &m.ev
	var shown string
	mixed := false
	for _, s := range e.web {
		switch {
		case s.value == webNone || s.value == webError || s.value == webChallenged:
		case shown == "":
			shown = s.value
		case shown != s.value:
			mixed = true
		}
	}
	if shown == "" { // nothing but challenges, errors and refusals: the best of them
		for _, v := range []string{webChallenged, webError, webNone} {
			if has(e.web, v) {
				return byTime(gather(out, e.web, v, v))
			}
		}
		return out
	}
	for _, s := range e.web {
		if s.value == webNone || s.value == webError || s.value == webChallenged {
			continue
		}
		if mixed {
			s.value = webCloaked
		}
		out = append(out, s)
	}
	return byTime(out)
}

// readControl returns what a scan says about who holds the name, and why the
// change would need a person. Control was read off everything known, so it counts
// only where this scan has asked those who would know otherwise.
func (m *machine) readControl(out []sighting) (seen []sighting, review string) {
	e := &m.ev
	if e.control == nil || e.control.Holder == "" || m.reg.value == unregistered {
		return out, ""
	}
	v := e.control.Holder
	add := func(seen ...sighting) {
		for _, s := range seen {
			s.value = v
			out = append(out, s)
		}
	}
	asked := e.parent.value != ""
	if asked && !(v == seized && m.control.value == seized && m.redelegated()) {
		add(e.parent)
	} else if !asked && !m.parentEver { // the next best thing
		for _, s := range e.resolver {
			if s.value != absent {
				add(s)
			}
		}
	}
	switch v {
	case seized, claimed:
		out = gather(out, e.web, webNotice, v)
		if m.control.value != v {
			add(e.registry...) // its locks may be what is new
		}
	case parked:
		out = gather(out, e.web, webParked, v)
	case registrarHold, registryHold, expired:
		if len(e.registry) == 0 {
			return out[:0], "" // only the registry says so
		}
		add(e.registry...)
	case operator:
		switch m.control.value {
		case seized, claimed:
			// Caches show the old delegation for days, and the new one too: only the
			// parent knows that a seizure is over.
			if !asked && m.parentEver {
				return out[:0], ""
			}
			if !asked {
				review = "the parent's own servers were never asked: this may be a cache"
			}
			add(e.registry...)
		case registrarHold, registryHold, expired:
			if len(e.registry) == 0 && e.parent.value != delegated {
				return out[:0], ""
			}
			add(e.registry...)
		case "", operator:
			if e.parent.value == absent {
				return out[:0], "" // out of the zone, for a reason not yet known
			}
		}
	}
	if len(out) > 0 && len(e.control.Signals) > 1 {
		s := out[len(out)-1]
		s.path = path{way: bySignal}
		add(s)
	}
	return byTime(out), review
}

// redelegated says whether the parent names other servers than it did when the
// name was seized. Then it does not bear the seizure out, whatever older facts
// (locks, a notice not asked for tonight) still add up to.
func (m *machine) redelegated() bool {
	return m.heldBy != nil && !slices.Equal(m.heldBy, m.parentNS())
}

// parentNS is the delegation as this scan saw it.
func (m *machine) parentNS() []tracker.Name {
	if m.ev.parent.value == "" {
		return nil
	}
	if f := m.obs[m.ev.parent.obs].Facts; f != nil && f.Delegation != nil {
		return f.Delegation.NS
	}
	return nil
}
