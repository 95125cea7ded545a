package scan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
	"respawn/tracker/survival"
)

// Clocks of the statistics. They are never mixed: a registered name is not yet a
// site, and a site that is up may be weeks older than the night that saw it.
const (
	ClockRegistered = "seizure-to-registered" // of the first replacement
	ClockLive       = "seizure-to-live"       // of the first replacement's site
	ClockLifespan   = "replacement-lifespan"  // from first live to the end
)

// Sources of the dates behind a row.
const (
	SourceRegistry  = "registry"   // the registry's own day
	SourceFirstSeen = "first-seen" // between two of our own looks
)

// A StatRow is one unit of a statistic with its interval, in days.
type StatRow struct {
	Clock        string               `json:"clock"`
	Stratum      string               `json:"stratum"` // own-brand, brand-spoof, unstated; or by [StatOptions.By]
	Source       string               `json:"source"`
	Name         tracker.Name         `json:"name"`              // the seized name, or the replacement whose life it is
	By           tracker.Name         `json:"by,omitempty"`      // the first replacement
	Confirmation tracker.Confirmation `json:"confirmation"`      // of the seizure that it goes back to
	Circular     bool                 `json:"circular"`          // reported seized because its label returned
	Undated      bool                 `json:"undated,omitempty"` // of registry dates, and the registry gives none
	Cause        string               `json:"cause,omitempty"`   // of death, for lifespans
	Row          survival.Row         `json:"row"`
}

// Group is the name under which the row's estimate is printed and `survival`
// groups it.
func (r StatRow) Group() string { return r.Clock + "/" + r.Stratum + "/" + r.Source }

const dayHours = 24.0

func days(d time.Duration) float64 { return d.Hours() / dayHours }

// Strata of the statistics, see [StatOptions].
const (
	ByKind      = "kind" // own brand or spoof, of the seized name
	ByCampaign  = "campaign"
	BySuffix    = "suffix"
	ByRegistrar = "registrar"
	ByHost      = "host" // who announces the address, else who serves the zone
)

// StatStrata are what statistics can be divided by.
var StatStrata = []string{ByKind, ByCampaign, BySuffix, ByRegistrar, ByHost}

// StatOptions choose the rows. The zero value is the first replacement of each
// name, by kind.
type StatOptions struct {
	// By is one of StatStrata; "" is ByKind. Kind and campaign are those of the
	// seized name. The others are of the seized name for the clocks that start at
	// the seizure, and of the replacement for its lifespan.
	By string
	// Nth counts to the n-th replacement of each name, and the clock's name ends in
	// "-n"; 0 and 1 are the first.
	Nth int
}

// StatRows makes the rows of every clock, stratum and date source from what is
// known at the last finished run. Names that were never replaced are censored at
// the last time by which the whole candidate space had been asked, not at "now".
func StatRows(ds []tracker.Dossier, runs []tracker.Run, o StatOptions) []StatRow {
	rotation := coveredUntil(runs)
	byName := map[tracker.Name]*tracker.Dossier{}
	for i := range ds {
		byName[ds[i].Name] = &ds[i]
	}
	var out []StatRow
	for i := range ds {
		d := &ds[i]
		if d.Row != nil && d.Row.Role == tracker.RoleSeized && !d.Row.SeizedAt.IsZero() {
			out = append(out, replacementRows(d, byName, coveredFor(runs, d.Name.Label(), rotation), o)...)
		}
		if d.Replacement() && succeeds(d.Link) && d.Root != nil && d.Root.Role == tracker.RoleSeized {
			out = append(out, lifespanRows(d, o)...)
		}
	}
	slices.SortStableFunc(out, func(a, b StatRow) int {
		return cmp.Or(cmp.Compare(a.Clock, b.Clock), cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// coveredUntil is the latest time since which every candidate has been asked: that
// of the oldest run of the last full turn of the rotation, or of a full run that
// came later. Zero if there was neither.
func coveredUntil(runs []tracker.Run) time.Time {
	var turn []tracker.Run
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if r.Verdict != tracker.RunComplete {
			continue
		}
		if r.Coverage.Full {
			return r.ScheduledAt // what the turn has not come to since was asked then
		}
		if r.Coverage.Slice < 0 {
			continue
		}
		if slices.ContainsFunc(turn, func(x tracker.Run) bool { return x.Coverage.Slice == r.Coverage.Slice }) {
			continue
		}
		if turn = append(turn, r); len(turn) == r.Coverage.Slices {
			return r.ScheduledAt
		}
	}
	return time.Time{}
}

// coveredFor is the latest time by which every candidate of one label had been
// asked: later than the rotation's where the label was asked in full.
func coveredFor(runs []tracker.Run, label string, rotation time.Time) time.Time {
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if r.ScheduledAt.Before(rotation) {
			break
		}
		if _, full := slices.BinarySearch(r.Coverage.FullLabels, label); full && r.Verdict == tracker.RunComplete {
			return r.ScheduledAt
		}
	}
	return rotation
}

func replacementRows(d *tracker.Dossier, byName map[tracker.Name]*tracker.Dossier, covered time.Time, o StatOptions) []StatRow {
	seized := d.Row.SeizedAt
	if !covered.After(seized) {
		return nil // the case was not watched after the seizure
	}
	var registered, seen, live []arrival
	for _, l := range d.ReplacedBy {
		n := byName[l.New]
		if n == nil || !succeeds(&l) {
			continue
		}
		switch {
		case n.Basis == tracker.BasisRegistry:
			// Both are days: a name registered on the day after the seizure took one day.
			t := max(0, days(n.RegisteredAt.Hi.UTC().Truncate(24*time.Hour).Sub(seized.UTC().Truncate(24*time.Hour))))
			registered = append(registered, arrival{n.Name, t, t, false})
		case !n.RegisteredAt.Hi.IsZero():
			registered = append(registered, arrivalOf(n.Name, n.RegisteredAt, seized, true))
		}
		if !n.FirstSeen.Hi.IsZero() {
			seen = append(seen, arrivalOf(n.Name, n.FirstSeen, seized, false))
		}
		if b, ok := birth(n); ok {
			live = append(live, arrivalOf(n.Name, b, seized, false))
		}
	}
	base := StatRow{Stratum: stratum(d, d.Row, o.By), Name: d.Name, Confirmation: d.Row.Confirmation, Circular: d.Row.Confirmation == tracker.LabelCorroborated}
	row := func(clock, source string, as []arrival) StatRow {
		x := base
		x.Clock, x.Source = clock, source
		if o.Nth > 1 {
			x.Clock = fmt.Sprintf("%s-%d", clock, o.Nth)
		}
		x.Row = survival.Censored(days(covered.Sub(seized)))
		if a, ok := nth(as, max(1, o.Nth)); ok {
			x.By, x.Row, x.Undated = a.name, survival.Between(a.lo, a.hi), a.undated
		}
		x.Row.Group = x.Group()
		return x
	}
	return []StatRow{row(ClockRegistered, SourceRegistry, registered), row(ClockRegistered, SourceFirstSeen, seen), row(ClockLive, SourceFirstSeen, live)}
}

// An arrival is when one replacement came, in days after the seizure: in (lo, hi].
type arrival struct {
	name    tracker.Name
	lo, hi  float64
	undated bool
}

// arrivalOf takes an observed interval; what lies before the start begins there.
func arrivalOf(n tracker.Name, i tracker.Interval, start time.Time, undated bool) arrival {
	lo := 0.0
	if !i.Lo.IsZero() {
		lo = max(0, days(i.Lo.Sub(start)))
	}
	return arrival{n, lo, max(lo, days(i.Hi.Sub(start))), undated}
}

// nth is when the n-th of several came. Where their intervals overlap nobody knows
// which it was: it came after the n-th of all lower ends and by the n-th of all
// upper ones. The name is that of the upper one.
func nth(as []arrival, n int) (arrival, bool) {
	if len(as) < n {
		return arrival{}, false
	}
	as = slices.Clone(as)
	slices.SortFunc(as, func(a, b arrival) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.name, b.name)) })
	lo := as[n-1].lo
	slices.SortFunc(as, func(a, b arrival) int { return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.name, b.name)) })
	x := as[n-1]
	x.lo = lo
	return x, true
}

// succeeds says whether a link is counted as the return of one particular name.
// A site under a new label is run by the same people and stands in for no name
// more than for another; counting it would make returns of whichever name it
// resembles most.
func succeeds(l *tracker.Link) bool {
	return l.Relation == tracker.RelationReplacement && l.New.Label() == l.Old.Label()
}

// birth is when the first life of a name began, as observed.
func birth(d *tracker.Dossier) (tracker.Interval, bool) {
	if d == nil {
		return tracker.Interval{}, false
	}
	for _, l := range d.Lifespans {
		if !l.Birth.Hi.IsZero() {
			return l.Birth, true
		}
	}
	return tracker.Interval{}, false
}

// lifespanRows are the lives of a replacement: born in one interval, ended in
// another, so lasting between the inner and the outer distance. A site that was up
// already when it was first looked at began at some time since its registration,
// and enters the risk set late: it would not have been found had it ended before.
// Where no registration dates it either, nothing says how long it had been up, and
// it has no row.
func lifespanRows(d *tracker.Dossier, o StatOptions) []StatRow {
	var out []StatRow
	for _, l := range d.Lifespans {
		if l.Birth.Hi.IsZero() {
			continue
		}
		born, entry := l.Birth.Lo, 0.0
		if born.IsZero() {
			if born = d.RegisteredAt.Lo; d.Basis != tracker.BasisRegistry || born.IsZero() || born.After(l.Birth.Hi) {
				continue
			}
			entry = days(l.Birth.Hi.Sub(born)) / 2 // as if it began in the middle of what is known
		}
		r := StatRow{Clock: ClockLifespan, Stratum: stratum(d, d.Root, o.By), Source: SourceFirstSeen, Name: d.Name, Cause: l.Cause,
			Confirmation: d.Root.Confirmation, Circular: d.Root.Confirmation == tracker.LabelCorroborated}
		left := max(0, days(l.Death.Lo.Sub(l.Birth.Hi)))
		right := math.Inf(1)
		if !l.Death.Hi.IsZero() {
			right = max(left, days(l.Death.Hi.Sub(born)))
		} else if entry > 0 {
			left += entry // from the same middle on
		}
		r.Row = survival.Row{Left: left, Right: right, Entry: entry}
		r.Row.Group = r.Group()
		if r.Row.Validate() == nil {
			out = append(out, r)
		}
	}
	return out
}

// stratum is what a row is counted under: of the row of the case that it goes back
// to, or of the name itself.
func stratum(d *tracker.Dossier, row *tracker.CaseName, by string) string {
	value := ""
	switch by {
	case ByCampaign:
		value = row.Campaign
	case BySuffix:
		value = "." + d.Name.Suffix()
	case ByRegistrar:
		if d.Registration != nil {
			value = d.Registration.Registrar
		}
	case ByHost:
		value = host(d)
	default:
		if row.Kind != tracker.KindUnstated {
			value = string(row.Kind)
		}
	}
	if value == "" {
		return "unstated"
	}
	return strings.ReplaceAll(value, "/", "-") // which divides the parts of a group
}

// host is who serves a site, as far as was learned: who announces its address,
// else under whose domain its name servers are.
func host(d *tracker.Dossier) string {
	if d.DNS == nil || d.Control != nil && !held(d.Control) {
		return "" // where it is now is with those who took it
	}
	if len(d.DNS.ASN) > 0 {
		return d.DNS.ASN[0].Holder
	}
	if len(d.DNS.NS) > 0 {
		return string(d.DNS.NS[0].Registrable())
	}
	return ""
}
