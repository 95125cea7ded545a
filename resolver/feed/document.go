package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// maxDocument bounds a file that is fetched, as it is sent. The largest zone of
// all takes about 5 GB compressed; nothing else comes near it.
const maxDocument = 8 << 30

// fetchLimit is how long fetching a file may take.
const fetchLimit = 2 * time.Hour

// A document is one version of a file.
type document struct {
	id   string // equal for equal versions, without blanks
	file *os.File
	temp bool // file is a copy of ours
}

func (d *document) Close() error {
	err := d.file.Close()
	if d.temp {
		err = errors.Join(err, os.Remove(d.file.Name()))
	}
	return err
}

// errAbsent is wrapped where a file is not there (yet).
var errAbsent = errors.New("not there")

// errUnchanged is wrapped where a server says that its file is the one that was
// read already.
var errUnchanged = errors.New("not changed")

// An Opener opens a file for each reading. Make one with [OpenPath] or [OpenURL].
// A path or address may contain {date}, which becomes the day that is read, as
// 2006-01-02; then there is one file for each day.
type Opener struct {
	where string
	// open opens where. have is a version that was read to its end, "" where there
	// is none: the error may wrap errUnchanged if that is still the present one.
	open func(ctx context.Context, where, have string) (*document, error)
}

// daily says whether there is one file for each day.
func (o Opener) daily() bool { return strings.Contains(o.where, "{date}") }

func (o Opener) on(ctx context.Context, day, have string) (*document, error) {
	return o.open(ctx, strings.ReplaceAll(o.where, "{date}", day), have)
}

// OpenPath opens a file on disk. A version is told from another by its size and
// time.
func OpenPath(path string) Opener {
	return Opener{path, func(_ context.Context, path, _ string) (*document, error) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", errAbsent, err)
		}
		if err != nil {
			return nil, err
		}
		st, err := f.Stat()
		if err == nil && !st.Mode().IsRegular() {
			err = fmt.Errorf("%s is not a regular file", path)
		}
		if err != nil {
			_ = f.Close()
			return nil, err
		}
		return &document{id: fmt.Sprintf("%d-%d", st.Size(), st.ModTime().UnixNano()), file: f}, nil
	}}
}

// OpenURL fetches a file over HTTP into dir, where it is kept while it is read.
// A version is told from another by the SHA-256 of what was sent.
func OpenURL(client *http.Client, userAgent, dir, url string) Opener {
	g := getter{client, userAgent}
	var etag, modified, last string // validators of the version with the id last
	return Opener{url, func(ctx context.Context, url, have string) (*document, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		h := http.Header{"Accept-Encoding": {"identity"}} // the file as it is, whatever it is
		if have != "" && have == last {
			h.Set("If-None-Match", etag)
			h.Set("If-Modified-Since", modified)
		}
		resp, err := g.open(ctx, url, h)
		switch {
		case isStatus(err, http.StatusNotModified):
			return nil, errUnchanged
		case isStatus(err, http.StatusNotFound), isStatus(err, http.StatusGone):
			return nil, fmt.Errorf("%w: %w", errAbsent, err)
		case err != nil:
			return nil, err
		}
		defer resp.Body.Close()
		f, err := os.CreateTemp(dir, "feed-*.part")
		if err != nil {
			return nil, err
		}
		d := &document{file: f, temp: true}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(resp.Body, maxDocument+1))
		if err == nil && n > maxDocument {
			err = fmt.Errorf("over %d octets: %w", int64(maxDocument), ErrTooLong)
		}
		if err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", url, err), d.Close())
		}
		d.id = hex.EncodeToString(sum.Sum(nil))
		etag, modified, last = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified"), d.id
		return d, nil
	}}
}
