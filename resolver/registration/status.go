package registration

import (
	"regexp"
	"slices"
	"strings"
)

// epp maps status words as EPP (RFC 5731, RFC 3915) and registries write them,
// squeezed to lower-case letters, to the words of RFC 8056.
var epp = map[string]string{
	"ok": "active", "active": "active", "inactive": "inactive", "linked": "associated",
	"addperiod": "add period", "autorenewperiod": "auto renew period", "renewperiod": "renew period",
	"transferperiod": "transfer period", "redemptionperiod": "redemption period",
	"clientdeleteprohibited": "client delete prohibited", "clienthold": "client hold",
	"clientrenewprohibited": "client renew prohibited", "clienttransferprohibited": "client transfer prohibited",
	"clientupdateprohibited": "client update prohibited",
	"serverdeleteprohibited": "server delete prohibited", "serverhold": "server hold",
	"serverrenewprohibited": "server renew prohibited", "servertransferprohibited": "server transfer prohibited",
	"serverupdateprohibited": "server update prohibited",
	"pendingcreate":          "pending create", "pendingdelete": "pending delete", "pendingrenew": "pending renew",
	"pendingrestore": "pending restore", "pendingtransfer": "pending transfer", "pendingupdate": "pending update",
	"locked": "locked", "reserved": "reserved", "validated": "validated", "removed": "removed", "obscured": "obscured",
	"private": "private", "proxy": "proxy", "associated": "associated", "administrative": "administrative",
	"deleteprohibited": "delete prohibited", "renewprohibited": "renew prohibited",
	"transferprohibited": "transfer prohibited", "updateprohibited": "update prohibited",
	// Words of single registries, where they mean the same.
	"connect": "active", "registered": "active", "delegated": "active", "published": "active", "taken": "active",
	"paidandinzone": "active", "connected": "active", "registereduntilcancelled": "active", "inuse": "active",
	"registereduntilexpirydate": "active", "normal": "active", "normalstate": "active", "allocated": "active",
	"notdelegated": "inactive", "notinzone": "inactive", "nodns": "inactive",
	"registryhold": "server hold", "registrarhold": "client hold", "onhold": "client hold",
	"registrylock": "server update prohibited", "registrarlock": "client transfer prohibited",
	"redemption": "redemption period", "redemptiongraceperiod": "redemption period",
	"redemptionnoprovider": "redemption period", "quarantine": "redemption period", "inquarantine": "redemption period",
	"pendingdeleterestorable": "redemption period", "pendingdeletescheduledforrelease": "pending delete",
	"todelete": "pending delete", "tobedeleted": "pending delete", "autorenew": "auto renew period",
	"deleteprohibitedbyregistrar":   "client delete prohibited",
	"updateprohibitedbyregistrar":   "client update prohibited",
	"transferprohibitedbyregistrar": "client transfer prohibited",
}

var notLetters = regexp.MustCompile(`[^a-z]+`)

// rfc8056 maps one status, as RDAP or WHOIS wrote it, to RFC 8056 words. Words
// that it does not know are left out: a word of unknown meaning is no status.
func rfc8056(s string) []string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.Index(s, "http"); i >= 0 {
		s = s[:i] // WHOIS repeats the status as an icann.org link
	}
	s = strings.Trim(s, " (-")
	if w, ok := epp[notLetters.ReplaceAllString(s, "")]; ok {
		return []string{w}
	}
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;/|()", r) }) {
		if w, ok := epp[notLetters.ReplaceAllString(part, "")]; ok {
			out = append(out, w)
		}
	}
	if out != nil {
		return out
	}
	if strings.Contains(s, "not ") || strings.Contains(s, "no ") {
		return nil
	}
	for _, word := range strings.Fields(s) { // "clientHold - by registrar", "200 Active"
		if w, ok := epp[notLetters.ReplaceAllString(word, "")]; ok {
			return []string{w}
		}
	}
	return nil
}

// statuses maps all of in, sorted, each once.
func statuses(in []string) []string {
	var out []string
	for _, s := range in {
		out = append(out, rfc8056(s)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
