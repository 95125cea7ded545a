package registration

import (
	"net/netip"
	"regexp"
	"strings"
	"time"

	"respawn/tracker"

	whoisparser "github.com/likexian/whois-parser"
)

// A record is what a WHOIS reply states about a domain, before anyone decides
// what it is worth.
type record struct {
	domains []string // names that the reply says it is about, as written, lower case
	reg     tracker.Registration
	states  []string          // raw status values
	contact map[string]string // registrant by field, cleartext
	fields  []field           // that say something
	holder  bool              // somebody is named as its holder or contact
	dated   bool              // a creation or expiry date stands there, readable or not
}

var (
	reDomainKey = words(`^(?:[a-z ]+ / )?(?:domain(?: ?name)?|domainname|ascii|puny ?name|punycode|acename|ace|domena|domaine|dominio|nombre de dominio|nome de domínio|domeniu|домен|alan adı|도메인이름|域名|ドメイン名|complete domain name|internationalized domain name|idn|dns domain|domain \(ace\)|domain idn|ascii domain name|name|query)(?: / [a-z ]+)?$`)
	reCreated   = words(`^(?:(?:domain|record|name|domain name|domain record|entry|object|registration|registry|first registration|original)? ?(?:creat(?:ed|ion)|registered|registration|activated|activation|commencement|delegated|assigned|approved|connected|reg|added|inserted)(?: ?(?:on|at|date|time|since|datetime))*(?: ?\(.*\))?|domain dateregistered|dateregistered|domain name commencement date|first registration date|date registered|date created|registered since|registrace|zarejestrowan[ay]|data de (?:registo|criação|registro)(?: / creation date.*)?|creation date.*|(?:date|fecha) de (?:création|creación|registro|alta)|créé le|등록일|登録年月日|注册时间|注册日期|註冊日期|дата регистрации|дата создания|oluşturulma tarihi|kayıt tarihi|rekisteröity|luotu|创建时间)$`)
	reExpires   = words(`^(?:(?:domain|record|name|domain name|registry|registrar registration|registration|current)? ?(?:expir(?:y|es|ed|ation|e)|will expire|valid(?:ity)?(?: until| till| to)?|paid till|paid until|renewal|renew|next renewal|renewal due|anniversary)(?: ?(?:on|at|date|time|until|till|datetime))*(?: ?\(.*\))?|data de expiração(?: / expiration date.*)?|expiration date.*|fecha de (?:vencimiento|expiración|caducidad)|date d['e ]*expiration|사용 종료일|有効期限|过期时间|到期日期|到期时间|дата окончания.*|geçerlilik tarihi|bitiş tarihi|expires on.*)$`)
	reUpdated   = words(`^(?:(?:domain|record|name|domain name|domain record|registration)? ?(?:last )?(?:update[ds]?|modif(?:ied|ication)|changed?|edited)(?: ?(?:on|at|date|time|by|datetime))*(?: ?\(.*\))?|last update|date updated|date modified|domain datelastmodified|최근 정보 변경일|最終更新|更新时间|last modified)$`)
	reRegistrar = words(`^(?:current |sponsoring |authori[sz]ed |domain |registration )?(?:registrar|registar|registrator|registrář|bejegyző)(?: ?(?:name|organi[sz]ation|company|org|of record|created))?$|^registration service provider$|^registe?red (?:by|through|via)$|^registrado por$|^enregistr[ée]e? par$|^authorized agency$|^등록대행자$|^注册商$|^sponsoring registrar organization$|^entidade gestora.*$|^agente registrador$|^регистратор$|^kayıt operatörü$|^registrar handle$|^bureau d'enregistrement$`)
	reNS        = words(`^(?:domain |dns )?(?:name ?servers?|nserver|dns ?servers?|domain ?servers?|n?s|dns|name srv)(?: ?(?:name|hostname|information|\d{1,2}|in listed order|name \d{1,2}|\(s\)|ipv?\d?|list))*$|^domain servers in listed order$|^(?:primary|secondary) (?:name )?server(?: ?hostname)?$|^호스트이름$|^ネームサーバ$|^dns服务器$|^domain nameservers$|^servers$|^(?:primary|secondary|tertiary) (?:ns|dns)(?: \d+)?$|domain servers|servidor(?:es)? (?:de )?(?:nombres?|dns|dominio|nomes?)|serveurs? (?:de )?noms?|serwery? nazw|^нс$|^ns \d+$|^p$`)
	reStatusKey = words(`^(?:(?:domain(?: name)?|registration|query|current|object|epp|registry|domain registration|domain prohibit|lock|availability)? ?(?:status|state|availability)(?: ?\d{1,2})?|[a-z ]+ / status|statuses|domainstatus|eppstatus|estado|estatus|statut|stato|stav|durum|статус|состояние|状態|状态|상태|available|availability|registered\??|is available|is registered|result|in use|taken|exists)$`)
	reHost      = regexp.MustCompile(`^(?i)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+\.?$`)
	reEmail     = regexp.MustCompile(`(?i)[a-z0-9._%+'-]+@[a-z0-9.-]+\.[a-z]{2,}`)
	reParen     = regexp.MustCompile(`(?i)\s*[(\[](?:https?://|tag ?=|www\.|\s).*[)\]]\s*$|\s*https?://\S+$`)
	reNobody    = regexp.MustCompile(`(?i)^(?:n/?a|none|null|nil|unknown|not (?:applicable|registered|available|assigned|found)|no registrar|-+|\.+|\?+|free|available|unassigned|0+|<?(?:data )?not disclosed>?|0000[-/]00[-/]00.*|please .*|(?:choose|contact|visit|see|register|find) .*|https?://\S*)$`)
	reYear      = regexp.MustCompile(`\b(?:19[89]\d|20\d\d)|\b(?:19[89]|20[0-4])\d{5}\b`)
	reHostKey   = regexp.MustCompile(`^host ?names?$|^호스트이름$|^name$`)
	reOfDomain  = regexp.MustCompile(`domain|record|expir|renew|paid|valid`)
	reHolder    = words(`^(?:registrant|holder|owner|person|admin c|tech c|holder c|owner c|registered for|domain owner|titular|descr|organi[sz]ation|org)\b`)
	reTakenWord = words(`^(?:зарегистрирован|已注册|kayıtlı|занят)|^(?:active|registered|taken|connect|connected|delegated|published|in use|assigned|allocated|granted|(?:client|server)[a-z ]+(?:prohibited|hold)|pending ?[a-z]+|redemption ?period|quarantine|locked|200 active|dom_\w+|registrado|registriert)\b|^enregistré`)
	contactPart = words(`^(?:registrant|holder|owner|domain holder|titular|domain registrant)(?: contact)?(?: |$)`)
	otherPart   = words(`^(?:admin|administrative|tech|technical|billing|zone|onsite|contact|person|registrant|holder|owner|organi[sz]ation|reseller|titular|titolare|titulaire|domain registrant|licensee|abuse)\b`)
)

// parseRecord reads a decoded WHOIS reply. It never fails: a reply that says
// nothing gives an empty record.
func parseRecord(text, suffix string) record {
	var r record
	var late [2][]field
	for _, f := range parseFields(text) {
		if f.value == "" || reNobody.MatchString(f.value) && !reStatusKey.MatchString(f.key) {
			continue
		}
		r.fields = append(r.fields, f)
		// Contacts have names, dates and states of their own.
		elsewhere := otherPart.MatchString(f.section) && f.section != f.key && !reOfDomain.MatchString(f.key)
		r.holder = r.holder || reHolder.MatchString(f.key)
		switch {
		case (f.key == "organization" || f.key == "organisation" || f.key == "name") && strings.HasPrefix(f.section, "registrar"):
			if r.reg.Registrar == "" {
				r.reg.Registrar = f.value
			}
		case reDomainKey.MatchString(f.key) && !elsewhere:
			if f.key != "name" && f.key != "query" || f.section == "domain" {
				r.addDomain(f.value)
			}
		case f.key == "registered" && len(f.value) <= 5:
			r.states = append(r.states, stated(f))
		case reCreated.MatchString(f.key) && !elsewhere:
			r.date(&r.reg.CreatedAt, f, suffix, true)
		case reExpires.MatchString(f.key) && !elsewhere:
			r.date(&r.reg.ExpiresAt, f, suffix, true)
		case reUpdated.MatchString(f.key) && !elsewhere:
			r.date(&r.reg.UpdatedAt, f, suffix, false)
		case reRegistrar.MatchString(f.key):
			if r.reg.Registrar == "" {
				r.reg.Registrar = reParen.ReplaceAllString(f.value, "")
			}
		case f.key == "registrar iana id" || f.key == "sponsoring registrar iana id" || f.key == "iana id":
			if strings.Trim(f.value, "0123456789") == "" {
				r.reg.RegistrarID = f.value
			}
		case reNS.MatchString(f.key) && !elsewhere, reHostKey.MatchString(f.key) && reNS.MatchString(f.section):
			r.addNS(f.value)
		case reStatusKey.MatchString(f.key) && !elsewhere:
			r.states = append(r.states, stated(f))
		case !elsewhere:
			r.abroad(f, suffix)
		case reYear.MatchString(f.value):
			// A record may state its dates below its last contact. No person expires.
			switch kindOfKey(f.key) {
			case keyCreated:
				late[0] = append(late[0], f)
			case keyExpires:
				late[1] = append(late[1], f)
			}
		}
		r.people(f)
	}
	if !r.dated && len(late[0]) == 1 && len(late[1]) == 1 {
		r.date(&r.reg.CreatedAt, late[0][0], suffix, true)
		r.date(&r.reg.ExpiresAt, late[1][0], suffix, true)
	}
	r.reg.Statuses = statuses(r.states)
	return r
}

// abroad takes a field whose key stands in no list of single registries, by what
// its words mean in the languages of registries. A value must be of the kind that
// the key promises: a date has a year, a server is a host name.
func (r *record) abroad(f field, suffix string) {
	if len(f.value) > 120 || len(strings.Fields(f.key)) > 5 || boiler.MatchString(strings.ToLower(f.value)) || reCodes.MatchString(f.key) {
		return
	}
	switch kindOfKey(f.key) {
	case keyDomain:
		if len(strings.Fields(f.value)) == 1 && strings.Contains(f.value, ".") {
			r.addDomain(f.value)
		}
	case keyCreated:
		if reYear.MatchString(f.value) {
			r.date(&r.reg.CreatedAt, f, suffix, true)
		}
	case keyExpires:
		if reYear.MatchString(f.value) {
			r.date(&r.reg.ExpiresAt, f, suffix, true)
		}
	case keyUpdated:
		r.date(&r.reg.UpdatedAt, f, suffix, false)
	case keyRegistrar:
		if r.reg.Registrar == "" && reSomebody.MatchString(f.value) {
			r.reg.Registrar = reParen.ReplaceAllString(f.value, "")
		}
	case keyNS:
		if !reNotNS.MatchString(strings.ToLower(f.value)) {
			r.addNS(f.value)
		}
	case keyStatus:
		r.states = append(r.states, stated(f))
	}
}

var (
	reSomebody = regexp.MustCompile(`\p{L}{2}`)
	reNegated  = regexp.MustCompile(`^[^\p{L}\d]*(?:no|not|none|never|nein|nicht|non|não|nao|нет|не|false|available|free|unregistered|checked|as of)(?:[^\p{L}\d]|$)`)
	reCodes    = regexp.MustCompile(`\bcodes?\b`)
	reNotNS    = regexp.MustCompile(`^(?:whois|rdap|www)[.\d-]|://|@`)
)

// stated is the status that a field states; an answer of yes or no becomes the
// word that the question is about.
func stated(f field) string {
	yes := false
	switch strings.ToLower(strings.Trim(f.value, " .!")) {
	case "yes", "true", "y", "1":
		yes = true
	case "no", "false", "n", "0":
	default:
		return f.value
	}
	free := strings.Contains(f.key, "avail")
	switch {
	case free && yes:
		return "available"
	case free:
		return "not available"
	case yes:
		return "registered"
	}
	return "not registered"
}

// facts counts the short fields that are no terms of use, whatever they say.
func (r *record) facts() int {
	n := 0
	for _, f := range r.fields {
		if len(f.value) <= 60 && len(strings.Fields(f.key)) <= 4 && !boiler.MatchString(f.key+" "+strings.ToLower(f.value)) {
			n++
		}
	}
	return n
}

func (r *record) addDomain(v string) {
	w := strings.Fields(strings.ToLower(v))
	if len(w) > 0 {
		r.domains = append(r.domains, strings.Trim(w[0], ".\"'()[],;"))
	}
}

func (r *record) date(to *time.Time, f field, suffix string, counts bool) {
	if reNegated.MatchString(strings.ToLower(f.value)) {
		return // "registered: no (checked 2026-01-02)"
	}
	if t, ok := parseDate(f.key, f.value, suffix); ok {
		if to.IsZero() {
			*to = t
		}
		r.dated = r.dated || counts
	} else if counts && reYear.MatchString(f.value) {
		r.dated = true
	}
}

func (r *record) addNS(v string) {
	for _, w := range strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(" \t,;[]()", c) }) {
		w = strings.TrimSuffix(strings.ToLower(w), ".")
		if !reHost.MatchString(w) {
			continue
		}
		if _, err := netip.ParseAddr(w); err == nil {
			continue
		}
		n, err := tracker.ParseName(w)
		if err != nil {
			continue
		}
		seen := false
		for _, have := range r.reg.NS {
			seen = seen || have == n
		}
		if !seen && len(r.reg.NS) < 32 {
			r.reg.NS = append(r.reg.NS, n)
		}
	}
}

// people takes contact data: the registrar's abuse desk and the registrant.
func (r *record) people(f field) {
	k := f.key
	switch {
	case strings.Contains(k, "abuse") && strings.Contains(k, "mail") || strings.HasPrefix(f.section, "abuse") && strings.Contains(k, "mail"):
		if m := reEmail.FindString(f.value); m != "" && r.reg.AbuseEmail == "" {
			r.reg.AbuseEmail = strings.ToLower(m)
		}
	case strings.Contains(k, "abuse") && strings.Contains(k, "phone"):
		if r.reg.AbusePhone == "" {
			r.reg.AbusePhone = f.value
		}
	}
	who := contactPart.MatchString(k) || contactPart.MatchString(f.section)
	if !who || strings.Contains(k, "admin") || strings.Contains(k, "tech") {
		return
	}
	set := func(name, v string) {
		if r.contact == nil {
			r.contact = make(map[string]string)
		}
		if r.contact[name] == "" {
			r.contact[name] = v
		}
	}
	switch {
	case strings.HasSuffix(k, "email") || strings.HasSuffix(k, "e mail") || strings.HasSuffix(k, "contact email"):
		set("email", f.value)
	case strings.HasSuffix(k, "phone") || strings.HasSuffix(k, "phone number"):
		set("phone", f.value)
	case strings.HasSuffix(k, "organization") || strings.HasSuffix(k, "organisation") || strings.HasSuffix(k, "org"):
		set("org", f.value)
	case strings.HasSuffix(k, "name"):
		set("name", f.value)
	case strings.HasSuffix(k, "country") || strings.HasSuffix(k, "country code"):
		if r.reg.Country == "" && len(f.value) <= 40 {
			r.reg.Country = strings.ToUpper(f.value)
		}
	}
}

// about says whether the record is about name: it names it, or it names nothing.
// named is true where it does name it.
func (r *record) about(name tracker.Name) (named, ok bool) {
	if len(r.domains) == 0 {
		for _, f := range r.fields {
			if v := strings.TrimSuffix(strings.ToLower(f.value), "."); v == string(name) || v == name.Unicode() {
				return true, true
			}
		}
		return false, true
	}
	for _, d := range r.domains {
		if d == string(name) || d == name.Unicode() || strings.EqualFold(d, name.Unicode()) {
			return true, true
		}
		if n, err := tracker.ParseName(d); err == nil && n == name {
			return true, true
		}
		// Some registries print the name without its suffix.
		if first, _, found := strings.Cut(string(name), "."); found && !strings.Contains(d, ".") && d == first {
			return true, true
		}
	}
	return false, false
}

// worth says whether the reply has anything of a record in it.
func (r *record) worth() bool {
	return r.reg.Registrar != "" || r.dated || len(r.reg.NS) > 0 && (len(r.states) > 0 || len(r.domains) > 0) ||
		!r.reg.UpdatedAt.IsZero() && r.holder && len(r.domains) > 0
}

// proves says whether the record proves a registration, given what its status
// fields say: two of registrar, date and name servers; or, where it names the
// domain, one of them that free names do not have.
func (r *record) proves(named bool, state stateVerdict) bool {
	switch {
	case r.full():
		return true
	case !named:
		return false
	}
	return r.dated || len(r.reg.NS) > 1 || len(r.reg.NS) == 1 && state == stateTaken ||
		r.reg.Registrar != "" && (state == stateTaken || r.reg.RegistrarID != "") ||
		!r.reg.UpdatedAt.IsZero() && r.holder || state == stateTaken && r.statedTaken()
}

// full says whether the record has what only a registration has: two of registrar,
// name servers, a date, and both dates.
func (r *record) full() bool {
	n := 0
	both := !r.reg.CreatedAt.IsZero() && !r.reg.ExpiresAt.IsZero()
	for _, has := range []bool{r.dated, both, r.reg.Registrar != "", len(r.reg.NS) > 0} {
		if has {
			n++
		}
	}
	return n > 1
}

// statedTaken says whether a status that begins with a word for "registered"
// stands there; of a sentence that merely holds such a word it is not enough.
func (r *record) statedTaken() bool {
	for _, s := range r.states {
		if reTakenWord.MatchString(strings.ToLower(s)) {
			return true
		}
	}
	return false
}

// secondOpinion fills what parseRecord left empty from whois-parser, which knows
// single registries well. It is a parser of foreign bytes that has panicked
// before, so it runs under recover, and what it says about existence is not
// asked: it takes `No match for domain "X"` for a record.
func (r *record) secondOpinion(text string, name tracker.Name, suffix string) {
	defer func() { _ = recover() }()
	info, err := whoisparser.Parse(text)
	if err != nil || info.Domain == nil || !strings.EqualFold(info.Domain.Punycode, string(name)) {
		return
	}
	d := info.Domain
	fill := func(to *time.Time, value string) {
		if to.IsZero() && value != "" && !reNobody.MatchString(value) {
			if t, ok := parseDate("", value, suffix); ok {
				*to = t
				r.dated = true
			}
		}
	}
	fill(&r.reg.CreatedAt, d.CreatedDate)
	fill(&r.reg.ExpiresAt, d.ExpirationDate)
	if r.reg.Registrar == "" && info.Registrar != nil && !reNobody.MatchString(info.Registrar.Name) {
		r.reg.Registrar = info.Registrar.Name
	}
	r.reg.Handle = d.ID
	if len(r.reg.NS) == 0 {
		for _, ns := range d.NameServers {
			r.addNS(ns)
		}
	}
	if len(r.states) == 0 {
		r.states = d.Status
		r.reg.Statuses = statuses(r.states)
	}
	if len(r.domains) == 0 {
		r.addDomain(d.Domain)
	}
}
