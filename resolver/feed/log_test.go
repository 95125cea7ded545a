package feed

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func newTestLog(t *testing.T, l *fakeLog, change ...func(*LogConfig)) *Log {
	t.Helper()
	cfg := LogConfig{Name: "log", URL: l.URL, Key: l.publicKey(), Client: l.Client(), UserAgent: "respawn-test (+https://example.org)", FromStart: true}
	for _, f := range change {
		f(&cfg)
	}
	s, err := NewLog(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLogTakesFewerEntriesThanItAskedFor(t *testing.T) {
	l := newFakeLog(t, false)
	l.page = 7
	l.grow(100, cert(t, []string{"a.example"}), cert(t, []string{"b.example", "c.example"}))
	names, pos := drain(t, newTestLog(t, l), Position{})
	if len(names) != 150 || pos.Next != 100 || pos.Size != 100 {
		t.Errorf("%d names, %+v", len(names), pos)
	}
}

func TestLogJoinsAtTheEndAndResumesThere(t *testing.T) {
	l := newFakeLog(t, false)
	c := cert(t, []string{"a.example"})
	l.grow(50, c)
	names, pos := drain(t, newTestLog(t, l, func(c *LogConfig) { c.FromStart = false }), Position{})
	if len(names) != 0 || pos.Next != 50 {
		t.Fatalf("%d names, %+v", len(names), pos)
	}
	l.grow(5, c)
	l.count("")
	if names, pos = drain(t, newTestLog(t, l), pos); len(names) != 5 || pos.Next != 55 {
		t.Fatalf("%d names, %+v", len(names), pos)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.asked {
		if strings.Contains(a, "get-entries") && !strings.Contains(a, "start=50&") {
			t.Errorf("asked for %s after a restart at 50", a)
		}
	}
}

func TestLogNoticesASecondTree(t *testing.T) {
	l, fork := newFakeLog(t, false), newFakeLog(t, false)
	c := cert(t, []string{"a.example"})
	l.grow(50, c)
	s := newTestLog(t, l)
	_, pos := drain(t, s, Position{})
	fork.grow(1, cert(t, []string{"other.example"}))
	fork.grow(60, c)
	for name, s := range map[string]*Log{"in the same process": s, "after a restart": newTestLog(t, fork)} {
		s.cfg.URL = fork.URL + "/ct/v1/"
		_, err := s.Next(t.Context(), pos)
		if d, ok := errors.AsType[*Distrust](err); !ok || d.Kind != AlarmInconsistent {
			t.Errorf("%s: %v; want %s", name, err, AlarmInconsistent)
		}
	}
}

func TestLogTakesAnOlderHeadForWhatItIs(t *testing.T) {
	l := newFakeLog(t, false)
	c := cert(t, []string{"a.example"})
	l.grow(50, c)
	s := newTestLog(t, l)
	_, pos := drain(t, s, Position{})
	l.set(func() { l.size = 40 })
	b, err := s.Next(t.Context(), pos)
	if err != nil || b.Position.Size != 50 || b.Position.Next != 50 {
		t.Errorf("%+v, %v; want to stay at 50", b.Position, err)
	}
}

func TestLogBelievesOnlyItsKey(t *testing.T) {
	l := newFakeLog(t, false)
	l.grow(50, cert(t, []string{"a.example"}))
	l.mangle = func(path string, b []byte) []byte {
		return []byte(strings.Replace(string(b), `"tree_size":50`, `"tree_size":51`, 1))
	}
	_, err := newTestLog(t, l).Next(t.Context(), Position{})
	if d, ok := errors.AsType[*Distrust](err); !ok || d.Kind != AlarmBadHead {
		t.Errorf("%v; want %s", err, AlarmBadHead)
	}
}

func TestRefusalsSayHowLongToWait(t *testing.T) {
	l := newFakeLog(t, false)
	l.grow(50, cert(t, []string{"a.example"}))
	now := time.Now()
	for _, tt := range []struct {
		status   int
		field    string
		min, max time.Duration
	}{
		{429, "30", 30 * time.Second, 30 * time.Second},
		{503, now.Add(time.Hour).UTC().Format(http.TimeFormat), 55 * time.Minute, time.Hour},
		{500, "", 0, 0},
		{429, "soon", 0, 0},
		{429, "-5", 0, 0},
		{429, "99999999", maxRetryAfter, maxRetryAfter},
	} {
		l.set(func() {
			l.fault = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", tt.field)
				w.WriteHeader(tt.status)
				return true
			}
		})
		_, err := newTestLog(t, l).Next(t.Context(), Position{})
		r, ok := errors.AsType[*Refusal](err)
		if !ok || r.Status != tt.status || r.RetryAfter < tt.min || r.RetryAfter > tt.max {
			t.Errorf("%d %q: %v", tt.status, tt.field, err)
		}
	}
}

func TestLogRefusesMoreThanItAskedFor(t *testing.T) {
	l := newFakeLog(t, false)
	l.grow(50, cert(t, []string{"a.example"}))
	s := newTestLog(t, l, func(c *LogConfig) { c.Page = 5 })
	many := page(l.entries[0].leaf(false), l.entries[0].leaf(false), l.entries[0].leaf(false), l.entries[0].leaf(false), l.entries[0].leaf(false), l.entries[0].leaf(false))
	l.mangle = func(path string, b []byte) []byte {
		if strings.Contains(path, "get-entries") {
			return many
		}
		return b
	}
	if b, err := s.Next(t.Context(), Position{}); !errors.Is(err, errPage) {
		t.Errorf("%+v %v", b.Position, err)
	}
}

func TestRunCarriesALogThroughRefusalsAndRestarts(t *testing.T) {
	for _, tiled := range []bool{false, true} {
		l := newFakeLog(t, tiled)
		l.page = 100
		c := cert(t, []string{"a.example"})
		l.grow(1000, c)
		n := 0
		l.fault = func(w http.ResponseWriter, _ *http.Request) bool {
			if n++; n%4 != 0 {
				return false
			}
			w.WriteHeader([]int{429, 500, 503}[n%3])
			return true
		}
		quick := Pace{Poll: time.Millisecond, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond}
		pos := Position{}
		var got []int64
		var bs []Batch
		for len(got) < 1000 { // each round is a process that dies after three batches
			var s Source = newTestLog(t, l, func(c *LogConfig) { c.Pace = quick })
			if tiled {
				s = newTestTiles(t, l, func(c *TilesConfig) { c.Pace = quick; c.Parallel = 1 })
			}
			killed, batches := errors.New("killed"), 0
			err := Run(t.Context(), s, pos, func(_ context.Context, b Batch) error {
				bs = append(bs, b)
				if b.Entries == 0 {
					return nil
				}
				if batches++; batches == 3 {
					return killed // before it was stored
				}
				for i := range b.Names.All() {
					got = append(got, i)
				}
				pos = b.Position
				if len(got) == 1000 {
					return killed
				}
				return nil
			})
			if !errors.Is(err, killed) {
				t.Fatal(err)
			}
		}
		for i, at := range got {
			if at != int64(i) {
				t.Fatalf("tiled %v: the name number %d is of entry %d", tiled, i, at)
			}
		}
		opened, closed := 0, 0
		for _, g := range gaps(bs) {
			if g.Lost {
				t.Errorf("%+v: nothing of a log is lost", g)
			}
			if g.To.IsZero() {
				opened++
			} else {
				closed++
			}
		}
		if opened == 0 || opened < closed {
			t.Errorf("tiled %v: %d gaps opened, %d closed", tiled, opened, closed)
		}
	}
}

func TestALogThatIsEmptyAtFirstIsReadFromItsFirstEntry(t *testing.T) {
	for _, tiled := range []bool{false, true} {
		l := newFakeLog(t, tiled)
		var s Source = newTestLog(t, l, func(c *LogConfig) { c.FromStart = false })
		if tiled {
			s = newTestTiles(t, l, func(c *TilesConfig) { c.FromStart = false })
		}
		_, pos := drain(t, s, Position{})
		l.grow(10, cert(t, []string{"a.example"}))
		if names, _ := drain(t, s, pos); len(names) != 10 {
			t.Errorf("tiled %v: %d names of 10", tiled, len(names))
		}
	}
}

func TestAnswersThatAreTooLongAreRefused(t *testing.T) {
	l := newFakeLog(t, true)
	l.grow(300, cert(t, []string{"a.example"}))
	l.unasked = true
	l.mangle = func(path string, b []byte) []byte {
		if strings.Contains(path, "/data/") {
			return make([]byte, maxBody+1) // some 64 kB on the wire
		}
		return b
	}
	if _, err := newTestTiles(t, l, func(c *TilesConfig) { c.Parallel = 1 }).Next(t.Context(), Position{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("%v", err)
	}
}

func TestLogEntriesMustLeadToTheSignedHead(t *testing.T) {
	l := newFakeLog(t, false)
	l.page = 10
	c, other := cert(t, []string{"a.example"}), cert(t, []string{"b.example"})
	l.grow(37, c)
	// Joined in the middle: the first proof of consistency tells the frontier.
	s := newTestLog(t, l, func(c *LogConfig) { c.FromStart = false })
	_, pos := drain(t, s, Position{})
	if pos.Edge != "" {
		t.Fatalf("%+v: nothing is known of the tree yet", pos)
	}
	l.grow(30, c)
	if _, pos = drain(t, s, pos); pos.Next != 67 || pos.Edge == "" {
		t.Fatalf("%+v; want the frontier", pos)
	}
	// Entry 72, in a page before that of the head, is not the one in the tree.
	l.grow(30, c)
	l.set(func() { l.entries[72].cert = other })
	var kinds []string
	step := func(s *Log) {
		b, err := s.Next(t.Context(), pos)
		if d, ok := errors.AsType[*Distrust](err); ok {
			kinds = append(kinds, d.Kind)
		} else if err != nil {
			t.Fatal(err)
		} else {
			pos = b.Position
		}
	}
	s = newTestLog(t, l) // a restart: the saved frontier counts
	for pos.Next < 97 {
		step(s)
	}
	if len(kinds) != 1 || kinds[0] != AlarmBadEntries {
		t.Errorf("%q; want the alarm once", kinds)
	}
	if pos.Edge != "" {
		t.Error("the frontier that led astray was saved")
	}
	// The next head is proved again.
	l.grow(5, c)
	for pos.Next < 102 {
		step(s)
	}
	if len(kinds) != 1 || pos.Edge == "" {
		t.Errorf("%q, edge %q", kinds, pos.Edge)
	}
	l.grow(5, c)
	l.set(func() { l.entries[104].cert = other })
	for pos.Next < 107 {
		step(s)
	}
	if len(kinds) != 2 {
		t.Errorf("%q; want a second alarm", kinds)
	}
}

func TestFrontiersSurviveBeingSaved(t *testing.T) {
	l := newFakeLog(t, false)
	l.grow(300, cert(t, []string{"a.example"}))
	f := &frontier{}
	for i := range l.size {
		if f.root() != l.mth(0, i) {
			t.Fatalf("%d leaves: wrong head", i)
		}
		again, ok := parseFrontier(i, f.text())
		if !ok || again.root() != f.root() {
			t.Fatalf("%d leaves: %v", i, ok)
		}
		if _, ok := parseFrontier(i^1, f.text()); ok {
			t.Fatalf("%d leaves: a frontier of another size passed", i)
		}
		f = again
		f.add(l.hashes[i])
	}
}
