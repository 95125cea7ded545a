package registration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"respawn/tracker"
)

// sample is one reply of testdata/whois-parser.
type sample struct {
	name tracker.Name
	text string
	want tracker.Outcome
}

func samples(t testing.TB) map[tracker.Name]sample {
	t.Helper()
	out := make(map[tracker.Name]sample)
	for dir, want := range map[string]tracker.Outcome{"noterror": tracker.Present, "notfound": tracker.Absent} {
		files, err := filepath.Glob("testdata/whois-parser/" + dir + "/*_*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			_, n, _ := strings.Cut(filepath.Base(f), "_")
			s := sample{tracker.Name(n), string(b), want}
			if n == "login.name" || n == "science.name" {
				s.want = tracker.Unknown // reserved: see the README of the samples
			}
			out[s.name] = s
		}
	}
	if len(out) != 297 {
		t.Fatalf("%d samples, want 297", len(out))
	}
	return out
}

// TestAllSamplesThroughAServer asks about all 297 names at a WHOIS server on
// loopback that knows them. Names known to be registered for the control
// questions are those of data/controls.csv and nic.SUFFIX.
func TestAllSamplesThroughAServer(t *testing.T) {
	all := samples(t)
	s := serveWHOIS(t, false, func(q string) string {
		if s, ok := all[tracker.Name(q)]; ok {
			return s.text
		}
		if strings.HasPrefix(q, "nic.") {
			return record1(q)
		}
		return "No match for " + q + "\r\n"
	})
	servers := make(map[string]string)
	for name := range all {
		servers[suffixes(name)[len(suffixes(name))-1]] = s.addr
	}
	c := newClient(t, Config{NoRDAP: true, WHOIS: servers, Salt: []byte("salt")})
	for name, s := range all {
		r, err := c.Lookup(t.Context(), name)
		if err != nil || r.Outcome != s.want {
			t.Errorf("%s: %s %s %s, %v; want %v", name, r.Word(), r.Reason, r.Detail, err, s.want)
		}
		if string(r.Raw) != s.text {
			t.Errorf("%s: the raw text was not kept as it came", name)
		}
		if g := r.Registration; s.want == tracker.Present && g.Registrar == "" && g.CreatedAt.IsZero() && len(g.NS) == 0 && len(g.Statuses) == 0 {
			t.Errorf("%s: registered, and no fact of it was read: %+v", name, g)
		}
	}
}

// The facts of single registries, read by hand from the samples.
func TestFactsOfSamples(t *testing.T) {
	all := samples(t)
	for name, want := range map[tracker.Name]string{
		"git.us":         "GoDaddy.com, LLC|146|abuse@godaddy.com|2002-04-24T15:27:59Z|2019-04-03T10:09:33Z|2020-04-23T23:59:59Z|client delete prohibited,client renew prohibited,client transfer prohibited,client update prohibited|2",
		"google.name":    "MarkMonitor Inc.|292||||" + "|server delete prohibited,server transfer prohibited,server update prohibited|0",
		"git.fi":         "Gandi SAS|||2015-12-15T09:48:01Z|2019-02-19T00:00:00Z|2020-12-15T09:37:54Z|active|4",
		"git.jp":         "|||2001-05-14T00:00:00Z|2019-05-31T19:52:02Z|2020-05-31T00:00:00Z|active|2",
		"git.kr":         "메가존(주)|||2012-05-19T00:00:00Z|2017-10-17T00:00:00Z|2020-05-19T00:00:00Z|client transfer prohibited|2",
		"google.gg":      "MarkMonitor Inc.|||2003-04-30T00:00:00Z|||active,client delete prohibited,client transfer prohibited,client update prohibited|4",
		"git.uk":         "123-Reg Limited t/a 123-reg|||2017-10-22T00:00:00Z|2019-06-29T00:00:00Z|2019-10-22T00:00:00Z|active|2",
		"git.ru":         "RELCOMHOST-RU|||2001-11-19T21:00:00Z||2020-11-20T21:00:00Z|active|2",
		"git.rs":         "Stanco d.o.o.|||2018-11-28T22:06:38Z|2019-11-01T14:23:58Z|2020-11-28T22:06:38Z|active|2",
		"zcore.tk":       "|||2016-11-29T00:00:00Z||2022-01-03T00:00:00Z||4",
		"google.kz":      "KAZNIC|||1999-06-07T13:01:43Z|2012-11-28T03:16:59Z||active|2",
		"google.ch":      "MarkMonitor|||1999-05-31T00:00:00Z||||4",
		"aftermarket.pl": "Aftermarket.pl Limited|||2008-03-16T01:08:04Z|2021-11-17T20:12:54Z|2032-03-16T01:08:04Z||2",
		"espm.br":        "|||1996-12-06T00:00:00Z|2015-04-27T00:00:00Z||active|4",
		"git.hu":         "|||2019-09-05T14:01:03Z||||0",
		"snai.edu":       "|||2001-04-27T00:00:00Z|2019-01-08T00:00:00Z|2021-07-31T00:00:00Z||2",
		"git.de":         "||||2008-10-22T09:33:44Z||active|3",
		"git.eu":         "Frankcom EU Service|||||||2",
	} {
		v := classify([]byte(all[name].text), name, name.Suffix())
		g := v.record.reg
		day := func(s string) string { return strings.TrimPrefix(s, "0001-01-01T00:00:00Z") }
		got := strings.Join([]string{g.Registrar, g.RegistrarID, g.AbuseEmail, day(g.CreatedAt.Format("2006-01-02T15:04:05Z")),
			day(g.UpdatedAt.Format("2006-01-02T15:04:05Z")), day(g.ExpiresAt.Format("2006-01-02T15:04:05Z")), strings.Join(g.Statuses, ","), string(rune('0' + len(g.NS)))}, "|")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}
