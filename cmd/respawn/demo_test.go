package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/internal/netsim"
	"respawn/tracker"
	"respawn/tracker/store"
)

// A finding is what a database says of a name: when it was first reported as
// what.
type finding struct {
	Alert, Replaces, Band, Night string
}

// findings are the alerts of replacements and new labels by name.
func findings(t *testing.T, config string) map[string]finding {
	t.Helper()
	s := respawn(t.Context(), nil, "--config", config, "alerts", "list", "--all", "--format", "jsonl")
	if s.code != exitDone {
		t.Fatalf("alerts list: exit %d: %s", s.code, s.stderr)
	}
	out := map[string]finding{}
	for _, a := range records(t, s.out) {
		name := fmt.Sprint(a["name"])
		if a["kind"] == tracker.AlertDown {
			continue // what was found has gone: no finding
		}
		if _, twice := out[name]; twice {
			t.Errorf("two alerts about %s", name)
		}
		out[name] = finding{fmt.Sprint(a["kind"]), fmt.Sprint(a["linked_to"]), fmt.Sprint(a["band"]), fmt.Sprint(a["created_at"])}
	}
	return out
}

// dueBy is the night by which a scan that asks everything finds a replacement: the
// first one after its registration, or the one that the world names.
func dueBy(w *netsim.World, e netsim.ExpectedReplacement) time.Time {
	from := thereFrom(w, e)
	for i := range w.Nights() {
		if n := w.Night(i); !n.Before(from) {
			return n
		}
	}
	return time.Time{}
}

// The demo on the small world finds what is to be found, by the night it is due,
// in the band that it deserves, and says nothing of anybody innocent. Its
// last nights have no resolver: they are void, and the exit says so. `world serve` and a
// `scan` a night with the configuration that it prints come to the same findings:
// there is no second way of working.
func TestDemoFindsExactlyWhatIsThere(t *testing.T) {
	t.Parallel()
	w, err := netsim.Load(exampleWorld)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// Up to the first night of the outage, and after a seizure everything is asked; the
	// long version is the demo as it is.
	nights, first := 13, 4
	env := patient()
	if accept {
		nights, first, env = w.Nights(), 0, nil
	}
	s := respawn(t.Context(), env, "demo", "--world", exampleWorld, "--once", "--dir", filepath.Join(dir, "demo"), "--nights", fmt.Sprint(nights))
	if s.code != exitDegraded {
		t.Fatalf("exit %d\n%s\n%s", s.code, s.out, s.stderr)
	}
	config := filepath.Join(dir, "demo", "respawn.yaml")
	found := findings(t, config)
	checkFindings(t, w, found)
	// Nobody innocent is in a band above possible, alert or not.
	for _, site := range records(t, respawn(t.Context(), nil, "--config", config, "sites", "--band", "probable").out) {
		name := site["name"].(string)
		if !slices.ContainsFunc(w.Expect.Replacements, func(e netsim.ExpectedReplacement) bool { return e.Name == name }) {
			t.Errorf("%s is called %v", name, site["band"])
		}
	}
	checkSummary(t, w, s.out, config)

	if !accept {
		env["RESPAWN_SWEEP_FULL_FOR"] = "0s" // what is there is among the best
	}
	config = filepath.Join(dir, "scan", "respawn.yaml")
	if s := respawn(t.Context(), nil, "init", filepath.Dir(config)); s.code != exitDone {
		t.Fatal(s.stderr)
	}
	for i := first; i < nights && !t.Failed(); i++ {
		serveNight(t, env, config, w.Night(i))
	}
	if got := findings(t, config); !maps.Equal(found, got) {
		t.Errorf("the demo found %v, world serve and scan %v", found, got)
	}
}

func checkFindings(t *testing.T, w *netsim.World, found map[string]finding) {
	t.Helper()
	for _, e := range w.Expect.Replacements {
		got, ok := found[e.Name]
		if !ok || got.Replaces != e.Replaces || got.Band != e.Band {
			t.Errorf("%s: %+v, want it to replace %s, %s", e.Name, got, e.Replaces, e.Band)
			continue
		}
		if due := dueBy(w, e).Format(time.RFC3339); got.Night != due {
			t.Errorf("%s was found on %s, want %s", e.Name, got.Night, due)
		}
	}
	if len(found) != len(w.Expect.Replacements) {
		t.Errorf("found %v, want exactly %v", found, w.Expect.Replacements)
	}
}

func checkSummary(t *testing.T, w *netsim.World, out, config string) {
	t.Helper()
	for _, want := range []string{
		"Nothing in this world is real", "3 of 3 replacements found", "No replacement was reported that is none", "2025-03-13", "void",
		"dienas-kurjers[.]press", "Next, type:", config + " sites", config + " timeline baltecho.cc\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not say %q:\n%s", want, out)
		}
	}
	summary, _, _ := strings.Cut(out, "Next, type:")
	for _, e := range w.Expect.Replacements {
		if strings.Contains(summary, e.Name) {
			t.Errorf("the demo prints %s without defanging it", e.Name)
		}
	}
}

// serveNight serves the world as it stands at a time, in a `world serve` that is
// stopped at the end, and scans it once.
func serveNight(t *testing.T, env map[string]string, config string, at time.Time) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	printed, w := io.Pipe()
	ended := make(chan int)
	go func() {
		code := run(ctx, Env{Args: []string{"world", "serve", exampleWorld, "--at", at.Format(time.RFC3339), "--write", config},
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: w, Getenv: func(string) string { return "" }, Now: time.Now})
		w.Close()
		ended <- code
	}()
	// It says that it serves when the configuration is written.
	said := make([]byte, 4096)
	n, err := printed.Read(said)
	if err != nil || !strings.Contains(string(said[:n]), "serving until stopped") {
		t.Fatalf("world serve: %v %s", err, said[:n])
	}
	go io.Copy(io.Discard, printed) //nolint:errcheck // what else it says is of no interest
	s := respawn(ctx, env, "--config", config, "--quiet", "scan", "--at", at.Format(time.RFC3339))
	if s.code != exitDone && s.code != exitDegraded {
		t.Errorf("scan of %s: exit %d: %s", at, s.code, s.stderr)
	}
	stop()
	if code := <-ended; code != exitDone {
		t.Errorf("world serve: exit %d after it was stopped", code)
	}
}

// What a killed demo had begun is asked in the night that it was begun in, not in the
// first night of the calendar.
func TestADemoIsTakenUpInTheNightItWasKilledIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty)
	w, err := netsim.Load(exampleWorld)
	if err != nil {
		t.Fatal(err)
	}
	h.do(t, exitDone, "case", "add", h.caseFile())
	a := &app{Env: Env{Getenv: func(string) string { return "" }, Now: func() time.Time { return w.Night(0) }, Stderr: io.Discard}, configFile: h.config}
	defer a.close()
	d := &demo{app: a}
	want := func(night time.Time) {
		t.Helper()
		if got, err := d.takenUp(t.Context(), w.Night(0)); err != nil || !got.Equal(night) {
			t.Errorf("taken up at %s, %v; want %s", got, err, night)
		}
	}
	want(w.Night(0))
	var run tracker.Run
	write := func(do func(tx *store.Tx) error) {
		t.Helper()
		if err := a.st.Tx(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) (err error) {
		run, _, err = tx.StartRun(t.Context(), "example-case", w.Night(5))
		return err
	})
	want(w.Night(5))
	run.Verdict, run.FinishedAt = tracker.RunComplete, w.Night(5)
	write(func(tx *store.Tx) error { return tx.FinishRun(t.Context(), run) })
	want(w.Night(0))
}
