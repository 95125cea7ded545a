package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

func (a *app) replayCommand() *cobra.Command {
	var policy, id string
	var write bool
	c := &cobra.Command{
		Use:   "replay [--policy FILE]",
		Short: "Rebuild every state from the observations; print what would change",
		Long: `replay folds the stored observations again, under the default policy, under the
one in FILE (YAML, the fields of lifecycle.Policy), or under "immediate", which
believes every answer at once. It prints what differs from the stored states, and
with --write puts the result in their place.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.replay(c.Context(), id, policy, write) },
	}
	c.Flags().StringVar(&policy, "policy", "", "policy `file`, or the word immediate")
	c.Flags().StringVar(&id, "case", "", "only this case, by its `id`")
	c.Flags().BoolVar(&write, "write", false, "store the rebuilt states")
	return c
}

func loadPolicy(file string) (lifecycle.Policy, error) {
	switch file {
	case "":
		return lifecycle.DefaultPolicy(), nil
	case "immediate":
		return lifecycle.ImmediatePolicy(), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return lifecycle.Policy{}, fmt.Errorf("policy: %w", err)
	}
	p := lifecycle.Policy{}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		return p, fmt.Errorf("policy %s: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return p, nil
}

// A replayChange is one name whose state comes out otherwise.
type replayChange struct {
	Name tracker.Name   `json:"name"`
	Case tracker.CaseID `json:"case"`
	Was  stateLine      `json:"was"`
	Is   stateLine      `json:"is"`
}

type stateLine struct {
	Status      tracker.Status   `json:"status"`
	Since       tracker.Interval `json:"since"`
	Incarnation int              `json:"incarnation"`
	Transitions int              `json:"transitions"`
	Lifespans   int              `json:"lifespans"`
}

func (a *app) replay(ctx context.Context, only, policyFile string, write bool) error {
	policy, err := loadPolicy(policyFile)
	if err != nil {
		return err
	}
	st, err := a.openStore(ctx, !write)
	if err != nil {
		return err
	}
	ids, err := caseIDs(ctx, st, only)
	if err != nil {
		return err
	}
	p, err := newPrinter(a, "jsonl", []column[replayChange]{
		{name: "name", value: func(c replayChange) string { return string(c.Name) }, show: func(c replayChange) string { return c.Name.Defang() }},
		{name: "was", value: func(c replayChange) string { return string(c.Was.Status) + ", " + c.Was.Since.String() }},
		{name: "is", value: func(c replayChange) string { return string(c.Is.Status) + ", " + c.Is.Since.String() }},
		{name: "transitions", value: func(c replayChange) string { return fmt.Sprintf("%d -> %d", c.Was.Transitions, c.Is.Transitions) }},
	})
	if err != nil {
		return err
	}
	names, changed := 0, 0
	for _, id := range ids {
		results, err := scan.Replay(ctx, scanReader{st.View}, id, policy)
		if err != nil {
			return err
		}
		for _, r := range results {
			names++
			c, differs, err := a.difference(ctx, st, id, r)
			if err != nil {
				return err
			}
			if differs {
				changed++
				if err := p.print(c); err != nil {
					return err
				}
			}
		}
		if !write {
			continue
		}
		err = st.Tx(ctx, func(tx *store.Tx) error {
			if err := tx.DropProjections(ctx, id); err != nil {
				return err
			}
			for _, r := range results {
				if err := tx.PutProjection(ctx, id, r.State, r.Transitions, r.Lifespans); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(a.Stderr, "respawn: %d names replayed under policy %s: %d come out otherwise\n", names, policy.Name, changed)
	return p.close()
}

func (a *app) difference(ctx context.Context, st *store.Store, id tracker.CaseID, r lifecycle.Result) (replayChange, bool, error) {
	ts, err := st.Transitions(ctx, id, r.State.Name)
	if err != nil {
		return replayChange{}, false, err
	}
	ls, err := st.Lifespans(ctx, id, r.State.Name)
	if err != nil {
		return replayChange{}, false, err
	}
	was, err := st.State(ctx, id, r.State.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // a name without a stored state is a change
		return replayChange{}, false, err
	}
	old, err := json.Marshal([]any{was, ts, ls})
	if err != nil {
		return replayChange{}, false, err
	}
	now, err := json.Marshal([]any{r.State, r.Transitions, r.Lifespans})
	if err != nil {
		return replayChange{}, false, err
	}
	c := replayChange{Name: r.State.Name, Case: id, Was: stateLine{was.Status, was.Since, was.Incarnation, len(ts), len(ls)},
		Is: stateLine{r.State.Status, r.State.Since, r.State.Incarnation, len(r.Transitions), len(r.Lifespans)}}
	return c, !bytes.Equal(old, now), nil
}
