package export

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"time"

	"respawn/tracker"
)

// The JSON that TimelineJS 3 reads (Knight Lab). Its texts are HTML, so foreign
// text is escaped as well as defanged; its media embeds call third parties, so
// there are none.
type timelineFile struct {
	Title  timelineSlide   `json:"title"`
	Events []timelineSlide `json:"events"`
	Scale  string          `json:"scale"`
}

type timelineSlide struct {
	StartDate   *timelineDate `json:"start_date,omitempty"`
	EndDate     *timelineDate `json:"end_date,omitempty"`
	DisplayDate string        `json:"display_date,omitempty"`
	Text        timelineText  `json:"text"`
	Group       string        `json:"group,omitempty"`
	UniqueID    string        `json:"unique_id"`
	Autolink    bool          `json:"autolink"` // always false and always written: its default is true
}

type timelineText struct {
	Headline string `json:"headline"`
	Text     string `json:"text"`
}

// A timelineDate holds what is known: hour and minute are absent where only the
// day is, rather than 0, which would say midnight.
type timelineDate struct {
	Year   int  `json:"year"`
	Month  int  `json:"month"`
	Day    int  `json:"day"`
	Hour   *int `json:"hour,omitempty"`
	Minute *int `json:"minute,omitempty"`
}

func dateParts(t time.Time, day bool) *timelineDate {
	t = t.UTC()
	d := &timelineDate{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
	if !day {
		h, m := t.Hour(), t.Minute()
		d.Hour, d.Minute = &h, &m
	}
	return d
}

func writeTimelineJS(w io.Writer, ds []tracker.Dossier, m Meta) error {
	f := timelineFile{Scale: "human", Events: []timelineSlide{}}
	title, text := m.title(), ""
	if len(ds) == 1 {
		title, text = nameWords(ds[0].Name), Sentence(&ds[0])
	} else {
		text = fmt.Sprintf("%s, as known after run %d.", count(len(ds), "name"), m.Run)
	}
	f.Title = timelineSlide{Text: timelineText{htmlText(title), htmlText(text)}, UniqueID: "title"}
	for _, e := range allHappenings(ds) {
		s := timelineSlide{Text: timelineText{htmlText(e.headline), htmlText(e.text)}, Group: htmlText(e.d.Name.Defang()),
			DisplayDate: htmlText(cell(e.at) + " (" + basisWords(e.basis) + ")"), UniqueID: "e-" + uuid5(respawnSpace, "timeline/"+string(e.d.Case)+"/"+string(e.d.Name)+"/"+e.key)}
		// A slide spans the interval in which the event happened. Where nothing
		// bounds it below it stands at the time by which it had happened.
		s.StartDate = dateParts(e.at.Hi, e.day)
		if !e.at.Lo.IsZero() && e.at.Lo.Before(e.at.Hi) {
			s.StartDate, s.EndDate = dateParts(e.at.Lo, false), dateParts(e.at.Hi, false)
		}
		f.Events = append(f.Events, s)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(f)
}

// htmlText is text for people as HTML.
func htmlText(s string) string { return template.HTMLEscapeString(Plain(s)) }
