package tracker

import (
	"net/netip"
	"time"
)

// An Alert is one fact that deserves a person. Key is the same for the same fact
// after every crash and replay.
type Alert struct {
	Key       string    `json:"key"`
	Kind      string    `json:"kind"` // replacement, new-label, unseized, returned, silent (no finished run)
	Case      CaseID    `json:"case"`
	Run       RunID     `json:"run,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	Name      Name      `json:"name,omitempty"`
	Defanged  string    `json:"name_defanged,omitempty"`
	Headline  string    `json:"headline"`

	Replaces     Name         `json:"replaces,omitempty"`
	Confirmation Confirmation `json:"seizure_confirmation,omitempty"`
	Basis        string       `json:"seizure_basis,omitempty"` // Confirmation.Phrase
	Band         Band         `json:"band,omitempty"`
	Score        float64      `json:"score,omitempty"`
	Evidence     []Evidence   `json:"evidence,omitempty"`
	Ignored      []Evidence   `json:"ignored,omitempty"`
	FirstSeen    Interval     `json:"first_seen,omitzero"`
	RegisteredAt Interval     `json:"registered_at,omitzero"`
	DateBasis    DateBasis    `json:"registered_basis,omitempty"`
	Registrar    string       `json:"registrar,omitempty"`
	AbuseEmail   string       `json:"abuse_email,omitempty"`
	Addresses    []Address    `json:"addresses,omitempty"`
	Capture      Digest       `json:"capture_sha256,omitempty"`
	Status       Status       `json:"status,omitempty"`
}

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
)
