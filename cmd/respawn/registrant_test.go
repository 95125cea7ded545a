package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"respawn/tracker"
)

// The registry of .com shows no registrant, its registrars do: what links the two
// sites, which share a label that others bear and nothing else, is asked there, once;
// it confirms what the label alone does not.
func TestAnOpenRegistrantAtTheRegistrarOfAThinRegistryLinks(t *testing.T) {
	page := func(title, text string) string {
		return fmt.Sprintf(`{ pages: { "*": { html: "<title>%[1]s</title><h1>%[1]s</h1><p>%[2]s</p>" } } }`, title, text)
	}
	const holder = "registrant: { name: Ann Quay, org: Quay Media Ltd, email: ann@quaymedia.example, country: EE, redacted: false }"
	dir := t.TempDir()
	world := filepath.Join(dir, "thin.yaml")
	for name, text := range map[string]string{
		world: "world: 1\ntitle: Thin\nprovenance: { others: invented }\ncase: case.csv\ncalendar: { from: 2024-03-01, to: 2024-03-12 }\n" +
			"registrars:\n  old: { name: Old Names, iana_id: 9801 }\n  new: { name: New Names, iana_id: 9802 }\n  blind: { name: Blind Names, iana_id: 9803, rdap: none }\nsites:\n" +
			"  - name: quayside.com\n    registered: 2023-05-01\n    registrar: old\n    " + holder + "\n    web: " + page("Quayside", "Ropes, tides and the price of herring at the harbour.") +
			"\n    timeline:\n      - { from: 2024-03-03T12:00:00Z, nameservers: [ns1.fbi.seized.gov, ns2.fbi.seized.gov], web: { pages: { \"*\": { html: \"<title>Seized</title>This domain has been seized.\" } } } }\n" +
			"  - name: quayside.net\n    registered: 2024-03-05\n    registrar: new\n    " + holder + "\n    web: " + page("Evening view", "Ministers weigh a levy on imported grain while millers object.") +
			"\n    dropped: 2024-03-09\n" +
			"  - name: quayside.net\n    registered: 2024-03-10\n    registrar: new\n    registrant: { org: Herring Club, email: club@herring.example, redacted: false }\n    web: " + page("Herring Club", "The club meets on the pier on the first Sunday.") +
			"\n  - name: quayside.org\n    registered: 2024-03-05\n    registrar: blind\n    web: " + page("Yoga by the quay", "Classes for beginners each Tuesday in the old customs house.") +
			"\nfaults:\n  - { kind: rdap-429, servers: [rdap.old.example], from: 2024-03-01, to: 2024-03-01 }\n  - { kind: rdap-503, servers: [rdap.new.example], from: 2024-03-07, to: 2024-03-08 }\n",
		filepath.Join(dir, "case.csv"): "domain,seized_date,kind,seizure_confirmation,source\nquayside.com,2024-03-03,own-brand,documented,invented\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, world, thrifty)
	link := func(n string) string {
		for line := range strings.Lines(h.do(t, exitDone, "sites", "--format", "csv")) {
			if strings.HasPrefix(line, n+",") {
				return line
			}
		}
		return ""
	}
	asked := func(registrar string) uint64 { return h.srv.Counts()["rdap rdap."+registrar+".example"] }
	for i := range 12 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
		switch i + 1 { // the day of March
		case 1:
			if got := asked("old"); got != 1 {
				t.Errorf("a registrar that is limited was asked %d times", got)
			}
		case 2:
			if got := asked("old"); got != 2 {
				t.Errorf("the night after it was asked %d times", got)
			}
		case 6, 7, 8:
			if s := link("quayside.net"); !strings.Contains(s, "confirmed,replacement,quayside.com") {
				t.Errorf("on the %dth quayside.net is %s", i+1, s)
			}
			if s := link("quayside.org"); strings.Contains(s, "confirmed") {
				t.Errorf("on the %dth quayside.org is %s", i+1, s)
			}
			if got := asked("new"); got != 1 {
				t.Errorf("by the %dth its registrar was asked %d times, once is enough", i+1, got)
			}
			if out := h.do(t, exitDone, "explain", "quayside.net", "--format", "table"); !strings.Contains(out, "registrant-email") || !strings.Contains(out, "said by http://rdap.new.example/") {
				t.Errorf("explain does not say who has it by whom:\n%s", out)
			}
		}
	}
	if got := asked("new"); got != 2 {
		t.Errorf("after it was registered anew its registrar had been asked %d times, want 2", got)
	}
	if got := asked("old"); got > 3 { // the seizure changed the registry's record
		t.Errorf("the registrar of the seized name was asked %d times", got)
	}
	out := h.do(t, exitDone, "show", "quayside.net", "--format", "json")
	if strings.Contains(out, "ann@") {
		t.Errorf("a registrant in the clear: %s", out)
	}
	if out := h.do(t, exitDone, "replay"); out != "" {
		t.Errorf("replay: %s", out)
	}
	var now tracker.Dossier
	if err := json.Unmarshal([]byte(h.do(t, exitDone, "show", "quayside.net", "--format", "json")), &now); err != nil || now.Registration == nil {
		t.Fatalf("%+v, %v", now.Registration, err)
	}
	if l := now.Link; l == nil || !l.Past() {
		t.Errorf("after it was registered anew the link is %+v, want that of those who had it before", l)
	}
}
