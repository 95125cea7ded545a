package resolver

import (
	"context"
	"maps"
	"net/netip"
	"strings"
	"time"

	"respawn/tracker"
)

// A SuffixVerdict says what answers about names under one suffix are worth.
type SuffixVerdict struct {
	Suffix string
	// Outcome is Present: the suffix exists, and a name that nobody registered is
	// NXDOMAIN there. Absent: the suffix itself is NXDOMAIN, said twice and where
	// possible by two resolvers, so nothing exists below it (RFC 8020). Wildcard:
	// names that cannot exist are answered. Unknown: none of this could be learned.
	Outcome tracker.Outcome
	Reason  tracker.Reason
	Server  string // who said so
	// Addrs and NS are what a wildcard answers: subtract it from what names under
	// the suffix answer. Both empty where the zone says NOERROR without data.
	Addrs []netip.Addr
	NS    []tracker.Name
	At    time.Time

	known  int64 // when it was remembered, on the client's clock
	closed bool  // names that cannot exist are NXDOMAIN, whatever else was not learned
}

// suffixProbes are asked for each suffix, {} being a random label of 16 letters
// that is the same for the two questions marked 1.
var suffixProbes = []struct {
	label int // 0: the suffix itself
	qtype uint16
}{{0, typeSOA}, {1, typeNS}, {1, typeA}, {2, typeA}}

// ProbeSuffixes asks for names that cannot exist under each suffix, and for the
// suffix itself, and returns the verdicts in the order given. From then on
// [Client.Sweep] knows the wildcard zones among them. Suffixes may have any
// number of labels; a leading dot is dropped. The error is that of Sweep; the
// verdicts of suffixes that could not be asked are then Unknown.
func (c *Client) ProbeSuffixes(ctx context.Context, suffixes []string) ([]SuffixVerdict, error) {
	at := c.cfg.Now().UTC()
	out := make([]SuffixVerdict, len(suffixes))
	var qs []query
	for i, s := range suffixes {
		s = strings.ToLower(strings.Trim(s, "."))
		out[i] = SuffixVerdict{Suffix: s, At: at}
		labels := [3]string{s, c.randomLabel(16) + "." + s, c.randomLabel(16) + "." + s}
		for _, p := range suffixProbes {
			qs = append(qs, query{name: labels[p.label], qtype: p.qtype})
		}
	}
	fs, _, err := c.askAll(ctx, qs)
	var doubtful []int
	for i := range out {
		out[i].decide(fs[len(suffixProbes)*i:][:len(suffixProbes)])
		if out[i].Outcome == tracker.Absent || out[i].Outcome == tracker.Wildcard {
			doubtful = append(doubtful, i)
		}
	}
	if err == nil && len(doubtful) > 0 {
		err = c.confirm(ctx, out, doubtful)
	}
	c.remember(out)
	return out, err
}

// decide reads the four findings of suffixProbes.
func (v *SuffixVerdict) decide(f []finding) {
	own, ns, a1, a2 := f[0], f[1], f[2], f[3]
	var present, absent int
	for _, r := range []finding{ns, a1, a2} {
		switch r.outcome {
		case tracker.Present:
			present++
		case tracker.Absent:
			absent++
		default:
			v.Reason = r.reason
		}
	}
	v.Server = own.server
	v.closed = absent > 0 && present == 0
	switch {
	case present > 0 && absent > 0:
		// Half of the answers are invented, or the path has two minds.
		v.Outcome, v.Reason = tracker.Unknown, tracker.ReasonBadAnswer
	case a1.outcome == tracker.Present && a2.outcome == tracker.Present:
		v.Outcome, v.Reason, v.Server = tracker.Wildcard, tracker.ReasonWildcard, a1.server
		v.NS = ns.ns
		v.Addrs = appendNew(appendNew(nil, a1.addrs), a2.addrs)
	case own.outcome == tracker.Unknown:
		v.Outcome, v.Reason = tracker.Unknown, own.reason
	case absent == 0: // the suffix was answered, the random names were not
		v.Outcome = tracker.Unknown
		if v.Reason == "" {
			v.Reason = tracker.ReasonBadAnswer
		}
	default:
		v.Outcome, v.Reason = own.outcome, tracker.ReasonNone
	}
}

// confirm asks again, elsewhere where there is an elsewhere, about suffixes that
// seem absent; and completes the answer sets of wildcards.
func (c *Client) confirm(ctx context.Context, out []SuffixVerdict, doubtful []int) error {
	var qs []query
	for _, i := range doubtful {
		q := query{name: out[i].Suffix, qtype: typeNS, avoid: out[i].Server}
		if out[i].Outcome == tracker.Wildcard {
			q = query{name: c.randomLabel(16) + "." + out[i].Suffix, qtype: typeAAAA, avoid: out[i].Server}
		}
		qs = append(qs, q)
	}
	fs, _, err := c.askAll(ctx, qs)
	for k, i := range doubtful {
		v, f := &out[i], fs[k]
		switch {
		case f.outcome == tracker.Unknown:
			v.Outcome, v.Reason, v.Server = tracker.Unknown, f.reason, f.server
		case v.Outcome == tracker.Wildcard && f.outcome == tracker.Present:
			v.Addrs = appendNew(v.Addrs, f.addrs)
		case v.Outcome == f.outcome: // absent, twice
			v.Server = f.server
		default:
			v.Outcome, v.Reason = tracker.Unknown, tracker.ReasonBadAnswer
		}
	}
	return err
}

func appendNew(to, from []netip.Addr) []netip.Addr {
next:
	for _, a := range from {
		for _, b := range to {
			if a == b {
				continue next
			}
		}
		to = append(to, a)
	}
	return to
}

// remember keeps the wildcards for judge. The map is replaced, never changed, so
// that sweeps read it without a lock.
func (c *Client) remember(vs []SuffixVerdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := make(map[string]SuffixVerdict)
	if old := c.wild.Load(); old != nil {
		m = maps.Clone(*old)
	}
	for _, v := range vs {
		switch v.Outcome {
		case tracker.Wildcard:
			v.known = c.now()
			m[v.Suffix] = v
		case tracker.Present, tracker.Absent:
			delete(m, v.Suffix)
		}
	}
	c.wild.Store(&m)
}

// wildcard returns the verdict of the nearest wildcard zone above name, and
// whether name is directly below it.
func (c *Client) wildcard(name string) (v SuffixVerdict, child, ok bool) {
	m := c.wild.Load()
	if m == nil || len(*m) == 0 {
		return SuffixVerdict{}, false, false
	}
	child = true
	for {
		_, rest, found := strings.Cut(name, ".")
		if !found {
			return SuffixVerdict{}, false, false
		}
		if v, ok := (*m)[rest]; ok {
			return v, child, true
		}
		name, child = rest, false
	}
}
