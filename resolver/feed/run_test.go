package feed

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"respawn/tracker"
)

// A scripted source answers each question with the next step of a script, and
// the last step for ever.
type scripted struct {
	resumes bool
	pace    Pace
	steps   []step
	asked   []asked
	closed  int
}

type step struct {
	entries int
	err     error
}

type asked struct {
	at  time.Duration // since the start
	pos int64
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a synctest bubble

func (s *scripted) Name() string  { return "scripted" }
func (s *scripted) Resumes() bool { return s.resumes }
func (s *scripted) Pace() Pace    { return s.pace }
func (s *scripted) Close() error  { s.closed++; return nil }

func (s *scripted) Next(_ context.Context, pos Position) (Batch, error) {
	s.asked = append(s.asked, asked{time.Since(epoch), pos.Next})
	st := s.steps[min(len(s.asked), len(s.steps))-1]
	b := Batch{Position: pos, Entries: st.entries}
	b.Position.Next += int64(st.entries)
	return b, st.err
}

// collect runs s for d and returns what the sink got.
func collect(t *testing.T, s Source, pos Position, d time.Duration) []Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var got []Batch
	err := Run(ctx, s, pos, func(_ context.Context, b Batch) error { got = append(got, b); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run ended with %v", err)
	}
	return got
}

func gaps(bs []Batch) (out []Gap) {
	for _, b := range bs {
		out = append(out, b.Gaps...)
	}
	return out
}

func alarms(bs []Batch) (out []Alarm) {
	for _, b := range bs {
		out = append(out, b.Alarms...)
	}
	return out
}

func TestRunAdvancesOnlyWithTheSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{resumes: true, steps: []step{{entries: 5}}}
		full := errors.New("disk full")
		calls := 0
		err := Run(t.Context(), s, Position{Next: 100}, func(_ context.Context, b Batch) error {
			calls++
			if b.Position.Next == 115 {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || calls != 3 || s.closed == 0 {
			t.Errorf("%v after %d calls, closed %d times", err, calls, s.closed)
		}
		if got := s.asked[len(s.asked)-1].pos; got != 110 {
			t.Errorf("last asked at %d, want 110: the batch after it was not stored", got)
		}
	})
}

func TestRunEndsWithTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{steps: []step{{entries: 5}, {err: io.EOF}}}
		if err := Run(t.Context(), s, Position{}, func(context.Context, Batch) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}

func TestRunReportsAnOutageAsOneGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("no route")
		s := &scripted{resumes: true, steps: []step{{entries: 5}, {err: down}, {err: down}, {err: down}, {err: down}, {entries: 1}, {entries: 0}}}
		got := gaps(collect(t, s, Position{}, 10*time.Minute))
		if len(got) != 2 || !got[0].To.IsZero() || got[1].To.IsZero() || !got[0].From.Equal(got[1].From) || !got[0].From.Equal(epoch) {
			t.Fatalf("%+v; want one gap, opened and closed", got)
		}
		if got[1].Lost || got[1].Reason != tracker.ReasonUnreachable || got[1].Detail != "no route" {
			t.Errorf("%+v", got[1])
		}
		if d := got[1].To.Sub(got[1].From); d < 7*time.Second || d > 15*time.Second {
			t.Errorf("four failures took %v; want waits of 1, 2, 4 and 8 s, each up to half shorter", d)
		}
	})
}

func TestRunWaitsAsLongAsItIsAskedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{resumes: true, steps: []step{{err: &Refusal{Status: 429, RetryAfter: 20 * time.Minute}}, {entries: 1}, {}}}
		got := gaps(collect(t, s, Position{}, time.Hour))
		if s.asked[1].at < 20*time.Minute {
			t.Errorf("asked again after %v", s.asked[1].at)
		}
		if len(got) != 2 || got[0].Reason != tracker.ReasonThrottled {
			t.Errorf("%+v", got)
		}
	})
}

func TestRunDoesNotHammerADeadServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{resumes: true, steps: []step{{err: errors.New("no route")}}}
		got := collect(t, s, Position{}, 24*time.Hour)
		if n := len(s.asked); n > 24*60/2 {
			t.Errorf("%d questions in a day", n)
		}
		if len(got) != 1 {
			t.Errorf("the sink was called %d times for one outage", len(got))
		}
	})
}

func TestRunRaisesTheAlarmWhenASourceIsUpButSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{resumes: true, pace: Pace{Poll: 10 * time.Second, Silent: time.Hour}, steps: []step{{entries: 3}, {}}}
		got := alarms(collect(t, s, Position{}, 150*time.Minute))
		if len(got) != 2 || got[0].Kind != AlarmSilent || !got[0].Since.Equal(epoch) || got[0].At.Sub(epoch) != time.Hour {
			t.Errorf("%+v; want an alarm after one hour and after two", got)
		}
	})
}

func TestRunCountsSilenceOfAStreamAsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := slices.Repeat([]step{{}}, 80)
		steps = append([]step{{entries: 3}}, append(steps, step{entries: 1}, step{})...)
		s := &scripted{pace: Pace{Poll: time.Second, Silent: time.Minute}, steps: steps}
		bs := collect(t, s, Position{}, 100*time.Second)
		got := gaps(bs)
		if len(got) != 2 || !got[1].Lost || !got[1].From.Equal(epoch) || got[1].To.Sub(epoch) != 80*time.Second {
			t.Errorf("%+v; want the whole silence as a lost gap", got)
		}
		if len(alarms(bs)) != 1 || s.closed != 2 {
			t.Errorf("%d alarms, closed %d times; want one of each, and one at the end", len(alarms(bs)), s.closed)
		}
	})
}

func TestRunCountsTimeNotRunningAsLostForAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := epoch.Add(-3 * time.Hour)
		for _, resumes := range []bool{false, true} {
			s := &scripted{resumes: resumes, steps: []step{{entries: 1}, {}}}
			got := gaps(collect(t, s, Position{Next: 7, At: before}, time.Second))
			if resumes && len(got) != 0 || !resumes && (len(got) != 1 || !got[0].From.Equal(before) || !got[0].Lost || got[0].To.IsZero()) {
				t.Errorf("resumes %v: %+v", resumes, got)
			}
		}
	})
}

func TestRunRaisesTheAlarmOnceWhenALogContradictsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{resumes: true, steps: []step{{entries: 1}, {err: &Distrust{AlarmInconsistent, errors.New("two heads")}}}}
		bs := collect(t, s, Position{}, 6*time.Hour)
		if got := alarms(bs); len(got) != 1 || got[0].Kind != AlarmInconsistent {
			t.Errorf("%+v", got)
		}
		if g := gaps(bs); len(g) != 1 || g[0].Reason != tracker.ReasonBadAnswer {
			t.Errorf("%+v", g)
		}
		for _, b := range bs[1:] {
			if b.Position.Next != 1 {
				t.Errorf("went on to %d", b.Position.Next)
			}
		}
	})
}

func TestRunSavesThePositionOfAQuietSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{pace: Pace{Poll: time.Second, Silent: time.Hour}, steps: []step{{}}}
		if n := len(collect(t, s, Position{}, 10*time.Minute+time.Second)); n < 9 || n > 11 {
			t.Errorf("the sink was called %d times in ten quiet minutes; want once a minute", n)
		}
	})
}

func TestRestartsDoNotHideSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := epoch.Add(-2 * time.Hour)
		s := &scripted{resumes: true, pace: Pace{Poll: time.Second, Silent: time.Hour}, steps: []step{{}}}
		got := alarms(collect(t, s, Position{At: epoch, NewsAt: old}, time.Minute))
		if len(got) != 1 || !got[0].Since.Equal(old) {
			t.Errorf("%+v; want the alarm at once", got)
		}
	})
}

func TestCatchUpEndsWhereTheSourceEnds(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		steps []step
		want  []int // entries of the batches that the sink got
		err   error
	}{
		{"to the end", []step{{entries: 3}, {entries: 2}, {}}, []int{3, 2}, nil},
		{"nothing new", []step{{}}, nil, nil},
		{"the source ends", []step{{entries: 3}, {err: io.EOF}}, []int{3}, nil},
		{"a failure is told once", []step{{entries: 3}, {err: refused}}, []int{3, 0}, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &scripted{resumes: true, pace: Pace{Poll: time.Second, Silent: time.Minute}, steps: tt.steps}
				var got []int
				// Nothing for a day: who did not listen cannot call it silence.
				pos := Position{Next: 7, At: epoch.AddDate(0, 0, -1), NewsAt: epoch.AddDate(0, 0, -1)}
				err := CatchUp(t.Context(), src, pos, func(_ context.Context, b Batch) error {
					got = append(got, b.Entries)
					if len(b.Alarms) > 0 || b.Source != "scripted" {
						t.Errorf("%+v", b)
					}
					return nil
				})
				if !errors.Is(err, tt.err) || !slices.Equal(got, tt.want) || src.closed != 1 || time.Since(epoch) > 0 {
					t.Errorf("%v, batches %v, closed %d times after %v", err, got, src.closed, time.Since(epoch))
				}
			})
		})
	}
}

func TestCatchUpComesAgainFromWhatTheSinkKept(t *testing.T) {
	full := errors.New("disk full")
	src := &scripted{resumes: true, steps: []step{{entries: 3}}}
	if err := CatchUp(t.Context(), src, Position{Next: 7}, func(context.Context, Batch) error { return full }); !errors.Is(err, full) || len(src.asked) != 1 {
		t.Errorf("%v after %d questions", err, len(src.asked))
	}
}
