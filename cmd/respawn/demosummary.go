package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"respawn/internal/netsim"
	"respawn/tracker"
	"respawn/tracker/link"
	"respawn/tracker/scan"
)

// summary prints what a journalist could quote from the replay, and holds it
// against what the world says is true.
func (d *demo) summary(ctx context.Context, k *scannerKit, w *netsim.World, id tracker.CaseID, at time.Time) error {
	r := scanReader{k.store.View}
	ds, err := scan.Dossiers(ctx, r, id, at)
	if err != nil {
		return err
	}
	runs, err := r.Runs(ctx, id)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.Stdout, "\nWhat can be quoted, about this replay:")
	stats, err := scan.Statistics(scan.StatRows(ds, runs, scan.StatOptions{}))
	if err != nil {
		return err
	}
	printStats(d.Stdout, stats)
	d.alive(ds, at)
	d.compare(w, ds, at)
	return nil
}

// alive says how many replacements were still up after 30 days: at the first look
// from then on that was at the page.
func (d *demo) alive(ds []tracker.Dossier, at time.Time) {
	n, up, documented, confirmed := 0, 0, 0, 0
	for i := range ds {
		x := &ds[i]
		b := birthOf(x)
		if !x.Replacement() || link.LabelKey(x.Name.Label()) != link.LabelKey(x.Link.Old.Label()) || b.IsZero() || at.Sub(b) < 30*24*time.Hour {
			continue
		}
		n++
		if x.Root != nil && x.Root.Confirmation == tracker.Documented {
			documented++
		}
		if x.Link.Band == tracker.BandConfirmed {
			confirmed++
		}
		for _, night := range x.Nights {
			if night.At.Before(b.AddDate(0, 0, 30)) || night.Void || night.Unseen {
				continue
			}
			if night.Status.Alive() && !(x.OtherHands() && !night.At.Before(x.Link.Until.Hi)) {
				up++
			}
			break
		}
	}
	if n > 0 {
		fmt.Fprintf(d.Stdout, "Of %d replacements that were seen live at least 30 nights ago, %d were up 30 days later (%d of the %d links are confirmed, %d go back to a documented seizure).\n", n, up, confirmed, n, documented)
	}
}

func birthOf(x *tracker.Dossier) time.Time {
	for _, l := range x.Lifespans {
		if !l.Birth.Hi.IsZero() {
			return l.Birth.Hi
		}
	}
	return time.Time{}
}

// compare holds the findings against the world's own truth. The product never
// reads that; the demo does, so that a reader sees misses as well as hits.
func (d *demo) compare(w *netsim.World, ds []tracker.Dossier, at time.Time) {
	e := w.Expect
	if len(e.Replacements)+len(e.OutOfReach)+len(e.Innocents) == 0 {
		return
	}
	by := map[tracker.Name]*tracker.Dossier{}
	for i := range ds {
		by[ds[i].Name] = &ds[i]
	}
	var missed, twins []string
	found, expected, later := 0, 0, 0
	for _, r := range e.Replacements {
		if !r.PreExisting && at.Before(thereFrom(w, r)) {
			later++ // the demo was told to end before
			continue
		}
		x := by[tracker.Name(r.Name)]
		if r.PreExisting {
			if x != nil && x.Link != nil && x.Link.Relation == tracker.RelationTwin {
				twins = append(twins, tracker.Name(r.Name).Defang())
			} else {
				missed = append(missed, fmt.Sprintf("%s (was to be found as a twin that stood there before)", tracker.Name(r.Name).Defang()))
			}
			continue
		}
		expected++
		if x != nil && x.Replacement() {
			found++
		} else {
			missed = append(missed, fmt.Sprintf("%s -> %s, registered %s%s", tracker.Name(r.Name).Defang(), tracker.Name(r.Replaces).Defang(), registeredDay(w, r.Name), noteOf(r.Note)))
		}
	}
	fmt.Fprintf(d.Stdout, "\nAgainst the truth of this world: %d of %d replacements found, %d older twins told apart.\n", found, expected, len(twins))
	if later > 0 {
		fmt.Fprintf(d.Stdout, "  Not there yet on the last night that was replayed: %s.\n", counted(later, "other replacement"))
	}
	for _, m := range missed {
		fmt.Fprintf(d.Stdout, "  missed: %s\n", m)
	}
	var false_ []string
	for _, n := range slices.Concat(e.Innocents, e.Unreported) {
		for name, x := range by {
			if (name == tracker.Name(n.Name) || n.Kind == "wildcard" && name.Suffix() == n.Name) && x.Row == nil && x.Replacement() && !expectedName(e, name) {
				false_ = append(false_, name.Defang())
			}
		}
	}
	slices.Sort(false_)
	if len(false_) == 0 {
		fmt.Fprintf(d.Stdout, "No replacement was reported that is none (%d innocent names and suffixes, %d names that nothing reveals).\n", len(e.Innocents), len(e.Unreported))
	} else {
		fmt.Fprintf(d.Stdout, "REPORTED WRONGLY: %s\n", strings.Join(slices.Compact(false_), ", "))
	}
	if len(e.OutOfReach) > 0 {
		fmt.Fprintf(d.Stdout, "Out of reach, and why:\n")
		for _, m := range e.OutOfReach {
			day := ""
			if !m.Registered.IsZero() {
				day = " registered " + m.Registered.Format("2006-01-02")
				if !m.RegisteredAlt.IsZero() {
					day += " (or " + m.RegisteredAlt.Format("2006-01-02") + ")"
				}
			}
			fmt.Fprintf(d.Stdout, "  %-28s%s: %s\n", tracker.Name(m.Name).Defang(), day, m.Reason)
		}
	}
}

func expectedName(e netsim.Expect, n tracker.Name) bool {
	return slices.ContainsFunc(e.Replacements, func(r netsim.ExpectedReplacement) bool { return tracker.Name(r.Name) == n })
}

// thereFrom is when a replacement can first be found: its registration, or the time
// that the world gives.
func thereFrom(w *netsim.World, r netsim.ExpectedReplacement) time.Time {
	if !r.From.IsZero() {
		return r.From.Time
	}
	for i := range w.Sites {
		if w.Sites[i].Name == r.Name {
			return w.Sites[i].RegisteredAt()
		}
	}
	return time.Time{}
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func noteOf(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// registeredDay is the day on which a site of the world was registered, with the
// other source's day where the two disagree.
func registeredDay(w *netsim.World, name string) string {
	for i := range w.Sites {
		s := &w.Sites[i]
		if s.Name != name {
			continue
		}
		day := s.RegisteredAt().Format("2006-01-02")
		if !s.RegisteredAlt.IsZero() {
			day += " or " + s.RegisteredAlt.Format("2006-01-02")
		}
		return day
	}
	return "on a day not known"
}
