package lookalike

import (
	"testing"

	"respawn/tracker"
)

func kinCase() *tracker.Case {
	c := &tracker.Case{Outlets: []tracker.Outlet{{Name: "hamburgerkurant.de"}}}
	for _, n := range []tracker.Name{"zelenybubenik.com", "rt.com", "foxtrotlantern-news.com", "news24.info", "milletin-sesi.org", "press.info"} {
		c.Names = append(c.Names, tracker.CaseName{Name: n, Role: tracker.RoleSeized})
	}
	return c
}

func TestKinAreChangedLabels(t *testing.T) {
	k := NewKin(kinCase(), nil)
	for _, tt := range []struct {
		says, label string
		from        tracker.Name // "" for no likeness
	}{
		{"the label itself", "zelenybubenik", "zelenybubenik.com"},
		{"a number behind", "zelenybubenik24", "zelenybubenik.com"},
		{"a word behind", "zelenybubeniknews", "zelenybubenik.com"},
		{"a word before", "the-zelenybubenik", "zelenybubenik.com"},
		{"a letter more", "zelenybubeniks", "zelenybubenik.com"},
		{"a letter less", "zelenybubenk", "zelenybubenik.com"},
		{"a country", "zelenybubenik-pl", "zelenybubenik.com"},
		{"a hyphen", "zeleny-bubenik", "zelenybubenik.com"},
		{"without its word", "foxtrotlantern", "foxtrotlantern-news.com"},
		{"another word for its word", "foxtrotlanternpost", "foxtrotlantern-news.com"},
		{"another number for a shared word", "news25", ""},
		{"a shared word behind another name", "harbournews", ""},
		{"a shared word and number", "sport24", ""},
		{"a shared word alone", "news", ""},
		{"a common word in it", "pressroom", ""},
		{"a label of its own", "kupferlaterne", ""},
		{"nothing", "", ""},
		{"an outlet's", "hamburgerkurant24", "hamburgerkurant.de"},
	} {
		m, ok := k.Of(tt.label)
		if ok != (tt.from != "") || m.From != tt.from {
			t.Errorf("%s: %s is like %q (%s, %.2f), want %q", tt.says, tt.label, m.From, m.Rule, m.Score, tt.from)
		}
	}
}

func BenchmarkNewKin(b *testing.B) {
	c := kinCase()
	NewKin(c, nil)
	for b.Loop() {
		NewKin(c, nil)
	}
}
