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
		foot += ", policy " + Plain(m.Policy)
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
	p.Sub = "Case " + Plain(m.title())
	p.Tags = append(p.Tags, StateWords(d), roleWords(d))
	if d.Row != nil {
		p.Tags = append(p.Tags, d.Row.Phrase())
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
		p.Changes = append(p.Changes, changeRow{cell(t.Window), string(t.Axis), axisWords(d, t.Axis, t.From), axisWords(d, t.Axis, t.To), Plain(t.Event), Defang(t.Review)})
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
	return Plain(r)
}

// timing is what a relation says of a link too weak to be one: the order alone.
func timing(r string) string {
	switch r {
	case tracker.RelationReplacement:
		return "it came after that name"
	case tracker.RelationTwin:
		return "it was there before that name was lost"
	}
	return "no order in time"
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
	what := relationWords(l.Relation)
	if l.Band.Rank() < tracker.BandProbable.Rank() {
		what = timing(l.Relation)
	}
	v.Words = fmt.Sprintf("%s: %s, score %.2f (log odds), scorer %s.", band, what, l.Score, orNone(l.Rule))
	if rootOf(d) != nil {
		v.Words += " It goes back to " + nameWords(d.Root.Name) + ", " + reported(d.Root) + "."
	}
	for i, e := range l.Evidence {
		r := evidenceRow{fmt.Sprintf("%+.2f", e.Weight), kindWords(e), shorten(Defang(e.Value), 160), Defang(e.Why)}
		// The first line, the prior, is where counting starts, not a reason against.
		if e.Weight < 0 && i > 0 {
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
	return strings.ToLower(Plain(string(e.Group))) + ": " + Plain(e.Kind)
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
