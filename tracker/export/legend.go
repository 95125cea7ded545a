package export

import (
	"fmt"
	"strings"
	"time"

	"respawn/tracker"
)

// ruler draws the months below the lanes and a hair through them.
func (c *canvas) ruler(top, y int) int {
	c.printf(`<path d="M%d %dH%d" stroke="currentColor" stroke-opacity=".5"/>`, laneLeft, y, laneRight)
	free := 0.0
	for i, t := range ticks(c.from, c.to) {
		x, words := c.x(t), tickWords(t, i, c.to.Sub(c.from))
		if i > 0 {
			c.printf(`<path d="M%s %dV%d" stroke="currentColor" stroke-opacity=".22"/>`, num(x), top, y+4)
		}
		if i == 0 {
			x -= 40 // so that the first month has room
		}
		w := float64(len(words)) * 7
		if x < free || x+w > laneRight+8 {
			continue
		}
		free = x + w + 6
		c.printf(`<text x="%s" y="%d">%s</text>`, num(x), y+16, words)
	}
	return y + 24
}

// tickWords is what stands at a tick: the first one has the whole date.
func tickWords(t time.Time, i int, all time.Duration) string {
	switch {
	case i == 0:
		return t.Format(dayLayout)
	case all <= 40*oneDay:
		return t.Format("2 Jan")
	case t.Month() == time.January:
		return t.Format("2006")
	}
	return t.Format("Jan")
}

// ticks are where the ruler is marked: the first night, then every Monday, first
// of a month or first of a year, by how long it all took.
func ticks(from, to time.Time) []time.Time {
	out := []time.Time{from}
	switch n := to.Sub(from) / oneDay; {
	case n <= 40:
		for t := from.AddDate(0, 0, 1); t.Before(to); t = t.AddDate(0, 0, 1) {
			if t.Weekday() == time.Monday {
				out = append(out, t)
			}
		}
	case n <= 1000:
		for t := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC); t.Before(to); t = t.AddDate(0, 1, 0) {
			out = append(out, t)
		}
	default:
		for t := time.Date(from.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(to); t = t.AddDate(1, 0, 0) {
			out = append(out, t)
		}
	}
	return out
}

// legend explains what was drawn, and nothing else.
func (c *canvas) legend(d *tracker.Dossier, y int) int {
	x, line := float64(laneLeft), float64(y+4)
	put := func(words string, draw func(x, y float64)) {
		w := 18 + float64(len(words))*6.4 + 16
		if x+w > laneRight {
			x, line = laneLeft, line+18
		}
		draw(x, line)
		c.printf(`<text x="%s" y="%s">%s</text>`, num(x+18), num(line+10), escape(words))
		x += w
	}
	for _, l := range looks {
		if c.shown[l.status] {
			words := StatusWords(d, l.status)
			if c.lettered[l.status] {
				words = string(l.ascii) + ": " + words
			}
			put(words, func(x, y float64) {
				h := 12 * float64(max(l.height, 2)) / 10
				c.printf(`<rect x="%s" y="%s" width="14" height="%s" fill="%s"/>`, num(x), num(y+12-h), num(h), l.fill)
			})
		}
	}
	if c.faded {
		put("changed in here, unseen", func(x, y float64) {
			c.printf(`<rect x="%s" y="%s" width="14" height="12" fill="none" stroke="currentColor" stroke-dasharray="2 2" stroke-width=".75"/>`, num(x), num(y))
		})
	}
	if c.blank {
		put("not known", func(x, y float64) {
			c.printf(`<path d="M%s %sh14" stroke="currentColor" stroke-opacity=".6" stroke-width="1.5" stroke-dasharray="1.5 4"/>`, num(x), num(y+11))
		})
	}
	if c.unseen {
		put(unseenWords, func(x, y float64) {
			c.printf(`<rect x="%s" y="%s" width="14" height="12" fill="%s"/><rect x="%s" y="%s" width="14" height="12" fill="url(#lifeline-gap)"/>`, num(x), num(y), looks[0].fill, num(x), num(y))
		})
	}
	if c.resting {
		put("faint: as last known, nobody asked", func(x, y float64) {
			c.printf(`<rect x="%s" y="%s" width="14" height="12" fill="%s" fill-opacity=".22"/>`, num(x), num(y), looks[0].fill)
		})
	}
	for _, a := range []answer{present, absent, noAnswer, notAsked, voidNight} {
		if c.used[a] {
			put(legendWords[a], func(x, y float64) { c.cell(a, x, y, 14, 12) })
		}
	}
	return int(line) + 20
}

var legendWords = map[answer]string{present: "asked: there", absent: "asked: not there", noAnswer: "asked: no answer", notAsked: "not asked",
	voidNight: "void night (own outage)"}

// describe is the lifeline in words.
func describe(d *tracker.Dossier, ds []day) string {
	var w []string
	for _, s := range segments(d, tracker.AxisStatus, ds[0].at, ds[len(ds)-1].at.Add(oneDay)) {
		w = append(w, axisWords(d, tracker.AxisStatus, s.value)+" since "+sinceWords(tracker.Interval{Lo: s.fade, Hi: s.from}))
	}
	t := tallyOf(d)
	if len(w) == 0 {
		w = append(w, "no change of status is known")
	}
	return fmt.Sprintf("From %s to %s: %s. %d of %s asked; %d void, %d not asked, %d without an answer, %s without any run.", ds[0].at.Format(dayLayout), ds[len(ds)-1].at.Format(dayLayout),
		strings.Join(w, "; "), t.asked, count(t.window(), t.noun), t.void, t.notAsked, t.noAnswer, count(t.gap, "day"))
}

func dayInterval(t time.Time) tracker.Interval {
	return tracker.Interval{Lo: dayOf(t), Hi: dayOf(t).Add(oneDay)}
}
