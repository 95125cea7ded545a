package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cloakWorld has sites that show their visitors different things, each by another
// sign, one that turns some away, and one that does neither.
const cloakWorld = `world: 1
title: Cloaks
provenance: { others: invented }
case: case.csv
calendar: { from: 2024-03-01, to: 2024-03-03 }
home: NL
anchors:
  news: &news { pages: { "*": { html: "<title>Old News</title><h1>Old News</h1><p>Farmers marched on the capital with tractors, the paper said, and energy prices rose again." } } }
  cake: &cake { "*": { html: "<title>Recipes</title><p>Cake and soup for all the family with fresh butter, flour and eggs from the farm." } }
  nothing: &nothing { "*": { html: "<title></title>" } }
sites:
  - { name: byagent.info, registered: 2021-05-01, web: { pages: *cake, visitors: [ { when: { user_agent: "(?i)mobile" }, web: *news } ] } }
  - { name: byreferrer.info, registered: 2021-05-01, web: { pages: *nothing, visitors: [ { when: { referer: "facebook" }, web: *news } ] } }
  - { name: bycountry.info, registered: 2021-05-01, web: { pages: *cake, visitors: [ { when: { country: [DE] }, web: *news } ] } }
  - { name: byfirst.info, registered: 2021-05-01, web: { pages: *cake, visitors: [ { when: { first: true }, web: *news } ] } }
  - { name: byname.info, registered: 2021-05-01, web: { pages: { "*": { html: "<title>Old News</title><h1>Old News</h1><p>Farmers marched on the capital with tractors, the paper said, and energy prices rose again.</p><a href=/the-price-of-coal>1</a>" } }, visitors: [ { when: { user_agent: "(?i)respawn|bot" }, web: { pages: *nothing } } ] } }
  - { name: byrefusal.info, registered: 2021-05-01, web: { pages: { "*": { html: "<title>Old News</title><p>Farmers marched on the capital with tractors, the paper said, and energy prices rose again." } }, visitors: [ { when: { user_agent: "(?i)respawn" }, web: { pages: { "*": { status: 403, html: "<p>Forbidden" } } } } ] } }
  - { name: honest.info, registered: 2021-05-01, web: *news }
`

// The kinds of cloaking are seen by the program as it is run, with the bytes
// of both faces kept; and a vantage without a proxy of its own goes through the
// one of egress, whichever place it has.
func TestCaptureSeesCloaks(t *testing.T) {
	dir := t.TempDir()
	world := filepath.Join(dir, "cloaks.yaml")
	for name, text := range map[string]string{world: cloakWorld, filepath.Join(dir, "case.csv"): "name,role\noldnews.info,seized\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	german := func(c *Config) {
		through := "socks5://DE@" + strings.TrimPrefix(c.Egress.Proxy, "socks5://")
		c.Vantages = []Vantage{{Name: "de-1", Country: "DE", Proxy: through}, {Name: "home"}}
	}
	h := newHouse(t, world, thrifty, german)
	at := h.night(1)
	for _, tt := range []struct {
		name    string
		cloaked bool
		faces   int
	}{
		{"byagent.info", true, 2}, {"byreferrer.info", true, 2}, {"bycountry.info", true, 2}, {"byfirst.info", true, 2},
		{"byname.info", true, 2},     // shows nothing to whoever names himself
		{"byrefusal.info", false, 2}, // turns him away, which is no other face: live all the same
		{"honest.info", false, 1},
	} {
		out := h.do(t, 0, "capture", tt.name, "--at", at, "--format", "json")
		var got []struct {
			Cloaked bool   `json:"cloaked"`
			Class   string `json:"class"`
			Hops    []struct {
				Visitor string `json:"visitor"`
				Body    string `json:"body_sha256"`
			} `json:"hops"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 1 {
			t.Fatalf("%v in %s", err, out)
		}
		bodies := map[string]bool{}
		for _, hop := range got[0].Hops {
			if hop.Visitor == "asset" || hop.Visitor == "article" {
				continue
			}
			bodies[hop.Body] = true
			if _, err := os.Stat(filepath.Join(h.dir, "respawn-data", "blobs", hop.Body[:2], hop.Body)); err != nil {
				t.Errorf("%s as %s is not kept: %v", tt.name, hop.Visitor, err)
			}
		}
		if faces := len(bodies); got[0].Cloaked != tt.cloaked || got[0].Class != "live" || faces != tt.faces {
			t.Errorf("%s: cloaked %v, class %s, %d faces", tt.name, got[0].Cloaked, got[0].Class, faces)
		}
	}
}
