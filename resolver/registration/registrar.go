package registration

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"respawn/tracker"
)

// ErrNoRegistrar is returned by [Client.Registrar] where the registry's record
// links to no answer of the registrar that may be asked for.
var ErrNoRegistrar = errors.New("the registry links to no RDAP answer of the registrar")

// Registrar asks the registrar of a name that r found registered, at the address
// that the registry's own record links to (METHODS 6). It is a source of its own,
// with its own server, bytes and statuses: it is merged into nothing, because a
// registrar's copy of a status may be older than the registry's, and it proves no
// absence, because a registrar knows its own customers alone: then and on every
// trouble the outcome is Unknown. Its server is paced like any other and reached
// through Config.Dial only. The error is [ErrNoRegistrar] or that of ctx.
func (c *Client) Registrar(ctx context.Context, r Result) (Result, error) {
	s, err := registrarSource(r)
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	got := c.exchange(ctx, s, r.Name)
	if got.Outcome == tracker.Absent {
		got = distrust(got, tracker.ReasonNotTrusted, "a registrar knows its own customers alone")
	}
	return got, nil
}

// HasRegistrar says whether the record links to an answer of the registrar that
// [Client.Registrar] would ask for.
func (r *Result) HasRegistrar() bool {
	_, err := registrarSource(*r)
	return err == nil
}

// registrarSource checks the link: an https URL of a public host name at the
// usual port, that ends in the very name that was asked about. A registry that was
// itself asked by http may link by http: the way on is no weaker than the way there.
func registrarSource(r Result) (source, error) {
	u, err := url.Parse(r.Related)
	if r.Related == "" || err != nil || u.User != nil || u.RawQuery != "" {
		return source{}, ErrNoRegistrar
	}
	switch {
	case u.Scheme == "https" && (u.Port() == "" || u.Port() == "443"):
	case u.Scheme == "http" && (u.Port() == "" || u.Port() == "80") && strings.HasPrefix(r.Server, "http://"):
	default:
		return source{}, ErrNoRegistrar
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return source{}, ErrNoRegistrar
	}
	if _, err := referral(u.Hostname()); err != nil {
		return source{}, fmt.Errorf("%w: %w", ErrNoRegistrar, err)
	}
	base, name, ok := strings.Cut(u.Path, "/domain/")
	if !ok || !strings.EqualFold(strings.TrimSuffix(name, "/"), string(r.Name)) {
		return source{}, ErrNoRegistrar
	}
	u.Path, u.RawPath, u.Fragment = base+"/", "", ""
	return source{kind: "rdap", server: u.String(), suffix: r.Name.Suffix(), registrar: true}, nil
}
