package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// filter runs `respawn match` for artichoc.io with pipes on both ends.
func filter(t *testing.T, ctx context.Context) (in *io.PipeWriter, out *bufio.Reader, code chan int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "names.csv")
	if err := os.WriteFile(file, []byte("domain\nartichoc.io\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, in := io.Pipe()
	outR, stdout := io.Pipe()
	code = make(chan int, 1)
	go func() {
		c := run(ctx, Env{Args: []string{"match", "--case", file}, Stdin: stdin, Stdout: stdout, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: time.Now})
		stdout.Close()
		code <- c
	}()
	t.Cleanup(func() { in.Close(); outR.Close() })
	return in, bufio.NewReader(outR), code
}

// A pipe may be quiet for hours: what was found must not wait in a buffer.
func TestMatchWritesAHitWhileTheInputIsStillOpen(t *testing.T) {
	in, out, code := filter(t, t.Context())
	for _, name := range []string{"artichoc.cc", "artichoc.top"} {
		if _, err := io.WriteString(in, "example.com\n"+name+"\n"); err != nil {
			t.Fatal(err)
		}
		line, err := out.ReadString('\n')
		if err != nil || !strings.Contains(line, `"name":"`+name+`"`) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	in.Close()
	if c := <-code; c != 0 {
		t.Errorf("exit %d", c)
	}
}

func TestMatchEndsOnASignalWhileItWaitsForInput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, out, code := filter(t, ctx)
	if _, err := io.WriteString(in, "artichoc.cc\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel() // nothing more comes, and the pipe stays open
	if c := <-code; c != 1 {
		t.Errorf("exit %d, want 1", c)
	}
}

// endless gives the octet without end.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestMatchTakesForeignBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "names.csv")
	if err := os.WriteFile(file, []byte("domain\nartichoc.io\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, says string
		in         io.Reader
		code, hits int
	}{
		{"a line of 64 MB is refused in a sentence, and what came before it is not lost", "standard input:2: the line is longer than 1048576 bytes\n",
			io.MultiReader(strings.NewReader("artichoc.cc\n"), io.LimitReader(endless('a'), 64<<20)), 1, 1},
		{"CRLF, no last newline, capitals, a final dot and a star", "", strings.NewReader("ARTICHOC.CC.\r\n\r\n*.artichoc.top\r\nartichoc.net"), 0, 3},
		{"NUL, not UTF-8, spaces and comments are no names", "", strings.NewReader("art\x00ichoc.cc\n\xff\xfeartichoc.cc\nartichoc .cc\n# artichoc.cc\n"), 0, 0},
		{"the name itself and what lies below it", "", strings.NewReader("artichoc.io\nwww.artichoc.io\n"), 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, says bytes.Buffer
			code := run(t.Context(), Env{Args: []string{"match", "--case", file}, Stdin: tt.in, Stdout: &out, Stderr: &says, Getenv: func(string) string { return "" }, Now: time.Now})
			if n := strings.Count(out.String(), "\n"); code != tt.code || n != tt.hits {
				t.Errorf("exit %d with %d hits, want %d with %d:\n%s%s", code, n, tt.code, tt.hits, out.String(), says.String())
			}
			if !strings.HasSuffix(says.String(), tt.says) || strings.Count(says.String(), "\n") > 1 {
				t.Errorf("said %q", says.String())
			}
		})
	}
}
