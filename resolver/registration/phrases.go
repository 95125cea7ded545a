package registration

import (
	"regexp"
	"strings"
)

// subject is the place of the asked name in a normalised sentence.
const subject = "§"

// join builds one alternation out of many patterns.
func join(p ...string) string { return "(?:" + strings.Join(p, "|") + ")" }

var (
	// thing is what a reply can be about: the name, or a word for it.
	thing = `(?:(?:the |this |that |your |a |an |any )?(?:requested |queried |specified |given |following |above |searched |entered |second level |internet )*(?:whois |registry )?(?:domain(?: ?names?)?|domain record|object|name|record|entry|entries)(?: (?:you |which you |that you )?(?:have )?(?:requested|queried|entered|searched(?: for)?|specified))?(?: name)?[ :,-]*(?:` + subject + `)?[ ,:-]*|` + subject + `[ ,:-]*)`
	tail  = `(?:[ ,:;-]+.{0,90})?$`

	// absentWords are sentences that say, as a whole, that the name is not
	// registered. They are matched from the first letter of a sentence on; what
	// may follow is judged by absentSpoiled.
	absentWords = words(`^(?:(?:sorry|yes|congratulations|great news|good news|we are sorry|we're sorry|unfortunately|error|note|info|notice|message|result|results|answer|whois|response|status|domain status|but|query|search|reply|the|lookup result|%)[ ,:.!#\d-]+)*` + join(
		// English
		`(?:there (?:is|are|was|were) )?(?:currently |presently )?no (?:match(?:es|ing)?|such|entry|entries|objects?|records?|data|results?|domains?|found|whois (?:data|record|entry|match)|information|registration|registered domains?)(?: (?:record|entry|entries|object|domain|data|result|found|name|domain name|match|matche|information|query)s?)*(?: (?:was|were|is|are|has been|have been|could be|can be))?(?: (?:found|exists?|matched|located|returned|recorded))?!*`+`(?:[ ,:;-]+(?:for|in|on|about|matching|matched|with|from|to|of|that|by|your|the)\b.{0,90}|[ ,:;-]+(?:domain|name)?[ :]*`+subject+`.{0,60})?$`,
		thing+` ?(?:is|was|has|have|does|do|did|could|can|are|were|hasn't|isn't|doesn't|wasn't|couldn't|does|seems to|appears to)? ?(?:currently |presently |still |yet |now )?(?:not|n't|never|no)(?: currently| yet| been| be| to| to be| in| a| present| presently| known to be)* ?(?:found|registe?red|registered domain(?: name)?|exists?|existing|present|recorded|known|assigned|allocated|match(?:ed)?|located|taken|listed|in (?:the |our |this )?(?:[a-z.]+ )?(?:database|registry|register|whois|records?|system|repository))`+tail,
		`(?:not|no) (?:currently |yet )?(?:found|in (?:the |our )?(?:database|registry|register)|registe?red|match(?:ed)?|exists?|existing|objects? found|entries found|record found|such domain|matching)`+tail,
		`nothing (?:was )?(?:found|matched)`+tail,
		`(?:domain|name|object|record) (?:unknown|nonexistent|non-existent|non existent|unregistered|unallocated|unassigned|free|available|vacant)[ .!]*$`,
		`(?:unknown|nonexistent|non-existent|unregistered) (?:domain|name|object)(?: name)?[ :]*(?:`+subject+`)?$`,
		thing+` ?(?:is|are|seems? to be|appears? to be|looks)? ?(?:still |currently |now |yet )?(?:free|available|unregistered|vacant|unassigned|unclaimed|open)(?: (?:for|to)(?: new)? (?:registration|register|be registered|registering|the public|delegation|order))?(?: (?:now|today|yet))?[ .!]*$`,
		thing+` ?(?:is|are) (?:still |currently |now )?(?:free|available) (?:for registration|to register|to be registered)`+tail,
		`(?:free|available|unregistered|avail|vacant|not taken|not in use|available for registration|free for registration|registrable)[ .!:]*(?:`+subject+`)?$`,
		`(?:this |the |your )?(?:query|search|lookup|request)? ?(?:has |have )?(?:returned|found|yielded|produced|matched|gave) (?:0|no|zero)(?: (?:objects?|results?|records?|match(?:es)?|entries|domains?|rows?|hits?))?`+tail,
		`(?:(?:number of )?(?:match(?:es)?|results?|records?|objects?|entries|hits|count|rows|total|found|returned)(?: found| returned)?) ?[:=] ?(?:0|none|zero)$`,
		`(?:0|zero) (?:objects?|results?|records?|match(?:es)?|entries|domains?|rows|hits)(?: (?:found|returned|matched))?`+tail,
		`(?:we |the server |whois )?(?:could not|couldn't|cannot|can't|can not|unable to|was unable to|were unable to|did not|didn't|do not|does not) (?:find|locate|have|match|know)(?: of)?(?: any| a| an| the)?(?: requested| given| queried)? ?(?:match(?:es|ing)?|records?|entry|entries|information|data|domains?(?: names?)?|objects?|results?|`+subject+`)(?: (?:for|about|matching|on|of|in|with|name|record|entry|data|information|`+subject+`).{0,80})?$`,
		`(?:we have|there is|there are) no (?:record|entry|information|data|registration)s? (?:of|for|on|about) `+thing+tail,
		`you queried for `+subject+` but this server does not have any data for `+subject+`.?$`,
		`(?:`+subject+`|this (?:domain|name|domain name)) (?:may|can) (?:still |now )?be registered[ .!]*$`,
		`(?:invalid query or )?domain name not known(?: in .{0,60})?$`,
		`no information (?:is |was )?(?:available |found )?(?:about|on|for) (?:the )?domain(?: name)?`+tail,
		subject+`[ :,-]+(?:free|available|not found|no match|not registered|unregistered|no data|nothing found|unknown|no entries found|no object found|does not exist|avail)[ .!]*$`,
	))

	// absentAbroad are such sentences in the other languages of Europe, loosely:
	// whether they deny or affirm is decided by denies.
	absentAbroad = words(`^` + join(
		// German
		`(?:es wurden? )?(?:keine?n?) (?:einträge?|eintrag|treffer|daten|ergebnisse?|übereinstimmung(?:en)?|domains?|datensatz|datensätze|informationen)(?: (?:für|zu|zur|unter) .{0,60})?(?: gefunden| vorhanden)`+tail,
		`keine? (?:eintrag|einträge|treffer|ergebnisse?)(?: (?:für|zu) .{0,60})?[ .!]*$`,
		`(?:die |der |diese |dieser )?(?:angefragte |gesuchte |gewünschte )?(?:domain(?:name|namen)?|name|eintrag|objekt|`+subject+`)[ :]*(?:`+subject+` )?(?:ist |wurde |konnte |existiert |war )?(?:noch )?(?:nicht (?:gefunden|registriert|vergeben|vorhanden|belegt|bekannt)|existiert nicht|nicht|frei|verfügbar|nicht gefunden werden)(?: werden| registriert| und kann .{0,60})?[ .!]*$`,
		`(?:zu|zur|zum|für|über) .{0,60} (?:liegen|liegt|gibt es|existieren|wurden|wurde) kein\w* \w+(?: vor| gefunden)?[ .!]*$`,
		`(?:nicht (?:gefunden|registriert|vergeben)|frei|verfügbar|domain frei)[ .!]*$`,
		// French
		`(?:aucune?s?|pas d[e']) ?(?:résultats?|entrées?|enregistrements?|correspondances?|données?|domaines?|informations?|objets?|noms? de domaine)(?: n'a été| n'ont été| ne)?(?: été)? ?(?:trouvée?s?|correspond(?:ant)?|disponibles? pour|pour|dans|ne correspond)?`+tail,
		`(?:le |ce |l')?(?:nom de domaine|domaine|nom|objet|enregistrement|`+subject+`)[ :]*(?:`+subject+` )?(?:est |n'est |n'a |n'existe |n' ?)?(?:pas |encore )*(?:non |été |pas )*(?:trouvée?|enregistrée?|introuvable|existe pas|pas|attribuée?|disponible|libre|disponible à l'enregistrement|inexistant)(?: (?:dans|pour|à l'enregistrement|en base|sur).{0,60})?[ .!]*$`,
		`(?:non trouvée?|introuvable|non enregistrée?|non attribuée?|disponible|libre|inexistant)[ .!]*$`,
		// Spanish, Portuguese, Italian, Romanian
		`(?:el |este |o |il |lo |acest )?(?:nombre de dominio|nome de domínio|nome a dominio|nome dominio|dominio|domínio|objeto|oggetto|registro|nombre|nome|domeniul?|numele de domeniu|`+subject+`)[ :]*(?:solicitado |consultado |pesquisado |richiesto )?(?:`+subject+` )?(?:no |não |non |nu )?(?:se |ha |foi |fue |está |esta |é |è |este |a fost |se ha |se encuentra |sido |stato |existe |encontra-se |ainda |aún |ancora )*(?:no |não |non |nu )?(?:encontrado|encontrada|encontró|registrado|registado|registrada|existe|existente|figura|consta|aparece|risulta registrato|risulta|trovato|registrato|esiste|disponible|disponibile|disponível|libre|livre|libero|liber|disponibil|găsit|gasit|înregistrat|inregistrat|existǎ|există|exista|inexistente)(?: (?:para|en|em|no|na|nel|nella|per|pentru|în|in).{0,60})?[ .!]*$`,
		`(?:no se (?:ha )?(?:encontr(?:ó|aron|ado)|hall(?:ó|aron))(?: (?:el|ningún))?|no hay|no existen?|sin|nenhum(?:a)?|não há|não foram? encontrad[oa]s?|nessun[ao]?|non (?:è stat[oa] trovat[oa]|ci sono)|nu (?:s-au? găsit|exist[ăa])) ?(?:ning[uú]n[ao]? |nenhum |nessun |nici ?o? )?(?:dominios?(?: `+subject+`)?|domínios?|resultados?|registros?|registos?|coincidencias?|entradas?|información|informação|datos|dados|objetos?|risultat[oi]|corrispondenz[ae]|record|dati|rezultate?|înregistr[aă]ri)(?: (?:que coincidan|encontrad[oa]s?|trovat[oia]|para|con|com|de|sobre|para el dominio|per|in|pentru).{0,70})?[ .!]*$`,
		`no existe (?:el |este )?(?:dominio )?(?:`+subject+`)?[ .!]*$`,
		`(?:no encontrado|no registrado|inexistente|não encontrado|não registrado|não registado|non trovato|non registrato|nessun risultato|sin resultados|disponible|disponibile|disponível|libre|livre|libero|disponibil|liber|neînregistrat)[ .!]*$`,
		// Russian, Ukrainian, Bulgarian, Serbian
		`(?:доменное имя|домен|имя|объект|запись(?: о домене)?|запису? про домен|информация|доменне ім'я|доменът|името|домейнът|назив домена|`+subject+`)[ :]*(?:`+subject+` )?(?:ещё |еще |ще |пока )?(?:не |није |не е |не було |не был[оа]? |є )?(?:найден[оаы]?|зарегистрирован[оа]?|существует|знайдено|зареєстрован[ийео]+|існує|регистриран[оа]?|регистрован[оа]?|намерен[оа]?|свободен|свободн[оаы]|вільний|вільне|слободан|доступен для регистрации|доступно для регистрации|отсутствует|відсутній|липсва|свободен для регистрации|доступний для реєстрації)(?: (?:для|в|у) .{0,50})?[ .!]*$`,
		`(?:ничего не найдено|не найден[оа]?|не зарегистрирован[оа]?|записей не найдено|записи не найдены|данные не найдены|нет (?:записей|данных|информации) (?:о|об|по|для) .{0,60}|записів не знайдено|нічого не знайдено|свободен|свободно|домен свободен|няма (?:намерени )?(?:записи|резултати).{0,40}|совпадений не найдено)[ .!]*$`,
		// Polish, Czech, Slovak, Croatian, Slovene
		`(?:nazwa domeny|nazwa|domena|domény?|doména|doménové (?:meno|jméno)|naziv domene|ime domene|domeno|objekt|záznam|`+subject+`)[ :]*(?:`+subject+` )?(?:nie |není |neni |nebyl[ao]? |nie je |nije |ni |jest |je |nie jest |nie została |nebola )*(?:nie |není )?(?:zarejestrowan[aey]|znalezion[aoy]|istnieje|woln[aey]|dostępn[aey](?: do rejestracji)?|niezarejestrowan[aey]|nalezen[ao]?|nenalezen[ao]?|registrov[aá]n[ao]?|registrovan[aá]|neexistuje|existuje|voln[áaéýy]|voľn[áéý]|nájden[áéý]|nenájden[áéý]|pronađen[ao]?|registriran[ao]?|slobodn[ao]|slobodan|najden[ao]?|prost[ao]?)(?: (?:do|w|v|k|za|u|na) .{0,50})?[ .!]*$`,
		`(?:nie znaleziono(?: .{0,60})?|brak (?:wyników|rekordów|danych|informacji|wpisów)(?: (?:o|dla|w|na|dotyczących) .{0,60})?|nenalezeno|žádné (?:záznamy|výsledky).{0,40}|nenájdené|žiadne (?:záznamy|výsledky).{0,40}|nema (?:rezultata|podataka).{0,40}|wolna|volná|voľná|slobodna)[ .!]*$`,
		// Dutch, Scandinavian, Finnish, Baltic, Hungarian, Greek
		`(?:de |het |deze |domænet |domenet |domänen |domäännimi |verkkotunnus |verkkotunnusta |domenas |domēns |a |az )?(?:domeinnaam|domein|domænenavnet|domænenavn|domænet|domenet|domenenavnet|domänen|domännamnet|domän|verkkotunnus|domeen|domain(?:nimi|név)?|domeeninimi|domena vārds|domenas|domēns|domén|tartomány|το όνομα|όνομα χώρου|`+subject+`)?[ :]*(?:`+subject+` )?(?:is |är |er |on |yra |ir |δεν |ei ole |inte |ikke |nem |nincs |vielä |είναι |έχει )*(?:nog )?(?:niet |inte |ikke |ej |ei |nav |nėra |nem )?(?:gevonden|geregistreerd|beschikbaar|vrij|hittades inte|hittades ej|hittad|finns inte registrera[dt]|finns inte|findes ikke registreret|finnes ikke registrert|registrerad|registrerat|registreret|registrert|fundet|funnet|ledigt?|ledig for registrering|findes ikke|finnes ikke|finns inte|löytynyt|rekisteröity|vapaa|leitud|registreeritud|vaba|atrasts|reģistrēts|brīvs|rastas|registruotas|laisvas|nerasta(?:s)?|neregistruotas|található|regisztrálva|regisztrált|szabad|bestaat niet|βρέθηκε|καταχωρημένο|διαθέσιμο)(?: (?:for|voor|i|in|til|ja) .{0,50})?[ .!]*$`,
		`(?:geen (?:resultaten|gegevens|overeenkomst(?:en)?|domein) ?(?:gevonden)?.{0,50}|inga (?:träffar|resultat|poster).{0,40}|ingen (?:treff|resultater|data|opplysninger|poster).{0,40}|nincs (?:találat|talalat|ilyen).{0,40}|ei löytynyt.{0,40}|ei leitud|δεν βρέθηκ(?:ε|αν).{0,40})[ .!]*$`,
	))

	// absentElsewhere are such sentences in languages whose denial is part of the
	// wording.
	absentElsewhere = words(`^` + join(
		// Turkish
		`(?:(?:alan adı|bu alan adı|domain|kayıt|`+subject+`)[ :]*(?:`+subject+` )?(?:alan adı )?(?:için )?(?:herhangi bir )?(?:kayıt |sonuç |eşleşme |kaydı )?(?:bulunamadı|bulunamamıştır|bulunmamaktadır|kayıtlı değil(?:dir)?|tescilli değil(?:dir)?|kayıtlı bulunmamaktadır|müsait(?:tir)?|boşta(?:dır)?|tahsis edilmemiş(?:tir)?|kayıt edilmemiş(?:tir)?|tescil edilmemiş(?:tir)?|kayıt için uygun(?:dur)?|kayda uygun(?:dur)?)|(?:kayıt|sonuç|eşleşme) bulunamadı|bulunamadı|müsait|kayıtlı değil(?:dir)?)[ .!]*$`,
		// Indonesian, Vietnamese, Thai, Arabic, Persian, Hebrew
		`(?:(?:nama )?(?:domain|`+subject+`)[ :]*(?:`+subject+` )?(?:ini )?(?:masih )?(?:tidak ditemukan|tersedia|belum terdaftar|tidak terdaftar)|tidak ditemukan|(?:tên miền |không )?(?:`+subject+` )?(?:không tìm thấy|chưa (?:được )?đăng ký|không tồn tại|còn trống)|ไม่พบ.{0,40}|.{0,40}(?:غير مسجل|غير موجود|یافت نشد|ثبت نشده است|ثبت نشده|לא נמצא|פנוי|אינו רשום|متاح للتسجيل|لم يتم العثور).{0,30})[ .!]*$`,
		// Japanese, Korean, Chinese
		`.{0,40}(?:該当する?(?:データ|ドメイン名?|情報|レコード)?(?:は|が)?(?:ありません|見つかりません|存在しません|ございません)|(?:見つかりません|登録されていません|登録されておりません|存在しません|未登録)|取得可能|登録可能|登録できます|空いています).{0,20}$`,
		`.{0,40}(?:등록되어 ?있지 ?않|등록되지 ?않|찾을 ?수 ?없|검색 ?결과가 ?없|존재하지 ?않|등록 ?가능|미등록|사용 ?가능|등록할 ?수 ?있|일치하는 .{0,12}없).{0,30}$`,
		`.{0,40}(?:未注册|未註冊|未被注册|未被註冊|尚未注册|尚未註冊|没有注册|(?:没有|沒有|未|无|無|查无|查無)(?:找到|查到|查询到|查詢到|发现|此|该|任何)?(?:匹配|相关|相關|符合|任何)?(?:的)?(?:记录|紀錄|記錄|结果|結果|域名|信息|資料|网域|網域|数据)|未找到|未查到|找不到|不存在|可以注册|可以註冊|可注册|可註冊|尚可注册).{0,24}$`,
	))

	// denial and freedom tell apart "is not registered" and "is registered", "is
	// free" and "is not free".
	denial  = words(`(?:^|[\s'(,:])(?:no|não|nao|non|nu|ne|pas|n'[a-zé]\w*|keine?[nr]?|nicht|noch nicht|niet|geen|inte|inga|ingen|ej|ikke|ei|nem|nincs|nie|není|neni|nebyl[ao]?|nebola|nije|nema|ni|nav|nėra|sin|sem|aucune?s?|nessun[ao]?|nenhuma?|nicio|brak|žádné|žiadne|не|ни|нет|нема|няма|ничего|нічого|је не|δεν)(?:[\s,'é]|$)|n'est|n'a |n'existe|neexist|nenalez|nenájd|nerast|neregistr|neînregistr|niezarejestr|отсутству|відсутн|липсва|introuvable|inexist|unregistr|existiert nicht|bestaat niet`)
	freedom = words(`disponib|disponív|libre|livre|liber|verfügbar|(?:^|\s)frei|beschikbaar|(?:^|\s)vrij|ledig|vapaa|vaba|brīvs|laisvas|szabad|woln[aey]|dostępn|voln|voľn|slobod|prost[ao]|свобод|вільн|доступ|слобод|διαθέσιμ`)

	// absentSpoiled are words that, within a sentence that absentWords took, make
	// it say something else: another thing was not found, another register was
	// meant, or there is a condition.
	absentSpoiled = words(`\b(?:status|ip(?:v[46])? ?(?:address)?|white ?list|server|servers|service|host|registrar|registrars|registrant|contact|nameservers?|tld|zone|suffix|extension|handle|credential|account|quota|limits?|exceed\w*|cache|because|due to|until|unless|moment|temporar\w*|busy|error|fail\w*|reserved?|blocked|blocking|premium|platinum|restrict\w*|prohibit\w*|forbidden|protect\w*|with us|by us|here|through us|hosted|managed|sponsored|eligible|sale|auction|purchase|price|fee|backorder|transfer|pending|only|received|responses?|answers?|reply|if|may|might|soon|later|again|yet available|not available|unavailable|withheld|variant|trademark|sunrise|landrush|permitted|allowed|authori[sz]ed|format|syntax|valid|supported|handled|command|option|template|file|page|timeout|connection|reach\w*|rate|queries|today|quarantine|deleted|redemption|grace|except|private|confidential|disclosed|public|abuse|key|token|user|session|certificate|dnssec|ds|reseller|referral)\b` +
		`|不可|不能|无法|無法|禁止|保留|限制|できません|不可能|불가|할 ?수 ?없습니다 ?\(|예약|제한|ではありません|服务器|伺服器|サーバ|서버|сервер`)
	// spoiledKept are phrases in which such a word is harmless.
	spoiledKept = words(`\bthis server does not have\b|\bwhois server\b|\bselected sources?\(?s?\)?|\bon this server\b|\bin this server\b|\bfrom this server\b|\bnic\.[a-z]+ server\b|\bregistrars? ?(?:'s|’s)? ?whois\b|\binvalid query or domain\b|\bregistry or registrar('s|’s)? whois\b|\bregistry or registrar\b|찾을 ?수 ?없습니다|\bfor registration (?:at|through|with|via) .*registrars?\b|\bregistered yet\b|\bbut this\b|\bwhois data\b|\bin the private\b`)

	// registrarWords are parts of an honest denial that look like a refusal.
	registrarWords = words(`\bis not registered to krnic\b|\bis (?:free|not|available)\b|\bhas not been registered\b|\binvalid query or domain\b|등록할 ?수 ?있`)

	// boiler marks sentences of terms of use and of general information: they
	// speak of what anybody may or may not do, never of this name and this query.
	boiler = words(`\b(?:we (?:may|reserve|can|will)|you (?:may|must|shall|should|will)|users? (?:may|must|shall|should|are|confirm)|not authori[sz]ed to access or query|you agree|agree (?:that|to|not|with|by)|agreeing|agreement|by (?:submitting|using|executing|querying|accessing|requesting|sending)|terms (?:of|and)|terms & conditions|conditions|lawful|purposes?|copyright|\(c\)|©|all rights|rights? reserved|reserves? the right|reserves? to itself|rights restricted|disclaimer|guarantee|warrant\w*|liab\w+|accuracy|accurate|advertis\w*|solicit\w*|spam|unsolicited|high[- ]volume|automated|compilation|repackaging|dissemination|redistribut\w*|mining|harvest\w*|legislation|gdpr|privacy|personal data|personally|policy|policies|intellectual|legal|prosecut\w*|jurisdiction|whois (?:status codes|inaccuracy|data problem|help)|status codes|visit http|please visit|more information|further information|for information|information purposes|informational|detailed information|provided (?:by|for|as|in|on|only|to|with|without|through|free)|is provided|are provided|is a service|service of|for details|see http|https?://|www\.|last update|updated (?:on|at|every)|whois lookup made|request date|timestamp|query time|response time|expiration date displayed|registrar's sponsorship|sponsorship|not necessarily reflect|registrar of record|owning registrar|registrars?'? whois|failure to locate|is not indicative|redacted|rdap|rdds|accredited|charset|encoding|utf|help|usage|'-h'|for ip address information|this (?:registry )?database contains|contains? only|result of search|could be a subgroup|additional information can|to suppress|questions?|e-?mail|contact (?:us|customer|your)|legal notice|restricted rights|query limit is|limited\b.{0,40}\b(?:reserves?|company)|registry limited|solo acepta|folosirea datelor|publicitare|complain\w*|request access|illegitimate|illegal use|misuse|abuse of|monitored|logged|without (?:the |prior |our )|prior (?:written|permission)|express(?:ly)?|explicit(?:ly)?|strictly|in no (?:event|way)|under no|any use of|use of (?:this|the)|extract(?:ion|ing)?|reproduc\w*|retrieval|transmi\w+|storage|stored|third part\w+|commercial|participating|competing|many different|can now be registered with|available (?:to|via|at|on web|from|in|as|through|solely)|whether a (?:specific )?domain|check whether|is still available or not|determin\w+|allowed to use|authorit(?:y|ies)|administrator|in accordance|pursuant|subject to|in the process of|eligib\w+ (?:policy|requirements)|data (?:in|provided|protection)|the (?:expiration|registration) date|should the user|prohibited to|liable|compliance|temporary specification|access may be|agent|dd[./]mm|yyyy|format|complete date|whois server \d|whois server ready|query server|welcome|hello)\b`)

	// throttleWords say that the query, not the name, was the trouble.
	throttleWords = words(join(
		`\b(?:limit|limits|quota|rate|allowance|allotted|allotment|maximum|threshold|number of (?:\w+ )?(?:queries|requests|lookups|connections))\b.{0,60}\b(?:exceed\w*|reached|hit|surpassed|used up|exhausted|passed|crossed|breach\w*|over)`,
		`\b(?:exceed\w*|reached|hit|over|surpassed|used up|exhausted|consumed)\b.{0,60}\b(?:limits?|quota|rate|allow\w+|maximum|allotted|number of|queries|requests|lookups|threshold|connections)\b`,
		`\btoo (?:many|frequent\w*|fast|often|quickly|busy|much)\b|\bexcess(?:ive)?\b|\bflood\w*|\bover ?load\w*`,
		`\btry(?:ing)? (?:your (?:query|request) |this |it )?(?:again|later|back)\b|\bretry\b|\bcome back\b|\bplease wait\b|\bwait (?:a|for|\d|before|until)|\bslow(?:er)? down\b|\bgo away\b|\bplease (?:try|repeat|slow|reduce)|\bagain (?:in|after|later)\b|\bcool ?down\b`,
		`\btemporar(?:y|ily)\b|\bat (?:this|the) (?:time|moment)\b|\bnot responding\b|\bcurrently (?:down|unavailable|offline|busy|not available|unreachable|under)|\bdown for\b|\bis (?:currently )?(?:down|offline|busy)\b|\bmaintenance\b|\bout of (?:service|order)\b|\bscheduled\b`,
		`\b(?:server|service|system|database|backend|whois|connection|request|query|lookup|registry)\b.{0,40}\b(?:busy|down|unavailable|overloaded|offline|not available|unreachable|errors?|fail\w*|crash\w*|refused|closed|reset|denied|rejected|dropped|terminated|timed out|time ?out|aborted|cancel\w*|disabled|suspended|discontinued|shut ?down)\b`,
		`\bblack ?list\w*|\bblock ?list\w*|\bdeny ?list\w*|\bgr[ae]y ?list\w*|\bbanned\b|\bban\b|\bdenied\b|\brefused\b|\brejected\b|\bunauthori[sz]ed\b|\bnot authori[sz]ed\b|\bthrottl\w*|\brate[- ]?limit\w*|\bcaptcha\b|\bchallenge\b|\bpenalt\w*|\bpunish\w*`,
		`\baccess\b.{0,30}\b(?:denied|restricted|blocked|limited|suspended|forbidden|revoked|disabled|not (?:allowed|permitted|granted))\b`,
		`\b(?:ip|address|client|host|network|connection|you|subnet)\b.{0,50}\b(?:blocked|banned|denied|listed|restricted|suspended|barred|not allowed|not permitted|flagged|locked out)\b`,
		`\bonly \d+ (?:request|quer|lookup|connection)|\b\d+ (?:requests?|queries|lookups|connections) (?:per|every|in|within|a|an|each)\b|\bper (?:second|minute|hour|day)\b|\b(?:daily|hourly|per-minute) (?:whois[- ])?(?:limit|quota|maximum)`,
		`\btime[d]? ?-?out\b|\binternal (?:server )?error\b|\bunexpected\b|\bexception\b|\bfailed\b|\bfailure\b(?: to (?:connect|query|process|read|open))?|\bcould not (?:connect|process|complete|be (?:processed|completed))|\bunable to (?:connect|process|complete|query|reach|contact|perform)|\bcannot (?:connect|process|reach)|\bno connection|\bbroken pipe|\bdatabase error|\bsql\b|\b(?:http )?(?:429|503|502|504)\b`,
		// German, French, Spanish, Portuguese, Italian
		`überschritten|zu viele|zu häufig|später erneut|erneut versuchen|vorübergehend|abfragelimit|verweigert|wartung|überlastet|bitte warten|versuchen sie`,
		`dépassé|trop de|réessay|veuillez patienter|temporairement|refusé|limite de|limite d'|surchargé|indisponible pour le moment|en maintenance|ultérieurement`,
		`excedid|excedeu|exceder|superad[oa]|demasiad|muitas (?:consultas|requisi|solicita)|intente|inténte|tente (?:novamente|de novo|mais tarde)|temporal|temporari|denegad|acesso negado|acceso (?:denegado|restringido)|mantenimiento|manutenção|ultrapass|límite de|limite de|sobrecarg|aguarde|espere`,
		`superat[oai]|troppe|riprov|temporane|accesso negato|manutenzione|sovraccaric|limite (?:di|massimo|giornaliero)|attendere`,
		// Slavic
		`превышен|превысил|лимит|слишком (?:много|часто)|попробуйте|повторите|временно|запрос(?:ов)? отклонен|отказано|доступ (?:запрещ|ограничен|закрыт|заблокирован)|перегружен|техническ|ошибка|перевищен|забагато|спробуйте|тимчасово|обмежен|помилка|ограничени|превишен|прекорач`,
		`przekroczon|zbyt wiele|zbyt (?:często|dużo)|\blimit(?:u|y|em|ów)? (?:zapytań|dzienn|godzin|połącz)|spróbuj|tymczasowo|odmow|przeciążon|konserwacj|błąd|překročen|prekročen|příliš mnoho|priveľa|zkuste|skúste|dočasně|dočasne|přetížen|údržb|odepřen|prekoračen|previše|pokušajte|privremeno|preveč|poskusite|začasno`,
		// Turkish, Dutch, Scandinavian, Finnish, Baltic, Hungarian, Romanian, Greek, others
		`aşıldı|aştınız|aşım|aşmış|çok fazla|çok sık|limiti|sınırı|tekrar dene|geçici|bakım|erişim(?:iniz)? (?:engel|redd|kısıt)|hata(?: oluştu)?|lütfen bekleyin|daha sonra`,
		`overschreden|te veel|probeer|tijdelijk|geweigerd|onderhoud|overskrid|överskrid|overskred|for mange|för många|försök|prøv|tillfällig|midlertidig|vedlikehold|vedligehold|underhåll|ylitetty|ylittyi|liian mont|yritä|tilapäis|ületatud|liiga palju|proovige|pārsniegt|viršyt|bandykite|túllépt|túl sok|próbálja|átmenetileg|karbantart|depăși|prea multe|încercați|temporar|υπέρβαση|υπερβήκατε|πολλά αιτήματα|δοκιμάστε|προσωρινά`,
		`terlalu banyak|coba lagi|melebihi|sementara|vượt quá|quá nhiều|thử lại|tạm thời|เกิน|تجاوز|محاولة|محدود|حاول|مؤقت|בקשות|נסה`,
		`制限|超過|超え|しばらく|後ほど|時間をおいて|時間を置いて|混雑|メンテナンス|アクセス(?:が)?(?:拒否|規制)|エラー|제한|초과|잠시 ?후|나중에|다시 ?시도|차단|점검|오류|거부|限制|受限|超过|超出|超過|频繁|頻繁|过多|過多|稍后|稍後|再试|再試|维护|維護|暂时|暫時|黑名单|黑名單|繁忙|拒绝|拒絕|错误|錯誤|失败|失敗|超时|逾時`,
	))

	// throttledNow says so in a form that terms of use do not take, which speak
	// of what may or will happen; conditional marks those.
	throttledNow = words(`\b(?:limit|quota|number of \w+(?: \w+)?) (?:was |is |has been |have been )?(?:exceeded|reached)\b|\b(?:have|has|had) (?:been )?(?:already )?(?:exceeded|reached)\b|\bexceeded (?:the|your|our|a) |\btoo many (?:queries|requests|connections|lookups)\b|\btry again\b|\b(?:you|ip|address|client|host) (?:is|are|has been|have been|was) (?:currently |temporarily |permanently )?(?:blocked|banned|black ?listed|throttled|denied|suspended)\b|\b(?:request|query|connection|access) (?:was |is |has been )?(?:denied|refused|rejected)\b`)
	conditional  = words(`\b(?:if|may|might|should|could|will|would|when|whose|must|shall|can|who|any)\b`)

	// refusedWords say that the name cannot be had, or that the server will not
	// speak about it: not registered in the ordinary way, and not free either.
	refusedWords = words(join(
		`\breserved?\b|\breservation\b|\bblock(?:ed|ing)\b|\brestrict(?:ed|ion|ions)?\b|\bprohibit\w*|\bforbidden\b|\bpremium\b|\bplatinum\b|\bprotected\b|\bnot available\b|\bisn't available\b|\bno longer available\b|\bunavail\w*|\bunassignable\b|\bun ?registrable\b|\bnot registrable\b|\bnot assignable\b|\binvalid\b|\bdpml\b|\badultblock\b|\buni eps\b|\bglobalblock\b|\bbanned\b|\bwithheld\b|\bwithdrawn\b|\bexcluded\b|\bquarantin\w*|\bredemption\b|\bpending\b|\bgrace period\b|\bsuspended\b|\bdisput\w*|\bauction\b|\bback ?order\b|\bfor sale\b|\bsunrise\b|\bland ?rush\b|\bearly access\b|\bvariant\b|\btrademark\b|\bclaims? notice\b|\bcontraven\w*|\bviolat\w*|\bconflict\w*|\boffensive\b|\bsensitive\b|\bon hold\b|\bto be deleted\b|\bwill be (?:released|deleted|available)\b|\brecently\b|\bexpired\b`,
		`\b(?:not|never|cannot|can't|can not|may not|must not|isn't|n't)\b(?: \w+){0,3} (?:available|allowed|permitted|eligible|possible|open|supported|valid|accepted|served|handled|authoritative|responsible|be (?:registered|assigned|allocated|used|obtained|delegated|applied)|offered|for registration|assignable|registrable|recogni[sz]ed|understood)\b`,
		`\balready (?:\w+ )?(?:registered|taken|in use|exists?|assigned|reserved|delegated)\b|\bis (?:registered|taken|in use|occupied|assigned|delegated)\b|\bhas (?:already )?been (?:registered|taken|assigned|reserved|blocked|suspended|deleted)\b|\bregistered (?:by|to)\b`,
		`\bunsupported\b|\bno (?:whois )?(?:server|service)\b|\bunknown (?:tld|zone|suffix|server|command|query|top|extension)\b|\bnot (?:a )?(?:valid|supported)\b|\bmalformed\b|\billegal\b|\bsyntax\b|\bincorrect\b|\bbad (?:query|request|domain|name|syntax)\b|\bunrecogni[sz]ed\b|\bnot our\b|\bnot (?:managed|handled|administered|operated|served|hosted)\b|\bout of (?:zone|scope)\b|\bno such (?:tld|zone|server)\b|\bonly (?:ascii|idn|letters)\b`,
		`reserviert|gesperrt|nicht verfügbar|nicht registrierbar|nicht zulässig|nicht erlaubt|ungültig|vergeben und|bereits (?:registriert|vergeben)|blockiert|untersagt|kann nicht registriert|darf nicht`,
		`réservée?|bloquée?|indisponible|n'est pas disponible|non disponible|ne peut (?:pas )?être|interdit|invalide|non valide|pas éligible|déjà (?:enregistré|pris|utilisé|attribué)|en cours de suppression|non ouvert|n'est pas autorisé`,
		`reservad[oa]|bloquead[oa]|no (?:está |esta |se encuentra )?disponible|não (?:está |esta )?disponível|indisponível|indisponible|prohibid|proibid|restringid|no se puede|não pode|inválid|ya (?:está )?registrado|já (?:está )?(?:registrado|registado)|no permitid|não permitid|riservat[oa]|bloccat[oa]|non (?:è )?disponibile|vietat|non (?:è )?(?:assegnabile|registrabile|ammesso|consentito)|non valido|già (?:registrato|assegnato)|rezervat|blocat|indisponibil|nu (?:este )?disponibil|interzis|nu poate`,
		`зарезервир|заблокир|недоступ|не доступ|запрещ|стоп-лист|стоп-список|нельзя|невозможн|занят|уже зарегистрирован|зайнят|заборонен|зарезервован|заблокован|недопустим|некоррект|неверн|резервиран|блокиран|забранен|аукцион|зауз|забрањен|премиум|преміум`,
		`zarezerwow|zablokow|niedostępn|zabronion|nie (?:jest )?dostępn|zajęt|nieprawidłow|nie może być|rezervov|vyhrazen|vyhraden|blokov|nedostupn|zakázán|nelze|nemožno|obsazen|neplatn|kwarantann|rezervi|zabranj|nije dostup|ni na voljo|zauzet|zaseden`,
		`rezerve|ayrılmış|engellen|engelli|kullanılamaz|müsait değil|uygun değil|mevcut değil|yasak|kapalı|kısıtl|geçersiz|alınamaz|tahsis edilemez|bloke|dolu\b`,
		`gereserveerd|geblokkeerd|niet beschikbaar|quarantaine|niet toegestaan|ongeldig|reserverad|reserveret|reservert|spärrad|spærret|sperret|blokeret|blokkert|blockerad|inte tillgänglig|ej tillgänglig|ikke tilgængelig|ikke tilgjengelig|karantän|karantæne|karantene|otillåten|ikke tillat|ikke tilladt|varattu|estetty|ei saatavilla|ei ole vapaa|ei ole saatavilla|kielletty|reserveeritud|blokeeritud|keelatud|rezervēts|bloķēts|nav pieejams|rezervuot|užblokuot|neprieinam|fenntartott|foglalt|letiltva|zárolt|nem elérhető|nem regisztrálható|δεσμευμέν|μη διαθέσιμο|δεν είναι διαθέσιμο|αποκλεισμέν`,
		`dipesan|dicadangkan|diblokir|tidak tersedia|dilarang|bảo lưu|không khả dụng|bị khóa|bị chặn|cấm|สงวน|ไม่ว่าง|محجوز|محظور|غير متاح|رزرو|مسدود|שמור|חסום|לא פנוי`,
		`予約|登録できません|取得できません|利用できません|ご利用いただけません|登録不可|取得不可|禁止|ブロック|登録済|예약|불가|사용할 ?수 ?없|등록할 ?수 ?없|금지|이미 ?등록|등록되어 ?있습니다|保留|预留|預留|不可|不能|无法|無法|禁止|屏蔽|已注册|已被注册|已註冊|已被註冊|封锁|封鎖|敏感`,
	))

	// refusedNow says it of this name, in the midst of terms of use.
	refusedNow = words(`(?:\b(?:this|the|your|requested|queried) (?:[\w-]+ )?(?:domain name|domain|name|string|label)|` + subject + `) (?:is|has been|was|cannot|can not|may not|is currently|is not|remains) .{0,40}(?:reserved|blocked|available|unavailable|restricted|prohibited|premium|registered|eligible|allowed|permitted|forbidden|withheld|protected|suspended|delegated|auction|sale)`)
	htmlWords  = regexp.MustCompile(`(?i)<(?:!doctype|html|head|body|title|script)\b`)
	// generally marks what the rules of other languages say will or may happen to
	// whoever asks too much, without a word about this name.
	generally = words(`^[^` + subject + `]*(?:abus|missbrauch|excess?iv|exces|übermäßig|чрезмерн|надмірн|nadużyci|zneužit)[^` + subject + `]*$`)
	// keptBack are words about the holder's data, which are nobody's refusal of the
	// name.
	keptBack = words(`\b(?:data|details|address|contacts?|registrant|holder)s?:? (?:is |are |was |were |has been |have been )?(?:withheld|redacted|hidden|suppressed|not disclosed)\b(?: (?:by|for|due to|at) [a-z' ]+)?`)
	// reservedWords are the words for reserved among refusedWords.
	reservedWords = regexp.MustCompile(join(
		`\breserved?\b|\breservation\b|\breserv(?:iert|eret|erat|erad|ert)\b|\bgereserveerd\b|\breserveeritud\b`,
		`réserv|reservad[oa]|riservat[oa]|rezervat|rezerv(?:ov|uot|i|e)|vyhrazen|vyhraden|zarezerw|zastrzeżon|rezervēts|fenntartott|δεσμευμέν|ayrılmış`,
		`зарезерв|резервиран|dicadangkan|dipesan|bảo lưu|สงวน|محجوز|رزرو|שמור|予約|예약|保留|预留|預留`,
	))
	// notReserved says the contrary.
	notReserved = regexp.MustCompile(`\b(?:not|neither|nor|isn't) (?:\w+ )?reserved\b`)
	// rightsReserved is the one innocent "reserved".
	rightsReserved = words(`\ball rights? (?:are )?reserved\b|\brights reserved\b`)
)
