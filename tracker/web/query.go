package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"respawn/tracker"
)

const (
	pageRows = 100  // of a page of sites
	maxRows  = 1000 // of one answer of the API
	maxAlert = 100  // of a page of alerts
)

// A query is what a list of sites is asked for.
type query struct {
	State, Band, Role, Sort, Text string
	Page, Limit                   int
}

var sorts = []struct{ key, words string }{{"relevance", "Most telling first"}, {"name", "Name"}, {"state", "State"}, {"since", "Changed last"}, {"registered", "Registered last"}, {"score", "Score"}}

// parseQuery refuses what it does not know: a filter that is silently dropped
// would show more than was asked for.
func parseQuery(v url.Values, limit, most int) (query, error) {
	q := query{State: v.Get("state"), Band: v.Get("band"), Role: v.Get("role"), Sort: v.Get("sort"), Text: strings.TrimSpace(v.Get("q")), Page: 1, Limit: limit}
	if q.Sort == "" {
		q.Sort = "relevance"
	}
	if !slices.ContainsFunc(sorts, func(s struct{ key, words string }) bool { return s.key == q.Sort }) {
		return q, badRequest("sort: want relevance, name, state, since, registered or score")
	}
	if q.State != "" && !slices.Contains(statuses, tracker.Status(q.State)) && q.State != "alive" {
		return q, badRequest("state: not a known state")
	}
	if q.Band != "" && tracker.Band(q.Band).Rank() == 0 && q.Band != "none" {
		return q, badRequest("band: want none, unlikely, possible, probable or confirmed")
	}
	if !slices.Contains([]string{"", "seized", "campaign", "found", "replacement"}, q.Role) {
		return q, badRequest("role: want seized, campaign, found or replacement")
	}
	if len(q.Text) > 253 {
		return q, badRequest("q: at most 253 characters")
	}
	q.Text = strings.ToLower(strings.ReplaceAll(q.Text, "[.]", "."))
	for key, to := range map[string]*int{"page": &q.Page, "limit": &q.Limit} {
		if s := v.Get(key); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				return q, badRequest(key + ": want a number from 1")
			}
			*to = n
		}
	}
	q.Limit = min(q.Limit, most)
	return q, nil
}

var statuses = []tracker.Status{tracker.StatusLive, tracker.StatusRedirecting, tracker.StatusCloaked, tracker.StatusChallenged, tracker.StatusParked, tracker.StatusResolving,
	tracker.StatusSuspended, tracker.StatusSeized, tracker.StatusSeizedClaimed, tracker.StatusExpired, tracker.StatusNoDNS, tracker.StatusUnregistered, tracker.StatusUnknown}

func (q query) keeps(r *row) bool {
	switch q.State {
	case "", string(r.State):
	case "alive":
		if !r.State.Alive() {
			return false
		}
	default:
		return false
	}
	switch {
	case q.Band == "":
	case q.Band == "none":
		if r.Band != tracker.BandNone {
			return false
		}
	case q.Band != string(r.Band):
		return false
	}
	switch q.Role {
	case "", r.Role:
	case "replacement":
		if !r.replacement() {
			return false
		}
	default:
		return false
	}
	return q.Text == "" || strings.Contains(string(r.Name), q.Text) || strings.Contains(string(r.LinkedTo), q.Text)
}

// replacement is [tracker.Dossier.Replacement] of a row.
func (r *row) replacement() bool {
	return r.Band.Rank() >= tracker.BandProbable.Rank() && r.Relation != tracker.RelationTwin
}

// choose are the rows of the page that is asked for, and how many there are in all.
// rows is not changed.
func (q query) choose(rows []row) (page []*row, total int) {
	kept := make([]*row, 0, len(rows))
	for i := range rows {
		if q.keeps(&rows[i]) {
			kept = append(kept, &rows[i])
		}
	}
	if q.Sort != "name" {
		slices.SortStableFunc(kept, q.compare)
	}
	from := min((q.Page-1)*q.Limit, len(kept))
	if q.Page > 1+len(kept)/q.Limit {
		from = len(kept)
	}
	return kept[from:min(from+q.Limit, len(kept))], len(kept)
}

func (q query) compare(a, b *row) int {
	switch q.Sort {
	case "state":
		return cmp.Compare(slices.Index(statuses, a.State), slices.Index(statuses, b.State))
	case "since":
		return b.Since.Hi.Compare(a.Since.Hi)
	case "registered":
		return b.RegisteredAt.Hi.Compare(a.RegisteredAt.Hi)
	case "score":
		return cmp.Compare(b.Score, a.Score)
	}
	return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(b.Band.Rank(), a.Band.Rank()), b.Since.Hi.Compare(a.Since.Hi))
}

// weight orders what a person wants to see first: replacements, then names of the
// case, then the rest.
func (r *row) weight() int {
	switch {
	case r.replacement() && r.Role == "found":
		return 0
	case r.Role != "found":
		return 1
	}
	return 2
}

// Shown is the text searched for as people read it.
func (q query) Shown() string { return strings.ReplaceAll(q.Text, ".", "[.]") }

// next is the query of the next page, with its limit.
func (q query) next() string {
	v := q.values(q.Page + 1)
	v.Set("limit", strconv.Itoa(q.Limit))
	return "?" + v.Encode()
}

// with is the query of another page, for people.
func (q query) with(page int) string { return "?" + q.values(page).Encode() }

func (q query) values(page int) url.Values {
	v := url.Values{}
	for k, s := range map[string]string{"state": q.State, "band": q.Band, "role": q.Role, "q": q.Text} {
		if s != "" {
			v.Set(k, s)
		}
	}
	if q.Sort != "relevance" {
		v.Set("sort", q.Sort)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return v
}
