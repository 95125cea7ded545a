package netsim

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// SOCKS5 (RFC 1928) with no authentication or a user name (RFC 1929), whose
// password is not looked at: the user name chooses the exit.
const (
	socksVersion      = 5
	socksNone         = 0
	socksUser         = 2
	socksNoMethod     = 0xff
	socksConnect      = 1
	socksGranted      = 0
	socksUnreachable  = 4
	socksRefused      = 5
	socksNotSupported = 7
	socksAddrForm     = 8
	socksIPv4         = 1
	socksDomain       = 3
	socksIPv6         = 4
)

var errSOCKS = errors.New("not a SOCKS5 request")

// serveSOCKS speaks with one client of the proxy and then hands its connection
// to the server that it asked for.
func (s *Server) serveSOCKS(conn net.Conn, country string) {
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	user, err := socksGreeting(conn)
	if err != nil {
		conn.Close()
		return
	}
	if c := s.exitCountry(user); c != "" {
		country = c
	}
	host, port, code, err := socksRequest(conn)
	if err != nil {
		conn.Close()
		return
	}
	var serve func(*visit)
	var dst netip.AddrPort
	if code == socksGranted {
		a, ok := s.lookup(host)
		dst = netip.AddrPortFrom(a, port)
		if !ok {
			code = socksUnreachable
		} else {
			var why refusal
			switch serve, why = s.target(dst); why {
			case refused:
				code = socksRefused
			case unreachable:
				code = socksUnreachable
			}
		}
	}
	bound := []byte{socksVersion, code, 0, socksIPv4, 198, 19, 255, 254, 0x4e, 0x20}
	if _, err := conn.Write(bound); err != nil || code != socksGranted {
		conn.Close()
		return
	}
	conn.SetDeadline(time.Time{})
	exit := user
	if exit == "" {
		exit = country
	}
	serve(&visit{Conn: conn, dst: dst, country: country, exit: exit})
}

func (s *Server) exitCountry(user string) string {
	if c := s.topo.w.Exits[user]; c != "" {
		return c
	}
	if isCountry(user) {
		return user
	}
	return ""
}

func socksGreeting(conn io.ReadWriter) (user string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", err
	}
	methods := make([]byte, head[1])
	if _, err := io.ReadFull(conn, methods); err != nil || head[0] != socksVersion {
		return "", errSOCKS
	}
	choice := byte(socksNoMethod)
	for _, m := range methods {
		if m == socksUser || m == socksNone && choice != socksUser {
			choice = m
		}
	}
	if _, err := conn.Write([]byte{socksVersion, choice}); err != nil {
		return "", err
	}
	switch choice {
	case socksNone:
		return "", nil
	case socksNoMethod:
		return "", errSOCKS
	}
	if _, err := io.ReadFull(conn, head[:]); err != nil || head[0] != 1 {
		return "", errSOCKS
	}
	name := make([]byte, int(head[1])+1)
	if _, err := io.ReadFull(conn, name); err != nil {
		return "", err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(name[len(name)-1])); err != nil {
		return "", err
	}
	_, err = conn.Write([]byte{1, 0})
	return string(name[:len(name)-1]), err
}

// socksRequest reads what the client wants; the code is the refusal to send,
// socksGranted if it can be tried.
func socksRequest(conn io.Reader) (host string, port uint16, code byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", 0, 0, err
	}
	if head[0] != socksVersion {
		return "", 0, 0, errSOCKS
	}
	var size [1]byte
	switch head[3] {
	case socksIPv4:
		size[0] = 4
	case socksIPv6:
		size[0] = 16
	case socksDomain:
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return "", 0, 0, err
		}
	default:
		return "", 0, socksAddrForm, nil
	}
	rest := make([]byte, int(size[0])+2)
	if _, err := io.ReadFull(conn, rest); err != nil {
		return "", 0, 0, err
	}
	addr := rest[:size[0]]
	port = binary.BigEndian.Uint16(rest[size[0]:])
	if head[3] == socksDomain {
		host = strings.ToLower(strings.TrimSuffix(string(addr), "."))
	} else if a, ok := netip.AddrFromSlice(addr); ok {
		host = a.Unmap().String()
	}
	if head[1] != socksConnect {
		return host, port, socksNotSupported, nil
	}
	return host, port, socksGranted, nil
}
