package lifecycle

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

var update = flag.Bool("update", false, "rewrite what testdata/timelines expects")

// TestTimelines plays every case of testdata/timelines. The language is described
// in its README.
func TestTimelines(t *testing.T) {
	files, err := filepath.Glob("../../testdata/timelines/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no timelines: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cases, err := parseTimelines(string(b))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			out := strings.Builder{}
			for _, c := range cases {
				got := c.play()
				t.Run(c.name, func(t *testing.T) {
					if want := strings.Join(c.want, "\n"); got != want && !*update {
						t.Errorf("%s:%d\ngot\n%s\nwant\n%s", filepath.Base(file), c.line, got, want)
					}
				})
				out.WriteString(c.text + indent(got) + "\n\n")
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimSuffix(out.String(), "\n")), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func indent(s string) string { return "\t" + strings.ReplaceAll(s, "\n", "\n\t") }

// A timeline is one case: what was observed, and what follows from it.
type timeline struct {
	name   string
	line   int
	text   string // everything but the expectation, as written
	policy Policy
	asOf   time.Time
	obs    []tracker.Observation
	want   []string
	axes   []tracker.Axis // besides the status
}

func parseTimelines(s string) ([]timeline, error) {
	var cases []timeline
	var pending strings.Builder // comments before a case
	p := parser{}
	for i, line := range strings.Split(s, "\n") {
		trimmed := strings.TrimSpace(line)
		fail := func(err error) error { return fmt.Errorf("line %d: %w", i+1, err) }
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
			if trimmed != "" || pending.Len() > 0 {
				pending.WriteString(line + "\n")
			}
			continue
		case !strings.HasPrefix(line, "\t"):
			cases = append(cases, timeline{name: line, line: i + 1, text: pending.String() + line + "\n", policy: DefaultPolicy()})
			pending.Reset()
			p = parser{}
			continue
		case len(cases) == 0:
			return nil, fail(fmt.Errorf("%q stands before the first case", trimmed))
		}
		c := &cases[len(cases)-1]
		word, rest, _ := strings.Cut(trimmed, " ")
		switch {
		case word == "->" || strings.HasSuffix(word, ":") || word == "life" || word == "now":
			c.want = append(c.want, trimmed)
			continue
		case word == "policy" && rest == "immediate":
			c.policy = ImmediatePolicy()
		case word == "axes":
			for _, a := range strings.Fields(rest) {
				c.axes = append(c.axes, tracker.Axis(a))
			}
		case word == "asof":
			at, err := instant(rest)
			if err != nil {
				return nil, fail(err)
			}
			c.asOf = at
		default:
			for _, entry := range strings.Split(trimmed, ";") {
				if err := p.entry(strings.TrimSpace(entry)); err != nil {
					return nil, fail(err)
				}
			}
			c.obs = p.obs
			if at := p.at.Add(time.Hour); at.After(c.asOf) {
				c.asOf = at
			}
		}
		c.text += line + "\n"
	}
	return cases, nil
}

// play replays the case and writes the result in the language of the expectation.
func (c *timeline) play() string {
	r := Replay(c.obs, c.policy, c.asOf)
	var lines []string
	for _, t := range r.Transitions {
		head := "->"
		switch {
		case t.Axis == tracker.AxisStatus:
		case containsAxis(c.axes, t.Axis):
			head = string(t.Axis) + ":"
		default:
			continue
		}
		line := fmt.Sprintf("%s %s %s>%s %s", head, t.Event, t.From, t.To, span(t.Window))
		if t.Review != "" {
			line += " !review"
		}
		lines = append(lines, line)
	}
	for _, l := range r.Lifespans {
		line := fmt.Sprintf("life %d born %s", l.Incarnation, span(l.Birth))
		if l.Cause == "" {
			line += " seen " + day(l.Death.Lo)
		} else {
			line += fmt.Sprintf(" died %s %s", span(l.Death), l.Cause)
		}
		lines = append(lines, line)
	}
	return strings.Join(append(lines, "now "+string(r.State.Status)), "\n")
}

func containsAxis(axes []tracker.Axis, a tracker.Axis) bool {
	for _, b := range axes {
		if a == b {
			return true
		}
	}
	return false
}

func span(i tracker.Interval) string { return "(" + day(i.Lo) + " " + day(i.Hi) + "]" }

// day writes scans of the night by their day, others with the hour.
func day(t time.Time) string {
	switch {
	case t.IsZero():
		return ".."
	case t.Hour() == 2 && t.Minute() == 0:
		return t.Format("01-02")
	}
	return t.Format("01-02T15:04")
}

func instant(s string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, "2026-"+s); err == nil {
			if layout == "2006-01-02" {
				t = t.Add(2 * time.Hour)
			}
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a day nor an instant", s)
}

// A parser turns entries into observations. Control is cumulative, as custody
// reads it: it stands on whatever was learned last.
type parser struct {
	obs     []tracker.Observation
	at      time.Time
	run     tracker.RunID
	control *tracker.Control
}

func (p *parser) entry(s string) error {
	fields := strings.Fields(s)
	if len(fields) < 2 {
		return fmt.Errorf("%q: want a day and what was seen", s)
	}
	at, err := instant(fields[0])
	if err != nil {
		return err
	}
	p.at = at
	p.run++
	void := fields[1] == "void"
	if void {
		fields = fields[1:]
	}
	n := len(p.obs)
	for _, w := range fields[1:] {
		for _, part := range strings.Split(w, "+") {
			if err := p.word(part); err != nil {
				return fmt.Errorf("%s: %w", fields[0], err)
			}
		}
	}
	for i := n; i < len(p.obs); i++ {
		o := &p.obs[i]
		o.Void = void
		if o.Probe != tracker.ProbeLink {
			o.Control = p.control
		}
	}
	return nil
}

func (p *parser) word(w string) error {
	w, vantage, _ := strings.Cut(w, "@")
	w, arg, _ := strings.Cut(w, "=")
	add := func(probe tracker.Probe, outcome tracker.Outcome, reason tracker.Reason, f *tracker.Facts) {
		p.obs = append(p.obs, tracker.Observation{Name: "artichoc.cc", Probe: probe, At: p.at.Add(time.Duration(len(p.obs)%50) * time.Second),
			Run: p.run, Vantage: vantage, Outcome: outcome, Reason: reason, Facts: f})
	}
	control := func(holder string, signals ...string) { p.control = &tracker.Control{Holder: holder, Signals: signals} }
	resolver := func(outcome tracker.Outcome, f *tracker.DNS) {
		if f == nil {
			add(tracker.ProbeDNS, outcome, "", nil)
			return
		}
		add(tracker.ProbeDNS, outcome, "", &tracker.Facts{DNS: f})
	}
	parent := func(outcome tracker.Outcome) {
		add(tracker.ProbeDelegation, outcome, "", &tracker.Facts{Delegation: &tracker.Delegation{Parent: "cc"}})
	}
	web := func(class tracker.Class) {
		add(tracker.ProbeWeb, tracker.Present, "", &tracker.Facts{Web: &tracker.Web{Class: class, Fingerprint: tracker.Digest(arg), Cloaked: w == "cloaked"}})
	}
	registration := func(outcome tracker.Outcome, reason tracker.Reason, status ...string) error {
		if outcome != tracker.Present {
			add(tracker.ProbeRegistration, outcome, reason, nil)
			return nil
		}
		r := &tracker.Registration{Source: "rdap", Statuses: status}
		created, handle, _ := strings.Cut(arg, "/")
		r.Handle = handle
		if created != "" {
			at, err := instant(created)
			if err != nil {
				return err
			}
			r.CreatedAt = at
		}
		add(tracker.ProbeRegistration, outcome, reason, &tracker.Facts{Registration: r})
		return nil
	}
	up := func() { resolver(tracker.Present, dnsUp()); parent(tracker.Present) }

	if class, ok := map[string]tracker.Class{"live": tracker.ClassLive, "cloaked": tracker.ClassLive, "parked": tracker.ClassParked, "for-sale": tracker.ClassForSale,
		"blocked": tracker.ClassBlocked, "challenged": tracker.ClassChallenged, "redirecting": tracker.ClassRedirecting, "empty": tracker.ClassEmpty,
		"default": tracker.ClassDefault, "error": tracker.ClassError, "host-suspended": tracker.ClassSuspended}[w]; ok {
		control(operator)
		up()
		web(class)
		return nil
	}
	switch w {
	case "refused", "reset", "silent":
		control(operator)
		up()
		reason := map[string]tracker.Reason{"refused": tracker.ReasonRefused, "reset": tracker.ReasonUnreachable, "silent": tracker.ReasonTimeout}[w]
		add(tracker.ProbeWeb, tracker.Unknown, reason, nil)
	case "timeout", "servfail":
		for _, probe := range []tracker.Probe{tracker.ProbeDNS, tracker.ProbeDelegation, tracker.ProbeRegistration, tracker.ProbeWeb} {
			add(probe, tracker.Unknown, tracker.Reason(w), nil)
		}
	case "nxdomain":
		resolver(tracker.Absent, nil)
	case "gone":
		if p.control != nil && !isHold(p.control.Holder) {
			control(operator)
		}
		resolver(tracker.Absent, nil)
		parent(tracker.Absent)
	case "cached": // the resolver still knows what the parent has dropped
		resolver(tracker.Present, dnsUp())
		parent(tracker.Absent)
	case "fresh": // the parent knows already what the resolver denies
		resolver(tracker.Absent, nil)
		parent(tracker.Present)
	case "resolver-live": // nobody asked the parent, or it did not answer
		control(operator)
		resolver(tracker.Present, dnsUp())
		web(tracker.ClassLive)
	case "resolver-seized":
		control(seized, "name servers", "notice")
		resolver(tracker.Present, dnsUp())
		web(tracker.ClassNotice)
	case "no-address":
		control(operator)
		resolver(tracker.Present, &tracker.DNS{Status: "noerror"})
		parent(tracker.Present)
	case "dns": // looked up, not visited
		control(operator)
		up()
	case "swept":
		add(tracker.ProbeSweep, tracker.Present, "", nil)
	case "unswept":
		add(tracker.ProbeSweep, tracker.Absent, "", nil)
	case "wildcard":
		add(tracker.ProbeSweep, tracker.Wildcard, tracker.ReasonWildcard, nil)
	case "seized":
		control(seized, "name servers", "notice")
		up()
		web(tracker.ClassNotice)
	case "claimed":
		control(claimed, "notice")
		up()
		web(tracker.ClassNotice)
	case "seized-live": // seized in the parent zone, a cached page for visitors
		control(seized, "name servers", "locks")
		up()
		web(tracker.ClassLive)
	case "hold", "registry-hold":
		control(map[string]string{"hold": registrarHold, "registry-hold": registryHold}[w], "status")
		resolver(tracker.Absent, nil)
		parent(tracker.Absent)
		return registration(tracker.Present, "", map[string]string{"hold": "client hold", "registry-hold": "server hold"}[w])
	case "verification-hold", "suspended-ns", "sinkhole":
		control(map[string]string{"verification-hold": verificationHold, "suspended-ns": suspended, "sinkhole": sinkhole}[w], "name servers")
		up()
		add(tracker.ProbeWeb, tracker.Unknown, tracker.ReasonRefusedGuard, nil)
	case "parked-ns":
		control(parked, "name servers")
		up()
		web(tracker.ClassParked)
	case "expired-ns":
		control(expired, "name servers")
		up()
		web(tracker.ClassParked)
		return registration(tracker.Present, "", "auto renew period")
	case "free":
		return registration(tracker.Absent, "")
	case "rdap":
		return registration(tracker.Present, "", "active")
	case "redemption":
		return registration(tracker.Present, "", "redemption period")
	case "throttled":
		return registration(tracker.Unknown, tracker.ReasonThrottled)
	case "linked":
		add(tracker.ProbeLink, tracker.Present, "", &tracker.Facts{Link: &tracker.LinkFact{To: "artichoc.io", Band: tracker.Band(arg)}})
	case "handed":
		add(tracker.ProbeLink, tracker.Present, "", &tracker.Facts{Link: &tracker.LinkFact{To: "artichoc.io", Ended: true}})
	case "unlinked":
		add(tracker.ProbeLink, tracker.Absent, "", nil)
	default:
		return fmt.Errorf("%q is no word of the language", w)
	}
	return nil
}

func dnsUp() *tracker.DNS { return &tracker.DNS{Status: "noerror", A: testAddr} }
