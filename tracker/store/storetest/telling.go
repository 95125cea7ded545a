package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/queue"
	"respawn/tracker/store"
)

func alerts(t *testing.T, s *suite) {
	ctx := t.Context()
	a := tracker.Alert{Key: "replacement:c:n.example:o.example", Kind: "replacement", Case: "c", Run: 4, CreatedAt: at(0), Name: "n.example", Defanged: "n[.]example",
		Headline: "h", LinkedTo: "o.example", Relation: tracker.RelationOperator, Root: "r.example", RootConfirmation: tracker.Documented, Band: tracker.BandProbable, Score: 3.5, FirstSeen: tracker.Interval{Lo: at(-1), Hi: at(0)}}
	put := func(a tracker.Alert, channels ...string) (added bool) {
		t.Helper()
		s.tx(t, func(tx *store.Tx) (err error) {
			added, err = tx.PutAlert(ctx, a, channels)
			return err
		})
		return added
	}
	if err := s.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.PutAlert(ctx, a, []string{"hook"})
		return errors.Join(err, errUndo)
	}); !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	if ds, err := s.Undelivered(ctx); err != nil || ds != nil {
		t.Errorf("deliveries after a rollback: %+v, %v", ds, err)
	}
	if !put(a, "hook", "mail") {
		t.Error("the first alert was not added")
	}
	again := a
	again.Headline, again.Band = "other words", tracker.BandConfirmed
	if put(again, "hook", "third") {
		t.Error("the same fact was added twice")
	}
	got, err := s.Alert(ctx, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the alert", got, store.AlertRecord{Alert: a, State: tracker.AlertOpen})

	due := func(at time.Time) (channels []string) {
		t.Helper()
		ds, err := s.DueDeliveries(ctx, at, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			diff(t, "the alert on its way", d.Alert, a)
			channels = append(channels, d.Channel)
		}
		return channels
	}
	diff(t, "due", due(s.now), []string{"hook", "mail"})
	s.now = at(1)
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.Delivered(ctx, a.Key, "hook"), tx.DeliveryFailed(ctx, a.Key, "mail", at(2), "connection refused"))
	})
	diff(t, "due after one arrived and one failed", due(at(1)), []string(nil))
	diff(t, "due a day later", due(at(2)), []string{"mail"})
	ds, err := s.Deliveries(ctx, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "deliveries", ds, []store.Delivery{
		{Key: a.Key, Channel: "hook", Attempts: 1, NextAt: at(0), DeliveredAt: at(1), Alert: a},
		{Key: a.Key, Channel: "mail", Attempts: 1, NextAt: at(2), LastError: "connection refused", Alert: a}})
	if err := s.Tx(ctx, func(tx *store.Tx) error { return tx.Delivered(ctx, a.Key, "none") }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("delivered to a channel that is not there: %v", err)
	}

	// What early versions stored gave the seizure of the root to the site between.
	early := a
	early.Key, early.Kind, early.Case = "new-label:d:n.example", "new-label", "d"
	early.LinkedTo, early.Relation, early.Replaces = "", "", "o.example"
	early.Root, early.RootConfirmation, early.Confirmation, early.Basis = "", "", tracker.Documented, "seized"
	s.tx(t, func(tx *store.Tx) error {
		_, err := tx.PutAlert(ctx, early, []string{"early"})
		return err
	})
	want := early
	want.LinkedTo, want.Relation, want.Replaces = "o.example", tracker.RelationOperator, ""
	want.RootConfirmation, want.RootBasis, want.Confirmation, want.Basis = tracker.Documented, "seized", "", ""
	if got, err = s.Alert(ctx, early.Key); err != nil {
		t.Fatal(err)
	}
	diff(t, "an alert of an early version", got, store.AlertRecord{Alert: want, State: tracker.AlertOpen})
	if ds, err = s.Deliveries(ctx, early.Key); err != nil || len(ds) != 1 {
		t.Fatalf("deliveries of an alert of an early version: %v, %v", ds, err)
	}
	diff(t, "its delivery", ds[0].Alert, want)
	s.tx(t, func(tx *store.Tx) error { return tx.SetAlert(ctx, early.Key, tracker.AlertRejected, "no") })
	pairs, err := s.RejectedPairs(ctx, "d")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the rejected pair of an alert of an early version", pairs, map[store.Pair]string{{New: "n.example", Old: "o.example"}: "no"})

	silent := tracker.Alert{Key: "silent:d:1", Kind: tracker.AlertSilent, Case: "d", CreatedAt: at(0), Headline: "h"}
	s.tx(t, func(tx *store.Tx) error {
		_, err := tx.PutAlert(ctx, silent, nil)
		return err
	})
	if err := s.Tx(ctx, func(tx *store.Tx) error { return tx.SetAlert(ctx, silent.Key, tracker.AlertConfirmed, "") }); !errors.Is(err, store.ErrUndecidable) {
		t.Errorf("confirming an alert about no name: %v", err)
	}
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.SettleAlerts(ctx, "other", tracker.AlertSilent, "no"), tx.SetAlert(ctx, silent.Key, tracker.AlertAcked, ""), tx.SettleAlerts(ctx, "d", tracker.AlertSilent, "run 2 has finished"))
	})
	if got, err = s.Alert(ctx, silent.Key); err != nil {
		t.Fatal(err)
	}
	diff(t, "a settled alert", got, store.AlertRecord{Alert: silent, State: tracker.AlertOver, Reason: "run 2 has finished", ChangedAt: at(1)})
	if got, err = s.Alert(ctx, early.Key); err != nil || got.State != tracker.AlertRejected {
		t.Errorf("an alert of another kind was settled, too: %+v, %v", got, err)
	}

	s.tx(t, func(tx *store.Tx) error { return tx.SetAlert(ctx, a.Key, tracker.AlertRejected, "another owner") })
	as, err := s.Alerts(ctx, store.AlertFilter{Case: "c", State: tracker.AlertRejected, Name: "n.example", Kind: "replacement", Run: 4})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "rejected alerts", as, []store.AlertRecord{{Alert: a, State: tracker.AlertRejected, Reason: "another owner", ChangedAt: at(1)}})
	s.tx(t, func(tx *store.Tx) error { return tx.SetAlert(ctx, a.Key, tracker.AlertConfirmed, "") })
	if pairs, err := s.RejectedPairs(ctx, "c"); err != nil || len(pairs) != 0 {
		t.Errorf("confirmed after it was rejected: %v, %v", pairs, err)
	}
	s.tx(t, func(tx *store.Tx) error { return tx.SetAlert(ctx, a.Key, tracker.AlertRejected, "another owner") })
	rejected, err := s.RejectedPairs(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "rejected pairs", rejected, map[store.Pair]string{{New: "n.example", Old: "o.example"}: "another owner"})
	if as, err := s.Alerts(ctx, store.AlertFilter{State: tracker.AlertOpen}); err != nil || as != nil {
		t.Errorf("open alerts: %+v, %v", as, err)
	}
	if err := s.Tx(ctx, func(tx *store.Tx) error { return tx.SetAlert(ctx, "none", tracker.AlertAcked, "") }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("acknowledging an alert that is not there: %v", err)
	}
}

func shared(t *testing.T, s *suite) {
	ctx := t.Context()
	kept := store.CachedRegistration{Name: "a.example", AskedAt: at(0), ExpiresAt: at(1), Answer: json.RawMessage(`{"x": 1}`)}
	s.tx(t, func(tx *store.Tx) error { return tx.CacheRegistration(ctx, kept) })
	got, err := s.CachedRegistration(ctx, "a.example", at(0).Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "cached", got, kept)
	for _, when := range []time.Time{at(1), at(-1)} {
		if _, err := s.CachedRegistration(ctx, "a.example", when); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an answer of day 0, good for a day, at %v: %v", when, err)
		}
	}
	var turns []time.Duration
	reserve := func(now time.Time) {
		t.Helper()
		s.tx(t, func(tx *store.Tx) error {
			turn, err := tx.Reserve(ctx, "whois.example", now, 2*time.Second)
			turns = append(turns, turn.Sub(at(0)))
			return err
		})
	}
	reserve(at(0))
	reserve(at(0))
	reserve(at(0).Add(time.Second))
	reserve(at(0).Add(time.Minute))
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.LockPacing(ctx, "whois.example"), tx.HoldOff(ctx, "whois.example", at(0).Add(time.Hour), json.RawMessage(`{"limit":true}`)),
			tx.HoldOff(ctx, "whois.example", at(0).Add(time.Second), json.RawMessage(`{"limit":true}`)))
	})
	reserve(at(0).Add(2 * time.Minute))
	diff(t, "turns", turns, []time.Duration{0, 2 * time.Second, 4 * time.Second, time.Minute, time.Hour})
	next, note, err := s.Pacing(ctx, "whois.example")
	if err != nil || !next.Equal(at(0).Add(time.Hour+2*time.Second)) || string(note) != `{"limit":true}` {
		t.Errorf("pacing: %v, %s, %v", next, note, err)
	}
	if next, note, err := s.Pacing(ctx, "none"); !next.IsZero() || note != nil || err != nil {
		t.Errorf("pacing of a server nobody asked: %v, %s, %v", next, note, err)
	}
	suffix := store.SuffixState{Suffix: "ws", Wildcard: true, ProbedAt: at(0), Answers: json.RawMessage(`["192.0.2.1"]`)}
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.PutSuffix(ctx, store.SuffixState{Suffix: "ws", ProbedAt: at(-1)}), tx.PutSuffix(ctx, suffix), tx.PutSuffix(ctx, store.SuffixState{Suffix: "cc", ProbedAt: at(0)}),
			tx.AddSuffixHit(ctx, "c", "cc", "a.cc", at(0)), tx.AddSuffixHit(ctx, "c", "cc", "a.cc", at(1)), tx.AddSuffixHit(ctx, "c", "cc", "b.cc", at(1)), tx.AddSuffixHit(ctx, "other", "ws", "b.ws", at(1)))
	})
	ss, err := s.Suffixes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "suffixes", ss, []store.SuffixState{{Suffix: "cc", ProbedAt: at(0)}, suffix})
	hits, err := s.SuffixHits(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "hits", hits, map[string]int{"cc": 2})
}

func notes(t *testing.T, s *suite) {
	ctx := t.Context()
	salt, err := s.Salt(ctx)
	if err != nil || len(salt) != 32 {
		t.Fatalf("salt of %d bytes, %v", len(salt), err)
	}
	if _, err := s.NextDue(ctx, "c"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("due before anything was scheduled: %v", err)
	}
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.SetNextDue(ctx, "c", at(1)), tx.SetNextDue(ctx, "c", at(2)))
	})
	if due, err := s.NextDue(ctx, "c"); err != nil || !due.Equal(at(2)) {
		t.Errorf("due %v, %v", due, err)
	}
	s.tx(t, func(tx *store.Tx) error { return errors.Join(tx.SetMeta(ctx, "k", "1"), tx.SetMeta(ctx, "k", "2")) })
	if v, err := s.Meta(ctx, "k"); err != nil || v != "2" {
		t.Errorf("note %q, %v", v, err)
	}
}

// rowAndJob is why the queue lives in the same database.
func rowAndJob(t *testing.T, s *suite) {
	ctx := t.Context()
	done := make(chan queue.Job, 1)
	var run tracker.Run
	var q *queue.Queue
	q, err := queue.Open(ctx, s.Store, queue.Config{
		Log:     slog.New(slog.NewTextHandler(t.Output(), nil)),
		Workers: map[string]int{"": 2},
		Kinds: map[string]queue.Kind{
			"sweep": {Work: func(ctx context.Context, j queue.Job) error {
				return s.Tx(ctx, func(tx *store.Tx) error {
					if _, err := tx.AppendBatch(ctx, tracker.Batch{Run: run.ID, Key: "sweep", Probe: tracker.ProbeDNS}, []tracker.Observation{present("a.example", 0)}); err != nil {
						return err
					}
					_, err := q.Insert(ctx, tx, []queue.Job{{Kind: "look", Run: j.Run, Args: j.Args}})
					return err
				})
			}},
			"look": {Work: func(_ context.Context, j queue.Job) error { done <- j; return nil }},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := func() {
		if err := errors.Join(q.Stop(context.Background()), q.Close()); err != nil {
			t.Error(err)
		}
	}
	defer stop()
	insert := func(undo error) error {
		return s.Tx(ctx, func(tx *store.Tx) error {
			var err error
			if run, _, err = tx.StartRun(ctx, "c", at(0)); err != nil {
				return err
			}
			n, err := q.Insert(ctx, tx, []queue.Job{{Kind: "sweep", Run: "1", Args: json.RawMessage(`{"from": 0}`)}})
			if err == nil && n != 1 {
				t.Errorf("inserted %d jobs, want 1", n)
			}
			return errors.Join(err, undo)
		})
	}
	if err := insert(errUndo); !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	p, err := q.Progress(ctx, "1")
	if rs, rerr := s.Runs(ctx, "c", time.Time{}); err != nil || rerr != nil || p != (queue.Progress{}) || rs != nil {
		t.Fatalf("after a rollback: jobs %+v (%v), runs %+v (%v)", p, err, rs, rerr)
	}
	if err := insert(nil); err != nil {
		t.Fatal(err)
	}
	p, err = q.Progress(ctx, "1")
	if rs, rerr := s.Runs(ctx, "c", time.Time{}); err != nil || rerr != nil || p != (queue.Progress{Waiting: 1}) || len(rs) != 1 {
		t.Fatalf("after a commit: jobs %+v (%v), runs %+v (%v)", p, err, rs, rerr)
	}
	if err := q.Start(ctx); err != nil {
		t.Fatal(err)
	}
	var told []queue.Progress
	if p, err = q.Drain(ctx, "1", func(p queue.Progress) { told = append(told, p) }); err != nil || p != (queue.Progress{Done: 2}) || !slices.Contains(told, p) {
		t.Errorf("drained: %+v, %v; told %+v", p, err, told)
	}
	if len(done) == 0 {
		t.Fatal("the second job was not worked")
	}
	if j := <-done; string(j.Args) != `{"from":0}` || j.Run != "1" || j.Attempt != 1 {
		t.Errorf("the second job is %+v", j)
	}
	if n := len(s.observations(t, store.ObservationFilter{})); n != 1 {
		t.Errorf("%d observations", n)
	}
}
