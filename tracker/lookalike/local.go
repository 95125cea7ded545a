package lookalike

import (
	"slices"
	"strings"

	"respawn/tracker"
)

// newsWords are, by language (ISO 639-1), the words that papers of a language have in
// their names: today, now, news, paper, voice, new. Latin letters, as in domain names.
var newsWords = map[string][]string{
	"es": strings.Fields("hoy noticias diario prensa ahora ya directo digital  voz verdad nuevo nueva"),
	"pt": strings.Fields("hoje noticias jornal diario agora ja digital imprensa voz novo nova"),
	"it": strings.Fields("oggi notizie giornale ora quotidiano diretta voce italia nuovo nuova"),
	"fr": strings.Fields("aujourdhui actualite journal quotidien direct presse maintenant france nouveau nouvelle"),
	"de": strings.Fields("heute jetzt aktuell blatt bote kurier magazin deutschland neue neuer neues"),
	"nl": strings.Fields("nieuws vandaag nu krant dagblad nieuw nieuwe"),
	"pl": strings.Fields("dzis dzisiaj wiadomosci gazeta fakty teraz polska portal nowy nowa nowe"),
	"cs": strings.Fields("dnes zpravy noviny aktualne denik novy nova nove"),
	"sk": strings.Fields("dnes spravy noviny aktualne dennik novy nova nove"),
	"hu": strings.Fields("hirek hirlap napi most uj"),
	"ro": strings.Fields("azi stiri ziar ziarul acum romania noua noul"),
	"bg": strings.Fields("dnes novini vesti sega vestnik novo nova nov"),
	"sr": strings.Fields("danas vesti novosti novine vijesti sada novi nova novo"),
	"sl": strings.Fields("danes novice novi nova novo"),
	"sq": strings.Fields("sot lajme gazeta re"),
	"el": strings.Fields("simera nea eidiseis tora neo nea"),
	"tr": strings.Fields("bugun haber haberler haberi gazete gazetesi yeni"),
	"sv": strings.Fields("idag nyheter nu tidning bladet sverige nya"),
	"da": strings.Fields("idag nyheder nyt nu avis avisen nye"),
	"no": strings.Fields("idag nyheter avis avisa nye"),
	"fi": strings.Fields("tanaan uutiset nyt lehti uusi"),
	"et": strings.Fields("tana uudised uus"),
	"lv": strings.Fields("sodien zinas jauns jauna"),
	"is": strings.Fields("frettir bladid idag nyja"),
	"lt": strings.Fields("siandien zinios naujienos naujas nauja"),
	"uk": strings.Fields("novyny novini sogodni syogodni zaraz ukraina novyi nova"),
	"hy": strings.Fields("lurer aysor nor"),
	"ka": strings.Fields("ambebi dges akhali"),
	"az": strings.Fields("xeber xeberler qezet bugun yeni"),
	"ar": strings.Fields("akhbar alyoum"),
	"he": strings.Fields("hadashot hayom"),
	"id": strings.Fields("berita kabar koran baru"),
	"tl": strings.Fields("balita ngayon bagong"),
	"vi": strings.Fields("tintuc bao moi"),
	"sw": strings.Fields("habari leo mpya"),
	"af": strings.Fields("nuus vandag koerant nuwe"),
	"ca": strings.Fields("avui noticies diari nou nova"),
	"mt": strings.Fields("ahbar illum gazzetta gdid"),
	"ru": strings.Fields("novosti segodnya sejchas vesti gazeta novyj novaya novoe"),
}

// spoken are the languages of newsWords by country (ISO 3166 alpha-2).
var spoken = map[string][]string{
	"ES": {"es"}, "MX": {"es"}, "AR": {"es"}, "CL": {"es"}, "CO": {"es"}, "PE": {"es"}, "VE": {"es"}, "EC": {"es"}, "UY": {"es"}, "PY": {"es"}, "BO": {"es"},
	"CR": {"es"}, "CU": {"es"}, "DO": {"es"}, "GT": {"es"}, "HN": {"es"}, "NI": {"es"}, "PA": {"es"}, "SV": {"es"},
	"PT": {"pt"}, "BR": {"pt"}, "AO": {"pt"}, "MZ": {"pt"}, "IT": {"it"}, "SM": {"it"}, "FR": {"fr"}, "BE": {"nl", "fr"}, "LU": {"fr", "de"}, "CH": {"de", "fr", "it"},
	"CI": {"fr"}, "SN": {"fr"}, "ML": {"fr"}, "BF": {"fr"}, "NE": {"fr"}, "CM": {"fr"}, "CD": {"fr"}, "DZ": {"ar", "fr"}, "MA": {"ar", "fr"}, "TN": {"ar", "fr"},
	"DE": {"de"}, "AT": {"de"}, "LI": {"de"}, "NL": {"nl"}, "PL": {"pl"}, "CZ": {"cs"}, "SK": {"sk"}, "HU": {"hu"}, "RO": {"ro"}, "MD": {"ro", "ru"}, "BG": {"bg"},
	"RS": {"sr"}, "HR": {"sr"}, "BA": {"sr"}, "ME": {"sr"}, "MK": {"bg", "sr"}, "SI": {"sl"}, "AL": {"sq"}, "XK": {"sq"}, "GR": {"el"}, "CY": {"el", "tr"}, "TR": {"tr"},
	"IS": {"is"}, "GB": {"en"}, "US": {"en"}, "IE": {"en"}, "AU": {"en"}, "NZ": {"en"}, "CA": {"en", "fr"}, "ZA": {"en", "af"}, "SE": {"sv"}, "DK": {"da"}, "NO": {"no"}, "FI": {"fi", "sv"}, "EE": {"et", "ru"}, "LV": {"lv", "ru"}, "LT": {"lt"}, "UA": {"uk", "ru"}, "RU": {"ru"}, "BY": {"ru"}, "KZ": {"ru"},
	"AM": {"hy"}, "GE": {"ka"}, "AZ": {"az"}, "EG": {"ar"}, "SA": {"ar"}, "AE": {"ar"}, "IQ": {"ar"}, "SY": {"ar"}, "LB": {"ar"}, "JO": {"ar"}, "LY": {"ar"}, "SD": {"ar"}, "YE": {"ar"},
	"IL": {"he"}, "ID": {"id"}, "MY": {"id"}, "PH": {"tl", "en"}, "VN": {"vi"}, "KE": {"sw", "en"}, "TZ": {"sw"}, "UG": {"en"}, "NG": {"en"}, "GH": {"en"}, "IN": {"en"}, "PK": {"en"}, "AD": {"ca"}, "MT": {"mt", "en"}, "MG": {"fr"}, "BI": {"fr"}, "GA": {"fr"}, "TG": {"fr"}, "BJ": {"fr"}, "GN": {"fr"}, "TD": {"fr"},
}

// lands are what the readers of a country (ISO 3166 alpha-2) call it, in the letters of
// domain names; those of newsWords are not said again.
var lands = func() map[string][]string {
	out := map[string][]string{}
	for row := range strings.FieldsSeq(`
		AL=shqiperi,albania AM=hayastan,armenia AO=angola AR=argentina AT=oesterreich,austria AU=australia AZ=azerbaijan,azerbaycan BA=bosna,bih
		BE=belgie,belgique BF=burkina BG=bulgaria,balgaria BO=bolivia BR=brasil BY=belarus CA=canada CD=congo,rdc CH=schweiz,suisse CI=cotedivoire CL=chile
		CM=cameroun CO=colombia CR=costarica CU=cuba CY=kypros,kibris CZ=cesko,czech DK=danmark DO=dominicana DZ=algerie EC=ecuador EE=eesti EG=egypt,misr
		ES=espana FI=suomi GB=uk,britain GE=georgia,sakartvelo GH=ghana GR=ellada,hellas GT=guatemala HN=honduras HR=hrvatska HU=magyar,hungary
		ID=indonesia,nusantara IE=ireland IL=israel IN=india,bharat IQ=iraq IS=island KE=kenya KZ=kazakhstan LB=lebanon LT=lietuva LU=luxembourg LV=latvija,latvia
		MA=maroc MD=moldova ME=crnagora MG=madagasikara,madagascar MK=makedonija,macedonia ML=mali MT=malta MX=mexico MY=malaysia MZ=mocambique NE=niger
		NG=nigeria NI=nicaragua NL=nederland NO=norge NZ=newzealand PA=panama PE=peru PH=pilipinas,ph PK=pakistan PT=portugal PY=paraguay
		RS=srbija,serbia RU=russia,rossiya SD=sudan SI=slovenija SK=slovensko SN=senegal SV=elsalvador SY=syria TN=tunisie TR=turkiye,turkey TZ=tanzania
		UG=uganda US=usa,america UY=uruguay VE=venezuela VN=vietnam XK=kosova,kosovo ZA=southafrica`) {
		country, names, _ := strings.Cut(row, "=")
		out[country] = strings.Split(names, ",")
	}
	return out
}()

// readers are the countries of the readers of a name: what the case gives for it, or for
// the outlet that it imitates, else that of its suffix, else all countries of the case;
// none where the case names no country.
func readers(c *tracker.Case, n *tracker.CaseName) []string {
	var of []string
	add := func(country string) {
		if country = strings.ToUpper(country); spoken[country] != nil || lands[country] != nil {
			of = append(of, country)
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

// languages are those that are spoken in some countries.
func languages(countries []string) []string {
	var of []string
	for _, country := range countries {
		of = append(of, spoken[country]...)
	}
	slices.Sort(of)
	return slices.Compact(of)
}

// local are the words that readers in some countries expect beside a label: those of
// papers in their languages, what they call their country, and its code.
func local(countries []string) []string {
	var of []string
	for _, lang := range languages(countries) {
		of = append(of, newsWords[lang]...)
	}
	for _, country := range countries {
		of = append(of, lands[country]...)
		if of = append(of, strings.ToLower(country)); country == "GB" {
			of = append(of, "uk")
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

// european are the countries whose residents can have names under eu: the Union, and
// Iceland, Liechtenstein and Norway (Regulation (EU) 2019/517, article 3).
var european = strings.Fields("at be bg cy cz de dk ee es fi fr gr hr hu ie is it li lt lu lv mt nl no pl pt ro se si sk")

// home are the suffixes, by index in the table, of the country that the case gives for a
// name, or for the outlet that it imitates: TR has tr and com.tr, GB has uk and co.uk, DK
// has dk and eu. None where neither is said.
func home(c *tracker.Case, n *tracker.CaseName) []int32 {
	var out []int32
	add := func(country string) {
		cc := strings.ToLower(country)
		if cc == "gb" {
			cc = "uk" // ISO 3166-1 reserves it, and the domain is older
		}
		of := []string{cc, secondLevel[cc] + cc}
		if slices.Contains(european, cc) {
			of = append(of, "eu")
		}
		for _, s := range of {
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
