package registration

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Limits of what is flattened: replies are foreign bytes.
const (
	maxShapeDepth = 12
	maxShapeLines = 4000
)

// plainLines brings a reply that is written as JSON, XML, a table or assignments
// into lines of "key: value", which the rest of the reader understands. Text
// that is in none of these forms comes back as it is. Web pages are not touched:
// they are no replies.
func plainLines(text string) string {
	t := strings.TrimSpace(text)
	switch {
	case t == "":
		return text
	case t[0] == '{' || t[0] == '[' && strings.HasSuffix(t, "]"):
		if lines, ok := jsonLines(t); ok {
			return lines
		}
	case t[0] == '<' && !htmlWords.MatchString(t[:min(len(t), 4096)]):
		if lines, ok := markupLines(t); ok {
			return lines
		}
	}
	return rowLines(text)
}

// jsonLines flattens a JSON value: {"a":{"b":"c"}} is "a b: c".
func jsonLines(t string) (string, bool) {
	d := json.NewDecoder(strings.NewReader(t))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", false
	}
	var b strings.Builder
	n := 0
	var walk func(key string, v any, depth int)
	walk = func(key string, v any, depth int) {
		if depth > maxShapeDepth || n > maxShapeLines {
			return
		}
		switch x := v.(type) {
		case map[string]any:
			for _, k := range ordered(t, x) {
				walk(strings.TrimSpace(lastWord(key)+" "+spaced(k)), x[k], depth+1)
			}
		case []any:
			for _, e := range x {
				walk(key, e, depth+1)
			}
		case nil:
		default:
			n++
			fmt.Fprintf(&b, "%s: %s\n", key, strings.ReplaceAll(fmt.Sprint(x), "\n", " "))
		}
	}
	walk("", v, 0)
	return b.String(), true
}

// ordered are the keys of m as they stand in the text, so that a section comes
// before its fields.
func ordered(text string, m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	at := make(map[string]int, len(m))
	for _, k := range keys {
		at[k] = strings.Index(text, `"`+k+`"`)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(at[a], at[b]), cmp.Compare(a, b)) })
	return keys
}

// wrappers are keys that hold a whole reply and say nothing about its fields.
var wrappers = map[string]bool{"result": true, "results": true, "response": true, "data": true, "domain": true, "record": true, "records": true, "whois": true, "body": true, "object": true, "dates": true, "date": true, "item": true, "items": true, "lookup": true, "info": true, "query": true}

// lastWord is what of the outer key is kept before an inner one.
func lastWord(key string) string {
	if i := strings.LastIndexByte(key, ' '); i >= 0 {
		key = key[i+1:]
	}
	if wrappers[strings.ToLower(key)] {
		return ""
	}
	return key
}

var reCamel = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// spaced writes camelCase and snake_case as words.
func spaced(k string) string {
	return strings.NewReplacer("_", " ", "-", " ", ":", " ", "\n", " ").Replace(reCamel.ReplaceAllString(k, "$1 $2"))
}

var (
	reMarkup  = regexp.MustCompile(`(?s)<(/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>|<[!?][^>]*>`)
	reAttr    = regexp.MustCompile(`([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	entities5 = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
)

// markupLines flattens XML, without entities of its own and without a library
// that resolves anything: <a><b>c</b></a> is "b: c", and so is an attribute.
func markupLines(t string) (string, bool) {
	var b strings.Builder
	tag, at, n := "", 0, 0
	line := func(k, v string) {
		if v = strings.TrimSpace(entities5.Replace(strings.ReplaceAll(v, "\n", " "))); v != "" && n < maxShapeLines {
			n++
			fmt.Fprintf(&b, "%s: %s\n", spaced(k), v)
		}
	}
	for _, m := range reMarkup.FindAllStringSubmatchIndex(t, maxShapeLines) {
		if v := t[at:m[0]]; strings.TrimSpace(v) != "" && tag != "" {
			line(tag, v)
		}
		at = m[1]
		if m[4] < 0 {
			continue
		}
		if m[2] == m[3] { // opening
			tag = t[m[4]:m[5]]
			for _, a := range reAttr.FindAllStringSubmatch(t[m[6]:m[7]], 64) {
				if !strings.HasPrefix(strings.ToLower(a[1]), "xmlns") {
					line(a[1], a[2]+a[3])
				}
			}
		}
	}
	return b.String(), n > 0
}

var (
	reRule    = regexp.MustCompile(`^[\s+|=*_~\-:]+$`)
	reAssign  = regexp.MustCompile(`^\s*([\p{L}][\p{L}\d _.-]{0,40}?)\s*=\s*(\S.*)$`)
	rePipe    = regexp.MustCompile(`^\s*([\p{L}][\p{L}\d _./-]{0,40}?)\s*\|\s*([^|]+?)\s*$`)
	reNumber  = regexp.MustCompile(`^\s*\(?\d{1,2}[.)]\s+([\p{L}][^:]{0,40}:\s*\S.*)$`)
	reLeaders = regexp.MustCompile(`^([\p{L}][^.#:]{1,60}?)[#:]?\s*(?:\.\s?){3,}:?\s*(\S.*)$`)
	reColonAt = regexp.MustCompile(`^:\s?(\p{L}[\p{L} ]{1,40})$`)
)

// rowLines rewrites the rows of tables, assignments, lists and leaders.
func rowLines(text string) string {
	lines := strings.Split(text, "\n")
	if csv, ok := csvLines(lines); ok {
		return csv
	}
	key := ""
	for i, line := range lines {
		t := strings.TrimSpace(line)
		switch {
		case len(t) > 2000 || t == "":
			key = ""
		case strings.HasPrefix(t, "|") && strings.HasSuffix(t, "|") && len(t) > 2:
			cells := strings.Split(strings.Trim(t, "|"), "|")
			for j := range cells {
				cells[j] = strings.TrimSpace(cells[j])
			}
			if reRule.MatchString(t) {
				lines[i] = ""
			} else if len(cells) == 2 {
				if cells[0] != "" {
					key = cells[0]
				}
				lines[i] = key + ": " + cells[1]
			}
		case len(t) > 2 && reRule.MatchString(t) && strings.ContainsAny(t, "+|"):
			lines[i] = ""
		default:
			if m := submatch(rePipe, line, strings.IndexByte(line, '|') > 0); m != nil {
				lines[i] = m[1] + ": " + m[2]
			} else if strings.Count(t, "=") > 1 && strings.Contains(t, ";") && !strings.Contains(t, "://") {
				lines[i] = assignments(t)
			} else if m := submatch(reAssign, line, strings.IndexByte(line, '=') > 0); m != nil && !strings.Contains(m[1], "://") {
				lines[i] = spaced(m[1]) + ": " + strings.Trim(m[2], `"'`)
			} else if m := submatch(reNumber, line, startsWithAny(t, "(0123456789")); m != nil {
				lines[i] = m[1]
			} else if m := submatch(reLeaders, line, strings.Count(t, ".") > 2); m != nil {
				lines[i] = m[1] + ": " + m[2]
			} else if m := submatch(reColonAt, t, t[0] == ':'); m != nil {
				lines[i] = m[1] + ":"
			}
		}
	}
	return strings.Join(lines, "\n")
}

// assignments splits "a=b;c=d".
func assignments(line string) string {
	var out []string
	for _, part := range strings.Split(line, ";") {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			return line
		}
		out = append(out, spaced(strings.TrimSpace(k))+": "+strings.Trim(strings.TrimSpace(v), `"'`))
	}
	return strings.Join(out, "\n")
}

// csvLines reads a quoted header row with one row of values below it.
func csvLines(lines []string) (string, bool) {
	var rows [][]string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		if len(rows) > 1 || !strings.HasPrefix(l, `"`) || !strings.HasSuffix(l, `"`) || !strings.Contains(l, `","`) {
			return "", false
		}
		rows = append(rows, strings.Split(strings.Trim(l, `"`), `","`))
	}
	if len(rows) != 2 || len(rows[0]) != len(rows[1]) {
		return "", false
	}
	var b bytes.Buffer
	for i, k := range rows[0] {
		fmt.Fprintf(&b, "%s: %s\n", spaced(k), rows[1][i])
	}
	return b.String(), true
}
