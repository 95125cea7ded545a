package scan

import (
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule is a parsed cron expression with jitter. Times are UTC, so that no
// night is skipped or doubled when clocks change.
type Schedule struct {
	expr   string
	spec   cron.Schedule
	jitter time.Duration
}

// ParseSchedule reads a five-field cron expression. Expressions that name a time
// zone, never fire, or fire more often than once a minute are errors.
func ParseSchedule(expr string, jitter time.Duration) (s Schedule, err error) {
	// The parser panics on "TZ=UTC" with nothing behind it (robfig/cron 554); a line
	// of a configuration file must not.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("schedule %q is not a cron expression", expr)
		}
	}()
	if jitter < 0 {
		return s, fmt.Errorf("schedule: jitter is %s: want 0 or more", jitter)
	}
	if len(expr) > 2 && (expr[:2] == "TZ" || expr[:2] == "CR") {
		return s, fmt.Errorf("schedule %q: times are UTC; leave the time zone out", expr)
	}
	spec, err := cron.ParseStandard(expr)
	if err != nil {
		return s, fmt.Errorf("schedule %q: %w", expr, err)
	}
	ref := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	first := spec.Next(ref)
	if first.IsZero() {
		return s, fmt.Errorf("schedule %q never comes", expr)
	}
	if second := spec.Next(first); second.Sub(first) < time.Minute {
		return s, errors.New("schedule: more often than once a minute")
	}
	return Schedule{expr, spec, jitter}, nil
}

// Next is the first time after t that a scan is due, moved by a part of the
// jitter that depends on the due time and key alone: a restart does not draw
// again. Two databases with different keys do not ask registries in the same
// second.
func (s Schedule) Next(t time.Time, key string) time.Time {
	due := s.spec.Next(t.UTC())
	return due.Add(s.shift(due, key))
}

// Due says which scan a process that was last told prev has to run at now: the
// latest due time not after now. ok is false where none is due. However many
// nights were missed, one is caught up: the state of the world is asked once.
func (s Schedule) Due(prev, now time.Time, key string) (due time.Time, ok bool) {
	for t := s.spec.Next(prev.UTC()); !t.IsZero(); t = s.spec.Next(t) {
		at := t.Add(s.shift(t, key))
		if at.After(now) {
			break
		}
		due, ok = t, true
	}
	return due, ok
}

func (s Schedule) shift(due time.Time, key string) time.Duration {
	if s.jitter == 0 {
		return 0
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", key, due.Unix())
	return time.Duration(h.Sum64() % uint64(s.jitter))
}
