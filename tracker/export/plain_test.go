package export

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlainTakesWhatCommandsATerminal(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"ordinary text stays", "Artichoc: l'actualité", "Artichoc: l'actualité"},
		{"a colour is dropped with its parameters", "\x1b[31mred\x1b[0m", "red"},
		{"an OSC 8 link keeps its words and loses its target", "\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07", "click"},
		{"an OSC 8 link ended by ST", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\", "click"},
		{"an OSC in its 8-bit form", "a\u009d8;;http://evil.example/\u009cb", "ab"},
		{"an unfinished string takes the rest", "a\x1b]0;title", "a"},
		{"the 8-bit CSI", "a\u009b2Jb", "ab"},
		{"a bell, a backspace and a null", "a\x07\x08\x00b", "ab"},
		{"lines become blanks", "a\r\nb\tc\u2028d", "a  b c d"},
		{"bidirectional controls", "\u202egpj\u202c.exe\u2066x\u2069", "gpj.exex"},
		{"zero-width characters", "sei\u200bzed\ufeff\u2060\u00ad", "seized"},
		{"tags and variation selectors", "a\U000e0041\ufe0fb", "ab"},
		{"bytes that are no UTF-8", "a\xff\xfeb", "a\ufffdb"},
	} {
		if got := Plain(tt.in); got != tt.want {
			t.Errorf("%s: Plain(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestDefangLeavesNothingToLink(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"see https://evil.example/a.html?x=1", "see hxxps://evil[.]example/a[.]html?x=1"},
		{"HTTP://EVIL.EXAMPLE", "hxxP://EVIL[.]EXAMPLE"},
		{"write to abuse@registrar.example", "write to abuse[at]registrar[.]example"},
		{"a.b.c.example.", "a[.]b[.]c[.]example."},
		{"at 198.18.7.20, score 9.84, version 1.2", "at 198.18.7.20, score 9.84, version 1.2"},
		{"xn--80ak6aa92e.com and аррӏе.com", "xn--80ak6aa92e[.]com and аррӏе[.]com"},
		{"пример.рф", "пример[.]рф"},
		{"пример.xn--p1ai", "пример[.]xn--p1ai"},
		{"already[.]safe", "already[.]safe"},
		{"An end. A beginning.", "An end. A beginning."},
	} {
		if got := Defang(tt.in); got != tt.want {
			t.Errorf("Defang(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestInertCellsAreNoFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"artichoc.cc":                "artichoc.cc",
		"-4.200":                     "-4.200",
		"+1":                         "+1",
		"-1+cmd|' /C calc'!A0":       "'-1+cmd|' /C calc'!A0",
		"=1+1":                       "'=1+1",
		"@SUM(1)":                    "'@SUM(1)",
		"\t=1":                       "'\t=1",
		"\r=1":                       "'\r=1",
		"\n=1":                       "'\n=1",
		"＝1+1":                       "'＝1+1",
		"＋1":                         "'＋1",
		"－1":                         "'－1",
		"＠A1":                        "'＠A1",
		"  =1+1":                     "'  =1+1",
		"\u200b=1":                   "'\u200b=1",
		"a;=1+1":                     "'a;=1+1",
		"a,\"=1+1":                   "'a,\"=1+1",
		"a\n=1":                      "'a\n=1",
		"a = b":                      "a = b",
		"name - other":               "name - other",
		"2024-09-05 - 2024-09-06, x": "2024-09-05 - 2024-09-06, x",
	} {
		if got := Inert(in); got != want {
			t.Errorf("Inert(%q) = %q, want %q", in, got, want)
		}
	}
}

var hostileSeeds = []string{"", "a.example", "\x1b]8;;http://x.example/\x07y\x1b]8;;\x07", "\u202eabc\u202c", "=1+1", "\xff\x1b[", "a@b.example", "h\u200bttp://a.\u200bexample", "＝cmd", "\x1b\x1b[[31m", "\u009d\u009c", "a.b\x1b]c.example",
	"a.\x1b[0mexample", "</script><b>"}

func FuzzPlain(f *testing.F) {
	for _, s := range hostileSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := Plain(s)
		if !utf8.ValidString(p) {
			t.Fatalf("Plain(%q) = %q is not UTF-8", s, p)
		}
		for _, r := range p {
			if unicode.IsControl(r) || invisible(r) {
				t.Fatalf("Plain(%q) = %q keeps %U", s, p, r)
			}
		}
		if again := Plain(p); again != p {
			t.Fatalf("Plain(%q) = %q, and again %q", s, p, again)
		}
	})
}

func FuzzDefang(f *testing.F) {
	for _, s := range hostileSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := Defang(s)
		if hostname.MatchString(d) {
			t.Fatalf("Defang(%q) = %q still holds the host name %q", s, d, hostname.FindString(d))
		}
		if again := Defang(d); again != d {
			t.Fatalf("Defang(%q) = %q, and again %q", s, d, again)
		}
	})
}

func FuzzInert(f *testing.F) {
	for _, s := range hostileSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Inert(Plain(s))
		if strings.TrimPrefix(c, "'") != Plain(s) && c != Plain(s) {
			t.Fatalf("Inert(%q) = %q changed more than its beginning", s, c)
		}
		if x := strings.TrimLeft(c, " \u00a0"); x != "" && strings.ContainsAny(x[:1], "=@") {
			t.Fatalf("Inert(%q) = %q begins like a formula", s, c)
		}
	})
}

func FuzzShorten(f *testing.F) {
	f.Add("äöü€😀", 5)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 8 || n > 1000 || !utf8.ValidString(s) {
			return
		}
		if c := shorten(s, n); len(c) > n || !utf8.ValidString(c) {
			t.Fatalf("shorten(%q, %d) = %q", s, n, c)
		}
	})
}
