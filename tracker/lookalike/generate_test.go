package lookalike

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// smallCase has one own brand, one spoof, one campaign name and one outlet.
func smallCase() *tracker.Case {
	return &tracker.Case{ID: "small", Names: []tracker.CaseName{
		{Name: "artichoc.io", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand, SeizedAt: day("2024-09-04")},
		{Name: "fox-news.in", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "foxnews.com", SeizedAt: day("2024-09-04")},
		{Name: "de.news-pravda.com", Role: tracker.RoleCampaign},
		{Name: "eu.press", Role: tracker.RoleCampaign},
	}, Outlets: []tracker.Outlet{{Name: "spiegel.de"}}}
}

func TestGenerateIsRankedDeduplicatedAndBounded(t *testing.T) {
	c := smallCase()
	seen := map[tracker.Name]bool{}
	last := 1.0
	var first []tracker.Candidate
	for cand := range Generate(c, Options{Budget: 50_000}) {
		if len(first) < 1000 {
			first = append(first, cand)
		}
		if cand.Rank != len(seen)+1 || cand.Prior > last || cand.Prior <= 0 {
			t.Fatalf("%+v after prior %g and %d names", cand, last, len(seen))
		}
		if seen[cand.Name] {
			t.Fatalf("%s twice", cand.Name)
		}
		if n, err := tracker.ParseName(string(cand.Name)); err != nil || n != cand.Name {
			t.Fatalf("%q is no name: %v", cand.Name, err)
		}
		seen[cand.Name], last = true, cand.Prior
	}
	if len(seen) != 50_000 {
		t.Errorf("%d names for a budget of 50000", len(seen))
	}
	for _, n := range []tracker.Name{"artichoc.io", "fox-news.in", "foxnews.com", "spiegel.de", "eu.press", "de.news-pravda.com", "eu.com", "spiegel.com"} {
		if seen[n] {
			t.Errorf("%s is an own name, a public suffix or an outlet's affair", n)
		}
	}
	again := slices.Collect(Generate(c, Options{Budget: 1000}))
	if !slices.Equal(again, first) {
		t.Error("the same case comes out in another order")
	}
	if len(first) != 1000 || slices.Collect(Generate(c, Options{Budget: 1}))[0] != first[0] {
		t.Error("a smaller budget is not a prefix of a greater one")
	}
}

func TestSameLabelUnderEverySuffix(t *testing.T) {
	c := smallCase()
	o := Options{Rules: []string{RuleSameLabel}}
	got := map[tracker.Name]bool{}
	for cand := range Generate(c, o) {
		if cand.Rule != RuleSameLabel {
			t.Fatalf("%+v", cand)
		}
		got[cand.Name] = true
	}
	if n := Count(c, o); n != len(got) {
		t.Errorf("Count says %d, Generate makes %d", n, len(got))
	}
	// artichoc, fox-news, foxnews, news-pravda, eu: all suffixes but the own names,
	// and of eu.* those that are public suffixes themselves.
	if w := 5 * len(Suffixes()); len(got) > w-4 || len(got) < w-60 {
		t.Errorf("%d names of %d", len(got), w)
	}
	for _, n := range []tracker.Name{"artichoc.cc", "artichoc.com.co", "foxnews.eu.com", "foxnews.xn--p1ai", "artichoc.co.ck", "fox-news.github.io"} {
		if !got[n] {
			t.Errorf("%s is missing", n)
		}
	}
	o.Budget = 7
	if Count(c, o) != 7 {
		t.Error("Count ignores the budget")
	}
}

func TestCountOfAllRules(t *testing.T) {
	c := &tracker.Case{Names: []tracker.CaseName{{Name: "rt.com", Role: tracker.RoleSeized}, {Name: "x.rrn.media", Role: tracker.RoleSeized}}}
	o := Options{Rules: []string{RuleSameLabel, "omission", "idn", "idn-script", "subdomain", "hyphen"}}
	n := 0
	for range Generate(c, o) {
		n++
	}
	if got := Count(c, o); got != n {
		t.Errorf("Count says %d, Generate makes %d", got, n)
	}
}

// Each rule with names that campaigns have used, or plainly would.
func TestRules(t *testing.T) {
	tests := map[string][]string{
		RuleSameLabel:   {"spiegel>spiegel"},
		"joined":        {"t-online>tonline", "harmattan-infos>harmattaninfos"},
		"hyphen":        {"foxnews>fox-news", "poradnikogrodniczy>poradnik-ogrodniczy"},
		"divided":       {"saltforkregister>salt-fork-register", "granitevalewire>granite-vale-wire", "foxnews>fox-news"},
		"repetition":    {"spiegel>spiegell", "welt>weltt", "gov>govv"},
		"homoglyph":     {"bild>blld", "mfa-gov>mfa-qov", "welt>vvelt", "morgenpost>rnorgenpost", "spiegel>spiege1", "faz>fa2"},
		"omission":      {"20minutes>20minuts", "lessentiers>lesentiers"},
		"ending":        {"obozrevatel>obozrevatels", "diariogrande>diariograndees", "faroslibres>faroslibre>faroslibrs"},
		"article":       {"cormorantledger>thecormorantledger>the-cormorantledger>elcormorantledger", "lafaroverde>faroverde"},
		"addition":      {"spiegel>spiegelr", "obozrevatel>obozrevatels"},
		"replacement":   {"france24>framce24", "t-online>t-onlinr"},
		"transposition": {"spiegel>siegpel>spiegle"},
		"vowel-swap":    {"reuters>routers"},
		"sound-swap":    {"polskikompas>polskicompas", "rbc>rbk", "stolzfolk>stolzvolk", "gorodskayaskamya>gorodskajaskamya", "vechernylimansk>vecherniylimansk", "harkivtoday>kharkivtoday", "vardarskoeho>vardarskoecho"},
		"last-letter":   {"t-online>t-onlinl"},
		"insertion":     {"spiegel>spieghel"},
		"bitsquat":      {"bild>bilt>bihd"},
		"affix":         {"welt>thewelt>welt-news", "tmz>tmz24>livetmz"},
		"affix-local":   {"elcorreo>elcorreo-hoy>noticiaselcorreo"},
		"affix-rare":    {"tmz>tmzbreaking>tmzworldstar"},
		"code":          {"rt>rtde>esrt>rt-de", "foxnews>foxnews-us", "nbcnews>us-nbcnews", "vice>vice-en-us"},
		"glued":         {"spiegel>spiegelcom>spiegel-com"},
		"number":        {"cbsnews>cbsnews24", "foxnews>foxnews15>foxnews2024>foxnews-24", "kavkazpulse24>kavkazpulse365", "t-online>tonline24"},
		"shorn":         {"bialyszum24>bialyszum", "hojarasca-news>hojarasca", "thewarsawdesk>warsawdesk", "sinymost-pl>sinymost", "istinski-balkan-glas>istinski-balkan>balkan-glas>istinski-glas"},
		"number-word":   {"kanalen5>kanalencinco>kanalenfive", "stimmen24>stimmenveinticuatro", "faro-tres>faro-3", "quatrofaroscinco>quatrofaros5", "voices4all>voicesforall"},
		"linked":        {"granitevalewire>granitedelvalewire>granitesvalewire", "faro-verde>faro-de-verde>faros-verde", "kingsgazette>kinggazette"},
		"turned":        {"granitevalewire>valewiregranite>wiregranitevale", "farolibre>librefaro>librafaro>librefara", "faro-verde>verde-faro", "foxnews>newsfox"},
		"hyphens":       {"voixdulac>voix-du-lac", "gachdonong>gach-do-nong"},
		"reworded":      {"bialyszumnews>bialyszumhoy>bialyszum-daily>thebialyszum", "bialyszum24>bialyszumnews", "bialyszum-bg>news-bialyszum", "hojarasca-hoy>hojarasca-news>hojarascanews"},
		"native":        {"vastrabladet>xn--vstrabladet-l8a>xn--vstra-bladet-gcb"},
		"idn":           {"spiegel>xn--spigel-dva"},
		"idn-latin":     {"welt>xn--wet-iwa"},
		"idn-script":    {"pape>xn--80ak5ab"},
		"subdomain":     {"news-pravda>de.news-pravda.com>albania.news-pravda.com>news-pravda.rrn.media"},
	}
	for _, r := range rules {
		if len(tests[r.name]) == 0 {
			t.Errorf("rule %s has no test", r.name)
		}
		for _, tt := range tests[r.name] {
			parts := strings.Split(tt, ">")
			got := map[string]bool{}
			w := watched{label: parts[0], from: tracker.Name(parts[0] + ".com"), langs: []string{"es"}, words: newsWords["es"]}
			if r.name == "native" {
				w.called, w.spelt = wordsOf(w.label, []string{"Västra Bladet"})
			}
			r.variants(w, &environment{years: []int{2024}, domains: []string{"news-pravda.com", "rrn.media"}}, func(v string) { got[v] = true })
			for _, want := range parts[1:] {
				if want == "siegpel" { // two places apart: not one transposition
					if got[want] {
						t.Errorf("%s makes %s", r.name, want)
					}
				} else if !got[want] {
					t.Errorf("%s of %s does not make %s", r.name, parts[0], want)
				}
			}
			if r.size(len(parts[0])) <= 0 {
				t.Errorf("%s: no size", r.name)
			}
		}
	}
}

func TestWhatASiteCallsItselfTellsTheWordsOfItsLabel(t *testing.T) {
	tests := []struct {
		label, title, want string
	}{
		{"dakarverite", "Dakar Vérité - L'info", "dakar verite"},
		{"dakarverite", "A la une | DAKAR VÉRITÉ", "dakar verite"},
		{"dakarverite24", "Dakar Vérité", "dakar verite 24"},
		{"dakarveritenews", "Dakar Vérité", "dakar verite news"},
		{"dakarveriteparis", "Dakar Vérité", ""},
		{"dakarverite", "Dakarverite", ""},
		{"dakarverite", "Дакар правда", ""},
		{"dakarverite", "", ""},
		{"voixdulac", "La Voix du Lac", "voix du lac"},
		{"lavoixdulac", "La Voix du Lac", "la voix du lac"},
		{"gruenerbote", "Grüner Bote", "gruener bote"},
		{"grunerbote", "Grüner Bote", "gruner bote"},
		{"strasenblatt", "Straßen Blatt", ""},
		{"strassenblatt", "Straßen Blatt", "strassen blatt"},
		{"zlotaluk", "Złota\u0301 Łuk: wiadomości", "zlota luk"},
	}
	for _, tt := range tests {
		if words, _ := wordsOf(tt.label, []string{"Home", tt.title}); strings.Join(words, " ") != tt.want {
			t.Errorf("%s of %q: %q, want %q", tt.label, tt.title, words, tt.want)
		}
	}
	for label, want := range map[string]string{"vastrabladet": "västra-bladet", "vaestrabladet": "västra-bladet", "vastra-bladet": "västra-bladet", "vastrabladet24": "", "bladet": ""} {
		if _, got := wordsOf(label, []string{"Västra Bladet"}); got != want {
			t.Errorf("%s is spelt %q, want %q", label, got, want)
		}
	}
	c := &tracker.Case{Names: []tracker.CaseName{{Name: "vozdosertao.com", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand, Country: "BR"}}}
	made := func(called map[tracker.Name][]string) map[string]string {
		out := map[string]string{}
		for cand := range Generate(c, Options{Called: called, Rules: []string{"divided", "linked", "shorn"}, Budget: 2000}) {
			out[cand.Name.Label()] = cand.Rule
		}
		return out
	}
	got := made(map[tracker.Name][]string{"vozdosertao.com": {"Voz do Sertão"}})
	for want, rule := range map[string]string{"voz-do-sertao": "divided", "vozdasertao": "linked", "vozsertao": "shorn", "vozesdosertao": ""} {
		if got[want] != rule {
			t.Errorf("%s by %q, want %q", want, got[want], rule)
		}
	}
	c.Names[0].Country = "NZ"
	c.Names = append(c.Names, tracker.CaseName{Name: "tasmantelegraph.com", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand, Country: "NZ"})
	words := map[string]bool{}
	for cand := range Generate(c, Options{Called: map[tracker.Name][]string{"tasmantelegraph.com": {"The Tasman Telegraph"}}, Rules: []string{"reworded"}, Budget: 5000}) {
		words[cand.Name.Label()] = true
	}
	if !words["tasmantelegram"] || !words["tasmandaily"] || words["tasmantasman"] {
		t.Errorf("no other word of the trade")
	}
	forms := map[string]bool{}
	for cand := range Generate(c, Options{Called: map[tracker.Name][]string{"vozdosertao.com": {"Voz do Sertão"}}, Rules: []string{"number", "affix"}, Budget: 5000}) {
		forms[cand.Name.Label()] = true
	}
	if !forms["voz-do-sertao24"] || !forms["voz-do-sertao-news"] {
		t.Errorf("no number or word beside the label with its hyphens")
	}
	if without := made(nil); without["voz-do-sertao"] != "" {
		t.Log("the list knows these words by now: choose others")
	}
}

func TestEditsAndSuffixesCombine(t *testing.T) {
	c := &tracker.Case{Names: []tracker.CaseName{
		{Name: "spiegel.ltd", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "spiegel.de"},
		{Name: "bild.work", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "bild.de"},
	}}
	want := map[tracker.Name]string{"spiegelr.today": "addition", "bildd.beauty": "repetition", "blld.live": "homoglyph", "spiegel.co.com": RuleSameLabel}
	for cand := range Generate(c, Options{Budget: 100_000}) {
		if rule, ok := want[cand.Name]; ok && rule == cand.Rule {
			delete(want, cand.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not among 100,000 names: %v", want)
	}
}

// A name that changes its label often keeps its suffix, and is then tried before
// the same label under suffixes that nobody uses.
func TestChangedLabelsKeepTheirSuffix(t *testing.T) {
	c := &tracker.Case{Names: []tracker.CaseName{
		{Name: "polskikompas.net", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand},
		{Name: "lessentiers.org", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand},
		{Name: "spiegel.ltd", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "spiegel.de"},
	}}
	want := map[tracker.Name]bool{"polskicompas.net": true, "polski-kompas.net": true, "lesentiers.org": true, "polskikompas24.net": true, "spiegell.ltd": true, "spiegell.de": true}
	for cand := range Generate(c, Options{Budget: 6_000}) {
		delete(want, cand.Name)
	}
	if len(want) > 0 {
		t.Errorf("not among 6,000 names: %v", want)
	}
	kept, names := map[tracker.Name]tracker.Candidate{}, []tracker.Name{}
	for cand := range Generate(c, Options{Kept: true}) {
		kept[cand.Name] = cand
		names = append(names, cand.Name)
		if _, label, suffix := Split(string(cand.Name)); label == cand.From.Label() || suffix != "net" && suffix != "org" && suffix != "ltd" && suffix != "de" {
			t.Fatalf("%+v keeps no suffix, or its label", cand)
		}
	}
	if n := len(kept); n != len(names) || n < 2000 {
		t.Errorf("%d names with a kept suffix, %d of them different, want 2,000 or more", len(names), n)
	}
	for cand := range Generate(c, Options{Budget: 50_000}) {
		if k, ok := kept[cand.Name]; ok && (k.Rule != cand.Rule || k.From != cand.From || k.Prior != cand.Prior) {
			t.Errorf("%+v among the kept, %+v among all", k, cand)
		}
	}
}

// What is left when a word is taken off must be the campaign's own.
func TestShornLeavesNoWord(t *testing.T) {
	for _, label := range []string{"france24", "news-pravda", "thetimes", "warfareinsider", "spiegel", "24", "welt-de", "cuartoestado", "fox-news"} {
		shorn(watched{label: label}, nil, func(v string) { t.Errorf("%s is shorn to %s", label, v) })
	}
}

func TestContagion(t *testing.T) {
	c := smallCase()
	g := NewGenerator(c, Options{})
	asked := map[tracker.Name]bool{}
	for range 40 {
		cand, _ := g.Next()
		asked[cand.Name] = true
	}
	g.Hit("mk")
	g.Hit("nosuchsuffix")
	for range g.Watched() {
		cand, ok := g.Next()
		if !ok || !strings.HasSuffix(string(cand.Name), ".mk") || cand.Rule != RuleSameLabel || asked[cand.Name] {
			t.Fatalf("after a hit under .mk comes %+v", cand)
		}
		asked[cand.Name] = true
	}
	g.Hit("mk") // again: nothing is left to bring forward
	for range 20_000 {
		cand, ok := g.Next()
		if !ok || asked[cand.Name] {
			t.Fatalf("%+v twice", cand)
		}
		asked[cand.Name] = true
	}

	// Known from the start: the two suffixes come first, the one with more hits
	// before the other, and the total stays what it was.
	o := Options{Rules: []string{RuleSameLabel}, Hits: map[string]int{"to": 1, "pw": 3}}
	got := slices.Collect(Generate(c, o))
	for i, cand := range got[:2*g.Watched()] {
		if want := []string{".pw", ".to"}[i/g.Watched()]; !strings.HasSuffix(string(cand.Name), want) {
			t.Fatalf("place %d: %s, want %s", i, cand.Name, want)
		}
	}
	o.Hits = nil
	if len(got) != Count(c, o) {
		t.Errorf("%d names with hits, %d without", len(got), Count(c, o))
	}
}

func TestNothingIsLearnedFromLaterDays(t *testing.T) {
	c := smallCase()
	later := []Use{{Replacement: "rrn.zone", Replaces: "rrn.media", KnownAt: day("2024-09-05"), Family: "x", AfterTakedown: true}}
	with := append(slices.Clone(ShippedUses()), later...)
	o := Options{Budget: 3000, AsOf: day("2026-01-01")}
	plain := slices.Collect(Generate(c, o))
	o.Uses = with
	if !slices.Equal(slices.Collect(Generate(c, o)), plain) {
		t.Error("a use that was public only after the seizure changes the order")
	}
	for _, u := range ShippedUses() {
		if !u.KnownAt.Before(day("2024-09-04")) {
			t.Errorf("%s was public only on %s: the wave of 2024-09-04 would not be a fair test", u.Replacement, u.KnownAt)
		}
	}
	c.Names[0].SeizedAt, c.Names[1].SeizedAt = time.Time{}, time.Time{}
	o.AsOf = time.Time{}
	if slices.Equal(slices.Collect(Generate(c, o)), plain) {
		t.Error("uses given in Options.Uses teach nothing")
	}
}

func TestEmptyCase(t *testing.T) {
	for range Generate(&tracker.Case{}, Options{}) {
		t.Fatal("candidates of nothing")
	}
	if n := Count(&tracker.Case{}, Options{}); n != 0 {
		t.Errorf("count %d", n)
	}
}

// Every label below every name of a case is a square: in a large case the names
// that were seized first are the ones that labels are put below.
func TestALargeCaseIsNotSquared(t *testing.T) {
	large := &tracker.Case{ID: "large"}
	for i := range 2000 {
		large.Names = append(large.Names, tracker.CaseName{Name: tracker.Name(fmt.Sprintf("label%d.com", i)), Role: tracker.RoleSeized})
	}
	o := Options{Rules: []string{"subdomain"}}
	if n := Count(large, o); n < maxPlaced || n > 4*maxPlaced {
		t.Errorf("%d names below others, want a few for each of %d pairs", n, maxPlaced)
	}
	small := &tracker.Case{ID: "small", Names: large.Names[:400]}
	below := map[string]bool{}
	for c := range Generate(small, o) {
		_, parent, _ := strings.Cut(string(c.Name), ".")
		below[parent] = true
	}
	if !below["label0.com"] || !below["label399.com"] {
		t.Error("in a case of 400 names a label is put below each of them")
	}
}

// A label with hyphens is joined where a word or a number is put to it, and the suffix
// that is glued to a label is the one its readers know: the genuine outlet's.
func TestALabelIsJoinedAndGlued(t *testing.T) {
	made := func(variants func(watched, *environment, func(string)), w watched) map[string]bool {
		out := map[string]bool{}
		variants(w, &environment{years: []int{2026}}, func(l string) { out[l] = true })
		return out
	}
	w := watched{label: "volks-wille", from: "volks-wille.ltd", model: "volks-wille.de"}
	for _, x := range []struct {
		by   func(watched, *environment, func(string))
		want []string
	}{
		{number, []string{"volks-wille24", "volkswille24", "volkswille2026"}},
		{affix, []string{"volks-wille" + affixes[0], "volkswille" + affixes[0], affixes[0] + "volkswille"}},
		{glued, []string{"volks-willede", "volks-wille-de", "volks-wille-ltd"}},
	} {
		got := made(x.by, w)
		for _, l := range x.want {
			if !got[l] {
				t.Errorf("%s is not made of %s", l, w.label)
			}
		}
	}
	if got := made(glued, watched{label: "volkswille", from: "volkswille.ltd"}); got["volkswillede"] || !got["volkswilleltd"] {
		t.Errorf("glued of an own brand: %v", got)
	}
}
