package storetest

import (
	"errors"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/store"
)

func cases(t *testing.T, s *suite) {
	ctx := t.Context()
	full := tracker.CaseName{
		Name: "spiegel.ltd", Role: tracker.RoleSeized, SeizedAt: at(0).Truncate(24 * time.Hour), Kind: tracker.KindBrandSpoof, Impersonates: "spiegel.de",
		Country: "DE", RegisteredAt: at(-800), RegisteredAtAlt: at(-799), ListedAt: at(-700), Campaign: "doppelganger", Confirmation: tracker.Documented,
		Source: "affidavit", Note: "n", Origin: tracker.Origin{File: "c.csv", Line: 2},
	}
	second := tracker.CaseName{Name: "artichoc.io", Role: tracker.RoleCampaign, Origin: tracker.Origin{File: "c.csv", Line: 3}}
	c := tracker.Case{ID: "doppelganger-2024", Title: "T", Note: "N", Names: []tracker.CaseName{full, second},
		Outlets: []tracker.Outlet{{Name: "spiegel.de", Title: "Der Spiegel", Country: "DE", Origin: tracker.Origin{File: "c.csv", Line: 9}}}}
	imp := func(day int, c tracker.Case) (n store.Imported) {
		t.Helper()
		s.now = at(day)
		s.tx(t, func(tx *store.Tx) (err error) {
			n, err = tx.ImportCase(ctx, c)
			return err
		})
		return n
	}
	diff(t, "first import", imp(0, c), store.Imported{Added: 2})
	got, err := s.Case(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the case", got, store.CaseRecord{Case: c, EnteredAt: at(0), UpdatedAt: at(0), Entered: map[tracker.Name]store.Entry{
		"spiegel.ltd": {At: at(0), Seizure: at(0)}, "artichoc.io": {At: at(0)}}})
	diff(t, "the same again", imp(1, c), store.Imported{Unchanged: 2})

	second.Role, second.Confirmation = tracker.RoleSeized, tracker.LabelCorroborated
	c.Names, c.Outlets = []tracker.CaseName{second}, nil
	diff(t, "one changed, one left out", imp(2, c), store.Imported{Changed: 1, Dropped: 1})
	if got, err = s.Case(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	diff(t, "the changed case", got, store.CaseRecord{Case: c, EnteredAt: at(0), UpdatedAt: at(2), Entered: map[tracker.Name]store.Entry{
		"artichoc.io": {At: at(0), Seizure: at(2)}}})

	c.Names = []tracker.CaseName{full, second}
	diff(t, "one comes back", imp(3, c), store.Imported{Added: 1, Unchanged: 1})
	if got, err = s.Case(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	diff(t, "when they came in", got.Entered, map[tracker.Name]store.Entry{"spiegel.ltd": {At: at(0), Seizure: at(0)}, "artichoc.io": {At: at(0), Seizure: at(2)}})

	if _, err := s.Case(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a case that is not there: %v", err)
	}
	ids, err := s.Cases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "ids", ids, []tracker.CaseID{c.ID})
}

func runs(t *testing.T, s *suite) {
	ctx := t.Context()
	s.now = at(0).Add(time.Minute)
	start := func(day int) (run tracker.Run, resumed bool) {
		t.Helper()
		s.tx(t, func(tx *store.Tx) (err error) {
			run, resumed, err = tx.StartRun(ctx, "c", at(day))
			return err
		})
		return run, resumed
	}
	run, resumed := start(0)
	diff(t, "a new run", run, tracker.Run{ID: 1, Case: "c", ScheduledAt: at(0), StartedAt: s.now})
	if resumed {
		t.Error("the first start resumes something")
	}
	began := s.now
	s.now = s.now.Add(time.Hour)
	if run, resumed = start(0); !resumed || run.ID != 1 || !run.StartedAt.Equal(began) {
		t.Errorf("the second start: %+v, resumed %v", run, resumed)
	}
	if us, err := s.Unfinished(ctx); err != nil || len(us) != 1 {
		t.Errorf("unfinished runs: %v, %v", us, err)
	}
	if _, err := s.LastFinished(ctx, "c"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no run has finished: %v", err)
	}
	run.Verdict, run.Reason = tracker.RunDegraded, "2 servers did not answer"
	run.Coverage = tracker.Coverage{Candidates: 10, Asked: 9, ByOutcome: map[tracker.Outcome]int{tracker.Absent: 9},
		Unknown: map[tracker.Reason]int{tracker.ReasonTimeout: 1}, Slice: -1, Slices: 7, Full: true}
	s.tx(t, func(tx *store.Tx) error { return tx.FinishRun(ctx, run) })
	run.FinishedAt = s.now
	other := run
	other.Verdict, other.FinishedAt = tracker.RunVoid, time.Time{}
	s.tx(t, func(tx *store.Tx) error { return tx.FinishRun(ctx, other) }) // does nothing
	start(1)
	got, err := s.Run(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the finished run", got, run)
	if got, err = s.LastFinished(ctx, "c"); err != nil || got.ID != 1 {
		t.Errorf("the last finished run: %+v, %v", got, err)
	}
	if rs, err := s.Runs(ctx, "c", at(1)); err != nil || len(rs) != 1 || rs[0].ID != 2 {
		t.Errorf("runs since the second day: %+v, %v", rs, err)
	}
	if err := s.Tx(ctx, func(tx *store.Tx) error { return tx.FinishRun(ctx, tracker.Run{ID: 77}) }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("finishing a run that is not there: %v", err)
	}
}

func knownNames(t *testing.T, s *suite) {
	ctx := t.Context()
	add := func(day int, ks ...store.Known) (added []tracker.Name) {
		t.Helper()
		s.now = at(day)
		s.tx(t, func(tx *store.Tx) (err error) {
			added, err = tx.AddKnown(ctx, "c", ks)
			return err
		})
		return added
	}
	first := store.Known{Name: "artichoc.cc", Rule: "same-label", From: "artichoc.io", Batch: 3}
	diff(t, "added", add(0, first), []tracker.Name{"artichoc.cc"})
	diff(t, "added", add(1, store.Known{Name: "artichoc.cc", Rule: "redirect"}, store.Known{Name: "a.example", Rule: "redirect", From: "artichoc.cc", RevealedBy: "capture"}),
		[]tracker.Name{"a.example"})
	first.Since = at(0)
	got, err := s.KnownNames(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "known", got, []store.Known{{Name: "a.example", Rule: "redirect", From: "artichoc.cc", RevealedBy: "capture", Since: at(1)}, first})
	one, err := s.KnownName(ctx, "c", "artichoc.cc")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "one", one, first)
	if _, err := s.KnownName(ctx, "other", "artichoc.cc"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("known in another case: %v", err)
	}
}

func fingerprints(t *testing.T, s *suite) {
	ctx := t.Context()
	page1, page2 := tracker.DigestOf([]byte("page 1")), tracker.DigestOf([]byte("page 2"))
	fp := func(title, rule string) tracker.Fingerprint {
		return tracker.Fingerprint{Name: "a.example", Rule: rule, Class: tracker.ClassLive, Title: title, Text: 1<<63 + 5, MinHash: []uint32{1, 1<<32 - 1},
			IDs: []tracker.Identifier{{Kind: "ga-ua", Value: "UA-1", Where: "script"}}}
	}
	s.tx(t, func(tx *store.Tx) error {
		if _, err := tx.Fingerprint(ctx, page1, "v1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a fingerprint before the first: %v", err)
		}
		for i, c := range []tracker.Digest{page1, page1, page2, page1} {
			if err := tx.PutCapture(ctx, store.CaptureRef{Name: "a.example", At: at(i), Vantage: "home", Digest: tracker.DigestOf([]byte{byte(i)}), Content: c}); err != nil {
				return err
			}
		}
		// Another look at the same instant and place is the same look.
		return errors.Join(
			tx.PutCapture(ctx, store.CaptureRef{Name: "a.example", At: at(0), Vantage: "home", Digest: page2, Content: page2}),
			tx.PutCapture(ctx, store.CaptureRef{Name: "b.example", At: at(1), Digest: page1, Content: page1}),
			tx.PutFingerprint(ctx, page1, fp("one", "v1")), tx.PutFingerprint(ctx, page2, fp("two", "v1")), tx.PutFingerprint(ctx, page1, fp("one", "v2")),
			tx.AddIdentifiers(ctx, "a.example", at(2), fp("", "").IDs), tx.AddIdentifiers(ctx, "a.example", at(0), fp("", "").IDs),
			tx.AddIdentifiers(ctx, "b.example", at(1), fp("", "").IDs), tx.AddIdentifiers(ctx, "b.example", at(1), []tracker.Identifier{{Kind: "ga4", Value: "G-1"}}))
	})
	got, err := s.Fingerprint(ctx, page1, "v1")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the fingerprint", *got, fp("one", "v1"))
	if _, err := s.Fingerprint(ctx, page2, "v2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a fingerprint under a rule that has not seen the content: %v", err)
	}
	worn, err := s.Fingerprints(ctx, "a.example", "v1", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "worn", worn, []store.SeenFingerprint{{First: at(2), Last: at(2), Fingerprint: fp("two", "v1")}, {First: at(0), Last: at(3), Fingerprint: fp("one", "v1")}})
	if worn, err = s.Fingerprints(ctx, "a.example", "v1", at(1)); err != nil {
		t.Fatal(err)
	}
	diff(t, "worn by the second day", worn, []store.SeenFingerprint{{First: at(0), Last: at(1), Fingerprint: fp("one", "v1")}})
	if worn, err = s.Fingerprints(ctx, "b.example", "v2", time.Time{}); err != nil || len(worn) != 1 || worn[0].Name != "b.example" {
		t.Errorf("the fingerprint of the other site with that content: %+v, %v", worn, err)
	}
	cs, err := s.Captures(ctx, "a.example")
	if err != nil || len(cs) != 4 || cs[0].Content != page1 || !cs[3].At.Equal(at(3)) {
		t.Errorf("captures: %+v, %v", cs, err)
	}
	carriers, err := s.Carriers(ctx, "ga-ua", "UA-1")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "carriers", carriers, []store.Carrier{{Name: "a.example", First: at(0), Last: at(2)}, {Name: "b.example", First: at(1), Last: at(1)}})
	counts, err := s.IdentifierCounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "counts", counts, map[tracker.Identifier]int{{Kind: "ga-ua", Value: "UA-1"}: 2})
}

func links(t *testing.T, s *suite) {
	ctx := t.Context()
	put := func(day int, band tracker.Band, score float64) (changed bool) {
		t.Helper()
		s.tx(t, func(tx *store.Tx) (err error) {
			changed, err = tx.PutLink(ctx, "c", tracker.Link{New: "n.example", Old: "o.example", Rule: "v1", Score: score, Band: band, At: at(day),
				Relation: tracker.RelationReplacement, Evidence: []tracker.Evidence{{Group: tracker.GroupTLS, Kind: "spki", Value: "x", Weight: 2.5, Why: "w"}}})
			return err
		})
		return changed
	}
	for i, tt := range []struct {
		day  int
		band tracker.Band
		want bool
	}{{0, tracker.BandPossible, true}, {1, tracker.BandPossible, false}, {2, tracker.BandProbable, true}, {1, tracker.BandConfirmed, false}, {3, tracker.BandProbable, false}} {
		if got := put(tt.day, tt.band, float64(i)); got != tt.want {
			t.Errorf("score %d of day %d, %s: changed is %v", i, tt.day, tt.band, got)
		}
	}
	ls, err := s.Links(ctx, store.LinkFilter{Case: "c", New: "n.example"})
	if err != nil || len(ls) != 1 || ls[0].Score != 4 || ls[0].Band != tracker.BandProbable || len(ls[0].Evidence) != 1 {
		t.Errorf("links: %+v, %v", ls, err)
	}
	if ls, err = s.Links(ctx, store.LinkFilter{Case: "c", Old: "n.example"}); err != nil || ls != nil {
		t.Errorf("links to a name that replaces: %+v, %v", ls, err)
	}
	h, err := s.LinkHistory(ctx, "c", "n.example", "o.example")
	if err != nil || len(h) != 2 || h[0].Band != tracker.BandPossible || h[1].Band != tracker.BandProbable {
		t.Errorf("history: %+v, %v", h, err)
	}
	s.tx(t, func(tx *store.Tx) error {
		return errors.Join(tx.RejectPair(ctx, "c", "n.example", "o.example", "other owner"), tx.RejectPair(ctx, "c", "n.example", "o.example", "again"), tx.DropLinks(ctx, "c"))
	})
	rejected, err := s.RejectedPairs(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "rejected", rejected, map[store.Pair]string{{New: "n.example", Old: "o.example"}: "other owner"})
	if ls, err = s.Links(ctx, store.LinkFilter{}); err != nil || ls != nil {
		t.Errorf("links after they were dropped: %+v, %v", ls, err)
	}
}

func projections(t *testing.T, s *suite) {
	ctx := t.Context()
	st := tracker.State{Name: "a.example", Incarnation: 1, Status: tracker.StatusLive, Since: tracker.Interval{Lo: at(0), Hi: at(1)},
		Axes: map[tracker.Axis]string{tracker.AxisDNS: "present"}, LastSeen: at(2), LastAsked: at(2), Rule: "v1"}
	tr := func(event string) tracker.Transition {
		return tracker.Transition{Name: "a.example", Incarnation: 1, Axis: tracker.AxisStatus, Event: event, From: "unknown", To: "live",
			Window: tracker.Interval{Lo: at(0), Hi: at(1)}, Rule: "v1", Because: []tracker.ObservationID{"x"}}
	}
	life := tracker.Lifespan{Name: "a.example", Incarnation: 1, Birth: tracker.Interval{Lo: at(0), Hi: at(1)}, BirthBasis: tracker.BasisFirstSeen, EnteredAt: at(0)}
	put := func(c tracker.CaseID, st tracker.State, ts []tracker.Transition, ls []tracker.Lifespan) {
		t.Helper()
		s.tx(t, func(tx *store.Tx) error { return tx.PutProjection(ctx, c, st, ts, ls) })
	}
	put("c", st, []tracker.Transition{tr("birth"), tr("dormant")}, []tracker.Lifespan{life})
	put("other", st, nil, nil)
	st.Status = tracker.StatusNoDNS
	put("c", st, []tracker.Transition{tr("lapse")}, nil)

	states, err := s.States(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "states", states, []tracker.State{st})
	one, err := s.State(ctx, "c", "a.example")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "state", one, st)
	ts, err := s.Transitions(ctx, "c", "")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "transitions", ts, []tracker.Transition{tr("lapse")})
	if ls, err := s.Lifespans(ctx, "c", "a.example"); err != nil || ls != nil {
		t.Errorf("lifespans of the last replay: %+v, %v", ls, err)
	}
	put("c", st, nil, []tracker.Lifespan{life})
	ls, err := s.Lifespans(ctx, "c", "a.example")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "lifespans", ls, []tracker.Lifespan{life})
	in, err := s.CasesOf(ctx, "a.example")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "cases of the name", in, []tracker.CaseID{"c", "other"})
	s.tx(t, func(tx *store.Tx) error { return tx.DropProjections(ctx, "c") })
	if _, err := s.State(ctx, "c", "a.example"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a state after the drop: %v", err)
	}
	if _, err := s.State(ctx, "other", "a.example"); err != nil {
		t.Errorf("the state of the other case after the drop: %v", err)
	}
}
