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

// What says the same in other words is told by the words of the title.
func TestKinSayTheSame(t *testing.T) {
	c := &tracker.Case{Outlets: []tracker.Outlet{{Name: "rheinfelder-sonntagskurier.de"}}}
	called := map[tracker.Name][]string{"kansankaiku.org": {"Kansan Kaiku"}, "lapagelibre.org": {"La Page Libre"}, "slovanskyzvon.org": {"Slovanský zvon"}, "cobreparatodos.com": {"Cobre para todos"},
		"ironbarkpost.net": {"Ironbark Post"}}
	for n := range called {
		c.Names = append(c.Names, tracker.CaseName{Name: n, Role: tracker.RoleSeized})
	}
	for _, n := range []tracker.Name{"dailynewspost.com", "ruhr-kurier.com", "freepeople.com"} {
		c.Names = append(c.Names, tracker.CaseName{Name: n, Role: tracker.RoleSeized})
	}
	k := NewKin(c, called)
	for _, tt := range []struct {
		says, name string
		want, from tracker.Name // "" for no hit
	}{
		{"turned, with other endings", "www.kaikukansalle.com", "kaikukansalle.com", "kansankaiku.org"},
		{"plural", "lespageslibres.net", "lespageslibres.net", "lapagelibre.org"},
		{"turned", "zvon-slovanov.cz", "zvon-slovanov.cz", "slovanskyzvon.org"},
		{"a word between", "cobrechilenoparatodos.com", "cobrechilenoparatodos.com", "cobreparatodos.com"},
		{"one word and another of the trade, with an article", "theironbarkdaily.com", "theironbarkdaily.com", "ironbarkpost.net"},
		{"one word and one that papers are not called by", "ironbarkcanoes.com", "", ""},
		{"one word of two", "kansanuutiset.fi", "", ""},
		{"too much beside them", "kaikukansallehelsinginseutu.com", "", ""},
		{"below a stranger's name", "kaikukansalle.example.com", "", ""},
		{"words that are everybody's", "daily-news.net", "", ""},
		{"an outlet's words", "sonntagskurier-rheinfelden.com", "", ""},
		{"the case's own", "www.kansankaiku.org", "", ""},
		{"by its letters, with a host below it", "mail.kansankaiku24.com", "kansankaiku24.com", "kansankaiku.org"},
		{"below a name of others", "kansankaiku.blogs.example", "kansankaiku.blogs.example", "kansankaiku.org"},
		{"no name", "..", "", ""},
	} {
		m, ok := k.Match([]byte(tt.name))
		if ok != (tt.want != "") || m.Name != tt.want || m.From != tt.from {
			t.Errorf("%s: %s is %s, like %q (%s, %.2f), want %q", tt.says, tt.name, m.Name, m.From, m.Rule, m.Score, tt.from)
		}
	}
	for label, want := range map[string]bool{"rotetenn": true, "tenn-rote": true, "rotenn": false, "rotentennote": true} {
		if got := apart(label, []string{"rote", "tenn"}); got != want {
			t.Errorf("rote and tenn apart in %s: %v", label, got)
		}
	}
}

func FuzzKinMatch(f *testing.F) {
	c := &tracker.Case{Outlets: []tracker.Outlet{{Name: "rheinfelder-sonntagskurier.de"}}, Names: []tracker.CaseName{
		{Name: "kansan-kaiku.org", Role: tracker.RoleSeized}, {Name: "ironbark-post.net", Role: tracker.RoleSeized}}}
	k := NewKin(c, nil)
	for _, s := range []string{"kaikukansalle.com", "*.www.the-ironbark-daily.co.uk", "xn--kaikukansa-jcb.fi", "kaiku.kansan.org", "\u0000.com", " .x", "mail.kansan-kaiku.org"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		h, ok := k.Match(name)
		if !ok && h != (tracker.Match{}) || ok && (h.From == "" || h.Rule == "" || k.m.owned([]byte(h.Name)) || h.Rule == RuleWording && h.Name != h.Name.Registrable()) {
			t.Fatalf("Match(%q) = %+v, %v", name, h, ok)
		}
	})
}

func BenchmarkNewKin(b *testing.B) {
	c := kinCase()
	NewKin(c, nil)
	for b.Loop() {
		NewKin(c, nil)
	}
}
