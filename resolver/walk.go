package resolver

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"respawn/tracker"
)

const (
	// maxDepth bounds the zones of one walk; names have at most 127 labels, real
	// ones lie three or four cuts deep.
	maxDepth = 16
	// maxAsked bounds the servers of one zone that are asked.
	maxAsked = 5
	// zonesKept and zoneTTL bound the cache of who serves a zone.
	zonesKept = 4096
	zoneTTL   = 2 * time.Hour
)

// A zoneCache keeps who serves a zone, as its parent said.
type zoneCache struct {
	mu    sync.Mutex
	zones map[string]zone // guarded by mu
}

type zone struct {
	servers []string // IP:port
	until   time.Time
}

// deepest is the lowest zone kept that is a strict ancestor of name.
func (z *zoneCache) deepest(name string) (string, []string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for {
		_, rest, found := strings.Cut(name, ".")
		if !found {
			return "", nil
		}
		if e, ok := z.zones[rest]; ok && time.Now().Before(e.until) {
			return rest, e.servers
		}
		name = rest
	}
}

func (z *zoneCache) put(name string, servers []string, ttl time.Duration) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.zones == nil {
		z.zones = make(map[string]zone)
	}
	if len(z.zones) >= zonesKept {
		for k := range z.zones { // any one: the walk finds it again
			delete(z.zones, k)
			break
		}
	}
	z.zones[name] = zone{servers, time.Now().Add(min(ttl, zoneTTL))}
}

func (z *zoneCache) drop(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.zones, name)
}

// ParentDelegation asks the servers of the zone above name who holds it: the
// truth about a seizure, two days ahead of the caches. It walks down from the
// roots, remembering zones on the way.
//
// Outcome is Present where the parent delegates the name (Facts.Delegation has NS,
// glue and whether there is a DS) or holds it in its own zone (NS is then empty);
// Absent where the parent says NXDOMAIN, or, with [tracker.ReasonWildcard], where
// it answers the name only as it answers any; else Unknown: [tracker.ReasonLame]
// where no server of a zone on the way speaks for it, or what kept us from asking.
// The error is ctx's; everything else is data.
func (c *Client) ParentDelegation(ctx context.Context, name tracker.Name) (View, error) {
	v := View{Observation: tracker.Observation{Name: name, Probe: tracker.ProbeDelegation}}
	if c.cfg.DialAuthority == nil {
		v.Reason = tracker.ReasonNoService
		v.seal(c.cfg.Now())
		return v, ctx.Err()
	}
	w := &walk{c: c, name: string(name), view: &v}
	zone, servers := c.zones.deepest(w.name)
	if servers != nil && !w.down(ctx, zone, servers) && ctx.Err() == nil {
		// What the cache led to does not serve the zone any more.
		c.zones.drop(zone)
		servers = nil
	}
	if servers == nil {
		v.Outcome, v.Reason, v.Facts = tracker.Unknown, "", nil
		w.down(ctx, "", c.roots)
	}
	v.seal(c.cfg.Now())
	return v, ctx.Err()
}

// A walk is one descent to the parent of a name.
type walk struct {
	c    *Client
	name string
	view *View
}

// down walks from zone to the parent of the name. It is false where it learned
// nothing; view then has the reason.
func (w *walk) down(ctx context.Context, zone string, servers []string) bool {
	for range maxDepth {
		r := w.ask(ctx, zone, servers, w.name, dns.TypeNS)
		w.view.Server = r.server
		if r.kind == saysNothing {
			w.view.Reason = r.reason
			return false
		}
		w.view.Reason = ""
		d := &tracker.Delegation{Parent: zoneName(zone)}
		switch r.kind {
		case saysReferral:
			if r.cut == w.name {
				w.delegated(ctx, d, zone, r)
				return true
			}
			next := w.addresses(ctx, r)
			if len(next) == 0 {
				w.view.Reason = tracker.ReasonLame
				return false
			}
			w.c.zones.put(r.cut, next, r.ttl)
			zone, servers = r.cut, next
			continue
		case saysAnswer:
			w.delegated(ctx, d, zone, r)
		case saysAbsent:
			if r.soa != "" {
				d.Parent = zoneName(r.soa)
			}
			w.view.Outcome = tracker.Absent
		case saysNoData:
			w.inZone(ctx, d, zone, servers, r)
		}
		w.view.Facts = &tracker.Facts{Delegation: d}
		return true
	}
	w.view.Reason = tracker.ReasonBadAnswer // cuts without end
	return false
}

// delegated records a delegation, and asks for its DS.
func (w *walk) delegated(ctx context.Context, d *tracker.Delegation, zone string, r said) {
	d.NS = r.ns
	slices.Sort(d.NS)
	for _, a := range r.glue {
		if !slices.Contains(d.Glue, a.addr) {
			d.Glue = append(d.Glue, a.addr)
		}
	}
	slices.SortFunc(d.Glue, netip.Addr.Compare)
	ds := w.ask(ctx, zone, []string{r.address}, w.name, dns.TypeDS)
	d.DS = ds.ds
	w.view.Outcome = tracker.Present
	w.view.Facts = &tracker.Facts{Delegation: d}
}

// inZone decides what it means that the parent knows the name but delegates it to
// nobody: a host in that zone, or a wildcard. A neighbour that cannot exist tells.
func (w *walk) inZone(ctx context.Context, d *tracker.Delegation, zone string, servers []string, r said) {
	if r.soa != "" {
		d.Parent = zoneName(r.soa)
	}
	_, above, _ := strings.Cut(w.name, ".")
	n := w.ask(ctx, zone, servers, w.c.randomLabel(16)+"."+above, dns.TypeNS)
	switch n.kind {
	case saysNoData:
		w.view.Outcome, w.view.Reason = tracker.Absent, tracker.ReasonWildcard
	case saysNothing:
		w.view.Outcome, w.view.Reason = tracker.Unknown, n.reason
	default:
		w.view.Outcome = tracker.Present
	}
}

// addresses of the servers that a referral names: glue, else what the resolvers
// say.
func (w *walk) addresses(ctx context.Context, r said) []string {
	var out []string
	for _, a := range r.glue {
		out = append(out, net.JoinHostPort(a.addr.String(), "53"))
	}
	if len(out) > 0 {
		return out
	}
	for i, ns := range r.ns {
		if i == 3 || len(out) >= 3 {
			break
		}
		addrs, err := w.c.Lookup(ctx, string(ns))
		if err != nil {
			continue
		}
		for _, a := range addrs {
			out = append(out, net.JoinHostPort(a.String(), "53"))
		}
	}
	return out
}

func zoneName(z string) tracker.Name {
	if z == "" {
		return "."
	}
	return tracker.Name(z)
}
