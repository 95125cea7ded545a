package main

import (
	"context"
	"encoding/json"
	"net/netip"
	"sync"

	"golang.org/x/sync/errgroup"

	"respawn/tracker"
)

// addresses asks the names that exist for their addresses and makes the lines of
// all of them, in the order of the answers.
func (p *probes) addresses(ctx context.Context, answers []tracker.SweepAnswer) ([]resolveLine, error) {
	lines := make([]resolveLine, len(answers))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	var mu sync.Mutex
	for i, ans := range answers {
		l := resolveLine{Name: ans.Name, Outcome: ans.Outcome.String(), Reason: ans.Reason, Server: ans.Server, NS: ans.NS, A: []string{}, AAAA: []string{}}
		if ans.Outcome == tracker.Present {
			l.Outcome = "exists"
		}
		if ans.Server != "" && ans.Reason != tracker.ReasonTimeout && ans.Reason != tracker.ReasonUnreachable {
			l.RCode = rcodes[ans.RCode]
		}
		if l.NS == nil {
			l.NS = []tracker.Name{}
		}
		lines[i] = l
		if ans.Outcome != tracker.Present {
			continue
		}
		g.Go(func() error {
			addrs, err := p.resolver.Lookup(ctx, string(ans.Name))
			if ctx.Err() != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			lines[i].put(addrs)
			return nil
		})
	}
	return lines, g.Wait()
}

func (l *resolveLine) put(addrs []netip.Addr) {
	for _, a := range addrs {
		if a.Is4() {
			l.A = append(l.A, a.String())
		} else {
			l.AAAA = append(l.AAAA, a.String())
		}
	}
}

func jsonBytes(v any) ([]byte, error) { return json.Marshal(v) }
