package resolver

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// A CanaryReport says which resolvers may be believed right now.
type CanaryReport struct {
	// OK: at least one path is sound. Where it is false, nothing that the run
	// learned from the DNS counts.
	OK    bool
	Paths []PathVerdict // one for each resolver, in configured order
}

// A PathVerdict is one resolver's answers to the control questions.
type PathVerdict struct {
	Server  string
	OK      bool
	Reason  tracker.Reason // why not: timeout, servfail, lying-resolver, not-trusted, ...
	Why     string         // for people: which question went wrong
	Present int            // control names that it found
	Asked   int            // control names that exist
}

// String is one line for people.
func (r CanaryReport) String() string {
	var b strings.Builder
	for i, p := range r.Paths {
		if i > 0 {
			b.WriteString("; ")
		}
		if p.OK {
			fmt.Fprintf(&b, "%s ok", p.Server)
		} else {
			fmt.Fprintf(&b, "%s broken (%s)", p.Server, p.Why)
		}
	}
	return b.String()
}

// Canaries asks each resolver for names that exist (of different operators, at
// least three) and, where absent is set, for names that cannot. A path is sound
// where two thirds of the first are found and none of the second. A resolver that
// finds what cannot exist is not used any more by this client until it passes;
// where none is left, [Client.Sweep] refuses to run. The error is ctx's.
func (c *Client) Canaries(ctx context.Context, present []string, absent bool) (CanaryReport, error) {
	rep := CanaryReport{Paths: make([]PathVerdict, len(c.upstreams))}
	var group sync.WaitGroup
	for i, u := range c.upstreams {
		group.Go(func() { rep.Paths[i] = c.canary(ctx, u, present, absent) })
	}
	group.Wait()
	for i, p := range rep.Paths {
		rep.OK = rep.OK || p.OK
		switch {
		case p.OK:
			c.upstreams[i].lies.Store(false)
		case p.Reason == tracker.ReasonLyingPath:
			c.upstreams[i].lies.Store(true)
		}
	}
	return rep, ctx.Err()
}

func (c *Client) canary(ctx context.Context, u *upstream, present []string, absent bool) PathVerdict {
	p := PathVerdict{Server: u.label, Asked: len(present)}
	found := make([]reply, len(present))
	var invented [2]reply
	controls := [2]string{c.randomLabel(20) + ".com", c.randomLabel(20) + ".org"}
	var group sync.WaitGroup
	for i, n := range present {
		group.Go(func() { found[i] = c.insist(ctx, u, bare(n), dns.TypeNS) })
	}
	if absent {
		for i, n := range controls {
			// Addresses are what a search page is sold with; NS would miss it.
			group.Go(func() { invented[i] = c.insist(ctx, u, n, dns.TypeA) })
		}
	}
	group.Wait()
	for i, r := range found {
		switch {
		case r.msg == nil:
			p.Reason, p.Why = r.reason, fmt.Sprintf("%s: %s", present[i], r.reason)
		case r.rcode == dns.RcodeNameError && !aliased(r.msg, bare(present[i])):
			p.Reason, p.Why = tracker.ReasonNotTrusted, present[i]+" is nxdomain"
		default:
			p.Present++
		}
	}
	p.OK = p.Present*3 >= p.Asked*2
	if !absent {
		return p
	}
	for i, r := range invented {
		switch {
		case r.msg == nil:
			p.OK, p.Reason, p.Why = false, r.reason, fmt.Sprintf("the absent control: %s", r.reason)
		case r.rcode != dns.RcodeNameError:
			p.OK, p.Reason = false, tracker.ReasonLyingPath
			p.Why = controls[i] + " cannot exist, but is answered"
			return p
		}
	}
	return p
}

// insist asks one resolver up to three times.
func (c *Client) insist(ctx context.Context, u *upstream, name string, qtype uint16) reply {
	var r reply
	for try := range 3 {
		r = c.questionAt(ctx, u, name, qtype, 0, c.cfg.FirstTry<<(3+try))
		if r.msg != nil || ctx.Err() != nil {
			break
		}
	}
	return r
}
