package tracker

import "time"

// A Band is how sure a link is. Only Probable and Confirmed are called
// replacements and alert anyone.
type Band string

const (
	BandNone      Band = ""
	BandUnlikely  Band = "unlikely"
	BandPossible  Band = "possible"
	BandProbable  Band = "probable"
	BandConfirmed Band = "confirmed"
)

// Rank orders bands: none 0, unlikely 1, possible 2, probable 3, confirmed 4.
func (b Band) Rank() int {
	switch b {
	case BandUnlikely:
		return 1
	case BandPossible:
		return 2
	case BandProbable:
		return 3
	case BandConfirmed:
		return 4
	}
	return 0
}

// A Group is a family of correlated evidence that is counted once.
type Group string

const (
	GroupName         Group = "NAME"
	GroupRegistration Group = "REGISTRATION"
	GroupHosting      Group = "DNS/HOSTING"
	GroupTLS          Group = "TLS"
	GroupTracking     Group = "TRACKING-ID"
	GroupDesign       Group = "DESIGN"
	GroupContent      Group = "CONTENT"
	GroupRedirect     Group = "REDIRECT"
	GroupContact      Group = "CONTACT"
)

// An Evidence is one reason for or against a link, or one that was looked at and
// not counted; Why is a sentence that a lawyer can check.
type Evidence struct {
	Group  Group   `json:"group"`
	Kind   string  `json:"kind"`
	Value  string  `json:"value"`
	Weight float64 `json:"weight"` // natural log of the likelihood ratio; 0 where ignored
	Why    string  `json:"why"`
}

// A Link is "New replaces Old", with its reasons. Directed: New came after.
type Link struct {
	New      Name       `json:"new"`
	Old      Name       `json:"old"`
	Rule     string     `json:"rule"`  // version of the scorer
	Score    float64    `json:"score"` // log odds
	Band     Band       `json:"band"`
	Relation string     `json:"relation"` // replacement, pre-existing-twin, same-operator, none
	Evidence []Evidence `json:"evidence"`
	Ignored  []Evidence `json:"ignored"`
	At       time.Time  `json:"at"` // of the newest observation behind it
	// Until is when New passed into other hands, where it did: the link is to those who
	// had it before, and nothing links those who have it since. Zero while it stands.
	Until Interval `json:"until,omitzero"`
}

// Past says whether the link is to people who have the name no more.
func (l *Link) Past() bool { return !l.Until.Hi.IsZero() }

// EvidenceRejected is the kind of the line that a person's rejection adds.
const EvidenceRejected = "rejected"

// Rejected is the person's reason where one rejected the link, and whether one did.
func (l *Link) Rejected() (why string, yes bool) {
	for i := len(l.Evidence) - 1; i >= 0; i-- {
		if l.Evidence[i].Kind == EvidenceRejected {
			return l.Evidence[i].Why, true
		}
	}
	return "", false
}

// Relations of a link.
const (
	RelationReplacement = "replacement"       // came after what it replaces
	RelationTwin        = "pre-existing-twin" // already there before; not a replacement
	RelationOperator    = "same-operator"     // linked by infrastructure or content, replaces no one name
)

// A Site is all that linking may know about a name at one time. Pointers are nil
// where nothing was learned.
type Site struct {
	Name         Name
	Case         *CaseName // set where the name stands in the case
	FirstSeen    Interval  // first Present in the DNS
	RegisteredAt Interval  // by its best basis
	// LiveAt is when a site of its own was first seen under the name. Lo is the last
	// look before that which saw that there was none (no name, a parking service's
	// page, a host's default); zero where none did.
	LiveAt       Interval
	EndedAt      Interval // when its operators lost or left it; zero while they hold it
	Basis        DateBasis
	DNS          *DNS
	Before       *DNS // the last look before EndedAt, where the operators have lost it
	Delegation   *Delegation
	Registration *Registration
	Control      *Control
	Class        Class
	Fingerprint  *Fingerprint
	// History holds identifiers seen on earlier nights and gone since; a seized
	// name's page is a banner now, its links live in the past.
	History []*Fingerprint
}
