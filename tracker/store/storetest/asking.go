package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/store"
)

func transactions(t *testing.T, s *suite) {
	ctx := t.Context()
	s.now = at(3).Add(1234567 * time.Nanosecond)
	err := s.Tx(ctx, func(tx *store.Tx) error {
		if want := at(3).Add(time.Millisecond); !tx.Now.Equal(want) {
			t.Errorf("the transaction's time is %v, want %v", tx.Now, want)
		}
		tx.OnCommit(func() { t.Error("OnCommit ran after a rollback") })
		if err := tx.SetMeta(ctx, "k", "v"); err != nil {
			return err
		}
		if v, err := tx.Meta(ctx, "k"); v != "v" || err != nil {
			t.Errorf("a transaction does not see its own write: %q, %v", v, err)
		}
		if _, err := s.Meta(ctx, "k"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("others see what is not committed: %v", err)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Errorf("Tx returned %v, want the function's error", err)
	}
	func() {
		defer func() {
			if p := recover(); p != "bug" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.Tx(ctx, func(tx *store.Tx) error {
			_ = tx.SetMeta(ctx, "k", "v")
			panic("bug")
		})
	}()
	if _, err := s.Meta(ctx, "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a write survived a panic: %v", err)
	}
	var order []int
	s.tx(t, func(tx *store.Tx) error {
		tx.OnCommit(func() { order = append(order, 1) })
		tx.OnCommit(func() { order = append(order, 2) })
		return tx.SetMeta(ctx, "k", "v")
	})
	if v, err := s.Meta(ctx, "k"); v != "v" || err != nil || !slices.Equal(order, []int{1, 2}) {
		t.Errorf("after a commit: %q, %v, OnCommit ran %v", v, err, order)
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
		has, err := s.HasBatch(t.Context(), run.ID, "sweep/0")
		if err != nil || has != (try > 0) {
			t.Errorf("before append number %d: HasBatch says %v, %v", try, has, err)
		}
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
	if err := s.BatchObservations(t.Context(), got.Seq+1, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("observations of a batch that is not there: %v", err)
	}
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
	for _, tt := range []struct {
		name   string
		filter store.ObservationFilter
		want   []tracker.Observation
	}{
		{"of the case", store.ObservationFilter{Case: "c"}, want},
		{"of one name", store.ObservationFilter{Names: []tracker.Name{"m.example"}}, want[3:6]},
		{"of two names", store.ObservationFilter{Names: []tracker.Name{"z.example", "a.example", "none.example"}}, append(slices.Clone(want[:3]), want[6:]...)},
		{"of no name", store.ObservationFilter{Names: []tracker.Name{}}, nil},
		{"of one day", store.ObservationFilter{Case: "c", Since: at(1), Until: at(2)}, []tracker.Observation{want[1], want[4], want[7]}},
		{"of one run", store.ObservationFilter{Runs: []tracker.RunID{3}}, []tracker.Observation{want[2], want[5], want[8]}},
		{"past a batch", store.ObservationFilter{Case: "c", After: 2}, []tracker.Observation{want[2], want[5], want[8]}},
		{"of one probe", store.ObservationFilter{Case: "c", Probe: tracker.ProbeDNS}, want},
		{"of another probe", store.ObservationFilter{Case: "c", Probe: tracker.ProbeWeb}, nil},
		{"of another case", store.ObservationFilter{Case: "nothing"}, nil},
	} {
		diff(t, tt.name, s.observations(t, tt.filter), tt.want)
	}
	// Inside a transaction it is the same, also on a connection that runs one query
	// at a time.
	s.tx(t, func(tx *store.Tx) error {
		var got []tracker.Observation
		err := tx.Observations(t.Context(), store.ObservationFilter{Case: "c"}, func(o *tracker.Observation) error {
			got = append(got, *o)
			_, err := tx.Meta(t.Context(), "salt")
			return err
		})
		diff(t, "inside a transaction", got, want)
		return err
	})
	enough := errors.New("enough")
	n := 0
	err := s.Observations(t.Context(), store.ObservationFilter{}, func(*tracker.Observation) error { n++; return enough })
	if err != enough || n != 1 {
		t.Errorf("after %d observations: %v, want the error of yield itself after one", n, err)
	}
	bs, err := s.Batches(t.Context(), "", 1, 2)
	if err != nil || len(bs) != 2 || bs[0].Seq != 2 || !bs[0].Void || bs[1].Seq != 3 || bs[1].Void {
		t.Errorf("two batches past the first: %+v, %v", bs, err)
	}
}

// proofsOutliveAVoidRun: a run that finds a name stores what earlier nights saw of
// it too, and that is not void because the run is.
func proofsOutliveAVoidRun(t *testing.T, s *suite) {
	run := s.run(t, "c", 3)
	proof, sight := present("a.example", 0), present("a.example", 0)
	proof.Outcome, proof.At, proof.Run = tracker.Absent, run.StartedAt.Add(-24*time.Hour), run.ID
	sight.At, sight.Run, sight.Void = run.StartedAt.Add(time.Second), run.ID, true
	s.batch(t, run, "absence/dns", proof)
	s.batch(t, run, "dns", sight)
	s.finish(t, run, tracker.RunVoid)
	for range 2 { // from the database, and as it is remembered
		diff(t, "observations of a void run", s.observations(t, store.ObservationFilter{Case: "c"}), []tracker.Observation{proof, sight})
	}
}

func observationsImmutable(t *testing.T, s *suite) {
	run := s.run(t, "c", 0)
	first := present("a.example", 0)
	s.batch(t, run, "1", first)
	again := first
	again.Outcome, again.Facts, again.Raw = tracker.Absent, nil, ""
	away := again
	away.Vantage = "de-1"
	if a := s.batch(t, run, "2", again, away); a.Stored != 1 {
		t.Errorf("stored %d of an observation that is there and one from another vantage, want 1", a.Stored)
	}
	first.Run, away.Run = run.ID, run.ID
	diff(t, "observations", s.observations(t, store.ObservationFilter{}), []tracker.Observation{first, away})
}

func refusals(t *testing.T, s *suite) {
	run := s.run(t, "c", 0)
	good := present("a.example", 0)
	for _, tt := range []struct {
		name  string
		spoil func(b *tracker.Batch, o *tracker.Observation)
	}{
		{"a run that does not exist", func(b *tracker.Batch, _ *tracker.Observation) { b.Run = 999 }},
		{"a probe without a number", func(_ *tracker.Batch, o *tracker.Observation) { o.Probe = "telepathy" }},
		{"a batch of such a probe", func(b *tracker.Batch, _ *tracker.Observation) { b.Probe = "" }},
		{"a digest that is none", func(_ *tracker.Batch, o *tracker.Observation) { o.Raw = "abc" }},
		{"an observation of no name", func(_ *tracker.Batch, o *tracker.Observation) { o.Name = "" }},
	} {
		b, o := tracker.Batch{Run: run.ID, Key: "k", Probe: tracker.ProbeDNS}, good
		tt.spoil(&b, &o)
		if err := s.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.AppendBatch(t.Context(), b, []tracker.Observation{good, o})
			return err
		}); err == nil {
			t.Errorf("%s was taken", tt.name)
		}
	}
	if n := len(s.observations(t, store.ObservationFilter{})); n != 0 {
		t.Errorf("%d observations came in with what was refused", n)
	}
	a := s.batch(t, run, "k", good)
	if !a.New || a.Stored != 1 {
		t.Errorf("afterwards: %+v", a)
	}
}

func manyObservations(t *testing.T, s *suite) {
	// More than one chunk of the reader, in two batches, with four different facts.
	const names, nights = 1100, 4 // and 7919 has no factor of names
	var facts [4]*tracker.Facts
	for i := range facts {
		facts[i] = &tracker.Facts{DNS: &tracker.DNS{Status: "noerror", NS: []tracker.Name{tracker.Name(fmt.Sprintf("ns%d.example", i))}}}
	}
	for night := range nights {
		run := s.run(t, "c", night)
		var obs []tracker.Observation
		for i := range names {
			o := present(tracker.Name(fmt.Sprintf("n%04d.example", i*7919%names)), night)
			o.Facts = facts[i%4]
			obs = append(obs, o)
		}
		if a := s.batch(t, run, "dns", obs...); a.Stored != names {
			t.Fatalf("stored %d of %d", a.Stored, names)
		}
	}
	seen := map[*tracker.Facts]bool{}
	i := 0
	err := s.Observations(t.Context(), store.ObservationFilter{}, func(o *tracker.Observation) error {
		if want := tracker.Name(fmt.Sprintf("n%04d.example", i/nights)); o.Name != want || !o.At.Equal(at(i%nights)) {
			return fmt.Errorf("observation %d is %s, want %s of night %d", i, o.ID(), want, i%nights)
		}
		seen[o.Facts] = true
		i++
		return nil
	})
	if err != nil || i != names*nights {
		t.Errorf("%d observations, %v", i, err)
	}
	if len(seen) != 4 {
		t.Errorf("%d different facts in memory, want 4", len(seen))
	}
	n := 0
	if err := s.BatchObservations(t.Context(), 2, func(o *tracker.Observation) error {
		if o.Run != 2 {
			return fmt.Errorf("%s is of run %d", o.ID(), o.Run)
		}
		n++
		return nil
	}); err != nil || n != names {
		t.Errorf("%d observations of one batch, %v", n, err)
	}
}

func cursors(t *testing.T, s *suite) {
	ctx := t.Context()
	run := s.run(t, "c", 0)
	const writers, each = 4, 15
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := s.Tx(ctx, func(tx *store.Tx) error {
					_, err := tx.AppendBatch(ctx, tracker.Batch{Run: run.ID, Key: fmt.Sprintf("%d/%d", w, i), Probe: tracker.ProbeDNS},
						[]tracker.Observation{present(tracker.Name(fmt.Sprintf("w%d-%d.example", w, i)), 0)})
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	seen := map[string]bool{}
	read := func() (n int) {
		if err := s.Tx(ctx, func(tx *store.Tx) error {
			seq, err := tx.Cursor(ctx, "link", "c")
			if err != nil {
				return err
			}
			bs, err := tx.Batches(ctx, "c", seq, 7)
			if err != nil || len(bs) == 0 {
				return err
			}
			for _, b := range bs {
				if seen[b.Key] {
					t.Errorf("batch %s came twice", b.Key)
				}
				seen[b.Key] = true
			}
			n = len(bs)
			return tx.SetCursor(ctx, "link", "c", bs[len(bs)-1].Seq)
		}); err != nil {
			t.Error(err)
		}
		return n
	}
	for busy := true; busy; {
		select {
		case <-done:
			busy = false
		default:
		}
		read()
	}
	for read() > 0 {
	}
	if len(seen) != writers*each {
		t.Errorf("the cursor passed %d of %d batches", len(seen), writers*each)
	}
	last, err := s.LastBatch(ctx, "c")
	if cur, cerr := s.Cursor(ctx, "link", "c"); err != nil || cerr != nil || cur != last {
		t.Errorf("cursor at %d of %d: %v, %v", cur, last, err, cerr)
	}
	if err := s.Tx(ctx, func(tx *store.Tx) error { return errors.Join(tx.SetCursor(ctx, "link", "c", 1), errUndo) }); !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	if cur, _ := s.Cursor(ctx, "link", "c"); cur != last {
		t.Errorf("a cursor moved although its transaction was undone: %d", cur)
	}
	if cur, err := s.Cursor(ctx, "other", "c"); cur != 0 || err != nil {
		t.Errorf("the cursor of a stage that never ran: %d, %v", cur, err)
	}
}
