package netsim

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// A zone is a part of the name space with its own servers.
type zone struct {
	name    string // FQDN, lower case
	ns      []string
	servers []netip.Addr // where the zone is answered
	soa     *dns.SOA
	names   map[string][]dns.RR // by owner; the apex has its own SOA and NS beside these
	ents    map[string]bool     // empty non-terminals
	site    *Site               // nil for suffixes
	slow    bool                // something about it needs the careful path
	marker  bool                // no zone, only a name that the fast path must not answer
	// negative is the SOA record of a negative answer from its type field on,
	// packed once: the fast path puts a compressed owner before it.
	negative []byte
}

func newZone(name string, ns []string, serial, minttl uint32) *zone {
	z := &zone{name: dns.Fqdn(name), ns: ns}
	mname := "."
	if len(ns) > 0 {
		mname = ns[0]
	}
	rname := "hostmaster." + strings.TrimPrefix(z.name, ".")
	z.soa = &dns.SOA{
		Hdr: dns.RR_Header{Name: z.name, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: minttl},
		Ns:  mname, Mbox: rname, Serial: serial, Refresh: 7200, Retry: 900, Expire: 1209600, Minttl: minttl,
	}
	z.negative = packNegative(z.soa)
	return z
}

func packNegative(soa *dns.SOA) []byte {
	rdata := append(wireName(soa.Ns), wireName(soa.Mbox)...)
	for _, v := range []uint32{soa.Serial, soa.Refresh, soa.Retry, soa.Expire, soa.Minttl} {
		rdata = binary.BigEndian.AppendUint32(rdata, v)
	}
	b := binary.BigEndian.AppendUint16(nil, dns.TypeSOA)
	b = binary.BigEndian.AppendUint16(b, dns.ClassINET)
	b = binary.BigEndian.AppendUint32(b, min(soa.Hdr.Ttl, soa.Minttl)) // RFC 2308 section 3
	b = binary.BigEndian.AppendUint16(b, uint16(len(rdata)))
	return append(b, rdata...)
}

// wireKey is the name in wire format without its last zero byte: the key of all
// zone maps. The root is "".
func wireKey(name string) string { w := wireName(name); return string(w[:len(w)-1]) }

func wireName(name string) []byte {
	name = strings.TrimSuffix(name, ".")
	out := make([]byte, 0, len(name)+2)
	if name != "" {
		for label := range strings.SplitSeq(name, ".") {
			out = append(append(out, byte(len(label))), label...)
		}
	}
	return append(out, 0)
}

// add puts a record into the zone and notes the empty non-terminals above it.
func (z *zone) add(rr dns.RR) {
	if z.names == nil {
		z.names, z.ents = map[string][]dns.RR{}, map[string]bool{}
	}
	owner := rr.Header().Name
	z.names[owner] = append(z.names[owner], rr)
	for p := parentOf(owner); p != "" && p != z.name && len(p) > len(z.name); p = parentOf(p) {
		z.ents[p] = true
	}
}

func (z *zone) addAddrs(owner string, ttl uint32, addrs []netip.Addr) {
	for _, a := range addrs {
		z.add(addrRecord(dns.Fqdn(owner), ttl, a))
	}
}

func addrRecord(owner string, ttl uint32, a netip.Addr) dns.RR {
	h := dns.RR_Header{Name: owner, Class: dns.ClassINET, Ttl: ttl}
	if a.Is4() {
		h.Rrtype = dns.TypeA
		return &dns.A{Hdr: h, A: a.AsSlice()}
	}
	h.Rrtype = dns.TypeAAAA
	return &dns.AAAA{Hdr: h, AAAA: a.AsSlice()}
}

// parentOf drops the first label of an FQDN; the parent of the root is "".
func parentOf(name string) string {
	if name == "." || name == "" {
		return ""
	}
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// has reports whether the zone itself defines records of that type at its apex.
func (z *zone) has(owner string, types ...uint16) bool {
	return slices.ContainsFunc(z.names[owner], func(rr dns.RR) bool { return slices.Contains(types, rr.Header().Rrtype) })
}

// at returns the records of a name in the zone, apex records included.
func (z *zone) at(owner string) []dns.RR {
	rrs := z.names[owner]
	if owner != z.name {
		return rrs
	}
	out := make([]dns.RR, 0, len(rrs)+len(z.ns)+1)
	if !z.has(owner, dns.TypeSOA) {
		out = append(out, z.soa)
	}
	if !z.has(owner, dns.TypeNS) {
		out = append(out, z.nsRecords(86400)...)
	}
	return append(out, rrs...)
}

func (z *zone) nsRecords(ttl uint32) []dns.RR {
	out := make([]dns.RR, 0, len(z.ns))
	for _, ns := range z.ns {
		out = append(out, &dns.NS{Hdr: dns.RR_Header{Name: z.name, Rrtype: dns.TypeNS, Class: dns.ClassINET, Ttl: ttl}, Ns: ns})
	}
	return out
}

func (z *zone) negativeSOA() dns.RR {
	for _, rr := range z.names[z.name] {
		if soa, ok := rr.(*dns.SOA); ok {
			return soa
		}
	}
	return z.soa
}

// find returns the records that answer (owner, type): the CNAME if there is one
// and another type was asked. exists is false for NXDOMAIN. Wildcards follow
// RFC 4592: the closest encloser decides.
func (z *zone) find(owner string, qtype uint16) (rrs []dns.RR, exists bool) {
	all := z.at(owner)
	if len(all) == 0 {
		if z.ents[owner] {
			return nil, true
		}
		for enc := parentOf(owner); len(enc) >= len(z.name); enc = parentOf(enc) {
			if w := z.names["*."+strings.TrimPrefix(enc, ".")]; len(w) > 0 {
				for _, rr := range w {
					rr = dns.Copy(rr)
					rr.Header().Name = owner
					all = append(all, rr)
				}
				break
			}
			if enc == z.name || len(z.names[enc]) > 0 || z.ents[enc] {
				break
			}
		}
		if len(all) == 0 {
			return nil, false
		}
	}
	for _, rr := range all {
		if t := rr.Header().Rrtype; t == qtype || qtype == dns.TypeANY || t == dns.TypeCNAME && qtype != dns.TypeCNAME {
			rrs = append(rrs, rr)
		}
	}
	return rrs, true
}
