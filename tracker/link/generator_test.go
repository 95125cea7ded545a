package link

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"respawn/tracker"
)

// A labelled pair is one question with its true answer.
type labelled struct {
	campaign int
	kind     string // what it is, for the table by kind
	same     bool   // the same people run both
	new, old *tracker.Site
	rule     string
	cx       *Context
}

// A habit is what the people of one drawn campaign do. The rates are guesses of
// ours, chosen before the scorer was run on them, but for the share of names
// booked in batches (60 %, docs/methods.md).
type habit struct {
	r                                   *rand.Rand
	n                                   int
	account, contact, icon, theme, key  string
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
	registrars   = []string{"Quill", "Fathom", "Posy", "Crown", "Anchor"}
)

func (h *habit) chance(p float64) bool { return h.r.Float64() < p }

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func drawHabit(n int) *habit {
	h := &habit{r: rand.New(rand.NewPCG(2024, uint64(n))), n: n}
	h.registrar = pick(h.r, registrars)
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
	f := live(h.newText(), theme(pick(h.r, soldThemes), 60), articles(fmt.Sprintf("stranger-%d-writes-about-his-garden-%d", h.n, h.written)))
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
	for range 40 {
		cx.Background.Add(h.honest())
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
		out = append(out, labelled{h.n, kind, same, s, old, rule, cx})
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
			cx.Batches[k] = append(cx.Batches[k], s.Name, "rrn.so", "ukrlm.so")
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
			s.Fingerprint.SANs = []tracker.Name{old.Name}
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
	other := drawHabit(h.n + 100_000)
	add("another campaign", false, "identifier", site(fmt.Sprintf("rival%d.press", h.n), born(date(1, 60), h.registrar), where(.03), page(other.look(1))))
	if h.spoof {
		rival := *h
		rival.account, rival.contact, rival.key, rival.keepsArticles = "", "", "", false
		add("another copy of the same outlet", false, "same-label", site(label+".ltd", born(date(1, 30), pick(h.r, registrars)), page(rival.look(1))))
		add("the outlet's own second site", false, "same-label", site(label+".de", born(date(1, 30), "Crown"), page(h.genuine)))
	}
	return out
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
func drawAll(campaigns int) (out []labelled) {
	for n := range campaigns {
		out = append(out, drawHabit(n).pairs()...)
	}
	return out
}
