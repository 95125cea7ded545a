package scan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"respawn/tracker"
)

// A Sweeper asks about many names and believes that one is there only where names
// that cannot exist, under the same public suffix, are not: a registry that
// answers everything has not said that anything exists. It asks each suffix once,
// when something first seems to be under it; what a probe could not tell is asked
// again by the next sweep. Safe for concurrent use.
type Sweeper struct {
	bulk Bulk

	mu       sync.Mutex // held while suffixes are asked: who needs a verdict has to wait for it
	verdicts map[string]SuffixAnswer
}

// NewSweeper makes a Sweeper that knows no suffix yet. Its verdicts are of one
// night: make another for the next.
func NewSweeper(b Bulk) *Sweeper { return &Sweeper{bulk: b, verdicts: map[string]SuffixAnswer{}} }

// Sweep asks about names and calls out from one goroutine, once for each of them:
// with absences and failures as they come, and with the rest once its suffixes are
// judged. Under a suffix that answers everything a name is Present only if it has
// a delegation of its own, else Wildcard; under one that could not be judged it is
// Unknown. An error means that not every name was asked.
func (s *Sweeper) Sweep(ctx context.Context, names []tracker.Name, out func(tracker.SweepAnswer)) error {
	var held []tracker.SweepAnswer
	told := 0
	tell := func(ans tracker.SweepAnswer) { told++; out(ans) }
	if err := s.bulk.Sweep(ctx, slices.Values(names), func(ans tracker.SweepAnswer) {
		if ans.Outcome == tracker.Present || ans.Outcome == tracker.Wildcard {
			held = append(held, ans)
		} else {
			tell(ans)
		}
	}); err != nil {
		return err
	}
	verdicts, err := s.judge(ctx, held)
	if err != nil {
		return err
	}
	var doubted []tracker.Name
	for _, ans := range held {
		v := verdicts[ans.Name.Suffix()]
		switch {
		case v.Outcome == tracker.Unknown:
			ans.Outcome, ans.Reason = tracker.Unknown, v.Reason
			tell(ans)
		case (v.Outcome == tracker.Wildcard) != (ans.Outcome == tracker.Wildcard):
			// Asked before the resolver knew what this zone is, or when it was another.
			doubted = append(doubted, ans.Name)
		default:
			tell(ans)
		}
	}
	if len(doubted) > 0 {
		if err := s.bulk.Sweep(ctx, slices.Values(doubted), tell); err != nil {
			return err
		}
	}
	if told != len(names) {
		return fmt.Errorf("%d of %d names were answered: silence is no absence", told, len(names))
	}
	return nil
}

// judge returns the verdicts on the suffixes of the names that seem to exist.
func (s *Sweeper) judge(ctx context.Context, seem []tracker.SweepAnswer) (map[string]SuffixAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ask := map[string]bool{}
	for _, ans := range seem {
		suffix := ans.Name.Suffix()
		if v, ok := s.verdicts[suffix]; !ok || v.Outcome == tracker.Unknown {
			ask[suffix] = true
		}
	}
	if len(ask) > 0 {
		vs, err := s.bulk.ProbeSuffixes(ctx, slices.Sorted(maps.Keys(ask)))
		if err != nil {
			return nil, err
		}
		for _, v := range vs {
			s.verdicts[v.Suffix] = v
		}
	}
	return maps.Clone(s.verdicts), nil
}
