package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"respawn/tracker"
)

// ErrCorrupt is wrapped where the bytes on disk are not those that the digest
// names.
var ErrCorrupt = errors.New("bytes do not match their digest")

// Blobs is a content-addressed store in a directory: one file for each distinct
// byte string, named by its SHA-256, in 256 folders. Equal bytes are stored once,
// however many nights bring them. Safe for concurrent use, also by several
// processes on one directory.
//
// Durability: Put makes the bytes visible at once and [Blobs.Sync] makes all of
// them durable. Call Sync before committing the row that names a digest; a crash
// in between then costs bytes that nothing refers to. A file that a crash left
// short is found by its size at the next Put of the same bytes and by its digest
// at Get.
type Blobs struct {
	dir string

	mu    sync.Mutex
	known map[tracker.Digest]struct{} // seen on disk; bounded, only a shortcut
	dirty []string                    // files not yet fsynced
	dirs  map[string]struct{}         // folders whose entries are not yet fsynced
}

// maxKnown bounds the shortcut of Put: 64 Ki digests are about 8 MB.
const maxKnown = 1 << 16

// maxDirty is how many files may wait for a Sync before Put does it itself.
const maxDirty = 4096

// OpenBlobs opens the store in dir and makes the directory where it is missing.
func OpenBlobs(dir string) (*Blobs, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("blob store: %w", err)
	}
	return &Blobs{dir: dir, known: map[tracker.Digest]struct{}{}, dirs: map[string]struct{}{}}, nil
}

// Path is the file that holds the digest, whether or not it exists. What is no
// digest leads to a name that never exists, not out of the directory.
func (s *Blobs) Path(d tracker.Digest) string {
	if !isDigest(d) {
		return filepath.Join(s.dir, "no-digest")
	}
	return filepath.Join(s.dir, string(d[:2]), string(d))
}

func isDigest(d tracker.Digest) bool {
	if len(d) != 64 {
		return false
	}
	for i := range len(d) {
		if c := d[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Put keeps a copy of b and returns its digest. See the type for durability. An
// error means that the bytes could not be written; nothing is half visible.
func (s *Blobs) Put(_ context.Context, b []byte) (tracker.Digest, error) {
	d := tracker.DigestOf(b)
	s.mu.Lock()
	_, ok := s.known[d]
	s.mu.Unlock()
	if ok {
		return d, nil
	}
	path := s.Path(d)
	if fi, err := os.Stat(path); err == nil && fi.Size() == int64(len(b)) {
		s.remember(d)
		return d, nil
	}
	if err := s.write(path, b); err != nil {
		return "", fmt.Errorf("blob %.12s: %w", d, err)
	}
	s.mu.Lock()
	s.dirty = append(s.dirty, path)
	s.dirs[filepath.Dir(path)] = struct{}{}
	full := len(s.dirty) >= maxDirty
	s.mu.Unlock()
	s.remember(d)
	if full {
		return d, s.Sync()
	}
	return d, nil
}

func (s *Blobs) remember(d tracker.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[d] = struct{}{}
}

// write goes through a temporary name so that a reader sees all bytes or none.
func (s *Blobs) write(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".put-*")
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err = os.CreateTemp(filepath.Dir(path), ".put-*")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o444)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Sync returns when everything put before is on stable storage.
func (s *Blobs) Sync() error {
	s.mu.Lock()
	files, dirs := s.dirty, s.dirs
	s.dirty, s.dirs = nil, map[string]struct{}{}
	s.mu.Unlock()
	if len(files) == 0 {
		return nil
	}
	var errs []error
	if err := syncAll(s.dir); err == nil {
		return nil
	} else if !errors.Is(err, errors.ErrUnsupported) {
		errs = append(errs, err)
	}
	for _, p := range files {
		errs = append(errs, syncPath(p))
	}
	for p := range dirs {
		errs = append(errs, syncPath(p))
	}
	if len(dirs) > 0 {
		errs = append(errs, syncPath(s.dir))
	}
	if err := errors.Join(errs...); err != nil {
		s.mu.Lock() // not durable: the next Sync tries again
		s.dirty = append(s.dirty, files...)
		for p := range dirs {
			s.dirs[p] = struct{}{}
		}
		s.mu.Unlock()
		return fmt.Errorf("blob store: %w", err)
	}
	return nil
}

func syncPath(p string) error {
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Get reads the bytes of a digest and checks them. The error wraps
// [fs.ErrNotExist] where there are none and [ErrCorrupt] where they are others.
func (s *Blobs) Get(_ context.Context, d tracker.Digest) ([]byte, error) {
	b, err := os.ReadFile(s.Path(d))
	if err != nil {
		return nil, fmt.Errorf("blob %.12s: %w", d, err)
	}
	if tracker.DigestOf(b) != d {
		return nil, fmt.Errorf("blob %.12s: %w", d, ErrCorrupt)
	}
	return b, nil
}

// Close syncs. The store holds no other resources.
func (s *Blobs) Close() error { return s.Sync() }
