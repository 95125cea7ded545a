package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"
)

// The stories of testdata/script: what a person types and what the program says.
// Besides testscript's own commands they know
//
//	world FILE       serve a world and write respawn.yaml for it; FILE is in testdata/worlds
//	world FILE full  the same, with every candidate asked after a seizure
//	night DAY        move the world to the scan hour of that day, and set $AT to it
//	exits N CMD...   run CMD, which must exit with N
//	newer DB         let the database be of a version that is not written yet
//	damage PATH      flip one byte in the middle of a file, or of the largest file in a folder
//	same STATS SURV  the figures of `stats --format json` and of `survival` agree
func TestScripts(t *testing.T) {
	worlds, err := filepath.Abs("../../testdata/worlds")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("WORLDS", worlds)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("LC_ALL", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"world": scriptWorld,
			"night": scriptNight,
			"exits": scriptExits,
			"newer": scriptNewer,
			"same":  scriptSame,

			"damage": scriptDamage,
		},
	})
}

func scriptWorld(ts *testscript.TestScript, _ bool, args []string) {
	tweak := thrifty
	switch {
	case len(args) == 2 && args[1] == "full":
		tweak = thorough
	case len(args) != 1:
		ts.Fatalf("usage: world FILE [full]")
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := build(ctx, ts.Getenv("WORK"), filepath.Join(ts.Getenv("WORLDS"), args[0]), tweak)
	ts.Defer(cancel)
	ts.Check(err)
	ts.Defer(func() { h.srv.Close() })
	ts.SetCmd("night", func(ts *testscript.TestScript, _ bool, args []string) { h.scriptNight(ts, args) })
	h.scriptNight(ts, []string{h.world.Calendar.From.Format("2006-01-02")})
}

func scriptNight(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("night: no world is served yet")
}

func (h *house) scriptNight(ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: night DAY")
	}
	day, err := time.Parse("2006-01-02", args[0])
	ts.Check(err)
	ts.Setenv("AT", h.night(int(day.Sub(h.world.Calendar.From.Time).Hours()/24)))
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N CMD...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

func scriptNewer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: newer DB")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) SELECT MAX(version_id) + 1, 1 FROM goose_db_version`)
	ts.Check(err)
	_, err = db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	ts.Check(err)
}

// scriptSame compares what two commands say of the same rows: one group each, as
// many rows, as many events, and the same share left after each of stats' days.
func scriptSame(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same STATS SURVIVAL")
	}
	var stats []struct {
		Clock, Stratum, Source string
		N, Events              int
		S                      []struct {
			Days float64
			S    *float64 // null past the longest time that anybody was watched
		}
		Median *float64
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &stats))
	var est struct {
		Groups []struct {
			Group     string
			N, Events float64
			Median    *float64
			KM        []struct{ T, S float64 }
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &est))
	if len(stats) == 0 || len(stats) != len(est.Groups) {
		ts.Fatalf("stats knows %d groups, survival %d", len(stats), len(est.Groups))
	}
	for i, s := range stats {
		g := est.Groups[i]
		name := strings.Join([]string{s.Clock, s.Stratum, s.Source}, "/")
		if g.Group != name || float64(s.N) != g.N || float64(s.Events) != g.Events {
			ts.Fatalf("%s: n %d, events %d; survival says %s: n %v, events %v", name, s.N, s.Events, g.Group, g.N, g.Events)
		}
		if fmt.Sprint(deref(s.Median)) != fmt.Sprint(deref(g.Median)) {
			ts.Fatalf("%s: median %v; survival says %v", name, deref(s.Median), deref(g.Median))
		}
		for _, p := range s.S {
			left := 1.0
			for _, step := range g.KM {
				if step.T <= p.Days {
					left = step.S
				}
			}
			if p.S != nil && math.Abs(left-*p.S) > 1e-12 {
				ts.Fatalf("%s after %v days: %v; survival says %v", name, p.Days, *p.S, left)
			}
		}
	}
}

func deref(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: damage PATH")
	}
	var largest string
	var size int64
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	}))
	b, err := os.ReadFile(largest)
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.Chmod(largest, 0o600))
	ts.Check(os.WriteFile(largest, b, 0o600))
}
