package netsim

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A view is the world between two instants at which something changes. It is
// built once and then only read.
type view struct {
	t           *topology
	from, until time.Time        // holds for from <= now < until; zero is unbounded
	zones       map[string]*zone // by wireKey: delegated sites, and suffixes that differ from the topology's
	records     map[string]*life // registered names
	webs        map[netip.Addr]*webAddr
	servers     map[netip.Addr]bool // addresses with a DNS server
	faults      []activeFault
	allSlow     bool // a DNS fault hits everything: no fast path
}

// A life is a registered name with its state.
type life struct {
	site  *Site
	state State
}

// A webAddr is what listens on one address.
type webAddr struct {
	hosts    map[string]*vhost
	fallback *vhost // for host names that nobody put there; nil: 404
}

// A vhost is one host name at a web server.
type vhost struct {
	host  string // "*.name" for everything below name
	site  *Site  // nil for the default page of a host
	state State
	web   *Web
}

func (t *topology) view(now time.Time) *view {
	v := &view{t: t, zones: map[string]*zone{}, records: map[string]*life{}, webs: map[netip.Addr]*webAddr{}, servers: map[netip.Addr]bool{}}
	for _, c := range t.changes {
		if c.After(now) {
			v.until = c
			break
		}
		v.from = c
	}
	var built []*zone
	for _, s := range t.sites {
		st, ok := s.At(now)
		if !ok {
			continue
		}
		v.records[s.Name] = &life{s, st}
		if t.implied(s) {
			continue
		}
		ns := t.nameservers(&st)
		if len(ns) == 0 || slices.Contains(st.Statuses, "client hold") || slices.Contains(st.Statuses, "server hold") {
			continue
		}
		z := t.siteZone(s, &st, ns)
		v.zones[wireKey(s.Name)] = z
		built = append(built, z)
	}
	for h := range t.nsHosts {
		v.servers[t.addr[h]] = true
	}
	for s := range t.regs {
		if !strings.Contains(s, ".") {
			for _, h := range suffixServers(s) {
				v.servers[t.addr[h]] = true
			}
		}
	}
	for i := range rootServers {
		v.servers[t.addr[rootServer(i)]] = true
	}
	for _, z := range built {
		for _, ns := range z.ns {
			for _, a := range v.glue(ns) {
				z.servers = append(z.servers, a)
				v.servers[a] = true
			}
		}
	}
	v.placeWebs()
	v.placeFaults(now)
	return v
}

func (v *view) holds(now time.Time) bool {
	return !now.Before(v.from) && (v.until.IsZero() || now.Before(v.until))
}

// zone returns the deepest zone that name is in.
func (v *view) zone(name string) *zone {
	key := wireKey(name)
	for i := 0; ; i += 1 + int(key[i]) {
		z := v.zones[key[i:]]
		if z == nil || z.marker {
			z = v.t.zones[key[i:]]
		}
		if z != nil && !z.marker {
			return z
		}
		if i >= len(key) {
			return v.t.zones[""]
		}
	}
}

// siteAddrs are the addresses of a site, or of a subdomain of it.
func (t *topology) siteAddrs(own, host string, addresses []string, web bool) []netip.Addr {
	switch {
	case addresses != nil:
		return parseAddrs(addresses)
	case host != "":
		return t.hostAddrs(host)
	case web:
		return []netip.Addr{t.siteAddr[own]}
	}
	return nil
}

func (t *topology) subAddrs(s *Site, st *State, label string) []netip.Addr {
	d := st.Subdomains[label]
	host := d.Host
	if host == "" && d.Addresses == nil {
		if host = st.Host; st.Addresses != nil {
			return parseAddrs(st.Addresses)
		}
	}
	return t.siteAddrs(label+"."+s.Name, host, d.Addresses, true)
}

func (t *topology) siteZone(s *Site, st *State, ns []string) *zone {
	fq := make([]string, len(ns))
	for i, n := range ns {
		fq[i] = dns.Fqdn(n)
	}
	z := newZone(s.Name, fq, soaSerial, 3600)
	z.site, z.slow = s, true
	ttl := uint32(300)
	if st.TTL > 0 {
		ttl = uint32(st.TTL)
	}
	for _, r := range st.Records {
		if rr, err := parseRecord(r, s.Name, ttl); err == nil { // checked by Load
			z.add(rr)
		}
	}
	add := func(owner string, addrs []netip.Addr, ttl uint32) {
		if !z.has(dns.Fqdn(owner), dns.TypeA, dns.TypeAAAA, dns.TypeCNAME) {
			z.addAddrs(owner, ttl, addrs)
		}
	}
	addrs := t.siteAddrs(s.Name, st.Host, st.Addresses, st.Web != nil)
	for label := range st.Subdomains {
		add(label+"."+s.Name, t.subAddrs(s, st, label), ttl)
	}
	add(s.Name, addrs, ttl)
	add("www."+s.Name, addrs, ttl)
	for _, h := range t.hostsIn[s.Name] {
		add(h, []netip.Addr{t.addr[h]}, infraTTL)
	}
	return z
}

// glue returns the addresses of a name server as the zone that holds it has
// them, none if that name is not registered or not delegated now.
func (v *view) glue(ns string) []netip.Addr {
	var out []netip.Addr
	z := v.zone(ns)
	for _, t := range []uint16{dns.TypeA, dns.TypeAAAA} {
		rrs, _ := z.find(ns, t)
		for _, rr := range rrs {
			out = appendAddr(out, rr)
		}
	}
	return out
}

func appendAddr(out []netip.Addr, rr dns.RR) []netip.Addr {
	switch rr := rr.(type) {
	case *dns.A:
		if a, ok := netip.AddrFromSlice(rr.A); ok {
			out = append(out, a.Unmap())
		}
	case *dns.AAAA:
		if a, ok := netip.AddrFromSlice(rr.AAAA); ok {
			out = append(out, a)
		}
	}
	return out
}

// placeWebs puts every host name with a web on its addresses. A name that is
// registered but not delegated keeps its web server: a hold changes the DNS,
// not the machine.
func (v *view) placeWebs() {
	for key := range v.t.w.Hosts {
		h := v.t.w.Hosts[key]
		for _, a := range v.t.hostAddrs(key) {
			wa := v.webAt(a)
			if h.Web != nil {
				wa.fallback = &vhost{host: key, web: h.Web}
			}
		}
	}
	for _, name := range sortedKeys(v.records) {
		l := v.records[name]
		if v.t.implied(l.site) {
			continue
		}
		addrs := v.t.siteAddrs(name, l.state.Host, l.state.Addresses, l.state.Web != nil)
		for _, a := range addrs {
			v.webAt(a) // known, even if nothing listens
		}
		if l.state.Web != nil {
			vh := func(host string) *vhost { return &vhost{host: host, site: l.site, state: l.state, web: l.state.Web} }
			v.placeWeb(vh(name), addrs)
			v.placeWeb(vh("www."+name), addrs)
			if z := v.zones[wireKey(name)]; z != nil {
				for owner := range z.names {
					if host := strings.TrimSuffix(owner, "."); host != name && l.state.Subdomains[strings.TrimSuffix(host, "."+name)].Web == nil {
						v.placeWeb(vh(host), nil)
					}
				}
			}
		}
		for label, d := range l.state.Subdomains {
			v.placeWeb(&vhost{host: label + "." + name, site: l.site, state: l.state, web: d.Web}, v.t.subAddrs(l.site, &l.state, label))
		}
	}
}

// placeWeb puts a host name on the addresses that it resolves to, and on the
// others given.
func (v *view) placeWeb(h *vhost, addrs []netip.Addr) {
	res := v.resolve(dns.Fqdn(h.host), dns.TypeA)
	res.answer = append(res.answer, v.resolve(dns.Fqdn(h.host), dns.TypeAAAA).answer...)
	for _, rr := range res.answer {
		addrs = appendAddr(slices.Clip(addrs), rr)
	}
	for _, a := range addrs {
		v.webAt(a).hosts[h.host] = h
	}
}

func (v *view) webAt(a netip.Addr) *webAddr {
	w := v.webs[a]
	if w == nil {
		w = &webAddr{hosts: map[string]*vhost{}}
		v.webs[a] = w
	}
	return w
}

// vhost finds the host name at an address: itself, a wildcard above it, or the
// default page of the address; nil if nothing answers for it.
func (w *webAddr) vhost(host string) *vhost {
	if h := w.hosts[host]; h != nil {
		return h
	}
	for rest := host; ; {
		_, parent, ok := strings.Cut(rest, ".")
		if !ok {
			return w.fallback
		}
		if h := w.hosts["*."+parent]; h != nil {
			return h
		}
		rest = parent
	}
}
