package main

import (
	"archive/zip"
	"bytes"
	"image/png"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/crawler"
	"respawn/tracker"
)

// A scan takes a picture of each site that matters, the package of evidence holds
// the picture under its hash, and nothing that says so lacks it.
func TestScreenshotsAreEvidence(t *testing.T) {
	if _, err := crawler.FindBrowser(); err != nil {
		t.Skip("SKIPPED: " + err.Error() + "; no screenshot was taken")
	}
	if testing.Short() {
		t.Skip("a browser for each site takes a second")
	}
	h := newHouse(t, filepath.Join("..", "..", "testdata", "worlds", "example.yaml"), thrifty, func(c *Config) {
		// How long a browser takes to begin on a busy machine is not what is tested.
		c.Crawl.Screenshots, c.Crawl.Timeout = true, Duration(time.Minute)
	})
	h.do(t, 0, "scan", "--at", h.night(6))
	pack := filepath.Join(t.TempDir(), "baltecho.wacz")
	if out := h.do(t, 0, "evidence", "pack", "baltecho.cc", "-o", pack); !strings.Contains(out, "1 screenshots") {
		t.Errorf("packed %s", out)
	}
	h.do(t, 0, "evidence", "verify", pack)
	h.do(t, 0, "evidence", "verify")
	z, err := zip.OpenReader(pack)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	shots := 0
	for name, b := range files {
		if d, ok := strings.CutPrefix(name, "screenshots/"); ok {
			shots++
			img, err := png.Decode(bytes.NewReader(b))
			if err != nil || img.Bounds().Dx() < 1000 || string(tracker.DigestOf(b))+".png" != d {
				t.Errorf("%s: %v", name, err)
			}
			if !bytes.Contains(files["datapackage.json"], []byte(name)) {
				t.Errorf("%s is not listed", name)
			}
		}
	}
	if shots == 0 {
		t.Error("no picture in the package")
	}
}
