package lookalike

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"respawn/tracker"
)

// cpu is the processor time that the process has used, in seconds: what a busy
// machine measures truly.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// perCPU reports names by processor second.
func perCPU(b *testing.B, names int, before float64) {
	b.ReportMetric(float64(names)/(cpu(b)-before), "names/cpu-s")
}

// BenchmarkGenerate makes 500,000 ranked names of the 32 seized ones by all rules,
// the set-up of the generator included.
func BenchmarkGenerate(b *testing.B) {
	c := seizedCase(b)
	before, names := cpu(b), 0
	for b.Loop() {
		for range Generate(c, Options{Budget: 500_000}) {
			names++
		}
	}
	perCPU(b, names, before)
}

// BenchmarkGenerateFirst makes the 5,000 best names, as a nightly scan does.
func BenchmarkGenerateFirst(b *testing.B) {
	c := seizedCase(b)
	before, names := cpu(b), 0
	for b.Loop() {
		for range Generate(c, Options{Budget: 5_000}) {
			names++
		}
	}
	perCPU(b, names, before)
}

// BenchmarkMatch is row "match": a million names against a hundred labels, with a
// thousand planted. "floor" only reads and folds every octet, without an answer.
func BenchmarkMatch(b *testing.B) {
	c, names, marked := stream(b, 1_000_000, 1)
	m := NewMatcher(c, MatchOptions{})
	b.Run("million", func(b *testing.B) {
		b.ReportAllocs()
		before, done, found := cpu(b), 0, 0
		for b.Loop() {
			for _, n := range names {
				if _, ok := m.Match(n); ok {
					found++
				}
			}
			done += len(names)
		}
		perCPU(b, done, before)
		b.ReportMetric(float64(found)/float64(done/len(names)), "hits")
		_ = marked
	})
	b.Run("floor", func(b *testing.B) {
		before, done := cpu(b), 0
		var x uint64
		for b.Loop() {
			for _, n := range names {
				for _, c := range n {
					x = x*hashBase + uint64(symbol[c])
				}
			}
			done += len(names)
		}
		perCPU(b, done, before)
		if x == 0 {
			b.Log("the sum must be used")
		}
	})
	misses := names[:0:0]
	for _, n := range names {
		if _, ok := m.Match(n); !ok {
			misses = append(misses, n)
		}
	}
	b.Run("misses", func(b *testing.B) {
		b.ReportAllocs()
		before, done := cpu(b), 0
		for b.Loop() {
			for _, n := range misses {
				m.Match(n)
			}
			done += len(misses)
		}
		perCPU(b, done, before)
	})
}

// BenchmarkMatchWatched shows that the cost of a miss does not grow with the
// number of watched labels.
func BenchmarkMatchWatched(b *testing.B) {
	_, names, _ := stream(b, 100_000, 1)
	for _, watched := range []int{10, 100, 1000} {
		c := &tracker.Case{}
		rnd := rand.New(rand.NewPCG(9, 9))
		for range watched {
			l := make([]byte, 7+rnd.IntN(8))
			for i := range l {
				l[i] = "aeiouaeioubcdfghjklmnprstvw"[rnd.IntN(27)]
			}
			c.Outlets = append(c.Outlets, tracker.Outlet{Name: tracker.Name(l) + ".com"})
		}
		m := NewMatcher(c, MatchOptions{})
		b.Run(fmt.Sprint(watched), func(b *testing.B) {
			before, done := cpu(b), 0
			for b.Loop() {
				for _, n := range names {
					m.Match(n)
				}
				done += len(names)
			}
			perCPU(b, done, before)
		})
	}
}
