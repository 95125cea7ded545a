// Package netsim is a miniature Internet made from one world file.
//
// It knows a calendar: which names are registered when, by whom and through
// which registrar, what the name servers, the registration servers and the web
// servers say about them on each day, and which of these servers fail. The file
// is described for its authors in docs/world.md and, for their editors, in
// testdata/worlds/schema.json. Whatever the file does not list is answered as
// the real Internet would answer it: every suffix of the IANA list exists, an
// unlisted name is NXDOMAIN from the right zone, RDAP says 404 and WHOIS says
// "not found" in the words of that registry.
//
// Load reads and judges a world. New makes a Server that answers in memory, over
// buffered connections that also work inside testing/synctest; Start makes the
// same Server listen on loopback as a recursive resolver (UDP and TCP) and as a
// SOCKS5 proxy, behind which root, suffix and zone servers, WHOIS, RDAP and web
// servers live in 198.18.0.0/15 (the range RFC 2544 sets aside for tests). Both
// ways show the world as it is at one instant, which SetNow moves.
//
// It does not simulate routing, loss, DNSSEC or HTTP/2, it never opens a
// connection to anything outside, and nothing of the product may depend on it:
// cmd serves it for "demo" and "world", and tests import it. The part of the
// file called "expect" is for those tests and for the summary of the demo; no
// answer of any simulated server is made from it.
package netsim
