package tracker

import (
	"net/netip"
	"time"
)

// A Class is what kind of page a visitor was shown.
type Class string

const (
	ClassLive        Class = "live"
	ClassParked      Class = "parked"
	ClassForSale     Class = "for-sale"
	ClassNotice      Class = "notice"    // a page that claims a seizure; seized needs a second signal
	ClassSuspended   Class = "suspended" // by registrar, registry or host
	ClassBlocked     Class = "blocked"   // an ISP's or resolver's order
	ClassChallenged  Class = "challenged"
	ClassEmpty       Class = "empty"
	ClassDefault     Class = "default" // a host's page for sites not set up
	ClassRedirecting Class = "redirecting"
	ClassError       Class = "error"
	ClassUnknown     Class = "" // no page was got
)

// A Web is the web axis of one observation: the visit that decided, and whether
// visitors were shown different things.
type Web struct {
	Class       Class  `json:"class"`
	ClassRule   string `json:"class_rule,omitempty"` // the rule that decided
	Status      int    `json:"status,omitempty"`
	URL         string `json:"url"`
	FinalURL    string `json:"final_url,omitempty"`
	FinalName   Name   `json:"final_name,omitempty"` // registrable domain that was landed on
	Cloaked     bool   `json:"cloaked,omitempty"`
	Capture     Digest `json:"capture,omitempty"`     // of the capture record (JSON) in the blob store
	Fingerprint Digest `json:"fingerprint,omitempty"` // content identity: same bytes and rules, same digest
	Front       Digest `json:"front,omitempty"`       // body of the front page as the first visitor saw it
	Title       string `json:"title,omitempty"`
}

// A Capture is everything one look at a site saw, raw: a small matrix of visits.
type Capture struct {
	Name    Name      `json:"name"`
	At      time.Time `json:"at"`
	Vantage string    `json:"vantage,omitempty"`
	Visits  []Visit   `json:"visits"`
	Robots  string    `json:"robots,omitempty"` // allowed, disallowed, unreachable, not-asked
	WARC    string    `json:"warc,omitempty"`   // file and offset, where archived

	Screenshot     Digest `json:"screenshot,omitempty"`      // PNG of the page, in the blob store
	ScreenshotHash string `json:"screenshot_hash,omitempty"` // perceptual, 64 bits in hexadecimal; "" where it is of one colour
	ScreenshotErr  string `json:"screenshot_err,omitempty"`  // why there is none although one was wanted
}

// A Visit is one request chain by one kind of visitor.
type Visit struct {
	Visitor string     `json:"visitor"` // direct, social, mobile, bot, proxy:NAME, article
	URL     string     `json:"url"`
	At      time.Time  `json:"at"`
	Hops    []Exchange `json:"hops"`             // at least one, the last is where it ended
	Reason  Reason     `json:"reason,omitempty"` // why it ended without a page
	Aimed   bool       `json:"aimed,omitempty"`  // the visitor comes from a country whose readers the site is known to be for
}

// An Exchange is one request and its response. Body bytes live in the blob store.
type Exchange struct {
	URL       string         `json:"url"`
	Method    string         `json:"method"`
	Addr      netip.AddrPort `json:"addr"`              // that was dialed
	Request   []HeaderField  `json:"request,omitempty"` // as sent
	Status    int            `json:"status,omitempty"`
	Proto     string         `json:"proto,omitempty"`
	Header    []HeaderField  `json:"header,omitempty"` // in the order received
	Body      Digest         `json:"body,omitempty"`   // after decompression
	BodySize  int64          `json:"body_size,omitempty"`
	Truncated bool           `json:"truncated,omitempty"` // a limit cut the body
	TLS       *TLS           `json:"tls,omitempty"`
	Location  string         `json:"location,omitempty"` // redirect target, also by meta refresh
	Via       string         `json:"via,omitempty"`      // http, meta-refresh, script
	Err       string         `json:"err,omitempty"`      // what went wrong, for people
	StartedAt time.Time      `json:"started_at"`
	Took      time.Duration  `json:"took,omitempty"`
}

// A HeaderField is one header line, name as received.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A TLS is what the server's certificate said; invalid ones are recorded and the
// page still fetched.
type TLS struct {
	Version   string    `json:"version,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Issuer    string    `json:"issuer,omitempty"`
	SANs      []string  `json:"sans,omitempty"`
	SPKI      Digest    `json:"spki"` // SHA-256 of SubjectPublicKeyInfo
	Leaf      Digest    `json:"leaf"` // of the DER certificate
	NotBefore time.Time `json:"not_before,omitzero"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	Invalid   string    `json:"invalid,omitempty"` // why verification failed; "" = verified
}
