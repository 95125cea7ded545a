package tracker

import (
	"strings"
	"testing"
)

func TestNamesAreCutByTheList(t *testing.T) {
	for _, tt := range []struct {
		name, label, suffix string
		registrable         Name
		icann               bool
	}{
		{"artichoc.cc", "artichoc", "cc", "artichoc.cc", true},
		{"news.spiegel.co.com", "spiegel", "co.com", "spiegel.co.com", false},
		{"a.b.spiegel.com.co", "spiegel", "com.co", "spiegel.com.co", true},
		{"x.github.io", "x", "github.io", "x.github.io", false},
		{"github.io", "", "github.io", "", false},
		{"www.ck", "www", "ck", "www.ck", true},
		{"x.www.ck", "www", "ck", "www.ck", true},
		{"a.b.ck", "a", "b.ck", "a.b.ck", true},
		{"b.ck", "", "b.ck", "", true},
		{"co.uk", "", "co.uk", "", true},
		{"x.city.kobe.jp", "city", "kobe.jp", "city.kobe.jp", true},
		{"x.y.kobe.jp", "x", "y.kobe.jp", "x.y.kobe.jp", true},
		{"a.xn--p1ai", "a", "xn--p1ai", "a.xn--p1ai", true},
		{"a.xn--55qx5d.cn", "a", "xn--55qx5d.cn", "a.xn--55qx5d.cn", true},
		{"x.notatld", "x", "notatld", "x.notatld", false},
		{"notatld", "", "notatld", "", false},
		{"192.0.2.1", "", "192.0.2.1", "", false},
	} {
		n := Name(tt.name)
		suffix, icann := n.PublicSuffix()
		if n.Label() != tt.label || n.Suffix() != tt.suffix || suffix != tt.suffix || icann != tt.icann || n.Registrable() != tt.registrable {
			t.Errorf("%s: label %q, suffix %q (icann %t), registrable %q; want %q, %q (%t), %q",
				tt.name, n.Label(), n.Suffix(), icann, n.Registrable(), tt.label, tt.suffix, tt.icann, tt.registrable)
		}
	}
}

// Whatever stands in a Name that nobody checked, cutting it does not panic, and
// what it is cut into comes together again.
func FuzzSuffix(f *testing.F) {
	for _, s := range []string{"", ".", "..", ".com", "a..b", "com.", "a.b.ck", "www.ck", "x.compute.amazonaws.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := Name(s)
		suffix, r := n.Suffix(), n.Registrable()
		if !strings.HasSuffix(s, suffix) {
			t.Errorf("%q does not end in its suffix %q", s, suffix)
		}
		if r != "" && (string(r) != n.Label()+"."+suffix || !n.Under(r) || r.Registrable() != r) {
			t.Errorf("%q: registrable %q, label %q, suffix %q", s, r, n.Label(), suffix)
		}
	})
}

func BenchmarkSuffix(b *testing.B) {
	b.ReportAllocs()
	n := Name("news.spiegel.co.com")
	for b.Loop() {
		if n.Registrable() == "" {
			b.Fatal("no registrable domain")
		}
	}
}
