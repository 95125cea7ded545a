package lifecycle

import (
	"fmt"
	"time"
)

// Version names the rules of this package. It stands in every transition with
// the policy's name; it changes when the same observations would give another
// result.
const Version = "lifecycle/2"

// A Policy says how much evidence a change needs before it counts. A field that
// is zero has the value of [DefaultPolicy].
type Policy struct {
	// Name stands in every transition beside [Version].
	Name string `json:"name" yaml:"name"`

	// HardPaths is how many independent paths must show a hard fact for it to
	// count at once: the parent's servers, a recursive resolver, the registry and
	// the web server are paths, and so is each vantage. 2: one scan and a recheck.
	HardPaths int `json:"hard_paths" yaml:"hard_paths"`
	// HardScans is how many scans in a row must show it where only one path does.
	HardScans int `json:"hard_scans" yaml:"hard_scans"`
	// HardFor is how far the first and the last of these must lie apart: a resolver
	// repeats a wrong "no such name" from its cache for up to three hours (RFC 2308,
	// section 5), and a verification hold is lifted minutes after a click.
	HardFor time.Duration `json:"hard_for" yaml:"hard_for"`

	// SoftScans, SoftFor and SoftPaths must all be met before refused
	// connections and server errors end the life of a site (updown.io: 3 checks,
	// 2 places; Kener: back to the first).
	SoftScans int           `json:"soft_scans" yaml:"soft_scans"`
	SoftFor   time.Duration `json:"soft_for" yaml:"soft_for"`
	SoftPaths int           `json:"soft_paths" yaml:"soft_paths"`
	// SoftScansAlone replaces SoftScans where there is only one path to see by.
	SoftScansAlone int `json:"soft_scans_alone" yaml:"soft_scans_alone"`

	// RecoveryScans is how many scans in a row must show a failed site working.
	RecoveryScans int `json:"recovery_scans" yaml:"recovery_scans"`

	// StaleAfter is how long a status stands without an answer that supports it.
	// After that it is unknown; no life ends by it.
	StaleAfter time.Duration `json:"stale_after" yaml:"stale_after"`

	// CacheLag is how long a recursive resolver may repeat what the parent zone
	// has ceased to say: the delegation TTL of .com is two days.
	CacheLag time.Duration `json:"cache_lag" yaml:"cache_lag"`
}

// DefaultPolicy is for nightly scans: hard facts on two paths at once or on two
// nights, soft failures on three nights by two paths or on six by one, recovery
// on two.
func DefaultPolicy() Policy {
	return Policy{
		Name:      "default",
		HardPaths: 2, HardScans: 2, HardFor: 3 * time.Hour,
		SoftScans: 3, SoftFor: 24 * time.Hour, SoftPaths: 2, SoftScansAlone: 6,
		RecoveryScans: 2,
		StaleAfter:    21 * 24 * time.Hour,
		CacheLag:      48 * time.Hour,
	}
}

// ImmediatePolicy believes every answer at once, as monitors without debouncing
// do. It is there to be compared with: what it reports and the default does not
// is what debouncing keeps out.
func ImmediatePolicy() Policy {
	p := DefaultPolicy()
	p.Name = "immediate"
	p.HardPaths, p.HardScans, p.HardFor = 1, 1, time.Nanosecond
	p.SoftScans, p.SoftFor, p.SoftPaths, p.SoftScansAlone = 1, time.Nanosecond, 1, 1
	p.RecoveryScans = 1
	return p
}

// complete returns the policy with its zero fields filled in.
func (p Policy) complete() Policy {
	d := DefaultPolicy()
	if p.Name == "" {
		p.Name = "unnamed"
		if p == (Policy{Name: "unnamed"}) {
			p.Name = d.Name
		}
	}
	fill(&p.HardPaths, d.HardPaths)
	fill(&p.HardScans, d.HardScans)
	fill(&p.HardFor, d.HardFor)
	fill(&p.SoftScans, d.SoftScans)
	fill(&p.SoftFor, d.SoftFor)
	fill(&p.SoftPaths, d.SoftPaths)
	fill(&p.SoftScansAlone, d.SoftScansAlone)
	fill(&p.RecoveryScans, d.RecoveryScans)
	fill(&p.StaleAfter, d.StaleAfter)
	fill(&p.CacheLag, d.CacheLag)
	return p
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate returns what makes the policy impossible, nil if nothing does.
func (p Policy) Validate() error {
	for _, f := range []struct {
		key string
		n   int64
	}{
		{"hard_paths", int64(p.HardPaths)}, {"hard_scans", int64(p.HardScans)}, {"hard_for", int64(p.HardFor)}, {"soft_scans", int64(p.SoftScans)},
		{"soft_for", int64(p.SoftFor)}, {"soft_paths", int64(p.SoftPaths)}, {"soft_scans_alone", int64(p.SoftScansAlone)},
		{"recovery_scans", int64(p.RecoveryScans)}, {"stale_after", int64(p.StaleAfter)}, {"cache_lag", int64(p.CacheLag)},
	} {
		if f.n < 0 {
			return fmt.Errorf("policy %q: %s is negative", p.Name, f.key)
		}
	}
	return nil
}

// A need is what a change must have behind it.
type need struct {
	scans, paths int
	span         time.Duration
	alone        int           // scans that make up for missing paths
	aloneFor     time.Duration // which these must span
}

func (p *Policy) instant() need  { return need{scans: 1} }
func (p *Policy) recovery() need { return need{scans: p.RecoveryScans} }
func (p *Policy) passing() need  { return need{scans: p.RecoveryScans, span: p.HardFor} }
func (p *Policy) hard() need {
	return need{scans: 1, paths: p.HardPaths, alone: p.HardScans, aloneFor: p.HardFor}
}
func (p *Policy) soft() need {
	return need{scans: p.SoftScans, paths: p.SoftPaths, span: p.SoftFor, alone: p.SoftScansAlone}
}

func (n need) met(scans, paths int, span time.Duration) bool {
	if span < n.span {
		return false
	}
	return scans >= n.scans && paths >= n.paths || n.alone > 0 && scans >= n.alone && span >= n.aloneFor
}
