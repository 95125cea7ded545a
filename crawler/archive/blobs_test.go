package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"respawn/tracker"
)

func TestBlobsKeepBytesOnce(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenBlobs(dir)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			b := fmt.Appendf(nil, "body %d", i%4)
			d, err := s.Put(t.Context(), b)
			if err != nil || d != tracker.DigestOf(b) {
				t.Errorf("put: %v %v", d, err)
			}
			got, err := s.Get(t.Context(), d)
			if err != nil || !bytes.Equal(got, b) {
				t.Errorf("get: %q %v", got, err)
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(files) != 4 {
		t.Fatalf("%d files for 4 distinct bodies: %v", len(files), files)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".put-*")); len(left) > 0 {
		t.Fatalf("temporary files left: %v", left)
	}
}

func TestBlobsNoticeChangedBytes(t *testing.T) {
	s, err := OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Put(t.Context(), []byte("as seen"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), tracker.DigestOf([]byte("never put"))); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("absent blob: %v", err)
	}
	if err := os.Chmod(s.Path(d), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(d), []byte("as seem"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), d); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("changed blob: %v", err)
	}
	// A file that a crash left short is written again by another process.
	if err := os.Truncate(s.Path(d), 0); err != nil {
		t.Fatal(err)
	}
	again, err := OpenBlobs(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Put(t.Context(), []byte("as seen")); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get(t.Context(), d); err != nil || string(got) != "as seen" {
		t.Fatalf("after a crash: %q %v", got, err)
	}
}
