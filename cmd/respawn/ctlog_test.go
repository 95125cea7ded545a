package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Names that no rule makes, and that bear a label of the case, come by their
// certificates; where there is none, they do not.
func TestScansReadTheCertificateLog(t *testing.T) {
	const page = `{ %s pages: { "*": { html: "<title>Harbour Lantern</title><script>ym(73311902,'init',{});</script><h1>Harbour Lantern</h1><p>Ropes and tides.</p>" } } }`
	dir := t.TempDir()
	world := filepath.Join(dir, "log.yaml")
	shown, hidden := fmt.Sprintf(page, ""), fmt.Sprintf(page, "https: refused,")
	for name, text := range map[string]string{
		world: "world: 1\ntitle: Certificates\nprovenance: { others: invented }\ncase: case.csv\ncalendar: { from: 2024-03-01, to: 2024-03-08 }\nsites:\n" +
			"  - name: harbourlantern.com\n    registered: 2023-05-01\n    web: " + shown + "\n    timeline:\n      - { from: 2024-03-02 12:00, statuses: [client hold] }\n" +
			"  - name: friends-of-harbourlantern.com\n    registered: 2024-03-04\n    web: " + shown + "\n" +
			"  - name: lanternsandharbours.org\n    registered: 2024-03-05\n    web: " + shown + "\n" +
			"  - name: enemies-of-harbourlantern.com\n    registered: 2024-03-04\n    web: " + hidden + "\n" +
			"  - name: unrelated-paper.com\n    registered: 2024-03-04\n    web: " + shown + "\n",
		filepath.Join(dir, "case.csv"): "domain,seized_date,kind,seizure_confirmation,source\nharbourlantern.com,2024-03-02,own-brand,documented,invented\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, world, thrifty)
	for i := range 6 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	out := h.do(t, exitDone, "sites", "--format", "csv")
	if !strings.Contains(out, "friends-of-harbourlantern.com,found,live,") {
		t.Errorf("the name on a certificate was not found:\n%s", out)
	}
	if !strings.Contains(out, "lanternsandharbours.org,found,live,") {
		t.Errorf("the name that says the same was not found:\n%s", out)
	}
	if strings.Contains(out, "www.") {
		t.Errorf("www is a site of its own:\n%s", out)
	}
	if out := h.do(t, exitDone, "explain", "friends-of-harbourlantern.com", "--format", "table"); !strings.Contains(out, "found by contained from harbourlantern[.]com, off the feed certificates, entry ") {
		t.Errorf("the feed that brought the name is not told:\n%s", out)
	}
	for _, n := range []string{"enemies-of-harbourlantern.com", "unrelated-paper.com"} {
		if strings.Contains(out, n) {
			t.Errorf("%s was found:\n%s", n, out)
		}
	}
}
