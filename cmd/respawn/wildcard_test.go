package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// altered writes the world file with lines put in before the first line that
// holds mark, and the case beside it, and returns where.
func altered(t *testing.T, worldFile, mark, lines string) string {
	t.Helper()
	b, err := os.ReadFile(worldFile)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(b), mark)
	if at < 0 {
		t.Fatalf("%s holds no %q", worldFile, mark)
	}
	at = strings.LastIndexByte(string(b[:at]), '\n') + 1
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(worldFile))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.Base(worldFile))
	if err := os.WriteFile(file, []byte(string(b[:at])+lines+string(b[at:])), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The registry of .tk answers every name. A replacement that is delegated there is
// found all the same, and since none of the nights before has been told that it
// did not exist, none of them bounds its birth; under .cc, whose registry says no,
// the night before does.
func TestNoBirthIsBoundedByTheAnswerOfAWildcard(t *testing.T) {
	t.Parallel()
	world := altered(t, exampleWorld, "what has nothing to do with it", `
  - name: baltecho.tk
    note: the same, under a registry that answers every name
    registered: 2025-03-08
    registered_time: "00:10"
    registrar: cheapco
    nameservers: [ns1.bulk.example, ns2.bulk.example]
    host: bulk
    web: { theme: echo, vars: { title: Baltic Echo, metrika: 90210447 }, articles: [votes, gas, port] }
    certificate: { key: echo-box }

`)
	h := newHouse(t, world, thorough)
	for n := 4; n <= 7; n++ {
		h.do(t, exitDone, "scan", "--at", h.night(n))
	}
	type bound struct{ Lo, Hi time.Time }
	seen := map[string]bound{}
	for _, name := range []string{"baltecho.cc", "baltecho.tk"} {
		var d struct {
			Name      string `json:"name"`
			FirstSeen bound  `json:"first_seen"`
		}
		out := h.do(t, exitDone, "export", "--format", "jsonl", "--name", name)
		for line := range strings.Lines(out) {
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if d.Name == name {
				seen[name] = d.FirstSeen
			}
		}
	}
	if got, want := seen["baltecho.cc"], (bound{h.world.Night(5), h.world.Night(6)}); got != want {
		t.Errorf("baltecho.cc was first seen in (%s, %s], want (%s, %s]", got.Lo, got.Hi, want.Lo, want.Hi)
	}
	if got, want := seen["baltecho.tk"], (bound{Hi: h.world.Night(7)}); got != want {
		t.Errorf("baltecho.tk was first seen in (%s, %s], want no lower bound and %s", got.Lo, got.Hi, want.Hi)
	}
	for _, l := range records(t, h.do(t, exitDone, "sites", "--format", "jsonl")) {
		if n := l["name"].(string); strings.HasSuffix(n, ".tk") && n != "baltecho.tk" {
			t.Errorf("%s was found where the registry answers every name", n)
		}
	}
}
