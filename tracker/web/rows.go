package web

import (
	"context"
	"html/template"
	"slices"
	"strings"
	"sync"
	"time"

	"respawn/tracker"
)

// A row is what a list of sites shows of a name. It is a hundredth of a dossier,
// so that the rows of many thousand names fit in memory, drawn once for each run.
type row struct {
	Name         tracker.Name         `json:"name"`
	Defanged     string               `json:"name_defanged"`
	Role         string               `json:"role"`
	State        tracker.Status       `json:"state"`
	Since        tracker.Interval     `json:"since"`
	LinkedTo     tracker.Name         `json:"linked_to,omitempty"`
	Band         tracker.Band         `json:"band,omitempty"`
	Relation     string               `json:"relation,omitempty"`
	Score        float64              `json:"score,omitempty"`
	Phrase       string               `json:"seizure_phrase,omitempty"`
	Confirmation tracker.Confirmation `json:"seizure_confirmation,omitempty"`
	RegisteredAt tracker.Interval     `json:"registered_at,omitzero"`
	Basis        tracker.DateBasis    `json:"registered_basis,omitempty"`
	FirstSeen    tracker.Interval     `json:"first_seen,omitzero"`
	EndedAt      tracker.Interval     `json:"ended_at,omitzero"`
	Asked        int                  `json:"nights_asked"`
	Nights       int                  `json:"nights_in_window"`
	WithoutRun   int                  `json:"days_without_run"`

	Words string        `json:"-"` // the state, for people
	Spark template.HTML `json:"-"`
}

func (s *server) makeRow(d *tracker.Dossier) row {
	r := row{Name: d.Name, Defanged: d.Name.Defang(), Role: roleOf(d), State: d.State.Status, Since: d.State.Since, RegisteredAt: d.RegisteredAt, Basis: d.Basis,
		FirstSeen: d.FirstSeen, EndedAt: d.EndedAt, Words: s.State(d)}
	if !d.AnewAt.Hi.IsZero() {
		r.RegisteredAt, r.Basis = d.AnewAt, d.AnewBasis
	}
	if r.State == "" {
		r.State = tracker.StatusUnknown
	}
	r.Asked, r.Nights = d.AskedNights()
	r.WithoutRun = d.DaysWithoutRun()
	if d.Link != nil {
		r.LinkedTo, r.Band, r.Relation, r.Score = d.Link.Old, d.Link.Band, d.Link.Relation, d.Link.Score
	}
	c := d.Row
	if c == nil && r.Band.Rank() >= tracker.BandProbable.Rank() {
		c = d.Root // a weaker link does not carry the seizure over
	}
	if c != nil {
		r.Phrase, r.Confirmation = c.Phrase(), c.Confirmation
	}
	if s.Spark != nil {
		r.Spark = s.Spark(d)
	}
	return r
}

// rowCache keeps the rows of each case. Stale rows are shown while new ones are
// made beside the request; only the first request of a case waits.
type rowCache struct {
	s      *server
	mu     sync.Mutex
	by     map[tracker.CaseID]*rowEntry
	spoilt int // counts decisions
}

// The fields of a rowEntry but first are under the cache's mu.
type rowEntry struct {
	first   sync.Mutex // held by the one that gathers for the first time
	rows    []row      // nil: not gathered yet; never changed once set
	run     runMark    // newest run they know of
	at      time.Time  // when their gathering began
	spoilt  int        // how often the cache had been spoilt by then
	loading bool
}

// A runMark tells whether a run has come to an end since.
type runMark struct {
	id       tracker.RunID
	finished time.Time
	verdict  tracker.RunVerdict
}

func newestFinished(runs []tracker.Run) (tracker.Run, bool) {
	for _, r := range slices.Backward(runs) {
		if r.Verdict != tracker.RunUnfinished {
			return r, true
		}
	}
	return tracker.Run{}, false
}

func markOf(runs []tracker.Run) runMark {
	r, _ := newestFinished(runs)
	return runMark{r.ID, r.FinishedAt, r.Verdict}
}

func newRowCache(s *server) *rowCache { return &rowCache{s: s, by: map[tracker.CaseID]*rowEntry{}} }

// maxGather bounds one refresh.
const maxGather = 2 * time.Minute

// get are the rows of a case, by name. runs are those of the case, just read.
func (c *rowCache) get(ctx context.Context, id tracker.CaseID, runs []tracker.Run) ([]row, error) {
	mark := markOf(runs)
	c.mu.Lock()
	e := c.by[id]
	if e == nil {
		e = &rowEntry{}
		c.by[id] = e
	}
	rows := e.rows
	if rows != nil && !e.loading && (e.spoilt != c.spoilt || e.run != mark || time.Since(e.at) > c.s.Fresh) {
		e.loading = true
		c.mu.Unlock()
		detached := context.WithoutCancel(ctx)
		c.s.Go(func() {
			ctx, cancel := context.WithTimeout(detached, maxGather)
			defer cancel()
			if _, err := c.gather(ctx, id, e, mark); err != nil {
				c.s.Log.Error("gather sites", "case", id, "err", err)
			}
		})
		return rows, nil
	}
	c.mu.Unlock()
	if rows != nil {
		return rows, nil
	}
	e.first.Lock()
	defer e.first.Unlock()
	c.mu.Lock()
	rows = e.rows
	c.mu.Unlock()
	if rows != nil {
		return rows, nil
	}
	return c.gather(ctx, id, e, mark)
}

func (c *rowCache) gather(ctx context.Context, id tracker.CaseID, e *rowEntry, mark runMark) ([]row, error) {
	c.mu.Lock()
	began, spoilt := time.Now(), c.spoilt
	c.mu.Unlock()
	ds, err := c.s.Reader.Dossiers(ctx, id)
	rows := make([]row, len(ds))
	for i := range ds {
		rows[i] = c.s.makeRow(&ds[i])
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(string(a.Name), string(b.Name)) })
	c.mu.Lock()
	defer c.mu.Unlock()
	e.loading = false
	if err != nil {
		return nil, err
	}
	e.rows, e.run, e.at, e.spoilt = rows, mark, began, spoilt
	return rows, nil
}

// spoil makes all rows stale: a person's decision may have changed links.
func (c *rowCache) spoil() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoilt++
}
