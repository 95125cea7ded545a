package main

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"respawn/internal/netsim"
	"respawn/resolver"
	"respawn/resolver/registration"
	"respawn/tracker"
)

// lookWorld is a world of n names that exist, of the kinds that a case holds: on
// registries with RDAP and without, with mail and without, behind a CDN with IPv6
// and on one machine, seized, parked, below a second level, in Cyrillic, and
// hosts below a name.
func lookWorld(b testing.TB, n int) (*netsim.World, []tracker.Name) {
	b.Helper()
	var y strings.Builder
	y.WriteString(`
world: 1
title: A thousand names
provenance: { others: invented }
case: case.csv
calendar: { from: 2025-03-01, to: 2025-03-02 }
registrars:
  a: { name: Alpha Registrar, iana_id: 9901, abuse_email: abuse@alpha.example }
  b: { name: Beta Registrar, iana_id: 9902, abuse_email: abuse@beta.example }
hosts:
  one: { addresses: [198.19.130.10], org: One Machine, asn: 64511, ptr: box10.bulk.example }
  cdn: { addresses: [198.19.128.20, 198.19.128.21, "2001:2::20"], org: Edge, asn: 64512, cdn: true }
sites:
`)
	suffixes := []string{"com", "so", "cc", "pw", "info", "co.uk", "de", "press", "online", "ws"}
	var names []tracker.Name
	for i := range n {
		label := fmt.Sprintf("voice-%d", i)
		if i%17 == 0 {
			label = fmt.Sprintf("голос-%d", i)
		}
		parsed, err := tracker.ParseName(label + "." + suffixes[i%len(suffixes)])
		if err != nil {
			b.Fatal(err)
		}
		name := string(parsed)
		fmt.Fprintf(&y, "  - name: %s\n    registered: 2024-%02d-%02d\n    registrar: %s\n    web: { pages: { /: { html: \"<title>Voice</title>\" } } }\n", name, 1+i%12, 1+i%28, []string{"a", "b"}[i%2])
		switch i % 5 {
		case 0:
			y.WriteString("    host: one\n    nameservers: [ns1.fbi.seized.gov, ns2.fbi.seized.gov]\n    statuses: [server transfer prohibited]\n")
		case 1:
			y.WriteString("    host: cdn\n    records: ['@ MX 10 mx.mail.example.', '@ TXT \"v=spf1 -all\"', '@ CAA 0 issue \"letsencrypt.org\"', 'm CNAME www']\n    subdomains: { fr: { web: { redirect: \"https://voice.example/\" } } }\n")
		case 2:
			y.WriteString("    host: one\n    nameservers: [ns1.dns.example, ns2.dns.example]\n    statuses: [client transfer prohibited]\n")
		default:
			y.WriteString("    host: one\n")
		}
		if i%10 == 1 {
			name = "fr." + name
		}
		names = append(names, tracker.Name(name))
	}
	w, err := netsim.Parse("look.yaml", []byte(y.String()), nil)
	if err != nil {
		b.Fatal(err)
	}
	return w, names
}

// roundTrip is what each exchange with a server costs besides its work.
const roundTrip = time.Millisecond

// A distant connection delivers an answer no sooner than a round trip after the
// question.
type distant struct {
	net.Conn
	mu    sync.Mutex
	asked time.Time // guarded by mu
}

func (d *distant) Write(p []byte) (int, error) {
	d.mu.Lock()
	d.asked = time.Now()
	d.mu.Unlock()
	return d.Conn.Write(p)
}

func (d *distant) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	d.mu.Lock()
	wait := roundTrip - time.Since(d.asked)
	d.mu.Unlock()
	if err == nil && wait > 0 {
		time.Sleep(wait)
	}
	return n, err
}

func far(dial resolver.DialFunc) resolver.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &distant{Conn: c}, nil
	}
}

// BenchmarkLook is the row "look": everything that a night asks about a name that
// exists, for 1,000 names, 32 at a time as a scan does, with pacing off and 1 ms
// added to each round trip. The simulated servers run in this process and on its
// core, so their work counts as ours.
func BenchmarkLook(b *testing.B) {
	const count, workers = 1000, 32
	w, names := lookWorld(b, count)
	world, err := netsim.Start(b.Context(), w, netsim.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = world.Close() }()
	set := world.Settings()
	inside := func(ctx context.Context, network, address string) (net.Conn, error) {
		return world.DialContext(ctx, network, address)
	}
	c, err := resolver.New(resolver.Config{
		Resolvers: set.Resolvers, Roots: set.Roots, AuthorityTCP: true,
		Dial: far(func(ctx context.Context, network, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}),
		DialAuthority: far(inside),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	reg, err := registration.New(registration.Config{
		Dial: registration.DialFunc(far(inside)), RDAP: set.RDAPServers, WHOIS: set.WHOISServers, Bootstrap: set.RDAPBootstrap, IANAWhois: "none",
	})
	if err != nil {
		b.Fatal(err)
	}
	full := func(ctx context.Context, n tracker.Name) string {
		v, err := c.Look(ctx, n)
		if err != nil || v.Outcome != tracker.Present || v.Facts == nil {
			return fmt.Sprintf("look at %s: %v %q %v", n, v.Outcome, v.Reason, err)
		}
		d, err := c.ParentDelegation(ctx, n.Registrable())
		if err != nil || d.Outcome != tracker.Present || len(d.Facts.Delegation.NS) == 0 {
			return fmt.Sprintf("delegation of %s: %v %q %v", n, d.Outcome, d.Reason, err)
		}
		r, err := reg.Ask(ctx, n.Registrable())
		if err != nil || r.Outcome != tracker.Present || r.Registration.Registrar == "" {
			return fmt.Sprintf("registration of %s: %v %q %s %v", n, r.Outcome, r.Reason, r.Detail, err)
		}
		return ""
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var rates, cpu []float64
	var heap []uint64
	for b.Loop() {
		before, start := cpuUsed(), time.Now()
		todo := make(chan tracker.Name)
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for n := range todo {
					if why := full(b.Context(), n); why != "" {
						b.Error(why)
					}
				}
			})
		}
		for _, n := range names {
			todo <- n
		}
		close(todo)
		group.Wait()
		rates = append(rates, count/time.Since(start).Seconds())
		cpu = append(cpu, (cpuUsed() - before).Seconds())
		heap = append(heap, live())
	}
	fmt.Printf("\nrow look: %d names, %d at a time, 1 ms a round trip; %d runs\n  names/s by run: %.0f\n  CPU s by run, simulated servers included: %.2f\n  live heap after each run, MB: %.1f\n",
		count, workers, len(rates), rates, cpu, megabytes(heap))
	slices.Sort(rates)
	median := rates[len(rates)/2]
	verdict := map[bool]string{true: "holds", false: "FAILS"}
	fmt.Printf("  => %-14s %-44s %8.0f   must be at least %d   %s\n", "look", "names/s", median, 500, verdict[median >= 500])
	growth := float64(heap[len(heap)-1]) / float64(heap[0])
	fmt.Printf("  => %-14s %-44s %8.3f   must be at most %.2f   %s\n", "look", "live heap, last run / first", growth, 1.1, verdict[growth <= 1.1])
	b.ReportMetric(median, "names/s")
	b.ReportMetric(0, "ns/op")
}

func megabytes(v []uint64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x) / (1 << 20)
	}
	return out
}

func cpuUsed() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
