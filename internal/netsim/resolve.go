package netsim

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// A result is what a server has to say about one question.
type result struct {
	rcode     int
	answer    []dns.RR
	authority []dns.RR
	extra     []dns.RR
	aa        bool
}

// maxCNAMEs bounds the chain that the resolver follows.
const maxCNAMEs = 8

// resolve answers as a recursive resolver would, faults aside. The name is an
// FQDN in lower case.
func (v *view) resolve(name string, qtype uint16) result {
	var res result
	for range maxCNAMEs {
		z := v.zone(name)
		if qtype == dns.TypeDS && name == z.name && name != "." {
			z = v.zone(parentOf(name))
		}
		if len(z.servers) == 0 { // its name servers have no address: nobody to ask
			return result{rcode: dns.RcodeServerFailure}
		}
		rrs, exists := v.find(z, name, qtype)
		res.answer = append(res.answer, rrs...)
		if len(rrs) == 0 {
			if !exists {
				res.rcode = dns.RcodeNameError
			}
			res.authority = []dns.RR{z.negativeSOA()}
			return res
		}
		c, ok := rrs[0].(*dns.CNAME)
		if !ok || qtype == dns.TypeCNAME || qtype == dns.TypeANY {
			return res
		}
		name = dns.CanonicalName(c.Target)
	}
	return result{rcode: dns.RcodeServerFailure, answer: res.answer}
}

// find is zone.find with what a zone does not know itself: names that have only
// suffixes or other zones below them exist without records.
func (v *view) find(z *zone, name string, qtype uint16) ([]dns.RR, bool) {
	rrs, exists := z.find(name, qtype)
	if !exists {
		exists = v.t.between[strings.TrimSuffix(name, ".")] || v.zone(name).name == name
	}
	return rrs, exists
}

// authority answers as the name server at an address would, faults aside: from
// its own zones with AA, with a referral for what lies below them, REFUSED for
// the rest. The zone is the one that the answer is from, nil if refused.
func (v *view) authority(at netip.Addr, name string, qtype uint16) (result, *zone) {
	z := v.zone(name)
	var cut *zone
	if qtype == dns.TypeDS && name == z.name && name != "." {
		z = v.zone(parentOf(name))
	}
	for !slices.Contains(z.servers, at) {
		if z.name == "." {
			return result{rcode: dns.RcodeRefused}, nil
		}
		cut = z
		z = v.zone(parentOf(z.name))
	}
	if cut != nil {
		res := result{authority: cut.nsRecords(86400)}
		for _, ns := range cut.ns {
			for _, a := range v.glue(ns) {
				res.extra = append(res.extra, addrRecord(ns, 86400, a))
			}
		}
		return res, z
	}
	rrs, exists := v.find(z, name, qtype)
	res := result{answer: rrs, aa: true}
	if len(rrs) == 0 {
		res.authority = []dns.RR{z.negativeSOA()}
		if !exists {
			res.rcode = dns.RcodeNameError
		}
	}
	return res, z
}
