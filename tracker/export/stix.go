package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strings"
	"time"

	"respawn/tracker"
)

// TLP 2.0 markings as OASIS publishes them (cti-stix-common-objects).
var markings = map[string]string{
	"clear":        "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	"green":        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	"amber":        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	"amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	"red":          "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

func (m Meta) tlp() string {
	if m.TLP == "" {
		return "amber"
	}
	return strings.ToLower(m.TLP)
}

// indicatorFor is how long an indicator is good after the state behind it was
// known. It is a policy, not an observation: that a site was last seen on a day
// does not mean that it stopped being hostile on that day.
const indicatorFor = 30 * 24 * time.Hour

// DISARM techniques that the names of a case stand for, as in the framework's own
// STIX file (DISARMFoundation/DISARMframeworks, 2025-02-10). They are referred to
// by external reference, since the bundle does not carry the objects.
var (
	disarmSite  = stixReference{"DISARM", "T0098.001", "Create Inauthentic News Sites"}
	disarmAlike = stixReference{"DISARM", "T0149.003", "Lookalike Domain"}
	disarmAsset = stixReference{"DISARM", "T0149.001", "Domain Asset"}
)

type stixReference struct {
	Source      string `json:"source_name"`
	ID          string `json:"external_id,omitempty"`
	Description string `json:"description,omitempty"`
}

// A stixObject has the properties of all types that we write; those that a type
// does not have stay empty.
type stixObject struct {
	Type        string          `json:"type"`
	SpecVersion string          `json:"spec_version,omitempty"`
	ID          string          `json:"id"`
	CreatedBy   string          `json:"created_by_ref,omitempty"`
	Created     string          `json:"created,omitempty"`
	Modified    string          `json:"modified,omitempty"`
	Labels      []string        `json:"labels,omitempty"`
	Confidence  *int            `json:"confidence,omitempty"`
	References  []stixReference `json:"external_references,omitempty"`
	MarkingRefs []string        `json:"object_marking_refs,omitempty"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Class       string          `json:"identity_class,omitempty"`
	Extensions  map[string]any  `json:"extensions,omitempty"`

	// infrastructure
	InfrastructureTypes []string `json:"infrastructure_types,omitempty"`
	FirstSeen           string   `json:"first_seen,omitempty"`
	LastSeen            string   `json:"last_seen,omitempty"`

	// relationship
	Relationship string `json:"relationship_type,omitempty"`
	SourceRef    string `json:"source_ref,omitempty"`
	TargetRef    string `json:"target_ref,omitempty"`
	StartTime    string `json:"start_time,omitempty"`
	StopTime     string `json:"stop_time,omitempty"`

	// indicator
	IndicatorTypes []string `json:"indicator_types,omitempty"`
	Pattern        string   `json:"pattern,omitempty"`
	PatternType    string   `json:"pattern_type,omitempty"`
	ValidFrom      string   `json:"valid_from,omitempty"`
	ValidUntil     string   `json:"valid_until,omitempty"`

	// note and grouping
	Abstract string   `json:"abstract,omitempty"`
	Content  string   `json:"content,omitempty"`
	Context  string   `json:"context,omitempty"`
	Refs     []string `json:"object_refs,omitempty"`

	// observables
	Value  string `json:"value,omitempty"`
	Number uint32 `json:"number,omitempty"`
}

type stixBundle struct {
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Objects []stixObject `json:"objects"`
}

type stixWriter struct {
	m       Meta
	marking string
	me      string
	seen    map[string]bool
	out     []stixObject
	sites   map[tracker.Name]bool // names that have an infrastructure object
	members []string
}

// writeSTIX writes a STIX 2.1 bundle: one infrastructure for each name, what it
// consists of, "derived-from" for a replacement with the time from which it held,
// notes with the sentence and the reasons, and an indicator only for a confirmed
// site that is live. Ids are version 5 UUIDs of the facts they stand for.
func writeSTIX(w io.Writer, ds []tracker.Dossier, m Meta) error {
	x := &stixWriter{m: m, marking: markings[m.tlp()], seen: map[string]bool{}, sites: map[tracker.Name]bool{}}
	x.me = "identity--" + uuid5(respawnSpace, "identity/respawn")
	x.preamble()
	for i := range ds {
		x.sites[ds[i].Name] = true
	}
	for i := range ds {
		x.site(&ds[i])
	}
	if len(x.members) > 0 {
		x.sdo(stixObject{Type: "grouping", Name: Plain(m.title()), Context: "unspecified", Refs: x.members,
			Description: fmt.Sprintf("Names of the case and those linked to it, as known after run %d.", m.Run)}, "grouping/"+string(m.Case), m.AsOf)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(stixBundle{"bundle", "bundle--" + uuid5(respawnSpace, fmt.Sprintf("bundle/%s/%d/%s", m.Case, m.Run, stixTime(m.AsOf))), x.out})
}

// stixTime is a STIX timestamp with milliseconds; "" for zero.
func stixTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (x *stixWriter) preamble() {
	word := x.m.tlp()
	x.put(stixObject{Type: "marking-definition", SpecVersion: "2.1", ID: x.marking, Created: "2022-10-01T00:00:00.000Z", Name: "TLP:" + strings.ToUpper(word),
		Extensions: map[string]any{tlpExtension: map[string]string{"extension_type": "property-extension", "tlp_2_0": word}}})
	x.put(stixObject{Type: "identity", SpecVersion: "2.1", ID: x.me, Created: "2024-09-04T00:00:00.000Z", Modified: "2024-09-04T00:00:00.000Z",
		Name: "respawn", Class: "system", MarkingRefs: []string{x.marking}})
}

// put adds an object once.
func (x *stixWriter) put(o stixObject) {
	if !x.seen[o.ID] {
		x.seen[o.ID] = true
		x.out = append(x.out, o)
	}
}

// sdo adds a domain or relationship object under the id of its key. created is
// when the fact was first known, so that a later export updates the object.
func (x *stixWriter) sdo(o stixObject, key string, created time.Time) string {
	if created.IsZero() || created.After(x.m.AsOf) {
		created = x.m.AsOf
	}
	o.SpecVersion, o.ID, o.CreatedBy, o.MarkingRefs = "2.1", o.Type+"--"+uuid5(respawnSpace, key), x.me, []string{x.marking}
	o.Created, o.Modified = stixTime(created), stixTime(x.m.AsOf)
	x.put(o)
	return o.ID
}

// sco adds an observable under the id that STIX prescribes for its value.
func (x *stixWriter) sco(kind string, contributing any, fill func(*stixObject)) string {
	o := stixObject{Type: kind, SpecVersion: "2.1", ID: scoID(kind, contributing), MarkingRefs: []string{x.marking}}
	fill(&o)
	x.put(o)
	return o.ID
}

// scoID is the deterministic id of an observable: version 5 UUID of its
// contributing properties as canonical JSON (RFC 8785). Ours hold one key, and
// ASCII strings or whole numbers, which encoding/json writes canonically.
func scoID(kind string, contributing any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(contributing); err != nil {
		panic(err) // strings and numbers always encode
	}
	return kind + "--" + uuid5(stixSpace, strings.TrimSpace(b.String()))
}

func (x *stixWriter) domain(n tracker.Name) string {
	return x.sco("domain-name", map[string]string{"value": string(n)}, func(o *stixObject) { o.Value = string(n) })
}

func (x *stixWriter) address(a netip.Addr) string {
	kind := "ipv4-addr"
	if a.Is6() {
		kind = "ipv6-addr"
	}
	return x.sco(kind, map[string]string{"value": a.String()}, func(o *stixObject) { o.Value = a.String() })
}

func siteKey(c tracker.CaseID, n tracker.Name) string { return "site/" + string(c) + "/" + string(n) }

func siteID(c tracker.CaseID, n tracker.Name) string {
	return "infrastructure--" + uuid5(respawnSpace, siteKey(c, n))
}

func (x *stixWriter) site(d *tracker.Dossier) {
	born := d.FirstSeen.Hi
	o := stixObject{Type: "infrastructure", Name: string(d.Name), Description: Sentence(d), InfrastructureTypes: []string{"unknown"}, Labels: labels(d)}
	o.FirstSeen, o.LastSeen = lifeBounds(d)
	if r := row(d); r != nil {
		o.References = append(o.References, disarmAsset, disarmSite)
		if r.Kind == tracker.KindBrandSpoof {
			o.References = append(o.References, disarmAlike)
		}
	}
	id := x.sdo(o, siteKey(d.Case, d.Name), born)
	name := x.domain(d.Name)
	x.members = append(x.members, id, name)
	x.relate(d, "consists-of", id, name, nil, born, "")
	if d.DNS != nil && !d.OtherHands() {
		for _, s := range addresses(d) {
			a := netip.MustParseAddr(s)
			addr := x.address(a)
			x.relate(d, "resolves-to", name, addr, nil, time.Time{}, "As answered in the last careful look.")
		}
		for _, n := range d.DNS.ASN {
			if n.Number == 0 {
				continue
			}
			as := x.sco("autonomous-system", map[string]uint32{"number": n.Number}, func(o *stixObject) { o.Number, o.Name = n.Number, Plain(n.Holder) })
			x.members = append(x.members, as)
		}
	}
	x.notes(d, id)
	x.link(d, id)
	x.indicator(d, id)
}

// lifeBounds are first_seen and last_seen: when the name was first and last seen
// alive, by our own looks, in the hands that it is linked for. Neither says when it began or will end.
func lifeBounds(d *tracker.Dossier) (first, last string) {
	ls := d.Lives()
	if len(ls) == 0 {
		return "", ""
	}
	a, b := ls[0].Birth.Hi, ls[len(ls)-1].Death.Lo
	if b.Before(a) {
		b = a
	}
	return stixTime(a), stixTime(b)
}

func labels(d *tracker.Dossier) []string {
	w := []string{"respawn:role=" + roleOf(d), "respawn:state=" + string(d.State.Status)}
	if r := row(d); r != nil {
		if r.Confirmation != "" {
			w = append(w, "respawn:seizure-confirmation="+string(r.Confirmation))
		}
		if r.Kind != "" {
			w = append(w, "respawn:kind="+string(r.Kind))
		}
	}
	if d.Link != nil && d.Link.Band != "" {
		w = append(w, "respawn:band="+string(d.Link.Band))
	}
	if d.OtherHands() {
		w = append(w, "respawn:hands=other")
	}
	return w
}

// confidence is the probability of the log odds, in percent, never certain.
func confidence(score float64) *int {
	p := int(math.Round(100 / (1 + math.Exp(-score))))
	p = min(max(p, 1), 99)
	return &p
}

func (x *stixWriter) relate(d *tracker.Dossier, kind, from, to string, conf *int, start time.Time, about string) {
	x.sdo(stixObject{Type: "relationship", Relationship: kind, SourceRef: from, TargetRef: to, Confidence: conf, StartTime: stixTime(start), Description: about},
		fmt.Sprintf("relationship/%s/%s/%s/%s", d.Case, kind, from, to), start)
}

// link says that a name replaces another one. Links below "probable" stay out: an
// importer would draw them like any other. An end that is not in the bundle is
// added as an infrastructure of its own, so that no reference dangles.
func (x *stixWriter) link(d *tracker.Dossier, id string) {
	l := d.Link
	if l == nil || l.Band.Rank() < tracker.BandProbable.Rank() {
		return
	}
	old := siteID(d.Case, l.Old)
	if !x.sites[l.Old] {
		o := stixObject{Type: "infrastructure", Name: string(l.Old), InfrastructureTypes: []string{"unknown"}}
		if d.Root != nil && d.Root.Name == l.Old { // the link is at least probable here
			o.Description = strings.TrimSpace(l.Old.Defang() + ", " + d.Root.Phrase() + ". " + sourceWords(d.Root))
		}
		x.sdo(o, siteKey(d.Case, l.Old), time.Time{})
		x.sites[l.Old] = true
		name := x.domain(l.Old)
		x.members = append(x.members, old, name)
		x.relate(d, "consists-of", old, name, nil, time.Time{}, "")
	}
	kind := "related-to"
	if l.Relation == tracker.RelationReplacement {
		kind = "derived-from"
	}
	start := d.FirstSeen.Hi
	if !d.RegisteredAt.Hi.IsZero() && (start.IsZero() || d.RegisteredAt.Hi.Before(start)) {
		start = d.RegisteredAt.Hi
	}
	about := fmt.Sprintf("%s, band %s, scorer %s.", orNone(l.Relation), l.Band, Plain(l.Rule))
	if d.OtherHands() {
		about += " Of those who had the name until it passed into other hands " + between(l.Until) + "."
	}
	x.relate(d, kind, id, old, confidence(l.Score), start, about)
}

func (x *stixWriter) notes(d *tracker.Dossier, id string) {
	if r := d.Row; r != nil && r.Role == tracker.RoleSeized {
		text := nameWords(d.Name) + " was " + r.Phrase()
		if !r.SeizedAt.IsZero() {
			text += " on " + when(r.SeizedAt)
		}
		n := x.sdo(stixObject{Type: "note", Abstract: "Seizure: " + orNone(string(r.Confirmation)), Content: strings.TrimSpace(text + ". " + sourceWords(r)), Refs: []string{id}},
			"note/seizure/"+siteKey(d.Case, d.Name), r.SeizedAt)
		x.members = append(x.members, n)
	}
	if l := d.Link; l != nil && l.Band.Rank() >= tracker.BandProbable.Rank() {
		var b strings.Builder
		for _, e := range l.Evidence {
			fmt.Fprintf(&b, "%+.2f %s\n", e.Weight, evidenceWords(e))
		}
		for _, e := range l.Ignored {
			fmt.Fprintf(&b, "ignored: %s\n", evidenceWords(e))
		}
		if b.Len() == 0 {
			return
		}
		n := x.sdo(stixObject{Type: "note", Abstract: "Why " + d.Name.Defang() + " is linked to " + l.Old.Defang(), Content: strings.TrimRight(b.String(), "\n"), Refs: []string{id}},
			"note/link/"+siteKey(d.Case, d.Name)+"/"+string(l.Old), d.FirstSeen.Hi)
		x.members = append(x.members, n)
	}
}

// indicator is written for a confirmed replacement that is up, and for nothing
// weaker: others block by it.
func (x *stixWriter) indicator(d *tracker.Dossier, id string) {
	if d.Link == nil || d.Link.Band != tracker.BandConfirmed || d.OtherHands() || !d.State.Status.Alive() || len(d.Lifespans) == 0 {
		return
	}
	from := d.Lifespans[len(d.Lifespans)-1].Birth.Hi
	if from.IsZero() || x.m.AsOf.IsZero() {
		return
	}
	ind := x.sdo(stixObject{Type: "indicator", Name: string(d.Name), IndicatorTypes: []string{"unknown"}, Pattern: "[domain-name:value = '" + string(d.Name) + "']", PatternType: "stix",
		ValidFrom: stixTime(from), ValidUntil: stixTime(x.m.AsOf.Add(indicatorFor)), Confidence: confidence(d.Link.Score),
		Description: "Live and confirmed. valid_until is 30 days after the state behind it was known; it does not say that the site ends then."},
		"indicator/"+siteKey(d.Case, d.Name), from)
	x.relate(d, "indicates", ind, id, nil, from, "")
	x.members = append(x.members, ind)
}
