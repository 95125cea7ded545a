package export

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"respawn/tracker"
)

func TestSameInputSameBytes(t *testing.T) {
	for _, f := range Formats() {
		ds := fixtures()
		a, b := write(t, f.Name, ds), write(t, f.Name, ds)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two exports of the same dossiers differ", f.Name)
		}
		if d := cmp.Diff(fixtures(), ds, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%s changed the dossiers: %s", f.Name, d)
		}
	}
}

func TestEmptyExportsAreWellFormed(t *testing.T) {
	for _, f := range Formats() {
		b := write(t, f.Name, nil)
		switch f.Ext {
		case ".json":
			if !json.Valid(b) {
				t.Errorf("%s: %s", f.Name, b)
			}
		case ".jsonl":
			if len(b) != 0 {
				t.Errorf("%s: %s", f.Name, b)
			}
		case ".csv":
			if strings.Count(string(b), "\n") != 1 {
				t.Errorf("%s: %s", f.Name, b)
			}
		}
	}
}

func TestUnknownFormatsAndMarkingsAreRefused(t *testing.T) {
	if err := Write("pdf", io.Discard, nil, fixtureMeta); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "timelinejs") {
		t.Errorf("pdf: %v", err)
	}
	m := fixtureMeta
	m.TLP = "purple"
	if err := Write("stix", io.Discard, nil, m); !errors.Is(err, ErrTLP) {
		t.Errorf("purple: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrorsComeBack(t *testing.T) {
	for _, f := range Formats() {
		if err := Write(f.Name, brokenWriter{}, fixtures(), fixtureMeta); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if err := Timeline(brokenWriter{}, fixture("rrn.so"), 80, false); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("timeline: %v", err)
	}
}

func TestCSV(t *testing.T) {
	b := write(t, "csv", fixtures())
	recs, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(recs) != len(fixtures())+1 {
		t.Fatalf("%d records", len(recs))
	}
	for _, want := range []string{"name", "role", "replaces", "band", "relation", "state", "since_lo", "since_hi", "registered_lo", "registered_hi", "registered_basis", "first_seen_lo", "first_seen_hi", "ended_lo", "ended_hi",
		"birth_lo", "birth_hi", "death_lo", "death_hi", "cause", "nights_asked", "nights_in_window", "run", "policy", "seizure_confirmation", "seizure_phrase", "kind", "registrar", "abuse_email", "addresses"} {
		if !slices.Contains(recs[0], want) {
			t.Errorf("no column %s", want)
		}
	}
	col := func(rec []string, name string) string { return rec[slices.Index(recs[0], name)] }
	for _, rec := range recs[1:] {
		for i, c := range rec {
			if Inert(c) != c {
				t.Errorf("%s, %s: %q would run", rec[0], recs[0][i], c)
			}
			if strings.ContainsAny(c, "\n\r\x1b\u202e") {
				t.Errorf("%s, %s: %q", rec[0], recs[0][i], c)
			}
		}
		for _, interval := range []string{"since", "registered", "first_seen", "ended", "birth", "death"} {
			hi := col(rec, interval+"_hi")
			if basis := col(rec, interval+"_basis"); (hi == "") != (basis == "") && interval != "birth" {
				t.Errorf("%s: %s_hi %q with basis %q", rec[0], interval, hi, basis)
			}
		}
	}
	for _, rec := range recs[1:] {
		switch rec[0] {
		case "artichoc.cc":
			if col(rec, "replaces") != "artichoc.io" || col(rec, "seizure_confirmation") != "label-corroborated" || col(rec, "nights_asked") != "91" || col(rec, "since_hi") != "2024-09-07T02:00:00Z" {
				t.Errorf("%q", rec)
			}
		case "holylandherald.net", "newlabel.example", "truthgate.co", "mypride.org":
			if col(rec, "replaces") != "" || col(rec, "linked_to") == "" {
				t.Errorf("%s: replaces %q, linked to %q", rec[0], col(rec, "replaces"), col(rec, "linked_to"))
			}
		}
	}
}

func TestEveryColumnIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "export.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, b, _ = bytes.Cut(b, []byte("## Columns"))
	documented := regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)`").FindAllStringSubmatch(string(b), -1)
	var got []string
	for _, m := range documented {
		got = append(got, m[1])
	}
	if d := cmp.Diff(Columns(), got); d != "" {
		t.Errorf("columns and docs/export.md differ:\n%s", d)
	}
}

func TestJSONLinesLoseNothing(t *testing.T) {
	var got []tracker.Dossier
	sc := bufio.NewScanner(bytes.NewReader(write(t, "jsonl", fixtures())))
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var d tracker.Dossier
		if err := json.Unmarshal(sc.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		got = append(got, d)
	}
	if d := cmp.Diff(fixtures(), got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
}

func TestTimelineJSShape(t *testing.T) {
	var f struct {
		Title  map[string]any
		Events []struct {
			StartDate, EndDate map[string]int `json:"-"`
			Start              map[string]int `json:"start_date"`
			End                map[string]int `json:"end_date"`
			Text               struct{ Headline, Text string }
			UniqueID           string `json:"unique_id"`
			Autolink           *bool
			Media              any
		}
		Scale string
	}
	b := write(t, "timelinejs", fixtures())
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if f.Scale != "human" || len(f.Events) < 20 {
		t.Fatalf("scale %q, %d events", f.Scale, len(f.Events))
	}
	ids := map[string]bool{}
	day := func(p map[string]int) time.Time {
		return time.Date(p["year"], time.Month(p["month"]), p["day"], p["hour"], p["minute"], 0, 0, time.UTC)
	}
	for _, e := range f.Events {
		if e.Start["year"] < 2000 || e.Start["month"] < 1 || e.Start["day"] < 1 {
			t.Errorf("%s: start_date %v", e.Text.Headline, e.Start)
		}
		if e.End != nil && !day(e.End).After(day(e.Start)) {
			t.Errorf("%s: ends %v before %v", e.Text.Headline, e.End, e.Start)
		}
		if ids[e.UniqueID] || e.UniqueID == "" {
			t.Errorf("unique_id %q twice", e.UniqueID)
		}
		ids[e.UniqueID] = true
		if e.Autolink == nil || *e.Autolink {
			t.Errorf("%s: autolink is not off", e.Text.Headline)
		}
		if e.Media != nil {
			t.Errorf("%s: has media", e.Text.Headline)
		}
		for _, s := range []string{e.Text.Headline, e.Text.Text} {
			if strings.ContainsAny(s, "<>") || hostname.MatchString(s) {
				t.Errorf("unsafe text %q", s)
			}
		}
		if strings.HasSuffix(e.Text.Headline, "(label-corroborated)") {
			if _, ok := e.Start["hour"]; ok {
				t.Errorf("%s: a day was given an hour", e.Text.Headline)
			}
		}
	}
}

// The ids are those of the examples in STIX 2.1 and of other tools.
func TestObservableIDsAreThoseOfSTIX(t *testing.T) {
	for want, got := range map[string]string{
		"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4":   scoID("ipv4-addr", map[string]string{"value": "198.51.100.3"}),
		"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7": scoID("domain-name", map[string]string{"value": "example.com"}),
		"ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26":   scoID("ipv6-addr", map[string]string{"value": "2001:db8::1"}),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestSTIXShape(t *testing.T) {
	var b struct {
		Type, ID string
		Objects  []map[string]any
	}
	if err := json.Unmarshal(write(t, "stix", fixtures()), &b); err != nil {
		t.Fatal(err)
	}
	if b.Type != "bundle" || !strings.HasPrefix(b.ID, "bundle--") {
		t.Fatalf("%s %s", b.Type, b.ID)
	}
	required := map[string][]string{
		"infrastructure": {"name"}, "relationship": {"relationship_type", "source_ref", "target_ref"}, "indicator": {"pattern", "pattern_type", "valid_from", "valid_until"},
		"note": {"content", "object_refs"}, "grouping": {"context", "object_refs"}, "identity": {"name"}, "marking-definition": {"created"}, "domain-name": {"value"}, "ipv4-addr": {"value"}, "ipv6-addr": {"value"},
		"autonomous-system": {"number"},
	}
	observable := []string{"domain-name", "ipv4-addr", "ipv6-addr", "autonomous-system"}
	stamp := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	uuid := regexp.MustCompile(`^([a-z0-9-]+)--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	byID := map[string]map[string]any{}
	for _, o := range b.Objects {
		id, kind := o["id"].(string), o["type"].(string)
		if byID[id] != nil {
			t.Errorf("%s twice", id)
		}
		byID[id] = o
		if m := uuid.FindStringSubmatch(id); m == nil || m[1] != kind {
			t.Errorf("id %s of a %s", id, kind)
		}
		want, ok := required[kind]
		if !ok {
			t.Errorf("type %s", kind)
		}
		if o["spec_version"] != "2.1" {
			t.Errorf("%s: spec_version %v", id, o["spec_version"])
		}
		if !slices.Contains(observable, kind) && kind != "marking-definition" {
			want = append(want, "created", "modified")
		}
		for _, p := range want {
			if o[p] == nil || o[p] == "" {
				t.Errorf("%s has no %s", id, p)
			}
		}
		for _, p := range []string{"created", "modified", "first_seen", "last_seen", "start_time", "stop_time", "valid_from", "valid_until"} {
			if s, ok := o[p].(string); ok && !stamp.MatchString(s) {
				t.Errorf("%s: %s %q", id, p, s)
			}
		}
		if a, z := o["first_seen"], o["last_seen"]; a != nil && a.(string) > z.(string) {
			t.Errorf("%s: first_seen %s after last_seen %s", id, a, z)
		}
		if a, z := o["created"], o["modified"]; a != nil && z != nil && a.(string) > z.(string) {
			t.Errorf("%s: created %s after modified %s", id, a, z)
		}
	}
	name := func(id string) string { n, _ := byID[id]["name"].(string); return n }
	derived := map[string]string{}
	for _, o := range b.Objects {
		var refs []any
		for _, p := range []string{"source_ref", "target_ref", "created_by_ref"} {
			if o[p] != nil {
				refs = append(refs, o[p])
			}
		}
		for _, p := range []string{"object_refs", "object_marking_refs"} {
			if l, ok := o[p].([]any); ok {
				refs = append(refs, l...)
			}
		}
		for _, r := range refs {
			if byID[r.(string)] == nil {
				t.Errorf("%s refers to %s, which is not there", o["id"], r)
			}
		}
		switch o["relationship_type"] {
		case "derived-from":
			from, to := o["source_ref"].(string), o["target_ref"].(string)
			if byID[from]["type"] != byID[to]["type"] {
				t.Errorf("derived-from between a %s and a %s", byID[from]["type"], byID[to]["type"])
			}
			if o["start_time"] == nil || o["confidence"] == nil {
				t.Errorf("%s has no start_time or confidence", o["id"])
			}
			derived[name(from)] = name(to)
		case "related-to":
			if n := name(o["source_ref"].(string)); n != "newlabel.example" && n != "holylandherald.net" {
				t.Errorf("related-to of %s", n)
			}
		}
		if o["type"] == "indicator" {
			if o["name"] != "artichoc.cc" {
				t.Errorf("an indicator for %s", o["name"])
			}
			for _, x := range b.Objects {
				if x["last_seen"] == o["valid_until"] {
					t.Error("valid_until is a last_seen")
				}
			}
		}
	}
	if d := cmp.Diff(map[string]string{"artichoc.cc": "artichoc.io", "rrn.so": "rrn.media", "xn--80ak6aa92e.com": "artichoc.io"}, derived); d != "" {
		t.Errorf("derived-from: %s", d)
	}
}

// The objects of a later export update those of an earlier one.
func TestIDsOutliveNewFacts(t *testing.T) {
	ids := func(m Meta, ds []tracker.Dossier) []string {
		var b bytes.Buffer
		if err := Write("stix", &b, ds, m); err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`"id": "(?:infrastructure|relationship|domain-name|note)--[^"]+"`).FindAllString(b.String(), -1)
	}
	before := ids(fixtureMeta, fixtures())
	later := fixtureMeta
	later.AsOf, later.Run = later.AsOf.AddDate(0, 0, 7), later.Run+7
	ds := fixtures()
	for i := range ds {
		ds[i].State.LastSeen = later.AsOf
		if ds[i].Link != nil {
			ds[i].Link.Score += .5
		}
	}
	if d := cmp.Diff(before, ids(later, ds)); d != "" {
		t.Errorf("ids changed: %s", d)
	}
}

func TestMISPShape(t *testing.T) {
	var f mispFile
	if err := json.Unmarshal(write(t, "misp", fixtures()), &f); err != nil {
		t.Fatal(err)
	}
	ids, objects := map[string]bool{}, map[string]bool{}
	once := func(id string) {
		if ids[id] || len(id) != 36 {
			t.Errorf("uuid %q twice or malformed", id)
		}
		ids[id] = true
	}
	once(f.Event.UUID)
	for _, o := range f.Event.Object {
		once(o.UUID)
		objects[o.UUID] = true
		if len(o.Attribute) == 0 || o.Attribute[0].Relation != "domain" {
			t.Errorf("%s has no domain", o.Name)
		}
		for _, a := range o.Attribute {
			once(a.UUID)
			if a.Value == "" || a.Type == "" || a.Category == "" {
				t.Errorf("%+v", a)
			}
			if a.ToIDs && a.Value != "artichoc.cc" {
				t.Errorf("%s is marked for detection", a.Value)
			}
		}
	}
	n := 0
	for _, o := range f.Event.Object {
		for _, r := range o.ObjectReference {
			n++
			if !objects[r.Referenced] || r.ObjectUUID != o.UUID {
				t.Errorf("%+v", r)
			}
		}
	}
	if n < 3 || f.Event.Published || f.Event.Tag[0].Name != "tlp:amber" {
		t.Errorf("%d references, published %v, %v", n, f.Event.Published, f.Event.Tag)
	}
}

func TestTimesketchShape(t *testing.T) {
	sc := bufio.NewScanner(bytes.NewReader(write(t, "timesketch", fixtures())))
	var last int64
	n := 0
	for sc.Scan() {
		var e sketchEvent
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		n++
		at, err := time.Parse(time.RFC3339Nano, e.Datetime)
		if err != nil || at.UnixMicro() != e.Timestamp {
			t.Errorf("datetime %q, timestamp %d: %v", e.Datetime, e.Timestamp, err)
		}
		if e.Message == "" || e.TimestampDesc == "" || e.Basis == "" || len(e.Message) > maxField {
			t.Errorf("%+v", e)
		}
		if e.Timestamp < last {
			t.Error("not in order")
		}
		last = e.Timestamp
	}
	if n < 20 {
		t.Errorf("%d events", n)
	}
}

func TestAtomShape(t *testing.T) {
	var f struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
			Title   string `xml:"title"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	b := write(t, "atom", fixtures())
	if err := xml.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{f.ID: true}
	for i, e := range f.Entries {
		if ids[e.ID] || !strings.HasPrefix(e.ID, "urn:uuid:") {
			t.Errorf("id %q", e.ID)
		}
		ids[e.ID] = true
		if i > 0 && e.Updated > f.Entries[i-1].Updated {
			t.Error("not newest first")
		}
		if e.Title == "" || hostname.MatchString(e.Title+e.Content) {
			t.Errorf("%q %q", e.Title, e.Content)
		}
	}
	if len(f.Entries) < 20 || f.Updated == "" {
		t.Errorf("%d entries, updated %q", len(f.Entries), f.Updated)
	}
}

func BenchmarkSpark(b *testing.B) {
	d := fixture("newlabel.example")
	for b.Loop() {
		Spark(d)
	}
}

func BenchmarkPage(b *testing.B) {
	d := fixture("artichoc.cc")
	for b.Loop() {
		if err := HTML(io.Discard, d, fixtureMeta); err != nil {
			b.Fatal(err)
		}
	}
}
