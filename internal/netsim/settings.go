package netsim

import (
	"net/netip"
	"strings"
)

// Settings are what a program needs to be told to live in a world that is
// served on loopback. They are values for the keys of respawn.yaml, but nothing
// in them is particular to respawn.
type Settings struct {
	Resolvers     []string          // host:port of the recursive resolver
	Roots         []string          // IP:port of root servers, to be reached through the proxy over TCP
	Proxy         string            // socks5://host:port
	Exits         map[string]string // country -> socks5://host:port
	AllowNetworks []string          // prefixes that web and name servers live in
	RDAPBootstrap string            // URL of the bootstrap file, to be reached through the proxy
	RDAPServers   map[string]string // suffix -> base URL, for suffixes that the bootstrap leaves out and the world has names under
	WHOISServers  map[string]string // suffix -> host:port, for suffixes that the world has names under
	Canaries      []string          // names that exist
	CertLog       string            // URL of the log of certificates (RFC 6962), on loopback; "" where nothing listens
	CertLogKey    string            // its key: base64 of the SubjectPublicKeyInfo
	Home          string            // country of visitors who name no exit
}

// Exit is the proxy whose visitors come from a country: one of [Settings.Exits], or
// Proxy with the country for a user name. "" where there is no proxy at all.
func (s Settings) Exit(country string) string {
	if p := s.Exits[country]; p != "" {
		return p
	}
	scheme, host, ok := strings.Cut(s.Proxy, "://")
	if !ok {
		return ""
	}
	return scheme + "://" + country + "@" + host
}

// Settings returns what to configure. Addresses are those that Start listens
// on; without it, Resolvers names the in-memory resolver and Proxy is empty.
func (s *Server) Settings() Settings {
	out := Settings{
		Resolvers:     []string{netip.AddrPortFrom(resolverAddr, 53).String()},
		AllowNetworks: []string{"198.18.0.0/15", "2001:2::/48"},
		RDAPBootstrap: s.topo.w.rdapScheme() + "://" + ianaData + "/rdap/dns.json",
		Exits:         map[string]string{}, Home: s.home(),
		RDAPServers: map[string]string{}, WHOISServers: map[string]string{},
		Canaries: append([]string(nil), canaryNames...),
	}
	if s.logAddr != nil {
		out.CertLog, out.CertLogKey = "http://"+s.logAddr.String(), logPublicKey()
	}
	for i := range 3 {
		out.Roots = append(out.Roots, netip.AddrPortFrom(s.topo.addr[rootServer(i)], 53).String())
	}
	if s.dnsAddr != nil {
		out.Resolvers = []string{s.dnsAddr.String()}
	}
	if s.socksAddr != nil {
		out.Proxy = "socks5://" + s.socksAddr.String()
	}
	for c, a := range s.exitAddrs {
		out.Exits[c] = "socks5://" + a.String()
	}
	for i := range s.topo.w.Sites {
		suffix := s.topo.w.suffixAbove(s.topo.w.Sites[i].Name)
		for suffix != "" {
			r := s.topo.regs[suffix]
			if r.rdap == "unlisted" {
				out.RDAPServers[suffix] = s.topo.w.rdapBase(r)
			}
			if r.whois != "none" {
				out.WHOISServers[suffix] = r.whois + ":43"
			}
			_, parent, _ := strings.Cut(suffix, ".")
			suffix = parent
		}
	}
	return out
}
