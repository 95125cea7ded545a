package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/resolver/registration"
	"respawn/tracker/store"
	"respawn/tracker/store/storetest"
)

// paceEnv is where a process of TestOneBudgetForTwoProcesses finds its database.
const paceEnv = "RESPAWN_TEST_PACE"

const (
	paceWorkers   = 2 // of each of two processes
	paceQuestions = 6 // of each worker
	paceBase      = 30 * time.Millisecond
)

func paceStore(where string) store.Config {
	if strings.HasPrefix(where, "postgres") {
		return store.Config{URL: where}
	}
	return store.Config{Path: where}
}

// TestPaceProcess is one process of two workers that ask one registry; it prints
// when each question began and when its answer was there.
func TestPaceProcess(t *testing.T) {
	url := os.Getenv(paceEnv)
	if url == "" {
		t.Skip("only a part of TestOneBudgetForTwoProcesses")
	}
	st, err := store.Open(t.Context(), paceStore(url))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	p := &storePace{st, paceBase, slog.New(slog.DiscardHandler)}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range paceWorkers {
		wg.Go(func() {
			for range paceQuestions {
				if err := p.Wait(context.Background(), "registry.example"); err != nil {
					t.Error(err)
					return
				}
				from := time.Now()
				for time.Since(from) < paceBase/10 { // the registry thinks
				}
				to := time.Now()
				p.Report("registry.example", registration.Feedback{Kind: registration.Served})
				mu.Lock()
				fmt.Printf("question %d %d\n", from.UnixNano(), to.UnixNano())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// Four workers in two processes have one budget, on SQLite and on Postgres: one
// question in flight, and the base interval between an answer and the next
// question, however slow the machine is.
func TestOneBudgetForTwoProcesses(t *testing.T) {
	for _, tt := range []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"SQLite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "respawn.db") }},
		{"Postgres", func(t *testing.T) string { return storetest.Postgres(t).NewDatabase(t) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := tt.url(t)
			st, err := store.Open(t.Context(), paceStore(url)) // makes the tables
			if err != nil {
				t.Fatal(err)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			var cmds []*exec.Cmd
			var outs []*strings.Builder
			for range 2 {
				cmd, out := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPaceProcess$", "-test.v"), new(strings.Builder)
				cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), paceEnv+"="+url), out, out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				cmds, outs = append(cmds, cmd), append(outs, out)
			}
			type question struct{ from, to int64 }
			var asked []question
			for i, cmd := range cmds {
				if err := cmd.Wait(); err != nil {
					t.Fatalf("%v: %s", err, outs[i])
				}
				for sc := bufio.NewScanner(strings.NewReader(outs[i].String())); sc.Scan(); {
					var q question
					if n, _ := fmt.Sscanf(sc.Text(), "question %d %d", &q.from, &q.to); n == 2 {
						asked = append(asked, q)
					}
				}
			}
			slices.SortFunc(asked, func(a, b question) int { return int(a.from - b.from) })
			if want := 2 * paceWorkers * paceQuestions; len(asked) != want {
				t.Fatalf("%d questions, want %d", len(asked), want)
			}
			for i := 1; i < len(asked); i++ {
				if gap := time.Duration(asked[i].from - asked[i-1].to); gap < paceBase {
					t.Errorf("question %d began %v after the answer before it, want %v", i, gap, paceBase)
				}
			}
		})
	}
}
