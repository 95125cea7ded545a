package fingerprint

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"respawn/tracker"
)

// Rule is the version of everything in this package: classes, extraction,
// hashes. A change that could give other values for the same bytes changes it.
const Rule = "fingerprint/4"

// Rules are this version and those before it whose fingerprints can still be compared
// with its own, newest first: they lack what came later, and nothing in them has
// changed its meaning.
var Rules = []string{Rule, "fingerprint/3"}

//go:embed classes.yaml
var classesYAML []byte

// A classRule is one line of classes.yaml: a page is of Class when every group
// of When has a phrase that matches, no phrase of Not does, and the page is
// small enough to be nothing else.
type classRule struct {
	ID     string        `yaml:"id"`
	Class  tracker.Class `yaml:"class"`
	Source string        `yaml:"source"` // where the wording comes from
	When   [][]string    `yaml:"when"`
	Not    []string      `yaml:"not"`
	Words  int           `yaml:"words"`  // at most; 0 = any number
	Links  int           `yaml:"links"`  // at most; 0 = any number
	News   bool          `yaml:"news"`   // also where the page declares itself an article
	Report *int          `yaml:"report"` // at most so many points of telling; nil = any

	when [][]phrase
	not  []phrase
}

// A phrase is "scope:words". Scopes: title, text (title, description, alternative
// texts and visible text), html (the first 64 KB), image (file names of images), url
// (final host and path), header (name: value), status, re (text by expression), head
// (title and headings; head-re by expression), title-re, self-re (text in which the
// site's own name reads "this domain"), near (sets of words in one sentence of that
// text; head-near of head), word (of a set), html-re.
type phrase struct {
	scope string
	want  string
	re    *regexp.Regexp
	need  []string // one of these is where re matches; nil for any text
	sets  []*wordSet
}

// found says whether the expression matches in text. Most pages are not of most
// classes, and looking for a word costs a tenth of trying an expression everywhere.
func (p *phrase) found(text string) bool {
	if p.need != nil && !slices.ContainsFunc(p.need, func(s string) bool { return strings.Contains(text, s) }) {
		return false
	}
	return p.re.MatchString(text)
}

type ruleFile struct {
	Checked string              `yaml:"checked"` // day of the last look at the sources
	Rules   []classRule         `yaml:"rules"`
	Claims  []string            `yaml:"claims"` // sets whose words claim something, which a question does not
	Sets    map[string][]string `yaml:"sets"`   // words of many languages that mean one thing; see near
	Telling telling             `yaml:"telling"`
}

// classRules reads the embedded file once. It panics on a file that is not
// valid, which the tests would see first.
var classRules = sync.OnceValue(func() *ruleFile {
	rules, err := readRules(classesYAML)
	if err != nil {
		panic(err)
	}
	return rules
})

func readRules(b []byte) (*ruleFile, error) {
	var f ruleFile
	if err := yaml.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("classes.yaml: %w", err)
	}
	sets, err := f.wordSets()
	if err != nil {
		return nil, fmt.Errorf("classes.yaml: %w", err)
	}
	seen := map[string]bool{}
	for i := range f.Rules {
		r := &f.Rules[i]
		if r.ID == "" || seen[r.ID] || r.Class == "" || r.Source == "" || len(r.When) == 0 {
			return nil, fmt.Errorf("classes.yaml: rule %d (%s) lacks a new id, a class, a source or a condition", i+1, r.ID)
		}
		seen[r.ID] = true
		for _, g := range r.When {
			ps, err := phrases(g, sets)
			if err != nil {
				return nil, fmt.Errorf("classes.yaml: rule %s: %w", r.ID, err)
			}
			r.when = append(r.when, ps)
		}
		ps, err := phrases(r.Not, sets)
		if err != nil {
			return nil, fmt.Errorf("classes.yaml: rule %s: %w", r.ID, err)
		}
		r.not = ps
	}
	return &f, nil
}

// wordSets are the sets by name, those that claim something marked.
func (f *ruleFile) wordSets() (map[string]*wordSet, error) {
	sets := map[string]*wordSet{}
	for name, words := range f.Sets {
		if len(sets) == maxSets {
			return nil, fmt.Errorf("more than %d sets", maxSets)
		}
		set, err := readSet(len(sets), words)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
		sets[name] = &set
	}
	for _, name := range f.Claims {
		if sets[name] == nil {
			return nil, fmt.Errorf("claims: no set %q", name)
		}
		sets[name].claim = true
		sets[name].unless = sets["supposed"]
	}
	return sets, nil
}

func phrases(in []string, sets map[string]*wordSet) ([]phrase, error) {
	var out []phrase
	for _, s := range in {
		scope, want, ok := strings.Cut(s, ":")
		if !ok || want == "" {
			return nil, fmt.Errorf("%q is not scope:words", s)
		}
		p := phrase{scope: scope, want: strings.ToLower(want)}
		switch scope {
		case "title", "text", "html", "image", "url", "header", "head":
		case "status":
			if _, err := strconv.Atoi(want); err != nil {
				return nil, fmt.Errorf("%q: want a number", s)
			}
		case "near", "head-near", "word":
			for _, n := range strings.Split(want, "+") {
				set, err := besideSet(n, sets)
				if err != nil {
					return nil, fmt.Errorf("%q: %w", s, err)
				}
				p.sets = append(p.sets, set)
			}
		case "re", "head-re", "self-re", "title-re", "html-re":
			re, err := regexp.Compile(want)
			if err != nil {
				return nil, err
			}
			p.re, p.need = re, required(want)
		default:
			return nil, fmt.Errorf("%q: unknown scope", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// A view is what rules look at: lower case, blanks collapsed, bounded.
type view struct {
	title, head, text, image, url, header, status string

	raw          []byte // as sent, bounded
	html         string // raw in lower case, made when the first rule asks
	words, links int
	article      bool // declares itself an article, or has the body of one
	declared     bool // declares itself one
	points       int  // of telling, without what depends on the rule; see told
	counted      bool
	own          string // the site's registrable domain, lower case
	selfText     string // see self; made when the first rule asks
	said         spoken // of self
	loud         spoken // of head
}

// self is the text with the site's own name read as "this domain", which is how a
// notice speaks of it that has the name put in.
func (v *view) self() string {
	if v.selfText == "" {
		v.selfText = v.text
		if v.own != "" {
			v.selfText = strings.ReplaceAll(strings.ReplaceAll(v.text, "www."+v.own, "this domain"), v.own, "this domain")
		}
	}
	return v.selfText
}

func (v *view) lowerHTML() string {
	if v.html == "" {
		v.html = string(lowerASCII(bytes.Clone(v.raw)))
	}
	return v.html
}

func (v *view) matches(p *phrase) bool {
	switch p.scope {
	case "title":
		return strings.Contains(v.title, p.want)
	case "text":
		return strings.Contains(v.text, p.want)
	case "html":
		return strings.Contains(v.lowerHTML(), p.want)
	case "html-re":
		return p.found(v.lowerHTML())
	case "word":
		return v.said.ask(v.self(), p.sets[0])
	case "near":
		return v.said.near(v.self(), p.sets)
	case "head-near":
		return v.loud.near(v.head, p.sets)
	case "image":
		return strings.Contains(v.image, p.want)
	case "url":
		return strings.Contains(v.url, p.want)
	case "header":
		return strings.Contains(v.header, p.want)
	case "status":
		return v.status == p.want
	case "re":
		return p.found(v.text)
	case "self-re":
		return p.found(v.self())
	case "head":
		return strings.Contains(v.head, p.want)
	case "head-re":
		return p.found(v.head)
	case "title-re":
		return p.found(v.title)
	}
	return false
}

func (r *classRule) matches(v *view, t *telling) bool {
	if r.Words > 0 && v.words > r.Words || r.Links > 0 && v.links > r.Links {
		return false
	}
	if !r.News && (v.declared || v.article && r.Report == nil) {
		return false
	}
	for _, g := range r.when {
		if !anyOf(v, g) {
			return false
		}
	}
	if anyOf(v, r.not) {
		return false
	}
	if r.Report == nil { // what stands in quotation marks is said of another page
		return r.News || !v.quoted(r)
	}
	return t.points(v, r) <= *r.Report
}

func anyOf(v *view, ps []phrase) bool {
	for i := range ps {
		if v.matches(&ps[i]) {
			return true
		}
	}
	return false
}

// firstRule is the first rule that matches, in the order of the file; nil for none.
// doubt says that none did, but that the page claims a seizure in its title or a
// heading: one that was kept from being a notice by how much it tells.
func firstRule(v *view) (rule *classRule, doubt bool) {
	f := classRules()
	for i := range f.Rules {
		r := &f.Rules[i]
		if r.matches(v, &f.Telling) {
			return r, false
		}
		doubt = doubt || r.Class == tracker.ClassNotice && r.Report != nil && *r.Report > 0 && v.headed(r) && !v.declared && (r.Words == 0 || v.words <= r.Words) && v.links <= fewLinks && !anyOf(v, r.not)
	}
	return nil, doubt
}
