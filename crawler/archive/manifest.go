package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// manifestName is the file that chains the nights.
const manifestName = "manifest.jsonl"

// A Link is one line of the manifest: the files that one night sealed, the hash
// of the line before, and its own hash over all of that.
type Link struct {
	Seq   int            `json:"seq"` // from 1
	At    time.Time      `json:"at"`
	Prev  tracker.Digest `json:"prev"` // Hash of the link before; "" for the first
	Files []SealedFile   `json:"files"`
	Hash  tracker.Digest `json:"hash"` // of this link in JSON with an empty hash
}

// A SealedFile is a file that will never change again.
type SealedFile struct {
	Path   string         `json:"path"`
	Size   int64          `json:"size"`
	SHA256 tracker.Digest `json:"sha256"`
}

func (l Link) sum() tracker.Digest {
	l.Hash = ""
	b, err := json.Marshal(l)
	if err != nil { // strings, numbers and a time always marshal
		panic(err)
	}
	return tracker.DigestOf(b)
}

// Seal closes the night: it makes its files durable, hashes them and appends the
// link. The link's hash is what to publish, print or have time-stamped, for
// only a hash that others hold proves that the chain's end was not cut off. A
// night without captures adds no link and returns the last one; before the first
// night that is the zero Link. Timestamps of earlier links are sealed along.
func (a *Archive) Seal(at time.Time) (Link, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.closeFile(); err != nil {
		return Link{}, fmt.Errorf("archive: seal: %w", err)
	}
	links, err := readManifest(a.dir)
	if err != nil {
		return Link{}, err
	}
	var last Link
	if len(links) > 0 {
		last = links[len(links)-1]
	}
	if len(a.files) == 0 {
		return last, nil
	}
	l := Link{Seq: last.Seq + 1, At: at.UTC().Truncate(time.Second), Prev: last.Hash}
	stamps, err := freshStamps(a.dir, links)
	if err != nil {
		return Link{}, fmt.Errorf("archive: seal: %w", err)
	}
	for _, n := range append(stamps, a.files...) {
		f, err := sealed(a.dir, n)
		if err != nil {
			return Link{}, fmt.Errorf("archive: seal: %w", err)
		}
		l.Files = append(l.Files, f)
	}
	l.Hash = l.sum()
	line, err := json.Marshal(l)
	if err != nil {
		return Link{}, err
	}
	m, err := os.OpenFile(filepath.Join(a.dir, manifestName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return Link{}, fmt.Errorf("archive: seal: %w", err)
	}
	_, err = m.Write(append(line, '\n'))
	if err = errors.Join(err, m.Sync(), m.Close(), syncPath(a.dir)); err != nil {
		return Link{}, fmt.Errorf("archive: seal: %w", err)
	}
	a.files = nil
	return l, nil
}

func sealed(dir, name string) (SealedFile, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return SealedFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return SealedFile{Path: name, Size: n, SHA256: tracker.Digest(hex.EncodeToString(h.Sum(nil)))}, err
}

// readManifest reads the links without judging them. No file is no links. A last
// line without its end is what a crash left of a Seal that never returned.
func readManifest(dir string) ([]Link, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	if i := bytes.LastIndexByte(b, '\n'); i+1 < len(b) {
		if err := os.Truncate(path, int64(i+1)); err != nil {
			return nil, fmt.Errorf("archive: %w", err)
		}
		b = b[:i+1]
	}
	var out []Link
	for line := range bytes.Lines(b) {
		var l Link
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, fmt.Errorf("archive: %s line %d: %w", manifestName, len(out)+1, err)
		}
		out = append(out, l)
	}
	return out, nil
}

// A BadLink is the first place where an archive is not what it was.
type BadLink struct {
	File string // relative to the directory
	Line int    // of the manifest; 0 where the file is another
	Why  string
}

func (e *BadLink) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s line %d: %s", e.File, e.Line, e.Why)
	}
	return e.File + ": " + e.Why
}

// A Report says what an archive holds that verified.
type Report struct {
	Links  int
	Files  int
	Bytes  int64
	Head   tracker.Digest // hash of the last link; compare it with one that others hold
	Stamps int            // timestamps beside the manifest, each of the hash of its link
	// StampedLink is the newest link with a timestamp, and StampedAt the time that the
	// authority gave; 0 and the zero time where there is none. Everything up to that
	// link existed then, if the authority's signature holds, which is not checked here.
	StampedLink int
	StampedAt   time.Time
	Unsealed    []string // files of a night that is not closed yet; nothing vouches for them
}

// In says whether a directory holds an archive: a manifest, or files that one would
// vouch for.
func In(dir string) bool {
	es, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(es, func(e fs.DirEntry) bool {
		return e.Name() == manifestName || strings.HasSuffix(e.Name(), ".warc.gz") || strings.HasSuffix(e.Name(), stampSuffix)
	})
}

// Verify checks an archive offline: every line of the manifest against its own
// hash and the one before, every file against its size and hash. The error is a
// [*BadLink] that names the first thing that is wrong. Lines cut off at the end
// of the manifest show only in Report.Head and as unsealed files.
func Verify(dir string) (Report, error) {
	var r Report
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("archive: %w", err)
	}
	known := map[string]bool{}
	var prev Link
	line := 0
	var hashes []tracker.Digest
	for raw := range bytes.Lines(b) {
		line++
		l, err := checkLine(raw, prev, line)
		if err != nil {
			return r, err
		}
		for _, f := range l.Files {
			if err := checkFile(dir, f, known); err != nil {
				return r, err
			}
			r.Files++
			r.Bytes += f.Size
		}
		prev, r.Links, r.Head = l, line, l.Hash
		hashes = append(hashes, l.Hash)
	}
	es, err := os.ReadDir(dir)
	if err != nil {
		return r, fmt.Errorf("archive: %w", err)
	}
	var stamps []string
	for _, e := range es {
		switch n := e.Name(); {
		case strings.HasSuffix(n, stampSuffix):
			stamps = append(stamps, n)
		case !known[n] && strings.HasSuffix(n, ".warc.gz"):
			r.Unsealed = append(r.Unsealed, n)
		}
	}
	err = checkStamps(dir, stamps, hashes, &r)
	return r, err
}

func checkLine(raw []byte, prev Link, line int) (Link, error) {
	bad := func(why string) (Link, error) { return Link{}, &BadLink{manifestName, line, why} }
	if !bytes.HasSuffix(raw, []byte("\n")) {
		return bad("the line has no end")
	}
	var l Link
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return bad("not a link: " + err.Error())
	}
	canonical, err := json.Marshal(l)
	if err != nil || !slices.Equal(append(canonical, '\n'), raw) {
		return bad("not as it was written")
	}
	switch {
	case l.Hash != l.sum():
		return bad("the link does not have the hash it states")
	case l.Seq != prev.Seq+1:
		return bad(fmt.Sprintf("link %d follows link %d", l.Seq, prev.Seq))
	case l.Prev != prev.Hash:
		return bad("the link does not continue the one before")
	case l.At.Before(prev.At):
		return bad("the link is older than the one before")
	}
	return l, nil
}

func checkFile(dir string, f SealedFile, known map[string]bool) error {
	if f.Path != filepath.Base(f.Path) || known[f.Path] {
		return &BadLink{f.Path, 0, "named twice, or not a file of this directory"}
	}
	known[f.Path] = true
	got, err := sealed(dir, f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &BadLink{f.Path, 0, "missing"}
	case err != nil:
		return fmt.Errorf("archive: %w", err)
	case got.Size != f.Size:
		return &BadLink{f.Path, 0, fmt.Sprintf("%d bytes, %d when it was sealed", got.Size, f.Size)}
	case got.SHA256 != f.SHA256:
		return &BadLink{f.Path, 0, "its hash is not the one that was sealed"}
	}
	return nil
}

// VerifyBlobs reads every file of a blob store against its name. The error is a
// [*BadLink] that names the first file that is wrong.
func VerifyBlobs(dir string) (Report, error) {
	var r Report
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".put-") {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		f, err := sealed(filepath.Dir(p), d.Name())
		if err != nil {
			return err
		}
		if string(f.SHA256) != d.Name() || filepath.Base(filepath.Dir(p)) != d.Name()[:2] {
			return &BadLink{rel, 0, "its bytes are not those of its name"}
		}
		r.Files++
		r.Bytes += f.Size
		return nil
	})
	return r, err
}
