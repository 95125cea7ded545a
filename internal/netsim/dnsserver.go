package netsim

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A reply is what a DNS server does with one packet.
type reply struct {
	msg   []byte // nil: no answer at all
	delay time.Duration
}

// answerDNS is the careful path: it answers one packet sent to the server at an
// address, over UDP or TCP.
func (s *Server) answerDNS(pkt []byte, at netip.Addr, udp bool) reply {
	q := new(dns.Msg)
	if err := q.Unpack(pkt); err != nil || q.Response {
		if len(pkt) < headerLen || pkt[2]&0x80 != 0 {
			return reply{}
		}
		m := new(dns.Msg)
		m.Id, m.Response, m.Rcode = binary.BigEndian.Uint16(pkt), true, dns.RcodeFormatError
		return pack(m, nil, udp)
	}
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = at == resolverAddr
	if q.Opcode != dns.OpcodeQuery {
		m.Rcode = dns.RcodeNotImplemented
		return pack(m, q, udp)
	}
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return pack(m, q, udp)
	}
	qu := q.Question[0]
	if qu.Qclass != dns.ClassINET || qu.Qtype == dns.TypeAXFR || qu.Qtype == dns.TypeIXFR {
		m.Rcode = dns.RcodeRefused
		return pack(m, q, udp)
	}
	name := dns.CanonicalName(qu.Name)
	_, v := s.current()
	server := s.topo.nameOf[at]
	if server == "" {
		server = at.String()
	}
	var res result
	var fault *activeFault
	plain := strings.TrimSuffix(name, ".")
	if at == resolverAddr {
		s.count("dns resolver", 1)
		fault = s.once(v.resolverFault(plain), plain)
		res = v.resolve(name, qu.Qtype)
	} else {
		s.count("dns "+server, 1)
		var z *zone
		res, z = v.authority(at, name, qu.Qtype)
		fault = s.once(v.authorityFault(server, plain, z), plain)
	}
	r := reply{}
	if fault != nil {
		if fault.Kind == "nxdomain" { // in the words of the suffix
			res.authority = []dns.RR{s.topo.zones[wireKey(s.topo.w.suffixAbove(plain))].negativeSOA()}
		}
		var silent bool
		if silent, r.delay = spoil(fault, m, &res, qu, udp, at == resolverAddr); silent {
			return reply{}
		}
	}
	m.Rcode, m.Authoritative = res.rcode, res.aa
	m.Answer, m.Ns, m.Extra = restoreCase(res.answer, name, qu.Name), res.authority, res.extra
	r.msg = pack(m, q, udp).msg
	return r
}

// spoil applies a fault to an answer.
func spoil(f *activeFault, m *dns.Msg, res *result, qu dns.Question, udp, resolver bool) (silent bool, delay time.Duration) {
	if resolver && f.At != "resolver" {
		switch f.Kind { // what the resolver makes of a silent or broken authority
		case "refused", "timeout", "lame":
			*res = result{rcode: dns.RcodeServerFailure}
			return false, 0
		case "truncate":
			if f.At == "authority" {
				return false, 0 // it went back over TCP
			}
		}
	}
	switch f.Kind {
	case "servfail":
		*res = result{rcode: dns.RcodeServerFailure}
	case "refused", "lame":
		*res = result{rcode: dns.RcodeRefused}
	case "timeout":
		return true, 0
	case "nxdomain":
		*res = result{rcode: dns.RcodeNameError, authority: res.authority}
	case "slow":
		if delay = f.Delay.Duration; delay == 0 {
			delay = time.Second
		}
	case "truncate":
		if udp {
			*res = result{aa: res.aa}
			m.Truncated = true
		}
	case "lie":
		if !resolver {
			break
		}
		*res = result{}
		for _, a := range parseAddrs(f.Addresses) {
			if rr := addrRecord(dns.CanonicalName(qu.Name), 300, a); rr.Header().Rrtype == qu.Qtype {
				res.answer = append(res.answer, rr)
			}
		}
	}
	return false, delay
}

// restoreCase gives the answer's owner the letters of the question (0x20).
func restoreCase(rrs []dns.RR, lower, asked string) []dns.RR {
	if lower == asked {
		return rrs
	}
	out := make([]dns.RR, len(rrs))
	for i, rr := range rrs {
		if rr.Header().Name == lower {
			rr = dns.Copy(rr)
			rr.Header().Name = asked
		}
		out[i] = rr
	}
	return out
}

func pack(m, q *dns.Msg, udp bool) reply {
	size := dns.MinMsgSize
	if q != nil {
		if o := q.IsEdns0(); o != nil {
			size = max(size, int(o.UDPSize()))
			if o.Version() != 0 {
				m.Rcode, m.Answer, m.Ns, m.Extra = dns.RcodeBadVers, nil, nil, nil
			}
			m.SetEdns0(ednsSize, false)
		}
	}
	m.Compress = true
	if udp {
		tc := m.Truncated
		m.Truncate(min(size, ednsSize))
		m.Truncated = m.Truncated || tc
	}
	b, err := m.Pack()
	if err != nil {
		// A record that a world writes but DNS can't carry, such as a TXT
		// beyond 64 KiB: what a real server would do.
		f := new(dns.Msg)
		f.Id, f.Response, f.Rcode, f.Question = m.Id, true, dns.RcodeServerFailure, m.Question
		b, _ = f.Pack()
	}
	return reply{msg: b}
}

// serveDNS answers length-prefixed questions on a stream (RFC 7766) until the
// client closes it or stays silent.
func (s *Server) serveDNS(ctx context.Context, conn net.Conn, at netip.Addr) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var head [2]byte
	for {
		conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		pkt := make([]byte, binary.BigEndian.Uint16(head[:]))
		if _, err := io.ReadFull(conn, pkt); err != nil {
			return
		}
		r := s.answerDNS(pkt, at, false)
		if !s.wait(ctx, r.delay) {
			return
		}
		if r.msg == nil {
			continue // silence: the client's time runs out
		}
		out := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(r.msg)), uint16(len(r.msg)))
		conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Write(append(out, r.msg...)); err != nil {
			return
		}
	}
}
