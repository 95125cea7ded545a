package main

import (
	"bytes"
	"strings"
	"testing"

	"respawn/internal/netsim"
)

func TestTheDemoSaysWhatIsRealByTheWorldsOwnFile(t *testing.T) {
	for _, tt := range []struct{ world, want, not string }{
		{exampleWorld, "Nothing in this world is real", "sourced"},
		{wholeWorld, "What is real in this world, by the sources that its file names: name, registered", "Nothing"},
	} {
		w, err := netsim.Load(tt.world)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		(&demo{app: &app{Env: Env{Stdout: &out}}}).provenance(w)
		if s := out.String(); !strings.Contains(s, tt.want) || strings.Contains(s, tt.not) {
			t.Errorf("%s: %s", tt.world, s)
		}
	}
}

// A demo of the first nights alone has not missed what comes later.
func TestTheDemoDoesNotMissWhatIsNotThereYet(t *testing.T) {
	w, err := netsim.Load(exampleWorld)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	(&demo{app: &app{Env: Env{Stdout: &out}}}).compare(w, nil, w.Night(6)) // the night after the first two came
	s := out.String()
	if !strings.Contains(s, "0 of 2 replacements found") || !strings.Contains(s, "Not there yet on the last night that was replayed: 1 other replacement.") || strings.Contains(s, "amberledger") {
		t.Error(s)
	}
}
