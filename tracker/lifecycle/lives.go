package lifecycle

import (
	"slices"
	"time"

	"respawn/tracker"
)

// judge composes the status anew and, where it is another one, says what happened
// and what it means for the life of the site.
func (m *machine) judge(changed bool, review string) {
	to, by := m.verdict()
	if to == m.status && to != "" {
		return
	}
	if to.Alive() && !m.under.Alive() && !m.supported(to) {
		to = "" // nobody comes back to life on the strength of an old page
	}
	if to == "" {
		if m.status == "" || !changed || m.holds(m.under) {
			return
		}
		// What it was is over, and what it is nobody saw yet.
		by = m.newest()
		event := Change
		if m.under == tracker.StatusUnregistered {
			event = Register
		}
		m.emit(tracker.AxisStatus, event, string(m.status), unknown, by.since, m.because(by), review)
		m.status, m.since = "", by.since
		return
	}
	if m.status == "" && to == m.under {
		// It went stale, and is found as it was. Only an answer about what decides
		// counts as having found it.
		if !changed && !m.supported(to) {
			return
		}
		w := tracker.Interval{Lo: m.support, Hi: later(m.ev.valid, m.support)}
		m.emit(tracker.AxisStatus, Resighted, unknown, string(to), w, m.ids([]int32{m.borneOut, m.ev.validObs}), "")
		m.status, m.since = to, w
		return
	}
	if m.status == "" && !changed && !m.supported(to) {
		return
	}
	from := m.under
	w := m.window(to, by)
	because := m.because(by)
	event := m.live(from, to, w)
	m.emit(tracker.AxisStatus, event, word(string(m.status)), string(to), w, because, review)
	m.status, m.under, m.since = to, to, w
}

// supported says whether this scan itself saw what a status rests on.
func (m *machine) supported(s tracker.Status) bool {
	if s.Alive() {
		return slices.ContainsFunc(m.ev.web, func(x sighting) bool { return alivePage(x.value) })
	}
	return !m.ev.valid.IsZero()
}

// window is when a status was taken: by what decided it, if that changed since,
// else by what changed last. Alive takes everything at once: it cannot have begun
// before the last sign that it had not.
func (m *machine) window(to tracker.Status, by *axis) tracker.Interval {
	w := by.since
	if n := m.newest(); !w.Hi.After(m.since.Hi) && n.since.Hi.After(w.Hi) {
		w = n.since
	}
	if to.Alive() && !m.under.Alive() {
		if by == &m.web {
			w.Lo = time.Time{} // what the page was before counts as far as notAlive has it
		}
		for _, a := range []*axis{&m.dns, &m.control} {
			if a.since.Hi.After(w.Hi) && a.since.Hi.After(m.since.Hi) && (a == &m.control || w.Lo.IsZero()) {
				w.Hi = a.since.Hi
			}
		}
		if m.notAlive.After(w.Lo) {
			w.Lo = m.notAlive
		}
	}
	if w.Lo.After(w.Hi) {
		w.Lo = w.Hi
	}
	return w
}

// newest is the axis that changed last.
func (m *machine) newest() *axis {
	by := &m.reg
	for _, a := range []*axis{&m.dns, &m.web, &m.control} {
		if a.since.Hi.After(by.since.Hi) {
			by = a
		}
	}
	return by
}

// live tells the event of a change of status, and begins, ends or resumes a life.
func (m *machine) live(from, to tracker.Status, w tracker.Interval) string {
	switch {
	case to.Alive() && from.Alive():
		return Change
	case to.Alive():
		return m.awake(from, w)
	case from.Alive():
		m.life.Death = m.death(later(m.aliveAt, m.life.Birth.Hi), w.Hi)
		m.life.Cause = cause(to)
		m.gone = lost(to)
	case m.life != nil && !m.gone && (lost(to) || to == tracker.StatusSeizedClaimed):
		// Gone dark first, and now we hear why.
		m.life.Cause, m.gone = cause(to), lost(to)
	}
	switch {
	case from == "":
		return Found
	case to == tracker.StatusSeized:
		return Takeover
	case to == tracker.StatusSeizedClaimed:
		return Claim
	case to == tracker.StatusSuspended:
		return Suspend
	case to == tracker.StatusExpired || to == tracker.StatusUnregistered:
		return Lapse
	case to == tracker.StatusParked:
		return Park
	case from == tracker.StatusUnregistered:
		return Register
	case from.Alive():
		return Dormant
	}
	return Change
}

// death is the window of an end. Runs that overlap may tell an end before they tell
// the beginning: it is then known to have come by the later of the two.
func (m *machine) death(lo, hi time.Time) tracker.Interval {
	hi = later(hi, m.life.Birth.Hi)
	if lo.After(hi) {
		lo = hi
	}
	return tracker.Interval{Lo: lo, Hi: hi}
}

// awake begins a life, or takes up one that was only dark.
func (m *machine) awake(from tracker.Status, w tracker.Interval) string {
	if m.life != nil && !m.gone {
		m.life.Death, m.life.Cause = tracker.Interval{}, ""
		return Revive
	}
	former := m.life != nil || len(m.lifespans) > 0
	if m.life != nil {
		m.next()
	}
	if n := len(m.lifespans); n > 0 {
		w.Hi = later(w.Hi, m.lifespans[n-1].Death.Hi) // seconds of one scan
	}
	m.life = &tracker.Lifespan{Name: m.name, Incarnation: m.incarnation, Birth: w, BirthBasis: tracker.BasisFirstSeen, EnteredAt: m.firstValid}
	if m.life.EnteredAt.After(w.Hi) {
		m.life.EnteredAt = w.Hi // told by the later of two runs that overlap
	}
	lapsed := m.lapsed
	m.lapsed = false
	switch {
	case former && (!lapsed || m.known()):
		return Return
	case former:
		return Reuse
	case from == "" && w.Lo.IsZero():
		return Found
	}
	return Birth
}

// known says whether the site that came back is the one that was: linked to the
// case, or showing, byte for byte, what a former life showed.
func (m *machine) known() bool {
	if bandOf(m.link.value).Rank() >= tracker.BandProbable.Rank() {
		return true
	}
	for _, s := range m.ev.web {
		if f := m.obs[s.obs].Facts; f != nil && f.Web != nil && f.Web.Fingerprint != "" && slices.Contains(m.faces, f.Web.Fingerprint) {
			return true
		}
	}
	return false
}

// next closes the life and goes on to the next incarnation.
func (m *machine) next() {
	if m.life != nil {
		m.lifespans = append(m.lifespans, *m.life)
	}
	m.life, m.gone = nil, false
	m.incarnation++
}

// renew begins the next incarnation of a name that was registered anew in the
// window w. A life that seemed to go on has ended in it: between two registrations
// a name belongs to nobody, if only for a second.
func (m *machine) renew(w tracker.Interval) {
	m.lapsed = true
	if m.under.Alive() {
		if m.life.Birth.Hi.After(w.Lo) {
			m.lapsed = false // the life that we know is already that of the new registration
			return
		}
		m.life.Death = m.death(later(m.aliveAt, w.Lo), w.Hi)
		m.life.Cause, m.gone = CauseExpired, true
		m.emit(tracker.AxisStatus, Lapse, word(string(m.status)), string(tracker.StatusUnregistered), w, m.because(&m.reg), "")
		m.status, m.under, m.since = tracker.StatusUnregistered, tracker.StatusUnregistered, w
		m.notAlive = later(m.notAlive, w.Lo)
	}
	m.next()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// because names the observations behind the axis that decided, and those behind
// what changed with it.
func (m *machine) because(by *axis) []tracker.ObservationID {
	ids := m.ids(by.because[:by.nCause])
	for _, a := range []*axis{&m.reg, &m.dns, &m.web, &m.control} {
		if a != by && a.nCause > 0 && a.since.Hi.After(m.since.Hi) {
			ids = append(ids, m.ids(a.because[:a.nCause])...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (m *machine) witnesses(seen []sighting) []int32 {
	out := make([]int32, len(seen))
	for i, s := range seen {
		out[i] = s.obs
	}
	return out
}

func (m *machine) ids(obs []int32) []tracker.ObservationID {
	out := make([]tracker.ObservationID, 0, len(obs))
	for _, i := range obs {
		out = append(out, m.obs[i].ID())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (m *machine) emitAxis(a *axis, event, from, review string) {
	m.emit(a.name, event, word(from), word(a.value), a.since, m.ids(a.because[:a.nCause]), review)
}

func (m *machine) emit(a tracker.Axis, event, from, to string, w tracker.Interval, because []tracker.ObservationID, review string) {
	m.transitions = append(m.transitions, tracker.Transition{Name: m.name, Incarnation: m.incarnation, Axis: a, Event: event,
		From: from, To: to, Window: w, Rule: m.rule, Because: because, Review: review})
}
