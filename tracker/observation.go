package tracker

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// A Digest is the lower-case hexadecimal SHA-256 of raw bytes in the blob store.
// The zero Digest means that nothing was kept.
type Digest string

// DigestOf is the digest of b.
func DigestOf(b []byte) Digest {
	s := sha256.Sum256(b)
	return Digest(hex.EncodeToString(s[:]))
}

// A RunID numbers the runs of one database, from 1. Zero is no run.
type RunID int64

// A Probe is the kind of question an observation answers.
type Probe string

const (
	ProbeSweep        Probe = "sweep"        // one NS question, in bulk, to a recursive resolver
	ProbeDNS          Probe = "dns"          // the careful look, to a recursive resolver
	ProbeDelegation   Probe = "delegation"   // NS and glue at the parent's own servers
	ProbeRegistration Probe = "registration" // RDAP or WHOIS
	ProbeRegistrar    Probe = "registrar"    // RDAP at the registrar, where the registry shows no registrant
	ProbeWeb          Probe = "web"          // HTTP(S) capture
	ProbeLink         Probe = "link"         // derived: the best link of this name to a case name
)

// An Observation is what one probe saw, once. It is never changed; what it means
// is derived from it, again and again as rules get better.
type Observation struct {
	Name    Name      `json:"name"`
	Probe   Probe     `json:"probe"`
	At      time.Time `json:"at"`             // when the deciding answer came, UTC, ms
	Run     RunID     `json:"run"`            //
	Void    bool      `json:"void,omitempty"` // the run's canaries failed: counts as not asked
	Vantage string    `json:"vantage,omitempty"`
	Outcome Outcome   `json:"outcome"`
	Reason  Reason    `json:"reason,omitempty"`
	Server  string    `json:"server,omitempty"` // who said so, also on bad news
	Raw     Digest    `json:"raw,omitempty"`    // the bytes of the answer
	Facts   *Facts    `json:"facts,omitempty"`  // shared between observations; read only
	// Control is tracker/custody's reading of Facts, filled in for replay and
	// never stored, so that new signatures reach old evidence. nil: not judged.
	Control *Control `json:"control,omitempty"`
}

// An ObservationID names an observation for good: probe, name, instant, vantage.
type ObservationID string

// ID is the observation's identity, the same after every replay.
func (o *Observation) ID() ObservationID {
	id := string(o.Probe) + ":" + string(o.Name) + "@" + o.At.UTC().Format("2006-01-02T15:04:05.000Z")
	if o.Vantage != "" {
		id += "/" + o.Vantage
	}
	return ObservationID(id)
}

// Facts are what an answer said, by probe; exactly one field is set.
type Facts struct {
	DNS          *DNS          `json:"dns,omitempty"`
	Delegation   *Delegation   `json:"delegation,omitempty"`
	Registration *Registration `json:"registration,omitempty"`
	Web          *Web          `json:"web,omitempty"`
	Link         *LinkFact     `json:"link,omitempty"`
}

// A LinkFact is the link axis of a name at one time: its best link to a name of
// the case, derived by tracker/link.
type LinkFact struct {
	To    Name    `json:"to"`
	Band  Band    `json:"band"`
	Score float64 `json:"score"`
	// Ended says that the name is in other hands from here on: what linked it was of
	// those who had it before.
	Ended bool `json:"ended,omitempty"`
}

// A RunVerdict says what a finished run is good for.
type RunVerdict string

const (
	RunUnfinished RunVerdict = ""         // still going, or killed
	RunComplete   RunVerdict = "complete" // all that was planned was asked
	RunDegraded   RunVerdict = "degraded" // some of it could not be asked
	RunVoid       RunVerdict = "void"     // canaries failed; nothing in it counts
)

// A Run is one scan of one case.
type Run struct {
	ID          RunID      `json:"id"`
	Case        CaseID     `json:"case"`
	ScheduledAt time.Time  `json:"scheduled_at"` // the time it stands for
	StartedAt   time.Time  `json:"started_at"`
	FinishedAt  time.Time  `json:"finished_at,omitzero"`
	Verdict     RunVerdict `json:"verdict"`
	Reason      string     `json:"reason,omitempty"` // why degraded or void, for people
	Coverage    Coverage   `json:"coverage"`
}

// Coverage is what a run asked. "Not there" is worth saying only of names that
// were asked.
type Coverage struct {
	Candidates int             `json:"candidates"` // names the plan held
	Asked      int             `json:"asked"`      // names that got a question
	ByOutcome  map[Outcome]int `json:"by_outcome,omitempty"`
	Unknown    map[Reason]int  `json:"unknown,omitempty"`
	Known      int             `json:"known"`                 // names looked at because they exist
	Looked     int             `json:"looked"`                // of those, with an answer
	Full       bool            `json:"full"`                  // every candidate was in the plan
	FullLabels []string        `json:"full_labels,omitempty"` // labels of which every candidate was, sorted
	Slice      int             `json:"slice"`                 // which part of the rotation, 0-based; -1 = all
	Slices     int             `json:"slices"`                // parts of the rotation
}

// A Batch is the record of one piece of asking: what was asked, of whom, when,
// and with what result. For a sweep it is the proof of absence of every name in
// it that has no observation of its own.
type Batch struct {
	Run       RunID           `json:"run"`
	Key       string          `json:"key"` // unique in the run; a batch is stored once
	Probe     Probe           `json:"probe"`
	Vantage   string          `json:"vantage,omitempty"`
	Server    string          `json:"server,omitempty"`
	StartedAt time.Time       `json:"started_at"`
	EndedAt   time.Time       `json:"ended_at"`
	Names     int             `json:"names"`
	NamesHash Digest          `json:"names_hash"` // SHA-256 of the names in order, one a line
	ByOutcome map[Outcome]int `json:"by_outcome"`
	Unknowns  []Name          `json:"unknowns,omitempty"` // no valid answer, or a wildcard's: not proved absent
}
