package netsim

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

const (
	headerLen = 12
	ednsSize  = 1232 // dnsflagday.net/2020
)

// A question is the part of a DNS query that the fast path understands. It
// refers to the packet it was read from.
type question struct {
	name   []byte // in wire format, lower case, without the last zero byte
	labels []byte // offsets of the labels in name
	qtype  uint16
	end    int // of the question section
	edns   bool
}

// parseQuestion reads a plain query for one name in class IN, with at most an
// OPT record beside it. It returns false for everything else: the careful path
// decides what that is. The name and its labels are written to buf and lab,
// which must hold 255 and 128 bytes.
func parseQuestion(b, buf, lab []byte) (q question, ok bool) {
	if len(b) < headerLen+5 || b[2]&0xf8 != 0 { // QR or an opcode other than QUERY
		return q, false
	}
	if b[4] != 0 || b[5] != 1 || b[6]|b[7]|b[8]|b[9]|b[10] != 0 || b[11] > 1 {
		return q, false
	}
	i, n := headerLen, 0
	for {
		if i >= len(b) {
			return q, false
		}
		l := int(b[i])
		if l == 0 {
			break
		}
		if l > 63 || i+1+l >= len(b) || i-headerLen+1+l > 254 {
			return q, false // a pointer, a name that is cut off or too long
		}
		lab[n] = byte(i - headerLen)
		n++
		i += 1 + l
	}
	size := i - headerLen
	for j, c := range b[headerLen:i] {
		if 'A' <= c && c <= 'Z' { // never a length byte: those end at 63
			c += 'a' - 'A'
		}
		buf[j] = c
	}
	i++
	if i+4 > len(b) || binary.BigEndian.Uint16(b[i+2:]) != dns.ClassINET {
		return q, false
	}
	q = question{name: buf[:size], labels: lab[:n], qtype: binary.BigEndian.Uint16(b[i:]), end: i + 4}
	rest := b[q.end:]
	if b[11] == 1 {
		// RFC 6891 section 6.1.2: root owner, type OPT, size, flags, length
		if len(rest) < 11 || rest[0] != 0 || binary.BigEndian.Uint16(rest[1:]) != dns.TypeOPT || rest[6] != 0 ||
			len(rest) != 11+int(binary.BigEndian.Uint16(rest[9:])) {
			return q, false
		}
		q.edns = true
	} else if len(rest) != 0 {
		return q, false
	}
	return q, true
}

// miss answers a plain question for a name that does not exist, appended to
// out. It returns false when the name may exist or something about it needs the
// careful path. It allocates nothing but what out grows by.
func (v *view) miss(b, buf, lab, out []byte) ([]byte, bool) {
	q, ok := parseQuestion(b, buf, lab)
	if !ok || v.allSlow || len(q.labels) == 0 {
		return out, false
	}
	for i, off := range q.labels {
		z := v.zones[string(q.name[off:])]
		if z == nil {
			z = v.t.zones[string(q.name[off:])]
		}
		if z == nil {
			continue
		}
		if i == 0 || z.slow || q.qtype == dns.TypeDS {
			return out, false
		}
		return appendMiss(out, b, q, z, headerLen+int(off)), true
	}
	return appendMiss(out, b, q, v.t.zones[""], -1), true
}

// appendMiss writes an NXDOMAIN: the question as it was asked, so that a client
// finds the case of its letters again, and the SOA of the zone, whose owner is a
// pointer into the question.
func appendMiss(out, b []byte, q question, z *zone, owner int) []byte {
	out = append(out, b[0], b[1], 0x80|b[2]&0x01, 0x80|b[3]&0x10|dns.RcodeNameError, 0, 1, 0, 0, 0, 1, 0, 0)
	if q.edns {
		out[len(out)-1] = 1
	}
	out = append(out, b[headerLen:q.end]...)
	if owner < 0 {
		out = append(out, 0)
	} else {
		out = append(out, 0xc0|byte(owner>>8), byte(owner))
	}
	out = append(out, z.negative...)
	if q.edns {
		out = append(out, 0, 0, byte(dns.TypeOPT), ednsSize>>8, ednsSize&0xff, 0, 0, 0, 0, 0, 0)
	}
	return out
}
