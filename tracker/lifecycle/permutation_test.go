package lifecycle

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"respawn/tracker"
)

// allTimelines are the cases of testdata/timelines, as one pile of histories.
func allTimelines(t testing.TB) []timeline {
	t.Helper()
	files, _ := filepath.Glob("../../testdata/timelines/*.txt")
	var all []timeline
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := parseTimelines(string(b))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range allTimelines(t) {
		want := toJSON(t, Replay(c.obs, c.policy, c.asOf))
		for range 20 {
			obs := slices.Clone(c.obs)
			rng.Shuffle(len(obs), func(i, j int) { obs[i], obs[j] = obs[j], obs[i] })
			if got := toJSON(t, Replay(obs, c.policy, c.asOf)); got != want {
				t.Fatalf("%s\ngot  %s\nwant %s", c.name, got, want)
			}
		}
		// Delivered twice is seen once.
		if got := toJSON(t, Replay(slices.Concat(c.obs, c.obs), c.policy, c.asOf)); got != want {
			t.Errorf("%s, every observation twice\ngot  %s\nwant %s", c.name, got, want)
		}
	}
}

// TestHistoryIsNotRewritten: what was known at an earlier time, on the evidence of
// that time, is a beginning of what is known later.
func TestHistoryIsNotRewritten(t *testing.T) {
	for _, c := range allTimelines(t) {
		whole := Replay(c.obs, c.policy, c.asOf).Transitions
		for _, o := range c.obs {
			early := Replay(c.obs, c.policy, o.At.Add(roundGap/2)).Transitions
			if len(early) > len(whole) || toJSON(t, early) != toJSON(t, whole[:len(early)]) {
				t.Errorf("%s, as of %s: %d transitions that are not the first of %d", c.name, o.At, len(early), len(whole))
			}
		}
	}
}

func TestTransitionsHoldTogether(t *testing.T) {
	for _, c := range allTimelines(t) {
		r := Replay(c.obs, c.policy, c.asOf)
		check(t, c.name, r, c.obs)
	}
}

// A reporter is a test or a drawn example.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// check holds what is true of every result.
func check(t reporter, name string, r Result, obs []tracker.Observation) {
	t.Helper()
	known := map[tracker.ObservationID]bool{}
	for i := range obs {
		known[obs[i].ID()] = true
	}
	at := map[tracker.Axis]string{}
	incarnation := 1
	for _, x := range r.Transitions {
		from, ok := at[x.Axis]
		if !ok {
			from = unknown
		}
		if x.From != from {
			t.Errorf("%s: %s %s from %s, it was %s", name, x.Axis, x.Event, x.From, from)
		}
		at[x.Axis] = x.To
		if !slices.Contains(Events(x.Axis), x.Event) {
			t.Errorf("%s: %q is no event of %s", name, x.Event, x.Axis)
		}
		for _, v := range []string{x.From, x.To} {
			if v != unknown && !slices.Contains(Values(x.Axis), v) {
				t.Errorf("%s: %q is no value of %s", name, v, x.Axis)
			}
		}
		if x.Window.Hi.IsZero() || x.Window.Lo.After(x.Window.Hi) {
			t.Errorf("%s: %s %s has window %v", name, x.Axis, x.Event, x.Window)
		}
		if len(x.Because) == 0 || x.Rule == "" {
			t.Errorf("%s: %s %s says neither why nor by which rule: %+v", name, x.Axis, x.Event, x)
		}
		for _, id := range x.Because {
			if !known[id] {
				t.Errorf("%s: %s %s rests on %s, which nobody saw", name, x.Axis, x.Event, id)
			}
		}
		if x.Incarnation < incarnation || x.Incarnation > incarnation+1 {
			t.Errorf("%s: incarnation %d after %d", name, x.Incarnation, incarnation)
		}
		incarnation = x.Incarnation
	}
	for a, v := range r.State.Axes {
		if at[a] == "" {
			at[a] = unknown
		}
		if v != at[a] {
			t.Errorf("%s: %s is %s, its last transition says %s", name, a, v, at[a])
		}
	}
	if s := at[tracker.AxisStatus]; s != "" && s != string(r.State.Status) {
		t.Errorf("%s: status is %s, its last transition says %s", name, r.State.Status, s)
	}
	for i, l := range r.Lifespans {
		switch {
		case i > 0 && l.Incarnation <= r.Lifespans[i-1].Incarnation:
			t.Errorf("%s: two lives of incarnation %d", name, l.Incarnation)
		case i > 0 && l.Birth.Hi.Before(r.Lifespans[i-1].Death.Hi):
			t.Errorf("%s: born in %v before it died in %v", name, l.Birth, r.Lifespans[i-1].Death)
		case l.Cause == "" && i < len(r.Lifespans)-1:
			t.Errorf("%s: a life without an end before the last", name)
		case l.Cause == "" != l.Death.Hi.IsZero() || l.Death.Lo.IsZero():
			t.Errorf("%s: cause %q with death %v", name, l.Cause, l.Death)
		case !l.Death.Hi.IsZero() && (l.Death.Lo.After(l.Death.Hi) || l.Death.Hi.Before(l.Birth.Hi)):
			t.Errorf("%s: born in %v, died in %v", name, l.Birth, l.Death)
		case l.EnteredAt.IsZero() || l.EnteredAt.After(l.Birth.Hi):
			t.Errorf("%s: entered at %v, born in %v", name, l.EnteredAt, l.Birth)
		}
	}
}

// words are what a scan can see, for drawn histories.
var words = []string{"live", "live=aa", "live=bb", "live@nl", "redirecting@de", "challenged", "parked", "empty", "error", "host-suspended", "refused", "refused@nl", "silent",
	"dns", "no-address", "nxdomain", "gone", "cached", "fresh", "resolver-live", "resolver-seized", "swept", "unswept", "wildcard", "timeout", "throttled",
	"seized", "claimed", "seized-live", "hold", "hold=01-05", "verification-hold", "suspended-ns", "sinkhole", "parked-ns", "expired-ns", "rdap", "rdap=01-05", "rdap=02-20",
	"rdap=04-01/X", "redemption", "free", "linked=probable", "linked=unlikely", "unlinked", "void gone free", "void live"}

// TestAnyObservationsHoldTogether draws scans without sense, as a hostile or
// broken world would give them.
func TestAnyObservationsHoldTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p parser
		at, _ := instant("01-10")
		for range rapid.IntRange(1, 30).Draw(t, "scans") {
			at = at.Add(hours(rapid.SampledFrom([]int64{1, 24, 24, 24, 48, 600}).Draw(t, "later")))
			entry := at.Format("01-02T15:04") + " " + rapid.SampledFrom(words).Draw(t, "first")
			for range rapid.IntRange(0, 2).Draw(t, "more") {
				w := rapid.SampledFrom(words).Draw(t, "word")
				if len(w) > 4 && w[:4] == "void" {
					continue
				}
				entry += " " + w
			}
			if err := p.entry(entry); err != nil {
				t.Fatal(err)
			}
			if at.YearDay() > 330 {
				break
			}
		}
		policy := rapid.SampledFrom([]Policy{DefaultPolicy(), ImmediatePolicy()}).Draw(t, "policy")
		r := Replay(p.obs, policy, at.Add(hours(1)))
		check(fatal{t}, "drawn", r, p.obs)
		shuffled := rapid.Permutation(p.obs).Draw(t, "shuffled")
		if a, b := toJSON(t, r), toJSON(t, Replay(shuffled, policy, at.Add(hours(1)))); a != b {
			t.Fatalf("order matters:\n%s\n%s", a, b)
		}
	})
}

// TestAnyStreamHoldsTogether draws observations one by one, of every probe, outcome
// and kind of fact, from two vantages, in runs that overlap, at irregular times and
// often at the same one, with void runs, several registrations and a clock that was
// set back between runs: the fold must hold together and must not depend on order.
func TestAnyStreamHoldsTogether(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		at := start
		voids := map[tracker.RunID]bool{}
		obs := make([]tracker.Observation, rapid.IntRange(1, 80).Draw(t, "observations"))
		for i := range obs {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{-600, 0, 0, 0, 1, 30, 180, 1440, 1440, 20000}).Draw(t, "minutes")) * time.Minute)
			run := tracker.RunID(at.Sub(start)/(12*time.Hour)) + tracker.RunID(rapid.IntRange(1, 2).Draw(t, "run"))
			if _, ok := voids[run]; !ok {
				voids[run] = rapid.IntRange(0, 7).Draw(t, "void") == 0
			}
			o := tracker.Observation{Name: "artichoc.cc", At: at, Run: run, Void: voids[run], Vantage: pick("vantage", "home", "nl"),
				Probe:   tracker.Probe(pick("probe", string(tracker.ProbeSweep), string(tracker.ProbeDNS), string(tracker.ProbeDelegation), string(tracker.ProbeRegistration), string(tracker.ProbeWeb), string(tracker.ProbeLink))),
				Outcome: rapid.SampledFrom([]tracker.Outcome{tracker.Present, tracker.Present, tracker.Absent, tracker.Unknown, tracker.Wildcard}).Draw(t, "outcome")}
			if o.Outcome == tracker.Unknown {
				o.Reason = tracker.Reason(pick("reason", string(tracker.ReasonTimeout), string(tracker.ReasonRefused), string(tracker.ReasonServFail), string(tracker.ReasonThrottled)))
			}
			if o.Outcome == tracker.Present {
				switch o.Probe {
				case tracker.ProbeDNS:
					o.Facts = &tracker.Facts{DNS: rapid.SampledFrom([]*tracker.DNS{nil, {Status: "noerror"}, dnsUp()}).Draw(t, "dns")}
				case tracker.ProbeDelegation:
					o.Facts = &tracker.Facts{Delegation: &tracker.Delegation{Parent: "cc", NS: servers[rapid.Bool().Draw(t, "agency")]}}
				case tracker.ProbeRegistration:
					r := &tracker.Registration{Source: "rdap", Handle: pick("handle", "", "A", "B"), Statuses: []string{pick("status", "active", "client hold", "redemption period", "pending delete")}}
					if rapid.Bool().Draw(t, "dated") {
						r.CreatedAt = start.AddDate(0, 0, rapid.IntRange(-30, 90).Draw(t, "created"))
					}
					o.Facts = &tracker.Facts{Registration: r}
				case tracker.ProbeWeb:
					o.Facts = &tracker.Facts{Web: &tracker.Web{Fingerprint: tracker.Digest(pick("content", "", "aa", "bb")), Class: rapid.SampledFrom([]tracker.Class{tracker.ClassLive, tracker.ClassLive,
						tracker.ClassParked, tracker.ClassNotice, tracker.ClassSuspended, tracker.ClassBlocked, tracker.ClassChallenged, tracker.ClassEmpty, tracker.ClassRedirecting, tracker.ClassError}).Draw(t, "class")}}
				case tracker.ProbeLink:
					o.Facts = &tracker.Facts{Link: &tracker.LinkFact{Band: rapid.SampledFrom([]tracker.Band{tracker.BandNone, tracker.BandPossible, tracker.BandConfirmed}).Draw(t, "band"), Ended: rapid.IntRange(0, 3).Draw(t, "ended") == 0}}
				}
			}
			if h := pick("holder", "", operator, operator, seized, claimed, registrarHold, verificationHold, suspended, sinkhole, parked, expired); h != "" {
				o.Control = &tracker.Control{Holder: h, Signals: []string{"a", "b"}[:rapid.IntRange(1, 2).Draw(t, "signals")]}
			}
			obs[i] = o
		}
		policy := rapid.SampledFrom([]Policy{DefaultPolicy(), ImmediatePolicy()}).Draw(t, "policy")
		asOf := at.Add(time.Duration(rapid.IntRange(-2, 40).Draw(t, "later")) * 24 * time.Hour)
		r := Replay(obs, policy, asOf)
		check(fatal{t}, "drawn", r, obs)
		if a, b := toJSON(t, r), toJSON(t, Replay(rapid.Permutation(obs).Draw(t, "shuffled"), policy, asOf)); a != b {
			t.Fatalf("order matters:\n%s\n%s", a, b)
		}
	})
}

// fatal lets check report to rapid.
type fatal struct{ *rapid.T }

func (f fatal) Errorf(format string, args ...any) { f.T.Fatalf(format, args...) }

func toJSON(t interface{ Fatal(...any) }, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
