package web

import (
	"net/http"
	"time"

	"respawn/tracker"
)

type apiCase struct {
	ID       tracker.CaseID `json:"id"`
	Title    string         `json:"title,omitempty"`
	Names    int            `json:"names"`
	Outlets  int            `json:"outlets"`
	NewestID tracker.RunID  `json:"newest_run,omitempty"` // of those that finished
	Newest   *tracker.Run   `json:"newest,omitempty"`
}

func (s *server) apiCases(r *http.Request) (any, error) {
	cases, err := s.Reader.Cases(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]apiCase, 0, len(cases))
	for _, c := range cases {
		v := apiCase{ID: c.ID, Title: c.Title, Names: len(c.Names), Outlets: len(c.Outlets)}
		runs, err := s.Reader.Runs(r.Context(), c.ID)
		if err != nil {
			return nil, err
		}
		if x, ok := newestFinished(runs); ok {
			v.NewestID, v.Newest = x.ID, &x
		}
		out = append(out, v)
	}
	return map[string]any{"cases": out}, nil
}

type apiPage struct {
	Case  tracker.CaseID `json:"case"`
	Run   tracker.RunID  `json:"run,omitempty"` // newest finished run
	Total int            `json:"total"`
	Page  int            `json:"page"`
	Limit int            `json:"limit"`
	Next  string         `json:"next,omitempty"` // query of the next page
	Sites []*row         `json:"sites"`
}

// apiSites is a page of the sites of a case; 100 unless limit asks for up to 1000.
func (s *server) apiSites(r *http.Request) (any, error) {
	c, runs, err := s.findCase(r, "id")
	if err != nil {
		return nil, err
	}
	q, err := parseQuery(r.URL.Query(), pageRows, maxRows)
	if err != nil {
		return nil, err
	}
	rows, err := s.rows.get(r.Context(), c.ID, runs)
	if err != nil {
		return nil, err
	}
	p := apiPage{Case: c.ID, Page: q.Page, Limit: q.Limit}
	p.Sites, p.Total = q.choose(rows)
	if q.Page*q.Limit < p.Total && q.Page <= p.Total {
		p.Next = q.next()
	}
	if x, ok := newestFinished(runs); ok {
		p.Run = x.ID
	}
	return p, nil
}

type apiDossier struct {
	Sentence string `json:"sentence,omitempty"`
	*tracker.Dossier
}

func (s *server) apiSite(r *http.Request) (any, error) {
	d, _, err := s.findSite(r)
	if err != nil {
		return nil, err
	}
	v := apiDossier{Dossier: d}
	if s.Sentence != nil {
		v.Sentence = s.Sentence(d)
	}
	return v, nil
}

func (s *server) apiAlerts(r *http.Request) (any, error) {
	f, page, err := parseFilter(r.URL.Query(), "")
	if err != nil {
		return nil, err
	}
	as, err := s.Reader.Alerts(r.Context(), f)
	if err != nil {
		return nil, err
	}
	list := pageOf(as, page)
	if list == nil {
		list = []Alert{}
	}
	return map[string]any{"total": len(as), "page": page, "limit": maxAlert, "alerts": list}, nil
}

type healthCase struct {
	Case     tracker.CaseID     `json:"case"`
	Run      tracker.RunID      `json:"newest_run,omitempty"`
	Finished time.Time          `json:"finished_at,omitzero"`
	Verdict  tracker.RunVerdict `json:"verdict,omitempty"`
}

// health says that the store can be read, and when each case was last scanned. It
// is 500 where the store cannot be read; an old run is for alerts to judge.
func (s *server) health(r *http.Request) (any, error) {
	cases, err := s.Reader.Cases(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]healthCase, 0, len(cases))
	for _, c := range cases {
		h := healthCase{Case: c.ID}
		runs, err := s.Reader.Runs(r.Context(), c.ID)
		if err != nil {
			return nil, err
		}
		if x, ok := newestFinished(runs); ok {
			h.Run, h.Finished, h.Verdict = x.ID, x.FinishedAt, x.Verdict
		}
		out = append(out, h)
	}
	return map[string]any{"ok": true, "cases": out}, nil
}
