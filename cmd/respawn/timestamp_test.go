package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A scan asks the authority for a timestamp of its night; where that is down the
// scan is good all the same, and the next one asks again.
func TestTimestampOfANight(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("SKIPPED: no openssl to be the authority")
	}
	tsa := t.TempDir()
	openssl := func(args ...string) error {
		c := exec.CommandContext(t.Context(), "openssl", args...)
		c.Dir = tsa
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return err
	}
	for name, s := range map[string]string{"serial": "01\n", "conf": `[req]
distinguished_name=dn
x509_extensions=ext
prompt=no
[dn]
CN=Test Time Authority
[ext]
extendedKeyUsage=critical,timeStamping
basicConstraints=CA:false
keyUsage=critical,digitalSignature
[tsa]
default_tsa=t
[t]
serial=serial
signer_cert=cert.pem
signer_key=key.pem
signer_digest=sha256
default_policy=1.3.6.1.4.1.99999.1
digests=sha256
`} {
		if err := os.WriteFile(filepath.Join(tsa, name), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if openssl("req", "-x509", "-config", "conf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2") != nil {
		t.FailNow()
	}
	down, asked := true, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		b, err := io.ReadAll(r.Body)
		if down || err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		if err := os.WriteFile(filepath.Join(tsa, "q"), b, 0o600); err != nil {
			t.Error(err)
		}
		if openssl("ts", "-reply", "-config", "conf", "-queryfile", "q", "-out", "r") != nil {
			return
		}
		reply, err := os.ReadFile(filepath.Join(tsa, "r"))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = io.Copy(w, bytes.NewReader(reply))
	}))
	defer srv.Close()
	h := newHouse(t, filepath.Join("..", "..", "testdata", "worlds", "example.yaml"), thrifty, func(c *Config) { c.Timestamps.URL = srv.URL })
	s := respawn(t.Context(), nil, "--config", h.config, "--quiet", "scan", "--at", h.night(5))
	if s.code != 0 || asked != 1 || !strings.Contains(s.stderr, "no timestamp yet") {
		t.Errorf("with the authority down: exit %d, asked %d times: %s", s.code, asked, s.stderr)
	}
	if out := h.do(t, 0, "evidence", "verify"); strings.Contains(out, "timestamp") {
		t.Errorf("verify: %s", out)
	}
	down = false
	h.do(t, 0, "scan", "--at", h.night(6))
	if out := h.do(t, 0, "evidence", "verify"); asked != 2 || !strings.Contains(out, "2 nights chained") || !strings.Contains(out, "link 2 was time-stamped") {
		t.Errorf("asked %d times; verify: %s", asked, out)
	}
	dir := filepath.Join(h.dir, "respawn-data", "archive")
	b, err := os.ReadFile(filepath.Join(dir, "timestamp-000002.tsr"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "timestamp-000001.tsr"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := respawn(t.Context(), nil, "--config", h.config, "evidence", "verify"); s.code != 1 || !strings.Contains(s.stderr, "timestamp-000001.tsr") {
		t.Errorf("a timestamp of another link: exit %d %s", s.code, s.stderr)
	}
}
