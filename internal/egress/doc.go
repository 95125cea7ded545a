// Package egress is the one door to the network.
//
// It knows which addresses may be dialed. An address that came from foreign
// data (a DNS answer, a redirect, a referral) passes the guard twice: before it
// is dialed, and once more on the socket itself, after every resolution and
// just before connect, so that neither a redirect nor a name that changes its
// address between two look-ups (rebinding) leads inside. What the guard refuses:
// every special-purpose block of the IANA registries (private, loopback,
// link-local with the cloud metadata addresses, shared address space, multicast,
// documentation, benchmarking), IPv6 outside 2000::/3, and the forms that smuggle
// an IPv4 address in IPv6 (mapped, NAT64, 6to4, Teredo). The lists come from
// code.dny.dev/ssrf.
//
// An endpoint that a person wrote into the configuration (resolvers, proxy,
// webhook, database, a WHOIS server on loopback) is trusted and not judged.
//
// It does not resolve names, keep connections, speak any protocol above SOCKS5
// and HTTP CONNECT, or read the environment (no HTTP_PROXY). Its methods are
// plain functions that cmd hands to the packages that ask the world; those
// packages open no socket of their own.
package egress
