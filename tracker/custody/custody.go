// Package custody says who holds a name: its operator, an agency that seized it,
// a registrar or registry that put it on hold, a sinkhole, a parking service.
//
// It knows signatures of name servers and addresses, each with the dates between
// which it holds and the place where it was read (data/signatures.yaml), and the
// statuses of registries. It takes facts that others observed and asks nothing
// itself, so that old evidence can be judged again with new signatures.
//
// A seizure is printed, and a false one is a libel, so that "seized" needs two
// signals that are independent of each other. There are three families of them:
// the delegation (the parent's own servers, else the recursive view, else the
// registry's record: these show the same fact and count once), the locks that a
// registry sets when it obeys a court, and a page that claims a seizure. One
// alone is "claimed": anybody may point a name at an agency's servers or copy
// its banner. A weak signature, such as a pair of Cloudflare servers that the FBI
// used but that are anybody's, is no signal by itself and one beside another.
package custody

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// Holder words of [tracker.Control].
const (
	Operator         = "operator" // somebody runs it, and nothing says that he was stopped
	Seized           = "seized"
	Claimed          = "claimed" // one signal of a seizure alone
	RegistrarHold    = "registrar-hold"
	RegistryHold     = "registry-hold"
	VerificationHold = "verification-hold"
	Suspended        = "suspended"
	Expired          = "expired"
	Sinkhole         = "sinkhole"
	Parked           = "parked"
)

// Judge reads one name's facts as of at, the instant of the observation. Each of
// dns, del and reg may be nil and class empty: not known. Facts of one scan
// should be judged together, because "seized" needs two of them. A nil answer is
// never given; Holder is "" where nothing is known at all. Judge reads no clock
// and is safe for concurrent use.
func Judge(dns *tracker.DNS, del *tracker.Delegation, reg *tracker.Registration, class tracker.Class, at time.Time) tracker.Control {
	j := judge{at: at, class: class}
	j.servers(dns, del, reg)
	if dns != nil {
		j.addresses(dns)
	}
	if reg != nil {
		j.statuses = reg.Statuses
		j.expires = reg.ExpiresAt
	}
	j.decide(dns != nil || del != nil || reg != nil)
	slices.Sort(j.rules)
	j.out.Rule = strings.Join(append([]string{"custody/" + book.Version}, slices.Compact(j.rules)...), " ")
	return j.out
}

type judge struct {
	at       time.Time
	class    tracker.Class
	ns       []tracker.Name
	view     string // where ns was read
	byKind   map[string]match
	addrs    map[string]match
	statuses []string
	expires  time.Time
	rules    []string
	out      tracker.Control
}

// A match is a signature that fits all the name servers, or an address.
type match struct {
	sig    *signature
	agency string
	what   string // the name server or address, for people
}

// servers takes the delegation from where it is truest and matches it.
func (j *judge) servers(dns *tracker.DNS, del *tracker.Delegation, reg *tracker.Registration) {
	j.byKind = make(map[string]match)
	switch {
	case del != nil && len(del.NS) > 0:
		j.ns, j.view = del.NS, "delegation at the parent "+string(del.Parent)
	case del != nil:
		return // the parent says that there is none: caches do not count any more
	case dns != nil && len(dns.NS) > 0:
		j.ns, j.view = dns.NS, "name servers in the recursive view"
	case reg != nil && len(reg.NS) > 0:
		j.ns, j.view = reg.NS, "name servers in the registry's record"
	}
	j.ns = canonical(j.ns)
	for i := range book.Signatures {
		s := &book.Signatures[i]
		if m, ok := s.matchServers(j.ns, j.at); ok {
			if have, dup := j.byKind[s.Kind]; !dup || have.sig.Weak && !s.Weak || more(s, have.sig) {
				j.byKind[s.Kind] = m
			}
		}
	}
}

// canonical brings names that were read from foreign text, such as a record of
// WHOIS, into the one spelling that signatures have.
func canonical(ns []tracker.Name) []tracker.Name {
	out := make([]tracker.Name, len(ns))
	for i, n := range ns {
		out[i] = tracker.Name(strings.ToLower(strings.TrimSuffix(string(n), ".")))
	}
	return out
}

// more says whether a is the more special signature of two of one kind.
func more(a, b *signature) bool { return a.Weak == b.Weak && a.depth() > b.depth() }

func (j *judge) addresses(dns *tracker.DNS) {
	j.addrs = make(map[string]match)
	for _, a := range slices.Concat(dns.A, dns.AAAA) {
		for i := range book.Signatures {
			s := &book.Signatures[i]
			if s.matchAddr(a, j.at) {
				if _, dup := j.addrs[s.Kind]; !dup {
					j.addrs[s.Kind] = match{s, s.Agency, a.String()}
				}
			}
		}
	}
	if m, ok := j.addrs["cdn"]; ok {
		j.out.CDN = m.sig.Service
		j.rules = append(j.rules, m.sig.ID)
	}
}

func (j *judge) has(status string) bool { return slices.Contains(j.statuses, status) }

// locked says whether the registry itself has locked the name in every way but a
// hold. Ordinary names have the registrar's locks; these are set on order of a
// court or for a fee, and a name that shows a banner must resolve.
func (j *judge) locked() bool {
	return j.has("server delete prohibited") && j.has("server transfer prohibited") && j.has("server update prohibited") &&
		!j.has("server hold") && !j.has("client hold")
}

func (j *judge) seizure() (holder string) {
	ns, delegated := j.byKind["seizure"]
	if a, ok := j.addrs["seizure"]; ok && !delegated {
		ns, delegated = a, true
	}
	var signals []string
	var rules []string
	strong := delegated && !ns.sig.Weak
	if strong {
		signals = append(signals, cmp.Or(j.viewOf(ns), "address")+": "+ns.what+" ("+ns.sig.ID+")")
		rules = append(rules, ns.sig.ID)
	}
	notice := j.class == tracker.ClassNotice
	if notice {
		signals = append(signals, "a page that claims a seizure")
		rules = append(rules, "notice-page")
	}
	if j.locked() && len(signals) > 0 || j.locked() && delegated {
		signals = append(signals, "registry locks: server delete, transfer and update prohibited")
		rules = append(rules, "registry-locks")
	}
	if delegated && !strong && len(signals) > 0 {
		signals = append(signals, j.viewOf(ns)+": "+ns.what+" ("+ns.sig.ID+", weak)")
		rules = append(rules, ns.sig.ID)
	}
	if len(signals) == 0 {
		return ""
	}
	j.out.Signals, j.rules = append(j.out.Signals, signals...), append(j.rules, rules...)
	if delegated {
		j.out.Agency = ns.agency
	}
	if len(signals) >= 2 {
		return Seized
	}
	return Claimed
}

func (j *judge) viewOf(m match) string {
	if _, ok := j.byKind["seizure"]; ok && j.byKind["seizure"].sig == m.sig {
		return j.view
	}
	return "address"
}

// decide finds the holder: the first that fits, in the verdict order of
// METHODS 2.
func (j *judge) decide(known bool) {
	if h := j.seizure(); h != "" {
		j.out.Holder = h
		return
	}
	by := func(holder, kind string) bool {
		m, ok := j.byKind[kind]
		if !ok || m.sig.Weak {
			return false
		}
		j.out.Holder, j.out.Service = holder, m.sig.Service
		j.signal(j.view+": "+m.what+" ("+m.sig.ID+")", m.sig.ID)
		return true
	}
	if by(VerificationHold, "verification") {
		return
	}
	switch {
	case j.has("server hold"):
		j.out.Holder = RegistryHold
		j.signal("status server hold", "server-hold")
	case j.has("client hold"):
		j.out.Holder = RegistrarHold
		j.signal("status client hold", "client-hold")
	case by(Suspended, "suspension"):
	case j.class == tracker.ClassSuspended:
		j.out.Holder = Suspended
		j.signal("a page that says suspended", "suspended-page")
	case by(Expired, "expiry"):
	case j.has("redemption period") || j.has("pending delete") || j.has("pending restore"):
		j.out.Holder = Expired
		j.signal("status of a deleted name", "redemption")
	case !j.expires.IsZero() && !j.at.IsZero() && j.at.After(j.expires) && j.has("auto renew period"):
		j.out.Holder = Expired
		j.signal("expired on "+j.expires.UTC().Format(time.DateOnly)+", in its grace period", "grace")
	case by(Sinkhole, "sinkhole"):
	case by(Parked, "parking"):
	case j.class == tracker.ClassParked || j.class == tracker.ClassForSale:
		j.out.Holder = Parked
		j.signal("a page of a parking service or for sale", "parked-page")
		if m, ok := j.byKind["parking"]; ok {
			j.out.Service = m.sig.Service
			j.signal(j.view+": "+m.what+" ("+m.sig.ID+", weak)", m.sig.ID)
		}
	case known || j.class != tracker.ClassUnknown:
		j.out.Holder = Operator
	}
}

func (j *judge) signal(text, rule string) {
	j.out.Signals, j.rules = append(j.out.Signals, text), append(j.rules, rule)
}
