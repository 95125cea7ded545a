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
		if got := local(readers(c, &c.Names[i])); !slices.Contains(got, want) || !slices.IsSorted(got) {
			t.Errorf("%s: %v, want %s among them", c.Names[i].Name, got, want)
		}
	}
	if got := local(readers(&tracker.Case{Names: []tracker.CaseName{{Name: "plain.com"}}}, &tracker.CaseName{Name: "plain.com"})); got != nil {
		t.Errorf("a case without countries: %v", got)
	}
	if got := local([]string{"NE"}); !slices.Contains(got, "niger") || !slices.Contains(got, "direct") {
		t.Errorf("readers in Niger: %v", got)
	}
	for country, langs := range spoken {
		for _, l := range langs {
			if len(newsWords[l]) == 0 && l != "en" { // whose words are everybody's: see affixes
				t.Errorf("%s speaks %s, of which no word is known", country, l)
			}
		}
	}
}

// A changed label may go home: under the suffix of the country whose readers it has.
func TestHome(t *testing.T) {
	c := &tracker.Case{
		Names:   []tracker.CaseName{{Name: "vestavisen.info", Role: tracker.RoleSeized, Country: "DK"}, {Name: "thelantern.live", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "thelantern.example"}, {Name: "nobodys.net", Role: tracker.RoleSeized}},
		Outlets: []tracker.Outlet{{Name: "thelantern.example", Country: "GB"}},
	}
	got := map[tracker.Name]bool{}
	for cand := range Generate(c, Options{Kept: true, Home: true, Rules: []string{"number", "hyphen"}}) {
		got[cand.Name] = true
		if s := cand.Name.Suffix(); s != "dk" && s != "eu" && s != "uk" && s != "co.uk" {
			t.Fatalf("%s is at home nowhere", cand.Name)
		}
	}
	for _, n := range []tracker.Name{"vestavisen24.dk", "vest-avisen.dk", "vest-avisen.eu", "the-lantern.co.uk"} {
		if !got[n] {
			t.Errorf("%s is missing", n)
		}
	}
}
