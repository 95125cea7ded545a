package registration

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"respawn/tracker"
)

// A verdict is what a WHOIS reply means for the existence of the name.
type verdict struct {
	outcome tracker.Outcome
	reason  tracker.Reason
	detail  string // the sentence or field that decided
	record  record // filled where the outcome is Present
}

// classify reads a WHOIS reply about name, whose registry suffix is suffix. The
// order of the rules is the order of doubt: what cannot be an answer, then a
// record, then trouble, then refusals, and absence last, only where nothing
// spoke against it.
func classify(raw []byte, name tracker.Name, suffix string) verdict {
	text := plainLines(decode(raw, suffix))
	if strings.TrimSpace(text) == "" {
		return verdict{reason: tracker.ReasonThrottled, detail: "empty reply"}
	}
	if htmlWords.MatchString(text[:min(len(text), 4096)]) {
		return verdict{reason: tracker.ReasonUnparsed, detail: "a web page"}
	}
	rec := parseRecord(text, suffix)
	named, ours := rec.about(name)
	state := judgeStates(rec.states)

	held := state == stateRefused && rec.full() && onlyHeld(rec.states)
	if ours && (state != stateAbsent && state != stateRefused || held) && rec.proves(named, state) {
		denial := ""
		if !(named && rec.full() && state == stateTaken) { // such a record outweighs any sentence
			s := sentences(text, name)
			if denial = s.absent(); denial == "" && !rec.full() {
				denial = s.now()
			}
		}
		if denial == "" {
			rec.secondOpinion(text, name, suffix)
			return verdict{outcome: tracker.Present, detail: "record", record: rec}
		}
		return verdict{reason: tracker.ReasonUnparsed, detail: "half a record, and: " + clip(denial)}
	}
	if rec.worth() && !ours {
		return verdict{reason: tracker.ReasonBadAnswer, detail: "a record of another name: " + clip(rec.domains[0])}
	}
	paras := paragraphs(mark(text, name))
	s := spokenIn(paras)
	if line := s.throttled(); line != "" {
		return verdict{reason: tracker.ReasonThrottled, detail: clip(line)}
	}
	if state == stateRefused {
		return verdict{reason: refusal(rec.states...), detail: "not to be had: " + clip(strings.Join(rec.states, ", "))}
	}
	if line := s.refused(); line != "" {
		return verdict{reason: refusal(line), detail: "not to be had: " + clip(line)}
	}
	if !ours {
		return verdict{reason: tracker.ReasonBadAnswer, detail: "an answer about another name: " + clip(rec.domains[0])}
	}
	if rec.worth() || state == stateTaken || state == stateNone && rec.facts() > 8 {
		return verdict{reason: tracker.ReasonUnparsed, detail: "half a record"}
	}
	line := ""
	switch state {
	case stateAbsent:
		line = strings.Join(rec.states, ", ")
	case stateNone:
		line = s.absent()
	}
	if line != "" {
		if more := residue(text, paras); more != "" {
			return verdict{reason: refusal(more), detail: "says unregistered (" + clip(line) + "), and also: " + clip(more)}
		}
		return verdict{outcome: tracker.Absent, detail: clip(line)}
	}
	return verdict{reason: tracker.ReasonUnparsed, detail: "no wording that we know: " + clip(s.head())}
}

// refusal is the reason for a name that cannot be had, by the sentence or the
// states that say so: reserved where that is the word, and unparsed for the many
// others, of which some are about the question and not about the name.
func refusal(words ...string) tracker.Reason {
	for _, w := range words {
		w = rightsReserved.ReplaceAllString(strings.ReplaceAll(strings.ToLower(w), "_", " "), "")
		if reservedWords.MatchString(notReserved.ReplaceAllString(w, "")) {
			return tracker.ReasonReserved
		}
	}
	return tracker.ReasonUnparsed
}

func clip(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// What status fields say together.
type stateVerdict uint8

const (
	stateNone    stateVerdict = iota // no status field
	stateTaken                       // a status that only registered names have
	stateAbsent                      // free, in the registry's own word
	stateRefused                     // reserved, blocked, invalid: neither
	stateOther                       // a status of unknown meaning
)

var (
	reStateAbsent  = words(`^(?:(?:220|210|404|free|available|avail|no object found|not registered|unregistered|not found|no match|unassigned|unallocated|vacant|nonexistent|non-existent|does not exist|not exist|libre|libero|livre|frei|verfügbar|disponible|disponibile|disponível|nicht registriert|non enregistré|no registrado|não registrado|nu este înregistrat|wolna|wolny|volná|voľná|ledig|ledigt|vrij|beschikbaar|vapaa|szabad|vaba|свободен|свободно|вільний|не зарегистрирован|müsait|kayıtlı değil|未注册|未註冊|可注册|未登録|미등록|등록 ?가능|domain is available|domain is free|is free|is available)[ .!]*|(?:220|210) (?:available|not found|domain available)|not registered .{0,30}|available (?:for|to) regist\w*|free (?:for|to) regist\w*)$`)
	reStateRefused = words(`reserv|block|restrict|prohibited name|forbidden|premium|platinum|unavail|not available|unassign|invalid|unregistrable|not allowed|not permitted|banned|withheld|excluded|error|exceed|throttl|limit|denied|refused|timeout|unknown|undefined|fail|sperr|indispon|riserv|bloc|зарезерв|заблок|недоступ|rezerv|zablok|保留|禁止|予約|예약|not (?:for )?sale|auction|sunrise|landrush|auto ?block`)
	reStateNever   = words(`prohibited (?:string|name|word|label|object|domain)|\bcannot\b|\bcan not\b|\bcan't\b|\bmay not\b|\bnot be\b|not eligible|not registrable|not valid`)
	// reStateHeld are refusals that registries also give to registered names; a
	// record beside them outweighs them.
	reStateHeld = regexp.MustCompile(`^(?:administratively )?(?:not available|unavailable|blocked|busy|frozen|suspended|locked|restricted)[ .!]*$`)
	// reStateLock forbids an act on a name that is registered.
	reStateLock = words(`^(?:[a-z]+ ){0,3}(?:delet\w+|updat\w+|transfer\w*|changes?|renew\w*|modif\w+|trade|restore)(?: is)? (?:forbidden|prohibited|denied|locked|blocked|restricted|not (?:allowed|permitted))(?: by [a-z ]+)?[ .!]*$`)
	// reStateAbroad are words for "registered" and "in use" that \b does not know
	// the ends of, without accents.
	reStateAbroad = keyPattern(`^(?:aktiv|actif|activ|attiv|ativo|ativa|etkin|aktif|vergeben\b|belegt|in gebruik|geregistreerd|registrad|registrat|registrovan|registrirana?\b|enregistr|registriert|registreret|registrert|registrerad|rekisteroit|zajet|zarejestr|aktywn|varattu|kayitli|занят|зарегистр|делегир|актив|зайнят|зареєстр|регистриран|ενεργ|καταχωρημεν|dang hoat dong|da dang ky|terdaftar|مسجل|نشط|مفعل|ثبت شده|פעיל|正常|已注册|已註冊|有效|登録済|등록됨|등록되어 ?있|사용 ?중|publicad|delegad|conectad|opptatt|optaget|upptagen|foglalt|occupat|ocupad|obsazen|registered|delegated)`)
	reStateTaken  = words(`\b(?:active|ok|registered|taken|connect|connected|delegated|published|in use|paid|inactive|client ?\w*|server ?\w*|pending\w*|redemption\w*|auto ?renew\w*|add ?period|transfer\w*|locked|hold|on ?hold|suspended|quarantine|expired|deactivated|200|granted|allocated|assigned|aktiv\w*|activ\w*|ativo|attivo|registrado|registriert|enregistré|actif|zarejestrowan\w*|zarejestrowany|varattu|rekisteröity|kayıtlı|занят|зарегистрирован)\b|已注册|등록|登録済`)
)

// judgeStates reads the status fields: one that refuses outweighs all, and a
// free and a taken status together mean nothing.
func judgeStates(states []string) stateVerdict {
	v := stateNone
	for _, s := range statements(states) {
		s = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(s, "_", " ")))
		var this stateVerdict
		switch {
		case s == "" || s == "-":
			continue
		case reStateAbsent.MatchString(s):
			this = stateAbsent
		case reStateLock.MatchString(s):
			this = stateTaken
		case reStateNever.MatchString(s), reStateRefused.MatchString(s) && !strings.Contains(s, "prohibited"):
			this = stateRefused
		case reStateAbsent.MatchString(strings.TrimSpace(beforeParen(s))):
			this = stateAbsent
		case absentPure(s):
			this = stateAbsent
		case strings.HasPrefix(s, "not ") || strings.HasPrefix(s, "un") || strings.HasPrefix(s, "no "):
			this = stateOther
		case reStateTaken.MatchString(s), reStateAbroad.MatchString(fold(s)):
			this = stateTaken
		default:
			this = stateOther
		}
		switch {
		case v == stateRefused || this == stateRefused:
			v = stateRefused
		case v == stateNone:
			v = this
		case v != this && (v == stateAbsent || this == stateAbsent):
			v = stateRefused
		case this == stateTaken:
			v = stateTaken
		}
	}
	return v
}

// statements are the single statuses of fields that hold several.
func statements(states []string) []string {
	var out []string
	for _, s := range states {
		for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '，' || r == '、' }) {
			out = append(out, strings.TrimSpace(p))
		}
	}
	return out
}

// onlyHeld says whether each status that refuses is one that registered names
// get too.
func onlyHeld(states []string) bool {
	for _, s := range statements(states) {
		if judgeStates([]string{s}) == stateRefused && !reStateHeld.MatchString(strings.ToLower(s)) {
			return false
		}
	}
	return true
}

func beforeParen(s string) string {
	s, _, _ = strings.Cut(s, "(")
	return s
}

// decode turns the bytes of a reply into text. Replies that are not UTF-8 are
// read in the charset of the registry's country where one is known to be used,
// else as Windows-1252, which every byte is valid in.
func decode(raw []byte, suffix string) string {
	if i := strings.IndexByte(string(raw), 0); i >= 0 {
		raw = []byte(strings.ReplaceAll(string(raw), "\x00", " "))
	}
	var enc encoding.Encoding
	switch tld := suffix[strings.LastIndexByte(suffix, '.')+1:]; {
	case strings.Contains(string(raw), "\x1b$"):
		enc = japanese.ISO2022JP
	case utf8.Valid(raw):
		return newlines(string(raw))
	case tld == "jp":
		enc = japanese.ShiftJIS
	case tld == "kr":
		enc = korean.EUCKR
	case tld == "cn" || tld == "tw" || tld == "hk":
		enc = simplifiedchinese.GB18030
	case tld == "ru" || tld == "su" || tld == "by" || tld == "ua" || tld == "kz" || tld == "bg":
		enc = charmap.Windows1251
		if koi8(raw) {
			enc = charmap.KOI8R
		}
	case tld == "tr":
		enc = charmap.Windows1254
	case tld == "pl" || tld == "cz" || tld == "sk" || tld == "hu" || tld == "ro":
		enc = charmap.ISO8859_2
	default:
		enc = charmap.Windows1252
	}
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil {
		out = raw
	}
	return newlines(strings.ToValidUTF8(string(out), "�"))
}

// koi8 says whether Cyrillic bytes are KOI8-R rather than Windows-1251: where the
// one has its small letters the other has its capitals, and texts are written in
// small letters.
func koi8(raw []byte) bool {
	low, high := 0, 0
	for _, b := range raw {
		switch {
		case b >= 0xe0:
			high++
		case b >= 0xc0:
			low++
		}
	}
	return low > high
}

func newlines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
