package fingerprint

import (
	"bytes"
	"strings"
	"sync"
	"unicode"

	"github.com/RadhiFadlillah/whatlanggo"
)

// The small words of a language are a third of what is written in it, and few
// of them are small words of another. Counting them tells the language of prose
// from a table look-up a word; trigrams (whatlanggo), which know more languages
// and shorter texts, are asked where the count leaves a doubt. They take a
// hundred times as long.

// smallWords lists articles, pronouns, prepositions and conjunctions by ISO
// 639-1, written for this project. Relatives of the languages that matter are
// there as competitors: without Afrikaans, its texts would pass for Dutch.
var smallWords = map[string]string{
	"en": "the of and to that is was for with his they from this have not are which their been would were has but you who will more when there said about than its into after also other",
	"de": "der die das und den von mit dem des sich nicht auch auf eine ein einer ist für im als dass nach wird aus bei sind noch wie einem über zum haben nur oder aber vor zur bis mehr durch man wurde werden",
	"fr": "le la les des et est une du dans qui que pour pas sur plus par avec son ce aux ils sont au cette mais nous ont été leur comme elle vous ses ou deux fait lui",
	"es": "el la los de que y en un las del se por con una para su al lo como más pero sus le ha este sí porque esta entre cuando muy sin sobre también hasta hay donde desde fue",
	"it": "il di che la per un in non è del della una sono con da si gli dei le anche più al come ma ha nel alla dal questo delle nella essere lo suo hanno stato",
	"pt": "o de que a do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou quando muito nos já também só pelo pela até isso foi são",
	"nl": "de het een van en in is dat op te zijn met voor niet aan er om ook als maar bij nog door naar uit wordt heeft hij ze werd deze over tot kan meer hun worden geen",
	"pl": "w i na się nie z że do jest to jak o co po ale przez od za tego jego dla tym który przy są oraz już tylko jej być może ich tak także ma było",
	"cs": "a se v na je že s z do o i to k ve pro za by ale si po jako jsou podle které který od při jeho nebo také až však jen jsem byl už být",
	"sk": "a sa v na je že s z do o aj to k vo pre za by ale si po ako sú podľa ktoré ktorý od pri jeho alebo tiež až však len som bol už byť",
	"sl": "je in na v za se da so ki z ne tudi bi po pa kot še iz ali pri ker če ni bo do tega njegov lahko kar",
	"hr": "i je u na da se za su od s a kao što nije će koji bi o iz do ne koje koja ali ili samo kako po prema nakon još kod biti",
	"ro": "și de în la a cu pe că nu o din care este pentru mai un sau dar fi au să fost ale ce prin după lui sunt acest aceasta",
	"hu": "a az és hogy nem is egy ez meg csak volt már de mint el még ki vagy akkor azt aki lehet kell után ha szerint amely között minden",
	"sv": "och att det i som en på är av för med den till inte har de ett om var men vi så från han kan sig när vid eller efter skulle också än bara nu",
	"da": "og at det i en den til er som på de med af for ikke der var et har om vi jeg han fra men sig ved efter blev også være skal eller nu blevet",
	"nb": "og at det i en den til er som på de med av for ikke der var et har om vi jeg han fra men seg ved etter ble også være skal eller nå blitt",
	"fi": "ja on ei se että oli hän joka mutta ovat kun myös niin mukaan kuin ole sen jos tai hänen vain jo siitä sekä ollut mitä nyt",
	"et": "ja on ei et see ta oli mis kui aga ka oma ning siis kes selle veel või pole nii seda nad üks",
	"lv": "un ir ar no par uz ka kas arī pēc tas lai kā bet tika vai ko pie tā līdz to gan viņš nav",
	"lt": "ir yra kad į su iš tai bet kaip apie buvo po jis už nuo ne tik dėl per ar jau bus taip savo jo",
	"tr": "ve bir bu da için de ile olarak daha olan gibi en çok ne var kadar sonra o ama ancak her değil olduğunu göre ya ise mi",
	"af": "die en van in het is dat nie vir op met te wat aan sy hy om was deur ook as maar by word uit hulle ons kan",
	"ca": "el la de i que en a un els les per una es amb del al és no més com però pel dels seva aquest va ha són",
	"gl": "o a de e que en un do da os unha por con para non no na se ao máis como pero foi das dos súa é",
	"id": "yang dan di ini dengan untuk dari dalam tidak itu akan pada juga ke oleh karena ada mereka telah sebagai bisa",
	"sq": "të e në dhe një i që për me nga është nuk se ka më do u si por kjo duke",
	"ru": "и в не на что с по как это он для из его к от но было все так же за то также который о или были этом уже их после только у мы при",
	"uk": "і в не на що з та як це він для із його до від але було всі так же за те також який про або були цьому вже їх після тільки у ми при є й",
	"be": "і ў не на што з як гэта ён для яго да ад але было ўсе так жа за таксама які пра або былі ужо іх пасля у мы пры",
	"bg": "и в не на че с за се от да са това по като той но до както или след които беше бъде със може само който още при",
	"mk": "и во не на дека со за се од да се тоа по како тој но до или кои беше бил може само што уште при ќе",
	"sr": "и у не на да се за су од са је као што није ће који би о из до које која али или само како по према",
	"el": "και το της να του η ο την με για που στο από είναι των τα θα οι δεν ότι στην τους στη ως μας",
}

// small gives the languages of which a word is a small word.
var small = sync.OnceValue(func() map[string][]int {
	m := map[string][]int{}
	for i, code := range smallCodes() {
		for w := range strings.FieldsSeq(smallWords[code]) {
			if at := m[w]; len(at) == 0 || at[len(at)-1] != i {
				m[w] = append(at, i)
			}
		}
	}
	return m
})

// smallCodes are the languages in an order that is always the same.
var smallCodes = sync.OnceValue(func() []string {
	codes := make([]string, 0, len(smallWords))
	for c := range smallWords {
		codes = append(codes, c)
	}
	return sorted(codes, len(codes))
})

const (
	// langBytes of prose, some two hundred words, tell the language; more tell it
	// no better.
	langBytes = 1200
	// A language needs so many small words of its own, and so many times those of
	// the next, to be told by them alone.
	smallHits = 8
	smallLead = 1.5
)

// language is ISO 639-1 of the prose; "" where there is too little of it or two
// languages fit alike.
func language(d *document) string {
	t := d.prosePart()
	if len(t) < 100 {
		return ""
	}
	t = t[:min(len(t), langBytes)]
	if i := bytes.LastIndexFunc(t, unicode.IsSpace); i > 0 {
		t = t[:i]
	}
	if code := bySmallWords(t); code != "" {
		return code
	}
	info := whatlanggo.Detect(string(t))
	if info.Confidence <= 0 {
		return ""
	}
	return info.Lang.Iso6391()
}

// bySmallWords is the language whose small words lead clearly; "" for none.
func bySmallWords(t []byte) string {
	table := small()
	codes := smallCodes()
	var hits [64]int
	var buf [32]byte
	word := buf[:0]
	count := func() {
		if len(word) > 0 {
			for _, i := range table[string(word)] { // no allocation
				hits[i]++
			}
			word = word[:0]
		}
	}
	for _, c := range string(t) {
		if c < 0x80 {
			switch {
			case wordByte[c]:
				if len(word) < 24 {
					word = append(word, byte(c)|0x20)
				}
			default:
				count()
			}
			continue
		}
		if c = unicode.ToLower(c); !unicode.IsLetter(c) {
			count()
		} else if len(word) < 24 {
			word = append(word, string(c)...)
		}
	}
	count()
	best, next := -1, 0
	for i := range codes {
		switch {
		case best < 0 || hits[i] > hits[best]:
			if best >= 0 {
				next = max(next, hits[best])
			}
			best = i
		case hits[i] > next:
			next = hits[i]
		}
	}
	if hits[best] < smallHits || float64(hits[best]) < smallLead*float64(next) {
		return ""
	}
	return codes[best]
}
