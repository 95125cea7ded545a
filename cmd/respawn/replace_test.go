package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestWhatAKilledWriterLeftIsRemovedByTheNextOfTheSameFile(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, age time.Duration) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-age); os.Chtimes(p, at, at) != nil {
			t.Fatal("no times")
		}
	}
	old := 2 * staleAfter
	put(".export-a.csv-123", old)       // killed
	put(".export-a.csv-456", 0)         // somebody is writing it now
	put(".export-b.csv-123", old)       // of another file
	put(".export-a.csv-notes", old)     // not a name of ours
	put(".pack-a.csv-123", old)         // of another writer
	put("a.csv", old)                   // the file itself
	put(".export-a.csv-12-export", old) // of a file that is named so
	out := filepath.Join(dir, "a.csv")
	if err := replaceFile(out, "export", 0o644, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != "whole" {
		t.Errorf("%q, %v", b, err)
	}
	failed := errors.New("no")
	if err := replaceFile(out, "export", 0o644, func(w io.Writer) error { _, _ = io.WriteString(w, "ha"); return failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{".export-a.csv-12-export", ".export-a.csv-456", ".export-a.csv-notes", ".export-b.csv-123", ".pack-a.csv-123", "a.csv"}
	if !slices.Equal(left, want) {
		t.Errorf("left %q, want %q", left, want)
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != "whole" {
		t.Errorf("a write that failed left %q, %v", b, err)
	}
}
