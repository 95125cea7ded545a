package lookalike

import (
	"slices"
	"strings"
	"testing"
)

// What a rule of grammar makes of a label, and what it must not.
func TestGrammar(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rule  func(watched, *environment, func(string))
		w     watched
		want  []string
		never []string
	}{
		{"an article of the readers, and the English one", article, watched{label: "rheinbote", langs: []string{"de"}},
			[]string{"derrheinbote", "die-rheinbote", "therheinbote"}, []string{"larheinbote", "rheinbotethe"}},
		{"an article is taken off where the campaign's own is left", article, watched{label: "ofaiadoaberto", langs: []string{"pt"}}, []string{"faiadoaberto"}, nil},
		{"but not where a word is left that is everybody's", article, watched{label: "thetimes"}, []string{"thethetimes"}, []string{"times"}},
		{"the definite form of the readers' language", ending, watched{label: "sjavarklukka", langs: []string{"is"}}, []string{"sjavarklukkan", "sjavarklukkas"}, []string{"sjavarklukkaul"}},
		{"of a language that is not known, only several", ending, watched{label: "thuyenthung"}, []string{"thuyenthungs"}, []string{"thuyenthunga"}},
		{"an ending is taken off", ending, watched{label: "fjordklokken", langs: []string{"no"}}, []string{"fjordklokk"}, nil},
		{"figures as words, hyphens left where they are", numberWord, watched{label: "stimmen-24", langs: []string{"de"}}, []string{"stimmen-vierundzwanzig", "stimmen-twentyfour"}, []string{"stimmen-zweivier", "stimmen-2vier"}},
		{"a year is no number of figures", numberWord, watched{label: "stimmen2024", langs: []string{"de"}}, nil, []string{"stimmen20vierundzwanzig"}},
		{"words as figures at either end", numberWord, watched{label: "fournorthpillars"}, []string{"4northpillars"}, nil},
		{"not inside a word", numberWord, watched{label: "transformerblatt", langs: []string{"en"}}, nil, []string{"trans4merblatt"}},
		{"nor short ones at its end", numberWord, watched{label: "kabinett", langs: []string{"sv"}}, nil, []string{"kabin1"}},
		{"two hyphens between words that can be spoken", hyphens, watched{label: "voixdulac"}, []string{"voix-du-lac"}, []string{"v-oix-dulac", "voixd-ul-ac-", "vo-ix-dulac-", "voi-xd-ulac"}},
		{"a number is a word", hyphens, watched{label: "canal24hoy"}, []string{"canal-24-hoy"}, nil},
		{"none where one stands already", hyphens, watched{label: "voix-dulac"}, nil, []string{"vo-ix-dulac", "voix-du-lac"}},
		{"no two words fit", hyphens, watched{label: "bild"}, nil, []string{"b-i-ld"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			tt.rule(tt.w, nil, func(l string) { got = append(got, l) })
			for _, l := range tt.want {
				if !slices.Contains(got, l) {
					t.Errorf("%s is not made of %s: %v", l, tt.w.label, got)
				}
			}
			for _, l := range tt.never {
				if slices.Contains(got, l) {
					t.Errorf("%s is made of %s", l, tt.w.label)
				}
			}
			for _, l := range got {
				if l == "" || l == "-" {
					t.Errorf("%q of %s", l, tt.w.label)
				}
			}
		})
	}
	for lang, words := range numerals {
		if len(words) != len(figures) {
			t.Errorf("%d numbers in %s, want %d", len(words), lang, len(figures))
		}
	}
}

// A word for another word, not for what is no word of the label, and never the same one.
func TestRewordedLeavesTheCampaignsOwn(t *testing.T) {
	var got []string
	reworded(watched{label: "bulalakawbalita", words: newsWords["tl"]}, nil, func(l string) { got = append(got, l) })
	if !slices.Contains(got, "bulalakawnews") || slices.ContainsFunc(got, func(l string) bool { return !strings.Contains(l, "bulalakaw") }) {
		t.Errorf("%v", got)
	}
	for _, label := range []string{"france24", "franceinfo", "spiegel", "foxnews"} {
		reworded(watched{label: label}, nil, func(l string) { t.Errorf("%s is reworded to %s", label, l) })
	}
}

func TestDroppedRulesEnd(t *testing.T) {
	g := NewGround(smallCase(), Options{}).Generator(Options{Rules: []string{"hyphen", "omission"}})
	seen := map[string]int{}
	for range 2_000 {
		c, ok := g.Next()
		if !ok {
			break
		}
		seen[c.Rule]++
		if seen["hyphen"] == 5 {
			g.Drop("hyphen")
		}
	}
	if seen["hyphen"] != 5 || seen["omission"] < 1_000 {
		t.Errorf("%v: want five of the dropped rule, and the other one going on", seen)
	}
}

// One ground makes the same lists as a case read anew.
func TestAGroundIsSharedByLists(t *testing.T) {
	c := smallCase()
	o := Options{AsOf: day("2024-09-10"), Hits: map[string]int{"cc": 2}}
	ground := NewGround(c, o)
	for _, list := range []Options{{Budget: 3_000}, {Kept: true, Budget: 1_000}, {Rules: []string{"affix"}, Labels: map[string]bool{"artichoc": true}, Budget: 1_000}, {Budget: 3_000}} {
		alone := list
		alone.AsOf, alone.Hits = o.AsOf, o.Hits
		if got, want := slices.Collect(ground.Generate(list)), slices.Collect(Generate(c, alone)); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%+v: %d names of a shared ground differ from %d of one made for it", list, len(got), len(want))
		}
	}
}
