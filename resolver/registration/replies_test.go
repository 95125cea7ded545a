package registration

import (
	"os"
	"strings"
	"testing"

	"respawn/tracker"
)

// replies reads testdata/replies.txt: pairs of class and reply.
func replies(t testing.TB) [][2]string {
	t.Helper()
	b, err := os.ReadFile("testdata/replies.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]string
	for _, line := range strings.Split(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		class, reply, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		out = append(out, [2]string{class, strings.ReplaceAll(reply, `\n`, "\r\n")})
	}
	return out
}

// terms are terms of use as they stand below the answers of many servers.
const terms = "\r\n\r\n>>> Last update of WHOIS database: 2026-07-03T03:50:56Z <<<\r\n\r\n" +
	"TERMS OF USE: You are not authorized to access or query our Whois\r\ndatabase through the use of electronic processes that are high-volume and\r\n" +
	"automated except as reasonably necessary to register domain names or\r\nmodify existing registrations. The Registry reserves the right to restrict\r\n" +
	"your access to the Whois database in its sole discretion to ensure\r\noperational stability. All rights reserved. Access may be blocked if the\r\n" +
	"limit of queries is exceeded.\r\n"

func TestRepliesInWords(t *testing.T) {
	for n, r := range replies(t) {
		// The name's own words must not matter.
		for i, name := range []tracker.Name{"not-found.example", "limit-exceeded.example"} {
			text := strings.ReplaceAll(r[1], "NAME", strings.ToUpper(string(name)))
			if i > 0 {
				if n%5 > 0 {
					continue
				}
				text += terms
			}
			want := map[string]tracker.Outcome{"free": tracker.Absent, "busy": tracker.Unknown, "kept": tracker.Unknown, "record": tracker.Present}
			v := classify([]byte(text), name, "example")
			if w, ok := want[r[0]]; ok && v.outcome != w || v.outcome == tracker.Absent && r[0] == "taken" || v.outcome == tracker.Present && r[0] == "offer" {
				t.Errorf("%s %q came out as %v (%s)", r[0], text, v.outcome, v.detail)
			}
		}
	}
}

// invented reads testdata/invented.txt: meaning, name and reply.
func invented(t testing.TB) [][3]string {
	t.Helper()
	b, err := os.ReadFile("testdata/invented.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out [][3]string
	for _, block := range strings.Split(string(b), "\n=== ")[1:] {
		head, text, _ := strings.Cut(block, "\n")
		meaning, name, ok := strings.Cut(head, " ")
		if !ok || strings.TrimSpace(text) == "" {
			t.Fatalf("block %q", head)
		}
		out = append(out, [3]string{meaning, name, strings.ReplaceAll(text, "\n", "\r\n")})
	}
	return out
}

func TestInventedReplies(t *testing.T) {
	count := make(map[string]int)
	for _, r := range invented(t) {
		for _, text := range []string{r[2], r[2] + terms} {
			if strings.ContainsAny(r[2][:1], "{<\"") {
				text = r[2] // nothing stands below a document
			}
			got := classify([]byte(text), tracker.Name(r[1]), "example")
			meaning, soft := strings.CutSuffix(r[0], "?")
			want, ok := map[string]tracker.Outcome{"registered": tracker.Present, "available": tracker.Absent, "reserved": tracker.Unknown, "throttled": tracker.Unknown, "unavailable": tracker.Unknown}[meaning]
			if !ok {
				t.Fatalf("meaning %q", r[0])
			}
			if got.outcome != want && (!soft || got.outcome != tracker.Unknown) {
				t.Errorf("%s came out as %v (%s):\n%s", r[0], got.outcome, got.detail, text)
			}
			if got.reason == tracker.ReasonReserved && meaning != "reserved" {
				t.Errorf("%s came out as reserved (%s):\n%s", r[0], got.detail, text)
			}
		}
		count[strings.TrimSuffix(r[0], "?")]++
	}
	for _, meaning := range []string{"registered", "available", "reserved", "throttled", "unavailable"} {
		if count[meaning] < 25 {
			t.Errorf("%d replies mean %s", count[meaning], meaning)
		}
	}
}

// What a reply says against a name must not be taken for what it says of the
// holder's data, and a denial must not be taken for a date.
func TestWordsThatLookAlike(t *testing.T) {
	for text, want := range map[string]tracker.Outcome{
		"No match for some.example\r\nThe name is not available.\r\n":                   tracker.Unknown,
		"Domain: some.example\r\nNot registered: 2026-11-28\r\n":                        tracker.Absent,
		"Domain: some.example\r\nRegistered: no (checked 2026-11-28)\r\n":               tracker.Unknown,
		"Domain: some.example\r\nRegistered: never, as of 2026-11-28\r\n":               tracker.Unknown,
		"Domain: some.example\r\nRegistered: 2011-11-28\r\nHolder: withheld\r\n":        tracker.Present,
		"No match for some.example\r\nRegistrant data withheld by the ministry\r\n":     tracker.Unknown,
		"Domain: some.example\r\nAvailable from: 2027-01-01\r\nRegistered: no\r\n":      tracker.Unknown,
		"Domain: some.example\r\nLast checked: 2026-11-28\r\nStatus: available\r\n":     tracker.Absent,
		"Domain: some.example\r\nStatus: available\r\nStatus: registered\r\n":           tracker.Unknown,
		"Domain: some.example\r\nRegistered: no\r\nReason: name collision\r\n":          tracker.Unknown,
		"Whois server: whois.nic.example\r\nNo match for some.example\r\n":              tracker.Absent,
		"Domain: some.example\r\nServer: whois.nic.example\r\nStatus: not found\r\n":    tracker.Absent,
		"Domain: some.example\r\nRegistrar: choose one of 300\r\nStatus: available\r\n": tracker.Absent,
	} {
		v := classify([]byte(text), "some.example", "example")
		if v.outcome != want && (want != tracker.Absent || v.outcome != tracker.Unknown) {
			t.Errorf("%q: %v (%s), want %v", text, v.outcome, v.detail, want)
		}
	}
}
