// Package resolver asks the naming system: fast about many names ([Client.Sweep]),
// carefully about one ([Client.Look]), and at the parent's own servers about who
// holds a name ([Client.ParentDelegation]).
//
// It knows which answers prove something. NOERROR proves that a name exists, a
// matched NXDOMAIN that it does not; SERVFAIL, REFUSED, silence, referrals,
// answers to other questions and malformed messages prove nothing and come out
// as unknown with their reason, after other resolvers have been asked; and so does
// an NXDOMAIN whose SOA is not above the name, or that its resolver calls blocked,
// censored, filtered or stale (RFC 8914). Before a suffix is believed,
// [Client.Doubt] asks for random labels under it; before
// a run is believed, [Client.Canaries] asks each resolver for names that must and
// must not exist. An answer says which server gave it, and the careful looks keep
// the bytes of every message.
//
// It does not decide what an answer means for a life (tracker/lifecycle), ask
// registries (resolver/registration), keep anything on disk, or open sockets: it
// reaches the network through the functions in [Config], made by internal/egress.
// Addresses found in answers are data; they are dialed only as name servers, and
// only through Config.DialAuthority, which is guarded.
package resolver
