// Package storetest is the conformance suite of tracker/store: what every
// database under it must do, and what it must survive. It knows the contract and
// no SQL; it is handed a way to open an empty database, and runs the same tests
// on SQLite and on Postgres.
package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"respawn/tracker"
	"respawn/tracker/store"
)

// An Opener opens a new, empty database that is closed and gone after the test,
// with the given clock.
type Opener func(t *testing.T, now func() time.Time) *store.Store

// Run runs the whole suite.
func Run(t *testing.T, open Opener) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, s *suite)
	}{
		{"a transaction is all or nothing and has one time", transactions},
		{"a batch is stored whole and once", batchOnce},
		{"observations come back by name and time, with the run's verdict", observationOrder},
		{"what was seen before a void run began is not void", proofsOutliveAVoidRun},
		{"an observation is never changed", observationsImmutable},
		{"what cannot be stored is refused", refusals},
		{"many observations share their facts", manyObservations},
		{"a cursor passes over no batch while others append", cursors},
		{"a case follows its file and remembers when a name came in", cases},
		{"the same scheduled time is the same run", runs},
		{"a known name keeps its first origin", knownNames},
		{"a content is fingerprinted once for each rule", fingerprints},
		{"a link keeps its latest score and each change of band", links},
		{"a projection can be replaced, dropped and rebuilt", projections},
		{"one fact is one alert, delivered at least once", alerts},
		{"workers share answers and turns", shared},
		{"the schedule, the salt and notes are kept", notes},
		{"a row and its job are there or gone together", rowAndJob},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &suite{now: at(0)}
			s.Store = open(t, func() time.Time { return s.now })
			tt.test(t, s)
		})
	}
}

// A suite is one open database and its clock.
type suite struct {
	*store.Store
	now time.Time
}

// at is the instant of a suite's calendar: the given day, at two in the morning.
func at(day int) time.Time {
	return time.Date(2024, 9, 4+day, 2, 0, 0, 0, time.UTC)
}

var errUndo = errors.New("undo")

func (s *suite) tx(t *testing.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// run starts the run of case c for a day.
func (s *suite) run(t *testing.T, c tracker.CaseID, day int) (run tracker.Run) {
	t.Helper()
	s.tx(t, func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(t.Context(), c, at(day))
		return err
	})
	return run
}

func (s *suite) finish(t *testing.T, run tracker.Run, v tracker.RunVerdict) {
	t.Helper()
	run.Verdict = v
	s.tx(t, func(tx *store.Tx) error { return tx.FinishRun(t.Context(), run) })
}

// batch appends one batch of observations for a run.
func (s *suite) batch(t *testing.T, run tracker.Run, key string, obs ...tracker.Observation) (a store.Appended) {
	t.Helper()
	s.tx(t, func(tx *store.Tx) (err error) {
		a, err = tx.AppendBatch(t.Context(), tracker.Batch{Run: run.ID, Key: key, Probe: tracker.ProbeDNS, Names: len(obs)}, obs)
		return err
	})
	return a
}

func present(n tracker.Name, day int) tracker.Observation {
	return tracker.Observation{
		Name: n, Probe: tracker.ProbeDNS, At: at(day), Outcome: tracker.Present, Server: "198.18.0.53:53", Raw: tracker.DigestOf([]byte(n)),
		Facts: &tracker.Facts{DNS: &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.example.net"}}},
	}
}

func (s *suite) observations(t *testing.T, f store.ObservationFilter) []tracker.Observation {
	t.Helper()
	var out []tracker.Observation
	if err := s.Observations(t.Context(), f, func(o *tracker.Observation) error {
		out = append(out, *o)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func diff(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: (-want +got)\n%s", what, d)
	}
}
