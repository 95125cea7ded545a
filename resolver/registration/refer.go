package registration

import (
	"context"
	"regexp"
	"strings"
	"time"

	"respawn/tracker"
)

// keepReferral is how long IANA's word about a top level holds.
const keepReferral = 30 * 24 * time.Hour

var reRefer = regexp.MustCompile(`(?im)^\s*(?:refer|whois):[ \t]+(\S+)[ \t]*\r?$`)

// referralOf reads IANA's referral; "" where the reply holds none. It needs no
// newline at the end, which the library's own reader panics without.
func referralOf(reply []byte) string {
	if m := reRefer.FindSubmatch(reply); m != nil {
		return string(m[1])
	}
	return ""
}

// refer finds the WHOIS server of a top level: the one that IANA refers to, else
// the one of our table.
func (c *Client) refer(ctx context.Context, domain tracker.Name) (source, bool) {
	if c.cfg.NoWHOIS || foreignSuffix(domain) || ctx.Err() != nil {
		return source{}, false
	}
	all := suffixes(domain)
	tld := all[len(all)-1]
	if s, ok := c.askIANA(ctx, tld); ok {
		return s, true
	}
	for _, suffix := range all {
		if server := c.tables.whois[suffix]; server != "" {
			return source{kind: "whois", server: server, suffix: suffix, configured: false}, true
		}
	}
	return source{}, false
}

func (c *Client) askIANA(ctx context.Context, tld string) (source, bool) {
	if c.cfg.IANAWhois == "" {
		return source{}, false
	}
	key := "iana:" + tld
	server := ""
	if b, ok, err := c.cfg.Cache.Get(ctx, key, c.cfg.Now()); err == nil && ok {
		server = string(b)
	} else {
		iana := source{kind: "whois", server: c.cfg.IANAWhois, suffix: tld, configured: c.cfg.IANAWhois != "whois.iana.org:43"}
		if c.cfg.Pace.Wait(ctx, iana.host()) != nil {
			return source{}, false
		}
		ectx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
		raw, _, err := c.exchangeWHOIS(ectx, iana, tld)
		cancel()
		f := Feedback{Kind: Served}
		if len(raw) == 0 {
			_, f = c.reasonOf(errOrDropped(err))
		}
		c.cfg.Pace.Report(iana.host(), f)
		if len(raw) == 0 || !strings.Contains(strings.ToLower(string(raw)), "domain:") {
			return source{}, false
		}
		server = referralOf(raw)
		_ = c.cfg.Cache.Put(ctx, key, []byte(server), c.cfg.Now().Add(keepReferral))
	}
	for _, configured := range c.cfg.WHOIS {
		if h, err := hostPort(server); err == nil && h == configured {
			return source{kind: "whois", server: configured, suffix: tld, configured: true}, true
		}
	}
	h, err := referral(server)
	return source{kind: "whois", server: h, suffix: tld, configured: false}, err == nil
}

func errOrDropped(err error) error {
	if err == nil {
		return errDropped
	}
	return err
}
