package registration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"respawn/tracker"
)

// Traps of WHOIS that were met, each by running the library or a registry.

func TestReferralWithoutNewlineDoesNotPanic(t *testing.T) {
	iana := serveWHOIS(t, false, func(string) string { return "domain: EXAMPLE\nrefer: whois.evil.example" })
	var mu sync.Mutex
	var dialed []string
	c := newClient(t, Config{NoRDAP: true, IANAWhois: iana.addr, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		dialed = append(dialed, addr)
		return nil, guardError{addr}
	}})
	r, err := c.Lookup(t.Context(), "some.example")
	if err != nil || r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonRefusedGuard {
		t.Errorf("%+v, %v", r, err)
	}
	if fmt.Sprint(dialed) != "[whois.evil.example:43]" {
		t.Errorf("dialed %v through the guard, want the referral at port 43", dialed)
	}
}

func TestReferralsInsideAreNotFollowed(t *testing.T) {
	inside := serveWHOIS(t, false, func(string) string { return "secret" })
	_, port, _ := net.SplitHostPort(inside.addr)
	for _, to := range []string{inside.addr, "localhost:" + port, "localhost", "127.0.0.1", "[::1]:43", "169.254.169.254", "10.0.0.1:43", "0x7f000001", "2130706433",
		"whois.corp", "db.internal", "printer.local", "whois.example.com:25", "http://" + inside.addr + "/", "rwhois://127.0.0.1:4321/auth-area=.", "a b.example", ""} {
		iana := serveWHOIS(t, false, func(string) string { return "domain: EXAMPLE\r\nrefer: " + to + "\r\n" })
		c := newClient(t, Config{NoRDAP: true, IANAWhois: iana.addr, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
			return nil, fmt.Errorf("dialed %s", addr)
		}})
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Unknown || strings.Contains(r.Detail, "dialed") {
			t.Errorf("referral to %q: %+v, %v", to, r, err)
		}
	}
	if q := inside.queries(); len(q) > 0 {
		t.Errorf("a server inside was asked %q", q)
	}
	// The same words in the reply of a registry are nobody's referral either.
	for _, line := range []string{"refer: ", "whois: ", "ReferralServer: whois://", "Registrar WHOIS Server: ", "%referral rwhois://"} {
		reg := serveWHOIS(t, false, knowing(func(string) string { return line + inside.addr + "\r\nNo match for \"SOME.EXAMPLE\".\r\n" }))
		c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": reg.addr}})
		if _, err := c.Lookup(t.Context(), "some.example"); err != nil {
			t.Error(err)
		}
	}
	if q := inside.queries(); len(q) > 0 {
		t.Errorf("a server inside was asked %q", q)
	}
}

func TestNotFoundIsNotFound(t *testing.T) {
	for _, text := range []string{
		"No match for domain \"FOO.EXAMPLE\".\r\n", "No match for \"FOO.EXAMPLE\".\r\n", "NOT FOUND\r\n", "% No entries found\r\n",
		"Domain: foo.example\r\nStatus: free\r\n", "Domain:\tfoo.example\r\nStatus:\tAVAILABLE\r\n",
	} {
		s := serveWHOIS(t, false, knowing(func(string) string { return text }))
		c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
		if r, err := c.Lookup(t.Context(), "foo.example"); err != nil || r.Outcome != tracker.Absent {
			t.Errorf("%q: %s %s %s, %v", text, r.Word(), r.Reason, r.Detail, err)
		}
	}
}

func TestNamesThatMustNotBeSent(t *testing.T) {
	s := serveWHOIS(t, false, func(string) string { return "" })
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	for _, name := range []tracker.Name{"evil.example\r\nother.example", "evil.example\n", "evil.exa\x00mple", "e vil.example", "-h.example", "evil/.example",
		"\u00fcber.example", "under_score.example", "", ".example", "a..example", tracker.Name(strings.Repeat("a", 64) + ".example")} {
		if r, err := c.Lookup(t.Context(), name); !errors.Is(err, tracker.ErrName) {
			t.Errorf("%q: %+v, %v", name, r, err)
		}
	}
	if q := s.queries(); len(q) > 0 {
		t.Errorf("sent %q", q)
	}
}

func TestIDNIsAskedInPunycode(t *testing.T) {
	s := serveWHOIS(t, false, knowing(func(q string) string { return record1(q) }))
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	r, err := c.Lookup(t.Context(), tracker.MustName("B\u00fccher.example"))
	if err != nil || r.Outcome != tracker.Present || s.queries()[0] != "xn--bcher-kva.example\r\n" {
		t.Errorf("%+v, %v, sent %q", r, err, s.queries())
	}
}

func TestUnboundedReply(t *testing.T) {
	long := strings.Repeat("remarks: all work and no play makes jack a dull boy\r\n", 1<<18) // 13 MB
	s := serveWHOIS(t, false, func(q string) string { return record1(q) + long })
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	r, err := c.Lookup(t.Context(), "some.example")
	if err != nil || len(r.Raw) > maxReply || r.Outcome != tracker.Present {
		t.Errorf("%s, %d bytes, %v", r.Word(), len(r.Raw), err)
	}
}

func TestConnectionHeldOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		says := func(text string) *Client {
			return whoisAt(t, 20*time.Second, func(conn net.Conn) {
				if text != "" {
					_, _ = io.WriteString(conn, text)
				}
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
			})
		}
		if r, err := says(record1("some.example")).Lookup(t.Context(), "some.example"); err != nil || r.Outcome != tracker.Present {
			t.Errorf("with a text: %s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
		}
		if r, err := says("").Lookup(t.Context(), "some.example"); err != nil || r.Reason != tracker.ReasonTimeout {
			t.Errorf("without a text: %s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
		}
	})
}

func TestWhatIsNoAnswerProvesNothing(t *testing.T) {
	for _, tt := range []struct {
		name, reply string
		reason      tracker.Reason
	}{
		{"empty", "", tracker.ReasonThrottled},
		{"blanks", "\r\n\r\n", tracker.ReasonThrottled},
		{"limit", "Number of allowed queries exceeded.\r\n", tracker.ReasonThrottled},
		{"limit of .nl", "whois.domain-registry.nl: maximum number of requests per minute exceeded\r\n", tracker.ReasonThrottled},
		{"web page", "<!DOCTYPE html><html><body>Domain not found</body></html>", tracker.ReasonUnparsed},
		{"another name", strings.ReplaceAll(recordOf, "%s", "OTHER.EXAMPLE"), tracker.ReasonBadAnswer},
		{"no form that we know", "Bonjour !\r\n", tracker.ReasonUnparsed},
		{"a bare echo", "Domain: some.example\r\n", tracker.ReasonUnparsed},
		{"reserved", "The domain some.example is reserved.\r\n", tracker.ReasonReserved},
		{"reserved by its status", "Domain Name: some.example\r\nStatus: Reserved\r\n", tracker.ReasonReserved},
		{"reserved in one word of two", "Domain Name: some.example\r\nStatus: RESERVED_BY_REGISTRY\r\n", tracker.ReasonReserved},
		{"reserved, in German", "Die Domain some.example ist reserviert.\r\n", tracker.ReasonReserved},
		{"reserved, in Russian", "Домен some.example зарезервирован.\r\n", tracker.ReasonReserved},
		{"not found and yet reserved", "No match for some.example.\r\nThis name is reserved by the registry.\r\n", tracker.ReasonReserved},
		{"rights that are reserved", "This name is blocked. All rights reserved.\r\n", tracker.ReasonUnparsed},
		{"not reserved, and not to be had", "This name is not reserved, but it cannot be registered.\r\n", tracker.ReasonUnparsed},
	} {
		s := serveWHOIS(t, false, func(string) string { return tt.reply })
		c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Unknown || r.Reason != tt.reason || r.Server != s.addr {
			t.Errorf("%s: %s %s %s %s, %v", tt.name, r.Word(), r.Reason, r.Detail, r.Server, err)
		}
	}
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": "whois.nic.example"},
		DialConfigured: func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }})
	if r, err := c.Lookup(t.Context(), "some.example"); err != nil || r.Reason != tracker.ReasonRefused {
		t.Errorf("refused: %+v, %v", r, err)
	}
}

func TestLyingServerIsNotBelieved(t *testing.T) {
	s := serveWHOIS(t, false, func(q string) string { return "No match for " + q + "\r\n" })
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	for range 3 {
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonNotTrusted || len(r.Raw) == 0 {
			t.Errorf("%s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
		}
	}
	if n := len(s.queries()); n != 3+2 {
		t.Errorf("%d questions, want three and two control questions once: %q", n, s.queries())
	}
}

func TestControlThatCannotBeAskedIsNotHeldAgainstTheServer(t *testing.T) {
	limited := true
	s := serveWHOIS(t, false, func(q string) string {
		if q == "nic.example" && limited {
			return "Query rate limit exceeded\r\n"
		}
		return knowing(func(string) string { return "Domain not found\r\n" })(q)
	})
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	if r, _ := c.Lookup(t.Context(), "some.example"); r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonThrottled {
		t.Errorf("limited: %s %s", r.Word(), r.Reason)
	}
	limited = false
	if r, _ := c.Lookup(t.Context(), "some.example"); r.Outcome != tracker.Absent {
		t.Errorf("later: %s %s", r.Word(), r.Reason)
	}
}

func TestPrivateSuffixIsNoRegistry(t *testing.T) {
	s := serveWHOIS(t, false, knowing(func(string) string { return "Domain not found.\r\n" }))
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"io": s.addr}})
	if r, err := c.Lookup(t.Context(), "somebody.github.io"); err != nil || r.Reason != tracker.ReasonNoService || len(s.queries()) > 0 {
		t.Errorf("%+v, %v, asked %q", r, err, s.queries())
	}
	c = newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"io": s.addr, "github.io": s.addr}})
	if r, err := c.Lookup(t.Context(), "somebody.github.io"); err != nil || r.Outcome != tracker.Absent {
		t.Errorf("configured: %+v, %v", r, err)
	}
}

func TestRDAPAnswersThatProveNothing(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(stranger.Close)
	const kind = "application/rdap+json"
	for _, tt := range []struct {
		name, kind, body string
		status           int
		want             tracker.Reason
		header           [2]string
	}{
		{"HTML 200", "text/html", "<html><title>some.example</title></html>", 200, tracker.ReasonUnparsed, [2]string{}},
		{"HTML 404", "text/html; charset=utf-8", "<html>404 Not Found</html>", 404, tracker.ReasonUnparsed, [2]string{}},
		{"HTML called JSON", kind, "<!DOCTYPE html><html></html>", 404, tracker.ReasonUnparsed, [2]string{}},
		{"empty 200", kind, "", 200, tracker.ReasonThrottled, [2]string{}},
		{"429", kind, `{"errorCode":429}`, 429, tracker.ReasonThrottled, [2]string{"Retry-After", "7"}},
		{"503", kind, ``, 503, tracker.ReasonThrottled, [2]string{}},
		{"403", "text/plain", `denied`, 403, tracker.ReasonThrottled, [2]string{}},
		{"500", kind, ``, 500, tracker.ReasonBadAnswer, [2]string{}},
		{"400", kind, ``, 400, tracker.ReasonBadAnswer, [2]string{}},
		{"limit text in a 404", kind, `{"errorCode":404,"title":"Rate limit exceeded"}`, 404, tracker.ReasonThrottled, [2]string{}},
		{"reserved in a 404", kind, `{"errorCode":404,"title":"Not Found","description":["This domain name is reserved"]}`, 404, tracker.ReasonReserved, [2]string{}},
		{"not for sale in a 404", kind, `{"errorCode":404,"title":"Not Found","description":["This domain name cannot be registered"]}`, 404, tracker.ReasonUnparsed, [2]string{}},
		{"text in a 404", "text/plain", `no such route`, 404, tracker.ReasonUnparsed, [2]string{}},
		{"another name", kind, `{"objectClassName":"domain","ldhName":"other.example","events":[{"eventAction":"registration","eventDate":"2020-01-01T00:00:00Z"}]}`, 200, tracker.ReasonBadAnswer, [2]string{}},
		{"an empty domain", kind, `{"objectClassName":"domain","ldhName":"some.example"}`, 200, tracker.ReasonUnparsed, [2]string{}},
		{"a reserved domain", kind, `{"objectClassName":"domain","ldhName":"some.example","status":["reserved"],"events":[{"eventAction":"registration","eventDate":"2020-01-01T00:00:00Z"}]}`, 200, tracker.ReasonReserved, [2]string{}},
		{"an error with 200", kind, `{"errorCode":404,"title":"not found"}`, 200, tracker.ReasonUnparsed, [2]string{}},
		{"broken JSON", kind, `{"objectClassName":"domain"`, 200, tracker.ReasonUnparsed, [2]string{}},
		{"a redirector's 404", kind, "", 302, tracker.ReasonRefusedGuard, [2]string{"Location", strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1) + "/domain/some.example"}},
		{"a megabyte", kind, `{"objectClassName":"domain","ldhName":"some.example","x":"` + strings.Repeat("a", maxRDAP) + `"}`, 200, tracker.ReasonBadAnswer, [2]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				if tt.header[0] != "" {
					w.Header().Set(tt.header[0], tt.header[1])
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			t.Cleanup(srv.Close)
			c := newClient(t, Config{NoWHOIS: true, RDAP: map[string]string{"example": srv.URL + "/"}})
			r, err := c.Lookup(t.Context(), "some.example")
			if err != nil || r.Outcome != tracker.Unknown || r.Reason != tt.want {
				t.Errorf("%s %s %s, %v, want unknown %s", r.Word(), r.Reason, r.Detail, err, tt.want)
			}
		})
	}
}

func TestRedirectorOnTheSameGuardIsNotTrusted(t *testing.T) {
	dst := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(dst.Close)
	other := strings.Replace(dst.URL, "127.0.0.1", "localhost", 1)
	src := httptest.NewServer(http.RedirectHandler(other+"/domain/some.example", http.StatusFound))
	t.Cleanup(src.Close)
	dst.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		w.WriteHeader(http.StatusNotFound)
	})
	c := newClient(t, Config{NoWHOIS: true, RDAP: map[string]string{"example": src.URL}, Dial: loopback})
	if r, err := c.Lookup(t.Context(), "some.example"); err != nil || r.Reason != tracker.ReasonNotTrusted {
		t.Errorf("%s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
	}
}

func TestRDAPTroubleLeadsToWHOISAndLimitsDoNot(t *testing.T) {
	w := serveWHOIS(t, false, knowing(record1))
	status := http.StatusNotImplemented
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
	t.Cleanup(srv.Close)
	cfg := Config{RDAP: map[string]string{"example": srv.URL}, WHOIS: map[string]string{"example": w.addr}}
	if r, err := newClient(t, cfg).Lookup(t.Context(), "some.example"); err != nil || r.Outcome != tracker.Present || r.Source != "whois" {
		t.Errorf("501: %+v, %v", r, err)
	}
	status = http.StatusTooManyRequests
	before := len(w.queries())
	if r, err := newClient(t, cfg).Lookup(t.Context(), "some.example"); err != nil || r.Reason != tracker.ReasonThrottled || r.Source != "rdap" {
		t.Errorf("429: %+v, %v", r, err)
	}
	if len(w.queries()) != before {
		t.Error("a limit of RDAP was circumvented by WHOIS")
	}
}
