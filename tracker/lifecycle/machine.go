package lifecycle

import (
	"slices"
	"time"

	"respawn/tracker"
)

// A machine is the state of one name while its scans are folded in. It is reused
// from name to name.
type machine struct {
	p    *Policy
	rule string
	obs  []tracker.Observation
	name tracker.Name
	host bool // below a registrable domain

	ev       evidence
	seen     []sighting
	reg, dns axis
	web      axis
	control  axis
	link     axis

	parentEver bool
	parentSaid string // newest word of the parent
	parentAt   time.Time

	heldBy     []tracker.Name // the delegation under which it was seized
	record     record         // of the registration that is known
	registered bool           // some registration was seen
	existed    bool           // it was seen in the DNS

	status   tracker.Status // as shown; "" unknown
	under    tracker.Status // what it was before it went stale
	since    tracker.Interval
	support  time.Time // newest answer that bears the status out
	borneOut int32     // the observation that gave it
	aliveAt  time.Time // newest sighting of a working page while alive
	notAlive time.Time // newest evidence that it was not alive
	failed   axis      // refusals and errors since something else was shown, while not alive

	incarnation int
	life        *tracker.Lifespan // of this incarnation; nil: not alive in it yet
	gone        bool              // the life was taken away, not only dark
	lapsed      bool              // its registration has ended since the former life
	faces       []tracker.Digest  // contents shown in lives so far
	firstValid  time.Time
	lastValid   time.Time
	lastAsked   time.Time

	transitions []tracker.Transition
	lifespans   []tracker.Lifespan
}

// A record is what tells one registration of a name from the next.
type record struct {
	source, handle string
	created        time.Time
	at             time.Time // newest time it was seen
}

func (m *machine) start(obs []tracker.Observation) {
	ev, seen, faces := m.ev, m.seen[:0], m.faces[:0]
	*m = machine{p: m.p, rule: m.rule, obs: obs, name: obs[0].Name, ev: ev, seen: seen, faces: faces, incarnation: 1, borneOut: -1}
	r := m.name.Registrable()
	m.host = r != "" && r != m.name
	m.reg.reset(tracker.AxisRegistration)
	m.dns.reset(tracker.AxisDNS)
	m.web.reset(tracker.AxisWeb)
	m.control.reset(tracker.AxisControl)
	m.link.reset(tracker.AxisLink)
	m.failed.reset(tracker.AxisWeb)
}

// scan folds in one scan: observations by time, void ones left out.
func (m *machine) scan(round []int32) {
	m.ripen(m.obs[round[0]].At)
	m.ev.reset()
	for _, i := range round {
		o := &m.obs[i]
		m.ev.add(o, i)
		if o.Probe != tracker.ProbeLink && o.Probe != tracker.ProbeRegistrar && o.At.After(m.lastAsked) {
			m.lastAsked = o.At
		}
	}
	if m.firstValid.IsZero() {
		m.firstValid = m.ev.first
	}
	if m.ev.valid.After(m.lastValid) {
		m.lastValid = m.ev.valid
	}
	if m.ev.parent.value != "" {
		m.parentEver, m.parentSaid, m.parentAt = true, m.ev.parent.value, m.ev.parent.at
	}

	renewed, registration := m.registration(round)
	dns := m.naming()
	had := m.control.value != ""
	control, review := m.holder()
	anew := renewed != (tracker.Interval{})
	page := m.page(anew || had && control, anew)
	m.linked()
	if anew {
		m.renew(renewed)
	}
	m.judge(registration || dns || control || page, review)
	m.remember(round)
}

// registration moves the registration axis. It returns the window of a new
// registration of a name that had one before.
func (m *machine) registration(round []int32) (renewed tracker.Interval, changed bool) {
	m.seen = m.readRegistration(m.seen[:0])
	if len(m.seen) == 0 {
		return renewed, false
	}
	a := &m.reg
	now, from := m.recordOf(round), a.value
	n := m.p.hard()
	if a.value == "" || m.seen[0].value == registered && m.seen[0].path.way == byRegistry {
		n = m.p.instant()
	}
	sawOld := m.record.at
	if !a.hear(m.seen, n) {
		if a.value == registered && now.follows(m.record) {
			w := tracker.Interval{Lo: sawOld, Hi: now.at}
			if w.Lo.After(w.Hi) {
				w.Lo = time.Time{} // runs that overlap told it the other way round: nothing bounds it below
			}
			m.emit(a.name, ReRegistered, from, a.value, w, m.ids(m.witnesses(m.seen)), "")
			m.record, m.registered = now, true
			return w, false
		}
		m.note(now)
		return renewed, false
	}
	event, review := Found, ""
	switch {
	case a.value == registered && m.registered && from == unregistered:
		event = ReRegistered
		if now.same(m.record) {
			event, review = Correction, "the creation date is that of the former registration: the registry's 'not found' is in doubt"
		} else {
			renewed = a.since
		}
	case a.value == registered && from != "":
		event = Register
		if from == expiring && now.follows(m.record) {
			event, renewed = ReRegistered, a.since
		}
	case a.value != registered && from != "":
		event = Lapse
	}
	m.emitAxis(a, event, from, review)
	switch {
	case event == Correction:
		m.gone, m.lapsed = false, false
	case a.value == unregistered && m.registered:
		m.lapsed = true
	}
	if a.value == unregistered && m.control.value != "" {
		// Nobody holds what is free.
		was := m.control.value
		m.control.clear(a)
		m.emitAxis(&m.control, Forfeit, was, "")
	}
	m.note(now)
	return renewed, true
}

// recordOf is the registration that a scan shows; zero where none was.
func (m *machine) recordOf(round []int32) record {
	var r record
	for _, i := range round {
		o := &m.obs[i]
		if o.Probe == tracker.ProbeRegistration && o.Outcome == tracker.Present {
			r.at = o.At
			if o.Facts != nil && o.Facts.Registration != nil {
				f := o.Facts.Registration
				r.source, r.handle, r.created = f.Source, f.Handle, f.CreatedAt
			}
		}
	}
	return r
}

func (m *machine) note(r record) {
	if m.reg.value == registered || m.reg.value == expiring {
		m.registered = true
	}
	if r.at.IsZero() {
		return
	}
	old := m.record
	m.record = r
	if r.created.IsZero() { // redacted, or another source: keep what is known
		m.record.created = old.created
		if r.handle == "" {
			m.record.source, m.record.handle = old.source, old.handle
		}
	}
}

// sameDay is how far two statements of one creation date may lie apart: registries
// and registrars round it in their own time zones.
const sameDay = 48 * time.Hour

// follows says whether r is a later registration than old, and not the same one
// with its date corrected: it must have been created after old was last seen.
func (r record) follows(old record) bool {
	if r.created.IsZero() || old.created.IsZero() || old.at.IsZero() {
		return false
	}
	return r.created.Sub(old.created) > sameDay && r.created.After(old.at.Add(-sameDay))
}

// same says whether r is the registration old.
func (r record) same(old record) bool {
	if !r.created.IsZero() && !old.created.IsZero() {
		d := r.created.Sub(old.created)
		return d <= sameDay && d >= -sameDay
	}
	return r.handle != "" && r.handle == old.handle && r.source == old.source
}

// naming moves the DNS axis.
func (m *machine) naming() bool {
	m.seen = m.readDNS(m.seen[:0])
	if len(m.seen) == 0 {
		return false
	}
	a := &m.dns
	n := m.p.hard()
	if a.value == "" {
		n = m.p.instant()
	}
	from := a.value
	if !a.hear(m.seen, n) {
		return false
	}
	m.existed = m.existed || a.value != absent
	event := Found
	switch {
	case from == "":
	case a.value == absent:
		event = Vanish
	case from == absent:
		event = Appear
	default:
		event = Move
	}
	m.emitAxis(a, event, from, "")
	if a.value != resolving && m.web.value != "" {
		was := m.web.value
		m.web.clear(a)
		m.emitAxis(&m.web, Unreach, was, "")
	}
	return true
}

// page moves the web axis. anew says that the name has changed hands in this scan:
// what it showed before says nothing about what its new holder shows. reborn says
// that it was even registered anew, so that the same page is another one.
func (m *machine) page(anew, reborn bool) bool {
	if m.dns.value == absent && m.dns.next == "" {
		return false // whoever answered, it was not this name
	}
	a := &m.web
	m.seen = m.readWeb(m.seen[:0])
	if len(m.seen) == 0 {
		by := &m.control
		if m.reg.since.Hi.After(by.since.Hi) {
			by = &m.reg
		}
		if anew && a.value != "" && a.last.Before(by.since.Hi) {
			was := a.value
			a.clear(by)
			m.emitAxis(a, Unreach, was, "")
		}
		return false
	}
	v := m.seen[0].value
	if reborn && v == a.value {
		a.since = tracker.Interval{Lo: a.last, Hi: m.seen[0].at}
	}
	n := m.p.hard()
	switch {
	case a.value == "" || anew || failing(a.value) && m.failed.value == "":
		n = m.p.instant() // also after a failure that was never borne out
	case failing(a.value):
		n = m.p.recovery()
	case failing(v):
		n = m.p.soft()
	}
	from := a.value
	if !a.hear(m.seen, n) {
		return false
	}
	event := Page
	switch {
	case from == "":
		event = Found
	case failing(a.value):
		event = Fail
		m.failed.value = webNone // as many as that needs
	case failing(from):
		event = Recover
	}
	m.emitAxis(a, event, from, "")
	return true
}

// holder moves the control axis.
func (m *machine) holder() (changed bool, review string) {
	m.seen, review = m.readControl(m.seen[:0])
	if len(m.seen) == 0 {
		return false, ""
	}
	a := &m.control
	n := m.p.hard()
	switch {
	case a.value == "":
		n = m.p.instant()
	case m.seen[0].value == verificationHold || a.value == verificationHold:
		n = m.p.passing() // lifted minutes after a click in an e-mail
	}
	from, claim := a.value, a.since
	changed = a.hear(m.seen, n)
	switch {
	case a.value != seized:
		m.heldBy = nil
	case m.heldBy == nil:
		m.heldBy = m.parentNS()
	}
	if !changed {
		return false, ""
	}
	if from == claimed && a.value == seized {
		a.since.Lo = claim.Lo // the first signal may have been the seizure
	}
	event := Release
	switch {
	case from == "":
		event = Found
	case a.value == seized:
		event = Takeover
	case a.value == claimed && from != seized:
		event = Claim
	case from == seized:
		event = Unseize
	case isHold(a.value):
		event = Suspend
	case isHold(from):
		event = Unsuspend
	case a.value == parked:
		event = Park
	case a.value == expired || a.value == sinkhole:
		event = Forfeit
	}
	m.emitAxis(a, event, from, review)
	return true, review
}

func isHold(v string) bool {
	switch v {
	case registrarHold, registryHold, verificationHold, suspended:
		return true
	}
	return false
}

// linked moves the link axis.
func (m *machine) linked() {
	if len(m.ev.link) == 0 {
		return
	}
	if m.ev.handed && !m.under.Alive() {
		// Who was linked has it no more: a life that only went dark does not wake in
		// other hands.
		m.lapsed, m.gone = true, m.gone || m.life != nil
	}
	a, from := &m.link, m.link.value
	m.seen = append(m.seen[:0], m.ev.link[len(m.ev.link)-1])
	if from == "" && m.seen[0].value == linkNone || !a.hear(m.seen, m.p.instant()) {
		return
	}
	event := Link
	was, is := bandOf(from).Rank(), bandOf(a.value).Rank()
	switch {
	case is < was:
		event = Unlink
	case is >= tracker.BandProbable.Rank() && was < tracker.BandProbable.Rank():
		event = Hop
	}
	m.emitAxis(a, event, from, "")
}

func bandOf(v string) tracker.Band {
	if v == linkNone {
		return tracker.BandNone
	}
	return tracker.Band(v)
}

// remember keeps what the scan showed of the site, for the next change.
func (m *machine) remember(round []int32) {
	e := &m.ev
	m.seen = m.readWeb(m.seen[:0])
	if m.under.Alive() {
		m.failed.reset(tracker.AxisWeb)
		for _, s := range m.seen {
			// A page behind a delegation that the parent has dropped is a cache.
			if alivePage(s.value) && s.at.After(m.aliveAt) && m.dns.next != absent {
				m.aliveAt, m.support, m.borneOut = s.at, s.at, s.obs
			}
		}
		for _, i := range round {
			if o := &m.obs[i]; o.Probe == tracker.ProbeWeb && o.Outcome == tracker.Present && o.Facts != nil && o.Facts.Web != nil {
				if d := o.Facts.Web.Fingerprint; d != "" && len(m.faces) < maxFaces && !slices.Contains(m.faces, d) {
					m.faces = append(m.faces, d)
				}
			}
		}
		return
	}
	if e.valid.After(m.support) {
		m.support, m.borneOut = e.valid, e.validObs
	}
	// What shows that it was not alive bounds the next birth from below.
	down := func(s sighting, yes bool) {
		if yes && s.at.After(m.notAlive) {
			m.notAlive = s.at
		}
	}
	for _, s := range m.seen {
		down(s, !alivePage(s.value) && !failing(s.value))
	}
	m.failures(down)
	down(e.parent, e.parent.value == absent)
	for _, s := range e.resolver {
		down(s, s.value == delegated)
	}
	if e.parent.value != delegated || m.host {
		for _, s := range e.resolver {
			down(s, s.value == absent && m.dns.next == "")
		}
		for _, s := range e.registry {
			down(s, s.value == unregistered && m.reg.next == "")
		}
	}
	if m.control.value == seized || isHold(m.control.value) {
		down(sighting{at: m.control.last}, true)
	}
}

// failures counts the scans in which a name that is not alive showed nothing. A
// refusal or an error bounds a birth from below only where it would have ended a
// life: once it may be an outage of a site that was there before.
func (m *machine) failures(down func(sighting, bool)) {
	if len(m.seen) == 0 {
		return
	}
	if !failing(m.seen[0].value) {
		if m.failed.value == "" || !failing(m.web.value) { // a page that is not believed yet changes nothing
			m.failed.reset(tracker.AxisWeb)
		}
		return
	}
	for i := range m.seen {
		m.seen[i].value = webNone // one kind of nothing is as good as another
	}
	if m.failed.value == webNone || m.failed.hear(m.seen, m.p.soft()) {
		down(m.seen[len(m.seen)-1], true)
	}
}

// maxFaces bounds how many contents of a site are remembered to know it by.
const maxFaces = 64

// ripen makes a status unknown that nothing has borne out for too long.
func (m *machine) ripen(now time.Time) {
	if m.status == "" || m.support.IsZero() || now.Sub(m.support) <= m.p.StaleAfter {
		return
	}
	w := tracker.Interval{Lo: m.support, Hi: m.support.Add(m.p.StaleAfter)}
	m.emit(tracker.AxisStatus, Stale, string(m.status), unknown, w, m.ids([]int32{m.borneOut}), "")
	m.status, m.since = "", w
}
