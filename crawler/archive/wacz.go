package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"respawn/tracker"
)

// A Pack says what goes into an evidence package (WACZ 1.1.1, a ZIP file that
// ReplayWeb.page opens).
type Pack struct {
	// Refs are values of Capture.WARC: the captures to pack, in any order.
	Refs        []string
	Title       string
	Description string
	CreatedAt   time.Time
	Version     string // of the program
	// Key signs the package, in the anonymous form of wacz-auth 0.1.0: whoever
	// knows that the key is ours knows that we packed it. It must be on P-384. nil:
	// the digest is not signed.
	Key *ecdsa.PrivateKey
	// Extra files by path inside the package, for example the registration data.
	// They are listed with their hashes like all others.
	Extra map[string][]byte
}

// Paths inside a package that the format prescribes.
const (
	waczWARC   = "archive/data.warc.gz"
	waczIndex  = "indexes/index.cdx"
	waczPages  = "pages/pages.jsonl"
	waczData   = "datapackage.json"
	waczDigest = "datapackage-digest.json"
)

type resource struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Hash  string `json:"hash"`
	Bytes int64  `json:"bytes"`
}

type dataPackage struct {
	Profile     string     `json:"profile"`
	WACZ        string     `json:"wacz_version"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Created     string     `json:"created"`
	Software    string     `json:"software"`
	MainPageURL string     `json:"mainPageUrl,omitempty"`
	MainPageTS  string     `json:"mainPageDate,omitempty"`
	Resources   []resource `json:"resources"`
}

type digestFile struct {
	Path   string      `json:"path"`
	Hash   string      `json:"hash"`
	Signed *signedData `json:"signedData,omitempty"`
}

type signedData struct {
	Hash      string `json:"hash"`
	Created   string `json:"created"`
	Software  string `json:"software"`
	Version   string `json:"version"`
	Signature string `json:"signature"`
	PublicKey string `json:"publicKey"`
}

// A cdxLine is one response in the index.
type cdxLine struct {
	key, stamp string
	entry      map[string]string
}

// WriteWACZ copies the named captures out of the archive in dir, byte for byte,
// and writes the package. It returns an error where a reference leads nowhere.
func WriteWACZ(w io.Writer, dir string, p Pack) error {
	if len(p.Refs) == 0 {
		return errors.New("evidence pack: nothing to pack")
	}
	zw := zip.NewWriter(w)
	pkg := dataPackage{
		Profile: "data-package", WACZ: "1.1.1", Title: p.Title, Description: p.Description,
		Created: p.CreatedAt.UTC().Format(time.RFC3339), Software: strings.TrimSpace(software + " " + p.Version),
	}
	put := func(path string, method uint16, write func(io.Writer) error) error {
		f, err := zw.CreateHeader(&zip.FileHeader{Name: path, Method: method, Modified: p.CreatedAt.UTC()})
		if err != nil {
			return err
		}
		c := &counter{w: f, h: sha256.New()}
		if err := write(c); err != nil {
			return fmt.Errorf("evidence pack: %s: %w", path, err)
		}
		pkg.Resources = append(pkg.Resources, resource{filepath.Base(path), path, c.sum(), c.n})
		return nil
	}
	var index []cdxLine
	var pages []page
	err := put(waczWARC, zip.Store, func(w io.Writer) (err error) { // stored, so that readers can seek
		index, pages, err = copyCaptures(w, dir, p)
		return err
	})
	if err != nil {
		return err
	}
	err = put(waczIndex, zip.Store, func(w io.Writer) error { return writeIndex(w, index) })
	if err == nil {
		err = put(waczPages, zip.Deflate, func(w io.Writer) error { return writePages(w, pages) })
	}
	extra := make([]string, 0, len(p.Extra))
	for k := range p.Extra {
		extra = append(extra, k)
	}
	slices.Sort(extra)
	for _, k := range extra {
		if err == nil {
			err = put(k, zip.Deflate, func(w io.Writer) error { _, err := w.Write(p.Extra[k]); return err })
		}
	}
	if err != nil {
		return err
	}
	if len(pages) > 0 {
		pkg.MainPageURL, pkg.MainPageTS = pages[0].URL, pages[0].TS
	}
	data, err := json.MarshalIndent(pkg, "", "  ")
	if err != nil {
		return err
	}
	dig := digestFile{Path: waczData, Hash: "sha256:" + string(tracker.DigestOf(data))}
	if p.Key != nil {
		if dig.Signed, err = sign(p, dig.Hash); err != nil {
			return fmt.Errorf("evidence pack: sign: %w", err)
		}
	}
	digest, err := json.MarshalIndent(dig, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		b    []byte
	}{{waczData, data}, {waczDigest, digest}} {
		fw, err := zw.CreateHeader(&zip.FileHeader{Name: f.path, Method: zip.Deflate, Modified: p.CreatedAt.UTC()})
		if err != nil {
			return err
		}
		if _, err := fw.Write(f.b); err != nil {
			return err
		}
	}
	return zw.Close()
}

type counter struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	_, _ = c.h.Write(p[:n]) // never fails
	return n, err
}

func (c *counter) sum() string { return fmt.Sprintf("sha256:%x", c.h.Sum(nil)) }

// parseRef reads FILE:OFFSET+LENGTH.
func parseRef(ref string) (file string, off, n int64, err error) {
	file, place, ok := strings.Cut(ref, ":")
	o, l, ok2 := strings.Cut(place, "+")
	off, err1 := strconv.ParseInt(o, 10, 64)
	n, err2 := strconv.ParseInt(l, 10, 64)
	if !ok || !ok2 || err1 != nil || err2 != nil || off < 0 || n <= 0 || file != filepath.Base(file) {
		return "", 0, 0, fmt.Errorf("%q is not FILE:OFFSET+LENGTH", ref)
	}
	return file, off, n, nil
}

// ReadRef gives the bytes of one capture's records.
func ReadRef(dir, ref string) ([]byte, error) {
	file, off, n, err := parseRef(ref)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.Size() < off+n {
		return nil, fmt.Errorf("%s: the file ends before the capture: %w", ref, errors.Join(err, io.ErrUnexpectedEOF))
	}
	b := make([]byte, n)
	_, err = f.ReadAt(b, off)
	return b, err
}

type page struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	TS    string `json:"ts"`
	Title string `json:"title,omitempty"`
}

func copyCaptures(w io.Writer, dir string, p Pack) ([]cdxLine, []page, error) {
	var index []cdxLine
	var pages []page
	var info bytes.Buffer
	if err := writeInfo(&info, filepath.Base(waczWARC), p.CreatedAt); err != nil {
		return nil, nil, err
	}
	at := int64(info.Len())
	if _, err := w.Write(info.Bytes()); err != nil {
		return nil, nil, err
	}
	refs := slices.Clone(p.Refs)
	slices.Sort(refs)
	for _, ref := range slices.Compact(refs) {
		b, err := ReadRef(dir, ref)
		if err != nil {
			return nil, nil, err
		}
		err = eachMember(b, func(off, n int64, content []byte) error {
			line, pg, err := describe(content, at+off, n)
			if line != nil {
				index = append(index, *line)
			}
			pages = append(pages, pg...)
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", ref, err)
		}
		if _, err := w.Write(b); err != nil {
			return nil, nil, err
		}
		at += int64(len(b))
	}
	return index, pages, nil
}

// describe makes the index line of a response and the pages of a capture's
// metadata.
func describe(content []byte, off, n int64) (*cdxLine, []page, error) {
	h, block, err := splitRecord(content)
	if err != nil {
		return nil, nil, err
	}
	switch h["warc-type"] {
	case "metadata":
		var c tracker.Capture
		if err := json.Unmarshal(block, &c); err != nil {
			return nil, nil, err
		}
		return nil, pagesOf(c), nil
	case "response":
	default:
		return nil, nil, nil
	}
	t, err := time.Parse("2006-01-02T15:04:05.000Z", h["warc-date"])
	if err != nil {
		return nil, nil, err
	}
	status, mime := "-", "application/octet-stream"
	if res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(block)), nil); err == nil {
		status = strconv.Itoa(res.StatusCode)
		if ct, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); ct != "" {
			mime = strings.ToLower(strings.TrimSpace(ct))
		}
		_ = res.Body.Close() // bytes in memory
	}
	return &cdxLine{
		key: surt(h["warc-target-uri"]), stamp: t.Format("20060102150405"),
		entry: map[string]string{
			"url": h["warc-target-uri"], "mime": mime, "status": status, "digest": h["warc-payload-digest"],
			"offset": strconv.FormatInt(off, 10), "length": strconv.FormatInt(n, 10), "filename": filepath.Base(waczWARC),
		},
	}, nil, nil
}

// splitRecord reads the header fields of a WARC record, names in lower case, and
// its block.
func splitRecord(b []byte) (map[string]string, []byte, error) {
	i := bytes.Index(b, []byte("\r\n\r\n"))
	if i < 0 || !bytes.HasPrefix(b, []byte("WARC/1.1\r\n")) {
		return nil, nil, errors.New("not a WARC 1.1 record")
	}
	h := map[string]string{}
	for _, line := range strings.Split(string(b[:i]), "\r\n")[1:] {
		k, v, _ := strings.Cut(line, ":")
		h[strings.ToLower(k)] = strings.TrimSpace(v)
	}
	n, err := strconv.Atoi(h["content-length"])
	if err != nil || n < 0 || i+4+n+4 != len(b) || string(b[i+4+n:]) != "\r\n\r\n" {
		return nil, nil, errors.New("the record does not have the length it states")
	}
	return h, b[i+4 : i+4+n], nil
}

// pagesOf are the pages that a reader of the package may want to open: where each
// visitor landed.
func pagesOf(c tracker.Capture) []page {
	var out []page
	for i, v := range c.Visits {
		if v.Visitor == "asset" || len(v.Hops) == 0 || v.Hops[0].Status == 0 {
			continue
		}
		x := v.Hops[0]
		if slices.ContainsFunc(out, func(p page) bool { return p.URL == x.URL }) {
			continue
		}
		out = append(out, page{
			ID:  string(tracker.DigestOf([]byte(string(c.Name) + c.At.String() + strconv.Itoa(i))))[:16],
			URL: x.URL, TS: x.StartedAt.UTC().Format("2006-01-02T15:04:05Z"),
			Title: string(c.Name) + " as " + v.Visitor + " visitor",
		})
	}
	return out
}

func writeIndex(w io.Writer, lines []cdxLine) error {
	slices.SortStableFunc(lines, func(a, b cdxLine) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.stamp, b.stamp)) })
	for _, l := range lines {
		b, err := json.Marshal(l.entry)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s %s %s\n", l.key, l.stamp, b); err != nil {
			return err
		}
	}
	return nil
}

func writePages(w io.Writer, pages []page) error {
	slices.SortStableFunc(pages, func(a, b page) int { return cmp.Compare(a.TS, b.TS) })
	e := json.NewEncoder(w)
	if err := e.Encode(map[string]any{"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": false}); err != nil {
		return err
	}
	for _, p := range pages {
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// surt is the sort-friendly form of a URL that indexes are ordered by:
// com,example)/path?query.
func surt(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return strings.ToLower(raw)
	}
	labels := strings.Split(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	slices.Reverse(labels)
	s := strings.Join(labels, ",")
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		s += ":" + p
	}
	s += ")" + strings.ToLower(cmp.Or(u.EscapedPath(), "/"))
	if u.RawQuery != "" {
		q := strings.Split(strings.ToLower(u.RawQuery), "&")
		slices.Sort(q)
		s += "?" + strings.Join(q, "&")
	}
	return s
}

// sign makes the anonymous form of wacz-auth: ECDSA on P-384 with SHA-256 over
// the text of the hash, r and s side by side as WebCrypto writes them.
func sign(p Pack, hash string) (*signedData, error) {
	if p.Key.Curve != elliptic.P384() {
		return nil, errors.New("the key is not on P-384")
	}
	sum := sha256.Sum256([]byte(hash))
	r, s, err := ecdsa.Sign(rand.Reader, p.Key, sum[:])
	if err != nil {
		return nil, err
	}
	sig := append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	pub, err := x509.MarshalPKIXPublicKey(&p.Key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &signedData{
		Hash: hash, Created: p.CreatedAt.UTC().Format(time.RFC3339), Software: software, Version: p.Version,
		Signature: base64.StdEncoding.EncodeToString(sig), PublicKey: base64.StdEncoding.EncodeToString(pub),
	}, nil
}

func (s *signedData) check(hash string) error {
	if s.Hash != hash {
		return errors.New("the signature is for another hash")
	}
	der, err := base64.StdEncoding.DecodeString(s.PublicKey)
	if err != nil {
		return err
	}
	k, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return err
	}
	pub, ok := k.(*ecdsa.PublicKey)
	sig, err := base64.StdEncoding.DecodeString(s.Signature)
	if !ok || err != nil || len(sig) != 96 {
		return errors.New("not a signature of the anonymous form")
	}
	sum := sha256.Sum256([]byte(hash))
	if !ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(sig[:48]), new(big.Int).SetBytes(sig[48:])) {
		return errors.New("the signature does not hold")
	}
	return nil
}

// VerifyWACZ checks a package offline: the digest of datapackage.json, its
// signature where there is one, the hash of every file, the digests of every
// record, and that nothing unlisted lies beside them. The error is a [*BadLink]
// that names the first file that is wrong. signer is the public key of the
// signature (base64, PKIX); "" where the package is not signed. Whose key it is
// the package cannot tell.
func VerifyWACZ(path string) (r Report, signer string, err error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return r, "", &BadLink{filepath.Base(path), 0, err.Error()}
	}
	defer z.Close()
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			return r, "", &BadLink{f.Name, 0, "named twice"}
		}
		files[f.Name] = f
	}
	var dig digestFile
	var pkg dataPackage
	data, err := readJSON(files[waczData], waczData, &pkg)
	if err != nil {
		return r, "", err
	}
	if _, err := readJSON(files[waczDigest], waczDigest, &dig); err != nil {
		return r, "", err
	}
	if dig.Path != waczData || dig.Hash != "sha256:"+string(tracker.DigestOf(data)) {
		return r, "", &BadLink{waczData, 0, "its hash is not the one in " + waczDigest}
	}
	if dig.Signed != nil {
		if err := dig.Signed.check(dig.Hash); err != nil {
			return r, "", &BadLink{waczDigest, 0, err.Error()}
		}
		if s := dig.Signed; s.Created != pkg.Created || strings.TrimSpace(s.Software+" "+s.Version) != pkg.Software {
			return r, "", &BadLink{waczDigest, 0, "its date or program is not that of " + waczData}
		}
		signer = dig.Signed.PublicKey
	}
	delete(files, waczData)
	delete(files, waczDigest)
	for _, res := range pkg.Resources {
		if err := checkResource(files[res.Path], res); err != nil {
			return r, signer, err
		}
		delete(files, res.Path)
		r.Files++
		r.Bytes += res.Bytes
	}
	for n := range files {
		return r, signer, &BadLink{n, 0, "not listed in " + waczData}
	}
	r.Head = tracker.Digest(strings.TrimPrefix(dig.Hash, "sha256:"))
	return r, signer, nil
}

// maxJSON bounds the two small files of a package, which may come from anybody.
const maxJSON = 16 << 20

func readJSON(f *zip.File, name string, v any) ([]byte, error) {
	if f == nil {
		return nil, &BadLink{name, 0, "missing"}
	}
	rc, err := f.Open()
	if err != nil {
		return nil, &BadLink{name, 0, err.Error()}
	}
	defer rc.Close()
	b, err := io.ReadAll(io.LimitReader(rc, maxJSON))
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return nil, &BadLink{name, 0, err.Error()}
	}
	return b, nil
}

func checkResource(f *zip.File, res resource) error {
	if f == nil {
		return &BadLink{res.Path, 0, "missing"}
	}
	rc, err := f.Open()
	if err != nil {
		return &BadLink{res.Path, 0, err.Error()}
	}
	defer rc.Close()
	c := &counter{w: io.Discard, h: sha256.New()}
	in := io.TeeReader(io.LimitReader(rc, res.Bytes+1), c)
	if strings.HasSuffix(res.Path, ".warc.gz") {
		if err := checkRecords(in); err != nil {
			return &BadLink{res.Path, 0, err.Error()}
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return &BadLink{res.Path, 0, err.Error()}
	}
	if c.n != res.Bytes || c.sum() != res.Hash {
		return &BadLink{res.Path, 0, "its hash is not the one in " + waczData}
	}
	return nil
}

// checkRecords recomputes the digests of every record of a compressed WARC file.
func checkRecords(r io.Reader) error {
	br := bufio.NewReader(r)
	z, err := gzip.NewReader(br)
	for n := 1; ; n++ {
		if errors.Is(err, io.EOF) && n > 1 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		z.Multistream(false)
		b, rerr := io.ReadAll(io.LimitReader(z, 256<<20))
		if rerr != nil {
			return fmt.Errorf("record %d: %w", n, rerr)
		}
		h, block, serr := splitRecord(b)
		if serr != nil {
			return fmt.Errorf("record %d: %w", n, serr)
		}
		if d := h["warc-block-digest"]; !strings.EqualFold(d, "sha256:"+string(tracker.DigestOf(block))) {
			return fmt.Errorf("record %d (%s): its block does not have the digest %.20s", n, h["warc-target-uri"], d)
		}
		err = z.Reset(br)
	}
}
