package registration

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A keyKind is what a field is about.
type keyKind uint8

const (
	keyOther keyKind = iota
	keyDomain
	keyCreated
	keyExpires
	keyUpdated
	keyRegistrar
	keyNS
	keyStatus
)

var letters = strings.NewReplacer("đ", "d", "ł", "l", "ø", "o", "ı", "i", "ß", "ss", "æ", "ae", "ħ", "h", "þ", "th", "ð", "d", "ς", "σ")

// fold takes the accents off: registries write the same word with and without
// them, and leave them out where their software cannot print them. Only the marks
// of European scripts go; those of others are vowels.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return s
	}
	return letters.Replace(strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36f {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

func keyPattern(p ...string) *wording { return words(fold(join(p...))) }

// What keys are called in the languages of registries, by stem, without accents.
// Each is asked of the whole key; the first that matches decides. The exact
// patterns of record.go, which know single registries, come before these.
var (
	// Keys whose values look like those below and are about something else.
	keyNever = keyPattern(`^(?:not|no|non|nao|nicht|niet|inte|ikke|ej|nie|ne|не|un|never|n[ao]t yet)\b|\b(?:unregistered|as of)\b`,
		`\b(?:whois|rdap|referral|web|website|url|mail|e mail|email|abuse|last query|queried|looked up|lookup|check(?:ed)?|request(?:ed)?|now|today|server time|timestamp|database|dnssec|ds data|keytag|postal|street|city|price|fee|available from|available|tech|technical|admin|administrative|billing|phone|fax|tel|address|id|handle|country|contact|iana|reseller)\b`,
		`\b(?:контакт|админ|адрес|technik|adresse|direccion|indirizzo|telef|电话|联系|邮箱|電話|住所|주소|전화)`)

	keyPatterns = []struct {
		kind keyKind
		re   *wording
	}{
		{keyExpires, keyPattern(`\bex ?date\b|\bgood (?:until|till|through)\b|\bexp(?:ir\w*|iry|\b)`, `\b(?:paid|valid|registered|reserved|renewed) (?:till|until|to|thru|through)\b`, `\b(?:renewal|anniversary|end date|valid to|validity|due date)\b`,
			`ablauf|laufzeit|gultig|vertragsende`, `echeance|fin de validite`, `vencim|caduc|valido hasta|vigencia`, `validade|vencimento|valido ate`, `scaden`, `vyprs|platnost|vypršen|expirac|koncz|wygas|waznos|koniec okresu|oplacon`,
			`istek|istic|važi do|istje`, `lejar|ervenyes|expira`, `verloopt|vervaldatum|einddatum`, `udlob|utlop|utgar|giltig|gyldig til|voimassa|vanhenee|paattyy`, `aegub|kehtiv|deriga|galioja|pabaiga`,
			`оплачен|истека|истечен|окончан|закінч|действителен до|дійсн|срок|изтича|важи до|истиче`, `ληξη|ισχυει`, `bitis|gecerlilik|sona erme|son kullan`, `kedaluwarsa|kadaluarsa|berakhir|het han|หมดอายุ|สิ้นสุด`,
			`انتهاء|الانتهاء|انقضا|תוקף|פקיעה`, `到期|过期|過期|届满|有効期限|失効|만료|종료`)},
		{keyCreated, keyPattern(`\bcr ?date\b|\bentered\b|\bcreat\w*|\bactivat\w*|\bcommencement\b|\bvalid from\b|\b(?:first |originally )?registered(?: (?:on|at|since|date))?\b`, `\b(?:registration|delegation|assignment|allocation|start) (?:date|time|day)\b|\bdate (?:of )?(?:registration|registered|created|assigned)\b|\b(?:assigned|delegated|granted|commenced|since)\b`,
			`erstell|erstregistr|angelegt|registriert|registrierung|vergeben (?:am|seit)|eingetragen|seit\b`, `creation|cree le|enregistre le|date d.? ?enregistrement`, `creac|creado|fecha de (?:alta|registro|inscripcion)|registrado (?:el|en)|alta\b`, `criad|criac|data d[eo] regist|registad|registrado em`, `creat[oa]\b|creazione|data (?:di )?registrazione|registrato`,
			`utworz|zarejestr|data rejestr|zalozen|vytvor|registrovan|registrace|datum (?:registr|kreir|otvar)|registriran`, `inregistrat|data inreg|creat la`, `letrehoz|regisztral|bejegyz`, `geregistreerd|aangemaakt|registratiedatum|begindatum`, `oprettet|opprettet|registreret|registrert|registrerad|skapad|rekisteroi|luotu|myonnetty`, `loodud|registreeritud|registrets|sukurt|iregistr|uzregistr`,
			`создан|создано|регистрац|зарегистр|регистриран|створен|зареєстр|реєстрац|регистрова|делегирован [ос]`, `δημιουργ|καταχωρηση|εγγραφη`, `olustur|kayit tarihi|tescil tarihi|tahsis`, `dibuat|daftar|registrasi|terdaftar|ngay dang ky|ngay tao|จดทะเบียน|วันที่สร้าง`,
			`الإنشاء|انشاء|التسجيل|تاريخ التسجيل|ثبت|נרשם|רישום`, `创建|创立|注册(?:时间|日期|日)|註冊(?:時間|日期|日)|申请日期|登録(?:年月日|日)|등록(?:일|날짜|일자)|생성일`)},
		{keyUpdated, keyPattern(`\bupdat\w*|\bmodif\w*|\bchanged\b|\blast (?:change|edit|renewed|renewal)\b|\bedited\b`, `geandert|aktualis|anderung|mise a jour|modificad|actualiz|alterad|atualiz|aggiornat|modificat|zmian|zmenen|zmodyfik|izmen|promen|gewijzigd|andret|andrad|endret|muokattu|muudetud|mainit|pakeist|изменен|обновлен|змінен|оновлен|променен|τροποποι|guncelle|diubah|diperbarui|cap nhat|تعديل|تحديث|עדכון|更新|变更|變更|변경`)},
		{keyRegistrar, keyPattern(`\bregistrar\b|\bregistar\b|\bsponsor(?:ing|ed)?(?: (?:agent|by|registrar|organi[sz]ation))?$|\bregistered (?:by|through|via|with)\b|\bprovider\b|\bagent\b|\bmanaged by\b|\bmaintainer\b`, `registrator|registrierungsstelle|verwalter|verwaltet von`, `bureau.{0,3}enregistrement|registraire`, `registrador|entidade gestora|gestore|mantenedor|proveedor`,
			`rejestrator|registratur|regisztrator`, `rekisterinpitaja|valittaja|registripidaja|registravimo`, `регистратор|реєстратор`, `καταχωρητ`, `kayit (?:sirketi|operatoru|kurulusu|firmasi)`, `pendaftar|nha dang ky|ผู้รับจดทะเบียน|ผู้ให้บริการ`, `المسجل|مسجل|רשם`, `注册商|注册服务|註冊商|受理注册|受理註冊|指定事業者|レジストラ|등록대행|등록기관`)},
		{keyNS, keyPattern(`\b(?:n\w*servers?|name ?servers?|domain servers?|hostnames?|host|hosts|servers?|ns|dns|delegation|delegated to)\b`, `serveur|servidor|server dei nomi|nom de serveur|serwer|jmenn\w+ server|namensserver|naamserver|namnserver|navneserver|navnetjener|nimipalvelin|nimeserver|vardu server|nev ?szerver|server de nume|nameserver`, `сервер|сървър|нс\b|εξυπηρετητ|διακομιστ|sunucu|may chu|เนมเซิร์ฟเวอร์|خادم|خوادم|שרת`, `域名服务器|域名伺服器|dns服务器|ネームサーバ|네임서버|호스트`)},
		{keyStatus, keyPattern(`\b(?:status|state|condition|disposition|availability)\b`, `zustand|etat\b|statut|situacion|situacao|estado|estatus|\bstato\b|\bstan\b|\bstav\b|stanje|stare\b|allapot|tila\b|seisund|statuss|busena|состояние|статус|стан\b|състояние|стање|κατασταση|durum|trang thai|สถานะ|حالة|وضعیت|מצב|סטטוס|状态|狀態|状態|상태`)},
		{keyDomain, keyPattern(`^(?:domain|domane\w*|domanen\w*|domein\w*|domena|domene\w*|domen\w*|domeniu\w*|dominio|dominium|domaine|domin\w*|tartomany\w*|verkkotunnus|domeen\w*|домен\w*|доменне.*|доменное.*|домейн\w*|ονομα χωρου|alan adi|nama domain|ten mien|ชื่อโดเมน|اسم النطاق|نطاق|النطاق|دامنه|שם מתחם|域名|网域|網域|ドメイン名?|도메인(?: ?이름)?)(?: (?:name|registrato|registriert|enregistre|nimi))?$`, `^(?:nom de domaine|nombre del? dominio|nome d[eio]l? dominio|nome dominio|nume (?:de )?domeniu|nazwa domeny|naziv domen\w*|ime domen\w*|navn pa domene|object name|name of domain|fqdn)$`)},
	}
)

// kindOfKey is what a canonical key is about, as far as its words tell.
func kindOfKey(key string) keyKind {
	if len(key) > 60 {
		return keyOther
	}
	k := fold(key)
	for _, p := range keyPatterns {
		if p.re.MatchString(k) {
			if keyNever.MatchString(k) && p.kind != keyDomain {
				return keyOther
			}
			return p.kind
		}
	}
	return keyOther
}

// latin says whether a word is in a script that has capitals.
func latin(word string) bool {
	for _, r := range word {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) && !unicode.Is(unicode.Cyrillic, r) && !unicode.Is(unicode.Greek, r) {
			return false
		}
	}
	return true
}
