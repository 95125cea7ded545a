package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker/store"
)

// version is set by the linker.
var version = "dev"

// An Env is everything that the program takes from the machine it runs on, so
// that a test can be that machine.
type Env struct {
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	Now    func() time.Time
	// Visiting is called before sites are visited, so that the process can be held to
	// less memory; nil does nothing.
	Visiting func()
}

// Exit codes that scripts rely on.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitDegraded = 3 // done, but coverage was degraded or the run was void
)

// errDegraded ends a command that did its work without the coverage it should
// have had; errUsage one that was called wrongly.
var (
	errDegraded = errors.New("coverage was degraded")
	errUsage    = errors.New("usage")
)

func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, env Env) int {
	a := &app{Env: env}
	root := a.command()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	a.close()
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errDegraded):
		fmt.Fprintf(env.Stderr, "respawn: %v\n", err)
		return exitDegraded
	case errors.Is(err, errUsage):
		fmt.Fprintf(env.Stderr, "respawn: %s\nrespawn: try: respawn help\n", strings.TrimPrefix(err.Error(), errUsage.Error()+": "))
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(env.Stderr, "respawn: stopped")
		return exitFailed
	}
	fmt.Fprintf(env.Stderr, "respawn: %v\n", err)
	return exitFailed
}

// An app is one invocation: its flags and whatever it opened.
type app struct {
	Env
	configFile string
	at         string
	format     string
	quiet      bool

	cfg      *Config
	st       *store.Store
	readOnly bool             // st was opened for reading
	tick     func() time.Time // replaces the clock where set (demo)
	closers  []func() error
}

func (a *app) onClose(f func() error) { a.closers = append(a.closers, f) }

func (a *app) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		if err := a.closers[i](); err != nil {
			fmt.Fprintf(a.Stderr, "respawn: closing: %v\n", err)
		}
	}
	a.closers = nil
}

// command is the whole command tree. A group is a heading of the help text.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "respawn",
		Short:         "respawn sees seized disinformation sites come back, says why it thinks so, and keeps the dates",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	f := root.PersistentFlags()
	f.StringVar(&a.configFile, "config", "", "configuration `file` (default ./respawn.yaml where there is one)")
	f.StringVar(&a.at, "at", "", "`time` that replaces the clock: 2024-09-05 or 2024-09-05T02:00:00Z")
	f.StringVar(&a.format, "format", "", "output `format`: table, csv, json or jsonl (default table on a terminal, else jsonl)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress on standard error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })

	groups := []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"try", "Try it:", []*cobra.Command{a.demoCommand(), a.worldCommand()}},
		{"watch", "Watch a case:", []*cobra.Command{a.initCommand(), a.caseCommand(), a.scanCommand(), a.serveCommand(), a.workerCommand(), a.alertsCommand()}},
		{"read", "Read what is known:", []*cobra.Command{a.sitesCommand(), a.showCommand(), a.timelineCommand(), a.explainCommand(), a.statsCommand(), a.exportCommand(), a.evidenceCommand()}},
		{"ask", "Ask the world, once:", []*cobra.Command{a.candidatesCommand(), a.matchCommand(), a.resolveCommand(), a.lookupCommand(), a.captureCommand(), a.compareCommand()}},
		{"tools", "Tools:", []*cobra.Command{a.survivalCommand(), a.replayCommand(), a.doctorCommand()}},
	}
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			if c == nil {
				continue
			}
			c.GroupID = g.id
			usageErrors(c)
			root.AddCommand(c)
		}
	}
	// Wrong words are said before anything is opened or asked.
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if a.at != "" {
			if _, err := parseTime(a.at); err != nil {
				return err
			}
		}
		if c.Name() == "export" {
			return nil // has formats of its own
		}
		_, err := a.formatOr("")
		return err
	}
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(c, args[0])
		}
		return c.Help()
	}
	root.SetHelpCommandGroupID("tools")
	root.SetCompletionCommandGroupID("tools")
	return root
}

// usageErrors makes wrong arguments exit 2 like wrong flags, and a group of
// commands one that wants a command named.
func usageErrors(c *cobra.Command) {
	if c.HasSubCommands() && !c.Runnable() {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			var names []string
			for _, sub := range c.Commands() {
				names = append(names, sub.Name())
			}
			return usagef("%s: say what: %s", c.CommandPath(), strings.Join(names, ", "))
		}
	}
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usagef("%s: %v", c.CommandPath(), err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
}

func unknownCommand(c *cobra.Command, arg string) error {
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(arg); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s has no command %q%s", c.CommandPath(), arg, hint)
}

// now is the clock, or what --at says.
func (a *app) now() (time.Time, error) {
	if a.at == "" {
		return a.Now().UTC(), nil
	}
	return parseTime(a.at)
}

func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usagef("time %q: want 2024-09-05 or 2024-09-05T02:00:00Z", s)
}

func (a *app) isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
