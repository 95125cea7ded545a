package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"respawn/tracker"
)

// An AlertRecord is an alert with what people did with it.
type AlertRecord struct {
	tracker.Alert
	State     tracker.AlertState
	Reason    string    // given with the state
	ChangedAt time.Time // of the state; zero while it is open
}

// PutAlert stores an alert, open, together with one delivery due at once for
// each channel. An alert whose key is there already changes nothing, whatever
// else it says, and added is false: one fact, one alert.
func (tx *Tx) PutAlert(ctx context.Context, a tracker.Alert, channels []string) (added bool, err error) {
	added, err = tx.putAlert(ctx, a, channels)
	return added, wrap("store alert "+a.Key, err)
}

func (tx *Tx) putAlert(ctx context.Context, a tracker.Alert, channels []string) (bool, error) {
	if a.CreatedAt.IsZero() {
		a.CreatedAt = tx.Now
	}
	j, err := jsonText(a)
	if err != nil {
		return false, err
	}
	n, err := tx.q.exec(ctx, `
		INSERT INTO alert (key, case_id, run_id, kind, name, band, created_at, state, reason, changed_at, json)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9) ON CONFLICT (key) DO NOTHING`,
		a.Key, string(a.Case), int64(a.Run), a.Kind, string(a.Name), string(a.Band), ms(a.CreatedAt), string(tracker.AlertOpen), j)
	if err != nil || n == 0 {
		return false, err
	}
	for _, ch := range channels {
		if _, err := tx.q.exec(ctx, `INSERT INTO delivery (alert_key, channel, attempts, next_at, delivered_at, last_error)
			VALUES ($1, $2, 0, $3, 0, '') ON CONFLICT (alert_key, channel) DO NOTHING`, a.Key, ch, ms(tx.Now)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// ErrUndecidable is wrapped by the error of [Tx.SetAlert] where an alert that is
// about no name is confirmed or rejected.
var ErrUndecidable = errors.New("it is about no name: it can be acknowledged, and there is nothing to confirm or reject")

// SettleAlerts ends the alerts of one kind of a case that nobody has dealt with:
// what they are about is over. Those that a person acknowledged are over, too.
func (tx *Tx) SettleAlerts(ctx context.Context, id tracker.CaseID, kind, reason string) error {
	_, err := tx.q.exec(ctx, `UPDATE alert SET state = $1, reason = $2, changed_at = $3 WHERE case_id = $4 AND kind = $5 AND state IN ($6, $7)`,
		string(tracker.AlertOver), reason, ms(tx.Now), string(id), kind, string(tracker.AlertOpen), string(tracker.AlertAcked))
	return wrap("settle alerts", err)
}

// SetAlert records what a person did with an alert. Rejecting one that names a
// pair rejects the pair, too, so that it never alerts again; confirming it later takes
// that back.
func (tx *Tx) SetAlert(ctx context.Context, key string, to tracker.AlertState, reason string) error {
	a, err := tx.Alert(ctx, key)
	if err != nil {
		return err
	}
	if (to == tracker.AlertConfirmed || to == tracker.AlertRejected) && !a.Decidable() {
		return fmt.Errorf("alert %s: %w", key, ErrUndecidable)
	}
	if _, err := tx.q.exec(ctx, `UPDATE alert SET state = $1, reason = $2, changed_at = $3 WHERE key = $4`,
		string(to), reason, ms(tx.Now), key); err != nil {
		return wrap("change alert "+key, err)
	}
	if a.Name == "" || a.LinkedTo == "" {
		return nil
	}
	switch to {
	case tracker.AlertRejected:
		return tx.RejectPair(ctx, a.Case, a.Name, a.LinkedTo, reason)
	case tracker.AlertConfirmed:
		_, err := tx.q.exec(ctx, `DELETE FROM rejected_pair WHERE case_id = $1 AND new = $2 AND old = $3`, string(a.Case), string(a.Name), string(a.LinkedTo))
		return wrap("take back a rejection", err)
	}
	return nil
}

const alertColumns = `json, state, reason, changed_at`

func scanAlert(r rows, a *AlertRecord) error {
	err := r.Scan(jsonOf{&a.Alert}, &a.State, &a.Reason, msTime{&a.ChangedAt})
	untangle(&a.Alert)
	return err
}

// untangle takes apart what alerts stored by early versions had in one field: they
// called every linked site replaced, and gave it the seizure of the row that the
// chain of links goes back to, which need not be its own. That row's name was not
// kept.
func untangle(a *tracker.Alert) {
	if a.Replaces == "" || a.LinkedTo != "" {
		return
	}
	a.LinkedTo, a.Relation = a.Replaces, tracker.RelationReplacement
	if a.Kind == tracker.AlertNewLabel {
		a.Replaces, a.Relation = "", tracker.RelationOperator
	}
	a.RootConfirmation, a.RootBasis = a.Confirmation, a.Basis
	a.Confirmation, a.Basis = "", ""
}

// Alert is one alert.
func (v *View) Alert(ctx context.Context, key string) (AlertRecord, error) {
	as, err := list(ctx, v.q, scanAlert, `SELECT `+alertColumns+` FROM alert WHERE key = $1`, key)
	if err == nil && len(as) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return AlertRecord{}, wrap("read alert "+key, err)
	}
	return as[0], nil
}

// An AlertFilter chooses alerts. Zero fields choose all.
type AlertFilter struct {
	Case  tracker.CaseID
	State tracker.AlertState
	Name  tracker.Name
	Kind  string
	Run   tracker.RunID
}

// Alerts are the alerts that the filter chooses, oldest first.
func (v *View) Alerts(ctx context.Context, f AlertFilter) ([]AlertRecord, error) {
	as, err := list(ctx, v.q, scanAlert, `SELECT `+alertColumns+` FROM alert
		WHERE ($1 = '' OR case_id = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR name = $3) AND ($4 = '' OR kind = $4)
		  AND (run_id = $5 OR $5 = 0)
		ORDER BY created_at, key`, string(f.Case), string(f.State), string(f.Name), f.Kind, int64(f.Run))
	return as, wrap("list alerts", err)
}

// A Delivery is one alert on its way to one channel.
type Delivery struct {
	Key         string // of the alert; the idempotency key of every attempt
	Channel     string
	Attempts    int       // made so far
	NextAt      time.Time // not before
	DeliveredAt time.Time // zero: not yet
	LastError   string
	Alert       tracker.Alert
}

// DueDeliveries are up to limit deliveries that may be tried now, the longest due
// first. They stay due until [Tx.Delivered] or [Tx.DeliveryFailed]: a process that
// dies in between tries again under the same key.
func (v *View) DueDeliveries(ctx context.Context, now time.Time, limit int) ([]Delivery, error) {
	ds, err := list(ctx, v.q, scanDelivery, deliveryQuery+`
		WHERE d.delivered_at = 0 AND d.next_at <= $1 ORDER BY d.next_at, d.alert_key, d.channel LIMIT $2`, ms(now), limit)
	return ds, wrap("list due deliveries", err)
}

// Undelivered are all deliveries that have not arrived, due or not.
func (v *View) Undelivered(ctx context.Context) ([]Delivery, error) {
	ds, err := list(ctx, v.q, scanDelivery, deliveryQuery+` WHERE d.delivered_at = 0 ORDER BY d.next_at, d.alert_key, d.channel`)
	return ds, wrap("list deliveries", err)
}

// Deliveries are those of one alert.
func (v *View) Deliveries(ctx context.Context, key string) ([]Delivery, error) {
	ds, err := list(ctx, v.q, scanDelivery, deliveryQuery+` WHERE d.alert_key = $1 ORDER BY d.channel`, key)
	return ds, wrap("list deliveries", err)
}

const deliveryQuery = `SELECT d.alert_key, d.channel, d.attempts, d.next_at, d.delivered_at, d.last_error, a.json
	FROM delivery d JOIN alert a ON a.key = d.alert_key`

func scanDelivery(r rows, d *Delivery) error {
	err := r.Scan(&d.Key, &d.Channel, &d.Attempts, msTime{&d.NextAt}, msTime{&d.DeliveredAt}, &d.LastError, jsonOf{&d.Alert})
	untangle(&d.Alert)
	return err
}

// Delivered records that a channel took an alert.
func (tx *Tx) Delivered(ctx context.Context, key, channel string) error {
	return tx.updateDelivery(ctx, `UPDATE delivery SET attempts = attempts + 1, delivered_at = $1, last_error = '' WHERE alert_key = $2 AND channel = $3`,
		ms(tx.Now), key, channel)
}

// DeliveryFailed records an attempt that did not arrive, and when to try again.
func (tx *Tx) DeliveryFailed(ctx context.Context, key, channel string, next time.Time, cause string) error {
	return tx.updateDelivery(ctx, `UPDATE delivery SET attempts = attempts + 1, next_at = $1, last_error = $2 WHERE alert_key = $3 AND channel = $4`,
		ms(next), cause, key, channel)
}

func (tx *Tx) updateDelivery(ctx context.Context, q string, args ...any) error {
	n, err := tx.q.exec(ctx, q, args...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return wrap("record a delivery", err)
}
