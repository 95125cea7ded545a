package registration

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"respawn/tracker"
)

// How long the result of a control question holds.
const (
	keepTrust    = 24 * time.Hour
	keepDistrust = time.Hour
)

// believe turns an absence that s reported into Unknown unless s has shown that
// it knows a name of that suffix that is registered. Servers that answer "not
// found" about everything exist (a CentralNic path answered 404 even for
// google.la), and so do tables that name the wrong server.
func (c *Client) believe(ctx context.Context, s source, r Result) Result {
	key := "control:" + s.kind + ":" + s.server + ":" + s.suffix
	c.mu.Lock()
	m := c.checks[key]
	if m == nil {
		m = new(sync.Mutex)
		c.checks[key] = m
	}
	c.mu.Unlock()
	m.Lock()
	defer m.Unlock()

	if b, ok, err := c.cfg.Cache.Get(ctx, key, c.cfg.Now()); err == nil && ok {
		if string(b) == "trusted" {
			return r
		}
		return distrust(r, tracker.ReasonNotTrusted, string(b))
	}
	reason, detail := tracker.ReasonNotTrusted, "it has no control name to be asked about"
	learned := false
	for _, name := range c.controlNames(s.suffix, r.Name) {
		cr := c.exchange(ctx, s, name)
		switch {
		case cr.Outcome == tracker.Present:
			c.trust(ctx, s)
			return r
		case cr.Outcome == tracker.Absent:
			learned = true
			reason, detail = tracker.ReasonNotTrusted, fmt.Sprintf("it says that %s, which is registered, is not", name)
		case cr.Reason == tracker.ReasonThrottled, cr.Reason == tracker.ReasonCancelled, cr.Reason == tracker.ReasonTimeout:
			// It could not be asked now; nothing is learned about the server.
			return distrust(r, cr.Reason, fmt.Sprintf("control question about %s: %s", name, cr.Detail))
		case !learned:
			detail = fmt.Sprintf("control question about %s: %s", name, cr.Detail)
		}
	}
	if learned {
		_ = c.cfg.Cache.Put(ctx, key, []byte(detail), c.cfg.Now().Add(keepDistrust))
	}
	return distrust(r, reason, detail)
}

func distrust(r Result, reason tracker.Reason, detail string) Result {
	r.Outcome, r.Reason = tracker.Unknown, reason
	r.Detail = "says unregistered (" + r.Detail + "), but " + detail
	return r
}

// trust notes that s has just shown that it knows a registered name.
func (c *Client) trust(ctx context.Context, s source) {
	key := "control:" + s.kind + ":" + s.server + ":" + s.suffix
	_ = c.cfg.Cache.Put(ctx, key, []byte("trusted"), c.cfg.Now().Add(keepTrust))
}

// controlNames are at most four names under suffix that are known, or most
// likely, to be registered.
func (c *Client) controlNames(suffix string, asked tracker.Name) []tracker.Name {
	var out []tracker.Name
	add := func(s string) {
		n, err := tracker.ParseName(s)
		if err == nil && n != asked && !slices.Contains(out, n) && len(out) < 4 {
			out = append(out, n)
		}
	}
	for _, n := range c.cfg.Controls[suffix] {
		add(string(n))
	}
	for _, s := range c.tables.controls[suffix] {
		add(s)
	}
	add("nic." + suffix)
	add("google." + suffix)
	return out
}
