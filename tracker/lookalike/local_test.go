package lookalike

import (
	"slices"
	"testing"

	"respawn/tracker"
)

func TestWordsOfTheReaders(t *testing.T) {
	c := &tracker.Case{
		Names:   []tracker.CaseName{{Name: "first.com", Country: "SE"}, {Name: "second.org", Impersonates: "paper.hu"}, {Name: "third.bg"}, {Name: "fourth.net"}},
		Outlets: []tracker.Outlet{{Name: "paper.hu", Country: "HU"}},
	}
	for i, want := range []string{"nyheter", "hirek", "novini", "nyheter"} {
		if got := local(c, &c.Names[i]); !slices.Contains(got, want) || !slices.IsSorted(got) {
			t.Errorf("%s: %v, want %s among them", c.Names[i].Name, got, want)
		}
	}
	if got := local(&tracker.Case{Names: []tracker.CaseName{{Name: "plain.com"}}}, &tracker.CaseName{Name: "plain.com"}); got != nil {
		t.Errorf("a case without countries: %v", got)
	}
	for country, langs := range spoken {
		for _, l := range langs {
			if len(newsWords[l]) == 0 {
				t.Errorf("%s speaks %s, of which no word is known", country, l)
			}
		}
	}
}
