package alert

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"respawn/tracker"
)

// memory is an outbox that fails the test when its contract is broken.
type memory struct {
	t    *testing.T
	rows []row
}

type row struct {
	d    Delivery
	next time.Time
	done bool
}

func (m *memory) Due(_ context.Context, now time.Time, limit int) ([]Delivery, error) {
	var out []Delivery
	for _, r := range m.rows {
		if !r.done && !r.next.After(now) && len(out) < limit {
			out = append(out, r.d)
		}
	}
	return out, nil
}

func (m *memory) find(key, channel string) *row {
	for i := range m.rows {
		if m.rows[i].d.Alert.Key == key && m.rows[i].d.Channel == channel {
			if m.rows[i].done {
				m.t.Errorf("%s to %s was told again after it had arrived", key, channel)
			}
			return &m.rows[i]
		}
	}
	m.t.Fatalf("no delivery %s to %s", key, channel)
	return nil
}

func (m *memory) Delivered(_ context.Context, key, channel string) error {
	m.find(key, channel).done = true
	return nil
}

func (m *memory) Failed(_ context.Context, key, channel string, next time.Time, _ string) error {
	r := m.find(key, channel)
	r.next = next
	r.d.Attempts++
	return nil
}

// flaky fails so many times.
type flaky struct {
	fail int
	err  error
	keys []string
}

func (f *flaky) Name() string { return "flaky" }
func (f *flaky) Send(_ context.Context, a tracker.Alert) error {
	if f.fail > 0 {
		f.fail--
		return f.err
	}
	f.keys = append(f.keys, a.Key)
	return nil
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestAReceiverThatWasDownGetsEveryAlertOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{t: t}
		for _, k := range []string{"a", "b", "c"} {
			m.rows = append(m.rows, row{d: Delivery{Alert: tracker.Alert{Key: k}, Channel: "flaky"}})
		}
		ch := &flaky{fail: 40, err: errors.New("connection refused")}
		ctx, cancel := context.WithTimeout(t.Context(), 90*24*time.Hour)
		defer cancel()
		p := &Pump{Outbox: m, Channels: []Channel{ch}, Now: time.Now, Log: quiet()}
		if err := p.Run(ctx, time.Minute, nil); err != nil {
			t.Fatal(err)
		}
		slices.Sort(ch.keys)
		if !slices.Equal(ch.keys, []string{"a", "b", "c"}) {
			t.Errorf("delivered %v", ch.keys)
		}
	})
}

func TestADownReceiverIsAskedOnceARound(t *testing.T) {
	m := &memory{t: t}
	for _, k := range []string{"a", "b", "c"} {
		m.rows = append(m.rows, row{d: Delivery{Alert: tracker.Alert{Key: k}, Channel: "flaky"}})
	}
	ch := &flaky{fail: 100, err: errors.New("down")}
	p := &Pump{Outbox: m, Channels: []Channel{ch}, Now: time.Now, Log: quiet()}
	sent, failed, err := p.Once(t.Context())
	if sent != 0 || failed != 3 || err != nil || ch.fail != 99 {
		t.Errorf("sent %d, failed %d, err %v, %d tries left of 100", sent, failed, err, ch.fail)
	}
}

func TestWebhookCanBeCheckedByItsReceiver(t *testing.T) {
	secret := []byte("s3cret")
	var problems []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got, want := r.Header.Get("X-Respawn-Signature"), Sign(secret, r.Header.Get("X-Respawn-Timestamp"), body); got != want {
			problems = append(problems, "signature "+got)
		}
		if r.Header.Get("Idempotency-Key") != "replacement:c:artichoc.cc" {
			problems = append(problems, "key "+r.Header.Get("Idempotency-Key"))
		}
		if r.URL.Query().Get("token") == "busy" {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer srv.Close()
	a := tracker.Alert{Key: "replacement:c:artichoc.cc", Name: "artichoc.cc"}
	hook, err := NewWebhook(srv.URL, string(secret), srv.Client(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := hook.Send(t.Context(), a); err != nil || len(problems) > 0 {
		t.Errorf("Send: %v %v", err, problems)
	}
	busy, err := NewWebhook(srv.URL+"/?token=busy", string(secret), srv.Client(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var retry *RetryError
	if err := busy.Send(t.Context(), a); !errors.As(err, &retry) || retry.After != 2*time.Minute {
		t.Errorf("a busy receiver: %v", err)
	}
	if busy.Name() == hook.Name() {
		t.Error("two receivers on one host have one name")
	}
}

func TestASignatureVector(t *testing.T) {
	// Computed with: printf '1725588000.{}' | openssl dgst -sha256 -hmac key
	if got := Sign([]byte("key"), "1725588000", []byte("{}")); got != signatureVector {
		t.Errorf("Sign = %s", got)
	}
}

func TestNewWebhookRefusesWhatIsNoURL(t *testing.T) {
	for _, u := range []string{"", "example.com", "ftp://example.com", "http://", "::"} {
		if _, err := NewWebhook(u, "", http.DefaultClient, time.Now); err == nil {
			t.Errorf("NewWebhook(%q) took it", u)
		}
	}
}

const signatureVector = "sha256=ea89594333fe748c44736a83bdd2c0d141bfc0817de1a8ce284f0935d66847f5"

// docs/alerts.md is what receivers are written from.
func TestThePageOfAlertsNamesEveryFieldAndKind(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_-]+)` \\|").FindAllStringSubmatch(string(b), -1) {
		documented = append(documented, m[1])
	}
	want := []string{tracker.AlertReplacement, tracker.AlertNewLabel, tracker.AlertTwin, tracker.AlertDown, tracker.AlertUnseize, tracker.AlertReturn, tracker.AlertSilent}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[tracker.Alert]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, name)
	}
	if !slices.Equal(documented, want) {
		t.Errorf("docs/alerts.md has\n%q\nwant\n%q", documented, want)
	}
}
