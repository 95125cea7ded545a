package lookalike

import (
	"slices"
	"strings"

	"respawn/tracker"
)

// newsWords are, by language (ISO 639-1), the words that papers of a language have in
// their names: today, now, news, paper, voice. Latin letters, as in domain names.
var newsWords = map[string][]string{
	"es": strings.Fields("hoy noticias diario prensa ahora ya directo  voz verdad"),
	"pt": strings.Fields("hoje noticias jornal diario agora ja imprensa voz"),
	"it": strings.Fields("oggi notizie giornale ora quotidiano diretta voce italia"),
	"fr": strings.Fields("aujourdhui actualite journal quotidien direct presse maintenant france"),
	"de": strings.Fields("heute jetzt aktuell blatt bote kurier magazin deutschland"),
	"nl": strings.Fields("nieuws vandaag nu krant dagblad"),
	"pl": strings.Fields("dzis dzisiaj wiadomosci gazeta fakty teraz polska portal"),
	"cs": strings.Fields("dnes zpravy noviny aktualne denik"),
	"sk": strings.Fields("dnes spravy noviny aktualne dennik"),
	"hu": strings.Fields("hirek hirlap napi most"),
	"ro": strings.Fields("azi stiri ziar ziarul acum romania"),
	"bg": strings.Fields("dnes novini vesti sega vestnik"),
	"sr": strings.Fields("danas vesti novosti novine vijesti sada"),
	"sl": strings.Fields("danes novice"),
	"sq": strings.Fields("sot lajme gazeta"),
	"el": strings.Fields("simera nea eidiseis tora"),
	"tr": strings.Fields("bugun haber haberler haberi gazete gazetesi"),
	"sv": strings.Fields("idag nyheter nu tidning bladet sverige"),
	"da": strings.Fields("idag nyheder nu avis avisen"),
	"no": strings.Fields("idag nyheter avis avisa"),
	"fi": strings.Fields("tanaan uutiset nyt lehti"),
	"et": strings.Fields("tana uudised"),
	"lv": strings.Fields("sodien zinas"),
	"lt": strings.Fields("siandien zinios naujienos"),
	"uk": strings.Fields("novyny novini sogodni syogodni zaraz ukraina"),
	"ru": strings.Fields("novosti segodnya sejchas vesti gazeta"),
}

// spoken are the languages of newsWords by country (ISO 3166 alpha-2).
var spoken = map[string][]string{
	"ES": {"es"}, "MX": {"es"}, "AR": {"es"}, "CL": {"es"}, "CO": {"es"}, "PE": {"es"}, "VE": {"es"}, "EC": {"es"}, "UY": {"es"}, "PY": {"es"}, "BO": {"es"},
	"CR": {"es"}, "CU": {"es"}, "DO": {"es"}, "GT": {"es"}, "HN": {"es"}, "NI": {"es"}, "PA": {"es"}, "SV": {"es"},
	"PT": {"pt"}, "BR": {"pt"}, "AO": {"pt"}, "MZ": {"pt"}, "IT": {"it"}, "SM": {"it"}, "FR": {"fr"}, "BE": {"nl", "fr"}, "LU": {"fr", "de"}, "CH": {"de", "fr", "it"},
	"CI": {"fr"}, "SN": {"fr"}, "ML": {"fr"}, "BF": {"fr"}, "NE": {"fr"}, "CM": {"fr"}, "CD": {"fr"}, "DZ": {"fr"}, "MA": {"fr"}, "TN": {"fr"},
	"DE": {"de"}, "AT": {"de"}, "LI": {"de"}, "NL": {"nl"}, "PL": {"pl"}, "CZ": {"cs"}, "SK": {"sk"}, "HU": {"hu"}, "RO": {"ro"}, "MD": {"ro", "ru"}, "BG": {"bg"},
	"RS": {"sr"}, "HR": {"sr"}, "BA": {"sr"}, "ME": {"sr"}, "MK": {"bg", "sr"}, "SI": {"sl"}, "AL": {"sq"}, "XK": {"sq"}, "GR": {"el"}, "CY": {"el", "tr"}, "TR": {"tr"},
	"SE": {"sv"}, "DK": {"da"}, "NO": {"no"}, "FI": {"fi", "sv"}, "EE": {"et", "ru"}, "LV": {"lv", "ru"}, "LT": {"lt"}, "UA": {"uk", "ru"}, "RU": {"ru"}, "BY": {"ru"}, "KZ": {"ru"},
}

// local are the words that the readers of a name expect beside its label: by the country
// that the case gives for it, or for the outlet that it imitates, else by its suffix,
// else those of all countries of the case; none where the case names no country.
func local(c *tracker.Case, n *tracker.CaseName) []string {
	var of []string
	add := func(country string) {
		for _, lang := range spoken[strings.ToUpper(country)] {
			of = append(of, newsWords[lang]...)
		}
	}
	add(n.Country)
	for _, o := range c.Outlets {
		if o.Name == n.Impersonates {
			add(o.Country)
		}
	}
	if len(of) == 0 {
		_, _, suffix := Split(string(n.Name))
		add(suffix[strings.LastIndexByte(suffix, '.')+1:])
	}
	if len(of) == 0 {
		for i := range c.Names {
			add(c.Names[i].Country)
		}
	}
	slices.Sort(of)
	return slices.Compact(of)
}

// secondLevel is where papers of a country have their names below its own suffix.
var secondLevel = map[string]string{
	"uk": "co.", "nz": "co.", "za": "co.", "il": "co.", "jp": "co.", "kr": "co.", "in": "co.", "id": "co.", "ke": "co.",
	"tr": "com.", "ua": "com.", "br": "com.", "au": "com.", "mx": "com.", "ar": "com.", "cy": "com.", "mt": "com.", "co": "com.", "pe": "com.", "ec": "com.",
	"uy": "com.", "ve": "com.", "hk": "com.", "tw": "com.", "sg": "com.", "my": "com.", "eg": "com.", "sa": "com.", "pl": "com.",
}

// home are the suffixes, by index in the table, of the country that the case gives for a
// name, or for the outlet that it imitates: DK has dk, TR has tr and com.tr, GB has uk and
// co.uk. None where neither is said.
func home(c *tracker.Case, n *tracker.CaseName) []int32 {
	var out []int32
	add := func(country string) {
		cc := strings.ToLower(country)
		if cc == "gb" {
			cc = "uk" // ISO 3166-1 reserves it, and the domain is older
		}
		for _, s := range []string{cc, secondLevel[cc] + cc} {
			if i, ok := suffixes().index[s]; ok && cc != "" && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	add(n.Country)
	for _, o := range c.Outlets {
		if o.Name == n.Impersonates {
			add(o.Country)
		}
	}
	return out
}
