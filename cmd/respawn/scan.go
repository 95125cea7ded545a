package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker/scan"
	"respawn/tracker/store"
)

func (a *app) scanCommand() *cobra.Command {
	var id string
	c := &cobra.Command{
		Use:   "scan",
		Short: "One whole run now: sweep, look, capture, link, alert",
		Long: `scan runs every case of the database, or the one of --case, once. Case files named
by the configuration's cases: are imported first; one that gives no case is named,
and what the database has of it is scanned as it was. A run of the same time that
was cut off is taken up where it was. Logs of certificates that the configuration
names are read first, for five minutes at most. Exit 3 says that a run is void, that a part of
it could not be asked, or that a case file gave no case.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.scanOnce(c.Context(), id) },
	}
	c.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	return c
}

func (a *app) scanOnce(ctx context.Context, only string) error {
	format, err := a.formatOr("json")
	if err != nil {
		return err
	}
	at, err := a.now()
	if err != nil {
		return err
	}
	bar := newProgress(a)
	k, err := a.openScanner(ctx, bar.stage)
	if err != nil {
		return err
	}
	unread := a.importConfigured(ctx, k.store)
	if unread != nil && !errors.Is(unread, errCaseFile) {
		return unread
	}
	if err := a.adviseCases(ctx, k.store); err != nil {
		return err
	}
	ids, err := caseIDs(ctx, k.store, only)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return errors.Join(unread, errors.New("no case to scan: import one with: respawn case add FILE"))
	}
	var why []error
	if unread != nil {
		fmt.Fprintf(a.Stderr, "respawn: %v\nrespawn: the other cases are scanned\n", unread)
		why = append(why, errors.New("a case file was not read"))
	}
	if err := a.readLogs(ctx, k); err != nil {
		return err
	}
	var reports []scan.Report
	var failed []error
	for _, id := range ids {
		rep, err := k.Scan(ctx, id, at, scan.Night)
		bar.done()
		if errors.Is(err, scan.ErrNoCase) {
			return fmt.Errorf("no case %q; see: respawn case list", id)
		}
		if err != nil {
			// What keeps one case from being scanned need not keep the others.
			failed = append(failed, fmt.Errorf("scan of %s: %w", id, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		if rep.Degraded() {
			why = append(why, fmt.Errorf("run %d of %s is %s: %s", rep.ID, id, rep.Verdict, plain(or(rep.Reason, "no reason was given"))))
		}
		switch format {
		case "jsonl":
			err = writeJSONLine(a.Stdout, rep)
		case "table", "csv":
			printReport(a, rep)
		default:
			reports = append(reports, rep)
		}
		if err != nil {
			return err
		}
	}
	if len(failed) == len(ids) || ctx.Err() != nil {
		return errors.Join(failed...)
	}
	if format == "json" {
		var v any = reports
		if len(ids) == 1 {
			v = reports[0]
		}
		if err := writeJSON(a.Stdout, v); err != nil {
			return err
		}
	}
	if _, _, err := k.pump.Once(ctx); err != nil {
		failed = append(failed, err)
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if len(why) > 0 {
		return fmt.Errorf("%w: %w; respawn doctor tells what does not work, and the cure", errDegraded, errors.Join(why...))
	}
	return nil
}

// importConfigured brings the cases of the configuration into the database.
// Patterns that match nothing are no error: cases also come by `case add`.
func (a *app) importConfigured(ctx context.Context, st *store.Store) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	var files []string
	for _, p := range cfg.Cases {
		m, err := filepath.Glob(p)
		if err != nil {
			return fmt.Errorf("cases: %q: %w", p, err)
		}
		files = append(files, m...)
	}
	out := a.Stdout
	a.Stdout = a.Stderr // what was imported is no result of a scan
	defer func() { a.Stdout = out }()
	return a.importCases(ctx, st, files)
}

func printReport(a *app, r scan.Report) {
	fmt.Fprintf(a.Stdout, "%s  run %d of %s: %s%s\n", r.ScheduledAt.Format("2006-01-02 15:04"), r.ID, r.Case, r.Verdict, because(r.Reason))
	fmt.Fprintf(a.Stdout, "  %d of %d candidates asked, %d known names looked at, in %s\n", r.Coverage.Asked, r.Coverage.Candidates, r.Coverage.Known, r.Took.Round(time.Millisecond))
	for _, l := range r.Linked {
		fmt.Fprintf(a.Stdout, "  %-9s %s -> %s (%s, %+.1f)\n", l.Band, l.New.Defang(), l.Old.Defang(), l.Relation, l.Score)
	}
	fmt.Fprintf(a.Stdout, "  %d new names, %d links, %d alerts\n", len(r.New), len(r.Linked), len(r.Alerts))
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(reason, ".") + ")"
}
