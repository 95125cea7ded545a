package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Names that no rule makes, and that bear a label of the case, come by their
// certificates; where there is none, they do not.
func TestScansReadTheCertificateLog(t *testing.T) {
	const page = `{ %s pages: { "*": { html: "<title>Harbour Lantern</title><script>ym(73311902,'init',{});</script><h1>Harbour Lantern</h1><p>Ropes and tides.</p>" } } }`
	dir := t.TempDir()
	world := filepath.Join(dir, "log.yaml")
	shown, hidden := fmt.Sprintf(page, ""), fmt.Sprintf(page, "https: refused,")
	for name, text := range map[string]string{
		world: "world: 1\ntitle: Certificates\nprovenance: { others: invented }\ncase: case.csv\ncalendar: { from: 2034-03-01, to: 2034-03-08 }\nsites:\n" +
			"  - name: harbourlantern.com\n    registered: 2033-05-01\n    web: " + shown + "\n    timeline:\n      - { from: 2034-03-02 12:00, statuses: [client hold] }\n" +
			"  - name: friends-of-harbourlantern.com\n    registered: 2034-03-04\n    web: " + shown + "\n" +
			"  - name: lanternsandharbours.org\n    registered: 2034-03-05\n    web: " + shown + "\n" +
			"  - name: enemies-of-harbourlantern.com\n    registered: 2034-03-04\n    web: " + hidden + "\n" +
			"  - name: unrelated-paper.com\n    registered: 2034-03-04\n    web: " + shown + "\n",
		filepath.Join(dir, "case.csv"): "domain,seized_date,kind,seizure_confirmation,source\nharbourlantern.com,2034-03-02,own-brand,documented,invented\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, world, thrifty)
	for i := range 6 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	out := h.do(t, exitDone, "sites", "--format", "csv")
	if !strings.Contains(out, "friends-of-harbourlantern.com,found,live,") {
		t.Errorf("the name on a certificate was not found:\n%s", out)
	}
	if !strings.Contains(out, "lanternsandharbours.org,found,live,") {
		t.Errorf("the name that says the same was not found:\n%s", out)
	}
	if strings.Contains(out, "www.") {
		t.Errorf("www is a site of its own:\n%s", out)
	}
	if out := h.do(t, exitDone, "explain", "friends-of-harbourlantern.com", "--format", "table"); !strings.Contains(out, "found by contained from harbourlantern[.]com, off the feed certificates, entry ") {
		t.Errorf("the feed that brought the name is not told:\n%s", out)
	}
	for _, n := range []string{"enemies-of-harbourlantern.com", "unrelated-paper.com"} {
		if strings.Contains(out, n) {
			t.Errorf("%s was found:\n%s", n, out)
		}
	}
}

// A log that cannot be read, or that somebody else signs, is told and keeps no scan
// from sweeping; the second is an alert.
func TestABadLogKeepsNoScanFromSweeping(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	defer down.Close()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(other.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		tweak func(*Feed)
		alert string
	}{
		{"down", func(f *Feed) { f.URL = down.URL }, ""},
		{"another's key", func(f *Feed) { f.Key = base64.StdEncoding.EncodeToString(der) }, "feed-bad-head"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, exampleWorld, thrifty, func(c *Config) { tt.tweak(&c.Feeds.CT.Logs[0]) })
			s := respawn(t.Context(), nil, "--config", h.config, "scan", "--at", h.night(0))
			if s.code != exitDone || !strings.Contains(s.stderr, "read no further before this scan") {
				t.Errorf("exit %d:\n%s", s.code, s.stderr)
			}
			out := h.do(t, exitDone, "alerts", "list", "--all", "--format", "jsonl")
			if got := strings.Contains(out, `"feed-`); got != (tt.alert != "") || !strings.Contains(out, tt.alert) {
				t.Errorf("alerts, want %q:\n%s", tt.alert, out)
			}
			if out := h.do(t, exitDone, "sites", "--format", "csv"); strings.Count(out, "\n") < 4 {
				t.Errorf("the scan looked at nothing:\n%s", out)
			}
		})
	}
}
