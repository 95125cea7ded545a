package lookalike

import (
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"

	"respawn/tracker"
)

func TestSourcesAreWhatTheySay(t *testing.T) {
	psl := tracker.PublicSuffixList()
	for i, list := range [][]byte{mustGunzip(ianaGz), psl} {
		if got := sum(list); got != Sources()[i].SHA256 {
			t.Errorf("%s: sha256 %s, documented %s", Sources()[i].Name, got, Sources()[i].SHA256)
		}
	}
	if !strings.Contains(string(psl[:400]), "Mozilla Public") {
		t.Error("the Public Suffix List has lost its licence notice")
	}
}

func TestSuffixes(t *testing.T) {
	list := Suffixes()
	byName := map[string]Suffix{}
	for i, s := range list {
		byName[s.Name] = s
		if i > 0 && list[i-1].Name >= s.Name {
			t.Fatalf("%q before %q", list[i-1].Name, s.Name)
		}
	}
	if len(list) < 9500 || len(list) > 11000 {
		t.Errorf("%d suffixes", len(list))
	}
	for name, class := range map[string]SuffixClass{
		"so": ClassCountry, "com": ClassLegacy, "info": ClassLegacy, "press": ClassPortfolio, "cfd": ClassPortfolio, "bmw": ClassSingle,
		"com.co": ClassSecond, "co.ck": ClassSecond, "com.jm": ClassSecond, "eu.com": ClassResale, "co.com": ClassResale, "uk.net": ClassResale,
		"github.io": ClassHosting, "xn--p1ai": ClassIDN, "za": ClassCountry, "kiev.ua": ClassOther, "xn--55qx5d.cn": ClassOther,
	} {
		if s, ok := byName[name]; !ok || s.Class != class {
			t.Errorf("%s: listed %t, class %d, want %d", name, ok, s.Class, class)
		}
	}
	for _, name := range []string{"ck", "onion", "arpa", "in-addr.arpa", "www.ck", "kobe.jp", "", "*.ck"} {
		if _, ok := byName[name]; ok {
			t.Errorf("%q is listed", name)
		}
	}
	if got := byName["icu"].Operator; got != "ShortDot SA" {
		t.Errorf("operator of icu: %q", got)
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct{ name, sub, label, suffix string }{
		{"artichoc.cc", "", "artichoc", "cc"},
		{"news.spiegel.co.com", "news", "spiegel", "co.com"},
		{"a.b.spiegel.com.co", "a.b", "spiegel", "com.co"},
		{"www.ck", "", "www", "ck"},
		{"x.www.ck", "x", "www", "ck"},
		{"a.b.ck", "", "a", "b.ck"},
		{"b.ck", "", "", "b.ck"},
		{"co.uk", "", "", "co.uk"},
		{"x.city.kobe.jp", "x", "city", "kobe.jp"},
		{"x.y.kobe.jp", "", "x", "y.kobe.jp"},
		{"x.notatld", "", "x", "notatld"},
		{"notatld", "", "", "notatld"},
		{"x.xn--p1ai", "", "x", "xn--p1ai"},
	} {
		if sub, label, suffix := Split(tt.name); sub != tt.sub || label != tt.label || suffix != tt.suffix {
			t.Errorf("Split(%s) = %q %q %q, want %q %q %q", tt.name, sub, label, suffix, tt.sub, tt.label, tt.suffix)
		}
	}
}

// FuzzSplit compares with x/net/publicsuffix, which has an older list: every name
// must come together again from its parts, and no suffix be longer than the name.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a.b.ck", "www.ck", "x.y.kobe.jp", "..", ".com", "a..b", "com", "x.compute.amazonaws.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		sub, label, suffix := Split(name)
		if name == "" || strings.Contains(name, "..") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
			return // no name; it must only not panic
		}
		var parts []string
		for _, p := range []string{sub, label, suffix} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		if got := strings.Join(parts, "."); got != name || strings.Contains(label, ".") || label == "" && sub != "" {
			t.Fatalf("Split(%q) = %q %q %q", name, sub, label, suffix)
		}
	})
}

func TestSplitAgreesWithPublicSuffix(t *testing.T) {
	differ := 0
	for _, s := range Suffixes() {
		want, _ := publicsuffix.PublicSuffix("label." + s.Name)
		if _, _, got := Split("label." + s.Name); got != want {
			differ++
		}
	}
	// The two lists are half a year apart; some hosters came and went between.
	if differ > 250 {
		t.Errorf("%d suffixes are cut differently by x/net/publicsuffix", differ)
	} else {
		t.Logf("%d of %d suffixes are cut differently by the older list of x/net", differ, len(Suffixes()))
	}
}

// The label that is watched and the suffix that is asked are cut by one list: what
// a candidate is made from, every other part of the program takes it apart into.
func TestNamesAreCutAlikeEverywhere(t *testing.T) {
	for _, s := range Suffixes() {
		for _, name := range []string{"label." + s.Name, "www.label." + s.Name, s.Name} {
			_, label, suffix := Split(name)
			if n := tracker.Name(name); n.Suffix() != suffix || n.Label() != label {
				t.Errorf("%s: lookalike cuts %q and %q, tracker %q and %q", name, label, suffix, n.Label(), n.Suffix())
			}
		}
	}
}
