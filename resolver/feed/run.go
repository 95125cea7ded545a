package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"respawn/tracker"
)

// A Sink keeps a batch and its position together, durably, and returns nil only
// then. It is called by one goroutine, in order; what it wants of the batch
// beyond its return it copies. An error ends [Run] with the position where it
// was, so that the batch comes again: sinks are idempotent.
type Sink func(ctx context.Context, b Batch) error

// A Pace says how often a source is asked and how long it may stay silent. Zero
// fields take the source's own defaults.
type Pace struct {
	// Poll is the wait before asking again a source that had nothing new.
	Poll time.Duration
	// Silent is how long a source that answers may bring nothing new before that
	// is an alarm, which is repeated each time as long again has passed.
	Silent time.Duration
	// Backoff and MaxBackoff are the first and the longest wait after a failure;
	// it doubles in between, and no wait is shorter than the server asked for.
	Backoff    time.Duration
	MaxBackoff time.Duration
}

func (p Pace) or(d Pace) Pace {
	pick := func(a, b time.Duration) time.Duration {
		if a > 0 {
			return a
		}
		return b
	}
	return Pace{pick(p.Poll, d.Poll), pick(p.Silent, d.Silent), pick(p.Backoff, d.Backoff), pick(p.MaxBackoff, d.MaxBackoff)}
}

// saveEvery is how often the position of a quiet source is saved, so that after
// a crash the gap of a source that cannot be resumed is not overstated by more.
const saveEvery = time.Minute

// Run reads src from pos and hands every batch to sink, until ctx is done (it
// returns ctx's error), the source ends (nil) or the sink fails. Failures of the
// source never end it: they are waited out, reported as a [Gap] when they begin
// and when they are over, and where the source contradicts itself as an [Alarm].
// A source that answers but brings nothing for longer than its pace allows is an
// [Alarm] too; if it cannot be resumed it is connected again, and the silence
// counts as a lost gap.
func Run(ctx context.Context, src Source, pos Position, sink Sink) error {
	defer src.Close()
	r := runner{src: src, sink: sink, pos: pos, pace: paceOf(src)}
	return r.run(ctx)
}

// CatchUp reads src from pos to where it ends at present and hands every batch to sink,
// for who does not keep listening; it returns nil there, and before that ctx's error or
// the sink's. A source without a position joins at its present end. A failure of the
// source ends it, reported as by [Run]; silence is no alarm, since nobody listened.
func CatchUp(ctx context.Context, src Source, pos Position, sink Sink) error {
	defer src.Close()
	r := runner{src: src, sink: sink, pos: pos, pace: paceOf(src)}
	r.pace.Silent = math.MaxInt64
	r.begin()
	for {
		b, err := src.Next(ctx, r.pos)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			_, told := r.failed(ctx, err)
			return errors.Join(err, told)
		}
		if wait, err := r.answered(ctx, b); err != nil || wait > 0 {
			return err
		}
	}
}

// paced is what sources may say about their own pace.
type paced interface{ Pace() Pace }

func paceOf(src Source) Pace {
	d := Pace{Poll: 10 * time.Second, Silent: 15 * time.Minute, Backoff: time.Second, MaxBackoff: 5 * time.Minute}
	if p, ok := src.(paced); ok {
		return p.Pace().or(d)
	}
	return d
}

type runner struct {
	src  Source
	sink Sink
	pos  Position
	pace Pace

	goodAt   time.Time // the source answered
	newsAt   time.Time // it brought something
	alarmAt  time.Time // silence was last reported; zero: not in this silence
	savedAt  time.Time // the sink was last called
	gap      *Gap      // open
	failures int       // in a row
	distrust string    // kind of alarm raised in this outage
}

// begin sets from when on the source is good and has news.
func (r *runner) begin() {
	now := time.Now().UTC()
	r.goodAt, r.newsAt, r.savedAt = now, now, now
	// The silence of a source that keeps its names goes on while we are away, or
	// restarts would hide it; a stream is silent only to those who listen.
	if r.src.Resumes() && !r.pos.NewsAt.IsZero() {
		r.newsAt = r.pos.NewsAt
	}
	if !r.pos.At.IsZero() {
		r.goodAt = r.pos.At
		if !r.src.Resumes() {
			r.gap = &Gap{Source: r.src.Name(), From: r.pos.At, Lost: true, Reason: tracker.ReasonCancelled, Detail: "not running"}
		}
	}
}

func (r *runner) run(ctx context.Context) error {
	r.begin()
	for {
		b, err := r.src.Next(ctx, r.pos)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		wait := time.Duration(0)
		if err != nil {
			wait, err = r.failed(ctx, err)
		} else {
			wait, err = r.answered(ctx, b)
		}
		if err != nil {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// answered takes a batch and returns how long to wait before the next question.
func (r *runner) answered(ctx context.Context, b Batch) (time.Duration, error) {
	now := time.Now().UTC()
	b.Source, b.At = r.src.Name(), now
	news := b.Entries > b.Refused || b.Position.Next > r.pos.Next
	moved := b.Position != r.pos
	b.Position.At = now
	r.failures, r.distrust, r.goodAt = 0, "", now
	// A lost gap ends when names come again, not when a connection stands.
	if r.gap != nil && (news || !r.gap.Lost) {
		r.gap.To = now
		b.Gaps = append(b.Gaps, *r.gap)
		r.gap = nil
	}
	// A log that grows is alive, also while its last tile is waited for.
	if news || b.Position.Size > r.pos.Size {
		r.newsAt, r.alarmAt = now, time.Time{}
	} else if last := later(r.newsAt, r.alarmAt); now.Sub(last) >= r.pace.Silent {
		r.alarmAt = now
		b.Alarms = append(b.Alarms, Alarm{Source: b.Source, Kind: AlarmSilent, Since: r.newsAt, At: now,
			Detail: fmt.Sprintf("answers, but has brought nothing new for %v", now.Sub(r.newsAt).Round(time.Second))})
		if !r.src.Resumes() {
			if r.gap == nil {
				r.gap = &Gap{Source: b.Source, From: r.newsAt, Lost: true, Reason: tracker.ReasonTimeout, Detail: "connected, but silent"}
				b.Gaps = append(b.Gaps, *r.gap)
			}
			_ = r.src.Close() // a fresh connection may cure it
		}
	}
	b.Position.NewsAt = r.newsAt
	if moved || news || len(b.Gaps) > 0 || len(b.Alarms) > 0 || now.Sub(r.savedAt) >= saveEvery {
		if err := r.sink(ctx, b); err != nil {
			return 0, fmt.Errorf("feed %s: storing: %w", b.Source, err)
		}
		r.savedAt = now
	}
	r.pos = b.Position
	if news {
		return 0, nil
	}
	return r.pace.Poll, nil
}

// failed reports an outage when it begins and returns how long to wait.
func (r *runner) failed(ctx context.Context, err error) (time.Duration, error) {
	now := time.Now().UTC()
	r.failures++
	b := Batch{Source: r.src.Name(), At: now, Position: r.pos}
	if r.gap == nil || r.gap.Detail == "not running" {
		if r.gap == nil {
			r.gap = &Gap{Source: b.Source, From: r.goodAt, Lost: !r.src.Resumes()}
		}
		r.gap.Reason, r.gap.Detail = reasonOf(err), err.Error()
		b.Gaps = append(b.Gaps, *r.gap)
	}
	if d, ok := errors.AsType[*Distrust](err); ok && r.distrust != d.Kind {
		r.distrust = d.Kind
		b.Alarms = append(b.Alarms, Alarm{Source: b.Source, Kind: d.Kind, Since: r.goodAt, At: now, Detail: d.Err.Error()})
	}
	if len(b.Gaps) > 0 || len(b.Alarms) > 0 {
		if err := r.sink(ctx, b); err != nil {
			return 0, fmt.Errorf("feed %s: storing: %w", b.Source, err)
		}
		r.savedAt = now
	}
	wait := r.pace.Backoff
	for i := 1; i < r.failures && wait < r.pace.MaxBackoff; i++ {
		wait *= 2
	}
	wait = min(wait, r.pace.MaxBackoff)
	wait = wait/2 + rand.N(wait/2+1) // spread, so that many readers do not return as one
	if ref, ok := errors.AsType[*Refusal](err); ok {
		wait = max(wait, ref.RetryAfter)
	}
	return wait, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
