package export

import (
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

func TestDaysLeaveNoGap(t *testing.T) {
	n := func(day, clock string, o tracker.Outcome, asked, void bool) tracker.Night {
		return tracker.Night{At: at(day + " " + clock), Outcome: o, Asked: asked, Void: void, Status: tracker.StatusLive}
	}
	d := &tracker.Dossier{Nights: []tracker.Night{
		n("2024-09-01", "02:00", tracker.Present, true, false),
		// no run on the 2nd
		n("2024-09-03", "02:00", tracker.Unknown, true, true), n("2024-09-03", "02:30", tracker.Absent, true, false),
		n("2024-09-04", "02:00", tracker.Unknown, true, true),
		n("2024-09-05", "02:00", tracker.Present, false, false),
		n("2024-09-06", "02:00", tracker.Unknown, true, false), n("2024-09-06", "02:30", tracker.Unknown, true, true),
		n("2024-09-07", "02:00", tracker.Wildcard, true, false),
	}}
	want := []answer{present, notAsked, absent, voidNight, notAsked, noAnswer, noAnswer}
	got := days(d)
	if len(got) != len(want) {
		t.Fatalf("%d days, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].answer != want[i] {
			t.Errorf("%s: %s, want %s", got[i].at.Format(dayLayout), got[i].answer, want[i])
		}
	}
	if got[1].status != tracker.StatusLive {
		t.Errorf("status of a day without a run: %q, want that of the day before", got[1].status)
	}
}

func TestDaysAreBounded(t *testing.T) {
	first := at("1990-01-01 02:00")
	d := &tracker.Dossier{Nights: []tracker.Night{{At: first}, {At: first.AddDate(34, 0, 0), Asked: true, Outcome: tracker.Present}}}
	ds := days(d)
	if len(ds) != maxDays || ds[len(ds)-1].answer != present {
		t.Errorf("%d days, the last %s", len(ds), ds[len(ds)-1].answer)
	}
}

func TestTallyAddsUp(t *testing.T) {
	for _, d := range fixtures() {
		x := tallyOf(&d)
		if x.asked+x.void+x.notAsked != x.all {
			t.Errorf("%s: %d asked + %d void + %d not asked != %d", d.Name, x.asked, x.void, x.notAsked, x.all)
		}
		if asked, all := d.AskedNights(); asked != x.asked || all != x.all {
			t.Errorf("%s: %d of %d, the dossier says %d of %d", d.Name, x.asked, x.all, asked, all)
		}
	}
}

// An installation that was switched off for a year did not ask for a year, however
// well it asked before and after.
func TestDaysWithoutARunAreNoCoverage(t *testing.T) {
	n := func(day string) tracker.Night {
		return tracker.Night{At: at(day + " 02:00"), Asked: true, Outcome: tracker.Present, Status: tracker.StatusLive}
	}
	d := &tracker.Dossier{Name: "a.com", Nights: []tracker.Night{n("2025-11-03"), n("2025-11-04"), n("2026-11-28")}}
	s := Sentence(d)
	for _, want := range []string{"asked for on 3 of 391 nights from 2025-11-03 to 2026-11-28 (388 days without any run of ours)", "388 of the nights"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in: %s", want, s)
		}
	}
	if got := csvCell(t, d, "nights_asked") + "/" + csvCell(t, d, "nights_in_window") + "/" + csvCell(t, d, "days_without_run"); got != "3/3/388" {
		t.Errorf("CSV: %s", got)
	}
	// The closer watch: several runs a day, and a day without any.
	d.Nights = []tracker.Night{n("2025-11-03"), n("2025-11-03"), n("2025-11-05")}
	if s := Sentence(d); !strings.Contains(s, "asked for in 3 of 3 runs from 2025-11-03 to 2025-11-05 (1 day without any run of ours)") || !strings.Contains(s, "not checked: the registration record (none was got), the parent zone, the page (never captured), 1 day without any run") {
		t.Error(s)
	}
}

// What went stale was known once, and the drawing must not go on as if it were.
func TestAStateThatWentStaleSaysWhatItWas(t *testing.T) {
	n := func(day string) tracker.Night {
		return tracker.Night{At: at(day + " 02:00"), Asked: true, Outcome: tracker.Present, Status: tracker.StatusLive}
	}
	change := func(a tracker.Axis, event, from, to, lo, hi string) tracker.Transition {
		x := tracker.Transition{Axis: a, Event: event, From: from, To: to, Window: tracker.Interval{Hi: at(hi)}}
		if lo != "" {
			x.Window.Lo = at(lo)
		}
		return x
	}
	d := &tracker.Dossier{Name: "a.com", Nights: []tracker.Night{n("2025-02-25"), n("2025-02-26"), n("2026-11-28")},
		State: tracker.State{Status: tracker.StatusUnknown, Since: tracker.Interval{Lo: at("2025-02-26 02:00"), Hi: at("2025-03-19 02:00")}},
		Transitions: []tracker.Transition{
			change(tracker.AxisStatus, "found", "unknown", "live", "", "2025-02-25 02:00"),
			change(tracker.AxisDNS, "found", "unknown", "resolving", "", "2025-02-25 02:00"),
			change(tracker.AxisStatus, "stale", "live", "unknown", "2025-02-26 02:00", "2025-03-19 02:00"),
		}}
	if got, want := StateWords(d), "no longer known (last seen live 2025-02-26)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Facts(d)[0].Value; got != StateWords(d) {
		t.Errorf("fact %q", got)
	}
	if s := string(Lifeline(d)); !strings.Contains(s, `fill-opacity=".22"><title>resolving`) || !strings.Contains(s, "nobody asked") {
		t.Errorf("the lane of the DNS goes on in full colour: %s", s)
	}
	d.Nights = d.Nights[:2]
	if s := string(Lifeline(d)); strings.Contains(s, ".22") {
		t.Errorf("faint although somebody asked: %s", s)
	}
	d.Transitions = nil
	if got := StateWords(d); got != "not known yet" {
		t.Errorf("never known: %q", got)
	}
}

func csvCell(t *testing.T, d *tracker.Dossier, column string) string {
	t.Helper()
	for _, c := range csvColumns {
		if c.name == column {
			return c.value(d, Meta{})
		}
	}
	t.Fatalf("no column %s", column)
	return ""
}

func TestSinceFollowsWhenItBecameKnown(t *testing.T) {
	names := func(run tracker.RunID) map[tracker.Name]bool {
		m := map[tracker.Name]bool{}
		for _, d := range Since(fixtures(), run) {
			m[d.Name] = true
		}
		return m
	}
	if got := names(0); len(got) != len(fixtures()) {
		t.Errorf("since run 0: %d names, want all", len(got))
	}
	// run 72 is the night of 2024-11-04; rrn.so was seen suspended on 2024-11-07
	got := names(72)
	if !got["rrn.so"] || got["artichoc.cc"] || got["unasked.example"] {
		t.Errorf("since run 72: %v", got)
	}
	if got := names(fixtureNights); got["rrn.so"] {
		t.Errorf("since the last run: %v", got)
	}
	// a change is dated back to its first sighting, and known by a later one
	d := fixture("artichoc.cc")
	d.Transitions[0].Because = append(d.Transitions[0].Because, "web:artichoc.cc@2024-11-20T02:00:01.000Z/home")
	if len(Since([]tracker.Dossier{*d}, 80)) != 1 {
		t.Error("a change that later observations brought about is left out")
	}
	if _, ok := observedAt("nonsense"); ok {
		t.Error("an id without a time has one")
	}
	if x, ok := observedAt("dns:a.example@2024-11-20T02:00:01.500Z"); !ok || !x.Equal(at("2024-11-20 02:00").Add(1500*time.Millisecond)) {
		t.Errorf("observedAt = %s, %v", x, ok)
	}
}
