package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"net/http"

	"respawn/internal/netsim"
	"respawn/tracker"
)

func (a *app) initCommand() *cobra.Command     { return nil }
func (a *app) workerCommand() *cobra.Command   { return nil }
func (a *app) sitesCommand() *cobra.Command    { return nil }
func (a *app) showCommand() *cobra.Command     { return nil }
func (a *app) timelineCommand() *cobra.Command { return nil }
func (a *app) explainCommand() *cobra.Command  { return nil }
func (a *app) statsCommand() *cobra.Command    { return nil }
func (a *app) exportCommand() *cobra.Command   { return nil }
func (a *app) evidenceCommand() *cobra.Command { return nil }
func (a *app) matchCommand() *cobra.Command    { return nil }
func (a *app) compareCommand() *cobra.Command  { return nil }
func (a *app) replayCommand() *cobra.Command   { return nil }
func (a *app) doctorCommand() *cobra.Command   { return nil }

func (d *demo) summary(ctx context.Context, k *scannerKit, w *netsim.World, id tracker.CaseID, at time.Time) error {
	got := map[tracker.Name]tracker.Link{}
	links, err := newScanStore(k.store, nil).Links(ctx, id)
	if err != nil {
		return err
	}
	for _, l := range links {
		if old, ok := got[l.New]; !ok || l.At.After(old.At) {
			got[l.New] = l
		}
	}
	for _, r := range w.Expect.Replacements {
		l := got[tracker.Name(r.Name)]
		fmt.Fprintf(d.Stdout, "%-24s want %s %s, got %s %s %s %.1f\n", r.Name, r.Replaces, r.Band, l.Old, l.Band, l.Relation, l.Score)
		delete(got, tracker.Name(r.Name))
	}
	for n, l := range got {
		fmt.Fprintf(d.Stdout, "other: %-24s %s %s %s %.1f\n", n, l.Old, l.Band, l.Relation, l.Score)
	}
	return nil
}

func (a *app) pages(k *scannerKit) http.Handler { return http.NotFoundHandler() }
