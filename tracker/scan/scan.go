package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// Deps are what a Scanner works with; all but Progress and Workers are required.
type Deps struct {
	Store     Store
	Queue     Queue
	Resolver  Resolver
	Registrar Registrar
	Crawler   Crawler
	Blobs     Blobs
	Budget    Budget
	Policy    lifecycle.Policy
	Vantage   string
	Now       func() time.Time
	Log       *slog.Logger
	// Workers is how many sites or registrations are asked at once in one job;
	// 0 is 8.
	Workers int
	// Progress is told how many jobs of a run are done; nil is nobody.
	Progress func(stage string, done, total int)
}

// A Scanner runs scans. Safe for concurrent use; scans of one case must not
// overlap, which [Scanner.Scan] sees to within one process.
type Scanner struct {
	Deps

	scanning sync.Mutex
	mu       sync.Mutex // guards what follows
	planned  map[tracker.RunID]*planned
	cached   *candidates               // made by the newest plan
	lists    map[tracker.Digest][]byte // batch name lists by digest
	listed   int                       // bytes of lists
	prints   map[tracker.Digest]*tracker.Fingerprint
}

// New makes a Scanner.
func New(d Deps) *Scanner {
	if d.Workers == 0 {
		d.Workers = 8
	}
	if d.Progress == nil {
		d.Progress = func(string, int, int) {}
	}
	return &Scanner{Deps: d, planned: map[tracker.RunID]*planned{},
		lists: map[tracker.Digest][]byte{}, prints: map[tracker.Digest]*tracker.Fingerprint{}}
}

// A Report is what one run did, for people and for `scan --format json`.
type Report struct {
	tracker.Run
	New    []tracker.Name  `json:"new"`    // names seen in the DNS for the first time
	Linked []tracker.Link  `json:"linked"` // links that became probable or confirmed in this run
	Alerts []tracker.Alert `json:"alerts"` // alerts that this run raised
	Failed int             `json:"failed_jobs"`
	Took   time.Duration   `json:"took_ns"`
}

// Degraded says whether the run lacks coverage: void, or with parts that could
// not be asked.
func (r *Report) Degraded() bool {
	return r.Verdict == tracker.RunVoid || r.Verdict == tracker.RunDegraded
}

// derivedRounds bounds how often one run follows what its own captures revealed.
const derivedRounds = 4

// Scan runs the scan of a case that stands for the time at: it asks, derives and
// ends the run. A run of the same time that was cut off is taken up where it was;
// one that was finished is reported again and asks nothing. The run's verdict
// says what it is good for; an error means that it was not finished.
func (s *Scanner) Scan(ctx context.Context, id tracker.CaseID, at time.Time, mode Mode) (Report, error) {
	s.scanning.Lock()
	defer s.scanning.Unlock()
	began := time.Now()
	at = at.UTC().Truncate(time.Millisecond)
	run, fresh, err := s.begin(ctx, id, at, mode)
	if err != nil {
		return Report{}, err
	}
	rep := Report{Run: run}
	if run.Verdict != tracker.RunUnfinished {
		return rep, nil
	}
	if !fresh {
		s.Log.Info("taking up a run that was cut off", "run", run.ID, "case", id, "scheduled", at)
	}
	defer s.forget(run.ID)
	before, err := s.firstSeen(ctx, id)
	if err != nil {
		return rep, err
	}
	for range derivedRounds {
		failed, err := s.Queue.Drain(ctx, run.ID, func(done, total int) { s.Progress("asking", done, total) })
		if err != nil {
			return rep, err
		}
		rep.Failed = failed
		again, err := s.derive(ctx, &rep)
		if err != nil {
			return rep, err
		}
		if !again {
			break
		}
	}
	if err := s.finish(ctx, &rep, before); err != nil {
		return rep, err
	}
	rep.Took = time.Since(began)
	return rep, nil
}

// begin starts or finds the run and, with it, its first job.
func (s *Scanner) begin(ctx context.Context, id tracker.CaseID, at time.Time, mode Mode) (run tracker.Run, fresh bool, err error) {
	runs, err := s.Store.Runs(ctx, id)
	if err != nil {
		return run, false, err
	}
	for _, r := range runs {
		if r.ScheduledAt.Equal(at) && r.Verdict != tracker.RunUnfinished {
			return r, false, nil // nothing begins: no other run is over because of it
		}
	}
	for _, r := range runs {
		if r.Verdict != tracker.RunUnfinished || !r.ScheduledAt.Before(at) {
			continue
		}
		// A night that was cut off and is over: what it asked stands, what it did not
		// ask was not asked. Its jobs find the run ended and drop themselves. A later
		// one, where the clock went back, can still be taken up.
		r.Verdict, r.Reason, r.FinishedAt = tracker.RunDegraded, "cut off before it ended", s.Now()
		if err := s.Store.Write(ctx, func(tx Tx) error { return tx.FinishRun(ctx, r) }); err != nil {
			return run, false, err
		}
	}
	err = s.Store.Write(ctx, func(tx Tx) error {
		var err error
		run, fresh, err = tx.BeginRun(ctx, id, at, s.Now())
		if err != nil || !fresh {
			return err
		}
		seq, err := tx.LastBatch(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.SetCursor(ctx, runCursor(run.ID), id, seq); err != nil {
			return err
		}
		if err := tx.SetCursor(ctx, modeCursor(run.ID), id, int64(mode)); err != nil {
			return err
		}
		return s.insert(ctx, tx, run.ID, kindPlan, struct{}{})
	})
	return run, fresh, err
}

// A Mode is how much a scan asks.
type Mode int64

const (
	Night  Mode = iota // the nightly scan, by the budget
	Closer             // the closer watch after a seizure: what is most likely, again
)

// modeCursor keeps the mode of a run, for whoever takes it up after a crash.
func modeCursor(id tracker.RunID) string { return fmt.Sprintf("mode/%d", id) }

// runCursor is the place before the first batch of a run.
func runCursor(id tracker.RunID) string { return fmt.Sprintf("run/%d", id) }

// finish asks the canaries once more, decides what the run is good for, and ends
// it together with its alerts.
func (s *Scanner) finish(ctx context.Context, rep *Report, before map[tracker.Name]bool) error {
	p, err := s.plan(ctx, rep.Run)
	if err != nil {
		return err
	}
	batches, err := s.runBatches(ctx, rep.Run)
	if err != nil {
		return err
	}
	rep.Coverage = coverage(batches, &p.plan)
	reason, err := s.canaries(ctx)
	if err != nil {
		return err
	}
	void, err := s.Store.HasBatch(ctx, rep.ID, keyVoid)
	if err != nil {
		return err
	}
	switch unasked := !p.plan.askedBy(batches); {
	case void || reason != "":
		rep.Verdict = tracker.RunVoid
		if reason == "" {
			reason = "canaries failed at the start"
		}
		rep.Reason = reason
	case rep.Failed == 0 && unasked && rep.Coverage.Asked >= p.plan.Asked():
		rep.Verdict, rep.Reason = tracker.RunDegraded, "the case was edited while its run was cut off: what the run asked is of the case as it was"
	case rep.Failed > 0 || unasked:
		rep.Verdict, rep.Reason = tracker.RunDegraded, fmt.Sprintf("%d of %d names asked; %d jobs failed", rep.Coverage.Asked, p.plan.Asked(), rep.Failed)
	case tooManyUnknown(rep.Coverage):
		rep.Verdict, rep.Reason = tracker.RunDegraded, fmt.Sprintf("%d of %d names got no valid answer", rep.Coverage.ByOutcome[tracker.Unknown], rep.Coverage.Asked)
	default:
		rep.Verdict = tracker.RunComplete
	}
	rep.FinishedAt = s.Now()
	return s.conclude(ctx, rep, before)
}

// tooManyUnknown: a night on which more than one name in fifty got no valid
// answer does not count as having asked.
func tooManyUnknown(c tracker.Coverage) bool {
	return c.Asked > 0 && c.ByOutcome[tracker.Unknown]*50 > c.Asked
}

// coverage adds up the batches of a run.
func coverage(batches []StoredBatch, p *Plan) tracker.Coverage {
	c := tracker.Coverage{Candidates: p.Candidates, Full: p.Covers(), Slice: p.SliceNo, Slices: p.Slices, FullLabels: p.FullLabels,
		ByOutcome: map[tracker.Outcome]int{}, Unknown: map[tracker.Reason]int{}}
	for _, b := range batches {
		switch b.Probe {
		case tracker.ProbeSweep:
			if !isSweep(b.Key) {
				continue
			}
			c.Asked += b.Names
			for o, n := range b.ByOutcome {
				c.ByOutcome[o] += n
			}
		case tracker.ProbeDNS:
			c.Known += b.Names
			c.Looked += b.Names - b.ByOutcome[tracker.Unknown]
		}
	}
	return c
}

func (s *Scanner) runBatches(ctx context.Context, run tracker.Run) ([]StoredBatch, error) {
	p, err := s.plan(ctx, run)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.Batches(ctx, run.Case, p.firstSeq)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(b StoredBatch) bool { return b.Run != run.ID }), nil
}

// canaries returns why the night cannot be trusted, or "".
func (s *Scanner) canaries(ctx context.Context) (string, error) {
	cs, err := s.Resolver.Canaries(ctx)
	if err != nil {
		return "", err
	}
	broken, paths := map[string]string{}, map[string]bool{}
	for _, c := range cs {
		paths[c.Path] = true
		if !c.OK && broken[c.Path] == "" {
			broken[c.Path] = c.Path + ": " + c.Why
		}
	}
	if len(broken) == 0 || len(broken) < len(paths) {
		for _, why := range broken {
			s.Log.Warn("a path failed its canaries", "why", why)
		}
		return "", nil
	}
	first := ""
	for _, why := range broken {
		if first == "" || why < first {
			first = why
		}
	}
	return "canaries failed: " + first, nil
}

func (s *Scanner) insert(ctx context.Context, tx Tx, run tracker.RunID, kind string, args ...any) error {
	jobs := make([]Job, len(args))
	for i, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("job %s: %w", kind, err)
		}
		jobs[i] = Job{Kind: kind, Run: run, Args: b}
	}
	return s.Queue.Insert(ctx, tx, jobs)
}

func (s *Scanner) forget(run tracker.RunID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.planned, run)
}

// ErrNoCase says that the store holds no case of that id.
var ErrNoCase = errors.New("no such case")
