package registration

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Limits of the pacing (METHODS 6, after the measured practice of registries).
const (
	maxInterval  = 60 * time.Second // back-off never goes beyond one question a minute
	breakerAfter = 3                // failures in a row
	breakerFor   = 60 * time.Second
	turnLease    = 2 * time.Minute // a turn that nobody gave back ends then: its holder died
	maxWait      = 5 * time.Minute // longer waits are refused at once, for the queue to retry
	maxPause     = 24 * time.Hour  // the longest Retry-After that is believed
)

// ErrPaused is returned by [Pace.Wait] where a server is not to be asked now: its
// breaker is open or it asked for a pause that is too long to sit through.
var ErrPaused = errors.New("the server is resting")

// A Pace gives out turns to ask servers, each named by its host. All workers that
// share one Pace (or, for one kept in a database, one table) have one budget for
// each server: one
// question in flight, the configured rate, and back-off when the server is
// pressed. Safe for concurrent use.
type Pace interface {
	// Wait blocks until it is the caller's turn to ask server, which then is
	// busy until Report. It returns ErrPaused, or the error of ctx, and then the
	// caller has no turn and must not call Report.
	Wait(ctx context.Context, server string) error
	// Report gives the turn back and says how the server took the question.
	Report(server string, f Feedback)
}

// A Feedback says how a server took one question.
type Feedback struct {
	Kind       FeedbackKind
	RetryAfter time.Duration // as the server asked; 0 = it did not
}

// A FeedbackKind is what the pacing needs to know about an answer.
type FeedbackKind uint8

// The kinds of feedback. An answer of any meaning is Served.
const (
	Served  FeedbackKind = iota // it answered
	Pressed                     // 429, 503, limit text, empty reply or timeout: back off
	Broken                      // unreachable, refused: counts towards the breaker
	Unasked                     // the question was never put: nothing is learned
	Spaced                      // another server of its registry was asked: wait as after any question
)

// A PaceState is the pacing of one server, as plain data: a Pace in a database
// loads it, calls Take or Give and stores it again within one transaction. The
// zero PaceState is a server that was never asked.
type PaceState struct {
	Interval  time.Duration `json:"interval"`  // between questions; 0 = the base interval
	NextAt    time.Time     `json:"next_at"`   // no question before
	BusyUntil time.Time     `json:"busy"`      // a question is in flight; its lease ends then
	Failures  int           `json:"failures"`  // in a row
	OpenUntil time.Time     `json:"open_till"` // breaker
}

// Take tries to take a turn at now. With wait == 0 and err == nil the turn is
// taken; otherwise nobody has it and the caller tries again after wait.
func (s *PaceState) Take(now time.Time) (wait time.Duration, err error) {
	if d := s.OpenUntil.Sub(now); d > 0 {
		return d, ErrPaused
	}
	if d := s.NextAt.Sub(now); d > maxWait {
		return d, ErrPaused
	}
	if d := s.BusyUntil.Sub(now); d > 0 {
		return d, nil
	}
	if d := s.NextAt.Sub(now); d > 0 {
		return d, nil
	}
	s.BusyUntil = now.Add(turnLease)
	return 0, nil
}

// Give gives a turn back at now. Base is the interval of the configured rate and
// jitter a random number in [0, 1).
func (s *PaceState) Give(now time.Time, f Feedback, base time.Duration, jitter float64) {
	s.BusyUntil = time.Time{}
	if s.Interval < base {
		s.Interval = base
	}
	switch f.Kind {
	case Unasked:
		return
	case Served:
		s.Failures = 0
		s.Interval = max(base, s.Interval-s.Interval/10)
	case Pressed:
		s.Interval = min(maxInterval, max(2*s.Interval, time.Second))
		s.Failures++
	case Broken:
		s.Failures++
	}
	s.NextAt = now.Add(s.Interval + time.Duration(jitter*0.2*float64(s.Interval)))
	if f.RetryAfter > 0 {
		if at := now.Add(min(f.RetryAfter, maxPause)); at.After(s.NextAt) {
			s.NextAt = at
		}
	}
	if s.Failures >= breakerAfter {
		s.Failures, s.OpenUntil = 0, now.Add(breakerFor)
	}
}

// A MemoryPace is a Pace for the workers of one process.
type MemoryPace struct {
	base time.Duration

	mu      sync.Mutex
	servers map[string]*pacedServer // guarded by mu
}

type pacedServer struct {
	state   PaceState
	changed chan struct{} // closed and replaced when a turn is given back
}

// NewMemoryPace paces each server to rate questions a second (plus up to 20 %
// jitter). Rate 0 or less means no pacing and no breaker: for test worlds only.
func NewMemoryPace(rate float64) *MemoryPace {
	p := &MemoryPace{servers: make(map[string]*pacedServer)}
	if rate > 0 {
		p.base = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// Wait implements [Pace].
func (p *MemoryPace) Wait(ctx context.Context, server string) error {
	if p.base == 0 {
		return ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.mu.Lock()
		s := p.servers[server]
		if s == nil {
			s = &pacedServer{changed: make(chan struct{})}
			p.servers[server] = s
		}
		wait, err := s.state.Take(time.Now())
		changed := s.changed
		p.mu.Unlock()
		if err != nil || wait <= 0 {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-changed:
			t.Stop()
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

// Report implements [Pace].
func (p *MemoryPace) Report(server string, f Feedback) {
	if p.base == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.servers[server]; s != nil {
		s.state.Give(time.Now(), f, p.base, rand.Float64())
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// State is a copy of the pacing of one server, for doctor and for tests.
func (p *MemoryPace) State(server string) PaceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.servers[server]; s != nil {
		return s.state
	}
	return PaceState{}
}

var _ Pace = (*MemoryPace)(nil)
