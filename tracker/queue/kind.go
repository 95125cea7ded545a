package queue

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/riverqueue/river"
)

const (
	defaultDeadline = 10 * time.Minute
	defaultAttempts = 5
	maxBackoff      = 5 * time.Minute
)

func (k Kind) deadline() time.Duration {
	if k.Deadline == 0 {
		return defaultDeadline
	}
	return k.Deadline
}

func (k Kind) attempts() int {
	if k.Attempts == 0 {
		return defaultAttempts
	}
	return k.Attempts
}

func (k Kind) backoff(attempt int) time.Duration {
	if k.Backoff != nil {
		return k.Backoff(attempt)
	}
	if attempt > 9 { // 2^9 s is beyond the bound
		return maxBackoff
	}
	return min(time.Second<<max(attempt-1, 0), maxBackoff)
}

// ForVantage is the queue of the jobs that must be worked from a vantage. The
// zero vantage is the default queue, which every process works.
func ForVantage(vantage string) string {
	if vantage == "" {
		return ""
	}
	return "vantage-" + vantage
}

// River allows a small alphabet and 64 characters.
var plainQueue = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

// queueName is the name under which River knows a queue.
func queueName(q string) string {
	switch {
	case q == "":
		return river.QueueDefault
	case len(q) <= 64 && plainQueue.MatchString(q):
		return q
	}
	h := hex.EncodeToString([]byte(q))
	if len(h) > 62 {
		h = h[:62]
	}
	return "x-" + h
}

// args carries a job's arguments through River. The encoded form is
// {"args":...,"run":...}: River hashes it for the identity of the job, and the
// index that Drain reads is on run.
type args struct {
	kind    string
	encoded json.RawMessage
}

type envelope struct {
	Args json.RawMessage `json:"args,omitempty"`
	Run  string          `json:"run"`
}

func newArgs(j Job) (args, error) {
	e := envelope{Run: j.Run}
	if len(j.Args) > 0 {
		var b bytes.Buffer
		if err := json.Compact(&b, j.Args); err != nil {
			return args{}, err
		}
		if b.Bytes()[0] != '{' {
			return args{}, errors.New("they must be a JSON object")
		}
		e.Args = b.Bytes()
	}
	b, err := json.Marshal(e)
	return args{kind: j.Kind, encoded: b}, err
}

// Kind implements river.JobArgs.
func (a args) Kind() string { return a.kind }

// MarshalJSON gives the encoded form.
func (a args) MarshalJSON() ([]byte, error) { return a.encoded, nil }

// UnmarshalJSON keeps the encoded form.
func (a *args) UnmarshalJSON(b []byte) error {
	a.encoded = bytes.Clone(b)
	return nil
}

// A worker is one kind as River sees it.
type worker struct {
	river.WorkerDefaults[args]
	kind  Kind
	ended *endings
}

func (w *worker) Work(ctx context.Context, rj *river.Job[args]) error {
	var e envelope
	var plain bytes.Buffer // Postgres puts blanks into JSON
	if err := json.Compact(&plain, rj.Args.encoded); err != nil {
		return GiveUp(fmt.Errorf("arguments: %w", err))
	}
	if err := json.Unmarshal(plain.Bytes(), &e); err != nil {
		return GiveUp(fmt.Errorf("arguments: %w", err))
	}
	defer w.ended.changed()
	err := w.kind.Work(ctx, Job{
		Kind: rj.Kind, Run: e.Run, Args: e.Args, Queue: rj.Queue, Priority: rj.Priority,
		ID: rj.ID, Attempt: rj.Attempt, Last: rj.Attempt >= rj.MaxAttempts,
	})
	if err == nil {
		w.ended.add(rj.ID)
	}
	return err
}

func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.kind.deadline() }

func (w *worker) NextRetry(rj *river.Job[args]) time.Time {
	return time.Now().Add(w.kind.backoff(rj.Attempt))
}

func (q *Queue) workers() *river.Workers {
	ws := river.NewWorkers()
	for name, k := range q.cfg.Kinds {
		river.AddWorkerArgs[args](ws, args{kind: name}, &worker{kind: k, ended: q.ended})
	}
	return ws
}
