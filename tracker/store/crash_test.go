package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/store"
)

// childEnv makes the test binary act as a process to be killed: it writes batches
// into the database at that path, one a line of output, until it dies.
const childEnv = "RESPAWN_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	for env, child := range map[string]func(path string, out io.Writer) error{childEnv: writeUntilKilled, jobsEnv: workUntilKilled} {
		if path := os.Getenv(env); path != "" {
			if err := child(path, &heard{out: os.Stdout, in: os.Stdin}); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// heard lets a child be a few lines ahead of the reader that is to kill it, who says
// a byte for each: one that gets no time to read must not find all work done. The
// end of in lets the child go on alone. It is safe for concurrent use.
type heard struct {
	out   io.Writer
	in    io.Reader
	mu    sync.Mutex
	ahead int  // guarded by mu, as all below
	alone bool // nobody says anything any more
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, err := h.out.Write(p)
	for h.ahead++; h.ahead > 3 && !h.alone; h.ahead-- {
		_, err := io.ReadFull(h.in, make([]byte, 1))
		h.alone = err != nil
	}
	return n, err
}

const (
	crashBatches = 160
	crashNames   = 20 // in a batch
)

func crashBatch(run tracker.RunID, i int) (tracker.Batch, []tracker.Observation) {
	b := tracker.Batch{Run: run, Key: fmt.Sprintf("sweep/%d", i), Probe: tracker.ProbeSweep, Names: crashNames}
	var obs []tracker.Observation
	for n := range crashNames {
		obs = append(obs, tracker.Observation{
			Name: tracker.Name(fmt.Sprintf("n%d.example", (i*7+n)%500)), Probe: tracker.ProbeSweep, At: time.Date(2024, 9, 4, 2, 0, i, n*1e6, time.UTC),
			Outcome: tracker.Present, Facts: &tracker.Facts{DNS: &tracker.DNS{Status: "noerror", TXT: []string{fmt.Sprint(i, n)}}},
		})
	}
	return b, obs
}

// writeUntilKilled does what a stage does: it stores a batch and moves a cursor
// that counts the observations stored, in one transaction.
func writeUntilKilled(path string, out io.Writer) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Path: path})
	if err != nil {
		return err
	}
	var run tracker.Run
	if err := s.Tx(ctx, func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(ctx, "c", time.Date(2024, 9, 4, 2, 0, 0, 0, time.UTC))
		return err
	}); err != nil {
		return err
	}
	for i := range crashBatches {
		b, obs := crashBatch(run.ID, i)
		if err := s.Tx(ctx, func(tx *store.Tx) error {
			a, err := tx.AppendBatch(ctx, b, obs)
			if err != nil || !a.New {
				return err
			}
			n, err := tx.Cursor(ctx, "count", "c")
			if err != nil {
				return err
			}
			return tx.SetCursor(ctx, "count", "c", n+int64(a.Stored))
		}); err != nil {
			return err
		}
		fmt.Fprintln(out, i)
	}
	return s.Close()
}

// A process is killed in the middle of a batch, again and again. After every kill
// each batch is there whole or not at all, and what was reported as committed is
// there; in the end all of it is there once.
func TestKillMinusNine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "respawn.db")
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kills := 0
	for done := false; !done && kills < 100; {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
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
		// Kill it while it works on the batch after a random one that it has not
		// done before.
		stopAfter, news := rng.IntN(30), 0
		lines := bufio.NewScanner(out)
		last := -1
		for lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatalf("the child wrote %q", lines.Text())
			}
			if news++; news > stopAfter+kills*10 {
				for range rng.IntN(200) { // a random piece of a millisecond
					_ = os.Getpid()
				}
				if err := cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
			}
			_, _ = in.Write([]byte("."))
		}
		err = cmd.Wait()
		if done = err == nil; !done {
			kills++
			if st, ok := errors.AsType[*exec.ExitError](err); !ok || st.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the child ended by itself: %v: %s", err, stderr.String())
			}
		}
		checkWhole(t, path, last, done)
	}
	if kills < 5 {
		t.Errorf("only %d kills before all was written", kills)
	}
	t.Logf("%d kills", kills)
}

func checkWhole(t *testing.T, path string, reported int, done bool) {
	t.Helper()
	ctx := t.Context()
	s, err := store.Open(ctx, store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	bs, err := s.Batches(ctx, "c", 0, crashBatches+1)
	if err != nil {
		t.Fatal(err)
	}
	if len(bs) <= reported || done && len(bs) != crashBatches {
		t.Fatalf("%d batches are there, %d were reported, done is %v", len(bs), reported+1, done)
	}
	total := 0
	for i, b := range bs {
		if b.Seq != int64(i+1) || b.Key != fmt.Sprintf("sweep/%d", i) {
			t.Fatalf("batch %d is %q with number %d", i, b.Key, b.Seq)
		}
	}
	if err := s.Observations(ctx, store.ObservationFilter{Case: "c"}, func(*tracker.Observation) error { total++; return nil }); err != nil {
		t.Fatal(err)
	}
	counted, err := s.Cursor(ctx, "count", "c")
	if err != nil || total != len(bs)*crashNames || counted != int64(total) {
		t.Fatalf("%d observations in %d batches of %d, the cursor counted %d (%v)", total, len(bs), crashNames, counted, err)
	}
}

// fill appends batches until there is no room, and returns how many went in.
func fill(t *testing.T, s *store.Store) (stored int, err error) {
	t.Helper()
	ctx := t.Context()
	var run tracker.Run
	if err := s.Tx(ctx, func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(ctx, "c", time.Date(2024, 9, 4, 2, 0, 0, 0, time.UTC))
		return err
	}); err != nil {
		return 0, err
	}
	for i := range 10_000 {
		if err := s.Tx(ctx, func(tx *store.Tx) error {
			b, obs := crashBatch(run.ID, i)
			_, err := tx.AppendBatch(ctx, b, obs)
			return err
		}); err != nil {
			return i, err
		}
	}
	return 0, errors.New("there was always room")
}

func checkFull(t *testing.T, path string, stored int, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after %d batches: %v, want ErrFull", stored, err)
	}
	if !strings.Contains(err.Error(), "disk is full") || stored < 10 {
		t.Errorf("after %d batches: %q", stored, err)
	}
	s, err := store.Open(t.Context(), store.Config{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	if err := s.Observations(t.Context(), store.ObservationFilter{}, func(*tracker.Observation) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	if n != stored*crashNames {
		t.Errorf("%d observations are there, want those of %d batches", n, stored)
	}
}

func TestNoRoomLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "respawn.db")
	s, err := store.Open(t.Context(), store.Config{Path: path, MaxPages: 260})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := fill(t, s)
	checkFull(t, path, stored, err)
	// It stays usable for reading and, once there is room, for writing.
	if _, err := s.Salt(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(t.Context(), store.Config{Path: path, MaxPages: 100_000}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var a store.Appended
	b, obs := crashBatch(1, stored)
	if err := s.Tx(t.Context(), func(tx *store.Tx) (err error) {
		a, err = tx.AppendBatch(t.Context(), b, obs)
		return err
	}); err != nil || !a.New || a.Stored != crashNames {
		t.Errorf("the same batch with room: %+v, %v", a, err)
	}
}
