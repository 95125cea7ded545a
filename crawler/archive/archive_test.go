package archive

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

var day = time.Date(2024, 9, 5, 2, 0, 0, 123e6, time.UTC)

// sample is a capture of two visits and a favicon, with wire bytes as different
// as servers are.
func sample(name tracker.Name, at time.Time) (tracker.Capture, func(int, int) ([]byte, []byte)) {
	addr := netip.MustParseAddrPort("198.18.7.1:443")
	hop := func(url string, status int, n int) tracker.Exchange {
		return tracker.Exchange{URL: url, Method: "GET", Addr: addr, Status: status, StartedAt: at.Add(time.Duration(n) * time.Second), Proto: "HTTP/1.1"}
	}
	home := "https://" + string(name) + "/"
	c := tracker.Capture{Name: name, At: at, Visits: []tracker.Visit{
		{Visitor: "direct", URL: home, At: at, Hops: []tracker.Exchange{hop(home, 302, 0), hop("https://www."+string(name)+"/Start?b=2&a=1#top", 200, 1)}},
		{Visitor: "asset", URL: home + "favicon.ico", At: at, Hops: []tracker.Exchange{hop(home+"favicon.ico", 404, 2)}},
		{Visitor: "proxy:de", URL: home, At: at, Hops: []tracker.Exchange{{URL: home, Method: "GET", Err: "refused"}}},
	}}
	var z bytes.Buffer
	zw := gzip.NewWriter(&z)
	fmt.Fprintf(zw, "<title>%s</title><p>as seen on %s", name, at)
	zw.Close()
	res := map[[2]int][]byte{
		{0, 0}: []byte("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 302 Found\r\nLocation: https://www." + string(name) + "/Start?b=2&a=1\r\nContent-Length: 0\r\n\r\n"),
		{0, 1}: fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nserver: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", z.Len(), z.Bytes()),
		{1, 0}: []byte("HTTP/1.0 404 Not Found\nContent-Type: text/plain\n\nno"),
	}
	return c, func(v, h int) ([]byte, []byte) {
		b := res[[2]int{v, h}]
		if b == nil {
			return nil, nil
		}
		return []byte("GET / HTTP/1.1\r\nHost: " + string(name) + "\r\nUser-Agent: t\r\n\r\n"), b
	}
}

// nights writes an archive of n nights and returns the references.
func nights(t testing.TB, dir string, n int) []string {
	t.Helper()
	var refs []string
	for i := range n {
		a, err := Open(dir) // every night is a run of its own
		if err != nil {
			t.Fatal(err)
		}
		at := day.AddDate(0, 0, i)
		for _, name := range []tracker.Name{"rrn.example", "spiegel.example"} {
			c, wire := sample(name, at)
			ref, err := a.Keep(t.Context(), c, wire)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
		l, err := a.Seal(at.Add(time.Hour))
		if err != nil || l.Seq != i+1 {
			t.Fatalf("night %d: %+v %v", i, l, err)
		}
	}
	return refs
}

func TestArchiveVerifies(t *testing.T) {
	dir := t.TempDir()
	nights(t, dir, 3)
	r, err := Verify(dir)
	if err != nil || r.Links != 3 || r.Files != 3 || len(r.Unsealed) != 0 || r.Head == "" {
		t.Fatalf("%+v %v", r, err)
	}
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, wire := sample("late.example", day.AddDate(0, 0, 4))
	if _, err := a.Keep(t.Context(), c, wire); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(dir); err != nil || len(r.Unsealed) != 1 {
		t.Fatalf("an unsealed night: %+v %v", r, err)
	}
}

// One byte anywhere in a three-night archive must be noticed, and the file named:
// every byte of every file.
func TestOneFlippedByteIsNoticed(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		a, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		at := day.AddDate(0, 0, i)
		c, wire := sample("rrn.example", at)
		c.Visits = c.Visits[:1]
		if _, err := a.Keep(t.Context(), c, wire); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Seal(at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 4 {
		t.Fatalf("files %v", files)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			bad := bytes.Clone(b)
			bad[i] ^= 1 << (i % 8)
			if err := os.WriteFile(f, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Verify(dir)
			if link, ok := errors.AsType[*BadLink](err); !ok || link.File != filepath.Base(f) {
				t.Fatalf("byte %d of %s: %v", i, filepath.Base(f), err)
			}
		}
		if err := os.WriteFile(f, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Verify(dir); err != nil {
		t.Fatalf("put back as it was: %v", err)
	}
}

// What a hand can do to an archive besides: each deed is noticed and its file named.
func TestTampering(t *testing.T) {
	read := func(t *testing.T, p string) []byte {
		t.Helper()
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write := func(t *testing.T, p string, b []byte) {
		t.Helper()
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(t *testing.T, m string, f func([]string) []string) {
		t.Helper()
		write(t, m, []byte(strings.Join(f(strings.SplitAfter(strings.TrimSuffix(string(read(t, m)), "\n"), "\n")), "")+"\n"))
	}
	forge := func(line string, f func(*Link)) string { // with a hash that fits
		var l Link
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			return err.Error()
		}
		f(&l)
		l.Hash = l.sum()
		b, _ := json.Marshal(l)
		return string(b) + "\n"
	}
	for _, tt := range []struct {
		name string
		bad  int // the night whose file is named; -1 for the manifest
		do   func(t *testing.T, night []string, manifest string)
	}{
		{"a file is cut short", 1, func(t *testing.T, n []string, _ string) { write(t, n[1], read(t, n[1])[:100]) }},
		{"a file is emptied", 2, func(t *testing.T, n []string, _ string) { write(t, n[2], nil) }},
		{"a file grows", 0, func(t *testing.T, n []string, _ string) { write(t, n[0], append(read(t, n[0]), 0)) }},
		{"a record is added to a file", 1, func(t *testing.T, n []string, _ string) { write(t, n[1], append(read(t, n[1]), read(t, n[0])...)) }},
		{"a file is gone", 1, func(t *testing.T, n []string, _ string) {
			if err := os.Remove(n[1]); err != nil {
				t.Fatal(err)
			}
		}},
		{"two files change places", 0, func(t *testing.T, n []string, _ string) {
			a, b := read(t, n[0]), read(t, n[2])
			write(t, n[0], b)
			write(t, n[2], a)
		}},
		{"a file has another name", 2, func(t *testing.T, n []string, _ string) {
			if err := os.Rename(n[2], n[2]+".old"); err != nil {
				t.Fatal(err)
			}
		}},
		{"a file stands for another", 1, func(t *testing.T, n []string, _ string) { write(t, n[1], read(t, n[0])) }},
		{"a line is gone", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return []string{l[0], l[2]} })
		}},
		{"the first line is gone", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return l[1:] })
		}},
		{"two lines change places", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return []string{l[1], l[0], l[2]} })
		}},
		{"a line stands twice", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return []string{l[0], l[1], l[1], l[2]} })
		}},
		{"a blank line", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return []string{l[0], "\n", l[1], l[2]} })
		}},
		{"a blank in a line", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string { return []string{l[0], strings.Replace(l[1], ":", ": ", 1), l[2]} })
		}},
		{"a night is dated back with a hash that fits", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string {
				return []string{forge(l[0], func(k *Link) { k.At = k.At.Add(-time.Hour) }), l[1], l[2]}
			})
		}},
		{"a file and its line are forged", -1, func(t *testing.T, n []string, m string) {
			write(t, n[1], []byte("forged"))
			lines(t, m, func(l []string) []string {
				return []string{l[0], forge(l[1], func(k *Link) {
					k.Files[0].Size, k.Files[0].SHA256 = 6, tracker.DigestOf([]byte("forged"))
				}), l[2]}
			})
		}},
		{"a line names a file elsewhere", -1, func(t *testing.T, _ []string, m string) {
			lines(t, m, func(l []string) []string {
				return []string{l[0], strings.Replace(l[1], `"path":"`, `"path":"../`, 1), l[2]}
			})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			nights(t, dir, 3)
			night, _ := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
			m := filepath.Join(dir, manifestName)
			if len(night) != 3 {
				t.Fatalf("files %v", night)
			}
			want := manifestName
			if tt.bad >= 0 {
				want = filepath.Base(night[tt.bad])
			}
			tt.do(t, night, m)
			_, err := Verify(dir)
			if link, ok := errors.AsType[*BadLink](err); !ok || link.File != want {
				t.Errorf("%v; want %s to be named", err, want)
			}
		})
	}
	t.Run("a copy of a file and a cut end are said, for nothing vouches for them", func(t *testing.T) {
		dir := t.TempDir()
		nights(t, dir, 3)
		night, _ := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
		before, err := Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "copy.warc.gz"), read(t, night[0]))
		lines(t, filepath.Join(dir, manifestName), func(l []string) []string { return []string{l[0], strings.TrimSuffix(l[1], "\n")} })
		r, err := Verify(dir)
		if err != nil || len(r.Unsealed) != 2 || r.Head == before.Head || r.Links != 2 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// Records are read by a reader of our own that shares no code with the writer's
// library: block and payload digests are recomputed.
func TestRecordsByAnIndependentReader(t *testing.T) {
	dir := t.TempDir()
	refs := nights(t, dir, 1)
	b, err := ReadRef(dir, refs[0])
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	r := bytes.NewReader(b)
	for r.Len() > 0 {
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := strings.Cut(string(raw), "\r\n\r\n")
		if !ok || !strings.HasSuffix(rest, "\r\n\r\n") || !strings.HasPrefix(head, "WARC/1.1\r\n") {
			t.Fatalf("record %q", raw)
		}
		block := strings.TrimSuffix(rest, "\r\n\r\n")
		get := func(k string) string {
			for _, l := range strings.Split(head, "\r\n") {
				if n, v, ok := strings.Cut(l, ": "); ok && strings.EqualFold(n, k) {
					return v
				}
			}
			return ""
		}
		digest := func(s string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(s))) }
		if get("Content-Length") != fmt.Sprint(len(block)) || !strings.EqualFold(get("WARC-Block-Digest"), digest(block)) {
			t.Errorf("%s: length %s, digest %s of %d bytes", get("WARC-Type"), get("Content-Length"), get("WARC-Block-Digest"), len(block))
		}
		types = append(types, get("WARC-Type"))
		if get("WARC-Type") == "response" {
			i := strings.Index(block, "\r\n\r\n") + 4
			if i < 4 {
				i = strings.Index(block, "\n\n") + 2
			}
			if p := get("WARC-Payload-Digest"); !strings.EqualFold(p, digest(block[i:])) {
				t.Errorf("%s: payload digest %s, want %s", get("WARC-Target-URI"), p, digest(block[i:]))
			}
			if strings.HasPrefix(block, "HTTP/1.1 103") || strings.Contains(get("WARC-Target-URI"), "#") || get("WARC-IP-Address") != "198.18.7.1" {
				t.Errorf("response %s", head)
			}
		}
	}
	want := "resource resource response request response request response request metadata"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("records %s, want %s", got, want)
	}
}

func TestACrashLeavesWholeRecords(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, wire := sample("rrn.example", day)
	ref, err := a.Keep(t.Context(), c, wire)
	if err != nil {
		t.Fatal(err)
	}
	file, _, _, _ := parseRef(ref)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	whole, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(bytes.Clone(whole), whole[:200]...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(`{"seq":1,"at`), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := b.Seal(day); err != nil || len(l.Files) != 1 || l.Files[0].Size != int64(len(whole)) {
		t.Fatalf("%+v %v", l, err)
	}
	if _, err := Verify(dir); err != nil {
		t.Fatal(err)
	}
}

func TestWACZ(t *testing.T) {
	dir := t.TempDir()
	refs := nights(t, dir, 2)
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rrn.wacz")
	write := func(p Pack) {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := WriteWACZ(f, dir, p); err != nil {
			t.Fatal(err)
		}
	}
	write(Pack{Refs: []string{refs[0], refs[2]}, Title: "rrn", CreatedAt: day, Version: "test", Key: key, Extra: map[string][]byte{"respawn/registration.txt": []byte("whois")}})
	r, signer, err := VerifyWACZ(path)
	if err != nil || r.Files != 4 || signer == "" {
		t.Fatalf("%+v %q %v", r, signer, err)
	}
	b, _ := os.ReadFile(path)
	for i := 0; i < len(b); i += 53 {
		bad := bytes.Clone(b)
		bad[i] ^= 0x10
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := VerifyWACZ(path); err == nil && !harmless(b, i) {
			t.Errorf("byte %d of %d flipped and nobody noticed, in %q", i, len(b), b[max(0, i-70):min(len(b), i+10)])
		}
	}
	if err := WriteWACZ(io.Discard, dir, Pack{Refs: []string{"../x:0+1"}}); err == nil {
		t.Error("a reference out of the directory was followed")
	}
}

// harmless bytes of a ZIP file are times and attributes in headers, which vouch
// for nothing.
func harmless(b []byte, i int) bool {
	for j := max(0, i-46); j <= i; j++ {
		if bytes.HasPrefix(b[j:], []byte("PK\x03\x04")) || bytes.HasPrefix(b[j:], []byte("PK\x01\x02")) {
			return true
		}
	}
	for j := max(0, i-90); j <= i; j++ { // names, extra fields, data descriptors, end of directory
		if bytes.HasPrefix(b[j:], []byte("PK")) {
			return true
		}
	}
	return false
}

// npm's warcio is another team's reader. It is used where node and the package
// are at hand: NODE_PATH or a node_modules above must hold it.
func TestWarcioReadsEveryFile(t *testing.T) {
	dir := t.TempDir()
	nights(t, dir, 1)
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range hostileResponses { // what one site says must not hide the next
		c, wire := oneHop("http://rrn.example/", []byte(tt.response))
		if _, err := a.Keep(t.Context(), c, wire); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Seal(day.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	// warcinfo and twice nine, warcinfo and four each
	if lines, want := warcioIndex(t, dir), 20+4*len(hostileResponses); len(lines) != want {
		t.Errorf("warcio found %d records, want %d:\n%s", len(lines), want, strings.Join(lines, "\n"))
	}
}

// warcioIndex is what warcio says of every file in dir, a line for a record.
func warcioIndex(t *testing.T, dir string) []string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("SKIPPED: node is not installed; the WARC files were not read by warcio")
	}
	cli := os.Getenv("RESPAWN_WARCIO") // path of warcio's dist/cli.js
	if cli == "" {
		t.Skip("SKIPPED: RESPAWN_WARCIO does not name warcio's cli.js (npm install warcio@2.4.11); the WARC files were not read by warcio")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	out, err := exec.CommandContext(t.Context(), "node", append([]string{cli, "index"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("warcio: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, l := range lines {
		var v map[string]any
		if err := json.Unmarshal([]byte(l), &v); err != nil || v["warc-type"] == nil {
			t.Errorf("warcio says %s", l)
		}
	}
	return lines
}

// In a replay the clock stands still; what was seen differs all the same, and two
// records of one id would be one record to other tools.
func TestRecordIDsAtOneTime(t *testing.T) {
	ids := map[string]int{}
	for _, took := range []time.Duration{1, 2} {
		c, wire := sample("rrn.example", day)
		c.Visits[0].Hops[0].Took = took
		var b bytes.Buffer
		if err := writeCapture(&b, c, wire); err != nil {
			t.Fatal(err)
		}
		err := eachMember(b.Bytes(), func(_, _ int64, content []byte) error {
			for line := range strings.Lines(string(content)) {
				if id, ok := strings.CutPrefix(line, "WARC-Record-ID: "); ok {
					ids[id]++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 2*(2+3*2+1) { // two hosts, three answered exchanges, the capture itself
		t.Errorf("%d records have an id of their own", len(ids))
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%d records are %s", n, id)
		}
	}
}
