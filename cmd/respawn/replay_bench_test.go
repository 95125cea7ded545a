package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
	"respawn/tracker/store"
)

// BenchmarkReplayFromStore is the row "replay" of docs/bench: what folding a
// million observations of 20,000 names into states costs, against reading them.
// Both are taken in one run and twice, the second time counts:
//
//	go test -run '^$' -bench ReplayFromStore -benchtime 1x ./cmd/respawn
func BenchmarkReplayFromStore(b *testing.B) {
	const names, nights = 20_000, 25
	ctx := b.Context()
	st, err := store.Open(ctx, store.Config{Path: filepath.Join(b.TempDir(), "respawn.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	start := time.Date(2024, 8, 25, 2, 0, 0, 0, time.UTC)
	for night := range nights {
		if err := storeNight(b, st, names, night, start.AddDate(0, 0, night)); err != nil {
			b.Fatal(err)
		}
	}
	obs := make([]tracker.Observation, 0, 2*names*nights)
	asOf := start.AddDate(0, 0, nights)
	var read, fold, cpuRead, cpuFold time.Duration
	var transitions, lives int
	b.ResetTimer()
	for b.Loop() {
		for range 2 {
			obs = obs[:0]
			read, cpuRead = spent(func() {
				err = st.Observations(ctx, store.ObservationFilter{Case: "c"}, func(o *tracker.Observation) error { obs = append(obs, *o); return nil })
			})
			if err != nil || len(obs) != 2*names*nights {
				b.Fatalf("%d rows: %v", len(obs), err)
			}
			transitions, lives = 0, 0
			fold, cpuFold = spent(func() {
				for r := range lifecycle.All(obs, lifecycle.DefaultPolicy(), asOf) {
					transitions += len(r.Transitions)
					lives += len(r.Lifespans)
				}
			})
		}
	}
	if lives < names/2 || transitions < lives {
		b.Fatalf("%d transitions and %d lives: the rows tell nothing", transitions, lives)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(obs))/read.Seconds(), "rows-read/s")
	b.ReportMetric(float64(len(obs))/fold.Seconds(), "rows-folded/s")
	b.ReportMetric(float64(fold)/float64(read), "x-wall")
	b.ReportMetric(float64(cpuFold)/float64(cpuRead), "x-cpu")
	b.ReportMetric(float64(transitions), "transitions")
	b.ReportMetric(float64(lives), "lives")
}

// spent is how long f takes, on the clock and on the processor.
func spent(f func()) (wall, cpu time.Duration) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began, before := time.Now(), used()
	f()
	return time.Since(began), used() - before
}

// storeNight stores what one night saw: of each name the DNS and the page. A
// third of the names is live throughout, a third appears one night and a third is
// gone from one night on; one answer in twenty is lost.
func storeNight(b *testing.B, st *store.Store, names, night int, at time.Time) error {
	ctx := b.Context()
	var run tracker.Run
	err := st.Tx(ctx, func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(ctx, "c", at)
		return err
	})
	if err != nil {
		return err
	}
	const perTx = 10_000
	batch := make([]tracker.Observation, 0, perTx)
	flush := func(key string) error {
		err := st.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.AppendBatch(ctx, tracker.Batch{Run: run.ID, Key: key, Probe: tracker.ProbeDNS, Names: len(batch) / 2}, batch)
			return err
		})
		batch = batch[:0]
		return err
	}
	for n := range names {
		name := tracker.Name(fmt.Sprintf("candidate-%05d.example", n))
		turn := 3 + n%17
		there := n%3 == 0 || n%3 == 1 && night >= turn || n%3 == 2 && night < turn
		dns := tracker.Observation{Name: name, Probe: tracker.ProbeDNS, At: at.Add(time.Duration(n) * time.Millisecond), Run: run.ID, Outcome: tracker.Absent, Server: "198.18.0.53:53"}
		web := tracker.Observation{Name: name, Probe: tracker.ProbeWeb, At: dns.At.Add(time.Minute), Run: run.ID, Reason: tracker.ReasonUnreachable}
		if there {
			ip := netip.AddrFrom4([4]byte{198, 19, byte(n >> 8), byte(n)})
			dns.Outcome, dns.Facts = tracker.Present, &tracker.Facts{DNS: &tracker.DNS{Status: "noerror", A: []netip.Addr{ip}}}
			web.Outcome, web.Reason, web.Server = tracker.Present, "", ip.String()
			web.Facts = &tracker.Facts{Web: &tracker.Web{Class: tracker.ClassLive, Status: 200, Title: "Site " + string(name)}}
		}
		if (n*7+night*13)%20 == 0 {
			dns.Outcome, dns.Reason, dns.Facts, dns.Server = tracker.Unknown, tracker.ReasonTimeout, nil, ""
		}
		if batch = append(batch, dns, web); len(batch) == perTx {
			if err := flush(fmt.Sprint(n)); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		if err := flush("rest"); err != nil {
			return err
		}
	}
	run.Verdict = tracker.RunComplete
	return st.Tx(ctx, func(tx *store.Tx) error { return tx.FinishRun(ctx, run) })
}
