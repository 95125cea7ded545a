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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now})
	stop()
	os.Exit(code)
}
