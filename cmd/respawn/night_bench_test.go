package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/casefile"
	"respawn/tracker/scan"
)

// BenchmarkNight is the row "night" of docs/bench: one whole night of the 32
// seized names on the world of September 2024, from an empty database: candidates
// made, the best 46,112 asked, everything that exists looked at, asked after and
// visited, fingerprints, links, states, alerts, the archive sealed. "all" asks every
// candidate, as the fortnight after a seizure does; "home" has no exit in the countries
// of the case. What the night found is held against what the world says is true.
//
// The scan is a process of its own, so that its processor time is not the
// world's; the clock runs from its start to its exit, and limit-s is what it may
// show in the first of the two. seconds are the run's own.
//
//	go test -run '^$' -bench Night -benchtime 3x ./cmd/respawn
func BenchmarkNight(b *testing.B) {
	const asked = 46_112 // 32 labels under the 1,441 suffixes of the IANA list
	b.Run("46112", func(b *testing.B) {
		benchNight(b, asked, Sweep{Budget: asked, CoverAllEvery: Duration(10_000 * 24 * time.Hour)})
		b.ReportMetric(5, "limit-s")
	})
	b.Run("home", func(b *testing.B) {
		benchNight(b, asked, Sweep{Budget: asked, CoverAllEvery: Duration(10_000 * 24 * time.Hour)}, func(c *Config) { c.Vantages = c.Vantages[:1] })
	})
	b.Run("all", func(b *testing.B) {
		benchNight(b, 250_000, Sweep{FullFor: Duration(60 * 24 * time.Hour), Budget: 1, CoverAllEvery: Duration(7 * 24 * time.Hour)})
	})
}

func benchNight(b *testing.B, atLeast int, sweep Sweep, tweak ...func(*Config)) {
	h, err := build(b.Context(), b.TempDir(), wholeWorld, append(tweak, func(c *Config) { c.Sweep = sweep })...)
	if err != nil {
		b.Fatal(err)
	}
	defer h.srv.Close()
	files, err := filepath.Abs(filepath.Dir(h.caseFile()))
	if err != nil {
		b.Fatal(err)
	}
	text := "id: seized-32\ntitle: The 32 names\nfiles: [" + filepath.Join(files, "seized.csv") + ", " + filepath.Join(files, "outlets.csv") + "]\n"
	if err := os.WriteFile(filepath.Join(h.dir, "case.yaml"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	at := time.Date(2024, 9, 12, 2, 0, 0, 0, time.UTC)
	h.srv.SetNow(at)
	var wall, cpu, took time.Duration
	var rep scan.Report
	for b.Loop() {
		if err := os.RemoveAll(filepath.Join(h.dir, "respawn-data")); err != nil {
			b.Fatal(err)
		}
		h.benchRun(b, "case", "add", filepath.Join(h.dir, "case.yaml"))
		began := time.Now()
		cmd, out := h.benchRun(b, "scan", "--case", "seized-32", "--format", "json", "--at", at.Format(time.RFC3339))
		wall += time.Since(began)
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		rep = scan.Report{}
		if err := json.Unmarshal(out, &rep); err != nil {
			b.Fatalf("%v: %.300s", err, out)
		}
		if rep.Degraded() || rep.Coverage.Asked < atLeast {
			b.Fatalf("a night that is none: %.2000s", out)
		}
		h.benchTruth(b, rep, at)
		took += rep.Took
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(wall.Seconds()/n, "wall-s")
	b.ReportMetric(cpu.Seconds()/n, "cpu-s")
	b.ReportMetric(took.Seconds()/n, "seconds")
	b.ReportMetric(float64(rep.Coverage.Asked), "asked")
	b.ReportMetric(float64(rep.Coverage.Known), "looked")
	b.ReportMetric(float64(len(rep.Linked)), "links")
}

// benchTruth fails where the night of that day missed a replacement of the 32 names, or
// linked a name that the world does not call one, or told nobody of a link. How many of
// them it can link is not said here: on the first night of an empty database none of
// the seized pages has been seen, and where strangers bear the label the label is all.
func (h *house) benchTruth(b *testing.B, rep scan.Report, at time.Time) {
	b.Helper()
	registered := map[tracker.Name]time.Time{}
	for i := range h.world.Sites {
		s := &h.world.Sites[i]
		registered[tracker.Name(s.Name)] = s.Registered.Time
	}
	c, _, err := casefile.Load(openFile, filepath.ToSlash(filepath.Join(filepath.Dir(h.caseFile()), "seized.csv")))
	if err != nil {
		b.Fatal(err)
	}
	seized := map[tracker.Name]bool{}
	for _, row := range c.Seized() {
		seized[row.Name] = true
	}
	isTrue := map[tracker.Name]bool{}
	for _, x := range h.world.Expect.Replacements {
		n := tracker.Name(x.Name)
		isTrue[n] = true
		if seized[tracker.Name(x.Replaces)] && x.How == "label" && registered[n].Before(at.Add(-24*time.Hour)) && !slices.Contains(rep.New, n) {
			b.Errorf("%s was not found", n)
		}
	}
	told := map[tracker.Name]bool{}
	for _, a := range rep.Alerts {
		told[a.Name] = true
	}
	for _, l := range rep.Linked {
		if !isTrue[l.New] {
			b.Errorf("%s is linked to %s and is no replacement in this world", l.New, l.Old)
		}
		if !told[l.New] {
			b.Errorf("no alert about %s", l.New)
		}
	}
	if len(rep.Linked) == 0 {
		b.Error("nothing is linked")
	}
}

// benchRun runs the program as a process of its own, without the cases that the
// house's configuration would import.
func (h *house) benchRun(b *testing.B, args ...string) (*exec.Cmd, []byte) {
	cmd := exec.CommandContext(b.Context(), "respawn", append([]string{"--config", h.config, "--quiet"}, args...)...)
	cmd.Env = append(os.Environ(), "RESPAWN_CASES=[]")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("respawn %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return cmd, out
}
