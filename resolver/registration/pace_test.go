package registration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"respawn/tracker"
)

// pipeRegistry is a registry in memory, for bubbles of synctest: it notes when it
// is asked and fails the test where two questions are in flight.
type pipeRegistry struct {
	t     *testing.T
	took  time.Duration
	reply func(n int, q string) string

	mu     sync.Mutex
	at     []time.Time // guarded by mu
	flying int         // guarded by mu
}

func (p *pipeRegistry) dial(_ context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		buf := make([]byte, 512)
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.at = append(p.at, time.Now())
		i := len(p.at)
		p.flying++
		if p.flying > 1 {
			p.t.Errorf("question %d came while another was in flight", i)
		}
		p.mu.Unlock()
		time.Sleep(p.took)
		_, _ = io.WriteString(server, p.reply(i, strings.TrimSpace(string(buf[:n]))))
		p.mu.Lock()
		p.flying--
		p.mu.Unlock()
	}()
	return client, nil
}

func (p *pipeRegistry) client(t *testing.T, pace Pace, cache Cache) *Client {
	t.Helper()
	c, err := New(Config{Dial: p.dial, NoRDAP: true, IANAWhois: "none", WHOIS: map[string]string{"example": "whois.nic.example"}, Pace: pace, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFourWorkersHaveOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipeRegistry{t: t, took: 50 * time.Millisecond, reply: func(_ int, q string) string { return record1(q) }}
		pace, cache := NewMemoryPace(1), new(MemoryCache)
		var wg sync.WaitGroup
		for w := range 4 {
			c := p.client(t, pace, cache) // each worker its own client
			wg.Go(func() {
				for i := range 10 {
					r, err := c.Lookup(t.Context(), tracker.Name(fmt.Sprintf("w%d-n%d.example", w, i)))
					if err != nil || r.Outcome != tracker.Present {
						t.Errorf("worker %d: %s %s %s, %v", w, r.Word(), r.Reason, r.Detail, err)
					}
				}
			})
		}
		wg.Wait()
		if len(p.at) != 40 {
			t.Fatalf("%d questions", len(p.at))
		}
		for i := 1; i < len(p.at); i++ {
			if d := p.at[i].Sub(p.at[i-1]); d < time.Second {
				t.Errorf("question %d came %v after the one before", i, d)
			}
		}
		if took := p.at[39].Sub(p.at[0]); took > 39*(1250*time.Millisecond+p.took) {
			t.Errorf("40 questions took %v: slower than one a second and 20 %% jitter", took)
		}
	})
}

func TestBackOffDoublesShrinksAndRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPace(1)
		turn := func(f Feedback) {
			t.Helper()
			if err := p.Wait(t.Context(), "s"); err != nil {
				t.Fatal(err)
			}
			p.Report("s", f)
		}
		turn(Feedback{Kind: Pressed})
		if got := p.State("s").Interval; got != 2*time.Second {
			t.Errorf("after one limit %v", got)
		}
		turn(Feedback{Kind: Pressed})
		turn(Feedback{Kind: Served})
		if got := p.State("s").Interval; got != 3600*time.Millisecond {
			t.Errorf("after two limits and a success %v", got)
		}
		for range 8 {
			turn(Feedback{Kind: Pressed})
			turn(Feedback{Kind: Served})
		}
		if got := p.State("s").Interval; got > maxInterval {
			t.Errorf("back-off to %v", got)
		}
		for range 60 {
			turn(Feedback{Kind: Served})
		}
		if got := p.State("s").Interval; got != time.Second {
			t.Errorf("after sixty successes %v", got)
		}
		start := time.Now()
		turn(Feedback{Kind: Pressed, RetryAfter: 90 * time.Second})
		turn(Feedback{Kind: Served})
		if d := time.Since(start); d < 90*time.Second {
			t.Errorf("Retry-After of 90 s, and asked again after %v", d)
		}
		turn(Feedback{Kind: Pressed, RetryAfter: 24 * time.Hour})
		if err := p.Wait(t.Context(), "s"); !errors.Is(err, ErrPaused) {
			t.Errorf("a ban of a day: %v", err)
		}
	})
}

func TestBreakerOpensForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipeRegistry{t: t, reply: func(n int, q string) string {
			if n <= 3 {
				return "" // dropped
			}
			return record1(q)
		}}
		c := p.client(t, NewMemoryPace(1), nil)
		for i := range 3 {
			if r, _ := c.Lookup(t.Context(), "some.example"); r.Reason != tracker.ReasonThrottled {
				t.Errorf("drop %d: %s %s", i, r.Word(), r.Reason)
			}
		}
		asked := len(p.at)
		if r, _ := c.Lookup(t.Context(), "some.example"); r.Reason != tracker.ReasonThrottled || len(p.at) != asked {
			t.Errorf("with an open breaker: %s %s, %d questions", r.Word(), r.Reason, len(p.at)-asked)
		}
		time.Sleep(breakerFor + time.Second)
		if r, _ := c.Lookup(t.Context(), "some.example"); r.Outcome != tracker.Present {
			t.Errorf("after the rest: %s %s %s", r.Word(), r.Reason, r.Detail)
		}
	})
}

func TestWhatIsCachedAndForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := false
		p := &pipeRegistry{t: t, reply: func(_ int, q string) string {
			switch {
			case strings.HasPrefix(q, "nic."):
				return record1(q)
			case q == "limited.example":
				return "Query rate limit exceeded\r\n"
			case q == "brief.example":
				return record1(q) + "Registry Expiry Date: " + time.Now().Add(72*time.Hour).Format(time.RFC3339) + "\r\n"
			case taken:
				return record1(q)
			}
			return "Domain not found\r\n"
		}}
		c := p.client(t, NewMemoryPace(100), nil)
		ask := func(name tracker.Name, want string, cached bool) {
			t.Helper()
			r, err := c.Lookup(t.Context(), name)
			if err != nil || r.Word() != want || r.Cached != cached {
				t.Errorf("%s: %s (%s %s) cached %v, %v; want %s %v", name, r.Word(), r.Reason, r.Detail, r.Cached, err, want, cached)
			}
		}
		ask("limited.example", "unknown", false)
		ask("limited.example", "unknown", false)
		ask("free.example", "unregistered", false)
		ask("free.example", "unregistered", true)
		ask("brief.example", "registered", false)
		taken = true
		time.Sleep(23 * time.Hour)
		ask("free.example", "unregistered", true)
		time.Sleep(2 * time.Hour)
		ask("free.example", "registered", false)
		ask("brief.example", "registered", true)
		time.Sleep(48 * time.Hour)
		ask("brief.example", "registered", false)
		if r, err := c.Ask(t.Context(), "free.example"); err != nil || r.Cached {
			t.Errorf("Ask answered from the cache: %v", err)
		}
		time.Sleep(91 * 24 * time.Hour)
		ask("free.example", "registered", false)
	})
}

func TestNoPacingAtRateZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPace(0)
		start := time.Now()
		for range 100 {
			if err := p.Wait(t.Context(), "s"); err != nil {
				t.Fatal(err)
			}
			p.Report("s", Feedback{Kind: Pressed})
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("took %v", d)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPace(1)
		if err := p.Wait(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Wait(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		p.Report("s", Feedback{Kind: Unasked})
		if err := p.Wait(t.Context(), "s"); err != nil {
			t.Errorf("after the turn was given back: %v", err)
		}
	})
}

// speaks serves RDAP at port 80 and WHOIS at port 43 of one registry in memory.
// RDAP has a web page for names that begin with a w and fails for those with a d,
// so that they are asked of WHOIS.
func (p *pipeRegistry) speaks(_ context.Context, _, addr string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		buf := make([]byte, 4096)
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.at = append(p.at, time.Now())
		p.flying++
		if p.flying > 1 {
			p.t.Errorf("question %d came while another was in flight", len(p.at))
		}
		p.mu.Unlock()
		time.Sleep(p.took)
		q := strings.TrimSpace(string(buf[:n]))
		if strings.HasSuffix(addr, ":43") {
			_, _ = io.WriteString(server, record1(q))
		} else {
			_, path, _ := strings.Cut(q, " ")
			path, _, _ = strings.Cut(path, " ")
			name := strings.TrimPrefix(path, "/domain/")
			kind := "application/rdap+json"
			body, status := fmt.Sprintf(`{"objectClassName":"domain","ldhName":%q,"events":[{"eventAction":"registration","eventDate":"2024-09-05T10:11:12Z"}]}`, name), "200 OK"
			switch name[0] {
			case 'w':
				body, kind = "<html>", "text/html"
			case 'd':
				body, status = "", "501 Not Implemented"
			}
			_, _ = fmt.Fprintf(server, "HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, kind, len(body), body)
		}
		p.mu.Lock()
		p.flying--
		p.mu.Unlock()
	}()
	return client, nil
}

func TestRDAPAndWHOISOfARegistryHaveOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipeRegistry{t: t, took: 50 * time.Millisecond}
		pace, cache := NewMemoryPace(1), new(MemoryCache)
		var wg sync.WaitGroup
		for w := range 4 {
			c, err := New(Config{Dial: p.speaks, IANAWhois: "none", Pace: pace, Cache: cache,
				RDAP: map[string]string{"example": "http://rdap.nic.example/"}, WHOIS: map[string]string{"example": "whois.other-host.example"}})
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for i := range 6 {
					name, source := fmt.Sprintf("r%d-n%d.example", w, i), "rdap"
					if i%2 > 0 {
						name, source = fmt.Sprintf("w%d-n%d.example", w, i), "whois"
					}
					r, err := c.Lookup(t.Context(), tracker.Name(name))
					if err != nil || r.Outcome != tracker.Present || r.Source != source {
						t.Errorf("%s: %s by %s (%s %s), %v", name, r.Word(), r.Source, r.Reason, r.Detail, err)
					}
				}
			})
		}
		wg.Wait()
		if len(p.at) != 4*(3+2*3) {
			t.Fatalf("%d questions", len(p.at))
		}
		perSecond := make(map[int64]int)
		for i, at := range p.at {
			perSecond[int64(at.Sub(p.at[0])/time.Second)]++
			if i > 0 && at.Sub(p.at[i-1]) < time.Second {
				t.Errorf("question %d came %v after the one before", i, at.Sub(p.at[i-1]))
			}
		}
		for s, n := range perSecond {
			if n > 1 {
				t.Errorf("%d questions in second %d", n, s)
			}
		}
	})
}

func TestALimitOfOneServerHoldsForTheRegistryAndATimeoutDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewMemoryPace(1)
		c, err := New(Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no") }, Pace: pace,
			RDAP: map[string]string{"example": "http://rdap.nic.example/"}, WHOIS: map[string]string{"example": "whois.nic.example"}})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(f Feedback, limited bool) {
			t.Helper()
			turn, err := c.take(t.Context(), source{kind: "whois", server: "whois.nic.example:43", suffix: "example", configured: true}, "some.example")
			if err != nil {
				t.Fatal(err)
			}
			turn.give(f, limited)
		}
		ask(Feedback{Kind: Pressed}, false)
		if w, r := pace.State("whois.nic.example"), pace.State("registry rdap.nic.example"); w.Failures != 1 || r.Failures != 0 || !r.NextAt.After(time.Now()) {
			t.Errorf("after a timeout of WHOIS: %+v and %+v", w, r)
		}
		ask(Feedback{Kind: Pressed, RetryAfter: 30 * time.Second}, true)
		if r := pace.State("registry rdap.nic.example"); r.Failures != 1 || time.Until(r.NextAt) < 30*time.Second {
			t.Errorf("after a limit of WHOIS: %+v", r)
		}
		// The turn at the registry is not kept by who got none at the server.
		ask(Feedback{Kind: Broken}, false)
		if _, err := c.take(t.Context(), source{kind: "whois", server: "whois.nic.example:43", suffix: "example", configured: true}, "some.example"); !errors.Is(err, ErrPaused) {
			t.Fatalf("with an open breaker: %v", err)
		}
		if s := pace.State("registry rdap.nic.example"); !s.BusyUntil.IsZero() {
			t.Errorf("the turn at the registry was not given back: %+v", s)
		}
	})
}

func TestADeadRDAPServerDoesNotHideWHOIS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipeRegistry{t: t}
		c, err := New(Config{Dial: p.speaks, IANAWhois: "none", Pace: NewMemoryPace(1),
			RDAP: map[string]string{"example": "http://rdap.nic.example/"}, WHOIS: map[string]string{"example": "whois.nic.example"}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 { // the breaker of the RDAP server opens after three
			r, err := c.Ask(t.Context(), tracker.Name(fmt.Sprintf("d%d.example", i)))
			if err != nil || r.Outcome != tracker.Present || r.Source != "whois" {
				t.Errorf("question %d: %s by %s (%s %s), %v", i, r.Word(), r.Source, r.Reason, r.Detail, err)
			}
		}
		if len(p.at) != 3+8 {
			t.Errorf("%d questions, want three of RDAP and eight of WHOIS", len(p.at))
		}
	})
}
