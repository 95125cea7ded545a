package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/export"
	"respawn/tracker/link"
	"respawn/tracker/store"
)

func (a *app) alertsCommand() *cobra.Command {
	c := &cobra.Command{Use: "alerts", Short: "The queue of things that deserve a person"}
	var all bool
	var id string
	list := &cobra.Command{
		Use: "list", Short: "Open alerts, oldest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f := store.AlertFilter{State: tracker.AlertOpen, Case: tracker.CaseID(id)}
			if all {
				f.State = ""
			}
			return a.listAlerts(c.Context(), f)
		},
	}
	list.Flags().BoolVar(&all, "all", false, "also those that were dealt with")
	list.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	show := &cobra.Command{
		Use: "show KEY_OR_NAME", Short: "One alert with all its evidence", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.showAlert(c.Context(), args[0]) },
	}
	c.AddCommand(list, show,
		a.alertAct("ack KEY_OR_NAME [NOTE]", "Somebody is on it", tracker.AlertAcked, false),
		a.alertAct("confirm KEY_OR_NAME [NOTE]", "A person agrees with the link", tracker.AlertConfirmed, false),
		a.alertAct("reject KEY_OR_NAME REASON", "A person disagrees; the pair is no link any more and never alerts again", tracker.AlertRejected, true),
		&cobra.Command{
			Use: "test", Short: "Send a test alert to every channel", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return a.testAlerts(c.Context()) },
		})
	return c
}

func (a *app) alertAct(use, short string, to tracker.AlertState, reason bool) *cobra.Command {
	least := 1
	if reason {
		least = 2
	}
	return &cobra.Command{Use: use, Short: short, Args: cobra.MinimumNArgs(least), RunE: func(c *cobra.Command, args []string) error {
		st, err := a.openStore(c.Context(), false)
		if err != nil {
			return err
		}
		rec, err := findAlert(c.Context(), st, args[0])
		if err != nil {
			return err
		}
		note := strings.Join(args[1:], " ")
		if err := st.Tx(c.Context(), func(tx *store.Tx) error { return tx.SetAlert(c.Context(), rec.Key, to, note) }); err != nil {
			return err
		}
		fmt.Fprintf(a.Stdout, "%s: %s\n", rec.Key, to)
		return nil
	}}
}

// findAlert takes an alert's key, or a name that has one alert, or one that is open.
func findAlert(ctx context.Context, st *store.Store, ref string) (store.AlertRecord, error) {
	rec, err := st.Alert(ctx, ref)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return rec, err
	}
	n, perr := tracker.ParseName(refang(ref))
	if perr != nil {
		return rec, fmt.Errorf("no alert %q; see: respawn alerts list", ref)
	}
	recs, err := st.Alerts(ctx, store.AlertFilter{Name: n})
	switch {
	case err != nil:
		return rec, err
	case len(recs) == 0:
		return rec, fmt.Errorf("no alert about %s; see: respawn alerts list", n.Defang())
	case len(recs) == 1:
		return recs[0], nil
	}
	open, keys := -1, ""
	for i, r := range recs {
		keys += "\n  " + r.Key + " (" + string(r.State) + ")"
		switch {
		case r.State != tracker.AlertOpen:
		case open >= 0:
			open = len(recs)
		default:
			open = i
		}
	}
	if open < 0 || open == len(recs) {
		return rec, fmt.Errorf("%d alerts are about %s: name one by its key:%s", len(recs), n.Defang(), keys)
	}
	return recs[open], nil
}

func (a *app) listAlerts(ctx context.Context, f store.AlertFilter) error {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return err
	}
	recs, err := st.Alerts(ctx, f)
	if err != nil {
		return err
	}
	p, err := newPrinter(a, "jsonl", []column[store.AlertRecord]{
		{name: "key", value: func(r store.AlertRecord) string { return r.Key }},
		{name: "created_at", value: func(r store.AlertRecord) string { return stamp(r.CreatedAt) }, show: func(r store.AlertRecord) string { return r.CreatedAt.Format("2006-01-02") }},
		{name: "state", value: func(r store.AlertRecord) string { return string(r.State) }},
		{name: "band", value: func(r store.AlertRecord) string { return string(r.Band) }},
		{name: "headline", value: func(r store.AlertRecord) string { return r.Headline }},
	})
	if err != nil {
		return err
	}
	for _, r := range recs {
		if err := p.print(r); err != nil {
			return err
		}
	}
	return p.close()
}

func (a *app) showAlert(ctx context.Context, ref string) error {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return err
	}
	rec, err := findAlert(ctx, st, ref)
	if err != nil {
		return err
	}
	return a.printOne(rec, "", func() error { printAlert(a.Stdout, &rec); return nil })
}

func printAlert(w io.Writer, r *store.AlertRecord) {
	line := func(k, v string) {
		if v != "" {
			fmt.Fprintf(w, "  %-14s %s\n", k, plain(v))
		}
	}
	fmt.Fprintf(w, "%s\n", plain(r.Headline))
	line("key", r.Key)
	state := string(r.State)
	if r.Reason != "" {
		state += ": " + r.Reason
	}
	line("state", state)
	if r.LinkedTo != "" {
		line("linked to", strings.TrimSuffix(r.LinkedTo.Defang()+", "+r.Basis, ", "))
		line("relation", r.Relation)
		line("its state then", statusWords(r.LinkedStatus))
		line("band", fmt.Sprintf("%s (log odds %+.1f)", r.Band, r.Score))
	} else {
		line("seizure", r.Basis)
	}
	if r.RootBasis != "" && r.Root != r.LinkedTo {
		line("goes back to", or(r.Root.Defang(), "a name of the case")+", "+r.RootBasis)
	}
	line("state then", statusWords(r.Status))
	if r.Class != "" || r.Title != "" {
		line("page then", strings.TrimSpace(string(r.Class)+" "+quoted(export.Defang(r.Title))))
	}
	line("final address", export.Defang(r.FinalURL))
	if !r.FirstSeen.Hi.IsZero() {
		line("first seen", r.FirstSeen.String())
	}
	if !r.RegisteredAt.Hi.IsZero() {
		line("registered", r.RegisteredAt.String()+" ("+string(r.DateBasis)+")")
	}
	if !r.EndedAt.Hi.IsZero() {
		line("ended", r.EndedAt.String())
	}
	line("registrar", r.Registrar)
	line("abuse", r.AbuseEmail)
	for _, ad := range r.Addresses {
		line("address", strings.TrimSpace(ad.Addr.String()+" "+ad.Host))
	}
	line("capture", string(r.Capture))
	printEvidence(w, r.Evidence, r.Ignored)
}

// statusWords is a status of which no case row is at hand: the word "seized" is the
// basis's to say.
func statusWords(s tracker.Status) string {
	if s == "" {
		return ""
	}
	return export.StatusWords(&tracker.Dossier{}, s)
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

func printEvidence(w io.Writer, evidence, ignored []tracker.Evidence) {
	if len(evidence) > 0 {
		fmt.Fprintln(w, "  evidence (weights are natural logarithms of likelihood ratios)")
	}
	sum := 0.0
	for _, e := range evidence {
		fmt.Fprintf(w, "    %+7.3f  %-12s %-14s %s\n", e.Weight, e.Group, e.Kind, evidenceText(e))
		sum += e.Weight
	}
	if len(evidence) > 0 {
		fmt.Fprintf(w, "    %+7.3f  in all: %s\n", sum, link.InWords(sum, evidence))
	}
	if len(ignored) > 0 {
		fmt.Fprintln(w, "  looked at and not counted")
	}
	for _, e := range ignored {
		fmt.Fprintf(w, "      0.000  %-12s %-14s %s\n", e.Group, e.Kind, evidenceText(e))
	}
}

// evidenceText is what was found and why it counts, with no live link in it.
func evidenceText(e tracker.Evidence) string {
	if e.Value == "" {
		return plain(e.Why)
	}
	return export.Defang(e.Value) + ": " + plain(e.Why)
}

// testAlerts sends an alert that is about nothing, past the outbox.
func (a *app) testAlerts(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	door, err := openDoor(cfg, cfg.Egress.Proxy)
	if err != nil {
		return err
	}
	channels, err := a.channels(cfg, door, time.Now)
	if err != nil {
		return err
	}
	if len(channels) == 0 {
		return errors.New("no channel is configured: see alerts: in the configuration")
	}
	var failed []error
	for _, c := range channels {
		err := c.Send(ctx, tracker.Alert{Key: "test", Kind: "test", CreatedAt: time.Now().UTC(), Headline: "This is a test of respawn's alerts; nothing happened."})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintf(a.Stdout, "%s: delivered\n", c.Name())
	}
	return errors.Join(failed...)
}
