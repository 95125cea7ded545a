package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

func (a *app) workerCommand() *cobra.Command {
	var vantage string
	c := &cobra.Command{
		Use:   "worker --vantage V",
		Short: "One more worker, anywhere that reaches the Postgres",
		Long: `worker takes jobs of running scans from the shared Postgres database and asks from
the vantage V of its configuration. It needs database: postgres://... and a
data_dir that all workers share, because raw answers are kept there. It runs until
it is stopped; what it had in hand is taken up by another.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			i := slices.IndexFunc(cfg.Vantages, func(v Vantage) bool { return v.Name == vantage })
			switch {
			case vantage == "":
				return usagef("worker: --vantage V is missing")
			case i < 0:
				return usagef("worker: the configuration has no vantage %q", vantage)
			case cfg.Database == "":
				return errors.New("worker: SQLite serves one process; set database: postgres://... in the configuration")
			}
			cfg.Vantages[0], cfg.Vantages[i] = cfg.Vantages[i], cfg.Vantages[0]
			if _, err := a.openScanner(c.Context(), func(string, int, int) {}); err != nil {
				return err
			}
			fmt.Fprintf(a.Stderr, "respawn: working from %s until stopped\n", vantage)
			<-c.Context().Done()
			return nil
		},
	}
	c.Flags().StringVar(&vantage, "vantage", "", "`name` of a vantage of the configuration")
	return c
}
