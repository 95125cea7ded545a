package resolver

import (
	"context"
	"sync"
	"time"

	"respawn/tracker"
)

// A clock counts nanoseconds on the monotonic clock since it was made. Each client
// has its own, so that a test's virtual time never meets the real one.
type clock struct{ epoch time.Time }

func newClock() clock { return clock{time.Now()} }

func (k clock) now() int64 { return int64(time.Since(k.epoch)) }

// A pacer is a hard cap: over any second not more than rate questions, and a
// little burst so that batches stay batches. A nil pacer caps nothing. It is safe
// for concurrent use: all users of a client share one.
type pacer struct {
	clock
	gap   int64 // nanoseconds between questions
	burst int64 // how far behind the clock the schedule may run

	mu   sync.Mutex
	next int64 // guarded by mu: when the next question may leave
}

// paceBurst is the time whose questions may leave at once.
const paceBurst = 10 * time.Millisecond

func newPacer(k clock, rate float64) *pacer {
	if rate <= 0 {
		return nil
	}
	return &pacer{gap: max(1, int64(float64(time.Second)/rate)), burst: int64(paceBurst), next: k.now(), clock: k}
}

// take asks for one question at now: 0 where it may leave, else how long to wait
// and ask again.
func (p *pacer) take(now int64) time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = max(p.next, now-p.burst)
	if p.next > now {
		return time.Duration(p.next - now)
	}
	p.next += p.gap
	return 0
}

// wait takes one question, as soon as it may leave.
func (p *pacer) wait(ctx context.Context) error {
	if p == nil {
		return ctx.Err()
	}
	for {
		d := p.take(p.now())
		if d == 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A suffixPacer keeps one schedule for each public suffix (or zone, in the walk),
// so that no registry sees more than its share however names are ordered. A nil
// one caps nothing.
type suffixPacer struct {
	clock
	gap int64

	mu   sync.Mutex
	next map[string]int64 // guarded by mu
}

// suffixesKept bounds the schedules: names can be made under any number of
// top levels that do not exist.
const suffixesKept = 1 << 15

func newSuffixPacer(k clock, rate float64) *suffixPacer {
	if rate <= 0 {
		return nil
	}
	return &suffixPacer{gap: int64(float64(time.Second) / rate), clock: k, next: make(map[string]int64)}
}

// reserve books the next question under suffix and returns when it may leave; it
// is never booked twice, so the caller must send or lose it.
func (p *suffixPacer) reserve(suffix string, now int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.next[suffix]
	if !ok && len(p.next) >= suffixesKept {
		for s, t := range p.next {
			if t <= now {
				delete(p.next, s)
			}
		}
	}
	at = max(at, now)
	p.next[suffix] = at + p.gap
	return at
}

// try books a question under suffix if it may leave now; else it says how long to
// wait and books nothing.
func (p *suffixPacer) try(suffix string, now int64) time.Duration {
	p.mu.Lock()
	at := p.next[suffix]
	p.mu.Unlock()
	if at > now {
		return time.Duration(at - now)
	}
	p.reserve(suffix, now)
	return 0
}

func (p *suffixPacer) wait(ctx context.Context, suffix string) error {
	if p == nil {
		return nil
	}
	now := p.now()
	at := p.reserve(suffix, now)
	if at <= now {
		return ctx.Err()
	}
	return sleep(ctx, time.Duration(at-now))
}

// suffixOf is the public suffix whose registry a question about name costs.
func suffixOf(name string) string { return tracker.Name(name).Suffix() }

// A control finds how many questions may be under way at one resolver. It grows
// while nearly all are answered, stops growing when answers come later and later
// (the questions then only wait in someone's queue), and halves when more than
// one in six is lost or answered SERVFAIL. What is lost even where next to nothing
// is under way is not lost by our weight: asking less would only make the night
// long, so that share is left out of the count. It starts low. Owned by one
// goroutine.
type control struct {
	window   float64
	ceiling  float64
	slow     bool  // past the doubling of the start
	srtt     int64 // smoothed delay, 0 before the first answer
	rttvar   int64
	least    int64 // shortest delay seen
	round    int64 // when this round of counting ends
	answered int
	failed   int
	sum      int64   // of the delays of this round
	peak     int     // most under way in this round
	ill      float64 // share of failures, smoothed, forgotten while nothing is asked
	base     float64 // share of failures at the floor, which no window mends
	trial    trial
}

// A trial is a round that counts first tries alone, and only those that left in
// its time, and waits until all of them have come or are lost. Where much is lost
// it must be so: a loss is known a whole patience after the answers to what left
// together with it, so that a round by the clock would see either none lost, and
// double the window, or nothing but losses, and halve it.
type trial struct {
	on         bool
	from, till int64 // when its tries left; till is 0 while they leave
}

func (t trial) counts(sent int64, first bool) bool {
	return !t.on || first && sent >= t.from && (t.till == 0 || sent < t.till)
}

const (
	windowStart = 64
	windowFloor = 8
	// queueLow and queueHigh are the questions that may wait at a resolver for
	// their turn: enough to keep it busy, too few to overflow its socket.
	queueLow  = 256
	queueHigh = 640
	// A round is judged by roundLeast tries, a trial by trialLeast: a smaller
	// sample of three lost in ten would look like load in every sixth.
	roundLeast = 16
	trialLeast = 64
	// baseMost is the largest share that is put down to the path. Above it the
	// resolver is as good as gone, and others are asked.
	baseMost = 0.5
)

func newControl(ceiling int) control {
	return control{window: windowStart, ceiling: float64(ceiling)}
}

// onAnswer counts an answer to the try that left at sent; first says that it was
// the first of its question.
func (c *control) onAnswer(sent, delay int64, first bool) {
	if c.srtt == 0 {
		c.srtt, c.rttvar, c.least = delay, delay/2, delay
	} else {
		d := delay - c.srtt
		c.srtt += d / 8
		c.rttvar += (max(d, -d) - c.rttvar) / 4
		c.least = min(c.least, delay)
	}
	if c.trial.counts(sent, first) {
		c.answered++
		c.sum += delay
	}
}

// onStream counts an answer whose delay says nothing about datagrams.
func (c *control) onStream(sent int64, first bool) {
	if c.trial.counts(sent, first) {
		c.answered++
	}
}

func (c *control) onFailure(sent int64, first bool) {
	if c.trial.counts(sent, first) {
		c.failed++
	}
}

// onLate takes back the failure of a try that was slow, not lost.
func (c *control) onLate(sent int64, first bool) {
	if c.trial.counts(sent, first) {
		c.failed = max(0, c.failed-1)
	}
}

// tick ends the round when it is over and sets the window for the next. patience
// is that of a first try.
func (c *control) tick(now int64, underway int, patience int64) {
	n := c.answered + c.failed
	if now < c.round || n < roundLeast || c.trial.on && n < trialLeast {
		if n == 0 && now > c.round+int64(time.Second) {
			c.ill, c.round = c.ill/2, now // it may have come round
		}
		return
	}
	if c.trial.on && c.trial.till == 0 {
		c.trial.till, c.round = now, now+patience
		return
	}
	bad := float64(c.failed) / float64(n)
	c.ill += (bad - c.ill) / 4
	ours := c.ours(bad)
	queued := 0.0
	if c.answered > 0 {
		if mean := c.sum / int64(c.answered); mean > 0 {
			queued = float64(c.peak) * (1 - float64(c.least)/float64(mean))
		}
	}
	used := float64(c.peak) > 0.7*c.window
	switch {
	case ours > 0.16:
		c.window /= 2
		c.slow = true
	case ours > 0.08:
	case queued > queueHigh:
		c.window *= 0.9
		c.slow = true
	case queued > queueLow || !used:
	case ours > 0.03:
		c.window *= 1.05
	case c.slow:
		c.window += max(8, c.window/16)
	default:
		c.window *= 2
	}
	c.window = min(max(c.window, windowFloor), c.ceiling)
	c.answered, c.failed, c.sum, c.peak = 0, 0, 0, underway
	if bad > 0.16 || c.trial.on && bad > 0.08 {
		c.trial, c.round = trial{on: true, from: now}, now+patience
		return
	}
	c.trial, c.round = trial{}, now+max(c.srtt, int64(time.Millisecond))
}

// ours is the part of a round's share of failures that asking less would mend.
func (c *control) ours(bad float64) float64 {
	switch {
	case c.trial.on && c.window <= windowFloor:
		c.base, c.slow = min(bad, baseMost), false // where the limit lies is to be found anew
	case bad < c.base/2:
		c.base = (c.base + bad) / 2 // the path is better than it was
	}
	return max(0, bad-c.base) / (1 - c.base)
}

// sick says whether the resolver fails so often that others are asked first.
func (c *control) sick() bool { return c.ill > 0.5 }

// patience is how long the first try waits.
func (c *control) patience(least int64) int64 {
	if c.srtt == 0 {
		return min(4*least, int64(2*time.Second))
	}
	return min(max(least, c.srtt+4*c.rttvar), int64(2*time.Second))
}
