package link

import (
	"math"
	"strings"

	"respawn/tracker"
)

// name adds what the label itself says: the prior already counted that the label
// is the same, so this is its rarity alone. A coined word that nobody else ever
// registered says much; a dictionary word or an outlet's own name says nothing.
func (p *pair) name(relation string) {
	label := p.a.label
	if label != p.b.label {
		return
	}
	if p.copies != original {
		p.ignore("label", label, "the label is an outlet's own name; others hold it rightly")
		return
	}
	if relation == tracker.RelationTwin {
		p.ignore("label", label, "the name was there before: its owner did not take the label from the case")
		return
	}
	twins := p.cx.Twins[label]
	lr := kinds["label"].lr
	if len(label) <= 4 {
		lr = 15 // short labels are in demand everywhere
	}
	lr /= float64(1 + twins)
	w := math.Log(lr)
	if w <= 0 {
		p.ignore("label", label, "%d others held this label before the seizure", twins)
		return
	}
	if twins == 0 {
		p.add("label", label, w, "a label that nobody else was seen to hold before the seizure")
		return
	}
	p.add("label", label, w, "a label that %d other name(s) bore before the seizure", twins)
}

// registration adds who registered the two, where, and in what company.
func (p *pair) registration() {
	a, b := p.new.Registration, p.old.Registration
	if a == nil {
		return
	}
	if n := p.cx.batchSize(p.new); n > 0 {
		lr := 10.0
		if n >= 3 {
			lr = kinds["batch"].lr
		}
		p.add("batch", a.CreatedAt.UTC().Format("2006-01-02")+" "+a.Registrar, math.Log(lr),
			"registered the same day at the same registrar as %d other name(s) under watched labels", n)
	}
	if b == nil {
		return
	}
	if bookedAgain(p.old) {
		p.ignore("registrar", b.Registrar, "the registration of %s is its new holder's", p.old.Name.Defang())
		return
	}
	if sameRegistrar(a, b) {
		p.add("registrar", a.Registrar, math.Log(kinds["registrar"].lr), "same registrar; weak alone")
	}
	for _, field := range [...]string{"email", "org", "phone"} {
		if v := a.Registrant[field]; v != "" && v == b.Registrant[field] {
			name := "registrant-" + field
			p.value(kinds[name].role, name, v, kinds[name], p.cx.Background.Count(name, v))
		}
	}
}

func sameRegistrar(a, b *tracker.Registration) bool {
	if a.RegistrarID != "" && b.RegistrarID != "" {
		return a.RegistrarID == b.RegistrarID
	}
	return a.Registrar != "" && strings.EqualFold(a.Registrar, b.Registrar)
}
