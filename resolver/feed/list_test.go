package feed

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

func gzipped(s string) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.String()
}

func zipped(t testing.TB, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, f := range files {
		w, err := z.Create(fmt.Sprintf("dir/%d.txt", i))
		if err == nil {
			_, err = io.WriteString(w, f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func newTestList(t *testing.T, o Opener) *List {
	t.Helper()
	s, err := NewList(ListConfig{Name: "new", Open: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestListFormats(t *testing.T) {
	want := []string{"bild.beauty", "spiegel.ltd", "xn--bld-rma.de"}
	for name, text := range map[string]string{
		"names":            "bild.beauty\nSpiegel.LTD\nb\u00edld.de",
		"windows":          "\ufeff# new names\r\n\r\nbild.beauty\r\nspiegel.ltd.\r\nxn--bld-rma.de\r\n",
		"csv, heading":     "id,\"domain\",registrar\n1.example,bild.beauty,x.example\n2,\"spiegel.ltd\",y\n3,xn--bld-rma.de,\n",
		"csv, no heading":  "2024-09-05,bild.beauty,x.example\n2024-09-05,spiegel.ltd,\n2024-09-05,xn--bld-rma.de,",
		"semicolons":       "bild.beauty;1\nspiegel.ltd;2\nxn--bld-rma.de;3",
		"gzip":             gzipped("bild.beauty\nspiegel.ltd\nxn--bld-rma.de\n"),
		"zip":              zipped(t, "bild.beauty\nspiegel.ltd", "", "xn--bld-rma.de"),
		"lines without it": "bild.beauty\nlocalhost\n192.0.2.1\nspiegel.ltd\nno name here\nxn--bld-rma.de\n",
	} {
		path := filepath.Join(t.TempDir(), "list")
		write(t, path, text)
		if got, _ := drain(t, newTestList(t, OpenPath(path)), Position{}); !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestListResumesAndReadsChangedFilesAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.csv")
	var b strings.Builder
	b.WriteString("domain\n")
	for i := range 12000 {
		fmt.Fprintf(&b, "n%d.example\n", i)
	}
	write(t, path, b.String())
	first, err := newTestList(t, OpenPath(path)).Next(t.Context(), Position{})
	if err != nil || first.Names.Len() != batchNames {
		t.Fatalf("%d names, %v", first.Names.Len(), err)
	}
	s := newTestList(t, OpenPath(path)) // after a restart
	rest, pos := drain(t, s, first.Position)
	if len(rest) != 12000-batchNames || rest[0] != fmt.Sprintf("n%d.example", batchNames) {
		t.Fatalf("%d names, the first is %s", len(rest), rest[0])
	}
	write(t, path, "domain\nchanged.example\n")
	if names, _ := drain(t, s, pos); !slices.Equal(names, []string{"changed.example"}) {
		t.Errorf("%q", names)
	}
}

func TestDailyListGoesOnAndReportsMissingDays(t *testing.T) {
	dir := t.TempDir()
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format(dayFormat) }
	write(t, filepath.Join(dir, day(6)+".txt"), "six.example\n")
	write(t, filepath.Join(dir, day(4)+".txt"), "four.example\n")
	s := newTestList(t, OpenPath(filepath.Join(dir, "{date}.txt")))
	s.cfg.Late = 36 * time.Hour
	pos := Position{Day: day(6)}
	var names []string
	var missing []Gap
	for range 20 {
		b, err := s.Next(t.Context(), pos)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range b.Names.All() {
			names = append(names, string(n))
		}
		missing = append(missing, b.Gaps...)
		pos = b.Position
	}
	if !slices.Equal(names, []string{"six.example", "four.example"}) {
		t.Errorf("%q", names)
	}
	var days []string
	for _, g := range missing {
		if !g.Lost || g.To.Sub(g.From) != 24*time.Hour {
			t.Errorf("%+v", g)
		}
		days = append(days, g.From.Format(dayFormat))
	}
	// Two days ago may or may not be late yet, by the time of day.
	if len(days) < 2 || !slices.Equal(days[:2], []string{day(5), day(3)}) || len(days) > 3 {
		t.Errorf("missing: %q", days)
	}
	if first, _ := newTestList(t, OpenPath(filepath.Join(dir, "{date}.txt"))).Next(t.Context(), Position{}); first.Position.Day != day(1) {
		t.Errorf("a list without a position begins with %s, want yesterday", first.Position.Day)
	}
}

func TestListOverHTTPIsFetchedOnceForEachVersion(t *testing.T) {
	var sent, unchanged atomic.Int32
	text := atomic.Pointer[string]{}
	v1 := "bild.beauty\n"
	text.Store(&v1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf("%q", *text.Load())
		w.Header().Set("ETag", strings.ReplaceAll(tag, `\n`, ""))
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent.Add(1)
		_, _ = io.WriteString(w, *text.Load())
	}))
	defer srv.Close()
	dir := t.TempDir()
	s := newTestList(t, OpenURL(srv.Client(), "respawn-test", dir, srv.URL+"/list"))
	names, pos := drain(t, s, Position{})
	if !slices.Equal(names, []string{"bild.beauty"}) || sent.Load() != 1 || unchanged.Load() == 0 {
		t.Errorf("%q, sent %d times, %d times unchanged", names, sent.Load(), unchanged.Load())
	}
	v2 := "spiegel.ltd\n"
	text.Store(&v2)
	if names, _ = drain(t, s, pos); !slices.Equal(names, []string{"spiegel.ltd"}) {
		t.Errorf("%q", names)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestHostileArchivesAreBounded(t *testing.T) {
	many := make([]string, maxMembers+1)
	path := filepath.Join(t.TempDir(), "list")
	write(t, path, zipped(t, many...))
	if _, err := newTestList(t, OpenPath(path)).Next(t.Context(), Position{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("an archive of %d files: %v", len(many), err)
	}
	write(t, path, gzipped(strings.Repeat("a", 64<<20)))
	if _, err := newTestList(t, OpenPath(path)).Next(t.Context(), Position{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a line of 64 MB: %v", err)
	}
	write(t, path, gzipped(strings.Repeat("a.example\n", 1000)))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := unpack(f, 5000)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); !errors.Is(err, ErrTooLong) || len(b) > 5000 {
		t.Errorf("%d octets, %v; want an error at 5000", len(b), err)
	}
	write(t, path, "PK\x03\x04 no archive")
	if _, err := newTestList(t, OpenPath(path)).Next(t.Context(), Position{}); err == nil {
		t.Error("a broken archive passed")
	}
}
