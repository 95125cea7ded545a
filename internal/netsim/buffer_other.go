//go:build !linux

package netsim

import "net"

// growBuffers asks for room for bursts, as far as the system lets it.
func growBuffers(conn *net.UDPConn) {
	conn.SetReadBuffer(udpBuffer)
	conn.SetWriteBuffer(udpBuffer)
}
