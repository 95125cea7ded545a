package scan

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"respawn/tracker"
)

// A page of links is no reason to ask about the whole Internet: maxRevealed bounds
// how many new names one site may reveal in one night, maxRevealedEver in all its
// nights, and a page that links to more than manyLinks domains is a directory, whose
// links say nothing about who runs it.
const (
	maxRevealed     = 40
	maxRevealedEver = 200
	manyLinks       = 150
)

// reveal adds the names that sites of the campaign point to, and has them looked
// at in the same run.
func (s *Scanner) reveal(ctx context.Context, run tracker.Run, g *graph, links []tracker.Link) (bool, error) {
	linked := map[tracker.Name]tracker.Link{}
	for _, l := range links {
		linked[l.New] = l
	}
	have := map[tracker.Name]bool{}
	for n := range g.outlets {
		have[n] = true
	}
	for n := range g.sites {
		have[n] = true
	}
	ever := map[tracker.Name]int{}
	for _, k := range g.known {
		ever[k.RevealedBy]++
	}
	var fresh []Known
	for _, n := range g.names() {
		site := g.sites[n]
		if site.Control == nil { // nobody has answered about it yet
			continue
		}
		l := linked[n]
		if l.Past() || g.inCase(n) && len(g.former[n]) > 0 {
			continue // what it points to now is a stranger's
		}
		sure := g.inCase(n) || l.Band.Rank() >= tracker.BandProbable.Rank()
		// A bare front under an old label is only possible as long as nobody has looked
		// at where it sends its readers, which is what tells.
		if !sure && (l.Band != tracker.BandPossible || l.Relation != tracker.RelationReplacement) || !held(site.Control) {
			continue
		}
		found := 0
		for _, k := range revealedBy(site) {
			if !sure && k.Rule != "redirect" {
				break // redirects come first
			}
			if have[k.Name] || found >= min(maxRevealed, maxRevealedEver-ever[n]) || platforms()[k.Name] {
				continue
			}
			have[k.Name] = true
			found++
			k.From, k.Since = root(n, links, g.inCase), s.Now()
			fresh = append(fresh, k)
		}
	}
	if len(fresh) == 0 {
		return false, nil
	}
	names := namesOf(fresh)
	p, err := s.plan(ctx, run)
	if err != nil {
		return false, err
	}
	proofs, err := s.absences(ctx, p, names)
	if err != nil {
		return false, err
	}
	var added []Known
	err = s.Store.Write(ctx, func(tx Tx) error {
		var err error
		if added, err = tx.AddKnown(ctx, run.Case, "", fresh); err != nil {
			return err
		}
		if err := s.appendAbsences(ctx, tx, p, namesArgs{names}.key("revealed"), proofs, added); err != nil {
			return err
		}
		return s.insertNames(ctx, tx, run.ID, kindLook, namesOf(added))
	})
	return len(added) > 0, err
}

//go:embed platforms.txt
var platformList string

// platforms are names that half of all web sites link to.
var platforms = sync.OnceValue(func() map[tracker.Name]bool {
	out := map[tracker.Name]bool{}
	for line := range strings.Lines(platformList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[tracker.Name(line).Registrable()] = true
			out[tracker.Name(line)] = true
		}
	}
	return out
})

// revealedBy are the names that a site's redirects, certificate and links point
// to, surest first.
func revealedBy(site *tracker.Site) []Known {
	f := site.Fingerprint
	if f == nil {
		return nil
	}
	var out []Known
	add := func(rule string, names []tracker.Name) {
		for _, n := range names {
			if n != "" && n != site.Name.Registrable() && n.Registrable() != "" && (rule == "redirect" || !serves(n, site.DNS)) {
				out = append(out, Known{Name: n, Rule: rule, RevealedBy: site.Name})
			}
		}
	}
	add("redirect", f.Redirects)
	if len(f.SANs) <= 20 {
		add("certificate", f.SANs)
	}
	if len(f.Outbound) <= manyLinks {
		add("outbound", f.Outbound)
	}
	return out
}

// serves says whether n gives a site its name servers: its provider, whose name
// stands on its customers' certificates and pages.
func serves(n tracker.Name, d *tracker.DNS) bool {
	return d != nil && slices.ContainsFunc(d.NS, func(ns tracker.Name) bool { return ns.Registrable() == n })
}

// root is the first name of the case on the way back from n, itself included; where
// there is none, the name at which the links end.
func root(n tracker.Name, links []tracker.Link, inCase func(tracker.Name) bool) tracker.Name {
	for range len(links) {
		if inCase(n) {
			break
		}
		i, ok := slices.BinarySearchFunc(links, n, func(l tracker.Link, n tracker.Name) int { return cmp.Compare(l.New, n) })
		if !ok {
			break
		}
		n = links[i].Old
	}
	return n
}
