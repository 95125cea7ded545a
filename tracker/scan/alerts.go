package scan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"respawn/tracker"
	"respawn/tracker/lifecycle"
)

// alerts are the links of this run that deserve a person. The key of an alert is
// made of the fact alone, so that the same fact is the same alert after every
// crash and on every later night.
func (g *graph) alerts(rep *Report, links []tracker.Link, histories map[tracker.Name]*history, replayed []lifecycle.Result) []tracker.Alert {
	if rep.Verdict == tracker.RunVoid {
		return nil
	}
	states := map[tracker.Name]*lifecycle.Result{}
	for i := range replayed {
		states[replayed[i].State.Name] = &replayed[i]
	}
	var out []tracker.Alert
	for _, l := range links {
		kind := alertKind(&l)
		if kind == "" || g.inCase(l.New) { // whose case it is knows of it
			continue
		}
		a := g.linkAlert(rep, &l, links, states)
		if l.Past() {
			// Whose site it was is down; whose it is now is nobody's business here.
			if life := lastLife(states[l.New], l.Until); life != nil {
				a = down(a, life)
				a.Headline += "; " + a.Defanged + " is in other hands since"
				out = append(out, a)
			}
			continue
		}
		histories[l.New].shown(&a)
		a.Kind = kind
		a.Key = fmt.Sprintf("%s:%s:%s", a.Kind, rep.Case, l.New)
		a.Headline = a.Defanged + " " + linkWords(&a) + " " + oldWords(&a)
		out = append(out, a)
		if life := endedLife(states[l.New]); life != nil {
			out = append(out, down(a, life))
		}
	}
	return out
}

// endedLife is the last life of a name, where it has come to an end; nil while the
// name is up, or was never seen alive.
func endedLife(r *lifecycle.Result) *tracker.Lifespan {
	if r == nil || len(r.Lifespans) == 0 || r.State.Status.Alive() {
		return nil
	}
	l := &r.Lifespans[len(r.Lifespans)-1]
	if l.Death.Hi.IsZero() {
		return nil
	}
	return l
}

// lastLife is the last life that ended before a name passed into other hands; nil
// where none was seen.
func lastLife(r *lifecycle.Result, until tracker.Interval) (life *tracker.Lifespan) {
	if r == nil {
		return nil
	}
	for i := range r.Lifespans {
		if l := &r.Lifespans[i]; l.Birth.Hi.Before(until.Hi) && !l.Death.Hi.IsZero() {
			life = l
		}
	}
	return life
}

// down is the alert that a linked site has gone: what whoever had it taken down is
// waiting for. It is told once for each life, so that one that flickers does not
// come back every week.
func down(a tracker.Alert, life *tracker.Lifespan) tracker.Alert {
	a.Kind, a.EndedAt, a.Cause = tracker.AlertDown, life.Death, life.Cause
	a.Key = fmt.Sprintf("%s:%s:%s:%d", a.Kind, a.Case, a.Name, life.Birth.Hi.Unix())
	a.Headline = fmt.Sprintf("%s is down (%s, %s); it %s %s", a.Defanged, causeWords(life.Cause), life.Death, linkWords(&a), oldWords(&a))
	return a
}

// causeWords are the cause of the end of a found site: no document prints it as
// seized, so that what was seen is said.
func causeWords(cause string) string {
	switch cause {
	case lifecycle.CauseSeized:
		return "two signs of seizure"
	case lifecycle.CauseClaimed:
		return "one sign of seizure"
	case lifecycle.CauseDormant:
		return "gone dark"
	}
	return cause
}

// alertKind is the kind of alert that a link deserves, "" for none. An older twin
// deserves one only where identifying evidence makes it certain: most names that
// were there before are somebody else's.
func alertKind(l *tracker.Link) string {
	switch {
	case l.Relation == tracker.RelationTwin && l.Band == tracker.BandConfirmed:
		return tracker.AlertTwin
	case l.Relation == tracker.RelationTwin, l.Band.Rank() < tracker.BandProbable.Rank():
		return ""
	case l.Relation == tracker.RelationOperator:
		return tracker.AlertNewLabel
	}
	return tracker.AlertReplacement
}

// linkAlert is what every alert about a linked name holds.
func (g *graph) linkAlert(rep *Report, l *tracker.Link, links []tracker.Link, states map[tracker.Name]*lifecycle.Result) tracker.Alert {
	site := g.member(*l, l.New)
	a := tracker.Alert{Case: rep.Case, Run: rep.ID, CreatedAt: rep.FinishedAt, Name: l.New, Defanged: l.New.Defang(),
		LinkedTo: l.Old, Relation: l.Relation, Band: l.Band, Score: l.Score, Evidence: l.Evidence, Ignored: l.Ignored,
		FirstSeen: site.FirstSeen, RegisteredAt: site.RegisteredAt, DateBasis: site.Basis, Addresses: hosts(site)}
	if l.Relation == tracker.RelationReplacement {
		a.Replaces = l.Old
	}
	if old := g.sites[l.Old]; old != nil && old.Case != nil {
		a.Confirmation, a.Basis = seizureOf(old.Case)
	}
	if s := g.sites[root(l.New, links, g.inCase)]; s != nil && s.Case != nil {
		a.Root = s.Name
		a.RootConfirmation, a.RootBasis = seizureOf(s.Case)
	}
	if l.Past() {
		a.Addresses = nil // of a time when others answer for the name
	} else if r := site.Registration; r != nil {
		a.Registrar, a.AbuseEmail = r.Registrar, r.AbuseEmail
	}
	if st := states[l.New]; st != nil && !l.Past() {
		a.Status, a.Since = st.State.Status, st.State.Since
	}
	if st := states[l.Old]; st != nil {
		a.LinkedStatus = st.State.Status
	}
	return a
}

// shown adds what visitors were last shown.
func (h *history) shown(a *tracker.Alert) {
	a.Capture = h.capture
	for i := len(h.obs) - 1; i >= 0; i-- {
		o := &h.obs[i]
		if o.Void || o.Probe != tracker.ProbeWeb || o.Facts == nil || o.Facts.Web == nil {
			continue
		}
		w := o.Facts.Web
		a.Class, a.Title, a.FinalURL = w.Class, w.Title, w.FinalURL
		return
	}
}

// seizureOf is how far the seizure of a case name is confirmed, and how it may be
// put. A name that was never reported as seized has no confirmation of one.
func seizureOf(row *tracker.CaseName) (tracker.Confirmation, string) {
	if row.Role != tracker.RoleSeized {
		return "", "campaign name, not reported seized"
	}
	return row.Confirmation, row.Confirmation.Phrase()
}

// linkWords are the verb of a link: what the site is to the other one.
func linkWords(a *tracker.Alert) string {
	sure := "probably"
	if a.Band == tracker.BandConfirmed {
		sure = "almost certainly"
	}
	switch a.Relation {
	case tracker.RelationTwin:
		return "was there before, and is " + sure + " run by the people of"
	case tracker.RelationOperator:
		return "is " + sure + " run by the people of"
	}
	return sure + " replaces"
}

// oldWords are the site that an alert links to, with its own seizure or with the
// row that it goes back to, whichever it has.
func oldWords(a *tracker.Alert) string {
	s := a.LinkedTo.Defang()
	switch {
	case a.Basis != "":
		s += ", " + a.Basis
	case a.Root != "" && a.Root != a.LinkedTo:
		s += ", which goes back to " + a.Root.Defang() + ", " + a.RootBasis
	}
	return s
}

func hosts(s *tracker.Site) []tracker.Address {
	if s.DNS == nil {
		return nil
	}
	var out []tracker.Address
	for _, a := range slices.Concat(s.DNS.A, s.DNS.AAAA) {
		out = append(out, tracker.Address{Addr: a, Host: holder(s, a)})
	}
	return out
}

// holder is who runs an address, where known: the CDN, or the holder of its
// network.
func holder(s *tracker.Site, a netip.Addr) string {
	if s.Control != nil && s.Control.CDN != "" {
		return s.Control.CDN
	}
	for _, n := range s.DNS.ASN {
		if n.Addr == a {
			return strings.TrimSpace(fmt.Sprintf("AS%d %s", n.Number, n.Holder))
		}
	}
	return ""
}

// valueWords is a value of the status or of control, for people: only a name that a
// document prints as seized is called so.
func (g *graph) valueWords(n tracker.Name, v string) string {
	row := g.sites[n].Case
	switch {
	case v == string(tracker.StatusSeizedClaimed) || v == "claimed":
		return "one sign of seizure"
	case v == string(tracker.StatusSeized) && (row == nil || row.Role != tracker.RoleSeized || row.Confirmation != tracker.Documented):
		return "two signs of seizure"
	}
	return v
}

// transitionAlerts are the changes of a name of the campaign that deserve a
// person, if they were first seen in this run.
func (g *graph) transitionAlerts(rep *Report, st tracker.State, ts []tracker.Transition, h *history) []tracker.Alert {
	n := st.Name
	if rep.Verdict == tracker.RunVoid || !g.inCase(n) {
		return nil
	}
	var out []tracker.Alert
	for _, t := range ts {
		switch t.Event {
		case lifecycle.Unseize, lifecycle.Return:
		default:
			continue
		}
		a := tracker.Alert{Kind: t.Event, Case: rep.Case, Run: rep.ID, CreatedAt: rep.FinishedAt, Name: n, Defanged: n.Defang(), FirstSeen: t.Window, Status: st.Status, Since: st.Since,
			Headline: fmt.Sprintf("%s: %s to %s, %s", n.Defang(), g.valueWords(n, t.From), g.valueWords(n, t.To), t.Window)}
		if row := g.sites[n].Case; row != nil {
			a.Confirmation, a.Basis = seizureOf(row)
		}
		h.shown(&a)
		a.Key = fmt.Sprintf("%s:%s:%s:%d", t.Event, rep.Case, n, t.Window.Hi.Unix())
		out = append(out, a)
	}
	return out
}
