package netsim

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// An activeFault is a fault within its dates.
type activeFault struct {
	*Fault
	index int
}

func (f *Fault) active(now time.Time) bool {
	return !now.Before(f.From.Time) && (f.To.IsZero() || now.Before(f.To.end()))
}

func (f *Fault) isDNS() bool {
	switch f.Kind {
	case "servfail", "refused", "timeout", "lame", "slow", "truncate", "lie", "nxdomain":
		return true
	}
	return false
}

// share reports whether a name is in the part that the fault hits: by hash, so
// the same names in every run.
func (f *Fault) hits(name string) bool {
	return f.Share == 0 || float64(hash32(f.Kind+" "+name))/math.MaxUint32 < f.Share
}

func (f *Fault) everything() bool {
	return len(f.Names) == 0 && len(f.Suffixes) == 0 && len(f.Servers) == 0
}

// placeFaults notes the faults of the instant and takes what they hit off the
// fast path.
func (v *view) placeFaults(now time.Time) {
	for i := range v.t.w.Faults {
		f := &v.t.w.Faults[i]
		if !f.active(now) {
			continue
		}
		v.faults = append(v.faults, activeFault{f, i})
		if !f.isDNS() || f.At == "authority" && f.Kind == "truncate" {
			continue
		}
		if f.everything() || len(f.Servers) > 0 {
			v.allSlow = true
		}
		for _, n := range f.Names {
			if k := wireKey(n); v.zones[k] == nil {
				v.zones[k] = &zone{name: dns.Fqdn(n), marker: true, slow: true}
			}
		}
		for _, s := range f.Suffixes {
			k := wireKey(s)
			if z := v.t.zones[k]; z != nil && v.zones[k] == nil {
				c := *z
				c.slow = true
				v.zones[k] = &c
			}
		}
	}
}

func under(name, zone string) bool {
	return name == zone || strings.HasSuffix(name, zone) && (zone == "" || name[len(name)-len(zone)-1] == '.')
}

func anyUnder(name string, list []string) bool {
	return slices.ContainsFunc(list, func(n string) bool { return under(name, n) })
}

// resolverFault returns the first DNS fault that a question to the resolver
// meets, nil for none. The name is without its last dot.
func (v *view) resolverFault(name string) *activeFault {
	for i := range v.faults {
		f := &v.faults[i]
		if !f.isDNS() || !f.hits(name) {
			continue
		}
		if f.everything() || anyUnder(name, f.Names) || anyUnder(name, f.Suffixes) {
			return f
		}
		if len(f.Servers) > 0 {
			if z := v.zone(dns.Fqdn(name)); len(z.ns) > 0 && !slices.ContainsFunc(z.ns, func(ns string) bool { return !slices.Contains(f.Servers, strings.TrimSuffix(ns, ".")) }) {
				return f // a resolver gets through as long as one server of the zone is well
			}
		}
	}
	return nil
}

// authorityFault returns the first DNS fault that a question to an authority
// meets. A fault of a name hits the servers of its own zone, or, if it is not
// delegated, its suffix's answer about it; a fault of a suffix hits the
// suffix's servers.
func (v *view) authorityFault(server, name string, z *zone) *activeFault {
	for i := range v.faults {
		f := &v.faults[i]
		if !f.isDNS() || f.At == "resolver" || f.Kind == "lie" || !f.hits(name) {
			continue
		}
		zname := "."
		if z != nil {
			zname = z.name
		}
		switch {
		case f.everything(), slices.Contains(f.Servers, server):
			return f
		case z != nil && slices.ContainsFunc(f.Suffixes, func(s string) bool { return zname == dns.Fqdn(s) }):
			return f
		case anyUnder(name, f.Names):
			own := v.zone(dns.Fqdn(name))
			if own.site == nil || zname == own.name {
				return f
			}
		}
	}
	return nil
}

// serverFault returns the first fault of one of the kinds (all sharing a
// prefix such as "rdap-") that a question about a name to a server meets.
func (v *view) serverFault(prefix, server, name string) *activeFault {
	for i := range v.faults {
		f := &v.faults[i]
		if strings.HasPrefix(f.Kind, prefix) && f.hits(name) &&
			(f.everything() || slices.Contains(f.Servers, server) || anyUnder(name, f.Names) || anyUnder(name, f.Suffixes)) {
			return f
		}
	}
	return nil
}
