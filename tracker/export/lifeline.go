package export

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"respawn/tracker"
)

// Lifeline is the drawn life of a name, as an SVG that needs nothing beside it:
// one lane for each axis that is known, over the nights of the case, with the
// events above them and a legend below. A change is drawn as the interval in
// which it happened, a fade from the old to the new; a night on which the name
// was not asked is hatched, a void one crossed, one without an answer dotted.
// Letters in the lanes and heights say what the colours say. Empty where there
// was no night.
func Lifeline(d *tracker.Dossier) template.HTML {
	ds := days(d)
	if len(ds) == 0 {
		return ""
	}
	c := newCanvas(ds)
	y := c.events(d)
	top := y
	y = c.nights(d, y)
	for _, a := range []tracker.Axis{tracker.AxisStatus, tracker.AxisRegistration, tracker.AxisDNS, tracker.AxisWeb, tracker.AxisControl, tracker.AxisLink} {
		if segs := segments(d, a, c.from, c.to); len(segs) > 0 {
			y = c.lane(d, a, segs, y)
		}
	}
	c.veil(top, y)
	y = c.ruler(top, y)
	y = c.legend(d, y)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="lifeline" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="lifeline-title lifeline-desc" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui,sans-serif" font-size="12" fill="currentColor">`,
		canvasWidth, y, canvasWidth, y)
	fmt.Fprintf(&b, `<title id="lifeline-title">Lifeline of %s</title><desc id="lifeline-desc">%s</desc>`, escape(d.Name.Defang()), escape(describe(d, ds)))
	b.WriteString(`<defs>`)
	b.WriteString(`<pattern id="lifeline-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" stroke="#8e959c" stroke-width="2"/></pattern>`)
	b.WriteString(`<pattern id="lifeline-cross" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0L6 6M6 0L0 6" stroke="#b3261e" stroke-width="1"/></pattern>`)
	b.WriteString(`<pattern id="lifeline-dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r="1" fill="#8e959c"/></pattern>`)
	b.WriteString(`<pattern id="lifeline-gap" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V4" stroke="#fff" stroke-width="3" stroke-opacity=".75"/></pattern>`)
	b.WriteString(c.defs.String())
	b.WriteString(`</defs>`)
	b.WriteString(c.body.String())
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // built of numbers and escaped words
}

const (
	canvasWidth = 960
	laneLeft    = 108
	laneRight   = canvasWidth - 8
	laneHeight  = 20
	laneGap     = 8
)

type canvas struct {
	ds         []day
	from, to   time.Time
	defs, body strings.Builder
	fades      int
	used       map[answer]bool
	shown      map[tracker.Status]bool
	lettered   map[tracker.Status]bool // drawn with its letter for want of room
	faded      bool                    // a change was drawn as an interval
	blank      bool                    // a lane was drawn as not known
	unseen     bool                    // a day was drawn as alive by the others
	resting    bool                    // a bar goes on faint where nobody asked
}

func newCanvas(ds []day) *canvas {
	return &canvas{ds: ds, from: ds[0].at, to: ds[len(ds)-1].at.Add(oneDay), used: map[answer]bool{}, shown: map[tracker.Status]bool{}, lettered: map[tracker.Status]bool{}}
}

// x is where an instant stands; what lies outside the nights stands at the edge.
func (c *canvas) x(t time.Time) float64 {
	if t.Before(c.from) {
		t = c.from
	}
	if t.After(c.to) {
		t = c.to
	}
	return laneLeft + (laneRight-laneLeft)*float64(t.Sub(c.from))/float64(c.to.Sub(c.from))
}

func (c *canvas) printf(format string, args ...any) { fmt.Fprintf(&c.body, format, args...) }

func (c *canvas) label(y float64, text string) {
	c.printf(`<text x="%d" y="%s" text-anchor="end">%s</text>`, laneLeft-8, num(y), escape(text))
}

// An event is something dated beside the lanes: a box from Lo to Hi, as wide as
// our ignorance, with a caption.
type event struct {
	at   tracker.Interval
	text string
	fill string
}

// events draws the dates that are not of a lane, and returns where the lanes begin.
func (c *canvas) events(d *tracker.Dossier) int {
	var es []event
	if r := row(d); r != nil && !r.SeizedAt.IsZero() {
		who := ""
		if r.Name != d.Name {
			who = r.Name.Defang() + " "
		}
		es = append(es, event{dayInterval(r.SeizedAt), who + r.Phrase() + " " + when(r.SeizedAt), "#c8551b"})
	}
	if !d.RegisteredAt.Hi.IsZero() && d.Basis != tracker.BasisFirstSeen {
		at := d.RegisteredAt
		if at.Exact() && midnight(at.Lo) {
			at = dayInterval(at.Lo)
		}
		es = append(es, event{at, "registered " + cell(d.RegisteredAt) + " (" + basisWords(d.Basis) + ")", "#4a5fb0"})
	}
	if !d.EndedAt.Hi.IsZero() {
		es = append(es, event{d.EndedAt, "lost by its operators " + cell(d.EndedAt), "#bf6a9b"})
	}
	slices.SortStableFunc(es, func(a, b event) int { return a.at.Hi.Compare(b.at.Hi) })
	y := 4
	for _, e := range es {
		lo, hi := e.at.Lo, e.at.Hi
		if lo.IsZero() {
			lo = c.from
		}
		x0, x1 := c.x(lo), c.x(hi)
		out := ""
		if !hi.After(c.from) {
			out, x0, x1 = "◂ ", laneLeft, laneLeft
		} else if !lo.Before(c.to) {
			out, x0, x1 = "▸ ", laneRight, laneRight
		}
		w := max(x1-x0, 2)
		if out == "" {
			c.printf(`<rect x="%s" y="%d" width="%s" height="12" fill="%s"/>`, num(x0), y+1, num(w), e.fill)
		}
		if x1 > (laneLeft+laneRight)/2 {
			c.printf(`<text x="%s" y="%d" text-anchor="end">%s</text>`, num(x0-4), y+11, escape(out+e.text))
		} else {
			c.printf(`<text x="%s" y="%d">%s</text>`, num(x0+w+4), y+11, escape(out+e.text))
		}
		y += 17
	}
	if len(es) > 0 {
		y += 4
	}
	return y
}

// nights draws one cell a day: what asking gave.
func (c *canvas) nights(_ *tracker.Dossier, y int) int {
	c.label(float64(y)+10, "nights asked")
	for i := 0; i < len(c.ds); {
		j := i + 1
		for j < len(c.ds) && c.ds[j].answer == c.ds[i].answer {
			j++
		}
		a := c.ds[i].answer
		c.used[a] = true
		x0, x1 := c.x(c.ds[i].at), c.x(c.ds[j-1].at.Add(oneDay))
		c.cell(a, x0, float64(y), x1-x0, 12)
		i = j
	}
	return y + 12 + laneGap
}

func (c *canvas) cell(a answer, x, y, w, h float64) {
	switch a {
	case present:
		c.printf(`<rect x="%s" y="%s" width="%s" height="%s" fill="#6b7480"/>`, num(x), num(y), num(w), num(h))
	case absent:
		c.printf(`<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="#6b7480"/>`, num(x+.5), num(y+.5), num(max(w-1, .5)), num(h-1))
	default:
		c.printf(`<rect x="%s" y="%s" width="%s" height="%s" fill="url(#lifeline-%s)"/>`, num(x), num(y), num(w), num(h), patterns[a])
	}
}

var patterns = map[answer]string{notAsked: "hatch", voidNight: "cross", noAnswer: "dots"}

// veil hatches the lanes on nights that nothing is known of, so that no lane
// claims more than was asked.
func (c *canvas) veil(top, bottom int) {
	for i := 0; i < len(c.ds); {
		j := i + 1
		for j < len(c.ds) && c.ds[j].answer == c.ds[i].answer {
			j++
		}
		if p, ok := patterns[c.ds[i].answer]; ok && c.ds[i].answer != noAnswer {
			x0, x1 := c.x(c.ds[i].at), c.x(c.ds[j-1].at.Add(oneDay))
			y := top + 12 + laneGap - 2
			c.printf(`<rect x="%s" y="%d" width="%s" height="%d" fill="url(#lifeline-%s)" opacity=".55"/>`, num(x0), y, num(x1-x0), bottom-y-laneGap+2, p)
		}
		i = j
	}
}

// A segment is one value of an axis: sure from its first sighting to the last one
// before the next change, a fade before that.
type segment struct {
	value      string
	fade, from time.Time // the change lies in (fade, from]
	to         time.Time
	open       bool // nothing bounds the change below
	review     bool
}

// segments are the values that an axis took within [from, to], oldest first.
func segments(d *tracker.Dossier, a tracker.Axis, from, to time.Time) []segment {
	var out []segment
	for _, t := range d.Transitions {
		if t.Axis != a || t.Window.Hi.IsZero() || t.Window.Hi.After(to) {
			continue
		}
		s := segment{value: t.To, fade: t.Window.Lo, from: t.Window.Hi, to: to, review: t.Review != ""}
		if s.fade.IsZero() {
			s.open, s.fade = true, s.from
		}
		if n := len(out); n > 0 {
			out[n-1].to = s.fade
			if out[n-1].to.Before(out[n-1].from) {
				out[n-1].to = out[n-1].from
			}
		}
		out = append(out, s)
	}
	return slices.DeleteFunc(out, func(s segment) bool { return s.to.Before(from) })
}

// lane draws one axis.
func (c *canvas) lane(d *tracker.Dossier, a tracker.Axis, segs []segment, y int) int {
	c.label(float64(y)+14, string(a))
	before := "none"
	c.unknown(c.from, segs[0].fade, y)
	for _, s := range segs {
		if s.value == "unknown" {
			c.unknown(s.fade, s.to, y)
			before = "none"
			continue
		}
		l := axisLook(a, s.value)
		if a == tracker.AxisStatus {
			c.shown[l.status] = true
		}
		h := laneHeight * max(l.height, 2) / 10
		top := y + laneHeight - h
		fx, x0, x1 := c.x(s.fade), c.x(s.from), c.x(s.to)
		if x0-fx >= .5 {
			c.faded = true
			c.fades++
			fmt.Fprintf(&c.defs, `<linearGradient id="lifeline-fade%d"><stop offset="0" stop-color="%s" stop-opacity="%s"/><stop offset="1" stop-color="%s"/></linearGradient>`,
				c.fades, colour(before, l.fill), opacity(before), l.fill)
			c.printf(`<rect x="%s" y="%d" width="%s" height="%d" fill="url(#lifeline-fade%d)" stroke="%s" stroke-dasharray="2 2" stroke-width=".75"/>`, num(fx), top, num(x0-fx), h, c.fades, l.fill)
		}
		w := max(x1-x0, 1)
		words := axisWords(d, a, s.value)
		title := words + " since " + sinceWords(tracker.Interval{Lo: s.fade, Hi: s.from})
		if s.open {
			title = words + ", as first seen at " + instant(s.from) + " UTC"
		}
		if s.review {
			title += "; needs a person's review"
		}
		lx, lw, faint := c.bar(s.from, s.to, w, float64(len(words))*6.4+8, top, h, l.fill, title)
		if faint {
			words = "last known: " + words
		}
		// A low step has its words above it, a high one inside.
		fill, ty := ink(l.fill), top+h/2+4
		if h < 14 || faint {
			fill = "currentColor"
		}
		if h < 14 {
			ty = top - 2
		}
		if lw > float64(len(words))*6.4+8 {
			c.printf(`<text x="%s" y="%d" fill="%s">%s</text>`, num(lx+5), ty, fill, escape(words))
		} else if lw > 9 && a == tracker.AxisStatus {
			c.lettered[l.status] = true
			c.printf(`<text x="%s" y="%d" text-anchor="middle" fill="%s">%s</text>`, num(lx+lw/2), ty, fill, escape(string(l.ascii)))
		}
		before = l.fill
	}
	if a == tracker.AxisStatus {
		c.unseenDays(y)
	}
	return y + laneHeight + laneGap
}

// bar draws one value of an axis over [from, to]: in full colour on the days on
// which somebody asked, faint on those on which it only was not known to have
// changed. It returns where its words may stand, how much room is there and whether
// that piece is faint: the first full one with room for them, else the longest.
func (c *canvas) bar(from, to time.Time, least, room float64, top, h int, fill, title string) (at, width float64, faint bool) {
	draw := func(x0, x1 float64, asked bool) {
		opacity := ""
		if !asked {
			c.resting = true
			opacity = ` fill-opacity=".22"`
		}
		c.printf(`<rect x="%s" y="%d" width="%s" height="%d" fill="%s"%s><title>%s</title></rect>`, num(x0), top, num(x1-x0), h, fill, opacity, escape(title))
	}
	x0 := c.x(from)
	if c.x(to)-x0 < least { // too short to be divided
		draw(x0, x0+least, true)
		return x0, least, false
	}
	asked := func(i int) bool { return c.ds[i].answer >= noAnswer }
	for i := 0; i < len(c.ds); {
		j := i + 1
		for j < len(c.ds) && asked(j) == asked(i) {
			j++
		}
		a, b := c.ds[i].at, c.ds[j-1].at.Add(oneDay)
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		if a.Before(b) {
			draw(c.x(a), c.x(b), asked(i))
			x, settled := c.x(b)-c.x(a), width > room && !faint
			if !settled && (x > width || x > room && asked(i)) {
				at, width, faint = c.x(a), x, !asked(i)
			}
		}
		i = j
	}
	return at, width, faint
}

// unseenDays dots the days on which the name counts as alive by the others.
func (c *canvas) unseenDays(y int) {
	for i := 0; i < len(c.ds); i++ {
		if !c.ds[i].unseen {
			continue
		}
		j := i + 1
		for j < len(c.ds) && c.ds[j].unseen {
			j++
		}
		c.unseen = true
		x0, x1 := c.x(c.ds[i].at), c.x(c.ds[j-1].at.Add(oneDay))
		c.printf(`<rect x="%s" y="%d" width="%s" height="%d" fill="url(#lifeline-gap)"><title>%s</title></rect>`, num(x0), y, num(x1-x0), laneHeight, unseenWords)
		i = j
	}
}

// unknown is a dotted line: nothing is known of the axis in that time.
func (c *canvas) unknown(from, to time.Time, y int) {
	x0, x1 := c.x(from), c.x(to)
	if x1-x0 < 1 {
		return
	}
	c.blank = true
	c.printf(`<path d="M%s %dH%s" stroke="currentColor" stroke-opacity=".6" stroke-width="1.5" stroke-dasharray="1.5 4"><title>not known</title></path>`, num(x0), y+laneHeight-1, num(x1))
}

// ink is black or white, whichever reads better on a fill of the form #rrggbb
// (WCAG relative luminance, gamma taken as 2).
func ink(fill string) string {
	v, err := strconv.ParseUint(strings.TrimPrefix(fill, "#"), 16, 32)
	if err != nil {
		return "currentColor"
	}
	part := func(shift uint) float64 { x := float64(v>>shift&0xff) / 255; return x * x }
	if .2126*part(16)+.7152*part(8)+.0722*part(0) > .22 {
		return "#10151a"
	}
	return "#fff"
}

func colour(before, now string) string {
	if before == "none" {
		return now
	}
	return before
}

func opacity(before string) string {
	if before == "none" {
		return "0"
	}
	return "1"
}

// axisLook is how a value of an axis is drawn: like the status that it leads to.
func axisLook(a tracker.Axis, v string) look {
	if a == tracker.AxisStatus {
		return lookOf(tracker.Status(v))
	}
	s, ok := axisStatus[string(a)+"="+v]
	if !ok {
		s = tracker.Status(v)
	}
	l := lookOf(s)
	if a == tracker.AxisLink {
		l = linkLooks[tracker.Band(v)]
		if l.fill == "" {
			l = look{ascii: '-', fill: "#c3c9ce", height: 1}
		}
	}
	if v != "" {
		l.ascii = rune(strings.ToUpper(v)[0])
	}
	return l
}

var axisStatus = map[string]tracker.Status{
	"registration=registered": tracker.StatusCloaked, "registration=unregistered": tracker.StatusUnregistered,
	"dns=resolving": tracker.StatusCloaked, "dns=delegated": tracker.StatusNoDNS, "dns=absent": tracker.StatusUnregistered,
	"web=notice": tracker.StatusSeizedClaimed, "web=blocked": tracker.StatusSuspended, "web=empty": tracker.StatusResolving,
	"web=error": tracker.StatusResolving, "web=none": tracker.StatusUnregistered,
	"control=operator": tracker.StatusLive, "control=claimed": tracker.StatusSeizedClaimed, "control=registrar-hold": tracker.StatusSuspended,
	"control=registry-hold": tracker.StatusSuspended, "control=verification-hold": tracker.StatusSuspended, "control=sinkhole": tracker.StatusSeized,
}

var linkLooks = map[tracker.Band]look{
	tracker.BandConfirmed: {fill: "#6d4a9e", height: 10},
	tracker.BandProbable:  {fill: "#8a6bb8", height: 8},
	tracker.BandPossible:  {fill: "#a893c7", height: 5},
	tracker.BandUnlikely:  {fill: "#c3b7d5", height: 3},
}
