package export

import (
	"fmt"
	"strings"
	"time"

	"respawn/tracker"
)

const (
	dayLayout    = "2006-01-02"
	minuteLayout = "2006-01-02 15:04"
)

// A look is how one status is drawn and said: a letter for terminals, a colour
// that the colour-blind can tell apart on light and on dark, a height that
// tells it without colour, and the words of the legend.
type look struct {
	status tracker.Status
	symbol rune // in the terminal; ascii below
	ascii  rune
	fill   string
	height int // of 10, in small lifelines: the more a visitor gets to see, the higher
	words  string
}

// looks are in the order of the legend.
var looks = []look{
	{tracker.StatusLive, '█', 'L', "#2f7fc1", 10, "live"},
	{tracker.StatusRedirecting, 'R', 'R', "#57a9d6", 10, "redirecting"},
	{tracker.StatusCloaked, 'C', 'C', "#4a5fb0", 10, "cloaked"},
	{tracker.StatusChallenged, 'H', 'H', "#7a93c4", 10, "behind a challenge"},
	{tracker.StatusParked, 'P', 'P', "#b59b2c", 6, "parked"},
	{tracker.StatusResolving, 'W', 'W', "#6f9a86", 5, "resolving, no web"},
	{tracker.StatusSuspended, 'S', 'S', "#bf6a9b", 4, "suspended"},
	{tracker.StatusSeized, 'Z', 'Z', "#c8551b", 7, "seized"},
	{tracker.StatusSeizedClaimed, 'z', 'z', "#dd9a4e", 7, "one sign of seizure"},
	{tracker.StatusExpired, 'E', 'E', "#8d7361", 3, "expired"},
	{tracker.StatusNoDNS, 'D', 'D', "#8e959c", 3, "registered, no DNS"},
	{tracker.StatusUnregistered, '·', '.', "#c3c9ce", 1, "unregistered"},
	{tracker.StatusUnknown, '~', '~', "#a7adb3", 2, "unknown"},
}

// notThere is how a night is drawn on which the name was asked and was not in the
// DNS, while no status is known: the registry may not have been asked.
var notThere = look{"", '-', '-', "#c3c9ce", 1, "not in the DNS"}

// unseenWords are for a night on which a name counts as alive by the others.
const unseenWords = "counts as up, no working page that night"

func lookOf(s tracker.Status) look {
	for _, l := range looks {
		if l.status == s {
			return l
		}
	}
	return looks[len(looks)-1]
}

// row is the case row that a name stands for or goes back to: its own, else the
// root of a link that is at least probable, else nil. A weaker link must not put
// the word "seized" on the page of somebody who may have nothing to do with it.
func row(d *tracker.Dossier) *tracker.CaseName {
	if d.Row != nil {
		return d.Row
	}
	return rootOf(d)
}

// rootOf is the root of a link that is at least probable; nil without one.
func rootOf(d *tracker.Dossier) *tracker.CaseName {
	if d.Link == nil || d.Link.Band.Rank() < tracker.BandProbable.Rank() {
		return nil
	}
	return d.Root
}

// documented says whether the name itself may be called seized.
func documented(d *tracker.Dossier) bool {
	return d.Row != nil && d.Row.Role == tracker.RoleSeized && d.Row.Confirmation == tracker.Documented
}

// StatusWords is a status for people. Two signs of a seizure are called
// "seized" only where a document prints the name as seized.
func StatusWords(d *tracker.Dossier, s tracker.Status) string {
	if s == "" {
		s = tracker.StatusUnknown
	}
	if s == tracker.StatusSeized && !documented(d) {
		return "two signs of seizure"
	}
	return lookOf(s).words
}

// StateWords is where a name stands now, for people. A state that went stale says
// what was last known: that nothing is known now does not mean that nothing was.
func StateWords(d *tracker.Dossier) string {
	if s := d.State.Status; s != "" && s != tracker.StatusUnknown {
		if d.OtherHands() {
			return StatusWords(d, s) + ", in other hands"
		}
		return StatusWords(d, s)
	}
	if t := faded(d); t != nil {
		s := "no longer known (last seen " + StatusWords(d, tracker.Status(t.From))
		if !t.Window.Lo.IsZero() {
			s += " " + t.Window.Lo.UTC().Format(dayLayout)
		}
		return s + ")"
	}
	return "not known yet"
}

// faded is the change by which the status of a name was lost sight of; nil where it
// is known, or never was.
func faded(d *tracker.Dossier) *tracker.Transition {
	for i := len(d.Transitions) - 1; i >= 0; i-- {
		t := &d.Transitions[i]
		if t.Axis != tracker.AxisStatus {
			continue
		}
		if t.To == string(tracker.StatusUnknown) && t.From != t.To {
			return t
		}
		return nil
	}
	return nil
}

// axisWords is the value of an axis for people.
func axisWords(d *tracker.Dossier, a tracker.Axis, v string) string {
	switch {
	case a == tracker.AxisStatus:
		return StatusWords(d, tracker.Status(v))
	case a == tracker.AxisControl && v == "seized" && !documented(d):
		return "two signs of seizure"
	case a == tracker.AxisControl && v == "claimed":
		return "one sign of seizure"
	}
	return strings.ReplaceAll(v, "-", " ")
}

// causeWords is the cause of a death for people.
func causeWords(d *tracker.Dossier, cause string) string {
	switch cause {
	case "seized":
		if documented(d) {
			return "seized"
		}
		return "two signs of seizure"
	case "claimed":
		return "one sign of seizure"
	case "dormant":
		return "gone dark"
	}
	return strings.ReplaceAll(cause, "-", " ")
}

// roleOf is seized, campaign or found.
func roleOf(d *tracker.Dossier) string {
	if d.Row == nil {
		return "found"
	}
	return string(d.Row.Role)
}

// basisWords is the basis of a date for people.
func basisWords(b tracker.DateBasis) string {
	switch b {
	case tracker.BasisRegistry:
		return "registry"
	case tracker.BasisFirstSeen:
		return "own observation"
	case tracker.BasisListed:
		return "published list, in the case file"
	case tracker.BasisCase:
		return "case file"
	}
	return string(b)
}

// midnight says whether t is a day rather than an instant.
func midnight(t time.Time) bool { return t.UTC().Equal(t.UTC().Truncate(24 * time.Hour)) }

// when is an instant for people: the day where only the day is known.
func when(t time.Time) string {
	if midnight(t) {
		return t.UTC().Format(dayLayout)
	}
	return t.UTC().Format(minuteLayout) + " UTC"
}

// instant is the minute of t in UTC, also at midnight, for times that we took.
func instant(t time.Time) string { return t.UTC().Format(minuteLayout) }

// between says when something happened with the preposition that English wants:
// "on 2024-09-05", "between ... and ... UTC", "at the latest on ...".
func between(i tracker.Interval) string {
	switch {
	case i.Lo.IsZero() && i.Hi.IsZero():
		return "at an unknown time"
	case i.Lo.IsZero():
		return "at " + instant(i.Hi) + " UTC or before"
	case i.Hi.IsZero():
		return "after " + instant(i.Lo) + " UTC"
	case i.Exact() && midnight(i.Lo):
		return "on " + i.Lo.UTC().Format(dayLayout)
	case i.Exact():
		return "on " + i.Lo.UTC().Format(dayLayout) + " at " + i.Lo.UTC().Format("15:04") + " UTC"
	}
	return "between " + instant(i.Lo) + " and " + instant(i.Hi) + " UTC"
}

// cell is an interval as the cell of a table.
func cell(i tracker.Interval) string {
	if i.Exact() {
		return when(i.Lo)
	}
	return strings.TrimPrefix(between(i), "at ")
}

// sentenceList joins words as English does: a, b and c.
func sentenceList(w []string) string {
	switch len(w) {
	case 0:
		return ""
	case 1:
		return w[0]
	}
	return strings.Join(w[:len(w)-1], ", ") + " and " + w[len(w)-1]
}

// count is "1 night", "2 nights".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// nameWords is the name as people read it: defanged, with its Unicode form beside
// it where that differs, since look-alike letters may be its point.
func nameWords(n tracker.Name) string {
	if u := n.Unicode(); u != string(n) {
		return n.Defang() + " (" + strings.ReplaceAll(Plain(u), ".", "[.]") + ")"
	}
	return n.Defang()
}
