package export

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"respawn/tracker"
)

//go:embed page/page.gohtml page/style.css
var pageFiles embed.FS

var pages = template.Must(template.New("pages").Funcs(template.FuncMap{"times": times}).ParseFS(pageFiles, "page/page.gohtml"))

// times escapes text and marks the dates in it, so that none is broken at a hyphen.
func times(s string) template.HTML {
	return template.HTML(dateInText.ReplaceAllString(template.HTMLEscapeString(s), "<time>$0</time>")) //nolint:gosec // escaped
}

var dateInText = regexp.MustCompile(`\b\d{4}-\d\d-\d\d(?: \d\d:\d\d\b)?`)

// style is the page's own style sheet; the policy admits it by its hash, and
// nothing else at all: no script, no image, no font, no frame, no form.
var style, policy = func() (template.CSS, string) {
	b, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		panic(err) // embedded
	}
	s := strings.TrimSpace(string(b))
	h := sha256.Sum256([]byte(s))
	return template.CSS(s), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'; base-uri 'none'; form-action 'none'" //nolint:gosec // our own file
}()

type pageHead struct {
	Policy, Title, Heading, Sub, Foot, Class string

	Style template.CSS
}

func newHead(m Meta, title string) pageHead {
	foot := "Made by respawn"
	if m.Run != 0 {
		foot += fmt.Sprintf(" after run %d", m.Run)
	}
	if m.Policy != "" {
		foot += ", policy " + plain(m.Policy)
	}
	if !m.AsOf.IsZero() {
		foot += ", as of " + instant(m.AsOf) + " UTC"
	}
	return pageHead{Policy: policy, Style: style, Title: title, Heading: title, Foot: foot + "."}
}

type namePage struct {
	pageHead
	detail
	Tags     []string
	Sentence string
	Lifeline template.HTML
	Caption  string
}

// A detail is what a page says below the lifeline.
type detail struct {
	Facts      []Fact
	Link       *linkView
	ReplacedBy []linkRow
	Changes    []changeRow
	Gaps       []gapRow
	Rule       string
}

// A Fact is one row of what is known of a name: for people, defanged.
type Fact struct {
	What, Value, Basis string
}

type linkView struct {
	Heading, Old, Words   string
	For, Against, Ignored []evidenceRow
}

type evidenceRow struct{ Weight, Kind, Value, Why string }

type linkRow struct{ Name, Band, Relation, Score string }

type changeRow struct{ When, Axis, From, To, Event, Review string }

type gapRow struct {
	When string
	N    int
	Why  string
}

// writeHTML writes the page of one name, or an index where there are several.
func writeHTML(w io.Writer, ds []tracker.Dossier, m Meta) error {
	if len(ds) == 1 {
		return HTML(w, &ds[0], m)
	}
	return Index(w, ds, m)
}

// HTML writes the page of one name: the sentence, the drawn lifeline, every fact
// with its basis, the reasons for and against its link, the changes, and the
// nights that say nothing. It is one file that fetches nothing, prints well, and
// follows light and dark. It returns the error of w.
func HTML(w io.Writer, d *tracker.Dossier, m Meta) error {
	if d == nil {
		return errors.New("page of no name")
	}
	if m.AsOf.IsZero() {
		m.AsOf = d.AsOf
	}
	if m.Run == 0 {
		m.Run = d.Run
	}
	p := namePage{pageHead: newHead(m, nameWords(d.Name)), Sentence: Sentence(d), Lifeline: Lifeline(d), Caption: caption(d), detail: newDetail(d)}
	p.Sub = "Case " + plain(m.title())
	p.Tags = append(p.Tags, StatusWords(d, d.State.Status), roleWords(d))
	if d.Row != nil {
		p.Tags = append(p.Tags, phrase(d.Row))
	}
	if d.Link != nil && d.Link.Band != "" {
		p.Tags = append(p.Tags, string(d.Link.Band)+" link")
	}
	return pages.ExecuteTemplate(w, "name", p)
}

// Detail is the part of the page below the lifeline, as markup for other pages:
// facts, reasons for and against, changes, and the nights that say nothing. Its
// classes are facts, basis, num, mono, note and wide.
func Detail(d *tracker.Dossier) template.HTML {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, "detail", newDetail(d)); err != nil {
		panic(err) // a builder takes everything; a template that fails is a bug that the tests find
	}
	return template.HTML(b.String()) //nolint:gosec // made by html/template
}

// byTime are the transitions in the order in which they were known to have
// happened, those of one look as they came.
func byTime(ts []tracker.Transition) []tracker.Transition {
	return slices.SortedStableFunc(slices.Values(ts), func(a, b tracker.Transition) int { return a.Window.Hi.Compare(b.Window.Hi) })
}

func caption(d *tracker.Dossier) string {
	s := "Each column is one night. Dashed fades are intervals: the change happened somewhere in them, unseen."
	if len(days(d)) == maxDays {
		return "The last ten years. " + s
	}
	return s
}

func newDetail(d *tracker.Dossier) detail {
	p := detail{Facts: Facts(d), Rule: orNone(d.State.Rule)}
	p.Link = viewLink(d)
	for _, l := range d.ReplacedBy {
		p.ReplacedBy = append(p.ReplacedBy, linkRow{nameWords(l.New), string(l.Band), relationWords(l.Relation), fmt.Sprintf("%.2f", l.Score)})
	}
	for _, t := range byTime(d.Transitions) {
		p.Changes = append(p.Changes, changeRow{cell(t.Window), string(t.Axis), axisWords(d, t.Axis, t.From), axisWords(d, t.Axis, t.To), plain(t.Event), Defang(t.Review)})
	}
	p.Gaps = gaps(d)
	return p
}

func roleWords(d *tracker.Dossier) string {
	switch roleOf(d) {
	case "found":
		return "found by respawn"
	case string(tracker.RoleSeized):
		return "in the case file"
	}
	return "campaign name of the case"
}

func relationWords(r string) string {
	switch r {
	case tracker.RelationReplacement:
		return "replacement (came after)"
	case tracker.RelationTwin:
		return "was there before; no replacement"
	case tracker.RelationOperator:
		return "same operators; replaces no one name"
	case "", "none":
		return "no relation"
	}
	return plain(r)
}

func viewLink(d *tracker.Dossier) *linkView {
	l := d.Link
	if l == nil {
		return nil
	}
	v := &linkView{Old: nameWords(l.Old), Heading: "Why it is linked to "}
	if l.Band.Rank() < tracker.BandProbable.Rank() {
		v.Heading = "How it compares with "
	}
	band := string(l.Band)
	if band == "" {
		band = "no band"
	}
	v.Words = fmt.Sprintf("%s: %s, score %.2f (log odds), scorer %s.", band, relationWords(l.Relation), l.Score, orNone(l.Rule))
	if rootOf(d) != nil {
		v.Words += " It goes back to " + nameWords(d.Root.Name) + ", " + reported(d.Root) + "."
	}
	for _, e := range l.Evidence {
		r := evidenceRow{fmt.Sprintf("%+.2f", e.Weight), kindWords(e), shorten(Defang(e.Value), 160), Defang(e.Why)}
		// The prior is where counting starts, not a reason against.
		if e.Weight < 0 && e.Group != "PRIOR" {
			v.Against = append(v.Against, r)
		} else {
			v.For = append(v.For, r)
		}
	}
	for _, e := range l.Ignored {
		v.Ignored = append(v.Ignored, evidenceRow{"", kindWords(e), shorten(Defang(e.Value), 160), Defang(e.Why)})
	}
	return v
}

func kindWords(e tracker.Evidence) string {
	return strings.ToLower(plain(string(e.Group))) + ": " + plain(e.Kind)
}

// gaps are the runs of nights from which nothing was learned.
func gaps(d *tracker.Dossier) []gapRow {
	var out []gapRow
	ds := days(d)
	for i := 0; i < len(ds); {
		j := i + 1
		for j < len(ds) && ds[j].answer == ds[i].answer {
			j++
		}
		if why, ok := gapWords[ds[i].answer]; ok {
			when := ds[i].at.Format(dayLayout)
			if j-i > 1 {
				when += " to " + ds[j-1].at.Format(dayLayout)
			}
			out = append(out, gapRow{when, j - i, why})
		}
		i = j
	}
	return out
}

var gapWords = map[answer]string{
	notAsked:  "no run, or the name was not asked",
	voidNight: "void: our own look-ups failed, so nothing of that night counts",
	noAnswer:  "asked, no valid answer",
}

// Facts are the facts of a name for people, defanged, each with its basis. What
// is not known is left out; the sentence says what was not checked.
func Facts(d *tracker.Dossier) []Fact {
	var out []Fact
	put := func(what, value, basis string) {
		if value != "" {
			out = append(out, Fact{what, value, basis})
		}
	}
	const mine, file = "own observation", "case file"
	put("State", StatusWords(d, d.State.Status)+sinceState(d), mine+", rule "+orNone(d.State.Rule))
	if r := d.Row; r != nil {
		s := phrase(r)
		if !r.SeizedAt.IsZero() {
			s += " on " + when(r.SeizedAt)
		}
		put("Seizure", s, file+originWords(r))
		put("Impersonates", impersonates(r), file)
		put("Source", Defang(r.Source), file)
		put("Listed", dayStamp(r.ListedAt), basisWords(tracker.BasisListed))
		if !r.RegisteredAt.IsZero() && !r.RegisteredAtAlt.IsZero() {
			put("Disputed day", r.RegisteredAt.UTC().Format(dayLayout)+" or "+r.RegisteredAtAlt.UTC().Format(dayLayout)+", by source", basisWords(tracker.BasisListed))
		}
	} else if r := rootOf(d); r != nil {
		s := nameWords(r.Name) + ", " + phrase(r)
		if !r.SeizedAt.IsZero() {
			s += " on " + when(r.SeizedAt)
		}
		put("Goes back to", s, file+originWords(r))
	}
	if d.Rule != "" {
		s := plain(d.Rule)
		if d.From != "" {
			s += " from " + nameWords(d.From)
		}
		put("Found by", s, "how it came to be asked")
	}
	if !d.RegisteredAt.Hi.IsZero() {
		if d.Basis == tracker.BasisFirstSeen {
			put("Registered", "at the latest when it was first in the DNS", "no registry date")
		} else {
			put("Registered", cell(d.RegisteredAt), basisWords(d.Basis))
		}
	}
	if !d.FirstSeen.Hi.IsZero() {
		put("First in the DNS", cell(d.FirstSeen), mine)
	}
	for i, l := range d.Lifespans {
		n := ""
		if len(d.Lifespans) > 1 {
			n = " (" + strconv.Itoa(i+1) + ")"
		}
		put("Went live"+n, cell(l.Birth), basisWords(l.BirthBasis))
		if l.Death.Hi.IsZero() {
			if !l.Death.Lo.IsZero() {
				put("Last seen live"+n, instant(l.Death.Lo)+" UTC; no end seen", mine)
			}
		} else {
			put("Stopped being live"+n, cell(l.Death)+", "+causeWords(d, l.Cause), mine)
		}
	}
	if !d.EndedAt.Hi.IsZero() {
		put("Lost by its operators", cell(d.EndedAt), basisWords(tracker.DateBasis(endedBasis(d))))
	}
	if r := d.Registration; r != nil {
		by := strings.ToUpper(plain(r.Source))
		put("Registrar", Defang(r.Registrar), by)
		put("Abuse contact", Defang(r.AbuseEmail), by)
		put("Expires", expiry(r), by)
		put("Registry status", plain(strings.Join(r.Statuses, ", ")), by)
	}
	if c := d.Control; c != nil {
		s := axisWords(d, tracker.AxisControl, plain(c.Holder))
		if c.Agency != "" {
			s += ", " + strings.ToUpper(plain(c.Agency))
		}
		if len(c.Signals) > 0 {
			s += ": " + Defang(strings.Join(c.Signals, "; "))
		}
		put("Held by", s, mine+", rule "+orNone(c.Rule))
		put("Network", Defang(c.CDN), mine)
	}
	put("Addresses", strings.Join(addressWords(d), ", "), mine)
	var ns []string
	for _, n := range nameservers(d) {
		ns = append(ns, n.Defang())
	}
	basis := "resolver"
	if d.Delegation != nil && len(d.Delegation.NS) > 0 {
		basis = "parent zone"
	}
	put("Name servers", strings.Join(ns, ", "), mine+", "+basis)
	if x := d.Web; x != nil {
		put("Page", strings.TrimSpace(axisWords(d, tracker.AxisWeb, string(x.Class))+" "+quoted(x.Title)), mine)
		if x.FinalName != "" && x.FinalName != d.Name {
			put("Leads to", nameWords(x.FinalName), mine)
		}
		if x.Cloaked {
			put("Cloaked", "visitors were shown different pages", mine)
		}
		put("Capture", string(x.Capture), "SHA-256 of the capture record")
	}
	return out
}

func sinceState(d *tracker.Dossier) string {
	if d.State.Since.Hi.IsZero() {
		return ""
	}
	return ", since " + sinceWords(d.State.Since)
}

func expiry(r *tracker.Registration) string {
	if r.ExpiresAt.IsZero() {
		return ""
	}
	return when(r.ExpiresAt)
}

func originWords(r *tracker.CaseName) string {
	if r.Origin.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", line %d", r.Origin.Line)
}

func impersonates(r *tracker.CaseName) string {
	if r.Impersonates == "" {
		return ""
	}
	s := r.Impersonates.Defang()
	if r.Country != "" {
		s += " (" + plain(r.Country) + ")"
	}
	return s
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + shorten(Defang(s), 200) + "”"
}

// addressWords are the addresses with who announces them.
func addressWords(d *tracker.Dossier) []string {
	var out []string
	for _, a := range addresses(d) {
		for _, n := range d.DNS.ASN {
			if n.Addr.String() == a && n.Number != 0 {
				a = strings.TrimSpace(fmt.Sprintf("%s (AS%d %s", a, n.Number, Defang(n.Holder))) + ")"
				break
			}
		}
		out = append(out, a)
	}
	return out
}
