package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// A progress line tells people how far a run is and when it will probably end.
// On a terminal it is one line that is written over; else a line every ten
// seconds; nothing with --quiet.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	tty     bool
	off     bool
	started time.Time
	last    time.Time
	wrote   bool
}

func newProgress(a *app) *progress {
	now := time.Now()
	return &progress{w: a.Stderr, tty: a.isTerminal(a.Stderr), off: a.quiet, started: now, last: now}
}

// stage is told how many jobs of a stage are done.
func (p *progress) stage(name string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := 10 * time.Second
	if p.tty {
		every = 200 * time.Millisecond
	}
	if p.off || total == 0 || time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf("%s: %d of %d jobs", name, done, total)
	if done > 0 && done < total {
		left := time.Since(p.started) * time.Duration(total-done) / time.Duration(done)
		line += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	p.write(line)
}

// note writes a line of its own choice, in place of the last one on a terminal.
func (p *progress) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.off && p.tty {
		p.write(line)
	}
}

func (p *progress) write(line string) {
	if p.tty {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.wrote = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// done clears the line and starts the next run's clock.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrote {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.wrote = false
	}
	p.started, p.last = time.Now(), time.Now()
}

func writeJSONLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }
