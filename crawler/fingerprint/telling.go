package fingerprint

import "strings"

// A telling is how pages speak that tell of something, the last part of
// classes.yaml. News about a seizure has the words of the notice in it, and often
// its picture; what it also has is a speaker, a day, readers and links.
type telling struct {
	Speech    []string `yaml:"speech"`
	Readers   []string `yaml:"readers"`
	Days      []string `yaml:"days"`
	Authority []string `yaml:"authority"`
	Basis     []string `yaml:"basis"`
}

// Bounds behind the points. Notices of several agencies link to each of them;
// front pages of news link to dozens of stories.
const (
	fewLinks  = 8
	someLinks = 15
	manyLinks = 40
	longWords = 250
)

// points are how much a page tells about something and how little it says of
// itself; what it claims is the first group of the rule.
func (t *telling) points(v *view, r *classRule) int {
	n := t.general(v)
	if v.headed(r) {
		n -= 2
	}
	if v.quoted(r) {
		n += 4
	}
	return n
}

// general are the points that are the same for every rule.
func (t *telling) general(v *view) int {
	if v.counted {
		return v.points
	}
	n := 0
	if k := countOf(v.text, t.Speech); k > 0 {
		n += 2 + k
	}
	n += min(countOf(v.text, t.Readers), 3) + min(countOf(v.text, t.Days), 1)
	switch {
	case v.links > manyLinks:
		n += 4
	case v.links > someLinks:
		n += 2
	case v.links > fewLinks:
		n++
	}
	if v.words > longWords {
		n++
	}
	if v.article {
		n += 3
	}
	n -= min(countOf(v.text, t.Authority), 1) + min(countOf(v.text, t.Basis), 1)
	v.points, v.counted = n, true
	return n
}

// countOf is how many of the words occur.
func countOf(text string, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(text, w) {
			n++
		}
	}
	return n
}

// headed says that the claim of a rule stands in the title or a heading.
func (v *view) headed(r *classRule) bool {
	for i := range r.when[0] {
		p := &r.when[0][i]
		switch p.scope {
		case "re", "head-re", "self-re":
			if p.found(v.head) {
				return true
			}
		case "text", "head":
			if strings.Contains(v.head, p.want) {
				return true
			}
		case "near", "head-near":
			if v.loud.near(v.head, p.sets) {
				return true
			}
		}
	}
	return false
}

// quoted says that the claim of a rule stands in quotation marks the first time
// that it is made.
func (v *view) quoted(r *classRule) bool {
	for i := range r.when[0] {
		p := &r.when[0][i]
		at := -1
		switch p.scope {
		case "re":
			if m := p.re.FindStringIndex(v.text); m != nil {
				at = m[0]
			}
		case "self-re":
			if m := p.re.FindStringIndex(v.self()); m != nil {
				return openQuote(v.self()[:m[0]])
			}
		case "near":
			if v.said.quoted(v.self(), p.sets) {
				return true
			}
		case "text":
			at = strings.Index(v.text, p.want)
		}
		if at > 0 {
			return openQuote(v.text[:at])
		}
	}
	return false
}

// openQuote says that a quotation has begun and not ended.
func openQuote(before string) bool {
	return strings.Count(before, `"`)%2 == 1 || strings.Count(before, "«") > strings.Count(before, "»") || strings.HasSuffix(before, "'")
}
