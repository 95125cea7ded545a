package queue

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// What is written down for many jobs at once is what River's own driver writes for
// each: under every end that a job can come to, in one call, in either order.
func TestEndingsAreWrittenAsRiverWritesThem(t *testing.T) {
	at := time.Date(2025, 3, 7, 3, 0, 0, 123_456_000, time.UTC)
	later := at.Add(time.Hour)
	two := 2
	written := func(t *testing.T, ours bool) (rows []string, returned []int64) {
		d := openDB(t, filepath.Join(t.TempDir(), "q.db"))
		driver := newLocalDriver(d.pool)
		if err := migrate(t.Context(), driver); err != nil {
			t.Fatal(err)
		}
		for id, state := range []string{"running", "running", "running", "running", "available", "cancelled"} {
			if _, err := d.pool.Exec(`INSERT INTO river_job (id, args, kind, max_attempts, state, attempt, attempted_at, finalized_at, scheduled_at)
				VALUES (?, '{}', 'k', 5, ?, 1, '2025-03-07 02:00:00.000', CASE WHEN ? = 'cancelled' THEN '2025-03-07 02:30:00.000' END, '2025-03-07 01:00:00.000')`, id+1, state, state); err != nil {
				t.Fatal(err)
			}
		}
		exec := driver.Driver.GetExecutor()
		if ours {
			exec = driver.GetExecutor()
		}
		got, err := exec.JobSetStateIfRunningMany(t.Context(), &riverdriver.JobSetStateIfRunningManyParams{
			ID:          []int64{2, 1, 3, 4, 5, 6, 99},
			State:       []rivertype.JobState{"completed", "completed", "retryable", "completed", "completed", "completed", "completed"},
			FinalizedAt: []*time.Time{&at, &at, nil, &at, &at, &at, &at}, ScheduledAt: []*time.Time{nil, nil, &later, nil, nil, nil, nil},
			Attempt: []*int{nil, nil, &two, nil, nil, nil, nil}, ErrData: [][]byte{nil, nil, []byte(`{"error":"x"}`), nil, nil, nil, nil},
			MetadataDoMerge: []bool{false, false, false, true, false, false, false}, MetadataUpdates: [][]byte{nil, nil, nil, []byte(`{"a":1}`), nil, nil, nil},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			returned = append(returned, r.ID)
		}
		slices.Sort(returned)
		q, err := d.pool.Query(`SELECT id || ' ' || state || ' ' || attempt || ' ' || coalesce(finalized_at, '-') || ' ' || scheduled_at || ' ' || json(metadata) || ' ' || coalesce(json(errors), '-') FROM river_job ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		for q.Next() {
			var s string
			if err := q.Scan(&s); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, s)
		}
		return rows, returned
	}
	wantRows, wantIDs := written(t, false)
	rows, ids := written(t, true)
	if !slices.Equal(rows, wantRows) || !slices.Equal(ids, wantIDs) {
		t.Errorf("written %q, returned %v\nRiver writes %q and returns %v", rows, ids, wantRows, wantIDs)
	}
	if len(rows) != 6 || rows[0] != "1 completed 1 2025-03-07 03:00:00.123 2025-03-07 01:00:00.000 {} -" {
		t.Errorf("%q", rows)
	}
}
