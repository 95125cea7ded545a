package link

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"

	"respawn/tracker"
)

// manyTenants is how many names of our own database on one address make it a
// shared machine.
const manyTenants = 20

// hosting compares addresses and name servers, and leaves out what belongs to a
// CDN, a provider, or whoever holds the predecessor now.
func (p *pair) hosting() {
	if p.below() {
		p.add("parent", string(p.a.reg), math.Log(kinds["parent"].lr), "below %s, a name of the campaign: who holds that makes what lies below it", p.a.reg.Defang())
	}
	a, b := ownDNS(p.new), ownDNS(p.old)
	if a == nil || b == nil {
		if now := p.old.DNS; a != nil && now != nil && (len(both(addressesOf(a), addressesOf(now))) > 0 || len(both(a.NS, now.NS)) > 0) {
			p.ignore("address", "", "what the predecessor's name points to now is its new holder's; what it pointed to before was not seen")
		}
		return
	}
	p.addresses(a, b)
	p.servers(a, b)
	p.soa(a, b)
}

func addressesOf(d *tracker.DNS) []netip.Addr { return slices.Concat(d.A, d.AAAA) }

// landlord is the provider whose machine one of the two stands on: its certificate
// answers there, and it gives the site its name servers or the address its name. Its
// address and its name servers are those of all its customers.
func (p *pair) landlord() (tracker.Name, bool) {
	if host, yes := p.panelOf(p.new, p.a.sans); yes {
		return host, true
	}
	return p.panelOf(p.old, p.b.sans)
}

func (p *pair) addresses(a, b *tracker.DNS) {
	landlord, let := p.landlord()
	for _, addr := range both(addressesOf(a), addressesOf(b)) {
		v := addr.String()
		n := p.tenants("address", v)
		switch {
		case cdnOf(p.new) != "":
			p.ignore("address", v, "an address of %s, shared by strangers", cdnOf(p.new))
		case cdnOf(p.old) != "" && (p.old.Before == nil || p.old.Control == nil || p.old.Control.CDN == ""):
			p.ignore("address", v, "an address of %s, shared by strangers", cdnOf(p.old))
		case let:
			p.ignore("address", v, "a machine of %s, whose certificate answers there: every customer's", landlord.Defang())
		case !publicAddr(addr):
			p.ignore("address", v, "not a public address")
		case n > manyTenants:
			p.ignore("address", v, "%d other names of this database are there: shared hosting", n)
		case p.namedAfter(a, v) || p.namedAfter(b, v):
			p.add("ptr", v, math.Log(kinds["ptr"].lr), "the address of both is named after a name of the campaign in the reverse zone: a machine of their own")
		case len(a.A) >= frontAddresses && len(b.A) >= frontAddresses:
			p.ignore("address", v, "one of %d that answer at once, as of services that stand before many sites", len(a.A))
		default:
			if w := weight(kinds["address"], n, p.strangers()); w == 0 {
				p.ignore("address", v, "%d other names of this database are there: too many to say anything", n)
			} else {
				p.add("address", v, w, "also where %s was; %s of this database there, strangers that it does not know not counted", p.old.Name.Defang(), others(n, "further name"))
			}
		}
	}
}

// frontAddresses are so many IPv4 addresses of one name as nobody has for a machine of
// his own: a CDN or a load balancer whose customers share them.
const frontAddresses = 3

// cdnOf names the CDN that answers for a site: by its addresses, or because its
// name servers are those of a provider that puts its own machines in front of its
// customers'.
func cdnOf(s *tracker.Site) string {
	if s.Control != nil && s.Control.CDN != "" {
		return s.Control.CDN
	}
	d := ownDNS(s)
	if d == nil {
		return ""
	}
	for _, ns := range d.NS {
		for zone, name := range proxies {
			if ns.Under(zone) {
				return name
			}
		}
	}
	return ""
}

// proxies are providers whose name servers come with a proxy, by zone.
var proxies = map[tracker.Name]string{"ns.cloudflare.com": "cloudflare", "foundationdns.com": "cloudflare", "foundationdns.net": "cloudflare",
	"foundationdns.org": "cloudflare", "ddos-guard.net": "ddos-guard", "akam.net": "akamai"}

// namedAfter says whether the reverse name of addr lies under one of the two
// sites' names.
func (p *pair) namedAfter(d *tracker.DNS, addr string) bool {
	return slices.ContainsFunc(d.PTR[addr], p.theirs)
}

// theirs says whether n lies under old's own domain or another of the campaign.
// What lies under new's proves nothing: whoever is served there may be a customer.
func (p *pair) theirs(n tracker.Name) bool {
	reg := n.Registrable()
	return reg != "" && reg != p.a.reg && (reg == p.b.reg || p.cx.campaign(reg, p.new.Name))
}

// likely says whether n is probably of the campaign, by other evidence than that of new.
func (p *pair) likely(n tracker.Name) bool {
	old, ok := p.cx.Likely[n]
	return ok && n != p.a.reg && p.cx.campaign(old.Registrable(), p.new.Name)
}

// panelOf names the provider on whose certificate a site stands: one that the
// certificate lists beside the site, and that gives it its name servers or its
// machine. The key of such a certificate is the provider's.
func (p *pair) panelOf(s *tracker.Site, sans []tracker.Name) (tracker.Name, bool) {
	d := ownDNS(s)
	if d == nil {
		return "", false
	}
	hosts := slices.Clone(d.NS)
	for _, names := range d.PTR {
		hosts = append(hosts, names...)
	}
	if d.SOA != nil {
		hosts = append(hosts, d.SOA.MName)
	}
	slices.Sort(hosts)
	for _, h := range hosts {
		reg := h.Registrable()
		if _, on := slices.BinarySearch(sans, reg); on && !p.theirs(h) {
			return reg, true
		}
	}
	return "", false
}

// publicAddr leaves out what no stranger could reach; the ranges that tests and
// documentation use are let through, since what stands in them was put there on
// purpose.
func publicAddr(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsPrivate() }

func (p *pair) servers(a, b *tracker.DNS) {
	same := both(a.NS, b.NS)
	if len(same) < 2 && assigned(a.NS) && assigned(b.NS) {
		p.add("ns-pair", join(a.NS), math.Log(.7), "another pair of a provider that assigns them by account than %s had", p.old.Name.Defang())
	}
	if len(same) == 0 {
		return
	}
	slices.Sort(same)
	v := join(same)
	whole := len(same) == len(a.NS) && len(same) == len(b.NS)
	own := slices.IndexFunc(same, p.theirs)
	serves := slices.ContainsFunc(same, func(ns tracker.Name) bool { return p.a.reg != "" && ns.Registrable() == p.a.reg })
	zone, provider := providerZone(same[0])
	for _, ns := range same[1:] {
		if _, ok := providerZone(ns); !ok {
			provider = false
		}
	}
	landlord, let := p.landlord()
	n := 0 // names that use them, beyond the two
	for _, ns := range same {
		n = max(n, p.tenants("ns", string(ns)))
	}
	switch {
	case serves:
		p.ignore("ns", v, "%s was served by name servers under this name, as every customer of a provider is", p.old.Name.Defang())
	case own >= 0:
		p.add("ns-own", v, math.Log(kinds["ns-own"].lr), "both are served by name servers under %s, a name of the campaign: their own", same[own].Registrable().Defang())
	case provider && whole && assigned(same):
		p.add("ns-pair", v, math.Log(kinds["ns-pair"].lr), "same pair of name servers, assigned by account at a large provider")
	case provider:
		p.ignore("ns", v, "name servers of %s, a provider with thousands of customers", zone.Defang())
	case let && slices.ContainsFunc(same, func(ns tracker.Name) bool { return ns.Registrable() == landlord }):
		p.ignore("ns", v, "name servers of %s, on whose machine one of the two stands: every customer's", landlord.Defang())
	case sold(kinds["ns"].lr, n) == 0:
		p.ignore("ns", v, "%s of this database use them too: a provider's", others(n, "further name"))
	case p.new.Registration != nil && p.old.Registration != nil && sameRegistrar(p.new.Registration, p.old.Registration):
		p.ignore("ns", v, "both are at %s, which may give its customers these servers", p.new.Registration.Registrar)
	default:
		p.add("ns", v, sold(kinds["ns"].lr, n), "the same name servers; %s of this database on them, strangers that it does not know not counted", others(n, "further name"))
	}
}

// assigned says whether ns is a pair that Cloudflare deals out by account.
func assigned(ns []tracker.Name) bool {
	return len(ns) == 2 && ns[0].Under("ns.cloudflare.com") && ns[1].Under("ns.cloudflare.com")
}

// tenants is how many other names of this database use an address or a name
// server: those that are not of the campaign.
func (p *pair) tenants(kind, v string) int {
	n := p.cx.Shared[v]
	if p.cx.Background != nil && p.cx.Background.values[p.new.Name] != nil && n > 0 {
		n-- // new itself
	}
	return max(p.others(kind, v), n)
}

// soa compares the mailbox that answers for the zone. A provider fills in its
// own; a person's stays when the provider changes.
func (p *pair) soa(a, b *tracker.DNS) {
	if a.SOA == nil || b.SOA == nil || a.SOA.RName == "" || a.SOA.RName != b.SOA.RName {
		return
	}
	r := a.SOA.RName
	reg := r.Registrable()
	_, provider := providerZone(r)
	for _, ns := range slices.Concat(a.NS, []tracker.Name{a.SOA.MName}) {
		provider = provider || reg != "" && ns.Registrable() == reg && !p.theirs(ns)
	}
	if provider || reg == "" {
		p.ignore("soa-contact", string(r), "the provider's own mailbox")
		return
	}
	p.value(support, "soa-contact", string(r), kinds["soa-contact"])
}

// oneMachine takes the address for a circumstance where both have shown one key on
// it: whoever stands on a machine shows its key, so the two are one fact.
func (p *pair) oneMachine() {
	if !slices.ContainsFunc(p.reasons, func(r reason) bool { return kinds[r.Kind].fact == "key" && r.alone > 0 }) {
		return
	}
	for i := range p.reasons {
		if r := &p.reasons[i]; r.Kind == "address" {
			r.role, r.alone = circumstance, min(r.alone, math.Ln2)
			r.Why += "; the key of both was on this machine, one fact"
		}
	}
}

// maxBundle is the most domains on a certificate that one operator would list;
// hosters and CDNs put fifty strangers on one.
const maxBundle = 20

// ManyDomains is how many domains on a certificate, the site's own among them, are the
// most that do not yet make it a circumstance, and severalForeign how many of them, neither the two nor of the campaign, make it one
// that a host or a CDN may have ordered for its customers.
const (
	ManyDomains    = 10
	severalForeign = 3
)

// foreign counts the domains of a certificate that are neither one of the two nor
// known to be of the campaign.
func (p *pair) foreign(sans []tracker.Name) (n int) {
	var seen []tracker.Name
	for _, s := range sans {
		reg := s.Registrable()
		if reg == p.a.reg || p.theirs(reg) || slices.Contains(seen, reg) {
			continue
		}
		seen = append(seen, reg)
		n++
	}
	return n
}

// certificate compares who stands on whose certificate.
func (p *pair) certificate() {
	oldReg, newReg := p.b.reg, p.a.reg
	_, there := slices.BinarySearch(p.a.sans, oldReg)
	_, here := slices.BinarySearch(p.b.sans, newReg)
	if !there && !here || oldReg == newReg {
		return
	}
	size := 1
	if there {
		size = max(size, len(p.a.sans)+1)
	}
	if here {
		size = max(size, len(p.b.sans)+1)
	}
	v := string(newReg) + " with " + string(oldReg)
	lr := kinds["certificate-names"].lr
	provider, panel := p.panelOf(p.old, p.b.sans)
	switch {
	case here && panel && provider == newReg:
		p.ignore("certificate-names", v, "%s stood on a certificate of its provider", p.old.Name.Defang())
	case size > maxBundle:
		p.ignore("certificate-names", v, "a certificate of %d domains is a hoster's bundle", size)
	case (!there || cdnOf(p.new) != "") && (!here || cdnOf(p.old) != ""):
		cdn := cmp.Or(cdnOf(p.new), cdnOf(p.old))
		if size > 3 {
			p.ignore("certificate-names", v, "a certificate of %s, which puts strangers together", cdn)
			return
		}
		p.addAs(support, "certificate-names", v, math.Log(lr/10), "both names on one certificate of %d domain(s), of %s, which puts strangers together", size, cdn)
	case size > ManyDomains:
		p.addAs(circumstance, "certificate-names", v, math.Log(5), "both names on one certificate, but of %d domains", size)
	case size > 3 && max(p.foreign(p.a.sans), p.foreign(p.b.sans)) >= severalForeign:
		p.addAs(support, "certificate-names", v, math.Log(lr/4), "both names on one certificate of %d domains, several of them strangers'", size)
	case size > 3:
		p.add("certificate-names", v, math.Log(lr/4), "both names on one certificate of %d domains", size)
	default:
		p.add("certificate-names", v, math.Log(lr), "both names on one certificate of %d domain(s)", size)
	}
}

// both is what stands in a and in b, each value once; the lists are short.
func both[T cmp.Ordered | netip.Addr](a, b []T) (out []T) {
	for _, x := range a {
		if slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func join(ns []tracker.Name) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = string(n)
	}
	return strings.Join(s, " ")
}

// hosterIcon says whether an icon is what a host puts on its customers' sites: every
// stranger that carries it has the same host as new, and either several do or several
// others are there.
func (p *pair) hosterIcon(id tracker.Identifier) bool {
	bg, d := p.cx.Background, ownDNS(p.new)
	if d == nil || bg.Count(id.Kind, id.Value) == 0 {
		return false
	}
	bearers := 0
	for name, carries := range bg.values {
		if name == p.new.Name || name == p.old.Name || !carries[id] {
			continue
		}
		bearers++
		with := slices.ContainsFunc(addressesOf(d), func(a netip.Addr) bool {
			return carries[tracker.Identifier{Kind: "address", Value: a.String()}]
		}) || len(d.NS) > 0 && !slices.ContainsFunc(d.NS, func(ns tracker.Name) bool {
			return p.theirs(ns) || !carries[tracker.Identifier{Kind: "ns", Value: string(ns)}]
		})
		if !with {
			return false
		}
	}
	return bearers > 0 && bearers >= p.others(id.Kind, id.Value) && (bearers > 1 || p.crowd(d) >= hostCrowd)
}

// hostCrowd is how many strangers of this database make a machine or a set of name
// servers a host's.
const hostCrowd = 3

// crowd is how many strangers stand on one address or name server of d, at most.
func (p *pair) crowd(d *tracker.DNS) (n int) {
	for _, a := range addressesOf(d) {
		n = max(n, p.tenants("address", a.String()))
	}
	for _, ns := range d.NS {
		n = max(n, p.tenants("ns", string(ns)))
	}
	return n
}
