package egress

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"code.dny.dev/ssrf"
)

// A guard judges addresses for one use, that is for one set of ports.
type guard struct {
	ports []uint16
	allow []netip.Prefix
	rules *ssrf.Guardian
}

func newGuard(allow []netip.Prefix, ports []uint16) guard {
	return guard{ports: ports, allow: allow, rules: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())}
}

func (g *guard) allowed(a netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

// judgeAddr is nil where foreign data may lead to a. A mapped address is judged
// as it stands, and so refused: no honest answer holds one.
func (g *guard) judgeAddr(a netip.Addr) error {
	if !a.IsValid() || a.Zone() != "" {
		return fmt.Errorf("%w: %s is not a plain address", ErrGuard, a)
	}
	if g.allowed(a) {
		return nil
	}
	if err := g.rules.SafeAddr(a); err != nil {
		return fmt.Errorf("%w: %w", ErrGuard, err)
	}
	return nil
}

func (g *guard) judge(ap netip.AddrPort) error {
	if err := g.judgeAddr(ap.Addr()); err != nil {
		return err
	}
	if g.allowed(ap.Addr()) || slices.Contains(g.ports, ap.Port()) {
		return nil
	}
	return fmt.Errorf("%w: port %d of %s", ErrGuard, ap.Port(), ap.Addr())
}

func (g *guard) judgePort(port string) error {
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil || !slices.Contains(g.ports, uint16(p)) {
		return fmt.Errorf("%w: port %q", ErrGuard, port)
	}
	return nil
}
