package tracker_test

import (
	"errors"
	"strings"
	"testing"

	"respawn/tracker"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Artichoc.CC.", "artichoc.cc"},
		{" spiegel.co.com ", "spiegel.co.com"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"_dmarc.example.com", "_dmarc.example.com"},
		{"spiegel。de", "spiegel.de"},
	} {
		if n, err := tracker.ParseName(tt.in); err != nil || string(n) != tt.want {
			t.Errorf("ParseName(%q) = %q, %v; want %q", tt.in, n, err, tt.want)
		}
	}
	for _, in := range []string{"", ".", "localhost", "192.0.2.1", "a..b", "-a.com", "a\r\nb.com", "a b.com", "a.com/x",
		strings.Repeat("a", 64) + ".com", strings.Repeat("abcdefg.", 40) + "com", "\xff.com", "ex\"ample.com"} {
		if n, err := tracker.ParseName(in); !errors.Is(err, tracker.ErrName) {
			t.Errorf("ParseName(%q) = %q, %v; want ErrName", in, n, err)
		}
	}
}

func TestNameParts(t *testing.T) {
	for _, tt := range []struct{ in, label, suffix, registrable string }{
		{"artichoc.cc", "artichoc", "cc", "artichoc.cc"},
		{"news.spiegel.co.com", "spiegel", "co.com", "spiegel.co.com"},
		{"co.uk", "", "co.uk", ""},
	} {
		n := tracker.Name(tt.in)
		if n.Label() != tt.label || n.Suffix() != tt.suffix || string(n.Registrable()) != tt.registrable {
			t.Errorf("%s: label %q suffix %q registrable %q", tt.in, n.Label(), n.Suffix(), n.Registrable())
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"artichoc.cc", "xn--a.com", "bücher.de", "a\x00b.com", "ß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := tracker.ParseName(s)
		if err != nil {
			return
		}
		again, err := tracker.ParseName(string(n))
		if err != nil || again != n {
			t.Fatalf("ParseName(%q) = %q, and again %q, %v", s, n, again, err)
		}
	})
}

func TestOutcomeZeroIsUnknown(t *testing.T) {
	var o tracker.Observation
	if o.Outcome != tracker.Unknown {
		t.Fatal("an observation that nobody filled in must prove nothing")
	}
}
