package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopWithin is how long serve may take to end.
const stopWithin = 10 * time.Second

var dashboardAt = regexp.MustCompile(`dashboard at (http://[0-9.:]+/)`)

// A serving is a `respawn serve` and the lines that it says.
type serving struct {
	url   string
	lines chan string
}

// listen reads what serve says until it names its dashboard; the lines after that
// come on lines.
func listen(t *testing.T, r io.Reader) *serving {
	t.Helper()
	s := &serving{lines: make(chan string, 1000)}
	sc := bufio.NewScanner(r)
	var said []string
	for s.url == "" && sc.Scan() {
		said = append(said, sc.Text())
		if m := dashboardAt.FindStringSubmatch(sc.Text()); m != nil {
			s.url = m[1]
		}
	}
	if s.url == "" {
		t.Fatalf("serve ended before it served:\n%s", strings.Join(said, "\n"))
	}
	go func() {
		defer close(s.lines)
		for sc.Scan() {
			s.lines <- sc.Text()
		}
	}()
	return s
}

// until waits for a line that contains want.
func (s *serving) until(t *testing.T, want string) string {
	t.Helper()
	deadline := time.After(10 * time.Minute)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				t.Fatalf("serve ended before it said %q", want)
			}
			if strings.Contains(line, want) {
				return line
			}
		case <-deadline:
			t.Fatalf("serve did not say %q in ten minutes", want)
		}
	}
}

// serve runs serve in this process on a machine whose clock stands at now, hands it
// to do, and stops it. It returns how long stopping took.
func (h *house) serve(t *testing.T, now time.Time, do func(*serving)) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, Env{Args: []string{"--config", h.config, "serve", "--listen", "127.0.0.1:0"}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: w,
			Getenv: func(string) string { return "" }, Now: func() time.Time { return now }})
		w.Close()
		ended <- code
	}()
	do(listen(t, r))
	stopped := time.Now()
	cancel()
	if code := <-ended; code != exitDone {
		t.Errorf("serve: exit %d", code)
	}
	return time.Since(stopped)
}

// runs are the finished runs, as the newest one's number tells.
func (h *house) runs(t *testing.T) int {
	t.Helper()
	var last float64
	for _, r := range records(t, h.do(t, exitDone, "export", "--format", "jsonl")) {
		for _, n := range r["nights"].([]any) {
			last = max(last, n.(map[string]any)["run"].(float64))
		}
	}
	return int(last)
}

// serve scans a new case at once, shows it, and stops in time; a machine that was
// off for three nights catches up with one scan, and says that nobody looked.
func TestServeScansShowsAndStops(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t)
	h := newHouse(t, exampleWorld, thrifty, hook.channel, func(c *Config) { c.Schedule.Cron, c.Schedule.Jitter = "0 3 * * *", 0 })
	h.night(5)
	took := h.serve(t, h.world.Night(5), func(s *serving) {
		s.until(t, "scan ended")
		_, policy := get(t, s.url)
		page, _ := get(t, s.url+"case/example-case")
		if !strings.Contains(page, "baltecho[.]info") || strings.Contains(page, "href=\"http://baltecho.info") {
			t.Errorf("the page of the case does not show the case, or links to it:\n%.2000s", page)
		}
		if !strings.Contains(policy, "default-src 'none'") && !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("Content-Security-Policy: %q", policy)
		}
	})
	if took > stopWithin {
		t.Errorf("serve took %s to stop", took)
	}
	if n := h.runs(t); n != 1 {
		t.Errorf("%d runs after the first night", n)
	}
	// Off on the nights of the 7th, 8th and 9th; on again on the 9th at noon.
	h.night(8)
	h.serve(t, h.world.Night(8).Add(9*time.Hour), func(s *serving) {
		line := s.until(t, "scan ended")
		if !strings.Contains(line, "verdict=complete") {
			t.Error(line)
		}
		h.awaitAlerts(t, hook, 3)
	})
	if n := h.runs(t); n != 2 {
		t.Errorf("%d runs: three missed nights are caught up once", n)
	}
	// Nothing was seen of the seized sites before, so what came back is probable.
	found := findings(t, h.config)
	if len(found) != 3 || found["baltecho.cc"].Band != "probable" || found["kurzemewire.so"].Band != "probable" || found["<nil>"].Alert != "silent" {
		t.Errorf("found %v", found)
	}
	// What was caught up was asked on the last of the missed nights, not on the first.
	if out := h.do(t, exitDone, "export", "--format", "jsonl", "--name", "baltecho.info"); !strings.Contains(out, `"2025-03-09T03:00:00Z"`) || strings.Contains(out, `"2025-03-07T03:00:00Z"`) {
		t.Errorf("which night was caught up: %s", out)
	}
	// On the same day again nothing is due.
	h.serve(t, h.world.Night(8).Add(10*time.Hour), func(s *serving) { get(t, s.url) })
	if n := h.runs(t); n != 2 {
		t.Errorf("%d runs: a start is no reason to scan", n)
	}
}

// awaitAlerts waits until n facts have arrived.
func (h *house) awaitAlerts(t *testing.T, r *receiver, n int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Minute)
	for len(r.facts(t)) < n && time.Now().Before(deadline) {
		select {
		case <-r.arrived:
		case <-time.After(time.Second):
		}
	}
	if got := r.facts(t); len(got) != n {
		t.Errorf("arrived %v, want %d", got, n)
	}
}

func get(t *testing.T, url string) (body, policy string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return string(b), resp.Header.Get("Content-Security-Policy")
}

// SIGTERM in the middle of a scan ends the process in time, and the next one takes
// the scan up.
func TestServeStopsOnSIGTERM(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty)
	h.night(5)
	start := func() (*exec.Cmd, *serving) {
		cmd := exec.CommandContext(t.Context(), "respawn", "--config", h.config, "serve", "--listen", "127.0.0.1:0")
		r, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, listen(t, r)
	}
	stop := func(cmd *exec.Cmd, s *serving) {
		began := time.Now()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for range s.lines { //nolint:revive // until it ends
		}
		if err := cmd.Wait(); err != nil || time.Since(began) > stopWithin {
			t.Errorf("SIGTERM: %v after %s", err, time.Since(began))
		}
	}
	cmd, s := start()
	stop(cmd, s) // its first scan has just begun
	cmd, s = start()
	s.until(t, "scan ended")
	stop(cmd, s)
	if n := h.runs(t); n != 1 {
		t.Errorf("%d runs: the one that was cut off is taken up", n)
	}
}
