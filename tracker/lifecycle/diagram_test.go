package lifecycle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

// groups are the boxes of the diagram.
var groups = map[tracker.Status]string{
	tracker.StatusUnknown: "unknown",
	tracker.StatusLive:    "alive", tracker.StatusRedirecting: "alive", tracker.StatusCloaked: "alive", tracker.StatusChallenged: "alive",
	tracker.StatusNoDNS: "dark", tracker.StatusResolving: "dark", tracker.StatusParked: "dark",
	tracker.StatusSeizedClaimed: "claimed",
	tracker.StatusSeized:        "taken", tracker.StatusSuspended: "taken",
	tracker.StatusExpired: "free", tracker.StatusUnregistered: "free",
}

func diagram(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/lifecycle.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocumentNamesEverything holds docs/lifecycle.md to the code: every status,
// value, event, cause and field of a policy stands in it.
func TestDocumentNamesEverything(t *testing.T) {
	doc := diagram(t)
	named := func(kind, word string) {
		if !strings.Contains(doc, "`"+word+"`") {
			t.Errorf("docs/lifecycle.md does not name the %s `%s`", kind, word)
		}
	}
	for _, a := range []tracker.Axis{tracker.AxisStatus, tracker.AxisRegistration, tracker.AxisDNS, tracker.AxisWeb, tracker.AxisControl, tracker.AxisLink} {
		named("axis", string(a))
		for _, v := range Values(a) {
			named("value", v)
			if a == tracker.AxisStatus && groups[tracker.Status(v)] == "" {
				t.Errorf("status %s has no box in the diagram", v)
			}
		}
		for _, e := range Events(a) {
			named("event", e)
		}
	}
	for _, c := range []string{CauseSeized, CauseClaimed, CauseSuspended, CauseExpired, CauseDormant} {
		named("cause", c)
	}
	for _, f := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(policyKeys(t), -1) {
		named("policy field", f[1])
	}
	named("version", Version)
}

func policyKeys(t *testing.T) string {
	p := DefaultPolicy()
	return regexp.MustCompile(`"default"|:[^,}]*`).ReplaceAllString(toJSON(t, p), "")
}

// TestDiagramHasEveryTransition compares the arrows of the diagram with what the
// machine does on the timelines and on scans without sense: no arrow is missing,
// and none is drawn that never happens.
func TestDiagramHasEveryTransition(t *testing.T) {
	t.Parallel()
	_, rest, ok := strings.Cut(diagram(t), "```mermaid\n")
	if !ok {
		t.Fatal("docs/lifecycle.md has no mermaid diagram")
	}
	block, _, _ := strings.Cut(rest, "```")
	drawn := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+) ?: (.+)$`).FindAllStringSubmatch(block, -1) {
		for _, e := range strings.Split(m[3], ",") {
			drawn[m[1]+" "+strings.TrimSpace(e)+" "+m[2]] = true
		}
	}
	happened := map[string]string{}
	note := func(r Result, by string) {
		for _, x := range r.Transitions {
			if x.Axis == tracker.AxisStatus {
				edge := groups[tracker.Status(x.From)] + " " + x.Event + " " + groups[tracker.Status(x.To)]
				if happened[edge] == "" {
					happened[edge] = by
				}
			}
		}
	}
	for _, c := range allTimelines(t) {
		note(Replay(c.obs, c.policy, c.asOf), c.name)
	}
	seeds := uint64(14000)
	if raced {
		seeds = 1500
	}
	for seed := range seeds {
		obs, asOf := senseless(seed)
		note(Replay(obs, DefaultPolicy(), asOf), fmt.Sprint("seed ", seed))
	}
	for _, edge := range slices.Sorted(maps.Keys(happened)) {
		if !drawn[edge] {
			t.Errorf("the diagram lacks %q, which happened in %q", edge, happened[edge])
		}
	}
	for _, edge := range slices.Sorted(maps.Keys(drawn)) {
		if happened[edge] == "" && !raced { // the rarest take many draws
			t.Errorf("the diagram has %q, which never happens", edge)
		}
	}
}

// senseless draws scans as no world would give them.
func senseless(seed uint64) ([]tracker.Observation, time.Time) {
	rng := rand.New(rand.NewPCG(seed, 3))
	var p parser
	at := time.Date(2026, 1, 10, 2, 0, 0, 0, time.UTC)
	for range 4 + rng.IntN(12) {
		at = at.Add(hours([]int64{24, 24, 24, 24, 24, 48, 600}[rng.IntN(7)]))
		if at.YearDay() > 330 {
			break
		}
		entry := at.Format("01-02T15:04") + " " + words[rng.IntN(len(words))]
		if rng.IntN(4) == 0 {
			if w := words[rng.IntN(len(words))]; !strings.HasPrefix(w, "void") {
				entry += " " + w
			}
		}
		if err := p.entry(entry); err != nil {
			panic(err)
		}
	}
	return p.obs, p.at.Add(time.Hour)
}
