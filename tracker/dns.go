package tracker

import "net/netip"

// DNS is what a recursive resolver said about a name in one careful look. A nil
// slice means "none"; what could not be learned is named in Unknown.
type DNS struct {
	Status  string            `json:"status"` // noerror, nxdomain
	NS      []Name            `json:"ns,omitempty"`
	A       []netip.Addr      `json:"a,omitempty"`
	AAAA    []netip.Addr      `json:"aaaa,omitempty"`
	CNAME   []Name            `json:"cname,omitempty"` // the chain, in order
	MX      []Name            `json:"mx,omitempty"`
	TXT     []string          `json:"txt,omitempty"`
	CAA     []string          `json:"caa,omitempty"`
	SOA     *SOA              `json:"soa,omitempty"`
	PTR     map[string][]Name `json:"ptr,omitempty"`    // by address
	TTL     map[string]uint32 `json:"ttl,omitempty"`    // by type, seconds
	DNSSEC  string            `json:"dnssec,omitempty"` // secure, insecure, bogus; "" not learned
	ASN     []ASN             `json:"asn,omitempty"`
	Unknown map[string]Reason `json:"unknown,omitempty"` // by type
}

// AddressesKnown says whether both kinds of address were learned, so that none in A
// and AAAA means none.
func (d *DNS) AddressesKnown() bool {
	return d.Unknown["a"] == ReasonNone && d.Unknown["aaaa"] == ReasonNone
}

// SOA is the start of authority that matters for linking.
type SOA struct {
	MName  Name   `json:"mname"`
	RName  Name   `json:"rname"`
	Serial uint32 `json:"serial"`
}

// An ASN is the network that an address lies in.
type ASN struct {
	Addr    netip.Addr `json:"addr"`
	Number  uint32     `json:"number"`
	Holder  string     `json:"holder,omitempty"`
	Country string     `json:"country,omitempty"`
}

// A Delegation is what the parent zone's own servers said: the truth about who
// holds the name, two days ahead of the caches.
type Delegation struct {
	Parent Name         `json:"parent"`
	NS     []Name       `json:"ns,omitempty"`
	Glue   []netip.Addr `json:"glue,omitempty"`
	DS     bool         `json:"ds,omitempty"`
}

// A SweepAnswer is one answer of the bulk sweep: does this name exist in the DNS?
// NOERROR is Present, NXDOMAIN is Absent (not delegated; never "unregistered"),
// a wildcard zone is Wildcard, all else is Unknown with its reason.
type SweepAnswer struct {
	Name    Name
	Outcome Outcome
	Reason  Reason
	RCode   uint8 // as answered; meaningless where no answer came
	Server  string
	NS      []Name // where the answer held them
}
