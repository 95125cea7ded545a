package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"respawn/resolver"
	"respawn/tracker"
)

// A resolveLine is one line of `resolve`.
type resolveLine struct {
	Name    tracker.Name   `json:"name"`
	Outcome string         `json:"outcome"` // exists, absent, unknown, wildcard
	Reason  tracker.Reason `json:"reason"`
	RCode   string         `json:"rcode"`
	Server  string         `json:"server"`
	NS      []tracker.Name `json:"ns"`
	A       []string       `json:"a"`
	AAAA    []string       `json:"aaaa"`
}

var rcodes = map[uint8]string{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH"}

func (a *app) resolveCommand() *cobra.Command {
	var file string
	var resolvers []string
	var rate, perSuffix float64
	c := &cobra.Command{
		Use:   "resolve [NAME...] [-f FILE]",
		Short: "Which names exist in the DNS: one question each, then addresses of those that do",
		Long: `resolve asks one question about each name and for the addresses of those that exist.
Lines come in the order of the answers, as they come. A name that got no valid
answer is unknown, with the reason; exit 3 says that every name is. A name without
a line was not asked: the program was stopped, or nobody answered any more (exit 1).
Names under one public suffix are asked no faster than --per-suffix, because each
costs its registry a question; names of other suffixes go first meanwhile.`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && file == "" {
				return usagef("resolve: give names, or a list with -f FILE (- reads standard input)")
			}
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if len(resolvers) > 0 {
				for _, r := range resolvers {
					if err := resolver.CheckResolver(r); err != nil {
						return usagef("--%v", err)
					}
				}
				cfg.Resolvers = resolvers
			}
			for _, f := range []struct {
				name string
				from float64
				to   *float64
			}{{"rate", rate, &cfg.Rate.DNS}, {"per-suffix", perSuffix, &cfg.Rate.PerSuffix}} {
				if !c.Flags().Changed(f.name) {
					continue
				}
				if !(f.from >= 0) { // also NaN
					return usagef("--%s %v: want 0 or more", f.name, f.from)
				}
				*f.to = f.from
			}
			return a.resolve(c.Context(), args, file)
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "list of names, one a line; - reads standard input")
	c.Flags().StringArrayVar(&resolvers, "resolver", nil, "`address` of a recursive resolver (repeatable): host:port, [::1]:53, tcp://host, tls://host, https://host/dns-query")
	c.Flags().Float64Var(&rate, "rate", 0, "questions per second in all; 0 lifts the limit (default rate.dns)")
	c.Flags().Float64Var(&perSuffix, "per-suffix", 0, "questions per second under one public suffix; 0 lifts the limit (default rate.per_suffix)")
	return c
}

func (a *app) resolve(ctx context.Context, args []string, file string) error {
	p, err := a.openProbes(ctx)
	if err != nil {
		return err
	}
	out, err := newPrinter(a, "jsonl", []column[resolveLine]{
		{name: "name", value: func(l resolveLine) string { return string(l.Name) }, show: func(l resolveLine) string { return l.Name.Defang() }},
		{name: "outcome", value: func(l resolveLine) string { return l.Outcome }},
		{name: "reason", value: func(l resolveLine) string { return string(l.Reason) }},
		{name: "rcode", value: func(l resolveLine) string { return l.RCode }},
		{name: "server", value: func(l resolveLine) string { return l.Server }},
		{name: "ns", value: func(l resolveLine) string { return joinNames(l.NS) }},
		{name: "a", value: func(l resolveLine) string { return strings.Join(l.A, " ") }},
		{name: "aaaa", value: func(l resolveLine) string { return strings.Join(l.AAAA, " ") }},
	})
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(a.Stdout, 64<<10)
	out.w = w
	var readErr error
	s := newSwept(ctx, p, out, w)
	err = s.run(readAhead(s.ctx, a.names(args, file), &readErr))
	if ctx.Err() != nil {
		fmt.Fprintf(a.Stderr, "stopped: %d names have their line, %d more were read\n", s.printed, s.unasked)
		err = cmp.Or(err, context.Cause(ctx)) // also where all that was read has its line: the list may go on
	}
	if err := errors.Join(readErr, err, out.close(), w.Flush()); err != nil {
		return err
	}
	if s.printed > 0 && s.unknown == s.printed {
		return fmt.Errorf("%w: nobody answered about any of %d names", errDegraded, s.printed)
	}
	return nil
}

// readAhead yields names until they or ctx end, also where the reader of the list
// waits for a pipe into which nothing comes. It sets err where the list ends with
// an error.
func readAhead(ctx context.Context, names iter.Seq2[tracker.Name, error], err *error) iter.Seq[tracker.Name] {
	return func(yield func(tracker.Name) bool) {
		ahead := make(chan tracker.Name, 1024)
		var failed error
		go func() { // it outlives us where the list never ends; so does the list
			defer close(ahead)
			for n, e := range names {
				if failed = e; e != nil {
					return
				}
				select {
				case ahead <- n:
				case <-ctx.Done():
					return
				}
			}
		}()
		for {
			select {
			case n, ok := <-ahead:
				if !ok {
					*err = failed
					return
				}
				if !yield(n) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// A swept is one call of resolve on its way. Answers that need no more are printed
// as they come; names that seem to exist wait until their suffix has been judged
// and their addresses have been asked for.
type swept struct {
	ctx  context.Context
	end  context.CancelCauseFunc
	p    *probes
	out  *printer[resolveLine]
	w    *bufio.Writer
	room sync.Cond // of mu: fewer wait

	mu       sync.Mutex
	waiting  []tracker.SweepAnswer // guarded by mu; so are the following
	over     bool                  // no more will wait
	bell     chan struct{}         // something waits, or over
	printed  int
	unknown  int
	unasked  int
	printErr error
}

const (
	// judgeAtOnce names are judged and looked up together.
	judgeAtOnce = 1024
	// judgeWaiting names may wait for that before no more are asked.
	judgeWaiting = 8192
	// flushEvery is the longest that a line waits in the buffer.
	flushEvery = 200 * time.Millisecond
)

func newSwept(ctx context.Context, p *probes, out *printer[resolveLine], w *bufio.Writer) *swept {
	s := &swept{p: p, out: out, w: w, bell: make(chan struct{}, 1)}
	s.ctx, s.end = context.WithCancelCause(ctx)
	s.room.L = &s.mu
	return s
}

func (s *swept) run(names iter.Seq[tracker.Name]) error {
	defer s.end(nil)
	stop := context.AfterFunc(s.ctx, func() { s.mu.Lock(); s.room.Broadcast(); s.mu.Unlock() })
	defer stop()
	var group errgroup.Group
	group.Go(s.judge)
	_, err := s.p.resolver.Sweep(s.ctx, func(yield func(tracker.Name) bool) {
		for n := range names {
			s.mu.Lock()
			for len(s.waiting) > judgeWaiting && s.ctx.Err() == nil {
				s.room.Wait()
			}
			s.mu.Unlock()
			if !yield(n) {
				return
			}
		}
	}, s.take)
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.ring()
	judged := group.Wait()
	if s.printErr != nil {
		return s.printErr // the others only follow from it
	}
	return errors.Join(err, judged)
}

func (s *swept) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// take is called with each answer of the sweep.
func (s *swept) take(ans tracker.SweepAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ans.Outcome == tracker.Present:
		s.waiting = append(s.waiting, ans)
		s.ring()
	case ans.Reason == tracker.ReasonCancelled && s.ctx.Err() != nil:
		s.unasked++
	default:
		s.print(lineOfAnswer(ans))
	}
}

// print is called with mu held. What cannot be printed is not worth asking.
func (s *swept) print(l resolveLine) {
	if s.printErr != nil {
		return
	}
	if s.printErr = s.out.print(l); s.printErr != nil {
		s.end(s.printErr)
		return
	}
	s.printed++
	if l.Outcome == "unknown" {
		s.unknown++
	}
}

// judge takes what waits, in portions, until no more will come.
func (s *swept) judge() error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.bell:
		case <-tick.C:
		}
		s.mu.Lock()
		n := min(len(s.waiting), judgeAtOnce)
		portion, over := s.waiting[:n:n], s.over && n == len(s.waiting)
		s.waiting = append([]tracker.SweepAnswer(nil), s.waiting[n:]...)
		if len(s.waiting) > 0 {
			s.ring()
		}
		s.room.Broadcast()
		s.mu.Unlock()
		if n > 0 {
			if err := s.settle(portion); err != nil {
				s.mu.Lock()
				s.unasked += n
				s.mu.Unlock()
				if s.ctx.Err() != nil {
					s.mu.Lock()
					s.unasked += len(s.waiting)
					s.waiting = nil
					s.mu.Unlock()
				}
				s.end(err)
				return err
			}
		}
		s.mu.Lock()
		if err := s.w.Flush(); err != nil && s.printErr == nil {
			s.printErr = err
			s.end(err)
		}
		s.mu.Unlock()
		if over {
			return nil
		}
	}
}

// settle judges a portion, asks for the addresses of what exists, and prints it.
func (s *swept) settle(portion []tracker.SweepAnswer) error {
	if err := s.p.resolver.Doubt(s.ctx, portion); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(s.ctx)
	g.SetLimit(64)
	lines := make([]resolveLine, len(portion))
	for i, ans := range portion {
		lines[i] = lineOfAnswer(ans)
		if ans.Outcome != tracker.Present {
			continue
		}
		g.Go(func() error {
			addrs, _ := s.p.resolver.Lookup(ctx, string(ans.Name)) // none is an answer too
			lines[i].put(addrs)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range lines {
		s.print(l)
	}
	return nil
}

func lineOfAnswer(ans tracker.SweepAnswer) resolveLine {
	l := resolveLine{Name: ans.Name, Outcome: ans.Outcome.String(), Reason: ans.Reason, Server: ans.Server, NS: ans.NS, A: []string{}, AAAA: []string{}}
	if ans.Outcome == tracker.Present {
		l.Outcome = "exists"
	}
	switch ans.Reason {
	case tracker.ReasonTimeout, tracker.ReasonUnreachable, tracker.ReasonCancelled: // no message came
	default:
		if ans.Server != "" {
			l.RCode = rcodes[ans.RCode]
		}
	}
	if l.NS == nil {
		l.NS = []tracker.Name{}
	}
	return l
}

func (l *resolveLine) put(addrs []netip.Addr) {
	for _, a := range addrs {
		if a.Is4() {
			l.A = append(l.A, a.String())
		} else {
			l.AAAA = append(l.AAAA, a.String())
		}
	}
}
