package export

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"respawn/tracker"
)

var plainSeized = regexp.MustCompile(`(?i)\bseized\b`)

// calledSeized finds "seized" without its "reported" and basis, in text about a
// name whose own and root rows are not documented.
func calledSeized(s string) bool {
	s = strings.ReplaceAll(s, "not reported seized", "")
	s = regexp.MustCompile(`reported seized \([a-z -]+\)`).ReplaceAllString(s, "")
	return plainSeized.MatchString(s)
}

func TestOnlyDocumentedNamesAreCalledSeized(t *testing.T) {
	ds := fixtures()
	for i := range ds {
		d := &ds[i]
		if d.Web != nil && strings.Contains(d.Web.Title, "seized") {
			d.Web.Title = "" // foreign words, shown in quotes
		}
		if d.Control != nil {
			d.Control.Signals = nil
		}
		r := row(d)
		if r != nil && r.Confirmation == tracker.Documented {
			continue
		}
		var page, line bytes.Buffer
		if err := HTML(&page, d, fixtureMeta); err != nil {
			t.Fatal(err)
		}
		if err := Timeline(&line, d, 200, false); err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(page.String(), "<body>")
		for what, s := range map[string]string{"sentence": Sentence(d), "page": body, "terminal": strings.ReplaceAll(line.String(), "\n", " "), "spark": string(Spark(d)),
			"timelinejs": string(write(t, "timelinejs", ds[i:i+1])), "atom": string(write(t, "atom", ds[i:i+1])), "index": indexOf(t, d)} {
			if calledSeized(s) {
				t.Errorf("%s of %s (%s) calls it seized: %s", what, d.Name, r.Phrase(), around(s, "seized"))
			}
		}
	}
	if s := Sentence(fixture("rrn.media")); !strings.Contains(s, ", seized on 2024-09-04 (case file)") {
		t.Errorf("a documented name is not called seized: %s", s)
	}
}

func indexOf(t *testing.T, d *tracker.Dossier) string {
	var b bytes.Buffer
	if err := Index(&b, []tracker.Dossier{*d}, fixtureMeta); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(b.String(), "<body")
	return strings.ReplaceAll(body, "Only documented ones are called seized.", "")
}

func around(s, w string) string {
	s = regexp.MustCompile(`reported seized \([a-z -]+\)`).ReplaceAllString(s, "")
	i := strings.Index(s, w)
	return s[max(i-80, 0):min(i+80, len(s))]
}

func TestSentenceIsOneSentence(t *testing.T) {
	ds := fixtures()
	for i := range ds {
		d := &ds[i]
		s := Sentence(d)
		if !strings.HasSuffix(s, ".") || strings.HasSuffix(s, "..") || strings.ContainsAny(s, "\n\t\x1b") || strings.Contains(s, "  ") || strings.Contains(s, " ,") || strings.Contains(s, ",,") || strings.Contains(s, ", ;") {
			t.Errorf("%s: not one clean sentence: %q", d.Name, s)
		}
		if !strings.HasPrefix(s, d.Name.Defang()) {
			t.Errorf("%s: does not begin with the name: %q", d.Name, s)
		}
		if hostname.MatchString(s) {
			t.Errorf("%s: holds the plain name %q", d.Name, hostname.FindString(s))
		}
		if !strings.Contains(s, "not checked: ") || !strings.Contains(s, "what happened between two looks") {
			t.Errorf("%s: does not say what was not checked: %q", d.Name, s)
		}
		if strings.Contains(s, "0001") || strings.Contains(s, "%!") {
			t.Errorf("%s: %q", d.Name, s)
		}
	}
}

func TestSentenceClaimsNoMoreThanTheLink(t *testing.T) {
	for band, want := range map[tracker.Band]string{
		tracker.BandConfirmed: "it almost certainly replaces artichoc[.]io, which was reported seized (label-corroborated) on 2024-09-04;",
		tracker.BandProbable:  "it probably replaces artichoc[.]io, which",
		tracker.BandPossible:  "is possible, but too weak to call it a replacement",
		tracker.BandUnlikely:  "a link to artichoc[.]io is unlikely",
	} {
		d := fixture("artichoc.cc")
		d.Link.Band = band
		s := Sentence(d)
		if !strings.Contains(s, want) {
			t.Errorf("%s: %q does not say %q", band, s, want)
		}
		if band.Rank() < tracker.BandProbable.Rank() && strings.Contains(s, " replaces ") {
			t.Errorf("%s: %q calls it a replacement", band, s)
		}
	}
	for relation, want := range map[string]string{tracker.RelationTwin: "it was there before", tracker.RelationOperator: "run by the same people as"} {
		d := fixture("artichoc.cc")
		d.Link.Relation = relation
		if s := Sentence(d); !strings.Contains(s, want) || strings.Contains(s, " replaces ") {
			t.Errorf("%s: %q", relation, s)
		}
	}
}

// A name that somebody else took after it had lapsed must not be printed as the
// old site come back, nor under the old registration.
func TestSentenceKeepsOwnersApart(t *testing.T) {
	d := fixture("dijkwacht.example")
	s := Sentence(d)
	for _, want := range []string{
		"was registered on 2024-02-01 (published list, in the case file)",
		"(expired), was registered anew on 2024-10-11 at 10:00 UTC (registry), went live again, in other hands as far as can be seen",
		"was seen to redirect to bakkerij[.]example from 2024-09-01 to 2024-09-03",
		"2 on which it counts as up by the other nights while no working page was got",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in: %s", want, s)
		}
	}
	csv := string(write(t, "csv", []tracker.Dossier{*d}))
	if !strings.Contains(csv, `"2024-10-11T10:00:00Z","2024-10-11T10:00:00Z","registry"`) {
		t.Errorf("the CSV does not give the registration that stands: %s", csv)
	}
	d.Transitions[len(d.Transitions)-1].Event = "return"
	if s := Sentence(d); !strings.Contains(s, "went live again, run by the same people as far as can be seen,") {
		t.Errorf("a return: %s", s)
	}
}

func TestTimelineTellsSightingsFromGuesses(t *testing.T) {
	var b bytes.Buffer
	if err := Timeline(&b, fixture("dijkwacht.example"), 100, true); err != nil {
		t.Fatal(err)
	}
	s := b.String()
	for _, want := range []string{"L++L", "+ counts as up, no working page that night", "live to redirecting to bakkerij[.]example:", "registered again 2024-10-11 10:00 UTC [registry]"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in:\n%s", want, s)
		}
	}
}

// The page of a stranger does not speak of seizures because a name rule led there.
func TestWeakLinksCarryNoSeizure(t *testing.T) {
	for _, band := range []tracker.Band{tracker.BandUnlikely, tracker.BandNone} {
		d := fixture("rrn.so") // its root is documented
		d.Link.Band = band
		d.State.Status = tracker.StatusLive
		var page, line bytes.Buffer
		if err := HTML(&page, d, fixtureMeta); err != nil {
			t.Fatal(err)
		}
		if err := Timeline(&line, d, 100, false); err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(page.String(), "<body")
		for what, s := range map[string]string{"page": body, "terminal": line.String(), "sentence": Sentence(d), "csv": string(write(t, "csv", []tracker.Dossier{*d})[len(strings.Join(Columns(), `","`)):]),
			"timesketch": string(write(t, "timesketch", []tracker.Dossier{*d})), "misp": string(write(t, "misp", []tracker.Dossier{*d})), "stix": string(write(t, "stix", []tracker.Dossier{*d}))} {
			if plainSeized.MatchString(s) || strings.Contains(s, "DOJ") {
				t.Errorf("%s of a name whose link is %q speaks of a seizure: %s", what, band, around(s, "seized"))
			}
		}
	}
}

func TestCitationIsShort(t *testing.T) {
	for in, want := range map[string]string{
		"a press release":              "a press release",
		"one list; two | three + four": "one list and 3 other sources",
		"https://a.example/x + b":      "hxxps://a[.]example/x and 1 other source",
	} {
		if got := citation(in); got != want {
			t.Errorf("citation(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSentenceKeepsIntervals(t *testing.T) {
	d := fixture("artichoc.cc")
	l := &d.Lifespans[0]
	for _, tt := range []struct {
		name         string
		birth, death tracker.Interval
		want         []string
	}{
		{"an interval is one", span("2024-09-06 02:00", "2024-09-07 02:00"), span("2024-11-24 02:00", ""), []string{"went live between 2024-09-06 02:00 and 2024-09-07 02:00 UTC", "still up when last seen at 2024-11-24 02:00 UTC"}},
		{"nothing bounds it below", span("", "2024-09-07 02:00"), span("2024-11-01 02:00", "2024-11-08 02:00"), []string{"was already live when first looked at (2024-09-07 02:00 UTC)", "stopped being live between 2024-11-01 02:00 and 2024-11-08 02:00 UTC"}},
		{"an exact instant", span("2024-09-07 02:05", "2024-09-07 02:05"), span("2024-11-24 02:00", ""), []string{"went live on 2024-09-07 at 02:05 UTC"}},
	} {
		l.Birth, l.Death = tt.birth, tt.death
		for _, w := range tt.want {
			if s := Sentence(d); !strings.Contains(s, w) {
				t.Errorf("%s: %q does not say %q", tt.name, s, w)
			}
		}
	}
	d.RegisteredAt = tracker.Exactly(at("2024-09-05"))
	if s := Sentence(d); !strings.Contains(s, "registered on 2024-09-05 (registry)") {
		t.Errorf("a day is given more exactly than it is known: %q", s)
	}
}

// A site that was away, or hid, in between was not simply up until it was last seen.
func TestSentenceTellsWhatInterruptedALife(t *testing.T) {
	d := fixture("artichoc.cc")
	turn := func(event string, from, to tracker.Status, lo, hi string) tracker.Transition {
		return tracker.Transition{Name: d.Name, Axis: tracker.AxisStatus, Event: event, From: string(from), To: string(to), Window: span(lo, hi)}
	}
	plain := d.Transitions
	for _, tt := range []struct {
		name string
		ts   []tracker.Transition
		want string
	}{
		{"down for a week", []tracker.Transition{
			turn("dormant", tracker.StatusLive, tracker.StatusResolving, "2024-10-02 02:00", "2024-10-03 02:00"), turn("revive", tracker.StatusResolving, tracker.StatusLive, "2024-10-09 02:00", "2024-10-10 02:00")},
			"was seen down (resolving, no web) from 2024-10-03 to 2024-10-09 and was still up when last seen at 2024-11-24 02:00 UTC"},
		{"down on one look", []tracker.Transition{
			turn("dormant", tracker.StatusLive, tracker.StatusNoDNS, "2024-10-02 02:00", "2024-10-03 02:00"), turn("revive", tracker.StatusNoDNS, tracker.StatusLive, "2024-10-03 02:00", "2024-10-04 02:00")},
			" on 2024-10-03 and was still up"},
		{"behind a challenge to the end", []tracker.Transition{turn("", tracker.StatusLive, tracker.StatusChallenged, "2024-10-02 02:00", "2024-10-03 02:00")},
			"was seen behind a challenge from 2024-10-03 to 2024-11-24 and was still up"},
		{"cloaked, then down", []tracker.Transition{
			turn("", tracker.StatusLive, tracker.StatusCloaked, "2024-10-02 02:00", "2024-10-03 02:00"), turn("dormant", tracker.StatusCloaked, tracker.StatusResolving, "2024-10-05 02:00", "2024-10-06 02:00"), turn("revive", tracker.StatusResolving, tracker.StatusLive, "2024-10-09 02:00", "2024-10-10 02:00")},
			"was seen cloaked from 2024-10-03 to 2024-10-05, was seen down (resolving, no web) from 2024-10-06 to 2024-10-09 and was"},
		{"what we did not learn", []tracker.Transition{turn("stale", tracker.StatusLive, tracker.StatusUnknown, "2024-10-02 02:00", "2024-10-20 02:00"), turn("", tracker.StatusUnknown, tracker.StatusLive, "2024-10-20 02:00", "2024-10-21 02:00")},
			"went live between 2024-09-06 02:00 and 2024-09-07 02:00 UTC and was still up"},
	} {
		d.Lifespans[0].Birth, d.Lifespans[0].Death = span("2024-09-06 02:00", "2024-09-07 02:00"), span("2024-11-24 02:00", "")
		d.Transitions = append(slices.Clip(plain), tt.ts...)
		if s := Sentence(d); !strings.Contains(s, tt.want) {
			t.Errorf("%s: %q does not say %q", tt.name, s, tt.want)
		}
	}
	var often []tracker.Transition
	for i := range 6 {
		day := at("2024-10-01 02:00").AddDate(0, 0, 4*i)
		often = append(often, tracker.Transition{Axis: tracker.AxisStatus, From: "live", To: "resolving-no-web", Window: tracker.Interval{Lo: day.AddDate(0, 0, -1), Hi: day}},
			tracker.Transition{Axis: tracker.AxisStatus, From: "resolving-no-web", To: "live", Window: tracker.Interval{Lo: day, Hi: day.AddDate(0, 0, 1)}})
	}
	d.Transitions = append(slices.Clip(plain), often...)
	if s := Sentence(d); !strings.Contains(s, "on 2024-10-09, 3 more spells of that kind and was still up") {
		t.Errorf("six spells: %q", s)
	}
}

func TestTimelineFitsItsTerminal(t *testing.T) {
	ds := fixtures()
	for i := range ds {
		for _, width := range []int{40, 80, 132} {
			var b bytes.Buffer
			if err := Timeline(&b, &ds[i], width, false); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimRight(line, "\n")
				if n := utf8.RuneCountInString(line); n > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s at %d: %d columns: %q", ds[i].Name, width, n, line)
				}
				for _, r := range line {
					if r < ' ' || invisible(r) {
						t.Errorf("%s: %U on the terminal: %q", ds[i].Name, r, line)
					}
				}
			}
			flat := strings.Join(strings.Fields(b.String()), " ")
			if !strings.HasSuffix(flat, Sentence(&ds[i])) {
				t.Errorf("%s: does not end with the sentence", ds[i].Name)
			}
		}
	}
}

func TestTimelineHatchesWhatWasNotAsked(t *testing.T) {
	for _, tt := range []struct {
		name                     tracker.Name
		notAsked, void, noAnswer int
	}{{"newlabel.example", 84, 0, 0}, {"artichoc.io", 1, 1, 0}, {"levinaigre.so", 0, 0, 92}, {"rrn.so", 0, 1, 2}} {
		var b bytes.Buffer
		if err := Timeline(&b, fixture(tt.name), 200, true); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(b.String(), ":\n|Aug 25|Sep") // the ruler, then the strip
		lines := strings.Split(rest, "\n")
		if len(lines) < 2 || len(lines[1]) != fixtureNights {
			t.Fatalf("%s: no strip of %d cells: %q", tt.name, fixtureNights, b.String())
		}
		strip := lines[1]
		if a, v, u := strings.Count(strip, "/"), strings.Count(strip, "x"), strings.Count(strip, "?"); a != tt.notAsked || v != tt.void || u != tt.noAnswer {
			t.Errorf("%s: %d hatched, %d void, %d unanswered in %q", tt.name, a, v, u, strip)
		}
		if strings.Contains(strip, " ") {
			t.Errorf("%s: a blank cell in %q", tt.name, strip)
		}
		for _, r := range b.String() {
			if r > 0x7e {
				t.Errorf("%s: %q is not ASCII", tt.name, r)
			}
		}
	}
}

// A person's word is no evidence, and is not told as such.
func TestARejectedLinkIsToldAsRejected(t *testing.T) {
	d := *fixture("artichoc.cc")
	l := *d.Link
	l.Band, l.Evidence = tracker.BandUnlikely, append(slices.Clone(l.Evidence), tracker.Evidence{Group: "PRIOR", Kind: tracker.EvidenceRejected, Weight: -20, Why: "a person rejected this link: sold to a bakery"})
	d.Link = &l
	s := Sentence(&d)
	if !strings.Contains(s, "was looked at and rejected by a person") || strings.Contains(s, "replaces") || strings.Contains(s, "by the evidence") {
		t.Error(s)
	}
	if v := viewLink(&d); !slices.ContainsFunc(v.Against, func(r evidenceRow) bool { return strings.HasSuffix(r.Why, "sold to a bakery") }) {
		t.Errorf("the person's reason does not stand against it: %+v", v.Against)
	}
}

// What a replacement's next holder shows is neither the campaign's return nor its
// site: no sentence, feed or indicator may say so.
func TestTheNextHolderOfAReplacementIsLeftAlone(t *testing.T) {
	d := fixture("dijkwacht.example")
	d.Row, d.Web = nil, &tracker.Web{Class: tracker.ClassLive, Title: "A thatcher"}
	d.Root = &tracker.CaseName{Name: "dijkwacht.test", Role: tracker.RoleSeized, Confirmation: tracker.Documented}
	d.Link = &tracker.Link{New: d.Name, Old: "dijkwacht.test", Score: 9, Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement}
	ends := []tracker.Interval{{}, d.AnewAt}
	for _, until := range ends {
		d.Link.Until = until
		past := d.OtherHands()
		s, stix, misp, atom := Sentence(d), string(write(t, "stix", []tracker.Dossier{*d})), string(write(t, "misp", []tracker.Dossier{*d})), string(write(t, "atom", []tracker.Dossier{*d}))
		for _, x := range []struct {
			what, in, words string
			want            bool
		}{
			{"sentence", s, "was still up when last seen", !past},
			{"sentence", s, "it almost certainly replaces dijkwacht[.]test", !past},
			{"sentence", s, "was still showing the new holder's site when last seen", past},
			{"sentence", s, "until it passed into other hands, on 2024-10-11 at 10:00 UTC, it almost certainly replaced dijkwacht[.]test, which was seized, and nothing links those who have it since", past},
			{"STIX", stix, `"type": "indicator"`, !past},
			{"STIX", stix, "respawn:hands=other", past},
			{"STIX", stix, `"last_seen": "2024-09-20T02:00:00`, past},
			{"STIX", stix, `"relationship_type": "resolves-to"`, !past},
			{"MISP", misp, `"to_ids": true`, !past},
			{"MISP", misp, `"object_relation": "ip"`, !past},
			{"Atom", atom, "dijkwacht[.]example in other hands", past},
			{"state", StateWords(d), ", in other hands", past},
			{"CSV", string(write(t, "csv", []tracker.Dossier{*d})), `"2024-09-20T02:00:00Z","2024-09-21T02:00:00Z"`, past},
		} {
			if got := strings.Contains(x.in, x.words); got != x.want {
				t.Errorf("past %v: %s says %q: %v, want %v\n%s", past, x.what, x.words, got, x.want, x.in)
			}
		}
	}
	// What befalls the stranger's site later is none of the feed's business.
	d.Transitions = append(d.Transitions, tracker.Transition{Axis: tracker.AxisStatus, Event: "dormant", From: "live", To: "resolving-no-web", Window: span("2024-11-01 02:00", "2024-11-02 02:00"), Incarnation: 2})
	if atom := string(write(t, "atom", []tracker.Dossier{*d})); strings.Contains(atom, "2024-11-02T02:00:00Z</published>") {
		t.Errorf("the feed tells of the stranger's site: %s", atom)
	}
}
