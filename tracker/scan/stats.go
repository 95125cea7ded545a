package scan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
	"respawn/tracker/link"
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

// A StatRow is one unit of a statistic with its interval: in days of 24 hours, or,
// of registry dates, in UTC calendar days.
type StatRow struct {
	Clock   string       `json:"clock"`
	Stratum string       `json:"stratum"` // own-brand, brand-spoof, unstated; or by [StatOptions.By]
	Source  string       `json:"source"`
	Name    tracker.Name `json:"name"`         // the seized name, or the replacement whose life it is
	By      tracker.Name `json:"by,omitempty"` // the first replacement
	// Rests is what the event, or for lifespans the row, rests on: confirmed, probable
	// or name-alone; "" where there was no event.
	Rests string `json:"rests_on,omitempty"`
	// SeizedAt is the case file's day. TakenAt, of rows that count from the seizure, is
	// when they begin: that day, or our window where it says more or comes first.
	SeizedAt     time.Time            `json:"seized_at,omitzero"`
	TakenAt      tracker.Interval     `json:"taken_at,omitzero"`
	Confirmation tracker.Confirmation `json:"confirmation"`      // of the seizure that it goes back to
	Circular     bool                 `json:"circular"`          // reported seized because its label returned
	Undated      bool                 `json:"undated,omitempty"` // of registry dates, and the registry gives none
	Early        bool                 `json:"early,omitempty"`   // the event may have come before the seizure; then it counts as 0 days
	Cause        string               `json:"cause,omitempty"`   // of death, for lifespans
	// LeftOut says why nothing can be said of the name on this clock; then Row is zero
	// but for its group, and no estimate has it. "" for all others.
	LeftOut string       `json:"left_out,omitempty"`
	Row     survival.Row `json:"-"`
}

// Why a row is left out.
const (
	LeftOpen    = "open"    // a site under the label is linked to the case, and nothing says whether it came before or after the seizure
	LeftReserve = "reserve" // of registry dates: its replacement was registered before the seizure
	LeftUnshown = "unshown" // of the site being seen live: its replacement answered, and showed only a challenge, or sent visitors to a stranger's older site
	LeftUntaken = "untaken" // lost before our first look and before the case file's day: nothing dates the start
)

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
	// Band is what links must have at least for their sites to count as replacements:
	// BandProbable, which "" is too, or BandConfirmed.
	Band tracker.Band
}

// StatRows makes the rows of every clock, stratum and date source from what is
// known at the last finished run. Names that were never replaced are censored at
// the last time by which the whole candidate space had been asked, not at "now".
// Rows that are left out are among them.
func StatRows(ds []tracker.Dossier, runs []tracker.Run, o StatOptions) []StatRow {
	rotation := coveredUntil(runs)
	byLabel := map[string][]*tracker.Dossier{} // what came back, by what it is called
	for i := range ds {
		if d := &ds[i]; o.reported(d) {
			byLabel[labelKey(d.Name)] = append(byLabel[labelKey(d.Name)], d)
		}
	}
	var out []StatRow
	old := eldersOf(ds)
	roots := map[tracker.Name]*tracker.CaseName{} // of what came for a seized name
	for i := range ds {
		d := &ds[i]
		if d.Row == nil || d.Row.Role != tracker.RoleSeized || d.Row.SeizedAt.IsZero() {
			continue
		}
		sites := slices.DeleteFunc(slices.Clone(byLabel[labelKey(d.Name)]), func(x *tracker.Dossier) bool { return x == d })
		out = append(out, replacementRows(d, sites, old, coveredFor(runs, d.Name.Label(), rotation), o)...)
		if taken, ok := takenAt(d); ok {
			_, _, live := cameFor(taken, sites, old)
			came := live.unshown // up, whatever they showed
			for _, a := range live.as {
				came = append(came, a.site)
			}
			for _, x := range came {
				if r := roots[x.Name]; r == nil || x.Link.Old == d.Name {
					roots[x.Name] = d.Row
				}
			}
		}
	}
	for i := range ds {
		d := &ds[i]
		if o.reported(d) && succeeds(d.Link) && d.Root != nil && d.Root.Role == tracker.RoleSeized {
			roots[d.Name] = d.Root
		}
		if root := roots[d.Name]; root != nil {
			out = append(out, lifespanRows(d, root, o)...)
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

// replacementRows are the rows of one seized name: one for each clock and source. A
// name that nobody came back for by the last sweep that covered it is censored there;
// one of which that cannot be said either is left out, and says why.
func replacementRows(d *tracker.Dossier, sites []*tracker.Dossier, old elders, covered time.Time, o StatOptions) []StatRow {
	base := StatRow{Stratum: stratum(d, d.Row, o.By), Name: d.Name, Confirmation: d.Row.Confirmation, Circular: d.Row.Confirmation == tracker.LabelCorroborated, SeizedAt: d.Row.SeizedAt}
	taken, dated := takenAt(d)
	if dated && !covered.After(taken.Hi) {
		return nil // the case was not watched after the seizure
	}
	var registered, seen, live arrivals
	if dated {
		base.TakenAt = taken
		registered, seen, live = cameFor(taken, sites, old)
	}
	row := func(clock, source string, x arrivals, until float64) StatRow {
		r := base
		r.Clock, r.Source = clock, source
		n := max(1, o.Nth)
		if n > 1 {
			r.Clock = fmt.Sprintf("%s-%d", clock, n)
		}
		a, came := nth(x.as, n-x.reserve) // those in reserve were the first
		switch {
		case !dated:
			r.LeftOut = LeftUntaken
		case x.reserve >= n:
			r.LeftOut = LeftReserve
		case came:
			r.By, r.Rests, r.Undated, r.Early = a.site.Name, restsOn(a.site.Link), a.undated, a.early
			r.Row = survival.Between(a.lo, a.hi)
		case x.reserve+len(x.as)+x.open >= n:
			r.LeftOut = LeftOpen
		case x.reserve+len(x.as)+x.open+len(x.unshown) >= n:
			r.LeftOut = LeftUnshown
		default:
			r.Row = survival.Censored(until)
		}
		r.Row.Group = r.Group()
		return r
	}
	whole, elapsed := 0.0, 0.0
	if dated {
		// The day of the last sweep was not over when it asked.
		whole, elapsed = max(0, float64(dayOf(covered)-1-lastDay(taken))), days(covered.Sub(taken.Hi))
	}
	return []StatRow{row(ClockRegistered, SourceRegistry, registered, whole), row(ClockRegistered, SourceFirstSeen, seen, elapsed), row(ClockLive, SourceFirstSeen, live, elapsed)}
}

// reported says whether a name counts as the campaign's return: linked to the case
// as surely as asked, whichever name of it the link is to. One that the case lists
// itself, because it was seized in its turn, is linked to its namesake or not at all.
func (o StatOptions) reported(d *tracker.Dossier) bool {
	band := o.Band
	if band == tracker.BandNone {
		band = tracker.BandProbable
	}
	return d.Link != nil && d.Link.Band.Rank() >= band.Rank() && (d.Row == nil || succeeds(d.Link))
}

// succeeds says whether a link is to a name of the same label that was there before.
// A site under a new label is run by the same people and stands in for no name more
// than for another; counting it would make returns of whichever name it resembles
// most.
func succeeds(l *tracker.Link) bool {
	return l.Relation == tracker.RelationReplacement && labelKey(l.New) == labelKey(l.Old)
}

// What a row's event rests on, see [StatRow].
const (
	RestsConfirmed = "confirmed"  // a confirmed link
	RestsProbable  = "probable"   // a probable one, by more than the name
	RestsOnName    = "name-alone" // a probable one for which nothing but the name speaks
)

// restsOn sorts a link of band probable or better. A probable one rests on the name
// alone where no other group of its evidence makes it twice as likely; that both
// names are at one registrar, which millions use, counts with the name.
func restsOn(l *tracker.Link) string {
	if l.Band == tracker.BandConfirmed {
		return RestsConfirmed
	}
	groups := map[tracker.Group]float64{}
	for i, e := range l.Evidence {
		switch {
		case i == 0 && !link.ByName(e.Kind):
			return RestsProbable // a site of the campaign points to it
		case e.Group == tracker.GroupName || e.Kind == "registrar" || e.Weight <= 0:
		default:
			groups[e.Group] += e.Weight
		}
	}
	for g, w := range groups {
		if g != groupPrior && w >= math.Ln2 {
			return RestsProbable
		}
	}
	return RestsOnName
}

// groupPrior is the group of the line that begins the evidence of a link, whose kind
// is the rule that found the name.
const groupPrior tracker.Group = "PRIOR"

// lifespanRows are the lives of a replacement: born in one interval, ended in
// another, so lasting between the inner and the outer distance. A site that was up
// already when it was first looked at began at some time since its registration,
// and enters the risk set late: it would not have been found had it ended before.
// Where no registration dates it either, nothing says how long it had been up, and
// it has no row.
func lifespanRows(d *tracker.Dossier, root *tracker.CaseName, o StatOptions) []StatRow {
	var out []StatRow
	for _, l := range d.Lives() {
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
		r := StatRow{Clock: ClockLifespan, Stratum: stratum(d, root, o.By), Source: SourceFirstSeen, Name: d.Name, Cause: l.Cause, Rests: restsOn(d.Link),
			Confirmation: root.Confirmation, Circular: root.Confirmation == tracker.LabelCorroborated, SeizedAt: root.SeizedAt}
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
		if d.Registration != nil && !d.OtherHands() {
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
	if d.DNS == nil || d.OtherHands() || d.Control != nil && !held(d.Control) {
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
