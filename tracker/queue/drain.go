package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// Progress is how far the jobs of a run are.
type Progress struct {
	Waiting int // to be worked, now or at a later attempt
	Running int
	Done    int
	Failed  int // given up
}

// Left is how many jobs are still to be done.
func (p Progress) Left() int { return p.Waiting + p.Running }

// counts are the jobs of a run by state, and which of them River has as running.
type counts struct {
	states  map[rivertype.JobState]int
	running []int64
}

// pollEvery is how often Drain looks on its own, for what other processes do.
const pollEvery = 250 * time.Millisecond

// Drain waits until no job of a run is left, including those that jobs of the run
// insert while it waits, and returns the final counts; a job that was given up
// counts as Failed and is no error. progress, if not nil, is called with every
// change, at most ten times a second. Drain works no jobs itself: it fails with
// [ErrStopped] when this process's workers stop before the run is through.
func (q *Queue) Drain(ctx context.Context, run string, progress func(Progress)) (Progress, error) {
	var last Progress
	var toldAt time.Time
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		changed := q.ended.wait()
		asked := time.Now()
		p, err := q.Progress(ctx, run)
		if err != nil {
			return last, err
		}
		cost := time.Since(asked)
		if left := p.Left(); progress != nil && p != last && (left == 0 || time.Since(toldAt) >= 100*time.Millisecond) {
			progress(p)
			toldAt = time.Now()
		}
		last = p
		if p.Left() == 0 {
			return p, nil
		}
		select {
		case <-ctx.Done():
			return last, context.Cause(ctx)
		case <-q.river.stopped():
			return last, ErrStopped
		case <-changed:
			// Thousands of jobs may end in the time of one count: count for a fifth
			// of the time at most.
			rest.Reset(4 * cost)
			select {
			case <-ctx.Done():
				return last, context.Cause(ctx)
			case <-rest.C:
			}
		case <-tick.C:
		}
	}
}

// Progress counts the jobs of a run. A job whose function has returned nil in
// this process is Done, although River records it some 50 ms later.
func (q *Queue) Progress(ctx context.Context, run string) (Progress, error) {
	// A job that ends after the count may have inserted others that the count did
	// not see; so only what had ended before it counts as done.
	mark := q.ended.mark()
	c, err := q.river.count(ctx, run)
	if err != nil {
		return Progress{}, fmt.Errorf("queue: count the jobs of run %s: %w", run, err)
	}
	p := Progress{
		Done:   c.states[rivertype.JobStateCompleted],
		Failed: c.states[rivertype.JobStateCancelled] + c.states[rivertype.JobStateDiscarded],
	}
	for _, id := range c.running {
		if q.ended.before(id, mark) {
			p.Done++
		} else {
			p.Running++
		}
	}
	for _, s := range []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled} {
		p.Waiting += c.states[s]
	}
	return p, nil
}

// endings remembers which jobs this process has finished and River may not have
// recorded yet, and wakes who waits for a change.
type endings struct {
	mu     sync.Mutex
	n      int              // finished so far
	nth    map[int64]ending // by job id
	order  []int64          // of nth, oldest first
	signal chan struct{}    // closed at the next change
}

type ending struct {
	n  int // it was the n-th to finish
	at time.Time
}

// keepEnding is how long an ending counts. River records one within 50 ms, or
// after its retries; and it gives the id of a deleted job to another one, at the
// earliest a day later.
const keepEnding = time.Minute

func newEndings() *endings {
	return &endings{nth: map[int64]ending{}, signal: make(chan struct{})}
}

// add records that a job's function has returned nil.
func (e *endings) add(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	for len(e.order) > 0 && now.Sub(e.nth[e.order[0]].at) > keepEnding {
		delete(e.nth, e.order[0])
		e.order = e.order[1:]
	}
	e.n++
	if _, ok := e.nth[id]; !ok {
		e.order = append(e.order, id)
	}
	e.nth[id] = ending{e.n, now}
}

// mark is a moment in the order of endings.
func (e *endings) mark() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.n
}

// before says whether a job had ended at the mark.
func (e *endings) before(id int64, mark int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	end, ok := e.nth[id]
	return ok && end.n <= mark && time.Since(end.at) <= keepEnding
}

func (e *endings) changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.signal)
	e.signal = make(chan struct{})
}

func (e *endings) wait() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.signal
}
