package lookalike

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/idna"

	"respawn/tracker"
)

// A manner is one way of imitating, as a stranger to the rules and word lists of this
// package would write it down: what make yields for a label, "" where it has nothing
// to change there.
type manner struct {
	name  string
	least int // shortest label that stands it; labels that begin or end with a digit stand no digits
	// lost is the share, in per cent, of names that may be lost; what a reader could not
	// decide either (welttv, late for slate) has much of it.
	lost float64
	make func(l string, rnd *rand.Rand) string
}

func one(rnd *rand.Rand, s []string) string { return s[rnd.IntN(len(s))] }

const hostLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// uniformEdit is one edit, each of the four kinds, places and letters as likely.
func uniformEdit(l string, rnd *rand.Rand) string {
	c := string(hostLetters[rnd.IntN(len(hostLetters))])
	switch i := rnd.IntN(len(l)); rnd.IntN(4) {
	case 0:
		return l[:i] + l[i+1:]
	case 1:
		return l[:i] + c + l[i+1:]
	case 2:
		i = rnd.IntN(len(l) + 1)
		return l[:i] + c + l[i:]
	default:
		if i+1 == len(l) {
			return ""
		}
		return l[:i] + l[i+1:i+2] + l[i:i+1] + l[i+2:]
	}
}

// strangersAffixes were written down without looking at affixes.
var strangersAffixes = strings.Fields("online portal zone official login blog web site group tv radio plus pro info net world mail support")

var strangersWords = strings.Fields("harbour velvet quartz marble ginger copper meadow falcon timber saddle pepper walnut anchor candle")

// oneOf replaces from by to at one place.
func oneOf(l, from, to string, rnd *rand.Rand) string {
	var at []int
	for i := range l {
		if strings.HasPrefix(l[i:], from) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return ""
	}
	i := at[rnd.IntN(len(at))]
	return l[:i] + to + l[i+len(from):]
}

// letters replaces n of the letters of l that have a twin; 0 = all of them.
func letters(twins map[rune][]rune, n int) func(string, *rand.Rand) string {
	return func(l string, rnd *rand.Rand) string {
		r := []rune(l)
		var at []int
		for i, c := range r {
			if twins[c] != nil {
				at = append(at, i)
			}
		}
		if len(at) < max(1, n) {
			return ""
		}
		rnd.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		if n > 0 {
			at = at[:n]
		}
		for _, i := range at {
			r[i] = twins[r[i]][rnd.IntN(len(twins[r[i]]))]
		}
		return string(r)
	}
}

func twins(rows ...string) map[rune][]rune {
	out := map[rune][]rune{}
	for _, row := range rows {
		r := []rune(row)
		out[r[0]] = r[1:]
	}
	return out
}

var (
	cyrillicTwins = twins("aа", "cс", "eе", "iі", "jј", "oо", "pр", "sѕ", "xх", "yу", "hһ", "dԁ", "qԛ", "wԝ", "lӏ")
	greekTwins    = twins("oο", "vν", "aα", "iι", "pρ", "uυ", "kκ", "tτ", "nη", "wω")
	accentTwins   = twins("aáàâäãåāą", "cçćč", "eéèêëēęě", "gğ", "iíìîïī", "lł", "nñńň", "oóòôöõøō", "rřŕ", "sśšş", "tťț", "uúùûüūů", "yýÿ", "zźżž", "dďđ")
)

var manners = []manner{
	{name: "one edit, 5-7 letters", least: 5, lost: 8, make: func(l string, rnd *rand.Rand) string {
		if len(l) > 7 {
			return ""
		}
		return uniformEdit(l, rnd)
	}},
	{name: "one edit, 8 letters and more", least: 8, lost: 1, make: uniformEdit},
	{name: "two edits", least: 8, lost: 1, make: func(l string, rnd *rand.Rand) string {
		v := uniformEdit(l, rnd)
		if v == "" {
			return ""
		}
		if v = uniformEdit(v, rnd); osaPlain([]byte(l), []byte(v)) != 2 {
			return ""
		}
		return v
	}},
	{name: "affix behind a hyphen", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string { return l + "-" + one(rnd, strangersAffixes) }},
	{name: "affix before a hyphen", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string { return one(rnd, strangersAffixes) + "-" + l }},
	{name: "affix joined behind", least: 5, lost: 10, make: func(l string, rnd *rand.Rand) string { return l + one(rnd, strangersAffixes) }},
	{name: "affix joined in front", least: 5, lost: 10, make: func(l string, rnd *rand.Rand) string { return one(rnd, strangersAffixes) + l }},
	{name: "affix of the 3- and 4-letter labels, hyphen", least: 3, lost: 10, make: func(l string, rnd *rand.Rand) string {
		if len(l) > 4 {
			return ""
		}
		return l + "-" + one(rnd, strangersAffixes)
	}},
	{name: "affix of the 4-letter labels, joined", least: 4, lost: 58, make: func(l string, rnd *rand.Rand) string {
		if len(l) > 4 {
			return ""
		}
		return l + one(rnd, strangersAffixes)
	}},
	{name: "word and hyphen, either side", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		if w := one(rnd, strangersWords); rnd.IntN(2) == 0 {
			return w + "-" + l
		} else {
			return l + "-" + w
		}
	}},
	{name: "between two hyphened words", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		return one(rnd, strangersWords) + "-" + l + "-" + one(rnd, strangersWords)
	}},
	{name: "digits on one side", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		d := strconv.Itoa(rnd.IntN(10_000))
		if rnd.IntN(2) == 0 {
			return d + l
		}
		return l + d
	}},
	{name: "digits on both sides", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		return strconv.Itoa(rnd.IntN(1000)) + l + strconv.Itoa(rnd.IntN(1000))
	}},
	{name: "digits, hyphen and word", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		return strconv.Itoa(rnd.IntN(1000)) + "-" + l + "-" + one(rnd, strangersWords)
	}},
	{name: "word, digits and label", least: 4, lost: 1, make: func(l string, rnd *rand.Rand) string {
		return one(rnd, strangersWords) + strconv.Itoa(rnd.IntN(1000)) + l
	}},
	{name: "joined with a word", least: 7, lost: 28, make: func(l string, rnd *rand.Rand) string {
		if w := one(rnd, strangersWords); rnd.IntN(2) == 0 {
			return w + l
		} else {
			return l + w
		}
	}},
	{name: "in the middle of words", least: 7, lost: 28, make: func(l string, rnd *rand.Rand) string { return one(rnd, strangersWords) + l + one(rnd, strangersWords) }},
	{name: "one Cyrillic letter", least: 2, lost: 1, make: letters(cyrillicTwins, 1)},
	{name: "three Cyrillic letters", least: 3, lost: 1, make: letters(cyrillicTwins, 3)},
	{name: "all letters Cyrillic that have a twin", least: 2, lost: 1, make: letters(cyrillicTwins, 0)},
	{name: "one Greek letter", least: 2, lost: 1, make: letters(greekTwins, 1)},
	{name: "all letters Greek that have a twin", least: 2, lost: 1, make: letters(greekTwins, 0)},
	{name: "one accent", least: 2, lost: 1, make: letters(accentTwins, 1)},
	{name: "two accents", least: 2, lost: 1, make: letters(accentTwins, 2)},
}

func init() {
	for _, p := range [][2]string{{"m", "rn"}, {"rn", "m"}, {"w", "vv"}, {"d", "cl"}, {"cl", "d"}, {"o", "0"}, {"l", "1"}, {"i", "1"}, {"i", "l"}, {"l", "i"}, {"s", "5"}, {"g", "q"}, {"q", "g"}} {
		manners = append(manners, manner{name: "glyph " + p[0] + " as " + p[1], least: 4, lost: 1,
			make: func(l string, rnd *rand.Rand) string { return oneOf(l, p[0], p[1], rnd) }})
	}
}

// whole are the manners that leave the label as it is and choose what stands around.
var whole = []struct {
	name  string
	least int
	lost  float64
	make  func(l string, rnd *rand.Rand) string
}{
	{"same label, any open suffix", 2, 1, func(l string, rnd *rand.Rand) string { return l + "." + one(rnd, openSuffixes()) }},
	{"same label, upper case, star and dot", 2, 1, func(l string, rnd *rand.Rand) string {
		return "*." + strings.ToUpper(l+"."+one(rnd, strangersSuffixes)) + "."
	}},
	{"below a stranger's name", 4, 1, func(l string, rnd *rand.Rand) string { return l + "." + stranger(rnd) }},
	{"below a stranger's name, 2 or 3 letters", 2, 30, func(l string, rnd *rand.Rand) string {
		if len(l) > 3 {
			return ""
		}
		return l + "." + stranger(rnd)
	}},
	{"deep below a stranger's name", 4, 1, func(l string, rnd *rand.Rand) string { return "www." + l + ".login." + stranger(rnd) }},
}

var strangersSuffixes = strings.Fields("com net org info de fr ru xyz top online site shop io co uk.com nl eu in us biz live store news press cc pw ltd life media co.uk com.br")

// openSuffixes are all public suffixes, private ones too, under which strangers get
// names: not those of governments and schools.
var openSuffixes = sync.OnceValue(func() (out []string) {
	for _, s := range Suffixes() {
		if !s.shut() {
			out = append(out, s.Name)
		}
	}
	return out
})

func stranger(rnd *rand.Rand) string {
	return one(rnd, strangersWords) + one(rnd, strangersWords) + "." + one(rnd, strangersSuffixes)
}

// A tally counts the names of one manner.
type tally struct {
	all, found int
	most       float64 // per cent that may be lost
	lost       []string
}

// mannerSets are the two sets of labels; the outlets of the first are drawn anew for
// each seed.
func mannerSets(t testing.TB, seed uint64) map[string]*tracker.Case {
	first, _, _ := stream(t, 1000, seed+500)
	second := &tracker.Case{}
	otherLabels(t)[1].add(second, map[string]bool{}, nil)
	return map[string]*tracker.Case{"seized and outlets": first, "labels of the pairs": second}
}

// inEveryManner plants n names of each manner for each seed with the labels of each
// set, and asks for them.
func inEveryManner(t testing.TB, seeds, n int) (names []string, sets map[string]map[string]*tally) {
	sets = map[string]map[string]*tally{}
	for seed := range uint64(seeds) {
		for set, c := range mannerSets(t, seed+1) {
			if sets[set] == nil {
				sets[set] = map[string]*tally{}
			}
			askEveryManner(NewMatcher(c, MatchOptions{}), rand.New(rand.NewPCG(seed+1, 7)), n, sets[set])
		}
	}
	for _, mn := range manners {
		names = append(names, mn.name)
	}
	for _, w := range whole {
		names = append(names, w.name)
	}
	return names, sets
}

func askEveryManner(m *Matcher, rnd *rand.Rand, n int, out map[string]*tally) {
	own := map[string]bool{}
	for _, w := range m.labels {
		own[w.label] = own[w.label] || w.from.Label() == w.label // not mfa-gov, nor abcnews of abcnews.go.com
	}
	var labels []string
	for _, l := range sortedKeys(own) {
		if own[l] {
			labels = append(labels, l)
		}
	}
	ask := func(manner string, most float64, name, label string) {
		c := out[manner]
		if c == nil {
			c = &tally{most: most}
			out[manner] = c
		}
		c.all++
		if h, ok := m.Match([]byte(name)); ok && h.From.Label() == label {
			c.found++
		} else {
			c.lost = append(c.lost, fmt.Sprintf("%s for %s, got %+v", name, label, h))
		}
	}
	for _, mn := range manners {
		var fit []string
		for _, l := range labels {
			digits := digit(l[0]) || digit(l[len(l)-1])
			if len(l) >= mn.least && !(digits && strings.Contains(mn.name, "digits")) && mn.make(l, rand.New(rand.NewPCG(1, 1)))+mn.make(l, rand.New(rand.NewPCG(2, 1))) != "" {
				fit = append(fit, l)
			}
		}
		for try := 0; len(fit) > 0 && try < n; try++ {
			l := one(rnd, fit)
			v := mn.make(l, rnd)
			if a, err := idna.Punycode.ToASCII(v); err == nil && v != l && !own[v] && goodLabel(a) {
				ask(mn.name, mn.lost, a+"."+one(rnd, strangersSuffixes), l)
			}
		}
	}
	for _, w := range whole {
		for range n {
			l := one(rnd, labels)
			for len(l) < w.least || w.make(l, rnd) == "" {
				l = one(rnd, labels)
			}
			if name := w.make(l, rnd); !m.own[strings.ToLower(strings.Trim(name, "*."))] && len(name) < 200 {
				ask(w.name, w.lost, name, l)
			}
		}
	}
}

// TestEveryManner holds what docs/bench/match.md says of each manner of imitating.
func TestEveryManner(t *testing.T) {
	names, sets := inEveryManner(t, 4, 100)
	for _, set := range sortedKeys(sets) {
		for _, k := range names {
			c := sets[set][k]
			if c == nil || c.all < 100 {
				t.Errorf("%s, %s: hardly any names made", set, k)
				continue
			}
			lost := 100 * float64(c.all-c.found) / float64(c.all)
			t.Logf("%-20s %-45s %6.2f %% of %d lost", set, k, lost, c.all)
			for i := 0; i < len(c.lost); i += max(1, len(c.lost)/5) {
				t.Logf("    %s", c.lost[i])
			}
			if lost > c.most {
				t.Errorf("%s, %s: %.2f %% of %d names lost, at most %v %%", set, k, lost, c.all, c.most)
			}
		}
	}
}
