package export

import (
	"fmt"
	"strconv"
	"strings"

	"respawn/tracker"
)

// A Fact is one row of what is known of a name: for people, defanged.
type Fact struct {
	What, Value, Basis string
}

// Facts are the facts of a name for people, defanged, each with its basis. What
// is not known is left out; the sentence says what was not checked.
func Facts(d *tracker.Dossier) []Fact {
	var out []Fact
	put := func(what, value, basis string) {
		if value != "" {
			out = append(out, Fact{what, value, basis})
		}
	}
	const mine, file = "own observation", "case file"
	put("State", StateWords(d)+sinceState(d), mine+", rule "+orNone(d.State.Rule))
	if r := d.Row; r != nil {
		s := r.Phrase()
		if !r.SeizedAt.IsZero() {
			s += " on " + when(r.SeizedAt)
		}
		put("Seizure", s, file+originWords(r))
		put("Impersonates", impersonates(r), file)
		put("Source", Defang(r.Source), file)
		put("Listed", dayStamp(r.ListedAt), basisWords(tracker.BasisListed))
		if !r.RegisteredAt.IsZero() && !r.RegisteredAtAlt.IsZero() {
			put("Disputed day", r.RegisteredAt.UTC().Format(dayLayout)+" or "+r.RegisteredAtAlt.UTC().Format(dayLayout)+", by source", basisWords(tracker.BasisListed))
		}
	} else if r := rootOf(d); r != nil {
		s := nameWords(r.Name) + ", " + r.Phrase()
		if !r.SeizedAt.IsZero() {
			s += " on " + when(r.SeizedAt)
		}
		put("Goes back to", s, file+originWords(r))
	}
	if d.Rule != "" {
		s := Plain(d.Rule)
		if d.From != "" {
			s += " from " + nameWords(d.From)
		}
		put("Found by", s, "how it came to be asked")
	}
	if !d.RegisteredAt.Hi.IsZero() {
		if d.Basis == tracker.BasisFirstSeen {
			put("Registered", "at the latest when it was first in the DNS", "no registry date")
		} else {
			put("Registered", cell(d.RegisteredAt), basisWords(d.Basis))
		}
	}
	if !d.AnewAt.Hi.IsZero() {
		put("Registered anew", cell(d.AnewAt), basisWords(d.AnewBasis))
	}
	if d.OtherHands() {
		put("In other hands", "since "+sinceWords(d.Link.Until)+"; nothing links what it shows since to the site before", mine)
	}
	if !d.FirstSeen.Hi.IsZero() {
		put("First in the DNS", cell(d.FirstSeen), mine)
	}
	for i, l := range d.Lifespans {
		n := ""
		if len(d.Lifespans) > 1 {
			n = " (" + strconv.Itoa(i+1) + ")"
		}
		put("Went live"+n, cell(l.Birth), basisWords(l.BirthBasis))
		if l.Death.Hi.IsZero() {
			if !l.Death.Lo.IsZero() {
				put("Last seen live"+n, instant(l.Death.Lo)+" UTC; no end seen", mine)
			}
		} else {
			put("Stopped being live"+n, cell(l.Death)+", "+causeWords(d, l.Cause), mine)
		}
	}
	if !d.EndedAt.Hi.IsZero() {
		put("Lost by its operators", cell(d.EndedAt), basisWords(tracker.DateBasis(endedBasis(d))))
	}
	if r := d.Registration; r != nil {
		by := strings.ToUpper(Plain(r.Source))
		put("Registrar", Defang(r.Registrar), by)
		put("Abuse contact", Defang(r.AbuseEmail), by)
		put("Expires", expiry(r), by)
		put("Registry status", Plain(strings.Join(r.Statuses, ", ")), by)
	}
	if c := d.Control; c != nil {
		s := axisWords(d, tracker.AxisControl, Plain(c.Holder))
		if c.Agency != "" {
			s += ", " + strings.ToUpper(Plain(c.Agency))
		}
		if len(c.Signals) > 0 {
			s += ": " + Defang(strings.Join(c.Signals, "; "))
		}
		put("Held by", s, mine+", rule "+orNone(c.Rule))
		put("Network", Defang(c.CDN), mine)
	}
	put("Addresses", strings.Join(addressWords(d), ", "), mine)
	var ns []string
	for _, n := range nameservers(d) {
		ns = append(ns, n.Defang())
	}
	basis := "resolver"
	if d.Delegation != nil && len(d.Delegation.NS) > 0 {
		basis = "parent zone"
	}
	put("Name servers", strings.Join(ns, ", "), mine+", "+basis)
	if x := d.Web; x != nil {
		put("Page", strings.TrimSpace(axisWords(d, tracker.AxisWeb, string(x.Class))+" "+quoted(x.Title)), mine)
		if x.FinalName != "" && x.FinalName != d.Name {
			put("Leads to", nameWords(x.FinalName), mine)
		}
		for _, r := range d.Redirects {
			put("Redirect seen", nameWords(r.To)+", "+seenWords(r), mine)
		}
		if x.Cloaked {
			put("Cloaked", "visitors were shown different pages", mine)
		}
		put("Capture", string(x.Capture), "SHA-256 of the capture record")
	}
	return out
}

func sinceState(d *tracker.Dossier) string {
	if d.State.Since.Hi.IsZero() || faded(d) != nil { // which says when itself
		return ""
	}
	return ", since " + sinceWords(d.State.Since)
}

func expiry(r *tracker.Registration) string {
	if r.ExpiresAt.IsZero() {
		return ""
	}
	return when(r.ExpiresAt)
}

func originWords(r *tracker.CaseName) string {
	if r.Origin.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", line %d", r.Origin.Line)
}

func impersonates(r *tracker.CaseName) string {
	if r.Impersonates == "" {
		return ""
	}
	s := r.Impersonates.Defang()
	if r.Country != "" {
		s += " (" + Plain(r.Country) + ")"
	}
	return s
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + shorten(Defang(s), 200) + "”"
}

// addressWords are the addresses with who announces them.
func addressWords(d *tracker.Dossier) []string {
	var out []string
	for _, a := range addresses(d) {
		for _, n := range d.DNS.ASN {
			if n.Addr.String() == a && n.Number != 0 {
				a = strings.TrimSpace(fmt.Sprintf("%s (AS%d %s", a, n.Number, Defang(n.Holder))) + ")"
				break
			}
		}
		out = append(out, a)
	}
	return out
}
