// Command respawn watches seized domains and the sites that replace them: flags,
// configuration, signals and wiring live here, one file for each subcommand.
// Everything that knows something lives in the packages it wires: resolver and
// crawler ask the world, tracker/scan runs the pipeline, tracker/store keeps,
// and results go to standard output while words for people go to standard error.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// A night makes much short-lived garbage and keeps little: collecting it a third
// as often saves a fifth of the processor time, for some hundred megabytes at
// most. GOGC and GOMEMLIMIT in the environment win.
const (
	gcPercent   = 300
	memoryLimit = 1 << 30 // from here on it is collected as often as it takes
	// Whoever visits sites may be sent as much as they like: sixteen that never end
	// are held in 164 MB, and what they leave behind must not pile up on that.
	visitingLimit = 280 << 20
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	visiting := func() {}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
		visiting = func() { debug.SetMemoryLimit(visitingLimit) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Visiting: visiting})
	stop()
	os.Exit(code)
}
