package feed

import (
	"bufio"
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Name sets that do not fit into memory: files of sorted, distinct names, one a
// line, below a line that says of what they are the set. Plain text, so that comm
// and grep can read them.

const (
	// chunkBytes is how much of a set is sorted in memory at a time, and chunkNames
	// how many names; together about 24 MB.
	chunkBytes = 16 << 20
	chunkNames = 1 << 20
	// maxRuns is how many sorted files are merged at once.
	maxRuns = 128
)

// A setHeader is the first line of a set.
type setHeader struct {
	id    string // version of the file that the set was made of
	count int64  // names
}

// A setReader reads a set in order.
type setReader struct {
	header setHeader
	file   *os.File
	lines  *lineReader
}

// openSet opens a set; the error wraps fs.ErrNotExist where there is none.
func openSet(path string) (*setReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &setReader{file: f, lines: newLineReader(f)}
	first, err := s.lines.line()
	if err == nil {
		id, count, ok := strings.Cut(strings.TrimPrefix(string(first), "# "), " ")
		s.header.id = id
		s.header.count, err = strconv.ParseInt(count, 10, 64)
		if !ok || len(first) < 2 || first[0] != '#' {
			err = errors.New("it has no header")
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("name set %s: %w", path, err)
	}
	return s, nil
}

// next is the next name, valid until the call after; io.EOF at the end.
func (s *setReader) next() ([]byte, error) { return s.lines.line() }

func (s *setReader) Close() error { return s.file.Close() }

// A setWriter sorts names into a set with bounded memory.
type setWriter struct {
	dir   string
	names []byte
	ends  []uint32
	runs  []string
}

// add keeps a copy of name.
func (w *setWriter) add(name []byte) error {
	if len(w.names)+len(name) > chunkBytes || len(w.ends) == chunkNames {
		if err := w.spill(); err != nil {
			return err
		}
	}
	w.names = append(w.names, name...)
	w.ends = append(w.ends, uint32(len(w.names)))
	return nil
}

// spill writes the names in memory as one sorted run.
func (w *setWriter) spill() (err error) {
	if len(w.ends) == 0 {
		return nil
	}
	type span struct{ start, end uint32 }
	spans := make([]span, len(w.ends))
	start := uint32(0)
	for i, e := range w.ends {
		spans[i] = span{start, e}
		start = e
	}
	slices.SortFunc(spans, func(a, b span) int { return bytes.Compare(w.names[a.start:a.end], w.names[b.start:b.end]) })
	err = w.writeRun(func(out *bufio.Writer) error {
		var last []byte
		for _, s := range spans {
			n := w.names[s.start:s.end]
			if bytes.Equal(n, last) {
				continue
			}
			last = n
			_, _ = out.Write(n)
			_ = out.WriteByte('\n') // bufio keeps the first error for Flush
		}
		return nil
	})
	w.names, w.ends = w.names[:0], w.ends[:0]
	if err == nil && len(w.runs) >= maxRuns {
		err = w.fold()
	}
	return err
}

// fold merges all runs into one.
func (w *setWriter) fold() error {
	old := w.runs
	w.runs = nil
	err := w.writeRun(func(out *bufio.Writer) error { _, err := mergeRuns(old, out); return err })
	return errors.Join(err, removeAll(old))
}

func (w *setWriter) writeRun(fill func(*bufio.Writer) error) error {
	f, err := os.CreateTemp(w.dir, "names-*.run")
	if err != nil {
		return err
	}
	w.runs = append(w.runs, f.Name())
	out := bufio.NewWriterSize(f, maxLine)
	return errors.Join(fill(out), out.Flush(), f.Close())
}

// finish writes the set to path, whole or not at all.
func (w *setWriter) finish(path, id string) (setHeader, error) {
	if err := w.spill(); err != nil {
		return setHeader{}, err
	}
	h := setHeader{id: id}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.tmp")
	if err != nil {
		return h, err
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	// The count is known only at the end; a header of fixed width is written twice.
	head := func() string { return fmt.Sprintf("# %s %020d\n", id, h.count) }
	out := bufio.NewWriterSize(tmp, maxLine)
	_, _ = out.WriteString(head())
	n, err := mergeRuns(w.runs, out)
	h.count = n
	if err = errors.Join(err, out.Flush()); err == nil {
		_, err = tmp.WriteAt([]byte(head()), 0)
	}
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return h, err
	}
	return h, os.Rename(tmp.Name(), path)
}

// Close removes the runs.
func (w *setWriter) Close() error {
	err := removeAll(w.runs)
	w.runs = nil
	return err
}

func removeAll(paths []string) error {
	var errs []error
	for _, p := range paths {
		errs = append(errs, os.Remove(p))
	}
	return errors.Join(errs...)
}

// mergeRuns writes the distinct names of sorted runs in order.
func mergeRuns(paths []string, out *bufio.Writer) (int64, error) {
	var h runHeap
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		r := &run{lines: newLineReader(f)}
		if err := r.advance(); err == nil {
			h = append(h, r)
		} else if err != io.EOF {
			return 0, err
		}
	}
	heap.Init(&h)
	var last []byte
	var count int64
	for len(h) > 0 {
		r := h[0]
		if count == 0 || !bytes.Equal(r.name, last) {
			count++
			last = append(last[:0], r.name...)
			_, _ = out.Write(last)
			_ = out.WriteByte('\n')
		}
		switch err := r.advance(); err {
		case nil:
			heap.Fix(&h, 0)
		case io.EOF:
			heap.Pop(&h)
		default:
			return count, err
		}
	}
	return count, nil
}

type run struct {
	lines *lineReader
	name  []byte
}

func (r *run) advance() (err error) {
	r.name, err = r.lines.line()
	return err
}

type runHeap []*run

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return bytes.Compare(h[i].name, h[j].name) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)        { *h = append(*h, x.(*run)) }
func (h *runHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	*h = old[:len(old)-1]
	return r
}

// A setDiff walks two sets and hands out what only the newer has.
type setDiff struct {
	newer, older *setReader // older may be nil: everything is new
	old          []byte     // next name of older; nil at its end
	begun        bool
}

// next is the next name that newer has and older has not; io.EOF at the end.
func (d *setDiff) next(ctx context.Context) ([]byte, error) {
	if !d.begun {
		d.begun = true
		if err := d.step(); err != nil {
			return nil, err
		}
	}
	for n := 0; ; n++ {
		if n%(1<<16) == 1<<16-1 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		name, err := d.newer.next()
		if err != nil {
			return nil, err
		}
		for d.old != nil && bytes.Compare(d.old, name) < 0 {
			if err := d.step(); err != nil {
				return nil, err
			}
		}
		if d.old == nil || !bytes.Equal(d.old, name) {
			return name, nil
		}
	}
}

func (d *setDiff) step() error {
	if d.older == nil {
		return nil
	}
	name, err := d.older.next()
	switch {
	case err == io.EOF:
		d.old = nil
	case err != nil:
		return err
	default:
		d.old = name
	}
	return nil
}

func (d *setDiff) Close() error {
	err := d.newer.Close()
	if d.older != nil {
		err = errors.Join(err, d.older.Close())
	}
	return err
}
