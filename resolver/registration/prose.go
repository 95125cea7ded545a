package registration

import (
	"regexp"
	"strings"

	"respawn/tracker"
)

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
	reSplit   = regexp.MustCompile(`[.!?;。！？]+(?:\s+|$)| / `)
	reInner   = regexp.MustCompile(`[/()]`)
	reMessage = words(`^[^a-z\p{L}]*(?:(?:error|err)[ #:\d]*|(?:domain |query |registration |lookup |object )?(?:status|state|result|response|answer|availability)|(?:error |response |status |result )?(?:message|msg|text|description)|info|information|notice|note|warning|whois|reply|sorry|reason|description|comment|remarks?|domain(?: name)?|query|search|object|\d+|[a-z.-]*whois[a-z.-]*|` + subject + `)$`)
	reCode    = regexp.MustCompile(`^(?:error|err|warning|fehler|erreur)?[ :#(]*\d{1,4}[ :)\-]+`)
	// reTerms opens a new paragraph: what follows belongs to the terms of use.
	reTerms = words(`^(?:terms|notice\b|note\b|notes\b|disclaimer|copyright|the data\b|the whois\b|the service\b|the information|access to\b|by (?:submitting|using|executing)|this whois|whois (?:information|database|data)|(?:all )?rights|last update|for more information|for further|please note|important)`)
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
			switch words := len(strings.Fields(all)); {
			case words >= legalWords:
				p.legal = boiler.MatchString(all)
			case words >= legalWords/3:
				p.legal = boiler.twice(all)
			}
			out = append(out, p)
		}
		para, inTerms = nil, false
	}
	for _, line := range strings.Split(marked, "\n") {
		line = blanks(line, " \t\n\f\r_")
		bare := strings.TrimSpace(undecorated(line))
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
			for _, part := range split(reSplit, ".!?;。！？/", line) {
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
				for _, part := range split(reInner, "/()", value) {
					add(part, wrapped)
				}
			}
		}
		if len(p.lines) > 1 {
			for _, part := range split(reSplit, ".!?;。！？/", strings.Join(p.lines, " ")) {
				add(part, p.legal)
			}
		}
	}
	return out
}

// split is re.Split of all of s, for an re whose every match holds one of signs.
func split(re *regexp.Regexp, signs, s string) []string {
	if !strings.ContainsAny(s, signs) {
		return []string{s}
	}
	return re.Split(s, -1)
}

// blanks writes each run of the ASCII signs in set as one blank.
func blanks(s, set string) string {
	var b strings.Builder
	b.Grow(len(s))
	in := false
	for i := range len(s) {
		is := s[i] < 0x80 && strings.IndexByte(set, s[i]) >= 0
		switch {
		case !is:
			b.WriteByte(s[i])
		case !in:
			b.WriteByte(' ')
		}
		in = is
	}
	return b.String()
}

// undecorated is s without the signs that registries set before and behind lines.
func undecorated(s string) string {
	return strings.TrimRight(strings.TrimLeft(s, " \t\n\f\r%#;*>-=|.![]_\"'("), " \t\n\f\r*<=]|_\"')-")
}

// mark lower-cases the text and puts the subject mark wherever the name stands,
// so that a name such as not-found.example is no phrase.
func mark(text string, name tracker.Name) string {
	t := strings.ToLower(strings.ReplaceAll(text, subject, " "))
	t = quotes.Replace(t)
	for _, n := range []string{name.Unicode(), string(name)} {
		t = strings.ReplaceAll(t, strings.ToLower(n), subject)
	}
	if !strings.Contains(t, subject) {
		return t
	}
	return reMarked.ReplaceAllString(t, subject)
}

// quotes are the signs that stand for others.
var quotes = strings.NewReplacer("’", "'", "‘", "'", "`", "'", "“", `"`, "”", `"`, "«", `"`, "»", `"`, "„", `"`, "\u00a0", " ", "i\u0307", "i")

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
