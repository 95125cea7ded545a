package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRecords reads WARC bytes that may come from anybody: what passes the check
// must also be describable, and nothing may panic.
func FuzzRecords(f *testing.F) {
	var b bytes.Buffer
	c, wire := sample("rrn.example", day)
	if err := writeCapture(&b, c, wire); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n"))
	f.Add([]byte("WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 99999999999999999999\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, block, err := splitRecord(b); err == nil && (h == nil || len(block) > len(b)) {
			t.Fatalf("record of %d bytes has a block of %d", len(b), len(block))
		}
		_ = checkRecords(bytes.NewReader(b))
		_ = eachMember(b, func(off, n int64, content []byte) error {
			_, _, err := describe(content, off, n)
			return err
		})
	})
}

func FuzzPackage(f *testing.F) {
	dir := f.TempDir()
	refs := nights(f, dir, 1)
	var b bytes.Buffer
	if err := WriteWACZ(&b, dir, Pack{Refs: refs[:1], CreatedAt: day, Version: "test"}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x05\x06"))
	path := filepath.Join(dir, "x.wacz")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, _ = VerifyWACZ(path)
	})
}
