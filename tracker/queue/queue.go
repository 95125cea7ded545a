// Package queue runs the jobs that ask the world: sweep batches, looks,
// registrations, captures, notifications.
//
// It knows kinds, arguments, deadlines, retries and which worker a job is for. It
// does not know what a kind does: that is a function that cmd hands in. It keeps
// its jobs in the database of tracker/store, so that a job and the rows that
// caused it are committed together or not at all, and every job may be run twice:
// a process that dies in the middle of one finds it again when it starts.
//
// Below it is River, on SQLite for one process and on Postgres for many, all of
// its modules at one version. What River lacks on SQLite is made good here and
// nowhere else: a worker wakes as soon as a transaction with jobs for it is
// committed (wake.go), and a new process takes its predecessor's running jobs
// back at once (takeback.go). Schedules are not kept here: what is due when
// stands in tracker/store.
package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// A Job is one piece of work. Kind, Run and Args are its identity: while one like
// it is waiting, running or done, inserting it again does nothing. (A done job is
// remembered for a day. One that was given up may be inserted again.)
type Job struct {
	Kind string
	// Run groups jobs that are waited for together ([Queue.Drain]); it is part of
	// the identity, so the same arguments may be worked in every run.
	Run string
	// Args is a JSON object, or nil for none. On Postgres its keys may come back
	// in another order.
	Args json.RawMessage
	// Queue is the one whose workers take the job; see [ForVantage]. "" is the
	// default queue.
	Queue    string
	Priority int       // 1, which "" and 0 mean too, goes first; 4 last
	NotFirst time.Time // not before this; zero = at once

	// These are set for the function that works the job.

	ID      int64
	Attempt int  // 1 at the first try
	Last    bool // no further attempt follows
}

// A Kind says how jobs of one kind are worked.
type Kind struct {
	// Work does the job. It must stand being run again after it has done all or
	// part of it. An error has it run again later, one of [GiveUp] never again,
	// one of [Later] after a while without counting as an attempt. When ctx ends
	// it must return soon.
	Work func(ctx context.Context, j Job) error
	// Deadline bounds one attempt; 0 is ten minutes.
	Deadline time.Duration
	// Attempts is how often a job is tried before it is given up; 0 is 5. Being
	// interrupted, by a stop or by a kill -9, does not count.
	Attempts int
	// Backoff is the time to wait after the given failed attempt; nil doubles
	// from a second up to five minutes.
	Backoff func(attempt int) time.Duration
}

// Config says what this process works.
type Config struct {
	// Kinds are all kinds that this process inserts or works. A job of a kind
	// that is missing in the process that takes it fails and is tried again.
	Kinds map[string]Kind
	// Workers is how many jobs of each queue are worked at once ("" is the default
	// queue). An empty map: this process only inserts.
	Workers map[string]int
	// Grace is how long running jobs may go on after the stop before their context
	// ends; 0 is two seconds. An interrupted job is taken up again at the next start.
	Grace time.Duration
	// Log gets warnings and errors; nil drops them.
	Log *slog.Logger

	poll time.Duration // instead of fetchPoll, for tests
}

// A Database is where jobs are kept; *store.Store is one. Exactly one of SQLite
// and Postgres is not nil.
type Database interface {
	SQLite() *sql.DB // the write pool: one connection
	Postgres() *pgxpool.Pool
	Path() string // of the SQLite file
}

// A Tx is an open write transaction of the same database; *store.Tx is one.
type Tx interface {
	Unwrap() any     // *sql.Tx on SQLite, pgx.Tx on Postgres
	OnCommit(func()) // runs its argument after a successful commit
}

var (
	// ErrBusy says that another process is working the jobs of the same SQLite
	// file. Only one may; past that, use Postgres.
	ErrBusy = errors.New("another respawn process is working on this database")
	// ErrStopped ends a wait for jobs that nobody will work any more.
	ErrStopped = errors.New("the queue was stopped")
)

// A Queue inserts jobs and, once started, works them. Safe for concurrent use.
type Queue struct {
	cfg    Config
	river  engine
	wake   *wakeListener // SQLite only
	lock   *processLock  // SQLite with workers only
	reader *sql.DB       // SQLite only: for counting without waiting for writers
	ended  *endings
	stop   context.CancelFunc // set by Start
	mu     sync.Mutex         // guards stop
}

// engine is a River client without its type parameter.
type engine interface {
	insert(ctx context.Context, tx any, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	start(ctx context.Context) error
	stopped() <-chan struct{}
	count(ctx context.Context, run string) (counts, error)
}

// Open brings the tables of the queue up to date and takes back what a killed
// predecessor left running. On SQLite a queue with workers is alone: a second one
// gets [ErrBusy]. The database must stay open until the queue is closed.
func Open(ctx context.Context, db Database, cfg Config) (*Queue, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Grace == 0 {
		cfg.Grace = 2 * time.Second
	}
	q := &Queue{cfg: cfg, ended: newEndings()}
	open := q.openSQLite
	if db.Postgres() != nil {
		open = q.openPostgres
	}
	if err := open(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("queue: %w", err), q.Close())
	}
	return q, nil
}

// Start begins to work jobs, and returns. It goes on until ctx ends or
// [Queue.Stop] is called; either way running jobs have Config.Grace to finish.
func (q *Queue) Start(ctx context.Context) error {
	if len(q.cfg.Workers) == 0 {
		return errors.New("queue: this process has no workers")
	}
	ctx, cancel := context.WithCancel(ctx)
	if err := q.river.start(ctx); err != nil {
		cancel()
		return fmt.Errorf("queue: start: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stop = cancel
	return nil
}

// Stop stops taking jobs, lets the running ones finish within Config.Grace, ends
// the context of those that did not, and returns when all have returned or ctx
// has ended. Jobs that were cut off are taken up again at the next start. It does
// nothing before [Queue.Start], and may be called twice.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	stop := q.stop
	q.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-q.river.stopped():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("queue: jobs still run: %w", context.Cause(ctx))
	}
}

// Close gives back what Open took. Call it after [Queue.Stop] and before the
// database is closed.
func (q *Queue) Close() error {
	var errs []error
	if q.reader != nil {
		errs = append(errs, q.reader.Close())
	}
	if q.lock != nil {
		errs = append(errs, q.lock.release())
	}
	return errors.Join(errs...)
}

// Insert adds jobs in the caller's transaction: they exist if and when it
// commits. Jobs that exist already, and repetitions within jobs, are passed over;
// the result counts the others.
func (q *Queue) Insert(ctx context.Context, tx Tx, jobs []Job) (int, error) {
	var params []river.InsertManyParams
	seen := map[string]bool{} // River misreports a unique key that comes twice in one call
	queues := map[string]bool{}
	for _, j := range jobs {
		kind, ok := q.cfg.Kinds[j.Kind]
		if !ok {
			return 0, fmt.Errorf("queue: there is no kind %q", j.Kind)
		}
		args, err := newArgs(j)
		if err != nil {
			return 0, fmt.Errorf("queue: arguments of a %s job: %w", j.Kind, err)
		}
		if id := j.Kind + "\x00" + string(args.encoded); seen[id] {
			continue
		} else {
			seen[id] = true
		}
		name := queueName(j.Queue)
		queues[name] = true
		params = append(params, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{
			MaxAttempts: kind.attempts(),
			Priority:    max(j.Priority, 1),
			Queue:       name,
			ScheduledAt: j.NotFirst,
			UniqueOpts:  river.UniqueOpts{ByArgs: true},
		}})
	}
	if len(params) == 0 {
		return 0, nil
	}
	results, err := q.river.insert(ctx, tx.Unwrap(), params)
	if err != nil {
		return 0, fmt.Errorf("queue: insert %d jobs: %w", len(params), err)
	}
	n := 0
	for _, r := range results {
		if !r.UniqueSkippedAsDuplicate {
			n++
		}
	}
	if n > 0 {
		tx.OnCommit(func() {
			if q.wake != nil {
				for name := range queues {
					q.wake.insert(name)
				}
			}
			q.ended.changed()
		})
	}
	return n, nil
}

// GiveUp makes an error final: the job is not tried again.
func GiveUp(err error) error { return river.JobCancel(err) }

// Later has a job tried again after d, as often as it says so.
func Later(d time.Duration) error { return river.JobSnooze(max(d, 0)) }
