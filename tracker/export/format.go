package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// Meta is what the dossiers do not say about themselves.
type Meta struct {
	Case   tracker.CaseID
	Title  string // of the case; "" = its id
	AsOf   time.Time
	Run    tracker.RunID // newest finished run behind the export
	Policy string        // name or hash of the lifecycle policy that the states follow
	TLP    string        // clear, green, amber, amber+strict or red; "" = amber
}

func (m Meta) title() string {
	if m.Title != "" {
		return m.Title
	}
	return string(m.Case)
}

// A Format is one way to write dossiers.
type Format struct {
	Name  string // of --format
	Ext   string // of a file, with its dot
	Media string // MIME type
	About string // one line for people
	write func(io.Writer, []tracker.Dossier, Meta) error
}

var formats = []Format{
	{"csv", ".csv", "text/csv; charset=utf-8", "one row a name, for spreadsheets and statistics (docs/export.md)", writeCSV},
	{"jsonl", ".jsonl", "application/x-ndjson", "one dossier a line, nothing left out", writeJSONL},
	{"html", ".html", "text/html; charset=utf-8", "one self-contained page with a drawn lifeline; an index for several names", writeHTML},
	{"timelinejs", ".json", "application/json", "TimelineJS 3, defanged, without media", writeTimelineJS},
	{"stix", ".json", "application/stix+json;version=2.1", "STIX 2.1 bundle with stable ids and TLP marking", writeSTIX},
	{"misp", ".json", "application/json", "MISP event with domain-ip and whois objects", writeMISP},
	{"timesketch", ".jsonl", "application/x-ndjson", "Timesketch events", writeTimesketch},
	{"atom", ".atom", "application/atom+xml; charset=utf-8", "Atom feed of changes, newest first", writeAtom},
}

// Formats are the formats that [Write] knows.
func Formats() []Format { return slices.Clone(formats) }

// ErrFormat is wrapped by the error of [Write] for a format that it does not know.
var ErrFormat = errors.New("unknown export format")

// ErrTLP is wrapped by the error of [Write] for an unknown marking.
var ErrTLP = errors.New("unknown TLP marking")

// Write writes the dossiers in the named format. Their order is that of the
// output, and the same input gives the same bytes. It changes no dossier, and
// returns the error of w, one wrapping [ErrFormat] or [ErrTLP], or nil. An empty
// list gives a well-formed empty document.
func Write(format string, w io.Writer, ds []tracker.Dossier, m Meta) error {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == format })
	if i < 0 {
		var names []string
		for _, f := range formats {
			names = append(names, f.Name)
		}
		return fmt.Errorf("%w %q: want %s", ErrFormat, format, strings.Join(names, ", "))
	}
	if _, ok := markings[m.tlp()]; !ok {
		return fmt.Errorf("%w %q: want clear, green, amber, amber+strict or red", ErrTLP, m.TLP)
	}
	b := bufio.NewWriterSize(w, 1<<16)
	if err := formats[i].write(b, ds, m); err != nil {
		return err
	}
	return b.Flush()
}

// Since keeps the dossiers that a run after the given one changed: those with a
// transition that an observation after it brought about, and those that were
// first seen after it. Run 0 keeps all. The dossiers are shared, not copied.
func Since(ds []tracker.Dossier, run tracker.RunID) []tracker.Dossier {
	if run == 0 {
		return ds
	}
	var out []tracker.Dossier
	for i := range ds {
		if at := runAfter(&ds[i], run); !at.IsZero() && changedSince(&ds[i], at) {
			out = append(out, ds[i])
		}
	}
	return out
}

// runAfter is when the first run after the given one was due; zero if none was.
func runAfter(d *tracker.Dossier, run tracker.RunID) time.Time {
	var at time.Time
	for _, n := range d.Nights {
		if n.Run > run && (at.IsZero() || n.At.Before(at)) {
			at = n.At
		}
	}
	return at
}

// changedSince says whether anything became known at or after t. A change is dated
// back to its first sighting, so the observations behind it decide, too.
func changedSince(d *tracker.Dossier, t time.Time) bool {
	for _, x := range d.Transitions {
		if !x.Window.Hi.Before(t) {
			return true
		}
		for _, id := range x.Because {
			if at, ok := observedAt(id); ok && !at.Before(t) {
				return true
			}
		}
	}
	return !d.FirstSeen.Hi.IsZero() && !d.FirstSeen.Hi.Before(t)
}

// observedAt is the instant in an observation's id.
func observedAt(id tracker.ObservationID) (time.Time, bool) {
	_, s, ok := strings.Cut(string(id), "@")
	if !ok {
		return time.Time{}, false
	}
	s, _, _ = strings.Cut(s, "/")
	t, err := time.Parse("2006-01-02T15:04:05.000Z", s)
	return t, err == nil
}
