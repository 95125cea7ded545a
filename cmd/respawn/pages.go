package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"respawn/tracker"
	"respawn/tracker/export"
	"respawn/tracker/scan"
	"respawn/tracker/store"
	"respawn/tracker/web"
)

// pages is the dashboard over the database.
func (a *app) pages(k *scannerKit) http.Handler {
	return web.New(web.Config{
		Reader:   webReader{k.store},
		Lifeline: export.Lifeline, Spark: export.Spark, Sentence: export.Sentence, Detail: export.Detail, Words: export.StatusWords, State: export.StateWords, Plain: export.Defang,
		SetAlert: func(ctx context.Context, key string, to tracker.AlertState, reason string) error {
			err := k.store.Tx(ctx, func(tx *store.Tx) error { return tx.SetAlert(ctx, key, to, reason) })
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("alert %s: %w", key, web.ErrNotFound)
			}
			if errors.Is(err, store.ErrUndecidable) {
				return fmt.Errorf("%w: %w", web.ErrRefused, err)
			}
			return err
		},
		Log: a.logger(),
	})
}

// A webReader is the store as the dashboard wants to see it.
type webReader struct {
	st *store.Store
}

var _ web.Reader = webReader{}

func (r webReader) Cases(ctx context.Context) ([]tracker.Case, error) {
	ids, err := r.st.Cases(ctx)
	if err != nil {
		return nil, err
	}
	var out []tracker.Case
	for _, id := range ids {
		rec, err := r.st.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, rec.Case)
	}
	return out, nil
}

func (r webReader) Runs(ctx context.Context, id tracker.CaseID) ([]tracker.Run, error) {
	return r.st.Runs(ctx, id, time.Time{})
}

func (r webReader) Dossiers(ctx context.Context, id tracker.CaseID, only ...tracker.Name) ([]tracker.Dossier, error) {
	ds, err := scan.Dossiers(ctx, scanReader{r.st.View}, id, time.Time{}, only...)
	if errors.Is(err, scan.ErrNoCase) {
		return nil, fmt.Errorf("case %s: %w", id, web.ErrNotFound)
	}
	return ds, err
}

func (r webReader) Alerts(ctx context.Context, f web.AlertFilter) ([]web.Alert, error) {
	recs, err := r.st.Alerts(ctx, store.AlertFilter{Case: f.Case, State: f.State, Kind: f.Kind, Name: f.Name})
	if err != nil {
		return nil, err
	}
	out := make([]web.Alert, len(recs))
	for i, rec := range recs {
		out[i] = web.Alert{Alert: rec.Alert, State: rec.State, Reason: rec.Reason, ChangedAt: rec.ChangedAt}
	}
	slices.Reverse(out)
	return out, nil
}
