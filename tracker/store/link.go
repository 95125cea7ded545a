package store

import (
	"context"
	"errors"

	"respawn/tracker"
)

// PutLink stores the latest score of a pair, and a line of its history where the
// band or the relation is another than before. changed says that it was, or that
// the pair is new. An older score (by At) than the stored one changes nothing.
func (tx *Tx) PutLink(ctx context.Context, c tracker.CaseID, l tracker.Link) (changed bool, err error) {
	changed, err = tx.putLink(ctx, c, l)
	return changed, wrap("store the link "+string(l.New)+" to "+string(l.Old), err)
}

func (tx *Tx) putLink(ctx context.Context, c tracker.CaseID, l tracker.Link) (bool, error) {
	var band, relation string
	var at int64
	err := one(ctx, tx.q, []any{&band, &relation, &at}, `SELECT band, relation, at FROM link WHERE case_id = $1 AND new = $2 AND old = $3`,
		string(c), string(l.New), string(l.Old))
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if known && at > ms(l.At) {
		return false, nil
	}
	j, err := jsonText(l)
	if err != nil {
		return false, err
	}
	args := []any{string(c), string(l.New), string(l.Old), string(l.Band), l.Relation, l.Score, ms(l.At), j}
	if _, err := tx.q.exec(ctx, `INSERT INTO link (case_id, new, old, band, relation, score, at, json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (case_id, new, old) DO UPDATE SET band = excluded.band, relation = excluded.relation,
			score = excluded.score, at = excluded.at, json = excluded.json`, args...); err != nil {
		return false, err
	}
	if known && band == string(l.Band) && relation == l.Relation {
		return false, nil
	}
	_, err = tx.q.exec(ctx, `INSERT INTO link_change (case_id, new, old, band, relation, score, at, json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (case_id, new, old, at) DO UPDATE SET band = excluded.band, relation = excluded.relation,
			score = excluded.score, json = excluded.json`, args...)
	return true, err
}

// A LinkFilter chooses links. Zero fields choose all.
type LinkFilter struct {
	Case     tracker.CaseID
	New, Old tracker.Name
}

// Links are the latest scores that the filter chooses, by new name, then the best
// score first.
func (v *View) Links(ctx context.Context, f LinkFilter) ([]tracker.Link, error) {
	ls, err := list(ctx, v.q, func(r rows, l *tracker.Link) error { return r.Scan(jsonOf{l}) }, `
		SELECT json FROM link WHERE ($1 = '' OR case_id = $1) AND ($2 = '' OR new = $2) AND ($3 = '' OR old = $3)
		ORDER BY new, score DESC, old`, string(f.Case), string(f.New), string(f.Old))
	return ls, wrap("list links", err)
}

// LinkHistory is how the band and relation of a pair changed, oldest first.
func (v *View) LinkHistory(ctx context.Context, c tracker.CaseID, newName, oldName tracker.Name) ([]tracker.Link, error) {
	ls, err := list(ctx, v.q, func(r rows, l *tracker.Link) error { return r.Scan(jsonOf{l}) },
		`SELECT json FROM link_change WHERE case_id = $1 AND new = $2 AND old = $3 ORDER BY at`, string(c), string(newName), string(oldName))
	return ls, wrap("list the history of a link", err)
}

// DropLinks forgets all scores of a case, and their history, so that they can be
// made again from the observations. Rejections stay: they are a person's word.
func (tx *Tx) DropLinks(ctx context.Context, c tracker.CaseID) error {
	for _, q := range []string{`DELETE FROM link WHERE case_id = $1`, `DELETE FROM link_change WHERE case_id = $1`} {
		if _, err := tx.q.exec(ctx, q, string(c)); err != nil {
			return wrap("drop the links of "+string(c), err)
		}
	}
	return nil
}

// RejectPair records a person's word that newName does not replace oldName: such a pair
// never alerts again, until [Tx.SetAlert] confirms it. The first reason is kept.
func (tx *Tx) RejectPair(ctx context.Context, c tracker.CaseID, newName, oldName tracker.Name, reason string) error {
	_, err := tx.q.exec(ctx, `INSERT INTO rejected_pair (case_id, new, old, reason, rejected_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (case_id, new, old) DO NOTHING`, string(c), string(newName), string(oldName), reason, ms(tx.Now))
	return wrap("reject a pair", err)
}

// A Pair is two names of a link.
type Pair struct{ New, Old tracker.Name }

// RejectedPairs are the pairs of a case that people rejected, with their reasons.
func (v *View) RejectedPairs(ctx context.Context, c tracker.CaseID) (map[Pair]string, error) {
	out := map[Pair]string{}
	err := each(ctx, v.q, func(r rows) error {
		var p Pair
		var why string
		if err := r.Scan(&p.New, &p.Old, &why); err != nil {
			return err
		}
		out[p] = why
		return nil
	}, `SELECT new, old, reason FROM rejected_pair WHERE case_id = $1`, string(c))
	return out, wrap("list rejected pairs", err)
}
