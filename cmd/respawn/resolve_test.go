package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/internal/netsim"
)

// resolveWorld runs `resolve` against the example world and returns its exit code
// and what it wrote to standard error.
func resolveWorld(t *testing.T, ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) (code int, stderr string) {
	t.Helper()
	w, err := netsim.Load("../../testdata/worlds/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := netsim.Start(t.Context(), w, netsim.Options{At: time.Date(2025, 3, 7, 3, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	env := map[string]string{"RESPAWN_RESOLVERS": s.Settings().Resolvers[0], "RESPAWN_DATA_DIR": t.TempDir(), "RESPAWN_RATE_PER_SUFFIX": "0", "RESPAWN_RATE_DNS": "0"}
	var errs bytes.Buffer
	code = run(ctx, Env{Args: append([]string{"resolve", "--format", "jsonl"}, args...), Stdin: stdin, Stdout: stdout, Stderr: &errs,
		Getenv: func(k string) string { return env[k] }, Now: time.Now})
	return code, errs.String()
}

// A list as people have it: every line that can be asked is asked, every other one
// has a sentence with its number, and nothing ends the list.
func TestResolveAList(t *testing.T) {
	long := strings.Repeat("a", 63)
	list := "\ufeffbaltecho.cc\r\n\n# remark\nbaltecho.cc\nnobody-has.cc\nwhatever.tk\nwhatever.tk\nnot a name\n" +
		strings.Repeat("x", maxLine+10) + "\n_dmarc.baltecho.cc\n" + long + ".cc\n" + long + "a.cc\nhxxps://kurzemewire[.]so/x\nпример.com\nfoo..com\nlast.cc"
	var out bytes.Buffer
	code, stderr := resolveWorld(t, t.Context(), strings.NewReader(list), &out, "-f", "-")
	if code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
	got := map[string][]string{}
	for line := range strings.Lines(out.String()) {
		var l resolveLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		got[string(l.Name)] = append(got[string(l.Name)], l.Outcome)
		if l.Outcome == "exists" && (len(l.A) == 0 || l.RCode != "NOERROR") {
			t.Errorf("%s", line)
		}
	}
	for name, want := range map[string]string{
		"baltecho.cc": "exists exists", "nobody-has.cc": "absent", "whatever.tk": "wildcard wildcard", "_dmarc.baltecho.cc": "absent",
		long + ".cc": "absent", "kurzemewire.so": "exists", "xn--e1afmkfd.com": "absent", "last.cc": "absent",
	} {
		if o := strings.Join(got[name], " "); o != want {
			t.Errorf("%s is %q, want %q", name, o, want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("lines for %v", got)
	}
	for _, n := range []int{8, 9, 12, 15} {
		if strings.Count(stderr, fmt.Sprintf("refused: standard input:%d: ", n)) != 1 {
			t.Errorf("no sentence about line %d:\n%s", n, stderr)
		}
	}
	if n := strings.Count(stderr, "\n"); n != 4 {
		t.Errorf("%d sentences, want 4:\n%s", n, stderr)
	}
}

// full takes some octets and then no more.
type full struct {
	mu   sync.Mutex
	left int
}

func (f *full) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

// manyNames is a list without end, and counts what was read of it.
type manyNames struct {
	n    int
	rest []byte
}

func (m *manyNames) Read(p []byte) (int, error) {
	for len(m.rest) < len(p) && len(m.rest) < 1<<14 {
		m.n++
		m.rest = fmt.Appendf(m.rest, "gone%d.cc\n", m.n)
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// Where the results cannot be written, a list without end is not asked to its end.
func TestResolveOnAFullDisk(t *testing.T) {
	code, stderr := resolveWorld(t, t.Context(), new(manyNames), &full{left: 200_000}, "-f", "-")
	if code != exitFailed || !strings.Contains(stderr, "no space left on device") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// cancelAt ends the run after some octets of results.
type cancelAt struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *cancelAt) Write(p []byte) (int, error) {
	n, err := c.Buffer.Write(p)
	if c.Len() > 100_000 {
		c.cancel()
	}
	return n, err
}

// An interrupt leaves whole lines of what was answered, and says how many.
func TestResolveInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelAt{cancel: cancel}
	code, stderr := resolveWorld(t, ctx, new(manyNames), out, "-f", "-")
	var printed, more int
	if _, err := fmt.Sscanf(stderr, "stopped: %d names have their line, %d more were read", &printed, &more); err != nil || code != exitFailed {
		t.Errorf("exit %d: %s", code, stderr)
	}
	lines := 0
	for line := range strings.Lines(out.String()) {
		var l resolveLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Outcome != "absent" {
			t.Fatalf("%v: %s", err, line)
		}
		lines++
	}
	if lines != printed || lines < 100 {
		t.Errorf("%d lines, said to be %d", lines, printed)
	}
}

// An interrupt is heard while a pipe brings nothing; what it brought is answered.
func TestResolveOfAnIdlePipe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	go func() { _, _ = io.WriteString(w, "nobody-has.cc\nbaltecho.cc\n") }()
	out := &lineCount{want: 2, done: cancel}
	if code, stderr := resolveWorld(t, ctx, r, out, "-f", "-"); code != exitFailed || !strings.Contains(stderr, "stopped: 2 names") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// lineCount calls done when it has seen so many lines.
type lineCount struct {
	want int
	done func()
}

func (l *lineCount) Write(p []byte) (int, error) {
	if l.want -= bytes.Count(p, []byte("\n")); l.want == 0 {
		l.done()
	}
	return len(p), nil
}

func TestResolveWrongly(t *testing.T) {
	for _, args := range [][]string{
		{}, {"a.cc", "--rate", "-1"}, {"a.cc", "--rate", "NaN"}, {"a.cc", "--per-suffix", "-1"}, {"a.cc", "--resolver", "a:b:c"}, {"a.cc", "--resolver", "ftp://9.9.9.9"}, {"not a name"},
	} {
		if code, stderr := resolveWorld(t, t.Context(), strings.NewReader(""), io.Discard, args...); code != exitUsage {
			t.Errorf("%q: exit %d: %s", args, code, stderr)
		}
	}
}
