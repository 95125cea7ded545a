package export

import (
	"encoding/json"
	"io"

	"respawn/tracker"
)

// A sketchEvent is one line of a Timesketch import. message, datetime and
// timestamp_desc are mandatory there; the rest are attributes to search by.
type sketchEvent struct {
	Message       string                  `json:"message"`
	Datetime      string                  `json:"datetime"`
	Timestamp     int64                   `json:"timestamp"` // microseconds
	TimestampDesc string                  `json:"timestamp_desc"`
	EventID       string                  `json:"event_id"`
	Case          tracker.CaseID          `json:"case"`
	Domain        tracker.Name            `json:"domain"`
	Kind          string                  `json:"event_kind"`
	Axis          tracker.Axis            `json:"axis,omitempty"`
	From          string                  `json:"from,omitempty"`
	To            string                  `json:"to,omitempty"`
	Lo            string                  `json:"not_before,omitempty"` // the event lies after this
	Hi            string                  `json:"not_after"`            // and at or before this
	Basis         tracker.DateBasis       `json:"basis"`
	Confirmation  tracker.Confirmation    `json:"seizure_confirmation,omitempty"`
	Observations  []tracker.ObservationID `json:"observations,omitempty"`
}

// maxField is what Timesketch indexes of a field as a keyword.
const maxField = 32766

// writeTimesketch writes one JSON object a line, filed under the time by which the
// event had happened, with the interval beside it.
func writeTimesketch(w io.Writer, ds []tracker.Dossier, m Meta) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range allHappenings(ds) {
		t := e.at.Hi.UTC()
		s := sketchEvent{Message: shorten(e.text, maxField), Datetime: t.Format("2006-01-02T15:04:05.000000+00:00"), Timestamp: t.UnixMicro(), TimestampDesc: sketchDesc(e),
			EventID: uuid5(respawnSpace, "timesketch/"+siteKey(e.d.Case, e.d.Name)+"/"+e.key), Case: e.d.Case, Domain: e.d.Name, Kind: e.kind, Axis: e.axis, From: e.from, To: e.to,
			Lo: stamp(e.at.Lo), Hi: stamp(e.at.Hi), Basis: e.basis, Observations: e.because}
		if r := row(e.d); r != nil {
			s.Confirmation = r.Confirmation
		}
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return nil
}

func sketchDesc(e dated) string {
	switch {
	case e.kind == "seizure":
		return "Seizure Day (case file)"
	case e.kind == "registered":
		return "Registration Time (" + basisWords(e.basis) + ")"
	case e.at.Lo.IsZero():
		return "First Observed"
	}
	return "Change First Observed"
}
