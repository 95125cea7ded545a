package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// victimWorld has an outlet, and three copies of its page with its Analytics
// account, its pixel and its verification in them. Two of the copies carry the
// counter of one operator besides; the third is somebody else's.
func victimWorld() string {
	const head = `<title>River Post</title><meta name='google-site-verification' content='rIvErPoSt_gEnUiNe_01'><link rel='stylesheet' href='/wp-content/themes/quay/style.css'>` +
		`<script async src='https://www.googletagmanager.com/gtag/js?id=G-RVPST0GEN1'></script><script>gtag('config','G-RVPST0GEN1');fbq('init','771944177029944');</script>`
	const body = `<h1>River Post</h1><p>The harbour board met on the first evening of spring and spoke of tides and of the price of rope.</p><a href='/harbour-board-meets-again'>The harbour board meets again</a>`
	page := func(own string) string {
		return fmt.Sprintf(`{ pages: { "*": { html: "%s%s%s" } } }`, head, own, body)
	}
	const counter = `<script>ym(99120441,'init',{});</script>`
	var b strings.Builder
	b.WriteString("world: 1\ntitle: Victims\nprovenance: { others: invented }\ncase: case.csv\ncalendar: { from: 2024-03-01, to: 2024-03-04 }\nsites:\n")
	for _, s := range []struct{ name, own string }{{"riverpost.com", ""}, {"riverpost.ltd", counter}, {"riverpost.pw", counter}, {"riverpost.life", `<script>ym(88230552,'init',{});</script>`}} {
		fmt.Fprintf(&b, "  - { name: %s, registered: 2023-05-01, web: %s }\n", s.name, page(s.own))
	}
	return b.String()
}

// What copies carry of their victim is no sign that one hand made them: of their
// identifiers only the operator's own is evidence.
func TestCompareSubtractsTheVictim(t *testing.T) {
	dir := t.TempDir()
	world := filepath.Join(dir, "victims.yaml")
	row := ",2024-03-03,brand-spoof,riverpost.com,GB,2023-05-01,documented,invented\n"
	for name, text := range map[string]string{
		world: victimWorld(),
		filepath.Join(dir, "case.csv"): "domain,seized_date,kind,impersonates,country,registered_date,seizure_confirmation,source\n" +
			"riverpost.ltd" + row + "riverpost.pw" + row + "riverpost.life" + row,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, world, thrifty)
	for i := range 2 {
		h.do(t, 0, "scan", "--at", h.night(i))
	}
	for _, tt := range []struct {
		a, b string
		own  string // what must be evidence; "" for nothing of the page
	}{{"riverpost.pw", "riverpost.ltd", "99120441"}, {"riverpost.life", "riverpost.ltd", ""}} {
		var got struct {
			Evidence []json.RawMessage `json:"evidence"`
			Ignored  []json.RawMessage `json:"ignored"`
		}
		out := h.do(t, 0, "compare", tt.a, tt.b, "--format", "json")
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		evidence := ""
		for _, e := range got.Evidence {
			evidence += string(e)
		}
		for _, theirs := range []string{"G-RVPST0GEN1", "771944177029944", "rIvErPoSt", "harbour"} {
			if strings.Contains(evidence, theirs) {
				t.Errorf("%s and %s: the victim's %s is evidence:\n%s", tt.a, tt.b, theirs, out)
			}
		}
		if tt.own != "" && !strings.Contains(evidence, tt.own) {
			t.Errorf("%s and %s: the operator's %s is no evidence:\n%s", tt.a, tt.b, tt.own, out)
		}
		ignored := ""
		for _, e := range got.Ignored {
			ignored += string(e)
		}
		if !strings.Contains(ignored, "G-RVPST0GEN1") {
			t.Errorf("%s and %s: it is not said that the victim's account was left out:\n%s", tt.a, tt.b, out)
		}
	}
}

// Whoever compares two names by hand is told what the case says of them.
func TestCompareSaysWhatTheCaseSays(t *testing.T) {
	h := newHouse(t, exampleWorld, thrifty)
	for _, n := range []int{0, 5, 6, 11} {
		h.do(t, exitDone, "scan", "--at", h.night(n))
	}
	pairs := 0
	for _, s := range records(t, h.do(t, exitDone, "sites", "--format", "jsonl", "--at", h.night(11))) {
		if s["linked_to"] == nil || s["linked_to"] == "" {
			continue
		}
		pairs++
		c := records(t, h.do(t, exitDone, "compare", fmt.Sprint(s["name"]), fmt.Sprint(s["linked_to"]), "--format", "jsonl", "--at", h.night(11)))[0]
		if c["band"] != s["band"] || c["relation"] != s["relation"] {
			t.Errorf("%s and %s: %s %s by hand, %s %s in the case", s["name"], s["linked_to"], c["band"], c["relation"], s["band"], s["relation"])
		}
	}
	if pairs < 5 {
		t.Errorf("%d pairs", pairs)
	}
}
