package export

import (
	"encoding/xml"
	"io"
	"slices"
	"time"

	"respawn/tracker"
)

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID       string      `xml:"id"`
	Title    atomText    `xml:"title"`
	Subtitle atomText    `xml:"subtitle"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Entries  []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     atomText `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Content   atomText `xml:"content"`
	Category  atomTerm `xml:"category"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomTerm struct {
	Term string `xml:"term,attr"`
}

// maxEntries bounds a feed: readers fetch it again and again.
const maxEntries = 500

// writeAtom writes RFC 4287, newest first, in text only: a feed reader would turn
// markup of a foreign page into its own.
func writeAtom(w io.Writer, ds []tracker.Dossier, m Meta) error {
	es := allHappenings(ds)
	slices.Reverse(es)
	f := atomFeed{ID: "urn:uuid:" + uuid5(respawnSpace, "atom/"+string(m.Case)), Title: text("respawn: " + m.title()), Subtitle: text("Changes of the names of a case; dates are intervals of observation, in UTC."),
		Updated: stamp(m.AsOf), Author: "respawn"}
	if m.AsOf.IsZero() {
		f.Updated = stamp(time.Unix(0, 0))
	}
	for i, e := range es {
		if i == maxEntries {
			break
		}
		at := stamp(e.at.Hi)
		f.Entries = append(f.Entries, atomEntry{ID: "urn:uuid:" + uuid5(respawnSpace, "atom/"+siteKey(e.d.Case, e.d.Name)+"/"+e.key), Title: text(e.headline), Updated: at, Published: at,
			Content: text(e.text + " " + Sentence(e.d)), Category: atomTerm{e.kind}})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(f); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func text(s string) atomText { return atomText{"text", Plain(s)} }
