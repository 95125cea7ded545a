package link

import (
	"cmp"
	"math"
	"slices"

	"respawn/tracker"
)

// redirects adds who sends visitors to whom. An operator who moves sends them to
// the new name; one who hides sends those he does not want to strangers that
// were there long before, so only a site that came after its predecessor is
// named by a redirect.
func (p *pair) redirects(relation string) {
	newReg, oldReg := p.a.reg, p.b.reg
	if newReg == oldReg {
		return
	}
	add := func(from, to tracker.Name, why string) {
		v := string(from) + " -> " + string(to)
		if relation == tracker.RelationTwin && before(p.born(), p.old.RegisteredAt) {
			p.addAs(circumstance, "redirect", v, math.Log(3), "%s, but it was there before %s was: visitors are sent to strangers too", why, p.old.Name.Defang())
			return
		}
		p.add("redirect", v, math.Log(kinds["redirect"].lr), "%s", why)
	}
	if _, yes := slices.BinarySearch(p.a.redirects, oldReg); yes {
		add(newReg, oldReg, "sends its visitors to "+p.old.Name.Defang())
	}
	if _, yes := slices.BinarySearch(p.b.redirects, newReg); yes {
		add(oldReg, newReg, p.old.Name.Defang()+" sent its visitors here")
	}
	elsewhere := func(whose func(tracker.Name) bool) (tracker.Name, bool) {
		i := slices.IndexFunc(p.a.redirects, func(to tracker.Name) bool {
			return to != oldReg && whose(to) && !slices.Contains(p.b.redirects, to)
		})
		if i < 0 {
			return "", false
		}
		return p.a.redirects[i], true
	}
	if to, yes := elsewhere(p.theirs); yes {
		p.add("redirect", string(newReg)+" -> "+string(to), math.Log(kinds["redirect"].lr), "sends its visitors to %s, a name of the campaign", to.Defang())
	} else if to, yes := elsewhere(p.likely); yes {
		p.addAs(support, "redirect", string(newReg)+" -> "+string(to), math.Log(kinds["redirect-host"].lr), "sends its visitors to %s, which is probably a name of the campaign by what it shows", to.Defang())
	}
	for _, via := range shared(p.a.redirects, p.b.redirects, cmp.Compare) {
		if via == newReg || via == oldReg {
			continue
		}
		if n, yes := p.cx.outlets().has("redirect-host", string(via)); yes {
			p.ignore("redirect-host", string(via), "ignored: both lead to, or like, the genuine %s", n.Defang())
			continue
		}
		if p.theirs(via) {
			p.add("redirect", string(via), math.Log(kinds["redirect"].lr), "both send visitors over %s, a name of the campaign", via.Defang())
			continue
		}
		p.value(support, "redirect-host", string(via), kinds["redirect-host"])
	}
	if _, yes := slices.BinarySearch(p.b.outbound, newReg); yes {
		p.add("outbound", string(oldReg)+" -> "+string(newReg), math.Log(kinds["outbound"].lr), "%s links here; sites link to strangers too", p.old.Name.Defang())
	}
}
