package registration

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A field is one "key: value" of a WHOIS reply. Block values, where the key
// stands alone and indented lines follow, make one field for each line.
type field struct {
	section string // canonical last heading, such as "registrar"; "" before the first
	key     string // canonical: lower case, punctuation as single blanks
	value   string
}

var (
	reBracket = regexp.MustCompile(`^\s*(?:[a-z]\.?\s+|[a-z]\.)?\[([^\[\]]{1,40})\]\s*(.*)$`)
	reTight   = regexp.MustCompile(`^([\p{L}][\p{L}\d ()/_.-]{0,40}?)[\s.]*:([^\s:/].*)$`)
	reTabbed  = regexp.MustCompile(`^(\p{L}[^\t:]{1,40})\t+(\S.*)$`)
	reSpaced  = regexp.MustCompile(`^(\p{L}[\p{L}\d_.\- ]{1,30}?)\s{3,}(\S.*)$`)
	// Sentences of registries that state a date without a colon.
	reSaid = regexp.MustCompile(`(?i)^(?:the )?((?:record|domain|domain name|name) (?:was )?(?:created|registered|activated|expires?|last updated|last modified|will expire)|registered|created|registration date|expires)(?: on| at)? ((?:before |after )?\d.*|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} \d.*)$`)
	// Headings that open the data of somebody or something.
	reHeading = words(`^(?:domain |the )?(?:registrant|registrar|holder|owner|admin|administrative|tech|technical|zone|billing|onsite|contact|person|domain|name ?servers?|nameservers?|dns|organi[sz]ation|reseller|titular|titulaire|titolare|abuse|licensee|record|status|relevant dates|registration)(?:s| contacts?| information| details| contact information| contacts? \(s\)| servers?| status)*$`)
	// The same in the midst of one.
	reTold = regexp.MustCompile(`(?i)^(?:the|it|this|domain|name)\b[^:]{0,80}?\b(registered|created|expires|valid until)(?: on| at| since| until)? (\d{4}-\d\d-\d\d|\d{1,2}[ ./-][\p{L}\d]+[ ./-]\d{4}|[A-Z][a-z]+ \d{1,2},? \d{4})\b`)
	// A heading that is the name: "Domain FOO.EXAMPLE".
	reNamed = regexp.MustCompile(`(?i)^(?:(?:object |record for )?(?:domain|domain name|record for))\s+"?([a-z0-9-]+(?:\.[a-z0-9-]+)+)"?$`)
)

// canonicalKey brings a key into one spelling.
func canonicalKey(k string) string {
	k = strings.ToLower(strings.Trim(k, " \t.:*-#%>\"'()[]"))
	return strings.TrimSpace(blanks(k, " \t\n\f\r._-"))
}

// isComment says whether a line is the server's own remark.
func isComment(line string) bool {
	t := strings.TrimLeft(line, " \t")
	return t != "" && strings.ContainsRune("%#;*", rune(t[0]))
}

// parseFields reads what the reply says as fields, in order. It never fails; a
// line that is no field is skipped.
func parseFields(text string) []field {
	var out []field
	section, block, blockIndent := "", "", 0
	last, lastIndent := "", 0 // key of the last field with a value
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed == "" {
			block, last = "", ""
			continue
		}
		if isComment(line) || len(line) > 2000 || strings.HasPrefix(trimmed, ">>>") {
			continue
		}
		indent := len(line) - len(trimmed)
		key, value, ok := splitField(trimmed)
		switch {
		case ok && value == "":
			block, blockIndent = key, indent
			if reHeading.MatchString(key) {
				section = key
			}
			out = append(out, field{section, key, ""})
		case ok:
			if block != "" && indent <= blockIndent {
				block = ""
			}
			last, lastIndent = key, indent
			out = append(out, field{section, key, value})
		case block != "" && (indent > blockIndent || len(strings.Fields(trimmed)) <= 8):
			out = append(out, field{section, block, trimmed})
		case last != "" && indent >= lastIndent+8: // a column of values
			out = append(out, field{section, last, trimmed})
		case len(strings.Fields(trimmed)) <= 4 && !strings.ContainsAny(trimmed, "@.,"):
			section = canonicalKey(trimmed) // a heading without a colon
			block, blockIndent = section, indent
		}
	}
	return out
}

// said is reSaid.FindStringSubmatch, for the lines that can match alone.
func said(line string) []string {
	word, _, _ := strings.Cut(line, " ")
	switch strings.ToLower(word) {
	case "the", "record", "domain", "name", "registered", "created", "registration", "expires":
		return reSaid.FindStringSubmatch(line)
	}
	return nil
}

// submatch is re.FindStringSubmatch(line) where it may match at all.
func submatch(re *regexp.Regexp, line string, may bool) []string {
	if !may {
		return nil
	}
	return re.FindStringSubmatch(line)
}

func startsWithAny(line, signs string) bool {
	return line != "" && strings.IndexByte(signs, line[0]) >= 0
}

// colonField cuts "key ....: value" at the colons that begin at line[colon]. A
// key has at most 90 letters; the dots and blanks behind it are leaders. Behind
// the colons stands a blank, or nothing.
func colonField(line string, colon int) (key, value string, ok bool) {
	if colon < 1 {
		return "", "", false
	}
	_, first := utf8.DecodeRuneInString(line)
	key = line[:max(first, len(strings.TrimRight(line[:colon], " \t\n\f\r.")))]
	if utf8.RuneCountInString(key) > 90 {
		return "", "", false
	}
	rest := strings.TrimLeft(line[colon:], ":")
	value = strings.TrimLeft(rest, " \t\n\f\r")
	return key, value, rest == "" || len(value) < len(rest)
}

func splitField(line string) (key, value string, ok bool) {
	// What cannot match is seen by its first letter or by a sign that it lacks.
	if m := submatch(reBracket, line, strings.IndexByte(line, '[') >= 0); m != nil {
		if strings.HasSuffix(strings.TrimSpace(m[2]), "]") && strings.TrimSpace(m[1]) == "" {
			return "", "", false
		}
		return canonicalKey(m[1]), strings.TrimSpace(m[2]), true
	}
	if m := said(line); m != nil {
		return canonicalKey(m[1]), strings.TrimSpace(m[2]), true
	}
	if m := submatch(reTold, line, startsWithAny(line, "itdnITDN")); m != nil {
		return canonicalKey(m[1]), m[2], true
	}
	if m := submatch(reNamed, line, startsWithAny(line, "ordORD")); m != nil {
		return "domain", m[1], true
	}
	colon := strings.IndexByte(line, ':')
	if k, v, ok := colonField(line, colon); ok && len(strings.Fields(k)) <= 9 {
		k = canonicalKey(k)
		return k, strings.TrimSpace(v), k != ""
	}
	if m := submatch(reTight, line, colon > 0); m != nil && len(strings.Fields(m[1])) <= 5 {
		return canonicalKey(m[1]), strings.TrimSpace(m[2]), true
	}
	if m := submatch(reTabbed, line, strings.IndexByte(line, '\t') > 0); m != nil {
		return canonicalKey(m[1]), strings.TrimSpace(m[2]), true
	}
	if m := reSpaced.FindStringSubmatch(line); m != nil {
		// Columns, not prose with wide blanks: only keys that we know.
		k := canonicalKey(m[1])
		for _, re := range []*wording{reDomainKey, reCreated, reExpires, reUpdated, reRegistrar, reNS, reStatusKey} {
			if re.MatchString(k) {
				return k, strings.TrimSpace(m[2]), true
			}
		}
	}
	return "", "", false
}
