package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/miekg/dns"
)

// delegations reads all of a zone file.
func delegations(r io.Reader, zone string) ([]string, *zoneReader, error) {
	z := newZoneReader(r, []byte(zone))
	var names []string
	for {
		n, err := z.next()
		if err == io.EOF {
			return names, z, nil
		}
		if err != nil {
			return names, z, err
		}
		names = append(names, string(n))
	}
}

// miekg is what miekg/dns makes of the same file: the owners of NS records other
// than the zone, neighbours once.
func miekg(text, zone string) (names []string, err error) {
	zp := dns.NewZoneParser(strings.NewReader(text), dns.Fqdn(zone), "")
	zp.SetDefaultTTL(3600)
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		n := strings.ToLower(strings.TrimSuffix(rr.Header().Name, "."))
		if _, ok := rr.(*dns.NS); !ok || n == zone {
			continue
		}
		if canonical, ok := appendName(nil, []byte(n)); ok && n[0] != '*' {
			if k := len(names); k == 0 || names[k-1] != string(canonical) {
				names = append(names, string(canonical))
			}
		}
	}
	return names, zp.Err()
}

var zoneFiles = []string{
	// CZDS: absolute names, tabs, lower case.
	"shop.\t3600\tin\tsoa\tns0.nic.shop. hostmaster.nic.shop. 1 2 3 4 5\nbild.shop.\t3600\tin\tns\tns1.example.\nbild.shop.\t3600\tin\tns\tns2.example.\nfaz.shop.\t3600\tin\tds\t1 8 2 aabb\nfaz.shop.\t3600\tin\tns\tns1.example.\n",
	// By hand: relative names, owners left out, comments, parentheses, directives.
	`$TTL 1h
$ORIGIN shop.
@ IN SOA ns0 hostmaster (
	2024090400 ; serial
	7200 3600 1209600 ( 3600 ) )
	NS ns0.nic
ns0.nic A 192.0.2.1
bild NS ns1.example.
     IN 3600 NS ns2.example. ; "a comment ( with all of it
     TXT "a ; b" "c ( d"
WELT 3600 IN NS ns1.welt
ns1.welt AAAA 2001:db8::1
$ORIGIN eu.shop.
spiegel NS ns1.example.
faz.shop. CLASS1 NS ns1.example.
*.wild NS ns1.example.
`,
	"", "\n\n;nothing\n",
}

func TestZoneFilesAreReadAsMiekgReadsThem(t *testing.T) {
	for i, text := range zoneFiles {
		want, err := miekg(text, "shop")
		if err != nil {
			t.Logf("file %d: miekg/dns: %v", i, err)
			continue
		}
		got, _, err := delegations(strings.NewReader(text), "shop.")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("file %d: %q %v, miekg/dns has %q", i, got, err, want)
		}
	}
}

func TestZoneFileOddities(t *testing.T) {
	text := "a\\.b NS ns1.example.\n  NS ns2.example.\nc NS ns1.example.\n$INCLUDE other.zone\n$GENERATE 1-10 h$ NS ns.example.\nd\n\"e NS ns.example.\nf ( NS\n ns1.example. )\n\\"
	got, z, err := delegations(strings.NewReader(text), "shop")
	if err != nil || !slices.Equal(got, []string{"c.shop", "f.shop"}) || z.noNames != 2 || z.refused != 2 {
		t.Errorf("%q, %d no names, %d refused, %v", got, z.noNames, z.refused, err)
	}
}

// writeZone writes a zone file of the names, gzipped, with a new time.
func writeZone(t *testing.T, path string, names []string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintf(z, "shop.\t3600\tin\tsoa\tns0.nic.shop. h.nic.shop. %d 2 3 4 5\n", time.Now().UnixNano())
	for _, n := range names {
		fmt.Fprintf(z, "%s.\t3600\tin\tns\tns1.example.\n%[1]s.\t3600\tin\tns\tns2.example.\n", n)
	}
	if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func manyNames(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%x-%d.shop", r.Uint64(), i)
	}
	return names
}

func newTestZone(t *testing.T, path, dir string) *Zone {
	t.Helper()
	s, err := NewZone(ZoneConfig{Name: "shop", Zone: "shop", Open: OpenPath(path), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestZoneHandsOutWhatIsNewSinceYesterday(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "shop.zone.gz"), t.TempDir()
	first := manyNames(12000)
	writeZone(t, path, first)
	s := newTestZone(t, path, dir)
	names, pos := drain(t, s, Position{})
	want := slices.Sorted(slices.Values(first))
	if !slices.Equal(names, want) {
		t.Fatalf("first day: %d names, want %d", len(names), len(want))
	}
	second := append([]string{"bild.shop", "zzz.shop", "000.shop"}, first[2000:]...)
	rand.Shuffle(len(second), func(i, j int) { second[i], second[j] = second[j], second[i] })
	writeZone(t, path, second)
	names, pos = drain(t, s, pos)
	if !slices.Equal(names, []string{"000.shop", "bild.shop", "zzz.shop"}) {
		t.Errorf("second day: %q", names)
	}
	if names, _ = drain(t, newTestZone(t, path, dir), pos); len(names) != 0 {
		t.Errorf("the same file after a restart gave %d names", len(names))
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 1 {
		t.Errorf("left in the directory: %q; want the set of names alone", left)
	}
}

func TestZoneResumesInTheMiddle(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "shop.zone"), t.TempDir()
	all := manyNames(12000)
	writeZone(t, path, all)
	var names []string
	pos := Position{}
	for range 3 { // a crash after each batch; the second one was not stored
		s := newTestZone(t, path, dir)
		b, err := s.Next(t.Context(), pos)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range b.Names.All() {
			names = append(names, string(n))
		}
		pos = b.Position
		if _, err := s.Next(t.Context(), pos); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if !slices.Equal(names, slices.Sorted(slices.Values(all))) {
		t.Errorf("%d names; want each of %d once", len(names), len(all))
	}
}

func TestZoneDoesNotBelieveHalfAFile(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "shop.zone.gz"), t.TempDir()
	all := manyNames(1000)
	writeZone(t, path, all)
	s := newTestZone(t, path, dir)
	_, pos := drain(t, s, Position{})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)/3], 0o600); err != nil { // the download broke off
		t.Fatal(err)
	}
	if _, err := s.Next(t.Context(), pos); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken gzip file: %v", err)
	}
	for _, n := range []int{0, 400} { // or it was cut at a boundary
		writeZone(t, path, all[:n])
		_, err = s.Next(t.Context(), pos)
		if d, ok := errors.AsType[*Distrust](err); !ok || d.Kind != AlarmShrunk {
			t.Errorf("a file with %d of 1000 names: %v", n, err)
		}
	}
	writeZone(t, path, append(all, "new.shop"))
	if names, _ := drain(t, s, pos); !slices.Equal(names, []string{"new.shop"}) {
		t.Errorf("after the cure: %q", names)
	}
}

func TestZoneTakesTheFirstFileAsBaselineIfAskedTo(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "shop.zone"), t.TempDir()
	all := manyNames(100)
	writeZone(t, path, all)
	s := newTestZone(t, path, dir)
	s.cfg.SkipFirst = true
	names, pos := drain(t, s, Position{})
	if len(names) != 0 {
		t.Errorf("%d names of the first file", len(names))
	}
	writeZone(t, path, append(all, "new.shop"))
	if names, _ = drain(t, s, pos); !slices.Equal(names, []string{"new.shop"}) {
		t.Errorf("%q", names)
	}
}

func TestSetsAreMergedFromManyRuns(t *testing.T) {
	dir := t.TempDir()
	w := &setWriter{dir: dir}
	all := manyNames(3 * maxRuns)
	for _, n := range append(all, all...) {
		if err := w.add([]byte(n)); err != nil {
			t.Fatal(err)
		}
		if err := w.spill(); err != nil { // a run for each name
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "set")
	h, err := w.finish(path, "id")
	if err != nil || h.count != int64(len(all)) {
		t.Fatalf("%+v %v", h, err)
	}
	s, err := openSet(path)
	if err != nil || s.header != h {
		t.Fatalf("%+v %v", s, err)
	}
	defer s.Close()
	for _, want := range slices.Sorted(slices.Values(all)) {
		if got, err := s.next(); string(got) != want || err != nil {
			t.Fatalf("%s %v, want %s", got, err, want)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}

// endless is a zone file of n names that is made while it is read.
type endless struct {
	n, at int
	buf   []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.buf) < len(p) && e.at < e.n {
		e.buf = append(strconv.AppendUint(append(e.buf, "name-"...), uint64(e.at), 16), ".shop.\t3600\tin\tns\tns1.example.\n"...)
		e.at++
	}
	if len(e.buf) == 0 {
		return 0, io.EOF
	}
	k := copy(p, e.buf)
	e.buf = e.buf[:copy(e.buf, e.buf[k:])]
	return k, nil
}

func TestZonesAreReadAtConstantMemory(t *testing.T) {
	alloc := func(n int) uint64 {
		var before, after runtime.MemStats
		z := newZoneReader(&endless{n: n}, []byte("shop"))
		runtime.ReadMemStats(&before)
		count := 0
		for {
			if _, err := z.next(); err != nil {
				break
			}
			count++
		}
		runtime.ReadMemStats(&after)
		if count != n {
			t.Errorf("%d names of %d", count, n)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	if small, large := alloc(1000), alloc(100000); large > small+1<<20 {
		t.Errorf("100,000 names took %d octets of memory, 1,000 took %d", large, small)
	}
}

// aLine is one line of n octets.
func aLine(n int64) io.Reader { return io.LimitReader(repeated('a'), n) }

type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestHostileLinesAreRefused(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := delegations(aLine(64<<20), "shop"); !errors.Is(err, ErrTooLong) {
		t.Errorf("a zone file with a line of 64 MB: %v", err)
	}
	l := newLineReader(io.MultiReader(strings.NewReader("a.example\n"), aLine(100<<10), strings.NewReader("\nb.example")))
	var got []string
	for {
		b, err := l.line()
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		got = append(got, string(b))
	}
	if !slices.Equal(got, []string{"a.example", "b.example"}) || l.refused != 1 || l.next != 3 {
		t.Errorf("%q, %d refused, %d lines", got, l.refused, l.next)
	}
	runtime.ReadMemStats(&after)
	if d := after.TotalAlloc - before.TotalAlloc; d > 2<<20 {
		t.Errorf("hostile lines took %d octets of memory", d)
	}
}
