package store

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"respawn/tracker"
)

var update = flag.Bool("update", false, "rewrite testdata/schema.sql")

func openTemp(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "respawn.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMigrationsHaveNoGap(t *testing.T) {
	n, err := schemaVersion()
	if err != nil || n < 1 {
		t.Errorf("%d migrations, %v", n, err)
	}
}

// A migration that was released is never edited. This test shows every change of
// the schema in the diff of a commit.
func TestSchemaIsTheOneWrittenDown(t *testing.T) {
	s := openTemp(t)
	var b strings.Builder
	if err := each(t.Context(), s.q, func(r rows) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		b.WriteString(text + ";\n\n")
		return nil
	}, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' ORDER BY name`); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/schema.sql"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the schema is not that of %s; if a new migration changed it, run with -update", golden)
	}
}

func TestRefusesANewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "respawn.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	know, _ := schemaVersion()
	if _, err := s.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, 1)`, know+6); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		_, err = Open(t.Context(), Config{Path: path, ReadOnly: readOnly})
		newer, ok := errors.AsType[*NewerError](err)
		if !ok || newer.Have != know+6 || newer.Know != know {
			t.Fatalf("opened with %v, want a NewerError", err)
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "newer version of respawn") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is not one clear sentence", err)
		}
	}
}

func TestRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("these are notes, not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a text file: %v", err)
	}
	if b, _ := os.ReadFile(path); len(b) != 3200 {
		t.Error("the text file was changed")
	}
	for _, cfg := range []Config{{}, {Path: "a", URL: "b"}, {Path: filepath.Join(dir, "none", "respawn.db")}, {Path: filepath.Join(dir, "none.db"), ReadOnly: true}} {
		if s, err := Open(t.Context(), cfg); err == nil {
			s.Close()
			t.Errorf("%+v was opened", cfg)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading made a database")
	}
}

func TestReadOnly(t *testing.T) {
	w := openTemp(t)
	r, err := Open(t.Context(), Config{Path: w.Path(), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Tx(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Tx: %v", err)
	}
	a, err := w.Salt(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Salt(t.Context())
	if err != nil || string(a) != string(b) {
		t.Errorf("the reader's salt: %v", err)
	}
}

// The numbers of outcomes are in databases; the vocabulary must not renumber them.
func TestStoredNumbersDoNotMove(t *testing.T) {
	for want, o := range []tracker.Outcome{tracker.Unknown, tracker.Present, tracker.Absent, tracker.Wildcard} {
		if int(o) != want {
			t.Errorf("outcome %s is %d, databases have %d", o, o, want)
		}
	}
	for want, p := range []tracker.Probe{1: "sweep", 2: "dns", 3: "delegation", 4: "registration", 5: "web", 6: "link"} {
		if got, err := probeCode(p); want > 0 && (err != nil || got != int64(want) || probeOf(got) != p) {
			t.Errorf("probe %s is %d (%v), databases have %d", p, got, err, want)
		}
	}
}

// Name order comes from the index: sorting a million rows would need a temporary
// file of their size.
func TestReadingInOrderNeedsNoSort(t *testing.T) {
	s := openTemp(t)
	err := each(t.Context(), s.q, func(r rows) error {
		var id, parent, unused int64
		var detail string
		if err := r.Scan(&id, &parent, &unused, &detail); err != nil {
			return err
		}
		if strings.Contains(detail, "TEMP B-TREE") {
			t.Errorf("the plan sorts: %s", detail)
		}
		return nil
	}, `EXPLAIN QUERY PLAN `+everyName+inNameOrder)
	if err != nil {
		t.Fatal(err)
	}
}

func TestMembersSurvivePacking(t *testing.T) {
	got, err := memberIDs(members([]record{{name: 3}, {name: 3}, {name: 4}, {name: 1 << 40}}))
	if err != nil || len(got) != 3 || got[0] != 3 || got[1] != 4 || got[2] != 1<<40 {
		t.Errorf("%v, %v", got, err)
	}
}

func FuzzMemberIDs(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{0x80})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		ids, err := memberIDs(b)
		if err != nil {
			return
		}
		for i, id := range ids {
			if id <= 0 || i > 0 && id <= ids[i-1] {
				t.Fatalf("%v are not ids in order", ids)
			}
		}
	})
}

// modernc.org/sqlite is made for one version of modernc.org/libc, and another one
// crashes it: the version in its go.mod must be the one that is built in.
func TestSQLiteHasTheLibcItWasMadeFor(t *testing.T) {
	list := func(format, module string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", module, err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(mod)
	if m == nil {
		t.Fatal("the go.mod of modernc.org/sqlite names no libc")
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != string(m[1]) {
		t.Errorf("modernc.org/libc %s is built in, modernc.org/sqlite asks for %s", got, m[1])
	}
}

// The DSN's settings hold on every connection of both pools.
func TestConnectionSettings(t *testing.T) {
	s := openTemp(t)
	for _, tt := range []struct {
		pragma string
		pool   *sql.DB
		want   int64
	}{
		{"synchronous", s.write, 1}, {"foreign_keys", s.write, 1}, {"busy_timeout", s.write, 10000}, {"query_only", s.write, 0},
		{"query_only", s.read, 1}, {"busy_timeout", s.read, 10000},
	} {
		var got int64
		if err := tt.pool.QueryRowContext(context.Background(), `PRAGMA `+tt.pragma).Scan(&got); err != nil || got != tt.want {
			t.Errorf("%s is %d (%v), want %d", tt.pragma, got, err, tt.want)
		}
	}
	var mode string
	if err := s.write.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
}

func TestPostgresWords(t *testing.T) {
	f, err := translated{migrations, dialectPostgres}.Open("migration/0001_store.sql")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, info.Size())
	if n, err := f.Read(b); err != nil || int64(n) != info.Size() {
		t.Fatalf("%d bytes of %d, %v", n, info.Size(), err)
	}
	if m := regexp.MustCompile(`STRICT|ROWID|BLOB|\bINTEGER\b|\bREAL\b`).FindAllString(strings.ReplaceAll(string(b), "SQLite's STRICT dialect", ""), -1); m != nil {
		t.Errorf("left untranslated: %q", m)
	}
}
