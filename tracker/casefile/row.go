package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// columns are the columns of a table and the keys of a YAML row, in the order in
// which they are documented. Only domain is required.
var columns = []string{
	"domain", "role", "seized_date", "kind", "impersonates", "country", "registered_date", "registered_date_alt",
	"listed_date", "campaign", "seizure_confirmation", "source", "note", "title",
}

// Columns are the columns of a table and the keys of a YAML row, as docs/case.md
// explains them. Only the first is required.
func Columns() []string { return slices.Clone(columns) }

// roleOutlet marks a row that is no name of a campaign but a site to protect.
const roleOutlet = tracker.Role("outlet")

// roleUnstated is the role of a row of which neither the file, nor the case.yaml
// that names it, says anything yet.
const roleUnstated = tracker.Role("")

// roleOf is the role of a row that states none. Whoever dates or confirms a seizure
// says that there was one; of a bare name nobody may say so.
func (b *builder) roleOf(file string, line int, f fields) tracker.Role {
	c := tracker.Confirmation(strings.ReplaceAll(column(f["seizure_confirmation"]), "_", "-"))
	if f["seized_date"] != "" || c != "" && c != tracker.CampaignDocumented {
		return tracker.RoleSeized
	}
	if n := len(b.unstated); n == 0 || b.unstated[n-1].file != file {
		b.unstated = append(b.unstated, unstated{file: file, line: line})
	}
	b.unstated[len(b.unstated)-1].rows++
	return tracker.RoleCampaign
}

// fields are the non-empty cells of one row, by canonical column.
type fields map[string]string

// row puts one row into the case. It reports false where the whole row was
// refused; a field that cannot be read is refused alone.
func (b *builder) row(file string, line int, f fields, role tracker.Role, o order) bool {
	read := Refang
	if column(f["role"]) == string(roleOutlet) || f["role"] == "" && role == roleOutlet {
		read = refang
	}
	name, remark, err := read(f["domain"])
	if err != nil {
		text := f["domain"]
		if text == "" {
			b.refuse(file, line, "", rest(f), "no domain")
		} else {
			b.refuse(file, line, "", text, err.Error())
		}
		return false
	}
	notes := []string{}
	if remark != "" {
		notes = append(notes, "as given: "+strings.ReplaceAll(strings.TrimSpace(f["domain"]), "\n", " "))
	}
	if r := f["role"]; r != "" {
		switch got := tracker.Role(column(r)); got {
		case tracker.RoleSeized, tracker.RoleCampaign, roleOutlet:
			role = got
		default:
			// Guessing here would call a name seized that nobody says was.
			b.refuse(file, line, "", f["domain"], fmt.Sprintf("role %q: want seized, campaign or outlet", r))
			return false
		}
	}
	if role == roleUnstated {
		role = b.roleOf(file, line, f)
	}
	n := tracker.CaseName{Name: name, Role: role, Campaign: f["campaign"], Source: f["source"], Origin: tracker.Origin{File: file, Line: line}}
	refuse := func(field, reason string) {
		b.refuse(file, line, field, f[field], reason)
		notes = append(notes, field+" could not be read: "+f[field])
	}
	day := func(field string) time.Time {
		if f[field] == "" {
			return time.Time{}
		}
		t, guessed, err := parseDay(f[field], o)
		switch {
		case err != nil:
			refuse(field, err.Error())
		case guessed:
			notes = append(notes, fmt.Sprintf("%s %s read as month first", field, f[field]))
		case dayText(f[field]) != f[field]:
			notes = append(notes, field+" given as "+f[field])
		}
		return t
	}
	n.SeizedAt, n.RegisteredAt, n.RegisteredAtAlt, n.ListedAt = day("seized_date"), day("registered_date"), day("registered_date_alt"), day("listed_date")
	if v := f["kind"]; v != "" {
		switch k := tracker.Kind(strings.ReplaceAll(column(v), "_", "-")); k {
		case tracker.KindOwnBrand, tracker.KindBrandSpoof:
			n.Kind = k
		default:
			refuse("kind", "want own-brand or brand-spoof")
		}
	}
	if v := f["seizure_confirmation"]; v != "" {
		switch c := tracker.Confirmation(strings.ReplaceAll(column(v), "_", "-")); c {
		case tracker.Documented, tracker.OutletDocumented, tracker.LabelCorroborated, tracker.CampaignDocumented:
			n.Confirmation = c
		default:
			refuse("seizure_confirmation", "want documented, outlet-documented, label-corroborated or campaign-documented")
		}
	}
	if v := f["country"]; v != "" {
		if c := strings.ToUpper(v); len(c) == 2 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z' || c == "INT" {
			n.Country = c
		} else {
			refuse("country", "want two letters of ISO 3166, or INT")
		}
	}
	if v := f["impersonates"]; v != "" {
		if imp, _, err := refang(v); err != nil {
			refuse("impersonates", err.Error())
		} else {
			n.Impersonates = imp
		}
	}
	for _, k := range f.unknown() {
		notes = append(notes, k+"="+f[k])
	}
	if role == roleOutlet {
		title := f["title"]
		if title == "" {
			title = f["note"] // lists of outlets name them there
		}
		b.outlet(tracker.Outlet{Name: name, Title: title, Country: n.Country, Origin: n.Origin})
		return true
	}
	if f["note"] != "" {
		notes = append([]string{f["note"]}, notes...)
	}
	if f["title"] != "" {
		notes = append(notes, "title="+f["title"])
	}
	n.Note = strings.Join(notes, "; ")
	b.name(n)
	return true
}

// unknown are the columns of f that have no place of their own, sorted.
func (f fields) unknown() []string {
	var out []string
	for k := range f {
		if !slices.Contains(columns, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// rest shows a row without a domain.
func rest(f fields) string {
	var out []string
	for k, v := range f {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
