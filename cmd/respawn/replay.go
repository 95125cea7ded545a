package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// Differs says in words what comes out otherwise. The name of the policy, which
	// every rule carries, is no difference.
	Differs []string `json:"differs"`
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
		{name: "differs", value: func(c replayChange) string { return strings.Join(c.Differs, "; ") }},
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
	c := replayChange{Name: r.State.Name, Case: id, Was: stateLine{was.Status, was.Since, was.Incarnation, len(ts), len(ls)},
		Is: stateLine{r.State.Status, r.State.Since, r.State.Incarnation, len(r.Transitions), len(r.Lifespans)}}
	c.Differs = differences(&was, &r.State, ts, r.Transitions, ls, r.Lifespans)
	return c, len(c.Differs) > 0, nil
}

// differences are what two foldings of one name do not agree on, the weightiest
// first. What they rest on (the rule, the observations behind a change) is compared
// by what comes of it.
func differences(was, is *tracker.State, oldTs, newTs []tracker.Transition, oldLs, newLs []tracker.Lifespan) []string {
	var out []string
	put := func(what, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %s, now %s", what, or(a, "none"), or(b, "none")))
		}
	}
	put("status", string(was.Status), string(is.Status))
	put("since", windowWords(was.Since), windowWords(is.Since))
	put("incarnation", strconv.Itoa(was.Incarnation), strconv.Itoa(is.Incarnation))
	for _, a := range []tracker.Axis{tracker.AxisRegistration, tracker.AxisDNS, tracker.AxisWeb, tracker.AxisControl, tracker.AxisLink} {
		put(string(a), was.Axes[a], is.Axes[a])
	}
	put("last heard of", stamp(was.LastSeen), stamp(is.LastSeen))
	put("last asked", stamp(was.LastAsked), stamp(is.LastAsked))
	for i := range max(len(oldLs), len(newLs)) {
		put(fmt.Sprintf("life %d", i+1), lifeWords(oldLs, i), lifeWords(newLs, i))
	}
	olds, news := changeWords(oldTs), changeWords(newTs)
	for _, s := range olds {
		if !slices.Contains(news, s) {
			out = append(out, "no longer: "+s)
		}
	}
	for _, s := range news {
		if !slices.Contains(olds, s) {
			out = append(out, "new: "+s)
		}
	}
	return out
}

// windowWords is an interval to the millisecond: what is compared must not be rounded.
func windowWords(i tracker.Interval) string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "open"
		}
		return t.UTC().Format("2006-01-02 15:04:05.000")
	}
	if i.Exact() {
		return at(i.Lo)
	}
	return at(i.Lo) + " to " + at(i.Hi)
}

func lifeWords(ls []tracker.Lifespan, i int) string {
	if i >= len(ls) {
		return ""
	}
	l := &ls[i]
	s := "born " + windowWords(l.Birth) + " (" + string(l.BirthBasis) + "), entered " + stamp(l.EnteredAt)
	if l.Death.Hi.IsZero() {
		return s + ", alive at " + stamp(l.Death.Lo)
	}
	return s + ", ended " + windowWords(l.Death) + " (" + l.Cause + ")"
}

func changeWords(ts []tracker.Transition) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = fmt.Sprintf("%s %s, %s to %s, %s", t.Axis, t.Event, t.From, t.To, windowWords(t.Window))
		if t.Review != "" {
			out[i] += ", for review: " + t.Review
		}
	}
	return out
}
