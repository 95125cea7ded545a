package export

import (
	"fmt"
	"io"
	"strings"
	"time"

	"respawn/tracker"
)

// Timeline writes the life of a name for a terminal that is width columns wide
// (at least 40 are used): a lifeline with one cell for each night, folded, with a
// ruler of months; the dates and the transitions with their windows and bases;
// and at the end the one sentence of [Sentence]. A night on which the name was
// not asked is hatched. With ascii, nothing but ASCII is written. It returns the
// error of w.
func Timeline(w io.Writer, d *tracker.Dossier, width int, ascii bool) error {
	t := &terminal{d: d, width: max(width, 40), ascii: ascii}
	t.head()
	t.strip()
	t.dates()
	t.transitions()
	t.evidence()
	t.para("", Sentence(d))
	out := t.b.String()
	if ascii {
		out = asciiOnly(out)
	}
	_, err := io.WriteString(w, out)
	return err
}

type terminal struct {
	d     *tracker.Dossier
	width int
	ascii bool
	b     strings.Builder
}

func (t *terminal) line(format string, args ...any) {
	t.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	t.b.WriteByte('\n')
}

func (t *terminal) head() {
	d := t.d
	t.line("%s", nameWords(d.Name))
	facts := []string{"case " + Plain(string(d.Case)), "state: " + StateWords(d)}
	if !d.AsOf.IsZero() {
		facts = append(facts, "as of "+instant(d.AsOf)+" UTC")
	}
	if d.Run != 0 {
		facts = append(facts, fmt.Sprintf("run %d", d.Run))
	}
	t.para("", strings.Join(facts, " | "))
	t.line("")
}

// strip writes the lifeline.
func (t *terminal) strip() {
	ds := days(t.d)
	if len(ds) == 0 {
		t.line("No night of this case is finished yet.")
		t.line("")
		return
	}
	t.para("", "Nights "+ds[0].at.Format(dayLayout)+" to "+ds[len(ds)-1].at.Format(dayLayout)+":")
	used := map[rune]string{}
	for len(ds) > 0 {
		n := min(len(ds), t.width)
		t.line("%s", t.ruler(ds[:n]))
		var b strings.Builder
		for _, x := range ds[:n] {
			r, words := t.cell(x)
			used[r] = words
			b.WriteRune(r)
		}
		t.line("%s", b.String())
		ds = ds[n:]
	}
	var w []string
	for _, r := range t.symbols() {
		if s, ok := used[r]; ok {
			w = append(w, string(r)+" "+s)
		}
	}
	t.para("", strings.Join(w, ", "))
	t.line("")
}

// ruler marks the first cell with its day, and every first of a month with the
// month, in January with the year, where there is room.
func (t *terminal) ruler(ds []day) string {
	out := []rune(strings.Repeat(" ", len(ds)))
	next := 0
	for i, x := range ds {
		if i > 0 && x.at.Day() != 1 {
			continue
		}
		s := "|" + x.at.Format("Jan")
		switch {
		case i == 0 && x.at.Day() != 1:
			s = "|" + x.at.Format("Jan 2")
		case i == 0 || x.at.Month() == time.January:
			s = "|" + x.at.Format("Jan 2006")
		}
		if i < next || i+len(s) > len(out) {
			if i >= next {
				out[i] = '|'
			}
			continue
		}
		copy(out[i:], []rune(s))
		next = i + len(s)
	}
	return string(out)
}

func (t *terminal) cell(x day) (rune, string) {
	switch x.answer {
	case notAsked:
		return t.pick('░', '/'), "not asked"
	case voidNight:
		return t.pick('×', 'x'), "void night (own outage)"
	case noAnswer:
		return '?', "asked, no answer"
	}
	if x.unseen {
		return t.pick('▒', '+'), unseenWords
	}
	l := lookOf(x.status)
	if x.answer == absent && l.status == tracker.StatusUnknown {
		return notThere.symbol, notThere.words
	}
	return t.pick(l.symbol, l.ascii), StatusWords(t.d, l.status)
}

func (t *terminal) pick(unicode, ascii rune) rune {
	if t.ascii {
		return ascii
	}
	return unicode
}

func (t *terminal) symbols() []rune {
	var out []rune
	for _, l := range looks {
		out = append(out, t.pick(l.symbol, l.ascii))
	}
	return append(out, t.pick('▒', '+'), notThere.symbol, '?', t.pick('░', '/'), t.pick('×', 'x'))
}

// dates writes each date with its basis.
func (t *terminal) dates() {
	d := t.d
	put := func(what, when string) { t.para(fmt.Sprintf("%-12s ", what), when) }
	if r := row(d); r != nil && !r.SeizedAt.IsZero() {
		who := ""
		if r.Name != d.Name {
			who = nameWords(r.Name) + " "
		}
		put("seizure", who+r.Phrase()+" on "+when(r.SeizedAt)+" [case file]")
	}
	if !d.RegisteredAt.Hi.IsZero() {
		put("registered", cell(d.RegisteredAt)+" ["+basisWords(d.Basis)+"]")
	}
	if !d.FirstSeen.Hi.IsZero() {
		put("in the DNS", cell(d.FirstSeen)+" [own observation]")
	}
	if !d.AnewAt.Hi.IsZero() {
		put("anew", "registered again "+cell(d.AnewAt)+" ["+basisWords(d.AnewBasis)+"]")
	}
	for _, l := range d.Lifespans {
		put("live", cell(l.Birth)+" ["+basisWords(l.BirthBasis)+"]")
		if !l.Death.Hi.IsZero() {
			put("not live", cell(l.Death)+" ["+causeWords(d, l.Cause)+"]")
		}
	}
	if !d.EndedAt.Hi.IsZero() {
		put("lost", cell(d.EndedAt)+" [own observation]")
	}
	for _, r := range d.Redirects {
		put("redirects", "to "+nameWords(r.To)+", seen "+seenWords(r)+" [own observation]")
	}
	if d.Wave != "" {
		put("wave", Plain(d.Wave))
	}
	t.line("")
}

func (t *terminal) transitions() {
	if len(t.d.Transitions) == 0 {
		return
	}
	t.line("What changed, and when:")
	for _, x := range byTime(t.d.Transitions) {
		s := fmt.Sprintf("%s to %s%s: %s", axisWords(t.d, x.Axis, x.From), axisWords(t.d, x.Axis, x.To), target(t.d, &x), cell(x.Window))
		if x.Event != "" {
			s += " [" + Plain(x.Event) + "]"
		}
		if x.Review != "" {
			s += " (needs review: " + Defang(x.Review) + ")"
		}
		t.para(fmt.Sprintf("  %-12s ", x.Axis), s)
	}
	t.line("")
}

// target is where a change to redirecting led, with a blank before it; "" for
// other changes, and where it was not recorded.
func target(d *tracker.Dossier, x *tracker.Transition) string {
	if x.To != string(tracker.StatusRedirecting) {
		return ""
	}
	for _, r := range d.Redirects {
		if !r.First.After(x.Window.Hi) && !r.Last.Before(x.Window.Hi) {
			return " to " + nameWords(r.To)
		}
	}
	return ""
}

func (t *terminal) evidence() {
	l := t.d.Link
	if l == nil {
		return
	}
	t.para("", fmt.Sprintf("Link to %s: %s, %s, score %.2f (%s)", nameWords(l.Old), orNone(string(l.Band)), orNone(l.Relation), l.Score, Plain(l.Rule)))
	for _, e := range l.Evidence {
		t.para(fmt.Sprintf("  %+6.2f  ", e.Weight), evidenceWords(e))
	}
	for _, e := range l.Ignored {
		t.para("  ignored ", evidenceWords(e))
	}
	t.line("")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return Plain(s)
}

// evidenceWords is one line of evidence for people.
func evidenceWords(e tracker.Evidence) string {
	s := Defang(string(e.Group)) + " " + Defang(e.Kind)
	if e.Value != "" {
		s += " " + shorten(Defang(e.Value), 120)
	}
	return s + ": " + Defang(e.Why)
}

// para writes words folded to the width, the first line after lead and the
// following ones indented as far.
func (t *terminal) para(lead, text string) {
	indent := strings.Repeat(" ", len(lead))
	line, n := lead, len(lead)
	empty := true
	for _, w := range strings.Fields(text) {
		l := len([]rune(w))
		if !empty && n+1+l > t.width {
			t.line("%s", line)
			line, n, empty = indent, len(indent), true
		}
		if !empty {
			line += " "
			n++
		}
		line += w
		n += l
		empty = false
	}
	t.line("%s", line)
}

// asciiOnly replaces what a plain terminal lacks.
func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x7f:
			return r
		case r == '…':
			return '~'
		}
		return '?'
	}, s)
}
