package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
	"respawn/tracker/alert"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

// A scanStore is the store as tracker/scan wants to see it.
type scanStore struct {
	scanReader
	st       *store.Store
	channels []string // that each new alert is due on
}

func newScanStore(st *store.Store, channels []string) *scanStore {
	return &scanStore{scanReader{st.View}, st, channels}
}

var _ scan.Store = (*scanStore)(nil)

// Write runs fn in one transaction.
func (s *scanStore) Write(ctx context.Context, fn func(scan.Tx) error) error {
	return s.st.Tx(ctx, func(tx *store.Tx) error {
		return fn(&scanTx{scanReader{tx.View}, tx, s.channels})
	})
}

type scanReader struct{ v *store.View }

func (r scanReader) Case(ctx context.Context, id tracker.CaseID) (*tracker.Case, error) {
	c, err := r.v.Case(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, scan.ErrNoCase
	}
	return &c.Case, err
}

func (r scanReader) Runs(ctx context.Context, id tracker.CaseID) ([]tracker.Run, error) {
	return r.v.Runs(ctx, id, time.Time{})
}

func (r scanReader) Run(ctx context.Context, id tracker.RunID) (tracker.Run, error) {
	return r.v.Run(ctx, id)
}

func (r scanReader) HasBatch(ctx context.Context, run tracker.RunID, key string) (bool, error) {
	return r.v.HasBatch(ctx, run, key)
}

func (r scanReader) LastBatch(ctx context.Context, id tracker.CaseID) (int64, error) {
	return r.v.LastBatch(ctx, id)
}

func (r scanReader) Batches(ctx context.Context, id tracker.CaseID, after int64) ([]scan.StoredBatch, error) {
	const page = 1000
	var out []scan.StoredBatch
	for {
		bs, err := r.v.Batches(ctx, id, after, page)
		if err != nil {
			return nil, err
		}
		for _, b := range bs {
			out = append(out, scan.StoredBatch{Seq: b.Seq, Batch: b.Batch})
			after = b.Seq
		}
		if len(bs) < page {
			return out, nil
		}
	}
}

func (r scanReader) Known(ctx context.Context, id tracker.CaseID) ([]scan.Known, error) {
	ks, err := r.v.KnownNames(ctx, id)
	out := make([]scan.Known, len(ks))
	for i, k := range ks {
		out[i] = scan.Known{Name: k.Name, Rule: k.Rule, From: k.From, Since: k.Since}
		if strings.HasPrefix(k.RevealedBy, feedPrefix) {
			out[i].Feed = k.RevealedBy
		} else {
			out[i].RevealedBy = tracker.Name(k.RevealedBy)
		}
	}
	return out, err
}

func (r scanReader) Observations(ctx context.Context, names []tracker.Name, yield func(*tracker.Observation) error) error {
	if len(names) == 0 {
		return nil
	}
	return r.v.Observations(ctx, store.ObservationFilter{Names: names}, yield)
}

func (r scanReader) BatchObservations(ctx context.Context, seq int64, yield func(*tracker.Observation) error) error {
	return r.v.BatchObservations(ctx, seq, yield)
}

func (r scanReader) Fingerprint(ctx context.Context, content tracker.Digest, rule string) (*tracker.Fingerprint, error) {
	f, err := r.v.Fingerprint(ctx, content, rule)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return f, err
}

func (r scanReader) Links(ctx context.Context, id tracker.CaseID) ([]tracker.Link, error) {
	return r.v.Links(ctx, store.LinkFilter{Case: id})
}

func (r scanReader) LinkHistory(ctx context.Context, id tracker.CaseID) ([]tracker.Link, error) {
	pairs, err := r.Links(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []tracker.Link
	for _, p := range pairs {
		ls, err := r.v.LinkHistory(ctx, id, p.New, p.Old)
		if err != nil {
			return nil, err
		}
		out = append(out, ls...)
	}
	slices.SortStableFunc(out, func(a, b tracker.Link) int { return a.At.Compare(b.At) })
	return out, nil
}

func (r scanReader) Rejected(ctx context.Context, id tracker.CaseID) (map[[2]tracker.Name]string, error) {
	pairs, err := r.v.RejectedPairs(ctx, id)
	out := map[[2]tracker.Name]string{}
	for p, why := range pairs {
		out[[2]tracker.Name{p.New, p.Old}] = why
	}
	return out, err
}

func (r scanReader) Cursor(ctx context.Context, stage string, id tracker.CaseID) (int64, error) {
	return r.v.Cursor(ctx, stage, id)
}

// A scanTx is a transaction as tracker/scan wants to see it.
type scanTx struct {
	scanReader
	tx       *store.Tx
	channels []string
}

// BeginRun starts or finds a run.
func (t *scanTx) BeginRun(ctx context.Context, id tracker.CaseID, at, _ time.Time) (tracker.Run, bool, error) {
	run, resumed, err := t.tx.StartRun(ctx, id, at)
	return run, !resumed, err
}

func (t *scanTx) FinishRun(ctx context.Context, run tracker.Run) error {
	if err := t.tx.FinishRun(ctx, run); err != nil {
		return err
	}
	if run.Verdict == tracker.RunVoid {
		return nil // it has seen nothing: what came back meanwhile is still not known
	}
	return t.tx.SettleAlerts(ctx, run.Case, tracker.AlertSilent, fmt.Sprintf("run %d has finished", run.ID))
}

func (t *scanTx) AppendBatch(ctx context.Context, b tracker.Batch, obs []tracker.Observation) (bool, error) {
	a, err := t.tx.AppendBatch(ctx, b, obs)
	return a.New, err
}

func (t *scanTx) AddKnown(ctx context.Context, id tracker.CaseID, _ string, names []scan.Known) ([]scan.Known, error) {
	rows := make([]store.Known, len(names))
	for i, k := range names {
		rows[i] = store.Known{Name: k.Name, Rule: k.Rule, From: k.From, RevealedBy: string(k.RevealedBy)}
	}
	added, err := t.tx.AddKnown(ctx, id, rows)
	var out []scan.Known
	for _, k := range names {
		for _, n := range added {
			if n == k.Name {
				out = append(out, k)
			}
		}
	}
	return out, err
}

func (t *scanTx) PutCapture(ctx context.Context, n tracker.Name, at time.Time, vantage string, capture, content tracker.Digest) error {
	return t.tx.PutCapture(ctx, store.CaptureRef{Name: n, At: at, Vantage: vantage, Digest: capture, Content: content})
}

func (t *scanTx) PutFingerprint(ctx context.Context, content tracker.Digest, f *tracker.Fingerprint) error {
	return t.tx.PutFingerprint(ctx, content, *f)
}

func (t *scanTx) PutLinks(ctx context.Context, id tracker.CaseID, links []tracker.Link) error {
	for _, l := range links {
		if _, err := t.tx.PutLink(ctx, id, l); err != nil {
			return err
		}
	}
	return nil
}

func (t *scanTx) PutProjection(ctx context.Context, id tracker.CaseID, _ tracker.Name, st tracker.State, ts []tracker.Transition, ls []tracker.Lifespan) error {
	return t.tx.PutProjection(ctx, id, st, ts, ls)
}

func (t *scanTx) PutAlerts(ctx context.Context, alerts []tracker.Alert) ([]tracker.Alert, error) {
	var fresh []tracker.Alert
	for _, a := range alerts {
		added, err := t.tx.PutAlert(ctx, a, t.channels)
		if err != nil {
			return nil, err
		}
		if added {
			fresh = append(fresh, a)
		}
	}
	return fresh, nil
}

func (t *scanTx) SetCursor(ctx context.Context, stage string, id tracker.CaseID, seq int64) error {
	return t.tx.SetCursor(ctx, stage, id, seq)
}

// An outbox is the store as tracker/alert wants to see it.
type outbox struct{ st *store.Store }

var _ alert.Outbox = outbox{}

func (o outbox) Due(ctx context.Context, now time.Time, limit int) ([]alert.Delivery, error) {
	ds, err := o.st.DueDeliveries(ctx, now, limit)
	out := make([]alert.Delivery, 0, len(ds))
	for _, d := range ds {
		out = append(out, alert.Delivery{Alert: d.Alert, Channel: d.Channel, Attempts: d.Attempts})
	}
	return out, err
}

func (o outbox) Delivered(ctx context.Context, key, channel string) error {
	return o.st.Tx(ctx, func(tx *store.Tx) error { return tx.Delivered(ctx, key, channel) })
}

func (o outbox) Failed(ctx context.Context, key, channel string, next time.Time, cause string) error {
	return o.st.Tx(ctx, func(tx *store.Tx) error { return tx.DeliveryFailed(ctx, key, channel, next, cause) })
}

func (r scanReader) States(ctx context.Context, id tracker.CaseID) ([]tracker.State, error) {
	return r.v.States(ctx, id)
}

func (r scanReader) Transitions(ctx context.Context, id tracker.CaseID, n tracker.Name) ([]tracker.Transition, error) {
	return r.v.Transitions(ctx, id, n)
}

func (r scanReader) Lifespans(ctx context.Context, id tracker.CaseID, n tracker.Name) ([]tracker.Lifespan, error) {
	return r.v.Lifespans(ctx, id, n)
}

var _ scan.DossierReader = scanReader{}
