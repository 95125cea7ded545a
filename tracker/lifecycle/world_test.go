package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"respawn/tracker"
)

// A stay is a true phase of a name, from its beginning to that of the next.
type stay struct {
	what string // free, registered, live, dark, nodns, seized, hold
	from time.Time
}

// A truth is what really happened to a name, and what a perfect tracker would say.
type truth struct {
	stays []stay
	lives []life
	end   time.Time
}

type life struct {
	born, died time.Time // zero died: alive at the end
	cause      string
	witnessed  bool // born after the first scan
}

// drawTruth draws a history in which every stay lasts at least 18 nights: what is
// shorter than a debounce can rightly be missed, and is not the question here.
func drawTruth(rng *rand.Rand, start time.Time) truth {
	next := map[string][]string{
		"free":       {"registered", "live"},
		"registered": {"live", "hold", "free"},
		"live":       {"dark", "nodns", "seized", "hold", "free", "live-again"},
		"dark":       {"live", "seized", "hold"},
		"nodns":      {"live", "hold", "free"},
		"seized":     {"live", "free"},
		"hold":       {"live", "free"},
	}
	var tr truth
	what := []string{"free", "registered", "live", "seized"}[rng.IntN(4)]
	at := start.Add(-time.Hour)
	var cur *life
	taken := false
	for range 2 + rng.IntN(6) {
		if what == "live-again" { // nothing happens
			what = "live"
		} else if what == "live" {
			if cur == nil || taken {
				tr.lives = append(tr.lives, life{born: at, witnessed: at.After(start)})
				cur, taken = &tr.lives[len(tr.lives)-1], false
			} else {
				cur.died, cur.cause = time.Time{}, ""
			}
		} else if cur != nil && !taken {
			if cur.died.IsZero() {
				cur.died, cur.cause = at, CauseDormant
			}
			switch what {
			case "seized", "hold", "free":
				taken = true
				cur.cause = map[string]string{"seized": CauseSeized, "hold": CauseSuspended, "free": CauseExpired}[what]
			}
		}
		tr.stays = append(tr.stays, stay{what, at})
		at = at.Add(time.Duration(18*24+rng.IntN(20*24)) * time.Hour).Add(time.Duration(rng.IntN(3600)) * time.Second)
		what = next[what][rng.IntN(len(next[what]))]
	}
	tr.end = at
	return tr
}

func (tr *truth) at(t time.Time) (what string, registration time.Time) {
	for i, s := range tr.stays {
		if s.from.After(t) {
			break
		}
		if what = s.what; i == 0 || tr.stays[i-1].what == "free" && what != "free" {
			registration = s.from
		}
	}
	return what, registration
}

// servers are the delegations: of the operators (false) and of an agency.
var servers = map[bool][]tracker.Name{false: {"ns1.dns.example", "ns2.dns.example"}, true: {"ns1.fbi.seized.gov", "ns2.fbi.seized.gov"}}

// observe scans a truth every night, as scan does it, with losses.
func (tr *truth) observe(rng *rand.Rand, start time.Time, name tracker.Name, loss float64, void map[int]bool) []tracker.Observation {
	var obs []tracker.Observation
	var agency, notice, locks, hold bool // what is known so far
	for night := 0; ; night++ {
		at := start.AddDate(0, 0, night).Add(time.Duration(rng.IntN(600)) * time.Second)
		if at.After(tr.end) {
			return obs
		}
		what, registration := tr.at(at)
		control := func() *tracker.Control {
			n := 0
			for _, s := range []bool{agency, notice, locks} {
				if s {
					n++
				}
			}
			switch {
			case n >= 2:
				return &tracker.Control{Holder: seized, Signals: []string{"a", "b"}}
			case n == 1:
				return &tracker.Control{Holder: claimed, Signals: []string{"a"}}
			case hold:
				return &tracker.Control{Holder: registrarHold, Signals: []string{"status"}}
			}
			return &tracker.Control{Holder: operator}
		}
		add := func(probe tracker.Probe, outcome tracker.Outcome, reason tracker.Reason, f *tracker.Facts, learn func()) {
			at = at.Add(time.Second)
			o := tracker.Observation{Name: name, Probe: probe, At: at, Run: tracker.RunID(night + 1), Outcome: outcome, Reason: reason, Facts: f}
			switch {
			case void[night]: // our own outage, and worse: it lies
				o.Void, o.Outcome, o.Facts = true, tracker.Absent, nil
			case rng.Float64() < loss:
				o.Outcome, o.Reason, o.Facts = tracker.Unknown, tracker.ReasonTimeout, nil
			default:
				learn()
			}
			o.Control = control()
			obs = append(obs, o)
		}
		zone := what == "live" || what == "dark" || what == "seized"
		if zone {
			add(tracker.ProbeDNS, tracker.Present, "", &tracker.Facts{DNS: dnsUp()}, func() {})
			add(tracker.ProbeDelegation, tracker.Present, "", &tracker.Facts{Delegation: &tracker.Delegation{Parent: "cc", NS: servers[what == "seized"]}}, func() { agency = what == "seized" })
		} else {
			add(tracker.ProbeDNS, tracker.Absent, "", nil, func() {})
			add(tracker.ProbeDelegation, tracker.Absent, "", &tracker.Facts{Delegation: &tracker.Delegation{Parent: "cc"}}, func() { agency = false })
		}
		if what == "free" {
			add(tracker.ProbeRegistration, tracker.Absent, "", nil, func() { locks, hold = false, false })
		} else {
			r := &tracker.Registration{Source: "rdap", CreatedAt: registration}
			add(tracker.ProbeRegistration, tracker.Present, "", &tracker.Facts{Registration: r}, func() { locks, hold = what == "seized", what == "hold" })
		}
		// A site is visited where the resolver has given an address.
		switch {
		case !zone || obs[len(obs)-3].Outcome != tracker.Present:
		case what == "live":
			add(tracker.ProbeWeb, tracker.Present, "", &tracker.Facts{Web: &tracker.Web{Class: tracker.ClassLive}}, func() { notice = false })
		case what == "seized":
			add(tracker.ProbeWeb, tracker.Present, "", &tracker.Facts{Web: &tracker.Web{Class: tracker.ClassNotice}}, func() { notice = true })
		case what == "dark":
			add(tracker.ProbeWeb, tracker.Unknown, tracker.ReasonRefused, nil, func() {})
		}
		if !zone {
			notice = false
		}
	}
}

// TestTrueLivesSurviveLoss: with a fifth of the probes lost at random and three
// void nights that say everything is gone, every true life is reported and no
// other, and every true birth and death lies in its interval.
func TestTrueLivesSurviveLoss(t *testing.T) {
	t.Parallel()
	start := time.Date(2024, 8, 1, 2, 0, 0, 0, time.UTC)
	for _, loss := range []float64{0, .2} {
		t.Run(fmt.Sprintf("loss %v", loss), func(t *testing.T) {
			lives, deaths := 0, 0
			seeds := uint64(500)
			if raced {
				seeds = 60
			}
			for seed := range seeds {
				rng := rand.New(rand.NewPCG(seed, 7))
				tr := drawTruth(rng, start)
				obs := tr.observe(rng, start, "artichoc.cc", loss, map[int]bool{9: true, 23: true, 24: true})
				r := Replay(obs, DefaultPolicy(), tr.end)
				check(t, fmt.Sprint("seed ", seed), r, obs)
				if problem := tr.compare(r.Lifespans); problem != "" {
					t.Fatalf("seed %d: %s\ntruth %v\ngot %v\n%s", seed, problem, tr.stays, r.Lifespans, story(r))
				}
				for _, l := range tr.lives {
					lives++
					if !l.died.IsZero() {
						deaths++
					}
				}
			}
			t.Logf("%d lives, %d deaths", lives, deaths)
		})
	}
}

func (tr *truth) compare(got []tracker.Lifespan) string {
	if len(got) != len(tr.lives) {
		return fmt.Sprintf("%d lives, truly %d", len(got), len(tr.lives))
	}
	within := func(t time.Time, i tracker.Interval) bool { return t.After(i.Lo) && !t.After(i.Hi) }
	for i, l := range tr.lives {
		g := got[i]
		switch {
		case l.witnessed == g.Birth.Lo.IsZero():
			return fmt.Sprintf("life %d: birth %v, witnessed %v", i+1, g.Birth, l.witnessed)
		case !within(l.born, g.Birth):
			return fmt.Sprintf("life %d: born %v, not in %v", i+1, l.born, g.Birth)
		case l.died.IsZero() != (g.Cause == ""):
			return fmt.Sprintf("life %d: died %v, reported cause %q", i+1, l.died, g.Cause)
		case !l.died.IsZero() && !within(l.died, g.Death):
			return fmt.Sprintf("life %d: died %v, not in %v", i+1, l.died, g.Death)
		case l.cause != g.Cause:
			return fmt.Sprintf("life %d: cause %q, reported %q", i+1, l.cause, g.Cause)
		}
	}
	return ""
}

func story(r Result) string {
	var s string
	for _, x := range r.Transitions {
		s += fmt.Sprintf("%s %s %s>%s %v\n", x.Axis, x.Event, x.From, x.To, x.Window)
	}
	return s
}
