package registration

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An absence is believed only where the whole reply is understood. A phrase such
// as "not found" stands in replies that mean "not found, because we did not look"
// and "not found, and not to be had" as well, in any language and in words that
// nobody has listed. So the words of everything beside the denial and the terms
// of use must be words of an ordinary reply: greetings, banners, the echo of the
// question, times, invitations to register. One word that is none of them makes
// the reply unknown, which costs a second look and not a wrong date.

var (
	// plainWords are whole words of ordinary replies, without accents.
	plainWords = wordSet(`a an the this that these those it its is are was were be been being we you your our us they their of for from to in on at by with within into via per as and or but if then than so such not no none yes only also just still yet currently presently now today here there where when what which who how all any some more other same new further following above below please thank thanks thankyou sorry unfortunately welcome hello dear user users
name names zone suffix extension tld tlds cctld gtld top level second third subdomain whois rwhois db data record records recorded entry entries object objects info details result results query queries queried querying request requested requests requesting lookup lookups search searched searching answer answers response responses reply status state string input type types class source sources selected item items row rows hits hit total count returned returns return
match matches matched matching matchs found find finding located locate exist exists existing existence exit nonexistent nonexisting available availability avail free unregistered vacant open unclaimed unassigned unallocated nxdomain has have had do does did don can could may might will would shall should must cannot didn doesn couldn isn wasn hasn haven t s re ve ll unable know known unknown yield yielded produced gave
internet network networks information informations centre center national official organisation organization foundation institute university ltd inc llc gmbh bv ab corp corporation company group association cooperative country code copyright c terms use usage conditions disclaimer notice note notes remark remarks comment comments message read see visit go website web site page url http https www com net org link links email mail mailto e contact support help faq manual docs documentation port tcp ip ipv4 ipv6 client host hostname your session logged
version v rev powered running software engine build release date day time timestamp updated update updates last generated utc gmt am pm ms msec sec second secs seconds took elapsed on language english charset encoding utf ascii punycode idn u label output begin end ok success true false null nil one two zero
get buy register registering order apply choose want wish like interested check checked checking verify correct correctly spelling spelled spelt typed typing entered enter sure make through accredited provider providers partner partners become owner first yours today easily cheap grab looking start begin click form online over
accepts accept contains contain contained containing serving serves serve holds authoritative respect shown displayed display filtered filter protocol whoisd security issue issues abuse also addressed report reports handle handles person persons contacts tech technical admin administrative holder holders delegation licence license direct directly download enable enabled relevant relation related associated certain identity include includes included part identifiers ips asns cidr block blocks tickets types licensed
refer text obtain ready short format complete furthermore jobs option list below next advised prepared order represent management discloses disclosed displays minutes hours exceeding contacting cocca never nothing present congratulations great good news sponsored dot delay prefix suffixes contained queries page pages section current dotgov cc tv
field value yyyy mm dd hh ss datetime script latin korean native alternative common remove copy left made multiple option options previously private solutions respectively helpdesk desk system systems lag behind anniversary created creation expiration expires expiry updated dns dnssec unsigned iana icann arin ripe apnic lacnic afrinic before after prior once since until using used uses intended solely only purpose purposes provide provides providing operator operated operates run maintained managed administered published publishes publication public official online mirror local global national country
about concerning regarding against between both each every whole exact exactly full complete currently presently anymore moment never ever queried asked ask question asking specified given supplied provided under beneath hereby following corresponding criteria pattern requested`)

	// plainStems begin such words, in the languages of registries.
	plainStems = byRune(fold(strings.ToLower(`domain domän domein domen domin doména dôme domeniu domé dominiu verkkotunnu tartomany regist regíst rejestr regisz enregist rekister реєстр регистр реестр зарегистр зареєстр домен доменн домейн имя имен ім сервер сервис служб
serv datab databa databas banco base bazie baza baze bazy bazie tietokan datenbank andmeba інформ информ inform intern netz netwer netvær nätverk red réseau rete rede siec síť сеть сет центр centr zentr keskus
willkommen bienven benven bem-vind welkom välkommen velkommen tervetul witamy vítej vitaj dobro добро ласкаво üdvöz hoş selamat chào
suchergeb suche abfrag anfrag gesucht angefrag ergebn eintr treffer gefund keine? nicht kein ein eine der die das dem den des und oder ist sind wurde wurden für von zu im bei es noch unter auf vorhand existier verfügb frei vergeb
recherch résult requêt demand nom noms pour dans le la les un une des du de est sont pas ne n aucun aucune trouv disponib libre introuv inexist existe existen corresp votre vous ce cette il nos
consult búsqued busqued result resultad solicit nombre nombres para por con sin el los las una del en se no ha hay esta está este esta exist encontr coincid libre disponib figura nuestr su al que ningun
pesquis consulta nome nomes não nao há ha foi foram encontr está registro registo disponív livre nenhum para no na nos em um uma os as do da dos das o a e
ricerc risult nome nessun non è e il lo gli una un di del della dei nel per con trov libero disponib esist registr registrat ed ci sono
zoek resultat gevond geen naam niet het een van voor in de is vrij beschikb bestaat onze
sökn söknin resultat inte ingen inga namn den det är finns hittad hittade ledig i för och av
søgn søk resultat ikke ingen navn er findes finnes ledig på til og fundet funnet
haku tulos tulok ei ole löyty nimi nimeä vapaa ja
zapyt wynik nazw nie brak dla w we o jest znalez wolna dostępn rejestrze
dotaz výsled vysled jméno nebyl není žádn záznam pro v ve na je k hledan nalez voln název
lekérdez eredmény név nincs nem talál talalat szabad keresett ilyen
căutar rezultat nume nu este a fost găsit pentru în liber
upit rezultat naziv nije nema za u pretrag ime slobod
запрос результат найден найдено не нет ничего в о об по для и записей запись данн свободен свободн база базе базы существ вы ваш искал
запит результат знайд не немає у про для даних запису вільн існує бази
заявк резултат намерен няма за е бъде
αναζητησ αποτελεσμ ονομα χωρου δεν βρεθηκ υπαρχ καταχωρ το τα για στο στη διαθεσιμ
sorgu sonuç sonuc alan ad adı kayıt kayit bulun değil için bu ve veri tabanı yok müsait
hasil pencarian cari domain tidak belum terdaftar ditemukan tersedia untuk nama di yang ini anda
ket qua tra cuu ten mien chua duoc dang ky khong tim thay cho
نطاق النطاق اسم غير مسجل موجود نتائج البحث خادم دامنه ثبت نشده یافت نشد است برای
שם מתחם לא נמצא רשום תוצאות
exclusivamente autoritativ conten contien cualquier correo electrón datos fines fueron hace hacer mostrad operaci pagina página partir propiedad proporciona protegid publicidad puede relacionad responsabl sistema términos terminos uso usuarios veracidad ya si sobre favor solamente centro administra sido dicha todos leyes materia mayor
autorit esclusiv contien esempi pubblic utent diritti riservati condizioni
sie können kann jetzt hier diese dieser diesen registrieren anmelden liegen liegt vor
nur ausschließlich enthält daten nutzung bedingungen hinweis weitere siehe stand uhr datum sprache rechte vorbehalten
uniquement contient donn utilisation conditions droits réservés voir aussi
사용 신청 원하 경우 바랍 통해 기관 한국 국가
도메인 검색 조회 결과 등록 정보 인터넷 주소 없 않 있 이름 은 는 이 가 을 를 의 으로 상기 입력 하신 해당 요청`)))

	// plainHan are words of ordinary replies in scripts that write no blanks.
	plainHan = strings.NewReplacer(pairs(`域名 网域 網域 查询 查詢 检索 信息 資訊 资料 資料 数据库 資料庫 数据 服务器 伺服器 服务 服務 中心 注册局 註冊局 注册 註冊 系统 系統 欢迎 歡迎 使用 结果 結果 记录 紀錄 記錄 互联网 互聯網 网络 網路 中国 中國 国家 日期 时间 時間 更新 最后 最後 没有 沒有 找到 相关 相關 匹配 符合 任何 可以 不存在 未找到 尚未 未被 您 你 的 该 該 此 本 请 請 被 在 是 已 了 未 无 無 查 到 与 和 或 为空 状态 状態 狀態 名称 名稱
ドメイン ドメイン名 検索 結果 登録 情報 データベース サーバ サーバー 該当 する データ レコード ありません 見つかりません 見つかりませんでした 存在しません されていません おりません 指定 された お探し お調べ の は が を に で と も へ この その 名 ご 利用 ください です ます`)...)

	reAddress  = regexp.MustCompile(`\S*(?:://|@|\p{L}\.\p{L}|\d\.\d)\S*`)
	reAboutIt  = words(subject + `|\b(?:this|that|requested|queried|the|such) (?:domain name|domain|name|label|string|term|word)s?\b`)
	bannerNoun = words(`\b(?:registry|nic|network|internet|foundation|cent(?:er|re|ro|rum)|institute|university|whois|ltd|gmbh|informat\w+|informac\w+|red|rede|réseau)\b|nic\b`)
	rePlace    = words(`\b(?:in|within|from|of|by|on) (?:the |our |this )?(?:[\p{L}\d.'-]+ ){0,3}(?:database|registry|register|whois|server|servers|records|database at .*|system)\b`)
	// strongTerms are of terms of use and of nothing else.
	strongTerms = words(`\b(?:terms (?:of|and)|conditions|copyright|rights|disclaimer|accura\w+|advertis\w*|spam|unsolicited|lawful|liab\w+|warrant\w*|guarantee\w*|privacy|personal data|purposes?|legislation|gdpr|by (?:submitting|using|querying)|you agree|high[- ]volume|automated|queries are (?:logged|monitored)|last update|updated on|https?://|licen[sc]e|mining|harvest\w*|reproduc\w*|redistribut\w*|utf-?8|charset|encoding|e-?mail|misuse|responsib\w+|responsab\w+|legal notice|reserves the right|strictly (?:forbidden|prohibited)|may never|access (?:may|will) be|excessive (?:use|querying|queries) (?:will|may|can))\b`)
	reSometime  = words(`\bavailable (?:from|on|after|until|again|since)\b.*\d|\b(?:free|open|released?|release date)\b.* (?:from|on|after|until|again) .*\d`)
	reNay       = regexp.MustCompile(`^(?:no|false|n|nein|non|não|nao|nie|nee|nej|нет|ні)$`)
	reAsked     = words(`^(?:(?:is |domain )?(?:registered|taken|delegated|exists?|found|in use|used|match(?:ed)?|success|dnssec|cached|hold|idn|vid|whois|result)\??|registrad[oa]|enregistré|registriert|зарегистрирован)$`)
	reEcho      = regexp.MustCompile(`^[^a-z]*` + subject + `[ ,:;>-]+`)
)

func wordSet(s string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// byRune groups stems by their first letter.
func byRune(s string) map[rune][]string {
	m := make(map[rune][]string)
	for _, w := range strings.Fields(s) {
		r, _ := utf8.DecodeRuneInString(w)
		m[r] = append(m[r], w)
	}
	return m
}

func pairs(s string) []string {
	var out []string
	for _, w := range strings.Fields(s) {
		out = append(out, w, "")
	}
	return out
}

// strangeWord is the first word of line that is none of an ordinary reply; ""
// where there is none. Words that the reply writes with a capital are names where
// the line is a banner.
func strangeWord(line string, proper map[string]bool) string {
	banner := proper != nil && bannerNoun.MatchString(line)
	if strings.ContainsAny(line, ":@.") {
		line = reAddress.ReplaceAllString(line, " ")
	}
	for _, w := range strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) }) {
		// Two letters are a top level, a country or a language.
		if strings.ContainsAny(w, "0123456789") || len(w) <= 2 || strings.HasSuffix(w, "nic") || strings.Contains(w, "whois") || plainWord(w) || banner && latin(w) && proper[w] {
			continue
		}
		return w
	}
	return ""
}

// long says whether a stem is long enough to be one: "no" begins "nobody". The
// syllables of Hangul are.
func long(s string) bool {
	if len(s) < 4 {
		return false
	}
	for _, r := range s {
		if unicode.Is(unicode.Hangul, r) {
			return true
		}
	}
	return utf8.RuneCountInString(s) > 3
}

func plainWord(w string) bool {
	f := fold(w)
	if plainWords[f] {
		return true
	}
	first, _ := utf8.DecodeRuneInString(f)
	for _, s := range plainStems[first] {
		if f == s || strings.HasPrefix(f, s) && long(s) {
			return true
		}
	}
	return han(w) && strings.TrimSpace(plainHan.Replace(w)) == ""
}

// han says whether a text is in a script that writes no blanks between words.
func han(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			return true
		}
	}
	return false
}

// residue is the first thing that a reply says beside denying the name and its
// terms of use, and that is not part of an ordinary reply.
func residue(text string, paras []paragraph) string {
	proper := make(map[string]bool)
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if r := []rune(w); unicode.IsUpper(r[0]) {
			proper[strings.ToLower(w)] = true
		}
	}
	for _, p := range paras {
		if p.legal || p.general() {
			continue
		}
		for _, line := range p.lines {
			for _, u := range split(reSplit, ".!?;。！？/", line) {
				if u = trimmed(u); u != "" && !explained(u, proper) {
					return u
				}
			}
		}
	}
	return ""
}

// generalWords is how many words make a paragraph one of general information,
// where it neither names the name nor denies it: what is said of one name is said
// in a few.
const generalWords = 20

func (p *paragraph) general() bool {
	words := 0
	for _, line := range p.lines {
		words += len(strings.Fields(line))
		if strings.Contains(line, subject) || absentPure(trimmed(line)) {
			return false
		}
	}
	return words >= generalWords
}

func trimmed(s string) string {
	return strings.TrimRight(strings.TrimSpace(undecorated(s)), ".!?:;, ")
}

func explained(u string, proper map[string]bool) bool {
	if reSometime.MatchString(u) {
		return false
	}
	if absentPure(u) {
		return true
	}
	if m := reCode.FindString(u); m != "" && absentPure(u[len(m):]) {
		return true
	}
	if m := reEcho.FindString(u); m != "" && absentPure(u[len(m):]) {
		return true
	}
	if i := strings.Index(u, ": "); i > 0 && absentPure(trimmed(u[i+2:])) && strangeWord(u[:i], proper) == "" {
		return true
	}
	if i := strings.Index(u, ": "); i > 0 && reMessage.MatchString(u[:i]) && absentPure(trimmed(u[i+2:])) {
		return true
	}
	if i := strings.Index(u, ":"); i > 0 {
		key, value := canonicalKey(u[:i]), strings.TrimSpace(u[i+1:])
		switch kind := kindOfKey(key); {
		case value == "":
			return kind != keyOther || strangeWord(key, proper) == ""
		case reNay.MatchString(value) && !reAsked.MatchString(key):
			return false // of what else is it said that it is not so?
		case kind == keyDomain && value == subject:
			return true
		case kind == keyStatus || reStatusKey.MatchString(key):
			if judgeStates([]string{stated(field{key: key, value: value})}) == stateAbsent {
				return true
			}
		}
	}
	if strongTerms.MatchString(u) && !reAboutIt.MatchString(u) {
		return true
	}
	return strangeWord(u, proper) == ""
}
