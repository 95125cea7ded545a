package scan

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// A DossierReader reads what dossiers are made of.
type DossierReader interface {
	Reader
	Transitions(ctx context.Context, id tracker.CaseID, n tracker.Name) ([]tracker.Transition, error)
	Lifespans(ctx context.Context, id tracker.CaseID, n tracker.Name) ([]tracker.Lifespan, error)
}

// Dossiers gathers what is known of every name of a case, or of those named, sorted
// by name: names of the case, names that were found, and none of the outlets. It
// asks nobody and changes nothing. A name of which nothing is known has none. The
// zero asOf is the end of the newest finished run.
func Dossiers(ctx context.Context, r DossierReader, id tracker.CaseID, asOf time.Time, only ...tracker.Name) ([]tracker.Dossier, error) {
	out, best, err := dossiers(ctx, r, id, asOf, only, true)
	if err != nil {
		return nil, err
	}
	campaign := out
	if len(only) > 0 && slices.ContainsFunc(out, func(d tracker.Dossier) bool { return d.Replacement() }) {
		// Waves are of the whole campaign, whoever asks about one name of it.
		if campaign, _, err = dossiers(ctx, r, id, asOf, related(best), false); err != nil {
			return nil, err
		}
	}
	inWaves(out, campaign)
	return out, nil
}

// related are the names that replace or are replaced, of the newest links.
func related(best []tracker.Link) []tracker.Name {
	var out []tracker.Name
	for _, l := range best {
		if l.Band.Rank() >= tracker.BandProbable.Rank() {
			out = append(out, l.New, l.Old)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// dossiers gathers; without whole, what changed and what each night learned is
// left out, which waves do not need.
func dossiers(ctx context.Context, r DossierReader, id tracker.CaseID, asOf time.Time, only []tracker.Name, whole bool) ([]tracker.Dossier, []tracker.Link, error) {
	c, err := r.Case(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	runs, err := r.Runs(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	runs = slices.DeleteFunc(runs, func(x tracker.Run) bool { return x.Verdict == tracker.RunUnfinished })
	if asOf.IsZero() && len(runs) > 0 {
		asOf = runs[len(runs)-1].FinishedAt
	}
	links, err := r.Links(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	rejected, err := r.Rejected(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	best := bestLinks(links)
	for i := range best {
		best[i] = overruled(best[i], rejected) // at once, not from the next run on
	}
	states, err := r.States(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	b := &dossierBuilder{judge: newJudge(), best: best, runs: runs, rows: map[tracker.Name]*tracker.CaseName{}, known: map[tracker.Name]Known{}}
	for i := range c.Names {
		b.rows[c.Names[i].Name] = &c.Names[i]
	}
	known, err := r.Known(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range known {
		b.known[k.Name] = k
	}
	out := make([]tracker.Dossier, 0, len(states))
	index := map[tracker.Name]int{}
	var names []tracker.Name
	for _, st := range states {
		if len(only) > 0 && !slices.Contains(only, st.Name) {
			continue
		}
		index[st.Name] = len(out)
		names = append(names, st.Name)
		k := b.known[st.Name]
		d := tracker.Dossier{Name: st.Name, Case: id, AsOf: asOf, State: st, Row: b.rows[st.Name], Rule: k.Rule, From: k.From, Feed: k.Feed}
		if len(runs) > 0 {
			d.Run = runs[len(runs)-1].ID
		}
		out = append(out, d)
	}
	for _, n := range only {
		if _, ok := index[n]; !ok && b.rows[n] != nil {
			index[n] = len(out)
			names = append(names, n)
			out = append(out, tracker.Dossier{Name: n, Case: id, AsOf: asOf, Row: b.rows[n], State: tracker.State{Name: n, Status: tracker.StatusUnknown}})
		}
	}
	if whole {
		if err := changes(ctx, r, id, only, func(n tracker.Name) *tracker.Dossier {
			if i, ok := index[n]; ok {
				return &out[i]
			}
			return nil
		}); err != nil {
			return nil, nil, err
		}
	} else {
		b.runs = nil
	}
	for _, l := range best {
		if i, ok := index[l.New]; ok {
			out[i].Link = &l
			out[i].Root = b.rows[root(l.Old, best, func(n tracker.Name) bool { return b.rows[n] != nil })]
		}
		if i, ok := index[l.Old]; ok && l.Band.Rank() >= tracker.BandProbable.Rank() && l.Relation != tracker.RelationTwin {
			out[i].ReplacedBy = append(out[i].ReplacedBy, l)
		}
	}
	if err := b.observe(ctx, r, names, func(n tracker.Name) *tracker.Dossier { return &out[index[n]] }); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(out, func(a, b tracker.Dossier) int { return cmp.Compare(a.Name, b.Name) })
	return out, best, nil
}

// changes reads the transitions and lifespans of the names, each into the dossier
// that of gives for it; nil for names that are not wanted.
func changes(ctx context.Context, r DossierReader, id tracker.CaseID, only []tracker.Name, of func(tracker.Name) *tracker.Dossier) error {
	one := tracker.Name("")
	if len(only) == 1 {
		one = only[0]
	}
	ts, err := r.Transitions(ctx, id, one)
	if err != nil {
		return err
	}
	for _, t := range ts {
		if d := of(t.Name); d != nil {
			d.Transitions = append(d.Transitions, t)
		}
	}
	ls, err := r.Lifespans(ctx, id, one)
	if err != nil {
		return err
	}
	for _, l := range ls {
		if d := of(l.Name); d != nil {
			d.Lifespans = append(d.Lifespans, l)
		}
	}
	return nil
}

// bestLinks keeps, of the stored links of each new name, the newest judgement.
// Links to other names stay in the store as history.
func bestLinks(links []tracker.Link) []tracker.Link {
	best := map[tracker.Name]tracker.Link{}
	for _, l := range links {
		if b, ok := best[l.New]; !ok || l.At.After(b.At) || l.At.Equal(b.At) && l.Score > b.Score {
			best[l.New] = l
		}
	}
	out := make([]tracker.Link, 0, len(best))
	for _, l := range best {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b tracker.Link) int { return cmp.Compare(a.New, b.New) })
	return out
}

type dossierBuilder struct {
	judge *judge
	best  []tracker.Link
	runs  []tracker.Run
	rows  map[tracker.Name]*tracker.CaseName
	known map[tracker.Name]Known
}

func (b *dossierBuilder) observe(ctx context.Context, r Reader, names []tracker.Name, of func(tracker.Name) *tracker.Dossier) error {
	slices.Sort(names)
	var obs []tracker.Observation
	flush := func() error {
		if len(obs) == 0 {
			return nil
		}
		n := obs[0].Name
		h := b.judge.fold(n, b.rows[n], obs, func(d tracker.Digest) *tracker.Fingerprint { return nil })
		b.fill(of(n), h, obs)
		obs = obs[:0]
		return nil
	}
	err := r.Observations(ctx, names, func(o *tracker.Observation) error {
		if len(obs) > 0 && obs[0].Name != o.Name {
			if err := flush(); err != nil {
				return err
			}
		}
		obs = append(obs, *o)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (b *dossierBuilder) fill(d *tracker.Dossier, h *history, obs []tracker.Observation) {
	s := &h.site
	d.FirstSeen, d.RegisteredAt, d.Basis, d.EndedAt = s.FirstSeen, h.registered, h.basis, s.EndedAt
	d.DNS, d.Delegation, d.Registration, d.Control = s.DNS, s.Delegation, s.Registration, s.Control
	for i := range obs {
		o := &obs[i]
		if o.Probe == tracker.ProbeWeb && o.Facts != nil && o.Facts.Web != nil && !o.Void {
			d.Web = o.Facts.Web
			d.Redirects = sentTo(d.Redirects, d.Name, o)
		}
	}
	d.AnewAt, d.AnewBasis = anew(d)
	for _, run := range b.runs {
		n := tracker.Night{Run: run.ID, At: run.ScheduledAt, Void: run.Verdict == tracker.RunVoid}
		visited, working := false, false
		// obs are in the order of time: years of nights cost each night its own alone.
		from := sort.Search(len(obs), func(i int) bool { return !obs[i].At.Before(run.StartedAt) })
		for i := from; i < len(obs) && !obs[i].At.After(run.FinishedAt); i++ {
			o := &obs[i]
			switch o.Probe {
			case tracker.ProbeSweep, tracker.ProbeDNS:
				n.Asked = true
				if n.Outcome == tracker.Unknown {
					n.Outcome = o.Outcome
				}
			case tracker.ProbeWeb:
				visited = true
				working = working || showsSite(o)
			}
		}
		n.Status = statusAt(d.Transitions, run.FinishedAt)
		n.Unseen = visited && !working && n.Status.Alive()
		d.Nights = append(d.Nights, n)
	}
}

// showsSite says whether a visit got a page of a working site: what the statuses
// that count as alive are seen by.
func showsSite(o *tracker.Observation) bool {
	if o.Outcome != tracker.Present || o.Facts == nil || o.Facts.Web == nil {
		return false
	}
	switch o.Facts.Web.Class {
	case tracker.ClassLive, tracker.ClassRedirecting, tracker.ClassChallenged, tracker.ClassBlocked:
		return true
	}
	return o.Facts.Web.Cloaked
}

// sentTo adds to rs where the visit of n ended, if that was another site.
func sentTo(rs []tracker.Redirect, n tracker.Name, o *tracker.Observation) []tracker.Redirect {
	to := o.Facts.Web.FinalName
	if to == "" || to == n || to == n.Registrable() {
		return rs
	}
	for i := range rs {
		if rs[i].To == to {
			rs[i].Last = o.At
			return rs
		}
	}
	return append(rs, tracker.Redirect{To: to, First: o.At, Last: o.At})
}

// anew is the newest time that the name was registered again: the registry's own
// date where it lies in the window in which we saw it happen.
func anew(d *tracker.Dossier) (tracker.Interval, tracker.DateBasis) {
	var at tracker.Interval
	for _, t := range d.Transitions {
		if t.Axis == tracker.AxisRegistration && t.Event == lifecycle.ReRegistered {
			at = t.Window
		}
	}
	if at.Hi.IsZero() {
		return at, ""
	}
	if r := d.Registration; r != nil && !r.CreatedAt.IsZero() && !r.CreatedAt.Before(at.Lo) && !r.CreatedAt.After(at.Hi) {
		return tracker.Exactly(r.CreatedAt), tracker.BasisRegistry
	}
	return at, tracker.BasisFirstSeen
}

// statusAt is the status that the transitions give at a time.
func statusAt(ts []tracker.Transition, at time.Time) tracker.Status {
	st := tracker.StatusUnknown
	for _, t := range ts {
		if t.Axis == tracker.AxisStatus && !t.Window.Hi.After(at) {
			st = tracker.Status(t.To)
		}
	}
	return st
}

// Fingerprints are those that a name has worn, oldest first, and the newest one;
// nil where it was never captured. They are what `compare` compares.
func Fingerprints(ctx context.Context, r Reader, n tracker.Name) ([]*tracker.Fingerprint, error) {
	var out []*tracker.Fingerprint
	seen := map[tracker.Digest]bool{}
	err := r.Observations(ctx, []tracker.Name{n}, func(o *tracker.Observation) error {
		if o.Facts == nil || o.Facts.Web == nil || seen[o.Facts.Web.Fingerprint] || o.Facts.Web.Fingerprint == "" {
			return nil
		}
		seen[o.Facts.Web.Fingerprint] = true
		f, err := printOf(ctx, r, o.Facts.Web.Fingerprint)
		if f != nil {
			out = append(out, f)
		}
		return err
	})
	return out, err
}
