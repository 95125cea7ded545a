package lookalike

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"respawn/tracker"
)

// outletCase watches the official names of the outlets and nothing else.
func outletCase(t testing.TB) *tracker.Case {
	c := &tracker.Case{}
	for _, r := range table(t, "testdata/outlets.csv") {
		c.Outlets = append(c.Outlets, tracker.Outlet{Name: tracker.MustName(r[1])})
	}
	return c
}

func ownBrands(t testing.TB) *tracker.Case {
	c := &tracker.Case{}
	for _, n := range seizedCase(t).Names {
		if n.Kind == tracker.KindOwnBrand {
			c.Names = append(c.Names, tracker.CaseName{Name: n.Name, Role: tracker.RoleSeized})
		}
	}
	return c
}

// A planted name and the watched label that it was made from.
type planted struct{ name, label, how string }

// stream is the set of docs/bench: n names of words, numbers and random letters,
// with planted likenesses of a hundred labels, from a seed.
func stream(t testing.TB, n int, seed uint64) (c *tracker.Case, names [][]byte, marked []planted) {
	rnd := rand.New(rand.NewPCG(seed, 17))
	c = &tracker.Case{}
	own := map[string]bool{}
	for _, r := range table(t, "../../testdata/cases/doppelganger-2024/seized.csv") {
		name := tracker.MustName(r[0])
		if l := name.Label(); !own[l] {
			own[l] = true
			c.Names = append(c.Names, tracker.CaseName{Name: name, Role: tracker.RoleSeized})
		}
	}
	addOutlets(t, c, own, rnd, 100)
	names, marked = plantIn(t, c, own, rnd, n)
	return c, names, marked
}

// addOutlets adds outlets to c in random order until it watches most labels.
func addOutlets(t testing.TB, c *tracker.Case, own map[string]bool, rnd *rand.Rand, most int) {
	rows := table(t, "testdata/outlets.csv")
	rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for _, r := range rows {
		if name := tracker.MustName(r[1]); len(own) < most && name.Label() != "" && name.Suffix() != "gov.ua" && !own[name.Label()] && !near(own, name.Label()) {
			own[name.Label()] = true
			c.Outlets = append(c.Outlets, tracker.Outlet{Name: name})
		}
	}
}

// plantIn makes a stream of n names with likenesses of the labels own, which c
// watches.
func plantIn(t testing.TB, c *tracker.Case, own map[string]bool, rnd *rand.Rand, n int) (names [][]byte, marked []planted) {
	var words []string
	for l := range ordinaryLabels() {
		if l[0] == '+' && len(l) >= 4 && len(l) <= 12 {
			words = append(words, l[1:])
		}
	}
	slices.Sort(words)
	tlds := []string{"com", "net", "org", "info", "de", "fr", "ru", "xyz", "top", "online", "site", "shop", "io", "co", "uk", "nl", "eu", "in", "us", "biz", "live", "store", "news", "press", "cc", "pw", "so", "ltd", "life", "media"}
	pick := func(s []string) string { return s[rnd.IntN(len(s))] }
	letter := func() string { return string(rune('a' + rnd.IntN(26))) }
	labels := sortedKeys(own)
	edit := func(l string) string {
		i := rnd.IntN(len(l))
		switch rnd.IntN(4) {
		case 0:
			return l[:i] + letter() + l[i+1:]
		case 1:
			return l[:i] + l[i+1:]
		case 2:
			return l[:i] + letter() + l[i:]
		}
		if i+1 < len(l) {
			return l[:i] + l[i+1:i+2] + l[i:i+1] + l[i+2:]
		}
		return l + letter()
	}
	var from [3][]string // labels by edits that they stand
	for _, l := range labels {
		for k := range min(3, editLimit(len(l))+1) {
			from[k] = append(from[k], l)
		}
	}
	plant := func(k int, how string, f func(l string) string) {
		for range 1000 {
			l := pick(from[k])
			if v := f(l); v != l && v != "" && goodLabel(v) {
				name := v + "." + pick(tlds)
				if tracker.Name(name).Label() == v && !slices.ContainsFunc(marked, func(p planted) bool { return p.name == name }) {
					marked = append(marked, planted{name, l, how})
					return
				}
			}
		}
		t.Fatalf("no name for %s", how)
	}
	for range 300 {
		l := pick(labels)
		for name := l + "." + pick(tlds); ; name = l + "." + pick(tlds) {
			if !ownNames(c)[name] && !slices.ContainsFunc(marked, func(p planted) bool { return p.name == name }) {
				marked = append(marked, planted{name, l, "suffix"})
				break
			}
		}
	}
	for range 250 {
		plant(1, "edit", edit)
	}
	for range 150 {
		plant(2, "two edits", func(l string) string {
			v := edit(edit(l))
			if osa([]byte(l), []byte(v), 2) != 2 {
				return ""
			}
			return v
		})
	}
	long := from[1]
	from[1] = labels
	for i := range 150 {
		plant(1, "inside", func(l string) string {
			switch i % 3 {
			case 0:
				return l + "-" + pick([]string{"news", "online", "24", "live", "de", "en", "info", "today", "media", "official"})
			case 1:
				return pick([]string{"the", "my", "news", "real", "daily", "us", "en", "true"}) + l
			}
			return pick(words) + "-" + l
		})
	}
	from[1] = long
	swap := [][2]string{{"l", "1"}, {"i", "1"}, {"i", "l"}, {"o", "0"}, {"m", "rn"}, {"w", "vv"}, {"d", "cl"}, {"e", "3"}, {"s", "5"}, {"g", "q"}, {"a", "4"}}
	for range 75 {
		plant(0, "glyph", func(l string) string {
			p := swap[rnd.IntN(len(swap))]
			var v []string
			swaps(l, [][2]string{p}, func(s string) { v = append(v, s) })
			if len(v) == 0 {
				return ""
			}
			return pick(v)
		})
	}
	same := map[byte]rune{'a': 'а', 'c': 'с', 'e': 'е', 'i': 'і', 'o': 'о', 'p': 'р', 's': 'ѕ', 'x': 'х', 'y': 'у', 'j': 'ј'}
	for range 75 {
		plant(0, "cyrillic", func(l string) string {
			i := rnd.IntN(len(l))
			r, ok := same[l[i]]
			if !ok {
				return ""
			}
			out := ""
			yieldIDN(l[:i]+string(r)+l[i+1:], func(a string) { out = a })
			return out
		})
	}
	names = make([][]byte, 0, n)
	for len(names) < n-len(marked) {
		var l string
		switch rnd.IntN(6) {
		case 0, 1:
			l = pick(words) + pick(words)
		case 2:
			l = pick(words) + "-" + pick(words)
		case 3:
			l = pick(words) + strconv.Itoa(rnd.IntN(1000))
		case 4:
			l = pick(words)
		default:
			for range 5 + rnd.IntN(9) {
				l += letter()
			}
		}
		names = append(names, []byte(l+"."+pick(tlds)))
	}
	for _, p := range marked {
		names = append(names, []byte(p.name))
	}
	rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names, marked
}

// near says whether a label is so close to one of own that a name could stand for
// both: then neither answer would be wrong.
func near(own map[string]bool, label string) bool {
	for l := range own {
		a, b := strings.ReplaceAll(l, "-", ""), strings.ReplaceAll(label, "-", "")
		if strings.Contains(a, b) && len(b) > 3 || strings.Contains(b, a) && len(a) > 3 || osa([]byte(a), []byte(b), 3) <= 3 && len(a) > 5 {
			return true
		}
	}
	return false
}

// plantedFound is how many of the planted names are hits for the label that they
// were made from, which are lost, and how many other names of the stream are hits.
func plantedFound(m *Matcher, names [][]byte, marked []planted) (hits, others int, lost []planted) {
	found := map[string]tracker.Match{}
	for _, n := range names {
		if hit, ok := m.Match(n); ok {
			found[string(n)] = hit
		}
	}
	for _, p := range marked {
		hit, ok := found[p.name]
		delete(found, p.name)
		if ok && hit.From.Label() == p.label {
			hits++
		} else {
			lost = append(lost, p)
		}
	}
	return hits, len(found), lost
}

// TestPlantedNames holds what docs/bench/match.md says of the default threshold.
func TestPlantedNames(t *testing.T) {
	sum, seeds := 0, 10
	for seed := range seeds {
		c, names, marked := stream(t, 6_000, uint64(seed+1))
		hits, others, lost := plantedFound(NewMatcher(c, MatchOptions{}), names, marked)
		by := map[string]int{}
		for _, p := range lost {
			by[p.how]++
			t.Logf("lost: %-10s %-16s %s", p.how, p.label, p.name)
		}
		t.Logf("seed %d: %d of %d found, lost %v; other hits %d of %d names", seed+1, hits, len(marked), by, others, len(names)-len(marked))
		if hits < 984 {
			t.Errorf("seed %d: %d of %d planted names found, at least 985 before", seed+1, hits, len(marked))
		}
		if others*1000 > len(names) {
			t.Errorf("seed %d: %d other hits among %d names, at most one in a thousand", seed+1, others, len(names))
		}
		for _, how := range []string{"suffix", "cyrillic"} {
			if by[how] > 0 {
				t.Errorf("seed %d: %d of the %s names lost", seed+1, by[how], how)
			}
		}
		sum += hits
	}
	if sum < 992*seeds {
		t.Errorf("%d of %d planted names found, want 992 of 1,000 in the mean", sum, 1000*seeds)
	}
}

// otherLabels are sets of other labels than those of stream.
func otherLabels(t testing.TB) []labelSet {
	return []labelSet{
		{"outlets", func(c *tracker.Case, own map[string]bool, rnd *rand.Rand) { addOutlets(t, c, own, rnd, 1000) }},
		{"labels of the pairs", func(c *tracker.Case, own map[string]bool, _ *rand.Rand) {
			for _, p := range pairs(t) {
				if l := p.replaces.Label(); l != "" && !own[l] && !near(own, l) {
					own[l] = true
					c.Names = append(c.Names, tracker.CaseName{Name: p.replaces, Role: tracker.RoleSeized})
				}
			}
		}},
	}
}

// A labelSet adds names to a case and their labels to own.
type labelSet struct {
	name string
	add  func(c *tracker.Case, own map[string]bool, rnd *rand.Rand)
}

// plant is a thousand planted names of the set.
func (s labelSet) plant(t testing.TB, seed uint64) (c *tracker.Case, names [][]byte, marked []planted) {
	c = &tracker.Case{}
	own, rnd := map[string]bool{}, rand.New(rand.NewPCG(seed, 99))
	s.add(c, own, rnd)
	names, marked = plantIn(t, c, own, rnd, 1000)
	return c, names, marked
}

func TestPlantedElsewhere(t *testing.T) {
	for _, s := range otherLabels(t) {
		c, names, marked := s.plant(t, 1)
		hits, _, lost := plantedFound(NewMatcher(c, MatchOptions{}), names, marked)
		for _, p := range lost {
			t.Logf("lost: %-10s %-16s %s", p.how, p.label, p.name)
		}
		t.Logf("%s: %d of %d found", s.name, hits, len(marked))
		if hits < 988 {
			t.Errorf("%s: %d of %d planted names found, want 988", s.name, hits, len(marked))
		}
	}
}

// TestOrdinaryWordsAreNoEdits: each is one or two edits, or an affix, from a
// watched label, and each is a name of its own.
func TestOrdinaryWordsAreNoEdits(t *testing.T) {
	c := &tracker.Case{}
	for _, n := range []tracker.Name{"slate.com", "t-online.de", "repubblica.it", "gov.pl", "mako.co.il", "dailymail.co.uk", "corriere.it", "nato.int"} {
		c.Outlets = append(c.Outlets, tracker.Outlet{Name: n})
	}
	m := NewMatcher(c, MatchOptions{})
	for _, tt := range []struct {
		name string
		from tracker.Name // "" for a miss
		rule string
	}{
		{"plate.com", "", ""}, {"slxate.com", "slate.com", "typo"}, // a word, and none
		{"kit-online.com", "", ""}, {"t-onlnie.com", "t-online.de", "typo"}, // head gone, head kept
		{"koriere.com", "", ""}, {"corrirre.com", "corriere.it", "typo"}, // another language, and none
		{"acme-gov.com", "", ""}, {"portal-gov.site", "", ""}, {"gov-pl.site", "gov.pl", "affix"}, // every government has a gov
		{"dailymako.ltd", "mako.co.il", "affix"}, {"dailymsil.ltd", "dailymail.co.uk", "typo"},
	} {
		if h, ok := m.Match([]byte(tt.name)); ok != (tt.from != "") || h.From != tt.from || h.Rule != tt.rule {
			t.Errorf("%s: %+v, want %q by %q", tt.name, h, tt.from, tt.rule)
		}
	}
}

// A watchSet is labels whose false positives are counted: what is allowed is their
// official names and nothing else.
type watchSet struct {
	name string
	c    *tracker.Case
	most int // of 100,000 names of Cloudflare's list
}

func watchSets(t testing.TB) []watchSet {
	return []watchSet{{"own brands", ownBrands(t), 3}, {"outlets", outletCase(t), 40}}
}

// falsePositives are the hits among names that are nobody's imitations.
func falsePositives(m *Matcher, names []string) (out []tracker.Match) {
	for _, name := range names {
		if h, ok := m.Match([]byte(name)); ok {
			out = append(out, h)
		}
	}
	return out
}

// TestFalsePositives needs the list that may not be shipped.
func TestFalsePositives(t *testing.T) {
	names := shared(t, "cloudflare-radar-top100k-2026.txt.gz")
	if names == nil {
		t.Skip("no list of popular names")
	}
	for _, w := range watchSets(t) {
		fp := falsePositives(NewMatcher(w.c, MatchOptions{}), names)
		for _, h := range fp {
			t.Logf("%+v", h)
		}
		t.Logf("%s: %d of %d names", w.name, len(fp), len(names))
		if len(fp) > w.most {
			t.Errorf("%s: %d false positives, at most %d", w.name, len(fp), w.most)
		}
	}
}

// osaPlain is the textbook distance, to check the bit-parallel one.
func osaPlain(a, b []byte) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func FuzzOSA(f *testing.F) {
	f.Add([]byte("spiegel"), []byte("siepgel"))
	f.Add([]byte("ca"), []byte("abc"))
	f.Add([]byte(""), []byte("a"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > 63 || len(b) > 63 {
			return
		}
		want := osaPlain(a, b)
		if got := osa(a, b, 100); got != want {
			t.Fatalf("osa(%q, %q) = %d, want %d", a, b, got, want)
		}
		for limit := range 4 {
			if got := osa(a, b, limit); got != min(want, limit+1) {
				t.Fatalf("osa(%q, %q, %d) = %d, want %d", a, b, limit, got, min(want, limit+1))
			}
		}
	})
}

// TestIndexAgainstBruteForce: whatever lies within its limit of a watched label,
// the index brings up.
func TestIndexAgainstBruteForce(t *testing.T) {
	c, names, _ := stream(t, 3_500, 3)
	var labels []string
	for _, w := range watch(c, true) {
		labels = append(labels, w.label)
	}
	x := newPieceIndex(labels)
	rnd := rand.New(rand.NewPCG(3, 3))
	var tries [][]byte
	for _, n := range names {
		l, _, _ := strings.Cut(string(n), ".")
		tries = append(tries, []byte(l))
	}
	for range 7_000 { // edits of watched labels, transpositions more often than chance
		b := []byte(labels[rnd.IntN(len(labels))])
		for range 1 + rnd.IntN(2) {
			i := rnd.IntN(len(b))
			switch rnd.IntN(5) {
			case 0:
				b[i] = byte('a' + rnd.IntN(26))
			case 1:
				b = slices.Delete(b, i, i+1)
			case 2:
				b = slices.Insert(b, i, byte('a'+rnd.IntN(26)))
			default:
				if i+1 < len(b) {
					b[i], b[i+1] = b[i+1], b[i]
				}
			}
		}
		if len(b) > 1 {
			tries = append(tries, b)
		}
	}
	within := 0
	for _, l := range tries {
		if len(l) > 63 {
			continue
		}
		var h [65]uint64
		prefixes(&h, l)
		var room [32]int32
		near := x.near(room[:0], &h, len(l))
		for id, w := range labels {
			k := editLimit(len(w))
			if k == 0 || len(w)-len(l) > k || len(l)-len(w) > k {
				continue
			}
			if d := osaPlain([]byte(w), l); d <= k {
				within++
				if !slices.Contains(near, int32(id)) {
					t.Errorf("%s is %d from %s, and the index does not say so", l, d, w)
				}
			}
		}
	}
	if within < 3_500 {
		t.Errorf("only %d pairs compared", within)
	}
}

func TestMatch(t *testing.T) {
	c := &tracker.Case{
		Names: []tracker.CaseName{
			{Name: "artichoc.io", Role: tracker.RoleSeized, Kind: tracker.KindOwnBrand},
			{Name: "fox-news.in", Role: tracker.RoleSeized, Kind: tracker.KindBrandSpoof, Impersonates: "foxnews.com"},
			{Name: "rrn.media", Role: tracker.RoleSeized},
			{Name: "de.rt.com", Role: tracker.RoleCampaign},
			{Name: "actualidad.rt.com", Role: tracker.RoleCampaign},
		},
		Outlets: []tracker.Outlet{{Name: "spiegel.de"}, {Name: "bild.de"}, {Name: "welt.de"}, {Name: "faz.net"}, {Name: "mfa.gov.ua"}, {Name: "gov.pl"}, {Name: "sueddeutsche.de"}},
	}
	m := NewMatcher(c, MatchOptions{Allow: []tracker.Name{"bild.tv"}})
	for _, tt := range []struct{ name, from, rule string }{
		{"artichoc.cc", "artichoc.io", RuleSameLabel},
		{"ARTICHOC.CC.", "artichoc.io", RuleSameLabel},
		{" *.artichoc.com.co\r\n", "artichoc.io", RuleSameLabel},
		{"news.artichoc.cc", "artichoc.io", RuleSameLabel},
		{"artichoc.strangers.net", "artichoc.io", "subdomain"},
		{"artihcoc.pro", "artichoc.io", "typo"},
		{"foxnews.xyz", "fox-news.in", RuleSameLabel},
		{"foxn-ews.xyz", "fox-news.in", "hyphen"},
		{"spiegelr.today", "spiegel.de", "typo"},
		{"sueddeutche.top", "sueddeutsche.de", "typo"},
		{"sueddetusche-.top", "", ""}, // no label ends in a hyphen
		{"seuddeutshe.top", "sueddeutsche.de", "typo"},
		{"blld.live", "bild.de", "homoglyph"},
		{"vvelt.media", "welt.de", "homoglyph"},
		{"weltt.lol", "welt.de", "variant"},
		{"fazz.lol", "faz.net", "variant"},
		{"mfa-qov.info", "mfa.gov.ua", "homoglyph"},
		{"xn--80ak6aa92e.com", "", ""},
		{"xn--siegel-brf.com", "spiegel.de", "idn"},
		{"spi\u0435gel.com", "spiegel.de", "idn"},
		{"rtde.live", "de.rt.com", "affix"},
		{"esrt.tech", "de.rt.com", "affix"},
		{"rt-actualidad.site", "actualidad.rt.com", "affix"},
		{"spiegel-news.top", "spiegel.de", "affix"},
		{"mein-spiegel-archiv.top", "spiegel.de", "contained"},
		{"sueddeutschelogin.top", "sueddeutsche.de", "contained"}, {"quartzsueddeutsche.com", "sueddeutsche.de", "contained"}, // whole words beside it
		{"7449foxnews.com", "fox-news.in", "affix"},
		{"fox-news-internationaledition.com", "fox-news.in", "affix"}, {"rrn-breakingnews.com", "rrn.media", "affix"},
		{"spiegel.co.com", "spiegel.de", RuleSameLabel},
		// Never: own names and what lies below them, allowed names, other words.
		{"artichoc.io", "", ""}, {"www.spiegel.de", "", ""}, {"foxnews.com", "", ""}, {"bild.tv", "", ""}, {"x.bild.tv", "", ""},
		{"weltall.de", "", ""}, {"bildung.de", "", ""}, {"umwelt.info", "", ""}, {"fazenda.com.br", "", ""}, {"barrrnd.com", "", ""}, {"gewelt.com", "", ""},
		{"gov.hr", "", ""}, {"mfa.gov.tr", "", ""}, {"brew.sh", "", ""}, {"portal.gov.pl", "", ""},
		// No names.
		{"", "", ""}, {".", "", ""}, {"artichoc", "", ""}, {"..", "", ""}, {"a..b", "", ""}, {"*.", "", ""}, {"xn--.com", "", ""}, {"\xff\xfe.com", "", ""},
		{strings.Repeat("artichoc.", 40) + "cc", "", ""}, {"com", "", ""},
	} {
		h, ok := m.Match([]byte(tt.name))
		if ok != (tt.from != "") || string(h.From) != tt.from || h.Rule != tt.rule {
			t.Errorf("%q: %+v, want %q by %q", tt.name, h, tt.from, tt.rule)
		}
		if ok && (h.Score < DefaultThreshold || h.Name != tracker.MustName(strings.TrimPrefix(strings.TrimSpace(tt.name), "*."))) {
			t.Errorf("%q: %+v", tt.name, h)
		}
	}
}

func TestMatchIsCaseBlindAndConcurrent(t *testing.T) {
	c, names, _ := stream(t, 3_000, 4)
	m := NewMatcher(c, MatchOptions{})
	want := make([]tracker.Match, len(names))
	for i, n := range names {
		want[i], _ = m.Match(n)
	}
	done := make(chan int)
	for range 4 {
		go func() {
			bad := 0
			for i, n := range names {
				if h, _ := m.Match([]byte(strings.ToUpper(string(n)))); h != want[i] {
					bad++
				}
			}
			done <- bad
		}()
	}
	for range 4 {
		if bad := <-done; bad > 0 {
			t.Errorf("%d names come out otherwise", bad)
		}
	}
}

func TestMissesAllocateNothing(t *testing.T) {
	c, names, _ := stream(t, 5_000, 5)
	m := NewMatcher(c, MatchOptions{})
	var misses [][]byte
	names = append(names, []byte("Forwarding-Rules.COM"), []byte("xn--80ak6aa92e.com"), []byte("a.b.c.d.e.historic.org"), []byte("we-online.co.uk"))
	for _, n := range names {
		if _, ok := m.Match(n); !ok {
			misses = append(misses, n)
		}
	}
	if len(misses) < 3_900 {
		t.Fatalf("%d misses of %d names", len(misses), len(names))
	}
	if n := testing.AllocsPerRun(3, func() {
		for _, n := range misses {
			m.Match(n)
		}
	}); n > 0 {
		t.Errorf("%v allocations in %d misses", n, len(misses))
	}
}

func FuzzMatch(f *testing.F) {
	c := &tracker.Case{Names: []tracker.CaseName{{Name: "artichoc.io", Role: tracker.RoleSeized}, {Name: "de.rt.com", Role: tracker.RoleSeized}},
		Outlets: []tracker.Outlet{{Name: "spiegel.de"}, {Name: "gov.pl"}}}
	m := NewMatcher(c, MatchOptions{Threshold: -50})
	for _, s := range []string{"artichoc.cc", "xn--piegel-j9e.com", "xn--a-ecp.ru", "\u0000.com", "*.x.y", "spi\u0435gel.com", "xn--99999999.com", "a_b.c"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		h, ok := m.Match(name)
		if ok && (h.From == "" || h.Rule == "" || m.owned([]byte(h.Name))) {
			t.Fatalf("Match(%q) = %+v", name, h)
		}
	})
}

func FuzzPunycode(f *testing.F) {
	for _, s := range []string{"bcher-kva", "80ak6aa92e", "-", "a-", "", "99999"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, enc []byte) {
		var room [64]rune
		got, ok := punycode(room[:0], enc)
		if !ok || len(enc) > 50 || slices.Contains(enc, '.') { // labels hold no dots
			return
		}
		// What x/net decodes must come out alike here.
		u, err := idna.Punycode.ToUnicode("xn--" + string(enc))
		if err == nil && !strings.HasPrefix(u, "xn--") && strings.ToLower(u) == u && u != string(got) {
			t.Fatalf("punycode(%q) = %q, x/net says %q", enc, string(got), u)
		}
	})
}
