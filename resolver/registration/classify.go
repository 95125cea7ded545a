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
		return verdict{reason: tracker.ReasonUnparsed, detail: "not to be had: " + clip(strings.Join(rec.states, ", "))}
	}
	if line := s.refused(); line != "" {
		return verdict{reason: tracker.ReasonUnparsed, detail: "not to be had: " + clip(line)}
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
			return verdict{reason: tracker.ReasonUnparsed, detail: "says unregistered (" + clip(line) + "), and also: " + clip(more)}
		}
		return verdict{outcome: tracker.Absent, detail: clip(line)}
	}
	return verdict{reason: tracker.ReasonUnparsed, detail: "no wording that we know: " + clip(s.head())}
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
	reStateAbsent  = regexp.MustCompile(`^(?:(?:220|210|404|free|available|avail|no object found|not registered|unregistered|not found|no match|unassigned|unallocated|vacant|nonexistent|non-existent|does not exist|not exist|libre|libero|livre|frei|verfügbar|disponible|disponibile|disponível|nicht registriert|non enregistré|no registrado|não registrado|nu este înregistrat|wolna|wolny|volná|voľná|ledig|ledigt|vrij|beschikbaar|vapaa|szabad|vaba|свободен|свободно|вільний|не зарегистрирован|müsait|kayıtlı değil|未注册|未註冊|可注册|未登録|미등록|등록 ?가능|domain is available|domain is free|is free|is available)[ .!]*|(?:220|210) (?:available|not found|domain available)|not registered .{0,30}|available (?:for|to) regist\w*|free (?:for|to) regist\w*)$`)
	reStateRefused = regexp.MustCompile(`reserv|block|restrict|prohibited name|forbidden|premium|platinum|unavail|not available|unassign|invalid|unregistrable|not allowed|not permitted|banned|withheld|excluded|error|exceed|throttl|limit|denied|refused|timeout|unknown|undefined|fail|sperr|indispon|riserv|bloc|зарезерв|заблок|недоступ|rezerv|zablok|保留|禁止|予約|예약|not (?:for )?sale|auction|sunrise|landrush|auto ?block`)
	reStateNever   = regexp.MustCompile(`prohibited (?:string|name|word|label|object|domain)|\bcannot\b|\bcan not\b|\bcan't\b|\bmay not\b|\bnot be\b|not eligible|not registrable|not valid`)
	// reStateHeld are refusals that registries also give to registered names; a
	// record beside them outweighs them.
	reStateHeld = regexp.MustCompile(`^(?:administratively )?(?:not available|unavailable|blocked|busy|frozen|suspended|locked|restricted)[ .!]*$`)
	// reStateLock forbids an act on a name that is registered.
	reStateLock = regexp.MustCompile(`^(?:[a-z]+ ){0,3}(?:delet\w+|updat\w+|transfer\w*|changes?|renew\w*|modif\w+|trade|restore)(?: is)? (?:forbidden|prohibited|denied|locked|blocked|restricted|not (?:allowed|permitted))(?: by [a-z ]+)?[ .!]*$`)
	// reStateAbroad are words for "registered" and "in use" that \b does not know
	// the ends of, without accents.
	reStateAbroad = keyPattern(`^(?:aktiv|actif|activ|attiv|ativo|ativa|etkin|aktif|vergeben\b|belegt|in gebruik|geregistreerd|registrad|registrat|registrovan|registrirana?\b|enregistr|registriert|registreret|registrert|registrerad|rekisteroit|zajet|zarejestr|aktywn|varattu|kayitli|занят|зарегистр|делегир|актив|зайнят|зареєстр|регистриран|ενεργ|καταχωρημεν|dang hoat dong|da dang ky|terdaftar|مسجل|نشط|مفعل|ثبت شده|פעיל|正常|已注册|已註冊|有效|登録済|등록됨|등록되어 ?있|사용 ?중|publicad|delegad|conectad|opptatt|optaget|upptagen|foglalt|occupat|ocupad|obsazen|registered|delegated)`)
	reStateTaken  = regexp.MustCompile(`\b(?:active|ok|registered|taken|connect|connected|delegated|published|in use|paid|inactive|client ?\w*|server ?\w*|pending\w*|redemption\w*|auto ?renew\w*|add ?period|transfer\w*|locked|hold|on ?hold|suspended|quarantine|expired|deactivated|200|granted|allocated|assigned|aktiv\w*|activ\w*|ativo|attivo|registrado|registriert|enregistré|actif|zarejestrowan\w*|zarejestrowany|varattu|rekisteröity|kayıtlı|занят|зарегистрирован)\b|已注册|등록|登録済`)
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

// A sentence is one candidate for the phrases. One that is legal stands in the
// terms of use: what it says of limits and of reserved rights is not about this
// query.
type sentence struct {
	text   string
	legal  bool
	absent bool // says, and says nothing but, that the name is not registered
}

// spoken is the prose of a reply as normalised sentences.
type spoken []sentence

var (
	reLead    = regexp.MustCompile(`^[\s%#;*>\-=|.!\[\]_"'(]+`)
	reTrail   = regexp.MustCompile(`[\s*<=\]|_"')\-]+$`)
	reSplit   = regexp.MustCompile(`[.!?;。！？]+(?:\s+|$)| / `)
	reInner   = regexp.MustCompile(`[/()]`)
	reMessage = regexp.MustCompile(`^[^a-z\p{L}]*(?:(?:error|err)[ #:\d]*|(?:domain |query |registration |lookup |object )?(?:status|state|result|response|answer|availability)|(?:error |response |status |result )?(?:message|msg|text|description)|info|information|notice|note|warning|whois|reply|sorry|reason|description|comment|remarks?|domain(?: name)?|query|search|object|\d+|[a-z.-]*whois[a-z.-]*|` + subject + `)$`)
	reCode    = regexp.MustCompile(`^(?:error|err|warning|fehler|erreur)?[ :#(]*\d{1,4}[ :)\-]+`)
	reBlanks  = regexp.MustCompile(`\s+`)
	// reTerms opens a new paragraph: what follows belongs to the terms of use.
	reTerms = regexp.MustCompile(`^(?:terms|notice\b|note\b|notes\b|disclaimer|copyright|the data\b|the whois\b|the service\b|the information|access to\b|by (?:submitting|using|executing)|this whois|whois (?:information|database|data)|(?:all )?rights|last update|for more information|for further|please note|important)`)
)

// Paragraphs of at least this many words that hold a word of the terms of use
// are terms of use.
const legalWords = 36

// A paragraph is a block of lines between blank ones, normalised. One that is
// legal holds terms of use.
type paragraph struct {
	lines []string
	legal bool
}

// paragraphs cuts a marked text into paragraphs.
func paragraphs(marked string) []paragraph {
	var out []paragraph
	var para []string
	inTerms := false
	flush := func() {
		if len(para) > 0 {
			all := strings.Join(para, " ")
			p := paragraph{lines: para}
			switch marks, words := len(boiler.FindAllString(all, 2)), len(strings.Fields(all)); {
			case words >= legalWords:
				p.legal = marks > 0
			case words >= legalWords/3:
				p.legal = marks > 1
			}
			out = append(out, p)
		}
		para, inTerms = nil, false
	}
	for _, line := range strings.Split(marked, "\n") {
		line = reBlanks.ReplaceAllString(strings.ReplaceAll(line, "_", " "), " ")
		bare := strings.TrimSpace(reTrail.ReplaceAllString(reLead.ReplaceAllString(line, ""), ""))
		if bare == "" {
			flush()
			continue
		}
		if terms := strings.HasPrefix(strings.TrimSpace(line), ">>>") || reTerms.MatchString(bare); terms && !inTerms {
			flush()
			inTerms = true
		}
		para = append(para, bare)
	}
	flush()
	return out
}

// sentences makes the candidates that phrases are matched against: each line,
// each sentence of each paragraph, and the value of each field.
func sentences(text string, name tracker.Name) spoken {
	return spokenIn(paragraphs(mark(text, name)))
}

func spokenIn(paras []paragraph) spoken {
	var out spoken
	seen := make(map[string]bool)
	add := func(s string, legal bool) {
		if s = trimmed(s); s == "" || len(s) > 400 || seen[s] || len(out) > 4000 {
			return
		}
		seen[s] = true
		// Terms of use do not deny names in long sentences, and are long to match.
		out = append(out, sentence{s, legal || boiler.MatchString(s), (!legal || len(s) < 70) && absentPure(s)})
	}
	for _, p := range paras {
		before, full := 0, 0
		for _, line := range p.lines {
			full = max(full, len(line)*7/10)
		}
		for _, line := range p.lines {
			// In wrapped text only the last line is short; a short line after
			// another short one stands for itself.
			wrapped := p.legal && (len(line) >= full || before >= full)
			before = len(line)
			add(line, wrapped)
			for _, part := range reSplit.Split(line, -1) {
				add(part, wrapped)
			}
			if m := reCode.FindString(line); m != "" {
				add(line[len(m):], wrapped)
			}
			if m := reEcho.FindString(line); m != "" {
				add(line[len(m):], wrapped)
			}
			// Of a field only the value of those that carry messages: "DNSSEC: no
			// data found" is about something else.
			value := line
			if i := strings.Index(line, ": "); i > 0 {
				value = ""
				if reMessage.MatchString(line[:i]) {
					value = line[i+2:]
					add(value, wrapped)
				}
			}
			if !strings.Contains(value, "://") {
				for _, part := range reInner.Split(value, -1) {
					add(part, wrapped)
				}
			}
		}
		if len(p.lines) > 1 {
			for _, part := range reSplit.Split(strings.Join(p.lines, " "), -1) {
				add(part, p.legal)
			}
		}
	}
	return out
}

// mark lower-cases the text and puts the subject mark wherever the name stands,
// so that a name such as not-found.example is no phrase.
func mark(text string, name tracker.Name) string {
	t := strings.ToLower(strings.ReplaceAll(text, subject, " "))
	t = strings.NewReplacer("’", "'", "‘", "'", "`", "'", "“", `"`, "”", `"`, "«", `"`, "»", `"`, "„", `"`, "\u00a0", " ", "i\u0307", "i").Replace(t)
	for _, n := range []string{name.Unicode(), string(name)} {
		t = strings.ReplaceAll(t, strings.ToLower(n), subject)
	}
	return reMarked.ReplaceAllString(t, subject)
}

var reMarked = regexp.MustCompile(`["'<\[(]*` + subject + `["'>\])]*`)

// throttled is the first sentence that says that the query was refused.
func (s spoken) throttled() string {
	for _, l := range s {
		if l.legal {
			if throttledNow.MatchString(l.text) && !conditional.MatchString(l.text) {
				return l.text
			}
			continue
		}
		if !l.absent && throttleWords.MatchString(l.text) {
			return l.text
		}
	}
	return ""
}

// refused is the first sentence that says that the name cannot be had.
func (s spoken) refused() string {
	for _, l := range s {
		if l.legal {
			if refusedNow.MatchString(l.text) && !conditional.MatchString(l.text) {
				return l.text
			}
			continue
		}
		if !l.absent && !generally.MatchString(l.text) && refusedWords.MatchString(keptBack.ReplaceAllString(rightsReserved.ReplaceAllString(l.text, ""), "")) {
			return l.text
		}
	}
	return ""
}

// now is the first sentence that says of this name or this query, in a form that
// no field of a record has, that it was refused.
func (s spoken) now() string {
	for _, l := range s {
		if !l.absent && (throttledNow.MatchString(l.text) || refusedNow.MatchString(l.text)) && !conditional.MatchString(l.text) {
			return l.text
		}
	}
	return ""
}

// absent is the first sentence that says that the name is not registered.
func (s spoken) absent() string {
	for _, l := range s {
		if l.absent {
			return l.text
		}
	}
	return ""
}

// absentPure says whether one sentence says, and says nothing but, that the name
// is not registered.
func absentPure(line string) bool {
	if len(line) > 220 {
		return false
	}
	switch {
	case absentWords.MatchString(line):
		if strangeWord(rePlace.ReplaceAllString(spoiledKept.ReplaceAllString(line, " "), " "), nil) != "" {
			return false
		}
	case absentElsewhere.MatchString(line):
		// Where no blanks are written, each clause must be understood.
		for _, clause := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("，、,；", r) }) {
			if han(clause) && !absentElsewhere.MatchString(clause) && strangeWord(clause, nil) != "" {
				return false
			}
		}
	case absentAbroad.MatchString(line):
		// "nicht registriert" and "frei" mean the same, "registriert" and "nicht
		// frei" the contrary.
		if freedom.MatchString(line) == denial.MatchString(line) {
			return false
		}
	default:
		return false
	}
	return !absentSpoiled.MatchString(spoiledKept.ReplaceAllString(line, " ")) && !throttleWords.MatchString(line) &&
		!refusedWords.MatchString(registrarWords.ReplaceAllString(line, ""))
}

func (s spoken) head() string {
	for _, l := range s {
		if !l.legal {
			return l.text
		}
	}
	return ""
}
