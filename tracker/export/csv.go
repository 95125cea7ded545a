package export

import (
	"io"
	"strconv"
	"strings"
	"time"

	"respawn/tracker"
)

// A csvColumn is one column of the CSV. docs/export.md says what each means; a
// test holds the two together. Columns are only ever added, at the end.
type csvColumn struct {
	name  string
	value func(d *tracker.Dossier, m Meta) string
}

var csvColumns = []csvColumn{
	{"name", func(d *tracker.Dossier, _ Meta) string { return string(d.Name) }},
	{"name_unicode", func(d *tracker.Dossier, _ Meta) string { return d.Name.Unicode() }},
	{"case", func(d *tracker.Dossier, _ Meta) string { return string(d.Case) }},
	{"role", func(d *tracker.Dossier, _ Meta) string { return roleOf(d) }},
	{"replaces", func(d *tracker.Dossier, _ Meta) string {
		if d.Replacement() && d.Link.Relation == tracker.RelationReplacement {
			return string(d.Link.Old)
		}
		return ""
	}},
	{"linked_to", ofLink(func(l *tracker.Link) string { return string(l.Old) })},
	{"band", ofLink(func(l *tracker.Link) string { return string(l.Band) })},
	{"relation", ofLink(func(l *tracker.Link) string { return l.Relation })},
	{"score", ofLink(func(l *tracker.Link) string { return strconv.FormatFloat(l.Score, 'f', 3, 64) })},
	{"root", ofRow(func(r *tracker.CaseName) string { return string(r.Name) })},
	{"state", func(d *tracker.Dossier, _ Meta) string { return string(d.State.Status) }},
	{"since_lo", func(d *tracker.Dossier, _ Meta) string { return stamp(d.State.Since.Lo) }},
	{"since_hi", func(d *tracker.Dossier, _ Meta) string { return until(d.State.Since) }},
	{"since_basis", func(d *tracker.Dossier, _ Meta) string { return ownBasis(d.State.Since) }},
	{"registered_lo", func(d *tracker.Dossier, _ Meta) string { at, _ := standing(d); return stamp(at.Lo) }},
	{"registered_hi", func(d *tracker.Dossier, _ Meta) string { at, _ := standing(d); return until(at) }},
	{"registered_basis", func(d *tracker.Dossier, _ Meta) string { _, b := standing(d); return string(b) }},
	{"first_seen_lo", func(d *tracker.Dossier, _ Meta) string { return stamp(d.FirstSeen.Lo) }},
	{"first_seen_hi", func(d *tracker.Dossier, _ Meta) string { return until(d.FirstSeen) }},
	{"first_seen_basis", func(d *tracker.Dossier, _ Meta) string { return ownBasis(d.FirstSeen) }},
	{"ended_lo", func(d *tracker.Dossier, _ Meta) string { return stamp(d.EndedAt.Lo) }},
	{"ended_hi", func(d *tracker.Dossier, _ Meta) string { return until(d.EndedAt) }},
	{"ended_basis", func(d *tracker.Dossier, _ Meta) string { return endedBasis(d) }},
	{"lives", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(len(d.Lives())) }},
	{"birth_lo", ofLife(func(l *tracker.Lifespan) string { return stamp(l.Birth.Lo) })},
	{"birth_hi", ofLife(func(l *tracker.Lifespan) string { return until(l.Birth) })},
	{"birth_basis", ofLife(func(l *tracker.Lifespan) string { return string(l.BirthBasis) })},
	{"death_lo", ofLife(func(l *tracker.Lifespan) string { return stamp(l.Death.Lo) })},
	{"death_hi", ofLife(func(l *tracker.Lifespan) string { return until(l.Death) })},
	{"death_basis", ofLife(func(l *tracker.Lifespan) string { return ownBasis(l.Death) })},
	{"cause", ofLife(func(l *tracker.Lifespan) string { return l.Cause })},
	{"entered_at", ofLife(func(l *tracker.Lifespan) string { return stamp(l.EnteredAt) })},
	{"passed_on_lo", ofLink(func(l *tracker.Link) string { return stamp(l.Until.Lo) })},
	{"passed_on_hi", ofLink(func(l *tracker.Link) string { return until(l.Until) })},
	{"nights_asked", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).asked) }},
	{"nights_in_window", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).all) }},
	{"nights_void", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).void) }},
	{"nights_not_asked", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).notAsked) }},
	{"nights_no_answer", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).noAnswer) }},
	{"run", func(d *tracker.Dossier, m Meta) string { return runText(d, m) }},
	{"as_of", func(d *tracker.Dossier, m Meta) string {
		if d.AsOf.IsZero() {
			return stamp(m.AsOf)
		}
		return stamp(d.AsOf)
	}},
	{"policy", func(_ *tracker.Dossier, m Meta) string { return m.Policy }},
	{"seizure_confirmation", ofRow(func(r *tracker.CaseName) string { return string(r.Confirmation) })},
	{"seizure_phrase", ofRow((*tracker.CaseName).Phrase)},
	{"seized_at", ofRow(func(r *tracker.CaseName) string { return dayStamp(r.SeizedAt) })},
	{"seized_at_basis", ofRow(func(r *tracker.CaseName) string {
		if r.SeizedAt.IsZero() {
			return ""
		}
		return string(tracker.BasisCase)
	})},
	{"kind", ofRow(func(r *tracker.CaseName) string { return string(r.Kind) })},
	{"impersonates", ofRow(func(r *tracker.CaseName) string { return string(r.Impersonates) })},
	{"country", ofRow(func(r *tracker.CaseName) string { return r.Country })},
	{"campaign", ofRow(func(r *tracker.CaseName) string { return r.Campaign })},
	{"source", ofRow(func(r *tracker.CaseName) string { return r.Source })},
	{"found_by", func(d *tracker.Dossier, _ Meta) string { return d.Rule }},
	{"found_from", func(d *tracker.Dossier, _ Meta) string { return string(d.From) }},
	{"registrar", ofRegistration(func(r *tracker.Registration) string { return r.Registrar })},
	{"registrar_id", ofRegistration(func(r *tracker.Registration) string { return r.RegistrarID })},
	{"abuse_email", ofRegistration(func(r *tracker.Registration) string { return r.AbuseEmail })},
	{"expires_at", ofRegistration(func(r *tracker.Registration) string { return stamp(r.ExpiresAt) })},
	{"holder", func(d *tracker.Dossier, _ Meta) string {
		if d.Control == nil {
			return ""
		}
		return d.Control.Holder
	}},
	{"addresses", func(d *tracker.Dossier, _ Meta) string { return strings.Join(addresses(d), " ") }},
	{"nameservers", func(d *tracker.Dossier, _ Meta) string {
		var w []string
		for _, n := range nameservers(d) {
			w = append(w, string(n))
		}
		return strings.Join(w, " ")
	}},
	{"page_class", func(d *tracker.Dossier, _ Meta) string {
		if d.Web == nil {
			return ""
		}
		return string(d.Web.Class)
	}},
	{"page_title", func(d *tracker.Dossier, _ Meta) string {
		if d.Web == nil {
			return ""
		}
		return d.Web.Title
	}},
	{"capture_sha256", func(d *tracker.Dossier, _ Meta) string {
		if d.Web == nil {
			return ""
		}
		return string(d.Web.Capture)
	}},
	{"sentence", func(d *tracker.Dossier, _ Meta) string { return Sentence(d) }},
	{"redirects_to", func(d *tracker.Dossier, _ Meta) string {
		var w []string
		for _, r := range d.Redirects {
			w = append(w, string(r.To))
		}
		return strings.Join(w, " ")
	}},
	{"nights_unseen", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).unseen) }},
	{"days_without_run", func(d *tracker.Dossier, _ Meta) string { return strconv.Itoa(tallyOf(d).gap) }},
}

// Columns are the names of the CSV's columns, in order.
func Columns() []string {
	out := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		out[i] = c.name
	}
	return out
}

// writeCSV writes RFC 4180 with LF, every cell quoted, so that no program splits
// one at a separator of its own choice.
func writeCSV(w io.Writer, ds []tracker.Dossier, m Meta) error {
	if err := writeRecord(w, Columns()); err != nil {
		return err
	}
	rec := make([]string, len(csvColumns))
	for i := range ds {
		for j, c := range csvColumns {
			rec[j] = Inert(Plain(c.value(&ds[i], m)))
		}
		if err := writeRecord(w, rec); err != nil {
			return err
		}
	}
	return nil
}

func writeRecord(w io.Writer, rec []string) error {
	var b strings.Builder
	for i, s := range rec {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(s, `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// Inert keeps spreadsheets from taking a cell for a formula (OWASP, CSV
// injection): a cell that begins like one, or would after the blanks that some
// programs skip, gets an apostrophe, and so does one in which a line break or a
// separator is followed by such a beginning, for programs that split on it.
// Numbers keep their sign.
func Inert(s string) string {
	if s == "" {
		return s
	}
	if s[0] == '-' || s[0] == '+' {
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return s
		}
	}
	start := true
	for i, r := range s {
		switch {
		case strings.ContainsRune("=+-@\t\r\n＝＋－＠\uFE62\uFE63\uFE66\uFE6B", r):
			if start && (i == 0 || !strings.ContainsRune("\t\r\n", r)) {
				return "'" + s
			}
			start = strings.ContainsRune("\t\r\n", r)
		case r == ',' || r == ';' || r == '"':
			start = true
		case r == ' ' || r == '\u00a0' || invisible(r):
			// what cannot be seen does not end a beginning
		default:
			start = false
		}
	}
	return s
}

// standing is the registration of those that the link is about: the newest one, where
// the name was registered anew and is in no other hands.
func standing(d *tracker.Dossier) (tracker.Interval, tracker.DateBasis) {
	if !d.AnewAt.Hi.IsZero() && !d.OtherHands() {
		return d.AnewAt, d.AnewBasis
	}
	return d.RegisteredAt, d.Basis
}

// until is the upper bound of i: the last second of the day where only the day is
// known, so that the two bounds hold every time that the date can mean.
func until(i tracker.Interval) string {
	if !i.Hi.IsZero() && i.Exact() && midnight(i.Hi) {
		return stamp(i.Hi.Add(24*time.Hour - time.Second))
	}
	return stamp(i.Hi)
}

// stamp is RFC 3339 in UTC, to the second; "" for zero.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func dayStamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(dayLayout)
}

func ownBasis(i tracker.Interval) string {
	if i.Hi.IsZero() {
		return ""
	}
	return string(tracker.BasisFirstSeen)
}

// endedBasis is the case file's where the end is its seizure day.
func endedBasis(d *tracker.Dossier) string {
	switch {
	case d.EndedAt.Hi.IsZero():
		return ""
	case d.Row != nil && !d.Row.SeizedAt.IsZero() && d.EndedAt.Exact() && dayOf(d.EndedAt.Lo).Equal(dayOf(d.Row.SeizedAt)):
		return string(tracker.BasisCase)
	}
	return string(tracker.BasisFirstSeen)
}

func runText(d *tracker.Dossier, m Meta) string {
	r := d.Run
	if r == 0 {
		r = m.Run
	}
	if r == 0 {
		return ""
	}
	return strconv.FormatInt(int64(r), 10)
}

func ofLink(f func(*tracker.Link) string) func(*tracker.Dossier, Meta) string {
	return func(d *tracker.Dossier, _ Meta) string {
		if d.Link == nil {
			return ""
		}
		return f(d.Link)
	}
}

func ofRow(f func(*tracker.CaseName) string) func(*tracker.Dossier, Meta) string {
	return func(d *tracker.Dossier, _ Meta) string {
		r := row(d)
		if r == nil {
			return ""
		}
		return f(r)
	}
}

func ofLife(f func(*tracker.Lifespan) string) func(*tracker.Dossier, Meta) string {
	return func(d *tracker.Dossier, _ Meta) string {
		ls := d.Lives()
		if len(ls) == 0 {
			return ""
		}
		return f(&ls[len(ls)-1])
	}
}

func ofRegistration(f func(*tracker.Registration) string) func(*tracker.Dossier, Meta) string {
	return func(d *tracker.Dossier, _ Meta) string {
		if d.Registration == nil {
			return ""
		}
		return f(d.Registration)
	}
}

func addresses(d *tracker.Dossier) []string {
	if d.DNS == nil {
		return nil
	}
	var w []string
	for _, a := range d.DNS.A {
		w = append(w, a.String())
	}
	for _, a := range d.DNS.AAAA {
		w = append(w, a.String())
	}
	return w
}

// nameservers are those of the parent zone, else those that a resolver gave.
func nameservers(d *tracker.Dossier) []tracker.Name {
	switch {
	case d.Delegation != nil && len(d.Delegation.NS) > 0:
		return d.Delegation.NS
	case d.DNS != nil:
		return d.DNS.NS
	}
	return nil
}
