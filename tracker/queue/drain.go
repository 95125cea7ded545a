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
	Waiting  int // to be worked, now or at a later attempt
	Running  int
	Retrying int // of those waiting: failed at least once
	Done     int
	Failed   int // given up
}

// Left is how many jobs are still to be done.
func (p Progress) Left() int { return p.Waiting + p.Running }

// A jobState is what Drain needs to know of one job.
type jobState struct {
	id      int64
	state   rivertype.JobState
	attempt int
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
	for {
		changed := q.ended.wait()
		p, err := q.Progress(ctx, run)
		if err != nil {
			return last, err
		}
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
		case <-tick.C:
		}
	}
}

// Progress counts the jobs of a run. A job whose function has returned nil in
// this process is Done, although River records it some 50 ms later.
func (q *Queue) Progress(ctx context.Context, run string) (Progress, error) {
	js, err := q.river.jobsOf(ctx, run)
	if err != nil {
		return Progress{}, fmt.Errorf("queue: count the jobs of run %s: %w", run, err)
	}
	var p Progress
	for _, j := range js {
		switch {
		case j.state == rivertype.JobStateCompleted, j.state == rivertype.JobStateRunning && q.ended.has(j.id):
			p.Done++
		case j.state == rivertype.JobStateCancelled, j.state == rivertype.JobStateDiscarded:
			p.Failed++
		case j.state == rivertype.JobStateRunning:
			p.Running++
		default:
			p.Waiting++
			if j.attempt > 0 {
				p.Retrying++
			}
		}
	}
	return p, nil
}

// endings remembers which jobs this process has finished and not yet seen
// recorded, and wakes who waits for a change.
type endings struct {
	mu     sync.Mutex
	ids    map[int64]bool
	order  []int64       // of ids, oldest first, so that the set stays bounded
	signal chan struct{} // closed at the next change
}

// keptEndings bounds the set. River records finished jobs every 50 ms, long
// before so many others have finished.
const keptEndings = 16_384

func newEndings() *endings {
	return &endings{ids: map[int64]bool{}, signal: make(chan struct{})}
}

func (e *endings) add(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ids[id] {
		return
	}
	e.ids[id] = true
	e.order = append(e.order, id)
	if len(e.order) > keptEndings {
		delete(e.ids, e.order[0])
		e.order = e.order[1:]
	}
}

func (e *endings) has(id int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ids[id]
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
