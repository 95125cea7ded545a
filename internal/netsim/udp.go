package netsim

import (
	"errors"
	"net"

	"golang.org/x/net/ipv4"
)

const (
	udpBatch  = 128
	udpBuffer = 8 << 20
)

// serveUDP is the resolver on a real socket: packets are read and answered in
// batches, misses without allocation, everything else on the careful path.
func (s *Server) serveUDP(conn *net.UDPConn) {
	growBuffers(conn)
	pc := ipv4.NewPacketConn(conn)
	in := make([]ipv4.Message, udpBatch)
	out := make([]ipv4.Message, udpBatch)
	replies := make([][]byte, udpBatch)
	for i := range in {
		in[i].Buffers = [][]byte{make([]byte, 4096)}
		out[i].Buffers = [][]byte{nil}
		replies[i] = make([]byte, 0, 1024)
	}
	var name [255]byte
	var labels [128]byte
	for {
		n, err := pc.ReadBatch(in, 0)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.ctx.Err() != nil {
				return
			}
			continue // a client that went away (ICMP)
		}
		_, v := s.current()
		ready, missed := 0, uint64(0)
		for i := range in[:n] {
			m := &in[i]
			b := m.Buffers[0][:m.N]
			r, ok := v.miss(b, name[:], labels[:], replies[i][:0])
			if ok {
				missed++
				replies[i] = r
			} else {
				slow := s.answerDNS(b, resolverAddr, true)
				if slow.msg == nil {
					continue
				}
				if slow.delay > 0 {
					to := m.Addr
					s.spawn(func() {
						if s.wait(s.ctx, slow.delay) {
							conn.WriteTo(slow.msg, to)
						}
					})
					continue
				}
				r = slow.msg
			}
			out[ready].Buffers[0], out[ready].Addr = r, m.Addr
			ready++
		}
		s.missed.Add(missed)
		for sent := 0; sent < ready; {
			k, err := pc.WriteBatch(out[sent:ready], 0)
			if err != nil || k == 0 {
				k = max(k, 1) // this one can't be sent; the others can
			}
			sent += k
		}
	}
}
