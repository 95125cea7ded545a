package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

func (a *app) serveCommand() *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Scan on schedule, deliver alerts, show the dashboard",
		Long: `serve scans every case on the schedule of the configuration, looks more closely
for some days after a seizure was entered, delivers alerts until they have arrived,
and shows the dashboard. SIGTERM stops it within ten seconds; what was cut off is
taken up at the next start.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), addr) },
	}
	c.Flags().StringVar(&addr, "listen", "127.0.0.1:8080", "`address` of the dashboard")
	return c
}

func (a *app) serve(ctx context.Context, addr string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	spec, err := scan.ParseSchedule(cfg.Schedule.Cron, time.Duration(cfg.Schedule.Jitter))
	if err != nil {
		return err
	}
	k, err := a.openScanner(ctx, func(string, int, int) {})
	if err != nil {
		return err
	}
	switch err := a.importConfigured(ctx, k.store); {
	case errors.Is(err, errCaseFile): // the others must not go unwatched for it
		fmt.Fprintf(a.Stderr, "respawn: %v\nrespawn: the other cases are watched\n", err)
	case err != nil:
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	s := &server{app: a, kit: k, cfg: cfg, spec: spec, log: a.logger(), wake: make(chan struct{}, 1)}
	if s.key, err = k.store.Salt(ctx); err != nil {
		return err
	}
	sources, err := a.openFeeds(cfg, k.probes)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reader := newFeedReader(k, s.log)
	for _, src := range sources {
		group.Go(func() { reader.run(ctx, src) })
	}
	group.Go(func() { s.scanLoop(ctx) })
	group.Go(func() { _ = k.pump.Run(ctx, 5*time.Second, s.wake) })
	err = a.serveHTTP(ctx, l, k)
	cancel()
	group.Wait()
	return err
}

// serveHTTP shows the dashboard on l until ctx is done.
func (a *app) serveHTTP(ctx context.Context, l net.Listener, k *scannerKit) error {
	srv := &http.Server{Handler: a.pages(k), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	fmt.Fprintf(a.Stderr, "respawn: dashboard at http://%s/\n", l.Addr())
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		_ = srv.Shutdown(ctx)
	})
	defer stop()
	if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("dashboard: %w", err)
	}
	return nil
}

// dashboard serves the pages of a finished demo until it is stopped.
func (a *app) dashboard(ctx context.Context, k *scannerKit, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	return a.serveHTTP(ctx, l, k)
}

// A server runs the schedule.
type server struct {
	*app
	kit  *scannerKit
	cfg  *Config
	spec scan.Schedule
	key  []byte
	log  *slog.Logger
	wake chan struct{} // brings the delivery of alerts forward
}

// scanLoop runs what is due, once a minute, until ctx is done. Scans do not
// overlap: they run in this loop. What was missed while nothing ran is caught up
// once.
func (s *server) scanLoop(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := s.due(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("scan", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// due runs every scan that is due now.
func (s *server) due(ctx context.Context) error {
	ids, err := s.kit.store.Cases(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		failed = append(failed, s.silence(ctx, id), s.dueCase(ctx, id))
	}
	return errors.Join(failed...)
}

func (s *server) dueCase(ctx context.Context, id tracker.CaseID) error {
	now := s.Now().UTC()
	next, err := s.kit.store.NextDue(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		// A case is scanned as soon as it is entered; a start that is cut off takes up
		// the same scan.
		next = now.Truncate(time.Minute)
		if err := s.kit.store.Tx(ctx, func(tx *store.Tx) error { return tx.SetNextDue(ctx, id, next) }); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if now.Before(next) {
		return s.closer(ctx, id, now)
	}
	// Of several missed nights the last is caught up: what is asked now says nothing
	// about the first.
	key := string(s.key) + string(id)
	for later := s.spec.Next(next, key); !later.After(now); later = s.spec.Next(later, key) {
		next = later
	}
	rep, err := s.kit.Scan(ctx, id, next.Truncate(time.Minute), scan.Night)
	if err != nil {
		return fmt.Errorf("case %s: %w", id, err)
	}
	s.log.Info("scan ended", "case", id, "verdict", rep.Verdict, "reason", rep.Reason, "asked", rep.Coverage.Asked, "new", len(rep.New), "alerts", len(rep.Alerts), "took", rep.Took.Round(time.Second))
	select {
	case s.wake <- struct{}{}:
	default:
	}
	due := s.spec.Next(now, key)
	return s.kit.store.Tx(ctx, func(tx *store.Tx) error { return tx.SetNextDue(ctx, id, due) })
}

// closer looks again between two nights while a seizure is fresh: every so often,
// for some days after the name came into the case as seized.
func (s *server) closer(ctx context.Context, id tracker.CaseID, now time.Time) error {
	after := s.cfg.Schedule.AfterSeizure
	if after.For <= 0 || after.Every <= 0 {
		return nil
	}
	rec, err := s.kit.store.Case(ctx, id)
	if err != nil {
		return err
	}
	fresh := false
	for _, n := range rec.Names {
		e := rec.Entered[n.Name].Seizure
		fresh = fresh || !e.IsZero() && now.Sub(e) < time.Duration(after.For)
	}
	if !fresh {
		return nil
	}
	last, err := s.kit.store.LastFinished(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if now.Sub(last.ScheduledAt) < time.Duration(after.Every) {
		return nil
	}
	rep, err := s.kit.Scan(ctx, id, now.Truncate(time.Minute), scan.Closer)
	if err != nil {
		return fmt.Errorf("case %s: closer watch: %w", id, err)
	}
	s.log.Info("closer watch ended", "case", id, "verdict", rep.Verdict, "asked", rep.Coverage.Asked, "new", len(rep.New), "alerts", len(rep.Alerts))
	return nil
}

// silence raises an alert when no run of a case has finished for too long, once
// for each such stretch: who waits for alerts must not take silence for peace.
func (s *server) silence(ctx context.Context, id tracker.CaseID) error {
	limit := time.Duration(s.cfg.Schedule.SilentAfter)
	if limit <= 0 {
		return nil
	}
	now := s.Now().UTC()
	rec, err := s.kit.store.Case(ctx, id)
	if err != nil {
		return err
	}
	since, run := rec.EnteredAt, tracker.RunID(0)
	last, err := s.kit.store.LastFinished(ctx, id)
	switch {
	case err == nil:
		since, run = last.FinishedAt, last.ID
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if now.Sub(since) <= limit {
		return nil
	}
	var names []string
	for _, c := range s.kit.pump.Channels {
		names = append(names, c.Name())
	}
	a := tracker.Alert{Key: fmt.Sprintf("silent:%s:%d", id, run), Kind: tracker.AlertSilent, Case: id, Run: run, CreatedAt: now,
		Headline: fmt.Sprintf("no scan of %s has finished since %s: what came back since then has not been seen", id, since.UTC().Format("2006-01-02 15:04"))}
	return s.kit.store.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.PutAlert(ctx, a, names)
		return err
	})
}
