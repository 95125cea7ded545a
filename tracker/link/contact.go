package link

import (
	"math"
	"strings"
	"unicode"

	"respawn/tracker"
)

// placeholder is the row of the shipped table that says that a contact is what a
// template came with and nobody filled in: your@email.com, t.me/username. A mail
// address is one by its mailbox or by the label of its domain, whatever the suffix; a
// handle by its letters, so that your_page and yourpage are one.
func placeholder(kind, value string) (common, bool) {
	if kinds[kind].group != tracker.GroupContact {
		return common{}, false
	}
	box, domain, mail := strings.Cut(value, "@")
	switch {
	case kind == "email" && mail:
		if c, yes := seeded("placeholder-mailbox", letters(box)); yes {
			return c, true
		}
		return seeded("placeholder-domain", letters(tracker.Name(domain).Registrable().Label()))
	case kind == "phone":
		for n := len(value); n > 4; n-- {
			if c, yes := seeded("placeholder-phone", value[:n]); yes {
				return c, true
			}
		}
		if len(value) == 12 && strings.HasPrefix(value, "+1") && value[5:10] == "55501" {
			return seeded("placeholder-phone", "+1...55501")
		}
		return common{}, false
	case kinds[kind].lr >= 1000: // wallets
		return common{}, false
	}
	return seeded("placeholder-handle", letters(value))
}

// thirdParty says whether a contact is a mail address in a domain that belongs to
// somebody else: it is not named after one of the two, and the domain is neither the
// label of one, nor a name of the campaign, nor a provider's with whom anybody may have a mailbox. Theme shops, agencies
// and hosters print theirs on what they sell.
func (p *pair) thirdParty(id tracker.Identifier) bool {
	box, domain, mail := strings.Cut(id.Value, "@")
	if id.Kind != "email" || !mail || p.bears(box) {
		return false
	}
	reg := tracker.Name(domain).Registrable()
	if p.theirs(reg) || reg == p.a.reg || p.bears(reg.Label()) {
		return false
	}
	for _, d := range [...]string{domain, string(reg)} {
		if _, mailbox := seeded("mail-zone", d); mailbox {
			return false
		}
	}
	return true
}

// bears says whether a contact has the label of one of the two in it, as what people
// name after their own site does.
func (p *pair) bears(value string) bool {
	v := letters(value)
	for _, label := range [...]string{p.a.label, p.b.label} {
		if l := letters(label); len(l) > shortLabel && strings.Contains(v, l) || l != "" && v == l || inPieces(value, l) {
			return true
		}
	}
	return false
}

// inPieces says whether the parts of a contact stand in a label one after another and
// make two thirds of it, as kurgan.listok does of kurganskiylistok. One part may be any
// word.
func inPieces(contact, label string) bool {
	box, _, _ := strings.Cut(contact, "@")
	parts := strings.FieldsFunc(box, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(parts) < 2 {
		return false
	}
	rest, n := label, 0
	for _, part := range parts {
		_, after, found := strings.Cut(rest, letters(part))
		if !found || len(part) < 3 {
			return false
		}
		rest, n = after, n+len(letters(part))
	}
	return 3*n >= 2*len(label)
}

// cited takes away the handles that neither of the two is named after, once both have
// been seen and share nothing else: pages link to channels that they report on.
// Mailboxes, telephone numbers and wallets stay: who prints one wants to be written to,
// called or paid. surely: both have shown all that they have. A third party's own
// address, such as that of who sold them the theme, goes in any case.
func (p *pair) cited(surely bool) {
	printed := map[string]bool{}
	for _, r := range p.reasons {
		if r.Group == tracker.GroupContact && r.alone > 0 {
			printed[r.Kind] = true
		}
	}
	if p.sameLabel && len(printed) > 1 {
		return // a channel and a mailbox, under the label: whoever quotes would have to quote both
	}
	kept := p.reasons[:0]
	for _, r := range p.reasons {
		third := p.thirdParty(tracker.Identifier{Kind: r.Kind, Value: r.Value})
		if r.Group == tracker.GroupContact && r.alone > 0 && (third || surely && !p.bears(r.Value) && r.Kind != "email" && r.Kind != "phone" && kinds[r.Kind].lr < 1000) {
			why := "both print it, neither is named after it, and the two share nothing else: a third party whom both name"
			if p.common {
				why = "both print it, neither is named after it, and the two share nothing else that strangers do not carry as well: a third party whom both name"
			}
			p.ignore(r.Kind, r.Value, "%s", why)
			continue
		}
		kept = append(kept, r)
	}
	p.reasons = kept
}

// settledBefore says whether new ran its site long before the campaign began: a year
// or more before the oldest name of it was registered. One that was seen parked and
// came alive later was bought.
func (p *pair) settledBefore() bool {
	born := p.new.RegisteredAt
	if p.cx.Oldest.IsZero() || born.Hi.IsZero() || !p.new.LiveAt.Lo.IsZero() && p.new.LiveAt.Hi.After(p.cx.Oldest) {
		return false
	}
	return born.Hi.Before(p.cx.Oldest.AddDate(-1, 0, 0))
}

// quotable says whether all that speaks for a link stands in pages for every reader to
// take: articles, looks, contacts. An account, a machine, a key, a redirect or a
// registrant does not.
func (p *pair) quotable() bool {
	for _, r := range p.reasons {
		switch r.Group {
		case tracker.GroupDesign, tracker.GroupContent, tracker.GroupContact, tracker.GroupName:
			continue
		}
		if r.alone >= math.Ln2 && r.role >= support {
			return false
		}
	}
	return true
}
