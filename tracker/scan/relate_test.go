package scan

import (
	"net/netip"
	"testing"
	"time"

	"respawn/tracker"
)

var taken = time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC)

// A part changes a site of a graph.
type part func(*tracker.Site)

func liveOn(ids ...string) part {
	return func(s *tracker.Site) {
		f := &tracker.Fingerprint{Name: s.Name, Class: tracker.ClassLive}
		for i := 0; i+1 < len(ids); i += 2 {
			f.IDs = append(f.IDs, tracker.Identifier{Kind: ids[i], Value: ids[i+1]})
		}
		s.Class, s.Fingerprint = tracker.ClassLive, f
	}
}

func bornOn(day int, registrar string) part {
	return func(s *tracker.Site) {
		at := taken.AddDate(0, 0, day).Add(11 * time.Hour)
		s.Registration = &tracker.Registration{CreatedAt: at, Registrar: registrar}
		s.RegisteredAt, s.Basis = tracker.Exactly(at), tracker.BasisRegistry
		s.FirstSeen = tracker.Interval{Hi: at.Add(15 * time.Hour)}
	}
}

func stands(addr string, ns ...tracker.Name) part {
	return func(s *tracker.Site) {
		s.DNS = &tracker.DNS{Status: "noerror", A: []netip.Addr{netip.MustParseAddr(addr)}, NS: ns}
	}
}

func links(to ...tracker.Name) part {
	return func(s *tracker.Site) { s.Fingerprint.Outbound = append(s.Fingerprint.Outbound, to...) }
}

// A cast is a case and what stands around it.
type cast struct{ g *graph }

func newCast(seized ...tracker.Name) *cast {
	c := &cast{&graph{c: &tracker.Case{}, sites: map[tracker.Name]*tracker.Site{}, known: map[tracker.Name]Known{}, outlets: map[tracker.Name]*tracker.Fingerprint{}, asOf: taken.AddDate(0, 1, 0), began: taken.AddDate(0, 0, -9)}}
	for _, n := range seized {
		c.g.c.Names = append(c.g.c.Names, tracker.CaseName{Name: n, Role: tracker.RoleSeized, SeizedAt: taken, Kind: tracker.KindOwnBrand, RegisteredAt: taken.AddDate(-2, 0, 0)})
	}
	for i := range c.g.c.Names {
		row := &c.g.c.Names[i]
		c.g.sites[row.Name] = &tracker.Site{Name: row.Name, Case: row, RegisteredAt: tracker.Exactly(row.RegisteredAt), Control: &tracker.Control{Holder: "seized"}, EndedAt: tracker.Interval{Lo: taken, Hi: taken.AddDate(0, 0, 1)}}
	}
	return c
}

// wore gives a seized site the look it had before.
func (c *cast) wore(n tracker.Name, parts ...part) {
	s := c.g.sites[n]
	before := &tracker.Site{Name: n}
	for _, p := range parts {
		p(before)
	}
	s.History, s.Before = append(s.History, before.Fingerprint), before.DNS
}

func (c *cast) found(n tracker.Name, k Known, parts ...part) {
	s := &tracker.Site{Name: n}
	for _, p := range parts {
		p(s)
	}
	k.Name = n
	c.g.sites[n], c.g.known[n] = s, k
}

func (c *cast) link(n tracker.Name) tracker.Link {
	for _, l := range c.g.relate() {
		if l.New == n {
			return l
		}
	}
	return tracker.Link{}
}

var byLabel = Known{Rule: ruleSwap}

func TestTheSurestPredecessorWins(t *testing.T) {
	c := newCast("rumbopopular.org")
	c.wore("rumbopopular.org", liveOn("metrika", "98765432"))
	// A stranger's name in between, parked: booked and lost before the replacement came.
	c.found("rumbopopular.cc", byLabel, bornOn(1, "Cheap"), func(s *tracker.Site) {
		s.Class, s.EndedAt = tracker.ClassParked, tracker.Interval{Lo: taken.AddDate(0, 0, 2), Hi: taken.AddDate(0, 0, 3)}
		s.Control = &tracker.Control{Holder: "parked"}
	})
	c.found("rumbopopular.so", byLabel, bornOn(4, "Other"), liveOn("metrika", "98765432"))
	if l := c.link("rumbopopular.so"); l.Old != "rumbopopular.org" || l.Band != tracker.BandConfirmed {
		t.Errorf("rumbopopular.so -> %s, %s", l.Old, l.Band)
	}
	if l := c.link("rumbopopular.cc"); l.Band.Rank() > tracker.BandPossible.Rank() {
		t.Errorf("a parked name is %s at %.2f", l.Band, l.Score)
	}
}

// A changed label counts less the more others bore it before.
func TestOthersUnderAChangedLabelAreCounted(t *testing.T) {
	for others, want := range map[int]tracker.Band{0: tracker.BandProbable, 5: tracker.BandPossible} {
		c := newCast("rumbopopular.org")
		c.wore("rumbopopular.org", liveOn("favicon-mmh3", "4711"))
		c.found("rumbopopulars.so", Known{Rule: "addition", From: "rumbopopular.org"}, bornOn(3, "Other"), liveOn("favicon-mmh3", "4711"))
		for i := range others {
			c.found("rumbopopulars."+tracker.Name([]string{"com", "net", "es", "mx", "ar"}[i]), Known{Rule: "addition", From: "rumbopopular.org"}, bornOn(-700, "Cheap"), liveOn())
		}
		if l := c.link("rumbopopulars.so"); l.Band != want {
			t.Errorf("with %d others before it is %s at %.2f: %v", others, l.Band, l.Score, l.Evidence)
		}
	}
}

func TestTheThirdGenerationHangsOnTheSecond(t *testing.T) {
	c := newCast("rumbopopular.org")
	c.wore("rumbopopular.org", liveOn("metrika", "98765432"))
	c.found("rumbopopular.so", byLabel, bornOn(1, "Other"), liveOn("metrika", "98765432"), func(s *tracker.Site) {
		s.EndedAt = tracker.Interval{Lo: taken.AddDate(0, 0, 20), Hi: taken.AddDate(0, 0, 21)}
		s.Control = &tracker.Control{Holder: "registrar-hold"}
	})
	c.found("rumbopopular.to", byLabel, bornOn(22, "Third"), liveOn("metrika", "98765432"))
	if l := c.link("rumbopopular.to"); l.Old != "rumbopopular.so" || l.Band != tracker.BandConfirmed {
		t.Errorf("rumbopopular.to -> %s, %s at %.2f", l.Old, l.Band, l.Score)
	}
}

// A replacement that is seized in its turn and entered in the case is still what
// replaced the first name; a name of the case that nothing ties to its namesake, or
// that was there before, is not.
func TestANameOfTheCaseMayHaveReplacedItsNamesake(t *testing.T) {
	c := newCast("rumbopopular.org", "rumbopopular.net")
	c.wore("rumbopopular.org", liveOn("metrika", "98765432"))
	c.wore("rumbopopular.net", liveOn("metrika", "98765432"))
	row := func(n tracker.Name, parts ...part) {
		c.found(n, byLabel, parts...)
		c.g.sites[n].Case = &tracker.CaseName{Name: n, Role: tracker.RoleSeized, SeizedAt: taken.AddDate(0, 0, 20), Kind: tracker.KindOwnBrand}
	}
	row("rumbopopular.so", bornOn(1, "Other"), liveOn("metrika", "98765432"))
	row("rumbopopular.pw", bornOn(2, "Another"), func(s *tracker.Site) {
		s.Class, s.Control = tracker.ClassParked, &tracker.Control{Holder: "parked"}
	})
	row("another.label", bornOn(1, "Other"), liveOn("metrika", "98765432"))
	c.found("rumbopopular.to", byLabel, bornOn(22, "Third"), liveOn("metrika", "98765432"))
	if l := c.link("rumbopopular.so"); l.Band != tracker.BandConfirmed || !succeeds(&l) {
		t.Errorf("rumbopopular.so -> %s, %s %s at %.2f", l.Old, l.Band, l.Relation, l.Score)
	}
	for _, n := range []tracker.Name{"rumbopopular.org", "rumbopopular.net", "rumbopopular.pw", "another.label"} {
		if l := c.link(n); l.Old != "" {
			t.Errorf("%s -> %s, %s at %.2f", n, l.Old, l.Band, l.Score)
		}
	}
	all := c.g.relate()
	if l := c.link("rumbopopular.to"); l.Old != "rumbopopular.so" || root(l.New, all, c.g.inCase) != "rumbopopular.so" {
		t.Errorf("rumbopopular.to -> %s, root %s", l.Old, root(l.New, all, c.g.inCase))
	}
	for _, a := range c.g.alerts(&Report{Run: tracker.Run{Case: "c"}}, all, map[tracker.Name]*history{"rumbopopular.to": {}}, nil) {
		if a.Name != "rumbopopular.to" {
			t.Errorf("%s: an alert about a name that the case lists", a.Headline)
		}
	}
}

// A person's word that a link is wrong stands for good: the site is linked to whatever
// else speaks for it, and carries nobody into the campaign by that pair.
func TestARejectedPairIsNoLink(t *testing.T) {
	c := newCast("rumbopopular.org", "oldmillcourier.org")
	c.wore("rumbopopular.org", liveOn("metrika", "98765432"))
	c.found("rumbopopular.so", byLabel, bornOn(1, "Other"), liveOn("metrika", "98765432", "email", "own@proton.me"))
	c.found("sister.net", Known{Rule: "identifier", RevealedBy: "rumbopopular.so"}, bornOn(3, "Other"), liveOn("email", "own@proton.me"))
	if l := c.link("sister.net"); l.Old != "rumbopopular.so" || l.Band.Rank() < tracker.BandProbable.Rank() {
		t.Fatalf("sister.net -> %s, %s", l.Old, l.Band)
	}
	c.g.rejected = map[[2]tracker.Name]string{{"rumbopopular.so", "rumbopopular.org"}: "bought by a bakery"}
	l := c.link("rumbopopular.so")
	last := l.Evidence[len(l.Evidence)-1]
	if l.Band != tracker.BandUnlikely || last.Kind != "rejected" || last.Why != "a person rejected this link: bought by a bakery" {
		t.Errorf("rumbopopular.so is %s by %+v", l.Band, last)
	}
	sum := 0.0
	for _, e := range l.Evidence {
		sum += e.Weight
	}
	if d := sum - l.Score; d > .0005 || d < -.0005 {
		t.Errorf("the lines add up to %.3f, the score is %.3f", sum, l.Score)
	}
	if again := overruled(l, c.g.rejected); again.Score != l.Score || len(again.Evidence) != len(l.Evidence) {
		t.Errorf("overruled twice: %+v", again)
	}
	if l := c.link("sister.net"); l.Band.Rank() >= tracker.BandProbable.Rank() {
		t.Errorf("sister.net -> %s, %s", l.Old, l.Band)
	}
	// Another name of the case carries the account too: that pair nobody rejected.
	c.wore("oldmillcourier.org", liveOn("metrika", "98765432"))
	if l := c.link("rumbopopular.so"); l.Old != "oldmillcourier.org" || l.Band.Rank() < tracker.BandProbable.Rank() {
		t.Errorf("rumbopopular.so -> %s, %s", l.Old, l.Band)
	}
}

func TestAChainIsNoSurerThanItsAnchor(t *testing.T) {
	c := newCast("oldmillcourier.org")
	c.wore("oldmillcourier.org", liveOn("favicon-phash", "4711"))
	c.found("oldmillcourier.cc", byLabel, bornOn(1, "Other"), liveOn("favicon-phash", "4711", "ga4", "G-OWN0000001", "email", "own@proton.me"), links("sister.net"))
	c.found("sister.net", Known{Rule: "outbound", RevealedBy: "oldmillcourier.cc"}, bornOn(3, "Other"), liveOn("ga4", "G-OWN0000001", "email", "own@proton.me"))
	anchor, l := c.link("oldmillcourier.cc"), c.link("sister.net")
	if anchor.Band != tracker.BandProbable {
		t.Fatalf("the anchor is %s at %.2f", anchor.Band, anchor.Score)
	}
	if l.Old != "oldmillcourier.cc" || l.Band != tracker.BandProbable || l.Score > anchor.Score {
		t.Errorf("sister.net -> %s, %s at %.2f beside %.2f", l.Old, l.Band, l.Score, anchor.Score)
	}
	sum := 0.0
	for _, e := range l.Evidence {
		sum += e.Weight
	}
	if d := sum - l.Score; d > .0005 || d < -.0005 {
		t.Errorf("the lines add up to %.3f, the score is %.3f", sum, l.Score)
	}
}

func TestStrangersOfOneDayDoNotVouchForOneAnother(t *testing.T) {
	labels := []tracker.Name{"aurorapost", "birchherald", "cedarpost", "dunevoice"}
	var seized []tracker.Name
	for _, l := range labels {
		seized = append(seized, l+".org")
	}
	c := newCast(seized...)
	for i, l := range labels {
		c.wore(l+".org", liveOn("metrika", "1000000"+string(rune('1'+i))))
		c.found(l+".lol", byLabel, bornOn(1, "Cheap"), func(s *tracker.Site) { s.Class = tracker.ClassParked; s.Control = &tracker.Control{Holder: "parked"} })
	}
	for _, l := range labels {
		if got := c.link(l + ".lol"); got.Band.Rank() > tracker.BandPossible.Rank() {
			t.Errorf("%s is %s at %.2f: %v", got.New, got.Band, got.Score, got.Evidence)
		}
	}
	// Beside three that are linked by what they carry, a fourth of the same day is.
	for i, l := range labels[:3] {
		c.found(l+".so", byLabel, bornOn(2, "Quill"), liveOn("metrika", "1000000"+string(rune('1'+i))))
	}
	c.found("dunevoice.so", byLabel, bornOn(2, "Quill"))
	if got := c.link("dunevoice.so"); got.Band != tracker.BandProbable {
		t.Errorf("dunevoice.so is %s at %.2f: %v", got.Band, got.Score, got.Evidence)
	}
}

// Each pivot alone leads from a site of the case to a name that looks like nothing.
func TestPivots(t *testing.T) {
	for _, tt := range []struct {
		name     string
		old, new part
		oldAt    part
		newAt    part
		revealed Known
		kind     string // of the line that must be there
	}{
		{name: "an account", old: liveOn("ga4", "G-HM4RR0RX21"), new: liveOn("ga4", "G-HM4RR0RX21"), kind: "ga4"},
		{name: "a key", old: liveOn("spki", "their-key"), new: liveOn("spki", "their-key"), kind: "spki"},
		{name: "an icon", old: liveOn("favicon-mmh3", "4711"), new: liveOn("favicon-mmh3", "4711"), kind: "favicon-mmh3"},
		{name: "a contact", old: liveOn("telegram", "their_channel"), new: liveOn("telegram", "their_channel"), kind: "telegram"},
		{name: "a pair of name servers", old: liveOn(), new: liveOn(), oldAt: stands("192.0.2.1", "ns1.smallhost.net", "ns2.smallhost.net"), newAt: stands("192.0.2.2", "ns2.smallhost.net", "ns1.smallhost.net"), kind: "ns"},
		{name: "an address", old: liveOn(), new: liveOn(), oldAt: stands("192.0.2.1", "ns1.a.net"), newAt: stands("192.0.2.1", "ns1.b.net"), kind: "address"},
		{name: "a redirect to it", old: func(s *tracker.Site) {
			liveOn()(s)
			s.Fingerprint.Class, s.Fingerprint.Redirects = tracker.ClassRedirecting, []tracker.Name{"lanternroom.net"}
		}, new: liveOn(), revealed: Known{Rule: "redirect", RevealedBy: "oldmillcourier.org"}, kind: "redirect"},
		{name: "a redirect from it", old: liveOn(), new: func(s *tracker.Site) {
			liveOn()(s)
			s.Fingerprint.Redirects = []tracker.Name{"oldmillcourier.org"}
		}, kind: "redirect"},
		{name: "a certificate", old: func(s *tracker.Site) { liveOn()(s); s.Fingerprint.SANs = []tracker.Name{"lanternroom.net"} }, new: liveOn(), revealed: Known{Rule: "certificate", RevealedBy: "oldmillcourier.org"}, kind: "certificate-names"},
		{name: "a link", old: func(s *tracker.Site) { liveOn()(s); links("lanternroom.net")(s) }, new: liveOn(), revealed: Known{Rule: "outbound", RevealedBy: "oldmillcourier.org"}, kind: "outbound"},
		{name: "an article", old: func(s *tracker.Site) { liveOn()(s); s.Fingerprint.Titles = []string{"Why the moon is made of paper"} }, new: func(s *tracker.Site) { liveOn()(s); s.Fingerprint.Titles = []string{"Why the moon is made of paper"} }, kind: "title"},
		{name: "a proof of ownership in the zone", old: liveOn(), new: liveOn(), oldAt: func(s *tracker.Site) {
			stands("192.0.2.1", "ns1.a.net")(s)
			s.DNS.TXT = []string{"google-site-verification=abcdefgh12345678"}
		}, newAt: func(s *tracker.Site) {
			stands("192.0.2.2", "ns1.b.net")(s)
			s.DNS.TXT = []string{"google-site-verification=abcdefgh12345678"}
		}, kind: "google-site-verification"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCast("oldmillcourier.org")
			old, parts := []part{tt.old}, []part{tt.new, bornOn(5, "Posy")}
			if tt.oldAt != nil {
				old, parts = append(old, tt.oldAt), append(parts, tt.newAt)
			}
			c.wore("oldmillcourier.org", old...)
			c.found("lanternroom.net", tt.revealed, parts...)
			c.found("innocent.net", Known{}, bornOn(5, "Posy"), liveOn("ga4", "G-INNOCENT01"))
			l := c.link("lanternroom.net")
			if l.Old != "oldmillcourier.org" {
				t.Fatalf("it leads to %q", l.Old)
			}
			found := false
			for _, e := range l.Evidence {
				found = found || e.Kind == tt.kind
			}
			if !found {
				t.Errorf("no line of %s: %v, ignored %v", tt.kind, l.Evidence, l.Ignored)
			}
			if l := c.link("innocent.net"); l.Old != "" {
				t.Errorf("an innocent leads to %s", l.Old)
			}
		})
	}
}

func TestASimilarNameIsComparedWithTheNameItWasMadeOf(t *testing.T) {
	c := newCast("oldmillcourier.org")
	c.wore("oldmillcourier.org", liveOn())
	c.found("oldmillcouriers.so", Known{Rule: "addition", From: "oldmillcourier.org"}, bornOn(2, "Posy"), liveOn())
	if l := c.link("oldmillcouriers.so"); l.Old != "oldmillcourier.org" || l.Evidence[0].Kind != "addition" {
		t.Errorf("%s by %v", l.Old, l.Evidence)
	}
}

// The seized site's own page was never seen; its successor carries what a sister of
// the case carries.
func TestASisterShowsWhoBookedTheLabel(t *testing.T) {
	c := newCast("pravdazmoravy.info", "hlasvenkova.news")
	c.wore("hlasvenkova.news", liveOn("ga4", "G-SISTER0001", "favicon-mmh3", "4711"))
	c.found("pravdazmoravy.cc", byLabel, bornOn(2, "Posy"), liveOn("ga4", "G-SISTER0001", "favicon-mmh3", "4711"))
	l := c.link("pravdazmoravy.cc")
	if l.Old != "pravdazmoravy.info" || l.Relation != tracker.RelationReplacement || l.Band != tracker.BandConfirmed {
		t.Errorf("-> %s, %s, %s at %.2f", l.Old, l.Relation, l.Band, l.Score)
	}
	sum := 0.0
	for _, e := range l.Evidence {
		sum += e.Weight
	}
	if d := sum - l.Score; d > .0005 || d < -.0005 {
		t.Errorf("the lines add up to %.3f, the score is %.3f: %v", sum, l.Score, l.Evidence)
	}
}

// A plain list of domains does not say that a name of it imitates a paper, and which.
func TestWhatAnUnlabelledNameImitatesIsNoReplacement(t *testing.T) {
	paper := liveOn("ga4", "G-PAPER00001", "favicon-mmh3", "777", "email", "desk@paper.example")
	c := newCast("northpost.ltd")
	c.g.c.Names[0].Kind, c.g.c.Names[0].RegisteredAt = "", time.Time{}
	c.wore("northpost.ltd", paper)
	c.found("northpost.co.uk", byLabel, bornOn(-9000, "Crown"), paper)
	c.found("northpost.news", byLabel, bornOn(3, "Crown"), func(s *tracker.Site) {
		s.Class, s.Fingerprint = tracker.ClassRedirecting, &tracker.Fingerprint{Class: tracker.ClassRedirecting, Redirects: []tracker.Name{"northpost.co.uk"}}
	})
	c.found("northpost.online", byLabel, bornOn(4, "Cheap"), paper)
	c.found("northpost.so", byLabel, bornOn(5, "Cheap"), liveOn("ga4", "G-PAPER00001", "metrika", "98765432"))
	c.wore("northpost.ltd", liveOn("metrika", "98765432"))
	for _, n := range []tracker.Name{"northpost.co.uk", "northpost.news", "northpost.online"} {
		if l := c.link(n); l.Band.Rank() > tracker.BandPossible.Rank() {
			t.Errorf("%s is %s at %.2f: %v", n, l.Band, l.Score, l.Evidence)
		}
	}
	if l := c.link("northpost.so"); l.Band.Rank() < tracker.BandProbable.Rank() {
		t.Errorf("%s is %s at %.2f: %v", l.New, l.Band, l.Score, l.Evidence)
	}
}

// What an account of the campaign's pages brings along from sites that stood there
// years before the campaign is no account of the campaign's.
func TestOldCustomersOfANetworkMakeItsAccountCommon(t *testing.T) {
	c := newCast("oldmillcourier.org")
	c.wore("oldmillcourier.org", liveOn("gtm", "GTM-NETWORK1"), links("bakery.net", "garage.net", "florist.net"))
	for _, n := range []tracker.Name{"bakery.net", "garage.net", "florist.net"} {
		c.found(n, Known{Rule: "outbound", RevealedBy: "oldmillcourier.org"}, bornOn(-4000, "Posy"), liveOn("gtm", "GTM-NETWORK1"))
	}
	c.found("oldmillcourier.cafe", byLabel, bornOn(3, "Posy"), liveOn("gtm", "GTM-NETWORK1"))
	for _, n := range []tracker.Name{"bakery.net", "garage.net", "florist.net"} {
		if l := c.link(n); l.Band.Rank() > tracker.BandPossible.Rank() {
			t.Errorf("%s is %s at %.2f: %v", n, l.Band, l.Score, l.Evidence)
		}
	}
	if l := c.link("oldmillcourier.cafe"); l.Band == tracker.BandConfirmed {
		t.Errorf("confirmed by a network's account at %.2f: %v", l.Score, l.Evidence)
	}
}

// TestNamesakesOfOneDayAreNoWave: five who booked five labels of the case on one day,
// each with a page of its own and nothing that the old ones had, are each as likely as
// by itself: no evidence but the label links any of them to the case.
func TestNamesakesOfOneDayAreNoWave(t *testing.T) {
	labels := []tracker.Name{"aurorapost", "birchherald", "cedarpost", "dunevoice", "elmcourier"}
	var seized []tracker.Name
	for _, l := range labels {
		seized = append(seized, l+".org")
	}
	c := newCast(seized...)
	for i, l := range labels {
		c.wore(l+".org", liveOn("metrika", "1000000"+string(rune('1'+i))))
		c.found(l+".net", byLabel, bornOn(2, "Quill"), liveOn())
	}
	for _, l := range labels {
		got := c.link(l + ".net")
		for _, e := range got.Evidence {
			if e.Kind == "batch" {
				t.Errorf("%s is %s at %.2f: %s", got.New, got.Band, got.Score, e.Why)
			}
		}
	}
	// One that carries what its predecessor had is company for the others.
	c.found("aurorapost.net", byLabel, bornOn(2, "Quill"), liveOn("metrika", "10000001"))
	got := c.link("elmcourier.net")
	if !hasKind(got.Evidence, "batch") {
		t.Errorf("%s: %v", got.New, got.Evidence)
	}
}

func hasKind(ev []tracker.Evidence, kind string) bool {
	for _, e := range ev {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

func TestAChangedLabelTellsWhatItReplacesWhateverLedToIt(t *testing.T) {
	for _, tt := range []struct {
		says, name string
		rule       string
		old        tracker.Name
		relation   string
	}{
		{"a number, by a certificate", "zelenybubenik24.com", "certificate", "zelenybubenik.info", tracker.RelationReplacement},
		{"a letter, by a link", "zelenybubeniks.com", "outbound", "zelenybubenik.info", tracker.RelationReplacement},
		{"a word, by a redirect", "zelenybubenik-live.com", "redirect", "zelenybubenik.info", tracker.RelationReplacement},
		{"a new label", "tichestudne.com", "certificate", "kamennycas-news.org", tracker.RelationOperator},
		{"a word that many share", "tichestudne-news.com", "certificate", "kamennycas-news.org", tracker.RelationOperator},
	} {
		c := newCast("zelenybubenik.info", "kamennycas-news.org")
		c.wore("zelenybubenik.info", liveOn("gtm", "GTM-AAAA111"))
		c.wore("kamennycas-news.org", liveOn("ga4", "G-BBBBBB2222", "email", "redakcia@kamennycas-news.org"))
		c.found(tracker.Name(tt.name), Known{Rule: tt.rule, RevealedBy: "kamennycas-news.org"}, bornOn(2, "Nine"), liveOn("ga4", "G-BBBBBB2222", "email", "redakcia@kamennycas-news.org"))
		l := c.link(tracker.Name(tt.name))
		if l.Old != tt.old || l.Relation != tt.relation || l.Band.Rank() < tracker.BandProbable.Rank() {
			t.Errorf("%s: %s is %s, %s of %s; want %s of %s", tt.says, tt.name, l.Band, l.Relation, l.Old, tt.relation, tt.old)
		}
	}
}
