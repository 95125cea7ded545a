package resolver

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// What a server of a zone can say about a name.
type kind uint8

const (
	saysNothing kind = iota
	saysReferral
	saysAnswer
	saysAbsent
	saysNoData
)

type said struct {
	kind    kind
	reason  tracker.Reason
	cut     string // owner of the referral
	soa     string // zone that a negative answer came from
	ns      []tracker.Name
	glue    []addrTTL
	ttl     time.Duration
	ds      bool
	server  string // for people: address
	address string // to dial
}

// ask asks servers of zone in random order until one speaks for it.
func (w *walk) ask(ctx context.Context, zone string, servers []string, name string, qtype uint16) said {
	order := rand.Perm(len(servers))
	last := said{reason: tracker.ReasonTimeout}
	asked := 0
	// A second round, more patient, only where the first met nothing but silence.
	for round := range 2 {
		for _, i := range order {
			if asked == maxAsked*(round+1) || ctx.Err() != nil {
				break
			}
			asked++
			s := w.askServer(ctx, zone, servers[i], name, qtype, w.c.cfg.FirstTry<<(3+round))
			if s.kind != saysNothing {
				return s
			}
			if last.server == "" || s.reason != tracker.ReasonTimeout {
				last = s
			}
		}
		if last.reason != tracker.ReasonTimeout {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		last.reason = w.c.reasonFor(err)
	}
	return last
}

func (w *walk) askServer(ctx context.Context, zone, server, name string, qtype uint16, patience time.Duration) said {
	s := said{server: server, address: server}
	if zone != "" {
		if err := w.c.suffixes.wait(ctx, zone); err != nil {
			s.reason = w.c.reasonFor(err)
			return s
		}
	}
	dial := w.c.cfg.DialAuthority
	if zone == "" {
		dial = w.c.cfg.DialRoot
	}
	raw, err := w.c.askAuthority(ctx, dial, server, name, qtype, patience)
	w.view.frame(raw)
	if err != nil {
		s.reason = w.c.reasonFor(err)
		return s
	}
	m := new(dns.Msg)
	if err := m.Unpack(raw); err != nil {
		s.reason = tracker.ReasonBadAnswer
		return s
	}
	s.read(m, zone, name, qtype)
	return s
}

// askAuthority asks one name server without recursion: UDP, then TCP where the
// answer was cut, or TCP alone behind a proxy.
func (c *Client) askAuthority(ctx context.Context, dial DialFunc, server, name string, qtype uint16, patience time.Duration) ([]byte, error) {
	buf := make([]byte, maxQuery)
	id, qend, end := c.pack(buf, name, qtype)
	if end == 0 {
		return nil, errBadReply
	}
	binary.BigEndian.PutUint16(buf, id)
	buf[2] &^= 0x01 // no recursion
	q := buf[:end]
	if !c.cfg.AuthorityTCP {
		uc, err := dial(ctx, "udp", server)
		if err != nil {
			return nil, err
		}
		raw, err := exchangeUDP(ctx, uc, q, qend, patience)
		_ = uc.Close()
		if err != nil || raw != nil && raw[3]&0xf != rcodeFormErr {
			return raw, err
		}
		if raw != nil {
			q = buf[:dropEDNS(buf, qend)]
		}
	}
	ctx, cancel := context.WithTimeout(ctx, max(patience, streamPatience))
	defer cancel()
	tc, err := dial(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	return exchangeStream(ctx, tc, q, qend)
}

// read decides what m, from a server of zone, says about name.
func (s *said) read(m *dns.Msg, zone, name string, qtype uint16) {
	s.reason = tracker.ReasonLame // until it speaks for the zone
	inZone := func(n string) bool { return zone == "" || n == zone || strings.HasSuffix(n, "."+zone) }
	above := func(n string) bool { return n == "" || n == name || strings.HasSuffix(name, "."+n) }
	var cut string
	var cutTTL uint32
	for _, rr := range m.Ns {
		owner := bare(rr.Header().Name)
		switch rr := rr.(type) {
		case *dns.SOA:
			if inZone(owner) && above(owner) {
				s.soa = owner
			}
		case *dns.NS:
			if !above(owner) || !inZone(owner) || owner == zone || cut != "" && owner != cut {
				continue
			}
			cut, cutTTL = owner, rr.Hdr.Ttl
			s.ns = appendName(s.ns, rr.Ns)
		}
	}
	spoke := m.Authoritative || s.soa != ""
	switch {
	case m.Rcode == dns.RcodeRefused:
		return
	case m.Rcode == dns.RcodeServerFailure:
		return
	case m.Rcode == dns.RcodeNameError:
		switch {
		case aliased(m, name):
			s.kind = saysNoData
		case spoke:
			s.kind = saysAbsent
		}
		return
	case m.Rcode != dns.RcodeSuccess:
		s.reason = tracker.ReasonBadAnswer
		return
	}
	var own []tracker.Name
	for _, rr := range m.Answer {
		if bare(rr.Header().Name) != name {
			continue
		}
		switch rr := rr.(type) {
		case *dns.NS:
			own = appendName(own, rr.Ns)
		case *dns.DS:
			s.ds = true
		}
	}
	switch {
	case qtype == dns.TypeDS:
		if spoke || s.ds {
			s.kind = saysAnswer
		}
	case len(own) > 0 && m.Authoritative:
		// The server holds parent and child alike, and answers as the child.
		s.kind, s.ns = saysAnswer, own
		s.addGlue(m, zone)
	case len(m.Answer) == 0 && cut != "" && len(s.ns) > 0:
		s.kind, s.cut, s.ttl = saysReferral, cut, time.Duration(cutTTL)*time.Second
		s.addGlue(m, zone)
	case spoke && (s.soa != "" || len(m.Answer) > 0 || m.Authoritative):
		s.kind = saysNoData
	}
}

// addGlue takes the addresses of the named servers that the zone may speak for.
func (s *said) addGlue(m *dns.Msg, zone string) {
	for _, rr := range m.Extra {
		owner := bare(rr.Header().Name)
		if zone != "" && owner != zone && !strings.HasSuffix(owner, "."+zone) {
			continue
		}
		if !slices.Contains(s.ns, tracker.Name(owner)) {
			continue
		}
		switch rr := rr.(type) {
		case *dns.A:
			if a, ok := netip.AddrFromSlice(rr.A.To4()); ok {
				s.glue = append(s.glue, addrTTL{a, rr.Hdr.Ttl})
			}
		case *dns.AAAA:
			if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
				s.glue = append(s.glue, addrTTL{a, rr.Hdr.Ttl})
			}
		}
	}
}
