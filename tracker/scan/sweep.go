package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"respawn/tracker"
)

// A sweep's job carries the list that it asks: what a run asks is settled when it
// begins, and a case that is edited while its run is cut off changes the next one.
type sweepArgs struct {
	Part string         `json:"part"`
	From int            `json:"from"`
	List tracker.Digest `json:"list"` // of the names, one a line
}

func (a sweepArgs) key() string { return fmt.Sprintf("sweep/%s/%06d", a.Part, a.From) }

func isSweep(key string) bool { return strings.HasPrefix(key, "sweep/") }

func (s *Scanner) doSweep(ctx context.Context, run tracker.Run, a sweepArgs) error {
	id := run.ID
	if done, err := s.Store.HasBatch(ctx, id, a.key()); err != nil || done {
		return err
	}
	p, err := s.plan(ctx, run)
	if err != nil {
		return err
	}
	raw, err := s.Blobs.Get(ctx, a.List)
	if err != nil {
		return fmt.Errorf("the list of sweep %s: %w", a.key(), err)
	}
	var names []tracker.Name
	for n := range strings.FieldsSeq(string(raw)) {
		names = append(names, tracker.Name(n))
	}
	b := tracker.Batch{Run: id, Key: a.key(), Probe: tracker.ProbeSweep, Vantage: s.Vantage, StartedAt: s.Now(), Names: len(names), NamesHash: a.List, ByOutcome: map[tracker.Outcome]int{}}
	answers, server, err := s.sweep(ctx, names)
	if err != nil {
		return fmt.Errorf("sweep %s: %w", a.key(), err)
	}
	var found []tracker.SweepAnswer
	for _, ans := range answers {
		b.ByOutcome[ans.Outcome]++
		b.Server = cmp.Or(b.Server, ans.Server)
		switch ans.Outcome {
		case tracker.Present:
			found = append(found, ans)
		case tracker.Unknown, tracker.Wildcard:
			// A zone that answers every name alike has not said that this one is absent:
			// the proof of absence must not cover it.
			b.Unknowns = append(b.Unknowns, ans.Name)
		}
	}
	// sweep has an answer for every name; what is not in answers was said to be absent.
	b.ByOutcome[tracker.Absent] = len(names) - len(answers)
	b.Server = cmp.Or(server, b.Server)
	b.EndedAt = s.Now()
	slices.Sort(b.Unknowns)
	slices.SortFunc(found, func(x, y tracker.SweepAnswer) int { return cmp.Compare(x.Name, y.Name) })
	obs := make([]tracker.Observation, len(found))
	known := make([]Known, len(found))
	for i, ans := range found {
		obs[i] = tracker.Observation{Name: ans.Name, Probe: tracker.ProbeSweep, At: b.EndedAt, Run: id, Vantage: s.Vantage, Outcome: tracker.Present, Server: ans.Server}
		known[i] = Known{Name: ans.Name, Rule: ruleSwap, From: p.from[labelOf(ans.Name)], Since: b.EndedAt}
		if c, ok := p.rule[ans.Name]; ok {
			known[i].Rule, known[i].From = c.Rule, c.From
		}
	}
	names = names[:0:0]
	for _, ans := range found {
		names = append(names, ans.Name)
	}
	absences, err := s.absences(ctx, p, names)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, func(tx Tx) error {
		if stored, err := tx.AppendBatch(ctx, b, obs); err != nil || !stored {
			return err
		}
		fresh, err := tx.AddKnown(ctx, run.Case, b.Key, known)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if err := s.appendAbsences(ctx, tx, p, b.Key, absences, fresh); err != nil {
			return err
		}
		return s.insertNames(ctx, tx, id, kindLook, namesOf(fresh))
	})
}

// sweep asks about names and returns the answers that are not plain absence;
// every other name was said to be absent by server. An error means that not every
// name was answered.
func (s *Scanner) sweep(ctx context.Context, names []tracker.Name) (notAbsent []tracker.SweepAnswer, server string, err error) {
	told := 0
	err = s.Resolver.Sweep(ctx, slices.Values(names), func(ans tracker.SweepAnswer) {
		told++
		if ans.Outcome != tracker.Absent {
			notAbsent = append(notAbsent, ans)
		} else if server == "" {
			server = ans.Server
		}
	})
	if err == nil && told != len(names) {
		err = fmt.Errorf("%d of %d names were answered: silence is no absence", told, len(names))
	}
	return notAbsent, server, err
}

// watchedBy is, for each label, the name of the case that it is watched for: the
// seized one where there are several.
func watchedBy(c *tracker.Case) map[string]tracker.Name {
	out := map[string]tracker.Name{}
	for _, role := range []tracker.Role{tracker.RoleSeized, tracker.RoleCampaign} {
		for _, n := range c.Names {
			if l := n.Name.Label(); n.Role == role && out[l] == "" {
				out[l] = n.Name
			}
		}
	}
	return out
}
