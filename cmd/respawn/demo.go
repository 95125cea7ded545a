package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/internal/netsim"
	"respawn/tracker"
	"respawn/tracker/scan"
)

const defaultWorld = "testdata/worlds/doppelganger-2024/world.yaml"

func (a *app) demoCommand() *cobra.Command {
	d := &demo{app: a}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Replay the September 2024 case night by night, then serve the dashboard",
		Long: `demo serves a miniature Internet on loopback and scans it once for each night of
its calendar, exactly as a careful researcher's installation would: same program,
same configuration keys, no other network. Names and registration days are
sourced; everything else in that world is invented. Of other worlds, it says what is
real in them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return d.run(c.Context()) },
	}
	f := c.Flags()
	f.StringVar(&d.world, "world", defaultWorld, "world `file` to replay")
	f.IntVar(&d.nights, "nights", 0, "only the first `N` nights (0 = all)")
	f.BoolVar(&d.once, "once", false, "exit after the summary")
	f.StringVar(&d.dir, "dir", "", "keep configuration and database in this `directory` (default a new one below the system's temporary directory)")
	f.StringVar(&d.listen, "listen", "127.0.0.1:8080", "`address` of the dashboard")
	return c
}

type demo struct {
	*app
	world, dir, listen string
	nights             int
	once               bool
}

func (d *demo) run(ctx context.Context) error {
	if d.nights < 0 {
		return usagef("--nights %d: want 0 or more", d.nights)
	}
	w, srv, err := startWorld(ctx, d.world)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) && d.world == defaultWorld {
			return fmt.Errorf("%w: run demo from the top of the source tree, or name a world with --world", err)
		}
		return err
	}
	defer srv.Close()
	if err := d.prepare(w, srv); err != nil {
		return err
	}
	nights := w.Nights()
	if d.nights > 0 {
		nights = min(nights, d.nights)
	}
	fmt.Fprintf(d.Stdout, "%s\n\n", w.Title)
	d.provenance(w)

	began := time.Now()
	bar := newProgress(d.app)
	var now time.Time
	d.tick = func() time.Time { return now }
	// What a killed demo had begun is worked on from the moment the scanner opens, and
	// must find the night it was begun in.
	if now, err = d.takenUp(ctx, w.Night(0)); err != nil {
		return err
	}
	srv.SetNow(now)
	k, err := d.openScanner(ctx, func(string, int, int) {})
	if err != nil {
		return err
	}
	if err := d.importConfigured(ctx, k.store); err != nil {
		return err
	}
	ids, err := k.store.Cases(ctx)
	if err != nil {
		return err
	}
	if len(ids) != 1 {
		return fmt.Errorf("%s holds %d cases, and a demo plays one: choose another --dir", d.dir, len(ids))
	}
	fmt.Fprintf(d.Stdout, "%-10s  %7s  %5s  %4s  %6s  %6s  %7s\n", "night", "asked", "known", "new", "linked", "alerts", "seconds")
	degraded, first := 0, tracker.Name("")
	for i := range nights {
		night := w.Night(i)
		if night.After(now) {
			now = night
			srv.SetNow(now)
		}
		bar.note(fmt.Sprintf("night %d of %d, about %s left", i+1, nights, left(began, i, nights)))
		if err := d.readLogs(ctx, k); err != nil {
			return err
		}
		rep, err := k.Scan(ctx, ids[0], night, scan.Night)
		if err != nil {
			return fmt.Errorf("night of %s: %w", night.Format("2006-01-02"), err)
		}
		bar.done()
		d.line(rep)
		if first == "" {
			if i := slices.IndexFunc(rep.Linked, func(l tracker.Link) bool { return l.Band == tracker.BandConfirmed }); i >= 0 {
				first = rep.Linked[i].New
			}
		}
		if rep.Degraded() {
			degraded++
		}
	}
	fmt.Fprintf(d.Stdout, "\n%s replayed in %s.\n", counted(nights, "night"), time.Since(began).Round(time.Second))
	if err := d.summary(ctx, k, w, ids[0], now); err != nil {
		return err
	}
	d.next(first)
	if d.once {
		if degraded > 0 {
			return fmt.Errorf("%w on %d of %d nights", errDegraded, degraded, nights)
		}
		return nil
	}
	return d.app.dashboard(ctx, k, d.listen)
}

// takenUp is the night in which an earlier demo of the same folder was killed, or
// first where none was.
func (d *demo) takenUp(ctx context.Context, first time.Time) (time.Time, error) {
	st, err := d.openStore(ctx, false)
	if err != nil {
		return first, err
	}
	runs, err := st.Unfinished(ctx)
	if err != nil || len(runs) == 0 {
		return first, err
	}
	return runs[len(runs)-1].ScheduledAt, nil
}

// left is how long the rest will take, to the second.
func left(began time.Time, done, all int) string {
	if done == 0 {
		return "?"
	}
	return (time.Since(began) * time.Duration(all-done) / time.Duration(done)).Round(time.Second).String()
}

// prepare writes the configuration that makes every other call work on the
// demo's database, prints it, and uses it.
func (d *demo) prepare(w *netsim.World, srv *netsim.Server) error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "respawn-demo-")
		if err != nil {
			return err
		}
		d.dir = dir
	}
	if err := os.MkdirAll(d.dir, 0o750); err != nil {
		return err
	}
	cfg := worldConfig(srv.Settings(), w, filepath.Dir(d.world))
	cfg.DataDir = "."
	path := filepath.Join(d.dir, "respawn.yaml")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := writeConfig(f, cfg, "Written by respawn demo for the world "+d.world+"."); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Stderr, "--- %s\n%s---\n", path, b)
	d.configFile = path
	return nil
}

// provenance says what of the world is real, by what its file says of each field.
func (d *demo) provenance(w *netsim.World) {
	summary := w.ProvenanceSummary()
	var sourced, invented []string
	for _, p := range summary {
		if p.Sourced > 0 {
			sourced = append(sourced, p.Field)
		} else {
			invented = append(invented, p.Field)
		}
	}
	if len(sourced) == 0 {
		fmt.Fprintln(d.Stdout, "Nothing in this world is real: its names, dates, pages, registrars and addresses are")
		fmt.Fprintln(d.Stdout, "invented, and so is every site that it calls seized.")
	} else {
		fmt.Fprintf(d.Stdout, "What is real in this world, by the sources that its file names: %s,\n", strings.Join(sourced, ", "))
		fmt.Fprintln(d.Stdout, "for as many sites as stands below. Everything else is invented:")
		fmt.Fprintf(d.Stdout, "%s.\n", strings.Join(invented, ", "))
		for _, p := range summary {
			if p.Sourced > 0 {
				fmt.Fprintf(d.Stdout, "  %-16s sourced for %d sites, invented for %d\n", p.Field, p.Sourced, p.Invented)
			}
		}
	}
	fmt.Fprintln(d.Stdout)
}

func (d *demo) line(r scan.Report) {
	fmt.Fprintf(d.Stdout, "%-10s  %7d  %5d  %4d  %6d  %6d  %7.2f", r.ScheduledAt.Format("2006-01-02"), r.Coverage.Asked, r.Coverage.Known, len(r.New), len(r.Linked), len(r.Alerts), r.Took.Seconds())
	if r.Degraded() {
		fmt.Fprintf(d.Stdout, "  %s: %s", r.Verdict, plain(r.Reason))
	}
	if n := len(r.Linked); n > 0 {
		var names []string
		for i, l := range r.Linked {
			if i == 3 && n > 4 {
				names = append(names, fmt.Sprintf("and %d more", n-i))
				break
			}
			names = append(names, fmt.Sprintf("%s (%s)", l.New.Defang(), l.Band))
		}
		fmt.Fprintf(d.Stdout, "  %s", strings.Join(names, ", "))
	}
	fmt.Fprintln(d.Stdout)
}

// next are the exact commands to type after the demo, about a name that was found
// in it; about none, where none was.
func (d *demo) next(found tracker.Name) {
	self := "go run ./cmd/respawn"
	if exe, err := os.Executable(); err == nil && !strings.Contains(exe, "go-build") {
		self = exe
	}
	fmt.Fprintf(d.Stdout, "\nNext, type:\n")
	calls := []string{"sites", "alerts list", "stats", "export --format html -o case.html"}
	if name := string(found); name != "" {
		calls = []string{"sites", "timeline " + name, "explain " + name, "alerts list", "stats", "export --format html --name " + name + " -o " + strings.ReplaceAll(name, ".", "_") + ".html"}
	}
	for _, c := range calls {
		fmt.Fprintf(d.Stdout, "  %s --config %s %s\n", self, d.configFile, c)
	}
}
