package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/queue"
	"respawn/tracker/store"
)

// jobsEnv makes the test binary act as a scan to be killed: sweep jobs that store
// a batch and insert a look, whose jobs store one, too.
const jobsEnv = "RESPAWN_STORE_TEST_JOBS"

const crashJobs = 40

func workUntilKilled(path string, out io.Writer) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Path: path})
	if err != nil {
		return err
	}
	var run tracker.Run
	var q *queue.Queue
	work := func(next string) func(context.Context, queue.Job) error {
		return func(ctx context.Context, j queue.Job) error {
			var a struct{ N int }
			if err := json.Unmarshal(j.Args, &a); err != nil {
				return err
			}
			b, obs := crashBatch(run.ID, a.N)
			b.Key = fmt.Sprintf("%s/%d", j.Kind, a.N)
			err := s.Tx(ctx, func(tx *store.Tx) error {
				if _, err := tx.AppendBatch(ctx, b, obs); err != nil || next == "" {
					return err
				}
				_, err := q.Insert(ctx, tx, []queue.Job{{Kind: next, Run: j.Run, Args: j.Args}})
				return err
			})
			fmt.Fprintln(out, b.Key)
			return err
		}
	}
	if q, err = queue.Open(ctx, s, queue.Config{Workers: map[string]int{"": 4}, Kinds: map[string]queue.Kind{
		"sweep": {Work: work("look"), Attempts: 1}, "look": {Work: work(""), Attempts: 1},
	}}); err != nil {
		return err
	}
	if err := s.Tx(ctx, func(tx *store.Tx) (err error) {
		if run, _, err = tx.StartRun(ctx, "c", time.Date(2024, 9, 4, 2, 0, 0, 0, time.UTC)); err != nil {
			return err
		}
		var jobs []queue.Job
		for i := range crashJobs {
			jobs = append(jobs, queue.Job{Kind: "sweep", Run: fmt.Sprint(run.ID), Args: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))})
		}
		_, err = q.Insert(ctx, tx, jobs)
		return err
	}); err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	p, err := q.Drain(ctx, fmt.Sprint(run.ID), nil)
	if err == nil && p != (queue.Progress{Done: 2 * crashJobs}) {
		err = fmt.Errorf("drained with %+v", p)
	}
	return errors.Join(err, q.Stop(ctx), q.Close(), s.Close())
}

// A scan is killed while four of its jobs run, again and again, and started
// again. It goes on at once each time, and in the end has stored what an
// undisturbed one stores, although every job has only one attempt.
func TestKillMinusNineWhileJobsRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "respawn.db")
	began := time.Now()
	kills := 0
	for done := false; !done; {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), jobsEnv+"="+path)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Its first lines show that jobs run; the kill then comes in the middle.
		buf := make([]byte, 64)
		if _, err := io.ReadAtLeast(out, buf, 1); err == nil && kills < 5 {
			_ = cmd.Process.Kill()
		}
		_ = in.Close() // it may go on
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err == nil {
			done = true
		} else if kills++; stderr.Len() > 0 {
			t.Fatalf("the child ended by itself: %v: %s", err, stderr.String())
		}
	}
	if kills < 3 {
		t.Errorf("only %d kills", kills)
	}
	s, err := store.Open(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	bs, err := s.Batches(t.Context(), "c", 0, 1000)
	if err != nil || len(bs) != 2*crashJobs {
		t.Errorf("%d batches, want %d (%v)", len(bs), 2*crashJobs, err)
	}
	seen := map[string]bool{}
	for _, b := range bs {
		seen[b.Key] = true
	}
	if len(seen) != 2*crashJobs {
		t.Errorf("%d different batches", len(seen))
	}
	t.Logf("%d kills, %v in all", kills, time.Since(began).Round(time.Millisecond))
}
