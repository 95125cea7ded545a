package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"respawn/tracker"
)

// A dated is one thing that happened to a name, as the formats that are lists of
// events have it. Key is unique within the name and the same in every export in
// which the fact is the same.
type dated struct {
	d        *tracker.Dossier
	key      string
	kind     string // seizure, registered, lost, linked, or the event of a transition
	at       tracker.Interval
	day      bool // only the day is known
	basis    tracker.DateBasis
	headline string // defanged
	text     string // defanged
	axis     tracker.Axis
	from, to string
	because  []tracker.ObservationID
}

// sort is the instant that an event is filed under: when it was known to have
// happened.
func compareDated(a, b dated) int {
	return cmp.Or(a.at.Hi.Compare(b.at.Hi), cmp.Compare(a.d.Name, b.d.Name), cmp.Compare(a.key, b.key))
}

// happenings are the dated facts of a name, oldest first: what the case file says,
// the registration, and the transitions of its status, control and link. Those
// of the other axes are details that the dossier keeps. Of a name in other hands than
// those that were linked only that is told.
func happenings(d *tracker.Dossier) []dated {
	var out []dated
	who := nameWords(d.Name)
	if r := d.Row; r != nil && r.Role == tracker.RoleSeized && !r.SeizedAt.IsZero() {
		out = append(out, dated{d: d, key: "seizure", kind: "seizure", at: tracker.Exactly(r.SeizedAt), day: midnight(r.SeizedAt), basis: tracker.BasisCase,
			headline: who + " " + r.Phrase(), text: strings.TrimSpace(who + " was " + r.Phrase() + " on " + when(r.SeizedAt) + " (case file). " + sourceWords(r))})
	}
	if !d.RegisteredAt.Hi.IsZero() && d.Basis != tracker.BasisFirstSeen {
		out = append(out, dated{d: d, key: "registered", kind: "registered", at: d.RegisteredAt, day: midnight(d.RegisteredAt.Hi) && d.RegisteredAt.Exact(), basis: d.Basis,
			headline: who + " registered", text: fmt.Sprintf("%s was registered %s (%s).", who, between(d.RegisteredAt), basisWords(d.Basis))})
	}
	for _, t := range d.Transitions {
		if t.Window.Hi.IsZero() || t.Axis != tracker.AxisStatus && t.Axis != tracker.AxisControl && t.Axis != tracker.AxisLink {
			continue
		}
		others := d.OtherHands() && !t.Window.Hi.Before(d.Link.Until.Hi)
		if others && !(t.Axis == tracker.AxisStatus && t.Event == "reuse") {
			continue // a stranger's affairs
		}
		e := dated{d: d, key: fmt.Sprintf("%s/%d/%s/%s", t.Axis, t.Incarnation, t.Event, t.Window.Hi.UTC().Format("20060102T150405.000Z")), kind: t.Event, at: t.Window,
			basis: tracker.BasisFirstSeen, axis: t.Axis, from: t.From, to: t.To, because: t.Because}
		from, to := axisWords(d, t.Axis, t.From), axisWords(d, t.Axis, t.To)
		switch t.Axis {
		case tracker.AxisStatus:
			e.headline = who + ": " + to
			e.text = fmt.Sprintf("%s changed from %s to %s %s (own observation).", who, from, to, between(t.Window))
			if others {
				e.headline = who + " in other hands"
				e.text += " Nothing links what it shows now to the site before."
			}
		case tracker.AxisControl:
			e.headline = who + " held by: " + to
			e.text = fmt.Sprintf("Control of %s changed from %s to %s %s (own observation).", who, from, to, between(t.Window))
		case tracker.AxisLink:
			e.headline = who + " linked: " + to
			if d.Link != nil {
				e.headline = fmt.Sprintf("%s linked to %s: %s", who, nameWords(d.Link.Old), to)
			}
			e.text = fmt.Sprintf("The link of %s to the case changed from %s to %s %s (own observation).", who, from, to, between(t.Window))
		}
		if t.Review != "" {
			e.text += " Needs a person's review: " + Defang(t.Review) + "."
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, compareDated)
	return out
}

func sourceWords(r *tracker.CaseName) string {
	if r.Source == "" {
		return ""
	}
	return "Source: " + Defang(r.Source) + "."
}

// allHappenings are those of all names, oldest first.
func allHappenings(ds []tracker.Dossier) []dated {
	var out []dated
	for i := range ds {
		out = append(out, happenings(&ds[i])...)
	}
	slices.SortStableFunc(out, compareDated)
	return out
}
