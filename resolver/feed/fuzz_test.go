package feed

import (
	"bytes"
	"crypto/x509"
	"os"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// canonical fails the test unless each name of a batch is in the form that
// appendName gives it.
func canonical(t *testing.T, b *Batch) {
	t.Helper()
	if b.Names.Len() != len(b.Names.index) || b.Entries < b.Refused || b.NoNames < 0 {
		t.Fatalf("%d names, %d indexes, %d entries, %d refused", b.Names.Len(), len(b.Names.index), b.Entries, b.Refused)
	}
	for i := range b.Names.Len() {
		n := b.Names.At(i)
		again, ok := appendName(nil, n)
		if !ok || !bytes.Equal(again, n) || len(n) > 253 {
			t.Fatalf("%q is not canonical", n)
		}
	}
}

func FuzzLeaf(f *testing.F) {
	c := cert(f, []string{"a.example", "*.b.example"})
	f.Add(entry{cert: c}.leaf(false))
	f.Add(entry{cert: c, precert: true}.leaf(true))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		var b Batch
		b.addLeaf(leaf, 1)
		canonical(t, &b)
		// Whatever crypto/x509 accepts has the same names here.
		s := cryptobyte.String(leaf)
		var kind uint16
		var der cryptobyte.String
		if !s.Skip(10) || !s.ReadUint16(&kind) || kind != entryX509 || !s.ReadUint24LengthPrefixed(&der) {
			return
		}
		std, err := x509.ParseCertificate(der)
		if err != nil || std.Version != 3 {
			return
		}
		if got, ok := sans(t, bodyOf(t, std.RawTBSCertificate)); !ok || !slices.Equal(got, std.DNSNames) {
			t.Fatalf("%q %v, crypto/x509 has %q", got, ok, std.DNSNames)
		}
	})
}

// bodyOf is a TBSCertificate without its tag and length.
func bodyOf(t *testing.T, raw []byte) []byte {
	t.Helper()
	s := cryptobyte.String(raw)
	var body cryptobyte.String
	if !s.ReadASN1(&body, 0x30) {
		t.Fatal("not a sequence")
	}
	return body
}

func FuzzTile(f *testing.F) {
	tile, err := os.ReadFile("testdata/navigli2025h2/data-003.p-10")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(tile[:3000])
	f.Add(entry{cert: cert(f, []string{"a.example"}), index: 1 << 33}.tileLeaf())
	f.Fuzz(func(t *testing.T, tile []byte) {
		var b Batch
		for len(tile) > 0 {
			l, rest, ok := cutTileLeaf(tile)
			if !ok {
				break
			}
			if len(rest) >= len(tile) || l.index >= maxTreeSize {
				t.Fatalf("%d octets left of %d, index %d", len(rest), len(tile), l.index)
			}
			if l.known {
				b.addTBS(l.tbs, l.index)
			}
			tile = rest
		}
		canonical(t, &b)
	})
}

func FuzzPage(f *testing.F) {
	c := cert(f, []string{"a.example"})
	f.Add(page(entry{cert: c}.leaf(false), entry{cert: c, precert: true}.leaf(false)))
	f.Add([]byte(`{"entries":[{"leaf_input":"AA\u003d="}]}`))
	f.Fuzz(func(t *testing.T, p []byte) {
		var b Batch
		var scratch []byte
		n, err := b.addPage(p, 0, &scratch, nil)
		canonical(t, &b)
		if err == nil && n != b.Entries {
			t.Fatalf("%d entries returned, %d counted", n, b.Entries)
		}
	})
}

func FuzzCertstream(f *testing.F) {
	for _, m := range []string{liteMessage, domainsMessage, heartbeat, `{"message_type":"dns_entries","data":{}}`, `[]`} {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		var b Batch
		b.addMessage(msg)
		canonical(t, &b)
	})
}

func FuzzZone(f *testing.F) {
	for _, z := range zoneFiles {
		f.Add([]byte(z))
	}
	f.Add([]byte("a\\.b NS x.\n NS y\n\"q NS (\n)) c NS ("))
	f.Fuzz(func(t *testing.T, text []byte) {
		z := newZoneReader(bytes.NewReader(text), []byte("shop"))
		for n := 0; ; n++ {
			name, err := z.next()
			if err != nil {
				return
			}
			if again, ok := appendName(nil, name); !ok || !bytes.Equal(again, name) {
				t.Fatalf("%q is not canonical", name)
			}
			if n > len(text) {
				t.Fatal("more names than octets")
			}
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte("id,domain\n1,\"spiegel.ltd\"\n\n# x\n2;bild.beauty"))
	f.Add([]byte("\xef\xbb\xbfb\u00edld.de\r\n*.a.example."))
	f.Fuzz(func(t *testing.T, text []byte) {
		var b Batch
		var table listTable
		l := newLineReader(bytes.NewReader(text))
		for {
			line, err := l.line()
			if err != nil {
				break
			}
			b.addListLine(&table, line, l.next-1)
		}
		canonical(t, &b)
	})
}

func FuzzHead(f *testing.F) {
	l := newFakeLog(f, true)
	l.grow(3, cert(f, []string{"a.example"}))
	key, err := parseKey(l.publicKey())
	if err != nil {
		f.Fatal(err)
	}
	good, sth := l.checkpoint(), l.body(mustURL("/ct/v1/get-sth"))
	f.Add(good)
	f.Add(sth)
	f.Add([]byte("log.example/2024h2\n3\n\n\u2014 log.example/2024h2 AAAA\n"))
	root := l.mth(0, 3)
	f.Fuzz(func(t *testing.T, msg []byte) {
		// No change of the bytes may change what was signed.
		if h, err := key.parseCheckpoint(msg, ""); err == nil && (h.size != 3 || h.root != root) {
			t.Fatalf("%+v from %q", h, msg)
		}
		if h, err := key.parseSTH(msg); err == nil && (h.size != 3 || h.root != root) {
			t.Fatalf("%+v from %q", h, msg)
		}
	})
}
