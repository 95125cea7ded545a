package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/export"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

// reader opens the database for reading, with what dossiers are made of.
func (a *app) reader(ctx context.Context) (*store.Store, scan.DossierReader, error) {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	return st, scanReader{st.View}, nil
}

// caseIDs are the case asked for, or all of them.
func caseIDs(ctx context.Context, st *store.Store, only string) ([]tracker.CaseID, error) {
	ids, err := st.Cases(ctx)
	if err != nil || only == "" {
		return ids, err
	}
	if !slices.Contains(ids, tracker.CaseID(only)) {
		return nil, fmt.Errorf("no case %q; see: respawn case list", only)
	}
	return []tracker.CaseID{tracker.CaseID(only)}, nil
}

// dossiers gathers what is known of a case, or of some of its names.
func (a *app) dossiers(ctx context.Context, id tracker.CaseID, only ...tracker.Name) ([]tracker.Dossier, error) {
	_, r, err := a.reader(ctx)
	if err != nil {
		return nil, err
	}
	var asOf time.Time // of the newest run, unless a person says otherwise
	if a.at != "" {
		if asOf, err = parseTime(a.at); err != nil {
			return nil, err
		}
	}
	return scan.Dossiers(ctx, r, id, asOf, only...)
}

// dossier finds a name in whichever case has it.
func (a *app) dossier(ctx context.Context, arg string) (*tracker.Dossier, error) {
	n, err := tracker.ParseName(refang(arg))
	if err != nil {
		return nil, usagef("%v", err)
	}
	st, _, err := a.reader(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := st.Cases(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		ds, err := a.dossiers(ctx, id, n)
		if err != nil {
			return nil, err
		}
		if len(ds) > 0 {
			return &ds[0], nil
		}
	}
	return nil, fmt.Errorf("nothing is known of %s: it stands in no case and no scan has found it", n.Defang())
}

// A siteLine is one line of `sites`.
type siteLine struct {
	Name         tracker.Name         `json:"name"`
	Case         tracker.CaseID       `json:"case"`
	Role         string               `json:"role"` // seized, campaign, found
	Status       tracker.Status       `json:"status"`
	Since        tracker.Interval     `json:"since"`
	Replaces     tracker.Name         `json:"replaces,omitempty"`  // at least probably, and came after it; as in the CSV of export
	LinkedTo     tracker.Name         `json:"linked_to,omitempty"` // of its best link, whatever its band
	Band         tracker.Band         `json:"band,omitempty"`
	Relation     string               `json:"relation,omitempty"`
	PassedOn     tracker.Interval     `json:"passed_on,omitzero"` // when it passed into other hands than those that are linked
	Registered   tracker.Interval     `json:"registered"`
	Basis        tracker.DateBasis    `json:"registered_basis,omitempty"`
	FirstSeen    tracker.Interval     `json:"first_seen"`
	Confirmation tracker.Confirmation `json:"seizure_confirmation,omitempty"` // of the name itself
	Phrase       string               `json:"seizure,omitempty"`
	// Of the row of the case that a found name goes back to, through a link that is
	// at least probable.
	Root             tracker.Name         `json:"root,omitempty"`
	RootConfirmation tracker.Confirmation `json:"root_seizure_confirmation,omitempty"`
	RootPhrase       string               `json:"root_seizure,omitempty"`
}

func lineOfSite(d *tracker.Dossier) siteLine {
	l := siteLine{Name: d.Name, Case: d.Case, Role: "found", Status: d.State.Status, Since: d.State.Since, Registered: d.RegisteredAt, Basis: d.Basis, FirstSeen: d.FirstSeen}
	if !d.AnewAt.Hi.IsZero() {
		l.Registered, l.Basis = d.AnewAt, d.AnewBasis
	}
	if d.Row != nil {
		l.Role = string(d.Row.Role)
		if d.Row.Role == tracker.RoleSeized {
			l.Confirmation, l.Phrase = d.Row.Confirmation, d.Row.Confirmation.Phrase()
		}
	} else if d.Replacement() && d.Root != nil { // an innocent name with a watched label has none
		l.Root = d.Root.Name
		if d.Root.Role == tracker.RoleSeized {
			l.RootConfirmation, l.RootPhrase = d.Root.Confirmation, d.Root.Confirmation.Phrase()
		}
	}
	if d.Link != nil {
		l.LinkedTo, l.Band, l.Relation, l.PassedOn = d.Link.Old, d.Link.Band, d.Link.Relation, d.Link.Until
		if d.Replacement() && d.Link.Relation == tracker.RelationReplacement {
			l.Replaces = d.Link.Old
		}
	}
	return l
}

// linkWords are the link of a site for people. The heading of a column must not
// say more than the band does.
func (l siteLine) linkWords() string {
	if l.LinkedTo == "" {
		return ""
	}
	verb := "linked to "
	switch {
	case l.Band.Rank() < tracker.BandPossible.Rank():
		verb = "hardly linked to "
	case l.Relation == tracker.RelationTwin:
		verb = "was there before "
	case l.Replaces != "":
		verb = "replaces "
	case l.Band.Rank() >= tracker.BandProbable.Rank():
		verb = "run with "
	}
	if !l.PassedOn.Hi.IsZero() {
		return "in other hands; before, " + verb + l.LinkedTo.Defang()
	}
	return verb + l.LinkedTo.Defang()
}

func (a *app) sitesCommand() *cobra.Command {
	var id, band, status string
	c := &cobra.Command{
		Use: "sites", Short: "Every site of a case: what it is, since when, what it replaces", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.sites(c.Context(), id, band, status) },
	}
	c.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	c.Flags().StringVar(&band, "band", "", "only links of this `band` or better: possible, probable, confirmed")
	c.Flags().StringVar(&status, "status", "", "only sites of this `status`, such as live or seized")
	return c
}

func (a *app) sites(ctx context.Context, only, band, status string) error {
	if band != "" && tracker.Band(band).Rank() == 0 {
		return usagef("--band %q: want unlikely, possible, probable or confirmed", band)
	}
	st, _, err := a.reader(ctx)
	if err != nil {
		return err
	}
	ids, err := caseIDs(ctx, st, only)
	if err != nil {
		return err
	}
	p, err := newPrinter(a, "jsonl", []column[siteLine]{
		{name: "name", value: func(l siteLine) string { return string(l.Name) }, show: func(l siteLine) string { return l.Name.Defang() }},
		{name: "role", value: func(l siteLine) string { return l.Role }},
		{name: "status", value: func(l siteLine) string { return string(l.Status) }},
		{name: "since", value: func(l siteLine) string { return l.Since.String() }},
		{name: "band", value: func(l siteLine) string { return string(l.Band) }},
		{name: "relation", value: func(l siteLine) string { return l.Relation }, only: "csv"},
		{name: "replaces", value: func(l siteLine) string { return string(l.Replaces) }, only: "csv"},
		{name: "linked_to", value: func(l siteLine) string { return string(l.LinkedTo) }, only: "csv"},
		{name: "link", value: siteLine.linkWords, only: "table"},
		{name: "registered", value: func(l siteLine) string {
			if l.Registered.Hi.IsZero() {
				return ""
			}
			return l.Registered.String() + " (" + string(l.Basis) + ")"
		}},
		{name: "seizure", value: func(l siteLine) string { return l.Phrase }, show: func(l siteLine) string {
			if l.RootPhrase != "" {
				return l.Root.Defang() + ": " + l.RootPhrase
			}
			return l.Phrase
		}},
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		ds, err := a.dossiers(ctx, id)
		if err != nil {
			return err
		}
		for i := range ds {
			l := lineOfSite(&ds[i])
			if band != "" && l.Band.Rank() < tracker.Band(band).Rank() || status != "" && string(l.Status) != status {
				continue
			}
			if err := p.print(l); err != nil {
				return err
			}
		}
	}
	return p.close()
}

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "What is known of one name", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := a.dossier(c.Context(), args[0])
			if err != nil {
				return err
			}
			return a.printOne(d, "show: --format csv is not offered; take json, or export --format csv --name NAME", func() error {
				a.printDossier(d)
				return nil
			})
		},
	}
}

func (a *app) printDossier(d *tracker.Dossier) {
	w := a.Stdout
	line := func(k, v string) {
		if v != "" {
			fmt.Fprintf(w, "  %-16s %s\n", k, plain(v))
		}
	}
	fmt.Fprintln(w, d.Name.Defang())
	if u := d.Name.Unicode(); u != string(d.Name) {
		line("shown as", u)
	}
	if r := d.Row; r != nil {
		line("case", fmt.Sprintf("%s: %s", d.Case, seizureWords(r)))
		line("source", r.Source)
		line("row", fmt.Sprintf("%s:%d", r.Origin.File, r.Origin.Line))
	} else {
		line("found by", foundBy(d, d.From.Defang()))
	}
	line("status", stateLineWords(d))
	if !d.RegisteredAt.Hi.IsZero() {
		line("registered", d.RegisteredAt.String()+" ("+string(d.Basis)+")")
	}
	if !d.AnewAt.Hi.IsZero() {
		line("and anew", d.AnewAt.String()+" ("+string(d.AnewBasis)+")")
	}
	if !d.FirstSeen.Hi.IsZero() {
		line("first in DNS", d.FirstSeen.String())
	}
	if r := d.Registration; r != nil {
		line("registrar", strings.TrimSpace(r.Registrar+" "+r.RegistrarID))
		line("abuse", r.AbuseEmail)
		line("statuses", strings.Join(r.Statuses, ", "))
	}
	if d.Delegation != nil {
		line("delegated to", joinNames(d.Delegation.NS))
	}
	if d.DNS != nil {
		var as []string
		for _, x := range slices.Concat(d.DNS.A, d.DNS.AAAA) {
			as = append(as, x.String())
		}
		line("addresses", strings.Join(as, " "))
	}
	if c := d.Control; c != nil && c.Holder != "" {
		line("held by", strings.TrimSpace(c.Holder+" "+c.Agency+" "+c.Service))
		for _, s := range c.Signals {
			line("", s)
		}
	}
	if d.Web != nil {
		line("page", fmt.Sprintf("%s, HTTP %d, %q", d.Web.Class, d.Web.Status, d.Web.Title))
	}
	for _, r := range d.Redirects {
		line("redirect seen", fmt.Sprintf("to %s, %s to %s", r.To.Defang(), r.First.UTC().Format("2006-01-02"), r.Last.UTC().Format("2006-01-02")))
	}
	asked, all := d.AskedNights()
	words := fmt.Sprintf("%d of %d", asked, all)
	if n := d.DaysWithoutRun(); n > 0 {
		words += fmt.Sprintf("; %d more days between them had no run", n)
	}
	line("nights asked", words)
	for _, l := range d.Lifespans {
		end := "still alive"
		if !l.Death.Hi.IsZero() {
			end = "ended " + l.Death.String() + " (" + l.Cause + ")"
		}
		line("life "+strconv.Itoa(l.Incarnation), "live "+l.Birth.String()+"; "+end)
	}
	for _, l := range d.ReplacedBy {
		line("replaced by", fmt.Sprintf("%s (%s, %s)", l.New.Defang(), l.Band, l.Relation))
	}
	line("wave", d.Wave)
	if l := d.Link; l != nil {
		line("link", fmt.Sprintf("%s of %s: %s, log odds %+.1f", l.Relation, l.Old.Defang(), l.Band, l.Score))
		printEvidence(w, l.Evidence, l.Ignored)
	}
	if len(d.Transitions) > 0 {
		fmt.Fprintln(w, "  changes")
	}
	for _, t := range d.Transitions {
		fmt.Fprintf(w, "    %-12s %-12s %s -> %s, %s\n", t.Axis, t.Event, t.From, t.To, t.Window)
	}
}

// seizureWords are what a row says of a seizure, with its day where it gives one.
func seizureWords(r *tracker.CaseName) string {
	switch {
	case r.Role != tracker.RoleSeized:
		return "campaign name, not reported seized"
	case r.SeizedAt.IsZero():
		return r.Confirmation.Phrase() + " on an unknown day"
	}
	return r.Confirmation.Phrase() + " on " + r.SeizedAt.Format("2006-01-02")
}

// stateLineWords are the status and since when; of one that went stale, what it was.
func stateLineWords(d *tracker.Dossier) string {
	if d.State.Status == tracker.StatusUnknown || d.State.Status == "" {
		return string(tracker.StatusUnknown) + ": " + export.StateWords(d)
	}
	return string(d.State.Status) + ", " + d.State.Since.String()
}

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain NAME", Short: "Why respawn says what it says, back to the raw answers and the line of the case file", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := a.dossier(c.Context(), args[0])
			if err != nil {
				return err
			}
			return a.explain(c.Context(), d)
		},
	}
}

var errNothing = errors.New("nothing is known yet: run a scan first")
