package scan

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"respawn/tracker"
)

// doLook asks the naming system about known names and then has the registries
// and, where there is an address, the sites asked.
func (s *Scanner) doLook(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindLook)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	p, err := s.plan(ctx, run)
	if err != nil {
		return err
	}
	start := s.Now()
	var got gathering
	var mu sync.Mutex
	var visit []tracker.Name
	err = s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		ans, err := s.Resolver.Look(ctx, n)
		if err != nil {
			return fmt.Errorf("look at %s: %w", n, err)
		}
		dns, err := s.observe(ctx, id, n, tracker.ProbeDNS, ans)
		if err != nil {
			return err
		}
		ans, err = s.Resolver.Delegation(ctx, n)
		if err != nil {
			return fmt.Errorf("delegation of %s: %w", n, err)
		}
		del, err := s.observe(ctx, id, n, tracker.ProbeDelegation, ans)
		if err != nil {
			return err
		}
		got.add(dns, del)
		site := addressed(dns.Facts)
		if f := dns.Facts; !site && f != nil && f.DNS != nil && f.DNS.AddressesKnown() && dns.Outcome == tracker.Present && n == n.Registrable() {
			// Some sites stand at www alone. What it says there is kept with the capture.
			ans, err := s.Resolver.Look(ctx, "www."+n)
			if err != nil {
				return fmt.Errorf("look at www.%s: %w", n, err)
			}
			site = ans.Outcome == tracker.Present && addressed(ans.Facts)
		}
		if site {
			mu.Lock()
			visit = append(visit, n)
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	obs := got.sorted()
	slices.Sort(visit)
	register := slices.DeleteFunc(slices.Clone(a.Names), func(n tracker.Name) bool { return isOutlet(p.c, n) })
	return s.Store.Write(ctx, func(tx Tx) error {
		if stored, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeDNS, start, a.Names, obs), obs); err != nil || !stored {
			return err
		}
		if err := s.insertNames(ctx, tx, id, kindRegister, register); err != nil {
			return err
		}
		return s.insertNames(ctx, tx, id, kindCapture, visit)
	})
}

func addressed(f *tracker.Facts) bool {
	return f != nil && f.DNS != nil && len(f.DNS.A)+len(f.DNS.AAAA) > 0
}

func isOutlet(c *tracker.Case, n tracker.Name) bool {
	return slices.ContainsFunc(c.Outlets, func(o tracker.Outlet) bool { return o.Name == n }) ||
		slices.ContainsFunc(c.Names, func(x tracker.CaseName) bool { return x.Impersonates == n })
}

func (s *Scanner) doRegister(ctx context.Context, run tracker.Run, a namesArgs) error {
	id := run.ID
	key := a.key(kindRegister)
	if done, err := s.Store.HasBatch(ctx, id, key); err != nil || done {
		return err
	}
	start := s.Now()
	var got gathering
	err := s.each(ctx, a.Names, func(ctx context.Context, n tracker.Name) error {
		reg := n.Registrable()
		if reg == "" {
			return nil // a public suffix is nobody's registration
		}
		ans, err := s.Registrar.Lookup(ctx, reg)
		if err != nil {
			return fmt.Errorf("registration of %s: %w", reg, err)
		}
		o, err := s.observe(ctx, id, n, tracker.ProbeRegistration, ans)
		got.add(o)
		return err
	})
	if err != nil {
		return err
	}
	obs := got.sorted()
	return s.Store.Write(ctx, func(tx Tx) error {
		_, err := tx.AppendBatch(ctx, s.batch(id, key, tracker.ProbeRegistration, start, a.Names, obs), obs)
		return err
	})
}
