package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A replacement that has no address but at www is a site all the same: it is
// visited, lives from the night on which it was seen, and is linked by what it shows.
func TestASiteAtWWWAloneIsVisited(t *testing.T) {
	const page = `{ pages: { "*": { html: "<title>Harbour Lantern</title><script>ym(73311902,'init',{});</script><h1>Harbour Lantern</h1><p>Ropes and tides.</p>" } } }`
	dir := t.TempDir()
	world := filepath.Join(dir, "www.yaml")
	for name, text := range map[string]string{
		world: "world: 1\ntitle: At www\nprovenance: { others: invented }\ncase: case.csv\ncalendar: { from: 2024-03-01, to: 2024-03-07 }\nsites:\n" +
			"  - name: harbourlantern.com\n    registered: 2023-05-01\n    web: " + page + "\n    timeline:\n      - { from: 2024-03-02 12:00, statuses: [client hold] }\n" +
			"  - name: harbourlantern.co\n    registered: 2024-03-03\n    registered_time: \"11:00\"\n    records: ['@ MX 10 mx.mail.example.']\n    subdomains: { www: { addresses: [198.19.7.7], web: " + page + " } }\n" +
			"  - name: harbourlantern.net\n    registered: 2024-03-03\n    records: ['@ MX 10 mx.mail.example.']\n",
		filepath.Join(dir, "case.csv"): "domain,seized_date,kind,seizure_confirmation,source\nharbourlantern.com,2024-03-02,own-brand,documented,invented\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, world, thrifty)
	for i := range 5 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	got := map[string]string{}
	for _, line := range strings.Split(h.do(t, exitDone, "sites", "--format", "csv"), "\n") {
		name, rest, _ := strings.Cut(line, ",")
		got[name] = rest
	}
	if s := got["harbourlantern.co"]; !strings.HasPrefix(s, "found,live,") || !strings.Contains(s, "confirmed,replacement,harbourlantern.com") {
		t.Errorf("harbourlantern.co is %s", s)
	}
	if s := got["harbourlantern.net"]; !strings.HasPrefix(s, "found,registered-no-dns,") {
		t.Errorf("harbourlantern.net, which has no site anywhere, is %s", s)
	}
	if out := h.do(t, exitDone, "capture", "harbourlantern.co", "--at", h.night(5)); !strings.Contains(out, "https://www.harbourlantern.co/") {
		t.Errorf("capture: %s", out)
	}
}
