package registration

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"

	"respawn/tracker"
)

// whoisAt makes a client of one WHOIS server in memory, for bubbles of synctest.
func whoisAt(t *testing.T, timeout time.Duration, serve func(net.Conn)) *Client {
	t.Helper()
	c, err := New(Config{NoRDAP: true, IANAWhois: "none", WHOIS: map[string]string{"example": "whois.nic.example"}, Timeout: timeout,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				buf := make([]byte, 512)
				if _, err := server.Read(buf); err == nil {
					serve(server)
				}
			}()
			return client, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDribbledReplyEndsAndProvesNoAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := whoisAt(t, 20*time.Second, func(conn net.Conn) {
			_, err := io.WriteString(conn, "No match for \"SOME.EXAMPLE\".\r\n")
			for sent = 0; err == nil && sent < 100<<20; sent++ {
				time.Sleep(time.Second)
				_, err = conn.Write([]byte("\n"))
			}
		})
		start := time.Now()
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonBadAnswer || len(r.Raw) == 0 {
			t.Errorf("%s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
		}
		if d := time.Since(start); d > 21*time.Second {
			t.Errorf("took %v", d)
		}
		time.Sleep(2 * time.Second) // the server learns that we hung up
	})
}

func TestEndlessReplyProvesNoAbsence(t *testing.T) {
	s := serveWHOIS(t, false, func(string) string {
		return "No match for \"SOME.EXAMPLE\".\r\n\r\n" + strings.Repeat("\r\n", maxReply) + "This name is reserved.\r\n"
	})
	c := newClient(t, Config{NoRDAP: true, WHOIS: map[string]string{"example": s.addr}})
	r, err := c.Lookup(t.Context(), "some.example")
	if err != nil || r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonBadAnswer || len(r.Raw) != maxReply {
		t.Errorf("%s %s %s, %d bytes, %v", r.Word(), r.Reason, r.Detail, len(r.Raw), err)
	}
}

func TestConnectEndsWithTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{NoRDAP: true, IANAWhois: "none", WHOIS: map[string]string{"example": "whois.nic.example"}, Timeout: 2 * time.Second,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		r, err := c.Lookup(t.Context(), "some.example")
		if d := time.Since(start); err != nil || r.Reason != tracker.ReasonTimeout || d > 3*time.Second {
			t.Errorf("%s %s after %v, %v", r.Word(), r.Reason, d, err)
		}
	})
}

func TestIPv6LiteralServer(t *testing.T) {
	asked := ""
	c, err := New(Config{NoRDAP: true, IANAWhois: "none", WHOIS: map[string]string{"example": "2001:db8::43"},
		Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
			asked = addr
			return nil, errors.New("no route")
		}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Lookup(t.Context(), "some.example"); err != nil || asked != "[2001:db8::43]:43" {
		t.Errorf("dialed %q, %v", asked, err)
	}
}

func TestLegacyCharsetsAndRubbish(t *testing.T) {
	encode := func(e encoding.Encoding, s string) []byte {
		b, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name, suffix string
		raw          []byte
		want         tracker.Outcome
	}{
		{"ISO-8859-1", "example", encode(charmap.ISO8859_1, "O domínio some.example não está registrado\r\n"), tracker.Absent},
		{"ISO-8859-1, reserved", "example", encode(charmap.ISO8859_1, "Le domaine some.example n'existe pas.\r\nCe nom est réservé.\r\n"), tracker.Unknown},
		{"KOI8-R", "ru", encode(charmap.KOI8R, "Домен some.ru не зарегистрирован\r\n"), tracker.Absent},
		{"KOI8-R, a limit", "ru", encode(charmap.KOI8R, "Превышен лимит запросов. Домен не найден.\r\n"), tracker.Unknown},
		{"Windows-1251", "su", encode(charmap.Windows1251, "Домен some.su не зарегистрирован\r\n"), tracker.Absent},
		{"Shift_JIS", "jp", encode(japanese.ShiftJIS, "該当するデータがありません。\r\n"), tracker.Absent},
		{"Shift_JIS, reserved", "jp", encode(japanese.ShiftJIS, "予約ドメイン名のため登録できません。\r\n"), tracker.Unknown},
		{"ISO-2022-JP", "jp", encode(japanese.ISO2022JP, "該当するデータがありません。\r\n"), tracker.Absent},
		{"EUC-KR", "co.kr", encode(korean.EUCKR, "상기 도메인이름은 등록되어 있지 않습니다.\r\n"), tracker.Absent},
		{"EUC-KR, a limit", "kr", encode(korean.EUCKR, "조회 제한을 초과하였습니다. 검색 결과가 없습니다.\r\n"), tracker.Unknown},
		{"NULs", "example", []byte("No\x00match\x00for some.example\x00\r\n"), tracker.Absent},
		{"NULs before a limit", "example", []byte("No match for some.example\r\n\x00\x00Query limit exceeded\r\n"), tracker.Unknown},
		{"a record in NULs", "example", []byte("\x00" + record1("some.example") + "\x00"), tracker.Present},
		{"invalid UTF-8", "example", []byte("\xff\xfe\xfd\xc3\x28 some.example \xf0\x28\x8c\x28\r\n"), tracker.Unknown},
		{"nothing but NULs", "example", bytes.Repeat([]byte{0}, 4096), tracker.Unknown},
		{"UTF-16", "example", []byte("N\x00o\x00 \x00m\x00a\x00t\x00c\x00h\x00"), tracker.Unknown},
	} {
		label, _, _ := strings.Cut(tt.suffix, ".")
		name := tracker.Name("some." + tt.suffix)
		if v := classify(tt.raw, name, tt.suffix); v.outcome != tt.want {
			t.Errorf("%s (%s): %v %s %s", tt.name, label, v.outcome, v.reason, v.detail)
		}
	}
}

func TestReferralLoops(t *testing.T) {
	iana := serveWHOIS(t, false, func(string) string { return "domain: EXAMPLE\r\nrefer: whois.iana.org\r\nwhois: whois.iana.org\r\n" })
	c := newClient(t, Config{NoRDAP: true, IANAWhois: iana.addr, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return loopback(ctx, network, iana.addr) // the referral leads back to who gave it
	}})
	r, err := c.Lookup(t.Context(), "some.example")
	if err != nil || r.Outcome != tracker.Unknown {
		t.Errorf("%s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
	}
	if n := len(iana.queries()); n > 2 {
		t.Errorf("asked %d times: %q", n, iana.queries())
	}
}

func TestRDAPBombs(t *testing.T) {
	const head = `{"objectClassName":"domain","ldhName":"some.example","status":["active"],`
	for name, body := range map[string]string{
		"deep arrays":    strings.Repeat("[", 500_000),
		"deep objects":   head + `"x":` + strings.Repeat(`{"a":`, 90_000) + "1" + strings.Repeat("}", 90_000) + "}",
		"deep entities":  head + strings.Repeat(`"entities":[{"roles":["registrar"],`, 9_000) + `"x":1` + strings.Repeat("}]", 9_000) + "}",
		"wide arrays":    head + `"nameservers":[` + strings.Repeat(`{"ldhName":"a.example"},`, 40_000) + `{}]}`,
		"many events":    head + `"events":[` + strings.Repeat(`{"eventAction":"registration","eventDate":"x"},`, 20_000) + `{}]}`,
		"wrong types":    `{"objectClassName":["domain"],"ldhName":{"a":1},"events":"now","nameservers":7,"entities":{"roles":1}}`,
		"huge numbers":   head + `"x":` + strings.Repeat("9", 900_000) + "}",
		"null":           `null`,
		"a vCard of one": head + `"entities":[{"roles":["registrar"],"vcardArray":["vcard",[["fn"]]]}]}`,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rdap+json")
			_, _ = io.WriteString(w, body)
		}))
		c := newClient(t, Config{NoWHOIS: true, RDAP: map[string]string{"example": srv.URL}, Timeout: 20 * time.Second})
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome == tracker.Absent || len(r.Registration.NS) > 32 {
			t.Errorf("%s: %s %s, %d name servers, %v", name, r.Word(), r.Detail, len(r.Registration.NS), err)
		}
		srv.Close()
	}
}

func TestLyingRDAPServerIsNotBelieved(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/rdap+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"errorCode":404,"title":"Not found"}`)
	}))
	t.Cleanup(srv.Close)
	c := newClient(t, Config{NoWHOIS: true, RDAP: map[string]string{"example": srv.URL}})
	for range 2 {
		if r, err := c.Lookup(t.Context(), "some.example"); err != nil || r.Outcome != tracker.Unknown || r.Reason != tracker.ReasonNotTrusted {
			t.Errorf("%s %s %s, %v", r.Word(), r.Reason, r.Detail, err)
		}
	}
	if asked != 2+2 {
		t.Errorf("asked %d times, want two and two control questions once", asked)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": 0, "-5": 0, "": 0, "soon": 0, "99999999": 24 * time.Hour, "999999999999999999999": 0, "1.5": 0,
		"Fri, 02 Jan 2026 03:06:05 GMT": 2 * time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0, "Friday, 02-Jan-26 03:05:05 GMT": time.Minute,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestWhoIsAskedAboutWhat(t *testing.T) {
	s := serveWHOIS(t, false, func(q string) string {
		if !strings.Contains(q, ".") || q == "co.uk" {
			return "No match for " + q + "\r\n"
		}
		return record1(q)
	})
	whois := make(map[string]string)
	for _, suffix := range []string{"uk", "com", "co", "io", "de", "example", "eu.com"} {
		whois[suffix] = s.addr
	}
	c := newClient(t, Config{NoRDAP: true, WHOIS: whois})
	for _, tt := range []struct{ in, asked string }{
		{"B\u00fccher.DE.", "xn--bcher-kva.de"},
		{"www.deep.sub.bild.de", "bild.de"},
		{"spiegel.co.uk", "spiegel.co.uk"},
		{"www.spiegel.co.uk", "spiegel.co.uk"},
		{"spiegel.com.co", "spiegel.com.co"},
		{"spiegel.eu.com", "spiegel.eu.com"}, // a registry of its own
		{"eu.com", "eu.com"},                 // and itself a name of .com
		{"github.io", "github.io"},
		{"s3.amazonaws.com", "amazonaws.com"},
		{"example.", "example"}, {"de", "de"}, {"com", "com"}, {"co.uk", "co.uk"}, // suffixes: their registries know nothing of them
		{"somebody.github.io", ""}, {"spiegel.co.com", ""}, // nobody's registry that is configured
	} {
		name, err := tracker.ParseName(tt.in)
		if err != nil {
			name = tracker.Name(strings.TrimSuffix(tt.in, ".")) // a top level is no domain name; ask all the same
		}
		before := len(s.queries())
		cfg := c.cfg
		cfg.Cache = nil
		r, err := newClient(t, cfg).Lookup(t.Context(), name)
		got := strings.TrimSpace(strings.Join(s.queries()[before:], " "))
		if tt.in == "spiegel.co.com" { // the table knows a server, the guard forbids it here
			if r.Outcome != tracker.Unknown || got != "" {
				t.Errorf("%s: %s, asked %q", tt.in, r.Word(), got)
			}
			continue
		}
		suffix := !strings.Contains(strings.Trim(tt.in, "."), ".") || tt.in == "co.uk"
		if err != nil || got != tt.asked || (r.Outcome == tracker.Present) != (tt.asked != "" && !suffix) || suffix && r.Outcome != tracker.Unknown || tt.asked == "" && r.Reason != tracker.ReasonNoService {
			t.Errorf("%s: asked %q, want %q; %s %s %s, %v", tt.in, got, tt.asked, r.Word(), r.Reason, r.Detail, err)
		}
	}
}

func TestRDAPRedirectInside(t *testing.T) {
	for _, to := range []string{"http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/domain/some.example", "https://[::1]:8443/", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd", "gopher://127.0.0.1:43/"} {
		var dialed []string
		srv := httptest.NewServer(http.RedirectHandler(to, http.StatusFound))
		c := newClient(t, Config{NoWHOIS: true, RDAP: map[string]string{"example": srv.URL}, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
			dialed = append(dialed, addr)
			return nil, guardError{addr}
		}})
		r, err := c.Lookup(t.Context(), "some.example")
		if err != nil || r.Outcome != tracker.Unknown {
			t.Errorf("%s: %s %s %s, %v", to, r.Word(), r.Reason, r.Detail, err)
		}
		if strings.HasPrefix(to, "http") && (r.Reason != tracker.ReasonRefusedGuard || len(dialed) != 1) {
			t.Errorf("%s: %s, through the guard: %v", to, r.Reason, dialed)
		}
		srv.Close()
	}
}
