package lookalike

import (
	"os"
	"strings"
	"testing"
)

// Every rule has its row in docs/methods.md.
func TestMethodsNameEveryRule(t *testing.T) {
	doc, err := os.ReadFile("../../docs/methods.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(doc), "\n## Which names a night asks for\n")
	if !found {
		t.Fatal("docs/methods.md has no section of the names that are asked")
	}
	rows := map[string]bool{}
	for line := range strings.Lines(text) {
		if cell := strings.Split(line, "|"); len(cell) == 5 {
			for name := range strings.SplitSeq(cell[1], ",") {
				rows[strings.Trim(name, " `")] = true
			}
		}
	}
	for _, name := range RuleNames() {
		if !rows[name] {
			t.Errorf("docs/methods.md has no row of the rule %s", name)
		}
	}
}
