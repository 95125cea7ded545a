package store_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/store"
	"respawn/tracker/store/storetest"
)

// BenchmarkObservations is the row "store" of docs/bench: a million observations
// of 20,000 names, 50 of each, in random order, in transactions of 10,000, each
// name with an address that changes once. "by-the-book" is one row with text
// columns and an index on name and time; the ratios are taken in the same run:
//
//	go test -run '^$' -bench Observations -benchtime 1x ./tracker/store
func BenchmarkObservations(b *testing.B) {
	const names, nights, perTx = 20_000, 50, 10_000
	rows := benchRows(names, nights)
	var book, ours figures
	b.Run("by-the-book", func(b *testing.B) {
		for b.Loop() {
			book = byTheBook(b, rows, perTx)
		}
		book.report(b)
	})
	b.Run("respawn", func(b *testing.B) {
		for b.Loop() {
			ours = ourWay(b, rows, perTx, store.Config{Path: filepath.Join(b.TempDir(), "respawn.db")})
		}
		ours.report(b)
		if book.rows > 0 {
			b.ReportMetric(float64(book.insert.wall)/float64(ours.insert.wall), "x-rows/s")
			b.ReportMetric(float64(book.insert.cpu)/float64(ours.insert.cpu), "x-rows/cpu-s")
			b.ReportMetric(float64(ours.bytes)/float64(book.bytes), "x-MB")
			b.ReportMetric(float64(ours.lookup.cpu)/float64(book.lookup.cpu), "x-cpu-µs/range")
		}
	})
	b.Run("postgres", func(b *testing.B) {
		server := storetest.Postgres(b)
		for b.Loop() {
			ours = ourWay(b, rows, perTx, store.Config{URL: server.NewDatabase(b)})
		}
		ours.report(b)
	})
}

type figures struct {
	rows   int
	insert took  // of all
	lookup took  // of 2,000 ranges of 25 rows
	scan   took  // of all, in order; 0 = not taken
	bytes  int64 // on the disk, closed; 0 = not taken
}

// took is a time on the clock and on the processor. The second one is worth
// comparing on a machine that does other things.
type took struct{ wall, cpu time.Duration }

func stopwatch() func() took {
	var u syscall.Rusage
	cpu := func() time.Duration {
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	wall, used := time.Now(), cpu()
	return func() took { return took{time.Since(wall), cpu() - used} }
}

func (f figures) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(f.rows)/f.insert.wall.Seconds(), "rows/s")
	b.ReportMetric(float64(f.rows)/f.insert.cpu.Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(f.lookup.wall.Microseconds())/lookups, "µs/range")
	b.ReportMetric(float64(f.lookup.cpu.Microseconds())/lookups, "cpu-µs/range")
	if f.bytes > 0 {
		b.ReportMetric(float64(f.bytes)/1e6, "MB")
	}
	if f.scan.wall > 0 {
		b.ReportMetric(float64(f.rows)/f.scan.cpu.Seconds(), "rows/cpu-s-read")
	}
}

// twice times the second of two runs, when all caches are warm.
func twice(f func()) took {
	f()
	watch := stopwatch()
	f()
	return watch()
}

type benchRow struct {
	name  tracker.Name
	at    time.Time
	facts *tracker.Facts
	value string
}

const lookups = 2000

func benchRows(names, nights int) []benchRow {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]benchRow, 0, names*nights)
	start := time.Date(2024, 8, 25, 2, 0, 0, 0, time.UTC)
	for n := range names {
		name := tracker.Name(fmt.Sprintf("candidate-%05d.example", n))
		change := rng.IntN(nights)
		var facts *tracker.Facts
		var value string
		for night := range nights {
			if night == 0 || night == change {
				a := netip.AddrFrom4([4]byte{198, 18, byte(rng.IntN(256)), byte(rng.IntN(256))})
				value = a.String()
				facts = &tracker.Facts{DNS: &tracker.DNS{Status: "noerror", A: []netip.Addr{a}}}
			}
			rows = append(rows, benchRow{name, start.AddDate(0, 0, night).Add(time.Duration(n) * time.Millisecond), facts, value})
		}
	}
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

func byTheBook(b *testing.B, rows []benchRow, perTx int) figures {
	path := filepath.Join(b.TempDir(), "book.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-262144)")
	must(b, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE obs (id INTEGER PRIMARY KEY, domain TEXT, seen_at INTEGER, kind TEXT, value TEXT, source TEXT);
		CREATE INDEX obs_domain ON obs (domain, seen_at); CREATE INDEX obs_at ON obs (seen_at);`)
	must(b, err)
	watch := stopwatch()
	for i := 0; i < len(rows); i += perTx {
		tx, err := db.Begin()
		must(b, err)
		st, err := tx.Prepare(`INSERT INTO obs (domain, seen_at, kind, value, source) VALUES (?, ?, ?, ?, ?)`)
		must(b, err)
		for _, r := range rows[i : i+perTx] {
			_, err := st.Exec(string(r.name), r.at.UnixMilli(), "dns", r.value, "198.18.0.53:53")
			must(b, err)
		}
		must(b, st.Close())
		must(b, tx.Commit())
	}
	f := figures{rows: len(rows), insert: watch()}
	st, err := db.Prepare(`SELECT domain, seen_at, kind, value, source FROM obs WHERE domain = ? AND seen_at >= ? AND seen_at < ? ORDER BY seen_at`)
	must(b, err)
	lo, hi := benchRange()
	f.lookup = twice(func() {
		for i := range lookups {
			rs, err := st.Query(string(rows[i].name), lo.UnixMilli(), hi.UnixMilli())
			must(b, err)
			n := 0
			for rs.Next() {
				var at int64
				var domain, kind, value, source string
				must(b, rs.Scan(&domain, &at, &kind, &value, &source))
				n++
			}
			must(b, rs.Close())
			if n != 25 {
				b.Fatalf("%d rows, want 25", n)
			}
		}
	})
	must(b, st.Close())
	must(b, db.Close())
	f.bytes = fileSize(b, path)
	return f
}

func ourWay(b *testing.B, rows []benchRow, perTx int, cfg store.Config) figures {
	ctx := b.Context()
	s, err := store.Open(ctx, cfg)
	must(b, err)
	var run tracker.Run
	must(b, s.Tx(ctx, func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(ctx, "c", time.Now())
		return err
	}))
	obs := make([]tracker.Observation, perTx)
	watch := stopwatch()
	for i := 0; i < len(rows); i += perTx {
		for j, r := range rows[i : i+perTx] {
			obs[j] = tracker.Observation{Name: r.name, Probe: tracker.ProbeDNS, At: r.at, Outcome: tracker.Present, Server: "198.18.0.53:53", Facts: r.facts}
		}
		must(b, s.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.AppendBatch(ctx, tracker.Batch{Run: run.ID, Key: fmt.Sprint(i), Probe: tracker.ProbeDNS, Names: perTx}, obs)
			return err
		}))
	}
	f := figures{rows: len(rows), insert: watch()}
	run.Verdict = tracker.RunComplete
	must(b, s.Tx(ctx, func(tx *store.Tx) error { return tx.FinishRun(ctx, run) }))
	lo, hi := benchRange()
	f.lookup = twice(func() {
		for i := range lookups {
			n := 0
			must(b, s.Observations(ctx, store.ObservationFilter{Names: []tracker.Name{rows[i].name}, Since: lo, Until: hi}, func(*tracker.Observation) error { n++; return nil }))
			if n != 25 {
				b.Fatalf("%d rows, want 25", n)
			}
		}
	})
	watch = stopwatch()
	n := 0
	must(b, s.Observations(ctx, store.ObservationFilter{Case: "c"}, func(o *tracker.Observation) error { n++; return nil }))
	if f.scan = watch(); n != len(rows) {
		b.Fatalf("read %d of %d", n, len(rows))
	}
	must(b, s.Close())
	if cfg.Path != "" {
		f.bytes = fileSize(b, cfg.Path)
	}
	return f
}

func benchRange() (lo, hi time.Time) {
	lo = time.Date(2024, 9, 4, 0, 0, 0, 0, time.UTC)
	return lo, lo.AddDate(0, 0, 25)
}

func fileSize(b *testing.B, path string) int64 {
	fi, err := os.Stat(path)
	must(b, err)
	return fi.Size()
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
