package link

import (
	"math"
	"slices"
	"time"

	"respawn/tracker"
)

// pointedTo says whether the pair was brought together by what nobody does who
// merely copies pages: booking the label itself, or being named by a site of the
// case. Sites send readers and link to their critics too, and these mirror them: a
// name that is older than the site that names it is none that its operators made.
func (p *pair) pointedTo(rule string) bool {
	switch rule {
	case "certificate":
		return true
	case "redirect", "outbound":
		if !before(p.born(), p.old.RegisteredAt) {
			return true
		}
	}
	return p.sameLabel || p.cx.Labels[LabelKey(p.a.label)]
}

// inPages are the groups that stand in a page, so that whoever copies the page has
// them too: a researcher's mirror, a scraped archive.
var inPages = map[tracker.Group]bool{tracker.GroupTracking: true, tracker.GroupDesign: true, tracker.GroupContent: true, tracker.GroupContact: true}

// A lacking is what a pair's evidence is asked by the gates.
type lacking struct {
	*pair
	twin       bool // new is the older of the two
	operator   bool // new has another label
	identified bool // something that one operator alone can have speaks for it
	alone      bool // see loneName
	quoted     bool // what identifies is a contact alone, which anybody may print
	machines   bool // servers, keys, a registrant or a redirect speak for it
	beyond     bool // something that does not stand in pages speaks for it
	speaking   int  // groups that speak for it
}

// lacks gathers what the gates ask.
func (p *pair) lacks(groups map[tracker.Group]*settled, relation, rule string) lacking {
	l := lacking{
		pair: p, twin: relation == tracker.RelationTwin, operator: relation == tracker.RelationOperator,
		alone: p.loneName(), quoted: true, beyond: p.pointedTo(rule),
	}
	for name, g := range groups {
		l.identified = l.identified || g.identified
		l.quoted = l.quoted && (!g.identified || name == tracker.GroupContact)
	}
	for name, g := range groups {
		if g.speaking < speaks {
			continue
		}
		l.beyond = l.beyond || !inPages[name]
		l.machines = l.machines || !inPages[name] && name != tracker.GroupName
		if !l.quoted || name != tracker.GroupName {
			l.speaking++
		}
	}
	return l
}

// loneName says whether nothing that few others have speaks for the pair but its name,
// its days, those around it and those who are served from its address. A day of three
// or more of the campaign, at a registrar where at most one stranger of five is, is more.
func (p *pair) loneName() bool {
	return !slices.ContainsFunc(p.reasons, func(r reason) bool {
		if r.Kind == "batch" {
			return p.mates >= company && r.alone >= wholeDay
		}
		return r.role >= support && r.alone >= identifies && r.Group != tracker.GroupName && r.Kind != "address"
	})
}

// A gate is one thing that evidence may lack, and the score that a link without it
// may not pass.
type gate struct {
	shut func(lacking) bool
	most float64
	why  string
}

// gates are asked in order, and the first that is shut decides: an exception stands
// before its rule.
var gates = []gate{
	{func(l lacking) bool { return l.settledBefore() && l.quotable() }, likelyAt,
		"no more than possible: it stood there a year or more before the oldest name of the campaign, and all that the two share stands in pages: a source, or who quotes them"},
	{func(l lacking) bool { return l.archiveByLabel() && l.quotable() }, likelyAt,
		"no more than possible: its label says that it is an archive, and all that the two share stands in pages: who keeps for study what was taken away has that, too"},
	{func(l lacking) bool { return !l.identified && l.twin && l.designed() }, veryLikelyAt,
		"no more than probable: it was there before, and a design that nobody else wears is all that tells whose it is"},
	// "It was there before" is the likelier story: an honest namesake.
	{func(l lacking) bool { return !l.identified && l.twin }, likelyAt,
		"no more than possible: it was there before, and nothing identifies its operators"},
	{func(l lacking) bool { return !l.identified && l.unseen() }, likelyAt,
		"no more than possible: nothing but its name and dates could be compared; no page of it was seen"},
	{func(l lacking) bool { return !l.identified && l.nameAlone() && l.common }, likelyAt,
		"no more than possible: both were seen with what they have and share nothing that strangers do not carry as well; its name, its days and its neighbours alone speak for it"},
	{func(l lacking) bool { return !l.identified && l.nameAlone() }, likelyAt,
		"no more than possible: both were seen with what they have and share neither article, look, icon nor account; its name, its days and its neighbours alone speak for it"},
	{func(l lacking) bool {
		return !l.identified && l.openly() && l.a.words >= minWords && !l.printsTheirs()
	}, likelyAt,
		"no more than possible: nothing identifies, it shows a text of its own, and whoever has the name is named in the registration"},
	{func(l lacking) bool { return !l.identified && l.operator && l.oneArticle() }, likelyAt,
		"no more than possible: another label, and one article is all that few others have; both may have it from a third"},
	{func(l lacking) bool { return !l.identified }, veryLikelyAt,
		"no more than probable: nothing that one operator alone can have"},
	{func(l lacking) bool { return l.quoted && l.apart && l.openly() }, likelyAt,
		"no more than possible: a contact is all that identifies, and whoever has the name publishes texts under a look of his own and is named in the registration: those who write about a campaign print its contacts and book its labels, too"},
	{func(l lacking) bool { return l.quoted && l.differ }, veryLikelyAt,
		"no more than probable: both have shown texts of their own, and a contact is all that identifies; whom a page names may be anybody"},
	{func(l lacking) bool { return l.quoted && l.speaking < 2 }, veryLikelyAt,
		"no more than probable: a contact and the name; whom a page names may be anybody"},
	{func(l lacking) bool { return l.quoted && !l.machines }, veryLikelyAt,
		"no more than probable: a contact is all that identifies, and the rest stands in pages or is the name; whom a page names, and what it quotes, may be anybody's"},
	// A title is sooner taken for a while than a label: operators call a copy so as well.
	{func(l lacking) bool { return l.archiveByTitle() && l.quotable() }, veryLikelyAt,
		"no more than probable: its title says that it is an archive, and all that the two share stands in pages: who keeps for study what was taken away has that, too"},
	{func(l lacking) bool { return l.speaking < 2 }, veryLikelyAt,
		"no more than probable: one kind of evidence alone"},
	{func(l lacking) bool { return !l.beyond }, veryLikelyAt,
		"no more than probable: all of it stands in pages, and pages can be copied"},
}

// nameAlone says whether nothing but the name speaks, and too few of the campaign were
// booked beside it to speak instead.
func (l lacking) nameAlone() bool { return l.alone && l.mates < l.companyAsked() }

// ceiling is the score that a link may not pass, with the reason, for what its
// evidence lacks; why is empty where nothing is lacking.
func (p *pair) ceiling(groups map[tracker.Group]*settled, relation, rule string) (most float64, why string) {
	l := p.lacks(groups, relation, rule)
	for _, g := range gates {
		if g.shut(l) {
			return g.most, g.why
		}
	}
	return math.Inf(1), ""
}

// printsTheirs says whether new shows text, articles or a name of old's.
func (p *pair) printsTheirs() bool {
	return slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Group == tracker.GroupContent && r.alone > 0 })
}

// designed says whether new came after old with the same style sheet, which no stranger
// wears, under its label or on its machine: a second address, or who copied the first.
func (p *pair) designed() bool {
	beside := p.sameLabel || slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Kind == "address" && r.alone >= identifies })
	return beside && before(p.old.RegisteredAt, p.born()) && slices.ContainsFunc(p.reasons, func(r reason) bool {
		return r.Kind == "stylesheet" && r.role == support && r.alone >= identifies
	})
}

// oneArticle says whether a single article is all that speaks for the pair beyond
// circumstances. Papers print what a wire sends, and farms what they find.
func (p *pair) oneArticle() bool {
	articles := 0
	for _, r := range p.reasons {
		switch {
		case r.alone < identifies || r.role < support:
		case r.Kind == "slug" || r.Kind == "title" || r.Kind == "story":
			articles++
		default:
			return false
		}
	}
	return articles == 1
}

// openly says whether the registration of new names an organisation that is not known
// to be old's.
func (p *pair) openly() bool {
	if p.new.Registration == nil || p.new.Registration.Registrant["org"] == "" {
		return false
	}
	return p.old.Registration == nil || p.old.Registration.Registrant["org"] != p.new.Registration.Registrant["org"]
}

// What a link that may not be confirmed is worth at most: very likely, in the words
// of [Words]. One that may not be probable: likely.
var likelyAt, veryLikelyAt = round(logit(.8)), round(logit(.95))

// companyAsked is how many names of the campaign must have been booked beside new
// for two sites that were seen to share nothing. Accounts are changed after a seizure,
// so that one will do where nothing but these differ, or texts alone under a label that
// others had as well; looks and articles are not, so
// that no number will unless the machine is one on which nobody else was seen: else who
// stands there may be another customer.
func (p *pair) companyAsked() int {
	onMachine, toThemselves := false, false
	for _, r := range p.reasons {
		if r.Kind == "address" && r.alone > 0 {
			onMachine, toThemselves = true, toThemselves || r.alone >= identifies
		}
	}
	switch {
	case p.apart && !toThemselves:
		return math.MaxInt
	case p.apart, p.owners && onMachine:
		return company
	case p.owners, p.differ && p.sameLabel && !(p.twins(p.a.label) == 0 && p.atOnce()):
		return 1
	}
	return 0
}

// atOnce says whether new was born within two days of the end of old: of the 16 labels
// that came back in September 2024 13 did on the next day, and who would book a label
// that nobody else ever had, for himself, on just that day.
func (p *pair) atOnce() bool {
	ended, born := p.ended(), p.born()
	return !ended.Hi.IsZero() && !born.Hi.IsZero() && born.Hi.Sub(ended.Hi) <= 48*time.Hour
}

// wholeDay is what a batch of three and more weighs at a registrar where one stranger
// of five is.
var wholeDay = math.Log(kinds["batch"].lr/2) - .001

// company is how many names of the campaign make a day and a registrar company for one
// that shows nothing of its own: two may be the accident of a registrar where many are.
const company = 3

// unseen says whether nothing but the name could be compared: new never showed a
// page of its own, nobody points to it, and it came in no company. That old was
// never seen is no such lack where new runs a site: whoever begins to watch after
// the seizure has only the label, its rarity and the days, and those are what the
// prior was counted on.
func (p *pair) unseen() bool {
	if p.a.live {
		return false
	}
	if !p.a.live && slices.ContainsFunc(p.reasons, func(r reason) bool { return r.Kind == "parked" }) {
		return true
	}
	return !slices.ContainsFunc(p.reasons, func(r reason) bool {
		if r.Kind == "batch" {
			return p.mates >= company
		}
		return r.alone > 0 && (r.Kind == "ns-pair" || r.role >= support && r.Group != tracker.GroupName && (r.Kind != "address" || r.alone >= identifies))
	})
}

// linesOfKind is how many reasons of one kind are written out; a hundred shared
// articles are no easier to check than the first of them.
const linesOfKind = 6
