package casefile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"respawn/tracker"
	"respawn/tracker/casefile"
)

func read(t *testing.T, name, text string) (tracker.Case, []casefile.Refusal) {
	t.Helper()
	c, refused, err := casefile.Read(name, strings.NewReader(text))
	if err != nil {
		t.Fatalf("Read(%s): %v", name, err)
	}
	return c, refused
}

func opener(files fs.FS) casefile.Opener {
	return func(name string) (io.ReadCloser, error) { return files.Open(name) }
}

func names(c tracker.Case) string {
	var out []string
	for _, n := range c.Names {
		out = append(out, string(n.Name))
	}
	return strings.Join(out, " ")
}

func TestRefang(t *testing.T) {
	for _, tt := range []struct{ in, name, remark string }{
		{"spiegel.ltd", "spiegel.ltd", ""},
		{"hxxps://www[.]spiegel[.]ltd/politik?x=1#y", "spiegel.ltd", "/politik?x=1#y"},
		{"hXXp://bild(.)work", "bild.work", ""},
		{"h**ps://bild.work", "bild.work", ""},
		{"faz{.}ltd", "faz.ltd", ""},
		{"walla[dot]com (dot) co", "walla.com.co", ""},
		{"fox-news[.in", "fox-news.in", ""},
		{`fox-news\.in`, "fox-news.in", ""},
		{"hxxp[:]//rrn[.]media:8080/", "rrn.media", "/"},
		{"hxxp[://]rrn[.]media", "rrn.media", ""},
		{"rrn\u200b.media\ufeff", "rrn.media", ""},
		{"r\u00adrn.media", "rrn.media", ""},
		{"jiraboom[.]pro (Hosted a spoof of Der Spiegel)", "jiraboom.pro", "(Hosted a spoof of Der Spiegel)"},
		{"\u00a0\"artichoc.io\".", "artichoc.io", "\"."},
		{"<https://user:pw@artichoc.io>", "artichoc.io", ">"},
		{"*.artichoc.io", "artichoc.io", ""},
		{"süddeutsche.de", "xn--sddeutsche-9db.de", ""},
		{"www.com.co", "www.com.co", ""},
		{"albania.news-pravda.com", "albania.news-pravda.com", ""},
	} {
		n, remark, err := casefile.Refang(tt.in)
		if err != nil || string(n) != tt.name || remark != tt.remark {
			t.Errorf("Refang(%q) = %q, %q, %v; want %q, %q", tt.in, n, remark, err, tt.name, tt.remark)
		}
	}
	for _, in := range []string{"", "   ", "co.uk", "localhost", "hxxp://192.0.2.1/", "a b", "Der Spiegel", "report.pdf2", "x.notatld", "ex\x00ample.com"} {
		if n, _, err := casefile.Refang(in); !errors.Is(err, tracker.ErrName) {
			t.Errorf("Refang(%q) = %q, %v; want ErrName", in, n, err)
		}
	}
}

func TestTable(t *testing.T) {
	c, refused := read(t, "lists/Seized 2024.csv", `domain,Seized Date,kind,impersonates,country,registered_date,seizure_confirmation,source,colour
rrn[.]media,2024-09-04,own-brand,,INT,10 July 2024,documented,"a, b",red
spiegel.agency,9/5/2024,brand_spoof,hxxps://www.spiegel.de/,de,10-18-2023,outlet-documented,,
not a name,2024-09-04,,,,,,,
artichoc.io,2024-02-31,own-brand,,FR,,maybe,,
one.press,2024-09-04,"unclosed,,,,,,
two.press,,,,,,,,,too many
three.press
`)
	if got, want := names(c), "rrn.media spiegel.agency artichoc.io three.press"; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
	if c.ID != "seized-2024" {
		t.Errorf("id %q", c.ID)
	}
	r, s := c.Names[0], c.Names[1]
	if r.Role != tracker.RoleSeized || r.Confirmation != tracker.Documented || r.Source != "a, b" || r.Note != "colour=red" || r.Origin.Line != 2 {
		t.Errorf("first row %+v", r)
	}
	if got := r.SeizedAt.Format("2006-01-02") + r.RegisteredAt.Format(" 2006-01-02"); got != "2024-09-04 2024-07-10" {
		t.Errorf("days %s", got)
	}
	if s.Impersonates != "spiegel.de" || s.Kind != tracker.KindBrandSpoof || s.Country != "DE" || s.RegisteredAt.Format("01-02") != "10-18" || s.SeizedAt.Format("01-02") != "09-05" {
		t.Errorf("second row %+v", s)
	}
	var got []string
	for _, r := range refused {
		got = append(got, fmt.Sprintf("%d:%s:%t", r.Line, r.Field, r.Row()))
	}
	want := "1:colour:false 4::true 5:seized_date:false 5:seizure_confirmation:false 6::true 7::true 8:role:false"
	if strings.Join(got, " ") != want {
		t.Errorf("refused %v\nwant    %s", got, want)
	}
	if n := c.Names[2].Note; !strings.Contains(n, "2024-02-31") || !strings.Contains(n, "maybe") {
		t.Errorf("what a refused field said is lost: note %q", n)
	}
}

func TestDays(t *testing.T) {
	for _, tt := range []struct{ name, days, want, note string }{
		{"the four ways of the published lists", "2024-03-05|10 July 2024|9/25/2024|07-12-2022", "2024-03-05 2024-07-10 2024-09-25 2022-07-12", ""},
		{"one day above twelve in front turns all of the file", "07-12-2022|31/01/2023", "2022-12-07 2023-01-31", ""},
		{"a file that does not tell is read month first, and says so", "9/5/2024", "2024-09-05", "read as month first"},
		{"a file with both orders refuses what could be either", "07-12-2022|31/01/2023|10-18-2023|5/5/2023", "- 2023-01-31 2023-10-18 2023-05-05", "could not be read"},
		{"with dots the day stands first", "13.07.2022|7.8.2022", "2022-07-13 2022-08-07", ""},
		{"a time of day is dropped, a source in front is kept in the note", "2024-03-05T10:11:12Z|meta=2023-05-01", "2024-03-05 2023-05-01", "meta="},
		{"days that do not exist are refused", "2024-02-30|31 April 2024|0000-01-01|2024-13-01", "- - - -", "could not be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "domain,registered_date\n"
			for i, d := range strings.Split(tt.days, "|") {
				text += fmt.Sprintf("n%d.press,%s\n", i, d)
			}
			c, _ := read(t, "x.csv", text)
			var got []string
			var notes string
			for _, n := range c.Names {
				notes += n.Note
				if n.RegisteredAt.IsZero() {
					got = append(got, "-")
				} else {
					got = append(got, n.RegisteredAt.Format("2006-01-02"))
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			if !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q in them", notes, tt.note)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ name, file, text string }{
		{"plain list", "x.txt", "# a remark\nrrn.media\n\nhxxps://artichoc[.]io/a#b\n"},
		{"plain list without an extension", "x", "rrn[.]media # own brand\nartichoc.io"},
		{"plain list called csv", "x.csv", "rrn.media\nartichoc.io\n"},
		{"semicolons", "x.csv", "country;domain\n;rrn.media\nFR;artichoc.io\n"},
		{"tabs and a byte order mark", "x.tsv", "\ufeffdomain\tkind\nrrn.media\t\nartichoc.io\town-brand\n"},
		{"table told by its first line", "x.list", "domain,kind\r\nrrn.media,\r\n\r\nartichoc.io,own-brand\r\n"},
		{"yaml sequence", "x.yaml", "- rrn.media\n- domain: artichoc.io\n"},
		{"yaml mapping", "x.yml", "id: x\nnames: [rrn.media, {domain: artichoc.io, kind: own-brand}]\n"},
		{"json", "x.json", `{"id": "x", "names": ["rrn.media", {"domain": "artichoc.io"}]}`},
		{"latin-1", "x.csv", "domain,note\nrrn.media,caf\xe9\nartichoc.io,\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := read(t, tt.file, tt.text)
			if names(c) != "rrn.media artichoc.io" || c.ID != "x" {
				t.Errorf("case %q: %s", c.ID, names(c))
			}
			if c.Names[0].Role != tracker.RoleCampaign {
				t.Errorf("a list that speaks of no seizure must not call its names seized: %+v", c.Names[0])
			}
		})
	}
	for _, tt := range []struct{ name, file, text string }{
		{"empty", "x.csv", ""},
		{"no domain column", "x.csv", "name,kind\nrrn.media,own-brand\n"},
		{"a column twice", "x.csv", "domain,domain\na.com,b.com\n"},
		{"UTF-16", "x.csv", "\xff\xfed\x00o\x00"},
		{"binary", "x.txt", "rrn.media\x00"},
		{"yaml scalar", "x.yaml", "rrn.media"},
		{"yaml broken", "x.yaml", "a: [b"},
		{"yaml id that is none", "x.yaml", "id: A B\nnames: [rrn.media]"},
		{"yaml with files, read alone", "x.yaml", "files: [a.csv]"},
		{"nothing but prose", "x.txt", strings.Repeat("lorem ipsum\n", 2000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if c, _, err := casefile.Read(tt.file, strings.NewReader(tt.text)); !errors.Is(err, casefile.ErrFormat) {
				t.Errorf("got %s, %v; want ErrFormat", names(c), err)
			}
		})
	}
}

func TestARowIsSeizedOnlyWhereItSaysSo(t *testing.T) {
	c, refused := read(t, "x.csv", `domain,role,seized_date,seizure_confirmation
bare.com,,,
dated.com,,2024-09-04,
undated.com,,some day,
confirmed.com,,,outlet-documented
unconfirmed.com,,,campaign_documented
told.com,seized,,
toldnot.com,campaign,2024-09-04,
`)
	var got []string
	for _, n := range c.Names {
		got = append(got, n.Name.Label()+"="+string(n.Role))
	}
	if want := "bare=campaign dated=seized undated=seized confirmed=seized unconfirmed=campaign told=seized toldnot=campaign"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if len(refused) != 2 || !refused[0].Assumed || refused[0].Row() || refused[0].Line != 2 || !strings.HasPrefix(refused[0].Reason, "2 rows") || refused[1].Assumed {
		t.Errorf("%+v", refused)
	}
}

func TestLoadTiesFilesTogether(t *testing.T) {
	files := fstest.MapFS{
		"cases/dg/case.yaml":    {Data: []byte("title: T\nfiles:\n- seized.csv\n- {file: campaign.csv, role: campaign}\n- ../outlets.csv\nnames: [extra.press]\nshoe_size: 44\n")},
		"cases/dg/seized.csv":   {Data: []byte("domain,seized_date,seizure_confirmation\nfox-news.top,2024-09-04,outlet-documented\n")},
		"cases/dg/campaign.csv": {Data: []byte("domain,registered_date,seized_date,source\nfox-news.top,2022-02-10,2024-09-05,meta\nblld.live,,,\n")},
		"cases/outlets.csv":     {Data: []byte("domain,role,country,note\nfoxnews.com,outlet,US,Fox News\nfoxnews.com,outlet,,\ngov.pl,outlet,PL,\n")},
	}
	c, refused, err := casefile.Load(opener(files), "cases/dg/case.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != "dg" || c.Title != "T" || names(c) != "extra.press fox-news.top blld.live" || len(c.Outlets) != 2 || c.Outlets[0].Title != "Fox News" {
		t.Errorf("%+v", c)
	}
	fox := c.Names[1]
	if fox.Role != tracker.RoleSeized || fox.SeizedAt.Day() != 4 || fox.RegisteredAt.Year() != 2022 || fox.Source != "meta" || !strings.Contains(fox.Note, "also in cases/dg/campaign.csv:2") {
		t.Errorf("merged row %+v", fox)
	}
	if c.Names[2].Role != tracker.RoleCampaign {
		t.Errorf("role of the file is lost: %+v", c.Names[2])
	}
	if len(refused) != 3 || !refused[0].Assumed || refused[1].Field != "shoe_size" || refused[2].Field != "seized_date" || refused[2].File != "cases/dg/campaign.csv" {
		t.Errorf("refused %v", refused)
	}

	files["loop.yaml"] = &fstest.MapFile{Data: []byte("files: [loop.yaml]")}
	files["lost.yaml"] = &fstest.MapFile{Data: []byte("files: [gone.csv]")}
	if _, _, err := casefile.Load(opener(files), "loop.yaml"); !errors.Is(err, casefile.ErrFormat) {
		t.Errorf("a case that ties itself: %v", err)
	}
	if _, _, err := casefile.Load(opener(files), "lost.yaml"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "lost.yaml:1") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestShippedCase(t *testing.T) {
	root := os.DirFS("../../testdata/cases/doppelganger-2024")
	if _, err := fs.Stat(root, "case.yaml"); err != nil {
		t.Skip("testdata/cases/doppelganger-2024/case.yaml is not there")
	}
	c, refused, err := casefile.Load(opener(root), "case.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refused {
		if r.Row() {
			t.Errorf("refused: %v", r)
		}
	}
	documented := 0
	for _, n := range c.Seized() {
		if n.Confirmation == tracker.Documented {
			documented++
		}
		if n.Confirmation == tracker.ConfirmationUnstated || n.SeizedAt.Format("2006-01-02") != "2024-09-04" {
			t.Errorf("%s: %q on %s", n.Name, n.Confirmation, n.SeizedAt)
		}
	}
	if len(c.Seized()) != 32 || documented != 3 {
		t.Errorf("%d seized names, %d documented; want 32 and 3", len(c.Seized()), documented)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"domain,seized_date\nrrn.media,9/5/2024\n", "rrn[.]media\n", "domain;kind\n\"a\n\n", "id: x\nnames: [rrn.media, {domain: a.io}]",
		"domain,note\n\"rrn.media\",\"a\nb\"\n\n\nx.press\n", "\ufeffdomain\tx\na.com\t1\n", "domain\n\"\"\"\n\"\n", "domain,a,a\n", "- *x\n", "names: {a: b}",
	} {
		f.Add("x.csv", s)
		f.Add("x.yaml", s)
		f.Add("x", s)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		c, refused, err := casefile.Read(name, strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		seen := map[tracker.Name]bool{}
		for _, n := range c.Names {
			if again, err := tracker.ParseName(string(n.Name)); err != nil || again != n.Name || seen[n.Name] {
				t.Fatalf("%q is no name, or stands twice", n.Name)
			}
			if seen[n.Name] = true; n.Origin.Line < 1 || n.Origin.Line > lines {
				t.Fatalf("%s: line %d of %d", n.Name, n.Origin.Line, lines)
			}
		}
		for _, r := range refused {
			if r.Line < 0 || r.Line > lines || r.Reason == "" {
				t.Fatalf("refusal %+v of %d lines", r, lines)
			}
		}
		if string(c.ID) == "" || strings.ToLower(string(c.ID)) != string(c.ID) {
			t.Fatalf("id %q", c.ID)
		}
	})
}

func FuzzRefang(f *testing.F) {
	for _, s := range []string{"hxxps://www[.]spiegel[.]ltd/x", "a[dot]b(dot)com", "jiraboom[.]pro (Hosted)", "%2e%2e.com", "a\u200b.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, _, err := casefile.Refang(s)
		if err != nil {
			return
		}
		if again, _, err := casefile.Refang(n.Defang()); err != nil || again != n {
			t.Fatalf("Refang(%q) = %q, and of that %q, %v", s, n, again, err)
		}
	})
}
