// Package casefile reads what a person handed in, a list of seized names in CSV,
// YAML or plain lines, into a [tracker.Case].
//
// It knows the columns, the four ways in which published lists write a day, and
// how people break links on purpose (hxxps://, [.], (dot), zero-width marks,
// remarks behind the name). It does not look anything up, does not open files by
// itself and does not judge a name beyond whether it can be one: files come
// through the [Opener] that cmd hands in, cases go to the store and to lookalike.
//
// Nothing is dropped in silence. A row that cannot be read is a [Refusal] with
// file, line and reason while the others go in; so is a single field, and so is
// a second row of a name that was already there.
package casefile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"respawn/tracker"
)

const (
	// maxFile bounds one file: the largest published campaign lists are under 2 MB.
	maxFile = 32 << 20
	// maxRefused is how many refused rows one file may have before it is taken for
	// something other than a list of names.
	maxRefused = 1000
	// maxFiles bounds the files that one case.yaml ties together.
	maxFiles = 256
)

// ErrFormat is wrapped by errors about a file as a whole: not a case file at all.
// Single bad rows are refusals, not errors.
var ErrFormat = errors.New("not a case file")

// A Refusal is something of a file that did not go into the case as it stood.
type Refusal struct {
	File   string `json:"file"`
	Line   int    `json:"line"`            // 1-based; 0 = the file as a whole
	Field  string `json:"field,omitempty"` // empty: the whole row was refused; else only this field, and the row is in
	Text   string `json:"text"`            // what stood there, cut to 200 octets
	Reason string `json:"reason"`
	// Assumed says that nothing was refused: the file leaves something open, and this
	// is how it was taken.
	Assumed bool `json:"assumed,omitempty"`
}

// Row says whether a whole row was refused.
func (r Refusal) Row() bool { return r.Field == "" && !r.Assumed }

// String is one line for people: file:line: reason: text.
func (r Refusal) String() string {
	where := fmt.Sprintf("%s:%d", r.File, r.Line)
	if r.Field != "" {
		where += ": " + r.Field
	}
	if r.Text == "" {
		return where + ": " + r.Reason
	}
	return fmt.Sprintf("%s: %s: %q", where, r.Reason, r.Text)
}

// An Opener opens a file by slash-separated path: the path given to [Load], or one
// that a case.yaml names, joined to the folder of that case.yaml.
type Opener func(name string) (io.ReadCloser, error)

// Load reads one case: a case.yaml with the files it ties together, or a single
// CSV, YAML or plain list. The id of a case that states none is made of the file
// name (of the folder, where the file is called case.*). Refusals do not fail
// it; an error means that no case came out, for instance that a file could not
// be opened or held no name at all.
func Load(open Opener, name string) (tracker.Case, []Refusal, error) {
	b := newBuilder()
	if err := b.file(open, name, roleUnstated, 0); err != nil {
		return tracker.Case{}, b.refusals, err
	}
	return b.finish(name)
}

// Read reads one file that stands alone. name tells the format by its extension
// (.csv .tsv .yaml .yml .json; all else is looked at) and stands in every origin
// and refusal. A YAML file with `files:` needs [Load].
func Read(name string, r io.Reader) (tracker.Case, []Refusal, error) {
	b := newBuilder()
	data, err := slurp(name, r)
	if err != nil {
		return tracker.Case{}, nil, err
	}
	if err := b.bytes(nil, name, data, roleUnstated, 0); err != nil {
		return tracker.Case{}, b.refusals, err
	}
	return b.finish(name)
}

// A builder gathers rows of one or several files into one case.
type builder struct {
	c        tracker.Case
	names    map[tracker.Name]int // index into c.Names
	outlets  map[tracker.Name]int // index into c.Outlets
	refusals []Refusal
	files    int
	unstated []unstated
}

// An unstated is how many rows of a file said neither role nor seizure.
type unstated struct {
	file       string
	line, rows int // line of the first
}

func newBuilder() *builder {
	return &builder{names: map[tracker.Name]int{}, outlets: map[tracker.Name]int{}}
}

func (b *builder) refuse(file string, line int, field, text, reason string) {
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "..."
	}
	b.refusals = append(b.refusals, Refusal{File: file, Line: line, Field: field, Text: text, Reason: reason})
}

func slurp(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read case file %s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: %s is longer than %d MiB", ErrFormat, name, maxFile>>20)
	}
	return data, nil
}

func (b *builder) file(open Opener, name string, role tracker.Role, depth int) error {
	if b.files++; b.files > maxFiles {
		return fmt.Errorf("%w: %s: a case ties together more than %d files", ErrFormat, name, maxFiles)
	}
	f, err := open(name)
	if err != nil {
		return fmt.Errorf("open case file %s: %w", name, err)
	}
	data, err := slurp(name, f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close case file %s: %w", name, cerr)
	}
	if err != nil {
		return err
	}
	return b.bytes(open, name, data, role, depth)
}

// bytes reads data in the format that name or its first line tells.
func (b *builder) bytes(open Opener, name string, data []byte, role tracker.Role, depth int) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return fmt.Errorf("%w: %s is UTF-16: save it as UTF-8", ErrFormat, name)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return fmt.Errorf("%w: %s holds NUL octets: it is no text", ErrFormat, name)
	}
	if !utf8.Valid(data) {
		// Latin-1 exports of spreadsheets: the names in them are ASCII, the remarks
		// may lose a letter. Replacing keeps the rows.
		b.refuse(name, 0, "encoding", "", "not UTF-8: letters that could not be read stand as U+FFFD")
		data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return b.yaml(open, name, data, role, depth)
	case ".csv", ".tsv":
		return b.csv(name, data, role)
	}
	if _, ok := csvHeader(data); ok {
		return b.csv(name, data, role)
	}
	return b.list(name, data, role)
}

// list reads one name a line; what follows a # is a remark.
func (b *builder) list(file string, data []byte, role tracker.Role) error {
	refused := 0
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") {
			continue
		}
		f := fields{"domain": line}
		if name, remark, ok := strings.Cut(line, "#"); ok && !strings.Contains(name, "://") {
			f = fields{"domain": strings.TrimSpace(name), "note": strings.TrimSpace(remark)}
		}
		if !b.row(file, i+1, f, role, dayUnknown) {
			if refused++; refused > maxRefused {
				return fmt.Errorf("%w: %s: more than %d lines hold no name", ErrFormat, file, maxRefused)
			}
		}
	}
	return nil
}

func (u unstated) words() string {
	if u.rows == 1 {
		return "this row says neither role nor seized_date: taken as a campaign name, not as seized"
	}
	return fmt.Sprintf("%d rows, this one first, say neither role nor seized_date: taken as campaign names, not as seized", u.rows)
}

// finish checks the whole and names the case.
func (b *builder) finish(name string) (tracker.Case, []Refusal, error) {
	for _, u := range b.unstated {
		b.refusals = append(b.refusals, Refusal{File: u.file, Line: u.line, Field: "role", Assumed: true,
			Reason: u.words()})
	}
	order := map[string]int{}
	for _, r := range b.refusals {
		if _, ok := order[r.File]; !ok {
			order[r.File] = len(order)
		}
	}
	slices.SortStableFunc(b.refusals, func(x, y Refusal) int {
		return cmp.Or(cmp.Compare(order[x.File], order[y.File]), cmp.Compare(x.Line, y.Line))
	})
	if b.c.ID == "" {
		b.c.ID = idOf(name)
	}
	if len(b.c.Names) == 0 && len(b.c.Outlets) == 0 {
		return tracker.Case{}, b.refusals, fmt.Errorf("%w: %s holds no name that can be watched (%d refused)", ErrFormat, name, len(b.refusals))
	}
	return b.c, b.refusals, nil
}

// idOf makes a case id of a path: the base name without its extension, or the
// folder where the base says nothing ("case.yaml").
func idOf(name string) tracker.CaseID {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if strings.EqualFold(base, "case") {
		if dir := path.Base(path.Dir(name)); dir != "." && dir != "/" && dir != ".." {
			base = dir
		}
	}
	if id := cleanID(base); id != "" {
		return id
	}
	return "case"
}

func cleanID(s string) tracker.CaseID {
	var out []byte
	for _, c := range []byte(strings.ToLower(s)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	return tracker.CaseID(strings.Trim(string(out), "-"))
}
