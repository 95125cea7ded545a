package tracker

import "time"

// A Registration is what the registry or registrar said about a registrable
// domain, from RDAP (RFC 9083) or parsed WHOIS text. Zero dates and empty strings
// were not stated.
type Registration struct {
	Source      string    `json:"source"` // rdap or whois
	Handle      string    `json:"handle,omitempty"`
	Registrar   string    `json:"registrar,omitempty"`
	RegistrarID string    `json:"registrar_id,omitempty"` // IANA id
	AbuseEmail  string    `json:"abuse_email,omitempty"`
	AbusePhone  string    `json:"abuse_phone,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
	UpdatedAt   time.Time `json:"updated_at,omitzero"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	Statuses    []string  `json:"statuses,omitempty"` // RFC 8056 words, sorted
	NS          []Name    `json:"nameservers,omitempty"`
	// Registrant holds salted hashes of contact data by field (email, phone, org),
	// for linking; redacted values are left out. Cleartext never stands here.
	Registrant map[string]string `json:"registrant,omitempty"`
	Country    string            `json:"country,omitempty"`
	// Related is the registrar's own RDAP record, as a registry that shows no
	// registrant links to it (RFC 9083, 4.2); empty where none may be asked for.
	Related string `json:"related,omitempty"`
}
