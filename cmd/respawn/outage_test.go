package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"respawn/tracker"
)

// brokenWorld is the example world with these faults and no other.
func brokenWorld(t *testing.T, faults ...string) string {
	t.Helper()
	b, err := os.ReadFile(exampleWorld)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), "\nfaults:\n")
	_, tail, ok2 := strings.Cut(rest, "\nexpect:\n")
	if !ok || !ok2 {
		t.Fatal("the example world has no faults: between two keys any more")
	}
	c, err := os.ReadFile("../../testdata/worlds/example-case.csv")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "world.yaml")
	world := head + "\nfaults:\n  - " + strings.Join(faults, "\n  - ") + "\nexpect:\n" + tail
	for name, b := range map[string][]byte{file: []byte(world), filepath.Join(dir, "example-case.csv"): c} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// Three nights of SERVFAIL for everything are our own outage: the runs are void and
// say so, no state changes, no life ends, nothing alerts; and the night after finds
// what was missed, with the outage inside the interval of its birth.
func TestServfailMovesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, brokenWorld(t, "{ kind: servfail, at: resolver, from: 2025-03-07, to: 2025-03-09 }"), thrifty)
	for i := range 6 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	read := func() string {
		var sites strings.Builder
		for line := range strings.Lines(h.do(t, exitDone, "sites", "--format", "jsonl")) {
			// A name off a certificate that nobody has looked at yet is known, and no more.
			if !strings.Contains(line, `"status":"unknown","since":{},"registered":{},"first_seen":{}}`) {
				sites.WriteString(line)
			}
		}
		return sites.String() + h.do(t, exitDone, "alerts", "list", "--all", "--format", "jsonl") +
			h.do(t, exitDone, "stats", "--rows")
	}
	before := read()
	for i := 6; i < 9; i++ {
		rep := records(t, h.do(t, exitDegraded, "scan", "--at", h.night(i), "--format", "json"))[0]
		if rep["verdict"] != string(tracker.RunVoid) || !strings.Contains(rep["reason"].(string), "servfail") {
			t.Errorf("night %d: %v, %v", i, rep["verdict"], rep["reason"])
		}
		if after := read(); after != before {
			t.Fatalf("night %d moved something:\n%s\nwas\n%s", i, after, before)
		}
	}
	h.do(t, exitDone, "scan", "--at", h.night(9))
	found := findings(t, h.config)
	if len(found) != 2 {
		t.Errorf("after the outage: %v", found)
	}
	for _, site := range records(t, h.do(t, exitDone, "sites", "--format", "jsonl")) {
		since := site["since"].(map[string]any)
		switch site["name"] {
		case "baltecho.cc":
			if since["lo"] != "2025-03-06T03:00:00Z" || since["hi"] != "2025-03-10T03:00:00Z" {
				t.Errorf("baltecho.cc is live since %v, want the outage inside", since)
			}
		case "kurzemewire.org":
			if site["status"] != "live" || since["hi"] != "2025-03-01T03:00:00Z" {
				t.Errorf("kurzemewire.org is %v since %v", site["status"], since)
			}
		}
	}
	if out := h.do(t, exitDone, "timeline", "kurzemewire.org"); !strings.Contains(out, "××") && !strings.Contains(out, "xxx") {
		t.Errorf("the timeline does not show the void nights:\n%s", out)
	}
}

// A resolver that denies everything, a web that answers nobody, registries that
// throttle everybody: each on one night, and each is our own trouble. The first is
// caught by the canaries; the others leave what they were asked about unknown. No
// life ends, nothing is seized or free, and nothing is told that is not told without.
func TestTheOutageOfOnePathMovesNothing(t *testing.T) {
	t.Parallel()
	night := func(day string) string { return "from: 2025-03-" + day + ", to: 2025-03-" + day + " }" }
	broken := newHouse(t, brokenWorld(t,
		"{ kind: nxdomain, at: resolver, "+night("08"),
		"{ kind: web-refused, "+night("09"), "{ kind: web-reset, "+night("10"),
		"{ kind: rdap-429, "+night("11"), "{ kind: whois-limit, "+night("11")), thrifty)
	calm := newHouse(t, brokenWorld(t, "{ kind: rdap-429, names: [kurzemewire.org], from: 2025-03-01, to: 2025-03-01, times: 1 }"), thrifty)
	status := func(h *house) string {
		var out []string
		for _, s := range records(t, h.do(t, exitDone, "sites", "--format", "jsonl")) {
			out = append(out, fmt.Sprint(s["name"], " ", s["status"], " ", s["since"], " ", s["replaces"], " ", s["band"], " registered ", s["registered"]))
		}
		return strings.Join(out, "\n")
	}
	for i := 5; i <= 11; i++ {
		code := exitDone
		if i == 7 {
			code = exitDegraded
		}
		rep := records(t, broken.do(t, code, "scan", "--at", broken.night(i), "--format", "json"))[0]
		if i == 7 && (rep["verdict"] != string(tracker.RunVoid) || !strings.Contains(rep["reason"].(string), "canaries")) {
			t.Errorf("a resolver that denies everything: %v, %v", rep["verdict"], rep["reason"])
		}
		calm.do(t, exitDone, "scan", "--at", calm.night(i))
		want, got := status(calm), status(broken)
		if want != got {
			t.Errorf("night %d: with the outage\n%s\nwithout\n%s", i, got, want)
		}
	}
	if w, g := findings(t, calm.config), findings(t, broken.config); !maps.Equal(w, g) {
		t.Errorf("told %v, without the outage %v", g, w)
	}
}
