package export

import (
	"fmt"
	"net/netip"
	"time"

	"respawn/tracker"
)

// The dossiers of these tests are invented, in the manner of the September 2024
// case: names and days of testdata/cases/doppelganger-2024 where they are known
// there, all else made up.

func at(s string) time.Time {
	for _, l := range []string{dayLayout, minuteLayout} {
		if t, err := time.Parse(l, s); err == nil {
			return t
		}
	}
	panic(s)
}

func span(lo, hi string) tracker.Interval {
	var i tracker.Interval
	if lo != "" {
		i.Lo = at(lo)
	}
	if hi != "" {
		i.Hi = at(hi)
	}
	return i
}

const (
	fixtureNights = 92
	fixtureCase   = tracker.CaseID("doppelganger-2024")
)

var (
	firstNight  = at("2024-08-25 02:00")
	fixtureAsOf = firstNight.AddDate(0, 0, fixtureNights-1).Add(10 * time.Minute)
	fixtureMeta = Meta{Case: fixtureCase, Title: "Doppelganger, September 2024", AsOf: fixtureAsOf, Run: fixtureNights, Policy: "default/1"}
)

// A story makes a dossier: what asking gave by night, and what changed.
type story struct {
	d       tracker.Dossier
	nights  func(i int) (asked bool, o tracker.Outcome)
	void    map[int]bool
	perDay  int
	unseen  map[int]bool // no working page was got
	changes []tracker.Transition
}

func (s story) build() tracker.Dossier {
	d := s.d
	d.Case, d.AsOf, d.Run = fixtureCase, fixtureAsOf, fixtureNights
	d.State.Name = d.Name
	if d.State.Rule == "" {
		d.State.Rule = "lifecycle/1"
	}
	d.State.Incarnation = 1
	for i, t := range s.changes {
		t.Name, t.Rule = d.Name, "lifecycle/1"
		if t.Incarnation == 0 {
			t.Incarnation = 1
		}
		t.Because = []tracker.ObservationID{tracker.ObservationID("dns:" + string(d.Name) + "@" + t.Window.Hi.Format("2006-01-02T15:04:05.000Z") + "/home")}
		s.changes[i] = t
		if t.Axis == tracker.AxisStatus {
			d.State.Status, d.State.Since = tracker.Status(t.To), t.Window
		}
	}
	d.Transitions = s.changes
	n := max(s.perDay, 1)
	for i := range fixtureNights {
		for k := range n {
			x := tracker.Night{Run: tracker.RunID(i*n + k + 1), At: firstNight.AddDate(0, 0, i).Add(time.Duration(k) * 24 * time.Hour / time.Duration(n)), Void: s.void[i], Status: tracker.StatusUnknown, Unseen: s.unseen[i]}
			if s.nights != nil {
				x.Asked, x.Outcome = s.nights(i)
			} else {
				x.Asked, x.Outcome = true, tracker.Present
			}
			if x.Void {
				x.Outcome = tracker.Unknown
			}
			for _, t := range s.changes {
				if t.Axis == tracker.AxisStatus && !t.Window.Hi.After(x.At.Add(20*time.Minute)) {
					x.Status = tracker.Status(t.To)
				}
			}
			if x.Asked && !x.Void {
				d.State.LastSeen, d.State.LastAsked = x.At, x.At
			}
			d.Nights = append(d.Nights, x)
		}
	}
	return d
}

func seized(name string, kind tracker.Kind, c tracker.Confirmation) *tracker.CaseName {
	r := &tracker.CaseName{Name: tracker.MustName(name), Role: tracker.RoleSeized, SeizedAt: at("2024-09-04"), Kind: kind, Campaign: "doppelganger", Confirmation: c,
		Source: "DOJ press release of 2024-09-04; https://www.justice.gov/example", Origin: tracker.Origin{File: "seized.csv", Line: 7}}
	if kind == tracker.KindBrandSpoof {
		r.Impersonates, r.Country = "spiegel.de", "DE"
	}
	return r
}

func status(event, from, to string, w tracker.Interval) tracker.Transition {
	return tracker.Transition{Axis: tracker.AxisStatus, Event: event, From: from, To: to, Window: w}
}

func change(a tracker.Axis, event, from, to string, w tracker.Interval) tracker.Transition {
	return tracker.Transition{Axis: a, Event: event, From: from, To: to, Window: w}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func fixtures() []tracker.Dossier {
	all := func(o tracker.Outcome) func(int) (bool, tracker.Outcome) {
		return func(int) (bool, tracker.Outcome) { return true, o }
	}
	from := func(n int) func(int) (bool, tracker.Outcome) {
		return func(i int) (bool, tracker.Outcome) {
			if i < n {
				return true, tracker.Absent
			}
			return true, tracker.Present
		}
	}
	artichoc := seized("artichoc.io", tracker.KindOwnBrand, tracker.LabelCorroborated)
	rrn := seized("rrn.media", tracker.KindOwnBrand, tracker.Documented)
	registration := &tracker.Registration{Source: "rdap", Handle: "D1-CC", Registrar: "Example Registrar LLC", RegistrarID: "9999", AbuseEmail: "abuse@registrar.example", CreatedAt: at("2024-09-05 11:22"),
		UpdatedAt: at("2024-09-05 11:22"), ExpiresAt: at("2025-09-05 11:22"), Statuses: []string{"client transfer prohibited"}, NS: []tracker.Name{"ns1.cdn.example", "ns2.cdn.example"}}
	dns := &tracker.DNS{Status: "noerror", NS: []tracker.Name{"ns1.cdn.example", "ns2.cdn.example"}, A: []netip.Addr{addr("198.18.7.20")}, AAAA: []netip.Addr{addr("2001:db8::20")},
		ASN: []tracker.ASN{{Addr: addr("198.18.7.20"), Number: 64500, Holder: "EXAMPLE-CDN", Country: "NL"}}}
	digest := tracker.DigestOf([]byte("capture"))

	confirmed := story{
		d: tracker.Dossier{Name: "artichoc.cc", Root: artichoc, Rule: "same-label", From: "artichoc.io",
			FirstSeen: span("2024-09-05 02:00", "2024-09-06 02:00"), RegisteredAt: tracker.Exactly(at("2024-09-05 11:22")), Basis: tracker.BasisRegistry,
			DNS: dns, Delegation: &tracker.Delegation{Parent: "cc", NS: []tracker.Name{"ns1.cdn.example", "ns2.cdn.example"}}, Registration: registration,
			Control: &tracker.Control{Holder: "operator", CDN: "example-cdn", Rule: "custody/2026-09-01"},
			Web:     &tracker.Web{Class: tracker.ClassLive, Status: 200, URL: "https://artichoc.cc/", FinalName: "artichoc.cc", Title: "Artichoc: l'actualité autrement", Capture: digest},
			Link: &tracker.Link{New: "artichoc.cc", Old: "artichoc.io", Rule: "link/1", Score: 9.84, Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement, At: fixtureAsOf,
				Evidence: []tracker.Evidence{
					{Group: tracker.GroupTracking, Kind: "matomo", Value: "stats.artichoc.io#7", Weight: 6.91, Why: "the same Matomo site id was on artichoc.io on 2024-08-30; on no other site of 2,014"},
					{Group: tracker.GroupName, Kind: "label", Value: "artichoc", Weight: 3.91, Why: "coined label; 0 other registrant(s) of it seen before the seizure"},
					{Group: tracker.GroupRegistration, Kind: "batch", Value: "2024-09-05 Example Registrar LLC", Weight: 3.00, Why: "registered the same day at the same registrar as 11 other name(s) under watched labels"},
					{Group: tracker.GroupContent, Kind: "language", Value: "fr/de", Weight: -1.20, Why: "the two sites are written in different languages"},
				},
				Ignored: []tracker.Evidence{
					{Group: tracker.GroupHosting, Kind: "address", Value: "198.18.7.20", Why: "the address is a CDN's, which many strangers share"},
					{Group: tracker.GroupTracking, Kind: "ga-ua", Value: "UA-000001-1", Why: "the genuine outlet carries it, too: copied with its page"},
				}},
			Lifespans: []tracker.Lifespan{{Name: "artichoc.cc", Incarnation: 1, Birth: span("2024-09-06 02:00", "2024-09-07 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", ""), EnteredAt: at("2024-09-06 02:00")}}},
		nights: from(12), void: map[int]bool{40: true},
		changes: []tracker.Transition{
			status("found", "unknown", "unregistered", span("", "2024-08-25 02:00")),
			status("register", "unregistered", "registered-no-dns", span("2024-09-05 02:00", "2024-09-06 02:00")),
			change(tracker.AxisRegistration, "register", "unregistered", "registered", span("2024-09-05 11:22", "2024-09-05 11:22")),
			change(tracker.AxisDNS, "appear", "absent", "resolving", span("2024-09-05 02:00", "2024-09-06 02:00")),
			change(tracker.AxisWeb, "found", "unknown", "live", span("2024-09-06 02:00", "2024-09-07 02:00")),
			change(tracker.AxisControl, "found", "unknown", "operator", span("2024-09-05 02:00", "2024-09-06 02:00")),
			status("birth", "registered-no-dns", "live", span("2024-09-06 02:00", "2024-09-07 02:00")),
			change(tracker.AxisLink, "hop", "none", "probable", span("2024-09-05 02:00", "2024-09-06 02:00")),
			change(tracker.AxisLink, "hop", "probable", "confirmed", span("2024-09-06 02:00", "2024-09-07 02:00")),
		},
	}

	suspended := story{
		d: tracker.Dossier{Name: "rrn.so", Root: rrn, Rule: "same-label", From: "rrn.media", FirstSeen: span("2024-09-05 02:00", "2024-09-06 02:00"),
			RegisteredAt: tracker.Exactly(at("2024-09-05")), Basis: tracker.BasisListed, EndedAt: span("2024-11-04 02:00", "2024-11-07 02:00"), DNS: dns,
			Control: &tracker.Control{Holder: "registrar-hold", Signals: []string{"status client hold", "name servers removed"}, Rule: "custody/2026-09-01"},
			Web:     &tracker.Web{Class: tracker.ClassLive, Title: "RRN", Capture: digest},
			Link: &tracker.Link{New: "rrn.so", Old: "rrn.media", Rule: "link/1", Score: 3.1, Band: tracker.BandProbable, Relation: tracker.RelationReplacement,
				Evidence: []tracker.Evidence{{Group: tracker.GroupName, Kind: "label", Value: "rrn", Weight: 2.7, Why: "short coined label"}}},
			Lifespans: []tracker.Lifespan{{Name: "rrn.so", Incarnation: 1, Birth: span("2024-09-05 02:00", "2024-09-06 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-04 02:00", "2024-11-07 02:00"), Cause: "suspended"}}},
		nights: func(i int) (bool, tracker.Outcome) {
			switch {
			case i < 12:
				return true, tracker.Absent
			case i == 72 || i == 73:
				return true, tracker.Unknown
			case i >= 74:
				return true, tracker.Absent
			}
			return true, tracker.Present
		},
		void: map[int]bool{40: true},
		changes: []tracker.Transition{
			status("birth", "unknown", "live", span("2024-09-05 02:00", "2024-09-06 02:00")),
			change(tracker.AxisControl, "found", "unknown", "operator", span("2024-09-05 02:00", "2024-09-06 02:00")),
			status("suspend", "live", "suspended", span("2024-11-04 02:00", "2024-11-07 02:00")),
			change(tracker.AxisControl, "suspend", "operator", "registrar-hold", span("2024-11-04 02:00", "2024-11-07 02:00")),
		},
	}

	own := story{
		d: tracker.Dossier{Name: "artichoc.io", Row: artichoc, FirstSeen: span("", "2024-08-25 02:00"), RegisteredAt: tracker.Exactly(at("2024-02-11")), Basis: tracker.BasisListed,
			EndedAt: span("2024-09-03 02:00", "2024-09-05 02:00"), DNS: dns, Control: &tracker.Control{Holder: "seized", Agency: "fbi", Signals: []string{"name servers ns1.fbi.seized.gov.example", "seizure banner"}, Rule: "custody/2026-09-01"},
			Web:        &tracker.Web{Class: tracker.ClassNotice, Title: "This website has been seized"},
			ReplacedBy: []tracker.Link{{New: "artichoc.cc", Old: "artichoc.io", Band: tracker.BandConfirmed, Relation: tracker.RelationReplacement, Score: 9.84}},
			Lifespans:  []tracker.Lifespan{{Name: "artichoc.io", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-09-03 02:00", "2024-09-05 02:00"), Cause: "seized"}}},
		nights: func(i int) (bool, tracker.Outcome) { return i != 10, tracker.Present }, void: map[int]bool{40: true},
		changes: []tracker.Transition{
			status("found", "unknown", "live", span("", "2024-08-25 02:00")),
			change(tracker.AxisControl, "found", "unknown", "operator", span("", "2024-08-25 02:00")),
			change(tracker.AxisControl, "takeover", "operator", "seized", span("2024-09-03 02:00", "2024-09-05 02:00")),
			status("takeover", "live", "seized", span("2024-09-03 02:00", "2024-09-05 02:00")),
		},
	}

	documentedRow := story{
		d: tracker.Dossier{Name: "rrn.media", Row: rrn, FirstSeen: span("", "2024-08-25 02:00"), EndedAt: span("2024-09-03 02:00", "2024-09-05 02:00"), DNS: dns,
			Control: &tracker.Control{Holder: "seized", Agency: "fbi", Rule: "custody/2026-09-01"},
			ReplacedBy: []tracker.Link{{New: "rrn.so", Old: "rrn.media", Band: tracker.BandProbable, Relation: tracker.RelationReplacement, Score: 3.1},
				{New: "newlabel.example", Old: "rrn.media", Band: tracker.BandProbable, Relation: tracker.RelationOperator, Score: 4.4}},
			Lifespans: []tracker.Lifespan{{Name: "rrn.media", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-09-03 02:00", "2024-09-05 02:00"), Cause: "seized"}}},
		nights: all(tracker.Present),
		changes: []tracker.Transition{
			status("found", "unknown", "live", span("", "2024-08-25 02:00")),
			status("takeover", "live", "seized", span("2024-09-03 02:00", "2024-09-05 02:00")),
		},
	}

	newLabel := story{
		d: tracker.Dossier{Name: "newlabel.example", Root: rrn, Rule: "redirect", From: "rrn.so", FirstSeen: span("", "2024-10-02 02:00"), RegisteredAt: span("", "2024-10-02 02:00"), Basis: tracker.BasisFirstSeen,
			DNS: dns, Web: &tracker.Web{Class: tracker.ClassRedirecting, FinalName: "spiegel.de", Cloaked: true, Title: ""},
			Link: &tracker.Link{New: "newlabel.example", Old: "rrn.media", Rule: "link/1", Score: 4.4, Band: tracker.BandProbable, Relation: tracker.RelationOperator,
				Evidence: []tracker.Evidence{{Group: tracker.GroupRedirect, Kind: "redirect", Value: "rrn.so", Weight: 5.3, Why: "rrn.so sent visitors on to it"}}},
			Lifespans: []tracker.Lifespan{{Name: "newlabel.example", Incarnation: 1, Birth: span("2024-10-02 02:00", "2024-10-09 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-20 02:00", "")}}},
		nights: func(i int) (bool, tracker.Outcome) { return i >= 38 && i%7 == 3, tracker.Present },
		changes: []tracker.Transition{
			status("found", "unknown", "parked", span("", "2024-10-02 02:00")),
			status("birth", "parked", "cloaked", span("2024-10-02 02:00", "2024-10-09 02:00")),
			status("change", "cloaked", "redirecting", span("2024-10-23 02:00", "2024-10-30 02:00")),
			change(tracker.AxisLink, "hop", "none", "probable", span("2024-10-02 02:00", "2024-10-09 02:00")),
		},
	}

	twin := story{
		d: tracker.Dossier{Name: "holylandherald.net", Root: seized("holylandherald.com", tracker.KindOwnBrand, tracker.Documented), Rule: "same-label", From: "holylandherald.com",
			FirstSeen: span("", "2024-08-25 02:00"), RegisteredAt: tracker.Exactly(at("2019-03-12")), Basis: tracker.BasisRegistry, DNS: dns, Registration: registration,
			Link:      &tracker.Link{New: "holylandherald.net", Old: "holylandherald.com", Rule: "link/1", Score: 2.9, Band: tracker.BandProbable, Relation: tracker.RelationTwin},
			Lifespans: []tracker.Lifespan{{Name: "holylandherald.net", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", "")}}},
		changes: []tracker.Transition{status("found", "unknown", "live", span("", "2024-08-25 02:00"))},
	}

	innocent := story{
		d: tracker.Dossier{Name: "mypride.org", Root: nil, Rule: "same-label", From: "mypride.press", FirstSeen: span("", "2024-08-25 02:00"), RegisteredAt: tracker.Exactly(at("2011-06-01 09:30")), Basis: tracker.BasisRegistry,
			Registration: registration, Web: &tracker.Web{Class: tracker.ClassLive, Title: "My Pride: news from the neighbourhood"},
			Link: &tracker.Link{New: "mypride.org", Old: "mypride.press", Rule: "link/1", Score: -4.2, Band: tracker.BandUnlikely, Relation: tracker.RelationTwin,
				Ignored: []tracker.Evidence{{Group: tracker.GroupName, Kind: "label", Value: "mypride", Why: "the name was there before: its owner did not take the label from the case"}}},
			Lifespans: []tracker.Lifespan{{Name: "mypride.org", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", "")}}},
		changes: []tracker.Transition{status("found", "unknown", "live", span("", "2024-08-25 02:00"))},
	}

	possible := story{
		d: tracker.Dossier{Name: "truthgate.co", Root: seized("truthgate.us", tracker.KindOwnBrand, tracker.ConfirmationUnstated), Rule: "same-label", From: "truthgate.us",
			FirstSeen: span("2024-10-01 02:00", "2024-10-02 02:00"), RegisteredAt: span("2024-10-01 02:00", "2024-10-02 02:00"), Basis: tracker.BasisFirstSeen, DNS: dns,
			Link: &tracker.Link{New: "truthgate.co", Old: "truthgate.us", Rule: "link/1", Score: .4, Band: tracker.BandPossible, Relation: tracker.RelationReplacement}},
		nights:  from(38),
		changes: []tracker.Transition{status("park", "unregistered", "parked", span("2024-10-01 02:00", "2024-10-02 02:00"))},
	}

	comeback := story{
		d: tracker.Dossier{Name: "spiegel.agency", Row: seized("spiegel.agency", tracker.KindBrandSpoof, tracker.OutletDocumented), FirstSeen: span("", "2024-08-25 02:00"), DNS: dns,
			Web: &tracker.Web{Class: tracker.ClassChallenged},
			Lifespans: []tracker.Lifespan{
				{Name: "spiegel.agency", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-09-04 02:00", "2024-09-05 02:00"), Cause: "claimed"},
				{Name: "spiegel.agency", Incarnation: 2, Birth: span("2024-10-20 02:00", "2024-10-21 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", "")}}},
		changes: []tracker.Transition{
			status("found", "unknown", "live", span("", "2024-08-25 02:00")),
			status("claim", "live", "seized-claimed", span("2024-09-04 02:00", "2024-09-05 02:00")),
			status("lapse", "seized-claimed", "unregistered", span("2024-10-01 02:00", "2024-10-03 02:00")),
			{Axis: tracker.AxisStatus, Event: "reuse", From: "unregistered", To: "challenged", Window: span("2024-10-20 02:00", "2024-10-21 02:00"), Incarnation: 2, Review: "alive again without a new registration date"},
		},
	}

	servfail := story{
		d:      tracker.Dossier{Name: "levinaigre.so", Root: seized("levinaigre.net", tracker.KindOwnBrand, tracker.CampaignDocumented), Rule: "same-label", From: "levinaigre.net"},
		nights: all(tracker.Unknown),
	}

	hostile := story{
		d: tracker.Dossier{Name: "xn--80ak6aa92e.com", Rule: "=cmd|' /C calc'!A0", From: "artichoc.io", FirstSeen: span("2024-09-10 02:00", "2024-09-11 02:00"), RegisteredAt: tracker.Exactly(at("2024-09-10 08:00")), Basis: tracker.BasisRegistry,
			Registration: &tracker.Registration{Source: "whois", Registrar: `=HYPERLINK("http://evil.example/","click")`, AbuseEmail: "+abuse@evil.example", CreatedAt: at("2024-09-10 08:00")},
			Control:      &tracker.Control{Holder: "operator", Signals: []string{"\x1b]8;;http://evil.example/\x07link\x1b]8;;\x07"}, Rule: "custody/2026-09-01"},
			Web:          &tracker.Web{Class: tracker.ClassLive, Title: "</title><script>alert(1)</script>\u202egpj.exe\u200b \x1b[2J https://evil.example/ <img src=x onerror=alert(1)>"},
			Link: &tracker.Link{New: "xn--80ak6aa92e.com", Old: "artichoc.io", Rule: "link/1", Score: 3, Band: tracker.BandProbable, Relation: tracker.RelationReplacement,
				Evidence: []tracker.Evidence{{Group: tracker.GroupContent, Kind: "title", Value: "\u2066<b>\u2069=1+1", Weight: 4, Why: "\"><svg onload=alert(1)> www.evil.example ＝1+1"}}},
			Lifespans: []tracker.Lifespan{{Name: "xn--80ak6aa92e.com", Incarnation: 1, Birth: span("2024-09-10 02:00", "2024-09-11 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", "")}}},
		nights:  from(17),
		changes: []tracker.Transition{status("birth", "unregistered", "live", span("2024-09-10 02:00", "2024-09-11 02:00"))},
	}

	busy := story{
		d: tracker.Dossier{Name: "vip-news.press", Row: &tracker.CaseName{Name: "vip-news.press", Role: tracker.RoleCampaign, Campaign: "doppelganger", Confirmation: tracker.CampaignDocumented, ListedAt: at("2023-11-01"), Source: "a public list"},
			FirstSeen: span("", "2024-08-25 02:00"), DNS: dns},
		perDay: 6,
		changes: []tracker.Transition{status("found", "unknown", "resolving-no-web", span("", "2024-08-25 02:00")),
			status("lapse", "resolving-no-web", "expired", span("2024-10-11 02:00", "2024-10-11 06:00"))},
	}

	reborn := story{
		d: tracker.Dossier{Name: "dijkwacht.example", Row: &tracker.CaseName{Name: "dijkwacht.example", Role: tracker.RoleCampaign, Campaign: "invented", RegisteredAt: at("2024-02-01"), Source: "a published list"},
			FirstSeen: span("", "2024-08-25 02:00"), RegisteredAt: tracker.Exactly(at("2024-02-01")), Basis: tracker.BasisListed,
			AnewAt: tracker.Exactly(at("2024-10-11 10:00")), AnewBasis: tracker.BasisRegistry, DNS: dns,
			Redirects: []tracker.Redirect{{To: "bakkerij.example", First: at("2024-09-01 02:00"), Last: at("2024-09-03 02:00")}},
			Lifespans: []tracker.Lifespan{
				{Name: "dijkwacht.example", Incarnation: 1, Birth: span("", "2024-08-25 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-09-20 02:00", "2024-09-21 02:00"), Cause: "expired"},
				{Name: "dijkwacht.example", Incarnation: 2, Birth: span("2024-10-11 02:00", "2024-10-12 02:00"), BirthBasis: tracker.BasisFirstSeen, Death: span("2024-11-24 02:00", "")}}},
		unseen: map[int]bool{60: true, 61: true},
		changes: []tracker.Transition{
			status("found", "unknown", "live", span("", "2024-08-25 02:00")),
			status("change", "live", "redirecting", span("2024-08-31 02:00", "2024-09-01 02:00")),
			status("change", "redirecting", "live", span("2024-09-03 02:00", "2024-09-04 02:00")),
			status("lapse", "live", "unregistered", span("2024-09-20 02:00", "2024-09-21 02:00")),
			{Axis: tracker.AxisRegistration, Event: "re-registered", From: "unregistered", To: "registered", Window: span("2024-10-11 02:00", "2024-10-12 02:00"), Incarnation: 2},
			{Axis: tracker.AxisStatus, Event: "reuse", From: "unregistered", To: "live", Window: span("2024-10-11 02:00", "2024-10-12 02:00"), Incarnation: 2},
		},
	}

	out := []tracker.Dossier{}
	for _, s := range []story{own, confirmed, twin, servfail, innocent, newLabel, documentedRow, suspended, comeback, reborn, possible, busy, hostile} {
		out = append(out, s.build())
	}
	return append(out, tracker.Dossier{Name: "unasked.example", Case: fixtureCase, AsOf: fixtureAsOf, Row: seized("unasked.example", "", tracker.Documented), State: tracker.State{Name: "unasked.example", Status: tracker.StatusUnknown}})
}

func fixture(name tracker.Name) *tracker.Dossier {
	ds := fixtures()
	for i := range ds {
		if ds[i].Name == name {
			return &ds[i]
		}
	}
	panic(fmt.Sprintf("no fixture %q", name))
}
