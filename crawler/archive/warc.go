package archive

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nlnwa/gowarc/v2"

	"respawn/tracker"
)

// software is what the records say wrote them.
const software = "respawn"

// maxFile is the size from which the next capture goes into a new file: what the
// WARC standard recommends.
const maxFile = 1 << 30

// An Archive writes captures into WARC 1.1 files in one directory and chains the
// finished files by hash. Each record is a gzip member of its own, so that a
// record can be read by its offset. One process writes to a directory at a time;
// Keep is safe for concurrent use.
//
// Files of a night are open until [Archive.Seal], which makes them durable and
// adds the link to manifest.jsonl. What a crash leaves behind is cut at the last
// whole record by the next [Open] and sealed with the next night.
type Archive struct {
	dir string

	mu    sync.Mutex
	f     *os.File
	name  string
	size  int64
	files []string // unsealed, in order of writing
}

// Open opens the archive in dir and makes the directory where it is missing.
// It returns an error where the manifest cannot be read; it does not verify.
func Open(dir string) (*Archive, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	links, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	sealed := map[string]bool{}
	for _, l := range links {
		for _, f := range l.Files {
			sealed[f.Path] = true
		}
	}
	a := &Archive{dir: dir}
	names, err := warcFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if sealed[n] {
			continue
		}
		if err := cutTail(filepath.Join(dir, n)); err != nil {
			return nil, fmt.Errorf("archive: %s: %w", n, err)
		}
		a.files = append(a.files, n)
	}
	return a, nil
}

func warcFiles(dir string) ([]string, error) {
	es, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	var out []string
	for _, e := range es {
		if strings.HasSuffix(e.Name(), ".warc.gz") {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// cutTail truncates a file after its last whole gzip member.
func cutTail(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	good := int64(0)
	err = eachMember(b, func(off, n int64, _ []byte) error { good = off + n; return nil })
	if err != nil && good < int64(len(b)) {
		return os.Truncate(path, good)
	}
	return nil
}

// eachMember calls f with place and content of each gzip member.
func eachMember(b []byte, f func(off, n int64, content []byte) error) error {
	r := bytes.NewReader(b)
	var z *gzip.Reader
	for r.Len() > 0 {
		off := int64(len(b) - r.Len())
		var err error
		if z == nil {
			z, err = gzip.NewReader(r) // r is a ByteReader: nothing is read ahead
		} else {
			err = z.Reset(r)
		}
		if err != nil {
			return fmt.Errorf("member at %d: %w", off, err)
		}
		z.Multistream(false)
		content, err := io.ReadAll(z)
		if err != nil {
			return fmt.Errorf("member at %d: %w", off, err)
		}
		if err := f(off, int64(len(b)-r.Len())-off, content); err != nil {
			return err
		}
	}
	return nil
}

// Keep writes one capture: a DNS record for each address that was used, request
// and response as they went over the wire, and the capture itself as metadata.
// where is FILE:OFFSET+LENGTH of these records. The bytes are durable after Seal.
func (a *Archive) Keep(_ context.Context, c tracker.Capture, wire func(visit, hop int) (request, response []byte)) (where string, err error) {
	var b bytes.Buffer
	if err := writeCapture(&b, c, wire); err != nil {
		return "", fmt.Errorf("archive %s: %w", c.Name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.f == nil || a.size+int64(b.Len()) > maxFile {
		if err := a.next(c.At); err != nil {
			return "", err
		}
	}
	off := a.size
	n, err := a.f.Write(b.Bytes())
	a.size += int64(n)
	if err != nil {
		// A part of a record must not stand before the next one.
		err = errors.Join(err, a.f.Truncate(off))
		_, serr := a.f.Seek(off, io.SeekStart)
		a.size = off
		return "", fmt.Errorf("archive %s: %w", c.Name, errors.Join(err, serr))
	}
	return fmt.Sprintf("%s:%d+%d", a.name, off, b.Len()), nil
}

// next closes the file at hand and begins another with its warcinfo record.
func (a *Archive) next(at time.Time) error {
	if err := a.closeFile(); err != nil {
		return err
	}
	stamp := at.UTC().Format("20060102150405")
	for i := 1; ; i++ {
		a.name = fmt.Sprintf("respawn-%s-%05d.warc.gz", stamp, i)
		f, err := os.OpenFile(filepath.Join(a.dir, a.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		a.f, a.size = f, 0
		break
	}
	a.files = append(a.files, a.name)
	var b bytes.Buffer
	if err := writeInfo(&b, a.name, at); err != nil {
		return err
	}
	n, err := a.f.Write(b.Bytes())
	a.size = int64(n)
	return err
}

func (a *Archive) closeFile() error {
	if a.f == nil {
		return nil
	}
	err := errors.Join(a.f.Sync(), a.f.Close())
	a.f = nil
	return err
}

// Close closes the open file without sealing it; the next Open finds it.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.closeFile()
}

// A record is what one WARC record needs.
type record struct {
	typ     gowarc.RecordType
	id      string
	date    time.Time
	uri     string
	content string // type
	block   []byte
	more    [][2]string
}

// errBlock says that the library would not have the record as it is. Nothing was
// written.
var errBlock = errors.New("not a valid record")

// write appends the record as one gzip member. The library checks it strictly.
func (r record) write(w io.Writer) error {
	building.Lock()
	rb := gowarc.NewRecordBuilder(r.typ, gowarc.WithStrictValidation(), gowarc.WithDefaultDigestAlgorithm("sha256"), gowarc.WithDefaultDigestEncoding(gowarc.Base16),
		gowarc.WithBufferMaxMemBytes(64<<20), gowarc.WithVersion(gowarc.V1_1))
	building.Unlock()
	defer rb.Close()
	rb.AddWarcHeader(gowarc.WarcRecordID, r.id)
	rb.AddWarcHeader(gowarc.WarcDate, r.date.UTC().Format("2006-01-02T15:04:05.000Z"))
	if r.uri != "" {
		rb.AddWarcHeader(gowarc.WarcTargetURI, r.uri)
	}
	rb.AddWarcHeader(gowarc.ContentType, r.content)
	for _, m := range r.more {
		rb.AddWarcHeader(m[0], m[1])
	}
	rb.AddWarcHeader(gowarc.ContentLength, strconv.Itoa(len(r.block)))
	if _, err := rb.Write(r.block); err != nil {
		return err
	}
	rec, _, err := rb.Build()
	if err != nil {
		return fmt.Errorf("%v record of %s: %w: %w", r.typ, r.uri, errBlock, err)
	}
	defer rec.Close()
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(w)
	if _, _, err := gowarc.NewMarshaler().Marshal(z, rec, 0); err != nil {
		return err
	}
	return z.Close()
}

// building is held while gowarc makes its options: it switches a pool of random
// numbers on each time, in a variable of google/uuid that nothing guards.
var building sync.Mutex

// compressors are used again: a new one clears most of a megabyte, more than most
// records have.
var compressors = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// recordID makes an id from what the record is about, so that the same capture
// has the same records however often it is written (RFC 9562 version 8).
func recordID(parts ...string) string {
	h := []byte(tracker.DigestOf([]byte(strings.Join(parts, "\x00"))))[:32]
	h[12], h[16] = '8', "89ab"[h[16]&3]
	return fmt.Sprintf("<urn:uuid:%s-%s-%s-%s-%s>", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

func writeInfo(w io.Writer, name string, at time.Time) error {
	return record{
		typ: gowarc.Warcinfo, id: recordID("warcinfo", name), date: at, content: gowarc.ApplicationWarcFields,
		more:  [][2]string{{gowarc.WarcFilename, name}},
		block: []byte("software: " + software + "\r\nformat: WARC File Format 1.1\r\nconformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"),
	}.write(w)
}

func writeCapture(w io.Writer, c tracker.Capture, wire func(int, int) ([]byte, []byte)) error {
	meta, err := json.Marshal(c)
	if err != nil {
		return err
	}
	// Ids come from the whole capture: a clock that stands still, as in a replay,
	// gives two captures of a name one time.
	id := string(tracker.DigestOf(meta))
	looked := map[string][]string{} // host -> addresses
	for _, v := range c.Visits {
		for _, x := range v.Hops {
			u, err := url.Parse(x.URL)
			if err != nil || !x.Addr.IsValid() {
				continue
			}
			host := strings.ToLower(u.Hostname())
			if a := x.Addr.Addr().String(); host != a && !slices.Contains(looked[host], a) {
				looked[host] = append(looked[host], a)
			}
		}
	}
	hosts := make([]string, 0, len(looked))
	for h := range looked {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	for _, h := range hosts {
		if err := writeDNS(w, c, id, h, looked[h]); err != nil {
			return err
		}
	}
	first := ""
	for i, v := range c.Visits {
		for j := range v.Hops {
			x := &v.Hops[j]
			req, res := wire(i, j)
			if len(req) == 0 || len(res) == 0 {
				continue // what was not answered stands in the metadata
			}
			key := []string{id, strconv.Itoa(i), strconv.Itoa(j)}
			resID := recordID(append(key, "response")...)
			first = cmp.Or(first, resID)
			if err := writeExchange(w, v.Visitor, x, resID, recordID(append(key, "request")...), req, res); err != nil {
				return err
			}
		}
	}
	r := record{typ: gowarc.Metadata, id: recordID(id, "metadata"), date: c.At, uri: "https://" + string(c.Name) + "/", content: "application/json", block: meta}
	if first != "" {
		r.more = append(r.more, [2]string{gowarc.WarcConcurrentTo, first})
	}
	return r.write(w)
}

// writeDNS records which addresses were used (text/dns, RFC 4027, without the
// time to live, which the crawler is not told).
func writeDNS(w io.Writer, c tracker.Capture, id, host string, addrs []string) error {
	var b bytes.Buffer
	b.WriteString(c.At.UTC().Format("20060102150405") + "\r\n")
	for _, a := range addrs {
		typ := "A"
		if strings.Contains(a, ":") {
			typ = "AAAA"
		}
		fmt.Fprintf(&b, "%s.\tIN\t%s\t%s\r\n", host, typ, a)
	}
	return record{
		typ: gowarc.Resource, id: recordID(id, "dns", host), date: c.At,
		uri: "dns:" + host, content: "text/dns", block: b.Bytes(),
	}.write(w)
}

func writeExchange(w io.Writer, visitor string, x *tracker.Exchange, resID, reqID string, req, res []byte) error {
	uri := targetURI(x.URL)
	addr := [2]string{gowarc.WarcIPAddress, x.Addr.Addr().Unmap().WithZone("").String()}
	response := record{
		typ: gowarc.Response, id: resID, date: x.StartedAt, uri: uri, content: "application/http;msgtype=response",
		block: finalResponse(res), more: [][2]string{addr},
	}
	if x.Truncated {
		response.more = append(response.more, [2]string{gowarc.WarcTruncated, "length"})
	}
	if err := response.writeHTTP(w); err != nil {
		return err
	}
	return record{
		typ: gowarc.Request, id: reqID, date: x.StartedAt, uri: uri, content: "application/http;msgtype=request", block: req,
		more: [][2]string{addr, {gowarc.WarcConcurrentTo, resID}, {"WARC-Respawn-Visitor", visitor}},
	}.writeHTTP(w)
}

// writeHTTP writes a record whose block should be HTTP. What is none, or broke off
// in its header, is kept as the bytes it is: a site must not be able to keep
// itself out of the archive.
func (r record) writeHTTP(w io.Writer) error {
	err := r.write(w)
	if errors.Is(err, errBlock) {
		r.content = "application/octet-stream"
		err = r.write(w)
	}
	return err
}

// finalResponse cuts interim responses (1xx, except the switch of protocols, which
// is final), which no reader of WARC files expects before the final one. Line ends
// may be bare, as the crawler takes them.
func finalResponse(b []byte) []byte {
	rest := b
	for interim(rest) {
		for {
			line, after, ok := bytes.Cut(rest, []byte("\n"))
			if !ok {
				return b // it breaks off: there is nothing but interim responses
			}
			rest = after
			if len(bytes.TrimRight(line, "\r")) == 0 {
				break
			}
		}
	}
	if len(rest) == 0 {
		return b
	}
	return rest
}

func interim(b []byte) bool {
	line, _, _ := bytes.Cut(b[:min(len(b), 64)], []byte("\n"))
	f := bytes.Fields(line)
	if len(f) < 2 || !bytes.HasPrefix(f[0], []byte("HTTP/1.")) {
		return false
	}
	status, err := strconv.Atoi(string(f[1]))
	return err == nil && status >= 100 && status < 200 && status != 101
}

// targetURI is fit for the header of a record: what is no URL, because it was cut
// or made to be none, has its bytes escaped.
func targetURI(raw string) string {
	u, err := url.Parse(raw)
	if err == nil {
		u.Fragment, u.RawFragment = "", ""
		return u.String()
	}
	var b strings.Builder
	for _, c := range []byte(raw) {
		switch {
		case c > ' ' && c < 0x7f && c != '%':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
