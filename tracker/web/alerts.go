package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"respawn/tracker"
)

type alertsPage struct {
	frame
	Alerts     []Alert
	State      string
	Total      int
	Prev, Next string
	States     []choice
	Writable   bool
	Done       string
}

var alertStates = []tracker.AlertState{tracker.AlertOpen, tracker.AlertAcked, tracker.AlertConfirmed, tracker.AlertRejected, tracker.AlertOver}

// parseFilter is the filter of a list of alerts: open ones, unless asked otherwise.
func parseFilter(v url.Values, def tracker.AlertState) (f AlertFilter, page int, err error) {
	f = AlertFilter{Case: tracker.CaseID(v.Get("case")), State: tracker.AlertState(v.Get("state")), Kind: v.Get("kind")}
	switch {
	case f.State == "":
		f.State = def
	case f.State == "all":
		f.State = ""
	case !slices.Contains(alertStates, f.State):
		return f, 0, badRequest("state: want open, acknowledged, confirmed, rejected, over or all")
	}
	page = 1
	if s := v.Get("page"); s != "" {
		if page, err = strconv.Atoi(s); err != nil || page < 1 {
			return f, 0, badRequest("page: want a number from 1")
		}
	}
	return f, page, nil
}

func pageOf(as []Alert, page int) []Alert {
	if page > 1+len(as)/maxAlert {
		return nil
	}
	from := min((page-1)*maxAlert, len(as))
	return as[from:min(from+maxAlert, len(as))]
}

func (s *server) alerts(r *http.Request) (result, error) {
	f, page, err := parseFilter(r.URL.Query(), tracker.AlertOpen)
	if err != nil {
		return result{}, err
	}
	as, err := s.Reader.Alerts(r.Context(), f)
	if err != nil {
		return result{}, err
	}
	p := alertsPage{frame: frame{"Alerts", "alerts"}, Alerts: pageOf(as, page), Total: len(as), State: string(f.State), Writable: s.SetAlert != nil}
	link := func(n int) string {
		v := r.URL.Query()
		v.Del("done")
		v.Set("page", strconv.Itoa(n))
		return "?" + v.Encode()
	}
	if page > 1 {
		p.Prev = link(page - 1)
	}
	if page*maxAlert < len(as) {
		p.Next = link(page + 1)
	}
	chosen := p.State
	if chosen == "" {
		chosen = "all"
	}
	p.States = choices(chosen, "open", "open", "acknowledged", "acknowledged", "confirmed", "confirmed", "rejected", "rejected", "over", "over by itself", "all", "all")
	if done := tracker.AlertState(r.URL.Query().Get("done")); slices.Contains(alertStates, done) {
		p.Done = string(done)
	}
	return result{page: "alerts", data: p}, nil
}

// maxReason bounds the reason of a rejection.
const maxReason = 1000

// decide takes a person's decision about one alert.
func (s *server) decide(r *http.Request) (result, error) {
	if s.SetAlert == nil {
		return result{}, errReadOnly
	}
	if err := r.ParseForm(); err != nil {
		return result{}, badRequest("the form could not be read")
	}
	key, reason := r.PostForm.Get("key"), strings.TrimSpace(r.PostForm.Get("reason"))
	to := map[string]tracker.AlertState{"ack": tracker.AlertAcked, "confirm": tracker.AlertConfirmed, "reject": tracker.AlertRejected}[r.PostForm.Get("action")]
	switch {
	case key == "":
		return result{}, badRequest("key: which alert?")
	case to == "":
		return result{}, badRequest("action: want ack, confirm or reject")
	case to == tracker.AlertRejected && reason == "":
		return result{}, badRequest("A rejected pair never alerts again, so a rejection needs a reason. Go back and give one.")
	case len(reason) > maxReason:
		return result{}, badRequest("reason: at most 1000 bytes")
	}
	if err := s.SetAlert(r.Context(), key, to, reason); err != nil {
		if errors.Is(err, ErrRefused) {
			return result{}, badRequest(err.Error())
		}
		return result{}, err
	}
	s.rows.spoil()
	s.Log.Info("alert decided", "key", key, "state", to)
	return result{redirect: "/alerts?done=" + url.QueryEscape(string(to))}, nil
}
