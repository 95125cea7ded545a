package export

import (
	"time"

	"respawn/tracker"
)

// An answer is what a night gave, in the order in which one outranks another on
// the same day.
type answer uint8

const (
	notAsked  answer = iota // no run, or the name was not in its plan
	voidNight               // a run whose canaries failed: it counts as not held
	noAnswer                // asked, and nothing was learned
	absent                  // asked, not there
	present                 // asked, there
)

var answerWords = [...]string{notAsked: "not asked", voidNight: "void", noAnswer: "no answer", absent: "not there", present: "there"}

func (a answer) String() string { return answerWords[a] }

// A day is the best that the runs of one UTC day gave.
type day struct {
	at     time.Time // 00:00 UTC
	answer answer
	status tracker.Status // as known after its last run
	unseen bool           // alive by other days: no run of this one got a working page
}

// maxDays bounds what is drawn: ten years. What lies before is cut, and said.
const maxDays = 3660

// days are the UTC days from the first run to the last one, without a gap: a day
// that had no run is one on which the name was not asked.
func days(d *tracker.Dossier) []day {
	if len(d.Nights) == 0 {
		return nil
	}
	first := dayOf(d.Nights[0].At)
	last := dayOf(d.Nights[len(d.Nights)-1].At)
	if n := int(last.Sub(first)/(24*time.Hour)) + 1; n > maxDays {
		first = last.AddDate(0, 0, 1-maxDays)
	}
	out := make([]day, int(last.Sub(first)/(24*time.Hour))+1)
	for i := range out {
		out[i] = day{at: first.AddDate(0, 0, i)}
	}
	seen := -1
	for _, n := range d.Nights {
		i := int(dayOf(n.At).Sub(first) / (24 * time.Hour))
		if i < 0 || i >= len(out) {
			continue
		}
		seen = max(seen, i)
		o := &out[i]
		o.status = n.Status
		if a := answerOf(n); a >= absent {
			o.unseen = n.Unseen && (o.unseen || o.answer < absent)
		}
		o.answer = max(o.answer, answerOf(n))
	}
	for i := 1; i <= seen; i++ {
		if out[i].status == "" {
			out[i].status = out[i-1].status
		}
	}
	return out
}

func answerOf(n tracker.Night) answer {
	switch {
	case n.Void:
		return voidNight
	case !n.Asked:
		return notAsked
	case n.Outcome == tracker.Present:
		return present
	case n.Outcome == tracker.Absent:
		return absent
	}
	return noAnswer
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// A tally counts the nights of a name by what they gave. Its parts add up to all.
type tally struct {
	all, asked, void, notAsked, noAnswer int
	unseen                               int       // of those asked: counted as alive without a working page
	gap                                  int       // days between the first and the last night without any run; not of all
	from, to                             time.Time // of the first and the last night
	noun                                 string    // "night", or "run" where a day had several
}

// window is all nights of the calendar, held or not. Of a case with several runs on
// a day it is all runs, since those of a day without one cannot be counted.
func (t tally) window() int {
	if t.noun == "night" {
		return t.all + t.gap
	}
	return t.all
}

func tallyOf(d *tracker.Dossier) tally {
	t := tally{noun: "night", gap: d.DaysWithoutRun()}
	for i, n := range d.Nights {
		t.all++
		switch answerOf(n) {
		case voidNight:
			t.void++
		case notAsked:
			t.notAsked++
		case noAnswer:
			t.asked++
			t.noAnswer++
		default:
			t.asked++
			if n.Unseen {
				t.unseen++
			}
		}
		if i > 0 && dayOf(n.At).Equal(dayOf(d.Nights[i-1].At)) {
			t.noun = "run"
		}
	}
	if t.all > 0 {
		t.from, t.to = d.Nights[0].At, d.Nights[t.all-1].At
	}
	return t
}
