package resolver

import (
	"context"
	"iter"
	"slices"
	"time"

	"respawn/tracker"
)

// SweepStats say what a sweep cost and how well the resolvers did.
type SweepStats struct {
	Asked     int // names that got a question
	Present   int
	Absent    int
	Wildcard  int
	Unknown   map[tracker.Reason]int // nil: none
	Queries   int                    // questions sent, those sent again included
	Retries   int
	Timeouts  int // tries without an answer in time
	MaxWindow int // most questions under way at one resolver
	Elapsed   time.Duration
	Servers   []ServerStats
}

// ServerStats are one resolver's share of a sweep.
type ServerStats struct {
	Server    string
	Queries   int
	Streamed  int // of those, over TCP, TLS or HTTPS
	Answers   int // that decided a name
	Failures  int // SERVFAIL, REFUSED, referrals, malformed and broken streams
	Timeouts  int
	Truncated int
	Late      int // came after the question had been sent again
	Strays    int // wrong id, wrong question, wrong case
}

// Sweep asks one NS question for each name and calls out with each answer, in the
// order of the answers, from one goroutine. NOERROR (delegated, a host, or a
// dangling alias) is Present, a matched NXDOMAIN is Absent and never asked again;
// under a suffix that [Client.ProbeSuffixes] found to answer every name, only a
// delegation other than the wildcard's own is Present and all else is Wildcard;
// Unknown carries the last reason after Config.Tries tries at all resolvers.
//
// names may be of any length; memory stays constant, and so names that share a
// capped suffix hold up others once 65,536 of them wait. names is read in a
// goroutine of its own and must end soon after ctx does. Every name that was read
// gets exactly one answer, also where Sweep returns an error: those that could
// not be asked are Unknown with [tracker.ReasonCancelled]. The error says that
// asking has no point: ctx is done, or it wraps [ErrNoResolver].
func (c *Client) Sweep(ctx context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) (SweepStats, error) {
	f := newFeed()
	var count counter
	emit := func(fd finding) {
		a := c.judge(fd)
		count.add(a.Outcome, a.Reason)
		out(a)
	}
	stats, err := c.feedAndRun(ctx, f, func() {
		for n := range names {
			if !f.push(query{name: string(n), qtype: typeNS}) {
				break
			}
		}
	}, emit)
	stats.Present, stats.Absent, stats.Wildcard, stats.Unknown = count.present, count.absent, count.wildcard, count.unknown
	return stats, err
}

// feedAndRun runs the engine while produce pushes questions.
func (c *Client) feedAndRun(ctx context.Context, f *feed, produce func(), out func(finding)) (SweepStats, error) {
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		<-started
		produce()
		f.finish()
	}()
	stats, err := c.run(ctx, f, started, out)
	f.stop()
	<-ended
	for _, q := range f.take(nil) { // pushed while the engine was stopping
		out(finding{query: q, reading: reading{reason: tracker.ReasonCancelled}})
	}
	return stats, err
}

// ask asks a fixed set of questions and returns their findings in the same order.
func (c *Client) askAll(ctx context.Context, qs []query) ([]finding, SweepStats, error) {
	out := make([]finding, len(qs))
	f := newFeed()
	stats, err := c.feedAndRun(ctx, f, func() {
		for i, q := range qs {
			q.tag = i
			if !f.push(q) {
				return
			}
		}
	}, func(fd finding) { out[fd.tag] = fd })
	return out, stats, err
}

// judge turns a finding about a name into its answer, in the light of what is
// known about its suffix.
func (c *Client) judge(f finding) tracker.SweepAnswer {
	a := tracker.SweepAnswer{
		Name: tracker.Name(f.name), Outcome: f.outcome, Reason: f.reason,
		RCode: f.rcode, Server: f.server, NS: f.ns,
	}
	if a.Outcome == tracker.Unknown {
		return a
	}
	a.Reason = tracker.ReasonNone
	v, child, ok := c.wildcard(f.name)
	switch {
	case !ok:
		return a
	case a.Outcome == tracker.Absent && !child:
		return a // the wildcard would have covered it, but for a delegation in between
	}
	if a.Outcome == tracker.Present && len(a.NS) > 0 && !sameNames(a.NS, v.NS) {
		return a // a delegation of its own
	}
	a.Outcome, a.Reason = tracker.Wildcard, tracker.ReasonWildcard
	return a
}

func sameNames(a, b []tracker.Name) bool {
	if len(a) != len(b) {
		return false
	}
	for _, n := range a {
		if !slices.Contains(b, n) {
			return false
		}
	}
	return true
}

type counter struct {
	present, absent, wildcard int
	unknown                   map[tracker.Reason]int
}

func (c *counter) add(o tracker.Outcome, r tracker.Reason) {
	switch o {
	case tracker.Present:
		c.present++
	case tracker.Absent:
		c.absent++
	case tracker.Wildcard:
		c.wildcard++
	default:
		if c.unknown == nil {
			c.unknown = make(map[tracker.Reason]int)
		}
		c.unknown[r]++
	}
}
