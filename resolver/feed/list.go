package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"respawn/tracker"
)

// batchNames is about how many names of a file go into one batch.
const batchNames = 5000

// ListConfig describes a list of newly registered names.
type ListConfig struct {
	// Name is how the list is called in batches, gaps and alarms.
	Name string
	// Open opens it: text or CSV, plain, gzip or zip.
	Open Opener
	// Late is how long after its day the file of a daily list may appear; after
	// that the day is reported as a lost gap. Zero: 72 hours.
	Late time.Duration
	// Pace overrides the pace: asked every 30 minutes, silent after 50 hours.
	Pace Pace
}

// A List is the [Source] of one list of newly registered names: one name a line,
// or CSV with the names in the column that its heading calls domain, or else in
// the first field that is a name. A list without {date} in its address is read
// again, whole, each time it changes; with {date} one file is read for each day,
// beginning with yesterday's.
type List struct {
	cfg   ListConfig
	names Names
	doc   *document
	text  io.ReadCloser
	lines *lineReader
	table listTable
	done  string // id of a version without {date} that was read to its end
}

var _ Source = (*List)(nil)

// NewList returns the source; the error is about the configuration.
func NewList(cfg ListConfig) (*List, error) {
	if cfg.Open.open == nil || cfg.Open.where == "" {
		return nil, fmt.Errorf("feed %s: it needs a file or an address", cfg.Name)
	}
	if cfg.Late <= 0 {
		cfg.Late = 72 * time.Hour
	}
	cfg.Pace = cfg.Pace.or(Pace{Poll: 30 * time.Minute, Silent: 50 * time.Hour, Backoff: time.Minute, MaxBackoff: time.Hour})
	return &List{cfg: cfg}, nil
}

// Name is the configured name.
func (s *List) Name() string { return s.cfg.Name }

// Resumes is true: the file is still there.
func (s *List) Resumes() bool { return true }

// Pace is the configured pace.
func (s *List) Pace() Pace { return s.cfg.Pace }

// Close closes the file that is being read.
func (s *List) Close() error {
	var err error
	if s.text != nil {
		err = s.text.Close()
	}
	if s.doc != nil {
		err = errors.Join(err, s.doc.Close())
	}
	s.doc, s.text, s.lines = nil, nil, nil
	return err
}

const dayFormat = "2006-01-02"

// Next reads some thousand lines after pos.
func (s *List) Next(ctx context.Context, pos Position) (Batch, error) {
	b := Batch{Position: pos}
	if s.cfg.Open.daily() && pos.Day == "" {
		b.Position.Day = time.Now().UTC().AddDate(0, 0, -1).Format(dayFormat)
	}
	if s.doc == nil {
		gap, err := s.open(ctx, &b.Position)
		if gap != nil {
			b.Gaps = append(b.Gaps, *gap)
		}
		if err != nil || s.doc == nil {
			return b, err
		}
	}
	s.names.reset()
	b.Names = s.names
	err := s.read(ctx, &b)
	s.names = b.Names
	if err != nil {
		return Batch{}, errors.Join(err, s.Close())
	}
	return b, nil
}

// open opens the file that pos is in or that comes after it, and passes over the
// lines that were delivered. No file and no error mean that there is nothing new.
func (s *List) open(ctx context.Context, pos *Position) (*Gap, error) {
	doc, err := s.cfg.Open.on(ctx, pos.Day, s.done)
	switch {
	case errors.Is(err, errUnchanged):
		return nil, nil
	case errors.Is(err, errAbsent) && s.cfg.Open.daily():
		return s.missing(pos, err)
	case err != nil:
		return nil, err
	case doc.id == s.done:
		return nil, doc.Close()
	}
	text, err := unpack(doc.file, maxUnpacked)
	if err != nil {
		return nil, errors.Join(err, doc.Close())
	}
	s.doc, s.text, s.lines, s.table = doc, text, newLineReader(text), listTable{}
	if pos.File != doc.id {
		pos.File, pos.Next = doc.id, 0
	}
	for s.lines.next < pos.Next {
		line, err := s.lines.line()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.table.name(line) // the heading may be among them
	}
	s.lines.refused = 0
	return nil, nil
}

// missing decides what it means that the file of a day is not there.
func (s *List) missing(pos *Position, cause error) (*Gap, error) {
	day, err := time.Parse(dayFormat, pos.Day)
	if err != nil {
		return nil, fmt.Errorf("saved position has the day %q", pos.Day)
	}
	end := day.AddDate(0, 0, 1)
	if time.Since(end) < s.cfg.Late {
		return nil, nil // it may yet come
	}
	pos.Day, pos.File, pos.Next = end.Format(dayFormat), "", 0
	return &Gap{Source: s.cfg.Name, From: day, To: end, Lost: true, Reason: tracker.ReasonRefused, Detail: cause.Error()}, nil
}

// read adds the names of the lines after b.Position.
func (s *List) read(ctx context.Context, b *Batch) error {
	for n := 0; b.Names.Len() < batchNames && n < 20*batchNames; n++ {
		line, err := s.lines.line()
		if err == io.EOF {
			return s.ended(b)
		}
		if err != nil {
			return err
		}
		b.addListLine(&s.table, line, s.lines.next-1)
	}
	b.Entries += s.lines.refused
	b.Refused += s.lines.refused
	s.lines.refused = 0
	b.Position.Next = s.lines.next
	b.Behind = 1 // at least
	return ctx.Err()
}

// ended closes a file that was read to its end. A daily list goes on with the
// next day.
func (s *List) ended(b *Batch) error {
	b.Entries += s.lines.refused
	b.Refused += s.lines.refused
	b.Position.Next = s.lines.next
	if !s.cfg.Open.daily() {
		s.done = s.doc.id
	} else {
		day, err := time.Parse(dayFormat, b.Position.Day)
		if err != nil {
			return fmt.Errorf("saved position has the day %q", b.Position.Day)
		}
		b.Position.Day, b.Position.File, b.Position.Next = day.AddDate(0, 0, 1).Format(dayFormat), "", 0
	}
	return s.Close()
}

// addListLine counts one line and adds its name. Blank lines, comments and the
// heading are nothing.
func (b *Batch) addListLine(t *listTable, line []byte, index int64) {
	name, kind := t.name(line)
	switch kind {
	case lineName:
		b.Entries++
		if !b.Names.add(name, index) {
			b.NoNames++
		}
	case lineNoName:
		b.Entries++
		b.NoNames++
	}
}

const (
	lineEmpty = iota // blank, comment or heading
	lineName
	lineNoName
)

// A listTable remembers the column of the names. The zero value has not seen a
// line.
type listTable struct {
	begun  bool
	column int // of the heading that was recognised; -1: none was
}

// headings are what lists call the column of the names.
var headings = [][]byte{[]byte("domain"), []byte("domain_name"), []byte("domainname"), []byte("domain name"), []byte("fqdn"), []byte("host"), []byte("hostname"), []byte("name")}

// name finds the field of a line that holds a name.
func (t *listTable) name(line []byte) ([]byte, int) {
	line = bytes.TrimPrefix(bytes.TrimSpace(line), []byte("\xef\xbb\xbf"))
	if len(line) == 0 || line[0] == '#' || line[0] == ';' {
		return nil, lineEmpty
	}
	if !t.begun {
		t.begun, t.column = true, -1
		for i := 0; ; i++ {
			field, ok := fieldAt(line, i)
			if !ok {
				break
			}
			for _, h := range headings {
				if bytes.EqualFold(field, h) {
					t.column = i
					return nil, lineEmpty
				}
			}
		}
	}
	if t.column >= 0 {
		field, _ := fieldAt(line, t.column)
		return field, lineName
	}
	var buf [256]byte
	for i := 0; ; i++ {
		field, ok := fieldAt(line, i)
		if !ok {
			return nil, lineNoName
		}
		if _, ok := appendName(buf[:0], field); ok {
			return field, lineName
		}
	}
}

// fieldAt is the i-th field of a line: between commas, semicolons, tabs or bars,
// without blanks and quotes around it.
func fieldAt(line []byte, i int) ([]byte, bool) {
	for ; ; i-- {
		end := bytes.IndexAny(line, ",;\t|")
		field := line
		if end >= 0 {
			field = line[:end]
		}
		if i == 0 {
			return bytes.Trim(field, " \"'"), true
		}
		if end < 0 {
			return nil, false
		}
		line = line[end+1:]
	}
}
