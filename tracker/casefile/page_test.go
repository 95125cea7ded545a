package casefile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"respawn/tracker"
)

// docs/case.md is the one description of what a person has to write. It has the
// columns and keys that the reader takes, in their order, and its examples can be
// read.
func TestThePageOfCaseFilesIsWhatTheReaderReads(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "case.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_-]+)` \\|").FindAllStringSubmatch(page, -1) {
		rows = append(rows, m[1])
	}
	want := slices.Concat(columns, []string{string(tracker.Documented), string(tracker.OutletDocumented), string(tracker.LabelCorroborated), string(tracker.CampaignDocumented)}, caseKeys)
	if !slices.Equal(rows, want) {
		t.Errorf("docs/case.md has\n%q\nwant\n%q", rows, want)
	}
	for _, v := range []tracker.Role{tracker.RoleSeized, tracker.RoleCampaign, roleOutlet} {
		if !strings.Contains(page, "`"+string(v)+"`") {
			t.Errorf("no word of role %s", v)
		}
	}
	for _, k := range []tracker.Kind{tracker.KindOwnBrand, tracker.KindBrandSpoof} {
		if !strings.Contains(page, "`"+string(k)+"`") {
			t.Errorf("no word of kind %s", k)
		}
	}

	example := func(lang string) string {
		_, rest, ok := strings.Cut(page, "```"+lang+"\n")
		text, _, closed := strings.Cut(rest, "```")
		if !ok || !closed {
			t.Fatalf("no example of %s", lang)
		}
		return text
	}
	c, refused, err := Read("example.csv", strings.NewReader(example("csv")))
	if err != nil || len(refused) > 0 || len(c.Names) != 2 || len(c.Outlets) != 1 || c.Outlets[0].Title != "North Country Post" {
		t.Errorf("the example table: %+v, %v, %v", c, refused, err)
	}
	yaml := regexp.MustCompile("(?m)^files: .*\n").ReplaceAllString(example("yaml"), "")
	c, refused, err = Read("example.yaml", strings.NewReader(yaml))
	if err != nil || len(refused) != 1 || !refused[0].Assumed || c.ID != "doppelganger-2024" || len(c.Names) != 2 || len(c.Outlets) != 2 {
		t.Errorf("the example case: %+v, %v, %v", c, refused, err)
	}

	for _, m := range regexp.MustCompile(`\x60([^\x60\n]*artichoc[^\x60\n]*)\x60`).FindAllStringSubmatch(page, -1) {
		if n, _, err := Refang(m[1]); err != nil || n != "artichoc.io" {
			t.Errorf("Refang(%q) = %q, %v", m[1], n, err)
		}
	}
	days := regexp.MustCompile(`(?s)\*\*Days\*\* are (.*?)\. Of the last two`).FindStringSubmatch(page)
	if days == nil {
		t.Fatal("no list of days")
	}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(days[1], -1) {
		if d, _, err := parseDay(m[1], dayUnknown); err != nil || d.Format("2006-01-02") != "2024-09-04" {
			t.Errorf("the day %q is read as %s, %v", m[1], d, err)
		}
	}
}
