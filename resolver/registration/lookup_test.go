package registration

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/tracker"
)

// whoisServer serves WHOIS on loopback and counts what it is asked.
type whoisServer struct {
	addr string

	mu    sync.Mutex
	asked []string // guarded by mu
}

func (s *whoisServer) queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// serveWHOIS answers each query with what reply returns; hold keeps the
// connection open after the reply until the client closes it.
func serveWHOIS(t testing.TB, hold bool, reply func(query string) string) *whoisServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &whoisServer{addr: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
				buf := make([]byte, 4096)
				n, _ := conn.Read(buf)
				s.mu.Lock()
				s.asked = append(s.asked, string(buf[:n]))
				s.mu.Unlock()
				_, _ = conn.Write([]byte(reply(strings.TrimSpace(string(buf[:n])))))
				if hold {
					_, _ = conn.Read(buf) // until the client gives up
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

// loopback dials loopback only: a stranger's host is an error of the test's guard.
func loopback(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}

type guardError struct{ addr string }

func (e guardError) Error() string { return "guard: " + e.addr }

func isGuard(err error) bool {
	_, ok := asGuard(err)
	return ok
}

func asGuard(err error) (guardError, bool) {
	for err != nil {
		if g, ok := err.(guardError); ok {
			return g, true
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return guardError{}, false
		}
		err = u.Unwrap()
	}
	return guardError{}, false
}

// newClient makes a Client that reaches strangers' hosts never and configured
// ones on loopback.
func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.Dial == nil {
		cfg.Dial = func(_ context.Context, _, addr string) (net.Conn, error) { return nil, guardError{addr} }
	}
	if cfg.DialConfigured == nil {
		cfg.DialConfigured = loopback
	}
	cfg.Guarded = isGuard
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute // nobody waits for it
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const recordOf = "Domain Name: %s\r\nRegistrar: Example Registrar, Inc.\r\nRegistrar IANA ID: 9999\r\nCreation Date: 2020-01-02T03:04:05Z\r\nDomain Status: clientHold https://icann.org/epp#clientHold\r\nName Server: NS1.EXAMPLE.NET\r\n"

func record1(name string) string { return strings.ReplaceAll(recordOf, "%s", strings.ToUpper(name)) }

// knowing answers control names with a record and all else with reply.
func knowing(reply func(string) string) func(string) string {
	return func(q string) string {
		if strings.HasPrefix(q, "nic.") || strings.HasPrefix(q, "google.") {
			return record1(q)
		}
		return reply(q)
	}
}

func TestLookup(t *testing.T) {
	s := serveWHOIS(t, false, knowing(func(q string) string {
		if q == "taken.example" {
			return record1(q)
		}
		return "No match for " + q + "\r\n"
	}))
	c := newClient(t, Config{WHOIS: map[string]string{"example": s.addr}, NoRDAP: true})
	for name, want := range map[tracker.Name]string{"taken.example": "registered", "www.taken.example": "registered", "free.example": "unregistered"} {
		r, err := c.Lookup(t.Context(), name)
		if err != nil || r.Word() != want {
			t.Errorf("%s: %s (%s, %s), %v, want %s", name, r.Word(), r.Reason, r.Detail, err, want)
		}
		if r.Server != s.addr || r.Source != "whois" || len(r.Raw) == 0 || r.RawSHA256 != tracker.DigestOf(r.Raw) {
			t.Errorf("%s: server %q source %q raw %d bytes %s", name, r.Server, r.Source, len(r.Raw), r.RawSHA256)
		}
	}
	if r, _ := c.Lookup(t.Context(), "taken.example"); !r.Cached {
		t.Error("a second question about a taken name went to the server")
	}
}

func TestLookupRDAP(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		switch name := strings.TrimPrefix(r.URL.Path, "/domain/"); name {
		case "taken.example", "nic.example":
			_, _ = w.Write([]byte(`{"objectClassName":"domain","ldhName":"` + name + `","status":["client hold","client transfer prohibited"],
"events":[{"eventAction":"registration","eventDate":"2024-09-05T10:11:12Z"},{"eventAction":"expiration","eventDate":"2025-09-05T10:11:12Z"}],
"nameservers":[{"objectClassName":"nameserver","ldhName":"NS1.EXAMPLE.NET"}],
"entities":[{"objectClassName":"entity","roles":["registrar"],"publicIds":[{"type":"IANA Registrar ID","identifier":"146"}],
"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Example Registrar"]]],
"entities":[{"objectClassName":"entity","roles":["abuse"],"vcardArray":["vcard",[["version",{},"text","4.0"],["email",{},"text","Abuse@registrar.example"],["tel",{"type":"voice"},"uri","tel:+1.5555"]]]}]}]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"errorCode":404,"title":"Object not found"}`))
		}
	}))
	t.Cleanup(srv.Close)
	c := newClient(t, Config{RDAP: map[string]string{"example": srv.URL}, NoWHOIS: true})
	r, err := c.Lookup(t.Context(), "taken.example")
	if err != nil || r.Outcome != tracker.Present {
		t.Fatalf("taken: %+v, %v", r, err)
	}
	g := r.Registration
	if g.Registrar != "Example Registrar" || g.RegistrarID != "146" || g.AbuseEmail != "abuse@registrar.example" || g.AbusePhone != "+1.5555" ||
		g.CreatedAt.Format(time.RFC3339) != "2024-09-05T10:11:12Z" || strings.Join(g.Statuses, ",") != "client hold,client transfer prohibited" || len(g.NS) != 1 {
		t.Errorf("registration: %+v", g)
	}
	if r, _ := c.Lookup(t.Context(), "free.example"); r.Outcome != tracker.Absent {
		t.Errorf("free: %s %s %s", r.Word(), r.Reason, r.Detail)
	}
}
