package scan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"respawn/tracker"
)

// Kinds of jobs.
const (
	kindPlan     = "plan"     // canaries, suffixes, then the night's other jobs
	kindSweep    = "sweep"    // a part of the candidates
	kindLook     = "look"     // known names, in the naming system
	kindRegister = "register" // known names, at the registries
	kindCapture  = "capture"  // known names, on the web

	kindRegistrar = "registrar" // names that matter, at their registrars
)

// keyVoid is the key of the batch that says the canaries failed at the start.
const keyVoid = "void"

const (
	sweepChunk   = 4096 // names of a sweep job
	lookChunk    = 64   // names of a look, register or capture job
	listedLookup = 7    // days between looks at names that are only neighbours
)

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

		kindRegistrar: func(ctx context.Context, j Job) error { return withArgs(ctx, s, j, s.doRegistrar) },
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
