package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"respawn/tracker"
)

func (s *Scanner) doCapture(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindCapture)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	start := s.Now()
	last, err := s.lastFacts(ctx, a.Names)
	if err != nil {
		return err
	}
	readers, err := s.readers(ctx, run.Case)
	if err != nil {
		return err
	}
	type captured struct {
		o       tracker.Observation
		content tracker.Digest
		print   *tracker.Fingerprint
	}
	var mu sync.Mutex
	var caps []captured
	var got gathering
	err = s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		was := last[n]
		v, err := s.Crawler.Visit(ctx, Site{n, was.dns, was.previous(n, run.ScheduledAt), readers(n), was.cloaked})
		if err != nil {
			return fmt.Errorf("capture of %s: %w", n, err)
		}
		ans := Answer{Outcome: v.Outcome, Reason: v.Reason}
		if v.Web != nil {
			if ans.Raw, err = json.Marshal(v.Capture); err != nil {
				return err
			}
			ans.Facts = &tracker.Facts{Web: v.Web}
			v.Web.Fingerprint = v.Content
			if len(v.Capture.Visits) > 0 && len(v.Capture.Visits[0].Hops) > 0 {
				ans.Server = v.Capture.Visits[0].Hops[0].Addr.String()
			}
		}
		o, err := s.observe(ctx, id, n, tracker.ProbeWeb, ans)
		if err != nil {
			return err
		}
		got.add(o)
		if v.Web != nil {
			mu.Lock()
			caps = append(caps, captured{o, v.Content, v.Fingerprint})
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	obs := got.sorted()
	return s.Store.Write(ctx, func(tx Tx) error {
		if stored, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeWeb, start, a.Names, obs), obs); err != nil || !stored {
			return err
		}
		for _, c := range caps {
			if err := tx.PutCapture(ctx, c.o.Name, c.o.At, s.Vantage, c.o.Raw, c.content); err != nil {
				return err
			}
			if c.print == nil {
				continue
			}
			if err := tx.PutFingerprint(ctx, c.content, c.print); err != nil {
				return err
			}
		}
		return nil
	})
}

// readers is readersOf what is known of the case now.
func (s *Scanner) readers(ctx context.Context, id tracker.CaseID) (func(tracker.Name) []string, error) {
	c, err := s.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	known, err := s.Store.Known(ctx, id)
	if err != nil {
		return nil, err
	}
	return readersOf(c, known), nil
}

// facts are what is known of a name before it is visited.
type facts struct {
	dns     *tracker.DNS
	changed bool // the naming system says something else than last time
	web     *tracker.Web
	cloaked bool // visitors were told apart when facts were last learned
}

// previous is the last visit, if a look at the front page is enough to tell that
// nothing changed since: not the first time, not where the naming system says
// something else or visitors were told apart (the page that one is shown says nothing
// about what another is), and not once a week, when everything is asked again.
func (f facts) previous(n tracker.Name, at time.Time) *tracker.Web {
	if f.changed || f.web == nil || f.web.Class == tracker.ClassUnknown || f.web.Cloaked || sliceOf(n, listedLookup) == int(at.Unix()/86400)%listedLookup {
		return nil
	}
	return f.web
}

func (s *Scanner) lastFacts(ctx context.Context, names []tracker.Name) (map[tracker.Name]facts, error) {
	out := map[tracker.Name]facts{}
	err := s.Store.Observations(ctx, names, func(o *tracker.Observation) error {
		f := out[o.Name]
		switch {
		case o.Probe == tracker.ProbeDNS && o.Facts != nil:
			f.changed = f.dns != nil && f.dns != o.Facts.DNS && !sameAddrs(f.dns, o.Facts.DNS)
			f.dns = o.Facts.DNS
		case o.Probe == tracker.ProbeWeb:
			f.web = nil
			if o.Facts != nil {
				f.web, f.cloaked = o.Facts.Web, o.Facts.Web != nil && o.Facts.Web.Cloaked
			}
		}
		out[o.Name] = f
		return nil
	})
	return out, err
}

func sameAddrs(a, b *tracker.DNS) bool {
	return slices.Equal(a.A, b.A) && slices.Equal(a.AAAA, b.AAAA) && slices.Equal(a.NS, b.NS)
}
