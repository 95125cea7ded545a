package export

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"respawn/tracker"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files")
	dump   = flag.String("dump", "", "also write every format and page into this `directory`, to look at")
)

// golden compares got with a file of testdata/golden, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		i := 0
		for i < len(got) && i < len(want) && got[i] == want[i] {
			i++
		}
		t.Errorf("%s differs from byte %d:\n got ...%q\nwant ...%q\n(go test -update rewrites it)", name, i, window(got, i), window(want, i))
	}
}

func window(b []byte, i int) []byte { return b[max(i-60, 0):min(i+120, len(b))] }

func write(t *testing.T, format string, ds []tracker.Dossier) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, ds, fixtureMeta); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenFormats(t *testing.T) {
	for _, f := range Formats() {
		t.Run(f.Name, func(t *testing.T) {
			golden(t, "export-"+f.Name+f.Ext, write(t, f.Name, fixtures()))
		})
	}
}

func TestGoldenPage(t *testing.T) {
	golden(t, "page-artichoc.cc.html", write(t, "html", []tracker.Dossier{*fixture("artichoc.cc")}))
}

func TestGoldenSentences(t *testing.T) {
	var b bytes.Buffer
	ds := fixtures()
	for i := range ds {
		b.WriteString(Sentence(&ds[i]) + "\n\n")
	}
	golden(t, "sentences.txt", b.Bytes())
}

func TestGoldenTimelines(t *testing.T) {
	for name, ascii := range map[string]bool{"timelines.txt": false, "timelines-ascii.txt": true} {
		var b bytes.Buffer
		ds := fixtures()
		for i := range ds {
			if err := Timeline(&b, &ds[i], 80, ascii); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n----\n\n")
		}
		golden(t, name, b.Bytes())
	}
}

func TestDump(t *testing.T) {
	if *dump == "" {
		t.Skip("-dump names no directory")
	}
	ds := fixtures()
	for _, f := range Formats() {
		if err := os.WriteFile(filepath.Join(*dump, "all-"+f.Name+f.Ext), write(t, f.Name, ds), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ds {
		if err := os.WriteFile(filepath.Join(*dump, string(ds[i].Name)+".html"), write(t, "html", ds[i:i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
