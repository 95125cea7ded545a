package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"respawn/resolver/feed"
	"respawn/tracker"
	"respawn/tracker/store"
)

// What stands beside a name on its certificate is no site of its own; a label of the case
// below somebody else's name is.
func TestAFeedNamesSitesAndNotTheirHosts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty)
	h.do(t, exitDone, "case", "add", h.caseFile())
	list := filepath.Join(t.TempDir(), "new.txt")
	if err := os.WriteFile(list, []byte("www.baltecho.cc\nbaltecho.cc\nmail.kurzemewire.so\nbaltecho.info.archive-of-papers.net\nwww.unrelated.net\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := feed.NewList(feed.ListConfig{Name: "list", Open: feed.OpenPath(list)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := src.Next(t.Context(), feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Path: filepath.Join(h.dir, "respawn-data", "respawn.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r := &feedReader{st: st, now: time.Now, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := r.sink(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	known, err := st.KnownNames(t.Context(), "example-case")
	if err != nil {
		t.Fatal(err)
	}
	var got []tracker.Name
	for _, k := range known {
		got = append(got, k.Name)
	}
	slices.Sort(got)
	if want := []tracker.Name{"baltecho.cc", "baltecho.info.archive-of-papers.net", "kurzemewire.so"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
