package main

import (
	"path/filepath"
	"testing"

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
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if c, differs, err := a.difference(ctx, st, "c", r); err == nil || differs {
		t.Errorf("a database that is gone: %+v, differs %t, %v", c, differs, err)
	}
}
