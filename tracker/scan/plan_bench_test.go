package scan

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"respawn/tracker"
)

// BenchmarkPlan makes the plan of the night after a seizure of so many names, all
// of them asked in full, and every list of it. live-MB is what is held then; for
// the peak run one size alone below /usr/bin/time -v, with -benchtime 1x.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{32, 500, 5000} {
		b.Run(fmt.Sprintf("names=%d", n), func(b *testing.B) {
			at := day("2024-09-06 02:00")
			c := &tracker.Case{ID: "t"}
			x := uint32(1)
			for i := range n {
				label := ""
				for len(label) < 6+i%9 {
					x = x*1664525 + 1013904223
					label += string("bcdfghjklmnprstvaeiou"[(x>>16)%21])
				}
				c.Names = append(c.Names, tracker.CaseName{Name: tracker.Name(fmt.Sprintf("%s%d.com", label, i)), Role: tracker.RoleSeized, SeizedAt: day("2024-09-04 00:00")})
			}
			budget := Budget{FullFor: 14 * 24 * time.Hour, Best: 5000, CoverAllEvery: 7 * 24 * time.Hour}
			for b.Loop() {
				s := &Scanner{Deps: Deps{Budget: budget}}
				full := fullLabels(c, nil, budget.FullFor, at)
				cs, err := s.candidates(b.Context(), c, nil, nil, full, at)
				if err != nil {
					b.Fatal(err)
				}
				p := MakePlan(&cs.Candidates, full, budget, at)
				lists := 0
				for c := range p.chunks() {
					_ = tracker.DigestOf(c.list)
					lists++
				}
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/1e6, "live-MB")
				b.ReportMetric(float64(p.Asked()), "asked")
				b.ReportMetric(float64(lists), "lists")
				runtime.KeepAlive(p)
				runtime.KeepAlive(cs)
			}
		})
	}
}
