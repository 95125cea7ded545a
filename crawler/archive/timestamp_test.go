package archive

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

// authority answers as a time-stamping authority would, with what change makes of
// the token and the reply. It signs nothing.
func authority(t testing.TB, change func(*tstInfo, *tsResponse)) Authority {
	return func(_ context.Context, request []byte) ([]byte, error) {
		var q tsRequest
		if rest, err := asn1.Unmarshal(request, &q); err != nil || len(rest) > 0 || q.Version != 1 || !q.CertReq || len(q.Imprint.Hash) != 32 {
			t.Errorf("request %x: %v", request, err)
		}
		info := tstInfo{Version: 1, Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Imprint: q.Imprint, Serial: big.NewInt(7), Nonce: q.Nonce,
			Time: asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte("20240905040000.25Z")}}
		info.Accuracy.Seconds = 1
		var r tsResponse
		r.Token.Type, r.Token.Content.Content.Type, r.Token.Content.Version = oidSignedData, oidTSTInfo, 3
		set := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: []byte{}}
		r.Token.Content.Digests, r.Token.Content.Signers = set, set
		if change != nil {
			change(&info, &r)
		}
		var err error
		if r.Token.Content.Content.Info, err = asn1.Marshal(info); err != nil {
			t.Fatal(err)
		}
		b, err := asn1.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return b, nil
	}
}

// The authority is down on the first night; the second night's stamp makes up for
// it, and the third night seals it.
func TestStampsAcrossNights(t *testing.T) {
	dir := t.TempDir()
	night := func(i int, ask Authority) (time.Time, error) {
		a, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		c, wire := sample("rrn.example", day.AddDate(0, 0, i))
		if _, err := a.Keep(t.Context(), c, wire); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Seal(day.AddDate(0, 0, i)); err != nil {
			t.Fatal(err)
		}
		at, err := a.Stamp(t.Context(), ask)
		if err == nil { // a second look has nothing to ask
			if again, err := a.Stamp(t.Context(), func(context.Context, []byte) ([]byte, error) { t.Error("asked twice"); return nil, nil }); err != nil || !again.IsZero() {
				t.Errorf("%s %v", again, err)
			}
		}
		return at, err
	}
	down := errors.New("connection refused")
	if _, err := night(0, func(context.Context, []byte) ([]byte, error) { return nil, down }); !errors.Is(err, down) {
		t.Errorf("%v", err)
	}
	if r, err := Verify(dir); err != nil || r.Stamps != 0 || r.StampedLink != 0 {
		t.Errorf("%+v %v", r, err)
	}
	want := time.Date(2024, 9, 5, 4, 0, 0, 250e6, time.UTC)
	if at, err := night(1, authority(t, nil)); err != nil || !at.Equal(want) {
		t.Errorf("%s %v", at, err)
	}
	if r, err := Verify(dir); err != nil || r.Stamps != 1 || r.StampedLink != 2 || !r.StampedAt.Equal(want) {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := night(2, authority(t, nil)); err != nil {
		t.Error(err)
	}
	r, err := Verify(dir)
	if err != nil || r.Stamps != 2 || r.StampedLink != 3 || r.Files != 4 {
		t.Errorf("%+v %v", r, err)
	}

	// A timestamp outlives the links that somebody cuts off.
	manifest := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	cut := b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1]
	if err := os.WriteFile(manifest, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err == nil || !strings.Contains(err.Error(), "timestamp-000003.tsr") || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a shorter chain: %v", err)
	}
	if err := os.WriteFile(manifest, b, 0o600); err != nil {
		t.Fatal(err)
	}
	// The stamp of one link under the name of another.
	two, err := os.ReadFile(filepath.Join(dir, stampName(2)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, stampName(3)), two, 0o600); err != nil {
		t.Fatal(err)
	}
	if bad, ok := errors.AsType[*BadLink](func() error { _, err := Verify(dir); return err }()); !ok || bad.File != stampName(3) || !strings.Contains(bad.Why, "another hash") {
		t.Errorf("%v", bad)
	}
}

// What is no answer to the question is not kept, and the next call asks again.
func TestStampsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	nights(t, dir, 1)
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, tt := range []struct {
		words  string
		change func(*tstInfo, *tsResponse)
	}{
		{"another hash", func(i *tstInfo, _ *tsResponse) { i.Imprint.Hash = bytes.Repeat([]byte{1}, 32) }},
		{"another hash", func(i *tstInfo, _ *tsResponse) {
			i.Imprint.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}}
		}},
		{"another request", func(i *tstInfo, _ *tsResponse) { i.Nonce = big.NewInt(1) }},
		{"another request", func(i *tstInfo, _ *tsResponse) { i.Nonce = nil }},
		{"refused: status 2 \"no\"", func(_ *tstInfo, r *tsResponse) { r.Status.Status, r.Status.Text = 2, []string{"no"} }},
		{"no time-stamp token", func(_ *tstInfo, r *tsResponse) { r.Token.Content.Content.Type = oidSignedData }},
		{"no time", func(i *tstInfo, _ *tsResponse) {
			i.Time = asn1.RawValue{Tag: asn1.TagUTCTime, Bytes: []byte("240905040000Z")}
		}},
		{"time", func(i *tstInfo, _ *tsResponse) { i.Time.Bytes = []byte("yesterday") }},
	} {
		if at, err := a.Stamp(t.Context(), authority(t, tt.change)); err == nil || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("want %q: %s %v", tt.words, at, err)
		}
	}
	if _, err := a.Stamp(t.Context(), func(context.Context, []byte) ([]byte, error) { return []byte("<html>busy"), nil }); err == nil {
		t.Error("a page is no timestamp")
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*"+stampSuffix)); len(found) != 0 {
		t.Errorf("kept %v", found)
	}
	if _, err := a.Stamp(t.Context(), authority(t, nil)); err != nil {
		t.Error(err)
	}
}

// OpenSSL reads our request, and we read and keep its signed reply, which it then
// verifies against the hash in the manifest.
func TestStampsByOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("SKIPPED: no openssl; no timestamp was checked by another program")
	}
	tsa := t.TempDir()
	conf := `[req]
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
serial=` + tsa + `/serial
signer_cert=` + tsa + `/cert.pem
certs=` + tsa + `/cert.pem
signer_key=` + tsa + `/key.pem
signer_digest=sha256
default_policy=1.3.6.1.4.1.99999.1
digests=sha256
accuracy=secs:1,millisecs:500
clock_precision_digits=3
ordering=yes
tsa_name=yes
ess_cert_id_chain=no
`
	openssl := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), "openssl", args...)
		c.Dir = tsa
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for name, b := range map[string]string{"conf": conf, "serial": "01\n"} {
		if err := os.WriteFile(filepath.Join(tsa, name), []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openssl("req", "-x509", "-config", "conf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2")
	dir := t.TempDir()
	nights(t, dir, 1)
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	at, err := a.Stamp(t.Context(), func(_ context.Context, request []byte) ([]byte, error) {
		if err := os.WriteFile(filepath.Join(tsa, "q"), request, 0o600); err != nil {
			return nil, err
		}
		openssl("ts", "-reply", "-config", "conf", "-queryfile", "q", "-out", "r")
		return os.ReadFile(filepath.Join(tsa, "r"))
	})
	if err != nil || time.Since(at).Abs() > time.Hour {
		t.Fatalf("%s %v", at, err)
	}
	r, err := Verify(dir)
	if err != nil || r.StampedLink != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	openssl("ts", "-verify", "-digest", string(r.Head), "-in", filepath.Join(dir, stampName(1)), "-CAfile", "cert.pem")
}

func FuzzStamp(f *testing.F) {
	q, err := stampRequest(tracker.DigestOf([]byte("x")), big.NewInt(5))
	if err != nil {
		f.Fatal(err)
	}
	b, err := authority(f, nil)(f.Context(), q)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(q)
	f.Add([]byte("0\x03\x02\x01\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readStamp(b)
		if err == nil && s.at.IsZero() && !bytes.Contains(b, []byte("00010101000000")) {
			t.Error("a timestamp without a time")
		}
		_ = s.speaksOf(tracker.DigestOf([]byte("x")))
	})
}
