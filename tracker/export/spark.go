package export

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"respawn/tracker"
)

// Spark is a small lifeline for a row of a table: one step a night, higher the
// more a visitor gets to see, faint where it counts as up by other nights, striped
// where the name was not asked, crossed where the night was void. It is an SVG without ids, styles or links, a kilobyte or
// so, whose title says in words what it shows. Empty where there was no night.
func Spark(d *tracker.Dossier) template.HTML {
	const width, height = 184, 18
	ds := days(d)
	if len(ds) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" role="img" width="%d" height="%d" viewBox="0 0 %d %d"><title>%s</title>`, width, height, width, height, escape(sparkLabel(d, ds)))
	step := float64(width) / float64(len(ds))
	for i := 0; i < len(ds); {
		j := i + 1
		for j < len(ds) && kindOf(ds[j]) == kindOf(ds[i]) {
			j++
		}
		x0, x1 := float64(i)*step, float64(j)*step
		switch k := kindOf(ds[i]); k.answer {
		case notAsked:
			fmt.Fprintf(&b, `<path d="M%s 9H%s" stroke="#8e959c" stroke-opacity=".55" stroke-width="16" stroke-dasharray="1 2"/>`, num(x0), num(x1))
		case voidNight:
			fmt.Fprintf(&b, `<path d="M%s 2L%s 16M%s 16L%s 2" stroke="#b3261e"/>`, num(x0), num(x1), num(x0), num(x1))
		case noAnswer:
			fmt.Fprintf(&b, `<path d="M%s 9H%s" stroke="#8e959c" stroke-width="2" stroke-dasharray="2 2"/>`, num(x0), num(x1))
		default:
			l := lookOf(k.status)
			if k.answer == absent {
				l = notThere
			}
			h := l.height*14/10 + 2
			faint := ""
			if k.unseen {
				faint = ` fill-opacity=".35"`
			}
			fmt.Fprintf(&b, `<path d="M%s %dh%sv%dh-%sz" fill="%s"%s/>`, num(x0), height-1-h, num(x1-x0), h, num(x1-x0), l.fill, faint)
		}
		i = j
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // built of numbers and escaped words
}

// A kind is what one cell of a lifeline shows; cells of one kind are drawn as one.
type kind struct {
	answer answer
	status tracker.Status
	unseen bool
}

func kindOf(d day) kind {
	switch d.answer {
	case absent:
		if l := lookOf(d.status); l.status == tracker.StatusUnknown {
			return kind{answer: absent}
		}
		return kind{present, lookOf(d.status).status, d.unseen}
	case present:
		return kind{present, lookOf(d.status).status, d.unseen}
	}
	return kind{answer: d.answer}
}

func sparkLabel(d *tracker.Dossier, ds []day) string {
	n := map[answer]int{}
	for _, x := range ds {
		n[x.answer]++
	}
	s := fmt.Sprintf("%s, %s to %s: %s", d.Name.Defang(), ds[0].at.Format(dayLayout), ds[len(ds)-1].at.Format(dayLayout), StateWords(d))
	for _, a := range []answer{notAsked, voidNight, noAnswer} {
		if n[a] > 0 {
			s += fmt.Sprintf(", %s %s", count(n[a], "night"), a)
		}
	}
	return s
}

// num is a coordinate with a tenth of a pixel and no trailing zero.
func num(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

// escape is plain foreign text for markup and attributes.
func escape(s string) string { return template.HTMLEscapeString(Plain(s)) }

const oneDay = 24 * time.Hour
