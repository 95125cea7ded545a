package registration

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"respawn/tracker"
)

func TestRegistrarIsAFurtherSource(t *testing.T) {
	const record = `{"objectClassName":"domain","ldhName":"some.example","status":[%s],"events":[{"eventAction":"registration","eventDate":"2024-09-05T10:11:12Z"}],"links":[%s]}`
	answer, status := `"client hold","client transfer prohibited"`, http.StatusOK
	registrar := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/rdap/domain/some.example" {
			t.Errorf("the registrar was asked for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/rdap+json")
		w.WriteHeader(status)
		if status == http.StatusOK {
			fmt.Fprintf(w, record, answer, "")
		}
	}))
	t.Cleanup(registrar.Close)
	link := `{"rel":"self","type":"application/rdap+json","href":"https://rdap.nic.example/domain/some.example"},
		{"rel":"related","type":"text/html","href":"https://www.registrar.example/"},
		{"rel":"related","type":"application/rdap+json","href":"https://example.com/rdap/domain/SOME.EXAMPLE"}`
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprintf(w, record, `"active"`, link)
	}))
	t.Cleanup(registry.Close)
	var guarded []string
	cfg := Config{NoWHOIS: true, RDAP: map[string]string{"example": registry.URL}, RootCAs: x509.NewCertPool(),
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			guarded = append(guarded, addr)
			return loopback(ctx, network, registrar.Listener.Addr().String())
		}}
	cfg.RootCAs.AddCert(registrar.Certificate()) // for example.com
	c := newClient(t, cfg)
	r, err := c.Lookup(t.Context(), "some.example")
	if err != nil || r.Outcome != tracker.Present || strings.Join(r.Registration.Statuses, ",") != "active" {
		t.Fatalf("%+v, %v", r, err)
	}
	got, err := c.Registrar(t.Context(), r)
	if err != nil || got.Outcome != tracker.Present || strings.Join(got.Registration.Statuses, ",") != "client hold,client transfer prohibited" ||
		got.Server != "https://example.com/rdap/" || len(got.Raw) == 0 || got.RawSHA256 == r.RawSHA256 {
		t.Errorf("%s %s %s %v by %s, %v", got.Word(), got.Reason, got.Detail, got.Registration.Statuses, got.Server, err)
	}
	if fmt.Sprint(guarded) != "[example.com:443]" {
		t.Errorf("through the guard: %v", guarded)
	}
	status = http.StatusNotFound
	if got, err := c.Registrar(t.Context(), r); err != nil || got.Outcome != tracker.Unknown || got.Reason != tracker.ReasonNotTrusted {
		t.Errorf("a registrar without the name: %s %s %s, %v", got.Word(), got.Reason, got.Detail, err)
	}
	if !r.Thin || !r.HasRegistrar() {
		t.Errorf("without a registrant and with a link: thin %v, a registrar %v", r.Thin, r.HasRegistrar())
	}
	plain := Result{Name: "some.example", Server: "https://rdap.example/", Related: "http://example.com/domain/some.example"}
	if plain.HasRegistrar() {
		t.Error("a registry that was asked by https leads on by http")
	}
	if plain.Server = "http://rdap.example/"; !plain.HasRegistrar() {
		t.Error("a registry that was asked by http may not lead on by http")
	}
	for _, href := range []string{"", "http://example.com/domain/some.example", "https://127.0.0.1/domain/some.example", "https://[::1]/domain/some.example", "https://localhost/domain/some.example",
		"https://db.internal/domain/some.example", "https://example.com:8443/domain/some.example", "https://example.com/domain/other.example", "https://example.com/", "https://u:p@example.com/domain/some.example",
		"https://example.com/domain/some.example?x=1", "file:///domain/some.example", "::"} {
		if _, err := c.Registrar(t.Context(), Result{Name: "some.example", Related: href}); !errors.Is(err, ErrNoRegistrar) {
			t.Errorf("%q: %v", href, err)
		}
	}
}
