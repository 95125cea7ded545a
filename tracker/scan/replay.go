package scan

import (
	"context"
	"slices"
	"time"

	"respawn/crawler/fingerprint"
	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// Replay folds the observations of every name of a case again, under a policy, as
// of the end of the last finished run. It changes nothing.
func Replay(ctx context.Context, r Reader, id tracker.CaseID, p lifecycle.Policy) ([]lifecycle.Result, error) {
	g, hs, asOf, err := load(ctx, r, id)
	if err != nil {
		return nil, err
	}
	links, err := r.LinkHistory(ctx, id)
	if err != nil {
		return nil, err
	}
	now, err := r.Links(ctx, id)
	if err != nil {
		return nil, err
	}
	return g.replay(hs, links, now, p, asOf), nil
}

// replay folds every name that is no outlet's. links are how the links came about,
// now those that stand: where a name has passed into other hands, what linked it
// before speaks of those who had it, and its next life is theirs who have it now.
func (g *graph) replay(hs map[tracker.Name]*history, links, now []tracker.Link, p lifecycle.Policy, asOf time.Time) []lifecycle.Result {
	linked := map[tracker.Name][]tracker.Observation{}
	handed := map[tracker.Name]time.Time{}
	for _, l := range bestLinks(now) {
		if t := g.tenure(&l, l.New); t != nil {
			handed[l.New] = t.at
			linked[l.New] = append(linked[l.New], tracker.Observation{Name: l.New, Probe: tracker.ProbeLink, Run: t.run, At: t.at, Outcome: tracker.Present,
				Facts: &tracker.Facts{Link: &tracker.LinkFact{To: l.Old, Ended: true}}})
		}
	}
	for _, l := range links {
		if at, ok := handed[l.New]; ok && !l.At.Before(at) {
			continue
		}
		linked[l.New] = append(linked[l.New], tracker.Observation{Name: l.New, Probe: tracker.ProbeLink, At: l.At, Outcome: tracker.Present,
			Facts: &tracker.Facts{Link: &tracker.LinkFact{To: l.Old, Band: l.Band, Score: l.Score}}})
	}
	var out []lifecycle.Result
	for _, n := range g.names() {
		if g.isOutlet(n) {
			continue
		}
		r := lifecycle.Replay(slices.Concat(hs[n].obs, linked[n]), p, asOf)
		r.State.Name = n // also where nothing was observed of it yet
		out = append(out, r)
	}
	return out
}

// Compare weighs whether newName replaces oldName, by what is stored; where that is
// the link which the case has of newName, it is that link, with what sister sites add to
// it. found is false where the case has nothing on one of them.
func Compare(ctx context.Context, r Reader, id tracker.CaseID, newName, oldName tracker.Name, asOf time.Time) (l tracker.Link, found bool, err error) {
	g, hs, _, err := load(ctx, r, id)
	if err != nil {
		return l, false, err
	}
	a, b := g.sites[newName], g.member(tracker.Link{}, oldName)
	if a == nil || b == nil || len(hs[newName].obs) == 0 || len(hs[oldName].obs) == 0 {
		return l, false, nil
	}
	g.asOf = asOf
	linked := map[tracker.Name]tracker.Link{}
	links, err := r.Links(ctx, id)
	if err != nil {
		return l, false, err
	}
	for _, x := range bestLinks(links) {
		linked[x.New] = x
	}
	if l, ok := g.round(linked)[newName]; ok && l.Old == oldName {
		return l, true, nil
	}
	return g.score(a, b, g.context(linked), linked), true, nil
}

// newestEnd is the time up to which something is known: the latest end of a run,
// which is not that of the last one where the clock went backwards in between.
func newestEnd(runs []tracker.Run) time.Time {
	var end time.Time
	for _, r := range runs {
		if r.Verdict != tracker.RunUnfinished && r.FinishedAt.After(end) {
			end = r.FinishedAt
		}
	}
	return end
}

// load is assemble for readers that have no Scanner.
func load(ctx context.Context, r Reader, id tracker.CaseID) (*graph, map[tracker.Name]*history, time.Time, error) {
	runs, err := r.Runs(ctx, id)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	var last tracker.Run
	for _, run := range runs {
		if run.Verdict != tracker.RunUnfinished {
			last = run
		}
	}
	last.Case = id
	asOf := newestEnd(runs)
	// The same look of many nights is one look: fold tells looks apart by pointer.
	looks := map[tracker.Digest]*tracker.Fingerprint{}
	g, hs, err := assemble(ctx, r, newJudge(), last, func(d tracker.Digest) (*tracker.Fingerprint, error) {
		f, known := looks[d]
		if known {
			return f, nil
		}
		f, err := printOf(ctx, r, d)
		looks[d] = f
		return f, err
	})
	return g, hs, asOf, err
}

// printOf is the fingerprint of a content by the newest rules that it was read with:
// what was captured under older ones is read anew by the next scan. nil for none.
func printOf(ctx context.Context, r Reader, content tracker.Digest) (*tracker.Fingerprint, error) {
	if content == "" {
		return nil, nil
	}
	for _, rule := range fingerprint.Rules {
		if f, err := r.Fingerprint(ctx, content, rule); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}
