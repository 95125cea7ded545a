package tracker

import "fmt"

// An Outcome is what a probe learned about the existence of what it asked for.
// The zero Outcome is Unknown: what nobody filled in proves nothing.
type Outcome uint8

const (
	// Unknown: no valid answer, for the reason beside it. It moves no state; it
	// widens the interval in which a change may have happened.
	Unknown Outcome = iota
	// Present: a server that may speak for it said that it is there.
	Present
	// Absent: a server that may speak for it said that it is not there.
	Absent
	// Wildcard: the zone answers every name alike, so the answer says nothing
	// about this one. Like Unknown for existence; kept apart because asking the
	// DNS again will not help, asking the registry will.
	Wildcard
)

var outcomeWords = [...]string{"unknown", "present", "absent", "wildcard"}

// String is the lower-case word of the outcome.
func (o Outcome) String() string {
	if int(o) < len(outcomeWords) {
		return outcomeWords[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// MarshalText writes the word of [Outcome.String].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word of [Outcome.String].
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, w := range outcomeWords {
		if w == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("outcome %q: want unknown, present, absent or wildcard", b)
}

// A Reason says why a probe learned nothing, or what kind of answer it was.
// The vocabulary is closed so that statistics can count it; details go into the
// raw answer.
type Reason string

const (
	ReasonNone         Reason = ""               // the outcome says it all
	ReasonTimeout      Reason = "timeout"        // no answer in time, after retries
	ReasonServFail     Reason = "servfail"       // RCODE 2; also DNSSEC failure at the resolver
	ReasonRefused      Reason = "refused"        // RCODE 5 or TCP refused
	ReasonLame         Reason = "lame"           // the delegated servers do not serve the zone
	ReasonBadAnswer    Reason = "bad-answer"     // malformed, wrong question, wrong id, loop
	ReasonTruncated    Reason = "truncated"      // TC over UDP, and TCP did not cure it
	ReasonWildcard     Reason = "wildcard-zone"  // every name answers alike
	ReasonLyingPath    Reason = "lying-resolver" // the path answers names that cannot exist
	ReasonThrottled    Reason = "throttled"      // limit text, 429, empty answer, dropped socket
	ReasonNoService    Reason = "no-service"     // no RDAP or WHOIS server known
	ReasonNotTrusted   Reason = "not-trusted"    // the server failed its control question
	ReasonUnparsed     Reason = "unparsed"       // an answer came in no format we know
	ReasonReserved     Reason = "reserved"       // the registry says that it keeps the name back: neither free nor, for all it says, registered
	ReasonRefusedGuard Reason = "guard"          // our own guard forbade the address
	ReasonOutage       Reason = "own-outage"     // our canaries failed; the run is void
	ReasonUnreachable  Reason = "unreachable"    // no route, connection reset, TLS failure
	ReasonCancelled    Reason = "cancelled"      // we stopped before it was asked
)
