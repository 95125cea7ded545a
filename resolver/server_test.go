package resolver

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// A fake is a name server on loopback, UDP and TCP on one port. It answers from
// records in zone-file form; a name that owns none, and lies above none that
// does, is NXDOMAIN with the SOA of "."; mangle may change or replace any reply.
type fake struct {
	addr    string
	records map[string][]dns.RR // by owner, lower case, with the last dot
	nodes   map[string]bool     // every owner and its ancestors
	mangle  func(w dns.ResponseWriter, q, reply *dns.Msg) bool
	queries atomic.Int64
}

func rr(t testing.TB, s string) dns.RR {
	t.Helper()
	r, err := dns.NewRR(s)
	if err != nil || r == nil {
		t.Fatalf("record %q: %v", s, err)
	}
	return r
}

// newFake starts a server; mangle returns true where it has replied itself.
func newFake(t testing.TB, records string, mangle func(w dns.ResponseWriter, q, reply *dns.Msg) bool) *fake {
	t.Helper()
	f := unheard(t, records, mangle)
	f.listen(t)
	return f
}

// unheard is a server that listens nowhere yet.
func unheard(t testing.TB, records string, mangle func(w dns.ResponseWriter, q, reply *dns.Msg) bool) *fake {
	t.Helper()
	f := &fake{records: make(map[string][]dns.RR), nodes: make(map[string]bool), mangle: mangle}
	for line := range strings.Lines(records) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r := rr(t, line)
		owner := strings.ToLower(r.Header().Name)
		f.records[owner] = append(f.records[owner], r)
		for n := owner; n != ""; {
			f.nodes[n] = true
			_, n, _ = strings.Cut(n, ".")
		}
	}
	return f
}

func (f *fake) listen(t testing.TB) {
	t.Helper()
	for range 20 { // the port must be free for both
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", pc.LocalAddr().String())
		if err != nil {
			_ = pc.Close()
			continue
		}
		f.addr = pc.LocalAddr().String()
		for _, s := range []*dns.Server{
			{PacketConn: pc, Handler: f, UDPSize: 4096},
			{Listener: l, Handler: f, MaxTCPQueries: -1, IdleTimeout: func() time.Duration { return time.Minute }},
		} {
			started := make(chan struct{})
			s.NotifyStartedFunc = func() { close(started) }
			go func() { _ = s.ActivateAndServe() }()
			<-started
			t.Cleanup(func() { _ = s.Shutdown() })
		}
		return
	}
	t.Fatal("no port")
}

func (f *fake) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	f.queries.Add(1)
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	f.answer(m, q.Question[0])
	if f.mangle != nil && f.mangle(w, q, m) {
		return
	}
	_ = w.WriteMsg(m)
}

func (f *fake) answer(m *dns.Msg, q dns.Question) {
	name := strings.ToLower(q.Name)
	for range 8 {
		rrs, exists := f.records[name], f.nodes[name]
		if rrs == nil {
			_, above, _ := strings.Cut(name, ".")
			for above != "" && f.records["*."+above] == nil {
				_, above, _ = strings.Cut(above, ".")
			}
			if above != "" && !exists {
				exists = true
				for _, r := range f.records["*."+above] {
					r = dns.Copy(r)
					r.Header().Name = name
					rrs = append(rrs, r)
				}
			}
		}
		if !exists {
			m.Rcode = dns.RcodeNameError
			m.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: 1, Ttl: 60}, Ns: "a.root.", Mbox: "x.root."}}
			return
		}
		next := ""
		for _, r := range rrs {
			if r.Header().Rrtype == q.Qtype {
				m.Answer = append(m.Answer, r)
			} else if c, ok := r.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, r)
				next = strings.ToLower(c.Target)
			}
		}
		if next == "" || q.Qtype == dns.TypeCNAME {
			break
		}
		name = next
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: 1, Ttl: 60}, Ns: "a.root.", Mbox: "x.root."}}
	}
}

func isUDP(w dns.ResponseWriter) bool { return w.RemoteAddr().Network() == "udp" }

func dialer(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.Dial == nil {
		cfg.Dial = dialer
	}
	if cfg.FirstTry == 0 {
		cfg.FirstTry = time.Second // whoever answers is never asked twice, on a slow machine either
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// sweep collects the answers by name and fails on a name answered twice.
func sweep(t testing.TB, c *Client, names ...tracker.Name) (map[tracker.Name]tracker.SweepAnswer, SweepStats) {
	t.Helper()
	got := make(map[tracker.Name]tracker.SweepAnswer)
	stats, err := c.Sweep(t.Context(), func(yield func(tracker.Name) bool) {
		for _, n := range names {
			if !yield(n) {
				return
			}
		}
	}, func(a tracker.SweepAnswer) {
		if _, twice := got[a.Name]; twice {
			t.Errorf("%s was answered twice", a.Name)
		}
		got[a.Name] = a
	})
	if err != nil {
		t.Errorf("sweep: %v", err)
	}
	if len(got) != len(names) {
		t.Errorf("%d answers to %d names", len(got), len(names))
	}
	return got, stats
}

// A lossy is a bare UDP server that is fast enough for bulk: names that begin
// with "live" exist, "deaf" ones are answered by nobody, all others are absent.
// fate says for each datagram what happens to its answer.
type lossy struct {
	addr    string
	queries atomic.Int64
}

type fate struct {
	drop     bool
	delay    time.Duration
	servfail bool
	refused  bool
}

func newLossy(t testing.TB, decide func(n int64) fate) *lossy {
	t.Helper()
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	_ = pc.SetReadBuffer(8 << 20)
	l := &lossy{addr: pc.LocalAddr().String()}
	var group sync.WaitGroup
	t.Cleanup(func() { _ = pc.Close(); group.Wait() })
	group.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			count := l.queries.Add(1)
			f := decide(count)
			if f.drop || n < 20 || strings.HasPrefix(strings.ToLower(string(buf[13:17])), "deaf") {
				continue
			}
			reply := buf[:n]
			reply[2] |= 0x80
			reply[3] = 0x80 | 3
			if strings.HasPrefix(strings.ToLower(string(reply[13:17])), "live") {
				reply[3] = 0x80
			}
			if f.servfail {
				reply[3] = 0x80 | 2
			}
			if f.refused {
				reply[3] = 0x80 | rcodeRefused
			}
			if f.delay > 0 {
				late := append([]byte(nil), reply...)
				time.AfterFunc(f.delay, func() { _, _ = pc.WriteToUDPAddrPort(late, from) })
				continue
			}
			_, _ = pc.WriteToUDPAddrPort(reply, from)
		}
	})
	return l
}

// bulk yields n names, every 500th of which exists.
func bulk(n int) func(yield func(tracker.Name) bool) {
	suffixes := []string{"com", "so", "cc", "pw", "to", "co", "press", "online", "de", "fr"}
	return func(yield func(tracker.Name) bool) {
		for i := range n {
			word := "gone"
			if i%500 == 0 {
				word = "live"
			}
			if !yield(tracker.Name(word + strconv.Itoa(i) + "-news." + suffixes[i%len(suffixes)])) {
				return
			}
		}
	}
}
