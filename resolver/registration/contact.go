package registration

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"strings"

	"respawn/tracker"
)

// masked matches contact values that stand for many strangers: redaction texts,
// privacy and proxy services, forms and templates, and the authorities to which
// seized names are transferred. A hash of one of them would link everybody with
// everybody.
var masked = regexp.MustCompile(`(?i)redact|privacy|privat[e ]|whois ?guard|proxy|protect|not disclosed|non.?disclos|` +
	`undisclosed|withheld|gdpr|data protected|hidden|masked|statutory|on behalf of|identity shield|anonymi[sz]e|` +
	`select (contact|request)|please (query|visit|contact)|contact the registrar|rdds|n/?a$|^none$|^null$|^-+$|^\*+$|^x{3,}$|` +
	`not (displayed|available|applicable|shown|public)|domains by|whoisprotect|contactprivacy|web-?form|https?://|` +
	`federal bureau of investigation|department of justice|homeland security|europol|@(.*\.)?(gov|mil)(\.[a-z]{2})?$|` +
	`@(contact\.gandi|anonymised|.*whois.*|.*proxy.*|.*privacy.*|.*protect.*)`)

var digits = regexp.MustCompile(`[0-9]`)

// canonicalContact brings one contact value into the form that is hashed; ""
// where it identifies nobody.
func canonicalContact(field, value string) string {
	v := strings.Join(strings.Fields(strings.ToLower(value)), " ")
	if v == "" || masked.MatchString(v) {
		return ""
	}
	switch field {
	case "email":
		if strings.Count(v, "@") != 1 || strings.ContainsAny(v, " /") {
			return ""
		}
	case "phone":
		v = strings.Join(digits.FindAllString(v, -1), "")
		if len(v) < 6 || strings.Trim(v, v[:1]) == "" {
			return ""
		}
	default:
		if len([]rune(v)) < 3 {
			return ""
		}
	}
	return v
}

// registrants are the contact values of a record that are not the registrar's own:
// some print their desk where they hide their customer, and alike for all of them.
func registrants(reg *tracker.Registration, plain map[string]string) map[string]string {
	out := maps.Clone(plain)
	if d := mailDomain(reg.AbuseEmail); d != "" && d == mailDomain(plain["email"]) {
		delete(out, "email")
	}
	if p := canonicalContact("phone", reg.AbusePhone); p != "" && p == canonicalContact("phone", plain["phone"]) {
		delete(out, "phone")
	}
	for _, field := range [...]string{"org", "name"} {
		if v := canonicalContact("org", plain[field]); v != "" && v == canonicalContact("org", reg.Registrar) {
			delete(out, field)
		}
	}
	return out
}

// mailDomain is the registrable domain of an address; "" where it has none.
func mailDomain(address string) tracker.Name {
	_, host, _ := strings.Cut(address, "@")
	n, err := tracker.ParseName(strings.TrimSpace(host))
	if err != nil {
		return ""
	}
	return n.Registrable()
}

// hashContacts hashes each value that identifies somebody with HMAC-SHA-256
// under salt. Without a salt nothing is kept: an unsalted hash of a phone number
// is the phone number.
func hashContacts(salt []byte, plain map[string]string) map[string]string {
	if len(salt) == 0 {
		return nil
	}
	var out map[string]string
	for field, value := range plain {
		v := canonicalContact(field, value)
		if v == "" {
			continue
		}
		m := hmac.New(sha256.New, salt)
		m.Write([]byte(field + "\x00" + v))
		if out == nil {
			out = make(map[string]string, len(plain))
		}
		out[field] = hex.EncodeToString(m.Sum(nil))
	}
	return out
}
