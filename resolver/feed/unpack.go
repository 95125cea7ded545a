package feed

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Limits on archives: a list of all names registered in a day has about 300,000,
// some 6 MB.
const (
	maxMembers  = 1000    // files in a zip archive
	maxUnpacked = 4 << 30 // octets of a list after decompression
)

// unpack returns the text of a file that is plain, gzip or zip, told apart by its
// first octets. The members of a zip archive follow each other, each ending its
// last line; compressed members and nested archives come out as the noise they
// are, not unpacked again. Text beyond limit octets is an error wrapping
// [ErrTooLong]; limit 0 means none.
func unpack(f *os.File, limit int64) (io.ReadCloser, error) {
	var magic [4]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var r io.ReadCloser
	switch {
	case n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(bufio.NewReaderSize(f, maxLine))
		if err != nil {
			return nil, err
		}
		r = z
	case n == 4 && string(magic[:]) == "PK\x03\x04":
		st, err := f.Stat()
		if err != nil {
			return nil, err
		}
		z, err := zip.NewReader(f, st.Size())
		if err != nil {
			return nil, err
		}
		if len(z.File) > maxMembers {
			return nil, fmt.Errorf("archive of %d files: %w", len(z.File), ErrTooLong)
		}
		r = &members{files: z.File}
	default:
		r = io.NopCloser(f)
	}
	if limit > 0 {
		r = &limited{r, limit}
	}
	return r, nil
}

// members reads the files of a zip archive one after the other.
type members struct {
	files []*zip.File
	r     io.ReadCloser // nil between files
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if m.r == nil {
			if len(m.files) == 0 {
				return 0, io.EOF
			}
			f := m.files[0]
			m.files = m.files[1:]
			if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
				continue
			}
			r, err := f.Open()
			if err != nil {
				return 0, fmt.Errorf("%q in the archive: %w", f.Name, err)
			}
			m.r = r
		}
		n, err := m.r.Read(p)
		if err != io.EOF {
			return n, err
		}
		err = m.Close()
		if n > 0 || err != nil {
			return n, err
		}
		if len(p) > 0 {
			p[0] = '\n' // the next file begins a line
			return 1, nil
		}
	}
}

func (m *members) Close() error {
	if m.r == nil {
		return nil
	}
	err := m.r.Close()
	m.r = nil
	return err
}

// limited ends with an error, not with io.EOF, when its octets are used up: half
// a list must not pass for a whole one.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("unpacked text: %w", ErrTooLong)
	}
	n, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("unpacked text: %w", ErrTooLong)
	}
	return n, err
}
