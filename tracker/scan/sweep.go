package scan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"respawn/tracker"
)

type sweepArgs struct {
	Part string `json:"part"`
	From int    `json:"from"`
	To   int    `json:"to"`
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
	list := p.plan.List(a.Part)
	if a.To > len(list) {
		return fmt.Errorf("sweep %s: the plan has %d names: the case changed while its run was cut off", a.key(), len(list))
	}
	names := list[a.From:a.To]
	b := tracker.Batch{Run: id, Key: a.key(), Probe: tracker.ProbeSweep, Vantage: s.Vantage, StartedAt: s.Now(), Names: len(names), ByOutcome: map[tracker.Outcome]int{}}
	if b.NamesHash, err = s.Blobs.Put(ctx, nameList(names)); err != nil {
		return err
	}
	answers, err := s.sweep(ctx, p, names)
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
	if b.Server == "" {
		b.Server = p.server()
	}
	b.EndedAt = s.Now()
	slices.Sort(b.Unknowns)
	slices.SortFunc(found, func(x, y tracker.SweepAnswer) int { return cmp.Compare(x.Name, y.Name) })
	obs := make([]tracker.Observation, len(found))
	known := make([]Known, len(found))
	from := watchedBy(p.c)
	for i, ans := range found {
		obs[i] = tracker.Observation{Name: ans.Name, Probe: tracker.ProbeSweep, At: b.EndedAt, Run: id, Vantage: s.Vantage, Outcome: tracker.Present, Server: ans.Server}
		known[i] = Known{Name: ans.Name, Rule: ruleSwap, From: from[labelOf(ans.Name)], Since: b.EndedAt}
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
		names := make([]tracker.Name, len(fresh))
		for i, k := range fresh {
			names[i] = k.Name
		}
		return s.insertNames(ctx, tx, id, kindLook, names)
	})
}

// sweep asks about names and returns the answers that are not plain absence. A
// name that seems to be there is believed only when names that cannot exist, under
// the same suffix, are not: in a zone that answers everything it is asked again,
// and then the resolver knows what that zone is.
func (s *Scanner) sweep(ctx context.Context, p *planned, names []tracker.Name) ([]tracker.SweepAnswer, error) {
	var notAbsent []tracker.SweepAnswer
	absent := 0
	whole := func(got []tracker.SweepAnswer) ([]tracker.SweepAnswer, error) {
		if n := absent + len(got); n != len(names) {
			return nil, fmt.Errorf("%d of %d names were answered: silence is no absence", n, len(names))
		}
		return got, nil
	}
	ask := func(names []tracker.Name) error {
		return s.Resolver.Sweep(ctx, slices.Values(names), func(ans tracker.SweepAnswer) {
			if ans.Outcome != tracker.Absent {
				notAbsent = append(notAbsent, ans)
			} else {
				absent++
				p.sawServer(ans.Server)
			}
		})
	}
	if err := ask(names); err != nil {
		return nil, err
	}
	first := notAbsent
	notAbsent = nil
	var doubted []tracker.Name
	verdicts, err := s.suffixes(ctx, p, first)
	if err != nil {
		return nil, err
	}
	for _, ans := range first {
		v := verdicts[suffixOf(ans.Name)]
		switch {
		case ans.Outcome == tracker.Present && v.Outcome == tracker.Wildcard:
			doubted = append(doubted, ans.Name)
		case ans.Outcome == tracker.Present && v.Outcome == tracker.Unknown:
			ans.Outcome, ans.Reason = tracker.Unknown, v.Reason
			notAbsent = append(notAbsent, ans)
		default:
			notAbsent = append(notAbsent, ans)
		}
	}
	if len(doubted) > 0 {
		if err := ask(doubted); err != nil {
			return nil, err
		}
	}
	return whole(notAbsent)
}

// suffixes are the verdicts on the suffixes under which something seems to be,
// asked once in a run.
func (s *Scanner) suffixes(ctx context.Context, p *planned, found []tracker.SweepAnswer) (map[string]SuffixAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ask []string
	for _, ans := range found {
		suffix := suffixOf(ans.Name)
		if _, ok := p.suffixes[suffix]; !ok && ans.Outcome == tracker.Present {
			p.suffixes[suffix] = SuffixAnswer{}
			ask = append(ask, suffix)
		}
	}
	if len(ask) > 0 {
		vs, err := s.Resolver.ProbeSuffixes(ctx, ask)
		if err != nil {
			for _, x := range ask {
				delete(p.suffixes, x)
			}
			return nil, err
		}
		for _, v := range vs {
			p.suffixes[v.Suffix] = v
		}
	}
	return maps.Clone(p.suffixes), nil
}

// suffixOf is the suffix of a candidate, which is made as label plus suffix.
func suffixOf(n tracker.Name) string {
	_, suffix, _ := strings.Cut(string(n), ".")
	return suffix
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
