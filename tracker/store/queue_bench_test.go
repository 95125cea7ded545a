package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"respawn/tracker/queue"
	"respawn/tracker/store"
	"respawn/tracker/store/storetest"
)

// BenchmarkQueue is the row "queue" of docs/bench: 10,000 jobs that do nothing,
// inserted a thousand to a transaction and worked by 100 workers; then a night of
// 120 jobs in a chain of five stages, each inserting the next, to see what the
// queue itself adds to a night.
//
//	go test -run '^$' -bench Queue -benchtime 1x ./tracker/store
func BenchmarkQueue(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchQueue(b, func() store.Config { return store.Config{Path: filepath.Join(b.TempDir(), "respawn.db")} })
	})
	b.Run("postgres", func(b *testing.B) {
		server := storetest.Postgres(b)
		benchQueue(b, func() store.Config { return store.Config{URL: server.NewDatabase(b)} })
	})
}

func benchQueue(b *testing.B, where func() store.Config) {
	const jobs, perTx = 10_000, 1000
	const stages, each = 5, 24
	ctx := b.Context()
	var inserted, worked, night took
	for b.Loop() {
		s, err := store.Open(ctx, where())
		must(b, err)
		var q *queue.Queue
		kinds := map[string]queue.Kind{"nothing": {Work: func(context.Context, queue.Job) error { return nil }}}
		for i := range stages {
			kinds[fmt.Sprint("stage", i)] = queue.Kind{Work: func(ctx context.Context, j queue.Job) error {
				if i+1 == stages {
					return nil
				}
				return s.Tx(ctx, func(tx *store.Tx) error {
					_, err := q.Insert(ctx, tx, []queue.Job{{Kind: fmt.Sprint("stage", i+1), Run: j.Run, Args: j.Args}})
					return err
				})
			}}
		}
		q, err = queue.Open(ctx, s, queue.Config{Kinds: kinds, Workers: map[string]int{"": 100}})
		must(b, err)
		insert := func(kind, run string, from, n int) {
			js := make([]queue.Job, n)
			for i := range js {
				js[i] = queue.Job{Kind: kind, Run: run, Args: json.RawMessage(fmt.Sprintf(`{"n":%d}`, from+i))}
			}
			must(b, s.Tx(ctx, func(tx *store.Tx) error {
				_, err := q.Insert(ctx, tx, js)
				return err
			}))
		}
		drain := func(run string, want int) {
			p, err := q.Drain(ctx, run, nil)
			must(b, err)
			if p != (queue.Progress{Done: want}) {
				b.Fatalf("%+v, want %d done", p, want)
			}
		}
		watch := stopwatch()
		for i := 0; i < jobs; i += perTx {
			insert("nothing", "1", i, perTx)
		}
		inserted = watch()
		watch = stopwatch()
		must(b, q.Start(ctx))
		drain("1", jobs)
		worked = watch()
		watch = stopwatch()
		insert("stage0", "2", 0, each)
		drain("2", stages*each)
		night = watch()
		must(b, errors.Join(q.Stop(context.WithoutCancel(ctx)), q.Close(), s.Close()))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(jobs/inserted.wall.Seconds(), "inserted/s")
	b.ReportMetric(jobs/worked.wall.Seconds(), "jobs/s")
	b.ReportMetric(float64((inserted.cpu+worked.cpu).Microseconds())/jobs, "cpu-µs/job")
	b.ReportMetric(float64(night.wall.Microseconds())/1e3, "ms/night")
	b.ReportMetric(float64(night.cpu.Microseconds())/1e3, "cpu-ms/night")
}
