package tracker

import "time"

// A Status is the one word for a name, by the verdict order of
// docs/lifecycle.md. The zero Status is not yet known.
type Status string

const (
	StatusUnknown       Status = "unknown"
	StatusUnregistered  Status = "unregistered"
	StatusNoDNS         Status = "registered-no-dns"
	StatusSuspended     Status = "suspended"
	StatusResolving     Status = "resolving-no-web"
	StatusParked        Status = "parked"
	StatusLive          Status = "live"
	StatusRedirecting   Status = "redirecting"
	StatusCloaked       Status = "cloaked"
	StatusChallenged    Status = "challenged"
	StatusSeized        Status = "seized"         // two independent signals
	StatusSeizedClaimed Status = "seized-claimed" // one signal alone
	StatusExpired       Status = "expired"
)

// Alive says whether visitors reach a working site of its operator: the union
// that lifespans measure.
func (s Status) Alive() bool {
	switch s {
	case StatusLive, StatusCloaked, StatusChallenged, StatusRedirecting:
		return true
	}
	return false
}

// An Axis is one of the independent things that can be true of a name.
type Axis string

const (
	AxisStatus       Axis = "status" // the composed word
	AxisRegistration Axis = "registration"
	AxisDNS          Axis = "dns"
	AxisWeb          Axis = "web"
	AxisControl      Axis = "control"
	AxisLink         Axis = "link"
)

// A Transition is a change of one axis of one name, as known at the replay's
// asOf. Window is (last observation of From, first observation of To], widened
// by unknowns.
type Transition struct {
	Name        Name            `json:"name"`
	Incarnation int             `json:"incarnation"` // 1 for the first life of the name
	Axis        Axis            `json:"axis"`
	Event       string          `json:"event"` // birth, dormant, takeover, suspend, unsuspend, lapse, ...
	From        string          `json:"from"`
	To          string          `json:"to"`
	Window      Interval        `json:"window"`
	Rule        string          `json:"rule"`
	Because     []ObservationID `json:"because"`
	Review      string          `json:"review,omitempty"` // set where the change is forbidden without a person
}

// A State is where a name stands at the replay's asOf.
type State struct {
	Name        Name            `json:"name"`
	Incarnation int             `json:"incarnation"`
	Status      Status          `json:"status"`
	Since       Interval        `json:"since"`
	Axes        map[Axis]string `json:"axes"`
	LastSeen    time.Time       `json:"last_answer,omitzero"` // last observation that said anything, also that there is nothing: no sighting of a site
	LastAsked   time.Time       `json:"last_asked,omitzero"`
	Rule        string          `json:"rule"`
}

// A Lifespan is one life of a name: from birth to death, each as an interval.
type Lifespan struct {
	Name        Name      `json:"name"`
	Incarnation int       `json:"incarnation"`
	Birth       Interval  `json:"birth"` // first alive
	BirthBasis  DateBasis `json:"birth_basis"`
	Death       Interval  `json:"death"`           // zero Hi: still alive at asOf, Lo is when last seen alive
	Cause       string    `json:"cause,omitempty"` // seized, suspended, expired, dormant; "" alive
	EnteredAt   time.Time `json:"entered_at"`      // when it came under observation (left truncation)
}

// A Control says who holds a name, as far as signatures tell.
type Control struct {
	Holder  string   `json:"holder"`            // operator, seized, claimed, registrar-hold, registry-hold, verification-hold, suspended, expired, sinkhole, parked, ""
	Agency  string   `json:"agency,omitempty"`  // for seizures: fbi, hsi, usss, ...
	Service string   `json:"service,omitempty"` // parking, CDN or sinkhole operator
	CDN     string   `json:"cdn,omitempty"`     // addresses that many strangers share
	Signals []string `json:"signals,omitempty"` // each independent signal, for people
	Rule    string   `json:"rule"`              // signature file version and rule ids
}
