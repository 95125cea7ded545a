package scan

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"respawn/tracker"
)

// The registries of .com and .net know no registrant: their registrars do. They are
// asked little (docs/conduct.md): mostInquiries names in a run, for inquiryTime at
// most, each once for a registration and again when inquiryLasts has passed.
const (
	mostInquiries  = 120
	inquiryTime    = 5 * time.Minute
	inquiryLasts   = 30 * 24 * time.Hour
	inquiryPause   = 24 * time.Hour // after a failure; doubles with each, up to inquiryLasts
	inquiryLeast   = 12 * time.Hour // between two questions about one name
	inquiryDoubles = 5
)

// An inquiry is what came of asking the registrar of a name.
type inquiry struct {
	asked    time.Time     // newest question, answered or not
	run      tracker.RunID // of that
	failed   int           // questions since the newest answer that had none
	answered time.Time
	of       *tracker.Registration // the registry's record under which it was answered

	holder *tracker.Registration // newest answer that showed somebody
	under  *tracker.Registration // the registry's record then
	lapsed bool                  // the registry has said since that nobody had it
}

// note takes a question, whatever came of it. One that no server was put is none
// of the server's failures.
func (q *inquiry) note(o *tracker.Observation) {
	q.asked, q.run = o.At, o.Run
	if o.Server != "" && (o.Void || o.Outcome != tracker.Present) {
		q.failed++
	}
}

// answer takes what the registrar said of the registration that the registry knows.
// An answer that shows nobody takes nothing back: who was shown had the name under
// this registration. Neither does one from a time when ours, the operators, no more
// held the name: whoever took it over is not who ran it.
func (q *inquiry) answer(said, registry *tracker.Registration, at time.Time, ours bool) {
	q.failed, q.answered, q.of = 0, at, registry
	if registry == nil || len(said.Registrant) == 0 {
		return
	}
	if a, b := said.CreatedAt, registry.CreatedAt; !a.IsZero() && !b.IsZero() && a.Sub(b).Abs() > resold {
		return // the registrar's copy of another registration
	}
	if q.shows(registry) && !ours {
		return
	}
	q.holder, q.under, q.lapsed = said, registry, false
}

// shows says whether it is known who has the registration that the registry knows.
func (q *inquiry) shows(r *tracker.Registration) bool {
	if q.holder == nil || r == nil {
		return false
	}
	a, b := q.under.CreatedAt, r.CreatedAt
	if a.IsZero() || b.IsZero() {
		return !q.lapsed
	}
	// RDAP and WHOIS of one registry may give the instant and the day alone.
	day, other := a.UTC().Truncate(24*time.Hour), b.UTC().Truncate(24*time.Hour)
	return a.Equal(b) || day.Equal(other) && (a.Equal(day) || b.Equal(other))
}

// due says whether the registrar is to be asked by a run of that time, r being what
// the registry says.
func (q *inquiry) due(r *tracker.Registration, at time.Time) bool {
	if r == nil || r.Related == "" || len(r.Registrant) > 0 {
		return false
	}
	since := at.Sub(q.asked)
	switch {
	case q.asked.IsZero():
		return true
	case since < inquiryLeast:
		return false
	case q.failed > 0:
		// Nights are not a day apart to the minute.
		return since >= min(inquiryPause<<min(q.failed-1, inquiryDoubles), inquiryLasts)-inquiryLeast
	case q.answered.IsZero() || q.of == nil || at.Sub(q.answered) >= inquiryLasts:
		return true
	}
	return !q.of.CreatedAt.Equal(r.CreatedAt) || !q.of.UpdatedAt.Equal(r.UpdatedAt) || q.of.Registrar != r.Registrar || q.of.RegistrarID != r.RegistrarID
}

// register gives the site the registry's record, with the registrant that the
// registrar has shown of the same registration. Of equal facts it is the same pointer.
func (j *judge) register(h *history) {
	r, q := h.registry, &h.inquiry
	if r != nil && len(r.Registrant) == 0 && q.shows(r) {
		k := [2]*tracker.Registration{r, q.holder}
		if j.whole[k] == nil {
			both := *r
			both.Registrant = q.holder.Registrant
			j.whole[k] = &both
		}
		r = j.whole[k]
	}
	h.site.Registration = r
	if r != nil && !r.CreatedAt.IsZero() {
		h.recent = r
	}
}

// inquire has the registrars asked of the names that matter and are due: those of
// the case, those at least possibly linked, and those registered since it began. What
// does not fit into this run is left for the next.
func (s *Scanner) inquire(ctx context.Context, run tracker.Run, g *graph, hs map[tracker.Name]*history, links []tracker.Link) (bool, error) {
	linked := map[tracker.Name]tracker.Link{}
	for _, l := range links {
		linked[l.New] = l
	}
	type wanted struct {
		name tracker.Name
		rank int
	}
	var list []wanted
	room := mostInquiries
	for _, n := range g.names() {
		h := hs[n]
		if h.inquiry.run == run.ID {
			room--
		}
		if g.isOutlet(n) || !h.inquiry.due(h.registry, run.ScheduledAt) {
			continue
		}
		switch l := linked[n]; {
		case g.inCase(n) && len(g.former[n]) > 0: // it stands for those who had it before
		case g.inCase(n) || !l.Past() && l.Band.Rank() >= tracker.BandProbable.Rank():
			list = append(list, wanted{n, 0})
		case !l.Past() && l.Band.Rank() >= tracker.BandPossible.Rank():
			list = append(list, wanted{n, 1})
		case h.registry.CreatedAt.After(g.began):
			list = append(list, wanted{n, 2})
		}
	}
	slices.SortStableFunc(list, func(a, b wanted) int { return cmp.Compare(a.rank, b.rank) })
	list = list[:min(len(list), max(room, 0))]
	if len(list) == 0 {
		return false, nil
	}
	names := make([]tracker.Name, len(list))
	for i, w := range list {
		names[i] = w.name
	}
	slices.Sort(names)
	return true, s.Store.Write(ctx, func(tx Tx) error {
		return s.insert(ctx, tx, run.ID, kindRegistrar, namesArgs{names})
	})
}

// doRegistrar asks registrars, each one question after the other, and none any more
// once it has failed or the time is up: what is left is not asked, and due again.
func (s *Scanner) doRegistrar(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindRegistrar)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	start := s.Now()
	registries := map[tracker.Name]Answer{}
	err := s.Store.Observations(ctx, a.Names, func(o *tracker.Observation) error {
		if f := o.Facts; o.Probe == tracker.ProbeRegistration && f != nil && f.Registration != nil && f.Registration.Related != "" {
			registries[o.Name] = Answer{Outcome: o.Outcome, Server: o.Server, Facts: f}
		}
		return nil
	})
	if err != nil {
		return err
	}
	servers := map[string][]tracker.Name{}
	for _, n := range a.Names {
		if r, ok := registries[n]; ok {
			servers[hostOf(r.Facts.Registration.Related)] = append(servers[hostOf(r.Facts.Registration.Related)], n)
		}
	}
	asking, end := context.WithTimeout(ctx, inquiryTime)
	defer end()
	var got gathering
	var once sync.Map // names below one domain share its registration
	var g errgroup.Group
	g.SetLimit(s.Workers)
	for _, names := range servers {
		g.Go(func() error {
			resting := false
			for _, n := range names {
				ans := Answer{Outcome: tracker.Unknown, Reason: tracker.ReasonCancelled}
				reg := n.Registrable()
				if have, ok := once.Load(reg); ok {
					ans = have.(Answer)
				} else if !resting && asking.Err() == nil {
					said, err := s.Registrar.Registrant(asking, reg, registries[n])
					switch {
					case ctx.Err() != nil:
						return context.Cause(ctx)
					case err != nil && asking.Err() == nil:
						return fmt.Errorf("registrar of %s: %w", reg, err)
					case err == nil && said.Reason != tracker.ReasonCancelled:
						ans = said
						once.Store(reg, said)
					}
					resting = tired(ans)
				}
				o, err := s.observe(ctx, id, n, tracker.ProbeRegistrar, ans)
				if err != nil {
					return err
				}
				got.add(o)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	obs := got.sorted()
	return s.Store.Write(ctx, func(tx Tx) error {
		_, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeRegistrar, start, a.Names, obs), obs)
		return err
	})
}

// tired says whether an answer is about its server, not about the name.
func tired(a Answer) bool {
	switch a.Reason {
	case tracker.ReasonNone, tracker.ReasonNotTrusted, tracker.ReasonReserved, tracker.ReasonNoService:
		return false
	}
	return a.Outcome == tracker.Unknown
}

func hostOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
