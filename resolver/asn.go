package resolver

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"respawn/tracker"
)

// An ASNTable tells the network and country of addresses, from data that a person
// supplied. It is read-only once loaded and safe for concurrent use. The nil
// table knows nothing.
type ASNTable struct {
	ranges  []asnRange // by first address, IPv4 before IPv6
	country []asnRange
}

type asnRange struct {
	first, last netip.Addr
	number      uint32
	text        string // holder, or country
}

// LoadASN reads networks: lines of first address, last address, AS number
// and holder, with an optional country as the last column of five, separated by
// commas or tabs, as ip-location-db ("asn", CC BY 4.0) and iptoasn.com publish
// them. Ranges with number 0 are not routed and left out. An error names the line.
func LoadASN(r io.Reader) (*ASNTable, error) {
	t := &ASNTable{}
	words := make(map[string]string) // holders repeat
	intern := func(s string) string {
		if w, ok := words[s]; ok {
			return w
		}
		s = strings.Clone(s)
		words[s] = s
		return s
	}
	err := eachRange(r, func(first, last netip.Addr, f []string) error {
		if len(f) < 1 {
			return errors.New("no AS number")
		}
		n, err := strconv.ParseUint(strings.TrimPrefix(f[0], "AS"), 10, 32)
		if err != nil {
			return fmt.Errorf("AS number %q", f[0])
		}
		if n == 0 {
			return nil
		}
		holder := ""
		if len(f) > 1 {
			holder = f[len(f)-1]
		}
		if len(f) > 2 && len(f[1]) == 2 {
			t.country = append(t.country, asnRange{first: first, last: last, text: intern(f[1])})
		}
		t.ranges = append(t.ranges, asnRange{first: first, last: last, number: uint32(n), text: intern(holder)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	sortRanges(t.ranges)
	sortRanges(t.country)
	return t, nil
}

// LoadCountries adds countries: lines of first address, last address and ISO
// 3166 code. It must not be called once the table is in use.
func (t *ASNTable) LoadCountries(r io.Reader) error {
	err := eachRange(r, func(first, last netip.Addr, f []string) error {
		if len(f) < 1 || len(f[0]) != 2 {
			return errors.New("no country")
		}
		t.country = append(t.country, asnRange{first: first, last: last, text: strings.ToUpper(f[0])})
		return nil
	})
	sortRanges(t.country)
	return err
}

func eachRange(r io.Reader, add func(first, last netip.Addr, rest []string) error) error {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord, cr.ReuseRecord, cr.LazyQuotes = -1, true, true
	for line := 1; ; line++ {
		f, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("resolver: networks: %w", err)
		}
		if len(f) == 1 {
			f = strings.Split(f[0], "\t")
		}
		if len(f) < 3 {
			return fmt.Errorf("resolver: networks: line %d has %d columns", line, len(f))
		}
		first, err1 := netip.ParseAddr(f[0])
		last, err2 := netip.ParseAddr(f[1])
		if err1 != nil || err2 != nil || last.Less(first) {
			if line == 1 {
				continue // a header
			}
			return fmt.Errorf("resolver: networks: line %d: %q to %q is no range", line, f[0], f[1])
		}
		if err := add(first, last, f[2:]); err != nil {
			return fmt.Errorf("resolver: networks: line %d: %w", line, err)
		}
	}
}

func sortRanges(rs []asnRange) {
	slices.SortFunc(rs, func(a, b asnRange) int {
		return cmp.Or(a.first.Compare(b.first), b.last.Compare(a.last))
	})
}

// find is the last range that begins at or before a, where it reaches to a.
func find(rs []asnRange, a netip.Addr) (asnRange, bool) {
	i, ok := slices.BinarySearchFunc(rs, a, func(r asnRange, a netip.Addr) int { return r.first.Compare(a) })
	if !ok {
		i--
	}
	if i < 0 || rs[i].last.Less(a) || rs[i].first.BitLen() != a.BitLen() {
		return asnRange{}, false
	}
	return rs[i], true
}

// Network is the network that a lies in; false where the table does not say.
func (t *ASNTable) Network(a netip.Addr) (tracker.ASN, bool) {
	if t == nil {
		return tracker.ASN{}, false
	}
	n, ok := find(t.ranges, a)
	c, okC := find(t.country, a)
	return tracker.ASN{Addr: a, Number: n.number, Holder: n.text, Country: c.text}, ok || okC
}
