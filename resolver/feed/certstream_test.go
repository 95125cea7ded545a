package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Messages as certstream-server-go writes them (its README and
// internal/models/certstream.go), fields that nobody reads included.
const (
	liteMessage    = `{"data":{"cert_index":712420366,"cert_link":"https://yeti2022-2.ct.digicert.com/log/ct/v1/get-entries?start=712420366&end=712420366","leaf_cert":{"all_domains":["Spiegel.LTD","*.spiegel.ltd","www.spiegel.ltd"],"extensions":{"keyUsage":"Digital Signature, Key Encipherment","subjectAltName":"DNS:spiegel.ltd"},"fingerprint":"27:58","not_after":1667028404,"serial_number":"0498","subject":{"C":null,"CN":"spiegel.ltd","aggregated":"/CN=spiegel.ltd"},"is_ca":false},"seen":1659301203.904,"source":{"name":"DigiCert Yeti2022-2 Log","url":"https://yeti2022-2.ct.digicert.com/log"},"update_type":"PrecertLogEntry"},"message_type":"certificate_update"}`
	domainsMessage = `{"data":["faz.ltd","bild.beauty"],"message_type":"dns_entries"}`
	heartbeat      = `{"message_type":"heartbeat","timestamp":1659301203.9}`
)

// A fakeStream is a certstream server: it plays one script to each connection.
type fakeStream struct {
	*httptest.Server
	scripts chan func(*websocket.Conn)
	refuse  chan int // statuses that answer instead of an upgrade
	agents  chan string
}

func newFakeStream(t *testing.T) *fakeStream {
	s := &fakeStream{scripts: make(chan func(*websocket.Conn), 10), refuse: make(chan int, 10), agents: make(chan string, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.agents <- r.UserAgent()
		select {
		case code := <-s.refuse:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(code)
			return
		default:
		}
		up := websocket.Upgrader{}
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		select {
		case play := <-s.scripts:
			play(c)
		default:
			c.SetReadDeadline(time.Now().Add(5 * time.Minute))
			_, _, _ = c.ReadMessage() // silent until the client hangs up
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *fakeStream) source(t *testing.T, p Pace) *Certstream {
	t.Helper()
	var d net.Dialer
	c, err := NewCertstream(CertstreamConfig{Name: "stream", URL: "ws" + strings.TrimPrefix(s.URL, "http"), Dial: d.DialContext, UserAgent: "respawn-test", Pace: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func say(messages ...string) func(*websocket.Conn) {
	return func(c *websocket.Conn) {
		for _, m := range messages {
			_ = c.WriteMessage(websocket.TextMessage, []byte(m))
		}
	}
}

func TestCertstreamHandsOutAllDomains(t *testing.T) {
	s := newFakeStream(t)
	s.scripts <- say(liteMessage, heartbeat, domainsMessage, `{"message_type":"future"}`, `not json`)
	src := s.source(t, Pace{})
	b, err := src.Next(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, n := range b.Names.All() {
		got = append(got, fmt.Sprintf("%d %s", i, n))
	}
	want := []string{"712420366 spiegel.ltd", "712420366 www.spiegel.ltd", "0 faz.ltd", "0 bild.beauty"}
	if !slices.Equal(got, want) || b.Entries != 4 || b.Refused != 2 {
		t.Errorf("%q, %d entries, %d refused", got, b.Entries, b.Refused)
	}
	if a := <-s.agents; a != "respawn-test" {
		t.Errorf("user agent %q", a)
	}
	if _, err := src.Next(t.Context(), Position{}); err == nil {
		t.Error("the end of the connection went unnoticed")
	}
}

func TestCertstreamOutagesAreLostGaps(t *testing.T) {
	s := newFakeStream(t)
	s.scripts <- say(domainsMessage)
	src := s.source(t, Pace{Backoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var bs []Batch
	batches := 0
	err := Run(ctx, src, Position{}, func(_ context.Context, b Batch) error {
		bs = append(bs, b)
		if b.Entries > 0 {
			if batches++; batches == 2 {
				cancel()
			}
		}
		if len(b.Gaps) > 0 && b.Gaps[0].To.IsZero() {
			s.scripts <- say(domainsMessage)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	g := gaps(bs)
	if len(g) != 2 || !g[0].Lost || g[1].To.IsZero() || !g[1].From.Equal(g[0].From) {
		t.Errorf("%+v; want one lost gap, opened and closed", g)
	}
}

func TestCertstreamThatIsUpButSilentRaisesTheAlarm(t *testing.T) {
	s := newFakeStream(t)
	for range 3 {
		s.scripts <- func(c *websocket.Conn) {
			for { // heartbeats prove nothing
				if c.WriteMessage(websocket.TextMessage, []byte(heartbeat)) != nil {
					return
				}
				<-time.After(50 * time.Millisecond)
			}
		}
	}
	src := s.source(t, Pace{Silent: 100 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var bs []Batch
	_ = Run(ctx, src, Position{}, func(_ context.Context, b Batch) error {
		bs = append(bs, b)
		if len(b.Alarms) > 0 {
			cancel()
		}
		return nil
	})
	if a := alarms(bs); len(a) != 1 || a[0].Kind != AlarmSilent {
		t.Errorf("%+v", a)
	}
	if g := gaps(bs); len(g) != 1 || !g[0].Lost {
		t.Errorf("%+v", g)
	}
}

func TestCertstreamRefusals(t *testing.T) {
	s := newFakeStream(t)
	s.refuse <- 429
	_, err := s.source(t, Pace{}).Next(t.Context(), Position{})
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Status != 429 || r.RetryAfter != 7*time.Second {
		t.Errorf("%v", err)
	}
	s.scripts <- func(c *websocket.Conn) {
		w, err := c.NextWriter(websocket.TextMessage)
		for range 64 {
			if err == nil {
				_, err = w.Write(bytes.Repeat([]byte("a"), 1<<20))
			}
		}
	}
	if _, err := s.source(t, Pace{}).Next(t.Context(), Position{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a message of 64 MB: %v", err)
	}
}
