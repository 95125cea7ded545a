package lifecycle

import "respawn/tracker"

// verdict composes the status from the axes, by the first rule that fits, and
// names the axis that decided. It returns "" where they do not suffice: then the
// status stays what it was.
//
// The order is that of docs/lifecycle.md: who holds the name comes before what it
// shows, because a page behind a seized delegation is a cache or a lie.
func (m *machine) verdict() (tracker.Status, *axis) {
	exists := m.dns.value == delegated || m.dns.value == resolving
	switch m.control.value {
	case seized:
		return tracker.StatusSeized, &m.control
	case registrarHold, registryHold, verificationHold, suspended, sinkhole:
		return tracker.StatusSuspended, &m.control
	}
	if m.reg.value == unregistered && !exists {
		return tracker.StatusUnregistered, &m.reg
	}
	if m.control.value == expired {
		return tracker.StatusExpired, &m.control
	}
	if m.reg.value == expiring {
		return tracker.StatusExpired, &m.reg
	}
	if m.control.value == claimed {
		return tracker.StatusSeizedClaimed, &m.control
	}
	switch m.dns.value {
	case absent:
		if m.reg.value == registered || m.existed {
			return tracker.StatusNoDNS, &m.dns
		}
		return "", nil // never seen delegated, and nobody said whether it is registered
	case delegated:
		return tracker.StatusNoDNS, &m.dns
	}
	switch m.web.value {
	case webChallenged, webBlocked:
		return tracker.StatusChallenged, &m.web
	case webNotice:
		return tracker.StatusSeizedClaimed, &m.web
	case webSuspended:
		return tracker.StatusSuspended, &m.web
	case webParked:
		return tracker.StatusParked, &m.web
	}
	if m.control.value == parked {
		return tracker.StatusParked, &m.control
	}
	switch m.web.value {
	case webRedirecting:
		return tracker.StatusRedirecting, &m.web
	case webCloaked:
		return tracker.StatusCloaked, &m.web
	case webLive:
		return tracker.StatusLive, &m.web
	case webEmpty, webError, webNone:
		return tracker.StatusResolving, &m.web
	}
	return "", nil
}

// holds says whether the axes still bear out a status.
func (m *machine) holds(s tracker.Status) bool {
	switch s {
	case tracker.StatusSeized:
		return m.control.value == seized
	case tracker.StatusSuspended:
		return isHold(m.control.value) || m.control.value == sinkhole || m.web.value == webSuspended
	case tracker.StatusUnregistered:
		return m.reg.value == unregistered
	case tracker.StatusExpired:
		return m.control.value == expired || m.reg.value == expiring
	case tracker.StatusSeizedClaimed:
		return m.control.value == claimed || m.web.value == webNotice
	case tracker.StatusParked:
		return m.control.value == parked || m.web.value == webParked
	case tracker.StatusNoDNS:
		return m.dns.value != resolving
	}
	return m.web.value != ""
}

// lost says whether a status takes the name away from those who ran it. A site
// that comes back from it begins another life; one that was only dark does not.
func lost(s tracker.Status) bool {
	switch s {
	case tracker.StatusSeized, tracker.StatusSuspended, tracker.StatusExpired, tracker.StatusUnregistered:
		return true
	}
	return false
}

func cause(s tracker.Status) string {
	switch s {
	case tracker.StatusSeized:
		return CauseSeized
	case tracker.StatusSeizedClaimed:
		return CauseClaimed
	case tracker.StatusSuspended:
		return CauseSuspended
	case tracker.StatusExpired, tracker.StatusUnregistered:
		return CauseExpired
	}
	return CauseDormant
}
