package registration

import (
	"context"
	"net"
	"net/url"
	"slices"

	"respawn/tracker"
)

// A turn is the right to ask one question: of the machine that is asked, and of
// the registry that it belongs to, which is one budget however many protocols it
// speaks and however many servers it has.
type turn struct {
	pace  Pace
	host  string   // the machine that is asked
	taken []string // host and registry, sorted
}

// take waits for the turn to ask s about domain. Turns at several servers are
// taken in one order everywhere, so that nobody waits in a circle. The error is
// that of [Pace.Wait], and then no turn is held.
func (c *Client) take(ctx context.Context, s source, domain tracker.Name) (*turn, error) {
	t := &turn{pace: c.cfg.Pace, host: s.host()}
	want := []string{t.host}
	if r := c.registry(domain); r != "" && !s.registrar {
		want = append(want, r)
	}
	slices.Sort(want)
	for _, server := range want {
		if err := t.pace.Wait(ctx, server); err != nil {
			t.give(Feedback{Kind: Unasked}, false)
			return nil, err
		}
		t.taken = append(t.taken, server)
	}
	return t, nil
}

// give gives the turn back. The registry learns of limits, whichever of its
// machines stated them; that one of them is down is no news about the others, and
// must not keep us from asking them.
func (t *turn) give(f Feedback, limited bool) {
	for _, server := range t.taken {
		g := f
		if server != t.host && f.Kind != Unasked && !limited {
			g = Feedback{Kind: Spaced}
		}
		t.pace.Report(server, g)
	}
	t.taken = nil
}

// registry is the budget of the registry of domain, named for the RDAP server that
// speaks for it: its WHOIS server is another machine of the same registry. ""
// where no RDAP server is known, and the WHOIS server is the registry.
func (c *Client) registry(domain tracker.Name) string {
	for _, s := range c.sources(domain) {
		if s.kind == "rdap" {
			return "registry " + s.host()
		}
	}
	return ""
}

// host is the name of the machine of a source, without its port: RDAP and WHOIS
// on one machine, and all suffixes that it serves, are one server.
func (s source) host() string {
	if s.kind == "rdap" {
		if u, err := url.Parse(s.server); err == nil && u.Host != "" {
			return u.Hostname()
		}
		return s.server
	}
	if host, _, err := net.SplitHostPort(s.server); err == nil {
		return host
	}
	return s.server
}
