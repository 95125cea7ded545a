package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// Every existing name is found and no other, although one resolver loses one
// answer in twenty and holds back another until long after the next try, and the
// second answers SERVFAIL to everything. With RESPAWN_LONG set this runs ten
// times over 100,000 names, as the acceptance of the sweep asks; else once over
// fewer.
func TestSweepUnderLoss(t *testing.T) {
	n, runs := 12_000, 1
	if os.Getenv("RESPAWN_LONG") != "" {
		n, runs = 100_000, 10
	}
	for _, tt := range []struct {
		why    string
		tries  int // 0: as by default
		decide []func(int64) fate
	}{
		{"5 % dropped, 5 % too late, the other resolver says SERVFAIL", 0, []func(int64) fate{
			func(i int64) fate {
				switch i * 7919 % 100 / 5 { // spread, not in step with the names
				case 3:
					return fate{drop: true}
				case 11:
					return fate{delay: 150 * time.Millisecond}
				}
				return fate{}
			},
			func(int64) fate { return fate{servfail: true} },
		}},
		// Of 12,000 names that are asked eight times one is unheard in three runs of a hundred.
		{"one in five dropped by both", 12, []func(int64) fate{
			func(i int64) fate { return fate{drop: i*7919%100 < 20} },
			func(i int64) fate { return fate{drop: i*6101%100 < 20} },
		}},
		{"5 % dropped, the other resolver refuses", 0, []func(int64) fate{
			func(i int64) fate { return fate{drop: i*7919%100 < 5} },
			func(int64) fate { return fate{refused: true} },
		}},
		{"half too late, the other resolver slow with SERVFAIL", 0, []func(int64) fate{
			func(i int64) fate { return fate{delay: time.Duration(i%2) * 60 * time.Millisecond} },
			func(int64) fate { return fate{servfail: true, delay: 30 * time.Millisecond} },
		}},
		{"one in eight dropped", 0, []func(int64) fate{func(i int64) fate { return fate{drop: i*7919%100 < 12} }}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var addrs []string
			for _, d := range tt.decide {
				addrs = append(addrs, newLossy(t, d).addr)
			}
			c := newClient(t, Config{Resolvers: addrs, FirstTry: 20 * time.Millisecond, Tries: tt.tries})
			for run := range runs {
				present, absent := 0, 0
				seen := make(map[tracker.Name]bool, n)
				stats, err := c.Sweep(t.Context(), bulk(n), func(a tracker.SweepAnswer) {
					if seen[a.Name] {
						t.Errorf("%s was answered twice", a.Name)
					}
					seen[a.Name] = true
					live := strings.HasPrefix(string(a.Name), "live")
					switch {
					case a.Outcome == tracker.Present && live:
						present++
					case a.Outcome == tracker.Absent && !live:
						absent++
					default:
						t.Errorf("%s is %v %q from %s", a.Name, a.Outcome, a.Reason, a.Server)
					}
				})
				if err != nil || present != n/500 || present+absent != n {
					t.Fatalf("run %d: %d present of %d, %d absent, %v", run, present, n/500, absent, err)
				}
				t.Logf("run %d: %v, %d questions, %d retries, window %d, %+v", run, stats.Elapsed, stats.Queries, stats.Retries, stats.MaxWindow, stats.Servers)
			}
		})
	}
}

// Names that nobody answers are asked eight times each, and hold up none of those that
// somebody does: what was lost is no longer under way.
func TestSweepOfDeafNames(t *testing.T) {
	const n = 8000
	l := newLossy(t, func(int64) fate { return fate{} })
	c := newClient(t, Config{Resolvers: []string{l.addr}, FirstTry: 10 * time.Millisecond})
	absent, deaf, before := 0, 0, 0
	stats, err := c.Sweep(t.Context(), func(yield func(tracker.Name) bool) {
		for i := range n {
			word := "gone"
			if i%4 == 0 {
				word = "deaf"
			}
			if !yield(tracker.Name(fmt.Sprintf("%s%d.example", word, i))) {
				return
			}
		}
	}, func(a tracker.SweepAnswer) {
		switch {
		case a.Outcome == tracker.Absent && !strings.HasPrefix(string(a.Name), "deaf"):
			absent++
		case a.Outcome == tracker.Unknown && a.Reason == tracker.ReasonTimeout && strings.HasPrefix(string(a.Name), "deaf"):
			if deaf == 0 {
				before = absent
			}
			deaf++
		default:
			t.Errorf("%s is %v %q", a.Name, a.Outcome, a.Reason)
		}
	})
	if err != nil || deaf != n/4 || absent != n-n/4 {
		t.Fatalf("%d deaf, %d absent, %v", deaf, absent, err)
	}
	if before < n/2 {
		t.Errorf("%d of %d names had their answer when the first was given up", before, absent)
	}
	t.Logf("%v, %d questions, window %d", stats.Elapsed, stats.Queries, stats.MaxWindow)
}

// Where every resolver falls silent, the sweep ends by itself, says so, and
// calls nothing absent.
func TestSweepDeadPath(t *testing.T) {
	var dead atomic.Bool
	l := newLossy(t, func(i int64) fate {
		if i > 2000 {
			dead.Store(true)
		}
		return fate{drop: dead.Load()}
	})
	c := newClient(t, Config{Resolvers: []string{l.addr}, FirstTry: 5 * time.Millisecond})
	c.cfg.dead = 300 * time.Millisecond
	count := make(map[tracker.Reason]int)
	answers := 0
	_, err := c.Sweep(t.Context(), bulk(1_000_000), func(a tracker.SweepAnswer) {
		answers++
		if a.Outcome == tracker.Unknown {
			count[a.Reason]++
		}
	})
	if !errors.Is(err, ErrNoResolver) {
		t.Errorf("%v, want ErrNoResolver", err)
	}
	if count[tracker.ReasonTimeout] == 0 || count[tracker.ReasonCancelled] == 0 || answers-count[tracker.ReasonTimeout]-count[tracker.ReasonCancelled] > 2000 {
		t.Errorf("%d answers, unknown %v", answers, count)
	}
}

func TestSweepCancelled(t *testing.T) {
	l := newLossy(t, func(int64) fate { return fate{} })
	c := newClient(t, Config{Resolvers: []string{l.addr}, Rate: 2000})
	ctx, cancel := context.WithCancel(t.Context())
	read, answers := 0, 0
	_, err := c.Sweep(ctx, func(yield func(tracker.Name) bool) {
		for n := range bulk(1_000_000) {
			read++
			if !yield(n) {
				return
			}
		}
	}, func(a tracker.SweepAnswer) {
		if answers++; answers == 50 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || answers != read || read == 1_000_000 {
		t.Errorf("%d names read, %d answers, %v", read, answers, err)
	}
}

// A name that is answered late, while it waits for the rate to be asked again, is
// done with: it is neither asked nor answered a second time.
func TestSweepLateUnderARate(t *testing.T) {
	l := newLossy(t, func(int64) fate { return fate{delay: 60 * time.Millisecond} })
	c := newClient(t, Config{Resolvers: []string{l.addr}, FirstTry: 10 * time.Millisecond, Rate: 800})
	var names []tracker.Name
	for n := range bulk(600) {
		names = append(names, n)
	}
	got, stats := sweep(t, c, names...)
	for n, a := range got {
		if want := strings.HasPrefix(string(n), "live"); want != (a.Outcome == tracker.Present) || a.Outcome == tracker.Unknown {
			t.Errorf("%s is %v %q", n, a.Outcome, a.Reason)
		}
	}
	if s := stats.Servers[0]; s.Answers != len(names) {
		t.Errorf("%d answers counted for %d names", s.Answers, len(names))
	}
}

// A resolver that has gone while others answer takes no name with it, and one
// that is alone and gone is called unreachable.
func TestSweepClosedPort(t *testing.T) {
	gone := closedPort(t)
	l := newLossy(t, func(int64) fate { return fate{} })
	c := newClient(t, Config{Resolvers: []string{gone, l.addr}, FirstTry: 5 * time.Millisecond})
	present, absent := 0, 0
	if _, err := c.Sweep(t.Context(), bulk(5000), func(a tracker.SweepAnswer) {
		switch a.Outcome {
		case tracker.Present:
			present++
		case tracker.Absent:
			absent++
		}
	}); err != nil || present != 10 || absent != 4990 {
		t.Errorf("%d present, %d absent, %v", present, absent, err)
	}
	c = newClient(t, Config{Resolvers: []string{gone}, FirstTry: 5 * time.Millisecond})
	got, stats := sweep(t, c, "live.example", "gone.example")
	for n, a := range got {
		if a.Outcome != tracker.Unknown || runtime.GOOS == "linux" && a.Reason != tracker.ReasonUnreachable {
			t.Errorf("%s is %v %q", n, a.Outcome, a.Reason)
		}
	}
	if runtime.GOOS == "linux" && stats.Queries > 8 {
		t.Errorf("%d questions to a closed port", stats.Queries)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().String()
}

// Answers that come from another port than was asked are nobody's.
func TestSweepAnswerFromElsewhere(t *testing.T) {
	other, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	f := newFake(t, hostileRecords, func(w dns.ResponseWriter, q, m *dns.Msg) bool {
		b, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		_, _ = other.WriteTo(b, w.RemoteAddr())
		return true
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}, Tries: 3, FirstTry: 5 * time.Millisecond})
	got, _ := sweep(t, c, "alive.example", "gone.example")
	for n, a := range got {
		if a.Outcome != tracker.Unknown || a.Reason != tracker.ReasonTimeout {
			t.Errorf("%s is %v %q", n, a.Outcome, a.Reason)
		}
	}
}

// Whatever takes the answers may stand still: what came meanwhile was not lost,
// and nobody is asked again for it.
func TestSweepWithASlowReader(t *testing.T) {
	l := newLossy(t, func(int64) fate { return fate{} })
	c := newClient(t, Config{Resolvers: []string{l.addr}})
	answers := 0
	stats, err := c.Sweep(t.Context(), bulk(3000), func(tracker.SweepAnswer) {
		if answers++; answers%1000 == 500 {
			// All that has been asked was answered before this question was, and it is
			// a minute later than when it was asked: longer than any patience.
			last := &dns.Client{Timeout: time.Minute}
			if _, _, err := last.Exchange(new(dns.Msg).SetQuestion("live.example.", dns.TypeNS), l.addr); err != nil {
				t.Error(err)
			}
			c.clock.epoch = c.clock.epoch.Add(-time.Minute)
		}
	})
	if err != nil || answers != 3000 {
		t.Fatalf("%d answers, %v", answers, err)
	}
	if stats.Timeouts > 0 && runtime.GOOS == "linux" {
		t.Errorf("%d timeouts: %+v", stats.Timeouts, stats.Servers)
	}
}
