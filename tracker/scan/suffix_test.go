package scan

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// A bulk answers sweeps from tables. Names that stand in none are absent.
type bulk struct {
	t        *testing.T
	answers  map[tracker.Name]tracker.SweepAnswer // at first
	after    map[tracker.Name]tracker.SweepAnswer // once the suffix was probed; else as before
	suffixes map[string]tracker.Outcome           // of those that may be probed
	silent   map[tracker.Name]bool                // get no answer at all
	probed   []string
	asked    map[tracker.Name]int
}

func (b *bulk) Sweep(_ context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) error {
	for n := range names {
		if b.asked == nil {
			b.asked = map[tracker.Name]int{}
		}
		b.asked[n]++
		if b.silent[n] {
			continue
		}
		ans, ok := b.answers[n]
		if a, again := b.after[n]; again && slices.Contains(b.probed, n.Suffix()) {
			ans, ok = a, true
		}
		if !ok {
			ans.Outcome, ans.Server = tracker.Absent, "192.0.2.53"
		}
		ans.Name = n
		out(ans)
	}
	return nil
}

func (b *bulk) ProbeSuffixes(_ context.Context, suffixes []string) ([]SuffixAnswer, error) {
	var out []SuffixAnswer
	for _, s := range suffixes {
		o, ok := b.suffixes[s]
		if !ok {
			b.t.Errorf("the suffix %s was asked about and need not have been", s)
		}
		b.probed = append(b.probed, s)
		a := SuffixAnswer{Suffix: s, Outcome: o}
		if o == tracker.Unknown {
			a.Reason = tracker.ReasonTimeout
		}
		out = append(out, a)
	}
	return out, nil
}

func said(o tracker.Outcome) tracker.SweepAnswer { return tracker.SweepAnswer{Outcome: o} }

func TestANameIsBelievedOnlyWhereItsSuffixDeniesNamesThatCannotExist(t *testing.T) {
	type answers = map[tracker.Name]tracker.SweepAnswer
	for _, tt := range []struct {
		name           string
		answers, after answers
		suffixes       map[string]tracker.Outcome
		want           string
	}{
		{"nothing there, nothing probed", nil, nil, nil, "a.tk absent; a.cc absent; a.co.com absent"},
		{"a name under an honest suffix is there", answers{"a.cc": said(tracker.Present)}, nil,
			map[string]tracker.Outcome{"cc": tracker.Present}, "a.tk absent; a.cc present; a.co.com absent"},
		{"a registry that answers everything has said nothing", answers{"a.tk": said(tracker.Present)}, answers{"a.tk": said(tracker.Wildcard)},
			map[string]tracker.Outcome{"tk": tracker.Wildcard}, "a.tk wildcard; a.cc absent; a.co.com absent"},
		{"a delegation of its own tells a name from the wildcard", answers{"a.tk": said(tracker.Present)}, answers{"a.tk": said(tracker.Present)},
			map[string]tracker.Outcome{"tk": tracker.Wildcard}, "a.tk present; a.cc absent; a.co.com absent"},
		{"a suffix that could not be judged leaves its names unknown", answers{"a.tk": said(tracker.Present)}, nil,
			map[string]tracker.Outcome{"tk": tracker.Unknown}, "a.tk unknown timeout; a.cc absent; a.co.com absent"},
		{"what the resolver remembers of a wildcard is asked again", answers{"a.tk": said(tracker.Wildcard)}, answers{"a.tk": said(tracker.Present)},
			map[string]tracker.Outcome{"tk": tracker.Present}, "a.tk present; a.cc absent; a.co.com absent"},
		{"the suffix is the public one, of however many labels", answers{"a.co.com": said(tracker.Present)}, nil,
			map[string]tracker.Outcome{"co.com": tracker.Present}, "a.tk absent; a.cc absent; a.co.com present"},
		{"what got no valid answer stays unknown", answers{"a.cc": {Outcome: tracker.Unknown, Reason: tracker.ReasonServFail}}, nil, nil,
			"a.tk absent; a.cc unknown servfail; a.co.com absent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &bulk{t: t, answers: tt.answers, after: tt.after, suffixes: tt.suffixes}
			names := []tracker.Name{"a.tk", "a.cc", "a.co.com"}
			got := map[tracker.Name]string{}
			err := NewSweeper(b).Sweep(t.Context(), names, func(ans tracker.SweepAnswer) {
				if got[ans.Name] != "" {
					t.Errorf("%s was told twice", ans.Name)
				}
				got[ans.Name] = strings.TrimSpace(string(ans.Name) + " " + ans.Outcome.String() + " " + string(ans.Reason))
			})
			var lines []string
			for _, n := range names {
				lines = append(lines, got[n])
			}
			if s := strings.Join(lines, "; "); err != nil || s != tt.want {
				t.Errorf("%s, %v\nwant %s", s, err, tt.want)
			}
			if want := slices.Sorted(maps.Keys(tt.suffixes)); !slices.Equal(b.probed, want) {
				t.Errorf("probed %v, want %v", b.probed, want)
			}
		})
	}
}

func TestASuffixIsJudgedOnceANightUnlessTheProbeFailed(t *testing.T) {
	b := &bulk{t: t, answers: map[tracker.Name]tracker.SweepAnswer{"a.cc": said(tracker.Present), "b.cc": said(tracker.Present), "a.tk": said(tracker.Present)},
		suffixes: map[string]tracker.Outcome{"cc": tracker.Present, "tk": tracker.Unknown}}
	s := NewSweeper(b)
	for _, names := range [][]tracker.Name{{"a.cc", "a.tk"}, {"b.cc", "a.tk"}} {
		if err := s.Sweep(t.Context(), names, func(tracker.SweepAnswer) {}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"cc", "tk", "tk"}; !slices.Equal(b.probed, want) {
		t.Errorf("probed %v, want %v", b.probed, want)
	}
}

func TestASweepThatLeavesANameUnansweredFails(t *testing.T) {
	b := &bulk{t: t, silent: map[tracker.Name]bool{"b.cc": true}}
	err := NewSweeper(b).Sweep(t.Context(), []tracker.Name{"a.cc", "b.cc"}, func(tracker.SweepAnswer) {})
	if err == nil || !strings.Contains(err.Error(), "silence is no absence") {
		t.Errorf("a name without an answer: %v", err)
	}
}

type brokenProbe struct{ bulk }

var errProbe = errors.New("no route")

func (*brokenProbe) ProbeSuffixes(context.Context, []string) ([]SuffixAnswer, error) {
	return nil, errProbe
}

func TestASweepWhoseSuffixesCannotBeAskedFails(t *testing.T) {
	b := &brokenProbe{bulk{t: t, answers: map[tracker.Name]tracker.SweepAnswer{"a.cc": said(tracker.Present)}}}
	if err := NewSweeper(b).Sweep(t.Context(), []tracker.Name{"a.cc"}, func(tracker.SweepAnswer) {}); !errors.Is(err, errProbe) {
		t.Errorf("got %v, want %v", err, errProbe)
	}
}
