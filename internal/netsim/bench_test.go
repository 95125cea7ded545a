package netsim

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
)

func packQuestion(t testing.TB, name string, qtype uint16) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.SetEdns0(1232, false)
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkMiss(b *testing.B) {
	s := New(parse(b, smallest(b)), Options{})
	defer s.Close()
	q := packQuestion(b, "artichoc.cc", dns.TypeNS)
	var name [255]byte
	var labels [128]byte
	out := make([]byte, 0, 512)
	_, v := s.current()
	b.ReportAllocs()
	for b.Loop() {
		r, ok := v.miss(q, name[:], labels[:], out)
		if !ok || len(r) < 40 {
			b.Fatal("not a miss")
		}
	}
}

func BenchmarkSetNow(b *testing.B) {
	w := parse(b, smallest(b))
	s := New(w, Options{})
	defer s.Close()
	for b.Loop() {
		s.topo.view(w.Night(3))
	}
}

func BenchmarkNew(b *testing.B) {
	w := parse(b, smallest(b))
	for b.Loop() {
		New(w, Options{}).Close()
	}
}

// BenchmarkUDP asks the loopback resolver in batches with a window of open
// questions; its client costs about as much as the server.
func BenchmarkUDP(b *testing.B) {
	s := start(b, parse(b, smallest(b)), "2024-03-02")
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.DNSAddr().(*net.TCPAddr).AddrPort()))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	growBuffers(conn)
	conn.SetDeadline(time.Now().Add(time.Minute))
	pc := ipv4.NewPacketConn(conn)
	out := make([]ipv4.Message, 64)
	in := make([]ipv4.Message, 64)
	for i := range out {
		out[i].Buffers = [][]byte{packQuestion(b, fmt.Sprintf("label-%d.cc", i), dns.TypeNS)}
		in[i].Buffers = [][]byte{make([]byte, 512)}
	}
	sent, got := 0, 0
	b.ResetTimer()
	for got < b.N {
		for sent < b.N && sent-got < 192 {
			n, err := pc.WriteBatch(out[:min(64, b.N-sent)], 0)
			if err != nil {
				b.Fatal(err)
			}
			sent += n
		}
		n, err := pc.ReadBatch(in, 0)
		if err != nil {
			b.Fatalf("%d of %d: %v", got, sent, err)
		}
		got += n
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "q/s")
}

// BenchmarkCareful is a question about a name that exists.
func BenchmarkCareful(b *testing.B) {
	s := New(parse(b, smallest(b)), Options{})
	defer s.Close()
	q := packQuestion(b, "oldnews.info", dns.TypeNS)
	for b.Loop() {
		if r := s.answerDNS(q, resolverAddr, true); r.msg == nil {
			b.Fatal("no answer")
		}
	}
}

// BenchmarkNight moves the September 2024 world from night to night.
func BenchmarkNight(b *testing.B) {
	w, err := Load(worldsDir + "doppelganger-2024/world.yaml")
	if err != nil {
		b.Fatal(err)
	}
	s := New(w, Options{})
	defer s.Close()
	i := 0
	for b.Loop() {
		i++
		s.SetNow(w.Night(i % w.Nights()))
	}
}
