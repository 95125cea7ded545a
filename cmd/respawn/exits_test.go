package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"respawn/internal/netsim"
)

// exitsWorld has a spoof that came back and shows itself to readers in Germany alone:
// everybody else is sent to the outlet. For its first nights it sends all there.
const exitsWorld = `world: 1
title: Exits
provenance: { others: invented }
case: case.csv
calendar: { from: 2024-03-02, to: 2024-03-12 }
home: NL
anchors:
  paper: &paper { pages: { "*": { html: "<title>Abendpost</title><h1>Abendpost</h1><p>The harbour board met on the first evening of spring and spoke of tides and of the price of rope.</p>" } } }
  clone: &clone { pages: { "*": { html: "<title>Abendpost</title><script>ym(99120441,'init',{});</script><h1>Abendpost</h1><p>The harbour board met on the first evening of spring and spoke of tides and of the price of rope, which nobody will pay.</p>" } } }
  away: &away { redirect: "https://abendpost.de/" }
sites:
  - { name: abendpost.de, registered: 2001-05-01, web: *paper }
  - name: abendpost.ltd
    registered: 2023-05-01
    web: { pages: { "*": { html: "<title>Abendpost</title><script>ym(99120441,'init',{});</script><h1>Abendpost</h1><p>The harbour board met on the first evening of spring and spoke of tides and of the price of rope, which nobody will pay.</p>" } }, visitors: [ { when: { not_country: [DE] }, web: *away } ] }
    timeline:
      - { from: 2024-03-03T12:00:00Z, nameservers: [ns1.fbi.seized.gov, ns2.fbi.seized.gov], web: { pages: { "*": { html: "<title>This domain has been seized</title>" } } } }
  - name: abendpost.cc
    registered: 2024-03-04
    web: *away
    timeline:
      - from: 2024-03-06T00:00:00Z
        web: { redirect: "https://abendpost.de/", visitors: [ { when: { country: [DE] }, web: *clone } ] }
      - { from: 2024-03-10T00:00:00Z, web: *away }
`

const exitsCase = `domain,role,seized_date,kind,impersonates,country,seizure_confirmation
abendpost.ltd,seized,2024-03-03,brand-spoof,abendpost.de,,documented
abendpost.de,outlet,,,,DE,
morgenruf.info,campaign,,own-brand,,INT,
morgenruf.net,campaign,,own-brand,,NL,
lematin.press,campaign,,brand-spoof,,FR,
`

// exitsHouse writes the world and its case and builds a house in it.
func exitsHouse(t *testing.T, tweak ...func(*Config)) *house {
	t.Helper()
	dir := t.TempDir()
	world := filepath.Join(dir, "exits.yaml")
	for name, text := range map[string]string{world: exitsWorld, filepath.Join(dir, "case.csv"): exitsCase} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return newHouse(t, world, tweak...)
}

// A site that shows itself to readers of the imitated outlet's country alone is seen
// from there on the night on which it does so, linked by what it shows them, and not
// taken for gone on a night on which nobody can look from there.
func TestAFencedSiteIsSeenFromTheCountryOfItsReaders(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "socks5://" + closed.Addr().String()
	closed.Close()
	h := exitsHouse(t, thrifty)
	down := map[string]string{"RESPAWN_VANTAGES": "[{name: home}, {name: de, country: DE, proxy: '" + dead + "'}]"}
	for _, tt := range []struct {
		night  int
		env    map[string]string
		status string
		linked bool
	}{
		{0, nil, "", false},
		{1, nil, "", false},
		{2, nil, "", false},
		{3, nil, "redirecting", false}, // 2024-03-05: all are sent to the outlet
		{4, nil, "redirecting", true},  // readers are not: another page counts from its second night
		{5, nil, "cloaked", true},
		{6, down, "cloaked", true}, // we are shown what we were shown when readers saw a site
		{7, down, "cloaked", true},
		{8, nil, "cloaked", true}, // 2024-03-10: all are sent there again
		{9, nil, "redirecting", true},
	} {
		h.doEnv(t, tt.env, 0, "scan", "--at", h.night(tt.night))
		var site map[string]any
		for _, r := range records(t, h.do(t, 0, "sites")) {
			if r["name"] == "abendpost.cc" {
				site = r
			}
		}
		status, band := fmt.Sprint(site["status"]), fmt.Sprint(site["band"])
		if site == nil {
			status = ""
		}
		if linked := band == "confirmed" || band == "probable"; status != tt.status || linked != tt.linked {
			t.Errorf("night %d: %s, link %s; want %q, linked %v", tt.night, status, band, tt.status, tt.linked)
		}
	}
}

// In a world, the researcher has an exit in each country that the case names, besides
// home; a case that cannot be read leaves home.
func TestAWorldHasExitsForTheCountriesOfItsCase(t *testing.T) {
	h := exitsHouse(t)
	cfg := worldConfig(h.srv.Settings(), h.world, h.worldDir)
	var got []string
	for _, v := range cfg.Vantages {
		got = append(got, v.Name+" "+v.Country+" "+v.Proxy)
	}
	at := strings.TrimPrefix(h.srv.Settings().Proxy, "socks5://")
	if want := []string{"home NL ", "de DE socks5://DE@" + at, "fr FR socks5://FR@" + at}; !slices.Equal(got, want) {
		t.Errorf("vantages %q, want %q", got, want)
	}
	if cfg = worldConfig(h.srv.Settings(), &netsim.World{Case: "none.csv"}, h.worldDir); len(cfg.Vantages) != 1 || cfg.Vantages[0].Name != "home" {
		t.Errorf("without a case: vantages %v", cfg.Vantages)
	}
}
