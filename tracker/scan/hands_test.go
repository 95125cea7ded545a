package scan

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// What a found name showed on one night: n is the night of March 2025, from 1.
type shownOn struct {
	created int           // day of its registration; 0: the registry has none
	page    string        // a page of looksOf; "" for none, and no DNS then
	class   tracker.Class // of the page; "" is live
	at      string        // where it stands: "" is its first host
}

var looksOf = map[tracker.Digest]*tracker.Fingerprint{
	"ours":    {Class: tracker.ClassLive, IDs: []tracker.Identifier{{Kind: "hhhash", Value: "h"}, {Kind: "metrika", Value: "98765432"}}, Slugs: []string{"een", "twee"}, TextWords: 90, Text: 1},
	"ours-2":  {Class: tracker.ClassLive, IDs: []tracker.Identifier{{Kind: "hhhash", Value: "h"}, {Kind: "metrika", Value: "98765432"}}, Slugs: []string{"drie", "vier"}, TextWords: 70, Text: 2},
	"same":    {Class: tracker.ClassLive, IDs: []tracker.Identifier{{Kind: "hhhash", Value: "h"}}, Slugs: []string{"een", "twee"}, TextWords: 80, Text: 3},
	"theirs":  {Class: tracker.ClassLive, IDs: []tracker.Identifier{{Kind: "hhhash", Value: "h"}, {Kind: "ga4", Value: "G-THATCHERS1"}}, Slugs: []string{"een", "riet"}, TextWords: 60, Text: 4},
	"theirs2": {Class: tracker.ClassLive, IDs: []tracker.Identifier{{Kind: "ga4", Value: "G-THATCHERS1"}}, Slugs: []string{"dak"}, TextWords: 50, Text: 5},
	"sale":    {Class: tracker.ClassForSale, IDs: []tracker.Identifier{{Kind: "ga4", Value: "G-BROKER0001"}}},
}

var hostsOf = map[string]*tracker.DNS{
	"":     {Status: "noerror", A: []netip.Addr{netip.MustParseAddr("198.19.0.1")}, NS: []tracker.Name{"ns1.first.example"}},
	"sale": {Status: "noerror", A: []netip.Addr{netip.MustParseAddr("198.19.0.9")}, NS: []tracker.Name{"ns1.sedoparking.com"}},
	"new":  {Status: "noerror", A: []netip.Addr{netip.MustParseAddr("198.19.0.2")}, NS: []tracker.Name{"ns1.second.example"}},
	"half": {Status: "noerror", A: []netip.Addr{netip.MustParseAddr("198.19.0.2")}, NS: []tracker.Name{"ns1.first.example"}},
}

func march(day int) time.Time { return time.Date(2025, 3, day, 2, 0, 0, 0, time.UTC) }

func made(day int) time.Time { return march(day).Add(-6 * time.Hour) }

func nightsOf(n tracker.Name, first int, nights []shownOn) []tracker.Observation {
	var obs []tracker.Observation
	for i, x := range nights {
		at := march(first + i)
		add := func(p tracker.Probe, o tracker.Outcome, f *tracker.Facts) {
			obs = append(obs, tracker.Observation{Name: n, Probe: p, At: at, Run: tracker.RunID(first + i), Outcome: o, Facts: f})
			at = at.Add(time.Second)
		}
		if x.page == "" {
			add(tracker.ProbeDNS, tracker.Absent, nil)
			add(tracker.ProbeDelegation, tracker.Absent, nil)
		} else {
			add(tracker.ProbeDNS, tracker.Present, &tracker.Facts{DNS: hostsOf[x.at]})
			add(tracker.ProbeDelegation, tracker.Present, &tracker.Facts{Delegation: &tracker.Delegation{NS: hostsOf[x.at].NS}})
		}
		if x.created == 0 {
			add(tracker.ProbeRegistration, tracker.Absent, nil)
		} else {
			add(tracker.ProbeRegistration, tracker.Present, &tracker.Facts{Registration: &tracker.Registration{Source: "rdap", CreatedAt: made(x.created), Registrar: "R", Statuses: []string{"active"}}})
		}
		if x.page != "" {
			class := x.class
			if class == "" {
				class = looksOf[tracker.Digest(x.page)].Class
			}
			add(tracker.ProbeWeb, tracker.Present, &tracker.Facts{Web: &tracker.Web{Class: class, Fingerprint: tracker.Digest(x.page)}})
		}
	}
	return obs
}

func printsOf(d tracker.Digest) *tracker.Fingerprint { return looksOf[d] }

// told is what is said of kanaal.so, which was linked on its first night, after the
// nights that follow its first absent one, 11 March, the day after the seizure.
func told(t *testing.T, nights ...shownOn) (tracker.Link, *history, lifecycle.Result, *graph) {
	t.Helper()
	c := newCast("kanaal.com")
	c.wore("kanaal.com", liveOn("metrika", "98765432"))
	c.g.former = map[tracker.Name][]tenure{}
	obs := nightsOf("kanaal.so", 11, append([]shownOn{{}}, nights...))
	h := newJudge().fold("kanaal.so", nil, obs, printsOf)
	h.obs = obs
	c.g.sites["kanaal.so"], c.g.known["kanaal.so"], c.g.former["kanaal.so"] = &h.site, Known{Name: "kanaal.so", Rule: ruleSwap}, h.former
	links := c.g.relate()
	l := c.link("kanaal.so")
	hs := map[tracker.Name]*history{"kanaal.so": h, "kanaal.com": {}}
	was := []tracker.Link{{New: "kanaal.so", Old: "kanaal.com", Band: tracker.BandConfirmed, At: march(12).Add(time.Minute)}}
	var r lifecycle.Result
	for _, x := range c.g.replay(hs, was, links, lifecycle.DefaultPolicy(), march(29)) {
		if x.State.Name == "kanaal.so" {
			r = x
		}
	}
	return l, h, r, c.g
}

func TestWhoHasAReplacement(t *testing.T) {
	ours := shownOn{created: 11, page: "ours"}
	forSale, gone := shownOn{created: 11, page: "sale", at: "sale"}, shownOn{}
	for _, tt := range []struct {
		name   string
		nights []shownOn
		until  tracker.Interval
		event  string // of the status, the last time that it came alive
		lives  int    // of those who are linked
	}{
		{"it stays as it is", []shownOn{ours, ours}, tracker.Interval{}, lifecycle.Birth, 1},
		{"dropped and bought by a stranger", []shownOn{ours, ours, gone, gone, {created: 16, page: "theirs", at: "new"}, {created: 16, page: "theirs2", at: "new"}},
			tracker.Exactly(made(16)), lifecycle.Reuse, 1},
		{"dropped and bought by a stranger at the same host", []shownOn{ours, ours, gone, gone, {created: 16, page: "theirs"}}, tracker.Exactly(made(16)), lifecycle.Reuse, 1},
		{"dropped, caught the same night", []shownOn{ours, ours, ours, {created: 15, page: "theirs", at: "new"}, {created: 15, page: "theirs2", at: "new"}},
			tracker.Exactly(made(15)), lifecycle.Reuse, 1},
		{"dropped and registered anew, with nothing to see yet", []shownOn{ours, ours, gone, gone, {created: 16}}, tracker.Exactly(made(16)), lifecycle.Birth, 1},
		{"sold without a drop", []shownOn{ours, forSale, forSale, {created: 11, page: "theirs", at: "new"}, {created: 11, page: "theirs2", at: "new"}},
			tracker.Interval{Lo: march(14).Add(3 * time.Second), Hi: march(15)}, lifecycle.Reuse, 1},
		{"for sale on one night alone, which may be a mistake", []shownOn{ours, forSale, {created: 11, page: "theirs", at: "new"}}, tracker.Interval{}, lifecycle.Birth, 1},
		{"for sale, and another site at the same name servers", []shownOn{ours, forSale, forSale, {created: 11, page: "theirs", at: "half"}, {created: 11, page: "theirs", at: "half"}}, tracker.Interval{}, lifecycle.Revive, 1},
		{"for sale, and the same articles elsewhere", []shownOn{ours, forSale, forSale, {created: 11, page: "same", at: "new"}, {created: 11, page: "same", at: "new"}}, tracker.Interval{}, lifecycle.Revive, 1},
		{"dropped and taken up again by the same operators", []shownOn{ours, ours, gone, gone, {created: 16, page: "ours-2", at: "new"}, {created: 16, page: "ours-2", at: "new"}},
			tracker.Interval{}, lifecycle.Return, 2},
		{"registered anew, with the articles that it had", []shownOn{ours, ours, gone, gone, {created: 16, page: "same", at: "new"}}, tracker.Interval{}, lifecycle.Return, 2},
		{"bought by a stranger, and taken back", []shownOn{ours, ours, gone, gone, {created: 16, page: "theirs", at: "new"}, {created: 16, page: "ours-2", at: "new"}},
			tracker.Interval{}, lifecycle.Return, 2},
		{"its date corrected by two days", []shownOn{ours, ours, {created: 13, page: "theirs"}}, tracker.Interval{}, lifecycle.Birth, 1},
	} {
		l, h, r, g := told(t, tt.nights...)
		if l.Band != tracker.BandConfirmed || l.Relation != tracker.RelationReplacement || !l.Until.Lo.Equal(tt.until.Lo) || !l.Until.Hi.Equal(tt.until.Hi) {
			t.Errorf("%s: %s %s until %v, want confirmed until %v", tt.name, l.Band, l.Relation, l.Until, tt.until)
		}
		event := ""
		for _, x := range r.Transitions {
			if x.Axis == tracker.AxisStatus && tracker.Status(x.To).Alive() && !tracker.Status(x.From).Alive() {
				event = x.Event
			}
		}
		d := tracker.Dossier{Link: &l, Lifespans: r.Lifespans}
		if event != tt.event || len(d.Lives()) != tt.lives {
			t.Errorf("%s: %s and %d lives of theirs, want %s and %d", tt.name, event, len(d.Lives()), tt.event, tt.lives)
		}
		if l.Past() && d.Lives()[0].Death.Hi.IsZero() {
			t.Errorf("%s: the life of those who had it has no end", tt.name)
		}
		if want := made(11); !h.registered.Exact() || !h.registered.Hi.Equal(want) || h.basis != tracker.BasisRegistry {
			if tt.name != "its date corrected by two days" {
				t.Errorf("%s: first registered %v by %q, want %v by the registry", tt.name, h.registered, h.basis, want)
			}
		}
		if s := h.site; len(h.former) == 0 && (!s.RegisteredAt.Hi.Equal(h.registered.Hi) || s.LiveAt.Hi.After(march(13))) {
			t.Errorf("%s: the same people have it since %v, up since %v", tt.name, s.RegisteredAt, s.LiveAt)
		}
		// Who has it now is none of the campaign, and who had it still is.
		member := g.member(l, "kanaal.so")
		if got := slices.ContainsFunc(looks(member), func(f *tracker.Fingerprint) bool { return f == looksOf["theirs2"] }); got && l.Past() {
			t.Errorf("%s: the stranger's look is taken for the campaign's", tt.name)
		}
		if !slices.Contains(g.olds(map[tracker.Name]tracker.Link{"kanaal.so": l}), member) {
			t.Errorf("%s: what it was is no predecessor", tt.name)
		}
	}
}

// A name of the case stands for what the campaign ran there, also after it ran out
// and was bought: what the buyer shows is his.
func TestABoughtCaseNameStandsForWhatItWas(t *testing.T) {
	row := &tracker.CaseName{Name: "kanaal.com", Role: tracker.RoleCampaign, Kind: tracker.KindOwnBrand, RegisteredAt: march(8)}
	ours := shownOn{created: 8, page: "ours"}
	fold := func(nights ...shownOn) *history {
		return newJudge().fold("kanaal.com", row, nightsOf("kanaal.com", 11, nights), printsOf)
	}
	bought := fold(ours, ours, shownOn{created: 13, page: "theirs", at: "new"}, shownOn{created: 13, page: "theirs", at: "new"})
	if len(bought.former) != 1 || bought.site.Fingerprint != looksOf["theirs"] || len(bought.site.History) != 0 {
		t.Fatalf("%d tenures, look %v, history %v", len(bought.former), bought.site.Fingerprint, bought.site.History)
	}
	if was := bought.former[0]; was.site.Fingerprint != looksOf["ours"] || !was.until.Hi.Equal(made(13)) || !was.site.EndedAt.Hi.Equal(made(13)) || was.site.EndedAt.Lo.IsZero() {
		t.Errorf("it was %v until %v, ended %v", was.site.Fingerprint, was.until, was.site.EndedAt)
	}
	if bought.basis != tracker.BasisListed || !bought.registered.Hi.Equal(row.RegisteredAt) {
		t.Errorf("registered %v by %s", bought.registered, bought.basis)
	}
	for name, h := range map[string]*history{
		"taken up again by the same people": fold(ours, ours, shownOn{}, shownOn{created: 14, page: "ours-2", at: "new"}),
		"its date corrected":                fold(ours, ours, shownOn{created: 9, page: "ours-2"}),
	} {
		if len(h.former) != 0 || !slices.Contains(h.site.History, looksOf["ours"]) || h.site.Fingerprint != looksOf["ours-2"] {
			t.Errorf("%s: %d tenures, look %v, history %v", name, len(h.former), h.site.Fingerprint, h.site.History)
		}
	}

	// Seized first, and bought when it had run out: the day of the seizure stays.
	held := func(days ...int) []tracker.Observation {
		obs := nightsOf("kanaal.com", 11, []shownOn{ours, ours, ours, ours, {created: 15, page: "sale", at: "sale"}, {created: 15, page: "sale", at: "sale"}})
		for i := range obs {
			o := &obs[i]
			if o.Probe == tracker.ProbeDelegation && slices.Contains(days, o.At.Day()) {
				o.Facts = &tracker.Facts{Delegation: &tracker.Delegation{NS: []tracker.Name{"ns1.fbi.seized.gov", "ns2.fbi.seized.gov"}}}
			}
		}
		return obs
	}
	undated := *row
	undated.RegisteredAt = time.Time{}
	h := newJudge().fold("kanaal.com", &undated, held(13, 14), printsOf)
	if e := h.site.EndedAt; len(h.former) != 1 || e.Lo.Day() != 12 || e.Hi.Day() != 13 || h.former[0].site.EndedAt != e {
		t.Errorf("%d tenures, lost by its operators %v", len(h.former), e)
	}
	if !h.registered.Hi.Equal(made(8)) || h.basis != tracker.BasisRegistry {
		t.Errorf("first registered %v by %s", h.registered, h.basis)
	}

	c := newCast("bulletin.org")
	c.g.former = map[tracker.Name][]tenure{"kanaal.com": bought.former}
	c.g.sites["kanaal.com"] = &bought.site
	c.g.c.Names = append(c.g.c.Names, *row)
	add := func(n tracker.Name, page tracker.Digest) {
		h := newJudge().fold(n, nil, nightsOf(n, 13, []shownOn{{}, {created: 14, page: string(page), at: "half"}}), printsOf)
		c.g.sites[n], c.g.known[n] = &h.site, Known{Name: n, Rule: "identifier"}
	}
	add("kanaal.so", "ours-2")
	add("rietdekkers.nl", "theirs2")
	c.g.relate()
	if l := c.link("kanaal.so"); l.Old != "kanaal.com" || l.Band != tracker.BandConfirmed || l.Relation != tracker.RelationReplacement {
		t.Errorf("%s to %q, %s: its account is that of the name before it was bought", l.Band, l.Old, l.Relation)
	}
	if l := c.link("rietdekkers.nl"); l.Band.Rank() >= tracker.BandPossible.Rank() {
		t.Errorf("the buyer's other site is %s to %s: %v", l.Band, l.Old, l.Evidence)
	}
}

// A name that was dropped keeps the date that the registry gave while it had it.
func TestADroppedNameKeepsItsRegistryDate(t *testing.T) {
	_, h, _, _ := told(t, shownOn{created: 11, page: "ours"}, shownOn{created: 11, page: "ours"}, shownOn{}, shownOn{})
	if h.basis != tracker.BasisRegistry || !h.registered.Hi.Equal(made(11)) || h.site.Basis != tracker.BasisRegistry {
		t.Errorf("registered %v by %s, site by %s", h.registered, h.basis, h.site.Basis)
	}
}

// Whoever waits for a replacement to go down is told once of its end, and never of
// what becomes of the stranger's site; a takedown notice gets none of his addresses.
func TestAlertsLeaveTheNextHolderAlone(t *testing.T) {
	theirs := shownOn{created: 16, page: "theirs", at: "new"}
	for name, after := range map[string][]shownOn{"up": {theirs, theirs}, "down again": {theirs, {}, {}, {}}} {
		l, h, r, g := told(t, append([]shownOn{{created: 11, page: "ours"}, {created: 11, page: "ours"}, {}, {}}, after...)...)
		rep := &Report{Run: tracker.Run{ID: 7, Case: "c", Verdict: tracker.RunComplete, FinishedAt: march(29)}}
		as := g.alerts(rep, []tracker.Link{l}, map[tracker.Name]*history{"kanaal.so": h}, []lifecycle.Result{r})
		if len(as) != 1 || as[0].Kind != tracker.AlertDown || !as[0].EndedAt.Hi.Truncate(time.Minute).Equal(march(14)) || as[0].Addresses != nil || as[0].Registrar != "" || as[0].Title != "" || as[0].Status != "" {
			for _, a := range as {
				t.Errorf("%s: %s %v %v %q %q %q", name, a.Kind, a.EndedAt, a.Addresses, a.Registrar, a.Title, a.Status)
			}
		}
		if got := takenDown([]tracker.Link{l}, []tracker.State{{Name: "kanaal.so", Status: tracker.StatusSuspended}}); len(got) != 0 {
			t.Errorf("%s: the stranger's suspension is told as a loss: %v", name, got)
		}
	}
}

// An address that nobody told us may be the one it had before.
func TestServersThatWereNotLearnedAreNoOthers(t *testing.T) {
	was := &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.one.example"}, A: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}
	is := &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.two.example"}, A: []netip.Addr{netip.MustParseAddr("192.0.2.2")}}
	unsaid := &tracker.DNS{Status: "noerror", NS: is.NS, Unknown: map[string]tracker.Reason{"a": tracker.ReasonTimeout}}
	if !elsewhere(was, is) || elsewhere(was, unsaid) || elsewhere(unsaid, was) {
		t.Errorf("elsewhere: %v, %v, %v", elsewhere(was, is), elsewhere(was, unsaid), elsewhere(unsaid, was))
	}
}

// A replacement that was entered in the case and then bought by a stranger is told as
// one that was found: its link ends, and the stranger's site is no return.
func TestABoughtReplacementOfTheCaseHasPassedOn(t *testing.T) {
	c := newCast("kanaal.com")
	c.wore("kanaal.com", liveOn("metrika", "98765432"))
	row := &tracker.CaseName{Name: "kanaal.so", Role: tracker.RoleCampaign, Kind: tracker.KindOwnBrand}
	c.g.c.Names = append(c.g.c.Names, *row)
	obs := nightsOf("kanaal.so", 11, []shownOn{{}, {created: 11, page: "ours"}, {created: 11, page: "ours"}, {}, {}, {created: 16, page: "theirs", at: "new"}, {created: 16, page: "theirs2", at: "new"}})
	h := newJudge().fold("kanaal.so", row, obs, printsOf)
	h.obs = obs
	c.g.sites["kanaal.so"], c.g.former = &h.site, map[tracker.Name][]tenure{"kanaal.so": h.former}
	l := c.link("kanaal.so")
	if l.Old != "kanaal.com" || l.Band != tracker.BandConfirmed || l.Relation != tracker.RelationReplacement || !l.Past() || !l.Until.Hi.Equal(made(16)) {
		t.Errorf("%s %s of %q until %v", l.Band, l.Relation, l.Old, l.Until)
	}
	was := []tracker.Link{{New: "kanaal.so", Old: "kanaal.com", Band: tracker.BandConfirmed, At: march(12).Add(time.Minute)}}
	for _, r := range c.g.replay(map[tracker.Name]*history{"kanaal.so": h, "kanaal.com": {}}, was, []tracker.Link{l}, lifecycle.DefaultPolicy(), march(29)) {
		d := tracker.Dossier{Link: &l, Lifespans: r.Lifespans}
		if r.State.Name == "kanaal.so" && (len(r.Lifespans) != 2 || len(d.Lives()) != 1 || !d.OtherHands()) {
			t.Errorf("%d lives, %d of theirs", len(r.Lifespans), len(d.Lives()))
		}
	}
	// What lay below the name while it was theirs stays theirs.
	below := newJudge().fold("rumbopopular.kanaal.so", nil, nightsOf("rumbopopular.kanaal.so", 12, []shownOn{{}, {created: 0, page: "same"}}), printsOf)
	c.g.sites["rumbopopular.kanaal.so"], c.g.known["rumbopopular.kanaal.so"] = &below.site, Known{Name: "rumbopopular.kanaal.so", Rule: "subdomain", From: "kanaal.com"}
	if l := c.link("rumbopopular.kanaal.so"); !slices.ContainsFunc(l.Evidence, func(e tracker.Evidence) bool { return e.Kind == "parent" }) || slices.ContainsFunc(l.Evidence, func(e tracker.Evidence) bool { return e.Kind == "similar" }) {
		t.Errorf("below a name that was bought later: %s %v", l.Band, l.Evidence)
	}
}
