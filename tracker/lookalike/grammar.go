package lookalike

import (
	"slices"
	"strconv"
	"strings"
)

// articles are, by language (ISO 639-1), the words for "the" that stand before a name.
var articles = map[string][]string{
	"en": {"the"}, "fr": {"le", "la", "les"}, "de": {"der", "die", "das"}, "nl": {"de", "het"}, "es": {"el", "la", "los", "las"},
	"pt": {"o", "a", "os", "as"}, "it": {"il", "la", "lo", "i", "le"}, "el": {"o", "i", "to", "ta"}, "hu": {"a", "az"},
	"sv": {"den", "det", "de"}, "da": {"den", "det", "de"}, "no": {"den", "det", "de"}, "ar": {"al"},
}

// endings are, by language, what a name gets at its end when it comes to mean "the" or
// several: sjavarklukkan, ziarul, parolesbaobab. All languages take an s from English.
var endings = map[string][]string{
	"es": {"es"}, "de": {"e", "n", "en", "er"}, "nl": {"en"}, "sv": {"n", "en", "et", "na"}, "da": {"n", "en", "et", "ne"}, "no": {"n", "en", "et", "a", "ene"},
	"is": {"n", "in", "id", "inn"}, "fi": {"t", "n"}, "et": {"d"}, "ro": {"ul", "a", "le", "i"}, "bg": {"ta", "to", "at", "te"}, "sq": {"i", "a", "u", "t"},
	"sr": {"i", "e", "a"}, "sl": {"i", "e", "a"}, "pl": {"y", "i", "a"}, "cs": {"y", "i", "a"}, "sk": {"y", "i", "a"}, "hu": {"k", "ok", "ek"}, "tr": {"i", "lar", "ler"},
	"lv": {"i", "a"}, "lt": {"as", "ai"}, "uk": {"y", "i", "a"}, "ru": {"y", "i", "a"}, "hy": {"n", "y"}, "ka": {"i"},
}

// numerals are, by language, the numbers that names have, as words: 1 to 10, and 24.
var numerals = map[string][]string{
	"en": strings.Fields("one two three four five six seven eight nine ten twentyfour"),
	"es": strings.Fields("uno dos tres cuatro cinco seis siete ocho nueve diez veinticuatro"),
	"pt": strings.Fields("um dois tres quatro cinco seis sete oito nove dez vintequatro"),
	"it": strings.Fields("uno due tre quattro cinque sei sette otto nove dieci ventiquattro"),
	"fr": strings.Fields("un deux trois quatre cinq six sept huit neuf dix vingtquatre"),
	"de": strings.Fields("eins zwei drei vier fuenf sechs sieben acht neun zehn vierundzwanzig"),
	"nl": strings.Fields("een twee drie vier vijf zes zeven acht negen tien vierentwintig"),
	"pl": strings.Fields("jeden dwa trzy cztery piec szesc siedem osiem dziewiec dziesiec dwadziesciacztery"),
	"cs": strings.Fields("jedna dva tri ctyri pet sest sedm osm devet deset dvacetctyri"),
	"sk": strings.Fields("jeden dva tri styri pat sest sedem osem devat desat dvadsatstyri"),
	"hu": strings.Fields("egy ketto harom negy ot hat het nyolc kilenc tiz huszonnegy"),
	"ro": strings.Fields("unu doi trei patru cinci sase sapte opt noua zece douazecisipatru"),
	"bg": strings.Fields("edno dve tri chetiri pet shest sedem osem devet deset dvadesetichetiri"),
	"sr": strings.Fields("jedan dva tri cetiri pet sest sedam osam devet deset dvadesetcetiri"),
	"sl": strings.Fields("ena dve tri stiri pet sest sedem osem devet deset stiriindvajset"),
	"sq": strings.Fields("nje dy tre kater pese gjashte shtate tete nente dhjete njezetekater"),
	"el": strings.Fields("ena dyo tria tessera pente exi epta okto ennea deka eikositessera"),
	"tr": strings.Fields("bir iki uc dort bes alti yedi sekiz dokuz on yirmidort"),
	"sv": strings.Fields("ett tva tre fyra fem sex sju atta nio tio tjugofyra"),
	"da": strings.Fields("en to tre fire fem seks syv otte ni ti fireogtyve"),
	"no": strings.Fields("en to tre fire fem seks sju atte ni ti tjuefire"),
	"is": strings.Fields("einn tveir thrir fjorir fimm sex sjo atta niu tiu tuttuguogfjorir"),
	"fi": strings.Fields("yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan kymmenen kaksikymmentanelja"),
	"et": strings.Fields("yks kaks kolm neli viis kuus seitse kaheksa uheksa kumme kakskummendneli"),
	"lv": strings.Fields("viens divi tris cetri pieci sesi septini astoni devini desmit divdesmitcetri"),
	"lt": strings.Fields("vienas du trys keturi penki sesi septyni astuoni devyni desimt dvidesimtketuri"),
	"uk": strings.Fields("odyn dva try chotyry piat shist sim visim deviat desiat dvadtsiatchotyry"),
	"ru": strings.Fields("odin dva tri chetyre pyat shest sem vosem devyat desyat dvadtsatchetyre"),
}

// figures are the numbers of numerals.
var figures = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "24"}

// spelled are the other words that figures stand for in English names: news4all.
var spelled = [][2]string{{"4", "for"}, {"2", "to"}, {"2", "too"}}

// tongues are the languages of a watched label, English last.
func (w *watched) tongues() []string {
	if slices.Contains(w.langs, "en") {
		return w.langs
	}
	return append(slices.Clone(w.langs), "en")
}

// article: thecormorantledger, der-rheinbote; and faiadoaberto for ofaiadoaberto.
func article(w watched, _ *environment, yield func(string)) {
	for _, lang := range w.tongues() {
		for _, a := range articles[lang] {
			for _, l := range w.forms() {
				yield(a + l)
				yield(a + "-" + l)
			}
			if l, ok := strings.CutPrefix(w.label, a); ok {
				leave(l, yield)
			}
		}
	}
}

// ending: sjavarklukkan, thuyenthungs; almarfanew for almarfanews; nordvaktarna for
// nordvaktaren.
func ending(w watched, _ *environment, yield func(string)) {
	all := w.inflections()
	for _, e := range all {
		yield(w.label + e)
		l, ok := strings.CutSuffix(w.label, e)
		if !ok {
			continue
		}
		leave(l, yield)
		for _, other := range all {
			yield(l + other)
		}
	}
}

// inflections are the endings that a word of a label may get or lose.
func (w *watched) inflections() []string {
	out := []string{"s"}
	for _, lang := range w.langs {
		out = append(out, endings[lang]...)
	}
	return out
}

// leave yields what is left of a label when something is taken off, where that is the
// campaign's own: france24 does not leave france.
func leave(l string, yield func(string)) {
	l = strings.Trim(l, "-")
	if len(l) > shortLabel+1 && knownLabels()[l] == 0 {
		yield(l)
	}
}

// numberWord: kanalfem for kanal5, stimme24 for stimmevierundzwanzig, in the readers'
// language or in English.
func numberWord(w watched, _ *environment, yield func(string)) {
	for _, lang := range w.tongues() {
		for i, word := range numerals[lang] {
			inFigures(w.label, figures[i], word, yield)
			inWords(w.label, figures[i], word, yield)
		}
	}
	for _, p := range spelled {
		inFigures(w.label, p[0], p[1], yield)
		inWords(w.label, p[0], p[1], yield)
	}
}

// inFigures puts the word for the figure where that is a whole number of the label.
func inFigures(label, figure, word string, yield func(string)) {
	for at := 0; ; {
		i := strings.Index(label[at:], figure)
		if i < 0 {
			return
		}
		i += at
		end := i + len(figure)
		if (i == 0 || !digit(label[i-1])) && (end == len(label) || !digit(label[end])) {
			yield(label[:i] + word + label[end:])
		}
		at = end
	}
}

// inWords puts the figure for the word where that begins or ends the label, or stands
// between hyphens. Words of less than four letters end too many others.
func inWords(label, figure, word string, yield func(string)) {
	for at := 0; ; {
		i := strings.Index(label[at:], word)
		if i < 0 {
			return
		}
		i += at
		end := i + len(word)
		before, behind := i == 0 || label[i-1] == '-', end == len(label) || label[end] == '-'
		if before && behind && len(word) < len(label) || (before || behind) && len(word) > 3 {
			yield(label[:i] + figure + label[end:])
		}
		at = end
	}
}

// reworded: what the label carries beside its own for a word that papers have in their
// names, worn or of the readers, or for their country: bulalakawnews for
// bulalakawbalita, thermaikosnews for thermaikos24, news-zorya for zorya-bg. What is
// beside it must be the campaign's own. Where the words of the label are known, any of
// two goes (colmenadigital for colmenapopular), and one word of the trade for another
// (tasmantelegram for tasmantelegraph).
func reworded(w watched, _ *environment, yield func(string)) {
	others := slices.Concat(affixes[:firstAffixes], w.words)
	beside := func(l string) {
		leave(l, func(l string) {
			for _, b := range others {
				joined(l, b, yield)
			}
		})
	}
	stripped(w, beside)
	for i, word := range w.called {
		if len(w.called) == 2 {
			beside(w.called[1-i])
		}
		if !slices.Contains(trades, word) && !slices.Contains(affixes, word) && !slices.Contains(w.words, word) {
			continue
		}
		words := slices.Clone(w.called)
		for _, other := range slices.Concat(trades, w.words) {
			words[i] = other
			yield(strings.Join(words, ""))
		}
	}
}

// hyphens: voix-du-lac for voixdulac. Each of the three words has a vowel and two
// letters or more.
func hyphens(w watched, _ *environment, yield func(string)) {
	l := w.label
	if strings.Contains(l, "-") {
		return // one more is the rule hyphen's
	}
	for i := 2; i+4 <= len(l); i++ {
		if !syllable(l[:i]) {
			continue
		}
		for j := i + 2; j+2 <= len(l); j++ {
			if syllable(l[i:j]) && syllable(l[j:]) {
				yield(l[:i] + "-" + l[i:j] + "-" + l[j:])
			}
		}
	}
}

// syllable says whether some word could be spelled so: it has a vowel, or is a number.
func syllable(s string) bool {
	if strings.ContainsAny(s, vowels) {
		return true
	}
	_, err := strconv.Atoi(s)
	return err == nil
}
