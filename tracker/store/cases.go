package store

import (
	"context"
	"time"

	"respawn/tracker"
)

// A CaseRecord is a case as the database holds it.
type CaseRecord struct {
	tracker.Case
	EnteredAt time.Time // first import
	UpdatedAt time.Time // last import that changed anything
	// Entered holds, for each name that stands in the case, when it first did.
	Entered map[tracker.Name]Entry
}

// An Entry is when a name came into a case.
type Entry struct {
	At      time.Time // as whatever it was
	Seizure time.Time // as seized; zero = never
}

// Imported says what an import changed. The counts are of names.
type Imported struct {
	Added, Changed, Dropped, Unchanged int
}

// ImportCase stores a case, or brings a stored one to what the file says now.
// Rows that the file left out are dropped from the case (what was observed of
// them stays, and they keep their first entry should they come back); all fields
// of the others follow the file, and so does their order. When a name first
// stood in the case, and when it first stood there as seized, is kept for good:
// the nights after a seizure was entered are searched more closely.
func (tx *Tx) ImportCase(ctx context.Context, c tracker.Case) (Imported, error) {
	n, err := tx.importCase(ctx, c)
	return n, wrap("import case "+string(c.ID), err)
}

func (tx *Tx) importCase(ctx context.Context, c tracker.Case) (Imported, error) {
	var n Imported
	now := ms(tx.Now)
	if _, err := tx.q.exec(ctx, `INSERT INTO case_file (id, title, note, entered_at, updated_at) VALUES ($1, $2, $3, $4, $4)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, note = excluded.note`, string(c.ID), c.Title, c.Note, now); err != nil {
		return n, err
	}
	old, err := tx.caseNames(ctx, c.ID, true)
	if err != nil {
		return n, err
	}
	seen := map[tracker.Name]bool{}
	for i, row := range c.Names {
		if seen[row.Name] {
			continue // the first row of a name counts, as the reader of case files promises
		}
		seen[row.Name] = true
		was, known := old[row.Name]
		switch {
		case !known || was.dropped:
			n.Added++
		case was.CaseName == normal(row) && was.position == i:
			n.Unchanged++
			continue
		case was.CaseName == normal(row):
			n.Unchanged++ // moved within the file
		default:
			n.Changed++
		}
		entered, seizure := now, int64(0)
		if known {
			entered, seizure = ms(was.entry.At), ms(was.entry.Seizure)
		}
		if seizure == 0 && row.Role == tracker.RoleSeized {
			seizure = now
		}
		if err := tx.putCaseName(ctx, c.ID, i, row, entered, seizure); err != nil {
			return n, err
		}
	}
	for name, was := range old {
		if seen[name] || was.dropped {
			continue
		}
		n.Dropped++
		if _, err := tx.q.exec(ctx, `UPDATE case_name SET dropped_at = $1 WHERE case_id = $2 AND name = $3`, now, string(c.ID), string(name)); err != nil {
			return n, err
		}
	}
	if err := tx.putOutlets(ctx, c); err != nil {
		return n, err
	}
	if n.Added+n.Changed+n.Dropped > 0 {
		_, err = tx.q.exec(ctx, `UPDATE case_file SET updated_at = $1 WHERE id = $2`, now, string(c.ID))
	}
	return n, err
}

func (tx *Tx) putCaseName(ctx context.Context, id tracker.CaseID, position int, n tracker.CaseName, entered, seizure int64) error {
	_, err := tx.q.exec(ctx, `
		INSERT INTO case_name (case_id, name, position, role, seized_at, kind, impersonates, country,
			registered_at, registered_at_alt, listed_at, campaign, confirmation, source, note, file, line,
			entered_at, seizure_entered_at, dropped_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0)
		ON CONFLICT (case_id, name) DO UPDATE SET position = excluded.position, role = excluded.role,
			seized_at = excluded.seized_at, kind = excluded.kind, impersonates = excluded.impersonates,
			country = excluded.country, registered_at = excluded.registered_at,
			registered_at_alt = excluded.registered_at_alt, listed_at = excluded.listed_at,
			campaign = excluded.campaign, confirmation = excluded.confirmation, source = excluded.source,
			note = excluded.note, file = excluded.file, line = excluded.line,
			entered_at = excluded.entered_at, seizure_entered_at = excluded.seizure_entered_at, dropped_at = 0`,
		string(id), string(n.Name), position, string(n.Role), ms(n.SeizedAt), string(n.Kind), string(n.Impersonates), n.Country,
		ms(n.RegisteredAt), ms(n.RegisteredAtAlt), ms(n.ListedAt), n.Campaign, string(n.Confirmation), n.Source, n.Note,
		n.Origin.File, n.Origin.Line, entered, seizure)
	return err
}

func (tx *Tx) putOutlets(ctx context.Context, c tracker.Case) error {
	now := ms(tx.Now)
	if _, err := tx.q.exec(ctx, `UPDATE case_outlet SET dropped_at = $1 WHERE case_id = $2 AND dropped_at = 0`, now, string(c.ID)); err != nil {
		return err
	}
	for i, o := range c.Outlets {
		if _, err := tx.q.exec(ctx, `
			INSERT INTO case_outlet (case_id, name, position, title, country, file, line, entered_at, dropped_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
			ON CONFLICT (case_id, name) DO UPDATE SET position = excluded.position, title = excluded.title,
				country = excluded.country, file = excluded.file, line = excluded.line, dropped_at = 0`,
			string(c.ID), string(o.Name), i, o.Title, o.Country, o.Origin.File, o.Origin.Line, now); err != nil {
			return err
		}
	}
	return nil
}

// normal is a row as it comes back from the database: times in UTC.
func normal(n tracker.CaseName) tracker.CaseName {
	for _, t := range []*time.Time{&n.SeizedAt, &n.RegisteredAt, &n.RegisteredAtAlt, &n.ListedAt} {
		*t = fromMS(ms(*t))
	}
	return n
}

type caseRow struct {
	tracker.CaseName
	position int
	entry    Entry
	dropped  bool
}

func (v *View) caseNames(ctx context.Context, id tracker.CaseID, withDropped bool) (map[tracker.Name]caseRow, error) {
	rs, err := v.caseRows(ctx, id, withDropped)
	out := make(map[tracker.Name]caseRow, len(rs))
	for _, r := range rs {
		out[r.Name] = r
	}
	return out, err
}

func (v *View) caseRows(ctx context.Context, id tracker.CaseID, withDropped bool) ([]caseRow, error) {
	return list(ctx, v.q, func(r rows, c *caseRow) error {
		var dropped int64
		n := &c.CaseName
		err := r.Scan(&n.Name, &c.position, &n.Role, msTime{&n.SeizedAt}, &n.Kind, &n.Impersonates, &n.Country,
			msTime{&n.RegisteredAt}, msTime{&n.RegisteredAtAlt}, msTime{&n.ListedAt}, &n.Campaign, &n.Confirmation,
			&n.Source, &n.Note, &n.Origin.File, &n.Origin.Line, msTime{&c.entry.At}, msTime{&c.entry.Seizure}, &dropped)
		c.dropped = dropped != 0
		return err
	}, `SELECT name, position, role, seized_at, kind, impersonates, country, registered_at, registered_at_alt, listed_at,
	           campaign, confirmation, source, note, file, line, entered_at, seizure_entered_at, dropped_at
	    FROM case_name WHERE case_id = $1 AND (dropped_at = 0 OR $2 = 1) ORDER BY position, name`, string(id), bit(withDropped))
}

// Case is a stored case with its names and outlets in file order.
func (v *View) Case(ctx context.Context, id tracker.CaseID) (CaseRecord, error) {
	c, err := v.readCase(ctx, id)
	return c, wrap("read case "+string(id), err)
}

func (v *View) readCase(ctx context.Context, id tracker.CaseID) (CaseRecord, error) {
	c := CaseRecord{Entered: map[tracker.Name]Entry{}}
	if err := one(ctx, v.q, []any{&c.ID, &c.Title, &c.Note, msTime{&c.EnteredAt}, msTime{&c.UpdatedAt}},
		`SELECT id, title, note, entered_at, updated_at FROM case_file WHERE id = $1`, string(id)); err != nil {
		return CaseRecord{}, err
	}
	rs, err := v.caseRows(ctx, id, false)
	if err != nil {
		return CaseRecord{}, err
	}
	for _, r := range rs {
		c.Names = append(c.Names, r.CaseName)
		c.Entered[r.Name] = r.entry
	}
	c.Outlets, err = list(ctx, v.q, func(r rows, o *tracker.Outlet) error {
		return r.Scan(&o.Name, &o.Title, &o.Country, &o.Origin.File, &o.Origin.Line)
	}, `SELECT name, title, country, file, line FROM case_outlet WHERE case_id = $1 AND dropped_at = 0 ORDER BY position`, string(id))
	return c, err
}

// Cases are the ids of all stored cases, sorted.
func (v *View) Cases(ctx context.Context) ([]tracker.CaseID, error) {
	ids, err := list(ctx, v.q, func(r rows, id *tracker.CaseID) error { return r.Scan(id) },
		`SELECT id FROM case_file ORDER BY id`)
	return ids, wrap("list the cases", err)
}

// A Known is a name to look at every night.
type Known struct {
	Name tracker.Name
	Rule string       // as in [tracker.Candidate]
	From tracker.Name // the watched name that it was made from or revealed by
	// RevealedBy says what showed the name, for explain: an observation's id, a
	// capture's digest, a feed. Empty where the sweep found it.
	RevealedBy string
	Batch      int64     // that it came from; 0 = from none
	Since      time.Time // set by the store
}

// AddKnown adds names to those that are looked at every night and returns the
// ones that were new. A name that is known already keeps its first rule and
// origin: how a name was found does not change afterwards.
func (tx *Tx) AddKnown(ctx context.Context, c tracker.CaseID, names []Known) ([]tracker.Name, error) {
	var added []tracker.Name
	for _, k := range names {
		n, err := tx.q.exec(ctx, `INSERT INTO known (case_id, name, rule, from_name, revealed_by, batch, since)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id, name) DO NOTHING`,
			string(c), string(k.Name), k.Rule, string(k.From), k.RevealedBy, k.Batch, ms(tx.Now))
		if err != nil {
			return nil, wrap("add known name "+string(k.Name), err)
		}
		if n > 0 {
			added = append(added, k.Name)
		}
	}
	return added, nil
}

// KnownNames are the names of the case to look at every night, sorted.
func (v *View) KnownNames(ctx context.Context, c tracker.CaseID) ([]Known, error) {
	ks, err := list(ctx, v.q, scanKnown, `SELECT name, rule, from_name, revealed_by, batch, since FROM known WHERE case_id = $1 ORDER BY name`, string(c))
	return ks, wrap("list known names", err)
}

// KnownName is one of [View.KnownNames].
func (v *View) KnownName(ctx context.Context, c tracker.CaseID, n tracker.Name) (Known, error) {
	ks, err := list(ctx, v.q, scanKnown, `SELECT name, rule, from_name, revealed_by, batch, since FROM known WHERE case_id = $1 AND name = $2`, string(c), string(n))
	if err == nil && len(ks) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Known{}, wrap("look up "+string(n), err)
	}
	return ks[0], nil
}

func scanKnown(r rows, k *Known) error {
	return r.Scan(&k.Name, &k.Rule, &k.From, &k.RevealedBy, &k.Batch, msTime{&k.Since})
}

// bit is a boolean as it is stored.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
