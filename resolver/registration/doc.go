// Package registration asks registries who registered a name, since when and in
// which state: by RDAP (RFC 9082, RFC 9083) first and by WHOIS (RFC 3912) where
// it must.
//
// It knows which server speaks for which suffix (configuration, then a dated
// table of its own, then IANA's RDAP bootstrap of RFC 9224, then IANA's WHOIS
// referral), how to ask without being a burden (one budget for each server,
// shared by everyone who shares a [Pace]), and how to read what comes back in
// many formats and languages. It answers [tracker.Present], [tracker.Absent] or
// [tracker.Unknown] with a reason, and keeps the raw bytes.
//
// Three rules decide every doubtful reply. A name is unregistered only when a
// server says so in words that are known to mean it, says nothing to the
// contrary, and has answered rightly about a name that is known to be
// registered. A name is registered only when there is a record: a registrar, a
// date, or name servers with a status. All else (limits, reserved or blocked
// names, empty replies, web pages, unknown wording) is Unknown; where the server
// says in so many words that the name is reserved, the reason is
// [tracker.ReasonReserved].
//
// It opens no connection itself: every one goes through the functions of
// [Config], and hosts that a reply names are never treated like hosts that a
// person configured. It does not decide what an answer means for the life of a
// name, and it does not ask the DNS.
package registration
