package feed

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"

	"respawn/tracker"
)

// A Position says how far a source has been read. It is saved by the sink in the
// transaction that stores the batch it came with, and given back to [Run] after a
// restart. The zero Position means never read: logs and certstream begin at the
// present end, files at their first line.
type Position struct {
	// Next is the first item that was not delivered yet: the leaf index of a log,
	// the line (from 0) of a list, the ordinal of a new name in a zone file. Not
	// used by certstream, which cannot be resumed.
	Next int64 `json:"next"`
	// Size and Root are the newest log head that was verified; a later one must
	// extend it. Root is lower-case hexadecimal.
	Size int64  `json:"size,omitempty"`
	Root string `json:"root,omitempty"`
	// Edge is, for an RFC 6962 log, what its tree over the entries before Next is
	// made of; empty where that is not known yet.
	Edge string `json:"edge,omitempty"`
	// File identifies the version of a file that Next counts in.
	File string `json:"file,omitempty"`
	// Day is the day of a daily list that Next counts in, as 2006-01-02.
	Day string `json:"day,omitempty"`
	// At is when the source last answered, and NewsAt when it last brought
	// something, UTC. Run sets both.
	At     time.Time `json:"at,omitzero"`
	NewsAt time.Time `json:"news_at,omitzero"`
}

// root is the head of the log that the position was saved with.
func (p Position) root() (root hash, err error) {
	b, err := hex.DecodeString(p.Root)
	if err != nil || len(b) != hashSize {
		return hash{}, fmt.Errorf("saved position has the root %q", p.Root)
	}
	return hash(b), nil
}

// A Batch is what one question to a source brought. Its slices and Names are
// valid until the sink returns; the source uses them again.
type Batch struct {
	Source   string    // name of the source, as configured
	At       time.Time // when it was read, UTC
	Names    Names     // may be empty
	Position Position  // to save with the batch; also when Names is empty
	Entries  int       // certificates, messages, lines or delegations that were read
	Refused  int       // of those, entries that could not be understood at all
	NoNames  int       // names that are no domain names, such as "localhost" or "foo bar"
	Behind   int64     // entries known to wait after Position; 0 also where the source cannot say
	Gaps     []Gap     // begun or ended since the batch before
	Alarms   []Alarm   // raised since the batch before
}

// A Gap is a time, and where known a range of entries, that a source was not
// read. Gaps with equal Source and From are one gap: the first report may leave
// To open, a later one closes it.
type Gap struct {
	Source string    `json:"source"`
	From   time.Time `json:"from"`        // last time that the source answered
	To     time.Time `json:"to,omitzero"` // zero: not over yet
	// FirstIndex to EndIndex (exclusive) are entries that nobody read; both zero
	// where only the time is known.
	FirstIndex int64 `json:"first_index,omitempty"`
	EndIndex   int64 `json:"end_index,omitempty"`
	// Lost says that the names in it will not come any more. Otherwise they are
	// late: the source is read on from where it stopped.
	Lost   bool           `json:"lost"`
	Reason tracker.Reason `json:"reason"`
	Detail string         `json:"detail,omitempty"` // for people
}

// Kinds of [Alarm].
const (
	AlarmSilent       = "silent"       // the source answers, but brings nothing new
	AlarmInconsistent = "inconsistent" // a log head does not extend an earlier one
	AlarmBadHead      = "bad-head"     // a head whose signature is not the log's
	AlarmBadEntries   = "bad-entries"  // entries that do not lead to the signed head
	// AlarmShrunk is a zone file with less than half of the names of the version
	// before, or none: a broken download, not a day's deletions. It is not read.
	AlarmShrunk = "shrunk"
)

// An Alarm is something about a source that needs a person.
type Alarm struct {
	Source string    `json:"source"`
	Kind   string    `json:"kind"`
	Since  time.Time `json:"since"` // the last time that all was well, as far as known
	At     time.Time `json:"at"`
	Detail string    `json:"detail,omitempty"` // for people
}

// A Source is one stream of names. Its methods are called by one goroutine at a
// time.
type Source interface {
	// Name is how the source is called in batches, gaps and alarms.
	Name() string
	// Next reads what comes after pos. A batch without names and without an error
	// means that there is nothing new now. The error is io.EOF at the end of a
	// source that has one, a [*Refusal] where a server asked for patience, a
	// [*Distrust] where the source contradicts itself, else whatever kept it from
	// being asked; a batch that comes with an error is to be ignored.
	Next(ctx context.Context, pos Position) (Batch, error)
	// Resumes says whether what is missed can be read later.
	Resumes() bool
	// Close lets go of connections and files. Next may be called again after it.
	Close() error
}

// A Distrust is a source that contradicts itself or its key. What it said then is
// not delivered.
type Distrust struct {
	Kind string // of the alarm
	Err  error
}

func (d *Distrust) Error() string { return d.Kind + ": " + d.Err.Error() }
func (d *Distrust) Unwrap() error { return d.Err }

// Names is a list of names packed into one buffer, with the place of each in its
// source.
type Names struct {
	buf   []byte
	ends  []int
	index []int64
}

// Len is the number of names.
func (n *Names) Len() int { return len(n.ends) }

// At is the i-th name. It shares the buffer of n and must not be changed.
func (n *Names) At(i int) []byte {
	start := 0
	if i > 0 {
		start = n.ends[i-1]
	}
	return n.buf[start:n.ends[i]:n.ends[i]]
}

// Index is where the i-th name stands in its source: the leaf index of a log, the
// certificate index of certstream (0 where it was not stated), the line of a list
// from 0, the ordinal among the new names of a zone.
func (n *Names) Index(i int) int64 { return n.index[i] }

// All yields index and name of each.
func (n *Names) All() iter.Seq2[int64, []byte] {
	return func(yield func(int64, []byte) bool) {
		for i := range n.ends {
			if !yield(n.index[i], n.At(i)) {
				return
			}
		}
	}
}

// reset empties n. The buffers are used again, unless one monstrous batch made
// them large for good.
func (n *Names) reset() {
	if cap(n.buf) > maxKept {
		*n = Names{}
	}
	n.buf, n.ends, n.index = n.buf[:0], n.ends[:0], n.index[:0]
}

// maxKept is the largest buffer that is kept for use again.
const maxKept = 8 << 20

// kept is b for use again, or nothing where b is too large for that.
func kept(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	return b
}

// add appends name in canonical form. It is false where name is no domain name.
// A name equal to the one before it, of the same entry, is not repeated:
// certificates for example.com and *.example.com are the rule.
func (n *Names) add(name []byte, index int64) bool {
	start := len(n.buf)
	buf, ok := appendName(n.buf, name)
	if !ok {
		return false
	}
	n.buf = buf
	if last := len(n.ends) - 1; last >= 0 && n.index[last] == index && bytes.Equal(n.At(last), buf[start:]) {
		n.buf = buf[:start]
		return true
	}
	n.ends = append(n.ends, len(n.buf))
	n.index = append(n.index, index)
	return true
}

// appendName appends the canonical form of a name: lower case, no final dot, no
// leading "*.". It is false, and appends nothing, where name cannot be a DNS name
// with at least two labels of letters, digits, hyphens and underscores, or ends
// in a number (so that addresses are none). Names of letters beyond ASCII go
// through [tracker.ParseName].
func appendName(dst, name []byte) ([]byte, bool) {
	if len(name) > 2 && name[0] == '*' && name[1] == '.' {
		name = name[2:]
	}
	if k := len(name); k > 0 && name[k-1] == '.' {
		name = name[:k-1]
	}
	if len(name) == 0 || len(name) > 253 {
		return appendUnicode(dst, name)
	}
	start, label, dots := len(dst), 0, 0
	dst = append(dst, name...)
	out := dst[start:]
	for i, c := range out {
		k := classOf[c]
		switch k {
		case classBad:
			if c >= 0x80 {
				return appendUnicode(dst[:start], name)
			}
			return dst[:start], false
		case classDot:
			if !labelFits(out[label:i]) {
				return dst[:start], false
			}
			label = i + 1
			dots++
		case classUpper:
			out[i] = c | 0x20
		}
	}
	last := out[label:]
	if dots == 0 || !labelFits(last) || last[0] >= '0' && last[0] <= '9' {
		return dst[:start], false
	}
	return dst, true
}

func labelFits(l []byte) bool {
	return len(l) > 0 && len(l) <= 63 && l[0] != '-' && l[len(l)-1] != '-'
}

func appendUnicode(dst, name []byte) ([]byte, bool) {
	for _, c := range name {
		if c >= 0x80 {
			n, err := tracker.ParseName(string(name))
			if err != nil {
				return dst, false
			}
			return append(dst, n...), true
		}
	}
	return dst, false
}

const (
	classBad = iota
	classLower
	classUpper
	classDot
)

var classOf = func() (t [256]byte) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			t[c] = classLower
		case c >= 'A' && c <= 'Z':
			t[c] = classUpper
		case c == '.':
			t[c] = classDot
		}
	}
	return t
}()

// ErrTooLong is wrapped by errors about foreign data that is larger than any
// honest source makes it.
var ErrTooLong = errors.New("longer than the limit")
