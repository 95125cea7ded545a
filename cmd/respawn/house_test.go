package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"respawn/internal/netsim"
)

// accept says whether the long versions of the tests run: make accept sets it.
var accept = os.Getenv("RESPAWN_ACCEPT") != ""

// The test binary is also the program, under the name respawn on its PATH: scripts
// and tests that kill it run a process of its own.
func TestMain(m *testing.M) {
	// A program with the race detector waits a second before it ends, for races that
	// come late; two hundred of them would wait minutes.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(m, map[string]func(){"respawn": main})
}

const (
	exampleWorld = "../../testdata/worlds/example.yaml"
	wholeWorld   = "../../testdata/worlds/doppelganger-2024/world.yaml"
)

// A house is a researcher's installation in a world that the test serves: the
// folder with its configuration, and the world that it asks.
type house struct {
	dir, worldDir string
	config        string
	world         *netsim.World
	srv           *netsim.Server
}

// thrifty is a night of a thousandth of the candidates and the best three hundred,
// among which are all that the example world hides: tests that are not about
// coverage need no more. Whatever answers does so in time, on a busy machine too.
func thrifty(c *Config) {
	c.Sweep = Sweep{Budget: 300, CoverAllEvery: Duration(1000 * 24 * time.Hour)}
	c.Crawl.Timeout, c.Registration.Timeout = Duration(patience), Duration(patience)
}

// patience is for what answers. Hardly anything in the example world does not, and
// each time that is waited for once.
const patience = 20 * time.Second

// patient is thrifty for a demo, which writes its own configuration: a part of an
// environment.
func patient() map[string]string {
	return map[string]string{"RESPAWN_SWEEP_BUDGET": "300", "RESPAWN_SWEEP_COVER_ALL_EVERY": "1000d",
		"RESPAWN_CRAWL_TIMEOUT": patience.String(), "RESPAWN_REGISTRATION_TIMEOUT": patience.String()}
}

// thorough asks, besides, every candidate of the labels that were seized in the
// last two weeks.
func thorough(c *Config) {
	thrifty(c)
	c.Sweep.FullFor = Duration(14 * 24 * time.Hour)
}

// build serves a world and writes the configuration that world serve prints for
// it, as changed by tweak, into dir.
func build(ctx context.Context, dir, worldFile string, tweak ...func(*Config)) (*house, error) {
	w, err := netsim.Load(worldFile)
	if err != nil {
		return nil, err
	}
	srv, err := netsim.Start(ctx, w, netsim.Options{})
	if err != nil {
		return nil, err
	}
	h := &house{dir: dir, worldDir: filepath.Dir(worldFile), config: filepath.Join(dir, "respawn.yaml"), world: w, srv: srv}
	cfg := worldConfig(srv.Settings(), w, filepath.Dir(worldFile))
	for _, f := range tweak {
		f(&cfg)
	}
	var b bytes.Buffer
	if err := writeConfig(&b, cfg, "A house for a test."); err != nil {
		return nil, err
	}
	return h, os.WriteFile(h.config, b.Bytes(), 0o600)
}

// newHouse builds a house that is torn down with the test.
func newHouse(t *testing.T, worldFile string, tweak ...func(*Config)) *house {
	t.Helper()
	h, err := build(t.Context(), t.TempDir(), worldFile, tweak...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.srv.Close() })
	return h
}

// caseFile is the case that the house's world plays.
func (h *house) caseFile() string {
	return filepath.Join(h.worldDir, filepath.FromSlash(h.world.Case))
}

// A said is what one command line did.
type said struct {
	code        int
	out, stderr string
}

// respawn runs one command line in this process, as main would. The environment
// is empty but for env.
func respawn(ctx context.Context, env map[string]string, args ...string) said {
	return respawnAt(ctx, time.Now, env, args...)
}

// respawnAt is respawn on a machine whose clock is now.
func respawnAt(ctx context.Context, now func() time.Time, env map[string]string, args ...string) said {
	var out, errs buffer // what logs may still write after a stop that took too long
	code := run(ctx, Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return env[k] }, Now: now})
	return said{code, out.String(), errs.String()}
}

// A buffer is a bytes.Buffer that several goroutines may write and one may read.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// do runs a command on the house's configuration and wants it to exit with code.
func (h *house) do(t *testing.T, code int, args ...string) string {
	t.Helper()
	return h.doEnv(t, nil, code, args...)
}

func (h *house) doEnv(t *testing.T, env map[string]string, code int, args ...string) string {
	t.Helper()
	s := respawn(t.Context(), env, append([]string{"--config", h.config, "--quiet"}, args...)...)
	if s.code != code {
		t.Fatalf("respawn %s: exit %d, want %d\n%s%s", strings.Join(args, " "), s.code, code, s.out, s.stderr)
	}
	return s.out
}

// night moves the world to its i-th night and returns the time for --at.
func (h *house) night(i int) string {
	at := h.world.Night(i)
	h.srv.SetNow(at)
	return at.Format(time.RFC3339)
}

// process is the program as a process of its own, with what it says.
func (h *house) process(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(ctx, "respawn", append([]string{"--config", h.config, "--quiet"}, args...)...)
	said := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = said, said
	return cmd, said
}

// records reads one JSON object a line.
func records(t *testing.T, s string) []map[string]any {
	t.Helper()
	var out []map[string]any
	dec := json.NewDecoder(strings.NewReader(s))
	for dec.More() {
		var m map[string]any
		if err := dec.Decode(&m); err != nil {
			t.Fatalf("%v in %.200s", err, s)
		}
		out = append(out, m)
	}
	return out
}
