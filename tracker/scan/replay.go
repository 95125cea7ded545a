package scan

import (
	"context"
	"time"

	"respawn/crawler/fingerprint"
	"respawn/tracker"
	"respawn/tracker/lifecycle"
	"respawn/tracker/link"
)

// Replay folds the observations of every name of a case again, under a policy, as
// of the end of the last finished run. It changes nothing.
func Replay(ctx context.Context, r Reader, id tracker.CaseID, p lifecycle.Policy) ([]lifecycle.Result, error) {
	g, hs, asOf, err := load(ctx, r, id)
	if err != nil {
		return nil, err
	}
	var out []lifecycle.Result
	for _, n := range g.names() {
		if !g.isOutlet(n) {
			out = append(out, replayOf(n, hs[n], p, asOf))
		}
	}
	return out, nil
}

// replayOf is lifecycle's result for a name, also for one that nothing was
// observed of yet.
func replayOf(n tracker.Name, h *history, p lifecycle.Policy, asOf time.Time) lifecycle.Result {
	r := lifecycle.Replay(h.obs, p, asOf)
	r.State.Name = n
	return r
}

// Compare weighs whether newName replaces oldName, by what is stored. found is
// false where the case has nothing on one of them.
func Compare(ctx context.Context, r Reader, id tracker.CaseID, newName, oldName tracker.Name, asOf time.Time) (l tracker.Link, found bool, err error) {
	g, hs, _, err := load(ctx, r, id)
	if err != nil {
		return l, false, err
	}
	a, b := g.sites[newName], g.sites[oldName]
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
	return link.Score(a, b, g.rule(newName, oldName), g.context(linked)), true, nil
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
	g, hs, err := assemble(ctx, r, newJudge(), last, func(d tracker.Digest) (*tracker.Fingerprint, error) {
		if d == "" {
			return nil, nil
		}
		return r.Fingerprint(ctx, d, fingerprint.Rule)
	})
	return g, hs, last.FinishedAt, err
}
