package resolver

import (
	"fmt"
	"math/rand/v2"
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

// A path is a resolver on the other side of a control: an answer comes after its
// delay, a loss is known after a patience, and whatever ends is asked in its place.
type path struct {
	now      int64
	delay    func(underway int) int64
	lost     func(underway int) float64
	underway []sentTry // by the time of their end
}

type sentTry struct {
	at, end int64
	lost    bool
}

func (p *path) run(c *control, d time.Duration) {
	const ms, patience = int64(time.Millisecond), int64(100 * time.Millisecond)
	rng := rand.New(rand.NewPCG(1, 2))
	for end := p.now + int64(d); p.now < end; p.now += ms {
		waiting := p.underway[:0]
		for _, s := range p.underway {
			switch {
			case s.end > p.now:
				waiting = append(waiting, s)
			case s.lost:
				c.onFailure(s.at, true)
			default:
				c.onAnswer(s.at, s.end-s.at, true)
			}
		}
		p.underway = waiting
		c.tick(p.now, len(p.underway), patience)
		for len(p.underway) < int(c.window) {
			s := sentTry{at: p.now, end: p.now + patience, lost: rng.Float64() < p.lost(len(p.underway))}
			if !s.lost {
				s.end = p.now + p.delay(len(p.underway))
			}
			p.underway = append(p.underway, s)
		}
		c.peak = max(c.peak, len(p.underway))
	}
}

func TestControl(t *testing.T) {
	const ms = int64(time.Millisecond)
	slow := func(int) int64 { return 30 * ms }
	quick := func(int) int64 { return ms }
	always := func(share float64) func(int) float64 { return func(int) float64 { return share } }
	t.Run("it grows to its ceiling over a long path without loss", func(t *testing.T) {
		c := newControl(8192)
		(&path{delay: slow, lost: always(0.01)}).run(&c, 2*time.Second)
		if c.window != 8192 {
			t.Errorf("window %v", c.window)
		}
	})
	t.Run("it stops where questions only queue", func(t *testing.T) {
		c := newControl(8192)
		// One server: each question waits for those before it, 4 us each.
		(&path{delay: func(n int) int64 { return ms + int64(n)*4000 }, lost: always(0)}).run(&c, 5*time.Second)
		if c.window < 200 || c.window > 1500 {
			t.Errorf("window %v", c.window)
		}
	})
	for _, share := range []float64{0.1, 0.2, 0.3, 0.45} {
		for _, delay := range []func(int) int64{quick, slow} {
			t.Run(fmt.Sprintf("it is not held down by %v that any window loses, %v away", share, time.Duration(delay(0))), func(t *testing.T) {
				c := newControl(8192)
				p := &path{delay: delay, lost: always(share)}
				p.run(&c, 8*time.Second)
				sum := 0.0
				for range 100 {
					p.run(&c, 100*time.Millisecond)
					sum += c.window / 100
				}
				if sum < 400 {
					t.Errorf("window %v in the mean, base %v", sum, c.base)
				}
			})
		}
	}
	t.Run("it is held by what a resolver drops above its rate, whatever else is lost", func(t *testing.T) {
		for _, base := range []float64{0, 0.1, 0.3} {
			c := newControl(8192)
			p := &path{delay: slow, lost: func(n int) float64 { return base + (1-base)*max(0, 1-200/float64(n+1)) }}
			p.run(&c, 20*time.Second)
			sum := 0.0
			for range 100 {
				p.run(&c, 100*time.Millisecond)
				sum += c.window / 100
			}
			if sum > 400 {
				t.Errorf("with %v lost anyhow the window is %v in the mean, where 200 are answered", base, sum)
			}
		}
	})
	t.Run("it believes a path that has mended", func(t *testing.T) {
		c := newControl(8192)
		p := &path{delay: slow, lost: always(0.4)}
		p.run(&c, 8*time.Second)
		if p.lost = always(0.01); c.base < 0.3 {
			t.Errorf("base %v where 0.4 are lost", c.base)
		}
		p.run(&c, 8*time.Second)
		if c.base > 0.03 {
			t.Errorf("base %v", c.base)
		}
	})
	t.Run("it halves under loss and is sick in the end", func(t *testing.T) {
		c := newControl(8192)
		p := &path{delay: slow, lost: always(0)}
		p.run(&c, 2*time.Second)
		p.lost = always(0.9)
		p.run(&c, 10*time.Second)
		if c.window != windowFloor || !c.sick() {
			t.Errorf("window %v, ill %v", c.window, c.ill)
		}
	})
}
