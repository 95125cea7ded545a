package scan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

// Kinds of jobs.
const (
	kindPlan     = "plan"     // canaries, suffixes, then the night's other jobs
	kindSweep    = "sweep"    // a part of the candidates
	kindLook     = "look"     // known names, in the naming system
	kindRegister = "register" // known names, at the registries
	kindCapture  = "capture"  // known names, on the web
)

// keyVoid is the key of the batch that says the canaries failed at the start.
const keyVoid = "void"

const (
	sweepChunk   = 4096 // names of a sweep job
	lookChunk    = 64   // names of a look, register or capture job
	listedLookup = 7    // days between looks at names that are only neighbours
)

type sweepArgs struct {
	Part string `json:"part"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

func (a sweepArgs) key() string { return fmt.Sprintf("sweep/%s/%06d", a.Part, a.From) }

func isSweep(key string) bool { return strings.HasPrefix(key, "sweep/") }

type namesArgs struct {
	Names []tracker.Name `json:"names"`
}

// key names a batch by what it asks, so that the same job inserted twice is
// stored once.
func (a namesArgs) key(kind string) string {
	return kind + "/" + string(tracker.DigestOf(nameList(a.Names)))[:24]
}

func nameList(names []tracker.Name) []byte {
	var b bytes.Buffer
	for _, n := range names {
		b.WriteString(string(n))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Handlers are what each kind of job does, for the queue.
func (s *Scanner) Handlers() map[string]func(context.Context, Job) error {
	return map[string]func(context.Context, Job) error{
		kindPlan:     func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doPlan) },
		kindSweep:    func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doSweep) },
		kindLook:     func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doLook) },
		kindRegister: func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doRegister) },
		kindCapture:  func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doCapture) },
	}
}

// withArgs reads the arguments of a job and does it, unless its run has ended.
func withArgs[T any](ctx context.Context, s *Scanner, j Job, do func(context.Context, tracker.Run, T) error) error {
	run, err := s.run(ctx, j.Run)
	if err != nil || run.Verdict != tracker.RunUnfinished {
		return err
	}
	var args T
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("job %s: %w", j.Kind, err)
	}
	return do(ctx, run, args)
}

// planned is a run with its plan, made again from the same facts after a restart.
type planned struct {
	run      tracker.Run
	c        *tracker.Case
	plan     Plan
	rule     map[tracker.Name]tracker.Candidate // names made by another rule than a swap
	firstSeq int64                              // no batch of the run is at or before it

	mu       sync.Mutex // guards what follows
	suffixes map[string]SuffixAnswer
	said     string // a server that answered a sweep of this run
}

func (p *planned) sawServer(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = cmp.Or(p.said, name)
}

func (p *planned) server() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said
}

// candidates are those of one case and one set of hits; making them again for
// each of ninety nights would cost more than asking.
type candidates struct {
	key tracker.Digest
	Candidates
	rule map[tracker.Name]tracker.Candidate // of ranked names that are no swaps
}

func (s *Scanner) candidates(c *tracker.Case, hits map[string]int, full map[string]bool, at time.Time) (*candidates, error) {
	b, err := json.Marshal([]any{c, hits, slices.Sorted(maps.Keys(full))})
	if err != nil {
		return nil, err
	}
	key := tracker.DigestOf(b)
	if s.cached != nil && s.cached.key == key {
		return s.cached, nil
	}
	out := &candidates{key: key, rule: map[tracker.Name]tracker.Candidate{}}
	swaps := lookalike.Options{AsOf: at, Rules: []string{ruleSwap}}
	out.Swaps = slices.Collect(lookalike.Generate(c, swaps))
	n := 0
	for cand := range lookalike.Generate(c, lookalike.Options{AsOf: at, Hits: hits}) {
		if cand.Rule == ruleSwap && full[labelOf(cand.Name)] {
			continue // asked anyway
		}
		if n++; n > s.Budget.Best {
			break
		}
		out.Ranked = append(out.Ranked, cand)
		if cand.Rule != ruleSwap {
			out.rule[cand.Name] = cand
		}
	}
	s.cached = out
	return out, nil
}

// hits counts, by suffix, the replacements that were found under it.
func hits(links []tracker.Link) map[string]int {
	out := map[string]int{}
	for _, l := range bestLinks(links) {
		if l.Band.Rank() >= tracker.BandProbable.Rank() && l.Relation == tracker.RelationReplacement {
			out[l.New.Suffix()]++
		}
	}
	return out
}

func (s *Scanner) plan(ctx context.Context, run tracker.Run) (*planned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.planned[run.ID]; p != nil {
		return p, nil
	}
	c, err := s.Store.Case(ctx, run.Case)
	if err != nil {
		return nil, err
	}
	links, err := s.Store.Links(ctx, run.Case)
	if err != nil {
		return nil, err
	}
	states, err := s.Store.States(ctx, run.Case)
	if err != nil {
		return nil, err
	}
	hit := hits(links)
	full := fullLabels(c, takenDown(links, states), s.Budget.FullFor, run.ScheduledAt)
	cs, err := s.candidates(c, hit, full, run.ScheduledAt)
	if err != nil {
		return nil, err
	}
	mode, err := s.Store.Cursor(ctx, modeCursor(run.ID), run.Case)
	if err != nil {
		return nil, err
	}
	p := &planned{run: run, c: c, rule: cs.rule, suffixes: map[string]SuffixAnswer{}}
	if Mode(mode) == Closer {
		p.plan = MakeClosePlan(cs.Candidates, hit, s.Budget.Best)
	} else {
		p.plan = MakePlan(cs.Candidates, full, s.Budget, run.ScheduledAt)
	}
	p.firstSeq, err = s.Store.Cursor(ctx, runCursor(run.ID), run.Case)
	if err != nil {
		return nil, err
	}
	s.planned[run.ID] = p
	return p, nil
}

func (s *Scanner) doPlan(ctx context.Context, run tracker.Run, _ struct{}) error {
	p, err := s.plan(ctx, run)
	if err != nil {
		return err
	}
	start := s.Now()
	reason, err := s.canaries(ctx)
	if err != nil {
		return err
	}
	if reason != "" {
		b := tracker.Batch{Run: run.ID, Key: keyVoid, Probe: tracker.ProbeSweep, Vantage: s.Vantage, StartedAt: start, EndedAt: s.Now(), Server: reason}
		return s.Store.Write(ctx, func(tx Tx) error { _, err := tx.AppendBatch(ctx, b, nil); return err })
	}
	known, err := s.Store.Known(ctx, run.Case)
	if err != nil {
		return err
	}
	links, err := s.Store.Links(ctx, run.Case)
	if err != nil {
		return err
	}
	looks := s.looks(p, known, links)
	return s.Store.Write(ctx, func(tx Tx) error {
		var sweeps []any
		for _, part := range Parts {
			n := len(p.plan.List(part))
			for from := 0; from < n; from += sweepChunk {
				sweeps = append(sweeps, sweepArgs{part, from, min(from+sweepChunk, n)})
			}
		}
		if err := s.insert(ctx, tx, run.ID, kindSweep, sweeps...); err != nil {
			return err
		}
		return s.insertNames(ctx, tx, run.ID, kindLook, looks)
	})
}

// looks are the names that a night looks at besides the sweep: the case, all that
// was found, and once a week the outlets and neighbours that led nowhere.
func (s *Scanner) looks(p *planned, known []Known, links []tracker.Link) []tracker.Name {
	set := map[tracker.Name]bool{}
	for _, n := range p.c.Names {
		set[n.Name] = true
	}
	night := int(p.run.ScheduledAt.Unix() / 86400)
	weekly := func(n tracker.Name, since time.Time) bool {
		return p.run.ScheduledAt.Sub(since) < 24*time.Hour || sliceOf(n, listedLookup) == night%listedLookup
	}
	first := p.firstSeq == 0
	for _, o := range p.c.Outlets {
		if first || weekly(o.Name, time.Time{}) {
			set[o.Name] = true
		}
	}
	for _, n := range p.c.Names {
		if n.Impersonates != "" && (first || weekly(n.Impersonates, time.Time{})) {
			set[n.Impersonates] = true
		}
	}
	strangers := map[tracker.Name]bool{}
	for _, l := range bestLinks(links) {
		strangers[l.New] = l.Band.Rank() < tracker.BandPossible.Rank()
	}
	for _, k := range known {
		if k.Rule != "outbound" || !strangers[k.Name] || weekly(k.Name, k.Since) {
			set[k.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (s *Scanner) insertNames(ctx context.Context, tx Tx, run tracker.RunID, kind string, names []tracker.Name) error {
	var args []any
	for c := range slices.Chunk(names, lookChunk) {
		args = append(args, namesArgs{c})
	}
	if len(args) == 0 {
		return nil
	}
	return s.insert(ctx, tx, run, kind, args...)
}

func (s *Scanner) run(ctx context.Context, id tracker.RunID) (tracker.Run, error) {
	s.mu.Lock()
	p := s.planned[id]
	s.mu.Unlock()
	if p != nil {
		return p.run, nil
	}
	return s.Store.Run(ctx, id)
}

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

// appendAbsences stores, of the proofs of absence, those of names that are new,
// as a batch of their own beside the one that found them.
func (s *Scanner) appendAbsences(ctx context.Context, tx Tx, p *planned, key string, proofs []tracker.Observation, fresh []Known) error {
	b := tracker.Batch{Run: p.run.ID, Key: "absence/" + key, Probe: tracker.ProbeSweep, Vantage: s.Vantage, StartedAt: s.Now(), EndedAt: s.Now(), ByOutcome: map[tracker.Outcome]int{}}
	var obs []tracker.Observation
	for _, o := range proofs {
		if slices.ContainsFunc(fresh, func(k Known) bool { return k.Name == o.Name }) {
			obs = append(obs, o)
			b.ByOutcome[o.Outcome]++
		}
	}
	if b.Names = len(obs); len(obs) == 0 {
		return nil
	}
	_, err := tx.AppendBatch(ctx, b, obs)
	return err
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

// each runs do for every name, at most Workers at once, and stops at the first
// error.
func (s *Scanner) each(ctx context.Context, names []tracker.Name, do func(ctx context.Context, n tracker.Name) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.Workers)
	for _, n := range names {
		g.Go(func() error { return do(ctx, n) })
	}
	return g.Wait()
}

// A gathering collects the observations of one batch from several goroutines.
type gathering struct {
	mu  sync.Mutex
	obs []tracker.Observation
}

func (g *gathering) add(o ...tracker.Observation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.obs = append(g.obs, o...)
}

func (g *gathering) sorted() []tracker.Observation {
	slices.SortFunc(g.obs, func(a, b tracker.Observation) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Probe, b.Probe))
	})
	return g.obs
}

// observe keeps the raw bytes of an answer and makes the observation of it.
func (s *Scanner) observe(ctx context.Context, run tracker.RunID, n tracker.Name, probe tracker.Probe, a Answer) (tracker.Observation, error) {
	o := tracker.Observation{Name: n, Probe: probe, At: s.Now().UTC().Truncate(time.Millisecond), Run: run, Vantage: s.Vantage, Outcome: a.Outcome, Reason: a.Reason, Server: a.Server, Facts: a.Facts}
	if len(a.Raw) > 0 {
		d, err := s.Blobs.Put(ctx, a.Raw)
		if err != nil {
			return o, err
		}
		o.Raw = d
	}
	return o, nil
}

func (s *Scanner) batch(run tracker.RunID, key string, probe tracker.Probe, start time.Time, names []tracker.Name, obs []tracker.Observation) tracker.Batch {
	b := tracker.Batch{Run: run, Key: key, Probe: probe, Vantage: s.Vantage, StartedAt: start, EndedAt: s.Now(), Names: len(names),
		NamesHash: tracker.DigestOf(nameList(names)), ByOutcome: map[tracker.Outcome]int{}}
	for _, o := range obs {
		if o.Probe == probe {
			b.ByOutcome[o.Outcome]++
			if o.Outcome == tracker.Unknown {
				b.Unknowns = append(b.Unknowns, o.Name)
			}
		}
	}
	return b
}

// doLook asks the naming system about known names and then has the registries
// and, where there is an address, the sites asked.
func (s *Scanner) doLook(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindLook)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	p, err := s.plan(ctx, run)
	if err != nil {
		return err
	}
	start := s.Now()
	var got gathering
	var mu sync.Mutex
	var visit []tracker.Name
	err = s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		ans, err := s.Resolver.Look(ctx, n)
		if err != nil {
			return fmt.Errorf("look at %s: %w", n, err)
		}
		dns, err := s.observe(ctx, id, n, tracker.ProbeDNS, ans)
		if err != nil {
			return err
		}
		ans, err = s.Resolver.Delegation(ctx, n)
		if err != nil {
			return fmt.Errorf("delegation of %s: %w", n, err)
		}
		del, err := s.observe(ctx, id, n, tracker.ProbeDelegation, ans)
		if err != nil {
			return err
		}
		got.add(dns, del)
		if f := dns.Facts; f != nil && f.DNS != nil && len(f.DNS.A)+len(f.DNS.AAAA) > 0 {
			mu.Lock()
			visit = append(visit, n)
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	obs := got.sorted()
	slices.Sort(visit)
	register := slices.DeleteFunc(slices.Clone(a.Names), func(n tracker.Name) bool { return isOutlet(p.c, n) })
	return s.Store.Write(ctx, func(tx Tx) error {
		if stored, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeDNS, start, a.Names, obs), obs); err != nil || !stored {
			return err
		}
		if err := s.insertNames(ctx, tx, id, kindRegister, register); err != nil {
			return err
		}
		return s.insertNames(ctx, tx, id, kindCapture, visit)
	})
}

func isOutlet(c *tracker.Case, n tracker.Name) bool {
	return slices.ContainsFunc(c.Outlets, func(o tracker.Outlet) bool { return o.Name == n }) ||
		slices.ContainsFunc(c.Names, func(x tracker.CaseName) bool { return x.Impersonates == n })
}

func (s *Scanner) doRegister(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindRegister)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	start := s.Now()
	var got gathering
	err := s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		reg := n.Registrable()
		if reg == "" {
			return nil // a public suffix is nobody's registration
		}
		ans, err := s.Registrar.Lookup(ctx, reg)
		if err != nil {
			return fmt.Errorf("registration of %s: %w", reg, err)
		}
		o, err := s.observe(ctx, id, n, tracker.ProbeRegistration, ans)
		got.add(o)
		return err
	})
	if err != nil {
		return err
	}
	obs := got.sorted()
	return s.Store.Write(ctx, func(tx Tx) error {
		_, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeRegistration, start, a.Names, obs), obs)
		return err
	})
}

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
	type captured struct {
		o       tracker.Observation
		content tracker.Digest
	}
	var mu sync.Mutex
	var caps []captured
	var got gathering
	err = s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		was := last[n]
		v, err := s.Crawler.Visit(ctx, n, was.dns, was.previous(n, run.ScheduledAt))
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
			caps = append(caps, captured{o, v.Content})
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
		}
		return nil
	})
}

// facts are what is known of a name before it is visited.
type facts struct {
	dns     *tracker.DNS
	changed bool // the naming system says something else than last time
	web     *tracker.Web
}

// previous is the last visit, if a look at the front page is enough to tell that
// nothing changed since: not the first time, not where the naming system says
// something else, and not once a week, when everything is asked again.
func (f facts) previous(n tracker.Name, at time.Time) *tracker.Web {
	if f.changed || f.web == nil || f.web.Class == tracker.ClassUnknown || sliceOf(n, listedLookup) == int(at.Unix()/86400)%listedLookup {
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
				f.web = o.Facts.Web
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

// absences are the nights on which the sweep asked for names that it has found
// only now: taken from the stored lists of what earlier batches asked, they bound
// the birth of the name from below.
func (s *Scanner) absences(ctx context.Context, p *planned, found []tracker.Name) ([]tracker.Observation, error) {
	if len(found) == 0 {
		return nil, nil
	}
	known, err := s.Store.Known(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	have := map[tracker.Name]bool{}
	for _, k := range known {
		have[k.Name] = true
	}
	batches, err := s.Store.Batches(ctx, p.run.Case, 0)
	if err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, p.run.Case)
	if err != nil {
		return nil, err
	}
	void := map[tracker.RunID]bool{}
	for _, r := range runs {
		void[r.ID] = r.Verdict == tracker.RunVoid
	}
	var out []tracker.Observation
	for _, n := range found {
		if have[n] {
			continue
		}
		for _, b := range batches {
			if b.Probe != tracker.ProbeSweep || !isSweep(b.Key) || b.Run == p.run.ID || void[b.Run] {
				continue
			}
			asked, err := s.asked(ctx, b.NamesHash, n)
			if err != nil {
				return nil, err
			}
			if !asked {
				continue
			}
			o := tracker.Observation{Name: n, Probe: tracker.ProbeSweep, At: b.EndedAt, Run: p.run.ID, Vantage: b.Vantage, Outcome: tracker.Absent, Server: b.Server, Raw: b.NamesHash}
			if _, unknown := slices.BinarySearch(b.Unknowns, n); unknown {
				o.Outcome = tracker.Unknown // the batch counts why, not name by name
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// asked says whether the list with that digest holds the name.
func (s *Scanner) asked(ctx context.Context, list tracker.Digest, n tracker.Name) (bool, error) {
	s.mu.Lock()
	b, ok := s.lists[list]
	s.mu.Unlock()
	if !ok {
		raw, err := s.Blobs.Get(ctx, list)
		if err != nil {
			return false, fmt.Errorf("the list of what was asked: %w", err)
		}
		b = append([]byte{'\n'}, raw...)
		s.mu.Lock()
		s.lists[list] = b
		s.mu.Unlock()
	}
	return bytes.Contains(b, []byte("\n"+string(n)+"\n")), nil
}
