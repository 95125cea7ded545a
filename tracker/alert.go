package tracker

import (
	"net/netip"
	"time"
)

// An Alert is one fact that deserves a person. Key is the same for the same fact
// after every crash and replay. What it says of the site (Status to FinalURL) was so
// when the alert was raised; a page or an export says what is so now.
type Alert struct {
	Key       string    `json:"key"`
	Kind      string    `json:"kind"` // one of the Alert... constants
	Case      CaseID    `json:"case"`
	Run       RunID     `json:"run,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	Name      Name      `json:"name,omitempty"`
	Defanged  string    `json:"name_defanged,omitempty"`
	Headline  string    `json:"headline"`

	// LinkedTo is the site that the name is linked to, by Relation; Replaces is the
	// same site where the relation is replacement, else empty.
	LinkedTo Name   `json:"linked_to,omitempty"`
	Relation string `json:"relation,omitempty"`
	Replaces Name   `json:"replaces,omitempty"`
	// Confirmation and Basis are of LinkedTo's own row of the case, or of the name's
	// own one where the alert is about a name of the case. Both are empty where that
	// site stands in no row: nobody reported it as seized.
	Confirmation Confirmation `json:"seizure_confirmation,omitempty"`
	Basis        string       `json:"seizure_basis,omitempty"` // Confirmation.Phrase, or that it was not reported seized
	LinkedStatus Status       `json:"linked_to_status,omitempty"`
	// Root is the row of the case that the chain of links goes back to. Its seizure
	// says nothing about the sites between.
	Root             Name         `json:"root,omitempty"`
	RootConfirmation Confirmation `json:"root_seizure_confirmation,omitempty"`
	RootBasis        string       `json:"root_seizure_basis,omitempty"`

	Band         Band       `json:"band,omitempty"`
	Score        float64    `json:"score,omitempty"`
	Evidence     []Evidence `json:"evidence,omitempty"`
	Ignored      []Evidence `json:"ignored,omitempty"`
	FirstSeen    Interval   `json:"first_seen,omitzero"`
	RegisteredAt Interval   `json:"registered_at,omitzero"`
	DateBasis    DateBasis  `json:"registered_basis,omitempty"`
	EndedAt      Interval   `json:"ended_at,omitzero"` // of the life that ended, for AlertDown
	Cause        string     `json:"cause,omitempty"`   // of that end
	Registrar    string     `json:"registrar,omitempty"`
	AbuseEmail   string     `json:"abuse_email,omitempty"`
	Addresses    []Address  `json:"addresses,omitempty"`
	Capture      Digest     `json:"capture_sha256,omitempty"`
	Status       Status     `json:"status,omitempty"`
	Since        Interval   `json:"status_since,omitzero"`
	Class        Class      `json:"page_class,omitempty"` // of the last page that was got
	Title        string     `json:"page_title,omitempty"`
	FinalURL     string     `json:"final_url,omitempty"` // where visitors ended
}

// Kinds of alerts.
const (
	AlertReplacement = "replacement" // a site that came after the one that it is linked to
	AlertNewLabel    = "new-label"   // a site of the same people that replaces no one name
	AlertTwin        = "twin"        // a site of the same people, confirmed, that was there before
	AlertDown        = "down"        // a site of the three kinds above has gone: once for each of its lives
	AlertUnseize     = "unseize"     // a name of the case has left the seizure
	AlertReturn      = "return"      // a name of the case is alive again
	AlertSilent      = "silent"      // no run of the case has finished for too long; about no name
)

// Decidable says whether there is anything to confirm or to reject: a link, or a
// change of a name. An alert about our own silence can only be taken note of.
func (a *Alert) Decidable() bool { return a.Name != "" }

// An Address is an address with the one who runs it, where known.
type Address struct {
	Addr netip.Addr `json:"addr"`
	Host string     `json:"host,omitempty"`
}

// An AlertState is what people did with an alert.
type AlertState string

const (
	AlertOpen      AlertState = "open"
	AlertAcked     AlertState = "acknowledged"
	AlertConfirmed AlertState = "confirmed"
	AlertRejected  AlertState = "rejected" // the pair never alerts again
	AlertOver      AlertState = "over"     // it settled itself: what it was about has ended
)
