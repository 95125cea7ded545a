package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"respawn/tracker"
)

// addCase puts a case file of these rows beside the configuration and names it there.
func addCase(t *testing.T, name, text string) func(*Config) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Cases = append(c.Cases, file) }
}

// A file that holds no case, and one that is no case file, are named; the others
// are scanned all the same, and the exit says that something was left out.
func TestAnEmptyCaseFileKeepsNoOtherCaseFromItsScan(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty, addCase(t, "hollow.csv", ""), addCase(t, "other.csv", "domain,seized_date\nbaltecho.info,2025-03-05\n"), addCase(t, "broken.yaml", "names: ["))
	h.do(t, exitDone, "case", "add", h.caseFile())
	s := respawn(t.Context(), nil, "--config", h.config, "--quiet", "scan", "--at", h.night(4), "--format", "jsonl")
	if s.code != exitDegraded || !strings.Contains(s.stderr, "hollow.csv") || !strings.Contains(s.stderr, "broken.yaml") {
		t.Errorf("exit %d, want 3 and both files named:\n%s", s.code, s.stderr)
	}
	cases := map[any]any{}
	for _, r := range records(t, s.out) {
		cases[r["case"]] = r["verdict"]
	}
	if len(cases) != 2 || cases["other"] != string(tracker.RunComplete) || cases["example-case"] != string(tracker.RunComplete) {
		t.Errorf("scanned %v, want the two that are cases", cases)
	}

	alone := newHouse(t, exampleWorld, thrifty, addCase(t, "hollow.csv", ""), func(c *Config) { c.Cases = c.Cases[len(c.Cases)-1:] })
	s = respawn(t.Context(), nil, "--config", alone.config, "--quiet", "scan", "--at", alone.night(4))
	if s.code != exitFailed || !strings.Contains(s.stderr, "hollow.csv") || !strings.Contains(s.stderr, "no case to scan") {
		t.Errorf("nothing but an empty case: exit %d\n%s", s.code, s.stderr)
	}
}

// A name may stand in two cases: each has its own run, its own links and its own
// alerts, and neither takes from the other.
func TestANameInTwoCasesIsFoundInBoth(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty, addCase(t, "other.csv", "domain,seized_date\nbaltecho.info,2025-03-05\n"))
	h.do(t, exitDone, "case", "add", h.caseFile())
	for i := 4; i <= 7; i++ {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	for _, id := range []string{"other", "example-case"} {
		found := false
		for _, site := range records(t, h.do(t, exitDone, "sites", "--case", id, "--format", "jsonl")) {
			found = found || site["name"] == "baltecho.cc" && site["replaces"] == "baltecho.info" && site["band"] == string(tracker.BandConfirmed)
		}
		if !found {
			t.Errorf("%s does not know that baltecho.info came back:\n%s", id, h.do(t, exitDone, "sites", "--case", id))
		}
	}
	told := map[any]int{}
	keys := map[any]int{}
	for _, al := range records(t, h.do(t, exitDone, "alerts", "list", "--all", "--format", "jsonl")) {
		keys[al["key"]]++
		if strings.Contains(al["headline"].(string), "baltecho") && al["kind"] == "replacement" {
			told[al["case"]]++
		}
	}
	if told["other"] != 1 || told["example-case"] != 1 {
		t.Errorf("told %v, want each case once", told)
	}
	for k, n := range keys {
		if n != 1 {
			t.Errorf("alert %v stands %d times", k, n)
		}
	}
}

// On SQLite one process works the jobs: a scan beside a server is told so at once,
// does nothing, and leaves the server's night whole.
func TestAScanBesideAServerIsToldSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty, func(c *Config) { c.Schedule.Cron, c.Schedule.Jitter = "0 3 * * *", 0 })
	at := h.night(5)
	h.serve(t, h.world.Night(5), func(s *serving) {
		got := respawn(t.Context(), nil, "--config", h.config, "--quiet", "scan", "--at", at)
		if got.code != exitFailed || !strings.Contains(got.stderr, "another respawn process") || got.out != "" {
			t.Errorf("exit %d, want 1 and a word about the other process:\n%s%s", got.code, got.out, got.stderr)
		}
		s.until(t, "scan ended")
	})
	if n := h.runs(t); n != 1 {
		t.Errorf("%d runs, want the server's", n)
	}
}

// A receiver that fails, and one that takes the alert and never says so, cost a
// night neither its verdict nor its alerts: each stays due until it has arrived.
func TestABadWebhookCostsTheNightNothing(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) },
		"no answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not learn that the client has gone
			<-r.Context().Done()
		},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "ab")
		},
	} {
		if name == "no answer" && !accept {
			continue // takes the twenty seconds after which the program gives up
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				bad(w, r)
			}))
			t.Cleanup(hook.Close)
			h := newHouse(t, exampleWorld, thrifty, func(c *Config) { c.Alerts = []Channel{{Type: "webhook", URL: hook.URL}} })
			h.do(t, exitDone, "case", "add", h.caseFile())
			h.do(t, exitDone, "scan", "--at", h.night(3))
			h.do(t, exitDone, "scan", "--at", h.night(5))
			before := asked.Load()
			rep := records(t, h.do(t, exitDone, "scan", "--at", h.night(6), "--format", "json"))[0]
			if rep["verdict"] != string(tracker.RunComplete) || rep["alerts"] == nil {
				t.Errorf("%v", rep)
			}
			// One failure tells that the channel is down: nobody is asked again for every
			// alert of the night.
			if n := asked.Load() - before; n != 1 {
				t.Errorf("the receiver was asked %d times in one night", n)
			}
		})
	}
}

func TestACaseThatTakesMoreThanADayIsToldSo(t *testing.T) {
	cfg := defaultConfig()
	large := tracker.Case{ID: "large"}
	for i := range 9000 {
		large.Names = append(large.Names, tracker.CaseName{Name: tracker.Name("label" + strconv.Itoa(i) + ".com"), Role: tracker.RoleSeized})
	}
	if s := nightCost(&large, &cfg); !strings.Contains(s, "case large has ") || !strings.Contains(s, "hours at rate.dns") {
		t.Errorf("%q", s)
	}
	small := tracker.Case{ID: "small", Names: large.Names[:32]}
	if s := nightCost(&small, &cfg); s != "" {
		t.Errorf("of a small case: %q", s)
	}
}
