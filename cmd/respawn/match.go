package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/lookalike"
)

func (a *app) matchCommand() *cobra.Command {
	var file, allow string
	var threshold float64
	c := &cobra.Command{
		Use:   "match --case FILE_OR_ID < names",
		Short: "Which names of a stream look like those of a case",
		Long: `match reads names, one a line, from standard input and writes one JSON object for
each that looks like a watched name. It is a filter: it can run for hours, and its
memory does not grow: a hit is written as soon as its name was read. A line that is
no name is passed over, and one longer than a megabyte ends it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("match: --case FILE_OR_ID is missing")
			}
			if threshold < 0 {
				return usagef("--threshold %v: want 0 or more (0 = the default, %v)", threshold, lookalike.DefaultThreshold)
			}
			o := lookalike.MatchOptions{Threshold: threshold}
			if allow != "" {
				for n, err := range a.names(nil, allow) {
					if err != nil {
						return err
					}
					o.Allow = append(o.Allow, n)
				}
			}
			return a.match(c.Context(), file, o)
		},
	}
	c.Flags().StringVar(&file, "case", "", "case `file`, or the id of a case in the database")
	c.Flags().StringVar(&allow, "allow", "", "`file` of names that are never hits, nor what lies below them")
	c.Flags().Float64Var(&threshold, "threshold", 0, "least `score`: how many nats likelier an imitation than a name of its own (0 = the default)")
	return c
}

func (a *app) match(ctx context.Context, ref string, o lookalike.MatchOptions) error {
	c, err := a.loadCase(ctx, ref)
	if err != nil {
		return err
	}
	m := lookalike.NewMatcher(c, o)
	p, err := newPrinter(a, "jsonl", []column[tracker.Match]{
		{name: "name", value: func(m tracker.Match) string { return string(m.Name) }, show: func(m tracker.Match) string { return m.Name.Defang() }},
		{name: "from", value: func(m tracker.Match) string { return string(m.From) }, show: func(m tracker.Match) string { return m.From.Defang() }},
		{name: "rule", value: func(m tracker.Match) string { return m.Rule }},
		{name: "distance", value: func(m tracker.Match) string { return strconv.Itoa(m.Distance) }},
		{name: "score", value: func(m tracker.Match) string { return strconv.FormatFloat(m.Score, 'f', 3, 64) }},
	})
	if err != nil {
		return err
	}
	sc := bufio.NewScanner(interruptible(ctx, a.Stdin))
	sc.Buffer(make([]byte, 64<<10), maxLine)
	line := 0
	for sc.Scan() {
		line++
		b := bytes.TrimSpace(sc.Bytes())
		if len(b) == 0 || b[0] == '#' {
			continue
		}
		if hit, ok := m.Match(b); ok {
			if err := p.print(hit); err != nil {
				return err
			}
		}
	}
	if err := sc.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("standard input:%d: the line is longer than %d bytes", line+1, maxLine)
		}
		return errors.Join(err, p.close())
	}
	return p.close()
}

// interruptible reads r until ctx is done: a signal must end a filter that waits on
// a quiet pipe, and a read from standard input cannot be broken off. The goroutine that
// waits in it ends with the read, at the latest with the process.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	x := &interruptibleReader{ctx: ctx, chunks: make(chan chunk), again: make(chan struct{})}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := r.Read(buf)
			select {
			case x.chunks <- chunk{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			select {
			case <-x.again: // buf has been read out
			case <-ctx.Done():
				return
			}
		}
	}()
	return x
}

type chunk struct {
	b   []byte
	err error
}

type interruptibleReader struct {
	ctx    context.Context
	chunks chan chunk
	again  chan struct{}
	cur    chunk
	held   bool // cur is still in the buffer of the goroutine
}

func (x *interruptibleReader) Read(p []byte) (int, error) {
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	if len(x.cur.b) == 0 {
		if x.cur.err != nil {
			return 0, x.cur.err
		}
		if x.held {
			select {
			case x.again <- struct{}{}:
			case <-x.ctx.Done():
				return 0, x.ctx.Err()
			}
		}
		select {
		case x.cur = <-x.chunks:
			x.held = true
		case <-x.ctx.Done():
			return 0, x.ctx.Err()
		}
	}
	n := copy(p, x.cur.b)
	x.cur.b = x.cur.b[n:]
	if len(x.cur.b) == 0 && x.cur.err != nil {
		return n, x.cur.err
	}
	return n, nil
}
