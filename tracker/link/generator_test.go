package link

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A labelled pair is one question with its true answer.
type labelled struct {
	campaign int
	kind     string // what it is, for the table by kind
	same     bool   // the same people run both
	silent   bool   // the same people, and nothing that was drawn of the two shows it
	new, old *tracker.Site
	rule     string
	cx       *Context
}

// A habit is what the people of one drawn campaign do. The rates are guesses of
// ours, chosen before the scorer was run on them, but for the share of names
// booked in batches (60 %, docs/methods.md).
type habit struct {
	r                                   *rand.Rand
	seed                                uint64
	n                                   int
	account, contact, icon, theme, key  string
	language                            string
	registrar                           string
	cdn, spoof, captured, keepsArticles bool
	outlet                              tracker.Name
	genuine                             *tracker.Fingerprint
	written                             int
}

var (
	accountKinds = []string{"ga4", "ga-ua", "gtm", "metrika", "fb-pixel", "matomo", "clarity", "yandex-verification"}
	contactKinds = []string{"email", "telegram", "vk", "x", "phone"}
	soldThemes   = []string{"broadsheet", "gazettely", "pressroom", "columnist", "newspaper", "astra"}
	registrars   = []string{"Quill", "Fathom", "Posy", "Crown", "Anchor", "Heron", "Lodge", "Marl", "Nettle", "Orchard"}
)

func (h *habit) chance(p float64) bool { return h.r.Float64() < p }

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func drawHabit(seed uint64, n int) *habit {
	h := &habit{r: rand.New(rand.NewPCG(seed, uint64(n))), seed: seed, n: n}
	h.registrar = pick(h.r, registrars)
	h.language = pick(h.r, []string{"de", "fr", "es", "en"})
	if h.chance(.65) {
		h.account = pick(h.r, accountKinds)
	}
	if h.chance(.4) {
		h.contact = pick(h.r, contactKinds)
	}
	h.icon = "1198047028" // the default of WordPress
	if h.chance(.6) {
		h.icon = fmt.Sprint("icon", n)
	}
	h.theme = pick(h.r, soldThemes)
	if h.chance(.4) {
		h.theme = fmt.Sprint("own", n)
	}
	if h.chance(.25) {
		h.key = fmt.Sprint("key", n)
	}
	h.cdn, h.keepsArticles = h.chance(.4), h.chance(.6)
	if h.spoof = h.chance(.3); h.spoof {
		h.captured = h.chance(.8)
		h.outlet = tracker.Name(fmt.Sprintf("outlet%d.de", n))
		h.genuine = live(id("ga4", fmt.Sprint("G-OUTLET", n)), id("favicon-mmh3", fmt.Sprint("outlet-icon", n)), id("email", "desk@"+string(h.outlet)), id("spki", fmt.Sprint("outlet-key", n)), theme(fmt.Sprint("outlet", n), 80), text(uint64(90000+n)))
		for i := range 30 {
			h.genuine.Slugs = append(h.genuine.Slugs, h.outletArticle(i))
		}
	}
	return h
}

func (h *habit) outletArticle(i int) string {
	return fmt.Sprintf("outlet-%d-story-of-the-day-%d", h.n, i)
}

// fresh text hashes, far from one another.
func (h *habit) newText() func(*tracker.Fingerprint) {
	h.written++
	return text(uint64(h.n*1000+h.written) + 7)
}

// look is a page of the campaign; keep says with which chance each habit shows.
func (h *habit) look(keep float64) *tracker.Fingerprint {
	f := live(h.newText())
	does := func(p float64) bool { return h.chance(p * keep) }
	if h.spoof {
		// A copy of the outlet, with what it carries, some of it out of date.
		f.IDs = append(f.IDs, h.genuine.IDs[0], h.genuine.IDs[1])
		f.CSS, f.Text = h.genuine.CSS, h.genuine.Text
		for range 6 {
			f.Slugs = append(f.Slugs, h.outletArticle(h.r.IntN(45))) // 30 and up have left the front page
		}
	} else {
		theme(h.theme, 60)(f)
		f.IDs = append(f.IDs, tracker.Identifier{Kind: "favicon-mmh3", Value: h.icon})
	}
	if h.account != "" && does(1) {
		id(h.account, fmt.Sprint("account", h.n))(f)
	}
	if h.contact != "" && does(.9) {
		id(h.contact, fmt.Sprint("contact", h.n))(f)
	}
	if h.key != "" && does(.8) {
		id("spki", h.key)(f)
	}
	for range 3 + h.r.IntN(5) {
		h.written++
		f.Slugs = append(f.Slugs, fmt.Sprintf("daily-%d-piece-of-the-campaign-%d", h.n, h.written))
	}
	if h.chance(.9) {
		f.Language = h.language
	}
	if h.keepsArticles && does(.9) {
		for i := range 8 {
			if h.chance(.5) {
				f.Slugs = append(f.Slugs, fmt.Sprintf("campaign-%d-exclusive-report-number-%d", h.n, i))
			}
		}
	}
	return f
}

// honest is the page of somebody who has nothing to do with it.
func (h *habit) honest() *tracker.Fingerprint {
	f := live(h.newText(), theme(pick(h.r, soldThemes), 60))
	f.Language = h.language
	if h.chance(.4) {
		f.Language = "en"
	}
	if h.chance(.4) { // a paper, a blog; the others keep a shop or a club
		for i := range 2 + h.r.IntN(6) {
			f.Slugs = append(f.Slugs, fmt.Sprintf("stranger-%d-writes-about-his-garden-%d-%d", h.n, h.written, i))
		}
	}
	if h.chance(.7) {
		id(pick(h.r, accountKinds), fmt.Sprintf("stranger%d-%d", h.n, h.written))(f)
	}
	if h.chance(.5) {
		id("favicon-mmh3", "1198047028")(f)
	}
	if h.chance(.2) {
		id("adsense", "pub-1556223355139109")(f)
	}
	if h.chance(.15) {
		id("gtm", "GTM-SOLDTHEME")(f) // left in by the author of a theme
	}
	return f
}

// pairs draws one campaign's pairs: its own, and what stands around it.
func (h *habit) pairs() []labelled {
	label := fmt.Sprintf("campaign%dpost", h.n)
	cx := &Context{AsOf: day("2024-11-24"), Began: day("2024-08-25"), Background: &Background{}, Outlets: map[tracker.Name]*tracker.Fingerprint{}, Twins: map[string]int{}, Batches: map[BatchKey][]tracker.Name{}, Shared: map[string]int{}}
	kind := tracker.KindOwnBrand
	if h.spoof {
		kind = tracker.KindBrandSpoof
		cx.Outlets[h.outlet] = nil
		if h.captured {
			cx.Outlets[h.outlet] = h.genuine
		}
	}
	for i := range 40 {
		cx.Background.AddSite(site(fmt.Sprintf("bystander%d-%d.net", h.n, i), born("2018-03-03", pick(h.r, registrars)), page(h.honest())))
	}
	if h.chance(.3) {
		cx.Twins[label] = 1 + h.r.IntN(4)
	}
	old := site(label+".io", seized(kind, h.outlet), born("2022-03-03", h.registrar), was("192.0.2.10", "ns1.smallhost.net", "ns2.smallhost.net"))
	for range 3 {
		old.History = append(old.History, h.look(1))
	}
	var out []labelled
	add := func(kind string, same bool, rule string, s *tracker.Site) {
		if rule != "identifier" && h.chance(.08) {
			s.Fingerprint, s.History = nil, nil // never captured
		}
		silent := same && !h.traces(s, old, rule, cx)
		out = append(out, labelled{h.n, kind, same, silent, s, old, rule, cx})
	}
	date := func(from, spread int) string {
		return day("2024-09-04").AddDate(0, 0, from+h.r.IntN(spread)).Format(time.DateOnly)
	}
	// where is a machine: near is the chance that it is the campaign's own.
	where := func(near float64) edit {
		switch {
		case h.cdn:
			return at("104.16.1.1", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
		case h.chance(near):
			return at("192.0.2.10", "ns1.smallhost.net", "ns2.smallhost.net")
		}
		return at(fmt.Sprintf("203.0.113.%d", h.r.IntN(250)), "ns1.other.net")
	}
	suffixes := []string{"cc", "so", "pw", "to", "co"}
	for _, sfx := range suffixes[:2+h.r.IntN(3)] {
		d := date(1, 8)
		reg := h.registrar
		if h.chance(.5) {
			reg = pick(h.r, registrars)
		}
		s := site(label+"."+sfx, born(d, reg), where(.3), page(h.look(.7)))
		if h.cdn {
			cdn("cloudflare")(s)
		}
		if h.chance(.6) {
			k := BatchKey{day(d), reg}
			cx.Batches[k] = append(cx.Batches[k], s.Name)
			for i := range 1 + h.r.IntN(6) {
				cx.Batches[k] = append(cx.Batches[k], tracker.Name(fmt.Sprintf("wave%d.so", i)))
			}
		}
		add("replacement under the same label", true, "same-label", s)
	}
	for i := range 1 + h.r.IntN(3) {
		s := site(fmt.Sprintf("novel%d-%d.com", h.n, i), born(date(10, 60), pick(h.r, registrars)), where(.3), page(h.look(.7)))
		rule := pick(h.r, []string{"redirect", "certificate", "outbound", "identifier"})
		if rule == "identifier" && !carries(s.Fingerprint, old.History) {
			continue // nothing would have led to it
		}
		switch rule {
		case "redirect":
			old.History = append(old.History, live(class(tracker.ClassRedirecting), redirects(s.Name)))
		case "certificate":
			if h.chance(.5) {
				s.Fingerprint.SANs = []tracker.Name{old.Name}
			}
			old.History[1].SANs = append(old.History[1].SANs, s.Name)
		case "outbound":
			old.History[0].Outbound = append(old.History[0].Outbound, s.Name)
		}
		add("new label, by "+rule, true, rule, s)
	}
	// Strangers.
	add("namesake, older", false, "same-label", site(label+".com", born("2016-05-05", pick(h.r, registrars)), where(.03), page(h.honest())))
	add("namesake, older, parked", false, "same-label", site(label+".net", born("2016-05-05", "Anchor"), func(s *tracker.Site) { s.Class = tracker.ClassParked }, page(live(class(tracker.ClassParked)))))
	add("namesake, later, parked", false, "same-label", site(label+".shop", born(date(1, 10), "Anchor"), func(s *tracker.Site) { s.Class = tracker.ClassParked }, page(live(class(tracker.ClassParked)))))
	if h.chance(.5) {
		add("namesake, later, honest", false, "same-label", site(label+".cafe", born(date(1, 60), pick(h.r, registrars)), where(.03), page(h.honest())))
	}
	link := site(fmt.Sprintf("neighbour%d.net", h.n), born(date(1, 60), pick(h.r, registrars)), where(.03), page(h.honest()))
	old.History[0].Outbound = append(old.History[0].Outbound, link.Name)
	add("stranger, linked", false, "outbound", link)
	add("stranger, older, redirected to", false, "redirect", func() *tracker.Site {
		s := site(fmt.Sprintf("weather%d.net", h.n), born("2004-05-05", "Crown"), page(h.honest()))
		old.History = append(old.History, live(class(tracker.ClassRedirecting), redirects(s.Name)))
		return s
	}())
	bundle := []tracker.Name{old.Name}
	for i := range 40 {
		bundle = append(bundle, tracker.Name(fmt.Sprintf("tenant%d.net", i)))
	}
	add("stranger, on a bundle certificate", false, "certificate", site(fmt.Sprintf("tenant%d.org", h.n), born(date(1, 60), "Posy"), where(.03), page(live(h.newText(), id("spki", "panel"), sans(bundle...)))))
	add("stranger, same theme and icon", false, "identifier", site(fmt.Sprintf("themed%d.net", h.n), born(date(1, 60), pick(h.r, registrars)), page(live(h.newText(), theme(pick(h.r, soldThemes), 60), id("favicon-mmh3", "1198047028"), id("gtm", "GTM-SOLDTHEME")))))
	other := drawHabit(h.seed, h.n+100_000)
	add("another campaign", false, "identifier", site(fmt.Sprintf("rival%d.press", h.n), born(date(1, 60), h.registrar), where(.03), page(other.look(1))))
	h.temptations(label, old, cx, add, date)
	if h.spoof {
		rival := *h
		rival.account, rival.contact, rival.key, rival.keepsArticles = "", "", "", false
		add("another copy of the same outlet", false, "same-label", site(label+".ltd", born(date(1, 30), pick(h.r, registrars)), page(rival.look(1))))
		add("the outlet's own second site", false, "same-label", site(label+".de", born(date(1, 30), "Crown"), page(h.genuine)))
	}
	return out
}

// temptations draws strangers who share what the campaign itself has put on its
// pages, or what both were given by a third.
func (h *habit) temptations(label string, old *tracker.Site, cx *Context, add func(string, bool, string, *tracker.Site), date func(int, int) string) {
	ours := old.History[h.r.IntN(3)]
	if h.chance(.4) {
		// A paper prints what a wire sends to both.
		f := h.honest()
		for i := range 1 + h.r.IntN(2) {
			wire := fmt.Sprintf("wire-story-%d-sent-to-all-papers-%d", h.n, i)
			f.Slugs, ours.Slugs = append(f.Slugs, wire), append(ours.Slugs, wire)
		}
		for i := range 2 + h.r.IntN(4) {
			f.Slugs = append(f.Slugs, fmt.Sprintf("local-paper-%d-has-its-own-story-%d", h.n, i))
		}
		if h.chance(.5) {
			add("namesake, later, prints the same wire", false, "same-label", site(label+".news", born(date(1, 60), pick(h.r, registrars)), page(f)))
		} else {
			s := site(fmt.Sprintf("localpaper%d.net", h.n), born(date(-900, 900), pick(h.r, registrars)), page(f))
			old.History[0].Outbound = append(old.History[0].Outbound, s.Name)
			add("stranger, linked, prints the same wire", false, "outbound", s)
		}
	}
	if h.chance(.3) {
		// Somebody booked the label and filled it from a public archive, with a counter
		// of his own.
		f := *ours
		f.IDs = slices.DeleteFunc(slices.Clone(f.IDs), func(id tracker.Identifier) bool {
			k := kinds[id.Kind]
			return k.group == tracker.GroupTracking || k.group == tracker.GroupTLS
		})
		id("ga4", fmt.Sprint("scraper", h.n))(&f)
		add("namesake, later, filled from an archive", false, "same-label", site(label+".lol", born(date(5, 60), pick(h.r, registrars)), page(&f)))
	}
	if h.chance(.3) {
		// A researcher keeps a whole site, as it was.
		f := *ours
		f.IDs = slices.DeleteFunc(slices.Clone(f.IDs), func(id tracker.Identifier) bool { return kinds[id.Kind].group == tracker.GroupTLS })
		add("stranger, mirrors the site for research", false, "identifier", site(fmt.Sprintf("kept%d.org", h.n), born(date(-100, 200), pick(h.r, registrars)), page(&f)))
	}
	if h.chance(.3) {
		// An advertising network's account stands on the campaign's pages and on those
		// of some of its honest customers.
		network := id("adsense", fmt.Sprint("pub-network", h.n))
		network(ours)
		for range h.r.IntN(4) {
			f := h.honest()
			network(f)
			cx.Background.Add(f)
		}
		f := h.honest()
		network(f)
		add("namesake, later, same advertising network", false, "same-label", site(label+".site", born(date(1, 60), pick(h.r, registrars)), page(f)))
		g := h.honest()
		network(g)
		add("stranger, same advertising network", false, "identifier", site(fmt.Sprintf("customer%d.net", h.n), born(date(-900, 960), pick(h.r, registrars)), page(g)))
	}
	if h.chance(.3) && !h.cdn {
		// A namesake on the same large machine, whose other tenants we do not know.
		add("namesake, later, on the same shared machine", false, "same-label", site(label+".online", born(date(1, 60), h.registrar), at("192.0.2.10", "ns1.smallhost.net", "ns2.smallhost.net"), page(h.honest())))
	}
}

// traces says whether anything that was drawn shows that s and old are of the same
// people: what they kept of their own, or the company in which the name was booked.
// A label alone does not: honest people book labels too.
func (h *habit) traces(s, old *tracker.Site, rule string, cx *Context) bool {
	if rule == "redirect" || rule == "certificate" {
		return true
	}
	if len(cx.Batches[BatchKey{Day(s.RegisteredAt.Hi), s.Registration.Registrar}]) > 3 && rule == "same-label" {
		return true
	}
	if s.Fingerprint == nil {
		return false
	}
	own := func(f *tracker.Fingerprint) (out []string) {
		for _, id := range f.IDs {
			if h.spoof && !h.captured && id.Kind != "spki" {
				continue // for all that is known it is the outlet's own
			}
			if id.Value != "1198047028" && (h.genuine == nil || !slices.Contains(h.genuine.IDs, id)) {
				out = append(out, id.Kind+id.Value)
			}
		}
		for _, s := range f.Slugs {
			if strings.HasPrefix(s, "campaign-") && (h.captured || !h.spoof) {
				out = append(out, s)
			}
		}
		if strings.HasPrefix(h.theme, "own") && !h.spoof {
			out = append(out, h.theme)
		}
		return out
	}
	mine := own(s.Fingerprint)
	for _, f := range old.History {
		if slices.ContainsFunc(own(f), func(x string) bool { return slices.Contains(mine, x) }) {
			return true
		}
	}
	return false
}

// carries says whether f shares an identifier or an article with a look.
func carries(f *tracker.Fingerprint, looks []*tracker.Fingerprint) bool {
	for _, l := range looks {
		for _, id := range f.IDs {
			if slices.Contains(l.IDs, id) && id.Kind != "favicon-mmh3" {
				return true
			}
		}
		for _, s := range f.Slugs {
			if slices.Contains(l.Slugs, s) {
				return true
			}
		}
	}
	return false
}

// drawAll is the labelled set of docs/bench/link.md.
func drawAll(campaigns int) (out []labelled) { return draw(2024, campaigns) }

func draw(seed uint64, campaigns int) (out []labelled) {
	for n := range campaigns {
		out = append(out, drawHabit(seed, n).pairs()...)
	}
	return out
}
