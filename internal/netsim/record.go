package netsim

import (
	"fmt"
	"strings"
	"time"
)

// A record is what a registry knows about a registered name at an instant: the
// common ground of RDAP and WHOIS.
type record struct {
	name        string
	handle      string
	reg         *registry
	registrar   Registrar
	created     time.Time
	updated     time.Time
	expires     time.Time
	statuses    []string
	nameservers []string
	registrant  *Registrant // nil: nothing to show
	redacted    bool
}

var defaultRegistrar = Registrar{Name: "Example Registrar, Inc.", IANAID: 9999, AbuseEmail: "abuse@registrar.example", AbusePhone: "+1.5555550100", URL: "https://registrar.example", RDAP: "rdap.registrar.example"}

// record returns what is registered under a name, nil for nothing.
func (v *view) record(name string, now time.Time) *record {
	l := v.records[name]
	if l == nil {
		return nil
	}
	st := &l.state
	r := &record{
		name: name, reg: nearest(v.t.regs, name), registrar: defaultRegistrar,
		created: l.site.RegisteredAt(), updated: st.Updated.Time, statuses: st.Statuses,
		nameservers: v.t.nameservers(st), registrant: st.Registrant,
	}
	if reg, ok := v.t.w.Registrars[st.Registrar]; ok {
		r.registrar = reg
		r.registrar.RDAP = reg.rdapHost(st.Registrar)
	}
	if r.reg == nil {
		r.reg = &registry{}
	}
	r.handle = fmt.Sprintf("D%08X%04X-%s", hash32(name), hash32(r.created.String())&0xffff, strings.ToUpper(strings.ReplaceAll(r.reg.suffix, ".", "")))
	if len(r.statuses) == 0 {
		r.statuses = []string{"active"}
	}
	// A term that the world does not end is renewed on its last day.
	if r.expires = st.Expires.Time; r.expires.IsZero() {
		years := 1
		for !r.created.AddDate(years, 0, 0).After(now) {
			years++
		}
		r.expires = r.created.AddDate(years, 0, 0)
	}
	r.redacted = r.reg.redacted
	if r.registrant != nil && r.registrant.Redacted != nil {
		r.redacted = *r.registrant.Redacted
	}
	return r
}

// eppStatus turns RDAP's word for a status (RFC 8056) into EPP's, as WHOIS
// prints it: "client hold" -> "clientHold", "active" -> "ok".
func eppStatus(s string) string {
	if s == "active" {
		return "ok"
	}
	words := strings.Fields(s)
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}
