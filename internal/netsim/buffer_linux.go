package netsim

import (
	"net"
	"syscall"
)

// growBuffers asks for room for bursts. The kernel's ordinary limit holds some
// 270 small packets; a process with CAP_NET_ADMIN may go beyond it.
func growBuffers(conn *net.UDPConn) {
	conn.SetReadBuffer(udpBuffer) // best effort, as all here
	conn.SetWriteBuffer(udpBuffer)
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, udpBuffer)
		_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUFFORCE, udpBuffer)
	})
}
