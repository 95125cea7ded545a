package resolver

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"respawn/tracker"
)

// Many users of one client keep to one rate.
func TestRateIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(newClock(), 100)
		var group sync.WaitGroup
		var mu sync.Mutex
		var at []time.Time
		for range 4 {
			group.Go(func() {
				for range 100 {
					if p.wait(t.Context()) != nil {
						return
					}
					mu.Lock()
					at = append(at, time.Now())
					mu.Unlock()
				}
			})
		}
		group.Wait()
		slices.SortFunc(at, time.Time.Compare)
		for i := range at {
			j, _ := slices.BinarySearchFunc(at, at[i].Add(time.Second), time.Time.Compare)
			if j-i > 102 {
				t.Fatalf("%d questions in the second after %v", j-i, at[i].Sub(at[0]))
			}
		}
		if d := at[len(at)-1].Sub(at[0]); d > 4100*time.Millisecond {
			t.Errorf("400 questions at 100 a second took %v", d)
		}
	})
}

// Everything that leaves counts towards the rate, what is asked again included.
func TestSweepKeepsToItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Time
		m := &memory{servfail: func(n int) bool {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			return n%3 == 0
		}}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: m.dial, Rate: 100})
		answers := 0
		if _, err := c.Sweep(t.Context(), bulk(600), func(tracker.SweepAnswer) { answers++ }); err != nil || answers != 600 {
			t.Errorf("%d answers, %v", answers, err)
		}
		slices.SortFunc(at, time.Time.Compare)
		for i := range at {
			if j, _ := slices.BinarySearchFunc(at, at[i].Add(time.Second), time.Time.Compare); j-i > 102 {
				t.Fatalf("%d questions in the second after %v", j-i, at[i].Sub(at[0]))
			}
		}
		if d := at[len(at)-1].Sub(at[0]); len(at) < 700 || d < time.Duration(len(at)-3)*10*time.Millisecond {
			t.Errorf("%d questions in %v", len(at), d)
		}
		_ = c.Close()
	})
}

// No suffix sees more than its cap, however the names are ordered, and names of
// other suffixes do not wait behind them.
func TestSuffixesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: m.dial, PerSuffix: 20})
		start := time.Now()
		last := make(map[string]time.Duration)
		count := make(map[string]int)
		_, err := c.Sweep(t.Context(), func(yield func(tracker.Name) bool) {
			for i := range 100 { // all of one registry first
				yield(tracker.Name("gone" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".co.uk"))
			}
			for _, s := range []string{"so", "cc", "github.io"} {
				for _, l := range []string{"a", "b", "c", "d", "e"} {
					yield(tracker.Name("gone" + l + "." + s))
				}
			}
		}, func(a tracker.SweepAnswer) {
			last[a.Name.Suffix()] = time.Since(start)
			count[a.Name.Suffix()]++
		})
		if err != nil {
			t.Fatal(err)
		}
		if count["co.uk"] != 100 || last["co.uk"] < 4900*time.Millisecond || last["co.uk"] > 5500*time.Millisecond {
			t.Errorf("100 names of co.uk at 20 a second took %v (%d)", last["co.uk"], count["co.uk"])
		}
		for _, s := range []string{"so", "cc", "github.io"} {
			if last[s] > 400*time.Millisecond {
				t.Errorf("five names of %s took %v behind another suffix", s, last[s])
			}
		}
		_ = c.Close()
	})
}

// A stream that pauses is answered as it goes: nothing waits for a batch to fill.
func TestSweepOfASlowStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c := newClient(t, Config{Resolvers: []string{"tcp://198.18.0.53"}, Dial: m.dial})
		var sent atomic.Int64 // of the virtual clock
		var worst time.Duration
		answers := 0
		_, err := c.Sweep(t.Context(), func(yield func(tracker.Name) bool) {
			for range 20 {
				time.Sleep(time.Minute)
				sent.Store(time.Now().UnixNano())
				yield("live.example")
			}
		}, func(tracker.SweepAnswer) {
			answers++
			worst = max(worst, time.Since(time.Unix(0, sent.Load())))
		})
		if err != nil || answers != 20 || worst > 100*time.Millisecond {
			t.Errorf("%d answers, the slowest after %v, %v", answers, worst, err)
		}
		_ = c.Close()
	})
}

func TestControl(t *testing.T) {
	const ms = int64(time.Millisecond)
	run := func(c *control, rounds int, delay func(window float64) int64, failed float64) {
		now := c.round
		for range rounds {
			now += 100 * ms
			n := int(c.window)
			for i := range n {
				if float64(i) < failed*float64(n) {
					c.onFailure()
				} else {
					c.onAnswer(delay(c.window))
				}
			}
			c.peak = n
			c.tick(now, n)
		}
	}
	steady := func(float64) int64 { return 30 * ms }
	t.Run("it grows to its ceiling over a long path without loss", func(t *testing.T) {
		c := newControl(8192)
		run(&c, 20, steady, 0.01)
		if c.window != 8192 {
			t.Errorf("window %v", c.window)
		}
	})
	t.Run("it stops where questions only queue", func(t *testing.T) {
		c := newControl(8192)
		// One server: each question waits for those before it, 4 us each.
		run(&c, 200, func(w float64) int64 { return 100_000 + int64(w)*4000 }, 0)
		if c.window < 200 || c.window > 1200 {
			t.Errorf("window %v", c.window)
		}
	})
	t.Run("it halves under loss and is sick in the end", func(t *testing.T) {
		c := newControl(8192)
		run(&c, 20, steady, 0)
		run(&c, 1, steady, 0.3)
		if c.window != 4096 {
			t.Errorf("window %v after one bad round", c.window)
		}
		run(&c, 30, steady, 0.9)
		if c.window != windowFloor || !c.sick() {
			t.Errorf("window %v, ill %v", c.window, c.ill)
		}
	})
}
