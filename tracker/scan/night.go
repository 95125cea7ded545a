package scan

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

// planned is a run with its plan, made again from the same facts after a restart.
type planned struct {
	run      tracker.Run
	c        *tracker.Case
	plan     Plan
	rule     map[tracker.Name]tracker.Candidate // names made by another rule than a swap
	from     map[string]tracker.Name            // see watchedBy
	firstSeq int64                              // no batch of the run is at or before it
}

// candidates are those of one case and one set of hits; making them again for
// each of ninety nights would cost more than asking.
type candidates struct {
	key tracker.Digest
	Candidates
	rule map[tracker.Name]tracker.Candidate // of ranked names that are no swaps
}

func (s *Scanner) candidates(ctx context.Context, c *tracker.Case, called map[tracker.Name][]string, hits map[string]int, full map[string]bool, at time.Time) (*candidates, error) {
	b, err := json.Marshal([]any{c, called, hits, slices.Sorted(maps.Keys(full)), at.UTC().Year()}) // numbers of years are tried
	if err != nil {
		return nil, err
	}
	key := tracker.DigestOf(b)
	if s.cached != nil && s.cached.key == key {
		return s.cached, nil
	}
	out := &candidates{key: key, rule: map[tracker.Name]tracker.Candidate{}}
	ground := lookalike.NewGround(c, lookalike.Options{AsOf: at, Called: called})
	wave := ground
	if len(hits) > 0 {
		wave = lookalike.NewGround(c, lookalike.Options{AsOf: at, Hits: hits, Called: called})
	}
	for cand := range ground.Generate(lookalike.Options{Rules: []string{ruleSwap}}) {
		if out.Swaps.Len()%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx) // thousands of labels make tens of millions of names
		}
		out.Swaps.Add(cand.Name)
	}
	out.Swaps.sealed()
	add := func(list *[]tracker.Candidate, cands iter.Seq[tracker.Candidate]) {
		for cand := range cands {
			if _, have := out.rule[cand.Name]; !have {
				*list = append(*list, cand)
				out.rule[cand.Name] = cand
			}
		}
	}
	others := map[string]bool{}
	for i := range c.Names {
		if l := c.Names[i].Name.Label(); !full[l] {
			others[l] = true
		}
	}
	if len(full) > 0 {
		for _, o := range keptOptions(full) {
			add(&out.Near, ground.Generate(o))
		}
		add(&out.Kin, s.kin(wave.Generator(lookalike.Options{Rules: kinRules, Labels: full}), out.rule))
		add(&out.Kin, s.kin(ground.Generator(lookalike.Options{Rules: changeRules, Labels: full}), out.rule))
	}
	inFull := maps.Clone(out.rule)
	if len(others) > 0 {
		for _, o := range keptOptions(others) {
			add(&out.Far, ground.Generate(o))
		}
	}
	// What is next best of the labels in full is asked in turn.
	add(&out.Far, s.kin(wave.Generator(lookalike.Options{Rules: kinRules}), out.rule))
	add(&out.Far, s.kin(ground.Generator(lookalike.Options{Rules: changeRules}), out.rule))
	n := 0
	for cand := range wave.Generate(lookalike.Options{}) {
		if cand.Rule == ruleSwap && full[labelOf(cand.Name)] {
			continue // asked anyway
		}
		if _, asked := inFull[cand.Name]; asked {
			continue
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

// kin are the best candidates of g that are not in have: at most half the budget of one
// rule, six times the budget or mostKin in all, and of the rules that change the label
// none that is less probable than kinLeast.
func (s *Scanner) kin(g *lookalike.Generator, have map[tracker.Name]tracker.Candidate) iter.Seq[tracker.Candidate] {
	return func(yield func(tracker.Candidate) bool) {
		taken, labels, n := map[string]int{}, map[tracker.Name]string{}, 0
		for range kinSeen {
			cand, ok := g.Next()
			if !ok {
				return
			}
			if cand.Prior < kinLeast && !slices.Contains(kinRules, cand.Rule) {
				g.Drop(cand.Rule) // and what comes after it is less probable still
				continue
			}
			if _, ok := have[cand.Name]; ok {
				continue
			}
			if cand.Rule == ruleBelow {
				label, known := labels[cand.From]
				if !known {
					label = cand.From.Label()
					labels[cand.From] = label
				}
				if labelOf(cand.Name) != label {
					continue // a country below a name of the campaign, say
				}
			}
			if !yield(cand) {
				return
			}
			most := s.Budget.Best / 2
			if cand.Rule == ruleShorn {
				most = min(most, mostShorn)
			}
			if taken[cand.Rule]++; taken[cand.Rule] >= most {
				g.Drop(cand.Rule)
			}
			if n++; n == min(6*s.Budget.Best, mostKin) {
				return
			}
		}
	}
}

const (
	ruleBelow = "subdomain"
	ruleShorn = "shorn"
)

// kinRules keep the whole label, as swaps do: below another name of the campaign,
// where the Pravda network went in 2024, and without its hyphens. changeRules do not,
// and are those that make few labels of one. homeRules are those by which a label
// changes when it goes home, under the suffixes of the country whose readers it has. A
// wave of replacements says under which suffixes whole labels go; those that are changed
// go where names are bought, and would be crowded out by so many rows of hits.
var (
	kinRules    = []string{ruleBelow, "joined"}
	changeRules = []string{"native", "divided", "linked", "turned", "hyphen", "hyphens", "ending", "article", "number", "number-word", "affix", "affix-local", "reworded", "glued", "code", ruleShorn, "homoglyph", "repetition", "omission", "transposition", "sound-swap", "addition", "vowel-swap", "last-letter", "replacement"}
	homeRules   = []string{"native", "joined", "divided", "linked", "turned", "hyphen", "hyphens", "ending", "article", "number", "number-word", "affix", "affix-local", "reworded", ruleShorn, "homoglyph", "repetition", "omission", "transposition", "sound-swap", "vowel-swap", "addition"}
)

// keptOptions ask for changed labels of names with the labels, under the suffix that was
// lost and under those of the country.
func keptOptions(labels map[string]bool) [2]lookalike.Options {
	return [2]lookalike.Options{
		{Kept: true, Labels: labels, Budget: mostKept},
		{Kept: true, Home: true, Rules: homeRules, Labels: labels, Budget: mostKept},
	}
}

// kinLeast is how probable a changed label must be, as lookalike reckons: that the next
// replacement of its name is just this one. So the rules are weighed against each other,
// and a new one adds no more names than it is worth.
const kinLeast = 1 / 500_000.

// mostShorn bounds the names of that rule.
const mostShorn = 1_000

// mostKept bounds the changed labels that keep their suffix, some thousand for each
// label, in a case of hundreds of labels: of those in full, and of all. Where it
// binds, each label has the best of its own.
const mostKept = 200_000

// mostKin bounds kin by one set of rules, and kinSeen how far down its candidates they are
// looked for.
const (
	mostKin = 100_000
	kinSeen = 200_000
)

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
	hit, taken := hits(links), takenDown(links, states)
	asked := withTaken(c, taken, links)
	full := fullLabels(asked, taken, s.Budget.FullFor, run.ScheduledAt)
	called, err := Titles(ctx, s.Store, asked, run.ScheduledAt)
	if err != nil {
		return nil, err
	}
	cs, err := s.candidates(ctx, asked, called, hit, full, run.ScheduledAt)
	if err != nil {
		return nil, err
	}
	mode, err := s.Store.Cursor(ctx, modeCursor(run.ID), run.Case)
	if err != nil {
		return nil, err
	}
	p := &planned{run: run, c: c, rule: cs.rule, from: watchedBy(asked)}
	if Mode(mode) == Closer {
		p.plan = MakeClosePlan(&cs.Candidates, hit, s.Budget.Best)
	} else {
		p.plan = MakePlan(&cs.Candidates, full, s.Budget, run.ScheduledAt)
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
	fed, err := s.arrived(ctx, run.Case, known)
	if err != nil {
		return err
	}
	proofs, err := s.proofs(ctx, p, namesOf(fed))
	if err != nil {
		return err
	}
	var sweeps []any
	for c := range p.plan.chunks() {
		list, err := s.Blobs.Put(ctx, c.list)
		if err != nil {
			return err
		}
		sweeps = append(sweeps, sweepArgs{c.part, c.from, list})
	}
	return s.Store.Write(ctx, func(tx Tx) error {
		if err := s.appendAbsences(ctx, tx, p, "feeds", proofs, fed); err != nil {
			return err
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
