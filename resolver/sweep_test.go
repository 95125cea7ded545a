package resolver

import (
	"runtime"
	"strings"
	"testing"

	"respawn/tracker"
)

const someRecords = `
artichoc.cc.        300 IN NS  ns1.host.example.
artichoc.cc.        300 IN NS  ns2.host.example.
www.artichoc.cc.    300 IN A   93.184.216.34
alias.example.      300 IN CNAME nowhere.invalid.
dname.example.      300 IN TXT "x"
deep.below.example. 300 IN TXT "x"
`

func TestSweep(t *testing.T) {
	f := newFake(t, someRecords, nil)
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	names := []tracker.Name{"artichoc.cc", "www.artichoc.cc", "alias.example", "below.example", "gone.example", "gone.cc"}
	got, stats := sweep(t, c, names...)
	for _, tt := range []struct {
		why  string
		name tracker.Name
		want tracker.Outcome
		ns   int
	}{
		{"a delegated name", "artichoc.cc", tracker.Present, 2},
		{"a host below it", "www.artichoc.cc", tracker.Present, 0},
		{"an alias to nowhere exists itself (RFC 6604)", "alias.example", tracker.Present, 0},
		{"an empty name between others exists (RFC 8020)", "below.example", tracker.Present, 0},
		{"a name that is not there", "gone.example", tracker.Absent, 0},
	} {
		a := got[tt.name]
		if a.Outcome != tt.want || len(a.NS) != tt.ns || a.Server != f.addr || a.Reason != "" {
			t.Errorf("%s: %s is %v %q, %d NS, from %q; want %v, %d NS", tt.why, tt.name, a.Outcome, a.Reason, len(a.NS), a.Server, tt.want, tt.ns)
		}
	}
	if n := f.queries.Load(); int(n) != len(names) || stats.Queries != len(names) {
		t.Errorf("%d questions (%d counted) for %d names: an answer is final", n, stats.Queries, len(names))
	}
	if stats.Present != 4 || stats.Absent != 2 || stats.Asked != 6 || len(stats.Unknown) != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// Every name that the DNS can carry is asked as it is.
func TestSweepOddNames(t *testing.T) {
	long := strings.Repeat("b", 63)
	names := []string{"_dmarc.odd.example", "xn--80aswg.example", "9.example", long + ".example", "-x-.example", "EXAMPLE-upper.example"}
	most := strings.Repeat(long+".", 3) + strings.Repeat("c", 61-8) + ".example" // 253 octets
	names = append(names, most)
	var records strings.Builder
	var ask []tracker.Name
	for _, n := range names {
		records.WriteString(n + ". 60 IN TXT here\n")
		ask = append(ask, tracker.Name(n))
	}
	if len(most) != 253 {
		t.Fatalf("%d octets", len(most))
	}
	f := newFake(t, records.String(), nil)
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	got, _ := sweep(t, c, ask...)
	for n, a := range got {
		if a.Outcome != tracker.Present {
			t.Errorf("%s is %v %q", n, a.Outcome, a.Reason)
		}
	}
	for _, n := range []tracker.Name{tracker.Name(long + "b.example"), tracker.Name("c" + most), "a..example", ""} {
		got, _ := sweep(t, c, n)
		if a := got[n]; n != "" && (a.Outcome != tracker.Unknown || a.Reason != tracker.ReasonBadAnswer) {
			t.Errorf("%q, which is no name, is %v %q", n, a.Outcome, a.Reason)
		}
	}
}

func TestSweepBulk(t *testing.T) {
	l := newLossy(t, func(int64) fate { return fate{} })
	c := newClient(t, Config{Resolvers: []string{l.addr}})
	const n = 50_000
	present, absent := 0, 0
	stats, err := c.Sweep(t.Context(), bulk(n), func(a tracker.SweepAnswer) {
		switch {
		case a.Outcome == tracker.Present && a.Name[:4] == "live":
			present++
		case a.Outcome == tracker.Absent && a.Name[:4] == "gone":
			absent++
		default:
			t.Fatalf("%s is %v %q", a.Name, a.Outcome, a.Reason)
		}
	})
	if err != nil || present != n/500 || absent != n-n/500 {
		t.Errorf("%d present, %d absent, %v", present, absent, err)
	}
	t.Logf("%d names in %v: %d queries, window %d, %+v", n, stats.Elapsed, stats.Queries, stats.MaxWindow, stats.Servers)
}

// The memory of a sweep does not grow with its length, also where one suffix
// holds up the others.
func TestSweepMemory(t *testing.T) {
	l := newLossy(t, func(int64) fate { return fate{} })
	for _, perSuffix := range []float64{0, 1e5} {
		c := newClient(t, Config{Resolvers: []string{l.addr}, PerSuffix: perSuffix})
		var before, m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var peak uint64
		answers := 0
		if _, err := c.Sweep(t.Context(), bulk(80_000), func(tracker.SweepAnswer) {
			if answers++; answers%20_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
			}
		}); err != nil {
			t.Fatal(err)
		}
		if peak > 24<<20 {
			t.Errorf("%d MiB in use with a cap of %v", peak>>20, perSuffix)
		}
	}
}
