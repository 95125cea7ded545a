package feed

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// sans is what the code under test sees as the DNS names of a TBSCertificate.
func sans(t testing.TB, tbs []byte) (names []string, ok bool) {
	t.Helper()
	list, ok := altNames(tbs)
	for ok {
		var n []byte
		if n, ok = nextDNSName(&list); n == nil {
			break
		}
		names = append(names, string(n))
	}
	return names, ok
}

func TestSameNamesAsCryptoX509(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf("%d.spiegel.ltd", i)
	}
	sanOnly := func(c *x509.Certificate) { c.Subject = pkix.Name{} } // makes the extension critical
	for _, tt := range []struct {
		name   string
		names  []string
		change func(*x509.Certificate)
	}{
		{"one name", []string{"bild.beauty"}, nil},
		{"all names, not the first", many, nil},
		{"no alternative names", nil, nil},
		{"names among addresses, mail and URIs", []string{"a.example", "*.b.example"}, func(c *x509.Certificate) {
			c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")}
			c.EmailAddresses = []string{"x@example.org"}
			c.URIs = []*url.URL{{Scheme: "spiffe", Host: "c.example"}}
		}},
		{"a critical extension", []string{"a.example"}, sanOnly},
		{"many extensions", []string{"a.example"}, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: make([]byte, 300)},
				{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, Critical: true, Value: []byte{5, 0}}}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			change := tt.change
			if change == nil {
				change = func(*x509.Certificate) {}
			}
			c := cert(t, tt.names, change)
			for _, precert := range []bool{false, true} {
				for _, tiled := range []bool{false, true} {
					tbs, ok := leafTBS(entry{cert: c, precert: precert, index: 7}.leaf(tiled))
					if !ok {
						t.Fatal("leaf not understood")
					}
					got, ok := sans(t, tbs)
					if !ok || !slices.Equal(got, c.DNSNames) {
						t.Errorf("precert %v: %q, crypto/x509 has %q", precert, got, c.DNSNames)
					}
				}
			}
		})
	}
}

// The tile is of a real log: real certificate authorities, real precertificates.
func TestSameNamesAsCryptoX509InARealLog(t *testing.T) {
	data, err := os.ReadFile("testdata/navigli2025h2/data-003.p-10")
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := os.ReadFile("testdata/navigli2025h2/hash-003.p-10")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := 0; len(data) > 0; i++ {
		l, rest, ok := cutTileLeaf(data)
		if !ok || !l.known {
			t.Fatalf("entry %d not understood", i)
		}
		if l.index != int64(768+i) || stampedHash(l.stamped) != hash(hashes[i*hashSize:]) {
			t.Errorf("entry %d: its index is %d, or its hash is not that of the tile", i, l.index)
		}
		got, ok := sans(t, l.tbs)
		want := oracle(t, data[:len(data)-len(rest)])
		if !ok || !slices.Equal(got, want) {
			t.Errorf("entry %d: %q, crypto/x509 has %q", i, got, want)
		}
		total += len(got)
		data = rest
	}
	if total < 10 {
		t.Errorf("only %d names", total)
	}
}

// oracle parses the certificate or precertificate of a tile leaf with crypto/x509.
func oracle(t *testing.T, leaf []byte) []string {
	t.Helper()
	s := cryptobyte.String(leaf)
	var kind uint16
	var der, ext cryptobyte.String
	s.Skip(8)
	s.ReadUint16(&kind)
	if kind == entryPrecert {
		s.Skip(32)
	}
	s.ReadUint24LengthPrefixed(&der)
	s.ReadUint16LengthPrefixed(&ext)
	if kind == entryPrecert {
		s.ReadUint24LengthPrefixed(&der)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c.DNSNames
}

func TestNamesAreCanonical(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Spiegel.LTD", "spiegel.ltd"},
		{"*.spiegel.ltd", "spiegel.ltd"},
		{"spiegel.ltd.", "spiegel.ltd"},
		{"_dmarc.spiegel.ltd", "_dmarc.spiegel.ltd"},
		{"xn--bld-hoa.de", "xn--bld-hoa.de"},
		{"bíld.de", "xn--bld-rma.de"},
		{"localhost", ""},
		{"192.0.2.1", ""},
		{"foo bar.example", ""},
		{"a..b", ""},
		{".a.b", ""},
		{"-a.example", ""},
		{"a.*.example", ""},
		{"", ""},
		{".", ""},
		{"*.", ""},
		{strings.Repeat("a", 64) + ".example", ""},
		{strings.Repeat("a.", 127) + "example", ""},
		{"a\nb.example", ""},
		{"\xff.example", ""},
	} {
		got, ok := appendName([]byte("kept"), []byte(tt.in))
		if string(got) != "kept"+tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q %v, want %q", tt.in, got[4:], ok, tt.want)
		}
	}
}

// page writes a get-entries answer.
func page(leaves ...[]byte) []byte {
	type e struct {
		Leaf  []byte `json:"leaf_input"`
		Extra []byte `json:"extra_data"`
	}
	var es []e
	for _, l := range leaves {
		es = append(es, e{l, bytes.Repeat([]byte{7}, 500)})
	}
	b, err := json.Marshal(map[string]any{"entries": es})
	if err != nil {
		panic(err)
	}
	return b
}

func TestPagesAreReadAlikeFastAndSlow(t *testing.T) {
	c := cert(t, []string{"a.example", "b.example"})
	leaf, pre := entry{cert: c}.leaf(false), entry{cert: c, precert: true}.leaf(false)
	plain := page(leaf, pre)
	b64 := base64.StdEncoding.EncodeToString(leaf)
	for name, p := range map[string]struct {
		page []byte
		n    int
		fast bool
	}{
		"as logs write it": {plain, 2, true},
		"with blanks":      {[]byte("{ \"entries\" : [\n { \"leaf_input\" :\t\"" + b64 + "\",\r\n \"extra_data\": \"\" } ] }\n"), 1, true},
		"with escapes":     {[]byte(strings.ReplaceAll(string(plain), "/", `\/`)), 2, false},
		"extra_data first": {[]byte(`{"entries":[{"extra_data":"AAAA","leaf_input":"` + b64 + `"}]}`), 1, true},
	} {
		var fast, slow Batch
		var scratch []byte
		n, ok := fast.addPageFast(p.page, 5, &scratch, nil)
		if ok != p.fast || ok && n != p.n {
			t.Errorf("%s: fast reader %d %v", name, n, ok)
		}
		if n, err := slow.addPageSlow(p.page, 5, nil); n != p.n || err != nil {
			t.Errorf("%s: slow reader %d %v", name, n, err)
		}
		if ok && (!bytes.Equal(fast.Names.buf, slow.Names.buf) || !slices.Equal(fast.Names.index, slow.Names.index) || fast.Refused != slow.Refused) {
			t.Errorf("%s: the readers differ", name)
		}
		var both Batch
		if n, err := both.addPage(p.page, 5, &scratch, nil); n != p.n || err != nil || both.Entries != p.n || both.Names.Len() != 2*p.n {
			t.Errorf("%s: %d entries, %v, %d names", name, n, err, both.Names.Len())
		}
	}
	for name, p := range map[string]string{
		"no entries": `{"entries":[]}`, "an error page": `<html>"leaf_input"</html>`, "cut off": string(plain[:len(plain)-700]),
		"cut off after a leaf": `{"entries":[{"leaf_input":"` + b64 + `"`, "nothing": "", "bad base64": `{"entries":[{"leaf_input":"a"}]}`,
	} {
		var b Batch
		var scratch []byte
		if n, err := b.addPage([]byte(p), 0, &scratch, nil); !errors.Is(err, errPage) || b.Names.Len() != 0 {
			t.Errorf("%s: %d entries, %d names, %v", name, n, b.Names.Len(), err)
		}
	}
}

func TestBase64IsThatOfTheLibrary(t *testing.T) {
	var dst []byte
	for n := range 70 {
		want := bytes.Repeat([]byte{0xfb, 0xff, byte(n)}, 30)[:n]
		text := []byte(base64.StdEncoding.EncodeToString(want))
		if got, ok := decodeBase64(&dst, text); !ok || !bytes.Equal(got, want) {
			t.Fatalf("%d octets: %x %v", n, got, ok)
		}
		for i := range text {
			for _, c := range []byte("!\\\n-_=\x80") {
				changed := slices.Clone(text)
				changed[i] = c
				std, err := base64.StdEncoding.Strict().DecodeString(string(changed))
				got, ok := decodeBase64(&dst, changed)
				// The library alone passes over line breaks.
				if ok && (err != nil || !bytes.Equal(got, std)) || !ok && err == nil && c != '\n' {
					t.Fatalf("%q: %x %v, encoding/base64 has %x %v", changed, got, ok, std, err)
				}
			}
		}
	}
}

func TestUnreadableEntriesAreCounted(t *testing.T) {
	good := entry{cert: cert(t, []string{"a.example", "no name", "localhost"})}.leaf(false)
	junk := slices.Clone(good)
	junk[17] ^= 0xff // a length
	var b Batch
	var scratch []byte
	if _, err := b.addPage(page([]byte{0, 9}, junk, good), 0, &scratch, nil); err != nil {
		t.Fatal(err)
	}
	if b.Entries != 3 || b.Refused != 2 || b.NoNames != 2 || b.Names.Len() != 1 {
		t.Errorf("entries %d, refused %d, no names %d, names %d", b.Entries, b.Refused, b.NoNames, b.Names.Len())
	}
}

func TestReadingNamesAllocatesNothing(t *testing.T) {
	c := cert(t, []string{"a.example", "b.example", "*.c.example"})
	leaf := entry{cert: c, precert: true}.leaf(false)
	var b Batch
	if n := testing.AllocsPerRun(100, func() { b.Names.reset(); b.addLeaf(leaf, 1) }); n != 0 {
		t.Errorf("%v allocations a leaf", n)
	}
}

// Heads of the trees over the inputs that the reference implementation of RFC
// 6962 tests with.
func TestRootHashOfReferenceTree(t *testing.T) {
	inputs := []string{"", "\x00", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57", "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"}
	heads := []string{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}
	var tile []byte
	for i, want := range heads {
		if i > 0 {
			h := sha256.Sum256([]byte("\x00" + inputs[i-1]))
			tile = append(tile, h[:]...)
		}
		got, err := rootHash(int64(i), func(_ int, _ int64, width int) ([]byte, error) { return tile[:width*hashSize], nil })
		if err != nil || fmt.Sprintf("%x", got) != want {
			t.Errorf("%d leaves: %x %v, want %s", i, got, err, want)
		}
	}
}

func TestConsistencyProofs(t *testing.T) {
	l := newFakeLog(t, false)
	l.grow(70, cert(t, []string{"a.example"}))
	passes := func(m, n int64, old, now hash, proof [][]byte) bool {
		_, err := checkConsistency(m, n, old, now, proof)
		return err == nil
	}
	for m := int64(1); m <= 70; m++ {
		for n := m; n <= 70; n++ {
			proof := l.subproof(m, 0, n, true)
			old, now := l.mth(0, m), l.mth(0, n)
			f, err := checkConsistency(m, n, old, now, proof)
			if err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
			if f != nil {
				for i := m; i < n; i++ {
					f.add(l.hashes[i])
				}
				if f.root() != now {
					t.Fatalf("%d to %d: the frontier does not lead to the head", m, n)
				}
			}
			wrong := old
			wrong[3] ^= 1
			if passes(m, n, wrong, now, proof) || passes(m, n, old, wrong, proof) {
				t.Fatalf("%d to %d: a wrong head passed", m, n)
			}
			if len(proof) > 0 && (passes(m, n, old, now, proof[1:]) || passes(m, n, old, now, append(proof, proof[0]))) {
				t.Fatalf("%d to %d: a wrong proof passed", m, n)
			}
		}
	}
}
