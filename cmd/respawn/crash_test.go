package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A receiver takes alerts as a webhook does, or says 503 while it is down. It
// keeps what each key said.
type receiver struct {
	*httptest.Server
	arrived chan struct{} // told that something has come, where somebody listens

	mu   sync.Mutex
	down bool
	got  map[string][]string // facts by key, in the order of their coming
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{arrived: make(chan struct{}, 1), got: map[string][]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, err := io.ReadAll(req.Body)
		var a struct {
			Key, Kind, Name string
			LinkedTo        string `json:"linked_to"`
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case err != nil:
			return
		case r.down:
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		case json.Unmarshal(b, &a) != nil || a.Key == "" || a.Key != req.Header.Get("Idempotency-Key"):
			t.Errorf("delivered with Idempotency-Key %q: %s", req.Header.Get("Idempotency-Key"), b)
		}
		r.got[a.Key] = append(r.got[a.Key], a.Kind+" "+a.Name+" "+a.LinkedTo)
		select {
		case r.arrived <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// facts are the facts that have arrived with their keys. A key may have come
// twice; it never says two things, and no two keys say the same.
func (r *receiver) facts(t *testing.T) map[string]string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	byFact := map[string]string{}
	for key, facts := range r.got {
		for _, f := range facts {
			if f != facts[0] {
				t.Errorf("key %s said %q, then %q", key, facts[0], f)
			}
		}
		if other, ok := byFact[facts[0]]; ok {
			t.Errorf("%q came under two keys, %s and %s", facts[0], other, key)
		}
		byFact[facts[0]] = key
	}
	return byFact
}

func (r *receiver) channel(c *Config) {
	c.Alerts = []Channel{{Type: "webhook", URL: r.URL + "/hook"}}
}

// known is everything that a house's database says, as programs read it: sites,
// states, dates, links with their evidence, and alerts. Under a fixed --at nothing
// in it may differ between a run that was killed and one that was not, but for the
// one thing that depends on the wire: which ephemeral ports were used.
func (h *house) known(t *testing.T) string {
	t.Helper()
	out := h.do(t, exitDone, "export", "--format", "jsonl") + "\n" + h.do(t, exitDone, "alerts", "list", "--all", "--format", "jsonl")
	out = strings.ReplaceAll(out, h.dir, "HOUSE")
	for _, addr := range []string{h.srv.DNSAddr().String(), h.srv.SOCKSAddr().String()} {
		out = strings.ReplaceAll(out, addr, "ADDR")
	}
	return out
}

// scanWithKills runs a scan in processes of its own that are killed with SIGKILL
// at random moments, then one to the end. span is how long an undisturbed scan
// takes. It returns how many died of it.
func (h *house) scanWithKills(t *testing.T, rnd *rand.Rand, kills int, span time.Duration, at string) int {
	t.Helper()
	died := 0
	for range kills {
		cmd, said := h.process(t.Context(), "scan", "--at", at)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		moment := time.Duration(rnd.Int64N(int64(span) * 4 / 5))
		select {
		case err := <-ended:
			if err != nil && cmd.ProcessState.ExitCode() != exitDegraded {
				t.Fatalf("scan after %d kills: %v\n%s", died, err, said)
			}
			return died // it was through before
		case <-time.After(moment):
			_ = cmd.Process.Kill()
			if err := <-ended; err != nil && cmd.ProcessState.ExitCode() == -1 {
				died++
			}
		}
	}
	cmd, said := h.process(t.Context(), "scan", "--at", at)
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != exitDegraded {
		t.Fatalf("the scan after %d kills: %v\n%s", died, err, said)
	}
	return died
}

// killNights plays the same nights in two houses, undisturbed and with kills
// spread over them, and wants both to know the same and to have told the same.
func killNights(t *testing.T, worldFile string, nights []int, kills int, tweak ...func(*Config)) {
	ctx := t.Context()
	hook, killedHook := newReceiver(t), newReceiver(t)
	calm := newHouse(t, worldFile, append(tweak, hook.channel)...)
	killed := newHouse(t, worldFile, append(tweak, killedHook.channel)...)
	// Contact data are kept as salted hashes, and the salt is the database's own: both
	// start from the same one.
	calm.do(t, exitDone, "case", "add", calm.caseFile())
	if err := os.CopyFS(filepath.Join(killed.dir, "respawn-data"), os.DirFS(filepath.Join(calm.dir, "respawn-data"))); err != nil {
		t.Fatal(err)
	}
	seed := uint64(20240904)
	rnd := rand.New(rand.NewPCG(seed, 1))
	died := 0
	last := nights[len(nights)-1]
	for i := 0; i < len(nights); i++ {
		n := nights[i]
		began := time.Now()
		cmd, said := calm.process(ctx, "scan", "--at", calm.night(n))
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != exitDegraded {
			t.Fatalf("scan: %v\n%s", err, said)
		}
		died += killed.scanWithKills(t, rnd, min(3, kills-died), time.Since(began), killed.night(n))
		if i == len(nights)-1 && died < kills/2 && last+1 < calm.world.Nights() {
			last++ // the machine was faster than when it was measured: one night more
			nights = append(slices.Clip(nights), last)
		}
	}
	t.Logf("%d scans of %d nights were killed", died, len(nights))
	if died < kills/2 {
		t.Errorf("only %d of %d scans were killed before they ended: this test showed little", died, kills)
	}
	want, got := calm.known(t), killed.known(t)
	if want != got {
		t.Errorf("what is known after kill -9 is not what is known without (seed %d):\n%s", seed, firstDifference(want, got))
	}
	if w, g := hook.facts(t), killedHook.facts(t); len(w) == 0 || !maps.Equal(w, g) {
		t.Errorf("the receiver got %v, and after kill -9 %v", w, g)
	}
	if out := killed.do(t, exitDone, "evidence", "verify"); !strings.Contains(out, "whole") {
		t.Error(out)
	}
	if s := respawn(ctx, nil, "--config", killed.config, "replay"); s.code != exitDone || !strings.Contains(s.stderr, " 0 come out otherwise") {
		t.Errorf("replay after kill -9: exit %d\n%s%s", s.code, s.out, s.stderr)
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a == b {
			continue
		}
		j := 0
		for j < min(len(a), len(b)) && a[j] == b[j] {
			j++
		}
		j = max(0, j-200)
		return fmt.Sprintf("line %d from byte %d\nwant %.600s\ngot  %.600s", i, j, a[min(j, len(a)):], b[min(j, len(b)):])
	}
	return "none"
}

// kill -9 at any moment of a scan, then a second scan: the same sites, states,
// links and alert keys as of a scan that nobody disturbed.
func TestKilledScansLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	nights, kills := []int{5, 6, 11}, 6
	if accept {
		nights, kills = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 20
	}
	killNights(t, exampleWorld, nights, kills, thrifty)
}

// The same on the whole case, with twenty kills over the week of the seizure.
func TestAcceptWholeCase(t *testing.T) {
	if !accept {
		t.Skip("takes minutes: RESPAWN_ACCEPT=1, or make accept")
	}
	killNights(t, wholeWorld, []int{8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 20)
}

// A webhook that is down while everything is found gets every alert once it is
// back.
func TestAWebhookThatComesBackGetsEveryAlert(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t)
	hook.setDown(true)
	h := newHouse(t, exampleWorld, thrifty, hook.channel)
	for _, n := range []int{5, 6, 11} {
		h.do(t, exitDone, "scan", "--at", h.night(n))
	}
	if got := hook.facts(t); len(got) != 0 {
		t.Fatalf("arrived while it was down: %v", got)
	}
	want := map[string]string{}
	for name, f := range findings(t, h.config) {
		want[f.Alert+" "+name+" "+f.Replaces] = f.Alert + ":example-case:" + name
	}
	hook.setDown(false)
	// How long the outbox waits goes by the clock of the machine, not by --at. On a
	// machine on which an hour has gone by, the last night's scan is done already and
	// only delivers.
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	if s := respawnAt(t.Context(), later, nil, "--config", h.config, "--quiet", "scan", "--at", h.night(11)); s.code != exitDone {
		t.Fatalf("exit %d: %s", s.code, s.stderr)
	}
	if got := hook.facts(t); len(want) != 3 || !maps.Equal(want, got) {
		t.Errorf("arrived %v, want %v", got, want)
	}
}

// A demo that is killed and started again in the same folder ends where one ends
// that nobody disturbed; and whatever is written for people (an export, a package of
// evidence, replayed states) is there whole or as it was.
func TestKilledDemoAndKilledWritersLeaveNothingHalf(t *testing.T) {
	t.Parallel()
	env := append(os.Environ(), "RESPAWN_SWEEP_FULL_FOR=0s")
	for k, v := range patient() {
		env = append(env, k+"="+v)
	}
	rnd := rand.New(rand.NewPCG(20250305, 2))
	kill := func(within time.Duration, args ...string) (killed bool) {
		cmd := exec.CommandContext(t.Context(), "respawn", args...)
		cmd.Env = env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rnd.Int64N(int64(within))), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		return err != nil && cmd.ProcessState.ExitCode() == -1
	}
	play := func(dir string) time.Duration {
		cmd := exec.CommandContext(t.Context(), "respawn", "demo", "--world", exampleWorld, "--once", "--nights", "8", "--dir", dir)
		cmd.Env = env
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("demo: %v\n%s", err, out)
		}
		return time.Since(began)
	}
	calm, killed := t.TempDir(), t.TempDir()
	span := play(calm)
	died := 0
	for range 4 {
		if kill(span*3/4, "demo", "--world", exampleWorld, "--once", "--nights", "8", "--dir", killed) {
			died++
		}
	}
	play(killed)
	t.Logf("%d demos were killed", died)
	read := func(dir string) string {
		config := filepath.Join(dir, "respawn.yaml")
		out := ""
		for _, args := range [][]string{{"sites"}, {"alerts", "list", "--all"}, {"stats", "--rows"}} {
			s := respawn(t.Context(), nil, append([]string{"--config", config}, args...)...)
			if s.code != exitDone {
				t.Fatalf("%v: %s", args, s.stderr)
			}
			out += s.out
		}
		return out
	}
	want := read(calm)
	if got := read(killed); got != want {
		t.Errorf("a demo that was killed %d times ends otherwise:\n%s", died, firstDifference(want, got))
	}

	config := filepath.Join(killed, "respawn.yaml")
	files := t.TempDir()
	for _, w := range []struct {
		out  string
		args []string
	}{
		{"e.jsonl", []string{"export", "--format", "jsonl", "-o"}},
		{"p.wacz", []string{"evidence", "pack", "baltecho.cc", "-o"}},
		{"", []string{"replay", "--write"}},
	} {
		args := append([]string{"--config", config, "--quiet"}, w.args...)
		path := filepath.Join(files, w.out)
		if w.out != "" {
			args = append(args, path)
		}
		began := time.Now()
		if s := exec.CommandContext(t.Context(), "respawn", args...); s.Run() != nil {
			t.Fatalf("respawn %v failed", args)
		}
		span := time.Since(began)
		whole, _ := os.ReadFile(path)
		for range 6 {
			kill(span, args...)
			if now, err := os.ReadFile(path); w.out == "e.jsonl" && (err != nil || !bytes.Equal(now, whole)) {
				t.Errorf("%v: an export is half there: %d bytes of %d, %v", args, len(now), len(whole), err)
			}
			if w.out == "p.wacz" {
				if s := respawn(t.Context(), nil, "--config", config, "evidence", "verify", path); s.code != exitDone {
					t.Errorf("a package is half there: %s%s", s.out, s.stderr)
				}
			}
			if got := read(killed); got != want {
				t.Errorf("%v, killed, changed what is known:\n%s", args, firstDifference(want, got))
			}
		}
	}
}
