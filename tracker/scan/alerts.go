package scan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"respawn/tracker"
)

// alerts are the links of this run that deserve a person. The key of an alert is
// made of the fact alone, so that the same fact is the same alert after every
// crash and on every later night.
func (g *graph) alerts(rep *Report, links []tracker.Link, rejected map[[2]tracker.Name]bool, histories map[tracker.Name]*history) []tracker.Alert {
	if rep.Verdict == tracker.RunVoid {
		return nil
	}
	var out []tracker.Alert
	for _, l := range links {
		if l.Band.Rank() < tracker.BandProbable.Rank() || l.Relation == tracker.RelationTwin || rejected[[2]tracker.Name{l.New, l.Old}] {
			continue
		}
		site := g.sites[l.New]
		a := tracker.Alert{Kind: "replacement", Case: rep.Case, Run: rep.ID, CreatedAt: rep.FinishedAt, Name: l.New, Defanged: l.New.Defang(),
			Replaces: l.Old, Band: l.Band, Score: l.Score, Evidence: l.Evidence, Ignored: l.Ignored,
			FirstSeen: site.FirstSeen, RegisteredAt: site.RegisteredAt, DateBasis: site.Basis, Capture: histories[l.New].capture}
		if l.Relation == tracker.RelationOperator {
			a.Kind = "new-label"
		}
		a.Key = fmt.Sprintf("%s:%s:%s", a.Kind, rep.Case, l.New)
		if row := g.rootRow(l.New, links); row != nil {
			a.Confirmation, a.Basis = row.Confirmation, seizureBasis(row)
		}
		if r := site.Registration; r != nil {
			a.Registrar, a.AbuseEmail = r.Registrar, r.AbuseEmail
		}
		a.Addresses = hosts(site)
		a.Headline = headline(&a, g.sites[l.Old])
		out = append(out, a)
	}
	return out
}

// rootRow is the case row that a chain of links goes back to; nil if none.
func (g *graph) rootRow(n tracker.Name, links []tracker.Link) *tracker.CaseName {
	if s := g.sites[root(n, links)]; s != nil {
		return s.Case
	}
	return nil
}

// seizureBasis is how the seizure of a case name may be put, "" where the name
// was never reported as seized.
func seizureBasis(row *tracker.CaseName) string {
	if row.Role != tracker.RoleSeized {
		return "campaign name, not reported seized"
	}
	return row.Confirmation.Phrase()
}

func headline(a *tracker.Alert, old *tracker.Site) string {
	verb := "probably replaces"
	if a.Kind == "new-label" {
		verb = "is probably run by the people of"
	}
	if a.Band == tracker.BandConfirmed {
		verb = strings.Replace(verb, "probably ", "almost certainly ", 1)
	}
	h := fmt.Sprintf("%s %s %s", a.Defanged, verb, a.Replaces.Defang())
	if old != nil && old.Case != nil {
		h += ", " + seizureBasis(old.Case)
	}
	return h
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

// transitionAlerts are the changes of a name of the campaign that deserve a
// person, if they were first seen in this run.
func (g *graph) transitionAlerts(rep *Report, n tracker.Name, ts []tracker.Transition) []tracker.Alert {
	if rep.Verdict == tracker.RunVoid || !g.inCase(n) {
		return nil
	}
	var out []tracker.Alert
	for _, t := range ts {
		switch t.Event {
		case "unseize", "return":
		default:
			continue
		}
		a := tracker.Alert{Kind: t.Event, Case: rep.Case, Run: rep.ID, CreatedAt: rep.FinishedAt, Name: n, Defanged: n.Defang(), FirstSeen: t.Window,
			Headline: fmt.Sprintf("%s: %s to %s, %s", n.Defang(), t.From, t.To, t.Window)}
		if row := g.sites[n].Case; row != nil {
			a.Confirmation, a.Basis = row.Confirmation, seizureBasis(row)
		}
		a.Key = fmt.Sprintf("%s:%s:%s:%d", t.Event, rep.Case, n, t.Window.Hi.Unix())
		out = append(out, a)
	}
	return out
}
