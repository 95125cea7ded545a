package queue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// fetchCooldown bounds how often River looks for jobs, and with the number of
// workers its throughput: its default of 100 ms allows 10 batches a second to
// each worker.
const fetchCooldown = 2 * time.Millisecond

// fetchPoll is how often River looks without being woken: for retries that have
// come due, and for jobs that other processes inserted.
const fetchPoll = 250 * time.Millisecond

func (q *Queue) config(longest time.Duration) *river.Config {
	c := &river.Config{
		FetchCooldown:     fetchCooldown,
		FetchPollInterval: cmp.Or(q.cfg.poll, fetchPoll),
		JobTimeout:        -1, // each kind has its own
		Logger:            slog.New(warnings{q.cfg.Log.Handler()}),
		// A worker that is gone without a word (on Postgres; takeBack is for SQLite)
		// is noticed when its job should long have ended.
		RescueStuckJobsAfter: longest + time.Minute,
		SoftStopTimeout:      q.cfg.Grace,
		Workers:              q.workers(),
	}
	if len(q.cfg.Workers) > 0 {
		c.Queues = map[string]river.QueueConfig{}
		for name, n := range q.cfg.Workers {
			c.Queues[queueName(name)] = river.QueueConfig{MaxWorkers: n}
		}
	}
	return c
}

func (q *Queue) longest() time.Duration {
	d := defaultDeadline
	for _, k := range q.cfg.Kinds {
		d = max(d, k.deadline())
	}
	return d
}

func (q *Queue) openSQLite(ctx context.Context, db Database) error {
	pool := db.SQLite()
	if pool == nil {
		return errors.New("the database is not open for writing")
	}
	working := len(q.cfg.Workers) > 0
	if working {
		var err error
		if q.lock, err = takeProcessLock(ctx, db.Path()); err != nil {
			return err
		}
	}
	driver := newLocalDriver(pool)
	q.wake = driver.listener
	if err := migrate[*sql.Tx](ctx, driver); err != nil {
		return err
	}
	// The index survives as long as River does not rebuild its table, which its
	// migrations do; so it is asked for each time.
	if _, err := pool.ExecContext(ctx, `CREATE INDEX IF NOT EXISTS respawn_job_run ON river_job (`+sqliteRun+`, state)`); err != nil {
		return err
	}
	if working {
		if err := takeBack(ctx, pool); err != nil {
			return err
		}
	}
	abs, err := filepath.Abs(db.Path())
	if err != nil {
		return err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: "_pragma=busy_timeout(10000)&_pragma=query_only(1)"}
	if q.reader, err = sql.Open("sqlite", u.String()); err != nil {
		return err
	}
	c, err := river.NewClient[*sql.Tx](driver, q.config(q.longest()))
	if err != nil {
		return err
	}
	q.river = client[*sql.Tx]{c, func(ctx context.Context, run string) (counts, error) { return countSQL(ctx, q.reader, run) }}
	return nil
}

func (q *Queue) openPostgres(ctx context.Context, db Database) error {
	pool := db.Postgres()
	driver := riverpgxv5.New(pool)
	// Several processes may start at once. River's migrations have no lock of
	// their own.
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrateLock); err != nil {
		return err
	}
	err = migrate[pgx.Tx](ctx, driver)
	if err == nil {
		_, err = conn.Exec(ctx, `CREATE INDEX IF NOT EXISTS respawn_job_run ON river_job ((`+postgresRun+`), state)`)
	}
	if _, uerr := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrateLock); err != nil || uerr != nil {
		return errors.Join(err, uerr)
	}
	c, err := river.NewClient[pgx.Tx](driver, q.config(q.longest()))
	if err != nil {
		return err
	}
	q.river = client[pgx.Tx]{c, func(ctx context.Context, run string) (counts, error) { return countPgx(ctx, pool, run) }}
	return nil
}

// The run of a job, in the SQL of either database.
const (
	sqliteRun   = `json_extract(args, '$.run')`
	postgresRun = `args->>'run'`
)

// migrateLock is the key of the Postgres advisory lock around migrations.
const migrateLock = int64(0x7265_7370_6177_6e02) // "respawn", 2

func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring its tables up to date: %w", err)
	}
	return nil
}

// client is a River client on one of the two databases.
type client[T any] struct {
	*river.Client[T]
	counter func(ctx context.Context, run string) (counts, error)
}

func (c client[T]) insert(ctx context.Context, tx any, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
	t, ok := tx.(T)
	if !ok {
		return nil, fmt.Errorf("the transaction is a %T, of another database", tx)
	}
	return c.InsertManyTx(ctx, t, params)
}

func (c client[T]) start(ctx context.Context) error { return c.Start(ctx) }

func (c client[T]) stopped() <-chan struct{} { return c.Stopped() }

func (c client[T]) count(ctx context.Context, run string) (counts, error) { return c.counter(ctx, run) }

// The counts come from one query, so that no job is seen in two states or none.
// Running jobs are few, and each comes as a row of its own.
const countQuery = `SELECT state, COUNT(*), CASE WHEN state = 'running' THEN id ELSE 0 END FROM river_job WHERE %s = $1 GROUP BY 1, 3`

var (
	countSQLite   = fmt.Sprintf(countQuery, sqliteRun)
	countPostgres = fmt.Sprintf(strings.Replace(countQuery, "state,", "state::text,", 1), postgresRun)
)

func countSQL(ctx context.Context, db *sql.DB, run string) (c counts, err error) {
	rows, err := db.QueryContext(ctx, countSQLite, run)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := c.add(rows.Scan); err != nil {
			return c, err
		}
	}
	return c, rows.Err()
}

func countPgx(ctx context.Context, pool *pgxpool.Pool, run string) (c counts, err error) {
	rows, err := pool.Query(ctx, countPostgres, run)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := c.add(rows.Scan); err != nil {
			return c, err
		}
	}
	return c, rows.Err()
}

func (c *counts) add(scan func(dest ...any) error) error {
	var state string
	var n int
	var id int64
	if err := scan(&state, &n, &id); err != nil {
		return err
	}
	if c.states == nil {
		c.states = map[rivertype.JobState]int{}
	}
	c.states[rivertype.JobState(state)] += n
	if id != 0 {
		c.running = append(c.running, id)
	}
	return nil
}

// warnings passes on what River says at level warn and above. Below that it
// reports every start, stop and count.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(as []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(as)} }

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
