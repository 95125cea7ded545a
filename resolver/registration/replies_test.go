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
