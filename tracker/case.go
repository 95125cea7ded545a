package tracker

import "time"

// A CaseID names a case: the case file's id, lower case, [a-z0-9-].
type CaseID string

// A Case is what a person handed in: seized names, names of the same campaign
// that were not seized, and outlets whose readers are to be protected.
type Case struct {
	ID      CaseID     `json:"id"`
	Title   string     `json:"title,omitempty"`
	Note    string     `json:"note,omitempty"`
	Names   []CaseName `json:"names"`
	Outlets []Outlet   `json:"outlets,omitempty"`
}

// A Role says why a name stands in a case.
type Role string

const (
	RoleSeized   Role = "seized"   // announced or reported as seized; see Confirmation
	RoleCampaign Role = "campaign" // of the same campaign, not seized
)

// A Kind tells own brands of a campaign from spoofs of real outlets. The two
// come back in such different ways that every statistic keeps them apart.
type Kind string

const (
	KindUnstated   Kind = ""
	KindOwnBrand   Kind = "own-brand"
	KindBrandSpoof Kind = "brand-spoof"
)

// A Confirmation says how far a seizure is confirmed. It follows the name into
// every output: only Documented names may be called "seized".
type Confirmation string

const (
	ConfirmationUnstated Confirmation = ""                    // the file does not say
	Documented           Confirmation = "documented"          // the exact name is printed as seized
	OutletDocumented     Confirmation = "outlet-documented"   // a spoof of that outlet was seized; the exact name is not printed
	LabelCorroborated    Confirmation = "label-corroborated"  // same label re-registered within days: circular as proof of replacement
	CampaignDocumented   Confirmation = "campaign-documented" // listed as a campaign name, seizure not confirmed
)

// Phrase is how a name with this confirmation may be described to people:
// "seized" for documented ones, "reported seized (basis)" for all others.
func (c Confirmation) Phrase() string {
	switch c {
	case Documented:
		return "seized"
	case ConfirmationUnstated:
		return "reported seized (basis not stated)"
	}
	return "reported seized (" + string(c) + ")"
}

// A CaseName is one row of a case file. Dates are UTC days at 00:00; a zero date
// is unknown.
type CaseName struct {
	Name            Name         `json:"name"`
	Role            Role         `json:"role"`
	SeizedAt        time.Time    `json:"seized_at,omitzero"`
	Kind            Kind         `json:"kind,omitempty"`
	Impersonates    Name         `json:"impersonates,omitempty"`
	Country         string       `json:"country,omitempty"` // ISO 3166 alpha-2, or INT
	RegisteredAt    time.Time    `json:"registered_at,omitzero"`
	RegisteredAtAlt time.Time    `json:"registered_at_alt,omitzero"` // another source's day
	ListedAt        time.Time    `json:"listed_at,omitzero"`         // first public listing
	Campaign        string       `json:"campaign,omitempty"`
	Confirmation    Confirmation `json:"seizure_confirmation,omitempty"`
	Source          string       `json:"source,omitempty"`
	Note            string       `json:"note,omitempty"`
	Origin          Origin       `json:"origin"`
}

// Phrase is how the seizure of a row may be put: [Confirmation.Phrase] of a seized
// name, that it is not reported seized of another; "" for nil.
func (n *CaseName) Phrase() string {
	switch {
	case n == nil:
		return ""
	case n.Role != RoleSeized:
		return "campaign name, not reported seized"
	}
	return n.Confirmation.Phrase()
}

// An Outlet is a genuine site that campaigns imitate. Its own names are never
// candidates, matches or alerts, and what a spoof shares with it is no evidence.
type Outlet struct {
	Name    Name   `json:"name"`
	Title   string `json:"title,omitempty"`
	Country string `json:"country,omitempty"`
	Origin  Origin `json:"origin"`
}

// An Origin is the line of a file that a name came from.
type Origin struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Seized returns the rows with role seized, in file order.
func (c *Case) Seized() []CaseName {
	var out []CaseName
	for _, n := range c.Names {
		if n.Role == RoleSeized {
			out = append(out, n)
		}
	}
	return out
}

// A Candidate is a name that may be a replacement of From, before anyone asked.
type Candidate struct {
	Rank  int     `json:"rank"` // 1 is the best
	Name  Name    `json:"name"`
	Rule  string  `json:"rule"`            // same-label, hyphen, ..., redirect, certificate, outbound, feed
	From  Name    `json:"from"`            // the watched name it was made from or revealed by
	Prior float64 `json:"prior,omitempty"` // probability, comparable within one list; 0 = not stated
}

// A Match says that a name of a stream looks like a watched one.
type Match struct {
	Name     Name    `json:"name"`
	From     Name    `json:"from"`
	Rule     string  `json:"rule"`
	Distance int     `json:"distance"`
	Score    float64 `json:"score"`
}
