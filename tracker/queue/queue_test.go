package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A testDB is the least that can hold a queue: what tracker/store is to the
// program. tracker/store/storetest tests the two together.
type testDB struct {
	path string
	pool *sql.DB
}

func openDB(t *testing.T, path string) *testDB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return &testDB{path, pool}
}

func (d *testDB) SQLite() *sql.DB         { return d.pool }
func (d *testDB) Postgres() *pgxpool.Pool { return nil }
func (d *testDB) Path() string            { return d.path }

type testTx struct {
	tx    *sql.Tx
	after []func()
}

func (t *testTx) Unwrap() any       { return t.tx }
func (t *testTx) OnCommit(f func()) { t.after = append(t.after, f) }

// insert adds jobs in a transaction of its own.
func (d *testDB) insert(t testing.TB, q *Queue, jobs ...Job) int {
	t.Helper()
	tx, err := d.pool.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tt := &testTx{tx: tx}
	n, err := q.Insert(context.Background(), tt, jobs)
	if err != nil {
		_ = tx.Rollback()
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, f := range tt.after {
		f()
	}
	return n
}

func openQueue(t *testing.T, d *testDB, cfg Config) *Queue {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	q, err := Open(t.Context(), d, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(q.Stop(context.Background()), q.Close()); err != nil {
			t.Error(err)
		}
	})
	return q
}

func start(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// patience is for what ends by itself, on a slow machine too. It is well below the
// eleven minutes after which River rescues what is stuck.
const patience = 3 * time.Minute

func drain(t *testing.T, q *Queue, run string) Progress {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, err := q.Drain(ctx, run, nil)
	if err != nil {
		t.Fatalf("drain: %v (%+v)", err, p)
	}
	return p
}

func numbered(kind, run string, i int) Job {
	return Job{Kind: kind, Run: run, Args: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}
}

func TestWorksEveryJobOnce(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	var mu sync.Mutex
	got := map[string]int{}
	var q *Queue
	q = openQueue(t, d, Config{
		Workers: map[string]int{"": 10},
		Kinds: map[string]Kind{
			"sweep": {Work: func(_ context.Context, j Job) error {
				mu.Lock()
				got[string(j.Args)+j.Run]++
				mu.Unlock()
				d.insert(t, q, Job{Kind: "look", Run: j.Run, Args: j.Args}) // Drain waits for it, too
				return nil
			}},
			"look": {Work: func(_ context.Context, j Job) error {
				mu.Lock()
				got["look"+string(j.Args)+j.Run]++
				mu.Unlock()
				return nil
			}},
		},
	})
	start(t, q)
	var jobs []Job
	for i := range 100 {
		jobs = append(jobs, numbered("sweep", "1", i))
	}
	jobs = append(jobs, jobs[0]) // twice in one call
	if n := d.insert(t, q, jobs...); n != 100 {
		t.Errorf("inserted %d, want 100", n)
	}
	if n := d.insert(t, q, jobs...); n != 0 {
		t.Errorf("inserted %d jobs that were there", n)
	}
	if p := drain(t, q, "1"); p != (Progress{Done: 200}) {
		t.Errorf("%+v, want 200 done", p)
	}
	if n := d.insert(t, q, numbered("sweep", "1", 0), numbered("sweep", "2", 0)); n != 1 {
		t.Errorf("inserted %d, want the one of the other run", n)
	}
	if p := drain(t, q, "2"); p != (Progress{Done: 2}) {
		t.Errorf("%+v, want 2 done", p)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 202 {
		t.Errorf("%d different jobs worked, want 202", len(got))
	}
	for k, n := range got {
		if n != 1 {
			t.Errorf("%s was worked %d times", k, n)
		}
	}
}

func TestRetriesThenGivesUp(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	var tries [4]atomic.Int32
	bad := errors.New("no answer")
	soon := func(int) time.Duration { return time.Millisecond }
	q := openQueue(t, d, Config{
		Log:     slog.New(slog.DiscardHandler),
		Workers: map[string]int{"": 4},
		Kinds: map[string]Kind{
			"heals": {Backoff: soon, Work: func(_ context.Context, j Job) error {
				if tries[0].Add(1) < 3 {
					return bad
				}
				if j.Attempt != 3 {
					return GiveUp(fmt.Errorf("attempt %d", j.Attempt))
				}
				return nil
			}},
			"never": {Backoff: soon, Attempts: 2, Work: func(_ context.Context, j Job) error {
				if n := tries[1].Add(1); j.Last != (n == 2) {
					t.Errorf("attempt %d says Last is %v", n, j.Last)
				}
				return bad
			}},
			"final":  {Backoff: soon, Work: func(context.Context, Job) error { tries[2].Add(1); return GiveUp(bad) }},
			"panics": {Backoff: soon, Attempts: 1, Work: func(context.Context, Job) error { tries[3].Add(1); panic("bug") }},
		},
	})
	start(t, q)
	d.insert(t, q, Job{Kind: "heals", Run: "1"}, Job{Kind: "never", Run: "1"}, Job{Kind: "final", Run: "1"}, Job{Kind: "panics", Run: "1"})
	if p := drain(t, q, "1"); p != (Progress{Done: 1, Failed: 3}) {
		t.Errorf("%+v, want 1 done and 3 failed", p)
	}
	for i, want := range []int32{3, 2, 1, 1} {
		if got := tries[i].Load(); got != want {
			t.Errorf("job %d was tried %d times, want %d", i, got, want)
		}
	}
	if n := d.insert(t, q, Job{Kind: "final", Run: "1"}); n != 1 {
		t.Error("a job that was given up cannot be inserted again")
	}
	drain(t, q, "1")
}

func TestWakesAtOnceAfterCommit(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	q := openQueue(t, d, Config{
		poll:    time.Hour, // without the wake, nothing would be worked
		Workers: map[string]int{"": 2, "other": 2},
		Kinds:   map[string]Kind{"tick": {Work: func(context.Context, Job) error { return nil }}},
	})
	start(t, q)
	for i := range 20 {
		a, b := numbered("tick", "1", i), numbered("tick", "1", 1000+i)
		b.Queue = "other"
		d.insert(t, q, a, b)
		if p := drain(t, q, "1"); p.Done != 2*(i+1) {
			t.Fatalf("%+v after %d pairs", p, i+1)
		}
	}
}

// A countedThen runs a function between the moment that a count shows and the
// moment that it is judged.
type countedThen struct {
	engine
	then func()
}

func (c countedThen) count(ctx context.Context, run string) (counts, error) {
	n, err := c.engine.count(ctx, run)
	c.then()
	return n, err
}

func TestAJobThatEndsDuringTheCountIsNotDone(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	began, release := make(chan struct{}), make(chan struct{})
	var q *Queue
	q = openQueue(t, d, Config{Workers: map[string]int{"": 1}, Kinds: map[string]Kind{
		"first": {Work: func(_ context.Context, j Job) error {
			close(began)
			<-release
			d.insert(t, q, Job{Kind: "second", Run: j.Run})
			return nil
		}},
		"second": {Work: func(context.Context, Job) error { return nil }},
	}})
	start(t, q)
	d.insert(t, q, Job{Kind: "first", Run: "1"})
	<-began
	real := q.river
	q.river = countedThen{real, func() {
		mark := q.ended.mark()
		close(release)
		for q.ended.mark() == mark {
			runtime.Gosched()
		}
	}}
	p, err := q.Progress(t.Context(), "1")
	if err != nil || p.Left() == 0 {
		t.Errorf("%+v (%v): done, although the first job has just inserted a second one", p, err)
	}
	q.river = real
	if p := drain(t, q, "1"); p != (Progress{Done: 2}) {
		t.Errorf("%+v, want 2 done", p)
	}
}

func TestStopInterruptsAndNothingIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	d := openDB(t, path)
	began, release := make(chan struct{}), make(chan struct{})
	var runs atomic.Int32
	kinds := map[string]Kind{"slow": {Attempts: 1, Work: func(ctx context.Context, _ Job) error {
		if runs.Add(1) > 1 {
			return nil
		}
		close(began)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-release:
			return nil
		}
	}}}
	cfg := Config{Workers: map[string]int{"": 2}, Kinds: kinds, Grace: 10 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
	q, err := Open(t.Context(), d, cfg)
	if err != nil {
		t.Fatal(err)
	}
	start(t, q)
	d.insert(t, q, Job{Kind: "slow", Run: "1"})
	<-began
	stopped := make(chan error, 1)
	go func() {
		_, err := q.Drain(context.Background(), "1", nil)
		stopped <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-stopped; !errors.Is(err, ErrStopped) {
		t.Errorf("Drain returned %v, want ErrStopped", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, d, cfg)
	start(t, q)
	if p := drain(t, q, "1"); p != (Progress{Done: 1}) || runs.Load() != 2 {
		t.Errorf("%+v after %d runs, want the job done by the second, although it has one attempt", p, runs.Load())
	}
}

func TestTakesBackWhatADeadProcessRan(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	kinds := map[string]Kind{"look": {Attempts: 1, Work: func(_ context.Context, j Job) error {
		if j.Attempt != 1 {
			return GiveUp(fmt.Errorf("attempt %d", j.Attempt))
		}
		return nil
	}}}
	q, err := Open(t.Context(), d, Config{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		d.insert(t, q, numbered("look", "1", i))
	}
	// What kill -9 leaves behind: jobs marked as running, and a leader.
	for _, s := range []string{
		`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now', 'subsec')`,
		`INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (datetime('now', 'subsec'), datetime('now', '+1 hour', 'subsec'), 'dead')`,
	} {
		if _, err := d.pool.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, d, Config{Kinds: kinds, Workers: map[string]int{"": 5}})
	start(t, q)
	// River's own rescue would come later than drain waits.
	if p := drain(t, q, "1"); p != (Progress{Done: 5}) {
		t.Errorf("%+v, want 5 done", p)
	}
}

func TestOneProcessWorksAFile(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	kinds := map[string]Kind{"tick": {Work: func(context.Context, Job) error { return nil }}}
	first := openQueue(t, d, Config{Kinds: kinds, Workers: map[string]int{"": 1}})
	if _, err := Open(t.Context(), d, Config{Kinds: kinds, Workers: map[string]int{"": 1}}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second worker got %v, want ErrBusy", err)
	}
	only := openQueue(t, d, Config{Kinds: kinds})
	if n := d.insert(t, only, Job{Kind: "tick", Run: "1"}); n != 1 {
		t.Errorf("a process without workers inserted %d jobs", n)
	}
	if err := only.Start(t.Context()); err == nil {
		t.Error("a process without workers could be started")
	}
	start(t, first)
	drain(t, first, "1") // found by polling
}

func TestJobsGoToTheirVantage(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	var mu sync.Mutex
	var got []string
	kinds := map[string]Kind{"look": {Work: func(_ context.Context, j Job) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, j.Queue)
		return nil
	}}}
	q := openQueue(t, d, Config{Kinds: kinds, Workers: map[string]int{ForVantage("de-1"): 1, ForVantage("Zürich!"): 1}})
	start(t, q)
	d.insert(t, q,
		Job{Kind: "look", Run: "1", Queue: ForVantage("de-1")},
		Job{Kind: "look", Run: "2", Queue: ForVantage("Zürich!")},
		Job{Kind: "look", Run: "3", Queue: ForVantage("us-1")})
	drain(t, q, "1")
	drain(t, q, "2")
	p, err := q.Progress(t.Context(), "3")
	if err != nil || p != (Progress{Waiting: 1}) {
		t.Errorf("the job of a vantage without workers: %+v, %v", p, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 2 {
		t.Errorf("worked %q", got)
	}
}

func TestRefusesBadJobs(t *testing.T) {
	d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	q := openQueue(t, d, Config{Kinds: map[string]Kind{"look": {Work: func(context.Context, Job) error { return nil }}}})
	for _, tt := range []struct {
		name string
		job  Job
	}{
		{"a kind that nobody registered", Job{Kind: "lok"}},
		{"arguments that are no JSON", Job{Kind: "look", Args: json.RawMessage(`{`)}},
		{"arguments that are no object", Job{Kind: "look", Args: json.RawMessage(`[1]`)}},
	} {
		tx, err := d.pool.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Insert(t.Context(), &testTx{tx: tx}, []Job{tt.job}); err == nil {
			t.Errorf("%s was taken", tt.name)
		}
		_ = tx.Rollback()
	}
}

func TestBackoff(t *testing.T) {
	for _, tt := range []struct {
		attempt int
		want    time.Duration
	}{{1, time.Second}, {2, 2 * time.Second}, {5, 16 * time.Second}, {9, 256 * time.Second}, {10, 5 * time.Minute}, {1000, 5 * time.Minute}} {
		if got := (Kind{}).backoff(tt.attempt); got != tt.want {
			t.Errorf("after attempt %d: %v, want %v", tt.attempt, got, tt.want)
		}
	}
}
