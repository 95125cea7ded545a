package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"respawn/internal/egress"
	"respawn/tracker"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Does everything that a scan needs work here? One line each, with the cure", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.doctor(c.Context()) },
	}
}

// A check is one line of doctor. Grade is ok, warn (a scan works, with less) or
// bad (a scan does not work).
type check struct {
	What  string `json:"check"`
	Grade string `json:"grade"`
	Found string `json:"found"`
	Cure  string `json:"cure,omitempty"`
}

func (a *app) doctor(ctx context.Context) error {
	p, err := newPrinter(a, "jsonl", []column[check]{
		{name: "check", value: func(c check) string { return c.What }},
		{name: "grade", value: func(c check) string { return c.Grade }},
		{name: "found", value: func(c check) string { return c.Found }},
		{name: "cure", value: func(c check) string { return c.Cure }},
	})
	if err != nil {
		return err
	}
	bad := 0
	say := func(c check) error {
		if c.Grade == "bad" {
			bad++
		}
		return p.print(c)
	}
	cfg, err := a.config()
	if err != nil {
		return errors.Join(say(check{"configuration", "bad", err.Error(), "mend the line it names, or write a new file with: respawn init"}), p.close(), err)
	}
	checks := []check{{"configuration", "ok", or(cfg.path, "built-in defaults"), ""}}
	checks = append(checks, a.checkDisk(cfg), a.checkDatabase(ctx))
	checks = append(checks, a.checkCases(ctx, cfg.Vantages)...)
	pr, err := a.openProbes(ctx)
	if err != nil {
		checks = append(checks, check{"probes", "bad", err.Error(), "mend the configuration"})
	} else {
		checks = append(checks, checkResolvers(ctx, pr)...)
		checks = append(checks, checkDelegation(ctx, pr), checkRegistration(ctx, pr), a.checkWhois(ctx, pr))
		checks = append(checks, checkEgress(ctx, pr)...)
		checks = append(checks, checkWeb(ctx, pr)...)
	}
	checks = append(checks, checkBrowser(), checkContact(cfg), checkAlerts(cfg, a.Getenv))
	for _, c := range checks {
		if err := say(c); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d checks are bad", bad)
	}
	return nil
}

// lowDisk is when doctor warns: a night of a large case fits.
const lowDisk = 1 << 30

func (a *app) checkDisk(cfg *Config) check {
	dir := cfg.DataDir
	for !dirExists(dir) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return check{"disk", "bad", err.Error(), "point data_dir at a directory that can be written"}
	}
	free := st.Bavail * uint64(st.Bsize)
	c := check{"disk", "ok", fmt.Sprintf("%d MB free at %s", free>>20, dir), ""}
	if f, err := os.CreateTemp(dir, ".doctor-*"); err != nil {
		return check{"disk", "bad", err.Error(), "give the program the right to write there, or choose another data_dir"}
	} else {
		f.Close()
		os.Remove(f.Name())
	}
	if free < lowDisk {
		c.Grade, c.Cure = "warn", "make room: less than 1 GB is left"
	}
	return c
}

func (a *app) checkDatabase(ctx context.Context) check {
	st, err := a.openStore(ctx, true)
	var newer *store.NewerError
	switch {
	case errors.As(err, &newer):
		return check{"database", "bad", err.Error(), "run the version that wrote it, or choose another data_dir"}
	case err != nil && strings.HasPrefix(err.Error(), "no database"):
		return check{"database", "warn", err.Error(), "respawn case add FILE"}
	case err != nil:
		return check{"database", "bad", err.Error(), "see the message"}
	}
	ids, err := st.Cases(ctx)
	if err != nil {
		return check{"database", "bad", err.Error(), "see the message"}
	}
	return check{"database", "ok", fmt.Sprintf("%d cases", len(ids)), ""}
}

// checkCases are the cases of which something is missing.
func (a *app) checkCases(ctx context.Context, vantages []Vantage) []check {
	st, err := a.openStore(ctx, true)
	if err != nil {
		return nil // the database check says so
	}
	ids, err := st.Cases(ctx)
	if err != nil {
		return nil
	}
	var out []check
	for _, id := range ids {
		rec, err := st.Case(ctx, id)
		if err != nil {
			out = append(out, check{"case " + string(id), "bad", err.Error(), "see the message"})
			continue
		}
		if found, cure, _ := strings.Cut(outletAdvice(&rec.Case), ": "); found != "" {
			out = append(out, check{"case " + string(id), "warn", found, cure})
		}
		if c, lacking := checkReaders(&rec.Case, vantages); lacking {
			out = append(out, c)
		}
	}
	return out
}

func checkResolvers(ctx context.Context, p *probes) []check {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	rep, err := p.resolver.Canaries(ctx, p.cfg.Canaries.Present, p.cfg.Canaries.Absent)
	if err != nil {
		return []check{{"resolvers", "bad", err.Error(), "name working ones in resolvers:"}}
	}
	var out []check
	for _, x := range rep.Paths {
		c := check{"resolver " + x.Server, "ok", fmt.Sprintf("%d of %d control names right", x.Present, x.Asked), ""}
		if !x.OK {
			c.Grade, c.Found, c.Cure = "warn", x.Why, "take it out of resolvers:, or repair it"
			if !rep.OK {
				c.Grade = "bad"
			}
		}
		out = append(out, c)
	}
	if len(rep.Paths) == 1 {
		out[0].Cure = or(out[0].Cure, "one resolver has nobody to contradict it; two of different operators tell more")
	}
	return out
}

func checkDelegation(ctx context.Context, p *probes) check {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	n := p.canary()
	v, err := p.resolver.ParentDelegation(ctx, n)
	if err != nil || v.Outcome != tracker.Present {
		return check{"delegation", "bad", fmt.Sprintf("%s at its parent: %s %s", n, v.Outcome, v.Reason), "let DNS (port 53) out to authoritative servers, or set egress.proxy; seizures are read there"}
	}
	return check{"delegation", "ok", fmt.Sprintf("%s is delegated, says %s", n, v.Server), ""}
}

// canary is a name that exists.
func (p *probes) canary() tracker.Name {
	for _, s := range p.cfg.Canaries.Present {
		if n, err := tracker.ParseName(s); err == nil {
			return n
		}
	}
	return "example.com"
}

func checkRegistration(ctx context.Context, p *probes) check {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n := p.canary()
	res, err := p.registry.Ask(ctx, n)
	if err != nil || res.Outcome != tracker.Present {
		return check{"registration", "warn", fmt.Sprintf("%s: %s %s at %s %s", n, res.Outcome, res.Reason, or(res.Server, "no server"), res.Detail), "let HTTPS (RDAP) and port 43 (WHOIS) out, or set egress.proxy; without it dates are first-seen only"}
	}
	return check{"registration", "ok", fmt.Sprintf("%s by %s at %s", n, res.Source, res.Server), ""}
}

// checkWhois asks a registry over port 43 alone: RDAP hides it where both work,
// and some suffixes have nothing else.
func (a *app) checkWhois(ctx context.Context, p *probes) check {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	const cure = "let port 43 out, or set egress.proxy; suffixes without RDAP have no registration dates else"
	cfg := *p.cfg
	if !cfg.Registration.Whois.Enabled {
		return check{"whois", "warn", "switched off", "set registration.whois.enabled: suffixes without RDAP have no registration dates else"}
	}
	cfg.Registration.RDAP.Enabled = false
	alone := &probes{cfg: &cfg, door: p.door, resolver: p.resolver, now: p.now}
	if err := a.openRegistry(ctx, alone); err != nil {
		return check{"whois", "bad", err.Error(), "mend the configuration"}
	}
	n := p.canary()
	res, err := alone.registry.Ask(ctx, n)
	if err != nil || res.Outcome != tracker.Present {
		return check{"whois", "warn", fmt.Sprintf("%s: %s %s at %s %s", n, res.Outcome, res.Reason, or(res.Server, "no server"), res.Detail), cure}
	}
	return check{"whois", "ok", fmt.Sprintf("%s at %s", n, res.Server), ""}
}

// checkEgress says by which way the connections of each vantage leave.
func checkEgress(ctx context.Context, p *probes) []check {
	var out []check
	for _, v := range p.cfg.Vantages {
		what := "egress"
		if len(p.cfg.Vantages) > 1 {
			what += " of " + v.Name
		}
		out = append(out, checkProxy(ctx, p.door, what, p.cfg.proxyOf(v)))
	}
	return out
}

func checkProxy(ctx context.Context, door *egress.Door, what, proxy string) check {
	if proxy == "" {
		return check{what, "ok", "no proxy: whoever is looked at sees this machine's address", "set egress.proxy where that matters"}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	const cure = "start the proxy, or mend egress.proxy or the vantage's own"
	u, err := url.Parse(proxy)
	if err != nil {
		return check{what, "bad", "the proxy's address is no URL", cure}
	}
	c, err := door.DialTrusted(ctx, "tcp", u.Host)
	if err != nil {
		return check{what, "bad", fmt.Sprintf("the proxy %s: %v", u.Host, err), cure}
	}
	_ = c.Close()
	return check{what, "ok", fmt.Sprintf("through the %s proxy %s", u.Scheme, u.Host), ""}
}

// checkReaders says from which countries of a case nobody looks: what is shown to
// readers there alone is not seen, and not called absent either.
func checkReaders(c *tracker.Case, vantages []Vantage) (check, bool) {
	var from []string
	for _, v := range vantages {
		from = append(from, v.Country)
	}
	var missing []string
	for _, country := range scan.Countries(c) {
		if !slices.Contains(from, country) {
			missing = append(missing, country)
		}
	}
	if len(missing) == 0 {
		return check{}, false
	}
	return check{
		"case " + string(c.ID), "warn", "no vantage in " + strings.Join(missing, ", ") + ": what is shown to readers there alone is not seen",
		"add a vantage with that country and a proxy there to vantages:",
	}, true
}

// checkWeb looks at a site, and at what its server says the time is.
func checkWeb(ctx context.Context, p *probes) []check {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n := p.canary()
	const cure = "let ports 80 and 443 out, or set egress.proxy"
	got, err := p.glanceAt(ctx, n)
	web := check{"web", "ok", fmt.Sprintf("%s answered", n), ""}
	if err != nil {
		web = check{"web", "bad", err.Error(), cure}
	} else if o, reason := reached(got); o != tracker.Present {
		web = check{"web", "warn", fmt.Sprintf("%s: %s", n, reason), cure}
	}
	return []check{web, checkClock(got, p.now())}
}

// clockWarn is how far the clock may be off before a person should know.
const clockWarn = time.Minute

// checkClock compares our time, now, with what a web server said it was a moment
// ago.
func checkClock(got tracker.Capture, now time.Time) check {
	for _, v := range got.Visits {
		for _, h := range v.Hops {
			var date time.Time
			var age time.Duration
			for _, f := range h.Header {
				switch {
				case strings.EqualFold(f.Name, "Date"):
					date, _ = http.ParseTime(f.Value)
				case strings.EqualFold(f.Name, "Age"): // a cache's copy says when it was made
					if s, err := strconv.ParseUint(f.Value, 10, 31); err == nil {
						age = time.Duration(s) * time.Second
					}
				}
			}
			if date.IsZero() {
				continue
			}
			off := now.Sub(date.Add(age)).Round(time.Second)
			c := check{"clock", "ok", fmt.Sprintf("%s, %s away from what %s says", now.UTC().Format(time.RFC3339), off.Abs(), got.Name), ""}
			if off.Abs() > clockWarn {
				c.Grade, c.Cure = "warn", "set the clock by NTP (in a test world: --at): every date that is printed comes from it"
			}
			return c
		}
	}
	return check{"clock", "warn", now.UTC().Format(time.RFC3339) + ", which nobody confirmed", "let the web check pass, or compare with a clock that you trust"}
}

func checkBrowser() check {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return check{"browser", "ok", path, ""}
		}
	}
	return check{"browser", "warn", "no Chromium found: captures have no screenshots", "install the package chromium"}
}

func checkContact(cfg *Config) check {
	if cfg.Contact == "" {
		return check{"contact", "warn", "nobody you ask can write to you", "set contact: to a URL or mail address"}
	}
	if cfg.Crawl.Unnamed {
		return check{"contact", "ok", cfg.Contact + " in every request but those of the visitor plain (crawl.unnamed)", ""}
	}
	return check{"contact", "ok", cfg.Contact, ""}
}

func checkAlerts(cfg *Config, getenv func(string) string) check {
	if len(cfg.Alerts) == 0 {
		return check{"alerts", "warn", "no channel: alerts wait in the database", "add a webhook to alerts:, or read them with: respawn alerts list"}
	}
	for i, ch := range cfg.Alerts {
		if ch.SecretEnv != "" && getenv(ch.SecretEnv) == "" {
			return check{"alerts", "bad", fmt.Sprintf("alerts[%d]: the environment has no %s", i, ch.SecretEnv), "set it where respawn runs"}
		}
	}
	return check{"alerts", "ok", fmt.Sprintf("%d channels; try: respawn alerts test", len(cfg.Alerts)), ""}
}
