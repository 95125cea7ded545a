package web

import (
	"context"
	"errors"
	"time"

	"respawn/tracker"
)

// ErrNotFound is wrapped by a [Reader]'s error where the case, name or alert asked
// for is not there; the answer is then 404.
var ErrNotFound = errors.New("not found")

// ErrRefused is wrapped by the error of SetAlert where the decision makes no sense
// for that alert; the answer is 400 with its words.
var ErrRefused = errors.New("refused")

// A Reader reads what is shown. It is called from many goroutines at once, must
// honour ctx, and hands over what it returns: web changes none of it.
type Reader interface {
	// Cases are all cases. An empty list is no error.
	Cases(ctx context.Context) ([]tracker.Case, error)
	// Runs are the runs of a case, oldest first, unfinished ones too.
	Runs(ctx context.Context, id tracker.CaseID) ([]tracker.Run, error)
	// Dossiers are those of all names of a case, or of those named. A name of
	// which nothing is known has none, which is no error.
	Dossiers(ctx context.Context, id tracker.CaseID, only ...tracker.Name) ([]tracker.Dossier, error)
	// Alerts are those that the filter chooses, newest first.
	Alerts(ctx context.Context, f AlertFilter) ([]Alert, error)
}

// An AlertFilter chooses alerts. Zero fields choose all.
type AlertFilter struct {
	Case  tracker.CaseID
	State tracker.AlertState
	Kind  string
	Name  tracker.Name
}

// An Alert is an alert with what people did with it.
type Alert struct {
	tracker.Alert
	State     tracker.AlertState `json:"state"`
	Reason    string             `json:"reason,omitempty"`
	ChangedAt time.Time          `json:"changed_at,omitzero"`
}
