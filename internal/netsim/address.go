package netsim

import (
	"encoding/binary"
	"net/netip"
)

// The plan of addresses that docs/world.md promises.
var (
	resolverAddr = netip.MustParseAddr("198.18.0.53") // the recursive resolver, for in-memory and proxied questions
	rootBase     = netip.MustParseAddr("198.18.0.1")  // a. to m.root-servers.net
	suffixRange  = region{netip.MustParseAddr("198.18.1.0"), 127 << 8}
	nsRange      = region{netip.MustParseAddr("198.18.128.0"), 128 << 8}
	webRange     = region{netip.MustParseAddr("198.19.0.1"), 128<<8 - 2}
	serverRange  = region{netip.MustParseAddr("198.19.240.1"), 15 << 8}
)

const rootServers = 13

// A region is a run of addresses that names are spread over by hash, so that a
// name keeps its address when others are added to the world.
type region struct {
	base netip.Addr
	size uint32
}

func (r region) at(i uint32) netip.Addr {
	b := r.base.As4()
	n := binary.BigEndian.Uint32(b[:]) + i
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// allocate gives each key an address; keys must be sorted, taken holds what is
// given away already. A region that is full repeats addresses.
func (r region) allocate(keys []string, taken map[netip.Addr]bool) map[string]netip.Addr {
	out := make(map[string]netip.Addr, len(keys))
	for _, k := range keys {
		i := hash32(k) % r.size
		for n := uint32(0); taken[r.at(i)] && n < r.size; n++ {
			i = (i + 1) % r.size
		}
		a := r.at(i)
		taken[a] = true
		out[k] = a
	}
	return out
}

func parseAddrs(list []string) []netip.Addr {
	out := make([]netip.Addr, 0, len(list))
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil { // checked by Load
			out = append(out, a.Unmap())
		}
	}
	return out
}
