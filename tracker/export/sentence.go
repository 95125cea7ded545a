package export

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"respawn/tracker"
)

// Sentence is what may be quoted about a name: one English sentence, defanged,
// that gives each date with its basis and its uncertainty, says how the name is
// linked and how far the seizure behind it is confirmed, on how many nights it
// was asked, where the facts come from, and what was not checked. It claims
// nothing that the dossier does not hold.
func Sentence(d *tracker.Dossier) string {
	parts := []string{nameWords(d.Name) + own(d) + " " + sentenceList(life(d))}
	if s := linked(d); s != "" {
		parts = append(parts, s)
	}
	if s := replaced(d); s != "" {
		parts = append(parts, s)
	}
	parts = append(parts, coverage(d)+"; "+sources(d), "not checked: "+sentenceList(unchecked(d)))
	return strings.Join(parts, "; ") + "."
}

// own is what the name's own row of the case says, set in commas.
func own(d *tracker.Dossier) string {
	if d.Row == nil {
		return ""
	}
	if d.Row.Role != tracker.RoleSeized {
		return ", a campaign name not reported seized,"
	}
	s := ", " + d.Row.Phrase()
	if d.Row.SeizedAt.IsZero() {
		s += " on an unknown day"
	} else {
		s += " on " + when(d.Row.SeizedAt) + " (case file)"
	}
	return s + ","
}

// life are the predicates of the name itself, in the order in which they happened.
func life(d *tracker.Dossier) []string {
	var out []string
	if s := registered(d); s != "" {
		out = append(out, s)
	}
	if len(d.Lifespans) == 0 {
		if len(out) == 0 && !d.FirstSeen.Hi.IsZero() {
			out = append(out, appeared(d.FirstSeen))
		}
		out = append(out, neverLive(d))
		return out
	}
	anew := registeredAnew(d)
	for i, l := range d.Lifespans {
		if anew != "" && d.AnewAt.Lo.Before(l.Birth.Hi) && i > 0 {
			out, anew = append(out, anew), ""
		}
		out = append(out, born(d, l, i > 0))
		out = append(out, redirected(d, l)...)
		out = append(out, interrupted(d, l)...)
		out = append(out, ended(d, l, i >= len(d.Lives())))
	}
	if anew != "" {
		out = append(out, anew)
	}
	return out
}

// registeredAnew is the registration that stands now, where it is not the first.
// Who holds the name by it is another question, which the word "anew" must not
// be taken to answer.
func registeredAnew(d *tracker.Dossier) string {
	if d.AnewAt.Hi.IsZero() {
		return ""
	}
	return "was registered anew " + between(d.AnewAt) + " (" + basisWords(d.AnewBasis) + ")"
}

// maxRedirects bounds the targets that a life names.
const maxRedirects = 3

// redirected is where visitors were sent in a life.
func redirected(d *tracker.Dossier, l tracker.Lifespan) []string {
	var out []string
	for _, r := range d.Redirects {
		if r.First.Before(l.Birth.Hi) || !l.Death.Hi.IsZero() && !r.First.Before(l.Death.Hi) {
			continue
		}
		if len(out) == maxRedirects {
			return append(out, "and later elsewhere")
		}
		out = append(out, "was seen to redirect to "+nameWords(r.To)+" "+seenWords(r))
	}
	return out
}

// maxInterrupted bounds the spells that a life names.
const maxInterrupted = 3

// interrupted are the spells of a life in which visitors found no site, or another
// one than they were meant to see: "still up" alone would hide them. They are told by
// the looks that saw them; when they began and ended lies between two looks.
func interrupted(d *tracker.Dossier, l tracker.Lifespan) []string {
	var spells []*tracker.Transition // changes of the status within the life
	for i := range d.Transitions {
		t := &d.Transitions[i]
		if t.Axis != tracker.AxisStatus || !t.Window.Hi.After(l.Birth.Hi) || !l.Death.Hi.IsZero() && !t.Window.Hi.Before(l.Death.Hi) {
			continue
		}
		if n := len(spells); n > 0 && spells[n-1].Window.Hi.Equal(t.Window.Hi) {
			spells[n-1] = t // as known after that look
			continue
		}
		spells = append(spells, t)
	}
	var out []string
	more := 0
	for i, t := range spells {
		status, words := tracker.Status(t.To), ""
		switch {
		case status == tracker.StatusChallenged:
			words = "was seen behind a challenge"
		case status == tracker.StatusCloaked:
			words = "was seen cloaked"
		case status == tracker.StatusUnknown, status.Alive():
			continue
		default:
			words = "was seen down (" + StatusWords(d, status) + ")"
		}
		if len(out) == maxInterrupted {
			more++
			continue
		}
		from, to := t.Window.Hi, l.Death.Lo
		if i+1 < len(spells) {
			to = spells[i+1].Window.Lo
		}
		out = append(out, words+" "+spanWords(from, later(from, to)))
	}
	if more > 0 {
		out = append(out, count(more, "more spell")+" of that kind")
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// seenWords are the days of the first and the last sighting.
func seenWords(r tracker.Redirect) string { return spanWords(r.First, r.Last) }

// spanWords are the days from the first to the last of several looks.
func spanWords(first, last time.Time) string {
	from, to := first.UTC().Format(dayLayout), last.UTC().Format(dayLayout)
	if from == to {
		return "on " + from
	}
	return "from " + from + " to " + to
}

func neverLive(d *tracker.Dossier) string {
	switch d.State.Status {
	case tracker.StatusUnknown, "":
		return "was not seen live in any look so far"
	}
	return "was not seen live (" + StatusWords(d, d.State.Status) + " since " + sinceWords(d.State.Since) + ")"
}

// sinceWords is an interval after "since".
func sinceWords(i tracker.Interval) string {
	switch {
	case i.Hi.IsZero():
		return "an unknown time"
	case i.Lo.IsZero():
		return instant(i.Hi) + " UTC or before"
	case i.Exact():
		return when(i.Lo)
	}
	return "some time between " + instant(i.Lo) + " and " + instant(i.Hi) + " UTC"
}

func registered(d *tracker.Dossier) string {
	if d.RegisteredAt.Hi.IsZero() {
		return ""
	}
	switch d.Basis {
	case tracker.BasisFirstSeen:
		return appeared(d.RegisteredAt) + ", with no registry date"
	case tracker.BasisListed:
		return "was registered " + between(d.RegisteredAt) + " (published list, in the case file)"
	case "":
		return "was registered " + between(d.RegisteredAt) + " (basis not stated)"
	}
	return "was registered " + between(d.RegisteredAt) + " (" + basisWords(d.Basis) + ")"
}

// appeared is a first sighting in the DNS.
func appeared(i tracker.Interval) string {
	if i.Lo.IsZero() {
		return "was already in the DNS when first asked for (" + instant(i.Hi) + " UTC)"
	}
	return "appeared in the DNS " + between(i) + " (own observation)"
}

// born is how a life began. The verb follows the page that was first seen, since
// a challenge or a redirect shows no content.
func born(d *tracker.Dossier, l tracker.Lifespan, again bool) string {
	verb, by := "went live", ""
	for _, t := range d.Transitions {
		if t.Axis != tracker.AxisStatus || !t.Window.Hi.Equal(l.Birth.Hi) {
			continue
		}
		switch t.Event {
		case "reuse":
			by = ", in other hands as far as can be seen (nothing links what it shows now to the site before),"
		case "return":
			by = ", run by the same people as far as can be seen,"
		}
		switch tracker.Status(t.To) {
		case tracker.StatusChallenged:
			verb = "began to answer behind a challenge"
		case tracker.StatusRedirecting:
			verb = "began to redirect"
		case tracker.StatusCloaked:
			verb = "went live, cloaked,"
		}
	}
	if again {
		verb = strings.TrimSuffix(verb, ",") + " again" + by
	}
	if l.Birth.Lo.IsZero() {
		return "was already " + strings.TrimPrefix(aliveAs(verb), "went ") + " when first looked at (" + instant(l.Birth.Hi) + " UTC)"
	}
	s := verb + " " + between(l.Birth)
	if l.BirthBasis != "" && l.BirthBasis != tracker.BasisFirstSeen {
		s += " (" + basisWords(l.BirthBasis) + ")"
	}
	return s
}

// aliveAs turns the verb of a birth into the state that it began.
func aliveAs(verb string) string {
	switch {
	case strings.HasPrefix(verb, "began to answer"):
		return "answering behind a challenge"
	case strings.HasPrefix(verb, "began to redirect"):
		return "redirecting"
	case strings.HasPrefix(verb, "went live, cloaked"):
		return "live, cloaked,"
	}
	return strings.TrimPrefix(verb, "went ")
}

// ended is how a life ended; others says that it is not of those who are linked.
func ended(d *tracker.Dossier, l tracker.Lifespan, others bool) string {
	up, down := "was still up when last ", "stopped being live "
	if others {
		up, down = "was still showing the new holder's site when last ", "stopped showing the new holder's site "
	}
	if l.Death.Hi.IsZero() {
		if l.Death.Lo.IsZero() {
			return up + "looked at"
		}
		return up + "seen at " + instant(l.Death.Lo) + " UTC"
	}
	s := down + between(l.Death)
	if l.Cause != "" {
		s += " (" + causeWords(d, l.Cause) + ")"
	}
	return s
}

// linked is what the name is believed to replace, and how sure that is.
func linked(d *tracker.Dossier) string {
	l := d.Link
	if l == nil || d.Row != nil && l.Band.Rank() < tracker.BandProbable.Rank() {
		return ""
	}
	old, comma := nameWords(l.Old), ""
	switch {
	case d.Root == nil:
	case d.Root.Name == l.Old:
		old, comma = old+", "+reported(d.Root), ","
	default:
		old, comma = old+", which goes back to "+nameWords(d.Root.Name)+", "+reported(d.Root), ","
	}
	sure := "probably"
	if l.Band == tracker.BandConfirmed {
		sure = "almost certainly"
	}
	_, rejected := l.Rejected()
	switch {
	case rejected:
		return "a link to " + nameWords(l.Old) + " was looked at and rejected by a person"
	case l.Band == tracker.BandPossible:
		return "a link to " + old + comma + " is possible, but too weak to call it a replacement"
	case l.Band.Rank() < tracker.BandPossible.Rank():
		return "a link to " + nameWords(l.Old) + " is unlikely by the evidence"
	case d.OtherHands():
		verb := "was " + sure + " run by the same people as "
		if l.Relation == tracker.RelationReplacement {
			verb = sure + " replaced "
		}
		return "until it passed into other hands, " + between(l.Until) + ", it " + verb + old + comma + " and nothing links those who have it since"
	case l.Relation == tracker.RelationTwin:
		return "it was there before, and is " + sure + " run by the same people as " + old
	case l.Relation == tracker.RelationOperator:
		return "it is " + sure + " run by the same people as " + old
	}
	return "it " + sure + " replaces " + old
}

// reported is the seizure of a row as a relative clause.
func reported(r *tracker.CaseName) string {
	if r.Role != tracker.RoleSeized {
		return "a campaign name not reported seized"
	}
	s := "which was " + r.Phrase()
	if !r.SeizedAt.IsZero() {
		s += " on " + when(r.SeizedAt)
	}
	return s
}

// maxListed bounds the replacements that the sentence names.
const maxListed = 5

func replaced(d *tracker.Dossier) string {
	var w []string
	for i, l := range d.ReplacedBy {
		if i == maxListed {
			w = append(w, fmt.Sprintf("%d more", len(d.ReplacedBy)-i))
			break
		}
		w = append(w, nameWords(l.New)+" ("+string(l.Band)+")")
	}
	if len(w) == 0 {
		return ""
	}
	return "linked as replacing it or run with it: " + sentenceList(w)
}

func coverage(d *tracker.Dossier) string {
	t := tallyOf(d)
	if t.all == 0 {
		return "it was never asked for"
	}
	s := fmt.Sprintf("it was asked for on %d of %s", t.asked, count(t.window(), t.noun))
	if t.noun == "run" {
		s = fmt.Sprintf("it was asked for in %d of %s", t.asked, count(t.all, t.noun))
	}
	if t.from.Equal(t.to) {
		s += " (" + t.to.UTC().Format(dayLayout) + ")"
	} else {
		s += " from " + t.from.UTC().Format(dayLayout) + " to " + t.to.UTC().Format(dayLayout)
	}
	var but []string
	if t.gap > 0 {
		but = append(but, count(t.gap, "day")+" without any run of ours")
	}
	if t.void > 0 {
		but = append(but, fmt.Sprintf("%d void by our own outage", t.void))
	}
	if t.notAsked > 0 {
		but = append(but, fmt.Sprintf("%d not asked", t.notAsked))
	}
	if t.noAnswer > 0 {
		but = append(but, fmt.Sprintf("%d asked without an answer", t.noAnswer))
	}
	if t.unseen > 0 {
		but = append(but, fmt.Sprintf("%d on which it counts as up by the other nights while no working page was got", t.unseen))
	}
	if len(but) > 0 {
		s += " (" + strings.Join(but, ", ") + ")"
	}
	return s
}

// sources are where the facts come from.
func sources(d *tracker.Dossier) string {
	var w []string
	if t := tallyOf(d); t.asked > t.noAnswer || d.DNS != nil {
		w = append(w, "our own DNS answers")
	}
	if d.Delegation != nil {
		w = append(w, "the parent zone's servers")
	}
	if r := d.Registration; r != nil {
		w = append(w, "the registration record ("+strings.ToUpper(Plain(r.Source))+")")
	}
	if d.Web != nil {
		w = append(w, "captures of the page")
	}
	if r := row(d); r != nil {
		s := "the case file"
		if r.Source != "" {
			s += " (" + citation(r.Source) + ")"
		}
		w = append(w, s)
	}
	if len(w) == 0 {
		return "no source has said anything yet"
	}
	return "sources: " + sentenceList(w)
}

// citation is the source of a row short enough for a sentence: its first part,
// and how many others the row names.
func citation(source string) string {
	parts := sourceParts.Split(source, -1)
	s := shorten(Defang(strings.TrimSpace(parts[0])), 120)
	if n := len(parts) - 1; n > 0 {
		s += " and " + count(n, "other source")
	}
	return s
}

var sourceParts = regexp.MustCompile(`\s*(?:; | \+ | \| )\s*`)

// unchecked is what nobody looked at. The last item always holds: a scan sees
// nights, not what lies between them.
func unchecked(d *tracker.Dossier) []string {
	var w []string
	if d.Registration == nil {
		w = append(w, "the registration record (none was got)")
	}
	if d.Delegation == nil {
		w = append(w, "the parent zone")
	}
	if d.Web == nil {
		w = append(w, "the page (never captured)")
	}
	t := tallyOf(d)
	missing := t.void + t.notAsked
	switch {
	case t.noun == "night":
		missing += t.gap
	case t.gap > 0:
		w = append(w, count(t.gap, "day")+" without any run")
	}
	if missing > 0 {
		w = append(w, fmt.Sprintf("%d of the %ss", missing, t.noun))
	}
	return append(w, "what happened between two looks", "who runs the site")
}
