package resolver

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// A reply is the end of one careful question: a message that answers it, or the
// reason why there is none.
type reply struct {
	msg    *dns.Msg // nil without an answer; NOERROR or NXDOMAIN
	raw    []byte   // the last message that matched the question, also a bad one
	server string   // who gave it, or was asked last
	reason tracker.Reason
	rcode  int
	up     *upstream
}

const (
	flagAD = 0x20 // in the fourth octet: say whether you validated (RFC 6840 section 5.7)
	flagCD = 0x10 // do not validate for me
)

// careTries is how often a careful question is put, over all resolvers.
const careTries = 5

// question asks one question with care: other resolvers after silence or a bad
// answer, more patience each time. first, where not nil, is asked before others.
func (c *Client) question(ctx context.Context, name string, qtype uint16, flags byte, first *upstream) reply {
	ups := c.usable()
	if len(ups) == 0 {
		return reply{reason: tracker.ReasonLyingPath}
	}
	c.mu.Lock()
	start := int(c.coin.src.Uint64() % uint64(len(ups)))
	c.mu.Unlock()
	for i, u := range ups {
		if u == first {
			start = i
		}
	}
	var last reply
	refusals := 0
	for try := range careTries {
		u := ups[(start+try)%len(ups)]
		r := c.questionAt(ctx, u, name, qtype, flags, c.cfg.FirstTry<<(3+try/len(ups)))
		if r.msg != nil || r.reason == tracker.ReasonCancelled {
			return r
		}
		if r.reason != tracker.ReasonTimeout || last.reason == "" {
			if last = r; r.reason != tracker.ReasonTimeout {
				refusals++
			}
		}
		if refusals >= 2*len(ups) {
			break
		}
	}
	return last
}

// questionAt asks one resolver once.
func (c *Client) questionAt(ctx context.Context, u *upstream, name string, qtype uint16, flags byte, patience time.Duration) reply {
	r := reply{server: u.label, up: u}
	if err := c.total.wait(ctx); err != nil {
		r.reason = c.reasonFor(err)
		return r
	}
	buf := make([]byte, maxQuery)
	id, qend, end := c.pack(buf, name, qtype)
	if end == 0 {
		r.reason = tracker.ReasonBadAnswer
		return r
	}
	buf[3] |= flags
	patience = min(patience, 3*time.Second)
	raw, err := u.ask(ctx, buf[:end], qend, id, patience)
	if err == nil && (raw[3]&0xf == rcodeFormErr || raw[3]&0xf == rcodeNotImp) {
		raw, err = u.ask(ctx, buf[:dropEDNS(buf, qend)], qend, id, patience)
	}
	r.raw = raw
	if err != nil {
		r.reason = c.reasonFor(err)
		return r
	}
	m := new(dns.Msg)
	if err := m.Unpack(raw); err != nil {
		r.reason = tracker.ReasonBadAnswer
		return r
	}
	r.rcode = m.Rcode
	switch {
	case m.Truncated:
		r.reason = tracker.ReasonTruncated
	case m.Rcode == dns.RcodeNameError:
		if len(m.Answer) == 0 {
			r.reason = denial(raw, qend)
		}
		if r.reason == "" {
			r.msg = m
		}
	case m.Rcode != dns.RcodeSuccess:
		r.reason = reasonOf(uint8(m.Rcode & 0xff))
	case refersElsewhere(m, name):
		r.reason = tracker.ReasonLame
	case len(m.Answer) > 0 && !slices.ContainsFunc(m.Answer, func(rr dns.RR) bool { return bare(rr.Header().Name) == name }):
		r.reason = tracker.ReasonBadAnswer // about some other name
	default:
		r.msg = m
	}
	return r
}

// pack packs a question with a random id and random case.
func (c *Client) pack(buf []byte, name string, qtype uint16) (id uint16, qend, end int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	qend, end = packQuery(buf, name, qtype, &c.coin)
	return uint16(c.coin.src.Uint64()), qend, end
}

// refersElsewhere says whether a NOERROR is a referral: a server that does not
// recurse for us has answered nothing.
func refersElsewhere(m *dns.Msg, name string) bool {
	if len(m.Answer) > 0 {
		return false
	}
	refers := false
	for _, rr := range m.Ns {
		switch rr.(type) {
		case *dns.SOA:
			return false
		case *dns.NS:
			if bare(rr.Header().Name) != name {
				refers = true
			}
		}
	}
	return refers
}

// bare is a presentation name of miekg/dns as ours: lower case, no last dot.
func bare(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }

// Lookup is the addresses of a host, IPv4 first, for dialing it after the guard
// has judged them. It is an error where there are none.
func (c *Client) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	host = bare(host)
	var six reply
	done := make(chan struct{})
	go func() {
		defer close(done)
		six = c.question(ctx, host, dns.TypeAAAA, 0, nil)
	}()
	four := c.question(ctx, host, dns.TypeA, 0, nil)
	<-done
	var out []netip.Addr
	for _, r := range []reply{four, six} {
		if r.msg == nil {
			continue
		}
		chain := follow(r.msg, host)
		for _, a := range chain.addrs {
			out = append(out, a.addr)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	e := &LookupError{Host: host, Reason: four.reason, Server: four.server}
	e.Absent = four.msg != nil && four.rcode == dns.RcodeNameError
	return nil, e
}

// A LookupError says why a host has no address.
type LookupError struct {
	Host   string
	Server string
	Reason tracker.Reason // empty: it exists, or is Absent, and has no address
	Absent bool           // NXDOMAIN
}

func (e *LookupError) Error() string {
	switch {
	case e.Absent:
		return "resolver: " + e.Host + " does not exist, says " + e.Server
	case e.Reason != "":
		return "resolver: " + e.Host + ": " + string(e.Reason) + " at " + e.Server
	}
	return "resolver: " + e.Host + " has no address, says " + e.Server
}
