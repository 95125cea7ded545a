package registration

import (
	"time"

	"respawn/tracker"
)

// A Result is what the registration system said about one name, once. Outcome
// Present means registered, Absent unregistered; for Unknown the Reason says why
// and Detail says it in words. Registration is filled for Present only.
type Result struct {
	Name         tracker.Name         `json:"name"` // the registrable domain that was asked about
	Outcome      tracker.Outcome      `json:"outcome"`
	Reason       tracker.Reason       `json:"reason,omitempty"`
	Detail       string               `json:"detail,omitempty"` // for people: which rule decided, or what went wrong
	Source       string               `json:"source,omitempty"` // rdap or whois
	Server       string               `json:"server,omitempty"` // RDAP base URL or WHOIS host:port, also on bad news
	At           time.Time            `json:"at"`               // when the deciding answer came, UTC
	Registration tracker.Registration `json:"registration"`
	Raw          []byte               `json:"raw,omitempty"` // the deciding answer as received, up to the size limit
	RawSHA256    tracker.Digest       `json:"raw_sha256,omitempty"`
	// Related is the registrar's own RDAP answer as the registry's record links to
	// it (RFC 9083, 4.2), "" where it does not; see [Client.Registrar].
	Related string `json:"related,omitempty"`
	// Thin says that an RDAP record has no registrant, not even a redacted one.
	Thin   bool `json:"thin,omitempty"`
	Cached bool `json:"-"` // answered from the cache; At is when it was asked
	// Contacts is the registrant's data in cleartext by field, only where
	// Config.KeepCleartext is set; whoever stores it must delete it at ContactsUntil.
	Contacts      map[string]string `json:"-"`
	ContactsUntil time.Time         `json:"-"`

	unasked bool // the server rests: no question was put
}

// Word is the result for users: registered, unregistered or unknown.
func (r *Result) Word() string {
	switch r.Outcome {
	case tracker.Present:
		return "registered"
	case tracker.Absent:
		return "unregistered"
	}
	return "unknown"
}

// unknown makes a Result that proves nothing.
func unknown(reason tracker.Reason, detail string) Result {
	return Result{Outcome: tracker.Unknown, Reason: reason, Detail: detail}
}
