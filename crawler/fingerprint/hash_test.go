package fingerprint

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"respawn/tracker"
)

func TestWordsAreTheSameInEveryDress(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		n    int
	}{
		{"The quick brown fox", "the  QUICK, brown-fox!", 4},
		{"Правда о войне", "ПРАВДА — о войне.", 3},
		{"café été là", "CAFÉ ÉTÉ LÀ", 3},
		{"新华社北京", "新华社 北京", 5},
		{"x2 Straße ab", "X2 STRAßE  AB", 3},
		{"אמת גדולה مرحبا بالعالم", "אמת, גדולה مرحبا بالعالم", 4},
		{"so: supercalifragilisticexpialidocious!", "so SUPERCALIFRAGILISTICEXPIALIDOCIOUS", 2},
	} {
		a, b := sketchText([]byte(tt.a)), sketchText([]byte(tt.b))
		if a.words != tt.n || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%q and %q: %d words, %x and %x", tt.a, tt.b, a.words, a.simhash, b.simhash)
		}
	}
	for _, w := range []string{"a", "ab", "abcdefg", "abcdefgh", "abcdefghi"} {
		if long := []byte(strings.ToUpper(w) + ", and more of it"); wordAt(long, 0, len(w)) != wordHash([]byte(w), foldASCII) || wordHash([]byte(w), 0) != wordHash([]byte(w), foldASCII) {
			t.Errorf("%q has several hashes", w)
		}
	}
	if wordHash([]byte("ab"), foldASCII) == wordHash([]byte("ab\x20"), foldASCII) {
		t.Error("length is not part of the hash")
	}
}

// slowSimhash is the definition.
func slowSimhash(hashes []uint64) (s uint64) {
	for bit := range 64 {
		ones := 0
		for _, h := range hashes {
			ones += int(h >> bit & 1)
		}
		if 2*ones > len(hashes) {
			s |= 1 << bit
		}
	}
	return s
}

func TestSimCounterIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		var c simCounter
		var all []uint64
		for range n {
			h := r.Uint64() | r.Uint64()&0xff
			all = append(all, h)
			c.add(h)
		}
		if got := c.sum(); got != slowSimhash(all) {
			t.Fatalf("%d hashes: %x, want %x", n, got, slowSimhash(all))
		}
	}
}

// The estimate of 128 one-permutation bins must stay near the true Jaccard
// similarity, for long texts and for short ones, where most bins are borrowed.
func TestMinHashEstimatesJaccard(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, words := range []int{60, 400, 4000} {
		for _, keep := range []float64{0, 0.5, 0.9, 1} {
			var worst float64
			for range 10 {
				a := make([]string, words)
				for i := range a {
					a[i] = fmt.Sprint("w", r.IntN(5000))
				}
				cut := int(float64(words) * keep)
				b := append([]string(nil), a[:cut]...)
				for len(b) < words {
					b = append(b, fmt.Sprint("v", r.IntN(5000)))
				}
				set := func(w []string) map[string]bool {
					m := map[string]bool{}
					for i := 2; i < len(w); i++ {
						m[strings.Join(w[i-2:i+1], " ")] = true
					}
					return m
				}
				sa, sb := set(a), set(b)
				both := 0
				for k := range sa {
					if sb[k] {
						both++
					}
				}
				want := float64(both) / float64(len(sa)+len(sb)-both)
				got := resemblance(sketchText([]byte(strings.Join(a, " "))).minhash, sketchText([]byte(strings.Join(b, " "))).minhash)
				worst = max(worst, got-want, want-got)
			}
			if limit := 0.22; worst > limit {
				t.Errorf("%d words, %.0f %% kept: estimate off by %.2f", words, 100*keep, worst)
			}
		}
	}
}

func TestNearAndFarPages(t *testing.T) {
	a, near, far := sketchOf(newsPage(1, 0)), sketchOf(newsPage(1, 3)), sketchOf(newsPage(99, 0))
	if d := bits.OnesCount64(a.simhash ^ near.simhash); d > 14 {
		t.Errorf("a tenth of the articles changed: %d bits", d)
	}
	if r := resemblance(a.minhash, near.minhash); r < 0.6 {
		t.Errorf("a tenth of the articles changed: resemblance %.2f", r)
	}
	if d := bits.OnesCount64(a.simhash ^ far.simhash); d < 16 {
		t.Errorf("another paper: %d bits", d)
	}
	if r := resemblance(a.minhash, far.minhash); r > 0.1 {
		t.Errorf("another paper: resemblance %.2f", r)
	}
}

func sketchOf(page []byte) sketch { return sketchText(parse(page).prosePart()) }

func TestExtractIsDeterministic(t *testing.T) {
	c, bodies := benchCapture(newsPage(5, 0))
	first := Digest(Extract(c, bodies))
	for range 20 {
		if d := Digest(Extract(c, bodies)); d != first {
			t.Fatalf("%s and %s for the same bytes", d, first)
		}
	}
	other, _ := benchCapture(newsPage(5, 0))
	other.Name = "www.rrn.example"
	if d := Digest(Extract(other, bodies)); d != first {
		t.Error("the name is part of the content's identity")
	}
}

func TestExtractReadsThePage(t *testing.T) {
	c, bodies := benchCapture(newsPage(1, 0))
	fp := Extract(c, bodies)
	if fp.Class != tracker.ClassLive || fp.Title != "RRN Reliable Recent News" || fp.SiteName != "RRN" || fp.Language != "en" || fp.Rule != Rule {
		t.Errorf("class %s, title %q, site %q, language %q", fp.Class, fp.Title, fp.SiteName, fp.Language)
	}
	if fp.Template != "generator:wordpress wp-theme:visnyk" {
		t.Errorf("template %q", fp.Template)
	}
	if len(fp.Slugs) != 33 || len(fp.Titles) != 33 || fp.TextWords < 4500 || len(fp.MinHash) != 128 || fp.DOMTags < 400 || fp.DOM == 0 {
		t.Errorf("%d slugs, %d titles, %d words, %d bins, %d tags", len(fp.Slugs), len(fp.Titles), fp.TextWords, len(fp.MinHash), fp.DOMTags)
	}
	if len(fp.Outbound) != 10 { // nine outlets and t.me
		t.Errorf("outbound %v", fp.Outbound)
	}
	var got []string
	for _, id := range fp.IDs {
		if id.Kind != KindHHHash {
			got = append(got, id.Kind+"="+id.Value+"@"+id.Where)
		}
	}
	if s := strings.Join(got, " "); s != "email=desk@rrn.example@link ga4=G-9ZQ4X7KD21@script metrika=991204417@script telegram=rrn_invented@link" {
		t.Errorf("identifiers %s", s)
	}
}

// A page in another language is named in the head alone, where no visitor clicks; a
// feed is named there too, and may be a service's.
func TestAlternatesAreOutbound(t *testing.T) {
	head := `<link rel="alternate" hreflang="en" href="https://second-label.com/en"><link rel="alternate" hreflang="de" href="/de">
<link rel="alternate" type="application/rss+xml" href="https://feed-service.net/x"></head>`
	c, bodies := benchCapture(bytes.Replace(newsPage(1, 0), []byte("</head>"), []byte(head), 1))
	out := Extract(c, bodies).Outbound
	if !slices.Contains(out, "second-label.com") || slices.Contains(out, "feed-service.net") {
		t.Errorf("outbound %v", out)
	}
}

func TestLanguages(t *testing.T) {
	for want, text := range map[string]string{
		"de": "Die Bundesregierung hat am Montag beschlossen, die Unterstützung für die Ukraine fortzusetzen. Der Kanzler sagte, man werde so lange helfen, wie es nötig sei, und warnte zugleich vor den Folgen eines Krieges für ganz Europa.",
		"fr": "Le gouvernement a présenté mardi son projet de budget devant les députés réunis en séance. Le ministre a déclaré que les dépenses seraient réduites, mais que les écoles et les hôpitaux ne seraient pas touchés par ces mesures.",
		"en": "The government presented its budget to parliament on Tuesday. The minister said that spending would be cut, but that schools and hospitals would not be affected by these measures, which are to come into force next year.",
		"ru": "Правительство представило во вторник проект бюджета. Министр заявил, что расходы будут сокращены, однако школы и больницы эти меры не затронут, и поблагодарил депутатов за совместную работу в этом году.",
		"uk": "Уряд представив у вівторок проєкт бюджету. Міністр заявив, що видатки буде скорочено, проте школи та лікарні ці заходи не зачеплять, і подякував депутатам за спільну роботу цього року.",
		"it": "Il governo ha presentato martedì il suo progetto di bilancio al parlamento. Il ministro ha dichiarato che le spese saranno ridotte, ma che le scuole e gli ospedali non saranno toccati da queste misure.",
		"pl": "Rząd przedstawił we wtorek projekt budżetu. Minister powiedział, że wydatki zostaną zmniejszone, ale szkoły i szpitale nie zostaną objęte tymi środkami, które wejdą w życie w przyszłym roku.",
		"es": "El gobierno presentó el martes su proyecto de presupuesto ante los diputados. El ministro dijo que los gastos se reducirían, pero que las escuelas y los hospitales no se verían afectados por estas medidas.",
		"he": "הממשלה הציגה ביום שלישי את הצעת התקציב. השר אמר כי ההוצאות יקוצצו, אך בתי הספר ובתי החולים לא ייפגעו מהצעדים הללו שייכנסו לתוקף בשנה הבאה.",
		"":   "OK",
	} {
		for range 5 {
			if got := language(parse([]byte("<p>" + text))); got != want {
				t.Errorf("%q: %.40s", got, text)
			}
		}
	}
}

// Words are found eight bytes at a time; they must be those that are found one by
// one, wherever they begin and whatever stands between them.
func TestWordsByEight(t *testing.T) {
	for c := range 256 {
		want := wordByte[c]
		for at := range 8 {
			x := uint64(c) << (8 * at)
			if got := noWord(x)>>(8*at)&0x80 == 0; got != want {
				t.Fatalf("byte %#x at %d: a word %v, want %v", c, at, got, want)
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	const from = "abzAZ09 .,-\n@[`{/:\x7f\x00éЖ中"
	letters := []rune(from)
	for range 2000 {
		var b []rune
		for range r.IntN(40) {
			b = append(b, letters[r.IntN(len(letters))])
		}
		text := []byte(string(b))
		var got, want shingler
		n := eachWord(text, &got)
		m := 0
		for _, w := range bytes.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			for len(w) > 0 { // a Han character is a word by itself
				k := len(w)
				for i, c := range string(w) {
					if wide(c) {
						if k = i; i == 0 {
							k = utf8.RuneLen(c)
						}
						break
					}
				}
				m++
				want.word(wordHash(bytes.ToLower(w[:k]), 0))
				w = w[k:]
			}
		}
		if n != m || got != want {
			t.Fatalf("%q: %d words, want %d", text, n, m)
		}
	}
}
