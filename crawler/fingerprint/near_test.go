package fingerprint

import (
	"slices"
	"strings"
	"testing"
)

func setsOf(t *testing.T, words map[string][]string) map[string]*wordSet {
	t.Helper()
	out := map[string]*wordSet{}
	for name, w := range words {
		s, err := readSet(len(out), w)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &s
	}
	return out
}

func TestSentencesEndAtStopsNotAtDotsOfNames(t *testing.T) {
	for text, want := range map[string][]string{
		"":                           nil,
		"title | one. two":           {"title |", " one.", " two"},
		"site.example is gone. why?": {"site.example is gone.", " why?"},
		"version 1.2 of it":          {"version 1.2 of it"},
		"本站已关闭。请联系":                  {"本站已关闭。", "请联系"},
		"really?! yes":               {"really?!", " yes"},
		"ends. ":                     {"ends.", " "},
		"\xff broken. \xe2\x80":      {"\xff broken.", " \xe2\x80"},
		"это — закон. запрещено… так":    {"это — закон.", " запрещено…", " так"},
		"no stop at all " + "and go on":  {"no stop at all and go on"},
		"stop.":                          {"stop."},
		"a.b.c":                          {"a.b.c"},
		"one। two":                       {"one।", " two"},
		"question? no":                   {"question?", " no"},
		"http://a.example/b?c=1 is open": {"http://a.example/b?c=1 is open"},
	} {
		if got := sentences(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if strings.Join(sentences(text), "") != text {
			t.Errorf("%q: its sentences are not its text", text)
		}
	}
}

func TestWordsAreNearInOneSentence(t *testing.T) {
	sets := setsOf(t, map[string][]string{
		"thing": {"site_", "website", "сайт", "网站", "사이트"},
		"shut":  {"blocked", "заблокирован", "封锁", "차단"},
		"this":  {"this_", "这", "этот"},
	})
	for _, c := range []struct {
		name, text, want string
		near             bool
	}{
		{"both in one sentence", "the website was blocked today.", "thing+shut", true},
		{"in either order", "blocked: one website", "thing+shut", true},
		{"in two sentences", "the website moved. the road is blocked.", "thing+shut", false},
		{"a beginning of a word", "websites blocked", "thing+shut", true},
		{"not in the middle of a word", "unblocked website", "thing+shut", false},
		{"a whole word only", "sites blocked", "thing+shut", false},
		{"a whole word at the end", "blocked site", "thing+shut", true},
		{"after a letter of another script", "ёsite blocked", "thing+shut", false},
		{"a later one counts", "sites blocked on one site", "thing+shut", true},
		{"cyrillic", "сайта больше нет: он заблокирован", "thing+shut", true},
		{"scripts without blanks match inside", "本网站已被封锁", "thing+shut", true},
		{"hangul takes endings and compounds", "불법사이트차단안내", "thing+shut", true},
		{"beside", "this very site is blocked", "this>thing+shut", true},
		{"beside, from behind", "site, and this: blocked", "this>thing+shut", true},
		{"too far to be beside", "this week we heard that a certain site is blocked", "this>thing+shut", false},
		{"nothing", "", "thing+shut", false},
	} {
		ps, err := phrases([]string{"near:" + c.want}, sets)
		if err != nil {
			t.Fatal(err)
		}
		v := view{text: c.text}
		if got := v.matches(&ps[0]); got != c.near {
			t.Errorf("%s: %q is %v", c.name, c.text, got)
		}
		if again := v.matches(&ps[0]); again != c.near {
			t.Errorf("%s: another answer when asked again", c.name)
		}
	}
}

func TestWordsInQuotationMarksAreQuoted(t *testing.T) {
	sets := setsOf(t, map[string][]string{"thing": {"website"}, "shut": {"blocked"}})
	ps, err := phrases([]string{"near:thing+shut"}, sets)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`this website is blocked`:                       false,
		`a page says "this website is blocked" to them`: true,
		`it begins. a page says: "website blocked`:      true,
		`the "news" website is blocked`:                 false,
		`читают: «website blocked»`:                     true,
	} {
		v := view{text: text}
		r := classRule{when: [][]phrase{ps}}
		if got := v.quoted(&r); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestSetsMustBeNormalAndKnown(t *testing.T) {
	if _, err := readSet(0, []string{"Blocked"}); err == nil {
		t.Error("a word that no text has was taken")
	}
	if _, err := readSet(0, []string{"_"}); err == nil {
		t.Error("an empty word was taken")
	}
	for _, s := range []string{"near:none+shut", "near:shut>none", "word:"} {
		if _, err := phrases([]string{s}, setsOf(t, map[string][]string{"shut": {"blocked"}})); err == nil {
			t.Errorf("%s was taken", s)
		}
	}
	full := map[string]*wordSet{}
	for i := range maxSets {
		full[string(rune('a'+i))] = &wordSet{index: i, stems: []stem{{word: "x"}}}
	}
	if _, err := besideSet("a>b", full); err == nil {
		t.Error("more sets than a mask has bits")
	}
}

func FuzzNear(f *testing.F) {
	f.Add("this site is blocked by a court. 本网站已被封锁。", "site.example")
	f.Fuzz(func(t *testing.T, text, own string) {
		text = normal(text)
		if strings.Join(sentences(text), "") != text {
			t.Fatal("sentences lose text")
		}
		v := &view{text: text, head: text, title: text, own: own, words: 5}
		firstRule(v)
	})
}

// A question, and what is only supposed, claims nothing; an offer may be a question.
func TestWhatIsAskedIsNotClaimed(t *testing.T) {
	all, err := classRules().wordSets()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		sets []string
		want bool
	}{
		{"your domain was suspended.", []string{"domain", "stopped"}, true},
		{"was your domain suspended?", []string{"domain", "stopped"}, false},
		{"域名 停用？", []string{"domain", "stopped"}, false},
		{"if your domain was suspended, call us.", []string{"domain", "stopped"}, false},
		{"wenn ihre domain gesperrt wurde, helfen wir.", []string{"domain", "stopped"}, false},
		{"was your domain suspended? this domain is suspended.", []string{"domain", "stopped"}, true},
		{"interested in this domain?", []string{"domain", "forsale"}, true},
	} {
		var sets []*wordSet
		for _, name := range c.sets {
			sets = append(sets, all[name])
		}
		var said spoken
		if got := said.near(c.text, sets); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}
