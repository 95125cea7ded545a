package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
)

func TestReplayOfNothing(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	if r := Replay(nil, DefaultPolicy(), at); r.State.Status != tracker.StatusUnknown || len(r.Transitions)+len(r.Lifespans) != 0 {
		t.Errorf("no observations: %+v", r)
	}
	void := []tracker.Observation{{Name: "artichoc.cc", Probe: tracker.ProbeDNS, At: at, Run: 1, Outcome: tracker.Present, Void: true}}
	if r := Replay(void, DefaultPolicy(), at); r.State.Name != "artichoc.cc" || r.State.Status != tracker.StatusUnknown || !r.State.LastAsked.IsZero() {
		t.Errorf("a void night alone: %+v", r.State)
	}
	late := []tracker.Observation{{Name: "artichoc.cc", Probe: tracker.ProbeDNS, At: at, Run: 1, Outcome: tracker.Present}}
	if r := Replay(late, DefaultPolicy(), at.Add(-time.Hour)); r.State.Status != tracker.StatusUnknown || len(r.Transitions) != 0 {
		t.Errorf("an observation after asOf: %+v", r)
	}
}

func TestStateSaysWhenItWasLastAskedAndSeen(t *testing.T) {
	var p parser
	for _, e := range []string{"03-01 live", "03-04 timeout", "03-06 void live"} {
		if err := p.entry(e); err != nil {
			t.Fatal(err)
		}
	}
	s := Replay(p.obs, DefaultPolicy(), p.at).State
	if got := day(s.LastSeen) + " " + day(s.LastAsked); got != "03-01 03-04" {
		t.Errorf("last seen and asked %s, want 03-01 and 03-04: a void night is none", got)
	}
	if s.Rule != "lifecycle/2 default" {
		t.Errorf("rule %q", s.Rule)
	}
}

// TestObservationsOfAnotherRunInBetween: two cases watch one name, and their runs
// interleave.
func TestObservationsOfAnotherRunInBetween(t *testing.T) {
	var a parser
	for _, e := range []string{"03-01 live rdap=01-01", "03-02 gone+free", "03-03 gone+free"} {
		if err := a.entry(e); err != nil {
			t.Fatal(err)
		}
	}
	want := Replay(a.obs, DefaultPolicy(), a.at.Add(time.Hour))
	both := slices.Clone(a.obs)
	for _, o := range a.obs {
		o.At = o.At.Add(500 * time.Millisecond)
		o.Run += 100
		both = append(both, o)
	}
	got := Replay(both, DefaultPolicy(), a.at.Add(time.Hour))
	if len(got.Lifespans) != 1 || got.Lifespans[0].Cause != want.Lifespans[0].Cause || len(got.Transitions) != len(want.Transitions) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAllIsReplayOfEach(t *testing.T) {
	obs, names, at := pile(30, 40)
	rng := rand.New(rand.NewPCG(5, 5))
	byName := map[tracker.Name][]tracker.Observation{}
	for _, o := range obs {
		byName[o.Name] = append(byName[o.Name], o)
	}
	rng.Shuffle(len(obs), func(i, j int) { obs[i], obs[j] = obs[j], obs[i] })
	var seen []tracker.Name
	var kept []Result
	for r := range All(obs, DefaultPolicy(), at) {
		seen = append(seen, r.State.Name)
		kept = append(kept, r)
	}
	if !slices.IsSorted(seen) || len(seen) != len(names) {
		t.Fatalf("%d names, sorted %v", len(seen), slices.IsSorted(seen))
	}
	for _, r := range kept {
		if got, want := toJSON(t, r), toJSON(t, Replay(byName[r.State.Name], DefaultPolicy(), at)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", r.State.Name, got, want)
		}
	}
	for range All(obs, DefaultPolicy(), at) {
		break // and it can be left
	}
}

func TestPolicy(t *testing.T) {
	if p := (Policy{}).complete(); p != DefaultPolicy() {
		t.Errorf("the zero policy is %+v", p)
	}
	p := Policy{Name: "patient", SoftScans: 9}.complete()
	if p.SoftScans != 9 || p.HardPaths != 2 || p.Name != "patient" {
		t.Errorf("%+v", p)
	}
	if err := (Policy{Name: "x", SoftFor: -1}).Validate(); err == nil || err.Error() != `policy "x": soft_for is negative` {
		t.Errorf("got %v", err)
	}
	for _, p := range []Policy{DefaultPolicy(), ImmediatePolicy(), {}} {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoUnknownOutcomeMovesAnything(t *testing.T) {
	// Whatever the probe, the reason and the number of nights.
	var p parser
	if err := p.entry("01-01 live rdap"); err != nil {
		t.Fatal(err)
	}
	before := len(Replay(p.obs, DefaultPolicy(), p.at.Add(time.Hour)).Transitions)
	for _, probe := range []tracker.Probe{tracker.ProbeSweep, tracker.ProbeDNS, tracker.ProbeDelegation, tracker.ProbeRegistration, tracker.ProbeWeb, tracker.ProbeLink} {
		for _, outcome := range []tracker.Outcome{tracker.Unknown, tracker.Wildcard} {
			for _, reason := range []tracker.Reason{tracker.ReasonTimeout, tracker.ReasonServFail, tracker.ReasonLame, tracker.ReasonBadAnswer, tracker.ReasonTruncated, tracker.ReasonWildcard,
				tracker.ReasonLyingPath, tracker.ReasonThrottled, tracker.ReasonNoService, tracker.ReasonNotTrusted, tracker.ReasonUnparsed, tracker.ReasonReserved, tracker.ReasonRefusedGuard, tracker.ReasonOutage, tracker.ReasonCancelled} {
				obs := slices.Clone(p.obs)
				for night := 1; night <= 20; night++ {
					obs = append(obs, tracker.Observation{Name: "artichoc.cc", Probe: probe, At: p.at.AddDate(0, 0, night), Run: tracker.RunID(1 + night), Outcome: outcome, Reason: reason})
				}
				r := Replay(obs, DefaultPolicy(), p.at.AddDate(0, 0, 20))
				if len(r.Transitions) != before || r.State.Status != tracker.StatusLive {
					t.Errorf("%s %s %s: %s", probe, outcome, reason, story(r))
				}
			}
		}
	}
}

// pile makes nights of observations of many names as a scan makes them.
func pile(names, nights int) (obs []tracker.Observation, list []tracker.Name, asOf time.Time) {
	start := time.Date(2024, 8, 1, 2, 0, 0, 0, time.UTC)
	for i := range names {
		n := tracker.Name(fmt.Sprintf("name-%05d.example", i))
		list = append(list, n)
		rng := rand.New(rand.NewPCG(uint64(i), 11))
		tr := drawTruth(rng, start)
		one := tr.observe(rng, start, n, .05, nil)
		obs = append(obs, one[:min(len(one), nights)]...)
	}
	return obs, list, start.AddDate(1, 0, 0)
}

// BenchmarkReplay folds 1,000,000 observations of 20,000 names.
func BenchmarkReplay(b *testing.B) {
	obs, _, at := pile(20000, 50)
	for len(obs) < 1_000_000 {
		obs = append(obs, obs[:min(len(obs), 1_000_000-len(obs))]...)
	}
	b.ReportAllocs()
	for b.Loop() {
		transitions := 0
		for r := range All(obs, DefaultPolicy(), at) {
			transitions += len(r.Transitions)
		}
		if transitions == 0 {
			b.Fatal("nothing happened")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(obs)), "ns/observation")
}
