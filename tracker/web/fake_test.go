package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/export"
	"respawn/tracker/web"
)

// A fakeReader holds what a store would.
type fakeReader struct {
	cases    []tracker.Case
	runs     []tracker.Run
	dossiers []tracker.Dossier
	alerts   []web.Alert
	gathered atomic.Int64 // whole cases read
	err      error
}

func (f *fakeReader) Cases(context.Context) ([]tracker.Case, error) { return f.cases, f.err }

func (f *fakeReader) Runs(_ context.Context, id tracker.CaseID) ([]tracker.Run, error) {
	return f.runs, f.err
}

func (f *fakeReader) Dossiers(_ context.Context, id tracker.CaseID, only ...tracker.Name) ([]tracker.Dossier, error) {
	if len(only) == 0 {
		f.gathered.Add(1)
		return f.dossiers, f.err
	}
	var out []tracker.Dossier
	for _, d := range f.dossiers {
		if slices.Contains(only, d.Name) {
			out = append(out, d)
		}
	}
	return out, f.err
}

func (f *fakeReader) Alerts(_ context.Context, q web.AlertFilter) ([]web.Alert, error) {
	var out []web.Alert
	for _, a := range f.alerts {
		if (q.State == "" || a.State == q.State) && (q.Name == "" || a.Name == q.Name) && (q.Case == "" || a.Case == q.Case) {
			out = append(out, a)
		}
	}
	return out, f.err
}

// goldenDossiers are those that tracker/export's tests wrote.
func goldenDossiers(t testing.TB) []tracker.Dossier {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "golden", "export-jsonl.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []tracker.Dossier
	for sc := bufio.NewReader(bytes.NewReader(b)); ; {
		line, err := sc.ReadBytes('\n')
		if err != nil {
			break
		}
		var d tracker.Dossier
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	if len(out) < 12 {
		t.Fatalf("only %d dossiers", len(out))
	}
	return out
}

func newFake(t testing.TB) *fakeReader {
	at := time.Date(2024, 11, 24, 2, 0, 0, 0, time.UTC)
	f := &fakeReader{dossiers: goldenDossiers(t)}
	f.cases = []tracker.Case{{ID: "doppelganger-2024", Title: "Doppelganger, September 2024", Names: make([]tracker.CaseName, 32), Outlets: make([]tracker.Outlet, 9)}}
	for i := range 10 {
		r := tracker.Run{ID: tracker.RunID(83 + i), Case: "doppelganger-2024", ScheduledAt: at.AddDate(0, 0, i-9), Verdict: tracker.RunComplete,
			Coverage: tracker.Coverage{Candidates: 296133, Asked: 296120, Known: 61, Looked: 61, Unknown: map[tracker.Reason]int{tracker.ReasonTimeout: 13}}}
		r.StartedAt, r.FinishedAt = r.ScheduledAt, r.ScheduledAt.Add(92*time.Second)
		if i == 6 {
			r.Verdict, r.Reason = tracker.RunVoid, "canaries failed: 3 of 3 answered SERVFAIL"
		}
		if i == 8 {
			r.Verdict, r.Reason, r.Coverage.Asked = tracker.RunDegraded, "2 of 90 suffixes gave no answer", 291002
		}
		f.runs = append(f.runs, r)
	}
	for i := range f.dossiers {
		d := &f.dossiers[i]
		if !d.Replacement() {
			continue
		}
		a := tracker.Alert{Key: fmt.Sprintf("replacement:%s:%s", d.Case, d.Name), Kind: "replacement", Case: d.Case, Run: 14, CreatedAt: at.AddDate(0, 0, -80), Name: d.Name, Defanged: d.Name.Defang(),
			Headline: d.Name.Defang() + " probably replaces " + d.Link.Old.Defang(), LinkedTo: d.Link.Old, Relation: d.Link.Relation, Band: d.Link.Band, Score: d.Link.Score, Evidence: d.Link.Evidence, Ignored: d.Link.Ignored,
			FirstSeen: d.FirstSeen, RegisteredAt: d.RegisteredAt, DateBasis: d.Basis}
		if d.Root != nil {
			a.Root, a.RootConfirmation, a.RootBasis = d.Root.Name, d.Root.Confirmation, d.Root.Confirmation.Phrase()
		}
		if d.Registration != nil {
			a.Registrar, a.AbuseEmail = d.Registration.Registrar, d.Registration.AbuseEmail
		}
		f.alerts = append(f.alerts, web.Alert{Alert: a, State: tracker.AlertOpen})
	}
	return f
}

func config(f *fakeReader) web.Config {
	return web.Config{Reader: f, Lifeline: export.Lifeline, Spark: export.Spark, Sentence: export.Sentence, Detail: export.Detail, Words: export.StatusWords, State: export.StateWords, Plain: export.Defang}
}

func get(t testing.TB, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
