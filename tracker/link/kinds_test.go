package link

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"respawn/tracker"
)

// derived are the kinds that this package makes itself, from other fields than
// the identifiers of a fingerprint.
var derived = []string{"address", "batch", "brand-key", "certificate-names", "css", "disjoint", "dom", "imitation", "label", "similar", "language", "mailru-verification", "ns", "ns-own", "ns-pair", "outbound",
	"parent", "parked", "planted", "ptr", "redirect", "redirect-host", "registrant-email", "registrant-org", "registrant-phone", "registrar", "site-name", "slug", "soa-contact", "story", "text", "theme", "title", "trade"}

// TestEveryIdentifierKindIsWeighed holds the table against the constants of
// crawler/fingerprint: a kind that the extractor gains without a row here would
// be ignored in silence, and a row that nothing emits would promise evidence.
func TestEveryIdentifierKindIsWeighed(t *testing.T) {
	const dir = "../../crawler/fingerprint/"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	emitted := map[string]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		p, err := parser.ParseFile(token.NewFileSet(), dir+f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(p, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range v.Names {
				if !strings.HasPrefix(name.Name, "Kind") || i >= len(v.Values) {
					continue
				}
				if lit, ok := v.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					emitted[s] = true
				}
			}
			return true
		})
	}
	if len(emitted) < 40 {
		t.Fatalf("only %d kinds found: the constants have moved", len(emitted))
	}
	for k := range emitted {
		if _, ok := kinds[k]; !ok {
			t.Errorf("crawler/fingerprint emits %q, and the table has no row for it", k)
		}
	}
	for k := range kinds {
		if !emitted[k] && !slices.Contains(derived, k) {
			t.Errorf("the table weighs %q, which nothing emits", k)
		}
	}
	for _, k := range derived {
		if _, ok := kinds[k]; !ok {
			t.Errorf("%q is said to be derived and has no row", k)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	groups := []tracker.Group{tracker.GroupName, tracker.GroupRegistration, tracker.GroupHosting, tracker.GroupTLS, tracker.GroupTracking, tracker.GroupDesign, tracker.GroupContent, tracker.GroupRedirect, tracker.GroupContact}
	negative := []string{"brand-key", "parked", "disjoint", "trade", "language"}
	for name, k := range kinds {
		if !slices.Contains(groups, k.group) {
			t.Errorf("%s: group %q", name, k.group)
		}
		switch {
		case k.role == nothing && k.why == "" && !slices.Contains(negative, name):
			t.Errorf("%s counts for nothing and does not say why", name)
		case k.role != nothing && (k.lr < 2 || k.lr > 1000):
			t.Errorf("%s: ratio %g", name, k.lr)
		case k.role == identity && k.lr < 20:
			t.Errorf("%s identifies with a ratio of %g", name, k.lr)
		}
		if k.fact != "" && !slices.Contains(facts[k.fact], name) {
			t.Errorf("%s is a spelling of %q, which does not list it", name, k.fact)
		}
	}
}

func TestSeedTable(t *testing.T) {
	if len(seeds) < 200 {
		t.Fatalf("%d rows", len(seeds))
	}
	for _, tt := range []struct {
		ns   tracker.Name
		want tracker.Name
	}{
		{"dns1.registrar-servers.com", "registrar-servers.com"}, {"ns-123.awsdns-45.co.uk", "awsdns-45.co.uk"}, {"ada.ns.cloudflare.com", "cloudflare.com"},
		{"2-can.njalla.in", "njalla.in"}, {"ns1.meisterurian.io", ""}, {"ns1.notregistrar-servers.com", ""}, {"registrar-servers.com", "registrar-servers.com"}, {"", ""},
	} {
		if got, _ := providerZone(tt.ns); got != tt.want {
			t.Errorf("provider zone of %q: %q, want %q", tt.ns, got, tt.want)
		}
	}
	head := "kind,value,why,source,seen\n"
	for name, in := range map[string]string{
		"an empty file":                    "",
		"another head":                     "kind,value\n",
		"a kind that is not weighed":       head + "colour,blue,w,s,2026-11-22\n",
		"a row without a source":           head + "slug,x,w,,2026-11-22\n",
		"a row without a day":              head + "slug,x,w,s,\n",
		"a value twice":                    head + "slug,x,w,s,2026-11-22\nslug,x,w,s,2026-11-22\n",
		"a row with a column too many":     head + "slug,x,w,s,2026-11-22,y\n",
		"a day that does not exist":        head + "slug,x,w,s,2026-02-30\n",
		"a row without a reason":           head + "slug,x,,s,2026-11-22\n",
		"a row that is no comma separated": head + "\"slug\n",
	} {
		if _, err := parseSeeds([]byte(in)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		score float64
		want  string
	}{{-10, "almost no chance"}, {logit(.051), "very unlikely"}, {logit(.3), "unlikely"}, {0, "roughly even chance"}, {logit(.7), "likely"}, {probableAt, "very likely"}, {confirmedAt, "almost certain"}} {
		if got := Words(tt.score); got != tt.want {
			t.Errorf("%.2f: %q, want %q", tt.score, got, tt.want)
		}
	}
}

func TestWeightFallsWithEveryStranger(t *testing.T) {
	for name, k := range kinds {
		last := maxWeight + 1
		for n := range 200 {
			w := weight(k, n, 300)
			if w > last {
				t.Fatalf("%s: %d strangers weigh more than %d", name, n, n-1)
			}
			last = w
		}
		if k.role != nothing && last != 0 {
			t.Errorf("%s: 199 of 300 strangers still weigh %.2f", name, last)
		}
	}
	if w := weight(kinds["ga4"], 0, 0); math.Abs(w-math.Log(1000)) > 1e-9 {
		t.Errorf("an account nobody else has weighs %.3f, want ln 1000", w)
	}
	// More silent sites make the same count rarer.
	if weight(kinds["gtm"], 5, 100_000) <= weight(kinds["gtm"], 5, 1000) {
		t.Error("five of a hundred thousand weigh no more than five of a thousand")
	}
}

// TestMethodsNameEveryKind holds docs/methods.md against the table: each kind that
// counts stands there with its ratio, in a row that has its role.
func TestMethodsNameEveryKind(t *testing.T) {
	doc, err := os.ReadFile("../../docs/methods.md")
	if err != nil {
		t.Fatal(err)
	}
	roles := map[role]string{nothing: "nothing", circumstance: "circumstance", support: "support", identity: "identity"}
	for name, k := range kinds {
		if k.role == nothing && k.why == "" {
			continue // negative evidence has a table of its own
		}
		want := "`" + name + "`"
		if k.role != nothing {
			want += " " + strconv.FormatFloat(k.lr, 'f', -1, 64)
		}
		found := false
		for line := range strings.Lines(string(doc)) {
			cells := strings.Split(line, "|")
			found = found || len(cells) > 3 && strings.Contains(cells[1], string(k.group)) && (strings.Contains(cells[2], want+",") || strings.HasSuffix(strings.TrimSpace(cells[2]), want)) && strings.TrimSpace(cells[3]) == roles[k.role]
		}
		if !found {
			t.Errorf("docs/methods.md has no row of %s with %q as %s", k.group, want, roles[k.role])
		}
	}
}
