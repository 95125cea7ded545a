package link

import (
	"fmt"
	"net/netip"
	"time"

	"respawn/tracker"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// An edit changes a site of a test.
type edit func(*tracker.Site)

func site(name string, edits ...edit) *tracker.Site {
	s := &tracker.Site{Name: tracker.MustName(name), Class: tracker.ClassLive}
	for _, e := range edits {
		e(s)
	}
	return s
}

// seized makes s a name of the case, taken on 2024-09-04.
func seized(kind tracker.Kind, outlet tracker.Name) edit {
	return func(s *tracker.Site) {
		s.Case = &tracker.CaseName{Name: s.Name, Role: tracker.RoleSeized, SeizedAt: day("2024-09-04"), Kind: kind, Impersonates: outlet, Confirmation: tracker.Documented}
		s.EndedAt = tracker.Interval{Lo: day("2024-09-04").Add(2 * time.Hour), Hi: day("2024-09-05").Add(2 * time.Hour)}
		s.Control = &tracker.Control{Holder: "seized", Agency: "fbi"}
		s.Class = tracker.ClassNotice
	}
}

func born(date, registrar string) edit {
	return func(s *tracker.Site) {
		s.RegisteredAt = tracker.Exactly(day(date).Add(11 * time.Hour))
		s.Registration = &tracker.Registration{CreatedAt: s.RegisteredAt.Hi, Registrar: registrar}
	}
}

// page adds a look that s wears now, wore gives one of an earlier night.
func page(f *tracker.Fingerprint) edit { return func(s *tracker.Site) { s.Fingerprint = f } }
func wore(f *tracker.Fingerprint) edit {
	return func(s *tracker.Site) { s.History = append(s.History, f) }
}

func live(edits ...func(*tracker.Fingerprint)) *tracker.Fingerprint {
	f := &tracker.Fingerprint{Class: tracker.ClassLive}
	for _, e := range edits {
		e(f)
	}
	return f
}

func id(kind, value string) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.IDs = append(f.IDs, tracker.Identifier{Kind: kind, Value: value}) }
}

// text gives the page a text of its own: seed decides which.
func text(seed uint64) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.TextWords, f.Text = 400, seed*0x9E3779B97F4A7C15 }
}

func theme(name string, classes int) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) {
		f.Template = "generator:wordpress wp-theme:" + name
		for i := range classes {
			f.CSS = append(f.CSS, fmt.Sprintf("%s-%03d", name, i))
		}
	}
}

func classes(names ...string) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.CSS = append(f.CSS, names...) }
}

// wears gives the page style classes without a theme that has a name.
func wears(name string, classes int) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) {
		theme(name, classes)(f)
		f.Template = ""
	}
}

func articles(slugs ...string) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.Slugs = append(f.Slugs, slugs...) }
}

func language(code string) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.Language = code }
}

func class(c tracker.Class) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.Class = c }
}

func sans(names ...tracker.Name) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.SANs = names }
}

func redirects(names ...tracker.Name) func(*tracker.Fingerprint) {
	return func(f *tracker.Fingerprint) { f.Redirects = names }
}

func dns(addr string, ns ...tracker.Name) *tracker.DNS {
	return &tracker.DNS{Status: "noerror", A: []netip.Addr{netip.MustParseAddr(addr)}, NS: ns}
}

func at(addr string, ns ...tracker.Name) edit {
	return func(s *tracker.Site) { s.DNS = dns(addr, ns...) }
}

func was(addr string, ns ...tracker.Name) edit {
	return func(s *tracker.Site) { s.Before, s.DNS = dns(addr, ns...), dns("198.18.9.9", "ns1.fbi.seized.gov") }
}

func cdn(name string) edit {
	return func(s *tracker.Site) { s.Control = &tracker.Control{Holder: "operator", CDN: name} }
}

// strangers is a background of n sites that each carry what edits say, and 40
// that carry nothing.
func strangers(n int, f *tracker.Fingerprint) *Background {
	b := &Background{}
	for range n {
		b.Add(f)
	}
	for i := range 40 {
		b.Add(live(text(uint64(1000 + i))))
	}
	return b
}

// bookedAt is a background of n strangers that are all at one registrar.
func bookedAt(n int, registrar string) *Background {
	b := &Background{}
	for i := range n {
		b.AddSite(site(fmt.Sprintf("stranger%d.com", i), born("2020-01-01", registrar), page(live(text(uint64(2000+i))))))
	}
	return b
}

// neighbour is a background of one site that carries what f says, and 40 that carry
// nothing.
func neighbour(f *tracker.Fingerprint) *Background {
	b := strangers(0, nil)
	b.AddSite(site("bystander.example", page(f)))
	return b
}

// fellows are sites of the campaign, each with one account.
func fellows(accounts ...string) (out []*tracker.Site) {
	for i, a := range accounts {
		out = append(out, site(fmt.Sprintf("fellow%d.info", i), page(live(id("ga4", a)))))
	}
	return out
}

// posy is a background of strangers who are all at another registrar than Quill.
func posy() *Background {
	b := &Background{}
	for i := range 20 {
		b.AddSite(site(fmt.Sprintf("stranger%d.example", i), born("2015-01-01", "Posy"), page(live(text(uint64(2000+i))))))
	}
	return b
}

const outlet tracker.Name = "thenorthernquay.co.uk"
