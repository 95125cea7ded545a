package casefile

import (
	"fmt"
	"strings"

	"respawn/tracker"
)

// name adds n. A name that is already there is one name: the row that says more
// stays and takes what only the other one knows. A seized row keeps its role
// whatever the other says. What the two rows say differently is refused field by
// field, so that a person sees both.
func (b *builder) name(n tracker.CaseName) {
	i, dup := b.names[n.Name]
	if !dup {
		b.names[n.Name] = len(b.c.Names)
		b.c.Names = append(b.c.Names, n)
		return
	}
	keep, other := b.c.Names[i], n
	if richness(n) > richness(keep) {
		keep, other = n, keep
	}
	if other.Role == tracker.RoleSeized {
		keep.Role = tracker.RoleSeized
	}
	differ := func(field string, empty, same bool, text string) bool {
		if !empty && !same && text != "" {
			b.refuse(other.Origin.File, other.Origin.Line, field, text,
				fmt.Sprintf("%s:%d says otherwise of %s and is kept", keep.Origin.File, keep.Origin.Line, n.Name.Defang()))
		}
		return empty
	}
	if differ("seized_date", keep.SeizedAt.IsZero(), keep.SeizedAt.Equal(other.SeizedAt), day(other.SeizedAt)) {
		keep.SeizedAt = other.SeizedAt
	}
	if differ("kind", keep.Kind == "", keep.Kind == other.Kind, string(other.Kind)) {
		keep.Kind = other.Kind
	}
	if differ("impersonates", keep.Impersonates == "", keep.Impersonates == other.Impersonates, string(other.Impersonates)) {
		keep.Impersonates = other.Impersonates
	}
	if differ("country", keep.Country == "", keep.Country == other.Country, other.Country) {
		keep.Country = other.Country
	}
	switch {
	case keep.RegisteredAt.IsZero():
		keep.RegisteredAt = other.RegisteredAt
	case !other.RegisteredAt.IsZero() && !keep.RegisteredAt.Equal(other.RegisteredAt) && keep.RegisteredAtAlt.IsZero():
		keep.RegisteredAtAlt = other.RegisteredAt // two sources, two days: both are kept
	default:
		differ("registered_date", false, keep.RegisteredAt.Equal(other.RegisteredAt) || keep.RegisteredAtAlt.Equal(other.RegisteredAt), day(other.RegisteredAt))
	}
	if differ("registered_date_alt", keep.RegisteredAtAlt.IsZero(), keep.RegisteredAtAlt.Equal(other.RegisteredAtAlt), day(other.RegisteredAtAlt)) {
		keep.RegisteredAtAlt = other.RegisteredAtAlt
	}
	if differ("listed_date", keep.ListedAt.IsZero(), keep.ListedAt.Equal(other.ListedAt), day(other.ListedAt)) {
		keep.ListedAt = other.ListedAt
	}
	if differ("campaign", keep.Campaign == "", keep.Campaign == other.Campaign, other.Campaign) {
		keep.Campaign = other.Campaign
	}
	if differ("seizure_confirmation", keep.Confirmation == "", keep.Confirmation == other.Confirmation, string(other.Confirmation)) {
		keep.Confirmation = other.Confirmation
	}
	keep.Source = both(keep.Source, other.Source, " | ")
	keep.Note = both(keep.Note, other.Note, "; ")
	keep.Note = both(keep.Note, fmt.Sprintf("also in %s:%d", other.Origin.File, other.Origin.Line), "; ")
	b.c.Names[i] = keep
}

// both joins a and b where b says something that a does not.
func both(a, b, sep string) string {
	switch {
	case b == "" || strings.Contains(a, b):
		return a
	case a == "":
		return b
	}
	return a + sep + b
}

// richness counts what a row says. The role counts first: what is said about a
// seizure stands in the seized list.
func richness(n tracker.CaseName) int {
	r := 0
	for _, has := range []bool{
		!n.SeizedAt.IsZero(), n.Kind != "", n.Impersonates != "", n.Country != "", !n.RegisteredAt.IsZero(),
		!n.RegisteredAtAlt.IsZero(), !n.ListedAt.IsZero(), n.Campaign != "", n.Confirmation != "", n.Source != "",
	} {
		if has {
			r++
		}
	}
	if n.Role == tracker.RoleSeized {
		r += 100
	}
	return r
}

func day(t interface {
	IsZero() bool
	Format(string) string
}) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02")
}

// outlet adds o; a second row fills what the first left open.
func (b *builder) outlet(o tracker.Outlet) {
	i, dup := b.outlets[o.Name]
	if !dup {
		b.outlets[o.Name] = len(b.c.Outlets)
		b.c.Outlets = append(b.c.Outlets, o)
		return
	}
	keep := &b.c.Outlets[i]
	if keep.Title == "" {
		keep.Title = o.Title
	}
	if keep.Country == "" {
		keep.Country = o.Country
	}
}
