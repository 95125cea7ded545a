package custody

import (
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"respawn/tracker"
)

//go:embed data/signatures.yaml
var signaturesYAML []byte

// A signatureBook is the signature file.
type signatureBook struct {
	Version    string      `yaml:"version"`
	Signatures []signature `yaml:"signatures"`
}

// A signature is one entry of the file, whose head explains the fields.
type signature struct {
	ID          string         `yaml:"id"`
	Kind        string         `yaml:"kind"`
	Agency      string         `yaml:"agency"`
	AgencyLabel bool           `yaml:"agency_label"`
	Service     string         `yaml:"service"`
	Zones       []tracker.Name `yaml:"zones"`
	Hosts       []tracker.Name `yaml:"hosts"`
	All         bool           `yaml:"all"`
	Prefixes    []netip.Prefix `yaml:"-"`
	PrefixText  []string       `yaml:"prefixes"`
	Weak        bool           `yaml:"weak"`
	ValidFrom   *string        `yaml:"valid_from"`
	ValidTo     *string        `yaml:"valid_to"`
	Source      string         `yaml:"source"`

	from, to time.Time
}

// book is the embedded file. It is part of the program: one that does not parse
// is a program that was built wrong.
var book = func() *signatureBook {
	b, err := parseBook(signaturesYAML)
	if err != nil {
		panic(err)
	}
	return b
}()

// Version is the version of the signature file; it begins every Control.Rule.
func Version() string { return book.Version }

var kinds = []string{"seizure", "verification", "suspension", "expiry", "sinkhole", "parking", "cdn"}

// parseBook reads and checks a signature file. Unknown keys, missing dates and
// names or prefixes that are none are errors.
func parseBook(data []byte) (*signatureBook, error) {
	var b signatureBook
	if err := yaml.Load(data, &b, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("custody: signatures: %w", err)
	}
	seen := make(map[string]bool)
	for i := range b.Signatures {
		s := &b.Signatures[i]
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("custody: signature %q: %w", s.ID, err)
		}
		if seen[s.ID] {
			return nil, fmt.Errorf("custody: signature %q stands there twice", s.ID)
		}
		seen[s.ID] = true
	}
	if b.Version == "" || len(b.Signatures) == 0 {
		return nil, fmt.Errorf("custody: signatures: no version or no entries")
	}
	return &b, nil
}

func (s *signature) check() (err error) {
	switch {
	case s.ID == "" || s.Source == "":
		return fmt.Errorf("id or source is missing")
	case !slices.Contains(kinds, s.Kind):
		return fmt.Errorf("kind %q is unknown", s.Kind)
	case s.ValidFrom == nil || s.ValidTo == nil:
		return fmt.Errorf("valid_from or valid_to is missing")
	case len(s.Zones)+len(s.Hosts)+len(s.PrefixText) == 0:
		return fmt.Errorf("it matches nothing")
	}
	for _, d := range []struct {
		text string
		to   *time.Time
	}{{*s.ValidFrom, &s.from}, {*s.ValidTo, &s.to}} {
		if d.text != "" {
			if *d.to, err = time.Parse(time.DateOnly, d.text); err != nil {
				return err
			}
		}
	}
	for _, n := range slices.Concat(s.Zones, s.Hosts) {
		if p, err := tracker.ParseName(string(n)); err != nil || p != n {
			return fmt.Errorf("%q is no name in canonical form", n)
		}
	}
	for _, t := range s.PrefixText {
		p, err := netip.ParsePrefix(t)
		if err != nil {
			return err
		}
		s.Prefixes = append(s.Prefixes, p)
	}
	return nil
}

// holds says whether the signature is valid at t. At an unknown time, the zero
// one, only signatures that are still valid are.
func (s *signature) holds(t time.Time) bool {
	if t.IsZero() {
		return s.to.IsZero()
	}
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

// depth is how special a signature is: the labels of its deepest zone.
func (s *signature) depth() int {
	d := 0
	for _, z := range slices.Concat(s.Zones, s.Hosts) {
		d = max(d, strings.Count(string(z), "."))
	}
	return d
}

// matchServers says whether all of ns, in canonical form, fit the signature: a set that was mixed
// with other servers is not under its hand.
func (s *signature) matchServers(ns []tracker.Name, at time.Time) (match, bool) {
	if len(ns) == 0 || len(s.Zones)+len(s.Hosts) == 0 || !s.holds(at) {
		return match{}, false
	}
	m := match{sig: s, agency: s.Agency, what: string(ns[0])}
	var agencies []string
	for _, n := range ns {
		zone := tracker.Name("")
		for _, z := range s.Zones {
			if n.Under(z) {
				zone = z
			}
		}
		if zone == "" && !slices.Contains(s.Hosts, n) {
			return match{}, false
		}
		if a := agencyOf(n, zone); s.AgencyLabel && a != "" && !slices.Contains(agencies, a) {
			agencies = append(agencies, a)
		}
	}
	if s.AgencyLabel { // a joint operation may delegate to the servers of several
		slices.Sort(agencies)
		m.agency = strings.Join(agencies, "+")
	}
	if s.All {
		for _, h := range s.Hosts {
			if !slices.Contains(ns, h) {
				return match{}, false
			}
		}
	}
	return m, true
}

func (s *signature) matchAddr(a netip.Addr, at time.Time) bool {
	if !s.holds(at) {
		return false
	}
	for _, p := range s.Prefixes {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// agencyOf is the agency that the label before zone names: ns1.fbi.seized.gov is
// the FBI's. ICE is HSI's parent and the same hand. "" for ns1.seized.gov.
func agencyOf(n, zone tracker.Name) string {
	rest := strings.TrimSuffix(strings.TrimSuffix(string(n), string(zone)), ".")
	labels := strings.Split(rest, ".")
	label := labels[len(labels)-1]
	switch {
	case label == "ice":
		return "hsi"
	case len(labels) < 2 && strings.HasPrefix(label, "ns"):
		return ""
	}
	return label
}
