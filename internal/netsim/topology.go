package netsim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A topology is all of a world that does not change with time: suffixes, the
// servers that the file mentions or implies, and addresses.
type topology struct {
	w        *World
	regs     map[string]*registry
	sites    []*Site          // of the world, the canaries, and the implied ones
	zones    map[string]*zone // by wireKey: root, suffixes, implied infrastructure
	between  map[string]bool  // names that have only suffixes below them
	addr     map[string]netip.Addr
	nameOf   map[netip.Addr]string // server name by address, for counters and WHOIS
	hostsIn  map[string][]string   // server names by registered domain
	nsHosts  map[string]bool
	siteAddr map[string]netip.Addr // own addresses of sites and subdomains
	rdap     map[string]bool       // host names that speak RDAP
	whois    map[string]bool
	changes  []time.Time // when something changes, in order
}

const (
	ianaWHOIS = "whois.iana.org"
	ianaData  = "data.iana.org"
	infraTTL  = 86400
	soaSerial = 2024010100
)

// canaryNames exist in every world, so that a tracker can tell its own outage
// from theirs.
var canaryNames = []string{"example.com", "iana.org", "wikipedia.org"}

func newTopology(w *World) *topology {
	t := &topology{
		w: w, regs: registries(w), zones: map[string]*zone{}, between: map[string]bool{}, hostsIn: map[string][]string{},
		nsHosts: map[string]bool{}, rdap: map[string]bool{ianaData: true}, whois: map[string]bool{ianaWHOIS: true},
	}
	named := map[string]bool{}
	for i := range w.Sites {
		t.sites = append(t.sites, &w.Sites[i])
		named[w.Sites[i].Name] = true
	}
	for _, n := range canaryNames {
		if !named[n] {
			named[n] = true
			t.sites = append(t.sites, canary(n))
		}
	}
	t.collectServers()
	for _, h := range sortedKeys(t.nsHosts) {
		t.placeHost(h)
	}
	for _, h := range append(sortedKeys(t.rdap), sortedKeys(t.whois)...) {
		if !t.nsHosts[h] {
			t.placeHost(h)
		}
	}
	t.allocate()
	t.suffixZones()
	t.infrastructure(named)
	t.calendar()
	return t
}

func canary(name string) *Site {
	body := fmt.Sprintf("<!doctype html><html lang=en><title>%s</title><h1>%s</h1><p>This site is up.</p>", name, name)
	s := &Site{Name: name, Registered: Instant{Time: time.Date(1995, 8, 14, 0, 0, 0, 0, time.UTC)}}
	s.Web = &Web{Pages: map[string]Page{"/": {HTML: body}}}
	return s
}

// nameservers returns the delegation of a site in a state; nil means that it is
// registered without one.
func (t *topology) nameservers(st *State) []string {
	if st.Nameservers != nil {
		return st.Nameservers
	}
	key := st.Registrar
	if key == "" {
		key = "registrar"
	}
	return []string{"ns1.dns." + key + ".example", "ns2.dns." + key + ".example"}
}

func (t *topology) collectServers() {
	for _, s := range t.sites {
		states := []*State{&s.State}
		merged := s.State
		for i := range s.Timeline {
			merged.merge(&s.Timeline[i].State)
			m := merged
			states = append(states, &m)
		}
		for _, st := range states {
			for _, ns := range t.nameservers(st) {
				t.nsHosts[ns] = true
			}
		}
	}
	for _, r := range t.regs {
		if r.rdap != "none" {
			t.rdap[r.rdapHost] = true
		}
		if r.whois != "none" {
			t.whois[r.whois] = true
			if !strings.Contains(r.suffix, ".") {
				t.whois["whois.nic."+r.suffix] = true // what people guess, and mostly right
			}
		}
	}
	t.rdap[defaultRegistrar.RDAP] = true
	for key, r := range t.w.Registrars {
		if h := r.rdapHost(key); h != "" {
			t.rdap[h] = true
		}
		if r.WHOIS != "" {
			t.whois[r.WHOIS] = true
		}
	}
}

func (t *topology) placeHost(h string) {
	d := t.registrable(h)
	if d == "" {
		d = h
	}
	if !slices.Contains(t.hostsIn[d], h) {
		t.hostsIn[d] = append(t.hostsIn[d], h)
	}
}

// registrable returns the registered domain that name is or lies below, "" if
// name is a suffix or under none.
func (t *topology) registrable(name string) string {
	s := t.w.suffixAbove(name)
	if s == "" || t.regs[name] != nil {
		return ""
	}
	label := strings.TrimSuffix(name, "."+s)
	return label[strings.LastIndexByte(label, '.')+1:] + "." + s
}

func (t *topology) allocate() {
	taken := map[netip.Addr]bool{resolverAddr: true}
	t.addr = map[string]netip.Addr{}
	b := rootBase.As4()
	for i := range rootServers {
		t.addr[rootServer(i)] = netip.AddrFrom4([4]byte{b[0], b[1], b[2], b[3] + byte(i)})
	}
	var tops []string
	for s := range t.regs {
		if !strings.Contains(s, ".") {
			tops = append(tops, suffixServers(s)...)
		}
	}
	slices.Sort(tops)
	maps.Copy(t.addr, suffixRange.allocate(tops, taken))
	var ns, servers, webs []string
	for d, hosts := range t.hostsIn {
		_ = d
		for _, h := range hosts {
			if _, ok := t.addr[h]; ok {
				continue
			}
			if t.nsHosts[h] {
				ns = append(ns, h)
			} else {
				servers = append(servers, h)
			}
		}
	}
	seen := map[string]bool{}
	for _, s := range t.sites {
		webs = appendNew(webs, seen, s.Name)
		for _, p := range append([]Phase{{State: s.State}}, s.Timeline...) {
			for label := range p.Subdomains {
				webs = appendNew(webs, seen, label+"."+s.Name)
			}
		}
	}
	for h := range t.w.Hosts {
		webs = append(webs, "host:"+h)
	}
	slices.Sort(ns)
	slices.Sort(servers)
	slices.Sort(webs)
	maps.Copy(t.addr, nsRange.allocate(ns, taken))
	maps.Copy(t.addr, serverRange.allocate(servers, taken))
	t.siteAddr = webRange.allocate(webs, taken)
	t.nameOf = map[netip.Addr]string{resolverAddr: "resolver"}
	for h, a := range t.addr {
		t.nameOf[a] = h
	}
}

func appendNew(list []string, seen map[string]bool, s string) []string {
	if seen[s] {
		return list
	}
	seen[s] = true
	return append(list, s)
}

func rootServer(i int) string { return string(rune('a'+i)) + ".root-servers.net" }

func suffixServers(top string) []string { return []string{"a.nic." + top, "b.nic." + top} }

// suffixZones makes the root and a zone for each suffix. Suffixes below a
// top-level domain are answered by its servers.
func (t *topology) suffixZones() {
	var roots []string
	for i := range rootServers {
		roots = append(roots, dns.Fqdn(rootServer(i)))
	}
	root := newZone(".", roots, soaSerial, 86400)
	root.soa.Mbox = "nstld.verisign-grs.com."
	root.negative = packNegative(root.soa)
	for i := range rootServers {
		root.servers = append(root.servers, t.addr[rootServer(i)])
	}
	t.zones[""] = root
	for name, r := range t.regs {
		top := name[strings.LastIndexByte(name, '.')+1:]
		var ns []string
		var servers []netip.Addr
		for _, h := range suffixServers(top) {
			ns = append(ns, dns.Fqdn(h))
			servers = append(servers, t.addr[h])
		}
		for p := name; ; { // amazonaws.com, when only s3.amazonaws.com is a suffix
			_, rest, ok := strings.Cut(p, ".")
			if !ok || t.regs[rest] != nil {
				break
			}
			t.between[rest] = true
			p = rest
		}
		z := newZone(name, ns, soaSerial, 900)
		z.servers = servers
		if wc := r.wildcard; wc != nil {
			t.wildcard(z, wc)
		}
		t.zones[wireKey(name)] = z
	}
	for name := range t.between {
		t.zones[wireKey(name)] = &zone{name: dns.Fqdn(name), marker: true, slow: true}
	}
	reverse := t.zones[wireKey("in-addr.arpa")]
	for _, key := range sortedKeys(t.w.Hosts) {
		h := t.w.Hosts[key]
		for _, a := range t.hostAddrs(key) {
			if name, err := dns.ReverseAddr(a.String()); err == nil && h.PTR != "" && a.Is4() {
				reverse.add(&dns.PTR{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypePTR, Class: dns.ClassINET, Ttl: 3600}, Ptr: dns.Fqdn(h.PTR)})
				reverse.slow = true
			}
		}
	}
}

func (t *topology) wildcard(z *zone, wc *Wildcard) {
	z.slow = true
	ttl := uint32(300)
	if wc.TTL > 0 {
		ttl = uint32(wc.TTL)
	}
	addrs := parseAddrs(wc.Addresses)
	if wc.Host != "" {
		addrs = append(addrs, t.hostAddrs(wc.Host)...)
	}
	z.addAddrs("*."+z.name, ttl, addrs)
	for _, r := range wc.Records {
		if rr, err := parseRecord("* "+r, z.name, ttl); err == nil {
			z.add(rr)
		}
	}
}

func (t *topology) hostAddrs(key string) []netip.Addr {
	h, ok := t.w.Hosts[key]
	if !ok {
		return nil
	}
	if len(h.Addresses) == 0 {
		return []netip.Addr{t.siteAddr["host:"+key]}
	}
	return parseAddrs(h.Addresses)
}

// infrastructure makes the registered domains that servers imply and that the
// world has no site for, and their zones, which never change.
func (t *topology) infrastructure(named map[string]bool) {
	for i := range rootServers {
		t.hostsIn["root-servers.net"] = append(t.hostsIn["root-servers.net"], rootServer(i))
	}
	for s := range t.regs {
		if !strings.Contains(s, ".") {
			d := "nic." + s
			if t.regs[d] == nil {
				t.hostsIn[d] = append(t.hostsIn[d], suffixServers(s)...)
			}
		}
	}
	for _, d := range sortedKeys(t.hostsIn) {
		suffix := t.w.suffixAbove(d)
		if named[d] || suffix == "" || t.regs[d] != nil {
			continue
		}
		s := &Site{Name: d, Registered: Instant{Time: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}}
		var ns []string
		for _, h := range t.hostsIn[d] {
			if len(ns) < 4 && (t.nsHosts[h] || strings.HasPrefix(h, "a.") || strings.HasPrefix(h, "b.")) {
				ns = append(ns, dns.Fqdn(h))
			}
		}
		top := d[strings.LastIndexByte(d, '.')+1:]
		if len(ns) == 0 { // a domain of nothing but WHOIS or RDAP servers: its registry hosts it
			for _, h := range suffixServers(top) {
				ns = append(ns, dns.Fqdn(h))
			}
		}
		s.Nameservers = make([]string, len(ns))
		z := newZone(d, ns, soaSerial, 3600)
		for i, n := range ns {
			s.Nameservers[i] = strings.TrimSuffix(n, ".")
			z.servers = append(z.servers, t.addr[s.Nameservers[i]])
		}
		for _, h := range t.hostsIn[d] {
			z.addAddrs(h, infraTTL, []netip.Addr{t.addr[h]})
		}
		z.site, z.slow = s, true
		t.zones[wireKey(d)] = z
		t.sites = append(t.sites, s)
	}
}

// implied reports whether the zone of a site is part of the topology.
func (t *topology) implied(s *Site) bool {
	z := t.zones[wireKey(s.Name)]
	return z != nil && z.site == s
}

func (t *topology) calendar() {
	add := func(at time.Time) {
		if !at.IsZero() {
			t.changes = append(t.changes, at)
		}
	}
	for _, s := range t.sites {
		add(s.RegisteredAt())
		add(s.Dropped.Time)
		for i := range s.Timeline {
			add(s.Timeline[i].From.Time)
		}
	}
	for _, f := range t.w.Faults {
		add(f.From.Time)
		if !f.To.IsZero() {
			add(f.To.end())
		}
	}
	slices.SortFunc(t.changes, time.Time.Compare)
	t.changes = slices.CompactFunc(t.changes, time.Time.Equal)
}
