package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
	"respawn/tracker/store"
)

// A name without a stored state comes out otherwise; a database that cannot be
// read is an error, and says nothing about any name.
func TestAReplayTellsAMissingStateFromAFailedRead(t *testing.T) {
	ctx := t.Context()
	st, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "respawn.db")})
	if err != nil {
		t.Fatal(err)
	}
	var a app
	r := lifecycle.Result{State: tracker.State{Name: "alpha.cc", Status: tracker.StatusLive}}
	c, differs, err := a.difference(ctx, st, "c", r)
	if err != nil || !differs || c.Name != "alpha.cc" || c.Is.Status != tracker.StatusLive || c.Was.Status != "" {
		t.Errorf("no stored state: %+v, differs %t, %v", c, differs, err)
	}
	if err := st.Tx(ctx, func(tx *store.Tx) error { return tx.PutProjection(ctx, "c", r.State, nil, nil) }); err != nil {
		t.Fatal(err)
	}
	if _, differs, err := a.difference(ctx, st, "c", r); err != nil || differs {
		t.Errorf("the same state: differs %t, %v", differs, err)
	}
	// Another policy is another rule in every line, and no difference as long as the
	// same comes out.
	r.State.Rule = "immediate"
	if c, differs, err := a.difference(ctx, st, "c", r); err != nil || differs {
		t.Errorf("the same state by another rule: %+v, differs %t, %v", c, differs, err)
	}
	day := time.Date(2025, 2, 1, 2, 0, 0, 0, time.UTC)
	r.Lifespans = []tracker.Lifespan{{Birth: tracker.Interval{Lo: day, Hi: day.Add(time.Second)}, BirthBasis: tracker.BasisFirstSeen}}
	c, differs, err = a.difference(ctx, st, "c", r)
	if err != nil || !differs || len(c.Differs) != 1 || !strings.HasPrefix(c.Differs[0], "life 1: none, now born 2025-02-01 02:00:00.000 to 2025-02-01 02:00:01.000") {
		t.Errorf("another life: %q, differs %t, %v", c.Differs, differs, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if c, differs, err := a.difference(ctx, st, "c", r); err == nil || differs {
		t.Errorf("a database that is gone: %+v, differs %t, %v", c, differs, err)
	}
}

// The states of a database can be dropped: replay puts back, byte for byte, what
// the nights had left there.
func TestReplayPutsBackWhatWasDropped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := map[string]string{"RESPAWN_SWEEP_BUDGET": "300", "RESPAWN_SWEEP_COVER_ALL_EVERY": "1000d", "RESPAWN_CRAWL_TIMEOUT": "5s"}
	// The last of these nights is void.
	if s := respawn(t.Context(), env, "demo", "--world", exampleWorld, "--once", "--dir", dir, "--nights", "13"); s.code != exitDegraded {
		t.Fatalf("exit %d\n%s", s.code, s.stderr)
	}
	inStore := func(do func(*store.Store)) {
		t.Helper()
		st, err := store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "respawn.db"), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		do(st)
	}
	replay := func(args ...string) string {
		t.Helper()
		s := respawn(t.Context(), nil, append([]string{"--config", filepath.Join(dir, "respawn.yaml"), "replay"}, args...)...)
		if s.code != exitDone {
			t.Fatalf("replay %v: exit %d: %s", args, s.code, s.stderr)
		}
		return s.stderr
	}
	var id tracker.CaseID
	var before, empty, after string
	inStore(func(st *store.Store) {
		ids, err := st.Cases(t.Context())
		if err != nil || len(ids) != 1 {
			t.Fatalf("cases %v: %v", ids, err)
		}
		id = ids[0]
		before = projectionsOf(t, st, id)
	})
	if said := replay(); !strings.Contains(said, " 0 come out otherwise") {
		t.Errorf("replay: %s", said)
	}
	inStore(func(st *store.Store) {
		if err := st.Tx(t.Context(), func(tx *store.Tx) error { return tx.DropProjections(t.Context(), id) }); err != nil {
			t.Fatal(err)
		}
		empty = projectionsOf(t, st, id)
	})
	if said := replay("--write"); strings.Contains(said, " 0 come out otherwise") {
		t.Errorf("replay of nothing: %s", said)
	}
	inStore(func(st *store.Store) { after = projectionsOf(t, st, id) })
	if len(empty) > 20 || before == empty {
		t.Fatalf("nothing was dropped: %s", empty)
	}
	if after != before {
		t.Errorf("put back otherwise:\n%s", firstDifference(strings.ReplaceAll(before, "},{", "},\n{"), strings.ReplaceAll(after, "},{", "},\n{")))
	}
}

// projectionsOf is everything that a store holds and could lose.
func projectionsOf(t *testing.T, st *store.Store, id tracker.CaseID) string {
	t.Helper()
	states, err := st.States(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	ts, err := st.Transitions(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	ls, err := st.Lifespans(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{states, ts, ls})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
