package netsim_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const secondWorld = "../../testdata/worlds/second/world.yaml"

// TestSecondWorldSharesWhatItSays holds each pair of the second world to the one
// kind of thing that it is made to share, and each innocent to the one thing
// that must not count.
func TestSecondWorldSharesWhatItSays(t *testing.T) {
	w := loadWorld(t, secondWorld)
	sites := lives(w)
	last := func(name string) map[string]bool {
		l := sites[name]
		if len(l) == 0 {
			t.Fatalf("no site %s", name)
		}
		return identifiers(w, l[len(l)-1])
	}
	for _, c := range []struct {
		trap, a, b string
		want       []string // all that the two share
	}{
		{"only a template", "tinwhistlepost.cc", "tinwhistlepost.com", []string{"theme:lantern"}},
		{"only a template", "copperlantern.pw", "copperlantern.net", []string{"theme:lantern"}},
		{"only an analytics ID", "harbormirrornews.io", "harbormirrornews.com", []string{"ga:G-HM4RR0RX21"}},
		{"only an analytics ID", "oldmillcourier.so", "oldmillcourier.org", []string{"ga:G-HM4RR0RX21"}},
		{"unrelated site under the same theme", "oldmillcourier.cafe", "oldmillcourier.org", []string{"theme:broadsheet"}},
		{"unrelated site under the same theme", "riverbendalmanac.net", "oldmillcourier.org", []string{"theme:broadsheet"}},
		{"the victim's ID", "thenorthernquay.press", "thenorthernquay.co.uk", []string{
			"article:harbour-board-minutes", "article:tide-tables-april", "favicon:seed:quay", "ga:G-NQUAY0GEN1", "theme:quay"}},
		{"the victim's own second site", "thenorthernquay.ie", "thenorthernquay.co.uk", []string{
			"address:198.19.174.1", "article:harbour-board-minutes", "article:quay-lights-led", "article:tide-tables-april",
			"favicon:seed:quay", "ga:G-NQUAY0GEN1", "theme:quay"}},
		{"a spoof and its replacement, beside the victim", "thenorthernquay.top", "thenorthernquay.press", []string{
			"article:crab-season-opens", "article:harbour-board-minutes", "article:tide-tables-april", "favicon:seed:quay",
			"ga:G-NQUAY0GEN1", "key:quay-copy", "theme:quay"}},
		{"behind a CDN", "paperkiteherald.to", "paperkiteherald.org", []string{
			"article:kite-museum-roof", "article:string-shortage", "article:wind-tunnel-for-schools", "favicon:seed:kite", "theme:kite"}},
		{"an innocent behind the same CDN", "silverbirchpost.blog", "silverbirchpost.net", nil},
		{"shared hosting", "quietferrygazette.biz", "quietferrygazette.info", []string{
			"article:ferry-bell-recast", "article:island-post-office-hours", "mail:desk-quietferry@postbox.example"}},
		{"an innocent on the shared machine", "quietferrygazette.town", "quietferrygazette.info", nil},
		{"an honest new owner of a new name", "beacon.cafe", "beacon.report", nil},
		{"an honest shop", "copperlantern.shop", "copperlantern.net", nil},
	} {
		if got := shared(last(c.a), last(c.b)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %s and %s share %v, want %v", c.trap, c.a, c.b, got, c.want)
		}
	}
	if n := len(sites["mapleharbornews.com"]); n != 2 {
		t.Errorf("mapleharbornews.com has %d lives, want 2", n)
	}
	tenants := 0
	for i := range w.Sites {
		if w.Sites[i].Host == "bargain" && !strings.HasPrefix(w.Sites[i].Name, "quietferrygazette.") {
			tenants++
		}
	}
	if tenants != 400 {
		t.Errorf("%d tenants share the machine, want 400", tenants)
	}
	for _, name := range []string{"paperkiteherald.to", "paperkiteherald.org", "silverbirchpost.blog", "silverbirchpost.net"} {
		if sites[name][0].Host != "edge" {
			t.Errorf("%s is not behind the CDN", name)
		}
	}
}

// TestSecondWorldExpectations checks the expectations against the case and the
// calendar: what is to be found can be found when it says.
func TestSecondWorldExpectations(t *testing.T) {
	w := loadWorld(t, secondWorld)
	sites := lives(w)
	inCase, watched := map[string]bool{}, map[string]bool{}
	for _, row := range caseRows(t, filepath.Dir(secondWorld), "names.csv") {
		inCase[row["domain"]] = true
		watched[label(row["domain"])] = true
		s := sites[row["domain"]][0]
		if d := s.Registered.Format(time.DateOnly); d != row["registered_date"] {
			t.Errorf("%s is registered %s in the world, %s in the case", s.Name, d, row["registered_date"])
		}
		seized, ok := s.At(day("2025-03-11"))
		if ok && (len(seized.Statuses) == 6) != (row["role"] == "seized") {
			t.Errorf("%s (%s): statuses %v", s.Name, row["role"], seized.Statuses)
		}
	}
	for _, r := range w.Expect.Replacements {
		s := sites[r.Name][0]
		if inCase[r.Name] || !inCase[r.Replaces] || s.RegisteredAt().Before(day("2025-03-10")) {
			t.Errorf("%s is no replacement of %s after the seizure", r.Name, r.Replaces)
		}
		if r.How == "label" {
			if label(r.Name) != label(r.Replaces) {
				t.Errorf("%s does not have the label of %s", r.Name, r.Replaces)
			}
			continue
		}
		if watched[label(r.Name)] {
			t.Errorf("%s is found by its label, not by a %s", r.Name, r.How)
		}
		at, how, ok := mentions(sites["harbormirrornews.io"][0], r.Name)
		if !ok || how != r.How || !r.From.Equal(firstNight(w, at)) {
			t.Errorf("%s: revealed by a %q at %s, expected by a %s from %s", r.Name, how, at, r.How, r.From.Format(time.DateOnly))
		}
	}
	for _, in := range w.Expect.Innocents {
		if in.Kind != "other-owner" && inCase[in.Name] {
			t.Errorf("%s is innocent and in the case", in.Name)
		}
	}
}
