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
		{"a batch is stored whole and once", batchOnce},
		{"observations come back by name and time, with the run's verdict", observationOrder},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &suite{now: at(0)}
			s.Store = open(t, func() time.Time { return s.now })
			tt.test(t, s)
		})
	}
}

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

func batchOnce(t *testing.T, s *suite) {
	run := s.run(t, "c", 0)
	b := tracker.Batch{
		Run: run.ID, Key: "sweep/0", Probe: tracker.ProbeSweep, Vantage: "home", Server: "198.18.0.53:53", StartedAt: at(0), EndedAt: at(0).Add(time.Second),
		Names: 3, NamesHash: tracker.DigestOf([]byte("a\nb\nc\n")),
		ByOutcome: map[tracker.Outcome]int{tracker.Absent: 1, tracker.Present: 1, tracker.Unknown: 1}, Unknowns: []tracker.Name{"c.example"},
	}
	obs := []tracker.Observation{
		{Name: "c.example", Probe: tracker.ProbeSweep, At: at(0), Vantage: "home", Outcome: tracker.Unknown, Reason: tracker.ReasonTimeout, Server: "198.18.0.53:53"},
		{Name: "a.example", Probe: tracker.ProbeSweep, At: at(0), Vantage: "home", Outcome: tracker.Present, Raw: tracker.DigestOf([]byte("a"))},
	}
	var got store.Appended
	if err := s.Tx(t.Context(), func(tx *store.Tx) (err error) {
		if got, err = tx.AppendBatch(t.Context(), b, obs); err != nil {
			return err
		}
		return errUndo
	}); !errors.Is(err, errUndo) {
		t.Fatalf("Tx returned %v, want the function's own error", err)
	}
	if n := len(s.observations(t, store.ObservationFilter{})); n != 0 {
		t.Fatalf("%d observations survived a rollback", n)
	}
	for try := range 3 {
		s.tx(t, func(tx *store.Tx) (err error) {
			got, err = tx.AppendBatch(t.Context(), b, obs)
			return err
		})
		if got.New != (try == 0) || got.Seq < 1 || got.New && got.Stored != 2 {
			t.Errorf("append number %d: %+v", try, got)
		}
	}
	bs, err := s.Batches(t.Context(), "c", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "batches", bs, []store.StoredBatch{{Seq: got.Seq, Case: "c", Batch: b}})
	obs[0].Run, obs[1].Run = run.ID, run.ID
	diff(t, "observations", s.observations(t, store.ObservationFilter{Case: "c"}), []tracker.Observation{obs[1], obs[0]})
	var own []tracker.Observation
	if err := s.BatchObservations(t.Context(), got.Seq, func(o *tracker.Observation) error { own = append(own, *o); return nil }); err != nil {
		t.Fatal(err)
	}
	diff(t, "observations of the batch", own, []tracker.Observation{obs[1], obs[0]})
}

func observationOrder(t *testing.T, s *suite) {
	// Names come in an order that is not theirs, so that their ids are not in order.
	var want []tracker.Observation
	for day, verdict := range []tracker.RunVerdict{tracker.RunComplete, tracker.RunVoid, tracker.RunDegraded} {
		run := s.run(t, "c", day)
		var obs []tracker.Observation
		for _, n := range []tracker.Name{"z.example", "m.example", "a.example"} {
			obs = append(obs, present(n, day))
		}
		s.batch(t, run, "dns", obs...)
		s.finish(t, run, verdict)
	}
	other := s.run(t, "other", 0)
	s.batch(t, other, "dns", present("elsewhere.example", 0))
	for _, n := range []tracker.Name{"a.example", "m.example", "z.example"} {
		for day := range 3 {
			o := present(n, day)
			o.Run, o.Void = tracker.RunID(day+1), day == 1
			want = append(want, o)
		}
	}
	diff(t, "of the case", s.observations(t, store.ObservationFilter{Case: "c"}), want)
	diff(t, "of one name", s.observations(t, store.ObservationFilter{Names: []tracker.Name{"m.example"}}), want[3:6])
	diff(t, "of no name", s.observations(t, store.ObservationFilter{Names: []tracker.Name{}}), []tracker.Observation(nil))
	diff(t, "of one day", s.observations(t, store.ObservationFilter{Case: "c", Since: at(1), Until: at(2)}), []tracker.Observation{want[1], want[4], want[7]})
	diff(t, "of one run", s.observations(t, store.ObservationFilter{Runs: []tracker.RunID{3}}), []tracker.Observation{want[2], want[5], want[8]})

	enough := errors.New("enough")
	n := 0
	err := s.Observations(t.Context(), store.ObservationFilter{}, func(*tracker.Observation) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("after %d observations: %v, want the error of yield after one", n, err)
	}
}
