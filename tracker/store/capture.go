package store

import (
	"context"
	"time"

	"respawn/tracker"
)

// A CaptureRef points to one look at a site.
type CaptureRef struct {
	Name    tracker.Name
	At      time.Time
	Vantage string
	Digest  tracker.Digest // of the capture record in the blob store
	// Content is what the look saw, whatever the time: two captures with the same
	// content and the same rule have the same fingerprint ([tracker.Web].Fingerprint).
	Content tracker.Digest
}

// PutCapture records a capture. The same name, time and vantage is the same
// capture, and is kept as it was first stored.
func (tx *Tx) PutCapture(ctx context.Context, c CaptureRef) error {
	digest, err := decodeDigest(c.Digest)
	if err != nil {
		return wrap("record a capture of "+string(c.Name), err)
	}
	content, err := decodeDigest(c.Content)
	if err != nil {
		return wrap("record a capture of "+string(c.Name), err)
	}
	_, err = tx.q.exec(ctx, `INSERT INTO capture (name, at, vantage, digest, content) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, string(c.Name), ms(c.At), c.Vantage, digest, content)
	return wrap("record a capture of "+string(c.Name), err)
}

// Captures are the captures of a name, oldest first.
func (v *View) Captures(ctx context.Context, n tracker.Name) ([]CaptureRef, error) {
	cs, err := list(ctx, v.q, func(r rows, c *CaptureRef) error {
		var digest, content []byte
		if err := r.Scan(&c.Name, msTime{&c.At}, &c.Vantage, &digest, &content); err != nil {
			return err
		}
		c.Digest, c.Content = encodeDigest(digest), encodeDigest(content)
		return nil
	}, `SELECT name, at, vantage, digest, content FROM capture WHERE name = $1 ORDER BY at, vantage`, string(n))
	return cs, wrap("list captures of "+string(n), err)
}

// PutFingerprint stores what the extractor version fp.Rule made of a content.
// One that is there already is replaced: the same rule gives the same one.
func (tx *Tx) PutFingerprint(ctx context.Context, content tracker.Digest, fp tracker.Fingerprint) error {
	act := "store a fingerprint of " + string(fp.Name)
	d, err := decodeDigest(content)
	if err != nil {
		return wrap(act, err)
	}
	j, err := jsonText(fp)
	if err != nil {
		return wrap(act, err)
	}
	_, err = tx.q.exec(ctx, `INSERT INTO fingerprint (content, rule, json) VALUES ($1, $2, $3)
		ON CONFLICT (content, rule) DO UPDATE SET json = excluded.json`, d, fp.Rule, j)
	return wrap(act, err)
}

// Fingerprint is what the extractor version rule made of a content, or
// [ErrNotFound] where it has not seen it yet: then it is to be fingerprinted.
// Its Name is the site that the content was first seen at.
func (v *View) Fingerprint(ctx context.Context, content tracker.Digest, rule string) (*tracker.Fingerprint, error) {
	d, err := decodeDigest(content)
	if err != nil {
		return nil, wrap("read a fingerprint", err)
	}
	fp := new(tracker.Fingerprint)
	if err := one(ctx, v.q, []any{jsonOf{fp}}, `SELECT json FROM fingerprint WHERE content = $1 AND rule = $2`, d, rule); err != nil {
		return nil, wrap("read a fingerprint", err)
	}
	return fp, nil
}

// A SeenFingerprint is a fingerprint with the time it was worn.
type SeenFingerprint struct {
	First, Last time.Time // captures with this content
	tracker.Fingerprint
}

// Fingerprints are the different fingerprints, under one rule, that a name has
// worn at or before asOf, the last worn one last. The zero asOf is any time. Name
// is n in all of them.
func (v *View) Fingerprints(ctx context.Context, n tracker.Name, rule string, asOf time.Time) ([]SeenFingerprint, error) {
	fs, err := list(ctx, v.q, func(r rows, f *SeenFingerprint) error {
		err := r.Scan(msTime{&f.First}, msTime{&f.Last}, jsonOf{&f.Fingerprint})
		f.Name = n
		return err
	}, `SELECT MIN(c.at), MAX(c.at), f.json
	    FROM capture c JOIN fingerprint f ON f.content = c.content AND f.rule = $2
	    WHERE c.name = $1 AND (c.at <= $3 OR $3 = 0)
	    GROUP BY c.content, f.json ORDER BY MAX(c.at), MIN(c.at), c.content`, string(n), rule, ms(asOf))
	return fs, wrap("list fingerprints of "+string(n), err)
}

// AddIdentifiers records that a site carried identifiers at a time. It is a
// projection of fingerprints, kept so that the other carriers of an identifier
// can be found.
func (tx *Tx) AddIdentifiers(ctx context.Context, n tracker.Name, at time.Time, ids []tracker.Identifier) error {
	for _, id := range ids {
		if _, err := tx.q.exec(ctx, `INSERT INTO identifier (kind, value, name, first_at, last_at) VALUES ($1, $2, $3, $4, $4)
			ON CONFLICT (kind, value, name) DO UPDATE SET
				first_at = CASE WHEN excluded.first_at < identifier.first_at THEN excluded.first_at ELSE identifier.first_at END,
				last_at = CASE WHEN excluded.last_at > identifier.last_at THEN excluded.last_at ELSE identifier.last_at END`,
			id.Kind, id.Value, string(n), ms(at)); err != nil {
			return wrap("record the identifiers of "+string(n), err)
		}
	}
	return nil
}

// A Carrier is a site that carried an identifier.
type Carrier struct {
	Name        tracker.Name
	First, Last time.Time
}

// Carriers are the sites that carried an identifier, the earliest first.
func (v *View) Carriers(ctx context.Context, kind, value string) ([]Carrier, error) {
	cs, err := list(ctx, v.q, func(r rows, c *Carrier) error { return r.Scan(&c.Name, msTime{&c.First}, msTime{&c.Last}) },
		`SELECT name, first_at, last_at FROM identifier WHERE kind = $1 AND value = $2 ORDER BY first_at, name`, kind, value)
	return cs, wrap("list the carriers of "+kind, err)
}

// IdentifierCounts is how many sites carry each identifier that more than one
// carries: the background against which sharing one is rare or not.
func (v *View) IdentifierCounts(ctx context.Context) (map[tracker.Identifier]int, error) {
	out := map[tracker.Identifier]int{}
	err := each(ctx, v.q, func(r rows) error {
		var id tracker.Identifier
		var n int
		if err := r.Scan(&id.Kind, &id.Value, &n); err != nil {
			return err
		}
		out[id] = n
		return nil
	}, `SELECT kind, value, COUNT(*) FROM identifier GROUP BY kind, value HAVING COUNT(*) > 1`)
	return out, wrap("count identifiers", err)
}
