package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

// alive.example exists and gone.example does not, whatever a server adds.
const hostileRecords = "alive.example. 60 IN NS ns1.host.example.\nalive.example. 60 IN A 198.51.100.1\nother.example. 60 IN TXT x"

// packed is m as bytes, with the first pre octets changed by edit.
func packed(t testing.TB, m *dns.Msg, edit func([]byte) []byte) []byte {
	t.Helper()
	b, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return edit(b)
}

func TestHostileAnswers(t *testing.T) {
	forged := func(q *dns.Msg, rcode int) *dns.Msg {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Rcode = rcode
		if rcode == 0 {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: 1}, A: []byte{6, 6, 6, 6}}}
		}
		return m
	}
	type serve = func(w dns.ResponseWriter, q, m *dns.Msg) bool
	flip := func(rcode int) int { return 3 - rcode } // what a forger would say
	for _, tt := range []struct {
		why   string
		serve serve
		// what a sweep must say of alive.example and gone.example
		alive, gone tracker.Outcome
		reason      tracker.Reason // where Unknown
	}{
		{"the right answer behind one with a wrong id", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			bad := forged(q, flip(m.Rcode))
			bad.Id ^= 0x5555
			_ = w.WriteMsg(bad)
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"nothing but wrong ids", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Id ^= 0x5555
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonTimeout},
		{"the right answer behind one to another question", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			bad := forged(q, flip(m.Rcode))
			bad.Question = []dns.Question{{Name: "other.example.", Qtype: q.Question[0].Qtype, Qclass: 1}}
			_ = w.WriteMsg(bad)
			bad = forged(q, flip(m.Rcode))
			bad.Question = []dns.Question{{Name: q.Question[0].Name, Qtype: dns.TypeHINFO, Qclass: 1}}
			_ = w.WriteMsg(bad)
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"a question instead of an answer", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_ = w.WriteMsg(q)
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"garbage, a lone header and an empty datagram first", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if isUDP(w) {
				_, _ = w.Write([]byte("\xff\xfe\xfd"))
				_, _ = w.Write(packed(t, m, func(b []byte) []byte { return b[:headerLen] }))
				_, _ = w.Write(nil)
			}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"a forger who does not see the case of our letters", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if isUDP(w) {
				bad := forged(q, flip(m.Rcode))
				bad.Question = []dns.Question{{Name: strings.ToLower(q.Question[0].Name), Qtype: q.Question[0].Qtype, Qclass: 1}}
				_ = w.WriteMsg(bad)
			}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"a resolver that does not keep the case is asked over TCP", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Question = []dns.Question{{Name: strings.ToLower(q.Question[0].Name), Qtype: q.Question[0].Qtype, Qclass: 1}}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"truncated over UDP, whole over TCP", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if isUDP(w) {
				m.Truncated, m.Answer, m.Rcode = true, nil, 0
			}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"truncated over UDP and TCP", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Truncated = true
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonTruncated},
		{"truncated over UDP, silence over TCP", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if isUDP(w) {
				m.Truncated = true
				return false
			}
			_ = w.Close()
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonTruncated},
		{"an answer section full of another name", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode = 0
			m.Answer = []dns.RR{rr(t, "other.example. 60 IN NS ns.evil.example."), rr(t, "other.example. 60 IN A 6.6.6.6")}
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"a referral to the root", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer, m.Ns = 0, nil, []dns.RR{rr(t, ". 60 IN NS a.root-servers.net.")}
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonLame},
		{"SERVFAIL", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeServerFailure, nil
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonServFail},
		{"REFUSED without the question", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(packed(t, m, func(b []byte) []byte {
				b = b[:headerLen]
				b[3] = dns.RcodeRefused
				clear(b[4:])
				return b
			}))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonRefused},
		{"NXDOMAIN without the question proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(packed(t, m, func(b []byte) []byte {
				b = b[:headerLen]
				b[3] = dns.RcodeNameError
				clear(b[4:])
				return b
			}))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonTimeout},
		{"NXDOMAIN that quotes a zone above the name", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if m.Rcode == dns.RcodeNameError {
				m.Ns = []dns.RR{rr(t, "EXAMPLE. 60 IN SOA a.nic.example. x. 1 1 1 1 1")}
			}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"NXDOMAIN that quotes no zone", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Ns = nil
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"NXDOMAIN that quotes the zone of others proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
			m.Ns = []dns.RR{rr(t, "xample. 60 IN SOA a.nic.xample. x. 1 1 1 1 1")}
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"NXDOMAIN that quotes a zone below the name proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
			m.Ns = []dns.RR{rr(t, "x."+q.Question[0].Name+" 60 IN SOA a.nic.x. x. 1 1 1 1 1")}
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"NXDOMAIN by order of a court proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
			explain(m, dns.ExtendedErrorCodeCensored)
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonRefused},
		{"NXDOMAIN by a filter's list proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer, m.Ns = dns.RcodeNameError, nil, nil
			explain(m, dns.ExtendedErrorCodeBlocked)
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonRefused},
		{"NXDOMAIN from memory, because nobody could be asked, proves nothing", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
			explain(m, dns.ExtendedErrorCodeStaleNXDOMAINAnswer)
			return false
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonServFail},
		{"NXDOMAIN with some other remark", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			explain(m, dns.ExtendedErrorCodeCachedError)
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"a loop of aliases: the name itself is there", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if m.Rcode == dns.RcodeNameError {
				return false
			}
			m.Answer = []dns.RR{rr(t, q.Question[0].Name+" 60 IN CNAME b.example."), rr(t, "b.example. 60 IN CNAME "+q.Question[0].Name)}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"an alias made from a DNAME, to nowhere: the name itself is there", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if m.Rcode == dns.RcodeNameError {
				return false
			}
			m.Rcode = dns.RcodeNameError
			m.Answer = []dns.RR{rr(t, "example. 60 IN DNAME invalid."), rr(t, q.Question[0].Name+" 60 IN CNAME alive.invalid.")}
			m.Ns = []dns.RR{rr(t, "invalid. 60 IN SOA a. x. 1 1 1 1 1")}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"FORMERR to EDNS, an answer without", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			if q.IsEdns0() != nil {
				m.Rcode, m.Answer, m.Ns = dns.RcodeFormatError, nil, nil
			}
			return false
		}, tracker.Present, tracker.Absent, ""},
		{"a compression pointer to itself", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(rawAnswer(q, func(at int) []byte { return []byte{0xc0, byte(at)} }))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"compression pointers to each other", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(rawAnswer(q, func(at int) []byte { return []byte{1, 'a', 0xc0, byte(at + 4), 0xc0, byte(at)} }))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"a pointer past the end", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(rawAnswer(q, func(int) []byte { return []byte{0xff, 0xff} }))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
		{"a record cut in the middle", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
			_, _ = w.Write(packed(t, forged(q, 0), func(b []byte) []byte { return b[:len(b)-3] }))
			return true
		}, tracker.Unknown, tracker.Unknown, tracker.ReasonBadAnswer},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, hostileRecords, tt.serve)
			first := time.Duration(0) // only where nothing is to come is the wait a short one
			if tt.reason == tracker.ReasonTimeout {
				first = 15 * time.Millisecond
			}
			c := newClient(t, Config{Resolvers: []string{f.addr}, Tries: 4, FirstTry: first})
			got, _ := sweep(t, c, "alive.example", "gone.example")
			for name, want := range map[tracker.Name]tracker.Outcome{"alive.example": tt.alive, "gone.example": tt.gone} {
				a := got[name]
				if a.Outcome != want || want == tracker.Unknown && a.Reason != tt.reason || want != tracker.Unknown && a.Reason != "" {
					t.Errorf("sweep says %s is %v %q, want %v %q", name, a.Outcome, a.Reason, want, tt.reason)
				}
			}
			// The careful look must come to the same end.
			c.cfg.FirstTry /= 8
			for name, want := range map[tracker.Name]tracker.Outcome{"alive.example": tt.alive, "gone.example": tt.gone} {
				v, err := c.Look(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				if v.Outcome != want && v.Outcome != tracker.Unknown {
					t.Errorf("look says %s is %v %q, want %v", name, v.Outcome, v.Reason, want)
				}
				for _, a := range v.factsA() {
					if a == netip.AddrFrom4([4]byte{6, 6, 6, 6}) {
						t.Error("look believed a forged address")
					}
				}
			}
		})
	}
}

// explain adds an extended error (RFC 8914), behind an option that says nothing.
func explain(m *dns.Msg, code uint16) {
	m.SetEdns0(1232, false)
	m.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"}, &dns.EDNS0_EDE{InfoCode: code, ExtraText: "because"}}
}

func (v View) factsA() []netip.Addr {
	if v.Facts == nil {
		return nil
	}
	return v.Facts.DNS.A
}

// rawAnswer is NOERROR with one NS record whose owner is what owner makes of its
// own offset.
func rawAnswer(q *dns.Msg, owner func(at int) []byte) []byte {
	m := new(dns.Msg)
	m.SetReply(q)
	b, _ := m.Pack()
	b[7] = 1 // ANCOUNT
	b = append(b, owner(len(b))...)
	b = binary.BigEndian.AppendUint16(b, dns.TypeNS)
	b = binary.BigEndian.AppendUint16(b, 1)
	b = append(b, 0, 0, 0, 60, 0, 1, 0)
	return b
}

// An answer to the first try that comes after the second has been sent is an
// answer; to another name it is nothing.
func TestLateAnswers(t *testing.T) {
	var mu sync.Mutex
	tries := map[string]int{}
	again := map[string]chan struct{}{"alive.example.": make(chan struct{}), "gone.example.": make(chan struct{})}
	f := newFake(t, hostileRecords, func(w dns.ResponseWriter, q, m *dns.Msg) bool {
		name := strings.ToLower(q.Question[0].Name)
		mu.Lock()
		tries[name]++
		n := tries[name]
		mu.Unlock()
		if n == 1 {
			<-again[name] // until the next try has come
			return false
		}
		if n == 2 {
			close(again[name])
		}
		return true // the later tries are never answered
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}, FirstTry: 10 * time.Millisecond})
	c.cfg.Tries = 6
	got, stats := sweep(t, c, "alive.example", "gone.example")
	if got["alive.example"].Outcome != tracker.Present || got["gone.example"].Outcome != tracker.Absent {
		t.Errorf("%+v", got)
	}
	if stats.Servers[0].Late != 2 {
		t.Errorf("%d late answers counted, want 2", stats.Servers[0].Late)
	}
}

func TestLongText(t *testing.T) {
	var long strings.Builder
	for range 250 {
		fmt.Fprintf(&long, " %q", strings.Repeat("x", 255))
	}
	f := newFake(t, "big.example. 60 IN TXT "+long.String()+"\nbig.example. 60 IN TXT small\nbig.example. 60 IN A 198.51.100.9", func(w dns.ResponseWriter, q, m *dns.Msg) bool {
		if isUDP(w) && q.Question[0].Qtype == dns.TypeTXT {
			m.Truncated, m.Answer = true, nil
		}
		return false
	})
	c := newClient(t, Config{Resolvers: []string{f.addr}})
	v, err := c.Look(t.Context(), "big.example")
	if err != nil || v.Outcome != tracker.Present {
		t.Fatalf("%v %q %v", v.Outcome, v.Reason, err)
	}
	if d := v.Facts.DNS; !slices.Equal(d.TXT, []string{"small"}) || d.Unknown["txt"] != tracker.ReasonTruncated || len(d.A) != 1 {
		t.Errorf("%d texts, unknown %v: what is too long must be named, not lost in silence", len(d.TXT), d.Unknown)
	}
	if len(v.Bytes) < 63000 {
		t.Errorf("%d bytes of evidence; the whole answer must be kept", len(v.Bytes))
	}
}

// Addresses that lead inside are data in every answer, and are never dialed.
func TestPrivateAnswers(t *testing.T) {
	f := newFake(t, `
		trap.example. 60 IN A 127.0.0.1
		trap.example. 60 IN A 169.254.169.254
		trap.example. 60 IN A 10.0.0.1
		trap.example. 60 IN A 127.0.53.53
		trap.example. 60 IN AAAA ::ffff:127.0.0.1
		trap.example. 60 IN AAAA fd00::1`, nil)
	in := &internet{hosts: map[string]*fake{
		"198.18.0.1:53": authority(t, ".", "example. 60 IN NS ns.example.\nns.example. 60 IN A 127.0.0.1", ""),
	}}
	c := newClient(t, Config{Resolvers: []string{f.addr}, Roots: []string{"198.18.0.1:53"}, DialAuthority: in.dial})
	v, err := c.Look(t.Context(), "trap.example")
	if err != nil || v.Outcome != tracker.Present || len(v.Facts.DNS.A) != 4 || len(v.Facts.DNS.AAAA) != 2 {
		t.Fatalf("%+v, %v", v.Facts, err)
	}
	got := make(map[string]string)
	for a, what := range v.Special {
		got[a.String()] = what
	}
	for a, what := range map[string]string{
		"127.0.0.1": "loopback", "169.254.169.254": "link-local", "10.0.0.1": "private",
		"127.0.53.53": "name-collision", "::ffff:127.0.0.1": "mapped", "fd00::1": "private",
	} {
		if got[a] != what {
			t.Errorf("%s is flagged %q, want %q", a, got[a], what)
		}
	}
	if n := f.queries.Load(); int(n) > len(lookTypes)+2 {
		t.Errorf("%d questions: reverse names of private addresses were asked", n)
	}
	// A name server at such an address is refused by the guard behind DialAuthority.
	guard := errors.New("guard")
	c.cfg.Guarded = func(err error) bool { return errors.Is(err, guard) }
	c.cfg.DialAuthority = guardLoopback(in.dial, guard)
	if v, _ := c.ParentDelegation(t.Context(), "trap.example"); v.Outcome != tracker.Unknown || v.Reason != tracker.ReasonRefusedGuard {
		t.Errorf("%v %q; want the guard", v.Outcome, v.Reason)
	}
}

// A resolver that sells what does not exist is found out by the absent control,
// and a sweep then refuses to run.
func TestLyingResolver(t *testing.T) {
	liar := newFake(t, "example.com. 60 IN NS a.example.", searchPage(t))
	c := newClient(t, Config{Resolvers: []string{liar.addr}})
	rep, err := c.Canaries(t.Context(), []string{"example.com"}, true)
	if err != nil || rep.OK || rep.Paths[0].Reason != tracker.ReasonLyingPath || !strings.Contains(rep.String(), "broken") {
		t.Fatalf("%+v, %v", rep, err)
	}
	answers := 0
	_, err = c.Sweep(t.Context(), slices.Values([]tracker.Name{"gone.example", "alive.example"}), func(a tracker.SweepAnswer) {
		answers++
		if a.Outcome != tracker.Unknown {
			t.Errorf("%s is %v", a.Name, a.Outcome)
		}
	})
	if !errors.Is(err, ErrNoResolver) {
		t.Errorf("%v, want ErrNoResolver", err)
	}
	if answers == 0 {
		t.Error("names that were read must be answered")
	}
	if v, _ := c.Look(t.Context(), "gone.example"); v.Outcome != tracker.Unknown || v.Reason != tracker.ReasonLyingPath {
		t.Errorf("look: %v %q", v.Outcome, v.Reason)
	}
}

// guardLoopback refuses loopback as internal/egress does.
func guardLoopback(dial DialFunc, refusal error) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "127.") {
			return nil, refusal
		}
		return dial(ctx, network, address)
	}
}
