package resolver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
)

// A benchServer is a server that the clients of a benchmark ask. What it counts
// is its own account of what reached it, so that no client is taken at its word.
type benchServer struct {
	addr     string
	pids     []int                 // whose CPU time is the servers'
	received func() (int64, error) // questions that came
	dropped  func() (int64, error) // datagrams that it lost against its will
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

// onCore is a command that runs on one core, where the machine can say so.
func onCore(core, path string, args ...string) *exec.Cmd {
	if taskset, err := exec.LookPath("taskset"); err == nil {
		return exec.Command(taskset, append([]string{"-c", core, path}, args...)...)
	}
	return exec.Command(path, args...)
}

// startServer runs a server on core 0 until the benchmark ends, and waits until
// it answers on port.
func startServer(b *testing.B, port int, env []string, name string, args ...string) (pid int, stop func()) {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Skipf("%s is not installed", name)
	}
	cmd := onCore("0", path, args...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		b.Skipf("start %s: %v", name, err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	m := new(dns.Msg)
	m.SetQuestion("a.root.", dns.TypeA)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, _, err := (&dns.Client{Timeout: time.Second}).Exchange(m, fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return cmd.Process.Pid, stop
		}
	}
	stop()
	b.Fatalf("%s does not answer", name)
	return 0, nil
}

// counterOf asks a server's control program for one of its counters.
func counterOf(program, conf, counter string) func() (int64, error) {
	return func() (int64, error) {
		out, err := exec.Command(program, "-c", conf, "stats_noreset").Output()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", program, err)
		}
		for l := range strings.Lines(string(out)) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(l), counter+"="); ok {
				return strconv.ParseInt(v, 10, 64)
			}
		}
		return 0, fmt.Errorf("%s has no counter %s", program, counter)
	}
}

// socketDrops is what the kernel dropped before a socket on port, as Linux tells.
func socketDrops(port int) func() (int64, error) {
	return func() (int64, error) {
		data, err := os.ReadFile("/proc/net/udp")
		if err != nil {
			return 0, err
		}
		var sum int64
		for l := range strings.Lines(string(data)) {
			f := strings.Fields(l)
			if len(f) >= 13 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				n, err := strconv.ParseInt(f[len(f)-1], 10, 64)
				if err != nil {
					return 0, err
				}
				sum += n
			}
		}
		return sum, nil
	}
}

// startNSD serves the zone as the root.
func startNSD(b *testing.B, dir, zone string) benchServer {
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
	control-enable: yes
	control-interface: %q
zone:
	name: "."
	zonefile: %q
`, port, dir, dir+"/nsd.log", dir+"/zone.list", dir, dir+"/nsd.sock", zone)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	pid, stop := startServer(b, port, nil, "nsd", "-d", "-c", conf)
	b.Cleanup(stop)
	return benchServer{
		addr: fmt.Sprintf("127.0.0.1:%d", port), pids: []int{pid},
		received: counterOf("nsd-control", conf, "num.queries"), dropped: socketDrops(port),
	}
}

// startUnbound recurses from an empty cache, with one server as the whole tree.
func startUnbound(b *testing.B, dir string, stub benchServer) (benchServer, func()) {
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
	control-enable: yes
	control-interface: %q
	control-use-cert: no
stub-zone:
	name: "."
	stub-addr: %s
`, port, dir, dir+"/unbound.log", dir+"/unbound.sock", strings.Replace(stub.addr, ":", "@", 1))
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	pid, stop := startServer(b, port, nil, "unbound", "-d", "-c", conf)
	return benchServer{
		addr: fmt.Sprintf("127.0.0.1:%d", port), pids: append([]int{pid}, stub.pids...),
		received: counterOf("unbound-control", conf, "total.num.queries"), dropped: socketDrops(port),
	}, stop
}

// The lossy server answers after lossyDelay and loses one question in lossyOneIn.
const (
	lossyDelay = 30 * time.Millisecond
	lossyOneIn = 100
	// lossyRing holds what waits for its time: at 30 ms more than two million
	// questions a second.
	lossyRing = 1 << 16
	lossySize = 512
)

// startLossy runs this test program once more, as the lossy server of zone.
func startLossy(b *testing.B, zone string) benchServer {
	b.Helper()
	port := freePort(b)
	pid, stop := startServer(b, port, []string{fmt.Sprint("RESPAWN_LOSSY=", port), "RESPAWN_LOSSY_ZONE=" + zone}, os.Args[0], "-test.run", "^TestServeLossy$")
	b.Cleanup(stop)
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	counter := func(at int) func() (int64, error) {
		return func() (int64, error) {
			c, err := net.Dial("udp", addr)
			if err != nil {
				return 0, err
			}
			defer func() { _ = c.Close() }()
			var buf [64]byte
			for range 5 {
				_ = c.SetDeadline(time.Now().Add(2 * time.Second))
				if _, err = c.Write([]byte("count")); err != nil {
					return 0, err
				}
				var n int
				if n, err = c.Read(buf[:]); err == nil && n == 16 {
					return int64(binary.BigEndian.Uint64(buf[at:])), nil
				}
			}
			return 0, fmt.Errorf("the lossy server does not count: %w", err)
		}
	}
	drops := socketDrops(port)
	return benchServer{addr: addr, pids: []int{pid}, received: counter(0), dropped: func() (int64, error) {
		full, err := counter(8)()
		kernel, err2 := drops()
		return full + kernel, errors.Join(err, err2)
	}}
}

// TestServeLossy is the server of the lossy row when it is run as one: NXDOMAIN
// after 30 ms, but for names in the zone; one question in a hundred is lost. It
// moves datagrams in batches and holds whatever waits in one ring, so that it is
// never what a client waits for, and says by itself what it lost unmeant.
func TestServeLossy(t *testing.T) {
	port := os.Getenv("RESPAWN_LOSSY")
	if port == "" {
		t.Skip("only as the server of BenchmarkSweepLossy")
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:"+port)))
	if err != nil {
		t.Fatal(err)
	}
	newBatcher(conn) // for its buffers
	alive := make(map[string]bool)
	for l := range lines(t, os.Getenv("RESPAWN_LOSSY_ZONE")) {
		name, _, _ := strings.Cut(l, " ")
		alive[strings.TrimSuffix(name, ".")] = true
	}
	pc := ipv4.NewPacketConn(conn)
	in, out := make([]ipv4.Message, 256), make([]ipv4.Message, 256)
	for i := range in {
		in[i].Buffers = [][]byte{make([]byte, lossySize)}
		out[i].Buffers = make([][]byte, 1)
	}
	type late struct {
		at   time.Time
		to   net.Addr
		n    int
		data [lossySize]byte
	}
	ring := make([]late, lossyRing)
	head, tail := 0, 0 // waiting: head to tail
	var received, full uint64
	r := rand.New(rand.NewPCG(1, 2))
	for {
		wait := time.Minute
		if head < tail {
			wait = max(time.Until(ring[head%lossyRing].at), 0)
		}
		_ = conn.SetReadDeadline(time.Now().Add(max(wait, 50*time.Microsecond)))
		n, err := pc.ReadBatch(in, 0)
		var ne net.Error
		if err != nil && (!errors.As(err, &ne) || !ne.Timeout()) {
			t.Fatal(err)
		}
		now := time.Now()
		for _, m := range in[:max(n, 0)] {
			q := m.Buffers[0][:m.N]
			if string(q) == "count" {
				reply := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, received), full)
				_, _ = conn.WriteTo(reply, m.Addr)
				continue
			}
			received++
			switch {
			case len(q) < headerLen || r.IntN(lossyOneIn) == 0:
				continue
			case tail-head == lossyRing:
				full++
				continue
			}
			l := &ring[tail%lossyRing]
			tail++
			l.at, l.to, l.n = now.Add(lossyDelay), m.Addr, copy(l.data[:], q)
			l.data[2] |= 0x80
			l.data[3] = 0x80
			if name, ok := readName(q, headerLen); !ok || !alive[name] {
				l.data[3] |= rcodeNXDomain
			}
		}
		for head < tail && !ring[head%lossyRing].at.After(now) {
			k := 0
			for ; head+k < tail && k < len(out) && !ring[(head+k)%lossyRing].at.After(now); k++ {
				l := &ring[(head+k)%lossyRing]
				out[k].Buffers[0], out[k].Addr = l.data[:l.n], l.to
			}
			sent, err := pc.WriteBatch(out[:k], 0)
			if err != nil && sent <= 0 {
				sent = 1 // to a client that has gone
			}
			head += sent
		}
	}
}

// cpuOf is what processes and their children have used so far, in steps of 10 ms;
// 0 where the system does not tell.
func cpuOf(pids []int) time.Duration {
	family := make(map[int]bool)
	for _, p := range pids {
		family[p] = true
	}
	type proc struct{ parent, ticks int }
	procs := make(map[int]proc)
	dirs, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range dirs {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (comm) state ppid ... utime and stime are the 14th and 15th.
		pid, rest, _ := strings.Cut(string(data), " ")
		rest = rest[strings.LastIndexByte(rest, ')')+1:]
		f := strings.Fields(rest)
		if len(f) < 13 {
			continue
		}
		id, _ := strconv.Atoi(pid)
		ppid, _ := strconv.Atoi(f[1])
		user, _ := strconv.Atoi(f[11])
		sys, _ := strconv.Atoi(f[12])
		procs[id] = proc{ppid, user + sys}
	}
	sum := 0
	for id, p := range procs {
		for at := id; at > 1; at = procs[at].parent {
			if family[at] {
				sum += p.ticks
				break
			}
		}
	}
	return time.Duration(sum) * 10 * time.Millisecond
}
