package store

import (
	"context"
	"errors"
	"time"

	"respawn/tracker"
)

const runColumns = `id, case_id, scheduled_at, started_at, finished_at, verdict, reason, coverage`

func scanRun(r rows, run *tracker.Run) error {
	return r.Scan(&run.ID, &run.Case, msTime{&run.ScheduledAt}, msTime{&run.StartedAt}, msTime{&run.FinishedAt},
		&run.Verdict, &run.Reason, jsonOf{&run.Coverage})
}

// StartRun is the run of a case for a scheduled time. The first call makes it,
// any later one, perhaps of another process after a crash, resumes it: the same
// scheduled time is the same run, and one that is finished comes back finished.
func (tx *Tx) StartRun(ctx context.Context, c tracker.CaseID, scheduledAt time.Time) (run tracker.Run, resumed bool, err error) {
	act := "start a run of " + string(c)
	find := func() error {
		run, err = tx.firstRun(ctx, `WHERE case_id = $1 AND scheduled_at = $2`, string(c), ms(scheduledAt))
		return err
	}
	if err := find(); !errors.Is(err, ErrNotFound) {
		return run, true, wrap(act, err)
	}
	n, err := tx.q.exec(ctx, `INSERT INTO run (case_id, scheduled_at, started_at, finished_at, verdict, reason, coverage)
		VALUES ($1, $2, $3, 0, '', '', '{}') ON CONFLICT (case_id, scheduled_at) DO NOTHING`,
		string(c), ms(scheduledAt), ms(tx.Now))
	if err == nil {
		err = find()
	}
	return run, n == 0, wrap(act, err)
}

// FinishRun writes the verdict, reason and coverage of run and the time it
// finished: run.FinishedAt, or the transaction's where that is zero. A run that
// is finished stays as it is: finishing it again, as after a crash, does nothing.
func (tx *Tx) FinishRun(ctx context.Context, run tracker.Run) error {
	cov, err := jsonText(run.Coverage)
	if err != nil {
		return wrap("finish a run", err)
	}
	at := run.FinishedAt
	if at.IsZero() {
		at = tx.Now
	}
	n, err := tx.q.exec(ctx, `UPDATE run SET finished_at = $1, verdict = $2, reason = $3, coverage = $4 WHERE id = $5 AND finished_at = 0`,
		ms(at), string(run.Verdict), run.Reason, cov, int64(run.ID))
	if err == nil && n == 0 {
		_, err = tx.firstRun(ctx, `WHERE id = $1`, int64(run.ID))
	}
	return wrap("finish a run", err)
}

// Run is one run.
func (v *View) Run(ctx context.Context, id tracker.RunID) (tracker.Run, error) {
	run, err := v.firstRun(ctx, `WHERE id = $1`, int64(id))
	return run, wrap("read a run", err)
}

// Runs are the runs of a case scheduled at since or later, oldest first. The
// zero CaseID is every case.
func (v *View) Runs(ctx context.Context, c tracker.CaseID, since time.Time) ([]tracker.Run, error) {
	rs, err := list(ctx, v.q, scanRun, `SELECT `+runColumns+` FROM run
		WHERE ($1 = '' OR case_id = $1) AND scheduled_at >= $2 ORDER BY scheduled_at, id`, string(c), ms(since))
	return rs, wrap("list the runs", err)
}

// LastFinished is the newest run of the case that has finished, void or not.
func (v *View) LastFinished(ctx context.Context, c tracker.CaseID) (tracker.Run, error) {
	run, err := v.firstRun(ctx, `WHERE case_id = $1 AND finished_at > 0 ORDER BY scheduled_at DESC LIMIT 1`, string(c))
	return run, wrap("read the last finished run", err)
}

// Unfinished are the runs that were started and not finished, oldest first: what
// a restart has to resume.
func (v *View) Unfinished(ctx context.Context) ([]tracker.Run, error) {
	rs, err := list(ctx, v.q, scanRun, `SELECT `+runColumns+` FROM run WHERE finished_at = 0 ORDER BY scheduled_at, id`)
	return rs, wrap("list the unfinished runs", err)
}

func (v *View) firstRun(ctx context.Context, where string, args ...any) (run tracker.Run, err error) {
	rs, err := list(ctx, v.q, scanRun, `SELECT `+runColumns+` FROM run `+where, args...)
	switch {
	case err != nil:
		return run, err
	case len(rs) == 0:
		return run, ErrNotFound
	case len(rs) > 1:
		return run, errors.New("more than one run")
	}
	return rs[0], nil
}
