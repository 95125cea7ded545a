package resolver

import (
	"slices"
	"time"

	"respawn/tracker"
)

// expired is called when the timer of s has run out.
func (e *engine) expired(s *slot) {
	if !s.onWire { // it had only been waiting to be asked again
		if s.tries >= e.c.cfg.Tries {
			e.end(s, finding{reading: reading{reason: s.last, rcode: s.rcode}, server: s.lane.label})
			return
		}
		e.repeat(s)
		return
	}
	if s.held < 3 && s.lane.underway >= 32 && s.lane.reached < s.sent[s.tries-1].at {
		// No question that left after this one has been answered: the resolver has
		// not come to it yet, and asking again would only be one more in its queue.
		s.held++
		e.schedule(s, e.c.now()+s.lane.control.patience(int64(e.c.cfg.FirstTry)))
		return
	}
	e.settle(s)
	s.lane.control.onFailure(s.sent[s.tries-1].at, s.tries == 1)
	s.lane.stats.Timeouts++
	e.stats.Timeouts++
	e.lost++
	if s.last == "" || s.last == tracker.ReasonTimeout || s.last == tracker.ReasonUnreachable {
		s.last = tracker.ReasonTimeout
		if s.lane.closed() {
			s.last = tracker.ReasonUnreachable
		}
	}
	nobody := s.tries >= 4 && !slices.ContainsFunc(e.lanes, func(l *lane) bool { return !l.closed() })
	switch {
	case nobody || s.tries >= e.c.cfg.Tries && s.rest == 0:
		e.end(s, finding{reading: reading{reason: s.last, rcode: s.rcode}, server: s.lane.label})
	case s.rest > 0:
		// It may be late, and waits; but it is no load on the resolver any more, and
		// names that nobody answers must not take the place of the others.
		e.schedule(s, e.c.now()+s.rest)
	default:
		e.repeat(s)
	}
}

// repeat lets fill ask s once more.
func (e *engine) repeat(s *slot) { e.again = append(e.again, waiter{s, s.gen}) }

// settle takes the current try off its lane.
func (e *engine) settle(s *slot) {
	if s.onWire {
		s.onWire = false
		s.lane.underway--
	}
}

// refuse is called when a try came back as no answer.
func (e *engine) refuse(s *slot, l *lane, r reading) {
	e.settle(s)
	e.unschedule(s)
	l.control.onFailure(s.sent[max(0, s.tries-1)].at, s.tries == 1)
	l.stats.Failures++
	s.last, s.rcode = r.reason, r.rcode
	s.stream = false
	if s.failed[l.index] < 255 {
		s.failed[l.index]++
	}
	if r.edns && s.end > s.qend {
		s.end = dropEDNS(s.pkt[:], s.qend)
		s.failed[l.index]-- // the next try without EDNS is a first one
	}
	least := s.failed[e.lanes[0].index]
	for _, o := range e.lanes {
		least = min(least, s.failed[o.index])
	}
	if least >= 2 || s.tries >= e.c.cfg.Tries {
		e.end(s, finding{reading: r, server: l.label})
		return
	}
	if least == 0 {
		e.repeat(s)
		return
	}
	// Everyone has failed it once: a moment may help.
	e.schedule(s, e.c.now()+int64(50*time.Millisecond)<<least)
}

// accept is called with every reading that belongs to s; l is who gave it.
func (e *engine) accept(s *slot, l *lane, r reading) {
	switch r.verdict {
	case isPresent, isAbsent:
		f := finding{reading: r, server: l.label, outcome: tracker.Present}
		if r.verdict == isAbsent {
			f.outcome = tracker.Absent
		}
		l.stats.Answers++
		e.settle(s)
		e.end(s, f)
	case isTruncated:
		l.stats.Truncated++
		if s.stream {
			r.verdict = isBad
			e.refuse(s, l, r)
			return
		}
		s.last = r.reason
		e.toStream(s, l)
	case isBad:
		e.refuse(s, l, r)
	}
}

// toStream asks the same resolver again over its stream, as soon as the rate
// allows.
func (e *engine) toStream(s *slot, l *lane) {
	e.settle(s)
	e.unschedule(s)
	s.stream, s.lane = true, l
	e.repeat(s)
}

func (e *engine) end(s *slot, f finding) {
	f.query = s.query
	e.freeSlot(s)
	e.out(f)
}

// abandon ends everything that is under way or was taken from the feed.
func (e *engine) abandon(r tracker.Reason) {
	for _, s := range e.slots {
		if s.qend > 0 && s.lane != nil {
			e.settle(s)
			e.end(s, finding{reading: reading{reason: r, rcode: s.rcode}, server: s.lane.label})
		}
	}
	e.again = nil
	e.feed.stop()
	e.backlog.abandon(e.feed, func(q query) {
		e.out(finding{query: q, reading: reading{reason: tracker.ReasonCancelled}})
	})
}
