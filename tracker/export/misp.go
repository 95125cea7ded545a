package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"respawn/tracker"
)

// The event JSON that MISP imports. Objects follow the templates domain-ip and
// whois of MISP/misp-objects; uuids are derived from the facts, so that a second
// import updates what the first one made.
type mispFile struct {
	Event mispEvent `json:"Event"`
}

type mispEvent struct {
	UUID         string       `json:"uuid"`
	Info         string       `json:"info"`
	Date         string       `json:"date,omitempty"`
	Timestamp    string       `json:"timestamp"`
	ThreatLevel  string       `json:"threat_level_id"` // 4: undefined
	Analysis     string       `json:"analysis"`        // 1: ongoing
	Distribution string       `json:"distribution"`    // 0: your organisation only
	Published    bool         `json:"published"`
	Tag          []mispTag    `json:"Tag"`
	Object       []mispObject `json:"Object"`
}

type mispTag struct {
	Name string `json:"name"`
}

type mispObject struct {
	UUID            string          `json:"uuid"`
	Name            string          `json:"name"`
	MetaCategory    string          `json:"meta-category"`
	Description     string          `json:"description"`
	TemplateUUID    string          `json:"template_uuid"`
	TemplateVersion string          `json:"template_version"`
	Timestamp       string          `json:"timestamp"`
	Distribution    string          `json:"distribution"`
	Comment         string          `json:"comment"`
	FirstSeen       string          `json:"first_seen,omitempty"`
	LastSeen        string          `json:"last_seen,omitempty"`
	Attribute       []mispAttribute `json:"Attribute"`
	ObjectReference []mispReference `json:"ObjectReference,omitempty"`
}

type mispAttribute struct {
	UUID         string    `json:"uuid"`
	Relation     string    `json:"object_relation"`
	Type         string    `json:"type"`
	Category     string    `json:"category"`
	Value        string    `json:"value"`
	ToIDs        bool      `json:"to_ids"`
	Distribution string    `json:"distribution"`
	Timestamp    string    `json:"timestamp"`
	Comment      string    `json:"comment"`
	Tag          []mispTag `json:"Tag,omitempty"`
}

type mispReference struct {
	UUID         string `json:"uuid"`
	ObjectUUID   string `json:"object_uuid"`
	Referenced   string `json:"referenced_uuid"`
	Relationship string `json:"relationship_type"`
	Comment      string `json:"comment"`
	Timestamp    string `json:"timestamp"`
}

const inheritDistribution = "5"

type mispWriter struct {
	stamp string
	sites map[tracker.Name]bool
}

// writeMISP writes one event for the case. Only a confirmed replacement that is up
// is marked for detection (to_ids).
func writeMISP(w io.Writer, ds []tracker.Dossier, m Meta) error {
	x := &mispWriter{stamp: unix(m.AsOf), sites: map[tracker.Name]bool{}}
	for i := range ds {
		x.sites[ds[i].Name] = true
	}
	e := mispEvent{UUID: uuid5(respawnSpace, "misp/event/"+string(m.Case)), Info: "respawn: " + Plain(m.title()), Date: dayStamp(m.AsOf), Timestamp: x.stamp,
		ThreatLevel: "4", Analysis: "1", Distribution: "0", Tag: []mispTag{{"tlp:" + m.tlp()}}, Object: []mispObject{}}
	for i := range ds {
		d := &ds[i]
		e.Object = append(e.Object, x.domainIP(d))
		if o, ok := x.whois(d); ok {
			e.Object = append(e.Object, o)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(mispFile{e})
}

func unix(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.Unix(), 10)
}

func mispObjectID(d *tracker.Dossier, template string, n tracker.Name) string {
	return uuid5(respawnSpace, "misp/"+template+"/"+siteKey(d.Case, n))
}

// add appends an attribute unless it is empty.
func (x *mispWriter) add(o *mispObject, relation, kind, category, value string, ids bool, comment string) {
	if value == "" {
		return
	}
	o.Attribute = append(o.Attribute, mispAttribute{UUID: uuid5(respawnSpace, "misp/attribute/"+o.UUID+"/"+relation+"/"+value), Relation: relation, Type: kind, Category: category,
		Value: Plain(value), ToIDs: ids, Distribution: inheritDistribution, Timestamp: x.stamp, Comment: comment})
}

func (x *mispWriter) domainIP(d *tracker.Dossier) mispObject {
	o := mispObject{UUID: mispObjectID(d, "domain-ip", d.Name), Name: "domain-ip", MetaCategory: "network", Description: "A domain/hostname and IP address seen as a tuple in a specific time frame.",
		TemplateUUID: "43b3b146-77eb-4931-b4cc-b66c60f28734", TemplateVersion: "11", Timestamp: x.stamp, Distribution: inheritDistribution, Comment: Sentence(d)}
	o.FirstSeen, o.LastSeen = mispSeen(d)
	ids := d.Link != nil && d.Link.Band == tracker.BandConfirmed && d.State.Status.Alive() && !d.OtherHands()
	x.add(&o, "domain", "domain", "Network activity", string(d.Name), ids, d.Row.Phrase())
	if s := domainStatus(d); s != "" {
		o.Attribute[0].Tag = []mispTag{{`domain-abuse:domain-status="` + s + `"`}}
	}
	for _, a := range addresses(d) {
		if d.OtherHands() {
			break // a stranger's
		}
		x.add(&o, "ip", "ip-dst", "Network activity", a, false, "")
	}
	first, last := lifeBounds(d)
	x.add(&o, "first-seen", "datetime", "Other", first, false, "first seen live, own observation")
	x.add(&o, "last-seen", "datetime", "Other", last, false, "last seen live, own observation; not an end")
	if d.Basis == tracker.BasisRegistry || d.Basis == tracker.BasisListed {
		x.add(&o, "registration-date", "datetime", "Other", stixTime(d.RegisteredAt.Hi), false, basisWords(d.Basis))
	}
	if l := d.Link; l != nil && l.Band.Rank() >= tracker.BandProbable.Rank() {
		kind := "related-to"
		if l.Relation == tracker.RelationReplacement {
			kind = "derived-from"
		}
		comment := fmt.Sprintf("%s, %s, score %.2f", orNone(l.Relation), l.Band, l.Score)
		if d.OtherHands() {
			comment += ", until the name passed into other hands " + between(l.Until)
		}
		if x.sites[l.Old] {
			to := mispObjectID(d, "domain-ip", l.Old)
			o.ObjectReference = append(o.ObjectReference, mispReference{UUID: uuid5(respawnSpace, "misp/reference/"+o.UUID+"/"+to), ObjectUUID: o.UUID, Referenced: to,
				Relationship: kind, Comment: comment, Timestamp: x.stamp})
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s: %s\n", kind, l.Old, comment)
		for _, e := range l.Evidence {
			fmt.Fprintf(&b, "%+.2f %s\n", e.Weight, evidenceWords(e))
		}
		o.addText(x, strings.TrimSpace(b.String()))
	}
	return o
}

// addText keeps line breaks, which plain would take.
func (o *mispObject) addText(x *mispWriter, s string) {
	x.add(o, "text", "text", "Other", s, false, "")
	o.Attribute[len(o.Attribute)-1].Value = s
}

func mispSeen(d *tracker.Dossier) (first, last string) {
	first, last = lifeBounds(d)
	return strings.Replace(first, "Z", "000+00:00", 1), strings.Replace(last, "Z", "000+00:00", 1)
}

func (x *mispWriter) whois(d *tracker.Dossier) (mispObject, bool) {
	r := d.Registration
	if r == nil {
		return mispObject{}, false
	}
	o := mispObject{UUID: mispObjectID(d, "whois", d.Name), Name: "whois", MetaCategory: "network", Description: "Whois records information for a domain name or an IP address.",
		TemplateUUID: "429faea1-34ff-47af-8a00-7c62d3be5a6a", TemplateVersion: "10", Timestamp: x.stamp, Distribution: inheritDistribution, Comment: "by " + strings.ToUpper(Plain(r.Source))}
	x.add(&o, "domain", "domain", "Network activity", string(d.Name), false, "")
	x.add(&o, "registrar", "whois-registrar", "Attribution", r.Registrar, false, "")
	x.add(&o, "creation-date", "datetime", "Other", stixTime(r.CreatedAt), false, "")
	x.add(&o, "modification-date", "datetime", "Other", stixTime(r.UpdatedAt), false, "")
	x.add(&o, "expiration-date", "datetime", "Other", stixTime(r.ExpiresAt), false, "")
	for _, n := range nameservers(d) {
		x.add(&o, "nameserver", "hostname", "Network activity", string(n), false, "")
	}
	return o, true
}

// domainStatus is the value of the taxonomy domain-abuse; "" where it has none
// that would be true.
func domainStatus(d *tracker.Dossier) string {
	switch s := d.State.Status; {
	case s.Alive():
		return "active"
	case s == tracker.StatusSuspended:
		return "suspended"
	case s == tracker.StatusUnregistered:
		return "not-registered"
	case s == tracker.StatusExpired:
		return "grace-period"
	case s == tracker.StatusNoDNS, s == tracker.StatusResolving:
		return "inactive"
	}
	return ""
}
