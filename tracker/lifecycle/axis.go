package lifecycle

import (
	"time"

	"respawn/tracker"
)

// Values of the axes. "" is unknown.
const (
	unregistered = "unregistered"
	registered   = "registered"
	expiring     = "expired" // in redemption or pending deletion

	absent    = "absent"    // not in the parent zone, or NXDOMAIN
	delegated = "delegated" // exists, without an address
	resolving = "resolving"

	webLive        = "live"
	webCloaked     = "cloaked"
	webRedirecting = "redirecting"
	webChallenged  = "challenged"
	webBlocked     = "blocked"
	webParked      = "parked"
	webNotice      = "notice"
	webSuspended   = "suspended"
	webEmpty       = "empty"
	webError       = "error"
	webNone        = "none"

	operator         = "operator"
	seized           = "seized"
	claimed          = "claimed"
	registrarHold    = "registrar-hold"
	registryHold     = "registry-hold"
	verificationHold = "verification-hold"
	suspended        = "suspended"
	expired          = "expired"
	sinkhole         = "sinkhole"
	parked           = "parked"

	linkNone = "none"

	unknown = "unknown"
)

// word is the value as it is written: "" is unknown.
func word(v string) string {
	if v == "" {
		return unknown
	}
	return v
}

// A way is a kind of path by which something was seen.
type way uint8

const (
	byResolver way = iota + 1
	byParent
	byRegistry
	byWeb
	bySignal // a second independent signal in the same reading
)

// A path is a way from a vantage. Two sightings by one path are one witness.
type path struct {
	way     way
	vantage string
}

// A sighting is what one observation says about one axis.
type sighting struct {
	value string
	at    time.Time
	obs   int32 // index of the observation
	path  path
}

// maxWitnesses bounds the observations kept behind one change.
const maxWitnesses = 4

// An axis is one thing that can be true of a name, and a change that waits.
type axis struct {
	name    tracker.Axis
	value   string
	since   tracker.Interval // when value was taken
	because [1 + maxWitnesses]int32
	nCause  int

	last    time.Time // newest observation of value
	lastObs int32
	exists  time.Time // newest that showed no more than existence (DNS only)

	next  string // waiting; "" none
	first time.Time
	newer time.Time // newest sighting of next
	scans int
	obs   [maxWitnesses]int32
	nObs  int
	paths [maxWitnesses]path
	nPath int
}

func (a *axis) reset(name tracker.Axis) { *a = axis{name: name, lastObs: -1} }

// confirm notes that value was seen again, and drops the change that waits.
func (a *axis) confirm(s sighting) {
	if s.at.After(a.last) {
		a.last, a.lastObs = s.at, s.obs
	}
	a.next = ""
}

// hear takes what one scan saw, all of one value and by time, and reports whether
// the axis changed.
func (a *axis) hear(seen []sighting, n need) bool {
	v := seen[0].value
	if v == a.value {
		for _, s := range seen {
			a.confirm(s)
		}
		return false
	}
	if v != a.next {
		a.next, a.first, a.newer, a.scans, a.nObs, a.nPath = v, seen[0].at, seen[0].at, 0, 0, 0
	}
	a.scans++
	for _, s := range seen {
		a.witness(s)
	}
	if !n.met(a.scans, a.nPath, a.newer.Sub(a.first)) {
		return false
	}
	a.take()
	return true
}

func (a *axis) witness(s sighting) {
	if s.at.After(a.newer) {
		a.newer = s.at
	}
	if a.nObs < maxWitnesses {
		a.obs[a.nObs] = s.obs
		a.nObs++
	}
	for _, p := range a.paths[:a.nPath] {
		if p == s.path {
			return
		}
	}
	if a.nPath < maxWitnesses {
		a.paths[a.nPath] = s.path
		a.nPath++
	}
}

// take makes the waiting value the value, dated back to its first sighting.
func (a *axis) take() {
	lo := a.last
	if a.next == absent && a.exists.After(lo) && a.exists.Before(a.first) {
		lo = a.exists
	}
	hi := a.first
	if lo.After(hi) {
		// Runs that overlap: one still saw the old value after another had seen the new
		// one. It came at some time since the old one was first seen.
		lo, hi = a.since.Hi, lo
		if lo.After(a.first) {
			lo = a.first
		}
	}
	a.since = tracker.Interval{Lo: lo, Hi: hi}
	a.nCause = 0
	if a.lastObs >= 0 {
		a.because[0] = a.lastObs
		a.nCause = 1
	}
	a.nCause += copy(a.because[a.nCause:], a.obs[:a.nObs])
	a.value, a.next = a.next, ""
	a.last, a.lastObs = a.newer, a.obs[a.nObs-1]
}

// clear makes the axis unknown for a reason that another axis gave.
func (a *axis) clear(by *axis) {
	a.value, a.next = "", ""
	a.since, a.because, a.nCause = by.since, by.because, by.nCause
	a.last, a.lastObs = time.Time{}, -1
}
