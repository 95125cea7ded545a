package lifecycle

import (
	"bytes"
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"respawn/tracker"
)

// A Result is what the observations of one name add up to.
type Result struct {
	State       tracker.State
	Transitions []tracker.Transition // of all axes, in the order in which they became known
	Lifespans   []tracker.Lifespan   // one for each incarnation that was alive
}

// Replay folds the observations of one name into what is known of it at asOf.
// Later observations are left out. The order of obs does not matter; obs is not
// changed. Of no observations the result is a State of status unknown.
//
// Observations of other names than the first one's are a mistake of the caller
// and left out; [All] takes many names.
func Replay(obs []tracker.Observation, p Policy, asOf time.Time) Result {
	if len(obs) == 0 {
		return Result{State: tracker.State{Status: tracker.StatusUnknown, Rule: rule(p.complete())}}
	}
	r := newReplayer(p)
	for i := range obs {
		if obs[i].Name == obs[0].Name {
			r.take(obs, int32(i), asOf)
		}
	}
	return r.fold(obs, asOf)
}

// All folds the observations of many names, in the order of the names. obs may be
// in any order and must not change meanwhile; a Result may be kept.
func All(obs []tracker.Observation, p Policy, asOf time.Time) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		r := newReplayer(p)
		for _, group := range byName(obs) {
			r.index = r.index[:0]
			for _, i := range group {
				r.take(obs, i, asOf)
			}
			r.first = obs[group[0]].Name
			if !yield(r.fold(obs, asOf)) {
				return
			}
		}
	}
}

// byName groups observations by name, sorted by name.
func byName(obs []tracker.Observation) [][]int32 {
	at := make(map[tracker.Name]int32)
	var groups [][]int32
	last := int32(-1)
	for i := range obs {
		g := last
		if i == 0 || obs[i].Name != obs[i-1].Name {
			var ok bool
			if g, ok = at[obs[i].Name]; !ok {
				g = int32(len(groups))
				at[obs[i].Name] = g
				groups = append(groups, nil)
			}
			last = g
		}
		groups[g] = append(groups[g], int32(i))
	}
	slices.SortFunc(groups, func(a, b []int32) int { return cmp.Compare(obs[a[0]].Name, obs[b[0]].Name) })
	return groups
}

func rule(p Policy) string { return Version + " " + p.Name }

// A replayer holds what is reused from name to name.
type replayer struct {
	m      machine
	policy Policy
	first  tracker.Name
	index  []int32 // observations that count, of one name
	rounds []round
}

// A round is one scan of one name.
type round struct {
	run   tracker.RunID
	last  time.Time
	items []int32
}

func newReplayer(p Policy) *replayer {
	r := &replayer{policy: p.complete()}
	r.m.p, r.m.rule = &r.policy, rule(r.policy)
	return r
}

func (r *replayer) take(obs []tracker.Observation, i int32, asOf time.Time) {
	if o := &obs[i]; !o.Void && !o.At.After(asOf) {
		r.index = append(r.index, i)
	}
	r.first = obs[i].Name
}

// roundGap divides observations of one run into scans: those of a night stored
// later (proofs of absence from earlier batches) carry the later run.
const roundGap = 6 * time.Hour

func (r *replayer) fold(obs []tracker.Observation, asOf time.Time) Result {
	if len(r.index) == 0 {
		return Result{State: tracker.State{Name: r.first, Incarnation: 1, Status: tracker.StatusUnknown, Rule: r.m.rule, Axes: axesOf(&r.m, false)}}
	}
	if !slices.IsSortedFunc(r.index, func(a, b int32) int { return compare(&obs[a], &obs[b]) }) {
		slices.SortFunc(r.index, func(a, b int32) int { return compare(&obs[a], &obs[b]) })
	}
	m := &r.m
	m.start(obs)
	m.name = r.first
	for _, rd := range r.split(obs) {
		m.scan(rd.items)
	}
	m.ripen(asOf)
	return m.result()
}

// compare orders observations by time and then by everything else that tells two
// apart, so that no order of arrival can show.
func compare(a, b *tracker.Observation) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(a.Probe, b.Probe), cmp.Compare(a.Vantage, b.Vantage)); c != 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason),
		cmp.Compare(a.Server, b.Server), cmp.Compare(a.Raw, b.Raw))
	if c == 0 && (a.Facts != b.Facts || a.Control != b.Control) {
		// Two of one identity that say different things: no store holds such, and
		// still one of them must be the first.
		c = bytes.Compare(said(a), said(b))
	}
	return c
}

func said(o *tracker.Observation) []byte {
	b, _ := json.Marshal([]any{o.Facts, o.Control}) // plain data
	return b
}

// split divides the index into scans, by time of their first observation. Of
// observations with one identity the first counts.
func (r *replayer) split(obs []tracker.Observation) []round {
	r.rounds = r.rounds[:0]
	open := 0 // rounds before it are too old to be added to
	var before *tracker.Observation
	for _, i := range r.index {
		o := &obs[i]
		if before != nil && before.At.Equal(o.At) && before.Probe == o.Probe && before.Vantage == o.Vantage {
			continue
		}
		before = o
		for open < len(r.rounds) && o.At.Sub(r.rounds[open].last) > roundGap {
			open++
		}
		at := -1
		for k := len(r.rounds) - 1; k >= open; k-- {
			if r.rounds[k].run == o.Run && o.At.Sub(r.rounds[k].last) <= roundGap {
				at = k
				break
			}
		}
		if at < 0 {
			at = len(r.rounds)
			if at < cap(r.rounds) {
				r.rounds = r.rounds[:at+1]
			} else {
				r.rounds = append(r.rounds, round{})
			}
			r.rounds[at].run, r.rounds[at].items = o.Run, r.rounds[at].items[:0]
		}
		r.rounds[at].last = o.At
		r.rounds[at].items = append(r.rounds[at].items, i)
	}
	return r.rounds
}

func (m *machine) result() Result {
	if m.life != nil {
		l := *m.life
		if l.Cause == "" {
			l.Death = tracker.Interval{Lo: later(m.aliveAt, l.Birth.Hi)} // alive when last seen
		}
		m.lifespans = append(m.lifespans, l)
	}
	status := m.status
	if status == "" {
		status = tracker.StatusUnknown
	}
	return Result{
		State: tracker.State{Name: m.name, Incarnation: m.incarnation, Status: status, Since: m.since, Axes: axesOf(m, true),
			LastSeen: m.lastValid, LastAsked: m.lastAsked, Rule: m.rule},
		Transitions: m.transitions,
		Lifespans:   m.lifespans,
	}
}

func axesOf(m *machine, started bool) map[tracker.Axis]string {
	axes := make(map[tracker.Axis]string, 5)
	for _, a := range []struct {
		name tracker.Axis
		axis *axis
	}{{tracker.AxisRegistration, &m.reg}, {tracker.AxisDNS, &m.dns}, {tracker.AxisWeb, &m.web}, {tracker.AxisControl, &m.control}, {tracker.AxisLink, &m.link}} {
		axes[a.name] = unknown
		if started {
			axes[a.name] = word(a.axis.value)
		}
	}
	return axes
}
