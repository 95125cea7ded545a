package feed

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func newTestTiles(t *testing.T, l *fakeLog, change ...func(*TilesConfig)) *Tiles {
	t.Helper()
	cfg := TilesConfig{Name: "tiled", URL: l.URL, Key: l.publicKey(), Client: l.Client(), UserAgent: "respawn-test (+https://example.org)", FromStart: true, PartialAfter: time.Nanosecond}
	for _, f := range change {
		f(&cfg)
	}
	s, err := NewTiles(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drain reads until the source has nothing new and returns the names, each with
// its index checked to lie in order.
func drain(t *testing.T, s Source, pos Position) ([]string, Position) {
	t.Helper()
	var names []string
	for quiet := 0; quiet < 2; {
		b, err := s.Next(t.Context(), pos)
		if err != nil {
			t.Fatal(err)
		}
		last := int64(-1)
		for i, n := range b.Names.All() {
			if i < last || i < pos.Next && b.Position.File == pos.File || i >= b.Position.Next {
				t.Fatalf("name %s at %d, after %d, in the batch %d to %d", n, i, last, pos.Next, b.Position.Next)
			}
			last = i
			names = append(names, string(n))
		}
		if b.Entries == 0 {
			quiet++
		}
		pos = b.Position
	}
	return names, pos
}

func TestTilesReadsEveryEntryOnce(t *testing.T) {
	l := newFakeLog(t, true)
	a, b := cert(t, []string{"Bild.BEAUTY", "*.bild.beauty", "www.bild.beauty"}), cert(t, []string{"spiegel.ltd"})
	for _, size := range []int{1, 255, 256, 257, 511, 600, 256*256 + 300} {
		l.grow(size-int(l.size), a, b)
		names, pos := drain(t, newTestTiles(t, l), Position{})
		var want []string
		for i := range size {
			// The entries of each grow begin with a again.
			if l.entries[i].cert == a {
				want = append(want, "bild.beauty", "www.bild.beauty")
			} else {
				want = append(want, "spiegel.ltd")
			}
		}
		if !slices.Equal(names, want) {
			t.Fatalf("size %d: %d names, want %d", size, len(names), len(want))
		}
		if pos.Next != int64(size) || pos.Size != int64(size) {
			t.Fatalf("size %d: ended at %+v", size, pos)
		}
	}
}

func TestTilesJoinsAtTheEndAndResumesThere(t *testing.T) {
	l := newFakeLog(t, true)
	c := cert(t, []string{"faz.ltd"})
	l.grow(1000, c)
	s := newTestTiles(t, l, func(c *TilesConfig) { c.FromStart = false })
	names, pos := drain(t, s, Position{})
	if len(names) != 0 || pos.Next != 1000 {
		t.Fatalf("a log without a position gave %d names and %+v; want to join at its end", len(names), pos)
	}
	l.grow(10, c)
	l.count("")
	names, pos = drain(t, newTestTiles(t, l), pos) // a new process with the saved position
	if len(names) != 10 || pos.Next != 1010 {
		t.Fatalf("%d names, %+v", len(names), pos)
	}
	if n := l.count("tile/data/"); n != 1 {
		t.Errorf("%d data tiles were read for 10 entries", n)
	}
}

func TestTilesWaitsForPartialTiles(t *testing.T) {
	l := newFakeLog(t, true)
	l.grow(300, cert(t, []string{"faz.ltd"}))
	s := newTestTiles(t, l, func(c *TilesConfig) { c.PartialAfter = time.Hour })
	names, pos := drain(t, s, Position{})
	if len(names) != 256 || pos.Next != 256 {
		t.Fatalf("%d names at %d; want those of the full tile", len(names), pos.Next)
	}
	if l.count("tile/data/001.p") != 0 {
		t.Error("a partial data tile was asked for before its time")
	}
	s.waitSince = s.waitSince.Add(-2 * time.Hour)
	if names, pos = drain(t, s, pos); len(names) != 44 || pos.Next != 300 {
		t.Fatalf("%d names at %d; want the rest once it waited long enough", len(names), pos.Next)
	}
	// A cached checkpoint names a partial tile that is gone because it is full.
	l.grow(500, cert(t, []string{"faz.ltd"}))
	l.gone = map[string]bool{"tile/data/002.p/88": true, "tile/0/002.p/88": true}
	l.fault = func(_ http.ResponseWriter, r *http.Request) bool {
		l.size = 800
		if r.URL.Path == "/checkpoint" {
			l.size = 600
		}
		return false
	}
	s.cfg.PartialAfter = time.Nanosecond
	if names, pos = drain(t, s, pos); len(names) != 300 || pos.Next != 600 {
		t.Fatalf("%d names at %d; want the full tile in place of the partial one", len(names), pos.Next)
	}
}

func TestTilesTrustsOnlyTheSignedTree(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b = slices.Clone(b); b[at] ^= 1; return b }
	}
	for _, tt := range []struct {
		name, path, kind string
		change           func([]byte) []byte
	}{
		{"an entry that is not in the tree", "/tile/data/000", AlarmBadEntries, flip(600)},
		{"a data tile that is cut off", "/tile/data/000", AlarmBadEntries, func(b []byte) []byte { return b[:1000] }},
		{"a hash tile that is not in its parent", "/tile/0/000", AlarmBadEntries, flip(40)},
		{"an edge tile that does not give the head", "/tile/1/000.p/3", AlarmBadEntries, flip(2)},
		{"a hash tile of the wrong size", "/tile/0/000", AlarmBadEntries, func(b []byte) []byte { return b[:100] }},
		{"a checkpoint of another size", "/checkpoint", AlarmBadHead, func(b []byte) []byte { return []byte(strings.Replace(string(b), "\n900\n", "\n901\n", 1)) }},
		{"a checkpoint without signature", "/checkpoint", AlarmBadHead, func(b []byte) []byte { s, _, _ := strings.Cut(string(b), "\n\n"); return []byte(s + "\n\n") }},
		{"a web page", "/checkpoint", AlarmBadHead, func([]byte) []byte { return []byte("<html>\n\n</html>\n") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newFakeLog(t, true)
			l.grow(900, cert(t, []string{"faz.ltd"}))
			l.mangle = func(path string, b []byte) []byte {
				if path == tt.path {
					return tt.change(b)
				}
				return b
			}
			b, err := newTestTiles(t, l).Next(t.Context(), Position{})
			d, ok := errors.AsType[*Distrust](err)
			if !ok || d.Kind != tt.kind || b.Names.Len() != 0 {
				t.Errorf("%d names and %v; want %s", b.Names.Len(), err, tt.kind)
			}
		})
	}
}

func TestTilesNoticesASecondTree(t *testing.T) {
	l := newFakeLog(t, true)
	c := cert(t, []string{"faz.ltd"})
	l.grow(700, c)
	s := newTestTiles(t, l)
	_, pos := drain(t, s, Position{})
	fork := newFakeLog(t, true)
	fork.grow(10, cert(t, []string{"other.example"}))
	fork.grow(890, c)
	for name, s := range map[string]*Tiles{"in the same process": s, "after a restart": newTestTiles(t, l)} {
		s.cfg.URL = fork.URL + "/"
		_, err := s.Next(t.Context(), pos)
		if d, ok := errors.AsType[*Distrust](err); !ok || d.Kind != AlarmInconsistent {
			t.Errorf("%s: %v; want %s", name, err, AlarmInconsistent)
		}
	}
}

func TestTilesReadsUnaskedGzip(t *testing.T) {
	l := newFakeLog(t, true)
	l.unasked = true
	l.grow(300, cert(t, []string{"faz.ltd"}))
	if names, _ := drain(t, newTestTiles(t, l), Position{}); len(names) != 300 {
		t.Errorf("%d names", len(names))
	}
}

func TestTilePaths(t *testing.T) {
	for want, id := range map[string]tileID{
		"tile/0/000":                {0, 0, 256},
		"tile/data/x001/x234/067":   {-1, 1234067, 256},
		"tile/2/x273/112.p/5":       {2, 273112, 5},
		"tile/data/x001/000.p/255":  {-1, 1000, 255},
		"tile/5/x001/x000/x000/000": {5, 1e9, 256},
	} {
		if got := id.path(); got != want {
			t.Errorf("%+v: %s, want %s", id, got, want)
		}
	}
}

// A checkpoint that sunlight signed: cmd/skylight/testdata/tree of
// github.com/FiloSottile/sunlight (ISC licence, Copyright The Sunlight Authors).
const (
	sunlightOrigin     = "rome2026h1.example.org"
	sunlightKey        = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPIcer7RB32jt4bTEbhgUKLKvOctFD+I2hoDItFxUBlJiGFvftBuRk3fO7e1T7gC2ekyfL7XoO2oN/ObcZyc4EA=="
	sunlightCheckpoint = "rome2026h1.example.org\n300\nlCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n" +
		"\u2014 rome2026h1.example.org kVB1JgAAAZtxtEwABAMARzBFAiEAi+mTa2xjL1IdWpH82OeciGsGvwRAP+f1WkfKaSZCfFECIHoNPZ/Q3y6UNzvKOO9cuLr6V16vPNfhwhle9f6r5H/Z\n"
)

func TestCheckpointsOfAnotherImplementation(t *testing.T) {
	key, err := parseKey(sunlightKey)
	if err != nil {
		t.Fatal(err)
	}
	// A witness signs with Ed25519 and a key of its own, before or after the log.
	const witness = "\u2014 witness.example.org AN4YQzCYL0fHn0q6cZ8M2pGk4HkYyqPPsfM0Bcdyw0b0hJTGmW1t7vY7oBvAoG9O1fYw1RcSYsHjF7AtJc2e5GkNAQ==\n"
	text, sig, _ := strings.Cut(sunlightCheckpoint, "\n\n")
	for _, tt := range []struct {
		why, note, origin string
		good              bool
	}{
		{"as it stands", sunlightCheckpoint, sunlightOrigin, true},
		{"from whatever origin", sunlightCheckpoint, "", true},
		{"with a witness behind it", sunlightCheckpoint + witness, sunlightOrigin, true},
		{"with a witness before it", text + "\n\n" + witness + sig, sunlightOrigin, true},
		{"signed by a witness alone", text + "\n\n" + witness, sunlightOrigin, false},
		{"under another origin", sunlightCheckpoint, "rome2026h2.example.org", false},
		{"of another size", strings.Replace(sunlightCheckpoint, "\n300\n", "\n301\n", 1), sunlightOrigin, false},
		{"with a size in another notation", strings.Replace(sunlightCheckpoint, "\n300\n", "\n0300\n", 1), sunlightOrigin, false},
		{"with another root", strings.Replace(sunlightCheckpoint, "lCkH", "lCkI", 1), sunlightOrigin, false},
		{"with an extension line", strings.Replace(sunlightCheckpoint, "\n\n", "\nextension\n\n", 1), sunlightOrigin, false},
		{"with a name taken over by another key", strings.ReplaceAll(sunlightCheckpoint, sunlightOrigin, "rome2026h3.example.org"), "", false},
		{"without its last newline", strings.TrimSuffix(sunlightCheckpoint, "\n"), sunlightOrigin, false},
	} {
		h, err := key.parseCheckpoint([]byte(tt.note), tt.origin)
		switch {
		case tt.good && (err != nil || h.size != 300 || h.at.UnixMilli() != 1767139200000):
			t.Errorf("%s: %+v, %v", tt.why, h, err)
		case !tt.good && !errors.Is(err, errHead):
			t.Errorf("%s: %+v, %v", tt.why, h, err)
		}
	}
}
