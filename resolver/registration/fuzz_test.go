package registration

import (
	"strings"
	"testing"
	"unicode/utf8"

	"respawn/tracker"
)

// FuzzClassify: no reply makes the classifier panic; an empty one proves nothing;
// a sentence that says "limit exceeded" on a line of its own keeps any reply from
// coming out as unregistered; the name in the reply decides nothing by its words.
func FuzzClassify(f *testing.F) {
	for i, r := range replies(f) {
		if i%10 > 0 {
			continue
		}
		f.Add([]byte(strings.ReplaceAll(r[1], "NAME", "some.example")))
	}
	for name, s := range samples(f) {
		if len(name)%5 == 0 {
			f.Add([]byte(s.text))
		}
	}
	f.Add([]byte("refer: whois.evil.example"))
	f.Add([]byte("Domain Name: \x00\xff\xfe\r\nRegistrar:\t\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := classify(raw, "some.example", "example")
		switch v.outcome {
		case tracker.Present:
			if _, ours := v.record.about("some.example"); !ours {
				t.Errorf("registered by a record of %q", v.record.domains)
			}
		case tracker.Absent:
			if strings.TrimSpace(string(raw)) == "" {
				t.Error("an empty reply is an absence")
			}
			if utf8.Valid(raw) && !strings.Contains(string(raw), "\x1b") {
				more := append([]byte("Query limit exceeded.\r\n\r\n"), raw...)
				if v := classify(more, "some.example", "example"); v.outcome == tracker.Absent {
					t.Errorf("unregistered (%s) in spite of a limit", v.detail)
				}
			}
		case tracker.Unknown:
			if v.reason == "" || v.detail == "" {
				t.Errorf("unknown for no reason: %+v", v)
			}
		}
	})
}

// FuzzParseDate: whatever is read is a date that a registry can mean, in UTC.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2020-01-02T03:04:05Z", "15.12.2015 09:48:01", "30th April 2003 at 00:00:00.000", "2012. 05. 19.", "before Aug-1996", "Tue Feb 10 09:42:42 2004", "01/03/2022", "19961206 #24302"} {
		f.Add(s, "tk")
	}
	f.Fuzz(func(t *testing.T, value, suffix string) {
		d, ok := parseDate("created", value, suffix)
		if ok && (d.Year() < 1969 || d.Year() > 2300 || d.Location().String() != "UTC") || !ok && !d.IsZero() {
			t.Errorf("%q: %v %v", value, d, ok)
		}
	})
}

// FuzzRDAPNotFound: only a body that is empty or says nothing but "not found"
// makes an absence.
func FuzzRDAPNotFound(f *testing.F) {
	f.Add([]byte(`{"errorCode":404,"title":"Object not found","description":["x"]}`))
	f.Add([]byte(`{"errorCode":429}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := notFound(body, "some.example")
		if r.Outcome == tracker.Present || r.Outcome == tracker.Unknown && r.Reason == "" {
			t.Errorf("%+v", r)
		}
	})
}

// FuzzReferral: what a reply can make us dial is a public host name at port 43.
func FuzzReferral(f *testing.F) {
	for _, s := range []string{"refer: whois.nic.example", "whois: 127.0.0.1:43\n", "refer:   \n", "refer: a.b\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		h, err := referral(referralOf(reply))
		if err == nil && (!strings.HasSuffix(h, ":43") || strings.Count(h, ".") == 0 || strings.ContainsAny(h, " \t\r\n/[]")) {
			t.Errorf("%q leads to %q", reply, h)
		}
	})
}

// FuzzBootstrap: every server that is read is an http or https URL with a host.
func FuzzBootstrap(f *testing.F) {
	f.Add(embeddedBootstrap)
	f.Add([]byte(`{"services":[[["com"],["https://rdap.example/"]]]}`))
	f.Add([]byte(`{"services":[[["com"],["file:///etc/passwd","http:///"]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		servers, _, err := parseBootstrap(data)
		if err != nil && servers != nil {
			t.Error("servers and an error")
		}
		for tld, s := range servers {
			if urlAddr(s) == "" || !strings.HasPrefix(s, "http") {
				t.Errorf("%s: %q", tld, s)
			}
		}
	})
}
