package export

import (
	"fmt"
	"html/template"
	"io"

	"respawn/tracker"
)

type indexPage struct {
	pageHead
	Span   string
	Groups []indexGroup
}

type indexGroup struct {
	Title, About, LinkHead string
	Rows                   []indexRow
}

type indexRow struct {
	Name, Link, State, Since, Registered, Asked string
	Spark                                       template.HTML
}

// Index writes one page with all names of a case, each with a small lifeline, in
// four groups: replacements, names of the case, names that are linked otherwise,
// and the rest. It returns the error of w.
func Index(w io.Writer, ds []tracker.Dossier, m Meta) error {
	p := indexPage{pageHead: newHead(m, plain(m.title()))}
	p.Sub = fmt.Sprintf("%s known", count(len(ds), "name"))
	if !m.AsOf.IsZero() {
		p.Sub += " as of " + instant(m.AsOf) + " UTC"
	}
	groups := []indexGroup{
		{Title: "Replacements", About: "Linked at least probably to a name of the case, and not there before it.", LinkHead: "Replaces"},
		{Title: "Names of the case", About: "As the case file has them. Only documented ones are called seized.", LinkHead: "Case file"},
		{Title: "Twins", About: "Linked at least probably, but there before: no replacements.", LinkHead: "Linked to"},
		{Title: "Others that were found", About: "Looked at because of their name or because a site led there; not linked well enough to be called a replacement.", LinkHead: "Link"},
	}
	for i := range ds {
		d := &ds[i]
		if x := days(d); p.Span == "" && len(x) > 0 {
			p.Span = x[0].at.Format(dayLayout) + " to " + x[len(x)-1].at.Format(dayLayout)
		}
		t := tallyOf(d)
		r := indexRow{Name: nameWords(d.Name), State: StatusWords(d, d.State.Status), Since: cell(d.State.Since), Asked: fmt.Sprintf("%d of %d", t.asked, t.all), Spark: Spark(d)}
		if !d.RegisteredAt.Hi.IsZero() {
			r.Registered = cell(d.RegisteredAt) + " (" + basisWords(d.Basis) + ")"
		}
		g := 3
		switch {
		case d.Row != nil:
			g = 1
			r.Link = phrase(d.Row)
			if !d.Row.SeizedAt.IsZero() {
				r.Link += " " + when(d.Row.SeizedAt)
			}
		case d.Replacement():
			g = 0
			r.Link = nameWords(d.Link.Old) + " (" + string(d.Link.Band) + ")"
			if d.Root != nil {
				r.Link += ", " + phrase(d.Root)
			}
		case d.Link != nil:
			if d.Link.Band.Rank() >= tracker.BandProbable.Rank() {
				g = 2
			}
			r.Link = nameWords(d.Link.Old) + " (" + orNone(string(d.Link.Band)) + ")"
		}
		groups[g].Rows = append(groups[g].Rows, r)
	}
	for _, g := range groups {
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return pages.ExecuteTemplate(w, "index", p)
}
