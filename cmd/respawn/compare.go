package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"respawn/tracker"
	"respawn/tracker/scan"
)

func (a *app) compareCommand() *cobra.Command {
	return &cobra.Command{
		Use: "compare NEW OLD", Short: "Does NEW replace OLD? Every reason for and against", Args: cobra.ExactArgs(2),
		Long: `compare weighs two names by what scans have seen of them. Names of one case are
compared with that case's background, outlets and batches.`,
		RunE: func(c *cobra.Command, args []string) error { return a.compare(c.Context(), args[0], args[1]) },
	}
}

func (a *app) compare(ctx context.Context, newArg, oldArg string) error {
	newName, err := tracker.ParseName(refang(newArg))
	if err != nil {
		return usagef("%v", err)
	}
	oldName, err := tracker.ParseName(refang(oldArg))
	if err != nil {
		return usagef("%v", err)
	}
	st, r, err := a.reader(ctx)
	if err != nil {
		return err
	}
	at, err := a.now()
	if err != nil {
		return err
	}
	ids, err := st.Cases(ctx)
	if err != nil {
		return err
	}
	var l tracker.Link
	found := false
	for _, id := range ids {
		if l, found, err = scan.Compare(ctx, r, id, newName, oldName, at); err != nil {
			return err
		}
		if found {
			break
		}
	}
	if !found {
		return fmt.Errorf("no case has observations of both %s and %s: scan first", newName.Defang(), oldName.Defang())
	}
	return a.printOne(l, "compare: --format csv is not offered; take json", func() error {
		fmt.Fprintf(a.Stdout, "%s -> %s: %s, %s, log odds %+.1f (%s)\n", l.New.Defang(), l.Old.Defang(), l.Relation, l.Band, l.Score, l.Rule)
		printEvidence(a.Stdout, l.Evidence, l.Ignored)
		return nil
	})
}
