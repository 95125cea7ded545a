package store

import (
	"context"

	"respawn/tracker"
)

// PutProjection replaces what replay made of one name of a case: its state, all
// its transitions and all its lifespans.
func (tx *Tx) PutProjection(ctx context.Context, c tracker.CaseID, st tracker.State, ts []tracker.Transition, ls []tracker.Lifespan) error {
	return wrap("store the states of "+string(st.Name), tx.putProjection(ctx, c, st, ts, ls))
}

func (tx *Tx) putProjection(ctx context.Context, c tracker.CaseID, st tracker.State, ts []tracker.Transition, ls []tracker.Lifespan) error {
	id, name := string(c), string(st.Name)
	j, err := jsonText(st)
	if err != nil {
		return err
	}
	if _, err := tx.q.exec(ctx, `
		INSERT INTO site_state (case_id, name, incarnation, status, since_lo, since_hi, last_seen, last_asked, json)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (case_id, name) DO UPDATE SET incarnation = excluded.incarnation, status = excluded.status,
			since_lo = excluded.since_lo, since_hi = excluded.since_hi, last_seen = excluded.last_seen,
			last_asked = excluded.last_asked, json = excluded.json`,
		id, name, st.Incarnation, string(st.Status), ms(st.Since.Lo), ms(st.Since.Hi), ms(st.LastSeen), ms(st.LastAsked), j); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM transition WHERE case_id = $1 AND name = $2`, `DELETE FROM lifespan WHERE case_id = $1 AND name = $2`} {
		if _, err := tx.q.exec(ctx, q, id, name); err != nil {
			return err
		}
	}
	for i, t := range ts {
		if j, err = jsonText(t); err != nil {
			return err
		}
		if _, err := tx.q.exec(ctx, `INSERT INTO transition (case_id, name, position, axis, event, lo, hi, json)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, name, i, string(t.Axis), t.Event, ms(t.Window.Lo), ms(t.Window.Hi), j); err != nil {
			return err
		}
	}
	for _, l := range ls {
		if j, err = jsonText(l); err != nil {
			return err
		}
		if _, err := tx.q.exec(ctx, `INSERT INTO lifespan (case_id, name, incarnation, json) VALUES ($1, $2, $3, $4)`,
			id, name, l.Incarnation, j); err != nil {
			return err
		}
	}
	return nil
}

// DropProjections forgets all states, transitions and lifespans of a case, so
// that replay can make them again. Observations are not touched.
func (tx *Tx) DropProjections(ctx context.Context, c tracker.CaseID) error {
	for _, q := range []string{`DELETE FROM site_state WHERE case_id = $1`, `DELETE FROM transition WHERE case_id = $1`, `DELETE FROM lifespan WHERE case_id = $1`} {
		if _, err := tx.q.exec(ctx, q, string(c)); err != nil {
			return wrap("drop the states of "+string(c), err)
		}
	}
	return nil
}

// States are the states of the names of a case, sorted by name.
func (v *View) States(ctx context.Context, c tracker.CaseID) ([]tracker.State, error) {
	ss, err := list(ctx, v.q, func(r rows, s *tracker.State) error { return r.Scan(jsonOf{s}) },
		`SELECT json FROM site_state WHERE case_id = $1 ORDER BY name`, string(c))
	return ss, wrap("list states", err)
}

// State is the state of one name of a case.
func (v *View) State(ctx context.Context, c tracker.CaseID, n tracker.Name) (tracker.State, error) {
	var s tracker.State
	err := one(ctx, v.q, []any{jsonOf{&s}}, `SELECT json FROM site_state WHERE case_id = $1 AND name = $2`, string(c), string(n))
	return s, wrap("read the state of "+string(n), err)
}

// CasesOf are the cases that have a state for a name, sorted: where `show NAME`
// has to look.
func (v *View) CasesOf(ctx context.Context, n tracker.Name) ([]tracker.CaseID, error) {
	cs, err := list(ctx, v.q, func(r rows, c *tracker.CaseID) error { return r.Scan(c) },
		`SELECT case_id FROM site_state WHERE name = $1
		 UNION SELECT case_id FROM case_name WHERE name = $1 AND dropped_at = 0
		 UNION SELECT case_id FROM known WHERE name = $1 ORDER BY 1`, string(n))
	return cs, wrap("list the cases of "+string(n), err)
}

// Transitions are those of one name, or of the whole case for the zero Name, by
// name and then in the order of the replay.
func (v *View) Transitions(ctx context.Context, c tracker.CaseID, n tracker.Name) ([]tracker.Transition, error) {
	ts, err := list(ctx, v.q, func(r rows, t *tracker.Transition) error { return r.Scan(jsonOf{t}) },
		`SELECT json FROM transition WHERE case_id = $1 AND ($2 = '' OR name = $2) ORDER BY name, position`, string(c), string(n))
	return ts, wrap("list transitions", err)
}

// Lifespans are those of one name, or of the whole case for the zero Name, by
// name and incarnation.
func (v *View) Lifespans(ctx context.Context, c tracker.CaseID, n tracker.Name) ([]tracker.Lifespan, error) {
	ls, err := list(ctx, v.q, func(r rows, l *tracker.Lifespan) error { return r.Scan(jsonOf{l}) },
		`SELECT json FROM lifespan WHERE case_id = $1 AND ($2 = '' OR name = $2) ORDER BY name, incarnation`, string(c), string(n))
	return ls, wrap("list lifespans", err)
}
