package queue

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// River's SQLite driver writes down that jobs have ended one statement after the
// other, and parses each anew: half of what a job costs. Nearly all of them have
// simply been done; those are written down here in one statement.

// localExecutor is River's executor for SQLite with that one act replaced.
type localExecutor struct{ riverdriver.Executor }

// GetExecutor implements riverdriver.Driver.
func (d *localDriver) GetExecutor() riverdriver.Executor {
	return localExecutor{d.Driver.GetExecutor()}
}

// markDone does for many jobs what River's own statement does for one that has
// been done: nothing is said of attempts, errors, metadata or a next time. The plus
// keeps SQLite from walking through every running job instead of finding each by
// its key.
const markDone = `UPDATE river_job SET state = 'completed', finalized_at = ?
	WHERE id IN (SELECT value FROM json_each(?)) AND +state = 'running'`

// sqliteTime is the one form in which River compares times on SQLite.
const sqliteTime = "2006-01-02 15:04:05.000"

// JobSetStateIfRunningMany implements riverdriver.Executor. What it has done may be
// done again: a job that no longer runs is left as it is, and is returned as it is.
func (e localExecutor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	var ids []int64
	var end time.Time // of the last of them: they are of the same fraction of a second
	rest := &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i, id := range p.ID {
		if p.State[i] == rivertype.JobStateCompleted && p.FinalizedAt[i] != nil && p.Attempt[i] == nil && p.ErrData[i] == nil && !p.MetadataDoMerge[i] && p.ScheduledAt[i] == nil {
			ids = append(ids, id)
			if p.FinalizedAt[i].After(end) {
				end = *p.FinalizedAt[i]
			}
			continue
		}
		rest.ID, rest.Attempt, rest.ErrData, rest.FinalizedAt = append(rest.ID, id), append(rest.Attempt, p.Attempt[i]), append(rest.ErrData, p.ErrData[i]), append(rest.FinalizedAt, p.FinalizedAt[i])
		rest.MetadataDoMerge, rest.MetadataUpdates = append(rest.MetadataDoMerge, p.MetadataDoMerge[i]), append(rest.MetadataUpdates, p.MetadataUpdates[i])
		rest.ScheduledAt, rest.State = append(rest.ScheduledAt, p.ScheduledAt[i]), append(rest.State, p.State[i])
	}
	var rows []*rivertype.JobRow
	if len(ids) > 0 {
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		if err := e.Exec(ctx, markDone, end.UTC().Round(time.Millisecond).Format(sqliteTime), string(list)); err != nil {
			return nil, err
		}
		if rows, err = e.JobGetByIDMany(ctx, &riverdriver.JobGetByIDManyParams{ID: ids, Schema: p.Schema}); err != nil {
			return nil, err
		}
	}
	if len(rest.ID) == 0 {
		return rows, nil
	}
	more, err := e.Executor.JobSetStateIfRunningMany(ctx, rest)
	return append(rows, more...), err
}
