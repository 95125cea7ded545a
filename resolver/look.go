package resolver

import (
	"context"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// A View is what one careful look saw: an observation without Run and Vantage,
// and the bytes behind it.
type View struct {
	tracker.Observation
	// Bytes are the messages that matched their question, bad answers included, in
	// the order of the types in [tracker.DNS], each behind its length in two octets
	// (as over TCP; [Messages] takes them apart). Observation.Raw is their digest.
	Bytes []byte
	// Special are the addresses in the answer that no visitor could reach, each
	// with what it is: 127.0.0.1 stands in the answers of suspension servers, and
	// 127.0.53.53 marks a name collision. They are data, never to be dialed.
	Special map[netip.Addr]string
	// Disagree says that another resolver said the opposite about existence.
	Disagree string
}

// Messages takes the bytes of a [View] apart again. It returns what it could
// read; the bytes are ours and always whole.
func Messages(b []byte) [][]byte {
	var out [][]byte
	for len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			break
		}
		out = append(out, b[2:2+n])
		b = b[2+n:]
	}
	return out
}

func (v *View) frame(raw []byte) {
	if len(raw) > 0 {
		v.Bytes = binary.BigEndian.AppendUint16(v.Bytes, uint16(len(raw)))
		v.Bytes = append(v.Bytes, raw...)
	}
}

func (v *View) seal(now time.Time) {
	v.At = now.UTC().Truncate(time.Millisecond)
	if len(v.Bytes) > 0 {
		v.Raw = tracker.DigestOf(v.Bytes)
	}
}

// lookTypes are the questions of one look, in the order of their bytes.
var lookTypes = []struct {
	word  string
	qtype uint16
}{
	{"ns", dns.TypeNS}, {"a", dns.TypeA}, {"aaaa", dns.TypeAAAA}, {"mx", dns.TypeMX},
	{"txt", dns.TypeTXT}, {"caa", dns.TypeCAA}, {"soa", dns.TypeSOA},
}

const (
	// maxPTR bounds the reverse look-ups of one look.
	maxPTR = 4
	// maxText bounds the TXT data that becomes facts; all of it stays in Bytes.
	maxText = 16 << 10
	// maxChain bounds a chain of aliases.
	maxChain = 16
)

// Look asks a recursive resolver everything that is worth knowing about a name.
// Outcome is Present on any NOERROR, Absent on NXDOMAIN (said by a second resolver
// too where there is one that answers), else Unknown with the reason. Facts.DNS
// is set wherever anything was learned; what was not stands in its Unknown. The
// error is ctx's; everything else is data.
func (c *Client) Look(ctx context.Context, name tracker.Name) (View, error) {
	// However many questions follow, the registry sees one: the resolver keeps the
	// delegation, and the others go to the name's own servers.
	if c.suffixes != nil {
		if err := c.suffixes.wait(ctx, suffixOf(string(name))); err != nil {
			v := View{Observation: tracker.Observation{Name: name, Probe: tracker.ProbeDNS, Reason: c.reasonFor(err)}}
			v.seal(c.cfg.Now())
			return v, err
		}
	}
	v, from := c.look(ctx, name, nil)
	if v.Outcome == tracker.Absent && len(c.usable()) > 1 {
		v = c.second(ctx, v, from)
	}
	v.seal(c.cfg.Now())
	return v, ctx.Err()
}

// second asks another resolver whether the name is absent. Where it exists there,
// the first had an old answer: absence is cached longer than a birth takes.
func (c *Client) second(ctx context.Context, v View, from *upstream) View {
	for _, u := range c.usable() {
		if u == from {
			continue
		}
		r := c.questionAt(ctx, u, string(v.Name), dns.TypeNS, flagAD, c.cfg.FirstTry<<4)
		if r.msg == nil {
			continue
		}
		if r.rcode == dns.RcodeNameError && !aliased(r.msg, string(v.Name)) {
			return v
		}
		w, _ := c.look(ctx, v.Name, u)
		if w.Outcome != tracker.Present {
			continue
		}
		w.Disagree = v.Server + " says nxdomain"
		w.Bytes = append(w.Bytes, v.Bytes...)
		return w
	}
	return v
}

func (c *Client) look(ctx context.Context, name tracker.Name, first *upstream) (View, *upstream) {
	replies := make([]reply, len(lookTypes))
	var group sync.WaitGroup
	for i, t := range lookTypes {
		group.Go(func() { replies[i] = c.question(ctx, string(name), t.qtype, flagAD, first) })
	}
	group.Wait()

	v := View{Observation: tracker.Observation{Name: name, Probe: tracker.ProbeDNS}}
	d := &tracker.DNS{TTL: make(map[string]uint32)}
	var decided *reply
	var present, absent int
	for i := range replies {
		r := &replies[i]
		v.frame(r.raw)
		switch {
		case r.msg == nil:
			unknown(d, lookTypes[i].word, r.reason)
			continue
		case r.rcode == dns.RcodeNameError && !aliased(r.msg, string(name)):
			absent++
		default:
			if present++; present == 1 {
				decided = r
			}
			continue
		}
		if decided == nil {
			decided = r
		}
	}
	switch {
	case present > 0:
		// Some servers say NXDOMAIN for types they lack (RFC 4074 section 4.2).
		v.Outcome, d.Status = tracker.Present, "noerror"
	case absent > 0:
		v.Outcome, d.Status = tracker.Absent, "nxdomain"
	default:
		decided = &replies[0]
		v.Reason = decided.reason
		c.bogus(ctx, name, d, &v)
	}
	v.Server = decided.server
	if present > 0 {
		for i, t := range lookTypes {
			if replies[i].msg != nil {
				fill(d, t.word, replies[i].msg, string(name))
			}
		}
		c.surroundings(ctx, d, &v)
		c.security(ctx, d, replies)
	}
	if len(d.TTL) == 0 {
		d.TTL = nil
	}
	if d.Status != "" || d.DNSSEC != "" {
		v.Facts = &tracker.Facts{DNS: d}
	}
	return v, decided.up
}
