package netsim

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func parse(t testing.TB, text string) *World {
	t.Helper()
	w, err := Parse("world.yaml", []byte(text), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func noFiles(string) ([]byte, error) { return nil, fs.ErrNotExist }

func smallest(t testing.TB) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/world.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "## The smallest world")
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/world.md has no smallest world")
	}
	return text
}

func TestTheSmallestWorldOfTheDocumentLoads(t *testing.T) {
	w := parse(t, smallest(t))
	if len(w.Sites) != 2 || w.Sites[0].Timeline[0].Nameservers[0] != "ns1.fbi.seized.gov" {
		t.Fatalf("%+v", w.Sites)
	}
}

func TestMistakesAreNamedWithFileAndLine(t *testing.T) {
	head := "world: 1\ntitle: t\nprovenance: { others: invented }\ncase: c.csv\ncalendar: { from: 2024-03-01, to: 2024-03-10 }\nsites:\n"
	for _, tt := range []struct{ name, text, want string }{
		{"an unknown key", head + "  - name: a.info\n    registered: 2020-01-01\n    nameserver: [x.y]\n", "world.yaml:9: "},
		{"an unknown key at the top", head + "  - { name: a.info, registered: 2020-01-01 }\nsuffix: {}\n", "world.yaml:8: "},
		{"a date that is none", head + "  - name: a.info\n    registered: 5 May 2024\n", "world.yaml:8: "},
		{"a missing key", head + "  - name: a.info\n", "world.yaml:7: registered is missing"},
		{"a phase before the last", head + "  - name: a.info\n    registered: 2020-01-01\n    timeline:\n      - from: 2024-02-02\n      - from: 2024-02-01\n", "world.yaml:11: a.info: phase"},
		{"a host that does not exist", head + "  - name: a.info\n    registered: 2020-01-01\n    host: nowhere\n", `world.yaml:9: no host "nowhere"`},
		{"a record outside the zone", head + "  - name: a.info\n    registered: 2020-01-01\n    records: ['b.com. A 192.0.2.1']\n", "world.yaml:9: a.info: record"},
		{"a record that is none", head + "  - name: a.info\n    registered: 2020-01-01\n    records: ['@ A one']\n", "world.yaml:9: a.info: record"},
		{"a template that does not parse", head + "  - name: a.info\n    registered: 2020-01-01\n    web: { pages: { /: { html: '{{.Vars' } } }\n", "world.yaml:9: "},
		{"two bodies", head + "  - name: a.info\n    registered: 2020-01-01\n    web: { pages: { /: { html: a, text: b } } }\n", "world.yaml:9: a page has one body"},
		{"a file outside the folder", head + "  - name: a.info\n    registered: 2020-01-01\n    web: { pages: { /: { file: ../../etc/passwd } } }\n", "world.yaml:9: file"},
		{"two lives at once", head + "  - { name: a.info, registered: 2020-01-01 }\n  - { name: a.info, registered: 2021-01-01 }\n", "world.yaml:8: a.info is registered twice"},
		{"a kind of fault nobody knows", head + "  - { name: a.info, registered: 2020-01-01 }\nfaults: [ { kind: earthquake } ]\n", "world.yaml:8: kind: \"earthquake\""},
		{"provenance of neither kind", head + "  - { name: a.info, registered: 2020-01-01, provenance: { name: maybe } }\n", "world.yaml:7: a.info: provenance"},
		{"nothing", "", "world.yaml:0: empty file"},
		{"no YAML", "{", "world.yaml:2: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("world.yaml", []byte(tt.text), noFiles)
			if _, ok := errors.AsType[*LoadError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzWorldLoad(f *testing.F) {
	f.Add([]byte(smallest(f)))
	if b, err := os.ReadFile(worldsDir + "example.yaml"); err == nil {
		f.Add(b)
	}
	f.Add([]byte("world: 1\nsites: [ &a { name: a.b, <<: *a } ]"))
	f.Add([]byte("world: 1\nsites: [ { name: a.b, registered: 2020-01-01, timeline: [ { from: 2020-01-01, records: ['$INCLUDE /etc/passwd'] } ] } ]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Parse("w.yaml", data, noFiles)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		for i := range w.Sites {
			if st, ok := w.Sites[i].At(w.Calendar.From.Time); ok && st.Updated.IsZero() {
				t.Error("a registered site that was never updated")
			}
		}
		w.ProvenanceSummary()
	})
}

// A world that loads can be served, whatever it says.
func FuzzServe(f *testing.F) {
	f.Add([]byte(smallest(f)))
	f.Add([]byte(dnsWorld))
	f.Add([]byte(webWorld))
	f.Add([]byte(registrationWorld))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Parse("w.yaml", data, func(string) ([]byte, error) { return []byte("x"), nil })
		if err != nil {
			return
		}
		s := New(w, Options{})
		defer s.Close()
		if len(s.topo.changes) > 8 {
			s.topo.changes = s.topo.changes[:8]
		}
		web := &http.Client{Transport: &http.Transport{DialContext: s.DialContext, DisableKeepAlives: true}, Timeout: 100 * time.Millisecond}
		for _, at := range s.topo.changes {
			s.SetNow(at)
			for i := range min(len(w.Sites), 3) {
				name := w.Sites[i].Name
				s.answerDNS(packQuestion(t, name, dns.TypeANY), resolverAddr, true)
				s.answerDNS(packQuestion(t, "www."+name, dns.TypeA), s.topo.addr["a.nic.com"], false)
				s.whoisAnswer("whois.nic.com", name)
				if r, err := web.Get("http://" + name + "/"); err == nil {
					r.Body.Close()
				}
			}
		}
	})
}
