package scan

import (
	"cmp"
	"slices"
	"time"

	"respawn/tracker"
)

// takenAt is when the operators of a name of the case lost it: by the case file's
// day, which is all of that UTC day, or when its control was seen to change,
// whichever came first. Where our window and the day meet, both speak of one event
// and it lies in what they share. False where nothing dates it: it was lost already
// at our first look, and the case file names a later day.
func takenAt(d *tracker.Dossier) (tracker.Interval, bool) {
	from := startOfDay(d.Row.SeizedAt)
	day := tracker.Interval{Lo: from, Hi: from.Add(24 * time.Hour)}
	switch seen := d.EndedAt; {
	case seen.Hi.IsZero() || !seen.Lo.Before(day.Hi):
		return day, true
	case seen.Hi.After(day.Lo):
		return tracker.Interval{Lo: later(seen.Lo, day.Lo), Hi: sooner(seen.Hi, day.Hi)}, true
	default:
		return seen, !seen.Lo.IsZero()
	}
}

func startOfDay(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// dayOf counts UTC days; lastDay is the day of the last instant of an interval, whose
// upper end may be the midnight that ends it.
func dayOf(t time.Time) int          { return int(startOfDay(t).Unix() / 86400) }
func lastDay(t tracker.Interval) int { return dayOf(t.Hi.Add(-1)) }

// An arrival is when one replacement came, in days after the seizure: in (lo, hi], or
// at hi where the two are equal. No replacement comes before what it replaces is
// taken: one that was there already took 0 days, and early says that the interval
// reaches back so far.
type arrival struct {
	site    *tracker.Dossier
	lo, hi  float64
	undated bool
	early   bool
}

// arrivals are the sites that came for one seized name, on one clock, and how many
// bear its label, are linked to the case, and have no place on that clock.
type arrivals struct {
	as      []arrival
	open    int // there at our first look after the seizure, and nothing says since when
	reserve int // of registry dates: registered before the seizure, live only after it
	// unshown are those that answered and showed no site of theirs: see [shown].
	unshown []*tracker.Dossier
}

// elapsed adds a site that came in i, measured in days of 24 hours.
func (x *arrivals) elapsed(d *tracker.Dossier, i, taken tracker.Interval) {
	a := arrival{site: d, lo: days(i.Lo.Sub(taken.Hi)), hi: days(i.Hi.Sub(taken.Lo))}
	a.early = a.lo < 0
	a.lo, a.hi = max(0, a.lo), max(0, a.hi)
	x.as = append(x.as, a)
}

// calendar adds a site that came in i, measured in UTC calendar days: the day after
// the seizure is 1, whatever the hours.
func (x *arrivals) calendar(d *tracker.Dossier, i, taken tracker.Interval, undated bool) {
	first, last := dayOf(i.Lo), dayOf(i.Hi)
	lo, hi := first-lastDay(taken), last-dayOf(taken.Lo)
	a := arrival{site: d, undated: undated, early: lo < 0}
	lo, hi = max(0, lo), max(0, hi)
	if a.lo, a.hi = float64(lo), float64(hi); lo < hi {
		a.lo = float64(max(0, lo-1)) // whole days after lo-1, up to hi
	}
	x.as = append(x.as, a)
}

// cameFor sorts the sites under one label onto the clocks of a seized name. What
// counts is when the operators' life on a site began by our own looks, not which of
// several names of the case its link names, nor when somebody first registered it.
func cameFor(taken tracker.Interval, sites []*tracker.Dossier, elders elders) (registered, seen, live arrivals) {
	for _, n := range sites {
		up, isUp := birth(n)
		if isUp {
			up = boundedBelow(n, up, taken)
		}
		if isUp && !up.Hi.After(taken.Lo) {
			continue // a twin: it was up before
		}
		named := boundedBelow(n, n.FirstSeen, taken)
		if !named.Hi.IsZero() && !named.Hi.After(taken.Lo) {
			named = up // in the DNS before, in reserve or in other hands
		}
		switch {
		case named.Hi.IsZero():
		case named.Lo.IsZero():
			seen.open++
		default:
			seen.elapsed(n, named, taken)
		}
		site, isShown := shown(n, up, elders.before(taken))
		switch {
		case !isUp:
		case !isShown:
			live.unshown = append(live.unshown, n)
		case up.Lo.IsZero():
			live.open++
		default:
			live.elapsed(n, site, taken)
		}
		switch at := n.RegisteredAt; {
		case at.Hi.IsZero():
		case dayOf(at.Hi) < dayOf(taken.Lo):
			if isUp || !named.Hi.IsZero() {
				registered.reserve++
			}
		case n.Basis == tracker.BasisRegistry:
			registered.calendar(n, at, taken, false)
		case at.Lo.IsZero():
			registered.open++
		default:
			registered.calendar(n, at, taken, true)
		}
	}
	return registered, seen, live
}

// boundedBelow gives an interval that no look of ours bounds below the registry's
// date for a lower end, where that is not before the seizure: nobody is up, or in the
// DNS, before being registered. An older registration may be anybody's.
func boundedBelow(n *tracker.Dossier, i, taken tracker.Interval) tracker.Interval {
	if r := n.RegisteredAt.Lo; i.Lo.IsZero() && n.Basis == tracker.BasisRegistry && !r.Before(startOfDay(taken.Lo)) && !r.After(i.Hi) {
		i.Lo = r
	}
	return i
}

// nth is when the n-th of several came. Where their intervals overlap nobody knows
// which it was: it came after the n-th of all lower ends and by the n-th of all
// upper ones. The name is that of the upper one; of several by that time, the one
// that is linked best.
func nth(as []arrival, n int) (arrival, bool) {
	if n < 1 || len(as) < n {
		return arrival{}, false
	}
	as = slices.Clone(as)
	slices.SortFunc(as, func(a, b arrival) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.site.Name, b.site.Name)) })
	lo, early := as[n-1].lo, as[n-1].early
	slices.SortFunc(as, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(score(b), score(a)), cmp.Compare(a.site.Name, b.site.Name))
	})
	x := as[n-1]
	x.lo, x.early = lo, early
	return x, true
}

// score is the log odds of the link of what came.
func score(a arrival) float64 {
	if a.site.Link == nil {
		return 0
	}
	return a.site.Link.Score
}

// birth is when the first life of a name began, as observed.
func birth(d *tracker.Dossier) (tracker.Interval, bool) {
	for _, l := range d.Lives() {
		if !l.Birth.Hi.IsZero() {
			return l.Birth, true
		}
	}
	return tracker.Interval{}, false
}

// shown is when a site of theirs was first seen under a name that has been up since:
// a challenge shows no page, and a redirect to a stranger who was there long before
// shows the stranger's. False where nothing else was ever seen.
func shown(d *tracker.Dossier, up tracker.Interval, elder func(tracker.Name) bool) (tracker.Interval, bool) {
	lives := d.Lives()
	if len(lives) == 0 {
		return up, false
	}
	told := false
	for _, t := range d.Transitions {
		born := lives[0].Birth.Hi
		if t.Axis != tracker.AxisStatus || t.Window.Hi.Before(born) || d.OtherHands() && !t.Window.Hi.Before(d.Link.Until.Hi) {
			continue
		}
		first := t.Window.Hi.Equal(born)
		switch tracker.Status(t.To) {
		case tracker.StatusRedirecting:
			if onlyTo(d, elder) {
				told = true
				continue
			}
			fallthrough
		case tracker.StatusLive, tracker.StatusCloaked:
			if !first {
				up.Hi = later(up.Hi, t.Window.Hi) // it may have been there all the while
			}
			return up, true
		case tracker.StatusChallenged:
			told = told || first
		}
	}
	return up, !told
}

// onlyTo says whether all that visitors were sent to are such names.
func onlyTo(d *tracker.Dossier, elder func(tracker.Name) bool) bool {
	for _, r := range d.Redirects {
		if !elder(r.To) && !elder(r.To.Registrable()) {
			return false
		}
	}
	return len(d.Redirects) > 0
}

// elders are names that nothing links to the case at least probably, and when they
// were registered.
type elders map[tracker.Name]time.Time

func eldersOf(ds []tracker.Dossier) elders {
	out := elders{}
	for i := range ds {
		d := &ds[i]
		if d.Row == nil && (d.Link == nil || d.Link.Band.Rank() < tracker.BandProbable.Rank()) && d.Basis == tracker.BasisRegistry {
			out[d.Name] = d.RegisteredAt.Hi
		}
	}
	return out
}

// before says of a name whether it was there a year before a seizure.
func (e elders) before(taken tracker.Interval) func(tracker.Name) bool {
	return func(n tracker.Name) bool {
		at := e[n]
		return !at.IsZero() && at.Before(taken.Lo.AddDate(-1, 0, 0))
	}
}
