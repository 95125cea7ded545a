package resolver

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strings"

	"respawn/tracker"
)

// The numbers of the IANA registry "DNS parameters" that the sweep reads itself.
const (
	typeA     = 1
	typeNS    = 2
	typeCNAME = 5
	typeSOA   = 6
	typeAAAA  = 28
	typeOPT   = 41

	optionEDE = 15 // extended DNS error, RFC 8914
	classIN   = 1

	rcodeNoError  = 0
	rcodeFormErr  = 1
	rcodeServFail = 2
	rcodeNXDomain = 3
	rcodeNotImp   = 4
	rcodeRefused  = 5
	rcodeNotAuth  = 9
)

const (
	headerLen = 12
	// ednsSize is the size that passes every sane path unfragmented (DNS flag day 2020).
	ednsSize = 1232
	optLen   = 11
	// maxQuery is header, longest name, type and class, and the OPT record.
	maxQuery = headerLen + 255 + 4 + optLen
	// maxPointers bounds a chain of compression pointers; honest names need one or two.
	maxPointers = 32
)

// A coin gives random bits from a cryptographic generator, for ids and for the
// case of letters. It is owned by one goroutine.
type coin struct {
	src  *rand.ChaCha8
	bits uint64
	left uint
}

func (c *coin) flip() byte {
	if c.left == 0 {
		c.bits, c.left = c.src.Uint64(), 64
	}
	b := byte(c.bits & 1)
	c.bits >>= 1
	c.left--
	return b
}

// packQuery writes one recursive question with EDNS0 into buf, which must hold
// maxQuery bytes, with id zero and the case of each letter random where mix says
// so (draft-vixie-dnsext-dns0x20). name is in presentation form without escapes;
// the empty name is the root. It returns the end of the question section and of
// the message; 0, 0 where name is no DNS name.
func packQuery(buf []byte, name string, qtype uint16, mix *coin) (qend, end int) {
	if len(name) > 253 {
		return 0, 0
	}
	copy(buf, "\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01") // RD, one question, one additional
	at := headerLen
	if name != "" {
		length := at // where the length of the label goes
		at++
		for i := range len(name) {
			c := name[i]
			if c == '.' {
				if n := at - length - 1; n == 0 || n > 63 {
					return 0, 0
				} else {
					buf[length] = byte(n)
				}
				length = at
				at++
				continue
			}
			if mix != nil && (c|0x20)-'a' < 26 {
				c ^= mix.flip() << 5
			}
			buf[at] = c
			at++
		}
		n := at - length - 1
		if n == 0 || n > 63 {
			return 0, 0
		}
		buf[length] = byte(n)
	}
	buf[at] = 0
	binary.BigEndian.PutUint16(buf[at+1:], qtype)
	binary.BigEndian.PutUint16(buf[at+3:], classIN)
	qend = at + 5
	copy(buf[qend:], "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00") // root, OPT, 1232, no flags, no options
	return qend, qend + optLen
}

// dropEDNS takes the OPT record off a packed query, for servers that answer
// FORMERR to it (RFC 6891 section 7). It returns the new end.
func dropEDNS(buf []byte, qend int) int {
	buf[11] = 0
	return qend
}

// A verdict is what one response means for the question it answers.
type verdict uint8

const (
	isForeign   verdict = iota // answers some other question: as if it had not come
	isPresent                  // the owner exists
	isAbsent                   // the owner does not exist
	isBad                      // a response, but no answer: ask someone else
	isTruncated                // ask again over TCP
)

// A reading is a response as read: only what decides existence, and the NS and
// addresses at the owner where it holds them.
type reading struct {
	verdict verdict
	reason  tracker.Reason
	rcode   uint8
	edns    bool // the server may not understand EDNS: ask without it
	ns      []tracker.Name
	addrs   []netip.Addr
	alias   bool   // a CNAME at the owner
	zone    string // owner of the SOA in the authority section, "" root or none
	soa     bool   // there was such an SOA
}

// read reads msg as the response to a query whose question section is question
// (bytes as sent, from offset 12). The id has been matched already. exact demands
// the same case of letters, which is what protects UDP.
func read(msg, question []byte, exact bool) reading {
	if len(msg) < headerLen || msg[2]&0x80 == 0 || msg[2]>>3&0xf != 0 {
		return reading{}
	}
	r := reading{rcode: msg[3] & 0xf}
	flags := msg[2]
	qd := binary.BigEndian.Uint16(msg[4:])
	if qd == 0 && r.rcode != rcodeNoError && r.rcode != rcodeNXDomain {
		// Some servers refuse without repeating the question. That can end a try,
		// never a question.
		r.verdict, r.reason = isBad, reasonOf(r.rcode)
		r.edns = r.rcode == rcodeFormErr || r.rcode == rcodeNotImp
		return r
	}
	qend := headerLen + len(question)
	if qd != 1 || len(msg) < qend {
		return reading{}
	}
	if exact {
		if !bytes.Equal(msg[headerLen:qend], question) {
			return reading{}
		}
	} else if !equalFold(msg[headerLen:qend], question) {
		return reading{}
	}
	if flags&0x02 != 0 {
		r.verdict, r.reason = isTruncated, tracker.ReasonTruncated
		return r
	}
	switch r.rcode {
	case rcodeNXDomain:
		if msg[6]|msg[7] == 0 { // by far the most frequent answer
			if r.reason = denial(msg, qend); r.reason != "" {
				r.verdict = isBad
			} else {
				r.verdict = isAbsent
			}
			return r
		}
		// RFC 6604: behind an alias the code speaks of the end of the chain. The
		// alias itself exists.
		if r.sections(msg, qend) && r.alias {
			r.verdict = isPresent
			return r
		}
		r.verdict, r.reason = isBad, tracker.ReasonBadAnswer
	case rcodeNoError:
		r.noError(msg, qend)
	default:
		r.verdict, r.reason = isBad, reasonOf(r.rcode)
		r.edns = r.rcode == rcodeFormErr || r.rcode == rcodeNotImp
	}
	return r
}

func (r *reading) noError(msg []byte, qend int) {
	if !r.sections(msg, qend) {
		r.verdict, r.reason = isBad, tracker.ReasonBadAnswer
		return
	}
	switch {
	case msg[6]|msg[7] != 0 && r.reason == "":
		r.verdict = isPresent
	case msg[6]|msg[7] != 0: // answers, none of them for this name
		r.verdict = isBad
	case len(r.ns) > 0: // a referral of exactly this name, from its parent
		r.verdict = isPresent
	case r.reason == tracker.ReasonLame:
		r.verdict = isBad
	default: // the name exists without this type (RFC 2308 section 2.2)
		r.verdict = isPresent
	}
}

// denial says why an NXDOMAIN without answers proves nothing, or "". It proves
// nothing where the zone that it quotes is not above the name (bad-answer), where
// the resolver says that it was made to hide names (refused; RFC 8914 codes 15 to
// 18, as courts and governments order it for the very sites that are tracked), and
// where it could not ask and repeats what it once knew (servfail; code 19). One
// that quotes no zone at all is believed: many forwarders keep none.
func denial(msg []byte, qend int) tracker.Reason {
	off := qend
	for range binary.BigEndian.Uint16(msg[8:]) {
		owner := off
		if off = skipName(msg, off); off < 0 || off+10 > len(msg) {
			return tracker.ReasonBadAnswer
		}
		rtype := binary.BigEndian.Uint16(msg[off:])
		if off += 10 + int(binary.BigEndian.Uint16(msg[off+8:])); off > len(msg) {
			return tracker.ReasonBadAnswer
		}
		if rtype == typeSOA && !covers(msg, owner, headerLen) {
			return tracker.ReasonBadAnswer
		}
	}
	for range binary.BigEndian.Uint16(msg[10:]) {
		if off = skipName(msg, off); off < 0 || off+10 > len(msg) {
			return ""
		}
		rtype := binary.BigEndian.Uint16(msg[off:])
		data := off + 10
		if off = data + int(binary.BigEndian.Uint16(msg[off+8:])); off > len(msg) {
			return ""
		}
		if rtype == typeOPT {
			return extendedDenial(msg[data:off])
		}
	}
	return ""
}

// extendedDenial reads the options of an OPT record (RFC 6891 section 6.1.2).
func extendedDenial(options []byte) tracker.Reason {
	for len(options) >= 4 {
		code, n := binary.BigEndian.Uint16(options), int(binary.BigEndian.Uint16(options[2:]))
		if options = options[4:]; n > len(options) {
			return ""
		}
		if code == optionEDE && n >= 2 {
			switch binary.BigEndian.Uint16(options) {
			case 15, 16, 17, 18: // blocked, censored, filtered, prohibited
				return tracker.ReasonRefused
			case 19: // stale NXDOMAIN answer
				return tracker.ReasonServFail
			}
		}
		options = options[n:]
	}
	return ""
}

// covers says whether the name at zone is the name at off or above it. A malformed
// name covers none.
func covers(msg []byte, zone, off int) bool {
	for off >= 0 && off < len(msg) {
		if sameName(msg, zone, off) {
			return true
		}
		n := int(msg[off])
		if n == 0 || n > 63 { // the question has no pointers
			return false
		}
		off += 1 + n
	}
	return false
}

// sections reads the answer and authority sections. It is false for a malformed
// message. It leaves reason at bad-answer where there are answers but none is
// owned by the question's name, and at lame where the server refers elsewhere.
func (r *reading) sections(msg []byte, qend int) bool {
	an := int(binary.BigEndian.Uint16(msg[6:]))
	auth := int(binary.BigEndian.Uint16(msg[8:]))
	off, own, above := qend, 0, 0
	for i := range an + auth {
		owner := off
		off = skipName(msg, off)
		if off < 0 || off+10 > len(msg) {
			return false
		}
		rtype := binary.BigEndian.Uint16(msg[off:])
		class := binary.BigEndian.Uint16(msg[off+2:])
		n := int(binary.BigEndian.Uint16(msg[off+8:]))
		data := off + 10
		off = data + n
		if off > len(msg) {
			return false
		}
		if class != classIN {
			continue
		}
		if !sameName(msg, owner, headerLen) {
			switch {
			case i < an:
			case rtype == typeSOA:
				r.zone, r.soa = readName(msg, owner)
			case rtype == typeNS:
				above++
			}
			continue
		}
		if i < an {
			own++
		}
		switch {
		case rtype == typeNS:
			s, ok := readName(msg, data)
			if !ok {
				return false
			}
			if name, err := tracker.ParseName(s); err == nil {
				r.ns = append(r.ns, name)
			}
		case rtype == typeSOA && i >= an:
			r.zone, r.soa = readName(msg, owner)
		case rtype == typeCNAME && i < an:
			if skipName(msg, data) < 0 {
				return false
			}
			r.alias = true
		case rtype == typeA && n == 4 && i < an:
			r.addrs = append(r.addrs, netip.AddrFrom4([4]byte(msg[data:off])))
		case rtype == typeAAAA && n == 16 && i < an:
			r.addrs = append(r.addrs, netip.AddrFrom16([16]byte(msg[data:off])))
		}
	}
	switch {
	case an > 0 && own == 0:
		r.reason = tracker.ReasonBadAnswer
	case an == 0 && above > 0 && !r.soa:
		r.reason = tracker.ReasonLame
	}
	return true
}

// reasonOf names a response code that is no answer.
func reasonOf(rcode uint8) tracker.Reason {
	switch rcode {
	case rcodeServFail:
		return tracker.ReasonServFail
	case rcodeRefused, rcodeNotImp, rcodeNotAuth:
		return tracker.ReasonRefused
	}
	return tracker.ReasonBadAnswer
}

// skipName returns the offset after the name at off, or -1. It does not follow
// the pointer that ends it.
func skipName(msg []byte, off int) int {
	for off < len(msg) {
		n := int(msg[off])
		switch {
		case n == 0:
			return off + 1
		case n >= 0xc0:
			if off+2 > len(msg) {
				return -1
			}
			return off + 2
		case n > 63:
			return -1
		}
		off += 1 + n
	}
	return -1
}

// label steps to the label at off: its octets and the offset behind it. A pointer
// must lead to before the one it stands in (low), so that no chain is endless
// (RFC 1035 section 4.1.4: "a prior occurrence"). ok is false for a malformed
// name; an empty label is its end.
func label(msg []byte, off, low int) (l []byte, next, lowest int, ok bool) {
	for range maxPointers {
		if off >= len(msg) {
			return nil, 0, 0, false
		}
		n := int(msg[off])
		if n < 64 {
			if off+1+n > len(msg) {
				return nil, 0, 0, false
			}
			return msg[off+1 : off+1+n], off + 1 + n, low, true
		}
		if n < 0xc0 || off+1 >= len(msg) {
			return nil, 0, 0, false
		}
		to := (n&0x3f)<<8 | int(msg[off+1])
		if to >= low || to < headerLen {
			return nil, 0, 0, false
		}
		off, low = to, to
	}
	return nil, 0, 0, false
}

// sameName compares the names at offsets a and b, letters without case. A
// malformed name equals none.
func sameName(msg []byte, a, b int) bool {
	lowA, lowB, total := a, b, 0
	var la, lb []byte
	var okA, okB bool
	for {
		la, a, lowA, okA = label(msg, a, lowA)
		lb, b, lowB, okB = label(msg, b, lowB)
		if !okA || !okB || !equalFold(la, lb) {
			return false
		}
		if len(la) == 0 {
			return true
		}
		if total += 1 + len(la); total > 255 {
			return false
		}
	}
}

// readName is the name at off in lower case, without the last dot; "" is the
// root. Octets that presentation form would escape are kept as they are, so that
// [tracker.ParseName] refuses them.
func readName(msg []byte, off int) (string, bool) {
	var b strings.Builder
	low := off
	for {
		l, next, lowest, ok := label(msg, off, low)
		if !ok || b.Len()+len(l) > 254 {
			return "", false
		}
		if len(l) == 0 {
			return b.String(), true
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		for _, c := range l {
			switch {
			case c-'A' < 26:
				c |= 0x20
			case c == '.':
				c = '\\' // a dot inside a label is no separator
			}
			b.WriteByte(c)
		}
		off, low = next, lowest
	}
}

// equalFold compares octets, ASCII letters without case (RFC 4343).
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		d := b[i]
		if c != d && (c^d != 0x20 || (c|0x20)-'a' >= 26) {
			return false
		}
	}
	return true
}
