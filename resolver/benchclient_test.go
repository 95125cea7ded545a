package resolver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// A benchClient asks about the whole list once, as a process of its own: its
// start and the reading of the list count as the peers' do.
type benchClient struct {
	name string
	run  func(b *testing.B, names, server string) benchRun
}

// A benchRun is what one run of one client came to.
type benchRun struct {
	Found, Answered   int // as the client says
	CPU               time.Duration
	Wall              time.Duration
	RSS               int64 // kB
	received, dropped int64 // as the server says
	serverCPU         time.Duration
}

// runLimit ends a client that does not come to an end, as those that ask in fixed
// intervals do where the server is starved; its names count as lost.
const runLimit = time.Minute

func finish(b *testing.B, cmd *exec.Cmd, r *benchRun) []byte {
	b.Helper()
	start := time.Now()
	var killed atomic.Bool
	timer := time.AfterFunc(runLimit, func() {
		killed.Store(true)
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	r.Wall = time.Since(start)
	if err != nil && !killed.Load() {
		b.Fatalf("%v: %v\n%.2000s", cmd.Args, err, out)
	}
	s := cmd.ProcessState
	r.CPU = s.UserTime() + s.SystemTime()
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		r.RSS = int64(u.Maxrss)
	}
	return out
}

// own runs this test program once more, as one of our clients.
func own(kind string) benchClient {
	return benchClient{kind, func(b *testing.B, names, server string) benchRun {
		var r benchRun
		cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchClient$", "-test.v")
		cmd.Env = append(os.Environ(), "RESPAWN_CLIENT="+kind, "RESPAWN_NAMES="+names, "RESPAWN_SERVER="+server)
		out := finish(b, cmd, &r)
		for l := range strings.Lines(string(out)) {
			if _, j, ok := strings.Cut(l, "RESULT "); ok {
				if err := json.Unmarshal([]byte(j), &r); err != nil {
					b.Fatal(err)
				}
			}
			if _, s, ok := strings.Cut(l, "STATS "); ok {
				b.Logf("%s: %s", kind, strings.TrimSpace(s))
			}
		}
		return r
	}}
}

// TestBenchClient is one run of a client when it is run as one.
func TestBenchClient(t *testing.T) {
	kind := os.Getenv("RESPAWN_CLIENT")
	if kind == "" {
		t.Skip("only as a client of the benchmarks")
	}
	sweep := map[string]func(t *testing.T, names, server string) (found, answered int){
		"respawn": sweepOnce, "naive miekg": sweepNaive,
	}[kind]
	found, answered := sweep(t, os.Getenv("RESPAWN_NAMES"), os.Getenv("RESPAWN_SERVER"))
	fmt.Printf("\nRESULT {\"Found\":%d,\"Answered\":%d}\n", found, answered)
}

func lines(t testing.TB, path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = f.Close() }()
		for s := bufio.NewScanner(f); s.Scan(); {
			if !yield(s.Text()) {
				return
			}
		}
	}
}

func sweepOnce(t *testing.T, names, server string) (found, answered int) {
	c, err := New(Config{Resolvers: []string{server}, Dial: dialer})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := c.Sweep(t.Context(), func(yield func(tracker.Name) bool) {
		for n := range lines(t, names) {
			if !yield(tracker.Name(n)) {
				return
			}
		}
	}, func(a tracker.SweepAnswer) {
		switch a.Outcome {
		case tracker.Present:
			found++
			answered++
		case tracker.Absent:
			answered++
		}
	})
	if err != nil {
		t.Error(err)
	}
	_ = c.Close()
	fmt.Printf("\nSTATS %d questions, %d retries, window %d, %v, %+v\n", stats.Queries, stats.Retries, stats.MaxWindow, stats.Elapsed, stats.Servers)
	return found, answered
}

// sweepNaive is what the plain use of miekg/dns does: a socket for each question,
// 500 goroutines.
func sweepNaive(t *testing.T, names, server string) (found, answered int) {
	todo := make(chan string, 1000)
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 500 {
		group.Go(func() {
			c := &dns.Client{Timeout: 2 * time.Second}
			for n := range todo {
				m := new(dns.Msg)
				m.SetQuestion(n+".", dns.TypeNS)
				var r *dns.Msg
				var err error
				for range 3 {
					if r, _, err = c.Exchange(m, server); err == nil {
						break
					}
				}
				mu.Lock()
				if err == nil {
					answered++
					if r.Rcode == dns.RcodeSuccess {
						found++
					}
				}
				mu.Unlock()
			}
		})
	}
	for n := range lines(t, names) {
		todo <- n
	}
	close(todo)
	group.Wait()
	return found, answered
}

// massLine is a line of the table that massdns writes at its end.
var massLine = regexp.MustCompile(`(?m)^(OK|NXDOMAIN):[^|]*\|[^|]*\|\s*(\d+)`)

// massdns with options. It writes its short form, and asks for addresses, because
// it says nothing about a name without the type that it asked for.
func massdns(name string, options ...string) benchClient {
	return benchClient{name, func(b *testing.B, names, server string) benchRun {
		var r benchRun
		res := filepath.Join(filepath.Dir(names), "resolvers")
		if err := os.WriteFile(res, []byte(server+"\n"), 0o644); err != nil {
			b.Fatal(err)
		}
		args := append([]string{"-r", res, "-o", "S", "-w", res + ".out"}, options...)
		if !slices.Contains(options, "-t") { // it asks each type that it is given
			args = append(args, "-t", "A")
		}
		out := finish(b, exec.Command(os.Getenv("MASSDNS"), append(args, names)...), &r)
		found := make(map[string]bool)
		for l := range lines(b, res+".out") {
			if owner, _, ok := strings.Cut(l, " A "); ok {
				found[owner] = true
			}
		}
		r.Found = len(found)
		last := make(map[string]int) // the table is repeated while it runs
		for _, m := range massLine.FindAllStringSubmatch(string(out), -1) {
			last[m[1]], _ = strconv.Atoi(m[2])
		}
		r.Answered = last["OK"] + last["NXDOMAIN"]
		return r
	}}
}

func massdnsTuned(extra ...string) benchClient {
	return massdns("massdns tuned", append([]string{"--rcvbuf", "4194304", "--sndbuf", "4194304", "--socket-count", "4"}, extra...)...)
}

// peers leaves out the clients that are not here.
func peers(b *testing.B, clients ...benchClient) []benchClient {
	if os.Getenv("MASSDNS") != "" {
		return clients
	}
	fmt.Println("massdns is not compared: MASSDNS does not name its binary (docs/bench/sweep.txt)")
	var out []benchClient
	for _, c := range clients {
		if !strings.HasPrefix(c.name, "massdns") {
			out = append(out, c)
		}
	}
	return out
}
