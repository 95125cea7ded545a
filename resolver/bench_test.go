package resolver

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// The rows "sweep", "sweep-lossy" and "sweep-recursor": 100,000 names, 200 of
// which exist. Run them pinned, with the servers kept on the other core:
//
//	taskset -c 1 go test ./resolver -run '^$' -bench Sweep -benchtime 1x
//
// They need nsd (and unbound) on the PATH, and compare with massdns where
// MASSDNS names its binary. Clients take turns in one run; what counts is the
// ratio of their medians. On loopback a send pays for the receiver's half of the
// kernel's path, so all client CPU is pessimistic.

const (
	benchNames  = 100_000
	benchAlive  = 200
	benchRounds = 7
)

// benchData writes the names in random order and a root zone in which some of
// them have an address.
func benchData(b *testing.B, dir string) (names, zone string) {
	b.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	letters := func(least, most int) string {
		s := make([]byte, least+r.IntN(most-least+1))
		for i := range s {
			s[i] = 'a' + byte(r.IntN(26))
		}
		return string(s)
	}
	tops := make([]string, 1441)
	for i := range tops {
		tops[i] = letters(2, 8) + string('a'+rune(i%26))
	}
	seen := make(map[string]bool)
	var list, z bytes.Buffer
	z.WriteString(". 86400 IN SOA a.root. x. 1 1800 900 604800 86400\n. 86400 IN NS a.root.\na.root. 86400 IN A 127.0.0.1\n")
	for len(seen) < benchNames {
		n := letters(5, 14) + "." + tops[r.IntN(len(tops))]
		if seen[n] {
			continue
		}
		seen[n] = true
		fmt.Fprintln(&list, n)
		if len(seen)%(benchNames/benchAlive) == 0 {
			fmt.Fprintf(&z, "%s. 3600 IN A 198.51.100.1\n", n)
		}
	}
	names, zone = filepath.Join(dir, "names"), filepath.Join(dir, "root.zone")
	for path, data := range map[string][]byte{names: list.Bytes(), zone: z.Bytes()} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return names, zone
}

// freePort is a port that was free a moment ago.
func freePort(b *testing.B) int {
	b.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// startServer runs a server on core 0 until the benchmark ends, and waits until
// it answers on port.
func startServer(b *testing.B, port int, name string, args ...string) {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Skipf("%s is not installed", name)
	}
	cmd := exec.Command("taskset", append([]string{"-c", "0", path}, args...)...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "RESPAWN_LOSSY="+fmt.Sprint(port))
	if err := cmd.Start(); err != nil {
		b.Skipf("start %s: %v", name, err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	m := new(dns.Msg)
	m.SetQuestion("a.root.", dns.TypeA)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, _, err := (&dns.Client{Timeout: 200 * time.Millisecond}).Exchange(m, fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return
		}
	}
	b.Fatalf("%s does not answer", name)
}

func startNSD(b *testing.B, dir, zone string) int {
	b.Helper()
	port := freePort(b)
	conf := filepath.Join(dir, "nsd.conf")
	text := fmt.Sprintf(`server:
	ip-address: 127.0.0.1@%d
	server-count: 1
	username: ""
	zonesdir: %q
	database: ""
	pidfile: ""
	logfile: %q
	xfrdfile: ""
	zonelistfile: %q
	xfrdir: %q
	rrl-ratelimit: 0
	rrl-whitelist-ratelimit: 0
remote-control:
	control-enable: no
zone:
	name: "."
	zonefile: %q
`, port, dir, dir+"/nsd.log", dir+"/zone.list", dir, zone)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	startServer(b, port, "nsd", "-d", "-c", conf)
	return port
}

func startUnbound(b *testing.B, dir string, stub int) int {
	b.Helper()
	port := freePort(b)
	conf := filepath.Join(dir, "unbound.conf")
	text := fmt.Sprintf(`server:
	interface: 127.0.0.1@%d
	do-daemonize: no
	num-threads: 1
	username: ""
	chroot: ""
	directory: %q
	pidfile: ""
	use-syslog: no
	logfile: %q
	do-not-query-localhost: no
	module-config: "iterator"
	outgoing-range: 4096
	num-queries-per-thread: 4096
	so-rcvbuf: 4m
	msg-cache-size: 64m
	rrset-cache-size: 64m
	access-control: 127.0.0.0/8 allow
remote-control:
	control-enable: no
stub-zone:
	name: "."
	stub-addr: 127.0.0.1@%d
`, port, dir, dir+"/unbound.log", stub)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	startServer(b, port, "unbound", "-d", "-c", conf)
	return port
}

// A client runs the whole list once and says what it found.
type benchClient struct {
	name string
	run  func(b *testing.B, names, server string) (found, lost int, cpu time.Duration)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func lines(b *testing.B, path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		f, err := os.Open(path)
		if err != nil {
			b.Error(err)
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

func runRespawn(b *testing.B, names, server string) (found, lost int, cpu time.Duration) {
	before := cpuTime()
	c, err := New(Config{Resolvers: []string{server}, Dial: dialer})
	if err != nil {
		b.Fatal(err)
	}
	stats, err := c.Sweep(b.Context(), func(yield func(tracker.Name) bool) {
		for n := range lines(b, names) {
			if !yield(tracker.Name(n)) {
				return
			}
		}
	}, func(a tracker.SweepAnswer) {
		switch a.Outcome {
		case tracker.Present:
			found++
		case tracker.Unknown:
			lost++
		}
	})
	if err != nil {
		b.Error(err)
	}
	_ = c.Close()
	cpu = cpuTime() - before
	b.Logf("respawn: %d questions, %d retries, window %d, %v, %+v", stats.Queries, stats.Retries, stats.MaxWindow, stats.Elapsed, stats.Servers)
	return found, lost + benchNames - stats.Asked, cpu
}

// runNaive is what the plain use of miekg/dns does: a socket for each question,
// 500 goroutines.
func runNaive(b *testing.B, names, server string) (found, lost int, cpu time.Duration) {
	before := cpuTime()
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
				switch {
				case err != nil:
					lost++
				case r.Rcode == dns.RcodeSuccess:
					found++
				}
				mu.Unlock()
			}
		})
	}
	for n := range lines(b, names) {
		todo <- n
	}
	close(todo)
	group.Wait()
	return found, lost, cpuTime() - before
}

// massdns with options; its found names are those whose code is NOERROR.
func massdns(options ...string) func(*testing.B, string, string) (int, int, time.Duration) {
	return func(b *testing.B, names, server string) (found, lost int, cpu time.Duration) {
		res := filepath.Join(filepath.Dir(names), "resolvers")
		if err := os.WriteFile(res, []byte(server+"\n"), 0o644); err != nil {
			b.Fatal(err)
		}
		args := append([]string{"-r", res, "-t", "NS", "-o", "Je", "-q", "-w", res + ".out"}, options...)
		cmd := exec.Command(os.Getenv("MASSDNS"), append(args, names)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("massdns: %v\n%.2000s", err, out)
		}
		answered := 0
		for l := range lines(b, res+".out") {
			switch {
			case strings.Contains(l, `"status":"NOERROR"`):
				answered++
				found++
			case strings.Contains(l, `"status":"NXDOMAIN"`):
				answered++
			}
		}
		return found, benchNames - answered, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
}

func massdnsTuned(extra ...string) benchClient {
	return benchClient{"massdns tuned", massdns(append([]string{"--rcvbuf", "4194304", "--sndbuf", "4194304", "--socket-count", "4"}, extra...)...)}
}

// compare runs the clients in turn and reports medians and ratios to the first.
func compare(b *testing.B, names, server string, rounds int, clients ...benchClient) {
	type sample struct{ wall, cpu time.Duration }
	got := make([][]sample, len(clients))
	b.ResetTimer()
	for range b.N {
		for range rounds {
			for i, c := range clients {
				start := time.Now()
				found, lost, cpu := c.run(b, names, server)
				got[i] = append(got[i], sample{time.Since(start), cpu})
				if i == 0 && (found != benchAlive || lost != 0) {
					b.Errorf("%s found %d of %d and lost %d", c.name, found, benchAlive, lost)
				}
				b.Logf("%-16s %4d/%d found, %d lost, wall %v, cpu %v", c.name, found, benchAlive, lost, time.Since(start).Round(time.Millisecond), cpu.Round(time.Millisecond))
			}
		}
	}
	median := func(s []sample, of func(sample) time.Duration) float64 {
		v := make([]float64, len(s))
		for i := range s {
			v[i] = of(s[i]).Seconds()
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	wall := func(s sample) time.Duration { return s.wall }
	cpu := func(s sample) time.Duration { return s.cpu }
	for i, c := range clients {
		unit := strings.ReplaceAll(c.name, " ", "-")
		b.ReportMetric(median(got[i], wall), unit+"-wall-s")
		b.ReportMetric(median(got[i], cpu), unit+"-cpu-s")
		if i > 0 {
			b.ReportMetric(median(got[0], cpu)/median(got[i], cpu), "cpu/"+unit)
			b.ReportMetric(median(got[0], wall)/median(got[i], wall), "wall/"+unit)
		}
	}
	b.ReportMetric(0, "ns/op")
}

func peers(clients ...benchClient) []benchClient {
	if os.Getenv("MASSDNS") == "" {
		return slices.DeleteFunc(clients, func(c benchClient) bool { return strings.HasPrefix(c.name, "massdns") })
	}
	return clients
}

func BenchmarkSweep(b *testing.B) {
	dir := b.TempDir()
	names, zone := benchData(b, dir)
	server := fmt.Sprintf("127.0.0.1:%d", startNSD(b, dir, zone))
	compare(b, names, server, benchRounds, peers(
		benchClient{"respawn", runRespawn},
		massdnsTuned("-s", "500"),
		benchClient{"naive miekg", runNaive})...)
}

func BenchmarkSweepLossy(b *testing.B) {
	dir := b.TempDir()
	names, _ := benchData(b, dir)
	port := freePort(b)
	startServer(b, port, os.Args[0], "-test.run", "^TestServeLossy$")
	compare(b, names, fmt.Sprintf("127.0.0.1:%d", port), 5, peers(
		benchClient{"respawn", runRespawn},
		benchClient{"massdns default", massdns()},
		massdnsTuned("-s", "20000", "-i", "120"))...)
}

func BenchmarkSweepRecursor(b *testing.B) {
	dir := b.TempDir()
	names, zone := benchData(b, dir)
	nsd := startNSD(b, dir, zone)
	for _, c := range peers(benchClient{"respawn", runRespawn}, massdnsTuned("-s", "500")) {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			server := fmt.Sprintf("127.0.0.1:%d", startUnbound(b, b.TempDir(), nsd)) // cold each time
			compare(b, names, server, 1, c)
		})
	}
}

// TestServeLossy is the server of the lossy row when it is run as one: NXDOMAIN
// after 30 ms, but for names of which the benchmark says that they exist; one
// question in a hundred is lost.
func TestServeLossy(t *testing.T) {
	port := os.Getenv("RESPAWN_LOSSY")
	if port == "" {
		t.Skip("only as the server of BenchmarkSweepLossy")
	}
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:"+port)))
	if err != nil {
		t.Fatal(err)
	}
	_ = pc.SetReadBuffer(8 << 20)
	type late struct {
		at   time.Time
		to   netip.AddrPort
		data []byte
	}
	queue := make(chan late, 1<<17)
	go func() {
		for l := range queue {
			time.Sleep(time.Until(l.at))
			_, _ = pc.WriteToUDPAddrPort(l.data, l.to)
		}
	}()
	r := rand.New(rand.NewPCG(1, 2))
	// The names that exist are those of benchData at every 500th place.
	dir := t.TempDir()
	b := &testing.B{}
	_, zone := benchData(b, dir)
	alive := make(map[string]bool)
	for l := range lines(b, zone) {
		alive[strings.Fields(l)[0]] = true
	}
	buf := make([]byte, 1500)
	for {
		n, from, err := pc.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if r.IntN(100) == 0 {
			continue
		}
		reply := append([]byte(nil), buf[:n]...)
		reply[2] |= 0x80
		reply[3] = 0x80
		if name, ok := readName(reply, headerLen); !ok || !alive[name+"."] {
			reply[3] |= rcodeNXDomain
		}
		queue <- late{time.Now().Add(30 * time.Millisecond), from, reply}
	}
}
