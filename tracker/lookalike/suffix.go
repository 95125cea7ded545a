package lookalike

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/idna"

	"respawn/tracker"
)

//go:embed data/iana-tlds-2026.txt.gz
var ianaGz []byte

// A Source is a list that is built in.
type Source struct {
	Name    string
	Date    string // of the list, as precise as it is known
	SHA256  string // of the uncompressed text
	Licence string
	URL     string
}

// Sources are the suffix lists that are built in. A test compares the hashes
// with the embedded bytes.
func Sources() []Source {
	return []Source{
		{"IANA list of top-level domains", "2026", "aa0a75a9860b2cba07d7fe8172f4546d981be3674bf6764fb0d5f39a45940d25", "facts", "https://data.iana.org/TLD/tlds-alpha-by-domain.txt"},
		{"Public Suffix List", "2026-08-19", "df6306ec61971424ad259757b399911f4d414486629a5a00e299a2b6c7957089", "MPL-2.0", "https://publicsuffix.org/list/public_suffix_list.dat"},
	}
}

// A SuffixClass groups suffixes by who may register under them: the coarsest
// level of the prior.
type SuffixClass uint8

// The classes of suffixes.
const (
	ClassCountry   SuffixClass = iota // two letters
	ClassLegacy                       // com, net, org, info, ...: before the 2012 round
	ClassPortfolio                    // new gTLD of an operator with three or more: sold to all
	ClassSingle                       // new gTLD of an operator with one or two: brands, cities, and some open ones
	ClassIDN                          // top level in another script
	ClassSecond                       // open second level of a registry: com.co, co.uk, org.tr
	ClassOther                        // other second and third levels of registries: places, ministries
	ClassResale                       // private, short and under a short top level: eu.com, co.com, uk.net
	ClassHosting                      // private: names that a hoster hands out
	classes
)

// A Suffix is one public suffix under which a label can stand.
type Suffix struct {
	Name     string // A-labels, no dot in front
	Class    SuffixClass
	Operator string // of new gTLDs, as the Public Suffix List names it; else the top level
}

// suffixTable is what the embedded lists say.
type suffixTable struct {
	list  []Suffix // sorted by name
	index map[string]int32
	rules map[string]pslRule // every rule, for splitting names
	first map[string]bool    // first labels of the rules
}

type pslRule uint8

const (
	rulePlain pslRule = 1 << iota
	ruleWild          // *.name
	ruleException
)

// secondLevels are the labels under which registries that sell only third levels
// sell to all. They stand in for the star of a wildcard rule of a top level
// (*.ck), which names nothing that could be asked.
var secondLevels = []string{"co", "com", "net", "org"}

var suffixes = sync.OnceValue(func() *suffixTable {
	t, err := parseSuffixes(mustGunzip(ianaGz), tracker.PublicSuffixList())
	if err != nil {
		panic(err) // the embedded lists are fixed at build time
	}
	return t
})

func mustGunzip(gz []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		panic(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return b
}

// Suffixes is every public suffix under which a label can be looked for, sorted
// by name: the IANA list and both sections of the Public Suffix List. Left out
// are arpa and onion, which nobody registers in the DNS, a name that is only the
// trunk of a wildcard rule (under *.ck only names such as x.com.ck can be had),
// and the stars of hosters' wildcards, which cannot be listed. The slice is the
// caller's own.
func Suffixes() []Suffix { return slices.Clone(suffixes().list) }

func parseSuffixes(iana, psl []byte) (*suffixTable, error) {
	t := &suffixTable{rules: map[string]pslRule{}}
	found := map[string]Suffix{}
	add := func(s Suffix) {
		if _, ok := found[s.Name]; !ok && s.Name != "arpa" && s.Name != "onion" && !strings.HasSuffix(s.Name, ".arpa") {
			found[s.Name] = s
		}
	}
	operators, held := map[string]string{}, map[string]int{} // operator of a new gTLD; how many it holds
	private := false
	var wild []string
	sc := bufio.NewScanner(bytes.NewReader(psl))
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if c, ok := strings.CutPrefix(line, "//"); ok {
			private = private || strings.Contains(c, "BEGIN PRIVATE")
			if tld, op, ok := strings.Cut(strings.TrimSpace(c), " : "); ok && !private && !strings.Contains(op, "://") {
				operators[tld] = op
			}
			continue
		}
		if line == "" {
			continue
		}
		rule, kind := line, rulePlain
		if r, ok := strings.CutPrefix(line, "*."); ok {
			rule, kind = r, ruleWild
		} else if r, ok := strings.CutPrefix(line, "!"); ok {
			rule, kind = r, ruleException
		}
		name, err := idna.Registration.ToASCII(rule)
		if err != nil {
			if name, err = idna.Punycode.ToASCII(rule); err != nil {
				return nil, fmt.Errorf("public suffix rule %q: %w", line, err)
			}
		}
		name = strings.ToLower(name)
		t.rules[name] |= kind
		switch kind {
		case rulePlain:
			op := operators[rule]
			if op != "" {
				held[op]++
			}
			add(Suffix{Name: name, Class: classOf(name, private), Operator: op})
		case ruleWild:
			if !private {
				wild = append(wild, name)
			}
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("public suffix list: %w", err)
	}
	for _, trunk := range wild {
		if strings.Contains(trunk, ".") {
			continue // places in Japan, schools in Britain: closed to strangers
		}
		for _, l := range secondLevels {
			if n := l + "." + trunk; t.rules[n]&ruleException == 0 {
				add(Suffix{Name: n, Class: ClassSecond})
			}
		}
	}
	for tld := range strings.FieldsSeq(string(iana)) {
		tld = strings.ToLower(tld)
		if strings.HasPrefix(tld, "#") || t.rules[tld]&ruleWild != 0 {
			continue
		}
		if t.rules[tld] == 0 {
			t.rules[tld] = rulePlain
		}
		add(Suffix{Name: tld, Class: classOf(tld, false)})
	}
	for _, s := range found {
		if s.Class == ClassPortfolio && held[s.Operator] < 3 {
			s.Class = ClassSingle
			if s.Operator == "" {
				s.Class = ClassLegacy
			}
		}
		if s.Operator == "" {
			s.Operator = s.Name[strings.LastIndexByte(s.Name, '.')+1:]
		}
		t.list = append(t.list, s)
	}
	slices.SortFunc(t.list, func(a, b Suffix) int { return strings.Compare(a.Name, b.Name) })
	t.first = make(map[string]bool, len(t.rules))
	for n := range t.rules {
		t.first[firstLabel(n)] = true
	}
	t.index = make(map[string]int32, len(t.list))
	for i, s := range t.list {
		t.index[s.Name] = int32(i)
	}
	return t, nil
}

// classOf tells the class from the form of the name. Portfolio stands for every
// long top level until the operators have been counted.
func classOf(name string, private bool) SuffixClass {
	labels := strings.Split(name, ".")
	first, tld := labels[0], labels[len(labels)-1]
	switch {
	case len(labels) == 1 && strings.HasPrefix(tld, "xn--"):
		return ClassIDN
	case len(labels) == 1 && len(tld) == 2:
		return ClassCountry
	case len(labels) == 1:
		return ClassPortfolio
	case private && len(labels) == 2 && len(first) <= 3 && len(tld) <= 3:
		return ClassResale
	case private:
		return ClassHosting
	case len(labels) == 2 && slices.Contains([]string{"co", "com", "net", "org", "info", "biz", "web", "news", "press", "media", "in", "ac", "or", "ne", "go", "me", "tv"}, first):
		return ClassSecond
	}
	return ClassOther
}

// Split cuts a canonical name (lower case, A-labels) into what stands before its
// registrable label, the label and the public suffix, by the rules of the built-in
// list; a top level that no list has counts as a suffix. label is empty where the
// name is itself a suffix.
func Split(name string) (sub, label, suffix string) {
	rest, suffix := suffixes().split(name)
	if i := strings.LastIndexByte(rest, '.'); i >= 0 {
		return rest[:i], rest[i+1:], suffix
	}
	return "", rest, suffix
}

// split returns what stands before the suffix, and the suffix.
func (t *suffixTable) split(name string) (rest, suffix string) {
	at := t.splitAt([]byte(name))
	if at == 0 {
		return "", name
	}
	return name[:at-1], name[at:]
}

// splitAt is where the public suffix of name begins: 0 where name is one itself.
func (t *suffixTable) splitAt(name []byte) int {
	// The longest rule wins, an exception beats all (algorithm of
	// publicsuffix.org/list): walk from the whole name to the right.
	for at, prev := 0, -1; ; {
		dot := bytes.IndexByte(name[at:], '.')
		switch r := t.rules[string(name[at:])]; {
		case r&ruleException != 0 && dot >= 0:
			return at + dot + 1
		case r&ruleWild != 0 && prev >= 0:
			return prev
		case r&rulePlain != 0, dot < 0:
			return at
		}
		prev, at = at, at+dot+1
	}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
