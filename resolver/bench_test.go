package resolver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rows "sweep", "sweep-lossy" and "sweep-recursor": 100,000 names, 200 of
// which exist. make bench-dns runs them with the clients on core 1 and the
// servers on core 0, and prints one table; -benchtime 5x is five rounds. They need nsd (and unbound) on the
// PATH, and compare with massdns where MASSDNS names its binary. Clients take
// turns in one run; what counts is the ratio of their medians. On loopback a send
// pays for the receiver's half of the kernel's path, so all client CPU is
// pessimistic.

const (
	benchNames = 100_000
	benchAlive = 200
)

// benchData writes the names in random order and a root zone in which some of
// them have an address.
func benchData(b testing.TB, dir string) (names, zone string) {
	b.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	letters := func(least, most int) string {
		s := make([]byte, least+r.IntN(most-least+1))
		for i := range s {
			s[i] = 'a' + byte(r.IntN(26))
		}
		return string(s)
	}
	tops := make([]string, 1441)
	for i := range tops {
		tops[i] = letters(2, 8) + string('a'+rune(i%26))
	}
	seen := make(map[string]bool)
	var list, z bytes.Buffer
	z.WriteString(". 86400 IN SOA a.root. x. 1 1800 900 604800 86400\n. 86400 IN NS a.root.\na.root. 86400 IN A 127.0.0.1\n")
	for len(seen) < benchNames {
		n := letters(5, 14) + "." + tops[r.IntN(len(tops))]
		if seen[n] {
			continue
		}
		seen[n] = true
		fmt.Fprintln(&list, n)
		if len(seen)%(benchNames/benchAlive) == 0 {
			fmt.Fprintf(&z, "%s. 3600 IN A 198.51.100.1\n", n)
		}
	}
	names, zone = filepath.Join(dir, "names"), filepath.Join(dir, "root.zone")
	for path, data := range map[string][]byte{names: list.Bytes(), zone: z.Bytes()} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return names, zone
}

// once runs one client against one server, with the server's own account of it.
func once(b *testing.B, c benchClient, names string, s benchServer) benchRun {
	b.Helper()
	must := func(f func() (int64, error)) int64 {
		n, err := f()
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	received, dropped, cpu := must(s.received), must(s.dropped), cpuOf(s.pids)
	r := c.run(b, names, s.addr)
	r.serverCPU = cpuOf(s.pids) - cpu
	r.received, r.dropped = must(s.received)-received, must(s.dropped)-dropped
	return r
}

// A row collects the runs of its clients, the first of which is ours.
type row struct {
	name    string
	clients []benchClient
	runs    [][]benchRun
}

func newRow(name string, clients []benchClient) *row {
	return &row{name: name, clients: clients, runs: make([][]benchRun, len(clients))}
}

func (t *row) median(i int, of func(benchRun) float64) float64 {
	v := make([]float64, len(t.runs[i]))
	for k, r := range t.runs[i] {
		v[k] = of(r)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func cpu(r benchRun) float64  { return r.CPU.Seconds() }
func wall(r benchRun) float64 { return r.Wall.Seconds() }
func rate(r benchRun) float64 { return benchNames / r.Wall.Seconds() }

// busy is how much of the servers' core they used: at 1 they are the limit.
func busy(r benchRun) float64 { return r.serverCPU.Seconds() / r.Wall.Seconds() }

// print writes the row: of counts the worst run, of times the median.
func (t *row) print() {
	fmt.Printf("\nrow %s: %d names, %d exist; medians of %d runs in turn\n", t.name, benchNames, benchAlive, len(t.runs[0]))
	fmt.Printf("  %-16s %7s %5s %8s %7s %7s  %6s (%s)  %6s  %8s %5s %6s\n", "client", "found", "lost", "received", "resent", "dropped", "wall s", "min-max", "CPU s", "names/s", "busy", "RSS MB")
	for i, c := range t.clients {
		rs := t.runs[i]
		found, lost, received, dropped := benchAlive, 0, int64(0), int64(0)
		least, most := rs[0].Wall, rs[0].Wall
		for _, r := range rs {
			found, lost = min(found, r.Found), max(lost, benchNames-r.Answered)
			received, dropped = max(received, r.received), max(dropped, r.dropped)
			least, most = min(least, r.Wall), max(most, r.Wall)
		}
		fmt.Printf("  %-16s %3d/%3d %5d %8d %7d %7d  %6.3f (%.2f-%.2f)  %6.3f  %8.0f %5.2f %6d\n", c.name, found, benchAlive, lost, received, received-benchNames, dropped,
			t.median(i, wall), least.Seconds(), most.Seconds(), t.median(i, cpu), t.median(i, rate), t.median(i, busy),
			int64(t.median(i, func(r benchRun) float64 { return float64(r.RSS) }))>>10)
	}
}

// limit prints how what was measured stands to what must be reached.
func limit(b *testing.B, row, what string, got, must float64, atLeast bool) {
	b.Helper()
	word, holds := "at most", got <= must
	if atLeast {
		word, holds = "at least", got >= must
	}
	verdict := "holds"
	if !holds {
		verdict = "FAILS"
	}
	fmt.Printf("  => %-14s %-44s %8.3f   must be %s %.3f   %s\n", row, what, got, word, must, verdict)
	b.ReportMetric(got, strings.ReplaceAll(what, " ", "-"))
}

// sound prints what must hold of every one of our runs.
func (t *row) sound(b *testing.B) {
	b.Helper()
	for _, r := range t.runs[0] {
		if r.Found != benchAlive || r.Answered != benchNames {
			b.Errorf("%s: found %d of %d, answered %d of %d", t.name, r.Found, benchAlive, r.Answered, benchNames)
		}
	}
}

// ratio is ours to the named client's, run by run beside it: the median of pairs.
func (t *row) ratio(name string, of func(benchRun) float64) (float64, bool) {
	for i, c := range t.clients {
		if c.name != name {
			continue
		}
		v := make([]float64, len(t.runs[i]))
		for k := range v {
			v[k] = of(t.runs[0][k]) / of(t.runs[i][k])
		}
		slices.Sort(v)
		return v[len(v)/2], true
	}
	return 0, false
}

func BenchmarkSweep(b *testing.B) {
	dir := b.TempDir()
	names, zone := benchData(b, dir)
	nsd := startNSD(b, dir, zone)
	t := newRow("sweep", peers(b, own("respawn"), massdnsTuned("-s", "500"), own("naive miekg")))
	for b.Loop() {
		for i, c := range t.clients {
			t.runs[i] = append(t.runs[i], once(b, c, names, nsd))
		}
	}
	t.print()
	t.sound(b)
	if r, ok := t.ratio("massdns tuned", cpu); ok {
		limit(b, t.name, "CPU / massdns tuned", r, 1.0, false)
	}
	if r, ok := t.ratio("naive miekg", cpu); ok {
		limit(b, t.name, "CPU / naive miekg", r, 0.15, false)
	}
	limit(b, t.name, "questions received / name", t.median(0, func(r benchRun) float64 { return float64(r.received) / benchNames }), 1, false)
	b.ReportMetric(0, "ns/op")
}

func BenchmarkSweepLossy(b *testing.B) {
	dir := b.TempDir()
	names, zone := benchData(b, dir)
	lossy := startLossy(b, zone)
	t := newRow("sweep-lossy", peers(b, own("respawn"), massdns("massdns default"), massdnsTuned("-s", "20000", "-i", "120")))
	for b.Loop() {
		for i, c := range t.clients {
			t.runs[i] = append(t.runs[i], once(b, c, names, lossy))
		}
	}
	t.print()
	t.sound(b)
	if r, ok := t.ratio("massdns default", wall); ok {
		limit(b, t.name, "wall / massdns default", r, 0.6, false)
	}
	if r, ok := t.ratio("massdns tuned", wall); ok {
		fmt.Printf("  => %-14s %-44s %8.3f\n", t.name, "wall / massdns tuned", r)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSweepRecursor asks through an unbound whose cache is empty. Its limit
// is the best that any client gets out of it in the same run, with few questions
// at a time or many; where none can be had, the time for which unbound and the
// server behind it keep their core busy.
func BenchmarkSweepRecursor(b *testing.B) {
	dir := b.TempDir()
	names, zone := benchData(b, dir)
	nsd := startNSD(b, dir, zone)
	// A recursor works differently for each type: the peers ask what we ask, although
	// massdns then says nothing about names that have an address alone.
	wide := massdnsTuned("-s", "2000", "-t", "NS")
	wide.name = "massdns wide"
	t := newRow("sweep-recursor", peers(b, own("respawn"), massdnsTuned("-s", "500", "-t", "NS"), wide))
	for b.Loop() {
		for i, c := range t.clients {
			unbound, stop := startUnbound(b, b.TempDir(), nsd)
			t.runs[i] = append(t.runs[i], once(b, c, names, unbound))
			stop()
		}
	}
	t.print()
	t.sound(b)
	best := 0.0
	for i := range t.clients {
		best = max(best, t.median(i, rate))
	}
	if len(t.clients) > 1 {
		limit(b, t.name, "names/s / best of all clients", t.median(0, rate)/best, 0.95, true)
		fmt.Printf("  => %-14s %-44s %8.3f\n", t.name, "share of time that unbound's core is busy", t.median(0, busy))
	} else {
		limit(b, t.name, "share of time that unbound's core is busy", t.median(0, busy), 0.95, true)
	}
	b.ReportMetric(0, "ns/op")
}
