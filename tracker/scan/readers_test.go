package scan

import (
	"slices"
	"testing"

	"respawn/tracker"
)

func TestASiteIsForTheReadersThatTheCaseNames(t *testing.T) {
	c := &tracker.Case{
		Names: []tracker.CaseName{
			{Name: "abendblatt.ltd", Country: "DE", Impersonates: "abendblatt.example"},
			{Name: "lejournal.press", Impersonates: "lejournal.example"},
			{Name: "alpenbote.cc", Country: "AT", Impersonates: "abendblatt.example"},
			{Name: "worldnews.info", Country: "INT"},
			{Name: "nothing.info"},
		},
		Outlets: []tracker.Outlet{{Name: "abendblatt.example", Country: "DE"}, {Name: "lejournal.example", Country: "FR"}},
	}
	known := []Known{
		{Name: "abendblatt.cc", Rule: "same-label", From: "abendblatt.ltd"},
		{Name: "lejournal.cc", Rule: "same-label", From: "lejournal.example"},
		{Name: "worldnews.cc", Rule: "same-label", From: "worldnews.info"},
		{Name: "door.click", Rule: "redirect", RevealedBy: "abendblatt.cc"},
		{Name: "rooted.click", Rule: "redirect", From: "nothing.info", RevealedBy: "lejournal.press"},
		{Name: "round.click", RevealedBy: "about.click"},
		{Name: "about.click", RevealedBy: "round.click"},
		{Name: "itself.click", From: "itself.click"},
	}
	of := readersOf(c, known)
	for _, tt := range []struct {
		says string
		name tracker.Name
		want []string
	}{
		{"the country of its row, once", "abendblatt.ltd", []string{"DE"}},
		{"the country of the outlet, where the row has none", "lejournal.press", []string{"FR"}},
		{"both, where they differ", "alpenbote.cc", []string{"AT", "DE"}},
		{"that of an outlet itself", "lejournal.example", []string{"FR"}},
		{"a found name, that of the name it was made from", "abendblatt.cc", []string{"DE"}},
		{"a found name, that of the outlet it was made from", "lejournal.cc", []string{"FR"}},
		{"a revealed name, that of the site that revealed it", "door.click", []string{"DE"}},
		{"a revealed name whose root has none, that of the site that revealed it", "rooted.click", []string{"FR"}},
		{"readers everywhere", "worldnews.info", []string{"INT"}},
		{"a found name, readers everywhere", "worldnews.cc", []string{"INT"}},
		{"a row that says nothing is for no one country", "nothing.info", []string{"INT"}},
		{"so are names that revealed each other", "round.click", []string{"INT"}},
		{"so is a name made from itself", "itself.click", []string{"INT"}},
		{"so is a name that nobody knows", "stranger.click", []string{"INT"}},
	} {
		if got := of(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %s is for %v, want %v", tt.says, tt.name, got, tt.want)
		}
	}
	silent := readersOf(&tracker.Case{Names: []tracker.CaseName{{Name: "worldnews.info", Country: "INT"}, {Name: "nothing.info"}}}, known)
	if got := silent("worldnews.info"); got != nil {
		t.Errorf("a case that names no country says that a site is for %v, want nothing", got)
	}
}
