package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"respawn/tracker"
	"respawn/tracker/web"
)

const site = "/site/doppelganger-2024/"

func post(h http.Handler, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/alerts", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	h := web.New(config(newFake(t)))
	for _, p := range []string{"/", "/case/doppelganger-2024", site + "artichoc.cc", "/alerts", "/nowhere", "/healthz", "/api/v1/alerts", "/asset/style.css"} {
		w := get(t, h, p)
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %q", p, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: policy %q", p, csp)
		}
		for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if got := w.Header().Get(k); got != want {
				t.Errorf("%s: %s: %q", p, k, got)
			}
		}
	}
}

// Pages keep the promises of the policy by themselves: no script, no inline
// style, no link that leads outside, no plain name, and foreign markup as text.
func TestPagesAreInert(t *testing.T) {
	f := newFake(t)
	f.cases[0].Note = "See https://evil.example/ <script>alert(1)</script>"
	f.runs[9].Reason = "\x1b[31mred\u202e <img src=x onerror=alert(1)> www.evil.example"
	f.alerts[0].Headline = `"><script>alert(1)</script> evil.example`
	cfg := config(f)
	cfg.SetAlert = func(context.Context, string, tracker.AlertState, string) error { return nil }
	h := web.New(cfg)
	paths := []string{"/", "/case/doppelganger-2024", "/case/doppelganger-2024?q=%3Cscript%3Ealert(1)%3C/script%3E", "/alerts?state=all", "/nowhere"}
	for _, d := range f.dossiers {
		paths = append(paths, site+string(d.Name))
	}
	for _, p := range paths {
		w := get(t, h, p)
		root, err := html.Parse(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			switch n.Type {
			case html.ElementNode:
				switch n.Data {
				case "script", "iframe", "img", "object", "embed", "base", "style":
					t.Errorf("%s: <%s>", p, n.Data)
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
						t.Errorf("%s: <%s %s>", p, n.Data, a.Key)
					}
					if (a.Key == "href" || a.Key == "src" || a.Key == "action") && (!strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "?") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//")) {
						t.Errorf("%s: <%s %s=%q> leads outside", p, n.Data, a.Key, a.Val)
					}
				}
			case html.TextNode:
				for _, bad := range []string{"artichoc.io", "artichoc.cc", "evil.example", "rrn.media", "https://"} {
					if strings.Contains(n.Data, bad) {
						t.Errorf("%s: %q in %q", p, bad, n.Data)
					}
				}
				if strings.ContainsAny(n.Data, "\x1b\u202e\u200b") {
					t.Errorf("%s: invisible characters in %q", p, n.Data)
				}
			}
		}
	}
}

func TestNothingIsThereThatIsNot(t *testing.T) {
	h := web.New(config(newFake(t)))
	for path, want := range map[string]int{
		"/nowhere":                        404,
		"/case/other":                     404,
		"/site/other/artichoc.cc":         404,
		site + "not-known.example":        404,
		site + "artichoc":                 404,
		site + "..%2f..%2fetc%2fpasswd":   404,
		site + "%00":                      404,
		site + "a%0d%0aSet-Cookie:x=1":    404,
		site + "127.0.0.1":                404,
		site + "%22%3E%3Cscript%3E":       404,
		site + strings.Repeat("a", 5000):  404,
		site + "artichoc%5B.%5Dcc":        200, // as people copy it from a page
		site + "ARTICHOC.CC":              200,
		site + "artichoc.cc.":             200,
		"/case/doppelganger-2024?state=x": 400, "/case/doppelganger-2024?band=x": 400, "/case/doppelganger-2024?role=x": 400, "/case/doppelganger-2024?sort=x": 400,
		"/case/doppelganger-2024?page=0": 400, "/case/doppelganger-2024?page=-1": 400, "/case/doppelganger-2024?page=x": 400,
		"/case/doppelganger-2024?page=99999999999999999999":     400,
		"/case/doppelganger-2024?page=9223372036854775807":      200,
		"/case/doppelganger-2024?page=99":                       200,
		"/case/doppelganger-2024?q=" + strings.Repeat("a", 300): 400,
		"/alerts?state=x":                                          400,
		"/alerts?page=x":                                           400,
		"/api/v1/cases/no/sites":                                   404,
		"/api/v1/sites/doppelganger-2024/no.example":               404,
		"/api/v1/cases/doppelganger-2024/sites?limit=0":            400,
		"/api/v1/alerts?page=9223372036854775807":                  200,
		"/api/v1/cases/doppelganger-2024/sites?page=4611686018427": 200,
		"/asset/nothing.css":                                       404,
		"/asset/..%2fpage%2fbase.gohtml":                           404,
	} {
		w := get(t, h, path)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "<script") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}

func TestOtherSitesCannotDecide(t *testing.T) {
	cfg := config(newFake(t))
	decided := 0
	cfg.SetAlert = func(context.Context, string, tracker.AlertState, string) error { decided++; return nil }
	h := web.New(cfg)
	form := url.Values{"key": {"k"}, "action": {"ack"}}
	for name, header := range map[string][]string{
		"a form of another site":         {"Sec-Fetch-Site", "cross-site"},
		"a sibling":                      {"Sec-Fetch-Site", "same-site"},
		"an old browser's Origin":        {"Origin", "https://evil.example"},
		"an Origin that hides itself":    {"Origin", "null"},
		"another port of this machine":   {"Origin", "http://127.0.0.1:9999"},
		"another scheme of this machine": {"Sec-Fetch-Site", "cross-site", "Origin", "https://127.0.0.1:8080"},
	} {
		if w := post(h, form, header...); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if decided != 0 {
		t.Fatalf("%d decisions", decided)
	}
	if w := post(h, form, "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/alerts?done=acknowledged" {
		t.Errorf("our own form: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := get(t, h, "/alerts?done=acknowledged"); !strings.Contains(w.Body.String(), "Recorded: acknowledged") {
		t.Error("the decision is not confirmed to the person")
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/alerts?key=k&action=ack", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if decided != 1 {
		t.Error("a GET decides")
	}
}

func TestRebindingIsRefused(t *testing.T) {
	cfg := config(newFake(t))
	cfg.Hosts = []string{"respawn.newsroom.example"}
	h := web.New(cfg)
	for host, want := range map[string]int{
		"evil.example": 421, "evil.example:8080": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "": 421,
		"127.0.0.1:8080": 200, "localhost": 200, "LOCALHOST:8080": 200, "[::1]:8080": 200, "192.0.2.7": 200, "respawn.newsroom.example:443": 200, "respawn.newsroom.example.": 200,
	} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

func TestDecisions(t *testing.T) {
	cfg := config(newFake(t))
	type decision struct {
		key    string
		to     tracker.AlertState
		reason string
	}
	var got []decision
	cfg.SetAlert = func(_ context.Context, key string, to tracker.AlertState, reason string) error {
		if key == "gone" {
			return fmt.Errorf("alert %q: %w", key, web.ErrNotFound)
		}
		got = append(got, decision{key, to, reason})
		return nil
	}
	h := web.New(cfg)
	for _, tt := range []struct {
		name string
		form url.Values
		want int
	}{
		{"acknowledge", url.Values{"key": {"a"}, "action": {"ack"}}, 303},
		{"confirm", url.Values{"key": {"a"}, "action": {"confirm"}, "reason": {" seen it "}}, 303},
		{"reject with a reason", url.Values{"key": {"a"}, "action": {"reject"}, "reason": {"another owner"}}, 303},
		{"reject without one", url.Values{"key": {"a"}, "action": {"reject"}, "reason": {"  "}}, 400},
		{"no key", url.Values{"action": {"ack"}}, 400},
		{"no action", url.Values{"key": {"a"}}, 400},
		{"an action that there is not", url.Values{"key": {"a"}, "action": {"delete"}}, 400},
		{"a very long reason", url.Values{"key": {"a"}, "action": {"ack"}, "reason": {strings.Repeat("x", 1001)}}, 400},
		{"a form that is too large", url.Values{"key": {"a"}, "action": {"ack"}, "x": {strings.Repeat("x", 1<<17)}}, 400},
		{"an alert that is gone", url.Values{"key": {"gone"}, "action": {"ack"}}, 404},
	} {
		if w := post(h, tt.form, "Sec-Fetch-Site", "same-origin"); w.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, w.Code, tt.want)
		}
	}
	want := []decision{{"a", tracker.AlertAcked, ""}, {"a", tracker.AlertConfirmed, "seen it"}, {"a", tracker.AlertRejected, "another owner"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}

	readOnly := web.New(config(newFake(t)))
	if w := post(readOnly, url.Values{"key": {"a"}, "action": {"ack"}}); w.Code != http.StatusForbidden {
		t.Errorf("read-only: %d", w.Code)
	}
	if strings.Contains(get(t, readOnly, "/alerts").Body.String(), "<button name") {
		t.Error("a read-only dashboard shows buttons")
	}
	if !strings.Contains(get(t, h, "/alerts").Body.String(), `<button name="action" value="reject"`) {
		t.Error("no button to reject")
	}

	f := newFake(t)
	f.alerts = []web.Alert{{Alert: tracker.Alert{Key: "silent:c:3", Kind: tracker.AlertSilent, Case: "c", Headline: "no scan of c has finished"}, State: tracker.AlertOpen}}
	cfg = config(f)
	cfg.SetAlert = func(context.Context, string, tracker.AlertState, string) error {
		return fmt.Errorf("%w: about no name", web.ErrRefused)
	}
	h = web.New(cfg)
	if body := get(t, h, "/alerts").Body.String(); strings.Contains(body, `value="confirm"`) || strings.Contains(body, `value="reject"`) || !strings.Contains(body, `value="ack"`) {
		t.Error("an alert about our own silence can be confirmed or rejected")
	}
	if w := post(h, url.Values{"key": {"silent:c:3"}, "action": {"confirm"}}, "Sec-Fetch-Site", "same-origin"); w.Code != 400 || !strings.Contains(w.Body.String(), "about no name") {
		t.Errorf("a decision that makes no sense: %d", w.Code)
	}
}

func TestFilters(t *testing.T) {
	h := web.New(config(newFake(t)))
	list := func(query string) (names []string, total int) {
		t.Helper()
		w := get(t, h, "/api/v1/cases/doppelganger-2024/sites"+query)
		var p struct {
			Total int
			Sites []struct {
				Name string
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatalf("%s: %v: %s", query, err, w.Body)
		}
		for _, s := range p.Sites {
			names = append(names, s.Name)
		}
		return names, p.Total
	}
	for query, want := range map[string]string{
		"?role=replacement&sort=name":         "[artichoc.cc newlabel.example rrn.so xn--80ak6aa92e.com]",
		"?band=confirmed":                     "[artichoc.cc]",
		"?band=none&role=found":               "[levinaigre.so]",
		"?state=suspended":                    "[rrn.so]",
		"?state=alive&role=seized":            "[spiegel.agency]",
		"?role=campaign":                      "[dijkwacht.example vip-news.press]",
		"?q=rrn%5B.%5Dmedia&sort=name":        "[newlabel.example rrn.media rrn.so]",
		"?sort=name&limit=2&page=2":           "[dijkwacht.example holylandherald.net]",
		"?sort=score&limit=1":                 "[artichoc.cc]",
		"?sort=registered&limit=1":            "[dijkwacht.example]",
		"?q=nothing":                          "[]",
		"?sort=name&limit=5&page=99999999999": "[]",
	} {
		names, _ := list(query)
		if fmt.Sprint(names) != want {
			t.Errorf("%s: %v, want %s", query, names, want)
		}
	}
	if _, total := list("?limit=1"); total != 14 {
		t.Errorf("total %d", total)
	}
	if names, _ := list(""); names[0] != "artichoc.cc" {
		t.Errorf("most telling first: %v", names)
	}
}

func TestPagesOfTheAPIMeetWithoutGap(t *testing.T) {
	h := web.New(config(newFake(t)))
	seen := map[string]int{}
	next, n := "?limit=5", 0
	for next != "" && n < 10 {
		var p struct {
			Next  string
			Sites []struct{ Name string }
		}
		if err := json.Unmarshal(get(t, h, "/api/v1/cases/doppelganger-2024/sites"+next).Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Sites {
			seen[s.Name]++
		}
		next = p.Next
		n++
	}
	if n != 3 || len(seen) != 14 {
		t.Errorf("%d pages, %d names", n, len(seen))
	}
}

func TestAPIHoldsNamesPlainAndWhole(t *testing.T) {
	h := web.New(config(newFake(t)))
	w := get(t, h, "/api/v1/sites/doppelganger-2024/artichoc.cc")
	var d struct {
		Sentence string
		tracker.Dossier
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Name != "artichoc.cc" || d.Link.Old != "artichoc.io" || len(d.Nights) != 92 || !strings.HasPrefix(d.Sentence, "artichoc[.]cc ") || len(d.Link.Ignored) != 2 {
		t.Errorf("%+v", d)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json" {
		t.Error(ct)
	}
	var a struct {
		Total  int
		Alerts []web.Alert
	}
	if err := json.Unmarshal(get(t, h, "/api/v1/alerts?state=open").Body.Bytes(), &a); err != nil || a.Total != 4 || a.Alerts[0].State != tracker.AlertOpen || a.Alerts[0].Key == "" {
		t.Errorf("%v %+v", err, a)
	}
	if body := get(t, h, "/api/v1/alerts?state=rejected").Body.String(); !strings.Contains(body, `"alerts":[]`) {
		t.Error(body)
	}
}

func TestWhatIsUnchangedIsNotSentAgain(t *testing.T) {
	h := web.New(config(newFake(t)))
	for _, p := range []string{"/", "/case/doppelganger-2024", site + "artichoc.cc", "/api/v1/cases", "/asset/style.css"} {
		tag := get(t, h, p).Header().Get("ETag")
		if tag == "" {
			t.Errorf("%s has no ETag", p)
		}
		if w := get(t, h, p, "If-None-Match", `"other", W/`+tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes", p, w.Code, w.Body.Len())
		}
		if w := get(t, h, p, "If-None-Match", `"other"`); w.Code != http.StatusOK {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	w := get(t, h, "/")
	i := strings.Index(w.Body.String(), "/asset/style.css?v=")
	css, _, _ := strings.Cut(w.Body.String()[i:], `"`)
	if cc := get(t, h, css).Header().Get("Cache-Control"); !strings.Contains(cc, "immutable") {
		t.Errorf("%s: %q", css, cc)
	}
	if cc := get(t, h, "/").Header().Get("Cache-Control"); cc != "private, no-cache" {
		t.Error(cc)
	}
}

func TestWhatWentWrongStaysInTheLog(t *testing.T) {
	f := newFake(t)
	f.err = errors.New("disk I/O error in /var/lib/respawn/secret.db")
	h := web.New(config(f))
	for _, p := range []string{"/", "/case/doppelganger-2024", "/healthz", "/api/v1/cases"} {
		w := get(t, h, p)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", p, w.Code, w.Body)
		}
	}
	f.err = context.DeadlineExceeded
	if w := get(t, h, "/"); w.Code != http.StatusGatewayTimeout {
		t.Errorf("%d", w.Code)
	}
}

func TestRowsFollowRunsAndDecisions(t *testing.T) {
	f := newFake(t)
	cfg := config(f)
	var later []func()
	cfg.Go = func(fn func()) { later = append(later, fn) }
	cfg.Fresh = time.Hour
	cfg.SetAlert = func(context.Context, string, tracker.AlertState, string) error { return nil }
	h := web.New(cfg)
	total := func() int {
		var p struct{ Total int }
		if err := json.Unmarshal(get(t, h, "/api/v1/cases/doppelganger-2024/sites").Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		return p.Total
	}
	refresh := func() {
		for _, fn := range later {
			fn()
		}
		later = nil
	}
	if first, again := total(), total(); first != 14 || again != 14 || f.gathered.Load() != 1 {
		t.Fatalf("%d and %d rows, gathered %d times", first, again, f.gathered.Load())
	}
	f.dossiers = f.dossiers[:10]
	if total() != 14 || len(later) != 0 {
		t.Error("rows change without a reason")
	}
	f.runs = append(f.runs, tracker.Run{ID: 93, Verdict: tracker.RunUnfinished})
	if total(); len(later) != 0 {
		t.Error("a run that is still going refreshes the rows")
	}
	f.runs[len(f.runs)-1].Verdict = tracker.RunComplete
	if first, again := total(), total(); first != 14 || again != 14 || len(later) != 1 {
		t.Errorf("%d refreshes under way, want one, and the old rows meanwhile", len(later))
	}
	refresh()
	if total() != 10 {
		t.Error("a new run does not reach the page")
	}
	f.dossiers = f.dossiers[:5]
	post(h, url.Values{"key": {"a"}, "action": {"ack"}}, "Sec-Fetch-Site", "same-origin")
	total()
	refresh()
	if total() != 5 {
		t.Error("a decision does not refresh the rows")
	}
	f.err = errors.New("gone")
	post(h, url.Values{"key": {"a"}, "action": {"ack"}}, "Sec-Fetch-Site", "same-origin")
	f.err = nil
	total()
	f.err = errors.New("gone")
	refresh()
	f.err = nil
	if total() != 5 {
		t.Error("a refresh that failed takes the rows away")
	}
}

func TestNewWithoutAReader(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New without a Reader does not panic")
		}
	}()
	web.New(web.Config{})
}

// A Config with a Reader alone serves every page.
func TestOnlyTheReaderIsNeeded(t *testing.T) {
	h := web.New(web.Config{Reader: newFake(t)})
	for _, p := range []string{"/", "/case/doppelganger-2024", site + "xn--80ak6aa92e.com", "/alerts", "/api/v1/sites/doppelganger-2024/rrn.so"} {
		if w := get(t, h, p); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
}
