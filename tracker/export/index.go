package export

import (
	"fmt"
	"html/template"
	"io"

	"respawn/tracker"
)

type indexPage struct {
	pageHead
	Groups []indexGroup
}

type indexGroup struct {
	Title, About, LinkHead string
	Rows                   []indexRow
}

type indexRow struct {
	Name, Link, LinkNote, State, Since, Registered, Basis, Asked string

	Spark template.HTML
}

// Index writes one page with all names of a case, each with a small lifeline, in
// four groups: replacements, names of the case, names that are linked otherwise,
// and the rest. It returns the error of w.
func Index(w io.Writer, ds []tracker.Dossier, m Meta) error {
	p := indexPage{pageHead: newHead(m, Plain(m.title()))}
	p.Class = "index"
	p.Sub = fmt.Sprintf("%s known", count(len(ds), "name"))
	if !m.AsOf.IsZero() {
		p.Sub += " as of " + instant(m.AsOf) + " UTC"
	}
	groups := []indexGroup{
		{Title: "Replacements", About: "Linked at least probably to a name of the case that they came after.", LinkHead: "Replaces"},
		{Title: "New names of the same operators", About: "Linked at least probably by infrastructure or content; they replace no one name.", LinkHead: "Linked to"},
		{Title: "Names of the case", About: "As the case file has them. Only documented ones are called seized.", LinkHead: "Case file"},
		{Title: "Campaign names of the case", About: "Listed as names of the campaign, not reported seized.", LinkHead: "Case file"},
		{Title: "Twins", About: "Linked at least probably, but there before: no replacements.", LinkHead: "Linked to"},
		{Title: "Others that were found", About: "Looked at because of their name or because a site led there; not linked well enough to be called a replacement.", LinkHead: "Link"},
	}
	drawn := false
	for i := range ds {
		d := &ds[i]
		if x := days(d); !drawn && len(x) > 0 {
			drawn = true
			p.Sub += "; lifelines from " + x[0].at.Format(dayLayout) + " to " + x[len(x)-1].at.Format(dayLayout)
		}
		g, r := newIndexRow(d)
		groups[g].Rows = append(groups[g].Rows, r)
	}
	for _, g := range groups {
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return pages.ExecuteTemplate(w, "index", p)
}

// newIndexRow is the row of a name and the group that it stands in.
func newIndexRow(d *tracker.Dossier) (group int, r indexRow) {
	t := tallyOf(d)
	r = indexRow{Name: nameWords(d.Name), State: StateWords(d), Asked: fmt.Sprintf("%d of %d", t.asked, t.window()), Spark: Spark(d)}
	if !d.State.Since.Hi.IsZero() && faded(d) == nil {
		r.Since = cell(d.State.Since)
	}
	if !d.RegisteredAt.Hi.IsZero() {
		r.Registered, r.Basis = cell(d.RegisteredAt), basisWords(d.Basis)
	}
	if d.Row != nil {
		r.Link = d.Row.Phrase()
		if !d.Row.SeizedAt.IsZero() {
			r.LinkNote = when(d.Row.SeizedAt)
		}
		if d.Row.Role != tracker.RoleSeized {
			r.Link = "campaign name"
			return 3, r
		}
		return 2, r
	}
	if d.Link == nil {
		return 5, r
	}
	r.Link, r.LinkNote = nameWords(d.Link.Old), string(d.Link.Band)
	if x := rootOf(d); x != nil && x.Name == d.Link.Old {
		r.LinkNote += "; " + d.Root.Phrase()
	}
	switch {
	case d.Link.Band.Rank() < tracker.BandProbable.Rank():
		return 5, r
	case d.Link.Relation == tracker.RelationTwin:
		return 4, r
	case d.Link.Relation == tracker.RelationReplacement:
		return 0, r
	}
	return 1, r
}
