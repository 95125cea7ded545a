package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A frame is what every page has around it.
type frame struct {
	Title string
	Nav   string // which entry is lit
}

type homePage struct {
	frame
	Cases []caseView
	Open  []Alert
	More  int // open alerts that are not listed
}

type caseView struct {
	ID, Title      string
	Names, Outlets int
	Runs           []runView
	Any            bool
}

type runView struct {
	ID                        tracker.RunID
	At, Verdict, Reason       string
	Asked, Candidates, Looked int
	Known, Unknown            int
	Took                      string
}

// homeRuns and homeAlerts bound the front page.
const (
	homeRuns   = 7
	homeAlerts = 20
)

func (s *server) home(r *http.Request) (result, error) {
	ctx := r.Context()
	cases, err := s.Reader.Cases(ctx)
	if err != nil {
		return result{}, err
	}
	p := homePage{frame: frame{"Cases", "home"}}
	for _, c := range cases {
		v := caseView{ID: string(c.ID), Title: cmp.Or(s.Plain(c.Title), string(c.ID)), Names: len(c.Names), Outlets: len(c.Outlets)}
		runs, err := s.Reader.Runs(ctx, c.ID)
		if err != nil {
			return result{}, err
		}
		for _, x := range slices.Backward(runs) {
			if len(v.Runs) == homeRuns {
				break
			}
			v.Runs = append(v.Runs, s.viewRun(x))
		}
		v.Any = len(v.Runs) > 0
		p.Cases = append(p.Cases, v)
	}
	open, err := s.Reader.Alerts(ctx, AlertFilter{State: tracker.AlertOpen})
	if err != nil {
		return result{}, err
	}
	p.Open = open[:min(len(open), homeAlerts)]
	p.More = len(open) - len(p.Open)
	return result{page: "home", data: p}, nil
}

func (s *server) viewRun(r tracker.Run) runView {
	v := runView{ID: r.ID, At: when(r.ScheduledAt), Verdict: string(r.Verdict), Reason: s.Plain(r.Reason), Asked: r.Coverage.Asked, Candidates: r.Coverage.Candidates,
		Looked: r.Coverage.Looked, Known: r.Coverage.Known}
	if r.Verdict == tracker.RunUnfinished {
		v.Verdict = "not finished"
	} else if took := r.FinishedAt.Sub(r.StartedAt); took > 0 { // a replayed run has none
		v.Took = took.Round(time.Second).String()
	}
	for _, n := range r.Coverage.Unknown {
		v.Unknown += n
	}
	return v
}

type sitesPage struct {
	frame
	ID            string
	Query         query
	Rows          []*row
	Total, All    int
	From, To      int
	Prev, Next    string
	Last          int
	States        []choice
	Bands         []choice
	Roles         []choice
	Sorts         []choice
	Run           *runView
	Outlets       int
	Note          string
	NothingChosen bool
}

type choice struct {
	Value, Words string
	Chosen       bool
}

func choices(chosen string, pairs ...string) []choice {
	var out []choice
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, choice{pairs[i], pairs[i+1], pairs[i] == chosen})
	}
	return out
}

// findCase is the case of a path.
func (s *server) findCase(r *http.Request, key string) (tracker.Case, []tracker.Run, error) {
	id := tracker.CaseID(r.PathValue(key))
	cases, err := s.Reader.Cases(r.Context())
	if err != nil {
		return tracker.Case{}, nil, err
	}
	i := slices.IndexFunc(cases, func(c tracker.Case) bool { return c.ID == id })
	if i < 0 {
		return tracker.Case{}, nil, fmt.Errorf("case %q: %w", id, ErrNotFound)
	}
	runs, err := s.Reader.Runs(r.Context(), id)
	return cases[i], runs, err
}

func (s *server) sites(r *http.Request) (result, error) {
	c, runs, err := s.findCase(r, "id")
	if err != nil {
		return result{}, err
	}
	q, err := parseQuery(r.URL.Query(), pageRows, pageRows)
	if err != nil {
		return result{}, err
	}
	rows, err := s.rows.get(r.Context(), c.ID, runs)
	if err != nil {
		return result{}, err
	}
	p := sitesPage{frame: frame{cmp.Or(s.Plain(c.Title), string(c.ID)), "home"}, ID: string(c.ID), Query: q, All: len(rows), Outlets: len(c.Outlets), Note: s.Plain(c.Note)}
	p.Rows, p.Total = q.choose(rows)
	p.Last = max(1, (p.Total+q.Limit-1)/q.Limit)
	if len(p.Rows) > 0 {
		p.From = (q.Page-1)*q.Limit + 1
		p.To = p.From + len(p.Rows) - 1
	}
	if q.Page > 1 {
		p.Prev = q.with(min(q.Page-1, p.Last))
	}
	if q.Page < p.Last {
		p.Next = q.with(q.Page + 1)
	}
	p.States = choices(q.State, "", "any state", "alive", "up in any way")
	for _, x := range statuses {
		p.States = append(p.States, choice{string(x), s.Words(&tracker.Dossier{}, x), q.State == string(x)})
	}
	p.Bands = choices(q.Band, "", "any band", "confirmed", "confirmed", "probable", "probable", "possible", "possible", "unlikely", "unlikely", "none", "no link")
	p.Roles = choices(q.Role, "", "all names", "replacement", "replacements", "found", "found by respawn", "seized", "in the case file", "campaign", "campaign names")
	for _, x := range sorts {
		p.Sorts = append(p.Sorts, choice{x.key, x.words, q.Sort == x.key})
	}
	if x, ok := newestFinished(runs); ok {
		v := s.viewRun(x)
		p.Run = &v
	}
	return result{page: "sites", data: p}, nil
}

type sitePage struct {
	frame
	Name       tracker.Name
	Case       string
	CaseTitle  string
	Tags       []string
	Sentence   string
	Lifeline   template.HTML
	Detail     template.HTML
	Old        tracker.Name
	ReplacedBy []tracker.Name
	Alerts     []Alert
	Nights     []nightView
	Asked, All int
	WithoutRun int
	CaseID     tracker.CaseID
}

type nightView struct {
	Run                 tracker.RunID
	At, Answer, State   string
	Void, NotAsked, Bad bool
}

// findSite is the dossier of a path. A name that cannot be one is not found.
func (s *server) findSite(r *http.Request) (*tracker.Dossier, tracker.Case, error) {
	c, _, err := s.findCase(r, "case")
	if err != nil {
		return nil, c, err
	}
	n, err := tracker.ParseName(strings.ReplaceAll(r.PathValue("name"), "[.]", "."))
	if err != nil {
		return nil, c, err
	}
	ds, err := s.Reader.Dossiers(r.Context(), c.ID, n)
	if err != nil {
		return nil, c, err
	}
	for i := range ds {
		if ds[i].Name == n {
			return &ds[i], c, nil
		}
	}
	return nil, c, fmt.Errorf("name %s of case %s: %w", n, c.ID, ErrNotFound)
}

func (s *server) site(r *http.Request) (result, error) {
	d, c, err := s.findSite(r)
	if err != nil {
		return result{}, err
	}
	p := sitePage{frame: frame{nameWords(d.Name), "home"}, Name: d.Name, CaseID: c.ID, Case: string(c.ID), CaseTitle: cmp.Or(s.Plain(c.Title), string(c.ID))}
	p.Tags = append(p.Tags, s.State(d))
	if d.Row != nil {
		p.Tags = append(p.Tags, d.Row.Phrase())
	}
	if d.Link != nil {
		p.Old = d.Link.Old
		if d.Link.Band != "" {
			p.Tags = append(p.Tags, string(d.Link.Band)+" link")
		}
	}
	for _, l := range d.ReplacedBy {
		p.ReplacedBy = append(p.ReplacedBy, l.New)
	}
	if s.Sentence != nil {
		p.Sentence = s.Sentence(d)
	}
	if s.Lifeline != nil {
		p.Lifeline = s.Lifeline(d)
	}
	if s.Detail != nil {
		p.Detail = s.Detail(d)
	}
	if p.Alerts, err = s.Reader.Alerts(r.Context(), AlertFilter{Case: c.ID, Name: d.Name}); err != nil {
		return result{}, err
	}
	p.Asked, p.All = d.AskedNights()
	p.WithoutRun = d.DaysWithoutRun()
	p.Nights = s.viewNights(d)
	return result{page: "site", data: p}, nil
}

// maxNights bounds the list of nights of one page; the API has them all.
const maxNights = 400

func (s *server) viewNights(d *tracker.Dossier) []nightView {
	var out []nightView
	for _, n := range slices.Backward(d.Nights) {
		if len(out) == maxNights {
			break
		}
		v := nightView{Run: n.Run, At: when(n.At), State: s.Words(d, n.Status)}
		switch {
		case n.Void:
			v.Void, v.Answer = true, "void (own outage)"
		case !n.Asked:
			v.NotAsked, v.Answer = true, "not asked"
		case n.Outcome == tracker.Present:
			v.Answer = "there"
		case n.Outcome == tracker.Absent:
			v.Answer = "not there"
		case n.Outcome == tracker.Wildcard:
			v.Bad, v.Answer = true, "no answer of its own (wildcard zone)"
		default:
			v.Bad, v.Answer = true, "no valid answer"
		}
		out = append(out, v)
	}
	return out
}
