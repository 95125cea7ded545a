package registration

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"respawn/tracker"
)

// The tables are facts that were read somewhere at a date; each line says where
// and when. They are hints: a server that they name is believed about absence
// only after its control question, like every other.
var (
	//go:embed data/servers.csv
	serversCSV string
	//go:embed data/controls.csv
	controlsCSV string
)

type tables struct {
	rdap     map[string]string   // suffix -> base URL
	whois    map[string]string   // suffix -> host:port
	queries  map[string]string   // WHOIS host -> query with %s for the name
	controls map[string][]string // suffix -> names known to be registered
}

var loadTables = sync.OnceValues(func() (*tables, error) {
	t := &tables{
		rdap: make(map[string]string), whois: make(map[string]string),
		queries: make(map[string]string), controls: make(map[string][]string),
	}
	for n, f := range rows(serversCSV) {
		if len(f) < 5 {
			return nil, fmt.Errorf("registration: servers.csv:%d: want kind,keys,value,verified,source", n)
		}
		for _, key := range strings.Fields(f[1]) {
			value := strings.ReplaceAll(f[2], "{tld}", key)
			switch f[0] {
			case "rdap":
				t.rdap[key] = value
			case "whois":
				h, err := hostPort(value)
				if err != nil {
					return nil, fmt.Errorf("registration: servers.csv:%d: %w", n, err)
				}
				t.whois[key] = h
			case "query":
				t.queries[key] = value
			default:
				return nil, fmt.Errorf("registration: servers.csv:%d: kind %q", n, f[0])
			}
		}
	}
	for _, f := range rows(controlsCSV) {
		t.controls[f[0]] = strings.Fields(f[1])
	}
	return t, nil
})

// rows yields the fields of each line of a small table that is neither blank nor
// a comment, with its line number. Fields hold no commas.
func rows(text string) func(yield func(int, []string) bool) {
	return func(yield func(int, []string) bool) {
		sc := bufio.NewScanner(strings.NewReader(text))
		for n := 1; sc.Scan(); n++ {
			line := strings.TrimSpace(sc.Text())
			if line == "" || line[0] == '#' {
				continue
			}
			f := strings.SplitN(line, ",", 5)
			for i := range f {
				f[i] = strings.TrimSpace(f[i])
			}
			if !yield(n, f) {
				return
			}
		}
	}
}

// hostPort checks a WHOIS server and gives it port 43 where it has none. IPv6
// addresses stand in brackets where a port follows.
func hostPort(s string) (string, error) {
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(strings.ToLower(s)), "whois://"), "/")
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return net.JoinHostPort(a.String(), "43"), nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "43"
	}
	if p, err := strconv.ParseUint(port, 10, 16); err != nil || p == 0 {
		return "", fmt.Errorf("%q has no valid port", s)
	}
	if _, err := netip.ParseAddr(host); err != nil {
		if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" {
			return "", fmt.Errorf("%q is no host:port", s)
		}
	}
	return net.JoinHostPort(host, port), nil
}

var errReferral = errors.New("the referral is no public host name")

// referral checks a server that a reply named. It must be a public host name at
// port 43: addresses, single labels, local zones and other ports are ways to
// make us knock at doors inside.
func referral(s string) (string, error) {
	s = strings.TrimSpace(strings.ToLower(s))
	for _, p := range []string{"whois://", "rwhois://", "https://", "http://"} {
		s = strings.TrimPrefix(s, p)
	}
	s, _, _ = strings.Cut(s, "/")
	if strings.ContainsAny(s, " \t") {
		return "", errReferral
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "43"
	}
	n, err := tracker.ParseName(host)
	if err != nil || port != "43" {
		return "", errReferral
	}
	for _, zone := range []tracker.Name{"local", "localhost", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "home.arpa"} {
		if n.Under(zone) {
			return "", errReferral
		}
	}
	return net.JoinHostPort(string(n), "43"), nil
}
