package registration

import (
	"fmt"
	"strings"

	"respawn/tracker"
)

// registrable is the domain to ask a registry about, checked once more to the
// letter: whatever is sent to a WHOIS server must be letters, digits, hyphens
// and dots, whoever made the Name.
func registrable(name tracker.Name) (tracker.Name, error) {
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("registration: %w: %.40q", tracker.ErrName, string(name))
	}
	domain := name
	if r := name.Registrable(); r != "" {
		domain = r
	}
	for _, label := range strings.Split(string(domain), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fmt.Errorf("registration: %w: %.40q has a label that no registry takes", tracker.ErrName, string(name))
		}
	}
	// A private suffix was itself registered in a registry, it or what it lies in:
	// github.io in that of io; s3.amazonaws.com lies in amazonaws.com.
	if suffix, icann := domain.PublicSuffix(); !icann && suffix == string(domain) {
		if _, parent, ok := strings.Cut(suffix, "."); ok {
			if s, icann := tracker.Name(parent).PublicSuffix(); strings.Contains(parent, ".") && (!icann || s != parent) {
				return registrable(tracker.Name(parent))
			}
		}
	}
	return domain, nil
}

// foreignSuffix says whether the name lies under a suffix that the Public Suffix
// List has in its private section: github.io is no registry, and the registry of
// .io would say "not found" about every name in it.
func foreignSuffix(domain tracker.Name) bool {
	suffix, icann := domain.PublicSuffix()
	return !icann && strings.Contains(suffix, ".") && suffix != string(domain) // the suffix itself was registered above it
}

// nobodys says whether the name is a top level or another suffix of a registry.
// A registry that is asked for its own zone says "not found", which is no news.
func nobodys(domain tracker.Name) bool {
	suffix, icann := domain.PublicSuffix()
	return suffix == string(domain) && (icann || !strings.Contains(suffix, "."))
}

// hasOwn says whether a server is named for exactly the suffix of domain.
func (c *Client) hasOwn(domain tracker.Name) bool {
	s := domain.Suffix()
	return c.cfg.RDAP[s] != "" || c.cfg.WHOIS[s] != "" || c.tables.rdap[s] != "" || c.tables.whois[s] != ""
}

// suffixes are the suffixes of a name, longest first, itself last of all for
// names without a dot.
func suffixes(domain tracker.Name) []string {
	var out []string
	for rest := string(domain); ; {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		out = append(out, after)
		rest = after
	}
	if len(out) == 0 {
		out = append(out, string(domain))
	}
	return out
}
