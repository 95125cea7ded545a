package resolver

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"respawn/tracker"
)

func unknown(d *tracker.DNS, word string, r tracker.Reason) {
	if d.Unknown == nil {
		d.Unknown = make(map[string]tracker.Reason)
	}
	d.Unknown[word] = r
}

// fill takes from a message what it says about name itself; what lies behind an
// alias belongs to the alias' target, but for addresses.
func fill(d *tracker.DNS, word string, m *dns.Msg, name string) {
	if word == "a" || word == "aaaa" {
		ch := follow(m, name)
		if ch.broken {
			unknown(d, "cname", tracker.ReasonBadAnswer)
		}
		if len(ch.names) > len(d.CNAME) {
			d.CNAME = ch.names
			ttl(d, "cname", ch.ttl)
		}
		for _, a := range ch.addrs {
			ttl(d, word, a.ttl)
			if a.addr.Is4() {
				d.A = append(d.A, a.addr)
			} else {
				d.AAAA = append(d.AAAA, a.addr)
			}
		}
		return
	}
	text := 0
	for _, rr := range m.Answer {
		h := rr.Header()
		if bare(h.Name) != name || h.Class != dns.ClassINET || dns.Type(h.Rrtype).String() != strings.ToUpper(word) {
			continue
		}
		ttl(d, word, h.Ttl)
		switch rr := rr.(type) {
		case *dns.NS:
			d.NS = appendName(d.NS, rr.Ns)
		case *dns.MX:
			d.MX = appendName(d.MX, rr.Mx)
		case *dns.SOA:
			d.SOA = &tracker.SOA{MName: nameOf(rr.Ns), RName: nameOf(rr.Mbox), Serial: rr.Serial}
		case *dns.CAA:
			d.CAA = append(d.CAA, fmt.Sprintf("%d %s %q", rr.Flag, rr.Tag, rr.Value))
		case *dns.TXT:
			s := strings.Join(rr.Txt, "")
			if text+len(s) > maxText {
				unknown(d, "txt", tracker.ReasonTruncated)
				continue
			}
			text += len(s)
			d.TXT = append(d.TXT, s)
		}
	}
	// Servers rotate records; observations are to differ only where facts do.
	slices.Sort(d.NS)
	slices.Sort(d.MX)
	slices.Sort(d.TXT)
	slices.Sort(d.CAA)
}

func ttl(d *tracker.DNS, word string, t uint32) {
	if old, ok := d.TTL[word]; !ok || t < old {
		d.TTL[word] = t
	}
}

// nameOf is the canonical name of a presentation name; one that no host can have
// is kept as it stands, so that it can still be compared.
func nameOf(s string) tracker.Name {
	if n, err := tracker.ParseName(s); err == nil {
		return n
	}
	return tracker.Name(bare(s))
}

func appendName(to []tracker.Name, s string) []tracker.Name {
	n, err := tracker.ParseName(s)
	if err != nil || slices.Contains(to, n) {
		return to
	}
	return append(to, n)
}

// A chain is what an answer says about the addresses of a name, aliases followed.
type chain struct {
	names  []tracker.Name // of the aliases' targets, in order
	addrs  []addrTTL
	ttl    uint32 // least of the aliases
	broken bool   // a loop, or longer than maxChain
}

type addrTTL struct {
	addr netip.Addr
	ttl  uint32
}

// follow reads the chain of aliases that begins at name, and the addresses at its
// end. Records of any other owner are passed over.
func follow(m *dns.Msg, name string) chain {
	var ch chain
	seen := map[string]bool{name: true}
	at := name
	for {
		next := ""
		for _, rr := range m.Answer {
			if c, ok := rr.(*dns.CNAME); ok && bare(c.Hdr.Name) == at {
				next = bare(c.Target)
				if len(ch.names) == 0 || c.Hdr.Ttl < ch.ttl {
					ch.ttl = c.Hdr.Ttl
				}
				break
			}
		}
		if next == "" {
			break
		}
		if seen[next] || len(ch.names) == maxChain {
			ch.broken = true
			return ch
		}
		seen[next] = true
		ch.names = append(ch.names, nameOf(next))
		at = next
	}
	for _, rr := range m.Answer {
		if bare(rr.Header().Name) != at {
			continue
		}
		var a netip.Addr
		var ok bool
		switch rr := rr.(type) {
		case *dns.A:
			a, ok = netip.AddrFromSlice(rr.A.To4())
		case *dns.AAAA:
			a, ok = netip.AddrFromSlice(rr.AAAA.To16()) // mapped forms stay mapped
		}
		if ok {
			ch.addrs = append(ch.addrs, addrTTL{a, rr.Header().Ttl})
		}
	}
	slices.SortFunc(ch.addrs, func(a, b addrTTL) int { return a.addr.Compare(b.addr) })
	return ch
}

// aliased says whether name has an alias in the answer; NXDOMAIN then speaks of
// the end of the chain (RFC 6604).
func aliased(m *dns.Msg, name string) bool {
	return slices.ContainsFunc(m.Answer, func(rr dns.RR) bool {
		_, ok := rr.(*dns.CNAME)
		return ok && bare(rr.Header().Name) == name
	})
}

// bogus tells a SERVFAIL that comes from failed validation from all others.
func (c *Client) bogus(ctx context.Context, name tracker.Name, d *tracker.DNS, v *View) {
	if v.Reason != tracker.ReasonServFail {
		return
	}
	r := c.question(ctx, string(name), dns.TypeNS, flagCD, nil)
	v.frame(r.raw)
	if r.msg != nil {
		d.DNSSEC = "bogus"
	}
}

// security reads the AD bits. Their absence means something only from a resolver
// that sets it where it must: on the root's own SOA.
func (c *Client) security(ctx context.Context, d *tracker.DNS, replies []reply) {
	for i := range replies {
		r := &replies[i]
		if r.msg == nil || len(r.msg.Answer) == 0 && len(r.msg.Ns) == 0 {
			continue
		}
		switch {
		case r.msg.AuthenticatedData:
			d.DNSSEC = "secure"
			return
		case c.validates(ctx, r.up):
			d.DNSSEC = "insecure"
			return
		}
	}
}

// validates asks a resolver once whether it validates.
func (c *Client) validates(ctx context.Context, u *upstream) bool {
	u.validation.Lock()
	defer u.validation.Unlock()
	if !u.validationKnown {
		r := c.questionAt(ctx, u, "", dns.TypeSOA, flagAD, c.cfg.FirstTry<<3)
		if r.msg == nil && r.reason != tracker.ReasonServFail && r.reason != tracker.ReasonRefused {
			return false // ask again at the next look
		}
		u.validationKnown = true
		u.validating = r.msg != nil && r.msg.AuthenticatedData
	}
	return u.validating
}

// surroundings adds what is known about the addresses.
func (c *Client) surroundings(ctx context.Context, d *tracker.DNS, v *View) {
	addrs := append(slices.Clone(d.A), d.AAAA...)
	var public []netip.Addr
	for _, a := range addrs {
		if what := Special(a); what != "" {
			if v.Special == nil {
				v.Special = make(map[netip.Addr]string)
			}
			v.Special[a] = what
			continue
		}
		if n, ok := c.cfg.ASN.Network(a); ok {
			d.ASN = append(d.ASN, n)
		}
		if len(public) < maxPTR {
			public = append(public, a)
		}
	}
	replies := make([]reply, len(public))
	var group sync.WaitGroup
	for i, a := range public {
		rev, err := dns.ReverseAddr(a.String())
		if err != nil {
			continue
		}
		group.Go(func() { replies[i] = c.question(ctx, bare(rev), dns.TypePTR, 0, nil) })
	}
	group.Wait()
	for i, r := range replies {
		v.frame(r.raw)
		if r.msg == nil {
			unknown(d, "ptr", r.reason)
			continue
		}
		var names []tracker.Name
		for _, rr := range r.msg.Answer {
			if p, ok := rr.(*dns.PTR); ok {
				names = appendName(names, p.Ptr)
			}
		}
		if len(names) > 0 {
			if d.PTR == nil {
				d.PTR = make(map[string][]tracker.Name)
			}
			d.PTR[public[i].String()] = names
		}
	}
}

var specialBlocks = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("127.0.53.53/32"), "name-collision"},
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("64:ff9b::/96"), "nat64"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
}

// Special names what an address is that no visitor on the Internet can reach:
// loopback, private, link-local, multicast, unspecified, shared, documentation,
// reserved, mapped, nat64, 6to4, name-collision; "" for every other one. It
// describes answers; what may be dialed is decided by the guard alone.
func Special(a netip.Addr) string {
	for _, b := range specialBlocks {
		if b.prefix.Contains(a) {
			return b.what
		}
	}
	switch {
	case !a.IsValid() || a.IsUnspecified():
		return "unspecified"
	case a.Is4In6():
		return "mapped"
	case a.IsLoopback():
		return "loopback"
	case a.IsPrivate():
		return "private"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case a.IsMulticast():
		return "multicast"
	}
	return ""
}
