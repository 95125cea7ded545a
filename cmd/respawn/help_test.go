package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// Every command answers --help, exits 0 and says what it is, how it is called and
// what each flag does.
func TestEveryCommandHasHelp(t *testing.T) {
	a := &app{Env: Env{Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer), Getenv: func(string) string { return "" }, Now: time.Now}}
	seen := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		seen++
		path := strings.Fields(c.CommandPath())[1:]
		got := respawn(t.Context(), nil, append(path, "--help")...)
		if got.code != exitDone || got.stderr != "" || !strings.Contains(got.out, "Usage:") || c.Short == "" {
			t.Errorf("respawn %s --help: exit %d\n%s%s", strings.Join(path, " "), got.code, got.out, got.stderr)
		}
		for line := range strings.Lines(got.out) {
			if f := strings.Fields(line); len(f) > 0 && len(f) < 3 && strings.HasPrefix(f[0], "--") {
				t.Errorf("respawn %s --help: a flag without a word about it: %s", strings.Join(path, " "), line)
			}
		}
	}
	walk(a.command())
	if seen < 30 {
		t.Errorf("only %d commands", seen)
	}
}
