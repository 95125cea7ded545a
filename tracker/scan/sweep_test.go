package scan

import (
	"context"
	"iter"
	"strings"
	"testing"

	"respawn/tracker"
)

// A bulk answers sweeps from a table. Names that do not stand there are absent.
type bulk struct {
	Resolver
	answers map[tracker.Name]tracker.SweepAnswer
	silent  map[tracker.Name]bool // get no answer at all
}

func (b *bulk) Sweep(_ context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) error {
	for n := range names {
		if b.silent[n] {
			continue
		}
		ans, ok := b.answers[n]
		if !ok {
			ans.Outcome, ans.Server = tracker.Absent, "192.0.2.53"
		}
		ans.Name = n
		out(ans)
	}
	return nil
}

func TestWhatASweepDoesNotCallAbsentIsKept(t *testing.T) {
	s := &Scanner{Deps: Deps{Resolver: &bulk{answers: map[tracker.Name]tracker.SweepAnswer{
		"a.cc": {Outcome: tracker.Present}, "a.tk": {Outcome: tracker.Wildcard}, "a.so": {Outcome: tracker.Unknown, Reason: tracker.ReasonServFail},
	}}}}
	got, server, err := s.sweep(t.Context(), []tracker.Name{"a.com", "a.cc", "a.tk", "a.so"})
	var lines []string
	for _, a := range got {
		lines = append(lines, strings.TrimSpace(string(a.Name)+" "+a.Outcome.String()+" "+string(a.Reason)))
	}
	if s := strings.Join(lines, "; "); err != nil || server != "192.0.2.53" || s != "a.cc present; a.tk wildcard; a.so unknown servfail" {
		t.Errorf("%s by %s, %v", s, server, err)
	}
}

func TestASweepThatLeavesANameUnansweredFails(t *testing.T) {
	s := &Scanner{Deps: Deps{Resolver: &bulk{silent: map[tracker.Name]bool{"b.cc": true}}}}
	_, _, err := s.sweep(t.Context(), []tracker.Name{"a.cc", "b.cc"})
	if err == nil || !strings.Contains(err.Error(), "silence is no absence") {
		t.Errorf("a name without an answer: %v", err)
	}
}
