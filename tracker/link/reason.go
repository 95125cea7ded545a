package link

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// name adds what the label itself says: the prior already counted that the label
// is the same, so this is its rarity alone. A coined word that nobody else ever
// registered says much; a dictionary word or an outlet's own name says nothing.
func (p *pair) name(relation string) {
	label := p.new.Name.Label()
	if label != p.old.Name.Label() {
		return
	}
	twins := p.cx.Twins[label]
	spoof := p.old.Case != nil && p.old.Case.Kind == tracker.KindBrandSpoof
	switch {
	case spoof:
		p.ignored = append(p.ignored, tracker.Evidence{Group: tracker.GroupName, Kind: "label", Value: label,
			Why: "the label is an outlet's own name; others hold it rightly"})
		return
	case relation == tracker.RelationTwin:
		p.ignored = append(p.ignored, tracker.Evidence{Group: tracker.GroupName, Kind: "label", Value: label,
			Why: "the name was there before: its owner did not take the label from the case"})
		return
	}
	lr := 50.0
	if len(label) <= 4 {
		lr = 15 // short labels are in demand everywhere
	}
	lr /= float64(1 + twins)
	if w := math.Log(lr); w > 0 {
		p.addTo(tracker.GroupName, false, "label", label, w, "coined label; %d other registrant(s) of it seen before the seizure", twins)
		return
	}
	p.ignored = append(p.ignored, tracker.Evidence{Group: tracker.GroupName, Kind: "label", Value: label,
		Why: "many others held this label before the seizure"})
}

func (p *pair) registration() {
	a, b := p.new.Registration, p.old.Registration
	if a == nil {
		return
	}
	if n := p.cx.batchSize(p.new); n > 0 {
		lr := 10.0
		if n >= 3 {
			lr = 20
		}
		p.add("batch", a.CreatedAt.UTC().Format("2006-01-02")+" "+a.Registrar, math.Log(lr),
			"registered the same day at the same registrar as %d other name(s) under watched labels", n)
	}
	if b == nil {
		return
	}
	if a.Registrar != "" && sameRegistrar(a, b) {
		p.add("registrar", a.Registrar, math.Log(kinds["registrar"].lr), "same registrar; weak alone")
	}
	for _, field := range []string{"email", "phone", "org"} {
		if v := a.Registrant[field]; v != "" && v == b.Registrant[field] {
			p.value("registrant", field+":"+v, p.cx.Background.Count("registrant", field+":"+v))
		}
	}
}

func sameRegistrar(a, b *tracker.Registration) bool {
	if a.RegistrarID != "" && b.RegistrarID != "" {
		return a.RegistrarID == b.RegistrarID
	}
	return strings.EqualFold(a.Registrar, b.Registrar)
}

// value adds a match on an identity value by its rarity.
func (p *pair) value(name, v string, n int) {
	k, ok := kindOf(name)
	if !ok {
		p.ignore(name, v, "no weight is known for this kind of value")
		return
	}
	sites := 0
	if p.cx.Background != nil {
		sites = p.cx.Background.Sites
	}
	w := weight(k, n, sites)
	if w == 0 {
		p.ignore(name, v, "carried by %d of %d unrelated sites: too common to say anything", n, sites)
		return
	}
	p.add(name, v, w, "also on %s%s; %d of %d unrelated sites carry it", p.old.Name.Defang(), p.seizedWord(), n, sites)
}

func (p *pair) seizedWord() string {
	if c := p.old.Case; c != nil && c.Role == tracker.RoleSeized {
		return " (" + c.Confirmation.Phrase() + ")"
	}
	return ""
}

func (p *pair) hosting() {
	cdn := func(s *tracker.Site) string {
		if s.Control == nil {
			return ""
		}
		return s.Control.CDN
	}
	a, b := p.new.DNS, p.old.DNS
	if a == nil || b == nil {
		return
	}
	if taken(p.old) {
		p.ignore("address", "", "the predecessor's servers are its new holder's now; only what was seen before counts")
		a2 := p.old.Before
		if a2 == nil {
			return
		}
		b = a2
	}
	for _, addr := range slices.Concat(a.A, a.AAAA) {
		if !slices.Contains(b.A, addr) && !slices.Contains(b.AAAA, addr) {
			continue
		}
		v := addr.String()
		switch {
		case cdn(p.new) != "":
			p.ignore("address", v, "an address of %s, shared by strangers", cdn(p.new))
		case !publicAddr(addr):
			p.ignore("address", v, "not a public address")
		case p.cx.Shared[v] > 20:
			p.ignore("address", v, "%d other names of this database are there: shared hosting", p.cx.Shared[v])
		default:
			p.value("address", v, max(p.cx.Background.Count("address", v), p.cx.Shared[v]-2))
		}
	}
	if same := common(a.NS, b.NS); len(same) > 0 {
		v := join(same)
		switch {
		case p.cx.Shared[v] > 20 || hosterNS(same[0]):
			if len(same) == len(a.NS) && strings.HasSuffix(string(same[0]), ".ns.cloudflare.com") {
				p.add("ns-pair", v, math.Log(kinds["ns-pair"].lr), "same pair of name servers, assigned by account at a large provider")
			} else {
				p.ignore("ns-own", v, "name servers of a large provider, shared by strangers")
			}
		default:
			p.value("ns-own", v, max(p.cx.Background.Count("ns-own", v), p.cx.Shared[v]-2))
		}
	}
}

// taken says whether old is no longer in its operator's hands.
func taken(s *tracker.Site) bool {
	if s.Control == nil {
		return false
	}
	switch s.Control.Holder {
	case "", "operator":
		return false
	}
	return true
}

func publicAddr(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate()
}

// hosterZones are name-server zones that thousands of strangers share: default
// servers of registrars and hosters (MISP parking-domain-ns lists many of them by
// mistake) and of large DNS providers.
var hosterZones = []string{"registrar-servers.com", "domaincontrol.com", "cloudflare.com", "awsdns.com", "googledomains.com", "google.com",
	"one.com", "name.com", "name-services.com", "rzone.de", "wordpress.com", "markmonitor.com", "directnic.com", "ovh.net", "gandi.net",
	"hostinger.com", "dns-parking.com", "reg.ru", "timeweb.ru", "beget.com", "ui-dns.com", "ui-dns.de", "ionos.com", "bluehost.com",
	"hostgator.com", "dreamhost.com", "godaddy.com", "digitalocean.com", "linode.com", "hetzner.com", "njalla.in", "porkbun.com", "dynadot.com", "nsone.net", "ultradns.net", "akam.net"}

func hosterNS(ns tracker.Name) bool {
	for _, z := range hosterZones {
		if ns.Under(tracker.Name(z)) {
			return true
		}
	}
	return strings.Contains(string(ns), ".awsdns-")
}

func (p *pair) tls() {
	a := p.new.Fingerprint
	if a == nil {
		return
	}
	for _, old := range p.olds() {
		if slices.Contains(a.SANs, p.old.Name.Registrable()) || slices.Contains(old.SANs, p.new.Name.Registrable()) {
			if n := max(len(a.SANs), len(old.SANs)); n <= 20 {
				p.add("certificate", string(p.new.Name)+" with "+string(p.old.Name), math.Log(kinds["certificate"].lr), "both names on one certificate of %d domain(s)", n+1)
			} else {
				p.ignore("certificate", string(p.new.Name), "a certificate of %d domains is a hoster's bundle", n+1)
			}
		}
	}
}

// olds are all fingerprints that old ever had while in its operator's hands.
func (p *pair) olds() []*tracker.Fingerprint {
	out := slices.Clone(p.old.History)
	if p.old.Fingerprint != nil && !taken(p.old) {
		out = append(out, p.old.Fingerprint)
	}
	return out
}

// brand is the fingerprint of the outlet that old imitates; nil if none is known.
func (p *pair) onOutlet(has func(*tracker.Fingerprint) bool) (tracker.Name, bool) {
	names := make([]tracker.Name, 0, len(p.cx.Outlets))
	for n := range p.cx.Outlets {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if f := p.cx.Outlets[n]; f != nil && has(f) {
			return n, true
		}
	}
	return "", false
}

func (p *pair) identifiers() {
	a := p.new.Fingerprint
	if a == nil {
		return
	}
	shared := map[tracker.Identifier]bool{}
	for _, old := range p.olds() {
		have := map[tracker.Identifier]bool{}
		for _, id := range old.IDs {
			have[tracker.Identifier{Kind: id.Kind, Value: id.Value}] = true
		}
		for _, id := range a.IDs {
			if k := (tracker.Identifier{Kind: id.Kind, Value: id.Value}); have[k] {
				shared[k] = true
			}
		}
	}
	ids := make([]tracker.Identifier, 0, len(shared))
	for id := range shared {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y tracker.Identifier) int { return strings.Compare(x.Kind+x.Value, y.Kind+y.Value) })
	for _, id := range ids {
		if n, yes := p.onOutlet(func(f *tracker.Fingerprint) bool { return hasID(f, id) }); yes {
			p.ignore(id.Kind, id.Value, "ignored: the same on the genuine %s; a copy carries its victim's identifiers", n.Defang())
			continue
		}
		if k, ok := kindOf(id.Kind); ok && k.group == tracker.GroupTracking && p.clones() && !p.outletCaptured() {
			p.ignore(id.Kind, id.Value, "both imitate an outlet that was not captured: it may be the outlet's own")
			continue
		}
		p.value(id.Kind, id.Value, p.cx.Background.Count(id.Kind, id.Value))
	}
}

func hasID(f *tracker.Fingerprint, id tracker.Identifier) bool {
	return slices.ContainsFunc(f.IDs, func(x tracker.Identifier) bool { return x.Kind == id.Kind && x.Value == id.Value })
}

func (p *pair) design() {
	a := p.new.Fingerprint
	if a == nil {
		return
	}
	best := 0.0
	var size int
	for _, old := range p.olds() {
		if j, n := jaccard(a.CSS, old.CSS); n >= 8 && j > best {
			best, size = j, n
		}
	}
	if best >= 0.9 {
		if n, yes := p.onOutlet(func(f *tracker.Fingerprint) bool { j, _ := jaccard(a.CSS, f.CSS); return j >= 0.9 }); yes {
			p.ignore("css", "", "ignored: the same style classes on the genuine %s", n.Defang())
		} else {
			p.add("css", "", math.Log(kinds["css"].lr)*min(1, float64(size)/40), "%d style classes, %.0f %% shared; themes are sold to many", size, best*100)
		}
	}
}

func (p *pair) content() {
	a := p.new.Fingerprint
	if a == nil {
		return
	}
	var slugs, titles []string
	near := -1
	siteName := false
	for _, old := range p.olds() {
		slugs = append(slugs, common(a.Slugs, old.Slugs)...)
		titles = append(titles, common(a.Titles, old.Titles)...)
		if a.TextWords >= 60 && old.TextWords >= 60 {
			if d := bits.OnesCount64(a.Text ^ old.Text); near < 0 || d < near {
				near = d
			}
		}
		siteName = siteName || a.SiteName != "" && a.SiteName == old.SiteName
	}
	p.strings("slug", slugs, func(f *tracker.Fingerprint) []string { return f.Slugs })
	p.strings("title", titles, func(f *tracker.Fingerprint) []string { return f.Titles })
	if near >= 0 && near <= 6 {
		if n, yes := p.onOutlet(func(f *tracker.Fingerprint) bool { return f.TextWords >= 60 && bits.OnesCount64(a.Text^f.Text) <= 8 }); yes {
			p.ignore("text", "", "ignored: nearly the same text on the genuine %s", n.Defang())
		} else {
			p.add("text", "", math.Log(kinds["text"].lr), "nearly the same text: %d of 64 simhash bits differ", near)
		}
	}
	if siteName {
		p.strings("site-name", []string{a.SiteName}, func(f *tracker.Fingerprint) []string { return []string{f.SiteName} })
	}
}

// strings adds shared article slugs or titles that neither an outlet nor the
// background carries.
func (p *pair) strings(name string, shared []string, of func(*tracker.Fingerprint) []string) {
	slices.Sort(shared)
	for _, s := range slices.Compact(shared) {
		if len(s) < 12 && name != "site-name" {
			p.ignore(name, s, "too short to be anybody's own")
			continue
		}
		if n, yes := p.onOutlet(func(f *tracker.Fingerprint) bool { return slices.Contains(of(f), s) }); yes {
			p.ignore(name, s, "ignored: the same on the genuine %s", n.Defang())
			continue
		}
		p.value(name, s, p.cx.Background.Count(name, s))
	}
}

func (p *pair) redirects() {
	a := p.new.Fingerprint
	newReg, oldReg := p.new.Name.Registrable(), p.old.Name.Registrable()
	if a != nil && slices.Contains(a.Redirects, oldReg) {
		p.add("redirect", string(newReg)+" -> "+string(oldReg), math.Log(kinds["redirect"].lr), "sends its visitors to %s", p.old.Name.Defang())
	}
	for _, old := range p.olds() {
		if slices.Contains(old.Redirects, newReg) {
			p.add("redirect", string(oldReg)+" -> "+string(newReg), math.Log(kinds["redirect"].lr), "%s sent its visitors here", p.old.Name.Defang())
		}
		if slices.Contains(old.Outbound, newReg) {
			p.add("outbound", string(oldReg)+" -> "+string(newReg), math.Log(kinds["outbound"].lr), "%s links here; sites link to strangers too", p.old.Name.Defang())
		}
	}
}

// against adds reasons that speak against: what the operators of a campaign would
// not have done.
func (p *pair) against() {
	switch p.new.Class {
	case tracker.ClassParked, tracker.ClassForSale:
		p.addTo(tracker.GroupContent, false, "parked", string(p.new.Class), math.Log(.03), "parked or for sale: somebody waits for a buyer, no campaign runs here")
		return
	}
	a := p.new.Fingerprint
	if a == nil || p.new.Class != tracker.ClassLive || len(p.olds()) == 0 {
		return
	}
	ownIDs := func(f *tracker.Fingerprint) int {
		n := 0
		for _, id := range f.IDs {
			if k, ok := kindOf(id.Kind); ok && k.identity && k.group == tracker.GroupTracking {
				n++
			}
		}
		return n
	}
	oldIDs, oldText, sharesAny := 0, 0, false
	for _, e := range p.evidence {
		if k, ok := kindOf(e.Kind); ok && k.identity && e.Weight > 0 {
			sharesAny = true
		}
	}
	for _, old := range p.olds() {
		oldIDs = max(oldIDs, ownIDs(old))
		oldText = max(oldText, old.TextWords)
	}
	if !sharesAny && ownIDs(a) > 0 && oldIDs > 0 && a.TextWords >= 60 && oldText >= 60 {
		p.addTo(tracker.GroupTracking, false, "disjoint", "", math.Log(.2), "both have run with identifiers and texts of their own, and share none")
	}
}

func jaccard(a, b []string) (float64, int) {
	if len(a) == 0 || len(b) == 0 {
		return 0, 0
	}
	n := len(common(a, b))
	u := len(a) + len(b) - n
	return float64(n) / float64(u), u
}

// common is the values in both; a and b hold each value once.
func common[T comparable](a, b []T) []T {
	var out []T
	for _, x := range a {
		if slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

func join(ns []tracker.Name) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = string(n)
	}
	slices.Sort(s)
	return strings.Join(s, " ")
}

// Day is the UTC day of t, the key of batches.
func Day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
